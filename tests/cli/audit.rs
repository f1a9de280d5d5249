//! `stein audit`, and rule files of the user's on the command line.

use assert_cmd::Command;
use serde_json::Value;
use std::path::Path;

const WISHFUL: &str = "rule wishful\n  E_{x ~ N(0, v)}[g(x)] = E_{x ~ N(0, v)}[2 g(x)]\n  when v > 0\n";
const SOUND: &str = "rule mirror\n  E_{x ~ Logistic(0, c)}[g(x)] = E_{x ~ Logistic(0, c)}[g(-x)]\n  when c > 0\n";
const MIRROR: &str = "E_{x ~ Logistic(0, c)}[f(x)] = E_{x ~ Logistic(0, c)}[f(-x)]";

/// A rule file for one test.
fn file(name: &str, text: &str) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("a file");
    path.display().to_string()
}

/// Standard output and standard error of a command with that exit code.
fn stein(arguments: &[&str], code: i32) -> (String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_stein")).args(arguments).assert().code(code).get_output().clone();
    (String::from_utf8(output.stdout).expect("UTF-8"), String::from_utf8(output.stderr).expect("UTF-8"))
}

#[test]
fn everything_that_comes_with_the_program_holds() {
    let (text, _) = stein(&["audit", "--format", "json"], 0);
    let items: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert!(items.len() >= 85 && items.iter().all(|item| item["outcome"] == "holds"), "{text}");
    let ratio = items.iter().find(|item| item["name"] == "likelihood-ratio").expect("the rule");
    assert!(ratio["mistakes_caught"] == 1 && ratio["mistakes_missed"] == 0);
    // The support that moves is what its first condition excludes.
    assert!(ratio["without"][0]["fails"]["left"].is_f64(), "{ratio}");
}

#[test]
fn a_wrong_rule_is_named_with_a_counterexample() {
    let path = file("audit_wrong.rules", &format!("{WISHFUL}\n{SOUND}"));
    let (text, _) = stein(&["audit", &path], 1);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("wrong") && lines[0].contains("wishful") && lines[0].contains("g(u) = "), "{text}");
    assert!(lines[1].starts_with("holds") && lines[1].contains("mirror"), "{text}");
    let (json, _) = stein(&["audit", "--format", "json", &path], 1);
    let wrong: Value = serde_json::from_str(json.lines().next().expect("a line")).expect("an object");
    let example = &wrong["counterexample"];
    let side = |name: &str| example[name].as_f64().expect("a number");
    assert!((side("left") * 2.0 - side("right")).abs() < 1e-6 * side("right").abs(), "{wrong}");
    assert!(example["at"]["g(u)"].is_string() && example["at"]["v"].is_string());
}

#[test]
fn the_files_of_the_program_can_be_audited_by_themselves() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/laws/normal.law").display().to_string();
    let (text, _) = stein(&["audit", &path], 0);
    assert!(text.contains("law `N`") && text.contains("rule `N.change-of-variables`"), "{text}");
    assert!(!text.contains("Poisson"), "{text}");
}

#[test]
fn an_item_that_cannot_be_computed_is_open() {
    let rule =
        "rule nowhere\n  E_{x ~ N(0, v)}[g(x)] = E_{x ~ N(0, v)}[2 g(x)]\n  when v - 100 > 0\n  when 50 - v > 0\n";
    let path = file("audit_open.rules", rule);
    let (text, _) = stein(&["audit", &path], 3);
    assert!(text.starts_with("untried") && text.contains("meets the conditions"), "{text}");
}

#[test]
fn a_file_that_does_not_load_is_an_error() {
    let path = file("audit_broken.rules", "rule broken\n  E_{x ~ N(0, v)}[g(x) = 1\n");
    let (text, error) = stein(&["audit", &path], 2);
    assert!(text.is_empty() && error.contains("audit_broken.rules"), "{error}");
    assert!(stein(&["audit", "no-such-file.rules"], 2).1.contains("there is no such file"));
}

#[test]
fn a_wrong_rule_of_ones_own_is_not_used_unless_one_insists() {
    let path = file("insist.rules", WISHFUL);
    let statement = "E_{x ~ N(0,1)}[f(x)] = E_{x ~ N(0,1)}[2 f(x)]";
    let (text, error) = stein(&["prove", "--rules", &path, statement], 1);
    assert!(text.starts_with("refuted"), "{text}");
    assert!(error.starts_with("warning: ") && error.contains("`wishful`") && error.contains("is not used"), "{error}");
    // With it there is a derivation, on an assumption that the witness breaks.
    let (text, error) = stein(&["prove", "--rules", &path, "--insist", statement], 1);
    assert!(text.starts_with("refuted") && error.contains("is used on your word"), "{text}{error}");
}

#[test]
fn a_proof_names_the_rules_of_ones_own() {
    let path = file("granted.rules", SOUND);
    let (text, error) = stein(&["prove", "--rules", &path, MIRROR], 0);
    assert!(text.starts_with("proved") && text.contains("granted  the rule mirror is true"), "{text}");
    assert!(error.is_empty(), "{error}");
}
