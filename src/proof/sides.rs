//! Numbers at two points at once, which tell arguments apart that may change sign on their own.
//!
//! A function with pieces takes its branch by the sign of its argument. Random points meet only the branches near
//! them, so here the sign is drawn at random instead: alike for arguments that are multiples of each other, which
//! the ratio of their values at the points shows, and freely otherwise. What holds under all such draws holds in
//! every piece; some equations that hold only because two signs cannot meet are lost.

use super::number::{Draw, Numbers, mix};
use num_rational::BigRational;

/// A number at a point, and at another one beside it if it is defined there.
#[derive(Clone)]
pub struct Point<N> {
    at: N,
    beside: Option<N>,
}

/// Numbers at two points.
pub struct Sides<'a, F: Numbers> {
    pub numbers: &'a F,
    pub seed: u64,
}

impl<F: Numbers> Sides<'_, F> {
    fn map(&self, a: &Point<F::Number>, f: impl Fn(&F::Number) -> Option<F::Number>) -> Option<Point<F::Number>> {
        Some(Point { at: f(&a.at)?, beside: a.beside.as_ref().and_then(&f) })
    }

    fn both(
        &self,
        a: &Point<F::Number>,
        b: &Point<F::Number>,
        f: impl Fn(&F::Number, &F::Number) -> F::Number,
    ) -> Point<F::Number> {
        Point { at: f(&a.at, &b.at), beside: a.beside.as_ref().zip(b.beside.as_ref()).map(|(a, b)| f(a, b)) }
    }

    /// What all multiples of a number have in common; none for a constant.
    fn class(&self, a: &Point<F::Number>) -> Option<u64> {
        let inverse = self.numbers.inverse(&a.at)?;
        match &a.beside {
            Some(beside) if self.numbers.close(beside, &a.at) => None,
            // Zero has no sign: whole numbers meet there often.
            Some(beside) if self.numbers.sign(beside) == 0 => Some(0),
            Some(beside) => Some(self.numbers.digest(&self.numbers.mul(beside, &inverse))),
            None => Some(self.numbers.digest(&a.at)),
        }
    }

    fn is_turned(&self, a: &Point<F::Number>, salt: u64) -> Option<u64> {
        self.class(a).map(|class| mix(class ^ mix(self.seed ^ salt)))
    }
}

impl<F: Numbers> Numbers for Sides<'_, F> {
    type Number = Point<F::Number>;
    const COST: u64 = F::COST;

    fn rational(&self, value: &BigRational) -> Option<Self::Number> {
        let value = self.numbers.rational(value)?;
        Some(Point { at: value.clone(), beside: Some(value) })
    }
    fn pi(&self) -> Self::Number {
        let value = self.numbers.pi();
        Point { at: value.clone(), beside: Some(value) }
    }
    fn double(&self, value: f64) -> Self::Number {
        let value = self.numbers.double(value);
        Point { at: value.clone(), beside: Some(value) }
    }
    fn draw(&self, draw: &dyn Fn(u64) -> Draw) -> Self::Number {
        Point { at: self.numbers.drawn(&draw(0)), beside: Some(self.numbers.drawn(&draw(1))) }
    }
    fn add(&self, a: &Self::Number, b: &Self::Number) -> Self::Number {
        self.both(a, b, |a, b| self.numbers.add(a, b))
    }
    fn mul(&self, a: &Self::Number, b: &Self::Number) -> Self::Number {
        self.both(a, b, |a, b| self.numbers.mul(a, b))
    }
    fn inverse(&self, a: &Self::Number) -> Option<Self::Number> {
        self.map(a, |a| self.numbers.inverse(a))
    }
    fn elementary(&self, name: &str, a: &Self::Number) -> Option<Self::Number> {
        self.map(a, |a| self.numbers.elementary(name, a))
    }
    fn to_f64(&self, a: &Self::Number) -> f64 {
        self.numbers.to_f64(&a.at)
    }
    fn sign(&self, a: &Self::Number) -> i32 {
        self.numbers.sign(&a.at)
    }
    fn close(&self, a: &Self::Number, b: &Self::Number) -> bool {
        self.numbers.close(&a.at, &b.at)
    }
    fn digest(&self, a: &Self::Number) -> u64 {
        self.numbers.digest(&a.at)
    }
    fn looks_beside(&self) -> bool {
        true
    }
    fn side(&self, a: &Self::Number, like: &Self::Number) -> i32 {
        let turned = self.is_turned(like, 1).is_some_and(|drawn| drawn & 1 == 1);
        if turned { -self.sign(a) } else { self.sign(a) }
    }
    fn turn(&self, a: &Self::Number) -> (f64, f64) {
        match self.is_turned(a, 2) {
            Some(drawn) => (if drawn & 1 == 1 { -1.0 } else { 1.0 }, (drawn >> 40) as f64 / (1u64 << 20) as f64 - 8.0),
            None => (1.0, 0.0),
        }
    }
}
