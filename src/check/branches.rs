//! Instances at which functions with pieces take each of their branches.
//!
//! Letters drawn at random make the argument of a `sign` or a `relu` positive or negative as it happens, never 0, and never
//! what lies far away. So each argument asks for instances of its own: where it is 0, with exact terms in the place of letters,
//! for rounding could not tell; where it is above 0, and where it is below; and, where samples stand in it, where it changes
//! its sign amid their laws. An equation for every letter and every function has to hold there, too.
//!
//! Letters at which something is differentiated, or a density is taken, are not given exact values: such an equation is one for
//! almost every value. And both sides have to mean something at an instance: where a divisor is 0, nothing is claimed.

use super::instance::satisfies;
use super::remainder::remainder;
use super::{Comparison, Instance, evaluate_at};
use crate::term::{
    Definitions, Domain, Hypotheses, LawDefinition, Op, Polynomial, Simplifier, Support, Symbol, Term, Var, substitute,
    substitute_many,
};
use num_rational::BigRational;
use num_traits::Signed;
use std::collections::{BTreeMap, BTreeSet};

/// More restrictions than this are not looked at.
const MOST: usize = 16;
/// A divisor is not 0 if it is larger than this where it can only be computed.
const CERTAINLY_NONZERO: f64 = 1e-6;

/// A part of all instances.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Restriction {
    /// Letters with the terms that stand for them.
    letters: Vec<(Var, Term)>,
    /// Unknown functions that have one value everywhere.
    constant: BTreeMap<Symbol, Term>,
    /// A term that is above 0.
    positive: Option<Term>,
    /// A term that is 0, up to rounding.
    zero: Option<Term>,
}

/// An equation with its hypotheses, restricted.
pub struct Restricted {
    pub sides: [Term; 2],
    pub hypotheses: Hypotheses,
}

impl Restriction {
    fn letter(var: &Var, value: Term) -> Restriction {
        Restriction { letters: vec![(var.clone(), value)], ..Restriction::default() }
    }

    fn function(name: &Symbol, value: Term) -> Restriction {
        Restriction { constant: BTreeMap::from([(name.clone(), value)]), ..Restriction::default() }
    }

    /// Both at once; none where they speak of one letter.
    fn and(mut self, other: Restriction) -> Option<Restriction> {
        let apart = other.letters.iter().all(|(var, value)| {
            self.letters.iter().all(|(own, root)| own != var && !value.depends_on(own) && !root.depends_on(var))
        });
        self.letters.extend(other.letters);
        let apart = apart && other.constant.keys().all(|name| !self.constant.contains_key(name));
        self.constant.extend(other.constant);
        apart.then_some(self)
    }

    /// The term with what stands for letters and functions.
    fn apply(&self, term: &Term) -> Term {
        let without = if self.constant.is_empty() { term.clone() } else { self.without_functions(term) };
        substitute_many(&without, &self.letters)
    }

    fn without_functions(&self, term: &Term) -> Term {
        match term.op() {
            Op::Apply(name, orders) if self.constant.contains_key(name) => {
                if orders.iter().any(|order| *order > 0) {
                    Term::zero()
                } else {
                    self.constant[name].clone()
                }
            }
            op => Term::new(op.clone(), term.args().iter().map(|arg| self.without_functions(arg)).collect()),
        }
    }

    /// Whether a term speaks of what is replaced.
    fn concerns(&self, term: &Term) -> bool {
        self.letters.iter().any(|(var, _)| term.depends_on(var))
            || !self.constant.is_empty()
                && term.any(&|t| matches!(t.op(), Op::Apply(name, _) if self.constant.contains_key(name)))
    }

