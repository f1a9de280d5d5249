//! How long proofs take: the search and the kernel, for (0.1) and for k-th derivatives.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::time::Duration;
use stein::engine::{self, Limits, Outcome, prove};
use stein::proof::{Fingerprinter, Hypotheses, Kernel};
use stein::rule::Library;
use stein::syntax::parse_statement;
use stein::term::{Elaborator, Simplifier, Term};

const SCORE: &str = "D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]] = E_{x ~ N(0,1)}[x/σ f(θ + σ x)]";

fn sides(library: &Library, statement: &str) -> [Term; 2] {
    let statement = parse_statement(statement).expect("a statement");
    let problem = Elaborator::new(&library.definitions).statement(&statement, &[]).expect("a meaning");
    let [left, right] = problem.members.as_slice() else { panic!("one equation is expected") };
    [left.clone(), right.clone()]
}

fn search(library: &Library, [left, right]: &[Term; 2]) -> Outcome {
    let limits = Limits { steps: engine::steps_in(Duration::from_secs(60)), ..Limits::default() };
    prove(library, left, right, &Hypotheses::default(), &limits).0
}

fn score(c: &mut Criterion) {
    let library = Library::built_in().expect("the built-in rules");
    let sides = sides(&library, SCORE);
    c.bench_function("(0.1), search and kernel", |b| b.iter(|| search(&library, &sides)));
    let Outcome::Proved(proof, _) = search(&library, &sides) else { panic!("(0.1) is proved") };
    let kernel = Kernel::new(&library);
    c.bench_function("(0.1), kernel alone", |b| b.iter(|| kernel.check(&proof, &Hypotheses::default())));
    c.bench_function("(0.1), simplify", |b| b.iter(|| Simplifier::new(&library.definitions).simplify(&sides[1])));
    let fingerprinter = Fingerprinter { definitions: &library.definitions };
    c.bench_function("(0.1), fingerprint", |b| b.iter(|| fingerprinter.of(&sides[0])));
}

fn derivatives(c: &mut Criterion) {
    let library = Library::built_in().expect("the built-in rules");
    let mut group = c.benchmark_group("k-th derivative by Hermite polynomials");
    group.sample_size(10);
    for k in [1, 2, 4, 8, 12] {
        let statement = format!("D_θ^{k}[E_{{x ~ N(0,1)}}[f(θ + σ x)]] = E_{{x ~ N(0,1)}}[He_{k}(x)/σ^{k} f(θ + σ x)]");
        let sides = sides(&library, &statement.replace("He_12", "He_{12}"));
        assert!(matches!(search(&library, &sides), Outcome::Proved(..)), "k = {k}");
        group.bench_with_input(BenchmarkId::from_parameter(k), &sides, |b, sides| b.iter(|| search(&library, sides)));
    }
    group.finish();
}

fn library(c: &mut Criterion) {
    c.bench_function("load the built-in library", |b| b.iter(Library::built_in));
}

criterion_group!(benches, score, derivatives, library);
criterion_main!(benches);
