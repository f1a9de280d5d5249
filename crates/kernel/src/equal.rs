//! Equality of terms as functions: both are evaluated at random points of finite fields, where every function that is
//! not rational is a random one of the *values* of its arguments. Terms that agree there for several primes are equal
//! but for a probability that is computed along with them; nothing unequal in the reals is accepted by design:
//!
//! - exp and e^{iu} are random homomorphisms into the subgroup of order q, so exp(a + b) = exp(a) exp(b) and the
//!   trigonometric identities hold, while other relations do not.
//! - A mean is a random finite functional Σ w_k g(x_k), Σ w_k = 1: every mean agrees with one on finitely many
//!   functions. Functionals are chosen outer ones first, so they have a rank that grows from a mean to those inside that
//!   depend on its samples; two ranks are tried.
//! - A derivative is a random function of the value of its body at a fresh value of its variable, and of its point.
//! - A root that is not known has both signs, and the argument of a function with pieces is above 0, below 0 or 0: all
//!   choices have to agree.

use crate::context::{Claim, Context, Refusal, Scope};
use crate::field::{Element, Field, oracle};
use crate::library::{Function, Pattern};
use crate::polynomial::Polynomial;
use crate::sign::Signs;
use crate::term::{Op, Term};
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::rc::Rc;

const RANKS: usize = 6;
const ENOUGH: f64 = -100.0;
const LEAST_TRIALS: usize = 3;
const MOST_TRIALS: usize = 10;
const MOST_PATTERNS: usize = 256;
const MOST_EVALUATIONS: u64 = 1_000_000;
const MOST_DEGREE: u64 = 1 << 40;
const MOST_SCALE: u64 = 1 << 16;

/// The degree in all that is drawn, and that in the weights of the functionals of each rank.
type Degrees = [u64; RANKS + 1];

fn plus(a: &Degrees, b: &Degrees, times: u64) -> Degrees {
    std::array::from_fn(|i| a[i].saturating_add(b[i].saturating_mul(times)))
}

fn largest(a: &Degrees, b: &Degrees) -> Degrees {
    std::array::from_fn(|i| a[i].max(b[i]))
}

fn total(degree: u64) -> Degrees {
    let mut degrees = [0; RANKS + 1];
    degrees[0] = degree;
    degrees
}

/// A quotient of polynomials in what is drawn: its value, the degrees of the numerator, and the denominator as powers of
/// numbered divisors.
#[derive(Clone, Debug)]
struct Value {
    at: Element,
    above: Degrees,
    below: Rc<Vec<(usize, u64)>>,
}

#[derive(Clone)]
struct Slot {
    value: Value,
    /// For a sample of a functional, one more than its rank; else 0.
    rank: usize,
    /// For the fresh value of a D's or a list's variable, one more than its level; else 0.
    level: usize,
}

/// Heights of means by term; heights of the means in a term that hold one of so many variables from a first on.
type Heights = HashMap<(Term, u32, u32), Option<usize>>;

type Key = (Term, Vec<(Element, usize, usize)>, usize);

struct Run<'a, 'l> {
    context: &'a mut Context<'l>,
    field: Field,
    seed: u64,
    by_height: bool,
    nodes: [u64; RANKS],
    scale: u64,
    /// What was chosen where evaluation branches – signs of unknown roots, pieces of functions – in the order in which
    /// the choices turn up.
    choices: Vec<Choice>,
    radicands: HashMap<Element, usize>,
    /// For arguments of functions with pieces, up to sign.
    branches: HashMap<Element, usize>,
    known_roots: HashMap<Element, Element>,
    environment: Vec<Slot>,
    /// A number for the binders around, equal for equal binders.
    places: Vec<usize>,
    place_numbers: HashMap<(usize, Scope), usize>,
    memo: HashMap<Key, Value>,
    expanded: HashMap<(Term, usize), Option<Rc<Polynomial>>>,
    divisors: Vec<(Degrees, Degrees)>,
    divisor_numbers: HashMap<Element, usize>,
    atoms: HashSet<u64>,
    arguments: Degrees,
    bits: u64,
    denominators: u64,
    evaluations: u64,
    heights: Heights,
}

