//! The machine that runs tapes.

use super::function::{Choice, Function, Map, Pairing, one};
use super::level::Level;
use super::noise::{Draw, Law};
use super::pass::{
    Apply, BLOCK, Gather, Lanes, Line, Once, Operand, Pair, Pass, Polynomial, SinCos, Source, SquareLine, Store, Sum,
    SumOfProduct, Sums, Weight,
};
use super::random::Generator;
use super::simd::{Simd, Task};
use super::sobol::{Net, Spread};
use super::tape::{Argument, Operation, Register, Tape, Target, Value};

/// Aligned to a cache line; registers a power of two apart would share places in the cache, which the rest avoids.
#[repr(C, align(64))]
#[derive(Clone)]
struct Cells {
    lanes: Lanes,
    rest: [f64; 72],
}

const BLANK: Cells = Cells { lanes: [f64::NAN; BLOCK], rest: [0.0; 72] };

/// The registers of one thread.
#[derive(Clone, Default)]
pub struct Machine {
    cells: Vec<Cells>,
}

impl Machine {
    /// A machine for a tape.
    pub fn new(tape: &Tape) -> Machine {
        // One more, for random words.
        Machine { cells: vec![BLANK; tape.registers + 1] }
    }

    /// The lanes of a register, to be filled.
    ///
    /// # Panics
    /// If no tape that the machine was made for has the register.
    pub fn register(&mut self, register: Register) -> &mut Lanes {
        &mut self.cells[register as usize].lanes
    }

    /// Fills a register with samples of a standard law.
    pub fn draw(&mut self, level: Level, law: Law, generator: &mut Generator, register: Register) {
        let last = self.cells.len() - 1;
        if let Ok([to, words]) = self.cells.get_disjoint_mut([register as usize, last]) {
            level.run(Draw { law, generator, words: &mut words.lanes, out: &mut to.lanes });
        }
    }

    /// Fills a register with samples of a standard law at the points of a net from `first` on, a multiple of [`ROWS`](super::ROWS).
    pub fn spread(&mut self, level: Level, law: Law, net: &Net, first: u32, register: Register) {
        let last = self.cells.len() - 1;
        if let Ok([to, words]) = self.cells.get_disjoint_mut([register as usize, last]) {
            level.run(Spread { law, net, first, words: &mut words.lanes, out: &mut to.lanes });
        }
    }

    /// Reflects the samples of a standard law in a register: a sample of probability u becomes that of `1 - u`.
    pub fn reflect(&mut self, law: Law, register: Register) {
        let lanes = &mut self.cells[register as usize].lanes;
        match law {
            Law::Gaussian => lanes.iter_mut().for_each(|x| *x = -*x),
            Law::Uniform => lanes.iter_mut().for_each(|x| *x = 1.0 - *x),
            Law::Exponential => lanes.iter_mut().for_each(|x| *x = -(-(-*x).exp()).ln_1p()),
        }
    }

    /// Runs a tape over the inputs in the first registers. What is added to the sums is relative to the shifts, one for
    /// each output.
    pub fn run(&mut self, level: Level, tape: &Tape, shifts: &[f64], sums: &mut [Sums]) {
        debug_assert!(self.cells.len() >= tape.registers && sums.len() >= tape.outputs);
        level.run(Run { machine: self, tape, shifts, sums });
    }

    /// A register to be written, and the others.
    fn split(&mut self, register: Register) -> (&mut Lanes, Others<'_>) {
        let (before, rest) = self.cells.split_at_mut(register as usize);
        let [to, after @ ..] = rest else { unreachable!("a tape has the registers that it names") };
        (&mut to.lanes, Others { before, after })
    }
}

/// All registers but one, which is being written.
#[derive(Clone, Copy)]
struct Others<'a> {
    before: &'a [Cells],
    after: &'a [Cells],
}

impl<'a> Others<'a> {
    fn get(self, register: Register) -> &'a Lanes {
        let register = register as usize;
        match self.before.get(register) {
            Some(cells) => &cells.lanes,
            None => &self.after[register - self.before.len() - 1].lanes,
        }
    }

    fn operand(self, value: Value) -> Operand<'a> {
        match value {
            Value::Register(register) => Operand::Lanes(self.get(register)),
            Value::Number(value) => Operand::Number(value),
        }
    }
}

struct Run<'a> {
    machine: &'a mut Machine,
    tape: &'a Tape,
    shifts: &'a [f64],
    sums: &'a mut [Sums],
}

impl Task for Run<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        for operation in &self.tape.operations {
            self.step(s, operation);
        }
    }
}

