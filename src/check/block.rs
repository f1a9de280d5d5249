//! Formulas over blocks of lanes: what does not vary along the lanes is computed once, the rest in vector passes.
//!
//! This serves integrals, whose parameters change from one short run to the next; draws have tapes of their own.

use super::tape::kernel;
use crate::law::{Binary, Formula, Instruction, Unary};
use crate::vector::Level;

/// Lanes of a full block.
pub const LANES: usize = 1024;

/// Where an operand comes from.
#[derive(Clone, Copy, Debug)]
enum Operand {
    /// A number, the same in all lanes; by instruction.
    Uniform(u32),
    /// A lane input, by its place in the list.
    Lane(u32),
    Register(u32),
}

#[derive(Clone, Copy, Debug)]
enum Operation {
    Add,
    Mul,
    Power(i32),
    Unary(Unary),
    Binary(Binary),
}

#[derive(Clone, Copy, Debug)]
struct Pass {
    operation: Operation,
    a: Operand,
    b: Operand,
    out: u32,
}

/// A formula split into what is uniform and what varies along the lanes, with registers assigned.
#[derive(Clone, Debug)]
pub struct Kernel {
    formula: Formula,
    varies: Vec<bool>,
    passes: Vec<Pass>,
    registers: usize,
    outputs: Vec<Operand>,
}

/// Registers and numbers, kept between runs.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    uniform: Vec<f64>,
    registers: Vec<Vec<f64>>,
}

#[derive(Clone, Copy)]
enum Source<'a> {
    Number(f64),
    Lanes(&'a [f64]),
}

impl Kernel {
    /// The formula with the given inputs varying; lanes are later given in this order.
    pub fn new(formula: Formula, lanes: &[usize]) -> Kernel {
        let code = &formula.instructions;
        let mut varies = vec![false; code.len()];
        let mut last = vec![0; code.len()];
        for (i, instruction) in code.iter().enumerate() {
            varies[i] = match instruction {
                Instruction::Input(slot) => lanes.contains(&(*slot as usize)),
                other => other.operands().any(|a| varies[a as usize]),
            };
            instruction.operands().for_each(|a| last[a as usize] = i);
        }
        formula.outputs.iter().for_each(|o| last[*o as usize] = usize::MAX);
        let mut places: Vec<Operand> = (0..code.len() as u32).map(Operand::Uniform).collect();
        let (mut free, mut registers, mut passes) = (Vec::new(), 0, Vec::new());
        for (i, instruction) in code.iter().enumerate().filter(|(i, _)| varies[*i]) {
            let at = |a: u32| places[a as usize];
            let (operation, a, b) = match *instruction {
                Instruction::Input(slot) => {
                    let index = lanes.iter().position(|lane| *lane == slot as usize).unwrap_or(0);
                    places[i] = Operand::Lane(index as u32);
                    continue;
                }
                Instruction::Constant(_) => continue,
                Instruction::Add(a, b) => (Operation::Add, at(a), at(b)),
                Instruction::Mul(a, b) => (Operation::Mul, at(a), at(b)),
                Instruction::Power(a, n) => (Operation::Power(n), at(a), at(a)),
                Instruction::Unary(f, a) => (Operation::Unary(f), at(a), at(a)),
                Instruction::Binary(f, a, b) => (Operation::Binary(f), at(a), at(b)),
            };
            // The result never shares a register with an operand, so passes need no care for overlap.
            let out = free.pop().unwrap_or_else(|| {
                registers += 1;
                registers as u32 - 1
            });
            places[i] = Operand::Register(out);
            passes.push(Pass { operation, a, b, out });
            let mut ended: Vec<u32> = instruction.operands().filter(|a| last[*a as usize] == i).collect();
            ended.dedup();
            free.extend(
                ended
                    .iter()
                    .filter_map(|a| if let Operand::Register(r) = places[*a as usize] { Some(r) } else { None }),
            );
        }
        let outputs = formula.outputs.iter().map(|o| places[*o as usize]).collect();
        Kernel { formula, varies, passes, registers, outputs }
    }

