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
/// Newton's method ends with a step below this part of a panel, which squares to nothing.
const LAST_STEP: f64 = 1e-9;
const MOST_STEPS: usize = 40;

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

/// A log-density at many points.
pub type LogDensity<'a> = dyn FnMut(&[f64], &mut [f64]) + 'a;

/// How the mass of a law lies along the stretched line, by panels.
struct Mass<'a> {
    ln: &'a mut LogDensity<'a>,
    stretch: Stretch,
    start: f64,
    panels: Vec<f64>,
    /// Sums of the panels up to each end of one, and from it on.
    below: Vec<f64>,
    above: Vec<f64>,
    total: f64,
}

impl<'a> Mass<'a> {
    fn new(ln: &'a mut LogDensity<'a>, ends: (f64, f64), location: (f64, f64)) -> Mass<'a> {
        let reach = if ends.0.is_finite() && ends.1.is_finite() { 3.5 } else { 40.0 };
        let count = (2.0 * reach / PANEL) as usize;
        let (below, above) = (vec![0.0; count + 1], vec![0.0; count + 1]);
        let stretch = Stretch { ends, location };
        let mut mass = Mass { ln, stretch, start: -reach, panels: vec![], below, above, total: 0.0 };
        mass.panels = mass.of((0..count).map(|panel| (mass.end(panel), PANEL)).collect());
        for panel in 0..count {
            mass.below[panel + 1] = mass.below[panel] + mass.panels[panel];
            mass.above[count - 1 - panel] = mass.above[count - panel] + mass.panels[count - 1 - panel];
        }
        mass.total = mass.below[count];
        mass
    }

    /// The lower end of a panel.
    fn end(&self, panel: usize) -> f64 {
        self.start + panel as f64 * PANEL
    }

    /// The density along the stretched line.
    fn densities(&mut self, points: impl Iterator<Item = f64>) -> Vec<f64> {
        let (xs, rates): (Vec<f64>, Vec<f64>) = points.map(|t| self.stretch.at(t)).unzip();
        let mut lns = vec![0.0; xs.len()];
        (self.ln)(&xs, &mut lns);
        let density = |((x, rate), ln): ((&f64, &f64), &f64)| {
            let density = if *rate > 0.0 && x.is_finite() { rate * ln.exp() } else { 0.0 };
            if density.is_finite() { density } else { 0.0 }
        };
        xs.iter().zip(&rates).zip(&lns).map(density).collect()
    }

    /// The masses of stretches of the line, each from a point on and no wider than a panel.
    fn of(&mut self, parts: Vec<(f64, f64)>) -> Vec<f64> {
        let nodes = parts.iter().flat_map(|(from, width)| GAUSS.map(|(node, _)| from + width * node));
        let densities = self.densities(nodes);
        let sum = |densities: &[f64]| GAUSS.iter().zip(densities).map(|((_, weight), d)| weight * d).sum::<f64>();
        parts.iter().zip(densities.chunks(GAUSS.len())).map(|((_, width), part)| width * sum(part)).collect()
    }

    /// The points at normal scores, by Newton's method, all at once: the smaller of the two tails decides, so that neither is lost.
    fn at_scores(&mut self, scores: &[f64]) -> Vec<f64> {
        struct Search {
            panel: usize,
            wanted: f64,
            bracket: (f64, f64),
            width: f64,
            done: bool,
        }
        let search = |score: &f64| {
            let left = *score < 0.0;
            let share = self.total * normal_cdf(-score.abs());
            let panel = if left {
                self.below.partition_point(|m| *m <= share)
            } else {
                self.above.partition_point(|m| *m > share)
            };
            let panel = panel.clamp(1, self.panels.len()) - 1;
            let wanted = if left { share - self.below[panel] } else { self.above[panel] - share };
            let width = PANEL * (wanted / self.panels[panel]).clamp(0.0, 1.0);
            Search { panel, wanted, bracket: (0.0, PANEL), width, done: false }
        };
        let mut searches: Vec<Search> = scores.iter().map(search).collect();
        for _ in 0..MOST_STEPS {
            let live = || searches.iter().filter(|s| !s.done).map(|s| (s.panel, s.width)).collect::<Vec<_>>();
            let parts: Vec<(f64, f64)> = live().iter().map(|(panel, width)| (self.end(*panel), *width)).collect();
            if parts.is_empty() {
                break;
            }
            let densities = self.densities(parts.iter().map(|(from, width)| from + width));
            let masses = self.of(parts);
            for ((search, mass), density) in searches.iter_mut().filter(|s| !s.done).zip(masses).zip(densities) {
                let gap = mass - search.wanted;
                let (lo, hi) = &mut search.bracket;
                if gap > 0.0 {
                    *hi = search.width
                } else {
                    *lo = search.width
                }
                let next = search.width - gap / density;
                let next = if next > *lo && next < *hi { next } else { 0.5 * (*lo + *hi) };
                search.done = (next - search.width).abs() < LAST_STEP * PANEL;
                search.width = next;
            }
        }
        searches.iter().map(|s| self.end(s.panel) + s.width).collect()
    }

    /// The normal score of a sample.
    fn score_of(&mut self, x: f64) -> Option<f64> {
        let panel = (0..self.panels.len()).position(|panel| self.stretch.at(self.end(panel + 1)).0 >= x)?;
        let (mut lo, mut hi) = (0.0, PANEL);
        for _ in 0..60 {
            let width = 0.5 * (lo + hi);
            if self.stretch.at(self.end(panel) + width).0 < x { lo = width } else { hi = width }
        }
        let part = self.of(vec![(self.end(panel), lo)]).iter().sum::<f64>();
        Some(normal_quantile((self.below[panel] + part) / self.total))
    }
}

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
