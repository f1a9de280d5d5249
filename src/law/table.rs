//! Tables that turn noise into samples where a law has no quantile of its own.

use super::special::{normal_cdf, normal_quantile};

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
/// Width of a panel of the cumulative integral, in the stretched variable.
const PANEL: f64 = 0.125;

/// Gauss–Legendre with eight points on (0, 1).
const GAUSS: [(f64, f64); 8] = [
    (0.019_855_071_751_231_856, 0.050_614_268_145_188_13),
    (0.101_666_761_293_186_64, 0.111_190_517_226_687_24),
    (0.237_233_795_041_835_5, 0.156_853_322_938_943_66),
    (0.408_282_678_752_175_1, 0.181_341_891_689_181),
    (0.591_717_321_247_825, 0.181_341_891_689_181),
    (0.762_766_204_958_164_5, 0.156_853_322_938_943_66),
    (0.898_333_238_706_813_4, 0.111_190_517_226_687_24),
    (0.980_144_928_248_768_1, 0.050_614_268_145_188_13),
];

/// A stretching of the support onto the whole line: the point and its rate of change.
struct Stretch {
    ends: (f64, f64),
    location: (f64, f64),
}

impl Stretch {
    fn at(&self, t: f64) -> (f64, f64) {
        let ((lo, hi), (middle, width)) = (self.ends, self.location);
        match (lo.is_finite(), hi.is_finite()) {
            (false, false) => (middle + width * t.sinh(), width * t.cosh()),
            (true, false) => {
                let e = (t - (-t).exp()).exp();
                (lo + (middle - lo).max(width) * e, (middle - lo).max(width) * e * (1.0 + (-t).exp()))
            }
            (false, true) => {
                let e = (-t - t.exp()).exp();
                (hi - (hi - middle).max(width) * e, (hi - middle).max(width) * e * (1.0 + t.exp()))
            }
            (true, true) => {
                let near = 1.0 / (1.0 + (std::f64::consts::PI * t.abs().sinh()).exp());
                let rate = std::f64::consts::PI * t.cosh() * near * (1.0 - near) * (hi - lo);
                (if t < 0.0 { lo + near * (hi - lo) } else { hi - near * (hi - lo) }, rate)
            }
        }
    }
}

impl ContinuousTable {
    /// From a log-density on an open interval, with a middle and a width of the law.
    pub fn new(ln: &dyn Fn(f64) -> f64, ends: (f64, f64), location: (f64, f64)) -> Option<ContinuousTable> {
        let stretch = Stretch { ends, location };
        let mass = |from: f64, width: f64| -> f64 {
            let term = |(node, weight): &(f64, f64)| {
                let (x, rate) = stretch.at(from + width * node);
                let density = if rate > 0.0 && x.is_finite() { ln(x).exp() } else { 0.0 };
                if density.is_finite() { weight * rate * density } else { 0.0 }
            };
            width * GAUSS.iter().map(term).sum::<f64>()
        };
        let reach = if ends.0.is_finite() && ends.1.is_finite() { 3.5 } else { 40.0 };
        let count = (2.0 * reach / PANEL) as usize;
        let start = |panel: usize| -reach + panel as f64 * PANEL;
        let masses: Vec<f64> = (0..count).map(|panel| mass(start(panel), PANEL)).collect();
        let mut below = vec![0.0; count + 1];
        let mut above = vec![0.0; count + 1];
        for panel in 0..count {
            below[panel + 1] = below[panel] + masses[panel];
            above[count - 1 - panel] = above[count - panel] + masses[count - 1 - panel];
        }
        let total = below[count];
        if total.is_nan() || (total - 1.0).abs() > 1e-6 {
            return None;
        }
        // The stretched variable at a normal score: the smaller of the two tails decides, so that neither is lost.
        let solve = |score: f64| -> f64 {
            let left = score < 0.0;
            let share = total * normal_cdf(-score.abs());
            let panel =
                if left { below.partition_point(|m| *m <= share) } else { above.partition_point(|m| *m > share) };
            let panel = panel.clamp(1, count) - 1;
            let wanted = if left { share - below[panel] } else { above[panel] - share };
            let (mut lo, mut hi) = (0.0, PANEL);
            let mut width = PANEL * (wanted / masses[panel]).clamp(0.0, 1.0);
            for _ in 0..40 {
                let gap = mass(start(panel), width) - wanted;
                if gap > 0.0 {
                    hi = width
                } else {
                    lo = width
                }
                let (x, rate) = stretch.at(start(panel) + width);
                let next = width - gap / (rate * ln(x).exp());
                let next = if next > lo && next < hi { next } else { 0.5 * (lo + hi) };
                if (next - width).abs() < 1e-15 * PANEL {
                    break;
                }
                width = next;
            }
            start(panel) + width
        };
        let scale = if ln(location.0) == f64::NEG_INFINITY && ends.0 < location.0 && location.0 < ends.1 {
            let panel = |x: f64| (0..count).position(|panel| stretch.at(start(panel + 1)).0 >= x);
            let middle = panel(location.0)?;
            let (mut lo, mut hi) = (0.0, PANEL);
            for _ in 0..60 {
                let width = 0.5 * (lo + hi);
                if stretch.at(start(middle) + width).0 < location.0 { lo = width } else { hi = width }
            }
            Scale::CubeRoot(normal_quantile((below[middle] + mass(start(middle), lo)) / total))
        } else {
            Scale::Noise
        };
        let density = scale.density();
        let knot = |index: usize| {
            let [score, rate, bend] = scale.score(index);
            let (x, _) = stretch.at(solve(score));
            let gaussian = (-0.5 * score * score).exp() / (2.0 * std::f64::consts::PI).sqrt();
            let first = gaussian * total / ln(x).exp();
            let near = match scale {
                Scale::Noise => f64::INFINITY,
                Scale::CubeRoot(_) => (x - location.0).abs(),
            };
            let step = 1e-4 * first.abs().min(near).max(1e-300);
            let slope = (ln(x + step) - ln(x - step)) / (2.0 * step);
            let second = first * (-score - slope * first);
            let finite = |v: f64| if v.is_finite() { v } else { 0.0 };
            // Along the scale, by the chain rule.
            let (along, twice) = (first * rate, second * rate * rate + first * bend);
            [x, finite(along) / density, finite(twice) / (density * density)]
        };
        let knots: Vec<[f64; 3]> = (0..=scale.pieces()).map(knot).collect();
        Some(ContinuousTable { pieces: knots.windows(2).map(|pair| quintic(pair[0], pair[1])).collect(), scale })
    }

    /// The sample of a standard Gaussian noise.
    pub fn sample(&self, noise: f64) -> f64 {
        let place = self.scale.place(noise).clamp(0.0, self.pieces.len() as f64 - 1e-9);
        let piece = self.pieces.get(place as usize).copied().unwrap_or([f64::NAN; 6]);
        let s = place - place.floor();
        piece.iter().rev().fold(0.0, |sum, c| sum * s + c)
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
