//! How the variance of a sample behaves where the scale of its noise becomes small or large.

use super::constant::Linear;
use super::forms::Forms;
use super::series::Series;
use super::{Closed, Sample};
use crate::proof::Hypotheses;
use crate::rule::Library;
use crate::term::{Domain, Op, Regularity, Simplifier, Symbol, Term, Var, substitute};

/// The behaviour of a variance in the scale of the noise.
#[derive(Clone, Debug)]
pub struct Asymptotics {
    /// The scale: where it is 0, the noise does not reach any function.
    pub scale: Var,
    /// What the variance is asymptotic to as the scale tends to 0, for smooth functions that grow slowly, where that is known.
    pub small: Option<Leading>,
    /// A bound at any scale, where all values are of one function, or of one of its derivatives, and at most [`BOUND`]
    /// in absolute value.
    pub bound: Option<Term>,
}

/// A leading term.
#[derive(Clone, Debug)]
pub struct Leading {
    /// The term, its power of the scale included; where it is 0 for a function, the variance is smaller than that.
    pub term: Term,
    /// The rest is of this order in the scale.
    pub rest: i64,
}

/// The letter for a bound of the values of a function.
pub const BOUND: &str = "M";

/// Terms of the series of one sample; twice as many would not change what is seen in practice.
const TERMS: usize = 7;
/// Of more draws than this nothing is said.
const DRAWS: usize = 4;

/// The asymptotics of an estimator; none where no parameter scales its noise.
pub fn asymptotics(library: &Library, hypotheses: &Hypotheses, term: &Term, constants: &[Var]) -> Option<Asymptotics> {
    let noise = Forms::new(library, hypotheses).noise(term);
    let sample =
        Sample::of(noise.as_ref().unwrap_or(term)).filter(|sample| (1..=DRAWS).contains(&sample.draws.len()))?;
    let scale = scale(&sample)?;
    let may_jump =
        |(name, _): (Symbol, Vec<u32>)| hypotheses.classes.get(&name).is_some_and(|class| *class != Regularity::Smooth);
    let rough = sample.functions().into_iter().any(may_jump);
    let mut closed = Closed::new(library, hypotheses);
    let mut simplifier = Simplifier::new(&library.definitions);
    let small = if rough { None } else { small(library, &mut simplifier, &mut closed, &sample, &scale, constants) };
    // The best value of a constant is no worse than 0.
    let plain =
        constants.iter().fold(sample.integrand.clone(), |plain, constant| substitute(&plain, constant, &Term::zero()));
    let bound = bound(&mut simplifier, &mut closed, &Sample { integrand: plain, ..sample });
    Some(Asymptotics { scale, small, bound })
}

/// The positive parameter without which no value of a function depends on a draw.
fn scale(sample: &Sample) -> Option<Var> {
    let calls = sample.calls();
    let is_drawn = |term: &Term| sample.draws.iter().any(|(draw, _)| term.depends_on(draw));
    let arguments: Vec<&Term> = calls.iter().flat_map(|call| call.args()).filter(|arg| is_drawn(arg)).collect();
    let mut parameters: Vec<Var> =
        sample.integrand.free().iter().filter(|v| v.domain == Domain::Positive).cloned().collect();
    parameters.retain(|v| v.name().is_some() && !sample.draws.iter().any(|(draw, law)| draw == v || law.depends_on(v)));
    let removes = |v: &Var| arguments.iter().all(|arg| is_product_with(arg, v, &is_drawn));
    parameters.into_iter().find(|v| !arguments.is_empty() && removes(v))
}

/// True if every summand that is drawn has the variable as a factor.
fn is_product_with(argument: &Term, v: &Var, is_drawn: &impl Fn(&Term) -> bool) -> bool {
    argument
        .summands()
        .iter()
        .filter(|part| is_drawn(part))
        .all(|part| part.factors().iter().any(|factor| factor.as_var() == Some(v)))
}

