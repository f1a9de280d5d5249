//! What a proof takes, in plain words, and who has granted it.

use super::answer::{Condition, Status};
use crate::proof::{Hypotheses, Need};
use crate::syntax::{Assumption, Style, print, print_assumption};
use crate::term::{Domain, Op, Term, express};

/// The needs of a proof, each once, with their status.
pub fn of_needs<'n>(needs: impl IntoIterator<Item = &'n Need>, hypotheses: &Hypotheses) -> Vec<Condition> {
    let mut distinct: Vec<&Need> = Vec::new();
    for need in needs {
        if !distinct.contains(&need) {
            distinct.push(need);
        }
    }
    let told = distinct.iter().filter(|need| !distinct.iter().any(|other| implies(other, need)));
    told.map(|need| Condition { text: need.to_string(), status: status(need, hypotheses) }).collect()
}

fn status(need: &Need, hypotheses: &Hypotheses) -> Status {
    match need.function() {
        _ if need.is_assumed(hypotheses) => Status::Assumed,
        Some(_) => Status::Granted,
        None => Status::Implied,
    }
}

/// True if another need says more.
fn implies(stronger: &Need, need: &Need) -> bool {
    match (stronger, need) {
        (Need::Differentiable { function: f, order: m }, Need::Differentiable { function: g, order: n }) => {
            f == g && m > n
        }
        (Need::Differentiable { function: f, .. }, Need::Continuous { function: g }) => f == g,
        _ => false,
    }
}

/// What is demanded of the parameters of an equation, by the user or by the places where they stand.
pub fn of_parameters(sides: [&Term; 2], hypotheses: &Hypotheses, given: &[Assumption]) -> Vec<Condition> {
    let mut variables: Vec<_> = sides.iter().flat_map(|side| side.free()).collect();
    variables.sort();
    variables.dedup();
    let calls = |name: &str| sides.iter().any(|side| side.any(&|t| matches!(t.op(), Op::Apply(f, _) if &**f == name)));
    let occurs = |name: &str| {
        variables.iter().any(|v| v.name() == Some(name))
            || hypotheses.solved.iter().any(|(letter, _)| &**letter == name)
            || calls(name)
    };
    let mut found: Vec<Condition> = Vec::new();
    let mut add = |text: String, status| {
        if !found.iter().any(|condition| condition.text == text) {
            found.push(Condition { text, status });
        }
    };
    let mut covered = Vec::new();
    for assumption in given {
        let names = match assumption {
            Assumption::Compare(_, left, right) => {
                names_of(&[print(left, Style::Unicode), print(right, Style::Unicode)])
            }
            Assumption::Sort { .. } => {
                names_of(&[print_assumption(assumption, Style::Unicode)]).into_iter().take(1).collect()
            }
            Assumption::Class { .. }
            | Assumption::Draw { .. }
            | Assumption::Space { .. }
            | Assumption::Tuple { .. }
            | Assumption::Definite { .. }
            | Assumption::Map { .. } => continue,
        };
        if names.iter().any(|name| occurs(name)) {
            add(print_assumption(assumption, Style::Unicode), Status::Granted);
            covered.push(names);
        }
    }
    for variable in &variables {
        let Some(name) = variable.name() else { continue };
        if let Some(text) = domain(name, variable.domain)
            && !covered.iter().any(|names| names == &[name])
        {
            add(text, Status::Implied);
        }
    }
    let relations = [(&hypotheses.positive, ">"), (&hypotheses.nonnegative, "≥"), (&hypotheses.nonzero, "≠")];
    for (term, relation) in relations.iter().flat_map(|(terms, sign)| terms.iter().map(move |t| (t, sign))) {
        let names: Vec<&str> = term.free().iter().filter_map(|v| v.name()).collect();
        let told =
            !names.is_empty() && covered.iter().any(|other| names.iter().all(|name| other.iter().any(|o| o == name)));
        if !told && (names.is_empty() || names.iter().any(|name| occurs(name))) {
            add(format!("{} {relation} 0", print(&express(term), Style::Unicode)), Status::Implied);
        }
    }
    found
}

/// The names in printed expressions.
fn names_of(texts: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for text in texts {
        let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        for word in words.filter(|word| word.starts_with(char::is_alphabetic)) {
            if !names.iter().any(|name| name == word) {
                names.push(word.into());
            }
        }
    }
    names
}

fn domain(name: &str, domain: Domain) -> Option<String> {
    Some(match domain {
        Domain::Real => return None,
        Domain::NonZero => format!("{name} ≠ 0"),
        Domain::Positive => format!("{name} > 0"),
        Domain::Unit => format!("0 < {name} < 1"),
        Domain::Natural => format!("{name} is one of 0, 1, 2, …"),
        Domain::Counting => format!("{name} is one of 1, 2, 3, …"),
        Domain::Sign => format!("{name} is 1 or -1"),
        Domain::Bit => format!("{name} is 0 or 1"),
        Domain::Integer => format!("{name} is a whole number"),
    })
}
