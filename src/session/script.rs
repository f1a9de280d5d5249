//! Scripts: a statement a line.

use super::{Error, Reply, Session};
use crate::render::{Block, Document, Line};

/// A script that is being run, line by line. Errors do not end it.
#[derive(Debug)]
pub struct Script<'a> {
    session: &'a mut Session,
    file: &'a str,
    lines: std::iter::Enumerate<std::str::Lines<'a>>,
}

/// What became of a line that says something.
#[derive(Debug)]
pub enum Event {
    /// A heading: a line that begins with `##`.
    Heading(String),
    /// What a line came to.
    Reply(Reply),
    /// A line that cannot be worked on.
    Error(Error),
}

impl Session {
    /// Runs a script; `file` names it in messages. Definitions and assumptions stay with the session.
    ///
    /// ```
    /// use stein::session::{Event, Reply};
    ///
    /// let mut session = stein::Session::new()?;
    /// let script = "## Moments\nassume v > 0\nE_{x ~ N(m, v)}[x] = m\n";
    /// let answers = session.run("moments.stein", script).filter(|event| matches!(event, Event::Reply(Reply::Answer(_))));
    /// assert_eq!(answers.count(), 1);
    /// # Ok::<(), stein::Error>(())
    /// ```
    pub fn run<'a>(&'a mut self, file: &'a str, text: &'a str) -> Script<'a> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Script { session: self, file, lines: text.lines().enumerate() }
    }
}

impl Iterator for Script<'_> {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        for (index, line) in self.lines.by_ref() {
            if let Some(heading) = line.strip_prefix("##") {
                return Some(Event::Heading(heading.trim_start_matches('#').trim().into()));
            }
            match self.session.run_line(line) {
                Ok(Reply::Nothing) => {}
                Ok(reply) => return Some(Event::Reply(reply)),
                Err(error) => return Some(Event::Error(error.in_file(self.file, index + 1))),
            }
        }
        None
    }
}

impl Event {
    /// What is shown of the event; an error is shown elsewhere.
    pub fn document(&self) -> Document {
        let mut document = Document::default();
        match self {
            Event::Heading(text) => document.push(Block::Heading(Line::text(text.clone()))),
            Event::Reply(reply) => return reply.document(),
            Event::Error(_) => {}
        }
        document
    }
}