impl Context<'_> {
    /// Whether two terms are equal at the place, for all values of the variables around (almost all of samples), where
    /// both mean something. Answers with the binary logarithm of the probability that they are not.
    pub fn equal(&mut self, a: Term, b: Term) -> Result<f64, Refusal> {
        if a == b {
            return Ok(f64::NEG_INFINITY);
        }
        match self.equal_by_rank(a, b, false) {
            Err(Refusal::Different | Refusal::TooLarge) => self.equal_by_rank(a, b, true),
            other => other,
        }
    }

    fn equal_by_rank(&mut self, a: Term, b: Term, by_height: bool) -> Result<f64, Refusal> {
        let mut error = 0.0;
        for trial in 0..MOST_TRIALS {
            if self.fields.len() <= trial {
                self.fields.push(Field::draw(oracle((self.seed, trial))));
            }
            error += self.trial(a, b, by_height, trial)?;
            if trial + 1 >= LEAST_TRIALS && error <= ENOUGH {
                return Ok(error);
            }
        }
        Err(Refusal::TooLarge)
    }

    fn trial(&mut self, a: Term, b: Term, by_height: bool, trial: usize) -> Result<f64, Refusal> {
        let (mut nodes, mut scale) = ([2; RANKS], 1);
        let mut choices = vec![];
        let mut patterns = 0;
        let mut error = f64::NEG_INFINITY;
        loop {
            patterns += 1;
            if patterns > MOST_PATTERNS {
                return Err(Refusal::TooLarge);
            }
            let field = self.fields[trial];
            let seed = oracle((self.seed, "point", trial));
            let mut run = Run::new(self, field, seed, by_height, nodes, scale, std::mem::take(&mut choices));
            let (found, used) = run.compare(a, b)?;
            choices = used;
            match found {
                // The sizes were too small: from the start.
                Comparison::Sizes(more, larger) => {
                    (nodes, scale) = (more, larger);
                    choices.clear();
                    error = f64::NEG_INFINITY;
                    continue;
                }
                Comparison::Equal(bound) => error = error.max(bound),
            }
            while choices.last().is_some_and(|last| last.chosen + 1 == last.among) {
                choices.pop();
            }
            match choices.last_mut() {
                Some(choice) => choice.chosen += 1,
                None => return Ok(error),
            }
        }
    }
}

/// A choice among so many.
#[derive(Clone, Copy)]
struct Choice {
    chosen: u8,
    among: u8,
}

enum Comparison {
    Sizes([u64; RANKS], u64),
    Equal(f64),
}

impl<'a, 'l> Run<'a, 'l> {
    fn new(
        context: &'a mut Context<'l>,
        field: Field,
        seed: u64,
        by_height: bool,
        nodes: [u64; RANKS],
        scale: u64,
        choices: Vec<Choice>,
    ) -> Run<'a, 'l> {
        Run {
            context,
            field,
            seed,
            by_height,
            nodes,
            scale,
            choices,
            radicands: HashMap::new(),
            branches: HashMap::new(),
            known_roots: HashMap::new(),
            environment: vec![],
            places: vec![],
            place_numbers: HashMap::new(),
            memo: HashMap::new(),
            expanded: HashMap::new(),
            divisors: vec![],
            divisor_numbers: HashMap::new(),
            atoms: HashSet::new(),
            arguments: [0; RANKS + 1],
            bits: 0,
            denominators: 1,
            evaluations: 0,
            heights: HashMap::new(),
        }
    }

