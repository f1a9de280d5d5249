//! Operators: their normal forms, and equations between them that follow from relations.
//!
//! A relation is an equation for every function, proved as such by the rules and accepted by both kernels before it is used.
//! What a derivation between operators adds are sums, products and the operand of each relation: where a relation asks
//! something of the function that it acts on, the derivation asks it of that operand.

use super::answer::{Answer, Condition, Derivation, Link, Status, Step, Verdict};
use super::judge::{CONTRADICTION, Judge, title};
use super::letters::Letters;
use super::{Error, Options, Session, certificate, conditions};
use crate::check::{Comparison, Finding, Instance};
use crate::engine::{self, Limits, Outcome};
use crate::operator::action::{Values, applied, at, binomial, unlike};
use crate::operator::{self, Letter, Line, Ordered, Relations, Word};
use crate::proof::{self, Hypotheses, Kernel, Need, Proof, Reason};
use crate::render::Formula;
use crate::syntax::{Expr, Statement, Style, parse_statement, print};
use crate::term::{Domain, Elaborator, Op, Operator, Operators, Problem, Simplifier, Symbol, Term, Var, express};
use num_rational::BigRational;
use num_traits::ToPrimitive;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Operators that make more of a function are ordered before anything is searched for.
const LONG: usize = 1_500;
/// So are words of more letters.
const LETTERS: u32 = 6;
/// And shown up to this.
const READABLE: usize = 400;
/// How long a proof of a relation is looked for; all are found in a fraction.
const LOOKED_FOR: Duration = Duration::from_secs(2);

/// Is what the operators make of a function too long to search for a derivation?
pub(super) fn is_long(problem: &Problem, index: usize) -> bool {
    let size: usize = problem.members.iter().skip(index).take(2).map(Term::size).sum();
    let letters = problem.operators.iter().flat_map(|operators| operators.members.iter().skip(index).take(2));
    size > LONG || letters.map(Operator::degree).any(|degree| degree > LETTERS)
}

/// Is it too long to be shown?
pub(super) fn is_long_to_read(members: &[Term]) -> bool {
    members.iter().any(|member| member.size() > READABLE)
}

/// The relations with their proofs, as far as they have been needed.
#[derive(Debug, Default)]
pub(super) struct Theorems {
    relations: OnceLock<Relations>,
    proved: Mutex<BTreeMap<usize, Arc<Theorem>>>,
}

/// A relation that holds for every function, and what it asks of that.
#[derive(Debug)]
struct Theorem {
    derivation: Derivation,
    /// The order of derivative up to which the function has to be absolutely continuous.
    order: u32,
    /// What else it rests on.
    conditions: Vec<Condition>,
}

/// Two operators with the same normal form.
pub(super) struct Algebra<'a> {
    session: &'a Session,
    operators: &'a Operators,
    /// Which link of the chain.
    index: usize,
    sides: [Ordered; 2],
}

impl Session {
    fn relations(&self) -> &Relations {
        self.relations.relations.get_or_init(|| Relations::built_in(&self.library.definitions))
    }

    /// The answer to an equation between an operator and its normal form.
    pub(super) fn normal_form(
        &self,
        statement: &Statement,
        written: &Expr,
        problem: &Problem,
        source: &str,
    ) -> Result<Answer, Error> {
        let refused = |what: &str, help: &str| Err(Error::unsupported(what, help, source));
        let Some(Operators { variable, members, .. }) = &problem.operators else {
            return refused(
                "the variable of the operators has a value here",
                "leave it free: it is what functions are of",
            );
        };
        let [operator] = members.as_slice() else {
            return refused("this has no value here yet", "write one operator");
        };
        let definitions = &self.library.definitions;
        let Ok(ordered) = operator::ordered(operator, variable, self.relations(), definitions) else {
            let help = "words in D, M_y, M_g and S_a with up to a few hundred summands have one";
            return refused("this operator has no normal form here", help);
        };
        self.equal(statement, written, operator::express(&ordered.sum.operator(), variable))
    }

    /// The normal forms of both sides of a link, if they are the same.
    pub(super) fn algebra<'a>(&'a self, problem: &'a Problem, index: usize) -> Option<Algebra<'a>> {
        let operators = problem.operators.as_ref()?;
        let [left, right] = operators.members.get(index..index + 2)? else { return None };
        let definitions = &self.library.definitions;
        let of = |side| operator::ordered(side, &operators.variable, self.relations(), definitions).ok();
        let sides = [of(left)?, of(right)?];
        (sides[0].sum == sides[1].sum).then_some(Algebra { session: self, operators, index, sides })
    }

