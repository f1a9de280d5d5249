//! A law with its terms compiled, and the same law with numbers for its parameters.

use super::formula::{Builder, Formula, Leaf};
use super::mass::LogDensity;
use super::special::normal_cdf;
use super::table::{ContinuousTable, DiscreteTable, Table};
use crate::term::{Definitions, Domain, LawDefinition, Support, Symbol, Term, Var};

/// A law of a definition file; the inputs of its formulas are the parameters, then the point (or the probability).
#[derive(Clone, Debug)]
pub struct Distribution {
    /// The name in the library.
    pub name: Symbol,
    /// In the parameters and the point.
    pub log_density: Formula,
    /// Where the density has kinks or jumps: the zeros of the outputs.
    pub switches: Formula,
    /// How a sample comes from a standard noise.
    pub transform: Transform,
    domains: Vec<Domain>,
    demands: Vec<Formula>,
    ends: Formula,
    kind: Kind,
    cdf: Option<Formula>,
    quantile: Option<Formula>,
    moments: Option<(Formula, Formula)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Interval,
    Integers,
    Points,
}

/// The map from a standard noise to a sample, as a term where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transform {
    /// A term in the parameters and a standard Gaussian variable.
    Gaussian(Term, Var),
    /// A term in the parameters and a variable uniform on (0, 1).
    Uniform(Term, Var),
    /// A numeric table; continuous laws take Gaussian noise, discrete ones uniform.
    Table,
}

/// Where a law with numbers for its parameters lives.
#[derive(Clone, Debug, PartialEq)]
pub enum Range {
    /// An open interval, perhaps unbounded.
    Interval(f64, f64),
    /// Whole numbers, both ends included.
    Integers(f64, f64),
    /// Finitely many points.
    Points(Vec<f64>),
}

impl Distribution {
    /// None if a term of the file has no numeric value.
    pub fn new(definitions: &Definitions, law: &LawDefinition) -> Option<Distribution> {
        let compile = |terms: &[&Term], point: Option<&Var>| {
            let mut builder = Builder::new(definitions);
            let mut leaves = |builder: &mut Builder<'_>, term: &Term| {
                let Some(var) = term.as_var() else { return Leaf::Plain };
                let index = law.parameters.iter().position(|p| p == var);
                let index = index.or_else(|| (Some(var) == point).then_some(law.parameters.len()));
                index.map_or(Leaf::Unknown, |index| Leaf::Step(builder.input(index)))
            };
            let outputs: Option<Vec<u32>> = terms.iter().map(|t| builder.compile(t, &mut leaves)).collect();
            outputs.map(|outputs| (builder, outputs))
        };
        let one = |term: &Term, point: Option<&Var>| {
            compile(&[term], point).map(|(builder, outputs)| builder.formula(&outputs))
        };
        let (mut builder, outputs) = compile(&[&law.log_density], Some(&law.point))?;
        let switches = outputs.first().map_or_else(Vec::new, |output| builder.switches(*output));
        let (kind, ends) = match &law.support {
            Support::Interval(a, b) => (Kind::Interval, vec![a, b]),
            Support::Integers(a, b) => (Kind::Integers, vec![a, b]),
            Support::Points(points) => (Kind::Points, points.iter().collect()),
        };
        let quantile = law.quantile.as_ref().and_then(|q| Some((q, probability(q)?)));
        let mean = law.mean.as_ref().and_then(|mean| one(mean, None));
        let variance = law.variance.as_ref().and_then(|variance| one(variance, None));
        Some(Distribution {
            name: law.name.clone(),
            log_density: builder.formula(&outputs),
            switches: builder.formula(&switches),
            transform: transform(law, kind),
            domains: law.parameters.iter().map(|p| p.domain).collect(),
            demands: law.positive.iter().map(|t| one(t, None)).collect::<Option<_>>()?,
            ends: compile(&ends, None).map(|(builder, outputs)| builder.formula(&outputs))?,
            kind,
            cdf: law.cdf.as_ref().and_then(|cdf| one(cdf, Some(&law.point))),
            quantile: quantile.and_then(|(q, u)| one(q, Some(&u))),
            moments: mean.zip(variance),
        })
    }

    /// True if the law has masses on points.
    pub fn is_discrete(&self) -> bool {
        self.kind != Kind::Interval
    }

    /// The law at given parameters; none if they are outside its domain.
    pub fn at(&self, parameters: &[f64]) -> Option<Concrete<'_>> {
        let fits = parameters.len() == self.domains.len()
            && parameters.iter().zip(&self.domains).all(|(value, domain)| contains(*domain, *value))
            && self.demands.iter().all(|demand| demand.value(parameters) > 0.0);
        let ends = fits.then(|| self.ends.evaluate(parameters))?;
        let range = match (self.kind, ends.as_slice()) {
            (Kind::Points, _) => Range::Points(ends),
            (Kind::Interval, [lo, hi]) if lo < hi => Range::Interval(*lo, *hi),
            (Kind::Integers, [lo, hi]) if lo <= hi && lo.is_finite() => Range::Integers(lo.round(), hi.round()),
            _ => return None,
        };
        Some(Concrete { distribution: self, parameters: parameters.to_vec(), range })
    }
}

