//! What is printed as JSON is what the published schemas in `docs/schema` say.

use boon::{Compiler, Schemas};
use std::process::Command;

/// The objects that a run prints.
fn objects(arguments: &[&str]) -> Vec<serde_json::Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_stein")).args(arguments).args(["--format", "json"]).output();
    let text = String::from_utf8(output.expect("a run").stdout).expect("UTF-8");
    let objects: Vec<_> = text.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert!(!objects.is_empty(), "{arguments:?} prints nothing");
    objects
}

pub fn valid(schema: &str, objects: &[serde_json::Value]) {
    let file = format!("{}/docs/schema/{schema}.json", env!("CARGO_MANIFEST_DIR"));
    valid_by(&file, objects);
}

/// The same by any schema.
pub fn valid_by(file: &str, objects: &[serde_json::Value]) {
    let mut schemas = Schemas::new();
    let index = Compiler::new().compile(file, &mut schemas).unwrap_or_else(|error| panic!("{file}: {error}"));
    for object in objects {
        if let Err(error) = schemas.validate(object, index) {
            panic!("{file}: {error}\n{object}");
        }
    }
}

#[test]
fn answers() {
    let note = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/note.stein");
    valid("answer", &objects(&["run", note]));
    for statement in ["D[S f_θ] = S[D f_θ]", "D[S_θ f] = S_θ[D f]", "x = x", "S f_θ = S_θ f = 2 S_θ f"] {
        valid("answer", &objects(&["prove", statement]));
        valid("answer", &objects(&["check", statement]));
    }
}

#[test]
fn rules() {
    valid("rule", &objects(&["rules"]));
    valid("rule", &objects(&["rules", "likelihood-ratio"]));
}

#[test]
fn audits() {
    let sample = |name: &str| format!("{}/docs/samples/{name}", env!("CARGO_MANIFEST_DIR"));
    for name in ["second_moment.rules", "rayleigh.law", "logcosh.function"] {
        valid("audit", &objects(&["audit", &sample(name)]));
    }
}

#[test]
fn estimators() {
    let gradient = "D_θ[E_{x ~ N(θ, σ²)}[f(x)]]";
    valid("derive", &objects(&["derive", gradient]));
    valid("derive", &objects(&["derive", gradient, "--with", "f(u) = u^2", "--at", "θ=0.5,σ=0.1"]));
}

#[test]
fn measurements() {
    valid("bench", &objects(&["bench", "--n", "1e5", "--threads", "1"]));
}

#[test]
fn parts() {
    let equation = "E_{x ~ N(0, 1)}[x sin(x)] = E_{x ~ N(0, 1)}[cos(x)]";
    let mut files = Vec::new();
    for blocks in ["0..3", "5..6"] {
        let part = objects(&["check", equation, "--sobol", "--blocks", blocks]);
        valid("part", &part);
        let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("part-{blocks}.json"));
        std::fs::write(&file, part[0].to_string()).expect("a file");
        files.push(file.display().to_string());
    }
    let merged = objects(&["merge", &files[0], &files[1]]);
    valid("part", &merged);
    assert_eq!(merged[0]["blocks"].to_string(), "[[0,3],[5,6]]");
}

#[test]
fn a_schema_refuses_what_it_should() {
    let mut answer = objects(&["prove", "x = x"]).remove(0);
    answer["verdict"] = "maybe".into();
    assert!(std::panic::catch_unwind(|| valid("answer", &[answer])).is_err());
}

#[test]
fn saved_proofs() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("proof.json");
    let path = file.to_str().expect("UTF-8");
    for statement in ["x + x = 2 x", "D[S f_θ] = S[D f_θ]"] {
        objects(&["prove", statement, "--save", path]);
        valid("verify", &objects(&["verify", path]));
        let text = std::fs::read_to_string(&file).expect("a file");
        let lines: Vec<_> = text.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
        valid("proof", &lines);
    }
}

#[test]
fn documents() {
    let example = |name: &str| format!("{}/examples/documents/{name}", env!("CARGO_MANIFEST_DIR"));
    for name in ["paper.tex", "notes.md", "notebook.ipynb"] {
        valid("document", &objects(&["read", &example(name)]));
    }
}

#[test]
fn errors() {
    for arguments in [
        &["prove", "f(x = 1"][..],
        &["prove", "x + x"],
        &["prove"],
        &["nonsense"],
        &["check", "θ = θ given f : smoth"],
        &["run", "no such file.stein"],
        &["read", "no such file.tex"],
        &["read", "paper.doc"],
        &["fix", "no such file.stein"],
        &["verify", "no such file.json"],
        &["merge", "no such file.json"],
        &["audit", "no such file.rules"],
        &["rules", "no-such-rule"],
        &["explain", "E999"],
        &["derive", "D_θ["],
        &["eval", ")"],
        &["solve", "x = "],
        &["bench", "--integrand", "("],
    ] {
        let found = objects(arguments);
        assert_eq!(found.len(), 1, "{arguments:?}");
        valid("error", &found);
    }
    let place = &objects(&["prove", "θ + f(x = 1"])[0]["error"]["place"];
    assert_eq!((place["line"].as_u64(), place["start"].as_u64()), (Some(1), Some(9)), "{place}");
}

#[test]
fn fixes() {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("fixes.stein");
    std::fs::write(&file, "E_{x ~ N(0,1)}[x^2] = 2\nprove f(x) = g(x)\n").expect("a file");
    let found = objects(&["fix", &file.display().to_string(), "--dry-run"]);
    assert_eq!(found.len(), 2);
    valid("fix", &found);
}
