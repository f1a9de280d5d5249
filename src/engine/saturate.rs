//! The search itself: rules and arithmetic in turn, until both sides meet or a limit is reached.

use super::candidates::{is_degenerate, laws_fit, shape, sides};
use super::cases::by_cases;
use super::cost::VIEWS;
use super::distribute::{distribute, distribute_fully, gather};
use super::graph::{ARITHMETIC, Facts, Graph, Instance, add, join, settle};
use super::matching::matches;
use super::prove::{Limits, Statistics};
use crate::proof::{Fingerprint, Fingerprinter, Hypotheses, Kernel, Need, similar};
use crate::rule::{Library, Rule, Turn, instantiate};
use crate::term::{Op, Term, Var, canonical, deadline};
use egg::Id;
use rustc_hash::{FxHashMap, FxHashSet};

/// What a search tries; each is slower than the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breadth {
    /// The core of the library.
    Core,
    /// All rules but those whose turn is last, and those that write a mean as an integral or a sum.
    Means,
    /// All rules.
    Library,
}

impl Breadth {
    fn takes(self, rule: &Rule) -> bool {
        let integral = |t: &Term| t.any(&|t| matches!(t.op(), Op::Integral(_) | Op::Sum(_)));
        match self {
            Breadth::Core => rule.turn == Turn::First,
            Breadth::Means => rule.turn != Turn::Last && (integral(&rule.left) || !integral(&rule.right)),
            Breadth::Library => true,
        }
    }
}

/// How much one search may do.
#[derive(Clone, Copy)]
pub struct Effort {
    /// The order of derivative that may be assumed of unknown functions.
    pub order: u32,
    pub breadth: Breadth,
    /// Sums and products of every form of their parts are looked at, not of the best ones alone.
    pub thorough: bool,
    /// The count of [steps](deadline::steps) at which it has to end.
    pub until: u64,
}

/// How a search ended.
pub enum End {
    Met,
    /// Nothing more to do; the next order of smoothness that would allow more.
    Exhausted(Option<u32>),
    Exceeded(String),
}

/// One e-graph and what has been done to it.
pub struct Search<'a> {
    library: &'a Library,
    kernel: &'a Kernel<'a>,
    hypotheses: &'a Hypotheses,
    pub(super) limits: &'a Limits,
    pub graph: Graph<'a>,
    fingerprints: Fingerprinter<'a>,
    /// Terms by fingerprint, to find those that are equal by arithmetic.
    known: FxHashMap<i64, Vec<(Fingerprint, Term)>>,
    pub(super) seen: FxHashSet<Term>,
    /// The parts of both sides as they are written, with their derivatives still to be taken.
    pub(super) written: Vec<Term>,
    /// Rules that were matched against a term already.
    tried: FxHashSet<(usize, bool, Term)>,
    effort: Effort,
    /// The next order that some rule asked for.
    next_stage: Option<u32>,
    rounds: usize,
}

impl<'a> Search<'a> {
    pub fn new(kernel: &'a Kernel<'a>, hypotheses: &'a Hypotheses, limits: &'a Limits, effort: Effort) -> Self {
        let library = kernel.library();
        let definitions = &library.definitions;
        Search {
            library,
            kernel,
            hypotheses,
            limits,
            graph: Graph::new(Facts::new(definitions)).with_explanations_enabled(),
            fingerprints: Fingerprinter { definitions },
            known: FxHashMap::default(),
            seen: FxHashSet::default(),
            written: vec![],
            tried: FxHashSet::default(),
            effort,
            next_stage: None,
            rounds: 0,
        }
    }

    /// Adds terms beside the two sides.
    pub fn seed(&mut self, terms: &[Term]) {
        for term in terms {
            add(&mut self.graph, term);
        }
    }

    /// Saturates until both sides meet.
    pub fn run(&mut self, left: &Term, right: &Term) -> End {
        let goal = (add(&mut self.graph, left), add(&mut self.graph, right));
        // Where nothing is differentiated, best terms say as much.
        for side in [left, right] {
            side.visit(&mut |part| {
                if part.op().bound().is_some() && part.any(&|t| matches!(t.op(), Op::Derivative(..))) {
                    self.written.push(part.clone());
                }
            });
        }
        self.saturate(Some(goal))
    }

    /// Saturates around a term, towards nothing; then every form of it that was found.
    pub fn explore(&mut self, term: &Term) -> Vec<Term> {
        let root = add(&mut self.graph, term);
        self.saturate(None);
        let class = &self.graph[self.graph.find(root)];
        let mut forms: Vec<Term> = VIEWS.iter().map(|view| class.data.term(*view).clone()).collect();
        for node in &class.nodes {
            for view in VIEWS {
                let args = node.children.iter().map(|id| self.graph[*id].data.term(view).clone()).collect();
                forms.push(canonical(&Term::new(node.op.clone(), args)));
            }
        }
        forms.sort();
        forms.dedup();
        forms
    }

