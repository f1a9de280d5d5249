//! The one error of this layer: a sentence, a place, and what was probably meant.

use super::ast::Span;
use miette::LabeledSpan;

/// Text that cannot be read. Places are byte offsets into the text that was handed in.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
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
        SyntaxError { message: message.into(), span, help: None, also: None }
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
