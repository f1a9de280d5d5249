//! A statement without laws of several variables.

use super::super::facts::Facts;
use super::factors::Factors;
use super::lists::{Joint, is_density};
use super::{Result, ambiguous, binary, expr, is_law, letter, logarithm, name_of, number, say, unsupported};
use crate::syntax::{Assumption, Binary, Binder, Definition, Expr, Kind, Law, Name, Span, Statement};
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct Rewriter<'a> {
    pub joints: &'a [Joint],
    pub facts: &'a Facts,
    pub declared: BTreeSet<Name>,
    pub definitions: Vec<Definition>,
}

/// A law at its parameters, and which of its variables are drawn and which are given.
struct Seen<'e> {
    factors: Factors,
    drawn: BTreeMap<usize, &'e Expr>,
    given: BTreeMap<usize, &'e Expr>,
}

impl Rewriter<'_> {
    pub fn statement(&self, statement: &Statement) -> Result<Statement> {
        let mut found = statement.clone();
        for member in &mut found.members {
            *member = self.expr(member)?;
        }
        let mut definitions = Vec::new();
        for definition in &statement.definitions {
            let mut renamed = None;
            for joint in self.joints {
                renamed = renamed.or(joint.abbreviated(definition)).or(joint.renamed(definition, self.facts)?);
            }
            let mut definition = renamed.unwrap_or_else(|| definition.clone());
            definition.body = self.expr(&definition.body)?;
            definitions.push(definition);
        }
        found.definitions = definitions;
        found.given = Vec::new();
        for assumption in &statement.given {
            match assumption {
                Assumption::Compare(relation, left, right) => {
                    let (left, right) = (self.expr(left)?, self.expr(right)?);
                    found.given.push(Assumption::Compare(*relation, left, right));
                }
                Assumption::Draw { variables, law, span } if self.joint(&law.name).is_some() && is_law(law) => {
                    for name in variables {
                        let law = self.drawn_law(name, law, *span)?;
                        found.given.push(Assumption::Draw { variables: vec![name.clone()], law, span: *span });
                    }
                }
                // What is said of the law is said of each of its factors.
                Assumption::Class { function, class, span } if self.joint(function).is_some() => {
                    let names = self.joint(function).map_or_else(Vec::new, |(joint, _)| joint.factor_names());
                    found.given.extend(names.into_iter().map(|function| Assumption::Class {
                        function,
                        class: class.clone(),
                        span: *span,
                    }));
                }
                other => found.given.push(other.clone()),
            }
        }
        Ok(found)
    }

    /// The factor that a letter is drawn from.
    fn drawn_law(&self, name: &Name, law: &Law, span: Span) -> Result<Law> {
        let wrong = || {
            let message = format!("`{}` is drawn here from what is no factor of its law", say(name));
            unsupported(span, &message, "draw the variables in order: given z ~ p, x ~ p(·|z)")
        };
        let at = letter(name, span);
        let Some(seen) = self.seen(&law.name, &[&at], &law.arguments.iter().collect::<Vec<_>>(), span)? else {
            return wrong();
        };
        let drawn = seen.drawn.keys().map(|index| (*index, name.clone())).collect();
        let mean = seen.factors.expectation(&drawn, &owned(&seen.given), number(0, span), &self.definitions, span);
        match mean.kind {
            Kind::Expectation { mut binders, body } if matches!(body.kind, Kind::Number(_)) => {
                binders.pop().map_or_else(wrong, |binder| Ok(binder.law))
            }
            _ => wrong(),
        }
    }

    fn joint(&self, name: &Name) -> Option<(&Joint, Vec<String>)> {
        self.joints.iter().find_map(|joint| Some((joint, joint.is(name, self.facts)?)))
    }

    /// What a list of a law of several variables says; none for other laws.
    fn seen<'e>(&self, name: &Name, drawn: &[&'e Expr], given: &[&'e Expr], span: Span) -> Result<Option<Seen<'e>>> {
        let Some((joint, parameters)) = self.joint(name) else { return Ok(None) };
        let (drawn, given, context) = joint.places(drawn, given, span, self.facts)?;
        let factors = joint.factors(&parameters, &context, span);
        Ok(Some(Seen { factors, drawn: joint.placed(drawn), given: joint.placed(given) }))
    }

    fn expr(&self, e: &Expr) -> Result<Expr> {
        match &e.kind {
            Kind::Name(name) if self.joint(name).is_some() && self.facts.is_named_law(name) => {
                let message = format!("`{}` is a law of several variables, and stands here without them", say(name));
                ambiguous(e.span, &message, "write its letters: p(x, z)")
            }
            Kind::Density { law, at } if is_law(law) => {
                let at = self.expr(at)?;
                let law = self.inside(law)?;
                let drawn: Vec<&Expr> = [&at].into_iter().chain(&law.points).collect();
                self.density(&law, &drawn, e.span)
            }
            Kind::Call { function, orders, arguments }
                if is_density(function, arguments, self.facts, &self.declared) && self.joint(function).is_some() =>
            {
                if orders.iter().any(|order| *order > 0) {
                    let message = "the derivative of a law of several variables by a place has no meaning here yet";
                    return unsupported(e.span, message, "differentiate by its letter: D_x[p(x, z)]");
                }
                let arguments = arguments.iter().map(|argument| self.expr(argument)).collect::<Result<Vec<_>>>()?;
                self.density(
                    &Law::named(function.clone(), vec![], e.span),
                    &arguments.iter().collect::<Vec<_>>(),
                    e.span,
                )
            }
            Kind::Expectation { binders, body } => {
                let body = self.expr(body)?;
                self.mean(binders, body, e.span)
            }
            Kind::Variance { binders, body } => {
                let body = self.expr(body)?;
                self.spread(binders, &body, &body, e)
            }
            Kind::Covariance { binders, left, right } => {
                let (left, right) = (self.expr(left)?, self.expr(right)?);
                self.spread(binders, &left, &right, e)
            }
            Kind::Divergence(p, q) if [p, q].iter().any(|law| self.joint(&law.name).is_some() && is_law(law)) => {
                self.divergence(p, Some(q), e.span)
            }
            Kind::Entropy(p) if self.joint(&p.name).is_some() && is_law(p) => {
                let mean = self.divergence(p, None, e.span)?;
                Ok(expr(Kind::Neg(Box::new(mean)), e.span))
            }
            _ => super::with_children(e, |child| self.expr(child)),
        }
    }

    /// A law with what stands in it rewritten.
    fn inside(&self, law: &Law) -> Result<Law> {
        let mut law = law.clone();
        for value in law.values_mut() {
            *value = self.expr(value)?;
        }
        Ok(law)
    }

    fn density(&self, law: &Law, drawn: &[&Expr], span: Span) -> Result<Expr> {
        let given: Vec<&Expr> = law.arguments.iter().collect();
        if let Some((joint, parameters)) = self.joint(&law.name)
            && let Some(value) = joint.abbreviation(drawn, &given, &parameters, span, self.facts)?
        {
            return Ok(if law.stopped { expr(Kind::StopGrad(Box::new(value)), span) } else { value });
        }
        let Some(seen) = self.seen(&law.name, drawn, &given, span)? else {
            let count = drawn.len() + given.len();
            let defined = self.definitions.iter().any(|d| d.name == law.name && d.parameters.len() == count);
            if drawn.len() > 1 && !defined {
                let message = format!("`{}`, a law of several values, has no meaning here yet", say(&law.name));
                return unsupported(span, &message, "declare a function: … given f : measurable");
            }
            let points = drawn[1..].iter().map(|point| (*point).clone()).collect();
            let law = Law { points, ..law.clone() };
            return Ok(expr(Kind::Density { law, at: Box::new(drawn[0].clone()) }, span));
        };
        let density = seen.factors.density(&owned(&seen.drawn), &owned(&seen.given), &self.definitions, span);
        Ok(if law.stopped { expr(Kind::StopGrad(Box::new(density)), span) } else { density })
    }

    fn mean(&self, binders: &[Binder], body: Expr, span: Span) -> Result<Expr> {
        if binders.iter().all(|binder| !is_law(&binder.law) || self.joint(&binder.law.name).is_none()) {
            let binders = binders
                .iter()
                .map(|binder| Ok(Binder { variables: binder.variables.clone(), law: self.inside(&binder.law)? }));
            let binders = binders.collect::<Result<Vec<_>>>()?;
            return Ok(expr(Kind::Expectation { binders, body: Box::new(body) }, span));
        }
        let mut body = body;
        for binder in binders.iter().rev() {
            body = self.bound(binder, body, span)?;
        }
        Ok(body)
    }

    /// A body under one binder.
    fn bound(&self, binder: &Binder, body: Expr, span: Span) -> Result<Expr> {
        let law = self.inside(&binder.law)?;
        let Some((joint, _)) = self.joint(&law.name).filter(|_| is_law(&law)) else {
            let law = Law { points: vec![], ..law };
            let binders = vec![Binder { variables: binder.variables.clone(), law }];
            return Ok(expr(Kind::Expectation { binders, body: Box::new(body) }, span));
        };
        if law.stopped {
            let message = "a law of several variables that is held fixed has no meaning here yet";
            return unsupported(law.span, message, "hold its factors fixed: E_{z ~ stopgrad(q_θ)}[…]");
        }
        if binder.variables.is_empty() {
            let message =
                format!("`{}` is a law of several variables, and it is not clear which are drawn", say(&law.name));
            return ambiguous(law.span, &message, "write its letters: E_{p(x, z)}[…]");
        }
        let letters: Vec<Expr> = binder.variables.iter().map(|name| letter(name, law.span)).collect();
        let drawn: Vec<&Expr> =
            if law.points.len() > 1 { law.points.iter().collect() } else { letters.iter().collect() };
        if drawn.len() != letters.len() || drawn.len() > 1 && law.points.len() < 2 {
            let message =
                format!("`{}` is a law of several variables, and it is not clear which are drawn", joint.base());
            return ambiguous(law.span, &message, "write its letters: E_{p(x, z)}[…]");
        }
        let given: Vec<&Expr> = law.arguments.iter().collect();
        if binder.variables.iter().any(|name| given.iter().any(|value| value.has_free(name))) {
            let message = "what is drawn stands behind the bar of its own law";
            return ambiguous(law.span, message, "take another letter for what is drawn");
        }
        let Some(seen) = self.seen(&law.name, &drawn, &given, law.span)? else { return Ok(body) };
        let mut names = BTreeMap::new();
        for (index, point) in &seen.drawn {
            if let Some(name) = name_of(point) {
                names.insert(*index, name.clone());
            }
        }
        let family =
            binder.variables.iter().any(|name| name.subscript.as_deref().is_some_and(|below| below.contains(':')));
        let mean = seen.factors.expectation(&names, &owned(&seen.given), body, &self.definitions, span);
        if family
            && !matches!(&mean.kind, Kind::Expectation { body, .. } if !matches!(body.kind, Kind::Expectation { .. }))
        {
            let message =
                format!("samples of `{}` from what is no factor of it have no meaning here yet", joint.base());
            return unsupported(joint.span(), &message, "draw them from a law with a letter of its own");
        }
        Ok(mean)
    }

    /// Variances and covariances, as the means that they are where the law is one of several variables.
    fn spread(&self, binders: &[Binder], left: &Expr, right: &Expr, e: &Expr) -> Result<Expr> {
        if binders.iter().all(|binder| !is_law(&binder.law) || self.joint(&binder.law.name).is_none()) {
            let mut changed = e.clone();
            match &mut changed.kind {
                Kind::Variance { body, .. } => **body = left.clone(),
                Kind::Covariance { left: first, right: second, .. } => {
                    (**first, **second) = (left.clone(), right.clone());
                }
                _ => {}
            }
            return Ok(changed);
        }
        let product = self.mean(binders, binary(Binary::Mul, left.clone(), right.clone()), e.span)?;
        let (left, right) = (self.mean(binders, left.clone(), e.span)?, self.mean(binders, right.clone(), e.span)?);
        Ok(binary(Binary::Sub, product, binary(Binary::Mul, left, right)))
    }

    /// `KL(p ‖ q)`, or the mean of ln p, over the letters of the list that one of the laws is written with.
    fn divergence(&self, p: &Law, q: Option<&Law>, span: Span) -> Result<Expr> {
        let (p, q) = (self.inside(p)?, q.map(|q| self.inside(q)).transpose()?);
        let laws = || [Some(&p), q.as_ref()].into_iter().flatten();
        let mut names: Vec<Name> = Vec::new();
        if let Some(written) = laws().find(|law| !law.points.is_empty()) {
            for point in &written.points {
                let Some(name) = name_of(point) else {
                    return ambiguous(
                        written.span,
                        "a divergence is between laws of letters",
                        "write KL(q(z|x) ‖ p(z|x))",
                    );
                };
                names.push(name.clone());
            }
            if let Some(other) = laws().find(|law| !law.points.is_empty() && law.points != written.points) {
                let message = "the two laws of this divergence are written for different letters";
                return ambiguous(other.span, message, "write the same letters before both bars: KL(q(z|x) ‖ p(z))");
            }
        } else if let Some(law) = laws().find(|law| self.joint(&law.name).is_some() && is_law(law))
            && let Some((joint, _)) = self.joint(&law.name)
        {
            let given: Vec<&Expr> = law.arguments.iter().collect();
            let (_, given, _) = joint.places(&[], &given, law.span, self.facts)?;
            names = joint.drawn_given(&given, law)?;
        }
        let points: Vec<Expr> = names.iter().map(|name| letter(name, span)).collect();
        if laws().any(|law| law.arguments.iter().any(|given| names.iter().any(|name| given.has_free(name)))) {
            return ambiguous(
                span,
                "a letter stands before and behind a bar of this divergence",
                "take another letter",
            );
        }
        let at: Vec<&Expr> = points.iter().collect();
        let logarithm_of = |law: &Law| self.density(law, &at, span).map(logarithm);
        let mut body = logarithm_of(&p)?;
        if let Some(q) = &q {
            body = binary(Binary::Sub, body, logarithm_of(q)?);
        }
        let law = Law { points: points.clone(), ..p };
        self.bound(&Binder { variables: names, law }, body, span)
    }
}

fn owned(values: &BTreeMap<usize, &Expr>) -> BTreeMap<usize, Expr> {
    values.iter().map(|(index, value)| (*index, (*value).clone())).collect()
}
