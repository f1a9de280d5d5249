//! Normal ordering: multiplications first, then derivatives, then smoothing, by relations between neighbours.

use super::relation::Relations;
use super::scalar::Scalar;
use super::word::{Letter, Sum, Word, derivatives, multiplication, order, shift, width};
use crate::term::{Definitions, Operator, Simplifier, Term, Var};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// Products of a generator and a word that may be looked at.
const WORK: usize = 60_000;
/// Lines of a derivation; what more there is comes in one.
const LINES: usize = 24;
/// Words of a line.
const LONGEST: usize = 80;

/// The operator has no normal form within the bounds, or holds what has no place in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

/// A line of a derivation: the whole operator, and the relations that led to it, by their numbers.
#[derive(Clone, Debug)]
pub struct Line {
    /// What the operator before equals.
    pub operator: Operator,
    /// The relations that were used.
    pub by: BTreeSet<usize>,
}

/// A normal form with its derivation.
#[derive(Clone, Debug)]
pub struct Ordered {
    /// The normal form.
    pub sum: Sum,
    /// From the operator as it was written to the normal form.
    pub lines: Vec<Line>,
    /// Each relation that was used, with the words that its two sides acted on.
    pub uses: BTreeSet<(usize, Word)>,
}

/// The normal form of an operator on functions of y.
///
/// # Errors
/// It would be too large, or a width is a function of y.
pub fn ordered(
    operator: &Operator,
    y: &Var,
    relations: &Relations,
    definitions: &Definitions,
) -> Result<Ordered, TooLarge> {
    let mut ordering = Ordering {
        y,
        relations,
        definitions,
        simplifier: Simplifier::new(definitions),
        work: 0,
        memo: FxHashMap::default(),
        pairs: FxHashMap::default(),
        lines: Vec::new(),
        by: BTreeSet::new(),
        uses: BTreeSet::new(),
    };
    let sum = ordering.reduced(operator, &|inner| inner).ok_or(TooLarge)?;
    ordering.line(sum.operator(), true);
    Ok(Ordered { sum, lines: ordering.lines, uses: ordering.uses })
}

struct Ordering<'a> {
    y: &'a Var,
    relations: &'a Relations,
    definitions: &'a Definitions,
    simplifier: Simplifier<'a>,
    work: usize,
    /// A generator before a word in normal form, with the relations that ordered the two.
    memo: FxHashMap<(Letter, Word), (Sum, BTreeSet<usize>)>,
    /// What two neighbours become.
    pairs: FxHashMap<(Letter, Letter), Option<(usize, Sum)>>,
    lines: Vec<Line>,
    /// Used since the last line.
    by: BTreeSet<usize>,
    uses: BTreeSet<(usize, Word)>,
}

/// Where a part stands: the whole operator with another one in its place.
type Around<'a> = dyn Fn(Operator) -> Operator + 'a;

