//! The numbers of the evaluator: doubles for a quick look, many digits for the decision.

use crate::term::deadline;
use astro_float::{BigFloat, Consts, RoundingMode, Sign, WORD_BIT_SIZE, Word};
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

/// A number that was drawn at random: its leading digits, and from what the others come.
#[derive(Clone, Copy, Debug)]
pub struct Draw {
    /// The leading digits.
    pub value: f64,
    /// The seed of the digits beyond; none for a number that is exact.
    pub tail: Option<u64>,
}

impl Draw {
    /// The same number with the other sign.
    pub fn opposite(self) -> Draw {
        Draw { value: -self.value, ..self }
    }
}

/// Arithmetic on some kind of real number. `None` is an undefined value.
pub trait Numbers {
    type Number: Clone;
    /// What a term of its evaluation costs, in [steps](deadline::spend).
    const COST: u64;
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
    fn double(&self, value: f64) -> Self::Number;
    /// The same for numbers that are equal up to rounding, and for no others.
    fn digest(&self, a: &Self::Number) -> u64;
    /// A number that was drawn, with as many random digits as fit.
    fn drawn(&self, draw: &Draw) -> Self::Number {
        self.double(draw.value)
    }
    /// A number drawn at random; one draw for each of the points that are looked at together.
    fn draw(&self, draw: &dyn Fn(u64) -> Draw) -> Self::Number {
        self.drawn(&draw(0))
    }
    /// True if there is more than one point.
    fn looks_beside(&self) -> bool {
        false
    }
    /// The sign by which a branch is chosen: -1, 0 or 1. It is drawn alike for all numbers like the second.
    fn side(&self, a: &Self::Number, _like: &Self::Number) -> i32 {
        self.sign(a)
    }
    /// A factor of 1 or -1, and a constant to be added: what a root and a logarithm are known up to, where the sign
    /// of their argument is not known.
    fn turn(&self, _: &Self::Number) -> (f64, f64) {
        (1.0, 0.0)
    }
    /// A number of either sign that depends on the seed and on the arguments, smoothly, so that rounding in is
    /// rounding out. The phase is no polynomial: no addition theorem or difference equation holds.
    fn oracle(&self, seed: u64, arguments: &[Self::Number]) -> Self::Number {
        let (mut phase, mut bend) = (self.double(6.0 * unit(seed)), self.double(unit(mix(seed ^ 2)) - 0.5));
        for (index, argument) in arguments.iter().enumerate() {
            let seed = mix(seed ^ mix(index as u64));
            phase = self.add(&phase, &self.mul(&self.double(0.6 + 1.7 * unit(seed)), argument));
            bend = self.add(&bend, &self.mul(&self.double(0.4 + unit(mix(seed ^ 1))), argument));
        }
        let bend = self.add(&self.double(1.0), &self.mul(&bend, &bend));
        let bend = self.inverse(&bend).unwrap_or_else(|| self.double(1.0));
        let phase = self.add(&phase, &self.mul(&self.double(1.0 + unit(mix(seed ^ 3))), &bend));
        let wave = self.elementary("sin", &phase).unwrap_or_else(|| self.double(0.5));
        let wave = self.mul(&self.double(1.0 + unit(mix(seed ^ 4))), &wave);
        self.add(&self.double(unit(mix(seed ^ 5)) - 0.5), &wave)
    }
}

/// Double precision. It remembers the size of what it met, so that enough digits are taken for a decision.
#[derive(Default)]
pub struct Doubles {
    extent: Cell<f64>,
    given: Cell<f64>,
}

impl Doubles {
    /// How many bits lie between the largest and the smallest number that was met, and 1.
    pub fn extent(&self) -> u64 {
        self.extent.get() as u64
    }

    /// The same of constants and exponentials alone: what a term brings with it.
    pub fn given(&self) -> u64 {
        self.given.get() as u64
    }

    fn bring(&self, bits: f64) {
        self.given.set(self.given.get().max(bits.abs()));
        self.met(bits);
    }

    fn met(&self, bits: f64) {
        // A number that is too large for a double says that no number of digits is known to do.
        if bits.is_nan() || bits.abs() > self.extent.get() {
            self.extent.set(if bits.is_nan() { f64::INFINITY } else { bits.abs() });
        }
    }

    fn seen(&self, value: f64) -> f64 {
        self.met(if value == 0.0 { 0.0 } else { value.abs().log2() });
        value
    }
}

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

