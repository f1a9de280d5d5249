//! A term multiplied out: a sum of products of whole powers of other terms, with rational coefficients. Logarithms are
//! taken apart on the way, only at factors that are positive here by what is known at the place.

use crate::checks::is_overlooked;
use crate::context::{Claim, Context};
use crate::rational::{add_to, product_of};
use crate::term::{Op, Term};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Terms with their exponents, in order; none is 0.
pub type Monomial = Vec<(Term, i64)>;

/// Monomials with their coefficients; none is 0.
pub type Polynomial = BTreeMap<Monomial, BigRational>;

/// A positive number times powers of positive terms times a sum.
struct Factored {
    scale: BigRational,
    powers: Monomial,
    sum: Polynomial,
}

pub(crate) type Memo = HashMap<Term, Option<Polynomial>>;

const MONOMIALS: usize = 256;
const EXPONENT: i64 = 32;
/// A sum over a divisor is brought into its form in so many steps at most.
const MOST_REDUCTIONS: usize = 64;

fn single(monomial: Monomial, coefficient: BigRational) -> Polynomial {
    if coefficient.is_zero() { Polynomial::new() } else { Polynomial::from([(monomial, coefficient)]) }
}

fn include(sum: &mut Polynomial, monomial: Monomial, coefficient: BigRational) {
    match sum.entry(monomial) {
        Entry::Vacant(entry) => drop(entry.insert(coefficient)),
        Entry::Occupied(mut entry) => add_to(entry.get_mut(), &coefficient),
    }
}

fn add(mut sum: Polynomial, other: Polynomial) -> Option<Polynomial> {
    for (monomial, coefficient) in other {
        include(&mut sum, monomial, coefficient);
    }
    sum.retain(|_, coefficient| !coefficient.is_zero());
    (sum.len() <= MONOMIALS).then_some(sum)
}

fn atoms(sum: &Polynomial) -> BTreeSet<Term> {
    sum.keys().flatten().map(|(atom, _)| *atom).collect()
}

/// The product of two monomials, unless exponents are too large.
pub fn merged(a: &Monomial, b: &Monomial) -> Option<Monomial> {
    let (mut left, mut right) = (a.iter().copied().peekable(), b.iter().copied().peekable());
    let mut all = Monomial::with_capacity(a.len() + b.len());
    loop {
        match (left.peek(), right.peek()) {
            (Some((x, n)), Some((y, m))) if x == y => {
                let exponent = n.checked_add(*m)?;
                if exponent != 0 {
                    all.push((*x, exponent));
                }
                left.next();
                right.next();
            }
            (Some((x, _)), Some((y, _))) => all.extend(if x < y { left.next() } else { right.next() }),
            (Some(_), None) => all.extend(left.next()),
            (None, _) => {
                all.extend(right);
                return Some(all);
            }
        }
    }
}

/// The product of two polynomials.
pub fn mul(a: &Polynomial, b: &Polynomial) -> Option<Polynomial> {
    if a.len().checked_mul(b.len())? > 64 * MONOMIALS {
        return None;
    }
    let mut sum = Polynomial::new();
    for (left, c) in a {
        for (right, d) in b {
            include(&mut sum, merged(left, right)?, product_of(c, d));
        }
    }
    add(sum, Polynomial::new())
}

/// The sum with one product m · lead/u, where u = c lead + rest, as m/c (1 - rest/u).
fn reduced(
    sum: &Polynomial,
    monomial: &Monomial,
    atom: Term,
    divisor: &Polynomial,
    leading: &Monomial,
) -> Option<Polynomial> {
    let mut sum = sum.clone();
    let coefficient = sum.remove(monomial)? / divisor.get(leading)?;
    let without = |by: &Monomial| by.iter().map(|(term, exponent)| (*term, -exponent)).collect::<Monomial>();
    let left = merged(&merged(monomial, &without(leading))?, &vec![(atom, -1)])?;
    let mut rest = divisor.clone();
    rest.remove(leading);
    let below = merged(&left, &vec![(atom, 1)])?;
    let rest = mul(&rest, &single(below, -coefficient.clone()))?;
    add(add(sum, single(left, coefficient))?, rest)
}

