//! Means under laws that are given by their density.
//!
//! A density is a sum of parts, each a weight on a law that is named in it (`(p(x) + q(x))/2`, `π(y|x) exp(r(x, y))/Z(x)`) or on
//! the line (`exp(-U(x))/Z`). The mean of g is the sum of the means of g times the weights. It is divided by the same for
//! g = 1, unless that is seen to be 1: because the weight is divided by just this integral, or the weights of a mixture
//! sum to 1. A part may be the mean of a law over what it is given, `∫ q(z|x) p(x) dx`: that is drawn first. So what is no density is read as one up to its constant, and nothing is believed of a Z that is not this integral.

use super::{Elaborator, Result, coded, full_name};
use crate::syntax::{Code, Law, Name, Span};
use crate::term::{Definitions, Domain, Op, Simplifier, Term, Var, substitute};

/// What a variable is drawn from.
#[derive(Clone)]
pub(super) enum Source {
    /// A law.
    Law(Term),
    /// A density, in the variable.
    Density(Term),
}

impl Source {
    /// The mean of a body over the variable.
    pub fn mean(&self, definitions: &Definitions, var: &Var, body: Term) -> Term {
        match self {
            Source::Law(law) => Term::expect(var, law.clone(), body),
            Source::Density(density) => weighted(definitions, var, density, body),
        }
    }
}

/// A product of any number of factors, as terms are built: of one it is that, of none 1.
pub(super) fn product(mut factors: Vec<Term>) -> Term {
    match factors.len() {
        0 => Term::one(),
        1 => factors.remove(0),
        _ => Term::mul(factors),
    }
}

/// A weight on a law, or on the line.
struct Part {
    /// What is drawn before, each from its law.
    around: Vec<(Var, Term)>,
    law: Option<Term>,
    /// What is free of the variable.
    constant: Vec<Term>,
    weight: Term,
}

impl Part {
    /// The integral of the weight times a body.
    fn integral(&self, definitions: &Definitions, var: &Var, body: Term) -> Term {
        let inner = self.integral_inside(definitions, var, body);
        let around = self.around.iter().rev().filter(|_| !inner.is_one());
        around.fold(inner.clone(), |inner, (drawn, law)| Term::expect(drawn, law.clone(), inner))
    }

    fn integral_inside(&self, definitions: &Definitions, var: &Var, body: Term) -> Term {
        let body = product([self.weight.factors(), body.factors()].concat());
        match &self.law {
            Some(_) if body.is_one() => body,
            Some(law) => {
                let own = Var { domain: definitions.domain_of(law), ..var.clone() };
                Term::expect(&own, law.clone(), substitute(&body, var, &Term::var(own.clone())))
            }
            None => {
                let infinity = Term::new(Op::Infinity, vec![]);
                Term::bind(Op::Integral(var.clone()), vec![infinity.clone().opposite(), infinity, body])
            }
        }
    }
}

fn weighted(definitions: &Definitions, var: &Var, density: &Term, body: Term) -> Term {
    let parts: Vec<Part> = summands(density, var).into_iter().map(|summand| part(&summand, var)).collect();
    let sum = |body: &Term| {
        let terms = parts.iter().map(|part| {
            let integral = part.integral(definitions, var, body.clone());
            product([part.constant.as_slice(), integral.factors()].concat())
        });
        let mut terms: Vec<Term> = terms.collect();
        if terms.len() == 1 {
            terms.remove(0)
        } else {
            Term::add(terms.iter().flat_map(Term::summands).cloned().collect())
        }
    };
    if let [part] = parts.as_slice() {
        // Divided by its own integral, it needs no other constant.
        let whole = part.integral(definitions, var, Term::one());
        if is_inverse(definitions, &part.constant, &whole) {
            return sum(&body);
        }
        let (above, below) = (part.integral(definitions, var, body), whole);
        return if below.is_one() { above } else { product(vec![above, below.recip()]) };
    }
    let whole = sum(&Term::one());
    let (above, whole) = (sum(&body), Simplifier::new(definitions).simplify(&whole));
    if whole.is_one() { above } else { product(vec![above, whole.recip()]) }
}

/// Is a product of factors one over a term?
fn is_inverse(definitions: &Definitions, factors: &[Term], whole: &Term) -> bool {
    let mut simplifier = Simplifier::new(definitions);
    let product = simplifier.simplify(&product(factors.to_vec()));
    let inverse = simplifier.simplify(&whole.clone().recip());
    product == inverse || whole.is_one() && product.is_one()
}

/// The summands of a density, with the sums that hold the variable multiplied out where they hold densities.
fn summands(density: &Term, var: &Var) -> Vec<Term> {
    let is_density = |t: &Term| *t.op() == Op::Density && t.args()[1].as_var() == Some(var);
    if *density.op() == Op::Add {
        return density.args().iter().flat_map(|summand| summands(summand, var)).collect();
    }
    let factors = density.factors();
    let sum = factors.iter().position(|factor| *factor.op() == Op::Add && factor.any(&is_density));
    match sum {
        Some(index) => {
            let rest = || factors.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, f)| f.clone());
            let each = factors[index]
                .args()
                .iter()
                .map(|summand| product(rest().chain(summand.factors().iter().cloned()).collect()));
            each.flat_map(|summand| summands(&summand, var)).collect()
        }
        None => vec![density.clone()],
    }
}

