//! Hash-consing: one allocation for equal terms.

use super::{Identity, Op, Symbol, Var, deadline};
use hashbrown::HashTable;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use rustc_hash::FxHasher;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock, Mutex};

/// The content of a term, with what is asked of it often.
pub struct Node {
    /// What stands at the root.
    pub op: Op,
    /// The terms below it.
    pub args: Box<[Term]>,
    hash: u64,
    /// Free variables, sorted; shared with the arguments where they are the same.
    free: Arc<[Var]>,
    /// The largest number of a bound variable that is bound inside.
    height: u32,
    /// Every binder inside has the number that [canonical](super::canonical) gives it.
    canonical: bool,
    size: u32,
    /// Contains an expectation, an integral or a sum.
    operator: bool,
    /// Contains an array, an entry of one or a law of one.
    arrays: bool,
}

/// A hash-consed expression. Cloning is cheap; equality is identity.
#[derive(Clone)]
pub struct Term(Arc<Node>);

/// All terms, by their hash; in parts, so that threads seldom wait for each other.
static TABLE: LazyLock<Vec<Mutex<Shard>>> = LazyLock::new(|| (0..SHARDS).map(|_| Mutex::default()).collect());
const SHARDS: usize = 16;
/// A part with more terms than this, and twice as many as it kept the last time, drops those that nobody holds.
const KEPT: usize = 16_384;

#[derive(Default)]
struct Shard {
    terms: HashTable<Term>,
    limit: usize,
}

/// What it costs to put a term together, in [steps](deadline::spend).
const COST: u64 = 4;

impl Shard {
    fn purge(&mut self) {
        self.terms.retain(|term| Arc::strong_count(&term.0) > 1);
        self.limit = KEPT.max(2 * self.terms.len());
    }
}

impl Term {
    /// The term with this operator and these arguments, as they are: nothing is simplified or renamed.
    pub fn new(op: Op, args: Vec<Term>) -> Term {
        deadline::spend(COST);
        let mut hasher = FxHasher::default();
        match &op {
            // In lowest terms, so that equal numbers have equal parts; the hash of a ratio itself costs divisions.
            Op::Number(value) => (value.numer(), value.denom()).hash(&mut hasher),
            op => op.hash(&mut hasher),
        }
        for arg in &args {
            hasher.write_u64(arg.0.hash);
        }
        let hash = hasher.finish();
        let mut shard = TABLE[(hash >> 8) as usize % SHARDS].lock().unwrap_or_else(|e| e.into_inner());
        if let Some(term) =
            shard.terms.find(hash, |term| term.0.hash == hash && term.0.op == op && *term.0.args == *args)
        {
            return term.clone();
        }
        if shard.terms.len() >= shard.limit {
            shard.purge();
        }
        let term = Term(Arc::new(Node::new(op, args, hash)));
        shard.terms.insert_unique(hash, term.clone(), |term| term.0.hash);
        term
    }

    /// What stands at the root.
    pub fn op(&self) -> &Op {
        &self.0.op
    }

    /// The terms below the root.
    pub fn args(&self) -> &[Term] {
        &self.0.args
    }

    /// Free variables in ascending order.
    pub fn free(&self) -> &[Var] {
        &self.0.free
    }

    /// True if the variable is free in the term.
    pub fn depends_on(&self, var: &Var) -> bool {
        self.0.free.binary_search(var).is_ok()
    }

    /// The largest number of a variable bound inside; 0 without binders.
    pub fn height(&self) -> u32 {
        self.0.height
    }

    /// True if every binder inside has its canonical number.
    pub(super) fn is_canonical(&self) -> bool {
        self.0.canonical
    }

    /// The canonical number of a binder over this body: the first above all binders inside that is not free.
    pub(super) fn number_above(&self, bound: &Var) -> u32 {
        let taken = |number| self.free().iter().any(|v| v != bound && v.identity == Identity::Bound(number));
        let first = self.height() + 1;
        (first..).find(|number| !taken(*number)).unwrap_or(first)
    }

    /// Number of operators, saturating.
    pub fn size(&self) -> usize {
        self.0.size as usize
    }

    /// True if an expectation, integral or sum occurs.
    pub fn has_operator(&self) -> bool {
        self.0.operator
    }

    /// True if an array, an entry of one or a law of one occurs.
    pub fn has_arrays(&self) -> bool {
        self.0.arrays
    }

    /// An exact number.
    pub fn number(value: BigRational) -> Term {
        Term::new(Op::Number(value), vec![])
    }

    /// A whole number.
    pub fn integer(value: i64) -> Term {
        Term::number(BigRational::from_integer(value.into()))
    }

    /// A quotient of whole numbers.
    pub fn ratio(numerator: i64, denominator: i64) -> Term {
        Term::number(BigRational::new(numerator.into(), denominator.into()))
    }

    /// The number 0.
    pub fn zero() -> Term {
        Term::integer(0)
    }

    /// The number 1.
    pub fn one() -> Term {
        Term::integer(1)
    }

    /// A variable as a term.
    pub fn var(var: Var) -> Term {
        Term::new(Op::Var(var), vec![])
    }

    /// A sum.
    pub fn add(args: Vec<Term>) -> Term {
        Term::new(Op::Add, args)
    }

    /// A product.
    pub fn mul(args: Vec<Term>) -> Term {
        Term::new(Op::Mul, args)
    }

    /// A power.
    pub fn pow(base: Term, exponent: Term) -> Term {
        Term::new(Op::Pow, vec![base, exponent])
    }

    /// The term times -1.
    pub fn opposite(self) -> Term {
        Term::mul(vec![Term::integer(-1), self])
    }