/// Whether a value lies in a domain.
fn contains(domain: Domain, value: f64) -> bool {
    let whole = value.fract() == 0.0;
    value.is_finite()
        && match domain {
            Domain::Real => true,
            Domain::NonZero => value != 0.0,
            Domain::Positive => value > 0.0,
            Domain::Unit => value > 0.0 && value < 1.0,
            Domain::Natural => whole && value >= 0.0,
            Domain::Counting => whole && value >= 1.0,
            Domain::Sign => value.abs() == 1.0,
            Domain::Bit => value == 0.0 || value == 1.0,
            Domain::Integer => whole,
        }
}

/// The variable `u` of a quantile.
fn probability(quantile: &Term) -> Option<Var> {
    quantile.free().iter().find(|v| v.name() == Some("u")).cloned()
}

/// Gaussian laws by mean and deviation, others by their quantile, the rest by a table.
fn transform(law: &LawDefinition, kind: Kind) -> Transform {
    let noise = Var::free("noise", Domain::Real);
    if let ("N" | "LogNormal", [mean, variance]) = (&*law.name, law.parameters.as_slice()) {
        let deviation = Term::pow(Term::var(variance.clone()), Term::ratio(1, 2));
        let scaled = Term::mul(vec![deviation, Term::var(noise.clone())]);
        let line = Term::add(vec![Term::var(mean.clone()), scaled]);
        let sample = if &*law.name == "N" { line } else { Term::function("exp", vec![line]) };
        return Transform::Gaussian(sample, noise);
    }
    let quantile = law.quantile.as_ref().filter(|_| kind == Kind::Interval);
    match quantile.and_then(|q| Some((q, probability(q)?))) {
        Some((quantile, u)) => Transform::Uniform(quantile.clone(), u),
        None => Transform::Table,
    }
}

/// A law with numbers for its parameters.
#[derive(Clone, Debug)]
pub struct Concrete<'a> {
    /// The law.
    pub distribution: &'a Distribution,
    /// Its parameters.
    pub parameters: Vec<f64>,
    /// Its support at these parameters.
    pub range: Range,
}

