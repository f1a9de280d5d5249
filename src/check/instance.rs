//! Choosing what a statement leaves open: parameters, functions and laws.

use super::decide::evaluate;
use super::functions::{Function, counts, functions};
use super::laws::{ATOMS, FINITE, SETS, law};
use super::random::mix;
use super::{Elementary, Instance, evaluate_at};
use crate::term::{Definitions, Domain, Hypotheses, Identity, Op, Polynomial, Regularity, Symbol, Term, Var};
use std::collections::{BTreeMap, BTreeSet};

/// What two terms leave open.
#[derive(Clone, Debug, Default)]
pub struct Open {
    pub parameters: Vec<Var>,
    /// Unknown functions with their numbers of arguments.
    pub functions: BTreeMap<Symbol, usize>,
    /// Unspecified laws with the names of their parameters.
    pub laws: BTreeMap<Symbol, Vec<String>>,
    /// Unknown functions that say how many terms a sum has.
    counts: BTreeSet<Symbol>,
    /// Unknown functions in an exponent under an integral: some shall make it finite.
    exponents: BTreeSet<Symbol>,
    /// Letters that occur in hypotheses only.
    universal: Vec<Var>,
    /// Unspecified laws may have atoms, and some instances shall have them.
    pub atoms: bool,
    /// Laws that may have finitely many values, in later instances: what holds for all laws holds for them, and its sums are
    /// exact. That something fails for them may be due to their atoms.
    pub finite: BTreeSet<Symbol>,
}

/// How the terms use unspecified laws allows atoms: no integral stands anywhere, and densities are taken at samples only, of
/// no law that has a density of its own.
pub fn allows_atoms(terms: &[&Term]) -> bool {
    let any = |f: &dyn Fn(&Term) -> bool| terms.iter().any(|t| t.any(&f));
    let named = any(&|t| matches!(t.op(), Op::Law(_)));
    let weighed = any(&|t| *t.op() == Op::Density);
    let elsewhere = any(&|t| {
        *t.op() == Op::Density && !t.args()[1].as_var().is_some_and(|v| matches!(v.identity, Identity::Bound(_)))
    });
    let moved = any(&|t| match t.op() {
        Op::Derivative(var, _) => t.args()[0].any(&|t| *t.op() == Op::Density && t.args()[1].depends_on(var)),
        Op::Integral(_) => true,
        _ => false,
    });
    !(elsewhere || moved || named && weighed)
}

/// The unspecified laws that may have finitely many values: those whose densities stand nowhere, and all where densities are
/// those of samples.
pub fn finite(terms: &[&Term]) -> BTreeSet<Symbol> {
    let all = allows_atoms(terms);
    let (mut laws, mut weighed) = (BTreeSet::new(), BTreeSet::new());
    for term in terms {
        term.visit(&mut |t| match t.op() {
            Op::UnknownLaw(name) => {
                laws.insert(name.clone());
            }
            Op::Density => t.args()[0].visit(&mut |law| {
                if let Op::UnknownLaw(name) = law.op() {
                    weighed.insert(name.clone());
                }
            }),
            _ => {}
        });
    }
    laws.into_iter().filter(|name| all || !weighed.contains(name)).collect()
}

/// Nothing in the terms tells a law with atoms from one with a density: no integral, no jump, and no derivative but those by what
/// laws, and functions as an argument of its own, depend on.
pub fn needs_no_density(terms: &[&Term]) -> bool {
    let weighs = |t: &Term| *t.op() == Op::Density && t.args()[0].any(&|law| matches!(law.op(), Op::UnknownLaw(_)));
    let no_weights = !terms.iter().any(|term| term.any(&weighs));
    (no_weights || allows_atoms(terms))
        && !terms.iter().any(|term| {
            term.any(&|t| match t.op() {
                Op::Derivative(var, _) => !only_in_laws(&t.args()[0], var),
                Op::Integral(_) => true,
                Op::Apply(_, orders) => orders.iter().any(|order| *order > 0),
                Op::Function(name) => matches!(&**name, "step" | "sign"),
                _ => false,
            })
        })
}

