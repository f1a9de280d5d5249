//! Derivatives in time as physics writes them, `\dot x_t`, `\dot\sigma(t)`, `\ddot x(t)`: D_t of the letter with all that
//! it depends on.

use super::ast::Span;
use super::balance::closing;
use super::error::{Code, SyntaxError};
use super::token::{Lexeme, Token};

/// The signs above a letter, with the order of the derivative.
const SIGNS: [(char, u8); 2] = [('\u{307}', 1), ('\u{308}', 2)];

/// What the derivative is by.
const TIME: &str = "t";

/// The tokens with `D_t[…]` for every letter under a dot.
pub(super) fn as_derivatives(tokens: Vec<Lexeme>) -> Result<Vec<Lexeme>, SyntaxError> {
    let mut tokens = tokens;
    let mut at = 0;
    while at < tokens.len() {
        if let Some((letter, order)) = tokens[at].name().and_then(dotted) {
            tokens[at].token = Token::Name(letter);
            let behind = behind(&tokens, at);
            let place = Span { start: tokens[at].span.start, end: tokens[behind - 1].span.end };
            if !moves(&tokens, at, behind) {
                return Err(still(&tokens, at, place));
            }
            let made = |token: Token| Lexeme { token, span: place, glued: true };
            let symbol = |symbol: &'static str| made(Token::Symbol(symbol));
            let name = |name: &str| made(Token::Name(name.into()));
            let mut head = vec![name("D"), symbol("_"), symbol("{"), name(TIME), symbol("}")];
            if order > 1 {
                head.extend([symbol("^"), made(Token::Number(order.to_string()))]);
            }
            head.push(symbol("["));
            tokens.insert(behind, symbol("]"));
            tokens.splice(at..at, head);
            at = behind;
        }
        at += 1;
    }
    Ok(tokens)
}

/// The letter without its dots, and the order that they say.
fn dotted(name: &str) -> Option<(String, u8)> {
    let order = |c: char| SIGNS.iter().find(|(sign, _)| *sign == c).map_or(0, |(_, order)| *order);
    let letter = undotted(name);
    let orders = name[letter.len()..].chars().map(order).sum();
    (orders > 0 && !letter.is_empty()).then(|| (letter.to_string(), orders))
}

/// A letter without the dots above it.
pub(super) fn undotted(name: &str) -> &str {
    name.trim_end_matches(|c| SIGNS.iter().any(|(sign, _)| *sign == c))
}

/// The index behind a letter, what stands below it, and the arguments that name the time.
fn behind(tokens: &[Lexeme], at: usize) -> usize {
    let is = |at: usize, symbol: &str| tokens.get(at).is_some_and(|token| token.is(symbol));
    let close = |open: usize| closing(tokens, open);
    let mut behind = at + 1;
    if is(behind, "_") {
        behind = if is(behind + 1, "{") { close(behind + 1) + 1 } else { behind + 2 };
    }
    if is(behind, "(") && argument(tokens, behind..close(behind) + 1) {
        behind = close(behind) + 1;
    }
    behind.min(tokens.len())
}

/// Is the time one of the arguments of the list that stands there?
fn argument(tokens: &[Lexeme], list: std::ops::Range<usize>) -> bool {
    let separates =
        |at: usize| tokens.get(at).is_some_and(|token| ["(", ",", ")", "|", ";"].iter().any(|s| token.is(s)));
    list.filter(|at| tokens.get(*at).and_then(Lexeme::name) == Some(TIME))
        .any(|at| separates(at - 1) && separates(at + 1))
}

/// Does the letter depend on the time: by what stands with it, or by its definition?
fn moves(tokens: &[Lexeme], at: usize, behind: usize) -> bool {
    let named = tokens[at + 1..behind].iter().any(|token| token.name() == Some(TIME));
    let clause = tokens.iter().position(|token| token.name() == Some("where")).unwrap_or(tokens.len());
    let defined = |place: usize| {
        tokens[place].name() == tokens[at].name() && tokens.get(place + 1).is_some_and(|token| token.is("="))
    };
    named || behind == at + 1 && (clause + 1..tokens.len()).any(defined)
}

fn still(tokens: &[Lexeme], at: usize, place: Span) -> SyntaxError {
    let letter = tokens[at].name().unwrap_or("x");
    let message = format!("a dot is the derivative in the time t, and nothing says that `{letter}` depends on it");
    SyntaxError::new(message, place)
        .code(Code::Operator)
        .help(format!("write \\dot {letter}_t or \\dot {letter}(t), or D_s[…] for a derivative in another letter"))
}
