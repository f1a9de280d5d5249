//! Estimators of means over vectors and samples of any size.
//!
//! The line is R^d at d = 1, so what the entries of the library suggest there is read in R^d ([`lift`]), and of one sample for n
//! of them ([`samples`]). Each reading is a statement like any other, which is proved for every size or not listed.

mod emit;
mod lift;
mod place;
mod samples;
mod work;

pub use work::Work;

use super::super::answer::{Link, Verdict};
use super::super::letters::Letters;
use super::super::parallel::in_parallel;
use super::super::{Error, Session, Task, array, catalogue};
use super::names::named_apart;
use super::{Constant, Derived, Estimator, Missing};
use crate::estimator::{Candidate, forms, propose};
use crate::render::Formula;
use crate::syntax::{Assumption, Expr, Kind, Law, Name, Statement, Style, print_statement};
use crate::term::{Elaborator, Op, Problem, Symbol, Term, express, shape_of_law};
use lift::{Lift, Lifted, full};
use std::collections::BTreeSet;
use std::time::Duration;

/// Letters for the number of samples.
const COUNTS: [&str; 4] = ["n", "m", "K", "M"];

/// A candidate with the ways to write it, of which the first that is proved counts.
struct Wanted {
    candidate: Candidate,
    title: String,
    readings: Vec<Lifted>,
    samples: Option<String>,
}

/// An expression about arrays, and what is done with all of its candidates.
struct Objective<'a> {
    session: Session,
    statement: &'a Statement,
    functions: BTreeSet<String>,
    /// The dimension of what functions are of.
    size: Option<String>,
}

impl Session {
    /// The estimators of an expression about arrays.
    pub(super) fn derived_of_arrays(
        &self,
        statement: &Statement,
        problem: &Problem,
        stated: &str,
        source: &str,
    ) -> Result<Derived, Error> {
        let member = &statement.members[0];
        let Some(line) = array::on_the_line(problem) else {
            let help = "ask for a derivative of the mean of a function of a vector, or of a mean over samples";
            return Err(Error::unsupported("estimators of this are not listed yet", help, source));
        };
        let objective = &line.members[0];
        let mut proposal = propose(&self.library, &line.hypotheses, objective);
        let all = proposal.candidates.len();
        proposal.candidates.retain(|candidate| self.options.mixtures || !candidate.hidden);
        let left_out = all - proposal.candidates.len();
        let letters = Letters::on_the_line(&statement.members, &statement.given).apart();
        let samples = samples_of(statement);
        let lift = lift(problem, objective, samples.is_some());
        let size = lift.drawn.as_ref().map(|size| Formula::from(size).unicode);
        let count = COUNTS.into_iter().find(|letter| !member.mentions(&Name::new(letter, None))).unwrap_or("n");
        let mut wanted: Vec<Wanted> = Vec::new();
        for candidate in proposal.candidates {
            let mut shown = forms(&self.library, &line.hypotheses, &candidate.term);
            shown.push(candidate.stated.clone());
            shown.dedup();
            let readings: Vec<Lifted> =
                shown.iter().filter_map(|form| lift.clone().read(&letters.express(form))).collect();
            let raised = |size: &str, made: &dyn Fn(&Expr) -> Option<Expr>| {
                let made = readings
                    .iter()
                    .filter_map(|Lifted { mean, given }| Some(Lifted { mean: made(mean)?, given: given.clone() }));
                (made.collect::<Vec<_>>(), Some(size.to_string()))
            };
            let constant = candidate.constants.first().and_then(|constant| constant.name());
            let number = samples.as_deref().unwrap_or(count);
            let each_other = constant.map(|constant| {
                let made = |mean: &Expr| samples::leave_one_out(mean, constant, number);
                raised(number, &made)
            });
            let own_samples = samples.is_some();
            let own = match &samples {
                Some(number) => raised(number, &|mean| samples::averaged(mean, number)),
                None => (vec![], None),
            };
            let own = if own_samples { own } else { (readings, None) };
            let title = candidate.title.clone();
            let among = Candidate { constants: vec![], says: OTHERS.into(), source: KOOL.into(), ..candidate.clone() };
            wanted.push(Wanted { candidate, title, readings: own.0, samples: own.1 });
            if let Some((readings, samples)) = each_other {
                let title =
                    if own_samples { "leave-one-out".into() } else { format!("leave-one-out, {number} samples") };
                wanted.push(Wanted { candidate: among, title, readings, samples });
            }
        }
        let mut session = Session { assumptions: self.assumptions.clone(), ..self.clone() };
        session.options.repair = Duration::ZERO;
        session.options.convergence = false;
        // What is said of f(θ + σ ε) is shorter than what is said of its formula; what that is good for is granted.
        let known = self.definitions.iter().chain(&statement.definitions).filter(|known| !known.parameters.is_empty());
        session.assumptions.extend(known.filter_map(|definition| self.class_of(definition)));
        session.definitions.retain(|definition| definition.parameters.is_empty());
        let judge = Objective { session, statement, functions: lift.functions.clone(), size };
        let found = in_parallel(&wanted, |wanted| wanted.readings.len(), |wanted| judge.estimator(wanted));
        let mut derived = Derived {
            statement: stated.trim().into(),
            formula: Formula::from(statement),
            reading: None,
            estimators: vec![],
            missing: vec![],
            left_out,
            place: None,
            objective: problem.members[0].clone(),
            arrays: Some(problem.clone()),
            hypotheses: problem.hypotheses.clone(),
            own: statement.definitions.clone(),
        };
        for absent in proposal.absent {
            let reason = format!("it takes that {}", catalogue::describe(&absent.condition));
            derived.missing.push(Missing { name: absent.title, reason });
        }
        for (found, wanted) in found.into_iter().zip(&wanted) {
            match found {
                Ok(estimator) if derived.estimators.iter().all(|other| other.estimator != estimator.estimator) => {
                    derived.estimators.push(estimator);
                }
                Ok(_) => {}
                Err(reason) => derived.missing.push(Missing { name: wanted.title.clone(), reason }),
            }
        }
        let (estimators, missing) = (&derived.estimators, &mut derived.missing);
        missing.retain(|missing| estimators.iter().all(|estimator| estimator.name != missing.name));
        named_apart(&mut derived.estimators);
        Ok(derived)
    }
}

