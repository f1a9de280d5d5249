//! Sums over times, taken apart by the order of the times. For each order the two sides have to agree, and that is a
//! statement about a few steps and the laws that lead from one to the next.
//!
//! Two sums over times are equal if their terms are, for each order that the times can have: `Σ_t Σ_u` is the sum over
//! `t < u`, over `u < t`, and over `t = u`. So a claim about n points of time t_1 < … < t_n stands for all. The letters at a
//! point are drawn by the laws of the model; those that lead from one point to the next are left unspecified, because
//! nothing is known of how many steps lie between, and what holds for all laws holds for these. That they depend on
//! parameters does no harm, because no derivative stands outside of a mean here.

use super::chains::{Along, MARK, holds_mean, mean};
use super::expand::{Range, Summand, over_times, placed, power_of_product, signed};
use super::index::Index;
use super::model::{Model, NOW, set};
use super::orders::{Ends, FIRST, LAST, Order, orders};
use super::{Result, binary, number, unsupported};
use crate::syntax::{Binary, Expr, Kind, Law, Name, Span};
use num_traits::One;
use std::collections::{BTreeMap, BTreeSet};

/// How many times a term may be over.
const MAX_TIMES: usize = 3;

/// Terms, each with the places of its times.
type Placed = Vec<(Summand, Vec<usize>)>;

/// The claims, one for each order of times; an error where a term is not followed.
pub(super) fn claims(
    model: &Model,
    left: &[Summand],
    right: &[Summand],
    taken: &BTreeSet<String>,
) -> Result<(&'static str, Vec<[Expr; 2]>)> {
    let free = |letters: &[&'static str]| letters.iter().copied().find(|base| !taken.contains(*base));
    let (Some(kernel), Some(time)) = (free(&["m", "κ", "ν", "Q"]), free(&["t", "k", "n", "u"])) else {
        let span = left.iter().chain(right).map(|term| term.span).next().unwrap_or_default();
        return unsupported(
            span,
            "a statement about trajectories with so many letters",
            "let one of m, κ, ν, Q be free",
        );
    };
    let anew = |sequence: &super::model::Sequence| [MARK, "'"].map(|mark| format!("{}{mark}", sequence.letter));
    if let Some(name) = model.sequences.iter().flat_map(anew).find(|name| taken.contains(name)) {
        let why = format!("`{name}` beside the letter of a trajectory");
        return unsupported(Span::default(), &why, "use another letter");
    }
    let ends = Ends::of(model, left.iter().chain(right))?;
    let [left, right] = &without_products([left, right], free(&["w", "v", "b", "ω"]).unwrap_or("w"));
    let mut cells: BTreeMap<Order, [Placed; 2]> = BTreeMap::new();
    for (side, terms) in [left, right].into_iter().enumerate() {
        for term in terms {
            let term = &ends.named(model, term);
            if term.ranges.len() > MAX_TIMES {
                return unsupported(term.span, "so many sums over times", "prove its parts on their own");
            }
            for (points, order) in orders(term.ranges.len()) {
                if ends.hold(term, &order)? {
                    let place = |end: &str| term.ranges.iter().any(|range| range.letter == end);
                    let key = Order { points, first: place(FIRST), last: place(LAST) };
                    cells.entry(key).or_default()[side].push((term.clone(), order));
                }
            }
        }
    }
    let cell = |order: Order| Cell {
        model,
        low: ends.low.clone(),
        points: order.points,
        kernel,
        time,
        laws: Vec::new(),
        any_state: false,
    };
    let mut claims = cells.into_iter().map(|(order, sides)| cell(order).claim(sides)).collect::<Result<Vec<_>>>()?;
    let Some(function) = free(&["h", "g", "φ", "ψ", "u", "v"]) else {
        return unsupported(Span::default(), "a statement about trajectories with so many functions", "let h be free");
    };
    for term in left.iter().chain(right) {
        let lemma =
            cell(Order { points: 1, first: false, last: false }).of_weights(&ends.named(model, term), function)?;
        claims.extend(lemma.filter(|lemma| !claims.contains(lemma)).into_iter().collect::<Vec<_>>());
    }
    // Where all of an order cancels nothing is claimed.
    if claims.iter().any(|[left, right]| left != right) {
        claims.retain(|[left, right]| left != right);
    }
    Ok((time, claims))
}

/// The terms with letters for products over all times that stand outside of means: whatever their values are.
fn without_products(sides: [&[Summand]; 2], base: &str) -> [Vec<Summand>; 2] {
    let mut known: Vec<Expr> = Vec::new();
    sides.map(|terms| {
        let of_term = |term: &Summand| {
            let mut term = term.clone();
            let (value, each) = signed(&term.factors);
            // One that moves with a time of a sum is another at each.
            let inner = |range: &Range, e: &Expr| set(e, &range.letter, &Index::number(0)) != *e;
            let letters = each.into_iter().map(|factor| {
                if power_of_product(&factor).is_none() || term.ranges.iter().any(|range| inner(range, &factor)) {
                    return factor;
                }
                let own = with_index(&factor, "i·");
                let place = known.iter().position(|other| *other == own).unwrap_or_else(|| {
                    known.push(own);
                    known.len() - 1
                });
                super::letter(&Name { base: base.into(), subscript: Some((place + 1).to_string()) }, factor.span)
            });
            let letters: Vec<Expr> = letters.collect();
            term.factors = letters;
            if !value.is_one() {
                term.factors.insert(0, Expr { kind: Kind::Number(value), span: term.span });
            }
            term
        };
        terms.iter().map(of_term).collect()
    })
}

pub(super) struct Cell<'a> {
    pub model: &'a Model,
    pub points: usize,
    /// The letter of the laws that lead to a point.
    pub kernel: &'a str,
    /// The letter of the times of points, where they stand for numbers.
    pub time: &'a str,
    /// The laws that means are under; each has laws between points of its own.
    laws: Vec<Vec<Law>>,
    /// The first time of all sums.
    pub low: Option<Index>,
    /// Is the state at the first point any? Where all means are under the same laws it may have any law, and so what holds
    /// for the means holds for each value.
    pub any_state: bool,
}

