//! Terms as e-nodes.

use crate::term::{Op, Term};
use egg::{Id, Language, RecExpr};
use rustc_hash::FxHashMap;

/// An operator over e-classes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Enode {
    pub op: Op,
    pub children: Vec<Id>,
}

impl Language for Enode {
    type Discriminant = Op;

    fn discriminant(&self) -> Op {
        self.op.clone()
    }
    fn matches(&self, other: &Self) -> bool {
        self.op == other.op && self.children.len() == other.children.len()
    }
    fn children(&self) -> &[Id] {
        &self.children
    }
    fn children_mut(&mut self) -> &mut [Id] {
        &mut self.children
    }
}

/// The term as an expression of egg; equal subterms are shared.
pub fn to_expr(term: &Term) -> RecExpr<Enode> {
    fn visit(term: &Term, expr: &mut RecExpr<Enode>, seen: &mut FxHashMap<Term, Id>) -> Id {
        if let Some(id) = seen.get(term) {
            return *id;
        }
        let children = term.args().iter().map(|arg| visit(arg, expr, seen)).collect();
        let id = expr.add(Enode { op: term.op().clone(), children });
        seen.insert(term.clone(), id);
        id
    }
    let mut expr = RecExpr::default();
    visit(term, &mut expr, &mut FxHashMap::default());
    expr
}
