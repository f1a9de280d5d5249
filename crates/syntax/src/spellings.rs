//! Other spellings of one thing, brought to the one that the reader knows: `e.detach()`, `[e]_{no grad}`,
//! `at(e, x = 3)`, `\int_{\mathbb{R}}`, and `:=`, which defines on the line.

use super::ast::Span;
use super::balance::{self, closing};
use super::error::{Code, SyntaxError};
use super::latex::later;
use super::names::is_reserved;
use super::statement::{CLASSES, SORTS};
use super::token::{Lexeme, Token};

/// The tokens with these spellings replaced.
pub(super) fn usual(tokens: Vec<Lexeme>) -> Result<Vec<Lexeme>, SyntaxError> {
    let mut tokens = tokens;
    let mut at = 0;
    while at < tokens.len() {
        range(&mut tokens, at);
        set(&mut tokens, at);
        inner_product(&mut tokens, at)?;
        subscript_first(&mut tokens, at);
        if let Some(wrapped) = detached(&tokens, at).or_else(|| without_gradient(&tokens, at)) {
            let Wrapped { from, to, behind } = wrapped;
            let place = tokens[from].clone();
            let made = |token: Token| Lexeme { token, ..place.clone() };
            tokens.splice(to..behind, [Lexeme { token: Token::Symbol(")"), ..tokens[to - 1].clone() }]);
            tokens.splice(from..from, [made(Token::Name("stopgrad".into())), made(Token::Symbol("("))]);
        }
        if is(&tokens, at, "∫") && is(&tokens, at + 1, "_") && is(&tokens, at + 2, "{") {
            if name(&tokens, at + 3) == Some("ℝ") && is(&tokens, at + 4, "}") {
                tokens.drain(at + 1..at + 5);
            } else if name(&tokens, at + 3) == Some("ℝ") {
                return Err(later("an integral over a space of vectors", tokens[at].span));
            }
        }
        if name(&tokens, at) == Some("at") && is(&tokens, at + 1, "(") {
            let close = closing(&tokens, at + 1);
            let mut depth = 0;
            for token in &mut tokens[at + 1..close] {
                depth += i32::from(token.opens()) - i32::from(token.closes());
                if depth == 1 && token.is("=") {
                    token.token = Token::Symbol(",");
                }
            }
        }
        at += 1;
    }
    joint_draws(&mut tokens)?;
    class_in_words(&tokens)?;
    missing_comma(&tokens)?;
    defined_on_the_line(tokens)
}

/// `‖x‖^2_2` as `‖x‖_2^2`.
fn subscript_first(tokens: &mut [Lexeme], at: usize) {
    let script = |at: usize| if is(tokens, at, "{") { closing(tokens, at) + 1 } else { at + 1 };
    let double = at > 0 && is(tokens, at - 1, "|") && is(tokens, at, "|") && tokens[at].glued;
    if !(is(tokens, at, "‖") || double) || !is(tokens, at + 1, "^") {
        return;
    }
    let below = script(at + 2);
    if is(tokens, below, "_") {
        let behind = script(below + 1);
        tokens[at + 1..behind].rotate_left(below - at - 1);
    }
}

/// `⟨x, y⟩` as `dot(x, y)`, and `⟨e⟩_λ` as `E_λ[e]`.
fn inner_product(tokens: &mut Vec<Lexeme>, at: usize) -> Result<(), SyntaxError> {
    // `x^⟨k⟩` is a letter.
    if !is(tokens, at, "⟨") || at > 0 && is(tokens, at - 1, "^") {
        return Ok(());
    }
    let (mut depth, mut commas, mut close) = (0, 0, None);
    for (place, token) in tokens.iter().enumerate().skip(at) {
        if token.is("⟩") && depth == 1 {
            close = Some(place);
            break;
        }
        depth += i32::from(token.opens() || token.is("⟨")) - i32::from(token.closes() || token.is("⟩"));
        commas += usize::from(depth == 1 && token.is(","));
        if depth < 1 {
            break;
        }
    }
    match close {
        // The mean over what `given` draws.
        Some(close) if commas == 0 && draws(tokens) => {
            let name = Lexeme { token: Token::Name("E".into()), ..tokens[at].clone() };
            tokens[close].token = Token::Symbol("]");
            tokens[at].token = Token::Symbol("[");
            tokens[at].glued = true;
            if is(tokens, close + 1, "_") {
                let behind = if is(tokens, close + 2, "{") { closing(tokens, close + 2) + 1 } else { close + 3 };
                let behind = behind.min(tokens.len());
                tokens[at..behind].rotate_left(close + 1 - at);
            }
            tokens.insert(at, name);
            Ok(())
        }
        Some(close) if commas == 1 => {
            tokens[close].token = Token::Symbol(")");
            tokens[at].token = Token::Symbol("(");
            let name = Lexeme { token: Token::Name("dot".into()), ..tokens[at].clone() };
            tokens.insert(at, name);
            tokens[at + 1].glued = true;
            Ok(())
        }
        _ => {
            let message = "a bracket `⟨ … ⟩` is the mean over what `given` draws, or an inner product ⟨x, y⟩";
            let error = SyntaxError::new(message, tokens[at].span).code(Code::Operator);
            Err(error.help("say what is drawn, … given x ~ p, or write E_{x ~ p}[f(x)]"))
        }
    }
}

