//! Random words and samples: known answers, agreement with other implementations, and a battery of statistical tests
//! with fixed seeds. A sound generator fails one of them with a probability below 1e-9.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};
use stein_vector::{BLOCK, Generator, Law, Level, Machine, STREAMS, Tape, mix};

const SEED: u64 = 20_261_123;

fn machine() -> Machine {
    Machine::new(&Tape { registers: 1, ..Tape::default() })
}

/// The first samples of a generator.
fn samples(level: Level, law: Law, seed: u64, blocks: usize) -> Vec<f64> {
    let (mut machine, mut generator) = (machine(), Generator::new(seed));
    let mut all = Vec::with_capacity(blocks * BLOCK);
    for _ in 0..blocks {
        machine.draw(level, law, &mut generator, 0);
        all.extend_from_slice(machine.register(0));
    }
    all
}

/// The words behind uniform samples, to the 52 bits that those have.
fn words(samples: &[f64]) -> Vec<u64> {
    samples.iter().map(|u| (u * (1u64 << 52) as f64) as u64).collect()
}

/// The outputs of SplitMix64 from 0 on, as its author lists them.
#[test]
fn keys_are_splitmix64() {
    let outputs: Vec<u64> = (0..3u64).map(|i| mix(i.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
    assert_eq!(outputs, [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f]);
}

/// Each lane is the generator of another crate, from the same state.
#[test]
fn lanes_are_xoshiro256_plus_plus() {
    for level in Level::all() {
        let generator = Generator::new(SEED);
        let drawn = words(&samples(level, Law::Uniform, SEED, 2));
        for lane in 0..STREAMS {
            let mut seed = [0; 32];
            for (bytes, word) in seed.chunks_mut(8).zip(&generator.state) {
                bytes.copy_from_slice(&word[lane].to_le_bytes());
            }
            let mut other = Xoshiro256PlusPlus::from_seed(seed);
            for (row, word) in drawn.chunks(STREAMS).enumerate() {
                let wanted = other.next_u64() & ((1 << 52) - 1);
                assert_eq!(word[lane], wanted, "lane {lane}, row {row} on {}", level.name());
            }
        }
    }
}

/// Uniform samples are the middles of 2^52 intervals: the same on all levels; levels with FMA agree in all laws.
#[test]
fn levels_agree() {
    let levels = Level::all();
    let first = levels[0];
    for level in &levels[1..] {
        for law in [Law::Uniform, Law::Gaussian, Law::Exponential] {
            let (a, b) = (samples(first, law, SEED, 64), samples(*level, law, SEED, 64));
            for (a, b) in a.iter().zip(&b) {
                let same = a.to_bits() == b.to_bits();
                let exact = law == Law::Uniform || (first.fuses() && level.fuses());
                assert!(same || (!exact && (a - b).abs() <= 1e-14 * (1.0 + a.abs())), "{law:?}: {a:e} and {b:e}");
            }
        }
    }
}

/// Gaussian samples are what the transformation of Box and Muller makes of the words.
#[test]
fn gaussian_samples_are_their_words_transformed() {
    let level = Level::best();
    let generator = Generator::new(SEED);
    let mut streams: Vec<Xoshiro256PlusPlus> = (0..STREAMS)
        .map(|lane| {
            let mut seed = [0; 32];
            for (bytes, word) in seed.chunks_mut(8).zip(&generator.state) {
                bytes.copy_from_slice(&word[lane].to_le_bytes());
            }
            Xoshiro256PlusPlus::from_seed(seed)
        })
        .collect();
    let words: Vec<u64> = (0..3 * BLOCK / 4).map(|i| streams[i % STREAMS].next_u64()).collect();
    let drawn = samples(level, Law::Gaussian, SEED, 1);
    for i in 0..BLOCK / 2 {
        let u = ((words[i] & ((1 << 52) - 1)) as f64 + 0.5) / (1u64 << 52) as f64;
        let angle = words[BLOCK / 2 + i % (BLOCK / 4)].rotate_left(if i < BLOCK / 4 { 0 } else { 32 });
        // Sixteen directions, and a part of a step to either side.
        let part = (angle & ((1 << 52) - 1)) as f64 / (1u64 << 52) as f64 - 0.5;
        let turn = std::f64::consts::TAU * (((angle >> 60) as f64 + part) / 16.0);
        let radius = (-2.0 * u.ln()).sqrt();
        let errors = [drawn[i] - radius * turn.cos(), drawn[BLOCK / 2 + i] - radius * turn.sin()];
        assert!(errors.iter().all(|e| e.abs() < 1e-11 * (1.0 + radius)), "pair {i}: {errors:?}");
    }
}

/// A statistic that is standard Gaussian for a sound generator stays within 6.5.
fn assert_score(score: f64, what: &str) {
    println!("{what}: {score:.2}");
    assert!(score.abs() < 6.5, "{what}: {score:.2} standard deviations");
}

/// A chi-square statistic as a score, by the transformation of Wilson and Hilferty.
fn chi_square(counts: &[u64], expected: impl Fn(usize) -> f64) -> f64 {
    let statistic: f64 =
        counts.iter().enumerate().map(|(i, count)| (*count as f64 - expected(i)).powi(2) / expected(i)).sum();
    let freedom = counts.len() as f64 - 1.0;
    ((statistic / freedom).cbrt() - (1.0 - 2.0 / (9.0 * freedom))) / (2.0 / (9.0 * freedom)).sqrt()
}

const BLOCKS: usize = 1 << 11;

#[test]
fn bits_are_even_and_independent_of_their_neighbours() {
    let drawn = words(&samples(Level::best(), Law::Uniform, SEED, BLOCKS));
    let n = drawn.len() as f64;
    for bit in 0..52 {
        let ones = drawn.iter().filter(|w| *w >> bit & 1 == 1).count() as f64;
        assert_score((2.0 * ones - n) / n.sqrt(), &format!("bit {bit}"));
    }
    // Words at these distances: within a lane, between lanes, between blocks.
    for distance in [1, 2, 16, 31, 32, 33, 64, 512, 1024, 4096] {
        let different: u64 = drawn.iter().zip(&drawn[distance..]).map(|(a, b)| u64::from((a ^ b).count_ones())).sum();
        let bits = 52.0 * (drawn.len() - distance) as f64;
        assert_score((2.0 * different as f64 - bits) / bits.sqrt(), &format!("words {distance} apart"));
    }
}

#[test]
fn uniform_samples_fill_the_cube_evenly() {
    let drawn = words(&samples(Level::best(), Law::Uniform, SEED, BLOCKS));
    for shift in [0, 20, 44] {
        let mut counts = vec![0u64; 1 << 12];
        // Three successive words of one lane, four bits each.
        for row in 0..drawn.len() / STREAMS - 2 {
            for lane in 0..STREAMS {
                let at = |k: usize| (drawn[(row + k) * STREAMS + lane] >> shift) & 15;
                counts[(at(0) << 8 | at(1) << 4 | at(2)) as usize] += 1;
            }
        }
        // Overlapping triples are a little dependent: the bound is wide enough for twice the variance.
        let total: u64 = counts.iter().sum();
        assert_score(chi_square(&counts, |_| total as f64 / counts.len() as f64) / 2.0, &format!("triples at {shift}"));
    }
}

/// The ranks of random binary matrices, which linear generators get wrong.
#[test]
fn bit_matrices_have_the_ranks_of_random_ones() {
    let drawn = words(&samples(Level::best(), Law::Uniform, SEED, BLOCKS));
    let mut full = 0u64;
    let matrices = drawn.chunks_exact(STREAMS * 32).flat_map(|rows| (0..STREAMS).map(move |lane| (rows, lane)));
    let mut total = 0u64;
    for (rows, lane) in matrices {
        // 32 successive words of a lane, their lowest 32 bits.
        let mut matrix: Vec<u32> = rows.chunks(STREAMS).map(|row| row[lane] as u32).collect();
        let mut rank = 0;
        for bit in 0..32 {
            let Some(pivot) = (rank..32).find(|i| matrix[*i] >> bit & 1 == 1) else { continue };
            matrix.swap(rank, pivot);
            for i in (0..32).filter(|i| *i != rank) {
                if matrix[i] >> bit & 1 == 1 {
                    matrix[i] ^= matrix[rank];
                }
            }
            rank += 1;
        }
        full += u64::from(rank == 32);
        total += 1;
    }
    let p: f64 = (1..=32).map(|i| 1.0 - 0.5f64.powi(i)).product();
    let n = total as f64;
    assert_score((full as f64 - n * p) / (n * p * (1.0 - p)).sqrt(), "matrices of full rank");
}

#[test]
fn gaussian_samples_have_the_law() {
    let drawn = samples(Level::best(), Law::Gaussian, SEED, BLOCKS);
    let n = drawn.len() as f64;
    // Powers with their means and the variances of those.
    let moments = [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0), (5, 0.0, 945.0), (6, 15.0, 10_170.0)];
    for (power, mean, variance) in moments {
        let sum: f64 = drawn.iter().map(|x| x.powi(power) - mean).sum();
        assert_score(sum / (n * variance).sqrt(), &format!("power {power}"));
    }
    // 256 intervals of equal probability.
    let cells = 256;
    let mut counts = vec![0u64; cells];
    for x in &drawn {
        let u = 0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2);
        counts[((u * cells as f64) as usize).min(cells - 1)] += 1;
    }
    assert_score(chi_square(&counts, |_| n / cells as f64), "cells");
    // Far out, where a transformation goes wrong first.
    for limit in [3.0, 4.0, 4.5] {
        let p = libm::erfc(limit * std::f64::consts::FRAC_1_SQRT_2);
        let beyond = drawn.iter().filter(|x| x.abs() > limit).count() as f64;
        assert_score((beyond - n * p) / (n * p).sqrt(), &format!("beyond {limit}"));
    }
    // Pairs of one radius, pairs of one angle, neighbours.
    for distance in [1, BLOCK / 4, BLOCK / 2, BLOCK] {
        for power in [1, 2] {
            let centred = |x: &f64| x.powi(power) - if power == 2 { 1.0 } else { 0.0 };
            let sum: f64 = drawn.iter().zip(&drawn[distance..]).map(|(a, b)| centred(a) * centred(b)).sum();
            let scale = if power == 2 { 2.0 } else { 1.0 };
            assert_score(sum / (n.sqrt() * scale), &format!("power {power}, {distance} apart"));
        }
    }
}

