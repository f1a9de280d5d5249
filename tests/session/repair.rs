//! False statements, and the true ones next to them that are offered instead.

use std::fmt::Write;
use std::time::Duration;
use stein::{Session, Verdict};

/// Statements for which nothing is offered, of all that are tried.
const UNREPAIRED: usize = 4;

#[test]
fn false_statements_are_repaired() {
    let mut session = Session::new().expect("the built-in library");
    // No answer may depend on the speed of the machine.
    session.options.repair = Duration::from_secs(60);
    session.options.timeout = Duration::from_secs(120);
    let mut report = String::new();
    let mut unrepaired = 0;
    for line in include_str!("../data/repairs.txt").lines().filter(|line| !line.starts_with('#')) {
        if line.is_empty() || line.starts_with("==") {
            writeln!(report, "{line}").unwrap();
            continue;
        }
        let answer = session.prove(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert_eq!(answer.verdict(), Verdict::Refuted, "{line}");
        writeln!(report, "{line}").unwrap();
        match answer.deciding().and_then(|link| link.repair.as_ref()) {
            Some(repair) => {
                let again = session
                    .prove(&repair.statement.unicode)
                    .unwrap_or_else(|error| panic!("{}: {error}", repair.statement.unicode));
                assert!(again.is_derived(), "offered, but {}: {}", again.verdict(), repair.statement.unicode);
                writeln!(report, "    {}\n    {}: {}", repair.hint, again.verdict(), repair.statement.unicode).unwrap();
            }
            None => {
                unrepaired += 1;
                writeln!(report, "    nothing").unwrap();
            }
        }
    }
    assert!(unrepaired <= UNREPAIRED, "{unrepaired} statements without a repair:\n{report}");
    insta::assert_snapshot!(report);
}
