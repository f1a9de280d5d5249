//! Sums over an index that meets the same matrix twice: `Σ_k A_ik (A^{-1})_kj` is 1 where i is j, and 0 elsewhere.

use super::expand::Summand;
use crate::term::{CHOLESKY, DELTA, Domain, INVERSE, Op, Symbol, Term, Var, substitute, substitute_many};
use num_rational::BigRational;
use num_traits::{One, Zero};
use std::collections::BTreeSet;

/// The factors of a product, and of the products among them.
pub fn factors(term: &Term) -> Vec<Term> {
    match term.op() {
        Op::Mul => term.args().iter().flat_map(factors).collect(),
        _ => vec![term.clone()],
    }
}

/// Summands that differ by a number only, as one; those that cancel are left out. Names of indices do not matter.
pub fn collected(summands: Vec<Summand>) -> Vec<Summand> {
    let mut found: Vec<(BigRational, Summand)> = Vec::new();
    for summand in summands {
        let (number, summand) = summand.ordered();
        match found.iter_mut().find(|(_, known)| *known == summand) {
            Some((total, _)) => *total += number,
            None => found.push((number, summand)),
        }
    }
    let kept = found.into_iter().filter(|(number, _)| !number.is_zero());
    kept.map(|(number, summand)| match number.is_one() {
        true => summand,
        false => Summand { term: Term::mul([vec![Term::number(number)], factors(&summand.term)].concat()), ..summand },
    })
    .collect()
}

/// Is a factor a number, or an entry of a matrix or of the identity?
pub fn is_constant(factor: &Term) -> bool {
    matches!(factor.op(), Op::Number(_)) || factor.is_function(DELTA) || entry(factor).is_some()
}

/// Is a factor an entry of a matrix, or of the identity?
pub fn is_of_matrix(factor: &Term) -> bool {
    factor.is_function(DELTA) || entry(factor).is_some()
}

/// A matrix and the two indices of its entry.
pub fn entry(factor: &Term) -> Option<(&Term, [&Term; 2])> {
    if *factor.op() != Op::Entry || *factor.args()[0].op() != Op::Entry {
        return None;
    }
    let row = &factor.args()[0];
    let matrix = &row.args()[0];
    let known = matrix.as_var().is_some() || matrix.is_function(INVERSE) || matrix.is_function(CHOLESKY);
    known.then(|| (&row.args()[0], [&row.args()[1], &factor.args()[1]]))
}

impl Summand {
    /// The summand without sums over an index that only picks one entry, or that is between a matrix and its inverse.
    pub fn contracted(mut self, definite: &BTreeSet<Symbol>) -> Summand {
        loop {
            let factors = factors(&self.term);
            let Some((put, left)) = self.once(&factors, definite) else { return self };
            let kept = factors.into_iter().enumerate().filter(|(at, _)| !left.contains(at)).map(|(_, factor)| factor);
            let term = Term::mul(kept.chain(put.factor).collect());
            self.term = match &put.index {
                Some((index, value)) => substitute(&term, index, value),
                None => term,
            };
            if let Some(lost) = put.lost {
                self.indices.retain(|(index, _)| *index != lost);
            }
        }
    }

    /// The number before the summand, and the rest with indices and factors in an order that depends on nothing else.
    fn ordered(self) -> (BigRational, Summand) {
        let mut number = BigRational::one();
        let mut others = Vec::new();
        for factor in factors(&self.term) {
            match factor.op() {
                Op::Number(value) => number *= value,
                _ => others.push(factor),
            }
        }
        let mut names: Vec<(Var, Term)> = Vec::new();
        Term::mul(others.clone()).visit(&mut |term| {
            if let Some(var) = term.as_var()
                && self.sums_over(var)
                && !names.iter().any(|(known, _)| known == var)
            {
                names.push((var.clone(), Term::var(Var::free(&format!("summed·{}", names.len()), Domain::Counting))));
            }
        });
        let renamed =
            |var: &Var| names.iter().find(|(known, _)| known == var).and_then(|(_, new)| new.as_var().cloned());
        let mut indices: Vec<(Var, Term)> = self
            .indices
            .iter()
            .map(|(var, size)| (renamed(var).unwrap_or_else(|| var.clone()), size.clone()))
            .collect();
        indices.sort();
        let mut others: Vec<Term> = others.iter().map(|factor| substitute_many(factor, &names)).collect();
        others.sort();
        (number, Summand { indices, term: Term::mul(others) })
    }

    fn once(&self, factors: &[Term], definite: &BTreeSet<Symbol>) -> Option<(Put, Vec<usize>)> {
        for (at, factor) in factors.iter().enumerate() {
            if !factor.is_function(DELTA) {
                continue;
            }
            let [i, j] = [&factor.args()[0], &factor.args()[1]];
            if i == j {
                return Some((Put::default(), vec![at]));
            }
            for (index, value) in [(i, j), (j, i)] {
                if let Some(index) = index.as_var().filter(|index| self.sums_over(index)) {
                    let put =
                        Put { index: Some((index.clone(), value.clone())), lost: Some(index.clone()), factor: None };
                    return Some((put, vec![at]));
                }
            }
        }
        for (at, factor) in factors.iter().enumerate() {
            let Some((inverse, of_inverse)) = entry(factor).filter(|(matrix, _)| matrix.is_function(INVERSE)) else {
                continue;
            };
            let matrix = &inverse.args()[0];
            let symmetric = matrix.as_var().and_then(Var::name).is_some_and(|name| definite.contains(name));
            for (other, factor) in factors.iter().enumerate() {
                let Some((_, of_matrix)) = entry(factor).filter(|(known, _)| *known == matrix) else { continue };
                for (p, q) in [(1, 0), (0, 1), (0, 0), (1, 1)] {
                    let met = of_inverse[p].as_var().filter(|index| self.sums_over(index));
                    let Some(index) = met.filter(|_| of_inverse[p] == of_matrix[q] && (p != q || symmetric)) else {
                        continue;
                    };
                    let ends = [of_inverse[1 - p], of_matrix[1 - q]].map(Term::clone);
                    let others = factors.iter().enumerate().filter(|(place, _)| *place != at && *place != other);
                    let alone = others.map(|(_, factor)| factor).chain(&ends).all(|term| !term.depends_on(index));
                    if alone {
                        let factor = Some(Term::function(DELTA, ends.to_vec()));
                        return Some((Put { index: None, lost: Some(index.clone()), factor }, vec![at, other]));
                    }
                }
            }
        }
        None
    }

    /// Is a term an index that is summed?
    pub fn sums(&self, index: &Term) -> bool {
        index.as_var().is_some_and(|index| self.sums_over(index))
    }

    /// The summand with other indices in the place of letters.
    pub fn put(&self, same: &[(Var, Term)]) -> Summand {
        Summand { indices: self.indices.clone(), term: substitute_many(&self.term, same) }
    }

    fn sums_over(&self, index: &Var) -> bool {
        self.indices.iter().any(|(known, _)| known == index)
    }
}

/// What comes of one step: a value for an index, an index that is no more, and a factor instead of those that go.
#[derive(Default)]
struct Put {
    index: Option<(Var, Term)>,
    lost: Option<Var>,
    factor: Option<Term>,
}
