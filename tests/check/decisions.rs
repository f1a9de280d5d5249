//! True equalities agree, broken ones are refuted, and less regular functions are told apart.

use crate::fixtures::{assert_agrees, assert_differs, definitions, finding, options, problem, simulated};
use std::time::{Duration, Instant};
use stein::check::{Finding, Method, Options, compare, fails_for};
use stein::term::Regularity;

#[test]
fn true_equalities_agree() {
    for text in [
        "D_m[E_{y ~ N(m, s^2)}[f(y)]] = E_{y ~ N(m, s^2)}[f'(y)]",
        "D_m[E_{y ~ N(m, s^2)}[f(y)]] = E_{y ~ N(m, s^2)}[f(y) (y - m)/s^2]",
        "D_t^3[E_{z ~ N(0, 1)}[f(t + s z)]] = s^(-3) E_{z ~ N(0, 1)}[He_3(z) f(t + s z)]",
        "D_v[E_{y ~ N(m, v)}[f(y)]] = 1/2 E_{y ~ N(m, v)}[f''(y)]",
        "E_{z ~ N(0, 1)}[f'(z) g(z)] = E_{z ~ N(0, 1)}[f(z) (z g(z) - g'(z))]",
        "S_a S_b = S_{sqrt(a^2 + b^2)}",
        "[D, M_y] = 1",
        "E_{x ~ p_θ}[D_θ ln p_θ(x)] = 0",
        "D_θ[E_{x ~ p_θ}[f(x, θ)]] = E_{x ~ p_θ}[f(x, θ) D_θ ln p_θ(x) + ∂_2 f(x, θ)]",
        "E_{x, z ~ p_θ}[1/2 (f(x) - f(z)) D_θ ln p_θ(x) + 1/2 (f(z) - f(x)) D_θ ln p_θ(z)] = D_θ[E_{x ~ p_θ}[f(x)]]",
        "E_{x ~ stopgrad(p_θ)}[D_θ[1/2 (ln(p_θ(x)/q(x)))^2]] = D_θ[KL(p_θ ‖ q)]",
        "D_θ[E_{x ~ q}[f(θ^2 x)]] = E_{x ~ q}[2 θ x f'(θ^2 x)]",
        "D_p[E_{x ~ Bernoulli(p)}[f(x)]] = f(1) - f(0)",
        "D_λ[E_{x ~ Poisson(λ)}[f(x)]] = E_{x ~ Poisson(λ)}[f(x + 1) - f(x)]",
        "E_{x ~ Gamma(a, b)}[x f'(x) + (a - b x) f(x)] = 0",
        "D_a[E_{x ~ Gamma(a, b)}[f(x)]] = E_{x ~ Gamma(a, b)}[f(x) (ln(b) - digamma(a) + ln(x))]",
        "D_m[E_{x ~ Laplace(m, b)}[f(x)]] = 1/b E_{x ~ Laplace(m, b)}[f(x) sign(x - m)]",
        "D_θ[E_{x ~ U(0, θ)}[f(x)]] = 1/θ (f(θ) - E_{x ~ U(0, θ)}[f(x)])",
        "D_θ[E_{x ~ N(0, 1)}[f(θ + σ x)]] = E_{x ~ N(0, 1)}[x^2 (f(θ + σ x) - f(θ - σ x))/(2 σ x)]",
    ] {
        let comparisons = assert_agrees(text);
        let random = text.contains('~') || text.contains('S');
        assert_eq!(simulated(&comparisons).next().is_some(), random, "{text}: {comparisons:?}");
        assert!(comparisons.iter().any(|c| c.method != Method::MonteCarlo), "{text}: {comparisons:?}");
    }
}

/// Differences that are 0 leave their rounding, which is no gap.
#[test]
fn rounding_of_differences_is_no_gap() {
    for text in [
        "E_{x ~ Bernoulli(1/2)}[D_a^2[E_{y ~ Exp(1)}[y + x]]] = E_{x ~ Bernoulli(1/2)}[D_a^2[E_{y ~ Exp(1)}[y - x]]]",
        "E_{x ~ N(0,1)}[D_a[E_{y ~ p_θ}[E_{z ~ Poisson(2)}[-1]]]] = D_σ^2[E_{x ~ Poisson(2)}[D_σ[x 0]]]",
        "E_{x ~ U(0,1)}[D_θ[E_{y ~ N(θ, σ^2)}[σ] + 1 + x]] = E_{x ~ N(0,1)}[D_σ[x] D_σ[x]]^3",
        "E_{x ~ N(0,1)}[D_σ[E_{y ~ N(1, 1)}[x] + E_{y ~ N(θ, σ^2)}[1]]] = D_σ[tanh(E_{x ~ N(0,1)}[x])]",
        "E_{x ~ N(0,1)}[D_θ^2[E_{y ~ Laplace(θ, 1)}[3 y]]] = E_{x ~ N(0,1)}[D_σ^2[E_{y ~ Laplace(θ, 1)}[3 y]]]",
        "E_{x ~ N(θ, σ^2)}[max(E_{y ~ N(0,1)}[y], D_σ[x])] E_{x ~ N(0,1)}[x + σ] = E_{x ~ N(θ, σ^2)}[max(E_{y ~ N(0,1)}[y], D_σ[x])] E_{x ~ N(0,1)}[x - σ]",
    ] {
        let found = finding(text);
        assert!(!matches!(found, Finding::Differ(_)), "{text}: {found:?}");
    }
}

