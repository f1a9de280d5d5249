//! Where functions change sign.

/// Points of the grid on either side of the middle.
const GRID: i32 = 48;

/// The grid: dense around the bulk.
fn grid((lo, hi): (f64, f64), (middle, width): (f64, f64)) -> Vec<f64> {
    let grid = (-GRID..=GRID).map(|i| f64::from(i) / 12.0);
    match (lo.is_finite(), hi.is_finite()) {
        (true, true) => grid.map(|t| lo + (hi - lo) * (0.5 + 0.5 * (0.9 * t).tanh())).collect(),
        (true, false) => grid.map(|t| lo + (middle - lo).max(width) * t.exp()).collect(),
        (false, true) => grid.map(|t| hi - (hi - middle).max(width) * (-t).exp()).collect(),
        (false, false) => grid.map(|t| middle + width * t.sinh()).collect(),
    }
}

/// Adds the places where one of several functions changes sign on a range. Between points of the grid a function may come
/// near 0 and turn back: there its extremum is looked at, too.
pub fn roots(f: &mut dyn FnMut(f64) -> Vec<f64>, range: (f64, f64), location: (f64, f64), found: &mut Vec<f64>) {
    let ends = [range.0, range.1].map(|end| Some(end).filter(|end| end.is_finite()));
    let grid: Vec<f64> = ends[0].into_iter().chain(grid(range, location)).chain(ends[1]).collect();
    let values: Vec<Vec<f64>> = grid.iter().map(|x| f(*x)).collect();
    let known = found.len();
    #[allow(clippy::needless_range_loop)] // Of each function its column.
    for k in 0..values.first().map_or(0, Vec::len) {
        let mut points: Vec<(f64, f64)> = grid.iter().zip(&values).map(|(x, row)| (*x, row[k])).collect();
        let turns = points.windows(3).filter_map(|at| {
            let [(a, fa), (_, fb), (c, fc)] = [at[0], at[1], at[2]];
            // Towards 0 and away from it, on one side.
            let sign = fb.signum();
            let turns = fa * fb > 0.0 && fb * fc > 0.0 && (fa - fb) * sign >= 0.0 && (fc - fb) * sign >= 0.0;
            (turns && (fa != fb || fc != fb)).then(|| least(&mut |x| f(x)[k] * sign, (a, c)))
        });
        let turns: Vec<(f64, f64)> = turns.collect::<Vec<f64>>().into_iter().map(|x| (x, f(x)[k])).collect();
        points.extend(turns.into_iter().filter(|(_, value)| value.is_finite()));
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        for pair in points.windows(2) {
            let [(a, fa), (b, fb)] = [pair[0], pair[1]];
            if fb == 0.0 {
                found.push(b);
            } else if fa * fb < 0.0 {
                found.push(root(&mut |x| f(x)[k], (a, fa), (b, fb)));
            }
        }
    }
    let inside = found.split_off(known).into_iter().filter(|x| *x > range.0 && *x < range.1);
    found.extend(inside);
}

/// Between neighbouring points of the grid a peak of this height, as a logarithm, is seen without help.
const SEEN: f64 = 3.0;
/// Widths of a peak on either side of its middle that are integrated over apart.
const WIDTHS: f64 = 12.0;

/// Adds the middles and the ends of peaks that the grid does not resolve, from the logarithms of functions.
pub fn peaks(ln: &mut dyn FnMut(f64) -> Vec<f64>, range: (f64, f64), location: (f64, f64), found: &mut Vec<f64>) {
    let grid = grid(range, location);
    let values: Vec<Vec<f64>> = grid.iter().map(|x| ln(*x)).collect();
    #[allow(clippy::needless_range_loop)] // Of each function its column.
    for k in 0..values.first().map_or(0, Vec::len) {
        for i in 1..grid.len() - 1 {
            let [a, b, c] = [i - 1, i, i + 1].map(|i| values[i][k]);
            // NaN compares false.
            if !(b > a && b >= c) || (b - a).max(b - c) < SEEN {
                continue;
            }
            let (lo, hi) = (grid[i - 1], grid[i + 1]);
            let middle = least(&mut |x| -ln(x)[k], (lo, hi));
            let top = ln(middle)[k];
            if !top.is_finite() {
                continue;
            }
            found.push(middle);
            for end in [lo, hi] {
                found.push(middle + WIDTHS * fallen(&mut |x| ln(x)[k], middle, end));
            }
        }
    }
}

