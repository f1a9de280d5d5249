//! What the letters of a statement are, as far as only the whole of it tells.

use super::full_name;
use crate::syntax::{Assumption, Expr, Kind, Law, Name, Span, Statement, is_letter};
use std::collections::{BTreeMap, BTreeSet};

/// What has been seen of the letters of a statement.
#[derive(Default)]
pub(super) struct Facts {
    /// Letters that stand for a value somewhere: free, bound, or differentiated by.
    values: BTreeSet<String>,
    /// Letters with a subscript that are drawn or differentiated by as they are.
    whole: BTreeSet<String>,
    /// What densities of a law are given; none if they differ.
    given: BTreeMap<Name, Option<Vec<Expr>>>,
    /// Letters of laws.
    laws: BTreeSet<String>,
    /// Laws by their names.
    named_laws: BTreeSet<Name>,
    /// The indices of sums.
    pub(super) indices: BTreeSet<String>,
    /// Letters that are said to be in a space: what stands below them is the index of an entry.
    pub(super) arrays: BTreeSet<String>,
    /// Letters that stand alone below others, with those.
    below: BTreeSet<(String, String)>,
    /// The last value of an index that begins at 1, where a letter or a number says it.
    limits: BTreeMap<String, Option<String>>,
    /// Names with an index, where they stand for a value or a function; those that are bound, and those of laws.
    pub(super) with_index: Vec<(Name, Span)>,
    pub(super) bound_with_index: Vec<Name>,
    pub(super) laws_with_index: Vec<Name>,
    /// Letters that have the index of a sum below them, with the first name that shows it.
    pub(super) families: BTreeMap<String, Name>,
    /// A family whose members are drawn, or are laws, with a place.
    pub(super) family_of_samples: Option<(String, Span)>,
    /// Names that a hypothesis speaks of.
    stated: BTreeSet<String>,
    /// Names that are defined.
    defined: BTreeSet<String>,
    /// Other values of a vector, with its letter: `θ_k` of `π_{θ_k}` and of `|_{θ = θ_k}` beside `θ ∈ R^d`.
    pub(super) copies: BTreeSet<Name>,
    /// What `given` draws, in order.
    pub drawn: Vec<(Name, Law)>,
}

impl Facts {
    /// The facts of a statement under assumptions of the session.
    pub fn of(statement: &Statement, assumed: &[Assumption]) -> Facts {
        let mut facts = Facts::default();
        for assumption in assumed.iter().chain(&statement.given) {
            match assumption {
                Assumption::Compare(_, left, right) => {
                    for side in [left, right] {
                        facts.see(side);
                        side.visit_names(&mut |name| {
                            facts.stated.insert(full_name(name));
                        });
                    }
                }
                Assumption::Draw { variables, law, .. } => {
                    facts.drawn.extend(variables.iter().map(|name| (name.clone(), law.clone())));
                    variables.iter().for_each(|name| facts.bound(name));
                    law.arguments.iter().for_each(|argument| facts.see(argument));
                }
                Assumption::Class { .. } => {}
                Assumption::Tuple { name, .. } => facts.bound(name),
                Assumption::Sort { letter, .. } => facts.bound(letter),
                Assumption::Space { letters, .. } | Assumption::Definite { letters, .. } => {
                    facts
                        .arrays
                        .extend(letters.iter().filter(|name| name.subscript.is_none()).map(|name| name.base.clone()));
                    letters.iter().for_each(|letter| facts.bound(letter));
                }
                Assumption::Map { .. } => {}
            }
        }
        statement.members.iter().for_each(|member| facts.see(member));
        for definition in &statement.definitions {
            facts.see(&definition.body);
        }
        // What is defined is as it is defined.
        for definition in &statement.definitions {
            facts.laws.remove(&definition.name.base);
        }
        facts.defined.extend(statement.definitions.iter().map(|definition| full_name(&definition.name)));
        let defined = |name: &Name| statement.definitions.iter().any(|definition| definition.name.base == name.base);
        facts.with_index.retain(|(name, _)| !defined(name));
        facts.settle_copies();
        facts.settle_samples();
        facts.settle_families();
        facts
    }

