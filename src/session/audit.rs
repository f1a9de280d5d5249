//! Audits of the library and of the user's files, and what is shown of them.

use super::catalogue::describe;
use super::{Error, Options, Session, guarded};
use crate::audit::{Counterexample, Depth, Item, Outcome, Report, audit, audit_by, items};
use crate::render::{Block, Document, Line, Tone, rounded};
use crate::rule::{Library, Trust};
use crate::term::{Op, Term, deadline};
use rayon::prelude::*;
use serde_json::json;
use std::time::Instant;

/// The steps that reading a file may take: some seconds.
const READING: u64 = 50_000_000;

/// The reports of an audit, an item each.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    /// One for each entry.
    pub reports: Vec<Report>,
    /// For each report the conditions of its rule, in words.
    conditions: Vec<Vec<String>>,
}

impl Session {
    /// Audits everything that the session knows.
    ///
    /// # Errors
    /// Only a defect of the program.
    pub fn audit(&self) -> Result<Audit, Error> {
        guarded(|| Ok(Audit::of(self.library(), &Library::default(), Depth::Full, None)))
    }

    /// Audits what a file defines. Of what the session knows under the same names, the file counts.
    ///
    /// # Errors
    /// Shows the first entry that cannot be read.
    pub fn audit_file(&self, file: &str, text: &str) -> Result<Audit, Error> {
        guarded(|| {
            let base = self.library().without(file, text)?;
            let mut library = base.clone();
            deadline::within(deadline::steps() + READING, || library.add(file, text))?;
            Ok(Audit::of(&library, &base, Depth::Full, None))
        })
    }
}

/// The library with a file, without what is wrong in it unless the user insists. Neither reading it nor its audit goes on for
/// longer than a statement may take.
pub(super) fn load(base: &Library, file: &str, text: &str, options: &Options) -> Result<(Library, Audit), Error> {
    let moment = Instant::now() + options.timeout * options.clock_factor;
    let mut library = base.clone();
    deadline::until(moment, || deadline::within(deadline::steps() + READING, || library.add(file, text)))?;
    let audit = Audit::of(&library, base, Depth::Quick, Some(moment));
    for report in &audit.reports {
        if let Outcome::Holds(_) = report.outcome {
            trust(&mut library, report);
        }
    }
    if !options.use_failed {
        remove(&mut library, audit.wrong());
    }
    Ok((library, audit))
}

/// Nothing speaks against an item.
fn trust(library: &mut Library, report: &Report) {
    let name = report.name.as_str();
    match report.kind {
        "law" => library.definitions.laws.get_mut(name).into_iter().for_each(|law| law.trust = Trust::Audited),
        "function" => {
            library
                .definitions
                .functions
                .get_mut(name)
                .into_iter()
                .for_each(|function| function.trust = Trust::Audited);
        }
        _ => library.rules.iter_mut().filter(|rule| &*rule.name == name).for_each(|rule| rule.trust = Trust::Audited),
    }
}

/// Takes items out, with everything of the user's that speaks of them.
fn remove<'a>(library: &mut Library, wrong: impl Iterator<Item = &'a Report>) {
    let mut gone: Vec<(&str, String)> = wrong.map(|report| (report.kind, report.name.clone())).collect();
    let mut done = 0;
    while done < gone.len() {
        let (kind, name) = gone[done].clone();
        done += 1;
        match kind {
            "law" => drop(library.definitions.laws.remove(&*name)),
            "function" => drop(library.definitions.functions.remove(&*name)),
            _ => {
                library.rules.retain(|rule| *rule.name != *name);
                continue;
            }
        }
        let speaks = |term: &Term| {
            term.any(&|t| match t.op() {
                Op::Law(law) => kind == "law" && **law == *name,
                Op::Function(function) => kind == "function" && **function == *name,
                _ => false,
            })
        };
        library.rules.retain(|rule| !speaks(&rule.left) && !speaks(&rule.right));
        let own_laws = library.definitions.laws.values().filter(|law| law.trust != Trust::BuiltIn);
        gone.extend(own_laws.filter(|law| law.terms().any(speaks)).map(|law| ("law", law.name.to_string())));
        let own = library.definitions.functions.values().filter(|function| function.trust != Trust::BuiltIn);
        gone.extend(own.filter(|f| f.terms().any(speaks)).map(|f| ("function", f.name.to_string())));
    }
}

