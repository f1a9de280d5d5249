//! Letters with an index: `x_i` under a sum, its instances `x_1`, and definitions whose left side is a pattern.

use super::facts::{Facts, attached};
use super::{Elaborator, Result, coded, full_name};
use crate::syntax::{Code, Definition, Expr, Kind, Name, Span, is_letter};

/// The one index of a name: `i` of `x_i`, `1` of `x_1`.
pub(super) fn index_of(name: &Name) -> Option<&str> {
    let below = name.subscript.as_deref()?;
    let digits = below.bytes().all(|b| b.is_ascii_digit());
    (digits || is_letter(below)).then_some(below)
}

/// The letter with a number or word below it at which a name is taken: `θ_1` of `p_{θ_1}`, `θ_{old}` of `π_{θ_{old}}`.
fn parameter_of(name: &Name) -> Option<&str> {
    let below = name.subscript.as_deref()?;
    let (letter, digits) = below.split_once('_')?;
    (is_letter(letter) && !below.contains(',') && !digits.contains(['+', '-', '_'])).then_some(below)
}

fn is_capital(index: &str) -> bool {
    index.starts_with(|c: char| c.is_ascii_uppercase())
}

fn is_number(index: &str) -> bool {
    index.bytes().all(|b| b.is_ascii_digit())
}

impl Facts {
    /// The name under which a letter is a family, for one that has an index of it.
    pub fn family_of(&self, name: &Name) -> Option<&Name> {
        let index = index_of(name)?;
        let family = self.families.get(&name.base)?;
        (is_number(index) || self.indices.contains(index)).then_some(family)
    }

    /// Notes a name with its index.
    pub(super) fn indexed(&mut self, name: &Name, span: Span) {
        if index_of(name).is_some() {
            self.with_index.push((name.clone(), span));
        }
    }

    /// After all has been seen: which letters are families, and those that are more than letters with an index.
    pub(super) fn settle_families(&mut self) {
        self.with_index.retain(|(name, _)| !self.arrays.contains(&name.base));
        self.bound_with_index.retain(|name| !self.arrays.contains(&name.base));
        for (name, _) in &self.with_index {
            if index_of(name).is_some_and(|index| self.indices.contains(index)) {
                self.families.entry(name.base.clone()).or_insert_with(|| name.clone());
            }
        }
        let drawn = |base: &str| {
            let drawn = self.bound_with_index.iter().find(|name| name.base == base);
            drawn.or_else(|| self.laws_with_index.iter().find(|name| name.base == base))
        };
        let place = |name: &Name| self.with_index.iter().find(|(other, _)| other.base == name.base);
        self.family_of_samples = self.families.values().find_map(|family| {
            let drawn = drawn(&family.base)?;
            place(family).map(|(_, span)| (full_name(drawn), *span))
        });
    }
}

