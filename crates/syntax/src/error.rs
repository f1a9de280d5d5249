//! The one error of this layer: a sentence, a place, and what was probably meant.

use super::ast::Span;
use miette::LabeledSpan;

/// The kinds of errors. Each has a number that never changes, and a section in `docs/errors.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// A character or command that the language does not have.
    Character,
    /// A bracket or bar without its partner.
    Bracket,
    /// A text that is too long, too deep, or holds a number that is too large.
    Limit,
    /// Something is missing, or stands where it has no place.
    Expected,
    /// A subscript or a prime where it says nothing.
    Name,
    /// An operator of the notation without what it needs.
    Operator,
    /// A text that could mean two things.
    Ambiguous,
    /// A line that begins with no command, or a command with nothing behind it.
    Command,
    /// No class of functions.
    Class,
    /// A hypothesis that cannot be used, or that nothing satisfies.
    Hypothesis,
    /// No function of that name.
    UnknownFunction,
    /// No law of that name.
    UnknownLaw,
    /// Too many arguments, or too few.
    Arguments,
    /// Notation that means nothing where it stands.
    Meaning,
    /// A definition that refers to itself.
    Definition,
    /// An entry of a rule, law or function file that cannot be read.
    Entry,
    /// An entry that can be read and is no rule, law or function.
    Rule,
    /// What this version cannot do.
    Unsupported,
    /// A file that cannot be read, or an input with nothing in it.
    Input,
    /// A name that was looked up and is not there.
    Lookup,
    /// Arguments of the command line that make no sense.
    Usage,
    /// A fault of the program's own.
    Defect,
}

impl Code {
    /// All codes, in the order of their numbers.
    pub const ALL: [Code; 22] = [
        Code::Character,
        Code::Bracket,
        Code::Limit,
        Code::Expected,
        Code::Name,
        Code::Operator,
        Code::Ambiguous,
        Code::Command,
        Code::Class,
        Code::Hypothesis,
        Code::UnknownFunction,
        Code::UnknownLaw,
        Code::Arguments,
        Code::Meaning,
        Code::Definition,
        Code::Entry,
        Code::Rule,
        Code::Unsupported,
        Code::Input,
        Code::Lookup,
        Code::Usage,
        Code::Defect,
    ];

    /// The number, such as `E002`.
    pub fn number(self) -> &'static str {
        match self {
            Code::Character => "E001",
            Code::Bracket => "E002",
            Code::Limit => "E003",
            Code::Expected => "E004",
            Code::Name => "E005",
            Code::Operator => "E006",
            Code::Ambiguous => "E007",
            Code::Command => "E008",
            Code::Class => "E009",
            Code::Hypothesis => "E010",
            Code::UnknownFunction => "E020",
            Code::UnknownLaw => "E021",
            Code::Arguments => "E022",
            Code::Meaning => "E023",
            Code::Definition => "E024",
            Code::Entry => "E030",
            Code::Rule => "E031",
            Code::Unsupported => "E040",
            Code::Input => "E050",
            Code::Lookup => "E051",
            Code::Usage => "E060",
            Code::Defect => "E090",
        }
    }
}

/// Text that cannot be read. Places are byte offsets into the text that was handed in.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// The kind of error.
    pub code: Code,
    /// What is wrong, in a sentence.
    pub message: String,
    /// Where it went wrong.
    pub span: Span,
    /// What was probably meant, if it can be told.
    pub help: Option<String>,
    /// A second place that belongs to the first, such as the bracket that was never closed.
    pub also: Option<(Span, String)>,
}

impl SyntaxError {
    pub(crate) fn new(message: impl Into<String>, span: Span) -> Self {
        SyntaxError { code: Code::Expected, message: message.into(), span, help: None, also: None }
    }

    pub(crate) fn code(mut self, code: Code) -> Self {
        self.code = code;
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn also(mut self, span: Span, label: impl Into<String>) -> Self {
        self.also = Some((span, label.into()));
        self
    }
}

impl miette::Diagnostic for SyntaxError {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label =
            |text: Option<String>, span: Span| LabeledSpan::new(text, span.start, span.end.saturating_sub(span.start));
        let second = self.also.iter().map(move |(span, text)| label(Some(text.clone()), *span));
        Some(Box::new(std::iter::once(label(Some("here".into()), self.span)).chain(second)))
    }
}
