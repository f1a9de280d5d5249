//! Laws of whole trajectories, defined as products over times.
//!
//! `P(τ|θ) = ρ_0(s_0) Π_{t=0}^T P(s_{t+1}|s_t, a_t) π_θ(a_t|s_t)` says by which laws the letters are drawn, as `given` would. So
//! does `π(y|x) = Π_{t=1}^T π(y_t|x, y_{<t})`, where each letter is given all that was drawn before: `y_{<t}` is a letter that goes
//! from step to step, a function of what it was and of y_t. What is proved for every law of it holds for that one.
//!
//! The density of the whole is the product, its logarithm the sum of the logarithms, and a divergence of two such laws the mean
//! of the sum of their differences.

use super::index::Index;
use super::{Result, binary, letter, number, unsupported, with_children};
use crate::syntax::{Assumption, Binary, Binder, Definition, Expr, Kind, Law, Name, Span, Statement};
use std::collections::BTreeSet;

/// A statement with the model that such definitions say.
pub(super) struct Factorised {
    pub statement: Statement,
    /// The law of what was drawn before, by its letter.
    pub history: Option<String>,
    /// The first time, where the definitions say the model.
    pub first: Option<i64>,
}

/// A law of a whole trajectory.
struct Whole {
    law: Name,
    /// What stands for the trajectory: τ, y; and what the law is given.
    point: Name,
    given: Vec<Name>,
    /// The factors in front of the product, and those of a step.
    first: Vec<Expr>,
    step: Vec<Expr>,
    time: String,
    low: Expr,
    high: Expr,
    /// The letter for what was drawn before, where the law is given all of it.
    history: Option<Name>,
}

/// The statement without definitions of whole laws; none if it has none.
pub(super) fn resolve(statement: &Statement) -> Result<Option<Factorised>> {
    let mut taken = BTreeSet::new();
    let mut see = |e: &Expr| {
        let mut e = e.clone();
        super::model::rename(&mut e, &mut |name| {
            taken.insert(name.base.clone());
        });
    };
    let bodies = statement.definitions.iter().map(|definition| &definition.body);
    statement.members.iter().chain(bodies).for_each(&mut see);
    let free = |letters: &[&str]| letters.iter().find(|base| !taken.contains(**base)).map(|base| (*base).to_string());
    let mut wholes = Vec::new();
    for definition in &statement.definitions {
        wholes.extend(whole(definition, free(&["h", "c", "g", "v"]))?);
    }
    if wholes.is_empty() {
        return Ok(None);
    }
    let (Some(end), Some(next)) = (free(&["T", "L", "n"]), free(&["K", "F", "W"])) else {
        return unsupported(statement.members[0].span, "a trajectory with so many letters", "let T be free");
    };
    let drawn = Steps::drawn(&statement.given, &wholes[0]);
    let model = if wholes[0].is_drawn(&statement.given) { drawn } else { Steps::of(&wholes[0]) };
    let rewriter = Rewriter { wholes: &wholes, end: &end, model };
    let mut made = statement.clone();
    let of_whole = |definition: &Definition| {
        wholes.iter().any(|whole| whole.law == definition.name && definition.parameters.first() == Some(&whole.point))
    };
    made.definitions.retain(|definition| !of_whole(definition));
    for e in made.members.iter_mut().chain(made.definitions.iter_mut().map(|definition| &mut definition.body)) {
        *e = rewriter.expr(e)?;
    }
    let (mut history, mut first) = (None, None);
    if let Some(whole) = wholes.first().filter(|whole| !whole.is_drawn(&statement.given)) {
        made.given.extend(whole.model(&rewriter, &next)?);
        history = whole.history.is_some().then_some(next);
        first = Index::of(&whole.low).and_then(|low| low.as_number());
    }
    Ok(Some(Factorised { statement: made, history, first }))
}

/// The factors of a model: of its first step, and of all others.
#[derive(PartialEq)]
struct Steps {
    first: Vec<Expr>,
    step: Vec<Expr>,
}

