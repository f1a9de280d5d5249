//! Central finite differences of any order.

/// Weights of a central difference on the points `-reach..=reach`, for unit spacing.
pub struct Stencil {
    pub reach: i32,
    pub weights: Vec<f64>,
    /// The weights of the stencil that is shorter by one point on each side: the gap between the two tells the error.
    pub shorter: Vec<f64>,
}

/// Derivatives of a higher order are not taken numerically.
pub const HIGHEST_ORDER: u32 = 12;

impl Stencil {
    /// For a first derivative on `2 reach` points, and as good a one for a higher order.
    pub fn new(order: u32, reach: i32) -> Option<Stencil> {
        if !(1..=HIGHEST_ORDER).contains(&order) {
            return None;
        }
        let reach = reach + (order as i32 - 1) / 2;
        let mut shorter = weights(reach - 1, order as usize);
        shorter.insert(0, 0.0);
        shorter.push(0.0);
        Some(Stencil { reach, weights: weights(reach, order as usize), shorter })
    }
}

/// Fornberg's recursion for the weights of a derivative at 0 on whole-numbered points.
fn weights(reach: i32, order: usize) -> Vec<f64> {
    // Points from the middle outwards keep the intermediate numbers small.
    let points: Vec<f64> = (0..=2 * reach).map(|i| f64::from(if i % 2 == 0 { -i / 2 } else { (i + 1) / 2 })).collect();
    let mut table = vec![vec![0.0; order + 1]; points.len()];
    table[0][0] = 1.0;
    let mut last = 1.0;
    for n in 1..points.len() {
        let mut product = 1.0;
        for v in 0..n {
            let gap = points[n] - points[v];
            product *= gap;
            for k in (0..=order.min(n)).rev() {
                let lower = if k > 0 { table[v][k - 1] } else { 0.0 };
                if v == n - 1 {
                    table[n][k] = last / product * (k as f64 * lower - points[n - 1] * table[v][k]);
                }
                table[v][k] = (points[n] * table[v][k] - k as f64 * lower) / gap;
            }
        }
        last = product;
    }
    let mut sorted: Vec<(f64, f64)> = points.iter().zip(&table).map(|(x, row)| (*x, row[order])).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    sorted.into_iter().map(|(_, w)| if w.abs() < 1e-13 { 0.0 } else { w }).collect()
}
