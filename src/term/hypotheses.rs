//! What a statement supposes: one model for elaboration, search, kernel, numbers, repair and printing.
//!
//! Hypotheses about single letters are domains, equations are solved for a letter where that can be done. What is left
//! is kept here as terms. What follows from it by linear arithmetic over the rationals is decided by Fourier-Motzkin
//! elimination, exactly, with every monomial that is no number as an unknown of its own.

use super::domain::{is_nonnegative, is_nonzero, is_positive};
use super::{Domain, Op, Regularity, Symbol, Term, Var};
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::collections::{BTreeMap, BTreeSet};

/// What is supposed of letters and unknown functions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hypotheses {
    /// Classes that were granted to unknown functions.
    pub classes: BTreeMap<Symbol, Regularity>,
    /// Terms above 0.
    pub positive: Vec<Term>,
    /// Terms that are 0 or above.
    pub nonnegative: Vec<Term>,
    /// Terms that are not 0.
    pub nonzero: Vec<Term>,
    /// Equations that could not be solved for a letter.
    pub equations: Vec<(Term, Term)>,
    /// Letters that an equation was solved for; they stand in no term any more.
    pub solved: Vec<(Symbol, Term)>,
    /// Unspecified laws that have a density on the line: the statement integrates it, or differentiates it in the point.
    pub densities: BTreeSet<Symbol>,
}

impl Hypotheses {
    /// Takes up which densities a term integrates over the line.
    pub fn read_densities(&mut self, term: &Term) {
        let is_infinite = |end: &Term| end.factors().iter().any(|factor| *factor.op() == Op::Infinity);
        term.visit(&mut |part| {
            if let (Op::Derivative(var, _), [body, _]) = (part.op(), part.args()) {
                body.visit(&mut |factor| {
                    if let (Op::Density, [law, point]) = (factor.op(), factor.args())
                        && let Op::UnknownLaw(name) = law.op()
                        && point.depends_on(var)
                    {
                        self.densities.insert(name.clone());
                    }
                });
            }
            let (Op::Integral(var), [lo, hi, body]) = (part.op(), part.args()) else { return };
            if !is_infinite(lo) || !is_infinite(hi) {
                return;
            }
            body.visit(&mut |factor| {
                if let (Op::Density, [law, point]) = (factor.op(), factor.args())
                    && let Op::UnknownLaw(name) = law.op()
                    && point.as_var() == Some(var)
                {
                    self.densities.insert(name.clone());
                }
            });
        });
    }

    /// True if the term is above 0 by the hypotheses and the domains of its letters.
    pub fn imply_positive(&self, term: &Term) -> bool {
        is_positive(term) || self.excluded(term, |value| Constraint { value: value.opposite(), strict: false })
    }

    /// True if the term is 0 or above.
    pub fn imply_nonnegative(&self, term: &Term) -> bool {
        is_nonnegative(term) || self.excluded(term, |value| Constraint { value: value.opposite(), strict: true })
    }

    /// True if the term is not 0.
    pub fn imply_nonzero(&self, term: &Term) -> bool {
        if is_nonzero(term) || self.imply_positive(term) || self.imply_positive(&term.clone().opposite()) {
            return true;
        }
        let value = Polynomial::of(term);
        self.nonzero.iter().any(|known| Polynomial::of(known).is_multiple_of(&value))
    }

    /// True if nothing satisfies the hypotheses, as far as linear arithmetic tells.
    pub fn contradict(&self) -> bool {
        if self
            .equations
            .iter()
            .any(|(left, right)| Polynomial::of(&left.clone().minus(right.clone())).is_nonzero_number())
        {
            return true;
        }
        let constraints = self.constraints(&[]);
        infeasible(constraints)
            || self.nonzero.iter().any(|term| {
                let value = Polynomial::of(term);
                value.terms.is_empty()
                    || [value.clone(), value.opposite()].into_iter().all(|side| {
                        let mut constraints = self.constraints(&[&side]);
                        constraints.push(Constraint { value: side, strict: true });
                        infeasible(constraints)
                    })
            })
    }

