//! A simulation by parts: any range of blocks can be drawn anywhere; parts that are put together give the same bits as
//! one run. The algebra is that of [`Pieces`].

use super::instance::Open;
use super::pieces::{Node, Pieces};
use super::plan::ChunkSums;
use super::sides::Sides;
use super::{Comparison, Instance, Options};
use crate::term::{Definitions, Hypotheses, Regularity, Symbol, Term};
use crate::vector::{STREAMS, Sums};
use serde::{Deserialize, Serialize};
use std::ops::Range;

pub use super::plan::CHUNK as BLOCK_DRAWS;

/// Instances that are tried until one can be simulated.
const ATTEMPTS: usize = 10;
/// Blocks that tell whether one can: enough of them to know heavy tails.
const TRIAL: Range<u64> = 0..16;

/// The sums over some blocks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawn(Pieces<ChunkSums>);

/// A node of the tree of blocks, for files: sums are the bits of numbers, so that nothing is lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRecord {
    /// The node has `2^level` blocks.
    pub level: u32,
    /// They begin at `index 2^level`.
    pub index: u64,
    /// For each mean that is simulated, sums and sums of squares of all batches in hexadecimal.
    pub sums: Vec<String>,
}

/// The first instance whose sides can be simulated.
pub fn instance_for_draws(
    definitions: &Definitions,
    [left, right]: [&Term; 2],
    hypotheses: &Hypotheses,
    options: &Options,
) -> Option<Instance> {
    let open = Open::of(&[left, right], hypotheses);
    let class = |name: &Symbol| hypotheses.classes.get(name).copied().unwrap_or(Regularity::Smooth);
    (0..ATTEMPTS).find_map(|number| {
        let instance = open.instance(definitions, hypotheses, class, number)?;
        let first = draw(definitions, [left, right], &instance, TRIAL, options)?;
        conclude(definitions, [left, right], &instance, &first, options).map(|_| instance)
    })
}

/// Draws a range of blocks; none if nothing is random, or the work was stopped.
pub fn draw(
    definitions: &Definitions,
    [left, right]: [&Term; 2],
    instance: &Instance,
    blocks: Range<u64>,
    options: &Options,
) -> Option<Drawn> {
    let sides = Sides::new(definitions, left, right, instance).filter(|sides| sides.random)?;
    let draws = options.draws(options.seed);
    sides.setup(&draws)?.run(blocks, &draws.stop).map(Drawn)
}

/// What the blocks say, and whether the sides differ beyond doubt.
pub fn conclude(
    definitions: &Definitions,
    [left, right]: [&Term; 2],
    instance: &Instance,
    drawn: &Drawn,
    options: &Options,
) -> Option<(Comparison, bool)> {
    let sides = Sides::new(definitions, left, right, instance)?;
    let draws = options.draws(options.seed);
    let simulation = sides.setup(&draws)?.conclude(&drawn.0)?;
    let judged = sides.judged(instance, &simulation, &draws);
    Some((judged.comparison, judged.apart))
}

impl Drawn {
    /// Both together; none if they have a block in common, or do not belong together.
    pub fn join(self, other: Drawn) -> Option<Drawn> {
        let outputs = |drawn: &Drawn| drawn.0.nodes().first().map(|(_, sums)| sums.0.len());
        if let (Some(a), Some(b)) = (outputs(&self), outputs(&other))
            && a != b
        {
            return None;
        }
        self.0.join(other.0).ok().map(Drawn)
    }

    /// The ranges of blocks that are there, in order.
    pub fn ranges(&self) -> Vec<Range<u64>> {
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for (node, _) in self.0.nodes() {
            let chunks = node.chunks();
            match ranges.last_mut().filter(|last| last.end == chunks.start) {
                Some(last) => last.end = chunks.end,
                None => ranges.push(chunks),
            }
        }
        ranges
    }

    /// For a file.
    pub fn records(&self) -> Vec<NodeRecord> {
        let record = |(node, sums): &(Node, ChunkSums)| NodeRecord {
            level: node.level,
            index: node.index,
            sums: sums.0.iter().map(hexadecimal).collect(),
        };
        self.0.nodes().iter().map(record).collect()
    }

    /// From a file; none if something is wrong with it.
    pub fn from_records(records: &[NodeRecord]) -> Option<Drawn> {
        let node = |record: &NodeRecord| {
            let sums: Vec<[Sums; 2]> = record.sums.iter().map(|text| numbers(text)).collect::<Option<_>>()?;
            let fits = record.level < 48 && record.index < 1 << 48 >> record.level;
            fits.then_some((Node { level: record.level, index: record.index }, ChunkSums(sums)))
        };
        let nodes = records.iter().map(node).collect::<Option<Vec<_>>>()?;
        let outputs = nodes.first().map_or(0, |(_, sums)| sums.0.len());
        if nodes.iter().any(|(_, sums)| sums.0.len() != outputs) {
            return None;
        }
        Pieces::new(nodes).ok().map(Drawn)
    }
}

fn hexadecimal(sums: &[Sums; 2]) -> String {
    let numbers = sums.iter().flat_map(|sums| sums.sum.iter().chain(&sums.squares));
    numbers.map(|number| format!("{:016x}", number.to_bits())).collect()
}

fn numbers(text: &str) -> Option<[Sums; 2]> {
    if text.len() != 4 * STREAMS * 16 || !text.is_ascii() {
        return None;
    }
    let mut sums = [Sums::default(), Sums::default()];
    let places = sums.iter_mut().flat_map(|sums| sums.sum.iter_mut().chain(&mut sums.squares));
    for (place, start) in places.zip((0..text.len()).step_by(16)) {
        *place = f64::from_bits(u64::from_str_radix(&text[start..start + 16], 16).ok()?);
    }
    Some(sums)
}