impl Elaborator<'_> {
    /// Refuses a family of samples or of laws: what is summed is not one letter.
    pub(super) fn no_family_of_samples(&self) -> Result<()> {
        let Some((name, span)) = &self.facts.family_of_samples else { return Ok(()) };
        let message = format!("`{name}`, one of a family of samples or laws, has no meaning here yet");
        coded(Code::Unsupported, *span, &message, Some("write the terms of the sum out: x_1 + x_2 for two samples"))
    }

    /// The definition of a name: its own, or the pattern that it is an instance of, as `G_0` is of `G_t = …`.
    pub(super) fn definition_of(&self, name: &Name, span: Span) -> Result<Option<Definition>> {
        if let Some(own) = self.own.iter().rev().find(|definition| definition.name == *name) {
            return Ok(Some(own.clone()));
        }
        let Some(index) = index_of(name).or(parameter_of(name)) else { return self.shifted(name, span) };
        let bound = self.scope.iter().any(|bound| bound.name == *name);
        let pattern = self.own.iter().rev().find(|definition| {
            // A capital is a name: `p_X` is no instance of `p_Y(y|x) = …`.
            let formal = index_of(&definition.name).filter(|formal| !is_number(formal) && !is_capital(formal));
            let fits = |formal: &str| index_of(name).is_some() || index.split('_').next() == Some(formal);
            definition.name.base == name.base
                && formal.is_some_and(|formal| fits(formal) && !definition.parameters.iter().any(|p| p.base == formal))
        });
        let Some(pattern) = pattern.filter(|_| !bound && !self.facts.is_stated(name)) else { return Ok(None) };
        let mut holds = false;
        pattern.body.visit_names(&mut |inner| holds |= inner == name);
        super::joint::laws(&pattern.body, &mut |law| holds |= law.name == *name);
        // In `x_t = (1-t) x_0 + t x_1` the letters with digits are their own.
        if holds {
            return Ok(None);
        }
        let formal = index_of(&pattern.name).unwrap_or_default().to_string();
        let mut pattern = pattern.clone();
        // The index of a sum has another name where the instance has its.
        if is_letter(index) && index != formal {
            renamed_sums(&mut pattern.body, index);
        }
        let mut captured = false;
        binds(&pattern.body, &mut |bound| captured |= full_name(bound) == index || full_name(bound) == formal);
        if captured {
            let message = format!("`{}`, a definition at another index, has no meaning here yet", full_name(name));
            return coded(Code::Unsupported, span, &message, Some("define it under this name as well"));
        }
        let mut instance = pattern.clone();
        instance.name = name.clone();
        rename(&mut instance.body, &formal, index);
        Ok(Some(instance))
    }

    /// `G_{t+1}` of a pattern `G_t = …`.
    fn shifted(&self, name: &Name, span: Span) -> Result<Option<Definition>> {
        let shifted = name.subscript.as_deref().is_some_and(|below| below.contains(['+', '-']));
        let pattern = self.own.iter().any(|d| d.name.base == name.base && index_of(&d.name).is_some());
        if !shifted || !pattern || self.scope.iter().any(|bound| bound.name == *name) || self.facts.is_stated(name) {
            return Ok(None);
        }
        let message = format!("`{}`, a definition at a shifted index, has no meaning here yet", full_name(name));
        coded(Code::Unsupported, span, &message, Some("define it under this name as well"))
    }

    /// The letters that a name depends on by its place in a family.
    pub(super) fn family(&mut self, name: &Name) -> Option<(Name, crate::term::Term)> {
        let family = self.facts.family_of(name)?.clone();
        let index = index_of(name)?;
        self.decided = true;
        let index = match index.parse::<i64>() {
            Ok(number) => crate::term::Term::integer(number),
            Err(_) => crate::term::Term::var(self.variable(&Name { base: index.into(), subscript: None })),
        };
        (attached(name).len() == 1).then_some((family, index))
    }
}

/// Sums over an index of this name, over another.
fn renamed_sums(e: &mut Expr, index: &str) {
    e.each_child(&mut |child| renamed_sums(child, index));
    let Kind::Call { function, arguments, .. } = &mut e.kind else { return };
    let over =
        arguments.get(1).is_some_and(|letter| matches!(&letter.kind, Kind::Name(name) if full_name(name) == index));
    if function.base == "sum" && over {
        let other = format!("{index}'");
        let (summed, others) = arguments.split_at_mut(1);
        rename(&mut summed[0], index, &other);
        if let Some(letter) = others.first_mut() {
            rename(letter, index, &other);
        }
    }
}

/// Calls `see` with every name that is bound in an expression.
fn binds(e: &Expr, see: &mut impl FnMut(&Name)) {
    match &e.kind {
        Kind::Expectation { binders, .. } | Kind::Variance { binders, .. } | Kind::Covariance { binders, .. } => {
            binders.iter().flat_map(|binder| &binder.variables).for_each(&mut *see);
        }
        Kind::Integral { variable, .. } => see(variable),
        Kind::Call { function, arguments, .. } if function.base == "sum" => {
            if let Some(Expr { kind: Kind::Name(index), .. }) = arguments.get(1) {
                see(index);
            }
        }
        _ => {}
    }
    e.children().into_iter().for_each(|child| binds(child, see));
}

/// Puts another index in the place of one, as a letter and below letters.
fn rename(e: &mut Expr, from: &str, to: &str) {
    let number = to.parse::<i64>().ok();
    if let (Kind::Name(name), Some(number)) = (&e.kind, number)
        && name.base == from
        && name.subscript.is_none()
    {
        e.kind = Kind::Number(num_bigint::BigInt::from(number).into());
        return;
    }
    e.rename(&mut |name| {
        if name.base == from && name.subscript.is_none() {
            *name = match to.split_once('_') {
                Some((base, below)) => {
                    Name { base: base.into(), subscript: Some(below.trim_matches(['{', '}']).into()) }
                }
                None => Name { base: to.into(), subscript: None },
            };
        }
        if let Some(below) = &name.subscript {
            let pieces: Vec<&str> = below.split(',').map(|piece| if piece == from { to } else { piece }).collect();
            name.subscript = Some(pieces.join(","));
        }
    });
    e.each_child(&mut |child| rename(child, from, to));
}
