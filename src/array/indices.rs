//! Indices with names, in the place of those of sums.

use super::expand::Summand;
use super::{Names, Result, unreduced};
use crate::term::{Hypotheses, Term, Var, substitute_many};
use std::collections::BTreeMap;

/// Indices with names, of arrays by their size. Those of one size differ from each other.
#[derive(Clone, Default)]
pub struct Indices {
    /// Those that the statement writes.
    fixed: BTreeMap<Term, Vec<Term>>,
    /// Those that stand for the index of a sum.
    chosen: BTreeMap<Term, Vec<Term>>,
}

/// Letters that are indices, with the indices that they are the same as.
pub type Same = Vec<(Var, Term)>;

/// More indices in one term than this are not followed.
const MOST_INDICES: usize = 4;
/// Letters that are indices can be the same in no more ways than this.
const MOST_CASES: usize = 15;

impl Indices {
    /// Notes an index that the statement writes.
    pub fn fix(&mut self, index: &Term, size: &Term) {
        let known = self.fixed.entry(size.clone()).or_default();
        if !known.contains(index) {
            known.push(index.clone());
        }
    }

    /// Leaves out indices that do not satisfy this.
    pub fn keep(&mut self, occurs: impl Fn(&Term) -> bool) {
        self.fixed.values_mut().for_each(|fixed| fixed.retain(&occurs));
    }

    /// The indices of arrays of a size.
    pub fn of(&self, size: &Term) -> Vec<Term> {
        let parts = [self.fixed.get(size), self.chosen.get(size)];
        parts.into_iter().flatten().flatten().cloned().collect()
    }

    /// Is an index of arrays of some size written in the statement?
    pub fn is_fixed(&self, index: &Term) -> bool {
        self.fixed.values().any(|fixed| fixed.contains(index))
    }

    /// All indices.
    pub fn all(&self) -> impl Iterator<Item = &Term> {
        self.fixed.values().chain(self.chosen.values()).flatten()
    }

    /// All ways in which the indices that the statement writes can be the same: what is put for letters, and the indices that
    /// are left, which differ.
    pub fn cases(&self, hypotheses: &Hypotheses) -> Result<Vec<(Same, Indices)>> {
        let differ = |a: &Term, b: &Term| {
            let either = [a.clone().minus(b.clone()), b.clone().minus(a.clone())];
            hypotheses.nonzero.iter().any(|known| either.contains(known))
        };
        let mut cases = vec![(Vec::new(), Indices::default())];
        for (size, fixed) in &self.fixed {
            let mut ways: Vec<(Same, Vec<Term>)> = vec![(Vec::new(), Vec::new())];
            // Numbers come first, so that a letter may be one of them.
            let numbers = fixed.iter().filter(|index| index.as_var().is_none());
            for index in numbers.chain(fixed.iter().filter(|index| index.as_var().is_some())) {
                let mut next = Vec::new();
                for (same, left) in ways {
                    if let Some(letter) = index.as_var() {
                        for other in left.iter().filter(|other| !differ(index, other)) {
                            let put = (letter.clone(), other.clone());
                            next.push(([same.as_slice(), &[put]].concat(), left.clone()));
                        }
                    }
                    next.insert(0, (same, [left.as_slice(), std::slice::from_ref(index)].concat()));
                }
                ways = next;
            }
            cases = cases
                .iter()
                .flat_map(|(before, indices): &(Vec<(Var, Term)>, Indices)| {
                    ways.iter().map(move |(same, left)| {
                        let mut indices = indices.clone();
                        left.iter().for_each(|index| indices.fix(index, size));
                        ([before.as_slice(), same].concat(), indices)
                    })
                })
                .collect();
            if cases.len() > MOST_CASES {
                return unreduced("too many letters are indices of arrays of one size");
            }
        }
        Ok(cases)
    }

    /// Letters that are indices, with numbers for them; none where a size has no room for them.
    pub fn letters_at_numbers(&self) -> Option<Vec<(Var, Term)>> {
        let mut found = Vec::new();
        for (size, indices) in &self.fixed {
            let room = size.as_integer()?;
            // Not the first one in all sizes: a claim about an index is one about each.
            let mut free = (1..=room).rev().filter(|n| !indices.contains(&Term::integer(*n)));
            if indices.iter().any(|index| index.as_integer().is_some_and(|n| n > room || n < 1)) {
                return None;
            }
            for letter in indices.iter().filter_map(Term::as_var) {
                found.push((letter.clone(), Term::integer(free.next()?)));
            }
        }
        Some(found)
    }

