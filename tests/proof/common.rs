//! What the soundness tests share: the built-in library, and statements read into terms.
#![allow(dead_code)]

use std::sync::LazyLock;
use stein::array::{self, Way};
use stein::engine::{Limits, Outcome, prove};
use stein::proof::{Hypotheses, Proof, Reason, Step};
use stein::rule::Library;
use stein::session::Session;
use stein::syntax::{Statement, parse_expression, parse_statement};
use stein::term::{Elaborator, Problem, Term};

/// With what adjoints are, which the session puts to it.
pub static LIBRARY: LazyLock<Library> =
    LazyLock::new(|| Session::new().expect("the built-in files load").library().clone());

/// A statement and what it means.
pub fn read(text: &str) -> Result<Problem, String> {
    let statement: Statement = parse_statement(text).map_err(|e| e.message)?;
    let problem = Elaborator::new(&LIBRARY.definitions).statement(&statement, &[]).map_err(|e| e.message)?;
    // Of samples, vectors and matrices, the longest of the statements about numbers that are proved in their place.
    if array::has_arrays(&problem) {
        let cases = array::generic(&LIBRARY.definitions, &problem, 0, Way::Entries).map_err(|why| why.to_string())?;
        let longest = cases.into_iter().max_by_key(|case| format!("{:?}", case.members).len());
        return longest.ok_or_else(|| "there are no cases".to_string());
    }
    Ok(problem)
}

/// The problem of a statement that has to be good.
pub fn problem(text: &str) -> Problem {
    read(text).unwrap_or_else(|message| panic!("{message}: {text}"))
}

/// The term of an expression, all letters real.
pub fn term(text: &str) -> Term {
    let expression = parse_expression(text).unwrap_or_else(|e| panic!("{}: {text}", e.message));
    Elaborator::new(&LIBRARY.definitions).expr(&expression).unwrap_or_else(|e| panic!("{}: {text}", e.message))
}

pub fn hypotheses(problem: &Problem) -> Hypotheses {
    problem.hypotheses.clone()
}

/// The outcome of the search for each link of a statement.
pub fn outcomes(problem: &Problem, limits: &Limits) -> Vec<Outcome> {
    let hypotheses = hypotheses(problem);
    let link = |pair: &[Term]| prove(&LIBRARY, &pair[0], &pair[1], &hypotheses, limits).0;
    problem.members.windows(2).map(link).collect()
}

/// Lines of a data file that say something, each with its heading.
pub fn lines(text: &str) -> Vec<(String, String)> {
    let mut heading = String::new();
    let mut result = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix("== ") {
            Some(title) => heading = title.to_string(),
            None => result.push((heading.clone(), line.to_string())),
        }
    }
    result
}

/// The library with every condition of its rules dropped.
pub fn careless() -> Library {
    let mut library = LIBRARY.clone();
    library.rules.iter_mut().for_each(|rule| rule.conditions.clear());
    library
}

/// One step of arithmetic from side to side: what a search would offer if it were mistaken.
pub fn leap(left: &Term, right: &Term) -> Proof {
    let step = Step { reason: Reason::Arithmetic, place: vec![], before: left.clone(), after: right.clone() };
    Proof { left: left.clone(), right: right.clone(), steps: vec![step] }
}
