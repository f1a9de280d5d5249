//! From numbers to a finding.

use super::instance::Open;
use super::moments::Moments;
use super::montecarlo::moments;
use super::random::mix;
use super::sides::{Judged, Sides, Trouble};
use super::{Comparison, Drawing, Estimate, Finding, Instance, Method, Options};
use crate::term::{Definitions, Hypotheses, Op, Regularity, Symbol, Term};
use std::time::Instant;

/// Instances that have to agree, and how many are looked at to find them.
const WANTED: usize = 4;
const ATTEMPTS: usize = 10;

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
    if sides.random && !sides.simulations_allow(&judged.comparison, instance, options) {
        return Verdict::Unclear(Trouble::Unknown);
    }
    Verdict::Apart(judged.comparison)
}

/// The judgement by simulation. Where a deterministic rule has found agreement, a gap is not believed.
///
/// Where draws alone decide and the integrands are smooth in several variables, they are Sobol points, whose error is a small part of
/// that of independent draws. A gap between them has to be one for independent draws too, where these could see it: the errors of
/// replications need not be Gaussian.
fn simulate_once(sides: &Sides, instance: &Instance, options: &Options, refute: bool) -> Verdict {
    if !refute {
        let samples = options.samples.min(options.confirming);
        return drawn(sides, instance, &Options { samples, ..options.clone() }, false);
    }
    if options.drawing == Drawing::Plain && sides.suits_nets() {
        let finer = Options { drawing: Drawing::Sobol, ..options.clone() };
        match drawn(sides, instance, &finer, true) {
            Verdict::Apart(gap) if !sides.simulations_allow(&gap, instance, options) => {}
            Verdict::Unclear(_) => {}
            clear => return clear,
        }
    }
    drawn(sides, instance, options, true)
}

/// The judgement by draws that are chosen in one way.
fn drawn(sides: &Sides, instance: &Instance, options: &Options, refute: bool) -> Verdict {
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
/// expectation occurs). Unknown functions are smooth unless a weaker class was granted; every instance satisfies the hypotheses.
pub fn compare(
    definitions: &Definitions,
    left: &Term,
    right: &Term,
    hypotheses: &Hypotheses,
    options: &Options,
) -> Finding {
    let open = Open::of(&[left, right], hypotheses);
    let mut agreed =
        match search(definitions, [left, right], &open, hypotheses, |_| Regularity::Smooth, options, WANTED) {
            Finding::Agree(agreed) => agreed,
            other => return other,
        };
    let granted = |weakest: Regularity| {
        move |name: &Symbol| match hypotheses.classes.get(name) {
            Some(class) => (*class).max(weakest),
            None => Regularity::Smooth,
        }
    };
    for class in [Regularity::Lipschitz, Regularity::Jump] {
        if !open.functions.keys().any(|name| hypotheses.classes.get(name).is_some_and(|c| *c <= class)) {
            continue;
        }
        match search(definitions, [left, right], &open, hypotheses, granted(class), options, 2) {
            Finding::Agree(more) => agreed.extend(more),
            Finding::Differ(witness) => return Finding::Differ(witness),
            Finding::Undecided(_) => {}
        }
    }
    Finding::Agree(agreed)
}

/// Compares both sides at one instance: by draws where they tell enough, else without. For what has a proof already, and needs
/// to be seen only once; quadrature can take a hundred times as long.
pub fn glance(
    definitions: &Definitions,
    left: &Term,
    right: &Term,
    hypotheses: &Hypotheses,
    options: &Options,
) -> Finding {
    let open = Open::of(&[left, right], hypotheses);
    let class = |name: &Symbol| hypotheses.classes.get(name).copied().unwrap_or(Regularity::Smooth);
    let mut reason = "no values, functions and laws were found that satisfy the hypotheses";
    for number in 0..ATTEMPTS {
        let Some(instance) = open.instance(definitions, hypotheses, class, number) else { continue };
        let Some(sides) = Sides::new(definitions, left, right, &instance) else {
            reason = "a part of the statement has no numeric value";
            continue;
        };
        let drawn = if sides.random { Some(simulate_once(&sides, &instance, options, true)) } else { None };
        let clear = |verdict: &Verdict| !matches!(verdict, Verdict::Unclear(_));
        match drawn.filter(clear).unwrap_or_else(|| judge(&sides, &instance, options)) {
            Verdict::Same(comparison) => return Finding::Agree(vec![comparison]),
            Verdict::Apart(witness) => return Finding::Differ(witness),
            Verdict::Unclear(Trouble::Diverges) => reason = "an expectation is not finite",
            Verdict::Unclear(_) => reason = "neither quadrature nor simulation gives both sides",
        }
    }
    Finding::Undecided(reason.into())
}

/// A witness that the equality fails for functions of that class, if one is found: the unknown functions of which no class
/// was granted are taken from it.
pub fn fails_for(
    definitions: &Definitions,
    left: &Term,
    right: &Term,
    hypotheses: &Hypotheses,
    class: Regularity,
    options: &Options,
) -> Option<Comparison> {
    let open = Open::of(&[left, right], hypotheses);
    let of = |name: &Symbol| hypotheses.classes.get(name).copied().unwrap_or(class);
    match search(definitions, [left, right], &open, hypotheses, of, options, 2) {
        Finding::Differ(witness) => Some(witness),
        _ => None,
    }
}

fn search(
    definitions: &Definitions,
    [left, right]: [&Term; 2],
    open: &Open,
    hypotheses: &Hypotheses,
    class: impl Fn(&Symbol) -> Regularity,
    options: &Options,
    wanted: usize,
) -> Finding {
    let mut agreed: Vec<Comparison> = Vec::new();
    let (mut simulated, mut costly) = (false, false);
    let mut reason = "no values, functions and laws were found that satisfy the hypotheses";
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
        let Some(instance) = open.instance(definitions, hypotheses, &class, number) else { continue };
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
            // One such comparison takes as long as many others.
            costly |= sides.method == Method::Cubature;
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
