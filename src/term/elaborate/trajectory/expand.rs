//! A side of an equation about a trajectory as a sum: over times, of a factor times a mean of a product.

use super::index::Index;
use super::model::{Model, NOW, at, rename, set};
use super::{Result, binary, letter, number, unsupported};
use crate::syntax::{Binary, Expr, Kind, Law, Name, Span};
use num_rational::BigRational;
use num_traits::One;
use std::cell::Cell;

/// How many terms a side may have.
const MAX_TERMS: usize = 256;

/// The times that a sum is over, both ends included.
#[derive(Clone, Debug)]
pub(super) struct Range {
    pub letter: String,
    pub low: Index,
    pub high: Index,
}

/// One term of a side.
#[derive(Clone, Debug)]
pub(super) struct Summand {
    pub ranges: Vec<Range>,
    /// What stands outside of the mean.
    pub factors: Vec<Expr>,
    /// The laws of the letters, and the product that the mean is of.
    pub mean: Option<(Vec<Law>, Vec<Expr>)>,
    pub span: Span,
}

/// A product under a mean, over times.
#[derive(Clone)]
struct Product {
    ranges: Vec<Range>,
    factors: Vec<Expr>,
}

pub(super) struct Expander<'a> {
    pub model: &'a Model,
    pub made: &'a Cell<u32>,
}

