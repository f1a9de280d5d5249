//! The two sides of an equality at one instance, and what a method says of them.

use super::draw::Draw;
use super::evaluate::Evaluator;
use super::instantiate::Instantiator;
use super::lattice;
use super::montecarlo::{Draws, Setup, Simulation};
use super::program::{Compiler, Program};
use super::{Comparison, Drawing, Estimate, Instance, Method, Options};
use crate::term::{Definitions, Identity, Op, Term, Var};
use std::time::Instant;

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
    pub left: Program,
    right: Program,
    pub parameters: Vec<f64>,
    pub slots: usize,
    pub method: Method,
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
        let mut sides = Sides { left, right, parameters, slots: compiler.slots, method, random };
        if sides.draws().any(lattice::suits) {
            sides.method = Method::Cubature;
        }
        Some(sides)
    }

    /// Both sides without simulation.
    pub fn exact(&self, deadline: Option<Instant>) -> Result<[Estimate; 2], Trouble> {
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

    pub fn simulated(&self, instance: &Instance, options: &Options, seed: u64) -> Option<Judged> {
        let draws = options.draws(seed);
        let judged = |simulation: &Simulation| self.judged(instance, simulation, &draws);
        let simulation = self.setup(&draws)?.until(&draws, |simulation| judged(simulation).apart)?;
        Some(judged(&simulation))
    }

    /// Whether a gap is one for the simulation of these options too, where that could see it.
    pub fn simulations_allow(&self, found: &Comparison, instance: &Instance, options: &Options) -> bool {
        let gap = found.left - found.right;
        self.simulated(instance, options, options.seed).is_none_or(|Judged { comparison, .. }| {
            let drawn = comparison.left - comparison.right;
            (drawn - gap).abs() <= REFUTED * comparison.standard_error + RELATIVE * gap.abs()
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
        let scale = result.left.abs().max(result.right.abs()).max(SMALL);
        let standard_error = result.standard_error.hypot(result.bias).max(1e-9 * scale);
        let z = (result.left - result.right) / standard_error;
        let comparison = Comparison {
            method: Method::MonteCarlo,
            drawing: draws.drawing,
            samples: result.samples,
            left: result.left,
            right: result.right,
            standard_error,
            z,
            detectable_gap: REFUTED * standard_error + RELATIVE * scale,
            seed: draws.seed,
            instance: instance.clone(),
        };
        let apart = z.abs() >= REFUTED && (result.left - result.right).abs() > RELATIVE * scale;
        Judged { apart, telling: comparison.detectable_gap < TELLING * scale.max(1.0), comparison }
    }

    pub fn computed(&self, instance: &Instance, options: &Options) -> Result<Judged, Trouble> {
        let [l, r] = self.exact(options.deadline)?;
        let error = l.error + r.error;
        let gap = (l.value - r.value).abs();
        let scale = l.value.abs().max(r.value.abs()).max(SMALL);
        let tolerance = (RELATIVE * scale).max(ABOVE_ERROR * error);
        let comparison = Comparison {
            method: self.method,
            drawing: Drawing::Plain,
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
