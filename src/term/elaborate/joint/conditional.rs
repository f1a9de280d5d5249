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
    let mut model = Model { draws: draws.flatten().collect(), definitions, facts, images: vec![], marginal: None };
    model.find_images(statement)?;
    model.one_law_each(statement)?;
    model.marginal = model.marginal_of(statement);
    let mut found = statement.clone();
    found.definitions.retain(|definition| !model.images.iter().any(|image| image.name == definition.name));
    found.given.extend(model.shapes(statement));
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
    /// What is known and defined of what is drawn: y of `y = x + s ε`. It stands for its value, and where something is drawn
    /// for what the definition says.
    images: Vec<Image>,
    /// The law that is written for the density of what is known, and of nothing else: p of `p(y)`.
    marginal: Option<(Name, Name)>,
}

/// A variable that is an affine function of a sample.
struct Image {
    name: Name,
    body: Expr,
    /// The sample, and what it is where the variable has its value.
    sample: Name,
    value: Expr,
    /// How much the sample moves with the variable.
    slope: Expr,
}

impl Model<'_> {
    fn expr(&self, e: &Expr) -> Result<Expr> {
        match &e.kind {
            Kind::Expectation { binders, body } if matches!(body.kind, Kind::Given { .. }) => {
                let Kind::Given { body, given } = &body.kind else { return Ok(e.clone()) };
                let body = self.expr(body)?;
                self.conditional(binders, body, given, e.span)
            }
            Kind::Density { law, at }
                if self
                    .marginal
                    .as_ref()
                    .is_some_and(|(name, of)| *name == law.name && matches!(&at.kind, Kind::Name(at) if at == of)) =>
            {
                let Some((_, of)) = &self.marginal else { return Ok(e.clone()) };
                self.density_of(of, e.span)
            }
            Kind::Expectation { body, .. } | Kind::Variance { body, .. }
                if !matches!(body.kind, Kind::Given { .. })
                    && self.images.iter().any(|image| body.has_free(&image.name)) =>
            {
                // Here it is drawn.
                let mut changed = e.clone();
                if let Kind::Expectation { body, .. } | Kind::Variance { body, .. } = &mut changed.kind {
                    let mut inner = self.expr(body)?;
                    for image in &self.images {
                        inner = set(inner, &image.name, image.body.clone());
                    }
                    **body = inner;
                }
                Ok(changed)
            }
            Kind::Covariance { left, right, .. }
                if !matches!(right.kind, Kind::Given { .. })
                    && self.images.iter().any(|image| left.has_free(&image.name) || right.has_free(&image.name)) =>
            {
                let message = "a covariance of what is known elsewhere has no meaning here yet";
                unsupported(e.span, message, "write it as E[a b] - E[a] E[b]")
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
            _ => super::with_children(e, |child| self.expr(child)),
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
            let own = binders
                .iter()
                .flat_map(|binder| binder.variables.iter().map(|name| (name.clone(), binder.law.clone())));
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
                if let Some(image) = self.images.iter().find(|image| image.name == *name)
                    && binders.is_empty()
                    && given.len() == 1
                {
                    let mean = self.given_image(image, Some(body), span)?;
                    return Ok(match value {
                        Some(value) => set(mean, name, value),
                        None => mean,
                    });
                }
                let message = format!("`{}` is known here, and nothing draws it", say(name));
                return unsupported(
                    variable.span,
                    &message,
                    "say the law of each variable: E[x | y] given x ~ q, y ~ N(x, 1)",
                );
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
            Ok(set(mean, &name, value))
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
        while let Some(index) = (0..draws.len())
            .filter(hidden)
            .find(|index| !between.contains(index) && known.iter().chain(&between).any(|law| of_law(*law, *index)))
        {
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
            let weight =
                |index: &&usize| !weights.contains(*index) && meant.iter().any(|variable| of_law(**index, *variable));
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

    /// What is known has a value outside of all means: of the size of the vectors that it is made of.
    fn shapes(&self, statement: &Statement) -> Vec<Assumption> {
        let spaces: Vec<(&Name, &Vec<String>)> = statement
            .given
            .iter()
            .filter_map(|assumption| match assumption {
                Assumption::Space { letters, sizes, .. } if !sizes.is_empty() => {
                    Some(letters.iter().map(move |name| (name, sizes)))
                }
                _ => None,
            })
            .flatten()
            .collect();
        let mut known: Vec<(Name, Span)> = Vec::new();
        let bodies = statement.definitions.iter().map(|definition| &definition.body);
        statement.members.iter().chain(bodies).for_each(|e| all_known(e, &mut known));
        let mut found: Vec<Assumption> = Vec::new();
        for (name, span) in known {
            let drawn = self.draws.iter().find(|(drawn, _)| *drawn == name);
            let image = self.images.iter().find(|image| image.name == name).map(|image| &image.body);
            let made_of: Vec<&Expr> = drawn.into_iter().flat_map(|(_, law)| law.values()).chain(image).collect();
            let of_vector = |(letter, _): &&(&Name, &Vec<String>)| made_of.iter().any(|e| e.has_free(letter));
            let declared = spaces.iter().any(|(letter, _)| **letter == name);
            let again = found.iter().any(|a| matches!(a, Assumption::Space { letters, .. } if letters.contains(&name)));
            if let Some((_, sizes)) = spaces.iter().find(of_vector).filter(|_| !declared && !again) {
                found.push(Assumption::Space { letters: vec![name], sizes: (*sizes).clone(), span });
            }
        }
        found
    }

    /// The mean of a body given an image, or the density of the image: the sample has the value that makes it so.
    fn given_image(&self, image: &Image, body: Option<Expr>, span: Span) -> Result<Expr> {
        let others: Vec<(Name, Law)> = self.draws.iter().filter(|(name, _)| *name != image.sample).cloned().collect();
        let Some((_, law)) = self.draws.iter().find(|(name, _)| *name == image.sample) else {
            return unsupported(span, "nothing draws this variable", "say the law of each variable");
        };
        let mut law = law.clone();
        law.span = span;
        let weight = expr(Kind::Density { law, at: Box::new(image.value.clone()) }, span);
        let below = self.over(&others, weight.clone(), span);
        let Some(body) = body else {
            let slope = expr(Kind::Abs(Box::new(image.slope.clone())), span);
            return Ok(binary(Binary::Mul, below, slope));
        };
        let body = set(body, &image.sample, image.value.clone());
        let above = self.over(&others, binary(Binary::Mul, weight, body), span);
        Ok(binary(Binary::Div, above, below))
    }

    /// A mean over what a body speaks of, and over what that is drawn from.
    fn over(&self, draws: &[(Name, Law)], body: Expr, span: Span) -> Expr {
        let mut meant: Vec<usize> = Vec::new();
        while let Some(index) = (0..draws.len()).find(|index| {
            let name = &draws[*index].0;
            let spoken = holds(&body, name, &self.definitions)
                || meant.iter().any(|law: &usize| self.law_holds(&draws[*law].1, name));
            spoken && !meant.contains(index)
        }) {
            meant.push(index);
        }
        meant.sort_unstable();
        meant.into_iter().rev().fold(body, |body, index| {
            let (name, law) = &draws[index];
            let binders = vec![Binder { variables: vec![name.clone()], law: law.clone() }];
            expr(Kind::Expectation { binders, body: Box::new(body) }, span)
        })
    }

    /// The density of a variable at its value.
    fn density_of(&self, name: &Name, span: Span) -> Result<Expr> {
        if let Some(image) = self.images.iter().find(|image| image.name == *name) {
            return self.given_image(image, None, span);
        }
        let Some((index, (_, law))) = self.draws.iter().enumerate().find(|(_, (drawn, _))| drawn == name) else {
            return unsupported(span, "nothing draws this variable", "say the law of each variable");
        };
        let mut law = law.clone();
        law.span = span;
        let density = expr(Kind::Density { law, at: Box::new(letter(name, span)) }, span);
        Ok(self.over(&self.draws[..index], density, span))
    }

    /// What is known and defined: an affine function of a sample that nothing else is drawn from.
    fn find_images(&mut self, statement: &Statement) -> Result<()> {
        let mut known: Vec<(Name, Span)> = Vec::new();
        let bodies = statement.definitions.iter().map(|definition| &definition.body);
        statement.members.iter().chain(bodies).for_each(|e| all_known(e, &mut known));
        for (name, span) in known {
            let drawn = self.draws.iter().any(|(drawn, _)| *drawn == name);
            let defined = statement.definitions.iter().find(|d| d.name == name && d.parameters.is_empty());
            let Some(definition) = defined.filter(|_| !drawn) else { continue };
            if self.images.iter().any(|image| image.name == name) {
                continue;
            }
            let elsewhere = statement
                .definitions
                .iter()
                .any(|other| other != definition && !other.parameters.contains(&name) && other.body.has_free(&name));
            if elsewhere || !self.images.is_empty() {
                let message = format!("`{}` is known here, and other definitions speak of it", say(&name));
                return unsupported(span, &message, "write out what it stands for in them");
            }
            let sample = self.draws.iter().rev().find_map(|(sample, _)| {
                let parent = self.draws.iter().any(|(_, law)| self.law_holds(law, sample));
                let (value, slope) = self.solved(&definition.body, sample, letter(&name, span))?;
                (!parent).then(|| Image {
                    name: name.clone(),
                    body: definition.body.clone(),
                    sample: sample.clone(),
                    value,
                    slope,
                })
            });
            let Some(image) = sample else {
                let message = format!("`{}` is known here, and is no sample plus what is free of it", say(&name));
                return unsupported(span, &message, "as in y = x + s ε given x ~ q, ε ~ N(0, 1)");
            };
            self.images.push(image);
        }
        Ok(())
    }

    /// What a sample is where an expression has a value, and how it moves with that. The sample stands in the expression once, times
    /// what is free of all samples.
    fn solved(&self, e: &Expr, sample: &Name, value: Expr) -> Option<(Expr, Expr)> {
        let free = |e: &Expr| !self.draws.iter().any(|(name, _)| holds(e, name, &self.definitions));
        let without = |e: &Expr| !holds(e, sample, &self.definitions);
        let (mut value, mut slope, mut node) = (value, number(1, e.span), e);
        loop {
            let span = node.span;
            match &node.kind {
                Kind::Name(name) if name == sample => return Some((value, slope)),
                Kind::Neg(inner) => (value, node) = (expr(Kind::Neg(Box::new(value)), span), inner),
                Kind::Binary(Binary::Add, left, right) if without(right) => {
                    (value, node) = (binary(Binary::Sub, value, (**right).clone()), left);
                }
                Kind::Binary(Binary::Add, left, right) if without(left) => {
                    (value, node) = (binary(Binary::Sub, value, (**left).clone()), right);
                }
                Kind::Binary(Binary::Sub, left, right) if without(right) => {
                    (value, node) = (binary(Binary::Add, value, (**right).clone()), left);
                }
                Kind::Binary(Binary::Sub, left, right) if without(left) => {
                    (value, node) = (binary(Binary::Sub, (**left).clone(), value), right);
                }
                Kind::Binary(Binary::Mul, left, right) => {
                    let (inner, other) = if without(left) { (right, left) } else { (left, right) };
                    if !free(other) {
                        return None;
                    }
                    value = binary(Binary::Div, value, (**other).clone());
                    slope = binary(Binary::Div, slope, (**other).clone());
                    node = inner;
                }
                Kind::Binary(Binary::Div, left, right) if free(right) => {
                    value = binary(Binary::Mul, value, (**right).clone());
                    slope = binary(Binary::Mul, slope, (**right).clone());
                    node = left;
                }
                _ => return None,
            }
        }
    }

    /// Refuses `p(y)` of what is known where p draws another variable: the law of that at y, or the law of y?
    fn one_law_each(&self, statement: &Statement) -> Result<()> {
        let mut known: Vec<(Name, Span)> = Vec::new();
        let mut uses: Vec<(Name, Option<Name>)> = Vec::new();
        let bodies = || statement.members.iter().chain(statement.definitions.iter().map(|definition| &definition.body));
        bodies().for_each(|e| all_known(e, &mut known));
        bodies().for_each(|e| uses_of_laws(e, &mut uses));
        for (law, at) in &uses {
            let Some((at, span)) = at.as_ref().and_then(|at| known.iter().find(|(name, _)| name == at)) else {
                continue;
            };
            let draws = |(drawn, own): &&(Name, Law)| drawn != at && own.name == *law && own.arguments.is_empty();
            let own = self.draws.iter().any(|(drawn, own)| drawn == at && own.name == *law);
            if let Some((drawn, _)) = self.draws.iter().find(draws).filter(|_| !own) {
                let (law, at, drawn) = (say(law), say(at), say(drawn));
                let message = format!("is `{law}({at})` the law of `{drawn}` at `{at}`, or the law of `{at}`?");
                let help = format!(
                    "give the law of {drawn} another letter: given {drawn} ~ q; then {law}({at}) is that of {at}"
                );
                return super::ambiguous(*span, &message, &help);
            }
        }
        Ok(())
    }

    /// The law p of which `p(y)` alone stands in the statement, where y is what some mean knows: the density of y.
    fn marginal_of(&self, statement: &Statement) -> Option<(Name, Name)> {
        let mut known: Vec<(Name, Span)> = Vec::new();
        let bodies = || statement.members.iter().chain(statement.definitions.iter().map(|definition| &definition.body));
        bodies().for_each(|e| all_known(e, &mut known));
        let mut uses: Vec<(Name, Option<Name>)> = Vec::new();
        bodies().for_each(|e| uses_of_laws(e, &mut uses));
        let drawn_from = |name: &Name| self.draws.iter().any(|(_, law)| law.name.base == name.base);
        let defined = |name: &Name| self.definitions.iter().any(|definition| definition.name.base == name.base);
        uses.iter().find_map(|(law, at)| {
            let at = at.as_ref().filter(|at| known.iter().any(|(name, _)| name == *at))?;
            let only = uses
                .iter()
                .filter(|(other, _)| other.base == law.base)
                .all(|other| other.0 == *law && other.1.as_ref() == Some(at));
            (only
                && super::is_law(&Law::named(law.clone(), vec![], Span::default()))
                && !drawn_from(law)
                && !defined(law))
            .then(|| (law.clone(), at.clone()))
        })
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

/// `[e]_{x = u}`.
fn set(e: Expr, name: &Name, value: Expr) -> Expr {
    let span = e.span;
    let function = Name { base: "at".into(), subscript: None };
    let arguments = vec![e, letter(name, span), value];
    expr(Kind::Call { function, orders: vec![0; 3], arguments }, span)
}

/// The variables that means know, with their places.
fn all_known(e: &Expr, found: &mut Vec<(Name, Span)>) {
    if let Kind::Given { given, .. } = &e.kind {
        for known in given {
            let variable = match &known.kind {
                Kind::Indicator(Relation::Equal, variable, _) => variable,
                _ => known,
            };
            if let Kind::Name(name) = &variable.kind {
                found.push((name.clone(), variable.span));
            }
        }
    }
    e.children().into_iter().for_each(|child| all_known(child, found));
}

/// The laws that an expression is written with, and the letter that the density of one is taken at.
fn uses_of_laws(e: &Expr, found: &mut Vec<(Name, Option<Name>)>) {
    match &e.kind {
        Kind::Density { law, at } => {
            let plain = law.arguments.is_empty() && law.points.is_empty() && !law.stopped;
            let at = super::name_of(at).filter(|_| plain).cloned();
            found.push((law.name.clone(), at));
        }
        Kind::Divergence(p, q) => found.extend([p, q].map(|law| (law.name.clone(), None))),
        Kind::Entropy(p) => found.push((p.name.clone(), None)),
        Kind::Expectation { binders, .. } | Kind::Variance { binders, .. } | Kind::Covariance { binders, .. } => {
            found.extend(binders.iter().map(|binder| (binder.law.name.clone(), None)));
        }
        Kind::Call { function, .. } | Kind::Name(function) => found.push((function.clone(), None)),
        _ => {}
    }
    e.children().into_iter().for_each(|child| uses_of_laws(child, found));
}
