//! Sums over times, taken apart by the order of the times. For each order the two sides have to agree, and that is a
//! statement about a few steps and the laws that lead from one to the next.
//!
//! Two sums over times are equal if their terms are, for each order that the times can have: `Σ_t Σ_u` is the sum over
//! `t < u`, over `u < t`, and over `t = u`. So a claim about n points of time t_1 < … < t_n stands for all. The letters at a
//! point are drawn by the laws of the model; those that lead from one point to the next are left unspecified, because
//! nothing is known of how many steps lie between, and what holds for all laws holds for these. That they depend on
//! parameters does no harm, because no derivative stands outside of a mean here.

use super::expand::{Range, Summand, over_times, placed, signed};
use super::index::Index;
use super::model::{Model, NOW, set};
use super::{Result, binary, letter, number, unsupported};
use crate::syntax::{Binary, Binder, Expr, Kind, Law, Name, Relation, Span};
use num_traits::One;
use std::collections::{BTreeMap, BTreeSet};

/// How many times a term may be over.
const MAX_TIMES: usize = 3;

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
    let mut cells: BTreeMap<Order, [Vec<(Summand, Vec<usize>)>; 2]> = BTreeMap::new();
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
    Ok((time, claims))
}

/// The first and the last time where a term speaks of them: s_0, s_T.
const FIRST: &str = "first·";
const LAST: &str = "last·";

/// What an order of times is told by: how many there are, and whether the first and the last are those of the trajectory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Order {
    points: usize,
    first: bool,
    last: bool,
}

/// The first and the last time, the same for all sums.
struct Ends {
    low: Option<Index>,
    high: Option<Index>,
}

impl Ends {
    fn of<'a>(model: &Model, terms: impl Iterator<Item = &'a Summand>) -> Result<Ends> {
        let mut ends = Ends { low: None, high: None };
        for term in terms {
            let bound = |index: &Index| {
                index.letters().any(|(letter, _)| term.ranges.iter().any(|range| range.letter == letter))
            };
            for range in &term.ranges {
                let low = Some(&range.low).filter(|low| !bound(low));
                let high = Some(&range.high).filter(|high| !bound(high));
                if low.is_some_and(|low| *ends.low.get_or_insert(low.clone()) != *low)
                    || high.is_some_and(|high| *ends.high.get_or_insert(high.clone()) != *high)
                {
                    let help = "let all sums begin at the first step and end at the last";
                    return unsupported(term.span, "sums over different times", help);
                }
            }
        }
        let range = model.sequences.iter().find_map(|sequence| sequence.range.clone());
        ends.low = ends.low.or_else(|| Some(Index::number(model.first)));
        ends.high = ends.high.or_else(|| range.map(|(_, last)| last));
        Ok(ends)
    }

    /// The term with names for the first and the last time where its letters stand at these, or behind the last.
    fn named(&self, model: &Model, term: &Summand) -> Summand {
        let mut term = term.clone();
        for (end, name) in [(&self.low, FIRST), (&self.high, LAST)] {
            let Some(end) = end else { continue };
            let mut found = false;
            let mut named = |e: &Expr| {
                placed(e, &mut |at| {
                    let by = model.time(at).and_then(|index| index.plus(end, -1).as_number());
                    if let Some(by) = by.filter(|by| *by == 0 || *by == 1 && name == LAST) {
                        found = true;
                        at.subscript = Some(Index::letter(name).plus(&Index::number(by), 1).text());
                    }
                })
            };
            if let Some((_, factors)) = &mut term.mean {
                *factors = factors.iter().map(&mut named).collect();
                let (value, mut each) = signed(factors);
                for factor in &mut each {
                    let high = over_times(factor).and_then(|(_, _, _, high)| high.plus(end, -1).as_number());
                    if let (Kind::Call { arguments, .. }, Some(0), LAST) = (&mut factor.kind, high, name) {
                        arguments[3] = Index::letter(LAST).expr(term.span);
                    }
                }
                each.push(Expr { kind: Kind::Number(value), span: term.span });
                *factors = each;
            }
            if found {
                term.ranges.push(Range { letter: name.into(), low: end.clone(), high: end.clone() });
            }
        }
        term
    }

    /// Are times in this order in the ranges of a term?
    fn hold(&self, term: &Summand, order: &[usize]) -> Result<bool> {
        let place = |letter: &str| term.ranges.iter().position(|range| range.letter == letter).map(|at| order[at]);
        let (least, most) = (order.iter().min(), order.iter().max());
        if place(FIRST).is_some_and(|first| Some(&first) != least)
            || place(LAST).is_some_and(|last| Some(&last) != most)
        {
            return Ok(false);
        }
        for (Range { low, high, .. }, here) in term.ranges.iter().zip(order) {
            for (end, below) in [(low, true), (high, false)] {
                let other = end.shifted().and_then(|(letter, by)| Some((place(letter)?, by)));
                let inside = match other {
                    None if end.letters().any(|(letter, _)| place(letter).is_some()) => None,
                    None => Some(true),
                    Some((other, 0)) => Some(if below { *here >= other } else { *here <= other }),
                    Some((other, 1)) if below => Some(*here > other),
                    Some((other, -1)) if !below => Some(*here < other),
                    Some(_) => None,
                };
                match inside {
                    None => return unsupported(term.span, "a sum with these ends", "as in Σ_{k=t}^T, Σ_{k=0}^{t-1}"),
                    Some(false) => return Ok(false),
                    Some(true) => {}
                }
            }
        }
        Ok(true)
    }
}

