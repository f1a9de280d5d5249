//! The printing of statements with their clauses.

use super::ast::*;
use super::parse::parse_statement;
use super::print::{Printer, Style};

/// A statement in a style, its `given` and `where` clauses included.
pub fn print_statement(statement: &Statement, style: Style) -> String {
    let mut printer = Printer::new(style);
    let functions = statement.definitions.iter().filter(|definition| !definition.parameters.is_empty());
    let declared = statement.given.iter().filter_map(|assumption| match assumption {
        Assumption::Class { function, .. } => Some(function),
        Assumption::Map { function, .. } => Some(function),
        Assumption::Compare(..)
        | Assumption::Sort { .. }
        | Assumption::Draw { .. }
        | Assumption::Space { .. }
        | Assumption::Tuple { .. }
        | Assumption::Definite { .. } => None,
    });
    printer.functions = functions.map(|definition| &definition.name).chain(declared).cloned().collect();
    printer.d_is_a_letter = d_is_a_letter(statement);
    printer.e_is_a_letter = e_is_a_letter(statement);
    let text = printer.statement(statement);
    // `S_a M_y` alone would be a smoothed variable; `S_a*M_y` can only be a product of operators.
    printer.explicit = statement.operators && parse_statement(&text).is_ok_and(|parsed| !parsed.operators);
    if printer.explicit { printer.statement(statement) } else { text }
}

/// Does a statement say something of a letter D?
fn d_is_a_letter(statement: &Statement) -> bool {
    let d = |name: &Name| name.base == "D" && name.subscript.is_none();
    let mut found = statement.definitions.iter().any(|definition| d(&definition.name));
    for assumption in &statement.given {
        match assumption {
            Assumption::Draw { variables, .. } => found |= variables.iter().any(d),
            Assumption::Sort { letter, .. } => found |= d(letter),
            Assumption::Tuple { name, parts, .. } => found |= d(name) || parts.iter().any(d),
            Assumption::Space { letters, .. } | Assumption::Definite { letters, .. } => found |= letters.iter().any(d),
            Assumption::Map { function, .. } => found |= d(function),
            Assumption::Class { function, .. } => found |= d(function),
            Assumption::Compare(_, left, right) => {
                [left, right].into_iter().for_each(|side| side.visit_names(&mut |name| found |= d(name)));
            }
        }
    }
    let bodies = statement.members.iter().chain(statement.definitions.iter().map(|definition| &definition.body));
    bodies.for_each(|body| body.visit_names(&mut |name| found |= d(name)));
    found
}

/// Is there a function E?
fn e_is_a_letter(statement: &Statement) -> bool {
    let mut found = false;
    let bodies = statement.definitions.iter().map(|definition| &definition.body);
    statement.members.iter().chain(bodies).for_each(|e| e.visit_names(&mut |name| found |= name.base == "E"));
    found
}

/// An assumption in a style: `σ > 0`, `f : lipschitz`.
pub fn print_assumption(assumption: &Assumption, style: Style) -> String {
    Printer::new(style).assumption(assumption)
}

/// A definition in a style: `f(u) = step(u - 1)`.
pub fn print_definition(definition: &Definition, style: Style) -> String {
    Printer::new(style).definition(definition)
}

impl Printer {
    fn statement(&self, statement: &Statement) -> String {
        let members: Vec<String> = statement.members.iter().map(|member| self.expr(member)).collect();
        let clause = |word: &str, parts: Vec<String>| match (parts.is_empty(), self.latex()) {
            (true, _) => String::new(),
            (false, true) => format!(" \\text{{ {word} }} {}", parts.join(", ")),
            (false, false) => format!(" {word} {}", parts.join(", ")),
        };
        let given = statement.given.iter().map(|assumption| self.assumption(assumption)).collect();
        let definitions = statement.definitions.iter().map(|definition| self.definition(definition)).collect();
        self.chain(&members, &statement.up_to) + &clause("given", given) + &clause("where", definitions)
    }

