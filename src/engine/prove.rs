//! The strategy: which searches are made, in which order, and what becomes of what they find.

use super::cost::View;
use super::explain;
use super::graph::add;
use super::release::{chained, holds_stops, released};
use super::saturate::{Breadth, Effort, End, Search};
use crate::proof::{Checked, Hypotheses, Kernel, Need, Proof};
use crate::rule::Library;
use crate::term::{Op, Simplifier, Symbol, Term, deadline, supposing};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The steps of a search that take a machine of today about a second.
const SECOND: u64 = 6_000_000;

/// The [steps](deadline::steps) of a search that take a machine of today about so long.
pub fn steps_in(time: Duration) -> u64 {
    (time.as_secs_f64() * SECOND as f64) as u64
}

/// Bounds on a search.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// [Steps](deadline::steps) for all searches together; see [`steps_in`].
    pub steps: u64,
    /// Operators in the e-graph.
    pub nodes: usize,
    /// Rounds of rule application.
    pub rounds: usize,
    /// The highest order of derivative that may be assumed of an unknown function.
    pub order: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { steps: SECOND * 3 / 2, nodes: 40_000, rounds: 60, order: 16 }
    }
}

/// What a search came to.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A derivation that the kernel accepts, with what each step takes.
    Proved(Proof, Checked),
    /// None found; why the search ended.
    Open(String),
}

/// How large a search was.
#[derive(Clone, Copy, Debug, Default)]
pub struct Statistics {
    /// Operators in the e-graph.
    pub nodes: usize,
    /// Classes of equal terms.
    pub classes: usize,
    /// Rounds of rule application.
    pub rounds: usize,
}

/// The part of the steps that the core of the library may take: what it does not find soon has a rule of its own, perhaps.
const CORE: f64 = 0.4;

/// The part of the steps in which a thorough search has a look, before the whole library may take what is left.
const LOOK: f64 = 0.1;

/// The steps in which a derivation that assumes less is looked for, once one is known.
const SECOND_LOOK: u64 = SECOND / 10;

/// Looks for a derivation of `left = right` that assumes as little as possible of unknown functions.
///
/// The core of the library is quick, and is tried first, assuming nothing, then one derivative, then more. What it
/// finds under an assumption is kept while the rest is searched for a moment for something that assumes less.
pub fn prove(
    library: &Library,
    left: &Term,
    right: &Term,
    hypotheses: &Hypotheses,
    limits: &Limits,
) -> (Outcome, Statistics) {
    if left.has_arrays() || right.has_arrays() {
        return (Outcome::Open("the entries of arrays are not written out".into()), Statistics::default());
    }
    supposing(&nonzero(library, hypotheses), || searched(library, left, right, hypotheses, limits))
}

/// The terms that are supposed not to be 0, as they are written and simplified.
fn nonzero(library: &Library, hypotheses: &Hypotheses) -> Vec<Term> {
    let mut simplifier = Simplifier::new(&library.definitions);
    hypotheses.nonzero.iter().flat_map(|term| [term.clone(), simplifier.simplify(term)]).collect()
}

fn searched(
    library: &Library,
    left: &Term,
    right: &Term,
    hypotheses: &Hypotheses,
    limits: &Limits,
) -> (Outcome, Statistics) {
    let until = deadline::steps() + limits.steps;
    let kernel = Kernel::new(library);
    let strategy = Strategy { kernel: &kernel, left, right, hints: &[], hypotheses, limits, until };
    if let Some(found) = strategy.without_stops() {
        return found;
    }
    let share = |part: f64| until.min(deadline::steps() + (limits.steps as f64 * part) as u64);
    let (found, order, statistics) = strategy.climb(Breadth::Core, false, share(CORE));
    if let Outcome::Proved(..) = found {
        return strategy.assuming_less((found, statistics), order);
    }
    use Breadth::{Library, Means};
    // Thorough searches take all steps that there are: they come behind those that end soon, but for a look. What a look
    // finds under an assumption is kept, and one quick search more may find something that assumes less.
    let looks = [(Means, false, 1.0), (Means, true, LOOK), (Library, false, 1.0)];
    let wider = [(Means, true, 1.0), (Library, true, 1.0)];
    let (mut last, mut kept) = ((found, statistics), None);
    for (breadth, thorough, part) in looks.into_iter().chain(wider) {
        if deadline::steps() > until || deadline::is_over() {
            break;
        }
        let (found, _, statistics) = strategy.climb(breadth, thorough, share(part));
        last = (found, statistics);
        let assumed = assumed(&last.0, hypotheses);
        match (assumed, kept) {
            (Some(0), _) => return last,
            (Some(_), None) if part < 1.0 => kept = Some((last.clone(), assumed)),
            (_, None) if assumed.is_some() => return last,
            (_, Some((found, least))) => return if assumed.is_some() && assumed < least { last } else { found },
            (_, none) => kept = none,
        }
    }
    kept.map_or(last, |(found, _)| found)
}

