//! Arrays of symbolic size: samples `x_1, …, x_n` of a law, and vectors in R^d. One mechanism serves both: an array has
//! entries at the indices 1, …, size, and a contraction is a sum over an index.
//!
//! Nothing behind this module knows of arrays. A statement about them is turned into statements about numbers, in two ways
//! that share nothing:
//!
//! - [`generic`] for every size at once, for proofs. Sums are taken out of products and means (`expand`), and a sum over an
//!   index becomes its value at an index that is the same as one met before, or else another one, as often as there are such:
//!   `E[Σ_i Σ_j g(x_i, x_j)]` is `n E[g(x_i, x_i)] + n (n - 1) E[g(x_i, x_j)]`. The indices that are left are named, and what is
//!   proved holds for any that differ; the claim follows by taking the mean over all choices of them.
//! - [`instance`] at numbers in the place of the sizes, for witnesses: arrays are lists, and all entries are written out.
//!
//! A function of an array becomes one of the entries with a name and of all others together, `f(x_i, x_rest)`. The others stand
//! in no other place than that. So of their law nothing is used but what is true of them as a whole: for Gaussian
//! entries a scalar Gaussian is put for the others, because Gaussian laws that differ are linearly independent in
//! any dimension, so that an equality of means that holds for every f on the line holds for every f on R^m; for any other law,
//! a law of which nothing is known.

mod expand;
mod instance;
mod write;

use crate::term::{
    Definitions, Domain, Hypotheses, Identity, Op, Problem, Regularity, Symbol, Term, Var, shape_of_law,
    substitute_many,
};
use expand::{Expander, Indices};
use instance::{Instance, LARGEST};
use std::collections::{BTreeMap, BTreeSet};
use write::Writer;

/// Why a statement about arrays could not be brought down to numbers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreduced(String);

type Result<T> = std::result::Result<T, Unreduced>;

fn unreduced<T>(why: &str) -> Result<T> {
    Err(Unreduced(why.into()))
}

/// Does a statement speak of arrays?
pub fn has_arrays(problem: &Problem) -> bool {
    !problem.arrays.is_empty() || problem.members.iter().any(Term::has_arrays)
}

/// The sizes of the arrays of a statement.
fn sizes(problem: &Problem) -> Vec<Term> {
    let mut found: Vec<Term> = problem.arrays.values().flatten().cloned().collect();
    for member in &problem.members {
        member.visit(&mut |t| {
            if matches!(t.op(), Op::Array(_) | Op::Independent(_)) {
                found.push(t.args()[0].clone());
            }
        });
    }
    found.sort();
    found.dedup();
    found
}

/// The letters that are sizes.
pub fn size_letters(problem: &Problem) -> Vec<Symbol> {
    let letters = sizes(problem).iter().flat_map(|size| size.free().to_vec()).collect::<BTreeSet<Var>>();
    letters.iter().filter_map(|v| v.name().map(Symbol::from)).collect()
}

