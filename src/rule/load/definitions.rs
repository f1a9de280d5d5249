//! Functions and laws as their entries define them.

use super::Result;
use super::fields::{Fields, problem, variable};
use crate::rule::Library;
use crate::rule::family::{FAMILY, member};
use crate::syntax::{Condition as Written, Entry, Expr, Kind, Name, Relation, Value};
use crate::term::{
    Domain, Elaborator, FunctionDefinition, Growth, LawDefinition, Regularity, Simplifier, Support, Term, Trust, Var,
    substitute_many,
};
use num_traits::Zero;

/// A function as far as it can be read before other functions are known.
pub fn skeleton(entry: &Entry, trust: Trust) -> Result<FunctionDefinition> {
    let fields = Fields(entry);
    let parameters: Vec<Var> = entry.parameters.iter().map(variable).collect();
    let regularity = match fields.word("regularity") {
        None | Some(("smooth", _)) => Regularity::Smooth,
        Some(("lipschitz", _)) => Regularity::Lipschitz,
        Some(("jump", _)) => Regularity::Jump,
        Some((other, span)) => {
            return problem(span, format!("unknown regularity `{other}`"), Some("smooth, lipschitz or jump"));
        }
    };
    let even = match fields.word("parity") {
        None => None,
        Some(("even", _)) => Some(true),
        Some(("odd", _)) => Some(false),
        Some((other, span)) => return problem(span, format!("unknown parity `{other}`"), Some("even or odd")),
    };
    let growth = match fields.word("growth") {
        None => None,
        Some(("bounded", _)) => Some(Growth::Bounded),
        Some(("linear", _)) => Some(Growth::Linear),
        Some((other, span)) => return problem(span, format!("unknown growth `{other}`"), Some("bounded or linear")),
    };
    let mut of_positive = false;
    for (condition, span) in fields.conditions("domain") {
        of_positive = match (condition, parameters.as_slice()) {
            (Written::Compare(Relation::Greater, left, right), [u]) => {
                let is_argument = matches!(&left.kind, Kind::Name(name) if variable(name) == *u);
                is_argument && matches!(&right.kind, Kind::Number(n) if n.is_zero())
            }
            _ => false,
        };
        if !of_positive {
            return problem(span, "the domain of a function is its only argument above 0, as in `u > 0`", None);
        }
    }
    Ok(FunctionDefinition {
        name: entry.name.as_str().into(),
        derivatives: vec![None; parameters.len()],
        parameters,
        definition: None,
        formula: None,
        values: vec![],
        above: None,
        below: None,
        even,
        regularity,
        of_positive,
        growth,
        says: fields.text("says"),
        trust,
    })
}

/// What a function stands for, before anything else is read: terms that are simplified unfold it.
pub fn meaning(library: &mut Library, entry: &Entry) -> Result<()> {
    let fields = Fields(entry);
    let mut elaborator = Elaborator::new(&library.definitions);
    let mut term = |e: &Expr| elaborator.expr(e);
    let definition = fields.expr("definition").map(&mut term).transpose()?;
    let formula = fields.expr("formula").map(&mut term).transpose()?;
    let above = fields.expr("above zero").map(&mut term).transpose()?;
    let below = fields.expr("below zero").map(&mut term).transpose()?;
    if let Some(function) = library.definitions.functions.get_mut(&*entry.name) {
        (function.definition, function.formula, function.above, function.below) = (definition, formula, above, below);
    }
    Ok(())
}

/// What is stated of a function besides: its derivatives and special values.
pub fn facts(library: &mut Library, entry: &Entry) -> Result<()> {
    let fields = Fields(entry);
    let Some(mut definition) = library.definitions.functions.get(&*entry.name).cloned() else { return Ok(()) };
    let mut elaborator = Elaborator::new(&library.definitions);
    let mut term = |e: &Expr| elaborator.expr(e);
    let mut simplifier = Simplifier::new(&library.definitions);
    for (left, right) in fields.equations("value") {
        let left = term(left)?;
        // A ratio is one number, as it is in what will be matched.
        let folded =
            left.args().iter().map(|arg| if arg.free().is_empty() { simplifier.simplify(arg) } else { arg.clone() });
        definition.values.push((Term::new(left.op().clone(), folded.collect()), term(right)?));
    }
    // `derivative e` of one parameter, or `derivative in x: e` as an equation `x = e`.
    if let (Some(e), Some(last)) = (fields.expr("derivative"), definition.derivatives.last_mut()) {
        *last = Some(term(e)?);
    }
    for (parameter, e) in fields.equations("partial derivative") {
        let Kind::Name(name) = &parameter.kind else {
            return problem(parameter.span, "a parameter is expected here", None);
        };
        let Some(index) = definition.parameters.iter().position(|p| *p == variable(name)) else {
            return problem(parameter.span, "this is no parameter of the function", None);
        };
        definition.derivatives[index] = Some(term(e)?);
    }
    library.definitions.functions.insert(definition.name.clone(), definition);
    Ok(())
}

