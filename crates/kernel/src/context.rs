//! What is known at a place: the statement's hypotheses, and the binders around.

use crate::field::Field;
use crate::growth::{self, Verdict};
use crate::library::{Class, Library};
use crate::polynomial::Memo;
use crate::term::{Name, Op, Table, Term};
use std::collections::BTreeMap;

/// What the statement grants.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Hypothesis {
    /// Above 0.
    Positive(Term),
    /// 0 or above.
    NonNegative(Term),
    /// Different from 0.
    NonZero(Term),
    /// A whole number, 0 or above.
    Whole(Term),
    /// Two terms without loose variables are equal.
    Equal(Term, Term),
}

/// What the statement says of an unknown function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// How smooth it is.
    pub class: Class,
    /// Its values are bounded.
    pub bounded: bool,
    /// Nobody has said so: the result holds for functions that are.
    pub assumed: bool,
}

/// What is to be proved, and under what.
#[derive(Clone, Debug, Default)]
pub struct Statement {
    /// Both sides.
    pub sides: Option<(Term, Term)>,
    /// What is granted.
    pub hypotheses: Vec<Hypothesis>,
    /// The unknown functions; one that is not named here is measurable and no more.
    pub functions: BTreeMap<Name, Unknown>,
    /// Unspecified laws that are said to have a density (true) or masses at points (false).
    pub laws: BTreeMap<Name, bool>,
}

/// A binder around a place. Its terms see the binders before it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// A sample of a law: what is said of it holds for almost every value.
    Sample(Term),
    /// The variable of a derivative: all values near the point.
    Near(Term),
    /// The same, where the point stands for every point of the open supports of the samples that it holds.
    Across(Term),
    /// The variable of an integral: almost every value between the ends.
    Range(Term, Term),
    /// The variable of a sum: every whole number from the first to the last.
    Whole(Term, Term),
}

/// What a step asks for, at a place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Claim {
    /// Above 0.
    Positive(Term),
    /// Different from 0.
    NonZero(Term),
    /// A whole number, 0 or above.
    Whole(Term),
    /// The point lies inside the support of the law.
    InSupport(Term, Term),
    /// The first law has mass wherever the second has.
    Covers(Term, Term),
    /// The law has a density (true) or masses at points (false).
    LawIs(Term, bool),
    /// The support of the law does not move with the innermost variable.
    FixedSupport(Term),
    /// The unknown function's derivative that stands here (`App`) exists at these arguments.
    Class(Term),
    /// Absolutely continuous (true) or at least continuous in the innermost variable.
    Continuous(Term, bool),
    /// The mean, sum or integral converges absolutely; the derivative exists near its point.
    Exists(Term),
    /// The samples of the list, together: the body is integrable.
    Integrable(Vec<Term>, Term),
    /// The samples of the list, together: the last sample's density times the body tends to 0 at the ends of its support.
    Vanishes(Vec<Term>, Term),
    /// 0 or above.
    NonNegative(Term),
    /// The unspecified law is regular: its score and the functions that occur against it are integrable near the point.
    Regular(Name),
}

/// A claim with the binders around it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Need {
    /// What is asked for.
    pub claim: Claim,
    /// Where.
    pub scopes: Vec<Scope>,
}

/// Why a step is not accepted.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// The place does not exist in the term.
    NoSuchPlace,
    /// The move does not fit what stands at the place.
    DoesNotFit,
    /// What the move makes is not what the proof says.
    OtherResult(Term),
    /// There is no such rule or hypothesis.
    NoSuchRule,
    /// The substitution lacks a name of the rule, or has one too many or of another arity.
    BadSubstitution(Name),
    /// A premise is neither proved nor one that may be assumed.
    Premise(Need),
    /// A premise is false.
    False(Need),
    /// Both ends are different terms, or not seen to be equal.
    Different,
    /// Beyond what is computed.
    TooLarge,
    /// Something stands where it has no meaning, or where the kernel knows none.
    Unsupported(Term),
    /// A divisor is 0, always or at a point that was drawn.
    DividesByZero,
}

