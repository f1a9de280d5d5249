//! Whether two terms are equal by algebra, linearity, substitution and differentiation alone.

use super::evaluate::{Evaluation, Ranking};
use super::inward::with_simple_integrands;
use super::nesting::{are_nested, may_be_free, pulled};
use super::number::{Digits, Doubles, Numbers, mix, unit};
use super::reading::rational;
use super::shared::{letter, with_shared_means};
use super::sides::Sides;
use super::zeros::{Zero, Zeros};
use crate::term::{Definitions, Domain, Op, Regularity, Symbol, Term, Var, is_positive, substitute};
use num_traits::{Signed, ToPrimitive};
use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Points at which both sides have to agree. Where a term has pieces there are more, of which doubles look at many.
const POINTS: usize = 3;
const POINTS_WITH_PIECES: usize = 16;
const QUICK_POINTS_WITH_PIECES: usize = 64;
/// Points at which a term may be undefined before the comparison is given up.
const SPARE: usize = 60;
/// More nodes than this are not worth the work.
const MOST_NODES: u64 = 16;
/// Ends of pieces that are looked at.
const MOST_ENDS: usize = 8;
/// How often the digits are doubled before a comparison is given up in which sums cancel to nothing.
const DOUBLINGS: u32 = 4;
/// Equality of parts is looked for so deep.
const DEEPEST: u32 = 12;
/// With more samples than this it is looked for means that both sides share.
const FEW_SAMPLES: u64 = 2;
/// Sizes of numbers, in bits, that need no digits of their own.
const USUAL_BITS: u64 = 24;

/// True if both terms agree at random points, to about thirty digits more than their constants have; or if they are one
/// operator over terms that are equal in this sense, for all values of what it binds.
pub fn equal(definitions: &Definitions, left: &Term, right: &Term) -> bool {
    if equal_at(definitions, left, right, 0) {
        return true;
    }
    let simple = [left, right].map(|side| with_simple_integrands(definitions, side));
    if simple.iter().all(Option::is_none) {
        return false;
    }
    let [own, other] = simple;
    equal_at(definitions, &own.unwrap_or_else(|| left.clone()), &other.unwrap_or_else(|| right.clone()), 0)
}

/// Two terms below binders, whose variables are letters here.
pub(super) fn equal_functions(definitions: &Definitions, left: &Term, right: &Term) -> bool {
    equal_at(definitions, left, right, 1)
}

pub(super) fn equal_at(definitions: &Definitions, left: &Term, right: &Term, depth: u32) -> bool {
    if left == right {
        return depth > 0 || is_defined(definitions, left);
    }
    let whole = || is_equal_whole(definitions, left, right, depth);
    let parts = || depth < DEEPEST && are_equal_parts(definitions, left, right, depth);
    // What stands below two binders takes one sample less, and each sample multiplies the work; so may what is left without
    // what both sides share.
    let binds = |side: &Term| side.op().bound().is_some();
    if binds(left) && binds(right) {
        return parts() || whole();
    }
    let rest = || depth < DEEPEST && is_rest_equal(definitions, left, right, depth);
    rest() || whole() || parts()
}

/// Two sums or two products of which one mean at least is the same, without what is the same.
fn is_rest_equal(definitions: &Definitions, left: &Term, right: &Term, depth: u32) -> bool {
    let join = match (left.op(), right.op()) {
        (Op::Add, Op::Add) => Term::add,
        (Op::Mul, Op::Mul) => Term::mul,
        _ => return false,
    };
    let (mut own, mut other) = (left.args().to_vec(), right.args().to_vec());
    let mut shared = false;
    own.retain(|part| match other.iter().position(|o| o == part) {
        Some(place) => {
            shared |= part.has_operator();
            other.remove(place);
            false
        }
        None => true,
    });
    if !shared || own.is_empty() || other.is_empty() {
        return false;
    }
    let [own, other] = [own, other].map(|mut rest| if rest.len() == 1 { rest.remove(0) } else { join(rest) });
    equal_at(definitions, &own, &other, depth + 1)
}

