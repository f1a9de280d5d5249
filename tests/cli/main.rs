//! The program, as people and scripts call it.

mod audit;
mod contract;
mod document;
mod html;
mod input;
mod install;
mod latex;
mod pipes;
mod schemas;
#[cfg(unix)]
mod shell;
#[cfg(unix)]
#[path = "../common/terminal.rs"]
mod terminal;
