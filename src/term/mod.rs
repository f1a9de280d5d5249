//! Terms: hash-consed expressions with binders, and everything that is computed on them alone.
//!
//! A [`Term`] is an operator ([`Op`]) over argument terms. Equal terms are one allocation, so equality and hashing
//! are by pointer. Subtraction, division and negation are sums, products and powers; a bound variable is a number,
//! chosen from the body alone, so that terms equal up to the names of bound variables are the same term.

mod adjoint;
pub mod deadline;
mod definitions;
mod derivative;
mod domain;
mod elaborate;
mod express;
mod hypotheses;
mod intern;
mod operator;
mod regularity;
mod simplify;
mod substitute;

pub use adjoint::{Adjoint, Adjoints, Pairing};
pub use definitions::{
    Definitions, FunctionDefinition, Growth, LawDefinition, Regularity, Support, Trust, density_unfolds,
    holds_cut_density, index_domain, interval_domain, is_bit, is_natural, lives_within, points_domain,
};
pub use domain::{Domain, is_nonnegative, is_nonzero, is_positive, is_size, supposing};
pub use elaborate::{ElaborateError, Elaborator, Operators, Problem, Trajectories};
pub use express::{Express, express};
pub use hypotheses::Hypotheses;
pub(crate) use hypotheses::Polynomial;
pub use intern::{Node, Term};
pub use operator::Operator;
pub use regularity::{density_regularity, regularity};
pub use simplify::{Simplifier, match_values};
pub use substitute::{canonical, substitute, substitute_many};

use num_rational::BigRational;
use std::sync::Arc;

/// A name, canonical and in Unicode.
pub type Symbol = Arc<str>;

/// The identity of a variable.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Identity {
    /// A free variable: a parameter or, in a rule, a metavariable.
    Free(Symbol),
    /// A bound variable, numbered from the innermost binder outwards.
    Bound(u32),
}

/// A variable; its domain is part of what it is, so that no simplification depends on the place.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Var {
    /// What tells it from other variables.
    pub identity: Identity,
    /// What it ranges over.
    pub domain: Domain,
}

impl Var {
    /// A free variable.
    pub fn free(name: &str, domain: Domain) -> Var {
        Var { identity: Identity::Free(name.into()), domain }
    }

    /// A bound variable by number.
    pub fn bound(number: u32, domain: Domain) -> Var {
        Var { identity: Identity::Bound(number), domain }
    }

    /// The name of a free variable.
    pub fn name(&self) -> Option<&str> {
        match &self.identity {
            Identity::Free(name) => Some(name),
            Identity::Bound(_) => None,
        }
    }
}

/// The operators of the term language, each with the order of its arguments.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Op {
    /// A rational number.
    Number(BigRational),
    /// The constant π.
    Pi,
    /// An infinite end of an integral or sum; nowhere else.
    Infinity,
    /// A variable, free or bound.
    Var(Var),
    /// Sum of any number of terms.
    Add,
    /// Product of any number of terms.
    Mul,
    /// `[base, exponent]`.
    Pow,
    /// A function known by its definition file.
    Function(Symbol),
    /// An unknown function; one derivative order an argument.
    Apply(Symbol, Vec<u32>),
    /// A law known by its definition file; the arguments are its parameters.
    Law(Symbol),
    /// An unspecified law (`p_θ`, `q`) with what it depends on.
    UnknownLaw(Symbol),
    /// `[e]`: equals e, and its derivative is 0. Around a law: the law is held fixed.
    StopGrad,
    /// `[law, point]`: the density, or the mass, at a point.
    Density,
    /// `[law, body]`: the expectation of the body in the bound variable.
    Expect(Var),
    /// `[lower, upper, body]`: the integral over an interval.
    Integral(Var),
    /// `[lower, upper, body]`: the sum over the whole numbers from lower to upper.
    Sum(Var),
    /// `[body, point]`: the derivative, of an order at least 1, in the bound variable at a point.
    Derivative(Var, u32),
    // Arrays: they are gone before anything is proved or computed (see `array`).
    /// `[size, body]`: the array of the values of the body at the indices 1, …, size.
    Array(Var),
    /// `[array, index]`: an entry.
    Entry,
    /// `[size, law]`: the law of an array of independent entries; the law of an entry may depend on its index.
    Independent(Var),
}

/// Functions of indices and matrices, which are gone once a statement is one about numbers. `delta(i, j)`: 1 where two indices
/// are the same, and 0 elsewhere.
pub const DELTA: &str = "delta";
/// `choose(i, j, x, y)`: x where i is j, and y elsewhere.
pub const CHOOSE: &str = "choose";
/// `prod(a)`: the product of the entries of an array, or of the terms of a sum as long as nothing is known of their signs.
pub const PRODUCT: &str = "prod";
/// `total(a)`: the sum of the entries of an array, where it is not to be taken apart.
pub const TOTAL: &str = "total";
/// `inverse(A)` of a square matrix.
pub const INVERSE: &str = "inverse";
/// `cholesky(A)` of a positive definite matrix: L with L L^⊤ = A.
pub const CHOLESKY: &str = "cholesky";
/// `det(A)`.
pub const DET: &str = "det";
/// `matmul(A, B)`.
pub const MATMUL: &str = "matmul";
/// `transposed(A)`.
pub const TRANSPOSED: &str = "transposed";
/// `scaled(c, A)` for a number c.
pub const SCALED: &str = "scaled";

/// The sizes of what a law draws, the outermost first; none for a number. In the place of a law an array is an
/// unspecified law of arrays.
pub fn shape_of_law(law: &Term) -> Vec<Term> {
    match law.op() {
        Op::Independent(_) | Op::Array(_) => [vec![law.args()[0].clone()], shape_of_law(&law.args()[1])].concat(),
        Op::StopGrad => shape_of_law(&law.args()[0]),
        // N(μ, Σ) on R^d.
        Op::Law(name) if &**name == "N" && matches!(law.args().first().map(Term::op), Some(Op::Array(_))) => {
            vec![law.args()[0].args()[0].clone()]
        }
        _ => Vec::new(),
    }
}

impl Op {
    /// The variable that the operator binds in its body.
    pub fn bound(&self) -> Option<&Var> {
        match self {
            Op::Expect(v) | Op::Integral(v) | Op::Sum(v) | Op::Derivative(v, _) => Some(v),
            Op::Array(v) | Op::Independent(v) => Some(v),
            _ => None,
        }
    }

    /// Which argument the bound variable ranges over.
    pub fn body_index(&self) -> usize {
        match self {
            Op::Expect(_) | Op::Array(_) | Op::Independent(_) => 1,
            Op::Integral(_) | Op::Sum(_) => 2,
            _ => 0,
        }
    }

    /// The same operator with another bound variable.
    pub fn with_bound(&self, var: Var) -> Op {
        match self {
            Op::Expect(_) => Op::Expect(var),
            Op::Integral(_) => Op::Integral(var),
            Op::Sum(_) => Op::Sum(var),
            Op::Derivative(_, order) => Op::Derivative(var, *order),
            Op::Array(_) => Op::Array(var),
            Op::Independent(_) => Op::Independent(var),
            other => other.clone(),
        }
    }
}
