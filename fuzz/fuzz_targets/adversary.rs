//! Statements that are true or false by construction, and look like the other: none gets the wrong verdict.

#![no_main]

#[path = "../../tests/proof/adversary.rs"]
mod adversary;

use adversary::{Bytes, Truth};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use std::time::Duration;
use stein::{Session, Verdict};

static SESSION: LazyLock<Session> = LazyLock::new(|| {
    let mut session = Session::new().expect("the built-in files load");
    session.options.timeout = Duration::from_millis(200);
    session.options.repair = Duration::ZERO;
    session
});

fuzz_target!(|bytes: &[u8]| {
    let statement = adversary::adversary(&mut Bytes(bytes));
    let answer = SESSION.prove(&statement.text).unwrap_or_else(|error| panic!("{}: {error}", statement.text));
    let verdict = answer.verdict();
    // A condition may exclude the functions for which the statement fails, and no letters.
    let excluded = verdict == Verdict::Conditional && statement.text.contains('f');
    let wrong = match statement.truth {
        Truth::True => verdict == Verdict::Refuted,
        Truth::False | Truth::Void => verdict <= Verdict::Conditional && !excluded,
    };
    assert!(!wrong, "{:?}, and {verdict}: {}", statement.truth, statement.text);
});
