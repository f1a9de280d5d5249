//! What is written about the program, and the order of its layers.
//!
//! `UPDATE_DOCS=1 cargo test --test docs` writes the pages that are out of date.

mod book;
mod layers;
mod reference;
#[cfg(unix)]
#[path = "../common/terminal.rs"]
mod terminal;
