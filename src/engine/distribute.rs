//! Linearity: expectations, integrals and sums of sums, taken apart by what is unknown in them.

use crate::term::{Op, Simplifier, Term, Var};

/// The term with every expectation of a sum written as a sum of expectations. Terms under one binder that share their
/// unknown factors stay together, so that weights remain sums. None if nothing changes or it would be too long.
pub fn distribute(simplifier: &mut Simplifier<'_>, term: &Term) -> Option<Term> {
    let result = distributed(simplifier, term, false)?;
    let result = simplifier.simplify(&result);
    (result != *term).then_some(result)
}

/// The same with every monomial on its own.
pub fn distribute_fully(simplifier: &mut Simplifier<'_>, term: &Term) -> Option<Term> {
    let result = distributed(simplifier, term, true)?;
    let result = simplifier.simplify(&result);
    (result != *term).then_some(result)
}

fn distributed(simplifier: &mut Simplifier<'_>, term: &Term, fully: bool) -> Option<Term> {
    if !term.has_operator() {
        return Some(term.clone());
    }
    let args: Option<Vec<Term>> = term.args().iter().map(|arg| distributed(simplifier, arg, fully)).collect();
    let term = Term::new(term.op().clone(), args?);
    match term.op() {
        Op::Expect(var) | Op::Integral(var) | Op::Sum(var) => {
            let index = term.op().body_index();
            let body = simplifier.simplify(&term.args()[index]);
            let groups = groups(simplifier, &body, var, fully)?;
            let part = |body: Term| {
                let mut args = term.args().to_vec();
                args[index] = body;
                Term::new(term.op().clone(), args)
            };
            Some(if groups.len() == 1 { part(body) } else { Term::add(groups.into_iter().map(part).collect()) })
        }
        _ => Some(term),
    }
}

/// The parts of a body that belong together.
fn groups(simplifier: &mut Simplifier<'_>, body: &Term, var: &Var, fully: bool) -> Option<Vec<Term>> {
    let monomials = simplifier.monomials(body)?;
    if fully {
        return Some(monomials);
    }
    let mut groups: Vec<(Vec<Term>, Vec<Term>)> = Vec::new();
    for monomial in monomials {
        let (mut key, rest): (Vec<Term>, Vec<Term>) =
            monomial.factors().iter().cloned().partition(|f| is_unknown(f, var));
        key.sort();
        match groups.iter_mut().find(|(k, _)| *k == key) {
            Some((_, weights)) => weights.push(Term::mul(rest)),
            None => groups.push((key, vec![Term::mul(rest)])),
        }
    }
    let joined = |(key, weights): (Vec<Term>, Vec<Term>)| Term::mul([vec![Term::add(weights)], key].concat());
    Some(groups.into_iter().map(joined).collect())
}

/// A factor of which nothing is known: an unknown function or density, a jump, an inner expectation.
fn is_unknown(factor: &Term, var: &Var) -> bool {
    let opaque = |t: &Term| {
        matches!(t.op(), Op::Apply(..) | Op::UnknownLaw(_) | Op::Expect(_) | Op::Integral(_) | Op::Sum(_))
            || ["step", "sign", "abs", "relu"].iter().any(|name| t.is_function(name))
    };
    factor.depends_on(var) && factor.any(&opaque)
}
