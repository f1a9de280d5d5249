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

mod aggregate;
mod contract;
mod differentiate;
mod expand;
mod indices;
mod instance;
mod line;
mod strip;
mod whiten;
mod write;

use crate::term::{
    CHOLESKY, DELTA, Definitions, Domain, Hypotheses, INVERSE, Identity, Op, Problem, Regularity, Symbol, Term, Var,
    shape_of_law, substitute_many,
};
use expand::{Expander, Summand};
use indices::Indices;
use instance::Instance;
pub use instance::LARGEST;
pub use line::on_the_line;
use std::collections::BTreeSet;
use write::Writer;
pub use write::{ROOT, indexed};

/// Why a statement about arrays could not be brought down to numbers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreduced(String);

type Result<T> = std::result::Result<T, Unreduced>;

fn unreduced<T>(why: &str) -> Result<T> {
    Err(Unreduced(why.into()))
}

/// Does a statement speak of arrays, or of trajectories?
pub fn has_arrays(problem: &Problem) -> bool {
    !problem.arrays.is_empty() || !problem.trajectories.is_empty() || problem.members.iter().any(Term::has_arrays)
}

/// The sizes of the arrays of a statement.
fn sizes(problem: &Problem) -> Vec<Term> {
    let mut found: Vec<Term> = problem.arrays.values().flatten().cloned().collect();
    for member in &problem.members {
        member.visit(&mut |t| {
            if matches!(t.op(), Op::Array(_) | Op::Independent(_)) {
                found.push(t.args()[0].clone());
            }
            // The index of a sum over the entries of a function's value.
            if let Op::Sum(index) = t.op()
                && t.args()[2].any(&|t| *t.op() == Op::Entry && t.args()[1].as_var() == Some(index))
            {
                found.push(t.args()[1].clone());
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

/// How sums over the indices of matrices are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By what stands before each entry, which is enough and short.
    Entries,
    /// As they are.
    Whole,
}

/// A link of a statement about arrays as statements about numbers, for every size: if they hold, so does the link. There is one
/// for each way in which indices that the link speaks of can be the same.
///
/// # Errors
/// Says what of the link is not followed.
pub fn generic(definitions: &Definitions, problem: &Problem, link: usize, way: Way) -> Result<Vec<Problem>> {
    let mut sides = [problem.members[link].clone(), problem.members[link + 1].clone()];
    let counted = size_letters(problem);
    let is_counted = |v: &Var| v.name().is_some_and(|name| counted.iter().any(|size| **size == *name));
    let in_size = |t: &Term| matches!(t.op(), Op::Derivative(..)) && t.args()[1].as_var().is_some_and(is_counted);
    if sides.iter().any(|side| side.any(&in_size)) {
        return unreduced("a derivative in a size, which is a whole number");
    }
    let mut names = Names::of(problem);
    let mut indices = Indices::default();
    loop {
        match (entries(&sides[0]), entries(&sides[1])) {
            (Some(size), Some(other)) if size == other => {
                let index = names.index();
                indices.fix(&index, &size);
                sides = sides.map(|side| side.open(&index));
            }
            (None, None) => break,
            _ => return unreduced("the sides have different shapes"),
        }
    }
    let sides = logarithms(sides.map(|side| aggregate::products(&densities(&side))));
    let (sides, others) = whiten::whitened(problem, &sides)?;
    let about_other = |t: &Term| matches!(t.op(), Op::Apply(name, _) | Op::UnknownLaw(name) if others.contains(name));
    let kept = |terms: &[Term]| terms.iter().filter(|term| !term.any(&about_other)).cloned().collect::<Vec<_>>();
    let hypotheses = Hypotheses {
        positive: kept(&problem.hypotheses.positive),
        nonnegative: kept(&problem.hypotheses.nonnegative),
        nonzero: kept(&problem.hypotheses.nonzero),
        ..problem.hypotheses.clone()
    };
    let problem = &Problem { hypotheses, ..problem.clone() };
    written(problem, &sides, &mut indices)?;
    let sides = sides.map(|side| deltas(&side, &indices, &mut Vec::new()));
    if let Some(name) = names.clash() {
        return unreduced(&format!("the letter `{name}` is needed for the entries of an array; call it otherwise"));
    }
    // `A_{1,i}` is an entry of the matrix A, and would be one of a vector called A_1.
    let matrices = || problem.arrays.iter().filter(|(_, shape)| shape.len() > 1);
    let hidden =
        |name: &Symbol| matrices().any(|(matrix, _)| name.strip_prefix(&**matrix).is_some_and(|n| n.starts_with('_')));
    if let Some(name) = problem.arrays.keys().find(|name| hidden(name)) {
        return unreduced(&format!("the name `{name}` looks like an entry of a matrix; call it otherwise"));
    }
    // So would be the letters for its root and its inverses.
    let letters = || [write::ROOT, write::INVERSE_ROOT, write::INVERTED];
    let made = matrices().flat_map(|(matrix, _)| letters().map(|letter| format!("{letter}_{matrix}")));
    for letter in made {
        let same = |name: &Symbol| **name == *letter || name.strip_prefix(&*letter).is_some_and(|n| n.starts_with(','));
        if names.taken.iter().any(same) {
            return unreduced(&format!("the name `{letter}` is needed for a matrix; call what has it otherwise"));
        }
    }
    is_smooth(definitions, problem, &sides)?;
    let sizes = sizes(problem);
    let mut expander = Expander::new(definitions, &problem.hypotheses.classes, &sizes, &mut names);
    let mut expanded = sides.iter().map(|side| expander.expand(side)).collect::<Result<Vec<_>>>()?;
    if expander.has_letters() {
        // What has a letter in one place has it in all.
        let sides = sides.each_ref().map(|side| expander.known(side));
        expanded = sides.iter().map(|side| expander.expand(side)).collect::<Result<Vec<_>>>()?;
    }
    let mut summands = expanded.into_iter().map(|side| {
        let contracted = side.into_iter().map(|summand| expander.gathered(summand.contracted(&problem.definite)));
        contract::collected(contracted.collect())
    });
    let sides = [summands.next().unwrap_or_default(), summands.next().unwrap_or_default()];
    drop(summands);
    let groups = match way {
        Way::Entries => strip::stripped(&sides, &problem.definite, &mut names),
        Way::Whole => None,
    };
    let whole = || vec![strip::Group { sides: sides.clone(), letters: Vec::new() }];
    let mut problems = Vec::new();
    for group in groups.unwrap_or_else(whole) {
        let mut indices = indices.clone();
        let stands = |index: &Term, t: &Term| match t.op() {
            Op::Entry => t.args()[1] == *index,
            Op::Function(_) => t.is_function(DELTA) && t.args().contains(index),
            _ => false,
        };
        indices.keep(|index| match index.as_var() {
            Some(letter) => group.sides.iter().flatten().any(|summand| summand.term.depends_on(letter)),
            None => group.sides.iter().flatten().any(|summand| summand.term.any(&|t| stands(index, t))),
        });
        for (letter, size) in &group.letters {
            if group.sides.iter().flatten().any(|s| letter.as_var().is_some_and(|letter| s.term.depends_on(letter))) {
                indices.fix(letter, size);
            }
        }
        for (same, mut indices) in indices.cases(&problem.hypotheses)? {
            let case = group.sides.each_ref().map(|side| side.iter().map(|summand| summand.put(&same)).collect());
            problems.push(about_numbers(definitions, problem, &case, &mut indices, &mut names.clone())?);
        }
        if problems.len() > MOST_PROBLEMS {
            return unreduced("the entries of the matrices give too many statements");
        }
    }
    Ok(problems)
}

/// More statements about numbers than this are not looked at for one about matrices.
const MOST_PROBLEMS: usize = 40;

/// Two sides as numbers, where all indices that they speak of differ.
fn about_numbers(
    definitions: &Definitions,
    problem: &Problem,
    sides: &[Vec<Summand>; 2],
    indices: &mut Indices,
    names: &mut Names,
) -> Result<Problem> {
    let mut named = Vec::new();
    for summands in sides {
        let mut terms = Vec::new();
        for summand in summands {
            terms.extend(indices.coincidences(summand, names)?);
        }
        named.push(terms);
    }
    let mut writer = Writer::new(definitions, problem, indices);
    let mut members = Vec::new();
    for terms in named {
        let mut parts = Vec::new();
        for (count, term) in terms {
            let term = writer.write(&term)?;
            if !term.factors().iter().any(Term::is_zero) {
                parts.push(Term::mul(vec![count, term]));
            }
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
    hypotheses.classes.extend(classes_of_parts(problem, indices.all()));
    members.iter().for_each(|member| hypotheses.read_densities(member));
    Ok(Problem { members, hypotheses, ..Problem::default() })
}

/// The density of independent entries as the exponential of the sum of its logarithms.
fn densities(term: &Term) -> Term {
    let args: Vec<Term> = term.args().iter().map(densities).collect();
    match (term.op(), args.as_slice()) {
        (Op::Density, [law, point]) if matches!(law.op(), Op::Independent(_)) && matches!(point.op(), Op::Array(_)) => {
            let index = Var::free("factor·", Domain::Counting);
            let place = Term::var(index.clone());
            let (law_there, at) = (law.open(&place), point.open(&place));
            let body = match (law_there.op(), law_there.args()) {
                // Sums stand outside of the density.
                (Op::Law(name), [mean, variance]) if &**name == "N" => {
                    let square = Term::pow(at.minus(mean.clone()), Term::integer(2));
                    let tau = Term::mul(vec![Term::integer(2), Term::new(Op::Pi, vec![]), variance.clone()]);
                    let half = Term::mul(vec![square, variance.clone().recip()]);
                    Term::mul(vec![Term::ratio(-1, 2), Term::add(vec![half, tau.ln()])])
                }
                _ => densities(&Term::new(Op::Density, vec![law_there, at])).ln(),
            };
            let sum = Term::bind(Op::Sum(index), vec![Term::one(), law.args()[0].clone(), body]);
            Term::function("exp", vec![sum])
        }
        _ => Term::rebuilt(term.op(), args),
    }
}

/// `1{i = j}` of two indices, which is 1 - sign(i - j)², as an entry of the identity.
fn deltas(term: &Term, indices: &Indices, summed: &mut Vec<Var>) -> Term {
    let kept = summed.len();
    summed.extend(if let Op::Sum(index) = term.op() { Some(index.clone()) } else { None });
    let args: Vec<Term> = term.args().iter().map(|arg| deltas(arg, indices, summed)).collect();
    summed.truncate(kept);
    let is_index = |t: &Term| indices.is_fixed(t) || t.as_var().is_some_and(|v| summed.contains(v));
    let less = |t: &Term| match t.factors() {
        [sign, index] if sign.as_integer() == Some(-1) => Some(index.clone()),
        [number] => number.as_integer().map(|n| Term::integer(-n)),
        _ => None,
    };
    let squared = matches!(term.op(), Op::Pow) && args[1].as_integer() == Some(2) && args[0].is_function("sign");
    let apart = match (squared, args.first().map_or(&[] as &[Term], |sign| sign.args())) {
        (true, [difference]) => match difference.summands() {
            [i, j] => [(i, less(j)), (j, less(i))]
                .into_iter()
                .find_map(|(i, j)| Some((i.clone(), j?)).filter(|(i, j)| is_index(i) && is_index(j))),
            _ => None,
        },
        _ => None,
    };
    match apart {
        Some((i, j)) => Term::one().minus(Term::function(DELTA, vec![i, j])),
        None => Term::rebuilt(term.op(), args),
    }
}

/// Two sides that are products of exponentials of sums over entries, such as densities of vectors, as their logarithms.
fn logarithms(sides: [Term; 2]) -> [Term; 2] {
    let exponents = sides.each_ref().map(|side| {
        let exponents = contract::factors(side).into_iter().map(|factor| match (factor.op(), factor.args()) {
            (Op::Pow, [base, power]) if base.is_function("exp") => {
                Some(Term::mul(vec![power.clone(), base.args()[0].clone()]))
            }
            _ => factor.is_function("exp").then(|| factor.args()[0].clone()),
        });
        exponents.collect::<Option<Vec<Term>>>().map(Term::add)
    });
    match exponents {
        [Some(left), Some(right)] if left.any(&|t| matches!(t.op(), Op::Sum(_))) => [left, right],
        _ => sides,
    }
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

/// What is supposed of the density of an unspecified law on R^d, of the laws of its entries given others.
fn classes_of_parts<'i>(problem: &Problem, indices: impl Iterator<Item = &'i Term>) -> Vec<(Symbol, Regularity)> {
    let joint = write::joint_densities(problem);
    let known = problem.hypotheses.classes.iter().filter(|(name, _)| joint.contains(*name));
    let known: Vec<_> = known.collect();
    let indices = indices.cloned().chain([write::rest()]);
    indices
        .flat_map(|index| known.iter().map(|(name, class)| (write::indexed(name, &index), **class)).collect::<Vec<_>>())
        .collect()
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
        Some(what) => expand::through_all(&what),
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
    let definite = problem.definite.clone();
    let at = Problem { members: sides.to_vec(), hypotheses, arrays, definite, ..Problem::default() };
    let mut indices = Indices::default();
    written(&at, &sides, &mut indices)?;
    let mut problems = Vec::new();
    for (same, indices) in indices.cases(&at.hypotheses)?.into_iter().take(MOST_CASES) {
        let Some(mut letters) = indices.letters_at_numbers() else { continue };
        let numbered = |(letter, other): &(Var, Term)| (letter.clone(), substitute_many(other, &letters));
        let coincide: Vec<(Var, Term)> = same.iter().map(numbered).collect();
        letters.extend(coincide);
        let sides = sides.each_ref().map(|side| substitute_many(side, &letters));
        for place in places(&sides[0])? {
            let opened = |side: &Term| place.iter().fold(side.clone(), |side, index| side.open(&Term::integer(*index)));
            problems.push(at_numbers(&at, &sides.each_ref().map(opened), &letters)?);
        }
    }
    Ok((!problems.is_empty()).then_some(problems))
}

/// A member at numbers in the place of its sizes: all of its entries, row by row, or the number that it is.
///
/// # Errors
/// Says what of the member has no instance.
pub fn written_out(problem: &Problem, member: usize, values: &[(Symbol, i64)]) -> Result<Vec<Term>> {
    let value = |v: &Var| {
        let name = v.name()?;
        values.iter().find(|(size, _)| **size == *name).map(|(_, n)| (v.clone(), Term::integer(*n)))
    };
    let put = |term: &Term| substitute_many(term, &term.free().iter().filter_map(value).collect::<Vec<_>>());
    let side = put(&problem.members[member]);
    let arrays = problem.arrays.iter().map(|(name, shape)| (name.clone(), shape.iter().map(&put).collect())).collect();
    let at = Problem { members: vec![side.clone()], arrays, definite: problem.definite.clone(), ..Problem::default() };
    let mut entries = vec![side];
    while entries.first().is_some_and(|entry| matches!(entry.op(), Op::Array(_))) {
        let mut inner = Vec::new();
        for array in &entries {
            let size = array.args()[0].as_integer().filter(|size| (1..=LARGEST).contains(size));
            let Some(size) = size else {
                return unreduced("a size is not a number, or too large to write all entries out");
            };
            inner.extend((1..=size).map(|index| array.open(&Term::integer(index))));
        }
        entries = inner;
    }
    entries.iter().map(|entry| Instance::new(&at).number(entry)).collect()
}

/// In so many ways letters that are indices are looked at.
const MOST_CASES: usize = 3;

/// The entries of a side that are looked at, by their indices; one place without an index for a number.
fn places(side: &Term) -> Result<Vec<Vec<i64>>> {
    let mut sizes = Vec::new();
    let mut entry = side;
    while matches!(entry.op(), Op::Array(_)) {
        let size = entry.args()[0].as_integer().ok_or_else(|| Unreduced("a size is not a number".into()))?;
        sizes.push(size);
        entry = &entry.args()[1];
    }
    Ok(match sizes.as_slice() {
        [] => vec![vec![]],
        [size] => (1..=*size.min(&2)).map(|index| vec![index]).collect(),
        // On the diagonal, and on either side of it.
        _ => {
            let seen = [[1, 1], [1, 2], [2, 1]].map(|place| place.to_vec());
            let within = |place: &Vec<i64>| place.iter().zip(&sizes).all(|(index, size)| index <= size);
            seen.into_iter().filter(within).collect()
        }
    })
}

/// Two sides that are numbers, with all entries written out.
fn at_numbers(at: &Problem, sides: &[Term; 2], letters: &[(Var, Term)]) -> Result<Problem> {
    let mut members = Vec::new();
    for side in sides {
        members.push(Instance::new(at).number(side)?);
    }
    let supposed = |terms: &[Term]| -> Result<Vec<Term>> {
        let mut instance = Instance::new(at);
        terms.iter().map(|term| instance.number(&substitute_many(term, letters))).collect()
    };
    let mut equations = Vec::new();
    for (left, right) in &at.hypotheses.equations {
        let pair = supposed(&[left.clone(), right.clone()])?;
        equations.extend(pair.first().cloned().zip(pair.get(1).cloned()));
    }
    let mut positive = supposed(&at.hypotheses.positive)?;
    positive.extend(instance::diagonals(at));
    let mut hypotheses = Hypotheses {
        positive,
        nonnegative: supposed(&at.hypotheses.nonnegative)?,
        nonzero: supposed(&at.hypotheses.nonzero)?,
        equations,
        ..at.hypotheses.clone()
    };
    let all: Vec<Term> = (1..=LARGEST).map(Term::integer).collect();
    hypotheses.classes.extend(classes_of_entries(at, all.iter()));
    Ok(Problem { members, hypotheses, ..Problem::default() })
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
        Op::Array(_) => [vec![array.args()[0].clone()], shape_of(problem, &array.args()[1], bound)].concat(),
        Op::Function(name) if [INVERSE, CHOLESKY].contains(&&**name) => shape_of(problem, &array.args()[0], bound),
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
#[derive(Clone)]
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
    fn number(&mut self, domain: Domain) -> Term {
        Term::var(Var::free(&self.fresh(&["c", "a", "b", "s"]), domain))
    }

    /// A letter for an unknown function.
    fn function(&mut self) -> Symbol {
        self.fresh(&["F", "G", "H"])
    }

    fn fresh(&mut self, usual: &[&str]) -> Symbol {
        let more = (1..).map(|n| Symbol::from(format!("{}{n}", usual[0]).as_str()));
        let mut names = usual.iter().map(|name| Symbol::from(*name)).chain(more);
        let name = names.find(|name| !self.taken.contains(name)).unwrap_or_else(|| usual[0].into());
        self.taken.insert(name.clone());
        name
    }
}
