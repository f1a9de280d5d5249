//! Numbers for an expression about arrays: for its sizes, the entries of its parameters, and functions of vectors; and the variance
//! of its estimators there.

use super::super::objective::print_name;
use super::super::rank::{holds, range};
use super::super::{Derived, Estimator, Place};
use crate::array::{self, LARGEST, ROOT};
use crate::check::Instance;
use crate::estimator::{Sample, Setting, Variance, open, regularity};
use crate::proof::Hypotheses;
use crate::session::{Error, Session};
use crate::syntax::{Assumption, Definition, Span, Statement, Style, print};
use crate::term::{Domain, Elaborator, Op, Problem, Regularity, Simplifier, Symbol, Term, Var};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

/// Draws of a simulated variance, where none are asked for.
const DRAWS: u64 = 1 << 19;

/// The sizes at a place: those of the letters that have one there.
pub fn sizes(problem: &Problem, parameters: &BTreeMap<Symbol, f64>) -> Vec<(Symbol, i64)> {
    let value = |letter: Symbol| parameters.get(&letter).map(|value| (letter, *value as i64));
    array::size_letters(problem).into_iter().filter_map(value).collect()
}

impl Session {
    /// A place for an expression about arrays; sizes are among its parameters.
    pub(in super::super) fn instance_of_arrays(
        &self,
        derived: &Derived,
        problem: &Problem,
        place: &Place,
    ) -> Result<Instance, Error> {
        let mut instance = Instance::default();
        let own = array::size_letters(problem);
        let of_estimators = derived.estimators.iter().filter_map(|estimator| estimator.arrays.as_ref());
        let others = of_estimators.flat_map(|(problem, _)| array::size_letters(problem));
        for size in own.iter().cloned().chain(others).collect::<BTreeSet<_>>() {
            match place.at.get(&*size).copied() {
                Some(value) if (1.0..=LARGEST as f64).contains(&value) && value.fract() == 0.0 => {
                    instance.parameters.insert(size, value);
                }
                Some(value) => {
                    let help = format!("a size at which variances are computed is one of 1, …, {LARGEST}");
                    return Err(Error::input(format!("{size} = {value} is no size here"), Some(&help)));
                }
                None if own.contains(&size) => {
                    let help = format!("give it with --at {size}=3");
                    return Err(Error::input(format!("the size `{size}` has no value"), Some(&help)));
                }
                None => {}
            }
        }
        let values = sizes(problem, &instance.parameters);
        let written = |why: array::Unreduced| Error::input(why.to_string(), None);
        let entries = array::written_out(problem, 0, &values).map_err(written)?;
        let mut needed: BTreeMap<Symbol, Domain> = BTreeMap::new();
        let mut functions: BTreeMap<Symbol, usize> = BTreeMap::new();
        for entry in &entries {
            needed.extend(open(entry).0.iter().filter_map(|v| Some((Symbol::from(v.name()?), v.domain))));
            entry.visit(&mut |t| {
                if let Op::Apply(name, _) = t.op() {
                    functions.insert(name.clone(), t.args().len());
                }
            });
        }
        for (name, count) in functions {
            let known = |definition: &&Definition| print_name(definition) == *name;
            let definition = self.definitions.iter().rev().find(known).or_else(|| derived.own.iter().rev().find(known));
            let Some(definition) = definition else {
                let help = format!("say what it is: --with '{name}(u) = ‖u‖^2'");
                return Err(Error::input(format!("the function `{name}` is not known"), Some(&help)));
            };
            let function = self.function_of_vector(definition, count)?;
            let own = function.1.free().iter().filter(|v| !function.0.contains(v));
            needed.extend(own.filter_map(|v| Some((Symbol::from(v.name()?), v.domain))));
            instance.functions.insert(name, function);
        }
        for (name, domain) in needed {
            let value = place.at.get(&*name).copied().or_else(|| entry_of(problem, &name, &place.at));
            let Some(value) = value else {
                let letter = base(problem, &name).unwrap_or_else(|| name.to_string());
                let help = format!("give it with --at {letter}=1, all entries of a vector at once, or --at {name}=1");
                return Err(Error::input(format!("the parameter `{letter}` has no value"), Some(&help)));
            };
            if !holds(domain, value) {
                let message = format!("{name} = {value} is outside of what the expression allows");
                return Err(Error::input(message, Some(&format!("{name} has to be {}", range(domain)))));
            }
            instance.parameters.insert(name, value);
        }
        Ok(instance)
    }

    /// How smooth a function is, by its formula in the plane or on the line.
    pub(super) fn class_of(&self, definition: &Definition) -> Option<Assumption> {
        let (_, body, _) = [2, 1].into_iter().find_map(|count| self.function_of_vector(definition, count).ok())?;
        let class = match regularity(&self.library.definitions, &body) {
            Regularity::Measurable => "measurable",
            Regularity::Jump => "jump",
            Regularity::Lipschitz => "lipschitz",
            Regularity::Smooth => "smooth",
        };
        let class = class.into();
        Some(Assumption::Class { function: definition.name.clone(), class, span: Span::default() })
    }

