//! Sums over whole numbers, up to where nothing is left.

use super::quadrature::{Estimate, Integrand};

const CHUNK: usize = 64;
/// Sums that need more terms are given up, unless they fall so fast that it can be seen where they end.
const MOST: usize = 1 << 18;
/// Nor are more terms summed then.
const MOST_FALLING: usize = 1 << 22;
/// What is left where this share of the sum stands aside.
const NOTHING: f64 = 1e-17;

/// Sums from a finite lower end; `past` is a number beyond which terms are expected to decrease.
pub fn sum(summand: &mut Integrand<'_>, lo: f64, hi: f64, past: f64) -> Option<Estimate> {
    let (mut total, mut magnitude, mut rounded, mut count) = (0.0, 0.0, 0.0, 0);
    // The ends of a sum are whole numbers.
    if lo.fract() != 0.0 || (hi.is_finite() && hi.fract() != 0.0) {
        return None;
    }
    let (mut previous, mut rest) = (f64::INFINITY, 0.0);
    let mut next = lo;
    while next <= hi {
        let points: Vec<f64> = (0..CHUNK).map(|i| next + i as f64).take_while(|k| *k <= hi).collect();
        let mut values = vec![0.0; points.len()];
        summand(&points, &mut values)?;
        let size: f64 = values.iter().map(|v| v.abs()).sum();
        total += values.iter().sum::<f64>();
        magnitude += size;
        // Masses are exponentials of sums of terms such as k ln k, whose rounding is relative to these.
        let of_rounding = |(k, v): (&f64, &f64)| v.abs() * (1.0 + k.abs() * (2.0 + k.abs()).ln());
        rounded += points.iter().zip(&values).map(of_rounding).sum::<f64>();
        count += points.len();
        next += points.len() as f64;
        // As fast as the terms fall here, so many chunks are left.
        let left = (size / (NOTHING * magnitude)).ln() / (previous / size).ln();
        let falls = size < previous && (count as f64 + left * CHUNK as f64) < MOST_FALLING as f64;
        if count.is_multiple_of(MOST) && !falls {
            return None;
        }
        // Terms that have fallen by such a factor over a chunk fall geometrically or faster.
        if next > past && next <= hi && size <= NOTHING * magnitude && size <= previous {
            // What is left out is a geometric series, or less.
            rest = if size < previous { size / (previous / size - 1.0).max(1e-6) } else { size };
            break;
        }
        previous = size;
    }
    let error = 4e-16 * rounded + if rest.is_finite() { rest } else { 0.0 };
    (total.is_finite() && error.is_finite()).then_some(Estimate { value: total, error })
}
