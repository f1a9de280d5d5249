//! Every rule comes with an example that can be proved or checked as it stands.

use std::time::Duration;
use stein::{Options, Session, Verdict};

#[test]
fn no_example_of_a_rule_is_refuted() {
    let mut session = Session::new().expect("the built-in library");
    session.options.samples = Some(1 << 14);
    for rule in &session.library().rules {
        let example = session.example(rule);
        let answer = session.check(&example).unwrap_or_else(|error| panic!("{}: {error}: {example}", rule.name));
        assert_eq!(answer.verdict(), Verdict::Open, "{}: {example}", rule.name);
    }
}

#[test]
fn the_examples_of_the_notes_rules_are_proved() {
    let mut session = Session::new().expect("the built-in library");
    session.options = Options { timeout: Duration::from_secs(60), ..Options::default() };
    for name in ["interchange", "likelihood-ratio", "integration-by-parts", "symmetry"] {
        let rule = session.library().rule(name).expect("a rule of the note");
        let answer = session.prove(&session.example(rule)).expect("a statement");
        assert!(answer.is_derived(), "{name}: {}", answer.verdict());
    }
}
