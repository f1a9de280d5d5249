//! Laws of a user's own, each a file of a few lines: density, samples, score and pathwise rules come with it.

use stein::law::Distribution;
use stein::{Session, Verdict};

const RAYLEIGH: &str = include_str!("../../examples/laws/rayleigh.law");
const MIXTURE: &str = include_str!("../../examples/laws/mixture.law");

fn session(file: &str, text: &str) -> Session {
    assert!(text.lines().count() <= 20, "{file} is short");
    let mut session = Session::new().expect("the built-in rules");
    session.load_rules(file, text).expect("a file that can be read");
    session
}

fn judge(session: &Session, derived: &[&str], refuted: &[&str]) {
    for (statements, expected) in [(derived, true), (refuted, false)] {
        for statement in statements {
            let verdict = session.prove(statement).unwrap_or_else(|e| panic!("{statement}: {e}")).verdict();
            let is_derived = matches!(verdict, Verdict::Proved | Verdict::Conditional);
            let right = if expected { is_derived } else { verdict == Verdict::Refuted };
            assert!(right, "{verdict}: {statement}");
        }
    }
}

#[test]
fn a_rayleigh_law_has_score_pathwise_and_stein_forms() {
    let session = session("rayleigh.law", RAYLEIGH);
    let derived = [
        "D_s[E_{x ~ Rayleigh(s)}[f(x)]] = E_{x ~ Rayleigh(s)}[f(x) D_s ln Rayleigh(x | s)]",
        "D_s[E_{x ~ Rayleigh(s)}[f(x)]] = E_{x ~ Rayleigh(s)}[f(x) (x^2/s^2 - 2)/s]",
        "D_s[E_{x ~ Rayleigh(s)}[f(x)]] = 1/s E_{x ~ Rayleigh(s)}[x f'(x)]",
        "E_{x ~ Rayleigh(s)}[f'(x)] = E_{x ~ Rayleigh(s)}[f(x) (x/s^2 - 1/x)]",
        "E_{x ~ Rayleigh(s)}[x] = s sqrt(π/2)",
        "E_{x ~ Rayleigh(1)}[f(s x)] = E_{u ~ U(0, 1)}[f(s sqrt(-2 ln(u)))] given s > 0",
    ];
    let refuted = [
        "D_s[E_{x ~ Rayleigh(s)}[f(x)]] = E_{x ~ Rayleigh(s)}[f(x) x^2/s^3]",
        "D_s[E_{x ~ Rayleigh(s)}[f(x)]] = E_{x ~ Rayleigh(s)}[f'(x)]",
    ];
    judge(&session, &derived, &refuted);
}

#[test]
fn a_mixture_has_score_and_pathwise_forms() {
    let session = session("mixture.law", MIXTURE);
    let derived = [
        "D_a[E_{x ~ Mixture(w, a, b, v)}[f(x)]] = E_{x ~ Mixture(w, a, b, v)}[f(x) D_a ln Mixture(x | w, a, b, v)]",
        "D_w[E_{x ~ Mixture(w, a, b, v)}[f(x)]] = E_{x ~ N(a, v)}[f(x)] - E_{x ~ N(b, v)}[f(x)]",
        "D_a[E_{x ~ Mixture(w, a, b, v)}[f(x)]] = D_a[w E_{x ~ N(a, v)}[f(x)] + (1 - w) E_{x ~ N(b, v)}[f(x)]] = w E_{x ~ N(a, v)}[f'(x)]",
    ];
    let refuted = ["D_a[E_{x ~ Mixture(w, a, b, v)}[f(x)]] = E_{x ~ Mixture(w, a, b, v)}[f'(x)]"];
    judge(&session, &derived, &refuted);
}

#[test]
fn samples_follow_the_files_distribution_function() {
    use rand::{RngExt, SeedableRng};
    let mut rng = rand::rngs::Xoshiro256PlusPlus::seed_from_u64(11);
    let noise: Vec<f64> = (0..40_000).map(|_| rng.sample(rand_distr::StandardNormal)).collect();
    for (file, text, name, parameters) in [
        ("rayleigh.law", RAYLEIGH, "Rayleigh", vec![1.3]),
        ("mixture.law", MIXTURE, "Mixture", vec![0.3, -1.0, 1.5, 0.4]),
    ] {
        let session = session(file, text);
        let definitions = &session.library().definitions;
        let distribution = Distribution::new(definitions, &definitions.laws[name]).expect("a law with numbers");
        let law = distribution.at(&parameters).expect("good parameters");
        let mut samples = law.samples(&noise).expect("samples");
        samples.sort_by(f64::total_cmp);
        for (i, x) in samples.iter().enumerate() {
            let (cdf, share) = (law.cdf(*x).expect("a cdf"), (i as f64 + 0.5) / samples.len() as f64);
            // Kolmogorov and Smirnov: beyond this with probability 1e-11.
            assert!((cdf - share).abs() < 3.6 / (samples.len() as f64).sqrt(), "{name}: {x}: {cdf} and {share}");
        }
    }
}
