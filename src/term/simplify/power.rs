//! Powers: exact powers of numbers, and the laws of exponents where signs allow them.

use super::Simplifier;
use super::sum::may_vanish;
use crate::term::{Op, Term, is_positive};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// Powers of numbers with more bits than this stay unevaluated.
const BITS: u64 = 1 << 14;

impl Simplifier<'_> {
    /// A simplified base to a simplified exponent.
    pub(in crate::term) fn power(&mut self, base: Term, exponent: Term) -> Term {
        if exponent.is_one() {
            return base;
        }
        if exponent.is_zero() && !may_vanish(&base) {
            return Term::one();
        }
        if base.is_one() {
            return base;
        }
        if let Some(number) = base.as_number() {
            if number.is_zero() {
                let positive = exponent.as_number().is_some_and(Signed::is_positive);
                return if positive { base } else { Term::pow(base, exponent) };
            }
            if let Some(e) = exponent.as_number()
                && let Some(result) = self.number_power(number, e)
            {
                return result;
            }
        }
        let integer = exponent.as_number().is_some_and(BigRational::is_integer);
        if integer && matches!(base.op(), Op::Function(_)) {
            let mut powers = vec![(base.clone(), vec![exponent.clone()])];
            let joined = self.join_pieces(&mut powers);
            if !joined.is_empty() {
                return self.product(joined);
            }
        }
        match base.op() {
            Op::Pow => {
                let (inner, first) = (&base.args()[0], &base.args()[1]);
                if integer || is_positive(inner) {
                    let exponent = self.product(vec![first.clone(), exponent]);
                    return self.power(inner.clone(), exponent);
                }
            }
            Op::Function(name) if &**name == "exp" => {
                let exponent = self.product(vec![base.args()[0].clone(), exponent]);
                return self.function("exp", vec![exponent]);
            }
            Op::Mul => {
                let (out, kept): (Vec<Term>, Vec<Term>) =
                    base.args().iter().cloned().partition(|f| integer || is_positive(f));
                if kept.is_empty() || !out.is_empty() {
                    let mut factors: Vec<Term> = out.into_iter().map(|f| self.power(f, exponent.clone())).collect();
                    if !kept.is_empty() {
                        let kept = self.product(kept);
                        factors.push(Term::pow(kept, exponent));
                    }
                    return self.product(factors);
                }
            }
            _ => {}
        }
        Term::pow(base, exponent)
    }

    /// A rational power of a rational number, if it can be taken: `4^(1/2) = 2`, `8^(1/2) = 2·2^(1/2)`.
    fn number_power(&mut self, base: &BigRational, exponent: &BigRational) -> Option<Term> {
        if exponent.is_integer() {
            let n = exponent.to_integer().to_i64()?;
            let bits = base.numer().bits().max(base.denom().bits());
            if bits.saturating_mul(n.unsigned_abs()) > BITS {
                return None;
            }
            let power = num_traits::pow(base.clone(), n.unsigned_abs() as usize);
            return Some(Term::number(if n < 0 { power.recip() } else { power }));
        }
        if base.is_negative() {
            return None;
        }
        // Prime by prime: p^(whole part) goes to the coefficient, p^(fraction) stays.
        let mut exponents: Vec<(BigInt, BigRational)> = Vec::new();
        for (sign, value) in [(1, base.numer()), (-1, base.denom())] {
            for (prime, count) in factorise(value)? {
                exponents.push((prime, exponent * BigRational::from_integer((sign * count).into())));
            }
        }
        let mut coefficient = BigRational::one();
        let mut roots = Vec::new();
        for (prime, e) in exponents {
            let whole = e.floor().to_integer().to_i32().filter(|w| w.unsigned_abs() < 2000)?;
            coefficient *= BigRational::from_integer(prime.clone()).pow(whole);
            let fraction = e.clone() - e.floor();
            if !fraction.is_zero() {
                roots.push(Term::pow(Term::number(BigRational::from_integer(prime)), Term::number(fraction)));
            }
        }
        if let [root] = roots.as_slice()
            && coefficient.is_one()
        {
            return Some(root.clone());
        }
        roots.sort();
        if !coefficient.is_one() || roots.is_empty() {
            roots.insert(0, Term::number(coefficient));
        }
        Some(if roots.len() == 1 { roots.remove(0) } else { Term::mul(roots) })
    }
}

/// The prime factors of a positive number with their counts, by trial division; none if a large factor remains.
fn factorise(value: &BigInt) -> Option<Vec<(BigInt, i64)>> {
    let mut rest = value.to_u64()?;
    let mut factors = Vec::new();
    let mut prime = 2u64;
    while rest > 1 {
        if prime * prime > rest {
            prime = rest;
        }
        if prime > 100_000 && prime != rest {
            return None;
        }
        let mut count = 0;
        while rest.is_multiple_of(prime) {
            rest /= prime;
            count += 1;
        }
        if count > 0 {
            factors.push((prime.into(), count));
        }
        prime += 1;
    }
    Some(factors)
}
