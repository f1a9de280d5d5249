//! Integrals over intervals: the trapezoidal rule after a stretching that makes the integrand die out on the whole
//! line (Takahasi and Mori), cut where the integrand has kinks or jumps.

/// A number and a bound for its error.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// How far it may be off, as far as the method tells.
    pub error: f64,
}

/// The values of an integrand at many points; none where it cannot be evaluated.
pub type Integrand<'a> = dyn FnMut(&[f64], &mut [f64]) -> Option<()> + 'a;

/// The spacing is halved until the sum settles, at most this often.
const HALVINGS: u32 = 6;
const COARSEST: f64 = 0.25;
/// A sum that still moves by this much, relative to the sum of magnitudes, after so many halvings will not settle.
const HOPELESS: (u32, f64) = (3, 1e-3);
/// How far the stretched variable goes: slowly decaying tails need all of it.
const FARTHEST: f64 = 96.0;
const CHUNK: f64 = 4.0;
const OFF_CENTRE: f64 = 0.012_345;

/// A part of the range between neighbouring cuts.
#[derive(Clone, Copy, Debug)]
struct Piece {
    lo: f64,
    hi: f64,
    middle: f64,
    width: f64,
    /// How far the stretched variable has to go down and up.
    reach: (f64, f64),
}

/// Where an integral is taken.
pub struct Region<'a> {
    pub range: (f64, f64),
    /// Kinks and jumps of the integrand.
    pub cuts: &'a [f64],
    /// A middle and a width of the bulk.
    pub location: (f64, f64),
    /// Whether other nodes are taken than the first time.
    pub second: bool,
    /// Differences of successive sums below this, relative to the sum of magnitudes, end the work.
    pub settled: f64,
    /// A sum of magnitudes below this need not settle.
    pub negligible: f64,
}

/// Why an integral has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The integrand could not be evaluated, or the work was too much.
    Unknown,
    /// All values are 0.
    Nothing,
    /// What lies far out still counts: there is no finite integral.
    Diverges,
}

/// Integrates over a region.
pub fn integrate(integrand: &mut Integrand<'_>, region: &Region<'_>) -> Result<Estimate, Failure> {
    let Region { range, cuts, location, settled, second, negligible } = *region;
    // Quotients such as (f(x) - f(-x))/x have a hole in the middle: no point falls there.
    let location = if second {
        (location.0 - 7.3 * OFF_CENTRE * location.1, 1.17 * location.1)
    } else {
        (location.0 + OFF_CENTRE * location.1, location.1)
    };
    let mut pieces = pieces(range, cuts, location);
    let (mut total, mut magnitude, mut edges) = (0.0, 0.0, 0.0);
    // First pass: how far the tails reach.
    for piece in &mut pieces {
        let middle = piece.terms(integrand, &[0.0])?;
        total += middle.iter().sum::<f64>();
        magnitude += middle.iter().map(|m| m.abs()).sum::<f64>();
        for direction in [-1.0, 1.0] {
            let limit = piece.limit(direction);
            let (mut from, mut reach): (f64, f64) = (0.0, COARSEST);
            // The outermost term: where a pole at an end is cut off by rounding, as much is missing.
            let mut edge = 0.0;
            while from < limit {
                let to = (from + CHUNK).min(limit);
                let count = ((to - from) / COARSEST).round() as usize;
                let points: Vec<f64> = (1..=count).map(|i| direction * (from + i as f64 * COARSEST)).collect();
                let terms = piece.terms(integrand, &points)?;
                total += terms.iter().sum::<f64>();
                magnitude += terms.iter().map(|t| t.abs()).sum::<f64>();
                if let Some(last) = terms.iter().rposition(|t| t.abs() > 1e-18 * magnitude) {
                    reach = (from + (last + 2) as f64 * COARSEST).min(limit);
                }
                edge = terms.iter().rfind(|t| **t != 0.0).map_or(edge, |t| t.abs());
                // What still counts at the far end of an infinite range has no finite integral.
                if to == FARTHEST && terms.last().is_some_and(|t| t.abs() > 1e-10 * magnitude) {
                    return Err(Failure::Diverges);
                }
                if reach < to {
                    break;
                }
                from = to;
            }
            edges += edge;
            if direction < 0.0 { piece.reach.0 = reach } else { piece.reach.1 = reach }
        }
    }
    // Where every value is 0 something narrow may have been missed.
    if magnitude == 0.0 {
        return Err(Failure::Nothing);
    }
    let mut spacing = COARSEST;
    (total, magnitude) = (total * spacing, magnitude * spacing);
    let mut gap = f64::INFINITY;
    for halving in 1..=HALVINGS {
        let (mut sum, mut size) = (0.0, 0.0);
        for piece in &pieces {
            let first = -piece.reach.0 + 0.5 * spacing;
            let count = ((piece.reach.0 + piece.reach.1) / spacing).round() as usize;
            let points: Vec<f64> = (0..count).map(|i| first + i as f64 * spacing).collect();
            for term in piece.terms(integrand, &points)? {
                (sum, size) = (sum + term, size + term.abs());
            }
        }
        spacing *= 0.5;
        let next = 0.5 * total + spacing * sum;
        magnitude = 0.5 * magnitude + spacing * size;
        let previous = gap;
        gap = (next - total).abs();
        total = next;
        if halving >= HOPELESS.0 && gap > HOPELESS.1 * magnitude {
            if magnitude < negligible {
                return Ok(Estimate { value: total, error: magnitude });
            }
            return Err(Failure::Unknown);
        }
        // Convergence is at least quadratic in the number of digits once it has set in.
        if gap <= settled * magnitude || (halving > 1 && gap < 1e-7 * magnitude && gap < 1e-3 * previous) {
            let expected = if previous > gap && previous.is_finite() { gap * (gap / previous) } else { gap };
            return finite(total, expected.max(4e-16 * magnitude) + edges);
        }
    }
    finite(total, gap.max(1e-15 * magnitude) + edges)
}

