//! The check of a proof, step by step.

use super::arithmetic::equal;
use super::condition::needs;
use super::existence::{Existence, Orders, Standing};
use super::refusal::refuse;
use super::{Hypotheses, Need, Proof, Reason, Step, at, replaced};
use crate::rule::{Condition, Library, Rule, Substitution, instantiate};
use crate::term::{Identity, Op, Symbol, Term, Var, canonical};
use std::collections::BTreeSet;

/// Bound variables with larger numbers serve substitution while it is under way; no proof may hold them.
const NUMBERS: u32 = 1 << 20;

/// Checks proofs against a library of rules.
pub struct Kernel<'a> {
    library: &'a Library,
    existence: Existence<'a>,
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
    /// The step, counted from 1.
    pub step: usize,
    /// What is wrong with it.
    pub why: String,
}

impl<'a> Kernel<'a> {
    /// A kernel for proofs whose steps may use the rules of the library.
    pub fn new(library: &'a Library) -> Kernel<'a> {
        Kernel { library, existence: Existence::new(&library.definitions) }
    }

    /// The library whose rules proofs may use.
    pub fn library(&self) -> &'a Library {
        self.library
    }

    /// Accepts a proof, or says which step is wrong.
    ///
    /// # Errors
    /// The first step that is not what it claims to be.
    pub fn check(&self, proof: &Proof, hypotheses: &Hypotheses) -> Result<Checked, Rejection> {
        let reject = |step: usize, why: &str| refuse::<()>(why).map_err(|why| Rejection { step, why });
        if !is_numbered(&proof.left) || !is_numbered(&proof.right) {
            reject(0, "a bound variable of the statement has a reserved number")?;
        }
        let mut current = canonical(&proof.left);
        let mut all = Vec::new();
        for (index, step) in proof.steps.iter().enumerate() {
            if canonical(&step.before) != current {
                reject(index, "it does not begin where the last step ended")?;
            }
            all.push(self.step(step, hypotheses).map_err(|why| Rejection { step: index, why })?);
            current = canonical(&step.after);
        }
        if current != canonical(&proof.right) {
            reject(proof.steps.len(), "the last step does not end at the right side")?;
        }
        let orders = Orders::of(&all.concat());
        let page: Vec<_> =
            [&proof.left, &proof.right].into_iter().flat_map(|side| self.existence.standing(side).to_vec()).collect();
        for (index, (step, needs)) in proof.steps.iter().zip(&mut all).enumerate() {
            let found = self.existing(step, &page, hypotheses, &orders);
            for need in found.map_err(|why| Rejection { step: index, why })? {
                if !needs.contains(&need) {
                    needs.push(need);
                }
            }
        }
        Ok(Checked { needs: all })
    }

    /// What it takes for the means that a step brings in to exist.
    fn existing(
        &self,
        step: &Step,
        page: &[Standing],
        hypotheses: &Hypotheses,
        orders: &Orders,
    ) -> Result<Vec<Need>, String> {
        let before = self.existence.standing(&step.before);
        let known = [page, before.as_slice()].concat();
        let Reason::Rule { name, forward, substitution } = &step.reason else {
            return self.existence.of_step(&step.after, &[], &known, hypotheses, orders);
        };
        let rule = self.library.rule(name).ok_or("the rule is gone")?;
        let (from, to) = if *forward { (&rule.left, &rule.right) } else { (&rule.right, &rule.left) };
        let [from, to] = [from, to].map(|side| instantiate(&self.library.definitions, side, substitution));
        let stated = replaced(&step.before, &step.place, &from).ok_or("the place does not exist")?;
        let mut needs = self.existence.of_step(&stated, &[], &known, hypotheses, orders)?;
        let known = [known.as_slice(), self.existence.standing(&stated).as_slice()].concat();
        let exempt = if rule.shares_existence {
            let only =
                |side: &Term| replaced(&step.before, &step.place, side).map(|whole| self.existence.standing(&whole));
            let (brought, without) = (only(&to).unwrap_or_default(), only(&Term::zero()).unwrap_or_default());
            brought.iter().filter(|s| !without.contains(s)).cloned().collect()
        } else {
            vec![]
        };
        needs.extend(self.existence.of_step(&step.after, &exempt, &known, hypotheses, orders)?);
        Ok(needs)
    }

