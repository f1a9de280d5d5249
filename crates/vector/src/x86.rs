//! What AVX2 and AVX-512 have in common: packs of four registers, and instructions that go through them one by one.
//!
//! The macros are for the implementations of [`Simd`](super::simd::Simd) alone, whose values exist only where the processor has the
//! instructions.

/// The same for each register of a pack.
macro_rules! registers {
    ($pack:expr, $instruction:expr) => {
        [$instruction($pack[0]), $instruction($pack[1]), $instruction($pack[2]), $instruction($pack[3])]
    };
}

/// Methods that apply one instruction to each register of a pack.
macro_rules! each {
    ($($name:ident($($a:ident: $t:ty),*) -> $r:ty = $instruction:expr;)*) => {$(
        #[inline(always)]
        fn $name(self, $($a: $t),*) -> $r {
            // SAFETY: a value of this type exists only where the processor has these instructions.
            unsafe { [$instruction($($a[0]),*), $instruction($($a[1]),*), $instruction($($a[2]),*), $instruction($($a[3]),*)] }
        }
    )*};
}

/// Methods between packs and memory: their instructions, and the lanes of a register.
macro_rules! memory {
    ($lanes:literal, $load:ident, $store:ident, $load_bits:ident, $store_bits:ident, $splat:ident, $word:ident) => {
        const LANES: usize = 4 * $lanes;

        #[inline(always)]
        fn load(self, from: &[f64]) -> F {
            let from = &from[..Self::LANES];
            // SAFETY: as in `each`; there are as many numbers.
            unsafe { registers!([0, $lanes, 2 * $lanes, 3 * $lanes], |i| $load(from.as_ptr().add(i))) }
        }

        #[inline(always)]
        fn store(self, value: F, to: &mut [f64]) {
            let to = &mut to[..Self::LANES];
            // SAFETY: as in `each`; there is room for as many numbers.
            unsafe {
                for (i, v) in value.into_iter().enumerate() {
                    $store(to.as_mut_ptr().add($lanes * i), v);
                }
            }
        }

        #[inline(always)]
        fn load_bits(self, from: &[u64]) -> U {
            let from = &from[..Self::LANES];
            // SAFETY: as in `each`; there are as many words.
            unsafe { registers!([0, $lanes, 2 * $lanes, 3 * $lanes], |i| $load_bits(from.as_ptr().add(i).cast())) }
        }

        #[inline(always)]
        fn store_bits(self, value: U, to: &mut [u64]) {
            let to = &mut to[..Self::LANES];
            // SAFETY: as in `each`; there is room for as many words.
            unsafe {
                for (i, v) in value.into_iter().enumerate() {
                    $store_bits(to.as_mut_ptr().add($lanes * i).cast(), v);
                }
            }
        }

        #[inline(always)]
        fn splat(self, value: f64) -> F {
            // SAFETY: as in `each`.
            unsafe { [$splat(value); 4] }
        }

        #[inline(always)]
        fn word(self, value: u64) -> U {
            // SAFETY: as in `each`.
            unsafe { [$word(value as i64); 4] }
        }
    };
}

pub(super) use {each, memory, registers};
