//! The moves of a proof. Each relates two terms at a place; read backwards, it relates them the other way. What a side
//! brings in that neither the other side nor the statement has – means, derivatives, divisors, arguments of logarithms,
//! of laws and of derivatives of unknown functions – has to exist, and is a premise.

use crate::checks::{asks, holds};
use crate::context::{Claim, Context, Hypothesis, Need, Refusal, Scope};
use crate::instance::{Substitution, displayed_instance, instance};
use crate::library::{Condition, Rule, Support, Vouches};
use crate::term::{Name, Op, Table, Term};
use num_traits::ToPrimitive;
use std::collections::{BTreeSet, HashSet};

/// Sums of more summands are not written out.
const MOST_SUMMANDS: i64 = 64;

/// A mean on the new side whose integrand is Σ c_i times integrands of means that are known under the same laws, c_i free
/// of their samples: it exists as these do. The terms read where the mean stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Combination {
    /// The new mean.
    pub mean: Term,
    /// The coefficients and the known means.
    pub parts: Vec<(Term, Term)>,
}

/// What a step does, read forwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// Both terms are equal by arithmetic.
    Ring(Vec<Combination>),
    /// `D[u]` is computed.
    Diff,
    /// The derivative of order n is one of order n - k of one of order k.
    Nest(u32),
    /// A mean of a mean is a joint mean.
    Flat,
    /// The last k laws of a joint mean go: the body does not hold their samples.
    Drop(usize),
    /// Laws k and k + 1, which do not depend on each other, change places.
    Swap(usize),
    /// A product of two means is a joint mean of the product.
    Product,
    /// A mean over single points, or a sum between whole numbers, is a plain sum.
    Points,
    /// An instance of a rule.
    Rule(Name, Substitution),
    /// The hypothesis of that number, an equation.
    Given(usize),
}

/// A step at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The way to the place: the index of the argument at each term passed.
    pub place: Vec<usize>,
    /// What is done.
    pub what: Move,
    /// The move relates the new term to the old one.
    pub backwards: bool,
    /// What stands there before.
    pub before: Term,
    /// What stands there after.
    pub after: Term,
}

