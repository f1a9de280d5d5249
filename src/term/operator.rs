//! Operators on functions of one variable: what is written with nothing to act on, and what it makes of a function.

use super::{Op, Term, Var, substitute};
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
    /// The Ornstein–Uhlenbeck semigroup after this time: the mean over `e^{-t} y + √(1 - e^{-2t}) x`, x standard Gaussian.
    OrnsteinUhlenbeck(Term),
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
    /// `[A, B] = A B - B A`.
    Commutator(Box<Operator>, Box<Operator>),
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
            Operator::Derivative | Operator::Smoothing(_) | Operator::Shift(_) | Operator::OrnsteinUhlenbeck(_) => 1,
            Operator::Opposite(a) => a.degree(),
            Operator::Sum(a, b) | Operator::Difference(a, b) => a.degree().max(b.degree()),
            Operator::Product(a, b) | Operator::Commutator(a, b) => a.degree().saturating_add(b.degree()),
            Operator::Power(a, n) => a.degree().saturating_mul(*n),
        }
    }

    /// The terms that it is written with.
    pub fn terms(&self) -> Vec<&Term> {
        match self {
            Operator::Times(term)
            | Operator::Smoothing(term)
            | Operator::Shift(term)
            | Operator::OrnsteinUhlenbeck(term) => vec![term],
            Operator::Derivative => vec![],
            Operator::Opposite(a) | Operator::Power(a, _) => a.terms(),
            Operator::Sum(a, b) | Operator::Difference(a, b) | Operator::Product(a, b) | Operator::Commutator(a, b) => {
                [a.terms(), b.terms()].concat()
            }
        }
    }

    /// The same with other terms.
    pub fn map(&self, change: &dyn Fn(&Term) -> Term) -> Operator {
        let of = |a: &Operator| Box::new(a.map(change));
        match self {
            Operator::Times(term) => Operator::Times(change(term)),
            Operator::Smoothing(width) => Operator::Smoothing(change(width)),
            Operator::Shift(by) => Operator::Shift(change(by)),
            Operator::OrnsteinUhlenbeck(time) => Operator::OrnsteinUhlenbeck(change(time)),
            Operator::Derivative => Operator::Derivative,
            Operator::Opposite(a) => Operator::Opposite(of(a)),
            Operator::Power(a, n) => Operator::Power(of(a), *n),
            Operator::Sum(a, b) => Operator::Sum(of(a), of(b)),
            Operator::Difference(a, b) => Operator::Difference(of(a), of(b)),
            Operator::Product(a, b) => Operator::Product(of(a), of(b)),
            Operator::Commutator(a, b) => Operator::Commutator(of(a), of(b)),
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
            Operator::OrnsteinUhlenbeck(time) => mixed(time, self.variable, &function),
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
    averaged(place, Term::pow(lost, Term::ratio(1, 2)), y, body)
}

/// `E_{x ~ N(0,1)}[g(y + a x)]`.
pub(super) fn smoothed(width: &Term, y: &Var, body: &Term) -> Term {
    averaged(Term::var(y.clone()), width.clone(), y, body)
}

/// `E_{x ~ N(0,1)}[g(m + a x)]`.
fn averaged(mean: Term, width: Term, y: &Var, body: &Term) -> Term {
    let x = Var::free("x·", super::Domain::Real);
    let shifted = Term::add(vec![mean, Term::mul(vec![width, Term::var(x.clone())])]);
    let body = substitute(body, y, &shifted);
    let standard = Term::new(Op::Law("N".into()), vec![Term::zero(), Term::one()]);
    Term::expect(&x, standard, body)
}
