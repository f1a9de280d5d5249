//! Proofs as files for Coq: what they assume, and where. That Coq accepts them is the matter of `scripts/test-coq`.

use std::path::Path;
use stein::Session;

/// The file for a statement, without the theory.
fn exported(statement: &str) -> String {
    let session = Session::new().expect("the built-in rules");
    let answer = session.prove(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    let file = session.coq(&answer).unwrap_or_else(|error| panic!("{statement}: {error}"));
    file.split_once("(* End of the theory. *)").expect("a theory").1.to_string()
}

fn hypotheses(file: &str) -> Vec<&str> {
    file.lines().filter(|line| line.starts_with("Hypothesis")).collect()
}

/// For every b, also where b is no variance, some of these would be false, and the theorem would say nothing.
#[test]
fn below_a_derivative_something_is_assumed_near_the_point_alone() {
    let file =
        exported("D_b[D_a[E_{x ~ N(a, b)}[f(x)]]] = E_{x ~ N(a, b)}[((x - a)^3/(2 b^3) - 3 (x - a)/(2 b^2)) f(x)]");
    let near: Vec<&str> = hypotheses(&file).into_iter().filter(|line| line.contains("law_N y x")).collect();
    assert!(!near.is_empty(), "{file}");
    for line in near {
        assert!(line.contains(": locally b (fun x => ") && !line.contains("forall x"), "{line}");
    }
}

#[test]
fn that_a_law_has_mass_one_is_said_of_parameters_in_its_domain() {
    let file = exported("E_{x ~ N(m, s^2)}[f(x) + 2] = 2 + E_{x ~ N(m, s^2)}[f(x)]");
    assert!(file.contains("forall x y : R, 0 < y -> probability (law_N x y)."), "{file}");
}

#[test]
fn means_below_a_derivative_converge_near_its_point() {
    let file = exported("D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]] = E_{x ~ N(0,1)}[D_θ[f(θ + σ x)]]");
    assert!(file.contains("locally θ (fun x => ex_E "), "{file}");
}

#[test]
fn rules_that_are_theorems_are_proved_and_not_assumed() {
    let file = exported("E_{x ~ N(0,1)}[f(θ + σ x)] = E_{y ~ N(θ, σ^2)}[f(y)]");
    assert!(file.contains("Lemma proved_rule_N_change_of_variables"), "{file}");
    assert!(!hypotheses(&file).iter().any(|line| line.starts_with("Hypothesis rule_")), "{file}");
}

#[test]
fn the_page_lists_the_rules_that_are_theorems() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/coq.md")).expect("the page");
    let rows =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | theorem ")).map(|(name, _)| name);
    let known: Vec<&str> = stein_coq::THEOREMS.iter().map(|(name, _)| *name).collect();
    assert_eq!(rows.collect::<Vec<_>>(), known);
}
