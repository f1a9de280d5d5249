//! Statements about arrays and trajectories: compared at several sizes, and proved for all.

use super::answer::{Condition, Link, Status, Verdict};
use super::judge::Judge;
use super::letters::Letters;
use super::repair::{Patient, repaired};
use super::{Session, Task};
use crate::array::{self, Way};
use crate::check::{Comparison, Finding};
use crate::render::Formula;
use crate::syntax::{Assumption, Expr, Statement};
use crate::term::{Op, Problem, Simplifier, Symbol, Term};
use std::time::{Duration, Instant};

/// The sizes that are looked at; where there are several letters, each is taken through them from another place.
const SIZES: [i64; 3] = [2, 3, 1];

/// Answers, each with the statement about numbers that was proved in its place.
type Answers = Vec<(Link, Option<Problem>)>;

/// A link of a statement about arrays.
pub struct Sized<'a> {
    pub session: &'a Session,
    pub problem: &'a Problem,
    pub statement: &'a Statement,
    pub given: &'a [Assumption],
    pub letters: &'a Letters,
    /// Which link it is, and its sides as they were written.
    pub index: usize,
    pub written: [&'a Expr; 2],
    pub time: Duration,
    pub deadline: Instant,
}

impl Sized<'_> {
    /// The answer to the link; with the statement about numbers that was proved in its place, if there is one. Of entries with
    /// several indices there is an answer for each way in which those can be the same.
    pub fn answers(&self, task: Task) -> Vec<(Link, Option<Problem>)> {
        let sides = [&self.problem.members[self.index], &self.problem.members[self.index + 1]];
        let typed = self.judge(self.problem);
        let mut link = typed.link(sides[0], sides[1], self.written.map(Formula::from));
        let confirming = matches!(task, Task::Confirm(_));
        self.numbers(&mut link, if confirming { 1 } else { SIZES.len() });
        // Where nothing is random there is nothing shorter to prove than what is written.
        let random = sides.iter().any(|side| side.any(&|t| matches!(t.op(), Op::Expect(_))));
        let ways = if random { [Way::Entries, Way::Whole] } else { [Way::Whole, Way::Entries] };
        let settled =
            |answers: &[(Link, Option<Problem>)]| answers.iter().all(|(link, _)| link.verdict != Verdict::Open);
        match self.by(task, ways[0], &link) {
            Ok((answers, true)) if !settled(&answers) => match self.by(task, ways[1], &link) {
                Ok((other, _)) if settled(&other) => other,
                _ => answers,
            },
            Ok((answers, _)) => answers,
            Err(why) => {
                if link.verdict == Verdict::Open {
                    link.reason = Some(why.to_string());
                }
                vec![(link, None)]
            }
        }
    }

    /// The answers to the statements about numbers, and whether there is another way to them.
    fn by(&self, task: Task, way: Way, link: &Link) -> Result<(Answers, bool), String> {
        let reduced = self.reduced(way)?;
        let another = self.problem.arrays.values().any(|shape| shape.len() > 1);
        let (several, refuted) = (reduced.len() > 1, link.verdict == Verdict::Refuted);
        let mut answers = Vec::new();
        for reduced in reduced {
            let reduced = self.simplified(reduced);
            let mut case = link.clone();
            if several && !refuted {
                let [left, right] = [0, 1].map(|side| self.letters.formula(&reduced.members[side]));
                (case.left, case.right) = (left, right);
            }
            let answer = self.answer(task, case, reduced);
            // The case that shows what is wrong is enough; and so is one that stays open.
            let (verdict, last) = (answer.0.verdict, refuted && answer.0.verdict == Verdict::Refuted);
            if last {
                return Ok((vec![answer], false));
            }
            answers.push(answer);
            if !refuted && verdict == Verdict::Open {
                break;
            }
        }
        // All cases are derived, and the numbers differ.
        answers.truncate(if refuted { 1 } else { answers.len() });
        Ok((answers, another))
    }

    /// The statements about numbers that are enough.
    fn reduced(&self, way: Way) -> Result<Vec<Problem>, String> {
        let definitions = &self.session.library.definitions;
        let of_arrays =
            |problem: &Problem, index| array::generic(definitions, problem, index, way).map_err(|why| why.to_string());
        let Some(trajectories) = self.problem.trajectories.get(self.index) else {
            return of_arrays(self.problem, self.index);
        };
        let mut reduced = Vec::new();
        for claim in trajectories.claims.as_ref().map_err(String::clone)? {
            match array::has_arrays(claim) {
                true => reduced.extend(of_arrays(claim, 0)?),
                false => reduced.push(claim.clone()),
            }
        }
        Ok(reduced)
    }

    /// What becomes of the link by the statement about numbers.
    fn answer(&self, task: Task, mut link: Link, reduced: Problem) -> (Link, Option<Problem>) {
        let confirming = matches!(task, Task::Confirm(_));
        if let Task::Check = task {
            if link.verdict == Verdict::Open && link.reason.is_none() {
                link.reason = Some("the numbers agree; no derivation was looked for".into());
            }
            return (link, Some(reduced));
        }
        let judge = self.judge(&reduced);
        let [left, right] = [&reduced.members[0], &reduced.members[1]];
        let about_numbers = judge.link(left, right, [left, right].map(|side| self.letters.formula(side)));
        if confirming && link.verdict == Verdict::Refuted {
            return (link, Some(reduced));
        }
        // With all steps written out the numbers have been seen.
        let seen = !self.problem.trajectories.is_empty() && !link.comparisons.is_empty();
        let proved = match (confirming, seen) {
            (true, _) => judge.confirm(about_numbers, left, right),
            (false, true) => judge.derive(about_numbers, left, right),
            (false, false) => judge.prove(about_numbers, left, right),
        };
        if link.verdict == Verdict::Refuted {
            if proved.verdict == Verdict::Refuted && matches!(task, Task::Settle) {
                return (link, Some(reduced));
            }
            if proved.verdict == Verdict::Refuted {
                let [left_written, right_written] = [left, right].map(|side| self.letters.express(side));
                let given = self.statement.given.iter().filter(|given| matches!(given, Assumption::Class { .. }));
                let about_numbers = Statement {
                    members: vec![left_written.clone(), right_written.clone()],
                    given: given.cloned().collect(),
                    ..Statement::default()
                };
                let whole = self.statement.members.len() == 2;
                let patient = Patient {
                    session: self.session,
                    judge: &judge,
                    statement: &about_numbers,
                    written: [&left_written, &right_written],
                    sides: [left, right],
                    arrays: whole.then_some(self.statement),
                };
                link.repair = repaired(proved, &patient).repair;
            } else if proved.derivation.is_some() && !assumes(&proved) {
                // A witness need not meet what a derivation assumes.
                link.verdict = Verdict::Open;
                link.reason = Some(super::judge::CONTRADICTION.into());
            }
            return (link, Some(reduced));
        }
        match proved.verdict {
            Verdict::Proved | Verdict::Conditional if link.comparisons.is_empty() => {
                let why = link.reason.take().unwrap_or_default();
                link.reason = Some(format!("there is a derivation, and the numbers could not confirm it: {why}"));
            }
            Verdict::Proved | Verdict::Conditional => {
                link.verdict = proved.verdict;
                link.reason = None;
            }
            // Only what holds for each choice of indices is looked for, which is more than what is claimed.
            Verdict::Refuted => link.reason = Some("the terms of the sums differ, and their sums may agree".into()),
            // The numbers that count are those of the statement itself, at its sizes.
            Verdict::Open
                if proved.derivation.is_some() && proved.witness.is_none() && !link.comparisons.is_empty() =>
            {
                link.verdict = if assumes(&proved) { Verdict::Conditional } else { Verdict::Proved };
                link.reason = None;
            }
            Verdict::Open => link.reason = proved.reason.clone(),
        }
        link.conditions = proved.conditions;
        link.derivation = proved.derivation;
        let assumed = self.problem.trajectories.get(self.index).and_then(|trajectories| trajectories.assumed);
        if let (Some(text), Verdict::Proved | Verdict::Conditional) = (assumed, link.verdict) {
            link.conditions.push(Condition { text: text.into(), status: Status::Assumed });
            link.verdict = Verdict::Conditional;
        }
        (link, Some(reduced))
    }

    /// The statement in a form that is short to read.
    fn simplified(&self, problem: Problem) -> Problem {
        let mut simplifier = Simplifier::new(&self.session.library.definitions);
        let members: Vec<Term> = problem.members.iter().map(|member| simplifier.simplify(member)).collect();
        let members = match members.as_slice() {
            [left, right] if !self.problem.trajectories.is_empty() => differing(left, right).to_vec(),
            _ => members,
        };
        Problem { members, ..problem }
    }

    fn judge<'j>(&'j self, problem: &'j Problem) -> Judge<'j> {
        Judge {
            library: &self.session.library,
            options: &self.session.options,
            problem,
            given: self.given,
            hypotheses: problem.hypotheses.clone(),
            letters: self.letters,
            certifier: self.session.certifier(),
            time: self.time,
            deadline: self.deadline,
        }
    }

    /// Compares the sides at so many sizes.
    fn numbers(&self, link: &mut Link, rounds: usize) {
        let Some(trajectories) = self.problem.trajectories.get(self.index) else {
            self.at_sizes(link, self.problem, self.index, rounds, None);
            return;
        };
        if !trajectories.comparable {
            return;
        }
        for (letter, length, problem) in trajectories.written_out.iter().take(rounds) {
            let length = letter.clone().map(|letter| (letter, *length));
            self.at_sizes(link, problem, 0, 1, length);
            if link.verdict == Verdict::Refuted {
                return;
            }
        }
    }

    /// The same for arrays of so many sizes, in trajectories of this length.
    fn at_sizes(&self, link: &mut Link, problem: &Problem, index: usize, rounds: usize, length: Option<(Symbol, i64)>) {
        let sizes = array::size_letters(problem);
        let rounds = if sizes.is_empty() { 1 } else { rounds };
        for round in 0..rounds {
            let values: Vec<(Symbol, i64)> = sizes
                .iter()
                .enumerate()
                .map(|(position, size)| (size.clone(), SIZES[(round + position) % SIZES.len()]))
                .collect();
            let problems = match array::has_arrays(problem) {
                true => array::instance(problem, index, &values),
                false => Ok(Some(vec![problem.clone()])),
            };
            let problems = match problems {
                Ok(Some(problems)) => problems,
                Ok(None) => continue,
                Err(why) => {
                    link.reason = Some(why.to_string());
                    return;
                }
            };
            let values: Vec<(Symbol, i64)> = values.into_iter().chain(length.clone()).collect();
            for problem in problems {
                let finding = self.judge(&problem).look(&problem.members[0], &problem.members[1]);
                match finding {
                    Finding::Differ(witness) => {
                        link.verdict = Verdict::Refuted;
                        link.witness = Some(at_sizes(witness, &values));
                        link.comparisons.clear();
                        return;
                    }
                    Finding::Agree(comparisons) => {
                        for (size, n) in &values {
                            let seen = link.sizes.entry(size.clone()).or_default();
                            if !seen.contains(n) {
                                seen.push(*n);
                                seen.sort_unstable();
                            }
                        }
                        link.comparisons.extend(comparisons.into_iter().map(|seen| at_sizes(seen, &values)));
                    }
                    Finding::Undecided(why) => link.reason = Some(why),
                }
            }
        }
    }
}

/// Two sides without the terms that stand in both; the sides themselves if nothing else is left.
fn differing(left: &Term, right: &Term) -> [Term; 2] {
    let terms = |side: &Term| if *side.op() == Op::Add { side.args().to_vec() } else { vec![side.clone()] };
    let (mut one, mut other) = (terms(left), terms(right));
    one.retain(|term| other.iter().position(|same| same == term).map(|at| other.remove(at)).is_none());
    let sum = |mut terms: Vec<Term>| match terms.len() {
        0 => Term::zero(),
        1 => terms.remove(0),
        _ => Term::add(terms),
    };
    if one.is_empty() && other.is_empty() { [left.clone(), right.clone()] } else { [sum(one), sum(other)] }
}

fn assumes(link: &Link) -> bool {
    link.conditions.iter().any(|condition| condition.status == Status::Assumed)
}

/// A comparison with the sizes at which it was made among its parameters.
fn at_sizes(mut comparison: Comparison, values: &[(Symbol, i64)]) -> Comparison {
    comparison.instance.parameters.extend(values.iter().map(|(size, n)| (size.clone(), *n as f64)));
    comparison
}
