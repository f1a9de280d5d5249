//! Adjoints: what an equation with `A^*` says of all functions, and what the adjoints of generators are known to be.
//!
//! `A^*` is what satisfies `∫ (A^* f) g dμ = ∫ f (A g) dμ`. So an equation between operators is one between such pairings, as
//! long as an adjoint stands where it can be moved to the other side.

use super::operator::standard;
use super::{Definitions, Op, Operator, Term, Var, substitute_many};

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

/// A theorem of `rules/operators/adjoints.relations`: what the adjoint of a generator is, for all values of its letters.
#[derive(Clone, Debug)]
pub struct Adjoint {
    /// What functions are of.
    pub variable: Var,
    /// The law that it is taken under, or none for Lebesgue measure. An unspecified one is any.
    pub law: Option<Term>,
    /// What stands below the star: a generator.
    pub of: Operator,
    /// What that is.
    pub is: Operator,
}

impl Adjoint {
    /// What it says of a generator; none if it speaks of another one, or of another law.
    pub fn at(&self, generator: &Operator, law: Option<&Term>, y: &Var) -> Option<Operator> {
        let mut values = Values(vec![(Term::var(self.variable.clone()), Term::var(y.clone()))]);
        match (&self.law, law) {
            (None, None) => {}
            (Some(pattern), Some(_)) if matches!(pattern.op(), Op::UnknownLaw(_)) => {}
            (Some(pattern), Some(law)) if pattern.op() == law.op() && pattern.args().len() == law.args().len() => {
                pattern.args().iter().zip(law.args()).try_for_each(|(part, value)| values.fit(part, value))?;
            }
            _ => return None,
        }
        if std::mem::discriminant(&self.of) != std::mem::discriminant(generator) {
            return None;
        }
        let multiplies = matches!(generator, Operator::Times(_));
        for (pattern, value) in self.of.terms().into_iter().zip(generator.terms()) {
            // A width, a time and a step are the same everywhere.
            if !multiplies && value.depends_on(y) {
                return None;
            }
            values.fit(pattern, value)?;
        }
        Some(self.is.map(&|term| values.of(term)))
    }
}

/// What letters, and unknown functions of the variable, stand for.
struct Values(Vec<(Term, Term)>);

impl Values {
    fn fit(&mut self, pattern: &Term, value: &Term) -> Option<()> {
        if !matches!(pattern.op(), Op::Var(_) | Op::Apply(..)) {
            return (pattern == value).then_some(());
        }
        match self.0.iter().find(|(known, _)| known == pattern) {
            Some((_, known)) => (known == value).then_some(()),
            None => {
                self.0.push((pattern.clone(), value.clone()));
                Some(())
            }
        }
    }

    fn of(&self, term: &Term) -> Term {
        if let Some((_, value)) = self.0.iter().find(|(pattern, _)| pattern == term) {
            return value.clone();
        }
        let letters = self.0.iter().filter_map(|(pattern, value)| Some((pattern.as_var()?.clone(), value.clone())));
        substitute_many(term, &letters.collect::<Vec<_>>())
    }
}

/// What adjoints are known to be.
pub struct Adjoints<'a> {
    /// What functions are of.
    pub variable: &'a Var,
    /// The law, or none for Lebesgue measure.
    pub law: Option<&'a Term>,
    /// With the theorems on generators.
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

    /// The adjoint of an operator: of generators by theorems, and `(A B)^* = B^* A^*`.
    fn of(&self, operator: &Operator) -> Option<Operator> {
        let of = |a: &Operator| Some(Box::new(self.of(a)?));
        Some(match operator {
            Operator::Product(a, b) => Operator::Product(of(b)?, of(a)?),
            Operator::Commutator(a, b) => Operator::Commutator(of(b)?, of(a)?),
            Operator::Opposite(_) | Operator::Power(..) | Operator::Sum(..) | Operator::Difference(..) => {
                operator.with_parts(|part| self.of(part))?
            }
            generator => {
                let known = self.definitions.adjoints.iter();
                known.filter_map(|known| known.at(generator, self.law, self.variable)).next()?
            }
        })
    }
}
