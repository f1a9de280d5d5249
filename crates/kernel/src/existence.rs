//! Whether means, integrals, sums and derivatives of means exist: by the judge of convergence, or as a need.

use crate::context::{Claim, Context, Refusal, Scope};
use crate::growth::Verdict;
use crate::library::Support;
use crate::term::{Op, Term};
use std::collections::BTreeSet;

/// A mean is differentiated inside so often at most: the integrands grow with each derivative.
const MOST_ORDERS: u32 = 3;

impl Context<'_> {
    pub(crate) fn mean_of(&mut self, laws: &[Term], body: Term) -> Term {
        self.table.term(Op::Mean, [laws, &[body]].concat())
    }

    /// What the judge says of a mean, integral or sum; none if it does not know.
    pub(crate) fn judged(&mut self, term: Term, claim: &Claim) -> Option<Result<(), Refusal>> {
        match (self.judge)(self, term) {
            Verdict::Holds => {
                self.proved += 1;
                Some(Ok(()))
            }
            Verdict::Fails => Some(Err(Refusal::False(self.need(claim.clone())))),
            Verdict::Regular => {
                let mut names = BTreeSet::new();
                self.table.visit(term, &mut |_, _, op| {
                    if let Op::AnyLaw(name) = op {
                        names.insert(name.clone());
                    }
                });
                Some(names.into_iter().try_for_each(|name| self.meet(Claim::Regular(name))))
            }
            Verdict::Unknown => None,
        }
    }

    /// Whether body times density tends to 0 at the ends of the support. If the derivative of the product is integrable,
    /// as the rule's own means say, it has limits at the ends; they are 0 if the product is integrable against
    /// 1/(1 + |x|) at an infinite end and against 1/|x - a| at a finite one, since another limit makes these diverge.
    /// `false`: it may be assumed, which is left to infinite ends and to unspecified laws that have a density.
    pub(crate) fn vanishes(&mut self, laws: &[Term], body: Term) -> Result<bool, Refusal> {
        let refusal = |this: &Self| Refusal::Premise(this.need(Claim::Vanishes(laws.to_vec(), body)));
        let Some((law, _)) = laws.split_last() else { return Err(refusal(self)) };
        if let Op::AnyLaw(name) = self.table.op(*law)
            && self.statement.laws.get(name) == Some(&true)
        {
            return Ok(false);
        }
        let Some(Support::Interval(lo, hi)) = self.support(*law) else { return Err(refusal(self)) };
        let infinite = |this: &Self, end| matches!(this.table.op(end), Op::Inf(_));
        let x = self.table.bound(0);
        let mut weights = vec![];
        for (end, sign) in [(lo, 1), (hi, -1)] {
            if !infinite(self, end) {
                let (end, sign) = (self.table.lift(end, 1, 0), self.table.int(sign));
                let distance = self.table.sub(x, end);
                weights.push(self.table.mul(vec![sign, distance]));
            }
        }
        let line = weights.is_empty();
        if line {
            let (one, size) = (self.table.int(1), self.table.fun("abs", vec![x]));
            weights.push(self.table.add(vec![one, size]));
        }
        let weight = self.table.mul(weights);
        let weight = self.table.inv(weight);
        let product = self.table.mul(vec![body, weight]);
        let mean = self.mean_of(laws, product);
        match (self.judge)(self, mean) {
            Verdict::Holds => return Ok(true),
            Verdict::Fails => return Err(Refusal::False(self.need(Claim::Vanishes(laws.to_vec(), body)))),
            Verdict::Unknown | Verdict::Regular => {}
        }
        // What is explicit is decided, not assumed; and so is what happens at a finite end.
        let mut unknown = false;
        self.table.visit(mean, &mut |_, _, op| unknown |= matches!(op, Op::App(..) | Op::AnyLaw(_)));
        let decays_at_finite_ends = line || {
            let (two, minus) = (self.table.int(2), self.table.int(-1));
            let square = self.table.pow(x, two);
            let exponent = self.table.mul(vec![minus, square]);
            let damping = self.table.fun("exp", vec![exponent]);
            let damped = self.table.mul(vec![product, damping]);
            let mean = self.mean_of(laws, damped);
            (self.judge)(self, mean) == Verdict::Holds
        };
        if unknown && decays_at_finite_ends { Ok(false) } else { Err(refusal(self)) }
    }

    /// Every mean, sum, integral and derivative in the term exists.
    pub(crate) fn meet_existence(&mut self, term: Term) -> Result<(), Refusal> {
        let args = self.table.args(term).to_vec();
        match self.table.op(term).clone() {
            Op::Mean => {
                let (body, laws) = args.split_last().ok_or(Refusal::Unsupported(term))?;
                for (i, law) in laws.iter().enumerate() {
                    self.below(term, i, |this| this.meet_domain(*law))?;
                }
                self.meet(Claim::Integrable(laws.to_vec(), *body))?;
            }
            Op::D(order) => {
                // That the derivative exists says that its body does, near the point.
                self.meet_derivative(term, order)?;
                return self.meet_existence(args[1]);
            }
            Op::Int | Op::Sum => match self.judged(term, &Claim::Exists(term)) {
                Some(result) => result?,
                None => self.assume_existence(term),
            },
            _ => {}
        }
        for (i, arg) in args.into_iter().enumerate() {
            self.below(term, i, |this| this.meet_existence(arg))?;
        }
        Ok(())
    }

    /// A derivative exists where it can be taken, or where its body is a mean that may be differentiated inside. Else it is
    /// a need, if it holds a mean or an unspecified law.
    fn meet_derivative(&mut self, term: Term, order: u32) -> Result<(), Refusal> {
        let (needs, proved) = (self.needs.clone(), self.proved);
        let body = self.table.args(term)[0];
        let result = match self.table.op(body).clone() {
            Op::Mean => self.meet_derivative_of_mean(term, order),
            // The inner one first.
            Op::D(_) => match self.below(term, 0, |this| this.differentiated(body)) {
                Ok(inner) if inner != body => {
                    let args = [&[inner], &self.table.args(term)[1..]].concat();
                    let outer = self.table.with_args(term, args);
                    self.differentiated(outer).map(|_| ())
                }
                other => other.and(Err(Refusal::Unsupported(term))),
            },
            Op::Int | Op::Sum => Err(Refusal::Unsupported(term)),
            Op::Dens => match self.table.op(self.table.args(body)[0]).clone() {
                Op::AnyLaw(name) => self.meet(Claim::Regular(name)),
                _ => self.differentiated(term).map(|_| ()),
            },
            _ => self.differentiated(term).map(|_| ()),
        };
        match result {
            Err(refusal) if self.is_elementary(body) => Err(refusal),
            // That a mean is not differentiated inside does not say that it has no derivative.
            Err(refusal @ Refusal::False(_)) if !matches!(self.table.op(body), Op::Mean) => Err(refusal),
            Err(_) => {
                (self.needs, self.proved) = (needs, proved);
                self.assume_existence(term);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// A mean has a derivative if the integrand times the density is absolutely continuous in the variable for almost
    /// every sample, and the derivative of this product is integrable locally uniformly.
    fn meet_derivative_of_mean(&mut self, term: Term, order: u32) -> Result<(), Refusal> {
        let [mean, point] = self.table.args(term)[..] else { return Err(Refusal::Unsupported(term)) };
        if order > MOST_ORDERS {
            return Err(Refusal::TooLarge);
        }
        let args = self.table.args(mean).to_vec();
        let (body, laws) = args.split_last().ok_or(Refusal::Unsupported(term))?;
        let depth = self.scopes.len();
        self.scopes.push(Scope::Near(point));
        let result = self.meet_derivatives_inside(laws, *body, order, term);
        self.scopes.truncate(depth);
        result
    }

    fn meet_derivatives_inside(&mut self, laws: &[Term], body: Term, order: u32, term: Term) -> Result<(), Refusal> {
        let outside = self.scopes.len();
        let variable = laws.len() as u32;
        let mut score = vec![];
        for (i, law) in laws.iter().enumerate() {
            if self.table.holds(*law, i as u32) {
                // The support is compared where the law stands first.
                if (0..i as u32).any(|k| self.table.holds(*law, k)) {
                    return Err(Refusal::Unsupported(term));
                }
                let zeros = vec![self.table.int(0); i];
                let first = self.table.instantiate(*law, &zeros);
                self.meet(Claim::FixedSupport(first))?;
            }
        }
        self.scopes.extend(laws.iter().map(|law| Scope::Sample(*law)));
        for (i, law) in laws.iter().enumerate() {
            if !self.table.holds(*law, i as u32) {
                continue;
            }
            let after = variable - i as u32;
            let (law, sample) = (self.table.lift(*law, after, 0), self.table.bound(after - 1));
            let log = match self.log_density(law, sample) {
                Some(formula) => formula,
                None => {
                    let density = self.table.term(Op::Dens, vec![law, sample]);
                    self.table.fun("ln", vec![density])
                }
            };
            self.meet_absolutely_continuous(log, variable)?;
            score.push(self.derivative(log, variable)?);
        }
        let score = self.table.add(score);
        let mut here = body;
        for _ in 0..order {
            self.meet_absolutely_continuous(here, variable)?;
            let inner = self.derivative(here, variable)?;
            let moved = self.table.mul(vec![here, score]);
            here = self.table.add(vec![inner, moved]);
            let scopes = self.scopes.split_off(outside);
            let mean = self.mean_of(laws, here);
            let result = self.judged(mean, &Claim::Integrable(laws.to_vec(), here));
            self.scopes.extend(scopes);
            result.unwrap_or(Err(Refusal::Unsupported(term)))?;
        }
        Ok(())
    }

    fn meet_absolutely_continuous(&mut self, term: Term, k: u32) -> Result<(), Refusal> {
        let node = self.opaque_derivative(term, k);
        let [body, point] = self.table.args(node)[..] else { return Err(Refusal::Unsupported(term)) };
        self.scopes.push(Scope::Across(point));
        let result = self.meet(Claim::Continuous(body, true));
        self.scopes.pop();
        result
    }

    fn assume_existence(&mut self, term: Term) {
        let need = self.need(Claim::Exists(term));
        if !self.needs.contains(&need) && !self.conventions.contains(&need) {
            self.needs.push(need);
        }
    }

    /// True if no mean, sum, integral, unknown function or unspecified law stands in the term.
    fn is_elementary(&self, term: Term) -> bool {
        let mut elementary = true;
        self.table.visit(term, &mut |_, _, op| {
            elementary &= !matches!(op, Op::Mean | Op::Int | Op::Sum | Op::AnyLaw(_) | Op::App(..));
        });
        elementary
    }
}