/// Does a term depend on a variable by its laws alone?
fn only_in_laws(term: &Term, var: &Var) -> bool {
    if !term.depends_on(var) {
        return true;
    }
    match term.op() {
        Op::Var(_) => false,
        // An argument of its own: r_θ(x).
        Op::Apply(..) => term.args().iter().all(|arg| arg.as_var() == Some(var) || !arg.depends_on(var)),
        Op::Expect(_) | Op::Density => only_in_laws(&term.args()[1], var),
        _ => term.args().iter().all(|arg| only_in_laws(arg, var)),
    }
}

impl Open {
    /// What the terms leave open, and what the hypotheses that speak of it leave open.
    pub fn of(terms: &[&Term], hypotheses: &Hypotheses) -> Open {
        let mut open = Open::default();
        terms.iter().for_each(|term| open.enter(term));
        let subject: BTreeSet<Var> = open.parameters.iter().cloned().collect();
        // A hypothesis counts if it speaks of something that the terms, or another one that counts, speak of.
        let mut rest: Vec<Vec<&Term>> = hypotheses.relations().collect();
        loop {
            let speaks = |relation: &Vec<&Term>| {
                relation.iter().any(|term| {
                    term.free().iter().any(|v| open.parameters.contains(v))
                        || term.any(&|t| match t.op() {
                            Op::Apply(name, _) => open.functions.contains_key(name),
                            Op::UnknownLaw(name) => open.laws.contains_key(name),
                            _ => false,
                        })
                })
            };
            let Some(index) = rest.iter().position(speaks) else { break };
            for term in rest.swap_remove(index) {
                open.enter(term);
            }
        }
        open.universal = open.parameters.iter().filter(|v| !subject.contains(v)).cloned().collect();
        open
    }

    fn enter(&mut self, term: &Term) {
        let open = self;
        open.parameters.extend(term.free().iter().filter(|v| matches!(v.identity, Identity::Free(_))).cloned());
        term.visit(&mut |t| match t.op() {
            Op::Apply(name, orders) => {
                open.functions.insert(name.clone(), orders.len());
            }
            Op::Sum(_) => {
                let ends = t.args()[..2].iter().map(Term::op);
                open.counts.extend(
                    ends.filter_map(|end| if let Op::Apply(name, _) = end { Some(name.clone()) } else { None }),
                );
            }
            Op::Integral(_) => open.exponents.extend(exponents(&t.args()[2])),
            Op::UnknownLaw(name) => {
                let letter = |(i, arg): (usize, &Term)| {
                    arg.as_var().and_then(Var::name).map_or_else(|| format!("θ{}", i + 1), ToString::to_string)
                };
                let letters: Vec<String> = t.args().iter().enumerate().map(letter).collect();
                // Under a derivative the parameter has no name; another occurrence may tell it.
                let known = open.laws.entry(name.clone()).or_insert_with(|| letters.clone());
                if known.len() == letters.len() && known.iter().any(|l| l.len() > 2) {
                    *known = letters;
                }
            }
            _ => {}
        });
        open.parameters.sort();
        open.parameters.dedup();
    }

    /// An instance by number, with functions of the given class for each name, that satisfies the hypotheses; none if none
    /// is found.
    pub fn instance(
        &self,
        definitions: &Definitions,
        hypotheses: &Hypotheses,
        class: impl Fn(&Symbol) -> Regularity,
        number: usize,
    ) -> Option<Instance> {
        self.instance_among(CANDIDATES, definitions, hypotheses, class, number)
    }