    fn step(&self, step: &Step, hypotheses: &Hypotheses) -> Result<Vec<Need>, String> {
        if !is_numbered(&step.before) || !is_numbered(&step.after) {
            refuse::<()>("a bound variable of the step has a reserved number")?;
        }
        let definitions = &self.library.definitions;
        match &step.reason {
            Reason::Arithmetic if equal(definitions, &step.before, &step.after) => Ok(vec![]),
            Reason::Arithmetic => refuse("the two sides differ by more than arithmetic"),
            Reason::Hypothesis { index, forward } => {
                // Its letters are free, so that no binder around the place, a derivative's least of all, captures them.
                let (left, right) = hypotheses.equations.get(*index).ok_or("there is no such hypothesis")?;
                let (from, to) = if *forward { (left, right) } else { (right, left) };
                let here = at(&step.before, &step.place).ok_or("the place does not exist")?;
                if canonical(here) != canonical(from) {
                    refuse::<()>("what stands at the place is no side of the hypothesis")?;
                }
                let after = replaced(&step.before, &step.place, to).ok_or("the place does not exist")?;
                if canonical(&after) != canonical(&step.after) {
                    refuse::<()>("the hypothesis gives something else")?;
                }
                Ok(vec![])
            }
            Reason::Rule { name, forward, substitution } => {
                let rule = self.library.rule(name).ok_or_else(|| format!("there is no rule `{name}`"))?;
                is_proper(rule, substitution)?;
                let (from, to) = if *forward { (&rule.left, &rule.right) } else { (&rule.right, &rule.left) };
                let [from, to] = [from, to].map(|side| instantiate(definitions, side, substitution));
                let here = at(&step.before, &step.place).ok_or("the place does not exist")?;
                if *here != from {
                    let instance = replaced(&step.before, &step.place, &from).ok_or("the place does not exist")?;
                    if !equal(definitions, &step.before, &instance) {
                        refuse::<()>(format!("what stands at the place is no instance of `{name}`"))?;
                    }
                }
                let after = replaced(&step.before, &step.place, &to).ok_or("the place does not exist")?;
                if canonical(&after) != canonical(&step.after) {
                    refuse::<()>(format!("`{name}` gives something else"))?;
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
        let mut result: Vec<Need> = Vec::new();
        // What is assumed of derivatives comes first: means may rest on it.
        let speaks_of_means = |c: &&Condition| matches!(c, Condition::Exists { .. } | Condition::Vanishes(_));
        let (later, first): (Vec<&Condition>, Vec<&Condition>) = conditions.iter().partition(speaks_of_means);
        for condition in first.into_iter().chain(later) {
            let condition = condition.instantiate(&self.library.definitions, substitution);
            let orders = Orders::of(&result);
            for need in needs(&self.library.definitions, hypotheses, &condition, &self.existence, &orders)? {
                let refused =
                    need.function().and_then(|f| hypotheses.classes.get(f)).is_some_and(|c| !need.granted_by(*c));
                if refused {
                    refuse::<()>(format!("it takes that {need}, which the granted class does not give"))?;
                }
                if !result.contains(&need) {
                    result.push(need);
                }
            }
        }
        Ok(result)
    }
}

fn is_numbered(term: &Term) -> bool {
    let small = |v: &Var| !matches!(v.identity, Identity::Bound(number) if number >= NUMBERS);
    term.height() < NUMBERS && term.free().iter().all(small)
}

/// Whether a substitution is one for the rule: it gives values to letters of the rule and to nothing else, so that
/// no bound variable is mistaken for a letter in a condition, and it keeps what is stopped apart.
fn is_proper(rule: &Rule, substitution: &Substitution) -> Result<(), String> {
    let is_letter =
        |name: &Symbol| [&rule.left, &rule.right].iter().any(|side| side.free().iter().any(|v| v.name() == Some(name)));
    if let Some(name) = substitution.letters.keys().find(|name| !is_letter(name)) {
        refuse::<()>(format!("`{name}` is no letter of `{}`", rule.name))?;
    }
    let values = substitution.letters.values().chain(substitution.functions.values().map(|(_, value)| value));
    if values.clone().any(|value| !is_numbered(value)) {
        refuse::<()>("a bound variable of the substitution has a reserved number")?;
    }
    // A stopped term equals what it stops, but not in its derivatives: where a rule moves a variable from a function
    // to a law, or differentiates in a sample, it must not be hidden in a stopped part.
    let mut moved = BTreeSet::new();
    find_moved(&rule.left, &mut Vec::new(), &mut moved);
    find_moved(&rule.right, &mut Vec::new(), &mut moved);
    for (name, (parameters, value)) in &substitution.functions {
        let stops = |index: usize| {
            parameters.get(index).is_some_and(|p| value.any(&|t| *t.op() == Op::StopGrad && t.depends_on(p)))
        };
        let is_held_law = *value.op() == Op::StopGrad && matches!(value.args()[0].op(), Op::Law(_) | Op::UnknownLaw(_));
        if is_held_law {
            refuse::<()>(format!("`{}` does not hold for stopped laws", rule.name))?;
        }
        if moved.iter().any(|(function, index)| function == name && stops(*index)) {
            refuse::<()>(format!("`{}` does not hold for stopped terms", rule.name))?;
        }
    }
    Ok(())
}

/// The arguments of metafunctions that are no plain variable, or in whose variable a rule differentiates at a sample.
fn find_moved(term: &Term, samples: &mut Vec<Var>, moved: &mut BTreeSet<(Symbol, usize)>) {
    if let Op::Apply(name, _) = term.op() {
        let shifted = term.args().iter().enumerate().filter(|(_, arg)| arg.as_var().is_none());
        moved.extend(shifted.map(|(index, _)| (name.clone(), index)));
    }
    let kept = samples.len();
    let bound = term.op().bound().cloned();
    for (index, arg) in term.args().iter().enumerate() {
        match term.op() {
            Op::Expect(_) | Op::Integral(_) | Op::Sum(_) if index == term.op().body_index() => {
                samples.extend(bound.clone())
            }
            Op::Derivative(var, _) if index == 0 && term.args()[1].as_var().is_some_and(|p| samples.contains(p)) => {
                arg.visit(&mut |t| {
                    if let Op::Apply(name, _) = t.op() {
                        let held = t.args().iter().enumerate().filter(|(_, arg)| arg.depends_on(var));
                        moved.extend(held.map(|(index, _)| (name.clone(), index)));
                    }
                });
            }
            _ => {}
        }
        find_moved(arg, samples, moved);
        samples.truncate(kept);
    }
}