    /// A function of so many numbers, from its definition as one of a vector, or of a number.
    fn function_of_vector(&self, definition: &Definition, count: usize) -> Result<(Vec<Var>, Term, String), Error> {
        let text = print(&definition.body, Style::Unicode);
        let [letter] = definition.parameters.as_slice() else {
            return Err(Error::input("a function of arrays has one argument here", None));
        };
        let read = |given: Vec<Assumption>| {
            let statement = Statement { members: vec![definition.body.clone()], given, ..Statement::default() };
            let mut elaborator = Elaborator::new(&self.library.definitions);
            elaborator.define(self.definitions.iter().filter(|other| other.parameters.is_empty()).cloned());
            elaborator.statement(&statement, &[])
        };
        let letters = vec![letter.clone()];
        let space = Assumption::Space { letters, sizes: vec![count.to_string()], span: Span::default() };
        let name = super::lift::full(letter);
        let (problem, names) = match (read(vec![space]), count) {
            (Ok(problem), _) => {
                let index = |i: usize| if name.contains('_') { format!("{name},{i}") } else { format!("{name}_{i}") };
                (problem, (1..=count).map(index).collect())
            }
            (Err(error), 1) => (read(vec![]).map_err(|_| Error::meaning(*error, &text))?, vec![name]),
            (Err(error), _) => return Err(Error::meaning(*error, &text)),
        };
        let unwritten = |why: array::Unreduced| Error::input(why.to_string(), None);
        let mut entries = array::written_out(&problem, 0, &[]).map_err(unwritten)?;
        let (Some(body), 0) = (entries.pop(), entries.len()) else {
            return Err(Error::input(
                format!("`{text}` is a vector, and a function has numbers for values here"),
                None,
            ));
        };
        let body = Simplifier::new(&self.library.definitions).simplify(&body);
        Ok((names.iter().map(|name: &String| Var::free(name, Domain::Real)).collect(), body, text))
    }

    /// The trace of the covariance of one sample.
    pub(in super::super) fn trace(
        &self,
        derived: &Derived,
        estimator: &Estimator,
        instance: &Instance,
    ) -> (Variance, Vec<f64>) {
        let Some((problem, _)) = &estimator.arrays else { return (Variance::Unknown, vec![]) };
        let values = sizes(problem, &instance.parameters);
        let Ok(entries) = array::written_out(problem, 1, &values) else { return (Variance::Unknown, vec![]) };
        let samples: Option<Vec<Sample>> = entries.iter().map(Sample::of).collect();
        let Some(samples) = samples else { return (Variance::Unknown, vec![]) };
        let hypotheses = Hypotheses { classes: BTreeMap::new(), ..derived.hypotheses.clone() };
        let setting = Setting {
            library: &self.library,
            hypotheses: &hypotheses,
            instance,
            seed: self.options.seed,
            samples: self.options.samples.unwrap_or(DRAWS),
            deadline: Some(Instant::now() + self.options.timeout * self.options.clock_factor),
        };
        let constants: Vec<Var> = estimator.constants.iter().map(|c| Var::free(&c.letter, Domain::Real)).collect();
        setting.trace(&samples, &constants)
    }
}

/// The letter that a name is an entry of, with its indices.
fn entry_and_indices<'n>(problem: &'n Problem, name: &'n str) -> Option<(&'n str, Vec<&'n str>)> {
    problem.arrays.keys().find_map(|array| {
        let rest = name.strip_prefix(&**array)?.strip_prefix(['_', ','])?;
        Some((&**array, rest.split(',').collect()))
    })
}

/// The array that a name is an entry of, or of whose root.
fn base(problem: &Problem, name: &str) -> Option<String> {
    let of_root = name.strip_prefix(ROOT).and_then(|rest| rest.strip_prefix('_'));
    let found = entry_and_indices(problem, name).or_else(|| entry_and_indices(problem, of_root?));
    found.map(|(array, _)| array.to_string())
}

/// The value of an entry where the array has one: of a vector that, of a matrix that times the identity.
fn entry_of(problem: &Problem, name: &str, at: &BTreeMap<String, f64>) -> Option<f64> {
    let diagonal = |indices: &[&str], value: f64| match indices {
        [i, j] if i != j => 0.0,
        _ => value,
    };
    if let Some((array, indices)) = entry_and_indices(problem, name) {
        return at.get(array).map(|value| diagonal(&indices, *value));
    }
    let (array, indices) = entry_and_indices(problem, name.strip_prefix(ROOT)?.strip_prefix('_')?)?;
    at.get(array).map(|value| diagonal(&indices, value.sqrt()))
}
