//! Weights of trajectories: products over times of the ratios of two laws.

use super::cells::{Cell, point};
use super::expand::{Summand, over_times};
use super::index::Index;
use super::model::{NOW, set};
use super::orders::LAST;
use super::{Result, binary, unsupported};
use crate::syntax::{Binary, Binder, Expr, Kind, Law, Name};

/// What a weight makes of a mean.
pub(super) struct Weight {
    /// The laws up to its last time.
    pub laws: Vec<Law>,
    /// The point of its last time.
    pub place: usize,
    /// The ratios at the points.
    pub ratios: Vec<Expr>,
}

impl Cell<'_> {
    /// The weight of a mean: `Π_{k=0}^t π(a_k|s_k)/μ(a_k|s_k)` under the laws with μ makes of them those with π up to the time t.
    /// Between points that is done here; at the points the ratios stay, and with them what they ask for.
    pub(super) fn weight(&self, term: &Summand) -> Result<Option<Weight>> {
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
    pub(super) fn of_weights(&self, term: &Summand, function: &str) -> Result<Option<[Expr; 2]>> {
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
}
