//! A rule at instances: with its conditions met, with one of them dropped, and in its wrong variants.

use super::instance::{Instance, Open};
use super::{Counterexample, Depth, Dropped, Outcome, Report, options};
use crate::check::{self, Finding, compare_at};
use crate::proof::{Hypotheses, Kernel, closed_value};
use crate::rule::{Condition, Library, Rule, instantiate};
use crate::term::Term;
use std::time::Instant;

pub fn audit(library: &Library, rule: &Rule, depth: Depth, moment: Option<Instant>, report: &mut Report) {
    let auditor = Auditor { library, rule, moment, open: Open::of(&library.definitions, rule) };
    report.outcome = auditor.holds();
    if depth == Depth::Quick || !matches!(report.outcome, Outcome::Holds(_)) {
        return;
    }
    let caught = |(left, right): &(Term, Term)| {
        let variant = Rule { left: left.clone(), right: right.clone(), ..rule.clone() };
        let open = Open::of(&library.definitions, &variant);
        matches!(Auditor { library, rule: &variant, moment, open }.holds(), Outcome::Wrong(_))
    };
    report.caught = rule.wrong.iter().map(caught).collect();
    report.dropped = (0..rule.conditions.len()).map(|condition| auditor.without(condition)).collect();
}

struct Auditor<'a> {
    library: &'a Library,
    rule: &'a Rule,
    open: Open,
    moment: Option<Instant>,
}

impl Auditor<'_> {
    /// Both sides at instances that meet the conditions.
    fn holds(&self) -> Outcome {
        let (mut agreed, mut why) = (0, "no instance that was tried meets the conditions".to_string());
        for number in 0..self.open.instances(false) {
            let Some(instance) = self.open.instance(&self.library.definitions, number, false) else { continue };
            if !self.meets(&self.rule.conditions, &instance) {
                continue;
            }
            match self.compare(&instance) {
                Finding::Agree(_) => agreed += 1,
                Finding::Undecided(reason) => why = reason,
                Finding::Differ(witness) => return Outcome::Wrong(counterexample(instance, &witness)),
            }
        }
        if agreed == 0 {
            return Outcome::Untried(why);
        }
        for number in 0..FAR_INSTANCES {
            let Some(instance) = self.open.far_instance(&self.library.definitions, number) else { continue };
            if !self.meets(&self.rule.conditions, &instance) {
                continue;
            }
            match self.compare(&instance) {
                Finding::Agree(_) => agreed += 1,
                Finding::Differ(gap) if is_wide(&gap) => {
                    return Outcome::Wrong(counterexample(instance, &gap));
                }
                _ => {}
            }
        }
        Outcome::Holds(agreed)
    }

    /// Both sides at instances that meet all conditions but one. Conditions of smoothness go together: what jumps in
    /// one variable mostly does so in the other. That means exist is seen by the numbers, which are not had where they do
    /// not.
    fn without(&self, dropped: usize) -> Dropped {
        let mut others = self.rule.conditions.clone();
        let condition = [others.remove(dropped)];
        others.retain(|other| {
            !(matches!(other, Condition::Exists { .. }) || is_smoothness(other) && is_smoothness(&condition[0]))
        });
        let instances =
            [true, false].into_iter().flat_map(|rough| (0..self.open.instances(rough)).map(move |n| (n, rough)));
        let mut failing = instances.filter_map(|(number, rough)| {
            let instance = self.open.instance(&self.library.definitions, number, rough)?;
            let tells = !self.meets(&condition, &instance) && self.meets(&others, &instance);
            match tells.then(|| self.compare(&instance))? {
                Finding::Differ(witness) => Some(counterexample(instance, &witness)),
                _ => None,
            }
        });
        Dropped { condition: dropped, fails: failing.next() }
    }

    fn meets(&self, conditions: &[Condition], instance: &Instance) -> bool {
        let kernel = Kernel::new(self.library);
        kernel.conditions(conditions, &instance.substitution, &Hypotheses::default()).is_ok()
    }

    fn value(&self, side: &Term) -> Option<f64> {
        closed_value(&self.library.definitions, side).map(|(value, _)| value)
    }

    fn compare(&self, instance: &Instance) -> Finding {
        let definitions = &self.library.definitions;
        let [left, right] =
            [&self.rule.left, &self.rule.right].map(|side| instantiate(definitions, side, &instance.substitution));
        // Where there is nothing to integrate, the difference has a sign at many digits.
        let gap = left.clone().minus(right.clone());
        if let (Some((_, sign)), Some(value)) = (closed_value(definitions, &gap), self.value(&left))
            && sign != 0
        {
            let right = self.value(&right).unwrap_or(f64::NAN);
            return Finding::Differ(check::Comparison::exact(value, right));
        }
        compare_at(definitions, &left, &right, &check::Instance::default(), &options(self.moment))
    }
}

/// Instances with large and small parameters.
const FAR_INSTANCES: usize = 6;
/// A gap that counts there, relative to the larger side.
const WIDE: f64 = 1e-3;
/// Sides further apart than this factor: one of them is exponentially large, which quadrature mostly gets wrong.
const EXTREME: f64 = 1e6;

/// Far away quadrature loses digits, and may miss a peak: a gap has to be wide, between numbers of comparable size.
fn is_wide(gap: &check::Comparison) -> bool {
    let (left, right) = (gap.left.abs(), gap.right.abs());
    let (small, large) = (left.min(right), left.max(right));
    small > large / EXTREME && (gap.left - gap.right).abs() > WIDE * large
}

fn is_smoothness(condition: &Condition) -> bool {
    matches!(condition, Condition::AbsolutelyContinuous(_) | Condition::Continuous(_))
}

fn counterexample(instance: Instance, witness: &check::Comparison) -> Counterexample {
    Counterexample { of: "the two sides".into(), at: instance.texts, left: witness.left, right: witness.right }
}