/// How far from its maximum in the middle, towards an end, a function has fallen by a half.
fn fallen(ln: &mut dyn FnMut(f64) -> f64, middle: f64, end: f64) -> f64 {
    let top = ln(middle);
    let (mut near, mut far) = (0.0, end - middle);
    for _ in 0..60 {
        let half = if near == 0.0 { far / 16.0 } else { 0.5 * (near + far) };
        if ln(middle + half) - top + 0.5 < 0.0 { far = half } else { near = half }
    }
    far
}

/// Powers of two that the bulk may be away from the middle, in widths.
const AWAY: i32 = 200;

/// The middle and the width of the bulk of a function that lies far from where it was looked for, from its logarithm; none if
/// it lies at the end of what is looked at. On a half-line distances from its end are measured by their logarithms.
pub fn bulk(ln: &mut dyn FnMut(f64) -> f64, (lo, hi): (f64, f64), (middle, width): (f64, f64)) -> Option<(f64, f64)> {
    let end = [lo, hi].into_iter().find(|end| end.is_finite() && lo.is_finite() != hi.is_finite());
    let mut ln = |x: f64| ln(x) + end.map_or(0.0, |end| (x - end).abs().ln());
    let powers = (-AWAY..=AWAY).map(|power| 2f64.powi(power));
    let mut places: Vec<f64> = match (lo.is_finite(), hi.is_finite()) {
        (true, false) => powers.map(|power| lo + (middle - lo).max(width) * power).collect(),
        (false, true) => powers.map(|power| hi - (hi - middle).max(width) * power).collect(),
        _ => powers.flat_map(|power| [middle + width * power, middle - width * power]).collect(),
    };
    places.retain(|x| x.is_finite() && *x > lo && *x < hi);
    places.sort_by(f64::total_cmp);
    let heights: Vec<f64> = places.iter().map(|x| ln(*x)).collect();
    let height = |i: usize| if heights[i].is_nan() { f64::NEG_INFINITY } else { heights[i] };
    let top = (0..places.len()).max_by(|a, b| height(*a).total_cmp(&height(*b)))?;
    let (before, after) = (*places.get(top.checked_sub(1)?)?, *places.get(top + 1)?);
    let middle = least(&mut |x| -ln(x), (before, after));
    let width = [before, after].into_iter().map(|end| fallen(&mut ln, middle, end).abs()).fold(0.0, f64::max);
    (middle.is_finite() && width > 0.0 && width.is_finite()).then_some((middle, width))
}

/// Where a function with one valley is least (golden sections).
fn least(f: &mut dyn FnMut(f64) -> f64, (mut a, mut d): (f64, f64)) -> f64 {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    let (mut b, mut c) = (d - GOLDEN * (d - a), a + GOLDEN * (d - a));
    let (mut fb, mut fc) = (f(b), f(c));
    for _ in 0..90 {
        if (d - a).abs() <= 1e-15 * (a.abs() + d.abs()) {
            break;
        }
        if fb <= fc {
            (d, c, fc) = (c, b, fb);
            b = d - GOLDEN * (d - a);
            fb = f(b);
        } else {
            (a, b, fb) = (b, c, fc);
            c = a + GOLDEN * (d - a);
            fc = f(c);
        }
    }
    0.5 * (a + d)
}

/// A root between two points of opposite sign, by false position with bisection (Illinois).
fn root(f: &mut dyn FnMut(f64) -> f64, (mut a, mut fa): (f64, f64), (mut b, mut fb): (f64, f64)) -> f64 {
    for _ in 0..100 {
        let x = b - fb * (b - a) / (fb - fa);
        let x = if x > a.min(b) && x < a.max(b) { x } else { 0.5 * (a + b) };
        let fx = f(x);
        if fx == 0.0 || (b - a).abs() <= 1e-15 * (a.abs() + b.abs()) {
            return x;
        }
        if fx * fb < 0.0 {
            (a, fa) = (b, fb);
        } else {
            fa *= 0.5;
        }
        (b, fb) = (x, fx);
    }
    b
}
