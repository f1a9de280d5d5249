//! Words of generators, and their sums.

use super::scalar::Scalar;
use crate::term::{Op, Operator, Term, Var};
use std::collections::BTreeMap;

/// A generator of the algebra.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Letter {
    /// Multiplication by a function of the variable.
    Times(Term),
    /// d/dy.
    Derivative,
    /// The value so much further on.
    Shift(Term),
    /// So many derivatives, where letters say how many.
    Derivatives(Term),
    /// The mean over noise of this law.
    Convolution(Term),
    /// The mean over Gaussian noise of this width.
    Smoothing(Term),
    /// The Ornstein–Uhlenbeck semigroup after this time.
    OrnsteinUhlenbeck(Term),
}

impl Letter {
    /// A value or a mean of values elsewhere.
    fn is_mean(&self) -> bool {
        !matches!(self, Letter::Times(_) | Letter::Derivative | Letter::Derivatives(_))
    }
}

/// A product of generators: the last acts first.
pub type Word = Vec<Letter>;

/// Larger sums are not written out.
const LARGEST: usize = 600;

/// A sum of words with coefficients.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sum {
    pub(super) words: BTreeMap<Word, Scalar>,
}

impl Sum {
    pub(super) fn word(word: Word) -> Sum {
        Sum { words: BTreeMap::from([(word, Scalar::one())]) }
    }

    /// Is it 0?
    pub fn is_zero(&self) -> bool {
        self.words.is_empty()
    }

    /// The sum; none if it is too large.
    pub(super) fn plus(mut self, factor: &Scalar, other: &Sum) -> Option<Sum> {
        for (word, value) in &other.words {
            let value = factor.times(value)?;
            let entry = self.words.entry(word.clone()).or_default();
            *entry = std::mem::take(entry).plus(&value);
            if entry.is_zero() {
                self.words.remove(word);
            }
        }
        let size: usize = self.words.values().map(Scalar::len).sum();
        (size <= LARGEST).then_some(self)
    }

    /// As an operator: words by falling degree, coefficients in front.
    pub fn operator(&self) -> Operator {
        let mut words: Vec<_> = self.words.iter().collect();
        words.sort_by_key(|(word, _)| {
            let smoothed = word.iter().filter(|letter| letter.is_mean()).count();
            let first = word.iter().take_while(|letter| matches!(letter, Letter::Times(_))).count();
            std::cmp::Reverse((word.len() - smoothed, first))
        });
        let mut sum: Option<Operator> = None;
        for (word, value) in words {
            let negative = value.is_negative_looking();
            let size = if negative { value.opposite() } else { value.clone() };
            let product = product(&size, word);
            sum = Some(match (sum, negative) {
                (None, false) => product,
                (None, true) => Operator::Opposite(Box::new(product)),
                (Some(sum), false) => Operator::Sum(Box::new(sum), Box::new(product)),
                (Some(sum), true) => Operator::Difference(Box::new(sum), Box::new(product)),
            });
        }
        sum.unwrap_or_else(|| Operator::Times(Term::zero()))
    }
}

fn product(value: &Scalar, word: &[Letter]) -> Operator {
    let mut factors: Vec<Operator> = Vec::new();
    if !value.is_one() || word.is_empty() {
        factors.push(Operator::Times(value.term()));
    }
    let mut rest = word;
    while let Some(first) = rest.first() {
        let count = rest.iter().take_while(|letter| *letter == first).count();
        rest = &rest[count..];
        let letter = match first {
            Letter::Times(term) => Operator::Times(term.clone()),
            Letter::Derivative => Operator::Derivative,
            Letter::Derivatives(count) => Operator::Derivatives(count.clone()),
            Letter::Convolution(law) => Operator::Convolution(law.clone()),
            Letter::Smoothing(width) => Operator::Smoothing(width.clone()),
            Letter::Shift(by) => Operator::Shift(by.clone()),
            Letter::OrnsteinUhlenbeck(time) => Operator::OrnsteinUhlenbeck(time.clone()),
        };
        let power = u32::try_from(count).unwrap_or(u32::MAX);
        factors.push(if count == 1 { letter } else { Operator::Power(Box::new(letter), power) });
    }
    let joined = factors.into_iter().reduce(|a, b| Operator::Product(Box::new(a), Box::new(b)));
    joined.unwrap_or_else(|| Operator::Times(Term::one()))
}

/// The width of a smoothing operator in one spelling: S_w is S_v where w² = v² and both are positive.
pub(super) fn width(term: &Term) -> Option<Term> {
    let value = Scalar::of(term)?;
    Some(value.times(&value)?.root()?.term())
}

