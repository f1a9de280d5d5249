//! Every other processor: plain arrays, left to the compiler.

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
    type M = [bool; N];
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
        floor(a: f64) -> f64 = a.floor();
        scale(a: f64, n: f64) -> f64 = {
            // In two steps, of which the first is exact: both factors are normal numbers.
            let n = n.floor() as i64;
            let power = |n: i64| f64::from_bits(((n + 1023) as u64) << 52);
            a * power(n >> 1) * power(n - (n >> 1))
        };
        less(a: f64, b: f64) -> bool = a < b;
        equal(a: f64, b: f64) -> bool = a == b;
        and(a: bool, b: bool) -> bool = a & b;
        bits(a: f64) -> u64 = a.to_bits();
        float(a: u64) -> f64 = f64::from_bits(a);
        bit_and(a: u64, b: u64) -> u64 = a & b;
        bit_or(a: u64, b: u64) -> u64 = a | b;
        bit_xor(a: u64, b: u64) -> u64 = a ^ b;
        plus(a: u64, b: u64) -> u64 = a.wrapping_add(b);
        minus(a: u64, b: u64) -> u64 = a.wrapping_sub(b);
    }

    #[inline(always)]
    fn select(self, mask: [bool; N], yes: [f64; N], no: [f64; N]) -> [f64; N] {
        lanes!(|i| if mask[i] { yes[i] } else { no[i] })
    }

    #[inline(always)]
    fn split(self, a: [f64; N]) -> ([f64; N], [f64; N]) {
        let exponent = lanes!(|i| ((a[i].to_bits() >> 52) as i64 - 1023) as f64);
        (exponent, lanes!(|i| f64::from_bits(a[i].to_bits() & ((1 << 52) - 1) | 1.0f64.to_bits())))
    }

    #[inline(always)]
    fn all(self, mask: [bool; N]) -> bool {
        mask.iter().all(|m| *m)
    }

    #[inline(always)]
    fn all_below(self, a: [f64; N], limit: f64) -> bool {
        !a.iter().any(|a| a.abs() >= limit)
    }

    #[inline(always)]
    fn odd(self, a: [u64; N]) -> [bool; N] {
        lanes!(|i| a[i] & 1 == 1)
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
