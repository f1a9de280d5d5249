//! Laws that are given by an energy: `p_θ(x) = exp(-E_θ(x))/Z_θ`.
//!
//! Where nothing else is said of the energy, every positive density is one of this kind, with any Z: the energies with a
//! finite integral are the pairs of a law and a number. So the law is left unspecified, its normaliser is any positive
//! number, and the energy is what these say: `E_θ(x) = -(ln p_θ(x) + A(θ))`, `Z_θ = exp(A(θ))`. That is another name for
//! the same things, for every value of the parameters at once; it asks that the energy depends on all that the law does,
//! and that the other letters of the exponent (a temperature) are held fixed in the statement.

use super::super::facts::Facts;
use super::lists::split;
use super::{binary, expr, letter, logarithm, name_of, renamed};
use crate::syntax::{Assumption, Binary, Definition, Expr, Kind, Law, Name, Span, Statement};
use std::collections::BTreeSet;

/// The statement about the laws themselves, and what is to be said of it. None if no law is given by an energy.
pub(in crate::term::elaborate) fn resolve(statement: &Statement, facts: &Facts) -> Option<(Statement, Vec<String>)> {
    let mut found: Option<(Statement, Vec<String>)> = None;
    for definition in &statement.definitions {
        let current = found.as_ref().map_or(statement, |(statement, _)| statement);
        if let Some((next, said)) = Energy::of(definition, current, facts).and_then(|energy| energy.rewritten(current))
        {
            let mut all = found.take().map_or_else(Vec::new, |(_, said)| said);
            all.push(said);
            found = Some((next, all));
        }
    }
    found
}

/// `p(x|s) = exp(u)/Z` with an unknown function in u.
struct Energy<'a> {
    definition: &'a Definition,
    /// The exponent, and the unknown function in it with its arguments.
    exponent: &'a Expr,
    function: &'a Name,
    arguments: Vec<Name>,
    /// What the law is divided by.
    divisor: &'a Expr,
    /// What the law depends on, beside its point.
    parameters: Vec<Name>,
}

