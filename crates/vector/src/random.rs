//! Random words: xoshiro256++ (Blackman and Vigna, 2021) in 32 lanes, each with a state of its own.
//!
//! A generator is made from a key, which names a piece of the noise; any piece can be made at any time by any thread.

use super::level::Level;
use super::pass::BLOCK;
use super::simd::{MOST_LANES, Simd, Task};

/// Lanes of the generator, whatever the instructions.
pub const STREAMS: usize = 32;

/// The state: four words a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generator {
    /// By word, then by lane.
    pub state: [[u64; STREAMS]; 4],
}

impl Generator {
    /// The generator of a key: its states are successive outputs of SplitMix64.
    pub fn new(key: u64) -> Generator {
        let mut state = [[0; STREAMS]; 4];
        let mut counter = key;
        for lane in 0..STREAMS {
            for word in &mut state {
                word[lane] = mix(counter);
                counter = counter.wrapping_add(GOLDEN);
            }
        }
        Generator { state }
    }

    /// The next words, lane by lane.
    pub fn words(&mut self, level: Level) -> [u64; BLOCK] {
        let mut out = [0.0; BLOCK];
        level.run(Words { generator: self, out: &mut out });
        out.map(f64::to_bits)
    }
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The output of SplitMix64 at a counter: neighbouring counters become unrelated.
pub fn mix(counter: u64) -> u64 {
    let key = counter.wrapping_add(GOLDEN);
    let key = (key ^ (key >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let key = (key ^ (key >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    key ^ (key >> 31)
}

/// Fills with the bits of the next words, lane by lane; the length is a multiple of the number of lanes.
pub struct Words<'a> {
    pub generator: &'a mut Generator,
    pub out: &'a mut [f64],
}

impl Task for Words<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        const { assert!(STREAMS.is_multiple_of(MOST_LANES)) };
        for first in (0..STREAMS).step_by(S::LANES) {
            let [wa, wb, wc, wd] = &mut self.generator.state;
            let (mut a, mut b) = (s.load_bits(&wa[first..]), s.load_bits(&wb[first..]));
            let (mut c, mut d) = (s.load_bits(&wc[first..]), s.load_bits(&wd[first..]));
            for row in self.out.chunks_exact_mut(STREAMS) {
                let word = s.plus(s.rotate::<23>(s.plus(a, d)), a);
                s.store(s.float(word), &mut row[first..]);
                let shifted = s.left::<17>(b);
                let swapped = s.bit_xor(d, b);
                (a, b, c) = (s.bit_xor(a, swapped), s.bit_xor3(b, c, a), s.bit_xor3(c, a, shifted));
                d = s.rotate::<45>(swapped);
            }
            s.store_bits(a, &mut wa[first..]);
            s.store_bits(b, &mut wb[first..]);
            s.store_bits(c, &mut wc[first..]);
            s.store_bits(d, &mut wd[first..]);
        }
    }
}
