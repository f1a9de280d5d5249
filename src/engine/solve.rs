//! The equations that matching meets: where a map stands in a term, and of what a factor is the derivative.

use crate::term::{Op, Simplifier, Symbol, Term, Var, is_positive, substitute};
use std::collections::BTreeMap;

/// A map of a rule, found in a term.
pub struct Inverted {
    pub letters: BTreeMap<Symbol, Term>,
    /// The variable of the term as a function of the map's value.
    pub inverse: Term,
}

/// The subterms in which a variable may be hidden: arguments of functions, densities and powers.
pub fn arguments(term: &Term, var: &Var) -> Vec<Term> {
    let mut found: Vec<Term> = Vec::new();
    term.visit(&mut |t| {
        let candidates = match t.op() {
            Op::Apply(..) | Op::Function(_) => t.args(),
            Op::Density => &t.args()[1..],
            Op::Pow => &t.args()[..1],
            _ => &[],
        };
        for candidate in candidates.iter().chain(exponents(candidates, var).iter()) {
            if candidate.depends_on(var) && candidate.as_var().is_none() && !found.contains(candidate) {
                found.push(candidate.clone());
            }
        }
    });
    // What unknown functions take comes first.
    found.sort_by_key(|t| t.size());
    found.truncate(8);
    found
}

/// For `s exp(u)` with s positive and free of the variable, its logarithm `ln(s) + u`.
fn exponents(terms: &[Term], var: &Var) -> Vec<Term> {
    let logarithm = |term: &Term| {
        let (bound, free): (Vec<&Term>, Vec<&Term>) = term.factors().iter().partition(|f| f.depends_on(var));
        let [exp] = bound.as_slice() else { return None };
        let scaled = exp.is_function("exp") && !free.is_empty() && free.iter().all(|f| is_positive(f));
        scaled.then(|| {
            let logs = free.iter().map(|f| (*f).clone().ln());
            Term::add(logs.chain([exp.args()[0].clone()]).collect())
        })
    };
    terms.iter().filter_map(logarithm).collect()
}

/// Solves `map(letters, x) = term(var)` for the letters and, with the value y, for var.
pub fn invert(
    simplifier: &mut Simplifier<'_>,
    map: &Term,
    x: &Var,
    term: &Term,
    var: &Var,
    y: &Term,
) -> Option<Inverted> {
    let mut result = Inverted { letters: BTreeMap::new(), inverse: y.clone() };
    descend(simplifier, map, x, term, var, &mut result)?;
    result.inverse = simplifier.simplify(&result.inverse);
    Some(result)
}

fn descend(
    simplifier: &mut Simplifier<'_>,
    map: &Term,
    x: &Var,
    term: &Term,
    var: &Var,
    found: &mut Inverted,
) -> Option<()> {
    if map.as_var() == Some(x) {
        return (term.as_var() == Some(var)).then_some(());
    }
    match map.op() {
        Op::Add => {
            let (inner, offset) = split_pattern(map, x)?;
            let term = spread(simplifier, term, var);
            let (bound, free): (Vec<Term>, Vec<Term>) =
                term.summands().iter().cloned().partition(|t| t.depends_on(var));
            let (bound, free) = (simplifier.simplify(&Term::add(bound)), simplifier.simplify(&Term::add(free)));
            found.inverse = found.inverse.clone().minus(free.clone());
            assign(simplifier, &offset, free, found)?;
            descend(simplifier, &inner, x, &bound, var, found)
        }
        Op::Mul => {
            let (inner, scale) = split_pattern(map, x)?;
            // b x in place of `s x + t x`.
            if *term.op() == Op::Add
                && inner.as_var() == Some(x)
                && let Some(slope) = slope(simplifier, term, var)
                && simplifier.simplify(&substitute(term, var, &Term::zero())).is_zero()
            {
                found.inverse = Term::mul(vec![found.inverse.clone(), slope.clone().recip()]);
                return assign(simplifier, &scale, slope, found);
            }
            let (bound, free): (Vec<Term>, Vec<Term>) = term.factors().iter().cloned().partition(|t| t.depends_on(var));
            let (bound, free) = (simplifier.simplify(&Term::mul(bound)), simplifier.simplify(&Term::mul(free)));
            found.inverse = Term::mul(vec![found.inverse.clone(), free.clone().recip()]);
            assign(simplifier, &scale, free, found)?;
            descend(simplifier, &inner, x, &bound, var, found)
        }
        Op::Function(name) if &**name == "exp" && term.is_function("exp") => {
            found.inverse = found.inverse.clone().ln();
            descend(simplifier, &map.args()[0], x, &term.args()[0], var, found)
        }
        Op::Function(name) if &**name == "ln" && term.is_function("ln") => {
            found.inverse = found.inverse.clone().exp();
            descend(simplifier, &map.args()[0], x, &term.args()[0], var, found)
        }
        Op::Pow if !map.args()[1].depends_on(x) => {
            let (base, exponent) = match term.op() {
                Op::Pow if !term.args()[1].depends_on(var) => (term.args()[0].clone(), term.args()[1].clone()),
                _ => (term.clone(), Term::one()),
            };
            if !is_positive(&base) {
                return None;
            }
            found.inverse = Term::pow(found.inverse.clone(), exponent.clone().recip());
            assign(simplifier, &map.args()[1], exponent, found)?;
            descend(simplifier, &map.args()[0], x, &base, var, found)
        }
        _ => None,
    }
}

