//! Where a variable ranges, and the signs that follow from it.

use super::{Identity, Op, Term};
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use std::cell::RefCell;

thread_local! {
    /// Terms that are not 0 because the statement at hand divides by them; see [`supposing`].
    static DIVISORS: RefCell<Vec<Term>> = const { RefCell::new(vec![]) };
}

/// Does some work on a statement that supposes that these terms are not 0, as where it divides by them. Only means of
/// squares and variances are taken up, which are 0 in degenerate cases alone, while nothing is to be built on a divisor that may be 0 always, such as the mean of a score.
pub fn supposing<T>(nonzero: &[Term], work: impl FnOnce() -> T) -> T {
    let mut divisors: Vec<Term> = nonzero.iter().filter(|term| is_size(term)).cloned().collect();
    divisors.sort();
    divisors.dedup();
    let outer = DIVISORS.replace(divisors);
    let result = work();
    DIVISORS.set(outer);
    result
}

/// A mean of squares, perhaps with weights above 0, or a variance, of what is free of bound variables.
pub fn is_size(term: &Term) -> bool {
    let closed = term.free().iter().all(|v| matches!(v.identity, Identity::Free(_)));
    let even = |factor: &Term| *factor.op() == Op::Pow && factor.args()[1].as_integer().is_some_and(|n| n % 2 == 0);
    let squares = |mean: &Term| match mean.op() {
        Op::Expect(var) => {
            let (own, rest): (Vec<&Term>, Vec<&Term>) = mean.args()[1].factors().iter().partition(|f| even(f));
            own.iter().any(|factor| factor.depends_on(var)) && rest.into_iter().all(is_positive)
        }
        _ => false,
    };
    closed && (squares(term) || is_variance(term))
}

/// `E[u^2] - E[u]^2`.
fn is_variance(term: &Term) -> bool {
    let mean = |term: &Term| match term.op() {
        Op::Expect(var) => Some((var.clone(), term.args()[0].clone(), term.args()[1].clone())),
        _ => None,
    };
    let square = |term: &Term| match (term.op(), term.args()) {
        (Op::Pow, [base, exponent]) if exponent.as_integer() == Some(2) => Some(base.clone()),
        _ => None,
    };
    let [a, b] = term.summands() else { return false };
    [(a, b), (b, a)].into_iter().any(|(first, second)| {
        let [minus, rest] = second.factors() else { return false };
        let Some((var, law, body)) = mean(first) else { return false };
        let Some((other, same, inner)) = square(rest).as_ref().and_then(mean) else { return false };
        let inner = super::substitute(&inner, &other, &Term::var(var));
        minus.as_integer() == Some(-1) && law == same && square(&body) == Some(inner)
    })
}

fn is_divisor(term: &Term) -> bool {
    DIVISORS.with_borrow(|divisors| divisors.binary_search(term).is_ok())
}

/// The range of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Domain {
    /// Any real number.
    Real,
    /// A real number other than 0: what a letter that is divided by is.
    NonZero,
    /// A real number above 0.
    Positive,
    /// A real number strictly between 0 and 1.
    Unit,
    /// 0, 1, 2, …
    Natural,
    /// 1, 2, 3, …
    Counting,
    /// -1 or 1.
    Sign,
    /// 0 or 1.
    Bit,
    /// Any whole number.
    Integer,
}

impl Domain {
    /// All of it lies above 0.
    pub fn is_positive(self) -> bool {
        matches!(self, Domain::Positive | Domain::Unit | Domain::Counting)
    }

    /// 0 is not in it.
    pub fn is_nonzero(self) -> bool {
        self.is_positive() || matches!(self, Domain::NonZero | Domain::Sign)
    }

    /// None of it lies below 0.
    pub fn is_nonnegative(self) -> bool {
        self.is_positive() || matches!(self, Domain::Natural | Domain::Bit)
    }

