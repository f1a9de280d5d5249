//! Matching rules against terms: what the metavariables have to be.
//!
//! A metafunction applied to distinct bound variables takes whatever stands there. Where it is applied to something
//! else (`g(m + s x)`), or stands under a derivative as a factor (`h(x) D_x[g(x)]`), the equation is solved: see
//! [`super::solve`]. Every match is checked again by the kernel before it counts.

mod parts;

use super::solve;
use crate::rule::Substitution;
use crate::term::{Identity, Op, Simplifier, Symbol, Term, Var, deadline, is_positive, substitute, substitute_many};
use std::collections::BTreeMap;

/// A pattern still to be matched, with the bound variables around it: of the rule and of the term.
#[derive(Clone)]
struct Task {
    pattern: Term,
    term: Term,
    pairs: Vec<(Var, Var)>,
}

#[derive(Clone, Default)]
struct State {
    substitution: Substitution,
    tasks: Vec<Task>,
}

/// The steps that one task takes.
const MATCHED: u64 = 2;
/// More solutions than this are not looked for.
const SOLUTIONS: usize = 16;

/// All substitutions under which the pattern is the term, as far as matching finds them.
pub fn matches(simplifier: &mut Simplifier<'_>, pattern: &Term, term: &Term) -> Vec<Substitution> {
    let mut solutions = Vec::new();
    let mut open = vec![State {
        tasks: vec![Task { pattern: pattern.clone(), term: term.clone(), pairs: vec![] }],
        ..State::default()
    }];
    while let Some(mut state) = open.pop() {
        deadline::spend(MATCHED);
        if solutions.len() >= SOLUTIONS || open.len() > 4 * SOLUTIONS {
            break;
        }
        let Some(index) = state.tasks.iter().position(|task| ready(task, &state.substitution)) else {
            if state.tasks.is_empty() && !solutions.contains(&state.substitution) {
                solutions.push(state.substitution);
            }
            continue;
        };
        let task = state.tasks.remove(index);
        open.extend(step(simplifier, &task, &state));
    }
    solutions.reverse();
    solutions
}

/// A metafunction or law waits until the letters among its arguments are known.
fn ready(task: &Task, substitution: &Substitution) -> bool {
    match task.pattern.op() {
        Op::Apply(..) | Op::UnknownLaw(_) => task.pattern.args().iter().all(|arg| match arg.as_var() {
            Some(Var { identity: Identity::Free(name), .. }) if !is_paired(arg, &task.pairs) => {
                substitution.letters.contains_key(name)
            }
            _ => true,
        }),
        // Products with metafunctions last: the rigid parts bind first.
        _ => true,
    }
}

fn is_paired(arg: &Term, pairs: &[(Var, Var)]) -> bool {
    arg.as_var().is_some_and(|v| pairs.iter().any(|(p, _)| p.identity == v.identity))
}

