//! Estimators of means over vectors and samples of any size: what is listed is proved, ranked and written as code.

use std::path::Path;
use std::process::Command;
use std::time::Duration;
use stein::estimator::Variance;
use stein::{Place, Session, Verdict};

const SMOOTHED: &str = "∇_θ E_{ε ~ N(0,I)}[f(θ + σ ε)] given θ ∈ R^d";

/// What is wanted, and the names that the list has to hold.
#[rustfmt::skip]
const WANTED: &[(&str, &[&str])] = &[
    (SMOOTHED, &["pathwise", "score function (ε form)", "score function (y form)", "score function with a baseline",
        "leave-one-out", "leave-one-out, n samples", "antithetic", "forward difference"]),
    ("D_σ E_{ε ~ N(0,I)}[f(θ + σ ε)] given θ ∈ R^d, f : smooth", &["score function (ε form)", "antithetic", "leave-one-out",
        "score function with a baseline", "leave-one-out, n samples", "second derivative"]),
    ("D_v E_{x ~ N(θ, v I)}[f(x)] given θ ∈ R^d, f : smooth", &["pathwise", "score function", "antithetic", "second derivative"]),
    ("∇_θ E_{x ~ p_θ}[f(x)] given θ ∈ R^d, x ∈ R^m", &["score function", "score function with a baseline", "leave-one-out",
        "leave-one-out, n samples", "importance-weighted score function"]),
    ("∇_μ E_{x ~ N(μ, Σ)}[f(x)] given μ ∈ R^d, Σ ≻ 0", &["pathwise", "score function", "score function with a baseline",
        "leave-one-out"]),
    ("∇_Σ E_{x ~ N(μ, Σ)}[f(x)] given μ ∈ R^d, Σ ≻ 0", &["score function", "second derivative"]),
    ("∇_θ E_{x_1..x_n ~ p_θ}[(1/n) Σ_i f(x_i)]", &["score function", "score function with a baseline", "leave-one-out"]),
    ("∇_θ E_{x_{1:n} ~ N(θ, σ^2 I)}[1/n Σ_{i=1}^n f(x_i)] given θ ∈ R^d", &["pathwise", "score function (z form)",
        "score function (x form)", "leave-one-out", "antithetic", "forward difference"]),
];

/// Searches are bounded by their steps, which are few here: a busy machine finds the same.
fn patient() -> Session {
    let mut session = Session::new().expect("the built-in rules");
    session.options.timeout = Duration::from_secs(3);
    session.options.clock_factor = 60;
    session
}

#[test]
fn the_estimators_of_the_literature_are_found_for_every_size() {
    let session = patient();
    let mut lacking = Vec::new();
    for (objective, names) in WANTED {
        let derived = session.derive(objective).unwrap_or_else(|e| panic!("{objective}: {e}"));
        for name in *names {
            if derived.estimator(name).is_none() {
                let why = derived.missing.iter().find(|missing| missing.name == *name).map(|missing| &missing.reason);
                lacking.push(format!("{objective}: {name} ({why:?})"));
            }
        }
        for estimator in &derived.estimators {
            assert!(estimator.link.verdict <= Verdict::Conditional, "{objective}: {}", estimator.name);
            assert!(estimator.link.derivation.is_some(), "{objective}: {}", estimator.name);
        }
    }
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}

