//! Hyperbolic functions and their kin: all from the exponential function of a size.

use super::simd::Simd;
use super::{exp, ln};

/// `tanh x`: at most 3 units in the last place off.
#[inline(always)]
pub fn tanh<S: Simd>(s: S, x: S::F) -> S::F {
    // From here on it is 1; in this order NaN stays.
    let size = s.min(s.splat(20.0), s.abs(x));
    let e = exp::less_one(s, s.add(size, size));
    s.with_sign(s.div(e, s.add(e, s.splat(2.0))), x)
}

/// `sinh x`: at most 4 units in the last place off.
#[inline(always)]
pub fn sinh<S: Simd>(s: S, x: S::F) -> S::F {
    let size = s.abs(x);
    let half = s.splat(0.5);
    let e = exp::less_one(s, s.min(s.splat(40.0), size));
    let near = s.mul(half, s.add(e, s.div(e, s.add(e, s.splat(1.0)))));
    let far = exp::scaled(s, size, -1.0);
    s.with_sign(s.select(s.less(size, s.splat(30.0)), near, far), x)
}

/// `cosh x`: at most 3 units in the last place off.
#[inline(always)]
pub fn cosh<S: Simd>(s: S, x: S::F) -> S::F {
    let e = exp::scaled(s, s.abs(x), -1.0);
    s.add(e, s.div(s.splat(0.25), e))
}

/// `1/(1 + exp(-x))`: at most 3 units in the last place off.
#[inline(always)]
pub fn sigmoid<S: Simd>(s: S, x: S::F) -> S::F {
    let one = s.splat(1.0);
    let e = exp::exp(s, s.neg(s.abs(x)));
    s.div(s.select(s.less(x, s.splat(0.0)), e, one), s.add(one, e))
}

/// `ln(1 + exp(x))`: at most 3 units in the last place off.
#[inline(always)]
pub fn softplus<S: Simd>(s: S, x: S::F) -> S::F {
    let e = exp::exp(s, s.neg(s.abs(x)));
    // In this order NaN stays.
    s.add(s.max(s.splat(0.0), x), ln::one_plus(s, e))
}
