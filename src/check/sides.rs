//! The two sides of an equality at one instance, and what a method says of them.

use super::digits;
use super::draw::Draw;
use super::evaluate::{BUDGET, Evaluator};
use super::instantiate::Instantiator;
use super::lattice;
use super::montecarlo::{Draws, Setup, Simulation};
use super::program::{Compiler, Program};
use super::remainder::remainder;
use super::{Comparison, Drawing, Estimate, Instance, Method, Options};
use crate::term::{Definitions, Hypotheses, Identity, Op, Term, Var};
use std::cell::Cell;
use std::time::Instant;

/// A simulation speaks against an equality at this many standard errors, twice.
pub const REFUTED: f64 = 8.0;
/// A gap has to be this large relative to the largest summand that does not cancel, and to the estimated error: the one
/// for deterministic methods, the other for draws.
const RELATIVE: f64 = 1e-11;
const RELATIVE_OF_DRAWS: f64 = 1e-9;
const ABOVE_ERROR: f64 = 1000.0;
/// Agreement says something of a summand if a gap of this share of it would have been noticed.
const RESOLVED: f64 = 0.1;
/// Errors above which a summand is known not to be 0.
const CERTAIN: f64 = 100.0;
/// Draws alone speak for an equality if they would have seen a gap of this share of the sides, or of their spread.
const TELLING: f64 = 0.1;

