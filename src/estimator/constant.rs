//! The best value of a constant that an estimator leaves open.

use super::{Closed, Sample};
use crate::term::{Simplifier, Term, Var, substitute};

/// An integrand that is linear in a constant b, as `plain - b weight`; the weight has mean 0, since the mean does not
/// depend on b.
pub struct Linear {
    pub plain: Term,
    pub weight: Term,
}

impl Linear {
    /// Takes an integrand apart; none if it is not linear in the constant.
    pub fn of(simplifier: &mut Simplifier<'_>, integrand: &Term, constant: &Var) -> Option<Linear> {
        let at = |value: i64| substitute(integrand, constant, &Term::integer(value));
        let plain = simplifier.simplify(&at(0));
        let weight = simplifier.simplify(&plain.clone().minus(at(1)));
        let line = plain.clone().minus(Term::mul(vec![Term::var(constant.clone()), weight.clone()]));
        let rest = integrand.clone().minus(line);
        let rest = simplifier.expand(&rest).map(|rest| simplifier.simplify(&rest));
        rest.is_some_and(|rest| rest.is_zero()).then_some(Linear { plain, weight })
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
    let ratio = Term::mul(vec![above, below.recip()]);
    let simple = simplifier.simplify(&ratio);
    Some(match Sample::of(&simple) {
        Some(_) => Sample::gathered(simplifier, &simple),
        None => simple,
    })
}
