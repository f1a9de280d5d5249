//! From egg's explanations to proofs.

use super::graph::{ARITHMETIC, Graph, Instance};
use super::language::{Enode, to_expr};
use crate::proof::{Proof, Reason, Step};
use crate::rule::Library;
use crate::term::{Term, canonical};
use egg::FlatTerm;

/// The derivation of an equality; none if the graph does not hold it between the terms as they are written.
pub fn proof(graph: &mut Graph<'_>, library: &Library, left: &Term, right: &Term) -> Option<Proof> {
    let steps = tidy(steps(graph, library, left, right)?);
    Some(Proof { left: left.clone(), right: right.clone(), steps })
}

/// The derivation with every step of arithmetic on its own: where many are one, they may be more than evaluation sees.
pub fn slow_proof(graph: &mut Graph<'_>, library: &Library, left: &Term, right: &Term) -> Option<Proof> {
    let steps = direct(steps(graph, library, left, right)?);
    Some(Proof { left: left.clone(), right: right.clone(), steps })
}

fn steps(graph: &mut Graph<'_>, library: &Library, left: &Term, right: &Term) -> Option<Vec<Step>> {
    let [own, other] = [left, right].map(|side| graph.add_expr(&to_expr(side)));
    if graph.find(own) != graph.find(other) {
        return None;
    }
    let mut explanation = graph.explain_equivalence(&to_expr(left), &to_expr(right));
    let flat = explanation.make_flat_explanation();
    let mut steps = Vec::new();
    let mut before = flat.first().map_or_else(|| left.clone(), term);
    for next in flat.iter().skip(1) {
        let after = term(next);
        let mut place = Vec::new();
        if let Some((name, forward)) = rewrite(next, &mut place) {
            let reason = reason(&graph.analysis.instances, library, &name, forward);
            let place = if reason == Reason::Arithmetic { vec![] } else { place };
            steps.push(Step { reason, place, before: before.clone(), after: after.clone() });
        }
        before = after;
    }
    Some(steps)
}

fn reason(instances: &[Instance], library: &Library, name: &str, forward: bool) -> Reason {
    if let Some(index) = name.strip_prefix('h').and_then(|n| n.parse::<usize>().ok()) {
        return Reason::Hypothesis { index, forward };
    }
    let instance = name.strip_prefix('r').and_then(|n| n.parse::<usize>().ok()).and_then(|n| instances.get(n));
    match instance {
        Some(instance) if name != ARITHMETIC => Reason::Rule {
            name: library.rules[instance.rule].name.clone(),
            forward: instance.forward == forward,
            substitution: instance.substitution.clone(),
        },
        _ => Reason::Arithmetic,
    }
}

fn term(flat: &FlatTerm<Enode>) -> Term {
    Term::new(flat.node.op.clone(), flat.children.iter().map(term).collect())
}

/// The rewrite that led to a flat term, and where it happened; `true` if it went forward.
fn rewrite(flat: &FlatTerm<Enode>, place: &mut Vec<usize>) -> Option<(String, bool)> {
    if let Some(name) = &flat.forward_rule {
        return Some((name.to_string(), true));
    }
    if let Some(name) = &flat.backward_rule {
        return Some((name.to_string(), false));
    }
    for (index, child) in flat.children.iter().enumerate() {
        place.push(index);
        if let Some(found) = rewrite(child, place) {
            return Some(found);
        }
        place.pop();
    }
    None
}

/// Cuts detours and joins neighbouring steps of arithmetic.
pub fn tidy(steps: Vec<Step>) -> Vec<Step> {
    let mut result: Vec<Step> = Vec::new();
    for step in direct(steps) {
        match result.last_mut() {
            Some(last) if last.reason == Reason::Arithmetic && step.reason == Reason::Arithmetic => {
                last.after = step.after
            }
            _ => result.push(step),
        }
    }
    direct(result)
}

/// Cuts detours.
fn direct(steps: Vec<Step>) -> Vec<Step> {
    let mut result: Vec<Step> = Vec::new();
    for step in steps {
        // A term that was reached before: what lies between was a detour.
        let reached = canonical(&step.after);
        if let Some(index) = result.iter().position(|earlier| canonical(&earlier.before) == reached) {
            result.truncate(index);
            continue;
        }
        if canonical(&step.before) != reached {
            result.push(step);
        }
    }
    result
}