/// A sum in which a factor of the variable is shared is written out: `s (a + x)` as `s a + s x`.
fn spread(simplifier: &mut Simplifier<'_>, term: &Term, var: &Var) -> Term {
    if term.summands().iter().all(|t| t.factors().iter().all(|f| *f.op() != Op::Add || !f.depends_on(var))) {
        return term.clone();
    }
    simplifier.expand(term).unwrap_or_else(|| term.clone())
}

/// The part of a sum or product that holds the variable, and the rest.
fn split_pattern(map: &Term, x: &Var) -> Option<(Term, Term)> {
    let (inner, rest): (Vec<Term>, Vec<Term>) = map.args().iter().cloned().partition(|t| t.depends_on(x));
    let [inner] = inner.as_slice() else { return None };
    let rest = if rest.len() == 1 { rest[0].clone() } else { Term::new(map.op().clone(), rest) };
    Some((inner.clone(), rest))
}

/// Solves `pattern(letter) = value` for the one letter of the pattern.
fn assign(simplifier: &mut Simplifier<'_>, pattern: &Term, value: Term, found: &mut Inverted) -> Option<()> {
    match pattern.op() {
        Op::Var(letter) => {
            let name = Symbol::from(letter.name()?);
            match found.letters.get(&name) {
                Some(known) if *known != value => None,
                _ => {
                    found.letters.insert(name, value);
                    Some(())
                }
            }
        }
        Op::Pow if pattern.args()[1].as_number().is_some() => {
            let root = pattern.args()[1].as_number()?.recip();
            let value = simplifier.simplify(&Term::pow(value, Term::number(root)));
            assign(simplifier, &pattern.args()[0], value, found)
        }
        Op::Add if pattern.args().len() == 2 && pattern.args().iter().any(|arg| arg.as_number().is_some()) => {
            let (number, rest): (Vec<Term>, Vec<Term>) =
                pattern.args().iter().cloned().partition(|arg| arg.as_number().is_some());
            let value = simplifier.simplify(&value.minus(Term::add(number)));
            assign(simplifier, rest.first()?, value, found)
        }
        Op::Mul if pattern.args()[0].as_number().is_some() && pattern.args().len() == 2 => {
            let value = simplifier.simplify(&Term::mul(vec![pattern.args()[0].clone().recip(), value]));
            assign(simplifier, &pattern.args()[1], value, found)
        }
        _ => (simplifier.simplify(pattern) == value).then_some(()),
    }
}

/// A pattern with the term that it has to match, if any is left, and the factors that remain.
pub type Split = (Option<(Term, Term)>, Vec<Term>);