impl Steps {
    fn of(whole: &Whole) -> Steps {
        Steps { first: whole.first.clone(), step: whole.step.clone() }
    }

    /// Those that `given` draws by, in the time of a whole.
    fn drawn(given: &[Assumption], whole: &Whole) -> Steps {
        let mut steps = Steps { first: Vec::new(), step: Vec::new() };
        for assumption in given {
            let Assumption::Draw { variables, law, span } = assumption else { continue };
            let [name] = variables.as_slice() else { continue };
            let Some(index) = name.subscript.as_deref().and_then(Index::parse) else { continue };
            let density =
                Expr { kind: Kind::Density { law: law.clone(), at: Box::new(letter(name, *span)) }, span: *span };
            match index.shifted() {
                Some((time, _)) => {
                    steps.step.push(super::model::set(&density, time, &Index::letter(&whole.time)));
                }
                None => steps.first.push(density),
            }
        }
        steps
    }
}

/// `P(τ|θ) = … Π_t …` as a law of a whole trajectory.
fn whole(definition: &Definition, history: Option<String>) -> Result<Option<Whole>> {
    let range = |point: &&Name| point.subscript.as_deref().is_none_or(|below| below.contains(':'));
    let Some(point) = definition.parameters.first().filter(range) else { return Ok(None) };
    let mut first = Vec::new();
    factors(&definition.body, &mut first);
    let is_product = |e: &Expr| matches!(&e.kind, Kind::Call { function, .. } if function.base == "prod");
    let Some(place) = first.iter().position(is_product) else { return Ok(None) };
    let product = first.remove(place);
    let Kind::Call { arguments, .. } = &product.kind else { return Ok(None) };
    let [body, Expr { kind: Kind::Name(time), .. }, low, high] = arguments.as_slice() else { return Ok(None) };
    let mut step = Vec::new();
    factors(body, &mut step);
    let density = |e: &Expr| matches!(&e.kind, Kind::Density { at, .. } if matches!(at.kind, Kind::Name(_)));
    if !step.iter().all(density) || first.iter().any(is_product) || step.is_empty() {
        return Ok(None);
    }
    let before = |e: &Expr| holds_history(e, point);
    let history = match (step.iter().any(before), history) {
        (false, _) => None,
        (true, Some(base)) if step.len() == 1 && first.is_empty() => Some(Name { base, subscript: None }),
        _ => {
            let help = "as in π(y) = Π_{t=1}^T π(y_t|y_{<t})";
            return unsupported(definition.span, "a law of a sequence with other factors", help);
        }
    };
    let (law, point, given) = (definition.name.clone(), point.clone(), definition.parameters[1..].to_vec());
    Ok(Some(Whole {
        law,
        point,
        given,
        first,
        step,
        time: time.base.clone(),
        low: low.clone(),
        high: high.clone(),
        history,
    }))
}

/// The factors of a product.
fn factors(e: &Expr, found: &mut Vec<Expr>) {
    match &e.kind {
        Kind::Binary(Binary::Mul, left, right) => {
            factors(left, found);
            factors(right, found);
        }
        Kind::Call { function, arguments, .. } => {
            // `ρ_0(s_0)` is a density where it is a factor of one.
            let density = match arguments.as_slice() {
                [at] if matches!(at.kind, Kind::Name(_)) && crate::syntax::is_letter(&function.base) => Some(at),
                _ => None,
            };
            found.push(match density {
                Some(at) => {
                    let law = Law::named(function.clone(), vec![], e.span);
                    Expr { kind: Kind::Density { law, at: Box::new(at.clone()) }, span: e.span }
                }
                None => e.clone(),
            });
        }
        _ => found.push(e.clone()),
    }
}

/// `<t` of `y_{<t}`.
fn before(name: &Name, point: &Name) -> Option<Index> {
    let below = name.subscript.as_deref().filter(|_| name.base == point.base)?;
    if let Some(time) = below.strip_prefix('<') {
        return Index::parse(time.trim());
    }
    Index::parse(below.strip_prefix('≤')?.trim()).map(|index| index.plus(&Index::number(1), 1))
}

