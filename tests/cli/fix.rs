//! `stein fix`: what is rewritten, and how the rest of the file stays what it is.

use std::process::Command;

/// What stands in a file after a run, and the exit code.
fn fixed(name: &str, text: &str, arguments: &[&str]) -> (String, Option<i32>) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(name);
    std::fs::write(&file, text).expect("a file");
    let run = Command::new(env!("CARGO_BIN_EXE_stein")).arg("fix").arg(&file).args(arguments).output().expect("a run");
    (std::fs::read_to_string(&file).expect("a file"), run.status.code())
}

#[test]
fn a_script_is_rewritten_where_it_is_wrong() {
    let script = "\u{feff}## Ä\r\nlet s(t) = t^2\r\nprove E_{x ~ N(0,1)}[x^2]  # why\r\n  = 2\r\nrefute x = x + 1\r\n\
                  D_θ E_{x ~ N(0,1)}[f(θ + σ x)] = E_{x ~ N(0,1)}[x f(θ + σ x)]\r\nx = x";
    let expected = script.replace("  = 2", "  = 1").replace("[x f(θ + σ x)]", "[x f(θ + σ x)]/σ");
    assert_eq!(fixed("a.stein", script, &[]), (expected, Some(0)));
    assert_eq!(fixed("a.stein", script, &["--dry-run"]), (script.into(), Some(1)));
}

#[test]
fn what_is_rewritten_is_written_as_the_rest() {
    let (ascii, _) = fixed("a.stein", "D_theta E_{x ~ N(theta, 1)}[f(x)] = E_{x ~ N(theta, 1)}[x f(x)]\n", &[]);
    assert!(ascii.is_ascii() && ascii.contains("- theta E_{x ~ N(theta, 1)}[f(x)]"), "{ascii}");
    let latex =
        "\\nabla_\\theta \\mathbb{E}_{x \\sim N(\\theta, 1)}[f(x)] = \\mathbb{E}_{x \\sim N(\\theta, 1)}[x f(x)]\n";
    let (latex, code) = fixed("a.stein", latex, &[]);
    assert!(latex.is_ascii() && latex.contains("- \\theta \\mathbb{E}_") && code == Some(0), "{latex}");
}

#[test]
fn a_condition_is_added_where_it_is_missing() {
    let script = "assume σ > 0\nprove sqrt(a^2) = a\n";
    assert_eq!(fixed("a.stein", script, &[]), ("assume σ > 0\nprove sqrt(a^2) = a given a > 0\n".into(), Some(0)));
}

#[test]
fn a_link_of_a_chain_is_rewritten_alone() {
    let script = "E_{x ~ N(0,1)}[x^2] + 1 - 1 = E_{x ~ N(0,1)}[x^2] = 2\n";
    assert_eq!(fixed("a.stein", script, &[]).0, script.replace("= 2", "= 1"));
}

#[test]
fn a_document_keeps_its_layout() {
    let paper = "\\newcommand{\\E}{\\mathbb{E}}\n\\begin{align}\n  \\E_{x \\sim N(0,1)}[x^2] % ä\n    &= 2 \\label{a}\n\\end{align}\n";
    assert_eq!(fixed("paper.tex", paper, &[]), (paper.replace("&= 2", "&= 1"), Some(0)));
    let notes = "# Notes\n\nSo $$\\mathbb{E}_{x \\sim N(0,1)}[x^2] = 2$$ holds, and\n\n> $$x = x + 1$$\n";
    let (text, code) = fixed("notes.md", notes, &[]);
    assert!(text.contains("[x^2] = 1$$ holds") && code != Some(2), "{text}");
    let code = "def f(x):\n    '''Doc.\n\n    stein: E_{x ~ N(0,1)}[x^2] = 2\n    '''\n";
    assert_eq!(fixed("f.py", code, &[]), (code.replace("= 2", "= 1"), Some(0)));
}

#[test]
fn what_cannot_be_fixed_is_left_and_said() {
    assert_eq!(fixed("a.stein", "prove f(x) = g(x)\n", &[]), ("prove f(x) = g(x)\n".into(), Some(1)));
    assert_eq!(fixed("a.ipynb", "{\"cells\":[]}", &[]).1, Some(2));
    assert_eq!(fixed("a.doc", "x", &[]).1, Some(2));
    assert_eq!(fixed("a.stein", "prove (x\n", &[]).1, Some(2));
    assert_eq!(fixed("a.stein", "", &[]).1, Some(0));
}
