//! Operators on functions of one variable: what is written with nothing to act on, and what it makes of a function.

use super::{Op, Polynomial, Term, Var, substitute, substitute_many};
use num_rational::BigRational;
use rustc_hash::FxHashMap;

/// An operator as it was written.
#[derive(Clone, Debug, PartialEq)]
pub enum Operator {
    /// Multiplication by a number, or by a function of the variable.
    Times(Term),
    /// d/dy.
    Derivative,
    /// The mean over Gaussian noise of this width.
    Smoothing(Term),
    /// The value so much further on: the exponential of a multiple of d/dy.
    Shift(Term),
    /// The mean over noise of this law.
    Convolution(Term),
    /// The Ornstein–Uhlenbeck semigroup after this time: the mean over `e^{-t} y + √(1 - e^{-2t}) x`, x standard Gaussian.
    OrnsteinUhlenbeck(Term),
    /// The derivative in a letter that the functions are not of.
    Parameter(Term),
    /// The operator with the other sign.
    Opposite(Box<Operator>),
    /// A sum.
    Sum(Box<Operator>, Box<Operator>),
    /// A difference.
    Difference(Box<Operator>, Box<Operator>),
    /// The first after the second.
    Product(Box<Operator>, Box<Operator>),
    /// So many times after itself.
    Power(Box<Operator>, u32),
    /// So many derivatives, where letters say how many.
    Derivatives(Term),
    /// `[A, B] = A B - B A`.
    Commutator(Box<Operator>, Box<Operator>),
    /// The adjoint, under the law of the statement.
    Adjoint(Box<Operator>),
}

/// What is longer, written as a tree, is not evaluated in reasonable time by anything.
const LARGEST: usize = 100_000;
/// How often the parts of an operator may act on something: more is no formula of a page.
const ACTS: usize = 4_000;

impl Operator {
    /// The highest number of generators in a word of it, powers written out.
    pub fn degree(&self) -> u32 {
        match self {
            Operator::Times(term) => u32::from(!term.free().is_empty()),
            Operator::Opposite(a) | Operator::Adjoint(a) => a.degree(),
            Operator::Sum(a, b) | Operator::Difference(a, b) => a.degree().max(b.degree()),
            Operator::Product(a, b) | Operator::Commutator(a, b) => a.degree().saturating_add(b.degree()),
            Operator::Power(a, n) => a.degree().saturating_mul(*n),
            _ => 1,
        }
    }

    /// The operators that it is put together from.
    fn parts(&self) -> Vec<&Operator> {
        match self {
            Operator::Opposite(a) | Operator::Power(a, _) | Operator::Adjoint(a) => vec![a],
            Operator::Sum(a, b) | Operator::Difference(a, b) | Operator::Product(a, b) | Operator::Commutator(a, b) => {
                vec![a, b]
            }
            _ => vec![],
        }
    }

    /// Is this so of the operator, or of one that it is put together from?
    pub fn any(&self, is: &dyn Fn(&Operator) -> bool) -> bool {
        is(self) || self.parts().into_iter().any(|part| part.any(is))
    }

    /// Is an adjoint taken in it?
    pub fn has_adjoint(&self) -> bool {
        self.any(&|part| matches!(part, Operator::Adjoint(_)))
    }

    /// The letters that say how many derivatives there are.
    pub fn counts(&self) -> Vec<&Var> {
        match self {
            Operator::Derivatives(count) => count.free().iter().collect(),
            _ => self.parts().into_iter().flat_map(Operator::counts).collect(),
        }
    }

    /// The same at values of letters, with numbers of derivatives for those that letters said; none if one of them is
    /// negative.
    pub fn counted(&self, values: &[(Var, Term)]) -> Option<Operator> {
        match self {
            Operator::Derivatives(count) => {
                let count =
                    Polynomial::of(&substitute_many(count, values)).as_number().filter(BigRational::is_integer)?;
                Some(Operator::Power(Box::new(Operator::Derivative), u32::try_from(count.to_integer()).ok()?))
            }
            _ if self.parts().is_empty() => Some(self.map(&|term| substitute_many(term, values))),
            _ => self.with_parts(|part| part.counted(values)),
        }
    }