    /// A relation with its proof.
    fn theorem(&self, number: usize) -> Option<Arc<Theorem>> {
        let mut proved = self.relations.proved.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = proved.get(&number) {
            return Some(known.clone());
        }
        let found = self.relations().all.get(number).and_then(|relation| self.prove_relation(&relation.equation));
        let found = found.map(Arc::new);
        // Without a proof for now: there may be time another time.
        if let Some(theorem) = &found {
            proved.insert(number, theorem.clone());
        }
        found
    }

    fn prove_relation(&self, equation: &str) -> Option<Theorem> {
        let statement = parse_statement(equation).ok()?;
        let problem = Elaborator::new(&self.library.definitions).statement(&statement, &[]).ok()?;
        let [left, right] = problem.members.as_slice() else { return None };
        let function = problem.operators.as_ref()?.function.clone();
        let options = Options::default();
        let judge = Judge {
            library: &self.library,
            options: &options,
            problem: &problem,
            given: &[],
            hypotheses: problem.hypotheses.clone(),
            letters: &Letters::default(),
            certifier: self.confirmer(),
            time: LOOKED_FOR,
            deadline: Instant::now() + LOOKED_FOR * options.clock_factor,
        };
        let limits = Limits { steps: judge.steps(), ..Limits::default() };
        let outcome = engine::prove(&self.library, left, right, &judge.hypotheses, &limits).0;
        let Outcome::Proved(proof, checked) = outcome else { return None };
        let certificate = judge.confirmed(&proof, &checked).ok()?;
        let (mut order, mut conditions) = (0, judge.own_entries(&proof));
        conditions.extend(certificate::signs_of_densities(&certificate.checked));
        for need in checked.needs.iter().flatten() {
            match need {
                Need::Differentiable { function: of, order: asked } if *of == function => order = order.max(*asked),
                Need::Convention(text) => conditions.push(Condition { text: text.clone(), status: Status::Implied }),
                // Nothing else is handed on to an operand.
                _ => return None,
            }
        }
        Some(Theorem { derivation: judge.derivation(proof, &checked.needs), order, conditions })
    }
}

