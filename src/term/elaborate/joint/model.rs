//! Densities of what `given` draws, written with a letter of their own or without what they are given: `p(θ|y)` and `p(y)` of
//! `θ ~ Beta(a, b), y ~ Binomial(n, θ)`, `m(y)` of `θ ~ g, y ~ m(·|θ)`, and `q(z) = ∫ q(z|x) p(x) dx` beside `q(z|x)`.
//!
//! The variables are the factors of one law in the order in which they are drawn, so every density of some of them, given
//! others, is a quotient of means of factors.

use super::{binary, expr, holds, is_law, letter, name_of, number, say};
use crate::syntax::{Assumption, Binary, Binder, Definition, Expr, Kind, Law, Name, Span, Statement};
use std::collections::{BTreeMap, BTreeSet};

/// The statement with such densities written out, and what is to be said of it. None if there are none.
pub(in crate::term::elaborate) fn resolve(
    statement: &Statement,
    assumed: &[Assumption],
    own: &[Definition],
) -> Option<(Statement, Vec<String>)> {
    let (mut made, mut said) = (statement.clone(), Vec::new());
    for definition in &statement.definitions {
        if let Some((renamed, remark)) = mixture(definition, &made) {
            made = renamed;
            said.push(remark);
        }
    }
    let draws = assumed.iter().chain(&made.given).filter_map(|assumption| match assumption {
        Assumption::Draw { variables, law, .. } => Some(variables.iter().map(|name| (name.clone(), law.clone()))),
        _ => None,
    });
    let definitions = [own, &made.definitions].concat();
    let model = Model { draws: draws.flatten().collect(), definitions };
    if !model.draws.is_empty() && !model.draws.iter().any(|(name, law)| is_step(name) || law.is_of_given()) {
        let laws = model.laws(&made);
        if !laws.is_empty() {
            let bodies = made.definitions.iter_mut().map(|definition| &mut definition.body);
            made.members.iter_mut().chain(bodies).for_each(|e| model.write_out(e, &laws));
            said.extend(laws.iter().map(|law| format!("`{}` is the law of what `given` draws", say(law))));
        }
    }
    (!said.is_empty()).then_some((made, said))
}

/// A step of a sequence, or all of its steps.
fn is_step(name: &Name) -> bool {
    name.subscript.as_deref().is_some_and(|below| below.contains([':', '<', '+', '-']) || below == "t")
}

/// What is drawn, in order, and what is defined of it.
struct Model {
    draws: Vec<(Name, Law)>,
    definitions: Vec<Definition>,
}

/// The densities of a law: what stands before and behind each bar.
type Lists = Vec<(Vec<Name>, Vec<Name>)>;

impl Model {
    fn index(&self, name: &Name) -> Option<usize> {
        self.draws.iter().position(|(drawn, _)| drawn == name)
    }

    /// The letters whose densities are those of what is drawn.
    fn laws(&self, statement: &Statement) -> BTreeSet<Name> {
        let (mut densities, mut others) = (BTreeMap::new(), BTreeSet::new());
        let bodies = statement.definitions.iter().map(|definition| &definition.body);
        statement.members.iter().chain(bodies).for_each(|e| see(e, &mut densities, &mut others));
        let defined = |name: &Name| self.definitions.iter().any(|definition| definition.name.base == name.base);
        let drawn = |name: &Name| self.draws.iter().any(|(_, law)| law.name.base == name.base);
        let own = |name: &Name, lists: &Lists| {
            let known = lists.iter().all(|(points, given)| points.iter().chain(given).all(|n| self.index(n).is_some()));
            // One letter alone could be any law, and so could several; of what depends on another variable it is the marginal.
            let telling = |(points, given): &(Vec<Name>, Vec<Name>)| {
                !given.is_empty() || points.len() == 1 && points.iter().any(|name| self.depends(name))
            };
            // Beside laws of which nothing is known it could be another model.
            let specified = self.draws.iter().all(|(_, law)| !is_law(law));
            specified
                && known
                && lists.iter().any(telling)
                && !drawn(name)
                && !defined(name)
                && name.subscript.is_none()
        };
        let marginal = |name: &Name, lists: &Lists| {
            let of_drawn = |point: &Name| {
                self.index(point).is_some_and(|index| {
                    let law = &self.draws[index].1;
                    law.name == *name && !law.arguments.is_empty() && self.depends(point)
                })
            };
            // Of one letter with several lists the factors are found where laws of several variables are.
            let others = self.draws.iter().filter(|(_, law)| law.name.base == name.base).count() > 1;
            !others && lists.iter().all(|(points, given)| given.is_empty() && points.iter().all(of_drawn))
        };
        let bare: BTreeMap<Name, Lists> = densities
            .iter()
            .map(|(name, lists): (&Name, &Lists)| {
                (name.clone(), lists.iter().filter(|(_, given)| given.is_empty()).cloned().collect())
            })
            .collect();
        let fits = |name: &&Name| {
            let lists = &densities[*name];
            let alone = !others.contains(&name.base);
            alone && own(name, lists) || bare.get(*name).is_some_and(|lists| !lists.is_empty() && marginal(name, lists))
        };
        densities.keys().filter(fits).cloned().collect()
    }

