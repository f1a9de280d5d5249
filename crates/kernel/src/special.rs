//! Values of functions at special arguments, as their files state them.

use crate::context::Context;
use crate::library::{Function, Pattern};
use crate::sign::Signs;
use crate::term::{Op, Term};
use num_rational::BigRational;
use num_traits::{Signed, Zero};

/// Values are followed to smaller arguments from up to here.
const MOST_SHIFTS: u32 = 200;
/// A file whose values go on for longer is not followed.
const MOST_UNFOLDING: u32 = 256;

impl Context<'_> {
    /// Enters what a function's file says in the place of its value; none if that never ends.
    pub(crate) fn unfold(&mut self) -> Option<()> {
        self.unfolding += 1;
        if self.unfolding <= MOST_UNFOLDING {
            return Some(());
        }
        self.unfolding -= 1;
        None
    }

    /// What a function is at these arguments, if its file says it of them.
    pub fn special_value(&mut self, known: &Function, args: &[Term]) -> Option<Term> {
        'values: for value in &known.values {
            let mut left = vec![];
            for (pattern, arg) in value.patterns.iter().zip(args) {
                let number = self.number(*arg);
                match (pattern, number) {
                    (Pattern::Number(wanted), Some(number)) if *wanted == number => {}
                    (Pattern::Number(_), _) => continue 'values,
                    (Pattern::Above(0), _) => left.push(*arg),
                    (Pattern::Above(by), Some(number)) => {
                        let rest = number - BigRational::from_integer((*by).into());
                        let fits = if known.of_positive { rest.is_positive() } else { !rest.is_negative() };
                        // What is stated for whole numbers holds at these.
                        let whole = known.of_positive || rest.is_integer();
                        if !fits || !whole || rest > BigRational::from_integer(MOST_SHIFTS.into()) {
                            continue 'values;
                        }
                        left.push(self.table.rat(rest));
                    }
                    (Pattern::Above(by), None) => match self.shifted(*arg, *by) {
                        Some(rest) if known.of_positive && self.signs(rest) == Signs::POSITIVE => {
                            left.push(rest);
                        }
                        _ => continue 'values,
                    },
                }
            }
            return Some(self.table.instantiate(value.result, &left));
        }
        None
    }

    /// What a function with pieces is where the sign of its argument is known.
    pub fn known_piece(&mut self, known: &Function, args: &[Term]) -> Option<Term> {
        let ([above, below], [arg]) = (known.pieces?, args) else { return None };
        match self.signs(*arg) {
            Signs::POSITIVE => Some(self.table.instantiate(above, args)),
            Signs::NEGATIVE => Some(self.table.instantiate(below, args)),
            _ => None,
        }
    }

    /// The number that the term is, if it is one.
    pub fn number(&mut self, term: Term) -> Option<BigRational> {
        if let Some(value) = self.table.as_rat(term) {
            return Some(value.clone());
        }
        let sum = self.expand(term, true)?;
        match sum.iter().next() {
            None => Some(BigRational::zero()),
            Some((monomial, value)) => (sum.len() == 1 && monomial.is_empty()).then(|| value.clone()),
        }
    }

    /// The sum without so much of its literal summand.
    fn shifted(&mut self, term: Term, by: u32) -> Option<Term> {
        let by = BigRational::from_integer(by.into());
        let mut summands = match self.table.op(term) {
            Op::Add => self.table.args(term).to_vec(),
            _ => return None,
        };
        let (index, literal) = (summands.iter().enumerate())
            .find_map(|(i, summand)| Some((i, self.table.as_rat(*summand)?.clone())))
            .filter(|(_, literal)| *literal >= by && *literal <= BigRational::from_integer(MOST_SHIFTS.into()))?;
        let rest = literal - by;
        if rest.is_zero() {
            summands.remove(index);
        } else {
            summands[index] = self.table.rat(rest);
        }
        Some(self.table.add(summands))
    }
}
