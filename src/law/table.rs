//! Tables that turn noise into samples where a law has no quantile of its own.

use super::mass::{LogDensity, Mass};

/// A map from noise to samples.
#[derive(Clone, Debug)]
pub enum Table {
    /// From standard Gaussian noise.
    Continuous(ContinuousTable),
    /// From uniform noise.
    Discrete(DiscreteTable),
}

/// The increasing map from a standard Gaussian variable to a sample, by pieces of degree five with two derivatives
/// in common; exact to about 1e-11, so that finite differences in a parameter see a smooth function.
#[derive(Clone, Debug)]
pub struct ContinuousTable {
    pieces: Vec<[f64; 6]>,
    scale: Scale,
}

/// In what the pieces have equal length. Where the density vanishes like a square, the sample is a smooth function of
/// the cube root of the noise only.
#[derive(Clone, Copy, Debug)]
enum Scale {
    Noise,
    /// The cube root of the distance from a score.
    CubeRoot(f64),
}

impl Scale {
    /// The end of the scale: on it lie the scores up to `REACH`, and some more.
    fn reach(self) -> f64 {
        match self {
            Scale::Noise => REACH,
            Scale::CubeRoot(centre) => (REACH + centre.abs()).cbrt(),
        }
    }

    fn density(self) -> f64 {
        match self {
            Scale::Noise => DENSITY,
            Scale::CubeRoot(_) => 24.0 * DENSITY,
        }
    }

    /// How many pieces; the place where a density vanishes is the middle of one.
    fn pieces(self) -> usize {
        let half = (self.reach() * self.density()) as usize;
        match self {
            Scale::Noise => 2 * half,
            Scale::CubeRoot(_) => 2 * half + 1,
        }
    }

    fn place(self, noise: f64) -> f64 {
        let at = match self {
            Scale::Noise => noise,
            Scale::CubeRoot(centre) => (noise - centre).cbrt(),
        };
        at * self.density() + 0.5 * self.pieces() as f64
    }

    /// The score at a knot with its first two derivatives along the scale.
    fn score(self, knot: usize) -> [f64; 3] {
        let at = (knot as f64 - 0.5 * self.pieces() as f64) / self.density();
        match self {
            Scale::Noise => [at, 1.0, 0.0],
            Scale::CubeRoot(centre) => [centre + at.powi(3), 3.0 * at * at, 6.0 * at],
        }
    }
}

/// Noise beyond this has probability 1e-16.
const REACH: f64 = 8.25;
/// Pieces for one unit of noise.
const DENSITY: f64 = 16.0;
impl ContinuousTable {
    /// From a log-density on an open interval, with a middle and a width of the law.
    pub fn new(ln: &mut LogDensity<'_>, ends: (f64, f64), location: (f64, f64)) -> Option<ContinuousTable> {
        let at = |ln: &mut LogDensity<'_>, xs: &[f64]| {
            let mut lns = vec![0.0; xs.len()];
            ln(xs, &mut lns);
            lns
        };
        let vanishes = ends.0 < location.0 && location.0 < ends.1 && at(ln, &[location.0]) == [f64::NEG_INFINITY];
        let mut mass = Mass::new(&mut *ln, ends, location);
        let total = mass.total;
        if total.is_nan() || (total - 1.0).abs() > 1e-6 {
            return None;
        }
        let scale = if vanishes { Scale::CubeRoot(mass.score_of(location.0)?) } else { Scale::Noise };
        let density = scale.density();
        let scores: Vec<[f64; 3]> = (0..=scale.pieces()).map(|index| scale.score(index)).collect();
        let points = mass.at_scores(&scores.iter().map(|[score, ..]| *score).collect::<Vec<_>>());
        let xs: Vec<f64> = points.iter().map(|t| mass.stretch.at(*t).0).collect();
        let firsts: Vec<f64> = scores
            .iter()
            .zip(at(ln, &xs))
            .map(|([score, ..], ln)| {
                (-0.5 * score * score).exp() / (2.0 * std::f64::consts::PI).sqrt() * total / ln.exp()
            })
            .collect();
        let step = |(first, x): (&f64, &f64)| {
            let near = match scale {
                Scale::Noise => f64::INFINITY,
                Scale::CubeRoot(_) => (x - location.0).abs(),
            };
            1e-4 * first.abs().min(near).max(1e-300)
        };
        let steps: Vec<f64> = firsts.iter().zip(&xs).map(step).collect();
        let moved = |sign: f64| xs.iter().zip(&steps).map(|(x, step)| x + sign * step).collect::<Vec<f64>>();
        let slopes = at(ln, &moved(1.0)).into_iter().zip(at(ln, &moved(-1.0))).map(|(above, below)| above - below);
        let slopes: Vec<f64> = slopes.zip(&steps).map(|(rise, step)| rise / (2.0 * step)).collect();
        let knot = |index: usize| {
            let ([score, rate, bend], first) = (scores[index], firsts[index]);
            let second = first * (-score - slopes[index] * first);
            let finite = |v: f64| if v.is_finite() { v } else { 0.0 };
            // Along the scale, by the chain rule.
            let (along, twice) = (first * rate, second * rate * rate + first * bend);
            [xs[index], finite(along) / density, finite(twice) / (density * density)]
        };
        let knots: Vec<[f64; 3]> = (0..scores.len()).map(knot).collect();
        Some(ContinuousTable { pieces: knots.windows(2).map(|pair| quintic(pair[0], pair[1])).collect(), scale })
    }

    /// The sample of a standard Gaussian noise.
    pub fn sample(&self, noise: f64) -> f64 {
        let place = self.scale.place(noise).clamp(0.0, self.pieces.len() as f64 - 1e-9);
        let index = place as usize;
        let s = place - index as f64;
        self.pieces.get(index).map_or(f64::NAN, |piece| piece.iter().rev().fold(0.0, |sum, c| sum * s + c))
    }
}

