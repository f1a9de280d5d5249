//! Scripts: what is expected of statements, statements over several lines, places, the tally, `--quiet`.

use assert_cmd::Command;
use serde_json::Value;

/// The exit code of a script, and what it prints.
fn run(script: &str, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stein"));
    let output = command.args(["run", "-"]).args(arguments).write_stdin(script).output().expect("a run");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    (output.status.code().expect("a code"), text)
}

#[test]
fn what_comes_as_expected_is_good() {
    for (script, code) in [
        ("refute x = x + 1\n", 0),
        ("refute x = x\n", 1),
        ("refute f(x) = f(x) + 0 g(x)\n", 1),
        ("expect proved x = x\n", 0),
        ("expect conditional x = x\n", 1),
        ("expect conditional D[S f_θ] = S[D f_θ]\n", 0),
        ("expect proved D[S f_θ] = S[D f_θ]\n", 1),
        ("expect refuted x = x + 1\n", 0),
        ("expect open x = x\n", 1),
        ("expect nothing x = x\n", 2),
        ("expect open\n", 2),
        ("expect open x\n", 2),
        ("refute\n", 2),
        ("refute x\n", 2),
        ("refut x = x\n", 2),
    ] {
        let (is, shown) = run(script, &[]);
        assert_eq!(is, code, "{script}{shown}");
    }
}

#[test]
fn an_expectation_stands_in_the_answer() {
    let (_, text) = run("refute x = x + 1\nprove x = x\n", &["--format", "json"]);
    let answers: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let said = |answer: &Value| (answer["verdict"].clone(), answer["expected"].clone(), answer["place"].clone());
    assert_eq!(answers[0]["statement"], "x = x + 1");
    assert_eq!(
        answers.iter().map(said).collect::<Vec<_>>(),
        [
            ("refuted".into(), "refuted".into(), serde_json::json!({ "file": "standard input", "line": 1 })),
            ("proved".into(), Value::Null, serde_json::json!({ "file": "standard input", "line": 2 })),
        ]
    );
}

#[test]
fn a_statement_may_take_several_lines() {
    let script =
        "prove E_{x ~ N(0,1)}[\r\n  x^2   # a comment (\r\n]\r\n  # another\r\n  = 1\r\n  given θ > 0\r\nx = x\r\n";
    let (code, text) = run(script, &[]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("standard input:1\n") && text.contains("standard input:7\n"), "{text}");
    assert!(text.ends_with("standard input: 2 proved\n\n"), "{text}");
    // The place of an error is its line, not the first one.
    let mut command = Command::new(env!("CARGO_BIN_EXE_stein"));
    let output = command.args(["run", "-"]).write_stdin("x = x\n\nprove x +\n  y )\n  = 2\n").output().expect("a run");
    let errors = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(errors.contains("standard input:4:5"), "{errors}");
}

#[test]
fn a_bracket_that_is_never_closed_takes_no_other_command() {
    let (code, text) = run("prove f(x = 1\nprove x = x\n", &[]);
    assert_eq!(code, 2);
    assert!(text.ends_with("standard input: 1 proved, 1 error\n\n"), "{text}");
}

#[test]
fn the_tally_says_what_was_expected() {
    let (code, text) = run("x = x\nrefute x = x + 1\nrefute y = y\nassume x > 0\n", &["--quiet"]);
    assert_eq!(code, 1);
    assert!(text.ends_with("standard input: 2 proved, 1 refuted as expected, 1 not as expected\n\n"), "{text}");
    // Only what is not as it should be, and the tally.
    assert!(text.starts_with("proved      y = y\n") && !text.contains("x = x"), "{text}");
}

#[test]
fn every_script_is_run_even_if_one_cannot_be_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = folder.path().join("good.stein");
    std::fs::write(&good, "x = x\n").expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_stein"));
    let output = command.arg("run").arg(folder.path().join("none.stein")).arg(&good).output().expect("a run");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 proved"));
}

#[test]
fn a_statement_from_standard_input() {
    let prove = |arguments: &[&str], text: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stein"));
        command.args(arguments).write_stdin(text).output().expect("a run").status.code()
    };
    assert_eq!(prove(&["prove", "-"], "f'(x)\n  = f'(x)\n"), Some(0));
    assert_eq!(prove(&["check", "-"], "x = x + 1"), Some(1));
    assert_eq!(prove(&["eval", "-"], "E_{x ~ N(0,1)}[x^2]"), Some(0));
    assert_eq!(prove(&["prove", "-"], ""), Some(2));
}
