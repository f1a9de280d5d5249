//! The part of the line where a law has its mass.

use super::{Sample, Setting};
use crate::check;
use crate::rule::Library;
use crate::term::{Op, Support, Term, substitute};
use num_rational::BigRational;

/// Where the density is below this share of that at the mean, nothing of importance is left.
const NEGLIGIBLE: f64 = 1e-11;
/// Points that are looked at on each side, and how much further out each is than the one before.
const POINTS: i32 = 48;
const STEP: f64 = 1.3;

impl Setting<'_> {
    /// The mean of something else over the same draws. Where its value is itself an integral or a finite difference, as of the
    /// derivative of a distribution function, errors of those are not to be divided by a density that is next to nothing: of
    /// a single continuous draw the mean is then an integral over the part of the line that matters.
    pub(super) fn mean_over(&self, sample: &Sample, ends: Option<&[Term; 2]>, integrand: Term) -> Term {
        let ([(var, law)], Some([lo, hi])) = (sample.draws.as_slice(), ends) else { return sample.mean_of(integrand) };
        let Some((definition, arguments)) = self.library.definitions.law(law) else { return sample.mean_of(integrand) };
        let density = definition.density(arguments, &Term::var(var.clone()));
        let body = Term::mul(vec![integrand, density]);
        Term::bind(Op::Integral(var.clone()), vec![lo.clone(), hi.clone(), body])
    }

    /// The ends of that part, where it is needed.
    pub(super) fn ends(&self, sample: &Sample) -> Option<[Term; 2]> {
        let ([(var, law)], true) = (sample.draws.as_slice(), sample.integrand.has_operator()) else { return None };
        let (definition, arguments) = self.library.definitions.law(law)?;
        let Support::Interval(lo, hi) = definition.support_at(arguments) else { return None };
        let moments = self.moments(sample, &Term::var(var.clone()))?;
        let density = |point: f64| {
            let at = definition.density(arguments, &Term::var(var.clone()));
            self.number(&substitute(&at, var, &exact(point)?))
        };
        let middle = density(moments.mean)?;
        let end = |limit: &Term, side: f64| {
            let limit = self.number(limit).filter(|limit| limit.is_finite());
            let point = |step: i32| match limit {
                Some(limit) => limit + (moments.mean - limit) * STEP.powi(-step * 2),
                None => moments.mean + side * moments.variance().sqrt() * STEP.powi(step),
            };
            let is_far = |point: &f64| density(*point).is_some_and(|share| share < NEGLIGIBLE * middle);
            let far = (0..POINTS).map(point).find(is_far);
            exact(far.or(limit)?)
        };
        Some([end(&lo, -1.0)?, end(&hi, 1.0)?])
    }

    fn number(&self, term: &Term) -> Option<f64> {
        check::evaluate(&self.library.definitions, term, self.instance).map(|estimate| estimate.value)
    }

    /// Mean and variance of a function of the draws, from a few of them.
    pub(super) fn moments(&self, sample: &Sample, function: &Term) -> Option<check::Moments> {
        let options =
            check::Options { seed: self.seed, samples: 1 << 12, deadline: self.deadline, ..check::Options::default() };
        let Setting { library: Library { definitions, .. }, instance, .. } = self;
        check::sample_moments(definitions, &sample.mean_of(function.clone()), instance, &options)
    }
}

fn exact(value: f64) -> Option<Term> {
    BigRational::from_float(value).map(Term::number)
}
