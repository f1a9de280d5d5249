//! Terms compiled to straight-line code, with common subexpressions shared.

use super::special::{Binary, Unary};
use crate::term::{Definitions, Op, Support, Term, substitute_many};
use num_traits::ToPrimitive;
use std::collections::HashMap;

/// One step of a formula; operands are the numbers of earlier steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Instruction {
    /// The bits of a number, so that equal constants are one.
    Constant(u64),
    /// A variable by its slot.
    Input(u32),
    /// The sum of two results.
    Add(u32, u32),
    /// The product of two results.
    Mul(u32, u32),
    /// A whole power.
    Power(u32, i32),
    /// A function of a result.
    Unary(Unary, u32),
    /// A function of two results.
    Binary(Binary, u32, u32),
}

impl Instruction {
    /// The steps that this one reads.
    pub fn operands(self) -> impl Iterator<Item = u32> {
        let (a, b) = match self {
            Instruction::Constant(_) | Instruction::Input(_) => (None, None),
            Instruction::Power(a, _) | Instruction::Unary(_, a) => (Some(a), None),
            Instruction::Add(a, b) | Instruction::Mul(a, b) | Instruction::Binary(_, a, b) => (Some(a), Some(b)),
        };
        a.into_iter().chain(b)
    }

    fn renumbered(self, new: &[u32]) -> Instruction {
        let at = |i: u32| new[i as usize];
        match self {
            Instruction::Constant(_) | Instruction::Input(_) => self,
            Instruction::Power(a, n) => Instruction::Power(at(a), n),
            Instruction::Unary(f, a) => Instruction::Unary(f, at(a)),
            Instruction::Add(a, b) => Instruction::Add(at(a), at(b)),
            Instruction::Mul(a, b) => Instruction::Mul(at(a), at(b)),
            Instruction::Binary(f, a, b) => Instruction::Binary(f, at(a), at(b)),
        }
    }

    /// The value, from those of the operands.
    pub fn value(self, inputs: &[f64], values: &[f64]) -> f64 {
        let at = |i: u32| values[i as usize];
        match self {
            Instruction::Constant(bits) => f64::from_bits(bits),
            Instruction::Input(slot) => inputs.get(slot as usize).copied().unwrap_or(f64::NAN),
            Instruction::Add(a, b) => at(a) + at(b),
            Instruction::Mul(a, b) => at(a) * at(b),
            Instruction::Power(a, n) => at(a).powi(n),
            Instruction::Unary(f, a) => f.apply(at(a)),
            Instruction::Binary(f, a, b) => f.apply(at(a), at(b)),
        }
    }
}

/// Straight-line code from numbered inputs to some outputs.
#[derive(Clone, Debug, Default)]
pub struct Formula {
    /// Each may use the results of those before it.
    pub instructions: Vec<Instruction>,
    /// The results that are wanted.
    pub outputs: Vec<u32>,
}

impl Formula {
    /// The outputs at given inputs; NaN where undefined.
    pub fn evaluate(&self, inputs: &[f64]) -> Vec<f64> {
        let values = self.run(inputs);
        self.outputs.iter().map(|i| values[*i as usize]).collect()
    }

    /// The first output at given inputs; NaN where undefined.
    pub fn value(&self, inputs: &[f64]) -> f64 {
        let values = self.run(inputs);
        self.outputs.first().map_or(f64::NAN, |i| values[*i as usize])
    }

    /// All outputs of several formulas over the same inputs.
    pub fn joined<'a>(formulas: impl Iterator<Item = &'a Formula>) -> Formula {
        let mut joined = Formula::default();
        for formula in formulas {
            let offset = joined.instructions.len() as u32;
            let new: Vec<u32> = (0..formula.instructions.len() as u32).map(|i| i + offset).collect();
            joined.instructions.extend(formula.instructions.iter().map(|i| i.renumbered(&new)));
            joined.outputs.extend(formula.outputs.iter().map(|o| o + offset));
        }
        joined
    }

    fn run(&self, inputs: &[f64]) -> Vec<f64> {
        let mut values = Vec::with_capacity(self.instructions.len());
        for instruction in &self.instructions {
            values.push(instruction.value(inputs, &values));
        }
        values
    }

    /// The inputs that are read.
    pub fn inputs(&self) -> impl Iterator<Item = usize> + '_ {
        self.instructions
            .iter()
            .filter_map(|i| if let Instruction::Input(slot) = i { Some(*slot as usize) } else { None })
    }
}

