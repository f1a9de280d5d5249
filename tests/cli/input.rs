//! Bad input of every kind: one clear message, exit code 2, quickly.

use assert_cmd::Command;
use std::time::{Duration, Instant};

/// Runs a command that has to fail with one message that contains the text.
fn fails(mut command: Command, message: &str) -> String {
    let started = Instant::now();
    let output = command.timeout(Duration::from_secs(20)).output().expect("a run");
    let error = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains(message), "`{message}` is not in: {error}");
    assert_eq!(error.matches("error").count(), 1, "one message: {error}");
    assert!(!error.contains("panicked"), "{error}");
    assert!(error.len() < 2_000, "a message for people: {} bytes", error.len());
    // A second in a release build; tests are built without optimisation and share the machine.
    assert!(started.elapsed() < Duration::from_secs(10), "{message}: {:?}", started.elapsed());
    // For programs, the error is an object as well.
    let told = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(told.is_empty() || told.starts_with("{\"schema\":1,\"error\":") && told.lines().count() == 1, "{told}");
    error
}

fn prove(statement: &str) -> Command {
    let mut command = stein();
    command.args(["prove", statement]);
    command
}

fn stein() -> Command {
    Command::new(env!("CARGO_BIN_EXE_stein"))
}

fn script(text: impl Into<Vec<u8>>) -> Command {
    let mut command = stein();
    command.args(["run", "-"]).write_stdin(text);
    command
}

#[test]
fn brackets() {
    let error = fails(prove("E_{x ~ N(0,1)}[f(x) = 1"), "expected a closing `]`");
    assert!(error.contains("never closed") && error.contains("1 │ E_{x ~ N(0,1)}[f(x) = 1"), "{error}");
    fails(prove("f(x)) = 1"), "`)`");
    fails(prove("[f(x) = 1"), "]");
}

#[test]
fn names() {
    fails(prove("foo(x) = 1"), "unknown function `foo`");
    let error = fails(prove("E_{x ~ Normla(0,1)}[x] = 0"), "if `Normal` is meant, write N(m, s^2)");
    fails(prove("E_{x ~ Poison(1)}[x] = 1"), "did you mean `Poisson`?");
    assert!(error.contains('^') || error.contains('─') || error.contains('┬') || error.contains('▲'), "{error}");
    fails(prove("D f(y) = f'(y) given f : lipshitz"), "lipschitz");
    let mut rule = stein();
    rule.args(["rules", "likelihod-ratio"]);
    fails(rule, "did you mean `likelihood-ratio`?");
    let mut command = stein();
    command.arg("prov");
    fails(command, "prove");
}

#[test]
fn nothing_to_prove() {
    fails(prove(""), "nothing to read");
    fails(prove("x"), "one expression");
    fails(script(""), "holds no statement");
    fails(script("\n\n# a comment\n"), "holds no statement");
    fails(script("derive D_θ[E_{x ~ N(θ, 1)}[f(x)]] = 1\n"), "this is an equation");
    let mut piped = stein();
    piped.write_stdin("");
    fails(piped, "holds no statement");
}

#[test]
fn deep_and_long() {
    let nested = format!("{}x{} = x", "(".repeat(10_000), ")".repeat(10_000));
    fails(prove(&nested), "nested");
    fails(script(format!("prove x = {}", "f(".repeat(500_000))), "standard input:1:");
    fails(script(format!("prove x = {}", "+ x".repeat(350_000))), "longer than");
    fails(script(format!("prove x = {} = 1", "y".repeat(1_000_000))), "longer than");
}

#[test]
fn not_text() {
    fails(script(b"prove x = x\nprove x = \xff\n".to_vec()), "line 2");
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let mut command = stein();
        command.arg("prove").arg(std::ffi::OsStr::from_bytes(b"x = \xff"));
        fails(command, "UTF-8");
    }
}

#[test]
fn not_a_file() {
    let run = |file: &str| {
        let mut command = stein();
        command.args(["run", file]);
        command
    };
    fails(run("no/such/file.stein"), "no such file");
    fails(run(env!("CARGO_MANIFEST_DIR")), "is a directory");
    let mut rules = prove("x = x");
    rules.args(["--rules", "no/such/file.rules"]);
    fails(rules, "no such file");
}

#[test]
fn options() {
    for arguments in
        [["--format", "pdf"], ["--seed", "one"], ["--timeout", "0"], ["--timeout", "soon"], ["--samples", "0"]]
    {
        let mut command = prove("x = x");
        command.args(arguments);
        fails(command, arguments[1]);
    }
}

/// Counts are read alike everywhere: with or without an exponent, whole, and within bounds.
#[test]
fn counts() {
    let run = |arguments: &[&str]| {
        let mut command = stein();
        match arguments[0] {
            "bench" => command.args(["bench", "--n", "16384"]),
            _ => command.args(["check", "E_{x ~ U(0,1)}[x] = 1/2"]),
        };
        command.args(["--format", "json"]).args(&arguments[1..]);
        command
    };
    for (arguments, said) in [
        (["check", "--samples", "16384"], "\"samples\":16384"),
        (["check", "--samples", "1.6384e4"], "\"samples\":16384"),
        (["check", "--blocks", "0..2e0"], "\"level\":1"),
        (["bench", "--threads", "1e0"], "\"threads\":1"),
    ] {
        let output = run(&arguments).output().expect("a run");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains(said), "{arguments:?}: {text}");
    }
    let (shape, bounds) = ("a whole number is expected, such as 250000 or 2.5e5", "it has to be a whole number from");
    for (value, why) in [
        ("1.5", shape),
        ("many", shape),
        ("inf", shape),
        ("-3", shape),
        ("0", bounds),
        ("1e30", bounds),
        ("1e999", bounds),
    ] {
        fails(run(&["check", &format!("--samples={value}")]), why);
        fails(run(&["bench", &format!("--threads={value}")]), why);
    }
    fails(run(&["check", "--blocks", "4..2"]), "0..64");
    fails(run(&["check", "--blocks", "0..1.5"]), shape);
}

#[test]
fn a_broken_rule_file() {
    let folder = std::env::temp_dir().join(format!("stein-rules-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("broken.rules");
    std::fs::write(&file, "rule mine\n  E_{x ~ P}[g(x) = 1\n").expect("a file");
    let mut command = prove("x = x");
    command.arg("--rules").arg(&file);
    fails(command, "broken.rules:2");
    std::fs::remove_dir_all(&folder).expect("cleaning up");
}

#[test]
fn an_error_in_a_script_names_its_line_and_the_rest_runs() {
    let mut command = script("prove x = x\n  prove f(x = 1\n\nprove y = y\n");
    let output = command.output().expect("a run");
    let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(out.matches("proved  ").count(), 2, "{out}");
    assert!(error.contains("standard input:2:"), "{error}");
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let error = fails(prove("\u{1b}[31mx\u{7} = 1"), "");
    assert!(!error.contains('\u{1b}') && !error.contains('\u{7}'), "{error:?}");
}

#[test]
fn a_statement_may_begin_with_a_minus() {
    stein().args(["prove", "-x = -x", "--format", "json"]).assert().code(0);
    stein().args(["prove", "-E_{x ~ N(0,1)}[x] = 0"]).assert().code(0);
}
