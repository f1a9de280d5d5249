//! Unknown functions of a whole trajectory, `R(τ)` and `r(x, y)`: the trajectory is one variable then.
//!
//! What its steps say of its law is said of the law of the whole: `Σ_{t=0}^T ∇_θ ln π_θ(a_t|s_t)` over all steps is the score
//! of it, and `Π_{t=0}^T π_θ(a_t|s_t)/π'(a_t|s_t)` is a quotient of two. So what holds for every law of one variable holds here.

use super::super::joint::{self, with_children};
use super::Result;
use super::implied::{is_one_model, sequence_of, whole_sequence};
use super::index::Index;
use super::model::same_letter;
use super::{binary, letter, unsupported};
use crate::syntax::{
    Assumption, Binary, Definition, Expr, Kind, Law, Name, Span, Statement, Style, print_law, print_name,
};
use std::cell::Cell;

/// The statement about one variable, and what is to be said of it; none where no unknown function takes the whole, or where
/// letters of single steps remain.
pub(in super::super) fn resolve(
    statement: &Statement,
    assumed: &[Assumption],
    own: &[Definition],
) -> Result<Option<(Statement, Vec<String>)>> {
    let given: Vec<&Assumption> = assumed.iter().chain(&statement.given).collect();
    let Some(whole) = Whole::of(&given) else { return Ok(None) };
    let known = |name: &Name| own.iter().chain(&statement.definitions).any(|definition| definition.name == *name);
    let bodies = statement.definitions.iter().map(|definition| &definition.body);
    if !statement.members.iter().chain(bodies).any(|e| takes(e, &whole.point, &known)) {
        return Ok(None);
    }
    let bodies = statement.members.iter().chain(statement.definitions.iter().map(|definition| &definition.body));
    if !is_one_model(bodies, &whole.point, std::slice::from_ref(&whole.policy.name)) {
        return Ok(None);
    }
    // What is defined elsewhere stays as it is, so it may not speak of steps, nor of the whole.
    let speaks = |definition: &Definition| {
        let mut found = false;
        definition.body.visit_names(&mut |name| found |= *name == whole.point || whole.letters.contains(&name.base));
        found
    };
    if own.iter().any(speaks) {
        return Ok(None);
    }
    let mut made = statement.clone();
    let left = Cell::new(false);
    let rewritten = |e: &Expr| -> Result<Expr> {
        let e = whole.expr(e)?;
        e.visit_names(&mut |name| left.set(left.get() || whole.letters.contains(&name.base) && name != &whole.point));
        left.set(left.get() || whole.is_of_step(&e));
        Ok(e)
    };
    for e in made.members.iter_mut().chain(made.definitions.iter_mut().map(|definition| &mut definition.body)) {
        *e = rewritten(e)?;
    }
    if left.get() {
        return Ok(None);
    }
    let of_steps = |assumption: &Assumption| match assumption {
        Assumption::Draw { variables, .. } => variables.iter().any(|name| whole.letters.contains(&name.base)),
        Assumption::Tuple { .. } => true,
        _ => whole_sequence(assumption).is_some(),
    };
    made.given.retain(|assumption| !of_steps(assumption));
    let span = whole.law.span;
    made.given.push(Assumption::Draw { variables: vec![whole.point.clone()], law: whole.law.clone(), span });
    let [point, law] = [print_name(&whole.point, Style::Unicode), print_law(&whole.law, Style::Unicode)];
    Ok(Some((made, vec![format!("`{point}` is one variable of the law {law}, the product of its steps")])))
}

/// Does a function that is not defined take the whole?
fn takes(e: &Expr, point: &Name, known: &impl Fn(&Name) -> bool) -> bool {
    let here = match &e.kind {
        Kind::Call { function, arguments, .. } => {
            arguments.iter().any(|e| matches!(&e.kind, Kind::Name(name) if name == point)) && !known(function)
        }
        _ => false,
    };
    here || e.children().into_iter().any(|child| takes(child, point, known))
}

