//! Vectors that move with a letter below them: `x_t ∈ R^d` where one differentiates by t, `N(μ_θ, I)` under D_θ. They are
//! values of a function of that letter, `x(t)`, and the statement becomes one about it.

use super::facts::attached;
use super::joint::{expr, name_of};
use super::shapes::Shapes;
use super::{Result, coded, full_name};
use crate::syntax::{Assumption, Code, Expr, Kind, Name, Span, Statement};
use std::collections::BTreeSet;

/// The statement with functions in the place of such vectors, and what is to be said of it. None if there are none.
pub(super) fn resolve(statement: &Statement, shapes: &Shapes) -> Result<Option<(Statement, Vec<String>)>> {
    let moves = Moves::of(statement, shapes);
    let mut made: Option<(Statement, Vec<String>)> = None;
    for (letter, _) in shapes.matrices() {
        if let Some(by) = moves.below(letter).first() {
            let message = format!("`{}`, a matrix that moves with `{by}`, has no meaning here yet", full_name(letter));
            let span = place(statement, letter).unwrap_or_default();
            return coded(
                Code::Unsupported,
                span,
                &message,
                Some("write the derivative for one entry, or for a number"),
            );
        }
    }
    for (letter, size) in shapes.vectors() {
        let by = moves.below(letter);
        if by.is_empty() {
            continue;
        }
        let (statement, said) = made.get_or_insert_with(|| (statement.clone(), vec![]));
        let span = place(statement, letter).unwrap_or_default();
        let function = function_of(letter, &by, statement);
        let arguments: Vec<Name> = by.iter().map(|piece| name_from(piece)).collect();
        said.push(format!("`{}` is a vector that moves with {}", full_name(letter), by.join(", ")));
        let value = |e: &mut Expr| put(e, letter, &function, &arguments);
        statement.members.iter_mut().for_each(value);
        statement.definitions.iter_mut().for_each(|definition| value(&mut definition.body));
        let mut given = Vec::new();
        for mut assumption in statement.given.drain(..) {
            match &mut assumption {
                Assumption::Space { letters, .. } => {
                    letters.retain(|other| other != letter);
                    if letters.is_empty() {
                        continue;
                    }
                }
                Assumption::Compare(_, left, right) => [left, right].into_iter().for_each(value),
                Assumption::Draw { law, .. } => law.arguments.iter_mut().for_each(value),
                _ => {}
            }
            given.push(assumption);
        }
        let from = arguments.iter().map(|name| shapes.size(name).map(str::to_string).into_iter().collect()).collect();
        given.push(Assumption::Map { function, from, to: vec![size.into()], span });
        statement.given = given;
    }
    Ok(made)
}

/// What moves: letters that one differentiates by, sets, draws or integrates over.
struct Moves {
    letters: BTreeSet<String>,
    /// Letters that are bound, or defined, as they are.
    bound: BTreeSet<Name>,
}

impl Moves {
    fn of(statement: &Statement, shapes: &Shapes) -> Moves {
        let mut moves = Moves { letters: BTreeSet::new(), bound: BTreeSet::new() };
        let bodies = statement.definitions.iter().map(|definition| &definition.body);
        statement.members.iter().chain(bodies).for_each(|e| moves.see(e, shapes));
        for definition in &statement.definitions {
            moves.bound.insert(definition.name.clone());
            moves.bound.extend(definition.parameters.iter().cloned());
        }
        for assumption in &statement.given {
            if let Assumption::Draw { variables, .. } = assumption {
                moves.letters.extend(variables.iter().filter(|name| shapes.size(name).is_none()).map(full_name));
                moves.bound.extend(variables.iter().cloned());
            }
        }
        moves
    }

    fn see(&mut self, e: &Expr, shapes: &Shapes) {
        match &e.kind {
            Kind::Derivative { variable: Some(name), .. } => {
                self.letters.insert(full_name(name));
                self.bound.insert(name.clone());
            }
            Kind::Integral { variable, .. } => {
                self.letters.insert(full_name(variable));
                self.bound.insert(variable.clone());
            }
            Kind::Expectation { binders, .. } | Kind::Variance { binders, .. } | Kind::Covariance { binders, .. } => {
                for name in binders.iter().flat_map(|binder| &binder.variables) {
                    // Below a parameter of its own law the letter of a vector is a label: `x ~ N(μ_x, I)`.
                    if shapes.size(name).is_none() {
                        self.letters.insert(full_name(name));
                    }
                    self.bound.insert(name.clone());
                }
            }
            Kind::Call { function, arguments, .. } if function.base == "at" => {
                self.letters.extend(arguments.get(1).and_then(name_of).map(full_name));
            }
            _ => {}
        }
        e.children().into_iter().for_each(|child| self.see(child, shapes));
    }

    /// The letters below a name that move, if it is free.
    fn below(&self, letter: &Name) -> Vec<String> {
        let own = self.bound.contains(letter) || self.letters.contains(&full_name(letter));
        let pieces = attached(letter).into_iter().map(ToString::to_string);
        pieces.filter(|piece| !own && self.letters.contains(piece)).collect()
    }
}

/// A name for the function: the letter without what moves, if nothing else is called so.
fn function_of(letter: &Name, by: &[String], statement: &Statement) -> Name {
    let rest: Vec<&str> =
        attached(letter).into_iter().filter(|piece| !by.iter().any(|moving| moving == piece)).collect();
    let mut name = Name { base: letter.base.clone(), subscript: (!rest.is_empty()).then(|| rest.join(",")) };
    let members = || statement.members.iter().chain(statement.definitions.iter().map(|definition| &definition.body));
    let given = |name: &Name| {
        statement.given.iter().any(|assumption| match assumption {
            Assumption::Space { letters, .. } | Assumption::Definite { letters, .. } => letters.contains(name),
            Assumption::Draw { variables, .. } => variables.contains(name),
            _ => false,
        })
    };
    while members().any(|e| e.mentions(&name)) || given(&name) || statement.definitions.iter().any(|d| d.name == name) {
        name.base.push('\'');
    }
    name
}

fn name_from(piece: &str) -> Name {
    match piece.split_once('_') {
        Some((base, below)) => Name { base: base.into(), subscript: Some(below.trim_matches(['{', '}']).into()) },
        None => Name { base: piece.into(), subscript: None },
    }
}

fn put(e: &mut Expr, letter: &Name, function: &Name, arguments: &[Name]) {
    let span = e.span;
    if name_of(e) == Some(letter) {
        let arguments = arguments.iter().map(|name| expr(Kind::Name(name.clone()), span)).collect::<Vec<_>>();
        let orders = vec![0; arguments.len()];
        e.kind = Kind::Call { function: function.clone(), orders, arguments };
        return;
    }
    e.each_child(&mut |child| put(child, letter, function, arguments));
}

/// Where a letter stands first.
fn place(statement: &Statement, letter: &Name) -> Option<Span> {
    fn find(e: &Expr, letter: &Name) -> Option<Span> {
        if name_of(e) == Some(letter) {
            return Some(e.span);
        }
        e.children().into_iter().find_map(|child| find(child, letter))
    }
    statement.members.iter().find_map(|member| find(member, letter))
}
