//! What follows from the factors of a law: its densities and its means.

use super::{binary, expr, fresh, number};
use crate::syntax::{Binary, Binder, Definition, Expr, Kind, Law, Name, Span};
use std::collections::BTreeMap;

/// The law of one variable given those before it.
#[derive(Clone)]
pub(super) struct Factor {
    /// The letter of the variable.
    pub letter: Name,
    /// Its law, with the letters of the variables before it.
    pub law: Law,
    /// Which of the variables before it the law is given, by their numbers, with the places of their letters in it.
    pub parents: Vec<usize>,
}

/// The law of several variables, by its factors in order.
pub(super) struct Factors {
    pub factors: Vec<Factor>,
}

/// What is known of a variable: it is drawn and called so, it has a value, or it is drawn and not spoken of.
#[derive(Clone)]
#[allow(clippy::large_enum_variant)] // Few are ever made.
pub(super) enum Role {
    Drawn(Name),
    Value(Expr),
}

impl Factors {
    /// The density of these values, given those: of the variables behind the last of them nothing is asked.
    pub fn density(
        &self,
        drawn: &BTreeMap<usize, Expr>,
        given: &BTreeMap<usize, Expr>,
        definitions: &[Definition],
        span: Span,
    ) -> Expr {
        let all: BTreeMap<usize, Role> =
            drawn.iter().chain(given).map(|(index, value)| (*index, Role::Value(value.clone()))).collect();
        let given: BTreeMap<usize, Role> =
            given.iter().map(|(index, value)| (*index, Role::Value(value.clone()))).collect();
        let known = self.known(&given);
        let above = self.mean(known, &all, number(1, span), definitions, span);
        match self.weight(known, &given, definitions, span) {
            Some(below) => binary(Binary::Div, above, below),
            None => above,
        }
    }

    /// The mean of a body over these variables, given those values.
    pub fn expectation(
        &self,
        drawn: &BTreeMap<usize, Name>,
        given: &BTreeMap<usize, Expr>,
        body: Expr,
        definitions: &[Definition],
        span: Span,
    ) -> Expr {
        let given: BTreeMap<usize, Role> =
            given.iter().map(|(index, value)| (*index, Role::Value(value.clone()))).collect();
        let mut all = given.clone();
        all.extend(drawn.iter().map(|(index, name)| (*index, Role::Drawn(name.clone()))));
        let known = self.known(&given);
        let above = self.mean(known, &all, body, definitions, span);
        match self.weight(known, &given, definitions, span) {
            Some(below) => binary(Binary::Div, above, below),
            None => above,
        }
    }

    /// How many of the first variables are given: their factors stand above and below, and cancel.
    fn known(&self, given: &BTreeMap<usize, Role>) -> usize {
        (0..self.factors.len()).take_while(|index| given.contains_key(index)).count()
    }

    /// The density of what is given, but for the first of it; none if it is 1.
    fn weight(
        &self,
        known: usize,
        given: &BTreeMap<usize, Role>,
        definitions: &[Definition],
        span: Span,
    ) -> Option<Expr> {
        (given.len() > known).then(|| self.mean(known, given, number(1, span), definitions, span))
    }

    /// The factors of what is known times the body, under means over what is drawn or not spoken of.
    fn mean(
        &self,
        known: usize,
        roles: &BTreeMap<usize, Role>,
        body: Expr,
        definitions: &[Definition],
        span: Span,
    ) -> Expr {
        let last = roles.keys().next_back().map_or(known, |last| (last + 1).max(known));
        // What is not spoken of has a letter of its own, away from those that are.
        let taken = |name: &Name| {
            super::holds(&body, name, definitions)
                || roles.values().any(|role| match role {
                    Role::Drawn(other) => other == name,
                    Role::Value(value) => super::holds(value, name, definitions),
                })
        };
        let mut letters: BTreeMap<usize, Expr> = BTreeMap::new();
        let mut names: BTreeMap<usize, Name> = BTreeMap::new();
        for (index, factor) in self.factors.iter().enumerate().take(last) {
            let name = match roles.get(&index) {
                Some(Role::Value(value)) => {
                    letters.insert(index, value.clone());
                    continue;
                }
                Some(Role::Drawn(name)) => name.clone(),
                None => fresh(&factor.letter, |name| taken(name) || names.values().any(|other| other == name)),
            };
            letters.insert(index, super::letter(&name, span));
            names.insert(index, name);
        }
        let mut body = body;
        for (index, factor) in self.factors.iter().enumerate().take(last).skip(known).rev() {
            let law = self.law(factor, &letters, span);
            body = match names.get(&index) {
                Some(name) => {
                    let binders = vec![Binder { variables: vec![name.clone()], law }];
                    expr(Kind::Expectation { binders, body: Box::new(body) }, span)
                }
                None => {
                    let density = expr(Kind::Density { law, at: Box::new(letters[&index].clone()) }, span);
                    let one = matches!(&body.kind, Kind::Number(n) if num_traits::One::is_one(n));
                    if one { density } else { binary(Binary::Mul, density, body) }
                }
            };
        }
        body
    }

    /// The law of a factor at these letters or values of the variables before it.
    fn law(&self, factor: &Factor, letters: &BTreeMap<usize, Expr>, span: Span) -> Law {
        let mut law = factor.law.clone();
        law.span = span;
        let put: Vec<(&Name, &Expr)> = factor
            .parents
            .iter()
            .filter_map(|parent| Some((&self.factors[*parent].letter, letters.get(parent)?)))
            .collect();
        law.arguments.iter_mut().for_each(|argument| put_values(argument, &put));
        law
    }
}

/// Puts values for letters, all at once.
fn put_values(e: &mut Expr, values: &[(&Name, &Expr)]) {
    if let Kind::Name(name) = &e.kind {
        if let Some((_, value)) = values.iter().find(|(letter, _)| *letter == name) {
            *e = (*value).clone();
        }
        return;
    }
    e.each_child(&mut |child| put_values(child, values));
}
