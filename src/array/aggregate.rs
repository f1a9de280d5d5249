//! Sums and products over all entries of an array, as wholes.
//!
//! A product of means of independent entries is the mean of the product, a product of what does not change is a power, and a
//! product of exponentials is one of a sum. A sum below a logarithm, a root or a divisor, and a product of which nothing of this
//! kind is known, stays a function of all entries: that of the entries with names, and of a number that all others make
//! together, which is an unknown function of them.

use super::expand::{Expander, HIGHEST_POWER, with_letters};
use super::{contract, differentiate};
use crate::term::{
    CHOOSE, Definitions, Domain, Op, PRODUCT, Regularity, Symbol, TOTAL, Term, Var, is_positive, substitute_many,
};
use std::collections::BTreeMap;

/// The term with products over entries as powers, exponentials of sums, and products of means.
pub fn products(term: &Term) -> Term {
    if !term.has_arrays() {
        return term.clone();
    }
    let args: Vec<Term> = term.args().iter().map(products).collect();
    let term = Term::rebuilt(term.op(), args);
    match (term.op(), term.args()) {
        (Op::Function(name), [array]) if &**name == PRODUCT && matches!(array.op(), Op::Array(_)) => {
            over_entries(array)
        }
        (Op::Function(name), [value]) if &**name == "ln" => logarithm(value),
        (Op::Expect(_), [law, _]) if matches!(law.op(), Op::Independent(_)) => mean_of_product(&term).unwrap_or(term),
        _ => term,
    }
}

fn place() -> Var {
    Var::free("factor·", Domain::Counting)
}

fn product(mut factors: Vec<Term>) -> Term {
    if factors.len() == 1 { factors.remove(0) } else { Term::mul(factors) }
}

/// The product of the entries of an array, of all or of all but one.
fn over_entries(array: &Term) -> Term {
    let index = place();
    let own = Term::var(index.clone());
    let size = &array.args()[0];
    let body = array.open(&own);
    let (but, body) = left_out(&body, &own);
    let count = match &but {
        Some(_) => size.clone().minus(Term::one()),
        None => size.clone(),
    };
    let (live, constant): (Vec<Term>, Vec<Term>) =
        contract::factors(&body).into_iter().partition(|factor| factor.depends_on(&index));
    let mut found = Vec::new();
    if !constant.is_empty() {
        found.push(Term::pow(product(constant), count));
    }
    for factor in live {
        found.push(match (factor.op(), factor.args()) {
            (Op::Pow, [base, power]) if !power.depends_on(&index) && power.as_integer().is_some() => {
                let base = of_each(&index, size, but.as_ref(), base);
                Term::pow(over_entries(&base), power.clone())
            }
            _ => match exponent(&factor) {
                Some(exponent) => {
                    let all = Term::bind(Op::Sum(index.clone()), vec![Term::one(), size.clone(), exponent.clone()]);
                    let without = |but| all.clone().minus(substitute_many(&exponent, &[(index.clone(), but)]));
                    but.clone().map_or_else(|| all.clone(), without).exp()
                }
                None => Term::function(PRODUCT, vec![of_each(&index, size, but.as_ref(), &factor)]),
            },
        });
    }
    product(found)
}

/// The index that a product leaves out, and what it is at all others.
fn left_out(body: &Term, own: &Term) -> (Option<Term>, Term) {
    match body.args() {
        [at, but, one, others] if body.is_function(CHOOSE) && at == own && one.is_one() => {
            (Some(but.clone()), others.clone())
        }
        _ => (None, body.clone()),
    }
}

/// The array of a factor at each index, with 1 in the place of one that is left out.
fn of_each(index: &Var, size: &Term, but: Option<&Term>, factor: &Term) -> Term {
    let body = match but {
        Some(but) => Term::function(CHOOSE, vec![Term::var(index.clone()), but.clone(), Term::one(), factor.clone()]),
        None => factor.clone(),
    };
    Term::bind(Op::Array(index.clone()), vec![size.clone(), body])
}

/// The logarithm of a factor that is positive.
fn exponent(factor: &Term) -> Option<Term> {
    if factor.is_function("exp") {
        return Some(factor.args()[0].clone());
    }
    is_positive(&with_letters(factor, &mut Vec::new())).then(|| factor.clone().ln())
}

/// `ln(a exp(u))` is `ln(a) + u`.
fn logarithm(value: &Term) -> Term {
    let mut terms = Vec::new();
    let mut rest = Vec::new();
    for factor in contract::factors(value) {
        match (factor.op(), factor.args()) {
            (Op::Pow, [base, power]) if base.is_function("exp") => {
                terms.push(Term::mul(vec![power.clone(), base.args()[0].clone()]));
            }
            _ if factor.is_function("exp") => terms.push(factor.args()[0].clone()),
            _ => rest.push(factor),
        }
    }
    if terms.is_empty() {
        return value.clone().ln();
    }
    if !rest.is_empty() {
        terms.push(product(rest).ln());
    }
    if terms.len() == 1 { terms.remove(0) } else { Term::add(terms) }
}

