//! Operators: their normal forms, and equations between them that follow from relations.
//!
//! A relation is an equation for every function, proved as such by the rules and accepted by both kernels before it is used.
//! What a derivation between operators adds are sums, products and the operand of each relation: where a relation asks
//! something of the function that it acts on, the derivation asks it of that operand.

use super::answer::{Answer, Condition, Derivation, Link, Status, Step, Verdict};
use super::judge::{CONTRADICTION, Judge, title};
use super::theorems::{EVERY, Known, smooth};
use super::{Error, Session, conditions};
use crate::check::Finding;
use crate::operator::{self, Letter, Line, Ordered, Word};
use crate::proof::{self, Hypotheses, Kernel, Need, Proof, Reason};
use crate::render::Formula;
use crate::syntax::{Expr, Statement};
use crate::term::{Adjoints, Op, Operator, Operators, Problem, Term, Var};
use std::collections::{BTreeMap, BTreeSet};

/// Operators that make more of a function are ordered before anything is searched for.
const LONG: usize = 1_500;
/// So are words of more letters.
const LETTERS: u32 = 6;
/// And shown up to this.
const READABLE: usize = 400;

/// Is what the operators make of a function too long to search for a derivation?
pub(super) fn is_long(problem: &Problem, index: usize) -> bool {
    let size: usize = problem.members.iter().skip(index).take(2).map(Term::size).sum();
    let letters = problem.operators.iter().flat_map(|operators| operators.members.iter().skip(index).take(2));
    size > LONG || letters.map(Operator::degree).any(|degree| degree > LETTERS)
}

/// Is the adjoint of a mean taken? The rules find no way across two means by themselves.
pub(super) fn pairs_means(problem: &Problem, index: usize) -> bool {
    let members = problem.operators.iter().flat_map(|operators| operators.members.iter().skip(index).take(2));
    let mean = |operator: &&Operator| matches!(operator, Operator::Smoothing(_) | Operator::OrnsteinUhlenbeck(_));
    members.flat_map(Operator::adjoined).any(|generator| mean(&generator))
}

/// Is it too long to be shown, or only an instance of what is said?
pub(super) fn is_unreadable(problem: &Problem) -> bool {
    is_counted(problem) || problem.members.iter().any(|member| member.size() > READABLE)
}

