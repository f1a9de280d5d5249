//! Trajectories without an end: `τ = (s_{0:∞}, a_{0:∞})`, with discounted rewards.
//!
//! A sum to ∞ is a sum to a last time that no term speaks of, so what is claimed for each order of times is the same; that the
//! sums may be taken in any order, and differentiated term by term, is a condition. `Q(s, a) = E[Σ_{t=0}^∞ … | s_0 = s, a_0 = a]` is
//! the same at each time, because no end comes nearer: at s_t the sum begins at t. A visitation law `d(s) = (1 - γ) Σ_t γ^t P(s_t = s)` is
//! what it says: a mean under it is the sum of means at the times.
//!
//! For numbers the model ends after a few steps. That is a case of it where all terms vanish behind an end, so each has to
//! hold a function of which nothing is known.

use super::index::Index;
use super::model::{Model, NOW, at, set};
use super::{Result, binary, letter, unsupported, with_children};
use crate::syntax::{Assumption, Binary, Binder, Definition, Expr, Kind, Law, Name, Relation, Span, Statement};
use std::collections::BTreeSet;

/// What a statement without an end takes.
pub(super) const CONDITION: &str = "the sums to ∞ converge absolutely, with the means of absolute values, and so do their derivatives, locally uniformly in the parameters";

const ENDLESS: &str = "∞";

/// The statement with a letter for ∞. None if all ends are finite.
pub(super) fn resolve(statement: &Statement) -> Option<(Statement, String)> {
    let endless = |assumption: &Assumption| match assumption {
        Assumption::Tuple { parts, .. } => parts.iter().any(|part| part.subscript.as_deref().is_some_and(ends_nowhere)),
        _ => false,
    };
    if !statement.given.iter().any(endless) {
        return None;
    }
    let mut taken = BTreeSet::new();
    let bodies = statement.definitions.iter().map(|definition| &definition.body);
    for e in statement.members.iter().chain(bodies) {
        let mut e = e.clone();
        super::model::rename(&mut e, &mut |name| {
            taken.insert(name.base.clone());
        });
    }
    let end = ["T", "H", "L", "n"].into_iter().find(|base| !taken.contains(*base))?;
    let mut made = statement.clone();
    for assumption in &mut made.given {
        if let Assumption::Tuple { parts, .. } = assumption {
            for part in parts {
                part.subscript = part.subscript.as_ref().map(|below| below.replace(ENDLESS, end));
            }
        }
    }
    let bodies = made.definitions.iter_mut().map(|definition| &mut definition.body);
    made.members.iter_mut().chain(bodies).for_each(|e| with_end(e, end));
    Some((made, end.to_string()))
}

fn ends_nowhere(range: &str) -> bool {
    range.split_once(':').is_some_and(|(_, last)| last == ENDLESS)
}

fn with_end(e: &mut Expr, end: &str) {
    if let Kind::Call { function, arguments, .. } = &mut e.kind
        && matches!(function.base.as_str(), "sum" | "prod")
        && let Some(last) = arguments.get_mut(3).filter(|last| last.kind == Kind::Infinity)
    {
        last.kind = Kind::Name(Name { base: end.into(), subscript: None });
    }
    e.each_child(&mut |child| with_end(child, end));
}

/// The statement with sums over times for means under visitation laws.
pub(super) fn without_visits(statement: &Statement, model: &Model) -> Result<Statement> {
    let visits: Vec<Visits> =
        statement.definitions.iter().filter_map(|definition| Visits::of(definition, model)).collect();
    let mut made = statement.clone();
    made.definitions.retain(|definition| !visits.iter().any(|visits| visits.definition == definition));
    for e in made.members.iter_mut().chain(made.definitions.iter_mut().map(|definition| &mut definition.body)) {
        *e = in_time(e, &visits, model)?;
    }
    Ok(made)
}

/// `d(s) = c Σ_t w_t P(s_t = s)`.
struct Visits<'a> {
    definition: &'a Definition,
    factor: Option<&'a Expr>,
    weight: Option<Expr>,
    /// The sum: its index and its ends.
    sum: &'a [Expr],
    /// The letter whose values are counted, and the law of the mean that counts them, if it says one.
    sequence: Name,
    law: Option<&'a Law>,
}

