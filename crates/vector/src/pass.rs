//! One operation over a block of lanes: from registers of the machine to a register or into moments.

use super::circle;
use super::function::{Map, Pairing};
use super::random::STREAMS;
use super::simd::{Simd, Task};

/// Lanes of a block: registers of this length stay in the first-level cache.
pub const BLOCK: usize = 1024;

/// The lanes of a block.
pub type Lanes = [f64; BLOCK];

/// Sums over blocks, a pair for each lane of the generator: lanes are independent, so each is a batch of its own.
/// They are relative to a shift near the mean, so that no digits are lost.
#[derive(Clone, Debug, PartialEq)]
pub struct Sums {
    /// Of the values less the shift.
    pub sum: [f64; STREAMS],
    /// Of their squares.
    pub squares: [f64; STREAMS],
}

impl Default for Sums {
    fn default() -> Sums {
        Sums { sum: [0.0; STREAMS], squares: [0.0; STREAMS] }
    }
}

/// Where the results of a pass go.
pub trait Sink {
    /// What is kept between packs.
    type State<S: Simd>: Copy;
    fn begin<S: Simd>(&self, s: S) -> Self::State<S>;
    fn put<S: Simd>(&mut self, s: S, state: &mut Self::State<S>, at: usize, source: &impl Source);
    fn end<S: Simd>(self, s: S, state: Self::State<S>);
}

/// Into a register.
pub struct Store<'a>(pub &'a mut Lanes);

impl Sink for Store<'_> {
    type State<S: Simd> = ();

    #[inline(always)]
    fn begin<S: Simd>(&self, _: S) {}

    #[inline(always)]
    fn put<S: Simd>(&mut self, s: S, (): &mut (), at: usize, source: &impl Source) {
        s.store(source.at(s, at), &mut self.0[at..]);
    }

    #[inline(always)]
    fn end<S: Simd>(self, _: S, (): ()) {}
}

/// Into moments.
pub struct Gather<'a> {
    pub shift: f64,
    pub sums: &'a mut Sums,
}

/// Packs that hold all lanes of the sums.
const PARTS: usize = 4;
const _: () = assert!(STREAMS == 32);

impl Sink for Gather<'_> {
    type State<S: Simd> = [(S::F, S::F); PARTS];

    #[inline(always)]
    fn begin<S: Simd>(&self, s: S) -> [(S::F, S::F); PARTS] {
        let mut state = [(s.splat(0.0), s.splat(0.0)); PARTS];
        for (part, at) in state.iter_mut().zip((0..STREAMS).step_by(S::LANES)) {
            *part = (s.load(&self.sums.sum[at..]), s.load(&self.sums.squares[at..]));
        }
        state
    }

    #[inline(always)]
    fn put<S: Simd>(&mut self, s: S, state: &mut [(S::F, S::F); PARTS], at: usize, source: &impl Source) {
        let part = &mut state[(at % STREAMS) / S::LANES];
        let value = source.plus(s, at, s.splat(-self.shift));
        *part = (s.add(part.0, value), s.fma(value, value, part.1));
    }

    #[inline(always)]
    fn end<S: Simd>(self, s: S, state: [(S::F, S::F); PARTS]) {
        for ((sum, squares), at) in state.into_iter().zip((0..STREAMS).step_by(S::LANES)) {
            s.store(sum, &mut self.sums.sum[at..]);
            s.store(squares, &mut self.sums.squares[at..]);
        }
    }
}

/// What a pass computes from registers.
pub trait Source {
    /// The values of the pack that begins at a lane.
    fn at<S: Simd>(&self, s: S, at: usize) -> S::F;

    /// The values plus a number, which some sources add for nothing.
    #[inline(always)]
    fn plus<S: Simd>(&self, s: S, at: usize, number: S::F) -> S::F {
        s.add(self.at(s, at), number)
    }
}

/// A pass over a block.
pub struct Pass<C, O>(pub C, pub O);

impl<C: Source, O: Sink> Task for Pass<C, O> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Pass(source, mut sink) = self;
        let mut state = sink.begin(s);
        for at in (0..BLOCK).step_by(S::LANES) {
            sink.put(s, &mut state, at, &source);
        }
        sink.end(s, state);
    }
}

/// `f(argument) weight`.
pub struct Apply<M, I, W> {
    pub function: M,
    pub argument: I,
    pub weight: W,
}

impl<M: Map, I: Source, W: Weight> Source for Apply<M, I, W> {
    #[inline(always)]
    fn at<S: Simd>(&self, s: S, at: usize) -> S::F {
        self.weight.times(s, self.function.at(s, self.argument.at(s, at)), at)
    }

    #[inline(always)]
    fn plus<S: Simd>(&self, s: S, at: usize, number: S::F) -> S::F {
        self.weight.times_plus(s, self.function.at(s, self.argument.at(s, at)), at, number)
    }
}

/// A register as it is.
impl Source for &Lanes {
    #[inline(always)]
    fn at<S: Simd>(&self, s: S, at: usize) -> S::F {
        s.load(&self[at..])
    }
}

