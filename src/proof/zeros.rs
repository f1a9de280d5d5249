//! Where the arguments of functions with pieces are 0.
//!
//! Random points never meet a jump, and yet 0 is a value: of a letter, of an unknown function, and of a sample with
//! atoms. Each argument gives instances of an equation at which it vanishes; an equation for every letter and every
//! function has to hold there too. A letter at which something is differentiated is left out, for such an equation is
//! one for almost every value of the letter; and so is a sample that has a density.

use super::arithmetic::distinct;
use crate::term::{Definitions, Domain, Op, Symbol, Term, Var, substitute, substitute_many};
use std::collections::{BTreeSet, HashSet};

/// More instances than this are not looked at.
const MOST: usize = 48;
const MOST_PINS: usize = 8;

/// What an unknown function is at an instance.
#[derive(Clone, Debug)]
enum Known {
    /// 0 at some of its arguments, as a smooth function may be on whole intervals.
    Zero,
    /// Another function at these.
    Like(Symbol),
    /// A term in its arguments at these.
    Formula(Vec<Var>, Term),
}

/// An instance: letters and functions that make an argument vanish.
#[derive(Clone, Debug, Default)]
pub struct Zero {
    /// Letters with their values there.
    pub letters: Vec<(Var, Term)>,
    functions: Vec<(Symbol, Known)>,
}

impl Zero {
    /// A term at the instance.
    pub fn apply(&self, term: &Term) -> Term {
        let functions = self.functions.iter().fold(term.clone(), |t, (name, known)| known_as(&t, name, known));
        substitute_many(&functions, &self.letters)
    }

    /// The functions that are 0 at some of their arguments, in a term to which the instance was applied.
    pub fn vanishing(&self) -> Vec<Symbol> {
        self.functions.iter().map(|(name, _)| name.clone()).collect()
    }

    fn and(&self, other: &Zero) -> Zero {
        Zero {
            letters: [self.letters.as_slice(), &other.letters].concat(),
            functions: [self.functions.as_slice(), &other.functions].concat(),
        }
    }
}

/// The function becomes what makes the argument vanish plus itself, which is 0 at some of its arguments.
fn known_as(term: &Term, name: &Symbol, known: &Known) -> Term {
    let args: Vec<Term> = term.args().iter().map(|arg| known_as(arg, name, known)).collect();
    let same = || {
        if args.as_slice() == term.args() { term.clone() } else { Term::new(term.op().clone(), args.clone()) }
    };
    match (term.op(), known) {
        (Op::Apply(own, orders), Known::Like(other)) if own == name => {
            Term::add(vec![Term::new(Op::Apply(other.clone(), orders.clone()), args.clone()), same()])
        }
        (Op::Apply(own, orders), Known::Formula(parameters, value))
            if own == name && orders.iter().all(|o| *o == 0) =>
        {
            let value = substitute_many(value, &parameters.iter().cloned().zip(args.clone()).collect::<Vec<_>>());
            Term::add(vec![value, same()])
        }
        _ => same(),
    }
}

/// All zeros of two terms.
pub struct Zeros {
    /// Instances at which an argument vanishes.
    pub zeros: Vec<Zero>,
    /// Values of samples at which one does.
    pub pins: Vec<Term>,
}

impl Zeros {
    /// Those of the arguments of functions with pieces in two terms.
    pub fn of(definitions: &Definitions, terms: [&Term; 2]) -> Zeros {
        let mut search = Search { definitions, terms, moving: BTreeSet::new() };
        for term in terms {
            distinct(term, &mut HashSet::new(), &mut |t| {
                if let Op::Derivative(..) = t.op() {
                    search.moving.extend(t.args()[1].free().iter().cloned());
                }
            });
        }
        let mut arguments = Vec::new();
        terms.iter().for_each(|term| search.arguments(term, 4, &mut arguments));
        let mut result = Zeros { zeros: vec![], pins: vec![Term::zero()] };
        for argument in &arguments {
            result.zeros.extend(search.zeros(argument));
            for sample in argument.free().iter().filter(|v| v.name().is_none()) {
                let roots = roots(argument, sample);
                result.pins.extend(roots.into_iter().filter(|root| root.free().iter().all(|v| v.name().is_some())));
            }
            // An unknown function may be 0 wherever it stands.
            argument.visit(&mut |t| {
                if let Op::Apply(name, _) = t.op() {
                    result.zeros.push(Zero { functions: vec![(name.clone(), Known::Zero)], ..Zero::default() });
                }
            });
        }
        result.zeros.truncate(MOST);
        let mut seen = HashSet::new();
        result.pins.retain(|pin| seen.insert(pin.clone()));
        result.pins.truncate(MOST_PINS);
        result
    }
}

