//! Formulas as tapes of vector passes: bound to their parameters, joined, brought to a short form, lowered.

mod graph;
mod lower;
mod vertex;

pub use graph::{Graph, kernel};
pub use lower::{Output, lower};
pub use vertex::{Key, Linear};
