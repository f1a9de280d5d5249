//! What a comparison costs: whole, and by method.

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use stein::check::{Options, compare, sample_moments};
use stein::rule::Library;
use stein::syntax::parse_statement;
use stein::term::{Elaborator, Problem};

const STATEMENTS: &[(&str, &str)] = &[
    ("pathwise", "D_m[E_{y ~ N(m, s^2)}[f(y)]] = E_{y ~ N(m, s^2)}[f'(y)]"),
    ("score", "D_m[E_{y ~ N(m, s^2)}[f(y)]] = E_{y ~ N(m, s^2)}[f(y) (y - m)/s^2]"),
    ("third-order", "D_t^3[E_{z ~ N(0, 1)}[f(t + s z)]] = s^(-3) E_{z ~ N(0, 1)}[He_3(z) f(t + s z)]"),
    // A table for each point of the difference.
    ("gamma", "D_b[E_{x ~ Gamma(a, b)}[f(x)]] = E_{x ~ Gamma(a, b)}[(a/b - x) f(x)]"),
    ("poisson", "D_λ[E_{x ~ Poisson(λ)}[f(x)]] = E_{x ~ Poisson(λ)}[f(x + 1) - f(x)]"),
    ("two-variables", "S_a S_b = S_{sqrt(a^2 + b^2)}"),
    ("false", "D_m[E_{y ~ N(m, s^2)}[f(y)]] = -E_{y ~ N(m, s^2)}[f(y) (y - m)/s^2]"),
];

fn problem(library: &Library, text: &str) -> Option<Problem> {
    let statement = parse_statement(text).ok()?;
    Elaborator::new(&library.definitions).statement(&statement, &[]).ok()
}

fn comparisons(c: &mut Criterion) {
    let Ok(library) = Library::built_in() else { return };
    let mut group = c.benchmark_group("compare");
    for (name, text) in STATEMENTS {
        let Some(problem) = problem(&library, text) else { continue };
        let [left, right] = problem.members.as_slice() else { continue };
        group.bench_function(*name, |b| {
            b.iter(|| black_box(compare(&library.definitions, left, right, &problem.hypotheses, &Options::default())));
        });
    }
    group.finish();
}

/// Draws a second of one estimator.
fn draws(c: &mut Criterion) {
    let Ok(library) = Library::built_in() else { return };
    let Some(problem) = problem(&library, "E_{x ~ N(0, 1)}[x sin(x)] = 0") else { return };
    let options = Options { samples: 1 << 20, ..Options::default() };
    let mut group = c.benchmark_group("draws");
    group.throughput(criterion::Throughput::Elements(options.samples)).sample_size(20);
    group.bench_function("x sin(x)", |b| {
        b.iter(|| black_box(sample_moments(&library.definitions, &problem.members[0], &Default::default(), &options)));
    });
    group.finish();
}

criterion_group!(benches, comparisons, draws);
criterion_main!(benches);
