//! The author's own commands: `\newcommand`, `\def`, `\DeclareMathOperator`, and what they stand for.

use super::ast::Span;
use super::error::{Code, SyntaxError};
use super::lexer::Lexer;
use super::token::Token;
use std::collections::HashMap;
use std::sync::Arc;

/// Commands of an author's own, as a preamble defines them.
///
/// ```
/// use stein_syntax::{Context, Macros, parse_statement_with};
///
/// let macros = Macros::of(r"\newcommand{\E}[1]{\mathbb{E}_{#1}} % the mean");
/// let context = Context { macros: &macros, ..Context::default() };
/// assert!(parse_statement_with(r"\E{x \sim p}[x] = m", &context).is_ok());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Macros(Arc<HashMap<String, Command>>);

/// What a command stands for.
#[derive(Clone, Debug)]
struct Command {
    /// How many arguments it takes, the optional one included.
    arguments: usize,
    /// What stands in the place of the first argument where none is given in square brackets.
    optional: Option<String>,
    body: String,
}

/// The commands that make commands.
const DEFINING: [&str; 7] =
    ["newcommand", "renewcommand", "providecommand", "def", "let", "DeclareMathOperator", "DeclarePairedDelimiter"];

impl Macros {
    /// The commands in a fixed order, as one text: equal ones say the same.
    pub fn listing(&self) -> String {
        let mut commands: Vec<String> = self.0.iter().map(|(name, command)| format!("{name} {command:?}")).collect();
        commands.sort();
        commands.join("\n")
    }

    /// The commands that a text defines; everything else in it, comments included, is passed over.
    pub fn of(text: &str) -> Macros {
        let mut macros = Macros::default();
        let mut rest = text;
        while let Some(place) = rest.find(['\\', '%']) {
            rest = &rest[place..];
            let passed = match rest.strip_prefix('%') {
                Some(_) => rest.find('\n').unwrap_or(rest.len()),
                None => macros.read(rest).unwrap_or(1 + rest[1..].chars().next().map_or(0, char::len_utf8)),
            };
            rest = &rest[passed..];
        }
        macros
    }

    /// Reads a definition that begins a text. How many bytes it takes; none if the text does not begin with a definition,
    /// or with one that cannot be read.
    pub fn read(&mut self, text: &str) -> Option<usize> {
        let letters = text.strip_prefix('\\')?.bytes().take_while(u8::is_ascii_alphabetic).count();
        let command = &text[1..1 + letters];
        if !DEFINING.contains(&command) {
            return None;
        }
        let mut lexer = Lexer::new(text, 1 + letters, true);
        lexer.macros = self.clone();
        lexer.define(command, 0).ok()?;
        *self = lexer.macros;
        Some(lexer.at)
    }

    /// What a command without arguments stands for.
    pub fn body(&self, name: &str) -> Option<&str> {
        self.0.get(name).filter(|command| command.arguments == 0).map(|command| command.body.as_str())
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds others, which win over those of the same name.
    pub fn extend(&mut self, others: &Macros) {
        if self.is_empty() {
            *self = others.clone();
        } else if !others.is_empty() {
            let more = others.0.iter().map(|(name, command)| (name.clone(), command.clone()));
            Arc::make_mut(&mut self.0).extend(more);
        }
    }

    fn insert(&mut self, name: String, command: Command) {
        Arc::make_mut(&mut self.0).insert(name, command);
    }
}

/// The text of a group in braces, up to the brace that closes it; the opening one is already passed.
///
/// ```
/// assert_eq!(stein_syntax::group(r"a_{1} \} b} c"), Some(r"a_{1} \} b"));
/// assert_eq!(stein_syntax::group("{"), None);
/// ```
pub fn group(text: &str) -> Option<&str> {
    let mut depth = 1;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(&text[..at]);
        }
    }
    None
}

/// Is it a command that makes a command?
pub(super) fn is_defining(name: &str) -> bool {
    DEFINING.contains(&name)
}

/// How deep macros may use macros, and how many tokens they may make.
const DEEPEST: usize = 16;
const MOST_TOKENS: usize = 20_000;
/// As in TeX.
const MOST_ARGUMENTS: usize = 9;

