//! Means that both sides of an equation hold.
//!
//! Each sample of a mean multiplies the work of an evaluation. A mean, or the derivative of one, that stands on both sides, and on
//! neither below a derivative by what it depends on, may be any function of what it depends on: if the sides are equal for
//! every such function, they are for this one.

use super::arithmetic::{Fingerprinter, equal_at};
use super::nesting::is_mean;
use crate::term::{Definitions, Op, Term, Var, canonical, substitute_many};

/// More means on a side than this are not worth the work.
const MOST_MEANS: usize = 48;

/// Letters that cannot be typed, for what binders bind that are opened one after the other.
pub(super) fn letter(depth: u32, var: &Var) -> Term {
    Term::var(Var::free(&format!("·{depth}·"), var.domain))
}

/// Both sides with functions for the means that they share; none if they share none. Letters from `depth` on are free.
pub(super) fn with_shared_means(definitions: &Definitions, left: &Term, right: &Term, depth: u32) -> Option<[Term; 2]> {
    let mut others: Vec<(Term, u32)> = Vec::new();
    Walk::new(depth).inside(right, &mut |mean, walk| {
        others.push((walk.opened(mean), walk.depth()));
        None
    });
    if others.is_empty() || others.len() > MOST_MEANS {
        return None;
    }
    // The means that are met, each with the number of its function.
    let mut met: Vec<(Term, usize)> = Vec::new();
    let own = Walk::new(depth).inside(left, &mut |mean, walk| {
        let opened = walk.opened(mean);
        let known = met.iter().find(|(known, _)| *known == opened).map(|(_, number)| *number);
        let number = known.or_else(|| {
            let same = |(other, deep): &&(Term, u32)| is_same(definitions, &opened, other, walk.depth().max(*deep));
            let (other, _) = others.iter().find(same)?;
            let number = met.iter().find(|(known, _)| known == other).map_or(met.len(), |(_, number)| *number);
            met.push((opened.clone(), number));
            met.push((other.clone(), number));
            Some(number)
        })?;
        Some(walk.function(number, &opened))
    });
    if met.is_empty() {
        return None;
    }
    let other = Walk::new(depth).inside(right, &mut |mean, walk| {
        let opened = walk.opened(mean);
        let (_, number) = met.iter().find(|(known, _)| *known == opened)?;
        Some(walk.function(*number, &opened))
    });
    Some([own, other].map(|side| canonical(&side)))
}

fn is_same(definitions: &Definitions, a: &Term, b: &Term, depth: u32) -> bool {
    if a == b {
        return true;
    }
    let fingerprints = || {
        let fingerprinter = Fingerprinter { definitions };
        Some(fingerprinter.of(a)?.matches(&fingerprinter.of(b)?))
    };
    a.free() == b.free() && fingerprints() == Some(true) && equal_at(definitions, a, b, depth)
}

/// A way into a term, by sums, products and binders.
struct Walk {
    /// The first letter that is free.
    first: u32,
    /// The binders around, each with its letter.
    letters: Vec<(Var, Term)>,
    /// The variables around by which is differentiated.
    derivatives: Vec<Var>,
}

impl Walk {
    fn new(first: u32) -> Walk {
        Walk { first, letters: vec![], derivatives: vec![] }
    }

    /// The next letter that is free.
    fn depth(&self) -> u32 {
        self.first + self.letters.len() as u32
    }

    /// A term with letters for what is bound around it.
    fn opened(&self, term: &Term) -> Term {
        substitute_many(term, &self.letters)
    }

    /// A function of what an opened term depends on, where the term stood.
    fn function(&self, number: usize, opened: &Term) -> Term {
        let closed = |var: &Var| {
            let bound = self.letters.iter().find(|(_, letter)| *letter == Term::var(var.clone()));
            Term::var(bound.map_or(var, |(bound, _)| bound).clone())
        };
        let arguments: Vec<Term> = opened.free().iter().map(closed).collect();
        Term::new(Op::Apply(format!("·mean {number}·").as_str().into(), vec![0; arguments.len()]), arguments)
    }

    /// The term with what `replace` puts for means and their derivatives inside of it, the outer ones first.
    fn inside(&mut self, term: &Term, replace: &mut impl FnMut(&Term, &Walk) -> Option<Term>) -> Term {
        let enters =
            matches!(term.op(), Op::Add | Op::Mul | Op::Expect(_) | Op::Integral(_) | Op::Sum(_) | Op::Derivative(..));
        if !enters || !term.has_operator() {
            return term.clone();
        }
        let mut args = term.args().to_vec();
        match term.op().bound() {
            None => args.iter_mut().for_each(|arg| *arg = self.part(arg, replace)),
            Some(var) => {
                let body = &mut args[term.op().body_index()];
                let derives = matches!(term.op(), Op::Derivative(..));
                self.letters.push((var.clone(), letter(self.depth(), var)));
                if derives {
                    self.derivatives.push(var.clone());
                }
                *body = self.part(body, replace);
                if derives {
                    self.derivatives.pop();
                }
                self.letters.pop();
            }
        }
        Term::new(term.op().clone(), args)
    }

    fn part(&mut self, term: &Term, replace: &mut impl FnMut(&Term, &Walk) -> Option<Term>) -> Term {
        let varies = || self.derivatives.iter().any(|var| term.depends_on(var));
        let derives = || matches!(term.op(), Op::Derivative(..)) && term.args()[0].has_operator();
        let replaced = if (is_mean(term) || derives()) && !varies() { replace(term, self) } else { None };
        replaced.unwrap_or_else(|| self.inside(term, replace))
    }
}
