//! Two terms that are equal by arithmetic, brought together by moves: both are put into one form, and what is left is an
//! equality that evaluation sees.

use stein_kernel::context::Context;
use stein_kernel::step::{Move, Step};
use stein_kernel::term::{Op, Term};

/// More moves than this are not made on one side.
const MOST_MOVES: usize = 400;
/// Nor is a table filled beyond this.
const MOST_TERMS: usize = 200_000;

/// The moves from one term to the other; none if they were not brought together.
pub fn between(context: &mut Context, from: Term, to: Term) -> Option<Vec<Step>> {
    if from == to {
        return Some(vec![]);
    }
    let proved = (context.needs.clone(), context.proved);
    let result = Bridge { context }.between(&mut vec![], from, to);
    (context.needs, context.proved) = proved;
    result
}

struct Bridge<'c, 'l> {
    context: &'c mut Context<'l>,
}

impl Bridge<'_, '_> {
    fn between(&mut self, place: &mut Vec<usize>, from: Term, to: Term) -> Option<Vec<Step>> {
        if from == to {
            return Some(vec![]);
        }
        if self.context.equal(from, to).is_ok() {
            return Some(vec![ring(place, from, to)]);
        }
        let (mut steps, here) = self.normalized(place, from)?;
        let (back, there) = self.normalized(place, to)?;
        if here != there {
            if self.context.equal(here, there).is_ok() {
                steps.push(ring(place, here, there));
            } else {
                steps.extend(self.of_parts(place, here, there)?);
            }
        }
        steps.extend(back.into_iter().rev().map(reversed));
        Some(steps)
    }

    /// The same root over parts that are brought together one by one.
    fn of_parts(&mut self, place: &mut Vec<usize>, from: Term, to: Term) -> Option<Vec<Step>> {
        let (own, other) = (self.context.table.args(from).to_vec(), self.context.table.args(to).to_vec());
        if self.context.table.op(from) != self.context.table.op(to) || own.len() != other.len() || own.is_empty() {
            return None;
        }
        let mut steps = vec![];
        for (index, (a, b)) in own.into_iter().zip(other).enumerate() {
            place.push(index);
            let part = self.below(from, index, |this| this.between(place, a, b));
            place.pop();
            steps.extend(part?);
        }
        Some(steps)
    }

    /// The term with derivatives computed and means joined.
    fn normalized(&mut self, place: &mut Vec<usize>, term: Term) -> Option<(Vec<Step>, Term)> {
        let (mut here, mut steps) = (term, vec![]);
        while let Some(step) = self.next(&mut vec![], here) {
            if steps.len() >= MOST_MOVES || self.context.table.len() > MOST_TERMS {
                return None;
            }
            here = self.context.table.replaced(here, &step.place, step.after)?;
            steps.push(Step { place: [place.as_slice(), &step.place].concat(), ..step });
        }
        Some((steps, here))
    }

    /// A move that brings the term closer to its form, the innermost first.
    fn next(&mut self, place: &mut Vec<usize>, term: Term) -> Option<Step> {
        for (index, arg) in self.context.table.args(term).to_vec().into_iter().enumerate() {
            place.push(index);
            let found = self.below(term, index, |this| this.next(place, arg));
            place.pop();
            if found.is_some() {
                return found;
            }
        }
        let step = |what, after| Some(Step { place: place.clone(), what, backwards: false, before: term, after });
        match self.context.table.op(term).clone() {
            Op::D(_) => {
                let after = self.context.differentiated(term).ok()?;
                if after == term { None } else { step(Move::Diff, after) }
            }
            Op::Mean => {
                let flat = self.context.restructured(&Move::Flat, term, false);
                if let Ok(after) = flat {
                    return step(Move::Flat, after);
                }
                let (after, args) = (self.pulled(term)?, ());
                let () = args;
                step(Move::Ring(vec![]), after)
            }
            _ => None,
        }
    }

    /// `E_x[a E_z[g]]` as `E_x[E_z[a g]]`.
    fn pulled(&mut self, term: Term) -> Option<Term> {
        let args = self.context.table.args(term).to_vec();
        let (body, laws) = args.split_last()?;
        if !matches!(self.context.table.op(*body), Op::Mul) {
            return None;
        }
        let factors = self.context.table.args(*body).to_vec();
        let inner = factors.iter().position(|factor| matches!(self.context.table.op(*factor), Op::Mean))?;
        let own = self.context.table.args(factors[inner]).to_vec();
        let (integrand, inner_laws) = own.split_last()?;
        let mut product = vec![];
        for (index, factor) in factors.iter().enumerate().filter(|(index, _)| *index != inner) {
            let _ = index;
            product.push(self.context.table.lift(*factor, inner_laws.len() as u32, 0));
        }
        product.push(*integrand);
        let product = self.context.table.mul(product);
        let mean = self.context.table.term(Op::Mean, [inner_laws, &[product]].concat());
        Some(self.context.table.term(Op::Mean, [laws, &[mean]].concat()))
    }

    fn below<T>(&mut self, term: Term, index: usize, run: impl FnOnce(&mut Self) -> T) -> T {
        let depth = self.context.scopes.len();
        let more = self.context.binders_of(term, index);
        self.context.scopes.extend(more);
        let result = run(self);
        self.context.scopes.truncate(depth);
        result
    }
}

fn ring(place: &[usize], before: Term, after: Term) -> Step {
    Step { place: place.to_vec(), what: Move::Ring(vec![]), backwards: false, before, after }
}

fn reversed(step: Step) -> Step {
    Step { backwards: !step.backwards, before: step.after, after: step.before, ..step }
}
