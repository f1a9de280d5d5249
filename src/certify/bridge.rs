//! Two terms that are equal by arithmetic, brought together by moves: both are put into one form, and what is left is an
//! equality that evaluation sees.

use crate::term::deadline;
use stein_kernel::context::Context;
use stein_kernel::instance::{Abstraction, Substitution, instance};
use stein_kernel::step::{Move, Step};
use stein_kernel::term::{Op, Term};

/// The rule by which derivatives move into means: `D_θ[E_{x ~ P}[g(x, θ)]] = E_{x ~ P}[D_θ[g(x, θ)]]`.
pub(super) const INTERCHANGE: &str = "interchange";
/// More moves than this are not made on one side.
const MOST_MOVES: usize = 400;
/// Nor are sums of more summands multiplied out.
const MOST_SUMMANDS: usize = 40;
/// Nor are terms evaluated more often.
const MOST_WORK: u64 = 600_000;
/// Nor over a whole proof.
const MOST_WORK_IN_ALL: u64 = 3_000_000;
/// Nor is a table filled beyond this.
const MOST_TERMS: usize = 200_000;

/// The moves from one term to the other; none if they were not brought together.
pub fn between(context: &mut Context, from: Term, to: Term) -> Option<Vec<Step>> {
    if from == to {
        return Some(vec![]);
    }
    let proved = (context.needs.clone(), context.proved);
    let end = context.work.saturating_add(MOST_WORK).min(MOST_WORK_IN_ALL);
    let result = Bridge { context, end }.between(&mut vec![], from, to);
    (context.needs, context.proved) = proved;
    result
}

struct Bridge<'c, 'l> {
    context: &'c mut Context<'l>,
    /// How much work the context may have done in the end.
    end: u64,
}

/// How far terms are taken apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Form {
    /// Derivatives are computed and means joined.
    Joined,
    /// Derivatives are computed, each mean has one sample, means of sums are sums of means, and what is free of the sample
    /// stands in front.
    Split,
    /// Likewise, with integrands multiplied out.
    Expanded,
    /// Likewise, with derivatives inside of means.
    Interchanged,
}

