//! Means over four or five Gaussian coordinates without draws: values, and errors that bound what is wrong with them.

use crate::fixtures::{definitions, instance, options, sides};
use stein::check::{Finding, Method, compare_at, evaluate};

/// Means with their exact values.
const MEANS: [(&str, f64); 5] = [
    // exp(-1.69 n/2) sin(0.4)
    ("E_{x, z, w, y ~ N(0, 1)}[f(x + z + w + y)]", 0.013_258_703_382_6),
    ("E_{x, z, w, y, t ~ N(0, 1)}[f(x + z + w + y + t)]", 0.005_695_373_598_3),
    ("E_{x, z, w, y, t ~ N(0, 1)}[x^2 z^4 w^2 y^2 t^2]", 3.0),
    // Uniform noise, and noise that is not Gaussian.
    ("E_{x, z ~ N(0, 1), w ~ U(0, 1), y ~ Exp(2)}[x^2 z^2 w^3 exp(-y)]", 0.166_666_666_666_7),
    // 1/sqrt(6)
    ("E_{x, z, w, y, t ~ N(0, 1)}[exp(-(x + z + w + y + t)^2/2)]", 0.408_248_290_463_9),
];

#[test]
fn values_are_right_within_their_errors() {
    for (text, exact) in MEANS {
        let [mean, _] = sides(&format!("{text} = 0"));
        let value =
            evaluate(definitions(), &mean, &instance("sin(1.3 a + 0.4)", &[])).unwrap_or_else(|| panic!("{text}"));
        let gap = (value.value - exact).abs();
        assert!(gap <= value.error + 1e-10 * exact.max(1.0), "{text}: {value:?} for {exact}");
        assert!(value.error < 2e-5 * exact.max(1.0), "{text}: {value:?}");
    }
}

/// What varies too much for the grid has an error that says so.
#[test]
fn errors_are_honest() {
    for (wave, exact) in [
        ("cos(9 x + z - w)", "exp(-83/2)"),
        ("cos(12 (x + z))", "exp(-144)"),
        ("1/(1 + 40 (x + z + w + y + t)^2)", "E_{x ~ N(0, 5)}[1/(1 + 40 x^2)]"),
        ("exp(-30 (x - z)^2)", "1/11"),
    ] {
        let [mean, exact] = sides(&format!("E_{{x, z, w, y, t ~ N(0, 1)}}[{wave} + y t] = {exact}"));
        let [value, exact] = [mean, exact].map(|side| {
            evaluate(definitions(), &side, &instance("", &[])).unwrap_or_else(|| panic!("{wave}: {side:?}"))
        });
        let gap = (value.value - exact.value).abs();
        // An error is an estimate; a gap counts from a thousand errors on.
        assert!(gap <= 2.0 * value.error + exact.error + 1e-9, "{wave}: {value:?} for {exact:?}");
    }
}

/// An identity in five variables is settled to 1e-4 and better, with derivatives, and a false one refuted.
#[test]
fn five_variables_are_settled() {
    let point = [("m", 0.7), ("s", 0.6)];
    let at = |text: &str| {
        let [left, right] = sides(text);
        compare_at(definitions(), &left, &right, &instance("sin(1.3 a + 0.4)", &point), &options())
    };
    let law = "x, z, w, y, t ~ N(0, 1)";
    let inner = "m + s (x + z + w + y + t)";
    match at(&format!("D_m[E_{{{law}}}[f({inner})]] = E_{{{law}}}[f({inner}) (x + t)/(2 s)]")) {
        Finding::Agree(comparisons) => {
            assert_eq!(comparisons[0].method, Method::Cubature);
            assert!(comparisons[0].detectable_gap < 1e-4, "{comparisons:?}");
        }
        other => panic!("{other:?}"),
    }
    match at(&format!("D_m[E_{{{law}}}[f({inner})]] = E_{{{law}}}[f({inner}) (1.001 x + t)/(2 s)]")) {
        Finding::Differ(witness) => assert_eq!(witness.method, Method::Cubature),
        other => panic!("{other:?}"),
    }
}