/// One binder, function, sum, product, density or law over equal terms. That needs no derivative to pass a mean: what is under both is one
/// function. What is stopped has the value of what it stops, and other derivatives.
fn are_equal_parts(definitions: &Definitions, left: &Term, right: &Term, depth: u32) -> bool {
    let stops = |side: &Term| side.any(&|t| *t.op() == Op::StopGrad);
    let (left, right) = (&without_ones(left), &without_ones(right));
    if left == right {
        return is_defined(definitions, left);
    }
    if left.args().len() != right.args().len() || left.args().is_empty() || stops(left) || stops(right) {
        return false;
    }
    let (bodies, index) = match (left.op(), right.op()) {
        (Op::Add, Op::Add) | (Op::Mul, Op::Mul) | (Op::Density, Op::Density) => (None, usize::MAX),
        (Op::Law(own), Op::Law(other)) if own == other => (None, usize::MAX),
        (Op::Function(own), Op::Function(other)) if own == other && is_total(own) => (None, usize::MAX),
        (a, b) => match (a.bound(), b.bound()) {
            (Some(x), Some(z)) if x.domain == z.domain && *a == b.with_bound(x.clone()) => {
                let index = a.body_index();
                let letter = letter(depth, x);
                let body = |side: &Term, var: &Var| substitute(&side.args()[index], var, &letter);
                (Some((body(left, x), body(right, z))), index)
            }
            _ => return false,
        },
    };
    let mut pairs: Vec<(&Term, &Term)> = Vec::new();
    for (place, (a, b)) in left.args().iter().zip(right.args()).enumerate() {
        match &bodies {
            Some((a, b)) if place == index => pairs.push((a, b)),
            _ => pairs.push((a, b)),
        }
    }
    pairs.retain(|(a, b)| a != b);
    // More than two pairs are not worth the work.
    pairs.len() <= 2 && pairs.into_iter().all(|(a, b)| equal_at(definitions, a, b, depth + 1))
}

/// A function that has a value everywhere.
fn is_total(name: &str) -> bool {
    matches!(name, "exp" | "sin" | "cos")
}

/// A product without its factors 1.
fn without_ones(term: &Term) -> Term {
    if *term.op() != Op::Mul {
        return term.clone();
    }
    let mut factors: Vec<Term> = term.args().iter().filter(|factor| !factor.is_one()).cloned().collect();
    if factors.len() == 1 { factors.remove(0) } else { Term::mul(factors) }
}

fn is_equal_whole(definitions: &Definitions, left: &Term, right: &Term, depth: u32) -> bool {
    let nested = are_nested(left) || are_nested(right);
    if (nested || samples(left, &mut HashMap::new()) > FEW_SAMPLES)
        && let Some([left, right]) = with_shared_means(definitions, &pulled(left), &pulled(right), depth)
        && is_equal_as_it_stands(definitions, &left, &right)
    {
        return true;
    }
    is_equal_as_it_stands(definitions, left, right)
}

fn is_equal_as_it_stands(definitions: &Definitions, left: &Term, right: &Term) -> bool {
    if !are_nested(left) && !are_nested(right) {
        return equal_under(definitions, left, right, Ranking::Free);
    }
    // Means that stand in one another do not commute by arithmetic. Any order of the functionals is sound in which one
    // that depends on the sample of another comes later.
    let [left, right] = [left, right].map(pulled);
    rankings([&left, &right]).any(|ranking| equal_under(definitions, &left, &right, ranking))
}

fn equal_under(definitions: &Definitions, left: &Term, right: &Term, ranking: Ranking) -> bool {
    let Some(comparison) = Comparison::new(definitions, left, right) else { return false };
    let comparison = Comparison { ranking, ..comparison };
    // A quick look in double precision saves the long one for pairs that have a chance; of large numbers it says nothing.
    let doubles = Doubles::default();
    if !comparison.agree_quickly(&doubles) && doubles.extent() < USUAL_BITS {
        return false;
    }
    let bits = constant_bits(left)
        .max(constant_bits(right))
        .max(doubles.extent().saturating_sub(USUAL_BITS).saturating_mul(4));
    comparison.agree_exactly(bits) && (!comparison.pieces || comparison.agree_at_zeros(&doubles, Some(bits)))
}

