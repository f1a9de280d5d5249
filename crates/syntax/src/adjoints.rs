//! The star of an adjoint, `A^*`, told from the star that is part of a letter, `x^*`.

use super::token::{Lexeme, Token};

/// Letters that name operators, and Euler's number, whose power is one.
const OPERATORS: [&str; 5] = ["D", "S", "M", "P", "e"];

/// The tokens with `†` for the star above an operator, where all that stands in the statement acts on nothing.
pub(super) fn marked(tokens: Vec<Lexeme>) -> Vec<Lexeme> {
    if !acts_on_nothing(&tokens) {
        return tokens;
    }
    let mut marked: Vec<Lexeme> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        let star = star(&tokens, at).filter(|_| ends_operator(&marked));
        let (token, behind) = match star {
            Some(behind) => (Token::Symbol("†"), behind),
            None => (tokens[at].token.clone(), at + 1),
        };
        let mut span = tokens[at].span;
        span.end = tokens[behind - 1].span.end;
        marked.push(Lexeme { token, span, glued: tokens[at].glued });
        at = behind;
    }
    marked
}

/// `^*`, `^{*}`, `^†`: the index behind it.
fn star(tokens: &[Lexeme], at: usize) -> Option<usize> {
    let is = |at: usize, symbol: &str| tokens.get(at).is_some_and(|token| token.is(symbol));
    let sign = |at: usize| is(at, "*") || is(at, "†");
    match is(at, "^") {
        true if sign(at + 1) => Some(at + 2),
        true if is(at + 1, "{") && sign(at + 2) && is(at + 3, "}") => Some(at + 4),
        _ => None,
    }
}

/// Do these tokens end with an operator: a letter with what stands below it, or a bracket?
fn ends_operator(tokens: &[Lexeme]) -> bool {
    let operator = |at: usize| tokens[at].name().is_some_and(|name| OPERATORS.contains(&name));
    let mut end = tokens.len();
    match tokens.last() {
        None => return false,
        Some(last) if last.is(")") || last.is("]") || last.is("†") => return true,
        Some(last) if last.is("}") => {
            let mut depth = 0;
            while end > 0 {
                end -= 1;
                depth += i32::from(tokens[end].closes()) - i32::from(tokens[end].opens());
                if depth == 0 {
                    break;
                }
            }
        }
        Some(_) => end -= 1,
    }
    let scripted = end > 1 && (tokens[end - 1].is("_") || tokens[end - 1].is("^"));
    if scripted { operator(end - 2) } else { end + 1 == tokens.len() && operator(end) }
}

/// A letter that names an operator.
pub(super) fn is_operator(token: &Lexeme) -> bool {
    token.name().is_some_and(|name| OPERATORS[..4].contains(&name))
}

/// Is nothing called, meant or integrated, and is there an operator?
fn acts_on_nothing(tokens: &[Lexeme]) -> bool {
    let clause = |token: &Lexeme| matches!(token.name(), Some("given" | "where"));
    let members = &tokens[..tokens.iter().position(clause).unwrap_or(tokens.len())];
    !acts(members) && members.iter().all(|token| !token.is("∇")) && members.iter().any(is_operator)
}

/// Is something called, meant or integrated?
pub(super) fn acts(members: &[Lexeme]) -> bool {
    let below = |at: usize| at > 0 && (members[at - 1].is("_") || members[at - 1].is("{"));
    let acts = |(at, token): (usize, &Lexeme)| {
        let called = |name: &str| matches!(name, "f" | "g" | "h" | "E") && !below(at);
        token.name().is_some_and(called) || ["∫", "|", "~", ","].iter().any(|sign| token.is(sign))
    };
    let bracketed = members.iter().any(|token| token.is("["));
    members.iter().enumerate().filter(|(_, token)| !(bracketed && token.is(","))).any(acts)
}