    fn compare(&mut self, a: Term, b: Term) -> Result<(Comparison, Vec<Choice>), Refusal> {
        // The variables around the place are parameters.
        let scopes = std::mem::take(&mut self.context.scopes);
        let depth = scopes.len();
        for (i, scope) in scopes.iter().enumerate() {
            let slot = |run: &mut Self| Slot { value: run.variable(("place", i)), rank: 0, level: 0 };
            self.enter(scope.clone(), slot);
        }
        let result = self.value(a).and_then(|left| Ok((left, self.value(b)?)));
        self.context.scopes.truncate(depth);
        let (left, right) = result?;
        if left.at != right.at {
            return Err(Refusal::Different);
        }
        let minus = self.negative(&right);
        let difference = self.sum(&[left, minus]);
        let degrees = largest(&self.degrees(&difference), &plus(&[0; RANKS + 1], &self.arguments, 2));
        let choices = std::mem::take(&mut self.choices);
        let nodes: [u64; RANKS] = std::array::from_fn(|rank| self.nodes[rank].max(degrees[rank + 1] + 1));
        let scale = lcm(self.scale, self.denominators);
        if scale > MOST_SCALE || nodes.iter().any(|nodes| *nodes > 64) {
            return Err(Refusal::TooLarge);
        }
        if nodes != self.nodes || scale != self.scale {
            return Ok((Comparison::Sizes(nodes, scale), choices));
        }
        let degree = degrees[0].max(1).saturating_mul(1 << self.radicands.len().min(40));
        if degree > MOST_DEGREE {
            return Err(Refusal::TooLarge);
        }
        let (degree, atoms) = (degree as f64, self.atoms.len() as f64);
        let points = (atoms * atoms + 2.0) * degree / self.field.q as f64;
        let primes = self.bits as f64 * degree / (1u64 << 55) as f64;
        Ok((Comparison::Equal((points + primes).log2()), choices))
    }

    // Arithmetic with degrees

    fn constant(&self, at: Element) -> Value {
        Value { at, above: [0; RANKS + 1], below: Rc::default() }
    }

    fn drawn(&self, at: Element) -> Value {
        Value { at, above: total(1), below: Rc::default() }
    }

    fn below(&self, value: &Value) -> Degrees {
        value.below.iter().fold([0; RANKS + 1], |sum, (divisor, times)| plus(&sum, &self.divisors[*divisor].0, *times))
    }

    fn degrees(&self, value: &Value) -> Degrees {
        plus(&value.above, &self.below(value), 1)
    }

    fn sum(&self, values: &[Value]) -> Value {
        let mut common: Vec<(usize, u64)> = vec![];
        for (divisor, times) in values.iter().flat_map(|value| value.below.iter()) {
            match common.iter_mut().find(|(known, _)| known == divisor) {
                Some((_, most)) => *most = (*most).max(*times),
                None => common.push((*divisor, *times)),
            }
        }
        let (mut at, mut above) = (self.field.small(0), [0; RANKS + 1]);
        for value in values {
            at = self.field.add(at, value.at);
            let mut degrees = value.above;
            for (divisor, times) in &common {
                let own = value.below.iter().find(|(known, _)| known == divisor).map_or(0, |(_, own)| *own);
                degrees = plus(&degrees, &self.divisors[*divisor].0, times - own);
            }
            above = largest(&above, &degrees);
        }
        Value { at, above, below: Rc::new(common) }
    }

    fn product(&self, a: &Value, b: &Value) -> Value {
        let mut below = a.below.clone();
        for (divisor, times) in b.below.iter() {
            let all = Rc::make_mut(&mut below);
            match all.iter_mut().find(|(known, _)| known == divisor) {
                Some((_, own)) => *own = own.saturating_add(*times),
                None => all.push((*divisor, *times)),
            }
        }
        Value { at: self.field.mul(a.at, b.at), above: plus(&a.above, &b.above, 1), below }
    }

    fn negative(&self, value: &Value) -> Value {
        Value { at: self.field.neg(value.at), ..value.clone() }
    }

    fn divisor(&mut self, at: Element, above: Degrees, below: Degrees) -> usize {
        let next = self.divisors.len();
        let number = *self.divisor_numbers.entry(at).or_insert(next);
        if number == next {
            self.divisors.push((above, below));
        }
        number
    }

    fn inverse(&mut self, value: &Value) -> Result<Value, Refusal> {
        let at = self.field.inv(value.at).ok_or(Refusal::DividesByZero)?;
        let below = self.below(value);
        let divisor = self.divisor(value.at, value.above, below);
        Ok(Value { at, above: self.divisors[divisor].1, below: Rc::new(vec![(divisor, 1)]) })
    }