    /// A difference.
    pub fn minus(self, other: Term) -> Term {
        Term::add(vec![self, other.opposite()])
    }

    /// One over the term.
    pub fn recip(self) -> Term {
        Term::pow(self, Term::integer(-1))
    }

    /// A function of the library at these arguments.
    pub fn function(name: &str, args: Vec<Term>) -> Term {
        Term::new(Op::Function(Symbol::from(name)), args)
    }

    /// The natural logarithm.
    pub fn ln(self) -> Term {
        Term::function("ln", vec![self])
    }

    /// The exponential.
    pub fn exp(self) -> Term {
        Term::function("exp", vec![self])
    }

    /// The value of a literal number.
    pub fn as_number(&self) -> Option<&BigRational> {
        match self.op() {
            Op::Number(value) => Some(value),
            _ => None,
        }
    }

    /// The variable, if the term is one.
    pub fn as_var(&self) -> Option<&Var> {
        match self.op() {
            Op::Var(var) => Some(var),
            _ => None,
        }
    }

    /// The value of a literal integer that fits.
    pub fn as_integer(&self) -> Option<i64> {
        let value = self.as_number().filter(|value| value.is_integer())?;
        value.to_integer().try_into().ok()
    }

    /// True of the number 0.
    pub fn is_zero(&self) -> bool {
        self.as_number().is_some_and(Zero::is_zero)
    }

    /// True of the number 1.
    pub fn is_one(&self) -> bool {
        self.as_number().is_some_and(One::is_one)
    }

    /// True of a function of the library by that name.
    pub fn is_function(&self, name: &str) -> bool {
        matches!(self.op(), Op::Function(f) if &**f == name)
    }

    /// The factors of a product; the term itself otherwise.
    pub fn factors(&self) -> &[Term] {
        if matches!(self.op(), Op::Mul) { self.args() } else { std::slice::from_ref(self) }
    }

    /// The terms of a sum; the term itself otherwise.
    pub fn summands(&self) -> &[Term] {
        if matches!(self.op(), Op::Add) { self.args() } else { std::slice::from_ref(self) }
    }

    /// The rational coefficient of a term, and whether it is negative: what a printer shows as a minus.
    pub fn is_negative_looking(&self) -> bool {
        self.factors().first().and_then(Term::as_number).is_some_and(Signed::is_negative)
    }

    /// Visits the term and everything in it, parents first.
    pub fn visit(&self, f: &mut impl FnMut(&Term)) {
        f(self);
        for arg in self.args() {
            arg.visit(f);
        }
    }

    /// True if the predicate holds for the term or for something in it.
    pub fn any(&self, f: &impl Fn(&Term) -> bool) -> bool {
        f(self) || self.args().iter().any(|arg| arg.any(f))
    }
}

impl Node {
    fn new(op: Op, args: Vec<Term>, hash: u64) -> Node {
        let inner = args.iter().map(|arg| arg.0.height).max().unwrap_or(0);
        let height = match op.bound() {
            Some(Var { identity: Identity::Bound(number), .. }) => inner.max(*number),
            _ => inner,
        };
        let numbered =
            op.bound().is_none_or(|bound| bound.identity == Identity::Bound(args[op.body_index()].number_above(bound)));
        let canonical = numbered && args.iter().all(Term::is_canonical);
        let size = args.iter().fold(1u32, |sum, arg| sum.saturating_add(arg.0.size));
        let operator =
            matches!(op, Op::Expect(_) | Op::Integral(_) | Op::Sum(_)) || args.iter().any(|arg| arg.0.operator);
        let arrays = matches!(op, Op::Array(_) | Op::Entry | Op::Independent(_)) || args.iter().any(|arg| arg.0.arrays);
        let free = free(&op, &args);
        Node { op, args: args.into(), hash, free, height, canonical, size, operator, arrays }
    }
}

/// The free variables of a term, sorted.
fn free(op: &Op, args: &[Term]) -> Arc<[Var]> {
    if let Op::Var(var) = op {
        return Arc::from([var.clone()]);
    }
    if op.bound().is_none()
        && let Some(most) = args.iter().max_by_key(|arg| arg.free().len())
        && args
            .iter()
            .all(|arg| Arc::ptr_eq(&arg.0.free, &most.0.free) || arg.free().iter().all(|v| most.depends_on(v)))
    {
        return most.0.free.clone();
    }
    let mut free: Vec<&Var> = Vec::new();
    for (index, arg) in args.iter().enumerate() {
        let bound = op.bound().filter(|_| index == op.body_index());
        free.extend(arg.free().iter().filter(|v| Some(*v) != bound));
    }
    free.sort();
    free.dedup();
    free.into_iter().cloned().collect()
}

impl PartialEq for Term {
    fn eq(&self, other: &Term) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
impl Eq for Term {}

impl Hash for Term {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

impl PartialOrd for Term {
    fn partial_cmp(&self, other: &Term) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A structural order: smaller terms first, then by operator and arguments. It does not depend on addresses.
impl Ord for Term {
    fn cmp(&self, other: &Term) -> Ordering {
        if self == other {
            return Ordering::Equal;
        }
        self.0
            .size
            .cmp(&other.0.size)
            .then_with(|| self.op().cmp(other.op()))
            .then_with(|| self.args().cmp(other.args()))
    }
}

impl fmt::Debug for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.op() {
            Op::Number(n) => write!(f, "{n}"),
            Op::Var(v) => match &v.identity {
                Identity::Free(name) => write!(f, "{name}"),
                Identity::Bound(number) => write!(f, "#{number}"),
            },
            op => {
                let mut tuple = f.debug_tuple(&format!("{op:?}"));
                for arg in self.args() {
                    tuple.field(arg);
                }
                tuple.finish()
            }
        }
    }
}
