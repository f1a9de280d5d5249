//! Means: over what they bind themselves, over a law alone, and over what `given` draws.

use super::weights::{Source, product};
use super::{Bound, Elaborator, Result, coded, full_name};
use crate::syntax::{Binary, Binder, Code, Expr, Kind, Law, Name, Span};
use crate::term::{Op, Term, Var};

/// `∫ f(x) p(x) dx` over all values, where p is an unspecified law: the mean of f under p, which is what the mean is. None if a
/// summand has no such density.
pub(super) fn of_integral(var: &Var, body: &Term) -> Option<Term> {
    let point = |t: &Term| *t.op() == Op::Density && t.args()[1].as_var() == Some(var);
    let own = |t: &Term| point(t) && matches!(t.args()[0].op(), Op::UnknownLaw(_)) && !t.args()[0].depends_on(var);
    let mean = |summand: &Term| {
        let factors = summand.factors();
        if let Some(index) = factors.iter().position(own) {
            let rest = factors.iter().enumerate().filter(|(other, _)| *other != index);
            let rest = product(rest.map(|(_, factor)| factor.clone()).collect());
            return Some(Term::expect(var, factors[index].args()[0].clone(), rest));
        }
        // The derivative of a density is the density times its quotient by it.
        factors.iter().find_map(|factor| {
            let (Op::Derivative(parameter, _), [inner, at]) = (factor.op(), factor.args()) else { return None };
            let density = crate::term::substitute(inner, parameter, at);
            let summand = product([factors, &[density.clone().recip()]].concat());
            own(&density).then(|| Term::expect(var, density.args()[0].clone(), summand))
        })
    };
    let means = body.summands().iter().map(mean).collect::<Option<Vec<_>>>()?;
    Some(if means.len() == 1 { means.into_iter().next()? } else { Term::add(means) })
}

