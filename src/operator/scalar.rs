//! Coefficients: polynomials with rational coefficients in powers of terms that are taken as they stand.

use crate::term::{Op, Term, canonical, is_positive};
use num_bigint::BigInt;
use num_rational::{BigRational, Ratio};
use num_traits::{CheckedAdd, CheckedMul, One, Signed, ToPrimitive, Zero};
use std::collections::BTreeMap;

/// Larger coefficients are not multiplied out.
const LARGEST: usize = 400;
/// Nor are higher powers.
const POWER: i64 = 64;

/// A product of powers of terms; the empty one is 1.
type Monomial = BTreeMap<Term, Ratio<i64>>;

/// A coefficient.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scalar {
    terms: BTreeMap<Monomial, BigRational>,
}

impl Scalar {
    pub fn number(value: BigRational) -> Scalar {
        let terms = [(Monomial::new(), value)].into_iter().filter(|(_, value)| !value.is_zero()).collect();
        Scalar { terms }
    }

    pub fn one() -> Scalar {
        Scalar::number(BigRational::one())
    }

    pub fn is_zero(&self) -> bool {
        self.terms.is_empty()
    }

    /// How many summands it has.
    pub fn len(&self) -> usize {
        self.terms.len()
    }

    /// The coefficient that a term is; none if it is too large to be written out.
    pub fn of(term: &Term) -> Option<Scalar> {
        match term.op() {
            Op::Number(value) => Some(Scalar::number(value.clone())),
            Op::Add => term.args().iter().try_fold(Scalar::default(), |sum, t| Some(sum.plus(&Scalar::of(t)?))),
            Op::Mul => term.args().iter().try_fold(Scalar::one(), |product, t| product.times(&Scalar::of(t)?)),
            Op::Pow => Scalar::power(&term.args()[0], &term.args()[1], term),
            Op::Function(name) if &**name == "sqrt" => Scalar::power(&term.args()[0], &Term::ratio(1, 2), term),
            Op::Function(name) if &**name == "exp" => Scalar::exponential(&Scalar::of(&term.args()[0])?),
            _ => Some(Scalar::atom(term, Ratio::one())),
        }
    }

    /// A product of powers of exponentials, one for each product in the exponent: so that e^t e^{-t} is 1.
    fn exponential(exponent: &Scalar) -> Option<Scalar> {
        exponent.terms.iter().try_fold(Scalar::one(), |product, (monomial, value)| {
            let as_small = |n: &BigInt| n.to_i64().filter(|n| n.abs() <= POWER);
            let power = as_small(value.numer()).zip(as_small(value.denom()));
            let alone = Scalar { terms: BTreeMap::from([(monomial.clone(), BigRational::one())]) };
            let factor = match power {
                Some((numer, denom)) => Scalar::atom(&alone.term().exp(), Ratio::new(numer, denom)),
                None => {
                    let whole = Scalar { terms: BTreeMap::from([(monomial.clone(), value.clone())]) };
                    Scalar::atom(&whole.term().exp(), Ratio::one())
                }
            };
            product.times(&factor)
        })
    }

    fn power(base: &Term, exponent: &Term, whole: &Term) -> Option<Scalar> {
        let as_small = |n: &BigInt| n.to_i64().filter(|n| n.abs() <= POWER);
        let exponent = exponent.as_number().and_then(|n| Some(Ratio::new(as_small(n.numer())?, as_small(n.denom())?)));
        let Some(exponent) = exponent else { return Some(Scalar::atom(whole, Ratio::one())) };
        let inner = Scalar::of(base)?;
        if exponent.is_integer() && !exponent.is_negative() {
            let mut product = Scalar::one();
            for _ in 0..*exponent.numer() {
                product = product.times(&inner)?;
            }
            return Some(product);
        }
        // Of one product, the powers of its factors: roots only of what is positive.
        if let [(monomial, value)] = inner.terms.iter().collect::<Vec<_>>().as_slice() {
            let whole_power = exponent.is_integer();
            let splits = value.is_positive() && monomial.keys().all(is_positive);
            if whole_power || splits {
                let raised = |(term, power): (&Term, &Ratio<i64>)| Some((term.clone(), power.checked_mul(&exponent)?));
                let powers = monomial.iter().map(raised).collect::<Option<Monomial>>()?;
                let alone = Scalar { terms: BTreeMap::from([(powers, BigRational::one())]) };
                return alone.times(&root(value, exponent)?);
            }
        }
        Some(Scalar::atom(&inner.term(), exponent))
    }

    fn atom(term: &Term, power: Ratio<i64>) -> Scalar {
        Scalar { terms: BTreeMap::from([(Monomial::from([(canonical(term), power)]), BigRational::one())]) }
    }

    pub fn plus(mut self, other: &Scalar) -> Scalar {
        for (monomial, value) in &other.terms {
            let sum = self.terms.entry(monomial.clone()).or_insert_with(BigRational::zero);
            *sum += value;
            if sum.is_zero() {
                self.terms.remove(monomial);
            }
        }
        self
    }