/// A trajectory of which one law of a step is told from others: the policy.
struct Whole {
    /// τ, or y.
    point: Name,
    /// The letters of its steps.
    letters: Vec<String>,
    /// Its law, named like that of a step.
    law: Law,
    /// The letter that the policy draws at a step, its law there, the letter of the time, and all times.
    drawn: Name,
    policy: Law,
    time: String,
    range: (Index, Index),
    /// Is the policy all of the law, so that what is free of its parameter counts as well?
    all: bool,
}

impl Whole {
    fn of(given: &[&Assumption]) -> Option<Whole> {
        let draws = given.iter().filter_map(|assumption| match assumption {
            Assumption::Draw { variables, law, .. } => Some((variables.as_slice(), law)),
            _ => None,
        });
        if let Some((point, range, drawn, policy)) = sequence_of(given) {
            let time = drawn.subscript.clone()?;
            let arguments = policy.arguments.iter().filter(|e| !is_history(e, &point)).cloned().collect();
            let law = Law::named(policy.name.clone(), arguments, policy.span);
            let letters = drawn_at_steps(given);
            return Some(Whole { point, letters, law, drawn, policy, time, range, all: true });
        }
        let (point, parts) = given.iter().find_map(|assumption| match assumption {
            Assumption::Tuple { name, parts, .. } => Some((name, parts)),
            _ => None,
        })?;
        let letters = drawn_at_steps(given);
        let of_part = |name: &Name| letters.contains(&name.base);
        let of_parts = draws.filter(|(variables, _)| variables.iter().any(of_part));
        let (with_parameter, others): (Vec<_>, Vec<_>) =
            of_parts.partition(|(_, law)| law.name.subscript.is_some() || law.name.base.contains('\''));
        let [([drawn], policy)] = with_parameter.as_slice() else { return None };
        // The score of the whole is that of the policy if nothing else knows of a parameter.
        let mut free = true;
        let values = others.iter().flat_map(|(_, law)| law.values()).chain(policy.values());
        values.for_each(|e| e.visit_names(&mut |name| free &= of_part(name)));
        free.then_some(())?;
        let part = parts.iter().find(|part| part.base == drawn.base)?;
        let (low, high) = part.subscript.as_deref()?.split_once(':')?;
        let range = (Index::parse(low)?, Index::parse(high)?);
        let index = Index::parse(drawn.subscript.as_deref()?)?;
        let (time, 0) = index.shifted()? else { return None };
        let law = Law::named(policy.name.clone(), Vec::new(), policy.span);
        let (drawn, policy, time) = (drawn.clone(), (*policy).clone(), time.to_string());
        Some(Whole { point: point.clone(), letters, law, drawn, policy, time, range, all: false })
    }

    /// Does an expression speak of the policy at a state of its own, or compare laws that may be of the whole or not?
    fn is_of_step(&self, e: &Expr) -> bool {
        let own = |law: &Law| same_letter(&law.name, &self.policy.name);
        let given = |law: &Law| own(law) && law.arguments.len() != self.law.arguments.len();
        let here = match &e.kind {
            Kind::Density { law, .. } => given(law),
            Kind::Entropy(law) => !own(law) || given(law),
            Kind::Divergence(one, other) => [one, other].into_iter().any(|law| !own(law) || given(law)),
            Kind::Expectation { binders, .. } | Kind::Variance { binders, .. } | Kind::Covariance { binders, .. } => {
                binders.iter().any(|binder| given(&binder.law))
            }
            _ => false,
        };
        here || e.children().into_iter().any(|child| self.is_of_step(child))
    }