/// How much a derivation assumes; none if it is none.
fn assumed(outcome: &Outcome, hypotheses: &Hypotheses) -> Option<usize> {
    let Outcome::Proved(_, checked) = outcome else { return None };
    let needs: BTreeSet<&Need> = checked.needs.iter().flatten().filter(|need| need.is_assumed(hypotheses)).collect();
    Some(needs.len())
}

/// The same for an equation that is likely true, such as one that an estimator suggests. `hints` are terms to begin with
/// beside the two sides: what rules make of them may be what a derivation needs. The whole library is tried under one
/// assumption before the next, so that what is found first assumes least.
pub fn prove_with(
    library: &Library,
    left: &Term,
    right: &Term,
    hints: &[Term],
    hypotheses: &Hypotheses,
    limits: &Limits,
) -> (Outcome, Statistics) {
    supposing(&nonzero(library, hypotheses), || searched_with(library, left, right, hints, hypotheses, limits))
}

fn searched_with(
    library: &Library,
    left: &Term,
    right: &Term,
    hints: &[Term],
    hypotheses: &Hypotheses,
    limits: &Limits,
) -> (Outcome, Statistics) {
    let until = deadline::steps() + limits.steps;
    let kernel = Kernel::new(library);
    let strategy = Strategy { kernel: &kernel, left, right, hints, hypotheses, limits, until };
    let least = strategy.least_order();
    let mut last = (Outcome::Open("no derivation within the rules".into()), Statistics::default());
    for thorough in [false, true] {
        let mut order = Some(least);
        while let Some(now) = order {
            order = None;
            for breadth in [Breadth::Core, Breadth::Means, Breadth::Library] {
                if thorough && breadth == Breadth::Core {
                    continue;
                }
                let (result, next, statistics) = strategy.attempt(Effort { order: now, breadth, thorough, until });
                match result {
                    Ok(proved) => return (proved, statistics),
                    Err(reason) => last = (Outcome::Open(reason), statistics),
                }
                let next = next.filter(|next| *next > now && *next <= limits.order);
                order = [order, next].into_iter().flatten().min();
                if deadline::steps() > until || deadline::is_over() {
                    return last;
                }
            }
        }
    }
    last
}

/// The forms of a term that the library leads to within the limits, whatever they assume; they are not proved.
pub fn forms(library: &Library, term: &Term, hypotheses: &Hypotheses, limits: &Limits) -> Vec<Term> {
    let effort = Effort {
        order: limits.order,
        breadth: Breadth::Library,
        thorough: false,
        until: deadline::steps() + limits.steps,
    };
    Search::new(&Kernel::new(library), hypotheses, limits, effort).explore(term)
}

#[derive(Clone, Copy)]
struct Strategy<'a> {
    /// One for all searches: what it has found of means does not depend on what is assumed.
    kernel: &'a Kernel<'a>,
    left: &'a Term,
    right: &'a Term,
    hints: &'a [Term],
    hypotheses: &'a Hypotheses,
    limits: &'a Limits,
    /// The count of steps at which all searches have to have ended.
    until: u64,
}