/// What is printed is what was proved.
#[test]
fn what_is_listed_can_be_typed_and_is_proved_again() {
    let session = patient();
    for (objective, _) in [WANTED[0], WANTED[1], WANTED[6]] {
        let (mean, given) = match objective.split_once(" given ") {
            Some((mean, given)) => (mean, format!(" given {given}")),
            None => (objective, String::new()),
        };
        for estimator in session.derive(objective).expect("estimators").estimators {
            let text = format!("{mean} = {}{given}", estimator.estimator.unicode);
            let answer = session.prove(&text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(answer.verdict(), estimator.link.verdict, "{text}");
        }
    }
}

/// A weight that is wrong for more than one entry would be right on the line.
#[test]
fn what_holds_on_the_line_alone_is_not_listed() {
    let session = patient();
    let derived = session.derive(WANTED[1].0).expect("estimators");
    for estimator in &derived.estimators {
        let mean = &estimator.estimator.unicode;
        assert!(!mean.contains("‖² - 1") && !mean.contains("Weibull"), "{mean}");
    }
    assert!(derived.estimators.iter().any(|estimator| estimator.estimator.unicode.contains("‖ε‖² - d")));
}

#[test]
fn a_rough_function_has_no_derivative_in_a_shared_scale_and_the_reason_is_said() {
    let derived = patient().derive("D_σ E_{ε ~ N(0,I)}[f(θ + σ ε)] given θ ∈ R^d").expect("an answer");
    assert!(derived.estimators.is_empty());
    let missing = derived.missing.iter().find(|missing| missing.name == "score function").expect("a reason");
    assert!(missing.reason.contains("given f : smooth"), "{}", missing.reason);
}

#[test]
fn variances_are_traces() {
    let session = patient();
    let place = |d: f64| Place::new(&["f(u) = ‖u‖^2"], &[("θ", 0.5), ("σ", 0.3), ("d", d), ("n", 4.0)]);
    for d in [1.0, 3.0] {
        let derived = session.rank(SMOOTHED, &place(d)).expect("a ranking");
        let variance = |name: &str| match derived.estimator(name).and_then(|estimator| estimator.variance.clone()) {
            Some(Variance::Finite { value, error, .. }) => (value, error),
            other => panic!("{name}: {other:?}"),
        };
        // With f = ‖u‖²: f(θ + σ ε) - f(θ - σ ε) = 4 σ θ·ε, and ∇f = 2 (θ + σ ε).
        let (s2, t2) = (0.09, 0.25 * d);
        let pathwise = 4.0 * s2 * d;
        let antithetic = 4.0 * ((d + 2.0) * t2 - t2);
        let score = (d * t2 * t2
            + s2 * s2 * d * (d + 2.0) * (d + 4.0)
            + 2.0 * t2 * s2 * d * (d + 2.0)
            + 4.0 * s2 * t2 * (d + 2.0))
            / s2
            - 4.0 * t2;
        for (name, expected) in [("pathwise", pathwise), ("antithetic", antithetic), ("score function (ε form)", score)]
        {
            let (value, error) = variance(name);
            assert!(
                (value - expected).abs() <= 1e-6 * (1.0 + expected) + 8.0 * error,
                "{name}: {value} and {expected}"
            );
        }
        let (own, _) = variance("score function with a baseline");
        let (others, error) = variance("leave-one-out, n samples");
        assert!(others > own / 4.0 - 8.0 * error && others < 2.0 * own / 4.0, "{others} and {own}");
    }
    let error = session.rank(SMOOTHED, &Place::new(&["f(u) = ‖u‖^2"], &[("θ", 0.5), ("σ", 0.3)])).expect_err("no size");
    assert!(error.to_string().contains("`d` has no value"), "{error}");
    let error = session.rank(SMOOTHED, &Place::new(&["f(u) = ‖u‖^2"], &[("σ", 0.3), ("d", 2.0)])).expect_err("no θ");
    assert!(error.to_string().contains("`θ` has no value"), "{error}");
}

/// Each estimator that a language has to write, but for what it cannot: of these the reason.
fn written(language: &str, extension: &str, folder: &Path, cannot: &[&str]) -> Vec<std::path::PathBuf> {
    std::fs::create_dir_all(folder).expect("a folder");
    let session = patient();
    let (mut files, mut refused) = (Vec::new(), Vec::new());
    for (index, (objective, _)) in WANTED.iter().enumerate() {
        let derived = session.derive(objective).expect("estimators");
        for (number, estimator) in derived.estimators.iter().enumerate() {
            match session.emit(&derived, estimator, language) {
                Ok(code) => {
                    let file = folder.join(format!("arrays_{index}_{number}.{extension}"));
                    std::fs::write(&file, code).expect("a file");
                    files.push(file);
                }
                Err(error) => refused.push(format!("{objective}: {}: {error}", estimator.name)),
            }
        }
    }
    refused.retain(|why| !cannot.iter().any(|cannot| why.ends_with(cannot)));
    assert!(refused.is_empty(), "{language}: {}", refused.join("\n"));
    files
}

/// No sampler for what is not specified, and no Hessians yet.
const UNWRITTEN: [&str; 2] =
    ["a law that is not specified cannot be sampled", "a part of it is an array that cannot be computed yet"];

fn succeeds(command: &mut Command, file: &Path) {
    let output = command.output().expect("a process");
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).to_string()).concat();
    assert!(output.status.success(), "{}:\n{text}", file.display());
}

/// The test in each file is off by chance with a probability below 1e-10 for each entry, and its seed is fixed.
#[test]
fn numpy_code_of_arrays_is_unbiased() {
    let python = std::env::var("STEIN_PYTHON").unwrap_or_else(|_| "python3".into());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("numpy_arrays");
    let files = written("numpy", "py", &folder, &UNWRITTEN);
    assert!(files.len() > 25, "{} files", files.len());
    let has_numpy = Command::new(&python).args(["-c", "import numpy"]).output().is_ok_and(|o| o.status.success());
    if !has_numpy {
        eprintln!("not run: `{python}` has no numpy; name one that has it in STEIN_PYTHON");
        return;
    }
    for file in files {
        succeeds(Command::new(&python).arg(&file), &file);
    }
}

#[test]
fn rust_code_of_arrays_is_unbiased() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rust_arrays");
    let no_matrices = ["there is no sampler for arrays of this law in Rust", "Rust has no inverse of a matrix here"];
    let files = written("rust", "rs", &folder, &[&UNWRITTEN[..], &no_matrices].concat());
    assert!(files.len() > 20, "{} files", files.len());
    // Each takes a second to compile: of the first objective all, of the others one.
    let first = |name: &str| name.starts_with("arrays_0") || name.ends_with("_0.rs");
    for file in files.iter().filter(|file| file.file_name().and_then(|n| n.to_str()).is_some_and(first)) {
        let program = file.with_extension("out");
        let mut compiler = Command::new(std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into()));
        succeeds(compiler.args(["--edition=2024", "-O", "-D", "warnings", "-o"]).arg(&program).arg(file), file);
        succeeds(&mut Command::new(&program), file);
    }
}

#[test]
fn all_languages_but_julia_write_arrays() {
    let session = patient();
    let derived = session.derive(SMOOTHED).expect("estimators");
    let estimator = derived.estimator("leave-one-out, n").expect("leave-one-out");
    for language in ["numpy", "jax", "torch", "rust"] {
        let code = session.emit(&derived, estimator, language).unwrap_or_else(|e| panic!("{language}: {e}"));
        assert!(code.contains("leave_one_out_n_samples") && code.contains("σ > 0"), "{code}");
    }
    let error = session.emit(&derived, estimator, "julia").expect_err("not yet");
    assert!(error.to_string().contains("Julia"), "{error}");
}
