//! What a file holds, and what is refused. That Coq accepts it is the matter of `scripts/test-coq`.

use stein_coq::{export, file};
use stein_kernel::check::Proof;
use stein_kernel::context::Hypothesis;
use stein_kernel::library::Library;
use stein_kernel::step::{Move, Step};
use stein_kernel::term::Op;

/// `x + x = 2 x`, by one step.
fn doubled() -> Proof {
    let mut proof = Proof::default();
    let table = &mut proof.table;
    let (x, two) = (table.free("x"), table.int(2));
    let (before, after) = (table.add(vec![x, x]), table.mul(vec![two, x]));
    proof.statement.sides = Some((before, after));
    proof.statement.hypotheses.push(Hypothesis::Positive(x));
    proof.steps.push(Step { place: vec![], what: Move::Ring(vec![]), backwards: false, before, after });
    proof
}

#[test]
fn the_statement_is_the_theorem_and_what_is_granted_a_hypothesis() {
    let written = export(&Library::default(), &doubled(), "doubled", "x + x = 2 x").expect("an export");
    assert!(written.text.contains("Hypothesis given_1 : 0 < x."), "{}", written.text);
    assert!(written.text.contains("Theorem doubled_statement :\n  (x + x) =\n  (2 * x)."), "{}", written.text);
    assert!(!written.text.contains("Admitted") && !written.text.contains("admit"));
    let whole = file(&[written.text]);
    assert!(whole.starts_with("From Coq Require Import Reals") && !whole.contains("From Stein"), "self-contained");
}

#[test]
fn a_step_that_is_no_arithmetic_is_refused() {
    let mut proof = doubled();
    let three = proof.table.int(3);
    let (before, x) = (proof.steps[0].before, proof.table.free("x"));
    let after = proof.table.mul(vec![three, x]);
    proof.statement.sides = Some((before, after));
    proof.steps[0].after = after;
    let refused = export(&Library::default(), &proof, "tripled", "x + x = 3 x").expect_err("it is false");
    assert!(refused.to_string().starts_with("step 1: "), "{refused}");
}

#[test]
fn what_has_no_meaning_as_a_number_is_refused() {
    let mut proof = doubled();
    let end = proof.table.term(Op::Inf(true), vec![]);
    proof.statement.sides = Some((end, end));
    proof.steps.clear();
    assert!(export(&Library::default(), &proof, "end", "").is_err());
}
