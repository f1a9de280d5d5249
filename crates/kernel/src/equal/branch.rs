//! Where an evaluation branches: signs of roots that are not known, and the pieces of functions that have them.

use super::Run;
use super::value::Value;
use crate::context::{Claim, Refusal};
use crate::library::{Function, Pattern};
use crate::sign::Signs;
use crate::term::Term;
use num_rational::BigRational;
use num_traits::Zero;

/// A choice among so many.
#[derive(Clone, Copy)]
pub(super) struct Choice {
    pub(super) chosen: u8,
    pub(super) among: u8,
}

/// The choices that come after these, in the order in which they are made; none after the last.
pub(super) fn next(mut choices: Vec<Choice>) -> Option<Vec<Choice>> {
    while choices.last().is_some_and(|last| last.chosen + 1 == last.among) {
        choices.pop();
    }
    choices.last_mut()?.chosen += 1;
    Some(choices)
}

impl Run<'_, '_> {
    pub(super) fn choice(&mut self, index: usize, among: u8) -> u8 {
        if index >= self.choices.len() {
            self.choices.push(Choice { chosen: 0, among });
        }
        let choice = &mut self.choices[index];
        choice.among = choice.among.max(among);
        choice.chosen
    }

    /// The value of a function with pieces: each piece has to agree, and, of one that jumps, the value at 0 where the
    /// argument may be 0.
    pub(super) fn piece(
        &mut self,
        pieces: [Term; 2],
        known: &Function,
        args: &[Term],
    ) -> Result<Option<Value>, Refusal> {
        let signed = self.signed(args[0]);
        let value = self.value(signed)?;
        let zero = self.field.small(0);
        let minus = self.field.neg(value.at);
        let (key, turned) = if minus < value.at { (minus, true) } else { (value.at, false) };
        let signs = self.signs(args[0]);
        let chosen = if value.at == zero {
            2
        } else if signs == Signs::POSITIVE {
            0
        } else if signs == Signs::NEGATIVE {
            1
        } else {
            // Where both pieces have the value at 0, that is no case of its own.
            let apart = self.joins_at_zero(pieces, known) || self.context.proves(&Claim::NonZero(args[0]));
            let among = if apart { 2 } else { 3 };
            let next = self.radicands.len() + self.branches.len();
            let index = *self.branches.entry(key).or_insert(next);
            match (self.choice(index, among), turned) {
                (0, true) => 1,
                (1, true) => 0,
                (same, _) => same,
            }
        };
        if chosen < 2 {
            let piece = self.context.table.instantiate(pieces[chosen as usize], args);
            return self.value(piece).map(Some);
        }
        let nought = Pattern::Number(BigRational::zero());
        let at_zero = known.values.iter().find(|value| value.patterns == [nought.clone()]);
        at_zero.map(|at_zero| self.value(at_zero.result)).transpose()
    }

    /// True if both pieces have the function's value at 0.
    pub(super) fn joins_at_zero(&mut self, pieces: [Term; 2], known: &Function) -> bool {
        let (zero, nought) = (self.context.table.int(0), [Pattern::Number(BigRational::zero())]);
        let Some(there) = known.values.iter().find(|value| value.patterns == nought) else { return false };
        let there = self.context.number(there.result);
        let mut at_zero = |piece| {
            let piece = self.context.table.instantiate(piece, &[zero]);
            self.context.number(piece)
        };
        there.is_some() && pieces.into_iter().all(|piece| at_zero(piece) == there)
    }

    pub(super) fn root(&mut self, value: &Value) -> Option<Value> {
        let zero = self.field.small(0);
        if let Some(root) = self.known_roots.get(&value.at) {
            return Some(self.drawn(*root));
        }
        if value.at == zero {
            return Some(self.constant(zero));
        }
        let mut root = self.field.root(value.at)?;
        let next = self.radicands.len() + self.branches.len();
        let index = *self.radicands.entry(value.at).or_insert(next);
        if self.choice(index, 2) == 1 {
            root = self.field.neg(root);
        }
        Some(Value { at: root, above: self.degrees(value), below: value.below.clone() })
    }
}
