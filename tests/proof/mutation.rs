//! Changes to terms and proofs.

use stein::proof::{Proof, Reason, at, replaced};
use stein::rule::{Library, Substitution};
use stein::term::{Identity, Op, Symbol, Term, Var};

/// A small generator with a fixed seed.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.roll() % n.max(1) as u64) as usize
    }

    pub fn pick<'t, T>(&mut self, items: &'t [T]) -> Option<&'t T> {
        if items.is_empty() { None } else { Some(&items[self.below(items.len())]) }
    }
}

/// The places of a term, from the top.
pub fn places(term: &Term) -> Vec<Vec<usize>> {
    let mut result = vec![vec![]];
    for (index, arg) in term.args().iter().enumerate() {
        result.extend(places(arg).into_iter().map(|rest| [vec![index], rest].concat()));
    }
    result
}

/// The term with one thing changed: a sign, number, exponent, variable, operator, order, or a part lost.
pub fn changed(term: &Term, dice: &mut Dice) -> Option<Term> {
    let places = places(term);
    let place = dice.pick(&places)?;
    let part = at(term, place)?;
    let part = changed_part(part, &letters(term), dice)?;
    replaced(term, place, &part)
}

fn letters(term: &Term) -> Vec<Var> {
    let mut found: Vec<Var> = term.free().iter().filter(|v| matches!(v.identity, Identity::Free(_))).cloned().collect();
    found.extend(found.first().map(|v| Var::free("ζ", v.domain)));
    found
}

fn changed_part(part: &Term, letters: &[Var], dice: &mut Dice) -> Option<Term> {
    let args = part.args();
    let with = |op: Op| Some(Term::new(op, args.to_vec()));
    let plain = dice.below(3);
    match part.op() {
        Op::Number(n) => Some(Term::number(if plain == 0 { -n.clone() } else { n + num_rational_one() })),
        Op::Var(var) if plain > 0 => {
            let others: Vec<&Var> = letters.iter().filter(|other| *other != var).collect();
            dice.pick(&others).map(|other| Term::var((*other).clone()))
        }
        Op::Add | Op::Mul if plain == 1 && args.len() > 1 => {
            let mut rest = args.to_vec();
            rest.remove(dice.below(args.len()));
            Some(Term::new(part.op().clone(), rest))
        }
        Op::Add if plain == 2 => with(Op::Mul),
        Op::Mul if plain == 2 => with(Op::Add),
        Op::Pow => Some(Term::pow(args[0].clone(), Term::add(vec![args[1].clone(), Term::one()]))),
        Op::Function(name) if plain > 0 && args.len() == 1 => {
            Some(Term::function(if &**name == "exp" { "sin" } else { "exp" }, args.to_vec()))
        }
        Op::Apply(name, orders) if plain > 0 => {
            let mut orders = orders.clone();
            *orders.first_mut()? += 1;
            with(Op::Apply(name.clone(), orders))
        }
        Op::Law(name) if args.len() == 2 => with(Op::Law(Symbol::from(if &**name == "N" { "Laplace" } else { "N" }))),
        Op::UnknownLaw(name) => with(Op::UnknownLaw(Symbol::from(if &**name == "q" { "p" } else { "q" }))),
        Op::Derivative(var, order) => with(Op::Derivative(var.clone(), order + 1)),
        Op::Law(_) | Op::Infinity => None,
        _ => Some(match plain {
            0 => part.clone().opposite(),
            1 => Term::mul(vec![Term::integer(2), part.clone()]),
            _ => Term::add(vec![part.clone(), Term::one()]),
        }),
    }
}

fn num_rational_one() -> num_rational::BigRational {
    num_rational::BigRational::from_integer(1.into())
}

/// The proof with the term between two steps replaced, wherever it stands: the claim too, at the ends.
pub fn with_term(proof: &Proof, boundary: usize, term: &Term) -> Proof {
    let mut result = proof.clone();
    match boundary {
        0 => result.left = term.clone(),
        _ => result.steps[boundary - 1].after = term.clone(),
    }
    match result.steps.get_mut(boundary) {
        Some(step) => step.before = term.clone(),
        None => result.right = term.clone(),
    }
    result
}

/// The term between two steps.
pub fn boundary(proof: &Proof, index: usize) -> &Term {
    proof.steps.get(index).map_or(&proof.right, |step| &step.before)
}

/// The proof with the reason of one step changed: its rule, direction, place or substitution. Terms stay.
pub fn with_reason(proof: &Proof, library: &Library, dice: &mut Dice) -> Option<Proof> {
    let rules: Vec<usize> =
        (0..proof.steps.len()).filter(|i| matches!(proof.steps[*i].reason, Reason::Rule { .. })).collect();
    let mut result = proof.clone();
    let step = &mut result.steps[*dice.pick(&rules)?];
    let Reason::Rule { name, forward, substitution } = &mut step.reason else { return None };
    match dice.below(7) {
        0 => *name = dice.pick(&library.rules)?.name.clone(),
        1 => *forward = !*forward,
        2 => step.place.push(dice.below(2)),
        3 => step.place.pop().map(drop)?,
        4 => step.reason = Reason::Arithmetic,
        5 => drop_entry(substitution, dice)?,
        _ => change_entry(substitution, dice)?,
    }
    Some(result)
}

fn drop_entry(substitution: &mut Substitution, dice: &mut Dice) -> Option<()> {
    let letters: Vec<Symbol> = substitution.letters.keys().cloned().collect();
    let functions: Vec<Symbol> = substitution.functions.keys().cloned().collect();
    let index = dice.below(letters.len() + functions.len());
    match letters.get(index) {
        Some(letter) => drop(substitution.letters.remove(letter)?),
        None => drop(substitution.functions.remove(functions.get(index - letters.len())?)?),
    }
    Some(())
}

fn change_entry(substitution: &mut Substitution, dice: &mut Dice) -> Option<()> {
    let entries = substitution.letters.values_mut().chain(substitution.functions.values_mut().map(|(_, term)| term));
    let mut entries: Vec<&mut Term> = entries.collect();
    let index = dice.below(entries.len());
    let entry = entries.get_mut(index)?;
    **entry = changed(entry, dice)?;
    Some(())
}

/// The proof with its steps in another order, or with fewer.
pub fn with_steps(proof: &Proof, dice: &mut Dice) -> Option<Proof> {
    let mut result = proof.clone();
    let count = result.steps.len();
    match dice.below(4) {
        0 if count > 0 => drop(result.steps.remove(dice.below(count))),
        1 if count > 1 => result.steps.swap(dice.below(count - 1), count - 1),
        2 if count > 0 => {
            let step = &mut result.steps[dice.below(count)];
            std::mem::swap(&mut step.before, &mut step.after);
        }
        _ if count > 0 => {
            let again = result.steps[dice.below(count)].clone();
            result.steps.push(again);
        }
        _ => return None,
    }
    Some(result)
}
