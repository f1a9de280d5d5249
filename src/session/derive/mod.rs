//! Estimators of an expression: candidates of the library, each proved like any other equation.

mod emit;
mod rank;
mod record;
mod report;

pub use rank::{Place, Sweep};

use super::answer::{Link, Verdict};
use super::catalogue;
use super::judge::Judge;
use super::letters::Letters;
use super::{Error, STACK, Session, guarded};
use crate::check::Instance;
use crate::estimator::{
    Asymptotics, BOUND, Candidate, Closed, Sample, Variance, asymptotics, best, propose, regularity,
};
use crate::proof::Hypotheses;
use crate::render::Formula;
use crate::syntax::{self, Definition, Expr, Kind, Statement};
use crate::term::{Elaborator, Op, Problem, Simplifier, Symbol, Term, Var};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Something to sample whose mean is what is wanted, with the proof of that.
#[derive(Clone, Debug)]
pub struct Estimator {
    /// The name from the literature, such as "score function".
    pub name: String,
    /// What is averaged.
    pub integrand: Formula,
    /// The mean itself.
    pub estimator: Formula,
    /// The equation `objective = estimator`: its verdict, conditions, derivation and numbers.
    pub link: Link,
    /// What it takes of unknown functions: `f`, `f'`.
    pub needs: Vec<String>,
    /// Values of unknown functions and their derivatives that one sample takes.
    pub evaluations: usize,
    /// Constants that may be chosen freely.
    pub constants: Vec<Constant>,
    /// The variance of one sample, after a ranking.
    pub variance: Option<Variance>,
    /// How the variance behaves as the noise becomes small or large; none where no parameter scales it.
    pub asymptotics: Option<Limits>,
    /// An estimator before this one that is the same in another variable, or in other words.
    pub same_as: Option<String>,
    /// Valid, and seldom wanted: a [mixture](crate::Options::mixtures).
    pub hidden: bool,
    /// One plain sentence.
    pub says: String,
    /// Where the literature has it.
    pub source: String,
    /// The mean, as a term.
    pub term: Term,
    /// One sample of it; none where a mean enters in a nonlinear way.
    pub sample: Option<Sample>,
}

/// A constant that leaves the mean as it is, and moves the variance.
#[derive(Clone, Debug)]
pub struct Constant {
    /// Its letter.
    pub letter: String,
    /// The value of least variance, as a formula.
    pub best: Option<Formula>,
    /// The same as a number, after a ranking.
    pub value: Option<f64>,
}

/// How a variance behaves in the scale of the noise, for any function: what is not known is none.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The same as terms.
    pub terms: Asymptotics,
    /// What the variance is asymptotic to as the scale tends to 0, for smooth functions.
    pub small: Option<Formula>,
    /// A bound at any scale, and what is bounded: `M²/σ²` and `|f| ≤ M`.
    pub bound: Option<(Formula, String)>,
    /// What the variance is asymptotic to as the scale becomes large, after a ranking that has a closed form.
    pub large: Option<Formula>,
}

/// An estimator that does not apply, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The name that it would have.
    pub name: String,
    /// A plain sentence.
    pub reason: String,
}

/// The estimators of an expression.
#[derive(Clone, Debug)]
pub struct Derived {
    /// The expression as it was typed.
    pub statement: String,
    /// The expression in the notation of the reports.
    pub formula: Formula,
    /// What the notation stands for, where that is not what was written.
    pub reading: Option<Formula>,
    /// Those that are proved, in the order of the rule files; after a ranking the best first.
    pub estimators: Vec<Estimator>,
    /// What does not apply here, or could not be proved.
    pub missing: Vec<Missing>,
    /// Mixtures that were not looked at, because nobody asked for [them](crate::Options::mixtures).
    pub left_out: usize,
    /// Functions and parameters of a ranking.
    pub place: Option<Instance>,
    /// The expression as a term.
    pub objective: Term,
    /// Terms that are positive by hypothesis.
    positive: Vec<Term>,
    /// Definitions that came with the expression.
    own: Vec<Definition>,
}

impl Derived {
    /// The estimator of that name, or the first whose name begins with it.
    pub fn estimator(&self, name: &str) -> Option<&Estimator> {
        let exact = self.estimators.iter().find(|estimator| estimator.name == name);
        exact.or_else(|| self.estimators.iter().find(|estimator| estimator.name.starts_with(name)))
    }

