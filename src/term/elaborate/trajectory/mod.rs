//! Statements about trajectories: models in time, of any number of steps.
//!
//! `given s_0 ~ ρ, a_t ~ π_θ(·|s_t), s_{t+1} ~ P(·|s_t, a_t), τ = (s_{0:T}, a_{0:T})` draws letters step by step. No term
//! knows of them: a statement is rewritten, as a syntax tree, twice. For proofs it becomes claims about a few steps in each
//! order that they can have (`expand`, `cells`); for numbers it is written out at small lengths (`unroll`). Behind this step
//! there are laws of one variable each.

mod cells;
mod chains;
mod endless;
mod expand;
mod factorised;
mod implied;
mod index;
mod model;
mod orders;
mod unfold;
mod unroll;
mod weights;
mod whole;

use super::Result;
use super::joint::{binary, letter, number, with_children};
use crate::syntax::{Assumption, Definition, Expr, Kind, Name, Span, Statement};
use index::Index;
use model::Model;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
pub(super) use whole::resolve as resolve_wholes;

/// How many steps are written out for numbers, behind the first.
const LENGTHS: [i64; 2] = [1, 2];

fn unsupported<T>(span: Span, what: &str, help: &str) -> Result<T> {
    super::joint::unsupported(span, &format!("{what}{MEANINGLESS}"), help)
}

const MEANINGLESS: &str = " has no meaning here yet";

/// One equation about a trajectory.
pub(super) struct Resolved {
    /// For each length: the letter of the last time, its value, the statement with all steps.
    pub written_out: Vec<(Option<String>, i64, Statement)>,
    /// Do the sides agree at these lengths if they agree at all?
    pub comparable: bool,
    /// The claims that are enough for all lengths; or why there are none.
    pub claims: std::result::Result<Vec<Statement>, String>,
    /// What is assumed beside what the claims take.
    pub assumed: Option<&'static str>,
}

/// What becomes of the equations of a chain; none where nothing goes from step to step.
pub(super) fn resolve(
    statement: &Statement,
    assumed: &[Assumption],
    own: &[Definition],
) -> Result<Option<Vec<Resolved>>> {
    let implied = implied::resolve(statement, assumed)?;
    let statement = implied.as_ref().unwrap_or(statement);
    let factorised = factorised::resolve(statement)?;
    let statement = factorised.as_ref().map_or(statement, |factorised| &factorised.statement);
    let history = factorised.as_ref().and_then(|factorised| factorised.history.as_deref());
    let endless = endless::resolve(statement);
    let statement = endless.as_ref().map_or(statement, |(statement, _)| statement);
    let end_letter = endless.as_ref().map(|(_, letter)| letter.as_str());
    let assumptions = assumed.iter().chain(&statement.given);
    let Some(mut model) = Model::of(assumptions.clone())? else { return Ok(None) };
    model.first = factorised.as_ref().and_then(|factorised| factorised.first).unwrap_or(model.first);
    let bodies = statement.definitions.iter().map(|definition| &definition.body);
    statement.members.iter().chain(bodies).for_each(|e| model.see_densities(e));
    let with_visits = endless::without_visits(statement, &model)?;
    let statement = &with_visits;
    let made = Cell::new(0);
    let definitions = [own, &statement.definitions].concat();
    let unfolder = unfold::Unfolder { model: &model, definitions: &definitions, made: &made };
    let members = statement.members.iter().map(|member| {
        let member = unfolder.expr(member)?;
        end_letter.map_or(Ok(member.clone()), |end| endless::begun(&member, &model, end))
    });
    let members = members.collect::<Result<Vec<_>>>()?;
    if let Some(name) = &model.name {
        members.iter().try_for_each(|member| no_value(member, name))?;
    }
    let given: Vec<Assumption> = assumptions.filter(|given| !is_of_trajectory(given, &model)).cloned().collect();
    let about = |members: Vec<Expr>, given: Vec<Assumption>| Statement { members, given, ..Statement::default() };
    let taken = bases(&members, &model);
    let horizon = horizon(&model, &members);
    let mut resolved = Vec::new();
    for pair in members.windows(2) {
        let mut written_out = Vec::new();
        for length in LENGTHS {
            let sides = pair.iter().map(|side| {
                let side = match &horizon {
                    Some(letter) => model::set(side, letter, &Index::number(length)),
                    None => side.clone(),
                };
                let end = end(&model, horizon.as_deref(), length);
                let unroller = unroll::Unroller { model: &model, end, means: Cell::new(0) };
                let side = unroller.expr(&side, &BTreeMap::new())?;
                history.map_or(Ok(side.clone()), |law| factorised::with_known_history(&side, law))
            });
            let sides = sides.collect::<Result<Vec<_>>>()?;
            written_out.push((horizon.clone(), length, about(sides, given.clone())));
            if horizon.is_none() {
                break;
            }
        }
        let expander = expand::Expander { model: &model, made: &made };
        let sides = expander.side(&pair[0]).and_then(|left| Ok((left, expander.side(&pair[1])?)));
        let vanish = |terms: &[expand::Summand]| {
            let of_mean = |term: &expand::Summand| term.mean.as_ref().map(|(_, factors)| factors.clone());
            terms.iter().all(|term| endless::can_vanish(&of_mean(term).unwrap_or_default(), &model))
        };
        let followed = sides.as_ref().is_ok_and(|(left, right)| vanish(left) && vanish(right));
        let comparable = end_letter.is_none() || followed;
        let claims = sides.and_then(|(left, right)| cells::claims(&model, &left, &right, &taken));
        let claims = claims.map(|(time, claims)| {
            claims
                .into_iter()
                .map(|[left, right]| {
                    let mut given = given.clone();
                    given.extend(times(time, &[&left, &right]));
                    about(vec![left, right], given)
                })
                .collect()
        });
        let why = |error: Box<super::ElaborateError>| {
            error.message.replace(MEANINGLESS, " is not followed for all lengths yet")
        };
        let claims = match (&horizon, written_out.as_slice()) {
            // Of fixed times there is nothing else to claim.
            (None, [(_, _, statement)]) => Ok(vec![statement.clone()]),
            _ => claims.map_err(why),
        };
        let assumed = end_letter.map(|_| endless::CONDITION);
        resolved.push(Resolved { written_out, comparable, claims, assumed });
    }
    Ok(Some(resolved))
}

