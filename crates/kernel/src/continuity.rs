//! Continuity of a term in a variable, by the structure of the term.

use crate::context::{Claim, Context, Refusal, Scope};
use crate::library::Class;
use crate::sign::Signs;
use crate::term::{Op, Term};
use num_traits::{One, Zero};
use std::collections::HashSet;

impl Context<'_> {
    /// Continuity in bound variable `k`, which stands below a [`Scope::Across`], by the structure of the term: what
    /// passes is locally Lipschitz, but for roots and powers.
    pub(crate) fn meet_continuous(
        &mut self,
        term: Term,
        k: u32,
        absolute: bool,
        seen: &mut HashSet<Term>,
    ) -> Result<(), Refusal> {
        if !self.table.holds(term, k) || !seen.insert(term) {
            return Ok(());
        }
        let args = self.table.args(term).to_vec();
        let refused = |this: &Self| Err(Refusal::Premise(this.need(Claim::Continuous(term, absolute))));
        match self.table.op(term).clone() {
            Op::Bound(_) => return Ok(()),
            Op::Add => {}
            Op::Mul => {
                let closed = self.with_closed_jumps(&self.flat_factors(term));
                return closed.into_iter().try_for_each(|arg| self.meet_continuous(arg, k, absolute, seen));
            }
            Op::Inv => self.meet(Claim::NonZero(args[0]))?,
            Op::Pow => match self.table.as_rat(args[1]).cloned() {
                Some(c) if c >= One::one() || c.is_zero() => {}
                Some(c) if c.is_integer() => self.meet(Claim::NonZero(args[0]))?,
                _ => self.meet(Claim::Positive(args[0]))?,
            },
            Op::Fun(name) if ["exp", "sin", "cos"].contains(&&*name) => {}
            Op::Fun(name) if &*name == "ln" => self.meet(Claim::Positive(args[0]))?,
            Op::Fun(name) => {
                let Some(function) = self.library.functions.get(&name) else { return refused(self) };
                if let Some(body) = function.definition {
                    let unfolded = self.table.instantiate(body, &args);
                    return self.meet_continuous(unfolded, k, absolute, seen);
                }
                if function.class < Class::Lipschitz {
                    return refused(self);
                }
                if function.of_positive {
                    for arg in &args {
                        self.meet(Claim::Positive(*arg))?;
                    }
                }
            }
            Op::App(name, orders) => {
                let granted = match self.class_of(&name) {
                    Class::Smooth => true,
                    Class::Lipschitz => orders.iter().all(|order| *order == 0),
                    _ => false,
                };
                if !granted {
                    return refused(self);
                }
            }
            Op::Dens => {
                return match (self.log_density(args[0], args[1]), self.table.op(args[0]).clone()) {
                    (Some(formula), _) => self.meet_continuous(formula, k, absolute, seen),
                    (None, Op::AnyLaw(name)) => self.meet(Claim::Regular(name)),
                    _ => refused(self),
                };
            }
            Op::D(order) if self.meet_formulas(term, order, k, absolute) => return Ok(()),
            Op::Mean | Op::Int | Op::Sum | Op::D(_) => {
                let derivative = self.opaque_derivative(term, k);
                return self.meet(Claim::Exists(derivative));
            }
            _ => return refused(self),
        }
        args.into_iter().try_for_each(|arg| self.meet_continuous(arg, k, absolute, seen))
    }

    /// Factors that have to be continuous for the product to be. A jump in u takes one value for u > 0 and one for u < 0;
    /// where the other factors are 0 with u, the product passes through 0 there, and it is u that has to be continuous.
    fn with_closed_jumps(&mut self, factors: &[Term]) -> Vec<Term> {
        let jumps: Vec<Option<Term>> = factors.iter().map(|factor| self.argument_of_jump(*factor)).collect();
        if jumps.iter().all(Option::is_none) {
            return factors.to_vec();
        }
        let others = factors.iter().zip(&jumps).filter(|(_, jump)| jump.is_none()).map(|(factor, _)| *factor).collect();
        let others = self.table.mul(others);
        let mut closed = vec![];
        for (factor, jump) in factors.iter().zip(jumps) {
            closed.push(match jump {
                Some(u) if self.vanishes_with(others, u) => u,
                _ => *factor,
            });
        }
        closed
    }

    /// The factors of a product of products.
    fn flat_factors(&self, term: Term) -> Vec<Term> {
        match self.table.op(term) {
            Op::Mul => self.table.args(term).iter().flat_map(|arg| self.flat_factors(*arg)).collect(),
            _ => vec![term],
        }
    }

    /// The argument of a function with two constant pieces.
    fn argument_of_jump(&self, term: Term) -> Option<Term> {
        let (Op::Fun(name), [u]) = (self.table.op(term), self.table.args(term)) else { return None };
        let pieces = self.library.functions.get(name)?.pieces?;
        pieces.into_iter().all(|piece| !self.table.holds(piece, 0)).then_some(*u)
    }

    /// True if the term is 0 wherever u is.
    fn vanishes_with(&mut self, term: Term, u: Term) -> bool {
        let (zero, there) = (self.table.int(0), self.where_zero(term, u));
        match self.equal(there, zero) {
            Ok(error) => {
                self.error += error.exp2();
                true
            }
            Err(_) => false,
        }
    }

    /// The term with 0 for u, as far as u stands outside of binders.
    fn where_zero(&mut self, term: Term, u: Term) -> Term {
        if term == u || self.is_multiple(term, u) {
            return self.table.int(0);
        }
        match self.table.op(term) {
            Op::Mean | Op::Int | Op::Sum | Op::D(_) | Op::Dens => term,
            _ => {
                let args = self.table.args(term).to_vec();
                let args = args.into_iter().map(|arg| self.where_zero(arg, u)).collect();
                self.table.with_args(term, args)
            }
        }
    }

    /// A literal times the other sum, in whatever order they are written.
    fn is_multiple(&mut self, a: Term, b: Term) -> bool {
        let sums = [a, b].into_iter().all(|term| matches!(self.table.op(term), Op::Add));
        sums && self.multiple(a, b).is_some_and(|(_, rest)| rest == Signs::ZERO)
    }

    /// Whether a derivative is continuous because its formula is, and those of the lower orders. A formula holds at almost
    /// every point near for almost every sample, by Fubini's theorem, since kinks are met with probability 0 at each; and
    /// an absolutely continuous function whose derivative is almost everywhere a continuous function has it everywhere.
    fn meet_formulas(&mut self, term: Term, order: u32, k: u32, absolute: bool) -> bool {
        let [body, point] = self.table.args(term)[..] else { return false };
        if *self.table.op(point) != Op::Bound(k) || self.table.holds(body, k + 1) {
            return false;
        }
        let kept = (self.needs.clone(), self.proved, self.error);
        let scopes = self.scopes.clone();
        if let Some(index) = scopes.len().checked_sub(1 + k as usize)
            && let Scope::Across(near) = scopes[index]
        {
            self.scopes[index] = Scope::Near(near);
        }
        self.scopes.push(Scope::Near(point));
        let mut formulas = vec![body];
        for lower in 0..order as usize {
            match self.derivative(formulas[lower], 0) {
                Ok(formula) if !self.holds_binder(formula) => formulas.push(formula),
                _ => break,
            }
        }
        self.scopes = scopes;
        let all = formulas.len() == order as usize + 1 && !self.holds_binder(body);
        let continuous = all
            && formulas.into_iter().all(|formula| {
                let here = self.table.instantiate(formula, &[point]);
                self.meet_continuous(here, k, absolute, &mut HashSet::new()).is_ok()
            });
        if !continuous {
            (self.needs, self.proved, self.error) = kept;
        }
        continuous
    }

    fn holds_binder(&self, term: Term) -> bool {
        let mut found = false;
        self.table.visit(term, &mut |_, _, op| found |= matches!(op, Op::Mean | Op::Int | Op::Sum | Op::D(_)));
        found
    }
}