/// What becomes of a term that arithmetic alone does not give a value.
pub enum Leaf {
    /// An ordinary term: compiled through its operator.
    Plain,
    /// The step that holds its value.
    Step(u32),
    /// It has no numeric value.
    Unknown,
}

/// Gives values to variables, binders and whatever else a formula may contain.
pub trait Leaves {
    /// Asked for each term before its operator is looked at.
    fn leaf(&mut self, builder: &mut Builder<'_>, term: &Term) -> Leaf;
}

impl<F: FnMut(&mut Builder<'_>, &Term) -> Leaf> Leaves for F {
    fn leaf(&mut self, builder: &mut Builder<'_>, term: &Term) -> Leaf {
        self(builder, term)
    }
}

/// Collects the instructions of a formula.
pub struct Builder<'a> {
    /// What functions and laws mean.
    pub definitions: &'a Definitions,
    instructions: Vec<Instruction>,
    index: HashMap<Instruction, u32>,
    memo: HashMap<(Term, u32), u32>,
    /// Distinguishes places where the same term has different values; changed by whoever binds variables.
    pub context: u32,
    depth: u32,
}

/// Formulas longer than this, and terms nested deeper, are refused.
const LONGEST: usize = 1 << 16;
const DEEPEST: u32 = 500;

impl<'a> Builder<'a> {
    /// A builder without instructions.
    pub fn new(definitions: &'a Definitions) -> Self {
        Builder { definitions, instructions: vec![], index: HashMap::new(), memo: HashMap::new(), context: 0, depth: 0 }
    }

    /// The step of an instruction; constants are folded and equal instructions shared.
    pub fn push(&mut self, instruction: Instruction) -> u32 {
        let instruction = self.folded(instruction).unwrap_or(instruction);
        let next = self.instructions.len() as u32;
        let instructions = &mut self.instructions;
        *self.index.entry(instruction).or_insert_with(|| {
            instructions.push(instruction);
            next
        })
    }

    fn folded(&self, instruction: Instruction) -> Option<Instruction> {
        let constant = |i: u32| match self.instructions.get(i as usize) {
            Some(Instruction::Constant(bits)) => Some(f64::from_bits(*bits)),
            _ => None,
        };
        let value = match instruction {
            Instruction::Constant(_) | Instruction::Input(_) => return None,
            Instruction::Add(a, b) => constant(a)? + constant(b)?,
            Instruction::Mul(a, b) => constant(a)? * constant(b)?,
            Instruction::Power(a, n) => constant(a)?.powi(n),
            Instruction::Unary(f, a) => f.apply(constant(a)?),
            Instruction::Binary(f, a, b) => f.apply(constant(a)?, constant(b)?),
        };
        Some(Instruction::Constant(value.to_bits()))
    }

    /// The step that gives a constant.
    pub fn constant(&mut self, value: f64) -> u32 {
        self.push(Instruction::Constant(value.to_bits()))
    }

    /// The step that gives a variable.
    pub fn input(&mut self, slot: usize) -> u32 {
        self.push(Instruction::Input(slot as u32))
    }

    /// The step that gives a difference.
    pub fn minus(&mut self, a: u32, b: u32) -> u32 {
        let minus = self.constant(-1.0);
        let b = self.push(Instruction::Mul(minus, b));
        self.push(Instruction::Add(a, b))
    }

    /// The step that holds the value of a term.
    pub fn compile(&mut self, term: &Term, leaves: &mut dyn Leaves) -> Option<u32> {
        let key = (term.clone(), self.context);
        if let Some(step) = self.memo.get(&key) {
            return Some(*step);
        }
        if self.depth > DEEPEST || self.instructions.len() > LONGEST {
            return None;
        }
        self.depth += 1;
        let step = match leaves.leaf(self, term) {
            Leaf::Plain => self.plain(term, leaves),
            Leaf::Step(step) => Some(step),
            Leaf::Unknown => None,
        };
        self.depth -= 1;
        // Two occurrences of an expectation may stand for independent draws: they are not one.
        if let Some(step) = step
            && !term.has_operator()
        {
            self.memo.insert(key, step);
        }
        step
    }

