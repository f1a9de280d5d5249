//! The error function, its complement and the distribution function of the standard Gaussian.
//!
//! Near 0 an odd polynomial; further out `exp(-x²)` times a polynomial in `t = (x - 4)/(x + 4)`, which puts the whole
//! half line into a short interval.

use super::exp;
use super::simd::Simd;

/// Where the one gives way to the other.
const NEAR: f64 = 0.65;
/// From here on the complement is 0.
const FAR: f64 = 27.5;

/// `erf(√z)/√z - 1` up to 0.66, to 2^-55.
const ERF: [f64; 10] = [
    0.12837916709551256,
    -0.3761263890318349,
    0.11283791670934916,
    -0.02686617063918227,
    0.005223977536425057,
    -0.0008548319362208905,
    0.0001205493072377405,
    -1.4912531009710226e-05,
    1.6201691779856756e-06,
    -1.345305718693069e-07,
];

/// `exp(x²) erfc(x)/(1 - t)` for x between 0.6 and 28, to 2^-54.
const TAIL: [f64; 21] = [
    0.13699945762506138,
    -0.12206859113511025,
    0.09665108778315462,
    -0.06760672891415391,
    0.04135644848475314,
    -0.021751367155008517,
    0.009547689363610303,
    -0.003296256667268972,
    0.0007640069578352919,
    -3.511986062059544e-05,
    -5.688159372283582e-05,
    2.210161541768393e-05,
    -4.5434905372964196e-07,
    -2.357654809671977e-06,
    5.866309541424557e-07,
    1.7811567259841065e-07,
    -1.0538996302261476e-07,
    -9.553406126350457e-09,
    1.4995257836667453e-08,
    1.8011165422469942e-10,
    -1.5404108195039598e-09,
];

/// `exp(-x²)` for x between 0 and 28: the square in two parts, the first of them exact.
#[inline(always)]
fn gaussian<S: Simd>(s: S, x: S::F) -> S::F {
    let high = s.float(s.bit_and(s.bits(x), s.word(u64::MAX << 27)));
    let rest = s.mul(s.sub(high, x), s.add(high, x));
    exp::with_tail(s, s.neg(s.mul(high, high)), rest, 0.0)
}

/// `erf x` near 0.
#[inline(always)]
fn near<S: Simd>(s: S, x: S::F) -> S::F {
    s.fma(x, s.polynomial(s.mul(x, x), &ERF), x)
}

/// `erfc x` for x from [`NEAR`] on.
#[inline(always)]
fn tail<S: Simd>(s: S, x: S::F) -> S::F {
    // In this order NaN stays.
    let x = s.min(s.splat(FAR), x);
    let rest = s.div(s.splat(8.0), s.add(x, s.splat(4.0)));
    let t = s.sub(s.splat(1.0), rest);
    s.mul(s.mul(gaussian(s, x), rest), s.polynomial(t, &TAIL))
}

/// `erf x`: at most 3 units in the last place off.
#[inline(always)]
pub fn erf<S: Simd>(s: S, x: S::F) -> S::F {
    let size = s.abs(x);
    let far = s.with_sign(s.sub(s.splat(1.0), tail(s, size)), x);
    s.select(s.less(size, s.splat(NEAR)), near(s, x), far)
}

/// `erfc x`: at most 12 units in the last place off.
#[inline(always)]
pub fn erfc<S: Simd>(s: S, x: S::F) -> S::F {
    let size = s.abs(x);
    let tail = tail(s, size);
    let far = s.select(s.less(x, s.splat(0.0)), s.sub(s.splat(2.0), tail), tail);
    s.select(s.less(size, s.splat(NEAR)), s.sub(s.splat(1.0), near(s, x)), far)
}

/// The standard Gaussian distribution function: absolute error below 3e-16, relative error below `(12 + 2 x²) 2^-52`.
#[inline(always)]
pub fn normal_cdf<S: Simd>(s: S, x: S::F) -> S::F {
    s.mul(s.splat(0.5), erfc(s, s.mul(x, s.splat(-std::f64::consts::FRAC_1_SQRT_2))))
}
