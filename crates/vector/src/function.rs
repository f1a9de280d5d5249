//! The functions that have a vector kernel, by name.

use super::level::Level;
use super::simd::{MOST_LANES, Simd, Task};
use super::{circle, erf, exp, hyperbolic, ln, power};

/// A function of one argument on packs of lanes.
pub trait Map: Copy {
    fn at<S: Simd>(self, s: S, x: S::F) -> S::F;
}

/// Declares the functions: the enumeration, a type of its own for each, and the way from the one to the other.
macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident = |$s:ident, $x:ident| $value:expr;)*) => {
        /// A function of one argument.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Function {
            $($(#[$doc])* $name,)*
        }

        impl Function {
            /// Every function.
            pub const ALL: &'static [Function] = &[$(Function::$name),*];

            /// Does something that is compiled for each function apart.
            #[inline(always)]
            pub fn choose<C: Choice>(self, choice: C) -> C::Output {
                match self {
                    $(Function::$name => choice.of(one::$name),)*
                }
            }
        }

        /// The functions as types.
        pub mod one {
            use super::*;

            $(
                #[derive(Clone, Copy, Debug)]
                pub struct $name;

                impl Map for $name {
                    #[inline(always)]
                    fn at<S: Simd>(self, $s: S, $x: S::F) -> S::F {
                        $value
                    }
                }
            )*
        }
    };
}

/// Something that is compiled for each function apart; see [`Function::choose`].
pub trait Choice {
    type Output;
    fn of<M: Map>(self, function: M) -> Self::Output;
}

functions! {
    /// x itself.
    Identity = |_s, x| x;
    /// `x²`.
    Square = |s, x| s.mul(x, x);
    /// `x³`.
    Cube = |s, x| s.mul(s.mul(x, x), x);
    /// `1/x`.
    Reciprocal = |s, x| s.div(s.splat(1.0), x);
    /// The square root; NaN below 0.
    Sqrt = |s, x| s.sqrt(x);
    /// `|x|`.
    Abs = |s, x| s.abs(x);
    /// -1, 0 or 1.
    Sign = |s, x| {
        let sized = s.with_sign(s.splat(1.0), x);
        // Zero and NaN have no sign of their own.
        let nonzero = s.less(s.splat(0.0), s.abs(x));
        s.select(nonzero, sized, s.mul(x, s.splat(0.0)))
    };
    /// 1 where the argument is positive, 0 elsewhere.
    Step = |s, x| s.select(s.less(s.splat(0.0), x), s.splat(1.0), s.splat(0.0));
    /// The larger of the argument and 0.
    Relu = |s, x| s.max(s.splat(0.0), x);
    /// The largest whole number that is not above x.
    Floor = |s, x| s.floor(x);
    /// `exp(x)`.
    Exp = |s, x| exp::exp(s, x);
    /// The natural logarithm; NaN below 0.
    Ln = |s, x| ln::ln(s, x);
    /// The sine.
    Sin = |s, x| circle::sin(s, x);
    /// The cosine.
    Cos = |s, x| circle::cos(s, x);
    /// The tangent.
    Tan = |s, x| circle::tan(s, x);
    /// The hyperbolic sine.
    Sinh = |s, x| hyperbolic::sinh(s, x);
    /// The hyperbolic cosine.
    Cosh = |s, x| hyperbolic::cosh(s, x);
    /// The hyperbolic tangent.
    Tanh = |s, x| hyperbolic::tanh(s, x);
    /// `1/(1 + exp(-x))`.
    Sigmoid = |s, x| hyperbolic::sigmoid(s, x);
    /// `ln(1 + exp(x))`.
    Softplus = |s, x| hyperbolic::softplus(s, x);
    /// The error function.
    Erf = |s, x| erf::erf(s, x);
    /// Its complement.
    Erfc = |s, x| erf::erfc(s, x);
    /// The distribution function of the standard Gaussian.
    NormalCdf = |s, x| erf::normal_cdf(s, x);
}