    fn plain(&mut self, term: &Term, leaves: &mut dyn Leaves) -> Option<u32> {
        let args = term.args();
        Some(match term.op() {
            Op::Number(n) => self.constant(n.to_f64()?),
            Op::Pi => self.constant(std::f64::consts::PI),
            Op::Infinity => self.constant(f64::INFINITY),
            Op::Add => self.fold(args, leaves, 0.0, Instruction::Add)?,
            Op::Mul => self.fold(args, leaves, 1.0, Instruction::Mul)?,
            Op::Pow => {
                let base = self.compile(&args[0], leaves)?;
                match args[1].as_integer().and_then(|n| i32::try_from(n).ok()) {
                    Some(n) => self.push(Instruction::Power(base, n)),
                    None if args[1] == Term::ratio(1, 2) => self.push(Instruction::Unary(Unary::Sqrt, base)),
                    None => {
                        let exponent = self.compile(&args[1], leaves)?;
                        self.push(Instruction::Binary(Binary::Pow, base, exponent))
                    }
                }
            }
            Op::Function(name) if &**name == "ln" && *args[0].op() == Op::Density => {
                self.density(&args[0], leaves, Binary::LnWithin)?
            }
            Op::Function(name) => self.function(name, args, leaves)?,
            Op::StopGrad => self.compile(&args[0], leaves)?,
            Op::Density => self.density(term, leaves, Binary::Within)?,
            _ => return None,
        })
    }

    fn fold(
        &mut self,
        args: &[Term],
        leaves: &mut dyn Leaves,
        unit: f64,
        join: fn(u32, u32) -> Instruction,
    ) -> Option<u32> {
        let mut total: Option<u32> = None;
        for arg in args {
            let step = self.compile(arg, leaves)?;
            total = Some(match total {
                Some(total) => self.push(join(total, step)),
                None => step,
            });
        }
        Some(total.unwrap_or_else(|| self.constant(unit)))
    }

    fn function(&mut self, name: &str, args: &[Term], leaves: &mut dyn Leaves) -> Option<u32> {
        if let ([a], Some(f)) = (args, Unary::named(name)) {
            let a = self.compile(a, leaves)?;
            return Some(self.push(Instruction::Unary(f, a)));
        }
        if let ([a, b], Some(f)) = (args, Binary::named(name)) {
            let (a, b) = (self.compile(a, leaves)?, self.compile(b, leaves)?);
            return Some(self.push(Instruction::Binary(f, a, b)));
        }
        let function = self.definitions.functions.get(name).filter(|f| f.parameters.len() == args.len())?;
        let pairs: Vec<_> = function.parameters.iter().cloned().zip(args.iter().cloned()).collect();
        if let Some(formula) = function.definition.as_ref().or(function.formula.as_ref()) {
            return self.compile(&substitute_many(formula, &pairs), leaves);
        }
        let [u] = args else { return None };
        let [above, below] = [function.above.as_ref()?, function.below.as_ref()?].map(|t| substitute_many(t, &pairs));
        let here = Term::function(name, vec![Term::zero()]);
        let at_zero = function.values.iter().find(|(left, _)| *left == here).map_or_else(Term::zero, |v| v.1.clone());
        let (u, at_zero) = (self.compile(u, leaves)?, self.compile(&at_zero, leaves)?);
        let (above, below) = (self.compile(&above, leaves)?, self.compile(&below, leaves)?);
        Some(self.pieces(u, [above, below, at_zero]))
    }

    /// One value where a step is positive, one where it is negative, and one where it is 0.
    fn pieces(&mut self, u: u32, [above, below, at_zero]: [u32; 3]) -> u32 {
        let zero = self.constant(0.0);
        let opposite = self.minus(zero, u);
        let distance = self.push(Instruction::Unary(Unary::Abs, u));
        let one = self.constant(1.0);
        let apart = self.push(Instruction::Unary(Unary::Step, distance));
        let met = self.minus(one, apart);
        let parts = [
            self.push(Instruction::Binary(Binary::Within, u, above)),
            self.push(Instruction::Binary(Binary::Within, opposite, below)),
            self.push(Instruction::Mul(met, at_zero)),
        ];
        parts.into_iter().fold(zero, |sum, part| self.push(Instruction::Add(sum, part)))
    }

