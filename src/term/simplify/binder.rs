//! Expectations, integrals, sums and derivatives: linearity, and derivatives taken as far as they go.

use super::Simplifier;
use crate::term::{Definitions, Op, Term, Var, density_unfolds, lives_within, substitute};

/// Sums with at most this many terms are written out.
const WRITTEN_OUT: i64 = 16;

impl Simplifier<'_> {
    /// An expectation, integral or sum: factors and terms that are free of the variable move out.
    pub(super) fn linear(&mut self, term: &Term) -> Term {
        let op = term.op().clone();
        let Some(var) = op.bound().cloned() else { return term.clone() };
        let mut args = self.run_all(term.args());
        let index = op.body_index();
        if let (Op::Sum(_), Some(lo), Some(hi)) = (&op, args[0].as_integer(), args.get(1).and_then(Term::as_integer))
            && hi.checked_sub(lo).is_some_and(|terms| terms < WRITTEN_OUT)
        {
            let written = (lo..=hi).map(|k| self.run(&substitute(&args[2], &var, &Term::integer(k)))).collect();
            return self.sum(written);
        }
        let body = args[index].clone();
        let is_mean = matches!(op, Op::Expect(_));
        if is_mean && let Some(unfolded) = self.at_sample(&args[0], &var, &body) {
            args[index] = self.run(&unfolded);
            return self.linear(&Term::new(op, args));
        }
        if body.is_zero() || (is_mean && !body.depends_on(&var)) {
            return body;
        }
        let (inside, mut outside): (Vec<Term>, Vec<Term>) =
            body.factors().iter().cloned().partition(|f| f.depends_on(&var));
        let inside = if inside.len() == body.factors().len() { body.clone() } else { self.product(inside) };
        let mut shift = Vec::new();
        let inside = if is_mean && *inside.op() == Op::Add {
            let (kept, free): (Vec<Term>, Vec<Term>) = inside.args().iter().cloned().partition(|t| t.depends_on(&var));
            shift = free;
            if kept.len() == 1 {
                // What is left may have factors to move out.
                args[index] = kept[0].clone();
                shift.push(self.linear(&Term::new(op.clone(), args.clone())));
                Term::zero()
            } else {
                if shift.is_empty() { inside } else { self.sum(kept) }
            }
        } else {
            inside
        };
        if !inside.is_zero() {
            args[index] = inside;
            shift.push(Term::bind(op, args));
        }
        let mean = if shift.len() == 1 { shift.remove(0) } else { self.sum(shift) };
        if outside.is_empty() {
            return mean;
        }
        outside.push(mean);
        self.product(outside)
    }

    /// A body with the densities at the sample of a law written out, where they share its support; none if there is
    /// nothing to write out.
    fn at_sample(&self, law: &Term, var: &Var, body: &Term) -> Option<Term> {
        let definitions = self.definitions;
        let is_open = |t: &Term| {
            *t.op() == Op::Density
                && t.args()[1].as_var() == Some(var)
                && !density_unfolds(definitions, &t.args()[0], &t.args()[1])
                && lives_within(definitions, law, &t.args()[0])
        };
        body.any(&is_open).then(|| written_out(definitions, body, &is_open))
    }

    /// A derivative: taken where the body allows, left standing before an expectation, an integral, a sum or the
    /// logarithm of an unspecified density.
    pub(super) fn derivative(&mut self, term: &Term) -> Term {
        let Op::Derivative(var, order) = term.op().clone() else { return term.clone() };
        let point = self.run(&term.args()[1]);
        let body = self.run(&term.args()[0]);
        if !body.depends_on(&var) {
            return Term::zero();
        }
        if let Op::Derivative(inner, more) = body.op()
            && body.args()[1].as_var() == Some(&var)
            && !body.args()[0].depends_on(&var)
        {
            let op = Op::Derivative(inner.clone(), order.saturating_add(*more));
            return Term::bind(op, vec![body.args()[0].clone(), point]);
        }
        if self.stands(&body) {
            return Term::bind(Op::Derivative(var, order), vec![body, point]);
        }
        let once = self.differentiate(&body, &var);
        let rest = if order > 1 { Term::derivative(&var, order - 1, once) } else { once };
        let rest = self.run(&rest);
        if point.as_var() == Some(&var) { rest } else { self.run(&substitute(&rest, &var, &point)) }
    }

    /// True if a derivative stays in front of such a body.
    pub(in crate::term) fn stands(&self, body: &Term) -> bool {
        match body.op() {
            Op::Expect(_) | Op::Integral(_) | Op::Sum(_) | Op::Derivative(..) => true,
            Op::Function(name) if &**name == "ln" => *body.args()[0].op() == Op::Density,
            Op::Function(name) => match self.definitions.functions.get(name) {
                Some(f) => f.derivatives.iter().any(Option::is_none),
                None => !matches!(&**name, "exp" | "ln" | "sqrt"),
            },
            _ => false,
        }
    }

    /// A derivative of order one that stands: `D_var[body]` at the variable itself.
    pub(in crate::term) fn standing(&mut self, body: &Term, var: &Var) -> Term {
        Term::derivative(var, 1, body.clone())
    }
}

/// The term with such densities, and their logarithms, as the formulas of their files.
fn written_out(definitions: &Definitions, term: &Term, is_open: &impl Fn(&Term) -> bool) -> Term {
    let density = if term.is_function("ln") { &term.args()[0] } else { term };
    if is_open(density)
        && let [law, point] = density.args()
        && let Some((definition, arguments)) = definitions.law(law)
    {
        let logarithm = definition.instantiate(&definition.log_density, arguments, Some(point));
        return if density == term { definition.density(arguments, point) } else { logarithm };
    }
    if !term.any(is_open) {
        return term.clone();
    }
    Term::new(term.op().clone(), term.args().iter().map(|arg| written_out(definitions, arg, is_open)).collect())
}
