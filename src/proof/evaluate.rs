//! Evaluation of terms at a random point, in a model where nothing holds by accident.
//!
//! The model: an unknown function is an oracle, a different one for each of its derivatives; `E_{x ~ P}` is a random
//! linear functional that keeps constants, a different one for each law and parameters; `D` is exact (power series).
//! A derivative that crosses an expectation meets other oracles (those of the weak derivative) than one that stays
//! inside: that differentiation and expectation commute is a rule with conditions, and no arithmetic.

use super::number::{Numbers, mix};
use super::reading::{certain_sign, collected, core, may_be_even_root, random_in, rational};
use super::series::{Algebra, Value};
use crate::term::{
    Definitions, Domain, Op, Regularity, Term, Var, deadline, density_unfolds, have_one_support, is_nonzero,
    is_positive, match_values, substitute, substitute_many,
};
use num_rational::BigRational;
use num_traits::ToPrimitive;
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Nodes of the functional that stands for an expectation, unless more are asked for: two already separate what
/// linearity does not join.
const NODES: u64 = 2;
/// Powers beyond this are undefined, as far as this evaluation goes.
const POWER: i64 = 4096;

/// One evaluation: a point, and the binders and derivatives around the present place.
pub struct Evaluation<'a, F: Numbers> {
    algebra: Algebra<'a, F>,
    definitions: &'a Definitions,
    seed: u64,
    bound: Vec<(Var, Value<F::Number>, Binder)>,
    /// For each level, how many binders were around when its derivative was entered.
    levels: Vec<usize>,
    /// The laws of the samples around, each with its place among the binders.
    samples: Vec<(usize, Term)>,
    /// The signs of parameters of definitions.
    sides: Vec<(Var, Side<F::Number>)>,
    /// Stopped parts differ from what they stop.
    pub strict_stops: bool,
    /// Nodes of the functional that stands for an expectation.
    pub nodes: u64,
    /// Whole numbers to look at, so that every piece of a function is met; none for any.
    pub landmarks: &'a [f64],
    /// Denominators that may vanish, by value: where one does, the term has no value.
    pub denominators: BTreeSet<u64>,
    /// Steps that may still be taken.
    pub fuel: u64,
}

#[derive(Clone)]
enum Binder {
    /// An expectation, integral or sum.
    Mean,
    /// A derivative's variable or a parameter of a definition, with the levels that cross into what it stands for.
    Local(Vec<u32>),
}

/// By what the sign of a number is chosen.
#[derive(Clone)]
enum Side<N> {
    /// It is above 0, below, or neither for certain: 1, -1 or 0 for 0 and above.
    Certain(i32),
    /// As for all that are like this one.
    Like(N),
}

type Number<F> = <F as Numbers>::Number;

/// A function to be composed with: its derivatives are oracles of their own.
#[derive(Clone)]
struct Oracle {
    key: u64,
    /// Derivatives taken inside every expectation, and across one, by argument.
    local: Vec<u32>,
    crossing: Vec<u32>,
}

fn key(parts: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish()
}

impl<'a, F: Numbers> Evaluation<'a, F> {
    pub fn new(numbers: &'a F, definitions: &'a Definitions, seed: u64) -> Self {
        let algebra = Algebra(numbers);
        Evaluation {
            algebra,
            definitions,
            seed,
            bound: vec![],
            levels: vec![],
            samples: vec![],
            sides: vec![],
            strict_stops: false,
            nodes: NODES,
            landmarks: &[],
            denominators: BTreeSet::new(),
            fuel: 200_000,
        }
    }

    /// The value of a term; none where it is undefined or the work would be too much.
    pub fn value(&mut self, term: &Term) -> Option<Value<Number<F>>> {
        self.fuel = self.fuel.checked_sub(1).filter(|_| !deadline::is_over())?;
        let args = term.args();
        match term.op() {
            Op::Number(n) => self.algebra.0.rational(n).map(Value::Plain),
            Op::Pi => Some(Value::Plain(self.algebra.0.pi())),
            // Infinity is an end of an integral or sum, and no number.
            Op::Infinity => None,
            Op::Var(var) => Some(self.variable(var)),
            Op::Add => self.fold(args, |a, x, y| a.add(x, y), 0),
            Op::Mul => self.fold(args, |a, x, y| a.mul(x, y), 1),
            Op::Pow => self.pow(&args[0], &args[1]),
            Op::Function(name) => self.function(name, term),
            Op::Apply(name, orders) => {
                let values = self.values(args)?;
                let oracle = Oracle { key: key(("f", name)), local: orders.clone(), crossing: vec![0; args.len()] };
                let crossing = self.crossing(term);
                self.oracle(&oracle, &values, &crossing)
            }
            Op::StopGrad => self.stopped(&args[0]),
            Op::Density => self.log_density(term).and_then(|ln| self.elementary("exp", &ln)),
            Op::Expect(var) => self.expectation(&args[0], var, &args[1]),
            Op::Integral(var) => self.between(key("integral"), &args[..2], var, &args[2]),
            Op::Sum(var) => match (rational(&args[0]), rational(&args[1])) {
                (Some(lo), Some(hi)) => self.written_out(&lo, &hi, var, &args[2]),
                _ => self.between(key("sum"), &args[..2], var, &args[2]),
            },
            Op::Derivative(var, order) => self.derivative(var, *order, &args[0], &args[1]),
            Op::Law(_) | Op::UnknownLaw(_) => None,
        }
    }

