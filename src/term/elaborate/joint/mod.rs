//! Laws of several variables: one letter with several lists.
//!
//! `p(x, z)`, `p(z)`, `p(x|z)` and `p(z|x)` are one law, seen from several sides. An order of its variables is chosen, and
//! the law is written by its factors in that order, each a law of one variable given those before it: `p_Z(z)` and
//! `p_X(x|z)`. What is no factor follows from them: a marginal is a mean of the factors, a posterior a quotient. So what
//! comes out is a statement about laws of one variable each, and nothing behind this step knows of laws of several.
//!
//! The choice is free, because every law of several variables has factors in every order. The order is the one that
//! leaves least to be derived from what the statement speaks of.

mod conditional;
mod energy;
mod factors;
mod lists;
mod model;
mod rewrite;

use super::{Result, coded, facts::Facts, full_name};
use crate::syntax::{Assumption, Binary, Code, Definition, Expr, Kind, Law, Name, Span, Statement};

/// A statement about laws of one variable each, and what is to be said of how they came about. None if it is one already.
pub(super) fn resolve(
    statement: &Statement,
    assumed: &[Assumption],
    own: &[Definition],
    facts: &Facts,
) -> Result<Option<(Statement, Vec<String>)>> {
    let mut joints = lists::joints(statement, assumed, own, facts)?;
    if joints.is_empty() {
        return Ok(None);
    }
    for joint in &mut joints {
        joint.choose_order()?;
    }
    let remarks = joints.iter().map(|joint| joint.described()).collect();
    let declared = lists::declared(statement, assumed, own);
    let definitions = [own, &statement.definitions].concat();
    let statement = rewrite::Rewriter { joints: &joints, facts, declared, definitions }.statement(statement)?;
    Ok(Some((statement, remarks)))
}

/// The same for means given the values of variables.
pub(super) use conditional::resolve as resolve_conditional;
/// The same for laws that are given by an energy.
pub(super) use energy::{factors, resolve as resolve_energies};
/// The same for densities of what `given` draws.
pub(super) use model::resolve as resolve_model;

/// A letter with its factor's name below it, and its parameters behind that.
fn factor_name(base: &str, pieces: &[String], component: &str, parameters: &[String]) -> Name {
    let pieces = pieces.iter().cloned().chain([component_name(component)]).chain(parameters.iter().cloned());
    Name { base: base.into(), subscript: Some(pieces.collect::<Vec<_>>().join(",")) }
}

/// What stands below a law as a name and not as a parameter: a capital, or a word.
fn component_name(component: &str) -> String {
    let (written, below) = component.split_once('_').map_or((component, None), |(letter, below)| (letter, Some(below)));
    let letter = crate::syntax::undecorated(written);
    let name = match crate::syntax::ascii_of(letter) {
        Some(word) => word.to_string(),
        None if letter.len() == 1 => letter.to_uppercase(),
        None => format!("of{letter}"),
    };
    // What stands above the letter tells it from the plain one.
    let above = match written[letter.len()..].chars().next() {
        None => "",
        Some('\'') => "p",
        Some('\u{303}') => "t",
        Some('\u{302}') => "h",
        Some('\u{304}' | '\u{305}') => "b",
        Some(_) => "s",
    };
    let below: String = below.into_iter().flat_map(str::chars).filter(|c| c.is_alphanumeric()).collect();
    format!("{name}{above}{below}")
}

pub(super) fn unsupported<T>(span: Span, message: &str, help: &str) -> Result<T> {
    coded(Code::Unsupported, span, message, Some(help))
}

fn ambiguous<T>(span: Span, message: &str, help: &str) -> Result<T> {
    coded(Code::Ambiguous, span, message, Some(help))
}

pub(super) fn expr(kind: Kind, span: Span) -> Expr {
    Expr { kind, span }
}

pub(super) fn letter(name: &Name, span: Span) -> Expr {
    expr(Kind::Name(name.clone()), span)
}

pub(super) fn binary(operator: Binary, left: Expr, right: Expr) -> Expr {
    let span = left.span;
    expr(Kind::Binary(operator, Box::new(left), Box::new(right)), span)
}

pub(super) fn number(value: i64, span: Span) -> Expr {
    expr(Kind::Number(num_rational::BigRational::from_integer(value.into())), span)
}

fn logarithm(value: Expr) -> Expr {
    let span = value.span;
    let function = Name { base: "ln".into(), subscript: None };
    expr(Kind::Call { function, orders: vec![0], arguments: vec![value] }, span)
}

/// Can this letter be the name of a law of which nothing is known?
fn is_law(law: &Law) -> bool {
    crate::syntax::is_letter(&law.name.base) && !matches!(&*law.name.base, "N" | "U") && !law.is_of_given()
}

fn written(list: &[&str]) -> String {
    match list {
        [] => String::new(),
        [one] => (*one).to_string(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

pub(super) fn name_of(e: &Expr) -> Option<&Name> {
    match &e.kind {
        Kind::Name(name) => Some(name),
        _ => None,
    }
}

/// A letter that is free in none of these, near the one that is wanted.
fn fresh(wanted: &Name, taken: impl Fn(&Name) -> bool) -> Name {
    let mut name = wanted.clone();
    while taken(&name) {
        name.base.push('\'');
    }
    name
}

/// Is a letter free in an expression, or in what a definition puts for a name of it?
fn holds(e: &Expr, letter: &Name, definitions: &[Definition]) -> bool {
    let mut seen: Vec<&Definition> = Vec::new();
    let mut open: Vec<&Expr> = vec![e];
    while let Some(e) = open.pop() {
        if e.has_free(letter) {
            return true;
        }
        let mut names: Vec<Name> = Vec::new();
        e.visit_names(&mut |name| names.push(name.clone()));
        laws(e, &mut |law| names.push(law.name.clone()));
        for definition in definitions {
            let used = names.iter().any(|name| name.base == definition.name.base);
            if used && !seen.contains(&definition) {
                seen.push(definition);
                open.push(&definition.body);
            }
        }
    }
    false
}

/// Calls `see` with every law that is written in an expression.
pub(super) fn laws(e: &Expr, see: &mut impl FnMut(&Law)) {
    match &e.kind {
        Kind::Density { law, .. } | Kind::Entropy(law) => see(law),
        Kind::Divergence(p, q) => [p, q].into_iter().for_each(&mut *see),
        Kind::Expectation { binders, .. } | Kind::Variance { binders, .. } | Kind::Covariance { binders, .. } => {
            binders.iter().for_each(|binder| see(&binder.law));
        }
        _ => {}
    }
    e.children().into_iter().for_each(|child| laws(child, see));
}

fn say(name: &Name) -> String {
    full_name(name)
}

/// An expression with what becomes of its parts; the first of them that fails.
pub(super) fn with_children(e: &Expr, mut of: impl FnMut(&Expr) -> Result<Expr>) -> Result<Expr> {
    let mut changed = e.clone();
    let mut failed = None;
    changed.each_child(&mut |child| match of(child) {
        Ok(new) => *child = new,
        Err(error) => failed = failed.take().or(Some(error)),
    });
    failed.map_or(Ok(changed), Err)
}

/// A letter under another name, where nothing binds either.
pub(super) fn renamed(e: &Expr, from: &Name, to: &Name) -> Expr {
    let mut e = e.clone();
    fn rename(e: &mut Expr, from: &Name, to: &Name) {
        if let Kind::Name(name) = &mut e.kind
            && name == from
        {
            *name = to.clone();
        }
        e.each_child(&mut |child| rename(child, from, to));
    }
    rename(&mut e, from, to);
    e
}
