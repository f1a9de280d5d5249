//! Rules that `coq/Rules.v` proves: a file has them as lemmas, and assumes nothing of them. All others are assumed.

/// Names of rules, each with the tactic that proves it once its definitions are unfolded.
pub const THEOREMS: [(&str, &str); 5] = [
    ("N.change-of-variables", "by_location_scale"),
    ("symmetry", "by_symmetry"),
    ("expectation-as-integral", "by_integral"),
    ("Bernoulli.sum", "by_points"),
    ("Rademacher.sum", "by_points"),
];

/// The tactic for a rule.
pub fn theorem(name: &str) -> Option<&'static str> {
    THEOREMS.iter().find(|(known, _)| *known == name).map(|(_, tactic)| *tactic)
}
