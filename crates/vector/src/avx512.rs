//! AVX-512: four registers of eight lanes a pack.

use super::simd::{Simd, Task};
use super::x86::{each, memory, registers};
use std::arch::x86_64::*;

/// The instructions of AVX-512 F and DQ.
#[derive(Clone, Copy, Debug)]
pub struct Avx512 {
    /// The root of the processor takes less time than one made of products.
    quick_root: bool,
}

type F = [__m512d; 4];
type U = [__m512i; 4];
type M = [__mmask8; 4];

impl Avx512 {
    pub fn new() -> Option<Avx512> {
        let has = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq");
        has.then(|| Avx512 { quick_root: is_zen_5() })
    }
}

/// AMD from Zen 5 on: its roots take 8 cycles a register, beside products at no cost. Elsewhere they take 18 and more.
fn is_zen_5() -> bool {
    let vendor = __cpuid(0);
    let signature = __cpuid(1).eax;
    let family = (signature >> 8 & 0xf) + (signature >> 20 & 0xff);
    let is_amd = [vendor.ebx, vendor.edx, vendor.ecx].map(u32::to_le_bytes).concat() == b"AuthenticAMD";
    is_amd && family >= 0x1a
}

/// Compiled for the instructions, and everything inlined into it with it.
#[target_feature(enable = "avx512f,avx512dq,avx2,fma")]
#[inline(never)]
fn compiled<T: Task>(s: Avx512, task: T) -> T::Output {
    task.run(s)
}

const NEAREST_BELOW: i32 = _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC;

