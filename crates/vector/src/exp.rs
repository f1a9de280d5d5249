//! The exponential function.
//!
//! `exp(x) = 2^(n/16) exp(r)` with whole `n` and `|r| ≤ ln 2/32`: sixteen powers in a table, a polynomial for the rest.

use super::simd::Simd;

/// Adding it rounds to a whole number, which then stands in the low bits.
pub const ROUND: f64 = 6_755_399_441_055_744.0;
const STEPS: f64 = 16.0 * std::f64::consts::LOG2_E;
/// A sixteenth of ln 2 in two parts, of which the first times any step count is exact.
const STEP: f64 = 6.931_471_803_691_238e-1 / 16.0;
const STEP_REST: f64 = 1.908_214_929_270_587_7e-10 / 16.0;

/// `2^(i/16)`.
const POWERS: [f64; 16] = [
    1.0,
    1.0442737824274138,
    1.0905077326652577,
    1.1387886347566916,
    1.189207115002721,
    1.241857812073484,
    1.2968395546510096,
    1.3542555469368927,
    std::f64::consts::SQRT_2,
    1.4768261459394993,
    1.5422108254079407,
    1.6104903319492543,
    1.681792830507429,
    1.7562521603732995,
    1.8340080864093424,
    1.9152065613971474,
];

/// `2^(i/16) - 1`.
const POWERS_LESS_ONE: [f64; 16] = [
    0.0,
    0.04427378242741384,
    0.09050773266525766,
    0.13878863475669165,
    0.18920711500272105,
    0.24185781207348406,
    0.29683955465100964,
    0.3542555469368927,
    0.41421356237309503,
    0.4768261459394993,
    0.5422108254079409,
    0.6104903319492543,
    0.6817928305074291,
    0.7562521603732995,
    0.8340080864093424,
    0.9152065613971473,
];

/// `(exp(r) - 1 - r)/r²`, to 2^-55 after multiplication by r².
const REST: [f64; 5] = [0.5, 0.16666666665301144, 0.041666666664959766, 0.008333449724528355, 0.0013889034377693012];

/// The same to 2^-58 relative to r, where 1 is taken off afterwards.
const LONG_REST: [f64; 6] = [
    0.5000000000000001,
    0.16666666666666669,
    0.04166666666359425,
    0.008333333332991954,
    0.001388906347556763,
    0.00019841463826261545,
];

/// Below the first the result is 0, above the second infinite, with a shift of one, too.
const ENDS: (f64, f64) = (-746.0, 711.0);
/// No need to look for the ends before this.
const FAR: f64 = 700.0;

/// `n` as a number and in the low bits of a word, and `exp(r) - 1`.
#[inline(always)]
fn reduced<S: Simd, const N: usize>(s: S, x: S::F, tail: S::F, rest: &[f64; N]) -> (S::F, S::U, S::F) {
    let shifted = s.fma(x, s.splat(STEPS), s.splat(ROUND));
    let n = s.sub(shifted, s.splat(ROUND));
    let r = s.fnma(n, s.splat(STEP), x);
    let r = s.add(s.fnma(n, s.splat(STEP_REST), r), tail);
    let rest = s.polynomial(r, rest);
    (n, s.bits(shifted), s.fma(s.mul(r, r), rest, r))
}

/// `exp(x)`: at most 1.1 units in the last place off (subnormal results: half a unit more).
#[inline(always)]
pub fn exp<S: Simd>(s: S, x: S::F) -> S::F {
    scaled(s, x, 0.0)
}

/// `exp(x) 2^shift`, for a small whole shift.
#[inline(always)]
pub fn scaled<S: Simd>(s: S, x: S::F, shift: f64) -> S::F {
    // Negative zero as the tail is dropped by the compiler.
    with_tail(s, x, s.splat(-0.0), shift)
}

/// `exp(x + tail) 2^shift`, for a tail that is small against 1/100.
#[inline(always)]
pub fn with_tail<S: Simd>(s: S, x: S::F, tail: S::F, shift: f64) -> S::F {
    let x = if s.all_below(x, FAR) {
        x
    } else {
        // In this order NaN stays.
        s.min(s.splat(ENDS.1), s.max(s.splat(ENDS.0), x))
    };
    let (n, index, p) = reduced(s, x, tail, &REST);
    let power = s.lookup(&POWERS, index);
    let value = s.fma(power, p, power);
    s.scale(value, s.fma(n, s.splat(1.0 / 16.0), s.splat(shift)))
}

/// `exp(x) - 1` for `0 ≤ x ≤ 700`: at most 2 units in the last place off.
#[inline(always)]
pub fn less_one<S: Simd>(s: S, x: S::F) -> S::F {
    let (n, index, p) = reduced(s, x, s.splat(-0.0), &LONG_REST);
    let sixteenth = s.splat(1.0 / 16.0);
    let power = s.scale(s.lookup(&POWERS, index), s.mul(n, sixteenth));
    let small = s.less(n, s.splat(16.0));
    let rest = s.select(small, s.lookup(&POWERS_LESS_ONE, index), s.sub(power, s.splat(1.0)));
    s.fma(power, p, rest)
}
