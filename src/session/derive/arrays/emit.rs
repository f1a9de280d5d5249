//! An estimator of arrays as code, with a place for its test.

use super::super::emit::about;
use super::super::objective::print_name;
use super::super::{Derived, Estimator, Place};
use super::place::sizes;
use crate::array::{self, ROOT};
use crate::check::{self, Instance};
use crate::emit::{ArrayCheck, ArrayRoutine, Language, array_function};
use crate::session::{Error, Session};
use crate::syntax;
use crate::term::{Domain, Op, Problem, Simplifier, Symbol, Term, Var};
use std::collections::BTreeMap;

/// Sizes of the test, where none are given: of vectors, and of samples.
const SIZE: i64 = 2;
const SAMPLES: i64 = 3;
/// Functions of a number and of a vector, where none are given.
const OF_NUMBER: &str = "sin(1.3 u + 0.4)";
const OF_VECTOR: &str = "sin(0.7 u_1 + 0.4 u_2 + 0.2)";

impl Session {
    /// The code of an estimator of arrays.
    pub(in super::super) fn emit_arrays(
        &self,
        derived: &Derived,
        estimator: &Estimator,
        language: &Language,
    ) -> Result<String, Error> {
        let lacking =
            |what: &str| Error::input(format!("`{}` cannot be written as code: {what}", estimator.name), None);
        let (Some(objective), Some((problem, work))) = (&derived.arrays, &estimator.arrays) else {
            return Err(lacking("it is no mean over arrays"));
        };
        if problem.members[1].any(&|t| matches!(t.op(), Op::UnknownLaw(_))) {
            return Err(lacking("a law that is not specified cannot be sampled"));
        }
        let mut instance = match &derived.place {
            Some(instance) => instance.clone(),
            None => self.usual_arrays(derived, objective)?,
        };
        // A number of samples that the place does not say.
        for size in array::size_letters(problem) {
            let is_count = work.samples.as_deref() == Some(&*size);
            let usual = if is_count { SAMPLES } else { SIZE };
            instance.parameters.entry(size).or_insert(usual as f64);
        }
        let values = sizes(problem, &instance.parameters);
        let entries = array::written_out(objective, 0, &values).map_err(|why| lacking(&why.to_string()))?;
        let known =
            |entry: &Term| check::evaluate(&self.library.definitions, entry, &instance).map(|found| found.value);
        let mean = entries.iter().map(known).collect::<Option<Vec<f64>>>();
        let mean =
            mean.ok_or_else(|| lacking("its mean is not known without draws, so that it could not be tested"))?;
        let term = &problem.members[1];
        let letters: Vec<Var> = estimator.constants.iter().map(|c| Var::free(&c.letter, Domain::Real)).collect();
        let constants = estimator.constants.iter().map(|constant| constant.value.unwrap_or(0.0));
        let parameters = parameters(problem, &values, &letters);
        let numbers = parameters.iter().map(|(var, shape)| entries_at(problem, &instance, var, shape, &values));
        let numbers: Vec<Vec<f64>> =
            numbers.collect::<Option<_>>().ok_or_else(|| lacking("a parameter has no value for its test"))?;
        let functions = instance.functions.iter();
        let functions = functions.map(|(name, (letters, body, _))| (name.clone(), letters.clone(), body.clone()));
        let routine = ArrayRoutine {
            title: estimator.name.clone(),
            about: about(derived, estimator),
            parameters,
            constants: letters.iter().cloned().zip(constants).collect(),
            mean: term.clone(),
            check: ArrayCheck { functions: functions.collect(), parameters: numbers, sizes: values, mean },
        };
        let mut simplifier = Simplifier::new(&self.library.definitions);
        let mut derivative =
            |term: &Term, letter: &Var| simplifier.simplify(&Term::derivative(letter, 1, term.clone()));
        array_function(&routine, language, &mut derivative).map_err(|why| lacking(&why))
    }

