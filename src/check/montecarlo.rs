//! Means by simulation: all expectations of both sides on the same noise, and the error by leaving out batches.

use super::draw::Draw;
use super::evaluate::{BUDGET, Evaluator, Means};
use super::moments::Moments;
use super::pieces::Pieces;
use super::plan::{CHUNK, ChunkSums, Plan, table_key};
use super::program::{Expectation, Program};
use super::quadrature::Estimate;
use super::tape::Key;
use super::{Drawing, Stop};
use crate::law::Table;
use crate::vector::Level;
use std::ops::Range;
use std::sync::Arc;

/// A mean that is needed, at the environment of the time.
pub enum Request<'p> {
    Draw {
        draw: &'p Draw,
        environment: Vec<f64>,
        tables: Vec<Option<(Key, Arc<Table>)>>,
    },
    /// A number that needs no draws.
    Number(Estimate),
}

impl<'p> Request<'p> {
    /// Prepares the draws of an expectation; where they cannot give it, its exact value.
    pub fn new(evaluator: &mut Evaluator<'p>, expectation: &'p Expectation) -> Option<Request<'p>> {
        let draw = expectation.draw.as_ref()?;
        for operator in &draw.operators {
            // What is 0 up to its error has no sign of its own.
            let Estimate { value, error } = evaluator.operator(operator)?;
            evaluator.environment[operator.slot] = if value.abs() <= error.min(TINY) { 0.0 } else { value };
        }
        let mut tables = Vec::new();
        for source in &draw.sources {
            tables.push(match &source.table {
                None => None,
                Some((law, parameters)) => {
                    let parameters = evaluator.numbers(parameters)?;
                    let key = table_key(&law.distribution.name, &parameters);
                    Some((key.clone(), evaluator.table(key, law, &parameters)?))
                }
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
    /// How evenly the batches share the spread of the mean that they share least evenly: 1 for all alike.
    pub evenness: f64,
}

impl Simulation {
    /// Whether the batches share the spread about evenly.
    pub fn has_light_tails(&self) -> bool {
        self.evenness >= EVEN
    }

    /// Whether a gap may come from draws that are too rare to have been seen: where few draws make up the spread there are
    /// larger ones that nobody has drawn.
    pub fn hides_a_tail(&self, gap: f64) -> bool {
        let far = gap.abs() > FAR * self.standard_error;
        self.evenness < if far { UNEVEN } else { EVEN }
    }
}

/// Fewer batches than this carrying the variance mean tails too heavy for a judgement.
const EFFECTIVE: f64 = 12.0;
/// Batches that share the spread less evenly than this refute nothing; those that share it less evenly than the other
/// only where the gap is this many standard errors.
const UNEVEN: f64 = 0.6;
const EVEN: f64 = 0.85;
const FAR: f64 = 24.0;
/// A number computed beforehand that is below this may be 0.
const TINY: f64 = 1e-9;
/// Of a mean of draws, relative to their size.
const ROUNDING: f64 = 4.0 * f64::EPSILON;
/// Spacing of finite differences: wide, since the noise of a jump falls with it.
const SPACING: f64 = 0.1;
/// In the second way it is so much smaller that what a difference misses is seen to change.
const SECOND_SPACING: f64 = 0.03;

/// How much to draw.
#[derive(Clone, Debug)]
pub struct Draws {
    pub seed: u64,
    pub samples: u64,
    pub stop: Stop,
    pub level: Level,
    pub drawing: Drawing,
    /// Whether differences are taken a second way, with another spacing.
    pub second: bool,
}

impl Draws {
    /// Chunks that have about as many draws as are wanted.
    pub fn chunks(&self) -> u64 {
        (self.samples / CHUNK).max(1)
    }
}

/// Two programs over the same parameters, ready to be simulated.
pub struct Setup<'p> {
    sides: [&'p Program; 2],
    evaluator: Evaluator<'p>,
    requests: Vec<Request<'p>>,
    plan: Plan,
}

impl<'p> Setup<'p> {
    /// None where draws cannot give the sides.
    pub fn new(sides: [&'p Program; 2], parameters: &[f64], slots: usize, draws: &Draws) -> Option<Setup<'p>> {
        let mut evaluator = Evaluator::new(parameters, slots, draws.stop.deadline, BUDGET);
        evaluator.spacing = Some(if draws.second { SECOND_SPACING } else { SPACING });
        evaluator.means = Means::Record(vec![]);
        for side in sides {
            evaluator.value(side)?;
        }
        let Means::Record(requests) = std::mem::replace(&mut evaluator.means, Means::Exact) else { return None };
        let plan = Plan::new(&requests, draws);
        Some(Setup { sides, evaluator, requests, plan })
    }

    /// The sums over a range of chunks; none if the work was stopped.
    pub fn run(&self, chunks: Range<u64>, stop: &Stop) -> Option<Pieces<ChunkSums>> {
        stop.will_draw((chunks.end - chunks.start) * CHUNK);
        self.plan.run(chunks, stop)
    }

    /// Draws until the answer is clear, or there are as many draws as are wanted; none if the work was stopped before the
    /// first look, or the tails are too heavy.
    ///
    /// Looks come at four times as many chunks each, 20 at most. A judgement at z standard errors, by 64 batches, is
    /// then wrong with at most 20 times the probability of one look: below 1e-9 for z = 8.
    pub fn until(&mut self, draws: &Draws, clear: impl Fn(&Simulation) -> bool) -> Option<Simulation> {
        draws.stop.will_draw(draws.chunks() * CHUNK);
        let (mut sums, mut next) = (Pieces::default(), 0);
        loop {
            let end = draws.chunks().min(4 * next.max(1));
            match self.plan.run(next..end, &draws.stop) {
                Some(more) => sums = sums.join(more).ok()?,
                // Someone wished for an end between two looks.
                None if draws.stop.is_wished() && next > 0 => {}
                None => return None,
            }
            next = end;
            let last = next == draws.chunks() || draws.stop.is_wished();
            match self.conclude(&sums) {
                Some(simulation) if last || clear(&simulation) => return Some(simulation),
                None if last => return None,
                _ => {}
            }
        }
    }

    /// Both sides at given means, each with what its rounding is a multiple of.
    fn values(&mut self, means: impl Iterator<Item = (f64, f64)>) -> Option<[Estimate; 2]> {
        let values = self.requests.iter().zip(means).map(|(request, (value, size))| match request {
            Request::Number(estimate) => *estimate,
            Request::Draw { draw, .. } => Estimate { value, error: ROUNDING * size + draw.rounding },
        });
        self.evaluator.means = Means::Replay(values.collect(), 0);
        let [left, right] = self.sides;
        Some([self.evaluator.value(left)?, self.evaluator.value(right)?])
    }

    /// The least evenness of all means. A mean whose draws are all alike although they could differ has seen nothing.
    fn evenness(&self, batches: &[Vec<Moments>]) -> f64 {
        let of = |request: usize| {
            let squares = || batches.iter().map(|batch| batch[request].squares);
            // Squares of squares may overflow.
            let largest = squares().fold(0.0, f64::max).max(f64::MIN_POSITIVE);
            let spreads = || squares().map(|square| square / largest);
            let (sum, squares) = spreads().fold((0.0, 0.0), |(s, q), v| (s + v, q + v * v));
            match sum > 0.0 {
                true => sum * sum / (batches.len() as f64 * squares),
                false => f64::from(!self.plan.varies(request)),
            }
        };
        (0..self.requests.len()).map(of).fold(1.0, f64::min)
    }

    /// What the sums say; none where the tails are too heavy. The error is found by leaving out batches.
    pub fn conclude(&mut self, sums: &Pieces<ChunkSums>) -> Option<Simulation> {
        let batches = self.plan.batches(sums)?;
        let total: Vec<Moments> = batches.iter().fold(vec![Moments::default(); self.requests.len()], |sum, batch| {
            sum.into_iter().zip(batch).map(|(a, b)| a.merge(*b)).collect()
        });
        let sizes: Vec<f64> = total.iter().map(|m| m.mean.abs() + (m.squares / m.count.max(1.0)).sqrt()).collect();
        let [l, r] = self.values(total.iter().map(|m| m.mean).zip(sizes.iter().copied()))?;
        let count = batches.len() as f64;
        let mut pseudo = [Moments::default(); 3];
        let mut values = Vec::new();
        for batch in &batches {
            let rest =
                |(t, b): (&Moments, &Moments)| (t.mean * t.count - b.mean * b.count) / (t.count - b.count).max(1.0);
            let [a, b] = self.values(total.iter().zip(batch).map(rest).zip(sizes.iter().copied()))?;
            let [left, right] = [(l, a), (r, b)].map(|(all, rest)| count * all.value - (count - 1.0) * rest.value);
            pseudo[0].push(left);
            pseudo[1].push(right);
            pseudo[2].push(left - right);
            values.push(left - right);
        }
        let fourth: f64 = values.iter().map(|v| (v - pseudo[2].mean).powi(4)).sum();
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
            evenness: self.evenness(&batches),
            samples: total.iter().map(|m| m.count as u64).max().unwrap_or(0),
        })
    }
}

/// The moments of the draws of a program that is one expectation.
pub fn moments(program: &Program, parameters: &[f64], slots: usize, draws: &Draws) -> Option<Moments> {
    let mut evaluator = Evaluator::new(parameters, slots, draws.stop.deadline, BUDGET);
    evaluator.means = Means::Record(vec![]);
    evaluator.value(program)?;
    let Means::Record(requests) = evaluator.means else { return None };
    let [Request::Draw { .. }] = requests.as_slice() else { return None };
    batches(&requests, draws)?.into_iter().filter_map(|batch| batch.first().copied()).reduce(Moments::merge)
}

/// The moments of each request in each batch.
fn batches(requests: &[Request<'_>], draws: &Draws) -> Option<Vec<Vec<Moments>>> {
    let plan = Plan::new(requests, draws);
    draws.stop.will_draw(draws.chunks() * CHUNK);
    plan.batches(&plan.run(0..draws.chunks(), &draws.stop)?)
}