/// The small primes of a positive number, and what is left of it.
fn factors(number: &BigInt) -> Vec<BigInt> {
    let (mut rest, mut factors) = (number.clone(), vec![]);
    for prime in 2u32..1000 {
        if rest < (prime * prime).into() {
            break;
        }
        while (&rest % prime).is_zero() {
            rest /= prime;
            factors.push(prime.into());
        }
    }
    factors.extend((!rest.is_one()).then_some(rest));
    factors
}

impl Context<'_> {
    /// The term multiplied out; with `logarithms`, these are taken apart.
    pub fn expand(&mut self, term: Term, logarithms: bool) -> Option<Polynomial> {
        if logarithms {
            return self.expanded(term, logarithms, &mut HashMap::new());
        }
        // Without logarithms it does not depend on the place.
        let mut memo = std::mem::take(&mut self.polynomials);
        let result = self.expanded(term, logarithms, &mut memo);
        self.polynomials = memo;
        result
    }

    fn expanded(&mut self, term: Term, logarithms: bool, memo: &mut Memo) -> Option<Polynomial> {
        if let Some(known) = memo.get(&term) {
            return known.clone();
        }
        let found = self.expanded_by_structure(term, logarithms, memo);
        let found = found.and_then(|sum| self.without_roots(sum, logarithms, memo));
        let found = found.map(|sum| self.over_divisors(sum, logarithms, memo));
        self.work += 1 + found.as_ref().map_or(0, |sum| sum.len() as u64);
        memo.insert(term, found.clone());
        found
    }

    /// Powers of roots that are whole powers of what stands below the root: (u^c)^n = u^(c n).
    fn without_roots(&mut self, sum: Polynomial, logarithms: bool, memo: &mut Memo) -> Option<Polynomial> {
        let whole = |this: &Self, (atom, n): &(Term, i64)| {
            let is_power = matches!(this.table.op(*atom), Op::Pow);
            let args = this.table.args(*atom);
            let exponent = this.table.as_rat(*args.get(1).filter(|_| is_power)?)?;
            let times = exponent * BigRational::from_integer((*n).into());
            let is_root = !exponent.is_integer() && times.is_integer();
            Some((args[0], times.to_integer().to_i64().filter(|times| is_root && times.abs() <= EXPONENT)?))
        };
        if !sum.keys().flatten().any(|factor| whole(self, factor).is_some()) {
            return Some(sum);
        }
        let mut all = Polynomial::new();
        for (monomial, coefficient) in sum {
            let mut product = single(vec![], coefficient);
            for factor in monomial {
                let power = match whole(self, &factor) {
                    Some((base, times)) => {
                        let exponent = self.table.int(times);
                        let power = self.table.pow(base, exponent);
                        self.expanded(power, logarithms, memo)?
                    }
                    None => single(vec![factor], BigRational::one()),
                };
                product = mul(&product, &power)?;
            }
            all = add(all, product)?;
        }
        Some(all)
    }

    /// The sum with u · 1/u = 1 for the divisors u that are sums: the leading product of u does not stand beside 1/u.
    fn over_divisors(&mut self, mut sum: Polynomial, logarithms: bool, memo: &mut Memo) -> Polynomial {
        let is_divisor = |this: &Self, term: Term| matches!(this.table.op(term), Op::Inv);
        let mut atoms: Vec<Term> =
            sum.keys().flatten().map(|(atom, _)| *atom).filter(|a| is_divisor(self, *a)).collect();
        atoms.sort();
        atoms.dedup();
        for atom in atoms {
            let divisor = self.table.args(atom)[0];
            let Some(divisor) = self.expanded(divisor, logarithms, memo).filter(|divisor| divisor.len() > 1) else {
                continue;
            };
            let degree = |monomial: &Monomial| monomial.iter().map(|(_, exponent)| *exponent).sum::<i64>();
            if divisor.keys().flatten().any(|(_, exponent)| *exponent < 0) {
                continue;
            }
            let Some(leading) = divisor.keys().max_by_key(|monomial| (degree(monomial), (*monomial).clone())).cloned()
            else {
                continue;
            };
            for _ in 0..MOST_REDUCTIONS {
                let fits = |monomial: &&Monomial| {
                    let exponent = |of: Term| monomial.iter().find(|(term, _)| *term == of).map_or(0, |(_, n)| *n);
                    exponent(atom) > 0 && leading.iter().all(|(term, n)| exponent(*term) >= *n)
                };
                let Some(monomial) = sum.keys().find(fits).cloned() else { break };
                let Some(reduced) = reduced(&sum, &monomial, atom, &divisor, &leading) else { break };
                sum = reduced;
            }
        }
        sum
    }

    fn expanded_by_structure(&mut self, term: Term, logarithms: bool, memo: &mut Memo) -> Option<Polynomial> {
        let args = self.table.args(term).to_vec();
        Some(match self.table.op(term).clone() {
            Op::Rat(value) => single(vec![], value),
            Op::Add => {
                let mut sum = Polynomial::new();
                for arg in args {
                    sum = add(sum, self.expanded(arg, logarithms, memo)?)?;
                }
                sum
            }
            Op::Mul => {
                let mut all = single(vec![], BigRational::one());
                for arg in args {
                    all = mul(&all, &self.expanded(arg, logarithms, memo)?)?;
                }
                all
            }
            Op::Inv => self.expanded_power(term, args[0], -1, logarithms, memo)?,
            Op::Pow => match self.whole_literal(args[1]) {
                Some(exponent) if exponent.abs() <= EXPONENT => {
                    self.expanded_power(term, args[0], exponent, logarithms, memo)?
                }
                _ => single(vec![(term, 1)], BigRational::one()),
            },
            Op::Fun(name) if logarithms && &*name == "ln" => self.logarithm(args[0])?,
            Op::Fun(name) if &*name == "exp" => self.exponentials(term, args[0], logarithms, memo)?,
            Op::Fun(name) if logarithms => match self.library.functions.get(&name) {
                Some(known) => match self.special_value(known, &args).or_else(|| self.known_piece(known, &args)) {
                    Some(value) => {
                        self.unfold()?;
                        let result = self.expanded(value, logarithms, memo);
                        self.unfolding -= 1;
                        result?
                    }
                    _ => single(vec![(term, 1)], BigRational::one()),
                },
                None => single(vec![(term, 1)], BigRational::one()),
            },
            _ => single(vec![(term, 1)], BigRational::one()),
        })
    }

    /// e^{k u + l v} as (e^u)^k (e^v)^l, for whole k and l.
    fn exponentials(&mut self, whole: Term, exponent: Term, logarithms: bool, memo: &mut Memo) -> Option<Polynomial> {
        let sum = self.expanded(exponent, logarithms, memo)?;
        let mut factors = vec![];
        for (monomial, coefficient) in sum {
            let times = coefficient.is_integer().then(|| coefficient.to_integer().to_i64()).flatten();
            let Some(times) = times.filter(|times| times.abs() <= EXPONENT) else {
                return Some(single(vec![(whole, 1)], BigRational::one()));
            };
            let inner = self.monomial(&monomial, BigRational::one());
            factors.push((self.table.fun("exp", vec![inner]), times));
        }
        factors.sort();
        Some(single(factors, BigRational::one()))
    }

    /// The value of a whole literal.
    pub fn whole_literal(&self, term: Term) -> Option<i64> {
        let value = self.table.as_rat(term)?;
        if value.is_integer() { value.to_integer().to_i64() } else { None }
    }

    fn expanded_power(
        &mut self,
        whole: Term,
        base: Term,
        exponent: i64,
        logarithms: bool,
        memo: &mut Memo,
    ) -> Option<Polynomial> {
        let base = self.expanded(base, logarithms, memo)?;
        if exponent >= 0 {
            let mut all = single(vec![], BigRational::one());
            for _ in 0..exponent {
                all = mul(&all, &base)?;
            }
            return Some(all);
        }
        match base.len() {
            0 => Some(single(vec![(whole, 1)], BigRational::one())),
            1 => {
                let (monomial, coefficient) = base.into_iter().next()?;
                let monomial = monomial.into_iter().map(|(t, k)| Some((t, k.checked_mul(exponent)?)));
                Some(single(monomial.collect::<Option<_>>()?, coefficient.pow(exponent as i32)))
            }
            // A sum stays in its divisor, as one atom, the same for its positive multiples.
            _ => {
                let scale = base.values().next_back()?.abs();
                let summands = base.iter().map(|(monomial, c)| self.monomial(monomial, c / &scale)).collect();
                let divisor = self.table.add(summands);
                Some(single(vec![(self.table.inv(divisor), -exponent)], scale.pow(exponent as i32)))
            }
        }
    }

    /// ln of the term, taken apart at the factors that are positive here.
    fn logarithm(&mut self, term: Term) -> Option<Polynomial> {
        let args = self.table.args(term).to_vec();
        let positive = |this: &mut Self, term| {
            this.proves(&Claim::Positive(term)) || is_overlooked("logarithms split at positive factors")
        };
        match self.table.op(term).clone() {
            Op::Rat(value) if value.is_positive() => return self.logarithm_of_literal(&value),
            Op::Mul => {
                let (known, rest): (Vec<_>, Vec<_>) = args.iter().partition(|arg| positive(self, **arg));
                if !known.is_empty() {
                    let mut sum = Polynomial::new();
                    for arg in known {
                        sum = add(sum, self.logarithm(arg)?)?;
                    }
                    if rest.is_empty() {
                        return Some(sum);
                    }
                    // The product is positive, since it has a logarithm, so the rest is.
                    let rest = self.table.mul(rest);
                    let rest = self.table.fun("ln", vec![rest]);
                    return add(sum, single(vec![(rest, 1)], BigRational::one()));
                }
            }
            Op::Inv if positive(self, args[0]) => {
                let minus = single(vec![], -BigRational::one());
                return mul(&minus, &self.logarithm(args[0])?);
            }
            Op::Pow if positive(self, args[0]) => {
                let exponent = self.expand(args[1], true)?;
                return mul(&exponent, &self.logarithm(args[0])?);
            }
            Op::Fun(name) if &*name == "exp" => return self.expand(args[0], true),
            Op::Fun(name) => {
                if let Some(body) = self.library.functions.get(&name).and_then(|known| known.definition) {
                    let unfolded = self.table.instantiate(body, &args);
                    return self.logarithm(unfolded);
                }
            }
            Op::Dens => {
                if let Some(formula) = self.log_density(args[0], args[1]) {
                    return self.expand(formula, true);
                }
            }
            _ => {}
        }
        // A product of negative factors, or a sum of which one product is left, is put in order first.
        if matches!(self.table.op(term), Op::Mul | Op::Add)
            && let Some(monomial) = self.as_monomial(term).filter(|monomial| *monomial != term)
        {
            return self.logarithm(monomial);
        }
        if matches!(self.table.op(term), Op::Add)
            && let Some(factored) = self.factored(term, &positive)
        {
            return self.logarithm_of_factored(factored);
        }
        let atom = self.table.fun("ln", vec![term]);
        Some(single(vec![(atom, 1)], BigRational::one()))
    }

    /// A sum without its positive divisors, without the positive factors that all summands share, and with 1 before its last
    /// summand; none if it is such a sum.
    fn factored(&mut self, term: Term, positive: &impl Fn(&mut Self, Term) -> bool) -> Option<Factored> {
        let sum = self.expand(term, false)?;
        let mut sum = self.with_definitions(sum)?;
        if sum.len() < 2 {
            return None;
        }
        let mut powers = Monomial::new();
        for atom in atoms(&sum).into_iter().filter(|atom| matches!(self.table.op(*atom), Op::Inv)).collect::<Vec<_>>() {
            let divisor = self.table.args(atom)[0];
            let exponent = |monomial: &Monomial| monomial.iter().find(|(t, _)| *t == atom).map_or(0, |(_, n)| *n);
            let most = sum.keys().map(exponent).max().filter(|most| *most > 0);
            let Some(most) = most.filter(|_| positive(self, divisor)) else { continue };
            let divided = self.expand(divisor, false)?;
            let mut cleared = Polynomial::new();
            for (monomial, coefficient) in &sum {
                let (times, mut rest) = (most - exponent(monomial), monomial.clone());
                rest.retain(|(t, _)| *t != atom);
                let mut product = single(rest, coefficient.clone());
                for _ in 0..times {
                    product = mul(&product, &divided)?;
                }
                cleared = add(cleared, product)?;
            }
            (sum, powers) = (cleared, merged(&powers, &vec![(divisor, -most)])?);
        }
        for atom in atoms(&sum) {
            let exponent = |monomial: &Monomial| monomial.iter().find(|(t, _)| *t == atom).map_or(0, |(_, n)| *n);
            let least = sum.keys().map(exponent).min().filter(|least| *least != 0);
            let Some(least) = least.filter(|_| positive(self, atom)) else { continue };
            sum = mul(&sum, &single(vec![(atom, -least)], BigRational::one()))?;
            powers = merged(&powers, &vec![(atom, least)])?;
        }
        let scale = sum.values().next_back()?.abs();
        if powers.is_empty() && scale.is_one() {
            return None;
        }
        sum.values_mut().for_each(|coefficient| *coefficient /= &scale);
        Some(Factored { scale, powers, sum })
    }

    /// The sum with what functions abbreviate in their place, once.
    fn with_definitions(&mut self, mut sum: Polynomial) -> Option<Polynomial> {
        for atom in atoms(&sum) {
            let Op::Fun(name) = self.table.op(atom).clone() else { continue };
            let Some(definition) = self.library.functions.get(&name).and_then(|known| known.definition) else {
                continue;
            };
            let arguments = self.table.args(atom).to_vec();
            let body = self.table.instantiate(definition, &arguments);
            let body = self.expand(body, false)?;
            let mut unfolded = Polynomial::new();
            for (mut monomial, coefficient) in sum {
                let exponent = monomial.iter().find(|(t, _)| *t == atom).map_or(0, |(_, n)| *n);
                if exponent > 0 {
                    monomial.retain(|(t, _)| *t != atom);
                }
                let mut product = single(monomial, coefficient);
                for _ in 0..exponent {
                    product = mul(&product, &body)?;
                }
                unfolded = add(unfolded, product)?;
            }
            sum = unfolded;
        }
        Some(sum)
    }

    fn logarithm_of_factored(&mut self, Factored { scale, powers, sum }: Factored) -> Option<Polynomial> {
        let summands = sum.iter().map(|(monomial, c)| self.monomial(monomial, c.clone())).collect();
        let rest = self.table.add(summands);
        let mut all = match sum.len() {
            1 => self.logarithm(rest)?,
            _ => single(vec![(self.table.fun("ln", vec![rest]), 1)], BigRational::one()),
        };
        all = add(all, self.logarithm_of_literal(&scale)?)?;
        for (atom, exponent) in powers {
            let times = single(vec![], BigRational::from_integer(exponent.into()));
            all = add(all, mul(&times, &self.logarithm(atom)?)?)?;
        }
        Some(all)
    }

    /// The product as a coefficient and powers of atoms, if it is one.
    fn as_monomial(&mut self, term: Term) -> Option<Term> {
        let sum = self.expand(term, false).filter(|sum| sum.len() == 1)?;
        let (monomial, coefficient) = sum.into_iter().next()?;
        Some(self.monomial(&monomial, coefficient))
    }

    /// A product without its positive factors: it has the same sign.
    pub(crate) fn without_positive_factors(&mut self, term: Term) -> Term {
        let Some(sum) = self.expand(term, false).filter(|sum| sum.len() == 1) else { return term };
        let Some((mut monomial, coefficient)) = sum.into_iter().next() else { return term };
        monomial.retain(|(atom, _)| !self.proves(&Claim::Positive(*atom)));
        self.monomial(&monomial, coefficient.signum())
    }

    /// The term of a monomial.
    pub fn monomial(&mut self, monomial: &[(Term, i64)], coefficient: BigRational) -> Term {
        let mut factors = vec![self.table.rat(coefficient)];
        for (atom, exponent) in monomial {
            let power = self.table.int(*exponent);
            factors.push(if *exponent == 1 { *atom } else { self.table.pow(*atom, power) });
        }
        self.table.mul(factors)
    }

    fn logarithm_of_literal(&mut self, value: &BigRational) -> Option<Polynomial> {
        let mut sum = Polynomial::new();
        for (number, sign) in [(value.numer(), 1), (value.denom(), -1)] {
            let factors = factors(number);
            for factor in factors {
                let factor = self.table.rat(BigRational::from_integer(factor));
                let atom = self.table.fun("ln", vec![factor]);
                include(&mut sum, vec![(atom, 1)], BigRational::from_integer(sign.into()));
            }
        }
        add(sum, Polynomial::new())
    }

    /// The logarithm of a density as a formula: only where the point is seen to lie in the support.
    pub fn log_density(&mut self, law: Term, point: Term) -> Option<Term> {
        let Op::Law(name) = self.table.op(law).clone() else { return None };
        let body = self.library.laws.get(&name)?.log_density;
        if !self.proves(&Claim::InSupport(law, point)) && !is_overlooked("formula only in the support") {
            return None;
        }
        let mut values = self.table.args(law).to_vec();
        values.push(point);
        Some(self.table.instantiate(body, &values))
    }
}
