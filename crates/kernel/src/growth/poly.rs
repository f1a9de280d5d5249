//! Sums of monomials over atoms with rational coefficients: where coefficients of germs live, so that what cancels is
//! seen to, and where signs are read off.

use crate::polynomial::{Monomial, merged};
use crate::rational::{add_to, product_of};
use crate::term::{Op, Table, Term};
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::cmp::Ordering;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// Products of sums are written out up to so many monomials.
const MOST_TERMS: usize = 256;

/// The polynomials of terms of one table.
pub type Polys = HashMap<Term, Rc<Poly>>;

/// A sum of monomials; the empty one is 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Poly(BTreeMap<Monomial, BigRational>);

impl Poly {
    /// A literal.
    pub fn rat(value: BigRational) -> Poly {
        let mut poly = Poly::default();
        if !value.is_zero() {
            poly.0.insert(vec![], value);
        }
        poly
    }

    /// A whole number.
    pub fn int(n: i64) -> Poly {
        Poly::rat(BigRational::from_integer(n.into()))
    }

    /// An atom.
    pub fn atom(term: Term) -> Poly {
        Poly(BTreeMap::from([(vec![(term, 1)], BigRational::one())]))
    }

    /// The term as a polynomial over what is no sum, product, reciprocal or whole power.
    pub fn of(table: &Table, term: Term, memo: &mut Polys) -> Rc<Poly> {
        if let Some(known) = memo.get(&term) {
            return known.clone();
        }
        let poly = Rc::new(Poly::by_structure(table, term, memo));
        memo.insert(term, poly.clone());
        poly
    }

    fn by_structure(table: &Table, term: Term, memo: &mut Polys) -> Poly {
        let args = table.args(term);
        match table.op(term) {
            Op::Rat(value) => Poly::rat(value.clone()),
            Op::Add => {
                let mut sum = Poly::default();
                for arg in args {
                    sum.include(&Poly::of(table, *arg, memo));
                }
                sum
            }
            Op::Mul => {
                let mut product = Poly::int(1);
                for arg in args {
                    match product.times(&Poly::of(table, *arg, memo)) {
                        Some(next) => product = next,
                        None => return Poly::atom(term),
                    }
                }
                product
            }
            Op::Inv => Poly::of(table, args[0], memo).inverse().unwrap_or_else(|| Poly::atom(term)),
            Op::Pow => {
                let whole = table.as_rat(args[1]).filter(|n| n.is_integer()).and_then(|n| n.to_integer().to_i64());
                let base = Poly::of(table, args[0], memo);
                whole.and_then(|n| base.power(n)).unwrap_or_else(|| Poly::atom(term))
            }
            _ => Poly::atom(term),
        }
    }

    /// The sum.
    pub fn plus(&self, other: &Poly) -> Poly {
        let mut sum = self.clone();
        sum.include(other);
        sum
    }

    fn include(&mut self, other: &Poly) {
        for (monomial, coefficient) in &other.0 {
            match self.0.get_mut(monomial) {
                None => drop(self.0.insert(monomial.clone(), coefficient.clone())),
                Some(own) => {
                    add_to(own, coefficient);
                    if own.is_zero() {
                        self.0.remove(monomial);
                    }
                }
            }
        }
    }

    /// The product, unless it is too long.
    pub fn times(&self, other: &Poly) -> Option<Poly> {
        if self.0.len() * other.0.len() > MOST_TERMS {
            return None;
        }
        let mut product: BTreeMap<Monomial, BigRational> = BTreeMap::new();
        for (a, x) in &self.0 {
            for (b, y) in &other.0 {
                let coefficient = product_of(x, y);
                match product.entry(merged(a, b)?) {
                    Entry::Vacant(entry) => drop(entry.insert(coefficient)),
                    Entry::Occupied(mut entry) => add_to(entry.get_mut(), &coefficient),
                }
            }
        }
        product.retain(|_, coefficient| !coefficient.is_zero());
        Some(Poly(product))
    }

    /// The same times a literal.
    pub fn scaled(&self, factor: &BigRational) -> Poly {
        let scaled = self.0.iter().map(|(m, c)| (m.clone(), c * factor));
        Poly(scaled.filter(|(_, c)| !c.is_zero()).collect())
    }

    /// The negative.
    pub fn negative(&self) -> Poly {
        self.scaled(&-BigRational::one())
    }

    /// The reciprocal of a single monomial.
    pub fn inverse(&self) -> Option<Poly> {
        let [(monomial, coefficient)] = self.0.iter().collect::<Vec<_>>()[..] else { return None };
        let turned = monomial.iter().map(|(atom, n)| Some((*atom, n.checked_neg()?))).collect::<Option<_>>()?;
        Some(Poly(BTreeMap::from([(turned, coefficient.recip())])))
    }

