//! A log in the Static Analysis Results Interchange Format, version 2.1.0.

use super::{Listed, uri};
use crate::document::{Finding, Level};
use crate::render::{Block, Document};
use crate::session::{Error, Session};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Kinds of findings beside errors, with what they say.
const KINDS: [(&str, &str); 5] = [
    ("refuted", "The sides differ: there is a witness."),
    ("unexpected", "The statement comes to another verdict than the one that it is said to come to."),
    ("open", "The numbers agree, or cannot be had, and no derivation was found."),
    ("conditional", "A derivation under a condition that nobody has granted."),
    ("derived", "The estimators of an expression."),
];

pub fn log(session: &Session, all: &[Listed]) -> String {
    let mut results = Vec::new();
    let mut notifications = Vec::new();
    for listed in all {
        results.extend(listed.problems().map(|finding| result(&listed.file, finding)));
        notifications.extend(listed.found.as_ref().err().map(|error| notification(&listed.file, error)));
    }
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "stein",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": kinds(session, all),
            } },
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": notifications.is_empty(),
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

/// The kinds that occur, each with a sentence.
fn kinds(session: &Session, all: &[Listed]) -> Vec<Value> {
    let found = all.iter().flat_map(Listed::problems).map(|finding| finding.kind);
    let failed = all.iter().filter_map(|listed| listed.found.as_ref().err()).map(|error| error.code().number());
    let kinds: BTreeSet<&str> = found.chain(failed).collect();
    let said = |kind: &str| match KINDS.iter().find(|(id, _)| *id == kind) {
        Some((_, says)) => (*says).to_string(),
        None => session.describe(kind).ok().and_then(|document| title(&document)).unwrap_or_default(),
    };
    kinds.into_iter().map(|kind| json!({ "id": kind, "shortDescription": { "text": said(kind) } })).collect()
}

fn title(document: &Document) -> Option<String> {
    document.blocks.iter().find_map(|block| match block {
        Block::Heading(title) => Some(title.plain()),
        _ => None,
    })
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Good => "none",
        Level::Note => "note",
        Level::Warning => "warning",
        Level::Error => "error",
    }
}

fn result(file: &str, finding: &Finding) -> Value {
    let (place, end) = (finding.place, finding.end);
    let mut physical = json!({ "artifactLocation": { "uri": uri(file) } });
    // The lines of a cell are no lines of the file.
    if place.cell.is_none() {
        physical["region"] = json!({
            "startLine": place.line, "startColumn": place.column, "endLine": end.line, "endColumn": end.column,
        });
    }
    json!({
        "ruleId": finding.kind,
        "level": level(finding.level),
        "message": { "text": finding.message() },
        "locations": [{ "physicalLocation": physical }],
    })
}

/// A file that cannot be read.
fn notification(file: &str, error: &Error) -> Value {
    json!({
        "level": "error",
        "message": { "text": error.to_string() },
        "descriptor": { "id": error.code().number() },
        "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri(file) } } }],
    })
}
