//! Random words turned into samples of standard laws.

use super::ln;
use super::random::{Generator, Words};
use super::simd::{Simd, Task};

const ONE: u64 = 1.0f64.to_bits();
const MANTISSA: u64 = (1 << 52) - 1;
/// 2^-53.
const HALF_STEP: f64 = f64::EPSILON / 2.0;

/// A number in [1, 2) from the low bits of a word.
#[inline(always)]
fn one_to_two<S: Simd>(s: S, word: S::U) -> S::F {
    s.float(s.bit_or(s.bit_and(word, s.word(MANTISSA)), s.word(ONE)))
}

/// Uniform on (0, 1): the middles of 2^52 equal intervals, exact.
#[inline(always)]
pub fn uniform<S: Simd>(s: S, word: S::U) -> S::F {
    s.sub(one_to_two(s, word), s.splat(1.0 - HALF_STEP))
}

/// A standard law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Law {
    /// Of mean 0 and variance 1.
    Gaussian,
    /// On the open interval (0, 1).
    Uniform,
    /// With rate 1.
    Exponential,
}

/// Fills with the next samples of a generator; the length is a multiple of 128. There is room for as many words.
pub struct Draw<'a> {
    pub law: Law,
    pub generator: &'a mut Generator,
    pub words: &'a mut [f64],
    pub out: &'a mut [f64],
}

impl Task for Draw<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Draw { law, generator, words, out } = self;
        // Two samples of a Gaussian take a word and a half.
        let count = if law == Law::Gaussian { out.len() / 4 * 3 } else { out.len() };
        let words = &mut words[..count];
        s.call(Words { generator, out: words });
        match law {
            Law::Gaussian => s.call(Gaussian { words, out }),
            Law::Uniform => s.call(Uniform { words, out }),
            Law::Exponential => s.call(Exponential { words, out }),
        }
    }
}

/// Uniform samples; as many as words.
pub struct Uniform<'a> {
    pub words: &'a [f64],
    pub out: &'a mut [f64],
}

impl Task for Uniform<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        for (words, out) in self.words.chunks_exact(S::LANES).zip(self.out.chunks_exact_mut(S::LANES)) {
            s.store(uniform(s, s.bits(s.load(words))), out);
        }
    }
}

/// Samples of the exponential law with rate 1, by `-ln u`: at most 2 units in the last place from the quantile.
pub struct Exponential<'a> {
    pub words: &'a [f64],
    pub out: &'a mut [f64],
}

impl Task for Exponential<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        for (words, out) in self.words.chunks_exact(S::LANES).zip(self.out.chunks_exact_mut(S::LANES)) {
            s.store(s.neg(ln::normal(s, uniform(s, s.bits(s.load(words))), 0.0)), out);
        }
    }
}

/// Standard Gaussian samples by the transformation of Box and Muller; three words for four samples.
///
/// The first words give radii `sqrt(-2 ln u)`, the last third angles, two by each word: from its bits as they are, and
/// turned by half. The first half of the samples are the cosines, the second the sines. The first 24 bits of an angle are
/// its own; squares of radii, cosines and sines are off by less than 1e-12 of what the words call for. Both are far below what
/// any number of samples could show. The largest sample is 8.57.
pub struct Gaussian<'a> {
    pub words: &'a [f64],
    pub out: &'a mut [f64],
}

/// `-2 ln(1 + r)/r` up to 1/32; with r the error is below 3e-13.
const MINUS_TWO_LN: [f64; 6] = [
    -2.000000000008325,
    1.0000000000072844,
    -0.6666665132292753,
    0.4999998657380724,
    -0.4004188847048559,
    0.33369986640291815,
];

/// Reciprocals of the middles c of sixteen intervals between 1 and 2.
const RECIPROCAL: [f64; 16] = [
    0.9696969696969697,
    0.9142857142857143,
    0.8648648648648649,
    0.8205128205128205,
    0.7804878048780488,
    0.7441860465116279,
    0.7111111111111111,
    0.6808510638297872,
    0.6530612244897959,
    0.6274509803921569,
    0.6037735849056604,
    0.5818181818181818,
    0.5614035087719298,
    0.5423728813559322,
    0.5245901639344263,
    0.5079365079365079,
];

