//! What a step of a derivation changes: the smallest part of a formula that is another one afterwards.

use crate::syntax::{Binder, Expr, Kind, Law, Span, parse_expression};

/// The place in `after` of what differs from `before`; nothing if that is all of it, or nothing.
pub fn changed(before: &str, after: &str) -> Option<Span> {
    let (old, new) = (parse_expression(before).ok()?, parse_expression(after).ok()?);
    let part = differing(&old, &new)?;
    (!std::ptr::eq(part, &raw const new)).then_some(part.span)
}

/// The smallest part of the second tree that holds all differences.
fn differing<'e>(old: &Expr, new: &'e Expr) -> Option<&'e Expr> {
    if old == new {
        return None;
    }
    let (parts, others) = (old.children(), new.children());
    if parts.len() != others.len() || !alike(old, new) {
        return Some(new);
    }
    let mut pairs = parts.into_iter().zip(others).filter(|(a, b)| a != b);
    match (pairs.next(), pairs.next()) {
        (Some((a, b)), None) => differing(a, b),
        _ => Some(new),
    }
}

/// Do two nodes differ in their children only?
fn alike(a: &Expr, b: &Expr) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Neg(_), Kind::Neg(_))
        | (Kind::Abs(_), Kind::Abs(_))
        | (Kind::StopGrad(_), Kind::StopGrad(_))
        | (Kind::Difference(_), Kind::Difference(_))
        | (Kind::Commutator(..), Kind::Commutator(..))
        | (Kind::Smoothing { .. }, Kind::Smoothing { .. })
        | (Kind::OperatorS(_), Kind::OperatorS(_)) => true,
        (Kind::Binary(a, ..), Kind::Binary(b, ..)) => a == b,
        (Kind::Indicator(a, ..), Kind::Indicator(b, ..)) => a == b,
        (Kind::Call { function: f, orders: m, .. }, Kind::Call { function: g, orders: n, .. }) => f == g && m == n,
        (Kind::Density { law: a, .. }, Kind::Density { law: b, .. }) => same_law(a, b),
        (Kind::Derivative { variable: v, order: m, .. }, Kind::Derivative { variable: w, order: n, .. }) => {
            v == w && m == n
        }
        (Kind::Expectation { binders: a, .. }, Kind::Expectation { binders: b, .. })
        | (Kind::Variance { binders: a, .. }, Kind::Variance { binders: b, .. })
        | (Kind::Covariance { binders: a, .. }, Kind::Covariance { binders: b, .. }) => same_binders(a, b),
        (Kind::Divergence(a, b), Kind::Divergence(c, d)) => same_law(a, c) && same_law(b, d),
        (Kind::Entropy(a), Kind::Entropy(b)) => same_law(a, b),
        (Kind::Integral { variable: v, limits: a, .. }, Kind::Integral { variable: w, limits: b, .. }) => {
            v == w && a.is_some() == b.is_some()
        }
        _ => false,
    }
}

fn same_law(a: &Law, b: &Law) -> bool {
    a.name == b.name && a.stopped == b.stopped && a.arguments.len() == b.arguments.len()
}

fn same_binders(a: &[Binder], b: &[Binder]) -> bool {
    let same = |(a, b): (&Binder, &Binder)| a.variables == b.variables && same_law(&a.law, &b.law);
    a.len() == b.len() && a.iter().zip(b).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_part_that_differs() {
        let part =
            |before: &str, after: &str| changed(before, after).map(|span| after[span.start..span.end].to_string());
        assert_eq!(part("1 + x y + z", "1 + y x + z").as_deref(), Some("y x"));
        assert_eq!(part("E_{x ~ N(0,1)}[sin(x)]", "E_{x ~ N(0,1)}[sin(2 x)]").as_deref(), Some("2 x"));
        assert_eq!(part("E_{x ~ N(0,1)}[x]", "E_{x ~ N(1,1)}[x]").as_deref(), Some("1"));
        assert_eq!(part("E_{x ~ N(0,1)}[x]", "0"), None);
        assert_eq!(part("x", "x"), None);
    }
}
