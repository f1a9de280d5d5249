//! Inputs that are refused, each with its message: where the caret stands, what the help says, and what a person writes who
//! follows it, which has to be read.
//!
//! `UPDATE_MESSAGES=1 cargo test --test session messages` writes code, place and help again from the first and the last column.

use stein::rule::Library;
use stein::syntax::{Span, Style, parse_statement, print_statement};
use stein::term::Elaborator;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/messages.tsv");

/// Reads a statement as far as its meaning; the code, the place and the help of what is wrong.
fn read(library: &Library, text: &str) -> Result<(), (&'static str, Span, String)> {
    let statement =
        parse_statement(text).map_err(|error| (error.code.number(), error.span, error.help.unwrap_or_default()))?;
    let read = Elaborator::new(&library.definitions).statement(&statement, &[]);
    read.map(drop).map_err(|error| (error.code.number(), error.span, error.help.unwrap_or_default()))
}

#[test]
fn messages_lead_to_what_is_read() {
    let library = Library::built_in().expect("the built-in rules");
    let table = std::fs::read_to_string(FILE).expect("the table");
    let mut lines = table.lines();
    let mut written = vec![lines.next().expect("a header").to_string()];
    let mut failures: Vec<String> = Vec::new();
    for line in lines {
        let columns: Vec<&str> = line.split('\t').collect();
        let (input, instead) = (columns[0], columns[columns.len() - 1]);
        let Err((code, span, help)) = read(&library, input) else {
            failures.push(format!("{input}: is read"));
            continue;
        };
        let Some(place) = input.get(span.start..span.end) else {
            failures.push(format!("{input}: {span:?} is no place of it"));
            continue;
        };
        // For a bracket the place says all.
        if help.is_empty() && code != "E002" {
            failures.push(format!("{input}: no help"));
        }
        if let Err((code, _, help)) = read(&library, instead) {
            failures.push(format!("{input}: the help leads to {instead}, which is refused: {code} {help}"));
        }
        written.push([input, code, place, &help, instead].join("\t"));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let written = written.join("\n") + "\n";
    if std::env::var_os("UPDATE_MESSAGES").is_some() {
        std::fs::write(FILE, written).expect("the table is written");
    } else {
        for (now, before) in written.lines().zip(table.lines()) {
            assert_eq!(now, before);
        }
    }
}

/// What is printed as LaTeX is read again, also where a derivative is of something that is free of its letter.
#[test]
fn derivatives_of_what_is_free_of_their_letter() {
    let library = Library::built_in().expect("the built-in rules");
    for text in [
        "D_θ[x] = 0",
        "D_θ^2[x] = 0",
        "D_θ f(x) = 0",
        "D_θ ln p(x) = 0",
        "D_{θ_1}[θ_2] = 0",
        "D_θ[E_{θ ~ p}[θ^2]] = 0",
        "D_θ[E_{x ~ q}[f(x)]] = 0",
        "D_θ[∫_{0}^{1} θ dθ] = 0",
        "D_θ[sum(θ, θ, 1, n)] = 0",
        "D_θ[θ - θ] = 0",
        "D_θ[0 θ] = 0",
        "D_θ[J] = 0 where J = x",
        "D_θ[J] = 1 where J = θ",
        "D_θ[D_x[θ]] = 0",
        "D_k[x_k] = 0 given x_k ~ p",
        "D_k[x_k y_k] = 0 given x_k ~ p",
        "[D_θ[x]]_{θ = 1} = 0",
        "D_θ[stopgrad(x)] = 0",
        "D_D[x] = 0",
        "D_θ E_{x ~ p_θ}[f(x)] = 0",
        "D_θ μ_θ = 0",
    ] {
        let statement = parse_statement(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        for style in [Style::Latex, Style::Unicode, Style::Ascii] {
            let printed = print_statement(&statement, style);
            read(&library, &printed).unwrap_or_else(|(_, _, help)| panic!("{text} is printed as {printed}: {help}"));
            assert_eq!(parse_statement(&printed).expect("a statement"), statement, "{printed}");
        }
    }
}
