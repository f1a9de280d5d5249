//! From numbers to a finding.

use super::evaluate::Evaluator;
use super::instance::Open;
use super::instantiate::Instantiator;
use super::moments::Moments;
use super::montecarlo::{Draws, moments, simulate};
use super::program::{Compiler, Program};
use super::random::mix;
use super::{Comparison, Estimate, Finding, Instance, Method, Options};
use crate::term::{Definitions, Identity, Op, Regularity, Symbol, Term, Var};
use std::collections::BTreeMap;
use std::time::Instant;

/// Instances that have to agree, and how many are looked at to find them.
const WANTED: usize = 4;
const ATTEMPTS: usize = 10;
/// A simulation speaks against an equality at this many standard errors, twice.
const REFUTED: f64 = 8.0;
/// A deterministic gap has to be this large relative to the sides, and to the estimated error.
const RELATIVE: f64 = 1e-6;
const ABOVE_ERROR: f64 = 1000.0;
/// Sides below this size are compared absolutely.
const SMALL: f64 = 0.05;

/// Two sides compiled at an instance.
struct Sides {
    left: Program,
    right: Program,
    parameters: Vec<f64>,
    slots: usize,
    method: Method,
}

impl Sides {
    fn new(definitions: &Definitions, left: &Term, right: &Term, instance: &Instance) -> Option<Sides> {
        let mut instantiator = Instantiator::new(definitions, instance);
        let (left, right) = (instantiator.apply(left)?, instantiator.apply(right)?);
        let mut variables: Vec<Var> = left.free().iter().chain(right.free()).cloned().collect();
        variables.sort();
        variables.dedup();
        let number = |v: &Var| match &v.identity {
            Identity::Free(name) => instance.parameters.get(name).copied(),
            Identity::Bound(_) => None,
        };
        let parameters = variables.iter().map(number).collect::<Option<Vec<f64>>>()?;
        let method = method(definitions, &[&left, &right]);
        let mut compiler = Compiler::new(definitions, &variables);
        let (left, right) = (compiler.closed(&left)?, compiler.closed(&right)?);
        Some(Sides { left, right, parameters, slots: compiler.slots, method })
    }

    /// Both sides without simulation.
    fn exact(&self, deadline: Option<Instant>) -> Option<[Estimate; 2]> {
        let mut evaluator = Evaluator::new(&self.parameters, self.slots, deadline);
        Some([evaluator.value(&self.left)?, evaluator.value(&self.right)?])
    }

    fn simulated(&self, instance: &Instance, options: &Options, seed: u64) -> Option<Judged> {
        let draws = Draws { seed, samples: options.samples, deadline: options.deadline };
        let result = simulate(&self.left, &self.right, &self.parameters, self.slots, draws)?;
        let scale = result.left.abs().max(result.right.abs()).max(SMALL);
        let standard_error = result.standard_error.hypot(result.bias).max(1e-9 * scale);
        let z = (result.left - result.right) / standard_error;
        let comparison = Comparison {
            method: Method::MonteCarlo,
            samples: result.samples,
            left: result.left,
            right: result.right,
            standard_error,
            z,
            detectable_gap: REFUTED * standard_error + RELATIVE * scale,
            seed,
            instance: instance.clone(),
        };
        let apart = z.abs() >= REFUTED && (result.left - result.right).abs() > RELATIVE * scale;
        Some(Judged { apart, telling: comparison.detectable_gap < 0.3 * scale, comparison })
    }

    fn computed(&self, instance: &Instance, options: &Options) -> Option<Judged> {
        let [l, r] = self.exact(options.deadline)?;
        let error = l.error + r.error;
        let gap = (l.value - r.value).abs();
        let scale = l.value.abs().max(r.value.abs()).max(SMALL);
        let tolerance = (RELATIVE * scale).max(ABOVE_ERROR * error);
        let comparison = Comparison {
            method: self.method,
            samples: 0,
            left: l.value,
            right: r.value,
            standard_error: error,
            z: if gap == 0.0 { 0.0 } else { (l.value - r.value) / error.max(1e-15 * scale) },
            detectable_gap: tolerance,
            seed: options.seed,
            instance: instance.clone(),
        };
        Some(Judged { apart: gap > tolerance, telling: tolerance < 1e-3 * scale, comparison })
    }