    /// The terms of each relation.
    pub fn relations(&self) -> impl Iterator<Item = Vec<&Term>> {
        let single = self.positive.iter().chain(&self.nonnegative).chain(&self.nonzero).map(|term| vec![term]);
        single.chain(self.equations.iter().map(|(left, right)| vec![left, right]))
    }

    /// True if the term with such a constraint contradicts the hypotheses.
    fn excluded(&self, term: &Term, against: impl Fn(Polynomial) -> Constraint) -> bool {
        let value = Polynomial::of(term);
        let mut constraints = self.constraints(&[&value]);
        constraints.push(against(value));
        infeasible(constraints)
    }

    /// The hypotheses, and what the domains say of the monomials in them and in further terms.
    fn constraints(&self, others: &[&Polynomial]) -> Vec<Constraint> {
        let mut found: Vec<Constraint> = Vec::new();
        found.extend(self.positive.iter().map(|t| Constraint { value: Polynomial::of(t), strict: true }));
        found.extend(self.nonnegative.iter().map(|t| Constraint { value: Polynomial::of(t), strict: false }));
        for (left, right) in &self.equations {
            let value = Polynomial::of(&left.clone().minus(right.clone()));
            found.push(Constraint { value: value.opposite(), strict: false });
            found.push(Constraint { value, strict: false });
        }
        let mut monomials: Vec<Monomial> = found.iter().flat_map(|c| c.value.terms.keys().cloned()).collect();
        monomials.extend(others.iter().flat_map(|value| value.terms.keys().cloned()));
        monomials.sort();
        monomials.dedup();
        for monomial in monomials.into_iter().filter(|m| !m.is_empty()) {
            let term =
                Term::mul(monomial.iter().map(|(t, n)| Term::pow(t.clone(), Term::integer(i64::from(*n)))).collect());
            let value = Polynomial { terms: BTreeMap::from([(monomial.clone(), BigRational::one())]) };
            let domain = match monomial.as_slice() {
                [(letter, 1)] => letter.as_var().map(|v| v.domain),
                _ => None,
            };
            if domain == Some(Domain::Unit) {
                found.push(Constraint {
                    value: Polynomial::number(BigRational::one()).plus(&value.opposite()),
                    strict: true,
                });
            }
            if domain == Some(Domain::Counting) {
                found.push(Constraint {
                    value: value.clone().plus(&Polynomial::number(-BigRational::one())),
                    strict: false,
                });
            }
            let (positive, nonnegative) = (is_positive(&term), is_nonnegative(&term));
            if positive || nonnegative {
                found.push(Constraint { value, strict: positive });
            }
        }
        found
    }
}

/// A product of powers of terms that are no sums or products; the empty one is 1.
type Monomial = Vec<(Term, u32)>;

/// Larger polynomials are not multiplied out.
const LARGEST: usize = 64;
/// The highest power that is multiplied out.
const POWER: u32 = 8;

/// A polynomial with rational coefficients in terms that are taken as they stand.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Polynomial {
    terms: BTreeMap<Monomial, BigRational>,
}

impl Polynomial {
    pub fn of(term: &Term) -> Polynomial {
        match term.op() {
            Op::Number(n) => Polynomial::number(n.clone()),
            Op::Add => {
                term.args().iter().fold(Polynomial::number(BigRational::zero()), |sum, t| sum.plus(&Polynomial::of(t)))
            }
            Op::Mul => {
                let mut product = Polynomial::number(BigRational::one());
                for factor in term.args() {
                    match product.times(&Polynomial::of(factor)) {
                        Some(next) => product = next,
                        None => return Polynomial::atom(term),
                    }
                }
                product
            }
            Op::Pow => match term.args()[1].as_integer().and_then(|n| n.to_u32()).filter(|n| *n <= POWER) {
                Some(n) => {
                    let base = Polynomial::of(&term.args()[0]);
                    let mut product = Some(Polynomial::number(BigRational::one()));
                    for _ in 0..n {
                        product = product.and_then(|p| p.times(&base));
                    }
                    product.unwrap_or_else(|| Polynomial::atom(term))
                }
                None => Polynomial::atom(term),
            },
            _ => Polynomial::atom(term),
        }
    }

