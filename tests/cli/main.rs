//! The program, as people and scripts call it.

mod audit;
mod contract;
mod document;
mod fix;
mod html;
mod input;
mod install;
mod latex;
mod listing;
mod lsp;
mod pipes;
mod schemas;
mod script;
#[cfg(unix)]
mod shell;
#[cfg(unix)]
#[path = "../common/terminal.rs"]
mod terminal;
