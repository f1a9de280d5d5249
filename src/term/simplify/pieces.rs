//! Functions with pieces: what a product of them is whose arguments are the same, and what cancels in a sum.

use super::Simplifier;
use crate::term::{FunctionDefinition, Op, Term, Var};

/// What a product of `step`, `sign`, `abs`, `relu` and the like is: `sign u^degree` above 0, and likewise below; 0 at 0.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Pieces {
    above: i8,
    below: i8,
    degree: u32,
}

impl Pieces {
    /// Those of a function whose pieces are 0, ±1 or ±u.
    fn of(function: &FunctionDefinition) -> Option<Pieces> {
        let [u] = function.parameters.as_slice() else { return None };
        let (above, below) = (piece(function.above.as_ref()?, u)?, piece(function.below.as_ref()?, u)?);
        let at_zero = function.values.iter().any(|(left, right)| left.args()[0].is_zero() && right.is_zero());
        let degree = above.1.max(below.1);
        let alike = [above, below].into_iter().all(|(sign, own)| sign == 0 || own == degree);
        (at_zero && alike).then_some(Pieces { above: above.0, below: below.0, degree })
    }

    fn times(self, other: Pieces) -> Pieces {
        Pieces { above: self.above * other.above, below: self.below * other.below, degree: self.degree + other.degree }
    }
}

/// The sign and the degree of 0, ±1 or ±u.
fn piece(term: &Term, u: &Var) -> Option<(i8, u32)> {
    if let Some(number) = term.as_integer() {
        return i8::try_from(number).ok().filter(|sign| sign.abs() <= 1).map(|sign| (sign, 0));
    }
    match term.factors() {
        [factor] => (factor.as_var() == Some(u)).then_some((1, 1)),
        [minus, factor] if minus.as_integer() == Some(-1) => piece(factor, u).map(|(sign, degree)| (-sign, degree)),
        _ => None,
    }
}

impl Simplifier<'_> {
    /// Factors with pieces of one argument as one: `step(u) relu(u)` is `relu(u)`, and `|u|^2` is `u^2`. Answers with the
    /// factors that have changed, if any.
    pub(super) fn join_pieces(&mut self, powers: &mut Vec<(Term, Vec<Term>)>) -> Vec<Term> {
        let mut joined = Vec::new();
        let mut index = 0;
        while index < powers.len() {
            let Some((argument, first)) = self.pieces(&powers[index]) else {
                index += 1;
                continue;
            };
            let mut product = first;
            let mut own = vec![powers[index].clone()];
            let mut other = index + 1;
            while other < powers.len() {
                match self.pieces(&powers[other]) {
                    Some((same, more)) if same == argument => {
                        product = product.times(more);
                        own.push(powers.remove(other));
                    }
                    _ => other += 1,
                }
            }
            let written = written(&argument, product);
            let is_written = |factors: &Vec<Term>| match own.as_slice() {
                [(base, exponents)] => total(exponents).is_some_and(|n| *factors == [power(base, n)]),
                _ => false,
            };
            if written.as_ref().is_none_or(is_written) {
                powers.splice(index..=index, own.iter().cloned());
                index += own.len();
            } else {
                powers.remove(index);
                joined.extend(written.unwrap_or_default().iter().map(|factor| self.run(factor)));
            }
        }
        joined
    }

    fn pieces(&self, (base, exponents): &(Term, Vec<Term>)) -> Option<(Term, Pieces)> {
        let Op::Function(name) = base.op() else { return None };
        let pieces = Pieces::of(self.definitions.functions.get(name)?)?;
        let total = total(exponents)?;
        let all = (1..total).fold(pieces, |product, _| product.times(pieces));
        Some((base.args()[0].clone(), all))
    }

    /// A sum in which `c relu(u) - c relu(-u)` is `c u`, and `c step(u) + c step(-u)` is `c sign(u)^2`; none if there is
    /// nothing of the kind.
    pub(super) fn with_parts_joined(&mut self, sum: &Term) -> Option<Term> {
        let part = |summand: &Term| {
            let index = summand.factors().iter().position(|f| f.is_function("relu") || f.is_function("step"))?;
            let mut rest = summand.factors().to_vec();
            Some((rest.remove(index), Term::mul(rest)))
        };
        let parts: Vec<Option<(Term, Term)>> = sum.summands().iter().map(part).collect();
        if parts.iter().flatten().count() < 2 {
            return None;
        }
        for (i, own) in parts.iter().enumerate() {
            let Some((function, c)) = own else { continue };
            let u = &function.args()[0];
            let minus = Term::add(u.summands().iter().map(|t| t.clone().opposite()).collect());
            let minus = self.run(&minus);
            for (j, other) in parts.iter().enumerate().skip(i + 1) {
                let Some((reflected, d)) = other else { continue };
                if reflected.op() != function.op() || reflected.args()[0] != minus {
                    continue;
                }
                let is_zero = |this: &mut Self, a: Term| this.run(&Term::add(vec![c.clone(), a])).is_zero();
                let whole = if function.is_function("relu") && is_zero(self, d.clone()) {
                    u.clone()
                } else if function.is_function("step") && is_zero(self, d.clone().opposite()) {
                    Term::pow(Term::function("sign", vec![u.clone()]), Term::integer(2))
                } else {
                    continue;
                };
                let kept = sum.summands().iter().enumerate().filter(|(k, _)| *k != i && *k != j);
                let mut left: Vec<Term> = kept.map(|(_, summand)| summand.clone()).collect();
                left.push(self.run(&Term::mul(vec![c.clone(), whole])));
                return Some(self.sum(left));
            }
        }
        None
    }
}

/// The sum of exponents that are whole numbers above 0.
fn total(exponents: &[Term]) -> Option<u32> {
    let whole = |e: &Term| e.as_integer().filter(|n| *n > 0).and_then(|n| u32::try_from(n).ok());
    let numbers = exponents.iter().map(whole).collect::<Option<Vec<u32>>>()?;
    numbers.into_iter().try_fold(0, u32::checked_add).filter(|total| (1..=1_000).contains(total))
}

fn power(base: &Term, exponent: u32) -> Term {
    if exponent == 1 { base.clone() } else { Term::pow(base.clone(), Term::integer(exponent.into())) }
}

/// The factors that have such pieces; none if they have no shorter form than the product itself.
fn written(u: &Term, pieces: Pieces) -> Option<Vec<Term>> {
    let of = |name: &str| Term::function(name, vec![u.clone()]);
    let to = |base: Term, exponent: u32| power(&base, exponent);
    Some(match (pieces.above, pieces.below, pieces.degree) {
        (1, 0, 0) => vec![of("step")],
        (1, 0, n) => vec![to(of("relu"), n)],
        (1, -1, 0) => vec![of("sign")],
        (1, -1, n) if n % 2 == 1 => vec![to(of("abs"), n)],
        (1, -1, n) => vec![u.clone(), to(of("abs"), n - 1)],
        (1, 1, n) if n > 0 => vec![to(u.clone(), n)],
        _ => return None,
    })
}
