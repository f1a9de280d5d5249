//! The letters that a law is written for: `p(x)` beside `p(z)` may be two laws, or two points of one.

use super::ast::*;
use super::build::{Builder, Result};
use super::error::{Code, SyntaxError};
use super::hint::Hint;
use super::names::{is_letter_of_a_law, undecorated};
use super::print::{Style, print_name};

/// Where laws without conditions are written for a letter, and the letters that are any point of a law: those that are
/// integrated over, and those that a law draws by its name alone.
#[derive(Default)]
pub(super) struct Points {
    written: Vec<(Name, Name, Span)>,
    anywhere: Vec<Name>,
}

impl Builder<'_> {
    /// Notes `p(x)`.
    pub fn written_for(&self, law: &Name, at: &Expr) {
        if let Kind::Name(letter) = &at.kind
            && is_letter_of_a_law(&law.base)
        {
            self.points.borrow_mut().written.push((law.clone(), letter.clone(), at.span));
        }
    }

    /// Notes the letters of `∫ … dx` and `x ~ p`.
    pub fn is_anywhere(&self, letters: &[Name]) {
        self.points.borrow_mut().anywhere.extend_from_slice(letters);
    }

    /// Refuses what is equally likely to be two laws, and says where two points of one are meant.
    pub fn settle_points(&self, definitions: &[Definition]) -> Result<()> {
        let points = self.points.borrow();
        let base = |name: &Name| undecorated(&name.base).to_string();
        for (index, (law, letter, span)) in points.written.iter().enumerate() {
            let defined = definitions.iter().any(|definition| definition.name == *law);
            if defined || self.canon.defined.contains(&law.canonical()) {
                continue;
            }
            let other =
                points.written[..index].iter().find(|(other, first, _)| other == law && base(first) != base(letter));
            let Some((_, first, _)) = other else { continue };
            let free = [first, letter].map(|name| !points.anywhere.contains(name));
            let [law, first, second] = [law, first, letter].map(|name| print_name(name, Style::Unicode));
            if free == [false; 2] {
                continue;
            }
            if free == [true; 2] {
                let message = format!("are `{law}({first})` and `{law}({second})` two laws, or one at two points?");
                let help = format!(
                    "for one law say that both are drawn from it: … given {first}, {second} ~ {law}; for two write {law}_{first}({first}) and {law}_{second}({second})"
                );
                return Err(SyntaxError::new(message, *span).code(Code::Ambiguous).help(help));
            }
            let message = format!("`{law}({first})` and `{law}({second})` are read as one law at two points");
            let mut decisions = self.decisions.borrow_mut();
            if !decisions.iter().any(|decision| decision.message == message) {
                decisions.push(Hint { message, span: *span });
            }
        }
        Ok(())
    }
}
