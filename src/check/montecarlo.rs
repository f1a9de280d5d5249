//! Means by simulation: all expectations of both sides on the same noise, and the error by leaving out batches.

use super::block::{LANES, Scratch};
use super::draw::Draw;
use super::evaluate::{Evaluator, Means};
use super::moments::Moments;
use super::program::{Expectation, Program};
use super::quadrature::Estimate;
use super::random::{Noise, fill};
use crate::law::Table;
use rayon::prelude::*;
use std::time::Instant;

/// A mean that is needed, at the environment of the time.
pub enum Request<'p> {
    Draw {
        draw: &'p Draw,
        environment: Vec<f64>,
        tables: Vec<Option<Table>>,
    },
    /// A number that needs no draws.
    Number(Estimate),
}

impl<'p> Request<'p> {
    /// Prepares the draws of an expectation; where they cannot give it, its exact value.
    pub fn new(evaluator: &mut Evaluator<'p>, expectation: &'p Expectation) -> Option<Request<'p>> {
        let draw = expectation.draw.as_ref()?;
        for operator in &draw.operators {
            evaluator.environment[operator.slot] = evaluator.operator(operator)?.value;
        }
        let mut tables = Vec::new();
        for source in &draw.sources {
            tables.push(match &source.table {
                None => None,
                Some((law, parameters)) => Some(law.distribution.at(&evaluator.numbers(parameters)?)?.table()?),
            });
        }
        Some(Request::Draw { draw, environment: evaluator.environment.clone(), tables })
    }
}

/// Both sides of a comparison by simulation.
#[derive(Clone, Copy, Debug)]
pub struct Simulation {
    pub left: f64,
    pub right: f64,
    /// Of the difference, both sides being on the same noise.
    pub standard_error: f64,
    /// What finite differences may add.
    pub bias: f64,
    pub samples: u64,
}

/// Batches for the error.
const BATCHES: usize = 64;
/// Fewer batches than this carrying the variance mean tails too heavy for a judgement.
const EFFECTIVE: f64 = 12.0;
/// Spacing of finite differences: wide, since the noise of a jump falls with it.
const SPACING: f64 = 0.1;

/// How much to draw.
#[derive(Clone, Copy, Debug)]
pub struct Draws {
    pub seed: u64,
    pub samples: u64,
    pub deadline: Option<Instant>,
}

/// Simulates two programs over the same parameters; none where draws cannot give them or the tails are too heavy.
pub fn simulate(left: &Program, right: &Program, parameters: &[f64], slots: usize, draws: Draws) -> Option<Simulation> {
    let mut evaluator = Evaluator::new(parameters, slots, draws.deadline);
    evaluator.spacing = Some(SPACING);
    evaluator.means = Means::Record(vec![]);
    evaluator.value(left)?;
    evaluator.value(right)?;
    let Means::Record(requests) = std::mem::replace(&mut evaluator.means, Means::Exact) else { return None };
    let batches = batches(&requests, draws)?;
    let total: Vec<Moments> = batches.iter().fold(vec![Moments::default(); requests.len()], |sum, batch| {
        sum.into_iter().zip(batch).map(|(a, b)| a.merge(*b)).collect()
    });
    let mut sides = |means: Vec<f64>| -> Option<[Estimate; 2]> {
        let values = requests.iter().zip(means).map(|(request, mean)| match request {
            Request::Number(estimate) => *estimate,
            Request::Draw { .. } => Estimate { value: mean, error: 0.0 },
        });
        evaluator.means = Means::Replay(values.collect(), 0);
        Some([evaluator.value(left)?, evaluator.value(right)?])
    };
    let [l, r] = sides(total.iter().map(|m| m.mean).collect())?;
    let count = batches.len() as f64;
    let mut pseudo = [Moments::default(); 3];
    let mut fourth = 0.0;
    let mut values = Vec::new();
    for batch in &batches {
        let rest = |(t, b): (&Moments, &Moments)| (t.mean * t.count - b.mean * b.count) / (t.count - b.count).max(1.0);
        let [a, b] = sides(total.iter().zip(batch).map(rest).collect())?;
        let one = [l.value, r.value]
            .iter()
            .zip([a.value, b.value])
            .map(|(all, rest)| count * all - (count - 1.0) * rest)
            .collect::<Vec<_>>();
        pseudo[0].push(one[0]);
        pseudo[1].push(one[1]);
        pseudo[2].push(one[0] - one[1]);
        values.push(one[0] - one[1]);
    }
    values.iter().for_each(|v| fourth += (v - pseudo[2].mean).powi(4));
    let rounding = 1e-12 * (l.value.abs() + r.value.abs());
    let standard_error = pseudo[2].standard_error();
    // The number of batches that share the variance evenly would be this large.
    let effective = pseudo[2].squares * pseudo[2].squares / fourth;
    if standard_error > rounding && effective < EFFECTIVE {
        return None;
    }
    Some(Simulation {
        left: pseudo[0].mean,
        right: pseudo[1].mean,
        standard_error,
        bias: 3.0 * (l.error + r.error) + rounding,
        samples: total.iter().map(|m| m.count as u64).max().unwrap_or(0),
    })
}

