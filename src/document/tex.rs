//! TeX: comments, verbatim text, commands, environments and formulas. `\input` is not followed.

use super::directive::spoken;
use super::source::{Event, Found, Layout, Part, blank};
use crate::syntax::{Macros, group};
use std::ops::Range;

/// Environments that are displayed formulas.
#[rustfmt::skip]
const DISPLAYS: &[&str] = &[
    "equation", "align", "gather", "multline", "alignat", "flalign", "eqnarray", "displaymath", "dmath", "xalignat",
];

/// Environments whose text is not TeX, or is not printed.
#[rustfmt::skip]
const VERBATIM: &[&str] = &["verbatim", "Verbatim", "lstlisting", "minted", "comment", "filecontents", "alltt"];

/// Commands that begin a section.
const SECTIONS: &[&str] = &["part", "chapter", "section", "subsection", "subsubsection", "paragraph"];

/// Commands in a display that say nothing about the formula.
const SILENT: &[&str] = &["notag", "nonumber", "qedhere", "allowdisplaybreaks", "displaybreak", "pagebreak"];

/// Is it an environment that is a displayed formula?
pub(super) fn is_display(environment: &str) -> bool {
    DISPLAYS.contains(&environment.trim_end_matches('*'))
}

/// Reads a TeX file, or the TeX in another text.
pub(super) fn events(part: &mut Part, macros: &Macros) {
    let whole = part.text.find("\\begin{document}");
    let mut scanner =
        Scanner { text: &part.text, at: 0, macros: macros.clone(), events: Vec::new(), in_body: whole.is_none() };
    scanner.run();
    part.events = scanner.events;
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    macros: Macros,
    events: Vec<Event>,
    /// Behind `\begin{document}`, if there is one.
    in_body: bool,
}