impl Ordering<'_> {
    fn line(&mut self, operator: Operator, last: bool) {
        let full = self.lines.len() + 1 >= LINES || words(&operator) > LONGEST;
        if !last && (full || self.by.is_empty()) {
            return;
        }
        if self.lines.last().is_some_and(|line| line.operator == operator) {
            return;
        }
        self.lines.push(Line { operator, by: std::mem::take(&mut self.by) });
    }

    fn reduced(&mut self, operator: &Operator, around: &Around) -> Option<Sum> {
        self.work += 1;
        if self.work > WORK {
            return None;
        }
        let minus = Scalar::one().opposite();
        match operator {
            Operator::Times(term) => multiplication(term, self.y),
            Operator::Derivative => Some(Sum::word(vec![Letter::Derivative])),
            Operator::Derivatives(count) if count.depends_on(self.y) => None,
            Operator::Derivatives(count) => derivatives(count),
            Operator::Smoothing(_) | Operator::Convolution(_) => Some(Sum::word(vec![self.generator(operator)?])),
            Operator::Parameter(_) | Operator::Adjoint(_) => None,
            Operator::OrnsteinUhlenbeck(time) if time.depends_on(self.y) => None,
            Operator::OrnsteinUhlenbeck(time) => {
                Some(Sum::word(vec![Letter::OrnsteinUhlenbeck(Scalar::of(time)?.term())]))
            }
            Operator::Shift(by) if by.depends_on(self.y) => None,
            Operator::Shift(by) => shift(by),
            Operator::Opposite(a) => {
                let inner = self.reduced(a, &|inner| around(Operator::Opposite(Box::new(inner))))?;
                Sum::default().plus(&minus, &inner)
            }
            Operator::Sum(a, b) | Operator::Difference(a, b) => {
                let adds = matches!(operator, Operator::Sum(..));
                let joined = |a: Operator, b: Operator| {
                    let (a, b) = (Box::new(a), Box::new(b));
                    around(if adds { Operator::Sum(a, b) } else { Operator::Difference(a, b) })
                };
                let first = self.reduced(a, &|inner| joined(inner, (**b).clone()))?;
                let done = first.operator();
                let second = self.reduced(b, &|inner| joined(done.clone(), inner))?;
                first.plus(&if adds { Scalar::one() } else { minus }, &second)
            }
            Operator::Product(a, b) => {
                let right = self.reduced(b, &|inner| around(product((**a).clone(), inner)))?;
                self.before(a, right, around)
            }
            Operator::Power(a, count) => {
                let base = self.reduced(a, &|inner| around(power(inner, *count)))?;
                let written = base.operator();
                let mut result = Sum::word(vec![]);
                for done in 1..=*count {
                    result = self.sum_before(&base, &result)?;
                    let left = *count - done;
                    if done > 1 && left > 0 {
                        self.line(around(product(power(written.clone(), left), result.operator())), false);
                    }
                }
                Some(result)
            }
            Operator::Commutator(a, b) => {
                let joined = |a: Operator, b: Operator| around(Operator::Commutator(Box::new(a), Box::new(b)));
                let first = self.reduced(a, &|inner| joined(inner, (**b).clone()))?;
                let done = first.operator();
                let second = self.reduced(b, &|inner| joined(done.clone(), inner))?;
                let (forth, back) = (self.sum_before(&first, &second)?, self.sum_before(&second, &first)?);
                let difference = Operator::Difference(Box::new(forth.operator()), Box::new(back.operator()));
                self.line(around(difference), false);
                forth.plus(&minus, &back)
            }
        }
    }

    /// An operator before a sum in normal form.
    fn before(&mut self, operator: &Operator, right: Sum, around: &Around) -> Option<Sum> {
        let result = match operator {
            Operator::Product(a, b) => {
                let inner = self.before(b, right, &|inner| around(product((**a).clone(), inner)))?;
                return self.before(a, inner, around);
            }
            Operator::Power(a, count) if is_generator(a) => {
                let base = Sum::word(vec![self.generator(a)?]);
                let mut result = right;
                for done in 1..=*count {
                    result = self.sum_before(&base, &result)?;
                    if done < *count {
                        self.line(around(product(power((**a).clone(), count - done), result.operator())), false);
                    }
                }
                result
            }
            _ => {
                let written = right.operator();
                let left = self.reduced(operator, &|inner| around(product(inner, written.clone())))?;
                self.sum_before(&left, &right)?
            }
        };
        self.line(around(result.operator()), false);
        Some(result)
    }

    fn generator(&self, operator: &Operator) -> Option<Letter> {
        match operator {
            Operator::Derivative => Some(Letter::Derivative),
            Operator::Smoothing(term) => {
                let term = if term.depends_on(self.y) { None } else { width(term) };
                term.map(Letter::Smoothing)
            }
            Operator::Convolution(law) if law.depends_on(self.y) => None,
            Operator::Convolution(law) => Some(Letter::Convolution(law.clone())),
            Operator::Times(term) => Some(Letter::Times(term.clone())),
            _ => None,
        }
    }

    /// The product of two sums in normal form.
    fn sum_before(&mut self, left: &Sum, right: &Sum) -> Option<Sum> {
        let mut product = Sum::default();
        for (word, value) in &left.words {
            product = product.plus(value, &self.word_before(word, right)?)?;
        }
        Some(product)
    }

    fn word_before(&mut self, word: &[Letter], right: &Sum) -> Option<Sum> {
        let mut result = right.clone();
        for letter in word.iter().rev() {
            let mut next = Sum::default();
            for (rest, value) in &result.words {
                let (sum, by) = self.letter_before(letter, rest)?;
                self.by.extend(by);
                next = next.plus(value, &sum)?;
            }
            result = next;
        }
        Some(result)
    }

    /// A generator before a word in normal form.
    fn letter_before(&mut self, letter: &Letter, word: &[Letter]) -> Option<(Sum, BTreeSet<usize>)> {
        let key = (letter.clone(), word.to_vec());
        if let Some(done) = self.memo.get(&key) {
            return Some(done.clone());
        }
        self.work += 1 + word.len();
        if self.work > WORK {
            return None;
        }
        let alone = || (Sum::word([std::slice::from_ref(letter), word].concat()), BTreeSet::new());
        let Some((second, rest)) = word.split_first() else { return Some(alone()) };
        let result = if let (Letter::Times(_), Letter::Times(_)) = (letter, second) {
            // Multiplications commute.
            let mut whole = [std::slice::from_ref(letter), word].concat();
            let count = whole.iter().take_while(|letter| matches!(letter, Letter::Times(_))).count();
            whole[..count].sort();
            (Sum::word(whole), BTreeSet::new())
        } else if let (Some(first), Some(next)) = (order(letter), order(second))
            && (first.as_number().is_none() || next.as_number().is_none())
        {
            // Powers of one operator add.
            let [(merged, _)] =
                derivatives(&Term::add(vec![first, next]))?.words.into_iter().collect::<Vec<_>>().try_into().ok()?;
            let kept = std::mem::take(&mut self.by);
            let ordered = self.word_before(&merged, &Sum::word(rest.to_vec()))?;
            (ordered, std::mem::replace(&mut self.by, kept))
        } else if let Some((number, right)) = self.neighbours(letter, second) {
            self.uses.insert((number, rest.to_vec()));
            let mut by = BTreeSet::from([number]);
            let mut sum = Sum::default();
            for (product, value) in &right.words {
                let kept = std::mem::take(&mut self.by);
                let ordered = self.word_before(product, &Sum::word(rest.to_vec()))?;
                by.extend(std::mem::replace(&mut self.by, kept));
                sum = sum.plus(value, &ordered)?;
            }
            (sum, by)
        } else {
            alone()
        };
        self.memo.insert(key, result.clone());
        Some(result)
    }

    fn neighbours(&mut self, first: &Letter, second: &Letter) -> Option<(usize, Sum)> {
        let key = (first.clone(), second.clone());
        if let Some(known) = self.pairs.get(&key) {
            return known.clone();
        }
        let found = self.relations.of(first, second, self.y, &mut self.simplifier, self.definitions);
        self.pairs.insert(key, found.clone());
        found
    }
}

fn is_generator(operator: &Operator) -> bool {
    matches!(operator, Operator::Derivative | Operator::Smoothing(_))
}

fn product(a: Operator, b: Operator) -> Operator {
    match a {
        Operator::Power(_, 0) => b,
        _ => Operator::Product(Box::new(a), Box::new(b)),
    }
}

fn power(a: Operator, count: u32) -> Operator {
    if count == 1 { a } else { Operator::Power(Box::new(a), count) }
}

/// How many products an operator is a sum of.
fn words(operator: &Operator) -> usize {
    match operator {
        Operator::Sum(a, b) | Operator::Difference(a, b) | Operator::Product(a, b) | Operator::Commutator(a, b) => {
            words(a) + words(b)
        }
        Operator::Opposite(a) | Operator::Power(a, _) | Operator::Adjoint(a) => words(a),
        _ => 1,
    }
}
