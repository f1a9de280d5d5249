//! Germs of terms that are known up to constant factors: they say that a mean does not exist.

use super::poly::Poly;
use super::scale::{Germ, Scale};
use super::{DEEPEST, End, Growth};
use crate::term::{Op, Term};
use num_rational::BigRational;

use std::cmp::Ordering;

impl Growth<'_> {
    pub(super) fn exact_ends(&mut self, term: Term, sample: usize) -> Option<[Germ; 2]> {
        let mut germs: [Germ; 2] = Default::default();
        for (end, germ) in germs.iter_mut().enumerate() {
            if !matches!(self.samples[sample].ends[end], End::Attained) {
                *germ = self.exact(term, sample, end)?;
            }
        }
        Some(germs)
    }

    /// A germ that the term equals, up to a factor between two positive constants, near an end of a sample.
    pub(super) fn exact(&mut self, term: Term, sample: usize, end: usize) -> Option<Germ> {
        if let Some(known) = self.found.get_mut().exact.get(&(term, sample, end)) {
            return known.clone();
        }
        self.depth += 1;
        let result = if self.depth < DEEPEST { self.exact_here(term, sample, end) } else { None };
        self.depth -= 1;
        self.found.get_mut().exact.insert((term, sample, end), result.clone());
        result
    }

    pub(super) fn exact_here(&mut self, term: Term, sample: usize, end: usize) -> Option<Germ> {
        if !self.holds(term, sample) {
            return (!self.holds_sample(term) && self.is_nonzero(term)).then(Germ::default);
        }
        let args = self.table.args(term).to_vec();
        match self.table.op(term).clone() {
            Op::Free(_) => match &self.samples[sample].ends[end] {
                End::Infinite(_) => Some(Germ::single(Scale::ln(), Poly::int(1))),
                End::Finite(_) => self.at_finite_end(term, sample, end),
                End::Attained => None,
            },
            Op::Mul => {
                args.iter().try_fold(Germ::default(), |sum, arg| Some(sum.plus(&self.exact(*arg, sample, end)?)))
            }
            Op::Inv => self.exact(args[0], sample, end)?.times(&Poly::int(-1)),
            Op::Pow if !self.holds_sample(args[1]) => {
                let exponent = self.poly(args[1]);
                self.exact(args[0], sample, end)?.times(&exponent)
            }
            Op::Add => {
                if matches!(self.samples[sample].ends[end], End::Finite(_)) {
                    return self.at_finite_end(term, sample, end);
                }
                // Of an exponential the expansion keeps no more than the sign.
                if let Some(expansion) = self.expand(term, sample, end)
                    && let Some((scale, coefficient)) = expansion.leading()
                    && !scale.exp
                {
                    return if self.is_nonzero_poly(coefficient) { scale.logarithm() } else { None };
                }
                self.dominant(&args, sample, end)
            }
            Op::Fun(name) => match (&*name, args.as_slice()) {
                ("exp", [u]) => Some(self.expand(*u, sample, end)?.germ()),
                ("abs", [u]) => self.exact(*u, sample, end),
                ("sqrt", [u]) => self.exact(*u, sample, end)?.times(&Poly::rat(BigRational::new(1.into(), 2.into()))),
                ("ln", [u]) => {
                    let germ = self.exact(*u, sample, end)?;
                    let (scale, coefficient) = germ.0.iter().next_back()?;
                    if coefficient.some || !self.is_nonzero_poly(&coefficient.known) {
                        return None;
                    }
                    scale.logarithm()
                }
                ("relu" | "step", [u]) => {
                    let expansion = self.expand(*u, sample, end)?;
                    match self.poly_sign(expansion.leading()?.1)? {
                        Ordering::Greater if &*name == "relu" => self.exact(*u, sample, end),
                        Ordering::Greater => Some(Germ::default()),
                        // It is 0 from somewhere on, which is below every germ.
                        _ => Some(Germ::single(Scale { exp: true, ..Scale::one() }, Poly::int(-1))),
                    }
                }
                ("tanh" | "arctan" | "erf", [u]) => {
                    let expansion = self.expand(*u, sample, end)?;
                    let (_, coefficient) = expansion.leading()?;
                    self.is_nonzero_poly(coefficient).then(Germ::default)
                }
                _ => {
                    let definition = self.library.functions.get(&name)?.definition?;
                    let unfolded = self.table.instantiate(definition, &args);
                    self.exact(unfolded, sample, end)
                }
            },
            Op::Dens => {
                let formula = self.log_density(args[0], args[1])?;
                Some(self.expand(formula, sample, end)?.germ())
            }
            _ => None,
        }
    }

    /// At a finite end: a polynomial that vanishes there to first order is the distance, one that does not is constant.
    pub(super) fn at_finite_end(&mut self, term: Term, sample: usize, end: usize) -> Option<Germ> {
        let End::Finite(place) = self.samples[sample].ends[end].clone() else { return None };
        let variable = self.table.free(&self.samples[sample].name.clone());
        let poly = self.poly(term);
        let inside = |t: Term| t != variable && self.table.holds_letter(t, &self.samples[sample].name);
        if poly.atoms().any(inside) {
            return None;
        }
        let at = |this: &mut Self, value: Term| {
            let body = this.table.abstracted(term, &this.samples[sample].name.clone());
            let there = this.table.instantiate(body, &[value]);
            this.poly(there)
        };
        let there = at(self, place);
        if !there.is_zero() {
            return self.is_nonzero_poly(&there).then(Germ::default);
        }
        // Affine: the slope is the difference over a unit step.
        let one = self.table.int(1);
        let two = self.table.int(2);
        let [next, after] = [one, two].map(|step| {
            let point = self.table.add(vec![place, step]);
            at(self, point)
        });
        let affine = after.plus(&next.scaled(&-BigRational::from_integer(2.into()))).is_zero()
            && self.degree_one(&poly, variable);
        (affine && self.is_nonzero_poly(&next)).then(|| Germ::single(Scale::ln(), Poly::int(-1)))
    }

    /// Whether each monomial holds the variable at most once, and never below a fraction line.
    pub(super) fn degree_one(&self, poly: &Poly, variable: Term) -> bool {
        poly.exponents(variable).all(|n| n == 0 || n == 1)
    }

    /// The largest of germs of summands that have one sign.
    pub(super) fn dominant(&mut self, summands: &[Term], sample: usize, end: usize) -> Option<Germ> {
        let positive = summands.iter().all(|t| self.sign(*t).is_some_and(Ordering::is_ge) || self.is_square(*t));
        if !positive {
            return None;
        }
        let mut largest: Option<Germ> = None;
        for summand in summands {
            let germ = self.exact(*summand, sample, end)?;
            let Some(so_far) = largest else {
                largest = Some(germ);
                continue;
            };
            let gap = germ.plus(&so_far.times(&Poly::int(-1))?);
            let sign = match gap.0.iter().next_back() {
                None => Ordering::Equal,
                Some((_, c)) if c.some => return None,
                Some((_, c)) => self.poly_sign(&c.known)?,
            };
            largest = Some(if sign.is_gt() { germ } else { so_far });
        }
        largest
    }
}
