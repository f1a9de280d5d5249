//! What a step takes beyond what its terms show.

use crate::syntax::{Style, print};
use crate::term::{Hypotheses, Regularity, Symbol, Term, express};

/// What a condition takes beyond what the terms show.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// The derivative of that order minus one of an unknown function is absolutely continuous.
    Differentiable {
        /// Which function.
        function: Symbol,
        /// How often: the derivative of one order less is absolutely continuous.
        order: u32,
    },
    /// An unknown function is continuous where it is evaluated.
    Continuous {
        /// Which function.
        function: Symbol,
    },
    /// Something that the reading rules grant, in a plain sentence.
    Convention(String),
    /// The support of one unspecified law holds that of another, and no reading rule grants it.
    Covers {
        /// The law with the larger support.
        wide: Symbol,
        /// The other one.
        narrow: Symbol,
    },
    /// A mean, of absolute values, is finite.
    Exists {
        /// The mean, integral or sum of the absolute value.
        mean: Term,
        /// It is so for all parameters near the point, locally uniformly.
        near: bool,
    },
    /// A term vanishes at the ends of the support of a law.
    Vanishes {
        /// The term, in the letter `x`.
        term: Term,
        /// The law.
        law: Term,
    },
}

impl Need {
    /// True if the class that was granted covers the need.
    pub fn granted_by(&self, class: Regularity) -> bool {
        match self {
            Need::Differentiable { order, .. } => {
                class == Regularity::Smooth || (class == Regularity::Lipschitz && *order <= 1)
            }
            Need::Continuous { .. } => class >= Regularity::Lipschitz,
            Need::Convention(_) | Need::Covers { .. } | Need::Exists { .. } | Need::Vanishes { .. } => true,
        }
    }

    /// True if it is neither granted nor by the reading rules.
    pub fn is_assumed(&self, hypotheses: &Hypotheses) -> bool {
        match self.function() {
            Some(function) => !hypotheses.classes.get(function).is_some_and(|class| self.granted_by(*class)),
            None => !matches!(self, Need::Convention(_)),
        }
    }

    /// The function that the need is about.
    pub fn function(&self) -> Option<&Symbol> {
        match self {
            Need::Differentiable { function, .. } | Need::Continuous { function } => Some(function),
            Need::Convention(_) | Need::Covers { .. } | Need::Exists { .. } | Need::Vanishes { .. } => None,
        }
    }
}

impl std::fmt::Display for Need {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Need::Differentiable { function, order: 1 } => write!(f, "{function} is absolutely continuous"),
            Need::Differentiable { function, order: order @ 2..=4 } => {
                write!(f, "{function}{} is absolutely continuous", "'".repeat(*order as usize - 1))
            }
            Need::Differentiable { function, order } => {
                write!(f, "{function}^({}) is absolutely continuous", order - 1)
            }
            Need::Continuous { function } => write!(f, "{function} is continuous where it is evaluated"),
            Need::Convention(text) => f.write_str(text),
            Need::Covers { wide, narrow } => write!(f, "the support of {wide} covers that of {narrow}"),
            Need::Exists { mean, near } => {
                let near = if *near { ", locally uniformly in the parameters" } else { "" };
                write!(f, "{} is finite{near}", print(&express(mean), Style::Unicode))
            }
            Need::Vanishes { term, law } => {
                let [term, law] = [term, law].map(|t| print(&express(t), Style::Unicode));
                write!(f, "{term} tends to 0 at the ends of {law}")
            }
        }
    }
}
