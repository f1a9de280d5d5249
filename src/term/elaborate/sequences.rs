//! Samples that are sequences: `o_1, …, o_G ~ π_θ(·|q)` where `π_θ(o|q) = Π_{t=1}^{|o|} π_θ(o_t|q, o_{<t})`.
//!
//! A sequence is one sample, and what a sum over its steps adds up is the logarithm of its density: `Σ_{t=1}^{|o_i|} ∇_θ ln
//! π_θ(o_{i,t}|q, o_{i,<t}) = ∇_θ ln π_θ(o_i|q)` is what the definition says. With the sums gone, nothing speaks of steps, and what
//! is true of samples from any law is true of these. The length of a sample is a function of it.

use super::joint::{binary, expr, unsupported, with_children};
use super::{Result, full_name};
use crate::syntax::{Binary, Definition, Expr, Kind, Law, Name, Statement};

/// The statement with densities of whole samples for sums over their steps, and what is to be said of it. None if there are none.
pub(super) fn resolve(statement: &Statement) -> Result<Option<(Statement, Vec<String>)>> {
    let Some(sequence) = statement.definitions.iter().find_map(Sequence::of) else { return Ok(None) };
    let bodies = statement.definitions.iter().filter(|d| *d != sequence.definition).map(|definition| &definition.body);
    let exprs: Vec<&Expr> = statement.members.iter().chain(bodies).collect();
    let samples = exprs.iter().any(|e| sequence.has_step_of_sample(e));
    if !samples && !exprs.iter().any(|e| sequence.is_value(e)) {
        return Ok(None);
    }
    let mut taken = std::collections::BTreeSet::new();
    for e in &exprs {
        e.visit_names(&mut |name| {
            taken.insert(name.base.clone());
        });
    }
    let free = ["ℓ", "l", "n", "m"].into_iter().find(|base| !taken.contains(*base)).unwrap_or("ℓ");
    let length = Name { base: free.into(), subscript: None };
    let mut made = statement.clone();
    made.definitions.retain(|definition| definition != sequence.definition);
    for e in made.members.iter_mut().chain(made.definitions.iter_mut().map(|definition| &mut definition.body)) {
        *e = sequence.folded(e)?;
        *e = sequence.measured(e, &length);
        if !samples && sequence.has_step(e) {
            return Ok(None);
        }
        if sequence.has_step_of_sample(e) {
            let help = "what is summed over the steps of a sample is the logarithm of its law, or a derivative of that";
            return unsupported(e.span, "a step of a sample of sequences here", help);
        }
    }
    let remark = format!(
        "a sum over the steps of a sample is the logarithm of its density {}",
        full_name(&sequence.definition.name)
    );
    Ok(Some((made, vec![remark])))
}

/// A law of sequences, by that of a step.
struct Sequence<'a> {
    definition: &'a Definition,
    /// The letter of a sample.
    point: &'a Name,
    /// What the law of a step is given, and its time.
    step: &'a Law,
    time: &'a Name,
    low: &'a Expr,
}

