//! The vector kernels against many digits: the stated error bounds, over the whole range of arguments, on every set of
//! instructions that the processor at hand has.

use astro_float::{BigFloat, Consts, RoundingMode};
use std::cell::RefCell;
use stein_vector::{Function, Level, Pairing, mix};

/// Digits of the reference, in bits.
const P: usize = 256;
const RM: RoundingMode = RoundingMode::ToEven;

thread_local! {
    static CONSTANTS: RefCell<Consts> = RefCell::new(Consts::new().expect("memory for constants"));
}

fn big(x: f64) -> BigFloat {
    // Subnormal numbers are not read right.
    let (up, down) = (2f64.powi(600), 2f64.powi(-600));
    if x.abs() > 1e-200 {
        return BigFloat::from_f64(x, P);
    }
    BigFloat::from_f64(x * up, P).mul(&BigFloat::from_f64(down, P), P, RM)
}

fn with(f: impl FnOnce(&mut Consts) -> BigFloat) -> BigFloat {
    CONSTANTS.with(|c| f(&mut c.borrow_mut()))
}

/// The nearest double, and the reference less that, in a double.
fn two_parts(x: &BigFloat) -> (f64, f64) {
    let nearest = |x: &BigFloat| -> f64 {
        if x.is_zero() {
            return 0.0;
        }
        x.to_string().parse().unwrap_or(f64::NAN)
    };
    let high = nearest(x);
    (high, if high.is_finite() { nearest(&x.sub(&big(high), P, RM)) } else { 0.0 })
}

/// The error of a value in units of the last place of the reference.
fn units(value: f64, reference: &BigFloat) -> f64 {
    let (high, low) = two_parts(reference);
    if value.to_bits() == high.to_bits() && low == 0.0 || value.is_infinite() && value == high {
        return 0.0;
    }
    let size = high.abs().max(f64::MIN_POSITIVE);
    let unit = f64::from_bits(size.to_bits() + 1) - size;
    if high.is_infinite() {
        // Just below the largest number is as good.
        return if value.abs() == f64::MAX && value.signum() == high.signum() { 1.0 } else { f64::INFINITY };
    }
    ((value - high) / unit - low / unit).abs()
}

/// erf by its series; many digits make up for cancellation.
fn erf(x: f64) -> BigFloat {
    let p = P + (4.0 * x * x) as usize;
    let x = BigFloat::from_f64(x, p);
    let square = x.mul(&x, p, RM);
    let (mut term, mut sum, mut n) = (x.clone(), x, 0u32);
    loop {
        n += 1;
        term = term.mul(&square, p, RM).div(&BigFloat::from_u32(n, p), p, RM).neg();
        let part = term.div(&BigFloat::from_u32(2 * n + 1, p), p, RM);
        sum = sum.add(&part, p, RM);
        let (Some(a), Some(b)) = (part.exponent(), sum.exponent()) else { break };
        if i64::from(a) + (p as i64) < i64::from(b) {
            break;
        }
    }
    let pi = with(|c| c.pi(p, RM));
    sum.mul(&BigFloat::from_u32(2, p), p, RM).div(&pi.sqrt(p, RM), p, RM)
}

fn one() -> BigFloat {
    big(1.0)
}

fn exp(x: &BigFloat) -> BigFloat {
    with(|c| x.exp(P, RM, c))
}

fn reference(function: Function, x: f64) -> Option<BigFloat> {
    let b = big(x);
    Some(match function {
        Function::Exp => exp(&b),
        Function::Ln => with(|c| b.ln(P, RM, c)),
        Function::Sin => with(|c| b.sin(P, RM, c)),
        Function::Cos => with(|c| b.cos(P, RM, c)),
        Function::Tan => with(|c| b.tan(P, RM, c)),
        Function::Sinh => with(|c| b.sinh(P, RM, c)),
        Function::Cosh => with(|c| b.cosh(P, RM, c)),
        Function::Tanh => with(|c| b.tanh(P, RM, c)),
        Function::Sigmoid => one().div(&one().add(&exp(&b.neg()), 2 * P, RM), P, RM),
        Function::Softplus => with(|c| one().add(&b.exp(8 * P, RM, c), 8 * P, RM).ln(P, RM, c)),
        Function::Erf => erf(x),
        Function::Erfc => one().sub(&erf(x), P + (4.0 * x * x) as usize, RM),
        Function::Sqrt => b.sqrt(P, RM),
        Function::Reciprocal => one().div(&b, P, RM),
        _ => return None,
    })
}

