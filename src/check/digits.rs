//! Values with many digits, each with a bound on its error: for differences below double precision.
//!
//! A value is a ball: a number and a radius, which every operation enlarges by what its rounding may have done. A difference is
//! believed where its ball leaves out 0; that two values are equal is never concluded.

use super::Instance;
use crate::term::{Hypotheses, Op, Term, deadline};
use astro_float::{BigFloat, Consts, RoundingMode, WORD_BIT_SIZE};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::collections::HashMap;

/// Bits that are tried, one after the other.
const PRECISIONS: [usize; 2] = [256, 1024];
/// Last bits of a result that its rounding may change: far more than any does.
const ROUNDED: i32 = 16;
/// Functions of larger arguments, by their exponents, are not taken.
const LARGEST: i32 = 48;
/// The highest whole power that is taken.
const HIGHEST: u64 = 1 << 12;
/// What stands for a difference that no double can hold.
const LEAST: f64 = 1e-290;

/// The difference of two sums of terms without operators, where it is certainly not 0 and the instance satisfies the hypotheses
/// for certain. Its size may be out of the range of a double; its sign is right.
pub fn difference(left: &[Term], right: &[Term], hypotheses: &Hypotheses, instance: &Instance) -> Option<f64> {
    PRECISIONS.into_iter().find_map(|precision| {
        let mut digits = Digits::new(instance, precision)?;
        let mut sum = digits.integer(&BigInt::zero());
        for (terms, sign) in [(left, 1), (right, -1)] {
            for term in terms {
                let value = digits.value(term)?;
                let signed = if sign > 0 { value } else { value.opposite() };
                sum = digits.add(&sum, &signed);
            }
        }
        let sign = sum.sign().filter(|_| digits.satisfy(hypotheses))?;
        let size = to_f64(&sum.middle).abs();
        Some(f64::from(sign) * size.max(LEAST))
    })
}

/// Whether an instance satisfies hypotheses for certain.
pub fn hold(hypotheses: &Hypotheses, instance: &Instance) -> bool {
    Digits::new(instance, PRECISIONS[0]).is_some_and(|mut digits| digits.satisfy(hypotheses))
}

/// All numbers that differ from the middle by no more than the radius.
#[derive(Clone, Debug)]
struct Ball {
    middle: BigFloat,
    radius: BigFloat,
}

impl Ball {
    /// The sign of all its numbers, if they have one that is not 0.
    fn sign(&self) -> Option<i32> {
        let apart = self.middle.abs().cmp(&self.radius).is_some_and(|order| order > 0);
        apart.then(|| if self.middle.is_negative() { -1 } else { 1 })
    }

    fn is_zero(&self) -> bool {
        self.middle.is_zero() && self.radius.is_zero()
    }

    fn opposite(self) -> Ball {
        Ball { middle: self.middle.neg(), ..self }
    }
}

/// Bits of a radius.
const RADIUS: usize = 64;

/// A radius is never rounded down.
const UP: RoundingMode = RoundingMode::Up;

struct Digits<'a> {
    instance: &'a Instance,
    precision: usize,
    constants: Consts,
    known: HashMap<Term, Option<Ball>>,
}

impl<'a> Digits<'a> {
    fn new(instance: &'a Instance, precision: usize) -> Option<Self> {
        Some(Digits { instance, precision, constants: Consts::new().ok()?, known: HashMap::new() })
    }

    /// Whether the instance satisfies hypotheses for certain.
    fn satisfy(&mut self, hypotheses: &Hypotheses) -> bool {
        let mut holds = |terms: &[Term], test: fn(&Ball) -> bool| {
            terms.iter().all(|term| self.value(term).is_some_and(|ball| test(&ball)))
        };
        hypotheses.equations.is_empty()
            && holds(&hypotheses.positive, |ball| ball.sign() == Some(1))
            && holds(&hypotheses.nonnegative, |ball| ball.sign() == Some(1) || ball.is_zero())
            && holds(&hypotheses.nonzero, |ball| ball.sign().is_some())
    }

