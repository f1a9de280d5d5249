//! `where |o_i| = n_i`: the length of a sequence, which has no name of its own, is what it is said to be.

use super::ast::Span;
use super::hint::Hint;
use super::token::{Lexeme, Token};

/// `|o_i|` at a place.
struct Length<'a> {
    letter: &'a str,
    index: Option<&'a Token>,
    behind: usize,
}

/// The tokens without such definitions, and with what they say in the place of the lengths.
pub(super) fn written_out(mut tokens: Vec<Lexeme>) -> (Vec<Lexeme>, Vec<Hint>) {
    let mut decisions = Vec::new();
    let mut at = tokens.iter().position(|token| token.name() == Some("where")).unwrap_or(tokens.len());
    while at + 1 < tokens.len() {
        let begins = tokens[at].name() == Some("where") || tokens[at].is(",");
        let said = |length: &Length| begins && is(&tokens, length.behind, "=") && is_end_of_sum(&tokens, length.letter);
        let Some(length) = length(&tokens, at + 1).filter(said) else {
            at += 1;
            continue;
        };
        let (letter, index) = (length.letter.to_string(), length.index.cloned());
        let body = length.behind + 1;
        let end = end(&tokens, body);
        let value = tokens[body..end].to_vec();
        let span = Span { start: tokens[at + 1].span.start, end: tokens[end - 1].span.end };
        decisions.push(Hint { message: format!("`|{letter}|` is the length that `where` gives"), span });
        // With the comma behind it, or the one before.
        let last = tokens[at].name() == Some("where");
        match (last, is(&tokens, end, ",")) {
            (true, true) => drop(tokens.drain(at + 1..=end)),
            _ => drop(tokens.drain(at..end)),
        }
        replace(&mut tokens, &letter, index.as_ref(), &value);
        at = tokens.iter().position(|token| token.name() == Some("where")).unwrap_or(tokens.len());
    }
    (tokens, decisions)
}

/// Does the length of a letter end a sum or a product? Elsewhere the bars are those of an absolute value, as in `2^{|y|}`.
fn is_end_of_sum(tokens: &[Lexeme], letter: &str) -> bool {
    let sums = (0..tokens.len()).filter(|at| is(tokens, *at, "∑") || is(tokens, *at, "∏"));
    sums.filter(|at| is(tokens, at + 1, "_")).any(|at| {
        let below = behind_script(tokens, at + 2);
        let above = below + 1 + usize::from(is(tokens, below + 1, "{"));
        is(tokens, below, "^") && length(tokens, above).is_some_and(|length| length.letter == letter)
    })
}

/// The index behind a script: a bracket or a token.
fn behind_script(tokens: &[Lexeme], at: usize) -> usize {
    if !is(tokens, at, "{") {
        return at + 1;
    }
    let mut depth = 0;
    let closes = |token: &Lexeme| {
        depth += i32::from(token.opens()) - i32::from(token.closes());
        depth == 0
    };
    tokens[at..].iter().position(closes).map_or(tokens.len(), |offset| at + offset + 1)
}

/// Writes a value for each length of a letter; the letter of its index goes along.
fn replace(tokens: &mut Vec<Lexeme>, letter: &str, index: Option<&Token>, value: &[Lexeme]) {
    let mut at = 0;
    while at < tokens.len() {
        // A letter below stands for every index, a number for itself.
        let same = |found: &Length| match (index, found.index) {
            (Some(Token::Number(first)), Some(Token::Number(second))) => first == second,
            (Some(Token::Number(_)), Some(_)) => false,
            (first, second) => first.is_some() == second.is_some(),
        };
        let Some(found) = length(tokens, at).filter(|found| found.letter == letter && same(found)) else {
            at += 1;
            continue;
        };
        let behind = found.behind;
        let moved = |token: &Lexeme| match (index, found.index) {
            (Some(from), Some(to)) if token.token == *from => Lexeme { token: to.clone(), ..token.clone() },
            _ => token.clone(),
        };
        let bracket = |symbol, place: &Lexeme| Lexeme { token: Token::Symbol(symbol), ..place.clone() };
        // A letter stays one where a number of a sum stands.
        let one = value.len() == 1 || value.get(1).is_some_and(|sign| sign.is("_"));
        let mut written: Vec<Lexeme> = value.iter().map(moved).collect();
        if !one {
            written.insert(0, bracket("(", &tokens[at]));
            written.push(bracket(")", &tokens[behind - 1]));
        }
        written[0].glued = tokens[at].glued;
        let next = at + written.len();
        tokens.splice(at..behind, written);
        at = next;
    }
}

/// The length of a sequence that stands at a place.
fn length(tokens: &[Lexeme], at: usize) -> Option<Length<'_>> {
    let open = is(tokens, at, "|") || is(tokens, at, "⌈");
    let letter = tokens.get(at + 1).and_then(Lexeme::name).filter(|_| open)?;
    let closes = |at: usize| is(tokens, at, "|") || is(tokens, at, "⌉");
    if closes(at + 2) {
        return Some(Length { letter, index: None, behind: at + 3 });
    }
    let braced = usize::from(is(tokens, at + 3, "{"));
    let index = is(tokens, at + 2, "_").then(|| tokens.get(at + 3 + braced)).flatten()?;
    let close = at + 4 + 2 * braced;
    let whole = braced == 0 || is(tokens, close - 1, "}");
    let simple = matches!(index.token, Token::Name(_) | Token::Number(_));
    (whole && simple && closes(close)).then_some(Length { letter, index: Some(&index.token), behind: close + 1 })
}

/// The index behind a value: at the next comma outside of brackets, at the next word of the statement, or at the end.
fn end(tokens: &[Lexeme], begin: usize) -> usize {
    let mut depth = 0;
    let ends = |token: &Lexeme| {
        depth += i32::from(token.opens()) - i32::from(token.closes());
        depth <= 0 && (token.is(",") || matches!(token.name(), Some("given" | "where" | "and")))
    };
    tokens[begin..].iter().position(ends).map_or(tokens.len(), |offset| begin + offset)
}

fn is(tokens: &[Lexeme], at: usize, symbol: &str) -> bool {
    tokens.get(at).is_some_and(|token| token.is(symbol))
}
