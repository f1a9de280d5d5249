//! The numbers of the evaluator: doubles for a quick look, many digits for the decision.

use astro_float::{BigFloat, Consts, RoundingMode, Sign};
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive};
use std::cell::RefCell;

/// Arithmetic on some kind of real number. `None` is an undefined value.
pub trait Numbers {
    type Number: Clone;
    fn rational(&self, value: &BigRational) -> Option<Self::Number>;
    fn pi(&self) -> Self::Number;
    fn add(&self, a: &Self::Number, b: &Self::Number) -> Self::Number;
    fn mul(&self, a: &Self::Number, b: &Self::Number) -> Self::Number;
    /// The reciprocal; none of zero.
    fn inverse(&self, a: &Self::Number) -> Option<Self::Number>;
    /// An elementary function by name; none where it is undefined or not elementary.
    fn elementary(&self, name: &str, a: &Self::Number) -> Option<Self::Number>;
    fn to_f64(&self, a: &Self::Number) -> f64;
    /// -1, 0 or 1.
    fn sign(&self, a: &Self::Number) -> i32;
    /// Equal up to rounding.
    fn close(&self, a: &Self::Number, b: &Self::Number) -> bool;
    /// A number in [0, 1) that depends on everything of the seed and of the arguments up to rounding.
    fn oracle(&self, seed: u64, arguments: &[Self::Number]) -> Self::Number;
}

/// Double precision.
pub struct Doubles;

/// Mixes bits; the finaliser of SplitMix64.
pub fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number in [0, 1) from a seed.
pub fn unit(seed: u64) -> f64 {
    (mix(seed) >> 11) as f64 / (1u64 << 53) as f64
}

/// The frequencies and phases of an oracle. It has to be a function of the exact arguments, so it is made of smooth
/// functions: rounding in must stay rounding out.
fn wave(seed: u64, index: usize) -> (f64, f64) {
    let seed = mix(seed ^ mix(index as u64));
    (0.6 + 1.7 * unit(seed), 3.0 * unit(mix(seed ^ 1)))
}

impl Numbers for Doubles {
    type Number = f64;

    fn rational(&self, value: &BigRational) -> Option<f64> {
        value.to_f64().filter(|v| v.is_finite())
    }
    fn pi(&self) -> f64 {
        std::f64::consts::PI
    }
    fn add(&self, a: &f64, b: &f64) -> f64 {
        a + b
    }
    fn mul(&self, a: &f64, b: &f64) -> f64 {
        a * b
    }
    fn inverse(&self, a: &f64) -> Option<f64> {
        (a.abs() > 1e-13).then(|| 1.0 / a)
    }
    fn elementary(&self, name: &str, a: &f64) -> Option<f64> {
        let value = match name {
            "exp" => a.exp(),
            "ln" if *a > 0.0 => a.ln(),
            "sin" => a.sin(),
            "cos" => a.cos(),
            _ => return None,
        };
        value.is_finite().then_some(value)
    }
    fn to_f64(&self, a: &f64) -> f64 {
        *a
    }
    fn sign(&self, a: &f64) -> i32 {
        if a.abs() < 1e-11 { 0 } else { a.signum() as i32 }
    }
    fn close(&self, a: &f64, b: &f64) -> bool {
        (a - b).abs() <= 1e-8 * a.abs().max(b.abs()).max(1e-3)
    }
    fn oracle(&self, seed: u64, arguments: &[f64]) -> f64 {
        let phase: f64 = arguments.iter().enumerate().map(|(i, a)| wave(seed, i).0 * a + wave(seed, i).1).sum();
        0.5 + 0.45 * (phase + unit(seed)).sin()
    }
}

/// Binary floating point of a fixed precision, in bits.
pub struct Digits {
    precision: usize,
    /// Differences below 2^-tolerance, relative and absolute, count as rounding.
    tolerance: i32,
    constants: RefCell<Consts>,
}

const ROUND: RoundingMode = RoundingMode::None;