/// The ways in which so many times can be ordered: how many different ones there are, and the place of each.
fn orders(times: usize) -> Vec<(usize, Vec<usize>)> {
    let mut found = Vec::new();
    let mut order = vec![0; times];
    loop {
        let points = order.iter().max().map_or(0, |last| last + 1);
        if (0..points).all(|point| order.contains(&point)) {
            found.push((points, order.clone()));
        }
        let Some(at) = order.iter().rposition(|place| place + 1 < times) else { return found };
        order[at] += 1;
        order[at + 1..].fill(0);
    }
}

struct Cell<'a> {
    model: &'a Model,
    points: usize,
    /// The letter of the laws that lead to a point.
    kernel: &'a str,
    /// The letter of the times of points, where they stand for numbers.
    time: &'a str,
    /// The laws that means are under; each has laws between points of its own.
    laws: Vec<Vec<Law>>,
    /// The first time of all sums.
    low: Option<Index>,
    /// Is the state at the first point any? Where all means are under the same laws it may have any law, and so what holds
    /// for the means holds for each value.
    any_state: bool,
}

/// What a weight makes of a mean.
struct Weight {
    /// The laws up to its last time.
    laws: Vec<Law>,
    /// The point of its last time.
    place: usize,
    /// The ratios at the points.
    ratios: Vec<Expr>,
}

/// The laws along a trajectory: those of the letters, the number of the laws between points, and up to a point that of others.
struct Along<'l> {
    laws: &'l [Law],
    kernels: usize,
    weighted: Option<(usize, usize)>,
}

/// The letter of a point of time, below letters.
fn point(number: usize) -> String {
    format!("{NOW}{number}")
}