impl Strategy<'_> {
    /// An order of smoothness below which nothing can be found: where one side has f' and the other only f, some step
    /// trades the one for the other.
    fn least_order(&self) -> u32 {
        let [left, right] = [self.left, self.right].map(orders);
        let traded = left.iter().filter_map(|(name, order)| {
            let other = right.get(name)?;
            let function = name.clone();
            let need = Need::Differentiable { function, order: *order.max(other) };
            let granted = self.hypotheses.classes.get(name).is_some_and(|class| need.granted_by(*class));
            (order != other && !granted).then_some(*order.max(other))
        });
        traded.max().unwrap_or(0)
    }

    /// Assumes more and more until something is found; also the order that was assumed.
    fn climb(&self, breadth: Breadth, thorough: bool, until: u64) -> (Outcome, u32, Statistics) {
        let mut order = 0;
        loop {
            let (result, next, statistics) = self.attempt(Effort { order, breadth, thorough, until });
            match (result, next) {
                (Ok(proved), _) => return (proved, order, statistics),
                (Err(_), Some(next)) if next <= self.limits.order && next > order => order = next,
                (Err(reason), _) => return (Outcome::Open(reason), order, statistics),
            }
        }
    }

    /// What the rest of the library proves in a moment under fewer assumptions than what was found, or that.
    fn assuming_less(&self, found: (Outcome, Statistics), order: u32) -> (Outcome, Statistics) {
        for lower in 0..order.min(2) {
            let until = self.until.min(deadline::steps() + SECOND_LOOK);
            for breadth in [Breadth::Means, Breadth::Library] {
                let attempt = self.attempt(Effort { order: lower, breadth, thorough: false, until });
                if let (Ok(proved), _, statistics) = attempt {
                    return (proved, statistics);
                }
            }
        }
        found
    }

    /// One search: what it proved, or why it ended; and the next order that would allow more.
    fn attempt(&self, effort: Effort) -> (Result<Outcome, String>, Option<u32>, Statistics) {
        let mut search = Search::new(self.kernel, self.hypotheses, self.limits, effort);
        search.seed(self.hints);
        let end = deadline::within(effort.until, || search.run(self.left, self.right));
        let statistics = search.statistics();
        let judged = |proof: Proof| match self.kernel.check(&proof, self.hypotheses) {
            Ok(checked) => Ok(Outcome::Proved(proof, checked)),
            Err(_) if deadline::is_over() => Err("no time was left to check the derivation that was found".into()),
            Err(rejection) => Err(format!("the kernel refuses the derivation that was found: {rejection}")),
        };
        match end {
            End::Met => {
                let library = self.kernel.library();
                let proof = explain::proof(&mut search.graph, library, self.left, self.right);
                let unheld = "the search met, and holds no derivation of the sides as they are written";
                let found = proof.map_or_else(|| Err(unheld.into()), judged).or_else(|why: String| {
                    let slow = explain::slow_proof(&mut search.graph, library, self.left, self.right);
                    slow.and_then(|proof| judged(proof).ok()).ok_or(why)
                });
                (found, None, statistics)
            }
            End::Exhausted(next) => {
                let released = self.release(&mut search).map(judged);
                let exhausted = "no derivation within the rules: the search is exhausted";
                (released.unwrap_or_else(|| Err(exhausted.into())), next, statistics)
            }
            End::Exceeded(reason) => {
                let released = self.release(&mut search).and_then(|proof| judged(proof).ok());
                (released.ok_or(reason), None, statistics)
            }
        }
    }

    /// A derivation for the sides with their derivatives taken, if then nothing that is stopped stands below one.
    fn without_stops(&self) -> Option<(Outcome, Statistics)> {
        if !holds_stops(self.left) && !holds_stops(self.right) {
            return None;
        }
        let mut simplifier = Simplifier::new(&self.kernel.library().definitions);
        let [from, to] = [self.left, self.right].map(|side| simplifier.simplify(side));
        let (left, right) = (released(&from), released(&to));
        if holds_stops(&left) || holds_stops(&right) {
            return None;
        }
        let limits = Limits { steps: self.limits.steps / 2, ..*self.limits };
        let (found, statistics) = searched(self.kernel.library(), &left, &right, self.hypotheses, &limits);
        let Outcome::Proved(middle, _) = found else { return None };
        let still = |side: Term| Proof { left: side.clone(), right: side, steps: vec![] };
        let proof = chained(self.left, vec![still(from), middle, still(to)], self.right);
        let proof = Proof { steps: explain::tidy(proof.steps), ..proof };
        let checked = self.kernel.check(&proof, self.hypotheses).ok()?;
        Some((Outcome::Proved(proof, checked), statistics))
    }

    /// Goes on without what is stopped, once no derivative stands in front of it.
    fn release(&self, search: &mut Search<'_>) -> Option<Proof> {
        if !holds_stops(self.left) && !holds_stops(self.right) {
            return None;
        }
        let best = |search: &mut Search<'_>, side: &Term| {
            let id = add(&mut search.graph, side);
            search.graph[id].data.term(View::Law).clone()
        };
        let (from, to) = (best(search, self.left), best(search, self.right));
        let (left, right) = (released(&from), released(&to));
        if holds_stops(&left) || holds_stops(&right) {
            return None;
        }
        let limits = Limits { steps: self.until.saturating_sub(deadline::steps()), ..*self.limits };
        let (Outcome::Proved(middle, _), _) = prove(self.kernel.library(), &left, &right, self.hypotheses, &limits)
        else {
            return None;
        };
        let first = explain::proof(&mut search.graph, self.kernel.library(), self.left, &from)?;
        let last = explain::proof(&mut search.graph, self.kernel.library(), &to, self.right)?;
        let whole = chained(self.left, vec![first, middle, last], self.right);
        Some(Proof { steps: explain::tidy(whole.steps), ..whole })
    }
}

/// The highest order of derivative of each unknown function.
fn orders(term: &Term) -> BTreeMap<Symbol, u32> {
    let mut found = BTreeMap::new();
    term.visit(&mut |t| {
        if let Op::Apply(name, orders) = t.op() {
            let highest = found.entry(name.clone()).or_insert(0);
            *highest = orders.iter().sum::<u32>().max(*highest);
        }
    });
    found
}
