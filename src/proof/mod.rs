//! The trusted kernel: what a proof is, and whether it is one.
//!
//! Nothing here knows how proofs are found. A proof is a list of steps between whole terms; each step is either an
//! instance of a named rule at a named place, or arithmetic. The kernel checks every step alone:
//!
//! 1. *Arithmetic*: both terms are evaluated at random points, to many more digits than could agree by chance.
//!    Unknown functions are random oracles, derivatives are truncated power series, an expectation is a random linear
//!    functional. What holds for all of these holds by algebra, linearity, substitution and differentiation alone.
//! 2. *A rule*: its left side, with the recorded substitution, has to be the term at the place (up to arithmetic),
//!    its right side has to be what stands there afterwards, and each of its conditions has to hold.
//!
//! The kernel imports the term language and the rules, and nothing of the engine.

#[cfg(test)]
mod ablation;
mod arithmetic;
mod condition;
mod evaluate;
mod existence;
mod export;
mod interchange;
mod inward;
mod kernel;
mod need;
mod nesting;
mod number;
mod reading;
mod refusal;
mod series;
mod shared;
mod sides;
mod zeros;

pub use crate::term::Hypotheses;
pub(crate) use arithmetic::closed_value;
pub use arithmetic::{Fingerprint, Fingerprinter, equal, similar};
pub(crate) use export::{Around, Export, class, library};
pub use kernel::{Checked, Kernel, Rejection};
pub use need::Need;

use crate::rule::Substitution;
use crate::term::{Symbol, Term};

/// Why a step holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// Algebra, linearity, substitution, differentiation.
    Arithmetic,
    /// An equation that is supposed, left to right if `forward`.
    Hypothesis {
        /// Which of the equations.
        index: usize,
        /// From its left side to its right side.
        forward: bool,
    },
    /// An instance of a rule, left to right if `forward`.
    Rule {
        /// Which rule.
        name: Symbol,
        /// From its left side to its right side.
        forward: bool,
        /// What its letters stand for.
        substitution: Substitution,
    },
}

/// One step: the whole term before and after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Why it holds.
    pub reason: Reason,
    /// Where a rule was applied: argument indices from the top of `before`. Empty for arithmetic.
    pub place: Vec<usize>,
    /// The whole term before the step.
    pub before: Term,
    /// The whole term after it.
    pub after: Term,
}

/// A derivation of `left = right`.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// Where it starts.
    pub left: Term,
    /// Where it ends.
    pub right: Term,
    /// The steps, each from where the last one ended.
    pub steps: Vec<Step>,
}

/// The subterm at a place.
pub fn at<'t>(term: &'t Term, place: &[usize]) -> Option<&'t Term> {
    place.iter().try_fold(term, |t, index| t.args().get(*index))
}

/// The term with another subterm at a place; binders around it stay as they are.
pub fn replaced(term: &Term, place: &[usize], part: &Term) -> Option<Term> {
    let Some((first, rest)) = place.split_first() else { return Some(part.clone()) };
    let inner = replaced(term.args().get(*first)?, rest, part)?;
    let mut args = term.args().to_vec();
    args[*first] = inner;
    Some(Term::new(term.op().clone(), args))
}