impl Cell<'_> {
    fn claim(mut self, sides: [Vec<(Summand, Vec<usize>)>; 2]) -> Result<[Expr; 2]> {
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
        self.any_state = under.windows(2).all(|pair| pair[0] == pair[1]);
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
            *factors = self.powers(factors, term.span);
        }
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
    fn seen(&self, e: &Expr, see: &mut impl FnMut(&str, usize, i64)) -> Result<()> {
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
            let weighted = match &weight {
                Some(weight) => Some((self.kernels(&weight.laws), weight.place)),
                None => None,
            };
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

    /// The weight of a mean: `Π_{k=0}^t π(a_k|s_k)/μ(a_k|s_k)` under the laws with μ makes of them those with π up to the time t.
    /// Between points that is done here; at the points the ratios stay, and with them what they ask for.
    fn weight(&self, term: &Summand) -> Result<Option<Weight>> {
        let Some((laws, factors)) = &term.mean else { return Ok(None) };
        let mut products = factors.iter().filter_map(over_times);
        let Some((ratio, letter, low, high)) = products.next() else { return Ok(None) };
        let help = "as in Π_{k=0}^t π(a_k|s_k)/μ(a_k|s_k), from the first step on, under the laws with μ";
        let wrong = || unsupported(term.span, "a product over times that is no weight of this mean", help);
        let first = low.as_number() == Some(self.model.first) && self.low.as_ref() == Some(&low);
        // Behind the last letter that the mean speaks of, the weights of all steps have the mean 1.
        let place = match high.shifted() {
            Some((LAST, 0)) => Some((self.points.saturating_sub(1), 0)),
            Some((at, by)) => {
                at.strip_prefix(NOW).and_then(|place| place.parse::<usize>().ok()).map(|place| (place, by))
            }
            None => None,
        };
        let (Some((place, by @ (0 | -1))), None, true) = (place, products.next(), first) else { return wrong() };
        let Kind::Binary(Binary::Div, above, below) = &ratio.kind else { return wrong() };
        let (Kind::Density { law: target, at }, Kind::Density { law, at: drawn }) = (&above.kind, &below.kind) else {
            return wrong();
        };
        let here = |law: &Law, to: &Index, from: &str| {
            let mut law = law.clone();
            law.values_mut().for_each(|argument| *argument = set(argument, from, to));
            law
        };
        let (now, then) = (Index::letter(NOW), Index::letter(letter));
        let weighed = self.model.sequences.iter().zip(laws).position(|(sequence, own)| {
            let name = super::model::at(&sequence.letter, &then);
            let same = |at: &Expr| matches!(&at.kind, Kind::Name(at) if *at == name);
            same(at) && same(drawn) && here(own, &then, NOW) == *law && !sequence.carried
        });
        let Some(weighed) = weighed else { return wrong() };
        let mut of_target = laws.clone();
        of_target[weighed] = here(target, &now, letter);
        let last = if by == 0 { (place + 1).min(self.points) } else { place };
        let ratios = (0..last).map(|place| set(ratio, letter, &Index::letter(&point(place)))).collect();
        Ok(Some(Weight { laws: of_target, place, ratios }))
    }

    /// What it takes that a weight makes of one law another: that it does so in one step, for any function.
    fn of_weights(&self, term: &Summand, function: &str) -> Result<Option<[Expr; 2]>> {
        let Some((_, factors)) = &term.mean else { return Ok(None) };
        let Some((ratio, letter_of, ..)) = factors.iter().find_map(over_times) else { return Ok(None) };
        let at_point = |e: &Expr| self.times(&set(e, letter_of, &Index::letter(&point(0))));
        let ratio = at_point(ratio);
        let Kind::Binary(Binary::Div, above, below) = &ratio.kind else { return Ok(None) };
        let (Kind::Density { law: target, .. }, Kind::Density { law, at }) = (&above.kind, &below.kind) else {
            return Ok(None);
        };
        let Kind::Name(drawn) = &at.kind else { return Ok(None) };
        let span = term.span;
        let name = Name { base: function.into(), subscript: None };
        let value =
            Expr { kind: Kind::Call { function: name, orders: vec![0], arguments: vec![(**at).clone()] }, span };
        let under = |law: &Law, body: Expr| {
            let binders = vec![Binder { variables: vec![drawn.clone()], law: law.clone() }];
            Expr { kind: Kind::Expectation { binders, body: Box::new(body) }, span }
        };
        Ok(Some([under(law, binary(Binary::Mul, ratio.clone(), value.clone())), under(target, value)]))
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
    fn times(&self, e: &Expr) -> Expr {
        let named = placed(e, &mut |name| self.place(name, "", &[]));
        (0..self.points).fold(named, |e, place| {
            let name = Name { base: self.time.into(), subscript: Some((place + 1).to_string()) };
            instead(&e, &point(place), &name)
        })
    }

    /// `s_{t1}` as `s_1`, `s_{t1+1}` as `s'_1`; with a mark if it is drawn anew.
    fn place(&self, name: &mut Name, mark: &str, known: &[Name]) {
        let Some((letter, by)) =
            self.model.time(name).and_then(|index| index.shifted().map(|(l, by)| (l.to_string(), by)))
        else {
            return;
        };
        let Some(place) = letter.strip_prefix(NOW).and_then(|place| place.parse::<usize>().ok()) else { return };
        let mark = if known.contains(name) { "" } else { mark };
        *name = self.named(&name.base, place, by == 1, mark);
    }

    fn named(&self, base: &str, place: usize, next: bool, mark: &str) -> Name {
        let prime = if next { "'" } else { "" };
        Name { base: format!("{base}{mark}{prime}"), subscript: Some((place + 1).to_string()) }
    }

    /// A factor under a mean; a mean given what is known is one over what is drawn anew behind it.
    fn inside(&self, e: &Expr, laws: &[Law], kernels: usize, next: &[bool]) -> Result<Expr> {
        if let Kind::Expectation { binders, body } = &e.kind
            && let Some(own) = self.model.under(binders, body)?
        {
            let Kind::Given { body, given } = &body.kind else {
                return unsupported(
                    e.span,
                    "a mean over the trajectory under another",
                    "write what is known: E[… | s_t, a_t]",
                );
            };
            if own != laws {
                return unsupported(
                    e.span,
                    "a mean under another law than the one around it",
                    "let both be under one policy",
                );
            }
            return self.given(body, given, laws, kernels, next, e.span);
        }
        if holds_mean(self.model, e) {
            // The laws between points are those at one value of the parameters.
            if matches!(e.kind, Kind::Derivative { .. }) {
                return unsupported(
                    e.span,
                    "the derivative of a mean given what is known",
                    "its own derivative comes first",
                );
            }
            return super::with_children(e, |child| self.inside(child, laws, kernels, next));
        }
        Ok(self.times(e))
    }

    fn given(
        &self,
        body: &Expr,
        given: &[Expr],
        laws: &[Law],
        kernels: usize,
        next: &[bool],
        span: Span,
    ) -> Result<Expr> {
        let help = "what is known is the first letters of one step: E[… | s_t], E[… | s_t, a_t]";
        let wrong = || unsupported(span, "a mean given this", help);
        let mut known = Vec::new();
        for e in given {
            let name = match &e.kind {
                Kind::Name(name) => name,
                Kind::Indicator(Relation::Equal, left, right) if left == right => match &left.kind {
                    Kind::Name(name) => name,
                    _ => return wrong(),
                },
                _ => return wrong(),
            };
            known.push(name.clone());
        }
        let mut start = None;
        for name in &known {
            let mut place = None;
            self.seen(&letter(name, span), &mut |_, point, by| place = (by == 0).then_some(point))?;
            if place.is_none() || start.is_some_and(|start| Some(start) != place) {
                return wrong();
            }
            start = place;
        }
        let Some(start) = start else { return wrong() };
        let prefix = self
            .model
            .sequences
            .iter()
            .take(known.len())
            .all(|sequence| known.iter().any(|name| name.base == sequence.letter));
        let mut early = false;
        self.seen(body, &mut |base, point, by| {
            let past =
                point < start || point == start && by == 0 && !known.iter().any(|name| name.base == base) && !prefix;
            early |= past;
        })?;
        if !prefix || early || holds_mean(self.model, body) {
            return wrong();
        }
        let body = placed(body, &mut |name| self.place(name, MARK, &known));
        let body = (0..self.points).fold(body, |e, place| {
            let name = Name { base: self.time.into(), subscript: Some((place + 1).to_string()) };
            instead(&e, &point(place), &name)
        });
        let along = Along { laws, kernels, weighted: None };
        let binders = self.chain(&along, start, &known, next, MARK)?;
        Ok(mean(binders, body, span))
    }

    /// What is drawn from a point on, given what is known there.
    fn chain(&self, along: &Along, start: usize, known: &[Name], next: &[bool], mark: &str) -> Result<Vec<Binder>> {
        let span = Span::default();
        let mut binders: Vec<Binder> = Vec::new();
        let mut state: Vec<Name> = Vec::new();
        let laws = along.laws;
        for place in start..self.points {
            let kernels = match along.weighted {
                Some((weighted, last)) if place <= last => weighted,
                _ => along.kernels,
            };
            let before = std::mem::take(&mut state);
            let mut now: BTreeMap<&str, Name> = BTreeMap::new();
            for (sequence, law) in self.model.sequences.iter().zip(laws) {
                let base = &*sequence.letter;
                if place == start && known.iter().any(|name| name.base == base) {
                    let name = self.named(base, place, false, "");
                    now.insert(base, name.clone());
                    state.push(name);
                    continue;
                }
                let name = self.named(base, place, false, mark);
                if sequence.carried && place == 0 && known.is_empty() && self.any_state {
                    now.insert(base, name.clone());
                    state.push(name);
                    continue;
                }
                let law = if sequence.carried {
                    if !known.is_empty() && place == start {
                        return unsupported(
                            law.span,
                            "a mean given letters behind the first",
                            "know the state as well: E[… | s_t, a_t]",
                        );
                    }
                    let arguments = before.iter().chain(&state).map(|name| letter(name, span)).collect();
                    let below = if kernels == 0 {
                        (place + 1).to_string()
                    } else {
                        format!("{}{}", place + 1, "b".repeat(kernels))
                    };
                    let letter =
                        if self.model.sequences.iter().filter(|other| other.carried).count() > 1 { base } else { "" };
                    let name = Name { base: self.kernel.into(), subscript: Some(format!("{below}{letter}")) };
                    Law::named(name, arguments, span)
                } else {
                    self.law(law, &now, &now)
                };
                now.insert(base, name.clone());
                state.push(name.clone());
                binders.push(Binder { variables: vec![name], law });
            }
            if next[place] {
                let mut behind: BTreeMap<&str, Name> = BTreeMap::new();
                for (sequence, law) in self.model.sequences.iter().zip(laws).filter(|(sequence, _)| sequence.carried) {
                    let name = self.named(&sequence.letter, place, true, mark);
                    let law = self.law(law, &now, &behind);
                    behind.insert(&sequence.letter, name.clone());
                    state.push(name.clone());
                    binders.push(Binder { variables: vec![name], law });
                }
            }
        }
        Ok(binders)
    }

    /// A law of the model given the letters of the step before and those of its own.
    fn law(&self, law: &Law, before: &BTreeMap<&str, Name>, now: &BTreeMap<&str, Name>) -> Law {
        let mut law = law.clone();
        for argument in law.values_mut() {
            *argument = placed(argument, &mut |name| {
                let Some(index) = self.model.time(name) else { return };
                let of = if index.shifted() == Some((NOW, -1)) { before } else { now };
                if let Some(known) = of.get(&*name.base) {
                    *name = known.clone();
                }
            });
        }
        law
    }
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

/// What tells letters that are drawn anew.
const MARK: &str = "\u{303}";

/// The expression with a letter in place of another.
fn instead(e: &Expr, base: &str, name: &Name) -> Expr {
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

fn holds_mean(model: &Model, e: &Expr) -> bool {
    let here =
        matches!(&e.kind, Kind::Expectation { binders, body } if !matches!(model.under(binders, body), Ok(None)));
    here || e.children().into_iter().any(|child| holds_mean(model, child))
}

/// The mean over those of the letters that it is a mean of, and what these are drawn by.
fn mean(binders: Vec<Binder>, body: Expr, span: Span) -> Expr {
    let mut kept: Vec<Binder> = Vec::new();
    for binder in binders.into_iter().rev() {
        let needed = binder.variables.iter().any(|name| {
            body.has_free(name) || kept.iter().any(|later| later.law.values().any(|argument| argument.has_free(name)))
        });
        if needed {
            kept.insert(0, binder);
        }
    }
    if kept.is_empty() {
        return body;
    }
    Expr { kind: Kind::Expectation { binders: kept, body: Box::new(body) }, span }
}
