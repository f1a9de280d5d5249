//! The numbers: laws, quadrature, summation, simulation, and the decisions made from them.

mod blocks;
mod decisions;
mod fixtures;
mod lattice;
mod laws;
mod numbers;
mod simulation;
mod sobol;