impl Lexer<'_> {
    /// Reads a definition; `command` is the command that makes it.
    pub(super) fn define(&mut self, command: &str, start: usize) -> Result<(), SyntaxError> {
        let wrong = |at: usize| {
            SyntaxError::new("this definition of a command cannot be read", Span { start, end: at })
                .code(Code::Character)
                .help("as in \\newcommand{\\E}{\\mathbb{E}} or \\newcommand{\\ex}[1]{\\mathbb{E}[#1]}")
        };
        if self.peek() == Some('*') {
            self.at += 1;
        }
        self.skip_space();
        let name = match self.peek() {
            Some('{') => self.group(),
            _ => self.token(),
        };
        let name = name.trim().strip_prefix('\\').ok_or_else(|| wrong(self.at))?.to_string();
        let mut count = 0;
        let mut optional = None;
        self.skip_space();
        if command == "let" {
            if self.peek() == Some('=') {
                self.at += 1;
            }
            let body = self.token();
            self.macros.insert(name, Command { arguments: 0, optional, body });
            return Ok(());
        }
        if command == "DeclarePairedDelimiter" {
            let (left, right) = (self.group(), self.group());
            let body = format!("\\left{left} #1 \\right{right}");
            self.macros.insert(name, Command { arguments: 1, optional, body });
            return Ok(());
        }
        if command == "def" {
            let parameters = self.rest().find('{').ok_or_else(|| wrong(self.at))?;
            count = self.rest()[..parameters].matches('#').count();
            self.at += parameters;
        } else if let Some(inner) = self.rest().strip_prefix('[') {
            let (digits, _) = inner.split_once(']').ok_or_else(|| wrong(self.at))?;
            count = digits.trim().parse().map_err(|_| wrong(self.at))?;
            self.at += digits.len() + 2;
            self.skip_space();
            optional = self.bracketed();
        }
        self.skip_space();
        if self.peek() != Some('{') {
            return Err(wrong(self.at));
        }
        let body = self.group();
        let body = match command {
            "DeclareMathOperator" => format!("\\operatorname{{{body}}}"),
            // It only asks for a space.
            _ => body.replace("\\xspace", ""),
        };
        self.macros.insert(name, Command { arguments: count.min(MOST_ARGUMENTS), optional, body });
        Ok(())
    }

    /// An argument in square brackets, if one follows.
    fn bracketed(&mut self) -> Option<String> {
        let inner = self.rest().strip_prefix('[')?;
        let (argument, _) = inner.split_once(']')?;
        let argument = argument.to_string();
        self.at += argument.len() + 2;
        Some(argument)
    }

    /// Puts the tokens of a macro in its place, all of them where it was used.
    pub(super) fn expand(&mut self, name: &str, start: usize) -> Result<bool, SyntaxError> {
        let Some(Command { arguments: count, optional, body }) = self.macros.0.get(name).cloned() else {
            return Ok(false);
        };
        let mut text = body;
        let mut arguments = Vec::new();
        if self.peek() == Some('*') {
            // The other size of a pair of delimiters.
            self.at += usize::from(text.starts_with("\\left"));
        }
        if let Some(default) = optional {
            arguments.push(self.bracketed().unwrap_or(default));
        }
        while arguments.len() < count {
            self.skip_space();
            arguments.push(if self.peek() == Some('{') { self.group() } else { self.token() });
        }
        for (index, argument) in arguments.iter().enumerate() {
            text = text.replace(&format!("#{}", index + 1), argument);
        }
        let place = self.used_at.unwrap_or(Span { start, end: self.at });
        if self.expansions >= DEEPEST || self.out.len() > MOST_TOKENS || text.len() > super::lexer::MAX_LENGTH {
            return Err(SyntaxError::new(format!("the command `\\{name}` stands for too much"), place)
                .code(Code::Limit)
                .help("a command may not use itself"));
        }
        let mut inner = Lexer::new(&text, 0, true);
        inner.macros = self.macros.clone();
        inner.used_at = Some(place);
        inner.expansions = self.expansions + 1;
        inner.out = std::mem::take(&mut self.out);
        inner.glued = self.glued;
        let result = inner.finish();
        self.out = std::mem::take(&mut inner.out);
        self.remarks.append(&mut inner.remarks);
        self.glued = true;
        result.map(|()| true)
    }

    /// Reads on to the end of the text.
    pub(super) fn finish(&mut self) -> Result<(), SyntaxError> {
        while self.at < self.text.len() {
            self.next()?;
        }
        Ok(())
    }

    /// The tokens of a part of the text, from one place to another.
    pub(super) fn part(&mut self, start: usize, end: usize) -> Result<(), SyntaxError> {
        let mut inner = Lexer::new(&self.text[..end], start, self.latex);
        inner.macros = self.macros.clone();
        inner.used_at = self.used_at;
        inner.expansions = self.expansions + 1;
        if inner.expansions > DEEPEST * 4 {
            return Err(super::balance::too_deep(Span { start, end }));
        }
        inner.out = std::mem::take(&mut self.out);
        inner.glued = false;
        let result = inner.finish();
        self.out = std::mem::take(&mut inner.out);
        self.remarks.append(&mut inner.remarks);
        result
    }

    /// The text of a group in braces, which is passed over; of a single token where there are none.
    pub(super) fn group(&mut self) -> String {
        self.skip_space();
        if self.peek() != Some('{') {
            return self.token();
        }
        let inside = &self.rest()[1..];
        let inner = group(inside);
        let passed = inner.map_or(1 + inside.len(), |inner| inner.len() + 2);
        let inner = inner.unwrap_or(inside).to_string();
        self.at += passed;
        inner
    }

    /// The text of one token of TeX: a command or a character.
    fn token(&mut self) -> String {
        self.skip_space();
        let rest = self.rest();
        let length = match rest.strip_prefix('\\') {
            Some(command) => {
                let letters = command.bytes().take_while(u8::is_ascii_alphabetic).count();
                1 + letters.max(command.chars().next().map_or(0, char::len_utf8))
            }
            None => rest.chars().next().map_or(0, char::len_utf8),
        };
        let token = rest[..length].to_string();
        self.at += length;
        token
    }

    /// The value of the group or token that follows: where it begins and ends in the text, without its braces.
    pub(super) fn argument(&mut self) -> (usize, usize) {
        self.skip_space();
        let start = self.at;
        let braced = self.peek() == Some('{');
        self.group();
        if braced { (start + 1, self.at.saturating_sub(1).max(start + 1)) } else { (start, self.at) }
    }

    pub(super) fn skip_space(&mut self) {
        let space = self.rest().len() - self.rest().trim_start().len();
        self.at += space;
    }

    /// Pushes a bracket that stands in no text.
    pub(super) fn bracket(&mut self, symbol: &'static str, start: usize) {
        self.push(Token::Symbol(symbol), start);
    }
}
