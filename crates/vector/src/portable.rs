//! Every other processor: plain arrays, left to the compiler.

use super::exp::ROUND;
use super::simd::{Simd, Task};

/// No instructions beyond those that every processor of the architecture has.
#[derive(Clone, Copy, Debug)]
pub struct Portable;

/// Lanes of a pack.
const N: usize = 8;

/// A product and a sum: rounded once only where that is one instruction, because elsewhere it is a slow function.
#[inline(always)]
fn fused(a: f64, b: f64, c: f64) -> f64 {
    if Portable::FUSES { a.mul_add(b, c) } else { a * b + c }
}

/// Numbers from here on are whole.
const WHOLE: f64 = 2_251_799_813_685_248.0;
/// 2^52: its bits with a small whole number in the low ones are the sum.
const SHIFT: f64 = 2.0 * WHOLE;

/// The largest whole number that is not above one that is small against 2^51: without instructions for it, rounding is a
/// slow function.
#[inline(always)]
fn below(a: f64) -> f64 {
    let near = (a + ROUND) - ROUND;
    near - if near > a { 1.0 } else { 0.0 }
}

/// The same in each lane.
macro_rules! lanes {
    (|$i:ident| $value:expr) => {{
        let mut out = [Default::default(); N];
        let mut $i = 0;
        while $i < N {
            out[$i] = $value;
            $i += 1;
        }
        out
    }};
}

/// Methods that do the same in each lane.
macro_rules! each {
    ($($name:ident($($a:ident: $t:ty),*) -> $r:ty = $value:expr;)*) => {$(
        #[inline(always)]
        fn $name(self, $($a: [$t; N]),*) -> [$r; N] {
            #[inline(always)]
            fn one($($a: $t),*) -> $r {
                $value
            }
            lanes!(|i| one($($a[i]),*))
        }
    )*};
}

impl Simd for Portable {
    type F = [f64; N];
    type U = [u64; N];
    type M = [u64; N];
    const LANES: usize = N;
    const FUSES: bool = cfg!(any(target_feature = "fma", target_arch = "aarch64"));

    #[inline(always)]
    fn call<T: Task>(self, task: T) -> T::Output {
        task.run(self)
    }

    #[inline(always)]
    fn load(self, from: &[f64]) -> [f64; N] {
        lanes!(|i| from[i])
    }

    #[inline(always)]
    fn store(self, value: [f64; N], to: &mut [f64]) {
        to[..N].copy_from_slice(&value);
    }

    #[inline(always)]
    fn load_bits(self, from: &[u64]) -> [u64; N] {
        lanes!(|i| from[i])
    }

    #[inline(always)]
    fn store_bits(self, value: [u64; N], to: &mut [u64]) {
        to[..N].copy_from_slice(&value);
    }

    #[inline(always)]
    fn splat(self, value: f64) -> [f64; N] {
        [value; N]
    }

    #[inline(always)]
    fn word(self, value: u64) -> [u64; N] {
        [value; N]
    }

    each! {
        add(a: f64, b: f64) -> f64 = a + b;
        sub(a: f64, b: f64) -> f64 = a - b;
        mul(a: f64, b: f64) -> f64 = a * b;
        div(a: f64, b: f64) -> f64 = a / b;
        sqrt(a: f64) -> f64 = a.sqrt();
        fma(a: f64, b: f64, c: f64) -> f64 = fused(a, b, c);
        fnma(a: f64, b: f64, c: f64) -> f64 = fused(-a, b, c);
        min(a: f64, b: f64) -> f64 = if a < b { a } else { b };
        max(a: f64, b: f64) -> f64 = if a > b { a } else { b };
        floor(a: f64) -> f64 = if a.abs() < WHOLE { below(a).copysign(a) } else { a };
        scale(a: f64, n: f64) -> f64 = {
            // In two steps, of which the first is exact: both factors are normal numbers. Their biased exponents add up to n + 2046.
            let both = (below(n) + (ROUND + 2046.0)).to_bits();
            let half = both >> 1;
            a * f64::from_bits(half << 52) * f64::from_bits(both.wrapping_sub(half) << 52)
        };
        less(a: f64, b: f64) -> u64 = if a < b { u64::MAX } else { 0 };
        equal(a: f64, b: f64) -> u64 = if a == b { u64::MAX } else { 0 };
        and(a: u64, b: u64) -> u64 = a & b;
        odd(a: u64) -> u64 = 0u64.wrapping_sub(a & 1);
        select(mask: u64, yes: f64, no: f64) -> f64 = f64::from_bits(mask & yes.to_bits() | !mask & no.to_bits());
        bits(a: f64) -> u64 = a.to_bits();
        float(a: u64) -> f64 = f64::from_bits(a);
        bit_and(a: u64, b: u64) -> u64 = a & b;
        bit_or(a: u64, b: u64) -> u64 = a | b;
        bit_xor(a: u64, b: u64) -> u64 = a ^ b;
        plus(a: u64, b: u64) -> u64 = a.wrapping_add(b);
        minus(a: u64, b: u64) -> u64 = a.wrapping_sub(b);
    }

    #[inline(always)]
    fn split(self, a: [f64; N]) -> ([f64; N], [f64; N]) {
        // Conversions of whole numbers go one by one; a sum with 2^52 does the same to all lanes.
        let exponent = lanes!(|i| f64::from_bits((a[i].to_bits() >> 52) | SHIFT.to_bits()) - (SHIFT + 1023.0));
        (exponent, lanes!(|i| f64::from_bits(a[i].to_bits() & ((1 << 52) - 1) | 1.0f64.to_bits())))
    }

    #[inline(always)]
    fn all(self, mask: [u64; N]) -> bool {
        mask.iter().fold(u64::MAX, |all, m| all & m) == u64::MAX
    }

    #[inline(always)]
    fn all_below(self, a: [f64; N], limit: f64) -> bool {
        !a.iter().fold(false, |any, a| any | (a.abs() >= limit))
    }

    #[inline(always)]
    fn left<const K: u32>(self, a: [u64; N]) -> [u64; N] {
        lanes!(|i| a[i] << K)
    }

    #[inline(always)]
    fn right<const K: u32>(self, a: [u64; N]) -> [u64; N] {
        lanes!(|i| a[i] >> K)
    }

    #[inline(always)]
    fn rotate<const K: i32>(self, a: [u64; N]) -> [u64; N] {
        lanes!(|i| a[i].rotate_left(K as u32))
    }

    #[inline(always)]
    fn lookup(self, table: &[f64; 16], index: [u64; N]) -> [f64; N] {
        lanes!(|i| table[(index[i] & 15) as usize])
    }
}