/// Does `given` draw something?
fn draws(tokens: &[Lexeme]) -> bool {
    let clause = tokens.iter().position(|token| token.name() == Some("given")).unwrap_or(tokens.len());
    tokens[clause..].iter().any(|token| token.is("~"))
}

/// `x_1, …, x_n` and `x_1..x_n` as `x_{1:n}`.
fn range(tokens: &mut Vec<Lexeme>, at: usize) {
    let letter = |at: usize| name(tokens, at).filter(|_| is(tokens, at + 1, "_")).map(str::to_string);
    let script = |at: usize| match is(tokens, at, "{") {
        true if closing(tokens, at) == at + 2 => Some((at + 1, at + 3)),
        true => None,
        false => Some((at, at + 1)),
    };
    let Some(first) = letter(at) else { return };
    let Some((one, behind)) = script(at + 2) else { return };
    if !tokens.get(one).is_some_and(|token| token.token == Token::Number("1".into())) {
        return;
    }
    let dots = if is(tokens, behind, ",") && is(tokens, behind + 1, "…") {
        behind + 1 + usize::from(is(tokens, behind + 2, ","))
    } else if is(tokens, behind, "..") || is(tokens, behind, "…") {
        behind
    } else {
        return;
    };
    if letter(dots + 1).as_deref() != Some(&first) {
        return;
    }
    let Some((last, behind)) = script(dots + 3) else { return };
    let Some(Lexeme { token: token @ (Token::Name(_) | Token::Number(_)), .. }) = tokens.get(last) else { return };
    let place = tokens[at].clone();
    let made = |token: Token| Lexeme { token, glued: true, ..place.clone() };
    let written = [
        Token::Symbol("_"),
        Token::Symbol("{"),
        Token::Number("1".into()),
        Token::Symbol(":"),
        token.clone(),
        Token::Symbol("}"),
    ];
    tokens.splice(at + 1..behind, written.map(made));
}

/// `{x_i}_{i=1}^n ~ p` as `x_{1:n} ~ p`.
fn set(tokens: &mut Vec<Lexeme>, at: usize) {
    let script = |at: usize| match is(tokens, at, "{") {
        true if closing(tokens, at) == at + 2 => Some((at + 1, at + 3)),
        true => None,
        false => Some((at, at + 1)),
    };
    let close = closing(tokens, at);
    if !is(tokens, at, "{") || at > 0 && (is(tokens, at - 1, "_") || is(tokens, at - 1, "^")) {
        return;
    }
    let (Some(_), true) = (name(tokens, at + 1), is(tokens, at + 2, "_")) else { return };
    let Some((index, behind)) = script(at + 3) else { return };
    let range = ["_", "{"].iter().enumerate().all(|(by, symbol)| is(tokens, close + 1 + by, symbol));
    let from_one = is(tokens, close + 4, "=")
        && tokens.get(close + 5).is_some_and(|token| token.token == Token::Number("1".into()))
        && is(tokens, close + 6, "}")
        && is(tokens, close + 7, "^");
    let same = name(tokens, index).is_some() && name(tokens, index) == name(tokens, close + 3);
    if behind != close || !range || !from_one || !same {
        return;
    }
    let Some((last, behind)) = script(close + 8) else { return };
    let Some(Lexeme { token: last @ (Token::Name(_) | Token::Number(_)), .. }) = tokens.get(last).cloned() else {
        return;
    };
    if !is(tokens, behind, "~") && !is(tokens, behind, ",") {
        return;
    }
    let (letter, place) = (tokens[at + 1].clone(), tokens[at].clone());
    let made = |token: Token| Lexeme { token, glued: true, ..place.clone() };
    let below = ["_", "{"].map(|symbol| made(Token::Symbol(symbol)));
    let range = [Token::Number("1".into()), Token::Symbol(":"), last, Token::Symbol("}")].map(made);
    tokens.splice(at..behind, [letter].into_iter().chain(below).chain(range));
}

