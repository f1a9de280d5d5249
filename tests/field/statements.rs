//! The identities of the field and its well-known mistakes: what is true is derived, what is false is refuted.

use std::time::Duration;
use stein::{Session, Verdict};

/// Statements of a file with the verdict that they should get: `proved` stands for a derivation, with or without
/// conditions. Every proof is saved and checked again by the kernel crate alone.
fn judge(file: &str, text: &str) {
    let mut session = Session::new().expect("the built-in rules");
    session.options.timeout = Duration::from_secs(60);
    // What was meant instead is not asked here.
    session.options.repair = Duration::ZERO;
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
    sequences_and_trajectories_by_their_factors: "sequences.tsv",
    trajectories_without_an_end: "endless.tsv",
    sums_over_all_values: "values.tsv",
    samples_of_any_number: "samples.tsv",
    vectors_of_any_size: "vectors.tsv",
    matrices_of_any_size: "matrices.tsv",
    traps_of_sizes_and_indices: "arrays.tsv",
    moments_and_transforms: "moments.tsv",
    sums_and_reflections: "sums.tsv",
    stopped_parts: "stopgrad.tsv",
    laws_one_by_one: "laws.tsv",
    stein_operators: "stein.tsv",
    products_and_sums_over_an_index: "products.tsv",
    jumps_and_kinks: "jumps.tsv",
    products_that_close_jumps: "kinks.tsv",
    integrals_between_ends: "integrals.tsv",
    tails_masses_and_powers: "tails.tsv",
    mean_excesses_and_their_derivatives: "options.tsv",
    changes_of_variables_and_cases: "changes.tsv",
    quotients_of_means: "quotients.tsv",
    equality_up_to_a_constant: "constants.tsv",
    readings_that_are_easily_missed: "readings.tsv",
}

