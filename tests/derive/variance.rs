//! Variances: three ways to them agree, and the best constant is best.

use std::time::Duration;
use stein::check::{self, Instance, Method};
use stein::estimator::Variance;
use stein::{Place, Session};

fn patient() -> Session {
    let mut session = Session::new().expect("the built-in rules");
    session.options.timeout = Duration::from_secs(60);
    session
}

/// What is wanted, at a place.
fn places() -> Vec<(&'static str, Place)> {
    let f = ["f(u) = u^2/2 - u^3/5"];
    let gaussian = [("θ", 0.7), ("σ", 0.6)];
    vec![
        ("D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]]", Place::new(&f, &gaussian)),
        ("D_σ[E_{y ~ N(θ, σ^2)}[f(y)]]", Place::new(&["f(u) = cos(2 u)"], &gaussian)),
        ("D_θ^2[E_{x ~ N(0,1)}[f(θ + σ x)]]", Place::new(&["f(u) = exp(-u^2)"], &gaussian)),
        ("D_λ[E_{x ~ Poisson(λ)}[f(x)]]", Place::new(&["f(u) = 1/(1 + u^2)"], &[("λ", 1.7)])),
        ("D_p[E_{x ~ Bernoulli(p)}[f(x)]]", Place::new(&["f(u) = exp(u)"], &[("p", 0.3)])),
        ("D_b[E_{x ~ Laplace(m, b)}[f(x)]]", Place::new(&["f(u) = cos(u)"], &[("m", 0.4), ("b", 0.7)])),
        ("D_b[E_{x ~ Gamma(a, b)}[f(x)]]", Place::new(&["f(u) = sin(u)"], &[("a", 2.5), ("b", 1.4)])),
        ("D_v[E_{y ~ N(m, v)}[f(y)]]", Place::new(&["f(u) = sin(u)"], &[("m", 0.3), ("v", 0.6)])),
        ("D_p[E_{x ~ Geometric(p)}[f(x)]]", Place::new(&["f(u) = 1/(1 + u^2)"], &[("p", 0.4)])),
        ("D_p[E_{x ~ Binomial(3, p)}[f(x)]]", Place::new(&["f(u) = exp(u/2)"], &[("p", 0.4)])),
        (
            "D_a[E_{x ~ Categorical(a, b, c)}[f(x)]]",
            Place::new(&["f(u) = u^2"], &[("a", 0.2), ("b", -0.3), ("c", 0.1)]),
        ),
        ("D_k[E_{x ~ Weibull(k, c)}[f(x)]]", Place::new(&["f(u) = cos(u)"], &[("k", 1.6), ("c", 0.8)])),
        ("D_m[E_{x ~ Logistic(m, c)}[f(x)]]", Place::new(&["f(u) = cos(u)"], &[("m", 0.4), ("c", 0.7)])),
        ("D_c[E_{x ~ Cauchy(m, c)}[f(x)]]", Place::new(&["f(u) = 1/(1 + u^2)"], &[("m", 0.4), ("c", 0.7)])),
        ("D_a[E_{x ~ U(a, b)}[f(x)]]", Place::new(&["f(u) = exp(u)"], &[("a", -0.4), ("b", 0.9)])),
    ]
}

#[test]
fn variances_agree_with_the_spread_of_samples() {
    let session = patient();
    let mut wrong = Vec::new();
    let mut looked_at = 0;
    for (objective, place) in places() {
        let derived = session.rank(objective, &place).unwrap_or_else(|e| panic!("{objective}: {e}"));
        let instance = derived.place.clone().expect("a place");
        for estimator in derived.estimators.iter().filter(|e| e.constants.is_empty()) {
            let Some(Variance::Finite { value, .. }) = estimator.variance else {
                wrong.push(format!("{objective}: {} has {:?}", estimator.name, estimator.variance));
                continue;
            };
            let sample = estimator.sample.as_ref().expect("a sample");
            if sample.draws.is_empty() {
                assert_eq!(value, 0.0);
                continue;
            }
            let (mean, error) = spread(&session, &sample.mean(), &instance);
            looked_at += 1;
            // Sixteen runs: at this many of their standard errors the chance of a false alarm is below 1e-9.
            if (mean - value).abs() > 16.0 * error + 1e-3 * value {
                wrong.push(format!("{objective}: {}: {value} and {mean} ± {error}", estimator.name));
            }
        }
    }
    assert!(looked_at > 25 && wrong.is_empty(), "{looked_at}\n{}", wrong.join("\n"));
}

/// The variance over independent runs of simulation, with its standard error.
fn spread(session: &Session, mean: &stein::term::Term, instance: &Instance) -> (f64, f64) {
    let mut moments = check::Moments::default();
    for seed in 0..16 {
        let options = check::Options { seed: 77 + seed, samples: 1 << 16, ..check::Options::default() };
        let run = check::sample_moments(&session.library().definitions, mean, instance, &options);
        moments.push(run.expect("moments of draws").variance());
    }
    (moments.mean, moments.standard_error())
}