/// `-2 ln c`; the last, at u near 1, is larger by 6e-13, so that no square radius is negative.
const CENTRE: [f64; 16] = [
    -0.06154331733350732,
    -0.17922431737937433,
    -0.29036401968899567,
    -0.39565148665983985,
    -0.4956723278091624,
    -0.5909284257876718,
    -0.6818531739411864,
    -0.7688233978206641,
    -0.8521687906218003,
    -0.9321794598491985,
    -1.0091120215047906,
    -1.0831945648654888,
    -1.1546307300696472,
    -1.2236030822119859,
    -1.2902759227471694,
    -1.3547976471830124,
];

/// `sin(π √z/8)/√z` for z up to 1/4, to 1e-14.
const SIN: [f64; 4] = [0.3926990816987055, -0.010093189021145987, 7.782478253347878e-05, -2.8544572532983845e-07];
/// `cos(π √z/8)` for z up to 1/4, to 5e-13.
const COS: [f64; 4] = [0.9999999999995723, -0.07710628432876462, 0.0009908954202394675, -5.0866139634379114e-06];

const C1: f64 = 0.9238795325112867;
const C2: f64 = std::f64::consts::FRAC_1_SQRT_2;
const C3: f64 = 0.3826834323650898;
/// Cosines and sines of sixteen directions.
const DIRECTION_COS: [f64; 16] = [1.0, C1, C2, C3, 0.0, -C3, -C2, -C1, -1.0, -C1, -C2, -C3, 0.0, C3, C2, C1];
const DIRECTION_SIN: [f64; 16] = [0.0, C3, C2, C1, 1.0, C1, C2, C3, 0.0, -C3, -C2, -C1, -1.0, -C1, -C2, -C3];

#[inline(always)]
fn radius<S: Simd>(s: S, word: S::U) -> S::F {
    let u = uniform(s, word);
    let (exponent, mantissa) = s.split(u);
    // The four highest bits of the mantissa number the interval.
    let index = s.right::<48>(s.bits(u));
    let r = s.fma(mantissa, s.lookup(&RECIPROCAL, index), s.splat(-1.0));
    let square = s.fma(s.polynomial(r, &MINUS_TWO_LN), r, s.lookup(&CENTRE, index));
    s.sqrt_near_one(s.fma(exponent, s.splat(-2.0 * std::f64::consts::LN_2), square))
}

impl Task for Gaussian<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let (radii, angles) = self.words.split_at(self.out.len() / 2);
        let (cosines, sines) = self.out.split_at_mut(self.out.len() / 2);
        let quarter = angles.len();
        for at in (0..quarter).step_by(S::LANES) {
            let word = s.bits(s.load(&angles[at..]));
            for (at, word) in [(at, word), (at + quarter, s.rotate::<32>(word))] {
                let (cosine, sine) = pair(s, s.bits(s.load(&radii[at..])), word);
                s.store(cosine, &mut cosines[at..]);
                s.store(sine, &mut sines[at..]);
            }
        }
    }
}

/// Two samples from the words of a radius and an angle.
#[inline(always)]
fn pair<S: Simd>(s: S, radius_word: S::U, angle_word: S::U) -> (S::F, S::F) {
    let radius = radius(s, radius_word);
    // A direction from the four highest bits, and up to half a step of 1/16 turn from it.
    let g = s.sub(one_to_two(s, angle_word), s.splat(1.5));
    let z = s.mul(g, g);
    let (sine, cosine) = (s.mul(g, s.polynomial(z, &SIN)), s.polynomial(z, &COS));
    let index = s.right::<60>(angle_word);
    let across = s.mul(radius, s.lookup(&DIRECTION_COS, index));
    let up = s.mul(radius, s.lookup(&DIRECTION_SIN, index));
    (s.fnma(up, sine, s.mul(across, cosine)), s.fma(up, cosine, s.mul(across, sine)))
}
