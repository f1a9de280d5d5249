//! The kernel crate with the numbers off: what is false it does not accept, whoever offers it.

use crate::adversary::{Seeded, Truth, adversary};
use crate::common::{LIBRARY, careless, hypotheses, leap, lines, problem, read};
use crate::mistakes::{About, mutants, truths};
use rayon::prelude::*;
use std::sync::LazyLock;
use std::time::Duration;
use stein::certify::{Certificate, Certifier};
use stein::check::{Finding, Options, compare};
use stein::engine::{self, Limits, Outcome, prove};
use stein::proof::{Checked, Hypotheses, Proof};
use stein::rule::Library;
use stein::term::{Problem, Regularity, Term};
use stein_kernel::context::Claim;

const TRAPS: &str = include_str!("../data/soundness/traps.txt");
const SEED: u64 = 12;

static CERTIFIER: LazyLock<Certifier<'static>> = LazyLock::new(|| Certifier::new(&LIBRARY));

/// What the kernel accepts for functions that are as rough as the hypotheses allow.
fn accepted(proof: &Proof, given: &Hypotheses) -> Option<Certificate> {
    CERTIFIER.confirm(proof, given, &|_| Regularity::Measurable, SEED).ok()
}

/// Whether nothing is left open but what the statement says itself, and that unspecified laws are regular.
fn assumes_nothing(certificate: &Certificate) -> bool {
    certificate.checked.needs.iter().all(|need| matches!(need.claim, Claim::Regular(_)))
}

fn differ(problem: &Problem, [left, right]: [&Term; 2]) -> bool {
    let options = Options { seed: SEED, ..Options::default() };
    matches!(compare(&LIBRARY.definitions, left, right, &problem.hypotheses, &options), Finding::Differ(_))
}

#[test]
fn no_trap_is_an_equality() {
    let faults: Vec<String> = lines(TRAPS)
        .par_iter()
        .filter_map(|(heading, text)| Some((heading, text, read(text).ok()?)))
        .filter(|(_, _, problem)| {
            let link = |pair: &[Term]| accepted(&leap(&pair[0], &pair[1]), &problem.hypotheses).is_some();
            // A chain is false if one of its links is. What means nothing anywhere may pass: it claims nothing.
            problem.members.windows(2).all(link)
                && problem.members.windows(2).any(|pair| differ(problem, [&pair[0], &pair[1]]))
        })
        .map(|(heading, text, _)| format!("[{heading}] {text}"))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn no_wrong_variant_of_a_rule_is_an_equality() {
    let mut tried = 0;
    for rule in &LIBRARY.rules {
        for (left, right) in &rule.wrong {
            tried += 1;
            assert!(accepted(&leap(left, right), &Hypotheses::default()).is_none(), "{}", rule.name);
        }
    }
    assert!(tried >= 80, "{tried}");
}

#[test]
fn no_adversary_is_an_equality() {
    let faults: Vec<String> = (0..3000_u64)
        .into_par_iter()
        .map(|number| adversary(&mut Seeded(SEED ^ number << 32)))
        .filter(|statement| statement.truth == Truth::False)
        .filter(|statement| {
            let problem = problem(&statement.text);
            accepted(&leap(&problem.members[0], &problem.members[1]), &problem.hypotheses).is_some()
        })
        .map(|statement| statement.text)
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

/// The true statements of the field with a mistake put in: what is accepted as arithmetic is true.
#[test]
fn no_mistake_is_an_equality() {
    let truths = truths(About::All);
    let mut tried: Vec<(&str, Problem, [Term; 2])> = vec![];
    for (index, text) in truths.iter().enumerate() {
        let mistaken = mutants(index, &problem(text), 1).into_iter().filter(|(kind, ..)| *kind != "dropped condition");
        tried.extend(mistaken);
    }
    // A twelfth of them: half a minute of work.
    let tried: Vec<_> = tried.into_iter().step_by(12).collect();
    let faults: Vec<String> = tried
        .par_iter()
        .filter(|(_, problem, [left, right])| {
            accepted(&leap(left, right), &problem.hypotheses).is_some() && differ(problem, [left, right])
        })
        .map(|(kind, _, [left, right])| format!("{kind}: {left:?} = {right:?}"))
        .collect();
    println!("{} mistakes", tried.len());
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(tried.len() >= 250, "{}", tried.len());
}

fn found(library: &Library, problem: &Problem, time: Duration) -> Option<(Proof, Checked)> {
    let limits = Limits { steps: engine::steps_in(time), ..Limits::default() };
    let (left, right) = (&problem.members[0], &problem.members[1]);
    match prove(library, left, right, &hypotheses(problem), &limits).0 {
        Outcome::Proved(proof, checked) => Some((proof, checked)),
        Outcome::Open(_) => None,
    }
}

/// What a search without conditions derives of the false statements, the kernel refuses, or says what would have to hold.
#[test]
fn rules_are_not_used_without_their_conditions() {
    let careless = careless();
    let derived: usize = lines(TRAPS)
        .par_iter()
        .filter(|(heading, _)| heading == "conditions")
        .filter_map(|(_, text)| Some((text, read(text).ok().filter(|problem| problem.members.len() == 2)?)))
        .filter_map(|(text, problem)| Some((text, found(&careless, &problem, Duration::from_millis(500))?, problem)))
        .map(|(text, (proof, _), problem)| {
            let free = accepted(&proof, &problem.hypotheses).is_some_and(|certificate| assumes_nothing(&certificate));
            assert!(!free, "accepted without a condition: {text}");
            1
        })
        .sum();
    println!("{derived} false statements derived without conditions");
    assert!(derived >= 10, "{derived}");
}

/// Statements with one hypothesis dropped: what is still derived, and accepted with nothing assumed, is true.
#[test]
fn hypotheses_are_not_dropped() {
    let weaker: Vec<String> = truths(About::All)
        .iter()
        .filter_map(|text| text.split_once(" given "))
        .flat_map(|(equation, given)| {
            let all: Vec<&str> = given.split(", ").collect();
            let without = |index: usize| {
                let rest: Vec<&str> = all.iter().enumerate().filter(|(i, _)| *i != index).map(|(_, h)| *h).collect();
                if rest.is_empty() { equation.to_string() } else { format!("{equation} given {}", rest.join(", ")) }
            };
            (0..all.len()).map(without).collect::<Vec<_>>()
        })
        .collect();
    let faults: Vec<&String> = weaker
        .par_iter()
        .filter(|text| {
            let Ok(problem) = read(text) else { return false };
            let Some((proof, _)) = found(&LIBRARY, &problem, Duration::from_millis(300)) else { return false };
            let free = accepted(&proof, &problem.hypotheses).is_some_and(|certificate| assumes_nothing(&certificate));
            free && differ(&problem, [&problem.members[0], &problem.members[1]])
        })
        .collect();
    println!("{} statements with a hypothesis less", weaker.len());
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(weaker.len() >= 25, "{}", weaker.len());
}
