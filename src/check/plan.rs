//! All means that a simulation needs as one tape, and its sums over chunks of draws.

use super::moments::Moments;
use super::montecarlo::{Draws, Request};
use super::pieces::{Add, Node, Overlap, Pieces};
use super::random::{Chunk, Noise};
use super::tape::{Graph, Key, Linear, Output, lower};
use super::{Drawing, Stop};
use crate::law::Table;
use crate::vector::{BLOCK, Level, Machine, STREAMS, Scalar, Sums, Tape};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::{Arc, Mutex};

/// Draws of a chunk: a generator is made for each.
pub const CHUNK: u64 = (BLOCKS * BLOCK) as u64;
pub const BLOCKS: usize = 16;
/// Batches of draws, for errors: the lanes of the generators, in even and in odd blocks. Of Sobol points each is a replication.
pub const BATCHES: usize = 2 * STREAMS;
/// Chunks between two looks at whether to go on: at first, and at most.
const FIRST_ROUND: u64 = 64;
const LONGEST_ROUND: u64 = 1 << 12;
/// Chunks up to this power of two are one piece of work for a thread.
const GRAIN: u32 = 2;

/// A tape with what it takes to run it.
#[derive(Debug)]
pub struct Plan {
    tape: Tape,
    inputs: Vec<(u32, Noise)>,
    /// For each request its place among the outputs of the tape; none if it needs no draws.
    outputs: Vec<Option<Output>>,
    /// Numbers near the means, which sums are relative to. They depend on the seed alone.
    shifts: Vec<f64>,
    seed: u64,
    level: Level,
    drawing: Drawing,
}

/// The sums of each output, in both sets of batches.
#[derive(Clone, Debug, PartialEq)]
pub struct ChunkSums(pub Vec<[Sums; 2]>);

impl Add for ChunkSums {
    fn add(&mut self, upper: &ChunkSums) {
        for (a, b) in self.0.iter_mut().flatten().zip(upper.0.iter().flatten()) {
            a.sum.iter_mut().zip(&b.sum).for_each(|(a, b)| *a += b);
            a.squares.iter_mut().zip(&b.squares).for_each(|(a, b)| *a += b);
        }
    }
}

