//! Reports of documents, for people and as data.

use super::{Item, Kind, Outcome, Report, Tally};
use crate::render::{Block, Document, Line, Tone};
use crate::session::Verdict;
use serde_json::json;

impl Item {
    /// Its verdict in a word: that of the answer, or `derived`, `defined`, `outside`, `expression`, `skipped`, `broken`.
    pub fn word(&self) -> &'static str {
        match &self.outcome {
            Outcome::Judged(answer) => answer.verdict().word(),
            Outcome::Derived(_) => "derived",
            Outcome::Defined(_) => "defined",
            Outcome::Outside(_) => "outside",
            Outcome::Expression => "expression",
            Outcome::Skipped => "skipped",
            Outcome::Broken(_) => "broken",
        }
    }

    fn document(&self, file: &str) -> Document {
        let mut document = match &self.outcome {
            Outcome::Judged(answer) => answer.document(),
            Outcome::Derived(derived) => derived.document(),
            outcome => {
                let tone = if matches!(outcome, Outcome::Broken(_)) { Tone::Bad } else { Tone::Neutral };
                let about = Line::code(self.source.clone());
                let mut document = Document::default();
                document.push(Block::Verdict { tone, word: self.word().into(), about });
                document
            }
        };
        let answer = document.data.pop();
        let label = self.label.iter().map(|label| format!(" ({label})")).collect::<String>();
        let note = |label: &str, content: Line| Block::Note { tone: Tone::Neutral, label: label.into(), content };
        let mut notes = vec![note("place", Line::text(format!("{}{label}", self.place.in_file(file))))];
        for (definition, place) in &self.rests_on {
            let behind = Line::text(format!("   {}", place.in_file(file)));
            notes.push(note("where", Line::code(definition.clone()).then(behind)));
        }
        let error = match &self.outcome {
            Outcome::Outside(error) | Outcome::Broken(error) => Some(error),
            _ => None,
        };
        if let Some(error) = error {
            let at = error.place().map_or(String::new(), |(line, column)| format!("{line}:{column}: "));
            notes.push(note("reason", Line::text(format!("{at}{error}"))));
            notes.extend(error.help().map(|help| note("help", Line::text(help))));
        }
        let behind = 1.min(document.blocks.len());
        document.blocks.splice(behind..behind, notes);
        document.data = vec![json!({
            "schema": 1,
            "kind": "equation",
            "file": file,
            "place": { "cell": self.place.cell, "line": self.place.line, "column": self.place.column },
            "section": self.section,
            "label": self.label,
            "source": self.source,
            "verdict": self.word(),
            "denied": self.expected == Some(Verdict::Refuted),
            "expected": self.expected.map(Verdict::word),
            "answer": answer,
            "error": error.map(|error| json!({
                "code": error.code().number(), "message": error.to_string(), "help": error.help(),
                "place": error.place().map(|(line, column)| json!({ "line": line, "column": column })),
            })),
            "rests_on": self.rests_on.iter().map(|(definition, place)| json!({
                "definition": definition,
                "place": { "cell": place.cell, "line": place.line, "column": place.column },
            })).collect::<Vec<_>>(),
        })];
        document
    }
}

impl Report {
    /// Each formula by itself.
    pub fn documents(&self) -> Vec<Document> {
        self.items.iter().map(|item| item.document(&self.name)).collect()
    }

    /// How many there are of each kind. What a script defines is no statement of it.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for item in &self.items {
            match (&item.outcome, self.kind) {
                (Outcome::Defined(_), Kind::Script | Kind::Python) => {}
                (Outcome::Broken(_), Kind::Script | Kind::Python) => tally.failed(),
                _ => tally.item(item),
            }
        }
        tally
    }

    /// How many there are of each kind, for people and as data.
    pub fn overview(&self) -> Document {
        let tally = self.tally();
        let mut document = tally.document(&self.name, "no displayed equation");
        document.data = vec![json!({ "schema": 1, "kind": "tally", "file": self.name, "counts": tally.data() })];
        document
    }
}
