//! Terms: hash-consed in one table, locally nameless. A bound variable is its distance to its binder (de Bruijn), so
//! there are no names to capture and terms equal up to bound names are one term.

use crate::field::oracle;
use num_rational::BigRational;
use num_traits::{One, Zero};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A name.
pub type Name = Arc<str>;

/// A term: its place in the [`Table`] that made it. Equal terms of one table have equal places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Term(u32);

/// What stands at the root of a term, with the meaning of its arguments in order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// A rational literal.
    Rat(BigRational),
    /// The constant π.
    Pi,
    /// Infinity: an end of an integral, of a sum or of a support, and nowhere else. `true` for +∞.
    Inf(bool),
    /// `[law]`: the upper (`true`) or lower end of the support, for an end of an integral or sum.
    End(bool),
    /// A letter of the statement: a parameter.
    Free(Name),
    /// The variable of the binder that stands so many binders further out; 0 is the innermost.
    Bound(u32),
    /// A sum of any number of terms.
    Add,
    /// A product of any number of terms.
    Mul,
    /// `[u]`: 1/u.
    Inv,
    /// `[u, c]`: u to the power c.
    Pow,
    /// A function that the library knows.
    Fun(Name),
    /// An unknown function of its arguments, differentiated so often in each.
    App(Name, Vec<u32>),
    /// A law that the library knows; the arguments are its parameters.
    Law(Name),
    /// A law of which nothing is known but what hypotheses say.
    AnyLaw(Name),
    /// `[law, u]`: density or mass at u.
    Dens,
    /// `[law_1, …, law_k, body]`: the joint mean of the body. Each law sees the samples before it; in the body, sample
    /// k is bound variable 0, sample 1 is k-1.
    Mean,
    /// `[lo, hi, body]`: the integral in one variable.
    Int,
    /// `[lo, hi, body]`: the sum over whole numbers from lo to hi.
    Sum,
    /// `[body, point]`: the derivative of that order (1 or more) in the bound variable, at the point.
    D(u32),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Node {
    op: Op,
    args: Vec<Term>,
}

/// What is known of a term beside its root.
#[derive(Clone, Copy, Debug)]
struct Facts {
    /// One more than the largest bound variable that points out of it; 0 if none does.
    loose: u32,
    /// Which bound variables point out of it; the last bit stands for all from 63 on.
    held: u64,
    /// Of each letter in it, one bit, which other letters may have, too.
    letters: u64,
}

/// The table in which terms live. A copy shares what was [shared](Table::share) before.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The first terms, which several tables have in common.
    base: Option<Arc<Table>>,
    /// How many these are.
    first: usize,
    nodes: Vec<Node>,
    facts: Vec<Facts>,
    index: HashMap<Node, Term>,
}

impl Table {
    /// An empty table.
    pub fn new() -> Table {
        Table::default()
    }

    /// The same table, of which copies cost nothing.
    pub fn share(self) -> Table {
        // One level is enough: a table that shares its first terms already keeps the others as they are.
        if self.base.is_some() {
            return self;
        }
        let first = self.nodes.len();
        Table { base: Some(Arc::new(self)), first, ..Table::default() }
    }

    fn node(&self, term: Term) -> &Node {
        let index = term.0 as usize;
        match &self.base {
            Some(base) if index < self.first => &base.nodes[index],
            _ => &self.nodes[index - self.first],
        }
    }

    fn facts(&self, term: Term) -> Facts {
        let index = term.0 as usize;
        match &self.base {
            Some(base) if index < self.first => base.facts[index],
            _ => self.facts[index - self.first],
        }
    }

