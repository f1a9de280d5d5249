//! What is stopped is only held back from derivatives: outside of every derivative `stopgrad(e)` is e.
//!
//! That depends on the place, so it is no equality of the e-graph. It is used once, on the whole sides, when no
//! derivative is left in front of what is stopped; the search then goes on without it.

use crate::proof::{Proof, Reason, Step};
use crate::term::{Op, Term};

/// True if something is stopped.
pub fn holds_stops(term: &Term) -> bool {
    term.any(&|t| *t.op() == Op::StopGrad)
}

/// The term with everything released that is not under a derivative.
pub fn released(term: &Term) -> Term {
    match term.op() {
        Op::Derivative(..) => term.clone(),
        Op::StopGrad => released(&term.args()[0]),
        op => Term::new(op.clone(), term.args().iter().map(released).collect()),
    }
}

/// One derivation after another, with a step of arithmetic wherever the ends differ.
pub fn chained(left: &Term, parts: Vec<Proof>, right: &Term) -> Proof {
    let mut steps: Vec<Step> = Vec::new();
    let mut here = left.clone();
    let bridge = |steps: &mut Vec<Step>, from: &Term, to: &Term| {
        if from != to {
            let (before, after) = (from.clone(), to.clone());
            steps.push(Step { reason: Reason::Arithmetic, place: vec![], before, after });
        }
    };
    for part in parts {
        bridge(&mut steps, &here, &part.left);
        steps.extend(part.steps);
        here = part.right;
    }
    bridge(&mut steps, &here, right);
    Proof { left: left.clone(), right: right.clone(), steps }
}
