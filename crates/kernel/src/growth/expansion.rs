//! The leading behaviour of a term near an end, with what is left bounded.

use super::poly::Poly;
use super::scale::{Coefficient, Germ, Scale};
use super::{DEEPEST, End, Growth};
use crate::library::{Growth as Grows, Support};
use crate::term::{Op, Term};
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A combination of scales with a remainder that is bounded (`rest`), or none.
#[derive(Clone, Debug, Default)]
pub(super) struct Expansion {
    pub(super) scales: BTreeMap<Scale, Poly>,
    pub(super) rest: bool,
}

impl Expansion {
    pub(super) fn bounded() -> Expansion {
        Expansion { scales: BTreeMap::new(), rest: true }
    }
    pub(super) fn constant(value: Poly) -> Expansion {
        Expansion { scales: BTreeMap::from([(Scale::one(), value)]), rest: false }
    }
    pub(super) fn plus(mut self, other: Expansion) -> Option<Expansion> {
        for (scale, coefficient) in other.scales {
            let entry = self.scales.entry(scale.clone()).or_default();
            if scale.exp && !entry.is_zero() {
                // Two exponentials: which is larger is not known.
                return None;
            }
            *entry = entry.plus(&coefficient);
        }
        self.scales.retain(|_, c| !c.is_zero());
        self.rest |= other.rest;
        Some(self)
    }
    pub(super) fn is_bounded(&self) -> bool {
        self.scales.keys().all(|s| *s <= Scale::one())
    }
    pub(super) fn times(&self, other: &Expansion) -> Option<Expansion> {
        if self.rest || other.rest {
            let (open, factor) = if self.rest { (self, other) } else { (other, self) };
            if open.is_bounded() && factor.is_bounded() {
                return Some(Expansion::bounded());
            }
            // A bounded remainder stays one only under a constant.
            if factor.rest || factor.scales.keys().any(|s| *s != Scale::one()) {
                return None;
            }
        }
        let mut product = Expansion { scales: BTreeMap::new(), rest: self.rest || other.rest };
        for (s, a) in &self.scales {
            for (z, b) in &other.scales {
                let scale = s.times(z)?;
                if scale < Scale::one() {
                    product.rest = true;
                    continue;
                }
                product = product.plus(Expansion { scales: BTreeMap::from([(scale, a.times(b)?)]), rest: false })?;
            }
        }
        Some(product)
    }
    /// The germ of the exponential.
    pub(super) fn germ(&self) -> Germ {
        let mut germ = Germ::default();
        for (scale, coefficient) in &self.scales {
            germ.add(scale.clone(), Coefficient::of(coefficient.clone()));
        }
        germ
    }
    pub(super) fn leading(&self) -> Option<(&Scale, &Poly)> {
        self.scales.iter().next_back().filter(|(scale, _)| **scale > Scale::one())
    }
}

