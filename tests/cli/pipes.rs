//! Pipes and colours.

use assert_cmd::Command;
use std::process::Stdio;

fn stein() -> Command {
    Command::new(env!("CARGO_BIN_EXE_stein"))
}

#[test]
fn no_colours_in_a_pipe_unless_forced_and_never_under_no_color() {
    let coloured = |variables: &[(&str, &str)]| {
        let mut command = stein();
        command.args(["prove", "x = x"]).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        command.envs(variables.iter().copied());
        command.output().expect("a run").stdout.contains(&0x1b)
    };
    assert!(!coloured(&[]));
    assert!(!coloured(&[("NO_COLOR", "1")]));
    assert!(coloured(&[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}

#[test]
fn piped_statements_are_a_script() {
    let output = stein().write_stdin("x + x = 2 x\n").output().expect("a run");
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("proved"));
}

#[test]
fn a_closed_pipe_is_no_error() {
    let statement = "prove x + x = 2 x\n".repeat(50);
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_stein"))
        .args(["run", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a process");
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().expect("its input");
    std::io::Write::write_all(&mut stdin, statement.as_bytes()).expect("written");
    drop(stdin);
    let output = child.wait_with_output().expect("its end");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_ne!(output.status.code(), Some(101));
}

#[test]
fn help_and_version() {
    for flag in ["--help", "--version"] {
        let output = stein().arg(flag).output().expect("a run");
        assert_eq!(output.status.code(), Some(0));
        assert!(!output.stdout.is_empty());
    }
    let help = stein().arg("--help").output().expect("a run").stdout;
    let help = String::from_utf8_lossy(&help).into_owned();
    for word in ["prove", "check", "run", "rules", "--format", "--seed", "--rules", "--timeout", "Exit codes"] {
        assert!(help.contains(word), "{word} is not in the help");
    }
}
