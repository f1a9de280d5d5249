//! The files of rules, laws and functions: entries of a header and indented fields.

use super::ast::*;
use super::build::{Builder, Node, Result, internal, next};
use super::error::{Code, SyntaxError};
use super::grammar::{Rule, parse, parse_raw};
use super::names::{did_you_mean, greek, known_function};
use super::reader::read;
use super::scope::Scope;

/// What stands behind a key.
#[derive(Clone, Copy)]
enum Shape {
    Text,
    Word,
    Expr,
    Equation,
    Condition,
    /// A condition, or a bare expression that has to be a whole number.
    Whole,
    Support,
    Image,
}

/// The keys of all kinds of entries.
#[rustfmt::skip]
const KEYS: &[(&str, Shape)] = &[
    ("says", Shape::Text), ("source", Shape::Text), ("title", Shape::Text), ("sweep", Shape::Text), ("tex", Shape::Text),
    ("direction", Shape::Word), ("regularity", Shape::Word), ("parity", Shape::Word), ("tag", Shape::Word),
    ("status", Shape::Word), ("of", Shape::Word), ("forms", Shape::Word), ("existence", Shape::Word), ("growth", Shape::Word),
    ("equation", Shape::Equation), ("wrong", Shape::Equation), ("example", Shape::Equation), ("value", Shape::Equation),
    ("partial derivative", Shape::Equation),
    ("when", Shape::Condition), ("standard when", Shape::Condition), ("domain", Shape::Condition), ("whole", Shape::Whole),
    ("choose", Shape::Expr), ("hint", Shape::Expr), ("log density", Shape::Expr), ("density", Shape::Expr), ("cdf", Shape::Expr),
    ("quantile", Shape::Expr), ("mean", Shape::Expr), ("variance", Shape::Expr), ("median", Shape::Expr),
    ("mode", Shape::Expr), ("symmetric about", Shape::Expr), ("derivative", Shape::Expr), ("definition", Shape::Expr),
    ("jump", Shape::Expr), ("formula", Shape::Expr), ("above zero", Shape::Expr), ("below zero", Shape::Expr), ("inverse", Shape::Expr),
    ("support", Shape::Support),
    ("standard", Shape::Image),
];

/// The entries of a data file.
pub fn parse_entries(text: &str) -> Result<Vec<Entry>> {
    let mut entries: Vec<Entry> = Vec::new();
    for block in blocks(text)? {
        if block.indent == 0 {
            entries.push(header(text, block.span)?);
            continue;
        }
        let Some(entry) = entries.last_mut() else {
            let error = SyntaxError::new("an indented line belongs to an entry, and none has begun", block.span)
                .code(Code::Entry);
            return Err(error.help("begin one at the start of a line: rule NAME, law NAME(…), function NAME(…)"));
        };
        let field = field(text, block.span, entry)?;
        entry.span.end = block.span.end;
        entry.fields.push(field);
    }
    Ok(entries)
}

/// A line with the deeper lines that continue it.
struct Block {
    indent: usize,
    span: Span,
}

fn blocks(text: &str) -> Result<Vec<Block>> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = before_comment(line).trim_end();
        let indent = content.len() - content.trim_start().len();
        let span = Span { start: start + indent, end: start + content.len() };
        start += line.len();
        if content.trim().is_empty() {
            continue;
        }
        match blocks.last_mut() {
            Some(last) if last.indent > 0 && indent > last.indent => last.span.end = span.end,
            _ => blocks.push(Block { indent, span }),
        }
    }
    Ok(blocks)
}

/// The part of a line before its `#`, which may stand in a quoted text.
fn before_comment(line: &str) -> &str {
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        match c {
            '"' if !escaped => quoted = !quoted,
            '#' if !quoted => return &line[..at],
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    line
}

fn header(text: &str, span: Span) -> Result<Entry> {
    const KINDS: [&str; 5] = ["theory", "rule", "estimator", "law", "function"];
    let line = &text[span.start..span.end];
    let kind = line.split_whitespace().next().unwrap_or("");
    if !KINDS.contains(&kind) {
        let here = Span { start: span.start, end: span.start + kind.len() };
        let error = SyntaxError::new(format!("`{kind}` does not begin an entry"), here).code(Code::Entry);
        return Err(match did_you_mean(kind, KINDS) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => {
                error.help("an entry begins with theory, rule, estimator, law or function; its fields are indented")
            }
        });
    }
    let Some(node) = parse_raw(Rule::header, line) else {
        let example = match kind {
            "theory" => "theory note \"What the file is about.\"",
            "rule" => "rule change-of-variables (1.1)",
            "estimator" => "estimator score",
            "law" => "law N(m, v)",
            _ => "function erf(u)",
        };
        return Err(SyntaxError::new(format!("this header of a {kind} cannot be read"), span)
            .code(Code::Entry)
            .help(format!("write it as: {example}")));
    };
    let mut entry = Entry {
        kind: kind.to_string(),
        name: String::new(),
        parameters: Vec::new(),
        counter: None,
        reference: None,
        fields: Vec::new(),
        span,
    };
    for part in node.into_inner().flat_map(Node::into_inner) {
        let place = Span { start: span.start + part.as_span().start(), end: span.start + part.as_span().end() };
        match part.as_rule() {
            Rule::slug => entry.name = part.as_str().to_string(),
            Rule::reference => entry.reference = Some(part.as_str().trim().to_string()),
            Rule::parameter_text => {
                let last = part.as_str().rfind(['…', '.']).filter(|_| entry.kind == "law");
                let from = last.and_then(|at| part.as_str()[at..].find(',').map(|comma| at + comma + 1));
                entry.parameters = parameters(&text[..place.end], place.start + from.unwrap_or(0))?;
                if let (Some(_), [Name { subscript: Some(counter), .. }]) = (from, entry.parameters.as_slice()) {
                    entry.counter = Some(Name { base: counter.clone(), subscript: None });
                }
            }
            Rule::quoted => {
                let value = Value::Text(unescaped(part.into_inner().as_str()));
                entry.fields.push(Field { key: "says".into(), value, span: place });
            }
            _ => {}
        }
    }
    Ok(entry)
}

