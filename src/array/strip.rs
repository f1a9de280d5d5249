//! A link between sums with matrices, as links between what stands before their entries: `Σ_k L_ik X_k = Σ_k L_ik Y_k` holds if
//! X_k = Y_k for every k. Where a matrix is any matrix, that is no more than what is claimed.

use super::contract;
use super::expand::Summand;
use super::{INVERSE, Names};
use crate::term::{CHOLESKY, DELTA, Op, Symbol, Term, Var, substitute_many};
use std::collections::BTreeSet;

/// The sides of a link between numbers, and the indices with a size that have become letters of it.
pub struct Group {
    pub sides: [Vec<Summand>; 2],
    pub letters: Vec<(Term, Term)>,
}

/// More ways to exchange entries of one matrix than this are not looked at.
const MOST_ORDERS: usize = 24;

/// The links that are enough; none where no sum is over an index of a matrix.
pub fn stripped(sides: &[Vec<Summand>; 2], definite: &BTreeSet<Symbol>, names: &mut Names) -> Option<Vec<Group>> {
    let over_matrix = |summand: &Summand| {
        let entries = contract::factors(&summand.term);
        let entries = entries.iter().filter_map(contract::entry);
        entries.flat_map(|(_, indices)| indices).any(|index| summand.sums(index))
    };
    if !sides.iter().flatten().any(over_matrix) {
        return None;
    }
    let mut groups: Vec<(Vec<Pattern>, Vec<Var>, Group)> = Vec::new();
    for (side, summands) in sides.iter().enumerate() {
        for summand in summands {
            let split = Split::of(summand, definite)?;
            let place = match groups.iter().position(|(key, ..)| *key == split.key) {
                Some(place) => place,
                None => {
                    let letters: Vec<(Var, Term)> =
                        split.slots.iter().map(|(_, size)| (letter(names), size.clone())).collect();
                    let group = Group {
                        sides: [Vec::new(), Vec::new()],
                        letters: letters.iter().map(|(var, size)| (Term::var(var.clone()), size.clone())).collect(),
                    };
                    groups.push((split.key.clone(), letters.into_iter().map(|(var, _)| var).collect(), group));
                    groups.len() - 1
                }
            };
            let (_, letters, group) = &mut groups[place];
            group.sides[side].push(split.summand(letters));
        }
    }
    Some(groups.into_iter().map(|(.., group)| group.joined()).collect())
}

fn letter(names: &mut Names) -> Var {
    // The name of an index is a letter.
    names.index().as_var().cloned().unwrap_or_else(|| Var::free("i", crate::term::Domain::Counting))
}

/// An entry of a matrix: that, and its indices, of which those that are summed have no name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Pattern {
    array: Term,
    indices: Vec<Option<Term>>,
    sizes: Vec<Option<Term>>,
}

/// A summand as constant entries and the rest.
struct Split<'a> {
    summand: &'a Summand,
    key: Vec<Pattern>,
    /// The summed index of each place without a name, in the order of the key.
    slots: Vec<(Var, Term)>,
    rest: Vec<Term>,
}

/// A summed index, with its size.
type Slot = (Var, Term);

