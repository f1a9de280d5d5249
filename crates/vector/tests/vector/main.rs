//! The vector kernels, on every set of instructions that the processor at hand has.

mod functions;
mod noise;
mod sobol;