    fn double(&self, value: f64) -> Number<F> {
        let exact = BigRational::from_float(value).unwrap_or_else(|| BigRational::from_integer(1.into()));
        self.algebra.0.rational(&exact).unwrap_or_else(|| self.algebra.0.pi())
    }

    fn values(&mut self, terms: &[Term]) -> Option<Vec<Value<Number<F>>>> {
        terms.iter().map(|t| self.value(t)).collect()
    }

    #[allow(clippy::type_complexity)]
    fn fold(
        &mut self,
        terms: &[Term],
        op: impl Fn(&Algebra<'_, F>, &Value<Number<F>>, &Value<Number<F>>) -> Value<Number<F>>,
        empty: i64,
    ) -> Option<Value<Number<F>>> {
        let mut result: Option<Value<Number<F>>> = None;
        for term in terms {
            let value = self.value(term)?;
            result = Some(result.map_or_else(|| value.clone(), |r| op(&self.algebra, &r, &value)));
        }
        Some(result.unwrap_or_else(|| Value::Plain(self.algebra.integer(empty))))
    }

    fn variable(&self, var: &Var) -> Value<Number<F>> {
        if let Some((_, value, _)) = self.bound.iter().rev().find(|(v, ..)| v == var) {
            return value.clone();
        }
        // Two variables of one name and different domains are different variables.
        let draw = |point| random_in(var.domain, key((self.seed, var, point)), self.landmarks);
        Value::Plain(self.algebra.0.draw(&draw))
    }

    fn pow(&mut self, base: &Term, exponent: &Term) -> Option<Value<Number<F>>> {
        let value = self.value(base)?;
        if let Some(n) = exponent.as_number().filter(|n| n.is_integer()) {
            let n = n.to_integer().to_i64().filter(|n| n.abs() <= POWER)?;
            let power = self.algebra.power(&value, n.unsigned_abs() as u32);
            if n == 0 && self.algebra.0.sign(value.base()) == 0 {
                return None;
            }
            if n >= 0 {
                return Some(power);
            }
            let crossing = self.crossing(base);
            let crossed = self.only(&value, &crossing).level() > 0;
            if ((base.has_operator() || crossed) && !is_nonzero(base)) || self.holds_cut_density(base) {
                // It may be zero: then nothing cancels, and no derivative passes.
                if self.algebra.0.sign(value.base()) == 0 {
                    return None;
                }
                self.denominators.insert(self.algebra.0.digest(value.base()));
                let oracle = Oracle { key: key("reciprocal"), local: vec![0], crossing: vec![0] };
                return self.oracle(&oracle, &[power], &crossing);
            }
            return self.algebra.inverse(&power);
        }
        // b^e = exp(e ln b), for positive b.
        let exponent_term = exponent;
        let exponent = self.value(exponent)?;
        let ln = self.logarithm(base, &value)?;
        let product = self.algebra.mul(&exponent, &ln);
        let power = self.elementary("exp", &product)?;
        if is_positive(base) {
            return Some(power);
        }
        // Of an even root of what may change sign, only the square is known.
        // What is 1 at a random point, such as ρ² + √(1 - ρ²)², is 1 wherever it has a value.
        let one = self.algebra.0.double(1.0);
        if !may_be_even_root(exponent_term) || self.algebra.0.close(value.base(), &one) {
            return Some(power);
        }
        let like = self.like(base, value.base())?;
        let (turn, _) = self.algebra.0.turn(&like);
        Some(self.algebra.mul(&Value::Plain(self.double(turn)), &power))
    }

    /// The value of a term without its positive factors, where that is of use.
    fn like(&mut self, term: &Term, value: &Number<F>) -> Option<Number<F>> {
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
    fn holds_cut_density(&self, term: &Term) -> bool {
        term.any(&|t| {
            *t.op() == Op::Density
                && matches!(t.args()[0].op(), Op::Law(_))
                && !density_unfolds(self.definitions, &t.args()[0], &t.args()[1])
                && !self.is_sample_of(&t.args()[1], &t.args()[0])
        })
    }

    /// True if the point is the sample of a law around whose support is that of this law, so that the point lies in it.
    fn is_sample_of(&self, point: &Term, law: &Term) -> bool {
        let Some(var) = point.as_var() else { return false };
        let Some(place) = self.bound.iter().rposition(|(v, ..)| v == var) else { return false };
        // What the ends of the support hold has to mean the same at both places.
        let outside = |v: &Var| self.bound.iter().rposition(|(b, ..)| b == v).is_none_or(|index| index < place);
        let Some((definition, arguments)) = self.definitions.law(law) else { return false };
        let support = definition.support_at(arguments);
        support.ends().iter().all(|end| end.free().iter().all(outside))
            && self.samples.iter().any(|(at, of)| *at == place && have_one_support(self.definitions, of, law))
    }

    /// A function with a derivative of its own: `exp`, `ln`, `sin`, `cos`.
    fn elementary(&mut self, name: &str, u: &Value<Number<F>>) -> Option<Value<Number<F>>> {
        let numbers = self.algebra.0;
        let this = std::cell::RefCell::new(self);
        let algebra = Algebra(numbers);
        algebra.compose(
            std::slice::from_ref(u),
            &mut |plain| numbers.elementary(name, &plain[0]),
            &mut |_, _, shorter| match name {
                "exp" => this.borrow_mut().elementary("exp", &shorter[0]),
                "ln" => Algebra(numbers).inverse(&shorter[0]),
                "sin" => this.borrow_mut().elementary("cos", &shorter[0]),
                _ => {
                    let minus = Value::Plain(Algebra(numbers).integer(-1));
                    this.borrow_mut().elementary("sin", &shorter[0]).map(|s| Algebra(numbers).mul(&minus, &s))
                }
            },
            &mut |constants| this.borrow_mut().elementary(name, &constants[0]),
        )
    }

    /// The logarithm of the value of a term; where a derivative crosses a zero of the term, it does not pass.
    fn logarithm(&mut self, term: &Term, value: &Value<Number<F>>) -> Option<Value<Number<F>>> {
        let crossing = self.crossing(term);
        if self.only(value, &crossing).level() > 0 && !is_positive(term) {
            let oracle = Oracle { key: key("logarithm"), local: vec![0], crossing: vec![0] };
            return self.oracle(&oracle, std::slice::from_ref(value), &crossing);
        }
        self.elementary("ln", value)
    }

    fn function(&mut self, name: &str, term: &Term) -> Option<Value<Number<F>>> {
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
                }
                // Where the argument may change sign, it is known up to a constant on each side.
                let like = self.like(u, value.base())?;
                let (_, shift) = self.algebra.0.turn(&like);
                return Some(self.algebra.add(&ln, &Value::Plain(self.double(shift))));
            }
            ("exp" | "sin" | "cos", [u]) => {
                let u = self.value(u)?;
                return self.elementary(name, &u);
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
        crossing: &[u32],
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
                    let oracle = Oracle { key: key(("jump", name)), local: vec![0], crossing: vec![0] };
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
                let this = this.borrow();
                Some(numbers.oracle(key((this.seed, "function", name)), plain))
            },
            &mut |index, _, shorter| {
                let mut this = this.borrow_mut();
                match &function.derivatives[index] {
                    Some(derivative) => this.within(&function.parameters, shorter, crossing, derivative, side),
                    None => {
                        let mut local = vec![0; shorter.len()];
                        local[index] = 1;
                        let oracle = Oracle { key: key(("function", name)), crossing: vec![0; local.len()], local };
                        this.oracle(&oracle, shorter, crossing)
                    }
                }
            },
            &mut |constants| this.borrow_mut().known(name, constants, crossing, side),
        )
    }

    /// The value with the variables of all other levels set to zero.
    fn only(&self, value: &Value<Number<F>>, levels: &[u32]) -> Value<Number<F>> {
        match value {
            Value::Plain(_) => value.clone(),
            Value::Series(level, coefficients) if levels.contains(level) => {
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
        crossing: &[u32],
        body: &Term,
        side: &Side<Number<F>>,
    ) -> Option<Value<Number<F>>> {
        let (kept, kept_sides) = (self.bound.len(), self.sides.len());
        if let [only] = parameters {
            self.sides.push((only.clone(), side.clone()));
        }
        let local = || Binder::Local(crossing.to_vec());
        self.bound.extend(parameters.iter().cloned().zip(values.iter().cloned()).map(|(p, v)| (p, v, local())));
        let value = self.value(body);
        self.bound.truncate(kept);
        self.sides.truncate(kept_sides);
        value
    }

    fn stopped(&mut self, body: &Term) -> Option<Value<Number<F>>> {
        let value = Value::Plain(self.value(body)?.base().clone());
        if !self.strict_stops {
            return Some(value);
        }
        let oracle = Oracle { key: key("stopgrad"), local: vec![0], crossing: vec![0] };
        self.oracle(&oracle, &[value], &[])
    }

    /// The logarithm of a density: the file's, or an oracle for an unspecified law.
    fn log_density(&mut self, density: &Term) -> Option<Value<Number<F>>> {
        let [law, point] = density.args() else { return None };
        let (Op::Law(name) | Op::UnknownLaw(name)) = law.op() else { return None };
        if let Some((definition, arguments)) = self.definitions.law(law)
            && (density_unfolds(self.definitions, law, point) || self.is_sample_of(point, law))
        {
            return self.value(&definition.instantiate(&definition.log_density, arguments, Some(point)));
        }
        let mut values = self.values(law.args())?;
        let at = self.value(point)?;
        values.push(at);
        let zeros = vec![0; values.len()];
        // A density is smooth in its parameters, and no derivative passes where its point may leave the support.
        let crossing = self.crossing(if matches!(law.op(), Op::Law(_)) { density } else { point });
        let oracle = Oracle { key: key(("density", name)), local: zeros.clone(), crossing: zeros };
        self.oracle(&oracle, &values, &crossing)
    }

    /// The levels whose derivative crosses a binder of a variable that the term holds.
    fn crossing(&self, term: &Term) -> Vec<u32> {
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

    fn oracle(&mut self, oracle: &Oracle, values: &[Value<Number<F>>], crossing: &[u32]) -> Option<Value<Number<F>>> {
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

    fn expectation(&mut self, law: &Term, var: &Var, body: &Term) -> Option<Value<Number<F>>> {
        let (stopped, bare) = if *law.op() == Op::StopGrad { (true, &law.args()[0]) } else { (false, law) };
        let (Op::Law(name) | Op::UnknownLaw(name)) = bare.op() else { return None };
        let mut identity = key(("law", name));
        if stopped && self.strict_stops {
            identity = mix(identity);
        }
        if stopped {
            let fixed: Option<Vec<_>> =
                bare.args().iter().map(|a| self.value(a).map(|v| Value::Plain(v.base().clone()))).collect();
            return self.weighted(identity, &fixed?, &[], var, body, true);
        }
        let values = self.values(bare.args())?;
        let crossing = self.crossing(bare);
        self.samples.push((self.bound.len(), bare.clone()));
        let value = self.weighted(identity, &values, &crossing, var, body, true);
        self.samples.pop();
        value
    }

    /// A sum between numbers.
    fn written_out(&mut self, lo: &BigRational, hi: &BigRational, var: &Var, body: &Term) -> Option<Value<Number<F>>> {
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
    fn between(&mut self, kind: u64, ends: &[Term], var: &Var, body: &Term) -> Option<Value<Number<F>>> {
        let infinite =
            |end: &Term| end.factors().iter().any(|t| *t.op() == Op::Infinity).then(|| end.is_negative_looking());
        let identity = key((kind, infinite(&ends[0]), infinite(&ends[1])));
        let (mut values, mut crossing) = (Vec::new(), Vec::new());
        for end in ends.iter().filter(|end| infinite(end).is_none()) {
            values.push(self.value(end)?);
            crossing.extend(self.crossing(end));
        }
        self.weighted(identity, &values, &crossing, var, body, false)
    }

    /// Σ wᵢ(parameters) body(xᵢ), with Σ wᵢ = 1 for a mean. A derivative that crosses into the parameters is weak: ends
    /// that move bring in as many derivatives of the body as they are differentiated, less one.
    fn weighted(
        &mut self,
        identity: u64,
        values: &[Value<Number<F>>],
        crossing: &[u32],
        var: &Var,
        body: &Term,
        mean: bool,
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
                if both && (node % 2 == 0) == (x > 0.0) { -x } else { x }
            });
            self.bound.push((var.clone(), Value::Plain(x), Binder::Mean));
            let value = self.value(body);
            self.bound.pop();
            let term = self.algebra.mul(&weight, &value?);
            sum = Some(sum.map_or_else(|| term.clone(), |s| self.algebra.add(&s, &term)));
        }
        sum
    }

    fn derivative(&mut self, var: &Var, order: u32, body: &Term, point: &Term) -> Option<Value<Number<F>>> {
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