    /// The density or log-density of a law that has a file, at a point.
    fn density(&mut self, term: &Term, leaves: &mut dyn Leaves, within: Binary) -> Option<u32> {
        let [law, point] = term.args() else { return None };
        let (definition, arguments) = self.definitions.law(law)?;
        let log_density = definition.instantiate(&definition.log_density, arguments, Some(point));
        let mut value = self.compile(&log_density, leaves)?;
        if within == Binary::Within {
            value = self.push(Instruction::Unary(Unary::Exp, value));
        }
        let (lo, hi, slack) = match definition.support_at(arguments) {
            Support::Interval(lo, hi) => (lo, hi, 0.0),
            Support::Integers(lo, hi) => (lo, hi, 0.5),
            Support::Points(_) => return Some(value),
        };
        let (lo, hi) = (self.compile(&lo, leaves)?, self.compile(&hi, leaves)?);
        let point = self.compile(point, leaves)?;
        let slack = self.constant(slack);
        for (end, above) in [(lo, true), (hi, false)] {
            if matches!(self.instructions[end as usize], Instruction::Constant(bits) if f64::from_bits(bits).is_infinite())
            {
                continue;
            }
            let inside = if above { self.minus(point, end) } else { self.minus(end, point) };
            let inside = self.push(Instruction::Add(inside, slack));
            value = self.push(Instruction::Binary(within, inside, value));
        }
        Some(value)
    }

    /// The code that the outputs need, and no more.
    pub fn formula(&self, outputs: &[u32]) -> Formula {
        let mut needed = vec![false; self.instructions.len()];
        outputs.iter().for_each(|i| needed[*i as usize] = true);
        for i in (0..needed.len()).rev() {
            if needed[i] {
                self.instructions[i].operands().for_each(|operand| needed[operand as usize] = true);
            }
        }
        let mut new = vec![0; needed.len()];
        let mut instructions = Vec::new();
        for (i, instruction) in self.instructions.iter().enumerate().filter(|(i, _)| needed[*i]) {
            new[i] = instructions.len() as u32;
            instructions.push(instruction.renumbered(&new));
        }
        Formula { instructions, outputs: outputs.iter().map(|i| new[*i as usize]).collect() }
    }

    /// The instructions that an output needs, from the last to the first.
    fn needed(&self, output: u32) -> Vec<Instruction> {
        let mut needed = vec![false; output as usize + 1];
        needed[output as usize] = true;
        let mut found = Vec::new();
        for i in (0..needed.len()).rev() {
            if needed[i] {
                self.instructions[i].operands().for_each(|operand| needed[operand as usize] = true);
                found.push(self.instructions[i]);
            }
        }
        found
    }

    /// Steps that have a maximum where an output may have a narrow peak: exponents, and the logarithms of divisors with a
    /// minus sign.
    pub fn exponents(&mut self, output: u32) -> Vec<u32> {
        let mut found = Vec::new();
        for instruction in self.needed(output) {
            let (base, power) = match instruction {
                Instruction::Unary(Unary::Exp, a) => {
                    found.push(a);
                    continue;
                }
                Instruction::Power(a, n) if n < 0 => (a, self.constant(f64::from(n))),
                Instruction::Binary(Binary::Pow, a, b) => (a, b),
                _ => continue,
            };
            let size = self.push(Instruction::Unary(Unary::Abs, base));
            let ln = self.push(Instruction::Unary(Unary::Ln, size));
            found.push(self.push(Instruction::Mul(power, ln)));
        }
        found
    }

    /// Steps whose zeros are the kinks and jumps of an output.
    pub fn switches(&mut self, output: u32) -> Vec<u32> {
        let mut found = Vec::new();
        for instruction in self.needed(output) {
            match instruction {
                Instruction::Unary(f, a) if f.switches() => found.push((a, None)),
                Instruction::Binary(Binary::Max | Binary::Min, a, b) => found.push((a, Some(b))),
                Instruction::Binary(Binary::Within | Binary::LnWithin, a, _) => found.push((a, None)),
                _ => {}
            }
        }
        found.into_iter().map(|(a, b)| b.map_or(a, |b| self.minus(a, b))).collect()
    }
}
