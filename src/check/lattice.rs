//! Means over four or five Gaussian coordinates, where integrands are smooth: sums over shifted grids.
//!
//! Equal weights on a grid are the best rule for what is analytic and dies out like a Gaussian: the error falls exponentially with one
//! over the spacing. Grids of all dimensions at once are cut to a ball. Four of them that are shifted against each other
//! tell the error: what a grid gets wrong changes with the shift.

use super::block::{Kernel, LANES, Scratch};
use super::draw::Draw;
use super::quadrature::Estimate;
use super::random::Noise;
use crate::law::Unary;
use rayon::prelude::*;
use std::ops::RangeInclusive;
use std::time::Instant;

/// How many coordinates are taken.
const COORDINATES: RangeInclusive<usize> = 4..=5;
/// Spacings for these: some two million points, with errors below 1e-8 for `sin(1.3 x)`.
const SPACING: [f64; 2] = [0.5, 0.75];
/// Radius of the ball; outside lies a mass below 1e-10.
const RADIUS: f64 = 7.8;
/// What lies in the outermost shell is more than what lies outside, unless the integrand grows as fast as the density falls.
const SHELL: f64 = 0.5;
/// Shifts of the grids in each coordinate, in twentieths of the spacing. They come from a search: along any coordinate, and along sums and
/// differences of two and three, the four leave no gap of 0.7 spacings, so that one of them sees even a narrow ridge.
const SHIFTS: [[u32; 5]; 4] = [[15, 6, 0, 2, 3], [13, 16, 7, 12, 2], [3, 17, 8, 5, 11], [14, 17, 19, 18, 12]];

/// Whether a mean can be taken so: nothing has to be computed before, and all noise has a formula.
pub fn applies(draw: &Draw) -> bool {
    let plain = draw.operators.is_empty() && draw.sources.iter().all(|source| source.table.is_none());
    plain && draw.smooth && COORDINATES.contains(&draw.streams())
}

/// The mean, in an environment; none where a value is not finite, or the time for it is up.
pub fn mean(draw: &Draw, environment: &[f64], until: Option<Instant>) -> Option<Estimate> {
    let spacing = SPACING[draw.streams() - COORDINATES.start()];
    let kernel = Kernel::new(draw.formula.clone(), &draw.lanes);
    let sums = SHIFTS.into_par_iter().map(|shift| {
        let mut grid = Grid::new(draw, &kernel, environment, spacing, shift);
        grid.until = until;
        grid.walk(0, RADIUS * RADIUS, 1.0)?;
        grid.flush()?;
        Some(grid.sums.map(|sum| sum / grid.mass))
    });
    let sums = sums.collect::<Option<Vec<_>>>()?;
    let values = || sums.iter().map(|[value, ..]| *value);
    let apart = values().fold(f64::NEG_INFINITY, f64::max) - values().fold(f64::INFINITY, f64::min);
    let value = values().sum::<f64>() / SHIFTS.len() as f64;
    // Rounding, and what is outside.
    let rest = sums.iter().map(|[_, size, shell]| 1e-14 * size + shell).fold(0.0, f64::max);
    Some(Estimate { value, error: apart + rest }).filter(|e| e.value.is_finite() && e.error.is_finite())
}

/// A point of one coordinate.
#[derive(Clone, Copy)]
struct Place {
    square: f64,
    density: f64,
    /// As Gaussian noise, and as uniform noise.
    noises: [f64; 2],
}

struct Grid<'a> {
    kernel: &'a Kernel,
    environment: &'a [f64],
    until: Option<Instant>,
    /// The points of each coordinate.
    places: Vec<Vec<Place>>,
    /// For each lane of the kernel its coordinate and its noise.
    sources: Vec<(usize, usize)>,
    /// Where the walk stands.
    point: Vec<Place>,
    lanes: Vec<Vec<f64>>,
    weights: Vec<f64>,
    /// Whether points are in the shell.
    outer: Vec<bool>,
    scratch: Scratch,
    values: Vec<f64>,
    mass: f64,
    /// Of values, of their sizes, and of sizes in the shell.
    sums: [f64; 3],
}

impl<'a> Grid<'a> {
    fn new(draw: &Draw, kernel: &'a Kernel, environment: &'a [f64], spacing: f64, shift: [u32; 5]) -> Self {
        let count = draw.streams();
        let place = |x: f64| {
            let square = x * x;
            Place { square, density: (-0.5 * square).exp(), noises: [x, Unary::NormalCdf.apply(x)] }
        };
        let reach = (RADIUS / spacing).ceil() as i32 + 1;
        let places =
            |i: usize| (-reach..=reach).map(|k| place(spacing * (f64::from(k) + f64::from(shift[i]) / 20.0))).collect();
        let noise = |noise: Noise| usize::from(noise != Noise::Gaussian);
        Grid {
            kernel,
            environment,
            until: None,
            places: (0..count).map(places).collect(),
            sources: draw.sources.iter().map(|source| (source.stream as usize, noise(source.noise))).collect(),
            point: vec![place(0.0); count],
            lanes: vec![Vec::with_capacity(LANES); draw.sources.len()],
            weights: Vec::with_capacity(LANES),
            outer: Vec::with_capacity(LANES),
            scratch: Scratch::default(),
            values: vec![],
            mass: 0.0,
            sums: [0.0; 3],
        }
    }

    /// Goes through the points from a coordinate on, where so much of the square of the radius is left.
    fn walk(&mut self, coordinate: usize, left: f64, density: f64) -> Option<()> {
        if coordinate == self.point.len() {
            for (lane, (coordinate, noise)) in self.lanes.iter_mut().zip(&self.sources) {
                lane.push(self.point[*coordinate].noises[*noise]);
            }
            self.weights.push(density);
            let within = RADIUS - SHELL;
            self.outer.push(left < RADIUS * RADIUS - within * within);
            return if self.weights.len() == LANES { self.flush() } else { Some(()) };
        }
        for i in 0..self.places[coordinate].len() {
            let place = self.places[coordinate][i];
            if place.square < left {
                self.point[coordinate] = place;
                self.walk(coordinate + 1, left - place.square, density * place.density)?;
            }
        }
        Some(())
    }

    /// Evaluates the points that have been gathered.
    fn flush(&mut self) -> Option<()> {
        if self.until.is_some_and(|until| Instant::now() > until) {
            return None;
        }
        let lanes: Vec<&[f64]> = self.lanes.iter().map(Vec::as_slice).collect();
        self.values.resize(self.weights.len(), 0.0);
        self.kernel.run(&mut self.scratch, self.environment, &lanes);
        self.kernel.output(&self.scratch, &lanes, 0, &mut self.values);
        for ((value, weight), outer) in self.values.iter().zip(&self.weights).zip(&self.outer) {
            let term = value * weight;
            self.mass += weight;
            self.sums[0] += term;
            self.sums[1] += term.abs();
            self.sums[2] += if *outer { term.abs() } else { 0.0 };
        }
        self.lanes.iter_mut().for_each(Vec::clear);
        self.weights.clear();
        self.outer.clear();
        self.sums[1].is_finite().then_some(())
    }
}
