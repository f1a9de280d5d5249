//! Refuted statements rewritten as the true ones that were meant.

use super::{Claim, Item, Outcome};
use crate::render::Formula;
use crate::session::{Answer, Verdict};
use crate::syntax::{self, Statement, Style};
use std::ops::Range;

/// A statement rewritten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The pieces that change: bytes of the text, and what takes their place, in order.
    pub pieces: Vec<(Range<usize>, String)>,
    /// What was wrong, in a plain sentence.
    pub hint: String,
    /// What stands there afterwards.
    pub statement: Formula,
}

/// A text with edits made.
pub fn applied<'e>(text: &str, edits: impl IntoIterator<Item = &'e Edit>) -> String {
    let mut pieces: Vec<_> = edits.into_iter().flat_map(|edit| &edit.pieces).collect();
    pieces.sort_by_key(|(range, _)| range.start);
    let mut text = text.to_string();
    for (range, piece) in pieces.into_iter().rev() {
        if text.get(range.clone()).is_some() {
            text.replace_range(range.clone(), piece);
        }
    }
    text
}

impl Item {
    /// The statement that was meant, if the item is refuted, nobody said that it would be, one is near, and it can be
    /// written in its place. It is proved once more as it is written.
    pub fn repair(&self) -> Option<Edit> {
        let Outcome::Judged(answer) = &self.outcome else { return None };
        let claim = self.claim.as_ref().filter(|claim| claim.expected.is_none())?;
        let index = answer.links.iter().position(|link| link.verdict == Verdict::Refuted)?;
        let repair = answer.links[index].repair.as_ref()?;
        let pieces = claim.pieces(answer, index, &repair.statement)?;
        let edit = Edit { pieces, hint: repair.hint.clone(), statement: repair.statement.clone() };
        let text = applied(&claim.text, [&edit]);
        let outcome = Claim { text, ..(**claim).clone() }.judged();
        if !matches!(outcome, Outcome::Judged(answer) if answer.is_derived()) {
            return None;
        }
        let moved =
            |(range, text): (Range<usize>, String)| (range.start + self.span.start..range.end + self.span.start, text);
        Some(Edit { pieces: edit.pieces.into_iter().map(moved).collect(), ..edit })
    }
}

impl Claim {
    /// The pieces of the claim that a repair of one of its links changes.
    fn pieces(&self, answer: &Answer, index: usize, repaired: &Formula) -> Option<Vec<(Range<usize>, String)>> {
        let command = match self.text.split_whitespace().next() {
            Some(word @ ("prove" | "check")) if self.in_script => word.len(),
            _ => 0,
        };
        let text = format!("{}{}", " ".repeat(command), &self.text[command..]);
        let statement = self.session.parse(&text).ok()?;
        let repaired = self.session.parse(&repaired.unicode).ok()?;
        let style = match () {
            () if !self.in_script || text.contains('\\') => Style::Latex,
            () if text.is_ascii() => Style::Ascii,
            () => Style::Unicode,
        };
        if hypotheses(&repaired) != hypotheses(&statement) {
            // A document says its hypotheses in its own words.
            let whole = text.len() - text.trim_start().len()..text.len();
            let alone = answer.links.len() == 1 && self.in_script;
            return alone.then(|| vec![(whole, syntax::print_statement(&repaired, style))]);
        }
        let members = statement.members.get(index..index + 2)?.iter().zip(&repaired.members);
        let unicode = |e| syntax::print(e, Style::Unicode);
        let changed = members.filter(|(written, meant)| unicode(written) != unicode(meant));
        Some(
            changed
                .map(|(written, meant)| (written.span.start..written.span.end, syntax::print(meant, style)))
                .collect(),
        )
    }
}

fn hypotheses(statement: &Statement) -> Vec<String> {
    statement.given.iter().map(|given| syntax::print_assumption(given, Style::Unicode)).collect()
}
