//! The check of a proof, step by step.

use super::arithmetic::equal;
use super::condition::needs;
use super::{Hypotheses, Need, Proof, Reason, Step, at, replaced};
use crate::rule::{Condition, Library, Substitution, instantiate};
use crate::term::canonical;

/// Checks proofs against a library of rules.
pub struct Kernel<'a> {
    pub library: &'a Library,
}

/// An accepted proof: what it takes, step by step.
#[derive(Clone, Debug)]
pub struct Checked {
    /// For each step, the needs of its conditions.
    pub needs: Vec<Vec<Need>>,
}

/// A rejected proof: the number of the step, from 0, and why.
#[derive(Clone, Debug, thiserror::Error)]
#[error("step {}: {why}", .step + 1)]
pub struct Rejection {
    pub step: usize,
    pub why: String,
}

impl Kernel<'_> {
    /// Accepts a proof, or says which step is wrong.
    ///
    /// # Errors
    /// The first step that is not what it claims to be.
    pub fn check(&self, proof: &Proof, hypotheses: &Hypotheses) -> Result<Checked, Rejection> {
        let reject = |step: usize, why: &str| Err(Rejection { step, why: why.into() });
        let mut current = canonical(&proof.left);
        let mut all = Vec::new();
        for (index, step) in proof.steps.iter().enumerate() {
            if canonical(&step.before) != current {
                return reject(index, "it does not begin where the last step ended");
            }
            all.push(self.step(step, hypotheses).map_err(|why| Rejection { step: index, why })?);
            current = canonical(&step.after);
        }
        if current != canonical(&proof.right) {
            return reject(proof.steps.len(), "the last step does not end at the right side");
        }
        Ok(Checked { needs: all })
    }

    fn step(&self, step: &Step, hypotheses: &Hypotheses) -> Result<Vec<Need>, String> {
        let definitions = &self.library.definitions;
        match &step.reason {
            Reason::Arithmetic if equal(definitions, &step.before, &step.after) => Ok(vec![]),
            Reason::Arithmetic => Err("the two sides differ by more than arithmetic".into()),
            Reason::Rule { name, forward, substitution } => {
                let rule = self.library.rule(name).ok_or_else(|| format!("there is no rule `{name}`"))?;
                let (from, to) = if *forward { (&rule.left, &rule.right) } else { (&rule.right, &rule.left) };
                let [from, to] = [from, to].map(|side| instantiate(definitions, side, substitution));
                let here = at(&step.before, &step.place).ok_or("the place does not exist")?;
                if *here != from {
                    let instance = replaced(&step.before, &step.place, &from).ok_or("the place does not exist")?;
                    if !equal(definitions, &step.before, &instance) {
                        return Err(format!("what stands at the place is no instance of `{name}`"));
                    }
                }
                let after = replaced(&step.before, &step.place, &to).ok_or("the place does not exist")?;
                if canonical(&after) != canonical(&step.after) {
                    return Err(format!("`{name}` gives something else"));
                }
                self.conditions(&rule.conditions, substitution, hypotheses)
            }
        }
    }

    /// What the conditions of a rule take at an instance.
    ///
    /// # Errors
    /// Says which condition fails.
    pub fn conditions(
        &self,
        conditions: &[Condition],
        substitution: &Substitution,
        hypotheses: &Hypotheses,
    ) -> Result<Vec<Need>, String> {
        let mut result = Vec::new();
        for condition in conditions {
            let condition = condition.instantiate(&self.library.definitions, substitution);
            for need in needs(&self.library.definitions, hypotheses, &condition)? {
                let refused = need.function().and_then(|f| hypotheses.classes.get(f)).is_some_and(|c| !need.granted_by(*c));
                if refused {
                    return Err(format!("it takes that {need}, which the granted class does not give"));
                }
                if !result.contains(&need) {
                    result.push(need);
                }
            }
        }
        Ok(result)
    }
}
