//! Documents to standard output, errors to standard error.

use crate::render::{Document, Format};
use crate::session::Error;
use miette::{MietteHandler, MietteHandlerOpts, ReportHandler};
use std::fmt;
use std::io::Write;

/// The output of a run.
pub struct Output {
    format: Format,
    begun: bool,
    /// Nobody reads any more.
    closed: bool,
}

impl Output {
    pub fn new(format: Format) -> Output {
        Output { format, begun: false, closed: false }
    }

    pub fn document(&mut self, document: &Document) {
        if document.blocks.is_empty() && document.data.is_empty() {
            return;
        }
        let opening = if self.begun { "" } else { self.format.opening() };
        self.begun = true;
        self.text(&format!("{opening}{}", self.format.render(document)));
    }

    /// What stands behind the last document.
    pub fn finish(&mut self) {
        if self.begun {
            self.text(self.format.closing());
        }
    }

    /// Writes text; false if nobody reads it.
    pub fn text(&mut self, text: &str) -> bool {
        if !self.closed && !text.is_empty() {
            // Colours are dropped unless this is a terminal that wants them.
            let mut out = anstream::stdout().lock();
            self.closed = out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err();
        }
        !self.closed
    }

    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// One message, with a caret under the place.
    pub fn error(&mut self, error: &Error) {
        let mut stderr = anstream::stderr().lock();
        let colour = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
        let options = MietteHandlerOpts::new().color(colour).terminal_links(false).context_lines(0).width(100);
        let _ = writeln!(stderr, "error: {error}");
        let shown = Shown { error, handler: options.build() };
        let _ = write!(stderr, "{shown}");
    }
}

/// An error as miette shows it.
struct Shown<'a> {
    error: &'a Error,
    handler: MietteHandler,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.handler.debug(self.error, f)
    }
}
