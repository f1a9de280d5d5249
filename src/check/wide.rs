//! Numbers whose exponents do not overflow: for integrands that are huge where a density is tiny.

use crate::law::{Binary, Formula, Instruction, Unary};
use std::f64::consts::LN_2;

/// `mantissa · 2^exponent`, the mantissa in [1, 2) by size; 0, infinities and NaN have the exponent 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wide {
    mantissa: f64,
    exponent: i64,
}

/// Beyond this a power of two is as good as 0 or infinite.
const FARTHEST: i64 = 1 << 60;

impl Wide {
    fn new(mantissa: f64, exponent: i64) -> Wide {
        if mantissa == 0.0 || !mantissa.is_finite() {
            return Wide { mantissa, exponent: 0 };
        }
        // A subnormal number is scaled up first.
        let (mantissa, exponent) = if mantissa.abs() < f64::MIN_POSITIVE {
            (mantissa * 2f64.powi(100), exponent - 100)
        } else {
            (mantissa, exponent)
        };
        let bits = mantissa.to_bits();
        let shift = (bits >> 52 & 0x7ff) as i64 - 1023;
        let mantissa = f64::from_bits(bits & !(0x7ff << 52) | 1023 << 52);
        Wide { mantissa, exponent: (exponent + shift).clamp(-FARTHEST, FARTHEST) }
    }

    /// The nearest ordinary number.
    pub fn number(self) -> f64 {
        match self.exponent {
            0 => self.mantissa,
            e if e > 1023 => self.mantissa * f64::INFINITY,
            e if e < -1100 => self.mantissa * 0.0,
            e if e < -1000 => self.mantissa * 2f64.powi(-1000) * 2f64.powi((e + 1000) as i32),
            e => self.mantissa * 2f64.powi(e as i32),
        }
    }

    /// The logarithm of the size.
    pub fn ln(self) -> f64 {
        self.mantissa.abs().ln() + self.exponent as f64 * LN_2
    }

    /// `sign · exp(x)`.
    fn exp(sign: f64, x: f64) -> Wide {
        if !x.is_finite() || x.abs() > 1e17 {
            return Wide::new(sign * x.exp(), 0);
        }
        let exponent = (x / LN_2).floor();
        // The product is exact to rounding of its result, which is small.
        Wide::new(sign * (-exponent).mul_add(LN_2, x).exp(), exponent as i64)
    }

    /// The same, times exp(x).
    pub fn times_exp(self, x: f64) -> f64 {
        if self.mantissa == 0.0 {
            return 0.0;
        }
        self.mul(Wide::exp(1.0, x)).number()
    }

    /// Whether it is exactly 0, which no rounding makes.
    pub fn is_zero(self) -> bool {
        self.mantissa == 0.0
    }

    fn sign(self) -> f64 {
        f64::from(self.mantissa > 0.0) - f64::from(self.mantissa < 0.0)
    }

    fn mul(self, other: Wide) -> Wide {
        Wide::new(self.mantissa * other.mantissa, self.exponent + other.exponent)
    }

    fn add(self, other: Wide) -> Wide {
        if self.mantissa == 0.0 || !other.mantissa.is_finite() {
            return if self.mantissa.is_finite() { other } else { Wide::new(self.mantissa + other.mantissa, 0) };
        }
        if other.mantissa == 0.0 || !self.mantissa.is_finite() {
            return self;
        }
        let (large, small) = if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        let apart = small.exponent - large.exponent;
        let shifted = if apart < -200 { 0.0 } else { small.mantissa * 2f64.powi(apart as i32) };
        Wide::new(large.mantissa + shifted, large.exponent)
    }

    fn power(self, n: i32) -> Wide {
        let (mut result, mut square, mut left) = (Wide::new(1.0, 0), self, n.unsigned_abs());
        while left > 0 {
            if left & 1 == 1 {
                result = result.mul(square);
            }
            square = square.mul(square);
            left >>= 1;
        }
        if n < 0 { Wide::new(1.0 / result.mantissa, -result.exponent) } else { result }
    }

