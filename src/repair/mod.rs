//! What may have been meant by an equation that is false: neighbours of its faulty side.
//!
//! One side is taken at its word, the *claim*. Where numbers are to be had, the other one is fitted to it: a factor that it
//! lacks, a coefficient of one of its terms, a term too few or too many, then one small edit in any place. Last, the rules
//! are followed from the claim, and the form nearest to the faulty side is taken. All of these are suggestions; whoever
//! offers one has to prove it first.

mod edit;
mod fit;

use crate::check::Probes;
use crate::engine::{self, Limits};
use crate::proof::Hypotheses;
use crate::rule::Library;
use crate::term::{Domain, Identity, Op, Simplifier, Support, Term, Var, deadline::is_over, substitute};
use std::cmp::Ordering;
use std::time::Instant;

/// An equation that the numbers have refuted.
pub struct Fault<'a> {
    /// The rules.
    pub library: &'a Library,
    /// What is granted.
    pub hypotheses: &'a Hypotheses,
    /// The side that is believed.
    pub claim: &'a Term,
    /// The side that is not.
    pub side: &'a Term,
    /// When the search has to end.
    pub deadline: Instant,
}

/// How a side was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It lacked this factor.
    Factor(Term),
    /// It lacked this term.
    Missing(Term),
    /// It had this term too many.
    Spurious(Term),
    /// A part had another coefficient, or something small was different.
    Edited,
    /// It was something else.
    Replaced,
}

/// A side that may have been meant.
#[derive(Clone, Debug)]
pub struct Suggestion {
    /// The side as it should be.
    pub side: Term,
    /// What was changed.
    pub change: Change,
}

/// Ways to look for suggestions, from the nearest to the furthest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// A factor of the whole side.
    Factor,
    /// A term too few, or one too many.
    Terms,
    /// One small edit in any place.
    Edits,
    /// Other coefficients of all its terms.
    Coefficients,
    /// Other forms of the claim.
    Forms,
}

/// All of them, in the order in which they are worth trying.
pub const SEARCHES: [Search; 5] = [Search::Factor, Search::Terms, Search::Edits, Search::Coefficients, Search::Forms];

/// The size of the search for forms of the claim.
const FORM_STEPS: u64 = 5_000_000;
const FORM_NODES: usize = 4_000;
const FORM_ROUNDS: usize = 12;
/// Suggestions of one search; each costs a proof.
const MOST: usize = 6;

/// A workshop for one fault, with the numbers that its searches share.
pub struct Workshop<'a> {
    fault: Fault<'a>,
    probes: Option<Probes<'a>>,
    simplifier: Simplifier<'a>,
}

