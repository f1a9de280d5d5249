//! Adjoints: what an equation with `A^*` says of all functions, and the operators that are known to be adjoints.
//!
//! `A^*` is what satisfies `∫ (A^* f) g dμ = ∫ f (A g) dμ`. So an equation between operators is one between such pairings, as
//! long as an adjoint stands where it can be moved to the other side.

use super::operator::standard;
use super::{Definitions, Op, Operator, Simplifier, Term, Var};

/// The pairing of functions of a variable: under a law, or under Lebesgue measure. There the second function is a test function
/// `g(y) N(y | 0, 1)`, with any g: it dies out, and what both sides make of all of these tells them apart.
pub struct Pairing<'a> {
    variable: &'a Var,
    law: Option<&'a Term>,
    test: Term,
}

impl<'a> Pairing<'a> {
    /// With the value of g at the variable.
    pub fn new(variable: &'a Var, law: Option<&'a Term>, test: Term) -> Pairing<'a> {
        Pairing { variable, law, test }
    }

    /// What an operator makes of a function, paired with the test function; none if an adjoint in it cannot be moved.
    pub fn of(&self, operator: &Operator, function: Term) -> Option<Term> {
        let test = match self.law {
            Some(_) => self.test.clone(),
            None => Term::mul(vec![self.test.clone(), self.weight()]),
        };
        self.paired(operator, function, test)
    }

    fn weight(&self) -> Term {
        Term::new(Op::Density, vec![standard(), Term::var(self.variable.clone())])
    }

    fn paired(&self, operator: &Operator, f: Term, g: Term) -> Option<Term> {
        if !operator.has_adjoint() {
            return Some(self.mean(operator.act(self.variable, f)?, g));
        }
        Some(match operator {
            Operator::Adjoint(a) => self.paired(a, g, f)?,
            Operator::Opposite(a) => self.paired(a, f, g)?.opposite(),
            Operator::Sum(a, b) => Term::add(vec![self.paired(a, f.clone(), g.clone())?, self.paired(b, f, g)?]),
            Operator::Difference(a, b) => self.paired(a, f.clone(), g.clone())?.minus(self.paired(b, f, g)?),
            Operator::Product(a, b) if !b.has_adjoint() => self.paired(a, b.act(self.variable, f)?, g)?,
            Operator::Product(a, b) => self.paired(b, f, self.moved(a, g)?)?,
            Operator::Power(a, count) => {
                let (first, others) = (a.clone(), count.checked_sub(1)?);
                match others {
                    0 => self.paired(&first, f, g)?,
                    _ => {
                        self.paired(&Operator::Product(first.clone(), Box::new(Operator::Power(first, others))), f, g)?
                    }
                }
            }
            Operator::Commutator(a, b) => {
                let product = |a: &Operator, b: &Operator| Operator::Product(Box::new(a.clone()), Box::new(b.clone()));
                let forth = self.paired(&product(a, b), f.clone(), g.clone())?;
                forth.minus(self.paired(&product(b, a), f, g)?)
            }
            _ => return None,
        })
    }

    /// What stands on the other side in the place of an operator: of `A^*` it is A, and a factor is a factor on either.
    fn moved(&self, operator: &Operator, g: Term) -> Option<Term> {
        match operator {
            Operator::Adjoint(a) => a.act(self.variable, g),
            Operator::Times(factor) => Some(Term::mul(vec![factor.clone(), g])),
            Operator::Opposite(a) => Some(self.moved(a, g)?.opposite()),
            Operator::Product(a, b) => self.moved(b, self.moved(a, g)?),
            Operator::Power(a, count) => (0..*count).try_fold(g, |g, _| self.moved(a, g)),
            _ => None,
        }
    }

    fn mean(&self, f: Term, g: Term) -> Term {
        let weight = self.weight();
        // Of a test function the weight is the law.
        let without = |term: &Term| match (self.law, term.op(), term.args()) {
            (None, Op::Mul, [rest, last]) if *last == weight => Some(rest.clone()),
            _ => None,
        };
        let (law, body) = match self.law {
            Some(law) => (law.clone(), Term::mul(vec![f, g])),
            None => {
                let body = match (without(&g), without(&f)) {
                    (Some(g), _) => Term::mul(vec![f, g]),
                    (None, Some(f)) => Term::mul(vec![f, g]),
                    (None, None) => Term::mul(vec![f, g, weight.recip()]),
                };
                (standard(), body)
            }
        };
        Term::expect(self.variable, law, body)
    }
}

/// What adjoints are known to be.
pub struct Adjoints<'a> {
    /// What functions are of.
    pub variable: &'a Var,
    /// The law, or none for Lebesgue measure.
    pub law: Option<&'a Term>,
    /// For the score of the law.
    pub definitions: &'a Definitions,
}

impl Adjoints<'_> {
    /// The operator with what they are in the place of adjoints; none if one is not known.
    pub fn resolved(&self, operator: &Operator) -> Option<Operator> {
        match operator {
            Operator::Adjoint(a) => self.of(&self.resolved(a)?),
            other => other.with_parts(|part| self.resolved(part)),
        }
    }

    /// The adjoint of an operator. Those of the generators are theorems (`rules/operators/adjoints.relations`).
    pub fn of(&self, operator: &Operator) -> Option<Operator> {
        let of = |a: &Operator| Some(Box::new(self.of(a)?));
        Some(match operator {
            Operator::Times(_) => operator.clone(),
            Operator::Derivative => {
                let negative = Operator::Opposite(Box::new(Operator::Derivative));
                match self.law.map(Term::op) {
                    None => negative,
                    Some(Op::Law(name)) if &**name == "N" => {
                        Operator::Difference(Box::new(negative), Box::new(Operator::Times(self.score()?)))
                    }
                    // At the end of a support is a boundary, and an atom is none that a derivative sees.
                    Some(_) => return None,
                }
            }
            Operator::Smoothing(width) if self.law.is_none() && !width.depends_on(self.variable) => operator.clone(),
            Operator::Shift(by) if self.law.is_none() => Operator::Shift(by.clone().opposite()),
            Operator::OrnsteinUhlenbeck(_) if self.law == Some(&standard()) => operator.clone(),
            Operator::Product(a, b) => Operator::Product(of(b)?, of(a)?),
            Operator::Commutator(a, b) => Operator::Commutator(of(b)?, of(a)?),
            Operator::Opposite(_) | Operator::Power(..) | Operator::Sum(..) | Operator::Difference(..) => {
                operator.with_parts(|part| self.of(part))?
            }
            _ => return None,
        })
    }

    /// The derivative of the logarithm of the density.
    fn score(&self) -> Option<Term> {
        let density = Term::new(Op::Density, vec![self.law?.clone(), Term::var(self.variable.clone())]);
        let score = Term::derivative(self.variable, 1, density.ln());
        Some(Simplifier::new(self.definitions).simplify(&score))
    }
}
