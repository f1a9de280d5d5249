//! stein: a symbolic operator algebra for smoothing and differentiation.

pub mod engine;
pub mod proof;
pub mod rule;
pub mod syntax;
pub mod term;
