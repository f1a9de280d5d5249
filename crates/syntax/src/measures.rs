//! Integrals against laws, `∫ f(x) dP(x)`, `∫ P(dx|z) f(x)`: means, and read as such.

use super::ast::Name;
use super::balance;
use super::canon::Tokens;
use super::error::{Code, SyntaxError};
use super::hint::Hint;
use super::latex::later;
use super::names::{greek, is_function_letter, is_letter_of_a_law, is_script};
use super::token::{Lexeme, Token};

/// `dP(x)` or `P(dx)` where it stands: its variable, its law, and the index behind it.
struct Measure {
    variable: Vec<Lexeme>,
    law: Vec<Lexeme>,
    name: Name,
    of: Name,
    behind: usize,
}

/// The tokens with means in the place of integrals against laws, and what was decided.
pub(super) fn as_means(mut all: Vec<Lexeme>, latex: bool) -> Result<(Vec<Lexeme>, Vec<Hint>), SyntaxError> {
    let mut decisions = quotients(&mut all, latex)?;
    // From the right: an integral inside another is a mean when the other is read.
    for at in (0..all.len()).rev() {
        if !all[at].is("∫") {
            continue;
        }
        let partners = balance::partners(&all)?;
        let tokens = Tokens { all: &all, partners: &partners, latex };
        if let Some((mean, behind, decision)) = mean(tokens, at)? {
            all.splice(at..behind, mean);
            decisions.push(decision);
        }
    }
    Ok((all, decisions))
}

/// `\frac{dP}{dQ}(x)` between laws as the quotient of their densities.
fn quotients(all: &mut Vec<Lexeme>, latex: bool) -> Result<Vec<Hint>, SyntaxError> {
    let mut decisions = Vec::new();
    let mut at = 0;
    // Only an integral tells that a letter is a law rather than a variable.
    let integral = all.iter().any(|token| token.is("∫"));
    while integral && at < all.len() {
        if all[at].is("÷") {
            let partners = balance::partners(all)?;
            if let Some((made, behind, decision)) = quotient(Tokens { all, partners: &partners, latex }, at) {
                all.splice(at..behind, made);
                decisions.push(decision);
            }
        }
        at += 1;
    }
    Ok(decisions)
}

fn quotient(tokens: Tokens, at: usize) -> Option<(Vec<Lexeme>, usize, Hint)> {
    let part = |open: usize| {
        let (letter, name, behind) = differential(tokens, open + 1).filter(|_| tokens.is(open, "{"))?;
        tokens.is(behind, "}").then_some((letter, name, behind + 1))
    };
    let (above, first, below) = part(at + 1).filter(|_| tokens.is(at, "÷"))?;
    let (divisor, second, open) = part(below)?;
    let (of, _) = tokens.name_at(open + 1).filter(|_| tokens.is(open, "("))?;
    let drawn = |name: &Name| {
        (1..tokens.all.len()).any(|at| {
            let law = tokens.name_at(at).is_some_and(|(law, _)| law == *name) && tokens.is(at - 1, "~");
            law || measure(tokens, at).is_some_and(|measure| measure.name == *name)
        })
    };
    if of == second || !(drawn(&first) || drawn(&second)) {
        return None;
    }
    let close = tokens.partners[open] + 1;
    let bracket = |symbol: &'static str| Lexeme { token: Token::Symbol(symbol), ..tokens.all[at].clone() };
    let mut made = vec![tokens.all[at].clone()];
    for law in [above, divisor] {
        made.push(bracket("{"));
        made.extend(law);
        made.extend_from_slice(&tokens.all[open..close]);
        made.push(bracket("}"));
    }
    let message = format!("d{}/d{} is the quotient of the densities", first.canonical(), second.canonical());
    Some((made, close, Hint { message, span: tokens.span(at, close - 1) }))
}

