//! The kernel of stein: what has to be believed when a proof is believed.
#![forbid(unsafe_code)]

pub mod check;
pub mod context;
pub mod diff;
pub mod equal;
pub mod field;
pub mod file;
pub mod growth;
pub mod instance;
pub mod library;
pub mod poly;
pub mod polynomial;
pub mod premise;
pub mod sign;
pub mod step;
pub mod term;
