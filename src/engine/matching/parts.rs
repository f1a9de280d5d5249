//! Products and sums: their parts may stand in any order.

use super::solve::{self, Split};
use super::{State, Task, is_paired};
use crate::term::{Op, Simplifier, Term, Var};

/// The ways to give each part of a pattern one of a term: the parts that are left, and what is still to be matched.
fn choices(
    simplifier: &mut Simplifier<'_>,
    pattern: &[Term],
    term: &[Term],
    pairs: &[(Var, Var)],
    take: impl Fn(&mut Simplifier<'_>, &Term, &Term) -> Vec<Split>,
) -> Vec<(Vec<Term>, Vec<Task>)> {
    let mut choices: Vec<(Vec<Term>, Vec<Task>)> = vec![(term.to_vec(), vec![])];
    for part in pattern {
        let mut next = Vec::new();
        for (left, tasks) in &choices {
            for index in 0..left.len() {
                for (taken, remains) in take(simplifier, part, &left[index]) {
                    let mut left = left.clone();
                    left.remove(index);
                    left.extend(remains);
                    let mut tasks = tasks.clone();
                    tasks.extend(taken.map(|(pattern, term)| Task { pattern, term, pairs: pairs.to_vec() }));
                    next.push((left, tasks));
                }
            }
        }
        choices = next;
    }
    choices
}

/// Factors in any order: rigid ones first, then letters, then one metafunction takes the rest.
pub(super) fn product(
    simplifier: &mut Simplifier<'_>,
    pattern: &Term,
    term: &Term,
    pairs: &[(Var, Var)],
    state: &State,
) -> Vec<State> {
    let is_flexible = |p: &Term| matches!(p.op(), Op::Apply(_, orders) if orders.iter().all(|o| *o == 0));
    let (flexible, rigid): (Vec<Term>, Vec<Term>) = pattern.args().iter().cloned().partition(is_flexible);
    let (letters, rigid): (Vec<Term>, Vec<Term>) =
        rigid.into_iter().partition(|p| p.as_var().is_some() && !is_paired(p, pairs));
    if flexible.len() > 1 || letters.len() > 1 {
        return vec![];
    }
    let split = |simplifier: &mut Simplifier<'_>, part: &Term, factor: &Term| {
        solve::split_factor(simplifier, part, factor, pairs)
    };
    let choices = choices(simplifier, &rigid, term.factors(), pairs, split);
    let depends = |t: &Term| pairs.iter().any(|(_, v)| t.depends_on(v));
    let mut result = Vec::new();
    for (left, mut tasks) in choices {
        let (bound, free): (Vec<Term>, Vec<Term>) =
            if letters.is_empty() { (left, vec![]) } else { left.into_iter().partition(depends) };
        let task = |pattern: &Term, factors: Vec<Term>, simplifier: &mut Simplifier<'_>| {
            let term = simplifier.simplify(&Term::mul(factors));
            Task { pattern: pattern.clone(), term, pairs: pairs.to_vec() }
        };
        match (letters.first(), flexible.first()) {
            (None, None) if !bound.is_empty() => continue,
            (Some(_), None) if !bound.is_empty() => continue,
            (letter, function) => {
                tasks.extend(letter.map(|l| task(l, free, simplifier)));
                tasks.extend(function.map(|f| task(f, bound, simplifier)));
            }
        }
        let mut next = state.clone();
        next.tasks.extend(tasks);
        result.push(next);
    }
    result
}

/// Terms of a sum in any order; a letter or metafunction takes the rest.
pub(super) fn sum(
    simplifier: &mut Simplifier<'_>,
    pattern: &Term,
    term: &Term,
    pairs: &[(Var, Var)],
    state: &State,
) -> Vec<State> {
    if *term.op() != Op::Add || pattern.args().len() > term.args().len() {
        return vec![];
    }
    let is_flexible = |p: &Term| matches!(p.op(), Op::Apply(..)) || (p.as_var().is_some() && !is_paired(p, pairs));
    let (flexible, rigid): (Vec<Term>, Vec<Term>) = pattern.args().iter().cloned().partition(is_flexible);
    if flexible.len() > 1 {
        return vec![];
    }
    let whole =
        |_: &mut Simplifier<'_>, part: &Term, summand: &Term| vec![(Some((part.clone(), summand.clone())), vec![])];
    let choices = choices(simplifier, &rigid, term.args(), pairs, whole);
    let mut result = Vec::new();
    for (mut left, mut tasks) in choices {
        match flexible.first() {
            None if !left.is_empty() => continue,
            None => {}
            Some(pattern) => {
                let rest = match left.len() {
                    0 => Term::zero(),
                    1 => left.remove(0),
                    _ => Term::add(left),
                };
                tasks.push(Task { pattern: pattern.clone(), term: rest, pairs: pairs.to_vec() });
            }
        }
        let mut next = state.clone();
        next.tasks.extend(tasks);
        result.push(next);
    }
    result
}
