//! Noise that depends on seed, stream and place alone: any thread can make any chunk.

pub use crate::vector::{Law as Noise, mix};

use super::Drawing;
use super::plan::BLOCKS;
use crate::vector::{Generator, Level, Machine, Net, ROWS};

/// Keys of nets are apart from those of generators.
const NET: u64 = 3;
/// Points of a replication in a chunk, whose blocks go in turn to two sets of replications.
const POINTS: u64 = (BLOCKS / 2 * ROWS) as u64;

/// A key that depends on all of its parts.
fn key(seed: u64, stream: u32, kind: u64, number: u64) -> u64 {
    [u64::from(stream) * 4 + kind, number].iter().fold(mix(seed), |key, part| mix(key ^ mix(*part)))
}

/// The generator of one chunk of one stream.
pub fn generator(seed: u64, stream: u32, noise: Noise, chunk: u64) -> Generator {
    let kind = match noise {
        Noise::Gaussian => 0,
        Noise::Uniform => 1,
        Noise::Exponential => 2,
    };
    Generator::new(key(seed, stream, kind, chunk))
}

/// What fills the registers of one stream.
enum Source {
    Generator(Box<Generator>),
    /// For even and for odd blocks.
    Nets(Box<[Net; 2]>),
}

/// The noise of a chunk, block by block.
pub struct Chunk<'a> {
    inputs: &'a [(u32, Noise)],
    sources: Vec<Source>,
    drawing: Drawing,
    number: u64,
}

impl<'a> Chunk<'a> {
    pub fn new(seed: u64, inputs: &'a [(u32, Noise)], drawing: Drawing, number: u64) -> Chunk<'a> {
        // Replications are as long as indices of points; then others begin.
        let round = (number * POINTS) >> u32::BITS;
        let source = |(stream, noise): &(u32, Noise)| {
            // Noises of one stream are at the same points, whatever their laws.
            let net = |parity: u64| Net::new(*stream, key(seed, *stream, NET, 2 * round + parity));
            let nets = || (drawing == Drawing::Sobol).then(|| Some([net(0)?, net(1)?]))?;
            match nets() {
                Some(nets) => Source::Nets(Box::new(nets)),
                None => Source::Generator(Box::new(generator(seed, *stream, *noise, number))),
            }
        };
        Chunk { inputs, sources: inputs.iter().map(source).collect(), drawing, number }
    }

    /// Fills the first registers with the next block; the set of batches that its draws belong to.
    pub fn fill(&mut self, level: Level, machine: &mut Machine, block: usize) -> usize {
        let mirrored = self.drawing == Drawing::Antithetic && block % 2 == 1;
        let first = self.number * POINTS + (block / 2 * ROWS) as u64;
        for (register, ((_, noise), source)) in (0..).zip(self.inputs.iter().zip(&mut self.sources)) {
            match source {
                // A tape leaves its inputs as they are.
                Source::Generator(_) if mirrored => machine.reflect(*noise, register),
                Source::Generator(generator) => machine.draw(level, *noise, generator, register),
                Source::Nets(nets) => machine.spread(level, *noise, &nets[block % 2], first as u32, register),
            }
        }
        // A pair belongs to one batch.
        let turn = if self.drawing == Drawing::Antithetic { block / 2 } else { block };
        turn % 2
    }
}
