//! Functions at a point: the elementary ones, those of a definition file, and by which side of a jump or kink they are taken.

use super::super::number::Numbers;
use super::super::reading::{certain_sign, collected, core, rational};
use super::super::series::{Algebra, Value};
use super::{Binder, Crossed, Evaluation, Number, Oracle, Side, key};
use std::collections::BTreeMap;

use crate::term::{
    Op, Regularity, Term, Var, density_unfolds, is_nonzero, is_positive, lives_within, match_values, substitute_many,
};

impl<F: Numbers> Evaluation<'_, F> {
    /// The value of a term without its positive factors, where that is of use.
    pub(super) fn like(&mut self, term: &Term, value: &Number<F>) -> Option<Number<F>> {
        if !self.algebra.0.looks_beside() {
            return Some(value.clone());
        }
        let positive = |t: &Term| t.as_number().is_some() || (is_positive(t) && !self.holds_cut_density(t));
        let core = core(&collected(term), &positive);
        if core == *term { Some(value.clone()) } else { Some(self.value(&core)?.base().clone()) }
    }

    /// By what the sign of an argument is chosen.
    fn side(&mut self, arg: &Term, value: &Number<F>) -> Option<Side<Number<F>>> {
        if let Some((_, side)) = self.sides.iter().rev().find(|(var, _)| arg.as_var() == Some(var)) {
            return Some(side.clone());
        }
        Some(match certain_sign(arg).filter(|_| !self.holds_cut_density(arg)) {
            Some(sign) => Side::Certain(sign),
            None => Side::Like(self.like(arg, value)?),
        })
    }

    /// True if a density occurs whose point may leave the support: where it does, the density is 0.
    pub(super) fn holds_cut_density(&self, term: &Term) -> bool {
        term.any(&|t| {
            *t.op() == Op::Density
                && matches!(t.args()[0].op(), Op::Law(_))
                && !density_unfolds(self.definitions, &t.args()[0], &t.args()[1])
                && !self.is_sample_of(&t.args()[1], &t.args()[0])
        })
    }

    /// True if the point is the sample of a law around whose support is that of this law, so that the point lies in it.
    pub(super) fn is_sample_of(&self, point: &Term, law: &Term) -> bool {
        let Some(var) = point.as_var() else { return false };
        let Some(place) = self.bound.iter().rposition(|(v, ..)| v == var) else { return false };
        // What the ends of the support hold has to mean the same at both places.
        let outside = |v: &Var| self.bound.iter().rposition(|(b, ..)| b == v).is_none_or(|index| index < place);
        let Some((definition, arguments)) = self.definitions.law(law) else { return false };
        let support = definition.support_at(arguments);
        support.ends().iter().all(|end| end.free().iter().all(outside))
            && self.samples.iter().any(|(at, of)| *at == place && lives_within(self.definitions, of, law))
    }

    /// The derivative of a known function that crosses a mean: like one of an unknown function, it is an oracle, for it
    /// is a rule that it may be taken inside.
    fn weak(
        &mut self,
        name: &str,
        index: usize,
        level: u32,
        values: &[Value<Number<F>>],
        crossing: &[Crossed],
    ) -> Option<Value<Number<F>>> {
        let count = crossing.iter().filter(|(crossed, _)| *crossed == level).count();
        let oracle = Oracle {
            key: key(("weak", name)),
            local: vec![0; values.len()],
            crossing: BTreeMap::from([((index, count), 1)]),
        };
        self.oracle(&oracle, values, crossing)
    }

    /// The reciprocal; a derivative that crosses a mean is weak.
    pub(super) fn reciprocal(&mut self, u: &Value<Number<F>>, crossing: &[Crossed]) -> Option<Value<Number<F>>> {
        if crossing.is_empty() {
            return self.algebra.inverse(u);
        }
        let numbers = self.algebra.0;
        let this = std::cell::RefCell::new(self);
        Algebra(numbers).compose(
            std::slice::from_ref(u),
            &mut |plain| numbers.inverse(&plain[0]),
            &mut |_, level, shorter| {
                if crossing.iter().any(|(crossed, _)| *crossed == level) {
                    return this.borrow_mut().weak("reciprocal", 0, level, shorter, crossing);
                }
                let inverse = this.borrow_mut().reciprocal(&shorter[0], crossing)?;
                let minus = Value::Plain(Algebra(numbers).integer(-1));
                Some(Algebra(numbers).mul(&minus, &Algebra(numbers).mul(&inverse, &inverse)))
            },
            &mut |constants| this.borrow_mut().reciprocal(&constants[0], crossing),
        )
    }

    /// A function with a derivative of its own: `exp`, `ln`, `sin`, `cos`.
    pub(super) fn elementary(
        &mut self,
        name: &str,
        u: &Value<Number<F>>,
        crossing: &[Crossed],
    ) -> Option<Value<Number<F>>> {
        let numbers = self.algebra.0;
        let this = std::cell::RefCell::new(self);
        let algebra = Algebra(numbers);
        algebra.compose(
            std::slice::from_ref(u),
            &mut |plain| numbers.elementary(name, &plain[0]),
            &mut |_, level, shorter| match name {
                _ if crossing.iter().any(|(crossed, _)| *crossed == level) => {
                    this.borrow_mut().weak(name, 0, level, shorter, crossing)
                }
                "exp" => this.borrow_mut().elementary("exp", &shorter[0], crossing),
                "ln" => this.borrow_mut().reciprocal(&shorter[0], crossing),
                "sin" => this.borrow_mut().elementary("cos", &shorter[0], crossing),
                _ => {
                    let minus = Value::Plain(Algebra(numbers).integer(-1));
                    this.borrow_mut().elementary("sin", &shorter[0], crossing).map(|s| Algebra(numbers).mul(&minus, &s))
                }
            },
            &mut |constants| this.borrow_mut().elementary(name, &constants[0], crossing),
        )
    }

    /// The logarithm of the value of a term; where a derivative crosses a zero of the term, it does not pass.
    pub(super) fn logarithm(&mut self, term: &Term, value: &Value<Number<F>>) -> Option<Value<Number<F>>> {
        let crossing = self.crossing(term);
        if self.only(value, &crossing).level() > 0 && !is_positive(term) {
            let oracle = Oracle { key: key("logarithm"), local: vec![0], crossing: BTreeMap::new() };
            return self.oracle(&oracle, std::slice::from_ref(value), &crossing);
        }
        if term.has_operator() && !is_nonzero(term) {
            return self.logarithm_of_mean(value, &crossing);
        }
        self.elementary("ln", value, &crossing)
    }

    /// The logarithm of what holds a mean that may be 0: its derivative has the reciprocal that stands for such a mean.
    fn logarithm_of_mean(&mut self, u: &Value<Number<F>>, crossing: &[Crossed]) -> Option<Value<Number<F>>> {
        let numbers = self.algebra.0;
        let this = std::cell::RefCell::new(self);
        Algebra(numbers).compose(
            std::slice::from_ref(u),
            &mut |plain| numbers.elementary("ln", &plain[0]),
            &mut |_, _, shorter| {
                let oracle = Oracle { key: key("reciprocal"), local: vec![0], crossing: BTreeMap::new() };
                this.borrow_mut().oracle(&oracle, shorter, crossing)
            },
            &mut |constants| this.borrow_mut().logarithm_of_mean(&constants[0], crossing),
        )
    }

    pub(super) fn function(&mut self, name: &str, term: &Term) -> Option<Value<Number<F>>> {
        let args = term.args();
        match (name, args) {
            ("ln", [density]) if *density.op() == Op::Density => return self.log_density(density),
            ("ln", [u]) => {
                let value = self.value(u)?;
                let ln = self.logarithm(u, &value)?;
                if is_positive(u) {
                    return Some(ln);
                }
                if u.has_operator() {
                    self.denominators.insert(self.algebra.0.digest(value.base()));
                } else {
                    self.note_divisor(u)?;
                }
                // Where the argument may change sign, it is known up to a constant on each side.
                let like = self.like(u, value.base())?;
                let (_, shift) = self.algebra.0.turn(&like);
                return Some(self.algebra.add(&ln, &Value::Plain(self.double(shift))));
            }
            ("exp" | "sin" | "cos", [u]) => {
                let value = self.value(u)?;
                let crossing = self.crossing(u);
                return self.elementary(name, &value, &crossing);
            }
            ("sqrt", [u]) => return self.pow(u, &Term::ratio(1, 2)),
            _ => {}
        }
        let definitions = self.definitions;
        let function = definitions.functions.get(name).filter(|f| f.parameters.len() == args.len())?;
        // Special values are for literal arguments, which a definition may have computed.
        let literal: Vec<Term> =
            args.iter().map(|arg| rational(arg).map_or_else(|| arg.clone(), Term::number)).collect();
        for (left, right) in &function.values {
            if let Some(pairs) = match_values(left.args(), &literal) {
                return self.value(&substitute_many(right, &pairs));
            }
        }
        // Definitions are unfolded as terms, so that literal arguments stay literal.
        if let Some(definition) = function.definition.as_ref().or(function.formula.as_ref()) {
            let pairs: Vec<_> = function.parameters.iter().cloned().zip(args.iter().cloned()).collect();
            return self.value(&substitute_many(definition, &pairs));
        }
        let values = self.values(args)?;
        let crossing = self.crossing(term);
        let side = match (args, values.as_slice()) {
            ([arg], [value]) => self.side(arg, value.base())?,
            _ => Side::Certain(1),
        };
        self.known(name, &values, &crossing, &side)
    }

    /// A function of a definition file at values; of a single argument the sign is chosen as `side` says.
    fn known(
        &mut self,
        name: &str,
        values: &[Value<Number<F>>],
        crossing: &[Crossed],
        side: &Side<Number<F>>,
    ) -> Option<Value<Number<F>>> {
        self.fuel = self.fuel.checked_sub(1)?;
        let definitions = self.definitions;
        let numbers = self.algebra.0;
        let function = definitions.functions.get(name)?;
        if let [u] = values {
            // Piecewise functions: the branch is chosen by the sign; a jump that a derivative crosses stays in it.
            let (sign, certain) = match side {
                // What is 0 or above is above, unless it is met at 0.
                Side::Certain(0) => (numbers.sign(u.base()).abs(), true),
                Side::Certain(sign) => (*sign, true),
                Side::Like(like) => (numbers.side(u.base(), like), false),
            };
            let branch = if sign > 0 {
                &function.above
            } else if sign < 0 {
                &function.below
            } else {
                &None
            };
            // A derivative at a kink or jump does not exist.
            if sign == 0 && u.level() > 0 && function.above.is_some() {
                return None;
            }
            let jumps = function.regularity == Regularity::Jump;
            // Where the argument is 0, the file says the value.
            let at_zero = function.values.iter().find(|(left, _)| left.args().iter().all(Term::is_zero));
            if let (0, 0, Some((_, value))) = (sign, u.level(), at_zero) {
                return self.value(value);
            }
            let crossed = self.only(u, crossing);
            match branch {
                Some(branch) if certain || crossed.level() == 0 => {
                    return self.within(&function.parameters, values, crossing, branch, side);
                }
                Some(branch) if jumps => {
                    // The jump that is crossed has a weak derivative, which is no function.
                    let value = self.within(&function.parameters, values, crossing, branch, side)?;
                    let oracle = Oracle { key: key(("jump", name)), local: vec![0], crossing: BTreeMap::new() };
                    let still = self.oracle(&oracle, &[Value::Plain(u.base().clone())], &[])?;
                    let weak = self.oracle(&oracle, &[crossed], crossing)?;
                    let minus = Value::Plain(self.algebra.integer(-1));
                    let change = self.algebra.add(&weak, &self.algebra.mul(&minus, &still));
                    return Some(self.algebra.add(&value, &change));
                }
                _ => {}
            }
        }
        let this = std::cell::RefCell::new(self);
        Algebra(numbers).compose(
            values,
            &mut |plain| {
                let seed = key((this.borrow().seed, "function", name));
                Some(match (function.even, plain) {
                    // Even: a function of the square; odd: such a one times the argument.
                    (Some(true), [u]) => numbers.oracle(seed, &[numbers.mul(u, u)]),
                    (Some(false), [u]) => numbers.mul(u, &numbers.oracle(seed, &[numbers.mul(u, u)])),
                    _ => numbers.oracle(seed, plain),
                })
            },
            &mut |index, level, shorter| {
                let mut this = this.borrow_mut();
                if crossing.iter().any(|(crossed, _)| *crossed == level) {
                    return this.weak(name, index, level, shorter, crossing);
                }
                match &function.derivatives[index] {
                    Some(derivative) => this.within(&function.parameters, shorter, crossing, derivative, side),
                    None => {
                        let mut local = vec![0; shorter.len()];
                        local[index] = 1;
                        let oracle = Oracle { key: key(("function", name)), crossing: BTreeMap::new(), local };
                        this.oracle(&oracle, shorter, crossing)
                    }
                }
            },
            &mut |constants| this.borrow_mut().known(name, constants, crossing, side),
        )
    }

    /// The value with the variables of all other levels set to zero.
    pub(super) fn only(&self, value: &Value<Number<F>>, levels: &[Crossed]) -> Value<Number<F>> {
        match value {
            Value::Plain(_) => value.clone(),
            Value::Series(level, coefficients) if levels.iter().any(|(crossed, _)| crossed == level) => {
                Value::Series(*level, coefficients.iter().map(|c| self.only(c, levels)).collect())
            }
            Value::Series(_, coefficients) => self.only(&coefficients[0], levels),
        }
    }

    /// A term of a definition file with its parameters at values.
    fn within(
        &mut self,
        parameters: &[Var],
        values: &[Value<Number<F>>],
        crossing: &[Crossed],
        body: &Term,
        side: &Side<Number<F>>,
    ) -> Option<Value<Number<F>>> {
        let (kept, kept_sides) = (self.bound.len(), self.sides.len());
        if let [only] = parameters {
            self.sides.push((only.clone(), side.clone()));
        }
        let depth = self.depth_around();
        let local = || Binder::Local(crossing.to_vec(), depth);
        self.bound.extend(parameters.iter().cloned().zip(values.iter().cloned()).map(|(p, v)| (p, v, local())));
        let value = self.value(body);
        self.bound.truncate(kept);
        self.sides.truncate(kept_sides);
        value
    }
}
