//! Means inside means: which depend on which.

use crate::term::{Op, Symbol, Term};
use std::collections::BTreeSet;

/// More summands than this are not written out.
const MOST_SUMMANDS: usize = 64;

/// An expectation, an integral or a sum.
pub fn is_mean(term: &Term) -> bool {
    matches!(term.op(), Op::Expect(_) | Op::Integral(_) | Op::Sum(_))
}

/// The means inside a mean, at any depth, that depend on its sample.
fn dependent(term: &Term) -> Vec<Term> {
    let Some(var) = term.op().bound() else { return vec![] };
    let mut found = Vec::new();
    term.args()[term.op().body_index()].visit(&mut |t| {
        if is_mean(t) && t.depends_on(var) {
            found.push(t.clone());
        }
    });
    found
}

/// True if a mean stands inside another one and depends on its sample.
pub fn are_nested(term: &Term) -> bool {
    term.has_operator() && term.any(&|t| is_mean(t) && !dependent(t).is_empty())
}

/// How many means stand inside one another, each depending on the sample of the next, from this one inwards.
pub fn height(term: &Term) -> u32 {
    1 + dependent(term).iter().map(height).max().unwrap_or(0)
}

fn kind(term: &Term) -> Symbol {
    match term.op() {
        Op::Expect(_) => {
            let law = &term.args()[0];
            let law = if *law.op() == Op::StopGrad { &law.args()[0] } else { law };
            match law.op() {
                Op::Law(name) | Op::UnknownLaw(name) => name.clone(),
                _ => Symbol::from("E"),
            }
        }
        Op::Integral(_) => Symbol::from("an integral"),
        _ => Symbol::from("a sum"),
    }
}

/// True if no kind of mean stands, depending on it, inside itself, in either term or by going from one to the other: then
/// no equation between the terms exchanges two means.
pub fn may_be_free(terms: [&Term; 2]) -> bool {
    let mut inside: BTreeSet<(Symbol, Symbol)> = BTreeSet::new();
    for term in terms {
        term.visit(&mut |t| {
            if is_mean(t) {
                inside.extend(dependent(t).iter().map(|inner| (kind(t), kind(inner))));
            }
        });
    }
    loop {
        let further: Vec<_> = inside
            .iter()
            .flat_map(|(a, b)| inside.iter().filter(move |(c, _)| b == c).map(move |(_, d)| (a.clone(), d.clone())))
            .filter(|pair| !inside.contains(pair))
            .collect();
        if further.is_empty() {
            return inside.iter().all(|(a, b)| a != b);
        }
        inside.extend(further);
    }
}

/// A term in which what does not depend on a sample stands outside its mean, summand by summand.
pub fn pulled(term: &Term) -> Term {
    let args: Vec<Term> = term.args().iter().map(pulled).collect();
    let same =
        || if args.as_slice() == term.args() { term.clone() } else { Term::new(term.op().clone(), args.clone()) };
    let Op::Expect(var) = term.op() else { return same() };
    let Some(summands) = summands(&args[1]) else { return same() };
    let product = |factors: Vec<Term>| if factors.len() == 1 { factors[0].clone() } else { Term::mul(factors) };
    let means = summands.into_iter().map(|factors| {
        let (inner, mut outer): (Vec<Term>, Vec<Term>) = factors.into_iter().partition(|f| f.depends_on(var));
        if !inner.is_empty() {
            outer.push(Term::new(term.op().clone(), vec![args[0].clone(), product(inner)]));
        }
        if outer.is_empty() { Term::one() } else { product(outer) }
    });
    let mut means: Vec<Term> = means.collect();
    if means.len() == 1 { means.remove(0) } else { Term::add(means) }
}

/// A term as a sum of products; none if it has too many.
fn summands(term: &Term) -> Option<Vec<Vec<Term>>> {
    let args = term.args();
    match term.op() {
        Op::Add => {
            let parts: Option<Vec<_>> = args.iter().map(summands).collect();
            parts.map(|parts| parts.concat()).filter(|all| all.len() <= MOST_SUMMANDS)
        }
        Op::Mul => args.iter().try_fold(vec![vec![]], |products, factor| times(products, &summands(factor)?)),
        Op::Pow if *args[0].op() == Op::Add && args[1].as_integer().is_some_and(|n| (2..=6).contains(&n)) => {
            let base = summands(&args[0])?;
            (0..args[1].as_integer()?).try_fold(vec![vec![]], |products, _| times(products, &base))
        }
        _ => Some(vec![vec![term.clone()]]),
    }
}

fn times(products: Vec<Vec<Term>>, others: &[Vec<Term>]) -> Option<Vec<Vec<Term>>> {
    if products.len() * others.len() > MOST_SUMMANDS {
        return None;
    }
    Some(products.iter().flat_map(|a| others.iter().map(move |b| [a.as_slice(), b].concat())).collect())
}