    /// The term with that root and those arguments. Nothing is simplified.
    pub fn term(&mut self, op: Op, args: Vec<Term>) -> Term {
        let node = Node { op, args };
        let shared = self.base.as_ref().and_then(|base| base.index.get(&node));
        if let Some(known) = shared.or_else(|| self.index.get(&node)) {
            return *known;
        }
        let mut facts = match &node.op {
            Op::Bound(k) => Facts { loose: k.saturating_add(1), held: 1 << (*k).min(63), letters: 0 },
            Op::Free(name) => Facts { loose: 0, held: 0, letters: letter_bit(name) },
            _ => Facts { loose: 0, held: 0, letters: 0 },
        };
        for (i, arg) in node.args.iter().enumerate() {
            let (inner, passed) = (self.facts(*arg), binders(&node.op, node.args.len(), i));
            facts.loose = facts.loose.max(inner.loose.saturating_sub(passed));
            facts.held |= (inner.held >> passed.min(63)) | (inner.held & (1 << 63));
            facts.letters |= inner.letters;
        }
        let term = Term(self.len() as u32);
        self.nodes.push(node.clone());
        self.facts.push(facts);
        self.index.insert(node, term);
        term
    }

    /// How many terms the table holds.
    pub fn len(&self) -> usize {
        self.first + self.nodes.len()
    }

    /// Whether the table is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What stands at the root.
    pub fn op(&self, term: Term) -> &Op {
        &self.node(term).op
    }

    /// What stands below the root.
    pub fn args(&self, term: Term) -> &[Term] {
        &self.node(term).args
    }

    /// How many binders the root puts around its argument of that index.
    pub fn binders(&self, term: Term, index: usize) -> u32 {
        let node = self.node(term);
        binders(&node.op, node.args.len(), index)
    }

    /// One more than the largest bound variable that points out of the term; 0 if it is closed.
    pub fn loose(&self, term: Term) -> u32 {
        self.facts(term).loose
    }

    /// The same root over other arguments.
    pub fn with_args(&mut self, term: Term, args: Vec<Term>) -> Term {
        let op = self.op(term).clone();
        self.term(op, args)
    }

    /// A whole number.
    pub fn int(&mut self, n: i64) -> Term {
        self.rat(BigRational::from_integer(n.into()))
    }

    /// A rational number.
    pub fn rat(&mut self, value: BigRational) -> Term {
        self.term(Op::Rat(value), vec![])
    }

    /// A letter.
    pub fn free(&mut self, name: &str) -> Term {
        self.term(Op::Free(name.into()), vec![])
    }

    /// A bound variable.
    pub fn bound(&mut self, k: u32) -> Term {
        self.term(Op::Bound(k), vec![])
    }

    /// A sum.
    pub fn add(&mut self, args: Vec<Term>) -> Term {
        match args.as_slice() {
            [] => self.int(0),
            [one] => *one,
            _ => self.term(Op::Add, args),
        }
    }

    /// A product.
    pub fn mul(&mut self, args: Vec<Term>) -> Term {
        match args.as_slice() {
            [] => self.int(1),
            [one] => *one,
            _ => self.term(Op::Mul, args),
        }
    }

    /// The negative.
    pub fn neg(&mut self, term: Term) -> Term {
        let minus = self.int(-1);
        self.mul(vec![minus, term])
    }

    /// The difference.
    pub fn sub(&mut self, a: Term, b: Term) -> Term {
        let minus = self.neg(b);
        self.add(vec![a, minus])
    }

    /// The quotient.
    pub fn div(&mut self, a: Term, b: Term) -> Term {
        let inverse = self.inv(b);
        self.mul(vec![a, inverse])
    }

    /// The reciprocal.
    pub fn inv(&mut self, term: Term) -> Term {
        self.term(Op::Inv, vec![term])
    }

    /// A power.
    pub fn pow(&mut self, base: Term, exponent: Term) -> Term {
        self.term(Op::Pow, vec![base, exponent])
    }

    /// A function of the library.
    pub fn fun(&mut self, name: &str, args: Vec<Term>) -> Term {
        self.term(Op::Fun(name.into()), args)
    }