impl Context<'_> {
    /// Checks a step at its place in a term; answers with the new term and the binary logarithm of the error.
    /// `known` are claims that need no proof: those of the statement itself.
    pub fn step(&mut self, term: Term, step: &Step, known: &HashSet<Need>) -> Result<(Term, f64), Refusal> {
        let (here, _) = self.table.at(term, &step.place).ok_or(Refusal::NoSuchPlace)?;
        holds("begins with what stands there", here == step.before, || Refusal::OtherResult(here))?;
        let mut scopes = vec![];
        let mut passed = term;
        for &index in &step.place {
            scopes.extend(self.binders_of(passed, index));
            passed = self.table.args(passed)[index];
        }
        let reads = self.table.loose(step.after) as usize <= scopes.len() && self.table.is_value(step.after);
        holds("new term reads at the place", reads, || Refusal::Unsupported(step.after))?;
        self.scopes = scopes;
        let result = self.checked(step, known);
        self.scopes.clear();
        let error = result?;
        let next = self.table.replaced(term, &step.place, step.after).ok_or(Refusal::NoSuchPlace)?;
        Ok((next, error))
    }

    fn checked(&mut self, step: &Step, known: &HashSet<Need>) -> Result<f64, Refusal> {
        let (from, to) = if step.backwards { (step.after, step.before) } else { (step.before, step.after) };
        let same = |made: Term| holds("makes what it says", made == to, || Refusal::OtherResult(made));
        let mut error = f64::NEG_INFINITY;
        let (mut combinations, mut displayed, mut structural) = (&[][..], HashSet::new(), false);
        match &step.what {
            Move::Ring(given) => {
                error = asks("equal by arithmetic", error, || self.equal(from, to))?;
                combinations = given;
            }
            Move::Diff => same(self.differentiated(from)?)?,
            Move::Rule(name, by) => (displayed, error) = self.rule(name, by, from, to)?,
            Move::Given(number) => {
                let Some(Hypothesis::Equal(left, right)) = self.statement.hypotheses.get(*number).cloned() else {
                    return Err(Refusal::NoSuchRule);
                };
                // What is granted at a point is not granted near it.
                let near = self.scopes.iter().any(|scope| matches!(scope, Scope::Near(_) | Scope::Across(_)));
                holds("hypothesis not below a derivative", !near, || Refusal::DoesNotFit)?;
                holds("is the hypothesis", (from, to) == (left, right), || Refusal::DoesNotFit)?;
            }
            what => {
                let made = self.restructured(what, from, step.backwards)?;
                same(made)?;
                structural = true;
            }
        }
        // The structural moves have said what they need.
        if !structural {
            error = error.max(self.meet_new(step.before, step.after, combinations, &displayed, known)?);
        }
        Ok(error)
    }

    /// An instance of the rule; answers with the means and derivatives of which the rule says itself that they exist, and
    /// with the binary logarithm of the error.
    fn rule(&mut self, name: &str, by: &Substitution, from: Term, to: Term) -> Result<(HashSet<Term>, f64), Refusal> {
        let mut error = f64::NEG_INFINITY;
        let rule = self.library.rules.get(name).ok_or(Refusal::NoSuchRule)?;
        for value in by.letters.values().copied().chain(by.functions.values().map(|value| value.body)) {
            holds("letters and functions stand for numbers", self.table.is_value(value), || {
                Refusal::Unsupported(value)
            })?;
        }
        let (left, mut displayed) = displayed_instance(self.library, &mut self.table, rule.left, by)?;
        let (right, more) = displayed_instance(self.library, &mut self.table, rule.right, by)?;
        displayed.extend(more);
        holds("is the side of the rule", from == left, || Refusal::OtherResult(left))?;
        holds("is the other side of the rule", to == right, || Refusal::OtherResult(right))?;
        let by = &self.for_all_others(rule, by)?;
        for condition in &rule.conditions {
            let mut here = |term: &Term| instance(self.library, &mut self.table, *term, by);
            let condition = match condition {
                Condition::Positive(term) => Condition::Positive(here(term)?),
                Condition::NonZero(term) => Condition::NonZero(here(term)?),
                Condition::NonNegative(term) => Condition::NonNegative(here(term)?),
                Condition::Vanishes(term) => Condition::Vanishes(here(term)?),
                Condition::Zero(term) => {
                    let (term, zero) = (here(term)?, self.table.int(0));
                    error = error.max(self.equal(term, zero)?);
                    continue;
                }
                Condition::Whole(term) => Condition::Whole(here(term)?),
                Condition::AbsolutelyContinuous(term) => Condition::AbsolutelyContinuous(here(term)?),
                Condition::Continuous(term) => Condition::Continuous(here(term)?),
                Condition::FixedSupport(term) => Condition::FixedSupport(here(term)?),
                Condition::Covers(wide, narrow) => Condition::Covers(here(wide)?, here(narrow)?),
                Condition::LawIs(law, continuous) => Condition::LawIs(here(law)?, *continuous),
                Condition::Exists(term) => {
                    self.meet_near(*term, [rule.left, rule.right], by)?;
                    continue;
                }
            };
            asks("condition of the rule", (), || self.meet_condition(condition))?;
        }
        match rule.vouches {
            Vouches::Nothing => displayed.clear(),
            Vouches::Derivatives => displayed.retain(|term| matches!(self.table.op(*term), Op::D(_))),
            Vouches::All => {}
        }
        Ok((displayed, error))
    }

    /// A letter that only the conditions of a rule speak of means every number: it stands for a letter that no statement
    /// can say anything of.
    fn for_all_others(&mut self, rule: &Rule, by: &Substitution) -> Result<Substitution, Refusal> {
        let mut own = BTreeSet::new();
        let mut others = BTreeSet::new();
        let letters = |table: &Table, term: Term, found: &mut BTreeSet<Name>| {
            table.visit(term, &mut |_, _, op| {
                if let Op::Free(name) = op {
                    found.insert(name.clone());
                }
            });
        };
        [rule.left, rule.right].into_iter().for_each(|side| letters(&self.table, side, &mut own));
        for term in rule.conditions.iter().flat_map(Condition::terms) {
            letters(&self.table, term, &mut others);
        }
        let mut all = by.clone();
        for name in others.difference(&own) {
            let every = self.table.free(&format!("every {name}"));
            let own = all.letters.insert(name.clone(), every).is_some();
            holds("no value for every number", !own, || Refusal::BadSubstitution(name.clone()))?;
        }
        Ok(all)
    }

    /// Existence as a rule asks for it: where the rule differentiates at a letter, for all values near the letter's.
    fn meet_near(&mut self, term: Term, sides: [Term; 2], by: &Substitution) -> Result<(), Refusal> {
        let mut points = vec![];
        for side in sides {
            self.table.visit(side, &mut |_, args, op| {
                if let (Op::D(_), [_, point]) = (op, args) {
                    points.push(*point);
                }
            });
        }
        let letters: HashSet<Name> = (points.into_iter())
            .filter_map(|point| match self.table.op(point) {
                Op::Free(name) => Some(name.clone()),
                _ => None,
            })
            .collect();
        let (mut near, depth) = (by.clone(), self.scopes.len());
        for letter in letters {
            let Some(point) = near.letters.get(&letter).copied() else { continue };
            near = near.map(&mut |value, arity| self.table.lift(value, 1, arity));
            let variable = self.table.bound(0);
            near.letters.insert(letter, variable);
            self.scopes.push(Scope::Near(point));
        }
        let here = instance(self.library, &mut self.table, term, &near)?;
        let result = asks("means of the rule exist", (), || self.meet_condition(Condition::Exists(here)));
        self.scopes.truncate(depth);
        result
    }

    /// What a move that only rearranges binders makes.
    pub fn restructured(&mut self, what: &Move, from: Term, backwards: bool) -> Result<Term, Refusal> {
        let args = self.table.args(from).to_vec();
        let op = self.table.op(from).clone();
        Ok(match (what, op) {
            (Move::Nest(inner), Op::D(order)) if 0 < *inner && *inner < order => {
                let body = self.table.lift(args[0], 1, 1);
                let variable = self.table.bound(0);
                let body = self.table.term(Op::D(*inner), vec![body, variable]);
                self.table.term(Op::D(order - inner), vec![body, args[1]])
            }
            (Move::Flat, Op::Mean) => {
                let (body, laws) = args.split_last().ok_or(Refusal::DoesNotFit)?;
                if !matches!(self.table.op(*body), Op::Mean) {
                    return Err(Refusal::DoesNotFit);
                }
                let inner = self.table.args(*body).to_vec();
                let joint = [laws, &inner].concat();
                // Fubini's theorem: a joint mean that exists is an iterated one.
                if !backwards {
                    let (body, laws) = joint.split_last().ok_or(Refusal::DoesNotFit)?;
                    let claim = Claim::Integrable(laws.to_vec(), *body);
                    asks("joint mean exists", (), || self.meet(claim))?;
                }
                self.table.term(Op::Mean, joint)
            }
            (Move::Drop(count), Op::Mean) => {
                let kept = (args.len() - 1).checked_sub(*count).ok_or(Refusal::DoesNotFit)?;
                let body = args[args.len() - 1];
                let used = (0..*count as u32).any(|k| self.table.holds(body, k));
                holds("dropped samples are not used", !used, || Refusal::DoesNotFit)?;
                if backwards {
                    for (i, law) in args[..args.len() - 1].iter().enumerate().skip(kept) {
                        asks("added laws exist", (), || self.below(from, i, |this| this.meet_domain(*law)))?;
                    }
                }
                let zero = self.table.int(0);
                let body = self.table.instantiate(body, &vec![zero; *count]);
                match kept {
                    0 => body,
                    _ => self.table.term(Op::Mean, [&args[..kept], &[body]].concat()),
                }
            }
            (Move::Swap(k), Op::Mean) => {
                let k = *k;
                if k + 2 >= args.len() {
                    return Err(Refusal::DoesNotFit);
                }
                holds("swapped samples are independent", !self.table.holds(args[k + 1], 0), || Refusal::DoesNotFit)?;
                let zero = self.table.int(0);
                let mut new = args[..k].to_vec();
                new.push(self.table.instantiate(args[k + 1], &[zero]));
                new.push(self.table.lift(args[k], 1, 0));
                for (j, arg) in args.iter().enumerate().skip(k + 2) {
                    // All samples so far, in the new order.
                    let depth = j.min(args.len() - 1);
                    let lifted = self.table.lift(*arg, depth as u32, depth as u32);
                    let order = (0..depth).map(|i| {
                        if i == k {
                            k + 1
                        } else if i == k + 1 {
                            k
                        } else {
                            i
                        }
                    });
                    let samples: Vec<Term> = order.map(|i| self.table.bound((depth - 1 - i) as u32)).collect();
                    new.push(self.table.instantiate(lifted, &samples));
                }
                self.table.term(Op::Mean, new)
            }
            (Move::Points, Op::Mean) if args.len() == 2 => {
                let Some(Support::Points(points)) = self.support(args[0]) else { return Err(Refusal::DoesNotFit) };
                if backwards {
                    self.meet_domain(args[0])?;
                }
                let mut summands = vec![];
                for point in points {
                    let formula = self.log_density(args[0], point).ok_or(Refusal::DoesNotFit)?;
                    let mass = self.table.fun("exp", vec![formula]);
                    let body = self.table.instantiate(args[1], &[point]);
                    summands.push(self.table.mul(vec![mass, body]));
                }
                self.table.add(summands)
            }
            (Move::Points, Op::Sum) => {
                let whole = |this: &Self, end| this.table.as_rat(end).filter(|end| end.is_integer()).cloned();
                let (Some(lo), Some(hi)) = (whole(self, args[0]), whole(self, args[1])) else {
                    return Err(Refusal::DoesNotFit);
                };
                let count = (&hi - &lo).to_integer().to_i64().filter(|count| (0..MOST_SUMMANDS).contains(count));
                let mut summands = vec![];
                for index in 0..=count.ok_or(Refusal::TooLarge)? {
                    let point = self.table.rat(&lo + num_rational::BigRational::from_integer(index.into()));
                    summands.push(self.table.instantiate(args[2], &[point]));
                }
                self.table.add(summands)
            }
            (Move::Product, Op::Mul) if args.len() == 2 => {
                let [left, right] = [args[0], args[1]].map(|arg| self.table.args(arg).to_vec());
                if args.iter().any(|arg| !matches!(self.table.op(*arg), Op::Mean)) {
                    return Err(Refusal::DoesNotFit);
                }
                // Two means that exist make a joint one; it makes them only if they exist.
                if backwards {
                    for mean in [args[0], args[1]] {
                        asks("factors exist", (), || self.meet(Claim::Exists(mean)))?;
                    }
                }
                let (l, r) = (left.len() - 1, right.len() - 1);
                let mut new = left[..l].to_vec();
                for (j, law) in right[..r].iter().enumerate() {
                    new.push(self.table.lift(*law, l as u32, j as u32));
                }
                let a = self.table.lift(left[l], r as u32, 0);
                let b = self.table.lift(right[r], l as u32, r as u32);
                new.push(self.table.mul(vec![a, b]));
                self.table.term(Op::Mean, new)
            }
            _ => return Err(Refusal::DoesNotFit),
        })
    }

    /// Meets what the new side brings in.
    fn meet_new(
        &mut self,
        before: Term,
        after: Term,
        combinations: &[Combination],
        displayed: &HashSet<Term>,
        known: &HashSet<Need>,
    ) -> Result<f64, Refusal> {
        let place = self.scopes.clone();
        let (mut old, mut new) = (HashSet::new(), vec![]);
        self.requirements(before, &mut HashSet::new(), &mut |need| {
            old.insert(need);
        });
        self.requirements(after, &mut HashSet::new(), &mut |need| new.push(need));
        let mut error = f64::NEG_INFINITY;
        for need in new {
            let shown = match &need.claim {
                Claim::Exists(term) => displayed.contains(term),
                Claim::Integrable(laws, body) => {
                    let mean = self.table.term(Op::Mean, [laws, &[*body][..]].concat());
                    displayed.contains(&mean)
                }
                _ => false,
            };
            if shown || old.contains(&need) || known.contains(&need) {
                continue;
            }
            self.scopes = need.scopes.clone();
            let is_known = |need: &Need| old.contains(need) || known.contains(need);
            let result = match self.combination_for(&need, combinations) {
                Some(combination) => self.meet_combination(combination, &is_known),
                None => match self.same_integrand(&need, old.iter().chain(known)) {
                    Some(error) => Ok(error),
                    None => asks("what is new exists", f64::NEG_INFINITY, || {
                        self.meet(need.claim).map(|()| f64::NEG_INFINITY)
                    }),
                },
            };
            self.scopes = place.clone();
            error = error.max(result?);
        }
        Ok(error)
    }

    /// A mean exists if one of the same integrand does.
    fn same_integrand<'n>(&mut self, need: &Need, known: impl Iterator<Item = &'n Need>) -> Option<f64> {
        let Claim::Integrable(laws, body) = &need.claim else { return None };
        let depth = self.scopes.len();
        let mut found = None;
        for other in known {
            let Claim::Integrable(same, integrand) = &other.claim else { continue };
            if same == laws && other.scopes == need.scopes {
                self.scopes.extend(laws.iter().map(|law| Scope::Sample(*law)));
                found = self.equal(*body, *integrand).ok();
                self.scopes.truncate(depth);
            }
            if found.is_some() {
                self.proved += 1;
                break;
            }
        }
        found
    }

    fn combination_for<'c>(&self, need: &Need, combinations: &'c [Combination]) -> Option<&'c Combination> {
        let Claim::Integrable(laws, body) = &need.claim else { return None };
        combinations.iter().find(|combination| {
            let args = self.table.args(combination.mean);
            matches!(self.table.op(combination.mean), Op::Mean)
                && args.split_last().is_some_and(|(last, rest)| last == body && rest == laws)
        })
    }

    fn meet_combination(
        &mut self,
        combination: &Combination,
        is_known: &dyn Fn(&Need) -> bool,
    ) -> Result<f64, Refusal> {
        let args = self.table.args(combination.mean).to_vec();
        let (body, laws) = args.split_last().ok_or(Refusal::DoesNotFit)?;
        let mut summands = vec![];
        for (coefficient, mean) in &combination.parts {
            let own = self.table.args(*mean).to_vec();
            let (integrand, same) = own.split_last().ok_or(Refusal::DoesNotFit)?;
            let known = self.requirement(*mean, Claim::Integrable(same.to_vec(), *integrand));
            holds("combined means have these laws", same == laws, || Refusal::DoesNotFit)?;
            holds("combined means are known", is_known(&known), || Refusal::DoesNotFit)?;
            let mut own = vec![];
            self.requirements(*coefficient, &mut HashSet::new(), &mut |need| own.push(need));
            for need in own.into_iter().filter(|need| !is_known(need)) {
                let here = std::mem::replace(&mut self.scopes, need.scopes.clone());
                let result = self.meet(need.claim);
                self.scopes = here;
                result?;
            }
            let coefficient = self.table.lift(*coefficient, laws.len() as u32, 0);
            summands.push(self.table.mul(vec![coefficient, *integrand]));
        }
        let sum = self.table.add(summands);
        let equal = |this: &mut Self| this.below(combination.mean, laws.len(), |this| this.equal(*body, sum));
        asks("is the combination", f64::NEG_INFINITY, || equal(self))
    }

    /// The claim with the binders around, unless it speaks of none of their variables.
    fn requirement(&self, about: Term, claim: Claim) -> Need {
        let scopes = if self.table.loose(about) == 0 { vec![] } else { self.scopes.clone() };
        Need { claim, scopes }
    }

    /// What has to hold for the term to mean something, each at its place.
    pub fn requirements(&mut self, term: Term, seen: &mut HashSet<(Term, Vec<Scope>)>, found: &mut dyn FnMut(Need)) {
        let here = if self.table.loose(term) == 0 { vec![] } else { self.scopes.clone() };
        if !seen.insert((term, here)) {
            return;
        }
        let args = self.table.args(term).to_vec();
        match self.table.op(term).clone() {
            Op::Mean => {
                let (body, laws) = (args[args.len() - 1], args[..args.len() - 1].to_vec());
                found(self.requirement(term, Claim::Integrable(laws, body)));
            }
            Op::Int | Op::Sum | Op::D(_) => found(self.requirement(term, Claim::Exists(term))),
            Op::Law(name) => {
                let positive = self.library.laws.get(&name).map(|law| law.positive.clone());
                for body in positive.into_iter().flatten() {
                    let argument = self.table.instantiate(body, &args);
                    found(self.requirement(argument, Claim::Positive(argument)));
                }
            }
            Op::App(_, orders) if orders.iter().any(|order| *order > 0) => {
                found(self.requirement(term, Claim::Class(term)));
            }
            Op::Inv => self.divisor(args[0], found),
            Op::Pow => match self.table.as_rat(args[1]).cloned() {
                Some(c) if c.is_integer() => {
                    if c < num_rational::BigRational::from_integer(0.into()) {
                        self.divisor(args[0], found);
                    }
                }
                _ if self.proves(&Claim::Whole(args[1])) => {}
                _ => found(self.requirement(args[0], Claim::Positive(args[0]))),
            },
            Op::Fun(name) => {
                let of_positive = &*name == "ln" || self.library.functions.get(&name).is_some_and(|f| f.of_positive);
                for arg in args.iter().filter(|_| of_positive) {
                    found(self.requirement(*arg, Claim::Positive(*arg)));
                }
                if let Some(body) = self.library.functions.get(&name).and_then(|f| f.definition) {
                    let unfolded = self.table.instantiate(body, &args);
                    self.requirements(unfolded, seen, found);
                }
            }
            _ => {}
        }
        for (i, arg) in args.into_iter().enumerate() {
            self.below(term, i, |this| this.requirements(arg, seen, found));
        }
    }

    /// A product differs from 0 where its factors do.
    fn divisor(&mut self, term: Term, found: &mut dyn FnMut(Need)) {
        match self.table.op(term) {
            Op::Mul => self.table.args(term).to_vec().into_iter().for_each(|arg| self.divisor(arg, found)),
            Op::Pow | Op::Inv if self.table.args(term).get(1).is_none_or(|c| self.table.as_rat(*c).is_some()) => {
                self.divisor(self.table.args(term)[0], found);
            }
            Op::Rat(value) if *value != num_rational::BigRational::from_integer(0.into()) => {}
            _ => found(self.requirement(term, Claim::NonZero(term))),
        }
    }
}
