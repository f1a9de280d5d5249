//! What the definition files say of functions and laws, as terms. The files are read elsewhere; terms only ask.

use super::{Adjoint, Domain, Op, Symbol, Term, Var, substitute_many};
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use std::collections::BTreeMap;

/// How smooth a function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Regularity {
    /// Measurable and no more.
    Measurable,
    /// Piecewise smooth, with jumps.
    Jump,
    /// Absolutely continuous, with kinks.
    Lipschitz,
    /// All derivatives exist.
    Smooth,
}

/// On whose word a rule, a law or a function is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Comes with the program, whose tests audit it.
    BuiltIn,
    /// The user's own, and its numeric audit found nothing against it.
    Audited,
    /// The user's own, and no audit speaks for it.
    Unaudited,
}

/// A function of a file in `rules/functions`.
#[derive(Clone, Debug)]
pub struct FunctionDefinition {
    /// What it is called.
    pub name: Symbol,
    /// Its parameters.
    pub parameters: Vec<Var>,
    /// The derivative in each parameter, where known.
    pub derivatives: Vec<Option<Term>>,
    /// What the function abbreviates, if anything: it is replaced at once.
    pub definition: Option<Term>,
    /// What the function is in terms of simpler ones, where that is no simplification: only for its value.
    pub formula: Option<Term>,
    /// Equations that hold at special arguments, such as `He(0, x) = 1`; applied left to right.
    pub values: Vec<(Term, Term)>,
    /// The value where the (only) argument is positive, and where it is negative.
    pub above: Option<Term>,
    /// Its value where the argument is below 0.
    pub below: Option<Term>,
    /// `Some(true)` for an even function, `Some(false)` for an odd one.
    pub even: Option<bool>,
    /// How smooth it is.
    pub regularity: Regularity,
    /// It is so where its argument is positive; elsewhere it has singularities, or no value.
    pub of_positive: bool,
    /// How its values grow with its argument, where the file tells.
    pub growth: Option<Growth>,
    /// One plain sentence.
    pub says: String,
    /// On whose word it is used.
    pub trust: Trust,
}

impl FunctionDefinition {
    /// All that its file says of it.
    pub fn terms(&self) -> impl Iterator<Item = &Term> {
        let meaning = [&self.definition, &self.formula, &self.above, &self.below].into_iter().flatten();
        let values = self.values.iter().flat_map(|(left, right)| [left, right]);
        meaning.chain(self.derivatives.iter().flatten()).chain(values)
    }
}

/// How the values of a function grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    /// They are bounded.
    Bounded,
    /// They are at most a multiple of 1 + |u|.
    Linear,
}

/// Where a law lives.
#[derive(Clone, Debug)]
pub enum Support {
    /// An open interval; [`Op::Infinity`] or its negative at an unbounded end.
    Interval(Term, Term),
    /// The whole numbers from the first to the second, both included.
    Integers(Term, Term),
    /// Single points.
    Points(Vec<Term>),
}

impl Support {
    /// The terms that it is made of.
    pub fn ends(&self) -> Vec<&Term> {
        match self {
            Support::Interval(a, b) | Support::Integers(a, b) => vec![a, b],
            Support::Points(points) => points.iter().collect(),
        }
    }

    /// True if both are the same set in the same words.
    pub fn is_written_as(&self, other: &Support) -> bool {
        match (self, other) {
            (Support::Interval(a, b), Support::Interval(c, d)) => a == c && b == d,
            (Support::Integers(a, b), Support::Integers(c, d)) => a == c && b == d,
            (Support::Points(a), Support::Points(b)) => a == b,
            _ => false,
        }
    }
}