fn step(simplifier: &mut Simplifier<'_>, task: &Task, state: &State) -> Vec<State> {
    let Task { pattern, term, pairs } = task;
    let with = |tasks: Vec<Task>| {
        let mut next = state.clone();
        next.tasks.extend(tasks);
        vec![next]
    };
    let sub = |pattern: &Term, term: &Term| Task { pattern: pattern.clone(), term: term.clone(), pairs: pairs.clone() };
    match pattern.op() {
        Op::Var(var) => variable(simplifier, var, term, pairs, state),
        Op::Apply(name, orders) if orders.iter().all(|o| *o == 0) => {
            apply(simplifier, name, pattern, term, pairs, state)
        }
        Op::UnknownLaw(name) => law(simplifier, name, pattern, term, pairs, state),
        Op::Number(_) | Op::Pi | Op::Infinity => {
            if pattern == term {
                with(vec![])
            } else {
                vec![]
            }
        }
        Op::Mul => match (parts::product(simplifier, pattern, term, pairs, state), pattern.args()) {
            // 2 k against n.
            (found, [factor, letter])
                if found.is_empty() && factor.as_number().is_some() && !is_paired(letter, pairs) =>
            {
                let value = simplifier.simplify(&Term::mul(vec![term.clone(), factor.clone().recip()]));
                if letter.as_var().is_some() { with(vec![sub(letter, &value)]) } else { found }
            }
            (found, _) => found,
        },
        Op::Add => affine(simplifier, pattern, term, pairs, state)
            .map_or_else(|| parts::sum(simplifier, pattern, term, pairs, state), |next| vec![next]),
        Op::Pow if *term.op() != Op::Pow => {
            // s^2 against a positive v: s is its root.
            let root = pattern.args()[1].as_number().map(|n| Term::number(n.recip()));
            match root {
                Some(root) if is_positive(term) => {
                    let root = simplifier.simplify(&Term::pow(term.clone(), root));
                    with(vec![sub(&pattern.args()[0], &root)])
                }
                // x is x^1.
                None if pattern.args()[1].as_var().is_some() => {
                    with(vec![sub(&pattern.args()[0], term), sub(&pattern.args()[1], &Term::one())])
                }
                _ => vec![],
            }
        }
        op if op.bound().is_some() => {
            let (Some(p), Some(t)) = (op.bound(), term.op().bound()) else { return vec![] };
            if op.with_bound(t.clone()) != *term.op() {
                return vec![];
            }
            let index = op.body_index();
            let mut inner = pairs.clone();
            inner.push((p.clone(), t.clone()));
            let tasks = pattern.args().iter().zip(term.args()).enumerate().map(|(i, (p, t))| {
                let pairs = if i == index { inner.clone() } else { pairs.clone() };
                Task { pattern: p.clone(), term: t.clone(), pairs }
            });
            with(tasks.collect())
        }
        op if op == term.op() && pattern.args().len() == term.args().len() => {
            with(pattern.args().iter().zip(term.args()).map(|(p, t)| sub(p, t)).collect())
        }
        _ => vec![],
    }
}

fn variable(
    simplifier: &mut Simplifier<'_>,
    var: &Var,
    term: &Term,
    pairs: &[(Var, Var)],
    state: &State,
) -> Vec<State> {
    if let Some((_, bound)) = pairs.iter().rev().find(|(p, _)| p.identity == var.identity) {
        return if term.as_var() == Some(bound) { vec![state.clone()] } else { vec![] };
    }
    let Some(name) = var.name() else { return vec![] };
    if pairs.iter().any(|(_, t)| term.depends_on(t)) {
        return vec![];
    }
    if let Some(known) = state.substitution.letters.get(name) {
        return if simplifier.simplify(known) == simplifier.simplify(term) { vec![state.clone()] } else { vec![] };
    }
    let mut next = state.clone();
    next.substitution.letters.insert(name.into(), term.clone());
    vec![next]
}

/// What each argument of a metafunction is in the term: a variable that can be abstracted.
fn abstracted(arg: &Term, pairs: &[(Var, Var)], letters: &BTreeMap<Symbol, Term>) -> Option<Var> {
    let var = arg.as_var()?;
    if let Some((_, bound)) = pairs.iter().rev().find(|(p, _)| p.identity == var.identity) {
        return Some(bound.clone());
    }
    letters.get(var.name()?)?.as_var().cloned()
}

fn apply(
    simplifier: &mut Simplifier<'_>,
    name: &Symbol,
    pattern: &Term,
    term: &Term,
    pairs: &[(Var, Var)],
    state: &State,
) -> Vec<State> {
    let args: Option<Vec<Var>> =
        pattern.args().iter().map(|arg| abstracted(arg, pairs, &state.substitution.letters)).collect();
    match args {
        Some(args) => bind(simplifier, name, &args, term, pairs, state).into_iter().collect(),
        None => match pattern.args() {
            [argument] if !state.substitution.functions.contains_key(name) => {
                transformed(simplifier, name, argument, term, pairs, state)
            }
            _ if !state.substitution.functions.contains_key(name) => {
                located(simplifier, name, pattern, term, pairs, state).into_iter().collect()
            }
            _ => vec![],
        },
    }
}

