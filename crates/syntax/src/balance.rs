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
        Some(&at) => Err(never_closed(tokens, at)),
    }
}

/// The index of the bracket that closes the one at an index, of tokens that need not match; their number if none does.
pub(crate) fn closing(tokens: &[Lexeme], open: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        depth += i32::from(token.opens()) - i32::from(token.closes());
        if depth == 0 {
            return at;
        }
    }
    tokens.len()
}

/// The error for a bracket that is never closed, where its partner is most likely to be missing: in front of the bracket
/// behind a law, of the sign between the sides, or at the end.
fn never_closed(tokens: &[Lexeme], open: usize) -> SyntaxError {
    let closing = closing_of(text(&tokens[open]));
    let before = open.checked_sub(1).map(|at| &tokens[at]);
    let is_before = |symbol: &str| before.is_some_and(|token| token.is(symbol));
    // `_{i=1}`, `1{x = 1}` and `P(X = 1)` hold a sign of their own.
    let mut own = is_before("_") || is_before("𝟏") || before.is_some_and(|token| token.name() == Some("P"));
    let (mut depth, mut draws) = (0, false);
    let missing = (open + 1..tokens.len()).find(|&at| {
        let token = &tokens[at];
        let here = depth == 0;
        depth += i32::from(token.opens()) - i32::from(token.closes());
        draws |= here && token.is("~");
        let body = is_before("_") && draws && token.is("[") && tokens[at - 1].name() != Some("U");
        let sign = here && token.is("=") && (draws || !std::mem::take(&mut own));
        here && body || sign
    });
    let end = tokens.last().map_or(0, |last| last.span.end);
    let (place, span) = match missing {
        Some(at) => (format!("in front of this `{}`", text(&tokens[at])), tokens[at].span),
        None => ("before the end".into(), Span { start: end, end }),
    };
    let label = format!("this `{}` is never closed", text(&tokens[open]));
    SyntaxError::new(format!("expected a closing `{closing}` {place}"), span)
        .code(Code::Bracket)
        .also(tokens[open].span, label)
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
