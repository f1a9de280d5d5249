//! Sobol points: known answers, and what scrambling keeps and changes. Statistics of fixed seeds fail a sound program with a
//! probability below 1e-9.

use stein_vector::{BLOCK, DIMENSIONS, Law, Level, Machine, Net, ROWS, STREAMS, Tape, mix, sobol};

/// The points of one dimension in all replications of a key, one after the other: `points[i][lane]`.
fn points(level: Level, law: Law, dimension: u32, key: u64, count: usize) -> Vec<Vec<f64>> {
    let net = Net::new(dimension, key).expect("a dimension");
    let mut machine = Machine::new(&Tape { registers: 1, ..Tape::default() });
    let mut all = Vec::new();
    for first in (0..count).step_by(ROWS) {
        machine.spread(level, law, &net, first as u32, 0);
        all.extend(machine.register(0).chunks(STREAMS).map(<[f64]>::to_vec));
    }
    all
}

/// The first points of the sequence of Joe and Kuo, in units of 1/8.
#[test]
fn the_first_points_are_those_of_joe_and_kuo() {
    let eighths: [[u32; 10]; 8] = [
        [0; 10],
        [4; 10],
        [2, 6, 6, 6, 2, 2, 6, 2, 2, 2],
        [6, 2, 2, 2, 6, 6, 2, 6, 6, 6],
        [1, 5, 3, 1, 1, 3, 5, 5, 5, 7],
        [5, 1, 7, 5, 5, 7, 1, 1, 1, 3],
        [3, 3, 5, 7, 3, 1, 3, 7, 7, 5],
        [7, 7, 1, 3, 7, 5, 7, 3, 3, 1],
    ];
    for (index, row) in eighths.iter().enumerate() {
        for (dimension, eighth) in row.iter().enumerate() {
            assert_eq!(sobol(index as u32, dimension), Some(eighth << 29), "point {index}, dimension {dimension}");
        }
    }
    let far = [0, 1, 2, 9, 31, 62, 63].map(|dimension| sobol(12_345, dimension).expect("a dimension"));
    assert_eq!(far, [0x9c0c_0000, 0x7044_0000, 0xe4f4_0000, 0x5b54_0000, 0x4ae4_0000, 0x4834_0000, 0x7d2c_0000]);
    assert_eq!(sobol(1, DIMENSIONS), None);
}

/// All dimensions of six points, as another implementation (SciPy 1.17) has them.
#[test]
fn all_dimensions_are_those_of_another_implementation() {
    let mut hash = 0u64;
    for index in [1, 2, 3, 777, 12_345, 16_383] {
        for dimension in 0..DIMENSIONS {
            let digits = sobol(index, dimension).expect("a dimension");
            hash = hash.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(u64::from(digits) + 1);
        }
    }
    assert_eq!(hash, 0x012b_c251_cae7_a080);
}

/// Each of `2^m` equal intervals holds one of the first `2^m` points, in every dimension and replication; so does any range
/// of as many points that begins at a multiple of their number.
#[test]
fn a_replication_is_a_net_in_each_dimension() {
    for dimension in 0..DIMENSIONS as u32 {
        let all = points(Level::best(), Law::Uniform, dimension, 7, 1024);
        for range in [0..32, 32..64, 256..512, 0..1024] {
            for lane in 0..STREAMS {
                let mut seen = vec![false; range.len()];
                for point in &all[range.clone()] {
                    let interval = (point[lane] * range.len() as f64) as usize;
                    assert!(
                        !std::mem::replace(&mut seen[interval], true),
                        "dimension {dimension}, lane {lane}, {range:?}"
                    );
                }
            }
        }
    }
}

/// The first two dimensions are a (0, m, 2)-net: rectangles of equal areas hold one point each, whatever their shapes.
#[test]
fn two_dimensions_are_a_net() {
    let (first, second) = [0, 1].map(|d| points(Level::best(), Law::Uniform, d, 11 + u64::from(d), 256)).into();
    for lane in 0..STREAMS {
        for columns in 0..=8 {
            let (wide, high) = (f64::from(1 << columns), f64::from(1 << (8 - columns)));
            let mut seen = vec![false; 256];
            for (x, y) in first.iter().zip(&second) {
                let cell = (x[lane] * wide) as usize * high as usize + (y[lane] * high) as usize;
                assert!(!std::mem::replace(&mut seen[cell], true), "lane {lane}, {columns} halvings");
            }
        }
    }
}

