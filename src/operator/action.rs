//! What an operator makes of a polynomial, in exact numbers: a test of equations that uses none of the relations.

use super::scalar::Scalar;
use crate::term::{Op, Operator, Symbol, Term, Var};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// Longer polynomials are not made.
const LONGEST: usize = 400;
/// Nor does any part act more often.
const ACTS: usize = 20_000;

/// Coefficients by rising powers.
pub type Polynomial = Vec<BigRational>;

/// Values for what an operator is written with.
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// Of letters.
    pub letters: BTreeMap<Var, BigRational>,
    /// Of unknown functions of the variable.
    pub functions: BTreeMap<Symbol, Polynomial>,
}

/// The operator on functions of y, applied to a polynomial; none where that is no polynomial with rational coefficients.
pub fn applied(operator: &Operator, y: &Var, values: &Values, to: &Polynomial) -> Option<Polynomial> {
    let result = Action { y, values, acts: 0, memo: FxHashMap::default() }.of(operator, to.clone())?;
    Some(trimmed(result))
}

/// The value of a polynomial.
pub fn at(polynomial: &Polynomial, point: &BigRational) -> BigRational {
    polynomial.iter().rev().fold(BigRational::zero(), |value, coefficient| value * point + coefficient)
}

struct Action<'a> {
    y: &'a Var,
    values: &'a Values,
    acts: usize,
    memo: FxHashMap<(*const Operator, Polynomial), Polynomial>,
}

impl Action<'_> {
    fn of(&mut self, operator: &Operator, to: Polynomial) -> Option<Polynomial> {
        let key = (std::ptr::from_ref(operator), to.clone());
        if let Some(done) = self.memo.get(&key) {
            return Some(done.clone());
        }
        self.acts += 1;
        if self.acts > ACTS || to.len() > LONGEST {
            return None;
        }
        let result = match operator {
            Operator::Times(term) => product(&self.factor(term)?, &to),
            Operator::Derivative => derivative(&to),
            Operator::Smoothing(width) => {
                let width = self.factor(&Term::pow(width.clone(), Term::integer(2)))?;
                let variance = match trimmed(width).as_slice() {
                    [] => BigRational::zero(),
                    [value] => value.clone(),
                    _ => return None,
                };
                smoothed(&to, &variance)
            }
            Operator::Shift(by) => match trimmed(self.factor(by)?).as_slice() {
                [] => to,
                [by] => shifted(&to, by),
                _ => return None,
            },
            Operator::Derivatives(count) => {
                let count = match trimmed(self.factor(count)?).as_slice() {
                    [] => 0,
                    [count] if count.is_integer() => count.to_integer().to_usize()?,
                    _ => return None,
                };
                (0..count).fold(to, |result, _| derivative(&result))
            }
            // Their factors are no rational numbers, or there are no values to differentiate in.
            Operator::OrnsteinUhlenbeck(_)
            | Operator::Convolution(_)
            | Operator::Parameter(_)
            | Operator::Adjoint(_) => return None,
            Operator::Opposite(a) => self.of(a, to)?.into_iter().map(|value| -value).collect(),
            Operator::Sum(a, b) => sum(self.of(a, to.clone())?, self.of(b, to)?, &BigRational::one()),
            Operator::Difference(a, b) => sum(self.of(a, to.clone())?, self.of(b, to)?, &-BigRational::one()),
            Operator::Product(a, b) => {
                let inner = self.of(b, to)?;
                self.of(a, inner)?
            }
            Operator::Power(a, count) => (0..*count).try_fold(to, |result, _| self.of(a, result))?,
            Operator::Commutator(a, b) => {
                let (after, before) = (self.of(b, to.clone())?, self.of(a, to)?);
                sum(self.of(a, after)?, self.of(b, before)?, &-BigRational::one())
            }
        };
        self.memo.insert(key, result.clone());
        Some(result)
    }

    /// A term as a polynomial in the variable.
    fn factor(&self, term: &Term) -> Option<Polynomial> {
        // What can be simplified to a whole power first, such as the square of a root.
        let term = if term.depends_on(self.y) { term.clone() } else { Scalar::of(term)?.term() };
        self.value(&term)
    }

    fn value(&self, term: &Term) -> Option<Polynomial> {
        match term.op() {
            Op::Number(value) => Some(vec![value.clone()]),
            Op::Var(var) if var == self.y => Some(vec![BigRational::zero(), BigRational::one()]),
            Op::Var(var) => Some(vec![self.values.letters.get(var)?.clone()]),
            Op::Add => term
                .args()
                .iter()
                .try_fold(vec![], |total, part| Some(sum(total, self.value(part)?, &BigRational::one()))),
            Op::Mul => term
                .args()
                .iter()
                .try_fold(vec![BigRational::one()], |total, part| Some(product(&total, &self.value(part)?))),
            Op::Pow => {
                let count = term.args()[1].as_integer().filter(|n| n.abs() <= 64)?;
                let base = trimmed(self.value(&term.args()[0])?);
                let base = match (count < 0, base.as_slice()) {
                    (false, _) => base,
                    (true, [value]) => vec![value.recip()],
                    _ => return None,
                };
                (0..count.abs()).try_fold(vec![BigRational::one()], |total, _| {
                    let next = product(&total, &base);
                    (next.len() <= LONGEST).then_some(next)
                })
            }
            Op::Apply(name, orders) if term.args() == [Term::var(self.y.clone())] => {
                let function = self.values.functions.get(name)?.clone();
                Some((0..*orders.first()?).fold(function, |function, _| derivative(&function)))
            }
            _ => None,
        }
    }
}