impl<'a> Split<'a> {
    fn of(summand: &'a Summand, definite: &BTreeSet<Symbol>) -> Option<Split<'a>> {
        let mut constant: Vec<(Pattern, Vec<Vec<Slot>>)> = Vec::new();
        let mut rest = Vec::new();
        for factor in contract::factors(&summand.term) {
            let Some((array, mut path)) = constant_entry(&factor) else {
                rest.push(factor);
                continue;
            };
            let slot = |index: &Term| summand.indices.iter().find(|(var, _)| index.as_var() == Some(var)).cloned();
            let matrix = if array.is_function(INVERSE) { &array.args()[0] } else { &array };
            let symmetric = matrix.as_var().and_then(Var::name).is_some_and(|name| definite.contains(name));
            if symmetric {
                // What has a name comes first.
                path.sort_by_key(|index| slot(index).is_some());
            }
            let found: Vec<Option<Slot>> = path.iter().map(slot).collect();
            let indices = path.iter().zip(&found).map(|(index, slot)| slot.is_none().then(|| index.clone())).collect();
            let sizes = found.iter().map(|slot| slot.as_ref().map(|(_, size)| size.clone())).collect();
            let slots: Vec<Slot> = found.into_iter().flatten().collect();
            let mut ways = vec![slots.clone()];
            if symmetric && slots.len() == 2 {
                ways.push(slots.into_iter().rev().collect());
            }
            constant.push((Pattern { array, indices, sizes }, ways));
        }
        constant.sort();
        // Entries with one pattern can be exchanged: of all orders that in which indices come back first.
        let mut orders: Vec<Vec<Slot>> = vec![vec![]];
        for run in constant.chunk_by(|a, b| a.0 == b.0) {
            let mut next = Vec::new();
            for order in permutations(run.len())? {
                let mut ways: Vec<Vec<Slot>> = vec![vec![]];
                for at in order {
                    let longer = |before: &Vec<Slot>| {
                        run[at].1.iter().map(|way| [before.as_slice(), way].concat()).collect::<Vec<_>>()
                    };
                    ways = ways.iter().flat_map(longer).collect();
                }
                next.extend(ways);
            }
            orders = orders.iter().flat_map(|a| next.iter().map(move |b| [a.as_slice(), b].concat())).collect();
            if orders.len() > MOST_ORDERS {
                return None;
            }
        }
        let slots = orders.into_iter().min_by_key(|order| returns(order)).unwrap_or_default();
        Some(Split { summand, key: constant.into_iter().map(|(key, _)| key).collect(), slots, rest })
    }

    /// What stands before the entries, at these letters for their indices.
    fn summand(&self, letters: &[Var]) -> Summand {
        let mut put: Vec<(Var, Term)> = Vec::new();
        let mut term = Vec::new();
        for ((index, _), letter) in self.slots.iter().zip(letters) {
            let letter = Term::var(letter.clone());
            match put.iter().find(|(known, _)| known == index) {
                // One index at two places.
                Some((_, other)) => term.push(Term::function(DELTA, vec![other.clone(), letter])),
                None => put.push((index.clone(), letter)),
            }
        }
        term.extend(self.rest.iter().map(|factor| substitute_many(factor, &put)));
        let indices = self.summand.indices.iter().filter(|(index, _)| !put.iter().any(|(known, _)| known == index));
        Summand { indices: indices.cloned().collect(), term: Term::mul(term) }
    }
}

/// For each slot, the first one with the same index.
fn returns(order: &[Slot]) -> Vec<usize> {
    order.iter().map(|(index, _)| order.iter().position(|(other, _)| other == index).unwrap_or_default()).collect()
}

impl Group {
    /// Two letters that are the same in all summands, as one.
    fn joined(mut self) -> Group {
        loop {
            let mut all = self.sides.iter().flatten().map(|summand| contract::factors(&summand.term));
            let first = all.next().unwrap_or_default();
            let rest: Vec<Vec<Term>> = all.collect();
            let common = first.iter().find(|factor| {
                let same = factor.is_function(DELTA) && rest.iter().all(|factors| factors.contains(factor));
                same && factor.args().iter().all(|index| self.letters.iter().any(|(letter, _)| letter == index))
            });
            let Some(common) = common.cloned() else { return self };
            let Some(gone) = common.args()[1].as_var().cloned() else { return self };
            let kept = common.args()[0].clone();
            for summand in self.sides.iter_mut().flatten() {
                let factors = contract::factors(&summand.term).into_iter().filter(|factor| *factor != common);
                summand.term = substitute_many(&Term::mul(factors.collect()), &[(gone.clone(), kept.clone())]);
            }
            self.letters.retain(|(letter, _)| letter.as_var() != Some(&gone));
        }
    }
}

/// An entry of a matrix that is a letter, of its inverse or its root: the matrix and the indices.
fn constant_entry(factor: &Term) -> Option<(Term, Vec<Term>)> {
    let mut path = Vec::new();
    let mut array = factor;
    while *array.op() == Op::Entry {
        path.insert(0, array.args()[1].clone());
        array = &array.args()[0];
    }
    let known = array.as_var().is_some() || array.is_function(INVERSE) || array.is_function(CHOLESKY);
    (known && path.len() > 1).then(|| (array.clone(), path))
}

/// None where there are too many.
fn permutations(count: usize) -> Option<Vec<Vec<usize>>> {
    let mut found = vec![vec![]];
    for next in 0..count {
        let longer = |order: &Vec<usize>| {
            let place = |at| {
                let mut order = order.clone();
                order.insert(at, next);
                order
            };
            (0..=order.len()).map(place).collect::<Vec<_>>()
        };
        found = found.iter().flat_map(longer).collect();
        if found.len() > MOST_ORDERS {
            return None;
        }
    }
    Some(found)
}