/// Derivatives, as many as a number or letters say; none of fewer than 0.
pub(super) fn derivatives(count: &Term) -> Option<Sum> {
    let count = Scalar::of(count)?.term();
    Some(Sum::word(match count.as_number() {
        None => vec![Letter::Derivatives(count)],
        Some(_) => vec![Letter::Derivative; usize::try_from(count.as_integer()?).ok()?],
    }))
}

/// How many derivatives a generator is.
pub(super) fn order(letter: &Letter) -> Option<Term> {
    match letter {
        Letter::Derivative => Some(Term::one()),
        Letter::Derivatives(count) => Some(count.clone()),
        _ => None,
    }
}

/// A shift: none at all if it leads nowhere.
pub(super) fn shift(by: &Term) -> Option<Sum> {
    let by = Scalar::of(by)?;
    Some(Sum::word(if by.is_zero() { vec![] } else { vec![Letter::Shift(by.term())] }))
}

/// A multiplication as a sum of words: powers of the variable and functions of it are letters, the rest is a coefficient.
pub(super) fn multiplication(term: &Term, y: &Var) -> Option<Sum> {
    if !term.depends_on(y) {
        let value = Scalar::of(term)?;
        return Sum::default().plus(&value, &Sum::word(vec![]));
    }
    match term.op() {
        Op::Add => {
            term.args().iter().try_fold(Sum::default(), |sum, part| sum.plus(&Scalar::one(), &multiplication(part, y)?))
        }
        Op::Mul => {
            term.args().iter().try_fold(Sum::word(vec![]), |product, part| times(&product, &multiplication(part, y)?))
        }
        // A power that is a letter stays one factor.
        Op::Pow if term.args()[0].as_var() == Some(y) && term.args()[1].as_integer().is_none() => {
            (!term.args()[1].depends_on(y)).then(|| Sum::word(vec![Letter::Times(term.clone())]))
        }
        Op::Pow => {
            let count = term.args()[1].as_integer().filter(|n| (0..=64).contains(n))?;
            let base = multiplication(&term.args()[0], y)?;
            (0..count).try_fold(Sum::word(vec![]), |product, _| times(&product, &base))
        }
        Op::Var(_) => Some(Sum::word(vec![Letter::Times(term.clone())])),
        Op::Apply(..) if term.args() == [Term::var(y.clone())] => Some(Sum::word(vec![Letter::Times(term.clone())])),
        _ => None,
    }
}

/// The product of two sums of words of multiplications alone: these commute.
fn times(a: &Sum, b: &Sum) -> Option<Sum> {
    let mut product = Sum::default();
    for (left, x) in &a.words {
        for (right, y) in &b.words {
            let mut word = [left.as_slice(), right].concat();
            word.sort();
            product = product.plus(&x.times(y)?, &Sum::word(word))?;
        }
    }
    Some(product)
}

/// The sum of words that an operator is once products are multiplied out, in the order in which they stand.
pub(super) fn written_out(operator: &Operator, y: &Var) -> Option<Sum> {
    let joined = |a: &Sum, b: &Sum| {
        let mut product = Sum::default();
        for (left, x) in &a.words {
            for (right, value) in &b.words {
                product = product.plus(&x.times(value)?, &Sum::word([left.as_slice(), right].concat()))?;
            }
        }
        Some(product)
    };
    let of = |operator: &Operator| written_out(operator, y);
    let minus = Scalar::one().opposite();
    match operator {
        Operator::Times(term) => multiplication(term, y),
        Operator::Derivative => Some(Sum::word(vec![Letter::Derivative])),
        Operator::Derivatives(count) => derivatives(count),
        Operator::Convolution(law) => Some(Sum::word(vec![Letter::Convolution(law.clone())])),
        Operator::Parameter(_) | Operator::Adjoint(_) => None,
        Operator::Smoothing(width) => Some(Sum::word(vec![Letter::Smoothing(width.clone())])),
        Operator::Shift(by) => shift(by),
        Operator::OrnsteinUhlenbeck(time) => Some(Sum::word(vec![Letter::OrnsteinUhlenbeck(time.clone())])),
        Operator::Opposite(a) => Sum::default().plus(&minus, &of(a)?),
        Operator::Sum(a, b) => of(a)?.plus(&Scalar::one(), &of(b)?),
        Operator::Difference(a, b) => of(a)?.plus(&minus, &of(b)?),
        Operator::Product(a, b) => joined(&of(a)?, &of(b)?),
        Operator::Power(a, count) => {
            let base = of(a)?;
            (0..*count).try_fold(Sum::word(vec![]), |product, _| joined(&product, &base))
        }
        Operator::Commutator(a, b) => {
            let (a, b) = (of(a)?, of(b)?);
            joined(&a, &b)?.plus(&minus, &joined(&b, &a)?)
        }
    }
}