fn holds_history(e: &Expr, point: &Name) -> bool {
    let mut found = false;
    e.visit_names(&mut |name| found |= before(name, point).is_some());
    found
}

struct Rewriter<'a> {
    wholes: &'a [Whole],
    /// The letter of the length, where a text writes `|y|`.
    end: &'a str,
    /// What a mean over a trajectory draws by where it does not say a law.
    model: Steps,
}

impl Rewriter<'_> {
    /// The whole law that this is, of a step or not: `π(·|x)`, not `π(·|x, y_{<t})`. Every law of sequences has factors of that
    /// kind, so π_old has them, too; a law with other factors is known by its own name only.
    fn whole(&self, law: &Law) -> Result<Option<&Whole>> {
        let known = self.wholes.iter().find(|whole| whole.law == law.name);
        let plain = |name: &Name| crate::syntax::undecorated(&name.base).to_string();
        let alike = |whole: &&Whole| whole.history.is_some() && plain(&whole.law) == plain(&law.name);
        let Some(known) = known.or_else(|| self.wholes.iter().find(alike)) else { return Ok(None) };
        if law.values().any(|value| self.is_of_step(value, known)) || !law.points.is_empty() {
            return Ok(None);
        }
        let at_given =
            law.arguments.iter().zip(&known.given).all(|(e, name)| matches!(&e.kind, Kind::Name(n) if n == name));
        if !(law.arguments.is_empty() || at_given && law.arguments.len() == known.given.len()) {
            let help = "write it as it is defined: π(y|x) and π(·|x) of π(y|x) = Π_t …";
            return unsupported(law.span, "the law of a whole trajectory at other values than it is defined at", help);
        }
        Ok(Some(known))
    }

    fn is_of_step(&self, e: &Expr, whole: &Whole) -> bool {
        let letters: Vec<String> = whole.letters();
        let mut found = false;
        e.visit_names(&mut |name| {
            found |= before(name, &whole.point).is_some() || letters.contains(&name.base) && name.subscript.is_some();
        });
        found
    }

    fn expr(&self, e: &Expr) -> Result<Expr> {
        let span = e.span;
        match &e.kind {
            Kind::Abs(inner) if self.wholes.iter().any(|w| matches!(&inner.kind, Kind::Name(n) if *n == w.point)) => {
                Ok(letter(&Name { base: self.end.into(), subscript: None }, span))
            }
            Kind::Call { function, arguments, .. } if function.base == "ln" && function.subscript.is_none() => {
                if let [Expr { kind: Kind::Density { law, at }, .. }] = arguments.as_slice()
                    && let Some(whole) = self.at_whole(law, at)?
                {
                    return whole.sum(self, &law.name, span);
                }
                if let [Expr { kind: Kind::Binary(Binary::Div, above, below), .. }] = arguments.as_slice()
                    && let (Some((one, p)), Some((two, q))) = (self.density(above)?, self.density(below)?)
                {
                    return self.difference((one, &p.name), (two, &q.name), span);
                }
                with_children(e, |child| self.expr(child))
            }
            Kind::Binary(Binary::Div, above, below) => {
                if let (Some((one, p)), Some((two, q))) = (self.density(above)?, self.density(below)?)
                    && one.is_like(two)
                {
                    return self.ratio((one, &p.name), (two, &q.name), span);
                }
                with_children(e, |child| self.expr(child))
            }
            Kind::Density { law, at } => match self.at_whole(law, at)? {
                Some(whole) => whole.product(self, &law.name, span),
                None => self.with_history(e),
            },
            Kind::Divergence(p, q) => match (self.whole(p)?, self.whole(q)?) {
                (Some(whole), Some(other)) => {
                    let difference =
                        binary(Binary::Sub, whole.sum(self, &p.name, span)?, other.sum(self, &q.name, span)?);
                    self.mean(whole, p, difference, span)
                }
                (None, None) => self.with_history(e),
                _ => {
                    let help =
                        "define both by their factors, as p(τ) = ρ(s_0) Π_{t=0}^T π(a_t|s_t) P(s_{t+1}|s_t, a_t)";
                    unsupported(span, "a divergence of a law of a trajectory and one that is not written so", help)
                }
            },
            Kind::Entropy(p) => match self.whole(p)? {
                Some(whole) => {
                    let mean = self.mean(whole, p, whole.sum(self, &p.name, span)?, span)?;
                    Ok(Expr { kind: Kind::Neg(Box::new(mean)), span })
                }
                None => self.with_history(e),
            },
            // `E_{y_{<t} ~ π}` is over the whole: what comes behind it has the mean 1.
            Kind::Expectation { binders, body } => {
                let mut binders = binders.clone();
                for binder in &mut binders {
                    let whole = self.whole(&binder.law)?;
                    for name in &mut binder.variables {
                        let Some(whole) = whole else { continue };
                        let Some(index) = before(name, &whole.point) else { continue };
                        // The mean would draw it, too.
                        if body.has_free(&super::model::at(&whole.point.base, &index)) {
                            let help = "draw it as well: E_{y ~ π}[…], or E_{y_t ~ π(·|y_{<t})}[…] within";
                            return unsupported(span, "a letter of a step under a mean over what is before it", help);
                        }
                        *name = whole.point.clone();
                    }
                    if let Some(whole) = whole.filter(|whole| binder.variables.contains(&whole.point)) {
                        binder.law = self.law_of_mean(whole, &binder.law)?;
                    }
                }
                let kind = Kind::Expectation { binders, body: Box::new(self.expr(body)?) };
                self.with_history(&Expr { kind, span })
            }
            Kind::Name(_) => self.with_history(e),
            _ => with_children(e, |child| self.expr(child)),
        }
    }

    /// The density of a whole.
    fn density<'e>(&self, e: &'e Expr) -> Result<Option<(&Whole, &'e Law)>> {
        match &e.kind {
            Kind::Density { law, at } => Ok(self.at_whole(law, at)?.map(|whole| (whole, law))),
            _ => Ok(None),
        }
    }

    /// The factors of a step that two laws differ in.
    fn differing(&self, one: (&Whole, &Name), two: (&Whole, &Name)) -> Result<Vec<(Expr, Expr)>> {
        let [above, below] = [one, two].map(|(whole, law)| whole.named(self, law));
        Ok(above?.into_iter().zip(below?).filter(|(a, b)| a != b).collect())
    }

    /// The ratio of two laws: what is equal in both cancels.
    fn ratio(&self, one: (&Whole, &Name), two: (&Whole, &Name), span: Span) -> Result<Expr> {
        let ratios = self.differing(one, two)?.into_iter().map(|(a, b)| binary(Binary::Div, a, b));
        let ratio = ratios.reduce(|a, b| binary(Binary::Mul, a, b)).unwrap_or_else(|| number(1, span));
        one.0.over(self, ratio, "prod", span)
    }

    /// The logarithm of the ratio.
    fn difference(&self, one: (&Whole, &Name), two: (&Whole, &Name), span: Span) -> Result<Expr> {
        if !one.0.is_like(two.0) {
            return Ok(binary(Binary::Sub, one.0.sum(self, one.1, span)?, two.0.sum(self, two.1, span)?));
        }
        let each = self.differing(one, two)?.into_iter();
        let each = each.map(|(a, b)| binary(Binary::Sub, logarithm(a), logarithm(b)));
        let difference = each.reduce(|a, b| binary(Binary::Add, a, b)).unwrap_or_else(|| number(0, span));
        one.0.over(self, difference, "sum", span)
    }

    fn mean(&self, whole: &Whole, law: &Law, body: Expr, span: Span) -> Result<Expr> {
        let law = self.law_of_mean(whole, law)?;
        let binders = vec![Binder { variables: vec![whole.point.clone()], law }];
        Ok(Expr { kind: Kind::Expectation { binders, body: Box::new(body) }, span })
    }

    /// The law by which a mean over a whole is told: that of the model, or the one law of a step that is another.
    fn law_of_mean(&self, whole: &Whole, law: &Law) -> Result<Law> {
        if whole.history.is_some() {
            return Ok(Law { arguments: Vec::new(), ..law.clone() });
        }
        let others: Vec<&Expr> = whole.step.iter().filter(|factor| !self.model.step.contains(factor)).collect();
        let alike = whole.first == self.model.first && whole.step.len() == self.model.step.len();
        match (others.as_slice(), alike) {
            ([], true) => Ok(Law::of_given(law.span)),
            ([Expr { kind: Kind::Density { law: other, .. }, .. }], true) => {
                Ok(Law::named(other.name.clone(), Vec::new(), law.span))
            }
            _ => {
                let help = "let the two laws differ in one law of a step";
                unsupported(law.span, "a mean over a trajectory under a law that is far from the model", help)
            }
        }
    }

    fn at_whole(&self, law: &Law, at: &Expr) -> Result<Option<&Whole>> {
        match &at.kind {
            Kind::Name(name) if self.wholes.iter().any(|whole| whole.point == *name) => {
                Ok(self.whole(law)?.filter(|whole| whole.point == *name))
            }
            _ => Ok(None),
        }
    }

    /// `y_{<t}` as the letter for what was drawn before.
    fn with_history(&self, e: &Expr) -> Result<Expr> {
        let mut changed = e.clone();
        super::model::rename(&mut changed, &mut |name| {
            for whole in self.wholes {
                if let (Some(index), Some(history)) = (before(name, &whole.point), &whole.history) {
                    *name = super::model::at(&history.base, &index);
                }
            }
        });
        Ok(changed)
    }
}