/// `g(x, a x + b z)` where all variables of the arguments are known: the arguments are looked for as they stand.
fn located(
    simplifier: &mut Simplifier<'_>,
    name: &Symbol,
    pattern: &Term,
    term: &Term,
    pairs: &[(Var, Var)],
    state: &State,
) -> Option<State> {
    let letters = &state.substitution.letters;
    let known = |var: &Var| {
        let paired = pairs.iter().rev().find(|(p, _)| p.identity == var.identity);
        let value = paired.map(|(_, t)| Term::var(t.clone())).or_else(|| letters.get(var.name()?).cloned())?;
        Some((var.clone(), value))
    };
    let mut rest = term.clone();
    let (mut parameters, mut variables) = (Vec::new(), Vec::new());
    for (index, argument) in pattern.args().iter().enumerate() {
        let values = argument.free().iter().map(known).collect::<Option<Vec<_>>>()?;
        let place = simplifier.simplify(&substitute_many(argument, &values));
        let parameter = Substitution::parameter(index);
        match place.as_var() {
            // Plain variables come last: they stand inside the other arguments, too.
            Some(var) => variables.push((var.clone(), Term::var(parameter.clone()))),
            None => {
                let with = replaced(&rest, &place, &Term::var(parameter.clone()));
                if with == rest {
                    return None;
                }
                rest = with;
            }
        }
        parameters.push(parameter);
    }
    let body = substitute_many(&rest, &variables);
    if pairs.iter().any(|(_, var)| body.depends_on(var)) {
        return None;
    }
    let mut next = state.clone();
    next.substitution.functions.insert(name.clone(), (parameters, body));
    Some(next)
}

/// A metafunction of plain variables: the term, with them as parameters.
fn bind(
    simplifier: &mut Simplifier<'_>,
    name: &Symbol,
    args: &[Var],
    term: &Term,
    pairs: &[(Var, Var)],
    state: &State,
) -> Option<State> {
    // What has no value is no value of a function.
    let unbounded = term.any(&|t| *t.op() == Op::Infinity);
    if unbounded || pairs.iter().any(|(_, t)| !args.contains(t) && term.depends_on(t)) {
        return None;
    }
    let parameters: Vec<Var> = (0..args.len()).map(Substitution::parameter).collect();
    let replace: Vec<(Var, Term)> = args.iter().cloned().zip(parameters.iter().cloned().map(Term::var)).collect();
    let body = substitute_many(term, &replace);
    let mut next = state.clone();
    match state.substitution.functions.get(name) {
        Some((_, known)) if simplifier.simplify(known) == simplifier.simplify(&body) => {}
        Some(_) => return None,
        None => {
            next.substitution.functions.insert(name.clone(), (parameters, body));
        }
    }
    Some(next)
}

/// `g(m + s x)`: for each place of the term where the map could stand, g is the rest as a function of it.
fn transformed(
    simplifier: &mut Simplifier<'_>,
    name: &Symbol,
    argument: &Term,
    term: &Term,
    pairs: &[(Var, Var)],
    state: &State,
) -> Vec<State> {
    let inside: Vec<&(Var, Var)> = pairs.iter().filter(|(p, _)| argument.depends_on(p)).collect();
    if let [first, second] = inside.as_slice() {
        return combined(simplifier, name, argument, term, [first, second], state);
    }
    let [(pattern_var, var)] = inside.as_slice() else { return vec![] };
    let mut result = Vec::new();
    for candidate in solve::arguments(term, var) {
        if pairs.iter().any(|(_, t)| t != var && candidate.depends_on(t)) {
            continue;
        }
        let y = Substitution::parameter(0);
        let Some(found) = solve::invert(simplifier, argument, pattern_var, &candidate, var, &Term::var(y.clone()))
        else {
            continue;
        };
        let clash = found
            .letters
            .iter()
            .any(|(letter, value)| state.substitution.letters.get(letter).is_some_and(|known| known != value));
        let body = simplifier.simplify(&substitute(term, var, &found.inverse));
        if clash || body.depends_on(var) || pairs.iter().any(|(_, t)| body.depends_on(t)) {
            continue;
        }
        let mut next = state.clone();
        next.substitution.letters.extend(found.letters);
        next.substitution.functions.insert(name.clone(), (vec![y], body));
        result.push(next);
    }
    result
}

