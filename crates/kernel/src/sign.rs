//! The signs that a term can have at a place, by interval arithmetic on {-, 0, +}: coarse, and never too small.

use crate::context::{Claim, Context, Hypothesis, Scope};
use crate::library::{Class, Support};
use crate::polynomial::{Monomial, Polynomial};
use crate::term::{Op, Term};
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::collections::{BTreeMap, HashMap};

/// A set of signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signs(u8);

impl Signs {
    /// Below 0.
    pub const NEGATIVE: Signs = Signs(1);
    /// 0.
    pub const ZERO: Signs = Signs(2);
    /// Above 0.
    pub const POSITIVE: Signs = Signs(4);
    /// Any.
    pub const ALL: Signs = Signs(7);
    const NONE: Signs = Signs(0);

    /// True if every sign of this set is in the other.
    pub fn within(self, other: Signs) -> bool {
        self.0 & !other.0 == 0
    }

    /// The signs of either.
    pub const fn or(self, other: Signs) -> Signs {
        Signs(self.0 | other.0)
    }

    fn and(self, other: Signs) -> Signs {
        Signs(self.0 & other.0)
    }

    fn each(self) -> impl Iterator<Item = i8> {
        [(1, -1), (2, 0), (4, 1)].into_iter().filter(move |(bit, _)| self.0 & bit != 0).map(|(_, sign)| sign)
    }

    fn of(sign: i8) -> Signs {
        [Signs::NEGATIVE, Signs::ZERO, Signs::POSITIVE][(sign + 1) as usize]
    }

    fn combine(self, other: Signs, with: impl Fn(i8, i8) -> Signs) -> Signs {
        let mut all = Signs::NONE;
        for a in self.each() {
            for b in other.each() {
                all = all.or(with(a, b));
            }
        }
        all
    }

    fn plus(self, other: Signs) -> Signs {
        self.combine(other, |a, b| match (a, b) {
            (0, c) | (c, 0) => Signs::of(c),
            _ if a == b => Signs::of(a),
            _ => Signs::ALL,
        })
    }

    fn times(self, other: Signs) -> Signs {
        self.combine(other, |a, b| Signs::of(a * b))
    }
}

const NOT_NEGATIVE: Signs = Signs::ZERO.or(Signs::POSITIVE);
const NOT_POSITIVE: Signs = Signs::ZERO.or(Signs::NEGATIVE);
const NOT_ZERO: Signs = Signs::NEGATIVE.or(Signs::POSITIVE);

fn sign_of(value: &BigRational) -> Signs {
    Signs::of(value.numer().signum().to_i8().unwrap_or(0))
}

/// a u² + b u + c with literals, a not 0.
struct Quadratic {
    u: Term,
    a: BigRational,
    b: BigRational,
    c: BigRational,
}

impl Quadratic {
    fn of(sum: &Polynomial) -> Option<Quadratic> {
        let u = sum.keys().flatten().next()?.0;
        let mut coefficients = [BigRational::zero(), BigRational::zero(), BigRational::zero()];
        for (monomial, value) in sum {
            let power = match monomial[..] {
                [] => 0,
                [(term, power @ 1..=2)] if term == u => power as usize,
                _ => return None,
            };
            coefficients[power] = value.clone();
        }
        let [c, b, a] = coefficients;
        (!a.is_zero()).then_some(Quadratic { u, a, b, c })
    }

    fn discriminant(&self) -> BigRational {
        &self.b * &self.b - BigRational::from_integer(4.into()) * &self.a * &self.c
    }
}

