//! Noise that depends on seed, stream and place alone: any thread can make any chunk.

pub use crate::vector::{Law as Noise, mix};

use crate::vector::Generator;

/// The generator of one chunk of one stream.
pub fn generator(seed: u64, stream: u32, noise: Noise, chunk: u64) -> Generator {
    let kind = match noise {
        Noise::Gaussian => 0,
        Noise::Uniform => 1,
        Noise::Exponential => 2,
    };
    let key = [u64::from(stream) * 4 + kind, chunk].iter().fold(mix(seed), |key, part| mix(key ^ mix(*part)));
    Generator::new(key)
}
