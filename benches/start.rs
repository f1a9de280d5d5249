//! What every run of the program pays first: the library as it comes out of the box.

use criterion::{Criterion, criterion_group, criterion_main};
use stein::Session;

fn start(criterion: &mut Criterion) {
    criterion.bench_function("a session with the built-in library", |b| b.iter(|| Session::new().expect("a library")));
}

criterion_group!(benches, start);
criterion_main!(benches);