    /// The same, among so many choices of parameters, spread over all that there are.
    pub fn instance_among(
        &self,
        candidates: usize,
        definitions: &Definitions,
        hypotheses: &Hypotheses,
        class: impl Fn(&Symbol) -> Regularity,
        number: usize,
    ) -> Option<Instance> {
        // A letter that occurs in an equation about a function and nowhere else stands for every number.
        let claims_all = hypotheses.equations.iter().any(|(left, right)| {
            let both = [left, right];
            let named = both
                .iter()
                .any(|t| t.any(&|t| matches!(t.op(), Op::Apply(name, _) if self.functions.contains_key(name))));
            named && both.iter().any(|t| t.free().iter().any(|v| self.universal.contains(v)))
        });
        if claims_all {
            return None;
        }
        let mut instance = Instance::default();
        for (position, (name, arity)) in self.functions.iter().enumerate() {
            let count = self.counts.contains(name);
            let mut battery = if count { counts(*arity) } else { functions(definitions, class(name), *arity) };
            if battery.is_empty() {
                battery = functions(definitions, Regularity::Smooth, *arity);
            }
            // Now and then all functions are one.
            let shift = if number % 5 == 4 { 0 } else { position };
            let index = (number + shift) % battery.len().max(1);
            let mut function = battery.get(index)?.clone();
            if self.exponents.contains(name) && number % 2 == 1 {
                function = confining(function);
            }
            instance.functions.insert(name.clone(), function);
        }
        for (position, (name, parameters)) in self.laws.iter().enumerate() {
            let set = match () {
                _ if number >= SETS && self.finite.contains(name) => FINITE + (number - SETS) % SETS,
                _ if self.atoms && number % 3 == 1 => ATOMS,
                _ => number % SETS,
            };
            let stand_in =
                law(definitions, set, parameters, position).or_else(|| law(definitions, 0, parameters, position))?;
            instance.laws.insert(name.clone(), stand_in);
        }
        let shared = instance;
        (0..candidates).map(|candidate| candidate * CANDIDATES / candidates).find_map(|candidate| {
            let mut instance = shared.clone();
            instance.parameters = self.parameters(hypotheses, number, candidate)?;
            for (left, right) in &hypotheses.equations {
                prescribe(&mut instance, left, right);
            }
            // Strict inequalities hold by a margin where that can be had.
            let margin = if candidate < CANDIDATES / 2 { MARGIN } else { 0.0 };
            let fits = satisfies(definitions, hypotheses, &instance, margin)
                && self.satisfies_everywhere(definitions, hypotheses, &instance);
            fits.then_some(instance)
        })
    }

    /// An inequality about a function, `f(u) > 0`, whose letter stands nowhere else, speaks of every value: it is looked at
    /// for many.
    fn satisfies_everywhere(&self, definitions: &Definitions, hypotheses: &Hypotheses, instance: &Instance) -> bool {
        let relations = || hypotheses.positive.iter().chain(&hypotheses.nonnegative).chain(&hypotheses.nonzero);
        let of_functions = relations().filter(|t| t.any(&|t| matches!(t.op(), Op::Apply(..))));
        let letters: BTreeSet<&Var> =
            of_functions.flat_map(|t| t.free()).filter(|letter| self.universal.contains(letter)).collect();
        let probe = |probe: usize| {
            let mut instance = instance.clone();
            for (position, letter) in letters.iter().enumerate() {
                let key = mix((probe as u64) << 8 | position as u64);
                let wide = if letter.domain == Domain::Real { [1.0, 2.5, 8.0][probe % 3] } else { 1.0 };
                if let Some(name) = letter.name() {
                    instance.parameters.insert(name.into(), wide * value(letter.domain, key, probe));
                }
            }
            satisfies(definitions, hypotheses, &instance, 0.0)
        };
        letters.is_empty() || (0..PROBES).all(probe)
    }

    /// Generic values in the domains, one after the other, inside of what the hypotheses allow once the others are known.
    fn parameters(&self, hypotheses: &Hypotheses, number: usize, candidate: usize) -> Option<BTreeMap<Symbol, f64>> {
        let mut values: BTreeMap<Symbol, f64> = BTreeMap::new();
        for (position, var) in self.parameters.iter().enumerate() {
            let key = mix((number as u64) << 32 | (candidate as u64) << 8 | position as u64);
            let range = range(hypotheses, var, &values);
            // Where a hypothesis allows an end, the end is a case of its own.
            let end = range.closed.filter(|_| (number + position) % 3 == 1 && candidate < CANDIDATES / 4);
            let drawn = value(var.domain, key, number + candidate / 50);
            let value = end.unwrap_or_else(|| range.place(drawn, var.domain, key));
            values.insert(var.name()?.into(), value);
        }
        for (left, right) in &hypotheses.equations {
            solve(&left.clone().minus(right.clone()), &mut values);
        }
        Some(values)
    }
}

/// The unknown functions that are added in an exponent: f of `exp(f(x) + η T(x))`.
fn exponents(body: &Term) -> BTreeSet<Symbol> {
    let mut found = BTreeSet::new();
    body.visit(&mut |t| {
        if t.is_function("exp") {
            found.extend(t.args()[0].summands().iter().filter_map(|summand| match summand.op() {
                Op::Apply(name, _) => Some(name.clone()),
                _ => None,
            }));
        }
    });
    found
}

