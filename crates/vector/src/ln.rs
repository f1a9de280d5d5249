//! The natural logarithm.
//!
//! `x = 2^k z` with z between 0.70 and 1.41; `ln z = ln c + ln(1 + r)`, where c is the middle of one of sixteen intervals,
//! one of them around 1 so that small logarithms keep their digits.

use super::simd::Simd;
use std::f64::consts::LN_2;

const ONE: u64 = 1.0f64.to_bits();
/// The bits of the lower end of the range of z: nine and a half sixteenths of a binade below 1.
const LOWEST: u64 = ONE - 9 * (1 << 48) - (1 << 47);
const MANTISSA: u64 = (1 << 52) - 1;
/// 2^52: its bits with a small whole number in the low ones are the sum.
const SHIFT: f64 = 4_503_599_627_370_496.0;

/// `1/c`.
const RECIPROCAL: [f64; 16] = [
    1.391304347826087,
    1.3333333333333333,
    1.28,
    1.2307692307692308,
    1.1851851851851851,
    1.1428571428571428,
    1.103448275862069,
    1.0666666666666667,
    1.032258064516129,
    1.0,
    0.9411764705882353,
    0.8888888888888888,
    0.8421052631578947,
    0.8,
    0.7619047619047619,
    0.7272727272727273,
];

/// `ln c`, for the rounded reciprocal.
const CENTRE: [f64; 16] = [
    -0.3302416868705768,
    -0.28768207245178085,
    -0.2468600779315258,
    -0.20763936477824455,
    -0.16989903679539742,
    -0.13353139262452257,
    -0.09844007281325251,
    -0.06453852113757116,
    -0.03174869831458027,
    0.0,
    0.060624621816434854,
    0.11778303565638351,
    0.17185025692665928,
    0.2231435513142097,
    0.2719337154836418,
    0.3184537311185346,
];

/// `(ln(1 + r) - r)/r²`, to 2^-55 relative to r after multiplication by r².
const REST: [f64; 8] = [
    -0.49999999999999917,
    0.33333333333334897,
    -0.250000000026144,
    0.19999999986268993,
    -0.1666665378782214,
    0.14285740638944608,
    -0.12520305082030905,
    0.11104585002201231,
];

/// `ln x`: at most 2 units in the last place off; -∞ at 0, NaN below.
#[inline(always)]
pub fn ln<S: Simd>(s: S, x: S::F) -> S::F {
    if s.all_ordinary(x) {
        return normal(s, x, 0.0);
    }
    // Subnormal numbers are made normal first.
    let small = s.less(x, s.splat(f64::MIN_POSITIVE));
    let value = s.select(small, normal(s, s.mul(x, s.splat(SHIFT)), -52.0), normal(s, x, 0.0));
    let zero = s.splat(0.0);
    let value = s.select(s.equal(x, zero), s.splat(f64::NEG_INFINITY), value);
    let value = s.select(s.less(x, zero), s.splat(f64::NAN), value);
    // Infinity and NaN are their own logarithms.
    s.select(s.less(x, s.splat(f64::INFINITY)), value, x)
}

/// `ln x + shift ln 2` for normal positive x.
#[inline(always)]
pub fn normal<S: Simd>(s: S, x: S::F, shift: f64) -> S::F {
    let bits = s.bits(x);
    // The exponent k, with the bias of a floating-point number.
    let biased = s.plus(bits, s.word((1023 << 52) - LOWEST));
    let whole = s.float(s.bit_or(s.right::<52>(biased), s.word(SHIFT.to_bits())));
    let k = s.sub(whole, s.splat(SHIFT + 1023.0 - shift));
    let z = s.float(s.plus(s.bit_and(biased, s.word(MANTISSA)), s.word(LOWEST)));
    let index = s.right::<48>(biased);
    if !S::FUSES {
        // A reduction whose products are exact, as they round by themselves.
        let (high, low) = short_reduced(s, z, index);
        let r = s.add(high, low);
        let p = s.add(s.mul(s.mul(r, r), s.polynomial(r, &REST)), r);
        let first = s.add(s.mul(k, s.splat(LN_2_HIGH)), s.lookup(&SHORT_CENTRE, index));
        let rest = s.add(s.mul(k, s.splat(LN_2_LOW)), s.lookup(&SHORT_CENTRE_REST, index));
        return s.add(first, s.add(p, rest));
    }
    let r = s.fma(z, s.lookup(&RECIPROCAL, index), s.splat(-1.0));
    let p = s.fma(s.mul(r, r), s.polynomial(r, &REST), r);
    s.fma(k, s.splat(LN_2), s.add(s.lookup(&CENTRE, index), p))
}

/// `ln(1 + x)` for x between 0 and 1: at most 2 units in the last place off.
#[inline(always)]
pub fn one_plus<S: Simd>(s: S, x: S::F) -> S::F {
    let one = s.splat(1.0);
    let sum = s.add(one, x);
    // What the sum has lost.
    let lost = s.sub(x, s.sub(sum, one));
    s.add(normal(s, sum, 0.0), lost)
}

