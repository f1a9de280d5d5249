//! Hypotheses about functions and laws that say what they are: `given p(y|x) = N(y; x, σ²)` defines the law, `given f > 0`
//! makes f the exponential of an unknown function, as every positive function is, and `given f < 1` speaks of all values of f.

use super::full_name;
use super::joint::{expr, letter, name_of};
use crate::syntax::{Assumption, Definition, Expr, Kind, Name, Relation, Span, Statement};

/// The statement with such hypotheses as definitions, and those about a function as ones about its values, and what is to be
/// said of it. None if there are none.
pub(super) fn resolve(statement: &Statement) -> Option<(Statement, Vec<String>)> {
    let mut made = statement.clone();
    made.given.clear();
    let mut changed = false;
    let mut positive: Vec<(Name, Name)> = Vec::new();
    let mut everywhere = Vec::new();
    for (at, assumption) in statement.given.iter().enumerate() {
        if let Some(definition) = definition(assumption, at, statement) {
            let drawn = definition.parameters.iter().any(|name| is_drawn(name, statement));
            if drawn && matches!(assumption, Assumption::Compare(_, left, _) if matches!(left.kind, Kind::Call { .. }))
            {
                everywhere.push(format!("`{}` is what it is said to be at every value", full_name(&definition.name)));
            }
            made.definitions.push(definition);
        } else if let Some((definition, exponent)) = exponential(assumption, statement) {
            let name = definition.name.clone();
            made.definitions.push(definition);
            positive.push((name, exponent));
        } else if let Some(of_values) = of_values(assumption, statement) {
            made.given.push(of_values);
        } else {
            made.given.push(assumption.clone());
            continue;
        }
        changed = true;
    }
    // A class bounds the growth of a function, and not how deep its logarithm falls: that of `exp(-x⁴)` is not Lipschitz.
    let exponent = |function: &Name| positive.iter().find(|(name, _)| name == function).map(|(_, exponent)| exponent);
    let (mut said, mut classes) = (Vec::new(), Vec::new());
    for assumption in std::mem::take(&mut made.given) {
        match &assumption {
            Assumption::Class { function, class, .. } if let Some(exponent) = exponent(function) => {
                let (function, exponent) = (full_name(function), full_name(exponent));
                classes
                    .push(format!("`{function} : {class}` is not used: it says nothing of how far `{exponent}` falls"));
            }
            _ => made.given.push(assumption),
        }
    }
    said.extend(positive.iter().map(|(name, e)| format!("`{}` is exp({})", full_name(name), full_name(e))));
    said.extend(classes);
    said.extend(everywhere);
    changed.then_some((made, said))
}

/// `f > 0` as `f(u) = exp(f_{log}(u))`, and the name of the exponent.
fn exponential(assumption: &Assumption, statement: &Statement) -> Option<(Definition, Name)> {
    let zero = |e: &Expr| matches!(&e.kind, Kind::Number(n) if num_traits::Zero::is_zero(n));
    let side = match assumption {
        Assumption::Compare(Relation::Greater, side, bound) | Assumption::Compare(Relation::Less, bound, side)
            if zero(bound) =>
        {
            side
        }
        _ => return None,
    };
    let value = value_of(side, statement)?;
    let Kind::Call { function, orders, arguments } = &value.kind else { return None };
    let mapped =
        |assumption: &Assumption| matches!(assumption, Assumption::Map { function: other, .. } if other == function);
    if statement.definitions.iter().any(|definition| definition.name == *function) || statement.given.iter().any(mapped)
    {
        return None;
    }
    let below = function.subscript.iter().map(String::as_str).chain(["log"]).collect::<Vec<_>>().join(",");
    let exponent = Name { base: function.base.clone(), subscript: Some(below) };
    let call = Kind::Call { function: exponent.clone(), orders: orders.clone(), arguments: arguments.clone() };
    let exp = Name { base: "exp".into(), subscript: None };
    let body = Kind::Call { function: exp, orders: vec![0], arguments: vec![expr(call, side.span)] };
    let definition = Definition {
        name: function.clone(),
        parameters: arguments.iter().map(|argument| name_of(argument).cloned()).collect::<Option<_>>()?,
        before_bar: None,
        body: expr(body, side.span),
        span: side.span,
    };
    Some((definition, exponent))
}