/// A function less half the squares of its arguments.
fn confining((variables, body, text): Function) -> Function {
    let square = |var: &Var| Term::pow(Term::var(var.clone()), Term::integer(2));
    let less = variables.iter().map(|var| Term::mul(vec![Term::ratio(-1, 2), square(var)]));
    let squares: Vec<String> = variables.iter().filter_map(Var::name).map(|name| format!("{name}^2")).collect();
    let text = format!("{text} - ({})/2", squares.join(" + "));
    let body = Term::add([vec![body], less.collect()].concat());
    (variables, body, text)
}

/// Where the hypotheses allow a letter to lie.
struct Range {
    lo: f64,
    hi: f64,
    /// An end that belongs to it.
    closed: Option<f64>,
}

/// The range of a letter by the relations that are affine in it and whose other letters have values.
fn range(hypotheses: &Hypotheses, var: &Var, values: &BTreeMap<Symbol, f64>) -> Range {
    let lo = match var.domain {
        Domain::Natural | Domain::Bit => -0.5,
        Domain::Counting => 0.5,
        domain if domain.is_positive() => 0.0,
        _ => f64::NEG_INFINITY,
    };
    let hi = match var.domain {
        Domain::Unit => 1.0,
        Domain::Bit => 1.5,
        _ => f64::INFINITY,
    };
    let mut range = Range { lo, hi, closed: None };
    let strict = hypotheses.positive.iter().map(|term| (term, false));
    for (term, closed) in strict.chain(hypotheses.nonnegative.iter().map(|term| (term, true))) {
        if !term.depends_on(var) || Polynomial::of(term).coefficient(var).is_none() {
            continue;
        }
        let at = |x: f64| {
            let mut values = values.clone();
            values.insert(var.name()?.into(), x);
            evaluate_at(term, &values)
        };
        let (Some(zero), Some(one)) = (at(0.0), at(1.0)) else { continue };
        // Without the sign of a zero.
        let end = -zero / (one - zero) + 0.0;
        let tighter = if one > zero { end >= range.lo } else { end <= range.hi };
        if tighter {
            *(if one > zero { &mut range.lo } else { &mut range.hi }) = end;
            range.closed = closed.then_some(end);
        }
    }
    let inside = |end: &f64| match var.domain {
        domain if domain.is_integer() => end.fract() == 0.0 && (*end > 0.0 || !domain.is_positive()),
        domain => (!domain.is_positive() || *end > 0.0) && (!domain.is_nonzero() || *end != 0.0),
    };
    range.closed = range.closed.filter(inside);
    range
}

impl Range {
    /// A drawn value, moved into the range if it lies outside.
    fn place(&self, drawn: f64, domain: Domain, key: u64) -> f64 {
        if drawn > self.lo && drawn < self.hi {
            return drawn;
        }
        let share = 0.15 + 0.7 * (mix(key) >> 11) as f64 / (1u64 << 53) as f64;
        let value = match (self.lo.is_finite(), self.hi.is_finite()) {
            (true, true) => self.lo + share * (self.hi - self.lo),
            (true, false) => self.lo + 2.0 * share,
            _ => self.hi - 2.0 * share,
        };
        if domain.is_integer() {
            return if self.lo.is_finite() { value.ceil() } else { value.floor() };
        }
        let rounded = (value * 1000.0).round() / 1000.0;
        if rounded > self.lo && rounded < self.hi { rounded } else { value }
    }
}

/// Changes the last letter of an equation that can be changed so that it holds, if a value is found.
fn solve(difference: &Term, values: &mut BTreeMap<Symbol, f64>) {
    let Some(difference_at) = Elementary::new(difference) else { return };
    let letters: Vec<Var> = difference.free().iter().filter(|v| !v.domain.is_integer()).cloned().collect();
    for letter in letters.iter().rev() {
        let Some(name) = letter.name().map(Symbol::from) else { continue };
        let at = |x: f64| {
            let mut values = values.clone();
            values.insert(name.clone(), x);
            difference_at.value(&values)
        };
        let fits = |x: &f64| {
            let positive = !letter.domain.is_positive() || *x > 0.0;
            let unit = letter.domain != Domain::Unit || *x < 1.0;
            positive && unit && at(*x).is_some_and(|value| value.abs() < EXACT)
        };
        // Along a line, or between two points of opposite sign.
        let line = at(0.0).zip(at(1.0)).map(|(zero, one)| zero / (zero - one));
        if let Some(root) = line.filter(fits).or_else(|| crossings(&at).find(fits)) {
            values.insert(name, root);
            return;
        }
    }
}