    /// The equation under the restriction; none if a letter would leave its domain.
    pub fn restrict(&self, definitions: &Definitions, sides: [&Term; 2], given: &Hypotheses) -> Option<Restricted> {
        let mut simplifier = Simplifier::new(definitions);
        let exact = !self.letters.is_empty() || !self.constant.is_empty();
        let mut replaced = |term: &Term| if exact { simplifier.simplify(&self.apply(term)) } else { term.clone() };
        let sides = sides.map(&mut replaced);
        let mut all = |terms: &[Term]| terms.iter().map(&mut replaced).collect::<Vec<Term>>();
        let mut hypotheses = Hypotheses {
            densities: Default::default(),
            classes: given.classes.clone(),
            positive: all(&given.positive),
            nonnegative: all(&given.nonnegative),
            nonzero: all(&given.nonzero),
            equations: vec![],
            solved: given.solved.clone(),
        };
        hypotheses.equations = given.equations.iter().map(|(a, b)| (replaced(a), replaced(b))).collect();
        hypotheses.positive.extend(self.positive.clone());
        hypotheses.equations.extend(self.zero.iter().map(|term| (term.clone(), Term::zero())));
        for (var, value) in &self.letters {
            lies_in(value, var.domain, &mut hypotheses)?;
        }
        (!hypotheses.contradict()).then_some(Restricted { sides, hypotheses })
    }

    /// Whether the sides mean something where the restriction holds, at an instance of the restricted equation.
    pub fn is_defined(
        &self,
        definitions: &Definitions,
        sides: [&Term; 2],
        restricted: &Restricted,
        instance: &Instance,
    ) -> bool {
        let value = |term: &Term| evaluate_at(term, &instance.parameters);
        let known = &restricted.hypotheses;
        let is_nonzero = |t: &Term| known.imply_nonzero(t) || value(t).is_some_and(|v| v.abs() > CERTAINLY_NONZERO);
        let is_positive = |t: &Term| known.imply_positive(t) || value(t).is_some_and(|v| v > CERTAINLY_NONZERO);
        let belongs = |t: &Term, domain: Domain| {
            let mut demands = Hypotheses::default();
            lies_in(t, domain, &mut demands).is_some()
                && demands.positive.iter().all(is_positive)
                && demands.nonnegative.iter().all(|t| known.imply_nonnegative(t))
                && demands.nonzero.iter().all(is_nonzero)
        };
        let part_is_defined = |t: &Term| match t.op() {
            Op::Pow => {
                let [base, exponent] = [0, 1].map(|i| self.apply(&t.args()[i]));
                exponent.as_number().is_some_and(Signed::is_positive) || is_nonzero(&base)
            }
            Op::Function(name) => {
                let of_positive = definitions.functions.get(name).is_some_and(|f| f.of_positive);
                let whole = self.apply(t);
                let unknown = whole.has_operator() || whole.any(&|t| matches!(t.op(), Op::Apply(..)));
                let closed = !unknown && whole.free().iter().all(|v| v.name().is_some());
                (!of_positive || is_positive(&whole.args()[0])) && (!closed || value(&whole).is_some())
            }
            Op::Law(_) => definitions.law(t).is_some_and(|(law, args)| {
                let args: Vec<Term> = args.iter().map(|arg| self.apply(arg)).collect();
                let demands = law.positive.iter().map(|demand| law.instantiate(demand, &args, None));
                law.parameters.iter().zip(&args).all(|(parameter, arg)| belongs(arg, parameter.domain))
                    && demands.into_iter().all(|demand| is_positive(&demand))
            }),
            _ => true,
        };
        sides.iter().all(|side| !side.any(&|t| self.concerns(t) && !part_is_defined(t)))
    }

