//! Sums: flattened, like terms collected, in a fixed order.

use super::Simplifier;
use crate::term::{Op, Term, is_positive};
use num_rational::BigRational;
use num_traits::{One, Zero};
use rustc_hash::FxHashMap;

impl Simplifier<'_> {
    /// The sum of simplified terms.
    pub(in crate::term) fn sum(&mut self, args: Vec<Term>) -> Term {
        let mut collected = Collected::default();
        for arg in &args {
            collected.add(arg, &BigRational::one());
        }
        let plain = collected.into_term();
        if let Some(joined) = self.with_parts_joined(&plain) {
            return joined;
        }
        if plain.summands().iter().all(|t| !has_sum_factor(t)) {
            return plain;
        }
        // Multiplied out it may collapse; keep what is shorter, but not at the price of a sign that is known.
        let keeps_sign = |expanded: &Term| !is_positive(&plain) || is_positive(expanded);
        match self.expand_on_trial(&plain) {
            Some(expanded) if expanded.size() < plain.size() && keeps_sign(&expanded) => expanded,
            _ => plain,
        }
    }
}

/// True for a product in which a sum could be multiplied out.
fn has_sum_factor(term: &Term) -> bool {
    let expandable = |t: &Term| match t.op() {
        Op::Add => true,
        Op::Pow => matches!(t.args()[0].op(), Op::Add) && t.args()[1].as_integer().is_some_and(|n| n > 1),
        _ => false,
    };
    term.factors().iter().any(expandable)
}

/// A linear combination of distinct terms with rational coefficients.
#[derive(Default)]
pub(super) struct Collected {
    constant: BigRational,
    coefficients: FxHashMap<Term, BigRational>,
}

impl Collected {
    pub(super) fn add(&mut self, term: &Term, scale: &BigRational) {
        if let Some(number) = term.as_number() {
            self.constant += number * scale;
            return;
        }
        if *term.op() == Op::Add {
            term.args().iter().for_each(|arg| self.add(arg, scale));
            return;
        }
        let (coefficient, rest) = split_coefficient(term);
        let scale = coefficient * scale;
        if *rest.op() == Op::Add {
            self.add(&rest, &scale);
        } else {
            *self.coefficients.entry(rest).or_default() += scale;
        }
    }

    pub(super) fn into_term(self) -> Term {
        let kept = self.coefficients.into_iter().filter(|(term, c)| !c.is_zero() || is_fragile(term));
        let mut terms: Vec<_> = kept.collect();
        terms.sort_by(|(a, ca), (b, cb)| a.cmp(b).then_with(|| ca.cmp(cb)));
        let mut args: Vec<Term> = terms.into_iter().map(|(term, c)| with_coefficient(c, term)).collect();
        if !self.constant.is_zero() {
            args.push(Term::number(self.constant));
        }
        match args.len() {
            0 => Term::zero(),
            1 => args.remove(0),
            _ => Term::add(args),
        }
    }
}

/// A term whose value may not exist: `0 · 1/E[…]` is not 0 where the expectation is.
pub(super) fn is_fragile(term: &Term) -> bool {
    term.any(&|t| {
        *t.op() == Op::Pow
            && t.args()[1].as_number().is_none_or(|n| *n < BigRational::zero())
            && may_vanish(&t.args()[0])
    })
}

/// True for a base that is not known to differ from 0 by the reading rules: 0 itself, or what holds an operator.
pub(super) fn may_vanish(base: &Term) -> bool {
    base.is_zero() || (base.has_operator() && !crate::term::is_nonzero(base))
}

/// A term as a rational coefficient times the rest.
pub(super) fn split_coefficient(term: &Term) -> (BigRational, Term) {
    match term.factors() {
        [first, rest @ ..] if *term.op() == Op::Mul && first.as_number().is_some() => {
            let coefficient = first.as_number().cloned().unwrap_or_else(BigRational::one);
            let rest = if let [only] = rest { only.clone() } else { Term::mul(rest.to_vec()) };
            (coefficient, rest)
        }
        _ => (BigRational::one(), term.clone()),
    }
}

/// A rational coefficient times a simplified term that carries none.
pub(super) fn with_coefficient(coefficient: BigRational, term: Term) -> Term {
    if coefficient.is_one() {
        return term;
    }
    let mut factors = vec![Term::number(coefficient)];
    factors.extend(term.factors().iter().cloned());
    Term::mul(factors)
}
