//! Domains of parameters, read off the places where they stand.

use super::Problem;
use crate::syntax::Relation;
use crate::term::{Definitions, Domain, Identity, Op, Regularity, Symbol, Term, Var, is_positive, substitute_many};
use std::collections::BTreeMap;

/// Gives every free variable its domain, and turns hypotheses into domains where they are one.
pub(super) fn resolve(
    definitions: &Definitions,
    members: Vec<Term>,
    compares: Vec<(Relation, Term, Term)>,
    widths: &[Term],
    classes: BTreeMap<Symbol, Regularity>,
) -> Problem {
    let mut found = Found::default();
    for (relation, left, right) in &compares {
        found.hypothesis(*relation, left, right);
    }
    for width in widths {
        found.parameter(width, Domain::Positive);
    }
    for member in &members {
        found.places(definitions, member);
    }
    let pairs: Vec<(Var, Term)> = found
        .domains
        .iter()
        .map(|(name, domain)| (Var::free(name, Domain::Real), Term::var(Var::free(name, *domain))))
        .collect();
    let members = members.iter().map(|t| rebound(definitions, &substitute_many(t, &pairs))).collect();
    let positive = found.positive.iter().map(|t| substitute_many(t, &pairs)).filter(|t| !is_positive(t)).collect();
    Problem { members, positive, classes }
}

/// The term with the domains of its bound variables read off again, now that those of its parameters are known.
fn rebound(definitions: &Definitions, term: &Term) -> Term {
    let args: Vec<Term> = term.args().iter().map(|arg| rebound(definitions, arg)).collect();
    let Some(var) = term.op().bound() else { return Term::new(term.op().clone(), args) };
    let domain = match term.op() {
        Op::Expect(_) => definitions.domain_of(&args[0]),
        Op::Derivative(..) => args[1].as_var().map_or(var.domain, |point| point.domain),
        _ => var.domain,
    };
    let narrowed = Var { identity: var.identity.clone(), domain };
    let index = term.op().body_index();
    let mut args = args;
    args[index] = substitute_many(&args[index], &[(var.clone(), Term::var(narrowed.clone()))]);
    Term::bind(term.op().with_bound(narrowed), args)
}

#[derive(Default)]
struct Found {
    domains: BTreeMap<Symbol, Domain>,
    /// Terms that are positive by hypothesis or by the law that they parametrise.
    positive: Vec<Term>,
}

impl Found {
    fn narrow(&mut self, term: &Term, domain: Domain) {
        if let Some(Var { identity: Identity::Free(name), .. }) = term.as_var() {
            let known = self.domains.entry(name.clone()).or_insert(Domain::Real);
            *known = known.meet(domain);
        }
    }

    fn hypothesis(&mut self, relation: Relation, left: &Term, right: &Term) {
        let (low, high) = match relation {
            Relation::Less | Relation::LessEqual => (left, right),
            Relation::Greater | Relation::GreaterEqual => (right, left),
            Relation::NotEqual if right.is_zero() => return self.narrow(left, Domain::NonZero),
            _ => return,
        };
        if low.is_zero() && matches!(relation, Relation::Less | Relation::Greater) {
            self.narrow(high, Domain::Positive);
        }
        let bounded = |n: &Term| n.as_number().is_some_and(|n| *n > num_rational::BigRational::from_integer(0.into()));
        if bounded(low) {
            self.narrow(high, Domain::Positive);
        }
        if !matches!(relation, Relation::Less | Relation::Greater) {
            return;
        }
        // `0 < p < 1` comes as two comparisons; the second finds p positive already.
        let known = high.is_one().then(|| low.as_var()?.name()).flatten().and_then(|name| self.domains.get(name));
        if known.is_some_and(|domain| domain.is_positive()) {
            self.narrow(low, Domain::Unit);
        }
        self.positive.push(high.clone().minus(low.clone()));
    }

