//! What is to be told of a statement where problems are listed: in an editor, in continuous integration.

use super::{Item, Outcome, Place};
use crate::render::Block;
use crate::session::{Answer, Error, Verdict};

/// How bad the news is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As hoped for, or as expected.
    Good,
    /// Something to know.
    Note,
    /// Nothing better is known.
    Warning,
    /// Something is wrong.
    Error,
}

/// What is to be told of a statement, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where it begins.
    pub place: Place,
    /// Where it ends.
    pub end: Place,
    /// How bad it is.
    pub level: Level,
    /// Its kind in a word: a verdict, `unexpected`, `outside`, or the number of an error.
    pub kind: &'static str,
    /// The statement as it was written.
    pub statement: String,
    /// What there is to tell, in a line.
    pub title: String,
    /// More lines, such as the witness and the repair.
    pub details: Vec<String>,
}

impl Finding {
    /// The title with the details, a line each.
    pub fn message(&self) -> String {
        std::iter::once(&self.title).chain(&self.details).map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}

impl Item {
    /// What is to be told of it; nothing of a definition and of what claims nothing.
    pub fn finding(&self) -> Option<Finding> {
        match &self.outcome {
            Outcome::Judged(answer) => Some(self.judged(answer)),
            Outcome::Derived(derived) => {
                let (level, kind, title) = match derived.estimators.len() {
                    0 => (Level::Warning, "open", "no estimator was found".to_string()),
                    count => (Level::Good, "derived", format!("{count} estimators")),
                };
                Some(self.told(level, kind, title, Vec::new()))
            }
            Outcome::Outside(error) => Some(self.failed(Level::Note, "outside", error)),
            Outcome::Broken(error) => Some(self.failed(Level::Error, error.code().number(), error)),
            Outcome::Defined(_) | Outcome::Expression | Outcome::Skipped => None,
        }
    }

    fn told(&self, level: Level, kind: &'static str, title: String, details: Vec<String>) -> Finding {
        let (place, end, statement) = (self.place, self.end, self.source.clone());
        Finding { place, end, level, kind, statement, title, details }
    }

    fn judged(&self, answer: &Answer) -> Finding {
        let verdict = answer.verdict();
        let formula = &answer.formula.unicode;
        let (level, kind, title) = match answer.expected {
            Some(expected) if expected != verdict => {
                (Level::Error, "unexpected", format!("{verdict}, and expected to be {expected}: {formula}"))
            }
            Some(_) => (Level::Good, verdict.word(), format!("{verdict}, as expected: {formula}")),
            None => {
                let level = match verdict {
                    Verdict::Proved => Level::Good,
                    Verdict::Conditional => Level::Note,
                    Verdict::Open => Level::Warning,
                    Verdict::Refuted => Level::Error,
                };
                (level, verdict.word(), format!("{verdict}: {formula}"))
            }
        };
        let mut details = Vec::new();
        for block in &answer.document().blocks {
            match block {
                Block::Note { label, content, .. } if label != "expected" => {
                    details.push(format!("{label}: {}", content.plain()));
                }
                Block::Entries { title, entries } => {
                    let listed = entries.iter().map(|(status, content)| format!("{} ({status})", content.plain()));
                    details.push(format!("{title}: {}", listed.collect::<Vec<_>>().join("; ")));
                }
                _ => {}
            }
        }
        self.told(level, kind, title, details)
    }

    /// An error stands where the fault is, if that is known.
    fn failed(&self, level: Level, kind: &'static str, error: &Error) -> Finding {
        let details = error.help().map(|help| format!("help: {help}")).into_iter().collect();
        let mut finding = self.told(level, kind, error.to_string(), details);
        let lines = self.place.line..=self.end.line;
        if let Some((line, columns)) = error.range().filter(|(line, _)| lines.contains(line)) {
            finding.place = Place { line, column: columns.start, ..self.place };
            finding.end = Place { line, column: columns.end.max(columns.start + 1), ..self.place };
        }
        finding
    }
}
