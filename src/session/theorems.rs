//! The entries of `rules/operators` with their proofs: found by the rules, accepted by both kernels, kept.

use super::answer::{Condition, Derivation, Status};
use super::judge::Judge;
use super::letters::Letters;
use super::{Options, Session, certificate, conditions};
use crate::engine::{self, Limits, Outcome};
use crate::operator::{self, AdjointEntry, Relations};
use crate::proof::{Hypotheses, Need};
use crate::syntax::{parse_expression, parse_statement};
use crate::term::{
    Domain, Elaborator, Op, Operator, Operators, Problem, Regularity, Simplifier, Symbol, Term, Var, is_positive,
    substitute_many,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How long a proof of an entry is looked for; all are found in a fraction.
const LOOKED_FOR: Duration = Duration::from_secs(2);

/// The relations with their proofs, as far as they have been needed.
#[derive(Debug, Default)]
pub(super) struct Theorems {
    relations: OnceLock<Relations>,
    proved: Mutex<BTreeMap<Known, Arc<Theorem>>>,
}

/// An entry of the files of relations, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Known {
    /// A relation between neighbours.
    Relation(usize),
    /// The adjoint of a generator.
    Adjoint(usize),
}

/// An equation that holds for every function, and what it asks of that.
#[derive(Clone, Debug, Default)]
pub(super) struct Theorem {
    /// What the kernel has accepted.
    pub derivations: Vec<Derivation>,
    /// The order of derivative up to which the function has to be absolutely continuous.
    pub order: u32,
    /// What else it rests on.
    pub conditions: Vec<Condition>,
}

/// The order of what has to have every derivative.
pub(super) const EVERY: u32 = u32::MAX;

impl Session {
    pub(super) fn relations(&self) -> &Relations {
        self.relations.relations.get_or_init(|| Relations::built_in(&self.library.definitions))
    }

    /// An entry with its proof.
    pub(super) fn theorem(&self, known: Known) -> Option<Arc<Theorem>> {
        let proved = || self.relations.proved.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(theorem) = proved().get(&known) {
            return Some(theorem.clone());
        }
        let relations = self.relations();
        let found = match known {
            Known::Relation(number) => {
                let relation = relations.all.get(number)?;
                let problem = self.problem_of(&relation.equation)?;
                if relation.is_counted() {
                    self.by_induction(&problem)
                } else {
                    self.by_rules(&problem, &problem.members, acted_on(&problem)?)
                }
            }
            Known::Adjoint(number) => self.of_adjoint(relations.adjoints.get(number)?),
        };
        let found = found.map(Arc::new);
        // Without a proof for now: there may be time another time.
        if let Some(theorem) = &found {
            proved().insert(known, theorem.clone());
        }
        found
    }

    pub(super) fn problem_of(&self, equation: &str) -> Option<Problem> {
        let statement = parse_statement(equation).ok()?;
        Elaborator::new(&self.library.definitions).statement(&statement, &[]).ok()
    }

