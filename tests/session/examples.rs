//! The scripts of `examples/`: what becomes of each of their statements.

use std::path::Path;
use std::time::Duration;
use stein::session::{Event, Reply, Status};
use stein::{Options, Session};

/// The verdicts of a script, a statement a line, with what was assumed.
fn verdicts(name: &str, text: &str) -> String {
    let mut session = Session::new().expect("the built-in library");
    // A slow machine has the same verdicts.
    session.options = Options { timeout: Duration::from_secs(60), ..Options::default() };
    let mut lines = Vec::new();
    for event in session.run(name, text) {
        match event {
            Event::Heading(heading) => lines.push(format!("## {heading}")),
            Event::Reply(Reply::Answer(answer)) => {
                let assumed = answer.conditions().into_iter().filter(|condition| condition.status == Status::Assumed);
                let assumed: Vec<String> = assumed.map(|condition| condition.text).collect();
                let provided = if assumed.is_empty() { String::new() } else { format!("   if {}", assumed.join(", ")) };
                lines.push(format!("{:<11} {}{provided}", answer.verdict().word(), answer.formula.unicode));
            }
            Event::Reply(_) => {}
            Event::Error(error) => panic!("{name}: {error}"),
        }
    }
    lines.join("\n")
}

#[test]
fn the_scripts_say_what_they_said() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let entries = std::fs::read_dir(&folder).expect("the examples");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "stein"));
    files.sort();
    assert!(files.len() >= 10, "ten scripts or more");
    for file in files {
        let name = file.file_stem().and_then(|name| name.to_str()).expect("a name").to_string();
        let text = std::fs::read_to_string(&file).expect("a script");
        assert!(text.starts_with("# "), "{name} says what it is about");
        insta::assert_snapshot!(name.as_str(), verdicts(&name, &text));
    }
}
