//! A statement about a trajectory with all steps written out, for numbers.
//!
//! No code is shared with the writer for all lengths, so that a mistake of the one shows against the other.

use super::index::Index;
use super::model::{Model, NOW, set};
use super::{Result, binary, letter, number, unsupported};
use crate::syntax::{Binary, Binder, Expr, Kind, Law, Name, Relation, Span};
use std::cell::Cell;
use std::collections::BTreeMap;

/// How many terms a sum may have, and how many letters a mean may be over.
const MAX: usize = 64;

pub(super) struct Unroller<'a> {
    pub model: &'a Model,
    /// The last time that something may be drawn at, if the trajectory has an end.
    pub end: Option<i64>,
    /// How many means have been written: the letters of each have names of their own.
    pub means: Cell<u32>,
}

/// The letters that have been drawn, by letter and time.
type Drawn = BTreeMap<(String, i64), Name>;

impl Unroller<'_> {
    pub fn expr(&self, e: &Expr, drawn: &Drawn) -> Result<Expr> {
        match &e.kind {
            Kind::Call { function, arguments, .. } if matches!(function.base.as_str(), "sum" | "prod") => {
                self.sum(&function.base, arguments, drawn, e.span)
            }
            Kind::Name(name) => match self.model.time(name) {
                Some(index) => self.at(name, &index, drawn, e.span),
                None if self.model.is_sequence(&name.base) => {
                    unsupported(e.span, "a letter of a trajectory without its time", "write s_t, or s_{0:T} in a tuple")
                }
                None => Ok(e.clone()),
            },
            Kind::Expectation { binders, body } => match self.model.under(binders, body)? {
                Some(laws) => self.mean(&laws, body, drawn, e.span),
                None => super::with_children(e, |child| self.expr(child, drawn)),
            },
            Kind::Variance { .. } | Kind::Covariance { .. } if self.model.is_in(e) => {
                unsupported(e.span, "a variance over a trajectory", "write it with means: E[x^2] - E[x]^2")
            }
            _ => super::with_children(e, |child| self.expr(child, drawn)),
        }
    }

    fn sum(&self, kind: &str, arguments: &[Expr], drawn: &Drawn, span: Span) -> Result<Expr> {
        let wrong = || unsupported(span, "a sum over a trajectory with these ends", "its ends are times: Σ_{k=t}^T");
        let [body, index, low, high] = arguments else { return wrong() };
        let ends = [low, high].map(|end| Index::of(end).and_then(|end| end.as_number()));
        let (Kind::Name(index), [Some(low), Some(high)]) = (&index.kind, ends) else { return wrong() };
        if high - low >= MAX as i64 {
            return wrong();
        }
        let (operator, neutral) = if kind == "sum" { (Binary::Add, 0) } else { (Binary::Mul, 1) };
        let mut value: Option<Expr> = None;
        for time in low..=high {
            let term = self.expr(&set(body, &index.base, &Index::number(time)), drawn)?;
            value = Some(match value {
                None => term,
                Some(value) => binary(operator, value, term),
            });
        }
        Ok(value.unwrap_or_else(|| number(neutral, span)))
    }

    fn at(&self, name: &Name, index: &Index, drawn: &Drawn, span: Span) -> Result<Expr> {
        let known = index.as_number().and_then(|time| drawn.get(&(name.base.clone(), time)));
        match known {
            Some(known) => Ok(letter(known, span)),
            // Outside of means a letter stands for any value.
            None if drawn.is_empty() && index.as_number().is_some() => Ok(letter(name, span)),
            // A first value that nothing draws is a number.
            None if index.as_number() == Some(self.model.first)
                && self.model.sequences.iter().any(|s| s.letter == name.base && s.carried && s.initial.is_none()) =>
            {
                Ok(letter(name, span))
            }
            None => {
                let help = "under E_τ[…] the times are from the first to the last";
                unsupported(span, "a letter of a trajectory that is not drawn here", help)
            }
        }
    }

    fn mean(&self, laws: &[Law], body: &Expr, drawn: &Drawn, span: Span) -> Result<Expr> {
        let (body, known) = match &body.kind {
            Kind::Given { body, given } => (&**body, self.known(given, drawn)?),
            _ => (body, BTreeMap::new()),
        };
        let last = self.last(body)?;
        if self.end.is_some_and(|end| last > end) {
            return unsupported(
                span,
                "a letter of a trajectory behind its end",
                "under E_τ[…] the times are from the first to the last",
            );
        }
        self.means.set(self.means.get() + 1);
        let mut here: Drawn = BTreeMap::new();
        let mut binders = Vec::new();
        // What is known is one step, and what is drawn is what lies behind it.
        let start = known.keys().map(|(_, time)| *time).max();
        if known.keys().any(|(_, time)| Some(*time) != start) {
            return unsupported(span, "a mean given letters of several steps", "know one step: E[… | s_t, a_t]");
        }
        for time in start.unwrap_or(self.model.first)..=last.max(start.unwrap_or(last)) {
            let mut open = false;
            for (sequence, law) in self.model.sequences.iter().zip(laws) {
                let place = (sequence.letter.clone(), time);
                if let Some(name) = known.get(&place) {
                    if open {
                        return unsupported(
                            span,
                            "a mean given letters behind the first",
                            "know the state as well: E[… | s_t, a_t]",
                        );
                    }
                    here.insert(place, name.clone());
                    continue;
                }
                open = true;
                let law = if time == self.model.first && sequence.carried {
                    match &sequence.initial {
                        Some(initial) => initial.clone(),
                        None => {
                            // A first value that is not drawn is a number.
                            here.insert(
                                place,
                                Name { base: sequence.letter.clone(), subscript: Some(time.to_string()) },
                            );
                            continue;
                        }
                    }
                } else {
                    law.clone()
                };
                let mut law = law;
                let mut failed = None;
                for argument in law.values_mut() {
                    match self.expr(&set(argument, NOW, &Index::number(time)), &here) {
                        Ok(value) => *argument = value,
                        Err(error) => failed = Some(error),
                    }
                }
                if let Some(error) = failed {
                    return Err(error);
                }
                let copies = "r".repeat(self.means.get() as usize - 1);
                let name = Name { base: sequence.letter.clone(), subscript: Some(format!("{time}{copies}")) };
                here.insert(place, name.clone());
                binders.push(Binder { variables: vec![name], law });
            }
        }
        if binders.len() > MAX {
            return unsupported(span, "a mean over so many letters", "a shorter trajectory");
        }
        let body = self.expr(body, &here)?;
        let mut kept: Vec<Binder> = Vec::new();
        for binder in binders.into_iter().rev() {
            let is = |e: &Expr| binder.variables.iter().any(|name| e.has_free(name));
            if is(&body) || kept.iter().any(|later| later.law.values().any(is)) {
                kept.insert(0, binder);
            }
        }
        if kept.is_empty() {
            return Ok(body);
        }
        Ok(Expr { kind: Kind::Expectation { binders: kept, body: Box::new(body) }, span })
    }

    /// What a mean knows: letters at times, as they have been drawn around it.
    fn known(&self, given: &[Expr], drawn: &Drawn) -> Result<Drawn> {
        let mut known = BTreeMap::new();
        for e in given {
            let wrong =
                || unsupported(e.span, "a mean given this", "what is known is a letter of one step: E[… | s_t, a_t]");
            let (variable, value) = match &e.kind {
                Kind::Indicator(Relation::Equal, variable, value) => (&**variable, &**value),
                _ => (e, e),
            };
            let (Kind::Name(name), Kind::Name(_)) = (&variable.kind, &value.kind) else { return wrong() };
            let Some(time) = self.model.time(name).and_then(|index| index.as_number()) else { return wrong() };
            let Kind::Name(value) = self.expr(value, drawn)?.kind else { return wrong() };
            known.insert((name.base.clone(), time), value);
        }
        Ok(known)
    }

    /// The last time that an expression speaks of.
    fn last(&self, e: &Expr) -> Result<i64> {
        let mut last = self.model.first;
        let written = self.times_written(e)?;
        written.visit_names(&mut |name| {
            if let Some(time) = self.model.time(name).and_then(|index| index.as_number()) {
                last = last.max(time);
            }
        });
        Ok(last)
    }

    /// The expression with sums written out, and nothing drawn.
    fn times_written(&self, e: &Expr) -> Result<Expr> {
        match &e.kind {
            Kind::Call { function, arguments, .. } if matches!(function.base.as_str(), "sum" | "prod") => {
                let wrong =
                    || unsupported(e.span, "a sum over a trajectory with these ends", "its ends are times: Σ_{k=t}^T");
                let [body, index, low, high] = arguments.as_slice() else { return wrong() };
                let ends = [low, high].map(|end| Index::of(end).and_then(|end| end.as_number()));
                let (Kind::Name(index), [Some(low), Some(high)]) = (&index.kind, ends) else { return wrong() };
                if high - low >= MAX as i64 {
                    return wrong();
                }
                (low..=high).try_fold(number(0, e.span), |sum, time| {
                    let term = self.times_written(&set(body, &index.base, &Index::number(time)))?;
                    Ok(binary(Binary::Add, sum, term))
                })
            }
            _ => super::with_children(e, |child| self.times_written(child)),
        }
    }
}
