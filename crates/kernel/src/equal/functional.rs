//! Means, integrals and sums as random finite functionals, and their ranks.

use super::value::{Value, largest};
use super::{MOST_EVALUATIONS, RANKS, Run, Slot};
use crate::context::Refusal;
use crate::field::oracle;
use crate::term::{Op, Term};
use std::collections::HashMap;

/// Heights of means by term; heights of the means in a term that hold one of so many variables from a first on.
pub(super) type Heights = HashMap<(Term, u32, u32), Option<usize>>;

impl Run<'_, '_> {
    pub(super) fn functional(&mut self, term: Term, args: &[Term]) -> Result<Value, Refusal> {
        let rank = match self.by_height {
            true => {
                let mut heights = std::mem::take(&mut self.known.heights);
                let height = self.height(term, &mut heights);
                self.known.heights = heights;
                height
            }
            false => self.used(term).map(|slot| slot.rank).max().unwrap_or(0),
        };
        self.known.ranked |= rank > 0;
        if rank >= RANKS {
            return Err(Refusal::TooLarge);
        }
        let level = self.used(term).map(|slot| slot.level).max().unwrap_or(0);
        let body = args.len() - 1;
        let scopes = self.context.binders_of(term, body);
        let mean = matches!(self.context.table.op(term), Op::Mean);
        // What the functional is keyed by: the laws at fresh values of the samples before them, or the ends.
        let mut keys = vec![];
        let mut entered = 0;
        for (i, end) in args[..body].iter().enumerate() {
            keys.push(self.key_of(*end)?);
            if mean {
                self.enter(scopes[i].clone(), |run| Slot {
                    value: run.variable(("fresh", level, i)),
                    rank: 0,
                    level: level + 1,
                });
                entered += 1;
            }
        }
        self.leave(entered);
        let op = std::mem::discriminant(self.context.table.op(term));
        // Fresh values of one level are told from outer ones by the level.
        let conditional = (1..body).any(|i| (0..i as u32).any(|k| mean && self.context.table.holds(args[i], k)));
        let key = oracle((self.seed, op, keys, rank, conditional.then_some(level)));
        let mut last = self.constant(self.field.small(1));
        let mut summands = vec![];
        for node in 0..self.nodes[rank] {
            self.evaluations += 1;
            if self.evaluations > MOST_EVALUATIONS {
                return Err(Refusal::TooLarge);
            }
            let mut weight = self.drawn(self.field.random((self.seed, "weight", key, node)));
            weight.above[rank + 1] = 1;
            if mean && node + 1 == self.nodes[rank] {
                weight = last.clone();
            } else {
                last = self.sum(&[last, self.negative(&weight)]);
            }
            for (i, scope) in scopes.iter().enumerate() {
                self.enter(scope.clone(), |run| Slot {
                    value: run.variable(("node", key, node, i)),
                    rank: rank + 1,
                    level: 0,
                });
            }
            let inner = self.value(args[body]);
            self.leave(scopes.len());
            summands.push(self.product(&weight, &inner?));
        }
        Ok(self.sum(&summands))
    }

    pub(super) fn key_of(&mut self, end: Term) -> Result<u64, Refusal> {
        let op = self.context.table.op(end).clone();
        let (tag, args) = match &op {
            Op::Law(_) | Op::AnyLaw(_) => (Some(op), self.context.table.args(end).to_vec()),
            Op::Inf(_) => (Some(op), vec![]),
            Op::End(_) => return Err(Refusal::Unsupported(end)),
            _ => (None, vec![end]),
        };
        let values = self.values(&args)?;
        for value in &values {
            self.arguments = largest(&self.arguments, &self.degrees(value));
        }
        Ok(oracle((tag, values.iter().map(|value| value.at).collect::<Vec<_>>())))
    }

    /// How many means stand inside of a mean, each depending on samples of the one before.
    pub(super) fn height(&self, term: Term, memo: &mut Heights) -> usize {
        let args = self.context.table.args(term);
        let inner = (args.iter().enumerate())
            .filter_map(|(i, arg)| self.dependent_height(*arg, 0, self.context.table.binders(term, i), memo))
            .max();
        inner.map_or(0, |height| height + 1)
    }

    /// The largest height of the means in the term that hold one of so many variables from `first` on.
    pub(super) fn dependent_height(&self, term: Term, first: u32, count: u32, memo: &mut Heights) -> Option<usize> {
        let table = &self.context.table;
        if !(first..first + count).any(|k| table.holds(term, k)) {
            return None;
        }
        if let Some(known) = memo.get(&(term, first, count)) {
            return *known;
        }
        let own = matches!(table.op(term), Op::Mean | Op::Int | Op::Sum).then(|| self.height(term, memo));
        let args = table.args(term).iter().enumerate();
        let inner =
            args.filter_map(|(i, arg)| self.dependent_height(*arg, first + table.binders(term, i), count, memo)).max();
        memo.insert((term, first, count), inner.max(own));
        inner.max(own)
    }
}