    /// Generic functions, and numbers that differ.
    fn usual_arrays(&self, derived: &Derived, problem: &Problem) -> Result<Instance, Error> {
        let mut session = self.clone();
        let mut functions: BTreeMap<Symbol, bool> = BTreeMap::new();
        problem.members[0].visit(&mut |t| {
            if let (Op::Apply(name, _), [argument]) = (t.op(), t.args()) {
                let letter =
                    argument.as_var().and_then(Var::name).is_some_and(|name| problem.arrays.contains_key(name));
                *functions.entry(name.clone()).or_default() |= letter || matches!(argument.op(), Op::Array(_));
            }
        });
        let known = |name: &Symbol| {
            self.definitions.iter().chain(&derived.own).any(|definition| print_name(definition) == **name)
        };
        for (name, of_vector) in functions.iter().filter(|(name, _)| !known(name)) {
            let text = format!("{name}(u) = {}", if *of_vector { OF_VECTOR } else { OF_NUMBER });
            session.definitions.push(syntax::parse_definition(&text).map_err(|e| Error::syntax(e, &text))?);
        }
        let mut at: BTreeMap<String, f64> = BTreeMap::new();
        let sizes = array::size_letters(problem);
        at.extend(sizes.iter().map(|size| (size.to_string(), SIZE as f64)));
        for (number, var) in free(problem).into_iter().enumerate() {
            let Some(name) = var.name() else { continue };
            let start = 0.6 + 0.15 * number as f64;
            let Some(shape) = problem.arrays.get(name) else {
                let value = match var.domain {
                    Domain::Natural | Domain::Counting | Domain::Integer => 3.0,
                    Domain::Unit => 0.35,
                    Domain::Sign => 1.0,
                    _ => start,
                };
                at.insert(name.into(), value);
                continue;
            };
            let definite = problem.definite.contains(name);
            for i in 1..=SIZE {
                if shape.len() == 1 {
                    at.insert(array::indexed(name, &Term::integer(i)).to_string(), start + 0.2 * i as f64);
                }
                for j in 1..=SIZE {
                    let value = if i == j { 1.0 } else { 0.3 };
                    let key = if definite { format!("{ROOT}_{name},{i},{j}") } else { format!("{name}_{i},{j}") };
                    if shape.len() == 2 {
                        at.insert(key, value);
                    }
                }
            }
        }
        session.instance_of_arrays(derived, problem, &Place { with: vec![], at })
    }
}

/// The free letters of the objective.
fn free(problem: &Problem) -> Vec<Var> {
    let sizes = array::size_letters(problem);
    let is_size = |v: &Var| v.name().is_some_and(|name| sizes.iter().any(|size| **size == *name));
    problem.members[0].free().iter().filter(|v| v.name().is_some() && !is_size(v)).cloned().collect()
}

/// The parameters of an estimator with their sizes, that of the derivative first.
fn parameters(problem: &Problem, sizes: &[(Symbol, i64)], constants: &[Var]) -> Vec<(Var, Vec<Term>)> {
    let mut target = None;
    problem.members[0].visit(&mut |t| {
        if let (Op::Derivative(..), Some(point)) = (t.op(), t.args().get(1)) {
            target = target.take().or(point.as_var().cloned());
        }
    });
    let mut found: Vec<Var> = free(problem);
    let others = problem.members[1].free().iter().filter(|v| v.name().is_some()).cloned();
    for other in others {
        let is_size = sizes.iter().any(|(size, _)| other.name() == Some(&**size));
        if !is_size
            && !constants.iter().any(|c| c.name() == other.name())
            && !found.iter().any(|v| v.name() == other.name())
        {
            found.push(other);
        }
    }
    found.sort_by_key(|v| Some(v) != target.as_ref());
    let shape = |v: &Var| v.name().and_then(|name| problem.arrays.get(name)).cloned().unwrap_or_default();
    found.into_iter().map(|v| (v.clone(), shape(&v))).collect()
}

/// The entries of a parameter at a place, row by row.
fn entries_at(
    problem: &Problem,
    instance: &Instance,
    var: &Var,
    shape: &[Term],
    sizes: &[(Symbol, i64)],
) -> Option<Vec<f64>> {
    let name = var.name()?;
    let size = |size: &Term| {
        let letter = || sizes.iter().find(|(letter, _)| size.as_var().and_then(Var::name) == Some(&**letter));
        size.as_integer().or_else(|| letter().map(|(_, value)| *value))
    };
    let sizes = shape.iter().map(size).collect::<Option<Vec<i64>>>()?;
    let value = |key: &str| instance.parameters.get(key).copied();
    match sizes.as_slice() {
        [] => Some(vec![value(name)?]),
        [size] => (1..=*size).map(|i| value(&array::indexed(name, &Term::integer(i)))).collect(),
        [rows, columns] if problem.definite.contains(name) => {
            let root = |i: i64, j: i64| if j > i { Some(0.0) } else { value(&format!("{ROOT}_{name},{i},{j}")) };
            let entry = |i: i64, j: i64| (1..=*rows).map(|k| Some(root(i, k)? * root(j, k)?)).sum::<Option<f64>>();
            (1..=*rows).flat_map(|i| (1..=*columns).map(move |j| (i, j))).map(|(i, j)| entry(i, j)).collect()
        }
        [rows, columns] => {
            let places = (1..=*rows).flat_map(|i| (1..=*columns).map(move |j| (i, j)));
            places.map(|(i, j)| value(&format!("{name}_{i},{j}"))).collect()
        }
        _ => None,
    }
}
