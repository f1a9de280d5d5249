//! What binds a variable: means, integrals and sums as random functionals, derivatives as coefficients of a series.

use super::super::nesting::height;
use super::super::number::{Numbers, mix};
use super::super::reading::random_in;
use super::super::series::{Algebra, Value};
use super::{Binder, Crossed, Evaluation, Number, Oracle, Ranking, key};
use crate::term::{Domain, Op, Term, Var, substitute};
use num_rational::BigRational;
use num_traits::ToPrimitive;
use std::collections::BTreeMap;

impl<F: Numbers> Evaluation<'_, F> {
    /// The levels whose derivative crosses a binder of a variable that the term holds.
    pub(super) fn crossing(&self, term: &Term) -> Vec<Crossed> {
        let mut result = Vec::new();
        for var in term.free() {
            let Some(index) = self.bound.iter().rposition(|(v, ..)| v == var) else { continue };
            match &self.bound[index].2 {
                Binder::Mean(_) => {
                    let outside = (1u32..).zip(&self.levels).filter(|(_, entered)| **entered <= index);
                    result.extend(outside.map(|(level, _)| (level, index)));
                }
                Binder::Local(levels, _) => result.extend(levels),
            }
        }
        result.sort_unstable();
        result.dedup();
        result
    }

    /// How many means around, each depending on the next, the term depends on.
    pub(super) fn depth(&self, term: &Term) -> u32 {
        let depth = |v: &Var| match self.bound.iter().rev().find(|(b, ..)| b == v)? {
            (.., Binder::Mean(depth) | Binder::Local(_, depth)) => Some(*depth),
        };
        term.free().iter().filter_map(depth).max().unwrap_or(0)
    }

    /// The largest depth of what is around.
    pub(super) fn depth_around(&self) -> u32 {
        let depth = |(.., binder): &(Var, Value<Number<F>>, Binder)| match binder {
            Binder::Mean(depth) | Binder::Local(_, depth) => *depth,
        };
        self.bound.iter().map(depth).max().unwrap_or(0)
    }

    /// What tells the functional of a mean from others of its law.
    fn rank(&self, mean: &Term) -> u32 {
        match self.ranking {
            Ranking::Free => 0,
            Ranking::Depth => 1 + self.depth(mean),
            Ranking::Height => height(mean),
        }
    }

    pub(super) fn oracle(
        &mut self,
        oracle: &Oracle,
        values: &[Value<Number<F>>],
        crossing: &[Crossed],
    ) -> Option<Value<Number<F>>> {
        self.fuel = self.fuel.checked_sub(1)?;
        let numbers = self.algebra.0;
        let seed = key((self.seed, oracle.key, &oracle.local, &oracle.crossing));
        let this = std::cell::RefCell::new(self);
        Algebra(numbers).compose(
            values,
            &mut |plain| Some(numbers.oracle(seed, plain)),
            &mut |index, level, shorter| {
                let mut next = oracle.clone();
                match crossing.iter().filter(|(crossed, _)| *crossed == level).count() {
                    0 => next.local[index] += 1,
                    count => *next.crossing.entry((index, count)).or_default() += 1,
                }
                this.borrow_mut().oracle(&next, shorter, crossing)
            },
            &mut |constants| this.borrow_mut().oracle(oracle, constants, crossing),
        )
    }

    pub(super) fn expectation(&mut self, mean: &Term, var: &Var) -> Option<Value<Number<F>>> {
        let law = &mean.args()[0];
        let (stopped, bare) = if *law.op() == Op::StopGrad { (true, &law.args()[0]) } else { (false, law) };
        let (Op::Law(name) | Op::UnknownLaw(name)) = bare.op() else { return None };
        let mut identity = key(("law", name, self.rank(mean)));
        if stopped && self.strict_stops {
            identity = mix(identity);
        }
        let atoms = self.definitions.law(bare).is_none_or(|(definition, _)| definition.is_discrete());
        if stopped {
            let fixed: Option<Vec<_>> =
                bare.args().iter().map(|a| self.value(a).map(|v| Value::Plain(v.base().clone()))).collect();
            return self.weighted(identity, &fixed?, &[], mean, var, atoms);
        }
        let values = self.values(bare.args())?;
        let crossing = self.crossing(bare);
        self.samples.push((self.bound.len(), bare.clone()));
        let value = self.weighted(identity, &values, &crossing, mean, var, atoms);
        self.samples.pop();
        value
    }

    /// A sum between numbers.
    pub(super) fn written_out(
        &mut self,
        lo: &BigRational,
        hi: &BigRational,
        var: &Var,
        body: &Term,
    ) -> Option<Value<Number<F>>> {
        if !lo.is_integer() || !hi.is_integer() {
            return None;
        }
        let (lo, hi) = (lo.to_integer().to_i64()?, hi.to_integer().to_i64()?);
        let mut sum = Value::Plain(self.algebra.integer(0));
        for k in lo..=hi {
            // As a literal: whether it lies in a support can be seen, and functions have their special values there.
            let value = self.value(&substitute(body, var, &Term::integer(k)))?;
            sum = self.algebra.add(&sum, &value);
        }
        Some(sum)
    }

    /// A linear functional for each kind and pair of ends; an infinite end is part of the kind.
    pub(super) fn between(&mut self, kind: &str, term: &Term, var: &Var) -> Option<Value<Number<F>>> {
        let ends = &term.args()[..2];
        let infinite =
            |end: &Term| end.factors().iter().any(|t| *t.op() == Op::Infinity).then(|| end.is_negative_looking());
        let identity = key((kind, infinite(&ends[0]), infinite(&ends[1]), self.rank(term)));
        let (mut values, mut crossing) = (Vec::new(), Vec::new());
        for end in ends.iter().filter(|end| infinite(end).is_none()) {
            values.push(self.value(end)?);
            crossing.extend(self.crossing(end));
        }
        self.weighted(identity, &values, &crossing, term, var, false)
    }

    /// Σ wᵢ(parameters) body(xᵢ), with Σ wᵢ = 1 for a mean. A derivative that crosses into the parameters is weak: ends
    /// that move bring in as many derivatives of the body as they are differentiated, less one.
    fn weighted(
        &mut self,
        identity: u64,
        values: &[Value<Number<F>>],
        crossing: &[Crossed],
        term: &Term,
        var: &Var,
        atoms: bool,
    ) -> Option<Value<Number<F>>> {
        let (mean, body) = (matches!(term.op(), Op::Expect(_)), &term.args()[term.op().body_index()]);
        let depth = 1 + self.depth(term);
        // Samples with atoms may be the same; others are not.
        let place = if atoms { 0 } else { self.rank(term) };
        let mut rest = Value::Plain(self.algebra.integer(1));
        let minus = Value::Plain(self.algebra.integer(-1));
        let mut sum: Option<Value<Number<F>>> = None;
        for node in 0..self.nodes {
            let weight = if mean && node + 1 == self.nodes {
                rest.clone()
            } else {
                let zeros = vec![0; values.len()];
                let oracle = Oracle { key: key((identity, node)), local: zeros, crossing: BTreeMap::new() };
                self.oracle(&oracle, values, crossing)?
            };
            rest = self.algebra.add(&rest, &self.algebra.mul(&minus, &weight));
            // Both signs occur, so that no piece of a function is missed.
            let both = matches!(var.domain, Domain::Real | Domain::NonZero | Domain::Sign);
            let x = self.algebra.0.draw(&|point| {
                let x = random_in(var.domain, key((self.seed, "node", node, var.domain, place, point)), self.landmarks);
                if both && (node % 2 == 0) == (x.value > 0.0) { x.opposite() } else { x }
            });
            let pin = match key((self.seed, "pin", node, var.domain)) as usize % (self.pins.len() + 1) {
                index if atoms && var.domain != Domain::Sign => self.pins.get(index),
                _ => None,
            };
            let x = match pin {
                Some(pin) => self.value(pin)?.base().clone(),
                None => x,
            };
            if atoms {
                self.atoms.push(self.bound.len());
            }
            self.bound.push((var.clone(), Value::Plain(x), Binder::Mean(depth)));
            let value = self.value(body);
            self.bound.pop();
            if atoms {
                self.atoms.pop();
            }
            let summand = self.algebra.mul(&weight, &value?);
            sum = Some(sum.map_or_else(|| summand.clone(), |s| self.algebra.add(&s, &summand)));
        }
        sum
    }

    /// Whether a point is a whole number, as none is by accident.
    fn is_special(&self, point: &Value<Number<F>>) -> bool {
        self.algebra.0.sign(point.base()) == 0 || self.algebra.0.to_f64(point.base()).fract() == 0.0
    }

    pub(super) fn derivative(&mut self, var: &Var, order: u32, body: &Term, point: &Term) -> Option<Value<Number<F>>> {
        if order > 64 {
            return None;
        }
        let (crossing, depth) = (self.crossing(point), self.depth(point));
        let point = self.value(point)?;
        // At a special point, such as 0, a factor that is 0 there may stand before a mean that does not exist: the
        // derivative is known by the function that is differentiated and the point, and nothing else.
        let holds_mean =
            body.any(&|t| matches!(t.op(), Op::Expect(_) | Op::Integral(_) | Op::Sum(_)) && t.depends_on(var));
        if holds_mean && self.is_special(&point) {
            let fresh = random_in(Domain::Real, key((self.seed, "fresh", order)), &[]);
            let fresh = Value::Plain(self.algebra.0.draw(&|_| fresh));
            self.bound.push((var.clone(), fresh, Binder::Local(crossing.clone(), depth)));
            let value = self.value(body);
            self.bound.pop();
            let oracle = Oracle { key: key(("derivative", order)), local: vec![0; 2], crossing: BTreeMap::new() };
            return self.oracle(&oracle, &[value?, point], &crossing);
        }
        self.levels.push(self.bound.len());
        let level = self.levels.len() as u32;
        let mut coefficients = vec![point, Value::Plain(self.algebra.integer(1))];
        coefficients.resize(order as usize + 1, Value::Plain(self.algebra.integer(0)));
        self.bound.push((var.clone(), Value::Series(level, coefficients), Binder::Local(crossing, depth)));
        let value = self.value(body);
        self.bound.pop();
        self.levels.pop();
        let value = value?;
        let zero = Value::Plain(self.algebra.integer(0));
        let coefficient = value.coefficient(level, order as usize).cloned();
        let coefficient = coefficient.or((value.level() < level).then_some(zero))?;
        let factorial = (1..=i64::from(order))
            .fold(BigRational::from_integer(1.into()), |p, k| p * BigRational::from_integer(k.into()));
        let factorial = Value::Plain(self.algebra.0.rational(&factorial)?);
        Some(self.algebra.mul(&factorial, &coefficient))
    }
}
