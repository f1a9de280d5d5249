//! Parameters as smooth functions of others: the estimators are there, or the true reason why not.

use std::time::Duration;
use stein::{Session, Verdict};

/// What is wanted, and the names that the list has to hold.
#[rustfmt::skip]
const WANTED: &[(&str, &[&str])] = &[
    ("D_ρ[E_{x ~ N(μ, softplus(ρ)^2)}[f(x)]]", &["pathwise", "score function", "score function with a baseline", "antithetic"]),
    ("D_ρ[E_{x ~ N(0,1)}[f(μ + softplus(ρ) x)]]", &["pathwise", "score function", "leave-one-out"]),
    ("D_ρ[E_{x ~ N(μ, exp(ρ))}[f(x)]]", &["pathwise", "score function", "leave-one-out"]),
    ("D_θ[E_{x ~ Bernoulli(sigmoid(θ))}[f(x)]]", &["score function", "score function with a baseline", "leave-one-out", "measure-valued"]),
    ("D_θ[E_{x ~ Bernoulli((1 + tanh(θ))/2)}[f(x)]]", &["score function", "measure-valued"]),
    ("D_θ[E_{x ~ Geometric(sigmoid(θ))}[f(x)]]", &["score function", "score function with a baseline", "measure-valued"]),
    ("D_θ[E_{x ~ Binomial(5, sigmoid(θ))}[f(x)]]", &["score function", "leave-one-out", "exact sum", "measure-valued"]),
    ("D_θ[E_{x ~ Poisson(softplus(θ))}[f(x)]]", &["score function", "score function with a baseline", "leave-one-out"]),
    ("D_θ[E_{x ~ Exp(softplus(θ))}[f(x)]]", &["pathwise", "score function", "leave-one-out"]),
    ("D_θ[E_{x ~ Gamma(softplus(θ), 1)}[f(x)]]", &["score function", "leave-one-out", "implicit reparameterisation"]),
    ("D_θ[E_{x ~ Gamma(a, softplus(θ))}[f(x)]]", &["pathwise", "score function", "leave-one-out"]),
    ("D_θ[E_{x ~ Laplace(m, exp(θ))}[f(x)]]", &["pathwise", "score function", "antithetic"]),
    ("D_θ[E_{x ~ N(θ, 1), z ~ Poisson(exp(θ))}[f(x, z)]]", &["score function", "antithetic"]),
    ("D_θ[E_{x ~ N(θ, 1), z ~ N(2 θ, 1)}[f(x, z)]]", &["pathwise", "score function", "antithetic"]),
    ("D_θ[ln(E_{x ~ N(θ, 1)}[exp(f(x))])]", &["pathwise", "score function"]),
];

#[test]
fn every_parametrisation_has_its_estimators() {
    let mut session = Session::new().expect("the built-in rules");
    session.options.timeout = Duration::from_secs(60);
    let mut lacking = Vec::new();
    for (objective, names) in WANTED {
        let derived = session.derive(objective).unwrap_or_else(|e| panic!("{objective}: {e}"));
        for name in *names {
            match derived.estimator(name) {
                Some(estimator) => assert!(estimator.link.verdict <= Verdict::Conditional),
                None => {
                    let why =
                        derived.missing.iter().find(|missing| missing.name == *name).map(|missing| &missing.reason);
                    lacking.push(format!("{objective}: {name} ({why:?})"));
                }
            }
        }
    }
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}

#[test]
fn the_condition_of_a_change_of_variables_that_fails_is_named() {
    let session = Session::new().expect("the built-in rules");
    let derived = session.derive("D_θ[E_{x ~ N(0,1)}[f(tanh(θ) x)]]").expect("an answer");
    let missing = derived.missing.iter().find(|missing| missing.name == "score function").expect("a reason");
    assert_eq!(missing.reason, "it takes that tanh(θ) ≠ 0");
}

/// Of the logarithm of a mean the score estimator is a quotient of means, where the mean is above 0.
#[test]
fn the_logarithm_of_a_mean_has_a_score() {
    let session = Session::new().expect("the built-in rules");
    let derived = session.derive("D_θ[ln(E_{x ~ N(θ, 1)}[f(x)])]").expect("an answer");
    let score = derived.estimator("score function").expect("the score estimator");
    assert_eq!(score.link.verdict, stein::session::Verdict::Proved);
}

/// What is known of bounded functions goes no further than it should.
#[test]
fn a_parameter_that_may_leave_its_range_has_no_score() {
    let session = Session::new().expect("the built-in rules");
    for objective in [
        "D_θ[E_{x ~ Bernoulli(1/2 + tanh(θ))}[f(x)]]",
        "D_θ[E_{x ~ Poisson(tanh(θ))}[f(x)]]",
        "D_θ[E_{x ~ Exp(1/2 + sin(θ))}[f(x)]]",
        "D_θ[E_{x ~ Exp(ln(1/2 + exp(θ)))}[f(x)]]",
    ] {
        let Ok(derived) = session.derive(objective) else { continue };
        assert!(
            derived.estimator("score function").is_none_or(|score| !score.link.conditions.is_empty()),
            "{objective}"
        );
    }
}