/// How a factor of a pattern can be taken out of a factor of a term: what is left to match, and what remains of the
/// factor.
pub fn split_factor(simplifier: &mut Simplifier<'_>, part: &Term, factor: &Term, pairs: &[(Var, Var)]) -> Vec<Split> {
    // D_x[g(x)] of a bound x, against something that is a derivative in it.
    if let (Op::Derivative(inner, 1), [body, point]) = (part.op(), part.args())
        && matches!(body.op(), Op::Apply(..))
        && let [argument] = body.args()
        && argument.as_var() == Some(inner)
        && let Some((_, var)) = point.as_var().and_then(|p| pairs.iter().find(|(q, _)| q.identity == p.identity))
    {
        let whole = Term::new(body.op().clone(), vec![point.clone()]);
        let mut found = antiderivatives(simplifier, factor, var);
        if let (Op::Derivative(own, 1), [body, at]) = (factor.op(), factor.args())
            && at.as_var() == Some(var)
            && !body.depends_on(var)
        {
            found.push(substitute(body, own, at));
        }
        return found.into_iter().map(|g| (Some((whole.clone(), g)), vec![])).collect();
    }
    let mut result = vec![(Some((part.clone(), factor.clone())), vec![])];
    // 1/x out of x^-3, x^2 out of x^4.
    if let (Op::Pow, Op::Pow) = (part.op(), factor.op())
        && let (Some(m), Some(n)) = (part.args()[1].as_integer(), factor.args()[1].as_integer())
        && ((m < 0 && n < m) || (m > 1 && n > m))
    {
        let power = |n: i64| Term::pow(factor.args()[0].clone(), Term::integer(n));
        result.push((Some((part.clone(), power(m))), vec![simplifier.simplify(&power(n - m))]));
    }
    // x out of x^3.
    if *part.op() != Op::Pow
        && let (Op::Pow, [base, exponent]) = (factor.op(), factor.args())
        && exponent.as_integer().is_some_and(|n| n > 1)
    {
        let rest = Term::pow(base.clone(), Term::add(vec![exponent.clone(), Term::integer(-1)]));
        result.push((Some((part.clone(), base.clone())), vec![simplifier.simplify(&rest)]));
    }
    result
}

/// Functions whose derivative in the variable is the factor: `f''(a + b x)` comes from `f'(a + b x)/b`.
fn antiderivatives(simplifier: &mut Simplifier<'_>, factor: &Term, var: &Var) -> Vec<Term> {
    let Op::Apply(name, orders) = factor.op() else { return vec![] };
    let mut result = Vec::new();
    for (index, order) in orders.iter().enumerate().filter(|(_, order)| **order > 0) {
        let others_free = factor.args().iter().enumerate().all(|(i, arg)| i == index || !arg.depends_on(var));
        let Some(slope) = slope(simplifier, &factor.args()[index], var) else { continue };
        if others_free {
            let mut lower = orders.clone();
            lower[index] = order - 1;
            let lower = Term::new(Op::Apply(name.clone(), lower), factor.args().to_vec());
            result.push(simplifier.simplify(&Term::mul(vec![lower, slope.recip()])));
        }
    }
    result
}

/// What multiplies a variable in a sum is the value: the letter `b` of `a x + b z` that it is assigned to; none in `x + z`.
/// No answer where it cannot be the value.
pub fn coefficient(sum: &Term, var: &Var, value: &Term) -> Option<Option<(Symbol, Term)>> {
    let summand = sum.summands().iter().find(|t| t.depends_on(var))?;
    match summand.factors().iter().filter(|f| f.as_var() != Some(var)).collect::<Vec<_>>()[..] {
        [] => value.is_one().then_some(None),
        [number] if number.as_number().is_some() => (number == value).then_some(None),
        [letter] => Some(Some((letter.as_var()?.name().map(Symbol::from)?, value.clone()))),
        _ => None,
    }
}

/// The slope of a term that is affine in the variable.
pub fn slope(simplifier: &mut Simplifier<'_>, term: &Term, var: &Var) -> Option<Term> {
    if !term.depends_on(var) {
        return None;
    }
    let at = |value: i64| substitute(term, var, &Term::integer(value));
    let slope = simplifier.simplify(&at(1).minus(at(0)));
    let line = Term::add(vec![at(0), Term::mul(vec![slope.clone(), Term::var(var.clone())])]);
    let rest = simplifier.simplify(&term.clone().minus(line));
    (rest.is_zero() && !slope.is_zero()).then_some(slope)
}
