//! The e-graph with its analysis: for each class its best terms, simplified.

use super::cost::{VIEWS, View, cost};
use super::language::{Enode, to_expr};
use crate::rule::Substitution;
use crate::term::{Definitions, Simplifier, Term, deadline};
use egg::{Analysis, DidMerge, EGraph, Id};
use rustc_hash::FxHashMap;

pub type Graph<'a> = EGraph<Enode, Facts<'a>>;

/// The reason of arithmetic unions.
pub const ARITHMETIC: &str = "arithmetic";

/// The steps that it takes to add an operator.
const ADDED: u64 = 2;

/// What is known of a class: its best term in each view.
#[derive(Clone, Debug)]
pub struct Best {
    pub terms: [(u64, Term); VIEWS.len()],
}

impl Best {
    /// The best term in a view.
    pub fn term(&self, view: View) -> &Term {
        &self.terms[view as usize].1
    }
}

/// A rule that was applied: enough to write the step down.
#[derive(Clone, Debug)]
pub struct Instance {
    pub rule: usize,
    pub forward: bool,
    pub substitution: Substitution,
}

/// The state of the analysis.
pub struct Facts<'a> {
    pub simplifier: Simplifier<'a>,
    /// Terms that were put together, with their simplified forms: still to be joined.
    pub pending: Vec<(Term, Term)>,
    pub instances: Vec<Instance>,
    /// Terms that have been added, with their uncanonical ids.
    ids: FxHashMap<Term, Id>,
    /// egg times each rebuild, for a log, with a clock that calibrates itself for milliseconds when it is first read.
    /// It gets one that stands still.
    clock: quanta::Clock,
}

impl<'a> Facts<'a> {
    pub fn new(definitions: &'a Definitions) -> Self {
        Facts {
            simplifier: Simplifier::new(definitions),
            pending: vec![],
            instances: vec![],
            ids: FxHashMap::default(),
            clock: quanta::Clock::mock().0,
        }
    }
}

impl Analysis<Enode> for Facts<'_> {
    type Data = Best;

    fn make(graph: &mut EGraph<Enode, Self>, node: &Enode, _: Id) -> Best {
        let mut last: Option<(Term, Term)> = None;
        let terms = VIEWS.map(|view| {
            let args = node.children.iter().map(|id| graph[*id].data.term(view).clone()).collect();
            let raw = Term::new(node.op.clone(), args);
            let simple = match &last {
                Some((before, simple)) if *before == raw => simple.clone(),
                _ => {
                    let simple = graph.analysis.simplifier.simplify(&raw);
                    if simple != raw {
                        graph.analysis.pending.push((raw.clone(), simple.clone()));
                    }
                    last = Some((raw, simple.clone()));
                    simple
                }
            };
            (cost(&simple, view), simple)
        });
        Best { terms }
    }

    fn merge(&mut self, a: &mut Best, b: Best) -> DidMerge {
        let mut merged = DidMerge(false, false);
        for (mine, other) in a.terms.iter_mut().zip(b.terms) {
            match (mine.0, &mine.1).cmp(&(other.0, &other.1)) {
                std::cmp::Ordering::Greater => {
                    *mine = other;
                    merged.0 = true;
                }
                std::cmp::Ordering::Less => merged.1 = true,
                std::cmp::Ordering::Equal => {}
            }
        }
        merged
    }
}

/// Adds a term as it is written and remembers its own id, which explanations start from.
pub fn add(graph: &mut Graph<'_>, term: &Term) -> Id {
    if let Some(id) = graph.analysis.ids.get(term) {
        return *id;
    }
    deadline::spend(ADDED * term.size() as u64);
    let id = graph.add_expr_uncanonical(&to_expr(term));
    graph.analysis.ids.insert(term.clone(), id);
    id
}

/// Joins two terms for a reason.
pub fn join(graph: &mut Graph<'_>, left: &Term, right: &Term, reason: &str) {
    let (a, b) = (add(graph, left), add(graph, right));
    if graph.find(a) != graph.find(b) {
        graph.union_trusted(a, b, reason);
    }
}

/// Joins what the analysis has simplified, until nothing is left.
pub fn settle(graph: &mut Graph<'_>, limit: usize) {
    rebuild(graph);
    while !graph.analysis.pending.is_empty() && graph.total_size() < limit {
        for (raw, simple) in std::mem::take(&mut graph.analysis.pending) {
            join(graph, &raw, &simple, ARITHMETIC);
        }
        rebuild(graph);
    }
}

fn rebuild(graph: &mut Graph<'_>) {
    let clock = graph.analysis.clock.clone();
    quanta::with_clock(&clock, || graph.rebuild());
}