impl Whole {
    /// The letters that it draws.
    fn letters(&self) -> Vec<String> {
        let at = |e: &Expr| match &e.kind {
            Kind::Density { at, .. } => match &at.kind {
                Kind::Name(name) => Some(name.base.clone()),
                _ => None,
            },
            _ => None,
        };
        self.first.iter().chain(&self.step).filter_map(at).collect()
    }

    fn is_drawn(&self, given: &[Assumption]) -> bool {
        let draws = |letter: &String| {
            given.iter().any(|assumption| match assumption {
                Assumption::Draw { variables, .. } => variables.iter().any(|name| name.base == *letter),
                _ => false,
            })
        };
        self.letters().iter().all(draws)
    }

    /// Do two laws differ in the factors of their steps only?
    fn is_like(&self, other: &Whole) -> bool {
        let ends = |whole: &Whole| (whole.low.clone(), whole.high.clone(), whole.time.clone());
        self.first == other.first && self.step.len() == other.step.len() && ends(self) == ends(other)
    }

    /// The factors of a step under another name of the law: π_θ for π_{old}.
    fn named(&self, rewriter: &Rewriter, law: &Name) -> Result<Vec<Expr>> {
        let each = self.step.iter().map(|factor| {
            let mut factor = factor.clone();
            if let Kind::Density { law: own, .. } = &mut factor.kind
                && own.name == self.law
            {
                own.name = law.clone();
            }
            rewriter.with_history(&factor)
        });
        each.collect()
    }

