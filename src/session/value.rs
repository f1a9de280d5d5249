//! The value of an expression: the shortest form that is proved equal to it.

use super::{Answer, Error, Letters, Session, Task, Verdict};
use crate::array;
use crate::engine::{self, Limits};
use crate::syntax::{self, Expr, Statement, Style};
use crate::term::{Elaborator, Op, Problem, Simplifier, Term};
use std::cmp::Reverse;
use std::time::Duration;

/// How long forms are looked for.
const LOOKED_FOR: Duration = Duration::from_millis(500);
/// How many forms are tried, the shortest first.
const MOST: usize = 6;

impl Session {
    /// The value of an expression: an equation between it and the shortest form that is proved equal to it, a closed form if
    /// there is one. Where there is no shorter one, both sides are the expression, and the numbers of the answer are its value.
    ///
    /// ```
    /// let answer = stein::Session::new()?.eval("E_{x ~ N(0,1)}[x^4]")?;
    /// assert_eq!(answer.formula.unicode, "E_{x ~ N(0,1)}[x⁴] = 3");
    /// # Ok::<(), stein::Error>(())
    /// ```
    ///
    /// # Errors
    /// Shows the place that cannot be read; an equation has no value.
    pub fn eval(&self, text: &str) -> Result<Answer, Error> {
        super::guarded(|| {
            let statement = self.statement(text)?;
            self.value(&statement, text)
        })
    }

    /// What makes `e = ?` true: the value of the other side.
    ///
    /// # Errors
    /// As of [`Session::eval`]; a text without `?` asks nothing.
    pub fn solve(&self, text: &str) -> Result<Answer, Error> {
        let (before, behind) = text.split_once('?').ok_or_else(|| nothing_asked(text))?;
        if behind.contains('?') {
            return Err(nothing_asked(text));
        }
        if let Some(side) = before.trim_end().strip_suffix('=') {
            return self.eval(&format!("{side} {behind}"));
        }
        match (before.trim(), behind.trim_start().strip_prefix('=')) {
            ("", Some(side)) => self.eval(side),
            _ => Err(nothing_asked(text)),
        }
    }

    /// The answer to an equation between an expression and its value.
    pub(super) fn value(&self, statement: &Statement, source: &str) -> Result<Answer, Error> {
        let [written] = statement.members.as_slice() else {
            return Err(Error::unsupported("an equation has no value", "write one side of it, or prove it", source));
        };
        let mut elaborator = Elaborator::new(&self.library.definitions);
        elaborator.define(self.definitions.iter().cloned());
        let problem = elaborator.statement(statement, &self.assumptions).map_err(|e| Error::meaning(*e, source))?;
        if statement.operators && array::has_arrays(&problem) {
            let help = "write an equation: Δ S_a = S_a Δ given y ∈ R^d";
            return Err(Error::unsupported("operators on functions of a vector have no normal form yet", help, source));
        }
        if statement.operators {
            return self.normal_form(statement, written, &problem, source);
        }
        let [term] = problem.members.as_slice() else {
            return Err(Error::unsupported("this has no value here yet", "write an equation", source));
        };
        if array::has_arrays(&problem) {
            let help = "write an equation, or take one entry: numbers have values";
            return Err(Error::unsupported("an expression with arrays has no value here yet", help, source));
        }
        let letters = Letters::of(&statement.members);
        for form in self.shorter(term, &problem) {
            let answer = self.equal(statement, written, letters.express(&form))?;
            // What asks for more has to be worth it.
            let simpler = length(&form).0 < length(term).0;
            if answer.verdict() == Verdict::Proved || simpler && answer.verdict() == Verdict::Conditional {
                return Ok(answer);
            }
        }
        let mut answer = self.equal(statement, written, written.clone())?;
        let unknown = !term.free().is_empty() || term.any(&|part| matches!(part.op(), Op::Apply(..)));
        let hint = if unknown {
            "no shorter form is known"
        } else if answer.links.iter().all(|link| link.comparisons.is_empty()) {
            "no value is known, and it may have none"
        } else {
            "no closed form is known; the numbers are its value"
        };
        answer.hints.push(hint.into());
        Ok(answer)
    }

    /// The forms that are shorter than a term, the shortest first; they are not proved.
    fn shorter(&self, term: &Term, problem: &Problem) -> Vec<Term> {
        let mut hypotheses = problem.hypotheses.clone();
        hypotheses.read_densities(term);
        let limits = Limits { steps: engine::steps_in(LOOKED_FOR), ..Limits::default() };
        let mut simplifier = Simplifier::new(&self.library.definitions);
        let found = engine::forms(&self.library, term, &hypotheses, &limits);
        let mut forms: Vec<Term> = found.iter().map(|form| simplifier.simplify(form)).collect();
        forms.push(simplifier.simplify(term));
        // Without operators the other writing of a value may be no shorter: 2 x for x + x.
        let own = length(term);
        forms.retain(|form| length(form) < own || own.0 == 0 && form != term && length(form) == own);
        forms.sort_by_cached_key(|form| (length(form), Reverse(form.clone())));
        forms.dedup();
        forms.truncate(MOST);
        forms
    }

    pub(super) fn equal(&self, statement: &Statement, left: &Expr, right: Expr) -> Result<Answer, Error> {
        let equation = Statement { members: vec![left.clone(), right], ..statement.clone() };
        let text = syntax::print_statement(&equation, Style::Unicode);
        let read = self.statement(&text)?;
        let task = if statement.operators { Task::Order } else { Task::Prove };
        self.answer(&read, &text, &text, task)
    }
}

/// What has to be computed before what has only to be read: means, integrals and derivatives, densities, the size.
fn length(term: &Term) -> (usize, usize, usize) {
    let (mut operators, mut densities) = (0, 0);
    term.visit(&mut |part| match part.op() {
        Op::Expect(_) | Op::Integral(_) | Op::Sum(_) | Op::Derivative(..) => operators += 1,
        Op::Density => densities += 1,
        _ => {}
    });
    (operators, densities, term.size())
}

fn nothing_asked(text: &str) -> Error {
    Error::unsupported("nothing is asked for", "put a `?` in the place of a side: E_{x ~ N(0,1)}[x^2] = ?", text)
}
