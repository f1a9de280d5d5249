//! A law at several parameters: its mass, moments, distribution function, quantiles, scores and draws.

use super::instance::{far_value, value};
use super::{Counterexample, Outcome, options};
use crate::check::{self, sample_moments};
use crate::law::{Concrete, Distribution, Range};
use crate::term::{Definitions, Domain, LawDefinition, Op, Simplifier, Support, Term, Var};
use num_rational::BigRational;
use std::time::Instant;

/// Choices of parameters that are looked at.
const INSTANCES: usize = 3;
/// Shares of the mass at which quantiles and draws are looked at.
const SHARES: [f64; 5] = [0.03, 0.15, 0.5, 0.8, 0.97];
/// Choices of large and small parameters.
const FAR_INSTANCES: usize = 4;
/// Points at which the density is looked at, up to so many widths from the middle.
const DENSITY_POINTS: i32 = 60;
const WIDTHS: f64 = 8.0;
/// Draws speak against a law at this many standard errors.
const REFUTED: f64 = 8.0;
const DRAWS: u64 = 1 << 15;

pub fn audit(definitions: &Definitions, law: &LawDefinition, moment: Option<Instant>) -> Outcome {
    let Some(distribution) = Distribution::new(definitions, law) else {
        return Outcome::Untried("a term of the law has no numeric value".into());
    };
    let mut agreed = 0;
    for number in 0..INSTANCES {
        let arguments = arguments(law, number);
        let numbers: Option<Vec<f64>> = arguments.iter().map(|a| number_of(definitions, a)).collect();
        let Some(concrete) = numbers.and_then(|numbers| distribution.at(&numbers)) else { continue };
        let mut auditor = Auditor { definitions, law, arguments, concrete, moment, agreed: 0 };
        if let Err(counterexample) = auditor.all() {
            return Outcome::Wrong(counterexample);
        }
        agreed += auditor.agreed;
    }
    for number in 0..FAR_INSTANCES {
        let arguments = far_arguments(law, number);
        let numbers: Option<Vec<f64>> = arguments.iter().map(|a| number_of(definitions, a)).collect();
        let Some(concrete) = numbers.and_then(|numbers| distribution.at(&numbers)) else { continue };
        let mut auditor = Auditor { definitions, law, arguments, concrete, moment, agreed: 0 };
        // A narrow peak far away may be missed: moments say something where the whole mass is seen.
        if auditor.same("the mass", &auditor.mean(Term::one()), &Term::one()).is_err() || auditor.agreed == 0 {
            continue;
        }
        if let Err(counterexample) = auditor.moments() {
            return Outcome::Wrong(counterexample);
        }
    }
    match agreed {
        0 => Outcome::Untried("its mass could not be computed at any parameters".into()),
        _ => Outcome::Holds(agreed),
    }
}

/// Parameters inside their domains. Later ones are larger, which is what demands such as `b > a` mostly ask for.
fn arguments(law: &LawDefinition, number: usize) -> Vec<Term> {
    let one = |(position, parameter): (usize, &Var)| {
        let (numerator, denominator) = value(parameter.domain, number, position);
        let lift = if parameter.domain == Domain::Real { 2 * position as i64 } else { 0 };
        Term::ratio(numerator + lift * denominator, denominator)
    };
    law.parameters.iter().enumerate().map(one).collect()
}

/// Large and small parameters.
fn far_arguments(law: &LawDefinition, number: usize) -> Vec<Term> {
    let one = |(position, parameter): (usize, &Var)| {
        let (numerator, denominator) = far_value(parameter.domain, number, position);
        Term::ratio(numerator, denominator)
    };
    law.parameters.iter().enumerate().map(one).collect()
}

fn number_of(definitions: &Definitions, term: &Term) -> Option<f64> {
    check::evaluate(definitions, term, &check::Instance::default()).map(|estimate| estimate.value)
}

struct Auditor<'a> {
    definitions: &'a Definitions,
    law: &'a LawDefinition,
    arguments: Vec<Term>,
    concrete: Concrete<'a>,
    moment: Option<Instant>,
    agreed: usize,
}

