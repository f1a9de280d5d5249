//! Laws as numbers: densities, supports, quantiles and samples of the laws that definition files describe.
//!
//! A [`Formula`] is a term compiled to a short list of instructions; a [`Distribution`] is a law whose terms are
//! compiled so; a [`Concrete`] law has numbers for its parameters. Samples are monotone maps of a standard noise, smooth
//! in the parameters, so that one noise serves a whole finite-difference stencil.

mod distribution;
mod formula;
mod mass;
mod special;
mod table;

pub use distribution::{Concrete, Distribution, Range, Transform};
pub use formula::{Builder, Formula, Instruction, Leaf, Leaves};
pub use mass::LogDensity;
pub use special::{Binary, Unary};
pub use table::{ContinuousTable, DiscreteTable, Table};
