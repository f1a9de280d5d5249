//! From numbers to a finding.

use super::branches::restrictions;
use super::digits;
use super::instance::{Open, allows_atoms, finite, needs_no_density, satisfies};
use super::laws::SETS;
use super::moments::Moments;
use super::montecarlo::moments;
use super::random::mix;
use super::sides::{Judged, REFUTED, Sides, Trouble};
use super::{Comparison, Drawing, Estimate, Finding, Instance, Method, Options};
use crate::term::{Definitions, Hypotheses, Op, Regularity, Symbol, Term};
use std::time::Instant;

/// Instances that have to agree, and how many are looked at to find them.
const WANTED: usize = 4;
const ATTEMPTS: usize = 10;
/// Instances at which what has a proof is looked at once more.
const CHALLENGES: usize = 5;
/// Points that one of them may take.
const CHALLENGING: u64 = 200_000;
/// More points than this are many for one comparison.
const MANY_POINTS: u64 = 400_000;
/// Where this many instances have no values, one that has does not speak for the others.
const WITHOUT_VALUE: usize = 4;
/// Choices of parameters that are tried for an instance in one branch: most branches are empty, or need few.
const IN_A_BRANCH: usize = 20;
/// Two methods have found one gap if they differ by no more than this share of it.
const SAME_GAP: f64 = 1e-3;
/// The share of a gap between draws that another spacing of differences may change.
const SAME_DRAWN_GAP: f64 = 0.1;

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
    match judge(&sides, instance, None, options) {
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

/// The deterministic judgement. What doubles do not tell apart many digits may, if the hypotheses are known to hold exactly.
fn judge(sides: &Sides, instance: &Instance, hypotheses: Option<&Hypotheses>, options: &Options) -> Verdict {
    let in_digits = |same: &Comparison| sides.in_digits(hypotheses?, same);
    match sides.computed(instance, options, false) {
        Err(trouble) => Verdict::Unclear(trouble),
        Ok(Judged { apart: false, comparison, .. }) if let Some(witness) = in_digits(&comparison) => {
            Verdict::Apart(witness)
        }
        Ok(Judged { apart: false, telling: true, comparison, .. }) => Verdict::Same(comparison),
        Ok(Judged { apart: false, .. }) => Verdict::Unclear(Trouble::Unknown),
        Ok(Judged { apart: true, comparison, .. }) => stands(sides, instance, options, comparison),
    }
}

/// The one way by which a witness passes: what one method has found has to be found by a second one.
///
/// A deterministic gap has to be there for other nodes, cuts and spacings, and for draws where these could see it; a
/// gap between draws has to be there for twice as many on other noise, and as large with other spacings.
fn stands(sides: &Sides, instance: &Instance, options: &Options, witness: Comparison) -> Verdict {
    let confirmed = if witness.method == Method::MonteCarlo {
        let samples = 2 * witness.samples.max(options.samples);
        let other = Options { drawing: witness.drawing, samples, ..options.clone() };
        let second = sides.simulated_again(instance, &other, mix(options.seed));
        second.is_some_and(|Judged { apart, comparison, .. }| {
            let [first, second] = [&witness, &comparison].map(|c| c.left - c.right);
            let noise = REFUTED * witness.standard_error.hypot(comparison.standard_error);
            apart && first * second > 0.0 && (first - second).abs() <= SAME_DRAWN_GAP * first.abs() + noise
        })
    } else {
        let gap = |c: &Comparison| c.z * c.standard_error;
        let second = sides.computed(instance, options, true);
        second.is_ok_and(|Judged { apart, comparison, .. }| {
            let tolerance = witness.detectable_gap.max(comparison.detectable_gap);
            apart && (gap(&witness) - gap(&comparison)).abs() <= (SAME_GAP * gap(&witness).abs()).max(tolerance)
        }) && (!sides.random || sides.simulations_allow(&witness, instance, options))
    };
    if confirmed { Verdict::Apart(witness) } else { Verdict::Unclear(Trouble::Unknown) }
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
        Some(Judged { apart: false, fits: true, telling, comparison }) if telling || !refute => {
            Verdict::Same(comparison)
        }
        Some(Judged { apart: true, comparison, .. }) if refute => stands(sides, instance, options, comparison),
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
    match in_branches(definitions, [left, right], hypotheses, &agreed, options) {
        Some(witness) => Finding::Differ(witness),
        None => Finding::Agree(agreed),
    }
}

/// A witness against the equality in a branch of its functions with pieces that the instances seen do not take.
fn in_branches(
    definitions: &Definitions,
    sides: [&Term; 2],
    hypotheses: &Hypotheses,
    seen: &[Comparison],
    options: &Options,
) -> Option<Comparison> {
    for (number, restriction) in restrictions(definitions, sides, seen).iter().enumerate() {
        if options.deadline.is_some_and(|deadline| Instant::now() > deadline) {
            return None;
        }
        let Some(restricted) = restriction.restrict(definitions, sides, hypotheses) else { continue };
        let [left, right] = &restricted.sides;
        let open = Open::of(&[left, right], &restricted.hypotheses);
        let class = |_: &Symbol| Regularity::Smooth;
        let instance = open.instance_among(IN_A_BRANCH, definitions, &restricted.hypotheses, class, number);
        let Some(instance) = instance else { continue };
        let Some(compiled) = Sides::new(definitions, left, right, &instance) else { continue };
        if !restriction.is_defined(definitions, sides, &restricted, &instance) {
            continue;
        }
        let complete = |instance: Instance| restriction.complete(definitions, sides, hypotheses, instance);
        let here = match judge(&compiled, &instance, Some(&restricted.hypotheses), options) {
            Verdict::Apart(witness) => match complete(instance) {
                Some(instance) => return Some(Comparison { instance, ..witness }),
                None => continue,
            },
            // Others would take as long.
            Verdict::Unclear(Trouble::Costly) => return None,
            Verdict::Same(comparison) => Some(comparison),
            Verdict::Unclear(_) => compiled.computed(&instance, options, false).ok().map(|judged| judged.comparison),
        };
        let Some((here, other)) = here.zip(seen.first()) else { continue };
        let pair = restriction.paired(definitions, sides, &restricted, &instance, &other.instance);
        let Some((pair, second)) = pair else { continue };
        let Some(compiled) = Sides::new(definitions, &pair[0], &pair[1], &second) else { continue };
        if !satisfies(definitions, hypotheses, &second, 0.0) {
            continue;
        }
        let exact = Some(hypotheses).filter(|_| digits::hold(&restricted.hypotheses, &here.instance));
        if let Verdict::Apart(witness) = judge(&compiled, &second, exact, options)
            && let Some(instance) = complete(instance)
        {
            let Comparison { standard_error, z, detectable_gap, .. } = witness;
            return Some(Comparison { instance, standard_error, z, detectable_gap, ..here });
        }
    }
    None
}

/// Looks closely at what has a proof: for functions of the roughest class that the proof allows, which `class` tells, and
/// for laws with atoms where the statement has room for them. A witness, if one is found.
pub fn challenge(
    definitions: &Definitions,
    left: &Term,
    right: &Term,
    class: &dyn Fn(&Symbol) -> Regularity,
    hypotheses: &Hypotheses,
    options: &Options,
) -> Option<Comparison> {
    let mut open = Open::of(&[left, right], hypotheses);
    open.atoms = !open.laws.is_empty() && allows_atoms(&[left, right]);
    let rough = open.functions.keys().any(|name| class(name) != Regularity::Smooth);
    if !rough && !open.atoms && open.functions.len() < 2 {
        return None;
    }
    // A few draws where other methods would take many points.
    let options = &Options { points: options.points.min(CHALLENGING), ..options.clone() };
    let mut costly = false;
    for number in 0..CHALLENGES {
        if options.deadline.is_some_and(|deadline| Instant::now() > deadline) {
            return None;
        }
        let Some(instance) = open.instance(definitions, hypotheses, class, number) else { continue };
        let Some(sides) = Sides::new(definitions, left, right, &instance) else { continue };
        let judged = |costly: &mut bool| {
            let verdict = judge(&sides, &instance, Some(hypotheses), options);
            *costly = matches!(verdict, Verdict::Unclear(Trouble::Costly));
            (!*costly).then_some(verdict)
        };
        let computed = if costly { None } else { judged(&mut costly) };
        match computed.or_else(|| sides.random.then(|| simulate_once(&sides, &instance, options, true))) {
            Some(Verdict::Apart(witness)) => return Some(witness),
            None => return None,
            _ => {}
        }
    }
    None
}

/// Compares both sides at one instance: by draws where they tell enough, else without. For what has a proof already, and needs
/// to be seen only once; quadrature can take a hundred times as long.
pub fn confirm(
    definitions: &Definitions,
    left: &Term,
    right: &Term,
    hypotheses: &Hypotheses,
    options: &Options,
) -> Finding {
    let mut open = Open::of(&[left, right], hypotheses);
    open.finite = finite(&[left, right]);
    let class = |name: &Symbol| hypotheses.classes.get(name).copied().unwrap_or(Regularity::Smooth);
    let mut reason = "no values, functions and laws were found that satisfy the hypotheses";
    for number in 0..ATTEMPTS {
        let atoms = number >= SETS && !open.finite.is_empty();
        let Some(instance) = open.instance(definitions, hypotheses, class, number) else { continue };
        let Some(sides) = Sides::new(definitions, left, right, &instance) else {
            reason = "a part of the statement has no numeric value";
            continue;
        };
        let drawn = if sides.random { Some(simulate_once(&sides, &instance, options, true)) } else { None };
        let clear = |verdict: &Verdict| !matches!(verdict, Verdict::Unclear(_));
        match drawn.filter(clear).unwrap_or_else(|| judge(&sides, &instance, Some(hypotheses), options)) {
            Verdict::Same(comparison) => return Finding::Agree(vec![comparison]),
            Verdict::Apart(_) if atoms => {}
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
    // Where nothing is open all instances are one.
    let fixed = open.parameters.is_empty() && open.functions.is_empty() && open.laws.is_empty();
    let (attempts, wanted) = if fixed { (1, 1) } else { (ATTEMPTS, wanted) };
    let mut without_value = 0;
    let mut open = open.clone();
    open.finite = finite(&[left, right]);
    open.finite.retain(|name| !hypotheses.classes.contains_key(name));
    let smooth = needs_no_density(&[left, right]);
    // Integrals over the line of unknown functions are finite for few of them.
    let unbounded = [left, right].iter().any(|side| side.any(&|t| matches!(t.op(), Op::Integral(_))));
    let most = if unbounded && !fixed { 3 * attempts } else { attempts };
    for number in 0..most {
        if number >= attempts && agreed.len() > 1 {
            break;
        }
        // What it fails for may be atoms that it does not speak of.
        let atoms = number >= SETS && !open.finite.is_empty() && !smooth;
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
        if exact < wanted && (!costly || number >= SETS && !open.finite.is_empty()) {
            match judge(&sides, &instance, Some(hypotheses), options) {
                Verdict::Same(comparison) => {
                    agreed.push(comparison);
                    found = true;
                }
                Verdict::Apart(_) if atoms => {
                    without_value += 1;
                    continue;
                }
                Verdict::Apart(witness) => return Finding::Differ(witness),
                Verdict::Unclear(Trouble::Diverges) => {
                    reason = "an expectation is not finite";
                    without_value += 1;
                    continue;
                }
                Verdict::Unclear(trouble) => costly = trouble == Trouble::Costly,
            }
            // One such comparison takes as long as many others.
            costly |= sides.method == Method::Cubature;
        }
        simulated |= !sides.random;
        // Simulate once, and wherever nothing else gives an answer.
        let before = agreed.len();
        if sides.random && (!simulated || !found) {
            match simulate_once(&sides, &instance, options, !found) {
                Verdict::Same(comparison) => {
                    agreed.push(comparison);
                    simulated = true;
                }
                Verdict::Apart(_) if atoms => {}
                Verdict::Apart(witness) => return Finding::Differ(witness),
                Verdict::Unclear(_) => {}
            }
        }
        // Draws do for the others, if they did here.
        costly |= sides.random && simulated && sides.spent() > MANY_POINTS;
        without_value += usize::from(!found && agreed.len() == before);
    }
    let varied = agreed.iter().any(|c| c.instance != agreed[0].instance);
    // What stands on both sides of one term needs one value to mean something.
    if without_value >= WITHOUT_VALUE && !varied && (left != right || agreed.is_empty()) {
        return Finding::Undecided(match agreed.is_empty() {
            true => reason.into(),
            false => format!("the sides agree at one instance, and have no values at {without_value} others"),
        });
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
