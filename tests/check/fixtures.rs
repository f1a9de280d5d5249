//! What the tests of the numeric layers share.
#![allow(dead_code)]

use std::sync::LazyLock;
use stein::check::{Comparison, Finding, Instance, Method, Options, compare};
use stein::rule::Library;
use stein::syntax::parse_statement;
use stein::term::{Definitions, Domain, Elaborator, Problem, Symbol, Term, Var};

static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::built_in().unwrap_or_else(|e| panic!("{}: {e}", e.file)));

pub fn definitions() -> &'static Definitions {
    &LIBRARY.definitions
}

pub fn problem(text: &str) -> Problem {
    let statement = parse_statement(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    Elaborator::new(definitions()).statement(&statement, &[]).unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// Both sides of an equation.
pub fn sides(text: &str) -> [Term; 2] {
    let problem = problem(text);
    [problem.members[0].clone(), problem.members[1].clone()]
}

pub fn options() -> Options {
    Options { seed: 20_240_601, samples: 1 << 17, ..Options::default() }
}

pub fn finding(text: &str) -> Finding {
    let problem = problem(text);
    compare(definitions(), &problem.members[0], &problem.members[1], &problem.hypotheses, &options())
}

pub fn assert_agrees(text: &str) -> Vec<Comparison> {
    match finding(text) {
        Finding::Agree(comparisons) => comparisons,
        other => panic!("{text}: {other:?}"),
    }
}

pub fn assert_differs(text: &str) -> Comparison {
    match finding(text) {
        Finding::Differ(witness) => witness,
        other => panic!("{text}: {other:?}"),
    }
}

/// An instance with a function f of one argument, written in a, and parameters.
pub fn instance(f: &str, parameters: &[(&str, f64)]) -> Instance {
    let mut instance = Instance::default();
    if !f.is_empty() {
        let [body, _] = sides(&format!("{f} = 0"));
        let parameter = Var::free("a", Domain::Real);
        instance.functions.insert("f".into(), (vec![parameter], body, f.to_string()));
    }
    instance.parameters = parameters.iter().map(|(name, value)| (Symbol::from(*name), *value)).collect();
    instance
}

pub fn simulated(comparisons: &[Comparison]) -> impl Iterator<Item = &Comparison> {
    comparisons.iter().filter(|c| c.method == Method::MonteCarlo)
}