type Audited = Result<(), Counterexample>;

impl Auditor<'_> {
    fn all(&mut self) -> Audited {
        self.moments()?;
        self.scores()?;
        let middle = self.concrete.location();
        let ends = match &self.concrete.range {
            Range::Interval(lo, hi) => (*lo, *hi),
            _ => return self.masses(),
        };
        self.positive(ends, middle)?;
        for share in SHARES {
            let point = between(ends, middle, share);
            let below = self.below(point);
            if let Some(cdf) = self.concrete.cdf(point) {
                self.same(&format!("the mass below {point} and the distribution function there"), &below, &real(cdf))?;
            }
            self.draws(point, &below)?;
            if self.law.quantile.is_some()
                && let Some(quantile) = self.concrete.quantile(share)
            {
                let of = format!("the mass below the quantile of {share}, and {share}");
                self.same(&of, &self.below(quantile), &real(share))?;
            }
        }
        Ok(())
    }

    /// The density is positive inside the support that is given.
    fn positive(&mut self, (lo, hi): (f64, f64), (middle, width): (f64, f64)) -> Audited {
        for i in -DENSITY_POINTS..=DENSITY_POINTS {
            let point = middle + WIDTHS * width * (f64::from(i) + 0.37) / f64::from(DENSITY_POINTS);
            if point <= lo || point >= hi {
                continue;
            }
            let inputs: Vec<f64> = self.concrete.parameters.iter().copied().chain([point]).collect();
            if self.concrete.distribution.log_density.value(&inputs) == f64::NEG_INFINITY {
                let of = format!("the density at {point}, which the support holds, and a number above 0");
                return Err(self.counterexample(&of, 0.0, f64::MIN_POSITIVE));
            }
        }
        Ok(())
    }

    fn moments(&mut self) -> Audited {
        self.same("the mass of the density and 1", &self.mean(Term::one()), &Term::one())?;
        let at = |term: &Term| self.law.instantiate(term, &self.arguments, None);
        let (mean, variance) = (self.law.mean.as_ref().map(at), self.law.variance.as_ref().map(at));
        if let Some(mean) = &mean {
            self.same("the mean of the density and the mean that is given", &self.mean(self.point()), mean)?;
        }
        if let Some(variance) = variance {
            let middle = mean.unwrap_or_else(|| self.mean(self.point()));
            let square = Term::pow(self.point().minus(middle), Term::integer(2));
            self.same("the variance of the density and the variance that is given", &self.mean(square), &variance)?;
        }
        Ok(())
    }

    /// The score in each parameter that the support does not depend on has mean 0.
    fn scores(&mut self) -> Audited {
        let ends = match &self.law.support {
            Support::Interval(a, b) | Support::Integers(a, b) => vec![a.clone(), b.clone()],
            Support::Points(points) => points.clone(),
        };
        let fixed = |p: &&Var| !p.domain.is_integer() && !ends.iter().any(|end| end.depends_on(p));
        for parameter in self.law.parameters.iter().filter(fixed) {
            let score = Term::derivative(parameter, 1, self.law.log_density.clone());
            let score = Simplifier::new(self.definitions).simplify(&score);
            let score = self.law.instantiate(&score, &self.arguments, Some(&self.point()));
            let of = format!("the mean of the score in {} and 0", parameter.name().unwrap_or("a parameter"));
            self.same(&of, &self.mean(score), &Term::zero())?;
        }
        Ok(())
    }

    /// Masses of a discrete law, by draws.
    fn masses(&mut self) -> Audited {
        let points: Vec<f64> = match &self.concrete.range {
            Range::Points(points) => points.clone(),
            Range::Integers(lo, hi) => (0..4).map(|i| lo + f64::from(i)).filter(|k| k <= hi).collect(),
            Range::Interval(..) => return Ok(()),
        };
        for point in points {
            // Half-way, so that no point of the support is on the edge.
            let below = self.concrete.density(point);
            let at = |away: f64| Term::function("step", vec![real(point + away).minus(self.point())]);
            let here = at(0.5).minus(at(-0.5));
            self.simulated(&format!("the share of draws at {point} and the mass there"), here, below)?;
        }
        Ok(())
    }

    fn draws(&mut self, point: f64, below: &Term) -> Audited {
        let Some(below) = self.value(below) else { return Ok(()) };
        let inside = Term::function("step", vec![real(point).minus(self.point())]);
        self.simulated(&format!("the share of draws below {point} and the mass there"), inside, below.value)
    }

    fn simulated(&mut self, of: &str, inside: Term, share: f64) -> Audited {
        let law = Term::new(Op::Law(self.law.name.clone()), self.arguments.clone());
        let mean = Term::expect(&self.law.point, law, inside);
        let options = check::Options { samples: DRAWS, ..options(self.moment) };
        let Some(drawn) = sample_moments(self.definitions, &mean, &check::Instance::default(), &options) else {
            return Ok(());
        };
        let error = (share * (1.0 - share)).max(1e-6) / drawn.count;
        if (drawn.mean - share).abs() > REFUTED * error.sqrt() {
            return Err(self.counterexample(of, drawn.mean, share));
        }
        self.agreed += 1;
        Ok(())
    }

    /// Compares two terms, if both have values.
    fn same(&mut self, of: &str, left: &Term, right: &Term) -> Audited {
        let (Some(l), Some(r)) = (self.value(left), self.value(right)) else { return Ok(()) };
        let scale = l.value.abs().max(r.value.abs()).max(0.05);
        if (l.value - r.value).abs() > (1e-6 * scale).max(1000.0 * (l.error + r.error)) {
            return Err(self.counterexample(of, l.value, r.value));
        }
        self.agreed += 1;
        Ok(())
    }

    fn value(&self, term: &Term) -> Option<check::Estimate> {
        check::evaluate_by(self.definitions, term, &check::Instance::default(), self.moment)
    }

    fn counterexample(&self, of: &str, left: f64, right: f64) -> Counterexample {
        let letter = |(parameter, value): (&Var, &f64)| (parameter.name().unwrap_or("?").into(), value.to_string());
        let at = self.law.parameters.iter().zip(&self.concrete.parameters).map(letter).collect();
        Counterexample { of: of.into(), at, left, right }
    }

    fn point(&self) -> Term {
        Term::var(self.law.point.clone())
    }

    /// The integral, or the sum, of a term times the density.
    fn mean(&self, term: Term) -> Term {
        let density = self.law.density(&self.arguments, &self.point());
        let body = Term::mul(vec![term, density]);
        match self.law.support_at(&self.arguments) {
            Support::Interval(lo, hi) => Term::bind(Op::Integral(self.law.point.clone()), vec![lo, hi, body]),
            Support::Integers(lo, hi) => Term::bind(Op::Sum(self.law.point.clone()), vec![lo, hi, body]),
            Support::Points(points) => {
                let at = |p: &Term| crate::term::substitute(&body, &self.law.point, p);
                Term::add(points.iter().map(at).collect())
            }
        }
    }

    /// The mass below a number, as an integral.
    fn below(&self, end: f64) -> Term {
        let density = self.law.density(&self.arguments, &self.point());
        match self.law.support_at(&self.arguments) {
            Support::Interval(lo, _) => Term::bind(Op::Integral(self.law.point.clone()), vec![lo, real(end), density]),
            _ => Term::zero(),
        }
    }
}

/// A number of the support, the lower the smaller the share.
fn between((lo, hi): (f64, f64), (middle, width): (f64, f64), share: f64) -> f64 {
    let point = match (lo.is_finite(), hi.is_finite()) {
        (true, true) => lo + share * (hi - lo),
        (true, false) => lo + 2.0 * share * (middle - lo),
        (false, true) => hi - 2.0 * (1.0 - share) * (hi - middle),
        (false, false) => middle + 3.0 * (share - 0.5) * width,
    };
    // Few digits, for people.
    let rounded = (point * 1e3).round() / 1e3;
    if rounded > lo && rounded < hi { rounded } else { point }
}

fn real(value: f64) -> Term {
    BigRational::from_float(value).map_or_else(Term::zero, Term::number)
}