/// Whether two terms whose fingerprints match are likely equal: the quick look alone, by which a search avoids the
/// accidents of functions with pieces; the long one where constants are such that doubles say nothing.
pub fn similar(definitions: &Definitions, left: &Term, right: &Term) -> bool {
    let doubles = Doubles::default();
    let quick = |left: &Term, right: &Term, ranking: Ranking| {
        let comparison = Comparison::new(definitions, left, right);
        comparison.is_some_and(|comparison| Comparison { ranking, ..comparison }.agree_quickly(&doubles))
    };
    if !are_nested(left) && !are_nested(right) {
        return quick(left, right, Ranking::Free) && (doubles.given() < USUAL_BITS || equal(definitions, left, right));
    }
    // Fingerprints let means change places that stand in one another; a derivation that rests on that is refused.
    let [own, other] = [left, right].map(pulled);
    let agree = rankings([&own, &other]).any(|ranking| quick(&own, &other, ranking));
    let sure = agree && doubles.given() < USUAL_BITS;
    sure || equal(definitions, left, right)
}

/// The functionals that means which stand in one another may be compared by.
fn rankings(sides: [&Term; 2]) -> impl Iterator<Item = Ranking> {
    let free = may_be_free(sides);
    [Ranking::Free, Ranking::Depth, Ranking::Height]
        .into_iter()
        .filter(move |ranking| *ranking != Ranking::Free || free)
}

fn hash(term: &Term) -> u64 {
    let mut hasher = DefaultHasher::new();
    term.hash(&mut hasher);
    hasher.finish()
}

/// Two terms and how they are looked at.
struct Comparison<'a> {
    definitions: &'a Definitions,
    left: &'a Term,
    right: &'a Term,
    nodes: u64,
    pieces: bool,
    landmarks: Vec<f64>,
    /// Where arguments of functions with pieces vanish.
    zeros: Vec<Zero>,
    /// Unknown functions that are 0 at some of their arguments.
    vanishing: Vec<Symbol>,
    /// The functionals that stand for means.
    ranking: Ranking,
    /// The samples at which they do.
    pins: Vec<Term>,
    salt: u64,
    /// An evaluation was more work than any is allowed to be: others would be as well.
    costly: Cell<bool>,
}

impl<'a> Comparison<'a> {
    /// None if the terms take too many samples.
    fn new(definitions: &'a Definitions, left: &'a Term, right: &'a Term) -> Option<Self> {
        let mut memo = HashMap::new();
        let nodes = 1 + samples(left, &mut memo).max(samples(right, &mut memo)).max(1);
        let pieces = has_pieces(definitions, left) || has_pieces(definitions, right);
        // The points depend on the terms, so that no term can be made for the points.
        let landmarks = if pieces { landmarks([left, right]) } else { vec![] };
        let salt = mix(hash(left).rotate_left(17) ^ mix(hash(right)));
        let landmarks = if pieces { with_large(landmarks, [left, right], salt) } else { landmarks };
        let Zeros { zeros, pins } =
            if pieces { Zeros::of(definitions, [left, right]) } else { Zeros { zeros: vec![], pins: vec![] } };
        (nodes <= MOST_NODES).then_some(Comparison {
            definitions,
            left,
            right,
            nodes,
            pieces,
            landmarks,
            zeros,
            vanishing: vec![],
            ranking: Ranking::Free,
            pins,
            salt,
            costly: Cell::new(false),
        })
    }

    fn agree_quickly(&self, doubles: &Doubles) -> bool {
        let points = if self.pieces { QUICK_POINTS_WITH_PIECES } else { 1 };
        self.agree(doubles, points, true) && (!self.pieces || self.agree_at_zeros(doubles, None))
    }

