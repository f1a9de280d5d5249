//! What the kernels ask of a processor: a few instructions on packs of lanes.
//!
//! Kernels are written once, generic over [`Simd`], and compiled for each set of instructions. The methods follow IEEE
//! arithmetic to the bit, so a kernel gives the same bits wherever [`Simd::fma`] rounds once.

/// Work that is compiled for each set of instructions; see [`Simd::call`].
pub trait Task {
    type Output;
    fn run<S: Simd>(self, s: S) -> Self::Output;
}

/// No set of instructions has larger packs.
pub const MOST_LANES: usize = 32;

/// See [`Simd::repair`]; out of line, because it hardly ever happens.
#[cold]
#[inline(never)]
fn repair(xs: &[f64], limit: f64, values: &mut [f64], f: fn(f64) -> f64) {
    for (value, x) in values.iter_mut().zip(xs).filter(|(_, x)| x.abs() >= limit) {
        *value = f(*x);
    }
}

/// See [`Simd::repair_pair`].
#[cold]
#[inline(never)]
fn repair_pair(good: &[f64], (a, b): (&[f64], &[f64]), values: &mut [f64], f: fn(f64, f64) -> f64) {
    for (i, value) in values.iter_mut().enumerate().filter(|(i, _)| good[*i] == 0.0) {
        *value = f(a[i], b[i]);
    }
}

