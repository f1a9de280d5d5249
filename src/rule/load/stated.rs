//! What a file states of smoothness, held against the formulas that it gives.

use super::Result;
use super::fields::{Fields, problem};
use crate::rule::Library;
use crate::syntax::Entry;
use crate::term::{FunctionDefinition, Regularity, Simplifier, Term, Var, density_regularity, regularity, substitute};

/// Functions get the regularity that their formulas show. What is stated may be weaker; where it is stronger, the file is
/// refused.
pub fn regularities<'e>(library: &mut Library, functions: impl Iterator<Item = &'e Entry> + Clone) -> Result<()> {
    // From below: a function that has not been looked at yet is measurable. A file names what it uses first or later, so a
    // function may wait for others.
    let mut stated = Vec::new();
    for entry in functions {
        let Some(function) = library.definitions.functions.get_mut(&*entry.name) else { continue };
        let shows = function.definition.is_some() || function.formula.is_some() || function.above.is_some();
        if shows && !has_own_jump(function) {
            stated.push((entry, function.name.clone(), function.regularity));
            function.regularity = Regularity::Measurable;
        }
    }
    let mut changed = true;
    while changed {
        changed = false;
        for (_, name, _) in &stated {
            let Some(function) = library.definitions.functions.get(name) else { continue };
            let shown = shown(library, function);
            if shown > function.regularity {
                library.definitions.functions.entry(name.clone()).and_modify(|f| f.regularity = shown);
                changed = true;
            }
        }
    }
    for (entry, name, stated) in stated {
        let Some(function) = library.definitions.functions.get_mut(&name) else { continue };
        let shown = function.regularity;
        match Fields(entry).word("regularity") {
            Some((word, span)) if stated > shown => {
                let why = match shown {
                    Regularity::Measurable => "its formula may have a pole, or holds what is not looked into",
                    Regularity::Jump => "its formula may jump",
                    _ => "its formula may have a kink",
                };
                let message = format!("the function `{name}` is said to be {word}, and {why}");
                let help = match shown {
                    Regularity::Measurable => "leave the line `regularity` out".to_string(),
                    Regularity::Jump => "write `regularity jump`, or leave the line out".to_string(),
                    _ => "write `regularity lipschitz`, or leave the line out".to_string(),
                };
                return problem(span, message, Some(&help));
            }
            Some(_) => function.regularity = stated,
            None => {}
        }
    }
    Ok(())
}

/// A function that says of itself that it jumps needs no other witness.
fn has_own_jump(function: &FunctionDefinition) -> bool {
    function.regularity <= Regularity::Jump && function.definition.is_none()
}

fn shown(library: &Library, function: &FunctionDefinition) -> Regularity {
    let definitions = &library.definitions;
    // Where a function has a domain, its argument is positive.
    let typed = |term: &Term| match function.parameters.as_slice() {
        [u] if function.of_positive => {
            substitute(term, u, &Term::var(Var { domain: crate::term::Domain::Positive, ..u.clone() }))
        }
        _ => term.clone(),
    };
    let of = |term: &Term| {
        let term = typed(term);
        regularity(definitions, &term, term.free())
    };
    if let Some(meaning) = function.definition.as_ref().or(function.formula.as_ref()) {
        return of(meaning);
    }
    let ([u], Some(above), Some(below)) = (function.parameters.as_slice(), &function.above, &function.below) else {
        return Regularity::Measurable;
    };
    if above == below {
        return of(above);
    }
    // The pieces are one smooth function each; they may meet at 0.
    let pieces = of(above).min(of(below)).min(Regularity::Lipschitz);
    let at_zero = |piece: &Term| Simplifier::new(definitions).simplify(&substitute(piece, u, &Term::zero()));
    if at_zero(above) == at_zero(below) { pieces } else { pieces.min(Regularity::Jump) }
}

/// Laws get the regularity that their densities show.
pub fn densities(library: &mut Library, laws: &[&Entry]) {
    for entry in laws {
        let Some(mut law) = library.definitions.laws.get(&*entry.name).cloned() else { continue };
        law.density_regularity = density_regularity(&library.definitions, &law);
        for member in &mut law.members {
            member.density_regularity = density_regularity(&library.definitions, member);
        }
        library.definitions.laws.insert(law.name.clone(), law);
    }
}