/// One point, over many keys, is uniform in its first digits, and two points are as independent as Owen's scrambling makes them.
#[test]
fn scrambling_is_uniform() {
    const CELLS: usize = 16;
    let (mut single, mut joint) = (vec![0u64; CELLS], vec![0u64; CELLS * CELLS]);
    for key in 0..2048 {
        let all = points(Level::best(), Law::Uniform, 2, mix(key), ROWS);
        let cell = |u: &f64| (u * CELLS as f64) as usize;
        for (one, other) in all[5].iter().map(cell).zip(all[4].iter().map(cell)) {
            single[one] += 1;
            // The two differ in their first digit, so that all the others are independent.
            joint[one * CELLS + other] += 1;
        }
    }
    let n = 2048.0 * STREAMS as f64;
    let score = |counts: &[u64], expected: f64, freedom: f64| {
        let statistic: f64 = counts.iter().map(|count| (*count as f64 - expected).powi(2) / expected).sum();
        ((statistic / freedom).cbrt() - (1.0 - 2.0 / (9.0 * freedom))) / (2.0 / (9.0 * freedom)).sqrt()
    };
    let even = score(&single, n / CELLS as f64, CELLS as f64 - 1.0);
    assert!(even < 6.5, "{even}: {single:?}");
    // Half of the pairs of cells are excluded.
    let half = CELLS / 2;
    let excluded = |i: usize| (i / CELLS < half) == (i % CELLS < half);
    let allowed: Vec<u64> = joint.iter().enumerate().filter(|(i, _)| !excluded(*i)).map(|(_, count)| *count).collect();
    assert_eq!(joint.iter().sum::<u64>(), allowed.iter().sum::<u64>());
    let pairs = score(&allowed, n / allowed.len() as f64, allowed.len() as f64 - 1.0);
    assert!(pairs < 6.5, "{pairs}");
}

/// Keys, and lanes of one key, have nothing in common.
#[test]
fn replications_are_independent() {
    let means = |key: u64| -> Vec<f64> {
        let all = points(Level::best(), Law::Uniform, 3, key, ROWS);
        // What scrambling leaves of a mean, in units of its spread: 1/sqrt(12 n^3).
        let scale = (12.0 * (ROWS as f64).powi(3)).sqrt();
        (0..STREAMS).map(|lane| (all.iter().map(|row| row[lane]).sum::<f64>() / ROWS as f64 - 0.5) * scale).collect()
    };
    let (mut squares, mut lanes, mut keys, mut last) = (0.0, 0.0, 0.0, vec![0.0; STREAMS]);
    let count = 512;
    for key in 0..count {
        let now = means(key);
        squares += now.iter().map(|x| x * x).sum::<f64>();
        lanes += now.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>();
        keys += now.iter().zip(&last).map(|(a, b)| a * b).sum::<f64>();
        last = now;
    }
    let n = count as f64 * STREAMS as f64;
    assert!((squares - n).abs() < 6.5 * (2.0 * n).sqrt(), "{}", squares / n);
    assert!(lanes.abs() < 6.5 * n.sqrt() && keys.abs() < 6.5 * n.sqrt(), "{lanes} {keys}");
}

/// Gaussian samples are the quantiles of uniform ones, exponential ones their logarithms; and all levels agree.
#[test]
fn samples_are_quantiles() {
    let uniform = points(Level::best(), Law::Uniform, 4, 3, 1024).concat();
    for level in Level::all() {
        assert_eq!(points(level, Law::Uniform, 4, 3, 1024).concat(), uniform, "{}", level.name());
        for (u, x) in uniform.iter().zip(points(level, Law::Exponential, 4, 3, 1024).concat()) {
            assert!((x + u.ln()).abs() <= 4e-16 * (1.0 + x), "{u:e}");
        }
        for (u, x) in uniform.iter().zip(points(level, Law::Gaussian, 4, 3, 1024).concat()) {
            let exact = quantile(*u);
            assert!((x - exact).abs() <= 2e-14 * (1.0 + x.abs()), "{u:e}: {x} for {exact}");
        }
    }
    let (fused, all): (Vec<Level>, usize) = (Level::all().into_iter().filter(|l| l.fuses()).collect(), BLOCK);
    for pair in fused.windows(2) {
        let [a, b] = [pair[0], pair[1]].map(|level| points(level, Law::Gaussian, 4, 3, all / STREAMS).concat());
        assert!(a.iter().zip(&b).all(|(a, b)| a.to_bits() == b.to_bits()));
    }
}

/// The quantile of the standard Gaussian: another approximation, and a step of Newton with an erfc that is precise in the tail.
fn quantile(u: f64) -> f64 {
    let tail = u.min(1.0 - u);
    let x = std::f64::consts::SQRT_2 * statrs::function::erf::erfc_inv(2.0 * tail);
    let density = (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt();
    let x = x + (0.5 * libm::erfc(x * std::f64::consts::FRAC_1_SQRT_2) - tail) / density;
    if u < 0.5 { -x } else { x }
}
