//! Choosing what a statement leaves open: parameters, functions and laws.

use super::functions::functions;
use super::laws::{ATOMS, SETS, law};
use super::random::mix;
use super::{Instance, evaluate_at};
use crate::term::{Definitions, Domain, Identity, Op, Regularity, Symbol, Term, Var};
use std::collections::BTreeMap;

/// What two terms leave open.
#[derive(Clone, Debug, Default)]
pub struct Open {
    pub parameters: Vec<Var>,
    /// Unknown functions with their numbers of arguments.
    pub functions: BTreeMap<Symbol, usize>,
    /// Unspecified laws with the names of their parameters.
    pub laws: BTreeMap<Symbol, Vec<String>>,
    /// Unspecified laws may have atoms, and some instances shall have them.
    pub atoms: bool,
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
    !(named && weighed) && !elsewhere && !moved
}

impl Open {
    pub fn of(terms: &[&Term]) -> Open {
        let mut open = Open::default();
        for term in terms {
            open.parameters.extend(term.free().iter().filter(|v| matches!(v.identity, Identity::Free(_))).cloned());
            term.visit(&mut |t| match t.op() {
                Op::Apply(name, orders) => {
                    open.functions.insert(name.clone(), orders.len());
                }
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
        }
        open.parameters.sort();
        open.parameters.dedup();
        open
    }

    /// An instance by number, with functions of the given class for each name; none if none fits.
    pub fn instance(
        &self,
        definitions: &Definitions,
        positive: &[Term],
        class: impl Fn(&Symbol) -> Regularity,
        number: usize,
    ) -> Option<Instance> {
        let mut instance = Instance::default();
        for (position, (name, arity)) in self.functions.iter().enumerate() {
            let mut battery = functions(definitions, class(name), *arity);
            if battery.is_empty() {
                battery = functions(definitions, Regularity::Smooth, *arity);
            }
            // Now and then all functions are one.
            let shift = if number % 5 == 4 { 0 } else { position };
            let index = (number + shift) % battery.len().max(1);
            instance.functions.insert(name.clone(), battery.get(index)?.clone());
        }
        for (position, (name, parameters)) in self.laws.iter().enumerate() {
            let set = if self.atoms && number % 3 == 1 { ATOMS } else { number % SETS };
            let stand_in =
                law(definitions, set, parameters, position).or_else(|| law(definitions, 0, parameters, position))?;
            instance.laws.insert(name.clone(), stand_in);
        }
        instance.parameters = self.parameters(positive, number)?;
        Some(instance)
    }

    /// Generic values in the domains that meet the demands.
    fn parameters(&self, positive: &[Term], number: usize) -> Option<BTreeMap<Symbol, f64>> {
        (0..CANDIDATES).find_map(|candidate| {
            let values: BTreeMap<Symbol, f64> = self
                .parameters
                .iter()
                .enumerate()
                .filter_map(|(i, var)| {
                    let key = mix((number as u64) << 32 | (candidate as u64) << 8 | i as u64);
                    Some((Symbol::from(var.name()?), value(var.domain, key, number + candidate / 50)))
                })
                .collect();
            let holds = |demand: &Term| evaluate_at(demand, &values).is_none_or(|v| v > 0.02);
            positive.iter().all(holds).then_some(values)
        })
    }
}

/// Choices of parameters tried before giving up.
const CANDIDATES: usize = 400;

/// A number with three digits inside a domain; later rounds look further out.
fn value(domain: Domain, key: u64, round: usize) -> f64 {
    let share = (key >> 11) as f64 / (1u64 << 53) as f64;
    let wide = if round < 6 { 1.7 } else { 4.0 };
    let number = match domain {
        Domain::Unit => 0.2 + 0.6 * share,
        // Small ones first; identities of small numbers need not hold for larger ones.
        Domain::Natural | Domain::Counting => {
            let (least, count) = [(2.0, 4.0), (2.0, 4.0), (6.0, 35.0), (41.0, 57.0)][round % 4];
            return least + (share * count).floor();
        }
        Domain::Sign => return if share < 0.5 { -1.0 } else { 1.0 },
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