    /// Does the law of a variable depend on another?
    fn depends(&self, name: &Name) -> bool {
        self.index(name).is_some_and(|index| {
            let law = &self.draws[index].1;
            self.draws.iter().any(|(other, _)| other != name && self.law_holds(law, other))
        })
    }

    fn law_holds(&self, law: &Law, name: &Name) -> bool {
        let defined = self.definitions.iter().filter(|definition| definition.name.base == law.name.base);
        law.values().any(|value| holds(value, name, &self.definitions))
            || defined.into_iter().any(|definition| {
                !definition.parameters.contains(name) && holds(&definition.body, name, &self.definitions)
            })
    }

    fn write_out(&self, e: &mut Expr, laws: &BTreeSet<Name>) {
        e.each_child(&mut |child| self.write_out(child, laws));
        let Some((name, points, given)) = density(e) else { return };
        let factor = self.draws.iter().any(|(_, law)| law.name == *name);
        if !laws.contains(name) || factor && !given.is_empty() {
            return;
        }
        let (points, given) = (letters(&points), letters(&given));
        let (Some(points), Some(given)) = (points, given) else { return };
        let numbers = |names: &[Name]| names.iter().map(|name| self.index(name)).collect::<Option<BTreeSet<usize>>>();
        let (Some(points), Some(given)) = (numbers(&points), numbers(&given)) else { return };
        *e = self.conditional(&points, &given, e.span);
    }

    /// The density of variables given others.
    fn conditional(&self, points: &BTreeSet<usize>, given: &BTreeSet<usize>, span: Span) -> Expr {
        let known = |index: &usize| points.contains(index) || given.contains(index);
        let first = points.first().copied().unwrap_or_default();
        let of_known = |index: &usize| {
            let law = &self.draws[*index].1;
            (0..self.draws.len()).all(|other| known(&other) || !self.law_holds(law, &self.draws[other].0))
        };
        // What is drawn behind what is given, and from nothing else, has its factors for a density.
        if given.iter().all(|index| *index < first) && points.iter().all(of_known) {
            return self.factors(points, span);
        }
        let all: BTreeSet<usize> = points.union(given).copied().collect();
        let above = self.joint(&all, span);
        if given.is_empty() { above } else { binary(Binary::Div, above, self.joint(given, span)) }
    }

    fn factors(&self, of: &BTreeSet<usize>, span: Span) -> Expr {
        let factor = |index: &usize| {
            let (name, law) = &self.draws[*index];
            let law = Law { span, ..law.clone() };
            expr(Kind::Density { law, at: Box::new(letter(name, span)) }, span)
        };
        let product = of.iter().map(factor).reduce(|left, right| binary(Binary::Mul, left, right));
        product.unwrap_or_else(|| number(1, span))
    }

    /// The density of some of the variables: the mean of their factors over those that these are drawn from.
    fn joint(&self, of: &BTreeSet<usize>, span: Span) -> Expr {
        let mut meant: BTreeSet<usize> = BTreeSet::new();
        while let Some(index) = (0..self.draws.len()).find(|index| {
            let spoken = of.iter().chain(&meant).any(|law| self.law_holds(&self.draws[*law].1, &self.draws[*index].0));
            spoken && !of.contains(index) && !meant.contains(index)
        }) {
            meant.insert(index);
        }
        // A factor that stands before what is meant stays outside of its mean.
        let mut e = number(1, span);
        for index in (0..self.draws.len()).rev() {
            let one = BTreeSet::from([index]);
            if of.contains(&index) {
                let factor = self.factors(&one, span);
                e = if matches!(e.kind, Kind::Number(_)) { factor } else { binary(Binary::Mul, factor, e) };
            } else if meant.contains(&index) {
                let (name, law) = self.draws[index].clone();
                let binders = vec![Binder { variables: vec![name], law }];
                e = expr(Kind::Expectation { binders, body: Box::new(e) }, span);
            }
        }
        e
    }
}

