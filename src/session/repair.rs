//! The true statement next to a false one: suggestions, printed, read again and proved before they are offered.

use super::answer::{Answer, Link, Repair, Verdict};
use super::judge::Judge;
use super::{Options, Session, Task, is_notation};
use crate::engine;
use crate::render::Formula;
use crate::repair::{Change, Fault, SEARCHES, Search, Suggestion, Workshop};
use crate::syntax::{self, Assumption, Binary, Expr, Kind, Name, Relation, Span, Statement, Style};
use crate::term::{Domain, Identity, Op, Regularity, Term, deadline};
use std::time::Instant;

/// The part of the time that the proof of one suggestion may take.
const PROOF: f64 = 0.6;

/// A refuted link of a statement.
pub struct Patient<'a> {
    pub session: &'a Session,
    pub judge: &'a Judge<'a>,
    pub statement: &'a Statement,
    /// The sides as they were written, and what they mean.
    pub written: [&'a Expr; 2],
    pub sides: [&'a Term; 2],
    /// The statement about arrays that this one stands for.
    pub arrays: Option<&'a Statement>,
}

impl Patient<'_> {
    /// The nearest statement that is proved, if one is near.
    pub fn repair(&self) -> Option<Repair> {
        let Options { repair, clock_factor, .. } = self.session.options;
        let until = self.judge.deadline.min(Instant::now() + repair * clock_factor);
        let steps = deadline::steps() + engine::steps_in(repair);
        deadline::within(steps, || {
            let condition = self.condition(until);
            condition.or_else(|| self.claims().into_iter().find_map(|claim| self.other_side(claim, until)))
        })
    }

    /// The sides to believe, the likelier first: a derivative of an expectation is what somebody wanted to know.
    fn claims(&self) -> Vec<usize> {
        let standing = |t: &Term| t.any(&|t| matches!(t.op(), Op::Derivative(..)) && t.has_operator());
        match self.sides.map(standing) {
            [true, false] => vec![0],
            [false, true] => vec![1],
            _ => vec![0, 1],
        }
    }

    /// The same equation under a condition more.
    fn condition(&self, until: Instant) -> Option<Repair> {
        let mut candidates: Vec<(Assumption, String)> = Vec::new();
        for (function, class) in &self.judge.problem.hypotheses.classes {
            for (stronger, text) in [
                (Regularity::Lipschitz, format!("true if {function} is absolutely continuous")),
                (Regularity::Smooth, format!("true if {function} is smooth")),
            ] {
                if stronger > *class && self.sides.iter().any(|side| side.any(&|t| applies(t, function))) {
                    let class = if stronger == Regularity::Smooth { "smooth" } else { "lipschitz" }.to_string();
                    let function = name(function);
                    candidates.push((Assumption::Class { function, class, span: Span::default() }, text));
                }
            }
        }
        let mut parameters: Vec<_> = self.sides.iter().flat_map(|side| side.free()).collect();
        parameters.sort();
        parameters.dedup();
        for var in parameters.into_iter().filter(|var| matches!(var.domain, Domain::Real | Domain::NonZero)) {
            let Identity::Free(letter) = &var.identity else { continue };
            let zero = Expr { kind: Kind::Number(Default::default()), span: Span::default() };
            let left = Expr { kind: Kind::Name(name(letter)), span: Span::default() };
            candidates.push((Assumption::Compare(Relation::Greater, left, zero), format!("true if {letter} > 0")));
        }
        candidates.into_iter().find_map(|(assumption, hint)| {
            let mut given = self.statement.given.clone();
            given.retain(|old| !same_subject(old, &assumption));
            given.push(assumption);
            let members = self.written.map(Clone::clone).to_vec();
            let (_, statement, _) = self.confirmed(Statement { members, given, ..self.statement.clone() }, until)?;
            Some(Repair { statement, hint })
        })
    }

    /// The equation with another side in place of the one that does not hold the claim.
    fn other_side(&self, claim: usize, until: Instant) -> Option<Repair> {
        let faulty = 1 - claim;
        let fault = Fault {
            library: self.judge.library,
            hypotheses: &self.judge.hypotheses,
            claim: self.sides[claim],
            side: self.sides[faulty],
            deadline: until,
        };
        let mut workshop = Workshop::new(fault);
        for search in SEARCHES {
            let mut second_best = None;
            for suggestion in workshop.suggestions(search) {
                let mut members = [self.member(claim), self.changed(faulty, &suggestion)];
                if claim == 1 {
                    members.reverse();
                }
                let statement = match self.of_arrays(faulty, &suggestion) {
                    Some(statement) => statement,
                    None => Statement { members: members.to_vec(), operators: false, ..self.statement.clone() },
                };
                let Some((verdict, text, reason)) = self.confirmed(statement, until) else { continue };
                let repair = Repair { statement: text, hint: self.hint(faulty, &suggestion, reason) };
                // Of forms that are as near, one that takes nothing is better.
                if verdict == Verdict::Proved || search != Search::Forms {
                    return Some(repair);
                }
                second_best = second_best.or(Some(repair));
            }
            if second_best.is_some() {
                return second_best;
            }
        }
        None
    }

    /// A side as it was written; operators with nothing to act on are written as acting on a function.
    fn member(&self, index: usize) -> Expr {
        if self.statement.operators {
            self.judge.letters.express(self.sides[index])
        } else {
            self.written[index].clone()
        }
    }

    /// The faulty side after the change, in the notation of the user where that is possible.
    fn changed(&self, faulty: usize, suggestion: &Suggestion) -> Expr {
        let written = self.written[faulty];
        let keep = is_notation(written) && !self.statement.operators;
        let at = |kind| Expr { kind, span: Span::default() };
        match &suggestion.change {
            Change::Factor(factor) if keep && *factor == Term::integer(-1) => at(Kind::Neg(Box::new(written.clone()))),
            Change::Factor(factor) if keep => {
                let factor = self.judge.letters.express(factor);
                at(Kind::Binary(Binary::Mul, Box::new(factor), Box::new(written.clone())))
            }
            Change::Missing(term) if keep => {
                let term = self.judge.letters.express(term);
                at(Kind::Binary(Binary::Add, Box::new(written.clone()), Box::new(term)))
            }
            _ => self.judge.letters.express(&suggestion.side),
        }
    }

    /// A factor of numbers and sizes is one of the statement about arrays as well.
    fn of_arrays(&self, faulty: usize, suggestion: &Suggestion) -> Option<Statement> {
        let (statement, Change::Factor(factor)) = (self.arrays?, &suggestion.change) else { return None };
        let entry = |v: &crate::term::Var| v.name().is_some_and(|name| name.contains('_'));
        if factor.free().iter().any(entry) {
            return None;
        }
        let factor = self.judge.letters.express(factor);
        let mut members = statement.members.clone();
        let side = members[faulty].clone();
        let kind = Kind::Binary(Binary::Mul, Box::new(factor), Box::new(side));
        members[faulty] = Expr { kind, span: Span::default() };
        Some(Statement { members, ..statement.clone() })
    }

    fn hint(&self, faulty: usize, suggestion: &Suggestion, reason: Option<String>) -> String {
        let side = ["left", "right"][faulty];
        let text = |term: &Term| self.judge.letters.formula(term).unicode;
        match &suggestion.change {
            Change::Factor(factor) if *factor == Term::integer(-1) => format!("the {side} side has the wrong sign"),
            Change::Factor(factor) => format!("the {side} side lacks a factor {}", text(factor)),
            Change::Missing(term) => format!("the {side} side lacks the term {}", text(term)),
            Change::Spurious(term) => format!("the {side} side has the term {} too many", text(term)),
            Change::Edited => format!("the {side} side should be {}", text(&suggestion.side)),
            Change::Replaced => {
                let by = reason.map(|reason| format!(", by {reason}")).unwrap_or_default();
                format!("the {side} side should be {}{by}", text(&suggestion.side))
            }
        }
    }

    /// The verdict on a statement as it is printed, its text, and the rule that it comes from, if it is proved.
    fn confirmed(&self, statement: Statement, until: Instant) -> Option<(Verdict, Formula, Option<String>)> {
        let time = self.session.options.repair.mul_f64(PROOF);
        let text = syntax::print_statement(&statement, Style::Unicode);
        let read = syntax::parse_statement(&text).ok()?;
        if Instant::now() > until || deadline::is_over() || read.members.first() == read.members.get(1) {
            return None;
        }
        let answer = self.session.answer(&read, &text, &text, Task::Confirm(time)).ok()?;
        let verdict = answer.verdict();
        (verdict <= Verdict::Conditional).then(|| (verdict, answer.formula.clone(), principal(&answer)))
    }
}

