//! Documents to standard output, errors to standard error.

use crate::render::{Document, Format, View};
use crate::session::Error;
use crate::syntax::Code;
use miette::{GraphicalReportHandler, GraphicalTheme, ThemeStyles};
use std::io::Write;

/// The output of a run.
pub struct Output {
    format: Format,
    view: View,
    begun: bool,
    /// What a page will consist of: it is written as a whole.
    page: Vec<Document>,
    title: String,
    /// Only what is not as it should be is shown.
    quiet: bool,
    /// Nobody reads any more.
    closed: bool,
}

impl Output {
    pub fn new(format: Format, view: View, quiet: bool) -> Output {
        let terminal = terminal_size::terminal_size_of(std::io::stdout());
        let width = terminal.map(|(terminal_size::Width(columns), _)| usize::from(columns));
        Output {
            format,
            view: View { width, ..view },
            begun: false,
            page: Vec::new(),
            title: String::new(),
            quiet,
            closed: false,
        }
    }

    /// A document with the details of its steps.
    pub fn explained(&mut self, document: &Document) {
        let view = self.view;
        self.view.explain = true;
        self.document(document);
        self.view = view;
    }

    /// The title of a page.
    pub fn titled(mut self, title: String) -> Output {
        self.title = title;
        self
    }

    /// A document about something that is as it should be, which nobody may want to see.
    pub fn good(&mut self, document: &Document) {
        if !self.quiet {
            self.document(document);
        }
    }

    pub fn document(&mut self, document: &Document) {
        if document.blocks.is_empty() && document.data.is_empty() {
            return;
        }
        if self.format == Format::Html {
            self.begun = true;
            self.page.push(document.clone());
            return;
        }
        let opening = if self.begun { "" } else { self.format.opening(self.view) };
        self.begun = true;
        self.text(&format!("{opening}{}", self.format.render_in(document, self.view)));
    }

    /// A document behind all others, if there are any.
    pub fn closing(&mut self, document: &Document) {
        if self.begun {
            self.document(document);
        }
    }

    /// What stands behind the last document.
    pub fn finish(&mut self) {
        if self.format == Format::Html && self.begun {
            let page = Format::page(&self.title, &std::mem::take(&mut self.page));
            self.text(&page);
        } else if self.begun {
            self.text(self.format.closing(self.view));
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

    /// A line on standard error that is no error.
    pub fn warning(&mut self, text: &str) {
        // What cannot be written to standard error cannot be reported anywhere.
        let _ = writeln!(anstream::stderr().lock(), "warning: {text}");
    }

    /// One message, with a caret under the place; for programs, an object where they read the others.
    pub fn error(&mut self, error: &Error) {
        if self.format == Format::Json {
            self.text(&format!("{}\n", error.data()));
        }
        self.message(error);
    }

    /// The message alone, where an object says it already.
    pub fn message(&mut self, error: &Error) {
        let colour = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
        let unicode = supports_unicode::on(supports_unicode::Stream::Stderr);
        // What cannot be written to standard error cannot be reported anywhere.
        let _ = anstream::stderr().lock().write_all(shown(error, unicode, colour).as_bytes());
    }
}

/// An error of usage, in the style of all others.
pub fn usage(error: &clap::Error) {
    // The arguments are not understood, so they are only looked at.
    let words: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let wants_json = |pair: &[String]| pair[0] == "--format" && pair[1] == "json";
    if words.iter().any(|word| word == "--format=json") || words.windows(2).any(wants_json) {
        let text = error.render().to_string();
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let message = lines.next().unwrap_or("").trim_start_matches("error: ").to_string();
        let help = lines.collect::<Vec<_>>().join("; ");
        let mut output = Output::new(Format::Json, View::default(), false);
        output.text(&format!("{}\n", Error::usage(message, &help).data()));
    }
    let text = error.render().ansi().to_string();
    let text = text.replacen("error:", &format!("error[{}]:", Code::Usage.number()), 1);
    // What cannot be written to standard error cannot be reported anywhere.
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// An error as a message, the line that is at fault with a caret, and a line of help.
fn shown(error: &Error, unicode: bool, colour: bool) -> String {
    let mut theme = if unicode { GraphicalTheme::unicode() } else { GraphicalTheme::ascii() };
    if !colour {
        theme.styles = ThemeStyles::none();
    }
    theme.characters.error = format!("error[{}]:", error.code().number());
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_context_lines(0).with_width(100);
    let mut text = String::new();
    match handler.render_report(&mut text, error) {
        Ok(()) => text.trim().lines().map(|line| format!("{}\n", line.trim_end())).collect(),
        Err(_) => format!("error[{}]: {error}\n", error.code().number()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_message_with_a_caret_in_ascii_where_that_is_wanted() {
        let error = crate::session::Session::default().prove("f(x = 1").expect_err("an open bracket");
        let text = shown(&error, false, false);
        assert!(text.is_ascii() && text.starts_with("error[E002]: ") && text.contains('^'), "{text}");
        assert!(!text.contains('\u{1b}') && shown(&error, true, true).contains('\u{1b}'));
    }
}
