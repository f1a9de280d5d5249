//! What holds for every term: the simplifier keeps values, printing keeps meaning, substitution captures nothing.

use crate::common::LIBRARY;
use crate::random::{Environment, Fragment, letter, renumbered, scale, terms};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestRunner};
use stein::proof::{Fingerprinter, equal};
use stein::syntax::{Style, parse_expression, print};
use stein::term::{Elaborator, Op, Simplifier, Term, Var, canonical, express, substitute, substitute_many};

fn config(cases: u32) -> Config {
    Config {
        cases,
        rng_seed: RngSeed::Fixed(20_171_008),
        rng_algorithm: RngAlgorithm::ChaCha,
        failure_persistence: None,
        max_global_rejects: 100_000,
        ..Config::default()
    }
}

const SMOOTH: Fragment = Fragment { positive: true, pieces: false, stops: true, poles: false };
const ALL: Fragment = Fragment { positive: true, pieces: true, stops: true, poles: true };
const SURFACE: Fragment = Fragment { positive: false, pieces: true, stops: true, poles: true };

fn simplify(term: &Term) -> Term {
    Simplifier::new(&LIBRARY.definitions).simplify(term)
}

fn environment() -> Environment {
    Environment::new(&[(letter(0), 0.731), (letter(1), -0.417), (letter(2), 1.283), (scale(), 0.862)])
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 2e-4 * (1.0 + a.abs().max(b.abs()))
}

proptest! {
    #![proptest_config(config(10_000))]

    /// In the kernel's model, which is exact.
    #[test]
    fn simplifying_keeps_the_value(term in terms(SMOOTH)) {
        let simple = simplify(&term);
        // What the derivative of a mean is, the kernel leaves open where a factor may vanish.
        let is_open = |t: &Term| match t.op() {
            Op::Derivative(..) => t.args()[0].has_operator(),
            _ => false,
        };
        if !term.any(&is_open) && (Fingerprinter { definitions: &LIBRARY.definitions }).of(&term).is_some() {
            prop_assert!(equal(&LIBRARY.definitions, &term, &simple), "{term:?} became {simple:?}");
        }
    }

    /// In double precision, with another evaluation, differences for derivatives and sums for expectations.
    #[test]
    fn simplifying_keeps_the_number(term in terms(ALL)) {
        let simple = simplify(&term);
        if let (Some(before), Some(after)) = (environment().value(&term), environment().value(&simple)) {
            prop_assert!(close(before, after), "{before} became {after}: {term:?} became {simple:?}");
        }
    }

    #[test]
    fn simplifying_again_changes_nothing(term in terms(ALL)) {
        let simple = simplify(&term);
        prop_assert_eq!(simplify(&simple), simple);
    }

    #[test]
    fn what_is_printed_is_read_again(term in terms(SURFACE)) {
        let simple = simplify(&term);
        // What is undefined everywhere may be written in several ways.
        prop_assume!((Fingerprinter { definitions: &LIBRARY.definitions }).of(&simple).is_some());
        for style in [Style::Unicode, Style::Ascii, Style::Latex] {
            let text = print(&express(&simple), style);
            let tree = parse_expression(&text).map_err(|e| TestCaseError::fail(format!("{}: {text}", e.message)))?;
            let again = Elaborator::new(&LIBRARY.definitions).expr(&tree);
            let again = again.map_err(|e| TestCaseError::fail(format!("{}: {text}", e.message)))?;
            prop_assert_eq!(simplify(&again), simple.clone(), "{}", text);
        }
    }

    #[test]
    fn substitution_captures_nothing(term in terms(SMOOTH), value in terms(SMOOTH), index in 0usize..3, number in 1u32..4) {
        // The value holds a letter with the number of some binder of the term.
        let loose = Var::bound(number, letter(0).domain);
        let value = substitute(&value, &letter(index + 1), &Term::var(loose.clone()));
        let replaced = substitute(&term, &letter(index), &value);
        let mut outer = environment_with(&loose, 0.573);
        let Some(number) = outer.value(&value) else { return Ok(()) };
        let mut inner = environment_with(&loose, 0.573).extended(&letter(index), number);
        if let (Some(before), Some(after)) = (inner.value(&term), environment_with(&loose, 0.573).value(&replaced)) {
            prop_assert!(close(before, after), "{before} and {after}");
        }
    }

    #[test]
    fn substitutions_are_made_at_once(term in terms(SMOOTH)) {
        let [x, y] = [letter(0), letter(1)];
        let swapped = substitute_many(&term, &[(x.clone(), Term::var(y.clone())), (y.clone(), Term::var(x.clone()))]);
        let back = substitute_many(&swapped, &[(x.clone(), Term::var(y.clone())), (y, Term::var(x))]);
        prop_assert_eq!(canonical(&back), canonical(&term));
    }

    #[test]
    fn canonical_numbers_do_not_depend_on_names(term in terms(ALL), seed in any::<u64>()) {
        let first = canonical(&term);
        prop_assert_eq!(canonical(&first), first.clone());
        let other = renumbered(&term, seed);
        prop_assert_eq!(canonical(&other), first);
        prop_assert_eq!(other.free(), term.free());
    }
}

/// Most terms have a value, so that the properties say something.
#[test]
fn most_terms_have_values() {
    let mut runner = TestRunner::new(config(1));
    let fingerprinter = Fingerprinter { definitions: &LIBRARY.definitions };
    let (mut numbers, mut fingerprints, mut changed) = (0, 0, 0);
    for _ in 0..1000 {
        let term = terms(ALL).new_tree(&mut runner).expect("the strategy never rejects").current();
        numbers += u32::from(environment().value(&term).is_some());
        fingerprints += u32::from(fingerprinter.of(&term).is_some());
        changed += u32::from(simplify(&term) != canonical(&term));
    }
    println!("of 1000 terms {numbers} have a number, {fingerprints} a fingerprint; {changed} can be simplified");
    assert!(numbers > 500 && fingerprints > 500 && changed > 500);
}

fn environment_with(var: &Var, value: f64) -> Environment {
    environment().extended(var, value)
}
