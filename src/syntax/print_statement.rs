//! The printing of statements with their clauses.

use super::ast::*;
use super::print::{Printer, Style};

/// A statement in a style, its `given` and `where` clauses included.
pub fn print_statement(statement: &Statement, style: Style) -> String {
    let mut printer = Printer::new(style);
    let functions = statement.definitions.iter().filter(|definition| !definition.parameters.is_empty());
    printer.functions = functions.map(|definition| definition.name.clone()).collect();
    let members: Vec<String> = statement.members.iter().map(|member| printer.expr(member)).collect();
    let mut text = members.join(" = ");
    let clause = |word: &str, parts: Vec<String>| match (parts.is_empty(), style) {
        (true, _) => String::new(),
        (false, Style::Latex) => format!(" \\text{{ {word} }} {}", parts.join(", ")),
        (false, _) => format!(" {word} {}", parts.join(", ")),
    };
    text += &clause("given", statement.given.iter().map(|assumption| printer.assumption(assumption)).collect());
    text += &clause("where", statement.definitions.iter().map(|definition| printer.definition(definition)).collect());
    text
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
    fn assumption(&self, assumption: &Assumption) -> String {
        match assumption {
            Assumption::Compare(relation, left, right) => {
                format!("{} {} {}", self.expr(left), self.relation(*relation), self.expr(right))
            }
            Assumption::Class { function, class, .. } if self.latex() => {
                format!("{} : \\text{{{class}}}", self.name(function))
            }
            Assumption::Class { function, class, .. } => format!("{} : {class}", self.name(function)),
        }
    }

    fn definition(&self, definition: &Definition) -> String {
        let name = self.name(&definition.name);
        let body = self.expr(&definition.body);
        if definition.parameters.is_empty() {
            return format!("{name} = {body}");
        }
        let parameters: Vec<String> = definition.parameters.iter().map(|parameter| self.name(parameter)).collect();
        format!("{name}({}) = {body}", parameters.join(", "))
    }
}