    /// The equation at an instance of the restricted one and, at once, at one that differs from it in what the restriction speaks
    /// of, where it has the values of `other`: `l + r' = r + l'`. Summands that speak of nothing else cancel. With the second
    /// instance, which has to satisfy the hypotheses.
    pub fn paired(
        &self,
        definitions: &Definitions,
        sides: [&Term; 2],
        restricted: &Restricted,
        instance: &Instance,
        other: &Instance,
    ) -> Option<([Term; 2], Instance)> {
        let terms = self.positive.iter().chain(&self.zero);
        let letters = terms.flat_map(|term| term.free()).chain(self.letters.iter().map(|(letter, _)| letter));
        let letters: BTreeSet<&Var> = letters.collect();
        let mut second = instance.clone();
        let number = |value: f64| BigRational::from_float(value).map(Term::number);
        let (mut here, mut there) = (Vec::new(), Vec::new());
        for letter in letters {
            let (name, value) = other.parameters.get_key_value(letter.name()?)?;
            second.parameters.insert(name.clone(), *value);
            there.push((letter.clone(), number(*value)?));
            if let Some(value) = instance.parameters.get(name) {
                here.push((letter.clone(), number(*value)?));
            }
        }
        for name in self.constant.keys() {
            second.functions.insert(name.clone(), other.functions.get(name)?.clone());
        }
        let mut simplifier = Simplifier::new(definitions);
        let mut at = |side: &Term, values: &[(Var, Term)]| simplifier.simplify(&substitute_many(side, values));
        let [left, right] = restricted.sides.each_ref().map(|side| at(side, &here));
        let [other_left, other_right] = sides.map(|side| at(side, &there));
        Some(([Term::add(vec![left, other_right]), Term::add(vec![right, other_left])], second))
    }

    /// The instance of the equation itself; none if it does not satisfy the hypotheses.
    pub fn complete(
        &self,
        definitions: &Definitions,
        sides: [&Term; 2],
        given: &Hypotheses,
        mut instance: Instance,
    ) -> Option<Instance> {
        for (var, value) in &self.letters {
            let value = evaluate_at(value, &instance.parameters)?;
            instance.parameters.insert(var.name()?.into(), value);
        }
        for side in sides {
            side.visit(&mut |t| {
                if let Op::Apply(name, orders) = t.op()
                    && let Some(value) = self.constant.get(name)
                {
                    let parameters = (0..orders.len()).map(|i| Var::free(&format!("u{}", i + 1), Domain::Real));
                    let text = evaluate_at(value, &instance.parameters).map_or_else(String::new, |v| v.to_string());
                    instance.functions.insert(name.clone(), (parameters.collect(), value.clone(), text));
                }
            });
        }
        satisfies(definitions, given, &instance, 0.0).then_some(instance)
    }
}

/// Adds what says that a term lies in a domain; none if it is known not to, or nothing can be said.
fn lies_in(value: &Term, domain: Domain, hypotheses: &mut Hypotheses) -> Option<()> {
    let integer = value.as_integer();
    if domain.is_integer() && integer.is_none() || domain == Domain::Sign && integer.is_none_or(|n| n.abs() != 1) {
        return None;
    }
    match domain {
        Domain::Natural | Domain::Bit => hypotheses.nonnegative.push(value.clone()),
        Domain::Positive | Domain::Unit | Domain::Counting => hypotheses.positive.push(value.clone()),
        Domain::NonZero => hypotheses.nonzero.push(value.clone()),
        Domain::Real | Domain::Integer | Domain::Sign => {}
    }
    match domain {
        Domain::Unit => hypotheses.positive.push(Term::one().minus(value.clone())),
        Domain::Bit => hypotheses.nonnegative.push(Term::one().minus(value.clone())),
        _ => {}
    }
    Some(())
}

/// What the branches of two sides ask for, beside the instances that have been seen.
pub fn restrictions(definitions: &Definitions, sides: [&Term; 2], seen: &[Comparison]) -> Vec<Restriction> {
    let mut search = Search { definitions, arguments: vec![], samples: BTreeMap::new(), pinned: BTreeSet::new() };
    sides.iter().for_each(|side| search.enter(side));
    let letters = sides.iter().flat_map(|side| side.free()).cloned();
    let free = letters.filter(|letter| !search.pinned.contains(letter)).collect();
    let mut found: Vec<Restriction> = Vec::new();
    let mut add = |restriction: Restriction| {
        if found.len() < MOST && !found.contains(&restriction) {
            found.push(restriction);
        }
    };
    for restriction in separating(sides, seen, &free) {
        add(restriction);
    }
    for argument in &search.arguments {
        search.zeros(argument, &free).into_iter().for_each(&mut add);
        search.sides(argument, seen).into_iter().for_each(&mut add);
    }
    found
}