    fn power(&mut self, value: &Value, exponent: i64) -> Result<Value, Refusal> {
        let times = exponent.unsigned_abs();
        if times > MOST_DEGREE {
            return Err(Refusal::TooLarge);
        }
        let base = if exponent < 0 { self.inverse(value)? } else { value.clone() };
        let below = base.below.iter().map(|(divisor, own)| (*divisor, own.saturating_mul(times))).collect();
        let above = plus(&[0; RANKS + 1], &base.above, times);
        Ok(Value { at: self.field.pow(base.at, times), above, below: Rc::new(below) })
    }

    fn literal(&mut self, value: &BigRational) -> Result<Value, Refusal> {
        self.bits += value.numer().bits() + value.denom().bits();
        let at = self.field.literal(value).ok_or(Refusal::DividesByZero)?;
        Ok(self.constant(at))
    }

    /// A square with a known root: for what is positive.
    fn square(&mut self, what: impl Hash) -> Value {
        let root = self.field.random((self.seed, what));
        let at = self.field.mul(root, root);
        self.known_roots.insert(at, root);
        Value { at, above: total(2), below: Rc::default() }
    }

    /// A value for the innermost variable: a square if it is positive here.
    fn variable(&mut self, what: impl Hash) -> Value {
        let variable = self.context.table.bound(0);
        if self.context.signs(variable) == Signs::POSITIVE {
            self.square((what, "square"))
        } else {
            let at = self.field.random((self.seed, what));
            self.drawn(at)
        }
    }

    /// A random value that depends on the values of the arguments only.
    fn atom(&mut self, what: impl Hash, args: &[Value]) -> Value {
        for arg in args {
            self.arguments = largest(&self.arguments, &self.degrees(arg));
        }
        let key = oracle((self.seed, what, args.iter().map(|arg| arg.at).collect::<Vec<_>>()));
        self.atoms.insert(key);
        let at = self.field.random((self.seed, key));
        self.drawn(at)
    }

    // Binders

    fn enter(&mut self, scope: Scope, slot: impl FnOnce(&mut Self) -> Slot) {
        let outer = self.places.last().copied().unwrap_or(0);
        let next = self.place_numbers.len() + 1;
        self.places.push(*self.place_numbers.entry((outer, scope.clone())).or_insert(next));
        self.context.scopes.push(scope);
        let slot = slot(self);
        self.environment.push(slot);
    }

    fn leave(&mut self, count: usize) {
        for _ in 0..count {
            self.places.pop();
            self.context.scopes.pop();
            self.environment.pop();
        }
    }

    fn used(&self, term: Term) -> impl Iterator<Item = &Slot> {
        let depth = self.environment.len() as u32;
        let loose = self.context.table.loose(term).min(depth);
        let held = (0..loose).filter(move |k| self.context.table.holds(term, *k));
        held.map(move |k| &self.environment[(depth - 1 - k) as usize])
    }

    fn place(&self, term: Term) -> usize {
        if self.context.table.loose(term) == 0 { 0 } else { self.places.last().copied().unwrap_or(0) }
    }

    // Terms

    fn expanded(&mut self, term: Term) -> Option<Rc<Polynomial>> {
        let key = (term, self.place(term));
        if let Some(known) = self.expanded.get(&key) {
            return known.clone();
        }
        let found = self.context.expand(term, true).map(Rc::new);
        self.expanded.insert(key, found.clone());
        found
    }

    fn value(&mut self, term: Term) -> Result<Value, Refusal> {
        if self.context.table.loose(term) as usize > self.environment.len() {
            return Err(Refusal::Unsupported(term));
        }
        let used = self.used(term).map(|slot| (slot.value.at, slot.rank, slot.level)).collect();
        let key = (term, used, self.place(term));
        if let Some(known) = self.memo.get(&key) {
            return Ok(known.clone());
        }
        self.context.work += 1;
        let value = self.computed(term)?;
        self.memo.insert(key, value.clone());
        Ok(value)
    }

