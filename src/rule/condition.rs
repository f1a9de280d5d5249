//! What a rule asks for before it may be used.

use super::{Substitution, instantiate};
use crate::term::{Definitions, Term};

/// A condition on the terms of a step. Conditions on dependence (what may hold which variable) are not listed: they
/// are part of matching.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The term is above 0.
    Positive(Term),
    /// The term is 0 or above.
    NonNegative(Term),
    /// The term is 0.
    Zero(Term),
    /// The term is not 0.
    NonZero(Term),
    /// A derivative in a variable at a point, held as `D_v[body]`: the body is absolutely continuous in v. Samples of
    /// the rule that occur in it are bound around it, `E_{x ~ P}[D_v[body]]`, so that it is known where they range.
    AbsolutelyContinuous(Term),
    /// Likewise: the body is continuous in v at the point.
    Continuous(Term),
    /// `D_v[ln P_v(x)]`, as a term: the support of P does not move with v.
    FixedSupport(Term),
    /// The support of one law holds that of the other.
    Covers {
        /// The law with the larger support.
        wide: Term,
        /// The other one.
        narrow: Term,
    },
    /// `E_{x ~ P}[body]`, as a term: the body times the density vanishes at the ends of the support.
    Vanishes(Term),
    /// A mean, integral or sum: it converges absolutely.
    Exists {
        /// The mean.
        mean: Term,
        /// It does so locally uniformly in the parameters, so that a derivative may pass it.
        near: bool,
    },
    /// The law has a density on the line, or a mass on points.
    Kind {
        /// Which law.
        law: Term,
        /// Whether it has a density; single points otherwise.
        continuous: bool,
    },
    /// The term is a whole number, 0 or above.
    Whole(Term),
}

impl Condition {
    /// The condition with its metavariables replaced.
    pub fn instantiate(&self, definitions: &Definitions, substitution: &Substitution) -> Condition {
        self.map(|term| instantiate(definitions, term, substitution))
    }

    /// The condition with its term replaced.
    pub fn map(&self, f: impl Fn(&Term) -> Term) -> Condition {
        use Condition::*;
        match self {
            Positive(t) => Positive(f(t)),
            NonNegative(t) => NonNegative(f(t)),
            Zero(t) => Zero(f(t)),
            NonZero(t) => NonZero(f(t)),
            AbsolutelyContinuous(t) => AbsolutelyContinuous(f(t)),
            Continuous(t) => Continuous(f(t)),
            FixedSupport(t) => FixedSupport(f(t)),
            Covers { wide, narrow } => Covers { wide: f(wide), narrow: f(narrow) },
            Vanishes(t) => Vanishes(f(t)),
            Exists { mean, near } => Exists { mean: f(mean), near: *near },
            Kind { law, continuous } => Kind { law: f(law), continuous: *continuous },
            Whole(t) => Whole(f(t)),
        }
    }

    /// The term that the condition speaks of.
    pub fn term(&self) -> &Term {
        use Condition::*;
        match self {
            Positive(t)
            | NonNegative(t)
            | Zero(t)
            | NonZero(t)
            | AbsolutelyContinuous(t)
            | Continuous(t)
            | FixedSupport(t)
            | Vanishes(t)
            | Exists { mean: t, .. }
            | Whole(t) => t,
            Kind { law, .. } | Covers { wide: law, .. } => law,
        }
    }
}
