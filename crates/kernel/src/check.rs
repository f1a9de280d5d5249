//! A proof is a chain of steps from the left side to the right side of its statement.

use crate::checks::holds;
use crate::context::{Claim, Context, Judge, Need, Refusal, Scope, Statement};
use crate::field::oracle;
use crate::growth::Verdict;
use crate::library::{Library, Origin};
use crate::step::{Move, Step};
use crate::term::{Name, Op, Table, Term};
use std::collections::{BTreeSet, HashSet};

/// A statement and its proof; their terms live in a table that began as the library's.
#[derive(Clone, Debug, Default)]
pub struct Proof {
    /// Where the terms live.
    pub table: Table,
    /// What is proved.
    pub statement: Statement,
    /// How.
    pub steps: Vec<Step>,
}

/// What a proof that was accepted proves, and on what it rests.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The statement as it was read: compare it with what you meant.
    pub statement: String,
    /// Premises that were neither proved nor part of what the statement says: the result holds if they do.
    pub needs: Vec<Need>,
    /// What the statement itself says by meaning something, as far as it was not proved.
    pub conventions: Vec<Need>,
    /// How many premises were proved.
    pub proved: usize,
    /// The rules that were used.
    pub rules: BTreeSet<Name>,
    /// The laws of the library that occur.
    pub laws: BTreeSet<Name>,
    /// The user's own rules, laws and functions among what was used.
    pub user: BTreeSet<Name>,
    /// The binary logarithm of the probability that some arithmetic of the proof is wrong.
    pub error: f64,
    /// The table in which the needs are terms.
    pub table: Table,
}

/// Where a proof is refused, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The number of the step, from 0; none for the statement itself, one past the last for the end.
    pub step: Option<usize>,
    /// Why.
    pub reason: Refusal,
    /// The same in words, with terms in prefix notation.
    pub words: String,
}

/// More than these many terms is refused.
pub const MOST_TERMS: usize = 2_000_000;
const STACK: usize = 256 << 20;

/// Checks a proof. What is drawn depends on the proof and on the seed, which should be fresh for each check.
pub fn check(library: &Library, proof: &Proof, judge: Option<Judge>, seed: u64) -> Result<Checked, Failure> {
    // Terms are walked by recursion. A browser has no threads: there, the module comes with its stack.
    if cfg!(target_family = "wasm") {
        return check_here(library, proof, judge, seed);
    }
    std::thread::scope(|scope| {
        let checker = std::thread::Builder::new().stack_size(STACK);
        let running = checker.spawn_scoped(scope, || check_here(library, proof, judge, seed));
        let result = running.ok().and_then(|running| running.join().ok());
        result.unwrap_or_else(|| Err(Failure { step: None, reason: Refusal::TooLarge, words: String::new() }))
    })
}

pub(crate) fn check_here(
    library: &Library,
    proof: &Proof,
    judge: Option<Judge>,
    seed: u64,
) -> Result<Checked, Failure> {
    let at = |step: Option<usize>| move |reason: Refusal| Failure { step, reason, words: String::new() };
    let (left, right) = proof.statement.sides.ok_or(Refusal::DoesNotFit).map_err(at(None))?;
    let terms: Vec<Term> = [left, right].into_iter().chain(proof.steps.iter().map(|step| step.after)).collect();
    let drawn = proof.table.digests(&terms);
    let mut context = Context::new(library, proof.table.clone(), proof.statement.clone(), oracle((seed, drawn)));
    context.judge = judge.unwrap_or(|_, _| Verdict::Unknown);
    let mut rules = BTreeSet::new();
    let chained = chained(&mut context, proof, [left, right], &mut rules);
    let error = match chained {
        Ok(done) => done,
        Err((step, reason)) => {
            let words = reason.show(&context.table);
            return Err(Failure { step, reason, words });
        }
    };
    let (mut laws, mut functions) = (BTreeSet::new(), BTreeSet::new());
    for term in &terms {
        context.table.visit(*term, &mut |_, _, op| match op {
            Op::Law(name) => drop(laws.insert(name.clone())),
            Op::Fun(name) => drop(functions.insert(name.clone())),
            _ => {}
        });
    }
    let own = |origin: Option<Origin>| origin == Some(Origin::User);
    let user = (rules.iter().filter(|name| own(library.rules.get(*name).map(|rule| rule.origin))))
        .chain(laws.iter().filter(|name| own(library.laws.get(*name).map(|law| law.origin))))
        .chain(functions.iter().filter(|name| own(library.functions.get(*name).map(|function| function.origin))))
        .cloned()
        .collect();
    let statement = format!("{} = {}", context.table.show(left), context.table.show(right));
    let (needs, conventions, proved) = (context.needs, context.conventions, context.proved);
    Ok(Checked { statement, needs, conventions, proved, rules, laws, user, error: error.log2(), table: context.table })
}

