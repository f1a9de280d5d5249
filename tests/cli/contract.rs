//! Verdicts, exit codes and JSON, as scripts rely on them.

use assert_cmd::Command;
use serde_json::Value;

const SCORE: &str = "D_theta[E_{x ~ N(0,1)}[f(theta + sigma x)]] = E_{x ~ N(0,1)}[x/sigma f(theta + sigma x)]";
const FALSE: &str = "D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]] = E_{x ~ N(0,1)}[x f(θ + σ x)]";
const CONDITIONAL: &str = "D[S f_θ] = S[D f_θ]";

fn stein(arguments: &[&str]) -> assert_cmd::assert::Assert {
    Command::new(env!("CARGO_BIN_EXE_stein")).args(arguments).assert()
}

/// The only object that a command prints, and its exit code.
fn json(arguments: &[&str], code: i32) -> Value {
    let output = stein(arguments).code(code).get_output().clone();
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(text.lines().count(), 1, "one object, one line: {text}");
    serde_json::from_str(&text).expect("an object")
}

#[test]
fn a_proof_in_json() {
    let answer = json(&["prove", "--format", "json", SCORE], 0);
    assert_eq!(answer["schema"], 1);
    assert_eq!(answer["statement"], SCORE);
    assert_eq!(answer["verdict"], "proved");
    assert_eq!(answer["witness"], Value::Null);
    assert_eq!(answer["repair"], Value::Null);
    assert_eq!(answer["proof"]["checked"], true);
    let steps = answer["proof"]["steps"].as_array().expect("steps");
    assert!((1..=8).contains(&steps.len()), "a short proof: {steps:?}");
    for step in steps {
        for field in ["rule", "before", "after"] {
            assert!(step[field].is_string(), "{field} of {step}");
        }
        assert!(step["ref"].is_string() || step["ref"].is_null());
        assert!(["forward", "backward"].contains(&step["direction"].as_str().expect("a direction")));
    }
    for pair in steps.windows(2) {
        assert_eq!(pair[0]["after"], pair[1]["before"]);
    }
    assert!(steps.iter().any(|step| step["ref"] == "(5.1)"));
    let numeric = &answer["numeric"];
    // The strongest evidence is shown.
    assert_eq!(numeric["method"], "quadrature");
    assert_eq!(numeric["seed"], 1);
    for field in ["left", "right", "standard_error", "z", "detectable_gap"] {
        assert!(numeric[field].is_f64(), "{field} of {numeric}");
    }
    for condition in answer["conditions"].as_array().expect("conditions") {
        assert!(["assumed", "implied", "granted"].contains(&condition["status"].as_str().expect("a status")));
    }
}

#[test]
fn the_terms_of_a_proof_read_back() {
    let answer = json(&["prove", "--format", "json", SCORE], 0);
    for step in answer["proof"]["steps"].as_array().expect("steps") {
        for field in ["before", "after"] {
            let text = step[field].as_str().expect("a term");
            stein::syntax::parse_expression(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        }
    }
}

#[test]
fn a_condition_that_nobody_granted() {
    let answer = json(&["prove", CONDITIONAL, "--format", "json"], 0);
    assert_eq!(answer["verdict"], "conditional");
    let status = |answer: &Value| {
        let conditions = answer["conditions"].as_array().expect("conditions").clone();
        conditions.into_iter().find(|c| c["text"] == "f is absolutely continuous").expect("it")["status"].clone()
    };
    assert_eq!(status(&answer), "assumed");
    let granted = json(&["prove", &format!("{CONDITIONAL} given f : lipschitz"), "--format", "json"], 0);
    assert_eq!(granted["verdict"], "proved");
    assert_eq!(status(&granted), "granted");
}

#[test]
fn a_refutation_has_a_witness() {
    let answer = json(&["--format", "json", "prove", FALSE], 1);
    assert_eq!(answer["verdict"], "refuted");
    assert_eq!(answer["proof"], Value::Null);
    let witness = &answer["witness"];
    assert!(witness["functions"]["f"].is_string());
    assert!(witness["parameters"]["θ"].is_number() && witness["parameters"]["σ"].is_number());
    for field in ["left", "right", "z"] {
        assert!(witness[field].is_number(), "{field} of {witness}");
    }
    assert_ne!(witness["left"], witness["right"]);
}

#[test]
fn a_chain_is_one_statement_and_its_worst_link_decides() {
    let chain = "D[S f_θ] = D[S_θ f] = S_θ[D ln N_θ f] = S[x/σ f_θ]";
    let answer = json(&["prove", "--format", "json", chain], 0);
    assert_eq!((answer["verdict"].as_str(), answer["links"].as_array().map(Vec::len)), (Some("proved"), Some(3)));
    let broken = json(&["prove", "--format", "json", "S f_θ = S_θ f = 2 S_θ f"], 1);
    assert_eq!(broken["links"][0]["verdict"], "proved");
    assert_eq!(broken["links"][1]["verdict"], "refuted");
    assert_eq!(broken["proof"], Value::Null);
    assert!(broken["witness"].is_object());
}

#[test]
fn checking_looks_at_numbers_only() {
    let answer = json(&["check", "--format", "json", SCORE, "--seed", "7"], 3);
    assert_eq!(answer["verdict"], "open");
    assert_eq!(answer["proof"], Value::Null);
    assert_eq!(answer["numeric"]["seed"], 7);
    json(&["check", "--format", "json", FALSE], 1);
}

#[test]
fn a_seed_fixes_everything() {
    let run = |seed: &str| {
        let arguments = ["prove", "--format", "json", "--samples", "5000", "--seed", seed, SCORE];
        stein(&arguments).code(0).get_output().stdout.clone()
    };
    assert_eq!(run("3"), run("3"));
    assert_ne!(run("3"), run("4"));
}

#[test]
fn a_script_ends_with_its_worst_line() {
    let worst = |script: &str, code: i32| {
        Command::new(env!("CARGO_BIN_EXE_stein")).args(["run", "-"]).write_stdin(script).assert().code(code);
    };
    worst("prove x = x\nassume a > 0\nlet g(u) = u^2\nprove g(a) = a^2\n", 0);
    worst("prove x = x\ncheck x = x\n", 3);
    worst("check x = x\nprove x = x + 1\nprove x = x\n", 1);
    worst("prove x = x + 1\nprove [x = 1\nprove x = x\n", 2);
    worst("# nothing but a comment\n", 2);
}

#[test]
fn assumptions_and_definitions_stay_in_a_script() {
    let script =
        "assume f : lipschitz\nprove D[S f_θ] = S[D f_θ]\nlet h(u) = u^3\nE_{x ~ N(0,1)}[h(θ + x)] = θ^3 + 3 θ\n";
    let mut command = Command::new(env!("CARGO_BIN_EXE_stein"));
    let output = command.args(["run", "-", "--format", "json"]).write_stdin(script).output().expect("a run");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let verdicts: Vec<Value> =
        text.lines().map(|line| serde_json::from_str::<Value>(line).expect("an object")).collect();
    assert_eq!(verdicts.len(), 2, "{text}");
    assert_eq!(verdicts[0]["verdict"], "proved");
    assert!(verdicts[1]["verdict"] == "proved" || verdicts[1]["verdict"] == "open", "{text}");
    assert!(verdicts[1]["reading"].as_str().expect("a reading").contains('³'), "{text}");
}

#[test]
fn the_note_runs() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/note.stein");
    let output = stein(&["run", script, "--format", "json"]).code(0).get_output().stdout.clone();
    let text = String::from_utf8(output).expect("UTF-8");
    assert!(text.lines().count() >= 12);
    for line in text.lines() {
        let answer: Value = serde_json::from_str(line).expect("an object");
        assert_eq!(answer["verdict"], "proved", "{line}");
    }
}

