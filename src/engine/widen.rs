//! Beyond best terms: sums, products and means of every known form of their parts.
//!
//! The analysis puts a sum together from the best terms of its parts. Where a rule has turned `E[s²]` into `-E[s']`, and
//! the first is the shorter one, `-E[s²]` is never written as `E[s']`, nor `D[E[s²]]` as `-D[E[s']]`. Once the rules are
//! exhausted, this does it.

use super::cost::View;
use super::graph::{ARITHMETIC, add, join, settle};
use super::saturate::Search;
use crate::term::{Op, Term};

/// Forms of a part, and combinations of forms of one sum or product, that are looked at.
const FORMS: usize = 12;
const COMBINED: usize = 64;

fn is_linear(op: &Op) -> bool {
    matches!(op, Op::Add | Op::Mul | Op::Derivative(..) | Op::Expect(_))
}

impl Search<'_> {
    /// Writes every sum, product and derivative with an operator in it in the forms of its parts; true if that was news.
    pub(super) fn widen(&mut self) -> bool {
        let mut raw: Vec<Term> = Vec::new();
        for class in self.graph.classes() {
            for node in class.nodes.iter().filter(|node| is_linear(&node.op)) {
                let mut choices: Vec<Vec<Term>> = vec![vec![]];
                for child in &node.children {
                    let forms = self.forms_of(*child);
                    if choices.len() * forms.len() > COMBINED {
                        choices.iter_mut().for_each(|choice| choice.push(forms[0].clone()));
                        continue;
                    }
                    let with =
                        |choice: &Vec<Term>, form: &Term| [choice.as_slice(), std::slice::from_ref(form)].concat();
                    choices = choices.iter().flat_map(|c| forms.iter().map(move |form| with(c, form))).collect();
                }
                raw.extend(choices.into_iter().map(|args| Term::new(node.op.clone(), args)));
            }
        }
        raw.sort();
        raw.dedup();
        let mut news = false;
        for term in raw.into_iter().filter(Term::has_operator) {
            let simple = self.graph.analysis.simplifier.simplify(&term);
            let (a, b) = (add(&mut self.graph, &term), add(&mut self.graph, &simple));
            if self.graph.find(a) != self.graph.find(b) {
                join(&mut self.graph, &term, &simple, ARITHMETIC);
                news = true;
            }
            // A form that was there but never the best one has not been looked at.
            if self.seen.insert(simple.clone()) {
                news |= self.enter(&simple);
                news |= self.take_apart(&simple);
            }
            if self.exceeded().is_some() {
                break;
            }
        }
        settle(&mut self.graph, self.limits.nodes);
        news
    }

    /// The best form of a class first, then the others, if it is one of an operator.
    fn forms_of(&self, id: egg::Id) -> Vec<Term> {
        let class = &self.graph[id];
        let mut forms = vec![class.data.term(View::Law).clone()];
        if forms[0].has_operator() {
            for node in &class.nodes {
                let args = node.children.iter().map(|child| self.graph[*child].data.term(View::Law).clone()).collect();
                let form = Term::new(node.op.clone(), args);
                if !forms.contains(&form) && forms.len() < FORMS {
                    forms.push(form);
                }
            }
        }
        forms
    }
}
