//! The transcripts of the README, run again.

use assert_cmd::Command;

/// The commands of the `console` blocks, each with what it prints.
fn transcripts(text: &str) -> Vec<(String, String)> {
    let blocks = text.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next());
    let commands = blocks.flat_map(|block| block.split("$ ").skip(1));
    commands
        .filter_map(|part| part.split_once('\n'))
        .map(|(command, shown)| (command.to_string(), shown.to_string()))
        .collect()
}

/// The words of a command line, with single quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('\'').enumerate() {
        match index % 2 {
            1 => words.push(part.to_string()),
            _ => words.extend(part.split_whitespace().map(ToString::to_string)),
        }
    }
    words
}

/// What is printed, but for the digits of simulations and the like.
fn settled(text: &str) -> String {
    let measured = ["  numbers", "  at ", "  witness"];
    let line = |line: &str| match measured.iter().find(|label| line.starts_with(**label)) {
        Some(label) => label.to_string(),
        None => line.to_string(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_readme_shows_what_happens() {
    let transcripts = transcripts(include_str!("../README.md"));
    assert!(transcripts.len() >= 3);
    for (command, shown) in transcripts {
        let words = words(&command);
        assert_eq!(words[0], "stein");
        let output = Command::new(env!("CARGO_BIN_EXE_stein")).args(&words[1..]).output().expect("a run");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        assert_eq!(settled(&text), settled(&shown), "{command}");
    }
}
