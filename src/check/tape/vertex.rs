//! The values of a graph: vertices, and what is a line in one of them.

use crate::law::{Binary, Unary};
use crate::vector::{Function, Pairing};

/// A number of a vertex.
pub type Id = u32;

/// `c + k v`; a constant without a vertex.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Linear {
    pub c: f64,
    pub k: f64,
    pub vertex: Option<Id>,
}

/// The bits of a number, so that equal ones are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bits(u64);

impl Bits {
    pub fn new(value: f64) -> Bits {
        Bits(value.to_bits())
    }

    pub fn value(self) -> f64 {
        f64::from_bits(self.0)
    }
}

/// An operand of a function of two arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    Number(Bits),
    Vertex(Id),
}

/// What a vertex stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Vertex {
    /// A noise, by its place in the list.
    Input(u32),
    /// `c + k v`
    Line(Bits, Bits, Id),
    /// `f(c + k v)`
    Function(Function, Bits, Bits, Id),
    /// A whole power from the second on.
    Power(Id, u32),
    /// `c[0] + c[1] v + …`, with at least two terms that are not constant.
    Polynomial(Id, Vec<Bits>),
    Product(Id, Id),
    /// `a + k b`
    Sum(Id, Id, Bits),
    Pair(Pairing, Side, Side),
    /// A function without a vector kernel, by its place in the list.
    Scalar(u32, Side, Side),
}

/// A function that is evaluated lane by lane; equal keys stand for equal functions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    Unary(Unary),
    Binary(Binary),
    /// The sampler of a law, by name, at the bits of its parameters.
    Table(String, Vec<u64>),
}

impl Linear {
    pub fn number(c: f64) -> Linear {
        Linear { c, k: 0.0, vertex: None }
    }

    pub fn of(vertex: Id) -> Linear {
        Linear { c: 0.0, k: 1.0, vertex: Some(vertex) }
    }

    pub fn scaled(self, factor: f64) -> Linear {
        Linear { c: self.c * factor, k: self.k * factor, ..self }
    }

    pub fn shifted(self, summand: f64) -> Linear {
        Linear { c: self.c + summand, ..self }
    }
}
