//! Equal forms of a mean: under the law that holds the parameters, or as a mean of transformed noise.

use super::Sample;
use crate::engine::rewritten;
use crate::proof::{Hypotheses, Kernel};
use crate::rule::{Condition, Direction, Library, Rule, Substitution, Turn};
use crate::term::{Op, Simplifier, Term};

/// Changes of variables, and what they make of means.
pub struct Forms<'a> {
    library: &'a Library,
    hypotheses: &'a Hypotheses,
    /// Rules between two means that hold both ways.
    changes: Vec<&'a Rule>,
}

/// More forms than this are not looked at.
const FORMS: usize = 8;

/// A mean in all forms that changes of variables give it, as it stands first.
pub fn forms(library: &Library, hypotheses: &Hypotheses, term: &Term) -> Vec<Term> {
    Forms::new(library, hypotheses).all(term)
}

impl<'a> Forms<'a> {
    pub fn new(library: &'a Library, hypotheses: &'a Hypotheses) -> Self {
        let is_change = |rule: &&Rule| {
            let means = [&rule.left, &rule.right].iter().all(|side| matches!(side.op(), Op::Expect(_)));
            rule.turn == Turn::First && rule.direction == Direction::Both && means
        };
        Forms { library, hypotheses, changes: library.rules.iter().filter(is_change).collect() }
    }

    /// The mean and all that two changes of variables make of it.
    pub fn all(&self, term: &Term) -> Vec<Term> {
        let mut forms = vec![term.clone()];
        for _ in 0..2 {
            for form in forms.clone() {
                for changed in self.changed(&form, true).into_iter().chain(self.changed(&form, false)) {
                    if !forms.contains(&changed) && forms.len() < FORMS {
                        forms.push(changed);
                    }
                }
            }
        }
        forms
    }

    /// The same number as a mean of noise whose law has no parameters, inside and outside; none if it is one already, or
    /// cannot be.
    pub fn noise(&self, term: &Term) -> Option<Term> {
        let Op::Expect(var) = term.op() else { return None };
        let (law, body) = (&term.args()[0], &term.args()[1]);
        let inner = self.noise(body);
        let term = match &inner {
            Some(body) => Term::expect(var, law.clone(), body.clone()),
            None => term.clone(),
        };
        if law.free().is_empty() {
            return inner.map(|_| term);
        }
        self.changed(&term, false).into_iter().find(|form| form.args()[0].free().is_empty())
    }

    /// The form whose law has the fewest parameters: `Gamma(a, 1)` rather than `Gamma(a, b)`.
    pub fn standard(&self, term: &Term) -> Term {
        let parameters = |form: &Term| form.args().first().map_or(0, |law| law.free().len());
        self.all(term).into_iter().min_by_key(parameters).unwrap_or_else(|| term.clone())
    }

    fn changed(&self, term: &Term, forward: bool) -> Vec<Term> {
        let mut simplifier = Simplifier::new(&self.library.definitions);
        let mut found = Vec::new();
        for rule in &self.changes {
            let (from, to) = if forward { (&rule.left, &rule.right) } else { (&rule.right, &rule.left) };
            let readings = rewritten(&self.library.definitions, from, to, term);
            let kept = readings.into_iter().filter(|(substitution, _)| self.holds(rule, substitution));
            let gathered = kept.map(|(_, form)| Sample::gathered(&mut simplifier, &form));
            found.extend(gathered.filter(|form| matches!(form.op(), Op::Expect(_))));
        }
        found
    }

    /// What changes of variables would make of a mean, each with the condition by which it fails.
    pub fn refused(&self, term: &Term) -> Vec<(Term, Condition)> {
        let definitions = &self.library.definitions;
        let kernel = Kernel::new(self.library);
        let mut found = Vec::new();
        for rule in &self.changes {
            for (from, to) in [(&rule.left, &rule.right), (&rule.right, &rule.left)] {
                for (substitution, form) in rewritten(definitions, from, to, term) {
                    let fails = |condition: &&Condition| {
                        kernel.conditions(std::slice::from_ref(*condition), &substitution, self.hypotheses).is_err()
                    };
                    if let Some(condition) = rule.conditions.iter().find(fails) {
                        found.push((form, condition.instantiate(definitions, &substitution)));
                    }
                }
            }
        }
        found
    }

    fn holds(&self, rule: &Rule, substitution: &Substitution) -> bool {
        Kernel::new(self.library).conditions(&rule.conditions, substitution, self.hypotheses).is_ok()
    }
}
