//! Hypotheses about functions and laws that say what they are: `given p(y|x) = N(y; x, σ²)` defines the law, `given f > 0`
//! speaks of all values of f.

use super::joint::{expr, letter, name_of};
use crate::syntax::{Assumption, Definition, Expr, Kind, Name, Relation, Span, Statement};

/// The statement with such hypotheses as definitions, and those about a function as ones about its values. None if there
/// are none.
pub(super) fn resolve(statement: &Statement) -> Option<Statement> {
    let mut made = statement.clone();
    made.given.clear();
    let mut changed = false;
    for (at, assumption) in statement.given.iter().enumerate() {
        if let Some(definition) = definition(assumption, at, statement) {
            made.definitions.push(definition);
        } else if let Some(of_values) = of_values(assumption, statement) {
            made.given.push(of_values);
        } else {
            made.given.push(assumption.clone());
            continue;
        }
        changed = true;
    }
    changed.then_some(made)
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
    let any = is_law || parameters.iter().all(|letter| is_any(letter, at, statement));
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
    let drawn = |assumption: &Assumption| match assumption {
        Assumption::Draw { variables, .. } => variables.contains(letter),
        _ => false,
    };
    let spoken = |(other, assumption): (usize, &Assumption)| match assumption {
        Assumption::Compare(_, left, right) if other != at => left.has_free(letter) || right.has_free(letter),
        _ => false,
    };
    let bodies = statement.definitions.iter().filter(|d| !d.parameters.contains(letter)).map(|d| &d.body);
    statement.given.iter().any(drawn)
        || !statement.members.iter().chain(bodies).any(|e| e.has_free(letter))
            && !statement.given.iter().enumerate().any(spoken)
}

/// `f > 0` as `f(u) > 0`, for a function that is called somewhere.
fn of_values(assumption: &Assumption, statement: &Statement) -> Option<Assumption> {
    let Assumption::Compare(relation, left, right) = assumption else { return None };
    let bodies = || statement.members.iter().chain(statement.definitions.iter().map(|definition| &definition.body));
    let value = |side: &Expr| {
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
    };
    match (value(left), value(right)) {
        (None, None) => None,
        (left_value, right_value) => Some(Assumption::Compare(
            *relation,
            left_value.unwrap_or_else(|| left.clone()),
            right_value.unwrap_or_else(|| right.clone()),
        )),
    }
}

/// With how many arguments a function is called first.
fn arguments_of(e: &Expr, name: &Name) -> Option<usize> {
    match &e.kind {
        Kind::Call { function, arguments, .. } if function == name && !arguments.is_empty() => Some(arguments.len()),
        _ => e.children().into_iter().find_map(|child| arguments_of(child, name)),
    }
}
