//! How the mass of a continuous law lies, from its log-density: panels of a stretched line, and where normal scores are reached.

use super::special::{normal_cdf, normal_quantile};

/// Width of a panel of the cumulative integral, in the stretched variable.
const PANEL: f64 = 0.125;
/// Newton's method ends with a step below this part of a panel, which squares to nothing.
const LAST_STEP: f64 = 1e-7;
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
pub struct Stretch {
    ends: (f64, f64),
    location: (f64, f64),
}

impl Stretch {
    pub fn at(&self, t: f64) -> (f64, f64) {
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
pub struct Mass<'a> {
    ln: &'a mut LogDensity<'a>,
    pub stretch: Stretch,
    start: f64,
    panels: Vec<f64>,
    /// Sums of the panels up to each end of one, and from it on.
    below: Vec<f64>,
    above: Vec<f64>,
    pub total: f64,
}

impl<'a> Mass<'a> {
    pub fn new(ln: &'a mut LogDensity<'a>, ends: (f64, f64), location: (f64, f64)) -> Mass<'a> {
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
    pub fn at_scores(&mut self, scores: &[f64]) -> Vec<f64> {
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
    pub fn score_of(&mut self, x: f64) -> Option<f64> {
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
