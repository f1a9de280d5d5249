//! Multiplying out, within bounds.

use super::Simplifier;
use super::sum::Collected;
use crate::term::{Op, Term};
use num_rational::BigRational;
use num_traits::One;

/// Sums with more terms than this are not multiplied out.
const TERMS: usize = 128;
/// Nor with more than this where it is done only to see whether something cancels.
const TERMS_ON_TRIAL: usize = 24;

impl Simplifier<'_> {
    /// The term with its products of sums multiplied out; none if that would be too long.
    pub fn expand(&mut self, term: &Term) -> Option<Term> {
        self.expand_within(term, TERMS, false)
    }

    /// The shorter of two forms, where few terms result: with everything multiplied out, and with sums of plain terms
    /// such as `y - θ` kept as if they were letters.
    pub(super) fn expand_on_trial(&mut self, term: &Term) -> Option<Term> {
        let kept = self.expand_within(term, TERMS, true);
        let full = self.expand_within(term, TERMS_ON_TRIAL, false);
        kept.into_iter().chain(full).min_by_key(Term::size)
    }

    fn expand_within(&mut self, term: &Term, limit: usize, keep: bool) -> Option<Term> {
        let mut collected = Collected::default();
        for monomial in self.monomials_within(term, limit, keep)? {
            collected.add(&monomial, &BigRational::one());
        }
        Some(collected.into_term())
    }

    /// The term with the arguments of its functions multiplied out, so that what cancels inside them does.
    pub fn expand_arguments(&mut self, term: &Term) -> Term {
        let args: Vec<Term> = term.args().iter().map(|arg| self.expand_arguments(arg)).collect();
        let is_function = matches!(term.op(), Op::Apply(..) | Op::Function(_));
        let args = if is_function {
            args.iter().map(|arg| self.expand(arg).unwrap_or_else(|| arg.clone())).collect()
        } else {
            args
        };
        self.simplify(&Term::new(term.op().clone(), args))
    }

    /// The monomials of which a term is the sum; like ones are not collected.
    pub fn monomials(&mut self, term: &Term) -> Option<Vec<Term>> {
        self.monomials_within(term, TERMS, false)
    }

    fn monomials_within(&mut self, term: &Term, limit: usize, keep: bool) -> Option<Vec<Term>> {
        match term.op() {
            Op::Add => {
                let mut all = Vec::new();
                for arg in term.args() {
                    all.extend(self.monomials_within(arg, limit, keep)?);
                    if all.len() > limit {
                        return None;
                    }
                }
                Some(all)
            }
            Op::Mul => {
                let mut product = vec![Term::one()];
                for factor in term.args() {
                    let monomials = if keep && is_plain_sum(factor) {
                        vec![factor.clone()]
                    } else {
                        self.monomials_within(factor, limit, keep)?
                    };
                    product = self.multiply(&product, &monomials, limit)?;
                }
                Some(product)
            }
            Op::Pow if *term.args()[0].op() == Op::Add && !(keep && is_plain_sum(&term.args()[0])) => {
                match term.args()[1].as_integer() {
                    Some(n @ 2..=16) => {
                        let base = self.monomials_within(&term.args()[0], limit, keep)?;
                        let mut product = base.clone();
                        for _ in 1..n {
                            product = self.multiply(&product, &base, limit)?;
                            product = self.collect(product);
                        }
                        Some(product)
                    }
                    _ => Some(vec![term.clone()]),
                }
            }
            _ => Some(vec![term.clone()]),
        }
    }

    fn multiply(&mut self, left: &[Term], right: &[Term], limit: usize) -> Option<Vec<Term>> {
        let count = left.len() * right.len();
        if count > limit {
            return None;
        }
        self.fuel = self.fuel.checked_sub(count as u64)?;
        let mut product = Vec::with_capacity(left.len() * right.len());
        for a in left {
            for b in right {
                product.push(self.product(vec![a.clone(), b.clone()]));
            }
        }
        Some(product)
    }

    fn collect(&mut self, monomials: Vec<Term>) -> Vec<Term> {
        let mut collected = Collected::default();
        monomials.iter().for_each(|m| collected.add(m, &BigRational::one()));
        collected.into_term().summands().to_vec()
    }
}

/// A sum of terms without sums in them.
fn is_plain_sum(term: &Term) -> bool {
    let has_sum = |t: &Term| *t.op() == Op::Add || (*t.op() == Op::Pow && *t.args()[0].op() == Op::Add);
    *term.op() == Op::Add && !term.args().iter().any(|t| t.factors().iter().any(has_sum))
}
