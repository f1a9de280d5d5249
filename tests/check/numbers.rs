//! Quadrature, summation and finite differences against closed forms.

use crate::fixtures::{definitions, instance, sides};
use stein::check::evaluate;

/// The gap between the sides, and the bound claimed for it.
fn gap(text: &str, f: &str, parameters: &[(&str, f64)]) -> (f64, f64) {
    let [left, right] = sides(text);
    let instance = instance(f, parameters);
    let left = evaluate(definitions(), &left, &instance).unwrap_or_else(|| panic!("left of {text}"));
    let right = evaluate(definitions(), &right, &instance).unwrap_or_else(|| panic!("right of {text}"));
    ((left.value - right.value).abs(), left.error + right.error)
}

#[track_caller]
fn assert_close(text: &str, f: &str, parameters: &[(&str, f64)], tolerance: f64) {
    let (gap, error) = gap(text, f, parameters);
    assert!(gap <= tolerance, "{text}: gap {gap:e}, claimed {error:e}");
    assert!(gap <= 100.0 * error + 1e-14, "{text}: gap {gap:e} is far above the claimed {error:e}");
}

const POINT: &[(&str, f64)] =
    &[("m", 0.7), ("s", 1.3), ("w", 1.9), ("t", 0.4), ("λ", 1.7), ("p", 0.3), ("a", 2.3), ("b", 1.4)];

#[test]
fn integrals_have_their_closed_forms() {
    assert_close("E_{x ~ N(m, s^2)}[cos(w x)] = exp(-s^2 w^2/2) cos(w m)", "", POINT, 1e-13);
    assert_close("E_{x ~ N(m, s^2)}[x^6] = m^6 + 15 m^4 s^2 + 45 m^2 s^4 + 15 s^6", "", POINT, 1e-10);
    assert_close("E_{x ~ N(0, 1)}[abs(x - m)] = 2 N(m | 0, 1) + m erf(m/sqrt(2))", "", POINT, 1e-12);
    assert_close("E_{x ~ N(0, 1)}[step(x - m)] = 1/2 - erf(m/sqrt(2))/2", "", POINT, 1e-12);
    assert_close("E_{x ~ Exp(b)}[sin(w x)] = b w/(b^2 + w^2)", "", POINT, 1e-13);
    assert_close("E_{x ~ Gamma(a, b)}[ln(x)] = digamma(a) - ln(b)", "", POINT, 1e-12);
    assert_close("E_{x ~ Laplace(m, b)}[cos(w x)] = cos(w m)/(1 + b^2 w^2)", "", POINT, 1e-12);
    assert_close("int(exp(-x^2/2), x) = sqrt(2 π)", "", POINT, 1e-13);
    assert_close("int(1/(1 + x^2), x) = π", "", POINT, 1e-12);
    assert_close("int(1/sqrt(x), x, 0, 4) = 4", "", POINT, 1e-10);
    assert_close("int(abs(sin(3 x)), x, 0, π) = 2", "", POINT, 1e-12);
}

#[test]
fn sums_have_their_closed_forms() {
    assert_close("E_{x ~ Poisson(λ)}[x^3] = λ^3 + 3 λ^2 + λ", "", POINT, 1e-12);
    assert_close("E_{x ~ Poisson(λ)}[exp(t x)] = exp(λ (exp(t) - 1))", "", POINT, 1e-12);
    assert_close("E_{x ~ Bernoulli(p)}[exp(t x)] = 1 - p + p exp(t)", "", POINT, 1e-14);
}

#[test]
fn nested_expectations_are_integrated_in_turn() {
    assert_close("E_{x, z ~ N(0, 1)}[cos(w (x + s z))] = exp(-w^2 (1 + s^2)/2)", "", POINT, 1e-12);
    assert_close("E_{x ~ N(0, 1)}[E_{z ~ N(x, s^2)}[z^2]] = 1 + s^2", "", POINT, 1e-11);
    assert_close("E_{x, z ~ N(0, 1)}[abs(x - z)] = 2/sqrt(π)", "", POINT, 1e-9);
    assert_close("E_{x, z, y ~ N(0, 1)}[cos(x + z + y)] = exp(-3/2)", "", POINT, 1e-7);
}

#[test]
fn differences_give_derivatives_of_every_order() {
    for (order, tolerance) in [(1, 1e-12), (2, 1e-10), (3, 1e-8), (4, 1e-6), (6, 1e-3)] {
        let text = format!("D_m^{order}[E_{{x ~ N(m, s^2)}}[exp(t x)]] = t^{order} exp(t m + t^2 s^2/2)");
        assert_close(&text, "", POINT, tolerance);
    }
    assert_close("D_m[E_{x ~ N(m, s^2)}[step(x)]] = N(0 | m, s^2)", "", POINT, 1e-11);
    assert_close("D_m^2[E_{x ~ N(m, s^2)}[relu(x)]] = N(0 | m, s^2)", "", POINT, 1e-9);
    assert_close("D_s[D_m[E_{x ~ N(m, s^2)}[x^4]]] = 24 m s", "", POINT, 1e-9);
    assert_close("D_p[E_{x ~ Bernoulli(p)}[f(x)]] = f(1) - f(0)", "sin(a)", POINT, 1e-12);
    assert_close("D_b[E_{x ~ U(0, b)}[f(x)]] = (f(b) - E_{x ~ U(0, b)}[f(x)])/b", "sin(a)", POINT, 1e-11);
}

#[test]
fn a_stopped_term_stays_where_the_parameter_was() {
    assert_close("D_t[E_{x ~ N(0, 1)}[t stopgrad(t) x^2]] = t", "", POINT, 1e-11);
    assert_close("D_t[E_{x ~ N(0, 1)}[(x + stopgrad(t))^2]] = 0", "", POINT, 1e-12);
    assert_close("D_m[E_{x ~ stopgrad(N(m, s^2))}[x]] = 0", "", POINT, 1e-12);
    assert_close("D_m[E_{x ~ stopgrad(N(m, s^2))}[x m]] = m", "", POINT, 1e-11);
    assert_close(
        "D_m[E_{x ~ stopgrad(N(m, s^2))}[x^3 N(x | m, s^2)/stopgrad(N(x | m, s^2))]] = 3 m^2 + 3 s^2",
        "",
        POINT,
        1e-9,
    );
}

#[test]
fn divergent_and_undefined_terms_have_no_value() {
    for text in ["E_{x ~ N(0, 1)}[exp(x^2)]", "int(1/x, x, 1, oo)", "int(x^2, x)", "E_{x ~ N(0, 1)}[ln(x)]"] {
        let [term, _] = sides(&format!("{text} = 0"));
        let value = evaluate(definitions(), &term, &instance("", POINT));
        assert!(value.is_none_or(|v| v.error > 1e-3), "{text}: {value:?}");
    }
}
