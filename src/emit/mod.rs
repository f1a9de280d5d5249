//! Estimators as code: one self-contained, documented function, with a test of its mean.
//!
//! A [`Language`] is a table of spellings; [`function`] fills a frame with them. What is drawn and computed comes from a
//! [`Routine`], which is made of terms alone.

mod arrays;
mod expression;
mod frame;
mod language;

pub use arrays::{ArrayCheck, ArrayRoutine, array_function};
pub use frame::function;
pub use language::{LANGUAGES, Language};

use crate::term::{Symbol, Term, Var};

/// What is to be written down.
#[derive(Clone, Debug)]
pub struct Routine {
    /// Such as "score function (x form)"; the identifier is made from it.
    pub title: String,
    /// Lines of documentation.
    pub about: Vec<String>,
    /// Parameters, in the order of the arguments; that of the derivative comes first.
    pub parameters: Vec<Var>,
    /// Constants with a default value.
    pub constants: Vec<(Var, f64)>,
    /// Unknown functions of one variable with the orders of their derivatives.
    pub functions: Vec<(Symbol, u32)>,
    /// Each variable with its law.
    pub draws: Vec<(Var, Term)>,
    /// What is averaged over the draws.
    pub integrand: Term,
    /// What the mean is at one place.
    pub check: Check,
}

/// A place at which the mean is known.
#[derive(Clone, Debug)]
pub struct Check {
    /// A body in the variable `u` for each of the functions, in their order.
    pub functions: Vec<Term>,
    /// A number for each parameter, in their order.
    pub parameters: Vec<f64>,
    /// The mean, by quadrature or summation.
    pub mean: f64,
}