impl Run<'_> {
    fn step<S: Simd>(&mut self, s: S, operation: &Operation) {
        match operation {
            Operation::Map { function, x, to } => {
                let (to, from) = self.machine.split(*to);
                function.choose(Whole { s, x: from.get(*x), to });
            }
            Operation::Fused { function, argument, weight, to } => {
                let (to, from) = self.target(*to);
                fused(s, from, *function, *argument, *weight, to);
            }
            Operation::Polynomial { coefficients, x, weight, to } => {
                let (to, from) = self.target(*to);
                weighted(s, from, Polynomial(coefficients), from.get(*x), *weight, to);
            }
            Operation::SinCos { x, c, k, sin, cos } => {
                let registers = [*sin, *cos, *x].map(|register| register as usize);
                if let Ok([sin, cos, x]) = self.machine.cells.get_disjoint_mut(registers) {
                    let line = Line { x: &x.lanes, c: *c, k: *k };
                    s.call(SinCos { line, sin: &mut sin.lanes, cos: &mut cos.lanes });
                }
            }
            Operation::Sum { a, b, k, to } => {
                let (to, from) = self.target(*to);
                pass(s, Sum { a: from.get(*a), b: from.get(*b), k: *k }, to);
            }
            Operation::Product { a, b, to } => {
                let (to, from) = self.target(*to);
                pass(s, Apply { function: one::Identity, argument: from.get(*a), weight: from.get(*b) }, to);
            }
            Operation::SumOfProduct { k, c, a, b, to } => {
                let (to, from) = self.target(*to);
                pass(s, SumOfProduct { k: *k, c: from.get(*c), a: from.get(*a), b: from.get(*b) }, to);
            }
            Operation::Pair { function, a, b, to } => {
                let (to, from) = self.machine.split(*to);
                pair(s, *function, from.operand(*a), from.operand(*b), to);
            }
            Operation::Scalar { function, a, b, to } => {
                let (to, from) = self.machine.split(*to);
                let at = |operand: Operand<'_>, i: usize| match operand {
                    Operand::Lanes(lanes) => lanes[i],
                    Operand::Number(value) => value,
                };
                let (a, b) = (from.operand(*a), from.operand(*b));
                to.iter_mut().enumerate().for_each(|(i, to)| *to = function.0(at(a, i), at(b, i)));
            }
            Operation::Gather { x, output } => {
                let (to, from) = self.target(Target::Output(*output));
                pass(s, from.get(*x), to);
            }
        }
    }

    fn target(&mut self, target: Target) -> (To<'_>, Others<'_>) {
        match target {
            Target::Register(register) => {
                let (to, from) = self.machine.split(register);
                (To::Lanes(to), from)
            }
            Target::Output(output) => {
                let shift = self.shifts.get(output as usize).copied().unwrap_or(0.0);
                let to = To::Sums(shift, &mut self.sums[output as usize]);
                (to, Others { before: &self.machine.cells, after: &[] })
            }
        }
    }
}

/// A target, found.
enum To<'a> {
    Lanes(&'a mut Lanes),
    Sums(f64, &'a mut Sums),
}

fn pass<S: Simd>(s: S, source: impl Source, to: To<'_>) {
    match to {
        To::Lanes(lanes) => s.call(Pass(source, Store(lanes))),
        To::Sums(shift, sums) => s.call(Pass(source, Gather { shift, sums })),
    }
}

fn weighted<S: Simd, M: Map>(
    s: S,
    from: Others<'_>,
    function: M,
    argument: impl Source,
    weight: Option<Register>,
    to: To<'_>,
) {
    fn apply<S: Simd>(s: S, function: impl Map, argument: impl Source, weight: impl Weight, to: To<'_>) {
        pass(s, Apply { function, argument, weight }, to);
    }
    match weight {
        None => apply(s, function, argument, Once, to),
        Some(weight) => apply(s, function, argument, from.get(weight), to),
    }
}

/// Declares which functions take an argument and a weight in the same pass.
macro_rules! fusing {
    ($($name:ident),*) => {
        impl Function {
            /// True if the function takes an argument and a weight in the same pass.
            pub fn fuses(self) -> bool {
                matches!(self, $(Function::$name)|*)
            }
        }

        fn line<S: Simd>(
            s: S,
            from: Others<'_>,
            function: Function,
            line: Line<'_>,
            weight: Option<Register>,
            to: To<'_>,
        ) {
            match function {
                $(Function::$name => weighted(s, from, one::$name, line, weight, to),)*
                _ => debug_assert!(false, "{function:?} does not fuse"),
            }
        }
    };
}

fusing!(Identity, Square, Cube, Exp, Ln, Sin, Cos, Tanh, Step, Relu);

fn fused<S: Simd>(
    s: S,
    from: Others<'_>,
    function: Function,
    argument: Argument,
    weight: Option<Register>,
    to: To<'_>,
) {
    match argument {
        Argument::Line { x, c, k } => line(s, from, function, Line { x: from.get(x), c, k }, weight, to),
        Argument::Square { x, d, l, c, k } => {
            let square = SquareLine { line: Line { x: from.get(x), c: d, k: l }, c, k };
            weighted(s, from, one::Exp, square, weight, to);
        }
    }
}

/// Compiled for each function: a whole register.
struct Whole<'a, S> {
    s: S,
    x: &'a Lanes,
    to: &'a mut Lanes,
}

impl<S: Simd> Choice for Whole<'_, S> {
    type Output = ();

    #[inline(always)]
    fn of<M: Map>(self, function: M) {
        self.s.call(Pass(Apply { function, argument: self.x, weight: Once }, Store(self.to)));
    }
}

fn pair<S: Simd>(s: S, function: Pairing, a: Operand<'_>, b: Operand<'_>, to: &mut Lanes) {
    s.call(Pass(Pair { function, a, b }, Store(to)));
}
