//! One sample of an estimator: the draws it takes, and what is computed from them.

use crate::term::{Domain, Op, Simplifier, Symbol, Term, Var, canonical, substitute};

/// What is computed from one joint draw; its mean is the estimator.
#[derive(Clone, Debug)]
pub struct Sample {
    /// In the order of drawing: the law of a variable may hold those before it.
    pub draws: Vec<(Var, Term)>,
    /// Free of means.
    pub integrand: Term,
}

/// More draws than this are not put together.
const DRAWS: usize = 16;
/// Powers of means above this are not written out.
const COPIES: i64 = 8;

impl Sample {
    /// The sample of sums and products of means; none where a mean enters in another way. The summands of a sum share
    /// draws of equal laws, the factors of a product have their own.
    pub fn of(term: &Term) -> Option<Sample> {
        let mut names = 0;
        joint(term, &mut names)
    }

    /// The mean of something else over the same draws.
    pub fn mean_of(&self, integrand: Term) -> Term {
        self.draws.iter().rev().fold(integrand, |body, (var, law)| Term::expect(var, law.clone(), body))
    }

    /// The term as the mean of one simplified integrand, factors included; the term itself where it is no such mean.
    pub fn gathered(simplifier: &mut Simplifier<'_>, term: &Term) -> Term {
        match Sample::of(term) {
            Some(sample) if !sample.draws.is_empty() => canonical(&tidied(simplifier, &sample.mean())),
            _ => term.clone(),
        }
    }

    /// The sample as a mean.
    pub fn mean(&self) -> Term {
        self.mean_of(self.integrand.clone())
    }

    /// The values of unknown functions that a sample takes, each once.
    pub fn calls(&self) -> Vec<Term> {
        let mut found: Vec<Term> = Vec::new();
        self.integrand.visit(&mut |t| {
            if matches!(t.op(), Op::Apply(..)) && !found.contains(t) {
                found.push(t.clone());
            }
        });
        found.sort();
        found
    }

    /// The functions that a sample needs, with the orders of their derivatives, each once.
    pub fn functions(&self) -> Vec<(Symbol, Vec<u32>)> {
        let name = |t: Term| match t.op() {
            Op::Apply(name, orders) => Some((name.clone(), orders.clone())),
            _ => None,
        };
        let mut found: Vec<_> = self.calls().into_iter().filter_map(name).collect();
        found.sort();
        found.dedup();
        found
    }
}

/// The body of a mean, simplified in the variables that are bound there.
fn tidied(simplifier: &mut Simplifier<'_>, term: &Term) -> Term {
    match term.op() {
        Op::Expect(_) => {
            let body = tidied(simplifier, &term.args()[1]);
            Term::new(term.op().clone(), vec![simplifier.simplify(&term.args()[0]), body])
        }
        _ => {
            let simple = simplifier.simplify(term);
            let factored = factored(&simple);
            if factored == simple { simple } else { simplifier.simplify(&factored) }
        }
    }
}

/// What all summands of a sum have in common, in front of it.
fn factored(term: &Term) -> Term {
    match term.op() {
        Op::Mul => Term::mul(term.args().iter().map(factored).collect()),
        Op::Add => {
            let shared: Vec<Term> =
                term.args().iter().skip(1).fold(term.args()[0].factors().to_vec(), |shared, summand| {
                    shared.into_iter().filter(|factor| summand.factors().contains(factor)).collect()
                });
            let shared: Vec<Term> = shared.into_iter().filter(|factor| factor.as_number().is_none()).collect();
            if shared.is_empty() {
                return term.clone();
            }
            let rest = |summand: &Term| {
                let mut factors = summand.factors().to_vec();
                for factor in &shared {
                    if let Some(index) = factors.iter().position(|f| f == factor) {
                        factors.remove(index);
                    }
                }
                Term::mul(factors)
            };
            let rest = Term::add(term.args().iter().map(rest).collect());
            Term::mul(shared.into_iter().chain([rest]).collect())
        }
        _ => term.clone(),
    }
}

fn fresh(names: &mut usize, domain: Domain) -> Var {
    *names += 1;
    Var::free(&format!("·draw{names}"), domain)
}

fn joint(term: &Term, names: &mut usize) -> Option<Sample> {
    if !term.any(&|t| matches!(t.op(), Op::Expect(_))) {
        return Some(Sample { draws: vec![], integrand: term.clone() });
    }
    let result = match term.op() {
        Op::Expect(var) => {
            let draw = fresh(names, var.domain);
            let mut inner = joint(&term.open(&Term::var(draw.clone())), names)?;
            inner.draws.insert(0, (draw, term.args()[0].clone()));
            inner
        }
        Op::Add => {
            let parts: Option<Vec<Sample>> = term.args().iter().map(|arg| joint(arg, names)).collect();
            parts?.into_iter().reduce(shared)?
        }
        Op::Mul => product(term.args(), names)?,
        Op::Pow => match term.args()[1].as_integer() {
            Some(n @ 1..=COPIES) => product(&vec![term.args()[0].clone(); n as usize], names)?,
            _ => return None,
        },
        _ => return None,
    };
    (result.draws.len() <= DRAWS).then_some(result)
}

fn product(factors: &[Term], names: &mut usize) -> Option<Sample> {
    let parts: Option<Vec<Sample>> = factors.iter().map(|factor| joint(factor, names)).collect();
    let parts = parts?;
    let integrand = Term::mul(parts.iter().map(|part| part.integrand.clone()).collect());
    Some(Sample { draws: parts.into_iter().flat_map(|part| part.draws).collect(), integrand })
}

/// The sum of two samples on common draws, as far as their laws are the same.
fn shared(first: Sample, mut second: Sample) -> Sample {
    let mut draws = first.draws;
    let mut taken = vec![false; draws.len()];
    for index in 0..second.draws.len() {
        let (var, law) = second.draws[index].clone();
        let same = (0..taken.len()).find(|&i| !taken[i] && draws[i].1 == law);
        let Some(i) = same else {
            draws.push((var, law));
            continue;
        };
        taken[i] = true;
        let other = Term::var(draws[i].0.clone());
        second.integrand = substitute(&second.integrand, &var, &other);
        second.draws.iter_mut().for_each(|(_, law)| *law = substitute(law, &var, &other));
    }
    Sample { draws, integrand: Term::add(vec![first.integrand, second.integrand]) }
}
