//! What `given` says of a trajectory: the law of each of its letters, step by step.

use super::index::Index;
use super::{Result, unsupported};
use crate::syntax::{Assumption, Binder, Expr, Kind, Law, Name, Relation, Span};
use std::collections::BTreeSet;

/// The time of the generic step.
pub(super) const NOW: &str = "t";

/// One letter of the trajectory: `s` of `s_0 ~ ρ, s_{t+1} ~ P(·|s_t, a_t)`.
#[derive(Clone, Debug)]
pub(super) struct Sequence {
    pub letter: String,
    /// Its law at time t, given letters at t and at t - 1.
    pub law: Law,
    /// Its law at the first time, if that is another one.
    pub initial: Option<Law>,
    /// Does its law look at the step before?
    pub carried: bool,
    /// Its first and last time, if the trajectory is written as a tuple.
    pub range: Option<(Index, Index)>,
}

/// A model in time. Its steps are alike; within a step the letters are drawn in order.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub sequences: Vec<Sequence>,
    /// The name of the whole trajectory.
    pub name: Option<Name>,
    /// Laws of which a density at a letter is written, with the letter: μ of `μ(a_t|s_t)`.
    pub densities: Vec<(Name, String)>,
    pub first: i64,
}

/// A letter at a time.
pub(super) fn at(base: &str, index: &Index) -> Name {
    Name { base: base.into(), subscript: Some(index.text()) }
}

/// Calls `change` with the names of an expression that stand for values, with those that it binds.
pub(super) fn rename(e: &mut Expr, change: &mut impl FnMut(&mut Name)) {
    e.rename(change);
    e.each_child(&mut |child| rename(child, change));
}

/// The expression with a whole letter in place of another, below letters as well as alone. What is bound has been renamed.
pub(super) fn set(e: &Expr, letter: &str, value: &Index) -> Expr {
    let mut changed = e.clone();
    set_in(&mut changed, letter, value);
    changed
}

fn set_in(e: &mut Expr, letter: &str, value: &Index) {
    if let Kind::Name(Name { base, subscript: None }) = &e.kind
        && base == letter
    {
        *e = value.expr(e.span);
        return;
    }
    e.rename(&mut |name| set_below(name, letter, value));
    e.each_child(&mut |child| set_in(child, letter, value));
}

fn set_below(name: &mut Name, letter: &str, value: &Index) {
    if let Some(index) = name.subscript.as_deref().and_then(Index::parse).filter(|index| index.has(letter)) {
        name.subscript = Some(index.set(letter, value).text());
    }
}