/// A law of a file in `rules/laws`.
#[derive(Clone, Debug)]
pub struct LawDefinition {
    /// What it is called.
    pub name: Symbol,
    /// The parameters, with the domains that the file demands.
    pub parameters: Vec<Var>,
    /// The other members of a family `Law(a_1, …, a_k)`, each with its own number of parameters.
    pub members: Vec<LawDefinition>,
    /// Demands that are no domain of one parameter, such as `b > a`: each term has to be positive.
    pub positive: Vec<Term>,
    /// The variable of the density.
    pub point: Var,
    /// The logarithm of its density, or of its mass, at the point.
    pub log_density: Term,
    /// Where it has mass.
    pub support: Support,
    /// The mass up to the point, where the file tells.
    pub cdf: Option<Term>,
    /// In the parameters and `u`, a number between 0 and 1.
    pub quantile: Option<Term>,
    /// The mean, where the file tells.
    pub mean: Option<Term>,
    /// The variance, where the file tells.
    pub variance: Option<Term>,
    /// One plain sentence.
    pub says: String,
    /// Where it is from: author, title, place.
    pub source: String,
    /// How smooth the log-density is in the point, inside the support, as far as its formula tells. Where that is more than
    /// measurable, the density is positive on the support. Laws that come with the program are
    /// [`Lipschitz`](Regularity::Lipschitz), or have masses; the tests derive it.
    pub density_regularity: Regularity,
    /// On whose word it is used.
    pub trust: Trust,
}

impl LawDefinition {
    /// The member of the family with so many parameters.
    pub fn member(&self, parameters: usize) -> Option<&LawDefinition> {
        [self].into_iter().chain(&self.members).find(|law| law.parameters.len() == parameters)
    }

    /// All that its file says of it, or of the other members of its family.
    pub fn terms(&self) -> impl Iterator<Item = &Term> {
        [self].into_iter().chain(&self.members).flat_map(|law| {
            let stated = [&law.cdf, &law.quantile, &law.mean, &law.variance].into_iter().flatten();
            stated.chain([&law.log_density]).chain(law.support.ends()).chain(&law.positive)
        })
    }

    /// Whether it has a density that is positive and absolutely continuous inside its support: integration by parts sees no
    /// jump there.
    pub fn is_absolutely_continuous(&self) -> bool {
        !self.is_discrete() && self.density_regularity >= Regularity::Lipschitz
    }

    /// Whether its density, or its mass, is known to be positive all over the support that its file states.
    pub fn fills_its_support(&self) -> bool {
        self.density_regularity > Regularity::Measurable
    }

    /// Whether it has a mass at single points.
    pub fn is_discrete(&self) -> bool {
        !matches!(self.support, Support::Interval(..))
    }

    /// A term of the file, with the parameters and the point replaced.
    pub fn instantiate(&self, term: &Term, arguments: &[Term], point: Option<&Term>) -> Term {
        let parameters = self.parameters.iter().cloned().zip(arguments.iter().cloned());
        let point = point.map(|value| (self.point.clone(), value.clone()));
        substitute_many(term, &parameters.chain(point).collect::<Vec<_>>())
    }

    /// The density at a point of the support, as a formula.
    pub fn density(&self, arguments: &[Term], point: &Term) -> Term {
        let log_density = self.instantiate(&self.log_density, arguments, Some(point));
        match log_density.factors() {
            [ln] if ln.is_function("ln") => ln.args()[0].clone(),
            [minus, ln] if minus.as_integer() == Some(-1) && ln.is_function("ln") => ln.args()[0].clone().recip(),
            _ => log_density.exp(),
        }
    }

    /// The support at given parameters.
    pub fn support_at(&self, arguments: &[Term]) -> Support {
        let at = |t: &Term| self.instantiate(t, arguments, None);
        match &self.support {
            Support::Interval(a, b) => Support::Interval(at(a), at(b)),
            Support::Integers(a, b) => Support::Integers(at(a), at(b)),
            Support::Points(points) => Support::Points(points.iter().map(at).collect()),
        }
    }
}

/// All functions and laws that are known by name, and the adjoints that are known.
#[derive(Clone, Debug, Default)]
pub struct Definitions {
    /// Functions by name.
    pub functions: BTreeMap<Symbol, FunctionDefinition>,
    /// Laws by name.
    pub laws: BTreeMap<Symbol, LawDefinition>,
    /// What the adjoints of generators are: the first that fits is taken.
    pub adjoints: Vec<Adjoint>,
}