    fn expr(&self, e: &Expr) -> Result<Expr> {
        let span = e.span;
        if let Kind::Derivative { variable, order, body } = &e.kind
            && let Some(log) = self.summed(body, &|e| self.logarithm(e))
        {
            return Ok(Expr {
                kind: Kind::Derivative { variable: variable.clone(), order: *order, body: Box::new(log) },
                span,
            });
        }
        if let Some(sum) = self.summed(e, &|e| self.score(e)) {
            return Ok(sum);
        }
        if let Some(ratio) = self.multiplied(e) {
            return Ok(ratio);
        }
        match &e.kind {
            Kind::Density { law, at } if matches!(&at.kind, Kind::Name(name) if *name == self.point) => {
                Ok(self.density(&self.other(law), span))
            }
            // The length of a sequence is no value of it.
            Kind::Abs(inner) if matches!(&inner.kind, Kind::Name(name) if *name == self.point) => {
                if self.all && self.range.0.as_number() == Some(1) {
                    return Ok(self.range.1.expr(span));
                }
                unsupported(span, "the length of a trajectory", "write it as a letter: T + 1")
            }
            _ => {
                let mut e = with_children(e, |child| self.expr(child))?;
                if let Kind::Expectation { binders, .. }
                | Kind::Variance { binders, .. }
                | Kind::Covariance { binders, .. } = &mut e.kind
                {
                    for binder in binders.iter_mut().filter(|binder| binder.variables.contains(&self.point)) {
                        binder.law = self.other(&binder.law);
                    }
                }
                Ok(e)
            }
        }
    }

    /// The law of the whole that is meant: p_φ is that with π_φ. What it is given stays.
    fn other(&self, law: &Law) -> Law {
        if law.is_of_given() {
            return self.law.clone();
        }
        let name = match same_letter(&law.name, &self.policy.name) {
            true => law.name.clone(),
            false if law.name.subscript.is_some() => {
                Name { subscript: law.name.subscript.clone(), ..self.law.name.clone() }
            }
            false => self.law.name.clone(),
        };
        Law { name, ..law.clone() }
    }

    fn density(&self, law: &Law, span: Span) -> Expr {
        Expr { kind: Kind::Density { law: law.clone(), at: Box::new(letter(&self.point, span)) }, span }
    }

    /// `ln π_θ(a_t|s_t)` as that of the whole, without what is free of its parameter.
    fn logarithm(&self, (e, time): (&Expr, &str)) -> Option<Expr> {
        let Kind::Call { function, arguments, .. } = &e.kind else { return None };
        let [inner] = arguments.as_slice() else { return None };
        (function.base == "ln" && function.subscript.is_none()).then_some(())?;
        let of = self.step(inner, time).or_else(|| self.quotient((inner, time)))?;
        Some(Expr {
            kind: Kind::Call { function: function.clone(), orders: vec![0], arguments: vec![of] },
            span: e.span,
        })
    }

    /// `∇_θ ln π_θ(a_t|s_t)`, a logarithm of a quotient, and where the policy is all of the law its logarithm itself.
    fn score(&self, (e, time): (&Expr, &str)) -> Option<Expr> {
        match &e.kind {
            Kind::Derivative { variable, order, body } => {
                let body = Box::new(self.logarithm((body, time))?);
                Some(Expr { kind: Kind::Derivative { variable: variable.clone(), order: *order, body }, span: e.span })
            }
            Kind::Binary(Binary::Sub, above, below) => {
                Some(binary(Binary::Sub, self.logarithm((above, time))?, self.logarithm((below, time))?))
            }
            _ => {
                let log = self.logarithm((e, time))?;
                let Kind::Call { arguments, .. } = &log.kind else { return None };
                let quotient = matches!(&arguments[0].kind, Kind::Binary(Binary::Div, ..));
                (self.all || quotient).then_some(log)
            }
        }
    }

    fn quotient(&self, (e, time): (&Expr, &str)) -> Option<Expr> {
        let Kind::Binary(Binary::Div, above, below) = &e.kind else { return None };
        Some(binary(Binary::Div, self.step(above, time)?, self.step(below, time)?))
    }