    fn saturate(&mut self, goal: Option<(Id, Id)>) -> End {
        for (index, (left, right)) in self.hypotheses.equations.iter().enumerate() {
            join(&mut self.graph, left, right, &format!("h{index}"));
        }
        settle(&mut self.graph, self.limits.nodes);
        loop {
            let joined = self.arithmetic();
            if self.met(goal) {
                return End::Met;
            }
            if let Some(reason) = self.exceeded() {
                return End::Exceeded(reason);
            }
            self.rounds += 1;
            let fired = self.round(goal);
            settle(&mut self.graph, self.limits.nodes);
            if self.met(goal) {
                return End::Met;
            }
            if fired == 0 && !joined && !(self.effort.thorough && self.widen()) {
                return End::Exhausted(self.next_stage);
            }
        }
    }

    /// How large the search is.
    pub fn statistics(&self) -> Statistics {
        let (nodes, classes) = (self.graph.total_size(), self.graph.number_of_classes());
        Statistics { nodes, classes, rounds: self.rounds }
    }

    fn met(&self, goal: Option<(Id, Id)>) -> bool {
        goal.is_some_and(|(left, right)| self.graph.find(left) == self.graph.find(right))
    }

    pub(super) fn exceeded(&self) -> Option<String> {
        if deadline::is_late() {
            return Some("no derivation within the time limit".into());
        }
        if deadline::is_over() {
            return Some(format!(
                "no derivation within {:.1} million steps; a longer time allows more",
                self.limits.steps as f64 / 1e6
            ));
        }
        if self.graph.total_size() > self.limits.nodes {
            return Some(format!("no derivation within the limit of {} nodes", self.limits.nodes));
        }
        if self.rounds >= self.limits.rounds {
            return Some(format!("no derivation within {} rounds", self.limits.rounds));
        }
        if self.graph.analysis.simplifier.exhausted() {
            return Some("no derivation within the limit on simplification".into());
        }
        None
    }

    /// Joins what is equal by arithmetic; true if anything was joined.
    fn arithmetic(&mut self) -> bool {
        let mut joined = false;
        loop {
            let mut terms: Vec<Term> = Vec::new();
            for class in self.graph.classes() {
                terms.extend(VIEWS.iter().map(|view| class.data.term(*view).clone()));
            }
            terms.sort();
            terms.dedup();
            let mut again = false;
            for term in terms {
                if self.seen.insert(term.clone()) {
                    again |= self.enter(&term);
                    if term.has_operator() {
                        again |= self.take_apart(&term);
                    }
                }
                if self.exceeded().is_some() {
                    return joined;
                }
            }
            settle(&mut self.graph, self.limits.nodes);
            joined |= again;
            if !again {
                return joined;
            }
        }
    }