impl Judge<'_> {
    /// An equation between operators: `first` by their normal forms, or only where no other derivation is found.
    pub(super) fn operators(
        &self,
        link: Link,
        pair: &[Term],
        algebra: Option<&Algebra>,
        index: usize,
        first: bool,
    ) -> Link {
        let [left, right] = pair else { return link };
        if first {
            let mut link = link;
            let exact = self.on_polynomials(index);
            let decided = exact.is_some();
            // Numbers of what is long take longer than they are worth.
            let finding = match exact {
                Some(finding) => finding,
                None if is_long(self.problem, index) => Finding::Undecided("too long to be evaluated".into()),
                None => self.look(left, right),
            };
            self.record(&mut link, finding);
            return match algebra {
                Some(algebra) => self.by_relations(link, left, right, algebra),
                None if decided && link.verdict == Verdict::Refuted => link,
                None if is_long(self.problem, index) => {
                    link.reason.get_or_insert("the two sides have no common normal form here".into());
                    link
                }
                None => self.prove(link, left, right),
            };
        }
        let mut link = self.prove(link, left, right);
        let open = link.verdict == Verdict::Open && link.witness.is_none() && link.derivation.is_none();
        let Some(algebra) = algebra.filter(|_| open) else { return link };
        if link.comparisons.is_empty()
            && let Some(finding) = self.on_polynomials(index)
        {
            self.record(&mut link, finding);
        }
        self.by_relations(link, left, right, algebra)
    }

    /// Both sides applied to polynomials, in exact numbers; none where they do not lead to polynomials.
    fn on_polynomials(&self, index: usize) -> Option<Finding> {
        let Operators { variable, function, members } = self.problem.operators.as_ref()?;
        let [left, right] = members.get(index..index + 2)? else { return None };
        let mut values = Values::default();
        let mut parameters = BTreeMap::new();
        let mut functions = BTreeMap::new();
        let u = Var::free("u", Domain::Real);
        for term in left.terms().into_iter().chain(right.terms()) {
            for letter in term.free().iter().filter(|letter| *letter != variable) {
                if !matches!(letter.domain, Domain::Real | Domain::NonZero | Domain::Positive) {
                    return None;
                }
                let place = values.letters.len() as i64;
                let value = values
                    .letters
                    .entry(letter.clone())
                    .or_insert_with(|| BigRational::new((2 * place + 7).into(), (place + 5).into()));
                parameters.insert(Symbol::from(letter.name()?), value.to_f64()?);
            }
            let mut names = BTreeSet::new();
            term.visit(&mut |part| {
                if let Op::Apply(name, _) = part.op() {
                    names.insert(name.clone());
                }
            });
            for name in names {
                if !values.functions.contains_key(&name) {
                    let (polynomial, term) = unlike(values.functions.len(), &u);
                    let term = Simplifier::new(&self.library.definitions).simplify(&term);
                    functions.insert(name.clone(), shown(&u, term));
                    values.functions.insert(name, polynomial);
                }
            }
        }
        let degree = usize::try_from(left.degree().max(right.degree())).ok()?;
        let point = BigRational::new(3.into(), 7.into());
        let mut agreeing = None;
        for power in [degree + 3, degree + 4] {
            let (polynomial, term) = binomial(power, &u);
            let [on_left, on_right] = [left, right].map(|side| applied(side, variable, &values, &polynomial));
            let (on_left, on_right) = (on_left?, on_right?);
            let differ = on_left != on_right;
            let [a, b] = [at(&on_left, &point), at(&on_right, &point)];
            if differ && a == b {
                continue;
            }
            let mut comparison = Comparison::exact(a.to_f64()?, b.to_f64()?);
            let mut instance = Instance { functions: functions.clone(), ..Instance::default() };
            instance.functions.insert(function.clone(), shown(&u, term));
            instance.parameters = parameters.clone();
            instance.parameters.insert(Symbol::from(variable.name()?), point.to_f64()?);
            comparison.instance = instance;
            if differ {
                // A witness has to meet what is supposed; polynomials are of every class.
                comparison.z = f64::MAX.copysign(comparison.left - comparison.right);
                let free = self.hypotheses.relations().next().is_none();
                return (free && comparison.left != comparison.right).then_some(Finding::Differ(comparison));
            }
            agreeing = Some(comparison);
        }
        agreeing.map(|comparison| Finding::Agree(vec![comparison]))
    }

    /// A derivation between operators, for a link that the numbers have been asked about.
    fn by_relations(&self, mut link: Link, left: &Term, right: &Term, algebra: &Algebra) -> Link {
        if let Some((proof, checked)) = self.at_once(left, right) {
            self.accept(&mut link, proof, &checked);
            let steps = algebra.steps(&link.left);
            if let Some(derivation) = &mut link.derivation {
                derivation.start = link.left.clone();
                derivation.steps = steps;
                return link;
            }
        }
        let Some((parts, mut needed)) = algebra.theorems(&self.hypotheses) else {
            if link.verdict == Verdict::Open && link.reason.is_none() {
                link.reason = Some("a relation between the operators is not proved for what it acts on here".into());
            }
            return link;
        };
        let assumes = needed.iter().any(|condition| condition.status == Status::Assumed);
        if link.verdict == Verdict::Refuted {
            if !assumes {
                link.verdict = Verdict::Open;
                link.reason = Some(CONTRADICTION.into());
            }
            return link;
        }
        needed.append(&mut link.conditions);
        needed.sort_by_key(|condition| condition.status);
        needed.dedup();
        link.conditions = needed;
        if link.comparisons.is_empty() {
            let why = link.reason.take().unwrap_or_default();
            link.reason = Some(format!("there is a derivation, and the numbers could not confirm it: {why}"));
        } else {
            link.verdict = if assumes { Verdict::Conditional } else { Verdict::Proved };
            link.reason = None;
        }
        link.derivation = Some(Derivation {
            start: link.left.clone(),
            steps: algebra.steps(&link.left),
            proof: Proof { left: left.clone(), right: right.clone(), steps: Vec::new() },
            hypotheses: self.hypotheses.clone(),
            parts,
        });
        link
    }

    /// The whole equation as one step of arithmetic, where it is short and holds no mean.
    fn at_once(&self, left: &Term, right: &Term) -> Option<(Proof, proof::Checked)> {
        let means = |side: &Term| side.any(&|part| matches!(part.op(), Op::Expect(_)));
        if left.size().saturating_add(right.size()) > LONG || means(left) || means(right) {
            return None;
        }
        let (before, after) = (left.clone(), right.clone());
        let step = proof::Step { reason: Reason::Arithmetic, place: vec![], before, after };
        let proof = Proof { left: left.clone(), right: right.clone(), steps: vec![step] };
        let checked = Kernel::new(self.library).check(&proof, &self.hypotheses).ok()?;
        Some((proof, checked))
    }
}