/// The rule that does the work in a derivation: the first that is more than algebra and a change of variables.
fn principal(answer: &Answer) -> Option<String> {
    let steps = || answer.links.iter().flat_map(|link| &link.derivation).flat_map(|derivation| &derivation.steps);
    let working = steps().find(|step| step.rule != "simplify" && !step.rule.contains("change-of-variables"));
    let step = working.or_else(|| steps().find(|step| step.rule != "simplify"))?;
    Some(match &step.reference {
        Some(reference) => format!("{} {reference}", step.title),
        None => step.title.clone(),
    })
}

/// Tries to repair a refuted link.
pub fn repaired(mut link: Link, patient: &Patient<'_>) -> Link {
    if link.verdict == Verdict::Refuted {
        link.repair = patient.repair();
    }
    link
}

fn applies(term: &Term, function: &str) -> bool {
    matches!(term.op(), Op::Apply(name, _) if &**name == function)
}

fn same_subject(a: &Assumption, b: &Assumption) -> bool {
    match (a, b) {
        (Assumption::Class { function: f, .. }, Assumption::Class { function: g, .. }) => f == g,
        _ => false,
    }
}

/// A letter from its text.
pub(super) fn name(text: &str) -> Name {
    match text.split_once('_') {
        Some((base, subscript)) => Name { base: base.into(), subscript: Some(subscript.into()) },
        None => Name { base: text.into(), subscript: None },
    }
}
