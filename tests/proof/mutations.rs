//! Real proofs with one thing changed: the kernel has to refuse each of them, and to accept each original.

use crate::common::{LIBRARY, careless, hypotheses, lines, outcomes, problem, read};
use crate::mutation::{Dice, boundary, changed, with_reason, with_steps, with_term};
use rayon::prelude::*;
use std::time::Duration;
use stein::engine::{self, Limits, Outcome, prove};
use stein::proof::{Hypotheses, Kernel, Proof, equal};
use stein::term::canonical;

const PROOFS: &str = include_str!("../data/soundness/proofs.txt");
const TRAPS: &str = include_str!("../data/soundness/traps.txt");

fn limits() -> Limits {
    Limits { steps: engine::steps_in(Duration::from_secs(10)), ..Limits::default() }
}

/// The proofs of a statement's links, with what was given.
fn proofs(text: &str) -> Vec<(Proof, Hypotheses)> {
    let problem = problem(text);
    let proof = |outcome| match outcome {
        Outcome::Proved(proof, _) => (proof, hypotheses(&problem)),
        Outcome::Open(reason) => panic!("{text}: {reason}"),
    };
    outcomes(&problem, &limits()).into_iter().map(proof).collect()
}

/// What became of the mutants of one proof.
#[derive(Default)]
struct Tally {
    rejected: usize,
    /// Mutants with terms equal to the original's: proofs of the same claim still.
    same_terms: usize,
    /// Mutants of reasons alone that hold as well.
    other_reason: usize,
    faults: Vec<String>,
}

/// Whether all terms of a proof equal those of another in order: then it shows the same.
fn shows_the_same(mutant: &Proof, original: &Proof) -> bool {
    let definitions = &LIBRARY.definitions;
    let same = |a, b| canonical(a) == canonical(b) || equal(definitions, a, b);
    same(&mutant.left, &original.left) && same(&mutant.right, &original.right)
}

fn mutate(text: &str, proof: &Proof, given: &Hypotheses, seed: u64) -> Tally {
    let kernel = Kernel::new(&LIBRARY);
    let mut tally = Tally::default();
    assert!(kernel.check(proof, given).is_ok(), "the original of {text}");
    let mut dice = Dice(seed);
    let mut tried: Vec<Proof> = vec![proof.clone()];
    let mut fresh = |mutant: &Proof| {
        let new = !tried.contains(mutant);
        tried.push(mutant.clone());
        new
    };
    for _ in 0..24 {
        let index = dice.below(proof.steps.len() + 1);
        let term = boundary(proof, index).clone();
        let Some(other) = changed(&term, &mut dice) else { continue };
        let mutant = with_term(proof, index, &other);
        if canonical(&other) == canonical(&term) || !fresh(&mutant) {
            continue;
        }
        let equal = equal(&LIBRARY.definitions, &term, &other);
        match kernel.check(&mutant, given) {
            Err(_) => tally.rejected += 1,
            Ok(_) if equal => tally.same_terms += 1,
            Ok(_) => tally.faults.push(format!("{text}: term {index} became {other:?}")),
        }
    }
    for _ in 0..16 {
        let Some(mutant) = with_reason(proof, &LIBRARY, &mut dice).filter(&mut fresh) else { continue };
        match kernel.check(&mutant, given) {
            Err(_) => tally.rejected += 1,
            // No term was touched, so the claim is the same, and so is every step.
            Ok(_) => tally.other_reason += 1,
        }
    }
    for _ in 0..6 {
        let Some(mutant) = with_steps(proof, &mut dice).filter(&mut fresh) else { continue };
        match kernel.check(&mutant, given) {
            Err(_) => tally.rejected += 1,
            Ok(_) if shows_the_same(&mutant, proof) => tally.same_terms += 1,
            Ok(_) => tally.faults.push(format!("{text}: steps changed")),
        }
    }
    tally
}

#[test]
fn mutants_are_refused() {
    let all: Vec<(String, Proof, Hypotheses)> = lines(PROOFS)
        .into_par_iter()
        .flat_map_iter(|(_, text)| proofs(&text).into_iter().map(move |(p, h)| (text.clone(), p, h)))
        .collect();
    let tallies: Vec<Tally> = all
        .par_iter()
        .enumerate()
        .map(|(i, (text, proof, given))| mutate(text, proof, given, 7 * i as u64 + 1))
        .collect();
    let total = |count: fn(&Tally) -> usize| tallies.iter().map(count).sum::<usize>();
    let (rejected, same, other) = (total(|t| t.rejected), total(|t| t.same_terms), total(|t| t.other_reason));
    println!("{} proofs: {rejected} mutants refused, {same} equal, {other} hold for another reason", all.len());
    let faults: Vec<&String> = tallies.iter().flat_map(|t| &t.faults).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(rejected >= 600, "{rejected} mutants");
    assert!(10 * (same + other) < rejected, "too few mutants changed anything: {same} + {other} of {rejected}");
}

/// What a search without conditions proves of the false statements, the kernel with conditions refuses.
#[test]
fn conditions_are_checked_again() {
    let careless = careless();
    let cases: Vec<(String, String)> =
        lines(TRAPS).into_iter().filter(|(heading, _)| heading == "conditions").collect();
    let refused: usize = cases
        .par_iter()
        .filter_map(|(_, text)| read(text).ok().map(|problem| (text, problem)))
        .map(|(text, problem)| {
            let given = hypotheses(&problem);
            let limits = Limits { steps: engine::steps_in(Duration::from_secs(2)), ..Limits::default() };
            let (left, right) = (&problem.members[0], &problem.members[1]);
            let Outcome::Proved(proof, _) = prove(&careless, left, right, &given, &limits).0 else { return 0 };
            assert!(Kernel::new(&careless).check(&proof, &given).is_ok());
            assert!(Kernel::new(&LIBRARY).check(&proof, &given).is_err(), "accepted without a condition: {text}");
            1
        })
        .sum();
    println!("{refused} of {} false statements fail by a condition alone", cases.len());
    assert!(refused >= 10);
}
