//! What an editor needs to know of a text while it is being typed: which piece is what, what is still open, and which
//! symbol a name stands for. Nothing here fails: an unfinished text is the usual case.

use super::ast::Span;
use super::lexer;
use super::macros::Macros;
use super::names::{GREEK, LAWS, RESERVED, known_function};
use super::parse::COMMANDS;
use super::token::{Lexeme, Token};

/// What a piece of text is, for colouring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Digits.
    Number,
    /// A variable, or a function of the user's.
    Name,
    /// A function that the language knows.
    Function,
    /// A law by name.
    Law,
    /// An operator of the notation: `E`, `D`, `S`, `∫`.
    Operator,
    /// A word that joins parts of a statement: `given`, `where`.
    Word,
    /// A bracket of any kind.
    Bracket,
    /// Every other sign.
    Symbol,
}

/// The pieces of a text in order; blanks, and what cannot be read, are left out.
pub fn pieces(text: &str) -> Vec<(Span, Piece)> {
    let Ok(tokens) = lexer::tokens(text, 0, &Macros::default()) else { return Vec::new() };
    tokens.iter().map(|token| (token.span, piece(token))).collect()
}

fn piece(token: &Lexeme) -> Piece {
    match &token.token {
        Token::Number(_) => Piece::Number,
        Token::Name(name) => match name.as_str() {
            "E" | "D" | "S" | "Var" | "Cov" | "KL" => Piece::Operator,
            word if RESERVED.contains(&word) => Piece::Word,
            law if LAWS.contains(&law) => Piece::Law,
            function if known_function(function).is_some() => Piece::Function,
            _ => Piece::Name,
        },
        Token::Symbol("∫" | "∇" | "∂" | "Δ" | "𝟏") => Piece::Operator,
        _ if token.opens() || token.closes() => Piece::Bracket,
        Token::Symbol(_) => Piece::Symbol,
    }
}

/// True if a bracket is open at the end, or the text ends where something has to follow.
pub fn is_unfinished(text: &str) -> bool {
    let Ok(tokens) = lexer::tokens(text, 0, &Macros::default()) else { return false };
    let mut open = 0_usize;
    for token in &tokens {
        if token.opens() {
            open += 1;
        } else if token.closes() {
            match open.checked_sub(1) {
                Some(rest) => open = rest,
                // More of it would not make this right.
                None => return false,
            }
        }
    }
    let dangling = tokens.last().is_some_and(|last| match &last.token {
        Token::Symbol(symbol) => matches!(*symbol, "=" | "+" | "-" | "*" | "/" | "," | "~" | "^"),
        Token::Name(name) => matches!(name.as_str(), "given" | "where" | "and"),
        Token::Number(_) => false,
    });
    open > 0 || (dangling && tokens.len() > 1)
}

/// True if no statement begins like this: the line goes on with the one before.
pub fn goes_on(line: &str) -> bool {
    let Ok(tokens) = lexer::tokens(line, 0, &Macros::default()) else { return false };
    tokens.first().is_some_and(|first| match &first.token {
        Token::Symbol(symbol) => first.closes() || matches!(*symbol, "=" | "+" | "*" | "/" | "," | "~" | "^"),
        Token::Name(name) => matches!(name.as_str(), "given" | "where" | "and"),
        Token::Number(_) => false,
    })
}

/// True if a line of a script begins with the word of a command.
pub fn begins_anew(line: &str) -> bool {
    let word = line.split_whitespace().next().unwrap_or("");
    COMMANDS.contains(&word)
}

/// The places of the bracket at a byte and of its partner, if the bracket has one.
pub fn partner(text: &str, at: usize) -> Option<(Span, Span)> {
    let tokens = lexer::tokens(text, 0, &Macros::default()).ok()?;
    let mut open: Vec<&Lexeme> = Vec::new();
    for token in &tokens {
        if token.opens() {
            open.push(token);
        } else if token.closes() {
            let first = open.pop()?;
            if first.span.start == at || token.span.start == at {
                return Some((first.span, token.span));
            }
        }
    }
    None
}

/// The Greek letters with their ASCII names, which are also their LaTeX commands.
pub fn greek_letters() -> impl Iterator<Item = (&'static str, &'static str)> {
    GREEK.iter().copied()
}