struct Search<'a> {
    definitions: &'a Definitions,
    terms: [&'a Term; 2],
    moving: BTreeSet<Var>,
}

impl Search<'_> {
    /// The arguments of functions with pieces, also of those that a formula holds.
    fn arguments(&self, term: &Term, depth: u32, found: &mut Vec<Term>) {
        distinct(term, &mut HashSet::new(), &mut |t| {
            let Op::Function(name) = t.op() else { return };
            let Some(function) = self.definitions.functions.get(name) else { return };
            match (t.args(), function.definition.as_ref().or(function.formula.as_ref())) {
                (args, Some(formula)) if depth > 0 && args.len() == function.parameters.len() => {
                    let pairs: Vec<_> = function.parameters.iter().cloned().zip(args.iter().cloned()).collect();
                    self.arguments(&substitute_many(formula, &pairs), depth - 1, found);
                }
                ([argument], _) if function.above.is_some() && !found.contains(argument) => {
                    found.push(argument.clone())
                }
                _ => {}
            }
        });
    }

    fn may_vanish(&self, var: &Var) -> bool {
        var.name().is_some() && !self.moving.contains(var)
    }

    /// Instances at which a term is 0, whatever the samples in it are.
    fn zeros(&self, term: &Term) -> Vec<Zero> {
        let args = term.args();
        match term.op() {
            Op::Var(v) if self.may_vanish(v) && !v.domain.is_nonzero() => vec![letter(v, Term::zero())],
            Op::Mul => args.iter().flat_map(|factor| self.zeros(factor)).collect(),
            Op::Pow | Op::StopGrad => self.zeros(&args[0]),
            Op::Function(name) if args.len() == 1 => {
                let function = self.definitions.functions.get(name);
                let is_zero_at_zero = function.is_some_and(|f| {
                    f.even == Some(false)
                        || f.values.iter().any(|(left, right)| left.args().iter().all(Term::is_zero) && right.is_zero())
                }) || matches!(&**name, "sin" | "sqrt" | "tan" | "tanh" | "erf");
                if is_zero_at_zero { self.zeros(&args[0]) } else { vec![] }
            }
            Op::Expect(_) => self.zeros(&args[1]),
            Op::Apply(name, _) => vec![Zero { functions: vec![(name.clone(), Known::Zero)], ..Zero::default() }],
            Op::Add => self.zeros_of_sum(term),
            _ => vec![],
        }
    }

    fn zeros_of_sum(&self, term: &Term) -> Vec<Zero> {
        let mut result = Vec::new();
        for var in term.free().iter().filter(|v| self.may_vanish(v)) {
            let roots = roots(term, var);
            let named = |root: &Term| root.free().iter().all(|v| v.name().is_some());
            result.extend(roots.into_iter().filter(named).map(|root| letter(var, root)));
        }
        // All summands at once.
        let all: Option<Vec<Zero>> = term.args().iter().map(|t| self.zeros(t).into_iter().next()).collect();
        result.extend(all.and_then(|zeros| zeros.into_iter().reduce(|a, b| a.and(&b))));
        // A function that is what makes the sum 0.
        for summand in term.args() {
            for factor in summand.factors() {
                let Op::Apply(name, orders) = factor.op() else { continue };
                if orders.iter().any(|order| *order != 0) {
                    continue;
                }
                let place = Var::free(PLACE, Domain::Real);
                let opened = replaced(term, factor, &Term::var(place.clone()));
                let holds_name = |t: &Term| matches!(t.op(), Op::Apply(own, _) if own == name);
                let Some(value) = affine_root(&opened, &place).filter(|value| !value.any(&holds_name)) else {
                    continue;
                };
                let known = match value.op() {
                    Op::Apply(other, zeros) if value.args() == factor.args() && zeros.iter().all(|o| *o == 0) => {
                        Known::Like(other.clone())
                    }
                    _ => {
                        let parameters: Option<Vec<Var>> = factor.args().iter().map(|a| a.as_var().cloned()).collect();
                        let Some(parameters) = parameters else { continue };
                        let differentiated = self.terms.iter().any(|side| {
                            side.any(&|t| {
                                matches!(t.op(), Op::Apply(own, orders) if own == name && orders.iter().any(|o| *o != 0))
                            })
                        });
                        let is_closed = value.free().iter().all(|v| v.name().is_some() || parameters.contains(v));
                        if differentiated || !is_closed {
                            continue;
                        }
                        Known::Formula(parameters, value)
                    }
                };
                result.push(Zero { functions: vec![(name.clone(), known)], ..Zero::default() });
            }
        }
        result
    }
}