fn is(tokens: &[Lexeme], at: usize, symbol: &str) -> bool {
    tokens.get(at).is_some_and(|token| token.is(symbol))
}

fn name(tokens: &[Lexeme], at: usize) -> Option<&str> {
    tokens.get(at).and_then(Lexeme::name)
}

/// The index of the bracket that is closed at an index.
fn opening(tokens: &[Lexeme], close: usize) -> usize {
    let mut depth = 0;
    for at in (0..=close).rev() {
        depth += i32::from(tokens[at].closes()) - i32::from(tokens[at].opens());
        if depth == 0 {
            return at;
        }
    }
    0
}

/// What is held fixed, and the tokens behind it that say so.
struct Wrapped {
    from: usize,
    to: usize,
    behind: usize,
}

/// `e.detach()` after a letter, a bracket or a call.
fn detached(tokens: &[Lexeme], at: usize) -> Option<Wrapped> {
    let said = is(tokens, at, ".") && name(tokens, at + 1) == Some("detach") && is(tokens, at + 2, "(");
    if !said || !is(tokens, at + 3, ")") || at == 0 {
        return None;
    }
    let mut from = at - 1;
    while from > 0 {
        if tokens[from].closes() {
            from = opening(tokens, from);
            let before = from.checked_sub(1)?;
            if is(tokens, before, "_") || tokens[before].name().is_some() {
                from = before;
                continue;
            }
        } else if is(tokens, from, "_") || is(tokens, from - 1, "_") {
            from -= 1;
            continue;
        }
        break;
    }
    (from < at).then_some(Wrapped { from, to: at, behind: at + 4 })
}

/// `[e]_{\text{no grad}}`.
fn without_gradient(tokens: &[Lexeme], at: usize) -> Option<Wrapped> {
    if !(tokens[at].closes() && is(tokens, at + 1, "_") && is(tokens, at + 2, "{")) {
        return None;
    }
    let close = closing(tokens, at + 2);
    let words: Option<Vec<&str>> = tokens.get(at + 3..close)?.iter().map(Lexeme::name).collect();
    let said = matches!(words?.concat().as_str(), "nograd" | "no_grad" | "sg" | "stopgrad" | "stop");
    said.then(|| Wrapped { from: opening(tokens, at), to: at + 1, behind: close + 1 })
}

/// `given (x, y) ~ p`, `x, y ~ p(x, y)`: x ~ p, y ~ p(·|x).
fn joint_draws(tokens: &mut Vec<Lexeme>) -> Result<(), SyntaxError> {
    let mut at = tokens.iter().position(|token| token.name() == Some("given")).unwrap_or(tokens.len());
    while at < tokens.len() {
        if is(tokens, at, "~")
            && let Some(joint) = joint_draw(tokens, at)?
        {
            let behind = joint.from + joint.made.len();
            tokens.splice(joint.from..joint.behind, joint.made);
            at = behind;
        }
        at += 1;
    }
    Ok(())
}

/// Draws of several letters from one law, and the tokens that say so.
struct JointDraw {
    from: usize,
    behind: usize,
    made: Vec<Lexeme>,
}