/// Do letters say how many derivatives there are? Then what the operators make of a function is one instance.
pub(super) fn is_counted(problem: &Problem) -> bool {
    problem.operators.as_ref().is_some_and(|operators| !operators.instance.is_empty())
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
    /// The answer to an equation between an operator and its normal form.
    pub(super) fn normal_form(
        &self,
        statement: &Statement,
        written: &Expr,
        problem: &Problem,
        source: &str,
    ) -> Result<Answer, Error> {
        let refused = |what: &str, help: &str| Err(Error::unsupported(what, help, source));
        let Some(Operators { variable, law, members, .. }) = &problem.operators else {
            return refused(
                "the variable of the operators has a value here",
                "leave it free: it is what functions are of",
            );
        };
        let [operator] = members.as_slice() else {
            return refused("this has no value here yet", "write one operator");
        };
        let definitions = &self.library.definitions;
        let known = Adjoints { variable, law: law.as_ref(), definitions };
        let ordered =
            known.resolved(operator).map(|plain| operator::ordered(&plain, variable, self.relations(), definitions));
        let Some(Ok(ordered)) = ordered else {
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
        let known = Adjoints { variable: &operators.variable, law: operators.law.as_ref(), definitions };
        let of =
            |side| operator::ordered(&known.resolved(side)?, &operators.variable, self.relations(), definitions).ok();
        let sides = [of(left)?, of(right)?];
        (sides[0].sum == sides[1].sum).then_some(Algebra { session: self, operators, index, sides })
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
            let instance = is_counted(self.problem);
            let decided = exact.is_some() || instance;
            // Numbers of what is long take longer than they are worth.
            let finding = match exact {
                Some(finding) => finding,
                None if instance => self.look_at_instance(left, right),
                None if is_long(self.problem, index) => Finding::Undecided("too long to be evaluated".into()),
                None => self.look(left, right),
            };
            self.record(&mut link, finding);
            return match algebra {
                Some(algebra) => self.by_relations(link, left, right, algebra),
                None if decided && link.verdict == Verdict::Refuted => link,
                None if instance || is_long(self.problem, index) => {
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

    /// Numbers of the one instance that is written out.
    fn look_at_instance(&self, left: &Term, right: &Term) -> Finding {
        let Some(Operators { instance: counts, members, .. }) = &self.problem.operators else {
            return self.look(left, right);
        };
        // The letters as they are now, with their domains: what has become a number is no such letter.
        let now: BTreeSet<&Var> = members.iter().flat_map(Operator::counts).collect();
        let number = |letter: &Var| {
            let same = counts.iter().find(|(other, _)| other.identity == letter.identity)?;
            Some((letter.clone(), Term::integer(same.1)))
        };
        let values: Option<Vec<_>> = now.iter().map(|letter| number(letter)).collect();
        let all = values.filter(|values| values.len() == counts.len());
        if all.and_then(|values| self.meets(&values)) != Some(true) {
            return Finding::Undecided("the smallest numbers of derivatives do not meet what is supposed".into());
        }
        let mut finding = self.look(left, right);
        let comparisons = match &mut finding {
            Finding::Differ(comparison) => std::slice::from_mut(comparison),
            Finding::Agree(comparisons) => comparisons.as_mut_slice(),
            Finding::Undecided(_) => &mut [],
        };
        for (letter, count) in counts {
            for comparison in &mut *comparisons {
                comparison.instance.parameters.insert(letter.name().unwrap_or_default().into(), *count as f64);
            }
        }
        finding
    }

    /// A derivation between operators, for a link that the numbers have been asked about.
    fn by_relations(&self, mut link: Link, left: &Term, right: &Term, algebra: &Algebra) -> Link {
        if !is_counted(self.problem)
            && let Some((proof, checked)) = self.at_once(left, right)
        {
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
        let adjoint = self.adjoints(hypotheses, &mut parts, &mut needed)?;
        let mut order = 0;
        for (number, operand) in uses {
            let known = Known::Relation(*number);
            let theorem = self.session.theorem(known)?;
            parts.insert(known, theorem.derivations.clone());
            needed.extend(theorem.conditions.iter().cloned());
            if theorem.order > 0 && !adjoint {
                order = order.max(self.asked(operand, theorem.order)?);
            }
        }
        if order == EVERY {
            needed.push(smooth(&self.operators.function, hypotheses)?);
        } else if order > 0 {
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
        Some((parts.into_values().flatten().collect(), distinct))
    }

    /// The theorems for the generators whose adjoints are taken, if any are. Beyond them a derivation takes that the two functions
    /// that are paired are smooth, and that all means in it exist.
    fn adjoints(
        &self,
        hypotheses: &Hypotheses,
        parts: &mut BTreeMap<Known, Vec<Derivation>>,
        needed: &mut Vec<Condition>,
    ) -> Option<bool> {
        let members = &self.operators.members[self.index..self.index + 2];
        let generators: Vec<&Operator> = members.iter().flat_map(Operator::adjoined).collect();
        let (law, y) = (self.operators.law.as_ref(), &self.operators.variable);
        for generator in &generators {
            let known = Known::Adjoint(self.session.relations().adjoint(generator, law, y)?);
            let theorem = self.session.theorem(known)?;
            parts.insert(known, theorem.derivations.clone());
            needed.extend(theorem.conditions.iter().cloned());
        }
        if generators.len() > 1 {
            for function in [Some(&self.operators.function), self.operators.test.as_ref()].into_iter().flatten() {
                needed.push(smooth(function, hypotheses)?);
            }
            let exist = "the means between both sides converge absolutely".to_string();
            needed.push(Condition { text: exist, status: Status::Assumed });
        }
        Some(!generators.is_empty())
    }

    /// How often the function has to be differentiable so that the operand is, so often. What has been smoothed is smooth,
    /// and stays so under derivatives and factors y.
    fn asked(&self, operand: &[Letter], order: u32) -> Option<u32> {
        let mut derivatives = 0;
        for letter in operand {
            match letter {
                Letter::Smoothing(_) | Letter::OrnsteinUhlenbeck(_) => return Some(0),
                Letter::Derivative => derivatives += 1,
                // The derivative of the mean is the mean of the derivative: the relation says so.
                Letter::Shift(_) | Letter::Convolution(_) => {}
                Letter::Derivatives(_) => derivatives = EVERY,
                Letter::Times(term) if term.as_var() == Some(&self.operators.variable) => {}
                // The product of two unknown functions: nothing is known of either alone.
                Letter::Times(_) => return None,
            }
        }
        Some(derivatives.saturating_add(order))
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

fn formula(line: &Line, y: &Var) -> Formula {
    Formula::from(&operator::express(&line.operator, y))
}
