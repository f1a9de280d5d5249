//! Reading rule, law and function files.

mod definitions;
mod entries;
mod fields;
mod generated;
mod stated;
mod unfolding;

use super::{Library, Trust};
use crate::syntax::{self, Code, Entry, Span, SyntaxError};
use crate::term::{ElaborateError, deadline};
use definitions::{facts, laws, meaning, skeleton};
use entries::{estimator, rule};
use fields::problem;
use generated::{images, moments};
use std::collections::BTreeMap;
use unfolding::Unfolding;

/// The files of `rules/` by name, with their texts and entries, parsed by `build.rs`.
static BUILT_IN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/library.bin"));

/// A data file that cannot be read: where, and why.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct LoadError {
    /// The number of the error.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// The name of the file.
    pub file: String,
    /// Its text.
    pub text: String,
    /// Where in the text.
    pub span: Span,
    /// What to do about it.
    pub help: Option<String>,
}

/// What the rule of a law's `standard` line is called, behind the name of the law.
const IMAGE: &str = "change-of-variables";

type Result<T> = std::result::Result<T, Problem>;

/// A problem before it is known which file it is in.
struct Problem {
    code: Code,
    message: String,
    span: Span,
    help: Option<String>,
}

impl From<SyntaxError> for Problem {
    fn from(e: SyntaxError) -> Problem {
        Problem { code: e.code, message: e.message, span: e.span, help: e.help }
    }
}

impl From<Box<ElaborateError>> for Problem {
    fn from(e: Box<ElaborateError>) -> Problem {
        Problem { code: e.code, message: e.message, span: e.span, help: e.help }
    }
}

/// All definitions first, then all rules: a law may be the image of a law of another file.
pub(super) fn built_in(library: &mut Library) -> std::result::Result<(), LoadError> {
    let read: Vec<(&str, &str, Vec<Entry>)> = postcard::from_bytes(BUILT_IN).map_err(|error| {
        let message = format!("the library that was compiled in cannot be read: {error}");
        let span = Span::default();
        Problem { code: Code::Defect, message, span, help: None }.locate("rules", "")
    })?;
    for (file, text, entries) in &read {
        definitions(library, entries, Trust::BuiltIn).map_err(|p| p.locate(file, text))?;
    }
    for (file, text, entries) in &read {
        rules(library, entries, file, Trust::BuiltIn).map_err(|p| p.locate(file, text))?;
    }
    Ok(())
}

/// Adds the entries of one file. Entries before a broken one are kept.
pub(super) fn add(library: &mut Library, file: &str, text: &str) -> std::result::Result<(), LoadError> {
    let entries = parse(file, text)?;
    unnamed(library, &entries)
        .and_then(|()| definitions(library, &entries, Trust::Unaudited))
        .and_then(|()| rules(library, &entries, file, Trust::Unaudited))
        .map_err(|p| p.locate(file, text))
}

/// A library without the entries of one file.
pub(super) fn without(library: &Library, file: &str, text: &str) -> std::result::Result<Library, LoadError> {
    let mut library = library.clone();
    for entry in parse(file, text)? {
        library.definitions.functions.remove(&*entry.name);
        library.definitions.laws.remove(&*entry.name);
        let image = format!("{}.{IMAGE}", entry.name);
        let is_image = |name: &str| entry.kind == "law" && name.starts_with(&image);
        library.rules.retain(|rule| *rule.name != entry.name && !is_image(&rule.name));
    }
    Ok(library)
}

fn parse(file: &str, text: &str) -> std::result::Result<Vec<Entry>, LoadError> {
    syntax::parse_entries(text).map_err(|e| Problem::from(e).locate(file, text))
}

impl Problem {
    fn locate(self, file: &str, text: &str) -> LoadError {
        LoadError {
            code: self.code,
            message: self.message,
            file: file.into(),
            text: text.into(),
            span: self.span,
            help: self.help,
        }
    }
}

/// What rules were written for a law or a function is false of another one of the same name.
fn unnamed(library: &Library, entries: &[Entry]) -> Result<()> {
    for entry in entries {
        let taken = match &*entry.kind {
            "function" => library.definitions.functions.contains_key(&*entry.name),
            "law" => library.definitions.laws.contains_key(&*entry.name),
            _ => false,
        };
        if taken {
            let message = format!("there is a {} `{}` already", entry.kind, entry.name);
            return problem(entry.span, message, Some("give it another name"));
        }
    }
    Ok(())
}

/// Functions, which may use each other, and laws.
fn definitions(library: &mut Library, entries: &[Entry], trust: Trust) -> Result<()> {
    let functions = || entries.iter().filter(|entry| entry.kind == "function");
    for entry in functions() {
        let skeleton = skeleton(entry, trust)?;
        library.definitions.functions.insert(skeleton.name.clone(), skeleton);
    }
    for entry in functions() {
        in_time(entry)?;
        meaning(library, entry)?;
    }
    let own = trust != Trust::BuiltIn;
    if own {
        bounded(library, functions(), &[])?;
        stated::regularities(library, functions())?;
    }
    for entry in entries {
        in_time(entry)?;
        match &*entry.kind {
            "function" => facts(library, entry)?,
            "law" => laws(library, entry, trust)?,
            _ => {}
        }
    }
    if own {
        let laws: Vec<&Entry> = entries.iter().filter(|entry| entry.kind == "law").collect();
        bounded(library, functions(), &laws)?;
        stated::densities(library, &laws);
    }
    Ok(())
}

/// Refuses functions and laws that are too large once they are unfolded.
fn bounded<'e>(library: &Library, functions: impl Iterator<Item = &'e Entry>, laws: &[&Entry]) -> Result<()> {
    let entries: BTreeMap<&str, &Entry> = functions.map(|entry| (&*entry.name, entry)).collect();
    let mut unfolding = Unfolding::new(&library.definitions);
    for entry in entries.values() {
        unfolding.function(&entry.name, &entries, entry.span)?;
    }
    for entry in entries.values() {
        let Some(function) = library.definitions.functions.get(&*entry.name) else { continue };
        for term in function.terms() {
            unfolding.term(term, &format!("what is stated of `{}`", entry.name), &entries, entry.span)?;
        }
    }
    for entry in laws {
        let Some(law) = library.definitions.laws.get(&*entry.name) else { continue };
        for term in law.terms() {
            unfolding.term(term, &format!("a term of the law `{}`", entry.name), &entries, entry.span)?;
        }
    }
    Ok(())
}

/// Loading ends where the work around it has to end.
fn in_time(entry: &Entry) -> Result<()> {
    if deadline::is_over() {
        let message = format!("the time is over before the {} `{}` could be read", entry.kind, entry.name);
        return problem(entry.span, message, Some("allow more time with `--timeout`, or use fewer rules at once"));
    }
    Ok(())
}

/// Rules, those that stand in a law's own entry included.
fn rules(library: &mut Library, entries: &[Entry], file: &str, trust: Trust) -> Result<()> {
    let mut theory = file.rsplit('/').next().unwrap_or(file).split('.').next().unwrap_or(file).to_string();
    for entry in entries {
        in_time(entry)?;
        match &*entry.kind {
            "theory" => theory = entry.name.clone(),
            "law" => {
                images(library, entry, &theory, trust)?;
                let tail = format!("{}.tail", entry.name);
                let has_tail = entries.iter().any(|other| other.kind == "rule" && other.name == tail);
                moments(library, entry, &theory, trust, has_tail);
            }
            "rule" => rule(library, entry, &theory, trust)?,
            "estimator" => estimator(library, entry)?,
            _ => {}
        }
    }
    Ok(())
}
