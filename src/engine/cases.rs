//! Functions of indicators: where `step(u)` stands in the argument of a function, the term is one thing where u is above 0 and
//! another where it is not.

use crate::term::{Op, Simplifier, Term, canonical};

/// More indicators than this in one mean are not told apart.
const MOST: usize = 3;

/// The term with each mean of functions of indicators written by cases: `f(step(u))` as `f(0) + step(u) (f(1) - f(0))`. None if
/// there is none.
pub fn by_cases(simplifier: &mut Simplifier<'_>, term: &Term) -> Option<Term> {
    if !term.any(&|t| has_indicator_in_argument(t)) {
        return None;
    }
    let result = split(simplifier, term)?;
    let result = canonical(&simplifier.simplify(&result));
    (result != *term).then_some(result)
}

fn split(simplifier: &mut Simplifier<'_>, term: &Term) -> Option<Term> {
    let args = term.args().iter().map(|arg| split(simplifier, arg)).collect::<Option<Vec<_>>>()?;
    let term = Term::new(term.op().clone(), args);
    if !matches!(term.op(), Op::Expect(_)) {
        return Some(term);
    }
    let mut cases = vec![(vec![], term.args()[1].clone())];
    for _ in 0..=MOST {
        let Some(indicator) = cases.iter().find_map(|(_, body)| first(body)) else {
            let sum = cases.into_iter().map(|(weights, body)| Term::mul([weights, vec![body]].concat())).collect();
            return Some(Term::new(term.op().clone(), vec![term.args()[0].clone(), Term::add(sum)]));
        };
        let mut next = Vec::new();
        for (weights, body) in cases {
            if !body.any(&|t| *t == indicator) {
                next.push((weights, body));
                continue;
            }
            let [above, below] = [Term::one(), Term::zero()].map(|value| replaced(&body, &indicator, &value));
            let with = |weight: Term| [weights.as_slice(), &[weight]].concat();
            next.push((with(indicator.clone()), simplifier.simplify(&above)));
            next.push((with(Term::one().minus(indicator.clone())), simplifier.simplify(&below)));
        }
        cases = next;
    }
    None
}

/// An unknown function, or a power, of something with an indicator in it.
fn has_indicator_in_argument(term: &Term) -> bool {
    let arguments = match term.op() {
        Op::Apply(..) => term.args(),
        Op::Pow => &term.args()[1..],
        _ => &[],
    };
    arguments.iter().any(|arg| arg.any(&|t| t.is_function("step")))
}

/// The first indicator in an argument, outside of binders.
fn first(term: &Term) -> Option<Term> {
    if term.op().bound().is_some() {
        return None;
    }
    if has_indicator_in_argument(term) {
        return term.args().iter().find_map(indicator);
    }
    term.args().iter().find_map(first)
}

fn indicator(term: &Term) -> Option<Term> {
    if term.op().bound().is_some() {
        return None;
    }
    if term.is_function("step") { Some(term.clone()) } else { term.args().iter().find_map(indicator) }
}

fn replaced(term: &Term, part: &Term, value: &Term) -> Term {
    if term == part {
        return value.clone();
    }
    // The variables of a binder are its own: what stands in it is left.
    if term.op().bound().is_some() {
        return term.clone();
    }
    Term::new(term.op().clone(), term.args().iter().map(|arg| replaced(arg, part, value)).collect())
}