    fn unary(f: Unary, a: Wide) -> Wide {
        let x = a.number();
        match f {
            Unary::Exp => Wide::exp(1.0, x),
            Unary::Ln if a.mantissa > 0.0 => Wide::new(a.ln(), 0),
            Unary::Sqrt if a.mantissa > 0.0 => {
                let odd = a.exponent.rem_euclid(2);
                Wide::new((a.mantissa * if odd == 1 { 2.0 } else { 1.0 }).sqrt(), (a.exponent - odd) / 2)
            }
            Unary::Abs => Wide { mantissa: a.mantissa.abs(), ..a },
            Unary::Sign => Wide::new(a.sign(), 0),
            Unary::Step => Wide::new(f64::from(a.mantissa > 0.0), 0),
            Unary::Relu if a.mantissa > 0.0 => a,
            Unary::Softplus if x > 40.0 => a,
            Unary::Sinh if x.abs() > 40.0 => Wide::exp(0.5 * x.signum(), x.abs()),
            Unary::Cosh if x.abs() > 40.0 => Wide::exp(0.5, x.abs()),
            Unary::Gamma if x > 0.0 => Wide::exp(1.0, Unary::LnGamma.apply(x)),
            _ => Wide::new(f.apply(x), 0),
        }
    }

    fn binary(f: Binary, a: Wide, b: Wide) -> Wide {
        let smaller = || a.add(Wide { mantissa: -b.mantissa, ..b }).mantissa < 0.0;
        match f {
            Binary::Pow if a.mantissa > 0.0 => Wide::exp(1.0, b.number() * a.ln()),
            Binary::Max => {
                if smaller() {
                    b
                } else {
                    a
                }
            }
            Binary::Min => {
                if smaller() {
                    a
                } else {
                    b
                }
            }
            Binary::Beta => Wide::exp(1.0, Binary::LnBeta.apply(a.number(), b.number())),
            Binary::Within if a.mantissa > 0.0 => b,
            Binary::LnWithin if a.mantissa > 0.0 => b,
            _ => Wide::new(f.apply(a.number(), b.number()), 0),
        }
    }
}

/// The first output of a formula.
pub fn value(formula: &Formula, inputs: &[f64]) -> Wide {
    let mut values: Vec<Wide> = Vec::with_capacity(formula.instructions.len());
    for instruction in &formula.instructions {
        let at = |i: u32| values[i as usize];
        values.push(match *instruction {
            Instruction::Constant(bits) => Wide::new(f64::from_bits(bits), 0),
            Instruction::Input(slot) => Wide::new(inputs.get(slot as usize).copied().unwrap_or(f64::NAN), 0),
            Instruction::Add(a, b) => at(a).add(at(b)),
            Instruction::Mul(a, b) => at(a).mul(at(b)),
            Instruction::Power(a, n) => at(a).power(n),
            Instruction::Unary(f, a) => Wide::unary(f, at(a)),
            Instruction::Binary(f, a, b) => Wide::binary(f, at(a), at(b)),
        });
    }
    formula.outputs.first().map_or(Wide::new(f64::NAN, 0), |output| values[*output as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_do_not_overflow() {
        let huge = Wide::exp(1.0, 5000.0);
        assert!((huge.times_exp(-4990.0) / 10f64.exp() - 1.0).abs() < 1e-12);
        assert!((huge.power(3).times_exp(-15_000.0) - 1.0).abs() < 1e-11);
        assert!((huge.add(huge).ln() - 5000.0 - LN_2).abs() < 1e-12);
        assert_eq!(huge.number(), f64::INFINITY);
        assert_eq!(Wide::exp(1.0, -5000.0).number(), 0.0);
    }

    #[test]
    fn ordinary_numbers_stay_as_they_are() {
        for x in [0.0, 1.0, -3.7, 1e-310, 1e300, f64::INFINITY] {
            assert_eq!(Wide::new(x, 0).number(), x);
        }
        assert_eq!(Wide::new(3.0, 0).add(Wide::new(-3.0, 0)).number(), 0.0);
        assert!((Wide::unary(Unary::Sqrt, Wide::new(8.0, 0)).number() - 8f64.sqrt()).abs() < 1e-15);
    }
}