    fn values(&mut self, terms: &[Term]) -> Result<Vec<Value>, Refusal> {
        terms.iter().map(|term| self.value(*term)).collect()
    }

    fn computed(&mut self, term: Term) -> Result<Value, Refusal> {
        let args = self.context.table.args(term).to_vec();
        Ok(match self.context.table.op(term).clone() {
            Op::Rat(value) => self.literal(&value)?,
            Op::Pi => self.square("π"),
            Op::Free(name) => {
                if self.context.signs(term) == Signs::POSITIVE {
                    self.square(("letter", name))
                } else {
                    let at = self.field.random((self.seed, "letter", name));
                    self.drawn(at)
                }
            }
            Op::Bound(k) => self.environment[self.environment.len() - 1 - k as usize].value.clone(),
            Op::Add => {
                let values = self.values(&args)?;
                self.sum(&values)
            }
            Op::Mul => {
                let mut all = self.constant(self.field.small(1));
                for arg in args {
                    let factor = self.value(arg)?;
                    all = self.product(&all, &factor);
                }
                all
            }
            Op::Inv => {
                let inner = self.value(args[0])?;
                self.inverse(&inner)?
            }
            Op::Pow => self.general_power(args[0], args[1])?,
            Op::Fun(name) => self.function(&name, term, &args)?,
            Op::App(name, orders) => {
                let values = self.values(&args)?;
                self.atom(("unknown", name, orders), &values)
            }
            Op::Dens => match self.context.log_density(args[0], args[1]) {
                Some(formula) => {
                    let logarithm = self.expanded(formula).ok_or(Refusal::TooLarge)?;
                    self.exponential(&logarithm, false)?
                }
                None => {
                    let name = self.context.table.op(args[0]).clone();
                    let mut all = self.context.table.args(args[0]).to_vec();
                    all.push(args[1]);
                    let values = self.values(&all)?;
                    self.atom(("density", name), &values)
                }
            },
            Op::Mean | Op::Int | Op::Sum => self.functional(term, &args)?,
            Op::D(order) => {
                let level = self.used(term).map(|slot| slot.level).max().unwrap_or(0);
                self.enter(Scope::Near(args[1]), |run| Slot {
                    value: run.variable(("fresh", level)),
                    rank: 0,
                    level: level + 1,
                });
                let body = self.value(args[0]);
                self.leave(1);
                let point = self.value(args[1])?;
                self.atom(("derivative", order, level), &[body?, point])
            }
            Op::Inf(_) | Op::End(_) | Op::Law(_) | Op::AnyLaw(_) => return Err(Refusal::Unsupported(term)),
        })
    }

    fn polynomial(&mut self, sum: &Polynomial) -> Result<Value, Refusal> {
        let mut all = vec![];
        for (monomial, coefficient) in sum {
            let mut value = self.literal(coefficient)?;
            for (atom, exponent) in monomial {
                let atom = self.value(*atom)?;
                let factor = self.power(&atom, *exponent)?;
                value = self.product(&value, &factor);
            }
            all.push(value);
        }
        Ok(self.sum(&all))
    }

