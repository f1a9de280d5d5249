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

mod branch;
mod function;
mod functional;
mod value;

use crate::checks::{holds, is_overlooked};
use crate::context::{Context, Refusal, Scope};
use crate::field::{Element, Field, oracle};
use crate::polynomial::Polynomial;
use crate::sign::Signs;
use crate::term::{Op, Term};
use branch::Choice;
use functional::Heights;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use value::{Degrees, Value, largest, plus};

const RANKS: usize = 6;
const ENOUGH: f64 = -100.0;
const LEAST_TRIALS: usize = 3;
const MOST_TRIALS: usize = 10;
const MOST_PATTERNS: usize = 256;
const MOST_EVALUATIONS: u64 = 1_000_000;
const MOST_DEGREE: u64 = 1 << 40;
const MOST_SCALE: u64 = 1 << 16;

#[derive(Clone)]
struct Slot {
    value: Value,
    /// For a sample of a functional, one more than its rank; else 0.
    rank: usize,
    /// For the fresh value of a D's or a list's variable, one more than its level; else 0.
    level: usize,
}

type Key = (Term, Vec<(Element, usize, usize)>, usize);

/// How many nodes the functionals of each rank have, and the multiple of exponents that is whole.
#[derive(Clone, Copy)]
struct Sizes {
    nodes: [u64; RANKS],
    scale: u64,
}

/// What does not depend on what is drawn and chosen, found once for all evaluations of two terms. Places have the number of
/// the binders around.
#[derive(Default)]
struct Known {
    place_numbers: HashMap<(usize, Scope), usize>,
    expanded: HashMap<(Term, usize), Option<Rc<Polynomial>>>,
    signs: HashMap<(Term, usize), Signs>,
    /// Terms without their positive factors.
    signed: HashMap<(Term, usize), Term>,
    heights: Heights,
    /// Some mean has a rank above 0.
    ranked: bool,
}

struct Run<'a, 'l> {
    context: &'a mut Context<'l>,
    known: &'a mut Known,
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
    memo: HashMap<Key, Value>,
    divisors: Vec<(Degrees, Degrees)>,
    divisor_numbers: HashMap<Element, usize>,
    atoms: HashSet<u64>,
    arguments: Degrees,
    bits: u64,
    denominators: u64,
    evaluations: u64,
}

impl Context<'_> {
    /// Whether two terms are equal at the place, for all values of the variables around (almost all of samples), where
    /// both mean something. Answers with the binary logarithm of the probability that they are not.
    pub fn equal(&mut self, a: Term, b: Term) -> Result<f64, Refusal> {
        if a == b {
            return Ok(f64::NEG_INFINITY);
        }
        let mut known = Known::default();
        let result = self.equal_by_rank(a, b, false, &mut known);
        // Where no mean depends on samples of another one, both ranks are 0 everywhere.
        let again = match result {
            Err(Refusal::Different) => known.ranked,
            Err(Refusal::TooLarge) => true,
            _ => false,
        };
        if again { self.equal_by_rank(a, b, true, &mut known) } else { result }
    }

    fn equal_by_rank(&mut self, a: Term, b: Term, by_height: bool, known: &mut Known) -> Result<f64, Refusal> {
        let mut error = 0.0;
        let mut sizes = Sizes { nodes: [2; RANKS], scale: 1 };
        for trial in 0..MOST_TRIALS {
            if self.fields.len() <= trial {
                self.fields.push(Field::draw(oracle((self.seed, trial))));
            }
            error += self.trial(a, b, by_height, trial, &mut sizes, known)?;
            if trial + 1 >= LEAST_TRIALS && error <= ENOUGH {
                return Ok(error);
            }
        }
        Err(Refusal::TooLarge)
    }

    fn trial(
        &mut self,
        a: Term,
        b: Term,
        by_height: bool,
        trial: usize,
        sizes: &mut Sizes,
        known: &mut Known,
    ) -> Result<f64, Refusal> {
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
            let mut run = Run::new(self, field, seed, by_height, *sizes, std::mem::take(&mut choices), known);
            let (found, used) = run.compare(a, b)?;
            choices = used;
            match found {
                // The sizes were too small: from the start.
                Comparison::Sizes(larger) => {
                    *sizes = larger;
                    choices.clear();
                    error = f64::NEG_INFINITY;
                    continue;
                }
                Comparison::Equal(bound) => error = error.max(bound),
            }
            match branch::next(choices).filter(|_| !is_overlooked("all branches agree")) {
                Some(next) => choices = next,
                None => return Ok(error),
            }
        }
    }
}

enum Comparison {
    Sizes(Sizes),
    Equal(f64),
}

impl<'a, 'l> Run<'a, 'l> {
    fn new(
        context: &'a mut Context<'l>,
        field: Field,
        seed: u64,
        by_height: bool,
        Sizes { nodes, scale }: Sizes,
        choices: Vec<Choice>,
        known: &'a mut Known,
    ) -> Run<'a, 'l> {
        Run {
            known,
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
            memo: HashMap::new(),
            divisors: vec![],
            divisor_numbers: HashMap::new(),
            atoms: HashSet::new(),
            arguments: [0; RANKS + 1],
            bits: 0,
            denominators: 1,
            evaluations: 0,
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
        holds("values agree", left.at == right.at, || Refusal::Different)?;
        let minus = self.negative(&right);
        let difference = self.sum(&[left, minus]);
        let degrees = largest(&self.degrees(&difference), &plus(&[0; RANKS + 1], &self.arguments, 2));
        let choices = std::mem::take(&mut self.choices);
        let mut nodes: [u64; RANKS] = std::array::from_fn(|rank| self.nodes[rank].max(degrees[rank + 1] + 1));
        if is_overlooked("as many nodes as the degree") {
            nodes = self.nodes;
        }
        let scale = lcm(self.scale, self.denominators);
        if scale > MOST_SCALE || nodes.iter().any(|nodes| *nodes > 64) {
            return Err(Refusal::TooLarge);
        }
        if nodes != self.nodes || scale != self.scale {
            return Ok((Comparison::Sizes(Sizes { nodes, scale }), choices));
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

    // Binders

    fn enter(&mut self, scope: Scope, slot: impl FnOnce(&mut Self) -> Slot) {
        let outer = self.places.last().copied().unwrap_or(0);
        let next = self.known.place_numbers.len() + 1;
        self.places.push(*self.known.place_numbers.entry((outer, scope.clone())).or_insert(next));
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
        if let Some(known) = self.known.expanded.get(&key) {
            return known.clone();
        }
        let found = self.context.expand(term, true).map(Rc::new);
        self.known.expanded.insert(key, found.clone());
        found
    }

    fn signs(&mut self, term: Term) -> Signs {
        let key = (term, self.place(term));
        if let Some(known) = self.known.signs.get(&key) {
            return *known;
        }
        let found = self.context.signs(term);
        self.known.signs.insert(key, found);
        found
    }

    fn signed(&mut self, term: Term) -> Term {
        let key = (term, self.place(term));
        if let Some(known) = self.known.signed.get(&key) {
            return *known;
        }
        let found = self.context.without_positive_factors(term);
        self.known.signed.insert(key, found);
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
                if self.signs(term) == Signs::POSITIVE {
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
}

fn lcm(a: u64, b: u64) -> u64 {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    (a / x).saturating_mul(b)
}
