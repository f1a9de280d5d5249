//! What `where` defines, put in its place: `G_t`, `R_{t+1}`, `Q(s_t, a_t)`, `J(θ)`.

use super::index::Index;
use super::model::{Model, rename, set};
use super::{Result, unsupported, with_children};
use crate::syntax::{Definition, Expr, Kind, Name};
use std::cell::Cell;

/// How often a definition may use others.
const MAX_DEPTH: u32 = 16;

pub(super) struct Unfolder<'a> {
    pub model: &'a Model,
    pub definitions: &'a [Definition],
    /// How many indices have been made.
    pub made: &'a Cell<u32>,
}

impl Unfolder<'_> {
    /// The expression without what is defined by `where`, and with an index of its own for each sum.
    pub fn expr(&self, e: &Expr) -> Result<Expr> {
        self.unfolded(&self.own_indices(e), 0)
    }

    fn unfolded(&self, e: &Expr, depth: u32) -> Result<Expr> {
        if depth > MAX_DEPTH {
            return unsupported(e.span, "a definition that uses itself", "define a letter by others");
        }
        let body = match &e.kind {
            Kind::Name(name) => self.meaning(name, &[]),
            Kind::Call { function, orders, arguments } if orders.iter().all(|order| *order == 0) => {
                self.meaning(function, arguments)
            }
            _ => None,
        };
        match body {
            Some(body) => self.unfolded(&self.own_indices(&body), depth + 1),
            None => with_children(e, |child| self.unfolded(child, depth)),
        }
    }

    /// What a name means here by its definition.
    fn meaning(&self, name: &Name, arguments: &[Expr]) -> Option<Expr> {
        let exact = |definition: &&Definition| definition.name == *name;
        let pattern = |definition: &&Definition| definition.name.base == name.base;
        let of_arity = || self.definitions.iter().filter(|definition| definition.parameters.len() == arguments.len());
        // `J(π)` and `J(π')` may be defined each on its own.
        let literal = |definition: &&Definition| {
            let is =
                |(parameter, argument): (&Name, &Expr)| matches!(&argument.kind, Kind::Name(name) if name == parameter);
            definition.name == *name && definition.parameters.iter().zip(arguments).all(is)
        };
        let definition = of_arity().find(literal).or_else(|| of_arity().find(exact));
        let definition = definition.or_else(|| of_arity().find(pattern))?;
        let mut body = self.own_indices(&definition.body);
        if definition.name != *name {
            let (letter, value) = matched(&definition.name, name)?;
            body = set(&body, &letter, &value);
        }
        for (parameter, argument) in definition.parameters.iter().zip(arguments) {
            match &argument.kind {
                Kind::Name(name) if name == parameter => {}
                Kind::Name(name) if self.model.time(parameter).is_some() => {
                    let (letter, value) = matched(parameter, name)?;
                    body = set(&body, &letter, &value);
                }
                _ => body = put(&body, parameter, argument),
            }
        }
        Some(body)
    }

    /// The expression with indices that nothing else has.
    fn own_indices(&self, e: &Expr) -> Expr {
        let mut changed = e.clone();
        self.rename_indices(&mut changed);
        changed
    }

    fn rename_indices(&self, e: &mut Expr) {
        if let Kind::Call { function, arguments, .. } = &mut e.kind
            && matches!(function.base.as_str(), "sum" | "prod")
            && let [body, index, ..] = arguments.as_mut_slice()
            && let Kind::Name(Name { base, subscript: None }) = &index.kind
            && !base.contains('·')
        {
            self.made.set(self.made.get() + 1);
            let fresh = format!("{base}·{}", self.made.get());
            *body = set(body, base, &Index::letter(&fresh));
            index.kind = Kind::Name(Name { base: fresh, subscript: None });
        }
        e.each_child(&mut |child| self.rename_indices(child));
    }
}

/// The index of a pattern, and its value: t and t' + 1 of `R_t` and `R_{t'+1}`, t - 1 for the pattern `R_{t+1}`.
fn matched(pattern: &Name, name: &Name) -> Option<(String, Index)> {
    let below = |name: &Name| name.subscript.as_deref().and_then(Index::parse);
    let (pattern_index, index) = (below(pattern)?, below(name)?);
    let (letter, by) = pattern_index.shifted()?;
    (pattern.base == name.base).then(|| (letter.to_string(), index.plus(&Index::number(by), -1)))
}

/// The expression with another in place of a letter, and below names that depend on it: θ of π_θ for φ.
fn put(e: &Expr, parameter: &Name, argument: &Expr) -> Expr {
    let mut changed = e.clone();
    if let (Kind::Name(value), None) = (&argument.kind, &parameter.subscript)
        && value.subscript.is_none()
    {
        rename(&mut changed, &mut |name| {
            if name.subscript.as_deref() == Some(&parameter.base) {
                name.subscript = Some(value.base.clone());
            } else if name == parameter {
                *name = value.clone();
            }
        });
    }
    put_in(&mut changed, parameter, argument);
    changed
}

fn put_in(e: &mut Expr, parameter: &Name, argument: &Expr) {
    if matches!(&e.kind, Kind::Name(name) if name == parameter) {
        *e = argument.clone();
        return;
    }
    e.each_child(&mut |child| put_in(child, parameter, argument));
}