    pub fn opposite(&self) -> Scalar {
        Scalar { terms: self.terms.iter().map(|(monomial, value)| (monomial.clone(), -value)).collect() }
    }

    /// The product; none if it is too large.
    pub fn times(&self, other: &Scalar) -> Option<Scalar> {
        if self.terms.len() * other.terms.len() > LARGEST {
            return None;
        }
        let mut product = Scalar::default();
        for (a, x) in &self.terms {
            for (b, y) in &other.terms {
                let mut powers = a.clone();
                for (term, power) in b {
                    let sum = powers.entry(term.clone()).or_insert_with(Ratio::zero);
                    *sum = sum.checked_add(power)?;
                }
                product = product.plus(&Scalar::settled(powers, x * y)?);
            }
        }
        Some(product)
    }

    /// One product, with whole powers of numbers and of sums written out.
    fn settled(mut powers: Monomial, value: BigRational) -> Option<Scalar> {
        powers.retain(|_, power| !power.is_zero());
        let open = powers.iter().find(|(term, power)| {
            power.abs() >= Ratio::one() && (term.as_number().is_some() || *term.op() == Op::Add && power.is_positive())
        });
        let Some((term, power)) = open.map(|(term, power)| (term.clone(), *power)) else {
            return Some(Scalar { terms: BTreeMap::from([(powers, value)]) });
        };
        let whole = power.trunc();
        powers.insert(term.clone(), power - whole);
        let rest = Scalar::settled(powers, value)?;
        rest.times(&Scalar::of(&Term::pow(term, Term::integer(*whole.numer())))?)
    }

    /// The root of the coefficient, where that is a product of powers; else a power of the whole.
    pub fn root(&self) -> Option<Scalar> {
        let term = self.term();
        Scalar::power(&term, &Term::ratio(1, 2), &term)
    }

    pub fn term(&self) -> Term {
        let power = |(term, power): (&Term, &Ratio<i64>)| {
            let exponent = Term::ratio(*power.numer(), *power.denom());
            if term.is_function("exp") && !power.is_one() {
                return Term::mul(vec![exponent, term.args()[0].clone()]).exp();
            }
            if power.is_one() { term.clone() } else { Term::pow(term.clone(), exponent) }
        };
        let product = |(monomial, value): (&Monomial, &BigRational)| {
            let mut factors: Vec<Term> = monomial.iter().map(power).collect();
            if !value.is_one() || factors.is_empty() {
                factors.insert(0, Term::number(value.clone()));
            }
            if factors.len() == 1 { factors.remove(0) } else { Term::mul(factors) }
        };
        let mut summands: Vec<Term> = self.terms.iter().map(product).collect();
        match summands.len() {
            0 => Term::zero(),
            1 => summands.remove(0),
            _ => Term::add(summands),
        }
    }

    /// Is it a product with a minus sign?
    pub fn is_negative_looking(&self) -> bool {
        self.terms.len() == 1 && self.terms.values().all(Signed::is_negative)
    }

    pub fn is_one(&self) -> bool {
        self.terms.len() == 1 && self.terms.get(&Monomial::new()).is_some_and(One::is_one)
    }
}

/// A power of a number: exact where it is rational.
fn root(value: &BigRational, exponent: Ratio<i64>) -> Option<Scalar> {
    if value.is_one() {
        return Some(Scalar::one());
    }
    let whole = i32::try_from(*exponent.numer()).ok()?;
    if exponent.is_integer() {
        return Some(Scalar::number(num_traits::Pow::pow(value, whole)));
    }
    if *exponent.denom() == 2 {
        // The squares leave the root.
        let (mut outside, mut inside) = (BigRational::one(), BigRational::one());
        for (part, of_numerator) in [(value.numer(), true), (value.denom(), false)] {
            let (square, rest) = square_part(part);
            let raised = |n: BigInt| BigRational::from_integer(n);
            if of_numerator {
                outside *= raised(square);
                inside *= raised(rest);
            } else {
                // 1/√n = √n/n
                outside /= raised(square) * raised(rest.clone());
                inside *= raised(rest);
            }
        }
        let outside = Scalar::number(num_traits::Pow::pow(outside, whole));
        if inside.is_one() {
            return Some(outside);
        }
        let halves = Scalar::settled(Monomial::from([(Term::number(inside), exponent)]), BigRational::one())?;
        return outside.times(&halves);
    }
    Some(Scalar::atom(&Term::number(value.clone()), exponent))
}

/// The largest square that is seen to divide a positive number, by its root, and what is left.
fn square_part(number: &BigInt) -> (BigInt, BigInt) {
    let whole = number.sqrt();
    if &whole * &whole == *number {
        return (whole, BigInt::one());
    }
    let (mut outside, mut rest) = (BigInt::one(), number.clone());
    for prime in [2u32, 3, 5, 7, 11, 13] {
        let square = BigInt::from(prime * prime);
        while (&rest % &square).is_zero() {
            rest /= &square;
            outside *= prime;
        }
    }
    (outside, rest)
}
