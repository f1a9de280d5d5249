//! Checks by parts: a range of blocks of draws as a record, records put together, and what they say in the end.

use super::{Error, Options, Session, Verdict, guarded};
use crate::check::{self, BLOCK_DRAWS, Comparison, Drawing, Drawn, Instance, NodeRecord};
use crate::render::{Block, Document, Line, Tone, grouped, rounded};
use crate::term::{Elaborator, Problem};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The version of the record.
const SCHEMA: u32 = 1;

/// The draws of some blocks of a simulation of both sides of an equation.
#[derive(Clone, Debug)]
pub struct Part {
    /// The equation, as it was written.
    pub statement: String,
    /// Where the noise begins.
    pub seed: u64,
    /// How draws were chosen.
    pub drawing: Drawing,
    /// What the blocks that are there say; none if their tails are too heavy for a judgement.
    pub comparison: Option<Comparison>,
    /// The sides differ beyond doubt.
    pub refuted: bool,
    drawn: Drawn,
}

/// A part in a file.
#[derive(Serialize, Deserialize)]
struct Record {
    schema: u32,
    statement: String,
    seed: u64,
    drawing: Drawing,
    draws_per_block: u64,
    blocks: Vec<[u64; 2]>,
    numeric: Option<Numeric>,
    nodes: Vec<NodeRecord>,
}

#[derive(Serialize, Deserialize)]
struct Numeric {
    method: String,
    samples: u64,
    left: f64,
    right: f64,
    standard_error: f64,
    z: f64,
    detectable_gap: f64,
}

impl Session {
    /// Draws a range of blocks for both sides of an equation. A block is [`BLOCK_DRAWS`] draws; which ones depends on the
    /// seed and the number of the block alone.
    ///
    /// # Errors
    /// Shows the place that cannot be read; says so where nothing can be simulated, or the time is up.
    pub fn check_blocks(&self, text: &str, blocks: Range<u64>) -> Result<Part, Error> {
        guarded(|| {
            let problem = self.equation(text)?;
            let options = self.draw_options();
            let instance = instance(self, &problem, &options, text)?;
            let [left, right] = [&problem.members[0], &problem.members[1]];
            let drawn = check::draw(&self.library().definitions, [left, right], &instance, blocks, &options);
            let drawn = drawn.ok_or_else(|| {
                Error::unsupported("the blocks were not drawn in time", "take fewer, or set `--timeout`", text)
            })?;
            Ok(self.part(text.trim().into(), &problem, &instance, drawn, &options))
        })
    }

    /// Puts parts together that were printed as JSON, each with a name for messages.
    ///
    /// # Errors
    /// If a text is no part, parts belong to different simulations, or two have a block in common.
    pub fn merge(&self, texts: &[(String, String)]) -> Result<Part, Error> {
        guarded(|| {
            let mut whole: Option<(Record, Drawn)> = None;
            for (name, text) in texts {
                let other = |what: &str| Error::input(format!("`{name}` {what}"), None);
                let record: Record = serde_json::from_str(text)
                    .map_err(|error| other(&format!("is not what `check --blocks` prints as JSON: {error}")))?;
                if (record.schema, record.draws_per_block) != (SCHEMA, BLOCK_DRAWS) {
                    return Err(other("was made by another version"));
                }
                let drawn = Drawn::from_records(&record.nodes).ok_or_else(|| other("holds broken sums"))?;
                whole = Some(match whole {
                    None => (record, drawn),
                    Some((first, so_far)) => {
                        if (&first.statement, first.seed) != (&record.statement, record.seed) {
                            return Err(other("belongs to another statement or seed"));
                        }
                        if first.drawing != record.drawing {
                            return Err(other("was drawn in another way (`--antithetic`, `--sobol`)"));
                        }
                        let joined = so_far.join(drawn);
                        (first, joined.ok_or_else(|| other("has a block that was there already"))?)
                    }
                });
            }
            let Some((record, drawn)) = whole else {
                return Err(Error::input("there is nothing to put together", Some("name files with parts")));
            };
            let problem = self.equation(&record.statement)?;
            let mut options = self.draw_options();
            options.seed = record.seed;
            options.drawing = record.drawing;
            let instance = instance(self, &problem, &options, &record.statement)?;
            Ok(self.part(record.statement, &problem, &instance, drawn, &options))
        })
    }