    /// The same put together from others; none if there is none for a part.
    pub(super) fn with_parts(&self, part: impl Fn(&Operator) -> Option<Operator>) -> Option<Operator> {
        let of = |a: &Operator| Some(Box::new(part(a)?));
        Some(match self {
            Operator::Opposite(a) => Operator::Opposite(of(a)?),
            Operator::Adjoint(a) => Operator::Adjoint(of(a)?),
            Operator::Power(a, n) => Operator::Power(of(a)?, *n),
            Operator::Sum(a, b) => Operator::Sum(of(a)?, of(b)?),
            Operator::Difference(a, b) => Operator::Difference(of(a)?, of(b)?),
            Operator::Product(a, b) => Operator::Product(of(a)?, of(b)?),
            Operator::Commutator(a, b) => Operator::Commutator(of(a)?, of(b)?),
            generator => generator.clone(),
        })
    }

    /// What stands below a star in it and is put together from nothing.
    pub fn adjoined(&self) -> Vec<&Operator> {
        fn generators<'o>(operator: &'o Operator, found: &mut Vec<&'o Operator>) {
            match operator.parts().as_slice() {
                [] => found.push(operator),
                parts => parts.iter().for_each(|part| generators(part, found)),
            }
        }
        match self {
            Operator::Adjoint(a) => {
                let mut found = Vec::new();
                generators(a, &mut found);
                found
            }
            _ => self.parts().into_iter().flat_map(Operator::adjoined).collect(),
        }
    }

    /// The terms that it is written with.
    pub fn terms(&self) -> Vec<&Term> {
        match self {
            Operator::Times(term)
            | Operator::Smoothing(term)
            | Operator::Shift(term)
            | Operator::Convolution(term)
            | Operator::OrnsteinUhlenbeck(term)
            | Operator::Parameter(term)
            | Operator::Derivatives(term) => vec![term],
            _ => self.parts().into_iter().flat_map(Operator::terms).collect(),
        }
    }

    /// The same with other terms.
    pub fn map(&self, change: &dyn Fn(&Term) -> Term) -> Operator {
        match self {
            Operator::Times(term) => Operator::Times(change(term)),
            Operator::Smoothing(width) => Operator::Smoothing(change(width)),
            Operator::Shift(by) => Operator::Shift(change(by)),
            Operator::Convolution(law) => Operator::Convolution(change(law)),
            Operator::OrnsteinUhlenbeck(time) => Operator::OrnsteinUhlenbeck(change(time)),
            Operator::Parameter(letter) => Operator::Parameter(change(letter)),
            Operator::Derivatives(count) => Operator::Derivatives(change(count)),
            // There is one for every part.
            whole => whole.with_parts(|part| Some(part.map(change))).unwrap_or_else(|| whole.clone()),
        }
    }

    /// The factor, if it multiplies and does nothing else.
    fn as_factor(&self) -> Option<Term> {
        Some(match self {
            Operator::Times(factor) => factor.clone(),
            Operator::Opposite(a) => a.as_factor()?.opposite(),
            Operator::Sum(a, b) => Term::add(vec![a.as_factor()?, b.as_factor()?]),
            Operator::Difference(a, b) => a.as_factor()?.minus(b.as_factor()?),
            Operator::Product(a, b) => Term::mul(vec![a.as_factor()?, b.as_factor()?]),
            Operator::Power(a, count) => Term::pow(a.as_factor()?, Term::integer(i64::from(*count))),
            _ => return None,
        })
    }

    /// The coefficient and the power, if it is a multiple of a power of the derivative.
    pub(super) fn as_derivative(&self) -> Option<(Term, u32)> {
        if let Some(factor) = self.as_factor() {
            return Some((factor, 0));
        }
        Some(match self {
            Operator::Derivative => (Term::one(), 1),
            Operator::Opposite(a) => {
                let (factor, power) = a.as_derivative()?;
                (factor.opposite(), power)
            }
            Operator::Product(a, b) => {
                let ((a, m), (b, n)) = (a.as_derivative()?, b.as_derivative()?);
                (Term::mul(vec![a, b]), m.checked_add(n)?)
            }
            Operator::Power(a, count) if **a == Operator::Derivative => (Term::one(), *count),
            _ => return None,
        })
    }

    /// What it makes of a function of the variable; none if that takes too long to write down.
    pub fn act(&self, variable: &Var, function: Term) -> Option<Term> {
        Acting { variable, acts: 0, memo: FxHashMap::default() }.act(self, function)
    }
}