    /// Keeps the estimators that are named, in that order; all of them where nothing is named.
    ///
    /// # Errors
    /// Names what there is, if one of them is not there.
    pub fn keep(&mut self, names: &[String]) -> Result<(), Error> {
        if names.is_empty() {
            return Ok(());
        }
        let named = |name: &String| {
            self.estimator(name).cloned().ok_or_else(|| {
                let known: Vec<&str> = self.estimators.iter().map(|estimator| estimator.name.as_str()).collect();
                let known =
                    if known.is_empty() { "none was found".into() } else { format!("there are: {}", known.join("; ")) };
                Error::input(format!("there is no estimator `{name}`"), Some(&known))
            })
        };
        self.estimators = names.iter().map(named).collect::<Result<_, Error>>()?;
        Ok(())
    }
}

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
            let statement = syntax::parse_statement(text).map_err(|e| Error::syntax(e, text))?;
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
        let objective = &problem.members[0];
        let mut letters = Letters::of(&statement.members);
        letters.learn([objective]);
        let hypotheses = Hypotheses { classes: problem.classes.clone(), positive: problem.positive.clone() };
        let mut proposal = propose(&self.library, &hypotheses, objective);
        let all = proposal.candidates.len();
        proposal.candidates.retain(|candidate| self.options.mixtures || !candidate.hidden);
        let candidates = in_parallel(&proposal.candidates, |candidate| {
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
            positive: problem.positive.clone(),
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
                unproved.push(Missing { name: estimator.name, reason: format!("not proved: {why}") });
            }
        }
        unproved.retain(|missing| derived.estimator(&missing.name).is_none());
        derived.missing.extend(unproved);
        named_apart(&mut derived.estimators);
        Ok(derived)
    }

    /// What a statement means. Functions that are known stay unknown to the rules where that is possible, for what is
    /// said of f(θ + σ x) is shorter than what is said of its formula; what they are good for is granted.
    fn objective(&self, statement: &Statement, source: &str) -> Result<Problem, Error> {
        let known = |definition: &&Definition| !definition.parameters.is_empty();
        let all = || self.definitions.iter().chain(&statement.definitions);
        let mut bare = statement.clone();
        bare.definitions.retain(|definition| !known(&definition));
        let mut elaborator = Elaborator::new(&self.library.definitions);
        elaborator.define(self.definitions.iter().filter(|definition| !known(definition)).cloned());
        let unknown = elaborator.statement(&bare, &self.assumptions);
        if let Ok(mut problem) = unknown
            && all().filter(known).all(|definition| self.stays_apart(definition, statement, &mut problem))
        {
            return Ok(problem);
        }
        let mut elaborator = Elaborator::new(&self.library.definitions);
        elaborator.define(self.definitions.iter().cloned());
        elaborator.statement(statement, &self.assumptions).map_err(|e| Error::meaning(*e, source))
    }

    /// Grants the class of a defined function, if its formula holds nothing that is differentiated.
    fn stays_apart(&self, definition: &Definition, statement: &Statement, problem: &mut Problem) -> bool {
        let mut elaborator = Elaborator::new(&self.library.definitions);
        elaborator.define(self.definitions.iter().chain(&statement.definitions).cloned());
        let Ok(body) = elaborator.expr(&definition.body) else { return false };
        let name = Symbol::from(print_name(definition).as_str());
        let mut differentiated = false;
        problem.members[0].visit(&mut |t| {
            if let (Op::Derivative(..), Some(point)) = (t.op(), t.args().get(1)) {
                differentiated |= point.free().iter().any(|v| v.name().is_some_and(|n| mentions(&body, n)));
            }
        });
        let class = regularity(&self.library.definitions, &body);
        problem.classes.entry(name).and_modify(|granted| *granted = (*granted).min(class)).or_insert(class);
        !differentiated
    }

    fn estimator(
        &self,
        statement: &Statement,
        problem: &Problem,
        letters: &Letters,
        candidate: &Candidate,
        hypotheses: &Hypotheses,
    ) -> Estimator {
        let mut letters = letters.clone();
        letters.learn([&candidate.term]);
        let objective = &problem.members[0];
        let given: Vec<_> = self.assumptions.iter().chain(&statement.given).cloned().collect();
        let judge = Judge {
            library: &self.library,
            options: &self.options,
            problem,
            given: &given,
            hypotheses: hypotheses.clone(),
            letters: &letters,
            time: self.options.timeout,
            deadline: Instant::now() + self.options.timeout * self.options.patience,
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
                .map(|v| self.constant(v, sample.as_ref(), hypotheses, &letters))
                .collect(),
            variance: None,
            asymptotics: self.limits(candidate, &functions, hypotheses, &letters),
            same_as: None,
            hidden: candidate.hidden,
            says: candidate.says.clone(),
            source: candidate.source.clone(),
            term: candidate.term.clone(),
            sample,
        }
    }
}