#[test]
fn exponential_samples_have_the_law() {
    let drawn = samples(Level::best(), Law::Exponential, SEED, BLOCKS);
    let n = drawn.len() as f64;
    for (power, mean, variance) in [(1, 1.0, 1.0), (2, 2.0, 20.0), (3, 6.0, 684.0)] {
        let sum: f64 = drawn.iter().map(|x| x.powi(power) - mean).sum();
        assert_score(sum / (n * variance).sqrt(), &format!("power {power}"));
    }
    let cells = 256;
    let mut counts = vec![0u64; cells];
    drawn.iter().for_each(|x| counts[((-(-x).exp_m1() * cells as f64) as usize).min(cells - 1)] += 1);
    assert_score(chi_square(&counts, |_| n / cells as f64), "cells");
}

/// Generators of neighbouring keys have nothing in common.
#[test]
fn neighbouring_keys_are_independent() {
    let all: Vec<Vec<f64>> = (0..64).map(|key| samples(Level::best(), Law::Gaussian, key, 16)).collect();
    for pair in all.windows(2) {
        let sum: f64 = pair[0].iter().zip(&pair[1]).map(|(a, b)| a * b).sum();
        assert_score(sum / (pair[0].len() as f64).sqrt(), "neighbouring keys");
    }
}
