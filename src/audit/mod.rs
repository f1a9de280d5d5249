//! Rules, laws and functions checked as numbers, as the data that they are.
//!
//! A rule is compared at concrete functions, laws and letters that meet its conditions; what its file lists as wrong has
//! to be told from it by the same comparison, and each condition is dropped in turn to see what it is for. A law's density
//! has to have mass 1 and to agree with the moments, the distribution function, the quantiles and the draws of the law; a
//! function has to have the derivative, the parity and the values that its file gives.
//!
//! Agreement is no proof. What differs has a counterexample, which anyone can compute again.

mod function;
mod instance;
mod law;
mod rule;

use crate::check::Options;
use crate::rule::{Library, Rule};
use crate::term::{FunctionDefinition, LawDefinition};
use std::time::Instant;

/// Something that a file of rules, laws and functions defines.
#[derive(Clone, Copy, Debug)]
pub enum Item<'a> {
    /// A rule.
    Rule(&'a Rule),
    /// A law.
    Law(&'a LawDefinition),
    /// A function.
    Function(&'a FunctionDefinition),
}

impl Item<'_> {
    /// The word for what it is: `rule`, `law` or `function`.
    pub fn kind(&self) -> &'static str {
        match self {
            Item::Rule(_) => "rule",
            Item::Law(_) => "law",
            Item::Function(_) => "function",
        }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        match self {
            Item::Rule(rule) => &rule.name,
            Item::Law(law) => &law.name,
            Item::Function(function) => &function.name,
        }
    }
}

/// The functions, laws and rules of a library that another one lacks, in this order.
pub fn items<'a>(library: &'a Library, without: &Library) -> Vec<Item<'a>> {
    let (known, all) = (&without.definitions, &library.definitions);
    let functions = all.functions.iter().filter(|(name, _)| !known.functions.contains_key(*name));
    let laws = all.laws.iter().filter(|(name, _)| !known.laws.contains_key(*name));
    let rules = library.rules.iter().filter(|rule| without.rule(&rule.name).is_none());
    let mut items: Vec<Item<'a>> = functions.map(|(_, function)| Item::Function(function)).collect();
    items.extend(laws.map(|(_, law)| Item::Law(law)));
    items.extend(rules.map(Item::Rule));
    items
}

/// What the numbers say of one item.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Nothing differs, at so many comparisons.
    Holds(usize),
    /// The numbers speak against it, here.
    Wrong(Counterexample),
    /// Nothing could be computed; why.
    Untried(String),
}

/// Two numbers that should be equal and are not.
#[derive(Clone, Debug, PartialEq)]
pub struct Counterexample {
    /// What they are two sides of, in plain words.
    pub of: String,
    /// The functions, laws and letters that were filled in, each with its text.
    pub at: Vec<(String, String)>,
    /// What one side came to.
    pub left: f64,
    /// What the other came to.
    pub right: f64,
}

/// What dropping a condition of a rule does.
#[derive(Clone, Debug, PartialEq)]
pub struct Dropped {
    /// The number of the condition, from 0.
    pub condition: usize,
    /// Where the rule fails without it; none if no instance shows that.
    pub fails: Option<Counterexample>,
}

/// The audit of one item.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// `rule`, `law` or `function`.
    pub kind: &'static str,
    /// What it is called.
    pub name: String,
    /// What came of it.
    pub outcome: Outcome,
    /// For each equation that its file lists as wrong, whether the numbers tell it from a true one.
    pub caught: Vec<bool>,
    /// The conditions of a rule, each dropped in turn.
    pub dropped: Vec<Dropped>,
}

impl Report {
    /// True if something is wrong with the item, or a listed mistake passes for true.
    pub fn is_wrong(&self) -> bool {
        matches!(self.outcome, Outcome::Wrong(_)) || self.caught.contains(&false)
    }
}

/// How much work an audit does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Whether the item holds.
    Quick,
    /// Also whether its wrong variants are caught, and what its conditions are for.
    Full,
}

/// Audits an item of a library. The same item always gets the same report.
pub fn audit(library: &Library, item: Item<'_>, depth: Depth) -> Report {
    audit_by(library, item, depth, None)
}

/// The same, if it is done by a moment: otherwise the item is untried.
pub fn audit_by(library: &Library, item: Item<'_>, depth: Depth, moment: Option<Instant>) -> Report {
    let mut report = Report {
        kind: item.kind(),
        name: item.name().into(),
        outcome: Outcome::Untried(String::new()),
        caught: vec![],
        dropped: vec![],
    };
    let late = || moment.is_some_and(|moment| Instant::now() > moment);
    if !late() {
        match item {
            Item::Rule(rule) => rule::audit(library, rule, depth, moment, &mut report),
            Item::Law(law) => report.outcome = law::audit(&library.definitions, law, moment),
            Item::Function(function) => report.outcome = function::audit(&library.definitions, function, moment),
        }
    }
    // What was found before the end counts against an item; agreement so far does not count for it.
    if late() && !report.is_wrong() {
        report.outcome = Outcome::Untried("the time for its audit is over".into());
    }
    report
}

/// Draws of one comparison: most are decided without any.
fn options(moment: Option<Instant>) -> Options {
    Options { samples: 1 << 12, deadline: moment, ..Options::default() }
}