impl Session {
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
        let bound = found.bound.as_ref().map(|bound| {
            let mut letters = letters.clone();
            letters.learn([bound]);
            (letters.formula(bound), format!("|{}| ≤ {BOUND}", names.concat()))
        });
        Some(Limits { terms: found, small, bound, large: None })
    }

    fn constant(&self, letter: &Var, sample: Option<&Sample>, hypotheses: &Hypotheses, letters: &Letters) -> Constant {
        let mut simplifier = Simplifier::new(&self.library.definitions);
        let mut closed = Closed::new(&self.library, hypotheses);
        let value = sample.and_then(|sample| best(&mut simplifier, &mut closed, sample, letter));
        let shown = |term: Term| {
            let mut letters = letters.clone();
            letters.learn([&term]);
            letters.formula(&term)
        };
        Constant { letter: letter.name().unwrap_or_default().into(), best: value.map(shown), value: None }
    }
}

/// What stands inside of a mean.
fn integrand(mean: &Expr) -> Formula {
    match &mean.kind {
        Kind::Expectation { body, .. } => Formula::from(&**body),
        _ => Formula::from(mean),
    }
}

/// `f''` for the second derivative of f; `∂_1 f` for a partial one.
fn with_primes(name: &str, orders: &[u32]) -> String {
    match orders {
        [order @ 0..=3] => format!("{name}{}", "'".repeat(*order as usize)),
        [order] => format!("{name}^({order})"),
        several => {
            let partial = |(i, order): (usize, &u32)| format!("∂_{} ", i + 1).repeat(*order as usize);
            format!("{}{name}", several.iter().enumerate().map(partial).collect::<String>())
        }
    }
}

fn print_name(definition: &Definition) -> String {
    match &definition.name.subscript {
        Some(subscript) => format!("{}_{subscript}", definition.name.base),
        None => definition.name.base.clone(),
    }
}

fn mentions(body: &Term, name: &str) -> bool {
    body.free().iter().any(|v| v.name() == Some(name))
}

/// Estimators of one name get the letter of their variable behind it: "score function (x form)".
fn named_apart(estimators: &mut [Estimator]) {
    let names: Vec<String> = estimators.iter().map(|estimator| estimator.name.clone()).collect();
    for (index, estimator) in estimators.iter_mut().enumerate() {
        let alike = names.iter().filter(|name| **name == names[index]).count();
        if alike < 2 {
            continue;
        }
        let before = names[..index].iter().filter(|name| **name == names[index]).count();
        estimator.name = match first_letter(&estimator.estimator.unicode) {
            Some(letter) => format!("{} ({letter} form)", estimator.name),
            None => format!("{} ({})", estimator.name, before + 1),
        };
    }
    for index in 1..estimators.len() {
        let first = names[..index].iter().position(|name| *name == names[index]);
        let is_form = |i: &usize| estimators[*i].evaluations == estimators[index].evaluations;
        estimators[index].same_as = first.filter(is_form).map(|i| estimators[i].name.clone());
    }
    let mut seen: Vec<String> = Vec::new();
    for estimator in estimators {
        let taken = seen.iter().filter(|name| **name == estimator.name).count();
        seen.push(estimator.name.clone());
        if taken > 0 {
            estimator.name = format!("{} {}", estimator.name, taken + 1);
        }
    }
}

fn first_letter(mean: &str) -> Option<&str> {
    mean.strip_prefix("E_{")?.split([' ', ',']).next()
}

/// Does the same to each item on all processors; the results are in the order of the items.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(items.len());
    let next = AtomicUsize::new(0);
    let run = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return done };
            done.push((index, work(item)));
        }
    };
    let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
        let start = |_| std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run).ok();
        let handles: Vec<_> = (1..workers).filter_map(start).collect();
        let mut results = run();
        for handle in handles {
            match handle.join() {
                Ok(more) => results.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