impl Plan {
    pub fn new(requests: &[Request<'_>], draws: &Draws) -> Plan {
        let mut graph = Graph::default();
        let values: Vec<Option<Linear>> = requests.iter().map(|request| bind(&mut graph, request)).collect();
        let drawn: Vec<Linear> = values.iter().flatten().copied().collect();
        let (tape, places) = lower(&graph, &drawn);
        let mut places = places.into_iter();
        let outputs = values.iter().map(|value| value.as_ref().and_then(|_| places.next())).collect();
        let shifts = vec![0.0; tape.outputs];
        let mut plan = Plan {
            tape,
            inputs: graph.inputs,
            outputs,
            shifts,
            seed: draws.seed,
            level: draws.level,
            drawing: draws.drawing,
        };
        plan.shifts = plan.pilot();
        plan
    }

    /// The means of the very first block, wherever the draws that are wanted begin.
    fn pilot(&self) -> Vec<f64> {
        let mut sums = vec![Sums::default(); self.tape.outputs];
        let mut machine = Machine::new(&self.tape);
        Chunk::new(self.seed, &self.inputs, Drawing::Plain, 0).fill(self.level, &mut machine, 0);
        machine.run(self.level, &self.tape, &self.shifts, &mut sums);
        let mean = |sums: &Sums| sums.sum.iter().sum::<f64>() / BLOCK as f64;
        sums.iter().map(mean).map(|mean| if mean.is_finite() { mean } else { 0.0 }).collect()
    }

    fn chunk(&self, machine: &mut Machine, chunk: u64) -> ChunkSums {
        let mut noise = Chunk::new(self.seed, &self.inputs, self.drawing, chunk);
        let mut sums = [0, 1].map(|_| vec![Sums::default(); self.tape.outputs]);
        for block in 0..BLOCKS {
            let set = noise.fill(self.level, machine, block);
            machine.run(self.level, &self.tape, &self.shifts, &mut sums[set]);
        }
        let [even, odd] = sums;
        ChunkSums(even.into_iter().zip(odd).map(|(even, odd)| [even, odd]).collect())
    }

    /// The sums over a range of chunks. None if the deadline has passed; if someone wished for an end, those of the chunks
    /// from the first on that were done by then.
    pub fn run(&self, chunks: Range<u64>, stop: &Stop) -> Option<Pieces<ChunkSums>> {
        let machines = Mutex::new(Vec::new());
        let (mut pieces, mut next, mut round) = (Pieces::default(), chunks.start, FIRST_ROUND);
        while next < chunks.end {
            let end = chunks.end.min(next + round);
            let nodes = Node::of(next..end);
            let sums = |node: Node| Some((node, self.node(node, &machines, stop)?));
            // One piece of work is not worth other threads, which have to be started first.
            let sums = match nodes.as_slice() {
                [node] if node.level <= GRAIN => sums(*node).map(|sums| vec![sums]),
                _ => nodes.into_par_iter().map(sums).collect::<Option<Vec<_>>>(),
            };
            match sums {
                Some(sums) => pieces = pieces.join(Pieces::new(sums).ok()?).ok()?,
                None if stop.is_wished() && next > chunks.start => return Some(pieces),
                None => return None,
            }
            (next, round) = (end, LONGEST_ROUND.min(2 * round));
        }
        Some(pieces)
    }

    fn node(&self, node: Node, machines: &Mutex<Vec<Machine>>, stop: &Stop) -> Option<ChunkSums> {
        if node.level <= GRAIN {
            let kept = machines.lock().ok().and_then(|mut machines| machines.pop());
            let mut machine = kept.unwrap_or_else(|| Machine::new(&self.tape));
            let sums = self.few(node, &mut machine, stop);
            if let Ok(mut machines) = machines.lock() {
                machines.push(machine);
            }
            return sums;
        }
        let [lower, upper] = node.halves()?;
        let (lower, upper) = rayon::join(|| self.node(lower, machines, stop), || self.node(upper, machines, stop));
        let mut sum = lower?;
        sum.add(&upper?);
        Some(sum)
    }

    fn few(&self, node: Node, machine: &mut Machine, stop: &Stop) -> Option<ChunkSums> {
        let Some([lower, upper]) = node.halves() else {
            if stop.is_now() {
                return None;
            }
            let sums = self.chunk(machine, node.index);
            stop.has_drawn(CHUNK);
            return Some(sums);
        };
        let mut sum = self.few(lower, machine, stop)?;
        sum.add(&self.few(upper, machine, stop)?);
        Some(sum)
    }

    /// Whether the draws of a request can differ.
    pub fn varies(&self, request: usize) -> bool {
        self.outputs[request].as_ref().is_some_and(|output| output.gathered.is_some())
    }

    /// The moments of each request in each batch, if all are finite.
    pub fn batches(&self, pieces: &Pieces<ChunkSums>) -> Option<Vec<Vec<Moments>>> {
        let total = pieces.total()?;
        let count = (pieces.chunks() * CHUNK) as f64 / BATCHES as f64;
        let moments = |output: &Option<Output>, batch: usize| {
            let Some(output) = output else { return Some(Moments::default()) };
            let Some(place) = output.gathered.map(|place| place as usize) else {
                return Some(Moments { count, mean: output.c, squares: 0.0 });
            };
            let sums = &total.0[place][batch / STREAMS];
            let (sum, squares) = (sums.sum[batch % STREAMS], sums.squares[batch % STREAMS]);
            let mean = sum / count;
            let squares = (squares - sum * mean).max(0.0) * output.k * output.k;
            let mean = output.c + output.k * (self.shifts[place] + mean);
            (mean.is_finite() && squares.is_finite()).then_some(Moments { count, mean, squares })
        };
        (0..BATCHES).map(|batch| self.outputs.iter().map(|output| moments(output, batch)).collect()).collect()
    }
}

/// The value of a request as a part of the graph; none if it needs no draws.
fn bind(graph: &mut Graph, request: &Request<'_>) -> Option<Linear> {
    let Request::Draw { draw, environment, tables } = request else { return None };
    let lanes: Vec<Linear> = draw
        .sources
        .iter()
        .zip(tables)
        .map(|(source, table)| {
            let noise = graph.input(source.stream, source.noise);
            let Some((key, table)) = table else { return noise };
            graph.scalar(key.clone(), || sampler(table.clone()), noise, Linear::number(0.0))
        })
        .collect();
    let mut input = |slot: usize| match draw.lanes.iter().position(|lane| *lane == slot) {
        Some(place) => lanes[place],
        None => Linear::number(environment.get(slot).copied().unwrap_or(f64::NAN)),
    };
    graph.add_formula(&draw.formula, &mut input).first().copied()
}

fn sampler(table: Arc<Table>) -> Scalar {
    Scalar(Arc::new(move |noise, _| match &*table {
        Table::Continuous(table) => table.sample(noise),
        Table::Discrete(table) => table.sample(noise),
    }))
}

/// The key of a tabulated sampler.
pub fn table_key(law: &str, parameters: &[f64]) -> Key {
    Key::Table(law.into(), parameters.iter().map(|p| p.to_bits()).collect())
}

impl From<Overlap> for String {
    fn from(_: Overlap) -> String {
        "two ranges have a block in common".into()
    }
}
