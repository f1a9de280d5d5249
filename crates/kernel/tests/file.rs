//! Proof files: what is written is read, and what has been altered is refused.

mod common;

use common::{library, proofs};
use serde_json::Value;
use std::collections::HashMap;
use stein_kernel::check::check;
use stein_kernel::file::{Fault, read, write};
use stein_kernel::library::{Library, Vouches};
use stein_kernel::term::{Op, Table, Term};

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
        Value::Array(items) if !items.is_empty() => items.iter_mut().fold(seen, |seen, item| change(item, n, seen, to)),
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
            let names = [
                "add",
                "mul",
                "inv",
                "pow",
                "θ",
                "σ",
                "v",
                "y",
                "f",
                "h",
                "p",
                "N",
                "Exp",
                "Gamma",
                "0",
                "1",
                "2",
                "-1",
                "1/2",
                "flat",
                "diff",
                "product",
                "ln",
                "exp",
                "stein",
                "likelihood-ratio",
                "positive",
                "nonzero",
                "mean",
                "dens",
            ];
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
    let (mut same, mut instances) = (0, 0);
    for round in 0..10_000 {
        let (text, (statement, needs)) = &originals[round % originals.len()];
        let altered = alter(text, &mut random);
        let Some((now, now_needs)) = accepted(&library, &altered) else { continue };
        if now == *statement && now_needs == *needs {
            same += 1;
            continue;
        }
        // What is accepted of another statement is one that is known to be true.
        let proof = read(&library, &altered).unwrap();
        let known = KNOWN.iter().any(|(left, right)| {
            let mut table = library.table.clone();
            let general = [left, right].map(|text| common::read(&mut table, text, &[]));
            let (left, right) = proof.statement.sides.unwrap();
            let (mut values, mut names) = (HashMap::new(), HashMap::new());
            matches(&table, general[0], &proof.table, left, &mut values, &mut names)
                && matches(&table, general[1], &proof.table, right, &mut values, &mut names)
        });
        assert!(known, "{now} needs {now_needs:?}");
        instances += 1;
    }
    println!("{same} altered without effect, {instances} to other true statements");
}

/// What the proofs prove, in general: letters stand for terms without variables, names of functions and laws for others.
const KNOWN: [(&str, &str); 8] = [
    ("(D t (E y (N t A) . (f y)) B)", "(E y (N B A) . (* (f y) (- y B) (inv A)))"),
    ("(D2 t (E y (N t A) . (f y)) B)", "(E y (N B A) . (* (f y) (- (* (^ (- y B) 2) (^ A -2)) (inv A))))"),
    ("(E x (N 0 1) . (* (^ x 3) (f x)))", "(E x (N 0 1) . (+ (* 2 x (f x)) (* (^ x 2) (f' x))))"),
    ("(E y (?p A) . (D t (ln (dens (?p t) y)) A))", "0"),
    ("(E y (?p A) . (D t (ln (dens (?p A) y)) A))", "0"),
    ("(D t (ln (dens (?p t) A)) B)", "(* (D t (dens (?p t) A) B) (inv (dens (?p B) A)))"),
    ("(E y (?p) z (?p) . (* 1/2 (- (h y) (h z)) (- (s y) (s z))))", "(E y (?p) . (* (h y) (s y)))"),
    ("(E y (?p) z (?p) . (* 1/2 (- (s y) (s z)) (- (s y) (s z))))", "(E y (?p) . (* (s y) (s y)))"),
];

/// True if the term is an instance of the general one.
fn matches(
    general: &Table,
    a: Term,
    table: &Table,
    b: Term,
    values: &mut HashMap<Term, Term>,
    names: &mut HashMap<String, String>,
) -> bool {
    let same_root = match (general.op(a), table.op(b)) {
        (Op::Free(_), _) => return table.loose(b) == 0 && *values.entry(a).or_insert(b) == b,
        // One name stands for one name.
        (Op::App(f, orders), Op::App(g, others)) => {
            orders == others && *names.entry(f.to_string()).or_insert(g.to_string()) == **g
        }
        (Op::AnyLaw(p), Op::AnyLaw(q)) => *names.entry(format!("?{p}")).or_insert(q.to_string()) == **q,
        (x, y) => x == y,
    };
    let (left, right) = (general.args(a), table.args(b));
    same_root
        && left.len() == right.len()
        && left.iter().zip(right).all(|(x, y)| matches(general, *x, table, *y, values, names))
}

#[test]
fn other_versions_and_libraries_are_refused() {
    let mut library = library();
    let text = write(&library, &common::stein(&library).proof());
    let version = text.replacen("\"version\":1", "\"version\":2", 1);
    assert_eq!(read(&library, &version).unwrap_err().fault, Fault::OtherVersion);
    library.rules.get_mut("stein").unwrap().vouches = Vouches::Nothing;
    assert_eq!(read(&library, &text).unwrap_err().fault, Fault::OtherLibrary);
}

/// Letters above a letter belong to its name; what could be taken for a power is no name.
#[test]
fn names_do_not_look_like_powers() {
    let library = library();
    let text = write(&library, &common::stein(&library).proof());
    let (head, rest) = text.split_once('\n').unwrap();
    let read_with = |names: &[&str]| {
        let terms = names
            .iter()
            .enumerate()
            .map(|(index, name)| format!(r#"{{"k":"term","id":{},"op":{{"free":"{name}"}},"args":[]}}"#, 9000 + index));
        let lines: Vec<String> = terms.collect();
        read(&library, &format!("{head}\n{}\n{rest}", lines.join("\n")))
    };
    for names in [&["V^π"][..], &["θ^μ", "θ^Q"], &["A^(k)"], &["x*"], &["Q^π_θ"], &["x", "k", "n_i,j"]] {
        assert!(read_with(names).is_ok(), "{names:?}");
    }
    let powers = [&["x^2"][..], &["x^k"], &["x^(k"], &["x^"], &["x^a^b"], &["x^Q+1"], &["2^Q"], &["x**"]];
    // Beside a number of that name it would be printed as a power.
    let beside = [&["x", "x^Q"][..], &["Q", "x^Q"], &["k", "A^(k)"]];
    for names in powers.into_iter().chain(beside) {
        let fault = read_with(names).expect_err(names[0]).fault;
        assert!(matches!(fault, Fault::NoSuchName(_)), "{names:?}");
    }
}
