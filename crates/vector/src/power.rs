//! Real powers: `exp(b ln a)` with the logarithm in two parts.

use super::simd::Simd;
use super::{exp, ln};

/// `a^b`: at most 4 units in the last place off for normal results; NaN for negative a unless b is whole.
#[inline(always)]
pub fn power<S: Simd>(s: S, a: S::F, b: S::F) -> S::F {
    let size = s.abs(a);
    let (high, low) = ln::in_two_parts(s, size);
    // The product in two parts: factors cut to 26 bits multiply exactly.
    let cut = |v: S::F| s.float(s.bit_and(s.bits(v), s.word(u64::MAX << 27)));
    let (bh, hh) = (cut(b), cut(high));
    let (bl, hl) = (s.sub(b, bh), s.sub(high, hh));
    let product = s.mul(b, high);
    let lost = s.add(s.sub(s.mul(bh, hh), product), s.add(s.mul(bh, hl), s.mul(bl, hh)));
    let lost = s.add(lost, s.add(s.mul(bl, hl), s.mul(b, low)));
    let finite = s.less(s.abs(product), s.splat(800.0));
    let lost = s.select(finite, lost, s.splat(0.0));
    let value = exp::with_tail(s, product, lost, 0.0);
    let regular = s.and(s.less(s.splat(f64::MIN_POSITIVE), a), s.less(a, s.splat(f64::INFINITY)));
    if s.all(s.and(regular, finite)) {
        return value;
    }
    s.repair_pair(s.and(regular, finite), a, b, value, libm::pow)
}