impl Algebra<'_> {
    /// The relations that are used, and what they ask of the function that the operators act on.
    fn theorems(&self, hypotheses: &Hypotheses) -> Option<(Vec<Derivation>, Vec<Condition>)> {
        let uses: BTreeSet<&(usize, Word)> = self.sides.iter().flat_map(|side| &side.uses).collect();
        let (mut parts, mut needed) = (BTreeMap::new(), Vec::new());
        let mut order = 0;
        for (number, operand) in uses {
            let theorem = self.session.theorem(*number)?;
            parts.insert(*number, theorem.derivation.clone());
            needed.extend(theorem.conditions.iter().cloned());
            if theorem.order > 0 {
                order = order.max(self.asked(operand, theorem.order)?);
            }
        }
        if order > 0 {
            let function = self.operators.function.clone();
            let need = Need::Differentiable { function: function.clone(), order };
            if hypotheses.classes.get(&function).is_some_and(|class| !need.granted_by(*class)) {
                return None;
            }
            needed.extend(conditions::of_needs([&need], hypotheses));
        }
        let mut distinct: Vec<Condition> = Vec::new();
        for condition in needed {
            if !distinct.contains(&condition) {
                distinct.push(condition);
            }
        }
        Some((parts.into_values().collect(), distinct))
    }

    /// How often the function has to be differentiable so that the operand is, so often. What has been smoothed is smooth,
    /// and stays so under derivatives and factors y.
    fn asked(&self, operand: &[Letter], order: u32) -> Option<u32> {
        let mut derivatives = 0;
        for letter in operand {
            match letter {
                Letter::Smoothing(_) | Letter::OrnsteinUhlenbeck(_) => return Some(0),
                Letter::Derivative => derivatives += 1,
                Letter::Shift(_) => {}
                Letter::Times(term) if term.as_var() == Some(&self.operators.variable) => {}
                // The product of two unknown functions: nothing is known of either alone.
                Letter::Times(_) => return None,
            }
        }
        Some(derivatives + order)
    }

    /// From one side to the normal form, and on to the other side.
    fn steps(&self, start: &Formula) -> Vec<Step> {
        let y = &self.operators.variable;
        let [forth, back] = &self.sides;
        let mut before = start.clone();
        let mut steps = Vec::new();
        for line in &forth.lines {
            self.step(&mut steps, &mut before, formula(line, y), line, true);
        }
        // The lines of the other side, from its end: each reason belongs to the step that led to its line.
        let written = Formula::from(&operator::express(&self.operators.members[self.index + 1], y));
        for (number, line) in back.lines.iter().enumerate().rev() {
            let after = if number == 0 { written.clone() } else { formula(&back.lines[number - 1], y) };
            self.step(&mut steps, &mut before, after, line, false);
        }
        steps
    }

    fn step(&self, steps: &mut Vec<Step>, before: &mut Formula, after: Formula, line: &Line, forward: bool) {
        if after == *before {
            return;
        }
        let relations = self.session.relations();
        let used: Vec<_> = line.by.iter().filter_map(|number| relations.all.get(*number)).collect();
        let joined = |of: &dyn Fn(&operator::Relation) -> String, by: &str| {
            used.iter().map(|relation| of(relation)).collect::<Vec<_>>().join(by)
        };
        let (rule, says) = match used.is_empty() {
            true => ("simplify".to_string(), "Sums and products of operators.".to_string()),
            false => (joined(&|relation| relation.name.clone(), ", "), joined(&|relation| relation.says.clone(), " ")),
        };
        let before = std::mem::replace(before, after.clone());
        steps.push(Step {
            title: title(&rule),
            rule,
            reference: None,
            says,
            forward,
            before,
            after,
            conditions: Vec::new(),
        });
    }
}

/// A function as numbers show it.
fn shown(parameter: &Var, body: Term) -> (Vec<Var>, Term, String) {
    let text = print(&express(&body), Style::Unicode);
    (vec![parameter.clone()], body, text)
}

fn formula(line: &Line, y: &Var) -> Formula {
    Formula::from(&operator::express(&line.operator, y))
}