/// A function of two arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pairing {
    /// NaN if either is.
    Max,
    /// NaN if either is.
    Min,
    /// The first to the power of the second.
    Power,
    /// The second where the first is positive, 0 elsewhere.
    Within,
    /// The second where the first is positive, -∞ elsewhere.
    LnWithin,
}

impl Pairing {
    /// The value in each lane.
    #[inline(always)]
    pub fn at<S: Simd>(self, s: S, a: S::F, b: S::F) -> S::F {
        match self {
            // The instruction gives its second operand where either is NaN; so does the second try.
            Pairing::Max => s.select(s.equal(a, a), s.max(a, b), a),
            Pairing::Min => s.select(s.equal(a, a), s.min(a, b), a),
            Pairing::Power => power::power(s, a, b),
            Pairing::Within => s.select(s.less(s.splat(0.0), a), b, s.splat(0.0)),
            Pairing::LnWithin => s.select(s.less(s.splat(0.0), a), b, s.splat(f64::NEG_INFINITY)),
        }
    }
}

impl Function {
    /// The values at any number of points.
    ///
    /// # Panics
    /// If there are not as many places as points.
    pub fn values(self, level: Level, from: &[f64], to: &mut [f64]) {
        assert_eq!(from.len(), to.len(), "as many places as points");
        level.run(Values { function: self, from, to });
    }
}

impl Pairing {
    /// The values at any number of pairs.
    ///
    /// # Panics
    /// If the slices differ in length.
    pub fn values(self, level: Level, a: &[f64], b: &[f64], to: &mut [f64]) {
        assert!(a.len() == to.len() && b.len() == to.len(), "as many places as pairs");
        level.run(Pairs { function: self, a, b, to });
    }
}

struct Pairs<'a> {
    function: Pairing,
    a: &'a [f64],
    b: &'a [f64],
    to: &'a mut [f64],
}

impl Task for Pairs<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        s.call(EachPair(self));
    }
}

struct EachPair<'a>(Pairs<'a>);

impl Task for EachPair<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Pairs { function, a, b, to } = self.0;
        let [mut x, mut y, mut results] = [[1.0; MOST_LANES]; 3];
        for ((a, b), to) in a.chunks(S::LANES).zip(b.chunks(S::LANES)).zip(to.chunks_mut(S::LANES)) {
            x[..a.len()].copy_from_slice(a);
            y[..b.len()].copy_from_slice(b);
            s.store(function.at(s, s.load(&x), s.load(&y)), &mut results);
            to.copy_from_slice(&results[..to.len()]);
        }
    }
}

/// A function over a slice of any length.
struct Values<'a> {
    function: Function,
    from: &'a [f64],
    to: &'a mut [f64],
}

impl Task for Values<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        self.function.choose(Each { s, from: self.from, to: self.to });
    }
}

struct Each<'a, S> {
    s: S,
    from: &'a [f64],
    to: &'a mut [f64],
}

impl<S: Simd> Choice for Each<'_, S> {
    type Output = ();

    #[inline(always)]
    fn of<M: Map>(self, function: M) {
        self.s.call(Over { function, from: self.from, to: self.to });
    }
}

struct Over<'a, M> {
    function: M,
    from: &'a [f64],
    to: &'a mut [f64],
}

impl<M: Map> Task for Over<'_, M> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let (mut padded, mut results) = ([1.0; MOST_LANES], [0.0; MOST_LANES]);
        for (from, to) in self.from.chunks(S::LANES).zip(self.to.chunks_mut(S::LANES)) {
            // The last pack is filled up, so that there is one copy of the code.
            padded[..from.len()].copy_from_slice(from);
            let value = self.function.at(s, s.load(&padded));
            s.store(value, &mut results);
            to.copy_from_slice(&results[..to.len()]);
        }
    }
}