/// The mean square of the implicit estimator minus the square of its mean, by Simpson's rule and differences of the
/// incomplete gamma function.
fn implicit(a: f64, b: f64, slope: impl Fn(f64) -> f64) -> f64 {
    use statrs::function::gamma::{gamma_lr, ln_gamma};
    let (ends, count, step) = ((1e-7, 20.0), 40_000, 1e-4);
    let density = |x: f64| (a * b.ln() - ln_gamma(a) + (a - 1.0) * x.ln() - b * x).exp();
    let share = |x: f64| {
        let at = |shift: f64| gamma_lr(a + shift, b * x);
        (8.0 * (at(step) - at(-step)) - (at(2.0 * step) - at(-2.0 * step))) / (12.0 * step)
    };
    let width = (ends.1 - ends.0) / f64::from(count);
    let (mut first, mut second) = (0.0, 0.0);
    for i in 0..=count {
        let x = ends.0 + width * f64::from(i);
        let weight = width / 3.0 * if i == 0 || i == count { 1.0 } else { 2.0 + 2.0 * f64::from(i % 2) };
        let moved = -slope(x) * share(x);
        first += weight * moved;
        second += weight * moved * moved / density(x);
    }
    second - first * first
}

#[test]
fn implicit_estimators_have_a_variance() {
    let session = patient();
    let place = Place::new(&["f(u) = u^2"], &[("a", 2.0), ("b", 1.5)]);
    let derived = session.rank("D_a[E_{x ~ Gamma(a, b)}[f(x)]]", &place).expect("a ranking");
    let estimator = derived.estimator("implicit reparameterisation").expect("the implicit estimator");
    let value = estimator.variance.as_ref().and_then(Variance::value).expect("a variance");
    let expected = implicit(2.0, 1.5, |x| 2.0 * x);
    assert!((value - expected).abs() < 1e-4 * expected, "{value} and {expected}");
    assert_eq!(derived.estimators[0].name, "implicit reparameterisation");
}

#[test]
fn polynomials_under_a_gaussian_have_exact_variances() {
    let session = patient();
    let place = Place::new(&["f(u) = u^2"], &[("θ", 0.5), ("σ", 0.1)]);
    let derived = session.rank("D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]]", &place).expect("a ranking");
    let exact = |name: &str| {
        let variance = derived.estimator(name).and_then(|estimator| estimator.variance.clone());
        let Some(Variance::Finite { value, method, formula: Some(formula), .. }) = variance else {
            panic!("{name}: {variance:?}")
        };
        assert_eq!(method, Method::Quadrature);
        let number =
            check::evaluate(&session.library().definitions, &formula, derived.place.as_ref().expect("a place"));
        let number = number.expect("a number").value;
        assert!((number - value).abs() < 1e-9 * value, "{name}: {number} and {value}");
        value
    };
    let (t, s) = (0.5f64, 0.1f64);
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9 * b, "{a} and {b}");
    close(exact("pathwise"), 4.0 * s * s);
    close(exact("score function (x form)"), t.powi(4) / (s * s) + 14.0 * t * t + 15.0 * s * s);
    close(exact("antithetic"), 8.0 * t * t);
    close(exact("forward difference"), 8.0 * t * t + 15.0 * s * s);
    close(exact("score function with a baseline"), 8.0 * t * t + 6.0 * s * s);
}

#[test]
fn a_second_moment_that_diverges_is_said_to() {
    let session = patient();
    let place = Place::new(&["f(u) = exp(u^2/3)"], &[("θ", 0.1)]);
    let derived = session.rank("D_θ[E_{x ~ N(0,1)}[f(θ + x)]]", &place).expect("a ranking");
    let score = derived.estimator("score function").expect("the score function");
    assert!(matches!(score.variance, Some(Variance::Infinite)), "{:?}", score.variance);
}

#[test]
fn what_has_no_value_is_named() {
    let session = patient();
    let objective = "D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]]";
    let says = |place: Place| session.rank(objective, &place).expect_err("something is missing").to_string();
    assert!(says(Place::new(&[], &[("θ", 0.5), ("σ", 1.0)])).contains("`f` is not known"));
    assert!(says(Place::new(&["f(u) = u"], &[("θ", 0.5)])).contains("`σ` has no value"));
    assert!(says(Place::new(&["f(u) = u"], &[("θ", 0.5), ("σ", -1.0)])).contains("outside"));
}

#[test]
fn a_sweep_shows_where_each_estimator_wins() {
    let session = patient();
    let place = Place::new(&["f(u) = cos(u)"], &[("θ", 0.5)]);
    let values = [0.05, 0.5, 5.0];
    let sweep = session.sweep("D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]]", &place, "sigma", &values, &[]).expect("a sweep");
    assert_eq!(sweep.parameter, "σ");
    let winners = sweep.winners();
    assert_eq!(winners.first().map(|(from, _, name)| (*from, name.as_str())), Some((0.05, "pathwise")));
    assert_ne!(winners.last().map(|(_, _, name)| name.as_str()), Some("pathwise"));
    assert_eq!(sweep.chart().svg().matches("<polyline").count(), sweep.curves.len());
}