    /// A term under sums, at each way in which its indices can coincide with each other and with those that are written: how
    /// often that is, and the term there.
    pub fn coincidences(&mut self, summand: &Summand, names: &mut Names) -> Result<Vec<(Term, Term)>> {
        // A sum of what is free of its index is a multiple.
        let (indices, idle): (Vec<_>, Vec<_>) =
            summand.indices.iter().cloned().partition(|(index, _)| summand.term.depends_on(index));
        let sizes = idle.into_iter().map(|(_, size)| size);
        let summand = &Summand { indices, term: Term::mul(sizes.chain([summand.term.clone()]).collect()) };
        if summand.indices.len() > MOST_INDICES {
            return unreduced("more than four sums over arrays stand in one term");
        }
        let mut found = Vec::new();
        self.choose(summand, &mut Vec::new(), names, &mut found);
        Ok(found)
    }

    fn choose(
        &mut self,
        summand: &Summand,
        values: &mut Vec<(Term, bool)>,
        names: &mut Names,
        found: &mut Vec<(Term, Term)>,
    ) {
        let Some((_, size)) = summand.indices.get(values.len()) else {
            self.at(summand, values, found);
            return;
        };
        let fixed = self.fixed.get(size).cloned().unwrap_or_default();
        let sizes = summand.indices.iter().map(|(_, size)| size);
        let met = values.iter().zip(sizes).filter(|((_, new), other)| *new && *other == size);
        let met: Vec<Term> = met.map(|((index, _), _)| index.clone()).collect();
        for index in fixed.iter().chain(&met) {
            values.push((index.clone(), false));
            self.choose(summand, values, names, found);
            values.pop();
        }
        let chosen = self.chosen.entry(size.clone()).or_default();
        while chosen.len() <= met.len() {
            chosen.push(names.index());
        }
        values.push((chosen[met.len()].clone(), true));
        self.choose(summand, values, names, found);
        values.pop();
    }

    /// The term at a choice of its indices. Of indices that differ it is the mean over their orders, so that it does not
    /// matter in which order sums are written.
    fn at(&self, summand: &Summand, values: &[(Term, bool)], found: &mut Vec<(Term, Term)>) {
        let mut count = Vec::new();
        let mut new: BTreeMap<&Term, Vec<Term>> = BTreeMap::new();
        for ((_, size), (index, is_new)) in summand.indices.iter().zip(values) {
            if *is_new {
                let same = new.entry(size).or_default();
                let before = self.fixed.get(size).map_or(0, Vec::len) + same.len();
                count.push(match before {
                    0 => size.clone(),
                    _ => size.clone().minus(Term::integer(before as i64)),
                });
                same.push(index.clone());
            }
        }
        let mut orders: Vec<Vec<(Term, Term)>> = vec![vec![]];
        for indices in new.values() {
            let permuted = permutations(indices);
            orders = orders
                .iter()
                .flat_map(|order| {
                    permuted.iter().map(move |p| {
                        order.iter().cloned().chain(indices.iter().cloned().zip(p.iter().cloned())).collect()
                    })
                })
                .collect();
        }
        count.push(Term::ratio(1, orders.len() as i64));
        let count = Term::mul(count);
        for order in orders {
            let placed = |index: &Term| {
                order.iter().find(|(from, _)| from == index).map_or_else(|| index.clone(), |(_, to)| to.clone())
            };
            let pairs: Vec<(Var, Term)> =
                summand.indices.iter().zip(values).map(|((v, _), (index, _))| (v.clone(), placed(index))).collect();
            found.push((count.clone(), substitute_many(&summand.term, &pairs)));
        }
    }
}

fn permutations(items: &[Term]) -> Vec<Vec<Term>> {
    if items.len() < 2 {
        return vec![items.to_vec()];
    }
    let mut found = Vec::new();
    for first in 0..items.len() {
        let mut others = items.to_vec();
        let item = others.remove(first);
        for mut order in permutations(&others) {
            order.insert(0, item.clone());
            found.push(order);
        }
    }
    found
}
