//! The growth calculus: whether a mean, an integral or a sum converges absolutely.
//!
//! Near an end of its range a variable is measured by t: |x| at an infinite end, the distance at a finite one. A *germ*
//! is a combination Σ c_s s(t) of scales; it says that |g| ≤ C exp(Σ c_s s(t)) near the end, with C locally bounded in
//! the parameters. A *bound* is a set of products of germs, one for each sample and end, and says that |g| is at most
//! a multiple of their sum. The tail of a law is the germ of its density, read off the formula. A mean converges if
//! in each product, at each end, germ and tail together decay: strictly, so that it converges locally uniformly in the
//! parameters as well.

mod bound;
mod exact;
mod expansion;
mod poly;
mod scale;
mod sign;

use crate::context::{Claim, Context, Hypothesis};
use crate::library::{Class, Library, Support};
use crate::term::{Name, Op, Table, Term};
use expansion::Expansion;
use num_rational::BigRational;
use num_traits::Signed;
use poly::{Poly, Polys};
use scale::Germ;
use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

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
    polys: RefCell<Polys>,
    found: RefCell<Found>,
}

/// A term near an end of a sample.
type Place = (Term, usize, usize);

/// What was found of terms, as long as the samples stay the same.
#[derive(Default)]
struct Found {
    signs: HashMap<Term, Option<Ordering>>,
    exact: HashMap<Place, Option<Germ>>,
    expansions: HashMap<Place, Option<Expansion>>,
}

/// What was found for one table and one statement: polynomials of terms, and verdicts on means, each with the letters among
/// those in it that are above 0 and those that differ from 0.
#[derive(Default)]
pub(crate) struct Memo {
    polys: Polys,
    verdicts: HashMap<(Term, Vec<Term>, Vec<Term>), Verdict>,
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
    let (mut outer, mut positive, mut nonzero) = (vec![], vec![], vec![]);
    for k in 0..context.table.loose(term) {
        let (variable, letter) = (context.table.bound(k), context.table.free(&format!("§at {k}")));
        if context.proves(&Claim::Positive(variable)) {
            positive.push(letter);
        } else if context.proves(&Claim::NonZero(variable)) {
            nonzero.push(letter);
        }
        outer.insert(0, letter);
    }
    let term = context.table.instantiate(term, &outer);
    let key = (term, positive, nonzero);
    if let Some(verdict) = context.growth.verdicts.get(&key) {
        return *verdict;
    }
    known.positive.extend(&key.1);
    known.nonzero.extend(&key.2);
    let polys = std::mem::take(&mut context.growth.polys);
    let mut growth = Growth::with(&mut context.table, context.library, &known, polys);
    let verdict = growth.converges(term);
    context.growth.polys = growth.polys.into_inner();
    context.growth.verdicts.insert(key, verdict);
    verdict
}

impl<'a> Growth<'a> {
    /// The library's terms have to live in the table.
    pub fn new(table: &'a mut Table, library: &'a Library, known: &'a Known) -> Growth<'a> {
        Growth::with(table, library, known, Polys::new())
    }

    fn with(table: &'a mut Table, library: &'a Library, known: &'a Known, mut polys: Polys) -> Growth<'a> {
        let poly = |term: &Term| Poly::clone(&Poly::of(table, *term, &mut polys));
        let positive: Vec<Poly> = known.positive.iter().map(poly).collect();
        let given = positive.len();
        let (polys, found) = (RefCell::new(polys), RefCell::default());
        Growth { table, library, known, positive, given, samples: vec![], fresh: 0, depth: 0, polys, found }
    }

    fn poly(&self, term: Term) -> Rc<Poly> {
        Poly::of(self.table, term, &mut self.polys.borrow_mut())
    }

    /// So many samples are left; the first ones.
    fn keep(&mut self, samples: usize) {
        self.samples.truncate(samples);
        self.found = RefCell::default();
    }

    /// Whether a mean, integral or sum converges absolutely. Bound variables that point out of it are parameters.
    pub fn converges(&mut self, term: Term) -> Verdict {
        let loose = self.table.loose(term);
        let outer: Vec<Term> = (0..loose).map(|_| self.parameter()).collect();
        let term = self.table.instantiate(term, &outer);
        self.keep(0);
        self.positive.truncate(self.given);
        let Some(body) = self.open(term) else { return Verdict::Unknown };
        if !self.is_finite_inside(body) {
            return Verdict::Unknown;
        }
        let exact = self.samples.len() == 1 && !self.samples[0].unspecified;
        if exact && let Some([lo, hi]) = self.exact_ends(body, 0) {
            let [lo, hi] = [(lo, 0), (hi, 1)].map(|(germ, end)| self.decays(0, end, &germ));
            match (lo, hi) {
                (Some(true), Some(true)) => return Verdict::Holds,
                (Some(false), _) | (_, Some(false)) => return Verdict::Fails,
                // Where the growth is not told, a bound may do.
                _ => {}
            }
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
        self.keep(0);
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
                let distance = Poly::atom(variable).plus(&self.poly(*end).negative());
                self.positive.push(distance.scaled(&BigRational::from_integer(inwards.into())));
            }
        }
        let tails = Default::default();
        self.found = RefCell::default();
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
            Op::Add | Op::Mul | Op::Pow | Op::Inv => self.poly(rebuilt).term(self.table),
            _ => rebuilt,
        }
    }

    fn holds_sample(&self, term: Term) -> bool {
        (0..self.samples.len()).any(|sample| self.holds(term, sample))
    }

    fn holds(&self, term: Term, sample: usize) -> bool {
        self.table.holds_letter(term, &self.samples[sample].name)
    }
}