impl Expander<'_> {
    pub fn side(&self, e: &Expr) -> Result<Vec<Summand>> {
        let terms = self.outer(e)?;
        if terms.len() > MAX_TERMS {
            return unsupported(e.span, "so many terms over a trajectory", "prove its parts on their own");
        }
        Ok(terms)
    }

    fn outer(&self, e: &Expr) -> Result<Vec<Summand>> {
        let plain = |e: &Expr| Summand { ranges: Vec::new(), factors: vec![e.clone()], mean: None, span: e.span };
        let quotient = matches!(e.kind, Kind::Neg(_) | Kind::Binary(Binary::Mul | Binary::Div, ..)) && has_product(e);
        if !self.speaks(e) || !self.is_apart(e) && !self.speaks_of_means(e) && !quotient {
            return Ok(vec![plain(e)]);
        }
        match &e.kind {
            Kind::Neg(inner) => Ok(self.scaled(self.outer(inner)?, &number(-1, e.span))),
            Kind::Binary(Binary::Add, a, b) => Ok([self.outer(a)?, self.outer(b)?].concat()),
            Kind::Binary(Binary::Sub, a, b) => {
                Ok([self.outer(a)?, self.scaled(self.outer(b)?, &number(-1, e.span))].concat())
            }
            Kind::Binary(Binary::Mul, a, b) => {
                let (left, right) = (self.outer(a)?, self.outer(b)?);
                let mut terms = Vec::new();
                for one in &left {
                    for other in &right {
                        if one.mean.is_some() && other.mean.is_some() {
                            return unsupported(
                                e.span,
                                "a product of means over a trajectory",
                                "put one of them under the other",
                            );
                        }
                        let mean = one.mean.clone().or_else(|| other.mean.clone());
                        let ranges = [one.ranges.clone(), other.ranges.clone()].concat();
                        let factors = [one.factors.clone(), other.factors.clone()].concat();
                        terms.push(Summand { ranges, factors, mean, span: e.span });
                    }
                }
                Ok(terms)
            }
            Kind::Binary(Binary::Div, a, b) if !self.speaks(b) => {
                Ok(self.scaled(self.outer(a)?, &binary(Binary::Div, number(1, b.span), (**b).clone())))
            }
            Kind::Call { function, arguments, .. } if function.base == "sum" => {
                let (body, range) = self.range(arguments, e.span)?;
                let mut terms = self.outer(&body)?;
                terms.iter_mut().for_each(|term| term.ranges.insert(0, range.clone()));
                Ok(terms)
            }
            Kind::Derivative { variable, order, body } => {
                let theta = Name { base: "θ".into(), subscript: None };
                let variable = variable.as_ref().unwrap_or(&theta);
                let mut terms = self.outer(body)?;
                for _ in 0..*order {
                    let each: Result<Vec<_>> =
                        terms.iter().map(|term| self.derivative(term, variable, e.span)).collect();
                    terms = each?.concat();
                }
                Ok(terms)
            }
            Kind::Expectation { binders, body } => {
                let Some(laws) = self.model.under(binders, body)? else {
                    return unsupported(e.span, "a mean that is not over the whole trajectory", "write E_τ[…] or E[…]");
                };
                let products = self.inner(body)?;
                let term = |product: Product| Summand {
                    ranges: product.ranges,
                    factors: Vec::new(),
                    mean: Some((laws.clone(), product.factors)),
                    span: e.span,
                };
                Ok(products.into_iter().map(term).collect())
            }
            _ => unsupported(
                e.span,
                "this of a mean over a trajectory",
                "take it apart: sums, products with numbers and derivatives of means are followed",
            ),
        }
    }

    fn scaled(&self, mut terms: Vec<Summand>, factor: &Expr) -> Vec<Summand> {
        terms.iter_mut().for_each(|term| term.factors.push(factor.clone()));
        terms
    }

    /// Does an expression hold a letter of the trajectory, a mean over it, or a sum?
    fn speaks(&self, e: &Expr) -> bool {
        let here = match &e.kind {
            Kind::Expectation { binders, body } => !matches!(self.model.under(binders, body), Ok(None)),
            Kind::Call { function, .. } => function.base == "sum",
            Kind::Name(name) => self.model.is_sequence(&name.base),
            _ => false,
        };
        here || e.children().into_iter().any(|child| self.speaks(child))
    }

    /// The body of a sum and the times that it is over. A sum to `T - t` begins at t.
    fn range(&self, arguments: &[Expr], span: Span) -> Result<(Expr, Range)> {
        let wrong = || unsupported(span, "a sum over a trajectory with these ends", "its ends are times: Σ_{k=t}^T");
        let [body, index, low, high] = arguments else { return wrong() };
        let (Kind::Name(index), Some(mut low)) = (&index.kind, Index::of(low)) else { return wrong() };
        if let Kind::Infinity = high.kind {
            return unsupported(span, "a sum over a trajectory without an end", "let it end at T");
        }
        let Some(mut high) = Index::of(high) else { return wrong() };
        let mut body = body.clone();
        let taken: Vec<String> =
            high.letters().filter(|(_, factor)| *factor == -1).map(|(letter, _)| letter.to_string()).collect();
        for other in taken {
            let other = Index::letter(&other);
            body = set(&body, &index.base, &Index::letter(&index.base).plus(&other, -1));
            low = low.plus(&other, 1);
            high = high.plus(&other, 1);
        }
        Ok((body, Range { letter: index.base.clone(), low, high }))
    }

    fn inner(&self, e: &Expr) -> Result<Vec<Product>> {
        let sums = |e: &Expr| self.has_sum(e);
        if !sums(e) {
            return Ok(vec![Product { ranges: Vec::new(), factors: vec![e.clone()] }]);
        }
        let times = |mut products: Vec<Product>, factor: &Expr| {
            products.iter_mut().for_each(|product| product.factors.push(factor.clone()));
            products
        };
        match &e.kind {
            Kind::Neg(inner) => Ok(times(self.inner(inner)?, &number(-1, e.span))),
            Kind::Binary(Binary::Add, a, b) => Ok([self.inner(a)?, self.inner(b)?].concat()),
            Kind::Binary(Binary::Sub, a, b) => {
                Ok([self.inner(a)?, times(self.inner(b)?, &number(-1, e.span))].concat())
            }
            Kind::Binary(Binary::Mul, a, b) => {
                let (left, right) = (self.inner(a)?, self.inner(b)?);
                let both = |one: &Product, other: &Product| Product {
                    ranges: [one.ranges.clone(), other.ranges.clone()].concat(),
                    factors: [one.factors.clone(), other.factors.clone()].concat(),
                };
                if left.len() * right.len() > MAX_TERMS {
                    return unsupported(e.span, "so many terms over a trajectory", "prove its parts on their own");
                }
                Ok(left.iter().flat_map(|one| right.iter().map(move |other| both(one, other))).collect())
            }
            Kind::Binary(Binary::Div, a, b) if !sums(b) => {
                Ok(times(self.inner(a)?, &binary(Binary::Div, number(1, b.span), (**b).clone())))
            }
            Kind::Call { function, arguments, .. } if function.base == "sum" => {
                let (body, range) = self.range(arguments, e.span)?;
                let mut products = self.inner(&body)?;
                products.iter_mut().for_each(|product| product.ranges.insert(0, range.clone()));
                Ok(products)
            }
            Kind::Derivative { variable, order, body } => {
                if self.speaks_of_means(body) {
                    return unsupported(
                        e.span,
                        "the derivative of a mean given what is known",
                        "its own derivative comes first",
                    );
                }
                let each = self.inner(body)?.into_iter().map(|product| {
                    let body = Box::new(self.product(product.factors, e.span));
                    let kind = Kind::Derivative { variable: variable.clone(), order: *order, body };
                    Product { ranges: product.ranges, factors: vec![Expr { kind, span: e.span }] }
                });
                Ok(each.collect())
            }
            // A mean given what is known, of a sum.
            Kind::Expectation { binders, body } => {
                let Kind::Given { body, given } = &body.kind else {
                    return unsupported(
                        e.span,
                        "a mean over the trajectory under another",
                        "write what is known: E[… | s_t, a_t]",
                    );
                };
                let each = self.inner(body)?.into_iter().map(|product| {
                    // What holds no letter of the trajectory stands outside.
                    let (sign, each) = signed(&product.factors);
                    let (inside, mut factors): (Vec<Expr>, Vec<Expr>) =
                        each.into_iter().partition(|factor| self.speaks(factor));
                    factors.push(Expr { kind: Kind::Number(sign), span: e.span });
                    let body = Box::new(self.product(inside, e.span));
                    let body = Box::new(Expr { kind: Kind::Given { body, given: given.clone() }, span: e.span });
                    factors.push(Expr { kind: Kind::Expectation { binders: binders.clone(), body }, span: e.span });
                    Product { ranges: product.ranges, factors }
                });
                Ok(each.collect())
            }
            _ => unsupported(
                e.span,
                "this of a sum over a trajectory",
                "sums, products and means of sums over times are followed",
            ),
        }
    }

    /// Does an expression hold a sum over times, or the derivative of a product over times?
    fn is_apart(&self, e: &Expr) -> bool {
        let here = matches!(&e.kind, Kind::Derivative { body, .. } if has_product(body));
        here || self.has_sum(e) || e.children().into_iter().any(|child| self.is_apart(child))
    }

    fn has_sum(&self, e: &Expr) -> bool {
        matches!(&e.kind, Kind::Call { function, .. } if function.base == "sum")
            || e.children().into_iter().any(|child| self.has_sum(child))
    }

    fn product(&self, factors: Vec<Expr>, span: Span) -> Expr {
        factors.into_iter().reduce(|product, factor| binary(Binary::Mul, product, factor)).unwrap_or(number(1, span))
    }

    /// The derivative of a term in a parameter: of what it is of, and by the scores of the laws that depend on it.
    fn derivative(&self, term: &Summand, variable: &Name, span: Span) -> Result<Vec<Summand>> {
        let derived = |body: Expr| {
            let kind = Kind::Derivative { variable: Some(variable.clone()), order: 1, body: Box::new(body) };
            Expr { kind, span }
        };
        let mut terms = Vec::new();
        let (sign, each) = signed(&term.factors);
        let sign = Expr { kind: Kind::Number(sign), span };
        let (over, plain): (Vec<Expr>, Vec<Expr>) =
            each.into_iter().partition(|factor| power_of_product(factor).is_some());
        if plain.iter().any(|factor| factor.mentions(variable)) {
            let factors = [vec![sign, derived(self.product(plain, span))], over.clone()].concat();
            terms.push(Summand { factors, ..term.clone() });
        }
        // A power of a product over times: the exponent, and the sum of the scores of its factors.
        for product in over.iter().filter(|product| product.mentions(variable)) {
            let Some((product, exponent)) = power_of_product(product) else { continue };
            let Some((body, letter, low, high)) = over_times(product) else { continue };
            if exponent.is_some_and(|exponent| exponent.mentions(variable)) {
                return unsupported(span, "an exponent that is differentiated", "let the exponent be a number");
            }
            let time = self.fresh();
            let log = logarithm(set(body, letter, &Index::letter(&time)), span);
            let mut ranges = term.ranges.clone();
            ranges.push(Range { letter: time, low, high });
            let scores = [exponent.into_iter().cloned().collect(), vec![derived(log)]].concat();
            terms.push(Summand { ranges, factors: [term.factors.clone(), scores].concat(), ..term.clone() });
        }
        let Some((laws, factors)) = &term.mean else { return Ok(terms) };
        let (sign, each) = signed(factors);
        let sign = Expr { kind: Kind::Number(sign), span };
        let (over, plain): (Vec<Expr>, Vec<Expr>) = each.into_iter().partition(|factor| over_times(factor).is_some());
        if plain.iter().any(|factor| factor.mentions(variable)) {
            let factors = [vec![sign, derived(self.product(plain, span))], over.clone()].concat();
            terms.push(Summand { mean: Some((laws.clone(), factors)), ..term.clone() });
        }
        // A product over times has the sum of the scores of its factors.
        for product in over.iter().filter(|product| product.mentions(variable)) {
            let Some((body, letter, low, high)) = over_times(product) else { continue };
            let time = self.fresh();
            let log = logarithm(set(body, letter, &Index::letter(&time)), span);
            let mut ranges = term.ranges.clone();
            ranges.push(Range { letter: time, low, high });
            let factors = [factors.clone(), vec![derived(log)]].concat();
            terms.push(Summand { ranges, mean: Some((laws.clone(), factors)), ..term.clone() });
        }
        if factors.iter().any(|factor| self.speaks_of_means(factor)) {
            return unsupported(span, "the derivative of a mean given what is known", "its own derivative comes first");
        }
        for (sequence, law) in self.model.sequences.iter().zip(laws) {
            if sequence.initial.as_ref().is_some_and(|law| depends(law, variable)) {
                return unsupported(
                    span,
                    "a first step whose law is differentiated",
                    "let the first step be free of the parameter",
                );
            }
            if law.stopped || !depends(law, variable) {
                continue;
            }
            let Some((low, high)) = sequence.range.clone() else {
                return unsupported(span, "a trajectory without an end", "say what it is: τ = (s_{0:T}, a_{0:T})");
            };
            if sequence.carried {
                return unsupported(
                    span,
                    "transitions that are differentiated",
                    "let the policy alone depend on the parameter",
                );
            }
            let time = self.fresh();
            let here = Index::letter(&time);
            let name = at(&sequence.letter, &here);
            let mut law = law.clone();
            law.values_mut().for_each(|argument| *argument = set(argument, NOW, &here));
            let density = Expr { kind: Kind::Density { law, at: Box::new(letter(&name, span)) }, span };
            let log = logarithm(density, span);
            let mut ranges = term.ranges.clone();
            ranges.push(Range { letter: time, low, high });
            let factors = [factors.clone(), vec![derived(log)]].concat();
            terms.push(Summand { ranges, mean: Some((laws.clone(), factors)), ..term.clone() });
        }
        Ok(terms)
    }

    fn fresh(&self) -> String {
        self.made.set(self.made.get() + 1);
        format!("{NOW}·{}", self.made.get())
    }

    fn speaks_of_means(&self, e: &Expr) -> bool {
        matches!(e.kind, Kind::Expectation { .. }) || e.children().into_iter().any(|child| self.speaks_of_means(child))
    }
}

