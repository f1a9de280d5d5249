//! Proofs written by hand, and steps that must be refused.

mod common;

use common::{library, proofs};

#[test]
fn proofs_are_accepted() {
    let library = library();
    for (name, script) in proofs(&library) {
        let checked = script.check().unwrap_or_else(|failure| panic!("{name}: {failure:?}"));
        println!("{name}: {}", checked.statement);
        for need in &checked.conventions {
            println!("  implied: {}", need.show(&checked.table));
        }
        for need in &checked.needs {
            println!("  need: {}", need.show(&checked.table));
        }
        println!("  {} proved, error 2^{:.0}, {:?} {:?}", checked.proved, checked.error, checked.rules, checked.laws);
    }
}
