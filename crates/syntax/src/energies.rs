//! E as the letter of an energy, `e^{-E(x)}`, `\nabla_θ E_θ(x)`, told from the E of a mean.

use super::canon::Tokens;
use super::scope::Scope;

/// Is the `E` at an index an energy? Where `given` draws nothing, a mean says its law below the E; so one before a list of
/// letters says nothing as a mean, and is a function if some such E stands in an exponent or under a derivative.
pub(super) fn is_energy(tokens: Tokens, scope: &Scope, at: usize) -> bool {
    let applied = |at: usize| tokens.name(at) == Some("E") && is_applied(tokens, scope, at);
    !scope.draws() && applied(at) && (0..tokens.all.len()).any(|at| applied(at) && is_exponent_or_derived(tokens, at))
}

/// Does a round bracket with letters follow, behind a letter below at most?
pub(super) fn is_applied(tokens: Tokens, scope: &Scope, at: usize) -> bool {
    let Some((name, open)) = tokens.name_at(at) else { return false };
    let law = |below: &String| scope.is_law(below) || super::names::is_law_letter(below);
    tokens.is(open, "(") && !name.subscript.as_ref().is_some_and(law) && tokens.is_list_of_letters(open)
}

fn is_exponent_or_derived(tokens: Tokens, at: usize) -> bool {
    let exponent = (1..at).any(|open| {
        let power = tokens.is(open, "{") && tokens.is(open - 1, "^");
        let call = tokens.is(open, "(") && tokens.name(open - 1) == Some("exp");
        (power || call) && tokens.partners[open] > at
    });
    // `∇E`, `∇_θ E`, `D_θ E`.
    let derivative = |sign: usize| tokens.is(sign, "∇") || tokens.name(sign) == Some("D") && tokens.is(sign + 1, "_");
    let head = |sign: usize| derivative(sign) && (sign + 1 == at || tokens.is(sign + 1, "_") && at <= sign + 5);
    exponent || (at.saturating_sub(5)..at).any(head)
}