    /// Whether the terms agree where letters or unknown functions put the argument of a function with pieces to 0,
    /// in doubles, or with many digits if so many bits are asked for.
    fn agree_at_zeros(&self, doubles: &Doubles, bits: Option<u64>) -> bool {
        self.zeros.iter().all(|zero| {
            let [left, right] = [self.left, self.right].map(|side| zero.apply(side));
            let there = Comparison {
                left: &left,
                right: &right,
                landmarks: self.landmarks.clone(),
                pins: self.pins.clone(),
                zeros: vec![],
                vanishing: zero.vanishing(),
                costly: Cell::new(false),
                ..*self
            };
            let trials = if zero.vanishing().is_empty() { 2 } else { 8 };
            (0..trials).all(|trial| {
                let seed = mix(self.salt ^ mix(trial));
                let is_there = zero.letters.iter().all(|(var, end)| {
                    let value = Evaluation::new(doubles, self.definitions, seed).value(end);
                    value.is_some_and(|value| holds(var.domain, *value.base()))
                });
                !is_there
                    || match bits {
                        None => there.same(doubles, seed) != Some(false),
                        Some(bits) => there.same_exactly(&mut Vec::new(), bits, seed) != Some(false),
                    }
            })
        })
    }

    /// Whether the values agree at so many points; a quick look is content with fewer if more are not defined.
    fn agree<F: Numbers>(&self, numbers: &F, wanted: usize, quick: bool) -> bool {
        let mut agreed = 0;
        for trial in 0..(wanted + SPARE) as u64 {
            let seed = mix(self.salt ^ mix(trial));
            let same = if self.pieces { self.same(&Sides { numbers, seed }, seed) } else { self.same(numbers, seed) };
            match same {
                None if self.costly.get() => break,
                None => continue,
                Some(false) => return false,
                Some(true) => agreed += 1,
            }
            if agreed == wanted {
                return true;
            }
        }
        quick && agreed > 0
    }

    /// Whether the terms agree at random points to many digits.
    fn agree_exactly(&self, bits: u64) -> bool {
        let mut levels = Vec::new();
        let wanted = if self.pieces { POINTS_WITH_PIECES } else { POINTS };
        let mut agreed = 0;
        for trial in 0..(wanted + SPARE) as u64 {
            match self.same_exactly(&mut levels, bits, mix(self.salt ^ mix(trial))) {
                None if self.costly.get() => return false,
                None => continue,
                Some(false) => return false,
                Some(true) => agreed += 1,
            }
            if agreed == wanted {
                return true;
            }
        }
        false
    }

    /// Whether the values at a point are close with so many digits that more change nothing: sums of which nothing is
    /// left are taken again with twice as many, until those that are 0 stay the same.
    fn same_exactly(&self, levels: &mut Vec<Digits>, bits: u64, seed: u64) -> Option<bool> {
        let mut last = None;
        for doubling in 0..DOUBLINGS {
            if levels.len() <= doubling as usize {
                let more = bits.saturating_add(Digits::LEAST).saturating_mul((1 << doubling) - 1);
                let Some(digits) = Digits::for_constants(bits.saturating_add(more)) else { return Some(false) };
                levels.push(digits);
            }
            let digits = &levels[doubling as usize];
            digits.begin();
            let same =
                if self.pieces { self.same(&Sides { numbers: digits, seed }, seed) } else { self.same(digits, seed) };
            let cancelled = digits.cancelled();
            match same {
                Some(true) if cancelled != 0 && last != Some(cancelled) => last = Some(cancelled),
                _ => return same,
            }
        }
        Some(false)
    }

    /// Whether the values at a point are close; none where one is undefined.
    fn same<F: Numbers>(&self, numbers: &F, seed: u64) -> Option<bool> {
        let value = |term: &Term| {
            let mut evaluation = Evaluation::new(numbers, self.definitions, seed);
            (evaluation.nodes, evaluation.landmarks, evaluation.pins) = (self.nodes, &self.landmarks, &self.pins);
            (evaluation.ranking, evaluation.vanishing) = (self.ranking, &self.vanishing);
            let value = evaluation.value(term);
            self.costly.set(self.costly.get() || evaluation.fuel == 0);
            value.map(|value| (value, evaluation.denominators))
        };
        let (left, right) = (value(self.left)?, value(self.right)?);
        Some(numbers.close(left.0.base(), right.0.base()) && left.1 == right.1)
    }
}