    /// Evaluates all outputs; `lanes` are the varying inputs in the order of the plan, all of the same length.
    pub fn run(&self, scratch: &mut Scratch, inputs: &[f64], lanes: &[&[f64]]) {
        let length = lanes.first().map_or(1, |lane| lane.len());
        scratch.uniform.clear();
        for (instruction, varies) in self.formula.instructions.iter().zip(&self.varies) {
            let value = if *varies { f64::NAN } else { instruction.value(inputs, &scratch.uniform) };
            scratch.uniform.push(value);
        }
        if scratch.registers.len() < self.registers {
            scratch.registers.resize_with(self.registers, Vec::new);
        }
        for step in &self.passes {
            let mut out = std::mem::take(&mut scratch.registers[step.out as usize]);
            out.resize(length, 0.0);
            pass(step.operation, self.source(scratch, lanes, step.a), self.source(scratch, lanes, step.b), &mut out);
            scratch.registers[step.out as usize] = out;
        }
    }

    /// Copies an output of the last run.
    pub fn output(&self, scratch: &Scratch, lanes: &[&[f64]], index: usize, out: &mut [f64]) {
        match self.outputs.get(index).map(|operand| self.source(scratch, lanes, *operand)) {
            Some(Source::Lanes(values)) => out.iter_mut().zip(values).for_each(|(o, v)| *o = *v),
            Some(Source::Number(value)) => out.fill(value),
            None => out.fill(f64::NAN),
        }
    }

    fn source<'s>(&self, scratch: &'s Scratch, lanes: &[&'s [f64]], operand: Operand) -> Source<'s> {
        match operand {
            Operand::Uniform(i) => Source::Number(scratch.uniform[i as usize]),
            Operand::Lane(i) => lanes.get(i as usize).map_or(Source::Number(f64::NAN), |lane| Source::Lanes(lane)),
            Operand::Register(r) => Source::Lanes(&scratch.registers[r as usize]),
        }
    }
}

/// One operation over all lanes.
fn pass(operation: Operation, a: Source<'_>, b: Source<'_>, out: &mut [f64]) {
    match operation {
        Operation::Add => zip(a, b, out, |a, b| a + b),
        Operation::Mul => zip(a, b, out, |a, b| a * b),
        Operation::Power(-1) => map(a, out, |a| 1.0 / a),
        Operation::Power(2) => map(a, out, |a| a * a),
        Operation::Power(3) => map(a, out, |a| a * a * a),
        Operation::Power(4) => map(a, out, |a| (a * a) * (a * a)),
        Operation::Power(n) => map(a, out, |a| a.powi(n)),
        Operation::Unary(f) if let (Some(function), Source::Lanes(a)) = (kernel(f), a) => {
            function.values(Level::best(), a, out);
        }
        Operation::Unary(f) => map(a, out, |a| f.apply(a)),
        Operation::Binary(f) => zip(a, b, out, |a, b| f.apply(a, b)),
    }
}

fn map(a: Source<'_>, out: &mut [f64], f: impl Fn(f64) -> f64) {
    match a {
        Source::Number(a) => out.fill(f(a)),
        Source::Lanes(a) => out.iter_mut().zip(a).for_each(|(o, a)| *o = f(*a)),
    }
}

fn zip(a: Source<'_>, b: Source<'_>, out: &mut [f64], f: impl Fn(f64, f64) -> f64) {
    match (a, b) {
        (Source::Number(a), Source::Number(b)) => out.fill(f(a, b)),
        (Source::Number(a), Source::Lanes(b)) => out.iter_mut().zip(b).for_each(|(o, b)| *o = f(a, *b)),
        (Source::Lanes(a), Source::Number(b)) => out.iter_mut().zip(a).for_each(|(o, a)| *o = f(*a, b)),
        (Source::Lanes(a), Source::Lanes(b)) => {
            out.iter_mut().zip(a.iter().zip(b)).for_each(|(o, (a, b))| *o = f(*a, *b));
        }
    }
}
