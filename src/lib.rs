//! stein: a symbolic operator algebra for smoothing and differentiation.

pub mod syntax;
pub mod term;
