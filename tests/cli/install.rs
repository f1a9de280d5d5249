//! Completions, the manual page, and the files for editors.

use assert_cmd::Command;
use std::path::Path;

fn stein(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_stein")).args(arguments).output().expect("a run");
    assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = stein(&["completions", shell]);
        for word in ["prove", "check", "explain", "format"] {
            assert!(script.contains(word), "{word} for {shell}");
        }
    }
}

#[test]
fn bash_reads_its_completions() {
    let Ok(found) = std::process::Command::new("bash").arg("--version").output() else { return };
    assert!(found.status.success());
    Command::new("bash").arg("-n").write_stdin(stein(&["completions", "bash"])).assert().success();
}

#[test]
fn the_manual_page_has_its_parts() {
    let page = stein(&["man"]);
    for part in [".TH", ".SH NAME", ".SH OPTIONS", ".SH SUBCOMMANDS", "prove", "Exit codes"] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn several_scripts_run_each_from_the_beginning() {
    let folder = std::env::temp_dir().join(format!("stein-scripts-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let (one, two) = (folder.join("one.stein"), folder.join("two.stein"));
    std::fs::write(&one, "let h(u) = u^2\nh(a) = a^2\n").expect("a file");
    std::fs::write(&two, "h(a) = a^2\n").expect("a file");
    let run =
        |files: &[&Path]| Command::new(env!("CARGO_BIN_EXE_stein")).arg("run").args(files).output().expect("a run");
    assert_eq!(run(&[&one, &one]).status.code(), Some(0));
    // There, h is an unknown function.
    assert_eq!(run(&[&one, &two]).status.code(), Some(1));
    assert_eq!(run(&[&two, &one]).status.code(), Some(1));
    std::fs::remove_dir_all(&folder).expect("cleaning up");
}

#[test]
fn the_files_for_editors_can_be_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("editors");
    for file in ["package.json", "language-configuration.json", "syntaxes/stein.tmLanguage.json"] {
        let text = std::fs::read_to_string(root.join("vscode").join(file)).expect("a file");
        serde_json::from_str::<serde_json::Value>(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
    }
    let Ok(found) = std::process::Command::new("vim").arg("--version").output() else { return };
    assert!(found.status.success());
    // Vim reports what it cannot read of a syntax file, and marks the words of the note.
    let vim = std::process::Command::new("vim")
        .args(["-u", "NONE", "-N", "-es", "-c", "syntax on"])
        .arg("-c")
        .arg(format!("set runtimepath^={}", root.join("vim").display()))
        .args(["-c", "setfiletype stein", "-c", "runtime syntax/stein.vim"])
        .args(["-c", "if synIDattr(synID(5, 1, 1), 'name') != 'steinCommand' | cquit | endif", "-c", "qall!"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/note.stein"))
        .output()
        .expect("a run of vim");
    let line =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/note.stein")).expect("the note");
    assert!(line.lines().nth(4).is_some_and(|line| line.starts_with("prove")), "the line that is looked at");
    assert!(vim.status.success(), "{}", String::from_utf8_lossy(&vim.stderr));
}