    /// A gap between simulated sides, seen again on other noise.
    fn refuted_by_draws(&self, instance: &Instance, options: &Options) -> Option<Comparison> {
        let first = self.simulated(instance, options, options.seed)?;
        let second = first.apart.then(|| self.simulated(instance, options, mix(options.seed)))??;
        let same_side = first.comparison.z.signum() == second.comparison.z.signum();
        (second.apart && same_side).then_some(first.comparison)
    }
}

/// A comparison with its judgement.
struct Judged {
    comparison: Comparison,
    apart: bool,
    /// Fine enough for agreement to mean something.
    telling: bool,
}

fn method(definitions: &Definitions, terms: &[&Term]) -> Method {
    let any = |f: &dyn Fn(&Term) -> bool| terms.iter().any(|t| t.any(&f));
    let continuous = any(&|t| match t.op() {
        Op::Expect(_) => definitions.law(&t.args()[0]).is_some_and(|(law, _)| !law.is_discrete()),
        Op::Integral(_) => true,
        _ => false,
    });
    match (continuous, any(&|t| matches!(t.op(), Op::Expect(_) | Op::Sum(_)))) {
        (true, _) => Method::Quadrature,
        (false, true) => Method::Summation,
        (false, false) => Method::Exact,
    }
}

/// Compares both sides at one instance: without simulation, then by simulation.
pub fn compare_at(definitions: &Definitions, left: &Term, right: &Term, instance: &Instance, options: &Options) -> Finding {
    let Some(sides) = Sides::new(definitions, left, right, instance) else {
        return Finding::Undecided("a part of the statement has no numeric value".into());
    };
    let mut agreed = Vec::new();
    match judge(&sides, instance, options) {
        Some(Ok(comparison)) => agreed.push(comparison),
        Some(Err(witness)) => return Finding::Differ(witness),
        None => {}
    }
    if sides.method != Method::Exact {
        match simulate_once(&sides, instance, options, agreed.is_empty()) {
            Some(Ok(comparison)) => agreed.push(comparison),
            Some(Err(witness)) => return Finding::Differ(witness),
            None => {}
        }
    }
    if agreed.is_empty() {
        return Finding::Undecided("neither quadrature nor simulation gives both sides".into());
    }
    Finding::Agree(agreed)
}

/// The deterministic judgement; a gap has to be one for the simulation too, where that could see it.
fn judge(sides: &Sides, instance: &Instance, options: &Options) -> Option<Result<Comparison, Comparison>> {
    let judged = sides.computed(instance, options)?;
    if !judged.apart {
        return judged.telling.then_some(Ok(judged.comparison));
    }
    if sides.method == Method::Exact {
        return Some(Err(judged.comparison));
    }
    let gap = judged.comparison.left - judged.comparison.right;
    match sides.simulated(instance, options, options.seed) {
        Some(simulated) => {
            let drawn = simulated.comparison.left - simulated.comparison.right;
            let consistent = (drawn - gap).abs() <= REFUTED * simulated.comparison.standard_error + 1e-6 * gap.abs();
            consistent.then_some(Err(judged.comparison))
        }
        None => Some(Err(judged.comparison)),
    }
}

fn simulate_once(sides: &Sides, instance: &Instance, options: &Options, refute: bool) -> Option<Result<Comparison, Comparison>> {
    let judged = sides.simulated(instance, options, options.seed)?;
    if !judged.apart {
        return judged.telling.then_some(Ok(judged.comparison));
    }
    // Where a deterministic rule has found agreement, the simulation has to be sure of itself.
    if refute { sides.refuted_by_draws(instance, options).map(Err) } else { None }
}