struct Acting<'a> {
    variable: &'a Var,
    acts: usize,
    /// A commutator lets its parts act twice, often on the same.
    memo: FxHashMap<(*const Operator, Term), Term>,
}

impl Acting<'_> {
    fn act(&mut self, operator: &Operator, function: Term) -> Option<Term> {
        let key = (std::ptr::from_ref(operator), function.clone());
        if let Some(done) = self.memo.get(&key) {
            return Some(done.clone());
        }
        self.acts += 1;
        if self.acts > ACTS || function.size() > LARGEST {
            return None;
        }
        let result = match operator {
            Operator::Times(factor) => Term::mul(vec![factor.clone(), function]),
            Operator::Derivative => Term::derivative(self.variable, 1, function),
            Operator::Smoothing(width) => smoothed(width, self.variable, &function),
            Operator::Shift(by) => {
                let shifted = Term::add(vec![Term::var(self.variable.clone()), by.clone()]);
                substitute(&function, self.variable, &shifted)
            }
            Operator::Convolution(law) => {
                let place = Term::var(self.variable.clone());
                averaged(place, Term::one(), law.clone(), self.variable, &function)
            }
            Operator::OrnsteinUhlenbeck(time) => mixed(time, self.variable, &function),
            Operator::Parameter(letter) => Term::derivative(letter.as_var()?, 1, function),
            Operator::Derivatives(_) | Operator::Adjoint(_) => return None,
            Operator::Opposite(a) => self.act(a, function)?.opposite(),
            Operator::Sum(a, b) => Term::add(vec![self.act(a, function.clone())?, self.act(b, function)?]),
            Operator::Difference(a, b) => self.act(a, function.clone())?.minus(self.act(b, function)?),
            Operator::Product(a, b) => {
                let inner = self.act(b, function)?;
                self.act(a, inner)?
            }
            Operator::Power(a, count) => {
                let mut result = function;
                for _ in 0..*count {
                    result = self.act(a, result)?;
                }
                result
            }
            Operator::Commutator(a, b) => {
                let after = self.act(b, function.clone())?;
                let before = self.act(a, function)?;
                self.act(a, after)?.minus(self.act(b, before)?)
            }
        };
        self.memo.insert(key, result.clone());
        Some(result)
    }
}

/// `E_{x ~ N(0,1)}[g(e^{-t} y + √(1 - e^{-2t}) x)]`.
fn mixed(time: &Term, y: &Var, body: &Term) -> Term {
    let kept = time.clone().opposite().exp();
    let lost = Term::one().minus(Term::mul(vec![Term::integer(-2), time.clone()]).exp());
    let place = Term::mul(vec![kept, Term::var(y.clone())]);
    averaged(place, Term::pow(lost, Term::ratio(1, 2)), standard(), y, body)
}

/// `E_{x ~ N(0,1)}[g(y + a x)]`.
pub(super) fn smoothed(width: &Term, y: &Var, body: &Term) -> Term {
    averaged(Term::var(y.clone()), width.clone(), standard(), y, body)
}

/// N(0, 1).
pub(super) fn standard() -> Term {
    Term::new(Op::Law("N".into()), vec![Term::zero(), Term::one()])
}

/// `E_{x ~ p}[g(m + a x)]`.
fn averaged(mean: Term, width: Term, law: Term, y: &Var, body: &Term) -> Term {
    let x = Var::free("x·", super::Domain::Real);
    let noise = if width.is_one() { Term::var(x.clone()) } else { Term::mul(vec![width, Term::var(x.clone())]) };
    let body = substitute(body, y, &Term::add(vec![mean, noise]));
    Term::expect(&x, law, body)
}