/// `1/c` to eight bits behind the point.
const SHORT_RECIPROCAL: [f64; 16] = [
    1.390625, 1.33203125, 1.28125, 1.23046875, 1.18359375, 1.14453125, 1.1015625, 1.06640625, 1.03125, 1.0, 0.94140625,
    0.890625, 0.84375, 0.80078125, 0.76171875, 0.7265625,
];

/// `ln c` for these, to 40 bits behind the point, and the rest.
const SHORT_CENTRE: [f64; 16] = [
    -0.32975328637257917,
    -0.2867050328040932,
    -0.24783616390413954,
    -0.20739519434573594,
    -0.16855536102957558,
    -0.13499516453794058,
    -0.09672962645890948,
    -0.06429435070549516,
    -0.03077165866670839,
    0.0,
    0.06038051098857977,
    0.11583181552487076,
    0.1698990367949591,
    0.2221674653410446,
    0.2721778859158803,
    0.3194307707663029,
];
const SHORT_CENTRE_REST: [f64; 16] = [
    1.1118671389559323e-13,
    1.3889257940316386e-13,
    -4.4171755371315547e-13,
    -3.346423512161294e-13,
    -2.310880731974025e-13,
    4.3575119284488535e-13,
    3.5836667430094137e-13,
    9.790518511990216e-14,
    -4.529814257790929e-14,
    0.0,
    3.2770792432999323e-13,
    2.509424976252708e-13,
    4.383710744723666e-13,
    1.0970699320566433e-13,
    -6.465103064005256e-14,
    5.834357420090924e-14,
];
/// ln 2 in two parts: whole multiples of the first are exact.
const LN_2_HIGH: f64 = 0.6931471805601177;
const LN_2_LOW: f64 = -1.7239444525614835e-13;

/// `(ln(1 + r) - r + r²/2)/r³`, to 2^-59 relative to r after multiplication by r³.
const CUBIC: [f64; 8] = [
    0.3333333333333323,
    -0.24999999999999906,
    0.20000000003007992,
    -0.1666666666942406,
    0.1428570058109503,
    -0.1249998743715955,
    0.11131086892914575,
    -0.10018311437120091,
];

/// `ln x` as a sum of two numbers, together to 2^-66 relative, for normal positive x; unspecified elsewhere.
#[inline(always)]
pub fn in_two_parts<S: Simd>(s: S, x: S::F) -> (S::F, S::F) {
    let bits = s.bits(x);
    let biased = s.plus(bits, s.word((1023 << 52) - LOWEST));
    let whole = s.float(s.bit_or(s.right::<52>(biased), s.word(SHIFT.to_bits())));
    let k = s.sub(whole, s.splat(SHIFT + 1023.0));
    let z = s.float(s.plus(s.bit_and(biased, s.word(MANTISSA)), s.word(LOWEST)));
    let index = s.right::<48>(biased);
    let (r_high, r_low) = short_reduced(s, z, index);
    let r = s.add(r_high, r_low);
    let r_rest = s.add(s.sub(r_high, r), r_low);
    // r - r²/2 in two parts; the cubic rest in one.
    let h = s.float(s.bit_and(s.bits(r), s.word(u64::MAX << 27)));
    let half_square = s.mul(s.mul(h, h), s.splat(0.5));
    let square_rest = s.mul(s.mul(s.sub(r, h), s.add(r, h)), s.splat(0.5));
    let cubic = s.mul(s.mul(s.mul(r, r), r), s.polynomial(r, &CUBIC));
    let first = s.fma(k, s.splat(LN_2_HIGH), s.lookup(&SHORT_CENTRE, index));
    let (sum, e1) = two_sum(s, first, r);
    let (sum, e2) = two_sum(s, sum, s.neg(half_square));
    let low = s.fma(k, s.splat(LN_2_LOW), s.lookup(&SHORT_CENTRE_REST, index));
    let small = s.add(s.sub(r_rest, square_rest), s.fnma(r, r_rest, cubic));
    let low = s.add(s.add(e1, e2), s.add(low, small));
    let high = s.add(sum, low);
    (high, s.add(s.sub(sum, high), low))
}

/// `z/c - 1` in two parts.
#[inline(always)]
fn short_reduced<S: Simd>(s: S, z: S::F, index: S::U) -> (S::F, S::F) {
    // Reciprocals of nine bits: their products with both halves of z are exact.
    let c = s.lookup(&SHORT_RECIPROCAL, index);
    let high = s.float(s.bit_and(s.bits(z), s.word(u64::MAX << 27)));
    (s.sub(s.mul(high, c), s.splat(1.0)), s.mul(s.sub(z, high), c))
}

/// A sum and what rounding has lost of it.
#[inline(always)]
fn two_sum<S: Simd>(s: S, a: S::F, b: S::F) -> (S::F, S::F) {
    let sum = s.add(a, b);
    let part = s.sub(sum, a);
    (sum, s.add(s.sub(a, s.sub(sum, part)), s.sub(b, part)))
}