/// Two sides compiled at an instance.
pub struct Sides {
    pub left: Program,
    right: Program,
    /// The summands of both sides: shared ones, those of the left, those of the right. None where nothing is shared and
    /// either side is one summand.
    parts: Option<[Vec<Program>; 3]>,
    /// The summands that only one side has, where they are values of elementary functions.
    elementary: Option<[Vec<Term>; 2]>,
    pub parameters: Vec<f64>,
    pub slots: usize,
    pub method: Method,
    /// An expectation occurs.
    pub random: bool,
    /// Points at which integrands were evaluated so far.
    spent: Cell<u64>,
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
        let summands = remainder(&left, &right);
        let mut compiler = Compiler::new(definitions, &variables);
        let single = summands.shared.is_empty() && summands.sides.iter().all(|side| side.len() <= 1);
        let (left, right) = (compiler.closed(&left)?, compiler.closed(&right)?);
        let mut compiled = |terms: &[Term]| terms.iter().map(|term| compiler.closed(term)).collect::<Option<Vec<_>>>();
        let parts = match single {
            true => None,
            false => Some([compiled(&summands.shared)?, compiled(&summands.sides[0])?, compiled(&summands.sides[1])?]),
        };
        let elementary = Some(summands.sides).filter(|sides| !sides.iter().flatten().any(Term::has_operator));
        let mut sides = Sides {
            left,
            right,
            parts,
            elementary,
            parameters,
            slots: compiler.slots,
            method,
            random,
            spent: Cell::new(0),
        };
        if sides.draws().any(lattice::applies) {
            sides.method = Method::Cubature;
        }
        Some(sides)
    }

    /// Both sides without simulation.
    pub fn exact(&self, deadline: Option<Instant>) -> Result<[Estimate; 2], Trouble> {
        let mut evaluator = Evaluator::new(&self.parameters, self.slots, deadline, BUDGET);
        let [left, right] = values(&mut evaluator, [&self.left, &self.right])?[..] else {
            return Err(Trouble::Unknown);
        };
        Ok([left, right])
    }

    /// What the sides share, and what is left of either.
    fn summands(&self, options: &Options, second: bool) -> Result<[Vec<Estimate>; 3], Trouble> {
        let mut evaluator = Evaluator::new(&self.parameters, self.slots, options.deadline, options.points);
        evaluator.second = second;
        let mut found = || match &self.parts {
            None => {
                let values = values(&mut evaluator, [&self.left, &self.right])?;
                Ok([vec![], vec![values[0]], vec![values[1]]])
            }
            Some([shared, left, right]) => {
                Ok([values(&mut evaluator, shared)?, values(&mut evaluator, left)?, values(&mut evaluator, right)?])
            }
        };
        let summands = found();
        self.spent.set(self.spent.get() + options.points.saturating_sub(evaluator.budget));
        summands
    }

    /// Points at which integrands were evaluated so far, without simulation.
    pub fn spent(&self) -> u64 {
        self.spent.get()
    }

    pub fn simulated(&self, instance: &Instance, options: &Options, seed: u64) -> Option<Judged> {
        self.drawn(instance, &options.draws(seed))
    }

    /// The same with differences of another spacing.
    pub fn simulated_again(&self, instance: &Instance, options: &Options, seed: u64) -> Option<Judged> {
        self.drawn(instance, &Draws { second: true, ..options.draws(seed) })
    }

    fn drawn(&self, instance: &Instance, draws: &Draws) -> Option<Judged> {
        let judged = |simulation: &Simulation| self.judged(instance, simulation, draws);
        let simulation = self.setup(draws)?.until(draws, |simulation| judged(simulation).apart)?;
        Some(judged(&simulation))
    }

    /// Whether a gap is one for the simulation of these options too, where that could see it.
    pub fn simulations_allow(&self, found: &Comparison, instance: &Instance, options: &Options) -> bool {
        let gap = found.left - found.right;
        self.simulated(instance, options, options.seed).is_none_or(|Judged { comparison, .. }| {
            let drawn = comparison.left - comparison.right;
            (drawn - gap).abs() <= REFUTED * comparison.standard_error + 1e-6 * gap.abs()
        })
    }

    /// Whether the integrands are smooth, and have several variables: Sobol points are then worth most.
    pub fn suits_nets(&self) -> bool {
        let programs = [&self.left, &self.right];
        programs.iter().all(|p| !p.switched) && self.draws().any(|draw| draw.streams() > 1)
    }

    fn draws(&self) -> impl Iterator<Item = &Draw> {
        self.left.draws().into_iter().chain(self.right.draws())
    }

    pub fn setup(&self, draws: &Draws) -> Option<Setup<'_>> {
        Setup::new([&self.left, &self.right], &self.parameters, self.slots, draws)
    }

    pub fn judged(&self, instance: &Instance, result: &Simulation, draws: &Draws) -> Judged {
        let scale = result.left.abs().max(result.right.abs());
        let standard_error = result.standard_error.hypot(result.bias).max(1e-12 * scale);
        let gap = result.left - result.right;
        let z = if gap == 0.0 { 0.0 } else { gap / standard_error };
        // What both sides have is no size to measure a gap by, and neither is the spread of heavy tails.
        let spread = if result.has_light_tails() { standard_error * (result.samples as f64).sqrt() } else { 0.0 };
        let size = if self.shares() { spread } else { scale.max(spread.min(1.0)) };
        let comparison = Comparison {
            method: Method::MonteCarlo,
            drawing: draws.drawing,
            samples: result.samples,
            left: result.left,
            right: result.right,
            standard_error,
            z,
            detectable_gap: REFUTED * standard_error + RELATIVE_OF_DRAWS * scale,
            seed: draws.seed,
            instance: instance.clone(),
        };
        let differs = z.abs() >= REFUTED && gap.abs() > RELATIVE_OF_DRAWS * scale;
        let hides = result.hides_a_tail(gap);
        let telling = comparison.detectable_gap <= TELLING * size && !differs;
        Judged { apart: differs && !hides, telling, fits: !differs, comparison }
    }

    /// A gap below double precision, where the sides differ by elementary functions.
    pub fn in_digits(&self, hypotheses: &Hypotheses, same: &Comparison) -> Option<Comparison> {
        let [left, right] = self.elementary.as_ref().filter(|sides| sides.iter().any(|side| !side.is_empty()))?;
        let gap = digits::difference(left, right, hypotheses, &same.instance)?;
        let resolution = gap.abs() / ABOVE_ERROR.powi(2);
        Some(Comparison {
            standard_error: resolution / ABOVE_ERROR,
            z: gap / (resolution / ABOVE_ERROR),
            detectable_gap: resolution,
            ..same.clone()
        })
    }

    /// Whether something stands on both sides.
    fn shares(&self) -> bool {
        self.parts.as_ref().is_some_and(|[shared, ..]| !shared.is_empty())
    }

    /// The judgement without simulation; the second way has other nodes, spacings and cuts.
    pub fn computed(&self, instance: &Instance, options: &Options, second: bool) -> Result<Judged, Trouble> {
        let [shared, left, right] = self.summands(options, second)?;
        let total = |summands: &[Estimate]| sum(summands.iter().map(|s| s.value));
        let gap = sum(left.iter().map(|s| s.value).chain(right.iter().map(|s| -s.value)));
        let rest = || left.iter().chain(&right);
        let error: f64 = rest().map(|s| s.error).sum();
        let scale = rest().map(|s| s.value.abs()).fold(0.0, f64::max);
        let tolerance = (RELATIVE * scale).max(ABOVE_ERROR * error);
        let hidden = |s: &Estimate| s.value.abs() > CERTAIN * s.error && tolerance > RESOLVED * s.value.abs();
        // Where nothing is left of the sides they are one term, of which a value may be had or not.
        let size = if rest().next().is_none() { f64::INFINITY } else { scale.max(tolerance) };
        let comparison = Comparison {
            method: self.method,
            drawing: Drawing::Plain,
            samples: 0,
            left: total(&shared) + total(&left),
            right: total(&shared) + total(&right),
            standard_error: tolerance / ABOVE_ERROR,
            z: if gap == 0.0 { 0.0 } else { gap / (tolerance / ABOVE_ERROR) },
            detectable_gap: tolerance,
            seed: options.seed,
            instance: instance.clone(),
        };
        let fine = tolerance < 1e-3 * size || tolerance < FINE_ABSOLUTE;
        let apart = gap.abs() > tolerance;
        Ok(Judged { apart, telling: !apart && fine && !rest().any(hidden), fits: !apart, comparison })
    }
}