impl Numbers for Doubles {
    type Number = f64;
    const COST: u64 = 1;

    fn rational(&self, value: &BigRational) -> Option<f64> {
        let value = value.to_f64().filter(|v| v.is_finite())?;
        self.bring(if value == 0.0 { 0.0 } else { value.abs().log2() });
        Some(value)
    }
    fn pi(&self) -> f64 {
        std::f64::consts::PI
    }
    fn add(&self, a: &f64, b: &f64) -> f64 {
        let sum = a + b;
        if sum.abs() < 1e-13 * a.abs().max(b.abs()) { 0.0 } else { sum }
    }
    fn mul(&self, a: &f64, b: &f64) -> f64 {
        self.seen(a * b)
    }
    fn inverse(&self, a: &f64) -> Option<f64> {
        (a.abs() > 1e-13).then(|| self.seen(1.0 / a))
    }
    fn elementary(&self, name: &str, a: &f64) -> Option<f64> {
        if name == "exp" {
            self.bring(a * std::f64::consts::LOG2_E);
        }
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
    fn double(&self, value: f64) -> f64 {
        value
    }
    fn digest(&self, a: &f64) -> u64 {
        // Times an odd number, so that no round value lies where rounding decides.
        mix(u64::from(((a * 1.234_567_890_123) as f32).to_bits()))
    }
}

/// A function with so many bits takes a step.
const BITS: u64 = 2;

/// Binary floating point of a fixed precision, in bits.
pub struct Digits {
    precision: usize,
    /// Differences below 2^-tolerance, relative and absolute, count as rounding.
    tolerance: i32,
    constants: RefCell<Consts>,
    known: RefCell<HashMap<Argument, Option<BigFloat>>>,
    /// Numbers that were drawn, by their leading digits and the seed of the others: nested means meet them over and over.
    met: RefCell<HashMap<(u64, u64), BigFloat>>,
    /// How many sums were taken, and a digest of those of which nothing was left.
    sums: Cell<u64>,
    cancelled: Cell<u64>,
}

/// A function and the exact bits of its argument.
type Argument = (String, Vec<Word>, bool, i32);

/// Words of 32 random bits behind the leading digits of a number that is drawn.
const TAIL: u32 = 6;

/// Bits before the point of arguments of elementary functions.
const LARGEST: i32 = 40;

const ROUND: RoundingMode = RoundingMode::None;

impl Digits {
    /// Bits beyond those of the constants that two numbers share if they count as equal.
    pub const LEAST: u64 = 96;

    /// Enough digits that constants with so many bits cannot hide a difference; none if memory is short.
    pub fn for_constants(bits: u64) -> Option<Digits> {
        let bits = usize::try_from(bits).ok().filter(|bits| *bits < 1 << 14)?;
        let constants = RefCell::new(Consts::new().ok()?);
        Some(Digits {
            precision: 192 + 2 * bits.next_multiple_of(64),
            tolerance: 96 + bits as i32,
            constants,
            known: RefCell::default(),
            met: RefCell::default(),
            sums: Cell::default(),
            cancelled: Cell::default(),
        })
    }

    /// Forgets which sums have cancelled.
    pub fn begin(&self) {
        self.sums.set(0);
        self.cancelled.set(0);
    }

    /// Which sums have cancelled to nothing since the beginning: 0 if none. Where more digits give another answer, the
    /// digits were too few.
    pub fn cancelled(&self) -> u64 {
        self.cancelled.get()
    }

    /// Notes a number so small beside another that it is nearly lost.
    fn note_tiny(&self, exponent: Option<i32>, beside: i32) {
        if exponent.is_some_and(|exponent| exponent < beside.saturating_sub(self.tolerance / 2)) {
            self.note_cancelled();
        }
    }

    fn note_cancelled(&self) {
        self.cancelled.set(mix(self.cancelled.get() ^ mix(self.sums.get())));
    }

    fn integer(&self, value: &num_bigint::BigInt) -> BigFloat {
        let base = self.double(4_294_967_296.0);
        let mut result = self.double(0.0);
        for digit in value.iter_u32_digits().rev() {
            result =
                result.mul(&base, self.precision, ROUND).add(&self.double(f64::from(digit)), self.precision, ROUND);
        }
        if value.is_negative() { result.neg() } else { result }
    }

