//! Estimators of means over arrays as code: all samples at once in Python, with an axis of samples before those of vectors; one at a
//! time in Rust.

mod plan;
mod python;
mod rust;

use super::language::{Kind, Language};
use crate::term::{Symbol, Term, Var};
use plan::Plan;

/// What is to be written down.
#[derive(Clone, Debug)]
pub struct ArrayRoutine {
    /// Such as "antithetic"; the identifier is made from it.
    pub title: String,
    /// Lines of documentation.
    pub about: Vec<String>,
    /// Parameters with the sizes of their axes, in the order of the arguments.
    pub parameters: Vec<(Var, Vec<Term>)>,
    /// Constants with a default value.
    pub constants: Vec<(Var, f64)>,
    /// The mean, as a term about arrays: a number, or an array of numbers.
    pub mean: Term,
    /// Where the mean is known.
    pub check: ArrayCheck,
}

/// A place at which the mean is known.
#[derive(Clone, Debug)]
pub struct ArrayCheck {
    /// The unknown functions, as functions of the entries of their argument.
    pub functions: Vec<(Symbol, Vec<Var>, Term)>,
    /// The entries of each parameter, row by row.
    pub parameters: Vec<Vec<f64>>,
    /// Numbers for the sizes.
    pub sizes: Vec<(Symbol, i64)>,
    /// The mean, entry by entry.
    pub mean: Vec<f64>,
}

/// What is taken of an unknown function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Its value, or a derivative in a number.
    Value(u32),
    /// Its gradient.
    Gradient,
    /// Its Laplacian.
    Laplacian,
}

impl Taken {
    /// What the function that gives it is called.
    pub fn name(self, function: &str) -> String {
        match self {
            Taken::Value(order) => super::expression::function_name(&function.into(), order),
            Taken::Gradient => format!("grad_{}", super::expression::ascii(function)),
            Taken::Laplacian => format!("laplacian_{}", super::expression::ascii(function)),
        }
    }
}

/// The estimator as one file; `derivative` differentiates a term in a letter.
///
/// # Errors
/// Says what the language cannot express.
pub fn array_function(
    routine: &ArrayRoutine,
    language: &Language,
    derivative: &mut dyn FnMut(&Term, &Var) -> Term,
) -> Result<String, String> {
    let plan = Plan::of(routine)?;
    match language.kind {
        Kind::Python => python::file(routine, &plan, language, derivative),
        Kind::Rust => rust::file(routine, &plan, language, derivative),
        Kind::Julia => Err("estimators of arrays are not written in Julia yet".into()),
    }
}

/// What an unknown function is at the place of the test: for each entry of what is taken of it.
fn bodies(taken: Taken, letters: &[Var], body: &Term, derivative: &mut dyn FnMut(&Term, &Var) -> Term) -> Vec<Term> {
    match taken {
        Taken::Value(0) => vec![body.clone()],
        Taken::Value(order) => {
            vec![(0..order).fold(body.clone(), |term, _| derivative(&term, &letters[0]))]
        }
        Taken::Gradient => letters.iter().map(|letter| derivative(body, letter)).collect(),
        Taken::Laplacian => {
            let mut second = |letter: &Var| {
                let first = derivative(body, letter);
                derivative(&first, letter)
            };
            vec![Term::add(letters.iter().map(&mut second).collect())]
        }
    }
}