/// The bound of each function in units of the last place, and the sizes of its arguments as powers of two.
const BOUNDS: [(Function, f64, (i32, i32), bool); 14] = [
    (Function::Exp, 1.6, (-60, 10), true),
    (Function::Ln, 2.0, (-1070, 1023), false),
    (Function::Sin, 1.5, (-60, 60), true),
    (Function::Cos, 1.5, (-60, 60), true),
    (Function::Tan, 3.0, (-60, 40), true),
    (Function::Sinh, 4.0, (-60, 9), true),
    (Function::Cosh, 3.0, (-60, 9), true),
    (Function::Tanh, 3.0, (-60, 6), true),
    (Function::Sigmoid, 3.0, (-60, 9), true),
    (Function::Softplus, 3.0, (-60, 9), true),
    (Function::Erf, 3.0, (-60, 3), true),
    (Function::Erfc, 12.0, (-60, 4), true),
    (Function::Sqrt, 0.5, (-1070, 1023), false),
    (Function::Reciprocal, 0.5, (-1020, 1020), true),
];

/// Numbers of every size between two powers of two, and some around 1.
fn arguments((from, to): (i32, i32), signed: bool, count: u64) -> Vec<f64> {
    let number = |i: u64| {
        let word = mix(i);
        let share = |word: u64| (word >> 11) as f64 / (1u64 << 53) as f64;
        // Half of them where functions bend.
        let (from, to) = if i.is_multiple_of(2) { (from.max(-6), to.min(6)) } else { (from, to) };
        let exponent = f64::from(from) + f64::from(to - from) * share(mix(word));
        let x = (1.0 + share(word)) * 2f64.powi(exponent as i32);
        if signed && word & 1 == 1 { -x } else { x }
    };
    (0..count).map(number).filter(|x| x.is_finite()).collect()
}

#[test]
fn errors_stay_below_their_bounds() {
    let mut above = Vec::new();
    for (function, bound, sizes, signed) in BOUNDS {
        let xs = arguments(sizes, signed, 3000);
        let references: Vec<BigFloat> = xs.iter().filter_map(|x| reference(function, *x)).collect();
        assert_eq!(references.len(), xs.len());
        for level in Level::all() {
            let mut values = vec![0.0; xs.len()];
            function.values(level, &xs, &mut values);
            // Without FMA reductions lose a little more.
            let bound = if level.fuses() { bound } else { 2.0 * bound + 1.0 };
            let errors = values.iter().zip(&references).map(|(v, r)| units(*v, r));
            let (worst, x) =
                errors.zip(&xs).fold((0.0, 0.0), |w, (e, x)| if e.is_nan() || e > w.0 { (e, *x) } else { w });
            println!("{function:?} {}: {worst:.2} at {x:e}", level.name());
            if worst.is_nan() || worst > bound {
                above.push(format!("{function:?} on {}: {worst:.2} units in the last place at {x:e}", level.name()));
            }
        }
    }
    assert!(above.is_empty(), "{}", above.join("\n"));
}

#[test]
fn powers_stay_below_their_bound() {
    let a = arguments((-1000, 1000), false, 4000);
    let wanted = arguments((-30, 9), true, 4000);
    // Exponents that keep the result in range.
    let b: Vec<f64> = a.iter().zip(&wanted).map(|(a, w)| w / a.ln().abs().max(1e-3)).collect();
    for level in Level::all() {
        let mut values = vec![0.0; a.len()];
        Pairing::Power.values(level, &a, &b, &mut values);
        for ((a, b), value) in a.iter().zip(&b).zip(&values) {
            let reference = with(|c| big(*a).pow(&big(*b), P, RM, c));
            let worst = units(*value, &reference);
            assert!(worst <= 4.0, "{a:e}^{b:e} on {}: {worst}", level.name());
        }
    }
}

