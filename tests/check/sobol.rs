//! Simulations on Sobol points: their errors are right, and small where integrands are smooth.

use crate::fixtures::{definitions, instance, options, sides};
use stein::check::{Comparison, Drawing, Finding, Method, Options, compare_at, simulate_at};

/// Both sides, simulated.
fn drawn(text: &str, drawing: Drawing, seed: u64, samples: u64) -> Option<Comparison> {
    let [left, right] = sides(text);
    let options = Options { drawing, seed, samples, ..options() };
    simulate_at(definitions(), &left, &right, &instance("a", &[("m", 0.7)]), &options)
}

/// One to five variables; the right sides are exact.
const SMOOTH: [&str; 4] = [
    "E_{x ~ N(m, 1)}[sin(x)] = sin(m) exp(-1/2)",
    "E_{x, z ~ N(0, 1)}[exp((x + z)/2)] = exp(1/4)",
    "E_{x ~ N(0, 1), z ~ Exp(2), w ~ U(0, 1)}[cos(x) exp(-z) w^2] = 2/9 exp(-1/2)",
    "E_{x, z, w, y, u ~ N(0, 1)}[cos(x + z/2 + w/3 + y/4 + u/5)] = exp(-5269/7200)",
];

#[test]
fn errors_are_far_below_those_of_independent_draws() {
    for text in SMOOTH {
        let [plain, sobol] =
            [Drawing::Plain, Drawing::Sobol].map(|d| drawn(text, d, 1, 1 << 18).expect("a simulation"));
        assert!(sobol.standard_error < plain.standard_error / 20.0, "{text}: {plain:?} {sobol:?}");
        assert!(sobol.z.abs() < 7.0 && plain.z.abs() < 7.0, "{text}: {plain:?} {sobol:?}");
    }
    // The error falls faster than the square root of the number of draws: 16 times as many, 16 times as small and more.
    let [few, many] = [1 << 16, 1 << 20].map(|n| drawn(SMOOTH[1], Drawing::Sobol, 1, n).expect("a simulation"));
    assert!(many.standard_error < few.standard_error / 10.0, "{few:?} {many:?}");
}

/// Deviations from the exact value are of the size of the error: the mean square of so many scores is within 1 ± 0.9 for a right
/// error with more than 1 - 1e-9. Jumps and tails that are not heavy change nothing.
#[test]
fn errors_are_right() {
    let rough = ["E_{x, z ~ N(0, 1)}[step(x + z - 1/3) exp(x/2)] = E_{x ~ N(0, 1)}[step(x sqrt(2) - 1/12) exp(1/8)]"];
    // A change of measure by exp(x/2) moves x by 1/2, so x + z - 1/3 is N(1/6, 2).
    let rough = rough.map(|text| text.replace("- 1/12", "+ 1/6"));
    for text in SMOOTH.iter().map(ToString::to_string).chain(rough) {
        let scores: Vec<f64> =
            (0..400).filter_map(|seed| drawn(&text, Drawing::Sobol, 1000 + seed, 1 << 14)).map(|c| c.z).collect();
        // A simulation is not believed where a few replications carry most of the variance.
        assert!(scores.len() > 120, "{text}: {}", scores.len());
        let size = scores.iter().map(|z| z * z).sum::<f64>() / scores.len() as f64;
        assert!((0.35..1.9).contains(&size), "{text}: {size}");
    }
}

/// Where quadrature gives no answer, draws are Sobol points; what is false is refuted, on plain draws too.
#[test]
fn many_variables_are_drawn_on_sobol_points() {
    let at = |text: &str| {
        let [left, right] = sides(text);
        let options = Options { samples: 1 << 20, ..options() };
        compare_at(definitions(), &left, &right, &instance("sin(0.4 a + 0.4)", &[]), &options)
    };
    match at("E_{x, z, w, y, t, u, v ~ N(0, 1)}[f(x + z + w + y + t + u + v)] = E_{x ~ N(0, 7)}[f(x)]") {
        Finding::Agree(comparisons) => {
            let shown = comparisons.first().expect("a comparison");
            assert_eq!((shown.method, shown.drawing), (Method::MonteCarlo, Drawing::Sobol));
            assert!(shown.detectable_gap < 3e-4, "{shown:?}");
        }
        other => panic!("{other:?}"),
    }
    // A part in 200 of a variance; independent draws would have needed ten million.
    match at("E_{x, z, w, y, t, u, v ~ N(0, 1)}[f(x + z + w + y + t + u + v)] = E_{x ~ N(0, 7.035)}[f(x)]") {
        Finding::Differ(witness) => assert_eq!(witness.drawing, Drawing::Sobol),
        other => panic!("{other:?}"),
    }
    // Where something jumps, draws are independent.
    match at("E_{x, z, w, y, t ~ N(0, 1)}[step(x + z + w + y + t)] = 1/2") {
        Finding::Agree(comparisons) => {
            assert!(comparisons.iter().all(|c| c.drawing == Drawing::Plain), "{comparisons:?}")
        }
        other => panic!("{other:?}"),
    }
}

/// More variables than there are dimensions: the rest is drawn independently.
#[test]
fn variables_beyond_the_last_dimension_are_drawn_independently() {
    let names: Vec<String> = (1..=70).map(|i| format!("x{i}")).collect();
    let sum = names.iter().map(|name| format!("{name}^2")).collect::<Vec<_>>().join(" + ");
    let text = format!("E_{{{} ~ N(0, 1)}}[{sum}] = 70", names.join(", "));
    let comparison = drawn(&text, Drawing::Sobol, 1, 1 << 16).expect("a simulation");
    let plain = drawn(&text, Drawing::Plain, 1, 1 << 16).expect("a simulation");
    assert!(comparison.z.abs() < 7.0 && comparison.standard_error < plain.standard_error / 2.0, "{comparison:?}");
}