impl<'a> Energy<'a> {
    fn of(definition: &'a Definition, statement: &Statement, facts: &Facts) -> Option<Energy<'a>> {
        let (point, given) = definition.parameters.split_first()?;
        if !given.is_empty() && definition.before_bar != Some(1) {
            return None;
        }
        let (mut above, mut below) = (Vec::new(), Vec::new());
        factors(&definition.body, &mut above, &mut below);
        above.retain(|e| !is_one(e));
        let ([exponential], [divisor]) = (above.as_slice(), below.as_slice()) else { return None };
        let exponent = exponent_of(exponential)?;
        let mut calls = Vec::new();
        unknown_calls(exponent, statement, &mut calls);
        let [(function, arguments)] = calls.as_slice() else { return None };
        let arguments: Vec<Name> = arguments.iter().map(|e| name_of(e).cloned()).collect::<Option<_>>()?;
        let distinct: BTreeSet<&Name> = arguments.iter().collect();
        if distinct.len() < arguments.len() || !arguments.contains(point) {
            return None;
        }
        // The energy depends on all that the law does, and on nothing else.
        let below = |name: &Name| split(name, facts).2.into_iter().map(|piece| plain(&piece)).collect::<Vec<_>>();
        let mut parameters: Vec<Name> = below(&definition.name);
        parameters.extend(given.iter().cloned());
        let of_law: BTreeSet<Name> = parameters.iter().cloned().collect();
        let of_energy: BTreeSet<Name> =
            below(function).into_iter().chain(arguments.iter().filter(|name| *name != point).cloned()).collect();
        let energy = Energy { definition, exponent, function, arguments, divisor, parameters };
        (of_law == of_energy && energy.others_are_fixed(statement) && energy.stands_alone(statement)).then_some(energy)
    }

    /// The letters of the exponent beside those of the energy are free in the statement and held fixed.
    fn others_are_fixed(&self, statement: &Statement) -> bool {
        let mut others = BTreeSet::new();
        self.exponent.visit_names(&mut |name| {
            others.insert(name.clone());
        });
        others.retain(|name| name != self.function && !self.arguments.contains(name) && !is_known(name));
        let mut moved = BTreeSet::new();
        let bodies = statement.definitions.iter().map(|definition| &definition.body);
        statement.members.iter().chain(bodies).for_each(|e| moving(e, &mut moved));
        let defined = |name: &Name| {
            let of =
                |d: &Definition| d.name.base == name.base || d.parameters.contains(name) && !d.parameters.is_empty();
            statement.definitions.iter().any(of)
        };
        let drawn = |name: &Name| {
            statement.given.iter().any(|assumption| match assumption {
                Assumption::Draw { variables, .. } => variables.contains(name),
                _ => false,
            })
        };
        others.iter().all(|name| !moved.contains(name) && !defined(name) && !drawn(name))
    }

    /// The energy is that of one law only, and no hypothesis speaks of its values.
    fn stands_alone(&self, statement: &Statement) -> bool {
        let speaks = |e: &Expr| {
            let mut found = false;
            e.visit_names(&mut |name| found |= name.base == self.function.base);
            found
        };
        let hypothesis = statement.given.iter().any(|assumption| match assumption {
            Assumption::Compare(_, left, right) => speaks(left) || speaks(right),
            _ => false,
        });
        // Another density that holds the energy beside its own normaliser.
        let other = statement.definitions.iter().any(|definition| {
            let mut body = definition.body.clone();
            self.replace_integrals(&mut body, &Expr { kind: Kind::Infinity, span: Span::default() });
            *definition != *self.definition && !definition.parameters.is_empty() && speaks(&body) && is_density(&body)
        });
        let defined = statement.definitions.iter().any(|definition| definition.name.base == self.function.base);
        // At other parameters it would be a function of its own.
        let mut elsewhere = false;
        let bodies = statement.definitions.iter().map(|definition| &definition.body);
        for e in statement.members.iter().chain(bodies) {
            e.visit_names(&mut |name| elsewhere |= name.base == self.function.base && name != self.function);
        }
        let same_law = statement.definitions.iter().filter(|d| d.name.base == self.definition.name.base).count() > 1;
        !hypothesis && !other && !defined && !same_law && !elsewhere
    }

    fn rewritten(&self, statement: &Statement) -> Option<(Statement, String)> {
        let span = self.definition.span;
        let point = self.definition.parameters.first()?;
        let constant = self.constant(statement, span)?;
        let exponential = |e: &Expr| {
            let function = Name { base: "exp".into(), subscript: None };
            expr(Kind::Call { function, orders: vec![0], arguments: vec![e.clone()] }, span)
        };
        let normaliser = exponential(&constant);
        let mut found = statement.clone();
        // What the law is divided by is its normaliser: the integral itself, a name for it, or a letter without a meaning.
        let mut divisor = self.divisor.clone();
        self.replace_integrals(&mut divisor, &normaliser);
        if divisor == *self.divisor {
            let (name, parameters) = match &self.divisor.kind {
                Kind::Name(name) => (name.clone(), vec![]),
                Kind::Call { function, arguments, .. } => {
                    (function.clone(), arguments.iter().map(|e| name_of(e).cloned()).collect::<Option<Vec<_>>>()?)
                }
                _ => return None,
            };
            match found.definitions.iter().position(|definition| definition.name == name) {
                Some(index) => {
                    let body = &mut found.definitions[index].body;
                    self.replace_integrals(body, &normaliser);
                    if *body != normaliser {
                        return None;
                    }
                }
                None if name.base == "Z" => found.definitions.push(Definition {
                    name,
                    parameters,
                    before_bar: None,
                    body: normaliser.clone(),
                    span,
                }),
                None => return None,
            }
        } else if divisor != normaliser {
            return None;
        }
        let arguments: Vec<Expr> = self.definition.parameters[1..].iter().map(|name| letter(name, span)).collect();
        let law = Law::named(self.definition.name.clone(), arguments, span);
        let density = expr(Kind::Density { law, at: Box::new(letter(point, span)) }, span);
        let energy = self.solved(binary(Binary::Add, logarithm(density), constant))?;
        let said = format!(
            "{} is any law of this kind, with {} = {}",
            crate::syntax::print_name(&self.definition.name, crate::syntax::Style::Unicode),
            crate::syntax::print_name(self.function, crate::syntax::Style::Unicode),
            crate::syntax::print(&energy, crate::syntax::Style::Unicode)
        );
        found.definitions.retain(|definition| definition != self.definition);
        let bodies = found.definitions.iter_mut().map(|definition| &mut definition.body);
        found.members.iter_mut().chain(bodies).for_each(|e| self.replace_integrals(e, &normaliser));
        let mut sizes: Vec<String> = Vec::new();
        found.given.retain(|assumption| match assumption {
            Assumption::Class { function, .. } => function != self.function,
            Assumption::Map { function, from, .. } if function == self.function => {
                let place = self.arguments.iter().position(|name| name == point);
                sizes = place.and_then(|place| from.get(place).cloned()).unwrap_or_default();
                false
            }
            _ => true,
        });
        if !sizes.is_empty() {
            let mut letters = vec![point.clone()];
            let bodies = found.definitions.iter().map(|definition| &definition.body);
            found.members.iter().chain(bodies).for_each(|e| drawn_from(e, &self.definition.name, &mut letters));
            found.given.push(Assumption::Space { letters, sizes, span });
        }
        found.definitions.push(Definition {
            name: self.function.clone(),
            parameters: self.arguments.clone(),
            before_bar: None,
            body: energy,
            span,
        });
        Some((found, said))
    }

    /// The logarithm of the normaliser: any number, for each value of the parameters.
    fn constant(&self, statement: &Statement, span: Span) -> Option<Expr> {
        let mut taken = BTreeSet::new();
        let bodies = statement.definitions.iter().map(|definition| &definition.body);
        for e in statement.members.iter().chain(bodies) {
            e.visit_names(&mut |name| {
                taken.insert(name.base.clone());
            });
            super::laws(e, &mut |law| {
                taken.insert(law.name.base.clone());
            });
        }
        taken.extend(statement.definitions.iter().map(|definition| definition.name.base.clone()));
        for assumption in &statement.given {
            if let Assumption::Draw { variables, law, .. } = assumption {
                taken.extend(variables.iter().map(|name| name.base.clone()).chain([law.name.base.clone()]));
            }
        }
        let base = ["A", "B", "C", "F", "G", "K", "L"].into_iter().find(|base| !taken.contains(*base))?;
        let name = Name { base: base.into(), subscript: None };
        if self.parameters.is_empty() {
            return Some(letter(&name, span));
        }
        let arguments: Vec<Expr> = self.parameters.iter().map(|name| letter(name, span)).collect();
        Some(expr(Kind::Call { function: name, orders: vec![0; arguments.len()], arguments }, span))
    }

    /// The energy, from what the exponent is equal to. The energy stands in it once, and not in a divisor.
    fn solved(&self, value: Expr) -> Option<Expr> {
        let (mut value, mut node) = (value, self.exponent);
        let holds = |e: &Expr| {
            let mut found = false;
            e.visit_names(&mut |name| found |= name == self.function);
            found
        };
        loop {
            let span = node.span;
            match &node.kind {
                Kind::Call { function, .. } if function == self.function => return Some(value),
                Kind::Neg(inner) => (value, node) = (expr(Kind::Neg(Box::new(value)), span), inner),
                Kind::Binary(Binary::Add, left, right) => {
                    let (inner, other) = if holds(left) { (left, right) } else { (right, left) };
                    (value, node) = (binary(Binary::Sub, value, (**other).clone()), inner);
                }
                Kind::Binary(Binary::Sub, left, right) if holds(left) => {
                    (value, node) = (binary(Binary::Add, value, (**right).clone()), left);
                }
                Kind::Binary(Binary::Sub, left, right) => {
                    (value, node) = (binary(Binary::Sub, (**left).clone(), value), right);
                }
                Kind::Binary(Binary::Mul, left, right) => {
                    let (inner, other) = if holds(left) { (left, right) } else { (right, left) };
                    (value, node) = (binary(Binary::Div, value, (**other).clone()), inner);
                }
                Kind::Binary(Binary::Div, left, right) if holds(left) => {
                    (value, node) = (binary(Binary::Mul, value, (**right).clone()), left);
                }
                _ => return None,
            }
        }
    }

    /// Puts the normaliser for the integral that it is, at the same parameters and over any letter.
    fn replace_integrals(&self, e: &mut Expr, normaliser: &Expr) {
        if let Kind::Integral { limits: None, variable, body } = &e.kind
            && let Some(exponent) = exponent_of(body)
        {
            let mut own = self.exponent.clone();
            let Some(point) = self.definition.parameters.first() else { return };
            own = renamed(&own, point, variable);
            if own == *exponent && (variable == point || !self.exponent.has_free(variable)) {
                *e = normaliser.clone();
                return;
            }
        }
        e.each_child(&mut |child| self.replace_integrals(child, normaliser));
    }
}

fn plain(piece: &str) -> Name {
    match piece.split_once('_') {
        Some((base, below)) => Name { base: base.into(), subscript: Some(below.into()) },
        None => Name { base: piece.into(), subscript: None },
    }
}

/// The factors of a product, above and below its fraction bars.
pub(in super::super) fn factors<'e>(e: &'e Expr, above: &mut Vec<&'e Expr>, below: &mut Vec<&'e Expr>) {
    match &e.kind {
        Kind::Binary(Binary::Mul, left, right) => {
            factors(left, above, below);
            factors(right, above, below);
        }
        Kind::Binary(Binary::Div, left, right) => {
            factors(left, above, below);
            factors(right, below, above);
        }
        _ => above.push(e),
    }
}