    fn over(&self, rewriter: &Rewriter, body: Expr, kind: &str, span: Span) -> Result<Expr> {
        let time = letter(&Name { base: self.time.clone(), subscript: None }, span);
        let function = Name { base: kind.into(), subscript: None };
        let arguments = vec![body, time, self.low.clone(), rewriter.expr(&self.high)?];
        Ok(Expr { kind: Kind::Call { function, orders: vec![0; 4], arguments }, span })
    }

    /// The logarithm of a step.
    fn log(&self, rewriter: &Rewriter, law: &Name) -> Result<Expr> {
        let logs = self.named(rewriter, law)?.into_iter().map(logarithm);
        Ok(logs.reduce(|a, b| binary(Binary::Add, a, b)).unwrap_or_else(|| number(0, Span::default())))
    }

    /// The logarithm of the whole.
    fn sum(&self, rewriter: &Rewriter, law: &Name, span: Span) -> Result<Expr> {
        let sum = self.over(rewriter, self.log(rewriter, law)?, "sum", span)?;
        Ok(self.first.iter().cloned().map(logarithm).fold(sum, |sum, first| binary(Binary::Add, first, sum)))
    }

    fn product(&self, rewriter: &Rewriter, law: &Name, span: Span) -> Result<Expr> {
        let step = self.named(rewriter, law)?.into_iter().reduce(|a, b| binary(Binary::Mul, a, b));
        let step = step.unwrap_or_else(|| number(1, span));
        let product = self.over(rewriter, step, "prod", span)?;
        Ok(self.first.iter().cloned().fold(product, |product, first| binary(Binary::Mul, first, product)))
    }

