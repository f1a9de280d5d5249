//! Signs of what stands in germs, and where terms have a value inside of the ranges.

use super::poly::Poly;
use super::scale::{Germ, Scale};
use super::{DEEPEST, End, Growth};
use crate::context::{Context, Hypothesis, Statement};
use crate::term::{Op, Term};
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use std::cmp::Ordering;

impl Growth<'_> {
    /// Whether germ and tail decay at an end; `Some(false)` only if they do not for sure.
    pub(super) fn decays(&self, sample: usize, end: usize, germ: &Germ) -> Option<bool> {
        let here = &self.samples[sample];
        let total = germ.plus(&here.tails[end]);
        let at_infinity = match here.ends[end] {
            End::Attained => return Some(true),
            End::Infinite(_) => true,
            End::Finite(_) => false,
        };
        let above: Vec<_> = total.0.iter().rev().filter(|(scale, _)| **scale > Scale::ln()).collect();
        if let Some((_, leading)) = above.first() {
            let signs: Vec<_> =
                above.iter().map(|(_, c)| if c.some { None } else { self.poly_sign(&c.known) }).collect();
            if signs.iter().all(|s| *s == Some(Ordering::Less)) {
                return Some(true);
            }
            // Powers with symbolic exponents are not compared with others.
            let comparable = above.len() == 1 || above.iter().all(|(scale, _)| scale.tiny.is_none());
            return match signs[0] {
                Some(sign) if comparable && !leading.some => Some(sign == Ordering::Less),
                _ => None,
            };
        }
        let ln = total.0.get(&Scale::ln()).cloned().unwrap_or_default();
        if ln.some {
            return None;
        }
        // At infinity below -1; at a finite end, where ln(1/t) is meant, below 1.
        let limit = Poly::int(if at_infinity { 1 } else { -1 });
        match self.poly_sign(&ln.known.plus(&limit))? {
            Ordering::Less => Some(true),
            Ordering::Greater => Some(false),
            // At the limit itself powers of ln t decide, which are not looked at.
            Ordering::Equal => (total.0.keys().all(|s| *s == Scale::ln())).then_some(false),
        }
    }

    pub(super) fn is_at_most_constant(&self, germ: &Germ) -> bool {
        match germ.0.iter().next_back() {
            None => true,
            Some((_, c)) => !c.some && self.poly_sign(&c.known) == Some(Ordering::Less),
        }
    }

    pub(super) fn poly_sign(&self, poly: &Poly) -> Option<Ordering> {
        poly.sign(&|atom| self.atom_sign(atom), &|atom| self.known.nonzero.contains(&atom), &self.positive)
    }

    /// The sign of a term all over the ranges of its samples.
    pub(super) fn sign(&self, term: Term) -> Option<Ordering> {
        if let Some(known) = self.found.borrow().signs.get(&term) {
            return *known;
        }
        let sign = self.sign_by_structure(term);
        self.found.borrow_mut().signs.insert(term, sign);
        sign
    }

    fn sign_by_structure(&self, term: Term) -> Option<Ordering> {
        let args = self.table.args(term);
        match self.table.op(term) {
            Op::Rat(value) => Some(value.cmp(&BigRational::zero())),
            Op::Mul => args.iter().try_fold(Ordering::Greater, |sign, arg| match (sign, self.sign(*arg)?) {
                (Ordering::Equal, _) | (_, Ordering::Equal) => Some(Ordering::Equal),
                (a, b) => Some(if a == b { Ordering::Greater } else { Ordering::Less }),
            }),
            Op::Add => {
                let signs: Vec<_> = args.iter().map(|arg| self.sign(*arg)).collect();
                let nonnegative =
                    args.iter().zip(&signs).all(|(arg, s)| s.is_some_and(Ordering::is_ge) || self.is_square(*arg));
                let nonpositive = signs.iter().all(|s| s.is_some_and(Ordering::is_le));
                match () {
                    () if nonnegative && signs.contains(&Some(Ordering::Greater)) => Some(Ordering::Greater),
                    () if nonpositive && signs.contains(&Some(Ordering::Less)) => Some(Ordering::Less),
                    () => self.poly_sign(&self.poly(term)),
                }
            }
            _ => self.atom_sign(term),
        }
    }

    /// 0 or above all over the ranges of its samples, because of how it is written.
    pub(super) fn is_square(&self, term: Term) -> bool {
        let args = self.table.args(term);
        match self.table.op(term) {
            Op::Pow => self
                .table
                .as_rat(args[1])
                .is_some_and(|n| n.is_integer() && (n / BigRational::from_integer(2.into())).is_integer()),
            Op::Mul => args.iter().all(|arg| self.is_square(*arg) || self.sign(*arg).is_some_and(Ordering::is_ge)),
            Op::Fun(name) => matches!(&**name, "abs" | "relu" | "step" | "sqrt"),
            _ => false,
        }
    }

    pub(super) fn atom_sign(&self, term: Term) -> Option<Ordering> {
        if self.known.positive.contains(&term) {
            return Some(Ordering::Greater);
        }
        let args = self.table.args(term);
        match self.table.op(term) {
            Op::Rat(value) => Some(value.cmp(&BigRational::zero())),
            Op::Pi | Op::Inf(true) => Some(Ordering::Greater),
            Op::Inf(false) => Some(Ordering::Less),
            Op::Free(name) => self.samples.iter().any(|s| s.name == *name && s.positive).then_some(Ordering::Greater),
            Op::Inv => self.sign(args[0]).filter(|s| s.is_ne()),
            Op::Pow if self.sign(args[0]) == Some(Ordering::Greater) => Some(Ordering::Greater),
            Op::Pow if self.is_square(term) && self.is_nonzero(args[0]) => Some(Ordering::Greater),
            Op::Fun(name) if &**name == "ln" && self.sign(args[0]) == Some(Ordering::Greater) => {
                self.poly_sign(&self.poly(args[0]).plus(&Poly::int(-1)))
            }
            Op::Fun(name) if &**name == "exp" => Some(Ordering::Greater),
            Op::Fun(name) if &**name == "sqrt" => self.sign(args[0]).filter(|s| *s == Ordering::Greater),
            Op::Fun(name) if &**name == "abs" => self.sign(args[0]).filter(|s| s.is_ne()).map(|_| Ordering::Greater),
            Op::Fun(name) if self.library.functions.get(name).is_some_and(|f| f.positive) => Some(Ordering::Greater),
            Op::Mul | Op::Add => self.sign(term),
            _ => None,
        }
    }

    pub(super) fn is_nonzero(&self, term: Term) -> bool {
        self.known.nonzero.contains(&term) || self.sign(term).is_some_and(Ordering::is_ne)
    }

    /// Whether a term of parameters differs from 0.
    pub(super) fn is_nonzero_poly(&self, poly: &Poly) -> bool {
        self.poly_sign(poly).is_some_and(Ordering::is_ne)
            || poly.inverse().is_some() && poly.atoms().all(|atom| self.is_nonzero(atom))
    }

    /// No poles inside: every divisor is away from 0, and every logarithm and root has a positive argument, at every
    /// point of the ranges of the samples; so the term is bounded on compact parts of them.
    pub(super) fn is_finite_inside(&mut self, term: Term) -> bool {
        if !self.holds_sample(term) {
            return true;
        }
        self.depth += 1;
        let result = self.depth < DEEPEST && self.is_finite_here(term);
        self.depth -= 1;
        result
    }

    pub(super) fn is_finite_here(&mut self, term: Term) -> bool {
        let args = self.table.args(term).to_vec();
        let all = |this: &mut Self| args.iter().all(|arg| this.is_finite_inside(*arg));
        match self.table.op(term).clone() {
            Op::Inv => self.is_nonzero(args[0]) && all(self),
            Op::Pow => {
                let whole = self.table.as_rat(args[1]).is_some_and(|n| n.is_integer() && !n.is_negative());
                let root = self.table.as_rat(args[1]).is_some_and(|n| !n.is_negative());
                let base = self.sign(args[0]);
                (whole
                    || base == Some(Ordering::Greater)
                    || root && (base.is_some_and(Ordering::is_ge) || self.is_square(args[0])))
                    && all(self)
            }
            Op::Fun(name) => match (&*name, self.library.functions.get(&name)) {
                ("ln", _) => {
                    (self.sign(args[0]) == Some(Ordering::Greater) || *self.table.op(args[0]) == Op::Dens) && all(self)
                }
                ("exp" | "sin" | "cos", _) => all(self),
                ("sqrt", _) => {
                    (self.sign(args[0]).is_some_and(Ordering::is_ge) || self.is_square(args[0])) && all(self)
                }
                (_, Some(function)) => match function.definition {
                    Some(definition) => {
                        let unfolded = self.table.instantiate(definition, &args);
                        self.is_finite_inside(unfolded)
                    }
                    None if function.of_positive => self.sign(args[0]) == Some(Ordering::Greater) && all(self),
                    None => all(self),
                },
                _ => false,
            },
            Op::Mean | Op::Int | Op::Sum => {
                let kept = self.samples.len();
                let body = self.open(term);
                let result = body.is_some_and(|body| self.is_finite_inside(body));
                self.keep(kept);
                result
            }
            Op::D(_) if self.is_density_of_any_law(args[0]) => true,
            Op::D(_) => self.differentiated(term).is_some_and(|t| self.is_finite_inside(t)),
            _ => all(self),
        }
    }

    /// A derivative taken, where that is done by rules alone; kinks and jumps are met nowhere but in a null set.
    pub(super) fn differentiated(&mut self, term: Term) -> Option<Term> {
        let mut statement = Statement::default();
        for distance in self.positive.clone() {
            statement.hypotheses.push(Hypothesis::Positive(distance.term(self.table)));
        }
        for sample in self.samples.iter().filter(|sample| sample.whole) {
            statement.hypotheses.push(Hypothesis::Whole(self.table.free(&sample.name)));
        }
        let mut context = Context::new(self.library, std::mem::take(self.table), statement, 0);
        let result = context.differentiated(term);
        *self.table = context.table;
        result.ok()
    }
}
