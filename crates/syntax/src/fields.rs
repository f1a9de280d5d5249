//! Gradient, divergence and Laplacian with nothing to act on: `Δ S_a = S_a Δ given y ∈ R^d`.

use super::adjoints::acts;
use super::token::{Lexeme, Token};

/// The gradient, the divergence and the Laplacian, as tokens and as the letter of an operator `D`.
pub(super) const FIELDS: [(&str, &str); 3] = [("▽", "∇"), ("▼", "∇·"), ("△", "Δ")];

/// The tokens with one for each of these, where `given` says that functions are of a vector and one of them acts on nothing.
pub(super) fn marked(tokens: Vec<Lexeme>) -> Vec<Lexeme> {
    let clause = |token: &Lexeme| matches!(token.name(), Some("given" | "where"));
    let Some(end) = tokens.iter().position(clause) else { return tokens };
    let (members, clauses) = tokens.split_at(end);
    let vector = clauses.iter().any(|token| token.is("∈"));
    if !vector || acts(members) || !(0..end).any(|at| is_idle(members, at)) {
        return tokens;
    }
    let mut marked: Vec<Lexeme> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        let scripted = tokens.get(at + 1).is_some_and(|next| next.is("_"));
        let dotted = tokens.get(at + 1).is_some_and(|next| next.is("*"));
        let field = match &tokens[at].token {
            Token::Symbol("∇") if dotted => Some(1),
            Token::Symbol("∇") if !scripted => Some(0),
            Token::Symbol("Δ") if !scripted => Some(2),
            _ => None,
        };
        let mut token = tokens[at].clone();
        if let Some(field) = field.filter(|_| at < end) {
            token.token = Token::Symbol(FIELDS[field].0);
        }
        at += 1;
        if token.is(FIELDS[1].0) {
            token.span.end = tokens[at].span.end;
            at += 1;
        }
        marked.push(token);
    }
    marked
}

/// An operator with nothing behind it, or with a multiplication.
fn is_idle(tokens: &[Lexeme], at: usize) -> bool {
    let head = tokens[at].is("∇") || tokens[at].is("Δ") || matches!(tokens[at].name(), Some("D" | "S"));
    if !head {
        return false;
    }
    let mut behind = at + 1;
    while tokens.get(behind).is_some_and(|token| token.is("_") || token.is("^")) {
        behind = behind_script(tokens, behind + 1);
    }
    match tokens.get(behind) {
        None => true,
        Some(next) if next.name() == Some("M") => tokens.get(behind + 1).is_some_and(|below| below.is("_")),
        Some(next) => next.closes() || ["=", "+", "-", ","].iter().any(|sign| next.is(sign)),
    }
}

/// The index behind a subscript or a power that begins here.
fn behind_script(tokens: &[Lexeme], at: usize) -> usize {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate().skip(at) {
        depth += i32::from(token.opens()) - i32::from(token.closes());
        if depth <= 0 {
            return index + 1;
        }
    }
    tokens.len()
}