/// Compares both sides at several instances, without simulation first, then by simulation (at least once when an
/// expectation occurs). Unknown functions are smooth unless a weaker class was granted; each of `positive` is above 0.
pub fn compare(
    definitions: &Definitions,
    left: &Term,
    right: &Term,
    classes: &BTreeMap<Symbol, Regularity>,
    positive: &[Term],
    options: &Options,
) -> Finding {
    let open = Open::of(&[left, right]);
    let mut agreed = match search(definitions, [left, right], &open, positive, |_| Regularity::Smooth, options, WANTED) {
        Finding::Agree(agreed) => agreed,
        other => return other,
    };
    let granted = |weakest: Regularity| {
        move |name: &Symbol| match classes.get(name) {
            Some(class) => (*class).max(weakest),
            None => Regularity::Smooth,
        }
    };
    for class in [Regularity::Lipschitz, Regularity::Jump] {
        if !open.functions.keys().any(|name| classes.get(name).is_some_and(|c| *c <= class)) {
            continue;
        }
        match search(definitions, [left, right], &open, positive, granted(class), options, 2) {
            Finding::Agree(more) => agreed.extend(more),
            Finding::Differ(witness) => return Finding::Differ(witness),
            Finding::Undecided(_) => {}
        }
    }
    Finding::Agree(agreed)
}

/// A witness that the equality fails for functions of that class, if one is found: the unknown functions of which no class
/// was granted are taken from it.
pub fn fails_for(
    definitions: &Definitions,
    left: &Term,
    right: &Term,
    classes: &BTreeMap<Symbol, Regularity>,
    positive: &[Term],
    class: Regularity,
    options: &Options,
) -> Option<Comparison> {
    let open = Open::of(&[left, right]);
    let of = |name: &Symbol| classes.get(name).copied().unwrap_or(class);
    match search(definitions, [left, right], &open, positive, of, options, 2) {
        Finding::Differ(witness) => Some(witness),
        _ => None,
    }
}

fn search(
    definitions: &Definitions,
    [left, right]: [&Term; 2],
    open: &Open,
    positive: &[Term],
    class: impl Fn(&Symbol) -> Regularity,
    options: &Options,
    wanted: usize,
) -> Finding {
    let mut agreed: Vec<Comparison> = Vec::new();
    let mut simulated = false;
    let mut reason = "no parameters meet the conditions";
    for number in 0..ATTEMPTS {
        if options.deadline.is_some_and(|deadline| Instant::now() > deadline) {
            reason = "out of time";
            break;
        }
        let exact = agreed.iter().filter(|c| c.method != Method::MonteCarlo).count();
        if exact >= wanted && simulated {
            break;
        }
        let Some(instance) = open.instance(definitions, positive, &class, number) else { continue };
        let Some(sides) = Sides::new(definitions, left, right, &instance) else {
            reason = "a part of the statement has no numeric value";
            continue;
        };
        reason = "neither quadrature nor simulation gives both sides";
        let mut found = false;
        if exact < wanted {
            match judge(&sides, &instance, options) {
                Some(Ok(comparison)) => {
                    agreed.push(comparison);
                    found = true;
                }
                Some(Err(witness)) => return Finding::Differ(witness),
                None => {}
            }
        }
        if sides.method == Method::Exact {
            simulated = true;
        }
        // Simulate once, and wherever nothing else gives an answer.
        if !simulated || (!found && exact < wanted) {
            match simulate_once(&sides, &instance, options, !found) {
                Some(Ok(comparison)) => {
                    agreed.push(comparison);
                    simulated = true;
                }
                Some(Err(witness)) => return Finding::Differ(witness),
                None => {}
            }
        }
    }
    if agreed.is_empty() { Finding::Undecided(reason.into()) } else { Finding::Agree(agreed) }
}

/// The value of a term at an instance, without simulation.
pub fn evaluate(definitions: &Definitions, term: &Term, instance: &Instance) -> Option<Estimate> {
    let sides = Sides::new(definitions, term, &Term::zero(), instance)?;
    sides.exact(None).map(|[value, _]| value)
}

/// The moments of what stands inside an expectation, over draws: what an estimator costs in variance.
pub fn sample_moments(definitions: &Definitions, expectation: &Term, instance: &Instance, options: &Options) -> Option<Moments> {
    let sides = Sides::new(definitions, expectation, &Term::zero(), instance)?;
    if !matches!(expectation.op(), Op::Expect(_)) {
        return None;
    }
    let draws = Draws { seed: options.seed, samples: options.samples, deadline: options.deadline };
    moments(&sides.left, &sides.parameters, sides.slots, draws)
}
