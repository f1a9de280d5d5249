//! False statements that tempt: none may ever be proved.

use crate::common::{LIBRARY, hypotheses, leap, lines, outcomes, problem, read};
use rayon::prelude::*;
use std::time::Duration;
use stein::engine::{self, Limits, Outcome};
use stein::proof::Kernel;

const TRAPS: &str = include_str!("../data/soundness/traps.txt");
const TRUTHS: &str = include_str!("../data/soundness/truths.txt");

fn limits() -> Limits {
    Limits { steps: engine::steps_in(Duration::from_millis(800)), ..Limits::default() }
}

#[test]
fn no_trap_is_proved() {
    let traps = lines(TRAPS);
    let missing = |message: &str| message.starts_with("unknown law");
    let results: Vec<Option<String>> = traps
        .par_iter()
        .map(|(heading, text)| {
            let problem = match read(text) {
                Ok(problem) => problem,
                Err(message) if missing(&message) => return None,
                Err(message) => return Some(format!("[{heading}] not read: {message}: {text}")),
            };
            let proved = outcomes(&problem, &limits()).iter().any(|outcome| matches!(outcome, Outcome::Proved(..)));
            Some(if proved { format!("[{heading}] PROVED: {text}") } else { String::new() })
        })
        .collect();
    let tried = results.iter().flatten().count();
    let faults: Vec<&String> = results.iter().flatten().filter(|fault| !fault.is_empty()).collect();
    println!("{tried} traps tried, {} wait for their laws", traps.len() - tried);
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(tried >= 200);
}

#[test]
fn no_trap_is_arithmetic() {
    let mut faults = Vec::new();
    for (heading, text) in lines(TRAPS) {
        let Ok(problem) = read(&text) else { continue };
        let kernel = Kernel::new(&LIBRARY);
        for pair in problem.members.windows(2) {
            for (left, right) in [(&pair[0], &pair[1]), (&pair[1], &pair[0])] {
                if kernel.check(&leap(left, right), &hypotheses(&problem)).is_ok() {
                    faults.push(format!("[{heading}] {text}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// The neighbours of the traps that are true: the traps fail for what is wrong with them, not for their form.
#[test]
fn true_neighbours_are_proved() {
    let truths = lines(TRUTHS);
    let faults: Vec<String> = truths
        .par_iter()
        .filter_map(|(heading, text)| {
            let open: Vec<String> = outcomes(&problem(text), &limits())
                .into_iter()
                .filter_map(|outcome| if let Outcome::Open(reason) = outcome { Some(reason) } else { None })
                .collect();
            (!open.is_empty()).then(|| format!("[{heading}] {text}: {open:?}"))
        })
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

/// A law without a mean: the integral over the line exists as a principal value only.
#[test]
fn principal_values_are_no_means() {
    for text in ["E_{x ~ Cauchy(0, 1)}[x] = 0", "E_{x ~ Cauchy(m, c)}[x] = m", "E_{x ~ StudentT(1, 0, c)}[x] = 0"] {
        let proved = outcomes(&problem(text), &limits()).iter().any(|outcome| matches!(outcome, Outcome::Proved(..)));
        assert!(!proved, "PROVED: {text}");
    }
}

/// Other means that do not exist, which a formal rule treats as if they did.
#[test]
#[ignore = "the rules take the means that they meet to exist"]
fn infinite_means_are_no_numbers() {
    let statements =
        ["D_m[E_{x ~ Cauchy(m, c)}[x]] = 1", "E_{x ~ N(0,1)}[x^2 exp(x^2/2)] = E_{x ~ N(0,1)}[(1 + x^2) exp(x^2/2)]"];
    for text in statements {
        let proved = outcomes(&problem(text), &limits()).iter().any(|outcome| matches!(outcome, Outcome::Proved(..)));
        assert!(!proved, "PROVED: {text}");
    }
}
