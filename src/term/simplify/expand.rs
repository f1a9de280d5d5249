//! Multiplying out, within bounds.

use super::Simplifier;
use super::sum::Collected;
use crate::term::{Op, Term};
use num_rational::BigRational;
use num_traits::One;

/// Sums with more terms than this are not multiplied out.
const TERMS: usize = 128;

impl Simplifier<'_> {
    /// The term with its products of sums multiplied out; none if that would be too long.
    pub fn expand(&mut self, term: &Term) -> Option<Term> {
        let mut collected = Collected::default();
        for monomial in self.monomials(term)? {
            collected.add(&monomial, &BigRational::one());
        }
        Some(collected.into_term())
    }

    /// The term with the arguments of its functions multiplied out, so that what cancels inside them does.
    pub fn expand_arguments(&mut self, term: &Term) -> Term {
        let args: Vec<Term> = term.args().iter().map(|arg| self.expand_arguments(arg)).collect();
        let is_function = matches!(term.op(), Op::Apply(..) | Op::Function(_));
        let args = if is_function { args.iter().map(|arg| self.expand(arg).unwrap_or_else(|| arg.clone())).collect() } else { args };
        self.simplify(&Term::new(term.op().clone(), args))
    }

    /// The monomials of which a term is the sum; like ones are not collected.
    pub fn monomials(&mut self, term: &Term) -> Option<Vec<Term>> {
        match term.op() {
            Op::Add => {
                let mut all = Vec::new();
                for arg in term.args() {
                    all.extend(self.monomials(arg)?);
                    if all.len() > TERMS {
                        return None;
                    }
                }
                Some(all)
            }
            Op::Mul => {
                let mut product = vec![Term::one()];
                for factor in term.args() {
                    let monomials = self.monomials(factor)?;
                    product = self.multiply(&product, &monomials)?;
                }
                Some(product)
            }
            Op::Pow if *term.args()[0].op() == Op::Add => match term.args()[1].as_integer() {
                Some(n @ 2..=16) => {
                    let base = self.monomials(&term.args()[0])?;
                    let mut product = base.clone();
                    for _ in 1..n {
                        product = self.multiply(&product, &base)?;
                        product = self.collect(product);
                    }
                    Some(product)
                }
                _ => Some(vec![term.clone()]),
            },
            _ => Some(vec![term.clone()]),
        }
    }

    fn multiply(&mut self, left: &[Term], right: &[Term]) -> Option<Vec<Term>> {
        if left.len() * right.len() > TERMS {
            return None;
        }
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
