//! Rules as data: the theories, laws and functions of `rules/`, and of the user's own files.
//!
//! A rule is an equation between terms with metavariables. In it, unknown functions stand for any expression in
//! their arguments, the laws `P`, `Q` for any law, other letters for any expression. What stands in the scope of a
//! bound variable (of an expectation, or of `D_θ`) may hold that variable only where it is listed as an argument:
//! `D_θ[E_{x ~ P}[g(x, θ)]]` says by itself that P is free of θ.

mod condition;
mod family;
mod instantiate;
mod load;
mod recipe;

pub use condition::Condition;
pub use instantiate::{Substitution, instantiate};
pub use load::LoadError;
pub use recipe::{Forms, Recipe};

pub use crate::term::Trust;
use crate::term::{Definitions, Symbol, Term};

/// Which ways the search uses a rule. A proof may use it both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From left to right.
    Forward,
    /// Either way.
    Both,
}

/// When a rule is tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Turn {
    /// Before the rest of the library: `tag core`.
    First,
    /// Between the two.
    #[default]
    Usual,
    /// When the rest is not enough, since it doubles what there is: `tag last`.
    Last,
}

/// An equation that may be used in proofs, under its conditions.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What proofs call it.
    pub name: Symbol,
    /// The number that the source gives it, such as `5.1`.
    pub reference: Option<String>,
    /// The left side.
    pub left: Term,
    /// The right side.
    pub right: Term,
    /// What has to hold for it.
    pub conditions: Vec<Condition>,
    /// Which way it is used.
    pub direction: Direction,
    /// It holds with |g| for each function g in it, too: the means of one side exist where those of the other do.
    pub shares_existence: bool,
    /// When it is tried.
    pub turn: Turn,
    /// One plain sentence.
    pub says: String,
    /// Where it is from: author, title, place.
    pub source: String,
    /// The theory or law file that it comes from.
    pub theory: String,
    /// Equations that its file lists as wrong: a numeric audit of the rule has to tell them from the rule.
    pub wrong: Vec<(Term, Term)>,
    /// On whose word it is used.
    pub trust: Trust,
}

/// Everything mathematical that proofs may draw on.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// Functions and laws by name.
    pub definitions: Definitions,
    /// The rules, in the order of their files.
    pub rules: Vec<Rule>,
    /// Ways to estimate a derivative, from which candidates are made; nothing is proved with them.
    pub recipes: Vec<Recipe>,
}

impl Library {
    /// The rules, laws and functions that come with the program.
    ///
    /// # Errors
    /// Only if a file that was compiled in is broken, which the tests exclude.
    pub fn built_in() -> Result<Library, LoadError> {
        let mut library = Library::default();
        load::built_in(&mut library)?;
        Ok(library)
    }

    /// Adds the entries of a file in the rule language, unaudited.
    ///
    /// # Errors
    /// Names the file and the place of the first entry that cannot be read, or that has the name of another.
    pub fn add(&mut self, file: &str, text: &str) -> Result<(), LoadError> {
        load::add(self, file, text)
    }

    /// The library without what a file defines under the same names: what the file can be added to.
    ///
    /// # Errors
    /// Names the file and the place of the first entry that cannot be read.
    pub fn without(&self, file: &str, text: &str) -> Result<Library, LoadError> {
        load::without(self, file, text)
    }

    /// The rule of that name.
    pub fn rule(&self, name: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| &*rule.name == name)
    }
}
