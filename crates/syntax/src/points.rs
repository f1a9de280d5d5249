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
    /// The letters of each list that a law has been written with, and how many values stand before and behind its bar.
    lists: Vec<(Name, Vec<String>, (usize, usize))>,
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

    /// Notes the letters of `p(x, z)` and `p(x|z)`, which are values of several variables.
    pub fn written_together(&self, law: &Name, points: &[&Expr], given: &[Expr]) {
        let letters = points.iter().copied().chain(given).filter_map(|e| match &e.kind {
            Kind::Name(letter) => Some(undecorated(&letter.base).to_string()),
            _ => None,
        });
        if is_letter_of_a_law(&law.base) {
            let size = (points.len(), given.len());
            self.points.borrow_mut().lists.push((law.clone(), letters.collect(), size));
        }
    }

    /// Where a letter has lists of one kind only, the letter that a mean binds says what its law is of.
    pub fn settle_lists(&self, statement: &mut Statement) {
        let points = self.points.borrow();
        let several = |law: &Name| {
            let mut sizes = points.lists.iter().filter(|(other, ..)| other.base == law.base).map(|(.., size)| size);
            let first = sizes.next();
            sizes.any(|size| Some(size) != first)
        };
        fn settle(e: &mut Expr, several: &impl Fn(&Name) -> bool) {
            if let Kind::Expectation { binders, .. }
            | Kind::Variance { binders, .. }
            | Kind::Covariance { binders, .. } = &mut e.kind
            {
                for law in binders.iter_mut().map(|binder| &mut binder.law) {
                    if law.points.len() < 2 && !several(&law.name) {
                        law.points.clear();
                    }
                }
            }
            e.each_child(&mut |child| settle(child, several));
        }
        let bodies = statement.definitions.iter_mut().map(|definition| &mut definition.body);
        statement.members.iter_mut().chain(bodies).for_each(|e| settle(e, &several));
        for assumption in &mut statement.given {
            if let Assumption::Draw { law, .. } = assumption
                && !several(&law.name)
            {
                law.points.clear();
            }
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
            let both = [base(first), base(letter)];
            let of_one = |(other, letters, _): &(Name, Vec<String>, (usize, usize))| {
                other.base == law.base && both.iter().all(|letter| letters.contains(letter))
            };
            if points.lists.iter().any(of_one) {
                // Marginals of one law of several variables.
                continue;
            }
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
