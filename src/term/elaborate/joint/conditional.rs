//! Means given the values of variables that `given` draws.
//!
//! The variables of `given` in their order are the factors of a law: the mean of e given y is the mean of e times the
//! densities of y at its value, by the mean of these densities. A factor that none of the variables meant depends on stands
//! above and below, and cancels; so a mean given what is drawn before is one over what is drawn behind it, at values that
//! nothing need ever draw, too.

use super::super::facts::Facts;
use super::{Result, binary, expr, holds, letter, number, say, unsupported};
use crate::syntax::{Assumption, Binary, Binder, Definition, Expr, Kind, Law, Name, Relation, Span, Statement};

/// The statement without means that know something.
pub(in crate::term::elaborate) fn resolve(
    statement: &Statement,
    assumed: &[Assumption],
    own: &[Definition],
    facts: &Facts,
) -> Result<Option<Statement>> {
    let knows = |e: &Expr| knows(e);
    let bodies = || statement.members.iter().chain(statement.definitions.iter().map(|definition| &definition.body));
    if !bodies().any(knows) {
        return Ok(None);
    }
    let definitions = [own, &statement.definitions].concat();
    let draws = assumed.iter().chain(&statement.given).filter_map(|assumption| match assumption {
        Assumption::Draw { variables, law, .. } => Some(variables.iter().map(|name| (name.clone(), law.clone()))),
        _ => None,
    });
    let model = Model { draws: draws.flatten().collect(), definitions, facts };
    let mut found = statement.clone();
    let bodies = found.definitions.iter_mut().map(|definition| &mut definition.body);
    for e in found.members.iter_mut().chain(bodies) {
        *e = model.expr(e)?;
    }
    Ok(Some(found))
}

fn knows(e: &Expr) -> bool {
    matches!(e.kind, Kind::Given { .. }) || e.children().into_iter().any(knows)
}

/// What is drawn, in order, and what is defined of it.
struct Model<'a> {
    draws: Vec<(Name, Law)>,
    definitions: Vec<Definition>,
    facts: &'a Facts,
}

