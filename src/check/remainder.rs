//! What the two sides of an equality do not share: a gap is measured against that, and not against the sides.
//!
//! Both sides are written as sums, through products, expectations and derivatives, since all of these are linear. Equal
//! summands cancel with exact coefficients. This serves the numbers alone; no proof rests on it.

use crate::term::{Domain, Op, Term, Var};
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// The summands of two sides.
#[derive(Clone, Debug, Default)]
pub struct Remainder {
    /// On both sides.
    pub shared: Vec<Term>,
    /// Left only, and right only.
    pub sides: [Vec<Term>; 2],
}

/// Sides with more summands are compared as they stand.
const MOST: usize = 48;
/// Coefficients inside one expectation that differ by such a factor are looked at apart: the larger would hide the smaller.
const DISPARATE: f64 = 1e6;

/// A coefficient and its factors; a number has none.
type Summand = (BigRational, Vec<Term>);

/// The summands that only one of the sides has, and those that both have.
pub fn remainder(left: &Term, right: &Term) -> Remainder {
    let (Some(left_sum), Some(right_sum)) = (summands(left), summands(right)) else {
        return Remainder { shared: vec![], sides: [vec![left.clone()], vec![right.clone()]] };
    };
    let mut result = Remainder::default();
    let mut right_sum = right_sum;
    for (coefficient, factors) in left_sum {
        let Some(other) = right_sum.iter_mut().find(|(_, others)| *others == factors) else {
            result.sides[0].push(product(coefficient, &factors));
            continue;
        };
        // The smaller coefficient is shared.
        let rest = &coefficient - &other.0;
        let common = std::mem::replace(&mut other.0, BigRational::zero());
        if coefficient.is_positive() == common.is_positive() && coefficient.abs() < common.abs() {
            result.shared.push(product(coefficient, &factors));
            other.0 = -rest;
        } else {
            result.shared.push(product(common, &factors));
            if !rest.is_zero() {
                result.sides[0].push(product(rest, &factors));
            }
        }
    }
    let left_over = right_sum.into_iter().filter(|(coefficient, _)| !coefficient.is_zero());
    result.sides[1] = left_over.map(|(coefficient, factors)| product(coefficient, &factors)).collect();
    result
}

fn product(coefficient: BigRational, factors: &[Term]) -> Term {
    let mut all = factors.to_vec();
    if !coefficient.is_one() || all.is_empty() {
        all.insert(0, Term::number(coefficient));
    }
    if all.len() == 1 { all.swap_remove(0) } else { Term::mul(all) }
}

/// The summands of a term, like ones put together; none if there are too many.
fn summands(term: &Term) -> Option<Vec<Summand>> {
    let mut splitter = Splitter::default();
    let mut found = Vec::new();
    splitter.split(term, &mut found)?;
    let mut collected: Vec<Summand> = Vec::new();
    for (coefficient, mut factors) in found {
        factors.sort();
        match collected.iter_mut().find(|(_, known)| *known == factors) {
            Some((sum, _)) => *sum += coefficient,
            None => collected.push((coefficient, factors)),
        }
    }
    collected.retain(|(coefficient, _)| !coefficient.is_zero());
    Some(collected)
}

#[derive(Default)]
struct Splitter {
    /// Numbers the variables of opened binders.
    opened: u32,
}

impl Splitter {
    fn split(&mut self, term: &Term, found: &mut Vec<Summand>) -> Option<()> {
        if found.len() > MOST {
            return None;
        }
        match term.op() {
            Op::Number(n) => found.push((n.clone(), vec![])),
            Op::Add => term.args().iter().try_for_each(|arg| self.split(arg, found))?,
            Op::Mul => {
                let mut products: Vec<Summand> = vec![(BigRational::one(), vec![])];
                for arg in term.args() {
                    let mut parts = Vec::new();
                    self.split(arg, &mut parts)?;
                    if products.len() * parts.len() > MOST {
                        return None;
                    }
                    let times = |(a, xs): &Summand| {
                        let join = |(b, ys): &Summand| (a * b, xs.iter().chain(ys).cloned().collect());
                        parts.iter().map(join).collect::<Vec<Summand>>()
                    };
                    products = products.iter().flat_map(times).collect();
                }
                found.extend(products);
            }
            Op::Expect(var) | Op::Derivative(var, _) => self.binder(term, var, found)?,
            _ => found.push((BigRational::one(), vec![term.clone()])),
        }
        Some(())
    }

