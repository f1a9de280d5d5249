//! stein proves and refutes formulas about gradients of expectations.
//!
//! A statement such as `D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]] = E_{x ~ N(0,1)}[x/σ f(θ + σ x)]` is read, a derivation is
//! looked for, an independent kernel checks the derivation, and both sides are compared numerically:
//!
//! ```
//! use stein::{Session, Verdict};
//!
//! let session = Session::new()?;
//! let answer = session.prove("D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]] = E_{x ~ N(0,1)}[x/σ f(θ + σ x)]")?;
//! assert_eq!(answer.verdict(), Verdict::Proved);
//! for step in answer.links.iter().flat_map(|link| &link.derivation).flat_map(|derivation| &derivation.steps) {
//!     println!("= {}   {}", step.after.unicode, step.title);
//! }
//! # Ok::<(), stein::Error>(())
//! ```
//!
//! [`Session`] is what most programs need: it reads, proves and checks statements, and is `Send + Sync`. An [`Answer`] becomes a
//! [document](Answer::document), and that becomes text, LaTeX, Markdown, HTML or JSON ([`render::Format`]). Bad input of any
//! kind is an [`Error`] with a [number](Error::code) and a place; nothing panics.
//!
//! The feature `cli`, which is on by default, is the program; `default-features = false` leaves out what only a command line
//! needs.
//!
//! The modules are layers, of which [`syntax`] and [`vector`] are crates; each imports only from those before it:
//! [`syntax`], [`term`], [`array`], [`rule`], [`proof`], [`certify`], [`engine`], [`law`], [`vector`], [`check`], [`audit`], [`repair`], [`estimator`], [`emit`], [`render`], [`session`], [`document`], [`cli`].

#![warn(missing_docs)]

pub mod array;
pub mod audit;
pub mod certify;
pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
pub mod document;
pub mod emit;
pub mod engine;
pub mod estimator;
pub mod law;
pub mod operator;
pub mod proof;
pub mod render;
pub mod repair;
pub mod rule;
pub mod session;
pub mod term;

#[doc(inline)]
pub use stein_syntax as syntax;
#[doc(inline)]
pub use stein_vector as vector;

pub use session::{Answer, Error, Options, Place, Session, Verdict};
