//! What the functions are of that operators act on, and what the letters are that operators are written with.

use super::{Elaborator, Result, coded, error};
use crate::syntax::{Code, Expr, Kind, Name, Span, parse_expression};
use crate::term::Var;

impl Elaborator<'_> {
    /// The letter that functions are of: that of `M_y`, of `D_y`, or what is drawn, else what is multiplied by is of it.
    pub(super) fn acted_of(&self, members: &[Expr]) -> Result<String> {
        let mut letter: Option<&Name> = None;
        for member in members {
            self.variable_of(member, &mut letter)?;
        }
        let by = differentiated(members)?;
        let drawn = self.facts.drawn.first().map(|(name, _)| name.clone());
        match (letter, by, drawn) {
            (Some(letter), ..) | (None, Some(letter), _) => Ok(super::full_name(letter)),
            (None, None, Some(letter)) => Ok(super::full_name(&letter)),
            (None, None, None) => of_multipliers(members),
        }
    }

    /// The y of `M_y`.
    pub(super) fn multiplied_by(&self, operator: &Expr) -> Result<Option<Name>> {
        let mut letter = None;
        self.variable_of(operator, &mut letter)?;
        Ok(letter.map(|name| written_name(&super::full_name(name))))
    }

    /// What a variable is called where it stands.
    pub(super) fn written(&self, variable: &Var) -> Name {
        let bound = self.scope.iter().rev().find(|bound| bound.var == *variable);
        bound.map_or_else(|| written_name(variable.name().unwrap_or("y")), |bound| bound.name.clone())
    }

    /// The letter that the functions are of: the y of `M_y`, if it is the same everywhere.
    fn variable_of<'e>(&self, e: &'e Expr, letter: &mut Option<&'e Name>) -> Result<()> {
        if let Kind::OperatorM(name) = &e.kind
            && !self.is_multiplier(name)
            && multiplier(name, e.span)?.is_none()
        {
            match letter {
                Some(other) if *other != name => {
                    let (one, two) = (super::full_name(other), super::full_name(name));
                    let message =
                        format!("`M_{one}` and `M_{two}` multiply by two variables, and functions are of one here");
                    return error(e.span, &message, Some("write one letter in both places"));
                }
                _ => *letter = Some(name),
            }
        }
        e.children().into_iter().try_for_each(|child| self.variable_of(child, letter))
    }

    /// Does `M_g` multiply by an unknown function?
    pub(super) fn is_multiplier(&self, name: &Name) -> bool {
        let base = name.base.trim_end_matches('\'');
        let defined =
            self.own.iter().any(|definition| definition.name.base == base && !definition.parameters.is_empty());
        matches!(base, "f" | "g" | "h") || defined || self.declared.contains(&super::symbol(name))
    }

    /// Does anything say what a letter is?
    pub(super) fn is_known(&self, name: &Name) -> bool {
        let said = self.declared.contains(&super::symbol(name)) || self.facts.speaks_of(name);
        let defined = self.own.iter().any(|definition| definition.name == *name);
        said || defined || self.facts.is_stated(name) || self.scope.iter().any(|bound| bound.name == *name)
    }

    /// A word, or a capital, that may well be an operator.
    ///
    /// # Errors
    /// As a number it would commute with everything.
    pub(super) fn holds_operator(&self, e: &Expr) -> Result<()> {
        if let Kind::Name(name) = &e.kind
            && !self.is_known(name)
        {
            let word = name.base.chars().count() > 1 && name.base.chars().all(|c| c.is_ascii_alphabetic());
            let capital = name.base.chars().all(|c| c.is_ascii_uppercase());
            let written = super::full_name(name);
            if word {
                let apart: Vec<String> = name.base.chars().map(String::from).collect();
                let help = format!("write `{}` for a product", apart.join(" "));
                return coded(Code::Ambiguous, e.span, &format!("`{written}` is one letter here"), Some(&help));
            }
            if capital
                && !name.subscript.as_deref().is_some_and(|below| below.starts_with(|c: char| c.is_ascii_digit()))
            {
                let help = format!("a number has a small letter, or is said to be one: … given {written} > 0");
                let message = format!("`{written}` is no operator that is known");
                return coded(Code::Ambiguous, e.span, &message, Some(&help));
            }
        }
        e.children().into_iter().try_for_each(|child| self.holds_operator(child))
    }
}