    /// The value of a rational literal.
    pub fn as_rat(&self, term: Term) -> Option<&BigRational> {
        match self.op(term) {
            Op::Rat(value) => Some(value),
            _ => None,
        }
    }

    /// True for the literal 0.
    pub fn is_zero(&self, term: Term) -> bool {
        self.as_rat(term).is_some_and(Zero::is_zero)
    }

    /// True for the literal 1.
    pub fn is_one(&self, term: Term) -> bool {
        self.as_rat(term).is_some_and(One::is_one)
    }

    /// Every bound variable that points at or beyond `from` moved out by so many binders.
    pub fn lift(&mut self, term: Term, by: u32, from: u32) -> Term {
        if by == 0 {
            return term;
        }
        self.map_loose(term, from, &mut HashMap::new(), &mut |table, k, _| table.bound(k + by))
    }

    /// The body of a binder of `values.len()` variables with the variables replaced: bound variable 0 by the last value.
    pub fn instantiate(&mut self, body: Term, values: &[Term]) -> Term {
        let count = values.len() as u32;
        let values = values.to_vec();
        self.map_loose(body, 0, &mut HashMap::new(), &mut |table, k, depth| {
            let outer = k - depth;
            if outer < count {
                let value = values[(count - 1 - outer) as usize];
                table.lift(value, depth, 0)
            } else {
                table.bound(k - count)
            }
        })
    }

    /// The term with bound variable `k` replaced; the value reads as the term does.
    pub fn substituted(&mut self, term: Term, k: u32, value: Term) -> Term {
        self.map_loose(term, k, &mut HashMap::new(), &mut |table, n, depth| {
            if n == k + depth { table.lift(value, depth, 0) } else { table.bound(n) }
        })
    }

    /// The term as the body of a binder whose variable stands where the letter stood.
    pub fn abstracted(&mut self, term: Term, letter: &str) -> Term {
        let lifted = self.lift(term, 1, 0);
        self.close(lifted, letter, 0, &mut HashMap::new())
    }

    fn close(&mut self, term: Term, letter: &str, depth: u32, memo: &mut HashMap<(Term, u32), Term>) -> Term {
        if let Some(known) = memo.get(&(term, depth)) {
            return *known;
        }
        let result = match self.op(term) {
            Op::Free(name) if **name == *letter => self.bound(depth),
            _ if self.facts(term).letters & letter_bit(letter) == 0 => term,
            _ => {
                let args = self.args(term).to_vec();
                let args = (args.iter().enumerate())
                    .map(|(i, arg)| {
                        let inner = depth + self.binders(term, i);
                        self.close(*arg, letter, inner, memo)
                    })
                    .collect();
                self.with_args(term, args)
            }
        };
        memo.insert((term, depth), result);
        result
    }

    /// Replaces bound variables that point out of the term, at `from` or beyond; the function gets the number as it stands
    /// there and how many binders of the term are around.
    fn map_loose(
        &mut self,
        term: Term,
        from: u32,
        memo: &mut HashMap<(Term, u32), Term>,
        replace: &mut dyn FnMut(&mut Table, u32, u32) -> Term,
    ) -> Term {
        self.map_at(term, from, 0, memo, replace)
    }

    fn map_at(
        &mut self,
        term: Term,
        from: u32,
        depth: u32,
        memo: &mut HashMap<(Term, u32), Term>,
        replace: &mut dyn FnMut(&mut Table, u32, u32) -> Term,
    ) -> Term {
        if self.loose(term) <= from + depth {
            return term;
        }
        if let Some(known) = memo.get(&(term, depth)) {
            return *known;
        }
        let result = if let Op::Bound(k) = *self.op(term) {
            replace(self, k, depth)
        } else {
            let args = self.args(term).to_vec();
            let mut new = Vec::with_capacity(args.len());
            for (i, arg) in args.iter().enumerate() {
                let inner = depth + self.binders(term, i);
                new.push(self.map_at(*arg, from, inner, memo, replace));
            }
            self.with_args(term, new)
        };
        memo.insert((term, depth), result);
        result
    }

