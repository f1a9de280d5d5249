//! Lists of problems for continuous integration: each is what its readers take.

use super::schemas::valid_by;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder with a script of all kinds of findings, whose name needs escaping, and documents.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    write(
        "50 %, ä.stein",
        "\u{feff}prove x = x\r\nE_{x ~ N(0,1)}[x^2]\r\n  = 2\r\nrefute y = y\r\nθ = (θ\r\n\r\nD[S f_θ] = S[D f_θ]\r\ncheck x = x\r\n",
    );
    write(
        "paper.tex",
        "Text\n\\[ E_{x \\sim N(0,1)}[x^2] = 2 \\]\n\\[ \\foo = 1 \\]\n% stein: gven x\n\\[ x = x \\]\n",
    );
    write("notes.ipynb", r#"{"cells":[{"cell_type":"markdown","source":["$$x + x = 1$$"]}]}"#);
    write("empty.stein", "");
    folder
}

fn list(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_stein")).args(arguments).current_dir(folder).output().expect("a run");
    (run.status.code(), String::from_utf8(run.stdout).expect("UTF-8"))
}

const SCRIPTS: [&str; 4] = ["run", "50 %, ä.stein", "empty.stein", "none.stein"];
const DOCUMENTS: [&str; 5] = ["read", "paper.tex", "notes.ipynb", "none.md", "empty.doc"];

#[test]
fn sarif_is_what_its_schema_says() {
    let folder = folder();
    for files in [&SCRIPTS[..], &DOCUMENTS[..]] {
        let (code, text) = list(folder.path(), &[files, &["--format", "sarif"]].concat());
        assert_eq!(code, Some(2));
        let log: serde_json::Value = serde_json::from_str(&text).expect("an object");
        let schema: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/formats/sarif-2.1.0.json");
        valid_by(&schema.display().to_string(), std::slice::from_ref(&log));
        let run = &log["runs"][0];
        assert_eq!(run["invocations"][0]["executionSuccessful"], false);
        assert!(run["invocations"][0]["toolExecutionNotifications"].as_array().is_some_and(|all| all.len() == 2));
        let results = run["results"].as_array().expect("results");
        let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
        for result in results {
            assert!(rules.iter().any(|rule| rule["id"] == result["ruleId"]), "{result}");
        }
        let region = &results[0]["locations"][0]["physicalLocation"];
        if files[0] == "run" {
            assert_eq!(region["artifactLocation"]["uri"], "50%20%25%2C%20%C3%A4.stein");
            let expected = serde_json::json!({ "startLine": 2, "startColumn": 1, "endLine": 3, "endColumn": 6 });
            assert_eq!(region["region"], expected);
            let kinds: Vec<&str> = results.iter().filter_map(|result| result["ruleId"].as_str()).collect();
            assert_eq!(kinds, ["refuted", "unexpected", "E002", "conditional", "open"]);
        }
    }
}

#[test]
fn junit_is_xml_with_a_case_for_each_statement() {
    let folder = folder();
    for (files, cases, failures, errors) in [(&SCRIPTS[..], 8, 3, 3), (&DOCUMENTS[..], 7, 2, 3)] {
        let (code, text) = list(folder.path(), &[files, &["--format", "junit"]].concat());
        assert_eq!(code, Some(2));
        let mut reader = quick_xml::Reader::from_str(&text);
        reader.config_mut().check_end_names = true;
        let mut count = 0;
        loop {
            match reader.read_event().expect("well-formed") {
                quick_xml::events::Event::Eof => break,
                quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag) => {
                    count += usize::from(tag.name().as_ref() == b"testcase");
                }
                _ => {}
            }
        }
        assert_eq!(count, cases, "{text}");
        assert!(text.contains(&format!("failures=\"{failures}\" errors=\"{errors}\">")), "{text}");
    }
}

#[test]
fn github_is_told_a_line_each() {
    let folder = folder();
    let (code, text) = list(folder.path(), &[&SCRIPTS[..], &["--format", "github"]].concat());
    assert_eq!(code, Some(2));
    let commands: Vec<&str> = text.lines().filter(|line| line.starts_with("::")).collect();
    assert_eq!(commands.len(), 7, "{text}");
    assert!(
        commands[0].starts_with("::error file=50 %25%2C ä.stein,line=2,endLine=3,title=stein%3A refuted::refuted: ")
    );
    assert!(commands[2].starts_with("::error file=50 %25%2C ä.stein,line=5,endLine=5,col="), "{}", commands[2]);
    let (_, text) = list(folder.path(), &[&DOCUMENTS[..], &["--format", "github"]].concat());
    assert!(text.contains("::error file=notes.ipynb,title=stein%3A refuted%2C cell 1::"), "{text}");
}

#[test]
fn what_is_as_it_should_be_is_no_problem() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("good.stein"), "x = x\nrefute x = x + 1\nlet f(u) = u\n").expect("a file");
    for format in ["github", "sarif", "junit"] {
        let (code, text) = list(folder.path(), &["run", "good.stein", "--format", format]);
        assert_eq!(code, Some(0), "{text}");
        assert!(!text.contains("::error") && !text.contains("ruleId") && !text.contains("<failure"), "{text}");
    }
}

#[test]
fn only_scripts_and_documents_are_listed() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(list(folder.path(), &["prove", "x = x", "--format", "sarif"]).0, Some(2));
    assert_eq!(list(folder.path(), &["--format", "junit"]).0, Some(2));
}