    fn compute(&self, name: &str, a: &BigFloat) -> Option<BigFloat> {
        // Of larger arguments so many digits would be needed that nobody waits for them.
        if name != "ln" && a.exponent().is_some_and(|exponent| exponent > LARGEST) {
            return None;
        }
        deadline::spend(self.precision as u64 / BITS);
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
}

impl Numbers for Digits {
    type Number = BigFloat;
    const COST: u64 = 8;

    fn rational(&self, value: &BigRational) -> Option<BigFloat> {
        Some(self.integer(value.numer()).div(&self.integer(value.denom()), self.precision, ROUND))
    }
    fn pi(&self) -> BigFloat {
        self.constants.borrow_mut().pi(self.precision, ROUND)
    }
    fn add(&self, a: &BigFloat, b: &BigFloat) -> BigFloat {
        let sum = a.add(b, self.precision, ROUND);
        self.sums.set(self.sums.get() + 1);
        if a.is_zero() || b.is_zero() {
            return sum;
        }
        let largest = a.exponent().max(b.exponent()).unwrap_or(0);
        self.note_tiny(a.exponent().min(b.exponent()), largest);
        if sum.is_zero() || sum.exponent().is_some_and(|exponent| exponent < largest.saturating_sub(self.tolerance)) {
            self.note_cancelled();
            return self.double(0.0);
        }
        sum
    }
    fn mul(&self, a: &BigFloat, b: &BigFloat) -> BigFloat {
        a.mul(b, self.precision, ROUND)
    }
    fn inverse(&self, a: &BigFloat) -> Option<BigFloat> {
        (self.sign(a) != 0).then(|| self.double(1.0).div(a, self.precision, ROUND))
    }
    fn elementary(&self, name: &str, a: &BigFloat) -> Option<BigFloat> {
        // Both sides of a comparison meet the same arguments over and over.
        if !a.is_zero() && name != "ln" {
            self.note_tiny(a.exponent(), 0);
        }
        let (words, _, sign, exponent, _) = a.as_raw_parts()?;
        let key = (name.to_string(), words.to_vec(), sign == Sign::Neg, exponent);
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        let value = self.compute(name, a);
        self.known.borrow_mut().insert(key, value.clone());
        value
    }
    fn to_f64(&self, a: &BigFloat) -> f64 {
        let Some((words, _, sign, exponent, _)) = a.as_raw_parts() else { return f64::NAN };
        let mantissa = leading(words) as f64 / (u64::MAX as f64 + 1.0);
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
        let largest = size(a).max(size(b));
        if largest < -self.tolerance / 2 {
            // Both are small: with these digits nothing is known of them.
            self.note_cancelled();
        }
        !difference.is_nan() && size(&difference) < largest.max(0) - self.tolerance
    }
    fn double(&self, value: f64) -> BigFloat {
        BigFloat::from_f64(value, self.precision)
    }
    fn drawn(&self, draw: &Draw) -> BigFloat {
        let Some(mut seed) = draw.tail else { return self.double(draw.value) };
        let key = (draw.value.to_bits(), seed);
        if let Some(known) = self.met.borrow().get(&key) {
            return known.clone();
        }
        let mut value = self.double(draw.value);
        // A tail relative to the number, so that it stays in its domain.
        let mut unit = self.double(draw.value * 2f64.powi(-53));
        let step = self.double(2f64.powi(-32));
        for _ in 0..TAIL {
            seed = mix(seed);
            unit = unit.mul(&step, self.precision, ROUND);
            let digits = self.double((seed >> 32) as f64);
            value = value.add(&unit.mul(&digits, self.precision, ROUND), self.precision, ROUND);
        }
        self.met.borrow_mut().insert(key, value.clone());
        value
    }
    fn digest(&self, a: &BigFloat) -> u64 {
        // Times a transcendental number, so that no round value lies where rounding decides.
        let value = self.mul(a, &self.pi());
        let Some((words, _, sign, exponent, _)) = value.as_raw_parts() else { return 0 };
        // The leading bits alone: the same for any number of digits.
        mix(mix(exponent as u64 ^ u64::from(sign == Sign::Neg) << 40) ^ leading(words))
    }
}

/// The 64 leading bits of a number, whatever the width of a word.
fn leading(words: &[Word]) -> u64 {
    let words = words.iter().rev().chain(std::iter::repeat(&0)).take(64 / WORD_BIT_SIZE);
    words.fold(0_u128, |bits, word| bits << WORD_BIT_SIZE | u128::from(*word)) as u64
}
