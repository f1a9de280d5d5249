//! Equations between operators in exact numbers: both sides applied to polynomials, which uses none of the relations.

use super::judge::Judge;
use crate::check::{Comparison, Finding, Instance};
use crate::operator::action::{Values, applied, at, binomial, unlike};
use crate::syntax::{Style, print};
use crate::term::{
    Domain, Op, Operator, Operators, Polynomial, Simplifier, Symbol, Term, Var, express, substitute_many,
};
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};
use std::collections::{BTreeMap, BTreeSet};

/// Where letters say how many derivatives there are, so many numbers of them are tried.
const TRIALS: usize = 6;

/// A function, with its parameters and as text.
type Shown = (Vec<Var>, Term, String);

/// Values for all that two operators are written with.
#[derive(Default)]
struct Setting {
    values: Values,
    /// The same as numbers show them.
    parameters: BTreeMap<Symbol, f64>,
    functions: BTreeMap<Symbol, Shown>,
}

impl Judge<'_> {
    /// Both sides applied to polynomials, in exact numbers; none where they do not lead to polynomials.
    pub(super) fn on_polynomials(&self, index: usize) -> Option<Finding> {
        let Operators { variable, function, members, .. } = self.problem.operators.as_ref()?;
        let [left, right] = members.get(index..index + 2)? else { return None };
        let counts: BTreeSet<&Var> = [left, right].into_iter().flat_map(Operator::counts).collect();
        let degree = usize::try_from(left.degree().max(right.degree())).ok()?;
        let point = BigRational::new(3.into(), 7.into());
        let u = Var::free("u", Domain::Real);
        let trials = if counts.is_empty() { 1 } else { TRIALS };
        let mut agreeing = Vec::new();
        for trial in 1..=trials {
            let setting = self.setting([left, right], variable, &counts, trial)?;
            let letters = setting.values.letters.iter();
            let met = self.meets(
                &letters.map(|(letter, value)| (letter.clone(), Term::number(value.clone()))).collect::<Vec<_>>(),
            );
            // What is differentiated away shows nothing.
            let more = if counts.is_empty() { 0 } else { 3 * (trial + counts.len()) };
            for power in [degree + more + 3, degree + more + 4] {
                let (polynomial, term) = binomial(power, &u);
                let sides = [left, right].map(|side| applied(side, variable, &setting.values, &polynomial));
                let [Some(on_left), Some(on_right)] = sides else {
                    // At small numbers there may be no such power.
                    if counts.is_empty() {
                        return None;
                    }
                    continue;
                };
                let differ = on_left != on_right;
                let [a, b] = [at(&on_left, &point), at(&on_right, &point)];
                if differ && a == b || met == Some(false) {
                    continue;
                }
                let mut comparison = Comparison::exact(a.to_f64()?, b.to_f64()?);
                let mut instance = Instance { functions: setting.functions.clone(), ..Instance::default() };
                instance.functions.insert(function.clone(), shown(&u, term));
                instance.parameters = setting.parameters.clone();
                instance.parameters.insert(Symbol::from(variable.name()?), point.to_f64()?);
                comparison.instance = instance;
                if differ {
                    // A witness has to meet what is supposed; polynomials are of every class.
                    comparison.z = f64::MAX.copysign(comparison.left - comparison.right);
                    let witness = met == Some(true) && comparison.left != comparison.right;
                    return witness.then_some(Finding::Differ(comparison));
                }
                agreeing.push(comparison);
            }
        }
        // The last is of the largest numbers.
        agreeing.pop().map(|comparison| Finding::Agree(vec![comparison]))
    }

    fn setting(&self, sides: [&Operator; 2], y: &Var, counts: &BTreeSet<&Var>, trial: usize) -> Option<Setting> {
        let mut setting = Setting::default();
        let u = Var::free("u", Domain::Real);
        for term in sides.into_iter().flat_map(Operator::terms) {
            for letter in term.free().iter().filter(|letter| *letter != y) {
                let place = setting.values.letters.len();
                let value = match letter.domain {
                    _ if counts.contains(letter) => BigRational::from_integer((trial + place).into()),
                    Domain::Real | Domain::NonZero | Domain::Positive => {
                        BigRational::new((2 * place + 7).into(), (place + 5).into())
                    }
                    _ => return None,
                };
                let value = setting.values.letters.entry(letter.clone()).or_insert(value);
                setting.parameters.insert(Symbol::from(letter.name()?), value.to_f64()?);
            }
            let mut names = BTreeSet::new();
            term.visit(&mut |part| {
                if let Op::Apply(name, _) = part.op() {
                    names.insert(name.clone());
                }
            });
            for name in names {
                if !setting.values.functions.contains_key(&name) {
                    let (polynomial, term) = unlike(setting.values.functions.len(), &u);
                    let term = Simplifier::new(&self.library.definitions).simplify(&term);
                    setting.functions.insert(name.clone(), shown(&u, term));
                    setting.values.functions.insert(name, polynomial);
                }
            }
        }
        Some(setting)
    }

    /// Do values meet what is supposed of their letters? None where that speaks of more.
    pub(super) fn meets(&self, values: &[(Var, Term)]) -> Option<bool> {
        let value = |term: &Term| Polynomial::of(&substitute_many(term, values)).as_number();
        let about = |term: &Term| values.iter().any(|(letter, _)| term.depends_on(letter));
        let mut met = true;
        for term in self.hypotheses.positive.iter().filter(|term| about(term)) {
            met &= value(term)?.is_positive();
        }
        for term in self.hypotheses.nonnegative.iter().filter(|term| about(term)) {
            met &= !value(term)?.is_negative();
        }
        for term in self.hypotheses.nonzero.iter().filter(|term| about(term)) {
            met &= !value(term)?.is_zero();
        }
        for (left, right) in self.hypotheses.equations.iter().filter(|(left, right)| about(left) || about(right)) {
            met &= value(left)? == value(right)?;
        }
        Some(met)
    }
}

/// A function as numbers show it.
fn shown(parameter: &Var, body: Term) -> Shown {
    let text = print(&express(&body), Style::Unicode);
    (vec![parameter.clone()], body, text)
}
