//! Integrands below derivatives, simplified where they stand.
//!
//! A derivative that stands outside of a mean is opaque to evaluation: it meets jumps and kinks of the integrand as they
//! are written. Two integrands that are one function are still exchanged below it, one at a time.

use super::arithmetic::equal_functions;
use crate::term::{Definitions, Op, Simplifier, Term, Var, canonical, substitute_many};

/// The term with each integrand below a derivative simplified, where both are seen to be one function; none if that
/// changes nothing.
pub(super) fn with_simple_integrands(definitions: &Definitions, term: &Term) -> Option<Term> {
    let derives = |t: &Term| matches!(t.op(), Op::Derivative(..)) && t.args()[0].has_operator();
    if !term.any(&derives) {
        return None;
    }
    let mut inward = Inward { definitions, simplifier: Simplifier::new(definitions), letters: vec![] };
    let simple = canonical(&inward.term(term, false));
    (simple != *term).then_some(simple)
}

struct Inward<'a> {
    definitions: &'a Definitions,
    simplifier: Simplifier<'a>,
    /// The binders around, each with a letter that cannot be typed.
    letters: Vec<(Var, Term)>,
}

impl Inward<'_> {
    fn term(&mut self, term: &Term, below: bool) -> Term {
        let derives = matches!(term.op(), Op::Derivative(..));
        let mut args = Vec::with_capacity(term.args().len());
        for (index, arg) in term.args().iter().enumerate() {
            let Some(var) = term.op().bound().filter(|_| index == term.op().body_index()) else {
                args.push(self.term(arg, below));
                continue;
            };
            let letter = Term::var(Var::free(&format!("·in {}·", self.letters.len()), var.domain));
            self.letters.push((var.clone(), letter));
            let inner = self.term(arg, below || derives);
            args.push(if below && !derives { self.simple(&inner) } else { inner });
            self.letters.pop();
        }
        Term::new(term.op().clone(), args)
    }

    fn simple(&mut self, integrand: &Term) -> Term {
        // What is stopped has the value of what it stops, and other derivatives.
        if integrand.any(&|t| *t.op() == Op::StopGrad) {
            return integrand.clone();
        }
        let simple = self.simplifier.simplify(integrand);
        if simple == *integrand || simple.has_operator() {
            return integrand.clone();
        }
        let [own, other] = [integrand, &simple].map(|t| substitute_many(t, &self.letters));
        if equal_functions(self.definitions, &own, &other) { simple } else { integrand.clone() }
    }
}