    /// What laws depend on is the whole vector, never an entry of it, unless an index stands below.
    fn settle_copies(&mut self) {
        let depends = self.named_laws.iter().flat_map(|law| attached(law)).filter(|piece| is_dependence(piece));
        let depends = depends.filter_map(|piece| {
            let (letter, below) = piece.split_once('_')?;
            Some(Name { base: letter.into(), subscript: Some(below.trim_matches(['{', '}']).into()) })
        });
        self.copies.extend(depends);
        let (arrays, indices, below) = (&self.arrays, &self.indices, &self.below);
        self.copies.retain(|copy| {
            let Some(index) = &copy.subscript else { return false };
            let entry = below.iter().any(|(base, with)| with == index && *base != copy.base && arrays.contains(base));
            let word = index == "0" || index.chars().all(char::is_alphabetic);
            arrays.contains(&copy.base) && word && !indices.contains(index) && !entry
        });
        self.whole.extend(self.copies.iter().map(full_name));
    }

    /// `ε_i ~ p` where i is the index of a sum to n: all samples ε_1, …, ε_n.
    fn settle_samples(&mut self) {
        for (name, _) in &mut self.drawn {
            let Some(Some(last)) = super::families::index_of(name).and_then(|index| self.limits.get(index)) else {
                continue;
            };
            let index = name.subscript.take().unwrap_or_default();
            name.subscript = Some(format!("1:{last};{index}"));
            self.bound_with_index.retain(|bound| bound.base != name.base);
        }
    }

    /// Samples of one law as they are written: `ε_i` of `ε_i ~ p`.
    pub fn samples(&self) -> impl Iterator<Item = Name> {
        self.drawn.iter().filter_map(|(name, _)| {
            let (_, index) = name.subscript.as_deref()?.strip_prefix("1:")?.split_once(';')?;
            Some(Name { base: name.base.clone(), subscript: Some(index.into()) })
        })
    }

    fn bound(&mut self, name: &Name) {
        self.values.insert(full_name(name));
        self.whole.insert(full_name(name));
        if super::families::index_of(name).is_some() {
            self.bound_with_index.push(name.clone());
        }
    }

    fn see(&mut self, e: &Expr) {
        match &e.kind {
            Kind::Name(name) => {
                let below = name.subscript.clone().filter(|below| is_letter(below));
                self.below.extend(below.map(|below| (name.base.clone(), below)));
                self.indexed(name, e.span);
                self.values.insert(full_name(name));
            }
            Kind::Call { function, arguments, .. } => {
                self.indexed(function, e.span);
                if let ("at", [_, Expr { kind: Kind::Name(letter), .. }, Expr { kind: Kind::Name(value), .. }]) =
                    (function.base.as_str(), arguments.as_slice())
                    && letter.base == value.base
                {
                    self.copies.insert(value.clone());
                }
                if let ("sum" | "prod", Some(Expr { kind: Kind::Name(index), .. })) =
                    (function.base.as_str(), arguments.get(1))
                {
                    self.indices.insert(full_name(index));
                    if let [_, _, Expr { kind: Kind::Number(first), .. }, last, ..] = arguments.as_slice()
                        && num_traits::One::is_one(first)
                    {
                        let last = match &last.kind {
                            Kind::Name(name) => Some(full_name(name)),
                            Kind::Number(n) => Some(n.to_string()),
                            _ => None,
                        };
                        // Sums over one letter to different ends leave open how many samples there are.
                        let known = self.limits.entry(full_name(index)).or_insert_with(|| last.clone());
                        if *known != last {
                            *known = None;
                        }
                    }
                }
            }
            Kind::Derivative { variable: Some(name), .. } | Kind::Integral { variable: name, .. } => self.bound(name),
            Kind::Expectation { binders, .. } | Kind::Variance { binders, .. } | Kind::Covariance { binders, .. } => {
                binders.iter().for_each(|binder| self.law(&binder.law));
                binders.iter().flat_map(|binder| &binder.variables).for_each(|name| self.bound(name));
            }
            Kind::Divergence(first, second) => [first, second].into_iter().for_each(|law| self.law(law)),
            Kind::Entropy(law) => self.law(law),
            Kind::Density { law, .. } => {
                self.law(law);
                let list = self.given.entry(law.name.clone()).or_insert_with(|| Some(law.arguments.clone()));
                if list.as_ref().is_some_and(|list| *list != law.arguments) {
                    *list = None;
                }
            }
            _ => {}
        }
        e.children().into_iter().for_each(|child| self.see(child));
    }