fn joint_draw(tokens: &[Lexeme], tilde: usize) -> Result<Option<JointDraw>, SyntaxError> {
    let bracketed = is(tokens, tilde - 1, ")");
    let from = match bracketed {
        true => opening(tokens, tilde - 1),
        false => {
            let begins = |at: &usize| matches!(name(tokens, *at), Some("given" | "and")) || is(tokens, *at, "~");
            let Some(begin) = (0..tilde).rev().find(begins) else { return Ok(None) };
            begin + 1
        }
    };
    let within = if bracketed { from + 1..tilde - 1 } else { from..tilde };
    let letters: Vec<&[Lexeme]> = tokens[within].split(|token| token.is(",")).collect();
    let letter = |piece: &&[Lexeme]| {
        piece.first().is_some_and(|first| first.name().is_some()) && !piece.iter().any(Lexeme::is_round)
    };
    let begins = from > 0 && (is(tokens, from - 1, ",") || matches!(name(tokens, from - 1), Some("given" | "and")));
    if letters.len() < 2 || !letters.iter().all(letter) || bracketed && !begins {
        return Ok(None);
    }
    let Some(law) = name(tokens, tilde + 1) else { return Ok(None) };
    let scripts = match (is(tokens, tilde + 2, "_"), is(tokens, tilde + 3, "{")) {
        (false, _) => tilde + 2,
        (_, true) => closing(tokens, tilde + 3) + 1,
        _ => tilde + 4,
    };
    let list = is(tokens, scripts, "(").then(|| closing(tokens, scripts));
    let inside = list.map_or(&[][..], |close| &tokens[scripts + 1..close]);
    let bar = inside.iter().position(|token| token.is("|") || token.is("¦") || token.is(";"));
    let (points, given) = bar.map_or((inside, &[][..]), |bar| (&inside[..bar], &inside[bar + 1..]));
    let same = |one: &[Lexeme], other: &[Lexeme]| {
        one.iter().map(|token| &token.token).eq(other.iter().map(|token| &token.token))
    };
    let pieces: Vec<&[Lexeme]> = points.split(|token| token.is(",")).collect();
    let written = pieces.len() == letters.len() && pieces.iter().zip(&letters).all(|(one, other)| same(one, other));
    if !written && (!bracketed || list.is_some() && !is(points, 0, "*") && bar.is_none()) {
        if bracketed && super::names::LAWS.contains(&law) {
            let span = Span { start: tokens[from].span.start, end: tokens[tilde + 1].span.end };
            let error = later("a known law of several letters", span);
            return Err(error.help("draw them one after the other: … given x ~ N(0, 1), y ~ N(ρ x, 1 - ρ^2)"));
        }
        return Ok(None);
    }
    let place = tokens[tilde].clone();
    let symbol = |text: &'static str| Lexeme { token: Token::Symbol(text), ..place.clone() };
    let mut made: Vec<Lexeme> = Vec::new();
    for (count, letter) in letters.iter().enumerate() {
        if count > 0 {
            made.push(symbol(","));
        }
        made.extend_from_slice(letter);
        made.extend_from_slice(&tokens[tilde..scripts]);
        let before =
            letters[..count].iter().map(|letter| letter.to_vec()).chain((!given.is_empty()).then(|| given.to_vec()));
        let before: Vec<Vec<Lexeme>> = before.collect();
        if !before.is_empty() {
            let mut open = symbol("(");
            open.glued = true;
            made.extend([open, symbol("*"), symbol("|")]);
            made.extend(before.join(&symbol(",")));
            made.push(symbol(")"));
        }
    }
    Ok(Some(JointDraw { from, behind: list.map_or(scripts, |close| close + 1), made }))
}

