//! What a proof may rest on: laws, functions and rules, as terms. A body over parameters is a term in which the
//! parameters are bound variables, the last one number 0, to be filled in by [`Table::instantiate`].

use crate::field::oracle;
use crate::term::{Name, Table, Term};
use num_rational::BigRational;
use std::collections::BTreeMap;

/// On whose word something is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It comes with the program.
    BuiltIn,
    /// It is the user's own, and every proof that uses it says so.
    User,
}

/// Where a law has mass; the terms are bodies over the law's parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Support {
    /// An open interval.
    Interval(Term, Term),
    /// The whole numbers between two ends, both included.
    Integers(Term, Term),
    /// Single points.
    Points(Vec<Term>),
}

/// A law of the library.
#[derive(Clone, Debug)]
pub struct Law {
    /// How many parameters it has.
    pub parameters: usize,
    /// What has to be above 0, over the parameters.
    pub positive: Vec<Term>,
    /// What its file asks of single parameters, as terms that are above 0. The kernel does without: a mean that converges
    /// sees to them.
    pub domain: Vec<Term>,
    /// Where it has mass.
    pub support: Support,
    /// The logarithm of density or mass, over the parameters and the point.
    pub log_density: Term,
    /// On whose word.
    pub origin: Origin,
}

/// How smooth a function is known to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Measurable and no more.
    Measurable,
    /// Piecewise smooth, with jumps.
    Jump,
    /// Locally Lipschitz: kinks.
    Lipschitz,
    /// All derivatives exist.
    Smooth,
}

/// How a function grows where its argument tends to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    /// Its values are bounded.
    Bounded,
    /// |f(u)| ≤ C (1 + |u|).
    Linear,
    /// |f(u)| ≤ C (1 + |ln|u||), at infinity and at 0.
    Logarithmic,
    /// Nothing is said.
    Unknown,
}

/// What an argument has to be for a [`Special`] value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// This number.
    Number(BigRational),
    /// Anything, larger by this much: the result speaks of what is left. Of a function of positive arguments, what is
    /// left is positive; of a number, it is whole and 0 or above.
    Above(u32),
}

/// A value at special arguments.
#[derive(Clone, Debug)]
pub struct Special {
    /// What each argument has to be.
    pub patterns: Vec<Pattern>,
    /// The value, over what is left of the arguments that are no numbers.
    pub result: Term,
}

/// A function of the library. `exp`, `ln`, `sin` and `cos` are known to the kernel; all else is said here.
#[derive(Clone, Debug)]
pub struct Function {
    /// How many arguments it has.
    pub parameters: usize,
    /// The derivative in each argument, over the arguments.
    pub derivatives: Vec<Option<Term>>,
    /// What it abbreviates, over the arguments: it is unfolded before anything else.
    pub definition: Option<Term>,
    /// What it is in terms of others, over the arguments: for its value only.
    pub formula: Option<Term>,
    /// What it is where its only argument is above 0, and where it is below.
    pub pieces: Option<[Term; 2]>,
    /// `Some(true)` if it is even in its only argument, `Some(false)` if it is odd.
    pub even: Option<bool>,
    /// What it is at special arguments; the first that fits counts.
    pub values: Vec<Special>,
    /// How smooth it is; kinks and jumps are where the argument is 0.
    pub class: Class,
    /// It has a value and is smooth where its argument is positive, and nowhere else.
    pub of_positive: bool,
    /// How it grows.
    pub growth: Growth,
    /// It is nowhere 0 and has one sign.
    pub positive: bool,
    /// On whose word.
    pub origin: Origin,
}

/// What a rule asks for. The terms are over the rule's letters and functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Above 0.
    Positive(Term),
    /// Different from 0.
    NonZero(Term),
    /// 0 or above.
    NonNegative(Term),
    /// 0.
    Zero(Term),
    /// A whole number, 0 or above.
    Whole(Term),
    /// `E_{x ~ P}[body]`: the body times the density vanishes at the ends of the support.
    Vanishes(Term),
    /// `D_v[body]` at a point, under the means that the condition speaks of: the body is locally absolutely continuous
    /// in v near the point.
    AbsolutelyContinuous(Term),
    /// Likewise: the body is continuous in v at the point.
    Continuous(Term),
    /// `D_v[law's log-density]`, as a term: the support of the law does not move with v.
    FixedSupport(Term),
    /// The first law has mass wherever the second has.
    Covers(Term, Term),
    /// The law has a density that is absolutely continuous inside its support (true), or masses at points (false).
    LawIs(Term, bool),
    /// The mean or integral exists absolutely; for a derivative of a mean, near its point.
    Exists(Term),
}

impl Condition {
    /// The terms that it speaks of.
    pub fn terms(&self) -> Vec<Term> {
        match *self {
            Condition::Positive(term)
            | Condition::NonZero(term)
            | Condition::NonNegative(term)
            | Condition::Zero(term)
            | Condition::Whole(term)
            | Condition::Vanishes(term)
            | Condition::AbsolutelyContinuous(term)
            | Condition::Continuous(term)
            | Condition::FixedSupport(term)
            | Condition::LawIs(term, _)
            | Condition::Exists(term) => vec![term],
            Condition::Covers(wide, narrow) => vec![wide, narrow],
        }
    }

    /// A hash of the condition, given one for terms.
    pub fn digest(&self, of: &dyn Fn(&Term) -> u64) -> u64 {
        let (kind, terms, flag) = match self {
            Condition::Positive(term) => (0, vec![of(term)], false),
            Condition::NonZero(term) => (1, vec![of(term)], false),
            Condition::Whole(term) => (2, vec![of(term)], false),
            Condition::AbsolutelyContinuous(term) => (3, vec![of(term)], false),
            Condition::Continuous(term) => (4, vec![of(term)], false),
            Condition::FixedSupport(term) => (5, vec![of(term)], false),
            Condition::Covers(wide, narrow) => (6, vec![of(wide), of(narrow)], false),
            Condition::LawIs(law, continuous) => (7, vec![of(law)], *continuous),
            Condition::Exists(term) => (8, vec![of(term)], false),
            Condition::NonNegative(term) => (9, vec![of(term)], false),
            Condition::Zero(term) => (10, vec![of(term)], false),
            Condition::Vanishes(term) => (11, vec![of(term)], false),
        };
        oracle((kind, terms, flag))
    }
}

/// What a rule says of the existence of the means and derivatives that it displays, but not of what stands inside of a
/// derivative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Vouches {
    /// Nothing.
    #[default]
    Nothing,
    /// The derivatives exist whenever its conditions hold.
    Derivatives,
    /// All exist whenever its conditions hold, or those of one side where those of the other do.
    All,
}

/// An equation that proofs may use under its conditions. Its letters are free letters of its terms, its functions are
/// unknown functions, its laws are unspecified laws.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The left side.
    pub left: Term,
    /// The right side.
    pub right: Term,
    /// What has to hold.
    pub conditions: Vec<Condition>,
    /// What it says of the existence of what it displays.
    pub vouches: Vouches,
    /// On whose word.
    pub origin: Origin,
}

/// Laws, functions and rules by name; their terms live in the table.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// Where the terms live. A proof is checked in a copy of it.
    pub table: Table,
    /// Laws, by name; those of one name with other numbers of parameters are `name/number`.
    pub laws: BTreeMap<Name, Law>,
    /// Functions.
    pub functions: BTreeMap<Name, Function>,
    /// Rules.
    pub rules: BTreeMap<Name, Rule>,
}