/// Does a law depend on a parameter?
fn depends(law: &Law, variable: &Name) -> bool {
    Expr { kind: Kind::Entropy(law.clone()), span: law.span }.mentions(variable)
}

/// The factors with letters in place of times.
pub(super) fn placed(e: &Expr, place: &mut impl FnMut(&mut Name)) -> Expr {
    let mut changed = e.clone();
    rename(&mut changed, place);
    changed
}

/// The product of the numbers among factors, and the others, the factors of products each on its own.
pub(super) fn signed(factors: &[Expr]) -> (BigRational, Vec<Expr>) {
    let (mut value, mut others) = (BigRational::one(), Vec::new());
    let mut open: Vec<Expr> = factors.to_vec();
    while let Some(factor) = open.pop() {
        match factor.kind {
            Kind::Number(number) => value *= number,
            Kind::Neg(inner) => {
                value = -value;
                open.push(*inner);
            }
            Kind::Binary(Binary::Mul, a, b) => open.extend([*a, *b]),
            _ => others.push(factor),
        }
    }
    (value, others)
}

fn logarithm(value: Expr, span: Span) -> Expr {
    let function = Name { base: "ln".into(), subscript: None };
    Expr { kind: Kind::Call { function, orders: vec![0], arguments: vec![value] }, span }
}

fn has_product(e: &Expr) -> bool {
    over_times(e).is_some() || e.children().into_iter().any(has_product)
}

/// A product over times, or a power of one with its exponent.
pub(super) fn power_of_product(e: &Expr) -> Option<(&Expr, Option<&Expr>)> {
    match &e.kind {
        Kind::Binary(Binary::Pow, base, exponent) => over_times(base).map(|_| (&**base, Some(&**exponent))),
        _ => over_times(e).map(|_| (e, None)),
    }
}

/// A product over times, `Π_{k=0}^t e`: its body, its letter, and its ends.
pub(super) fn over_times(e: &Expr) -> Option<(&Expr, &str, Index, Index)> {
    let Kind::Call { function, arguments, .. } = &e.kind else { return None };
    let [body, Expr { kind: Kind::Name(Name { base, subscript: None }), .. }, low, high] = arguments.as_slice() else {
        return None;
    };
    (function.base == "prod").then_some(())?;
    Some((body, base, Index::of(low)?, Index::of(high)?))
}