/// Other values of letters and functions of which some summands speak, and means in other summands do not: with both values at
/// once, the others cancel.
fn separating([left, right]: [&Term; 2], seen: &[Comparison], free: &BTreeSet<Var>) -> Vec<Restriction> {
    let summands = remainder(left, right).sides.concat();
    let closed = !summands.iter().any(Term::has_operator);
    let separates = |concerns: &dyn Fn(&Term) -> bool| {
        summands.iter().any(concerns) && summands.iter().any(|t| (closed || t.has_operator()) && !concerns(t))
    };
    let Some(Comparison { instance, .. }) = seen.first() else { return vec![] };
    let mut found = Vec::new();
    for letter in free.iter().filter(|letter| separates(&|t: &Term| t.depends_on(letter))) {
        let other = |c: &Comparison| c.instance.parameters.get(letter.name()?).copied();
        let here = letter.name().and_then(|name| instance.parameters.get(name).copied());
        let values = seen.iter().filter_map(other).filter(|value| Some(*value) != here);
        found.extend(values.filter_map(BigRational::from_float).map(|v| Restriction::letter(letter, Term::number(v))));
    }
    for name in instance.functions.keys() {
        if separates(&|t: &Term| t.any(&|t| matches!(t.op(), Op::Apply(own, _) if own == name))) {
            found.push(Restriction::function(name, Term::ratio(377, 1000)));
        }
    }
    found
}

struct Search<'a> {
    definitions: &'a Definitions,
    /// Arguments of functions with pieces, letters in the place of samples.
    arguments: Vec<Term>,
    samples: BTreeMap<Var, Sample>,
    /// Letters of points at which an equation need not hold.
    pinned: BTreeSet<Var>,
}

/// A bound variable.
struct Sample {
    /// A place amid its law, and how wide that is.
    bulk: Option<(Term, Term)>,
    /// Some of the points that have a mass.
    atoms: Vec<Term>,
}

