//! Integrals over intervals: the trapezoidal rule after a stretching that makes the integrand die out on the whole
//! line (Takahasi and Mori), cut where the integrand has kinks or jumps.

/// A number and a bound for its error.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    pub value: f64,
    pub error: f64,
}

/// The values of an integrand at many points; none where it cannot be evaluated.
pub type Integrand<'a> = dyn FnMut(&[f64], &mut [f64]) -> Option<()> + 'a;

/// The spacing is halved until the sum settles, at most this often.
const HALVINGS: u32 = 6;
const COARSEST: f64 = 0.25;
/// Differences of successive sums below this, relative to the sum of magnitudes, are rounding.
const SETTLED: f64 = 1e-12;
/// How far the stretched variable goes: slowly decaying tails need all of it.
const FARTHEST: f64 = 48.0;
const CHUNK: f64 = 4.0;

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

/// Integrates over an interval with the given cuts; the location is a middle and a width of the bulk.
pub fn integrate(integrand: &mut Integrand<'_>, range: (f64, f64), cuts: &[f64], location: (f64, f64)) -> Option<Estimate> {
    let mut pieces = pieces(range, cuts, location);
    let mut total = 0.0;
    let mut magnitude = 0.0;
    // First pass: how far the tails reach.
    for piece in &mut pieces {
        let (down, up) = if piece.lo.is_finite() && piece.hi.is_finite() { (3.75, 3.75) } else { (FARTHEST, FARTHEST) };
        let middle = piece.sum(integrand, &[0.0])?;
        (total, magnitude) = (total + middle.0, magnitude + middle.1);
        for (direction, limit) in [(-1.0, down), (1.0, up)] {
            let mut reach: f64 = 0.0;
            loop {
                let from = reach;
                reach = (reach + CHUNK).min(limit);
                let count = ((reach - from) / COARSEST).round() as usize;
                let points: Vec<f64> = (1..=count).map(|i| direction * (from + i as f64 * COARSEST)).collect();
                let sum = piece.sum(integrand, &points)?;
                (total, magnitude) = (total + sum.0, magnitude + sum.1);
                if reach >= limit {
                    // What still counts at the far end of an infinite range has no finite integral.
                    if limit == FARTHEST && sum.1 > 1e-9 * magnitude {
                        return None;
                    }
                    break;
                }
                if sum.1 <= 1e-18 * magnitude {
                    break;
                }
            }
            if direction < 0.0 { piece.reach.0 = reach } else { piece.reach.1 = reach }
        }
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
            let part = piece.sum(integrand, &points)?;
            (sum, size) = (sum + part.0, size + part.1);
        }
        spacing *= 0.5;
        let next = 0.5 * total + spacing * sum;
        magnitude = 0.5 * magnitude + spacing * size;
        let previous = gap;
        gap = (next - total).abs();
        total = next;
        // Convergence is at least quadratic in the number of digits once it has set in.
        if gap <= SETTLED * magnitude || (halving > 1 && gap < 1e-7 * magnitude && gap < 1e-3 * previous) {
            let expected = if previous > gap && previous.is_finite() { gap * (gap / previous) } else { gap };
            return finite(total, expected.max(4e-16 * magnitude));
        }
    }
    finite(total, gap.max(1e-15 * magnitude))
}

fn finite(value: f64, error: f64) -> Option<Estimate> {
    (value.is_finite() && error.is_finite()).then_some(Estimate { value, error })
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
    /// The sum of the stretched integrand at some points, and of its magnitudes.
    fn sum(&self, integrand: &mut Integrand<'_>, points: &[f64]) -> Option<(f64, f64)> {
        let (mut xs, mut rates) = (Vec::with_capacity(points.len()), Vec::with_capacity(points.len()));
        for (x, rate) in points.iter().map(|t| self.stretch(*t)) {
            if x > self.lo && x < self.hi && rate > 0.0 && rate.is_finite() {
                xs.push(x);
                rates.push(rate);
            }
        }
        let mut values = vec![0.0; xs.len()];
        if !xs.is_empty() {
            integrand(&xs, &mut values)?;
        }
        let terms = values.iter().zip(&rates).map(|(v, r)| if *v == 0.0 { 0.0 } else { v * r });
        let (sum, size) = terms.fold((0.0, 0.0), |(sum, size), term| (sum + term, size + term.abs()));
        sum.is_finite().then_some((sum, size))
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
