//! Remarks on the letters of a whole statement: what only their places taken together tell.

use super::ast::*;
use super::hint::Hint;
use std::collections::{BTreeMap, BTreeSet};

/// Words that name an operator or a function elsewhere and are mere letters here.
const OPERATORS: [&str; 20] = [
    "grad", "vec", "div", "curl", "rot", "jac", "hess", "hessian", "mean", "avg", "std", "var", "cov", "prob", "trace",
    "diag", "norm", "softmax", "argmax", "argmin",
];

/// The remarks on a statement after these definitions.
pub fn remarks(statement: &Statement, definitions: &[Definition]) -> Vec<Hint> {
    let mut letters = Letters::default();
    for member in &statement.members {
        letters.see(member, &mut Vec::new());
    }
    // What a definition holds is bound where it is used.
    let free = letters.free.clone();
    for definition in definitions.iter().chain(&statement.definitions) {
        letters.defined.insert(definition.name.clone());
        letters.occurs.insert(definition.name.base.clone());
        let mut bound = definition.parameters.clone();
        letters.see(&definition.body, &mut bound);
    }
    let mut found = Vec::new();
    let drawn = |name: &Name| {
        let drawn =
            |given: &Assumption| matches!(given, Assumption::Draw { variables, .. } if variables.contains(name));
        statement.given.iter().any(drawn)
    };
    for (name, free) in free.iter().filter(|(name, _)| letters.bound.contains(*name) && !drawn(name)) {
        let message = format!(
            "`{name}` is bound in one place and free in another, where it is a letter of its own",
            name = name.canonical()
        );
        found.push(Hint { message, span: *free });
    }
    for (name, place) in &free {
        if OPERATORS.contains(&name.base.as_str()) && !letters.defined.contains(name) {
            found.push(Hint {
                message: format!("`{}` is read as a letter, not as an operator", name.base),
                span: *place,
            });
        }
    }
    for (name, place) in &letters.functions {
        let known = matches!(&*name.base, "norm" | "diag" | "tr" | "det" | "dot" | "hadamard" | "softmax");
        if OPERATORS.contains(&name.base.as_str()) && !known && !letters.defined.contains(name) {
            found.push(Hint { message: format!("`{}` is read as an unknown function", name.base), span: *place });
        }
    }
    let said = |function: &Name| {
        let of = |given: &Assumption| match given {
            Assumption::Class { function: of, .. } | Assumption::Map { function: of, .. } => of == function,
            _ => false,
        };
        letters.defined.contains(function) || statement.given.iter().any(of)
    };
    let gaussian = |name: &Name| name.base == "Φ" && name.subscript.is_none();
    if let Some((_, place)) = letters.functions.iter().find(|(name, _)| gaussian(name) && !said(name)) {
        let message = "`Φ` is read as an unknown function; the distribution function of the Gaussian is declared: … where Φ(u) = E_{z ~ N(0,1)}[1{z < u}]";
        found.push(Hint { message: message.into(), span: *place });
    }
    if let Some(place) = letters.quotients.first() {
        let message = "the quotient is of the logarithm; that of a quotient is written in brackets: ln(p(x)/q(x))";
        found.push(Hint { message: message.into(), span: *place });
    }
    for assumption in &statement.given {
        let (names, span) = match assumption {
            Assumption::Compare(_, left, right) => {
                let mut names = Vec::new();
                left.visit_names(&mut |name| names.push(name.clone()));
                right.visit_names(&mut |name| names.push(name.clone()));
                (names, Span { start: left.span.start, end: right.span.end })
            }
            Assumption::Class { function, span, .. } => (vec![function.clone()], *span),
            Assumption::Tuple { name, span, .. } => (vec![name.clone()], *span),
            Assumption::Sort { letter, span, .. } => (vec![letter.clone()], *span),
            Assumption::Space { letters, span, .. } | Assumption::Definite { letters, span } => {
                (letters.clone(), *span)
            }
            Assumption::Map { function, span, .. } => (vec![function.clone()], *span),
            // What is drawn may be drawn for others.
            Assumption::Draw { .. } => continue,
        };
        let drawn = statement.given.iter().any(|other| match other {
            Assumption::Draw { law, .. } => names.iter().any(|name| occurs_in(law, name)),
            _ => false,
        });
        // Operators act on a function f of y, or of a vector, which is not written.
        let acted = matches!(assumption, Assumption::Space { .. });
        if statement.operators && (acted || names.iter().all(|name| matches!(&*name.base, "f" | "y"))) {
            continue;
        }
        let absent = names.iter().find(|name| !letters.occurs.contains(&name.base));
        if let Some(absent) = absent.filter(|_| !drawn && names.iter().all(|name| !letters.occurs.contains(&name.base)))
        {
            let message = format!("`{}` is supposed to be something and occurs nowhere", absent.canonical());
            found.push(Hint { message, span });
        }
    }
    found.dedup();
    found
}

fn occurs_in(law: &Law, name: &Name) -> bool {
    let mut found = law.name.base == name.base || law.name.subscript.as_ref() == Some(&name.base);
    for argument in &law.arguments {
        argument.visit_names(&mut |other| found |= other.base == name.base);
    }
    found
}

