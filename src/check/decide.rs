//! From numbers to a finding.

use super::evaluate::Evaluator;
use super::instance::Open;
use super::instantiate::Instantiator;
use super::moments::Moments;
use super::montecarlo::{Draws, Setup, Simulation, moments};
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
/// Draws alone speak for an equality if they would have seen a gap of this share of the sides (or of 1).
const TELLING: f64 = 0.1;
/// Sides below this size are compared absolutely.
const SMALL: f64 = 0.05;

/// Two sides compiled at an instance.
pub struct Sides {
    left: Program,
    right: Program,
    parameters: Vec<f64>,
    slots: usize,
    method: Method,
    /// An expectation occurs.
    pub random: bool,
}

impl Sides {
    pub fn new(definitions: &Definitions, left: &Term, right: &Term, instance: &Instance) -> Option<Sides> {
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
        let random = [&left, &right].iter().any(|t| t.any(&|t| matches!(t.op(), Op::Expect(_))));
        let mut compiler = Compiler::new(definitions, &variables);
        let (left, right) = (compiler.closed(&left)?, compiler.closed(&right)?);
        Some(Sides { left, right, parameters, slots: compiler.slots, method, random })
    }

    /// Both sides without simulation.
    fn exact(&self, deadline: Option<Instant>) -> Result<[Estimate; 2], Trouble> {
        let mut evaluator = Evaluator::new(&self.parameters, self.slots, deadline);
        let left = evaluator.value(&self.left);
        let right = left.and_then(|_| evaluator.value(&self.right));
        match (left, right) {
            (Some(l), Some(r)) if l.value.is_finite() && r.value.is_finite() => Ok([l, r]),
            _ if evaluator.diverges => Err(Trouble::Diverges),
            _ if evaluator.budget == 0 => Err(Trouble::Costly),
            _ => Err(Trouble::Unknown),
        }
    }

    fn simulated(&self, instance: &Instance, options: &Options, seed: u64) -> Option<Judged> {
        let draws = options.draws(seed);
        let clear = |simulation: &Simulation| self.judged(instance, simulation, seed).apart;
        let simulation = self.setup(&draws)?.until(&draws, clear)?;
        Some(self.judged(instance, &simulation, seed))
    }

    pub fn setup(&self, draws: &Draws) -> Option<Setup<'_>> {
        Setup::new([&self.left, &self.right], &self.parameters, self.slots, draws)
    }

    pub fn judged(&self, instance: &Instance, result: &Simulation, seed: u64) -> Judged {
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
        Judged { apart, telling: comparison.detectable_gap < TELLING * scale.max(1.0), comparison }
    }

    fn computed(&self, instance: &Instance, options: &Options) -> Result<Judged, Trouble> {
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
            standard_error: tolerance / ABOVE_ERROR,
            z: (l.value - r.value) / (tolerance / ABOVE_ERROR),
            detectable_gap: tolerance,
            seed: options.seed,
            instance: instance.clone(),
        };
        Ok(Judged { apart: gap > tolerance, telling: tolerance < 1e-3 * scale, comparison })
    }
}

/// A comparison with its judgement.
pub struct Judged {
    pub comparison: Comparison,
    pub apart: bool,
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

/// Why there is no deterministic value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// An expectation does not exist: nothing can be said at this instance.
    Diverges,
    /// Too many points: other instances would be as costly.
    Costly,
    Unknown,
}

/// What one method says at one instance.
enum Verdict {
    Same(Comparison),
    Apart(Comparison),
    Unclear(Trouble),
}

/// Compares both sides at one instance: without simulation, then by simulation.
pub fn compare_at(
    definitions: &Definitions,
    left: &Term,
    right: &Term,
    instance: &Instance,
    options: &Options,
) -> Finding {
    let Some(sides) = Sides::new(definitions, left, right, instance) else {
        return Finding::Undecided("a part of the statement has no numeric value".into());
    };
    let mut agreed = Vec::new();
    match judge(&sides, instance, options) {
        Verdict::Same(comparison) => agreed.push(comparison),
        Verdict::Apart(witness) => return Finding::Differ(witness),
        Verdict::Unclear(Trouble::Diverges) => return Finding::Undecided("an expectation is not finite".into()),
        Verdict::Unclear(_) => {}
    }
    if sides.random {
        match simulate_once(&sides, instance, options, agreed.is_empty()) {
            Verdict::Same(comparison) => agreed.push(comparison),
            Verdict::Apart(witness) => return Finding::Differ(witness),
            Verdict::Unclear(_) => {}
        }
    }
    if agreed.is_empty() {
        return Finding::Undecided("neither quadrature nor simulation gives both sides".into());
    }
    Finding::Agree(agreed)
}

/// The deterministic judgement; a gap has to be one for the simulation too, where that could see it.
fn judge(sides: &Sides, instance: &Instance, options: &Options) -> Verdict {
    let judged = match sides.computed(instance, options) {
        Ok(judged) => judged,
        Err(trouble) => return Verdict::Unclear(trouble),
    };
    match judged {
        Judged { apart: false, telling: true, comparison } => return Verdict::Same(comparison),
        Judged { apart: false, .. } => return Verdict::Unclear(Trouble::Unknown),
        _ => {}
    }
    if sides.random
        && let Some(simulated) = sides.simulated(instance, options, options.seed)
    {
        let gap = judged.comparison.left - judged.comparison.right;
        let drawn = simulated.comparison.left - simulated.comparison.right;
        if (drawn - gap).abs() > REFUTED * simulated.comparison.standard_error + RELATIVE * gap.abs() {
            return Verdict::Unclear(Trouble::Unknown);
        }
    }
    Verdict::Apart(judged.comparison)
}

