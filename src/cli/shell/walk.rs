//! Walking through a proof: a hint first, then the step.

use crate::render::{Block, Document, Line, Tone};
use crate::session::{Link, Step};

/// A proof, and how much of it has been seen.
pub struct Walk {
    steps: Vec<Step>,
    at: usize,
    hinted: bool,
}

impl Walk {
    /// The proof of these links from its beginning, if there is one.
    pub fn of(links: &[Link]) -> Option<Walk> {
        let derivations = links.iter().filter_map(|link| link.derivation.as_ref());
        let steps: Vec<Step> = derivations.flat_map(|derivation| derivation.steps.iter().cloned()).collect();
        (!steps.is_empty()).then_some(Walk { steps, at: 0, hinted: false })
    }

    /// The next hint, or the step that it was about; after the last step the walk begins again.
    pub fn next(&mut self) -> Document {
        let mut document = Document::default();
        let Some(step) = self.steps.get(self.at) else {
            self.at = 0;
            document.push(Block::Paragraph("that was the last step; `step` begins again".into()));
            return document;
        };
        if self.hinted {
            document.push(Block::Derivation(step.chain()));
            self.at += 1;
        } else {
            if self.at == 0 {
                document.note(Tone::Neutral, "begin", Line::math(step.before.clone()));
            }
            let place = format!("step {} of {}", self.at + 1, self.steps.len());
            document.note(Tone::Neutral, &place, step.hint());
        }
        self.hinted = !self.hinted;
        document
    }
}