    /// True if bound variable `k`, as seen from outside of the term, occurs in it.
    pub fn holds(&self, term: Term, k: u32) -> bool {
        if self.loose(term) <= k {
            return false;
        }
        let held = self.facts(term).held;
        if k < 63 && held >> 63 == 0 {
            return held >> k & 1 == 1;
        }
        match *self.op(term) {
            Op::Bound(n) => n == k,
            _ => self.args(term).iter().enumerate().any(|(i, arg)| self.holds(*arg, k + self.binders(term, i))),
        }
    }

    /// True if the letter occurs in the term.
    pub fn holds_letter(&self, term: Term, letter: &str) -> bool {
        let bit = letter_bit(letter);
        let may = |term: &Term| self.facts(*term).letters & bit != 0;
        if !may(&term) {
            return false;
        }
        let mut seen = HashSet::new();
        let mut open = vec![term];
        while let Some(next) = open.pop() {
            if matches!(self.op(next), Op::Free(name) if **name == *letter) {
                return true;
            }
            open.extend(self.args(next).iter().filter(|arg| may(arg) && seen.insert(**arg)));
        }
        false
    }

    /// What stands at a place, with the number of binders passed on the way.
    pub fn at(&self, term: Term, place: &[usize]) -> Option<(Term, u32)> {
        let mut depth = 0;
        let mut here = term;
        for &index in place {
            depth += if index < self.args(here).len() { self.binders(here, index) } else { 0 };
            here = *self.args(here).get(index)?;
        }
        Some((here, depth))
    }

    /// The term with something else at a place.
    pub fn replaced(&mut self, term: Term, place: &[usize], new: Term) -> Option<Term> {
        let Some((&index, rest)) = place.split_first() else { return Some(new) };
        let mut args = self.args(term).to_vec();
        let inner = *args.get(index)?;
        args[index] = self.replaced(inner, rest, new)?;
        Some(self.with_args(term, args))
    }

    /// For each of the terms, a hash that depends on its structure alone.
    pub fn digests(&self, terms: &[Term]) -> Vec<u64> {
        let mut known = HashMap::new();
        terms.iter().map(|term| self.digest(*term, &mut known)).collect()
    }

    pub(crate) fn digest(&self, term: Term, known: &mut HashMap<Term, u64>) -> u64 {
        if let Some(digest) = known.get(&term) {
            return *digest;
        }
        let args: Vec<u64> = self.args(term).iter().map(|arg| self.digest(*arg, known)).collect();
        let digest = oracle((self.op(term), args));
        known.insert(term, digest);
        digest
    }

    /// Shows every term in the term once, with its arguments and its root.
    pub fn visit(&self, term: Term, see: &mut dyn FnMut(Term, &[Term], &Op)) {
        let mut seen = HashSet::from([term]);
        let mut open = vec![term];
        while let Some(next) = open.pop() {
            see(next, self.args(next), self.op(next));
            open.extend(self.args(next).iter().filter(|arg| seen.insert(**arg)));
        }
    }

    /// True for a term that stands for a number: no law, no end.
    pub fn is_value(&self, term: Term) -> bool {
        !matches!(self.op(term), Op::Law(_) | Op::AnyLaw(_) | Op::Inf(_) | Op::End(_))
    }

