//! Products: flattened, powers of one base collected, in a fixed order.

use super::Simplifier;
use super::sum::{is_fragile, may_vanish, with_coefficient};
use crate::term::{Op, Term, is_positive};
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

impl Simplifier<'_> {
    /// The product of simplified terms.
    pub(in crate::term) fn product(&mut self, args: Vec<Term>) -> Term {
        let mut coefficient = BigRational::one();
        let mut powers: Vec<(Term, Vec<Term>)> = Vec::new();
        let mut exponents = Vec::new();
        for factor in args.iter().flat_map(|arg| arg.factors()) {
            if let Some(number) = factor.as_number() {
                coefficient *= number;
            } else if factor.is_function("exp") {
                exponents.push(factor.args()[0].clone());
            } else {
                let (base, exponent) = base_and_exponent(factor);
                match powers.iter_mut().find(|(b, es)| *b == base && may_combine(b, es, &exponent)) {
                    Some((_, es)) => es.push(exponent),
                    None => powers.push((base, vec![exponent])),
                }
            }
        }
        let joined = self.join_pieces(&mut powers);
        if !joined.is_empty() {
            // What they have become may combine with the other factors.
            let mut factors = joined;
            factors.push(Term::number(coefficient));
            factors.extend(exponents.into_iter().map(Term::exp));
            for (base, es) in powers {
                factors.extend(es.iter().map(|e| rebuild(&base, e)));
            }
            return self.product(factors);
        }
        let collected = powers.iter().any(|(_, es)| es.len() > 1) || exponents.len() > 1;
        let mut factors: Vec<Term> = Vec::new();
        for (base, es) in powers {
            if let [only] = es.as_slice() {
                factors.push(rebuild(&base, only));
            } else {
                let exponent = self.sum(es);
                factors.push(self.power(base, exponent));
            }
        }
        if !exponents.is_empty() {
            let exponent = self.sum(exponents);
            factors.push(self.function("exp", vec![exponent]));
        }
        if collected && factors.iter().any(|f| matches!(f.op(), Op::Mul | Op::Number(_)) || f.is_function("exp")) {
            // Collecting may have made numbers, products or exponentials that combine once more.
            let more = factors
                .iter()
                .flat_map(Term::factors)
                .filter(|f| f.as_number().is_some() || f.is_function("exp"))
                .count();
            if more > 1 || factors.iter().any(|f| matches!(f.op(), Op::Mul | Op::Number(_))) {
                factors.push(Term::number(coefficient));
                return self.product(factors);
            }
        }
        self.finish(coefficient, factors)
    }

    fn finish(&mut self, coefficient: BigRational, mut factors: Vec<Term>) -> Term {
        if coefficient.is_zero() && !factors.iter().any(is_fragile) {
            return Term::zero();
        }
        factors.sort();
        match factors.len() {
            0 => Term::number(coefficient),
            1 => with_coefficient(coefficient, factors.remove(0)),
            _ => with_coefficient(coefficient, Term::mul(factors)),
        }
    }
}

fn base_and_exponent(factor: &Term) -> (Term, Term) {
    match factor.op() {
        Op::Pow => (factor.args()[0].clone(), factor.args()[1].clone()),
        _ => (factor.clone(), Term::one()),
    }
}

fn rebuild(base: &Term, exponent: &Term) -> Term {
    if exponent.is_one() { base.clone() } else { Term::pow(base.clone(), exponent.clone()) }
}

/// Whether `base^a · base^b = base^(a+b)` loses nothing: cancelling needs a base that is not 0, and exponents that
/// are no numbers need a positive one.
fn may_combine(base: &Term, exponents: &[Term], exponent: &Term) -> bool {
    let sign = |e: &Term| e.as_number().map(|n| n.is_positive());
    let same = exponents.iter().all(|e| sign(e).is_some() && sign(e) == sign(exponent));
    match (same, sign(exponent)) {
        (true, Some(_)) => true,
        (_, Some(_)) if exponents.iter().all(|e| sign(e).is_some()) => !may_vanish(base),
        _ => is_positive(base),
    }
}