/// The polynomial on (0, 1) with given value and two derivatives at both ends.
fn quintic(a: [f64; 3], b: [f64; 3]) -> [f64; 6] {
    let (c0, c1, c2) = (a[0], a[1], 0.5 * a[2]);
    let value = b[0] - c0 - c1 - c2;
    let slope = b[1] - c1 - 2.0 * c2;
    let bend = b[2] - 2.0 * c2;
    [
        c0,
        c1,
        c2,
        10.0 * value - 4.0 * slope + 0.5 * bend,
        -15.0 * value + 7.0 * slope - bend,
        6.0 * value - 3.0 * slope + 0.5 * bend,
    ]
}

/// The inverse of a cumulative sum.
#[derive(Clone, Debug)]
pub struct DiscreteTable {
    values: Vec<f64>,
    cumulative: Vec<f64>,
}

/// Laws that need more values than this have no table.
const MOST: usize = 1 << 20;

impl DiscreteTable {
    /// The whole numbers from lo to hi, up to where nothing is left.
    pub fn integers(mass: &dyn Fn(f64) -> f64, lo: f64, hi: f64) -> Option<DiscreteTable> {
        let mut table = DiscreteTable { values: vec![], cumulative: vec![] };
        let mut sum = 0.0;
        let mut k = lo;
        while k <= hi && table.values.len() < MOST {
            let here = mass(k);
            if here.is_nan() {
                return None;
            }
            sum += here;
            table.values.push(k);
            table.cumulative.push(sum);
            if sum > 0.5 && here < 1e-18 {
                return Some(table);
            }
            k += 1.0;
        }
        (k > hi).then_some(table)
    }

    /// A list of points.
    pub fn points(mass: &dyn Fn(f64) -> f64, points: &[f64]) -> Option<DiscreteTable> {
        let mut sum = 0.0;
        let cumulative: Vec<f64> = points
            .iter()
            .map(|x| {
                sum += mass(*x);
                sum
            })
            .collect();
        (sum.is_finite() && !points.is_empty()).then(|| DiscreteTable { values: points.to_vec(), cumulative })
    }

    /// The sample of a uniform noise.
    pub fn sample(&self, noise: f64) -> f64 {
        let index = self.cumulative.partition_point(|c| *c <= noise);
        self.values.get(index.min(self.values.len().wrapping_sub(1))).copied().unwrap_or(f64::NAN)
    }
}