impl<'a> Sequence<'a> {
    fn of(definition: &'a Definition) -> Option<Sequence<'a>> {
        let point = definition.parameters.first().filter(|point| point.subscript.is_none())?;
        let Kind::Call { function, arguments, .. } = &definition.body.kind else { return None };
        let [body, Expr { kind: Kind::Name(time), .. }, low, _] = arguments.as_slice() else { return None };
        let Kind::Density { law: step, at } = &body.kind else { return None };
        let here = Name { base: point.base.clone(), subscript: Some(time.base.clone()) };
        let known = step.arguments.iter().any(|e| matches!(&e.kind, Kind::Name(name) if is_before(name, point, None)));
        let is = function.base == "prod" && step.name == definition.name && known;
        (is && matches!(&at.kind, Kind::Name(name) if *name == here)).then_some(Sequence {
            definition,
            point,
            step,
            time,
            low,
        })
    }

    /// Is there a letter of a step of a sample: `o_{i,t}`?
    fn has_step_of_sample(&self, e: &Expr) -> bool {
        let mut found = false;
        let mut see = |name: &Name| {
            found |= name.base == self.point.base && name.subscript.as_deref().is_some_and(|below| below.contains(','));
        };
        e.visit_names(&mut see);
        found
    }

    /// Is there a letter of a step, or of what was drawn before it?
    fn has_step(&self, e: &Expr) -> bool {
        let mut found = false;
        e.visit_names(&mut |name| found |= name.base == self.point.base && name.subscript.is_some());
        found
    }

    /// Is a function taken of the sample as a whole?
    fn is_value(&self, e: &Expr) -> bool {
        match &e.kind {
            Kind::Density { law, .. } => law.values().any(|value| self.is_value(value)),
            Kind::Abs(inner) if matches!(&inner.kind, Kind::Name(name) if name == self.point) => false,
            Kind::Name(name) => name == self.point,
            _ => e.children().into_iter().any(|child| self.is_value(child)),
        }
    }

    /// The length of a sample as a function of it.
    fn measured(&self, e: &Expr, length: &Name) -> Expr {
        let mut e = e.clone();
        if let Kind::Abs(inner) = &e.kind
            && matches!(&inner.kind, Kind::Name(name) if name.base == self.point.base)
        {
            let arguments = vec![(**inner).clone()];
            e.kind = Kind::Call { function: length.clone(), orders: vec![0], arguments };
        }
        e.each_child(&mut |child| *child = self.measured(child, length));
        e
    }

    fn folded(&self, e: &Expr) -> Result<Expr> {
        let e = with_children(e, |child| self.folded(child))?;
        match &e.kind {
            Kind::Call { function, arguments, .. } if function.base == "sum" => {
                let [body, Expr { kind: Kind::Name(time), .. }, low, high] = arguments.as_slice() else { return Ok(e) };
                let folded = if low == self.low { self.without_time(body, time, high) } else { None };
                Ok(folded.unwrap_or(e))
            }
            _ => Ok(e),
        }
    }

    /// The length of a sample, `|o_i|`, or the letter that is that of all.
    fn is_length(&self, e: &Expr, sample: &Name) -> bool {
        let Kind::Call { arguments, .. } = &self.definition.body.kind else { return false };
        let of = |e: &Expr, sample: &Name| match &e.kind {
            Kind::Abs(inner) => matches!(&inner.kind, Kind::Name(name) if name == sample),
            _ => false,
        };
        match arguments.get(3) {
            Some(last) if of(last, self.point) => of(e, sample),
            Some(last) => last == e,
            None => false,
        }
    }

    /// What is summed over all steps, as one of the whole sample: a factor, a derivative of the logarithm of the law of a step.
    fn without_time(&self, e: &Expr, time: &Name, high: &Expr) -> Option<Expr> {
        let span = e.span;
        match &e.kind {
            Kind::Neg(inner) => Some(expr(Kind::Neg(Box::new(self.without_time(inner, time, high)?)), span)),
            Kind::Binary(Binary::Mul, left, right) if !self.moves(left, time) => {
                Some(binary(Binary::Mul, (**left).clone(), self.without_time(right, time, high)?))
            }
            Kind::Binary(Binary::Mul, left, right) if !self.moves(right, time) => {
                Some(binary(Binary::Mul, self.without_time(left, time, high)?, (**right).clone()))
            }
            Kind::Binary(Binary::Div, left, right) if !self.moves(right, time) => {
                Some(binary(Binary::Div, self.without_time(left, time, high)?, (**right).clone()))
            }
            Kind::Binary(operator @ (Binary::Add | Binary::Sub), left, right)
                if self.moves(left, time) && self.moves(right, time) =>
            {
                Some(binary(*operator, self.without_time(left, time, high)?, self.without_time(right, time, high)?))
            }
            Kind::Derivative { variable, order, body } if variable.as_ref() != Some(time) => {
                let body = Box::new(self.without_time(body, time, high)?);
                Some(expr(Kind::Derivative { variable: variable.clone(), order: *order, body }, span))
            }
            Kind::Call { function, orders, arguments } if function.base == "ln" => {
                let [Expr { kind: Kind::Density { law, at }, .. }] = arguments.as_slice() else { return None };
                let (law, at) = self.whole(law, at, time)?;
                if !matches!(&at.kind, Kind::Name(sample) if self.is_length(high, sample)) {
                    return None;
                }
                let density = expr(Kind::Density { law, at: Box::new(at) }, span);
                let kind = Kind::Call { function: function.clone(), orders: orders.clone(), arguments: vec![density] };
                Some(expr(kind, span))
            }
            _ => None,
        }
    }

    fn moves(&self, e: &Expr, time: &Name) -> bool {
        let mut found = false;
        e.visit_names(&mut |name| {
            let below = name.subscript.as_deref().unwrap_or_default();
            found |= name == time || below.split([',', '<', '≤', '+', '-']).any(|piece| piece == time.base);
        });
        found
    }

    /// The law and the sample whose step this is: `π_θ(·|q)` and `o_i` of `π_θ(o_{i,t}|q, o_{i,<t})`.
    fn whole(&self, law: &Law, at: &Expr, time: &Name) -> Option<(Law, Expr)> {
        let Kind::Name(here) = &at.kind else { return None };
        let below = here.subscript.as_deref().filter(|_| here.base == self.point.base)?;
        let which = match below.rsplit_once(',') {
            Some((which, at)) if at == time.base => Some(which),
            None if below == time.base => None,
            _ => return None,
        };
        let plain = |name: &Name| crate::syntax::undecorated(&name.base).to_string();
        if plain(&law.name) != plain(&self.step.name) || law.arguments.len() != self.step.arguments.len() {
            return None;
        }
        let mut arguments = Vec::new();
        for (own, of_step) in law.arguments.iter().zip(&self.step.arguments) {
            let history = |e: &Expr, which: Option<&str>, time: &Name| match &e.kind {
                Kind::Name(name) => is_before(name, self.point, which) && ends_in(name, time),
                _ => false,
            };
            match (history(of_step, None, self.time), history(own, which, time)) {
                (true, true) => {}
                (false, false) if own == of_step => arguments.push(own.clone()),
                _ => return None,
            }
        }
        let subscript = which.map(str::to_string);
        let sample = expr(Kind::Name(Name { base: self.point.base.clone(), subscript }), at.span);
        Some((Law { arguments, ..law.clone() }, sample))
    }
}

/// `o_{<t}`, or `o_{i,<t}` of the sample i.
fn is_before(name: &Name, point: &Name, which: Option<&str>) -> bool {
    let below = name.subscript.as_deref().filter(|_| name.base == point.base);
    below.is_some_and(|below| match which {
        Some(which) => below.strip_prefix(which).is_some_and(|rest| rest.starts_with(",<")),
        None => below.starts_with('<'),
    })
}

fn ends_in(name: &Name, time: &Name) -> bool {
    name.subscript.as_deref().and_then(|below| below.rsplit_once('<')).is_some_and(|(_, at)| at == time.base)
}
