//! Which terms of the graph a rule is matched against.

use super::cost::VIEWS;
use super::saturate::Search;
use crate::rule::{Direction, Rule, Substitution};
use crate::term::{Op, Term};
use egg::Id;

impl Search<'_> {
    /// The terms of the graph that have the outer shape of a pattern.
    pub(super) fn candidates(&self, pattern: &Term) -> Vec<Term> {
        let mut result = Vec::new();
        for class in self.graph.classes() {
            result.extend(self.forms(class.id, pattern));
        }
        result.extend(self.written.iter().filter(|term| has_shape(pattern, term)).cloned());
        result.sort();
        result.dedup();
        result
    }

    fn forms(&self, class: Id, pattern: &Term) -> Vec<Term> {
        let mut result = Vec::new();
        for node in &self.graph[class].nodes {
            if !same_shape(pattern.op(), &node.op) || node.children.len() != pattern.args().len() {
                continue;
            }
            let mut choices: Vec<Vec<Term>> = vec![vec![]];
            for (child, sub) in node.children.iter().zip(pattern.args()) {
                let terms = if sub.op().bound().is_some() {
                    self.forms(*child, sub)
                } else {
                    let mut terms: Vec<Term> =
                        VIEWS.iter().map(|view| self.graph[*child].data.term(*view).clone()).collect();
                    terms.dedup();
                    terms
                };
                choices = choices
                    .iter()
                    .flat_map(|c| terms.iter().map(move |t| [c.as_slice(), std::slice::from_ref(t)].concat()))
                    .collect();
                if choices.len() > 64 {
                    return result;
                }
            }
            result.extend(choices.into_iter().map(|args| Term::new(node.op.clone(), args)));
        }
        result
    }
}

pub(super) fn sides(rule: &Rule) -> Vec<(&Term, bool)> {
    match rule.direction {
        Direction::Forward => vec![(&rule.left, true)],
        Direction::Both => vec![(&rule.left, true), (&rule.right, false)],
    }
}

/// The operators of a pattern that candidates have to have.
pub(super) fn shape(pattern: &Term) -> String {
    let inner = |sub: &Term| if sub.op().bound().is_some() { shape(sub) } else { "_".into() };
    let name = match pattern.op() {
        Op::Expect(_) => "E".into(),
        Op::Integral(_) => "int".into(),
        Op::Sum(_) => "sum".into(),
        Op::Derivative(_, order) => format!("D{order}"),
        op => format!("{op:?}"),
    };
    format!("{name}({})", pattern.args().iter().map(inner).collect::<Vec<_>>().join(","))
}

/// Whether the laws that a pattern names stand where it names them.
pub(super) fn laws_fit(pattern: &Term, term: &Term) -> bool {
    match pattern.op() {
        Op::Law(_) => pattern.op() == term.op() && pattern.args().len() == term.args().len(),
        op if op.bound().is_some() => pattern.args().iter().zip(term.args()).all(|(p, t)| laws_fit(p, t)),
        _ => true,
    }
}

/// The same, of a term as it is written.
fn has_shape(pattern: &Term, term: &Term) -> bool {
    same_shape(pattern.op(), term.op())
        && pattern.args().len() == term.args().len()
        && pattern.args().iter().zip(term.args()).all(|(p, t)| p.op().bound().is_none() || has_shape(p, t))
}

/// Equal operators, up to the variable that they bind and its domain.
fn same_shape(pattern: &Op, op: &Op) -> bool {
    match (pattern, op) {
        (Op::Expect(_), Op::Expect(_)) | (Op::Integral(_), Op::Integral(_)) | (Op::Sum(_), Op::Sum(_)) => true,
        (Op::Derivative(_, a), Op::Derivative(_, b)) => a == b,
        (Op::Function(_), Op::Function(_)) | (Op::Pow, Op::Pow) => pattern == op,
        _ => false,
    }
}

/// Other rules, or linearity, say the same: the parameter `u(θ)` of a law in a pattern has been matched with one that is free
/// of θ, or the order of means is changed where no factor holds both samples.
pub(super) fn is_degenerate(pattern: &Term, substitution: &Substitution) -> bool {
    let function = |term: &Term| match term.op() {
        Op::Apply(name, _) => substitution.functions.get(name),
        _ => None,
    };
    let constant = |argument: &Term| {
        function(argument).is_some_and(|(parameters, body)| parameters.iter().all(|p| !body.depends_on(p)))
    };
    let apart = |inner: &Term| {
        let factors = |body: &Term| match body.op() {
            Op::Mul => body.args().to_vec(),
            _ => vec![body.clone()],
        };
        function(&inner.args()[inner.op().body_index()]).is_some_and(|(parameters, body)| {
            factors(body).iter().all(|factor| parameters.iter().any(|p| !factor.depends_on(p)))
        })
    };
    let is_mean = |t: &Term| matches!(t.op(), Op::Expect(_) | Op::Integral(_) | Op::Sum(_));
    let twice = is_mean(pattern).then(|| &pattern.args()[pattern.op().body_index()]).filter(|inner| is_mean(inner));
    twice.is_some_and(apart) || pattern.any(&|t| matches!(t.op(), Op::Law(_)) && t.args().iter().any(constant))
}
