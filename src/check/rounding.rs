//! Values of formulas with what rounding may have done to them: an error that is carried from step to step.

use super::quadrature::Estimate;
use crate::law::{Binary, Formula, Instruction, Unary};

/// Of one operation, relative to its result.
const ROUNDING: f64 = 2.3e-16;
/// Of a function that is approximated to fewer digits.
const APPROXIMATE: f64 = 1e-12;

/// The first output at inputs that have errors themselves.
pub fn value(formula: &Formula, inputs: &[f64], error_of: &dyn Fn(usize) -> f64) -> Estimate {
    let mut values: Vec<f64> = Vec::with_capacity(formula.instructions.len());
    let mut errors: Vec<f64> = Vec::with_capacity(formula.instructions.len());
    for instruction in &formula.instructions {
        let value = instruction.value(inputs, &values);
        let (x, e) = (|i: u32| values[i as usize], |i: u32| errors[i as usize]);
        let moved = |a: &dyn Fn(f64) -> f64| {
            let gap = |sign: f64| {
                let moved = a(sign);
                // Next to where a function ends it has a value on one side.
                if moved.is_nan() { 0.0 } else { (moved - value).abs() }
            };
            gap(1.0).max(gap(-1.0))
        };
        let error = match *instruction {
            Instruction::Constant(bits) => of_constant(bits),
            Instruction::Input(slot) => error_of(slot as usize),
            Instruction::Add(a, b) => e(a) + e(b) + ROUNDING * value.abs(),
            Instruction::Mul(a, b) => x(a).abs() * e(b) + x(b).abs() * e(a) + e(a) * e(b) + ROUNDING * value.abs(),
            Instruction::Power(a, n) => {
                moved(&|s| (x(a) + s * e(a)).powi(n)) + f64::from(n).abs().min(8.0) * ROUNDING * value.abs()
            }
            Instruction::Unary(f, a) => moved(&|s| f.apply(x(a) + s * e(a))) + of_unary(f) * value.abs(),
            Instruction::Binary(f @ (Binary::Within | Binary::LnWithin), a, b) => {
                moved(&|s| f.apply(x(a) + s * e(a), x(b))) + if x(a) > 0.0 { e(b) } else { 0.0 }
            }
            Instruction::Binary(f, a, b) => {
                moved(&|s| f.apply(x(a) + s * e(a), x(b)))
                    + moved(&|s| f.apply(x(a), x(b) + s * e(b)))
                    + of_binary(f) * value.abs()
            }
        };
        values.push(value);
        errors.push(error);
    }
    let Some(output) = formula.outputs.first().map(|output| *output as usize) else {
        return Estimate { value: f64::NAN, error: f64::INFINITY };
    };
    let error = if errors[output].is_nan() { f64::INFINITY } else { errors[output] };
    // An end of an integral may be infinite, and is then exact.
    Estimate { value: values[output], error: if values[output].is_infinite() { 0.0 } else { error } }
}

/// Of a number with few digits nothing was cut off.
fn of_constant(bits: u64) -> f64 {
    if bits.trailing_zeros() >= 12 { 0.0 } else { ROUNDING * f64::from_bits(bits).abs() }
}

fn of_unary(f: Unary) -> f64 {
    match f {
        Unary::Gamma | Unary::LnGamma | Unary::Digamma | Unary::Trigamma | Unary::NormalQuantile => 100.0 * ROUNDING,
        Unary::Abs | Unary::Sign | Unary::Step | Unary::Relu | Unary::Floor => 0.0,
        _ => 8.0 * ROUNDING,
    }
}

fn of_binary(f: Binary) -> f64 {
    match f {
        Binary::GammaP | Binary::Polygamma | Binary::Beta | Binary::LnBeta => APPROXIMATE,
        Binary::Max | Binary::Min => 0.0,
        _ => 8.0 * ROUNDING,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cancels_leaves_its_rounding() {
        // (a + b) - a, of which nothing is left where a is large.
        let instructions = vec![
            Instruction::Input(0),
            Instruction::Input(1),
            Instruction::Add(0, 1),
            Instruction::Constant((-1.0f64).to_bits()),
            Instruction::Mul(0, 3),
            Instruction::Add(2, 4),
        ];
        let formula = Formula { instructions, outputs: vec![5] };
        let Estimate { value, error } = super::value(&formula, &[1e16, 0.3], &|_| 0.0);
        assert!((value - 0.3).abs() <= error, "{value} {error}");
        assert!(error < 10.0);
    }
}
