//! Random closed terms with means and derivatives, against laws on three points: what equality accepts must agree there.
//! Finite laws commute, so a wrong exchange of means cannot be seen here.

mod common;

use common::library;
use std::collections::{BTreeMap, BTreeSet};
use stein_kernel::context::Context;
use stein_kernel::term::{Op, Table, Term};

const P: u64 = (1 << 31) - 1;

/// A number with derivatives: coefficients of products of infinitesimals of square 0, each of its own number.
type Jet = BTreeMap<BTreeSet<usize>, u64>;

fn number(n: u64) -> Jet {
    Jet::from([(BTreeSet::new(), n % P)])
}

fn plus(a: &Jet, b: &Jet) -> Jet {
    let mut sum = a.clone();
    for (key, value) in b {
        let entry = sum.entry(key.clone()).or_insert(0);
        *entry = (*entry + value) % P;
    }
    sum
}

fn times(a: &Jet, b: &Jet) -> Jet {
    let mut product = Jet::new();
    for (i, x) in a {
        for (j, y) in b {
            if i.is_disjoint(j) {
                let entry = product.entry(i | j).or_insert(0);
                *entry = (*entry + x * y) % P;
            }
        }
    }
    product
}

fn evaluate(table: &Table, term: Term, around: &mut Vec<Jet>, fresh: &mut usize) -> Jet {
    let args = table.args(term).to_vec();
    match table.op(term) {
        Op::Rat(value) => number(value.to_integer().to_string().parse::<i64>().unwrap().rem_euclid(P as i64) as u64),
        Op::Free(name) => number(if &**name == "a" { 5_000_011 } else { 700_001 }),
        Op::Bound(k) => around[around.len() - 1 - *k as usize].clone(),
        Op::Add => args.iter().fold(number(0), |sum, arg| plus(&sum, &evaluate(table, *arg, around, fresh))),
        Op::Mul => args.iter().fold(number(1), |all, arg| times(&all, &evaluate(table, *arg, around, fresh))),
        Op::Pow => {
            let base = evaluate(table, args[0], around, fresh);
            times(&base, &base)
        }
        // f(u) = u³ + 3 u² + 11 u + 7
        Op::App(..) => {
            let u = evaluate(table, args[0], around, fresh);
            [3, 11, 7].iter().fold(number(1), |all, c| plus(&times(&all, &u), &number(*c)))
        }
        Op::Mean => {
            let (body, laws) = args.split_last().unwrap();
            mean(table, laws, *body, around, fresh)
        }
        Op::D(1) => {
            let point = evaluate(table, args[1], around, fresh);
            *fresh += 1;
            let mark = *fresh;
            let mut near = point;
            near.insert(BTreeSet::from([mark]), 1);
            around.push(near);
            let value = evaluate(table, args[0], around, fresh);
            around.pop();
            let part = value.into_iter().filter(|(key, _)| key.contains(&mark));
            part.map(|(key, value)| (key.into_iter().filter(|k| *k != mark).collect(), value)).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn mean(table: &Table, laws: &[Term], body: Term, around: &mut Vec<Jet>, fresh: &mut usize) -> Jet {
    let Some((law, rest)) = laws.split_first() else { return evaluate(table, body, around, fresh) };
    let Op::AnyLaw(name) = table.op(*law) else { panic!("a law") };
    let parameter = table.args(*law).first().map_or(number(0), |arg| evaluate(table, *arg, around, fresh));
    let seed = 1 + name.bytes().map(u64::from).sum::<u64>();
    let weights = [seed * 1009, seed * 7001, (P + 1 - seed * 1009 % P + P - seed * 7001 % P) % P];
    let mut sum = number(0);
    for (k, weight) in weights.iter().enumerate() {
        let k = k as u64 + 1;
        let node = plus(&number(seed * 31 * k * k * k + 17 * k), &times(&number(k + 2), &parameter));
        around.push(node);
        let value = mean(table, rest, body, around, fresh);
        around.pop();
        sum = plus(&sum, &times(&number(*weight), &value));
    }
    sum
}

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % n
    }

    fn term(&mut self, table: &mut Table, around: u32, size: usize) -> Term {
        let choice = if size == 0 { self.below(3) } else { 3 + self.below(9) };
        match choice {
            0 => table.int([1, 2, -1][self.below(3)]),
            1 if around == 0 => table.free(["a", "b"][self.below(2)]),
            1 | 2 if around > 0 => table.bound(self.below(around as usize) as u32),
            2 => table.free("a"),
            3 | 4 => {
                let parts = vec![self.term(table, around, size - 1), self.term(table, around, size / 2)];
                if choice == 3 { table.add(parts) } else { table.mul(parts) }
            }
            5 => {
                let base = self.term(table, around, size - 1);
                let two = table.int(2);
                table.pow(base, two)
            }
            6 => {
                let argument = self.term(table, around, size - 1);
                table.term(Op::App("f".into(), vec![0]), vec![argument])
            }
            7 | 8 => {
                let body = self.term(table, around + 1, size - 1);
                let point = self.term(table, around, 0);
                table.term(Op::D(1), vec![body, point])
            }
            _ => {
                let count = 1 + self.below(4) / 3;
                let mut args: Vec<Term> = (0..count as u32).map(|k| self.law(table, around + k)).collect();
                args.push(self.term(table, around + count as u32, size - 1));
                table.term(Op::Mean, args)
            }
        }
    }

    fn law(&mut self, table: &mut Table, around: u32) -> Term {
        match self.below(4) {
            0 => {
                let argument = self.term(table, around, 0);
                table.term(Op::AnyLaw("r".into()), vec![argument])
            }
            n => table.term(Op::AnyLaw(["p", "q", "p"][n - 1].into()), vec![]),
        }
    }

    /// The term with something changed: an order of arguments, a variable, a part.
    fn altered(&mut self, table: &mut Table, term: Term, around: u32, size: usize) -> Term {
        let args = table.args(term).to_vec();
        if args.is_empty() || self.below(4) == 0 {
            return match table.op(term) {
                Op::Add | Op::Mul => table.with_args(term, args.into_iter().rev().collect()),
                Op::Law(_) | Op::AnyLaw(_) => self.law(table, around),
                _ => self.term(table, around, size.min(1)),
            };
        }
        let chosen = self.below(args.len());
        let inner = around + table.binders(term, chosen);
        let mut new = args.clone();
        new[chosen] = self.altered(table, args[chosen], inner, size.saturating_sub(1));
        table.with_args(term, new)
    }
}

#[test]
fn what_is_accepted_agrees_for_finite_laws() {
    let library = library();
    let mut random = Random(20_261_126);
    let (mut accepted, mut agreed) = (0, 0);
    for _ in 0..150 {
        let mut table = Table::new();
        let mut terms = vec![];
        for _ in 0..6 {
            let term = random.term(&mut table, 0, 4);
            terms.push(term);
            for _ in 0..6 {
                let altered = random.altered(&mut table, term, 0, 4);
                terms.push(altered);
            }
        }
        terms.sort();
        terms.dedup();
        let mut values: Vec<Jet> = terms.iter().map(|term| evaluate(&table, *term, &mut vec![], &mut 0)).collect();
        // A coefficient of 0 is none.
        values.iter_mut().for_each(|value| value.retain(|_, coefficient| *coefficient != 0));
        let mut context = Context::new(&library, table, Default::default(), 5);
        for i in 0..terms.len() {
            for j in 0..i {
                let same = values[i] == values[j];
                agreed += usize::from(same);
                if context.equal(terms[i], terms[j]).is_ok() {
                    accepted += 1;
                    let show = |term| context.table.show(term);
                    assert!(same, "{} = {}", show(terms[i]), show(terms[j]));
                }
            }
        }
    }
    println!("{accepted} pairs accepted of {agreed} that agree");
    assert!(accepted > 500);
}
