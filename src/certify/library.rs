//! The library in the language of the kernel crate. What it has no word for is left out: no certificate uses it.

use crate::proof::{self, Export};
use crate::rule::{self, Condition, Trust};
use crate::term::Term;
use stein_kernel::library as kernel;

/// Laws, functions and rules.
pub fn library(from: &rule::Library) -> kernel::Library {
    let mut library = proof::library(&from.definitions);
    from.rules.iter().for_each(|rule| add(&mut library, from, rule));
    library.table = library.table.share();
    library
}

/// Laws and functions alone.
pub fn definitions(from: &rule::Library) -> kernel::Library {
    let mut library = proof::library(&from.definitions);
    library.table = library.table.share();
    library
}

/// Adds the rules of these names, as far as they are not there.
pub(super) fn extend<'n>(library: &mut kernel::Library, from: &rule::Library, names: impl Iterator<Item = &'n str>) {
    for rule in names.filter_map(|name| from.rule(name)) {
        add(library, from, rule);
    }
}

fn add(library: &mut kernel::Library, from: &rule::Library, rule: &rule::Rule) {
    if library.rules.contains_key(&rule.name) {
        return;
    }
    let mut export = Export::new(&from.definitions, &mut library.table);
    if let Some(exported) = exported(&mut export, rule) {
        library.rules.insert(rule.name.clone(), exported);
    }
}

fn exported(export: &mut Export, rule: &rule::Rule) -> Option<kernel::Rule> {
    let (left, right) = (export.term(&rule.left)?, export.term(&rule.right)?);
    let conditions = rule.conditions.iter().map(|c| condition(export, c)).collect::<Option<Vec<_>>>()?;
    let near = rule.conditions.iter().any(|c| matches!(c, Condition::Exists { near: true, .. }));
    let vouches = match (rule.shares_existence, near) {
        (true, _) => kernel::Vouches::All,
        (_, true) => kernel::Vouches::Derivatives,
        _ => kernel::Vouches::Nothing,
    };
    Some(kernel::Rule { left, right, conditions, vouches, origin: origin(rule.trust) })
}

fn condition(export: &mut Export, condition: &Condition) -> Option<kernel::Condition> {
    use kernel::Condition as Here;
    let mut term = |t: &Term| export.term(t);
    Some(match condition {
        Condition::Positive(t) => Here::Positive(term(t)?),
        Condition::NonNegative(t) => Here::NonNegative(term(t)?),
        Condition::Zero(t) => Here::Zero(term(t)?),
        Condition::NonZero(t) => Here::NonZero(term(t)?),
        Condition::AbsolutelyContinuous(t) => Here::AbsolutelyContinuous(term(t)?),
        Condition::Continuous(t) => Here::Continuous(term(t)?),
        Condition::FixedSupport(t) => Here::FixedSupport(term(t)?),
        Condition::Covers { wide, narrow } => Here::Covers(term(wide)?, term(narrow)?),
        Condition::Vanishes(t) => Here::Vanishes(term(t)?),
        Condition::Exists { mean, .. } => Here::Exists(term(mean)?),
        Condition::Kind { law, continuous } => Here::LawIs(term(law)?, *continuous),
        Condition::Whole(t) => Here::Whole(term(t)?),
    })
}

fn origin(trust: Trust) -> kernel::Origin {
    match trust {
        Trust::BuiltIn => kernel::Origin::BuiltIn,
        _ => kernel::Origin::User,
    }
}