/// The Gaussian distribution function has a bound that grows with the square of its argument.
#[test]
fn the_gaussian_distribution_function_is_good_in_its_tail() {
    let xs: Vec<f64> = (0..36).map(|i| f64::from(i) * 0.97 - 33.0).collect();
    for level in Level::all() {
        let mut values = vec![0.0; xs.len()];
        Function::NormalCdf.values(level, &xs, &mut values);
        for (x, value) in xs.iter().zip(&values) {
            let p = P + (4.0 * x * x) as usize;
            let scaled = big(-x).div(&big(2.0).sqrt(p, RM), p, RM);
            let (high, low) = two_parts(&scaled);
            // erfc(h + l) = erfc(h) - 2 l exp(-h²)/sqrt(π) to what matters here.
            let square = BigFloat::from_f64(high, p).mul(&BigFloat::from_f64(high, p), p, RM);
            let slope = with(|c| square.neg().exp(p, RM, c)).mul(&big(2.0 * low / std::f64::consts::PI.sqrt()), p, RM);
            let erfc = BigFloat::from_f64(1.0, p).sub(&erf(high), p, RM).sub(&slope, p, RM);
            let worst = units(*value, &erfc.mul(&big(0.5), p, RM));
            let bound = 12.0 + 2.0 * x * x;
            assert!(worst <= bound, "at {x} on {}: {worst} units in the last place", level.name());
        }
    }
}

/// Ends of the range: what is defined is right, and what is not is NaN.
#[test]
fn ends_of_the_range() {
    const INF: f64 = f64::INFINITY;
    const NAN: f64 = f64::NAN;
    const TINY: f64 = 5e-324;
    let cases: &[(Function, &[(f64, f64)])] = &[
        (
            Function::Exp,
            &[(INF, INF), (-INF, 0.0), (710.0, INF), (-746.0, 0.0), (1e300, INF), (-1e300, 0.0), (0.0, 1.0)],
        ),
        (Function::Exp, &[(-745.0, TINY), (-744.4, TINY), (709.782712893384, 1.797693134862273e308)]),
        (Function::Ln, &[(0.0, -INF), (-0.0, -INF), (-1.0, NAN), (INF, INF), (-INF, NAN), (1.0, 0.0), (-TINY, NAN)]),
        (Function::Ln, &[(TINY, -744.4400719213812), (f64::MIN_POSITIVE, -708.3964185322641)]),
        (Function::Sin, &[(0.0, 0.0), (INF, NAN), (-INF, NAN), (TINY, TINY), (1e300, -0.8178819121159085)]),
        (Function::Cos, &[(0.0, 1.0), (INF, NAN), (-INF, NAN), (1e300, -0.5753861119575491)]),
        (Function::Tan, &[(INF, NAN), (TINY, TINY)]),
        (Function::Tanh, &[(INF, 1.0), (-INF, -1.0), (0.0, 0.0), (TINY, TINY), (1e300, 1.0)]),
        (Function::Sinh, &[(INF, INF), (-INF, -INF), (711.0, INF), (710.0, 1.1169973830808557e308), (TINY, TINY)]),
        (Function::Cosh, &[(INF, INF), (-INF, INF), (-711.0, INF), (0.0, 1.0)]),
        (Function::Sigmoid, &[(INF, 1.0), (-INF, 0.0), (0.0, 0.5), (-1e300, 0.0)]),
        (Function::Softplus, &[(INF, INF), (-INF, 0.0), (1e300, 1e300), (-800.0, 0.0)]),
        (Function::Erf, &[(INF, 1.0), (-INF, -1.0), (0.0, 0.0), (TINY, TINY), (1e300, 1.0)]),
        (Function::Erfc, &[(INF, 0.0), (-INF, 2.0), (0.0, 1.0), (28.0, 0.0), (-1e300, 2.0)]),
        (Function::NormalCdf, &[(INF, 1.0), (-INF, 0.0), (0.0, 0.5), (40.0, 1.0), (-40.0, 0.0)]),
        (Function::Sqrt, &[(INF, INF), (-1.0, NAN), (0.0, 0.0), (4.0, 2.0)]),
        (Function::Step, &[(INF, 1.0), (0.0, 0.0), (-0.0, 0.0), (-INF, 0.0), (TINY, 1.0), (NAN, 0.0)]),
        (Function::Sign, &[(INF, 1.0), (0.0, 0.0), (-INF, -1.0), (-TINY, -1.0), (2.0, 1.0)]),
        (Function::Relu, &[(INF, INF), (-INF, 0.0), (-1.0, 0.0), (3.5, 3.5)]),
        (Function::Abs, &[(-INF, INF), (-0.0, 0.0), (-TINY, TINY)]),
        (Function::Floor, &[(-1.5, -2.0), (INF, INF), (1e300, 1e300), (-0.5, -1.0), (2.0, 2.0)]),
        (Function::Reciprocal, &[(INF, 0.0), (0.0, INF), (4.0, 0.25)]),
    ];
    for level in Level::all() {
        for (function, points) in cases {
            let xs: Vec<f64> = points.iter().map(|(x, _)| *x).collect();
            let mut values = vec![0.0; xs.len()];
            function.values(level, &xs, &mut values);
            for ((x, wanted), value) in points.iter().zip(values) {
                let close = (value - wanted).abs() <= 4e-16 * wanted.abs();
                assert!(
                    value == *wanted || (value.is_nan() && wanted.is_nan()) || close,
                    "{function:?}({x:e}) is {value:e} on {}, not {wanted:e}",
                    level.name()
                );
            }
        }
        for function in Function::ALL.iter().filter(|f| **f != Function::Step) {
            let mut value = [0.0];
            function.values(level, &[NAN], &mut value);
            assert!(value[0].is_nan(), "{function:?}(NaN) is {} on {}", value[0], level.name());
        }
    }
}

