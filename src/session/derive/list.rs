//! The list of estimators: what is said of each.

use super::super::Error;
use super::super::answer::Link;
use super::Work;
use crate::check::Instance;
use crate::estimator::{Asymptotics, Sample, Variance};
use crate::render::Formula;
use crate::syntax::Definition;
use crate::term::{Hypotheses, Problem, Term};

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
    /// Of an estimator of arrays: the proved statement, whose second member it is, and what it takes.
    pub arrays: Option<(Problem, Work)>,
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
    /// Of an expression about arrays: what it means.
    pub(super) arrays: Option<Problem>,
    /// What is supposed of letters.
    pub(super) hypotheses: Hypotheses,
    /// Definitions that came with the expression.
    pub(super) own: Vec<Definition>,
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