fn part(summand: &Term, var: &Var) -> Part {
    let own = |t: &Term| *t.op() == Op::Density && t.args()[1].as_var() == Some(var);
    let mixture = |t: &Term| matches!(t.op(), Op::Expect(_)) && t.args()[1].factors().iter().any(own);
    if let Some(index) = summand.factors().iter().position(mixture)
        && let Some((bound, law)) =
            summand.factors()[index].op().bound().cloned().zip(summand.factors()[index].args().first())
    {
        let factor = &summand.factors()[index];
        let drawn = Var::free(&format!("mixture·{}", factor.height()), bound.domain);
        let mut rest = summand.factors().to_vec();
        rest[index] = factor.open(&Term::var(drawn.clone()));
        let Part { around, law: of, constant, weight } = part(&product(rest), var);
        let weight = product([constant, weight.factors().to_vec()].concat());
        let around = [vec![(drawn, law.clone())], around].concat();
        return Part { around, law: of, constant: vec![], weight };
    }
    let mut factors: Vec<Term> = summand.factors().iter().flat_map(|factor| separated(factor, var)).collect();
    let own = |t: &Term| *t.op() == Op::Density && t.args()[1].as_var() == Some(var) && !t.args()[0].depends_on(var);
    let law = factors.iter().position(own).map(|index| factors.remove(index).args()[0].clone());
    let (weight, constant): (Vec<Term>, Vec<Term>) = factors.into_iter().partition(|factor| factor.depends_on(var));
    Part { around: vec![], law, constant, weight: product(weight) }
}

/// `exp(u(x) - ln Z)` as `exp(u(x))` and `1/Z`.
fn separated(factor: &Term, var: &Var) -> Vec<Term> {
    if !factor.is_function("exp") || !factor.depends_on(var) {
        return vec![factor.clone()];
    }
    let exponent = &factor.args()[0];
    let (inner, outer): (Vec<Term>, Vec<Term>) =
        exponent.summands().iter().cloned().partition(|summand| summand.depends_on(var));
    let mut found = vec![if inner.len() == 1 { inner[0].clone() } else { Term::add(inner) }.exp()];
    for summand in outer {
        let minus_ln = match summand.factors() {
            [sign, ln] if *sign == Term::integer(-1) && ln.is_function("ln") => Some(ln.args()[0].clone()),
            _ => None,
        };
        found.push(minus_ln.map_or_else(|| summand.exp(), Term::recip));
    }
    found
}

impl Elaborator<'_> {
    /// What a law draws from, with the variable that has this name from here on.
    pub(super) fn drawn(&mut self, name: &Name, law: &Law) -> Result<(Var, Source)> {
        if let Some((point, density)) = self.density_of_definition(law, law.span)? {
            if self.shapes.size(name).is_some() || super::arrays::range(name).is_some() || law.stopped {
                let message =
                    format!("`{}`, a law that is given by its density, draws numbers only", full_name(&law.name));
                return coded(
                    Code::Unsupported,
                    law.span,
                    &message,
                    Some("a known law is written as p(x) = N(x | m, v)"),
                );
            }
            if let Some(definition) = self.definition_of(&law.name, law.span)? {
                let mut normaliser = None;
                definition.body.visit_names(&mut |name| {
                    if name.base == "Z" {
                        normaliser = Some(name.clone());
                    }
                });
                if let Some(normaliser) = normaliser
                    && self.definition_of(&normaliser, law.span)?.is_none()
                {
                    let message = format!("`{}` is not said to be the integral of the density", full_name(&normaliser));
                    let help = "say what it is: … where p(x) = exp(-U(x))/Z, Z = ∫ exp(-U(x)) dx";
                    return coded(Code::Unsupported, law.span, &message, Some(help));
                }
            }
            let var = self.bind(name, Domain::Real);
            self.decided = true;
            return Ok((var.clone(), Source::Density(substitute(&density, &point, &Term::var(var)))));
        }
        self.drawn_size = self.shapes.size(name).map(str::to_string);
        let law = self.law(law);
        self.drawn_size = None;
        let (var, law) = self.bind_sample(name, law?);
        Ok((var, Source::Law(law)))
    }

    /// The logarithm of the density that a variable is drawn from, at it.
    pub(super) fn log_density_of(&mut self, source: &Source, at: Term, span: Span) -> Result<Term> {
        match source {
            Source::Law(law) => self.log_density(law, at, span),
            Source::Density(density) => Ok(density.clone().ln()),
        }
    }

    /// `ln q(x)` of a law as it is written.
    pub(super) fn log_density_of_law(&mut self, law: &Law, at: Term) -> Result<Term> {
        if let Some((point, density)) = self.density_of_definition(law, law.span)? {
            return Ok(substitute(&density, &point, &at).ln());
        }
        let term = self.law(law)?;
        self.log_density(&term, at, law.span)
    }
}