/// A set of instructions, on packs of [`Simd::LANES`] numbers. A value of such a type exists only where the processor
/// has the instructions: that is what makes its methods safe.
pub trait Simd: Copy + Send + Sync + 'static {
    /// A pack of numbers.
    type F: Copy;
    /// A pack of words of 64 bits.
    type U: Copy;
    /// A choice for each lane.
    type M: Copy;
    const LANES: usize;
    /// Whether [`Simd::fma`] rounds once.
    const FUSES: bool;

    /// Runs a task in a function that is compiled for these instructions.
    fn call<T: Task>(self, task: T) -> T::Output;

    /// The first lanes of a slice, which has at least as many.
    fn load(self, from: &[f64]) -> Self::F;
    fn store(self, value: Self::F, to: &mut [f64]);
    fn load_bits(self, from: &[u64]) -> Self::U;
    fn store_bits(self, value: Self::U, to: &mut [u64]);

    fn splat(self, value: f64) -> Self::F;
    fn add(self, a: Self::F, b: Self::F) -> Self::F;
    fn sub(self, a: Self::F, b: Self::F) -> Self::F;
    fn mul(self, a: Self::F, b: Self::F) -> Self::F;
    fn div(self, a: Self::F, b: Self::F) -> Self::F;
    fn sqrt(self, a: Self::F) -> Self::F;
    /// The square root of numbers between 2^-64 and 2^64: the same bits as [`Simd::sqrt`], sooner where that is slow.
    #[inline(always)]
    fn sqrt_near_one(self, a: Self::F) -> Self::F {
        self.sqrt(a)
    }
    /// `a b + c`; rounded once on every path but the portable one.
    fn fma(self, a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    /// `c - a b`, rounded like [`Simd::fma`].
    fn fnma(self, a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    /// `b` where `a` is not less than it, or where either is no number.
    fn min(self, a: Self::F, b: Self::F) -> Self::F;
    /// `b` where `a` is not greater than it, or where either is no number.
    fn max(self, a: Self::F, b: Self::F) -> Self::F;
    fn floor(self, a: Self::F) -> Self::F;
    /// `a 2^floor(n)`, rounded once, for whole `n` between -2000 and 2000.
    fn scale(self, a: Self::F, n: Self::F) -> Self::F;
    /// Exponent `e` and mantissa `m` in [1, 2) with `a = m 2^e`, for normal positive numbers.
    fn split(self, a: Self::F) -> (Self::F, Self::F);

    fn less(self, a: Self::F, b: Self::F) -> Self::M;
    fn equal(self, a: Self::F, b: Self::F) -> Self::M;
    fn and(self, a: Self::M, b: Self::M) -> Self::M;
    fn all(self, mask: Self::M) -> bool;
    /// True if no lane is as large as the limit in size; NaN is not large.
    fn all_below(self, a: Self::F, limit: f64) -> bool;
    /// True if all lanes are normal positive numbers.
    #[inline(always)]
    fn all_ordinary(self, a: Self::F) -> bool {
        const BELOW: f64 = f64::from_bits(f64::MIN_POSITIVE.to_bits() - 1);
        self.all(self.and(self.less(self.splat(BELOW), a), self.less(a, self.splat(f64::INFINITY))))
    }
    /// The lanes whose lowest bit is set.
    fn odd(self, a: Self::U) -> Self::M;
    fn select(self, mask: Self::M, yes: Self::F, no: Self::F) -> Self::F;

    fn bits(self, a: Self::F) -> Self::U;
    fn float(self, a: Self::U) -> Self::F;
    fn word(self, value: u64) -> Self::U;
    fn bit_and(self, a: Self::U, b: Self::U) -> Self::U;
    fn bit_or(self, a: Self::U, b: Self::U) -> Self::U;
    fn bit_xor(self, a: Self::U, b: Self::U) -> Self::U;
    /// `a ^ b ^ c`
    #[inline(always)]
    fn bit_xor3(self, a: Self::U, b: Self::U, c: Self::U) -> Self::U {
        self.bit_xor(self.bit_xor(a, b), c)
    }
    fn plus(self, a: Self::U, b: Self::U) -> Self::U;
    fn minus(self, a: Self::U, b: Self::U) -> Self::U;
    fn left<const N: u32>(self, a: Self::U) -> Self::U;
    fn right<const N: u32>(self, a: Self::U) -> Self::U;
    fn rotate<const N: i32>(self, a: Self::U) -> Self::U;
    /// The entries that the low four bits of each lane number.
    fn lookup(self, table: &[f64; 16], index: Self::U) -> Self::F;

    /// `value` with `f(x)` in the lanes where x is as large as the limit in size.
    #[inline(always)]
    fn repair(self, x: Self::F, limit: f64, value: Self::F, f: fn(f64) -> f64) -> Self::F {
        let (mut xs, mut values) = ([0.0; MOST_LANES], [0.0; MOST_LANES]);
        self.store(x, &mut xs[..Self::LANES]);
        self.store(value, &mut values[..Self::LANES]);
        repair(&xs[..Self::LANES], limit, &mut values, f);
        self.load(&values)
    }

    /// `value` with `f(a, b)` in the lanes that are not good.
    #[inline(always)]
    fn repair_pair(self, good: Self::M, a: Self::F, b: Self::F, value: Self::F, f: fn(f64, f64) -> f64) -> Self::F {
        let flags = self.select(good, self.splat(1.0), self.splat(0.0));
        let [mut flag, mut x, mut y, mut out] = [[0.0; MOST_LANES]; 4];
        for (pack, lanes) in [(flags, &mut flag), (a, &mut x), (b, &mut y), (value, &mut out)] {
            self.store(pack, lanes);
        }
        repair_pair(&flag, (&x, &y), &mut out[..Self::LANES], f);
        self.load(&out)
    }

    #[inline(always)]
    fn abs(self, a: Self::F) -> Self::F {
        self.float(self.bit_and(self.bits(a), self.word(u64::MAX >> 1)))
    }

    /// The size of `a` with the sign of `b`.
    #[inline(always)]
    fn with_sign(self, a: Self::F, b: Self::F) -> Self::F {
        let sign = self.bit_and(self.bits(b), self.word(1 << 63));
        self.float(self.bit_or(self.bits(self.abs(a)), sign))
    }

    #[inline(always)]
    fn neg(self, a: Self::F) -> Self::F {
        self.float(self.bit_xor(self.bits(a), self.word(1 << 63)))
    }

    /// `c[0] + c[1] x + …`, even and odd powers apart: two short chains of operations keep a processor busier than
    /// one long one.
    #[inline(always)]
    fn polynomial<const N: usize>(self, x: Self::F, c: &[f64; N]) -> Self::F {
        let mut sum = self.splat(c[N - 1]);
        let mut i = N - 1;
        while i > 0 {
            i -= 1;
            sum = self.fma(sum, x, self.splat(c[i]));
        }
        sum
    }
}
