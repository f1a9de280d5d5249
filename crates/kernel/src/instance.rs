//! Instances of rules: letters become terms, unknown functions become abstractions, unspecified laws become laws. The
//! values read at the place of the rule; what the rule binds itself reaches them only as arguments.

use crate::context::Refusal;
use crate::library::{Library, Support};
use crate::term::{Name, Op, Table, Term};
use std::collections::{BTreeMap, HashMap, HashSet};

/// A term over parameters: bound variable 0 is the last parameter, those beyond the parameters read at the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abstraction {
    /// How many parameters.
    pub arity: usize,
    /// The body.
    pub body: Term,
}

/// What stands for the names of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Substitution {
    /// For letters.
    pub letters: BTreeMap<Name, Term>,
    /// For unknown functions.
    pub functions: BTreeMap<Name, Abstraction>,
    /// For unspecified laws; the bodies are laws.
    pub laws: BTreeMap<Name, Abstraction>,
}

impl Substitution {
    /// The same names with other values; the function gets the number of parameters of each.
    pub fn map(&self, change: &mut dyn FnMut(Term, u32) -> Term) -> Substitution {
        let mut all = |from: &BTreeMap<Name, Abstraction>| {
            let new = |(name, value): (&Name, &Abstraction)| {
                (name.clone(), Abstraction { body: change(value.body, value.arity as u32), ..*value })
            };
            from.iter().map(new).collect()
        };
        let (functions, laws) = (all(&self.functions), all(&self.laws));
        let letters = self.letters.iter().map(|(name, value)| (name.clone(), change(*value, 0))).collect();
        Substitution { letters, functions, laws }
    }
}

/// The instance of one term of a rule.
pub fn instance(library: &Library, table: &mut Table, term: Term, by: &Substitution) -> Result<Term, Refusal> {
    instance_at(library, table, term, 0, by, &mut HashMap::new())
}

/// The instance of one side of a rule, with those of the means, sums, integrals and derivatives whose existence the rule
/// can vouch for: those that it displays itself, but not what stands inside of a derivative.
pub fn displayed_instance(
    library: &Library,
    table: &mut Table,
    term: Term,
    by: &Substitution,
) -> Result<(Term, HashSet<Term>), Refusal> {
    let mut memo = HashMap::new();
    let result = instance_at(library, table, term, 0, by, &mut memo)?;
    let (mut own, mut open) = (HashSet::from([term]), vec![term]);
    while let Some(next) = open.pop() {
        let skipped = usize::from(matches!(table.op(next), Op::D(_)));
        open.extend(table.args(next)[skipped..].iter().filter(|arg| own.insert(**arg)));
    }
    own.retain(|own| matches!(table.op(*own), Op::Mean | Op::Int | Op::Sum | Op::D(_)));
    Ok((result, memo.iter().filter(|((term, _), _)| own.contains(term)).map(|(_, made)| *made).collect()))
}

fn instance_at(
    library: &Library,
    table: &mut Table,
    term: Term,
    depth: u32,
    by: &Substitution,
    memo: &mut HashMap<(Term, u32), Term>,
) -> Result<Term, Refusal> {
    if let Some(known) = memo.get(&(term, depth)) {
        return Ok(*known);
    }
    let mut args = vec![];
    for (i, arg) in table.args(term).to_vec().into_iter().enumerate() {
        let inner = depth + table.binders(term, i);
        args.push(instance_at(library, table, arg, inner, by, memo)?);
    }
    let bad = |name: &Name| Refusal::BadSubstitution(name.clone());
    let result = match table.op(term).clone() {
        Op::Free(name) => {
            let value = *by.letters.get(&name).ok_or_else(|| bad(&name))?;
            table.lift(value, depth, 0)
        }
        Op::App(name, orders) => {
            let value = by.functions.get(&name).filter(|value| value.arity == args.len()).ok_or_else(|| bad(&name))?;
            if orders.len() != args.len() {
                return Err(bad(&name));
            }
            let body = table.lift(value.body, depth, value.arity as u32);
            applied(table, body, &orders, args)
        }
        Op::AnyLaw(name) => {
            let value = by.laws.get(&name).filter(|value| value.arity == args.len()).ok_or_else(|| bad(&name))?;
            if !matches!(table.op(value.body), Op::Law(_) | Op::AnyLaw(_)) {
                return Err(bad(&name));
            }
            let body = table.lift(value.body, depth, value.arity as u32);
            table.instantiate(body, &args)
        }
        // The end of a known law's support is a term.
        Op::End(upper) => match table.op(args[0]).clone() {
            Op::Law(law) => match library.laws.get(&law).map(|law| law.support.clone()) {
                Some(Support::Interval(lo, hi) | Support::Integers(lo, hi)) => {
                    let arguments = table.args(args[0]).to_vec();
                    table.instantiate(if upper { hi } else { lo }, &arguments)
                }
                _ => return Err(Refusal::Unsupported(args[0])),
            },
            _ => table.with_args(term, args),
        },
        _ => table.with_args(term, args),
    };
    memo.insert((term, depth), result);
    Ok(result)
}

/// The body at the arguments, differentiated so often in each: derivatives become nodes.
fn applied(table: &mut Table, body: Term, orders: &[u32], args: Vec<Term>) -> Term {
    let Some(i) = orders.iter().position(|order| *order > 0) else { return table.instantiate(body, &args) };
    let point = args[i];
    let mut inner: Vec<Term> = args.iter().map(|arg| table.lift(*arg, 1, 0)).collect();
    inner[i] = table.bound(0);
    let mut rest = orders.to_vec();
    rest[i] = 0;
    let lifted = table.lift(body, 1, args.len() as u32);
    let inner = applied(table, lifted, &rest, inner);
    table.term(Op::D(orders[i]), vec![inner, point])
}
