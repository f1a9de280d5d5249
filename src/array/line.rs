//! Arrays of size 1 as numbers: the line is R^d at d = 1, and so is a sample of one. What is found there may be meant for every
//! size; whether it holds there is for a proof to say.

use super::sizes;
use crate::term::{
    CHOLESKY, CHOOSE, DELTA, DET, Domain, Hypotheses, INVERSE, MATMUL, Op, PRODUCT, Problem, SCALED, Symbol,
    TRANSPOSED, Term, Var,
};
use std::collections::BTreeSet;

/// A statement about arrays at size 1, with the letters that it has. None where it has no such reading, as where the index of
/// a sum is a value as well.
pub fn on_the_line(problem: &Problem) -> Option<Problem> {
    if !problem.trajectories.is_empty() {
        return None;
    }
    let line = Line { sizes: sizes(problem), definite: &problem.definite };
    let all = |terms: &[Term]| terms.iter().filter_map(|term| line.read(term)).collect::<Vec<_>>();
    let members = problem.members.iter().map(|member| line.read(member)).collect::<Option<Vec<_>>>()?;
    let hypotheses = Hypotheses {
        positive: all(&problem.hypotheses.positive),
        nonnegative: all(&problem.hypotheses.nonnegative),
        nonzero: all(&problem.hypotheses.nonzero),
        equations: Vec::new(),
        ..problem.hypotheses.clone()
    };
    Some(Problem { members, hypotheses, ..Problem::default() })
}

struct Line<'a> {
    sizes: Vec<Term>,
    definite: &'a BTreeSet<Symbol>,
}

impl Line<'_> {
    fn read(&self, term: &Term) -> Option<Term> {
        let args = term.args();
        match term.op() {
            Op::Array(_) | Op::Independent(_) => self.read(&term.open(&Term::one())),
            Op::Entry => self.read(&args[0]),
            Op::Sum(index) if args[0].is_one() && self.sizes.contains(&args[1]) => {
                if is_value(&args[2], index) {
                    None
                } else {
                    self.read(&term.open(&Term::one()))
                }
            }
            Op::Var(var) => Some(self.letter(term, var)),
            Op::Function(name) => match &**name {
                DELTA => Some(Term::one()),
                CHOOSE => self.read(&args[2]),
                DET | TRANSPOSED | PRODUCT => self.read(&args[0]),
                INVERSE => Some(self.read(&args[0])?.recip()),
                CHOLESKY => Some(Term::pow(self.read(&args[0])?, Term::ratio(1, 2))),
                MATMUL | SCALED => Some(Term::mul(self.all(args)?)),
                _ => Some(Term::rebuilt(term.op(), self.all(args)?)),
            },
            _ => Some(Term::rebuilt(term.op(), self.all(args)?)),
        }
    }

    fn all(&self, terms: &[Term]) -> Option<Vec<Term>> {
        terms.iter().map(|term| self.read(term)).collect()
    }

    fn letter(&self, term: &Term, var: &Var) -> Term {
        match var.name() {
            Some(_) if self.sizes.contains(term) => Term::one(),
            // A positive definite matrix is a positive number.
            Some(name) if self.definite.contains(name) => Term::var(Var::free(name, Domain::Positive)),
            _ => term.clone(),
        }
    }
}

/// Does an index stand elsewhere than at the entry of an array?
fn is_value(term: &Term, index: &Var) -> bool {
    let inner = match term.op() {
        Op::Var(var) => return var == index,
        Op::Entry => &term.args()[..1],
        Op::Function(name) if [DELTA, CHOOSE].contains(&&**name) => &term.args()[2..],
        _ => term.args(),
    };
    inner.iter().any(|part| is_value(part, index))
}