    /// True if the root fits its arguments: laws and ends only where they have a meaning, and as many as it takes.
    pub fn is_well_formed(&self, term: Term) -> bool {
        let args = self.args(term);
        let law = |i: usize| matches!(self.op(args[i]), Op::Law(_) | Op::AnyLaw(_));
        let value = |i: usize| self.is_value(args[i]);
        let values = (0..args.len()).all(value);
        match self.op(term) {
            Op::Rat(_) | Op::Pi | Op::Inf(_) | Op::Free(_) | Op::Bound(_) => args.is_empty(),
            Op::Add | Op::Mul => args.len() >= 2 && values,
            Op::End(_) => args.len() == 1 && law(0),
            Op::Inv => args.len() == 1 && values,
            Op::Pow => args.len() == 2 && values,
            Op::Fun(_) | Op::Law(_) | Op::AnyLaw(_) => values,
            Op::App(_, orders) => orders.len() == args.len() && values,
            Op::Dens => args.len() == 2 && law(0) && value(1),
            Op::Mean => args.len() >= 2 && (0..args.len() - 1).all(law) && value(args.len() - 1),
            Op::Int | Op::Sum => {
                let end = |i: usize| value(i) || matches!(self.op(args[i]), Op::Inf(_) | Op::End(_));
                args.len() == 3 && end(0) && end(1) && value(2)
            }
            Op::D(order) => *order > 0 && args.len() == 2 && values,
        }
    }

    /// The term in prefix notation, for messages: bound variables are `#k`. Long ones are cut.
    pub fn show(&self, term: Term) -> String {
        let mut out = String::new();
        self.write(term, &mut out);
        out
    }

    fn write(&self, term: Term, out: &mut String) {
        if out.len() > 4000 {
            if !out.ends_with('…') {
                out.push('…');
            }
            return;
        }
        let args = self.args(term);
        let list = |out: &mut String, args: &[Term], open: &str, between: &str, close: &str| {
            out.push_str(open);
            for (i, arg) in args.iter().enumerate() {
                out.push_str(if i > 0 { between } else { "" });
                self.write(*arg, out);
            }
            out.push_str(close);
        };
        match self.op(term) {
            Op::Rat(value) => out.push_str(&value.to_string()),
            Op::Pi => out.push('π'),
            Op::Inf(positive) => out.push_str(if *positive { "∞" } else { "-∞" }),
            Op::End(upper) => list(out, args, if *upper { "upper(" } else { "lower(" }, ", ", ")"),
            Op::Free(name) => out.push_str(name),
            Op::Bound(k) => out.push_str(&format!("#{k}")),
            Op::Add => list(out, args, "(", " + ", ")"),
            Op::Mul => list(out, args, "(", " ", ")"),
            Op::Inv => list(out, args, "1/", "", ""),
            Op::Pow => list(out, args, "", "^", ""),
            Op::Fun(name) | Op::Law(name) | Op::AnyLaw(name) if args.is_empty() => out.push_str(name),
            Op::Fun(name) | Op::Law(name) | Op::AnyLaw(name) => {
                out.push_str(name);
                list(out, args, "(", ", ", ")");
            }
            Op::App(name, orders) => {
                out.push_str(name);
                if orders.iter().any(|k| *k > 0) {
                    out.push_str(&format!("^{orders:?}"));
                }
                list(out, args, "(", ", ", ")");
            }
            Op::Dens => {
                self.write(args[0], out);
                list(out, &args[1..], "[", "", "]");
            }
            Op::Mean | Op::Int | Op::Sum => {
                let sign = match self.op(term) {
                    Op::Mean => "E{",
                    Op::Int => "∫{",
                    _ => "Σ{",
                };
                list(out, &args[..args.len() - 1], sign, "; ", "}");
                list(out, &args[args.len() - 1..], "[", "", "]");
            }
            Op::D(order) => {
                list(out, &args[..1], &format!("D{order}["), "", "]@");
                self.write(args[1], out);
            }
        }
    }
}

/// The bit that stands for a letter among those of a term.
fn letter_bit(name: &str) -> u64 {
    1 << (name.bytes().fold(0u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % 64)
}

fn binders(op: &Op, args: usize, index: usize) -> u32 {
    match op {
        // The law of index j sees the samples before it; the body sees all.
        Op::Mean => index.min(args.saturating_sub(1)) as u32,
        Op::Int | Op::Sum if index == 2 => 1,
        Op::D(_) if index == 0 => 1,
        _ => 0,
    }
}
