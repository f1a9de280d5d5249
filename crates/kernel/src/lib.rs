//! The kernel of stein: what has to be believed when a proof is believed.
#![forbid(unsafe_code)]

pub mod growth;
pub mod library;
pub mod poly;
pub mod term;
