//! Answers as data: the objects that the JSON format prints. Fields are only ever added.

use super::Error;
use super::answer::{Answer, Condition, Derivation, Link, Verdict};
use crate::check::{Comparison, Method};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;

/// The version of the objects below.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Record<'a> {
    schema: u32,
    statement: &'a str,
    verdict: &'static str,
    conditions: Vec<ConditionRecord<'a>>,
    proof: Option<ProofRecord<'a>>,
    numeric: Option<Numeric>,
    witness: Option<Witness<'a>>,
    repair: Option<RepairRecord<'a>>,
    reason: Option<String>,
    reading: Option<&'a str>,
    hints: &'a [String],
    expected: Option<&'static str>,
    links: Vec<LinkRecord<'a>>,
}

#[derive(Serialize)]
struct LinkRecord<'a> {
    left: &'a str,
    right: &'a str,
    verdict: &'static str,
    reason: Option<&'a str>,
    numeric: Vec<Numeric>,
}

#[derive(Serialize)]
struct ConditionRecord<'a> {
    text: &'a str,
    status: &'static str,
}

#[derive(Serialize)]
struct ProofRecord<'a> {
    checked: bool,
    steps: Vec<StepRecord<'a>>,
}

#[derive(Serialize)]
struct StepRecord<'a> {
    rule: &'a str,
    #[serde(rename = "ref")]
    reference: Option<&'a str>,
    before: &'a str,
    after: &'a str,
    direction: &'static str,
    conditions: Vec<ConditionRecord<'a>>,
    title: &'a str,
    says: &'a str,
}

#[derive(Serialize)]
struct Numeric {
    method: &'static str,
    drawing: Option<&'static str>,
    samples: u64,
    left: f64,
    right: f64,
    standard_error: f64,
    z: f64,
    detectable_gap: f64,
    seed: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    dimensions: BTreeMap<String, Vec<i64>>,
}

#[derive(Serialize)]
struct Witness<'a> {
    functions: BTreeMap<&'a str, &'a str>,
    laws: BTreeMap<&'a str, &'a str>,
    parameters: BTreeMap<&'a str, f64>,
    left: f64,
    right: f64,
    z: f64,
}

#[derive(Serialize)]
struct RepairRecord<'a> {
    statement: &'a str,
    hint: &'a str,
}

/// The object of an answer.
pub fn answer(answer: &Answer) -> serde_json::Value {
    let deciding = answer.deciding();
    let conditions = answer.conditions();
    let record = Record {
        schema: SCHEMA,
        statement: &answer.statement,
        verdict: answer.verdict().word(),
        conditions: conditions.iter().map(condition).collect(),
        proof: answer.is_derived().then(|| proof(&answer.links)),
        numeric: deciding.and_then(|link| {
            let mut shown = numeric(link.numbers()?);
            shown.dimensions = link.sizes.iter().map(|(letter, sizes)| (letter.to_string(), sizes.clone())).collect();
            Some(shown)
        }),
        witness: deciding.and_then(|link| link.witness.as_ref()).map(witness),
        repair: deciding
            .and_then(|link| link.repair.as_ref())
            .map(|repair| RepairRecord { statement: &repair.statement.unicode, hint: &repair.hint }),
        reason: deciding.and_then(|link| link.reason.clone()),
        reading: answer.reading.as_ref().map(|formula| formula.unicode.as_str()),
        hints: &answer.hints,
        expected: answer.expected.map(Verdict::word),
        links: answer.links.iter().map(link).collect(),
    };
    serde_json::to_value(record).unwrap_or_default()
}

/// The object of an error. Columns count characters from 1; `end` is behind the last one.
pub fn error(error: &Error) -> serde_json::Value {
    let place = error.range().map(
        |(line, columns)| json!({ "file": error.file(), "line": line, "start": columns.start, "end": columns.end }),
    );
    let (code, message) = (error.code().number(), error.to_string());
    json!({
        "schema": SCHEMA,
        "error": { "code": code, "message": message, "help": error.help(), "place": place },
    })
}

/// The conditions of an estimator, as data.
pub fn conditions(list: &[Condition]) -> serde_json::Value {
    serde_json::to_value(list.iter().map(condition).collect::<Vec<_>>()).unwrap_or_default()
}

/// The derivation of one link, as data.
pub fn derivation(link: &Link) -> serde_json::Value {
    serde_json::to_value(proof(std::slice::from_ref(link))).unwrap_or_default()
}

fn link(link: &Link) -> LinkRecord<'_> {
    LinkRecord {
        left: &link.left.unicode,
        right: &link.right.unicode,
        verdict: link.verdict.word(),
        reason: link.reason.as_deref(),
        numeric: link.comparisons.iter().chain(&link.witness).map(numeric).collect(),
    }
}

fn condition(condition: &Condition) -> ConditionRecord<'_> {
    ConditionRecord { text: &condition.text, status: condition.status.word() }
}

/// The derivations of all links, one behind the other: they lead from the first member to the last.
fn proof(links: &[Link]) -> ProofRecord<'_> {
    let derivations = links.iter().filter_map(|link| link.derivation.as_ref());
    ProofRecord { checked: true, steps: derivations.flat_map(steps).collect() }
}

fn steps(derivation: &Derivation) -> impl Iterator<Item = StepRecord<'_>> {
    derivation.steps.iter().map(|step| StepRecord {
        rule: &step.rule,
        reference: step.reference.as_deref(),
        before: &step.before.unicode,
        after: &step.after.unicode,
        direction: if step.forward { "forward" } else { "backward" },
        conditions: step.conditions.iter().map(condition).collect(),
        title: &step.title,
        says: &step.says,
    })
}

/// The name of a method in the data.
fn method(method: Method) -> &'static str {
    match method {
        Method::Quadrature | Method::Cubature => "quadrature",
        Method::Summation => "summation",
        Method::MonteCarlo => "monte-carlo",
        Method::Exact => "exact",
    }
}

fn numeric(comparison: &Comparison) -> Numeric {
    Numeric {
        method: method(comparison.method),
        drawing: (comparison.method == Method::MonteCarlo).then(|| comparison.drawing.word()),
        samples: comparison.samples,
        left: comparison.left,
        right: comparison.right,
        standard_error: comparison.standard_error,
        z: comparison.z,
        detectable_gap: comparison.detectable_gap,
        seed: comparison.seed,
        dimensions: BTreeMap::new(),
    }
}

fn witness(comparison: &Comparison) -> Witness<'_> {
    let instance = &comparison.instance;
    Witness {
        functions: instance.functions.iter().map(|(name, (_, _, text))| (&**name, text.as_str())).collect(),
        laws: instance.laws.iter().map(|(name, (_, _, text))| (&**name, text.as_str())).collect(),
        parameters: instance.parameters.iter().map(|(name, value)| (&**name, *value)).collect(),
        left: comparison.left,
        right: comparison.right,
        z: comparison.z,
    }
}