impl Model<'_> {
    fn expr(&self, e: &Expr) -> Result<Expr> {
        match &e.kind {
            Kind::Expectation { binders, body } if matches!(body.kind, Kind::Given { .. }) => {
                let Kind::Given { body, given } = &body.kind else { return Ok(e.clone()) };
                let body = self.expr(body)?;
                self.conditional(binders, body, given, e.span)
            }
            Kind::Variance { binders, body } if matches!(body.kind, Kind::Given { .. }) => {
                let Kind::Given { body, given } = &body.kind else { return Ok(e.clone()) };
                let body = self.expr(body)?;
                self.spread(binders, body.clone(), body, given, e.span)
            }
            Kind::Covariance { binders, left, right } if matches!(right.kind, Kind::Given { .. }) => {
                let Kind::Given { body, given } = &right.kind else { return Ok(e.clone()) };
                let (left, right) = (self.expr(left)?, self.expr(body)?);
                self.spread(binders, left, right, given, e.span)
            }
            _ => {
                let mut changed = e.clone();
                let mut failed = None;
                changed.each_child(&mut |child| match self.expr(child) {
                    Ok(new) => *child = new,
                    Err(error) => failed = failed.take().or(Some(error)),
                });
                failed.map_or(Ok(changed), Err)
            }
        }
    }

    fn spread(&self, binders: &[Binder], left: Expr, right: Expr, given: &[Expr], span: Span) -> Result<Expr> {
        let product = binary(Binary::Mul, left.clone(), right.clone());
        let product = self.conditional(binders, product, given, span)?;
        let left = self.conditional(binders, left, given, span)?;
        let right = self.conditional(binders, right, given, span)?;
        Ok(binary(Binary::Sub, product, binary(Binary::Mul, left, right)))
    }

    /// The mean of a body given what is known.
    fn conditional(&self, binders: &[Binder], body: Expr, given: &[Expr], span: Span) -> Result<Expr> {
        let mut draws = self.draws.clone();
        if !binders.is_empty() {
            let named = |binder: &Binder| !binder.law.is_of_given() && !binder.variables.is_empty();
            if !binders.iter().all(named) {
                let help = "write the whole model: E_{x ~ q, y ~ N(x, 1)}[x | y], or E[x | y] given x ~ q, y ~ N(x, 1)";
                return unsupported(span, "a conditional mean over a part of a model has no meaning here yet", help);
            }
            let own = binders.iter().flat_map(|binder| {
                binder.variables.iter().map(|name| (name.clone(), binder.law.clone()))
            });
            draws = own.collect();
        }
        // What is known, by the numbers of its draws, and the values that are said.
        let (mut known, mut values) = (Vec::new(), Vec::new());
        for e in given {
            let (variable, value) = match &e.kind {
                Kind::Indicator(Relation::Equal, variable, value) => (&**variable, Some((**value).clone())),
                _ => (e, None),
            };
            let Kind::Name(name) = &variable.kind else {
                let message = "what is known of a conditional mean is the value of a variable";
                return unsupported(variable.span, message, "as in E[x | y] given x ~ q, y ~ N(x, 1)");
            };
            let Some(index) = draws.iter().position(|(drawn, _)| drawn == name) else {
                let message = format!("`{}` is known here, and nothing draws it", say(name));
                return unsupported(variable.span, &message, "say the law of each variable: E[x | y] given x ~ q, y ~ N(x, 1)");
            };
            if self.facts.indices.iter().any(|index| name.subscript.as_deref() == Some(index)) {
                let message = "a conditional mean given one of a family has no meaning here yet";
                return unsupported(variable.span, message, "give it a letter of its own");
            }
            known.push(index);
            if let Some(value) = value {
                values.push((name.clone(), value));
            }
        }
        let mean = self.mean(&draws, &known, body, span)?;
        // The value is set in the whole mean, so that the definitions that speak of the variable see it as well.
        values.into_iter().try_fold(mean, |mean, (name, value)| {
            if draws.iter().any(|(drawn, _)| holds(&value, drawn, &self.definitions) && *drawn != name) {
                let message = "the value that a variable is known to have is not free of the others";
                return unsupported(value.span, message, "take a letter that nothing draws");
            }
            let function = Name { base: "at".into(), subscript: None };
            let arguments = vec![mean, letter(&name, span), value];
            Ok(expr(Kind::Call { function, orders: vec![0; 3], arguments }, span))
        })
    }

    fn mean(&self, draws: &[(Name, Law)], known: &[usize], body: Expr, span: Span) -> Result<Expr> {
        let speaks = |e: &Expr, index: usize| holds(e, &draws[index].0, &self.definitions);
        let of_law = |law: usize, index: usize| self.law_holds(&draws[law].1, &draws[index].0);
        let hidden = |index: &usize| !known.contains(index);
        let mut meant: Vec<usize> = (0..draws.len()).filter(hidden).filter(|index| speaks(&body, *index)).collect();
        let mut weights: Vec<usize> = Vec::new();
        // What is known may tell of a variable through others, drawn in between.
        let mut between: Vec<usize> = Vec::new();
        while let Some(index) = (0..draws.len()).filter(hidden).find(|index| {
            !between.contains(index) && known.iter().chain(&between).any(|law| of_law(*law, *index))
        }) {
            between.push(index);
        }
        // What the body speaks of, what is known of that, and what these depend on in turn.
        loop {
            let more = |index: &usize| {
                let parent = meant.iter().chain(&weights).any(|law| of_law(*law, *index));
                let child = between.contains(index) && meant.iter().any(|variable| of_law(*index, *variable));
                (parent || child) && hidden(index) && !meant.contains(index)
            };
            if let Some(index) = (0..draws.len()).find(more) {
                meant.push(index);
                continue;
            }
            let weight = |index: &&usize| {
                !weights.contains(*index) && meant.iter().any(|variable| of_law(**index, *variable))
            };
            match known.iter().find(weight) {
                Some(index) => weights.push(*index),
                None => break,
            }
        }
        let build = |body: Option<Expr>| {
            let mut e = body;
            for index in (0..draws.len()).rev() {
                let (name, law) = &draws[index];
                if weights.contains(&index) {
                    let mut law = law.clone();
                    law.span = span;
                    let density = expr(Kind::Density { law, at: Box::new(letter(name, span)) }, span);
                    e = Some(match e {
                        Some(e) => binary(Binary::Mul, density, e),
                        None => density,
                    });
                } else if meant.contains(&index) {
                    let body = Box::new(e.unwrap_or_else(|| number(1, span)));
                    let binders = vec![Binder { variables: vec![name.clone()], law: law.clone() }];
                    e = Some(expr(Kind::Expectation { binders, body }, span));
                }
            }
            e.unwrap_or_else(|| number(1, span))
        };
        let above = build(Some(body));
        Ok(if weights.is_empty() { above } else { binary(Binary::Div, above, build(None)) })
    }

    fn law_holds(&self, law: &Law, name: &Name) -> bool {
        let defined = self.definitions.iter().filter(|definition| definition.name.base == law.name.base);
        law.values().any(|value| holds(value, name, &self.definitions))
            || law.name.subscript.as_deref().is_some_and(|below| below.split(',').any(|piece| piece == say(name)))
            || defined.into_iter().any(|definition| {
                !definition.parameters.contains(name) && holds(&definition.body, name, &self.definitions)
            })
    }
}
