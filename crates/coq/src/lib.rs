//! Proofs of stein as files for Coq. A file states the laws that occur as densities or masses, the rules as
//! propositions with their conditions, what is assumed, and then proves the statement step by step: nothing of a file is
//! believed but what stands in it as a hypothesis.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod file;
mod names;
mod proof;
mod ring;
mod rules;
mod theorems;
mod write;

pub use file::{Export, export, file};
pub use theorems::THEOREMS;
pub use write::Gap;
