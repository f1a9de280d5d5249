//! `given ε ~ p, z = g(ε)`: what is set by letters that are drawn is random as they are, and so a definition of the statement. A
//! hypothesis `a = 1` is about a value and stays one.

use crate::syntax::{Assumption, Definition, Expr, Kind, Name, Relation, Span, Statement};

/// The statement with such hypotheses as definitions, and the assumptions of the session that are left. None if there are none.
pub(super) fn resolve(
    statement: &Statement,
    assumed: &[Assumption],
    own: &[Definition],
) -> Option<(Statement, Vec<Assumption>)> {
    let drawn = assumed.iter().chain(&statement.given).filter_map(|assumption| match assumption {
        Assumption::Draw { variables, .. } => Some(variables),
        _ => None,
    });
    let mut random: Vec<Name> = drawn.flatten().cloned().collect();
    let (mut made, mut left) = (statement.clone(), assumed.to_vec());
    let definitions = [own, &statement.definitions].concat();
    let count = made.definitions.len();
    while let Some((set, definition)) =
        left.iter().chain(&made.given).find_map(|set| Some((set.clone(), definition(set, &random, &definitions)?)))
    {
        [&mut left, &mut made.given].into_iter().for_each(|all| all.retain(|assumption| *assumption != set));
        random.push(definition.name.clone());
        made.definitions.push(definition);
    }
    (made.definitions.len() > count).then_some((made, left))
}

/// The definition that a hypothesis is, if it sets a letter by what is random. Steps of a model are none.
fn definition(assumption: &Assumption, random: &[Name], definitions: &[Definition]) -> Option<Definition> {
    let Assumption::Compare(Relation::Equal, Expr { kind: Kind::Name(name), span }, body) = assumption else {
        return None;
    };
    let step = name.subscript.as_deref().is_some_and(|below| below.contains(['+', '-']));
    let sets = !step && !random.contains(name) && is_random(body, random, definitions, &mut Vec::new());
    let span = Span { start: span.start, end: body.span.end };
    sets.then(|| Definition { name: name.clone(), parameters: vec![], before_bar: None, body: body.clone(), span })
}

/// Does an expression hold what is random, by itself or by what is defined?
fn is_random<'d>(e: &Expr, random: &[Name], definitions: &'d [Definition], seen: &mut Vec<&'d Definition>) -> bool {
    let mut names: Vec<Name> = Vec::new();
    e.visit_names(&mut |name| names.push(name.clone()));
    // One of the samples `x_{1:n}`.
    let sample = |name: &Name, drawn: &Name| {
        let samples = drawn.subscript.as_deref().is_some_and(|below| below.contains(':'));
        samples && name.subscript.is_some() && name.base == drawn.base
    };
    names
        .iter()
        .filter(|name| e.has_free(name))
        .any(|name| random.iter().any(|drawn| drawn == name || sample(name, drawn)))
        || definitions.iter().any(|definition| {
            let used = names.iter().any(|name| name.base == definition.name.base) && !seen.contains(&definition);
            used && {
                seen.push(definition);
                is_random(&definition.body, random, definitions, seen)
            }
        })
}