    fn atom(term: &Term) -> Polynomial {
        Polynomial { terms: BTreeMap::from([(vec![(super::canonical(term), 1)], BigRational::one())]) }
    }

    fn number(value: BigRational) -> Polynomial {
        let mut terms = BTreeMap::new();
        if !value.is_zero() {
            terms.insert(vec![], value);
        }
        Polynomial { terms }
    }

    fn plus(mut self, other: &Polynomial) -> Polynomial {
        for (monomial, value) in &other.terms {
            let sum = self.terms.entry(monomial.clone()).or_insert_with(BigRational::zero);
            *sum += value;
            if sum.is_zero() {
                self.terms.remove(monomial);
            }
        }
        self
    }

    fn times(&self, other: &Polynomial) -> Option<Polynomial> {
        if self.terms.len() * other.terms.len() > LARGEST {
            return None;
        }
        let mut product = Polynomial::number(BigRational::zero());
        for (a, x) in &self.terms {
            for (b, y) in &other.terms {
                let mut powers: BTreeMap<Term, u32> = a.iter().cloned().collect();
                for (term, power) in b {
                    *powers.entry(term.clone()).or_insert(0) += power;
                }
                let single = Polynomial { terms: BTreeMap::from([(powers.into_iter().collect(), x * y)]) };
                product = product.plus(&single);
            }
        }
        Some(product)
    }

    fn opposite(&self) -> Polynomial {
        Polynomial { terms: self.terms.iter().map(|(m, c)| (m.clone(), -c)).collect() }
    }

    fn is_nonzero_number(&self) -> bool {
        self.terms.len() == 1 && self.terms.contains_key(&Vec::new())
    }

    /// The value if there is nothing but a number.
    pub fn as_number(&self) -> Option<BigRational> {
        match self.terms.len() {
            0 => Some(BigRational::zero()),
            1 => self.terms.get(&Vec::new()).cloned(),
            _ => None,
        }
    }

    fn is_multiple_of(&self, other: &Polynomial) -> bool {
        let Some(((_, a), (_, b))) = self.terms.iter().next().zip(other.terms.iter().next()) else { return false };
        let ratio = b / a;
        self.terms.len() == other.terms.len()
            && self.terms.iter().zip(&other.terms).all(|((m, x), (n, y))| m == n && x * &ratio == *y)
    }

    /// The coefficient of a letter that occurs as itself times a number and nowhere else.
    pub fn coefficient(&self, letter: &Var) -> Option<BigRational> {
        let alone: Monomial = vec![(Term::var(letter.clone()), 1)];
        let elsewhere = self.terms.keys().any(|m| *m != alone && m.iter().any(|(t, _)| t.depends_on(letter)));
        self.terms.get(&alone).filter(|_| !elsewhere).cloned()
    }

    /// The polynomial as a term.
    pub fn term(&self) -> Term {
        let monomial = |(monomial, value): (&Monomial, &BigRational)| {
            let powers = monomial
                .iter()
                .map(|(t, n)| if *n == 1 { t.clone() } else { Term::pow(t.clone(), Term::integer(i64::from(*n))) });
            let mut factors: Vec<Term> = powers.collect();
            if !value.is_one() || factors.is_empty() {
                factors.insert(0, Term::number(value.clone()));
            }
            if factors.len() == 1 { factors.remove(0) } else { Term::mul(factors) }
        };
        let mut summands: Vec<Term> = self.terms.iter().map(monomial).collect();
        match summands.len() {
            0 => Term::zero(),
            1 => summands.remove(0),
            _ => Term::add(summands),
        }
    }

    /// What the letter equals where the polynomial is 0.
    pub fn solved_for(&self, letter: &Var) -> Option<Polynomial> {
        let slope = self.coefficient(letter)?;
        let mut rest = self.clone();
        rest.terms.remove(&vec![(Term::var(letter.clone()), 1)]);
        let factor = -slope.recip();
        Some(Polynomial { terms: rest.terms.into_iter().map(|(m, c)| (m, c * &factor)).collect() })
    }
}

