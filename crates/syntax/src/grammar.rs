//! The pest parser, and its errors in a person's words.

use super::ast::Span;
use super::canon::Canon;
use super::error::{Code, SyntaxError};
use super::names::is_function_letter;
use pest::Parser;
use pest::error::{Error, ErrorVariant, InputLocation};
use pest::iterators::Pair;

#[derive(pest_derive::Parser)]
#[grammar = "../../../grammar/expression.pest"]
#[grammar = "../../../grammar/data.pest"]
struct Grammar;

/// A failed parse, with how far it came.
pub(super) struct Failure {
    pub position: usize,
    pub error: SyntaxError,
}

/// Parses a canonical text; `source` is what the user wrote, for the message.
pub(super) fn parse<'c>(rule: Rule, canon: &'c Canon, source: &str) -> Result<Pair<'c, Rule>, Failure> {
    match Grammar::parse(rule, &canon.text) {
        Ok(mut pairs) => pairs.next().ok_or_else(|| Failure {
            position: 0,
            error: SyntaxError::new("there is nothing to read", Span::default()),
        }),
        Err(error) => {
            let position = position(&error);
            Err(Failure { position, error: explain(&error, position, canon, source) })
        }
    }
}

/// Parses text that is not in canonical form: a header.
pub(super) fn parse_raw(rule: Rule, text: &str) -> Option<Pair<'_, Rule>> {
    Grammar::parse(rule, text).ok()?.next()
}

fn position(error: &Error<Rule>) -> usize {
    match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    }
}

/// What can be told from one expected rule alone.
const EXPECTED: &[(Rule, &str, &str)] = &[
    (Rule::law, "a law", "as in N(0,1), Exp(λ), p_θ, or stopgrad(p_θ)"),
    (Rule::double_bar, "`‖` between two laws", "write KL(p ‖ q), or KL(p || q)"),
    (Rule::relation, "a relation such as `>`", "as in σ > 0, or 1{u > 0}"),
    (Rule::tilde, "`~` and a law behind the variables", "write E_{x ~ N(0,1)}[…]"),
    (Rule::equals, "`=`", "a definition is written f(u) = … or s = …"),
    (Rule::natural, "a whole number", "the order of a derivative is a number: D_θ^2, f''(u), f^(3)(u)"),
];

