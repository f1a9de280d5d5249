//! Formulas as tapes of vector passes: bound to their parameters, joined, brought to a short form, lowered.

mod graph;
mod lower;

pub use graph::{Graph, Key, Linear, kernel};
pub use lower::{Output, lower};