/// A judge of absolute convergence: of a mean, an integral or a sum at its place.
pub type Judge = fn(&mut Context, Term) -> Verdict;

/// What is known at a place, and what has been asked for so far.
pub struct Context<'l> {
    /// Where terms live.
    pub table: Table,
    /// What proofs may rest on.
    pub library: &'l Library,
    /// What is granted.
    pub statement: Statement,
    /// The binders around the place, outermost first: bound variable 0 is the last one.
    pub scopes: Vec<Scope>,
    /// What the statement says itself by meaning something, as far as it was not proved.
    pub conventions: Vec<Need>,
    /// What has been asked for beside and not proved, but may be assumed.
    pub needs: Vec<Need>,
    /// How many claims were proved.
    pub proved: usize,
    /// The probability that an equality of claims is wrong, beside those of the steps.
    pub error: f64,
    /// How many terms were evaluated or multiplied out so far: a measure of time that is the same everywhere.
    pub work: u64,
    /// Who decides on integrability.
    pub judge: Judge,
    /// All that is drawn depends on it.
    pub seed: u64,
    pub(crate) fields: Vec<Field>,
    /// Terms that were multiplied out.
    pub(crate) polynomials: Memo,
    pub(crate) growth: growth::Memo,
    /// A claim is looked at to prove another one: no more is begun.
    pub(crate) aside: bool,
    /// How many values of functions are being replaced by what their files say, one inside the other.
    pub(crate) unfolding: u32,
}

impl<'l> Context<'l> {
    /// A context with no binders around; the statement's terms live in the table.
    pub fn new(library: &'l Library, table: Table, statement: Statement, seed: u64) -> Context<'l> {
        let (scopes, conventions, needs) = (vec![], vec![], vec![]);
        let judge: Judge = |_, _| Verdict::Unknown;
        Context {
            table,
            library,
            statement,
            scopes,
            conventions,
            needs,
            proved: 0,
            error: 0.0,
            work: 0,
            judge,
            seed,
            fields: vec![],
            polynomials: Memo::new(),
            growth: growth::Memo::default(),
            aside: false,
            unfolding: 0,
        }
    }

    /// The binder of bound variable `k`, with its terms as they read at the place.
    pub fn scope(&mut self, k: u32) -> Option<Scope> {
        let index = self.scopes.len().checked_sub(1 + k as usize)?;
        let scope = self.scopes[index].clone();
        Some(scope.map(&mut |term| self.table.lift(term, k + 1, 0)))
    }

    /// The binders that the term's root puts around its argument of that index.
    pub fn binders_of(&self, term: Term, index: usize) -> Vec<Scope> {
        let args = self.table.args(term);
        match self.table.op(term) {
            Op::Mean => args[..index.min(args.len() - 1)].iter().map(|law| Scope::Sample(*law)).collect(),
            Op::Int if index == 2 => vec![Scope::Range(args[0], args[1])],
            Op::Sum if index == 2 => vec![Scope::Whole(args[0], args[1])],
            Op::D(_) if index == 0 => vec![Scope::Near(args[1])],
            _ => vec![],
        }
    }

    /// Runs something below the binders that the root puts around an argument.
    pub fn below<T>(&mut self, term: Term, index: usize, run: impl FnOnce(&mut Self) -> T) -> T {
        let depth = self.scopes.len();
        let more = self.binders_of(term, index);
        self.scopes.extend(more);
        let result = run(self);
        self.scopes.truncate(depth);
        result
    }
}

impl Scope {
    /// The same binder with other terms.
    pub fn map(&self, change: &mut dyn FnMut(Term) -> Term) -> Scope {
        match self {
            Scope::Sample(law) => Scope::Sample(change(*law)),
            Scope::Near(point) => Scope::Near(change(*point)),
            Scope::Across(point) => Scope::Across(change(*point)),
            Scope::Range(lo, hi) => Scope::Range(change(*lo), change(*hi)),
            Scope::Whole(lo, hi) => Scope::Whole(change(*lo), change(*hi)),
        }
    }
}
