//! Quantiles of the standard Gaussian: rational approximations in the middle and in the tails (Wichura, "Algorithm AS 241", Appl.
//! Statist. 37 (1988), 477-484).

use super::ln;
use super::simd::Simd;

/// Half the width of the middle.
const MIDDLE: f64 = 0.425;
const MIDDLE_SQUARE: f64 = 0.180625;
/// Where the tails begin and where they go over into the far ones, in `sqrt(-ln u)`.
const TAIL: f64 = 1.6;
const FAR: f64 = 5.0;

const MIDDLE_ABOVE: [f64; 8] = [
    3.3871328727963665,
    133.14166789178438,
    1971.5909503065513,
    13731.69376550946,
    45921.95393154987,
    67265.7709270087,
    33430.57558358813,
    2509.0809287301227,
];
const MIDDLE_BELOW: [f64; 8] = [
    1.0,
    42.31333070160091,
    687.1870074920579,
    5394.196021424751,
    21213.794301586597,
    39307.89580009271,
    28729.085735721943,
    5226.495278852854,
];
const TAIL_ABOVE: [f64; 8] = [
    1.4234371107496835,
    4.630337846156546,
    5.769497221460691,
    3.6478483247632045,
    1.2704582524523684,
    0.2417807251774506,
    0.022723844989269184,
    0.0007745450142783414,
];
const TAIL_BELOW: [f64; 8] = [
    1.0,
    2.053191626637759,
    1.6763848301838038,
    0.6897673349851,
    0.14810397642748008,
    0.015198666563616457,
    0.0005475938084995345,
    1.0507500716444169e-09,
];
const FAR_ABOVE: [f64; 8] = [
    6.657904643501103,
    5.463784911164114,
    1.7848265399172913,
    0.29656057182850487,
    0.026532189526576124,
    0.0012426609473880784,
    2.7115555687434876e-05,
    2.0103343992922881e-07,
];
const FAR_BELOW: [f64; 8] = [
    1.0,
    0.599832206555888,
    0.1369298809227358,
    0.014875361290850615,
    0.0007868691311456133,
    1.8463183175100548e-05,
    1.421511758316446e-07,
    2.0442631033899397e-15,
];

/// The quantile of probabilities between 2^-53 and `1 - 2^-53`: within 1e-14, relative to itself.
#[inline(always)]
pub fn normal<S: Simd>(s: S, u: S::F) -> S::F {
    let q = s.sub(u, s.splat(0.5));
    let quotient = |r, above, below| s.div(s.polynomial(r, above), s.polynomial(r, below));
    let middle = s.mul(q, quotient(s.fnma(q, q, s.splat(MIDDLE_SQUARE)), &MIDDLE_ABOVE, &MIDDLE_BELOW));
    let inside = s.less(s.abs(q), s.splat(MIDDLE));
    if s.all(inside) {
        return middle;
    }
    let r = s.sqrt(s.neg(ln::normal(s, s.min(u, s.sub(s.splat(1.0), u)), 0.0)));
    let mut tail = quotient(s.sub(r, s.splat(TAIL)), &TAIL_ABOVE, &TAIL_BELOW);
    let near = s.less(r, s.splat(FAR));
    if !s.all(near) {
        let far = quotient(s.sub(r, s.splat(FAR)), &FAR_ABOVE, &FAR_BELOW);
        tail = s.select(near, tail, far);
    }
    s.select(inside, middle, s.with_sign(tail, q))
}
