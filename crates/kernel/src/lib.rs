//! The kernel of stein: what has to be believed when a proof is believed. It reads a proof file, checks every step, and
//! answers with the statement as it was read and with all that the result rests on.
//!
//! # What is trusted
//!
//! - This crate, without what searches for proofs: terms without names ([`term`]), instances of rules ([`instance`]),
//!   derivatives ([`diff`]), signs, premises and existence ([`sign`], [`premise`], [`existence`]), equality by evaluation in finite fields
//!   ([`polynomial`], [`equal`], [`field`]), the moves and their chain ([`step`], [`check`]), the file ([`file`]).
//! - The library that the caller hands in ([`library`]): laws, functions and rules, and what they say of themselves. A
//!   file names the library that it was written for by a hash that guards against mistakes only.
//! - The judge of integrability that the caller hands in, if any ([`context::Judge`]). Without one, each mean that a step
//!   brings in is a listed need.
//! - Chance: equality is accepted with the probability of error that is printed, below 2^-100 for each step, for a seed
//!   that the author of the file does not know. What is drawn comes from SipHash, which is treated as random.
//!
//! A need in the answer is a premise that was not proved: the statement holds if the needs do. A premise about a sample
//! or about the variable of a derivative is never merely listed: it is proved, or the step is refused. What the
//! statement says by meaning something (its own means, derivatives and divisors exist) is listed apart.
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate self as stein_kernel;

#[cfg(test)]
mod ablation;
pub mod check;
mod checks;
pub mod context;
mod continuity;
pub mod diff;
pub mod equal;
pub mod existence;
pub mod field;
pub mod file;
pub mod growth;
pub mod instance;
pub mod library;
pub mod polynomial;
pub mod premise;
mod rational;
pub mod sign;
mod special;
pub mod step;
pub mod term;
