//! `A ∝ B` and `A = B + const`, where a constant is left open.

use super::ast::Span;
use super::error::{Code, SyntaxError};
use super::hint::Hint;
use super::token::{Lexeme, Token};

/// The words for a constant that is left open.
const WORDS: [&str; 4] = ["const", "constant", "cst", "Const"];

/// The tokens with every open constant at the end of the member that it stands in, as the mark `𝐜` with a sign; and what was
/// decided.
pub(super) fn left_open(tokens: Vec<Lexeme>) -> Result<(Vec<Lexeme>, Vec<Hint>), SyntaxError> {
    let lone = tokens.iter().filter(|token| token.name() == Some("C")).count() == 1;
    let mut decisions = Vec::new();
    let mut found: Vec<Lexeme> = Vec::new();
    // Where the member begins that is being read, and how deep in brackets.
    let (mut member, mut depth, mut links) = (0, 0, false);
    let mut open: Option<Span> = None;
    let close = |found: &mut Vec<Lexeme>, member: usize, open: &mut Option<Span>| {
        let Some(span) = open.take() else { return };
        let made = |token| Lexeme { token, span, glued: false };
        if found.len() == member {
            found.push(made(Token::Number("0".into())));
        }
        found.extend([made(Token::Symbol("+")), made(Token::Symbol("𝐜"))]);
    };
    let mut at = 0;
    while at < tokens.len() && !is_clause(&tokens[at]) {
        let token = &tokens[at];
        depth += i32::from(token.opens()) - i32::from(token.closes());
        let length = word(&tokens, at);
        let behind = at + length.unwrap_or(1);
        let ends = tokens.get(behind).is_none_or(|next| is_link(next) || is_sign(next) || is_clause(next));
        let begins = found.len() == member || found.last().is_some_and(is_sign);
        let summand = depth == 0 && begins && ends;
        let letter = lone && token.name() == Some("C") && summand && found.last().is_some_and(|last| last.is("+"));
        if depth == 0 && is_link(token) {
            links = true;
            close(&mut found, member, &mut open);
            member = found.len() + 1;
        } else if letter && (links || tokens[behind..].iter().any(is_link)) || length.is_some() {
            if !summand {
                let error = SyntaxError::new("a constant left open is a summand of a whole side", token.span);
                return Err(error.code(Code::Operator).help("write `L = R + const`; a factor is left open by `L ∝ R`"));
            }
            if letter {
                let message = "`C`, which stands nowhere else, is read as a constant that is left open: L = R + const";
                decisions.push(Hint { message: message.into(), span: token.span });
            }
            open = Some(token.span);
            found.truncate(found.len() - usize::from(found.len() > member));
            at = behind;
            continue;
        }
        // `const + R`: the sign behind it begins nothing.
        let idle = token.is("+") && found.len() == member && open.is_some();
        if !idle {
            found.push(token.clone());
        }
        at += 1;
    }
    close(&mut found, member, &mut open);
    found.extend_from_slice(&tokens[at..]);
    Ok((found, decisions))
}

/// How many tokens spell a word for a constant; in LaTeX its letters may stand alone.
fn word(tokens: &[Lexeme], at: usize) -> Option<usize> {
    let name = tokens[at].name()?;
    if WORDS.contains(&name) {
        return Some(1);
    }
    let spelled = "const".chars().enumerate().all(|(by, letter)| {
        let name = tokens.get(at + by).and_then(Lexeme::name);
        name.is_some_and(|name| name.chars().eq([letter]))
    });
    spelled.then_some("const".len())
}

fn is_link(token: &Lexeme) -> bool {
    token.is("=") || token.is("∝")
}

fn is_sign(token: &Lexeme) -> bool {
    token.is("+") || token.is("-")
}

fn is_clause(token: &Lexeme) -> bool {
    matches!(token.name(), Some("given" | "where"))
}