impl Simd for Avx512 {
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
        8,
        _mm512_loadu_pd,
        _mm512_storeu_pd,
        _mm512_loadu_si512,
        _mm512_storeu_si512,
        _mm512_set1_pd,
        _mm512_set1_epi64
    );

    each! {
        add(a: F, b: F) -> F = _mm512_add_pd;
        sub(a: F, b: F) -> F = _mm512_sub_pd;
        mul(a: F, b: F) -> F = _mm512_mul_pd;
        div(a: F, b: F) -> F = _mm512_div_pd;
        sqrt(a: F) -> F = _mm512_sqrt_pd;
        fma(a: F, b: F, c: F) -> F = _mm512_fmadd_pd;
        fnma(a: F, b: F, c: F) -> F = _mm512_fnmadd_pd;
        min(a: F, b: F) -> F = _mm512_min_pd;
        max(a: F, b: F) -> F = _mm512_max_pd;
        floor(a: F) -> F = _mm512_roundscale_pd::<NEAREST_BELOW>;
        scale(a: F, n: F) -> F = _mm512_scalef_pd;
        less(a: F, b: F) -> M = _mm512_cmp_pd_mask::<_CMP_LT_OQ>;
        equal(a: F, b: F) -> M = _mm512_cmp_pd_mask::<_CMP_EQ_OQ>;
        select(mask: M, yes: F, no: F) -> F = |m, y, n| _mm512_mask_blend_pd(m, n, y);
        bits(a: F) -> U = _mm512_castpd_si512;
        float(a: U) -> F = _mm512_castsi512_pd;
        bit_and(a: U, b: U) -> U = _mm512_and_si512;
        bit_or(a: U, b: U) -> U = _mm512_or_si512;
        bit_xor(a: U, b: U) -> U = _mm512_xor_si512;
        bit_xor3(a: U, b: U, c: U) -> U = |a, b, c| _mm512_ternarylogic_epi64::<0x96>(a, b, c);
        plus(a: U, b: U) -> U = _mm512_add_epi64;
        minus(a: U, b: U) -> U = _mm512_sub_epi64;
    }

    #[inline(always)]
    fn sqrt_near_one(self, a: F) -> F {
        if self.quick_root {
            return self.sqrt(a);
        }
        // Goldschmidt's iteration for root and half reciprocal, then one step from the exact remainder, which rounds
        // correctly: the value before rounding is off by 2^-103, and no root is that close to the middle between two
        // numbers but for a few, which are tested.
        // SAFETY: as in `each`.
        let estimate = unsafe { registers!(a, |v| _mm512_rsqrt14_pd(v)) };
        let half = self.splat(0.5);
        let (mut root, mut reciprocal) = (self.mul(a, estimate), self.mul(estimate, half));
        for _ in 0..2 {
            let gap = self.fnma(root, reciprocal, half);
            root = self.fma(root, gap, root);
            reciprocal = self.fma(reciprocal, gap, reciprocal);
        }
        self.fma(self.fnma(root, root, a), reciprocal, root)
    }

    #[inline(always)]
    fn split(self, a: F) -> (F, F) {
        // SAFETY: as in `each`.
        unsafe {
            let mantissa = |v| _mm512_getmant_pd::<_MM_MANT_NORM_1_2, _MM_MANT_SIGN_ZERO>(v);
            (registers!(a, |v| _mm512_getexp_pd(v)), registers!(a, mantissa))
        }
    }

    #[inline(always)]
    fn and(self, a: M, b: M) -> M {
        [a[0] & b[0], a[1] & b[1], a[2] & b[2], a[3] & b[3]]
    }

    #[inline(always)]
    fn all(self, mask: M) -> bool {
        mask[0] & mask[1] & mask[2] & mask[3] == u8::MAX
    }

    #[inline(always)]
    fn all_below(self, a: F, limit: f64) -> bool {
        // Of two numbers the larger in size, without its sign.
        const LARGER: i32 = 0b1011;
        // SAFETY: as in `each`.
        unsafe {
            let (ab, cd) = (_mm512_range_pd::<LARGER>(a[0], a[1]), _mm512_range_pd::<LARGER>(a[2], a[3]));
            let largest = _mm512_range_pd::<LARGER>(ab, cd);
            _mm512_cmp_pd_mask::<_CMP_GE_OQ>(largest, _mm512_set1_pd(limit)) == 0
        }
    }

    #[inline(always)]
    fn all_ordinary(self, a: F) -> bool {
        // NaN, zeros, infinities, subnormal and negative numbers.
        const OTHER: i32 = 0xff;
        // SAFETY: as in `each`.
        let [a, b, c, d] = unsafe { registers!(a, |v| _mm512_fpclass_pd_mask::<OTHER>(v)) };
        a | b | c | d == 0
    }

    #[inline(always)]
    fn odd(self, a: U) -> M {
        // SAFETY: as in `each`.
        unsafe {
            let one = _mm512_set1_epi64(1);
            registers!(a, |v| _mm512_test_epi64_mask(v, one))
        }
    }

    #[inline(always)]
    fn left<const N: u32>(self, a: U) -> U {
        // SAFETY: as in `each`.
        unsafe { registers!(a, |v| _mm512_slli_epi64::<N>(v)) }
    }

    #[inline(always)]
    fn right<const N: u32>(self, a: U) -> U {
        // SAFETY: as in `each`.
        unsafe { registers!(a, |v| _mm512_srli_epi64::<N>(v)) }
    }

    #[inline(always)]
    fn rotate<const N: i32>(self, a: U) -> U {
        // SAFETY: as in `each`.
        unsafe { registers!(a, |v| _mm512_rol_epi64::<N>(v)) }
    }

    #[inline(always)]
    fn lookup(self, table: &[f64; 16], index: U) -> F {
        // SAFETY: as in `each`; the table has two registers.
        unsafe {
            let low = _mm512_loadu_pd(table.as_ptr());
            let high = _mm512_loadu_pd(table.as_ptr().add(8));
            registers!(index, |i| _mm512_permutex2var_pd(low, i, high))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mix;

    /// Whole numbers m of 54 bits, the middles between roots, whose squares are within a few units of a number that a
    /// double holds: nowhere is a root closer to such a middle. The result is that double.
    fn hardest() -> Vec<f64> {
        let mut found = Vec::new();
        for gap in (-128i128..=128).filter(|gap| gap.rem_euclid(8) == 1) {
            for shift in [54u32, 55] {
                // A square root of the gap modulo a power of two, bit by bit.
                let mut root = 1i128;
                for k in 3..shift {
                    if (root * root - gap).rem_euclid(1 << (k + 1)) != 0 {
                        root += 1 << (k - 1);
                    }
                }
                for m in [root, -root, root + (1 << (shift - 1)), (1 << (shift - 1)) - root] {
                    let m = m.rem_euclid(1 << shift);
                    let square = m * m - gap;
                    assert_eq!(square.rem_euclid(1 << shift), 0);
                    let a = square >> shift;
                    if (1 << 53..1 << 54).contains(&m) && (1 << 52..1 << 53).contains(&a) {
                        found.push(a as f64 * 2f64.powi(if shift == 54 { -52 } else { -53 }));
                    }
                }
            }
        }
        found
    }

    #[test]
    fn the_root_made_of_products_is_the_exact_one() {
        if Avx512::new().is_none() {
            return;
        }
        // The one that is made of products, whatever this processor would use.
        let s = Avx512 { quick_root: false };
        let mut xs = hardest();
        assert!(xs.len() > 32, "{}", xs.len());
        let number = |i: u64| f64::from_bits((1023 - 40 + mix(!i) % 80) << 52 | mix(i) >> 12);
        xs.extend((0..1 << 20).map(number));
        for x in xs.chunks_exact(32) {
            let mut roots = [0.0; 32];
            s.store(s.sqrt_near_one(s.load(x)), &mut roots);
            for (x, root) in x.iter().zip(roots) {
                assert_eq!(root.to_bits(), x.sqrt().to_bits(), "at {x:e}");
            }
        }
    }
}
