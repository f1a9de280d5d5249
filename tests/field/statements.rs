//! The identities of the field and its well-known mistakes: what is true is derived, what is false is refuted.

use std::time::Duration;
use stein::{Session, Verdict};

/// Statements of a file with the verdict that they should get: `proved` stands for a derivation, with or without
/// conditions. Every proof is saved and checked again by the kernel crate alone.
fn judge(file: &str, text: &str) {
    let mut session = Session::new().expect("the built-in rules");
    session.options.timeout = Duration::from_secs(60);
    let mut wrong = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut fields = line.split('\t');
        let (Some(expected), Some(statement)) = (fields.next(), fields.next()) else { panic!("{file}: {line}") };
        let answer = session.prove(statement).unwrap_or_else(|error| panic!("{file}: {statement}: {error}"));
        let verdict = answer.verdict();
        if answer.is_derived() {
            match session.save(&answer) {
                Ok(proof) => {
                    if let Err(error) = session.verify("proof", &proof, 5) {
                        wrong.push(format!("the saved proof is refused: {statement}: {error}"));
                    }
                }
                Err(error) => wrong.push(format!("the proof is not saved: {statement}: {error}")),
            }
        }
        let right = match expected {
            "proved" => matches!(verdict, Verdict::Proved | Verdict::Conditional),
            // True, and without a derivation since the kernel asks for more: never refuted.
            "open" => verdict != Verdict::Refuted,
            _ => verdict == Verdict::Refuted,
        };
        if !right {
            wrong.push(format!("{} instead of {expected}: {statement}", verdict.word()));
        }
    }
    assert!(wrong.is_empty(), "{file}:\n{}", wrong.join("\n"));
}

/// A test for each file of statements.
macro_rules! files {
    ($($test:ident: $file:literal,)*) => {$(
        #[test]
        fn $test() {
            judge($file, include_str!(concat!("../data/field/", $file)));
        }
    )*};
}

files! {
    gaussian_smoothing: "gaussian.tsv",
    operators: "operators.tsv",
    the_fourier_picture_and_transforms: "fourier.tsv",
    hermite_polynomials: "hermite.tsv",
    logarithms_of_sums: "logarithms.tsv",
    scores_of_any_law: "score.tsv",
    categorical_laws: "categorical.tsv",
    importance_weights: "importance.tsv",
    divergences_and_moments: "divergence.tsv",
    several_variables: "several.tsv",
    laws_of_several_variables_and_conditional_means: "joint.tsv",
    trajectories_of_any_length: "trajectories.tsv",
    samples_of_any_number: "samples.tsv",
    vectors_of_any_size: "vectors.tsv",
    matrices_of_any_size: "matrices.tsv",
    traps_of_sizes_and_indices: "arrays.tsv",
    moments_and_transforms: "moments.tsv",
    sums_and_reflections: "sums.tsv",
    stopped_parts: "stopgrad.tsv",
    laws_one_by_one: "laws.tsv",
    stein_operators: "stein.tsv",
    jumps_and_kinks: "jumps.tsv",
    products_that_close_jumps: "kinks.tsv",
    integrals_between_ends: "integrals.tsv",
    tails_masses_and_powers: "tails.tsv",
    mean_excesses_and_their_derivatives: "options.tsv",
    changes_of_variables_and_cases: "changes.tsv",
    quotients_of_means: "quotients.tsv",
}
