//! Proof files: what is written is read, and what has been altered is refused.

mod common;

use common::{library, proofs};
use serde_json::Value;
use stein_kernel::check::check;
use stein_kernel::file::{Fault, read, write};
use stein_kernel::library::Library;

/// A small generator: the alterations are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % n.max(1)
    }
}

/// What a file states, and what it rests on, if it is accepted.
fn accepted(library: &Library, text: &str) -> Option<(String, Vec<String>)> {
    let proof = read(library, text).ok()?;
    let checked = check(library, &proof, None, 3).ok()?;
    let mut statement = checked.statement.clone();
    for hypothesis in &proof.statement.hypotheses {
        use stein_kernel::context::Hypothesis::*;
        let (kind, terms) = match hypothesis {
            Positive(a) => ("positive", vec![a]),
            NonNegative(a) => ("nonnegative", vec![a]),
            NonZero(a) => ("nonzero", vec![a]),
            Whole(a) => ("whole", vec![a]),
            Equal(a, b) => ("equal", vec![a, b]),
        };
        let terms: Vec<String> = terms.iter().map(|term| proof.table.show(**term)).collect();
        statement += &format!(" given {kind} {}", terms.join(", "));
    }
    let mut needs: Vec<String> = checked.needs.iter().map(|need| need.show(&checked.table)).collect();
    needs.sort();
    Some((statement, needs))
}

/// Changes leaf `n` of the value; answers how many leaves there are.
fn change(value: &mut Value, n: usize, seen: usize, to: &mut dyn FnMut(&Value) -> Value) -> usize {
    match value {
        Value::Array(items) if !items.is_empty() => {
            items.iter_mut().fold(seen, |seen, item| change(item, n, seen, to))
        }
        Value::Object(items) if !items.is_empty() => {
            items.values_mut().fold(seen, |seen, item| change(item, n, seen, to))
        }
        leaf => {
            if seen == n {
                *leaf = to(leaf);
            }
            seen + 1
        }
    }
}

fn alter(text: &str, random: &mut Random) -> String {
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    let number = random.below(lines.len());
    match random.below(12) {
        0 => drop(lines.remove(number)),
        1 => {
            let other = random.below(lines.len());
            lines.swap(number, other);
        }
        2 => {
            let line = lines[number].clone();
            lines.insert(random.below(lines.len()), line);
        }
        _ => {
            let names = ["add", "mul", "inv", "pow", "θ", "σ", "v", "y", "f", "h", "p", "N", "Exp", "Gamma", "0", "1", "2", "-1",
                "1/2", "flat", "diff", "product", "ln", "exp", "stein", "likelihood-ratio", "positive", "nonzero", "mean", "dens"];
            let mut line: Value = serde_json::from_str(&lines[number]).unwrap();
            let count = change(&mut line, usize::MAX, 0, &mut |leaf| leaf.clone());
            let chosen = random.below(count);
            change(&mut line, chosen, 0, &mut |leaf| match leaf {
                Value::Number(n) => {
                    let n = n.as_i64().unwrap_or(0);
                    Value::from([n + 1, n - 1, random.below(60) as i64, n + 2, 0][random.below(5)])
                }
                Value::Bool(flag) => Value::from(!flag),
                Value::String(_) => Value::from(names[random.below(names.len())]),
                other => other.clone(),
            });
            lines[number] = line.to_string();
        }
    }
    lines.join("\n") + "\n"
}

#[test]
fn files_are_read_as_written() {
    let library = library();
    for (name, script) in proofs(&library) {
        let text = write(&library, &script.proof());
        let proof = read(&library, &text).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(write(&library, &proof), text, "{name}");
        assert!(check(&library, &proof, None, 1).is_ok(), "{name}");
        println!("{name}: {} bytes", text.len());
    }
}

#[test]
fn altered_files_are_refused() {
    let library = library();
    let mut random = Random(1);
    let originals: Vec<_> = (proofs(&library).iter())
        .map(|(_, script)| {
            let text = write(&library, &script.proof());
            let outcome = accepted(&library, &text).expect("a proof");
            (text, outcome)
        })
        .collect();
    let (mut unchanged, mut other) = (0, vec![]);
    for round in 0..10_000 {
        let (text, (statement, needs)) = &originals[round % originals.len()];
        let altered = alter(text, &mut random);
        if altered == *text {
            unchanged += 1;
            continue;
        }
        let Some((now, now_needs)) = accepted(&library, &altered) else { continue };
        if now != *statement || now_needs != *needs {
            other.push(format!("{now} needs {now_needs:?}"));
        } else {
            unchanged += 1;
        }
    }
    other.sort();
    other.dedup();
    println!("{unchanged} unchanged, others:\n{}", other.join("\n"));
}

#[test]
fn other_versions_and_libraries_are_refused() {
    let mut library = library();
    let text = write(&library, &common::stein(&library).proof());
    let version = text.replacen("\"version\":1", "\"version\":2", 1);
    assert_eq!(read(&library, &version).unwrap_err().fault, Fault::OtherVersion);
    library.rules.get_mut("stein").unwrap().closed = false;
    assert_eq!(read(&library, &text).unwrap_err().fault, Fault::OtherLibrary);
}