/// The mean that an integral is, the index behind the integral, and what is said about it.
fn mean(tokens: Tokens, at: usize) -> Result<Option<(Vec<Lexeme>, usize, Hint)>, SyntaxError> {
    let begin = script(tokens, at + 1);
    let Some((measure, place)) = closing(tokens, begin)? else { return Ok(None) };
    let between = tokens.is(at + 1, "_") && tokens.is(begin, "^");
    let whole = begin == at + 1 || is_whole(tokens, at + 2, &measure);
    let span = tokens.span(place, measure.behind - 1);
    let drawn = format!("{} ~ {}", measure.of.canonical(), measure.name.canonical());
    if between || !whole {
        let error = later("an integral against a law over a part of the values", tokens.span(at, begin));
        return Err(error.help(format!("write E_{{{drawn}}}[…] with an indicator of the part")));
    }
    // Under two signs, the other law is that of the one before.
    let is_open = |sign: usize| !(sign + 1..at).any(|at| differential(tokens, at).is_some());
    let outer = (0..at).any(|sign| tokens.is(sign, "∫") && is_open(sign));
    if !outer && self::measure(tokens, measure.behind).is_some() {
        let error = later("an integral against several laws", tokens.span(place, measure.behind));
        return Err(error.help("write an integral inside another: ∫ (∫ f(x, y) dP(x)) dQ(y)"));
    }
    if is_function_letter(&measure.name.base) || is_defined(tokens, &measure.name) {
        let error = later("an integral against a function", span).code(Code::Ambiguous);
        return Err(error.help(format!("write E_{{{drawn}}}[…] if it is a law, ∫ f(x) F'(x) dx if it is a cdf")));
    }
    let (body, behind) = if place == begin {
        let end = product(tokens, measure.behind);
        (&tokens.all[measure.behind..end], end)
    } else {
        (&tokens.all[begin..place], measure.behind)
    };
    let here = |token: Token| Lexeme { token, span, glued: true };
    let symbol = |text: &'static str| here(Token::Symbol(text));
    // The mean stands where the integral did, from its sign to its end.
    let (first, last) = (tokens.span(at, at), tokens.span(behind - 1, behind - 1));
    let mut made = vec![Lexeme { token: Token::Name("E".into()), span: first, glued: false }, symbol("_"), symbol("{")];
    made.extend(measure.variable);
    made.push(symbol("~"));
    made.extend(measure.law);
    made.extend([symbol("}"), symbol("[")]);
    match body {
        [] => made.push(here(Token::Number("1".into()))),
        body => made.extend_from_slice(body),
    }
    made.push(Lexeme { span: last, ..symbol("]") });
    let message = format!("an integral against the law {} is a mean under it", measure.name.canonical());
    Ok(Some((made, behind, Hint { message: message.replace("_{", "_").replace('}', ""), span })))
}

/// The index behind a subscript.
fn script(tokens: Tokens, at: usize) -> usize {
    match tokens.is(at, "_") {
        true if tokens.is(at + 1, "{") => tokens.partners[at + 1] + 1,
        true => at + 2,
        false => at,
    }
}

/// Is what the integral goes over all values: the variable, a script letter, ℝ?
fn is_whole(tokens: Tokens, at: usize, measure: &Measure) -> bool {
    let at = at + usize::from(tokens.is(at, "{"));
    let Some((name, _)) = tokens.name_at(at) else { return false };
    name == measure.of || name.base.starts_with(|c: char| is_script(c) || c == 'ℝ')
}

/// The law that an integral is against, if no differential ends it before, and where that stands.
fn closing(tokens: Tokens, begin: usize) -> Result<Option<(Measure, usize)>, SyntaxError> {
    let (mut at, mut open) = (begin, 0_usize);
    while let Some(token) = tokens.get(at) {
        if token.closes() || token.is("=") || matches!(token.name(), Some("given" | "where")) {
            return Ok(None);
        }
        // `d f(x) dx` in LaTeX has a letter d before f, and `f(d x) dx` one inside.
        let found = measure(tokens, at);
        let letter = found.as_ref().is_some_and(|measure| ends_behind(tokens, measure.behind, open));
        if let Some(measure) = found.filter(|_| !letter) {
            let number = tokens.all[begin..at].iter().enumerate().any(|(offset, _)| {
                let found = tokens.name_at(begin + offset);
                found.is_some_and(|(name, behind)| name == measure.name && !tokens.is(behind, "("))
            });
            return Ok((open == 0 && !number).then_some((measure, at)));
        }
        if token.is("∫") {
            open += 1;
        } else if differential(tokens, at).is_some() && !letter {
            let Some(left) = open.checked_sub(1) else {
                return without_letter(tokens, at).map_or(Ok(None), Err);
            };
            open = left;
        }
        at = tokens.partners[at] + 1;
    }
    Ok(None)
}

/// `dP(x, y)`, and `dP` of what something is drawn from: an integral against a law, which says of one letter what it is.
fn without_letter(tokens: Tokens, at: usize) -> Option<SyntaxError> {
    let (_, name, open) = differential(tokens, at)?;
    let several = tokens.is(open, "(") && tokens.holds(open, &[","]) && is_letter_of_a_law(&name.base);
    let drawn = (1..tokens.all.len())
        .any(|at| tokens.is(at - 1, "~") && tokens.name_at(at).is_some_and(|(law, _)| law == name));
    (several || drawn).then(|| {
        let what = if several {
            "an integral against a law of several values"
        } else {
            "an integral against a law without its letter"
        };
        let end = if several { tokens.partners[open] } else { open - 1 };
        let help =
            format!("write ∫ f(x) d{}(x) for one letter x; for more, an integral inside another", name.canonical());
        later(what, tokens.span(at, end)).help(help)
    })
}