impl Search<'_> {
    /// Collects the arguments of functions with pieces in a term.
    fn enter(&mut self, term: &Term) {
        let args = term.args();
        match term.op() {
            Op::Derivative(..) => {
                self.pinned.extend(args[1].free().iter().cloned());
                self.enter(&args[1]);
                self.enter(&term.open(&args[1]));
                return;
            }
            Op::Expect(var) | Op::Integral(var) | Op::Sum(var) => {
                args[..term.op().body_index()].iter().for_each(|part| self.enter(part));
                let letter = Var {
                    identity: Var::free(&format!("sample·{}", self.samples.len()), var.domain).identity,
                    ..var.clone()
                };
                self.samples.insert(letter.clone(), self.sample(term));
                self.enter(&term.open(&Term::var(letter)));
                return;
            }
            Op::Apply(_, orders) if orders.iter().any(|order| *order > 0) => {
                self.pinned.extend(term.free().iter().cloned());
            }
            Op::Density => self.pinned.extend(args[1].free().iter().cloned()),
            Op::Function(name) => {
                let function = self.definitions.functions.get(name);
                if let Some((function, meaning)) = function.and_then(|f| Some((f, f.definition.as_ref()?)))
                    && function.parameters.len() == args.len()
                {
                    let pairs: Vec<_> = function.parameters.iter().cloned().zip(args.iter().cloned()).collect();
                    self.enter(&substitute_many(meaning, &pairs));
                    return;
                }
                if let [argument] = args
                    && function.is_some_and(|f| f.above.is_some())
                    && !self.arguments.contains(argument)
                {
                    self.arguments.push(argument.clone());
                }
            }
            _ => {}
        }
        args.iter().for_each(|arg| self.enter(arg));
    }

    fn sample(&self, binder: &Term) -> Sample {
        let args = binder.args();
        let support = match binder.op() {
            Op::Expect(_) => match self.definitions.law(&args[0]) {
                Some((law, arguments)) => return of_law(law, arguments),
                None => return Sample { bulk: None, atoms: vec![] },
            },
            Op::Sum(_) => Support::Integers(args[0].clone(), args[1].clone()),
            _ => Support::Interval(args[0].clone(), args[1].clone()),
        };
        of_support(&support)
    }

    /// Where an argument is 0, whatever the continuous samples in it are.
    fn zeros(&self, argument: &Term, free: &BTreeSet<Var>) -> Vec<Restriction> {
        let mut places = vec![argument.clone()];
        for (letter, sample) in &self.samples {
            let at_atoms = |place: &Term| sample.atoms.iter().map(|k| substitute(place, letter, k)).collect::<Vec<_>>();
            let more: Vec<Term> = places.iter().filter(|place| place.depends_on(letter)).flat_map(at_atoms).collect();
            places.extend(more);
        }
        let mut simplifier = Simplifier::new(self.definitions);
        let mut found = Vec::new();
        for place in places.iter().take(MOST) {
            // Candidates are guessed from the form of the term, and looked at.
            let guessed = candidates(place, free).into_iter();
            found.extend(guessed.filter(|guess| simplifier.simplify(&guess.apply(place)).is_zero()));
        }
        found
    }

    /// Where an argument has a sign that it has at no instance seen, or changes its sign amid the laws of its samples.
    fn sides(&self, argument: &Term, seen: &[Comparison]) -> Vec<Restriction> {
        let names = functions(argument);
        if !names.is_empty() {
            // Functions on both sides of where the argument is 0.
            let around = |name: &Symbol| {
                let root = level(argument, name)?;
                let aside = |k| Restriction::function(name, Term::add(vec![root.clone(), Term::integer(k)]));
                Some([aside(1), aside(-1)])
            };
            return names.iter().filter_map(around).flatten().collect();
        }
        if argument.any(&|t| matches!(t.op(), Op::UnknownLaw(_))) || argument.has_operator() {
            return vec![];
        }
        let samples: Option<Vec<(&Var, &(Term, Term))>> = self
            .samples
            .iter()
            .filter(|(letter, _)| argument.depends_on(letter))
            .map(|(letter, sample)| Some((letter, sample.bulk.as_ref()?)))
            .collect();
        let Some(samples) = samples else { return vec![] };
        let at = |places: i64| {
            // A sample may be the parameter of another's law.
            samples.iter().rev().fold(argument.clone(), |term, (letter, (middle, width))| {
                let aside = Term::mul(vec![Term::ratio(places, 20), width.clone()]);
                substitute(&term, letter, &Term::add(vec![middle.clone(), aside]))
            })
        };
        let sign = |term: &Term, c: &Comparison| evaluate_at(term, &c.instance.parameters).map_or(0.0, f64::signum);
        if samples.is_empty() {
            let both = [argument.clone(), argument.clone().opposite()];
            let missing = both.into_iter().filter(|side| !seen.iter().any(|c| sign(side, c) > 0.0));
            return missing.map(|side| Restriction { positive: Some(side), ..Restriction::default() }).collect();
        }
        let [low, high] = [at(-10), at(10)];
        if seen.iter().any(|c| sign(&low, c) * sign(&high, c) < 0.0) {
            return vec![];
        }
        // Beside the middle, where nothing special happens.
        let place = Some(at(3)).filter(|place| !place.free().is_empty());
        place.map(|place| Restriction { zero: Some(place), ..Restriction::default() }).into_iter().collect()
    }
}

