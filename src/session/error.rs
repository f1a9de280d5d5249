//! The one error of the facade: what is wrong, where, and what was probably meant.

use crate::rule::LoadError;
use crate::syntax::{Code, Span, SyntaxError};
use crate::term::ElaborateError;
use miette::{Diagnostic, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use std::fmt;

/// Input that cannot be worked on. It implements [`miette::Diagnostic`], which shows the place with a caret.
#[derive(Clone, Debug)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    code: Code,
    /// A rule, law or function file is at fault.
    rules: bool,
    message: String,
    help: Option<String>,
    place: Option<Place>,
}

/// The line of the input that is at fault, cut to what a reader can take in.
#[derive(Clone, Debug)]
struct Place {
    file: Option<String>,
    /// From 0.
    line: usize,
    /// Characters of the line that the excerpt leaves out in front.
    cut: usize,
    excerpt: String,
    /// Byte range and text of each label within the excerpt, the main one first.
    labels: Vec<(usize, usize, Option<String>)>,
}

/// Characters shown of a long line, before and behind the fault.
const BEFORE: usize = 60;
const BEHIND: usize = 40;

impl Error {
    pub(super) fn syntax(error: SyntaxError, text: &str) -> Error {
        let mut labels = vec![(error.span, None)];
        labels.extend(error.also.map(|(span, label)| (span, Some(label))));
        Error::located(error.code, error.message, error.help, text, labels)
    }

    pub(super) fn meaning(error: ElaborateError, text: &str) -> Error {
        Error::located(error.code, error.message, error.help, text, [(error.span, None)])
    }

    pub(super) fn unsupported(message: &str, help: &str, text: &str) -> Error {
        let whole = Span { start: 0, end: text.len() };
        Error::located(Code::Unsupported, message.into(), Some(help.into()), text, [(whole, None)])
    }

    /// Input that is no text to begin with, such as a file that cannot be read.
    pub fn input(message: impl Into<String>, help: Option<&str>) -> Error {
        Error::coded(Code::Input, message.into(), help.map(Into::into))
    }

    /// Arguments that do not belong together.
    pub fn usage(message: impl Into<String>, help: &str) -> Error {
        Error::coded(Code::Usage, message.into(), Some(help.into()))
    }

    /// A name that was looked up and is not there.
    pub fn lookup(message: impl Into<String>, help: &str) -> Error {
        Error::coded(Code::Lookup, message.into(), Some(help.into()))
    }

    fn coded(code: Code, message: String, help: Option<String>) -> Error {
        Error(Box::new(Inner { code, rules: false, message, help, place: None }))
    }

    pub(crate) fn defect(message: &str) -> Error {
        let help = "this is a defect of stein: please report the statement";
        Error::coded(Code::Defect, message.into(), Some(help.into()))
    }

    fn located(
        code: Code,
        message: String,
        help: Option<String>,
        text: &str,
        labels: impl IntoIterator<Item = (Span, Option<String>)>,
    ) -> Error {
        Error(Box::new(Inner { code, rules: false, message, help, place: Some(Place::of(text, labels)) }))
    }

    /// The same error, in a line of a file; lines count from 1.
    #[must_use]
    pub fn in_file(mut self, file: &str, line: usize) -> Error {
        match &mut self.0.place {
            Some(place) => {
                place.file = Some(file.into());
                place.line += line.saturating_sub(1);
            }
            None => self.0.message = format!("{file}:{line}: {}", self.0.message),
        }
        self
    }

    /// The same error, in a text that begins at a column of a line of a file; both count from 1.
    #[must_use]
    pub fn in_file_at(mut self, file: &str, line: usize, column: usize) -> Error {
        if let Some(place) = self.0.place.as_mut().filter(|place| place.line == 0) {
            place.cut += column.saturating_sub(1);
        }
        self.in_file(file, line)
    }

    /// Line and column of the fault, from 1, if it has a place.
    pub fn place(&self) -> Option<(usize, usize)> {
        let place = self.0.place.as_ref()?;
        let start = place.labels.first().map_or(0, |(start, ..)| *start);
        Some((place.line + 1, place.cut + place.excerpt[..boundary(&place.excerpt, start)].chars().count() + 1))
    }

    /// The line of the fault and its columns, if it has a place: both count from 1, and the columns end behind the fault.
    pub fn range(&self) -> Option<(usize, std::ops::Range<usize>)> {
        let (line, column) = self.place()?;
        let place = self.0.place.as_ref()?;
        let (start, end) = place.labels.first().map_or((0, 0), |(start, end, _)| (*start, *end));
        let marked = &place.excerpt[boundary(&place.excerpt, start)..boundary(&place.excerpt, end.max(start))];
        Some((line, column..column + marked.chars().count()))
    }

