//! Values of functions and powers: exponentials and what is made of them, definitions and special values, roots, and what is
//! random in the values of its arguments.

use super::value::{Value, largest, total};
use super::{MOST_SCALE, RANKS, Run, lcm};
use crate::context::{Claim, Refusal};
use crate::field::{Element, oracle};
use crate::polynomial::Polynomial;
use crate::term::{Op, Term};
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive};
use std::rc::Rc;

impl Run<'_, '_> {
    pub(super) fn function(&mut self, name: &str, term: Term, args: &[Term]) -> Result<Value, Refusal> {
        match (name, args) {
            ("exp", [u]) => {
                if let Some(sum) = self.expanded(*u) {
                    return self.exponential(&sum, false);
                }
            }
            ("ln", [_]) => {
                let sum = self.expanded(term);
                if let Some(sum) = sum.filter(|sum| !(sum.len() == 1 && sum.contains_key(&vec![(term, 1)]))) {
                    // A form that is not the form of itself ends here.
                    self.context.unfold().ok_or(Refusal::TooLarge)?;
                    let result = self.polynomial(&sum);
                    self.context.unfolding -= 1;
                    return result;
                }
            }
            ("sin" | "cos", [u]) => {
                if let Some(sum) = self.expanded(*u) {
                    let minus = sum.iter().map(|(monomial, c)| (monomial.clone(), -c)).collect();
                    let (there, back) = (self.exponential(&sum, true)?, self.exponential(&minus, true)?);
                    let two = self.field.small(2);
                    return Ok(if name == "cos" {
                        let half = self.field.inv(two).ok_or(Refusal::DividesByZero)?;
                        self.product(&self.sum(&[there, back]), &self.constant(half))
                    } else {
                        let over = self.field.inv(self.field.mul(two, Element { re: 0, im: 1 }));
                        let over = self.constant(over.ok_or(Refusal::DividesByZero)?);
                        self.product(&self.sum(&[there, self.negative(&back)]), &over)
                    });
                }
            }
            _ => {
                let library = self.context.library;
                if let Some(known) = library.functions.get(name) {
                    if let Some(body) = known.definition.or(known.formula) {
                        let unfolded = self.context.table.instantiate(body, args);
                        return self.value(unfolded);
                    }
                    if let (Some(pieces), [_]) = (known.pieces, args)
                        && let Some(value) = self.piece(pieces, known, args)?
                    {
                        return Ok(value);
                    }
                    if let Some(value) = self.context.special_value(known, args) {
                        // A value that refers to itself ends here.
                        self.context.unfold().ok_or(Refusal::TooLarge)?;
                        let result = self.value(value);
                        self.context.unfolding -= 1;
                        return result;
                    }
                    if let (Some(even), [arg]) = (known.even, args) {
                        return self.of_parity(name, even, *arg);
                    }
                }
            }
        }
        let values = self.values(args)?;
        Ok(self.atom(("function", name), &values))
    }

    /// An atom whose argument is known up to sign.
    pub(super) fn of_parity(&mut self, name: &str, even: bool, arg: Term) -> Result<Value, Refusal> {
        let value = self.value(arg)?;
        let minus = self.negative(&value);
        let (key, turned) = if minus.at < value.at { (minus, true) } else { (value, false) };
        if key.at == self.field.small(0) && !even {
            return Ok(self.constant(key.at));
        }
        let atom = self.atom(("function", name), &[key]);
        Ok(if turned && !even { self.negative(&atom) } else { atom })
    }

    /// exp of a sum of monomials, or of i times it. Monomials are keyed by their values up to sign.
    pub(super) fn exponential(&mut self, sum: &Polynomial, imaginary: bool) -> Result<Value, Refusal> {
        let mut all = self.constant(self.field.small(1));
        for (monomial, coefficient) in sum {
            if let Some(power) = self.power_of_logarithm(monomial, coefficient, imaginary)? {
                all = self.product(&all, &power);
                continue;
            }
            if imaginary && let Some(turn) = self.quarter_turns(monomial, coefficient) {
                all = self.product(&all, &turn);
                continue;
            }
            let one = Polynomial::from([(monomial.clone(), BigRational::one())]);
            let value = self.polynomial(&one)?;
            if value.at == self.field.small(0) {
                continue;
            }
            let minus = self.field.neg(value.at);
            let (key, coefficient) =
                if minus < value.at { (minus, -coefficient) } else { (value.at, coefficient.clone()) };
            self.arguments = largest(&self.arguments, &self.degrees(&value));
            let root = self.field.random((self.seed, "exponential", imaginary, key));
            let base = self.field.mul(root, root);
            self.atoms.insert(oracle((self.seed, imaginary, key)));
            self.bits += coefficient.numer().bits() + coefficient.denom().bits();
            let exponent = self.field.exponent(&coefficient).ok_or(Refusal::DividesByZero)?;
            let denominator = coefficient.denom().to_u64().filter(|n| *n <= MOST_SCALE).ok_or(Refusal::TooLarge)?;
            self.denominators = lcm(self.denominators, denominator);
            if self.denominators > MOST_SCALE {
                return Err(Refusal::TooLarge);
            }
            let scaled = (coefficient.abs() * BigRational::from_integer(self.scale.into())).ceil();
            // The base is the square of what is drawn, and that a power of what would have whole exponents.
            let times = scaled.to_integer().to_u64().ok_or(Refusal::TooLarge)?;
            let at = self.field.pow(base, exponent);
            let factor = if coefficient.is_positive() {
                Value { at, above: total(times.saturating_mul(2)), below: Rc::default() }
            } else {
                let divisor = self.divisor(base, total(2), [0; RANKS + 1]);
                Value { at, above: [0; RANKS + 1], below: Rc::new(vec![(divisor, times)]) }
            };
            all = self.product(&all, &factor);
        }
        Ok(all)
    }