impl Definitions {
    /// The definition of a law term `Law(name)(arguments)`, looked up through a stopgrad.
    pub fn law<'a, 'b>(&'a self, law: &'b Term) -> Option<(&'a LawDefinition, &'b [Term])> {
        match law.op() {
            Op::Law(name) => Some((self.laws.get(name)?.member(law.args().len())?, law.args())),
            Op::StopGrad => self.law(&law.args()[0]),
            _ => None,
        }
    }

    /// Where a variable of this law ranges.
    pub fn domain_of(&self, law: &Term) -> Domain {
        if let Op::Independent(_) = law.op() {
            return self.domain_of(&law.args()[1]);
        }
        let Some((definition, arguments)) = self.law(law) else { return Domain::Real };
        definition.support_at(arguments).domain()
    }
}

impl Support {
    /// Where a variable with this support ranges.
    pub fn domain(&self) -> Domain {
        match self {
            // The parameters of a law are such that the upper end is above the lower one.
            Support::Interval(lo, _) if super::is_positive(lo) => Domain::Positive,
            Support::Interval(lo, hi) if lo.is_zero() => {
                if hi.is_one() {
                    Domain::Unit
                } else {
                    Domain::Positive
                }
            }
            Support::Interval(..) => Domain::Real,
            Support::Integers(lo, _) if lo.as_integer().is_some_and(|n| n >= 1) => Domain::Counting,
            Support::Integers(lo, _) if lo.is_zero() => Domain::Natural,
            Support::Integers(..) => Domain::Real,
            Support::Points(points) => points_domain(points),
        }
    }
}

/// Where a variable between two ends ranges. The upper end may lie below the lower one.
pub fn interval_domain(lo: &Term, hi: &Term) -> Domain {
    let above = super::is_positive(hi) || *hi.op() == Op::Infinity;
    match (lo.is_zero(), hi.is_one()) {
        (true, true) => Domain::Unit,
        _ if above && (lo.is_zero() || super::is_positive(lo)) => Domain::Positive,
        _ => Domain::Real,
    }
}

/// Where the index of a sum that begins at a term ranges.
pub fn index_domain(lo: &Term) -> Domain {
    match lo.as_integer() {
        Some(1..) => Domain::Counting,
        _ if is_natural(lo) => Domain::Natural,
        _ => Domain::Integer,
    }
}

/// What a variable with these values is.
pub fn points_domain(points: &[Term]) -> Domain {
    let values: Option<Vec<i64>> = points.iter().map(Term::as_integer).collect();
    match values.as_deref() {
        Some([-1, 1] | [1, -1]) => Domain::Sign,
        Some(values) if values.iter().all(|v| *v >= 1) => Domain::Counting,
        Some(values) if values.iter().all(|v| *v >= 0) => Domain::Natural,
        _ => Domain::Real,
    }
}

/// True if a density of a law with a file occurs whose point may lie outside of the support, where the density is 0.
pub fn holds_cut_density(definitions: &Definitions, term: &Term) -> bool {
    term.any(&|t| match (t.op(), t.args()) {
        (Op::Density, [law, point]) => matches!(law.op(), Op::Law(_)) && !density_unfolds(definitions, law, point),
        _ => false,
    })
}