    /// E[c + g] = c + E[g], and the derivative of c is 0.
    fn binder(&mut self, term: &Term, var: &Var, found: &mut Vec<Summand>) -> Option<()> {
        self.opened += 1;
        let fresh =
            Var { identity: Var::free(&format!("opened·{}", self.opened), Domain::Real).identity, ..var.clone() };
        let index = term.op().body_index();
        let mut parts = Vec::new();
        let whole = || (BigRational::one(), vec![term.clone()]);
        if self.split(&term.open(&Term::var(fresh.clone())), &mut parts).is_none() {
            found.push(whole());
            return Some(());
        }
        let varies = |(_, factors): &Summand| factors.iter().any(|factor| factor.depends_on(&fresh));
        let (varying, fixed): (Vec<Summand>, Vec<Summand>) = parts.into_iter().partition(varies);
        let sizes = || varying.iter().filter_map(|(c, _)| c.abs().to_f64());
        let (least, largest) = (sizes().fold(f64::INFINITY, f64::min), sizes().fold(0.0, f64::max));
        let disparate = largest > DISPARATE * least;
        if (fixed.is_empty() && !disparate) || varying.is_empty() {
            found.push(whole());
            return Some(());
        }
        let bound = |body: Term| {
            let mut args = term.args().to_vec();
            args[index] = body;
            Term::bind(term.op().with_bound(fresh.clone()), args)
        };
        if disparate {
            found.extend(
                varying.into_iter().map(|(c, factors)| (c, vec![bound(product(BigRational::one(), &factors))])),
            );
        } else {
            let body: Vec<Term> = varying.into_iter().map(|(c, factors)| product(c, &factors)).collect();
            let body = if body.len() == 1 { body[0].clone() } else { Term::add(body) };
            found.push((BigRational::one(), vec![bound(body)]));
        }
        if let Op::Expect(_) = term.op() {
            found.extend(fixed);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(body: impl Fn(Term) -> Term) -> Term {
        let x = Var::free("x", Domain::Real);
        let law = Term::new(Op::Law("N".into()), vec![Term::zero(), Term::one()]);
        Term::expect(&x, law, body(Term::var(x.clone())))
    }

    #[test]
    fn what_both_sides_have_cancels() {
        let million = || Term::integer(10_000_000);
        let left = mean(|x| Term::add(vec![million(), x.exp()]));
        let Remainder { shared, sides } = remainder(&left, &million());
        assert_eq!(shared, vec![million()]);
        assert_eq!(sides, [vec![mean(Term::exp)], vec![]]);
    }

    #[test]
    fn coefficients_are_compared_exactly() {
        let a = Term::var(Var::free("a", Domain::Real));
        let left = Term::mul(vec![Term::integer(3), a.clone()]);
        let Remainder { shared, sides } = remainder(&left, &a);
        assert_eq!(shared, vec![a.clone()]);
        assert_eq!(sides, [vec![Term::mul(vec![Term::integer(2), a])], vec![]]);
    }

    #[test]
    fn a_large_part_of_a_mean_does_not_hide_a_small_one() {
        let tiny = || Term::ratio(1, 1_000_000_000_000);
        let left = mean(|x| Term::add(vec![x.clone(), Term::mul(vec![tiny(), x.exp()])]));
        let right = mean(|x| x);
        let Remainder { sides, .. } = remainder(&left, &right);
        assert_eq!(sides, [vec![Term::mul(vec![tiny(), mean(Term::exp)])], vec![]]);
    }
}
