//! How many there are of each kind, at the end of a script or a document.

use super::{Item, Outcome};
use crate::render::{Block, Document, Line};
use crate::session::{Event, Reply};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// How many statements came to what.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    counts: BTreeMap<&'static str, usize>,
    /// Of them, as they were expected to.
    as_expected: BTreeMap<&'static str, usize>,
    unexpected: usize,
}

/// The kinds, in the order of a tally.
const KINDS: [&str; 11] = [
    "proved",
    "conditional",
    "open",
    "refuted",
    "derived",
    "defined",
    "outside",
    "expression",
    "skipped",
    "broken",
    "error",
];

impl Tally {
    /// Counts an item of a document.
    pub fn item(&mut self, item: &Item) {
        let expected = match &item.outcome {
            Outcome::Judged(answer) => answer.expected.map(|_| answer.is_as_expected()),
            _ => None,
        };
        self.one(item.word(), expected);
    }

    /// Counts what became of a statement of a script; what is defined or assumed counts for nothing.
    pub fn event(&mut self, event: &Event) {
        match event {
            Event::Error(_) => self.failed(),
            Event::Reply(Reply::Answer(answer)) => {
                self.one(answer.verdict().word(), answer.expected.map(|_| answer.is_as_expected()));
            }
            Event::Reply(Reply::Derived(_)) => self.one("derived", None),
            Event::Heading(_) | Event::Reply(_) => {}
        }
    }

    /// Counts a statement that cannot be worked on.
    pub fn failed(&mut self) {
        self.one("error", None);
    }

    fn one(&mut self, kind: &'static str, as_expected: Option<bool>) {
        *self.counts.entry(kind).or_default() += 1;
        match as_expected {
            Some(true) => *self.as_expected.entry(kind).or_default() += 1,
            Some(false) => self.unexpected += 1,
            None => {}
        }
    }

    /// True if nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// True if nothing but errors was counted: these have been told.
    pub fn is_of_errors(&self) -> bool {
        self.counts.keys().all(|kind| *kind == "error")
    }

    /// `8 proved, 9 refuted as expected`.
    pub fn line(&self) -> String {
        let mut listed: Vec<String> = Vec::new();
        for kind in KINDS {
            let Some(count) = self.counts.get(kind) else { continue };
            listed.push(match self.as_expected.get(kind) {
                Some(expected) if expected == count => format!("{count} {kind} as expected"),
                Some(expected) => format!("{count} {kind} ({expected} as expected)"),
                None => format!("{count} {kind}"),
            });
        }
        if self.unexpected > 0 {
            listed.push(format!("{} not as expected", self.unexpected));
        }
        listed.join(", ")
    }

    /// The tally of a file; `otherwise` stands for one of nothing.
    pub fn document(&self, file: &str, otherwise: &str) -> Document {
        let line = if self.is_empty() { otherwise.to_string() } else { self.line() };
        let mut document = Document::default();
        document.push(Block::Paragraph(Line::text(format!("{file}: {line}"))));
        document
    }

    /// The counts as data.
    pub fn data(&self) -> Value {
        let count = |kind: &&'static str| ((*kind).to_string(), json!(self.counts.get(kind).copied().unwrap_or(0)));
        Value::Object(KINDS.iter().map(count).collect::<Map<_, _>>())
    }
}
