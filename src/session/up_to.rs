//! Statements that leave a constant open, `A ∝ B` and `A = B + const`: the equations that they stand for, one answer.

use super::answer::{Answer, Condition, Link, Repair, Status, Verdict};
use super::error::Error;
use super::repair::name;
use super::{Session, Task};
use crate::engine;
use crate::render::Formula;
use crate::syntax::{self, Assumption, Expr, Kind, Relation, Role, Span, Statement, Style, print, print_statement};
use crate::term::deadline;

impl Session {
    /// The answer to a statement with links that hold up to a constant.
    pub(super) fn answer_up_to(
        &self,
        statement: &Statement,
        stated: &str,
        source: &str,
        task: Task,
    ) -> Result<Answer, Error> {
        let equations = syntax::equations(statement, &self.definitions, &self.assumptions);
        let equations = equations.map_err(|e| Error::syntax(e, source))?;
        let repairs = matches!(task, Task::Prove);
        let task = if repairs { Task::Settle } else { task };
        let (mut links, mut hints, mut reading) = (Vec::new(), Vec::new(), None::<Formula>);
        for (role, equation) in equations {
            let mut answer = self.answer(&equation, stated, source, task)?;
            if repairs && role == Role::Signs && links.iter().all(|link: &Link| link.verdict < Verdict::Refuted) {
                answer.links.iter_mut().for_each(|signs| signs.repair = self.of_one_sign(statement, signs));
            }
            match (links.last_mut(), answer.links.as_slice()) {
                (Some(compared), [signs]) if role == Role::Signs && is_left_open(signs) => suppose_signs(compared),
                _ => links.extend(answer.links),
            }
            for hint in answer.hints {
                if !hints.contains(&hint) {
                    hints.push(hint);
                }
            }
            reading = reading.or_else(|| answer.reading.or_else(|| Some(Formula::from(&equation))));
        }
        Ok(Answer {
            statement: stated.trim().into(),
            formula: Formula::from(statement),
            reading,
            links,
            hints,
            expected: None,
        })
    }

    /// The statement for positive values of a letter that is negative where the signs differ.
    fn of_one_sign(&self, statement: &Statement, signs: &Link) -> Option<Repair> {
        let witness = signs.witness.as_ref()?;
        let negative = witness.instance.parameters.iter().filter(|(_, value)| **value < 0.0);
        let steps = deadline::steps() + engine::steps_in(self.options.repair);
        let mut found = negative.filter_map(|(letter, _)| {
            let at = |kind| Expr { kind, span: Span::default() };
            let [letter, zero] = [at(Kind::Name(name(letter))), at(Kind::Number(Default::default()))];
            let hint = format!("true if {} > 0", print(&letter, Style::Unicode));
            let mut stronger = statement.clone();
            stronger.given.push(Assumption::Compare(Relation::Greater, letter, zero));
            let text = print_statement(&stronger, Style::Unicode);
            let confirm = Task::Confirm(self.options.repair);
            let answer = deadline::within(steps, || self.answer(&stronger, &text, &text, confirm)).ok()?;
            (answer.verdict() <= Verdict::Conditional).then_some(Repair { statement: answer.formula, hint })
        });
        found.next()
    }
}

/// The numbers agree, and there is no derivation.
fn is_left_open(link: &Link) -> bool {
    link.verdict == Verdict::Open && link.witness.is_none() && !link.comparisons.is_empty()
}

/// What is compared up to a factor may suppose that the factor is positive.
fn suppose_signs(link: &mut Link) {
    let text = "both sides have the same sign everywhere".into();
    link.conditions.push(Condition { text, status: Status::Assumed });
    link.verdict = link.verdict.max(Verdict::Conditional);
}