/// The steps, one behind the other; answers with the probability of an error.
fn chained(
    context: &mut Context,
    proof: &Proof,
    [left, right]: [Term; 2],
    rules: &mut BTreeSet<Name>,
) -> Result<f64, (Option<usize>, Refusal)> {
    let known = context.read_statement(left, right).map_err(|reason| (None, reason))?;
    let (mut error, mut here) = (0.0, left);
    for (number, step) in proof.steps.iter().enumerate() {
        let (next, bound) = context.step(here, step, &known).map_err(|reason| (Some(number), reason))?;
        if context.table.len() > MOST_TERMS {
            return Err((Some(number), Refusal::TooLarge));
        }
        here = next;
        error += bound.exp2();
        if let Move::Rule(name, _) = &step.what {
            rules.insert(name.clone());
        }
    }
    let ends = holds("ends at the right side", here == right, || Refusal::OtherResult(here));
    ends.map(|()| error + context.error).map_err(|reason| (Some(proof.steps.len()), reason))
}

impl Context<'_> {
    /// Takes up what the statement says by meaning something: the [`conventions`](Context::conventions). A statement that
    /// is seen to mean nothing is refused.
    pub fn read_statement(&mut self, left: Term, right: Term) -> Result<HashSet<Need>, Refusal> {
        let mut all = vec![];
        for side in [left, right] {
            self.requirements(side, &mut HashSet::new(), &mut |need| all.push(need));
        }
        for need in &all {
            self.scopes = need.scopes.clone();
            match self.meet(need.claim.clone()) {
                Ok(()) => {}
                Err(Refusal::False(need)) => holds("the statement means something", false, || Refusal::False(need))?,
                Err(_) if !self.needs.contains(need) => self.needs.push(need.clone()),
                Err(_) => {}
            }
            self.scopes.clear();
        }
        self.conventions = std::mem::take(&mut self.needs);
        Ok(all.into_iter().collect())
    }
}

impl Refusal {
    /// The reason in words, with terms in prefix notation.
    pub fn show(&self, table: &Table) -> String {
        match self {
            Refusal::NoSuchPlace => "there is no such place".into(),
            Refusal::DoesNotFit => "the move does not fit what stands there".into(),
            Refusal::OtherResult(_) => "the move makes something else".into(),
            Refusal::NoSuchRule => "there is no such rule or hypothesis".into(),
            Refusal::BadSubstitution(name) => format!("`{name}` is given no proper value"),
            Refusal::Premise(need) => format!("not proved: {}", need.show(table)),
            Refusal::False(need) => format!("false: {}", need.show(table)),
            Refusal::Different => "both ends are not seen to be equal".into(),
            Refusal::TooLarge => "it is too large".into(),
            Refusal::Unsupported(term) => format!("no meaning is known there of {}", table.show(*term)),
            Refusal::DividesByZero => "a divisor is 0".into(),
        }
    }
}

impl Need {
    /// The need in words, with terms in prefix notation.
    pub fn show(&self, table: &Table) -> String {
        let claim = match &self.claim {
            Claim::Positive(term) => format!("{} > 0", table.show(*term)),
            Claim::NonZero(term) => format!("{} ≠ 0", table.show(*term)),
            Claim::Whole(term) => format!("{} is a whole number", table.show(*term)),
            Claim::InSupport(law, point) => {
                format!("{} lies in the support of {}", table.show(*point), table.show(*law))
            }
            Claim::Covers(wide, narrow) => format!("{} covers {}", table.show(*wide), table.show(*narrow)),
            Claim::LawIs(law, true) => format!("{} has a density", table.show(*law)),
            Claim::LawIs(law, false) => format!("{} has masses at points", table.show(*law)),
            Claim::FixedSupport(law) => format!("the support of {} does not move", table.show(*law)),
            Claim::Class(app) => format!("{} exists", table.show(*app)),
            Claim::Continuous(term, true) => format!("{} is absolutely continuous in #0", table.show(*term)),
            Claim::Continuous(term, false) => format!("{} is continuous in #0", table.show(*term)),
            Claim::Exists(term) => format!("{} exists", table.show(*term)),
            Claim::Integrable(laws, body) => {
                let laws: Vec<String> = laws.iter().map(|law| table.show(*law)).collect();
                format!("E{{{}}}[|{}|] is finite", laws.join("; "), table.show(*body))
            }
            Claim::Vanishes(laws, body) => {
                let laws: Vec<String> = laws.iter().map(|law| table.show(*law)).collect();
                format!("{} vanishes at the ends of {{{}}} against the density", table.show(*body), laws.join("; "))
            }
            Claim::NonNegative(term) => format!("{} ≥ 0", table.show(*term)),
            Claim::Regular(name) => format!("{name} is regular"),
        };
        let around: Vec<String> = (self.scopes.iter())
            .map(|scope| match scope {
                Scope::Sample(law) => format!("a sample of {}", table.show(*law)),
                Scope::Near(point) | Scope::Across(point) => {
                    format!("a value near {}", table.show(*point))
                }
                Scope::Range(lo, hi) => format!("{} to {}", table.show(*lo), table.show(*hi)),
                Scope::Whole(lo, hi) => format!("whole {} to {}", table.show(*lo), table.show(*hi)),
            })
            .collect();
        if around.is_empty() { claim } else { format!("for {}: {claim}", around.join(", ")) }
    }
}