/// The letter of a point of time, below letters.
pub(super) fn point(number: usize) -> String {
    format!("{NOW}{number}")
}

impl Cell<'_> {
    fn claim(mut self, sides: [Placed; 2]) -> Result<[Expr; 2]> {
        let sides =
            sides.map(|terms| terms.into_iter().map(|(term, order)| self.at_points(&term, &order)).collect::<Vec<_>>());
        let sides = Self::differing(sides);
        // Every mean draws what one of them needs, so that the laws behind it are the same in all.
        let mut next = vec![false; self.points];
        for term in sides.iter().flatten() {
            let factors = term.mean.iter().flat_map(|(_, factors)| factors);
            for factor in factors.filter(|factor| over_times(factor).is_none()) {
                self.seen(factor, &mut |_, point, by| next[point] |= by == 1)?;
            }
        }
        let mut under = Vec::new();
        for term in sides.iter().flatten() {
            under.extend(
                self.weight(term)?.map(|weight| weight.laws).or(term.mean.as_ref().map(|(laws, _)| laws.clone())),
            );
        }
        // Outside of means a letter stands for a value, which is none of those under a mean.
        let outside = |term: &Summand| term.factors.iter().any(|factor| self.model.is_in(factor));
        let apart = !under.is_empty() && sides.iter().flatten().any(outside);
        self.any_state = !apart && under.windows(2).all(|pair| pair[0] == pair[1]);
        let [left, right] = sides;
        Ok([self.sum(left, &next)?, self.sum(right, &next)?])
    }

    /// The terms without those that stand on both sides; all of them if nothing else is left.
    fn differing(sides: [Vec<Summand>; 2]) -> [Vec<Summand>; 2] {
        let [mut left, mut right] = sides.clone();
        left.retain(|term| {
            let same = right.iter().position(|other| is_same(term, other));
            same.map(|at| right.remove(at)).is_none()
        });
        if left.is_empty() && right.is_empty() { sides } else { [left, right] }
    }

    fn sum(&mut self, terms: Vec<Summand>, next: &[bool]) -> Result<Expr> {
        let mut sum: Option<Expr> = None;
        for term in terms {
            let value = self.term(&term, next)?;
            sum = Some(match sum {
                None => value,
                Some(sum) => binary(Binary::Add, sum, value),
            });
        }
        Ok(sum.unwrap_or_else(|| number(0, Span::default())))
    }

    /// The term with the letters of points for its times.
    fn at_points(&self, term: &Summand, order: &[usize]) -> Summand {
        let mut term = term.clone();
        let place = |e: &Expr, ranges: &[Range]| {
            ranges
                .iter()
                .zip(order)
                .fold(e.clone(), |e, (range, place)| set(&e, &range.letter, &Index::letter(&point(*place))))
        };
        term.factors = term.factors.iter().map(|factor| place(factor, &term.ranges)).collect();
        if let Some((_, factors)) = &mut term.mean {
            *factors = factors.iter().map(|factor| place(factor, &term.ranges)).collect();
            // What holds no letter of the trajectory stands outside of the mean.
            let (value, each) = signed(factors);
            let plain = |factor: &Expr| {
                !self.model.is_in(factor) && over_times(factor).is_none() && !holds_mean(self.model, factor)
            };
            let (outside, mut inside): (Vec<Expr>, Vec<Expr>) = each.into_iter().partition(plain);
            if !value.is_one() {
                inside.insert(0, Expr { kind: Kind::Number(value), span: term.span });
            }
            *factors = inside;
            term.factors.extend(outside);
        }
        term.factors = self.powers(&term.factors, term.span);
        term
    }

    /// The factors with one power of each base: `γ^t γ^(k - t)` is `γ^k` where t ≤ k, for γ = 0 as well.
    fn powers(&self, factors: &[Expr], span: Span) -> Vec<Expr> {
        let (value, others) = signed(factors);
        let mut powers: Vec<(Expr, Index)> = Vec::new();
        let mut kept = Vec::new();
        for factor in others {
            let power = match &factor.kind {
                Kind::Binary(Binary::Pow, base, exponent) => {
                    Index::of(exponent).filter(|index| self.is_natural(index)).map(|index| ((**base).clone(), index))
                }
                _ => None,
            };
            match power {
                None => kept.push(factor),
                Some((base, index)) => match powers.iter_mut().find(|(known, _)| *known == base) {
                    Some((_, known)) => *known = known.plus(&index, 1),
                    None => powers.push((base, index)),
                },
            }
        }
        if !value.is_one() {
            kept.insert(0, Expr { kind: Kind::Number(value), span });
        }
        kept.extend(powers.into_iter().map(|(base, index)| binary(Binary::Pow, base, index.expr(span))));
        kept
    }

    /// Is this whole number at least 0 for all times in this order? By t_2 = t_1 + 1 + …: all that is added has to be.
    fn is_natural(&self, index: &Index) -> bool {
        let mut factors = vec![0; self.points];
        for (letter, factor) in index.letters() {
            match letter.strip_prefix(NOW).and_then(|place| place.parse::<usize>().ok()).filter(|p| *p < self.points) {
                Some(place) => factors[place] += factor,
                None => return false,
            }
        }
        let least: i64 = factors.iter().enumerate().map(|(place, factor)| place as i64 * factor).sum();
        let gaps = (0..self.points).all(|place| factors[place..].iter().sum::<i64>() >= 0);
        gaps && least + index.constant() >= 0
    }

    /// Shows the letters of the trajectory: which, at which point, and how many steps behind it.
    pub(super) fn seen(&self, e: &Expr, see: &mut impl FnMut(&str, usize, i64)) -> Result<()> {
        let mut wrong = false;
        e.visit_names(&mut |name| {
            if !self.model.is_sequence(&name.base) {
                return;
            }
            let place = self.model.time(name).and_then(|index| {
                let (letter, by) = index.shifted()?;
                let place = letter.strip_prefix(NOW)?.parse::<usize>().ok()?;
                let carried =
                    self.model.sequences.iter().any(|sequence| sequence.letter == name.base && sequence.carried);
                (place < self.points && (by == 0 || by == 1 && carried)).then_some((place, by))
            });
            match place {
                Some((place, by)) => see(&name.base, place, by),
                None => wrong = true,
            }
        });
        if wrong {
            return unsupported(
                e.span,
                "a letter of a trajectory at this time",
                "a time is that of a sum, or the next: s_t, s_{t+1}",
            );
        }
        Ok(())
    }

    fn term(&mut self, term: &Summand, next: &[bool]) -> Result<Expr> {
        let mut factors: Vec<Expr> = term.factors.iter().map(|factor| self.times(factor)).collect();
        if let Some((laws, inside)) = &term.mean {
            let weight = self.weight(term)?;
            let kernels = self.kernels(laws);
            let weighted = weight.as_ref().map(|weight| (self.kernels(&weight.laws), weight.place));
            let mut product = Vec::new();
            for factor in inside.iter().filter(|factor| over_times(factor).is_none()) {
                product.push(self.inside(factor, laws, kernels, next)?);
            }
            product.extend(weight.into_iter().flat_map(|weight| weight.ratios).map(|ratio| self.times(&ratio)));
            let body =
                product.into_iter().reduce(|a, b| binary(Binary::Mul, a, b)).unwrap_or_else(|| number(1, term.span));
            let along = Along { laws, kernels, weighted };
            let binders = self.chain(&along, 0, &[], next, "")?;
            factors.push(mean(binders, body, term.span));
        }
        Ok(factors.into_iter().reduce(|a, b| binary(Binary::Mul, a, b)).unwrap_or_else(|| number(1, term.span)))
    }

    fn kernels(&mut self, laws: &[Law]) -> usize {
        match self.laws.iter().position(|known| known == laws) {
            Some(known) => known,
            None => {
                self.laws.push(laws.to_vec());
                self.laws.len() - 1
            }
        }
    }

    /// A factor with plain letters for those at points.
    pub(super) fn times(&self, e: &Expr) -> Expr {
        let named = placed(e, &mut |name| self.place(name, "", &[]));
        (0..self.points).fold(named, |e, place| {
            let name = Name { base: self.time.into(), subscript: Some((place + 1).to_string()) };
            instead(&e, &point(place), &name)
        })
    }

    /// `s_{t1}` as `s_1`, `s_{t1+1}` as `s'_1`; with a mark if it is drawn anew.
    pub(super) fn place(&self, name: &mut Name, mark: &str, known: &[Name]) {
        let Some((letter, by)) =
            self.model.time(name).and_then(|index| index.shifted().map(|(l, by)| (l.to_string(), by)))
        else {
            return;
        };
        let Some(place) = letter.strip_prefix(NOW).and_then(|place| place.parse::<usize>().ok()) else { return };
        let mark = if known.contains(name) { "" } else { mark };
        *name = self.named(&name.base, place, by == 1, mark);
    }

    pub(super) fn named(&self, base: &str, place: usize, next: bool, mark: &str) -> Name {
        let prime = if next { "'" } else { "" };
        Name { base: format!("{base}{mark}{prime}"), subscript: Some((place + 1).to_string()) }
    }
}

