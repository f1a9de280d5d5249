//! The leading behaviour of variances, against quadrature at small and large scales.

use std::time::Duration;
use stein::check;
use stein::estimator::{BOUND, Variance};
use stein::session::Derived;
use stein::term::{Domain, Term, Var, substitute};
use stein::{Place, Session};

fn patient() -> Session {
    let mut session = Session::new().expect("the built-in rules");
    session.options.timeout = Duration::from_secs(60);
    session
}

/// What is wanted, the name of its scale, its other parameters, and how many of its estimators have a leading term.
type Objective = (&'static str, &'static str, &'static [(&'static str, f64)], usize);

const OBJECTIVES: [Objective; 4] = [
    ("D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]]", "σ", &[("θ", 0.7)], 8),
    ("D_σ[E_{y ~ N(θ, σ^2)}[f(y)]]", "σ", &[("θ", 0.7)], 8),
    ("D_θ^2[E_{x ~ N(0,1)}[f(θ + σ x)]]", "σ", &[("θ", 0.7)], 5),
    ("D_m[E_{x ~ Laplace(m, b)}[f(x)]]", "b", &[("m", 0.7)], 5),
];

/// The estimators of an objective at a smooth function without symmetries, with the scale at a value.
fn ranked(session: &Session, objective: &str, at: &[(&str, f64)], scale: (&str, f64)) -> Derived {
    let place = Place::new(&["f(u) = exp(-u^2/2) + sin(1.3 u + 0.4)"], &[at, &[scale]].concat());
    session.rank(objective, &place).unwrap_or_else(|e| panic!("{objective}: {e}"))
}

/// A term of the estimators, as a number at their place.
fn number(session: &Session, derived: &Derived, term: &Term) -> f64 {
    let instance = derived.place.as_ref().expect("a place");
    check::evaluate(&session.library().definitions, term, instance).expect("a number").value
}

#[test]
fn leading_terms_are_approached_in_the_stated_order() {
    let session = patient();
    let mut wrong = Vec::new();
    for (objective, scale, at, count) in OBJECTIVES {
        let (small, half) = (0.02, 0.01);
        let [far, near] = [small, half].map(|value| ranked(&session, objective, at, (scale, value)));
        let mut known = 0;
        for estimator in &far.estimators {
            let limits = estimator.asymptotics.as_ref();
            let Some(leading) = limits.and_then(|limits| limits.terms.small.clone()) else { continue };
            known += 1;
            let gap = |derived: &Derived| {
                let other = derived.estimator(&estimator.name).expect("the same estimators");
                let Some(Variance::Finite { value, error, .. }) = other.variance else { panic!("{}", other.name) };
                (value - number(&session, derived, &leading.term), error.abs() + 1e-11 * value)
            };
            let ((a, noise), (b, blur)) = (gap(&far), gap(&near));
            // What is left over shrinks like the power of the scale that is named, or faster.
            let bound = a.abs() * (half / small).powi(leading.rest as i32) * 1.2;
            if b.abs() > bound + 4.0 * (noise + blur) {
                wrong.push(format!("{objective}: {}: leaves {a}, then {b}", estimator.name));
            }
        }
        assert!(known >= count, "{objective}: {known} are known");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn bounds_hold_at_any_scale() {
    let session = patient();
    let mut compared = 0;
    for (objective, scale, at, _) in OBJECTIVES {
        for value in [0.05, 0.8, 5.0] {
            let derived = ranked(&session, objective, at, (scale, value));
            for estimator in &derived.estimators {
                let limits = estimator.asymptotics.as_ref();
                let Some(bound) = limits.and_then(|limits| limits.terms.bound.clone()) else { continue };
                // |f| and its first three derivatives are below 4.
                let bound = substitute(&bound, &Var::free(BOUND, Domain::Positive), &Term::integer(4));
                let bound = number(&session, &derived, &bound);
                let Some(variance) = estimator.variance.as_ref().and_then(Variance::value) else { continue };
                compared += 1;
                assert!(variance <= bound * (1.0 + 1e-9), "{objective}: {}", estimator.name);
            }
        }
    }
    assert!(compared > 60, "{compared}");
}

#[test]
fn formulas_of_the_literature_come_out() {
    let session = patient();
    let derived = session.derive(OBJECTIVES[0].0).expect("estimators");
    let small = |name: &str| {
        let limits = derived.estimator(name).and_then(|estimator| estimator.asymptotics.clone()).expect("a scale");
        limits.small.zip(limits.terms.small).map(|(formula, leading)| (formula.unicode, leading.rest))
    };
    assert_eq!(small("pathwise"), Some(("σ² f''(θ)²".into(), 4)));
    assert_eq!(small("score function (x form)"), Some(("f(θ)²/σ²".into(), 0)));
    for name in ["antithetic", "forward difference", "leave-one-out", "score function with a baseline"] {
        assert_eq!(small(name), Some(("2 f'(θ)²".into(), 2)), "{name}");
    }
}

#[test]
fn nothing_is_said_of_small_noise_where_the_function_jumps() {
    let session = patient();
    let derived = session.derive("D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]] given f : jump").expect("estimators");
    assert!(!derived.estimators.is_empty());
    for estimator in &derived.estimators {
        let limits = estimator.asymptotics.as_ref().expect("a scale");
        assert!(limits.terms.small.is_none(), "{}", estimator.name);
    }
}
