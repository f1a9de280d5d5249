//! The simplifier: a readable form of a term, equal to it by arithmetic, substitution and differentiation alone.
//!
//! It is not a normal form that decides equality (products of sums stay as they are written); equality is decided by
//! exact evaluation elsewhere. What it promises: the value never changes, no division by what may be zero is
//! cancelled, and the work is bounded.

mod binder;
mod expand;
mod function;
mod pieces;
mod power;
mod product;
mod sum;

pub use function::match_values;

use super::{Definitions, Op, Term, canonical, deadline};
use rustc_hash::FxHashMap;

/// Simplifies terms under the definitions of functions and laws; remembers what it has done.
pub struct Simplifier<'a> {
    pub(super) definitions: &'a Definitions,
    memo: FxHashMap<Term, Term>,
    /// Operators that may still be visited; at 0 terms are returned as they are.
    fuel: u64,
}

/// Enough for every statement that fits on a page.
const FUEL: u64 = 4_000_000;

impl<'a> Simplifier<'a> {
    /// With these functions and laws, and nothing simplified yet.
    pub fn new(definitions: &'a Definitions) -> Self {
        Simplifier { definitions, memo: FxHashMap::default(), fuel: FUEL }
    }

    /// True once the bound on work was reached; results are then correct but may be unsimplified.
    pub fn exhausted(&self) -> bool {
        self.fuel == 0
    }

    /// The simplified term, canonically numbered.
    pub fn simplify(&mut self, term: &Term) -> Term {
        canonical(&self.run(term))
    }

    pub(super) fn run(&mut self, term: &Term) -> Term {
        if let Some(done) = self.memo.get(term) {
            return done.clone();
        }
        if deadline::is_over() {
            self.fuel = 0;
        }
        if self.fuel == 0 {
            return term.clone();
        }
        self.fuel -= 1;
        let result = match term.op() {
            Op::Number(_) | Op::Pi | Op::Infinity | Op::Var(_) => term.clone(),
            // Nothing is known of arrays before they are written out.
            _ if term.has_arrays() => term.clone(),
            Op::Array(_) | Op::Entry | Op::Independent(_) => term.clone(),
            Op::Add => {
                let args = self.run_all(term.args());
                self.sum(args)
            }
            Op::Mul => {
                let args = self.run_all(term.args());
                self.product(args)
            }
            Op::Pow => {
                let (base, exponent) = (self.run(&term.args()[0]), self.run(&term.args()[1]));
                self.power(base, exponent)
            }
            Op::Function(name) => {
                let args = self.run_all(term.args());
                self.function(name, args)
            }
            Op::StopGrad => self.stopped(&term.args()[0]),
            Op::Apply(..) | Op::Law(_) | Op::UnknownLaw(_) | Op::Density => {
                Term::new(term.op().clone(), self.run_all(term.args()))
            }
            Op::Expect(_) | Op::Integral(_) | Op::Sum(_) => self.linear(term),
            Op::Derivative(..) => self.derivative(term),
        };
        self.memo.insert(result.clone(), result.clone());
        self.memo.insert(term.clone(), result.clone());
        result
    }

    fn run_all(&mut self, terms: &[Term]) -> Vec<Term> {
        terms.iter().map(|t| self.run(t)).collect()
    }

    /// Nothing is lost when what is stopped has no derivative anyway.
    fn stopped(&mut self, body: &Term) -> Term {
        let body = self.run(body);
        let constant = body.free().is_empty() && !matches!(body.op(), Op::Law(_) | Op::UnknownLaw(_));
        if constant || *body.op() == Op::StopGrad { body } else { Term::new(Op::StopGrad, vec![body]) }
    }
}