    /// It holds whole numbers only.
    pub fn is_integer(self) -> bool {
        matches!(self, Domain::Natural | Domain::Counting | Domain::Sign | Domain::Bit | Domain::Integer)
    }

    /// What a letter is near a point of the domain: where a derivative is taken in it.
    pub fn near(self) -> Domain {
        match self {
            Domain::Counting => Domain::Positive,
            Domain::Sign => Domain::NonZero,
            Domain::Natural | Domain::Bit | Domain::Integer => Domain::Real,
            open => open,
        }
    }

    /// The smaller of two domains, where one holds the other; the first otherwise.
    pub fn meet(self, other: Domain) -> Domain {
        use Domain::*;
        match (self, other) {
            (Real, d) | (d, Real) => d,
            (Integer, Natural | Counting | Sign | Bit) => other,
            (Natural | Counting | Sign | Bit, Integer) => self,
            (Natural, Bit) | (Bit, Natural) => Bit,
            (Integer, Positive | Unit) | (Positive | Unit, Integer) => Counting,
            (Natural, Counting) | (Counting, Natural) => Counting,
            (NonZero, d) | (d, NonZero) if d.is_nonzero() => d,
            (NonZero, Natural) | (Natural, NonZero) | (Positive, Natural) | (Natural, Positive) => Counting,
            (Positive, d) | (d, Positive) if d.is_positive() => d,
            (d, _) => d,
        }
    }
}

/// True if the term is above 0 wherever it is defined, as far as signs of parts tell.
pub fn is_positive(term: &Term) -> bool {
    sign(term) == Some(Sign::Positive)
}

/// True if the term is 0 or above wherever it is defined, as far as signs of parts tell.
pub fn is_nonnegative(term: &Term) -> bool {
    matches!(sign(term), Some(Sign::Positive | Sign::NonNegative | Sign::Zero))
}

/// True if the term is not 0 wherever it is defined, as far as signs of parts tell.
pub fn is_nonzero(term: &Term) -> bool {
    matches!(sign(term), Some(Sign::Positive | Sign::Negative)) || nonzero_factors(term) || is_divisor(term)
}

fn nonzero_factors(term: &Term) -> bool {
    match term.op() {
        Op::Var(v) => v.domain.is_nonzero(),
        Op::Mul => term.args().iter().all(is_nonzero),
        Op::Pow => term.args()[1].as_number().is_some() && is_nonzero(&term.args()[0]),
        Op::StopGrad => is_nonzero(&term.args()[0]),
        _ => false,
    }
}

/// Is an integral one from -∞ to ∞?
fn is_over_the_line(term: &Term) -> bool {
    let infinite = |end: &Term| end.factors().iter().any(|factor| *factor.op() == Op::Infinity);
    let [lo, hi, ..] = term.args() else { return false };
    infinite(lo) && infinite(hi) && lo.is_negative_looking() && !hi.is_negative_looking()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Negative,
    /// Zero or above.
    NonNegative,
    Positive,
    Zero,
}

fn sign(term: &Term) -> Option<Sign> {
    use Sign::*;
    match term.op() {
        Op::Number(n) if n.is_zero() => Some(Zero),
        Op::Number(n) if n.is_positive() => Some(Positive),
        Op::Number(_) => Some(Negative),
        Op::Pi | Op::Density => Some(Positive),
        Op::Var(v) if v.domain.is_positive() => Some(Positive),
        Op::Var(v) if v.domain.is_nonnegative() => Some(NonNegative),
        Op::StopGrad => sign(&term.args()[0]),
        Op::Add => add_signs(term),
        Op::Mul => term.args().iter().map(sign).try_fold(Positive, |a, b| {
            Some(match (a, b?) {
                (Zero, _) | (_, Zero) => Zero,
                (Positive, s) | (s, Positive) => s,
                (Negative, Negative) => Positive,
                (NonNegative, NonNegative) => NonNegative,
                _ => return None,
            })
        }),
        Op::Pow => power_sign(&term.args()[0], &term.args()[1]),
        Op::Function(f) => match &**f {
            "exp" | "gamma" | "cosh" | "sigmoid" | "softplus" | "beta" => Some(Positive),
            "abs" if is_nonzero(&term.args()[0]) => Some(Positive),
            "abs" | "relu" => Some(NonNegative),
            "sqrt" => sign(&term.args()[0]).filter(|s| *s != Negative),
            "ln" => is_above(least(&term.args()[0]), &BigRational::one()).then_some(Positive),
            _ => None,
        },
        // The mean of what is above 0 is above 0.
        Op::Expect(_) => sign(&term.args()[1]).filter(|s| matches!(s, Positive | NonNegative)),
        Op::Integral(_) if is_over_the_line(term) => {
            sign(&term.args()[2]).filter(|s| matches!(s, Positive | NonNegative))
        }
        _ => None,
    }
}

