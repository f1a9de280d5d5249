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

#[test]
fn what_is_the_users_own_is_listed() {
    let soft = "function soft(u)\n  formula sqrt(u^2 + 1)\n  regularity smooth\n  derivative u/sqrt(u^2 + 1)\n";
    let session = session("soft.rules", soft);
    let answer = session.prove("D_θ[soft(θ)] = θ/soft(θ)").expect("a statement");
    let listed = answer.links[0].conditions.iter().any(|condition| condition.text.contains("the function soft"));
    assert!(listed, "{:?}", answer.links[0].conditions);
}

#[test]
fn smoothness_that_a_formula_does_not_show_is_refused() {
    for (word, formula) in [("smooth", "step(u - 31)"), ("lipschitz", "sign(u - 1/3) + u"), ("smooth", "abs(u - 19)")] {
        let text = format!("function mine(u)\n  formula {formula}\n  derivative 0\n  regularity {word}\n");
        let error = Session::new().expect("the built-in rules").load_rules("mine.rules", &text).expect_err(&text);
        assert!(error.to_string().contains("is said to be"), "{error}");
    }
    // Nothing is said, and the formula shows a jump: nothing is differentiated through it.
    let session = session("mine.rules", "function mine(u)\n  formula step(u - 31)\n  derivative 0\n");
    let verdict = session.prove("D_θ[E_{x ~ N(0,1)}[mine(θ + x)]] = 0").expect("a statement").verdict();
    assert!(!matches!(verdict, Verdict::Proved | Verdict::Conditional), "{verdict}");
}

#[test]
fn a_density_that_jumps_is_not_integrated_by_parts() {
    let jump = "law Jump(a)\n  support (-oo, oo)\n  log density -x^2/2 - ln(2 π)/2 + step(x - 11)\n";
    let session = session("jump.law", jump);
    let statement = "E_{x ~ Jump(1)}[f'(x)] = E_{x ~ Jump(1)}[x f(x)] given f : smooth";
    let verdict = session.prove(statement).expect("a statement").verdict();
    assert!(!matches!(verdict, Verdict::Proved | Verdict::Conditional), "{verdict}");
}

#[test]
fn definitions_that_double_are_refused() {
    let line = |i: usize| format!("function t{i}(u)\n  definition t{0}(u + 1) + t{0}(u - 1)\n", i - 1);
    let text: String = (1..40).map(line).collect::<String>() + "function t0(u)\n  definition exp(u)\n";
    let error = Session::new().expect("the built-in rules").load_rules("t.rules", &text).expect_err("too large");
    assert!(error.to_string().contains("is too large"), "{error}");
    let circle = "function ping(u)\n  formula pong(u) + 1\nfunction pong(u)\n  formula ping(u) - 1\n";
    let error = Session::new().expect("the built-in rules").load_rules("c.rules", circle).expect_err("no end");
    assert!(error.to_string().contains("does not end"), "{error}");
}

#[test]
fn the_densities_of_the_library_are_absolutely_continuous() {
    let library = stein::rule::Library::built_in().expect("the built-in rules");
    let definitions = &library.definitions;
    let laws = definitions.laws.values().filter(|law| !law.is_discrete());
    let unseen: Vec<&str> = laws
        .flat_map(|law| [law].into_iter().chain(&law.members))
        .filter(|law| stein::term::density_regularity(definitions, law) < stein::term::Regularity::Lipschitz)
        .map(|law| &*law.name)
        .collect();
    // Its density is smooth, and vanishes at a single point.
    assert_eq!(unseen, ["DoubleMaxwell"]);
}
