//! Arithmetic with values, each with its degrees in all that is drawn.

use super::{MOST_DEGREE, RANKS, Run};
use crate::context::Refusal;
use crate::field::{Element, oracle};
use crate::sign::Signs;
use num_rational::BigRational;
use std::hash::Hash;
use std::rc::Rc;

/// The degree in all that is drawn, and that in the weights of the functionals of each rank.
pub(super) type Degrees = [u64; RANKS + 1];

pub(super) fn plus(a: &Degrees, b: &Degrees, times: u64) -> Degrees {
    std::array::from_fn(|i| a[i].saturating_add(b[i].saturating_mul(times)))
}

pub(super) fn largest(a: &Degrees, b: &Degrees) -> Degrees {
    std::array::from_fn(|i| a[i].max(b[i]))
}

pub(super) fn total(degree: u64) -> Degrees {
    let mut degrees = [0; RANKS + 1];
    degrees[0] = degree;
    degrees
}

/// A quotient of polynomials in what is drawn: its value, the degrees of the numerator, and the denominator as powers of
/// numbered divisors.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) at: Element,
    pub(super) above: Degrees,
    pub(super) below: Rc<Vec<(usize, u64)>>,
}

impl Run<'_, '_> {
    pub(super) fn constant(&self, at: Element) -> Value {
        Value { at, above: [0; RANKS + 1], below: Rc::default() }
    }

    pub(super) fn drawn(&self, at: Element) -> Value {
        Value { at, above: total(1), below: Rc::default() }
    }

    pub(super) fn below(&self, value: &Value) -> Degrees {
        value.below.iter().fold([0; RANKS + 1], |sum, (divisor, times)| plus(&sum, &self.divisors[*divisor].0, *times))
    }

    pub(super) fn degrees(&self, value: &Value) -> Degrees {
        plus(&value.above, &self.below(value), 1)
    }

    pub(super) fn sum(&self, values: &[Value]) -> Value {
        let mut common: Vec<(usize, u64)> = vec![];
        for (divisor, times) in values.iter().flat_map(|value| value.below.iter()) {
            match common.iter_mut().find(|(known, _)| known == divisor) {
                Some((_, most)) => *most = (*most).max(*times),
                None => common.push((*divisor, *times)),
            }
        }
        let (mut at, mut above) = (self.field.small(0), [0; RANKS + 1]);
        for value in values {
            at = self.field.add(at, value.at);
            let mut degrees = value.above;
            for (divisor, times) in &common {
                let own = value.below.iter().find(|(known, _)| known == divisor).map_or(0, |(_, own)| *own);
                degrees = plus(&degrees, &self.divisors[*divisor].0, times - own);
            }
            above = largest(&above, &degrees);
        }
        Value { at, above, below: Rc::new(common) }
    }

    pub(super) fn product(&self, a: &Value, b: &Value) -> Value {
        let mut below = a.below.clone();
        for (divisor, times) in b.below.iter() {
            let all = Rc::make_mut(&mut below);
            match all.iter_mut().find(|(known, _)| known == divisor) {
                Some((_, own)) => *own = own.saturating_add(*times),
                None => all.push((*divisor, *times)),
            }
        }
        Value { at: self.field.mul(a.at, b.at), above: plus(&a.above, &b.above, 1), below }
    }

    pub(super) fn negative(&self, value: &Value) -> Value {
        Value { at: self.field.neg(value.at), ..value.clone() }
    }

    pub(super) fn divisor(&mut self, at: Element, above: Degrees, below: Degrees) -> usize {
        let next = self.divisors.len();
        let number = *self.divisor_numbers.entry(at).or_insert(next);
        if number == next {
            self.divisors.push((above, below));
        }
        number
    }

    pub(super) fn inverse(&mut self, value: &Value) -> Result<Value, Refusal> {
        let at = self.field.inv(value.at).ok_or(Refusal::DividesByZero)?;
        let below = self.below(value);
        let divisor = self.divisor(value.at, value.above, below);
        Ok(Value { at, above: self.divisors[divisor].1, below: Rc::new(vec![(divisor, 1)]) })
    }

    pub(super) fn power(&mut self, value: &Value, exponent: i64) -> Result<Value, Refusal> {
        let times = exponent.unsigned_abs();
        if times > MOST_DEGREE {
            return Err(Refusal::TooLarge);
        }
        let base = if exponent < 0 { self.inverse(value)? } else { value.clone() };
        let below = base.below.iter().map(|(divisor, own)| (*divisor, own.saturating_mul(times))).collect();
        let above = plus(&[0; RANKS + 1], &base.above, times);
        Ok(Value { at: self.field.pow(base.at, times), above, below: Rc::new(below) })
    }

    pub(super) fn literal(&mut self, value: &BigRational) -> Result<Value, Refusal> {
        self.bits += value.numer().bits() + value.denom().bits();
        let at = self.field.literal(value).ok_or(Refusal::DividesByZero)?;
        Ok(self.constant(at))
    }

    /// A square with a known root: for what is positive.
    pub(super) fn square(&mut self, what: impl Hash) -> Value {
        let root = self.field.random((self.seed, what));
        let at = self.field.mul(root, root);
        self.known_roots.insert(at, root);
        Value { at, above: total(2), below: Rc::default() }
    }

    /// A value for the innermost variable: a square if it is positive here.
    pub(super) fn variable(&mut self, what: impl Hash) -> Value {
        let variable = self.context.table.bound(0);
        if self.signs(variable) == Signs::POSITIVE {
            self.square((what, "square"))
        } else {
            let at = self.field.random((self.seed, what));
            self.drawn(at)
        }
    }

    /// A random value that depends on the values of the arguments only.
    pub(super) fn atom(&mut self, what: impl Hash, args: &[Value]) -> Value {
        for arg in args {
            self.arguments = largest(&self.arguments, &self.degrees(arg));
        }
        let key = oracle((self.seed, what, args.iter().map(|arg| arg.at).collect::<Vec<_>>()));
        self.atoms.insert(key);
        let at = self.field.random((self.seed, key));
        self.drawn(at)
    }
}
