//! The algebra of operators: words of generators, brought into a normal form by relations.
//!
//! Every relation is an equation that holds for each function that it acts on (`rules/operators`), so that what is made of
//! an operator here equals it by sums, products and these relations alone. Nothing here knows whether they are proved.

pub mod action;
mod express;
mod order;
mod relation;
mod scalar;
mod word;

pub use express::express;
pub use order::{Line, Ordered, TooLarge, ordered};
pub use relation::{AdjointEntry, Relation, Relations, adjoints};
pub use word::{Letter, Sum, Word};