impl Bridge<'_, '_> {
    fn between(&mut self, place: &mut Vec<usize>, from: Term, to: Term) -> Option<Vec<Step>> {
        if from == to {
            return Some(vec![]);
        }
        if self.context.equal(from, to).is_ok() {
            return Some(vec![ring(place, from, to)]);
        }
        for form in [Form::Joined, Form::Split, Form::Expanded, Form::Interchanged] {
            let (Some((mut steps, here)), Some((back, there))) =
                (self.formed(place, from, form), self.formed(place, to, form))
            else {
                continue;
            };
            if here != there {
                if self.context.equal(here, there).is_ok() {
                    steps.push(ring(place, here, there));
                } else if let Some(parts) = self.of_parts(place, here, there) {
                    steps.extend(parts);
                } else {
                    continue;
                }
            }
            steps.extend(back.into_iter().rev().map(reversed));
            return Some(steps);
        }
        None
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

    fn formed(&mut self, place: &[usize], term: Term, form: Form) -> Option<(Vec<Step>, Term)> {
        let (mut here, mut steps) = (term, vec![]);
        while let Some(step) = self.next(&mut vec![], here, form) {
            let late = self.context.work > self.end || deadline::is_late();
            if late || steps.len() >= MOST_MOVES || self.context.table.len() > MOST_TERMS {
                return None;
            }
            here = self.context.table.replaced(here, &step.place, step.after)?;
            steps.push(Step { place: [place, &step.place].concat(), ..step });
        }
        Some((steps, here))
    }

    /// A move that brings the term closer to its form, the innermost first.
    fn next(&mut self, place: &mut Vec<usize>, term: Term, form: Form) -> Option<Step> {
        for (index, arg) in self.context.table.args(term).to_vec().into_iter().enumerate() {
            place.push(index);
            let found = self.below(term, index, |this| this.next(place, arg, form));
            place.pop();
            if found.is_some() {
                return found;
            }
        }
        let (what, after) = self.improved(term, form)?;
        // A mean is taken apart by joining backwards.
        let backwards = what == Move::Flat && form != Form::Joined;
        (after != term).then(|| Step { place: place.clone(), what, backwards, before: term, after })
    }

    fn improved(&mut self, term: Term, form: Form) -> Option<(Move, Term)> {
        match self.context.table.op(term).clone() {
            Op::D(_) => {
                let computed = self.context.differentiated(term).ok().filter(|after| *after != term);
                let diff = computed.map(|after| (Move::Diff, after));
                diff.or_else(|| if form == Form::Interchanged { self.interchanged(term) } else { None })
            }
            Op::Mean => {
                let samples = self.context.table.args(term).len() - 1;
                let drops = (1..=samples).rev().map(Move::Drop);
                let joins = (form == Form::Joined).then_some(Move::Flat);
                for what in [Move::Points].into_iter().chain(joins).chain(drops) {
                    if let Ok(after) = self.context.restructured(&what, term, false) {
                        return Some((what, after));
                    }
                }
                let moved = match form {
                    Form::Joined => self.swapped(term),
                    _ => self.peeled(term),
                };
                moved.or_else(|| self.as_ring(term, |this| this.rearranged(term, form)))
            }
            Op::Sum | Op::Int => {
                if let Ok(after) = self.context.restructured(&Move::Points, term, false) {
                    return Some((Move::Points, after));
                }
                self.as_ring(term, |this| this.linear(term, form))
            }
            Op::Add => self.as_ring(term, |this| this.cancelled(term)),
            _ => None,
        }
    }

    /// The derivative of a mean as the mean of the derivative, by the rule that says so.
    fn interchanged(&mut self, term: Term) -> Option<(Move, Term)> {
        let [mean, point] = self.context.table.args(term)[..] else { return None };
        let [law, body] = self.context.table.args(mean)[..] else { return None };
        let is_mean = matches!(self.context.table.op(mean), Op::Mean);
        if !is_mean || *self.context.table.op(term) != Op::D(1) || self.context.table.holds(law, 0) {
            return None;
        }
        let rule = self.context.library.rules.get(INTERCHANGE)?.right;
        // The body holds the parameter and then the sample; the rule's function, the sample and then the parameter.
        let places = [self.context.table.bound(0), self.context.table.bound(1)];
        let lifted = self.context.table.lift(body, 2, 2);
        let body = self.context.table.instantiate(lifted, &places);
        let zero = self.context.table.int(0);
        let law = self.context.table.instantiate(law, &[zero]);
        let by = Substitution {
            letters: [("θ".into(), point)].into(),
            functions: [("g".into(), Abstraction { arity: 2, body })].into(),
            laws: [("P".into(), Abstraction { arity: 0, body: law })].into(),
        };
        let after = instance(self.context.library, &mut self.context.table, rule, &by).ok()?;
        Some((Move::Rule(INTERCHANGE.into(), by), after))
    }

    /// A change that is an equality, if it is one.
    fn as_ring(&mut self, term: Term, change: impl FnOnce(&mut Self) -> Option<Term>) -> Option<(Move, Term)> {
        let after = change(self)?;
        self.context.equal(term, after).ok()?;
        Some((Move::Ring(vec![]), after))
    }

    /// A sum in which something cancels.
    fn cancelled(&mut self, term: Term) -> Option<Term> {
        let sum = self.context.expand(term, false).filter(|sum| sum.len() <= MOST_SUMMANDS)?;
        let summands = sum.iter().map(|(monomial, c)| self.context.monomial(monomial, c.clone())).collect();
        let after = self.context.table.add(summands);
        let size = |term: Term| {
            let mut size = 0;
            self.context.table.visit(term, &mut |_, _, _| size += 1);
            size
        };
        (size(after) < size(term)).then_some(after)
    }

    /// A sum or an integral of a sum as a sum of them, with what is free of the variable in front.
    fn linear(&mut self, term: Term, form: Form) -> Option<Term> {
        let [lo, hi, body] = self.context.table.args(term)[..] else { return None };
        let op = self.context.table.op(term).clone();
        if form == Form::Joined {
            return None;
        }
        let with = |this: &mut Self, body: Term| this.context.table.term(op.clone(), vec![lo, hi, body]);
        let sum = (form >= Form::Expanded).then(|| self.multiplied_out(body)).flatten().unwrap_or(body);
        if let Op::Add = self.context.table.op(sum) {
            let summands = self.context.table.args(sum).to_vec();
            let parts = summands.into_iter().map(|summand| with(self, summand)).collect();
            return Some(self.context.table.add(parts));
        }
        let (free, held): (Vec<Term>, Vec<Term>) =
            self.factors(body).into_iter().partition(|factor| !self.context.table.holds(*factor, 0));
        if free.is_empty() || held.is_empty() {
            return None;
        }
        let zero = self.context.table.int(0);
        let mut product: Vec<Term> =
            free.into_iter().map(|factor| self.context.table.instantiate(factor, &[zero])).collect();
        let held = self.context.table.mul(held);
        product.push(with(self, held));
        Some(self.context.table.mul(product))
    }

    /// A sample that the body does not hold moves to the end, where it can be dropped.
    fn swapped(&mut self, term: Term) -> Option<(Move, Term)> {
        let args = self.context.table.args(term).to_vec();
        let (body, laws) = args.split_last()?;
        let count = laws.len();
        for k in 0..count.saturating_sub(1) {
            let (own, next) = ((count - 1 - k) as u32, (count - 2 - k) as u32);
            let (held, held_next) = (self.context.table.holds(*body, own), self.context.table.holds(*body, next));
            if !held
                && held_next
                && let Ok(after) = self.context.restructured(&Move::Swap(k), term, false)
            {
                return Some((Move::Swap(k), after));
            }
        }
        None
    }

    /// A joint mean as a mean of a mean of the last sample.
    fn peeled(&mut self, term: Term) -> Option<(Move, Term)> {
        let args = self.context.table.args(term).to_vec();
        let (laws, last) = args.split_at(args.len().checked_sub(2).filter(|laws| *laws > 0)?);
        let inner = self.context.table.term(Op::Mean, last.to_vec());
        Some((Move::Flat, self.mean(laws, inner)))
    }

    /// What linearity and commutativity make of the mean on the way to the form.
    fn rearranged(&mut self, term: Term, form: Form) -> Option<Term> {
        let args = self.context.table.args(term).to_vec();
        let (body, laws) = args.split_last()?;
        let count = laws.len() as u32;
        if form >= Form::Expanded
            && let Some(sum) = self.multiplied_out(*body)
        {
            return Some(self.mean(laws, sum));
        }
        match self.context.table.op(*body).clone() {
            // What a function abbreviates may be a sum.
            Op::Fun(name) if form != Form::Joined => {
                let definition = self.context.library.functions.get(&name)?.definition?;
                let arguments = self.context.table.args(*body).to_vec();
                let body = self.context.table.instantiate(definition, &arguments);
                Some(self.mean(laws, body))
            }
            Op::Add if form != Form::Joined => {
                let summands = self.context.table.args(*body).to_vec();
                let means = summands.into_iter().map(|summand| self.mean(laws, summand)).collect();
                Some(self.context.table.add(means))
            }
            Op::Mul => {
                let factors = self.factors(*body);
                let holds_mean = |this: &Self, term: Term| {
                    let mut found = false;
                    this.context.table.visit(term, &mut |_, _, op| found |= matches!(op, Op::Mean));
                    found
                };
                if form != Form::Joined {
                    let (free, held): (Vec<Term>, Vec<Term>) =
                        factors.iter().partition(|factor| (0..count).all(|k| !self.context.table.holds(**factor, k)));
                    if !free.is_empty() && !held.is_empty() {
                        let zeros = vec![self.context.table.int(0); count as usize];
                        let mut product: Vec<Term> =
                            free.into_iter().map(|factor| self.context.table.instantiate(factor, &zeros)).collect();
                        let held = self.context.table.mul(held);
                        product.push(self.mean(laws, held));
                        return Some(self.context.table.mul(product));
                    }
                    // A sum that holds a mean, or one of which a part could stand in front of a mean, is multiplied out.
                    let sum = factors.iter().position(|factor| {
                        matches!(self.context.table.op(*factor), Op::Add)
                            && (holds_mean(self, *factor) || self.is_uneven(*factor, count))
                    });
                    if let Some(sum) = sum {
                        let mut products = vec![];
                        for summand in self.context.table.args(factors[sum]).to_vec() {
                            let mut product = factors.clone();
                            product[sum] = summand;
                            let product = self.context.table.mul(product);
                            products.push(self.mean(laws, product));
                        }
                        return Some(self.context.table.add(products));
                    }
                    return None;
                }
                // E_x[a E_z[g]] is E_x[E_z[a g]].
                let inner = factors.iter().position(|factor| matches!(self.context.table.op(*factor), Op::Mean))?;
                let own = self.context.table.args(factors[inner]).to_vec();
                let (integrand, inner_laws) = own.split_last()?;
                let mut product = vec![];
                for factor in [&factors[..inner], &factors[inner + 1..]].concat() {
                    product.push(self.context.table.lift(factor, inner_laws.len() as u32, 0));
                }
                product.push(*integrand);
                let product = self.context.table.mul(product);
                let mean = self.mean(inner_laws, product);
                Some(self.mean(laws, mean))
            }
            _ => None,
        }
    }

    /// The term as a sum of two or more products of powers; none if it is one already.
    fn multiplied_out(&mut self, term: Term) -> Option<Term> {
        let sum = self.context.expand(term, true).filter(|sum| (2..=MOST_SUMMANDS).contains(&sum.len()))?;
        let summands = sum.iter().map(|(monomial, c)| self.context.monomial(monomial, c.clone())).collect();
        let sum = self.context.table.add(summands);
        (sum != term && !matches!(self.context.table.op(term), Op::Add)).then_some(sum)
    }

    /// Its summands do not hold the same variables: neither of these samples, nor of those further out.
    fn is_uneven(&self, sum: Term, count: u32) -> bool {
        let variables = count + self.context.scopes.len() as u32;
        let held = |term: Term| (0..variables).map(|k| self.context.table.holds(term, k)).collect::<Vec<_>>();
        let mut all = self.context.table.args(sum).iter().map(|summand| held(*summand));
        let first = all.next();
        all.any(|other| Some(&other) != first.as_ref())
    }

    /// The factors of a product, with those of the products among them.
    fn factors(&self, term: Term) -> Vec<Term> {
        match self.context.table.op(term) {
            Op::Mul => self.context.table.args(term).iter().flat_map(|arg| self.factors(*arg)).collect(),
            _ => vec![term],
        }
    }

    fn mean(&mut self, laws: &[Term], body: Term) -> Term {
        self.context.table.term(Op::Mean, [laws, &[body]].concat())
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
