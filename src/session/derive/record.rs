//! Estimators as data: the object that the JSON format prints. Fields are only ever added.

use super::super::record::{conditions, derivation};
use super::{Constant, Derived, Estimator, Limits, Sweep};
use crate::estimator::Variance;
use serde_json::{Value, json};

/// The object of a list of estimators.
pub fn derived(derived: &Derived) -> Value {
    let missing: Vec<Value> =
        derived.missing.iter().map(|missing| json!({"name": missing.name, "reason": missing.reason})).collect();
    json!({
        "schema": 1,
        "statement": derived.statement,
        "reading": derived.reading.as_ref().map(|formula| &formula.unicode),
        "estimators": derived.estimators.iter().map(estimator).collect::<Vec<_>>(),
        "missing": missing,
    })
}

fn estimator(estimator: &Estimator) -> Value {
    json!({
        "name": estimator.name,
        "integrand": estimator.integrand.unicode,
        "estimator": estimator.estimator.unicode,
        "verdict": estimator.link.verdict.word(),
        "conditions": conditions(&estimator.link.conditions),
        "needs": estimator.needs,
        "evaluations": estimator.evaluations,
        "constants": estimator.constants.iter().map(constant).collect::<Vec<_>>(),
        "same_as": estimator.same_as,
        "hidden": estimator.hidden,
        "says": estimator.says,
        "source": estimator.source,
        "variance": estimator.variance.as_ref().and_then(Variance::value).filter(|value| value.is_finite()),
        "variance_is_infinite": matches!(estimator.variance, Some(Variance::Infinite)),
        "variance_error": estimator.variance.as_ref().and_then(error),
        "asymptotics": estimator.asymptotics.as_ref().map(limits),
        "cost": estimator.cost(),
        "proof": derivation(&estimator.link),
    })
}

fn limits(limits: &Limits) -> Value {
    json!({
        "parameter": limits.terms.scale.name(),
        "at_zero": limits.small.as_ref().map(|leading| &leading.unicode),
        "rest_order": limits.terms.small.as_ref().map(|leading| leading.rest),
        "at_infinity": limits.large.as_ref().map(|leading| &leading.unicode),
        "bound": limits.bound.as_ref().map(|(bound, _)| &bound.unicode),
        "bounded": limits.bound.as_ref().map(|(_, condition)| condition),
    })
}

fn constant(constant: &Constant) -> Value {
    json!({
        "letter": constant.letter,
        "best": constant.best.as_ref().map(|formula| &formula.unicode),
        "value": constant.value,
    })
}

fn error(variance: &Variance) -> Option<f64> {
    match variance {
        Variance::Finite { error, .. } => Some(*error).filter(|error| error.is_finite()),
        _ => None,
    }
}

/// The object of a sweep.
pub fn sweep(sweep: &Sweep) -> Value {
    let curves: Vec<Value> =
        sweep.curves.iter().map(|(name, variances)| json!({"name": name, "variance": variances})).collect();
    json!({"schema": 1, "parameter": sweep.parameter, "values": sweep.values, "estimators": curves})
}
