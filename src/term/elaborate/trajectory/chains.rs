//! Means over a trajectory as means over the letters of a few steps, drawn one after the other.

use super::cells::{Cell, instead, point};
use super::expand::placed;
use super::model::{Model, NOW};
use super::{Result, letter, unsupported};
use crate::syntax::{Binder, Expr, Kind, Law, Name, Relation, Span};
use std::collections::BTreeMap;

/// What tells letters that are drawn anew.
pub(super) const MARK: &str = "\u{303}";

/// The laws along a trajectory: those of the letters, the number of the laws between points, and up to a point that of others.
pub(super) struct Along<'l> {
    pub laws: &'l [Law],
    pub kernels: usize,
    pub weighted: Option<(usize, usize)>,
}

impl Cell<'_> {
    /// A factor under a mean; a mean given what is known is one over what is drawn anew behind it.
    pub(super) fn inside(&self, e: &Expr, laws: &[Law], kernels: usize, next: &[bool]) -> Result<Expr> {
        if let Kind::Expectation { binders, body } = &e.kind
            && let Some(own) = self.model.under(binders, body)?
        {
            let Kind::Given { body, given } = &body.kind else {
                return unsupported(
                    e.span,
                    "a mean over the trajectory under another",
                    "write what is known: E[… | s_t, a_t]",
                );
            };
            if own != laws {
                return unsupported(
                    e.span,
                    "a mean under another law than the one around it",
                    "let both be under one policy",
                );
            }
            return self.given(body, given, laws, kernels, next, e.span);
        }
        if holds_mean(self.model, e) {
            // The laws between points are those at one value of the parameters.
            if matches!(e.kind, Kind::Derivative { .. }) {
                return unsupported(
                    e.span,
                    "the derivative of a mean given what is known",
                    "its own derivative comes first",
                );
            }
            return super::with_children(e, |child| self.inside(child, laws, kernels, next));
        }
        Ok(self.times(e))
    }

    fn given(
        &self,
        body: &Expr,
        given: &[Expr],
        laws: &[Law],
        kernels: usize,
        next: &[bool],
        span: Span,
    ) -> Result<Expr> {
        let help = "what is known is the first letters of one step: E[… | s_t], E[… | s_t, a_t]";
        let wrong = || unsupported(span, "a mean given this", help);
        let mut known = Vec::new();
        for e in given {
            let name = match &e.kind {
                Kind::Name(name) => name,
                Kind::Indicator(Relation::Equal, left, right) if left == right => match &left.kind {
                    Kind::Name(name) => name,
                    _ => return wrong(),
                },
                _ => return wrong(),
            };
            known.push(name.clone());
        }
        let mut start = None;
        for name in &known {
            let mut place = None;
            self.seen(&letter(name, span), &mut |_, point, by| place = (by == 0).then_some(point))?;
            if place.is_none() || start.is_some_and(|start| Some(start) != place) {
                return wrong();
            }
            start = place;
        }
        let Some(start) = start else { return wrong() };
        let prefix = self
            .model
            .sequences
            .iter()
            .take(known.len())
            .all(|sequence| known.iter().any(|name| name.base == sequence.letter));
        let mut early = false;
        self.seen(body, &mut |base, point, by| {
            let past =
                point < start || point == start && by == 0 && !known.iter().any(|name| name.base == base) && !prefix;
            early |= past;
        })?;
        if !prefix || early || holds_mean(self.model, body) {
            return wrong();
        }
        let body = placed(body, &mut |name| self.place(name, MARK, &known));
        let body = (0..self.points).fold(body, |e, place| {
            let name = Name { base: self.time.into(), subscript: Some((place + 1).to_string()) };
            instead(&e, &point(place), &name)
        });
        let along = Along { laws, kernels, weighted: None };
        let binders = self.chain(&along, start, &known, next, MARK)?;
        Ok(mean(binders, body, span))
    }

    /// What is drawn from a point on, given what is known there.
    pub(super) fn chain(
        &self,
        along: &Along,
        start: usize,
        known: &[Name],
        next: &[bool],
        mark: &str,
    ) -> Result<Vec<Binder>> {
        let span = Span::default();
        let mut binders: Vec<Binder> = Vec::new();
        let mut state: Vec<Name> = Vec::new();
        let laws = along.laws;
        for (place, next) in next.iter().enumerate().skip(start) {
            let kernels = match along.weighted {
                Some((weighted, last)) if place <= last => weighted,
                _ => along.kernels,
            };
            let before = std::mem::take(&mut state);
            let mut now: BTreeMap<&str, Name> = BTreeMap::new();
            for (sequence, law) in self.model.sequences.iter().zip(laws) {
                let base = &*sequence.letter;
                if place == start && known.iter().any(|name| name.base == base) {
                    let name = self.named(base, place, false, "");
                    now.insert(base, name.clone());
                    state.push(name);
                    continue;
                }
                let name = self.named(base, place, false, mark);
                if sequence.carried && place == 0 && known.is_empty() && self.any_state {
                    now.insert(base, name.clone());
                    state.push(name);
                    continue;
                }
                let law = if sequence.carried {
                    if !known.is_empty() && place == start {
                        return unsupported(
                            law.span,
                            "a mean given letters behind the first",
                            "know the state as well: E[… | s_t, a_t]",
                        );
                    }
                    let arguments = before.iter().chain(&state).map(|name| letter(name, span)).collect();
                    let below = if kernels == 0 {
                        (place + 1).to_string()
                    } else {
                        format!("{}{}", place + 1, "b".repeat(kernels))
                    };
                    let letter =
                        if self.model.sequences.iter().filter(|other| other.carried).count() > 1 { base } else { "" };
                    let name = Name { base: self.kernel.into(), subscript: Some(format!("{below}{letter}")) };
                    Law::named(name, arguments, span)
                } else {
                    self.law(law, &now, &now)
                };
                now.insert(base, name.clone());
                state.push(name.clone());
                binders.push(Binder { variables: vec![name], law });
            }
            if *next {
                let mut behind: BTreeMap<&str, Name> = BTreeMap::new();
                for (sequence, law) in self.model.sequences.iter().zip(laws).filter(|(sequence, _)| sequence.carried) {
                    let name = self.named(&sequence.letter, place, true, mark);
                    let law = self.law(law, &now, &behind);
                    behind.insert(&sequence.letter, name.clone());
                    state.push(name.clone());
                    binders.push(Binder { variables: vec![name], law });
                }
            }
        }
        Ok(binders)
    }

    /// A law of the model given the letters of the step before and those of its own.
    fn law(&self, law: &Law, before: &BTreeMap<&str, Name>, now: &BTreeMap<&str, Name>) -> Law {
        let mut law = law.clone();
        for argument in law.values_mut() {
            *argument = placed(argument, &mut |name| {
                let Some(index) = self.model.time(name) else { return };
                let of = if index.shifted() == Some((NOW, -1)) { before } else { now };
                if let Some(known) = of.get(&*name.base) {
                    *name = known.clone();
                }
            });
        }
        law
    }
}

pub(super) fn holds_mean(model: &Model, e: &Expr) -> bool {
    let here =
        matches!(&e.kind, Kind::Expectation { binders, body } if !matches!(model.under(binders, body), Ok(None)));
    here || e.children().into_iter().any(|child| holds_mean(model, child))
}

/// The mean over those of the letters that it is a mean of, and what these are drawn by.
pub(super) fn mean(binders: Vec<Binder>, body: Expr, span: Span) -> Expr {
    let mut kept: Vec<Binder> = Vec::new();
    for binder in binders.into_iter().rev() {
        let needed = binder.variables.iter().any(|name| {
            body.has_free(name) || kept.iter().any(|later| later.law.values().any(|argument| argument.has_free(name)))
        });
        if needed {
            kept.insert(0, binder);
        }
    }
    if kept.is_empty() {
        return body;
    }
    Expr { kind: Kind::Expectation { binders: kept, body: Box::new(body) }, span }
}