impl Elaborator<'_> {
    /// A body under variables, each of which may stand in the laws of those behind it.
    pub(super) fn under(
        &mut self,
        binders: &[Binder],
        bodies: &[&Expr],
        body: impl FnOnce(&mut Self) -> Result<Term>,
    ) -> Result<Term> {
        let kept = self.scope.len();
        let definitions = self.definitions;
        let bound = self.bound_by(binders, bodies);
        let body = bound.and_then(|bound| Ok((body(self)?, bound)));
        self.scope.truncate(kept);
        let (body, bound) = body?;
        let span = bodies.first().map_or_else(Span::default, |body| body.span);
        if bound.iter().any(|(_, source, _)| logits_of(source).is_some()) {
            let body = self.spread(body, span)?;
            return Ok(self.mean_of_values(&body, &bound));
        }
        self.entrywise(body, span, |body| {
            bound.iter().rev().fold(body, |body, (var, source, always)| {
                // What `given` draws is bound where it occurs.
                if *always || body.depends_on(var) { source.mean(definitions, var, body) } else { body }
            })
        })
    }

    /// `∫ p(x) g(x) dx` over all vectors x, with the density of a law among the factors: the mean under it.
    pub(super) fn as_mean(&mut self, letter: &Name, body: &Expr) -> Result<Option<Term>> {
        let mut factors = Vec::new();
        factors_of(body, &mut factors);
        for (at, factor) in factors.iter().enumerate() {
            let Some(law) = self.law_at(letter, factor)? else { continue };
            let others = factors.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, factor)| factor.clone());
            let rest = others.reduce(|left, right| {
                let span = Span { start: left.span.start, end: right.span.end };
                Expr { kind: Kind::Binary(Binary::Mul, Box::new(left), Box::new(right)), span }
            });
            let one = Expr { kind: Kind::Number(num_traits::One::one()), span: body.span };
            let binder = Binder { variables: vec![letter.clone()], law };
            self.decided = true;
            let rest = rest.unwrap_or(one);
            return self.under(&[binder], &[&rest], |this| this.expr(&rest)).map(Some);
        }
        Ok(None)
    }

    /// The law whose density at a letter an expression is: written, or by a definition.
    fn law_at(&self, letter: &Name, e: &Expr) -> Result<Option<Law>> {
        let is_letter = |e: &Expr| matches!(&e.kind, Kind::Name(name) if name == letter);
        match &e.kind {
            Kind::Density { law, at }
                if is_letter(at)
                    && law.points.is_empty()
                    && !law.stopped
                    && !law.arguments.iter().any(|argument| argument.has_free(letter)) =>
            {
                let defined =
                    self.definition_of(&law.name, e.span)?.filter(|definition| !definition.parameters.is_empty());
                let Some(definition) = defined else { return Ok(Some(law.clone())) };
                let ([parameter], []) = (definition.parameters.as_slice(), law.arguments.as_slice()) else {
                    return Ok(None);
                };
                Ok(match &definition.body.kind {
                    // What the law is given is free of its own point, and of the letter of the integral.
                    Kind::Density { law, at }
                        if matches!(&at.kind, Kind::Name(name) if name == parameter)
                            && !law.arguments.iter().any(|e| e.has_free(parameter) || e.has_free(letter)) =>
                    {
                        Some(law.clone())
                    }
                    _ => None,
                })
            }
            _ => Ok(None),
        }
    }

    /// The same where a law has the values 1, …, K.
    fn mean_of_values(&mut self, body: &Term, bound: &[(Var, Source, bool)]) -> Term {
        match self.shape(body).first().cloned() {
            None => bound.iter().rev().fold(body.clone(), |body, (var, source, always)| {
                if *always || body.depends_on(var) { self.mean_of_source(var, source, body) } else { body }
            }),
            Some(size) => {
                let index = self.index();
                let entry = self.mean_of_values(&Self::at(body, &Term::var(index.clone())), bound);
                Term::bind(crate::term::Op::Array(index), vec![size, entry])
            }
        }
    }

    /// The mean over a variable of what it is drawn from; of values 1, …, K with a vector of logits it is a sum.
    pub(super) fn mean_of_source(&mut self, var: &Var, source: &Source, body: Term) -> Term {
        match logits_of(source) {
            Some(logits) => self.mean_of_logits(var, &logits.clone(), body),
            None => source.mean(self.definitions, var, body),
        }
    }

    /// `ln p_θ` under a mean with one sample: the density at it.
    pub(super) fn bare_law(&mut self, name: &Name, span: Span) -> Result<Term> {
        let bound: Vec<Var> = self.scope.iter().filter(|bound| !bound.formal).map(|bound| bound.var.clone()).collect();
        let [sample] = bound.as_slice() else {
            let message = format!("`{}` is a law, and stands here for its density without a point", full_name(name));
            return coded(Code::Ambiguous, span, &message, Some(&format!("write {}(x)", full_name(name))));
        };
        let sample = Term::var(sample.clone());
        self.decided = true;
        self.remarks.push(format!("`{}` alone is read as its density at the sample", full_name(name)));
        let arguments = self.facts.given_to(name).map(<[Expr]>::to_vec).unwrap_or_default();
        let law = self.law(&Law::named(name.clone(), arguments, span))?;
        Ok(Term::new(crate::term::Op::Density, vec![law, sample]))
    }

    fn bound_by(&mut self, binders: &[Binder], bodies: &[&Expr]) -> Result<Vec<(Var, Source, bool)>> {
        let mut bound = Vec::new();
        if binders.is_empty() {
            self.decided = true;
            for (name, law) in self.facts.drawn.clone() {
                self.draw(&name, &law, false, &mut bound)?;
            }
        }
        for binder in binders {
            if binder.law.is_of_given() {
                self.decided = true;
                for name in &binder.variables {
                    let drawn = self.facts.drawn.iter().find(|(drawn, _)| drawn == name).cloned();
                    let Some((_, law)) = drawn else {
                        let message = format!("`given` says no law of `{}`", full_name(name));
                        return coded(Code::Meaning, binder.law.span, &message, Some("write E_{x ~ N(0,1)}[…]"));
                    };
                    self.draw(name, &law, true, &mut bound)?;
                }
            } else if binder.variables.is_empty() {
                self.decided = true;
                let name = self.letter_of(&binder.law, bodies)?;
                self.draw(&name, &binder.law, true, &mut bound)?;
            } else {
                // Variables of one law are independent of each other: none is seen by the law.
                let kept = self.scope.len();
                let mut named = Vec::new();
                for name in &binder.variables {
                    let (var, source) = self.drawn(name, &binder.law)?;
                    named.extend(self.scope.drain(kept..));
                    bound.push((var, source, true));
                }
                self.scope.extend(named);
            }
        }
        Ok(bound)
    }

    fn draw(&mut self, name: &Name, law: &Law, always: bool, bound: &mut Vec<(Var, Source, bool)>) -> Result<()> {
        let (var, source) = self.drawn(name, law)?;
        bound.push((var, source, always));
        Ok(())
    }

    /// The letter that `E_p[…]` is over: what a density of p is applied to in the body, or else what `given` draws from p, or
    /// else its only free letter.
    fn letter_of(&self, law: &Law, bodies: &[&Expr]) -> Result<Name> {
        let mut found: Vec<Name> = Vec::new();
        bodies.iter().for_each(|body| self.points(body, law, &mut found, 0));
        // What the model draws from this law, and from no other letter.
        let of_model = self.facts.drawn.iter().filter(|(name, drawn)| {
            let same = law.arguments.is_empty() || drawn.arguments == law.arguments;
            let occurs = || bodies.iter().any(|body| body.has_free(name));
            drawn.name == law.name && same && super::arrays::range(name).is_none() && occurs()
        });
        if let (true, [(name, _)]) = (found.is_empty(), of_model.collect::<Vec<_>>().as_slice()) {
            return Ok(name.clone());
        }
        if found.is_empty() {
            bodies.iter().for_each(|body| self.free_letters(body, &mut found));
        }
        match found.as_slice() {
            // The letter of a function is not what is drawn.
            [name] if matches!(&*name.base, "f" | "g" | "h") => {
                let (law, function) = (full_name(&law.name), full_name(name));
                let message = format!("`{function}` is the letter of a function, and stands here without its argument");
                let help = format!("write E_{{x ~ {law}}}[{function}(x)]");
                coded(Code::Ambiguous, bodies.first().map_or(Span::default(), |body| body.span), &message, Some(&help))
            }
            [name] => Ok(name.clone()),
            _ => {
                let message = format!("it is not clear which letter `{}` draws", full_name(&law.name));
                coded(
                    Code::Ambiguous,
                    law.span,
                    &message,
                    Some(&format!("write E_{{x ~ {}}}[…]", full_name(&law.name))),
                )
            }
        }
    }

    fn points(&self, e: &Expr, law: &Law, found: &mut Vec<Name>, depth: u32) {
        match &e.kind {
            Kind::Density { law: other, at } if other.name == law.name => {
                if let Kind::Name(name) = &at.kind
                    && !found.contains(name)
                {
                    found.push(name.clone());
                }
            }
            Kind::Name(name) if depth < 8 => {
                let defined = self.own.iter().rev().find(|d| d.name == *name && d.parameters.is_empty());
                if let Some(definition) = defined {
                    self.points(&definition.body, law, found, depth + 1);
                }
            }
            _ => {}
        }
        e.children().into_iter().for_each(|child| self.points(child, law, found, depth));
    }

    fn free_letters(&self, e: &Expr, found: &mut Vec<Name>) {
        if let Kind::Name(name) = &e.kind {
            let bound = self.scope.iter().any(|Bound { name: bound, .. }| bound == name);
            let known = self.own.iter().any(|d| d.name == *name) || found.contains(name);
            if !bound && !known {
                found.push(name.clone());
            }
        }
        e.children().into_iter().for_each(|child| self.free_letters(child, found));
    }

    /// The law that a definition says by its density: `π(a|s) = N(a | μ(s), σ²)`.
    pub(super) fn law_of_definition(&mut self, law: &Law, span: Span) -> Result<Option<Term>> {
        let Some((point, density)) = self.defined_density(law, span)? else { return Ok(None) };
        if let Some(law) = law_of_density(&point, &density) {
            return Ok(Some(law));
        }
        let message =
            format!("`{}`, a law that is given by its density, has no meaning in this place yet", full_name(&law.name));
        coded(Code::Unsupported, span, &message, Some("write the mean with its letter: E_{x ~ p}[…]"))
    }

    /// The density that a definition says of a law that has no other name, with its point.
    pub(super) fn density_of_definition(&mut self, law: &Law, span: Span) -> Result<Option<(Var, Term)>> {
        let defined = self.defined_density(law, span)?;
        Ok(defined.filter(|(point, density)| law_of_density(point, density).is_none()))
    }

    fn defined_density(&mut self, law: &Law, span: Span) -> Result<Option<(Var, Term)>> {
        if law.is_of_given() {
            return Ok(None);
        }
        let defined = self.definition_of(&law.name, span)?.filter(|d| !d.parameters.is_empty());
        // `N(x) = …` beside N(0, 1) is another function.
        let count = 1 + law.points.len() + law.arguments.len();
        let known = self.definitions.laws.contains_key(&*law.name.base);
        let Some(definition) = defined.filter(|d| d.parameters.len() == count || !known) else { return Ok(None) };
        let mut points = Vec::new();
        self.bound += 1;
        let point = Var::free(&format!("{POINT}{}", self.bound), crate::term::Domain::Real);
        points.push(Term::var(point.clone()));
        if law.arguments.is_empty() {
            // A law that is named alone is taken at the letters in scope.
            for letter in definition.parameters.iter().skip(1) {
                self.decided = true;
                points.push(Term::var(self.variable(letter)));
            }
        }
        for argument in &law.arguments {
            points.push(self.expr(argument)?);
        }
        let density = self.unfold(&definition, &[], &points, span)?;
        Ok(Some((point, density)))
    }
}

