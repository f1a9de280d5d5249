//! Text to syntax tree and back. One language serves the shell, scripts, rule files and the library, in an
//! ASCII, a Unicode and a LaTeX spelling; the three parse to equal trees, and a tree prints in any of them.
//!
//! A text goes through four small steps: `lexer` makes tokens of all spellings, `balance` matches brackets and
//! bounds the work, `reader` settles what each token means next to its neighbours and writes a canonical
//! text, and the grammar in `grammar/*.pest` parses that; `build` makes the tree.

mod adjoints;
mod applications;
pub mod ast;
mod balance;
mod bound;
mod build;
mod calls;
mod canon;
mod cases;
mod commands;
mod constants;
mod data;
mod dots;
mod edit;
mod energies;
mod error;
mod fields;
mod fractions;
mod gradient;
mod grammar;
mod hint;
mod latex;
mod lengths;
mod letters;
mod lexer;
mod macros;
mod means;
mod measures;
mod names;
mod notation;
mod operators;
mod parse;
mod points;
mod print;
mod print_statement;
mod quotients;
mod reach;
mod reader;
mod relations;
mod remarks;
mod scope;
mod shapes;
mod spellings;
mod statement;
mod token;
mod up_to;
mod visit;

pub use applications::APPLIED;
pub use ast::*;
pub use data::parse_entries;
pub use edit::{Piece, begins_anew, goes_on, greek_letters, is_unfinished, partner, pieces};
pub use error::{Code, SyntaxError};
pub use hint::{Hint, hints};
pub use macros::{Macros, group};
pub use names::{ascii_of, undecorated};
pub use parse::{
    COMMANDS, Context, parse_assumptions, parse_assumptions_with, parse_command, parse_command_with, parse_definition,
    parse_definition_with, parse_expression, parse_statement, parse_statement_with,
};
pub use print::{Style, print, print_law, print_name};
pub use print_statement::{print_assumption, print_definition, print_statement};
pub use remarks::remarks;
pub use up_to::{Role, equations};

/// A single letter, Latin or Greek, whatever stands above it: it can name an unknown function or an unspecified law.
pub fn is_letter(base: &str) -> bool {
    names::is_latin_letter(base) || names::is_greek_letter(base)
}