fn of_law(law: &LawDefinition, arguments: &[Term]) -> Sample {
    let known = |t: &Term| law.instantiate(t, arguments, None);
    let Sample { bulk, atoms } = of_support(&law.support_at(arguments));
    let moments = law.mean.as_ref().zip(law.variance.as_ref());
    let root = |variance: &Term| Term::pow(known(variance), Term::ratio(1, 2));
    Sample { bulk: moments.map(|(mean, variance)| (known(mean), root(variance))).or(bulk), atoms }
}

fn of_support(support: &Support) -> Sample {
    let is_infinite = |t: &Term| t.any(&|t| *t.op() == Op::Infinity);
    let next = |lo: &Term, k: i64| Term::add(vec![lo.clone(), Term::integer(k)]);
    match support {
        Support::Points(points) => Sample { bulk: None, atoms: points.clone() },
        Support::Integers(lo, _) if is_infinite(lo) => Sample { bulk: None, atoms: vec![] },
        // The second one lies within it, or is the end of it, wherever there is more than one.
        Support::Integers(lo, _) => Sample { bulk: None, atoms: vec![next(lo, 0), next(lo, 1)] },
        Support::Interval(lo, hi) => {
            let bulk = match (is_infinite(lo), is_infinite(hi)) {
                (true, true) => (Term::zero(), Term::one()),
                (true, false) => (next(hi, -1), Term::one()),
                (false, true) => (next(lo, 1), Term::one()),
                (false, false) => {
                    let half = |t: Term| Term::mul(vec![Term::ratio(1, 2), t]);
                    (half(Term::add(vec![lo.clone(), hi.clone()])), half(hi.clone().minus(lo.clone())))
                }
            };
            Sample { bulk: Some(bulk), atoms: vec![] }
        }
    }
}

/// Restrictions under which a term may be 0, by its form.
fn candidates(term: &Term, free: &BTreeSet<Var>) -> Vec<Restriction> {
    let args = term.args();
    match term.op() {
        Op::Var(v) if free.contains(v) && !v.domain.is_nonzero() => vec![Restriction::letter(v, Term::zero())],
        Op::Mul => args.iter().flat_map(|factor| candidates(factor, free)).collect(),
        Op::Pow | Op::StopGrad => candidates(&args[0], free),
        Op::Function(_) => args.iter().flat_map(|arg| candidates(arg, free)).collect(),
        Op::Apply(name, _) => vec![Restriction::function(name, Term::zero())],
        Op::Add => {
            let value = Polynomial::of(term);
            let mut found = Vec::new();
            for letter in term.free().iter().filter(|v| free.contains(v)) {
                let root = value.solved_for(letter).map(|root| root.term());
                let named = |root: &Term| root.free().iter().all(|v| free.contains(v));
                let whole = (-2..=2).map(Term::integer);
                found.extend(root.filter(named).into_iter().chain(whole).map(|root| Restriction::letter(letter, root)));
            }
            for name in functions(term) {
                let root = level(term, &name).into_iter();
                found.extend(root.map(|value| Restriction::function(&name, value)));
            }
            // All summands at once.
            let each = args.iter().map(|summand| candidates(summand, free).into_iter().next());
            found.extend(each.reduce(|a, b| a?.and(b?)).flatten());
            found
        }
        _ => vec![],
    }
}

/// The unknown functions of a term.
fn functions(term: &Term) -> Vec<Symbol> {
    let mut found: Vec<Symbol> = Vec::new();
    term.visit(&mut |t| {
        if let Op::Apply(name, _) = t.op()
            && !found.contains(name)
        {
            found.push(name.clone());
        }
    });
    found
}

/// The value of a constant function for which a term is 0, if it is one for all samples.
fn level(term: &Term, name: &Symbol) -> Option<Term> {
    let value = Var::free("value·", Domain::Real);
    let constant = Restriction::function(name, Term::var(value.clone()));
    let root = Polynomial::of(&constant.apply(term)).solved_for(&value)?.term();
    let closed = root.free().iter().all(|v| v.name().is_some_and(|name| !name.contains('·')));
    (closed && functions(&root).is_empty()).then_some(root)
}
