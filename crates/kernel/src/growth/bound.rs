//! Upper bounds of terms as sums of products of germs.

use super::poly::Poly;
use super::scale::{Coefficient, Germ, Scale};
use super::{DEEPEST, End, Growth, MOST_PRODUCTS};
use crate::library::{Class, Growth as Grows};
use crate::term::{Op, Term};
use num_rational::BigRational;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// For each sample that it holds, by place, the germs at both ends.
pub(super) type Product = BTreeMap<usize, [Germ; 2]>;

#[derive(Clone, Debug)]
pub(super) struct Bound {
    pub(super) products: Vec<Product>,
    /// Scores, log-densities and the like of unspecified laws occur.
    pub(super) regular: bool,
}

impl Bound {
    pub(super) fn constant() -> Bound {
        Bound { products: vec![Product::new()], regular: false }
    }
    pub(super) fn nothing() -> Bound {
        Bound { products: vec![], regular: false }
    }
    pub(super) fn plus(mut self, other: Bound) -> Option<Bound> {
        for product in other.products {
            if !self.products.contains(&product) {
                self.products.push(product);
            }
        }
        self.regular |= other.regular;
        (self.products.len() <= MOST_PRODUCTS).then_some(self)
    }
    pub(super) fn times(&self, other: &Bound) -> Option<Bound> {
        if self.products.len() * other.products.len() > MOST_PRODUCTS {
            return None;
        }
        let mut result = Bound { products: vec![], regular: self.regular || other.regular };
        for a in &self.products {
            for b in &other.products {
                let mut product = a.clone();
                for (sample, germs) in b {
                    let entry = product.entry(*sample).or_default();
                    *entry = [entry[0].plus(&germs[0]), entry[1].plus(&germs[1])];
                }
                result = result.plus(Bound { products: vec![product], regular: false })?;
            }
        }
        Some(result)
    }
    /// |g|^c for c > 0: of a sum at most a multiple of the sum of the powers.
    pub(super) fn power(&self, c: &Poly) -> Option<Bound> {
        let raised = |product: &Product| -> Option<Product> {
            product.iter().map(|(s, [a, b])| Some((*s, [a.times(c)?, b.times(c)?]))).collect()
        };
        let products = self.products.iter().map(raised).collect::<Option<Vec<_>>>()?;
        Some(Bound { products, regular: self.regular })
    }
}

