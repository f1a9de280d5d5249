//! The best value of a constant that an estimator leaves open.

use super::{Closed, Sample};
use crate::term::{Op, Simplifier, Term, Var, substitute};

/// An integrand that is linear in a constant b, as `plain - b weight`; the weight has mean 0, since the mean does not
/// depend on b.
pub struct Linear {
    pub plain: Term,
    pub weight: Term,
}

impl Linear {
    /// Takes an integrand apart; none if it is not linear in the constant.
    pub fn of(simplifier: &mut Simplifier<'_>, integrand: &Term, constant: &Var) -> Option<Linear> {
        let slope = simplifier.simplify(&Term::derivative(constant, 1, integrand.clone()));
        if slope.depends_on(constant) {
            return None;
        }
        // Where functions that are 0 leave nothing but the weight, it keeps the words of the integrand.
        let bare = without_functions(integrand);
        let mut at = |term: &Term, value: i64| simplifier.simplify(&substitute(term, constant, &Term::integer(value)));
        let weight = if at(&bare, 0).is_zero() { at(&bare, -1) } else { slope.opposite() };
        Some(Linear { plain: at(integrand, 0), weight })
    }

    /// The two means whose ratio is the value of least variance: `E[plain weight]` and `E[weight²]`.
    pub fn means(&self, sample: &Sample) -> [Term; 2] {
        [&self.plain, &self.weight].map(|factor| sample.mean_of(Term::mul(vec![factor.clone(), self.weight.clone()])))
    }
}

/// The value of a constant with the least variance, as a term: a ratio of means, in closed form where rules give it.
pub fn best(simplifier: &mut Simplifier<'_>, closed: &mut Closed<'_>, sample: &Sample, constant: &Var) -> Option<Term> {
    let linear = Linear::of(simplifier, &sample.integrand, constant)?;
    let [above, below] = linear.means(sample).map(|mean| match closed.value(&mean) {
        Some(value) => value,
        None => Sample::gathered(simplifier, &mean),
    });
    let ratio = simplifier.simplify(&Term::mul(vec![above.clone(), below.clone().recip()]));
    let cleared = denominators(&below).map(|whole| {
        let [above, below] = [above, below].map(|sum| {
            // Summand by summand, so that denominators cancel before anything is multiplied out.
            let times = |summand: &Term| simplifier.simplify(&Term::mul(vec![whole.clone(), summand.clone()]));
            let sum = Term::add(sum.summands().iter().map(times).collect());
            if sum.has_operator() { sum } else { closed.collected(&sum) }
        });
        simplifier.simplify(&Term::mul(vec![above, below.recip()]))
    });
    let simple = cleared.filter(|cleared| cleared.size() < ratio.size()).unwrap_or(ratio);
    Some(match Sample::of(&simple) {
        Some(_) => Sample::gathered(simplifier, &simple),
        None => simple,
    })
}

/// What makes all summands of a sum free of denominators; none where there are none.
fn denominators(sum: &Term) -> Option<Term> {
    let mut found: Vec<(Term, i64)> = Vec::new();
    for factor in sum.summands().iter().flat_map(|summand| summand.factors()) {
        let exponent = if *factor.op() == Op::Pow { factor.args()[1].as_integer() } else { None };
        let Some(power) = exponent.filter(|exponent| *exponent < 0).map(|exponent| -exponent) else { continue };
        match found.iter_mut().find(|(base, _)| *base == factor.args()[0]) {
            Some((_, highest)) => *highest = power.max(*highest),
            None => found.push((factor.args()[0].clone(), power)),
        }
    }
    let powers = found.into_iter().map(|(base, power)| Term::pow(base, Term::integer(power)));
    let powers: Vec<Term> = powers.collect();
    (!powers.is_empty()).then(|| Term::mul(powers))
}

/// The term with every value of an unknown function put to 0.
fn without_functions(term: &Term) -> Term {
    match term.op() {
        Op::Apply(..) => Term::zero(),
        op => Term::new(op.clone(), term.args().iter().map(without_functions).collect()),
    }
}
