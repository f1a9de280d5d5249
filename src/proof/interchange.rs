//! Derivatives of means as means of derivatives, where nothing has to be assumed for that.

use super::condition;
use super::existence::{Existence, Orders};
use crate::rule::Condition;
use crate::term::{Hypotheses, Op, Simplifier, Term, Var, canonical, substitute};
use stein_kernel::growth::Verdict;

/// Derivatives stand in one another so deep.
const DEEPEST: u32 = 3;

impl Existence<'_> {
    /// The term with each derivative of a mean taken inside it, where the integrand is known to be absolutely continuous and
    /// the mean of its derivative to exist.
    pub(super) fn interchanged(&self, term: &Term, hypotheses: &Hypotheses, orders: &Orders) -> Term {
        self.inside(term, hypotheses, orders, DEEPEST)
    }

    fn inside(&self, term: &Term, hypotheses: &Hypotheses, orders: &Orders, depth: u32) -> Term {
        if depth == 0 || !term.any(&is_of_mean) {
            return term.clone();
        }
        let args = term.args().iter().map(|arg| self.inside(arg, hypotheses, orders, depth)).collect();
        let term = Term::rebuilt(term.op(), args);
        match (term.op(), term.args()) {
            (Op::Derivative(var, 1), [mean, point]) if is_of_mean(&term) => {
                let taken = self.taken(mean, var, hypotheses, orders, depth);
                taken.map_or_else(|| term.clone(), |taken| canonical(&substitute(&taken, var, point)))
            }
            _ => term,
        }
    }

    /// The mean of the derivative in the variable.
    fn taken(&self, mean: &Term, var: &Var, hypotheses: &Hypotheses, orders: &Orders, depth: u32) -> Option<Term> {
        let (Op::Expect(sample), [law, body]) = (mean.op(), mean.args()) else { return None };
        if law.depends_on(var) {
            return None;
        }
        let derivative = Term::derivative(var, 1, body.clone());
        let condition = Condition::AbsolutelyContinuous(Term::expect(sample, law.clone(), derivative.clone()));
        let needs = condition::needs(self.definitions(), hypotheses, &condition, self, orders).ok()?;
        let derived = Simplifier::new(self.definitions()).simplify(&derivative);
        let derived = self.inside(&derived, hypotheses, orders, depth - 1);
        if !needs.is_empty() || derived.any(&|t| matches!(t.op(), Op::Derivative(..))) {
            return None;
        }
        let taken = Term::expect(sample, law.clone(), derived);
        (self.verdict(&taken, hypotheses, orders) == Verdict::Holds).then_some(taken)
    }
}

/// A first derivative of a mean.
fn is_of_mean(term: &Term) -> bool {
    matches!(term.op(), Op::Derivative(_, 1)) && matches!(term.args()[0].op(), Op::Expect(_))
}