impl Growth<'_> {
    /// A bound over all samples.
    pub(super) fn bound(&mut self, term: Term) -> Option<Bound> {
        self.depth += 1;
        let result = if self.depth < DEEPEST { self.bound_here(term) } else { None };
        self.depth -= 1;
        result
    }

    pub(super) fn bound_here(&mut self, term: Term) -> Option<Bound> {
        let held: Vec<usize> = (0..self.samples.len()).filter(|s| self.holds(term, *s)).collect();
        if held.is_empty() {
            return Some(if self.table.is_zero(term) { Bound::nothing() } else { Bound::constant() });
        }
        let composite = matches!(self.table.op(term), Op::Add | Op::Mul | Op::Mean | Op::Int | Op::Sum);
        if let ([sample], false) = (held.as_slice(), composite)
            && !self.samples[*sample].unspecified
            && let Some(germs) = self.exact_ends(term, *sample)
            // Of an exponential whose growth is not told, a bound may be.
            && (self.are_told(&germs) || !matches!(self.table.op(term), Op::Fun(name) if &**name == "exp"))
        {
            return Some(Bound { products: vec![Product::from([(*sample, germs)])], regular: false });
        }
        let args = self.table.args(term).to_vec();
        match self.table.op(term).clone() {
            Op::Free(_) => {
                // A sample of an unspecified law: its moments are not known.
                let germ = Germ::single(Scale::ln(), Poly::int(1));
                Some(Bound { products: vec![Product::from([(held[0], [germ.clone(), germ])])], regular: false })
            }
            Op::Add => args.iter().try_fold(Bound::nothing(), |sum, arg| sum.plus(self.bound(*arg)?)),
            Op::Mul => args.iter().try_fold(Bound::constant(), |product, arg| product.times(&self.bound(*arg)?)),
            Op::Pow if !self.holds_sample(args[1]) => {
                let exponent = self.poly(args[1]);
                match self.poly_sign(&exponent)? {
                    Ordering::Greater => self.bound(args[0])?.power(&exponent),
                    Ordering::Equal => Some(Bound::constant()),
                    Ordering::Less => {
                        let positive = self.table.neg(args[1]);
                        let base = self.table.pow(args[0], positive);
                        self.bound_reciprocal(base)
                    }
                }
            }
            Op::Inv => self.bound_reciprocal(args[0]),
            Op::Fun(name) => self.bound_function(&name, &args),
            Op::App(name, orders) => {
                let order: u32 = orders.iter().sum();
                let class = self.known.classes.get(&name);
                let granted = match class {
                    Some(Class::Smooth) => u32::MAX,
                    Some(Class::Lipschitz) => 1,
                    _ => 0,
                };
                let granted = granted.max(self.known.orders.get(&name).copied().unwrap_or(0));
                if order > granted {
                    return None;
                }
                self.some_power(&args)
            }
            Op::Dens if matches!(self.table.op(args[0]), Op::AnyLaw(_)) => {
                // Its values are in `regular`, with what it multiplies.
                Some(Bound { regular: true, ..Bound::constant() })
            }
            Op::Mean | Op::Int | Op::Sum => {
                let kept = self.samples.len();
                let result = self.bound_inner(term, kept);
                self.keep(kept);
                result
            }
            // A derivative of the density of an unspecified law, or of its logarithm.
            Op::D(_) if self.is_density_of_any_law(args[0]) => Some(Bound { regular: true, ..Bound::constant() }),
            Op::D(_) => {
                let taken = self.differentiated(term)?;
                self.bound(taken)
            }
            _ => None,
        }
    }

    pub(super) fn is_density_of_any_law(&self, term: Term) -> bool {
        let args = self.table.args(term);
        match self.table.op(term) {
            Op::Dens => matches!(self.table.op(args[0]), Op::AnyLaw(_)),
            Op::Fun(name) if &**name == "ln" => self.is_density_of_any_law(args[0]),
            _ => false,
        }
    }

    pub(super) fn bound_inner(&mut self, term: Term, kept: usize) -> Option<Bound> {
        let body = self.open(term)?;
        let inner = self.bound(body)?;
        let mut outer = Bound { products: vec![], regular: inner.regular };
        for mut product in inner.products {
            for sample in kept..self.samples.len() {
                let germs = product.remove(&sample).unwrap_or_default();
                if self.samples[sample].unspecified {
                    if germs.iter().any(|g| !self.is_at_most_constant(g)) {
                        if germs.iter().any(|g| g.0.values().any(|c| !c.known.is_zero())) {
                            return None;
                        }
                        outer.regular = true;
                    }
                } else if (0..2).any(|end| self.decays(sample, end, &germs[end]) != Some(true)) {
                    return None;
                }
            }
            outer = outer.plus(Bound { products: vec![product], regular: false })?;
        }
        Some(outer)
    }

    /// |f(u, …)| ≤ C (1 + |u| + …)^k for some k.
    pub(super) fn some_power(&mut self, args: &[Term]) -> Option<Bound> {
        let mut product = Product::new();
        let mut regular = false;
        for arg in args {
            let bound = self.bound(*arg)?;
            regular |= bound.regular;
            for part in bound.products {
                for (sample, germs) in part {
                    let entry = product.entry(sample).or_default();
                    for (end, germ) in germs.iter().enumerate() {
                        let Some((scale, coefficient)) = germ.0.iter().next_back() else { continue };
                        if coefficient.some || self.poly_sign(&coefficient.known) != Some(Ordering::Less) {
                            entry[end].add(scale.clone(), Coefficient { known: Poly::default(), some: true });
                        }
                    }
                }
            }
        }
        Some(Bound { products: vec![product], regular })
    }

    /// 1/u for u in factors that are each known up to constants, or that are above a positive constant.
    pub(super) fn bound_reciprocal(&mut self, u: Term) -> Option<Bound> {
        if *self.table.op(u) == Op::Mul {
            let args = self.table.args(u).to_vec();
            return args
                .iter()
                .try_fold(Bound::constant(), |product, arg| product.times(&self.bound_reciprocal(*arg)?));
        }
        if *self.table.op(u) == Op::Pow {
            let args = self.table.args(u).to_vec();
            let exponent = self.poly(args[1]);
            if !self.holds_sample(args[1]) && self.poly_sign(&exponent) == Some(Ordering::Greater) {
                return self.bound_reciprocal(args[0])?.power(&exponent);
            }
        }
        let held: Vec<usize> = (0..self.samples.len()).filter(|s| self.holds(u, *s)).collect();
        match held.as_slice() {
            [] => return self.is_nonzero(u).then(Bound::constant),
            [sample] if !self.samples[*sample].unspecified => {
                let inverse = self.table.inv(u);
                if let Some(germs) = self.exact_ends(inverse, *sample) {
                    return Some(Bound { products: vec![Product::from([(*sample, germs)])], regular: false });
                }
            }
            _ => {}
        }
        self.is_above_constant(u).then(Bound::constant)
    }

    /// A sum of a positive constant and of what is 0 or above.
    pub(super) fn is_above_constant(&self, u: Term) -> bool {
        *self.table.op(u) == Op::Add && {
            let args = self.table.args(u);
            let constant = |t: &Term| !self.holds_sample(*t) && self.sign(*t) == Some(Ordering::Greater);
            args.iter().any(constant)
                && args.iter().all(|t| self.sign(*t).is_some_and(Ordering::is_ge) || self.is_square(*t))
        }
    }

    pub(super) fn bound_function(&mut self, name: &str, args: &[Term]) -> Option<Bound> {
        match (name, args) {
            ("exp", [u]) => return self.bound_exponential(*u),
            ("sin" | "cos", _) => return Some(Bound::constant()),
            ("sqrt", [u]) => return self.bound(*u)?.power(&Poly::rat(BigRational::new(1.into(), 2.into()))),
            ("ln", [u]) if *self.table.op(*u) == Op::Dens => {
                let parts = self.table.args(*u).to_vec();
                if let Some(formula) = self.log_density(parts[0], parts[1]) {
                    return self.bound(formula);
                }
                let unknown = matches!(self.table.op(parts[0]), Op::AnyLaw(_));
                return unknown.then(|| Bound { regular: true, ..Bound::constant() });
            }
            ("ln", [u]) => return self.bound_logarithm(*u),
            _ => {}
        }
        let function = self.library.functions.get(name)?.clone();
        if let Some(definition) = function.definition {
            let unfolded = self.table.instantiate(definition, args);
            return self.bound(unfolded);
        }
        match function.growth {
            Grows::Bounded => Some(Bound::constant()),
            Grows::Linear => args.iter().try_fold(Bound::constant(), |sum, arg| sum.plus(self.bound(*arg)?)),
            Grows::Logarithmic | Grows::Unknown => None,
        }
    }

    /// |ln u| for u above a positive constant: at most a multiple of the scales of u.
    pub(super) fn bound_logarithm(&mut self, u: Term) -> Option<Bound> {
        let held: Vec<usize> = (0..self.samples.len()).filter(|s| self.holds(u, *s)).collect();
        let single = |this: &mut Self, sample: usize| -> Option<Bound> {
            let mut germs: [Germ; 2] = Default::default();
            for (end, germ) in germs.iter_mut().enumerate() {
                if matches!(this.samples[sample].ends[end], End::Attained) {
                    continue;
                }
                // |ln u| = |Σ c s(t)| + O(1) grows like its leading scale.
                let expansion = this.exact(u, sample, end)?;
                if let Some((scale, _)) = expansion.0.iter().next_back() {
                    *germ = scale.logarithm()?;
                }
            }
            Some(Bound { products: vec![Product::from([(sample, germs)])], regular: false })
        };
        match held.as_slice() {
            [sample] if !self.samples[*sample].unspecified => single(self, *sample),
            _ if self.is_above_constant(u) => {
                let mut sum = Bound::constant();
                for product in self.bound(u)?.products {
                    for (sample, germs) in product {
                        let mut logarithms: [Germ; 2] = Default::default();
                        for (end, germ) in germs.iter().enumerate() {
                            if let Some((scale, _)) = germ.0.iter().next_back() {
                                logarithms[end] = scale.logarithm()?;
                            }
                        }
                        sum =
                            sum.plus(Bound { products: vec![Product::from([(sample, logarithms)])], regular: false })?;
                    }
                }
                Some(sum)
            }
            _ => None,
        }
    }

    /// exp(u): u in summands of one sample each, less what is bounded or visibly at most 0.
    pub(super) fn bound_exponential(&mut self, u: Term) -> Option<Bound> {
        let summands = match self.table.op(u) {
            Op::Add => self.table.args(u).to_vec(),
            _ => vec![u],
        };
        let mut parts: BTreeMap<usize, Vec<Term>> = BTreeMap::new();
        for summand in summands {
            let held: Vec<usize> = (0..self.samples.len()).filter(|s| self.holds(summand, *s)).collect();
            match held.as_slice() {
                [] => {}
                [sample] => parts.entry(*sample).or_default().push(summand),
                _ => {
                    let negative = self.table.neg(summand);
                    let drops = self.is_negative_of_square(summand)
                        || self
                            .bound(negative)?
                            .products
                            .iter()
                            .all(|p| p.values().flatten().all(|g| self.is_at_most_constant(g)));
                    if !drops {
                        return None;
                    }
                }
            }
        }
        let mut product = Bound::constant();
        for (sample, terms) in parts {
            let known = if self.samples[sample].unspecified { None } else { self.germs_of_exponent(&terms, sample) };
            // What is visibly at most 0 goes where it is not told how fast it falls.
            let untold = known.as_ref().is_some_and(|germs| !self.are_told(germs));
            let rest: Vec<Term> =
                terms.iter().copied().filter(|term| untold && !self.is_negative_of_square(*term)).collect();
            let known = if untold { self.germs_of_exponent(&rest, sample) } else { known };
            if let Some(germs) = known {
                product = product.times(&Bound { products: vec![Product::from([(sample, germs)])], regular: false })?;
                continue;
            }
            for summand in terms {
                let bounded = |this: &mut Self| {
                    this.bound(summand).is_some_and(|b| {
                        !b.regular
                            && b.products.iter().all(|p| p.values().flatten().all(|g| this.is_at_most_constant(g)))
                    })
                };
                if !self.is_negative_of_square(summand) && !bounded(self) {
                    return None;
                }
            }
        }
        Some(product)
    }

    /// The germs at both ends of the exponential of a sum of terms in one sample.
    fn germs_of_exponent(&mut self, terms: &[Term], sample: usize) -> Option<[Germ; 2]> {
        let sum = self.table.add(terms.to_vec());
        let mut germs: [Germ; 2] = Default::default();
        for (end, germ) in germs.iter_mut().enumerate() {
            if !matches!(self.samples[sample].ends[end], End::Attained) {
                *germ = self.expand(sum, sample, end)?.germ();
            }
        }
        Some(germs)
    }

    /// True if the signs of the leading coefficients are known.
    fn are_told(&self, germs: &[Germ; 2]) -> bool {
        let leading = |germ: &Germ| germ.0.values().next_back().map(|coefficient| coefficient.known.clone());
        germs.iter().filter_map(leading).all(|coefficient| self.poly_sign(&coefficient).is_some())
    }

    pub(super) fn is_negative_of_square(&self, term: Term) -> bool {
        if self.sign(term).is_some_and(Ordering::is_le) {
            return true;
        }
        if *self.table.op(term) != Op::Mul {
            return false;
        }
        let mut negative = false;
        self.table.args(term).iter().all(|arg| match self.sign(*arg) {
            Some(Ordering::Less) => {
                negative = !negative;
                true
            }
            Some(_) => true,
            None => self.is_square(*arg),
        }) && negative
    }
}