    /// e^{i π n/2} = i^n for whole n.
    pub(super) fn quarter_turns(&self, monomial: &[(Term, i64)], coefficient: &BigRational) -> Option<Value> {
        let [(atom, 1)] = monomial else { return None };
        let turns: BigRational = coefficient * BigRational::from_integer(2.into());
        if !matches!(self.context.table.op(*atom), Op::Pi) || !turns.is_integer() {
            return None;
        }
        let turns = (turns.to_integer() % 4u32 + 4u32).to_u64()? % 4;
        Some(self.constant(self.field.pow(Element { re: 0, im: 1 }, turns)))
    }

    /// exp(c ln u) = u^c for whole c and halves.
    pub(super) fn power_of_logarithm(
        &mut self,
        monomial: &[(Term, i64)],
        coefficient: &BigRational,
        imaginary: bool,
    ) -> Result<Option<Value>, Refusal> {
        let [(atom, 1)] = monomial else { return Ok(None) };
        let is_logarithm = matches!(self.context.table.op(*atom), Op::Fun(name) if &**name == "ln");
        let twice = coefficient * BigRational::from_integer(2.into());
        if imaginary || !is_logarithm || !twice.is_integer() {
            return Ok(None);
        }
        let argument = self.context.table.args(*atom)[0];
        let base = self.value(argument)?;
        if coefficient.is_integer() {
            let exponent = coefficient.to_integer().to_i64().ok_or(Refusal::TooLarge)?;
            return self.power(&base, exponent).map(Some);
        }
        let exponent = twice.to_integer().to_i64().ok_or(Refusal::TooLarge)?;
        match self.root(&base) {
            Some(root) => self.power(&root, exponent).map(Some),
            None => Ok(None),
        }
    }

    pub(super) fn general_power(&mut self, base: Term, exponent: Term) -> Result<Value, Refusal> {
        let literal = self.context.table.as_rat(exponent).cloned();
        if let Some(exponent) = literal.as_ref().filter(|c| c.is_integer()) {
            let exponent = exponent.to_integer().to_i64().ok_or(Refusal::TooLarge)?;
            let base = self.value(base)?;
            return self.power(&base, exponent);
        }
        if self.context.proves(&Claim::Positive(base)) {
            let logarithm = self.context.table.fun("ln", vec![base]);
            let product = self.context.table.mul(vec![exponent, logarithm]);
            if let Some(sum) = self.expanded(product) {
                return self.exponential(&sum, false);
            }
        }
        // Positive factors have powers of their own, and what is left has the rest of it.
        if matches!(self.context.table.op(base), Op::Mul) {
            let factors = self.context.table.args(base).to_vec();
            let (positive, rest): (Vec<Term>, Vec<Term>) =
                factors.into_iter().partition(|factor| self.context.proves(&Claim::Positive(*factor)));
            if !positive.is_empty() && !rest.is_empty() {
                let [positive, rest] = [positive, rest].map(|factors| self.context.table.mul(factors));
                let (own, other) = (self.general_power(positive, exponent)?, self.general_power(rest, exponent)?);
                return Ok(self.product(&own, &other));
            }
        }
        let value = self.value(base)?;
        if let Some(twice) = literal.map(|c| c * BigRational::from_integer(2.into())).filter(|c| c.is_integer())
            && let Some(root) = self.root(&value)
        {
            return self.power(&root, twice.to_integer().to_i64().ok_or(Refusal::TooLarge)?);
        }
        // u^{n + k} = u^n u^k for whole n and k at least 0.
        let mut rest = vec![];
        let mut whole = 0;
        if matches!(self.context.table.op(exponent), Op::Add) {
            for summand in self.context.table.args(exponent).to_vec() {
                match self.context.whole_literal(summand) {
                    Some(n) if n >= 0 => whole += n,
                    _ => rest.push(summand),
                }
            }
        }
        let rest = self.context.table.add(rest);
        let (exponent, whole) =
            if whole > 0 && self.context.proves(&Claim::Whole(rest)) { (rest, whole) } else { (exponent, 0) };
        let exponent = self.value(exponent)?;
        let atom = self.atom("power", &[value.clone(), exponent]);
        let known = self.power(&value, whole)?;
        Ok(self.product(&atom, &known))
    }
}