/// What the name of the point of a definition begins with.
pub(super) const POINT: &str = "point·";

/// Is a variable the point of a definition that is read as a law?
pub(super) fn is_point(var: &Var) -> bool {
    var.name().is_some_and(|name| name.starts_with(POINT))
}

fn logits_of(source: &Source) -> Option<&Term> {
    match source {
        Source::Law(law) => super::arrays::logits(law),
        Source::Density(_) => None,
    }
}

/// The factors of a product, as they stand.
fn factors_of(e: &Expr, factors: &mut Vec<Expr>) {
    match &e.kind {
        Kind::Binary(Binary::Mul, left, right) => {
            factors_of(left, factors);
            factors_of(right, factors);
        }
        Kind::Binary(Binary::Div, left, right) => {
            factors_of(left, factors);
            let one = Expr { kind: Kind::Number(num_traits::One::one()), span: right.span };
            factors.push(Expr { kind: Kind::Binary(Binary::Div, Box::new(one), right.clone()), span: e.span });
        }
        _ => factors.push(e.clone()),
    }
}

/// The law whose density at the point this is.
fn law_of_density(point: &Var, density: &Term) -> Option<Term> {
    let is_law = *density.op() == Op::Density
        && density.args()[1].as_var() == Some(point)
        && !density.args()[0].depends_on(point);
    is_law.then(|| density.args()[0].clone())
}
