//! Scripts as documents: their statements, each in the light of those before it.

use super::{Claim, MOST, Outcome, Walk, Written};
use crate::document::source::{Part, Place};
use crate::session::{Error, entries, without_comments};
use crate::syntax::Verdict;
use std::sync::Arc;

impl Walk<'_> {
    /// Reads a script; what it defines and assumes holds from there on.
    pub(super) fn script(&mut self, part: &Part) -> Result<(), Error> {
        for entry in entries(&part.text) {
            if let Some(title) = entry.heading() {
                self.section = Some(title.into());
                continue;
            }
            let text = without_comments(entry.text);
            let start = entry.span.start + text.len() - text.trim_start().len();
            let text = text.trim().to_string();
            let span = start..start + text.len();
            let place = Place::of(part, span.start);
            let source = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let end = Place::of(part, span.end);
            let written = Written { place, end, source, span, label: None };
            let mut words = text.split_whitespace();
            match words.next() {
                // What holds from here on is done at once.
                Some("let" | "assume" | "forget") => {
                    let outcome = match self.session.run_line(&text) {
                        Ok(_) => Outcome::Defined(written.source.clone()),
                        Err(error) => {
                            Outcome::Broken(error.in_file_at(&place.file(self.name), place.line, place.column))
                        }
                    };
                    self.item(written, outcome);
                }
                word => {
                    let expected = match word {
                        Some("refute") => Some(Verdict::Refuted),
                        Some("expect") => words.next().and_then(Verdict::of),
                        _ => None,
                    };
                    let (item, session) = (self.items.len(), self.session.clone());
                    let in_script = true;
                    self.claims.push(Arc::new(Claim { item, session, text, place, expected, in_script }));
                    self.item(written, Outcome::Skipped).expected = expected;
                }
            }
            if self.items.len() > MOST {
                return Err(Error::input(format!("`{}` has more than {MOST} statements", self.name), None));
            }
        }
        Ok(())
    }
}
