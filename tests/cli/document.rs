//! `stein read`: what is found in a document, where, and what the run says of it.

use std::process::{Command, Output};

fn read(file: &str, more: &[&str]) -> Output {
    let run = Command::new(env!("CARGO_BIN_EXE_stein")).args(["read", file]).args(more).output();
    run.expect("a run")
}

/// Line, column and verdict of each formula.
fn found(file: &str, more: &[&str]) -> Vec<(u64, u64, String)> {
    let output = read(file, &[more, &["--format", "json"]].concat());
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let objects = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("an object"));
    let equations = objects.filter(|object| object["kind"] == "equation");
    let line = |object: serde_json::Value| {
        let number = |key: &str| object["place"][key].as_u64().expect("a number");
        (number("line"), number("column"), object["verdict"].as_str().expect("a word").to_string())
    };
    equations.map(line).collect()
}

fn example(name: &str) -> String {
    format!("{}/examples/documents/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn written(name: &str, text: &[u8]) -> String {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&file, text).expect("a file");
    file.display().to_string()
}

fn words(expected: &[(u64, u64, &str)]) -> Vec<(u64, u64, String)> {
    expected.iter().map(|(line, column, word)| (*line, *column, (*word).to_string())).collect()
}

#[test]
fn a_paper_with_its_mistake() {
    let expected = [
        (11, 3, "defined"),
        (15, 3, "proved"),
        (21, 3, "refuted"),
        (27, 3, "proved"),
        (31, 4, "refuted"),
        (32, 20, "proved"),
        (34, 4, "outside"),
    ];
    assert_eq!(found(&example("paper.tex"), &[]), words(&expected));
    assert_eq!(read(&example("paper.tex"), &[]).status.code(), Some(1));
}

#[test]
fn notes_and_a_notebook() {
    let notes = [(8, 1, "proved"), (13, 4, "refuted"), (19, 1, "proved"), (20, 1, "proved"), (23, 15, "proved")];
    assert_eq!(found(&example("notes.md"), &[]), words(&notes));
    assert_eq!(
        found(&example("notebook.ipynb"), &[]),
        words(&[(3, 4, "defined"), (1, 4, "proved"), (3, 4, "refuted")])
    );
}

#[test]
fn what_is_said_to_be_false_is_no_failure_unless_it_is_proved() {
    let denied = written("denied.tex", b"% stein: refute\n\\[ x + x = 3 x \\]");
    assert_eq!(read(&denied, &[]).status.code(), Some(0));
    let true_after_all = written("true.tex", b"% stein: refute\n\\[ x + x = 2 x \\]");
    assert_eq!(read(&true_after_all, &[]).status.code(), Some(1));
}

#[test]
fn what_rests_on_a_definition_that_is_not_understood_is_not_judged() {
    let text = b"\\[ J(\\theta) := \\arg\\max_a Q(a) \\] \\[ \\nabla_\\theta J(\\theta) = 0 \\]";
    let outcomes: Vec<String> = found(&written("rests.tex", text), &[]).into_iter().map(|(.., word)| word).collect();
    assert_eq!(outcomes, ["outside", "outside"]);
}

#[test]
fn what_cannot_be_read_is_one_clear_error() {
    let broken: [(&str, &[u8], &str); 4] = [
        ("broken.ipynb", b"{ \"cells\": ", "is not a notebook"),
        ("latin1.tex", b"\xe9", "is not UTF-8 text"),
        ("paper.doc", b"x = x", "is no document"),
        ("comment.tex", b"% stein: gven x > 0\n\\[ x = x \\]", "error["),
    ];
    for (name, text, message) in broken {
        let output = read(&written(name, text), &[]);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{name}: {errors}");
        assert!(errors.contains(message) && !errors.contains("panicked"), "{name}: {errors}");
    }
}

#[test]
fn unclosed_text_does_no_harm() {
    let unclosed =
        ["$", "\\[ x", "\\begin{align} x = ", "\\verb", "\\newcommand{\\a", "\\begin{verbatim}", "é\\é%", "\\"];
    for (index, text) in unclosed.iter().enumerate() {
        for ending in ["tex", "md"] {
            let output = read(&written(&format!("unclosed{index}.{ending}"), text.as_bytes()), &[]);
            assert_eq!(output.status.code(), Some(0), "{text}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

/// Equations are judged side by side; what is said of each, and in which order, is that of the document.
#[test]
fn many_equations_in_their_order() {
    let mut text = String::from("$$x = x$$\n\n$$f(x) = f(x) + 1$$\n");
    let mut expected = vec![(1, 3, "proved"), (3, 3, "outside")];
    for number in 1..=8 {
        text += &format!("\n$$\\mathbb{{E}}_{{x \\sim N({number},1)}}[x] = {}$$\n", number + number % 2);
        expected.push((3 + 2 * number, 3, if number % 2 == 1 { "refuted" } else { "proved" }));
    }
    let file = written("many.md", text.as_bytes());
    assert_eq!(found(&file, &[]), words(&expected));
}

/// What has been judged is remembered, as long as nothing that it depends on changes.
#[test]
fn only_what_changes_is_judged_again() {
    use stein::document::{Kind, Reader};

    let mut reader = Reader::new(stein::Session::new().expect("the built-in library"), false);
    let mut fresh = |name: &str, text: &str, kind: Kind| {
        reader.read(name, text, kind).expect("a document");
        reader.fresh()
    };
    let script = "let s(t) = t^2\ns(x) = x^2\ny = y\n";
    assert_eq!(fresh("a.stein", script, Kind::Script), 2);
    assert_eq!(fresh("a.stein", script, Kind::Script), 0);
    assert_eq!(fresh("a.stein", &script.replace("y = y", "z = z"), Kind::Script), 1);
    // In another place it is the same.
    assert_eq!(fresh("a.stein", &format!("# first\n\n{script}"), Kind::Script), 1);
    // Everything depends on a definition.
    assert_eq!(fresh("a.stein", &script.replace("t^2", "t^3"), Kind::Script), 2);
    let paper = "\\newcommand{\\a}{x}\\[ \\a + 1 = 1 + x \\] \\[ z = z \\]";
    assert_eq!(fresh("a.tex", paper, Kind::Tex), 2);
    assert_eq!(fresh("a.tex", &format!("Text.\n{paper}"), Kind::Tex), 0);
}