/// A link of a statement about arrays as one about numbers, for every size: if it holds, so does the link.
///
/// # Errors
/// Says what of the link is not followed.
pub fn generic(definitions: &Definitions, problem: &Problem, link: usize) -> Result<Problem> {
    let sides = [&problem.members[link], &problem.members[link + 1]];
    let mut names = Names::of(problem);
    let mut indices = Indices::default();
    let sides = match (entries(sides[0]), entries(sides[1])) {
        (Some(size), Some(other)) if size == other => {
            let index = names.index();
            indices.fix(&index, &size);
            sides.map(|side| side.open(&index))
        }
        (None, None) => sides.map(Term::clone),
        _ => return unreduced("the sides have different shapes"),
    };
    written(problem, &sides, &mut indices)?;
    if let Some(name) = names.clash() {
        return unreduced(&format!("the letter `{name}` is needed for the entries of an array; call it otherwise"));
    }
    is_smooth(definitions, problem, &sides)?;
    let sizes = sizes(problem);
    let mut expander = Expander::new(&sizes, &mut names);
    let mut expanded = sides.iter().map(|side| expander.expand(side)).collect::<Result<Vec<_>>>()?;
    if expander.has_letters() {
        // What has a letter in one place has it in all.
        let sides = sides.each_ref().map(|side| expander.known(side));
        expanded = sides.iter().map(|side| expander.expand(side)).collect::<Result<Vec<_>>>()?;
    }
    let mut named = Vec::new();
    for summands in expanded {
        let mut terms = Vec::new();
        for summand in summands {
            terms.extend(indices.coincidences(&summand, &mut names)?);
        }
        named.push(terms);
    }
    let mut writer = Writer::new(problem, &indices);
    let mut members = Vec::new();
    for terms in named {
        let mut parts = Vec::new();
        for (count, term) in terms {
            parts.push(Term::mul(vec![count, writer.write(&term)?]));
        }
        members.push(match parts.len() {
            0 => Term::zero(),
            1 => parts.remove(0),
            _ => Term::add(parts),
        });
    }
    // What is supposed of entries that have no name here is not used.
    let mut supposed = |terms: &[Term]| terms.iter().filter_map(|term| writer.write(term).ok()).collect::<Vec<_>>();
    let mut hypotheses = Hypotheses {
        positive: supposed(&problem.hypotheses.positive),
        nonnegative: supposed(&problem.hypotheses.nonnegative),
        nonzero: supposed(&problem.hypotheses.nonzero),
        equations: Vec::new(),
        ..problem.hypotheses.clone()
    };
    hypotheses.classes.extend(classes_of_entries(problem, indices.all()));
    Ok(Problem { members, hypotheses, arrays: BTreeMap::new() })
}

/// The names of the unknown functions and laws of a statement.
fn symbols(problem: &Problem) -> BTreeSet<Symbol> {
    let mut found = BTreeSet::new();
    for member in &problem.members {
        member.visit(&mut |t| {
            if let Op::Apply(name, _) | Op::UnknownLaw(name) = t.op() {
                found.insert(name.clone());
            }
        });
    }
    found
}

/// What is supposed of a function whose value is an array, of the functions that its entries are. No other function of such a
/// name gets anything by that.
fn classes_of_entries<'i>(problem: &Problem, indices: impl Iterator<Item = &'i Term>) -> Vec<(Symbol, Regularity)> {
    let symbols = symbols(problem);
    let mut fields = BTreeSet::new();
    for member in &problem.members {
        member.visit(&mut |t| {
            if let (Op::Entry, Some(Op::Apply(name, _))) = (t.op(), t.args().first().map(Term::op)) {
                fields.insert(name.clone());
            }
        });
    }
    let known = problem.hypotheses.classes.iter().filter(|(name, _)| fields.contains(*name));
    let known: Vec<_> = known.collect();
    let of_entries = indices.flat_map(|index| known.iter().map(|(name, class)| (write::indexed(name, index), **class)));
    of_entries.filter(|(name, _)| !symbols.contains(name)).collect()
}

/// Where a derivative goes through all entries of an array at once, what it goes through has to be smooth: derivatives in
/// each entry alone do not give it. Densities are, where their support stays.
fn is_smooth(definitions: &Definitions, problem: &Problem, sides: &[Term; 2]) -> Result<()> {
    let mut rough = None;
    for side in sides {
        expand::moved(side, &mut |term, var| match term.op() {
            Op::Apply(name, _)
                if problem.hypotheses.classes.get(name).is_none_or(|class| *class < Regularity::Smooth) =>
            {
                rough.get_or_insert_with(|| format!("`given {name} : smooth`"));
            }
            Op::Independent(_) => {
                let law = definitions.law(&term.args()[1]);
                let moves = |end: &&Term| end.depends_on(var);
                if law.is_some_and(|(law, arguments)| law.support_at(arguments).ends().iter().any(moves)) {
                    rough.get_or_insert_with(|| "a law whose support stays".into());
                }
            }
            _ => {}
        });
    }
    match rough {
        Some(what) => unreduced(&format!("the derivative goes through all entries at once, which asks for {what}")),
        None => Ok(()),
    }
}

