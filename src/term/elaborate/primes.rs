//! `p'(x)` of a law is the derivative of its density in the point.

use super::joint::{expr, letter, name_of};
use crate::syntax::{Assumption, Expr, Kind, Law, Name, Statement};
use std::collections::BTreeSet;

/// The statement with derivatives of densities. None if there are none.
pub(super) fn resolve(statement: &Statement) -> Option<Statement> {
    let mut laws = BTreeSet::new();
    let bodies = statement.definitions.iter().map(|definition| &definition.body);
    for e in statement.members.iter().chain(bodies) {
        super::joint::laws(e, &mut |law| _ = laws.insert(law.name.clone()));
    }
    for assumption in &statement.given {
        if let Assumption::Draw { law, .. } = assumption {
            laws.insert(law.name.clone());
        }
    }
    laws.retain(|name| crate::syntax::is_letter(&name.base));
    let mut made = statement.clone();
    let mut changed = false;
    made.members.iter_mut().for_each(|member| changed |= put(member, &laws));
    made.definitions.iter_mut().for_each(|definition| changed |= put(&mut definition.body, &laws));
    changed.then_some(made)
}

fn put(e: &mut Expr, laws: &BTreeSet<Name>) -> bool {
    let mut changed = false;
    e.each_child(&mut |child| changed |= put(child, laws));
    let Kind::Call { function, orders, arguments } = &e.kind else { return changed };
    let ([order], [point]) = (orders.as_slice(), arguments.as_slice()) else { return changed };
    if *order == 0 || !laws.contains(function) {
        return changed;
    }
    let span = e.span;
    let density =
        |at: Expr| expr(Kind::Density { law: Law::named(function.clone(), vec![], span), at: Box::new(at) }, span);
    let derivative = |variable: &Name| {
        let body = Box::new(density(letter(variable, span)));
        expr(Kind::Derivative { variable: Some(variable.clone()), order: *order, body }, span)
    };
    *e = match name_of(point) {
        Some(variable) => derivative(variable),
        None => {
            let mut variable = Name { base: "t".into(), subscript: None };
            while point.mentions(&variable) {
                variable.base.push('\'');
            }
            let at = Name { base: "at".into(), subscript: None };
            let arguments = vec![derivative(&variable), letter(&variable, span), point.clone()];
            expr(Kind::Call { function: at, orders: vec![0; 3], arguments }, span)
        }
    };
    true
}
