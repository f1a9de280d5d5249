//! What equality up to a constant says, in equations.
//!
//! `A ∝ B` in x: A(x) B(x') = A(x') B(x), and the two have the same sign everywhere. So A = c B with c = A(x')/B(x') > 0 for
//! any x' where B is not 0, and where B is 0 everywhere, so is A. `A = B + const` in x: A(x) - B(x) = A(x') - B(x').
//! Neither asks anything of the functions.

use super::ast::*;
use super::build::{binary, call};
use super::error::{Code, SyntaxError};
use super::hint::Hint;
use super::print::{Style, print_name};
use super::print_statement::{print_assumption, print_definition, print_statement};
use std::collections::BTreeSet;

/// The letters that a bare ∇ differentiates by, too: parameters that are fitted.
const PARAMETERS: [&str; 5] = ["θ", "φ", "ψ", "η", "w"];

/// What an equation says of a link of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// All of it.
    Link,
    /// That its sides are equal up to a factor.
    Factor,
    /// That this factor is positive.
    Signs,
}

/// The equations that a statement is made of, each with what it says: one where no constant is left open. `definitions` and `assumptions` are those that hold before it.
///
/// # Errors
/// Where the statement does not tell which letters a constant is free of.
pub fn equations(
    statement: &Statement,
    definitions: &[Definition],
    assumptions: &[Assumption],
) -> Result<Vec<(Role, Statement)>, SyntaxError> {
    if statement.up_to.is_empty() {
        return Ok(vec![(Role::Link, statement.clone())]);
    }
    let about = Surroundings { statement, definitions, assumptions };
    let mut found = Vec::new();
    for link in 0..statement.members.len() - 1 {
        let (left, right) = (&statement.members[link], &statement.members[link + 1]);
        let plain = Statement { up_to: Vec::new(), ..statement.clone() };
        let Some(up_to) = statement.up_to.iter().find(|up_to| up_to.link == link) else {
            found.push((Role::Link, Statement { members: vec![left.clone(), right.clone()], ..plain }));
            continue;
        };
        let letters = match up_to.free_of.as_slice() {
            [] => about.compared(up_to, left, right)?,
            letters => letters.to_vec(),
        };
        about.refuse_equations(&letters)?;
        let others: Vec<Name> = letters.iter().map(|letter| about.fresh(letter)).collect();
        let given = about.given(&letters, &others);
        let elsewhere = |side: &Expr| {
            letters.iter().zip(&others).fold(side.clone(), |side, (letter, other)| at(side, letter, other))
        };
        let written = letters.iter().map(|letter| print_name(letter, Style::Unicode)).collect::<Vec<_>>().join(", ");
        let said = |message: String| {
            let mut decisions = statement.decisions.clone();
            decisions.said.push(Hint { message, span: up_to.span });
            decisions
        };
        match up_to.constant {
            Constant::Summand => {
                let gap = binary(Binary::Sub, left.clone(), right.clone());
                let decisions = said(format!("both sides differ by what is free of {written}"));
                let members = vec![gap.clone(), elsewhere(&gap)];
                found.push((Role::Link, Statement { members, given, decisions, ..plain }));
            }
            Constant::Factor => {
                let decisions = said(format!("both sides differ by a positive factor that is free of {written}"));
                let crossed = vec![
                    binary(Binary::Mul, left.clone(), elsewhere(right)),
                    binary(Binary::Mul, elsewhere(left), right.clone()),
                ];
                found.push((Role::Factor, Statement { members: crossed, given, decisions, ..plain.clone() }));
                found.push((Role::Signs, Statement { members: vec![sign(left), sign(right)], ..plain }));
            }
        }
    }
    Ok(found)
}

/// What the letters of a link depend on.
struct Surroundings<'a> {
    statement: &'a Statement,
    definitions: &'a [Definition],
    assumptions: &'a [Assumption],
}

