//! Proves formula (0.1) of the note and prints the derivation.

use stein::{Error, Session};

fn main() -> Result<(), Error> {
    let session = Session::new()?;
    let answer = session.prove("∇_θ E_{x ~ N(0,1)}[f(θ + σ x)] = E_{x ~ N(0,1)}[x/σ f(θ + σ x)]")?;
    println!("{}: {}", answer.verdict(), answer.statement);
    for step in answer.links.iter().flat_map(|link| &link.derivation).flat_map(|derivation| &derivation.steps) {
        println!("  = {}   by {} {}", step.after.unicode, step.title, step.reference.as_deref().unwrap_or(""));
    }
    for condition in answer.conditions() {
        println!("  {}: {}", condition.status.word(), condition.text);
    }
    Ok(())
}
