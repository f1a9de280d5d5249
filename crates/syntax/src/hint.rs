//! Remarks on statements that are read as written, and probably not as meant.

use super::ast::Span;
use super::error::SyntaxError;
use super::lexer;
use super::macros::Macros;
use super::token::{Lexeme, Token};

/// A remark with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// What the text is read as, and how the other reading is written.
    pub message: String,
    /// The place.
    pub span: Span,
}

/// The hints for a statement: `1/2σ` is (1/2)·σ, and `Sf` one name.
pub fn hints(text: &str, macros: &Macros) -> Vec<Hint> {
    let tokens = match lexer::tokens(text, 0, macros) {
        Ok(tokens) => tokens,
        Err(SyntaxError { .. }) => return Vec::new(),
    };
    let slice = |from: &Lexeme, to: &Lexeme| text.get(from.span.start..to.span.end).unwrap_or("").to_string();
    let mut found = Vec::new();
    for window in tokens.windows(4) {
        let [above, over, below, next] = window else { continue };
        let is_number = |token: &Lexeme| matches!(token.token, Token::Number(_));
        let letter = matches!(next.token, Token::Name(_));
        // A quotient of two numbers is a number; behind any other the letter is an error.
        if over.is("/") && is_number(above) && is_number(below) && letter && next.glued {
            let (quotient, divisor) = (slice(above, below), slice(below, next));
            let message = format!(
                "`{}` is read as ({quotient}) {}; the other reading is written with brackets, {}/({divisor})",
                slice(above, next),
                slice(next, next),
                slice(above, above),
            );
            found.push(Hint { message, span: Span { start: above.span.start, end: next.span.end } });
        }
    }
    for token in &tokens {
        let Token::Name(name) = &token.token else { continue };
        let operator = name.strip_prefix(['S', 'D', 'N']).is_some_and(|rest| matches!(rest, "f" | "g" | "h"));
        if operator {
            let (head, function) = name.split_at(1);
            let message =
                format!("`{name}` is one name; the operator {head} on {function} is written `{head} {function}`");
            found.push(Hint { message, span: token.span });
        }
    }
    found
}
