//! A tape: straight-line code of passes over blocks.

use super::function::{Function, Pairing};
use std::fmt;
use std::sync::Arc;

/// A register of the machine, by number.
pub type Register = u32;

/// What a function is applied to.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)] // The sentences name the fields.
pub enum Argument {
    /// `c + k x`
    Line { x: Register, c: f64, k: f64 },
    /// `c + k (d + l x)²`; only [`Function::Exp`] takes it.
    Square { x: Register, d: f64, l: f64, c: f64, k: f64 },
}

/// Where a result goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// Into a register.
    Register(Register),
    /// Into the moments of an output.
    Output(u32),
}

/// A register, or one number in all lanes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// The lanes of a register.
    Register(Register),
    /// The same number in all lanes.
    Number(f64),
}

/// A function that has no vector kernel, of two arguments.
#[derive(Clone)]
pub struct Scalar(pub Arc<dyn Fn(f64, f64) -> f64 + Send + Sync>);

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scalar")
    }
}

/// One pass over a block. A result is never put into a register that the pass reads.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // The sentences name the fields.
pub enum Operation {
    /// `f(x)`
    Map { function: Function, x: Register, to: Register },
    /// `f(argument) weight`; only for functions that [fuse](Function::fuses).
    Fused { function: Function, argument: Argument, weight: Option<Register>, to: Target },
    /// `(c[0] + c[1] x + …) weight`
    Polynomial { coefficients: Box<[f64]>, x: Register, weight: Option<Register>, to: Target },
    /// Sine and cosine of `c + k x`.
    SinCos { x: Register, c: f64, k: f64, sin: Register, cos: Register },
    /// `a + k b`
    Sum { a: Register, b: Register, k: f64, to: Target },
    /// `a b`
    Product { a: Register, b: Register, to: Target },
    /// `k c + a b`
    SumOfProduct { k: f64, c: Register, a: Register, b: Register, to: Target },
    /// A function of `a` and `b`.
    Pair { function: Pairing, a: Value, b: Value, to: Register },
    /// A function of `a` and `b`, lane by lane.
    Scalar { function: Scalar, a: Value, b: Value, to: Register },
    /// The moments of a register.
    Gather { x: Register, output: u32 },
}

impl Operation {
    /// The registers that are read, and those that are written.
    pub fn registers(&mut self) -> (Vec<&mut Register>, Vec<&mut Register>) {
        fn target(to: &mut Target) -> Vec<&mut Register> {
            match to {
                Target::Register(register) => vec![register],
                Target::Output(_) => vec![],
            }
        }
        fn value(value: &mut Value) -> Option<&mut Register> {
            match value {
                Value::Register(register) => Some(register),
                Value::Number(_) => None,
            }
        }
        match self {
            Operation::Map { x, to, .. } => (vec![x], vec![to]),
            Operation::Fused { argument, weight, to, .. } => {
                let (Argument::Line { x, .. } | Argument::Square { x, .. }) = argument;
                (std::iter::once(x).chain(weight).collect(), target(to))
            }
            Operation::Polynomial { x, weight, to, .. } => (std::iter::once(x).chain(weight).collect(), target(to)),
            Operation::SinCos { x, sin, cos, .. } => (vec![x], vec![sin, cos]),
            Operation::Sum { a, b, to, .. } | Operation::Product { a, b, to } => (vec![a, b], target(to)),
            Operation::SumOfProduct { c, a, b, to, .. } => (vec![c, a, b], target(to)),
            Operation::Pair { a, b, to, .. } | Operation::Scalar { a, b, to, .. } => {
                (value(a).into_iter().chain(value(b)).collect(), vec![to])
            }
            Operation::Gather { x, .. } => (vec![x], vec![]),
        }
    }
}

/// Straight-line code over registers; the first registers are the inputs.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    /// The passes, in order.
    pub operations: Vec<Operation>,
    /// Registers that are needed, inputs included.
    pub registers: usize,
    /// Outputs whose moments are gathered.
    pub outputs: usize,
}
