//! Sine, cosine and tangent.
//!
//! Arguments up to 2^30 (10^6 without FMA) lose whole quarter or half turns in three exact steps; larger ones, which formulas hardly ever
//! have, go one by one through a reduction with as many digits of π as it takes.

use super::exp::ROUND;
use super::simd::Simd;
use std::f64::consts::{FRAC_1_PI, FRAC_2_PI, FRAC_PI_2, PI};

/// Where the quick reduction ends: with one rounding for a product and a sum, and with two.
const FAR: f64 = 1_073_741_824.0;
const FAR_UNFUSED: f64 = 1_000_000.0;
/// π in three parts; half of each for π/2.
const PI_PARTS: [f64; 3] = [PI, 1.2246467991473532e-16, -2.9947698097183397e-33];
const HALF_PI_PARTS: [f64; 3] = [FRAC_PI_2, 6.123233995736766e-17, -1.4973849048591698e-33];
/// π/2 in parts of 33 bits, whose products with up to a million quarter turns are exact, and a rest.
const SHORT_HALF_PI_PARTS: [f64; 4] =
    [1.570_796_326_734_125_6, 6.077_100_506_303_966e-11, 2.022_266_248_711_166_5e-21, 8.478_427_660_368_9e-32];

/// `(sin √z - √z)/√z³` up to π/2, to 2^-55.
const SIN_HALF_TURN: [f64; 8] = [
    -0.16666666666666666,
    0.008333333333333316,
    -0.00019841269841254971,
    2.755731921916275e-06,
    -2.5052107616935044e-08,
    1.605897730850011e-10,
    -7.643970170240761e-13,
    2.7314431889670642e-15,
];

/// The same up to π/4.
const SIN: [f64; 6] = [
    -0.16666666666666666,
    0.008333333333330948,
    -0.00019841269836758213,
    2.755731610236554e-06,
    -2.5051131806051286e-08,
    1.5918126488531496e-10,
];

/// `(cos √z - 1 + z/2)/z²` up to π/4, to 2^-59.
const COS: [f64; 6] = [
    0.041666666666666664,
    -0.0013888888888887398,
    2.4801587298765462e-05,
    -2.755731727161287e-07,
    2.0876146244035124e-09,
    -1.1382630669902987e-11,
];

/// `x` less n times π/2 (or π), without loss.
#[inline(always)]
fn less_turns<S: Simd>(s: S, x: S::F, n: S::F, half: bool) -> S::F {
    if S::FUSES {
        let [a, b, c] = if half { HALF_PI_PARTS } else { PI_PARTS };
        let f = s.fnma(n, s.splat(a), x);
        let f = s.fnma(n, s.splat(b), f);
        return s.fnma(n, s.splat(c), f);
    }
    let scale = if half { 1.0 } else { 2.0 };
    let [a, b, c, d] = SHORT_HALF_PI_PARTS.map(|part| s.mul(n, s.splat(scale * part)));
    // What each subtraction but the first loses is kept.
    let first = s.sub(x, a);
    let second = s.sub(first, b);
    let lost = s.sub(s.sub(first, second), b);
    let rest = s.sub(lost, s.add(c, d));
    s.add(second, rest)
}

/// Where the quick reduction ends.
#[inline(always)]
fn far<S: Simd>(_: S) -> f64 {
    if S::FUSES { FAR } else { FAR_UNFUSED }
}

/// `(-1)^n sin f` for f up to π/2; n in the low bits.
#[inline(always)]
fn half_turn<S: Simd>(s: S, f: S::F, n: S::U) -> S::F {
    let z = s.mul(f, f);
    let value = s.fma(s.mul(z, f), s.polynomial(z, &SIN_HALF_TURN), f);
    s.float(s.bit_xor(s.bits(value), s.left::<63>(n)))
}

/// `sin x`: at most 1.5 units in the last place off.
#[inline(always)]
pub fn sin<S: Simd>(s: S, x: S::F) -> S::F {
    let shifted = s.fma(x, s.splat(FRAC_1_PI), s.splat(ROUND));
    let n = s.sub(shifted, s.splat(ROUND));
    let value = half_turn(s, less_turns(s, x, n, false), s.bits(shifted));
    if s.all_below(x, far(s)) { value } else { s.repair(x, far(s), value, libm::sin) }
}

/// `cos x`: at most 1.5 units in the last place off.
#[inline(always)]
pub fn cos<S: Simd>(s: S, x: S::F) -> S::F {
    // x = f + (n + 1/2) π, so cos x = -(-1)^n sin f.
    let shifted = s.add(s.fma(x, s.splat(FRAC_1_PI), s.splat(-0.5)), s.splat(ROUND));
    let n = s.add(s.sub(shifted, s.splat(ROUND)), s.splat(0.5));
    let value = s.neg(half_turn(s, less_turns(s, x, n, false), s.bits(shifted)));
    if s.all_below(x, far(s)) { value } else { s.repair(x, far(s), value, libm::cos) }
}

/// Both at once; at most 1.5 units in the last place off.
#[inline(always)]
pub fn sin_cos<S: Simd>(s: S, x: S::F) -> (S::F, S::F) {
    let shifted = s.fma(x, s.splat(FRAC_2_PI), s.splat(ROUND));
    let quarter = s.bits(shifted);
    let n = s.sub(shifted, s.splat(ROUND));
    let f = less_turns(s, x, n, true);
    let z = s.mul(f, f);
    let sine = s.fma(s.mul(z, f), s.polynomial(z, &SIN), f);
    let cosine = s.fma(s.mul(z, z), s.polynomial(z, &COS), s.fma(z, s.splat(-0.5), s.splat(1.0)));
    let odd = s.odd(quarter);
    let (sine, cosine) = (s.select(odd, cosine, sine), s.select(odd, sine, cosine));
    // The second bit of the quarter is the sign of the sine; that of the next quarter the sign of the cosine.
    let sign = s.word(1 << 63);
    let sine_sign = s.bit_and(s.left::<62>(quarter), sign);
    let cosine_sign = s.bit_and(s.left::<62>(s.plus(quarter, s.word(1))), sign);
    let sine = s.float(s.bit_xor(s.bits(sine), sine_sign));
    let cosine = s.float(s.bit_xor(s.bits(cosine), cosine_sign));
    if s.all_below(x, far(s)) {
        return (sine, cosine);
    }
    (s.repair(x, far(s), sine, libm::sin), s.repair(x, far(s), cosine, libm::cos))
}

/// `tan x`: at most 3 units in the last place off.
#[inline(always)]
pub fn tan<S: Simd>(s: S, x: S::F) -> S::F {
    let (sine, cosine) = sin_cos(s, x);
    s.div(sine, cosine)
}