    fn function(&mut self, name: &str, term: Term, args: &[Term]) -> Result<Value, Refusal> {
        match (name, args) {
            ("exp", [u]) => {
                if let Some(sum) = self.expanded(*u) {
                    return self.exponential(&sum, false);
                }
            }
            ("ln", [_]) => {
                let sum = self.expanded(term);
                if let Some(sum) = sum.filter(|sum| !(sum.len() == 1 && sum.contains_key(&vec![(term, 1)]))) {
                    return self.polynomial(&sum);
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
    fn of_parity(&mut self, name: &str, even: bool, arg: Term) -> Result<Value, Refusal> {
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
    fn exponential(&mut self, sum: &Polynomial, imaginary: bool) -> Result<Value, Refusal> {
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
    fn quarter_turns(&self, monomial: &[(Term, i64)], coefficient: &BigRational) -> Option<Value> {
        let [(atom, 1)] = monomial else { return None };
        let turns: BigRational = coefficient * BigRational::from_integer(2.into());
        if !matches!(self.context.table.op(*atom), Op::Pi) || !turns.is_integer() {
            return None;
        }
        let turns = (turns.to_integer() % 4u32 + 4u32).to_u64()? % 4;
        Some(self.constant(self.field.pow(Element { re: 0, im: 1 }, turns)))
    }

    /// exp(c ln u) = u^c for whole c and halves.
    fn power_of_logarithm(
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

    fn choice(&mut self, index: usize, among: u8) -> u8 {
        if index >= self.choices.len() {
            self.choices.push(Choice { chosen: 0, among });
        }
        let choice = &mut self.choices[index];
        choice.among = choice.among.max(among);
        choice.chosen
    }

    /// The value of a function with pieces: each piece has to agree, and, of one that jumps, the value at 0 where the
    /// argument may be 0.
    fn piece(&mut self, pieces: [Term; 2], known: &Function, args: &[Term]) -> Result<Option<Value>, Refusal> {
        let signed = self.context.without_positive_factors(args[0]);
        let value = self.value(signed)?;
        let zero = self.field.small(0);
        let minus = self.field.neg(value.at);
        let (key, turned) = if minus < value.at { (minus, true) } else { (value.at, false) };
        let signs = self.context.signs(args[0]);
        let chosen = if value.at == zero {
            2
        } else if signs == Signs::POSITIVE {
            0
        } else if signs == Signs::NEGATIVE {
            1
        } else {
            // Where both pieces have the value at 0, that is no case of its own.
            let apart = self.joins_at_zero(pieces, known) || self.context.proves(&Claim::NonZero(args[0]));
            let among = if apart { 2 } else { 3 };
            let next = self.radicands.len() + self.branches.len();
            let index = *self.branches.entry(key).or_insert(next);
            match (self.choice(index, among), turned) {
                (0, true) => 1,
                (1, true) => 0,
                (same, _) => same,
            }
        };
        if chosen < 2 {
            let piece = self.context.table.instantiate(pieces[chosen as usize], args);
            return self.value(piece).map(Some);
        }
        let nought = Pattern::Number(BigRational::zero());
        let at_zero = known.values.iter().find(|value| value.patterns == [nought.clone()]);
        at_zero.map(|at_zero| self.value(at_zero.result)).transpose()
    }

    /// True if both pieces have the function's value at 0.
    fn joins_at_zero(&mut self, pieces: [Term; 2], known: &Function) -> bool {
        let (zero, nought) = (self.context.table.int(0), [Pattern::Number(BigRational::zero())]);
        let Some(there) = known.values.iter().find(|value| value.patterns == nought) else { return false };
        let there = self.context.number(there.result);
        let mut at_zero = |piece| {
            let piece = self.context.table.instantiate(piece, &[zero]);
            self.context.number(piece)
        };
        there.is_some() && pieces.into_iter().all(|piece| at_zero(piece) == there)
    }

    fn root(&mut self, value: &Value) -> Option<Value> {
        let zero = self.field.small(0);
        if let Some(root) = self.known_roots.get(&value.at) {
            return Some(self.drawn(*root));
        }
        if value.at == zero {
            return Some(self.constant(zero));
        }
        let mut root = self.field.root(value.at)?;
        let next = self.radicands.len() + self.branches.len();
        let index = *self.radicands.entry(value.at).or_insert(next);
        if self.choice(index, 2) == 1 {
            root = self.field.neg(root);
        }
        Some(Value { at: root, above: self.degrees(value), below: value.below.clone() })
    }

    fn general_power(&mut self, base: Term, exponent: Term) -> Result<Value, Refusal> {
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

    // Means, integrals and sums

    fn functional(&mut self, term: Term, args: &[Term]) -> Result<Value, Refusal> {
        let rank = match self.by_height {
            true => {
                let mut heights = std::mem::take(&mut self.heights);
                let height = self.height(term, &mut heights);
                self.heights = heights;
                height
            }
            false => self.used(term).map(|slot| slot.rank).max().unwrap_or(0),
        };
        if rank >= RANKS {
            return Err(Refusal::TooLarge);
        }
        let level = self.used(term).map(|slot| slot.level).max().unwrap_or(0);
        let body = args.len() - 1;
        let scopes = self.context.binders_of(term, body);
        let mean = matches!(self.context.table.op(term), Op::Mean);
        // What the functional is keyed by: the laws at fresh values of the samples before them, or the ends.
        let mut keys = vec![];
        let mut entered = 0;
        for (i, end) in args[..body].iter().enumerate() {
            keys.push(self.key_of(*end)?);
            if mean {
                self.enter(scopes[i].clone(), |run| Slot {
                    value: run.variable(("fresh", level, i)),
                    rank: 0,
                    level: level + 1,
                });
                entered += 1;
            }
        }
        self.leave(entered);
        let op = std::mem::discriminant(self.context.table.op(term));
        // Fresh values of one level are told from outer ones by the level.
        let conditional = (1..body).any(|i| (0..i as u32).any(|k| mean && self.context.table.holds(args[i], k)));
        let key = oracle((self.seed, op, keys, rank, conditional.then_some(level)));
        let mut last = self.constant(self.field.small(1));
        let mut summands = vec![];
        for node in 0..self.nodes[rank] {
            self.evaluations += 1;
            if self.evaluations > MOST_EVALUATIONS {
                return Err(Refusal::TooLarge);
            }
            let mut weight = self.drawn(self.field.random((self.seed, "weight", key, node)));
            weight.above[rank + 1] = 1;
            if mean && node + 1 == self.nodes[rank] {
                weight = last.clone();
            } else {
                last = self.sum(&[last, self.negative(&weight)]);
            }
            for (i, scope) in scopes.iter().enumerate() {
                self.enter(scope.clone(), |run| Slot {
                    value: run.variable(("node", key, node, i)),
                    rank: rank + 1,
                    level: 0,
                });
            }
            let inner = self.value(args[body]);
            self.leave(scopes.len());
            summands.push(self.product(&weight, &inner?));
        }
        Ok(self.sum(&summands))
    }

    fn key_of(&mut self, end: Term) -> Result<u64, Refusal> {
        let op = self.context.table.op(end).clone();
        let (tag, args) = match &op {
            Op::Law(_) | Op::AnyLaw(_) => (Some(op), self.context.table.args(end).to_vec()),
            Op::Inf(_) => (Some(op), vec![]),
            Op::End(_) => return Err(Refusal::Unsupported(end)),
            _ => (None, vec![end]),
        };
        let values = self.values(&args)?;
        for value in &values {
            self.arguments = largest(&self.arguments, &self.degrees(value));
        }
        Ok(oracle((tag, values.iter().map(|value| value.at).collect::<Vec<_>>())))
    }

    /// How many means stand inside of a mean, each depending on samples of the one before.
    fn height(&self, term: Term, memo: &mut Heights) -> usize {
        let args = self.context.table.args(term);
        let inner = (args.iter().enumerate())
            .filter_map(|(i, arg)| self.dependent_height(*arg, 0, self.context.table.binders(term, i), memo))
            .max();
        inner.map_or(0, |height| height + 1)
    }

    /// The largest height of the means in the term that hold one of so many variables from `first` on.
    fn dependent_height(&self, term: Term, first: u32, count: u32, memo: &mut Heights) -> Option<usize> {
        let table = &self.context.table;
        if !(first..first + count).any(|k| table.holds(term, k)) {
            return None;
        }
        if let Some(known) = memo.get(&(term, first, count)) {
            return *known;
        }
        let own = matches!(table.op(term), Op::Mean | Op::Int | Op::Sum).then(|| self.height(term, memo));
        let args = table.args(term).iter().enumerate();
        let inner =
            args.filter_map(|(i, arg)| self.dependent_height(*arg, first + table.binders(term, i), count, memo)).max();
        memo.insert((term, first, count), inner.max(own));
        inner.max(own)
    }
}

fn lcm(a: u64, b: u64) -> u64 {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    (a / x).saturating_mul(b)
}