/// `given f is smooth`: the class of a function stands behind a colon.
fn class_in_words(tokens: &[Lexeme]) -> Result<(), SyntaxError> {
    let begins = |at: usize| is(tokens, at, ",") || matches!(name(tokens, at), Some("given" | "and"));
    let ends = |at: usize| at == tokens.len() || begins(at) || name(tokens, at) == Some("where");
    let given = tokens.iter().position(|token| token.name() == Some("given")).unwrap_or(tokens.len());
    let mut depth = 0;
    for at in given..tokens.len() {
        depth += i32::from(tokens[at].opens()) - i32::from(tokens[at].closes());
        if depth > 0 || !begins(at) {
            continue;
        }
        let Some(letter) = name(tokens, at + 1).filter(|letter| !is_reserved(letter)) else { continue };
        let sign = match (is(tokens, at + 2, "_"), is(tokens, at + 3, "{")) {
            (false, _) => at + 2,
            (_, true) => closing(tokens, at + 3) + 1,
            _ => at + 4,
        };
        let word = sign + usize::from(name(tokens, sign) == Some("is"));
        let Some(class) = name(tokens, word).filter(|class| class.len() > 1 && ends(word + 1)) else { continue };
        let below = match name(tokens, at + 3).filter(|_| sign == at + 4) {
            Some(below) => format!("_{below}"),
            None => String::new(),
        };
        let letter = format!("{letter}{below}");
        let span = Span { start: tokens[at + 1].span.start, end: tokens[word].span.end };
        let error = SyntaxError::new("what is supposed of a letter is said with a colon or a relation", span);
        return Err(error.code(Code::Class).help(match class {
            _ if CLASSES.contains(&class) || SORTS.contains(&class) => format!("write … given {letter} : {class}"),
            "positive" => format!("write … given {letter} > 0"),
            "negative" => format!("write … given {letter} < 0"),
            _ => format!("the classes are {}, as in … given {letter} : smooth", CLASSES.join(", ")),
        }));
    }
    Ok(())
}

/// `given σ > 1 θ > 0`: a product, or two hypotheses.
fn missing_comma(tokens: &[Lexeme]) -> Result<(), SyntaxError> {
    let relation = |at: usize| ["<", ">", "≤", "≥"].iter().any(|sign| is(tokens, at, sign));
    let given = tokens.iter().position(|token| token.name() == Some("given")).unwrap_or(tokens.len());
    for at in given..tokens.len() {
        let apart = matches!(tokens[at].token, Token::Number(_))
            && name(tokens, at + 1).is_some_and(|letter| !is_reserved(letter) && !tokens[at + 1].glued);
        let behind = match (is(tokens, at + 2, "_"), is(tokens, at + 3, "{")) {
            (false, _) => at + 2,
            (_, true) => closing(tokens, at + 3) + 1,
            _ => at + 4,
        };
        if apart && at > 0 && relation(at - 1) && relation(behind) {
            let span = Span { start: tokens[at].span.start, end: tokens[at + 1].span.end };
            let error =
                SyntaxError::new("this is a product, or the end of one hypothesis and the beginning of another", span);
            return Err(error
                .code(Code::Ambiguous)
                .help("put a comma between hypotheses, … given a > 1, b > 0, or a `*` into a product"));
        }
    }
    Ok(())
}

/// `A := B = C` claims that B = C and defines A by the way.
fn defined_on_the_line(tokens: Vec<Lexeme>) -> Result<Vec<Lexeme>, SyntaxError> {
    let Some(sign) = tokens.iter().position(|token| token.is(":=")) else { return Ok(tokens) };
    let mut tokens = tokens;
    let place = tokens[sign].span;
    let mut depth = 0;
    let mut clause = tokens.len();
    let mut ends = tokens.len();
    for (at, token) in tokens.iter().enumerate() {
        depth += i32::from(token.opens()) - i32::from(token.closes());
        if depth == 0 && matches!(token.name(), Some("given" | "where")) {
            clause = clause.min(at);
        }
        if depth == 0 && at > sign && at < clause && token.is("=") {
            ends = ends.min(at);
        }
    }
    let before = tokens[..sign].iter().any(|token| token.is("="));
    if clause < sign {
        // Within `where` it is the sign of a definition.
        tokens[sign].token = Token::Symbol("=");
        return defined_on_the_line(tokens);
    }
    if before || depth != 0 {
        return Err(SyntaxError::new("`:=` stands behind what the line defines", place)
            .code(Code::Definition)
            .help("define it first: … where J = …"));
    }
    if ends >= clause {
        let message = "`:=` defines, and claims nothing that could be proved";
        return Err(SyntaxError::new(message, place)
            .code(Code::Definition)
            .help("write `let J = …`, or what follows from it: J := … = …"));
    }
    let mut definition: Vec<Lexeme> = tokens[..ends].to_vec();
    definition[sign].token = Token::Symbol("=");
    tokens[sign].token = Token::Symbol("=");
    let word = Lexeme { token: Token::Name("where".into()), span: place, glued: false };
    tokens.push(word);
    tokens.extend(definition);
    balance::partners(&tokens)?;
    Ok(tokens)
}