/// True if the density of a law is what its file says at this point: the point lies in the support for certain.
pub fn density_unfolds(definitions: &Definitions, law: &Term, point: &Term) -> bool {
    let Some((definition, arguments)) = definitions.law(law) else { return false };
    let domain = definitions.domain_of(law);
    match definition.support_at(arguments) {
        Support::Interval(lo, hi) => match (is_infinite(&lo), is_infinite(&hi)) {
            (true, true) => true,
            (false, true) => lo.is_zero() && super::is_positive(point),
            _ => domain == Domain::Unit && is_unit(point),
        },
        Support::Integers(lo, hi) => {
            let is_within =
                |lo: i64, x: i64| lo <= x && (is_infinite(&hi) || hi.as_integer().is_some_and(|hi| x <= hi));
            lo.as_integer().zip(point.as_integer()).is_some_and(|(lo, x)| is_within(lo, x))
                || is_whole_between(point, &lo, &hi)
        }
        Support::Points(points) => {
            points.contains(point)
                || point.as_var().is_some_and(|v| {
                    v.domain == domain && domain == Domain::Sign || v.domain == Domain::Bit && is_bit(&points)
                })
                || matches!(&points[..], [first, .., last]
                    if is_run(&points) && is_whole_between(point, first, last))
        }
    }
}

/// Are these 0 and 1?
pub fn is_bit(points: &[Term]) -> bool {
    let values: Option<Vec<i64>> = points.iter().map(Term::as_integer).collect();
    matches!(values.as_deref(), Some([0, 1] | [1, 0]))
}

/// Are these whole numbers, each one above the one before?
fn is_run(points: &[Term]) -> bool {
    let next = |pair: &[Term]| pair[0].as_integer().zip(pair[1].as_integer()).is_some_and(|(a, b)| a + 1 == b);
    points.windows(2).all(next)
}

/// Is it seen that this is a whole number from one end, itself 0 or above, to the other?
fn is_whole_between(point: &Term, lo: &Term, hi: &Term) -> bool {
    let above = |low: &Term, high: &Term| super::is_nonnegative(&high.clone().minus(low.clone()));
    is_natural(point) && is_natural(lo) && (lo.is_zero() || above(lo, point)) && (is_infinite(hi) || above(point, hi))
}

/// True if the one law lives on a part of what the other one lives on, as far as the ends show it as they are written.
pub fn lives_within(definitions: &Definitions, inner: &Term, outer: &Term) -> bool {
    let support = |law| definitions.law(law).map(|(definition, arguments)| definition.support_at(arguments));
    let (Some(inner), Some(outer)) = (support(inner), support(outer)) else { return false };
    let (Support::Interval(lo, hi), Support::Interval(a, b)) = (&inner, &outer) else {
        return inner.is_written_as(&outer);
    };
    let below = |low: &Term, high: &Term| match (low.as_number(), high.as_number()) {
        (Some(low), Some(high)) => low <= high,
        _ => low == high,
    };
    (is_infinite(a) || below(a, lo)) && (is_infinite(b) || below(hi, b))
}

fn is_infinite(term: &Term) -> bool {
    term.factors().iter().any(|t| *t.op() == Op::Infinity)
}

fn is_unit(term: &Term) -> bool {
    let is = |t: &Term| t.as_var().is_some_and(|v| v.domain == Domain::Unit);
    is(term) || term.factors().iter().all(is)
}

/// True if the term is a whole number, 0 or above, as far as its parts tell.
pub fn is_natural(term: &Term) -> bool {
    match term.op() {
        Op::Number(n) => n.is_integer() && *n >= num_rational::BigRational::from_integer(0.into()),
        Op::Var(v) => matches!(v.domain, Domain::Natural | Domain::Counting | Domain::Bit),
        Op::Add => term.args().iter().all(is_natural),
        Op::Mul => {
            let mut number = BigRational::one();
            let mut rest = Vec::new();
            let mut open: Vec<&Term> = term.args().iter().collect();
            while let Some(factor) = open.pop() {
                match (factor.op(), factor.args()) {
                    (Op::Mul, factors) => open.extend(factors),
                    (Op::Number(n), _) => number *= n,
                    (Op::Pow, [base, exponent]) if exponent.as_integer() == Some(-1) => match base.as_number() {
                        Some(n) if !n.is_zero() => number /= n,
                        _ => rest.push(factor),
                    },
                    _ => rest.push(factor),
                }
            }
            number.is_integer() && !number.is_negative() && rest.into_iter().all(is_natural)
        }
        _ => false,
    }
}
