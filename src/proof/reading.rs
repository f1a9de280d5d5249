//! What is read off terms without evaluating them: signs, exponents, numbers; and the random values of variables.

use super::number::{Draw, mix, unit};
use crate::term::{Domain, Op, Term, is_nonnegative, is_positive};
use num_rational::BigRational;
use num_traits::{One, Zero};

/// Larger exponents of literals are not computed.
const LARGEST_EXPONENT: u64 = 256;

/// The value of a term made of rational numbers, sums, products and whole powers.
pub fn rational(term: &Term) -> Option<BigRational> {
    let values = || term.args().iter().map(rational).collect::<Option<Vec<_>>>();
    match term.op() {
        Op::Number(n) => Some(n.clone()),
        Op::Add => Some(values()?.into_iter().sum()),
        Op::Mul => Some(values()?.into_iter().product()),
        Op::Pow => {
            let exponent = term.args()[1].as_integer().filter(|n| n.unsigned_abs() <= LARGEST_EXPONENT)?;
            let base = rational(&term.args()[0]).filter(|base| exponent >= 0 || !base.is_zero())?;
            Some(num_traits::Pow::pow(base, i32::try_from(exponent).ok()?))
        }
        _ => None,
    }
}

/// The sign of a term, where it follows from the signs of its parts; 0 for what is 0 or above.
pub fn certain_sign(term: &Term) -> Option<i32> {
    let term = &collected(term);
    if is_positive(term) {
        return Some(1);
    }
    if is_positive(&term.clone().opposite()) {
        return Some(-1);
    }
    is_nonnegative(term).then_some(0)
}

/// A sum, or a product of sums, with what occurs in a sum with both signs cancelled.
pub fn collected(term: &Term) -> Term {
    match term.op() {
        Op::Mul => Term::mul(term.args().iter().map(collected).collect()),
        Op::Add => {
            let mut parts = Vec::new();
            collect(term, &BigRational::one(), &mut parts);
            parts.retain(|(_, coefficient)| !coefficient.is_zero());
            let product = |(factors, coefficient): (Vec<Term>, BigRational)| {
                Term::mul([vec![Term::number(coefficient)], factors].concat())
            };
            let mut terms: Vec<Term> = parts.into_iter().map(product).collect();
            match terms.len() {
                0 => Term::zero(),
                1 => terms.remove(0),
                _ => Term::add(terms),
            }
        }
        _ => term.clone(),
    }
}

/// Summands by what they hold beside numbers, sums in sums taken apart.
fn collect(term: &Term, scale: &BigRational, parts: &mut Vec<(Vec<Term>, BigRational)>) {
    if *term.op() == Op::Add {
        return term.args().iter().for_each(|summand| collect(summand, scale, parts));
    }
    let (numbers, mut rest): (Vec<Term>, Vec<Term>) =
        term.factors().iter().cloned().partition(|t| t.as_number().is_some());
    let coefficient = numbers.iter().filter_map(Term::as_number).fold(scale.clone(), |product, n| product * n);
    if let [sum] = rest.as_slice()
        && *sum.op() == Op::Add
    {
        return collect(sum, &coefficient, parts);
    }
    rest.sort();
    match parts.iter_mut().find(|(factors, _)| *factors == rest) {
        Some((_, sum)) => *sum += coefficient,
        None => parts.push((rest, coefficient)),
    }
}

/// A product without one of its factors, once.
fn without(term: &Term, factor: &Term) -> Term {
    let mut rest = term.factors().to_vec();
    if let Some(index) = rest.iter().position(|t| t == factor) {
        rest.remove(index);
    }
    if rest.len() == 1 { rest.remove(0) } else { Term::mul(rest) }
}

/// The term without what does not change its sign, up to a constant.
pub fn core(term: &Term, positive: &dyn Fn(&Term) -> bool) -> Term {
    let product = |factors: Vec<Term>| if factors.len() == 1 { factors[0].clone() } else { Term::mul(factors) };
    match term.op() {
        Op::Mul => {
            let rest: Vec<Term> = term.args().iter().filter(|t| !positive(t)).map(|t| core(t, positive)).collect();
            if rest.is_empty() { term.clone() } else { product(rest) }
        }
        Op::Add => {
            let shared = |factor: &&Term| term.args().iter().all(|t| t.factors().contains(factor));
            let factors = term.args().first().map_or(&[][..], Term::factors);
            match factors.iter().filter(|t| positive(t) && t.as_number().is_none()).find(shared) {
                Some(factor) => core(&Term::add(term.args().iter().map(|t| without(t, factor)).collect()), positive),
                None => term.clone(),
            }
        }
        Op::Pow if term.args()[1].as_integer().is_some_and(|n| n % 2 != 0) => core(&term.args()[0], positive),
        _ => term.clone(),
    }
}

/// True for an exponent that may have an even denominator: the root has two values.
pub fn may_be_even_root(exponent: &Term) -> bool {
    exponent.as_number().is_none_or(|n| !n.denom().bit(0))
}

/// A number inside a domain, of moderate size. All its bits are random, so that no function vanishes at it for the
/// sake of a grid; whole numbers are whole only where pieces may ask for it, for an equation between terms that are
/// analytic in them holds at real numbers or is no matter of arithmetic.
pub fn random_in(domain: Domain, seed: u64, landmarks: &[f64]) -> Draw {
    let u = unit(seed);
    let value = match domain {
        Domain::Real | Domain::NonZero => {
            let size = 0.2 + 1.6 * u;
            if mix(seed) & 1 == 0 { size } else { -size }
        }
        Domain::Positive => 0.25 + 2.0 * u,
        Domain::Unit => 0.1 + 0.8 * u,
        Domain::Natural | Domain::Counting if !landmarks.is_empty() => {
            let landmark = landmarks[(u * landmarks.len() as f64) as usize % landmarks.len()];
            if domain == Domain::Counting { landmark.max(1.0) } else { landmark }
        }
        Domain::Natural | Domain::Counting => 2.0 + 30.0 * u,
        Domain::Integer => {
            let size = 31.0 * u;
            if mix(seed) & 1 == 0 { size } else { -size }
        }
        Domain::Bit => (mix(seed) & 1) as f64,
        Domain::Sign => {
            if mix(seed) & 1 == 0 {
                1.0
            } else {
                -1.0
            }
        }
    };
    Draw { value, tail: if value.fract() == 0.0 { None } else { Some(mix(seed ^ 0x7a11)) } }
}