fn is_one(e: &Expr) -> bool {
    matches!(&e.kind, Kind::Number(n) if num_traits::One::is_one(n))
}

fn exponent_of(e: &Expr) -> Option<&Expr> {
    match &e.kind {
        Kind::Call { function, arguments, .. } if function.base == "exp" && function.subscript.is_none() => {
            arguments.first()
        }
        _ => None,
    }
}

/// Does an expression hold the exponential of something, as a density by its energy does?
fn is_density(e: &Expr) -> bool {
    exponent_of(e).is_some() || e.children().into_iter().any(is_density)
}

/// The calls of functions of which nothing is known.
fn unknown_calls<'e>(e: &'e Expr, statement: &Statement, found: &mut Vec<(&'e Name, &'e [Expr])>) {
    if let Kind::Call { function, arguments, orders } = &e.kind {
        let defined = statement.definitions.iter().any(|definition| definition.name.base == function.base);
        if !defined && orders.iter().all(|order| *order == 0) && !is_known(function) {
            found.push((function, arguments));
        }
    }
    e.children().into_iter().for_each(|child| unknown_calls(child, statement, found));
}

/// A function of the library is called by a word.
fn is_known(name: &Name) -> bool {
    !crate::syntax::is_letter(&name.base)
}

/// The letters that something differentiates by or binds.
fn moving(e: &Expr, found: &mut BTreeSet<Name>) {
    match &e.kind {
        Kind::Derivative { variable: Some(name), .. } | Kind::Integral { variable: name, .. } => {
            found.insert(name.clone());
        }
        Kind::Derivative { variable: None, .. } => {
            found.insert(plain("θ"));
        }
        Kind::Expectation { binders, .. } | Kind::Variance { binders, .. } | Kind::Covariance { binders, .. } => {
            found.extend(binders.iter().flat_map(|binder| binder.variables.iter().cloned()));
        }
        Kind::Call { function, arguments, .. } if matches!(&*function.base, "sum" | "prod" | "at") => {
            found.extend(arguments.get(1).and_then(name_of).cloned());
        }
        _ => {}
    }
    e.children().into_iter().for_each(|child| moving(child, found));
}

/// The letters that a mean draws from a law.
fn drawn_from(e: &Expr, law: &Name, letters: &mut Vec<Name>) {
    if let Kind::Expectation { binders, .. } | Kind::Variance { binders, .. } | Kind::Covariance { binders, .. } =
        &e.kind
    {
        for binder in binders.iter().filter(|binder| binder.law.name.base == law.base) {
            letters.extend(binder.variables.iter().filter(|name| !letters.contains(name)).cloned().collect::<Vec<_>>());
        }
    }
    e.children().into_iter().for_each(|child| drawn_from(child, law, letters));
}