fn holds(domain: Domain, value: f64) -> bool {
    match domain {
        Domain::Real => true,
        Domain::NonZero => value.abs() > 1e-9,
        Domain::Positive => value > 1e-9,
        Domain::Unit => value > 1e-9 && value < 1.0 - 1e-9,
        Domain::Natural => value.fract() == 0.0 && value >= 0.0,
        Domain::Counting => value.fract() == 0.0 && value >= 1.0,
        Domain::Sign => value.abs() == 1.0,
        Domain::Bit => value == 0.0 || value == 1.0,
        Domain::Integer => value.fract() == 0.0,
    }
}

/// The whole numbers near which pieces may begin: small ones, the constants and their quotients.
fn landmarks(terms: [&Term; 2]) -> Vec<f64> {
    let mut constants: Vec<f64> = Vec::new();
    for term in terms {
        distinct(term, &mut HashSet::new(), &mut |t| {
            constants.extend(t.as_number().and_then(ToPrimitive::to_f64).map(f64::abs))
        });
    }
    constants.truncate(MOST_ENDS);
    let quotients = constants.iter().flat_map(|a| constants.iter().map(move |b| a / b)).filter(|q| q.is_finite());
    let ends: Vec<f64> = quotients.chain(constants.iter().copied()).map(f64::floor).filter(|c| *c < 1e6).collect();
    let near = ends.iter().flat_map(|c| [c - 1.0, *c, c + 1.0]).filter(|c| *c >= 0.0);
    let mut all: Vec<f64> = near.chain((0..4).map(f64::from)).collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    all
}

/// With a few larger whole numbers, from a range that holds more numbers than the terms have roots.
fn with_large(mut landmarks: Vec<f64>, terms: [&Term; 2], salt: u64) -> Vec<f64> {
    let mut nodes = 0u32;
    terms.iter().for_each(|term| distinct(term, &mut HashSet::new(), &mut |_| nodes += 1));
    let range = f64::from(64 + nodes.min(512));
    landmarks.extend((0..4).map(|index| 2.0 + (range * unit(mix(salt ^ index))).floor()));
    landmarks
}

/// How many independent samples a term takes, its products written out. A functional with fewer nodes would satisfy
/// equations that expectations do not: on two points, all functions are affine in one another.
fn samples(term: &Term, memo: &mut HashMap<Term, u64>) -> u64 {
    if !term.has_operator() {
        return 0;
    }
    if let Some(known) = memo.get(term) {
        return *known;
    }
    let parts: Vec<u64> = term.args().iter().map(|arg| samples(arg, memo)).collect();
    let sum = parts.iter().fold(0u64, |sum, part| sum.saturating_add(*part));
    let count = match term.op() {
        Op::Add => parts.into_iter().max().unwrap_or(0),
        Op::Pow => {
            let power = rational(&term.args()[1]).and_then(|n| n.to_integer().to_i64());
            sum.saturating_mul(power.map_or(1, i64::unsigned_abs).max(1))
        }
        Op::Expect(_) | Op::Integral(_) | Op::Sum(_) => sum.saturating_add(1),
        _ => sum,
    };
    memo.insert(term.clone(), count);
    count
}

/// True if the term has a value somewhere.
fn is_defined(definitions: &Definitions, term: &Term) -> bool {
    (0..SPARE as u64).any(|trial| Evaluation::new(&Doubles::default(), definitions, mix(trial)).value(term).is_some())
}