/// A letter that no statement can write.
const PLACE: &str = "the place";

fn letter(var: &Var, value: Term) -> Zero {
    Zero { letters: vec![(var.clone(), value)], ..Zero::default() }
}

fn replaced(term: &Term, part: &Term, by: &Term) -> Term {
    if term == part {
        return by.clone();
    }
    let args: Vec<Term> = term.args().iter().map(|arg| replaced(arg, part, by)).collect();
    if args.as_slice() == term.args() { term.clone() } else { Term::new(term.op().clone(), args) }
}

/// Values of a variable at which a term vanishes, as far as its form shows.
fn roots(term: &Term, var: &Var) -> Vec<Term> {
    let args = term.args();
    match term.op() {
        _ if !term.depends_on(var) => vec![],
        Op::Var(_) => vec![Term::zero()],
        Op::Mul => args.iter().flat_map(|factor| roots(factor, var)).collect(),
        Op::Pow | Op::Function(_) | Op::StopGrad => roots(&args[0], var),
        Op::Add => affine_root(term, var).into_iter().collect(),
        _ => vec![],
    }
}

/// The value of a variable at which a sum vanishes in which it stands in no more than one factor of a summand.
fn affine_root(term: &Term, var: &Var) -> Option<Term> {
    let (mut slope, mut rest) = (Vec::new(), Vec::new());
    let summands = if *term.op() == Op::Add { term.args() } else { std::slice::from_ref(term) };
    for summand in summands {
        if !summand.depends_on(var) {
            rest.push(summand.clone());
            continue;
        }
        let factors = summand.factors();
        if factors.iter().filter(|f| f.depends_on(var)).any(|f| f.as_var() != Some(var)) {
            // A sum within a product, such as -(x - 3): by its values at 0 and 1.
            let [at_zero, at_one] = [Term::zero(), Term::one()].map(|value| substitute(term, var, &value));
            let slope = at_one.minus(at_zero.clone());
            return Some(Term::mul(vec![Term::integer(-1), at_zero, slope.recip()]));
        }
        if factors.iter().filter(|f| f.as_var() == Some(var)).count() != 1 {
            return None;
        }
        let coefficient: Vec<Term> = factors.iter().filter(|f| f.as_var() != Some(var)).cloned().collect();
        slope.push(if coefficient.is_empty() { Term::one() } else { Term::mul(coefficient) });
    }
    let sum = |mut terms: Vec<Term>| match terms.len() {
        0 => Term::zero(),
        1 => terms.remove(0),
        _ => Term::add(terms),
    };
    let (slope, rest) = (sum(slope), sum(rest));
    let opposite = rest.opposite();
    Some(if slope.is_one() {
        opposite
    } else if slope.as_integer() == Some(-1) {
        opposite.opposite()
    } else {
        Term::mul(vec![opposite, slope.recip()])
    })
}