#[derive(Default)]
struct Letters {
    /// Letters that stand for a value where nothing binds them, with a place.
    free: BTreeMap<Name, Span>,
    bound: BTreeSet<Name>,
    functions: BTreeMap<Name, Span>,
    defined: BTreeSet<Name>,
    /// The letters of all names, and those below and above them.
    occurs: BTreeSet<String>,
    /// `ln p(x)/q(x)`, which authors write for both readings.
    quotients: Vec<Span>,
}

/// A logarithm without brackets of what is applied.
fn ends_in_bare_logarithm(e: &Expr) -> bool {
    match &e.kind {
        Kind::Binary(Binary::Mul, _, last) => ends_in_bare_logarithm(last),
        Kind::Call { function, arguments, .. } if function.base == "ln" => {
            arguments.iter().all(|inner| is_applied(inner) && inner.span.end == e.span.end)
        }
        _ => false,
    }
}

fn is_applied(e: &Expr) -> bool {
    match &e.kind {
        Kind::Density { .. } => true,
        Kind::Call { function, .. } => super::is_letter(&function.base),
        _ => false,
    }
}

impl Letters {
    fn occur(&mut self, name: &Name) {
        self.occurs.insert(name.base.clone());
        let below = name.subscript.iter().flat_map(|below| below.split([',', '_', '+', '-']));
        let above = name
            .base
            .split_once('^')
            .into_iter()
            .flat_map(|(letter, above)| [letter].into_iter().chain(above.split('_')));
        self.occurs.extend(below.chain(above).map(|piece| piece.trim().to_string()));
    }

    fn law(&mut self, law: &Law) {
        self.occur(&law.name);
    }

    fn see(&mut self, e: &Expr, bound: &mut Vec<Name>) {
        let kept = bound.len();
        match &e.kind {
            Kind::Name(name) => {
                self.occur(name);
                if !bound.contains(name) {
                    self.free.entry(name.clone()).or_insert(e.span);
                }
            }
            Kind::Call { function, arguments, .. } => {
                self.occur(function);
                self.functions.entry(function.clone()).or_insert(e.span);
                if let ("sum" | "prod", [_, Expr { kind: Kind::Name(index), .. }, ..])
                | ("at", [_, Expr { kind: Kind::Name(index), .. }, ..]) =
                    (function.base.as_str(), arguments.as_slice())
                {
                    bound.push(index.clone());
                }
            }
            // What stands above a line says where it ends.
            Kind::Binary(Binary::Div, above, below)
                if above.span.start == e.span.start && ends_in_bare_logarithm(above) && is_applied(below) =>
            {
                self.quotients.push(e.span);
            }
            Kind::OperatorD(Some(name)) => self.occur(name),
            Kind::OperatorM(name) => {
                self.occur(&Name::new(name.base.trim_end_matches('\''), name.subscript.as_deref()));
            }
            Kind::Derivative { variable, .. } => match variable {
                Some(name) => self.occur(name),
                None => self.occur(&Name::new("θ", None)),
            },
            Kind::Density { law, .. } | Kind::Entropy(law) => self.law(law),
            Kind::Divergence(first, second) => {
                [first, second].into_iter().for_each(|law| self.law(law));
                // The letters before their bars are those of what the divergence is over.
                bound.extend([first, second].into_iter().flat_map(|law| &law.points).filter_map(|point| {
                    match &point.kind {
                        Kind::Name(name) => Some(name.clone()),
                        _ => None,
                    }
                }));
            }
            Kind::Expectation { binders, .. } | Kind::Variance { binders, .. } | Kind::Covariance { binders, .. } => {
                if binders.iter().any(|binder| binder.variables.is_empty()) {
                    // `E_p[…]` does not name what it binds.
                    e.visit_names(&mut |name| bound.push(name.clone()));
                }
                for binder in binders {
                    self.law(&binder.law);
                    binder.variables.iter().for_each(|name| self.occur(name));
                    // A law may hold what is drawn before it, and what is free.
                    binder.law.arguments.iter().for_each(|argument| self.see(argument, bound));
                    bound.extend(binder.variables.iter().cloned());
                    self.bound.extend(binder.variables.iter().cloned());
                }
            }
            Kind::Smoothing { .. } | Kind::OperatorS(_) => {
                // The note's notation has its own letters.
                ["θ", "σ", "x", "y"].into_iter().for_each(|letter| self.occur(&Name::new(letter, None)));
            }
            Kind::Integral { variable, limits, .. } => {
                self.occur(variable);
                if let Some((low, high)) = limits {
                    [low, high].into_iter().for_each(|limit| self.see(limit, bound));
                }
                bound.push(variable.clone());
                self.bound.insert(variable.clone());
            }
            _ => {}
        }
        let body = match &e.kind {
            Kind::Expectation { body, .. } | Kind::Variance { body, .. } | Kind::Integral { body, .. } => vec![&**body],
            Kind::Covariance { left, right, .. } => vec![&**left, &**right],
            _ => e.children(),
        };
        body.into_iter().for_each(|child| self.see(child, bound));
        bound.truncate(kept);
    }
}