/// A link at numbers in the place of its sizes, with all entries written out: an equation for each entry of the sides. None
/// where the hypotheses exclude these sizes.
///
/// # Errors
/// Says what of the link has no instance.
pub fn instance(problem: &Problem, link: usize, values: &[(Symbol, i64)]) -> Result<Option<Vec<Problem>>> {
    let value = |v: &Var| {
        let name = v.name()?;
        values.iter().find(|(size, _)| **size == *name).map(|(_, n)| (v.clone(), Term::integer(*n)))
    };
    let put = |term: &Term| {
        let pairs: Vec<(Var, Term)> = term.free().iter().filter_map(value).collect();
        substitute_many(term, &pairs)
    };
    let sides = [put(&problem.members[link]), put(&problem.members[link + 1])];
    let hypotheses = at_sizes(&problem.hypotheses, &put);
    if hypotheses.contradict() {
        return Ok(None);
    }
    let arrays = problem.arrays.iter().map(|(name, shape)| (name.clone(), shape.iter().map(&put).collect())).collect();
    let at = Problem { members: sides.to_vec(), hypotheses, arrays };
    let mut indices = Indices::default();
    written(&at, &sides, &mut indices)?;
    let Some(letters) = indices.letters_at_numbers() else { return Ok(None) };
    let sides = sides.map(|side| substitute_many(&side, &letters));
    let count = match entries(&sides[0]) {
        Some(size) => size.as_integer().ok_or_else(|| Unreduced("a size is not a number".into()))?,
        None => 0,
    };
    let mut problems = Vec::new();
    let firsts: Vec<i64> = if count == 0 { vec![0] } else { (1..=count.min(2)).collect() };
    for index in firsts {
        let mut members = Vec::new();
        for side in &sides {
            let side = if count == 0 { side.clone() } else { side.open(&Term::integer(index)) };
            members.push(Instance::new(&at.arrays).number(&side)?);
        }
        let supposed = |terms: &[Term]| -> Result<Vec<Term>> {
            let mut instance = Instance::new(&at.arrays);
            terms.iter().map(|term| instance.number(&substitute_many(term, &letters))).collect()
        };
        let mut equations = Vec::new();
        for (left, right) in &at.hypotheses.equations {
            let pair = supposed(&[left.clone(), right.clone()])?;
            equations.extend(pair.first().cloned().zip(pair.get(1).cloned()));
        }
        let mut hypotheses = Hypotheses {
            positive: supposed(&at.hypotheses.positive)?,
            nonnegative: supposed(&at.hypotheses.nonnegative)?,
            nonzero: supposed(&at.hypotheses.nonzero)?,
            equations,
            ..at.hypotheses.clone()
        };
        let all: Vec<Term> = (1..=LARGEST).map(Term::integer).collect();
        hypotheses.classes.extend(classes_of_entries(&at, all.iter()));
        problems.push(Problem { members, hypotheses, arrays: BTreeMap::new() });
    }
    Ok(Some(problems))
}

fn at_sizes(hypotheses: &Hypotheses, put: &impl Fn(&Term) -> Term) -> Hypotheses {
    let all = |terms: &[Term]| terms.iter().map(put).collect::<Vec<_>>();
    Hypotheses {
        densities: Default::default(),
        classes: hypotheses.classes.clone(),
        positive: all(&hypotheses.positive),
        nonnegative: all(&hypotheses.nonnegative),
        nonzero: all(&hypotheses.nonzero),
        equations: hypotheses.equations.iter().map(|(left, right)| (put(left), put(right))).collect(),
        solved: hypotheses.solved.clone(),
    }
}

/// The size of a side that is an array.
fn entries(side: &Term) -> Option<Term> {
    matches!(side.op(), Op::Array(_)).then(|| side.args()[0].clone())
}

/// The indices of entries that are written as a letter or a number.
fn written(problem: &Problem, sides: &[Term; 2], indices: &mut Indices) -> Result<()> {
    for side in sides {
        written_in(problem, side, &mut Vec::new(), indices)?;
    }
    Ok(())
}