/// The value of a closed term, with the sign decided at many digits.
pub(crate) fn closed_value(definitions: &Definitions, term: &Term) -> Option<(f64, i32)> {
    // What is an oracle to the evaluation has no value.
    let opaque = |t: &Term| match t.op() {
        Op::Apply(..) | Op::Density | Op::Infinity | Op::Derivative(..) => true,
        Op::Function(name) if matches!(&**name, "exp" | "ln" | "sqrt" | "sin" | "cos") => false,
        Op::Function(name) => definitions
            .functions
            .get(name)
            .is_none_or(|f| f.definition.is_none() && f.formula.is_none() && f.above.is_none()),
        _ => false,
    };
    if !term.free().is_empty() || term.has_operator() || term.any(&opaque) {
        return None;
    }
    let bits = constant_bits(term);
    let mut last = None;
    for doubling in 0..DOUBLINGS {
        let digits = Digits::for_constants(bits + (bits + Digits::LEAST) * ((1 << doubling) - 1))?;
        let value = Evaluation::new(&digits, definitions, 0).value(term)?;
        let (found, cancelled) = ((digits.to_f64(value.base()), digits.sign(value.base())), digits.cancelled());
        if found.1 != 0 || cancelled == 0 || last == Some(cancelled) {
            return Some(found);
        }
        last = Some(cancelled);
    }
    None
}

/// The number of bits of the largest constant of a term.
fn constant_bits(term: &Term) -> u64 {
    let mut bits = 0;
    distinct(term, &mut HashSet::new(), &mut |t| {
        if let Op::Number(n) = t.op() {
            bits = bits.max(n.numer().abs().bits()).max(n.denom().bits());
        }
    });
    bits
}

fn has_pieces(definitions: &Definitions, term: &Term) -> bool {
    let mut found = false;
    distinct(term, &mut HashSet::new(), &mut |t| {
        found |= match t.op() {
            // Their value depends on the component of the domain where the argument is.
            Op::Function(name) if matches!(&**name, "ln" | "sqrt") => !is_positive(&t.args()[0]),
            Op::Pow => rational(&t.args()[1]).is_none_or(|n| !n.is_integer()) && !is_positive(&t.args()[0]),
            Op::Function(name) => definitions.functions.get(name).is_some_and(|f| {
                let inside = f.definition.iter().chain(&f.formula);
                f.regularity < Regularity::Smooth
                    || f.above.is_some()
                    || inside.into_iter().any(|d| has_pieces(definitions, d))
            }),
            _ => false,
        };
    });
    found
}

pub(super) fn distinct(term: &Term, seen: &mut HashSet<Term>, f: &mut impl FnMut(&Term)) {
    if seen.insert(term.clone()) {
        f(term);
        term.args().iter().for_each(|arg| distinct(arg, seen, f));
    }
}

/// A quick value at two points, by which a search finds candidates for equality.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fingerprint {
    values: [f64; 2],
}

impl Fingerprint {
    /// Equal up to rounding in double precision: worth a proof, not one.
    pub fn matches(&self, other: &Fingerprint) -> bool {
        self.values.iter().zip(&other.values).all(|(a, b)| Doubles::default().close(a, b))
    }

    /// Keys under which a fingerprint and those that match it meet.
    pub fn keys(&self) -> [i64; 2] {
        let value = self.values[0];
        let scaled =
            if value.abs() < 1e-3 { value * 1e5 } else { value / 10f64.powi(value.abs().log10().floor() as i32) * 1e6 };
        let below = scaled.floor() as i64;
        [below, if scaled - scaled.floor() < 0.5 { below - 1 } else { below + 1 }]
    }
}

/// Computes fingerprints under definitions.
pub struct Fingerprinter<'a> {
    /// Functions and laws that terms may use.
    pub definitions: &'a Definitions,
}

impl Fingerprinter<'_> {
    /// The fingerprint of a term; none if it is undefined at too many points. A stopped part counts as different from
    /// what it stops, so that equal fingerprints may be exchanged under a derivative.
    pub fn of(&self, term: &Term) -> Option<Fingerprint> {
        let mut values = [0.0; 2];
        let mut found = 0;
        let doubles = Doubles::default();
        for trial in 0..8u64 {
            let mut evaluation = Evaluation::new(&doubles, self.definitions, mix(0x5eed ^ trial));
            evaluation.strict_stops = true;
            if let Some(value) = evaluation.value(term) {
                values[found] = *value.base();
                found += 1;
                if found == 2 {
                    // Of what is as small as rounding, doubles say nothing.
                    let telling = values.iter().all(|v| v.is_finite() && (*v == 0.0 || v.abs() > 1e-9));
                    return telling.then_some(Fingerprint { values });
                }
            }
        }
        None
    }
}