impl Growth<'_> {
    /// The logarithm of a density at a point, as the library writes it: for a point in the support.
    pub(super) fn log_density(&mut self, law: Term, point: Term) -> Option<Term> {
        let Op::Law(name) = self.table.op(law).clone() else { return None };
        let definition = self.library.laws.get(&name)?.clone();
        let whole_line = matches!(&definition.support, Support::Interval(lo, hi)
            if matches!(self.table.op(*lo), Op::Inf(_)) && matches!(self.table.op(*hi), Op::Inf(_)));
        if !whole_line {
            return None;
        }
        let mut values = self.table.args(law).to_vec();
        values.push(point);
        Some(self.table.instantiate(definition.log_density, &values))
    }

    /// The term as a combination of scales near an end of a sample, up to what is bounded.
    pub(super) fn expand(&mut self, term: Term, sample: usize, end: usize) -> Option<Expansion> {
        if let Some(known) = self.found.get_mut().expansions.get(&(term, sample, end)) {
            return known.clone();
        }
        self.depth += 1;
        let result = if self.depth < DEEPEST { self.expand_here(term, sample, end) } else { None };
        self.depth -= 1;
        self.found.get_mut().expansions.insert((term, sample, end), result.clone());
        result
    }

    pub(super) fn expand_here(&mut self, term: Term, sample: usize, end: usize) -> Option<Expansion> {
        if !self.holds(term, sample) {
            return Some(Expansion::constant(Poly::clone(&self.poly(term))));
        }
        let args = self.table.args(term).to_vec();
        match self.table.op(term).clone() {
            Op::Free(_) => match self.samples[sample].ends[end] {
                End::Infinite(sign) => {
                    let scale = Scale::power(BigRational::one());
                    Some(Expansion { scales: BTreeMap::from([(scale, Poly::int(sign))]), rest: false })
                }
                _ => Some(Expansion::bounded()),
            },
            Op::Add => args.iter().try_fold(Expansion::default(), |sum, arg| sum.plus(self.expand(*arg, sample, end)?)),
            Op::Mul => {
                let mut product = Expansion::constant(Poly::int(1));
                for arg in args {
                    product = product.times(&self.expand(arg, sample, end)?)?;
                }
                Some(product)
            }
            Op::Inv => {
                let minus = self.table.int(-1);
                self.expand_power(args[0], minus, sample, end)
            }
            Op::Pow => self.expand_power(args[0], args[1], sample, end),
            Op::Dens => {
                let formula = self.log_density(args[0], args[1])?;
                let exp = self.table.fun("exp", vec![formula]);
                self.expand(exp, sample, end)
            }
            Op::Fun(name) => match (&*name, args.as_slice()) {
                ("exp", [u]) => {
                    let expansion = self.expand(*u, sample, end)?;
                    match expansion.leading() {
                        None => Some(Expansion::bounded()),
                        Some((scale, coefficient)) => match self.poly_sign(coefficient)? {
                            Ordering::Less => Some(Expansion::bounded()),
                            // Up to a positive factor: only its sign is used.
                            Ordering::Greater if *scale == Scale::power(BigRational::one()) => {
                                let scale = Scale { exp: true, ..Scale::one() };
                                Some(Expansion { scales: BTreeMap::from([(scale, Poly::int(1))]), rest: false })
                            }
                            _ => None,
                        },
                    }
                }
                ("ln", [u]) => {
                    let germ = self.exact(*u, sample, end)?;
                    let mut scales = BTreeMap::new();
                    for (scale, coefficient) in germ.0 {
                        if coefficient.some {
                            return None;
                        }
                        scales.insert(scale, coefficient.known);
                    }
                    Some(Expansion { scales, rest: true })
                }
                ("abs", [u]) => {
                    let expansion = self.expand(*u, sample, end)?;
                    match expansion.leading() {
                        None => Some(Expansion::bounded()),
                        Some((_, coefficient)) => match self.poly_sign(coefficient)? {
                            Ordering::Greater => Some(expansion),
                            Ordering::Less => expansion.times(&Expansion::constant(Poly::int(-1))),
                            Ordering::Equal => None,
                        },
                    }
                }
                ("sqrt", [u]) => {
                    let half = self.table.rat(BigRational::new(1.into(), 2.into()));
                    self.expand_power(*u, half, sample, end)
                }
                ("lngamma", [u]) => self.expand_lngamma(*u, sample, end),
                ("sin" | "cos", _) => Some(Expansion::bounded()),
                _ => {
                    let function = self.library.functions.get(&name)?;
                    if let Some(definition) = function.definition {
                        let unfolded = self.table.instantiate(definition, &args);
                        return self.expand(unfolded, sample, end);
                    }
                    (function.growth == Grows::Bounded).then(Expansion::bounded)
                }
            },
            _ => None,
        }
    }

    pub(super) fn expand_power(&mut self, base: Term, exponent: Term, sample: usize, end: usize) -> Option<Expansion> {
        if self.holds_sample(exponent) {
            return None;
        }
        let expansion = self.expand(base, sample, end)?;
        if let Some(value) = self.table.as_rat(exponent).cloned() {
            let whole = value.is_integer().then(|| value.to_integer().to_i64()).flatten();
            if let Some(n) = whole.filter(|n| (0..=64).contains(n)) {
                let one = Expansion::constant(Poly::int(1));
                return (0..n).try_fold(one, |product, _| product.times(&expansion));
            }
        }
        // One scale and nothing else: a power of it.
        if let [(scale, coefficient)] = expansion.scales.iter().collect::<Vec<_>>()[..]
            && !expansion.rest
            && scale.ln == 0
            && scale.lnln == 0
            && !scale.exp
            && scale.tiny.is_none()
            && self.poly_sign(coefficient) == Some(Ordering::Greater)
        {
            let factor = coefficient.term(self.table);
            let factor = self.table.pow(factor, exponent);
            let factor = Poly::clone(&self.poly(factor));
            if let Some(value) = self.table.as_rat(exponent) {
                let power = &scale.power * value;
                return Some(if power.is_negative() {
                    Expansion::bounded()
                } else {
                    Expansion { scales: BTreeMap::from([(Scale::power(power), factor)]), rest: false }
                });
            }
            if scale.power.is_one() && self.sign(exponent) == Some(Ordering::Greater) {
                let tiny = Scale { tiny: Some(exponent), ..Scale::one() };
                return Some(Expansion { scales: BTreeMap::from([(tiny, factor)]), rest: false });
            }
        }
        // What is bounded, and what is the reciprocal of something that grows.
        let power = self.table.pow(base, exponent);
        let germ = self.exact(power, sample, end)?;
        self.is_at_most_constant(&germ).then(Expansion::bounded)
    }

    /// Stirling: lnΓ(t + b) = t ln t - t + (b - 1/2) ln t + O(1); at 0 it is ln(1/t).
    pub(super) fn expand_lngamma(&mut self, u: Term, sample: usize, end: usize) -> Option<Expansion> {
        let expansion = self.expand(u, sample, end)?;
        if let Some((scale, slope)) = expansion.leading() {
            let is_shifted = *scale == Scale::power(BigRational::one())
                && slope.as_rat().is_some_and(|s| s.is_one())
                && !expansion.rest
                && expansion.scales.keys().all(|s| *s == *scale || *s == Scale::one());
            if !is_shifted {
                return None;
            }
            let shift = expansion.scales.get(&Scale::one()).cloned().unwrap_or_default();
            let half = Poly::rat(BigRational::new((-1).into(), 2.into()));
            let entropy = Scale { ln: 1, ..scale.clone() };
            let scales = [(entropy, Poly::int(1)), (scale.clone(), Poly::int(-1)), (Scale::ln(), shift.plus(&half))];
            return Some(Expansion { scales: scales.into_iter().collect(), rest: true });
        }
        let germ = self.exact(u, sample, end)?;
        match germ.0.iter().next_back() {
            None => Some(Expansion::bounded()),
            Some((scale, c)) if *scale == Scale::ln() && !c.some => {
                Some(Expansion { scales: BTreeMap::from([(Scale::ln(), c.known.negative())]), rest: true })
            }
            _ => None,
        }
    }
}
