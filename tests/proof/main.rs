//! Soundness: the kernel, the rules and the terms.

mod adversarial;
mod adversary;
mod audit;
mod common;
mod coq;
mod examples;
mod kernel;
mod kernel_only;
mod limits;
mod mistaken;
mod mistakes;
mod mutation;
mod mutations;
mod random;
mod terms;
mod traps;