    /// Has no statement been seen, as in the files of rules?
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    fn law(&mut self, law: &Law) {
        self.indexed(&law.name, law.span);
        if super::families::index_of(&law.name).is_some() {
            self.laws_with_index.push(law.name.clone());
        }
        self.laws.insert(law.name.base.clone());
        self.named_laws.insert(law.name.clone());
    }

    /// Is a name that of a letter's law?
    pub fn is_named_law(&self, name: &Name) -> bool {
        self.named_laws.contains(name) && is_letter(&name.base) && !matches!(&*name.base, "N" | "U" | "P" | "Q")
    }

    pub fn is_law(&self, letter: &str) -> bool {
        self.laws.contains(letter)
    }

    /// Is a letter the index of a sum, or of an entry of a vector?
    pub fn is_index(&self, letter: &str, is_vector: impl Fn(&Name) -> bool) -> bool {
        let entry = |base: &str| is_vector(&Name { base: base.into(), subscript: None });
        self.indices.contains(letter) || self.below.iter().any(|(base, below)| below == letter && entry(base))
    }

    /// Does a letter stand for a value somewhere?
    pub fn is_value(&self, letter: &str) -> bool {
        self.values.contains(letter)
    }

    /// Does a hypothesis or a definition speak of a name?
    pub fn speaks_of(&self, name: &Name) -> bool {
        let name = full_name(name);
        self.stated.contains(&name) || self.defined.contains(&name)
    }

    /// Does a hypothesis speak of a name, or is it bound somewhere?
    pub fn is_stated(&self, name: &Name) -> bool {
        self.stated.contains(&full_name(name)) || self.is_whole(name)
    }

    /// Is a letter with its subscript one of its own?
    pub fn is_whole(&self, name: &Name) -> bool {
        self.whole.contains(&full_name(name))
    }

    /// What the densities of a law are given wherever it is written with a bar.
    pub fn given_to(&self, law: &Name) -> Option<&[Expr]> {
        self.given.get(law).and_then(Option::as_deref).filter(|list| !list.is_empty())
    }
}

/// The letters below and above a name, in order: `θ` of `f_θ`, `θ` of `Q^{π_θ}`.
pub(super) fn attached(name: &Name) -> Vec<&str> {
    let below = name.subscript.iter().flat_map(|below| below.split(','));
    let above = name.base.split_once('^').and_then(|(_, above)| above.split_once('_')).map(|(_, below)| below);
    below.map(str::trim).chain(above).collect()
}

/// Can this stand below a letter as what it depends on? Digits and words are names, and so are capitals.
pub(super) fn is_dependence(piece: &str) -> bool {
    let (letter, below) = piece.split_once('_').unwrap_or((piece, ""));
    is_letter(letter) && !letter.starts_with(|c: char| c.is_ascii_uppercase()) && !below.contains('_')
}

/// The letters of a sum in the place of an index: `t` of `t-1`, `t` and `l` of `t+l`.
pub(super) fn shifted(piece: &str) -> impl Iterator<Item = &str> {
    let sum = piece.contains(['+', '-']);
    piece.split(['+', '-']).filter(move |letter| sum && is_letter(letter))
}