    /// The file that the fault is in, if it is known.
    pub fn file(&self) -> Option<&str> {
        self.0.place.as_ref()?.file.as_deref()
    }

    /// The error as the object that the JSON format prints.
    pub fn data(&self) -> serde_json::Value {
        super::record::error(self)
    }

    /// The kind of the error, with the number under which it is explained.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// True if the text does not parse.
    pub fn is_syntax(&self) -> bool {
        self.0.code.number() < "E020"
    }

    /// True if the text parses and means nothing, such as a call with the wrong number of arguments.
    pub fn is_meaning(&self) -> bool {
        ("E020".."E030").contains(&self.0.code.number())
    }

    /// True if a rule, law or function file is at fault.
    pub fn is_rules(&self) -> bool {
        self.0.rules
    }

    /// True if the input asks for what this version cannot do.
    pub fn is_unsupported(&self) -> bool {
        self.0.code == Code::Unsupported
    }

    /// True if the input could not be read, or nothing of a name is known.
    pub fn is_input(&self) -> bool {
        matches!(self.0.code, Code::Input | Code::Lookup)
    }

    /// True if the fault is this program's.
    pub fn is_defect(&self) -> bool {
        self.0.code == Code::Defect
    }

    /// What was probably meant.
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }
}

impl From<LoadError> for Error {
    fn from(error: LoadError) -> Error {
        let mut located = Error::located(error.code, error.message, error.help, &error.text, [(error.span, None)]);
        located.0.rules = true;
        located.in_file(&error.file, 1)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {}

impl Diagnostic for Error {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.0.help.as_ref().map(|help| Box::new(help) as _)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.0.place.as_ref().map(|place| place as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.0.place.as_ref()?;
        let label = |(start, end, text): &(usize, usize, Option<String>)| {
            LabeledSpan::new(text.clone(), *start, end.saturating_sub(*start))
        };
        Some(Box::new(place.labels.iter().map(label)))
    }
}

impl Place {
    fn of(text: &str, labels: impl IntoIterator<Item = (Span, Option<String>)>) -> Place {
        let labels: Vec<(Span, Option<String>)> = labels.into_iter().collect();
        let at = labels.first().map_or(0, |(span, _)| boundary(text, span.start));
        let line_start = text[..at].rfind('\n').map_or(0, |i| i + 1);
        let line_end = text[at..].find('\n').map_or(text.len(), |i| at + i);
        let before =
            text[line_start..at].char_indices().rev().nth(BEFORE - 1).map_or(line_start, |(i, _)| line_start + i);
        let behind = text[at..line_end].char_indices().nth(BEHIND).map_or(line_end, |(i, _)| at + i);
        let (cut_left, cut_right) = (before > line_start, behind < line_end);
        let lead = if cut_left { "…" } else { "" };
        // Control characters would be obeyed by the terminal.
        let shown: String = text[before..behind].chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        // The space is for a caret behind the end.
        let excerpt = format!("{lead}{shown}{}", if cut_right { "…" } else { " " });
        let cut = text[line_start..before].chars().count().saturating_sub(lead.chars().count());
        // A control character outside ASCII is longer than the space that replaces it.
        let offset = |i: usize| {
            let kept = text[before..boundary(text, i.clamp(before, behind))].chars();
            lead.len() + kept.map(|c| if c.is_control() { 1 } else { c.len_utf8() }).sum::<usize>()
        };
        let inside = |span: &Span| span.start >= before && span.start <= behind;
        let labels = labels.iter().filter(|(span, _)| inside(span));
        let labels = labels.map(|(span, text)| (offset(span.start), offset(span.end), text.clone())).collect();
        Place { file: None, line: text[..at].matches('\n').count(), cut, excerpt, labels }
    }
}

/// The nearest start of a character at or before a place.
fn boundary(text: &str, place: usize) -> usize {
    (0..=place.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0)
}

impl SourceCode for Place {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        if span.offset() + span.len() > self.excerpt.len() {
            return Err(MietteError::OutOfBounds);
        }
        let (data, whole) = (self.excerpt.as_bytes(), SourceSpan::from((0, self.excerpt.len())));
        let column = self.cut + self.excerpt[..boundary(&self.excerpt, span.offset())].chars().count();
        Ok(Box::new(match &self.file {
            Some(file) => MietteSpanContents::new_named(file.clone(), data, whole, self.line, column, 1),
            None => MietteSpanContents::new(data, whole, self.line, column, 1),
        }))
    }
}
