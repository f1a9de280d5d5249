//! Noise that depends on seed, stream and block alone: any thread can make any block.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;

/// The law of a noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Noise {
    Gaussian,
    /// On the open interval (0, 1).
    Uniform,
}

/// Fills one block of one stream.
pub fn fill(seed: u64, stream: u32, noise: Noise, block: u64, out: &mut [f64]) {
    let kind = match noise {
        Noise::Gaussian => 0,
        Noise::Uniform => 1,
    };
    let key = [u64::from(stream) * 2 + kind, block].iter().fold(mix(seed), |key, part| mix(key ^ mix(*part)));
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(key);
    match noise {
        Noise::Gaussian => out.iter_mut().for_each(|x| *x = rng.sample(StandardNormal)),
        Noise::Uniform => {
            out.iter_mut().for_each(|x| *x = ((rng.random::<u64>() >> 12) as f64 + 0.5) / (1u64 << 52) as f64)
        }
    }
}

/// The finaliser of SplitMix64: neighbouring keys become unrelated.
pub fn mix(key: u64) -> u64 {
    let key = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let key = (key ^ (key >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let key = (key ^ (key >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    key ^ (key >> 31)
}
