//! Every rule that comes with the program, found in the library and the files themselves, checked as numbers at
//! instances that meet its conditions; wrong rules are caught by the same means.

#[path = "common/audit.rs"]
mod audit;
mod common;

use audit::{Report, audit};
use common::LIBRARY;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use stein::proof::equal;
use stein::rule::Rule;
use stein::syntax::{Value, parse_entries};
use stein::term::{Elaborator, Term, Var, substitute};

/// Instances at which a rule has to have been computed.
const ENOUGH: usize = 2;

#[test]
fn every_rule_holds_in_numbers() {
    let reports: Vec<(&Rule, Report)> = LIBRARY.rules.par_iter().map(|rule| (rule, audit(&LIBRARY, rule))).collect();
    for (rule, report) in &reports {
        println!("{:32} {:3} agree, {:3} skipped", rule.name, report.agreed, report.skipped);
    }
    let wrong: Vec<_> =
        reports.iter().filter(|(_, r)| !r.differ.is_empty()).map(|(rule, r)| (&rule.name, &r.differ[0])).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let untried: Vec<_> = reports.iter().filter(|(_, r)| r.agreed < ENOUGH).map(|(rule, r)| (&rule.name, r)).collect();
    assert!(untried.is_empty(), "computed at too few instances: {untried:#?}");
    assert!(reports.len() >= 30);
}

/// The files below `rules/`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut result = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder of rules").flatten() {
        let path = entry.path();
        if path.is_dir() { result.extend(files(&path)) } else { result.push(path) }
    }
    result.sort();
    result
}

/// The equations that rule files list as wrong, each as its rule with other sides, and the file it stands in.
fn listed_as_wrong() -> Vec<(String, Rule)> {
    let mut result = Vec::new();
    for path in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")) {
        let text = std::fs::read_to_string(&path).expect("a file of rules");
        for entry in parse_entries(&text).expect("a file that loads") {
            let Some(rule) = LIBRARY.rule(&entry.name) else { continue };
            for field in entry.fields.iter().filter(|field| field.key == "wrong") {
                let Value::Equation(left, right) = &field.value else { continue };
                let mut elaborator = Elaborator::new(&LIBRARY.definitions);
                let [left, right] = [left, right].map(|side| elaborator.expr(side).expect("a side that has a meaning"));
                result.push((path.display().to_string(), Rule { left, right, ..rule.clone() }));
            }
        }
    }
    result
}

#[test]
fn wrong_rules_of_the_files_are_caught() {
    let wrong = listed_as_wrong();
    let missed: Vec<_> = wrong
        .par_iter()
        .filter(|(_, rule)| audit(&LIBRARY, rule).differ.is_empty())
        .map(|(file, rule)| (file, &rule.name))
        .collect();
    println!(
        "{} wrong rules in {} files",
        wrong.len(),
        wrong.iter().map(|(file, _)| file).collect::<BTreeSet<_>>().len()
    );
    assert!(missed.is_empty(), "{missed:#?}");
    let theories: BTreeSet<_> =
        wrong.iter().filter(|(file, _)| file.ends_with(".rules")).map(|(file, _)| file).collect();
    let all = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"));
    assert_eq!(theories.len(), all.iter().filter(|path| path.extension().is_some_and(|e| e == "rules")).count());
}

/// The rule with its right side changed: twice as large, of the other sign, or with one letter doubled.
fn mutants(rule: &Rule) -> Vec<Rule> {
    let twice = |term: Term| Term::mul(vec![Term::integer(2), term]);
    let mut rights = vec![twice(rule.right.clone()), Term::mul(vec![Term::integer(-1), rule.right.clone()])];
    let letters: Vec<&Var> = rule.right.free().iter().filter(|v| v.name().is_some()).collect();
    rights.extend(letters.iter().map(|letter| substitute(&rule.right, letter, &twice(Term::var((*letter).clone())))));
    // `step(2 u)` is `step(u)`: that is no mutant.
    let changed = rights.into_iter().filter(|right| !equal(&LIBRARY.definitions, right, &rule.right));
    changed.map(|right| Rule { right, ..rule.clone() }).collect()
}

#[test]
fn mutants_of_rules_are_caught() {
    let all: Vec<(usize, Rule)> = LIBRARY.rules.iter().flat_map(mutants).enumerate().collect();
    let missed: Vec<_> = all
        .par_iter()
        .filter(|(_, mutant)| audit(&LIBRARY, mutant).differ.is_empty())
        .map(|(_, mutant)| (mutant.name.clone(), format!("{:?}", mutant.right)))
        .collect();
    println!("{} of {} mutants caught", all.len() - missed.len(), all.len());
    assert!(missed.is_empty(), "{missed:#?}");
}
