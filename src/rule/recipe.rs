//! Ways to estimate a derivative, as data.

use super::Condition;
use crate::term::{Symbol, Term};

/// Which of the equal forms of an estimator are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forms {
    /// The mean of transformed noise, where there is one.
    Noise,
    /// The form that the equation gives.
    Stated,
    /// The given form and that of transformed noise.
    Both,
}

/// A way to estimate an expression: an equation that leads from what is wanted to a mean that can be sampled.
///
/// It only suggests. What it gives is proved like any other equation, so a wrong entry costs time and nothing else.
/// Letters that stand on the right only are constants to be chosen; a law on the right only is `q`.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// Its name in the file.
    pub name: Symbol,
    /// What the literature calls it.
    pub title: String,
    /// What it estimates, as a pattern.
    pub left: Term,
    /// The mean that is the estimator.
    pub right: Term,
    /// Where one of these fails, it is said why the estimator is missing.
    pub conditions: Vec<Condition>,
    /// Expressions that help to prove it, in the letters of the left side.
    pub hints: Vec<Term>,
    /// The estimators that this one is made from, by name; none if it is made from what is wanted.
    pub of: Vec<Symbol>,
    /// In which forms it is given.
    pub forms: Forms,
    /// Used again and again for derivatives of higher order.
    pub core: bool,
    /// Listed on demand only.
    pub hidden: bool,
    /// One plain sentence.
    pub says: String,
    /// Where it is from: author, title, place.
    pub source: String,
}
