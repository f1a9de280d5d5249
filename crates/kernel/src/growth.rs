//! The growth calculus: whether a mean, an integral or a sum converges absolutely.
//!
//! Near an end of its range a variable is measured by t: |x| at an infinite end, the distance at a finite one. A *germ*
//! is a combination Σ c_s s(t) of scales; it says that |g| ≤ C exp(Σ c_s s(t)) near the end, with C locally bounded in
//! the parameters. A *bound* is a set of products of germs, one for each sample and end, and says that |g| is at most
//! a multiple of their sum. The tail of a law is the germ of its density, read off the formula. A mean converges if
//! in each product, at each end, germ and tail together decay: strictly, so that it converges locally uniformly in the
//! parameters as well.

use crate::context::{Claim, Context, Hypothesis, Statement};
use crate::library::{Class, Growth as Grows, Library, Support};
use crate::poly::Poly;
use crate::term::{Name, Op, Table, Term};
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A bound of more products than this is given up.
const MOST_PRODUCTS: usize = 512;
/// Binders and powers nest up to here.
const DEEPEST: usize = 64;

/// What is known of letters and unknown functions.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Terms that are above 0.
    pub positive: Vec<Term>,
    /// Terms that differ from 0.
    pub nonzero: Vec<Term>,
    /// For each unknown function the classes that were granted or are assumed.
    pub classes: BTreeMap<Name, Class>,
    /// For each unknown function, up to which order its derivatives are taken to exist beyond its class.
    pub orders: BTreeMap<Name, u32>,
}

/// Whether something converges absolutely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does, locally uniformly in the parameters.
    Holds,
    /// It does not: the integrand is known up to constant factors.
    Fails,
    /// It does if unspecified laws are regular: what is integrated against them is bounded but for unknown functions,
    /// scores and log-densities.
    Regular,
    /// It cannot be told.
    Unknown,
}

/// How fast a scale grows: e^t, or t^r (ln t)^j (ln ln t)^l; at a finite end with 1/t for t. `tiny` stands for a power of
/// t with a symbolic positive exponent: above every power of ln t, and not compared with others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Scale {
    exp: bool,
    power: BigRational,
    tiny: Option<Term>,
    ln: i64,
    lnln: i64,
}

impl Scale {
    fn power(power: BigRational) -> Scale {
        Scale { exp: false, power, tiny: None, ln: 0, lnln: 0 }
    }
    fn one() -> Scale {
        Scale::power(BigRational::zero())
    }
    fn ln() -> Scale {
        Scale { ln: 1, ..Scale::one() }
    }
    fn lnln() -> Scale {
        Scale { lnln: 1, ..Scale::one() }
    }
    fn times(&self, other: &Scale) -> Option<Scale> {
        let pure = |s: &Scale| !s.exp && s.tiny.is_none();
        match (pure(self), pure(other)) {
            (true, true) => Some(Scale {
                power: &self.power + &other.power,
                ln: self.ln + other.ln,
                lnln: self.lnln + other.lnln,
                ..Scale::one()
            }),
            _ if *self == Scale::one() => Some(other.clone()),
            _ if *other == Scale::one() => Some(self.clone()),
            _ => None,
        }
    }
    /// The germ of the logarithm of the scale, by leading order: ln(t^r (ln t)^j) = r ln t + j ln ln t.
    fn logarithm(&self) -> Option<Germ> {
        let mut germ = Germ::default();
        if self.exp || self.tiny.is_some() {
            return None;
        }
        germ.add(Scale::ln(), Coefficient::of(Poly::rat(self.power.clone())));
        germ.add(Scale::lnln(), Coefficient::of(Poly::int(self.ln)));
        Some(germ)
    }
}

/// A number that multiplies a scale: known as a polynomial in parameters, and perhaps some finite number ≥ 0 beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Coefficient {
    known: Poly,
    some: bool,
}