/// What speaks of another law, sample or letter than the one at hand is not read as that one.
#[test]
fn other_laws_are_not_read_as_those_that_are_known() {
    let session = Session::new().expect("the built-in rules");
    let whole = "p(τ) = ρ(s_0) Π_{t=0}^T π(a_t|s_t) P(s_{t+1}|s_t,a_t)";
    let drawn = "s_0 ~ ρ, a_t ~ μ(·|s_t), s_{t+1} ~ P(·|s_t,a_t)";
    let sequence = "π(y|x) = Π_{t=1}^T π(y_t|x, y_{<t})";
    for statement in [
        // Of p' no factors are known, and the model is another than p.
        format!("KL(p ‖ p') = 0 where {whole}"),
        format!("E_{{τ ~ p}}[Σ_{{t=0}}^T r(s_t,a_t)] = E_{{τ ~ μ}}[Σ_{{t=0}}^T r(s_t,a_t)] given {drawn}, τ = (s_{{0:T}}, a_{{0:T}}) where {whole}"),
        // At other values than it is defined at.
        format!("ln π(y|x) = ln π(y|z) where {sequence}"),
        format!("E_{{y ~ π(·|x)}}[Σ_{{t=1}}^T r(y_{{<t}}, y_t)] = E_{{y ~ π(·|z)}}[Σ_{{t=1}}^T r(y_{{<t}}, y_t)] where {sequence}"),
        format!("KL(π(·|x) ‖ π(·|z)) = 0 where {sequence}"),
        format!("E_{{τ ~ μ(·|z)}}[Σ_{{t=0}}^T r(s_t,a_t)] = E_τ[Σ_{{t=0}}^T r(s_t,a_t)] given {drawn}, τ = (s_{{0:T}}, a_{{0:T}})"),
        // The steps of one sample, to the length of another.
        "E[Σ_{i=1}^G Σ_{j=1}^G Σ_{t=1}^{|o_j|} ∇_θ ln π_θ(o_{i,t}|q, o_{i,<t})] = 0 given o_1, …, o_G ~ π_θ(·|q) where π_θ(o|q) = Π_{t=1}^{|o|} π_θ(o_t|q, o_{<t})".into(),
        // The step is not drawn with what is before it.
        "H(π) = -Σ_{t=1}^T E_{y_{<t} ~ π}[ln π(y_t|y_{<t})] where π(y) = Π_{t=1}^T π(y_t|y_{<t})".into(),
        // Named after one policy, and defined by the other.
        format!("E_{{s ~ d^{{π'}}}}[g(s)] = (1-γ) E_{{τ ~ π'}}[Σ_{{t=0}}^∞ γ^t g(s_t)] given {drawn}, τ = (s_{{0:∞}}, a_{{0:∞}}), 0 ≤ γ < 1 where d^{{π'}}(s) = (1-γ) Σ_{{t=0}}^∞ γ^t P(s_t = s)"),
        // A value of the whole beside a single step of it; a law of the whole with parameters of two policies.
        "∇_θ E_{τ ~ μ_θ}[R(τ)] = E_{τ ~ μ_θ}[∇_θ ln μ_θ(a_0|s_0) R(τ)] given s_0 ~ ρ, a_t ~ μ_θ(·|s_t), s_{t+1} ~ P(·|s_t,a_t), τ = (s_{0:T}, a_{0:T})".into(),
        "p_w(τ) = 1 given s_0 ~ ρ, a_t ~ π_θ(·|s_t), b_t ~ μ_φ(·|s_t), s_{t+1} ~ P(·|s_t,a_t,b_t), τ = (s_{0:T}, a_{0:T})".into(),
        // A sum over times of the factor of one of them, or of a factor at two.
        "∇_θ E_{τ ~ π_θ}[R(τ)] = E_{τ ~ π_θ}[(Σ_{k=0}^T ∇_θ ln π_θ(a_t|s_t)) R(τ)] given s_0 ~ ρ, a_t ~ π_θ(·|s_t), s_{t+1} ~ P(·|s_t,a_t), τ = (s_{0:T}, a_{0:T})".into(),
        "∇_θ E_{τ ~ π_θ}[R(τ)] = E_{τ ~ π_θ}[(Σ_{k=0}^T ∇_θ ln π_θ(a_k|s_t)) R(τ)] given s_0 ~ ρ, a_t ~ π_θ(·|s_t), s_{t+1} ~ P(·|s_t,a_t), τ = (s_{0:T}, a_{0:T})".into(),
        "∇_θ E_{y ~ π_θ(·|x)}[r(x,y)] = E_{y ~ π_θ(·|x)}[r(x,y) Σ_{k=1}^T ∇_θ ln π_θ(y_k|x, y_{<t})] given y_t ~ π_θ(·|x, y_{<t}), y = y_{1:T}".into(),
        // A letter of a step that is no part of the whole.
        "E_{τ ~ π_θ}[R(τ) r_0] = r_0 E_{τ ~ π_θ}[R(τ)] given r_t ~ q(·|s_t,a_t), s_0 ~ ρ, a_t ~ π_θ(·|s_t), s_{t+1} ~ P(·|s_t,a_t), τ = (s_{0:T}, a_{0:T})".into(),
        // q is no law of the model.
        "E_{τ ~ q}[R(τ)] = E_{τ ~ π_θ}[R(τ)] given s_0 ~ ρ, a_t ~ π_θ(·|s_t), s_{t+1} ~ P(·|s_t,a_t), τ = (s_{0:T}, a_{0:T})".into(),
        "p_θ(τ)/q_θ(τ) = 1 given s_0 ~ ρ, a_t ~ π_θ(·|s_t), s_{t+1} ~ P(·|s_t,a_t), τ = (s_{0:T}, a_{0:T})".into(),
        "p_θ(τ)/q(τ) = 1 given s_0 ~ ρ, a_t ~ π_θ(·|s_t), s_{t+1} ~ P(·|s_t,a_t), τ = (s_{0:T}, a_{0:T})".into(),
        // The transitions depend on the parameter, too.
        "∇_θ E_{τ ~ π_θ}[R(τ)] = E_{τ ~ π_θ}[Σ_{t=0}^T ∇_θ ln π_θ(a_t|s_t) R(τ)] given s_0 ~ ρ, a_t ~ π_θ(·|s_t), s_{t+1} ~ N(θ s_t, 1), τ = (s_{0:T}, a_{0:T})".into(),
        // Values in order, and no draws; a density on the line, and no sum.
        "E[f(y_{(1)}, …, y_{(n)})] = 0 given y_1, y_2 ~ U(0,1)".into(),
        "Σ_x p(x)^2 = 1/(2 sqrt(π)) where p(x) = N(x|0,1)".into(),
    ] {
        assert!(session.prove(&statement).is_err(), "{statement}");
    }
}
