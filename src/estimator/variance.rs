//! The variance of one sample of an estimator, at concrete functions and parameters.

use super::constant::{Linear, best};
use super::{Closed, Sample};
use crate::check::{self, Instance, Mean, Method};
use crate::proof::Hypotheses;
use crate::rule::Library;
use crate::term::{Op, Simplifier, Symbol, Term, Var, substitute, substitute_many};
use num_rational::BigRational;
use std::time::Instant;

/// The variance of one sample.
#[derive(Clone, Debug)]
pub enum Variance {
    /// It is finite.
    Finite {
        /// Its value.
        value: f64,
        /// A bound of its error, or a standard error of a simulation.
        error: f64,
        /// How it was computed.
        method: Method,
        /// In closed form, where the rules of the laws give it.
        formula: Option<Term>,
    },
    /// The second moment diverges.
    Infinite,
    /// It is out of reach.
    Unknown,
}

impl Variance {
    /// The number, infinite where it diverges.
    pub fn value(&self) -> Option<f64> {
        match self {
            Variance::Finite { value, .. } => Some(*value),
            Variance::Infinite => Some(f64::INFINITY),
            Variance::Unknown => None,
        }
    }
}

/// Where variances are asked for.
pub struct Setting<'a> {
    /// Laws, functions and rules.
    pub library: &'a Library,
    /// What is granted.
    pub hypotheses: &'a Hypotheses,
    /// Functions and parameters.
    pub instance: &'a Instance,
    /// Where random numbers begin.
    pub seed: u64,
    /// Draws of a simulation, where nothing better applies.
    pub samples: u64,
    /// What is not done by then has no variance.
    pub deadline: Option<Instant>,
}

/// Where tails are looked at, in standard deviations.
const FAR: [f64; 4] = [6.0, 9.0, 13.0, 18.0];
/// Simulations whose spread is the error of a simulated variance.
const REPEATS: u64 = 8;
/// A closed form that differs from the computed number by more than this share is not shown.
const TOLERANCE: f64 = 1e-7;

