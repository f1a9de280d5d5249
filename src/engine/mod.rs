//! The search for proofs: an e-graph over terms, saturated with the rules of the library.
//!
//! The engine is not trusted. It hands its proofs to the kernel, and what the kernel refuses does not count.

mod candidates;
mod cases;
mod cost;
mod distribute;
mod explain;
mod graph;
mod language;
mod matching;
mod prove;
mod release;
mod rewrite;
mod saturate;
mod solve;
mod widen;

pub use distribute::distribute_fully as apart;
pub use prove::{Limits, Outcome, Statistics, forms, prove, prove_with, steps_in};
pub use rewrite::rewritten;