/// `D_x`, where x stands nowhere else: what functions are of.
///
/// # Errors
/// There are several such letters, or it is the index of a coordinate.
fn differentiated(members: &[Expr]) -> Result<Option<&Name>> {
    fn see<'e>(e: &'e Expr, by: &mut Vec<(&'e Name, Span)>, others: &mut Vec<String>) {
        match &e.kind {
            Kind::OperatorD(Some(name)) => by.push((name, e.span)),
            Kind::OperatorM(name) => others.push(format!("M {}", super::full_name(name))),
            Kind::Name(name) => others.extend([super::full_name(name)].into_iter().chain(name.subscript.clone())),
            _ => {}
        }
        e.children().into_iter().for_each(|child| see(child, by, others));
    }
    let (mut by, mut others) = (Vec::new(), Vec::new());
    members.iter().for_each(|member| see(member, &mut by, &mut others));
    by.retain(|(name, _)| !others.contains(&super::full_name(name)));
    let Some((first, _)) = by.first().copied() else { return Ok(None) };
    let multiplied =
        others.iter().filter_map(|other| other.strip_prefix("M ")).find(|other| other.chars().count() == 1);
    let other = |name: &Name| name != first || multiplied.is_some_and(|of| of != super::full_name(name));
    let index = |name: &Name| matches!(&*name.base, "i" | "j" | "k" | "l");
    if let Some((name, span)) = by.iter().find(|(name, _)| other(name) || index(name)) {
        let help = "say it of a vector: … given y ∈ R^d; of a number D differentiates by it, and D_a by a letter that stands in an operator behind it";
        let message = format!(
            "`D_{}`, a derivative in one of several variables, has no meaning here yet",
            super::full_name(name)
        );
        return coded(Code::Unsupported, *span, &message, Some(help));
    }
    Ok(Some(first))
}

/// The name whose full form this is.
pub(super) fn written_name(text: &str) -> Name {
    match text.split_once('_') {
        Some((base, below)) => Name { base: base.into(), subscript: Some(below.into()) },
        None => Name { base: text.into(), subscript: None },
    }
}

pub(super) fn letter(name: &Name, span: Span) -> Expr {
    Expr { kind: Kind::Name(name.clone()), span }
}

/// What `M_{sin(y)}` multiplies by; none for a letter.
///
/// # Errors
/// What stands below is neither.
pub(super) fn multiplier(name: &Name, span: Span) -> Result<Option<Expr>> {
    let text = super::full_name(name);
    let mut rest = text.chars();
    let letter = rest.next().is_some_and(char::is_alphabetic);
    if letter && rest.next().is_none_or(|c| matches!(c, '_' | '\'')) {
        return Ok(None);
    }
    let factor = parse_expression(&text).ok().filter(is_plain);
    if factor.is_none() {
        let message = format!("what `M_{{{text}}}` multiplies by is no letter and no function of one");
        return error(span, &message, Some("as in M_y, M_{sin(y)}, M_{exp(2*y)}, with * between factors"));
    }
    Ok(factor)
}

/// Numbers, letters, and functions of them: nothing that acts, and no word that may be a product.
fn is_plain(e: &Expr) -> bool {
    let plain = match &e.kind {
        Kind::Name(name) => name.base.chars().count() == 1,
        Kind::Number(_) | Kind::Neg(_) | Kind::Binary(..) | Kind::Call { .. } | Kind::Abs(_) => true,
        _ => false,
    };
    plain && e.children().into_iter().all(is_plain)
}

/// The letter that functions are of, where nothing but what is multiplied by tells it.
fn of_multipliers(members: &[Expr]) -> Result<String> {
    fn letters(e: &Expr, span: Span, found: &mut Vec<(String, Span)>) {
        if let Kind::Name(name) = &e.kind {
            found.push((super::full_name(name), span));
        }
        e.children().into_iter().for_each(|child| letters(child, span, found));
    }
    fn collect(e: &Expr, found: &mut Vec<(String, Span)>) -> Result<()> {
        if let Kind::OperatorM(name) = &e.kind
            && let Some(factor) = multiplier(name, e.span)?
        {
            letters(&factor, e.span, found);
        }
        e.children().into_iter().try_for_each(|child| collect(child, found))
    }
    let mut found = Vec::new();
    members.iter().try_for_each(|member| collect(member, &mut found))?;
    match found.first() {
        Some((first, _)) if found.iter().all(|(name, _)| name == first) => Ok(first.clone()),
        Some((_, span)) if !found.iter().any(|(name, _)| *name == "y") => {
            error(*span, "which of these letters functions are of is not told", Some("call it y"))
        }
        _ => Ok("y".to_string()),
    }
}
