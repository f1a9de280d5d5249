//! Power series of one sample in the scale of its noise, by Taylor's formula; of means and variances, too.

use super::{Closed, Sample};
use crate::term::{
    Definitions, FunctionDefinition, Op, Regularity, Simplifier, Term, Var, is_nonzero, is_positive, substitute,
};
use num_rational::BigRational;

/// The first terms of a series in a variable v: the sum of `coefficients[i] v^(low + i)`.
#[derive(Clone, Debug)]
pub struct Series {
    pub low: i64,
    pub coefficients: Vec<Term>,
}

/// Poles of a higher order are not looked for.
const POLE: i64 = 16;

impl Series {
    /// The first terms of an integrand at v = 0; none where it is not smooth there. Unknown functions are taken as smooth.
    pub fn of(
        simplifier: &mut Simplifier<'_>,
        definitions: &Definitions,
        integrand: &Term,
        v: &Var,
        terms: usize,
    ) -> Option<Series> {
        let times =
            |pole: i64| Term::mul(vec![Term::pow(Term::var(v.clone()), Term::integer(pole)), integrand.clone()]);
        let mut regular = |pole: &i64| {
            let term = simplifier.simplify(&times(*pole));
            let term = simplifier.expand(&term).unwrap_or(term);
            let term = simplifier.simplify(&term);
            is_regular(simplifier, definitions, &term, v).then_some((*pole, term))
        };
        let (pole, mut term) = (0..=POLE).find_map(|pole| regular(&pole))?;
        let mut coefficients = Vec::new();
        let mut factorial = Term::one();
        for k in 0..terms {
            if k > 0 {
                term = simplifier.simplify(&Term::derivative(v, 1, term));
                factorial = Term::mul(vec![factorial, Term::number(BigRational::new(1.into(), (k as i64).into()))]);
            }
            let value = Term::mul(vec![factorial.clone(), substitute(&term, v, &Term::zero())]);
            coefficients.push(simplifier.simplify(&value));
        }
        Some(Series { low: -pole, coefficients })
    }

    fn product(&self, other: &Series, mut times: impl FnMut(&Term, &Term) -> Option<Term>) -> Option<Series> {
        let terms = self.coefficients.len().min(other.coefficients.len());
        let mut coefficients = Vec::new();
        for n in 0..terms {
            let parts = (0..=n).map(|i| times(&self.coefficients[i], &other.coefficients[n - i]));
            coefficients.push(Term::add(parts.collect::<Option<Vec<_>>>()?));
        }
        Some(Series { low: self.low + other.low, coefficients })
    }

    /// With like terms of the coefficients put together.
    fn collected(self, closed: &mut Closed<'_>) -> Series {
        let coefficients = self.coefficients.iter().map(|term| closed.collected(term)).collect();
        Series { coefficients, ..self }
    }

    /// The covariance of two integrands over the same draws.
    pub fn covariance(&self, other: &Series, sample: &Sample, closed: &mut Closed<'_>) -> Option<Series> {
        let product = self.product(other, |a, b| {
            let mut mean = |term: Term| closed.value(&sample.mean_of(term));
            let both = mean(Term::mul(vec![a.clone(), b.clone()]))?;
            let apart = Term::mul(vec![mean(a.clone())?, mean(b.clone())?]);
            Some(both.minus(apart))
        });
        Some(product?.collected(closed))
    }

    /// The square of this series, divided by another one that has a single term.
    pub fn squared_over(&self, single: &Series, closed: &mut Closed<'_>) -> Option<Series> {
        let place = single.coefficients.iter().position(|term| !term.is_zero())?;
        let divisor = single.coefficients[place].clone();
        if !is_nonzero(&divisor) || single.coefficients[place + 1..].iter().any(|term| !term.is_zero()) {
            return None;
        }
        let square = |a: &Term, b: &Term| Some(Term::mul(vec![a.clone(), b.clone(), divisor.clone().recip()]));
        let square = self.product(self, square)?;
        Some(Series { low: square.low - single.low - place as i64, ..square }.collected(closed))
    }

    /// The difference of two series, as far as both are known.
    pub fn minus(&self, other: &Series, closed: &mut Closed<'_>) -> Series {
        let end = |series: &Series| series.low + series.coefficients.len() as i64;
        let at = |series: &Series, power: i64| {
            usize::try_from(power - series.low)
                .ok()
                .and_then(|i| series.coefficients.get(i))
                .cloned()
                .unwrap_or_else(Term::zero)
        };
        let low = self.low.min(other.low);
        let powers = low..end(self).min(end(other));
        let coefficients = powers.map(|power| at(self, power).minus(at(other, power)));
        Series { low, coefficients: coefficients.collect() }.collected(closed)
    }

    /// The first term that is not 0, with the next power that may have one.
    pub fn leading(&self) -> Option<(Term, i64, i64)> {
        let nonzero = |from: usize| (from..self.coefficients.len()).find(|i| !self.coefficients[*i].is_zero());
        let first = nonzero(0)?;
        let next = nonzero(first + 1).unwrap_or(self.coefficients.len());
        Some((self.coefficients[first].clone(), self.low + first as i64, self.low + next as i64))
    }
}

/// True if the term has derivatives of all orders in v at 0, as far as its operators tell.
fn is_regular(simplifier: &mut Simplifier<'_>, definitions: &Definitions, term: &Term, v: &Var) -> bool {
    if !term.depends_on(v) {
        return true;
    }
    let smooth = match term.op() {
        Op::Var(_) | Op::Add | Op::Mul | Op::Apply(..) | Op::StopGrad => true,
        Op::Pow => {
            let base = simplifier.simplify(&substitute(&term.args()[0], v, &Term::zero()));
            match term.args()[1].as_integer() {
                Some(n) => n >= 0 || is_nonzero(&base),
                None => is_positive(&base),
            }
        }
        Op::Function(name) => {
            let mut at_zero = term.args().iter().map(|arg| simplifier.simplify(&substitute(arg, v, &Term::zero())));
            let everywhere = |f: &FunctionDefinition| f.regularity == Regularity::Smooth && !f.of_positive;
            definitions.functions.get(name).is_some_and(everywhere) || at_zero.all(|arg| is_positive(&arg))
        }
        _ => false,
    };
    smooth && term.args().iter().all(|arg| is_regular(simplifier, definitions, arg, v))
}