    fn value(&mut self, term: &Term) -> Option<Ball> {
        if let Some(known) = self.known.get(term) {
            return known.clone();
        }
        let value = if deadline::is_over() { None } else { self.compute(term) };
        // What overflows is as good as unknown.
        let value = value.filter(|ball| [&ball.middle, &ball.radius].iter().all(|x| !x.is_nan() && !x.is_inf()));
        self.known.insert(term.clone(), value.clone());
        value
    }

    fn compute(&mut self, term: &Term) -> Option<Ball> {
        let args = term.args();
        match term.op() {
            Op::Number(n) => self.rational(n),
            Op::Pi => {
                let pi = self.constants.pi(self.precision, RoundingMode::None);
                self.rounded(pi, zero())
            }
            Op::Var(var) => self.rational(&BigRational::from_float(*self.instance.parameters.get(var.name()?)?)?),
            Op::StopGrad => self.value(&args[0]),
            Op::Add => args.iter().try_fold(self.integer(&BigInt::zero()), |sum, arg| {
                let value = self.value(arg)?;
                Some(self.add(&sum, &value))
            }),
            Op::Mul => args.iter().try_fold(self.integer(&BigInt::one()), |product, arg| {
                let value = self.value(arg)?;
                self.mul(&product, &value)
            }),
            Op::Pow => self.power(&args[0], &args[1]),
            Op::Function(name) if args.len() == 1 => {
                let argument = self.value(&args[0])?;
                self.function(name, argument)
            }
            _ => None,
        }
    }

    /// The result of an operation with what its arguments are uncertain by; none where it fell out of range.
    fn rounded(&self, middle: BigFloat, moved: BigFloat) -> Option<Ball> {
        let exponent = middle.exponent()?;
        let mut unit = BigFloat::from_word(1, RADIUS);
        unit.set_exponent(exponent.checked_sub(self.precision as i32)?.checked_add(ROUNDED)?);
        (!middle.is_zero() && !unit.is_zero()).then(|| Ball { radius: moved.add(&unit, RADIUS, UP), middle })
    }

    fn integer(&self, value: &BigInt) -> Ball {
        // With room for all its bits it is exact.
        let bits = usize::try_from(value.bits()).unwrap_or(usize::MAX).max(self.precision).next_multiple_of(64);
        let base = BigFloat::from_f64(4_294_967_296.0, bits);
        let digits = value.iter_u32_digits().rev();
        let size = digits.fold(BigFloat::from_word(0, bits), |sum, digit| {
            let digit = BigFloat::from_f64(f64::from(digit), bits);
            sum.mul(&base, bits, RoundingMode::None).add(&digit, bits, RoundingMode::None)
        });
        Ball { middle: if value.is_negative() { size.neg() } else { size }, radius: zero() }
    }

    fn rational(&self, value: &BigRational) -> Option<Ball> {
        let numerator = self.integer(value.numer());
        if value.is_integer() {
            return Some(numerator);
        }
        let quotient = numerator.middle.div(&self.integer(value.denom()).middle, self.precision, RoundingMode::None);
        self.rounded(quotient, zero())
    }

    fn add(&self, a: &Ball, b: &Ball) -> Ball {
        let middle = a.middle.add(&b.middle, self.precision, RoundingMode::None);
        let radius = a.radius.add(&b.radius, RADIUS, UP);
        if a.is_zero() || b.is_zero() {
            // Nothing was rounded, if nothing was cut off.
            let other = if a.is_zero() { b } else { a };
            return other.clone();
        }
        // What cancels leaves the rounding of the larger one.
        let largest = if a.middle.abs().cmp(&b.middle.abs()).is_some_and(|order| order > 0) { a } else { b };
        match self.rounded(largest.middle.clone(), radius) {
            Some(Ball { radius, .. }) => Ball { middle, radius },
            None => Ball { middle, radius: BigFloat::nan(None) },
        }
    }

