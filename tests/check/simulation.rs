//! Monte Carlo against quadrature, and the same bits whatever the number of threads.

use crate::fixtures::{definitions, instance, options, sides, simulated};
use stein::check::{
    Comparison, Drawing, Finding, Method, Moments, Options, compare_at, evaluate, sample_moments, simulate_at,
};

const POINT: &[(&str, f64)] = &[("m", 0.7), ("s", 1.3), ("t", 0.4), ("λ", 1.7), ("p", 0.3), ("c", 0.8), ("k", 2.2)];

fn at(text: &str, options: &Options) -> Vec<Comparison> {
    let [left, right] = sides(text);
    match compare_at(definitions(), &left, &right, &instance("sin(1.3 a + 0.4)", POINT), options) {
        Finding::Agree(comparisons) => comparisons,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn draws_agree_with_quadrature() {
    // Seeds are fixed: at 7 standard errors a sound program has less than 1e-10 of failing here once and for all.
    for text in [
        "E_{x ~ N(m, s^2)}[f(x)] = E_{x ~ N(m, s^2)}[f(x) + x - m]",
        "E_{x ~ Exp(λ)}[f(x)] = E_{x ~ Exp(λ)}[f(x) + λ x - 1]",
        "E_{x ~ Gamma(k, λ)}[f(x)] = E_{x ~ Gamma(k, λ)}[f(x) + λ x - k]",
        "E_{x ~ Laplace(m, c)}[f(x)] = E_{x ~ Laplace(m, c)}[f(x) + x - m]",
        "E_{x ~ Poisson(λ)}[f(x)] = E_{x ~ Poisson(λ)}[f(x) + x - λ]",
        "E_{x ~ Bernoulli(p)}[f(x)] = E_{x ~ Bernoulli(p)}[f(x) + x - p]",
        "E_{x ~ N(m, 1)}[E_{z ~ N(x, s^2)}[f(z)]] = E_{x ~ N(m, 1 + s^2)}[f(x)]",
        "E_{x ~ N(0, 1)}[(f(x) - E_{z ~ N(0, 1)}[f(z)])^2] = E_{x ~ N(0, 1)}[f(x)^2] - E_{x ~ N(0, 1)}[f(x)]^2",
        "E_{x ~ N(0, 1)}[E_{z ~ N(0, 1)}[f(x + z)]^2] = E_{x, z, w ~ N(0, 1)}[f(x + z) f(x + w)]",
        "D_m[E_{x ~ N(m, s^2)}[f(x)]^2] = 2 E_{x ~ N(m, s^2)}[f(x)] E_{x ~ N(m, s^2)}[f(x) (x - m)/s^2]",
    ] {
        let comparisons = at(text, &options());
        let drawn = simulated(&comparisons).next().unwrap_or_else(|| panic!("{text}: not simulated"));
        assert!(drawn.z.abs() < 7.0, "{text}: {drawn:?}");
        assert!(drawn.samples >= 100_000);
        let [left, right] = sides(text);
        for (side, value) in [(&left, drawn.left), (&right, drawn.right)] {
            let exact = evaluate(definitions(), side, &drawn.instance).unwrap_or_else(|| panic!("{text}: no value"));
            // One side alone has a spread of order one.
            assert!(
                (value - exact.value).abs() < 7.0 * 4.0 / (drawn.samples as f64).sqrt(),
                "{text}: {value} for {exact:?}"
            );
        }
    }
}

#[test]
fn what_both_sides_share_cancels_draw_by_draw() {
    let comparisons = at("D_m[E_{x ~ N(m, s^2)}[f(x)]] = E_{x ~ N(m, s^2)}[f'(x)]", &options());
    assert!(simulated(&comparisons).all(|c| c.standard_error < 1e-5), "{comparisons:?}");
}

#[test]
fn a_gap_is_found_by_draws_alone_where_it_is_large() {
    // Seven variables are beyond quadrature.
    let sum = "E_{x, z, w, y, a, b, c ~ N(0, 1/2)}[f(x + z + w + y + a + b + c)]";
    let [left, right] = sides(&format!("{sum} = E_{{x ~ N(0, 3)}}[f(x)]"));
    match compare_at(definitions(), &left, &right, &instance("cos(a)", POINT), &options()) {
        Finding::Differ(witness) => {
            assert!(witness.method == Method::MonteCarlo && witness.z.abs() >= 8.0, "{witness:?}")
        }
        other => panic!("{other:?}"),
    }
    let [_, right] = sides("0 = E_{x ~ N(0, 7/2)}[f(x)]");
    let finding = compare_at(definitions(), &left, &right, &instance("cos(a)", POINT), &options());
    assert!(matches!(finding, Finding::Agree(_)), "{finding:?}");
}

#[test]
fn few_draws_confirm_and_many_decide() {
    let few = Options { confirming: 1 << 14, ..options() };
    let drawn = |text: &str| at(text, &few).iter().map(|c| c.samples).max();
    assert_eq!(drawn("E_{x ~ N(m, s^2)}[x] = m"), Some(1 << 14));
    // Seven variables are beyond quadrature.
    assert_eq!(drawn("E_{x, z, w, y, a, b, c ~ N(m, 1)}[x + z w y a b c] = m + m^6"), Some(few.samples));
}

#[test]
fn a_seed_gives_the_same_bits_on_any_number_of_threads() {
    let run = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        let comparisons = pool.install(|| {
            at("D_λ[E_{x ~ Poisson(λ)}[f(x)]] = E_{x ~ Poisson(λ)}[f(x + 1) - f(x)]", &Options { seed, ..options() })
        });
        let bits: Vec<[u64; 3]> =
            comparisons.iter().map(|c| [c.left, c.right, c.standard_error].map(f64::to_bits)).collect();
        bits
    };
    let one = run(1, 5);
    assert_eq!(one, run(2, 5));
    assert_eq!(one, run(3, 5));
    assert_ne!(one, run(1, 6));
}

#[test]
fn moments_merge_as_if_they_had_been_gathered_together() {
    let values: Vec<f64> = (0..1000).map(|i| 1e6 + (f64::from(i) * 0.7).sin()).collect();
    let mut one_by_one = Moments::default();
    values.iter().for_each(|v| one_by_one.push(*v));
    let whole = Moments::of(&values);
    let merged = values.chunks(77).map(Moments::of).fold(Moments::default(), Moments::merge);
    for other in [one_by_one, merged] {
        assert_eq!(other.count, whole.count);
        assert!((other.mean - whole.mean).abs() < 1e-8);
        assert!((other.variance() / whole.variance() - 1.0).abs() < 1e-7);
    }
    assert_eq!(Moments::default().merge(whole), whole);
}

#[test]
fn draws_tell_the_variance_of_an_estimator() {
    let [estimator, _] = sides("E_{x ~ N(0, 1)}[x f(x)/s] = 0");
    let point = instance("a^2", &[("s", 0.5)]);
    let moments = sample_moments(definitions(), &estimator, &point, &options()).expect("moments");
    // x^3/s: mean 0, variance 15/s^2.
    assert!(moments.mean.abs() < 7.0 * moments.standard_error());
    assert!((moments.variance() / 60.0 - 1.0).abs() < 0.2, "{moments:?}");
}

/// Mirrored draws leave nothing of what is odd, have a smaller error where the integrand is monotone, and the error is
/// right: the deviation from the exact value is of its size.
#[test]
fn antithetic_draws_have_an_error_of_their_own() {
    let run = |text: &str, drawing: Drawing, seed: u64| {
        let [left, right] = sides(text);
        simulate_at(definitions(), &left, &right, &instance("a", POINT), &Options { drawing, seed, ..options() })
    };
    let odd = run("E_{x ~ N(0, 1)}[x^3 + sin(x)] = 0", Drawing::Antithetic, 1).expect("a simulation");
    assert!(odd.left.abs() < 1e-9 && odd.standard_error < 1e-6, "{odd:?}");
    // Nearly odd about its middle: the error is about a third.
    let softplus = "E_{x ~ N(0, 1)}[ln(1 + exp(x))] = 403/500";
    let [plain, mirrored] =
        [Drawing::Plain, Drawing::Antithetic].map(|drawing| run(softplus, drawing, 1).expect("a simulation"));
    assert!(mirrored.standard_error < 0.7 * plain.standard_error, "{plain:?} {mirrored:?}");
    let monotone = "E_{x ~ N(m, 1)}[exp(x/2)] = exp(m/2 + 1/8)";
    // The mean square of so many scores is within 1 ± 1.6 for a right error with more than 1 - 1e-9. Now and then a few
    // batches carry so much of the variance that a simulation is not believed.
    let scores: Vec<f64> =
        (0..64).filter_map(|seed| run(monotone, Drawing::Antithetic, 100 + seed)).map(|c| c.z).collect();
    assert!(scores.len() > 48, "{scores:?}");
    let size = scores.iter().map(|z| z * z).sum::<f64>() / scores.len() as f64;
    assert!((0.2..2.6).contains(&size), "{size}: {scores:?}");
}