    /// `A = B`, `A ∝_x B`, `A = B + const`.
    fn chain(&self, members: &[String], up_to: &[UpTo]) -> String {
        let mut text = String::new();
        for (index, member) in members.iter().enumerate() {
            let up_to = |link: Option<usize>| up_to.iter().find(|up_to| Some(up_to.link) == link);
            let before = up_to(index.checked_sub(1));
            match before {
                Some(UpTo { constant: Constant::Factor, free_of, .. }) => {
                    text += " ";
                    text += self.pick("propto", "∝", "\\propto");
                    match free_of.as_slice() {
                        [] => {}
                        [Name { base, subscript: None }] if base.chars().count() == 1 => {
                            text += &format!("_{}", self.name(&free_of[0]));
                        }
                        letters => {
                            let letters: Vec<String> = letters.iter().map(|name| self.name(name)).collect();
                            text += &format!("_{{{}}}", letters.join(", "));
                        }
                    }
                    text += " ";
                }
                _ if index > 0 => text += " = ",
                _ => {}
            }
            text += member;
            if before.is_some_and(|up_to| up_to.constant == Constant::Summand) {
                text += self.pick(" + const", " + const", " + \\text{const}");
            }
        }
        text
    }

    fn assumption(&self, assumption: &Assumption) -> String {
        match assumption {
            Assumption::Compare(relation, left, right) => {
                format!("{} {} {}", self.expr(left), self.relation(*relation), self.expr(right))
            }
            Assumption::Draw { variables, law, .. } => {
                let names: Vec<String> = variables.iter().map(|name| self.name(name)).collect();
                format!("{} {} {}", names.join(", "), self.pick("~", "~", "\\sim"), self.law(law))
            }
            Assumption::Class { function, class, .. } if self.latex() => {
                format!("{} : \\text{{{class}}}", self.name(function))
            }
            Assumption::Class { function, class, .. } => format!("{} : {class}", self.name(function)),
            Assumption::Sort { letter, sort, .. } if self.latex() => {
                format!("{} : \\text{{{sort}}}", self.name(letter))
            }
            Assumption::Sort { letter, sort, .. } => format!("{} : {sort}", self.name(letter)),
            Assumption::Space { letters, sizes, .. } => {
                let names: Vec<String> = letters.iter().map(|name| self.name(name)).collect();
                format!("{} {} {}", names.join(", "), self.pick("∈", "∈", "\\in"), self.space(sizes))
            }
            Assumption::Tuple { name, parts, .. } => {
                let parts: Vec<String> = parts.iter().map(|part| self.name(part)).collect();
                format!("{} = ({})", self.name(name), parts.join(", "))
            }
            Assumption::Definite { letters, .. } => {
                let names: Vec<String> = letters.iter().map(|name| self.name(name)).collect();
                format!("{} {} 0", names.join(", "), self.pick("≻", "≻", "\\succ"))
            }
            Assumption::Map { function, from, to, .. } => {
                let from: Vec<String> = from.iter().map(|size| self.space(size)).collect();
                let from = from.join(self.pick(" * ", " × ", " \\times "));
                let arrow = self.pick("->", "→", "\\to");
                format!("{} : {from} {arrow} {}", self.name(function), self.space(to))
            }
        }
    }

    /// `R^d`, `R^{m×n}`.
    fn space(&self, sizes: &[String]) -> String {
        let reals = self.pick("R", "R", "\\mathbb{R}");
        let sizes: Vec<String> = sizes.iter().map(|size| self.name(&Name::from_canonical(size))).collect();
        match sizes.as_slice() {
            [] => reals.into(),
            [size] if !self.latex() => format!("{reals}^{size}"),
            _ => format!("{reals}^{{{}}}", sizes.join(self.pick("×", "×", " \\times "))),
        }
    }

    fn definition(&self, definition: &Definition) -> String {
        let name = self.name(&definition.name);
        let body = self.expr(&definition.body);
        if definition.parameters.is_empty() {
            return format!("{name} = {body}");
        }
        let parameters: Vec<String> = definition.parameters.iter().map(|parameter| self.name(parameter)).collect();
        let list = match definition.before_bar {
            Some(bar) => format!("{} | {}", parameters[..bar].join(", "), parameters[bar..].join(", ")),
            None => parameters.join(", "),
        };
        format!("{name}({list}) = {body}")
    }
}