/// `g(a x + b z)`: the term is a function of one combination of two variables.
fn combined(
    simplifier: &mut Simplifier<'_>,
    name: &Symbol,
    argument: &Term,
    term: &Term,
    [first, second]: [&(Var, Var); 2],
    state: &State,
) -> Vec<State> {
    let mut result = Vec::new();
    for candidate in solve::arguments(term, &first.1) {
        let slopes = [&first.1, &second.1].map(|v| solve::slope(simplifier, &candidate, v));
        let [Some(a), Some(b)] = slopes else { continue };
        if [&first.1, &second.1].iter().any(|v| a.depends_on(v) || b.depends_on(v)) {
            continue;
        }
        let (mut next, y) = (state.clone(), Substitution::parameter(0));
        let letters = [(first, &a), (second, &b)].map(|((p, _), slope)| solve::coefficient(argument, p, slope));
        let [Some(la), Some(lb)] = letters else { continue };
        next.substitution.letters.extend([la, lb].into_iter().flatten());
        let origin = [&first.1, &second.1].map(|v| (v.clone(), Term::zero()));
        let offset = simplifier.simplify(&substitute_many(&candidate, &origin));
        let mut body = replaced(term, &candidate, &Term::add(vec![offset, Term::var(y.clone())]));
        if body.depends_on(&first.1) || body.depends_on(&second.1) {
            // x = (y - b z)/a leaves a term that is free of z, if there is such a function.
            let rest = Term::mul(vec![b, Term::var(second.1.clone())]);
            let x = Term::mul(vec![Term::var(y.clone()).minus(rest), a.recip()]);
            body = simplifier.simplify(&substitute(term, &first.1, &x));
        }
        if body.depends_on(&second.1) {
            body = simplifier.expand_arguments(&body);
        }
        if body.depends_on(&first.1) || body.depends_on(&second.1) {
            continue;
        }
        next.substitution.functions.insert(name.clone(), (vec![y], body));
        result.push(next);
    }
    result
}

/// A law: `P` is free of the variables around, `P_θ` depends on θ.
fn law(
    simplifier: &mut Simplifier<'_>,
    name: &Symbol,
    pattern: &Term,
    term: &Term,
    pairs: &[(Var, Var)],
    state: &State,
) -> Vec<State> {
    if !matches!(term.op(), Op::Law(_) | Op::UnknownLaw(_)) {
        return vec![];
    }
    let args: Option<Vec<Var>> =
        pattern.args().iter().map(|arg| abstracted(arg, pairs, &state.substitution.letters)).collect();
    match args {
        Some(args) if args.iter().all(|arg| term.depends_on(arg)) => {
            bind(simplifier, name, &args, term, pairs, state).into_iter().collect()
        }
        _ => vec![],
    }
}

/// `a + b x` with letters a, b: any term that is affine in x.
fn affine(
    simplifier: &mut Simplifier<'_>,
    pattern: &Term,
    term: &Term,
    pairs: &[(Var, Var)],
    state: &State,
) -> Option<State> {
    let mut inside = pairs.iter().filter(|(p, _)| pattern.depends_on(p));
    let (Some((p, t)), None) = (inside.next(), inside.next()) else { return None };
    if pattern.any(&|t| matches!(t.op(), Op::Apply(..))) || pairs.iter().any(|(_, v)| v != t && term.depends_on(v)) {
        return None;
    }
    let found = solve::invert(simplifier, pattern, p, term, t, &Term::zero())?;
    let mut next = state.clone();
    for (letter, value) in found.letters {
        match state.substitution.letters.get(&letter) {
            Some(known) if *known != value => return None,
            _ => next.substitution.letters.insert(letter, value),
        };
    }
    Some(next)
}

/// The term with every occurrence of a part replaced.
fn replaced(term: &Term, part: &Term, other: &Term) -> Term {
    if term == part {
        return other.clone();
    }
    Term::new(term.op().clone(), term.args().iter().map(|arg| replaced(arg, part, other)).collect())
}