    /// All places of a term; the variable of a derivative stands for the point where it is taken.
    fn places(&mut self, definitions: &Definitions, term: &Term) {
        self.place(definitions, term);
        match term.op() {
            Op::Derivative(..) if term.args()[1].as_var().is_some() => {
                self.places(definitions, &term.open(&term.args()[1]));
            }
            _ => term.args().iter().for_each(|arg| self.places(definitions, arg)),
        }
    }

    fn place(&mut self, definitions: &Definitions, term: &Term) {
        match term.op() {
            Op::Law(_) => {
                let Some((law, _)) = definitions.law(term) else { return };
                for (parameter, argument) in law.parameters.iter().zip(term.args()) {
                    self.parameter(argument, parameter.domain);
                }
                for demand in &law.positive {
                    self.demand(law.instantiate(demand, term.args(), None));
                }
            }
            Op::Pow => match term.args()[1].as_number() {
                Some(n) if n.is_integer() && n.numer().sign() == num_bigint::Sign::Minus => {
                    self.divisor(&term.args()[0])
                }
                Some(n) if !n.is_integer() => self.argument(&term.args()[0]),
                _ => {}
            },
            Op::Function(f) if matches!(&**f, "ln" | "sqrt" | "lngamma" | "gamma" | "digamma") => {
                self.argument(&term.args()[0]);
            }
            Op::Expect(noise) => self.scales(&term.args()[1], noise),
            _ => {}
        }
    }

    /// A difference that a law demands to be positive: `θ - 0 > 0` is a domain of θ.
    fn demand(&mut self, term: Term) {
        let left: Vec<&Term> = term.summands().iter().filter(|t| !t.factors().iter().any(Term::is_zero)).collect();
        match left.as_slice() {
            [only] => self.parameter(&(*only).clone(), Domain::Positive),
            _ => self.suppose(&term),
        }
    }

    /// What a root or a logarithm is taken of is positive; of the letters in it that says nothing: `sqrt(x^2)`.
    fn argument(&mut self, argument: &Term) {
        match argument.op() {
            Op::Var(_) => self.narrow(argument, Domain::Positive),
            _ => self.suppose(argument),
        }
    }

    /// A demand that is met by the choice of parameters; a sample cannot be chosen.
    fn suppose(&mut self, term: &Term) {
        let sample = term.free().iter().any(|v| matches!(v.identity, Identity::Bound(_)));
        if !sample && !is_positive(term) && term.as_number().is_none() {
            self.positive.push(term.clone());
        }
    }

    /// A parameter of a law: a letter is in the domain; a power or product of letters is positive if they are.
    fn parameter(&mut self, argument: &Term, domain: Domain) {
        match argument.op() {
            Op::Var(_) => self.narrow(argument, domain),
            Op::Pow if domain.is_positive() => self.parameter(&argument.args()[0], Domain::Positive),
            Op::Mul if domain.is_positive() && !argument.factors().iter().any(Term::is_negative_looking) => {
                argument.args().iter().for_each(|factor| self.parameter(factor, Domain::Positive));
            }
            _ if domain.is_positive() => self.suppose(argument),
            _ => {}
        }
    }

    /// A letter divided by is not zero.
    fn divisor(&mut self, base: &Term) {
        match base.op() {
            Op::Var(_) => self.narrow(base, Domain::NonZero),
            Op::Mul => base.args().iter().for_each(|factor| self.divisor(factor)),
            Op::Pow => self.divisor(&base.args()[0]),
            _ => {}
        }
    }

    /// σ and s are positive where they scale the noise: `f(θ + σ x)`.
    fn scales(&mut self, body: &Term, noise: &Var) {
        body.visit(&mut |term| {
            if *term.op() == Op::Mul && term.args().len() == 2 && term.args().iter().any(|t| t.as_var() == Some(noise))
            {
                for factor in term.args() {
                    if matches!(factor.as_var().and_then(Var::name), Some("σ" | "s")) {
                        self.narrow(factor, Domain::Positive);
                    }
                }
            }
        });
    }
}