/// The moments of the draws of a program that is one expectation.
pub fn moments(program: &Program, parameters: &[f64], slots: usize, draws: Draws) -> Option<Moments> {
    let mut evaluator = Evaluator::new(parameters, slots, draws.deadline);
    evaluator.means = Means::Record(vec![]);
    evaluator.value(program)?;
    let Means::Record(requests) = evaluator.means else { return None };
    let [Request::Draw { .. }] = requests.as_slice() else { return None };
    batches(&requests, draws)?.into_iter().filter_map(|batch| batch.first().copied()).reduce(Moments::merge)
}

/// The moments of each request in each batch.
fn batches(requests: &[Request<'_>], draws: Draws) -> Option<Vec<Vec<Moments>>> {
    let per_batch = (draws.samples / (LANES * BATCHES) as u64).max(1);
    let batch = |batch: usize| -> Option<Vec<Moments>> {
        let mut worker = Worker::default();
        let mut sums = vec![Moments::default(); requests.len()];
        for block in 0..per_batch {
            if draws.deadline.is_some_and(|deadline| Instant::now() > deadline) {
                return None;
            }
            worker.noise.clear();
            for (sum, request) in sums.iter_mut().zip(requests) {
                *sum = sum.merge(worker.block(request, draws.seed, batch as u64 * per_batch + block)?);
            }
        }
        Some(sums)
    };
    (0..BATCHES).into_par_iter().map(batch).collect()
}

/// Buffers of one thread.
#[derive(Default)]
struct Worker {
    scratch: Scratch,
    /// The noise of the current block, by stream.
    noise: Vec<((u32, Noise), Vec<f64>)>,
    out: Vec<f64>,
}

impl Worker {
    /// The moments of a request over one block; none if a value is not finite.
    fn block(&mut self, request: &Request<'_>, seed: u64, block: u64) -> Option<Moments> {
        let Request::Draw { draw, environment, tables } = request else { return Some(Moments::default()) };
        for source in &draw.sources {
            let key = (source.stream, source.noise);
            if !self.noise.iter().any(|(k, _)| *k == key) {
                let mut lanes = vec![0.0; LANES];
                fill(seed, source.stream, source.noise, block, &mut lanes);
                self.noise.push((key, lanes));
            }
        }
        let find = |key| self.noise.iter().find(|(k, _)| *k == key).map_or(&[][..], |(_, lanes)| lanes.as_slice());
        let sampled: Vec<Option<Vec<f64>>> = draw
            .sources
            .iter()
            .zip(tables)
            .map(|(source, table)| {
                let noise = find((source.stream, source.noise));
                table.as_ref().map(|table| match table {
                    Table::Continuous(table) => noise.iter().map(|w| table.sample(*w)).collect(),
                    Table::Discrete(table) => noise.iter().map(|u| table.sample(*u)).collect(),
                })
            })
            .collect();
        let lanes: Vec<&[f64]> = draw
            .sources
            .iter()
            .zip(&sampled)
            .map(|(source, sampled)| sampled.as_deref().unwrap_or_else(|| find((source.stream, source.noise))))
            .collect();
        self.out.resize(LANES, 0.0);
        draw.kernel.run(&mut self.scratch, environment, &lanes);
        draw.kernel.output(&self.scratch, &lanes, 0, &mut self.out);
        let moments = Moments::of(&self.out);
        moments.squares.is_finite().then_some(moments)
    }
}
