//! The numeric functions of one and two arguments, by name.

use statrs::function::{beta, gamma};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, PI, SQRT_2};

/// A function of one real argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unary {
    /// The exponential.
    Exp,
    /// The natural logarithm.
    Ln,
    /// The square root.
    Sqrt,
    /// The sine.
    Sin,
    /// The cosine.
    Cos,
    /// The tangent.
    Tan,
    /// The inverse sine.
    Asin,
    /// The inverse cosine.
    Acos,
    /// The inverse tangent.
    Atan,
    /// The hyperbolic sine.
    Sinh,
    /// The hyperbolic cosine.
    Cosh,
    /// The hyperbolic tangent.
    Tanh,
    /// The absolute value.
    Abs,
    /// The sign, 0 at 0.
    Sign,
    /// 1 above 0, otherwise 0.
    Step,
    /// The positive part.
    Relu,
    /// The largest whole number not above the argument.
    Floor,
    /// The error function.
    Erf,
    /// One minus the error function.
    Erfc,
    /// The distribution function of N(0, 1).
    NormalCdf,
    /// Its inverse.
    NormalQuantile,
    /// The gamma function.
    Gamma,
    /// The logarithm of its absolute value.
    LnGamma,
    /// The derivative of that.
    Digamma,
    /// The second derivative.
    Trigamma,
    /// The logistic function.
    Sigmoid,
    /// ln(1 + exp(u)).
    Softplus,
}

/// A function of two real arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binary {
    /// Base and exponent.
    Pow,
    /// The larger one.
    Max,
    /// The smaller one.
    Min,
    /// The probabilists' Hermite polynomial: order and argument.
    Hermite,
    /// The beta function.
    Beta,
    /// Its logarithm.
    LnBeta,
    /// The lower regularised incomplete gamma function: shape and argument.
    GammaP,
    /// The derivative of the digamma function: order and argument.
    Polygamma,
    /// The second argument where the first is positive, 0 elsewhere: a density on its support.
    Within,
    /// The second argument where the first is positive, -∞ elsewhere: a log-density on its support.
    LnWithin,
}

impl Unary {
    /// The function of that name, if it is one of these.
    pub fn named(name: &str) -> Option<Unary> {
        use Unary::*;
        Some(match name {
            "exp" => Exp,
            "ln" | "log" => Ln,
            "sqrt" => Sqrt,
            "sin" => Sin,
            "cos" => Cos,
            "tan" => Tan,
            "asin" | "arcsin" => Asin,
            "acos" | "arccos" => Acos,
            "atan" | "arctan" => Atan,
            "sinh" => Sinh,
            "cosh" => Cosh,
            "tanh" => Tanh,
            "abs" => Abs,
            "sign" => Sign,
            "step" => Step,
            "relu" => Relu,
            "floor" => Floor,
            "erf" => Erf,
            "erfc" => Erfc,
            "Φ" | "Phi" | "probit_cdf" => NormalCdf,
            "probit" => NormalQuantile,
            "gamma" => Gamma,
            "lngamma" => LnGamma,
            "digamma" => Digamma,
            "trigamma" => Trigamma,
            "sigmoid" => Sigmoid,
            "softplus" => Softplus,
            _ => return None,
        })
    }

    /// The value; NaN outside the domain.
    pub fn apply(self, x: f64) -> f64 {
        match self {
            Unary::Exp => x.exp(),
            Unary::Ln => x.ln(),
            Unary::Sqrt => x.sqrt(),
            Unary::Sin => x.sin(),
            Unary::Cos => x.cos(),
            Unary::Tan => x.tan(),
            Unary::Asin => x.asin(),
            Unary::Acos => x.acos(),
            Unary::Atan => x.atan(),
            Unary::Sinh => x.sinh(),
            Unary::Cosh => x.cosh(),
            Unary::Tanh => x.tanh(),
            Unary::Abs => x.abs(),
            Unary::Sign => f64::from(x > 0.0) - f64::from(x < 0.0),
            Unary::Step => f64::from(x > 0.0),
            Unary::Relu => x.max(0.0),
            Unary::Floor => x.floor(),
            Unary::Erf => erf(x),
            Unary::Erfc => erfc(x),
            Unary::NormalCdf => normal_cdf(x),
            Unary::NormalQuantile => normal_quantile(x),
            Unary::Gamma if x > 0.0 => ln_gamma(x).exp(),
            Unary::Gamma => gamma::gamma(x),
            Unary::LnGamma => ln_gamma(x),
            Unary::Digamma => polygamma(0.0, x),
            Unary::Trigamma => polygamma(1.0, x),
            Unary::Sigmoid => 0.5 + 0.5 * (0.5 * x).tanh(),
            Unary::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
        }
    }

    /// True if the function has a kink or a jump where its argument is 0.
    pub fn switches(self) -> bool {
        matches!(self, Unary::Abs | Unary::Sign | Unary::Step | Unary::Relu)
    }
}

impl Binary {
    /// The function of that name, if it is one of these.
    pub fn named(name: &str) -> Option<Binary> {
        Some(match name {
            "max" => Binary::Max,
            "min" => Binary::Min,
            "He" => Binary::Hermite,
            "beta" => Binary::Beta,
            "lnbeta" => Binary::LnBeta,
            "gamma_p" | "gammainc" => Binary::GammaP,
            "polygamma" => Binary::Polygamma,
            _ => return None,
        })
    }

