//! Statements that are true or false by construction, at fixed seeds: none gets the wrong verdict, and witnesses satisfy what is
//! supposed. How many get the right one is counted.

use crate::adversary::{Adversary, Seeded, Truth, adversary};
use crate::random::Environment;
use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use stein::{Answer, Session, Verdict};

const SEED: u64 = 20_261_126;
const STATEMENTS: u64 = 160;

fn session() -> Session {
    let mut session = Session::new().expect("the built-in files load");
    // Work is counted in steps; the clock would end it only on a machine that is slower by far.
    session.options.timeout = Duration::from_millis(150);
    session.options.clock_factor = 1000;
    session.options.repair = Duration::ZERO;
    session
}

/// What is wrong with an answer.
fn fault(statement: &Adversary, answer: &Answer) -> Option<String> {
    let verdict = answer.verdict();
    let mut reasons = answer.links.iter().flat_map(|link| &link.reason);
    // Of what is false a derivation may be found that the numbers do not let pass.
    if statement.truth == Truth::True && reasons.any(|reason| reason.contains("CONTRADICTION")) {
        return Some("true, and contradicted".into());
    }
    // A condition may exclude the functions for which the statement fails, and no letters.
    let excluded = verdict == Verdict::Conditional && statement.text.contains('f');
    match (statement.truth, verdict) {
        (Truth::True, Verdict::Refuted) => return Some("true, and refuted".into()),
        (Truth::False | Truth::Void, Verdict::Proved | Verdict::Conditional) if !excluded => {
            return Some(format!("{:?}, and {verdict}", statement.truth));
        }
        _ => {}
    }
    let supposed = statement.supposed?;
    let witness = answer.links.iter().find_map(|link| link.witness.as_ref())?;
    let value = match supposed.subject {
        "a" => witness.instance.parameters.get("a").copied()?,
        _ => {
            let (parameters, body, _) = witness.instance.functions.get("f")?;
            Environment::new(&[(parameters[0].clone(), 0.0)]).value(body)?
        }
    };
    (!supposed.admits(value)).then(|| format!("the witness has {} = {value}", supposed.subject))
}

#[test]
fn no_adversary_gets_the_wrong_verdict() {
    let session = session();
    let judge = |number: u64| {
        let statement = adversary(&mut Seeded(SEED ^ number << 32));
        let answer = session.prove(&statement.text).unwrap_or_else(|e| panic!("{}: {e}", statement.text));
        let fault = fault(&statement, &answer).map(|fault| format!("{fault}: {}", statement.text));
        println!("{:?} {} {}", statement.truth, answer.verdict(), statement.text);
        (statement.truth, answer.verdict(), fault)
    };
    // Threads of its own: an answer waits for simulations, which run in the pool.
    let next = AtomicU64::new(0);
    let worker = || {
        let numbers = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        numbers.take_while(|number| *number < STATEMENTS).map(judge).collect::<Vec<_>>()
    };
    let results: Vec<(Truth, Verdict, Option<String>)> = std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(2, NonZero::get);
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker")).collect()
    });
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (truth, verdict, _) in &results {
        *counts.entry(format!("{truth:?} {verdict}")).or_default() += 1;
    }
    println!("{counts:#?}");
    let faults: Vec<&String> = results.iter().filter_map(|(.., fault)| fault.as_ref()).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    let share = |truth: Truth, verdict: Verdict| {
        let all = results.iter().filter(|(t, ..)| *t == truth);
        (all.clone().filter(|(_, v, _)| *v == verdict).count() as f64) / all.count() as f64
    };
    assert!(share(Truth::False, Verdict::Refuted) > 0.7);
    assert!(share(Truth::True, Verdict::Proved) > 0.4);
}