fn parameters(text: &str, from: usize) -> Result<Vec<Name>> {
    let canon = read(text, from, Scope::default(), false)?;
    let node = parse(Rule::parameter_list, &canon, text).map_err(|failure| failure.error)?;
    let names = node.into_inner().filter(|part| part.as_rule() == Rule::name);
    Ok(names.map(|name| Name::from_canonical(name.as_str())).collect())
}

fn field(text: &str, span: Span, entry: &Entry) -> Result<Field> {
    let line = &text[span.start..span.end];
    let found = KEYS.iter().filter(|(key, _)| begins_with(line, key)).max_by_key(|(key, _)| key.len());
    let (key, shape, start) = match found {
        Some((key, shape)) => (*key, *shape, key.len()),
        None => {
            bare_equation(line, span, entry)?;
            ("equation", Shape::Equation, 0)
        }
    };
    let rest = &line[start..];
    let start = span.start + start + (rest.len() - rest.trim_start().len());
    if rest.trim().is_empty() {
        return Err(SyntaxError::new(format!("`{key}` has no value"), span).code(Code::Entry));
    }
    let value = value(shape, &text[..span.end], start, entry)?;
    Ok(Field { key: key.to_string(), value, span })
}

/// Does a line begin with the words of a key?
fn begins_with(line: &str, key: &str) -> bool {
    line.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
}

/// A line of a rule without a key is its equation; a line that begins with a word is more likely a wrong key.
fn bare_equation(line: &str, span: Span, entry: &Entry) -> Result<()> {
    let word = line.split_whitespace().next().unwrap_or("");
    let is_word = word.len() > 2 && word.bytes().all(|b| b.is_ascii_lowercase());
    let value = known_function(word).is_some() || greek(word).is_some();
    if matches!(&*entry.kind, "rule" | "estimator") && line.contains('=') && (value || !is_word) {
        return Ok(());
    }
    let here = Span { start: span.start, end: span.start + word.len() };
    let error = SyntaxError::new(format!("`{word}` is not a key of a {}", entry.kind), here).code(Code::Entry);
    let two: String = line.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    let keys = || KEYS.iter().map(|(key, _)| *key);
    Err(match did_you_mean(word, keys()).or_else(|| did_you_mean(&two, keys())) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help(format!("the keys are {}", keys().collect::<Vec<_>>().join(", "))),
    })
}

fn value(shape: Shape, text: &str, from: usize, entry: &Entry) -> Result<Value> {
    if let Shape::Text = shape {
        return quoted(text, from).map(Value::Text);
    }
    let scope = Scope::of_variables(&entry.parameters);
    let canon = read(text, from, scope, false)?;
    let rule = match shape {
        Shape::Word | Shape::Text => Rule::word,
        Shape::Expr => Rule::expression,
        Shape::Equation => Rule::plain_equation,
        Shape::Condition => Rule::condition,
        Shape::Whole if canon.text.contains(" is ") => Rule::condition,
        Shape::Whole => Rule::expression,
        Shape::Support => Rule::support,
        Shape::Image => Rule::image,
    };
    canon.work(|| Builder::new(&canon).value(rule, shape, text))
}

