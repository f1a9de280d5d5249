//! Where functions change sign.

/// Points of the grid on either side of the middle.
const GRID: i32 = 48;

/// Adds the places where one of several functions changes sign on a range; the grid is dense around the bulk.
pub fn roots(
    f: &mut dyn FnMut(f64) -> Vec<f64>,
    (lo, hi): (f64, f64),
    (middle, width): (f64, f64),
    found: &mut Vec<f64>,
) {
    let grid = (-GRID..=GRID).map(|i| f64::from(i) / 12.0);
    let grid: Vec<f64> = match (lo.is_finite(), hi.is_finite()) {
        (true, true) => grid.map(|t| lo + (hi - lo) * (0.5 + 0.5 * (0.9 * t).tanh())).collect(),
        (true, false) => grid.map(|t| lo + (middle - lo).max(width) * t.exp()).collect(),
        (false, true) => grid.map(|t| hi - (hi - middle).max(width) * (-t).exp()).collect(),
        (false, false) => grid.map(|t| middle + width * t.sinh()).collect(),
    };
    let values: Vec<Vec<f64>> = grid.iter().map(|x| f(*x)).collect();
    for i in 1..grid.len() {
        for (k, (a, b)) in values[i - 1].iter().zip(&values[i]).enumerate() {
            if *b == 0.0 {
                found.push(grid[i]);
            } else if a * b < 0.0 {
                found.push(root(&mut |x| f(x)[k], (grid[i - 1], *a), (grid[i], *b)));
            }
        }
    }
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