fn small(
    library: &Library,
    simplifier: &mut Simplifier<'_>,
    closed: &mut Closed<'_>,
    sample: &Sample,
    scale: &Var,
    constants: &[Var],
) -> Option<Leading> {
    let mut series = |term: &Term| Series::of(simplifier, &library.definitions, term, scale, TERMS);
    let variance = match constants {
        [] => {
            let own = series(&sample.integrand)?;
            own.covariance(&own, sample, closed)?
        }
        [constant] => {
            let linear = Linear::of(&mut Simplifier::new(&library.definitions), &sample.integrand, constant)?;
            let (plain, weight) = (series(&linear.plain)?, series(&linear.weight)?);
            let saved = plain.covariance(&weight, sample, closed)?;
            let saved = saved.squared_over(&weight.covariance(&weight, sample, closed)?, closed)?;
            plain.covariance(&plain, sample, closed)?.minus(&saved, closed)
        }
        _ => return None,
    };
    let (coefficient, power, rest) = variance.leading()?;
    let term = Term::mul(vec![coefficient, Term::pow(Term::var(scale.clone()), Term::integer(power))]);
    Some(Leading { term: simplifier.simplify(&term), rest })
}

/// A bound of the second moment of a sum of values of one function, each with a weight.
fn bound(simplifier: &mut Simplifier<'_>, closed: &mut Closed<'_>, sample: &Sample) -> Option<Term> {
    let [_] = sample.functions().as_slice() else { return None };
    let calls = sample.calls();
    let letters: Vec<Var> = (0..calls.len()).map(|i| Var::free(&format!("·value{i}"), Domain::Real)).collect();
    let values: Vec<(Term, Term)> = calls.iter().cloned().zip(letters.iter().cloned().map(Term::var)).collect();
    let form = replaced(&sample.integrand, &values);
    let mut weights = Vec::new();
    for letter in &letters {
        let weight = simplifier.simplify(&Term::derivative(letter, 1, form.clone()));
        if letters.iter().any(|other| weight.depends_on(other)) {
            return None;
        }
        weights.push(weight);
    }
    let at_zero = letters.iter().fold(form, |form, letter| substitute(&form, letter, &Term::zero()));
    if !simplifier.simplify(&at_zero).is_zero() {
        return None;
    }
    // |w_1 f_1 + … + w_n f_n|² is at most n (w_1² + … + w_n²) M².
    let square = |term: Term| Term::pow(term, Term::integer(2));
    let count = Term::integer(weights.len() as i64);
    let squares = Term::add(weights.into_iter().map(square).collect());
    let second = closed.value(&sample.mean_of(squares))?;
    let letter = Var::free(BOUND, Domain::Positive);
    let term = Term::mul(vec![count, square(Term::var(letter.clone())), second]);
    (!sample.integrand.depends_on(&letter)).then(|| simplifier.simplify(&term))
}

fn replaced(term: &Term, values: &[(Term, Term)]) -> Term {
    match values.iter().find(|(call, _)| call == term) {
        Some((_, value)) => value.clone(),
        None => Term::new(term.op().clone(), term.args().iter().map(|arg| replaced(arg, values)).collect()),
    }
}

/// What a variance in closed form is asymptotic to as the scale becomes large: its monomials of the highest power.
pub fn large(library: &Library, formula: &Term, scale: &Var) -> Option<Term> {
    let mut simplifier = Simplifier::new(&library.definitions);
    let power = |monomial: &Term| -> Option<i64> {
        let own = monomial.factors().iter().filter(|factor| factor.depends_on(scale));
        own.map(|factor| match factor.op() {
            Op::Var(_) => Some(1),
            Op::Pow if factor.args()[0].as_var() == Some(scale) => factor.args()[1].as_integer(),
            _ => None,
        })
        .sum()
    };
    let monomials = simplifier.monomials(formula)?;
    let powers = monomials.iter().map(power).collect::<Option<Vec<i64>>>()?;
    let highest = *powers.iter().max()?;
    let leading =
        monomials.into_iter().zip(powers).filter(|(_, power)| *power == highest).map(|(monomial, _)| monomial);
    let leading = simplifier.simplify(&Term::add(leading.collect()));
    (!leading.is_zero()).then_some(leading)
}