impl<'a> Scanner<'a> {
    fn run(&mut self) {
        while let Some(offset) = self.rest().find(['\\', '%', '$']) {
            self.at += offset;
            match self.text.as_bytes()[self.at] {
                b'%' => self.comment(),
                b'$' => self.dollars(),
                _ => {
                    if !self.command() {
                        break;
                    }
                }
            }
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn comment(&mut self) {
        let end = self.rest().find('\n').unwrap_or(self.rest().len());
        let comment = self.rest()[..end].trim_start_matches('%');
        let start = self.at;
        match spoken(comment) {
            Some("") => self.events.push(Event::Mark { start }),
            Some(text) => self.events.push(Event::Directive { text: text.into(), start }),
            None => {}
        }
        self.at += end;
    }

    fn dollars(&mut self) {
        let delimiter = if self.rest().starts_with("$$") { "$$" } else { "$" };
        let start = self.at + delimiter.len();
        match close(self.text, start, |rest| rest.starts_with(delimiter).then_some(delimiter.len())) {
            Some((end, length)) => self.formula(start..end, end + length, delimiter == "$", Layout::Rows),
            None => self.at += delimiter.len(),
        }
    }

    /// A command; false at the end of the document.
    fn command(&mut self) -> bool {
        let rest = self.rest();
        if let Some(passed) = self.macros.read(rest) {
            self.at += passed;
            self.events.push(Event::Commands(self.macros.clone()));
            return true;
        }
        let letters = rest[1..].bytes().take_while(u8::is_ascii_alphabetic).count();
        let name = &rest[1..1 + letters];
        match name {
            "" => match rest[1..].chars().next() {
                Some(open @ ('[' | '(')) => {
                    let closing = if open == '[' { "\\]" } else { "\\)" };
                    let start = self.at + 2;
                    match close(self.text, start, |rest| rest.starts_with(closing).then_some(2)) {
                        Some((end, _)) => self.formula(start..end, end + 2, open == '(', Layout::Rows),
                        None => self.at = start,
                    }
                }
                other => self.at += 1 + other.map_or(0, char::len_utf8),
            },
            "begin" => match rest[6..].trim_start().strip_prefix('{').and_then(group) {
                Some(name) => {
                    let end = name.as_ptr() as usize - self.text.as_ptr() as usize + name.len() + 1;
                    self.environment(name, end.min(self.text.len()));
                }
                None => self.at += 6,
            },
            "end" if rest.starts_with("\\end{document}") => return false,
            "verb" => {
                let inner = rest[5..].trim_start_matches('*');
                let passed = inner.chars().next().map(|delimiter| {
                    let skipped = rest.len() - inner.len() + delimiter.len_utf8();
                    rest[skipped..].find(delimiter).map_or(skipped, |end| skipped + end + delimiter.len_utf8())
                });
                self.at += passed.unwrap_or(5);
            }
            "iffalse" => self.at += rest.find("\\fi").map_or(rest.len(), |end| end + 3),
            _ if SECTIONS.contains(&name) => {
                let behind = rest[1 + letters..].trim_start_matches('*');
                self.at += rest.len() - behind.len();
                if let Some(title) = behind.strip_prefix('{').and_then(group) {
                    self.events.push(Event::Heading(plain(title)));
                }
            }
            _ => {
                // Some begin a display by a command of their own: `\be … \ee`.
                let begun =
                    self.macros.body(name).and_then(|body| body.trim().strip_prefix("\\begin{").and_then(group));
                match begun.map(String::from) {
                    Some(environment) => self.environment(&environment, self.at + 1 + letters),
                    None => self.at += 1 + letters,
                }
            }
        }
        true
    }

    /// An environment, whose text begins at `start`.
    fn environment(&mut self, name: &str, start: usize) {
        let ending = format!("\\end{{{name}}}");
        if VERBATIM.contains(&name.trim_end_matches('*')) {
            self.at = self.text[start..].find(&ending).map_or(self.text.len(), |end| start + end + ending.len());
        } else if name == "document" {
            self.in_body = true;
            self.at = start;
        } else if is_display(name) {
            let macros = &self.macros;
            let ends = |rest: &str| {
                if rest.starts_with(&ending) {
                    return Some(ending.len());
                }
                let letters = rest.strip_prefix('\\')?.bytes().take_while(u8::is_ascii_alphabetic).count();
                let body = macros.body(&rest[1..1 + letters])?;
                body.trim().starts_with(&ending).then_some(1 + letters)
            };
            match close(self.text, start, ends) {
                Some((end, length)) => {
                    let counted = name.trim_end_matches('*').ends_with("alignat");
                    let columns = if counted { self.text[start..end].find('}').map_or(0, |end| end + 1) } else { 0 };
                    self.formula(start + columns..end, end + length, false, Layout::of(name));
                }
                None => self.at = start,
            }
        } else {
            self.at = start;
        }
    }

    fn formula(&mut self, range: Range<usize>, end: usize, inline: bool, layout: Layout) {
        self.at = end;
        if self.in_body {
            self.events.push(Event::Formula(found(&self.text[range.clone()], range.start, inline, layout)));
        }
    }
}

/// Where a formula ends: the first place that `ends` it outside of comments, and how long the end is. A blank line ends a
/// formula that was never closed.
fn close(text: &str, start: usize, ends: impl Fn(&str) -> Option<usize>) -> Option<(usize, usize)> {
    let mut at = start;
    let mut blank = false;
    while let Some(c) = text[at..].chars().next() {
        if let Some(length) = ends(&text[at..]) {
            return Some((at, length));
        }
        match c {
            '\\' => at += 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8),
            '%' => {
                at += text[at..].find('\n').unwrap_or(text.len() - at);
                // The end of a comment's line is no blank line.
                at += usize::from(at < text.len());
            }
            '\n' if blank => return None,
            c => {
                blank = c == '\n' || blank && c.is_whitespace();
                at += c.len_utf8();
            }
        }
    }
    None
}

/// A formula with what is no part of it in blanks.
pub(super) fn found(source: &str, start: usize, inline: bool, layout: Layout) -> Found {
    let mut bytes = source.as_bytes().to_vec();
    let mut label = None;
    let mut directives = Vec::new();
    let mut at = 0;
    while let Some(offset) = source[at..].find(['\\', '%']) {
        at += offset;
        let rest = &source[at..];
        if rest.starts_with('%') {
            let end = at + rest.find('\n').unwrap_or(rest.len());
            if let Some(text) = spoken(source[at..end].trim_start_matches('%')).filter(|text| !text.is_empty()) {
                directives.push((start + at, text.to_string()));
            }
            blank(&mut bytes, at..end);
            at = end;
            continue;
        }
        let letters = rest[1..].bytes().take_while(u8::is_ascii_alphabetic).count();
        let name = &rest[1..1 + letters];
        let argument = || rest[1 + letters..].trim_start_matches('*').strip_prefix('{').and_then(group);
        let mut end = at + 1 + letters.max(rest[1..].chars().next().map_or(0, char::len_utf8));
        match name {
            "label" | "tag" => {
                if let Some(inner) = argument() {
                    end = inner.as_ptr() as usize - source.as_ptr() as usize + inner.len() + 1;
                    if name == "label" && label.is_none() {
                        label = Some(inner.trim().to_string());
                    }
                }
                blank(&mut bytes, at..end.min(source.len()));
            }
            _ if SILENT.contains(&name) => blank(&mut bytes, at..end),
            _ => {}
        }
        at = end;
    }
    let text = String::from_utf8(bytes).unwrap_or_else(|_| source.into());
    Found { start, text, inline, layout, label, directives }
}

/// A title without commands.
fn plain(title: &str) -> String {
    let mut words = String::new();
    let mut characters = title.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\\' => while characters.next_if(char::is_ascii_alphabetic).is_some() {},
            '{' | '}' | '$' => {}
            '~' => words.push(' '),
            c => words.push(c),
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}