/// Does a differential that is no law follow at this level, behind those of so many integrals that are open?
fn ends_behind(tokens: Tokens, mut at: usize, mut open: usize) -> bool {
    while let Some(token) = tokens.get(at).filter(|token| !token.closes() && !token.is("=")) {
        if token.is("∫") {
            open += 1;
        } else if differential(tokens, at).is_some() && measure(tokens, at).is_none() {
            match open.checked_sub(1) {
                Some(left) => open = left,
                None => return true,
            }
        }
        at = tokens.partners[at] + 1;
    }
    false
}

/// `dx`: the tokens of its letter, the letter, and the index behind.
fn differential(tokens: Tokens, at: usize) -> Option<(Vec<Lexeme>, Name, usize)> {
    let word = tokens.name(at)?;
    if word == "d" {
        let (name, behind) = tokens.name_at(at + 1)?;
        let near = tokens.latex || tokens.glued(at + 1);
        return near.then(|| (tokens.all[at + 1..behind].to_vec(), name, behind));
    }
    let rest = word.strip_prefix('d').filter(|_| !tokens.latex)?;
    let base = greek(rest).or((rest.chars().count() == 1).then_some(rest))?;
    let (name, behind) = tokens.name_at(at)?;
    let mut letter = tokens.all[at..behind].to_vec();
    letter[0].token = Token::Name(base.to_string());
    Some((letter, Name { base: base.to_string(), ..name }, behind))
}

fn measure(tokens: Tokens, at: usize) -> Option<Measure> {
    // What stands in the brackets of a law: a variable, and behind a bar what is given.
    let given = |open: usize, behind: usize| -> Option<Vec<Lexeme>> {
        let close = tokens.partners[open];
        if behind == close {
            return Some(Vec::new());
        }
        let bar = ["|", "¦", ";"].iter().any(|bar| tokens.is(behind, bar));
        let symbol = |text: &'static str| Lexeme { token: Token::Symbol(text), ..tokens.all[behind].clone() };
        bar.then(|| {
            let mut list = vec![tokens.all[open].clone(), symbol("*")];
            list.extend_from_slice(&tokens.all[behind..=close]);
            list
        })
    };
    if let Some((mut law, name, open)) = differential(tokens, at).filter(|(.., open)| tokens.is(*open, "("))
        && let Some((of, behind)) = tokens.name_at(open + 1)
    {
        let variable = tokens.all[open + 1..behind].to_vec();
        law.extend(given(open, behind)?);
        return (of != name).then_some(Measure { variable, law, name, of, behind: tokens.partners[open] + 1 });
    }
    let (name, open) = tokens.name_at(at).filter(|(_, open)| tokens.is(*open, "("))?;
    let (variable, of, behind) = differential(tokens, open + 1)?;
    let mut law = tokens.all[at..open].to_vec();
    law.extend(given(open, behind)?);
    (of != name).then_some(Measure { variable, law, name, of, behind: tokens.partners[open] + 1 })
}

/// Is a letter defined as a function?
fn is_defined(tokens: Tokens, name: &Name) -> bool {
    (0..tokens.all.len()).any(|at| {
        let defines = |open: usize| tokens.is(open, "(") && tokens.is(tokens.partners[open] + 1, "=");
        let clause = || tokens.all[..at].iter().any(|token| token.name() == Some("where"));
        tokens.name_at(at).is_some_and(|(other, open)| other == *name && defines(open)) && clause()
    })
}

/// The index behind a product: before the next sign of a sum, a relation, or what closes.
fn product(tokens: Tokens, begin: usize) -> usize {
    let mut at = begin;
    while let Some(token) = tokens.get(at) {
        let sign = token.is("+") || token.is("-");
        let factor = at > begin && !["*", "/", "^", "⊙"].iter().any(|before| tokens.is(at - 1, before));
        let ends = ["=", ",", "|", "¦", ";", "≤", "≥", "<", ">", "≠", "‖"].iter().any(|end| token.is(end));
        if token.closes() || ends || sign && factor || matches!(token.name(), Some("given" | "where")) {
            break;
        }
        at = tokens.partners[at] + 1;
    }
    at
}
