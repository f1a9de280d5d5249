//! Linearity: expectations, integrals and sums of sums, taken apart by what is unknown in them.

use crate::term::{Op, Simplifier, Term, Var, substitute};

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

/// A sum of means under one law as one mean, where that cancels something.
pub fn gather(simplifier: &mut Simplifier<'_>, term: &Term) -> Option<Term> {
    let mut groups: Vec<(Term, Vec<Term>)> = Vec::new();
    let mut rest = Vec::new();
    for summand in term.summands() {
        let (means, factors): (Vec<Term>, Vec<Term>) =
            summand.factors().iter().cloned().partition(|f| matches!(f.op(), Op::Expect(_)));
        let ([mean], false) = (means.as_slice(), factors.iter().any(Term::has_operator)) else {
            rest.push(summand.clone());
            continue;
        };
        match groups.iter_mut().find(|(law, _)| *law == mean.args()[0]) {
            Some((_, own)) => own.push(summand.clone()),
            None => groups.push((mean.args()[0].clone(), vec![summand.clone()])),
        }
    }
    let mut shorter = false;
    for (law, own) in groups {
        let joined = (own.len() > 1).then(|| joined(simplifier, &law, &own)).flatten();
        shorter |= joined.is_some();
        rest.extend(joined.map_or(own, |mean| vec![mean]));
    }
    shorter.then(|| simplifier.simplify(&Term::add(rest)))
}

/// The mean of the sum, if the sum is shorter than its parts.
fn joined(simplifier: &mut Simplifier<'_>, law: &Term, summands: &[Term]) -> Option<Term> {
    let (mut sample, mut parts) = (None, Vec::new());
    for summand in summands {
        let mut product = Vec::new();
        for factor in summand.factors() {
            let Op::Expect(var) = factor.op() else {
                product.push(factor.clone());
                continue;
            };
            let sample = sample.get_or_insert_with(|| Var::free("·gathered", var.domain));
            product.push(substitute(&factor.args()[1], var, &Term::var(sample.clone())));
        }
        parts.push(Term::mul(product));
    }
    let length: usize = parts.iter().map(Term::size).sum();
    let sum = simplifier.simplify(&Term::add(parts));
    let mean = Term::expect(&sample?, law.clone(), sum.clone());
    (sum.size() < length).then_some(mean)
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