impl Coefficient {
    fn of(known: Poly) -> Coefficient {
        Coefficient { known, some: false }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Germ(BTreeMap<Scale, Coefficient>);

impl Germ {
    fn single(scale: Scale, coefficient: Poly) -> Germ {
        let mut germ = Germ::default();
        germ.add(scale, Coefficient::of(coefficient));
        germ
    }
    fn add(&mut self, scale: Scale, coefficient: Coefficient) {
        if scale == Scale::one() {
            return;
        }
        let entry = self.0.entry(scale.clone()).or_default();
        entry.known = entry.known.plus(&coefficient.known);
        entry.some |= coefficient.some;
        if entry.known.is_zero() && !entry.some {
            self.0.remove(&scale);
        }
    }
    fn plus(&self, other: &Germ) -> Germ {
        let mut sum = self.clone();
        for (scale, coefficient) in &other.0 {
            sum.add(scale.clone(), coefficient.clone());
        }
        sum
    }
    fn times(&self, factor: &Poly) -> Option<Germ> {
        let mut result = Germ::default();
        for (scale, coefficient) in &self.0 {
            let known = coefficient.known.times(factor)?;
            result.add(scale.clone(), Coefficient { known, some: coefficient.some });
        }
        Some(result)
    }
}

/// A combination of scales with a remainder that is bounded (`rest`), or none.
#[derive(Clone, Debug, Default)]
struct Expansion {
    scales: BTreeMap<Scale, Poly>,
    rest: bool,
}

impl Expansion {
    fn bounded() -> Expansion {
        Expansion { scales: BTreeMap::new(), rest: true }
    }
    fn constant(value: Poly) -> Expansion {
        Expansion { scales: BTreeMap::from([(Scale::one(), value)]), rest: false }
    }
    fn plus(mut self, other: Expansion) -> Option<Expansion> {
        for (scale, coefficient) in other.scales {
            let entry = self.scales.entry(scale.clone()).or_default();
            if scale.exp && !entry.is_zero() {
                // Two exponentials: which is larger is not known.
                return None;
            }
            *entry = entry.plus(&coefficient);
        }
        self.scales.retain(|_, c| !c.is_zero());
        self.rest |= other.rest;
        Some(self)
    }
    fn is_bounded(&self) -> bool {
        self.scales.keys().all(|s| *s <= Scale::one())
    }
    fn times(&self, other: &Expansion) -> Option<Expansion> {
        if self.rest || other.rest {
            let (open, factor) = if self.rest { (self, other) } else { (other, self) };
            if open.is_bounded() && factor.is_bounded() {
                return Some(Expansion::bounded());
            }
            // A bounded remainder stays one only under a constant.
            if factor.rest || factor.scales.keys().any(|s| *s != Scale::one()) {
                return None;
            }
        }
        let mut product = Expansion { scales: BTreeMap::new(), rest: self.rest || other.rest };
        for (s, a) in &self.scales {
            for (z, b) in &other.scales {
                let scale = s.times(z)?;
                if scale < Scale::one() {
                    product.rest = true;
                    continue;
                }
                product = product.plus(Expansion { scales: BTreeMap::from([(scale, a.times(b)?)]), rest: false })?;
            }
        }
        Some(product)
    }
    /// The germ of the exponential.
    fn germ(&self) -> Germ {
        let mut germ = Germ::default();
        for (scale, coefficient) in &self.scales {
            germ.add(scale.clone(), Coefficient::of(coefficient.clone()));
        }
        germ
    }
    fn leading(&self) -> Option<(&Scale, &Poly)> {
        self.scales.iter().next_back().filter(|(scale, _)| **scale > Scale::one())
    }
}

/// An end of the range of a sample.
#[derive(Clone, Debug)]
enum End {
    /// x = t or x = -t, t → ∞.
    Infinite(i64),
    /// x = a + t or x = a - t, t → 0.
    Finite(Term),
    /// A last whole number, or a last point: no limit is taken.
    Attained,
}

/// A variable that is summed or integrated over.
#[derive(Clone, Debug)]
struct Sample {
    name: Name,
    ends: [End; 2],
    /// The germ of the density at each end; of an unspecified law it is not known, and bounded functions are integrable.
    tails: [Germ; 2],
    unspecified: bool,
    /// Above 0 all over its range.
    positive: bool,
    /// Its values are whole numbers, 0 or above.
    whole: bool,
}

/// For each sample that it holds, by place, the germs at both ends.
type Product = BTreeMap<usize, [Germ; 2]>;

#[derive(Clone, Debug)]
struct Bound {
    products: Vec<Product>,
    /// Scores, log-densities and the like of unspecified laws occur.
    regular: bool,
}

impl Bound {
    fn constant() -> Bound {
        Bound { products: vec![Product::new()], regular: false }
    }
    fn nothing() -> Bound {
        Bound { products: vec![], regular: false }
    }
    fn plus(mut self, other: Bound) -> Option<Bound> {
        for product in other.products {
            if !self.products.contains(&product) {
                self.products.push(product);
            }
        }
        self.regular |= other.regular;
        (self.products.len() <= MOST_PRODUCTS).then_some(self)
    }
    fn times(&self, other: &Bound) -> Option<Bound> {
        if self.products.len() * other.products.len() > MOST_PRODUCTS {
            return None;
        }
        let mut result = Bound { products: vec![], regular: self.regular || other.regular };
        for a in &self.products {
            for b in &other.products {
                let mut product = a.clone();
                for (sample, germs) in b {
                    let entry = product.entry(*sample).or_default();
                    *entry = [entry[0].plus(&germs[0]), entry[1].plus(&germs[1])];
                }
                result = result.plus(Bound { products: vec![product], regular: false })?;
            }
        }
        Some(result)
    }
    /// |g|^c for c > 0: of a sum at most a multiple of the sum of the powers.
    fn power(&self, c: &Poly) -> Option<Bound> {
        let raised = |product: &Product| -> Option<Product> {
            product.iter().map(|(s, [a, b])| Some((*s, [a.times(c)?, b.times(c)?]))).collect()
        };
        let products = self.products.iter().map(raised).collect::<Option<Vec<_>>>()?;
        Some(Bound { products, regular: self.regular })
    }
}

/// Decides convergence for terms of one table, with what a library says of laws and functions.
pub struct Growth<'a> {
    table: &'a mut Table,
    library: &'a Library,
    known: &'a Known,
    positive: Vec<Poly>,
    /// How many of these are facts about letters; the rest are about samples.
    given: usize,
    samples: Vec<Sample>,
    fresh: usize,
    depth: usize,
}

/// Whether a mean, integral or sum converges absolutely at its place, by the growth calculus.
pub fn judge(context: &mut Context, term: Term) -> Verdict {
    let mut known = Known {
        classes: context.statement.functions.iter().map(|(name, unknown)| (name.clone(), unknown.class)).collect(),
        ..Known::default()
    };
    for hypothesis in &context.statement.hypotheses {
        match hypothesis {
            Hypothesis::Positive(term) => known.positive.push(*term),
            Hypothesis::NonZero(term) => known.nonzero.push(*term),
            _ => {}
        }
    }
    // The variables of the binders around are parameters, of which the sign may be known.
    let mut outer = vec![];
    for k in 0..context.table.loose(term) {
        let (variable, letter) = (context.table.bound(k), context.table.free(&format!("§at {k}")));
        if context.proves(&Claim::Positive(variable)) {
            known.positive.push(letter);
        } else if context.proves(&Claim::NonZero(variable)) {
            known.nonzero.push(letter);
        }
        outer.insert(0, letter);
    }
    let term = context.table.instantiate(term, &outer);
    Growth::new(&mut context.table, context.library, &known).converges(term)
}

impl<'a> Growth<'a> {
    /// The library's terms have to live in the table.
    pub fn new(table: &'a mut Table, library: &'a Library, known: &'a Known) -> Growth<'a> {
        let positive: Vec<Poly> = known.positive.iter().map(|t| Poly::of(table, *t)).collect();
        let given = positive.len();
        Growth { table, library, known, positive, given, samples: vec![], fresh: 0, depth: 0 }
    }

    /// Whether a mean, integral or sum converges absolutely. Bound variables that point out of it are parameters.
    pub fn converges(&mut self, term: Term) -> Verdict {
        let loose = self.table.loose(term);
        let outer: Vec<Term> = (0..loose).map(|_| self.parameter()).collect();
        let term = self.table.instantiate(term, &outer);
        self.samples.clear();
        self.positive.truncate(self.given);
        let Some(body) = self.open(term) else { return Verdict::Unknown };
        if !self.is_finite_inside(body) {
            return Verdict::Unknown;
        }
        let exact = self.samples.len() == 1 && !self.samples[0].unspecified;
        if exact && let Some([lo, hi]) = self.exact_ends(body, 0) {
            let [lo, hi] = [(lo, 0), (hi, 1)].map(|(germ, end)| self.decays(0, end, &germ));
            return match (lo, hi) {
                (Some(true), Some(true)) => Verdict::Holds,
                (Some(false), _) | (_, Some(false)) => Verdict::Fails,
                _ => Verdict::Unknown,
            };
        }
        let Some(bound) = self.bound(body) else { return Verdict::Unknown };
        let mut regular = bound.regular;
        for product in &bound.products {
            for sample in 0..self.samples.len() {
                let germs = product.get(&sample).cloned().unwrap_or_default();
                if self.samples[sample].unspecified {
                    let unbounded = germs.iter().any(|g| !self.is_at_most_constant(g));
                    let only_unknown = germs.iter().all(|g| g.0.values().all(|c| c.known.is_zero()));
                    if unbounded && !only_unknown {
                        return Verdict::Unknown;
                    }
                    regular |= unbounded;
                    continue;
                }
                if (0..2).any(|end| self.decays(sample, end, &germs[end]) != Some(true)) {
                    return Verdict::Unknown;
                }
            }
        }
        if regular { Verdict::Regular } else { Verdict::Holds }
    }

    /// Whether the body of a mean, integral or sum is bounded by a constant on the range of its samples.
    pub fn is_bounded(&mut self, mean: Term) -> bool {
        let loose = self.table.loose(mean);
        let outer: Vec<Term> = (0..loose).map(|_| self.parameter()).collect();
        let mean = self.table.instantiate(mean, &outer);
        self.samples.clear();
        self.positive.truncate(self.given);
        let Some(body) = self.open(mean) else { return false };
        if !self.is_finite_inside(body) {
            return false;
        }
        let Some(bound) = self.bound(body) else { return false };
        !bound.regular
            && bound.products.iter().all(|product| product.values().flatten().all(|g| self.is_at_most_constant(g)))
    }

    fn parameter(&mut self) -> Term {
        self.fresh += 1;
        let name = format!("§{}", self.fresh);
        self.table.free(&name)
    }

    /// Opens the binder at the root: its variables become samples, and the body is returned.
    fn open(&mut self, term: Term) -> Option<Term> {
        let args = self.table.args(term).to_vec();
        let (body, before) = args.split_last()?;
        match self.table.op(term).clone() {
            Op::Mean => {
                let mut values = Vec::new();
                for law in before {
                    let law = self.table.instantiate(*law, &values);
                    let value = self.sample(law)?;
                    values.push(value);
                }
                Some(self.table.instantiate(*body, &values))
            }
            Op::Int => {
                let ends = [self.end(before[0])?, self.end(before[1])?];
                let positive = self.sign(before[0]).is_some_and(Ordering::is_ge);
                let variable = self.push(ends, positive);
                Some(self.table.instantiate(*body, &[variable]))
            }
            Op::Sum => {
                let ends = [before[0], before[1]].map(|end| match self.end(end) {
                    Some(End::Infinite(sign)) => End::Infinite(sign),
                    _ => End::Attained,
                });
                let positive = self.sign(before[0]).is_some_and(Ordering::is_gt);
                let variable = self.push(ends, positive);
                Some(self.table.instantiate(*body, &[variable]))
            }
            _ => None,
        }
    }

    fn push(&mut self, ends: [End; 2], positive: bool) -> Term {
        let variable = self.parameter();
        let Op::Free(name) = self.table.op(variable).clone() else { unreachable!("a parameter is a letter") };
        for (end, inwards) in ends.iter().zip([1, -1]) {
            if let End::Finite(end) = end {
                let distance = Poly::atom(variable).plus(&Poly::of(self.table, *end).negative());
                self.positive.push(distance.scaled(&BigRational::from_integer(inwards.into())));
            }
        }
        let tails = Default::default();
        self.samples.push(Sample { name, ends, tails, unspecified: false, positive, whole: false });
        variable
    }

    fn end(&self, term: Term) -> Option<End> {
        Some(match self.table.op(term) {
            Op::Inf(positive) => End::Infinite(if *positive { 1 } else { -1 }),
            _ if self.holds_sample(term) => return None,
            _ => End::Finite(term),
        })
    }

    /// A sample of the law; what stands for it in the body. A law that is shifted by another sample is replaced by what
    /// is added to that sample.
    fn sample(&mut self, law: Term) -> Option<Term> {
        let args = self.table.args(law).to_vec();
        let name = match self.table.op(law).clone() {
            Op::Law(name) => name,
            Op::AnyLaw(_) => {
                let variable = self.push([End::Infinite(-1), End::Infinite(1)], false);
                self.samples.last_mut()?.unspecified = true;
                return Some(variable);
            }
            _ => return None,
        };
        let definition = self.library.laws.get(&name)?.clone();
        let conditional = self.holds_sample(law);
        let (ends, positive) = match &definition.support {
            Support::Interval(lo, hi) => {
                let [lo, hi] = [lo, hi].map(|end| self.table.instantiate(*end, &args));
                ([self.end(lo)?, self.end(hi)?], self.sign(lo).is_some_and(Ordering::is_ge))
            }
            Support::Integers(lo, hi) => {
                let [lo, hi] = [lo, hi].map(|end| self.table.instantiate(*end, &args));
                let attained = |end: Option<End>| match end {
                    Some(End::Infinite(sign)) => End::Infinite(sign),
                    _ => End::Attained,
                };
                ([attained(self.end(lo)), attained(self.end(hi))], self.sign(lo).is_some_and(Ordering::is_gt))
            }
            Support::Points(_) => ([End::Attained, End::Attained], false),
        };
        let variable = self.push(ends, positive);
        let place = self.samples.len() - 1;
        if let Support::Integers(lo, _) = definition.support {
            let lo = self.table.instantiate(lo, &args);
            let from = self.table.as_rat(lo);
            self.samples[place].whole = from.is_some_and(|lo| lo.is_integer() && !lo.is_negative());
        }
        // A law with one parameter that holds other samples: the sample is measured from there, and the density has to be
        // free of them then.
        let shifts: Vec<Term> =
            args.iter().copied().filter(|arg| conditional && self.holds_before(*arg, place)).collect();
        let point = match shifts.as_slice() {
            [] => variable,
            [shift] => self.table.add(vec![*shift, variable]),
            _ => return None,
        };
        let mut values = args.clone();
        values.push(point);
        let mut log_density = self.table.instantiate(definition.log_density, &values);
        if conditional {
            log_density = self.normalized(log_density);
            if self.holds_before(log_density, place) {
                return None;
            }
        }
        for end in 0..2 {
            if !matches!(self.samples[place].ends[end], End::Attained) {
                self.samples[place].tails[end] = self.expand(log_density, place, end)?.germ();
            }
        }
        Some(point)
    }

    fn holds_before(&self, term: Term, place: usize) -> bool {
        (0..place).any(|sample| self.holds(term, sample))
    }

    /// The term with sums and products multiplied out at every level, so that what cancels is gone.
    fn normalized(&mut self, term: Term) -> Term {
        let args = self.table.args(term).to_vec();
        let args = args.iter().map(|arg| self.normalized(*arg)).collect();
        let rebuilt = self.table.with_args(term, args);
        match self.table.op(rebuilt) {
            Op::Add | Op::Mul | Op::Pow | Op::Inv => Poly::of(self.table, rebuilt).term(self.table),
            _ => rebuilt,
        }
    }

    fn holds_sample(&self, term: Term) -> bool {
        (0..self.samples.len()).any(|sample| self.holds(term, sample))
    }

    fn holds(&self, term: Term, sample: usize) -> bool {
        self.table.holds_letter(term, &self.samples[sample].name)
    }

    /// Whether germ and tail decay at an end; `Some(false)` only if they do not for sure.
    fn decays(&self, sample: usize, end: usize, germ: &Germ) -> Option<bool> {
        let here = &self.samples[sample];
        let total = germ.plus(&here.tails[end]);
        let at_infinity = match here.ends[end] {
            End::Attained => return Some(true),
            End::Infinite(_) => true,
            End::Finite(_) => false,
        };
        let above: Vec<_> = total.0.iter().rev().filter(|(scale, _)| **scale > Scale::ln()).collect();
        if let Some((_, leading)) = above.first() {
            let signs: Vec<_> =
                above.iter().map(|(_, c)| if c.some { None } else { self.poly_sign(&c.known) }).collect();
            if signs.iter().all(|s| *s == Some(Ordering::Less)) {
                return Some(true);
            }
            // Powers with symbolic exponents are not compared with others.
            let comparable = above.len() == 1 || above.iter().all(|(scale, _)| scale.tiny.is_none());
            return match signs[0] {
                Some(sign) if comparable && !leading.some => Some(sign == Ordering::Less),
                _ => None,
            };
        }
        let ln = total.0.get(&Scale::ln()).cloned().unwrap_or_default();
        if ln.some {
            return None;
        }
        // At infinity below -1; at a finite end, where ln(1/t) is meant, below 1.
        let limit = Poly::int(if at_infinity { 1 } else { -1 });
        match self.poly_sign(&ln.known.plus(&limit))? {
            Ordering::Less => Some(true),
            Ordering::Greater => Some(false),
            // At the limit itself powers of ln t decide, which are not looked at.
            Ordering::Equal => (total.0.keys().all(|s| *s == Scale::ln())).then_some(false),
        }
    }

    fn is_at_most_constant(&self, germ: &Germ) -> bool {
        match germ.0.iter().next_back() {
            None => true,
            Some((_, c)) => !c.some && self.poly_sign(&c.known) == Some(Ordering::Less),
        }
    }

    fn poly_sign(&self, poly: &Poly) -> Option<Ordering> {
        poly.sign(&|atom| self.atom_sign(atom), &|atom| self.known.nonzero.contains(&atom), &self.positive)
    }

    /// The sign of a term all over the ranges of its samples.
    fn sign(&self, term: Term) -> Option<Ordering> {
        let args = self.table.args(term);
        match self.table.op(term) {
            Op::Rat(value) => Some(value.cmp(&BigRational::zero())),
            Op::Mul => args.iter().try_fold(Ordering::Greater, |sign, arg| match (sign, self.sign(*arg)?) {
                (Ordering::Equal, _) | (_, Ordering::Equal) => Some(Ordering::Equal),
                (a, b) => Some(if a == b { Ordering::Greater } else { Ordering::Less }),
            }),
            Op::Add => {
                let signs: Vec<_> = args.iter().map(|arg| self.sign(*arg)).collect();
                let nonnegative =
                    args.iter().zip(&signs).all(|(arg, s)| s.is_some_and(Ordering::is_ge) || self.is_square(*arg));
                let nonpositive = signs.iter().all(|s| s.is_some_and(Ordering::is_le));
                match () {
                    () if nonnegative && signs.contains(&Some(Ordering::Greater)) => Some(Ordering::Greater),
                    () if nonpositive && signs.contains(&Some(Ordering::Less)) => Some(Ordering::Less),
                    () => self.poly_sign(&Poly::of(self.table, term)),
                }
            }
            _ => self.atom_sign(term),
        }
    }

    /// 0 or above all over the ranges of its samples, because of how it is written.
    fn is_square(&self, term: Term) -> bool {
        let args = self.table.args(term);
        match self.table.op(term) {
            Op::Pow => self
                .table
                .as_rat(args[1])
                .is_some_and(|n| n.is_integer() && (n / BigRational::from_integer(2.into())).is_integer()),
            Op::Mul => args.iter().all(|arg| self.is_square(*arg) || self.sign(*arg).is_some_and(Ordering::is_ge)),
            Op::Fun(name) => matches!(&**name, "abs" | "relu" | "step" | "sqrt"),
            _ => false,
        }
    }

    fn atom_sign(&self, term: Term) -> Option<Ordering> {
        if self.known.positive.contains(&term) {
            return Some(Ordering::Greater);
        }
        let args = self.table.args(term);
        match self.table.op(term) {
            Op::Rat(value) => Some(value.cmp(&BigRational::zero())),
            Op::Pi | Op::Inf(true) => Some(Ordering::Greater),
            Op::Inf(false) => Some(Ordering::Less),
            Op::Free(name) => self.samples.iter().any(|s| s.name == *name && s.positive).then_some(Ordering::Greater),
            Op::Inv => self.sign(args[0]).filter(|s| s.is_ne()),
            Op::Pow if self.sign(args[0]) == Some(Ordering::Greater) => Some(Ordering::Greater),
            Op::Pow if self.is_square(term) && self.is_nonzero(args[0]) => Some(Ordering::Greater),
            Op::Fun(name) if &**name == "ln" && self.sign(args[0]) == Some(Ordering::Greater) => {
                self.poly_sign(&Poly::of(self.table, args[0]).plus(&Poly::int(-1)))
            }
            Op::Fun(name) if &**name == "exp" => Some(Ordering::Greater),
            Op::Fun(name) if &**name == "sqrt" => self.sign(args[0]).filter(|s| *s == Ordering::Greater),
            Op::Fun(name) if &**name == "abs" => self.sign(args[0]).filter(|s| s.is_ne()).map(|_| Ordering::Greater),
            Op::Fun(name) if self.library.functions.get(name).is_some_and(|f| f.positive) => Some(Ordering::Greater),
            Op::Mul | Op::Add => self.sign(term),
            _ => None,
        }
    }

    fn is_nonzero(&self, term: Term) -> bool {
        self.known.nonzero.contains(&term) || self.sign(term).is_some_and(Ordering::is_ne)
    }

    /// Whether a term of parameters differs from 0.
    fn is_nonzero_poly(&self, poly: &Poly) -> bool {
        self.poly_sign(poly).is_some_and(Ordering::is_ne)
            || poly.inverse().is_some() && poly.atoms().all(|atom| self.is_nonzero(atom))
    }

    /// No poles inside: every divisor is away from 0, and every logarithm and root has a positive argument, at every
    /// point of the ranges of the samples; so the term is bounded on compact parts of them.
    fn is_finite_inside(&mut self, term: Term) -> bool {
        if !self.holds_sample(term) {
            return true;
        }
        self.depth += 1;
        let result = self.depth < DEEPEST && self.is_finite_here(term);
        self.depth -= 1;
        result
    }

    fn is_finite_here(&mut self, term: Term) -> bool {
        let args = self.table.args(term).to_vec();
        let all = |this: &mut Self| args.iter().all(|arg| this.is_finite_inside(*arg));
        match self.table.op(term).clone() {
            Op::Inv => self.is_nonzero(args[0]) && all(self),
            Op::Pow => {
                let whole = self.table.as_rat(args[1]).is_some_and(|n| n.is_integer() && !n.is_negative());
                let root = self.table.as_rat(args[1]).is_some_and(|n| !n.is_negative());
                let base = self.sign(args[0]);
                (whole
                    || base == Some(Ordering::Greater)
                    || root && (base.is_some_and(Ordering::is_ge) || self.is_square(args[0])))
                    && all(self)
            }
            Op::Fun(name) => match (&*name, self.library.functions.get(&name)) {
                ("ln", _) => {
                    (self.sign(args[0]) == Some(Ordering::Greater) || *self.table.op(args[0]) == Op::Dens) && all(self)
                }
                ("exp" | "sin" | "cos", _) => all(self),
                ("sqrt", _) => {
                    (self.sign(args[0]).is_some_and(Ordering::is_ge) || self.is_square(args[0])) && all(self)
                }
                (_, Some(function)) => match function.definition {
                    Some(definition) => {
                        let unfolded = self.table.instantiate(definition, &args);
                        self.is_finite_inside(unfolded)
                    }
                    None if function.of_positive => self.sign(args[0]) == Some(Ordering::Greater) && all(self),
                    None => all(self),
                },
                _ => false,
            },
            Op::Mean | Op::Int | Op::Sum => {
                let kept = self.samples.len();
                let body = self.open(term);
                let result = body.is_some_and(|body| self.is_finite_inside(body));
                self.samples.truncate(kept);
                result
            }
            Op::D(_) if self.is_density_of_any_law(args[0]) => true,
            Op::D(_) => self.differentiated(term).is_some_and(|t| self.is_finite_inside(t)),
            _ => all(self),
        }
    }

    /// A derivative taken, where that is done by rules alone; kinks and jumps are met nowhere but in a null set.
    fn differentiated(&mut self, term: Term) -> Option<Term> {
        let mut statement = Statement::default();
        for distance in self.positive.clone() {
            statement.hypotheses.push(Hypothesis::Positive(distance.term(self.table)));
        }
        for sample in self.samples.iter().filter(|sample| sample.whole) {
            statement.hypotheses.push(Hypothesis::Whole(self.table.free(&sample.name)));
        }
        let mut context = Context::new(self.library, std::mem::take(self.table), statement, 0);
        let result = context.differentiated(term);
        *self.table = context.table;
        result.ok()
    }

    fn exact_ends(&mut self, term: Term, sample: usize) -> Option<[Germ; 2]> {
        let mut germs: [Germ; 2] = Default::default();
        for (end, germ) in germs.iter_mut().enumerate() {
            if !matches!(self.samples[sample].ends[end], End::Attained) {
                *germ = self.exact(term, sample, end)?;
            }
        }
        Some(germs)
    }

    /// A germ that the term equals, up to a factor between two positive constants, near an end of a sample.
    fn exact(&mut self, term: Term, sample: usize, end: usize) -> Option<Germ> {
        self.depth += 1;
        let result = if self.depth < DEEPEST { self.exact_here(term, sample, end) } else { None };
        self.depth -= 1;
        result
    }

    fn exact_here(&mut self, term: Term, sample: usize, end: usize) -> Option<Germ> {
        if !self.holds(term, sample) {
            return (!self.holds_sample(term) && self.is_nonzero(term)).then(Germ::default);
        }
        let args = self.table.args(term).to_vec();
        match self.table.op(term).clone() {
            Op::Free(_) => match &self.samples[sample].ends[end] {
                End::Infinite(_) => Some(Germ::single(Scale::ln(), Poly::int(1))),
                End::Finite(_) => self.at_finite_end(term, sample, end),
                End::Attained => None,
            },
            Op::Mul => {
                args.iter().try_fold(Germ::default(), |sum, arg| Some(sum.plus(&self.exact(*arg, sample, end)?)))
            }
            Op::Inv => self.exact(args[0], sample, end)?.times(&Poly::int(-1)),
            Op::Pow if !self.holds_sample(args[1]) => {
                let exponent = Poly::of(self.table, args[1]);
                self.exact(args[0], sample, end)?.times(&exponent)
            }
            Op::Add => {
                if matches!(self.samples[sample].ends[end], End::Finite(_)) {
                    return self.at_finite_end(term, sample, end);
                }
                if let Some(expansion) = self.expand(term, sample, end)
                    && let Some((scale, coefficient)) = expansion.leading()
                {
                    return if self.is_nonzero_poly(coefficient) { scale.logarithm() } else { None };
                }
                self.dominant(&args, sample, end)
            }
            Op::Fun(name) => match (&*name, args.as_slice()) {
                ("exp", [u]) => Some(self.expand(*u, sample, end)?.germ()),
                ("abs", [u]) => self.exact(*u, sample, end),
                ("sqrt", [u]) => self.exact(*u, sample, end)?.times(&Poly::rat(BigRational::new(1.into(), 2.into()))),
                ("ln", [u]) => {
                    let germ = self.exact(*u, sample, end)?;
                    let (scale, coefficient) = germ.0.iter().next_back()?;
                    if coefficient.some || !self.is_nonzero_poly(&coefficient.known) {
                        return None;
                    }
                    scale.logarithm()
                }
                ("relu" | "step", [u]) => {
                    let expansion = self.expand(*u, sample, end)?;
                    match self.poly_sign(expansion.leading()?.1)? {
                        Ordering::Greater if &*name == "relu" => self.exact(*u, sample, end),
                        Ordering::Greater => Some(Germ::default()),
                        // It is 0 from somewhere on, which is below every germ.
                        _ => Some(Germ::single(Scale { exp: true, ..Scale::one() }, Poly::int(-1))),
                    }
                }
                ("tanh" | "arctan" | "erf", [u]) => {
                    let expansion = self.expand(*u, sample, end)?;
                    let (_, coefficient) = expansion.leading()?;
                    self.is_nonzero_poly(coefficient).then(Germ::default)
                }
                _ => {
                    let definition = self.library.functions.get(&name)?.definition?;
                    let unfolded = self.table.instantiate(definition, &args);
                    self.exact(unfolded, sample, end)
                }
            },
            Op::Dens => {
                let formula = self.log_density(args[0], args[1])?;
                Some(self.expand(formula, sample, end)?.germ())
            }
            _ => None,
        }
    }

    /// At a finite end: a polynomial that vanishes there to first order is the distance, one that does not is constant.
    fn at_finite_end(&mut self, term: Term, sample: usize, end: usize) -> Option<Germ> {
        let End::Finite(place) = self.samples[sample].ends[end].clone() else { return None };
        let variable = self.table.free(&self.samples[sample].name.clone());
        let poly = Poly::of(self.table, term);
        let inside = |t: Term| t != variable && self.table.holds_letter(t, &self.samples[sample].name);
        if poly.atoms().any(inside) {
            return None;
        }
        let at = |this: &mut Self, value: Term| {
            let body = this.table.abstracted(term, &this.samples[sample].name.clone());
            let there = this.table.instantiate(body, &[value]);
            Poly::of(this.table, there)
        };
        let there = at(self, place);
        if !there.is_zero() {
            return self.is_nonzero_poly(&there).then(Germ::default);
        }
        // Affine: the slope is the difference over a unit step.
        let one = self.table.int(1);
        let two = self.table.int(2);
        let [next, after] = [one, two].map(|step| {
            let point = self.table.add(vec![place, step]);
            at(self, point)
        });
        let affine = after.plus(&next.scaled(&-BigRational::from_integer(2.into()))).is_zero()
            && self.degree_one(&poly, variable);
        (affine && self.is_nonzero_poly(&next)).then(|| Germ::single(Scale::ln(), Poly::int(-1)))
    }

    /// Whether each monomial holds the variable at most once, and never below a fraction line.
    fn degree_one(&self, poly: &Poly, variable: Term) -> bool {
        poly.exponents(variable).all(|n| n == 0 || n == 1)
    }

    /// The largest of germs of summands that have one sign.
    fn dominant(&mut self, summands: &[Term], sample: usize, end: usize) -> Option<Germ> {
        let positive = summands.iter().all(|t| self.sign(*t).is_some_and(Ordering::is_ge) || self.is_square(*t));
        if !positive {
            return None;
        }
        let mut largest: Option<Germ> = None;
        for summand in summands {
            let germ = self.exact(*summand, sample, end)?;
            let Some(so_far) = largest else {
                largest = Some(germ);
                continue;
            };
            let gap = germ.plus(&so_far.times(&Poly::int(-1))?);
            let sign = match gap.0.iter().next_back() {
                None => Ordering::Equal,
                Some((_, c)) if c.some => return None,
                Some((_, c)) => self.poly_sign(&c.known)?,
            };
            largest = Some(if sign.is_gt() { germ } else { so_far });
        }
        largest
    }

    /// The logarithm of a density at a point, as the library writes it: for a point in the support.
    fn log_density(&mut self, law: Term, point: Term) -> Option<Term> {
        let Op::Law(name) = self.table.op(law).clone() else { return None };
        let definition = self.library.laws.get(&name)?.clone();
        let whole_line = matches!(&definition.support, Support::Interval(lo, hi)
            if matches!(self.table.op(*lo), Op::Inf(_)) && matches!(self.table.op(*hi), Op::Inf(_)));
        if !whole_line {
            return None;
        }
        let mut values = self.table.args(law).to_vec();
        values.push(point);
        Some(self.table.instantiate(definition.log_density, &values))
    }

    /// The term as a combination of scales near an end of a sample, up to what is bounded.
    fn expand(&mut self, term: Term, sample: usize, end: usize) -> Option<Expansion> {
        self.depth += 1;
        let result = if self.depth < DEEPEST { self.expand_here(term, sample, end) } else { None };
        self.depth -= 1;
        result
    }

    fn expand_here(&mut self, term: Term, sample: usize, end: usize) -> Option<Expansion> {
        if !self.holds(term, sample) {
            return Some(Expansion::constant(Poly::of(self.table, term)));
        }
        let args = self.table.args(term).to_vec();
        match self.table.op(term).clone() {
            Op::Free(_) => match self.samples[sample].ends[end] {
                End::Infinite(sign) => {
                    let scale = Scale::power(BigRational::one());
                    Some(Expansion { scales: BTreeMap::from([(scale, Poly::int(sign))]), rest: false })
                }
                _ => Some(Expansion::bounded()),
            },
            Op::Add => args.iter().try_fold(Expansion::default(), |sum, arg| sum.plus(self.expand(*arg, sample, end)?)),
            Op::Mul => {
                let mut product = Expansion::constant(Poly::int(1));
                for arg in args {
                    product = product.times(&self.expand(arg, sample, end)?)?;
                }
                Some(product)
            }
            Op::Inv => {
                let minus = self.table.int(-1);
                self.expand_power(args[0], minus, sample, end)
            }
            Op::Pow => self.expand_power(args[0], args[1], sample, end),
            Op::Dens => {
                let formula = self.log_density(args[0], args[1])?;
                let exp = self.table.fun("exp", vec![formula]);
                self.expand(exp, sample, end)
            }
            Op::Fun(name) => match (&*name, args.as_slice()) {
                ("exp", [u]) => {
                    let expansion = self.expand(*u, sample, end)?;
                    match expansion.leading() {
                        None => Some(Expansion::bounded()),
                        Some((scale, coefficient)) => match self.poly_sign(coefficient)? {
                            Ordering::Less => Some(Expansion::bounded()),
                            // Up to a positive factor: only its sign is used.
                            Ordering::Greater if *scale == Scale::power(BigRational::one()) => {
                                let scale = Scale { exp: true, ..Scale::one() };
                                Some(Expansion { scales: BTreeMap::from([(scale, Poly::int(1))]), rest: false })
                            }
                            _ => None,
                        },
                    }
                }
                ("ln", [u]) => {
                    let germ = self.exact(*u, sample, end)?;
                    let mut scales = BTreeMap::new();
                    for (scale, coefficient) in germ.0 {
                        if coefficient.some {
                            return None;
                        }
                        scales.insert(scale, coefficient.known);
                    }
                    Some(Expansion { scales, rest: true })
                }
                ("abs", [u]) => {
                    let expansion = self.expand(*u, sample, end)?;
                    match expansion.leading() {
                        None => Some(Expansion::bounded()),
                        Some((_, coefficient)) => match self.poly_sign(coefficient)? {
                            Ordering::Greater => Some(expansion),
                            Ordering::Less => expansion.times(&Expansion::constant(Poly::int(-1))),
                            Ordering::Equal => None,
                        },
                    }
                }
                ("sqrt", [u]) => {
                    let half = self.table.rat(BigRational::new(1.into(), 2.into()));
                    self.expand_power(*u, half, sample, end)
                }
                ("lngamma", [u]) => self.expand_lngamma(*u, sample, end),
                ("sin" | "cos", _) => Some(Expansion::bounded()),
                _ => {
                    let function = self.library.functions.get(&name)?;
                    if let Some(definition) = function.definition {
                        let unfolded = self.table.instantiate(definition, &args);
                        return self.expand(unfolded, sample, end);
                    }
                    (function.growth == Grows::Bounded).then(Expansion::bounded)
                }
            },
            _ => None,
        }
    }

    fn expand_power(&mut self, base: Term, exponent: Term, sample: usize, end: usize) -> Option<Expansion> {
        if self.holds_sample(exponent) {
            return None;
        }
        let expansion = self.expand(base, sample, end)?;
        if let Some(value) = self.table.as_rat(exponent).cloned() {
            let whole = value.is_integer().then(|| value.to_integer().to_i64()).flatten();
            if let Some(n) = whole.filter(|n| (0..=64).contains(n)) {
                let one = Expansion::constant(Poly::int(1));
                return (0..n).try_fold(one, |product, _| product.times(&expansion));
            }
        }
        // One scale and nothing else: a power of it.
        if let [(scale, coefficient)] = expansion.scales.iter().collect::<Vec<_>>()[..]
            && !expansion.rest
            && scale.ln == 0
            && scale.lnln == 0
            && !scale.exp
            && scale.tiny.is_none()
            && self.poly_sign(coefficient) == Some(Ordering::Greater)
        {
            let factor = coefficient.term(self.table);
            let factor = self.table.pow(factor, exponent);
            let factor = Poly::of(self.table, factor);
            if let Some(value) = self.table.as_rat(exponent) {
                let power = &scale.power * value;
                return Some(if power.is_negative() {
                    Expansion::bounded()
                } else {
                    Expansion { scales: BTreeMap::from([(Scale::power(power), factor)]), rest: false }
                });
            }
            if scale.power.is_one() && self.sign(exponent) == Some(Ordering::Greater) {
                let tiny = Scale { tiny: Some(exponent), ..Scale::one() };
                return Some(Expansion { scales: BTreeMap::from([(tiny, factor)]), rest: false });
            }
        }
        // What is bounded, and what is the reciprocal of something that grows.
        let power = self.table.pow(base, exponent);
        let germ = self.exact(power, sample, end)?;
        self.is_at_most_constant(&germ).then(Expansion::bounded)
    }

    /// Stirling: lnΓ(t + b) = t ln t - t + (b - 1/2) ln t + O(1); at 0 it is ln(1/t).
    fn expand_lngamma(&mut self, u: Term, sample: usize, end: usize) -> Option<Expansion> {
        let expansion = self.expand(u, sample, end)?;
        if let Some((scale, slope)) = expansion.leading() {
            let is_shifted = *scale == Scale::power(BigRational::one())
                && slope.as_rat().is_some_and(|s| s.is_one())
                && !expansion.rest
                && expansion.scales.keys().all(|s| *s == *scale || *s == Scale::one());
            if !is_shifted {
                return None;
            }
            let shift = expansion.scales.get(&Scale::one()).cloned().unwrap_or_default();
            let half = Poly::rat(BigRational::new((-1).into(), 2.into()));
            let entropy = Scale { ln: 1, ..scale.clone() };
            let scales = [(entropy, Poly::int(1)), (scale.clone(), Poly::int(-1)), (Scale::ln(), shift.plus(&half))];
            return Some(Expansion { scales: scales.into_iter().collect(), rest: true });
        }
        let germ = self.exact(u, sample, end)?;
        match germ.0.iter().next_back() {
            None => Some(Expansion::bounded()),
            Some((scale, c)) if *scale == Scale::ln() && !c.some => {
                Some(Expansion { scales: BTreeMap::from([(Scale::ln(), c.known.negative())]), rest: true })
            }
            _ => None,
        }
    }

    /// A bound over all samples.
    fn bound(&mut self, term: Term) -> Option<Bound> {
        self.depth += 1;
        let result = if self.depth < DEEPEST { self.bound_here(term) } else { None };
        self.depth -= 1;
        result
    }

    fn bound_here(&mut self, term: Term) -> Option<Bound> {
        let held: Vec<usize> = (0..self.samples.len()).filter(|s| self.holds(term, *s)).collect();
        if held.is_empty() {
            return Some(if self.table.is_zero(term) { Bound::nothing() } else { Bound::constant() });
        }
        let composite = matches!(self.table.op(term), Op::Add | Op::Mul | Op::Mean | Op::Int | Op::Sum);
        if let ([sample], false) = (held.as_slice(), composite)
            && !self.samples[*sample].unspecified
            && let Some(germs) = self.exact_ends(term, *sample)
        {
            return Some(Bound { products: vec![Product::from([(*sample, germs)])], regular: false });
        }
        let args = self.table.args(term).to_vec();
        match self.table.op(term).clone() {
            Op::Free(_) => {
                // A sample of an unspecified law: its moments are not known.
                let germ = Germ::single(Scale::ln(), Poly::int(1));
                Some(Bound { products: vec![Product::from([(held[0], [germ.clone(), germ])])], regular: false })
            }
            Op::Add => args.iter().try_fold(Bound::nothing(), |sum, arg| sum.plus(self.bound(*arg)?)),
            Op::Mul => args.iter().try_fold(Bound::constant(), |product, arg| product.times(&self.bound(*arg)?)),
            Op::Pow if !self.holds_sample(args[1]) => {
                let exponent = Poly::of(self.table, args[1]);
                match self.poly_sign(&exponent)? {
                    Ordering::Greater => self.bound(args[0])?.power(&exponent),
                    Ordering::Equal => Some(Bound::constant()),
                    Ordering::Less => {
                        let positive = self.table.neg(args[1]);
                        let base = self.table.pow(args[0], positive);
                        self.bound_reciprocal(base)
                    }
                }
            }
            Op::Inv => self.bound_reciprocal(args[0]),
            Op::Fun(name) => self.bound_function(&name, &args),
            Op::App(name, orders) => {
                let order: u32 = orders.iter().sum();
                let class = self.known.classes.get(&name);
                let granted = match class {
                    Some(Class::Smooth) => u32::MAX,
                    Some(Class::Lipschitz) => 1,
                    _ => 0,
                };
                let granted = granted.max(self.known.orders.get(&name).copied().unwrap_or(0));
                if order > granted {
                    return None;
                }
                self.some_power(&args)
            }
            Op::Dens if matches!(self.table.op(args[0]), Op::AnyLaw(_)) => {
                // Its values are in `regular`, with what it multiplies.
                Some(Bound { regular: true, ..Bound::constant() })
            }
            Op::Mean | Op::Int | Op::Sum => {
                let kept = self.samples.len();
                let result = self.bound_inner(term, kept);
                self.samples.truncate(kept);
                result
            }
            // A derivative of the density of an unspecified law, or of its logarithm.
            Op::D(_) if self.is_density_of_any_law(args[0]) => Some(Bound { regular: true, ..Bound::constant() }),
            Op::D(_) => {
                let taken = self.differentiated(term)?;
                self.bound(taken)
            }
            _ => None,
        }
    }

    fn is_density_of_any_law(&self, term: Term) -> bool {
        let args = self.table.args(term);
        match self.table.op(term) {
            Op::Dens => matches!(self.table.op(args[0]), Op::AnyLaw(_)),
            Op::Fun(name) if &**name == "ln" => self.is_density_of_any_law(args[0]),
            _ => false,
        }
    }

    fn bound_inner(&mut self, term: Term, kept: usize) -> Option<Bound> {
        let body = self.open(term)?;
        let inner = self.bound(body)?;
        let mut outer = Bound { products: vec![], regular: inner.regular };
        for mut product in inner.products {
            for sample in kept..self.samples.len() {
                let germs = product.remove(&sample).unwrap_or_default();
                if self.samples[sample].unspecified {
                    if germs.iter().any(|g| !self.is_at_most_constant(g)) {
                        if germs.iter().any(|g| g.0.values().any(|c| !c.known.is_zero())) {
                            return None;
                        }
                        outer.regular = true;
                    }
                } else if (0..2).any(|end| self.decays(sample, end, &germs[end]) != Some(true)) {
                    return None;
                }
            }
            outer = outer.plus(Bound { products: vec![product], regular: false })?;
        }
        Some(outer)
    }

    /// |f(u, …)| ≤ C (1 + |u| + …)^k for some k.
    fn some_power(&mut self, args: &[Term]) -> Option<Bound> {
        let mut product = Product::new();
        let mut regular = false;
        for arg in args {
            let bound = self.bound(*arg)?;
            regular |= bound.regular;
            for part in bound.products {
                for (sample, germs) in part {
                    let entry = product.entry(sample).or_default();
                    for (end, germ) in germs.iter().enumerate() {
                        let Some((scale, coefficient)) = germ.0.iter().next_back() else { continue };
                        if coefficient.some || self.poly_sign(&coefficient.known) != Some(Ordering::Less) {
                            entry[end].add(scale.clone(), Coefficient { known: Poly::default(), some: true });
                        }
                    }
                }
            }
        }
        Some(Bound { products: vec![product], regular })
    }

    /// 1/u for u in factors that are each known up to constants, or that are above a positive constant.
    fn bound_reciprocal(&mut self, u: Term) -> Option<Bound> {
        if *self.table.op(u) == Op::Mul {
            let args = self.table.args(u).to_vec();
            return args
                .iter()
                .try_fold(Bound::constant(), |product, arg| product.times(&self.bound_reciprocal(*arg)?));
        }
        if *self.table.op(u) == Op::Pow {
            let args = self.table.args(u).to_vec();
            let exponent = Poly::of(self.table, args[1]);
            if !self.holds_sample(args[1]) && self.poly_sign(&exponent) == Some(Ordering::Greater) {
                return self.bound_reciprocal(args[0])?.power(&exponent);
            }
        }
        let held: Vec<usize> = (0..self.samples.len()).filter(|s| self.holds(u, *s)).collect();
        match held.as_slice() {
            [] => return self.is_nonzero(u).then(Bound::constant),
            [sample] if !self.samples[*sample].unspecified => {
                let inverse = self.table.inv(u);
                if let Some(germs) = self.exact_ends(inverse, *sample) {
                    return Some(Bound { products: vec![Product::from([(*sample, germs)])], regular: false });
                }
            }
            _ => {}
        }
        self.is_above_constant(u).then(Bound::constant)
    }

    /// A sum of a positive constant and of what is 0 or above.
    fn is_above_constant(&self, u: Term) -> bool {
        *self.table.op(u) == Op::Add && {
            let args = self.table.args(u);
            let constant = |t: &Term| !self.holds_sample(*t) && self.sign(*t) == Some(Ordering::Greater);
            args.iter().any(constant)
                && args.iter().all(|t| self.sign(*t).is_some_and(Ordering::is_ge) || self.is_square(*t))
        }
    }

    fn bound_function(&mut self, name: &str, args: &[Term]) -> Option<Bound> {
        match (name, args) {
            ("exp", [u]) => return self.bound_exponential(*u),
            ("sin" | "cos", _) => return Some(Bound::constant()),
            ("sqrt", [u]) => return self.bound(*u)?.power(&Poly::rat(BigRational::new(1.into(), 2.into()))),
            ("ln", [u]) if *self.table.op(*u) == Op::Dens => {
                let parts = self.table.args(*u).to_vec();
                if let Some(formula) = self.log_density(parts[0], parts[1]) {
                    return self.bound(formula);
                }
                let unknown = matches!(self.table.op(parts[0]), Op::AnyLaw(_));
                return unknown.then(|| Bound { regular: true, ..Bound::constant() });
            }
            ("ln", [u]) => return self.bound_logarithm(*u),
            _ => {}
        }
        let function = self.library.functions.get(name)?.clone();
        if let Some(definition) = function.definition {
            let unfolded = self.table.instantiate(definition, args);
            return self.bound(unfolded);
        }
        match function.growth {
            Grows::Bounded => Some(Bound::constant()),
            Grows::Linear => args.iter().try_fold(Bound::constant(), |sum, arg| sum.plus(self.bound(*arg)?)),
            Grows::Logarithmic | Grows::Unknown => None,
        }
    }

    /// |ln u| for u above a positive constant: at most a multiple of the scales of u.
    fn bound_logarithm(&mut self, u: Term) -> Option<Bound> {
        let held: Vec<usize> = (0..self.samples.len()).filter(|s| self.holds(u, *s)).collect();
        let single = |this: &mut Self, sample: usize| -> Option<Bound> {
            let mut germs: [Germ; 2] = Default::default();
            for (end, germ) in germs.iter_mut().enumerate() {
                if matches!(this.samples[sample].ends[end], End::Attained) {
                    continue;
                }
                // |ln u| = |Σ c s(t)| + O(1) grows like its leading scale.
                let expansion = this.exact(u, sample, end)?;
                if let Some((scale, _)) = expansion.0.iter().next_back() {
                    *germ = scale.logarithm()?;
                }
            }
            Some(Bound { products: vec![Product::from([(sample, germs)])], regular: false })
        };
        match held.as_slice() {
            [sample] if !self.samples[*sample].unspecified => single(self, *sample),
            _ if self.is_above_constant(u) => {
                let mut sum = Bound::constant();
                for product in self.bound(u)?.products {
                    for (sample, germs) in product {
                        let mut logarithms: [Germ; 2] = Default::default();
                        for (end, germ) in germs.iter().enumerate() {
                            if let Some((scale, _)) = germ.0.iter().next_back() {
                                logarithms[end] = scale.logarithm()?;
                            }
                        }
                        sum =
                            sum.plus(Bound { products: vec![Product::from([(sample, logarithms)])], regular: false })?;
                    }
                }
                Some(sum)
            }
            _ => None,
        }
    }

    /// exp(u): u in summands of one sample each, less what is bounded or visibly at most 0.
    fn bound_exponential(&mut self, u: Term) -> Option<Bound> {
        let summands = match self.table.op(u) {
            Op::Add => self.table.args(u).to_vec(),
            _ => vec![u],
        };
        let mut parts: BTreeMap<usize, Vec<Term>> = BTreeMap::new();
        for summand in summands {
            let held: Vec<usize> = (0..self.samples.len()).filter(|s| self.holds(summand, *s)).collect();
            match held.as_slice() {
                [] => {}
                [sample] => parts.entry(*sample).or_default().push(summand),
                _ => {
                    let negative = self.table.neg(summand);
                    let drops = self.is_negative_of_square(summand)
                        || self
                            .bound(negative)?
                            .products
                            .iter()
                            .all(|p| p.values().flatten().all(|g| self.is_at_most_constant(g)));
                    if !drops {
                        return None;
                    }
                }
            }
        }
        let mut product = Bound::constant();
        for (sample, terms) in parts {
            let sum = self.table.add(terms.clone());
            let mut germs: [Germ; 2] = Default::default();
            let mut known = !self.samples[sample].unspecified;
            for (end, germ) in germs.iter_mut().enumerate() {
                if !known || matches!(self.samples[sample].ends[end], End::Attained) {
                    continue;
                }
                match self.expand(sum, sample, end) {
                    Some(expansion) => *germ = expansion.germ(),
                    None => known = false,
                }
            }
            if known {
                product = product.times(&Bound { products: vec![Product::from([(sample, germs)])], regular: false })?;
                continue;
            }
            for summand in terms {
                let bounded = |this: &mut Self| {
                    this.bound(summand).is_some_and(|b| {
                        !b.regular
                            && b.products.iter().all(|p| p.values().flatten().all(|g| this.is_at_most_constant(g)))
                    })
                };
                if !self.is_negative_of_square(summand) && !bounded(self) {
                    return None;
                }
            }
        }
        Some(product)
    }

    fn is_negative_of_square(&self, term: Term) -> bool {
        if self.sign(term).is_some_and(Ordering::is_le) {
            return true;
        }
        if *self.table.op(term) != Op::Mul {
            return false;
        }
        let mut negative = false;
        self.table.args(term).iter().all(|arg| match self.sign(*arg) {
            Some(Ordering::Less) => {
                negative = !negative;
                true
            }
            Some(_) => true,
            None => self.is_square(*arg),
        }) && negative
    }
}