    /// What `given` would say of the model.
    fn model(&self, rewriter: &Rewriter, next: &str) -> Result<Vec<Assumption>> {
        let span = self.step[0].span;
        let mut given = Vec::new();
        let mut parts: Vec<Name> = Vec::new();
        let (low, high) = (Index::of(&self.low), Index::of(&rewriter.expr(&self.high)?));
        let (Some(low), Some(high)) = (low, high) else {
            return unsupported(span, "a product over times with these ends", "as in Π_{t=0}^T");
        };
        let mut draw = |factor: &Expr| {
            let Kind::Density { law, at } = &factor.kind else { return };
            let Kind::Name(name) = &at.kind else { return };
            given.push(Assumption::Draw { variables: vec![name.clone()], law: law.clone(), span });
            let by = name.subscript.as_deref().and_then(Index::parse).map_or(0, |index| index.constant());
            let range = |from: &Index, to: &Index| Some(format!("{}:{}", from.text(), to.text()));
            let behind = if self.first.contains(factor) { 0 } else { by };
            let last = high.plus(&Index::number(behind.max(0)), 1);
            match parts.iter_mut().find(|part| part.base == name.base) {
                Some(part) => part.subscript = range(&low, &last),
                None => parts.push(Name { base: name.base.clone(), subscript: range(&low, &last) }),
            }
        };
        for factor in &self.first {
            draw(factor);
        }
        for factor in &self.step {
            draw(&rewriter.with_history(factor)?);
        }
        if let Some(history) = &self.history {
            let here = Index::letter(&self.time);
            let behind = super::model::at(&history.base, &here.plus(&Index::number(1), 1));
            let arguments = [&history.base, &self.point.base].map(|base| letter(&super::model::at(base, &here), span));
            let law = Law::named(Name { base: next.into(), subscript: None }, arguments.to_vec(), span);
            given.push(Assumption::Draw { variables: vec![behind], law, span });
            let range = Some(format!("{}:{}", low.text(), high.text()));
            parts.push(Name { base: history.base.clone(), subscript: range });
        }
        given.push(Assumption::Tuple { name: self.point.clone(), parts, span });
        Ok(given)
    }
}

fn logarithm(value: Expr) -> Expr {
    let span = value.span;
    let function = Name { base: "ln".into(), subscript: None };
    Expr { kind: Kind::Call { function, orders: vec![0], arguments: vec![value] }, span }
}

/// The means of a statement with all steps written out, where what was drawn before is what it is: in two steps, the first letter.
pub(super) fn with_known_history(e: &Expr, law: &str) -> Result<Expr> {
    let e = with_children(e, |child| with_known_history(child, law))?;
    let Kind::Expectation { binders, body } = &e.kind else { return Ok(e) };
    let Some(place) = binders.iter().position(|binder| binder.law.name.base == law) else { return Ok(e) };
    let (binder, value) = (&binders[place], &binders[place].law.arguments[1]);
    let (Some(name), Kind::Name(value)) = (binder.variables.first(), &value.kind) else { return Ok(e) };
    let mut binders = binders.clone();
    binders.remove(place);
    let kind = match binders.is_empty() {
        true => body.kind.clone(),
        false => Kind::Expectation { binders, body: body.clone() },
    };
    let mut made = Expr { kind, span: e.span };
    super::model::rename(&mut made, &mut |other| {
        if other == name {
            *other = value.clone();
        }
    });
    with_known_history(&made, law)
}
