//! The orders that times can have, and which of them lie in the ranges of a sum.

use super::expand::{Range, Summand, over_times, placed, signed};
use super::index::Index;
use super::model::Model;
use super::{Result, unsupported};
use crate::syntax::{Expr, Kind};

/// The first and the last time where a term speaks of them: s_0, s_T.
pub(super) const FIRST: &str = "first·";
pub(super) const LAST: &str = "last·";

/// What an order of times is told by: how many there are, and whether the first and the last are those of the trajectory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Order {
    pub points: usize,
    pub first: bool,
    pub last: bool,
}

/// The first and the last time, the same for all sums.
pub(super) struct Ends {
    pub low: Option<Index>,
    high: Option<Index>,
}

impl Ends {
    pub fn of<'a>(model: &Model, terms: impl Iterator<Item = &'a Summand>) -> Result<Ends> {
        let mut ends = Ends { low: None, high: None };
        for term in terms {
            let bound = |index: &Index| {
                index.letters().any(|(letter, _)| term.ranges.iter().any(|range| range.letter == letter))
            };
            for range in &term.ranges {
                let low = Some(&range.low).filter(|low| !bound(low));
                let high = Some(&range.high).filter(|high| !bound(high));
                if low.is_some_and(|low| *ends.low.get_or_insert(low.clone()) != *low)
                    || high.is_some_and(|high| *ends.high.get_or_insert(high.clone()) != *high)
                {
                    let help = "let all sums begin at the first step and end at the last";
                    return unsupported(term.span, "sums over different times", help);
                }
            }
        }
        let range = model.sequences.iter().find_map(|sequence| sequence.range.clone());
        ends.low = ends.low.or_else(|| Some(Index::number(model.first)));
        ends.high = ends.high.or_else(|| range.map(|(_, last)| last));
        Ok(ends)
    }

    /// The term with names for the first and the last time where its letters stand at these, or behind the last.
    pub fn named(&self, model: &Model, term: &Summand) -> Summand {
        let mut term = term.clone();
        for (end, name) in [(&self.low, FIRST), (&self.high, LAST)] {
            let Some(end) = end else { continue };
            let mut found = false;
            let mut named = |e: &Expr| {
                placed(e, &mut |at| {
                    let by = model.time(at).and_then(|index| index.plus(end, -1).as_number());
                    if let Some(by) = by.filter(|by| *by == 0 || *by == 1 && name == LAST) {
                        found = true;
                        at.subscript = Some(Index::letter(name).plus(&Index::number(by), 1).text());
                    }
                })
            };
            if let Some((_, factors)) = &mut term.mean {
                *factors = factors.iter().map(&mut named).collect();
                let (value, mut each) = signed(factors);
                for factor in &mut each {
                    let high = over_times(factor).and_then(|(_, _, _, high)| high.plus(end, -1).as_number());
                    if let (Kind::Call { arguments, .. }, Some(0), LAST) = (&mut factor.kind, high, name) {
                        arguments[3] = Index::letter(LAST).expr(term.span);
                    }
                }
                each.push(Expr { kind: Kind::Number(value), span: term.span });
                *factors = each;
            }
            if found {
                term.ranges.push(Range { letter: name.into(), low: end.clone(), high: end.clone() });
            }
        }
        term
    }

    /// Are times in this order in the ranges of a term?
    pub fn hold(&self, term: &Summand, order: &[usize]) -> Result<bool> {
        let place = |letter: &str| term.ranges.iter().position(|range| range.letter == letter).map(|at| order[at]);
        let (least, most) = (order.iter().min(), order.iter().max());
        if place(FIRST).is_some_and(|first| Some(&first) != least)
            || place(LAST).is_some_and(|last| Some(&last) != most)
        {
            return Ok(false);
        }
        for (Range { low, high, .. }, here) in term.ranges.iter().zip(order) {
            for (end, below) in [(low, true), (high, false)] {
                let other = end.shifted().and_then(|(letter, by)| Some((place(letter)?, by)));
                let inside = match other {
                    None if end.letters().any(|(letter, _)| place(letter).is_some()) => None,
                    None => Some(true),
                    Some((other, 0)) => Some(if below { *here >= other } else { *here <= other }),
                    Some((other, 1)) if below => Some(*here > other),
                    Some((other, -1)) if !below => Some(*here < other),
                    Some(_) => None,
                };
                match inside {
                    None => return unsupported(term.span, "a sum with these ends", "as in Σ_{k=t}^T, Σ_{k=0}^{t-1}"),
                    Some(false) => return Ok(false),
                    Some(true) => {}
                }
            }
        }
        Ok(true)
    }
}

/// The ways in which so many times can be ordered: how many different ones there are, and the place of each.
pub(super) fn orders(times: usize) -> Vec<(usize, Vec<usize>)> {
    let mut found = Vec::new();
    let mut order = vec![0; times];
    loop {
        let points = order.iter().max().map_or(0, |last| last + 1);
        if (0..points).all(|point| order.contains(&point)) {
            found.push((points, order.clone()));
        }
        let Some(at) = order.iter().rposition(|place| place + 1 < times) else { return found };
        order[at] += 1;
        order[at + 1..].fill(0);
    }
}
