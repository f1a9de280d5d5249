//! What an estimator takes of unknown functions, and how that depends on the dimension.

use super::lift::full;
use crate::syntax::{ARGUMENT, Expr, Kind};
use crate::term::Symbol;
use std::collections::{BTreeMap, BTreeSet};

/// What one sample takes.
#[derive(Clone, Debug, Default)]
pub struct Work {
    /// Values of functions.
    pub values: usize,
    /// Their gradients.
    pub gradients: usize,
    /// Laplacians.
    pub laplacians: usize,
    /// Hessians.
    pub hessians: usize,
    /// Derivatives in a number, by their orders.
    pub derivatives: usize,
    /// The functions, with what is taken of each: `f`, `∇f`.
    pub needs: Vec<String>,
    /// The number of samples that it is a mean over.
    pub samples: Option<String>,
    /// The dimension of the argument.
    pub size: Option<String>,
    /// Numbers for the two, at a place: 1 where there is none.
    at: [f64; 2],
    placed: bool,
}

impl Work {
    /// Of an estimator; `functions` are those that are not known.
    pub fn of(estimator: &Expr, functions: &BTreeSet<String>) -> Work {
        let mut calls: Vec<&Expr> = Vec::new();
        collect(estimator, functions, &mut calls);
        let mut work = Work { at: [1.0, 1.0], ..Work::default() };
        let mut needs = BTreeSet::new();
        for call in calls {
            let (count, sign, inner) = match &call.kind {
                Kind::Derivative { order: 1, body, .. } => (&mut work.gradients, "∇", &**body),
                Kind::Derivative { body, .. } => (&mut work.hessians, "∇²", &**body),
                Kind::Difference(body) => (&mut work.laplacians, "Δ", &**body),
                _ => (&mut work.values, "", call),
            };
            let Kind::Call { function, orders, .. } = &inner.kind else { continue };
            let order: u32 = orders.iter().sum();
            let count = if order > 0 { &mut work.derivatives } else { count };
            *count += if order > 0 { order as usize } else { 1 };
            needs.insert(format!("{sign}{}{}", full(function), "'".repeat(order as usize)));
        }
        work.needs = needs.into_iter().collect();
        work
    }

    /// The same of each of several samples.
    pub fn each_of(self, samples: &str) -> Work {
        Work { samples: Some(samples.into()), ..self }
    }

    /// Takes the sizes of a place.
    pub fn place(&mut self, parameters: &BTreeMap<Symbol, f64>) {
        let value = |letter: &Option<String>| {
            let letter = letter.as_ref()?;
            letter.parse().ok().or_else(|| parameters.get(&**letter).copied())
        };
        self.placed = value(&self.samples).is_some();
        self.at = [value(&self.size).unwrap_or(1.0), value(&self.samples).unwrap_or(1.0)];
    }

    /// A number of samples that no place says.
    pub fn is_unplaced(&self) -> bool {
        self.samples.as_ref().is_some_and(|samples| samples.parse::<u32>().is_err()) && !self.placed
    }

    /// In values of the function: a gradient is taken backwards, for the price of two, and a second derivative along each axis is
    /// one of those.
    pub fn cost(&self) -> f64 {
        let [size, samples] = self.at;
        let second = (self.laplacians + self.hessians) as f64 * (1.0 + 2.0 * size);
        let one = self.values as f64 + 2.0 * self.gradients as f64 + 2.0 * self.derivatives as f64 + second;
        (one * samples).max(1.0)
    }

    /// In words.
    pub fn says(&self) -> String {
        let size = self.size.as_deref().unwrap_or("d");
        let several = |count: usize, one: &str, more: &str| match count {
            0 => None,
            1 => Some(format!("one {one}")),
            count => Some(format!("{count} {more}")),
        };
        let parts = [
            several(self.values + self.derivatives, "value", "values"),
            several(self.gradients, "gradient", "gradients"),
            several(
                self.laplacians,
                &format!("Laplacian ({size} second derivatives)"),
                &format!("Laplacians ({size} second derivatives)"),
            ),
            several(
                self.hessians,
                &format!("Hessian ({size}² second derivatives)"),
                &format!("Hessians ({size}² second derivatives)"),
            ),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let free = match (&self.size, self.gradients + self.laplacians + self.hessians) {
            (Some(size), 0) => format!(", whatever {size} is"),
            (Some(size), _) if self.gradients > 0 => format!(", of {size} entries"),
            _ => String::new(),
        };
        let of = self.needs.join(", ").replace(['∇', 'Δ', '²'], "");
        match (parts.is_empty(), &self.samples) {
            (true, _) => "no unknown function".into(),
            (_, None) => format!("{} a sample of {of}{free}", parts.join(", ")),
            (_, Some(samples)) => format!("{} of {of} for each of {samples} samples{free}", parts.join(", ")),
        }
    }
}

/// The values and derivatives of functions in an expression, each once.
fn collect<'e>(e: &'e Expr, functions: &BTreeSet<String>, found: &mut Vec<&'e Expr>) {
    let is_value = |e: &Expr| matches!(&e.kind, Kind::Call { function, .. } if functions.contains(&full(function)));
    let own = match &e.kind {
        Kind::Derivative { variable: Some(name), body, .. } => name.base == ARGUMENT && is_value(body),
        Kind::Difference(body) => is_value(body),
        // Of the others in a mean over samples the values are there already.
        Kind::Call { function, arguments, .. } if function.base == "sum" && arguments.len() == 3 => return,
        _ => is_value(e),
    };
    if own {
        if !found.contains(&e) {
            found.push(e);
        }
        return;
    }
    e.children().into_iter().for_each(|child| collect(child, functions, found));
}