impl Digits {
    /// Enough digits that constants with so many bits cannot hide a difference; none if memory is short.
    pub fn for_constants(bits: u64) -> Option<Digits> {
        let bits = usize::try_from(bits).ok().filter(|bits| *bits < 1 << 16)?;
        let constants = RefCell::new(Consts::new().ok()?);
        Some(Digits { precision: 192 + 2 * bits.next_multiple_of(64), tolerance: 96 + bits as i32, constants })
    }

    fn double(&self, value: f64) -> BigFloat {
        BigFloat::from_f64(value, self.precision)
    }

    fn integer(&self, value: &num_bigint::BigInt) -> BigFloat {
        let base = self.double(4_294_967_296.0);
        let mut result = self.double(0.0);
        for digit in value.iter_u32_digits().rev() {
            result = result.mul(&base, self.precision, ROUND).add(&self.double(f64::from(digit)), self.precision, ROUND);
        }
        if value.is_negative() { result.neg() } else { result }
    }
}

impl Numbers for Digits {
    type Number = BigFloat;

    fn rational(&self, value: &BigRational) -> Option<BigFloat> {
        Some(self.integer(value.numer()).div(&self.integer(value.denom()), self.precision, ROUND))
    }
    fn pi(&self) -> BigFloat {
        self.constants.borrow_mut().pi(self.precision, ROUND)
    }
    fn add(&self, a: &BigFloat, b: &BigFloat) -> BigFloat {
        a.add(b, self.precision, ROUND)
    }
    fn mul(&self, a: &BigFloat, b: &BigFloat) -> BigFloat {
        a.mul(b, self.precision, ROUND)
    }
    fn inverse(&self, a: &BigFloat) -> Option<BigFloat> {
        (self.sign(a) != 0).then(|| self.double(1.0).div(a, self.precision, ROUND))
    }
    fn elementary(&self, name: &str, a: &BigFloat) -> Option<BigFloat> {
        let constants = &mut self.constants.borrow_mut();
        let value = match name {
            "exp" => a.exp(self.precision, ROUND, constants),
            "ln" if a.is_positive() && !a.is_zero() => a.ln(self.precision, ROUND, constants),
            "sin" => a.sin(self.precision, ROUND, constants),
            "cos" => a.cos(self.precision, ROUND, constants),
            _ => return None,
        };
        (!value.is_nan() && !value.is_inf()).then_some(value)
    }
    fn to_f64(&self, a: &BigFloat) -> f64 {
        let Some((words, _, sign, exponent, _)) = a.as_raw_parts() else { return f64::NAN };
        let Some(top) = words.last() else { return 0.0 };
        let mantissa = *top as f64 / (u64::MAX as f64 + 1.0);
        let value = mantissa * 2f64.powi(exponent);
        if sign == Sign::Neg { -value } else { value }
    }
    fn sign(&self, a: &BigFloat) -> i32 {
        let vanishes = a.is_zero() || a.exponent().is_some_and(|e| e < -self.tolerance);
        match (vanishes, a.sign()) {
            (true, _) | (_, None) => 0,
            (_, Some(Sign::Neg)) => -1,
            _ => 1,
        }
    }
    fn close(&self, a: &BigFloat, b: &BigFloat) -> bool {
        let difference = a.sub(b, self.precision, ROUND);
        if difference.is_zero() {
            return true;
        }
        let size = |x: &BigFloat| if x.is_zero() { i32::MIN / 2 } else { x.exponent().unwrap_or(i32::MAX / 2) };
        !difference.is_nan() && size(&difference) < size(a).max(size(b)).max(0) - self.tolerance
    }
    fn oracle(&self, seed: u64, arguments: &[BigFloat]) -> BigFloat {
        let mut phase = self.double(unit(seed));
        for (index, argument) in arguments.iter().enumerate() {
            let (frequency, shift) = wave(seed, index);
            phase = self.add(&phase, &self.mul(&self.double(frequency), argument));
            phase = self.add(&phase, &self.double(shift));
        }
        let wave = phase.sin(self.precision, ROUND, &mut self.constants.borrow_mut());
        self.add(&self.double(0.5), &self.mul(&self.double(0.45), &wave))
    }
}
