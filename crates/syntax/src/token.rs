//! The tokens that all spellings share.

use super::ast::Span;

/// What a token is. Symbols are canonical: `\le`, `<=` and `≤` are all `Symbol("≤")`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// The digits of a number, as written.
    Number(String),
    /// A letter or word, Greek letters as such.
    Name(String),
    /// Everything else. `÷` begins a fraction, `⌈ ⌉` are bars known to open and to close, `¦` is the bar of
    /// a density, `𝟏` begins an indicator.
    Symbol(&'static str),
}

/// A token with its place; `glued` when nothing separates it from the one before.
#[derive(Clone, Debug)]
pub(crate) struct Lexeme {
    pub token: Token,
    pub span: Span,
    pub glued: bool,
}

impl Lexeme {
    pub fn is(&self, symbol: &str) -> bool {
        matches!(self.token, Token::Symbol(s) if s == symbol)
    }

    pub fn name(&self) -> Option<&str> {
        match &self.token {
            Token::Name(name) => Some(name),
            _ => None,
        }
    }

    pub fn opens(&self) -> bool {
        matches!(self.token, Token::Symbol("(" | "[" | "{"))
    }

    pub fn is_round(&self) -> bool {
        self.is("(") || self.is(")")
    }

    pub fn closes(&self) -> bool {
        matches!(self.token, Token::Symbol(")" | "]" | "}"))
    }
}