impl Model {
    /// The model that the hypotheses draw, if it goes from step to step.
    pub fn of<'a>(assumptions: impl Iterator<Item = &'a Assumption> + Clone) -> Result<Option<Model>> {
        let draws = assumptions.clone().filter_map(|assumption| match assumption {
            Assumption::Draw { variables, law, span } => Some((variables, law, *span)),
            _ => None,
        });
        let index = |name: &Name| name.subscript.as_deref().and_then(Index::parse);
        let steps = |name: &Name| index(name).is_some_and(|index| index.shifted().is_some_and(|(_, by)| by != 0));
        if !draws.clone().any(|(variables, ..)| variables.iter().any(steps)) {
            let mut drawn = draws.clone().flat_map(|(variables, ..)| variables).filter_map(index);
            let set = assumptions.clone().find_map(|assumption| match assumption {
                Assumption::Compare(Relation::Equal, left, _) => match &left.kind {
                    Kind::Name(name) if steps(name) => Some((index(name)?, left.span)),
                    _ => None,
                },
                _ => None,
            });
            if let Some((time, span)) = set
                && let Some((letter, _)) = time.shifted()
                && drawn.any(|other| other.has(letter))
            {
                return unsupported(
                    span,
                    "a step that is set and not drawn",
                    "draw the next letter: x_{t+1} ~ N(x_t, 1)",
                );
            }
            return Ok(None);
        }
        let generic = |name: &Name| index(name).is_some_and(|index| index.shifted().is_some());
        let letters: BTreeSet<&str> = draws
            .clone()
            .flat_map(|(variables, ..)| variables)
            .filter(|name| generic(name))
            .map(|name| &*name.base)
            .collect();
        let mut sequences: Vec<Sequence> = Vec::new();
        let mut initial: Vec<(String, i64, Law)> = Vec::new();
        for (variables, law, span) in draws {
            let [name] = variables.as_slice() else {
                if variables.iter().any(|name| letters.contains(&*name.base)) {
                    return unsupported(
                        span,
                        "several letters at a step that are drawn at once",
                        "draw them one by one: a_t ~ p, b_t ~ p",
                    );
                }
                continue;
            };
            if !letters.contains(&*name.base) {
                continue;
            }
            let Some(index) = index(name) else { continue };
            match index.shifted() {
                Some((time, _)) if below(&law.name).any(|piece| piece == time) => {
                    return unsupported(
                        span,
                        "a law that changes from step to step",
                        "let the time be a part of the state",
                    );
                }
                Some((time, by)) => {
                    let value = Index::letter(NOW).plus(&Index::number(by), -1);
                    if sequences.iter().any(|other| other.letter == name.base) {
                        return unsupported(
                            span,
                            "a letter with two laws at one step",
                            "draw each letter once: s_0 ~ ρ, s_{t+1} ~ P(·|s_t)",
                        );
                    }
                    let law = law_at(law, time, &value);
                    sequences.push(Sequence {
                        letter: name.base.clone(),
                        law,
                        initial: None,
                        carried: false,
                        range: None,
                    });
                }
                None => initial.push((name.base.clone(), index.as_number().unwrap_or_default(), law.clone())),
            }
        }
        let first = initial.iter().map(|(_, first, _)| *first).min().unwrap_or(0);
        for (letter, time, law) in initial {
            let here = || {
                unsupported(law.span, "a first step that is drawn elsewhere", "begin all letters at one time: s_0 ~ ρ")
            };
            let Some(sequence) = sequences.iter_mut().find(|sequence| sequence.letter == letter) else { return here() };
            if time != first || sequence.initial.is_some() {
                return here();
            }
            sequence.initial = Some(law);
        }
        let mut model = Model { sequences, name: None, densities: Vec::new(), first };
        model.order()?;
        for assumption in assumptions {
            if let Assumption::Tuple { name, parts, span } = assumption {
                model.tuple(name, parts, *span)?;
            }
        }
        Ok(Some(model))
    }

    /// The letters in an order in which each law sees only what is drawn before.
    fn order(&mut self) -> Result<()> {
        for at in 0..self.sequences.len() {
            let law = self.sequences[at].law.clone();
            let mut carried = false;
            for argument in law.values() {
                let mut wrong = false;
                argument.visit_names(&mut |name| match (
                    self.time(name),
                    name.subscript.as_deref().and_then(Index::parse),
                ) {
                    (Some(index), _) => match index.shifted() {
                        Some((NOW, 0)) => {}
                        Some((NOW, -1)) => carried = true,
                        _ => wrong = true,
                    },
                    (None, Some(index)) => wrong |= index.has(NOW),
                    (None, None) => wrong |= self.is_sequence(&name.base) || name.base == NOW,
                });
                if wrong {
                    let help = "each letter is drawn given letters of this step and of the one before: s_{t+1} ~ P(·|s_t, a_t)";
                    return unsupported(law.span, "a law that looks at other times", help);
                }
            }
            self.sequences[at].carried = carried;
        }
        let mut ordered: Vec<Sequence> = Vec::new();
        while !self.sequences.is_empty() {
            let ready = self.sequences.iter().position(|sequence| {
                let mut waits = false;
                for argument in sequence.law.values() {
                    argument.visit_names(&mut |name| {
                        let now = self.time(name).is_some_and(|index| index.shifted() == Some((NOW, 0)));
                        waits |= now && self.sequences.iter().any(|other| other.letter == name.base);
                    });
                }
                !waits
            });
            let Some(ready) = ready else {
                let span = self.sequences[0].law.span;
                return unsupported(
                    span,
                    "laws that look at one another",
                    "draw each letter given what is drawn before it",
                );
            };
            ordered.push(self.sequences.remove(ready));
        }
        self.sequences = ordered;
        // What begins with a law of its own, or with a value that is given, goes from step to step.
        for sequence in &mut self.sequences {
            sequence.carried |= sequence.initial.is_some();
        }
        Ok(())
    }

    fn tuple(&mut self, name: &Name, parts: &[Name], span: Span) -> Result<()> {
        for part in parts {
            let range = part.subscript.as_deref().and_then(|range| range.split_once(':'));
            let ends = range.and_then(|(first, last)| Some((Index::parse(first)?, Index::parse(last)?)));
            let sequence = self.sequences.iter_mut().find(|sequence| sequence.letter == part.base);
            let (Some(ends), Some(sequence)) = (ends, sequence) else {
                return unsupported(
                    span,
                    "a trajectory that is not written by what it is made of",
                    "write τ = (s_{0:T}, a_{0:T})",
                );
            };
            sequence.range = Some(ends);
        }
        self.name = Some(name.clone());
        Ok(())
    }

    /// Notes the laws of which densities at letters of the trajectory are written.
    pub fn see_densities(&mut self, e: &Expr) {
        if let Kind::Density { law, at } = &e.kind
            && let Kind::Name(at) = &at.kind
            && self.is_sequence(&at.base)
        {
            self.densities.push((law.name.clone(), at.base.clone()));
        }
        e.children().into_iter().for_each(|child| self.see_densities(child));
    }

    pub fn is_sequence(&self, base: &str) -> bool {
        self.sequences.iter().any(|sequence| sequence.letter == base)
    }

    /// The time of a letter of the trajectory.
    pub fn time(&self, name: &Name) -> Option<Index> {
        self.is_sequence(&name.base).then(|| name.subscript.as_deref().and_then(Index::parse)).flatten()
    }

    /// Does an expression speak of a letter of the trajectory at a time?
    pub fn is_in(&self, e: &Expr) -> bool {
        let mut found = false;
        e.visit_names(&mut |name| found |= self.is_sequence(&name.base));
        found
    }

    /// The laws of the letters under which a mean is: those of `given`, with another law for one of them if the mean says so.
    /// None where the mean is not over the trajectory.
    pub fn under(&self, binders: &[Binder], body: &Expr) -> Result<Option<Vec<Law>>> {
        let mut laws: Vec<Law> = self.sequences.iter().map(|sequence| sequence.law.clone()).collect();
        let law = match binders {
            [] => return Ok((self.is_in(body)).then_some(laws)),
            [Binder { variables, law }] => match variables.as_slice() {
                [] if laws.iter().any(|known| same_letter(&known.name, &law.name)) => law,
                [name] if self.name.as_ref() == Some(name) => law,
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        if law.is_of_given() {
            return Ok(Some(laws));
        }
        if !law.arguments.is_empty() {
            let help = "the letters are drawn given what `given` says: E_{τ ~ π}[…]";
            return unsupported(law.span, "a mean over a trajectory under a law that is given something", help);
        }
        if laws.iter().any(|known| known.name == law.name) {
            return Ok(Some(laws));
        }
        // `E_π` of `a_t ~ π_θ(·|s_t)`.
        if law.name.subscript.is_none() && laws.iter().any(|known| known.name.base == law.name.base) {
            return Ok(Some(laws));
        }
        let of = |sequence: &Sequence| self.densities.contains(&(law.name.clone(), sequence.letter.clone()));
        let written: Vec<bool> = self.sequences.iter().map(|sequence| !sequence.carried && of(sequence)).collect();
        let same: Vec<bool> = laws.iter().map(|known| same_letter(&known.name, &law.name)).collect();
        for policies in [same, written] {
            let mut places = policies.iter().enumerate().filter(|(_, is)| **is).map(|(place, _)| place);
            if let (Some(policy), None) = (places.next(), places.next()) {
                laws[policy].name = law.name.clone();
                return Ok(Some(laws));
            }
        }
        let help = "a mean over a trajectory is E_{τ ~ π}[…] with a law that `given` draws a letter by, or one of that name: π'";
        unsupported(law.span, "a mean over a trajectory under a law that draws none of its letters", help)
    }
}

/// What stands below a letter.
fn below(name: &Name) -> impl Iterator<Item = &str> {
    name.subscript.iter().flat_map(|below| below.split(','))
}

/// `π_θ`, `π'` and `π_{old}`: policies of one letter.
pub(super) fn same_letter(one: &Name, other: &Name) -> bool {
    let plain = |name: &Name| crate::syntax::undecorated(&name.base).trim_end_matches(['\'', '*']).to_string();
    plain(one) == plain(other)
}

fn law_at(law: &Law, time: &str, value: &Index) -> Law {
    let mut law = law.clone();
    law.values_mut().for_each(|argument| *argument = set(argument, time, value));
    law
}
