//! Estimators of an expression: candidates of the library, each proved like any other equation.

mod arrays;
mod emit;
mod list;
mod names;
mod objective;
mod rank;
mod record;
mod report;

pub use arrays::Work;
pub(super) use arrays::law_on_the_line;
pub use list::{Constant, Derived, Estimator, Limits, Missing};
pub use rank::{Open, Place, Sweep};

use super::answer::Verdict;
use super::catalogue;
use super::judge::Judge;
use super::letters::Letters;
use super::parallel::in_parallel;
use super::{Error, Session, guarded};
use crate::estimator::{BOUND, Candidate, Closed, Sample, asymptotics, best, propose};
use crate::proof::Hypotheses;
use crate::render::Formula;
use crate::syntax::{Expr, Kind, Statement};
use crate::term::{Op, Problem, Simplifier, Symbol, Term, Var, substitute};
use names::{named_apart, with_primes};
use std::time::Instant;

/// Operators in the search for a proof of a first derivative of one mean; work is bounded by them rather than by time, so
/// that the same estimators are found on every machine.
const MODEST: usize = 4_000;
/// The same for anything else.
const AMPLE: usize = 40_000;

impl Session {
    /// Looks for everything that can be sampled in the place of an expression, usually a derivative of a mean.
    ///
    /// ```
    /// let derived = stein::Session::new()?.derive("D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]]")?;
    /// assert_eq!(derived.estimator("pathwise").unwrap().needs, ["f'"]);
    /// # Ok::<(), stein::Error>(())
    /// ```
    ///
    /// # Errors
    /// Shows the place that cannot be read.
    pub fn derive(&self, text: &str) -> Result<Derived, Error> {
        guarded(|| {
            let statement = self.statement(text)?;
            self.derived(&statement, text, text)
        })
    }

    /// The estimators of a statement with one member; `source` is the text that its spans point into.
    pub(super) fn derived(&self, statement: &Statement, stated: &str, source: &str) -> Result<Derived, Error> {
        let [member] = statement.members.as_slice() else {
            let message = "this is an equation: estimators belong to one expression";
            return Err(Error::unsupported(message, "write `prove L = R` to have it proved", source));
        };
        let problem = self.objective(statement, source)?;
        if crate::array::has_arrays(&problem) {
            return self.derived_of_arrays(statement, &problem, stated, source);
        }
        let objective = &problem.members[0];
        let letters = Letters::of(&statement.members).apart();
        let hypotheses = problem.hypotheses.clone();
        let mut proposal = propose(&self.library, &hypotheses, objective);
        let all = proposal.candidates.len();
        proposal.candidates.retain(|candidate| self.options.mixtures || !candidate.hidden);
        // What is long to prove is begun first.
        let long = |candidate: &Candidate| candidate.term.size();
        let candidates = in_parallel(&proposal.candidates, long, |candidate| {
            self.estimator(statement, &problem, &letters, candidate, &hypotheses)
        });
        let reading = letters.formula(objective);
        let mut derived = Derived {
            statement: stated.trim().into(),
            formula: Formula::from(statement),
            reading: (reading != Formula::from(member)).then_some(reading),
            estimators: vec![],
            missing: vec![],
            left_out: all - proposal.candidates.len(),
            place: None,
            objective: objective.clone(),
            arrays: None,
            hypotheses: problem.hypotheses.clone(),
            own: statement.definitions.clone(),
        };
        for absent in proposal.absent {
            let reason = format!("it takes that {}", catalogue::describe(&absent.condition));
            derived.missing.push(Missing { name: absent.title, reason });
        }
        let mut unproved: Vec<Missing> = Vec::new();
        for estimator in candidates {
            if estimator.link.verdict <= Verdict::Conditional {
                derived.estimators.push(estimator);
            } else {
                let why = estimator.link.reason.unwrap_or_else(|| "the numbers are against it".into());
                let reason = match logarithm(objective, &hypotheses) {
                    Some(mean) => format!("it takes that {} is above 0", letters.formula(&mean).unicode),
                    None => format!("not proved: {why}"),
                };
                unproved.push(Missing { name: estimator.name, reason });
            }
        }
        unproved.retain(|missing| derived.estimator(&missing.name).is_none());
        derived.missing.extend(unproved);
        named_apart(&mut derived.estimators);
        Ok(derived)
    }

