//! Sobol points, scrambled: nets that fill the cube evenly, with a randomness that makes each point uniform.
//!
//! A replication is the Sobol sequence with its digits permuted at random the way of Owen: whether a digit is flipped depends
//! on a key and on the digits before it alone. That keeps every net a net, makes each point uniform, and replications with
//! keys of their own independent. The flips come from a hash of the digits (Burley, "Practical hash-based Owen
//! scrambling", J. Comput. Graph. Tech. 9 (2020)), in which sums and products by odd numbers let a digit change only those behind it.

use super::joe_kuo::{DIMENSIONS, INITIAL};
use super::noise::{Exponential, Law, Uniform, uniform};
use super::pass::{BLOCK, Lanes};
use super::quantile;
use super::random::{STREAMS, mix};
use super::simd::{Simd, Task};

/// Digits of an index, and so of a point before it is scrambled.
const DIGITS: usize = 32;
/// Points of a replication in a block: each lane has a replication of its own.
pub const ROWS: usize = BLOCK / STREAMS;

/// Points of one dimension in a block: in each lane the same ones, differently scrambled.
#[derive(Clone, Debug)]
pub struct Net {
    dimension: usize,
    keys: [[u64; STREAMS]; 3],
}

impl Net {
    /// The points of a dimension under a key; none behind the last dimension that has direction numbers. Lanes are
    /// replications; those of other keys are others.
    pub fn new(dimension: u32, key: u64) -> Option<Net> {
        let dimension = Some(dimension as usize).filter(|dimension| *dimension < DIMENSIONS)?;
        let word = |round: usize, lane: usize| mix(key ^ mix((STREAMS * round + lane) as u64));
        let keys = std::array::from_fn(|round| std::array::from_fn(|lane| word(round, lane)));
        Some(Net { dimension, keys })
    }
}

/// A coordinate of a Sobol point before it is scrambled, in units of 2^-32; none behind the last dimension.
pub fn sobol(index: u32, dimension: usize) -> Option<u32> {
    Some(reversed(index, COLUMNS.get(dimension)?).reverse_bits())
}

/// The digits of a point, the first one lowest.
fn reversed(index: u32, columns: &[u32; DIGITS]) -> u32 {
    columns.iter().enumerate().fold(0, |sum, (j, column)| if index >> j & 1 == 1 { sum ^ column } else { sum })
}

/// The columns of the generating matrices, the first digit lowest.
static COLUMNS: [[u32; DIGITS]; DIMENSIONS] = {
    let mut columns = [[0; DIGITS]; DIMENSIONS];
    let mut dimension = 0;
    while dimension < DIMENSIONS {
        let mut numbers = [0u32; DIGITS];
        // In the first dimension each number is 1.
        let (coefficients, initial): (u32, &[u32]) = if dimension == 0 { (0, &[1]) } else { INITIAL[dimension - 1] };
        let degree = initial.len();
        let mut i = 0;
        while i < DIGITS {
            numbers[i] = if dimension == 0 {
                1 << (DIGITS - 1 - i)
            } else if i < degree {
                initial[i] << (DIGITS - 1 - i)
            } else {
                let mut number = numbers[i - degree] ^ (numbers[i - degree] >> degree);
                let mut k = 1;
                while k < degree {
                    if coefficients >> (degree - 1 - k) & 1 == 1 {
                        number ^= numbers[i - k];
                    }
                    k += 1;
                }
                number
            };
            columns[dimension][i] = numbers[i].reverse_bits();
            i += 1;
        }
        dimension += 1;
    }
    columns
};

/// Fills a block with samples of a standard law at the points from `first` on, which is a multiple of [`ROWS`]. There is
/// room for as many words.
pub struct Spread<'a> {
    pub law: Law,
    pub net: &'a Net,
    pub first: u32,
    pub words: &'a mut Lanes,
    pub out: &'a mut Lanes,
}

impl Task for Spread<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Spread { law, net, first, words, out } = self;
        s.call(Points { net, first, words });
        match law {
            Law::Gaussian => s.call(Quantiles { words, out }),
            Law::Uniform => s.call(Uniform { words, out }),
            Law::Exponential => s.call(Exponential { words, out }),
        }
    }
}

/// The first 52 digits of points as words, a point a row.
struct Points<'a> {
    net: &'a Net,
    first: u32,
    words: &'a mut Lanes,
}

impl Task for Points<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let columns = &COLUMNS[self.net.dimension];
        let start = reversed(self.first, columns);
        let [a, b, c] = &self.net.keys;
        for (row, words) in (0..).zip(self.words.chunks_exact_mut(STREAMS)) {
            let point = u64::from(start ^ reversed(row, columns));
            for (lane, word) in words.iter_mut().enumerate() {
                let digits = scrambled(point, a[lane], b[lane], c[lane]);
                *word = f64::from_bits(digits.reverse_bits() >> 12);
            }
        }
    }
}

/// Flips digits, the first of which is the lowest: each by what those before it say.
#[inline(always)]
fn scrambled(point: u64, a: u64, b: u64, c: u64) -> u64 {
    // Products by even numbers bring digits to those behind them.
    let mut x = point;
    x ^= x.wrapping_mul(0x9c8f_2d3b_3d20_adea);
    x = x.wrapping_add(a).wrapping_mul(b | 1);
    x ^= x.wrapping_mul(0xd6e8_feb8_0552_6c56);
    x = x.wrapping_add(c);
    x ^ x.wrapping_mul(0xa076_1d64_78bd_642e)
}

/// Standard Gaussian samples by their quantiles.
struct Quantiles<'a> {
    words: &'a [f64],
    out: &'a mut [f64],
}

impl Task for Quantiles<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        for (words, out) in self.words.chunks_exact(S::LANES).zip(self.out.chunks_exact_mut(S::LANES)) {
            s.store(quantile::normal(s, uniform(s, s.bits(s.load(words)))), out);
        }
    }
}
