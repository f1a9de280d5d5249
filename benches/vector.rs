//! What draws cost: random words, samplers, functions, tapes, and whole simulations.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use stein::Session;
use stein::session::{CASES, Means};
use stein::vector::{
    Argument, BLOCK, Function, Generator, Law, Level, Machine, Operation, Pairing, Sums, Tape, Target,
};

fn samplers(c: &mut Criterion) {
    let mut group = c.benchmark_group("samplers");
    group.throughput(Throughput::Elements(BLOCK as u64));
    for level in Level::all() {
        for law in [Law::Uniform, Law::Exponential, Law::Gaussian] {
            let mut machine = Machine::new(&Tape { registers: 1, ..Tape::default() });
            let mut generator = Generator::new(1);
            group.bench_function(BenchmarkId::new(format!("{law:?}"), level.name()), |b| {
                b.iter(|| {
                    machine.draw(level, law, &mut generator, 0);
                    black_box(machine.register(0)[0])
                });
            });
        }
    }
    group.finish();
}

fn functions(c: &mut Criterion) {
    let mut group = c.benchmark_group("functions");
    group.throughput(Throughput::Elements(BLOCK as u64));
    let xs: Vec<f64> = (0..BLOCK).map(|i| 0.01 + 4.0 * i as f64 / BLOCK as f64).collect();
    let mut out = vec![0.0; BLOCK];
    for level in Level::all() {
        for function in Function::ALL {
            group.bench_function(BenchmarkId::new(format!("{function:?}"), level.name()), |b| {
                b.iter(|| function.values(level, black_box(&xs), &mut out));
            });
        }
        group.bench_function(BenchmarkId::new("Power", level.name()), |b| {
            b.iter(|| Pairing::Power.values(level, black_box(&xs), &xs, &mut out));
        });
    }
    group.finish();
}

/// A block of draws and its moments: one fused pass, and the same in plain ones.
fn tapes(c: &mut Criterion) {
    let (line, to) = (Argument::Line { x: 0, c: 0.7, k: 1.3 }, Target::Output(0));
    let fused = vec![Operation::Fused { function: Function::Sin, argument: line, weight: Some(0), to }];
    let identity = Function::Identity;
    let plain = vec![
        Operation::Fused { function: identity, argument: line, weight: None, to: Target::Register(1) },
        Operation::Map { function: Function::Sin, x: 1, to: 2 },
        Operation::Product { a: 0, b: 2, to: Target::Register(1) },
        Operation::Gather { x: 1, output: 0 },
    ];
    let mut group = c.benchmark_group("tapes");
    group.throughput(Throughput::Elements(BLOCK as u64));
    for (name, operations) in [("fused", fused), ("plain", plain)] {
        let tape = Tape { operations, registers: 3, outputs: 1 };
        for level in Level::all() {
            let (mut machine, mut generator) = (Machine::new(&tape), Generator::new(1));
            let mut sums = [Sums::default()];
            group.bench_function(BenchmarkId::new(name, level.name()), |b| {
                b.iter(|| {
                    machine.draw(level, Law::Gaussian, &mut generator, 0);
                    machine.run(level, &tape, &[0.4], &mut sums);
                });
            });
        }
    }
    group.finish();
}

fn simulations(c: &mut Criterion) {
    let Ok(session) = Session::new() else { return };
    let samples = 1 << 22;
    let mut group = c.benchmark_group("simulations");
    group.throughput(Throughput::Elements(samples)).sample_size(10);
    for (name, integrand) in CASES {
        group.bench_function(name, |b| b.iter(|| black_box(session.bench(integrand, samples, &Means::default()))));
    }
    group.finish();
}

criterion_group!(benches, samplers, functions, tapes, simulations);
criterion_main!(benches);