/// `c + k x`
pub struct Line<'a> {
    pub x: &'a Lanes,
    pub c: f64,
    pub k: f64,
}

impl Source for Line<'_> {
    #[inline(always)]
    fn at<S: Simd>(&self, s: S, at: usize) -> S::F {
        s.fma(s.load(&self.x[at..]), s.splat(self.k), s.splat(self.c))
    }
}

/// `c + k line²`
pub struct SquareLine<'a> {
    pub line: Line<'a>,
    pub c: f64,
    pub k: f64,
}

impl Source for SquareLine<'_> {
    #[inline(always)]
    fn at<S: Simd>(&self, s: S, at: usize) -> S::F {
        let line = self.line.at(s, at);
        s.fma(s.mul(line, line), s.splat(self.k), s.splat(self.c))
    }
}

/// What a value is multiplied by.
pub trait Weight {
    fn times<S: Simd>(&self, s: S, value: S::F, at: usize) -> S::F;
    fn times_plus<S: Simd>(&self, s: S, value: S::F, at: usize, number: S::F) -> S::F;
}

/// No weight.
pub struct Once;

impl Weight for Once {
    #[inline(always)]
    fn times<S: Simd>(&self, _: S, value: S::F, _: usize) -> S::F {
        value
    }

    #[inline(always)]
    fn times_plus<S: Simd>(&self, s: S, value: S::F, _: usize, number: S::F) -> S::F {
        s.add(value, number)
    }
}

impl Weight for &Lanes {
    #[inline(always)]
    fn times<S: Simd>(&self, s: S, value: S::F, at: usize) -> S::F {
        s.mul(value, s.load(&self[at..]))
    }

    #[inline(always)]
    fn times_plus<S: Simd>(&self, s: S, value: S::F, at: usize, number: S::F) -> S::F {
        s.fma(value, s.load(&self[at..]), number)
    }
}

/// `a + k b`
pub struct Sum<'a> {
    pub a: &'a Lanes,
    pub b: &'a Lanes,
    pub k: f64,
}

impl Source for Sum<'_> {
    #[inline(always)]
    fn at<S: Simd>(&self, s: S, at: usize) -> S::F {
        s.fma(s.load(&self.b[at..]), s.splat(self.k), s.load(&self.a[at..]))
    }
}

/// `k c + a b`
pub struct SumOfProduct<'a> {
    pub k: f64,
    pub c: &'a Lanes,
    pub a: &'a Lanes,
    pub b: &'a Lanes,
}

impl Source for SumOfProduct<'_> {
    #[inline(always)]
    fn at<S: Simd>(&self, s: S, at: usize) -> S::F {
        s.fma(s.load(&self.a[at..]), s.load(&self.b[at..]), s.mul(s.load(&self.c[at..]), s.splat(self.k)))
    }

    #[inline(always)]
    fn plus<S: Simd>(&self, s: S, at: usize, number: S::F) -> S::F {
        let rest = s.fma(s.load(&self.c[at..]), s.splat(self.k), number);
        s.fma(s.load(&self.a[at..]), s.load(&self.b[at..]), rest)
    }
}

/// A register, or one number in all lanes.
#[derive(Clone, Copy)]
pub enum Operand<'a> {
    Lanes(&'a Lanes),
    Number(f64),
}

impl Operand<'_> {
    #[inline(always)]
    pub fn at<S: Simd>(&self, s: S, at: usize) -> S::F {
        match self {
            Operand::Lanes(lanes) => s.load(&lanes[at..]),
            Operand::Number(value) => s.splat(*value),
        }
    }
}

/// A function of two operands.
pub struct Pair<'a> {
    pub function: Pairing,
    pub a: Operand<'a>,
    pub b: Operand<'a>,
}

impl Source for Pair<'_> {
    #[inline(always)]
    fn at<S: Simd>(&self, s: S, at: usize) -> S::F {
        self.function.at(s, self.a.at(s, at), self.b.at(s, at))
    }
}

/// `c[0] + c[1] x + …`
#[derive(Clone, Copy)]
pub struct Polynomial<'a>(pub &'a [f64]);

impl Map for Polynomial<'_> {
    #[inline(always)]
    fn at<S: Simd>(self, s: S, x: S::F) -> S::F {
        let Some((last, rest)) = self.0.split_last() else { return s.splat(0.0) };
        let mut sum = s.splat(*last);
        for c in rest.iter().rev() {
            sum = s.fma(sum, x, s.splat(*c));
        }
        sum
    }
}

/// Sine and cosine of one line at once.
pub struct SinCos<'a> {
    pub line: Line<'a>,
    pub sin: &'a mut Lanes,
    pub cos: &'a mut Lanes,
}

impl Task for SinCos<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        for at in (0..BLOCK).step_by(S::LANES) {
            let (sin, cos) = circle::sin_cos(s, self.line.at(s, at));
            s.store(sin, &mut self.sin[at..]);
            s.store(cos, &mut self.cos[at..]);
        }
    }
}
