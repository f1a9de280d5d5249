//! The kernel of stein: what has to be believed when a proof is believed.
#![forbid(unsafe_code)]

pub mod library;
pub mod term;