fn add_signs(term: &Term) -> Option<Sign> {
    use Sign::*;
    // 1 - p for p between 0 and 1, 1 - exp(-u) for positive u.
    if let [a, b] = term.args()
        && [(a, b), (b, a)].iter().any(|(one, rest)| one.is_one() && is_minus_unit(rest))
    {
        return Some(Positive);
    }
    let by_signs = term.args().iter().map(sign).try_fold(Zero, |a, b| {
        Some(match (a, b?) {
            (Zero, s) | (s, Zero) => s,
            (Negative, Negative) => Negative,
            (Negative, _) | (_, Negative) => return None,
            (Positive, _) | (_, Positive) => Positive,
            _ => NonNegative,
        })
    });
    by_signs.or_else(|| is_above(least(term), &BigRational::zero()).then_some(Positive))
}

/// A bound, and whether it is never reached.
type Bound = Option<(BigRational, bool)>;

fn is_above(bound: Bound, value: &BigRational) -> bool {
    bound.is_some_and(|(least, strict)| least > *value || strict && least == *value)
}

/// Longer terms have no bounds: each sign may ask for that of a part twice.
const BOUNDED: usize = 48;

/// A lower bound of a sum of bounded terms with numbers before them: 0 of `1 - tanh(u)`, never reached.
fn least(term: &Term) -> Bound {
    if term.size() <= BOUNDED { extreme(term, 0) } else { None }
}

/// A bound of a sum, below (0) or above (1).
fn extreme(term: &Term, side: usize) -> Bound {
    let mut sum = (BigRational::zero(), false);
    for summand in term.summands() {
        let (number, rest): (Vec<&Term>, Vec<&Term>) =
            summand.factors().iter().partition(|factor| factor.as_number().is_some());
        let number = number.iter().filter_map(|factor| factor.as_number()).product::<BigRational>();
        let (bound, strict) = match rest.as_slice() {
            _ if number.is_zero() => (BigRational::zero(), false),
            [] => (BigRational::one(), false),
            [atom] => bounds(atom)[if number.is_negative() { 1 - side } else { side }].clone()?,
            _ => return None,
        };
        sum = (sum.0 + number * bound, sum.1 | strict);
    }
    Some(sum)
}

/// Bounds of a term below and above, as far as functions with values in an interval tell.
fn bounds(term: &Term) -> [Bound; 2] {
    if *term.op() == Op::Add {
        return [extreme(term, 0), extreme(term, 1)];
    }
    let [zero, one] = [BigRational::zero(), BigRational::one()];
    let between =
        |low: &BigRational, high: &BigRational, strict| [Some((low.clone(), strict)), Some((high.clone(), strict))];
    let below = match sign(term) {
        Some(Sign::Positive) => Some((zero.clone(), true)),
        Some(Sign::NonNegative) => Some((zero.clone(), false)),
        _ => None,
    };
    match term.op() {
        Op::Var(v) if v.domain == Domain::Unit => between(&zero, &one, true),
        Op::Function(name) => match &**name {
            "tanh" | "erf" => between(&-one.clone(), &one, true),
            "sin" | "cos" => between(&-one.clone(), &one, false),
            "sigmoid" => between(&zero, &one, true),
            "exp" if sign(&term.args()[0]) == Some(Sign::Negative) => between(&zero, &one, true),
            _ => [below, None],
        },
        Op::Mul => [extreme(term, 0).or(below), extreme(term, 1)],
        // 1/u for u above 1.
        Op::Pow if term.args()[1].as_number().is_some_and(Signed::is_negative) => {
            let above = is_above(least(&term.args()[0]), &one).then_some((one, true));
            [below, above]
        }
        _ => [below, None],
    }
}