/// `p(x, z|y)`: the law, and what stands before and behind its bar.
fn density(e: &Expr) -> Option<(&Name, Vec<&Expr>, Vec<&Expr>)> {
    match &e.kind {
        Kind::Density { law, at } if is_law(law) && !law.stopped => {
            let points = [&**at].into_iter().chain(&law.points).collect();
            Some((&law.name, points, law.arguments.iter().collect()))
        }
        Kind::Call { function, orders, arguments }
            if matches!(&*function.base, "p" | "q")
                && arguments.len() > 1
                && orders.iter().all(|order| *order == 0) =>
        {
            Some((function, arguments.iter().collect(), vec![]))
        }
        _ => None,
    }
}

fn letters(values: &[&Expr]) -> Option<Vec<Name>> {
    values.iter().map(|value| name_of(value).cloned()).collect()
}

/// Notes the densities of each law, and the letters of laws that stand elsewhere, or at values that are no letters.
fn see(e: &Expr, densities: &mut BTreeMap<Name, Lists>, others: &mut BTreeSet<String>) {
    if let Some((name, points, given)) = density(e) {
        match (letters(&points), letters(&given)) {
            (Some(points), Some(given)) => densities.entry(name.clone()).or_default().push((points, given)),
            _ => _ = others.insert(name.base.clone()),
        }
    }
    match &e.kind {
        Kind::Entropy(law) => _ = others.insert(law.name.base.clone()),
        Kind::Divergence(p, q) => others.extend([p, q].map(|law| law.name.base.clone())),
        Kind::Expectation { binders, .. } | Kind::Variance { binders, .. } | Kind::Covariance { binders, .. } => {
            others.extend(binders.iter().map(|binder| binder.law.name.base.clone()));
        }
        _ => {}
    }
    e.children().into_iter().for_each(|child| see(child, densities, others));
}

/// `q(z) = ∫ q(z|x) p(x) dx`, where q is given x everywhere else: a law of its own, under a name of its own.
fn mixture(definition: &Definition, statement: &Statement) -> Option<(Statement, String)> {
    let [point] = definition.parameters.as_slice() else { return None };
    let name = &definition.name;
    let mut own = BTreeSet::new();
    super::laws(&definition.body, &mut |law| {
        if law.name == *name {
            own.insert(law.arguments.is_empty());
        }
    });
    let again = statement.definitions.iter().filter(|other| other.name.base == name.base).count() > 1;
    if own != BTreeSet::from([false]) || again {
        return None;
    }
    let bar = Name { base: format!("{}\u{304}", name.base), subscript: name.subscript.clone() };
    let taken = |e: &Expr| {
        let mut found = e.mentions(&bar);
        super::laws(e, &mut |law| found |= law.name == bar);
        found
    };
    let bodies = || statement.definitions.iter().map(|definition| &definition.body);
    if statement.members.iter().chain(bodies()).any(taken) {
        return None;
    }
    // With another variable in front, or one of several, it is a law of several variables.
    let mut lists = Vec::new();
    statement.members.iter().chain(bodies()).for_each(|e| conditionals(e, name, &mut lists));
    let drawn = |assumption: &Assumption| matches!(assumption, Assumption::Draw { law, .. } if law.name == *name);
    if lists.iter().any(|other| other != point) || statement.given.iter().any(drawn) {
        return None;
    }
    let mut made = statement.clone();
    let bodies = made.definitions.iter_mut().map(|definition| &mut definition.body);
    made.members.iter_mut().chain(bodies).for_each(|e| rename(e, name, &bar));
    made.definitions.iter_mut().filter(|other| other.name == *name).for_each(|other| other.name = bar.clone());
    let remark =
        format!("`{0}({1})` is the mixture that it is defined to be, `{0}({1}|…)` another law", say(name), say(point));
    Some((made, remark))
}

/// The points of densities of a law that is given something.
fn conditionals(e: &Expr, name: &Name, found: &mut Vec<Name>) {
    if let Kind::Density { law, at } = &e.kind
        && law.name == *name
        && !law.arguments.is_empty()
        && let Some(point) = name_of(at)
    {
        found.push(point.clone());
    }
    e.children().into_iter().for_each(|child| conditionals(child, name, found));
}

/// Gives a law another name where it is given nothing.
fn rename(e: &mut Expr, from: &Name, to: &Name) {
    let change = |law: &mut Law| {
        if law.name == *from && law.arguments.is_empty() {
            law.name = to.clone();
        }
    };
    match &mut e.kind {
        Kind::Density { law, .. } | Kind::Entropy(law) => change(law),
        Kind::Divergence(p, q) => [p, q].into_iter().for_each(change),
        Kind::Expectation { binders, .. } | Kind::Variance { binders, .. } | Kind::Covariance { binders, .. } => {
            binders.iter_mut().for_each(|binder| change(&mut binder.law));
        }
        _ => {}
    }
    e.each_child(&mut |child| rename(child, from, to));
}
