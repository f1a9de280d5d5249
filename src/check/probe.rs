//! Values of several terms at the same few instances: numbers from which a relation between terms can be guessed.

use super::Instance;
use super::decide::evaluate_by;
use super::instance::{MARGIN, Open, satisfies};
use crate::term::{Definitions, Domain, Hypotheses, Regularity, Symbol, Term, Var};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

/// Unknown functions tried at the same parameters.
const FUNCTIONS: usize = 4;

/// Instances that differ in one thing at a time: in the unknown functions, or in one parameter.
pub struct Probes<'a> {
    definitions: &'a Definitions,
    deadline: Instant,
    /// By setting of the parameters, then by choice of functions.
    grid: Vec<Vec<Instance>>,
    /// What each setting but the first changes.
    pub changed: Vec<Var>,
    memo: RefCell<HashMap<Term, Vec<Vec<Option<f64>>>>>,
}

impl<'a> Probes<'a> {
    /// Instances for a problem with these terms; none if no parameters meet the demands.
    pub fn new(
        definitions: &'a Definitions,
        terms: &[&Term],
        hypotheses: &Hypotheses,
        deadline: Instant,
    ) -> Option<Probes<'a>> {
        let open = Open::of(terms, hypotheses);
        let class = |name: &Symbol| hypotheses.classes.get(name).copied().unwrap_or(Regularity::Smooth);
        let choices = if open.functions.is_empty() && open.laws.is_empty() { 1 } else { FUNCTIONS };
        let instances = (0..choices).map(|number| open.instance(definitions, hypotheses, class, number));
        let mut base = instances.collect::<Option<Vec<Instance>>>()?;
        let parameters = base.first()?.parameters.clone();
        base.iter_mut().for_each(|instance| instance.parameters.clone_from(&parameters));
        let mut probes = Probes { definitions, deadline, grid: vec![], changed: vec![], memo: RefCell::default() };
        for var in &open.parameters {
            for value in other_values(var, &parameters) {
                let mut moved = parameters.clone();
                moved.insert(var.name()?.into(), value);
                let setting = base.iter().map(|instance| Instance { parameters: moved.clone(), ..instance.clone() });
                let setting: Vec<Instance> = setting.collect();
                if setting.iter().all(|instance| satisfies(definitions, hypotheses, instance, MARGIN)) {
                    probes.grid.push(setting);
                    probes.changed.push(var.clone());
                }
            }
        }
        probes.grid.insert(0, base);
        Some(probes)
    }

    /// The settings of the parameters; the first is the base.
    pub fn settings(&self) -> usize {
        self.grid.len()
    }

    /// How many choices of functions there are at each setting.
    pub fn choices(&self) -> usize {
        self.grid[0].len()
    }

    /// The value of a parameter in a setting.
    pub fn parameter(&self, var: &Var, setting: usize) -> Option<f64> {
        self.grid[setting][0].parameters.get(var.name()?).copied()
    }

    /// The value of a term at a point of the grid; none where there is no finite one.
    pub fn value(&self, term: &Term, setting: usize, choice: usize) -> Option<f64> {
        let known = self.memo.borrow().get(term).and_then(|values| values[setting][choice]);
        if known.is_some() || Instant::now() > self.deadline {
            return known;
        }
        let instance = &self.grid[setting][choice];
        let value = evaluate_by(self.definitions, term, instance, Some(self.deadline))?.value;
        let empty = || vec![vec![None; self.choices()]; self.settings()];
        self.memo.borrow_mut().entry(term.clone()).or_insert_with(empty)[setting][choice] = Some(value);
        Some(value)
    }
}

/// Other values of a parameter inside its domain, as many as there are factors that it may enter by.
fn other_values(var: &Var, parameters: &BTreeMap<Symbol, f64>) -> Vec<f64> {
    let Some(value) = var.name().and_then(|name| parameters.get(name)).copied() else { return vec![] };
    match var.domain {
        Domain::Unit => vec![0.8 * value, 0.9 * value],
        Domain::Counting => vec![value + 1.0, value + 2.0],
        Domain::Natural | Domain::Integer => vec![value + 1.0],
        Domain::Sign | Domain::Bit => vec![],
        Domain::Real | Domain::NonZero | Domain::Positive => vec![1.3 * value],
    }
}
