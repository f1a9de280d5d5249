//! What a session answers: a verdict with everything that it rests on.

use crate::check::{Comparison, Method};
use crate::proof::{Hypotheses, Proof};
use crate::render::Formula;
use crate::term::Symbol;
use std::collections::BTreeMap;

pub use crate::syntax::Verdict;

/// How a condition is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Nobody has said so: the verdict rests on it.
    Assumed,
    /// The user has said so.
    Granted,
    /// The laws, or the conventions of reading, say so.
    Implied,
}

impl Status {
    /// The word of the reports.
    pub fn word(self) -> &'static str {
        match self {
            Status::Assumed => "assumed",
            Status::Granted => "granted",
            Status::Implied => "implied",
        }
    }
}

/// Something that a proof takes, in plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// One plain sentence, such as `f is absolutely continuous`.
    pub text: String,
    /// How it is met.
    pub status: Status,
}

/// One step of a derivation.
#[derive(Clone, Debug)]
pub struct Step {
    /// The rule by its name in the library; `simplify` for algebra, linearity, substitution and differentiation.
    pub rule: String,
    /// The same in words: `change of variables`.
    pub title: String,
    /// The number that the source gives the rule, such as `(5.1)`.
    pub reference: Option<String>,
    /// The rule in one plain sentence.
    pub says: String,
    /// False if the rule was used right to left.
    pub forward: bool,
    /// The whole term before the step.
    pub before: Formula,
    /// The whole term after it.
    pub after: Formula,
    /// What this step takes.
    pub conditions: Vec<Condition>,
}

/// A derivation that the kernel has accepted.
#[derive(Clone, Debug)]
pub struct Derivation {
    /// The term that the steps start from.
    pub start: Formula,
    /// Each begins where the last one ended.
    pub steps: Vec<Step>,
    /// The proof itself, as the kernel saw it; without steps where the parts are the proof.
    pub proof: Proof,
    /// What it may suppose.
    pub hypotheses: Hypotheses,
    /// Of a derivation in an algebra of operators: the relations that its steps use, each derived for every function.
    pub parts: Vec<Derivation>,
}

impl Derivation {
    /// The derivations that the kernel has accepted: this one, or its parts.
    pub fn accepted(&self) -> &[Derivation] {
        if self.parts.is_empty() { std::slice::from_ref(self) } else { &self.parts }
    }
}

/// A neighbouring statement that is proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// The whole statement, with its assumptions and definitions.
    pub statement: Formula,
    /// What was wrong, in one plain sentence, such as "the right side lacks a factor 1/σ".
    pub hint: String,
}

/// What became of one link `left = right` of a chain.
#[derive(Clone, Debug)]
pub struct Link {
    /// The left side as it was written.
    pub left: Formula,
    /// The right side as it was written.
    pub right: Formula,
    /// What became of it.
    pub verdict: Verdict,
    /// What the verdict rests on.
    pub conditions: Vec<Condition>,
    /// The derivation, if the kernel has accepted one.
    pub derivation: Option<Derivation>,
    /// Comparisons that found no difference.
    pub comparisons: Vec<Comparison>,
    /// Of a statement about arrays, the sizes at which its sides were compared.
    pub sizes: BTreeMap<Symbol, Vec<i64>>,
    /// The comparison that found one.
    pub witness: Option<Comparison>,
    /// The comparison to show with fewer draws and with more, if that was asked for.
    pub convergence: Vec<Comparison>,
    /// A neighbouring statement that is true, if one was found.
    pub repair: Option<Repair>,
    /// Why nothing better can be said.
    pub reason: Option<String>,
}

impl Link {
    /// The comparison to show: the strongest evidence, which is the one that would have seen the smallest gap. The witness
    /// comes before all.
    pub fn numbers(&self) -> Option<&Comparison> {
        let computed = self.comparisons.iter().find(|c| c.method != Method::MonteCarlo);
        self.witness.as_ref().or(computed).or(self.comparisons.first())
    }
}

/// What became of a statement.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The statement as it was typed.
    pub statement: String,
    /// The statement in the notation of the reports.
    pub formula: Formula,
    /// The equation that the notation stands for, where that is not what was written.
    pub reading: Option<Formula>,
    /// One for each equality of the chain.
    pub links: Vec<Link>,
    /// Remarks on what may have been meant.
    pub hints: Vec<String>,
    /// The verdict that the statement was said to come to.
    pub expected: Option<Verdict>,
}

impl Answer {
    /// The verdict on the whole chain: that of its worst link.
    pub fn verdict(&self) -> Verdict {
        self.links.iter().map(|link| link.verdict).max().unwrap_or(Verdict::Open)
    }

    /// False if the statement was said to come to another verdict.
    pub fn is_as_expected(&self) -> bool {
        self.expected.is_none_or(|expected| expected == self.verdict())
    }

    /// The conditions of all links.
    pub fn conditions(&self) -> Vec<Condition> {
        let mut all: Vec<Condition> = Vec::new();
        for condition in self.links.iter().flat_map(|link| &link.conditions) {
            if !all.contains(condition) {
                all.push(condition.clone());
            }
        }
        all
    }

    /// The link that decides the verdict.
    pub fn deciding(&self) -> Option<&Link> {
        self.links.iter().find(|link| link.verdict == self.verdict())
    }

    /// True if every link has a derivation.
    pub fn is_derived(&self) -> bool {
        self.verdict() <= Verdict::Conditional && !self.links.is_empty()
    }
}