fn trimmed(mut polynomial: Polynomial) -> Polynomial {
    while polynomial.last().is_some_and(Zero::is_zero) {
        polynomial.pop();
    }
    polynomial
}

fn sum(mut a: Polynomial, b: Polynomial, factor: &BigRational) -> Polynomial {
    a.resize(a.len().max(b.len()), BigRational::zero());
    for (value, other) in a.iter_mut().zip(b) {
        *value += factor * other;
    }
    a
}

fn product(a: &Polynomial, b: &Polynomial) -> Polynomial {
    let mut result = vec![BigRational::zero(); (a.len() + b.len()).saturating_sub(1)];
    for (i, x) in a.iter().enumerate().filter(|(_, x)| !x.is_zero()) {
        for (j, y) in b.iter().enumerate() {
            result[i + j] += x * y;
        }
    }
    result
}

fn derivative(a: &Polynomial) -> Polynomial {
    let scaled = |(power, value): (usize, &BigRational)| value * BigRational::from_integer(BigInt::from(power));
    a.iter().enumerate().skip(1).map(scaled).collect()
}

/// The polynomial at y + c, by Taylor's formula.
fn shifted(a: &Polynomial, by: &BigRational) -> Polynomial {
    let (mut result, mut term) = (a.clone(), a.clone());
    for k in 1..a.len() {
        let factor = by / BigRational::from_integer(BigInt::from(k));
        term = derivative(&term).into_iter().map(|value| value * &factor).collect();
        result = sum(result, term.clone(), &BigRational::one());
    }
    result
}

/// The mean of the polynomial at y + x, where x is Gaussian: heat over the variance, `Σ_k (v/2)^k f^(2k)/k!`.
fn smoothed(a: &Polynomial, variance: &BigRational) -> Polynomial {
    let half = variance / BigRational::from_integer(BigInt::from(2));
    let (mut result, mut term) = (a.clone(), a.clone());
    for k in 1..=a.len() / 2 {
        let factor = &half / BigRational::from_integer(BigInt::from(k));
        term = derivative(&derivative(&term)).into_iter().map(|value| value * &factor).collect();
        result = sum(result, term.clone(), &BigRational::one());
    }
    result
}

/// `(1 + u)^n`, as a polynomial and as a term.
pub fn binomial(n: usize, parameter: &Var) -> (Polynomial, Term) {
    let base = vec![BigRational::one(), BigRational::one()];
    let polynomial = (0..n).fold(vec![BigRational::one()], |power, _| product(&power, &base));
    let term = Term::add(vec![Term::one(), Term::var(parameter.clone())]);
    (polynomial, Term::pow(term, Term::integer(i64::try_from(n).unwrap_or(i64::MAX))))
}

/// Another polynomial for each number, unlike powers of `1 + u`.
pub fn unlike(number: usize, parameter: &Var) -> (Polynomial, Term) {
    let number = i64::try_from(number).unwrap_or(0);
    let coefficients = [2 - number, 3, -1, 1 + number, 2];
    let u = Term::var(parameter.clone());
    let product = |(power, factor): (usize, i64)| {
        let power = i64::try_from(power).unwrap_or(0);
        Term::mul(vec![Term::integer(factor), Term::pow(u.clone(), Term::integer(power))])
    };
    let polynomial = coefficients.map(|value| BigRational::from_integer(value.into())).to_vec();
    (polynomial, Term::add(coefficients.into_iter().enumerate().map(product).collect()))
}