/// A trajectory has no value of its own among its steps.
fn no_value(e: &Expr, trajectory: &Name) -> Result<()> {
    if matches!(&e.kind, Kind::Name(name) if name == trajectory) {
        return unsupported(
            e.span,
            "a value of a whole trajectory beside its steps",
            "say what it is of the steps: R(τ) = Σ_{t=0}^T r(s_t, a_t)",
        );
    }
    e.children().into_iter().try_for_each(|child| no_value(child, trajectory))
}

/// The last time at which something is drawn: the state behind the last step may be spoken of.
fn end(model: &Model, horizon: Option<&str>, length: i64) -> Option<i64> {
    let last = |(_, last): &(Index, Index)| match horizon {
        Some(letter) => last.set(letter, &Index::number(length)).as_number(),
        None => last.as_number(),
    };
    let ends = model.sequences.iter().map(|sequence| sequence.range.as_ref().and_then(last));
    ends.collect::<Option<Vec<_>>>()?.into_iter().max().map(|last| last + 1)
}

/// The letters of everything that the equations and the model name.
fn bases(members: &[Expr], model: &Model) -> BTreeSet<String> {
    let mut taken = BTreeSet::new();
    let laws = model.sequences.iter().flat_map(|sequence| [Some(&sequence.law), sequence.initial.as_ref()]).flatten();
    let laws = laws.map(|law| Expr { kind: Kind::Entropy(law.clone()), span: law.span });
    for mut e in members.iter().cloned().chain(laws) {
        model::rename(&mut e, &mut |name| {
            taken.insert(name.base.clone());
        });
    }
    taken
}

/// Times are whole numbers.
fn times(time: &str, sides: &[&Expr]) -> Vec<Assumption> {
    let mut found = BTreeSet::new();
    for side in sides {
        side.visit_names(&mut |name| {
            let number = name.subscript.as_deref().is_some_and(|below| below.parse::<u32>().is_ok());
            if name.base == time && number {
                found.insert(name.clone());
            }
        });
    }
    let sort = |letter: Name| Assumption::Sort { letter, sort: "natural".into(), span: Default::default() };
    found.into_iter().map(sort).collect()
}

fn is_of_trajectory(assumption: &Assumption, model: &Model) -> bool {
    match assumption {
        Assumption::Draw { variables, .. } => variables.iter().any(|name| model.is_sequence(&name.base)),
        Assumption::Tuple { .. } => true,
        _ => false,
    }
}

/// The letter of the last time: the one in which the trajectory ends, or else the sums.
fn horizon(model: &Model, members: &[Expr]) -> Option<String> {
    let ends = model.sequences.iter().filter_map(|sequence| sequence.range.as_ref());
    let letter = |index: &Index| index.shifted().map(|(letter, _)| letter.to_string());
    if let Some(letter) = ends.filter_map(|(_, last)| letter(last)).next() {
        return Some(letter);
    }
    fn ends_of(e: &Expr, see: &mut impl FnMut(Index)) {
        if let Kind::Call { function, arguments, .. } = &e.kind
            && function.base == "sum"
            && let [_, _, _, high] = arguments.as_slice()
        {
            Index::of(high).into_iter().for_each(&mut *see);
        }
        e.children().into_iter().for_each(|child| ends_of(child, see));
    }
    let mut found = None;
    for member in members {
        ends_of(member, &mut |index| {
            let plain = letter(&index).filter(|letter| !letter.contains('·'));
            found = found.take().or(plain);
        });
    }
    found
}