/// Where a function changes its sign, not far from 0.
fn crossings(f: &dyn Fn(f64) -> Option<f64>) -> impl Iterator<Item = f64> {
    const GRID: i32 = 160;
    let points = (-GRID..=GRID).map(|k| f64::from(k) * 0.05 + 0.013);
    let mut last: Option<(f64, f64)> = None;
    points.filter_map(move |x| {
        let here = f(x).map(|y| (x, y));
        let before = std::mem::replace(&mut last, here);
        let ((mut a, fa), (mut b, fb)) = before.zip(here)?;
        if fa * fb > 0.0 {
            return None;
        }
        for _ in 0..200 {
            let middle = 0.5 * (a + b);
            match f(middle) {
                Some(_) if middle == a || middle == b => break,
                Some(value) if fa * value > 0.0 => a = middle,
                Some(_) => b = middle,
                None => break,
            }
        }
        Some(b)
    })
}

/// Changes a stand-in so that it has a prescribed value at a point: `f(0) = 0`. Values that it had to have before are lost; all
/// hypotheses are looked at afterwards.
fn prescribe(instance: &mut Instance, left: &Term, right: &Term) {
    for (call, value) in [(left, right), (right, left)] {
        let Op::Apply(name, orders) = call.op() else { continue };
        let unknown = |t: &Term| t.has_operator() || t.any(&|t| matches!(t.op(), Op::Apply(..) | Op::UnknownLaw(_)));
        if orders.iter().any(|order| *order > 0) || call.args().iter().chain([value]).any(unknown) {
            continue;
        }
        let Some((parameters, body, text)) = instance.functions.get(name).cloned() else { continue };
        if parameters.len() != call.args().len() {
            continue;
        }
        let pairs: Vec<(Var, Term)> = parameters.iter().cloned().zip(call.args().iter().cloned()).collect();
        let there = crate::term::substitute_many(&body, &pairs);
        let shift = value.clone().minus(there);
        let Some(size) = evaluate_at(&shift, &instance.parameters) else { continue };
        let text = format!("{text} {} {:.6}", if size < 0.0 { "-" } else { "+" }, size.abs());
        let numbers: Vec<(Var, Term)> = shift
            .free()
            .iter()
            .filter_map(|v| {
                let value = instance.parameters.get(v.name()?)?;
                Some((v.clone(), Term::number(num_rational::BigRational::from_float(*value)?)))
            })
            .collect();
        let shift = crate::term::substitute_many(&shift, &numbers);
        instance.functions.insert(name.clone(), (parameters, Term::add(vec![body, shift]), text));
        return;
    }
}

/// True if every hypothesis holds at an instance, strict ones by a margin; what cannot be computed does not hold. Hypotheses
/// about what the instance leaves out say nothing of it.
pub fn satisfies(definitions: &Definitions, hypotheses: &Hypotheses, instance: &Instance, margin: f64) -> bool {
    let speaks = |term: &Term| {
        term.free().iter().all(|v| v.name().is_some_and(|name| instance.parameters.contains_key(name)))
            && !term.any(&|t| match t.op() {
                Op::Apply(name, _) => !instance.functions.contains_key(name),
                Op::UnknownLaw(name) => !instance.laws.contains_key(name),
                _ => false,
            })
    };
    let value = |term: &Term| {
        evaluate_at(term, &instance.parameters).or_else(|| evaluate(definitions, term, instance).map(|e| e.value))
    };
    let holds = |term: &Term, test: &dyn Fn(f64) -> bool| !speaks(term) || value(term).is_some_and(test);
    hypotheses.positive.iter().all(|t| holds(t, &|v| v > margin))
        && hypotheses.nonnegative.iter().all(|t| holds(t, &|v| v >= -EXACT))
        && hypotheses.nonzero.iter().all(|t| holds(t, &|v| v.abs() > margin))
        && hypotheses
            .equations
            .iter()
            .all(|(left, right)| holds(&left.clone().minus(right.clone()), &|v| v.abs() < EXACT))
}