    /// The value; NaN outside the domain.
    pub fn apply(self, a: f64, b: f64) -> f64 {
        match self {
            Binary::Pow => a.powf(b),
            Binary::Max => a.max(b),
            Binary::Min => a.min(b),
            Binary::Hermite => hermite(a, b),
            Binary::Beta => ln_beta(a, b).exp(),
            Binary::LnBeta => ln_beta(a, b),
            Binary::GammaP => gamma::checked_gamma_lr(a, b.max(0.0)).unwrap_or(f64::NAN),
            Binary::Polygamma => polygamma(a, b),
            Binary::Within => {
                if a > 0.0 {
                    b
                } else {
                    0.0
                }
            }
            Binary::LnWithin => {
                if a > 0.0 {
                    b
                } else {
                    f64::NEG_INFINITY
                }
            }
        }
    }
}

/// The distribution function of the standard Gaussian.
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * erfc(-x * FRAC_1_SQRT_2)
}

/// Its inverse.
pub fn normal_quantile(u: f64) -> f64 {
    let x = -SQRT_2 * statrs::function::erf::erfc_inv(2.0 * u);
    let density = (-0.5 * x * x).exp() / (2.0 * PI).sqrt();
    // One step of Newton on the smaller tail brings the last digits.
    let excess = if x < 0.0 { normal_cdf(x) - u } else { (1.0 - u) - normal_cdf(-x) };
    let polished = x - excess / density;
    if polished.is_finite() { polished } else { x }
}

/// Where the series of erf gives way to the continued fraction of erfc.
const TAIL: f64 = 2.5;

/// The error function to rounding; the approximations at hand are good to 1e-11, which finite differences magnify.
fn erf(x: f64) -> f64 {
    if x.abs() > TAIL {
        return x.signum() * (1.0 - erfc_tail(x.abs()));
    }
    let (mut term, mut sum, mut n) = (x, x, 1.0);
    while term.abs() > 1e-17 * sum.abs() {
        n += 2.0;
        term *= 2.0 * x * x / n;
        sum += term;
    }
    FRAC_2_SQRT_PI * (-x * x).exp() * sum
}

/// The complement, to relative rounding in the upper tail.
fn erfc(x: f64) -> f64 {
    if x > TAIL { erfc_tail(x) } else { 1.0 - erf(x) }
}

/// Laplace's continued fraction, from far enough down.
fn erfc_tail(x: f64) -> f64 {
    let fraction = (1..=80).rev().fold(x, |rest, k| x + 0.5 * f64::from(k) / rest);
    (-x * x).exp() * 0.5 * FRAC_2_SQRT_PI / fraction
}

/// Stirling's series after shifting the argument up; accurate to rounding, unlike short Lanczos sums.
fn ln_gamma(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return gamma::ln_gamma(x);
    }
    let (mut y, mut shift) = (x, 1.0);
    while y < 12.0 {
        shift *= y;
        y += 1.0;
    }
    let r = 1.0 / (y * y);
    let series = (1.0 / 12.0
        + r * (-1.0 / 360.0 + r * (1.0 / 1260.0 + r * (-1.0 / 1680.0 + r * (1.0 / 1188.0 - r * 691.0 / 360_360.0)))))
        / y;
    (y - 0.5) * y.ln() - y + 0.5 * (2.0 * PI).ln() + series - shift.ln()
}

fn ln_beta(a: f64, b: f64) -> f64 {
    if a > 0.0 && b > 0.0 {
        ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
    } else {
        beta::checked_ln_beta(a, b).unwrap_or(f64::NAN)
    }
}

/// `He_k(x)` by its three-term recursion.
fn hermite(order: f64, x: f64) -> f64 {
    if !(0.0..=512.0).contains(&order) || order.fract() != 0.0 {
        return f64::NAN;
    }
    let (mut below, mut value) = (0.0, 1.0);
    for k in 0..order as u32 {
        (below, value) = (value, x * value - f64::from(k) * below);
    }
    value
}

/// `ψ^(n)(x)` for positive x: the recursion shifts the argument up, where the asymptotic series is exact to rounding.
fn polygamma(order: f64, x: f64) -> f64 {
    if !(0.0..=32.0).contains(&order) || order.fract() != 0.0 || x.is_nan() || x <= 0.0 {
        return f64::NAN;
    }
    let n = order as i32;
    let factorial: f64 = (1..=n).map(f64::from).product();
    let sign = if n % 2 == 0 { -1.0 } else { 1.0 };
    let (mut y, mut shift) = (x, 0.0);
    while y < 16.0 + f64::from(n) {
        shift += y.powi(-n - 1);
        y += 1.0;
    }
    const BERNOULLI: [f64; 7] =
        [1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0, -691.0 / 2730.0, 7.0 / 6.0];
    // (2k + n - 1)!/(2k)! for k = 1, 2, …, updated as it goes.
    let mut ratio = if n == 0 { 0.5 } else { (3..n + 2).map(f64::from).product() };
    let mut tail = 0.0;
    for (index, bernoulli) in BERNOULLI.iter().enumerate() {
        let k = 2.0 * (index as f64 + 1.0);
        tail += bernoulli * ratio * y.powf(-k - order);
        ratio *= (k + order) * (k + order + 1.0) / ((k + 1.0) * (k + 2.0));
    }
    if n == 0 {
        return y.ln() - 0.5 / y - tail - shift;
    }
    let leading = factorial / order * y.powi(-n) + 0.5 * factorial * y.powi(-n - 1);
    sign * (leading + tail + factorial * shift)
}
