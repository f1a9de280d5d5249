//! Evaluation of terms at a random point, in a model where nothing holds by accident.
//!
//! The model: an unknown function is an oracle, a different one for each of its derivatives; `E_{x ~ P}` is a random
//! linear functional that keeps constants, a different one for each law and parameters; `D` is exact (power series).
//! A derivative that crosses an expectation meets other oracles (those of the weak derivative) than one that stays
//! inside: that differentiation and expectation commute is a rule with conditions, and no arithmetic.

mod binder;
mod function;

use super::number::Numbers;
use super::reading::{may_be_even_root, random_in, rational};
use super::series::{Algebra, Value};
use crate::term::{Definitions, Op, Symbol, Term, Var, deadline, density_unfolds, is_nonzero, is_positive};
use num_rational::BigRational;
use num_traits::ToPrimitive;
use std::collections::{BTreeMap, BTreeSet};
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
    /// The places of samples that may have atoms.
    atoms: Vec<usize>,
    /// The signs of parameters of definitions.
    sides: Vec<(Var, Side<F::Number>)>,
    /// Stopped parts differ from what they stop.
    pub strict_stops: bool,
    /// Nodes of the functional that stands for an expectation.
    pub nodes: u64,
    /// Whole numbers to look at, so that every piece of a function is met; none for any.
    pub landmarks: &'a [f64],
    /// Values that a sample with atoms takes beside random ones.
    pub pins: &'a [Term],
    /// Which functionals stand for means.
    pub ranking: Ranking,
    /// Unknown functions that are 0 at some of their arguments.
    pub vanishing: &'a [Symbol],
    /// Denominators that may vanish, by value: where one does, the term has no value.
    pub denominators: BTreeSet<u64>,
    /// Steps that may still be taken.
    pub fuel: u64,
}

#[derive(Clone)]
enum Binder {
    /// An expectation, integral or sum, with its depth among those that depend on one another.
    Mean(u32),
    /// A derivative's variable or a parameter of a definition, with the levels that cross into what it stands for.
    Local(Vec<Crossed>, u32),
}

/// By what the sign of a number is chosen.
#[derive(Clone)]
enum Side<N> {
    /// It is above 0, below, or neither for certain: 1, -1 or 0 for 0 and above.
    Certain(i32),
    /// As for all that are like this one.
    Like(N),
}

/// A level whose derivative crosses a binder, and the place of that binder.
type Crossed = (u32, usize);

/// Which functionals stand for means of one law.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ranking {
    /// One for each law.
    Free,
    /// One for each law and number of means around that it depends on, each through the next.
    Depth,
    /// One for each law and number of means inside that depend on it.
    Height,
}

type Number<F> = <F as Numbers>::Number;

/// A function to be composed with: its derivatives are oracles of their own.
#[derive(Clone)]
struct Oracle {
    key: u64,
    /// Derivatives taken inside every expectation, and across one, by argument.
    local: Vec<u32>,
    /// By argument and the number of expectations that are crossed.
    crossing: BTreeMap<(usize, usize), u32>,
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
            atoms: vec![],
            sides: vec![],
            strict_stops: false,
            nodes: NODES,
            landmarks: &[],
            pins: &[],
            ranking: Ranking::Free,
            vanishing: &[],
            denominators: BTreeSet::new(),
            fuel: 200_000,
        }
    }

    /// The value of a term; none where it is undefined or the work would be too much.
    pub fn value(&mut self, term: &Term) -> Option<Value<Number<F>>> {
        deadline::spend(F::COST);
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
                if self.vanishing.contains(name) {
                    let at: Vec<u64> = values.iter().map(|v| self.algebra.0.digest(v.base())).collect();
                    if key((self.seed, "vanishes", name, at)) & 1 == 1 {
                        return Some(Value::Plain(self.algebra.integer(0)));
                    }
                }
                let oracle = Oracle { key: key(("f", name)), local: orders.clone(), crossing: BTreeMap::new() };
                let crossing = self.crossing(term);
                self.oracle(&oracle, &values, &crossing)
            }
            Op::StopGrad => self.stopped(&args[0]),
            Op::Density => {
                let ln = self.log_density(term)?;
                let crossing = self.crossing(term);
                self.elementary("exp", &ln, &crossing)
            }
            Op::Expect(var) => self.expectation(term, var),
            Op::Integral(var) => self.between("integral", term, var),
            Op::Sum(var) => match (rational(&args[0]), rational(&args[1])) {
                (Some(lo), Some(hi)) => self.written_out(&lo, &hi, var, &args[2]),
                _ => self.between("sum", term, var),
            },
            Op::Derivative(var, order) => self.derivative(var, *order, &args[0], &args[1]),
            Op::Law(_) | Op::UnknownLaw(_) | Op::Array(_) | Op::Entry | Op::Independent(_) => None,
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
        if let Some(n) = rational(exponent).filter(|n| n.is_integer()) {
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
                let oracle = Oracle { key: key("reciprocal"), local: vec![0], crossing: BTreeMap::new() };
                return self.oracle(&oracle, &[power], &crossing);
            }
            self.note_divisor(base)?;
            return self.reciprocal(&power, &crossing);
        }
        // b^e = exp(e ln b), for positive b.
        let exponent_term = exponent;
        let exponent = self.value(exponent)?;
        let ln = self.logarithm(base, &value)?;
        let product = self.algebra.mul(&exponent, &ln);
        let mut crossing = self.crossing(base);
        crossing.extend(self.crossing(exponent_term));
        crossing.sort_unstable();
        crossing.dedup();
        let power = self.elementary("exp", &product, &crossing)?;
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

    /// Notes the factors of a divisor that may be 0 with positive probability: an unknown function, and what holds a
    /// sample with atoms. They do not cancel.
    pub(super) fn note_divisor(&mut self, base: &Term) -> Option<()> {
        for factor in base.factors() {
            let holds_atom = |v: &Var| {
                self.bound.iter().rposition(|(b, ..)| b == v).is_some_and(|place| self.atoms.contains(&place))
            };
            let may_vanish = factor.any(&|t| matches!(t.op(), Op::Apply(..))) || factor.free().iter().any(holds_atom);
            if may_vanish && !is_nonzero(factor) {
                let root = if *factor.op() == Op::Pow { &factor.args()[0] } else { factor };
                let value = self.value(root)?;
                self.denominators.insert(self.algebra.0.digest(value.base()));
            }
        }
        Some(())
    }

    fn stopped(&mut self, body: &Term) -> Option<Value<Number<F>>> {
        let value = Value::Plain(self.value(body)?.base().clone());
        if !self.strict_stops {
            return Some(value);
        }
        let oracle = Oracle { key: key("stopgrad"), local: vec![0], crossing: BTreeMap::new() };
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
        let oracle = Oracle { key: key(("density", name)), local: zeros, crossing: BTreeMap::new() };
        self.oracle(&oracle, &values, &crossing)
    }
}