impl Concrete<'_> {
    fn inputs(&self, point: f64) -> Vec<f64> {
        self.parameters.iter().copied().chain([point]).collect()
    }

    fn contains(&self, x: f64) -> bool {
        match &self.range {
            Range::Interval(lo, hi) => *lo < x && x < *hi,
            Range::Integers(lo, hi) => *lo <= x && x <= *hi && x.fract() == 0.0,
            Range::Points(points) => points.contains(&x),
        }
    }

    /// The log-density, or log-mass; -∞ outside the support.
    pub fn log_density(&self, x: f64) -> f64 {
        if self.contains(x) { self.distribution.log_density.value(&self.inputs(x)) } else { f64::NEG_INFINITY }
    }

    /// The density, or mass; 0 outside the support.
    pub fn density(&self, x: f64) -> f64 {
        self.log_density(x).exp()
    }

    /// The distribution function, where the file gives it.
    pub fn cdf(&self, x: f64) -> Option<f64> {
        self.distribution.cdf.as_ref().map(|cdf| match self.range {
            Range::Interval(lo, _) | Range::Integers(lo, _) if x < lo => 0.0,
            Range::Interval(_, hi) | Range::Integers(_, hi) if x >= hi => 1.0,
            _ => cdf.value(&self.inputs(x)),
        })
    }

    /// A middle and a width: mean and deviation where known and finite, median and quartiles otherwise.
    pub fn location(&self) -> (f64, f64) {
        if let Some((mean, variance)) = &self.distribution.moments {
            let (mean, deviation) = (mean.value(&self.parameters), variance.value(&self.parameters).sqrt());
            if mean.is_finite() && deviation.is_finite() && deviation > 0.0 {
                return (mean, deviation);
            }
        }
        self.quartiles().unwrap_or((0.0, 1.0))
    }

    /// Median and scaled quartile distance from a coarse scan of the density.
    fn quartiles(&self) -> Option<(f64, f64)> {
        let Range::Interval(lo, hi) = self.range else { return None };
        let points: Vec<f64> = (-96..=96)
            .map(|i| f64::from(i) / 12.0)
            .map(|t| match (lo.is_finite(), hi.is_finite()) {
                (true, true) => lo + (hi - lo) * (0.5 + 0.5 * (t / 3.0).tanh()),
                (true, false) => lo + t.exp(),
                (false, true) => hi - (-t).exp(),
                (false, false) => t.sinh(),
            })
            .collect();
        let masses: Vec<f64> = points.windows(3).map(|p| self.density(p[1]) * (p[2] - p[0])).collect();
        let total: f64 = masses.iter().filter(|m| m.is_finite()).sum();
        let quantile = |share: f64| {
            let mut sum = 0.0;
            let index = masses.iter().position(|mass| {
                sum += if mass.is_finite() { *mass } else { 0.0 };
                sum >= share * total
            });
            index.map(|i| points[i + 1])
        };
        let (low, middle, high) = (quantile(0.25)?, quantile(0.5)?, quantile(0.75)?);
        Some((middle, ((high - low) / 1.35).max(1e-6)))
    }

    /// The table that maps noise to samples; none where the density cannot be inverted.
    pub fn table(&self) -> Option<Table> {
        self.table_by(&mut |xs, out| {
            let mut inputs = self.inputs(f64::NAN);
            for (x, out) in xs.iter().zip(out) {
                inputs[self.parameters.len()] = *x;
                *out = self.distribution.log_density.value(&inputs);
            }
        })
    }

    /// The same, from the log-density of a continuous law at many points.
    pub fn table_by(&self, ln: &mut LogDensity<'_>) -> Option<Table> {
        match &self.range {
            Range::Interval(lo, hi) => ContinuousTable::new(ln, (*lo, *hi), self.location()).map(Table::Continuous),
            Range::Integers(lo, hi) => DiscreteTable::integers(&|k| self.density(k), *lo, *hi).map(Table::Discrete),
            Range::Points(points) => DiscreteTable::points(&|x| self.density(x), points).map(Table::Discrete),
        }
    }

    /// The value below which a share u of the mass lies.
    pub fn quantile(&self, u: f64) -> Option<f64> {
        if let Some(quantile) = &self.distribution.quantile {
            return Some(quantile.value(&self.inputs(u)));
        }
        Some(match self.table()? {
            Table::Continuous(table) => table.sample(super::special::normal_quantile(u)),
            Table::Discrete(table) => table.sample(u),
        })
    }

    /// Samples from standard Gaussian noise, each smooth in the parameters for a continuous law.
    pub fn samples(&self, noise: &[f64]) -> Option<Vec<f64>> {
        let by_table = || {
            Some(match self.table()? {
                Table::Continuous(table) => noise.iter().map(|w| table.sample(*w)).collect(),
                Table::Discrete(table) => noise.iter().map(|w| table.sample(normal_cdf(*w))).collect(),
            })
        };
        match (&self.distribution.transform, &self.distribution.quantile) {
            (Transform::Uniform(..), Some(quantile)) => {
                Some(noise.iter().map(|w| quantile.value(&self.inputs(normal_cdf(*w)))).collect())
            }
            (Transform::Gaussian(..), _) => {
                let [mean, variance] = self.parameters.as_slice() else { return None };
                let line = noise.iter().map(|w| mean + variance.sqrt() * w);
                Some(if &*self.distribution.name == "N" { line.collect() } else { line.map(f64::exp).collect() })
            }
            _ => by_table(),
        }
    }
}