    /// A whole power.
    pub fn power(&self, n: i64) -> Option<Poly> {
        let base = if n < 0 { self.inverse()? } else { self.clone() };
        let n = n.unsigned_abs();
        if n > 64 && base.0.len() > 1 || n > 1 << 20 {
            return None;
        }
        if let [(monomial, coefficient)] = base.0.iter().collect::<Vec<_>>()[..] {
            let exponent = n as i64;
            let raised = monomial.iter().map(|(atom, k)| Some((*atom, k.checked_mul(exponent)?)));
            let raised = raised.filter(|power| power.is_none_or(|(_, k)| k != 0)).collect::<Option<Monomial>>()?;
            if coefficient.is_one() || n <= 64 {
                let coefficient = num_traits::pow(coefficient.clone(), n as usize);
                return Some(Poly(BTreeMap::from([(raised, coefficient)])));
            }
            return None;
        }
        (0..n).try_fold(Poly::int(1), |product, _| product.times(&base))
    }

    /// True for 0.
    pub fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a literal.
    pub fn as_rat(&self) -> Option<BigRational> {
        match self.0.len() {
            0 => Some(BigRational::zero()),
            1 => self.0.get(&vec![]).cloned(),
            _ => None,
        }
    }

    /// The atoms that occur.
    pub fn atoms(&self) -> impl Iterator<Item = Term> {
        self.0.keys().flat_map(|monomial| monomial.iter().map(|(atom, _)| *atom))
    }

    /// The exponent of an atom in each monomial; 0 where it does not occur.
    pub fn exponents(&self, atom: Term) -> impl Iterator<Item = i64> {
        self.0.keys().map(move |monomial| monomial.iter().find(|(a, _)| *a == atom).map_or(0, |(_, n)| *n))
    }

    /// The polynomial as a term.
    pub fn term(&self, table: &mut Table) -> Term {
        let mut sum = Vec::new();
        for (monomial, coefficient) in &self.0 {
            let mut factors = Vec::new();
            if !coefficient.is_one() || monomial.is_empty() {
                factors.push(table.rat(coefficient.clone()));
            }
            for (atom, n) in monomial {
                let exponent = table.int(*n);
                factors.push(if *n == 1 { *atom } else { table.pow(*atom, exponent) });
            }
            sum.push(table.mul(factors));
        }
        table.add(sum)
    }

    /// The sign, as far as the signs of atoms and what is known to be positive tell.
    ///
    /// `atom` tells the sign of an atom; of one whose sign is not known, `nonzero` may tell that it is not 0.
    pub fn sign(
        &self,
        atom: &dyn Fn(Term) -> Option<Ordering>,
        nonzero: &dyn Fn(Term) -> bool,
        positive: &[Poly],
    ) -> Option<Ordering> {
        let monomial_sign = |m: &Monomial, c: &BigRational| monomial_sign(m, c, atom, nonzero);
        if self.is_zero() {
            return Some(Ordering::Equal);
        }
        let mut signs = self.0.iter().map(|(monomial, coefficient)| monomial_sign(monomial, coefficient));
        let first = signs.next().flatten();
        if let Some(sign) = first.filter(|_| signs.all(|s| s == first)) {
            return Some(sign);
        }
        // A known positive one times a monomial.
        let (lead, c) = self.0.iter().next()?;
        positive.iter().find_map(|known| {
            known.0.iter().find_map(|(monomial, k)| {
                let ratio: Monomial = merged(lead, &monomial.iter().map(|(a, n)| (*a, -n)).collect())?;
                let factor = Poly(BTreeMap::from([(ratio.clone(), c / k)]));
                (known.times(&factor)? == *self).then(|| monomial_sign(&ratio, &(c / k))).flatten()
            })
        })
    }
}

/// Strictly positive or negative; an even power of what may be 0 has no sign.
fn monomial_sign(
    monomial: &Monomial,
    c: &BigRational,
    atom: &dyn Fn(Term) -> Option<Ordering>,
    nonzero: &dyn Fn(Term) -> bool,
) -> Option<Ordering> {
    let mut negative = c.is_negative();
    for (term, n) in monomial {
        let sign = match atom(*term) {
            None if n % 2 == 0 && nonzero(*term) => Ordering::Greater,
            sign => sign?,
        };
        match sign {
            Ordering::Less if n % 2 != 0 => negative = !negative,
            Ordering::Equal => return None,
            _ => {}
        }
    }
    Some(if negative { Ordering::Less } else { Ordering::Greater })
}