/// A law, or all members of a family of laws.
pub fn laws(library: &mut Library, entry: &Entry, trust: Trust) -> Result<()> {
    let Some(counter) = &entry.counter else { return law(library, entry, trust) };
    let mut members = Vec::new();
    for count in 1..=FAMILY {
        law(library, &member(entry, counter, count), trust)?;
        members.extend(library.definitions.laws.remove(&*entry.name));
    }
    let mut members = members.into_iter();
    if let Some(mut first) = members.next() {
        first.members = members.collect();
        library.definitions.laws.insert(first.name.clone(), first);
    }
    Ok(())
}

fn law(library: &mut Library, entry: &Entry, trust: Trust) -> Result<()> {
    let fields = Fields(entry);
    let mut parameters: Vec<Var> = entry.parameters.iter().map(variable).collect();
    let mut positive = Vec::new();
    let mut elaborator = Elaborator::new(&library.definitions);
    for (condition, span) in fields.conditions("domain") {
        let Written::Compare(relation, left, right) = condition else {
            return problem(span, "a domain is a comparison such as `v > 0`", None);
        };
        let (left, right) = (elaborator.expr(left)?, elaborator.expr(right)?);
        let (low, high) = match relation {
            Relation::Less | Relation::LessEqual => (left, right),
            _ => (right, left),
        };
        let narrow = |var: &mut Var, domain: Domain| var.domain = var.domain.meet(domain);
        match (low.is_zero(), high.is_one(), high.as_var(), low.as_var()) {
            (true, _, Some(v), _) => {
                parameters.iter_mut().filter(|p| p.identity == v.identity).for_each(|p| narrow(p, Domain::Positive))
            }
            (_, true, _, Some(v)) => {
                parameters.iter_mut().filter(|p| p.identity == v.identity).for_each(|p| narrow(p, Domain::Unit))
            }
            _ => positive.push(high.minus(low)),
        }
    }
    for (condition, _) in fields.conditions("whole") {
        if let Written::Whole(Expr { kind: Kind::Name(name), .. }) = condition {
            let whole = variable(name);
            parameters.iter_mut().filter(|p| p.identity == whole.identity).for_each(|p| p.domain = Domain::Counting);
        }
    }
    for (name, parameter) in entry.parameters.iter().zip(&parameters) {
        elaborator.declare(name.clone(), parameter.clone());
    }
    let Some(support) = fields.all("support").next() else {
        return problem(
            entry.span,
            format!("the law `{}` has no support", entry.name),
            Some("add a line such as `support (-oo, oo)`"),
        );
    };
    let support = match &support.value {
        Value::Interval(a, b) => Support::Interval(elaborator.expr(a)?, elaborator.expr(b)?),
        Value::Integers(a, b) => Support::Integers(elaborator.expr(a)?, elaborator.expr(b)?),
        Value::Points(points) => {
            // As numbers, so that it can be seen which they are: `-1` is read as a product.
            let number = |t: Term| {
                let numbers: Option<Vec<_>> = t.factors().iter().map(|factor| factor.as_number().cloned()).collect();
                numbers.map_or(t, |numbers| Term::number(numbers.into_iter().product()))
            };
            let point = |p| elaborator.expr(p).map(number);
            Support::Points(points.iter().map(point).collect::<std::result::Result<_, _>>()?)
        }
        _ => return problem(support.span, "a support is `(a, b)`, `a .. b` or `{a, b}`", None),
    };
    let point = Var::free("x", support.domain());
    elaborator.declare(Name::new("x", None), point.clone());
    let mut optional = |key| fields.expr(key).map(|e| elaborator.expr(e)).transpose();
    let (log, plain) = (optional("log density")?, optional("density")?);
    let Some(log_density) = log.or_else(|| plain.map(Term::ln)) else {
        return problem(
            entry.span,
            format!("the law `{}` has no density", entry.name),
            Some("add a line `log density …` or `density …`"),
        );
    };
    let (cdf, quantile) = (optional("cdf")?, optional("quantile")?);
    let (mean, variance) = (optional("mean")?, optional("variance")?);
    // The conditions were read before the domains of the parameters were known.
    let typed: Vec<(Var, Term)> =
        entry.parameters.iter().map(variable).zip(parameters.iter().cloned().map(Term::var)).collect();
    let positive = positive.iter().map(|t| substitute_many(t, &typed)).collect();
    let definition = LawDefinition {
        name: entry.name.as_str().into(),
        parameters,
        members: vec![],
        positive,
        point,
        log_density,
        support,
        cdf,
        quantile,
        mean,
        variance,
        says: fields.text("says"),
        source: fields.text("source"),
        density_regularity: Regularity::Lipschitz,
        trust,
    };
    library.definitions.laws.insert(definition.name.clone(), definition);
    Ok(())
}