impl Builder<'_> {
    fn value(&self, rule: Rule, shape: Shape, text: &str) -> Result<Value> {
        let node = parse(rule, self.canon, text).map_err(|failure| match shape_help(rule) {
            Some(help) => failure.error.help(help),
            None => failure.error,
        })?;
        let mut inner = node.into_inner();
        Ok(match rule {
            Rule::word => Value::Word(next(&mut inner)?.as_str().to_string()),
            Rule::expression if matches!(shape, Shape::Whole) => {
                Value::Condition(Condition::Whole(self.sum(next(&mut inner)?)?))
            }
            Rule::expression => Value::Expr(self.sum(next(&mut inner)?)?),
            Rule::plain_equation => {
                let left = self.sum(next(&mut inner)?)?;
                Value::Equation(left, self.sum(next(&mut inner)?)?)
            }
            Rule::condition => Value::Condition(self.condition(next(&mut inner)?, inner.next())?),
            Rule::support => self.support(next(&mut inner)?)?,
            _ => {
                let map = self.sum(next(&mut inner)?)?;
                let law = self.law(next(&mut inner)?)?;
                let variable = Name::from_canonical(next(&mut inner)?.as_str());
                Value::Image { map, law, variable, from: self.law(next(&mut inner)?)? }
            }
        })
    }
}

/// How a value is written that is not an expression or equation.
fn shape_help(rule: Rule) -> Option<&'static str> {
    match rule {
        Rule::word => Some("one word, without quotes"),
        Rule::support => Some("a support is (a, b), a .. b, or {a, b}"),
        Rule::image => Some("as in m + s x ~ N(m, s^2) for x ~ N(0, 1)"),
        Rule::condition => Some(
            "a condition is a comparison, `the support of P_θ is free of θ`, `the support of Q covers that of P`, or an expression that `is (absolutely) \
             continuous in θ`, `exists`, `exists near θ`, `is continuous`, `is discrete`, `is a whole number`, or `vanishes at the ends of P in x`",
        ),
        _ => None,
    }
}

/// A text in quotes; breaks of lines count as spaces.
fn quoted(text: &str, from: usize) -> Result<String> {
    let inner = text[from..].strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match inner {
        Some(inner) if !inner.replace("\\\"", "").contains('"') => {
            Ok(unescaped(&inner.split_whitespace().collect::<Vec<_>>().join(" ")))
        }
        _ => {
            let here = Span { start: from, end: text.len() };
            Err(SyntaxError::new("expected a text in double quotes", here)
                .code(Code::Entry)
                .help("a quote inside is written `\\\"`"))
        }
    }
}

fn unescaped(text: &str) -> String {
    text.replace("\\\"", "\"")
}

impl Builder<'_> {
    fn support(&self, node: Node) -> Result<Value> {
        let rule = node.as_rule();
        let mut parts = node.into_inner().map(|part| self.sum(part)).collect::<Result<Vec<_>>>()?;
        if rule == Rule::points {
            return Ok(Value::Points(parts));
        }
        match (parts.pop(), parts.pop()) {
            (Some(high), Some(low)) if rule == Rule::interval => Ok(Value::Interval(low, high)),
            (Some(high), Some(low)) => Ok(Value::Integers(low, high)),
            _ => Err(internal(Span::default())),
        }
    }

    /// A condition from its two parts: what it is about, and what it says of that.
    fn condition(&self, about: Node, says: Option<Node>) -> Result<Condition> {
        let name = |node: &Node| Name::from_canonical(node.as_str());
        if about.as_rule() == Rule::covering {
            let mut inner = about.into_inner();
            let wide = self.law(next(&mut inner)?)?;
            return Ok(Condition::Covers { wide, narrow: self.law(next(&mut inner)?)? });
        }
        if about.as_rule() == Rule::fixed_support {
            let mut inner = about.into_inner();
            let law = self.law(next(&mut inner)?)?;
            return Ok(Condition::FixedSupport { law, variable: name(&next(&mut inner)?) });
        }
        let body = self.sum(about)?;
        let Some(says) = says else {
            return Err(internal(body.span));
        };
        let rule = says.as_rule();
        let mut inner = says.into_inner();
        Ok(match rule {
            Rule::absolutely_continuous => Condition::AbsolutelyContinuous { body, variable: name(&next(&mut inner)?) },
            Rule::exists => Condition::Exists { mean: body, near: inner.next().map(|node| name(&node)) },
            Rule::continuous_in => Condition::Continuous { body, variable: name(&next(&mut inner)?) },
            Rule::continuous => Condition::LawKind { law: law_of(body)?, continuous: true },
            Rule::discrete => Condition::LawKind { law: law_of(body)?, continuous: false },
            Rule::whole => Condition::Whole(body),
            Rule::vanishes => {
                let law = self.law(next(&mut inner)?)?;
                Condition::Vanishes { body, law, variable: name(&next(&mut inner)?) }
            }
            _ => {
                let relation = super::build::relation_of(next(&mut inner)?.as_str());
                Condition::Compare(relation, body, self.sum(next(&mut inner)?)?)
            }
        })
    }
}

/// A law that was read as an expression.
fn law_of(e: Expr) -> Result<Law> {
    match e.kind {
        Kind::Name(name) => Ok(Law::named(name, Vec::new(), e.span)),
        Kind::Call { function, arguments, .. } => Ok(Law::named(function, arguments, e.span)),
        _ => Err(SyntaxError::new("only a law is continuous or discrete as such", e.span)
            .code(Code::Entry)
            .help("of an expression, say in which variable: `… is continuous in θ`")),
    }
}