    fn mul(&self, a: &Ball, b: &Ball) -> Option<Ball> {
        if a.is_zero() || b.is_zero() {
            return Some(self.integer(&BigInt::zero()));
        }
        let up = |x: &BigFloat, y: &BigFloat| x.mul(y, RADIUS, UP);
        let sizes = [a, b].map(|ball| ball.middle.abs().add(&ball.radius, RADIUS, UP));
        let moved = up(&sizes[0], &b.radius).add(&up(&sizes[1], &a.radius), RADIUS, UP);
        self.rounded(a.middle.mul(&b.middle, self.precision, RoundingMode::None), moved)
    }

    fn power(&mut self, base: &Term, exponent: &Term) -> Option<Ball> {
        let ball = self.value(base)?;
        match exponent.as_number() {
            Some(n) if n.is_integer() && n.numer().magnitude().to_u64().is_some_and(|n| n <= HIGHEST) => {
                if ball.is_zero() {
                    return n.is_positive().then_some(ball);
                }
                let mut left = n.numer().magnitude().to_u64()?;
                let (mut result, mut square) = (self.integer(&BigInt::one()), ball);
                while left > 0 {
                    if left & 1 == 1 {
                        result = self.mul(&result, &square)?;
                    }
                    left >>= 1;
                    if left > 0 {
                        square = self.mul(&square, &square)?;
                    }
                }
                if n.is_negative() { self.inverse(&result) } else { Some(result) }
            }
            // Of other powers 0 to a positive one is a value, too; what is not certainly positive is left alone.
            Some(n) if n.is_positive() && ball.is_zero() => Some(ball),
            _ => {
                let exponent = self.value(exponent)?;
                let ln = self.function("ln", ball)?;
                let product = self.mul(&exponent, &ln)?;
                self.function("exp", product)
            }
        }
    }

    fn inverse(&self, a: &Ball) -> Option<Ball> {
        let one = BigFloat::from_word(1, RADIUS);
        let middle = one.div(&a.middle, self.precision, RoundingMode::None);
        // 1/(m - r) - 1/m = r/(m (m - r)).
        let least = self.least(a)?;
        let moved = a.radius.div(&least.mul(&least, RADIUS, RoundingMode::Down), RADIUS, UP);
        self.rounded(middle, moved)
    }

    /// The least size of the numbers in a ball that leaves out 0.
    fn least(&self, a: &Ball) -> Option<BigFloat> {
        a.sign()?;
        Some(a.middle.abs().sub(&a.radius, RADIUS, RoundingMode::Down))
            .filter(|least| least.is_positive() && !least.is_zero())
    }

    fn function(&mut self, name: &str, a: Ball) -> Option<Ball> {
        let sign = a.sign();
        match name {
            "abs" if sign == Some(-1) => return Some(a.opposite()),
            "abs" | "relu" if sign == Some(1) || a.is_zero() => return Some(a),
            "relu" if sign == Some(-1) => return Some(self.integer(&BigInt::zero())),
            "sign" | "step" => {
                let sign = if a.is_zero() { 0 } else { sign? };
                let value = if name == "step" { sign.max(0) } else { sign };
                return Some(self.integer(&BigInt::from(value)));
            }
            "exp" | "cos" if a.is_zero() => return Some(self.integer(&BigInt::one())),
            "sin" | "tanh" | "arctan" | "sqrt" if a.is_zero() => return Some(a),
            _ => {}
        }
        if a.middle.exponent()? > LARGEST || !a.radius.is_zero() && a.radius.exponent()? > -2 {
            return None;
        }
        let (x, p, none) = (&a.middle, self.precision, RoundingMode::None);
        let constants = &mut self.constants;
        // A bound of the slope over the ball, whose radius is below 1/4, for each function.
        let (value, moved) = match name {
            "sin" => (x.sin(p, none, constants), a.radius.clone()),
            "cos" => (x.cos(p, none, constants), a.radius.clone()),
            "tanh" => (x.tanh(p, none, constants), a.radius.clone()),
            "arctan" => (x.atan(p, none, constants), a.radius.clone()),
            "exp" => {
                let value = x.exp(p, none, constants);
                let slope = value.mul(&BigFloat::from_word(2, RADIUS), RADIUS, UP);
                (value, slope.mul(&a.radius, RADIUS, UP))
            }
            "ln" | "sqrt" if sign == Some(1) => {
                let least = self.least(&a)?;
                let constants = &mut self.constants;
                if name == "ln" {
                    (a.middle.ln(p, none, constants), a.radius.div(&least, RADIUS, UP))
                } else {
                    let slope = least.sqrt(RADIUS, RoundingMode::Down);
                    (a.middle.sqrt(p, none), a.radius.div(&slope, RADIUS, UP))
                }
            }
            _ => return None,
        };
        if value.is_zero() && name == "ln" && a.radius.is_zero() {
            return Some(self.integer(&BigInt::zero()));
        }
        self.rounded(value, moved)
    }
}

