//! Equalities decided by numbers: quadrature or summation where they apply, and simulation.
//!
//! A statement is filled with concrete functions, laws and parameters ([`Instance`]), compiled to [`program`]s and
//! evaluated on both sides. A derivative of an expectation is a finite difference of its values, so that no rule
//! that may be under test is used to test it. [`compare`] looks at several instances; [`fails_for`] asks whether a less
//! regular function breaks an equality that holds for smooth ones.

mod block;
mod blocks;
mod branches;
mod decide;
mod digits;
mod draw;
mod evaluate;
mod functions;
mod instance;
mod instantiate;
mod lattice;
mod laws;
mod moments;
mod montecarlo;
mod pieces;
mod plan;
mod probe;
mod program;
mod quadrature;
mod random;
mod remainder;
mod roots;
mod rounding;
mod sides;
mod stencil;
mod stop;
mod summation;
mod tape;
mod wide;

pub use blocks::{BLOCK_DRAWS, Drawn, NodeRecord, conclude, draw, instance_for_draws};
pub use decide::{
    Mean, challenge, compare, compare_at, confirm, evaluate, evaluate_by, fails_for, mean, sample_moments, simulate_at,
};
pub use moments::Moments;
pub use probe::Probes;
pub use quadrature::Estimate;
pub use random::generator;
pub use stop::{Stop, Watch};

use crate::law::{Builder, Formula, Leaf};
use crate::term::{Definitions, Symbol, Term, Var};
use crate::vector::Level;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

/// How draws are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Drawing {
    /// Independently.
    #[default]
    Plain,
    /// In pairs that mirror each other: noise and its reflection. What is odd in the noise cancels. A pair belongs to one
    /// batch, so errors are those of pairs.
    Antithetic,
    /// On scrambled Sobol points, which fill the space of the noise evenly: 64 replications, scrambled independently. A replication
    /// is a batch, so errors are those between replications. A stream behind the last of the
    /// [`DIMENSIONS`](crate::vector::DIMENSIONS) is drawn independently.
    Sobol,
}

impl Drawing {
    /// The word for it in data: `plain`, `antithetic` or `sobol`.
    pub fn word(self) -> &'static str {
        match self {
            Drawing::Plain => "plain",
            Drawing::Antithetic => "antithetic",
            Drawing::Sobol => "sobol",
        }
    }
}

/// How much may be spent, and where the noise starts.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where random numbers begin.
    pub seed: u64,
    /// Draws of one simulation.
    pub samples: u64,
    /// The most draws of one that only confirms what a deterministic method has found.
    pub confirming: u64,
    /// The most points at which integrands are evaluated for one judgement without draws.
    pub points: u64,
    /// What is not done by then has no result.
    pub deadline: Option<Instant>,
    /// The instructions of the vector kernels.
    pub level: Level,
    /// How draws are chosen.
    pub drawing: Drawing,
    /// Told how far the work has come, and asked whether to go on.
    pub watch: Option<Arc<Watch>>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            seed: 1,
            samples: 1 << 17,
            confirming: 1 << 17,
            points: evaluate::BUDGET,
            deadline: None,
            level: Level::best(),
            drawing: Drawing::Plain,
            watch: None,
        }
    }
}

impl Options {
    fn draws(&self, seed: u64) -> montecarlo::Draws {
        let stop = Stop::new(self.deadline, self.watch.clone());
        let (level, drawing) = (self.level, self.drawing);
        montecarlo::Draws { seed, samples: self.samples, stop, level, drawing, second: false }
    }
}

/// How two numbers came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Integrals by deterministic rules.
    Quadrature,
    /// The same over several variables at once.
    Cubature,
    /// Sums over whole numbers or points.
    Summation,
    /// Draws; the only method with a standard error.
    MonteCarlo,
    /// Nothing to integrate.
    Exact,
}

/// Concrete stand-ins for what a statement leaves open. Functions and laws come with their parameters and a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Instance {
    /// Unknown functions: parameters, body, and the body as text.
    pub functions: BTreeMap<Symbol, (Vec<Var>, Term, String)>,
    /// Unknown laws, likewise.
    pub laws: BTreeMap<Symbol, (Vec<Var>, Term, String)>,
    /// Values of the parameters.
    pub parameters: BTreeMap<Symbol, f64>,
}

/// Both sides at one instance.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// How the values were found.
    pub method: Method,
    /// How draws were chosen, where there are any.
    pub drawing: Drawing,
    /// Draws; 0 for a deterministic method.
    pub samples: u64,
    /// The value of the left side.
    pub left: f64,
    /// The value of the right side.
    pub right: f64,
    /// Of the difference; for a deterministic method a bound on its error.
    pub standard_error: f64,
    /// The difference in standard errors.
    pub z: f64,
    /// A gap of this size would have been noticed.
    pub detectable_gap: f64,
    /// Where random numbers began.
    pub seed: u64,
    /// For which functions, laws and parameters.
    pub instance: Instance,
}

impl Comparison {
    /// Two numbers that are known as such.
    pub(crate) fn exact(left: f64, right: f64) -> Comparison {
        Comparison {
            method: Method::Exact,
            drawing: Drawing::Plain,
            samples: 0,
            left,
            right,
            standard_error: 0.0,
            z: 0.0,
            detectable_gap: 0.0,
            seed: 0,
            instance: Instance::default(),
        }
    }

    /// The difference of the sides, which may be smaller than the rounding of either.
    pub fn gap(&self) -> f64 {
        if self.standard_error > 0.0 { self.z * self.standard_error } else { self.left - self.right }
    }
}

/// What the numbers say of an equality.
#[derive(Clone, Debug)]
pub enum Finding {
    /// No instance tells the sides apart.
    Agree(Vec<Comparison>),
    /// A witness against the equality.
    Differ(Comparison),
    /// Nothing could be computed; the reason.
    Undecided(String),
}

/// A term without operators at given parameters.
fn evaluate_at(term: &Term, parameters: &BTreeMap<Symbol, f64>) -> Option<f64> {
    Elementary::new(term)?.value(parameters)
}

/// A term without operators, compiled to be evaluated at many parameters.
struct Elementary {
    formula: Formula,
    /// The letters of the inputs.
    letters: Vec<Symbol>,
}

impl Elementary {
    fn new(term: &Term) -> Option<Elementary> {
        let definitions = Definitions::default();
        let mut builder = Builder::new(&definitions);
        let mut letters: Vec<Symbol> = Vec::new();
        let mut leaves = |builder: &mut Builder<'_>, term: &Term| match term.as_var() {
            None => Leaf::Plain,
            Some(var) => var.name().map_or(Leaf::Unknown, |name| {
                let slot = letters.iter().position(|known| **known == *name).unwrap_or_else(|| {
                    letters.push(name.into());
                    letters.len() - 1
                });
                Leaf::Step(builder.input(slot))
            }),
        };
        let output = builder.compile(term, &mut leaves)?;
        Some(Elementary { formula: builder.formula(&[output]), letters })
    }

    /// None where a letter has no value, or the term has none.
    fn value(&self, parameters: &BTreeMap<Symbol, f64>) -> Option<f64> {
        let inputs = self.letters.iter().map(|letter| parameters.get(letter).copied()).collect::<Option<Vec<f64>>>()?;
        Some(self.formula.value(&inputs)).filter(|v| v.is_finite())
    }
}