    fn draw_options(&self) -> check::Options {
        let deadline = self.options.time_is_set().then(|| std::time::Instant::now() + self.options.timeout);
        let watch = self.options.watch.clone();
        let drawing = self.options.drawing;
        check::Options { seed: self.options.seed, deadline, drawing, watch, ..check::Options::default() }
    }

    /// A statement of two sides.
    fn equation(&self, text: &str) -> Result<Problem, Error> {
        let statement = self.statement(text)?;
        if statement.members.len() != 2 {
            let help = "write one equation `L = R`, without a chain";
            return Err(Error::unsupported("only an equation of two sides is drawn by blocks", help, text));
        }
        let mut elaborator = Elaborator::new(&self.library().definitions);
        elaborator.define(self.definitions.iter().cloned());
        let problem = elaborator.statement(&statement, &self.assumptions).map_err(|e| Error::meaning(*e, text))?;
        if crate::array::has_arrays(&problem) {
            let help = "write the samples out: x_1, x_2";
            return Err(Error::unsupported("arrays are not drawn by blocks yet", help, text));
        }
        Ok(problem)
    }

    fn part(
        &self,
        statement: String,
        problem: &Problem,
        instance: &Instance,
        drawn: Drawn,
        options: &check::Options,
    ) -> Part {
        let sides = [&problem.members[0], &problem.members[1]];
        let concluded = check::conclude(&self.library().definitions, sides, instance, &drawn, options);
        let (comparison, refuted) = concluded.map_or((None, false), |(comparison, apart)| (Some(comparison), apart));
        Part { statement, seed: options.seed, drawing: options.drawing, comparison, refuted, drawn }
    }
}

impl Options {
    /// Whether the time is another one than without asking.
    fn time_is_set(&self) -> bool {
        self.timeout != Options::default().timeout
    }
}

fn instance(session: &Session, problem: &Problem, options: &check::Options, text: &str) -> Result<Instance, Error> {
    let sides = [&problem.members[0], &problem.members[1]];
    check::instance_for_draws(&session.library().definitions, sides, &problem.hypotheses, options)
        .ok_or_else(|| Error::unsupported("draws do not give both sides", "`check` may know another way", text))
}

impl Part {
    /// `Refuted` if the sides differ beyond doubt, `Open` otherwise.
    pub fn verdict(&self) -> Verdict {
        if self.refuted { Verdict::Refuted } else { Verdict::Open }
    }

    /// What is shown of the part, in all formats; as JSON it can be put together with others.
    pub fn document(&self) -> Document {
        let ranges = self.drawn.ranges();
        let blocks: Vec<String> = ranges.iter().map(|range| format!("{}..{}", range.start, range.end)).collect();
        let mut document = Document::default();
        let tone = if self.refuted { Tone::Bad } else { Tone::Caution };
        let about = Line::code(self.statement.clone());
        document.push(Block::Verdict { tone, word: self.verdict().word().into(), about });
        let mut entries = vec![("blocks".to_string(), Line::text(blocks.join(", ")))];
        match &self.comparison {
            Some(c) => {
                let sides = format!("left {}, right {}", rounded(c.left, 8), rounded(c.right, 8));
                let gap = rounded(c.detectable_gap, 2);
                let error =
                    format!("{} (z = {:.1}); a gap of {gap} would have been seen", rounded(c.standard_error, 2), c.z);
                entries.push(("draws".into(), Line::text(grouped(c.samples))));
                entries.push(("means".into(), Line::text(sides)));
                entries.push(("standard error".into(), Line::text(error)));
            }
            None => entries.push(("means".into(), Line::text("tails too heavy for a judgement"))),
        }
        document.push(Block::Entries { title: String::new(), entries });
        let record = Record {
            schema: SCHEMA,
            statement: self.statement.clone(),
            seed: self.seed,
            drawing: self.drawing,
            draws_per_block: BLOCK_DRAWS,
            blocks: ranges.iter().map(|range| [range.start, range.end]).collect(),
            numeric: self.comparison.as_ref().map(|c| Numeric {
                method: "monte-carlo".into(),
                samples: c.samples,
                left: c.left,
                right: c.right,
                standard_error: c.standard_error,
                z: c.z,
                detectable_gap: c.detectable_gap,
            }),
            nodes: self.drawn.records(),
        };
        document.data.push(serde_json::to_value(record).unwrap_or_default());
        document
    }
}
