//! The canonical text that the grammar reads, and the way back from it to the source.

use super::ast::{Name, Span};
use super::hint::Hint;
use super::token::{Lexeme, Token};
use std::collections::HashSet;

/// The statement in its one canonical spelling, token by token, with the place that each token came from.
#[derive(Debug, Default)]
pub(crate) struct Canon {
    pub text: String,
    /// How deep it nests.
    pub depth: usize,
    places: Vec<(usize, Span)>,
    /// What was decided that the text does not force.
    pub remarks: Vec<Hint>,
    /// The text is LaTeX, where spaces mean nothing.
    pub latex: bool,
    /// Names that the statement defines.
    pub defined: HashSet<String>,
}

impl Canon {
    /// Does work that recurses over the text; if it nests deeply, on a stack that is large enough for that.
    pub fn work<T: Send>(&self, work: impl Fn() -> T + Sync) -> T {
        const SHALLOW: usize = 24;
        const STACK: usize = 128 << 20;
        if self.depth <= SHALLOW {
            return work();
        }
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, &work);
            thread.ok().and_then(|thread| thread.join().ok()).unwrap_or_else(&work)
        })
    }

    pub fn push(&mut self, token: &str, span: Span) {
        self.places.push((self.text.len(), span));
        self.text.push_str(token);
        self.text.push(' ');
    }

    /// Where a range of the canonical text was written in the source.
    pub fn source(&self, start: usize, end: usize) -> Span {
        let first = self.places.partition_point(|(at, _)| *at <= start).saturating_sub(1);
        let last = self.places.partition_point(|(at, _)| *at < end).saturating_sub(1).max(first);
        match (self.places.get(first), self.places.get(last)) {
            (Some((_, first)), Some((_, last))) => Span { start: first.start, end: last.end.max(first.end) },
            _ => Span::default(),
        }
    }

    /// The place of the token at a position of the canonical text; the end of the source behind the last.
    pub fn place(&self, position: usize) -> Option<Span> {
        let next = self.places.partition_point(|(at, _)| *at < position);
        self.places.get(next).map(|(_, span)| *span)
    }

    /// The place of the last token before a position.
    pub fn before(&self, position: usize) -> Option<Span> {
        let next = self.places.partition_point(|(at, _)| *at < position);
        self.places[..next].last().map(|(_, span)| *span)
    }
}

impl Name {
    /// The name without or with a subscript, from its parts.
    pub fn new(base: &str, subscript: Option<&str>) -> Name {
        Name { base: base.to_string(), subscript: subscript.map(str::to_string) }
    }

    /// The spelling of a name in canonical text: `θ`, `x_{12}`.
    pub(crate) fn canonical(&self) -> String {
        let base = match self.base.split_once('^') {
            Some((letter, above)) => format!("{letter}^⟨{above}⟩"),
            None => self.base.clone(),
        };
        match &self.subscript {
            Some(subscript) => format!("{base}_{{{subscript}}}"),
            None => base,
        }
    }

    pub(crate) fn from_canonical(text: &str) -> Name {
        let text: &str = &text.replace(['⟨', '⟩'], "");
        match text.split_once("_{") {
            Some((base, subscript)) => Name::new(base, Some(subscript.trim_end_matches('}'))),
            None => Name::new(text, None),
        }
    }
}

/// The tokens of a text with their partners, and how names are read off them.
#[derive(Clone, Copy)]
pub(crate) struct Tokens<'a> {
    pub all: &'a [Lexeme],
    pub partners: &'a [usize],
    /// In LaTeX, letters in a row are a product, and a longer name was written as such.
    pub latex: bool,
}