/// The judgement by simulation. Where a deterministic rule has found agreement, a gap is not believed.
fn simulate_once(sides: &Sides, instance: &Instance, options: &Options, refute: bool) -> Verdict {
    match sides.simulated(instance, options, options.seed) {
        Some(Judged { apart: false, telling, comparison }) if telling || !refute => Verdict::Same(comparison),
        Some(Judged { apart: true, comparison, .. }) if refute => {
            // The gap has to be seen again on other noise.
            match sides.simulated(instance, options, mix(options.seed)) {
                Some(second) if second.apart && second.comparison.z * comparison.z > 0.0 => Verdict::Apart(comparison),
                _ => Verdict::Unclear(Trouble::Unknown),
            }
        }
        _ => Verdict::Unclear(Trouble::Unknown),
    }
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
    let mut agreed = match search(definitions, [left, right], &open, positive, |_| Regularity::Smooth, options, WANTED)
    {
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
    let (mut simulated, mut costly) = (false, false);
    let mut reason = "no parameters meet the conditions";
    for number in 0..ATTEMPTS {
        if options.deadline.is_some_and(|deadline| Instant::now() > deadline) {
            reason = "out of time";
            break;
        }
        let drawn = agreed.iter().filter(|c| c.method == Method::MonteCarlo).count();
        let exact = agreed.len() - drawn;
        if simulated && (exact >= wanted || drawn >= wanted || (costly && drawn > 1)) {
            break;
        }
        let Some(instance) = open.instance(definitions, positive, &class, number) else { continue };
        let Some(sides) = Sides::new(definitions, left, right, &instance) else {
            reason = "a part of the statement has no numeric value";
            continue;
        };
        reason = "neither quadrature nor simulation gives both sides";
        let mut found = false;
        if exact < wanted && !costly {
            match judge(&sides, &instance, options) {
                Verdict::Same(comparison) => {
                    agreed.push(comparison);
                    found = true;
                }
                Verdict::Apart(witness) => return Finding::Differ(witness),
                Verdict::Unclear(Trouble::Diverges) => {
                    reason = "an expectation is not finite";
                    continue;
                }
                Verdict::Unclear(trouble) => costly = trouble == Trouble::Costly,
            }
        }
        simulated |= !sides.random;
        // Simulate once, and wherever nothing else gives an answer.
        if sides.random && (!simulated || !found) {
            match simulate_once(&sides, &instance, options, !found) {
                Verdict::Same(comparison) => {
                    agreed.push(comparison);
                    simulated = true;
                }
                Verdict::Apart(witness) => return Finding::Differ(witness),
                Verdict::Unclear(_) => {}
            }
        }
    }
    if agreed.is_empty() { Finding::Undecided(reason.into()) } else { Finding::Agree(agreed) }
}

/// The value of a term at an instance, without simulation.
pub fn evaluate(definitions: &Definitions, term: &Term, instance: &Instance) -> Option<Estimate> {
    evaluate_by(definitions, term, instance, None)
}

/// The same, if it is done by a deadline.
pub fn evaluate_by(
    definitions: &Definitions,
    term: &Term,
    instance: &Instance,
    deadline: Option<Instant>,
) -> Option<Estimate> {
    let sides = Sides::new(definitions, term, &Term::zero(), instance)?;
    sides.exact(deadline).ok().map(|[value, _]| value)
}

/// What is known of a mean without simulation.
#[derive(Clone, Copy, Debug)]
pub enum Mean {
    /// Its value.
    Finite(Estimate),
    /// An integral in it has no finite value.
    Infinite,
    /// It is out of reach.
    Unknown,
}

/// The value of a term at an instance, without simulation.
pub fn mean(definitions: &Definitions, term: &Term, instance: &Instance, deadline: Option<Instant>) -> Mean {
    let Some(sides) = Sides::new(definitions, term, &Term::zero(), instance) else { return Mean::Unknown };
    match sides.exact(deadline) {
        Ok([value, _]) => Mean::Finite(value),
        Err(Trouble::Diverges) => Mean::Infinite,
        Err(_) => Mean::Unknown,
    }
}

/// Both sides at an instance, simulated with just these draws: a point of a plot of convergence. None without
/// randomness, or without a value.
pub fn simulate_at(
    definitions: &Definitions,
    left: &Term,
    right: &Term,
    instance: &Instance,
    options: &Options,
) -> Option<Comparison> {
    let sides = Sides::new(definitions, left, right, instance).filter(|sides| sides.random)?;
    sides.simulated(instance, options, options.seed).map(|judged| judged.comparison)
}

/// The moments of what stands inside an expectation, over draws: what an estimator costs in variance.
pub fn sample_moments(
    definitions: &Definitions,
    expectation: &Term,
    instance: &Instance,
    options: &Options,
) -> Option<Moments> {
    let sides = Sides::new(definitions, expectation, &Term::zero(), instance)?;
    if !matches!(expectation.op(), Op::Expect(_)) {
        return None;
    }
    let draws = options.draws(options.seed);
    moments(&sides.left, &sides.parameters, sides.slots, &draws)
}