impl Surroundings<'_> {
    /// The letters that a constant is free of: the point of a density or of its logarithm, else the one parameter, else the
    /// arguments of the function on the left, else the one letter that both sides have.
    fn compared(&self, up_to: &UpTo, left: &Expr, right: &Expr) -> Result<Vec<Name>, SyntaxError> {
        let shared: Vec<Name> =
            self.letters().into_iter().filter(|name| self.depends(left, name) && self.depends(right, name)).collect();
        let of = |names: Vec<Name>| {
            let mut names: Vec<Name> = names.into_iter().filter(|name| shared.contains(name)).collect();
            names.dedup();
            Some(names).filter(|names| !names.is_empty())
        };
        // In a chain the first member says what all are compared in.
        let sides = [left, right, &self.statement.members[0]];
        if let Some(letters) = sides.into_iter().find_map(|side| of(point(side))) {
            return Ok(letters);
        }
        let is_parameter = |name: &Name| PARAMETERS.contains(&name.base.as_str());
        let parameters: Vec<&Name> = shared.iter().filter(|name| is_parameter(name)).collect();
        let candidates = match parameters.as_slice() {
            [one] => return Ok(vec![(*one).clone()]),
            [] => match (of(arguments(left)), shared.as_slice()) {
                (Some(arguments), _) => return Ok(arguments),
                (None, [one]) => return Ok(vec![one.clone()]),
                // One side is a constant altogether.
                (None, []) => {
                    let letters = [point(left), arguments(left), point(right), arguments(right)];
                    match letters.into_iter().find(|letters| !letters.is_empty()) {
                        Some(letters) => return Ok(letters),
                        None => Vec::new(),
                    }
                }
                (None, several) => several.to_vec(),
            },
            several => several.iter().map(|name| (*name).clone()).collect(),
        };
        let text = |name: &Name| print_name(name, Style::Unicode);
        let first = candidates.first().map_or("x".to_string(), text);
        let sign = if up_to.constant == Constant::Factor { "∝" } else { "+ const" };
        let error = match candidates.len() {
            0 => {
                SyntaxError::new(format!("`{sign}` compares in no letter: both sides have none in common"), up_to.span)
            }
            _ => {
                let names: Vec<String> = candidates.iter().map(text).collect();
                let message =
                    format!("`{sign}` does not say of which letters the constant is free: {}", names.join(", "));
                SyntaxError::new(message, up_to.span)
            }
        };
        Err(error.code(Code::Ambiguous).help(match up_to.constant {
            Constant::Factor => format!("say it below the sign: A ∝_{first} B"),
            Constant::Summand => format!("compare the derivatives: D_{first}[A] = D_{first}[B]"),
        }))
    }

    fn all_definitions(&self) -> impl Iterator<Item = &Definition> {
        self.statement.definitions.iter().chain(self.definitions)
    }

    fn all_assumptions(&self) -> impl Iterator<Item = &Assumption> {
        self.assumptions.iter().chain(&self.statement.given)
    }

    /// Every letter that stands for a value somewhere, or below a name, and that nothing draws or defines.
    fn letters(&self) -> Vec<Name> {
        let mut found = BTreeSet::new();
        let bodies = self.statement.members.iter().chain(self.all_definitions().map(|definition| &definition.body));
        bodies.for_each(|body| letters_of(body, &mut found));
        for assumption in self.all_assumptions() {
            if let Assumption::Draw { variables, .. } = assumption {
                variables.iter().for_each(|drawn| {
                    found.remove(drawn);
                });
            }
        }
        for definition in self.all_definitions() {
            found.remove(&definition.name);
        }
        found.into_iter().collect()
    }

    /// Does an expression hold a letter, by the names of functions and laws and by definitions too?
    fn depends(&self, expr: &Expr, letter: &Name) -> bool {
        self.depends_beyond(expr, letter, &mut Vec::new())
    }

    fn depends_beyond<'s>(&'s self, expr: &Expr, letter: &Name, seen: &mut Vec<&'s Name>) -> bool {
        if expr.mentions(letter) {
            return true;
        }
        let mut names = BTreeSet::new();
        expr.visit_names(&mut |name| {
            names.insert(name.clone());
        });
        laws_of(expr, &mut names);
        for definition in self.all_definitions() {
            let used = names.contains(&definition.name)
                && !seen.contains(&&definition.name)
                && !definition.parameters.contains(letter);
            if used {
                seen.push(&definition.name);
                if self.depends_beyond(&definition.body, letter, seen) {
                    return true;
                }
            }
        }
        false
    }

    /// A letter for another value: `x'`, with more primes where that is written anywhere.
    fn fresh(&self, letter: &Name) -> Name {
        let definitions = self.definitions.iter().map(|definition| print_definition(definition, Style::Unicode));
        let assumptions = self.assumptions.iter().map(|assumption| print_assumption(assumption, Style::Unicode));
        let written: Vec<String> = [print_statement(self.statement, Style::Unicode)]
            .into_iter()
            .chain(definitions)
            .chain(assumptions)
            .collect();
        let mut other = letter.clone();
        loop {
            other.base.push('\'');
            let name = print_name(&Name::new(&other.base, None), Style::Unicode);
            if !written.iter().any(|text| text.contains(&name)) {
                return other;
            }
        }
    }

    /// Refuses an equation about one of the letters among the hypotheses: it would say what the letter's other value is. What a
    /// draw sets is none.
    fn refuse_equations(&self, letters: &[Name]) -> Result<(), SyntaxError> {
        let mut random: BTreeSet<&Name> = BTreeSet::new();
        for assumption in self.all_assumptions() {
            match assumption {
                Assumption::Draw { variables, .. } => random.extend(variables),
                Assumption::Compare(Relation::Equal, left, right) => {
                    let of = |side: &Expr| letters.iter().any(|letter| self.depends(side, letter));
                    match &left.kind {
                        Kind::Name(set) if random.iter().any(|drawn| right.has_free(drawn)) => {
                            random.insert(set);
                        }
                        _ if of(left) || of(right) => {
                            let span = Span { start: left.span.start, end: right.span.end };
                            let message = "this says what a letter is that both sides are compared in";
                            let error = SyntaxError::new(message, span).code(Code::Ambiguous);
                            return Err(error.help("put its value in its place, or define by it: … where y = x^2"));
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The hypotheses, with those about the letters said of the other values as well.
    fn given(&self, letters: &[Name], others: &[Name]) -> Vec<Assumption> {
        let other = |name: &Name| letters.iter().position(|letter| letter == name).map(|index| others[index].clone());
        let renamed = |names: &[Name]| -> Vec<Name> { names.iter().filter_map(other).collect() };
        let mut given = self.statement.given.clone();
        for assumption in self.all_assumptions() {
            let more = match assumption.clone() {
                // None of these is about the letters.
                Assumption::Compare(Relation::Equal, ..) => continue,
                Assumption::Compare(relation, left, right) => {
                    let change = |mut side: Expr| {
                        rename(&mut side, &other);
                        side
                    };
                    Assumption::Compare(relation, change(left), change(right))
                }
                Assumption::Sort { letter, sort, span } => match other(&letter) {
                    Some(letter) => Assumption::Sort { letter, sort, span },
                    None => continue,
                },
                Assumption::Space { letters, sizes, span } => {
                    Assumption::Space { letters: renamed(&letters), sizes, span }
                }
                Assumption::Definite { letters, span } => Assumption::Definite { letters: renamed(&letters), span },
                Assumption::Class { .. }
                | Assumption::Draw { .. }
                | Assumption::Tuple { .. }
                | Assumption::Map { .. } => {
                    continue;
                }
            };
            let empty = matches!(&more, Assumption::Space { letters, .. } | Assumption::Definite { letters, .. } if letters.is_empty());
            if !empty && more != *assumption {
                given.push(more);
            }
        }
        given
    }
}

/// The point of a density, or of the logarithm of one.
fn point(side: &Expr) -> Vec<Name> {
    match &side.kind {
        Kind::Density { law, at } => {
            let mut found = BTreeSet::new();
            [&**at].into_iter().chain(&law.points).for_each(|point| letters_of(point, &mut found));
            found.into_iter().collect()
        }
        Kind::Call { function, arguments, .. } if function.base == "ln" => arguments.iter().flat_map(point).collect(),
        Kind::Neg(inner) => point(inner),
        _ => Vec::new(),
    }
}

/// The letters among the arguments of a function.
fn arguments(side: &Expr) -> Vec<Name> {
    let Kind::Call { arguments, .. } = &side.kind else { return Vec::new() };
    let letter = |argument: &Expr| match &argument.kind {
        Kind::Name(name) => Some(name.clone()),
        _ => None,
    };
    arguments.iter().filter_map(letter).collect()
}

/// The letters of an expression that stand for values, or below a function or a law.
fn letters_of(expr: &Expr, found: &mut BTreeSet<Name>) {
    let below = |name: &Name, found: &mut BTreeSet<Name>| {
        for piece in name.subscript.iter().flat_map(|below| below.split(',')) {
            found.insert(Name::from_canonical(piece));
        }
    };
    match &expr.kind {
        Kind::Name(name) => {
            found.insert(name.clone());
        }
        Kind::Call { function, .. } => below(function, found),
        Kind::Density { law, .. } | Kind::Entropy(law) => below(&law.name, found),
        Kind::Divergence(left, right) => [left, right].into_iter().for_each(|law| below(&law.name, found)),
        Kind::Expectation { binders, .. } | Kind::Variance { binders, .. } | Kind::Covariance { binders, .. } => {
            binders.iter().for_each(|binder| below(&binder.law.name, found));
        }
        _ => {}
    }
    expr.children().into_iter().for_each(|child| letters_of(child, found));
}

/// The names of the laws of an expression.
fn laws_of(expr: &Expr, found: &mut BTreeSet<Name>) {
    match &expr.kind {
        Kind::Density { law, .. } | Kind::Entropy(law) => {
            found.insert(law.name.clone());
        }
        Kind::Divergence(left, right) => found.extend([left.name.clone(), right.name.clone()]),
        Kind::Expectation { binders, .. } | Kind::Variance { binders, .. } | Kind::Covariance { binders, .. } => {
            found.extend(binders.iter().map(|binder| binder.law.name.clone()));
        }
        _ => {}
    }
    expr.children().into_iter().for_each(|child| laws_of(child, found));
}

fn rename(expr: &mut Expr, other: &impl Fn(&Name) -> Option<Name>) {
    expr.rename(&mut |name| {
        if let Some(other) = other(name) {
            *name = other;
        }
    });
    expr.each_child(&mut |child| rename(child, other));
}

fn at(side: Expr, letter: &Name, other: &Name) -> Expr {
    let span = side.span;
    let name = |name: &Name| Expr { kind: Kind::Name(name.clone()), span };
    call("at", vec![side, name(letter), name(other)], span)
}

fn sign(side: &Expr) -> Expr {
    call("sign", vec![side.clone()], side.span)
}
