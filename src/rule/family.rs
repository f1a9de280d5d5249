//! Laws with any number of parameters: `law Categorical(a_1, …, a_k)`, one law for each k.

use crate::syntax::{Binary, Entry, Expr, Kind, Name, Span, Value};
use num_rational::BigRational;
use num_traits::ToPrimitive;

/// The largest number of parameters.
pub(super) const FAMILY: usize = 24;

/// The member of a family with so many parameters: its counter becomes the number, and a sum over the parameters,
/// such as `sum(exp(a_j), j, 1, k)`, is written out.
pub(super) fn member(entry: &Entry, counter: &Name, count: usize) -> Entry {
    let mut entry = Entry { counter: None, ..entry.clone() };
    let letters = std::mem::take(&mut entry.parameters);
    let numbered =
        |i: usize| letters.iter().map(move |p| Name { base: p.base.clone(), subscript: Some(i.to_string()) });
    entry.parameters = (1..=count).flat_map(numbered).collect();
    for field in &mut entry.fields {
        match &mut field.value {
            Value::Expr(e) => unfold(e, counter, count),
            Value::Interval(a, b) | Value::Integers(a, b) => [a, b].into_iter().for_each(|e| unfold(e, counter, count)),
            Value::Points(points) => points.iter_mut().for_each(|e| unfold(e, counter, count)),
            _ => {}
        }
    }
    entry
}

fn unfold(e: &mut Expr, counter: &Name, count: usize) {
    replace(e, counter, count);
    e.children_mut().into_iter().for_each(|child| unfold(child, counter, count));
    if let Kind::Call { function, arguments, .. } = &e.kind
        && function.base == "sum"
        && let [body, Expr { kind: Kind::Name(index), .. }, lo, hi] = arguments.as_slice()
        && let (Some(lo), Some(hi)) = (whole(lo), whole(hi))
    {
        let term = |i: usize| {
            let mut term = body.clone();
            put(&mut term, index, i);
            term
        };
        let add = |a: Expr, b: Expr| Expr { span: a.span, kind: Kind::Binary(Binary::Add, Box::new(a), Box::new(b)) };
        *e = (lo..=hi).map(term).reduce(add).unwrap_or_else(|| number(0, e.span));
    }
}

/// A letter, as a value and as a subscript, becomes a number everywhere.
fn put(e: &mut Expr, letter: &Name, value: usize) {
    replace(e, letter, value);
    e.children_mut().into_iter().for_each(|child| put(child, letter, value));
}

fn replace(e: &mut Expr, letter: &Name, value: usize) {
    match &mut e.kind {
        Kind::Name(name) if name == letter => *e = number(value, e.span),
        Kind::Name(name) if name.subscript.as_ref() == Some(&letter.base) => name.subscript = Some(value.to_string()),
        _ => {}
    }
}

fn number(value: usize, span: Span) -> Expr {
    Expr { kind: Kind::Number(BigRational::from_integer(value.into())), span }
}

fn whole(e: &Expr) -> Option<usize> {
    match &e.kind {
        Kind::Number(n) if n.is_integer() => n.to_integer().to_usize(),
        _ => None,
    }
}