impl<'a> Workshop<'a> {
    /// For one refuted equation.
    pub fn new(fault: Fault<'a>) -> Workshop<'a> {
        let definitions = &fault.library.definitions;
        let probes = Probes::new(definitions, &[fault.claim, fault.side], fault.hypotheses, fault.deadline);
        Workshop { simplifier: Simplifier::new(definitions), probes, fault }
    }

    /// What one search finds, the most likely first.
    pub fn suggestions(&mut self, search: Search) -> Vec<Suggestion> {
        let mut found = match search {
            Search::Factor => self.factor(),
            Search::Terms => self.terms(),
            Search::Coefficients => self.coefficients(),
            Search::Edits => self.edits(),
            Search::Forms => self.forms(),
        };
        found.truncate(MOST);
        found
    }

    fn factor(&mut self) -> Vec<Suggestion> {
        let Fault { claim, side, .. } = self.fault;
        let factor = self.probes.as_ref().and_then(|probes| multiple(probes, claim, side));
        let Some(factor) = factor.filter(|c| !c.is_zero()) else { return vec![] };
        let factor = self.simplifier.simplify(&factor);
        let side = self.simplifier.simplify(&Term::mul(vec![factor.clone(), side.clone()]));
        vec![Suggestion { side, change: Change::Factor(factor) }]
    }

    fn terms(&mut self) -> Vec<Suggestion> {
        let Fault { claim, side, .. } = self.fault;
        let gap = claim.clone().minus(side.clone());
        let parts = self.parts(side);
        let others: Vec<Term> = parts.iter().cloned().chain(self.neighbours()).collect();
        let Some(probes) = &self.probes else { return vec![] };
        let mut found = Vec::new();
        for other in others {
            let Some(coefficient) = multiple(probes, &gap, &other) else { continue };
            // A wrong coefficient of what is there is another mistake.
            if !parts.contains(&other) && parts.iter().any(|part| multiple(probes, part, &other).is_some()) {
                continue;
            }
            let change = self.simplifier.simplify(&Term::mul(vec![coefficient.clone(), other.clone()]));
            let changed = self.simplifier.simplify(&Term::add(vec![side.clone(), change.clone()]));
            let change = match parts.contains(&other) {
                true if coefficient == Term::integer(-1) => Change::Spurious(other),
                true => continue,
                false => Change::Missing(change),
            };
            found.push(Suggestion { side: changed, change });
        }
        found
    }

    fn coefficients(&mut self) -> Vec<Suggestion> {
        let parts = self.parts(self.fault.side);
        let Some(probes) = self.probes.as_ref().filter(|_| (2..=3).contains(&parts.len())) else { return vec![] };
        let Some(coefficients) = fit::fit(probes, self.fault.claim, &parts) else { return vec![] };
        let scaled = coefficients.into_iter().zip(parts).map(|(c, part)| Term::mul(vec![c, part])).collect();
        vec![Suggestion { side: self.simplifier.simplify(&Term::add(scaled)), change: Change::Edited }]
    }

    /// The linear parts of a term.
    fn parts(&mut self, term: &Term) -> Vec<Term> {
        let apart = engine::apart(&mut self.simplifier, term).unwrap_or_else(|| term.clone());
        self.simplifier.monomials(&apart).unwrap_or_else(|| apart.summands().to_vec())
    }

    /// Terms that may be missing: the expectations of the faulty side with a factor less, with one of the sample, or with a
    /// neighbouring derivative, their integrands at the ends of the support, and means in place of mean squares.
    fn neighbours(&self) -> Vec<Term> {
        let mut found: Vec<Term> = Vec::new();
        let mut add = |term: Term| {
            if parameters(&term, &term).len() == term.free().len() && !found.contains(&term) {
                found.push(term);
            }
        };
        let definitions = &self.fault.library.definitions;
        self.fault.side.visit(&mut |t| {
            let (Op::Expect(var), [law, body]) = (t.op(), t.args()) else { return };
            let mut bodies = vec![body.clone()];
            for (index, factor) in body.factors().iter().enumerate() {
                let with = |others: Option<Term>| {
                    let mut factors = body.factors().to_vec();
                    factors.splice(index..=index, others);
                    Term::mul(factors)
                };
                bodies.push(with(None));
                bodies.extend(edit::derivatives(factor).into_iter().map(|other| with(Some(other))));
                if let (Op::Pow, [base, _]) = (factor.op(), factor.args()) {
                    let mean = Term::expect(var, law.clone(), with(Some(base.clone())));
                    add(Term::pow(mean, Term::integer(2)));
                }
            }
            for less in &bodies {
                add(Term::expect(var, law.clone(), less.clone()));
            }
            add(Term::expect(var, law.clone(), Term::mul(vec![Term::var(var.clone()), body.clone()])));
            if let Some((definition, arguments)) = definitions.law(law)
                && let Support::Interval(lo, hi) = definition.support_at(arguments)
            {
                let ends = [lo, hi].into_iter().filter(|end| !end.any(&|t| *t.op() == Op::Infinity));
                ends.for_each(|end| bodies.iter().for_each(|body| add(substitute(body, var, &end))));
            }
        });
        found
    }

    fn edits(&mut self) -> Vec<Suggestion> {
        let Fault { claim, side, deadline, .. } = self.fault;
        let parameters = parameters(claim, side);
        let edits = edit::edits(&mut self.simplifier, side, &parameters);
        let Some(probes) = &self.probes else { return vec![] };
        let agrees = |side: &Term| {
            let points = [(0, 0), (0, probes.choices() - 1), (probes.settings() - 1, 0)];
            points.iter().all(|(setting, choice)| {
                let values = (probes.value(claim, *setting, *choice), probes.value(side, *setting, *choice));
                matches!(values, (Some(a), Some(b)) if (a - b).abs() <= 1e-5 * a.abs().max(b.abs()).max(1e-3))
            })
        };
        let in_time = |_: &Term| Instant::now() < deadline && !is_over();
        let good = edits.into_iter().take_while(in_time).filter(|side| agrees(side));
        good.take(MOST).map(|side| Suggestion { side, change: Change::Edited }).collect()
    }

    /// What the rules make of the claim, by likeness to the faulty side.
    fn forms(&mut self) -> Vec<Suggestion> {
        let Fault { library, hypotheses, claim, side, .. } = self.fault;
        let limits = Limits { steps: FORM_STEPS, nodes: FORM_NODES, rounds: FORM_ROUNDS, ..Limits::default() };
        let endless =
            |t: &Term| t.any(&|t| t.op().bound().is_none() && t.args().iter().any(|a| *a.op() == Op::Infinity));
        let standing = |t: &Term| t.any(&|t| matches!(t.op(), Op::Derivative(..)) && t.has_operator());
        let derivatives = standing(side) && !standing(claim);
        let far = distance(claim, side);
        let forms = engine::forms(library, claim, hypotheses, &limits).into_iter();
        let mut forms: Vec<(usize, Term)> = forms
            .filter(|form| (derivatives || !standing(form)) && !endless(form))
            .map(|form| self.simplifier.simplify(&form))
            .map(|form| (distance(&form, side), form))
            // What keeps the derivative of the claim, or has none to begin with, may only restate it.
            .filter(|(distance, form)| (standing(claim) && !standing(form)) || *distance < far)
            .collect();
        forms.sort();
        forms.dedup();
        forms.into_iter().map(|(_, side)| Suggestion { side, change: Change::Replaced }).collect()
    }
}

/// The coefficient that makes one term the other.
fn multiple(probes: &Probes<'_>, target: &Term, term: &Term) -> Option<Term> {
    fit::fit(probes, target, std::slice::from_ref(term))?.pop()
}

/// The parameters of two terms.
fn parameters(left: &Term, right: &Term) -> Vec<Var> {
    let mut found: Vec<Var> = left.free().iter().chain(right.free()).cloned().collect();
    found.sort();
    found.dedup();
    found.retain(|var| matches!(var.identity, Identity::Free(_)));
    found
}

/// How much stands in one term only. What a formula is about weighs more than how it is written.
fn distance(a: &Term, b: &Term) -> usize {
    let (a, b) = (operators(a), operators(b));
    let (mut i, mut j, mut apart) = (0, 0, 0);
    while i < a.len() || j < b.len() {
        let order = match (a.get(i), b.get(j)) {
            (Some(x), Some(y)) => x.cmp(y),
            (Some(_), None) => Ordering::Less,
            _ => Ordering::Greater,
        };
        match order {
            Ordering::Equal => (i, j) = (i + 1, j + 1),
            Ordering::Less => (i, apart) = (i + 1, apart + weight(&a[i])),
            Ordering::Greater => (j, apart) = (j + 1, apart + weight(&b[j])),
        }
    }
    apart
}

/// The operators of a term in order; bound variables are all the same.
fn operators(term: &Term) -> Vec<Op> {
    let any = || Var::bound(0, Domain::Real);
    let mut all: Vec<Op> = Vec::new();
    term.visit(&mut |t| {
        all.push(match t.op() {
            Op::Var(var) if matches!(var.identity, Identity::Bound(_)) => Op::Var(any()),
            op if op.bound().is_some() => op.with_bound(any()),
            op => op.clone(),
        });
    });
    all.sort();
    all
}

fn weight(op: &Op) -> usize {
    match op {
        Op::Apply(..) | Op::UnknownLaw(_) | Op::Derivative(..) => 6,
        Op::Expect(_) | Op::Law(_) | Op::Function(_) => 4,
        // An expectation says more than the integral that it stands for.
        Op::Integral(_) | Op::Sum(_) => 20,
        _ => 1,
    }
}