impl Context<'_> {
    /// The signs of a term for almost every value of the samples around.
    pub fn signs(&mut self, term: Term) -> Signs {
        self.signs_in(term, false)
    }

    /// The signs of a term; `everywhere`: at every point of the open supports of all samples together.
    pub fn signs_in(&mut self, term: Term, everywhere: bool) -> Signs {
        self.signs_at(term, everywhere, &mut HashMap::new())
    }

    fn signs_at(&mut self, term: Term, everywhere: bool, memo: &mut HashMap<Term, Signs>) -> Signs {
        if let Some(known) = memo.get(&term) {
            return *known;
        }
        let found = self.signs_by_structure(term, everywhere, memo);
        let found = found.and(self.signs_by_hypothesis(term)).and(self.signs_by_statement(term, everywhere));
        // Nothing left would be a contradiction in what is granted: nothing is concluded from it here.
        let found = if found == Signs::NONE { Signs::ALL } else { found };
        memo.insert(term, found);
        found
    }

    fn signs_by_hypothesis(&mut self, term: Term) -> Signs {
        let mut all = Signs::ALL;
        if self.table.loose(term) > 0 {
            return all;
        }
        for hypothesis in self.statement.hypotheses.clone() {
            let (known, signs) = match hypothesis {
                Hypothesis::Positive(known) => (known, Signs::POSITIVE),
                Hypothesis::NonNegative(known) | Hypothesis::Whole(known) => (known, NOT_NEGATIVE),
                Hypothesis::NonZero(known) => (known, NOT_ZERO),
                Hypothesis::Equal(..) => continue,
            };
            if known == term {
                all = all.and(signs);
            } else if let Some((factor, rest)) = self.multiple(term, known) {
                all = all.and(signs.times(factor).plus(rest));
            }
        }
        all
    }

    /// The sign of what the statement takes the logarithm of, or divides by: of a density, of a mean and of the value of an
    /// unknown function. A product differs from 0 where each of its factors does.
    fn signs_by_statement(&mut self, term: Term, everywhere: bool) -> Signs {
        let closed = self.table.loose(term) == 0;
        if !matches!(self.table.op(term), Op::Dens | Op::Mean | Op::App(..)) || everywhere && !closed {
            return Signs::ALL;
        }
        let mut all = Signs::ALL;
        for known in &self.conventions {
            let (Claim::Positive(other) | Claim::NonZero(other)) = known.claim else { continue };
            if !closed && known.scopes != self.scopes {
                continue;
            }
            let factor = *self.table.op(other) == Op::Mul && self.table.args(other).contains(&term);
            if other == term && matches!(known.claim, Claim::Positive(_)) {
                all = all.and(Signs::POSITIVE);
            } else if other == term || factor {
                all = all.and(NOT_ZERO);
            }
        }
        all
    }

    /// The signs of what is a multiple of the distance of a sample from an end of its support, or of the variable of a sum
    /// from an end of its range, and a number.
    fn signs_by_support(&mut self, term: Term, everywhere: bool) -> Signs {
        let mut all = Signs::ALL;
        for k in (0..self.scopes.len() as u32).filter(|k| self.table.holds(term, *k)).collect::<Vec<_>>() {
            let (lo, hi, signs) = match self.scope(k) {
                Some(Scope::Sample(law)) => match self.support(law) {
                    Some(Support::Interval(lo, hi)) => (lo, hi, Signs::POSITIVE),
                    Some(Support::Integers(lo, hi)) => (lo, hi, NOT_NEGATIVE),
                    _ => continue,
                },
                Some(Scope::Whole(lo, hi)) => (lo, hi, NOT_NEGATIVE),
                // From the larger end to the smaller one an integral runs backwards.
                Some(Scope::Range(lo, hi)) if self.is_ordered(lo, hi) => (lo, hi, Signs::POSITIVE),
                // A sign other than 0 at the point stays near it, whatever stands further in is not held.
                Some(scope @ (Scope::Near(point) | Scope::Across(point))) => {
                    if (0..k).all(|inner| !self.table.holds(term, inner)) && self.continuous(term) {
                        let there = self.table.substituted(term, k, point);
                        let signs = self.signs_in(there, everywhere || matches!(scope, Scope::Across(_)));
                        all = all.and(if signs.within(NOT_ZERO) { signs } else { Signs::ALL });
                    }
                    continue;
                }
                _ => continue,
            };
            let x = self.table.bound(k);
            for (from, to) in [(lo, x), (x, hi)] {
                if [from, to].iter().any(|end| matches!(self.table.op(*end), Op::Inf(_))) {
                    continue;
                }
                let distance = self.table.sub(to, from);
                if let Some((factor, rest)) = self.multiple(term, distance) {
                    all = all.and(signs.times(factor).plus(rest));
                }
            }
        }
        all
    }

    fn is_ordered(&mut self, lo: Term, hi: Term) -> bool {
        let is_infinite = |this: &Self, end| matches!(this.table.op(end), Op::Inf(_));
        if is_infinite(self, lo) || is_infinite(self, hi) {
            return matches!(self.table.op(lo), Op::Inf(false)) || matches!(self.table.op(hi), Op::Inf(true));
        }
        let length = self.table.sub(hi, lo);
        self.signs(length).within(NOT_NEGATIVE)
    }

    /// The signs of c and d, if the first term is c times the second and d, for literals c ≠ 0 and d.
    pub(crate) fn multiple(&mut self, term: Term, known: Term) -> Option<(Signs, Signs)> {
        let (mut a, mut b) = (self.expand(term, false)?, self.expand(known, false)?);
        let constant = |sum: &mut Polynomial| sum.remove(&vec![]).unwrap_or_else(BigRational::zero);
        let (c, d) = (constant(&mut a), constant(&mut b));
        let factor = a.values().next()? / b.values().next()?;
        let same = a.len() == b.len() && a.iter().zip(&b).all(|((m, c), (n, d))| m == n && *c == d * &factor);
        same.then(|| (sign_of(&factor), sign_of(&(c - d * &factor))))
    }

    fn signs_by_structure(&mut self, term: Term, everywhere: bool, memo: &mut HashMap<Term, Signs>) -> Signs {
        let args = self.table.args(term).to_vec();
        match self.table.op(term).clone() {
            Op::Rat(value) => sign_of(&value),
            Op::Pi => Signs::POSITIVE,
            Op::Inf(positive) => Signs::of(if positive { 1 } else { -1 }),
            Op::Bound(k) => self.signs_of_variable(k, everywhere),
            Op::Add => {
                let signs = args.iter().map(|arg| self.signs_at(*arg, everywhere, memo));
                let structural = signs.fold(Signs::ZERO, Signs::plus);
                match self.constant(term, everywhere) {
                    Some(sign) => sign.and(structural).and(self.signs_by_support(term, everywhere)),
                    None => structural.and(self.signs_by_support(term, everywhere)),
                }
            }
            Op::Mul => {
                // A factor that stands twice is a square.
                let mut signs = Signs::POSITIVE;
                for (i, arg) in args.iter().enumerate() {
                    if args[..i].contains(arg) {
                        continue;
                    }
                    let one = self.signs_at(*arg, everywhere, memo);
                    let count = args.iter().filter(|other| *other == arg).count();
                    signs = signs.times(if count % 2 == 0 { one.times(one).and(NOT_NEGATIVE) } else { one });
                }
                signs
            }
            Op::Inv => self.signs_at(args[0], everywhere, memo).and(NOT_ZERO),
            Op::Pow => {
                let base = self.signs_at(args[0], everywhere, memo);
                match self.whole_literal(args[1]) {
                    Some(0) => Signs::POSITIVE,
                    Some(n) => {
                        let base = if n < 0 { base.and(NOT_ZERO) } else { base };
                        // Squares are combined sign by sign: (-)(-) and (+)(+), never (-)(+).
                        if n % 2 == 0 {
                            base.each().map(|s| Signs::of(s * s)).fold(Signs::NONE, Signs::or)
                        } else {
                            base
                        }
                    }
                    None if base == Signs::POSITIVE => Signs::POSITIVE,
                    // Where it has a value, the base is at least 0.
                    None if self.table.as_rat(args[1]).is_some_and(|c| !c.is_integer()) => base.and(NOT_NEGATIVE),
                    None => Signs::ALL,
                }
            }
            Op::Fun(name) if &*name == "exp" => Signs::POSITIVE,
            Op::Fun(name) if &*name == "ln" => {
                let one = self.table.int(1);
                let beyond = self.table.sub(args[0], one);
                self.signs_at(beyond, everywhere, memo)
            }
            Op::Fun(name) => match self.library.functions.get(&name).cloned() {
                Some(function) if function.positive => Signs::POSITIVE,
                Some(function) => match function.definition {
                    Some(body) => {
                        let unfolded = self.table.instantiate(body, &args);
                        self.signs_at(unfolded, everywhere, memo)
                    }
                    None if &*name == "abs" => {
                        let inner = self.signs_at(args[0], everywhere, memo);
                        inner.each().map(|s| Signs::of(s.abs())).fold(Signs::NONE, Signs::or)
                    }
                    None => Signs::ALL,
                },
                None => Signs::ALL,
            },
            Op::Dens if self.in_support(args[0], args[1], everywhere) => Signs::POSITIVE,
            // A statement that divides by the density at a sample of another law, or takes its logarithm there, says so.
            Op::Dens => match self.positive_density(term) {
                Some(claim) if self.is_convention(claim.clone()) => Signs::POSITIVE,
                _ => NOT_NEGATIVE,
            },
            // The mean of what has one sign for almost every sample.
            Op::Mean => {
                let body = args.len() - 1;
                let inner = self.below(term, body, |this| this.signs_at(args[body], everywhere, &mut HashMap::new()));
                if inner == Signs::ALL || inner == NOT_ZERO { Signs::ALL } else { inner }
            }
            // Over the line, from below to above.
            Op::Int if self.is_over_the_line(&args) => {
                let inner = self.below(term, 2, |this| this.signs_at(args[2], everywhere, &mut HashMap::new()));
                if inner == Signs::ALL || inner == NOT_ZERO { Signs::ALL } else { inner }
            }
            _ => Signs::ALL,
        }
    }

    fn is_over_the_line(&self, args: &[Term]) -> bool {
        let end = |at: usize, positive: bool| args.get(at).is_some_and(|end| *self.table.op(*end) == Op::Inf(positive));
        end(0, false) && end(1, true)
    }

    /// The sign of a sum in which all but a literal cancels, or of a quadratic polynomial in one term.
    fn constant(&mut self, term: Term, everywhere: bool) -> Option<Signs> {
        let sum = self.expand(term, false)?;
        match sum.iter().next() {
            None => Some(Signs::ZERO),
            Some((monomial, value)) if sum.len() == 1 && monomial.is_empty() => Some(sign_of(value)),
            _ => match Quadratic::of(&sum) {
                Some(quadratic) => self.quadratic(&quadratic, everywhere),
                None => self.collected(&sum, everywhere),
            },
        }
    }

    /// The signs of a sum by those of the coefficients of its values of functions: w A - w B + B is w A + (1 - w) B.
    fn collected(&mut self, sum: &Polynomial, everywhere: bool) -> Option<Signs> {
        let mut groups: BTreeMap<Monomial, Vec<Term>> = BTreeMap::new();
        for (monomial, value) in sum {
            let is_function = |(atom, _): &(Term, i64)| matches!(self.table.op(*atom), Op::Fun(_));
            let (functions, rest): (Monomial, Monomial) = monomial.iter().partition(|factor| is_function(factor));
            let rest = self.monomial(&rest, value.clone());
            groups.entry(functions).or_default().push(rest);
        }
        if groups.len() < 2 || groups.len() == sum.len() {
            return None;
        }
        let mut all = Signs::ZERO;
        for (functions, coefficients) in groups {
            let (factor, coefficient) = (self.monomial(&functions, BigRational::one()), self.table.add(coefficients));
            all = all.plus(self.signs_in(factor, everywhere).times(self.signs_in(coefficient, everywhere)));
        }
        Some(all)
    }

    /// The signs of a quadratic polynomial: by its discriminant, or by its factors if they are rational.
    fn quadratic(&mut self, of: &Quadratic, everywhere: bool) -> Option<Signs> {
        let discriminant = of.discriminant();
        match sign_of(&discriminant) {
            Signs::NEGATIVE => return Some(sign_of(&of.a)),
            Signs::ZERO => return Some(sign_of(&of.a).or(Signs::ZERO)),
            _ => {}
        }
        let (above, below) = (discriminant.numer().sqrt(), discriminant.denom().sqrt());
        let root = BigRational::new(above, below);
        if &root * &root != discriminant {
            return None;
        }
        let mut signs = sign_of(&of.a);
        for root in [root.clone(), -root] {
            let zero = self.table.rat((&root - &of.b) / (BigRational::from_integer(2.into()) * &of.a));
            let factor = self.table.sub(of.u, zero);
            signs = signs.times(self.signs_in(factor, everywhere));
        }
        Some(signs)
    }

    fn signs_of_variable(&mut self, k: u32, everywhere: bool) -> Signs {
        let Some(scope) = self.scope(k) else { return Signs::ALL };
        // The place of the binder's terms is further out, but they have been lifted, so they read the same here.
        match scope {
            Scope::Sample(law) => match self.support(law) {
                Some(Support::Interval(lo, hi)) => {
                    let (lo, hi) = (self.signs_in(lo, everywhere), self.signs_in(hi, everywhere));
                    if lo.within(NOT_NEGATIVE) {
                        Signs::POSITIVE
                    } else if hi.within(NOT_POSITIVE) {
                        Signs::NEGATIVE
                    } else if everywhere {
                        Signs::ALL
                    } else {
                        NOT_ZERO
                    }
                }
                Some(Support::Integers(lo, _)) => self.whole_on(lo, everywhere),
                Some(Support::Points(points)) => {
                    let signs = points.iter().map(|point| self.signs_in(*point, everywhere));
                    signs.fold(Signs::NONE, Signs::or)
                }
                None => Signs::ALL,
            },
            // Signs other than 0 stay near the point.
            Scope::Near(point) | Scope::Across(point) => {
                let across = matches!(self.scope(k), Some(Scope::Across(_)));
                let signs = self.signs_in(point, everywhere || across);
                if signs.within(NOT_ZERO) { signs } else { Signs::ALL }
            }
            Scope::Range(lo, hi) => {
                let ends = self.signs_in(lo, everywhere).or(self.signs_in(hi, everywhere));
                match () {
                    _ if ends.within(NOT_NEGATIVE) => Signs::POSITIVE,
                    _ if ends.within(NOT_POSITIVE) => Signs::NEGATIVE,
                    _ if everywhere => Signs::ALL,
                    _ => NOT_ZERO,
                }
            }
            Scope::Whole(lo, _) => self.whole_on(lo, everywhere),
        }
    }

    fn whole_on(&mut self, lo: Term, everywhere: bool) -> Signs {
        match self.signs_in(lo, everywhere) {
            Signs::POSITIVE => Signs::POSITIVE,
            signs if signs.within(NOT_NEGATIVE) => NOT_NEGATIVE,
            _ => Signs::ALL,
        }
    }

    /// Where a law of the library has mass, as it reads here.
    pub fn support(&mut self, law: Term) -> Option<Support> {
        let Op::Law(name) = self.table.op(law).clone() else { return None };
        let args = self.table.args(law).to_vec();
        let mut here = |body: Term| self.table.instantiate(body, &args);
        Some(match self.library.laws.get(&name)?.support.clone() {
            Support::Interval(lo, hi) => Support::Interval(here(lo), here(hi)),
            Support::Integers(lo, hi) => Support::Integers(here(lo), here(hi)),
            Support::Points(points) => Support::Points(points.into_iter().map(here).collect()),
        })
    }

    /// True if the term is continuous in each of its variables, by its structure, wherever it has a value.
    pub fn continuous(&self, term: Term) -> bool {
        let mut continuous = true;
        self.table.visit(term, &mut |_, args, op| {
            continuous &= match op {
                Op::Rat(_) | Op::Pi | Op::Free(_) | Op::Bound(_) | Op::Add | Op::Mul | Op::Inv => true,
                Op::Pow => self.table.as_rat(args[1]).is_some(),
                Op::Fun(name) => {
                    ["exp", "ln", "sin", "cos"].contains(&&**name)
                        || self.library.functions.get(name).is_some_and(|known| known.class >= Class::Lipschitz)
                }
                _ => false,
            };
        });
        continuous
    }
}
