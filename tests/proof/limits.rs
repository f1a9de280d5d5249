//! Inputs that would take for ever, or all memory: the work on them is bounded, and an answer is given all the same.

use crate::common::{LIBRARY, term};
use std::time::{Duration, Instant};
use stein::proof::equal;
use stein::term::{Simplifier, deadline};
use stein::{Session, Verdict};

/// Statements of which nothing is asked but an answer.
const MONSTERS: &str = include_str!("../data/limits/monsters.txt");

fn past() -> Instant {
    Instant::now().checked_sub(Duration::from_secs(1)).expect("a moment ago")
}

#[test]
fn recursions_on_large_numbers_are_not_followed() {
    for text in ["gamma(10^6)", "lngamma(10^300)", "He_200(x)", "digamma(a + 10^6)", "beta(10^5, 10^7)"] {
        let term = term(text);
        let simple = Simplifier::new(&LIBRARY.definitions).simplify(&term);
        assert!(simple.size() <= 4 * term.size(), "{text}: {} operators", simple.size());
    }
    // Small ones are.
    let simple = Simplifier::new(&LIBRARY.definitions).simplify(&term("gamma(5)"));
    assert!(equal(&LIBRARY.definitions, &simple, &term("24")));
}

#[test]
fn nothing_is_simplified_nor_seen_equal_once_the_time_is_over() {
    let mut text = String::from("x");
    for _ in 0..200 {
        text = format!("sin({text} + 0)");
    }
    let term = term(&text);
    let late = deadline::until(past(), || Simplifier::new(&LIBRARY.definitions).simplify(&term));
    assert!(late.size() > Simplifier::new(&LIBRARY.definitions).simplify(&term).size());
    let sum = crate::common::term("(a + b)^2 + (c + d)^2 + (e + f)^2 + sin(a + b + c + d + e + f + g + h + k)");
    let same = crate::common::term("(b + a)^2 + (d + c)^2 + (f + e)^2 + sin(k + h + g + f + e + d + c + b + a)");
    assert!(equal(&LIBRARY.definitions, &sum, &same));
    assert!(!deadline::until(past(), || equal(&LIBRARY.definitions, &sum, &same)));
}

#[test]
fn every_monster_gets_an_answer() {
    let mut session = Session::new().expect("the built-in rules");
    session.options.timeout = Duration::from_millis(200);
    session.options.clock_factor = 1;
    for (kind, text) in crate::common::lines(MONSTERS) {
        let answer = session.prove(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let verdict = answer.verdict();
        match kind.as_str() {
            "true" => assert_ne!(verdict, Verdict::Refuted, "{text}"),
            _ => assert!(verdict > Verdict::Conditional, "{text}"),
        }
    }
}
