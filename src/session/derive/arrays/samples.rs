//! Estimators from one sample as means over n samples, and n samples that are each other's baselines.

use super::lift::{at, binary, call, letter, number, rename};
use crate::syntax::{Binary, Binder, Expr, Kind, Name};

/// Letters for the index of a sample.
const INDICES: [&str; 6] = ["i", "j", "k", "l", "r", "s"];

/// The mean of an estimator over independent samples `x_{1:n}`. None where one of them draws more than one variable.
pub fn averaged(estimator: &Expr, size: &str) -> Option<Expr> {
    let (binder, variable, body) = single(estimator)?;
    let [index, _] = indices(body)?;
    Some(over_samples(binder, variable, entry(body, variable, index), index, size))
}

/// An estimator with a baseline b, as that of n samples in which b is the mean over the others of what it is taken off.
pub fn leave_one_out(estimator: &Expr, constant: &str, size: &str) -> Option<Expr> {
    let (binder, variable, body) = single(estimator)?;
    let [index, other] = indices(body)?;
    let mut replaced = false;
    let body = with_others(body, variable, constant, [index, other], size, &mut replaced);
    replaced.then(|| over_samples(binder, variable, body, index, size))
}

fn single(estimator: &Expr) -> Option<(&Binder, &Name, &Expr)> {
    let Kind::Expectation { binders, body } = &estimator.kind else { return None };
    let ([binder], false) = (binders.as_slice(), matches!(body.kind, Kind::Expectation { .. })) else { return None };
    let [variable] = binder.variables.as_slice() else { return None };
    variable.subscript.is_none().then_some((binder, variable, &**body))
}

/// Two letters that stand nowhere yet.
fn indices(body: &Expr) -> Option<[&'static str; 2]> {
    let mut taken = Vec::new();
    body.visit_names(&mut |name| taken.extend([name.base.clone()].into_iter().chain(name.subscript.clone())));
    let mut free = INDICES.into_iter().filter(|index| !taken.iter().any(|name| name == index));
    Some([free.next()?, free.next()?])
}

/// The same at `x_i`.
fn entry(e: &Expr, variable: &Name, index: &str) -> Expr {
    let mut entry = e.clone();
    rename(&mut entry, &mut |name| {
        if name == variable {
            name.subscript = Some(index.into());
        }
    });
    entry
}

fn over_samples(binder: &Binder, variable: &Name, body: Expr, index: &str, size: &str) -> Expr {
    let variables = vec![Name::new(&variable.base, Some(&format!("1:{size}")))];
    let sum = call("sum", vec![body, letter(index), number(1), whole(size)]);
    let mean = binary(Binary::Mul, binary(Binary::Div, number(1), whole(size)), sum);
    at(Kind::Expectation { binders: vec![Binder { variables, law: binder.law.clone() }], body: Box::new(mean) })
}

fn whole(size: &str) -> Expr {
    size.parse().map_or_else(|_| letter(size), number)
}

/// The body at `x_i`, where for the constant there is the mean at all `x_j` of what it is taken off.
fn with_others(
    e: &Expr,
    variable: &Name,
    constant: &str,
    [index, other]: [&str; 2],
    size: &str,
    replaced: &mut bool,
) -> Expr {
    if let Kind::Binary(Binary::Sub, value, taken) = &e.kind
        && matches!(&taken.kind, Kind::Name(name) if super::lift::full(name) == constant)
    {
        *replaced = true;
        let sum = call("sum", vec![entry(value, variable, other), letter(other), letter(index)]);
        let count = binary(Binary::Sub, whole(size), number(1));
        let mean = binary(Binary::Mul, binary(Binary::Div, number(1), count), sum);
        return binary(Binary::Sub, entry(value, variable, index), mean);
    }
    let mut e = e.clone();
    e.rename(&mut |name| {
        if name == variable {
            name.subscript = Some(index.into());
        }
    });
    e.each_child(&mut |child| {
        *child = with_others(child, variable, constant, [index, other], size, replaced);
    });
    e
}
