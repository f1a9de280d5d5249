//! Scripts: a statement a line, or over several lines.

use super::{Error, Reply, Session};
use crate::render::{Block, Document, Line, Tone};
use crate::syntax;
use std::borrow::Cow;
use std::ops::Range;

/// A heading or a statement of a script, where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry<'t> {
    /// Its lines, with the comments in them.
    pub text: &'t str,
    /// Bytes of the script.
    pub span: Range<usize>,
    /// The number of its first line, from 1.
    pub line: usize,
}

/// The headings and statements of a script. A statement goes on while a bracket is open or an operator stands at the end
/// of a line, and where a line begins like no statement does: with `=`, `given`, `where` or an operator.
pub(crate) fn entries(text: &str) -> Vec<Entry<'_>> {
    let mut found: Vec<Entry<'_>> = Vec::new();
    // The last entry may go on.
    let mut is_open = false;
    let mut start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    for (index, line) in text[start..].split_inclusive('\n').enumerate() {
        let (from, to) = (start, start + line.trim_end().len());
        start += line.len();
        let said = without_comments(&text[from..to]);
        if said.trim().is_empty() {
            // A comment stands between the lines of a statement, an empty line ends it.
            is_open &= from < to && !line.starts_with("##");
        }
        if !line.starts_with("##") && said.trim().is_empty() {
            continue;
        }
        let goes_on = |last: &Entry<'_>| {
            let unfinished = || last.text.len() < LONGEST && syntax::is_unfinished(last.text);
            syntax::goes_on(&said) || !syntax::begins_anew(&said) && unfinished()
        };
        match found.last_mut().filter(|last| is_open && !line.starts_with("##") && goes_on(last)) {
            Some(last) => {
                last.span.end = to;
                last.text = &text[last.span.clone()];
            }
            None => found.push(Entry { text: &text[from..to], span: from..to, line: index + 1 }),
        }
        is_open = !line.starts_with("##");
    }
    found
}

/// A statement is given up as unfinished at this length, so that a bracket nobody closes takes no time by the length of
/// the file.
const LONGEST: usize = 4_000;

impl Entry<'_> {
    /// The title, if it is a heading.
    pub fn heading(&self) -> Option<&str> {
        self.text.strip_prefix("##").map(|title| title.trim_start_matches('#').trim())
    }
}

/// The text with blanks in the place of its comments, so that all places stay what they are.
pub(crate) fn without_comments(text: &str) -> Cow<'_, str> {
    if !text.contains('#') {
        return Cow::Borrowed(text);
    }
    let mut in_comment = false;
    let blank = |c: char| {
        in_comment = c != '\n' && (in_comment || c == '#');
        if in_comment { " ".repeat(c.len_utf8()) } else { c.to_string() }
    };
    Cow::Owned(text.chars().map(blank).collect())
}

/// A script that is being run, statement by statement. Errors do not end it.
#[derive(Debug)]
pub struct Script<'a> {
    session: &'a mut Session,
    file: &'a str,
    entries: std::vec::IntoIter<Entry<'a>>,
    line: usize,
    span: Range<usize>,
}

/// What became of a line that says something.
#[derive(Debug)]
pub enum Event {
    /// A heading: a line that begins with `##`.
    Heading(String),
    /// What a statement came to.
    Reply(Reply),
    /// A statement that cannot be worked on.
    Error(Error),
}

impl Session {
    /// Runs a script; `file` names it in messages. Definitions and assumptions stay with the session.
    ///
    /// ```
    /// use stein::session::{Event, Reply};
    ///
    /// let mut session = stein::Session::new()?;
    /// let script = "## Moments\nassume v > 0\nE_{x ~ N(m, v)}[x]\n  = m\n";
    /// let answers = session.run("moments.stein", script).filter(|event| matches!(event, Event::Reply(Reply::Answer(_))));
    /// assert_eq!(answers.count(), 1);
    /// # Ok::<(), stein::Error>(())
    /// ```
    pub fn run<'a>(&'a mut self, file: &'a str, text: &'a str) -> Script<'a> {
        Script { session: self, file, entries: entries(text).into_iter(), line: 0, span: 0..0 }
    }
}

impl Script<'_> {
    /// The line on which the last event begins, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The bytes of the script that the last event is about.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The session as it is behind the last event.
    pub fn session(&self) -> &Session {
        self.session
    }
}

impl Iterator for Script<'_> {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        for entry in self.entries.by_ref() {
            (self.line, self.span) = (entry.line, entry.span.clone());
            if let Some(title) = entry.heading() {
                return Some(Event::Heading(title.into()));
            }
            match self.session.run_line(entry.text) {
                Ok(Reply::Nothing) => {}
                Ok(reply) => return Some(Event::Reply(reply)),
                Err(error) => return Some(Event::Error(error.in_file(self.file, entry.line))),
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

    /// The same, with the place of the statement in a file.
    pub fn document_in(&self, file: &str, line: usize) -> Document {
        let mut document = self.document();
        if let Event::Reply(Reply::Answer(_) | Reply::Derived(_)) = self {
            let content = Line::text(format!("{file}:{line}"));
            let behind = 1.min(document.blocks.len());
            document.blocks.insert(behind, Block::Note { tone: Tone::Neutral, label: "place".into(), content });
            for object in &mut document.data {
                object["place"] = serde_json::json!({ "file": file, "line": line });
            }
        }
        document
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_goes_on_where_it_cannot_end() {
        let script = "\u{feff}## A (title\r\nprove f(x) # says (\r\n  # why\r\n  = f(x)\r\n  given x > 0\r\nx +\n1 = 1 + x\n\
                      E_{x ~ p}[\n x\n] = m\nf(x\nprove x = x\n(y\n\n= y\n";
        let found: Vec<(usize, &str)> = entries(script).into_iter().map(|entry| (entry.line, entry.text)).collect();
        let expected = [
            (1, "## A (title"),
            (2, "prove f(x) # says (\r\n  # why\r\n  = f(x)\r\n  given x > 0"),
            (6, "x +\n1 = 1 + x"),
            (8, "E_{x ~ p}[\n x\n] = m"),
            (11, "f(x"),
            (12, "prove x = x"),
            (13, "(y"),
            (15, "= y"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_bracket_that_nobody_closes_takes_no_time_by_the_length_of_the_file() {
        let script = format!("f(\n{}", "x\n".repeat(200_000));
        assert!(entries(&script).len() > 100_000);
    }
}