/// Of the estimator in which samples are each other's baselines.
const OTHERS: &str = "The baseline of each sample is the mean over all others.";
const KOOL: &str = "Kool, van Hoof and Welling, Buy 4 REINFORCE samples, get a baseline for free, ICLR workshop 2019";

impl Objective<'_> {
    /// The first reading that is proved; or why none is.
    fn estimator(&self, wanted: &Wanted) -> Result<Estimator, String> {
        let mut reason = None;
        for reading in &wanted.readings {
            match self.judged(reading) {
                Ok((link, problem)) => return Ok(self.described(wanted, reading, link, problem)),
                Err(why) => {
                    reason.get_or_insert(why);
                }
            }
        }
        Err(reason.map_or_else(|| "it has no form for arrays yet".into(), |why| format!("not proved: {why}")))
    }

    fn judged(&self, reading: &Lifted) -> Result<(Link, Problem), String> {
        let known = |given: &&Assumption| !self.statement.given.contains(given);
        let claim = Statement {
            members: vec![self.statement.members[0].clone(), reading.mean.clone()],
            given: self.statement.given.iter().chain(reading.given.iter().filter(known)).cloned().collect(),
            definitions: self
                .statement
                .definitions
                .iter()
                .filter(|known| known.parameters.is_empty())
                .cloned()
                .collect(),
            ..Statement::default()
        };
        let text = print_statement(&claim, Style::Unicode);
        let answer = self.session.answer(&claim, &text, &text, Task::Prove).map_err(|error| error.to_string())?;
        let verdict = answer.verdict();
        let conditions = answer.conditions();
        let mut links = answer.links;
        if verdict > Verdict::Conditional || links.is_empty() {
            let worst = links.into_iter().max_by_key(|link| link.verdict);
            return Err(worst.and_then(|link| link.reason).unwrap_or_else(|| "the numbers are against it".into()));
        }
        let [left, right] = [0, 1].map(|side| Formula::from(&claim.members[side]));
        let link = Link { left, right, verdict, conditions, ..links.swap_remove(0) };
        let mut elaborator = Elaborator::new(&self.session.library.definitions);
        elaborator.define(self.session.definitions.iter().cloned());
        let problem = elaborator.statement(&claim, &self.session.assumptions).map_err(|error| error.to_string())?;
        Ok((link, problem))
    }

    fn described(&self, wanted: &Wanted, reading: &Lifted, link: Link, problem: Problem) -> Estimator {
        let candidate = &wanted.candidate;
        let mut work = Work::of(&reading.mean, &self.functions);
        work.size.clone_from(&self.size);
        let work = match &wanted.samples {
            Some(samples) => work.each_of(samples),
            None => work,
        };
        let mut body = &reading.mean;
        while let Kind::Expectation { body: inner, .. } = &body.kind {
            body = inner;
        }
        let constant = |constant: &crate::term::Var| {
            let letter = constant.name().unwrap_or_default().into();
            Constant { letter, best: None, value: None }
        };
        Estimator {
            name: wanted.title.clone(),
            integrand: Formula::from(body),
            estimator: Formula::from(&reading.mean),
            link,
            needs: work.needs.clone(),
            evaluations: work.values + work.gradients + work.laplacians + work.hessians + work.derivatives,
            constants: candidate.constants.iter().map(constant).collect(),
            variance: None,
            asymptotics: None,
            same_as: None,
            hidden: candidate.hidden,
            says: candidate.says.clone(),
            source: candidate.source.clone(),
            term: problem.members[1].clone(),
            sample: None,
            arrays: Some((problem, work)),
        }
    }
}

