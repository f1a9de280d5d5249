//! The limits on the work and on the stack, and the matching of brackets, settled before anything is parsed.

use super::ast::Span;
use super::error::{Code, SyntaxError};
use super::token::{Lexeme, Token};

/// How deep brackets, prefix operators and powers may nest.
pub(crate) const MAX_DEPTH: usize = 200;
/// How many factors and terms may lie on one path from the root of the tree: later passes walk it recursively.
pub(crate) const MAX_CHAIN: usize = 1_000;

/// For each opening bracket, the index of the one that closes it; other entries are their own index.
pub(crate) fn partners(tokens: &[Lexeme]) -> Result<Vec<usize>, SyntaxError> {
    let mut partners: Vec<usize> = (0..tokens.len()).collect();
    let mut open: Vec<usize> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        if token.opens() {
            open.push(index);
            if open.len() > MAX_DEPTH {
                return Err(too_deep(token.span));
            }
        } else if token.closes() {
            let (closing, wanted) = (text(token), open.last().map(|&at| closing_of(text(&tokens[at]))));
            match (open.pop(), wanted) {
                (Some(at), Some(wanted)) if wanted == closing => partners[at] = index,
                (Some(at), Some(wanted)) => {
                    let message = format!("expected a closing `{wanted}`, found `{closing}`");
                    let label = format!("this `{}` is open", text(&tokens[at]));
                    return Err(SyntaxError::new(message, token.span).code(Code::Bracket).also(tokens[at].span, label));
                }
                _ => {
                    return Err(
                        SyntaxError::new(format!("this `{closing}` closes nothing"), token.span).code(Code::Bracket)
                    );
                }
            }
        }
    }
    match open.last() {
        None => Ok(partners),
        Some(&at) => {
            let end = tokens.last().map_or(0, |last| last.span.end);
            let message = format!("expected a closing `{}` before the end", closing_of(text(&tokens[at])));
            let label = format!("this `{}` is never closed", text(&tokens[at]));
            Err(SyntaxError::new(message, Span { start: end, end }).code(Code::Bracket).also(tokens[at].span, label))
        }
    }
}

pub(crate) fn too_deep(span: Span) -> SyntaxError {
    SyntaxError::new(format!("this is nested more than {MAX_DEPTH} levels deep"), span)
        .code(Code::Limit)
        .help("name a part of it with `where` or `let`")
}

pub(crate) fn too_long(span: Span) -> SyntaxError {
    SyntaxError::new(format!("more than {MAX_CHAIN} terms and factors in one expression"), span)
        .code(Code::Limit)
        .help("name a part of it with `where` or `let`")
}

fn text(token: &Lexeme) -> &'static str {
    match token.token {
        Token::Symbol(symbol) => symbol,
        _ => "",
    }
}

fn closing_of(opening: &str) -> &'static str {
    match opening {
        "(" => ")",
        "[" => "]",
        _ => "}",
    }
}