fn zero() -> BigFloat {
    BigFloat::from_word(0, RADIUS)
}

fn to_f64(a: &BigFloat) -> f64 {
    let Some((words, _, _, exponent, _)) = a.as_raw_parts() else { return f64::NAN };
    // The 64 leading bits, whatever the width of a word.
    let top = words.iter().rev().chain(std::iter::repeat(&0)).take(64 / WORD_BIT_SIZE);
    let top = top.fold(0_u128, |bits, word| bits << WORD_BIT_SIZE | u128::from(*word)) as u64;
    let size = (top as f64 / (u64::MAX as f64 + 1.0)) * 2f64.powi(exponent);
    if a.is_negative() { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::term::{Domain, Var};

    fn gap(left: Term, right: Term) -> Option<f64> {
        let parameters = [("a".into(), 1.448)].into();
        let instance = Instance { parameters, ..Instance::default() };
        difference(&[left], &[right], &Hypotheses::default(), &instance)
    }

    #[test]
    fn differences_below_doubles_are_seen() {
        let a = || Term::var(Var::free("a", Domain::Real));
        let square = || Term::pow(a(), Term::integer(2));
        let tiny = Term::mul(vec![Term::integer(-1_000_000), square()]).exp();
        assert!(gap(Term::add(vec![a(), tiny.clone()]), a()).is_none(), "out of reach");
        assert_eq!(gap(tiny, Term::zero()), Some(LEAST));
        let small = || Term::ratio(1, 1_000_000_000_000_000);
        let cosine = Term::function("cos", vec![small()]);
        let found = gap(cosine, Term::one()).expect("a difference");
        assert!((found / -5e-31 - 1.0).abs() < 1e-9, "{found}");
    }

    #[test]
    fn equal_values_are_not_told_apart() {
        let a = || Term::var(Var::free("a", Domain::Real));
        let square = |t: Term| Term::pow(t, Term::integer(2));
        let wave = |name: &str| square(Term::function(name, vec![a()]));
        assert_eq!(gap(Term::add(vec![wave("sin"), wave("cos")]), Term::one()), None);
        assert_eq!(gap(a().ln().exp(), a()), None);
        assert_eq!(gap(square(Term::pow(a(), Term::ratio(1, 2))), a()), None);
        assert_eq!(gap(a().recip().recip(), a()), None);
        let third = || Term::ratio(1, 3);
        assert_eq!(gap(Term::add(vec![third(), third(), third()]), Term::one()), None);
        let tangent = Term::function("tanh", vec![a()]);
        let both = [a(), a().opposite()].map(Term::exp);
        let quotient = Term::mul(vec![both[0].clone().minus(both[1].clone()), Term::add(both.to_vec()).recip()]);
        assert_eq!(gap(tangent, quotient), None);
        assert_eq!(
            gap(Term::function("sign", vec![Term::function("sin", vec![Term::new(Op::Pi, vec![])])]), Term::zero()),
            None
        );
    }
}
