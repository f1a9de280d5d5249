//! Single steps: what an equation makes of a term, without a search.

use super::matching::matches;
use crate::rule::{Substitution, instantiate};
use crate::term::{Definitions, Simplifier, Term};

/// Every reading of a term as the left side of an equation, with the right side that belongs to it, simplified.
/// Neither conditions nor proofs are looked at.
pub fn rewritten(definitions: &Definitions, left: &Term, right: &Term, term: &Term) -> Vec<(Substitution, Term)> {
    let mut simplifier = Simplifier::new(definitions);
    let found = matches(&mut simplifier, left, term);
    let result = |substitution: Substitution| {
        let after = simplifier.simplify(&instantiate(definitions, right, &substitution));
        (substitution, after)
    };
    found.into_iter().map(result).collect()
}