    fn estimator(
        &self,
        statement: &Statement,
        problem: &Problem,
        letters: &Letters,
        candidate: &Candidate,
        hypotheses: &Hypotheses,
    ) -> Estimator {
        let objective = &problem.members[0];
        let given: Vec<_> = self.assumptions.iter().chain(&statement.given).cloned().collect();
        let judge = Judge {
            library: &self.library,
            options: &self.options,
            problem,
            given: &given,
            hypotheses: hypotheses.clone(),
            letters,
            certifier: self.confirmer(),
            time: self.options.timeout,
            deadline: Instant::now() + self.options.timeout * self.options.clock_factor,
        };
        let first = matches!(objective.op(), Op::Derivative(_, 1)) && matches!(objective.args()[0].op(), Op::Expect(_));
        let nodes = if first { MODEST } else { AMPLE };
        let estimator = letters.formula(&candidate.term);
        let link = judge.link(objective, &candidate.term, [letters.formula(objective), estimator.clone()]);
        let link = judge.establish(link, objective, &candidate.term, &candidate.hints, nodes);
        let sample = Sample::of(&candidate.term);
        let integrand = sample.as_ref().map_or_else(|| estimator.clone(), |s| integrand(&letters.express(&s.mean())));
        let functions = sample.as_ref().map(Sample::functions).unwrap_or_default();
        Estimator {
            name: candidate.title.clone(),
            integrand,
            estimator,
            link,
            needs: functions.iter().map(|(name, orders)| with_primes(name, orders)).collect(),
            evaluations: sample.as_ref().map_or(0, |s| s.calls().len()),
            constants: candidate
                .constants
                .iter()
                .map(|v| self.constant(v, sample.as_ref(), hypotheses, letters))
                .collect(),
            variance: None,
            asymptotics: self.limits(candidate, &functions, hypotheses, letters),
            same_as: None,
            hidden: candidate.hidden,
            says: candidate.says.clone(),
            source: candidate.source.clone(),
            term: candidate.term.clone(),
            sample,
            arrays: None,
        }
    }

    fn limits(
        &self,
        candidate: &Candidate,
        functions: &[(Symbol, Vec<u32>)],
        hypotheses: &Hypotheses,
        letters: &Letters,
    ) -> Option<Limits> {
        let found = asymptotics(&self.library, hypotheses, &candidate.term, &candidate.constants)?;
        let small = found.small.as_ref().map(|leading| letters.formula(&leading.term));
        let names: Vec<String> = functions.iter().map(|(name, orders)| with_primes(name, orders)).collect();
        let bound = |bound: &Term| (letters.formula(bound), format!("|{}| ≤ {BOUND}", names.concat()));
        let bound = found.bound.as_ref().map(bound);
        Some(Limits { terms: found, small, bound, large: None })
    }

    fn constant(&self, letter: &Var, sample: Option<&Sample>, hypotheses: &Hypotheses, letters: &Letters) -> Constant {
        let mut simplifier = Simplifier::new(&self.library.definitions);
        let mut closed = Closed::new(&self.library, hypotheses);
        let value = sample.and_then(|sample| best(&mut simplifier, &mut closed, sample, letter));
        let best = value.map(|term| letters.formula(&term));
        Constant { letter: letter.name().unwrap_or_default().into(), best, value: None }
    }
}

/// A mean whose logarithm is taken, and of which nobody knows that it has one.
fn logarithm(term: &Term, hypotheses: &Hypotheses) -> Option<Term> {
    // What is supposed at the point need not hold near it; the mean is named as it is there.
    if let (Op::Derivative(bound, _), [body, point]) = (term.op(), term.args()) {
        return logarithm(body, hypotheses).map(|mean| substitute(&mean, bound, point));
    }
    let own = term.is_function("ln") && term.args()[0].any(&|t| matches!(t.op(), Op::Expect(_)));
    if own && !hypotheses.imply_positive(&term.args()[0]) {
        return Some(term.args()[0].clone());
    }
    term.args().iter().find_map(|part| logarithm(part, hypotheses))
}

/// What stands inside of a mean.
fn integrand(mean: &Expr) -> Formula {
    match &mean.kind {
        Kind::Expectation { body, .. } => Formula::from(&**body),
        _ => Formula::from(mean),
    }
}