#[test]
fn rules_are_listed_and_described() {
    let output = stein(&["rules", "--format", "json"]).code(0).get_output().stdout.clone();
    let text = String::from_utf8(output).expect("UTF-8");
    for line in text.lines() {
        let rule: Value = serde_json::from_str(line).expect("an object");
        assert!(rule["name"].is_string() && rule["statement"].is_string(), "{line}");
    }
    let shown = stein(&["rules", "likelihood-ratio"]).code(0).get_output().stdout.clone();
    let shown = String::from_utf8(shown).expect("UTF-8");
    assert!(shown.contains("(5.1)") && shown.contains("when"), "{shown}");
}

#[test]
fn every_format_prints_something_of_its_own() {
    let shown = |format: &str| {
        let output = stein(&["prove", "--format", format, CONDITIONAL]).code(0).get_output().stdout.clone();
        String::from_utf8(output).expect("UTF-8")
    };
    assert!(shown("text").starts_with("conditional "));
    assert!(shown("latex").contains("\\begin{align*}") && shown("latex").is_ascii(), "{}", shown("latex"));
    assert!(shown("markdown").contains("**conditional**"));
    let page = shown("html");
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n") && !page.contains("http"), "{page}");
}

#[test]
fn a_saved_proof_is_checked_again_and_a_changed_one_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("proof.json");
    let path = file.to_str().expect("UTF-8");
    stein(&["prove", SCORE, "--save", path]).code(0);
    let verified = json(&["verify", path, "--format", "json"], 0);
    assert_eq!(verified["verdict"], "verified");
    assert_eq!(verified["assumed"].as_array().map(Vec::len), Some(0));
    assert_eq!(verified["given"][0], "σ > 0");
    stein(&["verify", path, "--fresh"]).code(0);
    // Another number in a term.
    let text = std::fs::read_to_string(&file).expect("a file");
    std::fs::write(&file, text.replacen("{\"rat\":\"1\"}", "{\"rat\":\"2\"}", 1)).expect("a file");
    let output = stein(&["verify", path]).code(2).get_output().clone();
    let message = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(message.contains("is refused") && message.contains("step"), "{message}");
    // A letter that would be read as a formula; a known function for an unknown one.
    for (name, other) in [("{\"free\":\"θ\"}", "{\"free\":\"θ = 0\"}"), ("[\"f\",", "[\"tanh\",")] {
        std::fs::write(&file, text.replace(name, other)).expect("a file");
        let output = stein(&["verify", path]).code(2).get_output().clone();
        let message = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(message.contains("nothing is called"), "{message}");
    }
    // Cut short; no proof at all; nothing proved.
    std::fs::write(&file, &text[..text.len() / 2]).expect("a file");
    stein(&["verify", path]).code(2);
    std::fs::write(&file, "").expect("a file");
    stein(&["verify", path]).code(2);
    stein(&["prove", FALSE, "--save", path]).code(2);
    // What nobody has granted is assumed.
    stein(&["prove", CONDITIONAL, "--save", path]).code(0);
    assert_eq!(json(&["verify", path, "--format", "json"], 0)["verdict"], "conditional");
}