impl Setting<'_> {
    /// The variance with the best value of each open constant, and those values.
    pub fn variance(&self, sample: &Sample, constants: &[Var]) -> (Variance, Vec<f64>) {
        let mut simplifier = Simplifier::new(&self.library.definitions);
        let mut sample = Sample { integrand: self.filled(&mut simplifier, &sample.integrand), ..sample.clone() };
        let mut formula = Some(sample.clone());
        let mut chosen = Vec::new();
        for constant in constants {
            let mut closed = Closed::new(self.library, self.hypotheses);
            let symbolic = best(&mut simplifier, &mut closed, &sample, constant);
            let Some(value) = self.best(&mut simplifier, &sample, constant) else {
                return (Variance::Unknown, chosen);
            };
            formula = formula
                .zip(symbolic.filter(|term| !term.has_operator()))
                .map(|(sample, value)| Sample { integrand: substitute(&sample.integrand, constant, &value), ..sample });
            let Some(number) = BigRational::from_float(value).map(Term::number) else {
                return (Variance::Unknown, chosen);
            };
            sample.integrand = substitute(&sample.integrand, constant, &number);
            chosen.push(value);
        }
        let variance = self.computed(&sample);
        let variance = match variance {
            Variance::Finite { value, error, method, .. } => {
                let formula = formula.and_then(|sample| self.formula(&sample, value));
                Variance::Finite { value, error, method, formula }
            }
            other => other,
        };
        (variance, chosen)
    }

    /// The trace of the covariance of a vector, by samples of its entries, with the best values of open constants, which all
    /// entries share.
    pub fn trace(&self, entries: &[Sample], constants: &[Var]) -> (Variance, Vec<f64>) {
        let mut simplifier = Simplifier::new(&self.library.definitions);
        let filled = |simplifier: &mut Simplifier<'_>, entry: &Sample| {
            let integrand = self.filled(simplifier, &entry.integrand);
            Sample { integrand: simplifier.simplify(&integrand), ..entry.clone() }
        };
        let mut entries: Vec<Sample> = entries.iter().map(|entry| filled(&mut simplifier, entry)).collect();
        let mut chosen = Vec::new();
        for constant in constants {
            let mut sums = [0.0; 2];
            for entry in &entries {
                let linear = Linear::of(&mut simplifier, &entry.integrand, constant);
                let means = linear.map(|linear| {
                    linear.means(entry).map(|mean| match self.mean(&mean) {
                        Mean::Finite(estimate) => Some(estimate.value),
                        _ => self.simulated_mean(&mean),
                    })
                });
                let Some([Some(above), Some(below)]) = means else { return (Variance::Unknown, chosen) };
                sums = [sums[0] + above, sums[1] + below];
            }
            let value = if sums[1] == 0.0 { 0.0 } else { sums[0] / sums[1] };
            let Some(number) = BigRational::from_float(value).map(Term::number) else {
                return (Variance::Unknown, chosen);
            };
            entries.iter_mut().for_each(|entry| entry.integrand = substitute(&entry.integrand, constant, &number));
            chosen.push(value);
        }
        let mut whole = Variance::Finite { value: 0.0, error: 0.0, method: Method::Exact, formula: None };
        for entry in &entries {
            whole = match (whole, self.computed(entry)) {
                (
                    Variance::Finite { value, error, method, .. },
                    Variance::Finite { value: more, error: off, method: other, .. },
                ) => {
                    let method = if method == Method::MonteCarlo { method } else { other };
                    Variance::Finite { value: value + more, error: error + off, method, formula: None }
                }
                (Variance::Unknown, _) | (_, Variance::Unknown) => return (Variance::Unknown, chosen),
                _ => Variance::Infinite,
            };
        }
        (whole, chosen)
    }

    fn simulated_mean(&self, mean: &Term) -> Option<f64> {
        let options = check::Options {
            seed: self.seed,
            samples: self.samples,
            deadline: self.deadline,
            ..check::Options::default()
        };
        check::sample_moments(&self.library.definitions, mean, self.instance, &options).map(|moments| moments.mean)
    }

    /// The term with the functions of the instance.
    fn filled(&self, simplifier: &mut Simplifier<'_>, term: &Term) -> Term {
        let args: Vec<Term> = term.args().iter().map(|arg| self.filled(simplifier, arg)).collect();
        if let Op::Apply(name, orders) = term.op()
            && let Some((parameters, body, _)) = self.instance.functions.get(name)
            && parameters.len() == args.len()
        {
            let mut body = body.clone();
            for (parameter, order) in parameters.iter().zip(orders) {
                body = simplifier.simplify(&Term::derivative(parameter, *order, body));
            }
            return substitute_many(&body, &parameters.iter().cloned().zip(args).collect::<Vec<_>>());
        }
        Term::new(term.op().clone(), args)
    }

    fn best(&self, simplifier: &mut Simplifier<'_>, sample: &Sample, constant: &Var) -> Option<f64> {
        let linear = Linear::of(simplifier, &sample.integrand, constant)?;
        let [above, below] = linear.means(sample).map(|mean| match self.mean(&mean) {
            Mean::Finite(estimate) => Some(estimate.value),
            _ => None,
        });
        above.zip(below).filter(|(_, below)| *below != 0.0).map(|(above, below)| above / below)
    }

    fn mean(&self, term: &Term) -> Mean {
        check::mean(&self.library.definitions, term, self.instance, self.deadline)
    }

    fn computed(&self, sample: &Sample) -> Variance {
        if sample.draws.is_empty() {
            return Variance::Finite { value: 0.0, error: 0.0, method: Method::Exact, formula: None };
        }
        let ends = self.ends(sample);
        let mean_of = |integrand: Term| self.mean(&self.mean_over(sample, ends.as_ref(), integrand));
        let mean = match mean_of(sample.integrand.clone()) {
            Mean::Finite(mean) => mean,
            Mean::Infinite => return Variance::Unknown,
            Mean::Unknown => return self.simulated(sample),
        };
        let Some(centre) = BigRational::from_float(mean.value).map(Term::number) else { return Variance::Unknown };
        let deviation = sample.integrand.clone().minus(centre);
        match mean_of(Term::pow(deviation, Term::integer(2))) {
            Mean::Finite(second) => Variance::Finite {
                value: second.value,
                error: second.error + mean.error * mean.error,
                method: self.method(sample),
                formula: None,
            },
            Mean::Infinite => Variance::Infinite,
            Mean::Unknown if self.grows(sample) => Variance::Infinite,
            Mean::Unknown => self.simulated(sample),
        }
    }

    /// True if the square of the integrand outgrows the density of its only draw, far out on one side.
    fn grows(&self, sample: &Sample) -> bool {
        let definitions = &self.library.definitions;
        let [(var, law)] = sample.draws.as_slice() else { return false };
        let Some((definition, arguments)) = definitions.law(law) else { return false };
        let Some(moments) = self.moments(sample, &Term::var(var.clone())) else { return false };
        let at = |distance: f64| {
            let point = Term::number(BigRational::from_float(moments.mean + distance * moments.variance().sqrt())?);
            let square = Term::pow(substitute(&sample.integrand, var, &point), Term::integer(2));
            let mass = Term::mul(vec![point.clone(), square, definition.density(arguments, &point)]);
            check::evaluate(definitions, &mass, self.instance).map(|estimate| estimate.value.abs())
        };
        [1.0, -1.0].iter().any(|side| {
            let far: Option<Vec<f64>> = FAR.iter().map(|distance| at(side * distance)).collect();
            far.is_some_and(|far| far.windows(2).all(|pair| pair[1] > pair[0] && pair[0] > 0.0))
        })
    }

    fn method(&self, sample: &Sample) -> Method {
        let is_discrete = |(_, law): &(Var, Term)| {
            self.library.definitions.law(law).is_some_and(|(definition, _)| definition.is_discrete())
        };
        if sample.draws.iter().all(is_discrete) { Method::Summation } else { Method::Quadrature }
    }

    fn simulated(&self, sample: &Sample) -> Variance {
        let run = |repeat: u64| {
            let seed = self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(repeat);
            let options = check::Options {
                seed,
                samples: self.samples / REPEATS,
                deadline: self.deadline,
                ..check::Options::default()
            };
            check::sample_moments(&self.library.definitions, &sample.mean(), self.instance, &options)
        };
        let Some(runs) = (0..REPEATS).map(run).collect::<Option<Vec<_>>>() else { return Variance::Unknown };
        let mut spread = check::Moments::default();
        runs.iter().for_each(|moments| spread.push(moments.variance()));
        let (value, error) = (spread.mean, spread.standard_error());
        if !value.is_finite() {
            return Variance::Unknown;
        }
        Variance::Finite { value, error, method: Method::MonteCarlo, formula: None }
    }

    /// The variance as a term, if the rules of the laws give it and it agrees with the number.
    fn formula(&self, sample: &Sample, value: f64) -> Option<Term> {
        let mut closed = Closed::new(self.library, self.hypotheses);
        let square = sample.mean_of(Term::pow(sample.integrand.clone(), Term::integer(2)));
        let (second, first) = (closed.value(&square)?, closed.value(&sample.mean())?);
        let formula = closed.expanded(&second.minus(Term::pow(first, Term::integer(2))));
        match self.mean(&formula) {
            Mean::Finite(number) if (number.value - value).abs() <= TOLERANCE * (1.0 + value.abs()) => Some(formula),
            _ => None,
        }
    }
}

/// The names of parameters and functions that a term needs numbers for.
pub fn open(term: &Term) -> (Vec<Var>, Vec<Symbol>) {
    let mut functions: Vec<Symbol> = Vec::new();
    term.visit(&mut |t| {
        if let Op::Apply(name, _) = t.op()
            && !functions.contains(name)
        {
            functions.push(name.clone());
        }
    });
    let parameters = term.free().iter().filter(|v| v.name().is_some()).cloned().collect();
    (parameters, functions)
}