fn is_minus_unit(term: &Term) -> bool {
    let factors = all_factors(term);
    match factors[..] {
        [minus, ref rest @ ..] if minus.as_integer() == Some(-1) => {
            !rest.is_empty() && rest.iter().all(|factor| is_below_one(factor)) || is_share(rest)
        }
        _ => false,
    }
}

/// The factors of a product, with those of the products among them and without ones.
fn all_factors(term: &Term) -> Vec<&Term> {
    match term.op() {
        Op::Mul => term.args().iter().flat_map(all_factors).collect(),
        _ if term.is_one() => vec![],
        _ => vec![term],
    }
}

/// A summand over a sum of positive terms: a/(a + b).
fn is_share(factors: &[&Term]) -> bool {
    let is_over = |place: usize, sum: &Term| {
        sum.args().iter().enumerate().any(|(index, own)| {
            let mut left: Vec<&Term> =
                factors.iter().enumerate().filter(|(i, _)| *i != place).map(|(_, f)| *f).collect();
            for factor in all_factors(own) {
                let Some(at) = left.iter().position(|other| *other == factor) else { return false };
                left.remove(at);
            }
            let is_positive = |(i, other): (usize, &Term)| i == index || sign(other) == Some(Sign::Positive);
            left.is_empty() && sign(own) == Some(Sign::Positive) && sum.args().iter().enumerate().all(is_positive)
        })
    };
    factors.iter().enumerate().any(|(place, factor)| match (factor.op(), factor.args()) {
        (Op::Pow, [sum, exponent]) => exponent.as_integer() == Some(-1) && *sum.op() == Op::Add && is_over(place, sum),
        _ => false,
    })
}

/// A variable between 0 and 1, a positive power of one, an exponential of what is negative, or a function that stays below 1.
fn is_below_one(term: &Term) -> bool {
    if ["sigmoid", "tanh", "erf"].into_iter().any(|name| term.is_function(name)) {
        return true;
    }
    if term.is_function("exp") {
        return sign(&term.args()[0]) == Some(Sign::Negative);
    }
    if term.size() <= BOUNDED
        && let Some((greatest, true)) = &bounds(term)[1]
        && greatest.is_one()
    {
        return true;
    }
    let base = match term.op() {
        Op::Pow if term.args()[1].as_number().is_some_and(Signed::is_positive) => &term.args()[0],
        _ => term,
    };
    match base.op() {
        Op::Mul => base.args().iter().all(is_below_one),
        _ => base.as_var().is_some_and(|v| v.domain == Domain::Unit),
    }
}

fn power_sign(base: &Term, exponent: &Term) -> Option<Sign> {
    let base_sign = sign(base);
    if base_sign == Some(Sign::Positive) {
        return Some(Sign::Positive);
    }
    let even = exponent.as_integer()? % 2 == 0;
    match base_sign {
        _ if even && is_nonzero(base) => Some(Sign::Positive),
        // A negative power of what may be 0 is positive wherever it is defined.
        _ if even && exponent.as_integer()? < 0 => Some(Sign::Positive),
        _ if even => Some(Sign::NonNegative),
        Some(Sign::Negative) => Some(Sign::Negative),
        Some(Sign::NonNegative) if exponent.as_integer()? > 0 => Some(Sign::NonNegative),
        _ => None,
    }
}
