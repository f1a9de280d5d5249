//! Text to syntax tree and back. One language serves the shell, scripts, rule files and the library, in an
//! ASCII, a Unicode and a LaTeX spelling; the three parse to equal trees, and a tree prints in any of them.
//!
//! A text goes through four small steps: `lexer` makes tokens of all spellings, `balance` matches brackets and
//! bounds the work, `reader` settles what each token means next to its neighbours and writes a canonical
//! text, and the grammar in `grammar/*.pest` parses that; `build` makes the tree.

pub mod ast;
mod balance;
mod build;
mod calls;
mod canon;
mod data;
mod edit;
mod error;
mod fractions;
mod grammar;
mod hint;
mod latex;
mod lexer;
mod names;
mod notation;
mod operators;
mod parse;
mod print;
mod print_statement;
mod reader;
mod relations;
mod scope;
mod shapes;
mod statement;
mod token;
mod visit;

pub use ast::*;
pub use data::parse_entries;
pub use edit::{Piece, greek_letters, is_unfinished, partner, pieces};
pub use error::{Code, SyntaxError};
pub use hint::{Hint, hints};
pub use parse::{
    parse_assumptions, parse_command, parse_command_with, parse_definition, parse_expression, parse_statement,
    parse_statement_with,
};
pub use print::{Style, print, print_law, print_name};
pub use print_statement::{print_assumption, print_definition, print_statement};
