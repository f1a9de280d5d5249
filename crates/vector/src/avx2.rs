//! AVX2 with FMA: four registers of four lanes a pack. What AVX-512 has and AVX2 lacks is made up of integer
//! instructions, with the same bits.

use super::simd::{Simd, Task};
use super::x86::{each, memory, registers};
use std::arch::x86_64::*;

/// The instructions of AVX2 and FMA.
#[derive(Clone, Copy, Debug)]
pub struct Avx2(());

type F = [__m256d; 4];
type U = [__m256i; 4];
type M = [__m256d; 4];

impl Avx2 {
    pub fn new() -> Option<Avx2> {
        let has = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        has.then_some(Avx2(()))
    }
}

/// Compiled for the instructions, and everything inlined into it with it.
#[target_feature(enable = "avx2,fma")]
#[inline(never)]
fn compiled<T: Task>(s: Avx2, task: T) -> T::Output {
    task.run(s)
}

/// 2^52: adding it to a small whole number puts that number into the low bits.
const SHIFT: f64 = 4_503_599_627_370_496.0;

impl Simd for Avx2 {
    type F = F;
    type U = U;
    type M = M;
    const FUSES: bool = true;

    #[inline(always)]
    fn call<T: Task>(self, task: T) -> T::Output {
        // SAFETY: as in `each`.
        unsafe { compiled(self, task) }
    }

    memory!(
        4,
        _mm256_loadu_pd,
        _mm256_storeu_pd,
        _mm256_loadu_si256,
        _mm256_storeu_si256,
        _mm256_set1_pd,
        _mm256_set1_epi64x
    );

    each! {
        add(a: F, b: F) -> F = _mm256_add_pd;
        sub(a: F, b: F) -> F = _mm256_sub_pd;
        mul(a: F, b: F) -> F = _mm256_mul_pd;
        div(a: F, b: F) -> F = _mm256_div_pd;
        sqrt(a: F) -> F = _mm256_sqrt_pd;
        fma(a: F, b: F, c: F) -> F = _mm256_fmadd_pd;
        fnma(a: F, b: F, c: F) -> F = _mm256_fnmadd_pd;
        min(a: F, b: F) -> F = _mm256_min_pd;
        max(a: F, b: F) -> F = _mm256_max_pd;
        floor(a: F) -> F = _mm256_floor_pd;
        less(a: F, b: F) -> M = _mm256_cmp_pd::<_CMP_LT_OQ>;
        equal(a: F, b: F) -> M = _mm256_cmp_pd::<_CMP_EQ_OQ>;
        and(a: M, b: M) -> M = _mm256_and_pd;
        select(mask: M, yes: F, no: F) -> F = |m, y, n| _mm256_blendv_pd(n, y, m);
        bits(a: F) -> U = _mm256_castpd_si256;
        float(a: U) -> F = _mm256_castsi256_pd;
        bit_and(a: U, b: U) -> U = _mm256_and_si256;
        bit_or(a: U, b: U) -> U = _mm256_or_si256;
        bit_xor(a: U, b: U) -> U = _mm256_xor_si256;
        plus(a: U, b: U) -> U = _mm256_add_epi64;
        minus(a: U, b: U) -> U = _mm256_sub_epi64;
    }

    #[inline(always)]
    fn scale(self, a: F, n: F) -> F {
        // In two steps, of which the first is exact: both factors are normal numbers. Their biased exponents add up to n + 2046.
        let both = self.bits(self.add(self.floor(n), self.splat(SHIFT + 2046.0)));
        let half = self.right::<1>(both);
        let rest = self.minus(both, half);
        self.mul(self.mul(a, self.float(self.left::<52>(half))), self.float(self.left::<52>(rest)))
    }

    #[inline(always)]
    fn split(self, a: F) -> (F, F) {
        let bits = self.bits(a);
        let exponent = self.bit_or(self.right::<52>(bits), self.word(SHIFT.to_bits()));
        let mantissa = self.bit_and(bits, self.word((1 << 52) - 1));
        let mantissa = self.bit_or(mantissa, self.word(1.0f64.to_bits()));
        (self.sub(self.float(exponent), self.splat(SHIFT + 1023.0)), self.float(mantissa))
    }

    #[inline(always)]
    fn all(self, mask: M) -> bool {
        let [a, b, c, d] = mask;
        // SAFETY: as in `each`.
        unsafe { _mm256_movemask_pd(_mm256_and_pd(_mm256_and_pd(a, b), _mm256_and_pd(c, d))) == 15 }
    }

    #[inline(always)]
    fn all_below(self, a: F, limit: f64) -> bool {
        let [a, b, c, d] = self.abs(a);
        // SAFETY: as in `each`.
        unsafe {
            let limit = _mm256_set1_pd(limit);
            let large = |v| _mm256_cmp_pd::<_CMP_GE_OQ>(v, limit);
            let large = _mm256_or_pd(_mm256_or_pd(large(a), large(b)), _mm256_or_pd(large(c), large(d)));
            _mm256_movemask_pd(large) == 0
        }
    }

    #[inline(always)]
    fn odd(self, a: U) -> M {
        // A choice is made by the highest bit.
        self.float(self.left::<63>(a))
    }

    #[inline(always)]
    fn left<const N: u32>(self, a: U) -> U {
        // SAFETY: as in `each`.
        unsafe { registers!(a, |v| _mm256_sll_epi64(v, _mm_cvtsi32_si128(N as i32))) }
    }

    #[inline(always)]
    fn right<const N: u32>(self, a: U) -> U {
        // SAFETY: as in `each`.
        unsafe { registers!(a, |v| _mm256_srl_epi64(v, _mm_cvtsi32_si128(N as i32))) }
    }

    #[inline(always)]
    fn rotate<const N: i32>(self, a: U) -> U {
        // SAFETY: as in `each`.
        unsafe {
            let (up, down) = (_mm_cvtsi32_si128(N), _mm_cvtsi32_si128(64 - N));
            registers!(a, |v| _mm256_or_si256(_mm256_sll_epi64(v, up), _mm256_srl_epi64(v, down)))
        }
    }

    #[inline(always)]
    fn lookup(self, table: &[f64; 16], index: U) -> F {
        // Loads one by one are faster than a gather.
        let mut lanes = [0; 16];
        self.store_bits(index, &mut lanes);
        let at = |i: usize| table[(lanes[i] & 15) as usize];
        // SAFETY: as in `each`.
        unsafe { registers!([0, 4, 8, 12], |i| _mm256_setr_pd(at(i), at(i + 1), at(i + 2), at(i + 3))) }
    }
}
