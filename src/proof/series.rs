//! Truncated power series over numbers, nested: one level for each derivative that is being taken.

use super::number::Numbers;

/// A number, or a power series in the variable of a level whose coefficients are values of lower levels.
/// A series of length n knows its coefficients below order n; lengths may differ, the shorter one counts.
#[derive(Clone)]
pub enum Value<N> {
    Plain(N),
    Series(u32, Vec<Value<N>>),
}

use Value::{Plain, Series};

impl<N: Clone> Value<N> {
    /// The highest level; 0 for a plain number (levels start at 1).
    pub fn level(&self) -> u32 {
        match self {
            Plain(_) => 0,
            Series(level, _) => *level,
        }
    }

    /// The value without the variable of a level at or above its own.
    pub fn constant(&self, level: u32) -> Value<N> {
        match self {
            Series(own, coefficients) if *own == level => coefficients[0].clone(),
            other => other.clone(),
        }
    }

    /// All variables set to zero.
    pub fn base(&self) -> &N {
        match self {
            Plain(n) => n,
            Series(_, coefficients) => coefficients[0].base(),
        }
    }

    fn length(&self, level: u32) -> Option<usize> {
        match self {
            Series(own, coefficients) if *own == level => Some(coefficients.len()),
            _ => None,
        }
    }

    /// A coefficient of a level at or above its own; none beyond the truncation.
    pub fn coefficient(&self, level: u32, index: usize) -> Option<&Value<N>> {
        match self {
            Series(own, coefficients) if *own == level => coefficients.get(index),
            other => (index == 0).then_some(other),
        }
    }

    /// The first `length` coefficients of a level.
    pub fn truncated(&self, level: u32, length: usize) -> Value<N> {
        match self {
            Series(own, coefficients) if *own == level => {
                Series(level, coefficients[..length.min(coefficients.len())].to_vec())
            }
            other => other.clone(),
        }
    }
}

/// A function at plain numbers.
pub type Base<'f, N> = &'f mut dyn FnMut(&[N]) -> Option<N>;
/// Its derivative in one argument, with respect to the variable of a level.
pub type Partial<'f, N> = &'f mut dyn FnMut(usize, u32, &[Value<N>]) -> Option<Value<N>>;
/// The function itself, at values of lower levels.
pub type Lower<'f, N> = &'f mut dyn FnMut(&[Value<N>]) -> Option<Value<N>>;

/// Series arithmetic over some numbers.
pub struct Algebra<'a, F: Numbers>(pub &'a F);

impl<F: Numbers> Algebra<'_, F> {
    pub fn integer(&self, n: i64) -> F::Number {
        self.0.rational(&num_rational::BigRational::from_integer(n.into())).unwrap_or_else(|| self.0.pi())
    }

    pub fn add(&self, a: &Value<F::Number>, b: &Value<F::Number>) -> Value<F::Number> {
        match (a, b) {
            (Plain(a), Plain(b)) => Plain(self.0.add(a, b)),
            (Series(la, x), Series(lb, y)) if la == lb => {
                Series(*la, x.iter().zip(y).map(|(a, b)| self.add(a, b)).collect())
            }
            _ => {
                let (high, low) = if a.level() > b.level() { (a, b) } else { (b, a) };
                let Series(level, coefficients) = high else { return high.clone() };
                let mut coefficients = coefficients.clone();
                coefficients[0] = self.add(&coefficients[0], low);
                Series(*level, coefficients)
            }
        }
    }

    pub fn mul(&self, a: &Value<F::Number>, b: &Value<F::Number>) -> Value<F::Number> {
        match (a, b) {
            (Plain(a), Plain(b)) => Plain(self.0.mul(a, b)),
            (Series(la, x), Series(lb, y)) if la == lb => {
                let product = |k: usize| {
                    (0..=k)
                        .map(|j| self.mul(&x[j], &y[k - j]))
                        .reduce(|s, t| self.add(&s, &t))
                        .unwrap_or_else(|| x[0].clone())
                };
                Series(*la, (0..x.len().min(y.len())).map(product).collect())
            }
            _ => {
                let (high, low) = if a.level() > b.level() { (a, b) } else { (b, a) };
                let Series(level, coefficients) = high else { return high.clone() };
                Series(*level, coefficients.iter().map(|c| self.mul(c, low)).collect())
            }
        }
    }

    /// The reciprocal; none if the constant term is zero.
    pub fn inverse(&self, a: &Value<F::Number>) -> Option<Value<F::Number>> {
        match a {
            Plain(n) => self.0.inverse(n).map(Plain),
            Series(level, x) => {
                let first = self.inverse(&x[0])?;
                let minus = self.mul(&Plain(self.integer(-1)), &first);
                let mut result = vec![first];
                for k in 1..x.len() {
                    let sum = (1..=k).map(|j| self.mul(&x[j], &result[k - j])).reduce(|s, t| self.add(&s, &t))?;
                    result.push(self.mul(&minus, &sum));
                }
                Some(Series(*level, result))
            }
        }
    }

    /// A whole power.
    pub fn power(&self, base: &Value<F::Number>, exponent: u32) -> Value<F::Number> {
        let mut result = Plain(self.integer(1));
        for bit in (0..32 - exponent.leading_zeros()).rev() {
            result = self.mul(&result, &result);
            if exponent >> bit & 1 == 1 {
                result = self.mul(&result, base);
            }
        }
        result
    }

    /// A function of values by the chain rule. `base` gives the function at plain numbers, `partial` the derivative
    /// in one argument with respect to the variable of a level, at arguments that are truncated one order lower.
    pub fn compose(
        &self,
        arguments: &[Value<F::Number>],
        base: Base<'_, F::Number>,
        partial: Partial<'_, F::Number>,
        lower: Lower<'_, F::Number>,
    ) -> Option<Value<F::Number>> {
        let level = arguments.iter().map(Value::level).max().unwrap_or(0);
        if level == 0 {
            let plain: Vec<F::Number> = arguments.iter().map(|a| a.base().clone()).collect();
            return base(&plain).map(Plain);
        }
        let length = arguments.iter().filter_map(|a| a.length(level)).min()?;
        let constants: Vec<_> = arguments.iter().map(|a| a.constant(level)).collect();
        let mut result = vec![lower(&constants)?];
        if length > 1 {
            let shorter: Vec<_> = arguments.iter().map(|a| a.truncated(level, length - 1)).collect();
            let mut slopes = Vec::new();
            for (index, argument) in arguments.iter().enumerate().filter(|(_, a)| a.level() == level) {
                slopes.push((partial(index, level, &shorter)?, argument));
            }
            for k in 1..length {
                let mut sum: Option<Value<F::Number>> = None;
                for (slope, argument) in &slopes {
                    for j in 1..=k {
                        let (Some(rate), Some(inner)) =
                            (slope.coefficient(level, k - j), argument.coefficient(level, j))
                        else {
                            continue;
                        };
                        let weight = self.0.rational(&num_rational::BigRational::new(j.into(), k.into()))?;
                        let term = self.mul(&Plain(weight), &self.mul(inner, rate));
                        sum = Some(sum.map_or_else(|| term.clone(), |s| self.add(&s, &term)));
                    }
                }
                result.push(sum.unwrap_or_else(|| Plain(self.integer(0))));
            }
        }
        Some(Series(level, result))
    }
}