    /// Records a term by its fingerprint and joins it with one that has the same; true if that was news.
    pub(super) fn enter(&mut self, term: &Term) -> bool {
        let Some(fingerprint) = self.fingerprints.of(term) else { return false };
        let keys = fingerprint.keys();
        let near = keys.iter().filter_map(|key| self.known.get(key)).flatten();
        let near = near.filter(|(other, t)| t != term && other.matches(&fingerprint));
        let near: Vec<Term> = near.map(|(_, t)| t.clone()).collect();
        self.known.entry(keys[0]).or_default().push((fingerprint, term.clone()));
        if near.is_empty() {
            return false;
        }
        let id = add(&mut self.graph, term);
        // What is known to be equal needs no closer look.
        let is_joined = |graph: &mut Graph<'_>, other: &Term| {
            let other = add(graph, other);
            graph.find(other) == graph.find(id)
        };
        if near.iter().any(|other| is_joined(&mut self.graph, other)) {
            return false;
        }
        let definitions = &self.library.definitions;
        let Some(other) = near.iter().find(|other| similar(definitions, other, term)) else { return false };
        join(&mut self.graph, term, other, ARITHMETIC);
        true
    }

    /// Linear parts on their own, and a k-th derivative as the (k-1)-th of the first.
    pub(super) fn take_apart(&mut self, term: &Term) -> bool {
        let simplifier = &mut self.graph.analysis.simplifier;
        let mut forms: Vec<Term> = Vec::new();
        if term.size() < 600 {
            forms.extend(distribute(simplifier, term));
            forms.extend(gather(simplifier, term));
            // Rules for discrete laws, and for moments, take single factors of the variable.
            let whole = |t: &Term| t.op().bound().is_some_and(|v| v.domain.is_integer());
            let explicit = !term.any(&|t| matches!(t.op(), Op::Apply(..) | Op::UnknownLaw(_)));
            if self.effort.thorough || term.any(&whole) || explicit {
                forms.extend(distribute_fully(simplifier, term));
            }
            forms.extend(by_cases(simplifier, term));
        }
        if let (Op::Derivative(var, order @ 2..), [body, point]) = (term.op(), term.args()) {
            let point_var = Var::free("·once", var.domain);
            let once =
                Term::derivative(&point_var, 1, crate::term::substitute(body, var, &Term::var(point_var.clone())));
            let split = Term::bind(Op::Derivative(point_var, order - 1), vec![once, point.clone()]);
            forms.push(split);
        }
        let mut news = false;
        for form in forms {
            if self.seen.insert(form.clone()) {
                join(&mut self.graph, term, &form, ARITHMETIC);
                self.enter(&form);
                news = true;
            }
        }
        news
    }

    /// Applies every rule once to every class; returns how many new equalities were found.
    fn round(&mut self, goal: Option<(Id, Id)>) -> usize {
        let mut fired = 0;
        let mut found: Vec<(usize, bool, Term)> = Vec::new();
        // Many rules have one outer shape; what has it is looked for once.
        let mut shaped: FxHashMap<String, Vec<Term>> = FxHashMap::default();
        let library = self.library;
        let rules = library.rules.iter().enumerate();
        for (index, rule) in rules.filter(|(_, rule)| self.effort.breadth.takes(rule)) {
            for (pattern, forward) in sides(rule) {
                let terms = shaped.entry(shape(pattern)).or_insert_with(|| self.candidates(pattern));
                for term in terms.iter().filter(|term| laws_fit(pattern, term)) {
                    if self.tried.insert((index, forward, term.clone())) {
                        found.push((index, forward, term.clone()));
                    }
                }
            }
        }
        found.sort_by(|a, b| (&a.2, a.0, a.1).cmp(&(&b.2, b.0, b.1)));
        for (index, forward, term) in found {
            let news = self.apply(index, forward, &term);
            fired += news;
            if self.exceeded().is_some() || (news > 0 && self.met(goal)) {
                break;
            }
        }
        fired
    }

    fn apply(&mut self, index: usize, forward: bool, term: &Term) -> usize {
        let rule = &self.library.rules[index];
        let (from, to) = if forward { (&rule.left, &rule.right) } else { (&rule.right, &rule.left) };
        let mut fired = 0;
        for substitution in matches(&mut self.graph.analysis.simplifier, from, term) {
            if is_degenerate(from, &substitution) {
                continue;
            }
            let after = instantiate(&self.library.definitions, to, &substitution);
            if after == *term || after.size() > 2_000 || after.any(&is_unresolved) {
                continue;
            }
            let Ok(needs) = self.kernel.conditions(&rule.conditions, &substitution, self.hypotheses) else { continue };
            let instance = Instance { rule: index, forward, substitution };
            let assumed = self.assumed(&needs);
            if assumed <= self.effort.order {
                fired += usize::from(self.fire(instance, term, &after));
            } else {
                self.next_stage = Some(self.next_stage.map_or(assumed, |order| order.min(assumed)));
            }
        }
        fired
    }

    /// The highest order of smoothness that is assumed, beyond what was granted.
    fn assumed(&self, needs: &[Need]) -> u32 {
        let order = |need: &Need| match need {
            Need::Differentiable { function, order } => {
                let granted = self.hypotheses.classes.get(function).is_some_and(|class| need.granted_by(*class));
                if granted { 0 } else { *order }
            }
            Need::Continuous { function } => {
                let granted = self.hypotheses.classes.get(function).is_some_and(|class| need.granted_by(*class));
                u32::from(!granted)
            }
            Need::Convention(_) => 0,
            Need::Covers { .. } | Need::Exists { .. } | Need::Vanishes { .. } => 1,
        };
        needs.iter().map(order).max().unwrap_or(0)
    }

    fn fire(&mut self, instance: Instance, before: &Term, after: &Term) -> bool {
        let (a, b) = (add(&mut self.graph, before), add(&mut self.graph, after));
        if self.graph.find(a) == self.graph.find(b) {
            return false;
        }
        // The rule joins its own two sides; that the first is the term at hand is arithmetic.
        let rule = &self.library.rules[instance.rule];
        let side = if instance.forward { &rule.left } else { &rule.right };
        let stated = instantiate(&self.library.definitions, side, &instance.substitution);
        let name = format!("r{}", self.graph.analysis.instances.len());
        self.graph.analysis.instances.push(instance);
        join(&mut self.graph, before, &stated, ARITHMETIC);
        join(&mut self.graph, &stated, after, &name);
        // The simplified result is found by its value even where it is not the best of its class.
        let simple = self.graph.analysis.simplifier.simplify(after);
        join(&mut self.graph, after, &simple, ARITHMETIC);
        if self.seen.insert(simple.clone()) {
            self.enter(&simple);
            self.take_apart(&simple);
        }
        true
    }
}

/// An end of a support that no file tells.
fn is_unresolved(term: &Term) -> bool {
    term.is_function("lower") || term.is_function("upper")
}