impl<'a> Tokens<'a> {
    pub fn get(&self, index: usize) -> Option<&'a Lexeme> {
        self.all.get(index)
    }

    pub fn is(&self, index: usize, symbol: &str) -> bool {
        self.get(index).is_some_and(|token| token.is(symbol))
    }

    pub fn name(&self, index: usize) -> Option<&'a str> {
        self.get(index).and_then(Lexeme::name)
    }

    pub fn glued(&self, index: usize) -> bool {
        self.get(index).is_some_and(|token| token.glued)
    }

    /// The tokens between a bracket and its partner.
    pub fn inside(&self, open: usize) -> &'a [Lexeme] {
        let close = self.partners.get(open).copied().unwrap_or(open);
        self.all.get(open + 1..close).unwrap_or(&[])
    }

    /// Does a symbol occur inside a bracket, outside the brackets within?
    pub fn holds(&self, open: usize, symbols: &[&str]) -> bool {
        let close = self.partners.get(open).copied().unwrap_or(open);
        let mut at = open + 1;
        while at < close {
            if symbols.iter().any(|symbol| self.is(at, symbol)) {
                return true;
            }
            at = self.partners[at] + 1;
        }
        false
    }

    /// Does a bracket hold nothing but letters and numbers, with commas, bars or semicolons between them?
    pub fn is_list_of_letters(&self, open: usize) -> bool {
        let close = self.partners.get(open).copied().unwrap_or(open);
        let mut at = open + 1;
        while at < close {
            let behind = match (self.get(at).map(|token| &token.token), self.name_at(at)) {
                (Some(Token::Number(_)), _) => at + 1,
                (_, Some((letter, behind))) if !super::names::is_reserved(&letter.base) => behind,
                _ => return false,
            };
            if behind == close {
                return true;
            }
            if ![",", ";", "|", "¦"].iter().any(|sign| self.is(behind, sign)) {
                return false;
            }
            at = behind + 1;
        }
        false
    }

    /// Does a bar in a bracket separate arguments? Absolute values take two bars each.
    pub fn separates(&self, open: usize) -> bool {
        self.lengths(open).1 > 0
    }

    /// How many arguments stand in a bracket before its bar, and how many behind it.
    pub fn lengths(&self, open: usize) -> (usize, usize) {
        let close = self.partners[open];
        let (mut bars, mut at) = (0, open + 1);
        while at < close {
            bars += usize::from(self.is(at, "|"));
            at = self.partners[at] + 1;
        }
        let (mut counts, mut behind, mut at) = ([1, 1], false, open + 1);
        while at < close {
            let separates = self.is(at, "¦") || self.is(at, ";") || (self.is(at, "|") && bars == 1);
            if separates && !behind {
                behind = true;
            } else if self.is(at, ",") || separates {
                counts[usize::from(behind)] += 1;
            }
            at = self.partners[at] + 1;
        }
        (counts[0], if behind { counts[1] } else { 0 })
    }

    /// The place from one token to another, both included.
    pub fn span(&self, first: usize, last: usize) -> Span {
        let end = self.all.len().saturating_sub(1);
        match (self.get(first.min(end)), self.get(last.min(end))) {
            (Some(first), Some(last)) => Span { start: first.span.start, end: last.span.end },
            _ => Span::default(),
        }
    }

    /// The name at a token, its subscript included, and the index behind it. Primes before the subscript are
    /// skipped here and counted by [`Tokens::primes`].
    pub fn name_at(&self, index: usize) -> Option<(Name, usize)> {
        let base = self.name(index)?;
        let mut at = index + 1;
        while self.is(at, "'") {
            at += 1;
        }
        if !self.is(at, "_") {
            return Some((Name::new(base, None), index + 1));
        }
        let subscript = match self.get(at + 1).map(|next| &next.token)? {
            Token::Symbol("{") => self.inside(at + 1),
            Token::Name(_) | Token::Number(_) => &self.all[at + 1..at + 2],
            Token::Symbol(_) => return None,
        };
        let behind = if self.is(at + 1, "{") { self.partners[at + 1] + 1 } else { at + 2 };
        Some((Name::new(base, Some(&subscript_text(subscript)?)), behind))
    }

    /// Does the bar of a divergence stand before this: `q` of `KL(p ‖ q)`? Elsewhere it is that of a norm.
    pub fn is_second_law(&self, at: usize) -> bool {
        if at == 0 || !self.is(at - 1, "‖") {
            return false;
        }
        (1..at).any(|open| self.name(open - 1) == Some("KL") && self.partners[open] > at)
    }

    /// The primes among the tokens from one index to another.
    pub fn primes(&self, from: usize, to: usize) -> usize {
        (from..to).filter(|&at| self.is(at, "'")).count()
    }
}

/// The text of a subscript: letters, digits, and signs or commas between them. Latin letters that stand apart
/// make one word, as they do on paper. A letter in it may have a subscript of its own: `θ_old`.
fn subscript_text(tokens: &[Lexeme]) -> Option<String> {
    // All samples of an array: `1:n`.
    if let [
        Lexeme { token: Token::Number(first), .. },
        colon,
        Lexeme { token: Token::Name(last) | Token::Number(last), .. },
    ] = tokens
        && first == "1"
        && colon.is(":")
    {
        return Some(format!("1:{}", super::names::greek(last).unwrap_or(last)));
    }
    // Parts of a sequence: `0:T+1`, `0:∞`, `<t`.
    if let Some(colon) = tokens.iter().position(|token| token.is(":")) {
        let last = match &tokens[colon + 1..] {
            [infinity] if infinity.is("∞") => "∞".to_string(),
            last => subscript_text(last).filter(|last| !last.contains(':'))?,
        };
        return Some(format!("{}:{last}", subscript_text(&tokens[..colon])?));
    }
    if let [sign, index @ ..] = tokens
        && let Some(sign) = ["<", "≤"].into_iter().find(|written| sign.is(written))
    {
        return Some(format!("{sign}{}", subscript_text(index).filter(|index| !index.contains([':', '<', '≤']))?));
    }
    // That of one of several sequences: `i,<t`.
    if let Some(comma) = tokens.iter().rposition(|token| token.is(","))
        && ["<", "≤"].iter().any(|sign| tokens.get(comma + 1).is_some_and(|token| token.is(sign)))
    {
        let plain = |text: &String| !text.contains([':', '<', '≤']);
        let which = subscript_text(&tokens[..comma]).filter(plain)?;
        return Some(format!("{which},{}", subscript_text(&tokens[comma + 1..])?));
    }
    let mut pieces: Vec<String> = Vec::new();
    let mut nested = false;
    for token in tokens {
        let piece = match &token.token {
            Token::Name(name) => name.clone(),
            Token::Number(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => digits.clone(),
            Token::Symbol(symbol @ ("+" | "-" | "," | "_" | "*" | "(" | ")" | "'")) => symbol.to_string(),
            Token::Symbol("{" | "}") if nested => continue,
            _ => return None,
        };
        nested |= piece == "_";
        let latin = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric());
        match pieces.last_mut() {
            Some(last) if latin(last) && latin(&piece) => last.push_str(&piece),
            _ => pieces.push(piece),
        }
    }
    let text: String = pieces.iter().map(|piece| super::names::greek(piece).unwrap_or(piece)).collect();
    (!text.is_empty() && text != "*").then_some(text)
}