fn finite(value: f64, error: f64) -> Result<Estimate, Failure> {
    if value.is_finite() && error.is_finite() { Ok(Estimate { value, error }) } else { Err(Failure::Unknown) }
}

/// The cuts inside the range, and further ones around the bulk where a piece is much longer than that.
fn pieces((lo, hi): (f64, f64), cuts: &[f64], (middle, width): (f64, f64)) -> Vec<Piece> {
    let inside = |x: &f64| *x > lo && *x < hi;
    let mut ends: Vec<f64> = cuts.iter().copied().filter(inside).collect();
    let whole_line = ends.is_empty() && lo == f64::NEG_INFINITY && hi == f64::INFINITY;
    if !whole_line {
        for extra in [middle - 8.0 * width, middle + 8.0 * width].iter().filter(|x| inside(x)) {
            if ends.iter().chain([&lo, &hi]).all(|end| (end - extra).abs() > 2.0 * width) {
                ends.push(*extra);
            }
        }
    }
    ends.extend([lo, hi]);
    ends.sort_by(f64::total_cmp);
    ends.dedup_by(|a, b| (*a - *b).abs() < 1e-14 * (1.0 + b.abs()));
    ends.windows(2).map(|pair| Piece { lo: pair[0], hi: pair[1], middle, width, reach: (0.0, 0.0) }).collect()
}

impl Piece {
    /// How far the stretched variable may go. Between finite ends, rounding ends it, but not next to 0.
    fn limit(&self, direction: f64) -> f64 {
        let end = if direction < 0.0 { self.lo } else { self.hi };
        match self.lo.is_finite() && self.hi.is_finite() {
            true if end == 0.0 => 6.0,
            true => 3.75,
            false => FARTHEST,
        }
    }

    /// The stretched integrand at some points; 0 where rounding puts them on an end.
    fn terms(&self, integrand: &mut Integrand<'_>, points: &[f64]) -> Result<Vec<f64>, Failure> {
        let stretched: Vec<(f64, f64)> = points.iter().map(|t| self.stretch(*t)).collect();
        let inside = |(x, rate): &(f64, f64)| *x > self.lo && *x < self.hi && *rate > 0.0 && rate.is_finite();
        let xs: Vec<f64> = stretched.iter().filter(|s| inside(s)).map(|s| s.0).collect();
        let mut values = vec![0.0; xs.len()];
        if !xs.is_empty() {
            integrand(&xs, &mut values).ok_or(Failure::Unknown)?;
        }
        let mut values = values.into_iter();
        let term = |s: &(f64, f64)| {
            let value = if inside(s) { values.next().unwrap_or(f64::NAN) } else { 0.0 };
            if value == 0.0 { 0.0 } else { value * s.1 }
        };
        let terms: Vec<f64> = stretched.iter().map(term).collect();
        if terms.iter().all(|t| t.is_finite()) { Ok(terms) } else { Err(Failure::Unknown) }
    }

    /// The point of a stretched variable, and its rate of change.
    fn stretch(&self, t: f64) -> (f64, f64) {
        let Piece { lo, hi, middle, width, .. } = *self;
        match (lo.is_finite(), hi.is_finite()) {
            (false, false) => (middle + width * t.sinh(), width * t.cosh()),
            (true, false) => {
                let (scale, e) = ((middle - lo).clamp(width, 16.0 * width), (-t).exp());
                let offset = scale * (t - e).exp();
                (lo + offset, offset * (1.0 + e))
            }
            (false, true) => {
                let (scale, e) = ((hi - middle).clamp(width, 16.0 * width), (-t).exp());
                let offset = scale * (t - e).exp();
                (hi - offset, offset * (1.0 + e))
            }
            (true, true) => {
                // Offsets from the nearer end keep their digits.
                let near = 1.0 / (1.0 + (std::f64::consts::PI * t.abs().sinh()).exp());
                let rate = std::f64::consts::PI * t.cosh() * near * (1.0 - near) * (hi - lo);
                (if t < 0.0 { lo + near * (hi - lo) } else { hi - near * (hi - lo) }, rate)
            }
        }
    }
}