impl Audit {
    fn of(library: &Library, without: &Library, depth: Depth, moment: Option<Instant>) -> Audit {
        let items = items(library, without);
        let one = |item: &Item<'_>| match moment {
            Some(moment) => deadline::until(moment, || audit_by(library, *item, depth, Some(moment))),
            None => audit(library, *item, depth),
        };
        let reports = items.par_iter().map(one).collect();
        let conditions = |item: &Item<'_>| match item {
            Item::Rule(rule) => rule.conditions.iter().map(describe).collect(),
            _ => vec![],
        };
        Audit { reports, conditions: items.iter().map(conditions).collect() }
    }

    /// The items that are wrong.
    pub fn wrong(&self) -> impl Iterator<Item = &Report> {
        self.reports.iter().filter(|report| report.is_wrong())
    }

    /// A line for each item of the file that is wrong, on what is wrong and whether it is used.
    pub fn warnings(&self, file: &str, insist: bool) -> Vec<String> {
        let fate = if insist { "is used on your word" } else { "is not used" };
        let warning = |report: &Report| {
            format!("the {} `{}` of {file} is wrong and {fate}: {}", report.kind, report.name, line(report).1)
        };
        self.wrong().map(warning).collect()
    }

    /// True if some item could not be tried at all.
    pub fn is_incomplete(&self) -> bool {
        self.reports.iter().any(|report| matches!(report.outcome, Outcome::Untried(_)))
    }

    /// What is shown of the audit, in all formats: a line an item.
    pub fn document(&self) -> Document {
        let mut document = Document::default();
        for (report, conditions) in self.reports.iter().zip(&self.conditions) {
            let (tone, content) = line(report);
            let about = Line::text(format!("{} ", report.kind)).then(Line::code(report.name.clone()));
            let word = word(report).into();
            document.push(Block::Verdict { tone, word, about: about.then(Line::text(format!("   {content}"))) });
            document.data.push(data(report, conditions));
        }
        let count = |word: &str| self.reports.iter().filter(|report| self::word(report) == word).count();
        let total = format!("{} hold, {} wrong, {} untried", count("holds"), count("wrong"), count("untried"));
        document.push(Block::Paragraph(Line::text(total)));
        document
    }
}

fn word(report: &Report) -> &'static str {
    match report.outcome {
        _ if report.is_wrong() => "wrong",
        Outcome::Untried(_) => "untried",
        _ => "holds",
    }
}

/// What an audit came to, in a line.
pub(super) fn line(report: &Report) -> (Tone, String) {
    match &report.outcome {
        Outcome::Wrong(counterexample) => (Tone::Bad, sentence(counterexample)),
        Outcome::Untried(why) => (Tone::Caution, why.clone()),
        Outcome::Holds(count) => {
            let mut text = format!("{count} comparison{} agree", if *count == 1 { "" } else { "s" });
            let missed = report.caught.iter().filter(|caught| !**caught).count();
            match (missed, report.caught.len()) {
                (0, 0) => {}
                (0, n) => text += &format!("; {n} listed mistake{} caught", if n == 1 { "" } else { "s" }),
                (n, _) => text += &format!("; {n} listed as wrong cannot be told from a true rule"),
            }
            let needed = report.dropped.iter().filter(|dropped| dropped.fails.is_some()).count();
            if needed > 0 {
                text += &format!("; fails without {needed} of its {} conditions", report.dropped.len());
            }
            (if missed == 0 { Tone::Good } else { Tone::Bad }, text)
        }
    }
}

fn sentence(counterexample: &Counterexample) -> String {
    let Counterexample { of, left, right, at } = counterexample;
    let at: Vec<String> = at.iter().map(|(name, text)| format!("{name} = {text}")).collect();
    let place = if at.is_empty() { String::new() } else { format!(" at {}", at.join(", ")) };
    format!("{of} are {} and {}{place}", rounded(*left, 8), rounded(*right, 8))
}

fn data(report: &Report, conditions: &[String]) -> serde_json::Value {
    let counterexample = |c: &Counterexample| {
        let at: serde_json::Map<String, serde_json::Value> =
            c.at.iter().map(|(name, text)| (name.clone(), text.clone().into())).collect();
        json!({ "of": c.of, "at": at, "left": c.left, "right": c.right })
    };
    let (comparisons, wrong, reason) = match &report.outcome {
        Outcome::Holds(count) => (*count, None, None),
        Outcome::Wrong(c) => (0, Some(counterexample(c)), None),
        Outcome::Untried(why) => (0, None, Some(why)),
    };
    let dropped = report.dropped.iter().map(|dropped| {
        json!({
            "condition": conditions.get(dropped.condition),
            "fails": dropped.fails.as_ref().map(counterexample),
        })
    });
    json!({
        "schema": 1,
        "kind": report.kind,
        "name": report.name,
        "outcome": word(report),
        "comparisons": comparisons,
        "counterexample": wrong,
        "mistakes_caught": report.caught.iter().filter(|caught| **caught).count(),
        "mistakes_missed": report.caught.iter().filter(|caught| !**caught).count(),
        "without": dropped.collect::<Vec<_>>(),
        "reason": reason,
    })
}