/// The mean of a product over independent entries as the product of the means; none where it is no such product.
fn mean_of_product(mean: &Term) -> Option<Term> {
    let Op::Expect(var) = mean.op() else { return None };
    let [law, body] = mean.args() else { return None };
    let (size, index) = (&law.args()[0], place());
    let own = Term::var(index.clone());
    let drawn = Var::free("drawn·", var.domain);
    let mut outer = Vec::new();
    let mut inner = Vec::new();
    for factor in contract::factors(body) {
        match factor.depends_on(var) {
            true => inner.push(entry_of_product(&factor, var, size, &own, &mut outer)?),
            false => outer.push(factor),
        }
    }
    if inner.is_empty() {
        return None;
    }
    let entry = Term::new(Op::Entry, vec![Term::var(var.clone()), own.clone()]);
    let at_entry = differentiate::replaced(&product(inner), &[(entry, Term::var(drawn.clone()))]);
    if at_entry.depends_on(var) {
        return None;
    }
    let (but, at_entry) = left_out(&at_entry, &own);
    if at_entry.any(&|t| t.is_function(CHOOSE)) {
        return None;
    }
    let of_entry = products(&Term::expect(&drawn, law.open(&own), at_entry));
    outer.push(over_entries(&of_each(&index, size, but.as_ref(), &of_entry)));
    Some(product(outer))
}

/// What a factor that is a product over all entries is at one; exponentials of what is not drawn stand outside.
fn entry_of_product(factor: &Term, drawn: &Var, size: &Term, own: &Term, outer: &mut Vec<Term>) -> Option<Term> {
    let array = |factor: &Term| {
        let [array] = factor.args() else { return None };
        let over = factor.is_function(PRODUCT) && matches!(array.op(), Op::Array(_)) && array.args()[0] == *size;
        over.then(|| array.open(own))
    };
    if let (Op::Pow, [base, power]) = (factor.op(), factor.args()) {
        power.as_integer()?;
        return Some(Term::pow(array(base)?, power.clone()));
    }
    if !factor.is_function("exp") {
        return array(factor);
    }
    let mut exponents = Vec::new();
    for term in factor.args()[0].summands() {
        if !term.depends_on(drawn) {
            outer.push(term.clone().exp());
            continue;
        }
        let (live, mut others): (Vec<Term>, Vec<Term>) =
            contract::factors(term).into_iter().partition(|factor| factor.depends_on(drawn));
        let [sum] = live.as_slice() else { return None };
        if !matches!(sum.op(), Op::Sum(_)) || !sum.args()[0].is_one() || sum.args()[1] != *size {
            return None;
        }
        others.push(sum.open(own));
        exponents.push(product(others));
    }
    Some(if exponents.len() == 1 { exponents.remove(0) } else { Term::add(exponents) }.exp())
}

impl Expander<'_> {
    /// The term with its sums over arrays as functions of all entries.
    pub fn totalled(&self, term: &Term) -> Term {
        if !self.has_sums(term) {
            return term.clone();
        }
        let args = term.args().iter().map(|arg| self.totalled(arg)).collect::<Vec<_>>();
        self.total(term, args)
    }

    /// The same for sums only that a derivative moves and that stand below something else than sums, products and means.
    pub fn totalled_below(&self, term: &Term, bound: &Var, below: bool) -> Term {
        if !self.has_sums(term) || !term.depends_on(bound) {
            return term.clone();
        }
        let linear = match term.op() {
            Op::Add | Op::Mul | Op::Sum(_) | Op::Expect(_) => true,
            Op::Derivative(..) | Op::Integral(_) | Op::Array(_) | Op::Entry | Op::StopGrad => return term.clone(),
            Op::Pow => term.args()[1].as_integer().is_some_and(|power| (1..=HIGHEST_POWER).contains(&power)),
            _ => false,
        };
        let inner = below || !linear;
        let args = term.args().iter().map(|arg| self.totalled_below(arg, bound, inner)).collect::<Vec<_>>();
        if below { self.total(term, args) } else { Term::rebuilt(term.op(), args) }
    }

    fn total(&self, term: &Term, args: Vec<Term>) -> Term {
        match (term.op(), args.as_slice()) {
            (Op::Sum(index), [_, size, body]) if self.is_over_array(term) => {
                let array = Term::rebuilt(&Op::Array(index.clone()), vec![size.clone(), body.clone()]);
                Term::function(TOTAL, vec![array])
            }
            (op, _) => Term::rebuilt(op, args),
        }
    }
}

/// What has to be smooth that a derivative goes through; a derivative through one entry at a time does not give it.
pub fn rough(
    definitions: &Definitions,
    classes: &BTreeMap<Symbol, Regularity>,
    body: &Term,
    var: &Var,
) -> Option<String> {
    let mut found = None;
    body.visit(&mut |term| {
        if !term.depends_on(var) || found.is_some() {
            return;
        }
        match term.op() {
            Op::Apply(name, _) if classes.get(name).is_none_or(|class| *class < Regularity::Smooth) => {
                found = Some(format!("`given {name} : smooth`"));
            }
            Op::Function(name) => {
                let known = definitions.functions.get(name).map(|function| function.regularity);
                if known.is_some_and(|class| class < Regularity::Smooth) {
                    found = Some("functions without a kink".into());
                }
            }
            Op::Law(_) => {
                let moves = |end: &&Term| end.depends_on(var);
                if definitions.law(term).is_some_and(|(law, given)| law.support_at(given).ends().iter().any(moves)) {
                    found = Some("a law whose support stays".into());
                }
            }
            _ => {}
        }
    });
    found
}
