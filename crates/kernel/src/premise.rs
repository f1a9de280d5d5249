//! Premises: proved from hypotheses, structure and signs, or listed as needs, or refused. Only premises about letters,
//! on the existence of means and derivatives, and on unknown functions and laws may be listed: a premise about a sample
//! that is neither proved nor false everywhere would be a licence.

use crate::checks::{holds, is_overlooked};
use crate::context::{Claim, Context, Hypothesis, Need, Refusal, Scope};
use crate::growth::Verdict;
use crate::library::{Class, Condition, Support};
use crate::sign::Signs;
use crate::term::{Op, Term};
use num_traits::{One, Signed};
use std::collections::{BTreeMap, HashSet};

impl Context<'_> {
    /// True if the claim is proved at the place.
    pub fn proves(&mut self, claim: &Claim) -> bool {
        match claim {
            Claim::Positive(term) => self.at_points(*term).any(|term| match self.signs(term) {
                Signs::POSITIVE => true,
                signs => signs.within(Signs::ZERO.or(Signs::POSITIVE)) && self.is_nonzero_power(term),
            }),
            Claim::NonZero(term) => self
                .at_points(*term)
                .any(|term| self.signs(term).within(Signs::NEGATIVE.or(Signs::POSITIVE)) || self.not_constant(term)),
            Claim::Whole(term) => self.whole(*term),
            Claim::InSupport(law, point) => self.in_support(*law, *point, false),
            Claim::Covers(wide, narrow) => wide == narrow || self.covers(*wide, *narrow) == Some(true),
            Claim::LawIs(law, continuous) => self.law_is(*law) == Some(*continuous),
            Claim::FixedSupport(law) => match self.support(*law) {
                Some(Support::Interval(lo, hi)) | Some(Support::Integers(lo, hi)) => {
                    !self.table.holds(lo, 0) && !self.table.holds(hi, 0)
                }
                Some(Support::Points(points)) => points.iter().all(|point| !self.table.holds(*point, 0)),
                None => !self.table.holds(*law, 0),
            },
            Claim::Class(app) => self.has_derivative(*app),
            Claim::NonNegative(term) => {
                self.at_points(*term).any(|term| self.signs(term).within(Signs::ZERO.or(Signs::POSITIVE)))
            }
            Claim::Integrable(laws, body) => {
                let mean = self.mean_of(laws, *body);
                (self.judge)(self, mean) == Verdict::Holds
            }
            Claim::Continuous(..) | Claim::Exists(_) | Claim::Vanishes(..) | Claim::Regular(_) => false,
        }
    }

    /// Proves the claim, or lists it as a need, or refuses.
    pub fn meet(&mut self, claim: Claim) -> Result<(), Refusal> {
        match &claim {
            Claim::Continuous(term, absolute) => {
                return self.meet_continuous(*term, 0, *absolute, &mut HashSet::new());
            }
            Claim::Exists(term) => return self.meet_existence(*term),
            Claim::Integrable(laws, body) => {
                let mean = self.mean_of(laws, *body);
                if let Some(result) = self.judged(mean, &claim) {
                    return result;
                }
            }
            Claim::Vanishes(laws, body) if self.vanishes(laws, *body)? => {
                self.proved += 1;
                return Ok(());
            }
            _ if self.proves(&claim) => {
                self.proved += 1;
                return Ok(());
            }
            _ => {}
        }
        if let Claim::Positive(term) | Claim::NonZero(term) = claim
            && let Some(claim) = self.positive_density(term)
        {
            return self.meet(claim);
        }
        if let Claim::Positive(term) | Claim::NonZero(term) = claim
            && let Some(densities) = self.densities_of(term)
        {
            let before = self.needs.len();
            if densities.into_iter().try_for_each(|density| self.meet(Claim::Positive(density))).is_ok() {
                return Ok(());
            }
            self.needs.truncate(before);
        }
        if let Claim::NonZero(term) = claim
            && let Some(law) = self.spread_by(term)
        {
            return self.meet(Claim::LawIs(law, true));
        }
        let claim = match claim {
            Claim::Positive(term) => Claim::Positive(self.at_point(term)),
            Claim::NonZero(term) => Claim::NonZero(self.at_point(term)),
            other => other,
        };
        let about_letters = |this: &Self, terms: &[Term]| terms.iter().all(|term| this.table.loose(*term) == 0);
        let (wrong, may_be_assumed) = match &claim {
            Claim::Positive(term) => {
                (self.has_signs_at_an_atom(*term, Signs::ZERO.or(Signs::NEGATIVE)), about_letters(self, &[*term]))
            }
            Claim::NonZero(term) => (self.has_signs_at_an_atom(*term, Signs::ZERO), about_letters(self, &[*term])),
            Claim::NonNegative(term) => {
                (self.has_signs_at_an_atom(*term, Signs::NEGATIVE), about_letters(self, &[*term]))
            }
            Claim::Whole(term) => (self.table.as_rat(*term).is_some(), about_letters(self, &[*term])),
            Claim::InSupport(law, point) => (false, about_letters(self, &[*law, *point])),
            Claim::Covers(wide, narrow) => (self.covers(*wide, *narrow) == Some(false), true),
            Claim::LawIs(law, continuous) => (self.law_is(*law) == Some(!continuous), true),
            // A known law's support was seen to move, or not seen to stand still.
            Claim::FixedSupport(law) => match self.table.op(*law).clone() {
                Op::AnyLaw(name) => return self.meet(Claim::Regular(name)),
                _ => (true, false),
            },
            _ => (false, true),
        };
        let need = self.need(claim);
        holds("is not false", !wrong, || Refusal::False(need.clone()))?;
        if !may_be_assumed && !is_overlooked("premises on samples are proved") {
            if !self.aside && self.says_the_statement(&need) {
                return Ok(());
            }
            return Err(Refusal::Premise(need));
        }
        if !self.needs.contains(&need) && !self.conventions.contains(&need) {
            self.needs.push(need);
        }
        Ok(())
    }

    /// The densities of a product of densities, of their inverses and of what is positive: where each of them is positive, so
    /// is it, and where it is, as none is below 0, so is each.
    fn densities_of(&mut self, term: Term) -> Option<Vec<Term>> {
        if *self.table.op(term) != Op::Mul {
            return None;
        }
        let mut found = vec![];
        for factor in self.table.args(term).to_vec() {
            let inner = match self.table.op(factor) {
                Op::Inv => self.table.args(factor)[0],
                _ => factor,
            };
            if *self.table.op(inner) == Op::Dens {
                found.push(inner);
            } else if !self.proves(&Claim::Positive(factor)) {
                return None;
            }
        }
        (!found.is_empty()).then_some(found)
    }

    /// True if the statement says so by meaning something, of an equal term at the same place or for all values near it.
    fn says_the_statement(&mut self, need: &Need) -> bool {
        let (Claim::Positive(term) | Claim::NonZero(term)) = need.claim else { return false };
        self.conventions.clone().into_iter().any(|known| {
            let weaker = matches!((&known.claim, &need.claim), (Claim::NonZero(_), Claim::Positive(_)));
            let (Claim::Positive(other) | Claim::NonZero(other)) = known.claim else { return false };
            let at_points = self.at_its_points(&known.scopes, other);
            let mut same =
                |(scopes, other): (Vec<Scope>, Term)| scopes == need.scopes && self.equal(term, other).is_ok();
            !weaker && (same((known.scopes, other)) || same(at_points))
        })
    }

    /// A term below binders, with the variables of the derivatives among them at their points.
    fn at_its_points(&mut self, scopes: &[Scope], term: Term) -> (Vec<Scope>, Term) {
        let (mut scopes, mut term) = (scopes.to_vec(), term);
        while let Some(place) = scopes.iter().rposition(|scope| matches!(scope, Scope::Near(_))) {
            let Scope::Near(point) = scopes.remove(place) else { break };
            // A term with so many of the binders further in.
            let there = |this: &mut Self, term: Term, inner: usize| {
                let lifted = this.table.lift(term, inner as u32, inner as u32 + 1);
                let mut values = vec![this.table.lift(point, inner as u32, 0)];
                values.extend((0..inner).rev().map(|k| this.table.bound(k as u32)));
                this.table.instantiate(lifted, &values)
            };
            for (inner, scope) in scopes[place..].iter_mut().enumerate() {
                *scope = scope.map(&mut |term| there(self, term, inner));
            }
            term = there(self, term, scopes.len() - place);
        }
        (scopes, term)
    }

    /// If the term is the density of an unspecified law at a sample of one: what makes it positive. Of the law itself, for
    /// other parameters, that it is regular: a regular law has one support. Of another law, that the first covers it; that
    /// is said at the points of the derivatives around.
    pub(crate) fn positive_density(&mut self, term: Term) -> Option<Claim> {
        let Op::Dens = self.table.op(term) else { return None };
        let [law, mut point] = self.table.args(term)[..] else { return None };
        let Op::AnyLaw(name) = self.table.op(law).clone() else { return None };
        while let Op::Bound(k) = *self.table.op(point) {
            match self.scope(k)? {
                Scope::Sample(own) => {
                    return match self.table.op(own) {
                        Op::AnyLaw(other) if *other == name => Some(Claim::Regular(name)),
                        _ => Some(Claim::Covers(self.at_its_point(law), self.at_its_point(own))),
                    };
                }
                Scope::Near(at) => point = at,
                // A density that is integrated over the line is positive there.
                Scope::Range(lo, hi) if self.statement.laws.get(&name) == Some(&true) => {
                    let line = [(lo, false), (hi, true)].map(|(end, sign)| *self.table.op(end) == Op::Inf(sign));
                    return (line == [true, true]).then_some(Claim::Regular(name));
                }
                _ => return None,
            }
        }
        // At a point of its own it is positive near a parameter if the statement says so at the parameter.
        let near = |scope: &Scope| match scope {
            Scope::Across(point) => Scope::Near(*point),
            other => other.clone(),
        };
        let here: Vec<Scope> = self.scopes.iter().map(near).collect();
        let (scopes, at) = self.at_its_points(&here, term);
        self.is_said_positive(&scopes, at).then_some(Claim::Regular(name))
    }

    /// Does the statement take the logarithm of a density at these points, or divide by it, perhaps among other factors?
    fn is_said_positive(&mut self, scopes: &[Scope], density: Term) -> bool {
        let closed = self.table.loose(density) == 0;
        self.conventions.clone().into_iter().any(|known| {
            let (Claim::Positive(other) | Claim::NonZero(other)) = known.claim else { return false };
            let (around, other) = self.at_its_points(&known.scopes, other);
            if !closed && around != scopes {
                return false;
            }
            let factors = match self.table.op(other) {
                Op::Mul => self.table.args(other).to_vec(),
                _ => vec![other],
            };
            factors.into_iter().any(|factor| factor == density || self.is_density_there(scopes, density, factor))
        })
    }

    /// True if both are the density of one law at equal points.
    fn is_density_there(&mut self, scopes: &[Scope], density: Term, other: Term) -> bool {
        let parts = |this: &Self, term: Term| match (this.table.op(term), this.table.args(term)) {
            (Op::Dens, [law, point]) => Some((*law, *point)),
            _ => None,
        };
        let (Some((law, point)), Some((same, there))) = (parts(self, density), parts(self, other)) else {
            return false;
        };
        let here = std::mem::replace(&mut self.scopes, scopes.to_vec());
        let equal = law == same && self.equal(point, there).is_ok();
        self.scopes = here;
        equal
    }

    /// True if the statement itself says so, by meaning something.
    pub(crate) fn is_convention(&self, claim: Claim) -> bool {
        self.conventions.contains(&self.need(claim))
    }

    /// The law with the variables of derivatives at their points.
    fn at_its_point(&mut self, law: Term) -> Term {
        let mut here = law;
        for k in 0..self.scopes.len() as u32 {
            if let Some(Scope::Near(point)) = self.scope(k) {
                here = self.table.substituted(here, k, point);
            }
        }
        here
    }

    /// True if the term has no other signs than these, at least where discrete samples have their first value.
    fn has_signs_at_an_atom(&mut self, term: Term, signs: Signs) -> bool {
        if self.signs(term).within(signs) {
            return true;
        }
        let mut there = term;
        for k in 0..self.scopes.len() as u32 {
            let Some(Scope::Sample(law)) = self.scope(k).filter(|_| self.table.holds(there, k)) else { continue };
            let atom = match self.support(law) {
                Some(Support::Integers(lo, _)) if self.table.is_value(lo) => lo,
                Some(Support::Points(points)) if !points.is_empty() => points[0],
                _ => continue,
            };
            there = self.table.substituted(there, k, atom);
            if self.signs(there).within(signs) {
                return true;
            }
        }
        false
    }

    pub(crate) fn need(&self, claim: Claim) -> Need {
        let closed = match &claim {
            Claim::Positive(term) | Claim::NonZero(term) | Claim::Whole(term) => self.table.loose(*term) == 0,
            Claim::Covers(wide, narrow) => [wide, narrow].into_iter().all(|law| self.table.loose(*law) == 0),
            Claim::Regular(_) => true,
            _ => false,
        };
        Need { claim, scopes: if closed { vec![] } else { self.scopes.clone() } }
    }

    /// The term, and where it is continuous the term at the points that the D's around speak of: strict claims there
    /// hold near them.
    fn at_points(&mut self, term: Term) -> std::vec::IntoIter<Term> {
        let at = self.at_point(term);
        if at == term { vec![term].into_iter() } else { vec![term, at].into_iter() }
    }

    fn at_point(&mut self, term: Term) -> Term {
        if !self.continuous(term) {
            return term;
        }
        let (mut here, mut across, mut samples) = (term, false, false);
        for k in 0..self.scopes.len() as u32 {
            if !self.table.holds(here, k) {
                continue;
            }
            match self.scope(k) {
                // A neighbourhood must not depend on the samples below the D.
                Some(Scope::Near(_)) if samples => {}
                Some(Scope::Near(point)) => here = self.table.substituted(here, k, point),
                Some(Scope::Across(point)) => {
                    across = true;
                    here = self.table.substituted(here, k, point);
                }
                _ => samples = true,
            }
        }
        // Nor, for a claim about all points near, on any sample.
        if across && self.table.loose(here) > 0 { term } else { here }
    }

    /// True if the term is a polynomial that is not constant in the innermost sample that it holds, which has a density
    /// whatever the samples before it are: then it takes each value with probability 0.
    fn not_constant(&mut self, term: Term) -> bool {
        let Some(k) = (0..self.scopes.len() as u32).find(|k| self.table.holds(term, *k)) else { return false };
        let spread = match self.scope(k) {
            Some(Scope::Sample(law)) => self.law_is(law) == Some(true),
            Some(Scope::Range(..)) => true,
            _ => false,
        };
        spread && self.varies(term, k)
    }

    /// The unspecified law of a sample that the term would take each value with probability 0 by, if that law has a density.
    fn spread_by(&mut self, term: Term) -> Option<Term> {
        let term = self.at_point(term);
        let k = (0..self.scopes.len() as u32).find(|k| self.table.holds(term, *k))?;
        let Some(Scope::Sample(law)) = self.scope(k) else { return None };
        let unknown = matches!(self.table.op(law), Op::AnyLaw(_)) && self.law_is(law).is_none();
        (unknown && self.varies(term, k)).then_some(law)
    }

    /// True if the term is monotone in the variable, or a polynomial of it that is not constant.
    fn varies(&mut self, term: Term, k: u32) -> bool {
        let Some(sum) = self.expand(term, false) else { return false };
        if self.is_monotone(term, k) {
            return true;
        }
        let variable = self.table.bound(k);
        let mut coefficients: BTreeMap<i64, Vec<Term>> = BTreeMap::new();
        for (monomial, value) in sum {
            let degree = monomial.iter().find(|(atom, _)| *atom == variable).map_or(0, |(_, exponent)| *exponent);
            let rest: Vec<_> = monomial.into_iter().filter(|(atom, _)| *atom != variable).collect();
            if rest.iter().any(|(atom, _)| self.table.holds(*atom, k)) {
                return false;
            }
            let summand = self.monomial(&rest, value);
            coefficients.entry(degree).or_default().push(summand);
        }
        if coefficients.keys().any(|degree| *degree < 0) {
            return false;
        }
        coefficients.into_iter().filter(|(degree, _)| *degree > 0).any(|(_, summands)| {
            let coefficient = self.table.add(summands);
            self.proves(&Claim::NonZero(coefficient))
        })
    }

    /// True if the derivative in bound variable `k` is seen to have one sign.
    fn is_monotone(&mut self, term: Term, k: u32) -> bool {
        if self.aside {
            return false;
        }
        let (needs, proved) = (self.needs.clone(), self.proved);
        self.aside = true;
        let derivative = self.derivative(term, k).ok().filter(|_| self.needs == needs);
        self.aside = false;
        (self.needs, self.proved) = (needs, proved);
        let signs = derivative.map(|derivative| self.signs(derivative));
        signs.is_some_and(|signs| signs == Signs::POSITIVE || signs == Signs::NEGATIVE)
    }

    /// True if the term is a product of powers of what is 0 with probability 0.
    fn is_nonzero_power(&mut self, term: Term) -> bool {
        let args = self.table.args(term).to_vec();
        match self.table.op(term) {
            Op::Mul => args.into_iter().all(|arg| self.proves(&Claim::NonZero(arg))),
            Op::Pow if self.table.as_rat(args[1]).is_some() => self.proves(&Claim::NonZero(args[0])),
            _ => false,
        }
    }

    fn whole(&mut self, term: Term) -> bool {
        if self.statement.hypotheses.contains(&Hypothesis::Whole(term)) {
            return true;
        }
        match self.table.op(term).clone() {
            Op::Rat(value) => value.is_integer() && !value.is_negative(),
            Op::Add | Op::Mul if self.table.args(term).to_vec().into_iter().all(|arg| self.whole(arg)) => true,
            // What cancels in it need not be whole.
            Op::Add | Op::Mul => self.expand(term, false).is_some_and(|sum| {
                sum.iter().all(|(monomial, value)| {
                    let is_atom = |this: &Self, atom: Term| !matches!(this.table.op(atom), Op::Add | Op::Mul);
                    let all =
                        monomial.iter().all(|(atom, power)| *power > 0 && is_atom(self, *atom) && self.whole(*atom));
                    all && value.is_integer() && !value.is_negative()
                })
            }),
            Op::Bound(k) => {
                let lo = match self.scope(k) {
                    Some(Scope::Whole(lo, _)) => Some(lo),
                    Some(Scope::Sample(law)) => match self.support(law) {
                        Some(Support::Integers(lo, _)) => Some(lo),
                        _ => None,
                    },
                    _ => None,
                };
                lo.is_some_and(|lo| self.whole(lo))
            }
            _ => false,
        }
    }

    /// True if the point is seen to lie inside the support; `everywhere`: for all samples, not only for almost all.
    pub fn in_support(&mut self, law: Term, point: Term, everywhere: bool) -> bool {
        let mut here = point;
        while let Op::Bound(k) = *self.table.op(here) {
            match self.scope(k) {
                Some(Scope::Sample(own)) if own == law => return true,
                Some(Scope::Sample(own)) => {
                    if let (Some(a), Some(b)) = (self.support(own), self.support(law))
                        && a == b
                    {
                        return true;
                    }
                    break;
                }
                Some(Scope::Range(lo, hi)) if self.support(law) == Some(Support::Interval(lo, hi)) => return true,
                Some(Scope::Whole(lo, hi)) if self.support(law) == Some(Support::Integers(lo, hi)) => return true,
                // Supports that are intervals are open, so what is near is inside.
                Some(Scope::Near(at) | Scope::Across(at)) if self.law_is(law) == Some(true) => here = at,
                _ => break,
            }
        }
        match self.support(law) {
            Some(Support::Interval(lo, hi)) => {
                let above = self.table.sub(point, lo);
                let below = self.table.sub(hi, point);
                let infinite = |this: &Self, end| matches!(this.table.op(end), Op::Inf(_));
                (infinite(self, lo) || self.signs_in(above, everywhere) == Signs::POSITIVE)
                    && (infinite(self, hi) || self.signs_in(below, everywhere) == Signs::POSITIVE)
            }
            Some(Support::Integers(lo, hi)) => {
                let literal = |term| self.table.as_rat(term).filter(|value| value.is_integer());
                let between = match (literal(lo), literal(point), literal(hi)) {
                    (Some(lo), Some(point), Some(hi)) => lo <= point && point <= hi,
                    _ => false,
                };
                between || self.whole_between(point, lo, hi, everywhere)
            }
            Some(Support::Points(points)) => {
                let whole = |term: &Term| self.table.as_rat(*term).filter(|value| value.is_integer());
                let run = points.windows(2).all(|pair| match (whole(&pair[0]), whole(&pair[1])) {
                    (Some(a), Some(b)) => (b - a).is_one(),
                    _ => false,
                });
                let ends = points.first().copied().zip(points.last().copied());
                points.contains(&point)
                    || run && ends.is_some_and(|(lo, hi)| self.whole_between(point, lo, hi, everywhere))
            }
            None => false,
        }
    }

    /// True if the point is seen to be a whole number from one end, itself 0 or above, to the other.
    fn whole_between(&mut self, point: Term, lo: Term, hi: Term, everywhere: bool) -> bool {
        let upward = Signs::ZERO.or(Signs::POSITIVE);
        let (above, below) = (self.table.sub(point, lo), self.table.sub(hi, point));
        self.whole(point)
            && self.whole(lo)
            && (self.table.is_zero(lo) || self.signs_in(above, everywhere).within(upward))
            && (matches!(self.table.op(hi), Op::Inf(true)) || self.signs_in(below, everywhere).within(upward))
    }

    fn covers(&mut self, wide: Term, narrow: Term) -> Option<bool> {
        let (a, b) = (self.support(wide)?, self.support(narrow)?);
        if a == b {
            return Some(true);
        }
        let (Support::Interval(lo, hi), Support::Interval(l, h)) = (a, b) else { return None };
        let mut ordered = |low: Term, high: Term| {
            let infinite = matches!(self.table.op(low), Op::Inf(false)) || matches!(self.table.op(high), Op::Inf(true));
            let difference = self.table.sub(high, low);
            low == high || infinite || self.signs(difference).within(Signs::ZERO.or(Signs::POSITIVE))
        };
        (ordered(lo, l) && ordered(h, hi)).then_some(true)
    }

    /// Whether a law has a density (true) or masses at points (false), if it is known.
    pub fn law_is(&mut self, law: Term) -> Option<bool> {
        match self.table.op(law).clone() {
            Op::AnyLaw(name) => self.statement.laws.get(&name).copied(),
            _ => self.support(law).map(|support| matches!(support, Support::Interval(..))),
        }
    }

    /// The class that the statement grants an unknown function.
    pub fn class_of(&self, function: &str) -> Class {
        self.statement.functions.get(function).map_or(Class::Measurable, |unknown| unknown.class)
    }

    /// A derivative that exists almost everywhere may be taken where the argument has a density.
    fn has_derivative(&mut self, app: Term) -> bool {
        let Op::App(name, orders) = self.table.op(app).clone() else { return false };
        let args = self.table.args(app).to_vec();
        match self.class_of(&name) {
            Class::Smooth => true,
            Class::Lipschitz if orders == [1] => {
                let argument = self.at_point(args[0]);
                self.not_constant(argument)
            }
            Class::Lipschitz => orders.iter().all(|order| *order == 0),
            _ => false,
        }
    }

    /// The derivative of a term in bound variable `k` as a node.
    pub fn opaque_derivative(&mut self, term: Term, k: u32) -> Term {
        let inner = self.table.bound(0);
        let lifted = self.table.lift(term, 1, 0);
        let body = self.table.substituted(lifted, k + 1, inner);
        let variable = self.table.bound(k);
        self.table.term(Op::D(1), vec![body, variable])
    }

    /// The arguments of a law lie in its domain.
    pub fn meet_domain(&mut self, law: Term) -> Result<(), Refusal> {
        let Op::Law(name) = self.table.op(law).clone() else { return Ok(()) };
        let known = self.library.laws.get(&name).ok_or(Refusal::Unsupported(law))?;
        let args = self.table.args(law).to_vec();
        for body in &known.positive {
            let here = self.table.instantiate(*body, &args);
            self.meet(Claim::Positive(here))?;
        }
        Ok(())
    }

    /// Meets the condition of a rule, whose terms read at the place.
    pub fn meet_condition(&mut self, condition: Condition) -> Result<(), Refusal> {
        match condition {
            Condition::Positive(term) => self.meet(Claim::Positive(term)),
            Condition::NonZero(term) => self.meet(Claim::NonZero(term)),
            Condition::Whole(term) => self.meet(Claim::Whole(term)),
            Condition::NonNegative(term) => self.meet(Claim::NonNegative(term)),
            Condition::Zero(_) => Err(Refusal::DoesNotFit),
            Condition::Vanishes(term) => match (self.table.op(term).clone(), self.table.args(term).split_last()) {
                (Op::Mean, Some((body, laws))) => {
                    let (laws, body) = (laws.to_vec(), *body);
                    self.meet(Claim::Vanishes(laws, body))
                }
                _ => Err(Refusal::Unsupported(term)),
            },
            Condition::Covers(wide, narrow) => self.meet(Claim::Covers(wide, narrow)),
            Condition::LawIs(law, continuous) => self.meet(Claim::LawIs(law, continuous)),
            Condition::Exists(term) => self.meet(Claim::Exists(term)),
            Condition::AbsolutelyContinuous(term) => {
                self.meet_below_d(term, &mut |this, body| this.meet(Claim::Continuous(body, true)))
            }
            Condition::Continuous(term) => {
                self.meet_below_d(term, &mut |this, body| this.meet(Claim::Continuous(body, false)))
            }
            Condition::FixedSupport(term) => self.meet_below_d(term, &mut |this, body| {
                let laws = this.laws_of_densities(body);
                if laws.is_empty() {
                    return Err(Refusal::Unsupported(body));
                }
                laws.into_iter().try_for_each(|law| this.meet(Claim::FixedSupport(law)))
            }),
        }
    }

    /// The laws whose densities stand in the term, outside of its binders.
    fn laws_of_densities(&self, term: Term) -> Vec<Term> {
        match self.table.op(term) {
            Op::Dens => vec![self.table.args(term)[0]],
            Op::Mean | Op::Int | Op::Sum | Op::D(_) => vec![],
            _ => self.table.args(term).iter().flat_map(|arg| self.laws_of_densities(*arg)).collect(),
        }
    }

    /// Goes down through means, integrals and sums to `D_v[body]` and asks there.
    fn meet_below_d(
        &mut self,
        term: Term,
        ask: &mut dyn FnMut(&mut Self, Term) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let args = self.table.args(term).to_vec();
        match self.table.op(term) {
            Op::Mean | Op::Int | Op::Sum => {
                self.below(term, args.len() - 1, |this| this.meet_below_d(args[args.len() - 1], ask))
            }
            Op::D(_) => {
                self.scopes.push(Scope::Across(args[1]));
                let result = ask(self, args[0]);
                self.scopes.pop();
                result
            }
            _ => Err(Refusal::Unsupported(term)),
        }
    }
}