/// A polynomial that is above 0, or 0 or above.
#[derive(Clone, Debug, PartialEq)]
struct Constraint {
    value: Polynomial,
    strict: bool,
}

/// More constraints than these are not looked through: the answer is that nothing is known.
const CONSTRAINTS: usize = 400;

/// True if no values of the monomials satisfy all constraints.
fn infeasible(mut constraints: Vec<Constraint>) -> bool {
    loop {
        let mut open = Vec::new();
        for constraint in constraints {
            match constraint.value.as_number() {
                Some(value) if value.is_negative() || (value.is_zero() && constraint.strict) => return true,
                Some(_) => {}
                None if open.contains(&constraint) => {}
                None => open.push(constraint),
            }
        }
        // The unknown whose elimination makes least.
        let mut unknowns: Vec<&Monomial> =
            open.iter().flat_map(|c| c.value.terms.keys()).filter(|m| !m.is_empty()).collect();
        unknowns.sort();
        unknowns.dedup();
        let count = |m: &Monomial, sign: fn(&BigRational) -> bool| {
            open.iter().filter(|c| c.value.terms.get(m).is_some_and(sign)).count()
        };
        let Some(unknown) = unknowns
            .into_iter()
            .min_by_key(|m| count(m, BigRational::is_positive) * count(m, BigRational::is_negative))
            .cloned()
        else {
            return false;
        };
        let (with, mut rest): (Vec<_>, Vec<_>) = open.into_iter().partition(|c| c.value.terms.contains_key(&unknown));
        let (above, below): (Vec<_>, Vec<_>) = with.into_iter().partition(|c| c.value.terms[&unknown].is_positive());
        for low in &above {
            for high in &below {
                let (a, b) = (&low.value.terms[&unknown], &high.value.terms[&unknown]);
                let scaled = |p: &Polynomial, by: BigRational| Polynomial {
                    terms: p.terms.iter().map(|(m, c)| (m.clone(), c * &by)).collect(),
                };
                let value = scaled(&low.value, a.recip()).plus(&scaled(&high.value, -b.recip()));
                rest.push(Constraint { value, strict: low.strict || high.strict });
            }
        }
        if rest.len() > CONSTRAINTS {
            return false;
        }
        constraints = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(name: &str, domain: Domain) -> Term {
        Term::var(Var::free(name, domain))
    }

    #[test]
    fn linear_arithmetic_decides_signs() {
        let (a, b) = (letter("a", Domain::Real), letter("b", Domain::Positive));
        let hypotheses = Hypotheses { nonnegative: vec![a.clone().minus(b.clone())], ..Hypotheses::default() };
        assert!(hypotheses.imply_positive(&a), "a ≥ b > 0");
        assert!(hypotheses.imply_positive(&Term::add(vec![a.clone(), b.clone()])));
        assert!(!hypotheses.imply_positive(&a.clone().minus(b.clone())), "it may be 0");
        assert!(hypotheses.imply_nonnegative(&a.clone().minus(b.clone())));
        assert!(!hypotheses.imply_nonnegative(&b.minus(a)));
        assert!(!hypotheses.contradict());
    }

    #[test]
    fn contradictions_are_found() {
        let (a, b) = (letter("a", Domain::Real), letter("b", Domain::Real));
        let both = Hypotheses {
            nonnegative: vec![a.clone().minus(b.clone()), b.clone().minus(a.clone())],
            ..Hypotheses::default()
        };
        assert!(!both.contradict());
        assert!(Hypotheses { nonzero: vec![a.clone().minus(b.clone())], ..both.clone() }.contradict());
        assert!(Hypotheses { positive: vec![a.clone().minus(b.clone())], ..both }.contradict());
        let square = Term::pow(a, Term::integer(2));
        assert!(Hypotheses { positive: vec![square.opposite()], ..Hypotheses::default() }.contradict());
    }
}