#[test]
fn pairs_at_the_ends() {
    const INF: f64 = f64::INFINITY;
    const NAN: f64 = f64::NAN;
    let cases = [
        (Pairing::Max, 1.0, 2.0, 2.0),
        (Pairing::Max, NAN, 2.0, NAN),
        (Pairing::Max, 2.0, NAN, NAN),
        (Pairing::Min, 1.0, 2.0, 1.0),
        (Pairing::Min, NAN, 2.0, NAN),
        (Pairing::Min, 2.0, NAN, NAN),
        (Pairing::Power, 2.0, 10.0, 1024.0),
        (Pairing::Power, -2.0, 3.0, -8.0),
        (Pairing::Power, -2.0, 0.5, NAN),
        (Pairing::Power, 0.0, -1.0, INF),
        (Pairing::Power, 0.0, 0.0, 1.0),
        (Pairing::Power, 10.0, 400.0, INF),
        (Pairing::Power, 10.0, -400.0, 0.0),
        (Pairing::Power, 2.0, -1074.0, 5e-324),
        (Pairing::Power, 5e-324, 0.5, 2.2227587494850775e-162),
        (Pairing::Power, 1.0, INF, 1.0),
        (Pairing::Within, 1.0, 3.0, 3.0),
        (Pairing::Within, 0.0, 3.0, 0.0),
        (Pairing::LnWithin, -1.0, 3.0, -INF),
    ];
    for level in Level::all() {
        for (pairing, a, b, wanted) in cases {
            let mut value = [0.0];
            pairing.values(level, &[a], &[b], &mut value);
            let same = value[0] == wanted || (value[0].is_nan() && wanted.is_nan());
            assert!(same, "{pairing:?}({a}, {b}) is {} on {}, not {wanted}", value[0], level.name());
        }
    }
}

/// Levels that round products and sums once give the same bits, whatever stands in the neighbouring lanes.
#[test]
fn levels_with_fma_agree_to_the_bit() {
    let mut xs = arguments((-1070, 1023), true, 6000);
    xs.extend(arguments((-10, 12), true, 20_000));
    xs.extend([f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 0.0, -0.0]);
    let mut ys = xs.clone();
    ys.rotate_left(777);
    let levels: Vec<Level> = Level::all().into_iter().filter(|level| level.fuses()).collect();
    let same = |what: &str, run: &dyn Fn(Level, &mut [f64])| {
        let of = |level: Level| {
            let mut values = vec![0.0; xs.len()];
            run(level, &mut values);
            values
        };
        let all: Vec<Vec<f64>> = levels.iter().map(|level| of(*level)).collect();
        for pair in all.windows(2) {
            for ((x, a), b) in xs.iter().zip(&pair[0]).zip(&pair[1]) {
                assert!(a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()), "{what} at {x:e}: {a:e}, {b:e}");
            }
        }
    };
    for function in Function::ALL {
        same(&format!("{function:?}"), &|level, to| function.values(level, &xs, to));
    }
    for pairing in [Pairing::Max, Pairing::Min, Pairing::Power, Pairing::Within, Pairing::LnWithin] {
        same(&format!("{pairing:?}"), &|level, to| pairing.values(level, &xs, &ys, to));
    }
}