fn written_in(problem: &Problem, term: &Term, arrays: &mut Vec<Shaped>, indices: &mut Indices) -> Result<()> {
    if *term.op() == Op::Entry {
        let index = &term.args()[1];
        let named = index.as_var().is_none_or(|v| matches!(v.identity, Identity::Free(_)));
        if named && let Some(size) = shape_of(problem, &term.args()[0], arrays).first() {
            if index.as_var().is_none() && index.as_integer().is_none() {
                return unreduced("an index that is calculated, such as i + 1, is not followed yet");
            }
            indices.fix(index, size);
        }
    }
    let kept = arrays.len();
    match term.op() {
        Op::Expect(var) => arrays.push((var.clone(), shape_of_law(&term.args()[0]))),
        Op::Derivative(var, _) => arrays.push((var.clone(), shape_of(problem, &term.args()[1], arrays))),
        _ => {}
    }
    for arg in term.args() {
        written_in(problem, arg, arrays, indices)?;
    }
    arrays.truncate(kept);
    Ok(())
}

/// A variable with the sizes of the array that it stands for, the outermost first; none for a number.
type Shaped = (Var, Vec<Term>);

fn shape_of(problem: &Problem, array: &Term, bound: &[Shaped]) -> Vec<Term> {
    match array.op() {
        Op::Array(_) => vec![array.args()[0].clone()],
        Op::Derivative(..) => shape_of(problem, &array.args()[1], bound),
        Op::Entry => shape_of(problem, &array.args()[0], bound).into_iter().skip(1).collect(),
        Op::Var(var) => match bound.iter().rev().find(|(other, _)| other == var) {
            Some((_, shape)) => shape.clone(),
            None => var.name().and_then(|name| problem.arrays.get(name)).cloned().unwrap_or_default(),
        },
        _ => Vec::new(),
    }
}

/// The law of an array, held fixed or not: of independent entries, or an unspecified one on R^d.
fn law_of_array(law: &Term) -> Option<&Term> {
    match law.op() {
        Op::Independent(_) | Op::Array(_) => Some(law),
        Op::StopGrad => law_of_array(&law.args()[0]),
        _ => None,
    }
}

/// Letters for indices that no one else uses.
struct Names {
    taken: BTreeSet<Symbol>,
}

impl Names {
    fn of(problem: &Problem) -> Names {
        let mut taken: BTreeSet<Symbol> = problem.arrays.keys().cloned().collect();
        taken.extend(symbols(problem));
        taken.extend(problem.hypotheses.classes.keys().cloned());
        // What is supposed of a letter that occurs nowhere else is not supposed of an index.
        let supposed = problem.hypotheses.relations().flatten();
        let terms = problem.members.iter().chain(problem.arrays.values().flatten()).chain(supposed);
        taken.extend(terms.flat_map(|term| term.free()).filter_map(|v| v.name().map(Symbol::from)));
        let below: Vec<Symbol> =
            taken.iter().flat_map(|name| name.split(['_', ',']).skip(1)).map(Symbol::from).collect();
        taken.extend(below);
        Names { taken }
    }

    /// A letter that looks like the entries of an array that have no name.
    fn clash(&self) -> Option<&Symbol> {
        self.taken.iter().find(|name| name.ends_with("_rest"))
    }

    fn index(&mut self) -> Term {
        Term::var(Var::free(&self.fresh(&["i", "j", "k", "l", "m", "r", "s", "t"]), Domain::Counting))
    }

    /// A letter for a number.
    fn number(&mut self) -> Term {
        Term::var(Var::free(&self.fresh(&["c", "a", "b", "s"]), Domain::Real))
    }

    fn fresh(&mut self, usual: &[&str]) -> Symbol {
        let more = (1..).map(|n| Symbol::from(format!("{}{n}", usual[0]).as_str()));
        let mut names = usual.iter().map(|name| Symbol::from(*name)).chain(more);
        let name = names.find(|name| !self.taken.contains(name)).unwrap_or_else(|| usual[0].into());
        self.taken.insert(name.clone());
        name
    }
}
