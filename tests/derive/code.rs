//! Emitted code runs, and its own test of the mean passes.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use stein::Session;

const OBJECTIVES: [&str; 4] = [
    "D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]]",
    "D_σ[E_{y ~ N(θ, σ^2)}[f(y)]]",
    "D_b[E_{x ~ Gamma(a, b)}[f(x)]]",
    "D_λ[E_{x ~ Poisson(λ)}[f(x)]]",
];

/// One of each other law that an estimator draws from; of these the score function and the measure-valued estimator.
const OTHERS: [&str; 17] = [
    "D_a[E_{x ~ Gamma(a, b)}[f(x)]]",
    "D_a[E_{x ~ Beta(a, b)}[f(x)]]",
    "D_p[E_{x ~ Bernoulli(p)}[f(x)]]",
    "D_p[E_{x ~ Binomial(3, p)}[f(x)]]",
    "D_p[E_{x ~ Geometric(p)}[f(x)]]",
    "D_b[E_{x ~ Categorical(a, b, c)}[f(x)]]",
    "D_b[E_{x ~ Laplace(m, b)}[f(x)]]",
    "D_m[E_{x ~ Logistic(m, c)}[f(x)]]",
    "D_c[E_{x ~ Cauchy(m, c)}[f(x)]]",
    "D_n[E_{x ~ StudentT(n, m, c)}[f(x)]]",
    "D_m[E_{x ~ StudentT(n, m, c)}[f(x)]]",
    "D_b[E_{x ~ Gumbel(m, b)}[f(x)]]",
    "D_c[E_{x ~ Weibull(k, c)}[f(x)]]",
    "D_v[E_{x ~ LogNormal(m, v)}[f(x)]]",
    "D_r[E_{x ~ Exp(r)}[f(x)]]",
    "D_b[E_{x ~ U(a, b)}[f(x)]]",
    "D_θ[E_{y ~ N(θ, σ^2)}[erf(y) f(y)]]",
];

fn session() -> Session {
    let mut session = Session::new().expect("the built-in rules");
    session.options.timeout = Duration::from_secs(60);
    session
}

/// Writes estimators in a language, each of which has to be there; but for those with a function that it lacks.
fn written(language: &str, extension: &str, folder: &Path, cannot: Option<&str>) -> Vec<PathBuf> {
    std::fs::create_dir_all(folder).expect("a folder");
    let session = session();
    let (mut files, mut refused) = (Vec::new(), Vec::new());
    for (index, objective) in OBJECTIVES.iter().chain(&OTHERS).enumerate() {
        let derived = session.derive(objective).expect("estimators");
        for (number, estimator) in derived.estimators.iter().enumerate() {
            let name = &estimator.name;
            if index >= OBJECTIVES.len() && !name.starts_with("score function") && name != "measure-valued" {
                continue;
            }
            match session.emit(&derived, estimator, language) {
                Ok(code) => {
                    let file = folder.join(format!("estimator_{index}_{number}.{extension}"));
                    std::fs::write(&file, code).expect("a file");
                    files.push(file);
                }
                Err(error) => refused.push(format!("{objective}: {name}: {error}")),
            }
        }
    }
    refused.retain(|why| cannot.is_none_or(|cannot| !why.ends_with(cannot)));
    assert!(refused.is_empty(), "{language}: {}", refused.join("\n"));
    files
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn succeeds(command: &mut Command, file: &Path) {
    let output = command.output().expect("a process");
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).to_string()).concat();
    assert!(output.status.success(), "{}:\n{text}", file.display());
}

#[test]
fn numpy_code_runs() {
    let python = std::env::var("STEIN_PYTHON").unwrap_or_else(|_| "python3".into());
    let has_numpy = Command::new(&python).args(["-c", "import numpy"]).output().is_ok_and(|o| o.status.success());
    if !has_numpy {
        eprintln!("skipped: `{python}` has no numpy; name one that has it in STEIN_PYTHON");
        return;
    }
    let files = written("numpy", "py", &folder("numpy"), None);
    assert!(files.len() > 20, "{} files", files.len());
    for file in files {
        succeeds(Command::new(&python).arg(&file), &file);
    }
}

#[test]
fn rust_code_runs() {
    let folder = folder("rust");
    let files = written("rust", "rs", &folder, Some("Rust has no function `erf` here"));
    assert!(files.len() > 12, "{} files", files.len());
    for file in files {
        let program = file.with_extension("out");
        let mut compiler = Command::new(std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into()));
        succeeds(compiler.args(["--edition=2024", "-O", "-D", "warnings", "-o"]).arg(&program).arg(&file), &file);
        succeeds(&mut Command::new(&program), &file);
    }
}

#[test]
fn all_languages_write_the_score_function() {
    let session = session();
    let derived = session.derive(OBJECTIVES[0]).expect("estimators");
    let score = derived.estimator("score function (x form)").expect("the score function");
    for language in stein::emit::LANGUAGES {
        let code = session.emit(&derived, score, language.name).unwrap_or_else(|e| panic!("{}: {e}", language.name));
        assert!(code.contains("score_function_x_form") && code.contains("σ > 0"), "{code}");
    }
    let error = session.emit(&derived, score, "cobol").expect_err("no such language");
    assert!(error.to_string().contains("cobol"));
}