/// A product over times under one name of its index.
fn with_index(e: &Expr, index: &str) -> Expr {
    let mut e = e.clone();
    match &mut e.kind {
        Kind::Binary(Binary::Pow, base, _) => **base = with_index(base, index),
        Kind::Call { arguments, .. } => {
            if let [body, letter, ..] = arguments.as_mut_slice()
                && let Kind::Name(name) = &mut letter.kind
            {
                *body = set(body, &name.base, &Index::letter(index));
                name.base = index.into();
            }
        }
        _ => {}
    }
    e
}

/// Are two terms products of the same factors, whatever their order?
fn is_same(one: &Summand, other: &Summand) -> bool {
    let (a, b) = (signed(&one.factors), signed(&other.factors));
    let laws = |term: &Summand| term.mean.as_ref().map(|(laws, _)| laws.clone());
    let inside = |term: &Summand| term.mean.iter().flat_map(|(_, factors)| factors.clone()).collect::<Vec<_>>();
    let (c, d) = (signed(&inside(one)), signed(&inside(other)));
    laws(one) == laws(other) && a.0 * c.0 == b.0 * d.0 && is_permuted(a.1, b.1) && is_permuted(c.1, d.1)
}

fn is_permuted(one: Vec<Expr>, mut other: Vec<Expr>) -> bool {
    let all = one.len() == other.len();
    all && one.iter().all(|factor| {
        let same = other.iter().position(|known| known == factor);
        same.map(|at| other.remove(at)).is_some()
    })
}

/// The expression with a letter in place of another.
pub(super) fn instead(e: &Expr, base: &str, name: &Name) -> Expr {
    let mut changed = e.clone();
    fn put(e: &mut Expr, base: &str, name: &Name) {
        if matches!(&e.kind, Kind::Name(Name { base: own, subscript: None }) if own == base) {
            e.kind = Kind::Name(name.clone());
        }
        e.each_child(&mut |child| put(child, base, name));
    }
    put(&mut changed, base, name);
    changed
}
