//! The words that may stand in a statement, for whoever completes them.

use crate::session::{Session, WordKind};
use crate::syntax;

/// Words of statements beside names.
const KEYWORDS: [&str; 7] = ["given", "where", "measurable", "jump", "lipschitz", "smooth", "stopgrad"];

/// How operators begin, with what they are.
const OPERATORS: [(&str, &str); 9] = [
    ("E_{", "The mean under a law: E_{x ~ N(0,1)}[f(x)]."),
    ("Var_{", "The variance under a law: Var_{x ~ N(0,1)}[f(x)]."),
    ("Cov_{", "The covariance under a law: Cov_{x ~ N(0,1)}[f(x), g(x)]."),
    ("KL(", "The divergence of two laws: KL(p ‖ q)."),
    ("D_θ[", "The derivative by a letter: D_θ[f(θ)]."),
    ("∇_θ", "The gradient by a letter: ∇_θ f(θ)."),
    ("S_a", "The operator that smooths by Gaussian noise of size a."),
    ("M_y", "The operator that multiplies by y."),
    ("∫_", "An integral: ∫_0^oo f(x) dx."),
];

/// Symbols beside the Greek letters, by their LaTeX names.
const SYMBOLS: [(&str, &str); 9] = [
    ("nabla", "∇"),
    ("partial", "∂"),
    ("infty", "∞"),
    ("int", "∫"),
    ("sim", "~"),
    ("cdot", "·"),
    ("le", "≤"),
    ("ge", "≥"),
    ("ne", "≠"),
];

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    Command,
    Operator,
    Law,
    Function,
    Keyword,
}

/// A word with what it is, as it is inserted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word {
    pub text: String,
    pub sort: Sort,
    /// One plain sentence; empty if there is nothing to say.
    pub says: String,
}

/// The words of statements: laws and functions with their bracket, operators, keywords.
pub fn of_statements(session: &Session) -> Vec<Word> {
    let named = session.vocabulary().into_iter().filter_map(|word| {
        let sort = match word.kind {
            WordKind::Law => Sort::Law,
            WordKind::Function => Sort::Function,
            WordKind::Rule => return None,
        };
        Some(Word { text: format!("{}(", word.text), sort, says: word.says })
    });
    let keywords = KEYWORDS.map(|word| Word { text: word.into(), sort: Sort::Keyword, says: String::new() });
    let operators = OPERATORS.map(|(text, says)| Word { text: text.into(), sort: Sort::Operator, says: says.into() });
    let mut words: Vec<Word> = named.chain(keywords).chain(operators).collect();
    words.sort();
    words.dedup_by(|a, b| a.text == b.text);
    words
}

/// `\the` at the end of a text: where it begins, and the letters behind the backslash.
pub fn escape(text: &str) -> Option<(usize, &str)> {
    let start = text.rfind('\\')?;
    let name = &text[start + 1..];
    name.bytes().all(|b| b.is_ascii_alphabetic()).then_some((start, name))
}

/// The symbols whose LaTeX name begins alike, with that name. A whole name is a symbol, even if a longer one begins alike.
pub fn symbols(name: &str) -> Vec<(&'static str, &'static str)> {
    let near: Vec<_> = syntax::greek_letters().chain(SYMBOLS).filter(|(ascii, _)| ascii.starts_with(name)).collect();
    near.iter().copied().find(|(ascii, _)| *ascii == name).map_or(near, |symbol| vec![symbol])
}

/// Where the word begins that ends a text.
pub fn begins(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    let before = text.char_indices().rev().find(|(_, c)| !belongs(*c));
    before.map_or(0, |(at, c)| at + c.len_utf8())
}
