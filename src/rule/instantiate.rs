//! Rules with their metavariables replaced.

use crate::term::{
    Definitions, Domain, Identity, Op, Support, Symbol, Term, Var, density_unfolds, index_domain, interval_domain,
    substitute_many,
};
use std::collections::BTreeMap;

/// What the metavariables of a rule stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Substitution {
    /// Letters: any expression.
    pub letters: BTreeMap<Symbol, Term>,
    /// Functions and laws: an expression, or a law, in the listed variables.
    pub functions: BTreeMap<Symbol, (Vec<Var>, Term)>,
}

impl Substitution {
    /// A parameter of a metafunction; its name cannot be typed, so it is never captured.
    pub fn parameter(index: usize) -> Var {
        Var::free(&format!("·{index}"), Domain::Real)
    }
}

/// Numbers of bound variables while a rule is being instantiated.
const TEMPORARY: u32 = 1 << 26;

/// A term of a rule with its metavariables replaced; metavariables without a value stay. Nothing is simplified.
pub fn instantiate(definitions: &Definitions, term: &Term, substitution: &Substitution) -> Term {
    Instance { definitions, substitution, bound: Vec::new(), ranges: Vec::new() }.term(term)
}

struct Instance<'a> {
    definitions: &'a Definitions,
    substitution: &'a Substitution,
    /// Variables of the rule that are bound around, each with its stand-in.
    bound: Vec<(Var, Var)>,
    /// Where the stand-ins of samples, and of variables of integrals and sums, range.
    ranges: Vec<(Var, Support)>,
}

impl Instance<'_> {
    fn term(&mut self, term: &Term) -> Term {
        match term.op() {
            Op::Var(var) => self.variable(var, term),
            Op::Apply(name, orders) => {
                let args: Vec<Term> = term.args().iter().map(|arg| self.term(arg)).collect();
                match self.substitution.functions.get(name) {
                    Some((parameters, body)) if parameters.len() == args.len() => {
                        let mut body = body.clone();
                        for (parameter, order) in parameters.iter().zip(orders) {
                            body = Term::derivative(parameter, *order, body);
                        }
                        substitute_many(&body, &parameters.iter().cloned().zip(args).collect::<Vec<_>>())
                    }
                    _ => Term::new(term.op().clone(), args),
                }
            }
            Op::UnknownLaw(name) => {
                let args: Vec<Term> = term.args().iter().map(|arg| self.term(arg)).collect();
                match self.substitution.functions.get(name) {
                    Some((parameters, law)) if parameters.len() == args.len() => {
                        substitute_many(law, &parameters.iter().cloned().zip(args).collect::<Vec<_>>())
                    }
                    _ => Term::new(term.op().clone(), args),
                }
            }
            Op::Density => {
                let args: Vec<Term> = term.args().iter().map(|arg| self.term(arg)).collect();
                self.density(&args[0], &args[1])
            }
            Op::Function(name) if matches!(&**name, "lower" | "upper") && term.args().len() == 1 => {
                let law = self.term(&term.args()[0]);
                self.end(name, law)
            }
            op => match op.bound() {
                None => Term::new(op.clone(), term.args().iter().map(|arg| self.term(arg)).collect()),
                Some(var) => self.binder(term, var),
            },
        }
    }

    /// At a variable that ranges over the support of the law, the formula of the law's file holds; it is written out
    /// where the variable's domain alone does not show that. At any other point nothing is known.
    fn density(&self, law: &Term, point: &Term) -> Term {
        let range = self.ranges.iter().rev().find(|(var, _)| point.as_var() == Some(var)).map(|(_, range)| range);
        match (self.definitions.law(law), range) {
            (Some((definition, arguments)), Some(range))
                if !density_unfolds(self.definitions, law, point)
                    && definition.support_at(arguments).is_written_as(range) =>
            {
                definition.density(arguments, point)
            }
            _ => Term::new(Op::Density, vec![law.clone(), point.clone()]),
        }
    }

    /// An end of the support of a law that has a file.
    fn end(&self, which: &str, law: Term) -> Term {
        let ends = self.definitions.law(&law).map(|(definition, arguments)| definition.support_at(arguments));
        match ends {
            Some(Support::Interval(lo, hi) | Support::Integers(lo, hi)) => {
                if which == "lower" {
                    lo
                } else {
                    hi
                }
            }
            _ => Term::function(which, vec![law]),
        }
    }

    fn variable(&self, var: &Var, term: &Term) -> Term {
        if let Some((_, stand_in)) = self.bound.iter().rev().find(|(v, _)| v.identity == var.identity) {
            return Term::var(stand_in.clone());
        }
        match &var.identity {
            Identity::Free(name) => self.substitution.letters.get(name).cloned().unwrap_or_else(|| term.clone()),
            Identity::Bound(_) => term.clone(),
        }
    }

    /// The bound variable takes the domain that its law, its limits or its point give it.
    fn binder(&mut self, term: &Term, var: &Var) -> Term {
        let index = term.op().body_index();
        let mut args: Vec<Term> = Vec::with_capacity(term.args().len());
        for (i, arg) in term.args().iter().enumerate() {
            args.push(if i == index { Term::zero() } else { self.term(arg) });
        }
        let domain = match term.op() {
            Op::Expect(_) => self.definitions.domain_of(&args[0]),
            Op::Integral(_) => interval_domain(&args[0], &args[1]),
            Op::Sum(_) => index_domain(&args[0]),
            _ => args[1].as_var().map_or(Domain::Real, |point| point.domain),
        };
        let stand_in = Var::bound(TEMPORARY + self.bound.len() as u32, domain);
        let range = match term.op() {
            Op::Expect(_) => self.definitions.law(&args[0]).map(|(law, arguments)| law.support_at(arguments)),
            Op::Integral(_) => Some(Support::Interval(args[0].clone(), args[1].clone())),
            Op::Sum(_) => Some(Support::Integers(args[0].clone(), args[1].clone())),
            _ => None,
        };
        let kept = self.ranges.len();
        self.ranges.extend(range.map(|range| (stand_in.clone(), range)));
        self.bound.push((var.clone(), stand_in.clone()));
        args[index] = self.term(&term.args()[index]);
        self.bound.pop();
        self.ranges.truncate(kept);
        Term::bind(term.op().with_bound(stand_in), args)
    }
}