#[test]
fn broken_equalities_are_refuted() {
    for text in [
        "D_m[E_{y ~ N(m, s^2)}[f(y)]] = -E_{y ~ N(m, s^2)}[f(y) (y - m)/s^2]",
        "D_t[E_{z ~ N(0, 1)}[f(t + s z)]] = E_{z ~ N(0, 1)}[z f(t + s z)]",
        "D_t^2[E_{z ~ N(0, 1)}[f(t + s z)]] = 1/s^2 E_{z ~ N(0, 1)}[z^2 f(t + s z)]",
        "D_m[E_{y ~ N(m, s^2)}[step(y)]] = 0",
        "D_θ[E_{x ~ U(0, θ)}[f(x)]] = -1/θ E_{x ~ U(0, θ)}[f(x)]",
        "D_θ[E_{x ~ p_θ}[f(x, θ)]] = E_{x ~ p_θ}[∂_2 f(x, θ)]",
        "D_v[E_{y ~ N(m, v)}[f(y)]] = E_{y ~ N(m, v)}[f''(y)]",
        "S_a S_b = S_{a + b}",
        "E_{x ~ p_θ}[D_θ[ln(p_θ(x)/q(x))]] = D_θ[KL(p_θ ‖ q)]",
        "E_{z ~ N(0, 1)}[z sign(z)] = 0",
        "D_λ[E_{x ~ Poisson(λ)}[f(x)]] = E_{x ~ Poisson(λ)}[f'(x)]",
        "E_{x ~ Exp(λ)}[f'(x)] = λ E_{x ~ Exp(λ)}[f(x)]",
        "D_θ[E_{x ~ p_θ}[f(x)]^2] = E_{x ~ p_θ}[2 f(x)^2 D_θ ln p_θ(x)]",
        "E_{x ~ N(0, 1)}[f(x)] = f(0)",
        "(t + 1)^2 = t^2 + 1",
    ] {
        let witness = assert_differs(text);
        assert!((witness.left - witness.right).abs() > witness.detectable_gap, "{text}: {witness:?}");
        assert!(witness.instance.functions.values().all(|(_, _, text)| !text.is_empty()));
    }
}

#[test]
fn small_errors_are_seen() {
    assert_differs("E_{y ~ N(m, s^2)}[f(y)] = 1.0001 E_{y ~ N(m, s^2)}[f(y)]");
    assert_differs("D_m[E_{y ~ N(m, s^2)}[f(y)]] = 1.0001 E_{y ~ N(m, s^2)}[f'(y)]");
    assert_differs("D_λ^2[E_{x ~ Poisson(λ)}[f(x)]] = E_{x ~ Poisson(λ)}[f(x + 2) - 2 f(x + 1) + 1.0001 f(x)]");
}

#[test]
fn the_class_of_a_function_decides() {
    let pathwise = "D_m[E_{y ~ N(m, s^2)}[f(y)]] = E_{y ~ N(m, s^2)}[f'(y)]";
    assert_agrees(&format!("{pathwise} given f : lipschitz"));
    assert_differs(&format!("{pathwise} given f : jump"));
    assert_differs(&format!("{pathwise} given f : measurable"));
    assert_agrees("D_m[E_{y ~ N(m, s^2)}[f(y)]] = E_{y ~ N(m, s^2)}[f(y) (y - m)/s^2] given f : measurable");
    let second = "E_{z ~ N(0, 1)}[(z^2 - 1) f(z)] = E_{z ~ N(0, 1)}[f''(z)]";
    for (text, class, fails) in [
        (pathwise, Regularity::Lipschitz, false),
        (pathwise, Regularity::Jump, true),
        (second, Regularity::Lipschitz, true),
        (second, Regularity::Smooth, false),
    ] {
        let problem = problem(text);
        let [left, right] = [&problem.members[0], &problem.members[1]];
        let witness = fails_for(definitions(), left, right, &problem.hypotheses, class, &options());
        assert_eq!(witness.is_some(), fails, "{text} for {class:?}: {witness:?}");
    }
}

#[test]
fn an_expectation_that_does_not_exist_decides_nothing() {
    let finding = finding("E_{x ~ N(0, 1)}[exp(x^2 + t)] = 2 E_{x ~ N(0, 1)}[exp(x^2 + t)]");
    assert!(matches!(finding, Finding::Undecided(_)), "{finding:?}");
}

#[test]
fn the_deadline_is_kept() {
    let problem = problem("E_{x, z, w ~ N(0, 1)}[f(x + z w)] = E_{x, z, w ~ N(0, 1)}[f(w + z x)]");
    let start = Instant::now();
    let options = Options { deadline: Some(start + Duration::from_millis(100)), ..options() };
    let _ = compare(definitions(), &problem.members[0], &problem.members[1], &problem.hypotheses, &options);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}