    /// A chain of equal terms, by the rules alone. Beside what it asks of a function that operators act on it may ask nothing;
    /// where there is none, it asks what it asks.
    fn by_rules<'f>(
        &self,
        problem: &Problem,
        chain: &[Term],
        function: impl Into<Option<&'f Symbol>>,
    ) -> Option<Theorem> {
        let function = function.into();
        let options = Options::default();
        let judge = Judge {
            library: &self.library,
            options: &options,
            problem,
            given: &[],
            hypotheses: problem.hypotheses.clone(),
            letters: &Letters::default(),
            certifier: self.confirmer(),
            time: LOOKED_FOR,
            deadline: Instant::now() + LOOKED_FOR * options.clock_factor,
        };
        let limits = Limits { steps: judge.steps(), ..Limits::default() };
        let mut theorem = Theorem::default();
        for pair in chain.windows(2) {
            if pair[0] == pair[1] {
                continue;
            }
            let outcome = engine::prove(&self.library, &pair[0], &pair[1], &judge.hypotheses, &limits).0;
            let Outcome::Proved(proof, checked) = outcome else { return None };
            let certificate = judge.confirmed(&proof, &checked).ok()?;
            theorem.conditions.extend(judge.own_entries(&proof));
            theorem.conditions.extend(certificate::claims_about_laws(&certificate.checked));
            for need in checked.needs.iter().flatten() {
                match need {
                    _ if function.is_none() => {
                        theorem.conditions.extend(conditions::of_needs([need], &judge.hypotheses));
                    }
                    Need::Convention(text) => {
                        theorem.conditions.push(Condition { text: text.clone(), status: Status::Implied });
                    }
                    Need::Differentiable { function: of, order } if Some(of) == function => {
                        theorem.order = theorem.order.max(*order);
                    }
                    // Nothing else is handed on to an operand.
                    _ => return None,
                }
            }
            theorem.derivations.push(judge.derivation(proof, &checked.needs));
        }
        Some(theorem)
    }

    /// The pairings of both sides are equal, perhaps by a chain of others.
    fn of_adjoint(&self, entry: &AdjointEntry) -> Option<Theorem> {
        let problem = self.problem_of(&entry.equation)?;
        let Some(via) = &entry.via else { return self.by_rules(&problem, &problem.members, None) };
        let [left, right] = problem.members.as_slice() else { return None };
        let chain = self.problem_of(via)?;
        let mut theorem = self.by_rules(&chain, &chain.members, None)?;
        // The chain holds for more values of its letters than the equation is about.
        let letters = problem.members.iter().flat_map(Term::free);
        let mut values: Vec<(Var, Term)> =
            letters.filter_map(|own| Some((Var::free(own.name()?, Domain::Real), Term::var(own.clone())))).collect();
        if let Some((letter, value)) = &entry.at {
            let value = Elaborator::new(&self.library.definitions).expr(&parse_expression(value).ok()?).ok()?;
            let value = substitute_many(&value, &values);
            let rest = Simplifier::new(&self.library.definitions).simplify(&Term::one().minus(value.clone()));
            if !(is_positive(&value) && problem.hypotheses.imply_positive(&rest)) {
                return None;
            }
            values.push((Var::free(letter, Domain::Unit), value));
        }
        let [first, last] = [chain.members.first()?, chain.members.last()?].map(|end| substitute_many(end, &values));
        for ends in [[left.clone(), first], [last, right.clone()]] {
            let end = self.by_rules(&problem, &ends, None)?;
            theorem.derivations.extend(end.derivations);
            theorem.conditions.extend(end.conditions);
        }
        Some(theorem)
    }

    /// A relation for as many derivatives as a letter says: for one by the rules, and from n to n + 1 by relations that are none of
    /// these.
    fn by_induction(&self, problem: &Problem) -> Option<Theorem> {
        let Operators { variable, function, members, .. } = problem.operators.as_ref()?;
        let [left, right] = members.as_slice() else { return None };
        let letter = (*left.counts().first()?).clone();
        let value = Term::new(Op::Apply(function.clone(), vec![0]), vec![Term::var(variable.clone())]);
        let at_one = |side: &Operator| side.counted(&[(letter.clone(), Term::one())])?.act(variable, value.clone());
        let mut theorem = self.by_rules(problem, &[at_one(left)?, at_one(right)?], function)?;

        let derivative = || Box::new(Operator::Derivative);
        let more = match left {
            Operator::Product(first, _) if is_power(first, &letter) => {
                Operator::Product(derivative(), Box::new(right.clone()))
            }
            Operator::Product(_, last) if is_power(last, &letter) => {
                Operator::Product(Box::new(right.clone()), derivative())
            }
            _ => return None,
        };
        let next = Term::add(vec![Term::var(letter.clone()), Term::one()]);
        let wanted = right.map(&|term| substitute_many(term, &[(letter.clone(), next.clone())]));
        let relations = self.relations();
        let ordered = |side| operator::ordered(side, variable, relations, &self.library.definitions).ok();
        let (more, wanted) = (ordered(&more)?, ordered(&wanted)?);
        if more.sum != wanted.sum {
            return None;
        }
        for (number, _) in more.uses.iter().chain(&wanted.uses) {
            if relations.all.get(*number)?.is_counted() {
                return None;
            }
            let used = self.theorem(Known::Relation(*number))?;
            theorem.order = theorem.order.max(used.order);
            theorem.conditions.extend(used.conditions.iter().cloned());
            theorem.derivations.extend(used.derivations.iter().cloned());
        }
        // What one derivative asks of the function, n of them ask of each derivative before.
        if theorem.order > 0 {
            theorem.order = EVERY;
        }
        Some(theorem)
    }
}

/// The unknown function that the operators of an equation act on.
fn acted_on(problem: &Problem) -> Option<&Symbol> {
    problem.operators.as_ref().map(|operators| &operators.function)
}

/// `D^n`?
fn is_power(operator: &Operator, letter: &Var) -> bool {
    matches!(operator, Operator::Derivatives(count) if count.as_var() == Some(letter))
}

/// The condition that a function has every derivative; none where its class denies it.
pub(super) fn smooth(function: &Symbol, hypotheses: &Hypotheses) -> Option<Condition> {
    let status = match hypotheses.classes.get(function) {
        None => Status::Assumed,
        Some(Regularity::Smooth) => Status::Granted,
        Some(_) => return None,
    };
    Some(Condition { text: format!("{function} is smooth"), status })
}
