//! Operators in brackets before a function, `(S_a D) f(y)`: applied to it.

use super::adjoints::{acts, is_operator};
use super::token::{Lexeme, Token};
use super::{ast::Span, balance};

/// The name of the call that an operator in brackets before a function is: no text can spell it.
pub const APPLIED: &str = "𝐎";

/// The tokens with `𝐎` before such brackets.
pub(super) fn marked(tokens: Vec<Lexeme>) -> Vec<Lexeme> {
    let Ok(partners) = balance::partners(&tokens) else { return tokens };
    let applied = |at: usize| is_applied(&tokens, &partners, at);
    let places: Vec<usize> = (0..tokens.len()).filter(|at| applied(*at)).collect();
    let mut marked = Vec::with_capacity(tokens.len() + places.len());
    for (at, token) in tokens.into_iter().enumerate() {
        if places.contains(&at) {
            let span = Span { start: token.span.start, end: token.span.start };
            marked.push(Lexeme { token: Token::Symbol(APPLIED), span, glued: token.glued });
        }
        marked.push(token);
    }
    marked
}

/// Does a bracket open here that holds operators which act on nothing, with a function behind it?
fn is_applied(tokens: &[Lexeme], partners: &[usize], at: usize) -> bool {
    let is = |at: usize, symbol: &str| tokens.get(at).is_some_and(|token| token.is(symbol));
    if !is(at, "(") && !is(at, "[") || takes_bracket(tokens, partners, at) {
        return false;
    }
    let close = partners[at];
    let Some(behind) = behind_power(tokens, partners, close + 1) else { return false };
    let end = match is(behind, "(") || is(behind, "[") {
        true if (behind..partners[behind]).any(|at| called(tokens, at).is_some()) => partners[behind],
        true => return false,
        false => match called(tokens, behind) {
            Some(arguments) => partners[arguments],
            None => return false,
        },
    };
    let bracket = Bracket { tokens, partners, operand: &tokens[behind..end] };
    let gradient = tokens[at..close].iter().any(|token| token.is("∇"));
    let multiplication = bracket.multiplies(at + 1) && bracket.behind_script(at + 2) == close;
    !gradient && !acts(&tokens[at..=close]) && (multiplication || (at + 1..close).any(|at| bracket.is_operator(at)))
}

/// Tokens in a bracket, and what stands behind that.
struct Bracket<'t> {
    tokens: &'t [Lexeme],
    partners: &'t [usize],
    operand: &'t [Lexeme],
}

impl Bracket<'_> {
    /// An operator with nothing to act on but others.
    fn is_operator(&self, at: usize) -> bool {
        let token = &self.tokens[at];
        let difference = token.is("Δ") && self.tokens[at + 1].is("_");
        if !difference && !matches!(token.name(), Some("D" | "S")) || is_script(self.tokens, at) {
            return false;
        }
        let mut behind = at + 1;
        let mut bare = true;
        while self.tokens[behind].is("_") || self.tokens[behind].is("^") {
            bare &= self.tokens[behind].is("^");
            behind = self.behind_script(behind);
        }
        let next = &self.tokens[behind];
        let semigroup =
            next.name() == Some("P") && self.tokens[behind + 1].is("_") && (bare || token.name() == Some("S"));
        semigroup
            || next.closes()
            || ["+", "-", "*", "/", ","].iter().any(|sign| next.is(sign))
            || self.multiplies(behind)
    }

    /// `M_y`, with the letter of the function behind.
    fn multiplies(&self, at: usize) -> bool {
        if self.tokens[at].name() != Some("M") || !self.tokens[at + 1].is("_") {
            return false;
        }
        let below = &self.tokens[at + 2..self.behind_script(at + 1)];
        let of_operand = |name: &str| self.operand.iter().any(|token| token.name() == Some(name));
        below.iter().filter_map(Lexeme::name).any(|name| of_operand(name) || matches!(name, "f" | "g" | "h"))
    }

    fn behind_script(&self, at: usize) -> usize {
        let script = at + 1;
        if self.tokens[script].opens() { self.partners[script] + 1 } else { script + 1 }
    }
}

/// Is this bracket that of what stands before it? A round one behind `D` or `S` is what these act on.
fn takes_bracket(tokens: &[Lexeme], partners: &[usize], bracket: usize) -> bool {
    let mut before = bracket;
    while before > 0 {
        before -= 1;
        if tokens[before].is("}") {
            before = partners[before];
        }
        if !is_script(tokens, before) {
            break;
        }
        before -= 1;
    }
    let square = tokens[bracket].is("[");
    match &tokens[before].token {
        _ if before == bracket => false,
        Token::Name(name) if is_operator(&tokens[before]) => square || name != "D" && name != "S",
        Token::Name(name) => tokens[bracket].glued || name.chars().count() > 1 || name == "E",
        Token::Number(_) => false,
        Token::Symbol(symbol) => matches!(*symbol, "_" | "^" | "√" | "∇" | "Δ" | "∂" | "∫"),
    }
}

/// The index behind the power that may stand here.
fn behind_power(tokens: &[Lexeme], partners: &[usize], at: usize) -> Option<usize> {
    if !tokens.get(at)?.is("^") {
        return Some(at);
    }
    let exponent = tokens.get(at + 1)?;
    match &exponent.token {
        Token::Number(_) => Some(at + 2),
        Token::Symbol("{" | "(") => Some(partners[at + 1] + 1),
        _ => None,
    }
}

/// The index at which the argument of an unknown function opens: `f(y)`, `g'(y)`, `f_1(y)`.
fn called(tokens: &[Lexeme], at: usize) -> Option<usize> {
    let is = |at: usize, symbol: &str| tokens.get(at).is_some_and(|token| token.is(symbol));
    let function = |name: &str| matches!(name.trim_end_matches('\''), "f" | "g" | "h" | "u" | "v");
    if !tokens.get(at)?.name().is_some_and(function) || is_script(tokens, at) {
        return None;
    }
    let mut behind = at + 1;
    while is(behind, "'") {
        behind += 1;
    }
    if is(behind, "_") {
        behind += 2;
    }
    is(behind, "(").then_some(behind)
}

fn is_script(tokens: &[Lexeme], at: usize) -> bool {
    at > 0 && (tokens[at - 1].is("_") || tokens[at - 1].is("^"))
}
