//! Every law of the library: mass one, moments, distribution function, quantile and samples fit each other.

use crate::fixtures::definitions;
use stein::check::{Instance, evaluate};
use stein::law::{Concrete, Distribution, Range};
use stein::term::{Domain, LawDefinition, Op, Term, Var};

fn parameter(domain: Domain, index: usize) -> f64 {
    match domain {
        Domain::Unit => 0.37,
        Domain::Natural | Domain::Counting => 4.0,
        Domain::Sign => 1.0,
        // Ends and scales in ascending order meet the demands of every law.
        _ => 0.8 + 0.7 * index as f64,
    }
}

fn parameters(law: &LawDefinition) -> Vec<f64> {
    law.parameters.iter().enumerate().map(|(i, p)| parameter(p.domain, i)).collect()
}

/// Runs for every law of the library.
fn each(mut run: impl FnMut(&LawDefinition, &Concrete<'_>)) {
    assert!(definitions().laws.len() >= 8, "the library has its laws");
    for law in definitions().laws.values() {
        let distribution = Distribution::new(definitions(), law).unwrap_or_else(|| panic!("{}: no numbers", law.name));
        let values = parameters(law);
        let concrete = distribution.at(&values).unwrap_or_else(|| panic!("{}: {values:?} are no parameters", law.name));
        run(law, &concrete);
    }
}

/// Seven standard deviations of a count or a mean: false alarms below 1e-11.
const SIGMAS: f64 = 7.0;
const DRAWS: usize = 100_000;

fn noise(draws: usize) -> Vec<f64> {
    use rand::{RngExt, SeedableRng};
    let mut rng = rand::rngs::Xoshiro256PlusPlus::seed_from_u64(7);
    (0..draws).map(|_| rng.sample(rand_distr::StandardNormal)).collect()
}

#[test]
fn densities_have_mass_one_and_the_moments_of_the_file() {
    each(|law, concrete| {
        let arguments: Vec<Term> = law.parameters.iter().cloned().map(Term::var).collect();
        let instance = Instance {
            parameters: law
                .parameters
                .iter()
                .zip(&concrete.parameters)
                .filter_map(|(p, v)| Some((p.name()?.into(), *v)))
                .collect(),
            ..Instance::default()
        };
        let x = Var::free("x·", definitions().domain_of(&Term::new(Op::Law(law.name.clone()), arguments.clone())));
        let mean = |body: Term| Term::expect(&x, Term::new(Op::Law(law.name.clone()), arguments.clone()), body);
        let value = |term: &Term| evaluate(definitions(), term, &instance).map(|e| e.value);
        let mass = value(&mean(Term::one())).unwrap_or_else(|| panic!("{}: no mass", law.name));
        assert!((mass - 1.0).abs() < 1e-8, "{}: mass {mass}", law.name);
        let (Some(m), Some(v)) = (&law.mean, &law.variance) else { return };
        let (Some(m), Some(v)) = (value(m), value(v)) else { return };
        let first = value(&mean(Term::var(x.clone()))).unwrap_or(f64::NAN);
        let second = value(&mean(Term::pow(Term::var(x.clone()), Term::integer(2)))).unwrap_or(f64::NAN);
        assert!((first - m).abs() < 1e-7 * (1.0 + m.abs()), "{}: mean {first}, said {m}", law.name);
        assert!(
            (second - first * first - v).abs() < 1e-6 * (1.0 + v),
            "{}: variance {}, said {v}",
            law.name,
            second - first * first
        );
    });
}

#[test]
fn samples_follow_the_distribution_function() {
    goodness_of_fit(&noise(DRAWS));
}

#[test]
#[ignore = "ten million draws of every law"]
fn ten_million_samples_follow_the_distribution_function() {
    goodness_of_fit(&noise(10_000_000));
}

fn goodness_of_fit(noise: &[f64]) {
    let draws = noise.len() as f64;
    each(|law, concrete| {
        let mut samples = concrete.samples(noise).unwrap_or_else(|| panic!("{}: no samples", law.name));
        samples.sort_by(f64::total_cmp);
        match &concrete.range {
            Range::Interval(lo, hi) => {
                assert!(samples.iter().all(|x| lo < x && x < hi), "{}: a sample outside the support", law.name);
                match law.cdf {
                    // Kolmogorov and Smirnov: beyond 3.6/√n with probability 1e-11.
                    Some(_) => samples.iter().enumerate().for_each(|(i, x)| {
                        let cdf = concrete.cdf(*x).unwrap_or(f64::NAN);
                        let empirical = (i as f64 + 0.5) / draws;
                        let near = (cdf - empirical).abs() < 3.6 / draws.sqrt();
                        assert!(near, "{}: {x}: {cdf} and {empirical}", law.name);
                    }),
                    None => shares_fit(law, concrete, &samples),
                }
            }
            Range::Integers(..) | Range::Points(_) => {
                let mut values = samples.clone();
                values.dedup();
                for value in values {
                    let mass = concrete.density(value);
                    let below = |x: f64| samples.partition_point(|s| *s < x) as f64;
                    let share = (below(value + 0.5) - below(value)) / draws;
                    let spread = (mass * (1.0 - mass) / draws).sqrt() + 1.0 / draws;
                    assert!((share - mass).abs() < SIGMAS * spread, "{}: {value}: {share} for {mass}", law.name);
                }
            }
        }
    });
}

/// Where the file has no distribution function, the density is summed between fixed shares of the samples.
fn shares_fit(law: &LawDefinition, concrete: &Concrete<'_>, samples: &[f64]) {
    const PARTS: usize = 40;
    const STEPS: usize = 4_000;
    let draws = samples.len() as f64;
    for part in 1..PARTS {
        // From beyond the reach of single samples: extremes of heavy tails are too far out for equal steps.
        let (first, last) =
            (((part - 1) * samples.len() / PARTS).max(samples.len() / 1000), part * samples.len() / PARTS);
        let (from, to) = (samples[first], samples[last]);
        // Simpson's rule.
        let step = (to - from) / STEPS as f64;
        let weight = |i: usize| if i == 0 || i == STEPS { 1.0 } else { 2.0 + 2.0 * (i % 2) as f64 };
        let mass: f64 =
            (0..=STEPS).map(|i| weight(i) * concrete.density(from + i as f64 * step)).sum::<f64>() * step / 3.0;
        let share = (last - first) as f64 / draws;
        // Between two order statistics lies a beta-distributed mass; the lowest part may begin at an infinite density.
        let spread = (share / draws).sqrt();
        let lowest = part == 1 && mass.is_infinite();
        assert!(lowest || (mass - share).abs() < SIGMAS * spread, "{}: {mass} for {share}", law.name);
    }
}

#[test]
fn tails_are_those_of_the_distribution_function() {
    each(|law, concrete| {
        let (Range::Interval(..), Some(_)) = (&concrete.range, &law.cdf) else { return };
        for score in (0..=60).map(|i| -6.0 + f64::from(i) / 20.0) {
            let sample = concrete.samples(&[score]).expect("a sample")[0];
            let (cdf, normal) = (concrete.cdf(sample).unwrap_or(f64::NAN), stein::law::Unary::NormalCdf.apply(score));
            // A distribution function near 1/2 + 1/2 loses digits that a tail needs.
            let bound = 1e-7 * normal + 1e-15;
            assert!((cdf - normal).abs() < bound, "{}: at {score}: {cdf} for {normal}", law.name);
        }
    });
}

#[test]
fn tables_invert_the_distribution_function() {
    each(|law, concrete| {
        let (Range::Interval(..), Some(_)) = (&concrete.range, concrete.cdf(0.5)) else { return };
        let Some(stein::law::Table::Continuous(table)) = concrete.table() else { panic!("{}: no table", law.name) };
        // Laws with a quantile of their own use no table; that of Laplace's law would have a kink.
        let steps = if law.quantile.is_some() { 10 } else { 100 };
        for score in (-3 * steps..=3 * steps).map(|i| f64::from(i) / f64::from(steps)) {
            let x = table.sample(score);
            let (cdf, normal) = (concrete.cdf(x).unwrap_or(f64::NAN), stein::law::Unary::NormalCdf.apply(score));
            assert!((cdf - normal).abs() < 1e-9, "{}: at {score}: {cdf} for {normal}", law.name);
        }
    });
}

#[test]
fn quantile_and_distribution_function_are_inverse() {
    each(|law, concrete| {
        let (Range::Interval(..), Some(_)) = (&concrete.range, &law.quantile) else { return };
        for u in [1e-6, 0.01, 0.2, 0.5, 0.77, 0.99, 1.0 - 1e-6] {
            let Some(cdf) = concrete.quantile(u).and_then(|x| concrete.cdf(x)) else { return };
            assert!((cdf - u).abs() < 1e-9, "{}: {cdf} for {u}", law.name);
        }
    });
}

#[test]
fn special_functions_are_exact_to_rounding() {
    use stein::law::{Binary, Unary};
    let close = |value: f64, expected: f64| assert!((value / expected - 1.0).abs() < 2e-14, "{value} for {expected}");
    close(Unary::Erf.apply(0.7), 0.677_801_193_837_418_4);
    close(Unary::Erf.apply(-2.0), -0.995_322_265_018_952_7);
    close(Unary::Erfc.apply(3.0), 2.209_049_699_858_543_8e-5);
    close(Unary::NormalQuantile.apply(0.975), 1.959_963_984_540_054);
    close(Unary::NormalQuantile.apply(1e-9), -5.997_807_015_007_687);
    close(Unary::LnGamma.apply(0.5), std::f64::consts::PI.ln() / 2.0);
    close(Unary::Digamma.apply(1.0), -0.577_215_664_901_532_9);
    close(Unary::Trigamma.apply(1.0), std::f64::consts::PI.powi(2) / 6.0);
    close(Binary::Polygamma.apply(2.0, 1.0), -2.404_113_806_319_188_6);
    close(Binary::Beta.apply(2.0, 3.0), 1.0 / 12.0);
    close(Binary::Hermite.apply(4.0, 1.5), 1.5_f64.powi(4) - 6.0 * 1.5_f64.powi(2) + 3.0);
    assert!(Binary::Hermite.apply(1.5, 1.0).is_nan());
}

#[test]
fn parameters_outside_the_domain_are_refused() {
    let law = |name: &str| Distribution::new(definitions(), &definitions().laws[name]).expect("a law");
    assert!(law("N").at(&[0.0, -1.0]).is_none());
    assert!(law("N").at(&[f64::NAN, 1.0]).is_none());
    assert!(law("N").at(&[0.0]).is_none());
    assert!(law("U").at(&[1.0, 0.5]).is_none());
    assert!(law("Bernoulli").at(&[1.2]).is_none());
}