impl<'a> Visits<'a> {
    fn of(definition: &'a Definition, model: &Model) -> Option<Visits<'a>> {
        let point = definition.parameters.first()?;
        let (factor, sum) = match &definition.body.kind {
            Kind::Binary(Binary::Mul, factor, sum) => (Some(&**factor), &**sum),
            _ => (None, &definition.body),
        };
        let Kind::Call { function, arguments, .. } = &sum.kind else { return None };
        let body = arguments.first().filter(|_| function.base == "sum" && arguments.len() == 4)?;
        let (weight, visit) = match &body.kind {
            Kind::Binary(Binary::Mul, weight, visit) => (Some((**weight).clone()), &**visit),
            _ => (None, body),
        };
        let Kind::Expectation { binders, body } = &visit.kind else { return None };
        let law = match binders.as_slice() {
            [] => None,
            [Binder { variables, law }] if variables.iter().all(|name| Some(name) == model.name.as_ref()) => Some(law),
            _ => return None,
        };
        let event = match &body.kind {
            // The first value of a letter that nothing draws is a number.
            Kind::Given { body, given } if given.iter().all(|e| is_first(e, model)) => body,
            Kind::Given { .. } => return None,
            _ => body,
        };
        let Kind::Indicator(Relation::Equal, left, right) = &event.kind else { return None };
        let (Kind::Name(sequence), Kind::Name(value)) = (&left.kind, &right.kind) else { return None };
        (value == point && model.time(sequence).is_some()).then(|| Visits {
            definition,
            factor,
            weight,
            sum: &arguments[1..],
            sequence: sequence.clone(),
            law,
        })
    }

    /// The mean under this law of a function of the letter that is drawn.
    fn mean(&self, drawn: &Name, body: &Expr, model: &Model, span: Span) -> Result<Expr> {
        let Some(trajectory) = &model.name else {
            return unsupported(
                span,
                "a visitation law without a trajectory",
                "say what it is: τ = (s_{0:∞}, a_{0:∞})",
            );
        };
        let law = self.law.cloned().unwrap_or_else(|| Law::of_given(span));
        let binders = vec![Binder { variables: vec![trajectory.clone()], law }];
        let laws = model.under(&binders, body)?.unwrap_or_default();
        self.named_as(&laws, span)?;
        let body = in_step(&put(body, drawn, &self.sequence), model, &laws);
        let mut term = Expr { kind: Kind::Expectation { binders, body: Box::new(body) }, span };
        if let Some(weight) = &self.weight {
            term = binary(Binary::Mul, weight.clone(), term);
        }
        let function = Name { base: "sum".into(), subscript: None };
        let arguments = [vec![term], self.sum.to_vec()].concat();
        let sum = Expr { kind: Kind::Call { function, orders: vec![0; 4], arguments }, span };
        Ok(self.factor.map_or(sum.clone(), |factor| binary(Binary::Mul, factor.clone(), sum)))
    }

    /// The policy in the name, π_θ of `d^{π_θ}`, is one that the visits are made by.
    fn named_as(&self, laws: &[Law], span: Span) -> Result<()> {
        let Some((_, above)) = self.definition.name.base.split_once('^') else { return Ok(()) };
        let (base, below) = above.split_once('_').map_or((above, None), |(base, below)| (base, Some(below)));
        let same = |law: &Law| law.name.base == base && (below.is_none() || law.name.subscript.as_deref() == below);
        if laws.iter().any(same) {
            return Ok(());
        }
        let help = "say by which policy: d^{π'}(s) = (1 - γ) Σ_{t=0}^∞ γ^t P_{τ ~ π'}(s_t = s)";
        unsupported(span, "a visitation law that is named after another policy than it is defined by", help)
    }
}

/// Is it the first value of a letter that nothing draws?
fn is_first(e: &Expr, model: &Model) -> bool {
    let Kind::Name(name) = &e.kind else { return false };
    let first = model.time(name).and_then(|index| index.as_number()) == Some(model.first);
    first && model.sequences.iter().any(|s| s.letter == name.base && s.carried && s.initial.is_none())
}

fn in_time(e: &Expr, visits: &[Visits], model: &Model) -> Result<Expr> {
    if let Kind::Expectation { binders, body } = &e.kind
        && let [Binder { variables, law }, rest @ ..] = binders.as_slice()
        && let [drawn] = variables.as_slice()
        && let Some(visits) = visits.iter().find(|visits| visits.definition.name == law.name)
    {
        let body = match rest {
            [] => (**body).clone(),
            rest => Expr { kind: Kind::Expectation { binders: rest.to_vec(), body: body.clone() }, span: e.span },
        };
        return visits.mean(drawn, &body, model, e.span);
    }
    with_children(e, |child| in_time(child, visits, model))
}

/// The expression with a letter of the trajectory for a letter that is drawn.
fn put(e: &Expr, from: &Name, to: &Name) -> Expr {
    let mut e = e.clone();
    super::model::rename(&mut e, &mut |name| {
        if name == from {
            *name = to.clone();
        }
    });
    e
}

/// `E_{a ~ π(·|s_t)}[…]` under a mean over the trajectory that draws a_t so is of a_t.
fn in_step(e: &Expr, model: &Model, laws: &[Law]) -> Expr {
    let mut e = e.clone();
    e.each_child(&mut |child| *child = in_step(child, model, laws));
    let Kind::Expectation { binders, body } = &e.kind else { return e };
    let [Binder { variables, law }] = binders.as_slice() else { return e };
    let [drawn] = variables.as_slice() else { return e };
    for (sequence, own) in model.sequences.iter().zip(laws).filter(|(sequence, _)| !sequence.carried) {
        let same = own.name == law.name || law.name.subscript.is_none() && law.name.base == own.name.base;
        let times: Option<Vec<Index>> = law.arguments.iter().map(|argument| time_of(argument, model)).collect();
        let Some([time, ..]) = times.as_deref() else { continue };
        let here: Vec<Expr> = own.arguments.iter().map(|argument| set(argument, NOW, time)).collect();
        if same && here == law.arguments {
            return put(body, drawn, &at(&sequence.letter, time));
        }
    }
    e
}

fn time_of(e: &Expr, model: &Model) -> Option<Index> {
    match &e.kind {
        Kind::Name(name) => model.time(name),
        _ => None,
    }
}

/// The expression with means from the first step on, `E[… | s_0 = s_t]`, begun at t.
pub(super) fn begun(e: &Expr, model: &Model, end: &str) -> Result<Expr> {
    let e = with_children(e, |child| begun(child, model, end))?;
    let Kind::Expectation { binders, body } = &e.kind else { return Ok(e) };
    let Kind::Given { body, given } = &body.kind else { return Ok(e) };
    // What is known of the first step is what it is.
    if given.iter().all(|e| is_first(e, model)) {
        return Ok(Expr { kind: Kind::Expectation { binders: binders.clone(), body: body.clone() }, span: e.span });
    }
    let mut start: Option<Index> = None;
    let mut known = Vec::new();
    for event in given {
        let Kind::Indicator(Relation::Equal, left, right) = &event.kind else { return Ok(e) };
        let (Kind::Name(variable), Kind::Name(value)) = (&left.kind, &right.kind) else { return Ok(e) };
        let (Some(from), Some(to)) = (model.time(variable), model.time(value)) else { return Ok(e) };
        let first = from.as_number() == Some(model.first) && variable.base == value.base;
        if !first || *start.get_or_insert(to.clone()) != to {
            return Ok(e);
        }
        known.push(letter(value, right.span));
    }
    let Some(start) = start else { return Ok(e) };
    let by = start.plus(&Index::number(model.first), -1);
    let mut body = (**body).clone();
    super::model::rename(&mut body, &mut |name| {
        if let Some(index) = model.time(name) {
            name.subscript = Some(index.plus(&by, 1).text());
        }
    });
    later(&mut body, &by, end)?;
    let body = Box::new(Expr { kind: Kind::Given { body: Box::new(body), given: known }, span: e.span });
    Ok(Expr { kind: Kind::Expectation { binders: binders.clone(), body }, span: e.span })
}

/// Sums to the end that begin so much later: `Σ_{k=0} g(k)` is `Σ_{k=t} g(k - t)`.
fn later(e: &mut Expr, by: &Index, end: &str) -> Result<()> {
    let mut failed = Ok(());
    e.each_child(&mut |child| {
        if let Err(error) = later(child, by, end) {
            failed = Err(error);
        }
    });
    failed?;
    let span = e.span;
    let Kind::Call { function, arguments, .. } = &mut e.kind else { return Ok(()) };
    if !matches!(function.base.as_str(), "sum" | "prod") {
        return Ok(());
    }
    let [body, Expr { kind: Kind::Name(index), .. }, low, high] = arguments.as_mut_slice() else { return Ok(()) };
    let to_end = matches!(&high.kind, Kind::Name(name) if name.base == end && name.subscript.is_none());
    let (Some(first), true) = (Index::of(low), to_end) else {
        return unsupported(span, "a sum to another end under a mean from the first step on", "let it be to ∞");
    };
    *body = set(body, &index.base, &Index::letter(&index.base).plus(by, -1));
    *low = first.plus(by, 1).expr(low.span);
    Ok(())
}

/// Does a term vanish where a function of which nothing is known does?
pub(super) fn can_vanish(factors: &[Expr], model: &Model) -> bool {
    factors.iter().any(|factor| match &factor.kind {
        Kind::Call { function, .. } => {
            crate::syntax::is_letter(&function.base) && function.base != "sum" && model.is_in(factor)
        }
        Kind::Binary(Binary::Mul, a, b) => can_vanish(&[(**a).clone(), (**b).clone()], model),
        Kind::Neg(inner) => can_vanish(std::slice::from_ref(inner), model),
        Kind::Expectation { body, .. } => match &body.kind {
            Kind::Given { body, .. } => can_vanish(std::slice::from_ref(body), model),
            _ => false,
        },
        _ => false,
    })
}
