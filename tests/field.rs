//! The identities of the field and its well-known mistakes: what is true is derived, what is false is refuted.

use std::time::Duration;
use stein::{Session, Verdict};

/// Statements of a file with the verdict that they should get: `proved` stands for a derivation, with or without
/// conditions.
fn judge(file: &str, text: &str) {
    let mut session = Session::new().expect("the built-in rules");
    session.options.timeout = Duration::from_secs(60);
    let mut wrong = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut fields = line.split('\t');
        let (Some(expected), Some(statement)) = (fields.next(), fields.next()) else { panic!("{file}: {line}") };
        let verdict = match session.prove(statement) {
            Ok(answer) => answer.verdict(),
            Err(error) => panic!("{file}: {statement}: {error}"),
        };
        let right = match expected {
            "proved" => matches!(verdict, Verdict::Proved | Verdict::Conditional),
            _ => verdict == Verdict::Refuted,
        };
        if !right {
            wrong.push(format!("{} instead of {expected}: {statement}", verdict.word()));
        }
    }
    assert!(wrong.is_empty(), "{file}:\n{}", wrong.join("\n"));
}

#[test]
fn gaussian_smoothing() {
    judge("gaussian.tsv", include_str!("data/field/gaussian.tsv"));
}

#[test]
fn operators() {
    judge("operators.tsv", include_str!("data/field/operators.tsv"));
}

#[test]
fn scores_of_any_law() {
    judge("score.tsv", include_str!("data/field/score.tsv"));
}

#[test]
fn laws_one_by_one() {
    judge("laws.tsv", include_str!("data/field/laws.tsv"));
}

#[test]
fn jumps_and_kinks() {
    judge("jumps.tsv", include_str!("data/field/jumps.tsv"));
}
