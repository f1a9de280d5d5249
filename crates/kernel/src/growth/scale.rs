//! Scales, and germs: how fast something grows near an end.

use super::poly::Poly;
use crate::term::Term;
use num_rational::BigRational;
use num_traits::Zero;
use std::collections::BTreeMap;

/// How fast a scale grows: e^t, or t^r (ln t)^j (ln ln t)^l; at a finite end with 1/t for t. `tiny` stands for a power of
/// t with a symbolic positive exponent: above every power of ln t, and not compared with others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Scale {
    pub(super) exp: bool,
    pub(super) power: BigRational,
    pub(super) tiny: Option<Term>,
    pub(super) ln: i64,
    pub(super) lnln: i64,
}

impl Scale {
    pub(super) fn power(power: BigRational) -> Scale {
        Scale { exp: false, power, tiny: None, ln: 0, lnln: 0 }
    }
    pub(super) fn one() -> Scale {
        Scale::power(BigRational::zero())
    }
    pub(super) fn ln() -> Scale {
        Scale { ln: 1, ..Scale::one() }
    }
    pub(super) fn lnln() -> Scale {
        Scale { lnln: 1, ..Scale::one() }
    }
    pub(super) fn times(&self, other: &Scale) -> Option<Scale> {
        let pure = |s: &Scale| !s.exp && s.tiny.is_none();
        match (pure(self), pure(other)) {
            (true, true) => Some(Scale {
                power: &self.power + &other.power,
                ln: self.ln + other.ln,
                lnln: self.lnln + other.lnln,
                ..Scale::one()
            }),
            _ if *self == Scale::one() => Some(other.clone()),
            _ if *other == Scale::one() => Some(self.clone()),
            _ => None,
        }
    }
    /// The germ of the logarithm of the scale, by leading order: ln(t^r (ln t)^j) = r ln t + j ln ln t.
    pub(super) fn logarithm(&self) -> Option<Germ> {
        let mut germ = Germ::default();
        if self.exp || self.tiny.is_some() {
            return None;
        }
        germ.add(Scale::ln(), Coefficient::of(Poly::rat(self.power.clone())));
        germ.add(Scale::lnln(), Coefficient::of(Poly::int(self.ln)));
        Some(germ)
    }
}

/// A number that multiplies a scale: known as a polynomial in parameters, and perhaps some finite number ≥ 0 beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Coefficient {
    pub(super) known: Poly,
    pub(super) some: bool,
}

impl Coefficient {
    pub(super) fn of(known: Poly) -> Coefficient {
        Coefficient { known, some: false }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Germ(pub(super) BTreeMap<Scale, Coefficient>);

impl Germ {
    pub(super) fn single(scale: Scale, coefficient: Poly) -> Germ {
        let mut germ = Germ::default();
        germ.add(scale, Coefficient::of(coefficient));
        germ
    }
    pub(super) fn add(&mut self, scale: Scale, coefficient: Coefficient) {
        if scale == Scale::one() {
            return;
        }
        let entry = self.0.entry(scale.clone()).or_default();
        entry.known = entry.known.plus(&coefficient.known);
        entry.some |= coefficient.some;
        if entry.known.is_zero() && !entry.some {
            self.0.remove(&scale);
        }
    }
    pub(super) fn plus(&self, other: &Germ) -> Germ {
        let mut sum = self.clone();
        for (scale, coefficient) in &other.0 {
            sum.add(scale.clone(), coefficient.clone());
        }
        sum
    }
    pub(super) fn times(&self, factor: &Poly) -> Option<Germ> {
        let mut result = Germ::default();
        for (scale, coefficient) in &self.0 {
            let known = coefficient.known.times(factor)?;
            result.add(scale.clone(), Coefficient { known, some: coefficient.some });
        }
        Some(result)
    }
}