/// The size of the samples that a mean of the statement is over: n of `x_{1:n}`.
fn samples_of(statement: &Statement) -> Option<String> {
    fn of(e: &Expr) -> Option<String> {
        if let Kind::Expectation { binders, .. } = &e.kind
            && let Some(size) = binders.iter().flat_map(|binder| &binder.variables).find_map(range)
        {
            return Some(size);
        }
        e.children().into_iter().find_map(of)
    }
    let drawn = |given: &Assumption| match given {
        Assumption::Draw { variables, .. } => variables.iter().find_map(range),
        _ => None,
    };
    statement.members.iter().find_map(of).or_else(|| statement.given.iter().find_map(drawn))
}

fn range(name: &Name) -> Option<String> {
    name.subscript.as_deref()?.strip_prefix("1:").map(str::to_string)
}

/// What is known of letters: those that are free, and what is drawn.
fn lift(problem: &Problem, line: &Term, has_samples: bool) -> Lift {
    let mut wanted = 0;
    let mut member = &problem.members[0];
    while let Op::Array(_) = member.op() {
        wanted += 1;
        member = &member.args()[1];
    }
    let mut drawn = None;
    member.visit(&mut |t| {
        if let Op::Expect(_) = t.op() {
            let shape = shape_of_law(&t.args()[0]);
            let size = shape.get(usize::from(has_samples)).cloned();
            drawn = drawn.take().or(size);
        }
    });
    let mut functions = BTreeSet::new();
    line.visit(&mut |t| {
        if let Op::Apply(name, _) = t.op() {
            functions.insert(name.to_string());
        }
    });
    let axes = problem.arrays.iter().map(|(name, shape): (&Symbol, _)| (name.to_string(), shape.len())).collect();
    Lift { axes, drawn: drawn.map(|size| express(&size)), wanted, functions }
}

/// A law at size 1, as it is written there: `N(0, 1)` for `N(0, I)`.
pub fn law_on_the_line(law: &Law) -> Law {
    let mut law = law.clone();
    if law.name.base == "Rademacher" {
        law.arguments.clear();
    }
    if let ("N", [_, variance]) = (&*law.name.base, law.arguments.as_mut_slice()) {
        let is_identity = |e: &Expr| matches!(&e.kind, Kind::Name(name) if full(name).split('_').next() == Some("I"));
        let scale = match &variance.kind {
            Kind::Binary(crate::syntax::Binary::Mul, a, b) if is_identity(b) => Some((**a).clone()),
            _ if is_identity(variance) => Some(lift::number(1)),
            _ => None,
        };
        if let Some(scale) = scale {
            *variance = scale;
        }
    }
    law
}