/// Strict inequalities hold by so much, where that can be had.
pub const MARGIN: f64 = 0.02;
/// Equations hold up to this.
const EXACT: f64 = 1e-12;

/// Values at which a hypothesis about all values of a function is looked at.
const PROBES: usize = 64;

/// Choices of parameters tried before giving up.
const CANDIDATES: usize = 400;

/// A number with three digits inside a domain; later rounds look further out.
fn value(domain: Domain, key: u64, round: usize) -> f64 {
    let share = (key >> 11) as f64 / (1u64 << 53) as f64;
    let wide = if round < 6 { 1.7 } else { 4.0 };
    let number = match domain {
        Domain::Unit => 0.2 + 0.6 * share,
        // Small ones, 1 and 0, some beyond, and a large one.
        Domain::Natural | Domain::Counting | Domain::Integer => {
            let size = match round % 5 {
                0 => 2.0 + (share * 4.0).floor(),
                1 => {
                    if domain == Domain::Counting {
                        1.0
                    } else {
                        0.0
                    }
                }
                2 => 6.0 + (share * 35.0).floor(),
                3 => 1.0 + (share * 12.0).floor(),
                _ => 60.0 + (share * 140.0).floor(),
            };
            return if domain == Domain::Integer && key & 1 == 0 { -size } else { size };
        }
        Domain::Sign => return if share < 0.5 { -1.0 } else { 1.0 },
        Domain::Bit => return if share < 0.5 { 0.0 } else { 1.0 },
        Domain::Positive => 0.4 + (wide - 0.4) * share,
        Domain::Real | Domain::NonZero => {
            let size = 0.3 + (wide - 0.4) * share;
            if key & 1 == 0 && round > 0 { -size } else { size }
        }
    };
    // The first ones can be read; others have all their digits, which no one can have foreseen.
    if round % 4 > 1 {
        return number;
    }
    let rounded = (number * 1000.0).round() / 1000.0;
    // Simple values satisfy identities that are false.
    if (rounded * 2.0).fract() == 0.0 { rounded + 0.013 } else { rounded }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(name: &str, domain: Domain) -> Term {
        Term::var(Var::free(name, domain))
    }

    /// Every instance satisfies every hypothesis, whatever the relation: with fixed seeds, one for each number.
    #[test]
    fn instances_satisfy_the_hypotheses() {
        let (a, b, c) = (letter("a", Domain::Unit), letter("b", Domain::Real), letter("c", Domain::Real));
        let n = letter("n", Domain::Counting);
        let zero = Term::new(Op::Apply("f".into(), vec![0]), vec![Term::zero()]);
        let circle = Term::add(vec![Term::pow(b.clone(), Term::integer(2)), Term::pow(c.clone(), Term::integer(2))]);
        let hypotheses = Hypotheses {
            positive: vec![Term::one().minus(Term::mul(vec![Term::integer(2), a.clone()]))],
            nonnegative: vec![c.clone().minus(b.clone()), n.clone().minus(Term::integer(7))],
            nonzero: vec![b.clone().minus(a.clone())],
            equations: vec![(zero, a.clone()), (circle, Term::one())],
            ..Hypotheses::default()
        };
        let definitions = Definitions::default();
        let open = Open::of(&[&Term::add(vec![a, b, c, n])], &hypotheses);
        let mut found = 0;
        for number in 0..40 {
            let Some(instance) = open.instance(&definitions, &hypotheses, |_| Regularity::Smooth, number) else {
                continue;
            };
            found += 1;
            assert!(satisfies(&definitions, &hypotheses, &instance, 0.0), "{:?}", instance.parameters);
            let [a, b, c, n] = ["a", "b", "c", "n"].map(|name| instance.parameters[name]);
            assert!(a > 0.0 && a < 0.5 && c >= b && n >= 7.0 && n.fract() == 0.0, "{:?}", instance.parameters);
            assert!((b * b + c * c - 1.0).abs() < 1e-9);
        }
        assert!(found > 10, "{found} of 40");
    }
}