fn explain(error: &Error<Rule>, position: usize, canon: &Canon, source: &str) -> SyntaxError {
    let positives: &[Rule] = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives,
        ErrorVariant::CustomError { .. } => &[],
    };
    let expects = |rule: Rule| positives.contains(&rule);
    let before = canon.text[..position].trim_end();
    let last = before.rsplit(' ').next().unwrap_or("");
    let found = canon.text[position..].split(' ').next().unwrap_or("");
    let end = Span { start: source.trim_end().len(), end: source.trim_end().len() };
    let place = canon.place(position);
    let previous = canon.before(position);
    let written = |span: Option<Span>| shortened(span.and_then(|span| source.get(span.start..span.end)).unwrap_or(""));
    let here = place.unwrap_or(end);

    if canon.text.is_empty() {
        return SyntaxError::new("there is nothing to read", here);
    }
    let operand_due = !expects(Rule::times) && !expects(Rule::relation);
    for (rule, what, help) in EXPECTED {
        if expects(*rule) || (*rule == Rule::law && last == "~") {
            let found = place.map_or(String::new(), |place| format!(", found `{}`", written(Some(place))));
            return SyntaxError::new(format!("expected {what}{found}"), here).help(*help);
        }
    }
    if found == "•" {
        return SyntaxError::new("`·` stands for any value of a law, and here a value is due", here)
            .help("write the density at a point: p(x|θ)");
    }
    if found == "⇓" {
        return SyntaxError::new("the value at a point is taken of a bracket of its own", here)
            .help("write [D_x[f(x)]]_{x = 1}");
    }
    if last == "_" && (before.ends_with("𝐃 _") || before.ends_with("𝛁 _")) {
        return SyntaxError::new("expected the name of a variable", here)
            .help("one differentiates by a variable: D_x[…]");
    }
    if let Some(operator) = operator_before(before).filter(|_| operand_due) {
        let start = canon.place(operator).map_or(here.start, |span| span.start);
        let span = Span { start, end: previous.map_or(here.end, |span| span.end) };
        let text = written(Some(span));
        if before[operator..].starts_with('∂') {
            return SyntaxError::new(format!("`{text}` acts on a function"), span)
                .code(Code::Operator)
                .help("as in ∂_1 f(u, v)");
        }
        let error = SyntaxError::new(format!("`{text}` has nothing to act on"), span).code(Code::Operator);
        let help = "write what it acts on behind it, in brackets if it is more than one factor";
        return match before[operator..].starts_with(['𝛁', '𝚫']) {
            true => error.help(format!("{help}; between operators say what functions are of: … given y ∈ R^d")),
            false => error.help(help),
        };
    }
    if operand_due && matches!(found, "⌉" | "⌈" | "¦") {
        return SyntaxError::new("a bar has no place here", here).help("|u| is written abs(u) as well");
    }
    if operand_due && place.is_none() {
        let after = written(previous);
        let error = SyntaxError::new(format!("something is missing after `{after}`"), here);
        return match last {
            "given" => error.help("as in … given x > 0"),
            "where" => error.help("as in … where f(u) = u^2"),
            _ => error,
        };
    }
    if operand_due {
        return SyntaxError::new(format!("expected an expression, found `{}`", written(place)), here);
    }
    let Some(place) = place else {
        return SyntaxError::new("the end comes too early", end);
    };
    let error = SyntaxError::new(format!("`{}` has no place here", written(Some(place))), place);
    match found {
        "," if canon.text[position..].trim() == "," => error.help("leave it out at the end"),
        "," => error.help("a comma separates the arguments of a function, of a law, or the parts of a clause"),
        "=" => error.help("`=` stands between the sides of a statement, outside all brackets"),
        "<" | ">" | "≤" | "≥" | "≠" => error.help("an inequality is assumed with `given`, or stands in 1{u > 0}"),
        "~" => error.help("a law stands below a mean, E_{x ~ N(0,1)}[…], or behind `given`: … given x ~ N(0,1)"),
        ":" => error.help("a class of functions is assumed with `given f : lipschitz`"),
        "¦" | "⌈" | "⌉" => error.help("a bar closes an absolute value or separates the arguments of a density"),
        "‖" => error.help("`‖` stands only in KL(p ‖ q)"),
        ".." => error.help("a range of integers is only the support of a law"),
        "given" | "where" => error.help("`given` and `where` follow the whole statement"),
        _ => error,
    }
}

/// Where the operator stands that this text ends with, its subscript and power included.
fn operator_before(text: &str) -> Option<usize> {
    const OPERATORS: [char; 8] = ['𝐃', '𝛁', '𝐒', '𝐄', '𝐕', 'ƒ', '𝚫', '∂'];
    let at = text.rfind(OPERATORS)?;
    let mut rest = text[at..].split(' ').skip(1).peekable();
    while matches!(rest.peek(), Some(&"_" | &"^")) {
        rest.next();
        let mut open = 0;
        for token in rest.by_ref() {
            open += i32::from(token == "{" || token == "(") - i32::from(token == "}" || token == ")");
            if open <= 0 {
                break;
            }
        }
    }
    rest.next().is_none().then_some(at)
}

/// What was written, if it is short.
fn shortened(text: &str) -> &str {
    const LONGEST: usize = 24;
    text.char_indices().nth(LONGEST).map_or(text, |(end, _)| &text[..end])
}

/// An equation between operators, for `M_y` stands beside `D` or `S`.
pub(super) fn multiplies(canon: &Canon) -> bool {
    let mut tokens = canon.text.split(' ');
    made_of_operators(canon)
        && tokens.clone().any(|token| token.starts_with("M_{"))
        && tokens.any(|token| token.starts_with(['𝐃', '𝐒']))
}