/// `p(y|x) = e` and `f(x) = e` of letters that stand for any value, where e does not speak of p or f.
fn definition(assumption: &Assumption, at: usize, statement: &Statement) -> Option<Definition> {
    let Assumption::Compare(Relation::Equal, left, body) = assumption else { return None };
    let span = Span { start: left.span.start, end: body.span.end };
    let (name, values, before_bar) = match &left.kind {
        Kind::Density { law, at } if !law.stopped && crate::syntax::is_letter(&law.name.base) => {
            let values: Vec<&Expr> = [&**at].into_iter().chain(&law.points).chain(&law.arguments).collect();
            let bar = (!law.arguments.is_empty()).then_some(1 + law.points.len());
            (&law.name, values, bar)
        }
        Kind::Call { function, orders, arguments }
            if crate::syntax::is_letter(&function.base) && orders.iter().all(|order| *order == 0) =>
        {
            (function, arguments.iter().collect(), None)
        }
        _ => return None,
    };
    let parameters: Vec<Name> = values.iter().map(|value| name_of(value).cloned()).collect::<Option<_>>()?;
    let distinct = parameters.iter().enumerate().all(|(at, name)| !parameters[..at].contains(name));
    let speaks = |e: &Expr| {
        let mut found = false;
        e.visit_names(&mut |other| found |= other.base == name.base);
        super::joint::laws(e, &mut |law| found |= law.name.base == name.base);
        found
    };
    let defined = statement.definitions.iter().any(|definition| definition.name == *name);
    let is_law = matches!(left.kind, Kind::Density { .. });
    // A density that does not hold its point is a value at that point.
    let of_point = is_law && parameters.first().is_some_and(|point| body.has_free(point));
    let any = of_point || parameters.iter().all(|letter| is_any(letter, at, statement));
    (distinct && any && !defined && !speaks(body)).then(|| Definition {
        name: name.clone(),
        parameters,
        before_bar,
        body: body.clone(),
        span,
    })
}

/// Does a letter stand for any value in a hypothesis: nothing else speaks of it, or it is drawn?
fn is_any(letter: &Name, at: usize, statement: &Statement) -> bool {
    let spoken = |(other, assumption): (usize, &Assumption)| match assumption {
        Assumption::Compare(_, left, right) if other != at => left.has_free(letter) || right.has_free(letter),
        _ => false,
    };
    let bodies = statement.definitions.iter().filter(|d| !d.parameters.contains(letter)).map(|d| &d.body);
    is_drawn(letter, statement)
        || !statement.members.iter().chain(bodies).any(|e| e.has_free(letter))
            && !statement.given.iter().enumerate().any(spoken)
}

fn is_drawn(letter: &Name, statement: &Statement) -> bool {
    let draws = |assumption: &Assumption| match assumption {
        Assumption::Draw { variables, .. } => variables.contains(letter),
        _ => false,
    };
    statement.given.iter().any(draws)
}

/// `f < 1` as `f(u) < 1`.
fn of_values(assumption: &Assumption, statement: &Statement) -> Option<Assumption> {
    let Assumption::Compare(relation, left, right) = assumption else { return None };
    match (value_of(left, statement), value_of(right, statement)) {
        (None, None) => None,
        (left_value, right_value) => Some(Assumption::Compare(
            *relation,
            left_value.unwrap_or_else(|| left.clone()),
            right_value.unwrap_or_else(|| right.clone()),
        )),
    }
}

/// `f(u)` for the name of a function that is called somewhere, and stands nowhere alone.
fn value_of(side: &Expr, statement: &Statement) -> Option<Expr> {
    let bodies = || statement.members.iter().chain(statement.definitions.iter().map(|definition| &definition.body));
    let name = name_of(side)?;
    if bodies().any(|e| e.has_free(name)) {
        return None;
    }
    let count = bodies().find_map(|e| arguments_of(e, name))?;
    let free = |base: &&str| {
        let letter = Name { base: (*base).into(), subscript: None };
        !bodies().any(|e| e.mentions(&letter))
    };
    let letters: Vec<&str> = ["u", "v", "w", "x", "y", "z", "r"].into_iter().filter(free).take(count).collect();
    let arguments = letters.iter().map(|base| letter(&Name { base: (*base).into(), subscript: None }, side.span));
    let arguments: Vec<Expr> = arguments.collect();
    let orders = vec![0; count];
    (arguments.len() == count).then(|| expr(Kind::Call { function: name.clone(), orders, arguments }, side.span))
}

/// With how many arguments a function is called first.
fn arguments_of(e: &Expr, name: &Name) -> Option<usize> {
    match &e.kind {
        Kind::Call { function, arguments, .. } if function == name && !arguments.is_empty() => Some(arguments.len()),
        _ => e.children().into_iter().find_map(|child| arguments_of(child, name)),
    }
}
