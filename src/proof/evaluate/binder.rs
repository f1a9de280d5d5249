//! What binds a variable: means, integrals and sums as random functionals, derivatives as coefficients of a series.

use super::super::number::{Numbers, mix};
use super::super::reading::random_in;
use super::super::series::{Algebra, Value};
use super::{Binder, Evaluation, Number, Oracle, key};
use crate::term::{Domain, Op, Term, Var, substitute};
use num_rational::BigRational;
use num_traits::ToPrimitive;

impl<F: Numbers> Evaluation<'_, F> {
    /// The levels whose derivative crosses a binder of a variable that the term holds.
    pub(super) fn crossing(&self, term: &Term) -> Vec<u32> {
        let mut result = Vec::new();
        for var in term.free() {
            let Some(index) = self.bound.iter().rposition(|(v, ..)| v == var) else { continue };
            match &self.bound[index].2 {
                Binder::Mean => {
                    result.extend((1u32..).zip(&self.levels).filter(|(_, entered)| **entered <= index).map(|(l, _)| l))
                }
                Binder::Local(levels) => result.extend(levels),
            }
        }
        result.sort_unstable();
        result.dedup();
        result
    }

    pub(super) fn oracle(
        &mut self,
        oracle: &Oracle,
        values: &[Value<Number<F>>],
        crossing: &[u32],
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
                let orders = if crossing.contains(&level) { &mut next.crossing } else { &mut next.local };
                orders[index] += 1;
                this.borrow_mut().oracle(&next, shorter, crossing)
            },
            &mut |constants| this.borrow_mut().oracle(oracle, constants, crossing),
        )
    }

    pub(super) fn expectation(&mut self, law: &Term, var: &Var, body: &Term) -> Option<Value<Number<F>>> {
        let (stopped, bare) = if *law.op() == Op::StopGrad { (true, &law.args()[0]) } else { (false, law) };
        let (Op::Law(name) | Op::UnknownLaw(name)) = bare.op() else { return None };
        let mut identity = key(("law", name));
        if stopped && self.strict_stops {
            identity = mix(identity);
        }
        let atoms = self.definitions.law(bare).is_none_or(|(definition, _)| definition.is_discrete());
        if stopped {
            let fixed: Option<Vec<_>> =
                bare.args().iter().map(|a| self.value(a).map(|v| Value::Plain(v.base().clone()))).collect();
            return self.weighted(identity, &fixed?, &[], var, body, true, atoms);
        }
        let values = self.values(bare.args())?;
        let crossing = self.crossing(bare);
        self.samples.push((self.bound.len(), bare.clone()));
        let value = self.weighted(identity, &values, &crossing, var, body, true, atoms);
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
    pub(super) fn between(&mut self, kind: u64, ends: &[Term], var: &Var, body: &Term) -> Option<Value<Number<F>>> {
        let infinite =
            |end: &Term| end.factors().iter().any(|t| *t.op() == Op::Infinity).then(|| end.is_negative_looking());
        let identity = key((kind, infinite(&ends[0]), infinite(&ends[1])));
        let (mut values, mut crossing) = (Vec::new(), Vec::new());
        for end in ends.iter().filter(|end| infinite(end).is_none()) {
            values.push(self.value(end)?);
            crossing.extend(self.crossing(end));
        }
        self.weighted(identity, &values, &crossing, var, body, false, false)
    }

    /// Σ wᵢ(parameters) body(xᵢ), with Σ wᵢ = 1 for a mean. A derivative that crosses into the parameters is weak: ends
    /// that move bring in as many derivatives of the body as they are differentiated, less one.
    #[allow(clippy::too_many_arguments)]
    fn weighted(
        &mut self,
        identity: u64,
        values: &[Value<Number<F>>],
        crossing: &[u32],
        var: &Var,
        body: &Term,
        mean: bool,
        atoms: bool,
    ) -> Option<Value<Number<F>>> {
        let mut rest = Value::Plain(self.algebra.integer(1));
        let minus = Value::Plain(self.algebra.integer(-1));
        let mut sum: Option<Value<Number<F>>> = None;
        for node in 0..self.nodes {
            let weight = if mean && node + 1 == self.nodes {
                rest.clone()
            } else {
                let zeros = vec![0; values.len()];
                let oracle = Oracle { key: key((identity, node)), local: zeros.clone(), crossing: zeros };
                self.oracle(&oracle, values, crossing)?
            };
            rest = self.algebra.add(&rest, &self.algebra.mul(&minus, &weight));
            // Both signs occur, so that no piece of a function is missed.
            let both = matches!(var.domain, Domain::Real | Domain::NonZero | Domain::Sign);
            let x = self.algebra.0.draw(&|point| {
                let x = random_in(var.domain, key((self.seed, "node", node, var.domain, point)), self.landmarks);
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
            self.bound.push((var.clone(), Value::Plain(x), Binder::Mean));
            let value = self.value(body);
            self.bound.pop();
            if atoms {
                self.atoms.pop();
            }
            let term = self.algebra.mul(&weight, &value?);
            sum = Some(sum.map_or_else(|| term.clone(), |s| self.algebra.add(&s, &term)));
        }
        sum
    }

    pub(super) fn derivative(&mut self, var: &Var, order: u32, body: &Term, point: &Term) -> Option<Value<Number<F>>> {
        if order > 64 {
            return None;
        }
        let crossing = self.crossing(point);
        let point = self.value(point)?;
        self.levels.push(self.bound.len());
        let level = self.levels.len() as u32;
        let mut coefficients = vec![point, Value::Plain(self.algebra.integer(1))];
        coefficients.resize(order as usize + 1, Value::Plain(self.algebra.integer(0)));
        self.bound.push((var.clone(), Value::Series(level, coefficients), Binder::Local(crossing)));
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