/// Could this text be an equation between semigroups, `P_t`? One stands beside a `D` without a letter or `M_y`, or beside
/// others and nothing else is named. `P_1` is a letter, and so is what something else is said of.
pub(super) fn made_of_semigroups(canon: &Canon) -> bool {
    let is_semigroup = |token: &str| token.starts_with("P_{") && !token[3..].starts_with(|c: char| c.is_ascii_digit());
    let is_clause = |token: &&str| matches!(*token, "given" | "where");
    if canon.text.split(' ').skip_while(|token| !is_clause(token)).any(is_semigroup) {
        return false;
    }
    let (mut semigroups, mut others, mut derivatives) = (0, 0, 0);
    let mut tokens = canon.text.split(' ').take_while(|token| !is_clause(token)).peekable();
    while let Some(token) = tokens.next() {
        if is_semigroup(token) {
            semigroups += 1;
        } else if token == "𝐃" && !matches!(tokens.peek(), Some(&"_")) || token.starts_with("M_{") {
            derivatives += 1;
        } else if token.contains(char::is_alphabetic) || token.starts_with(['𝐃', '𝛁', '𝐄', '∫']) {
            others += 1;
        }
    }
    let adjoint = canon.text.contains('†');
    semigroups > 0 && derivatives > 0 && made_of_operators(canon)
        || (semigroups > 2 || semigroups > 0 && adjoint) && others + derivatives == 0
}

/// Could this text be an equation between operators? They act on nothing, so no function may be named.
pub(super) fn made_of_operators(canon: &Canon) -> bool {
    let mut operators = false;
    let mut tokens = canon.text.split(' ').peekable();
    while let Some(token) = tokens.next() {
        let base = token.trim_start_matches('ƒ').split("_{").next().unwrap_or("");
        let difference = base == "𝚫" && tokens.next_if(|next| *next == "_").is_some();
        // Below it stands a number.
        if difference {
            tokens.next_if(|next| is_function_letter(next));
        }
        operators |= difference || matches!(base, "𝐃" | "𝐒" | "M" | "▽" | "▼" | "△");
        // The other letters of functions are numbers where they are not called.
        let function = is_function_letter(base) && (token.starts_with('ƒ') || matches!(base, "f" | "g" | "h"));
        // An integral is one in either spelling.
        if function || base == "int" || !difference && base.starts_with(['𝐄', '𝐕', '𝐂', '𝐊', '𝐇', '∫', '𝚫', '∂', '¦'])
        {
            return false;
        }
        if matches!(base, "given" | "where") {
            break;
        }
    }
    operators
}

/// A letter with an operator behind or before it and no space between, such as `aD`: read as a letter of its own it says
/// something else, and that may well be true.
pub(super) fn glued_operator(canon: &Canon) -> Option<SyntaxError> {
    let clauses = canon.text.split(' ').skip_while(|token| !matches!(*token, "given" | "where"));
    let said: Vec<&str> = clauses.collect();
    let mut words = Vec::new();
    let mut position = 0;
    let mut operators = false;
    for token in canon.text.split(' ').take_while(|token| !matches!(*token, "given" | "where")) {
        let letters: Vec<char> = token.chars().collect();
        let is_operator = |c: &char| matches!(c, 'D' | 'S');
        let plain = |c: &char| is_operator(c) || c.is_ascii_lowercase();
        let glued = letters.iter().filter(|c| c.is_ascii_lowercase()).count() < 2 && letters.iter().any(is_operator);
        if (2..4).contains(&letters.len()) && glued && letters.iter().all(plain) && !said.contains(&token) {
            words.push((position, token));
        }
        operators |= token.starts_with(['𝐃', '𝐒']) || token.starts_with("M_{");
        position += token.len() + 1;
    }
    let bare = |(_, word): &&(usize, &str)| !word.contains(|c: char| c.is_ascii_lowercase());
    let (position, word) =
        words.first().filter(|_| operators && made_of_operators(canon) || words.iter().filter(bare).count() > 1)?;
    let apart: Vec<String> = word.chars().map(String::from).collect();
    let error = SyntaxError::new(format!("`{word}` is one letter here"), canon.place(*position)?);
    Some(error.code(Code::Ambiguous).help(format!("write `{}` for the operator", apart.join(" "))))
}