/// Sides that are 0 are known to be so up to this; smaller ones are compared by their own size.
const FINE_ABSOLUTE: f64 = 1e-7;

/// The values of some programs, all of them finite.
fn values<'p>(
    evaluator: &mut Evaluator<'p>,
    programs: impl IntoIterator<Item = &'p Program>,
) -> Result<Vec<Estimate>, Trouble> {
    let mut found = Vec::new();
    for program in programs {
        match evaluator.value(program) {
            Some(estimate) if estimate.value.is_finite() && estimate.error.is_finite() => found.push(estimate),
            _ if evaluator.diverges => return Err(Trouble::Diverges),
            _ if evaluator.budget == 0 => return Err(Trouble::Costly),
            _ => return Err(Trouble::Unknown),
        }
    }
    Ok(found)
}

/// A sum that keeps what additions round off (Neumaier).
fn sum(values: impl Iterator<Item = f64>) -> f64 {
    let (mut total, mut lost) = (0.0f64, 0.0);
    for value in values {
        let next = total + value;
        lost += if total.abs() >= value.abs() { (total - next) + value } else { (value - next) + total };
        total = next;
    }
    total + lost
}

/// A comparison with its judgement.
pub struct Judged {
    pub comparison: Comparison,
    pub apart: bool,
    /// The method sees no gap. Draws may see one and not be sure of it.
    pub fits: bool,
    /// Fine enough for agreement to mean something.
    pub telling: bool,
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
pub enum Trouble {
    /// An expectation does not exist: nothing can be said at this instance.
    Diverges,
    /// Too many points: other instances would be as costly.
    Costly,
    Unknown,
}