    /// The density of the policy, or of another one, at the step of this time, as that of the whole.
    fn step(&self, e: &Expr, time: &str) -> Option<Expr> {
        let Kind::Density { law, .. } = &e.kind else { return None };
        same_letter(&law.name, &self.policy.name).then_some(())?;
        let own = Law { name: law.name.clone(), ..self.policy.clone() };
        let mut expected =
            Expr { kind: Kind::Density { law: own, at: Box::new(letter(&self.drawn, e.span)) }, span: e.span };
        super::model::rename(&mut expected, &mut |name| {
            if self.letters.contains(&name.base) {
                name.subscript = name.subscript.as_deref().map(|below| at_time(below, &self.time, time));
            }
        });
        let plain = |e: &Expr| crate::syntax::print(e, Style::Unicode);
        (plain(&expected) == plain(e))
            .then(|| self.density(&Law { name: law.name.clone(), ..self.law.clone() }, e.span))
    }

    /// A sum over all steps of one factor that `of` takes, and of others that are the same at each.
    fn summed(&self, e: &Expr, of: &impl Fn((&Expr, &str)) -> Option<Expr>) -> Option<Expr> {
        let (body, time) = self.over_all(e, "sum")?;
        let mut factors = Vec::new();
        let mut divided = Vec::new();
        joint::factors(body, &mut factors, &mut divided);
        let moves = |e: &Expr| {
            let mut found = e.has_free(&Name { base: time.to_string(), subscript: None });
            super::model::rename(&mut e.clone(), &mut |name| {
                let below = name.subscript.as_deref();
                found |= below.is_some_and(|below| below == time || below.trim_start_matches(['<', '≤']) == time)
                    || self.letters.contains(&name.base) && name.subscript.is_some();
            });
            found
        };
        let (moving, fixed): (Vec<&Expr>, Vec<&Expr>) = factors.into_iter().partition(|factor| moves(factor));
        let [moving] = moving.as_slice() else { return None };
        if divided.iter().any(|divisor| moves(divisor)) {
            return None;
        }
        let sum = of((moving, time))?;
        let product = fixed.into_iter().fold(sum, |product, factor| binary(Binary::Mul, product, factor.clone()));
        Some(divided.into_iter().fold(product, |product, divisor| binary(Binary::Div, product, divisor.clone())))
    }

    /// A product over all steps.
    fn multiplied(&self, e: &Expr) -> Option<Expr> {
        let (body, time) = self.over_all(e, "prod")?;
        self.quotient((body, time)).or_else(|| self.step(body, time).filter(|_| self.all))
    }

    /// The body of a sum or a product over all steps, and the letter of its time.
    fn over_all<'e>(&self, e: &'e Expr, kind: &str) -> Option<(&'e Expr, &'e str)> {
        let Kind::Call { function, arguments, .. } = &e.kind else { return None };
        let [body, Expr { kind: Kind::Name(time), .. }, low, high] = arguments.as_slice() else { return None };
        let (low, high) = (Index::of(low)?, Index::of(high)?);
        let all = function.base == kind && low == self.range.0 && high == self.range.1;
        (all && time.subscript.is_none()).then_some((body, time.base.as_str()))
    }
}

/// `y_{<t}`.
fn is_history(e: &Expr, point: &Name) -> bool {
    matches!(&e.kind, Kind::Name(name) if name.base == point.base && name.subscript.as_deref().is_some_and(|below| below.starts_with(['<', '≤'])))
}

/// The letters that are drawn at steps, those that are no part of the whole as well.
fn drawn_at_steps(given: &[&Assumption]) -> Vec<String> {
    let variables = given.iter().flat_map(|assumption| match assumption {
        Assumption::Draw { variables, .. } => variables.as_slice(),
        _ => &[],
    });
    variables.filter(|name| name.subscript.is_some()).map(|name| name.base.clone()).collect()
}

/// What stands below a letter of a step, at another time: `t + 1`, `<t`.
fn at_time(below: &str, from: &str, to: &str) -> String {
    match below.strip_prefix(['<', '≤']) {
        Some(time) => format!("{}{}", &below[..below.len() - time.len()], at_time(time, from, to)),
        None => {
            Index::parse(below).map_or_else(|| below.to_string(), |index| index.set(from, &Index::letter(to)).text())
        }
    }
}
