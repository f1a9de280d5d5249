//! From the graph to a tape: what can be done in one pass is, and registers are used again.

use super::graph::Graph;
use super::vertex::{Bits, Id, Linear, Side, Vertex};
use crate::vector::{Argument, Function, Operation, Register, Tape, Target, Value};
use std::collections::HashMap;

/// Where the value of an output comes from: `c + k` times the mean that the tape gathers, or a constant.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    pub c: f64,
    pub k: f64,
    pub gathered: Option<u32>,
}

/// The tape of some values of a graph; inputs are in the first registers.
pub fn lower(graph: &Graph, values: &[Linear]) -> (Tape, Vec<Output>) {
    let mut roots: Vec<Id> = Vec::new();
    let outputs = values.iter().map(|value| {
        let gathered = value.vertex.map(|vertex| {
            let known = roots.iter().position(|root| *root == vertex);
            known.unwrap_or_else(|| {
                roots.push(vertex);
                roots.len() - 1
            }) as u32
        });
        Output { c: value.c, k: value.k, gathered }
    });
    let outputs = outputs.collect();
    let mut lowering = Lowering::new(graph, &roots);
    lowering.choose(&roots);
    lowering.emit(&roots);
    let (operations, registers) = assigned(graph, lowering.operations);
    (Tape { operations, registers, outputs: roots.len() }, outputs)
}

struct Lowering<'g> {
    graph: &'g Graph,
    /// How many vertices and outputs read a vertex.
    uses: Vec<u32>,
    /// Vertices that need a register of their own.
    needed: Vec<bool>,
    /// Sines with the cosines of the same argument.
    partners: HashMap<Id, Id>,
    operations: Vec<Operation>,
}

/// A vertex that can be computed inside the pass that reads it.
enum Fused {
    Function(Function, Argument),
    Polynomial(Id, Box<[f64]>),
}

impl<'g> Lowering<'g> {
    fn new(graph: &'g Graph, roots: &[Id]) -> Lowering<'g> {
        let mut uses = vec![0; graph.vertices.len()];
        roots.iter().for_each(|root| uses[*root as usize] += 1);
        for (i, vertex) in graph.vertices.iter().enumerate().rev() {
            if uses[i] > 0 {
                graph.operands(vertex).into_iter().for_each(|operand| uses[operand as usize] += 1);
            }
        }
        let mut partners = HashMap::new();
        let mut sines: HashMap<(Bits, Bits, Id), Id> = HashMap::new();
        let used = || graph.vertices.iter().zip(0..).filter(|(_, id)| uses[*id as usize] > 0);
        for (vertex, id) in used() {
            if let Vertex::Function(Function::Sin, c, k, x) = vertex {
                sines.insert((*c, *k, *x), id);
            }
        }
        for (vertex, id) in used() {
            if let Vertex::Function(Function::Cos, c, k, x) = vertex
                && let Some(sine) = sines.get(&(*c, *k, *x))
            {
                partners.extend([(*sine, id), (id, *sine)]);
            }
        }
        let needed = vec![false; graph.vertices.len()];
        Lowering { graph, uses, needed, partners, operations: Vec::new() }
    }

    fn vertex(&self, id: Id) -> &'g Vertex {
        &self.graph.vertices[id as usize]
    }

    /// A line through a register: what a line vertex reads, or the vertex itself.
    fn line(&self, id: Id) -> (Id, f64, f64) {
        match self.vertex(id) {
            Vertex::Line(c, k, x) => (*x, c.value(), k.value()),
            _ => (id, 0.0, 1.0),
        }
    }

    /// The vertex as a part of a larger pass; none if it cannot be one.
    fn fused(&self, id: Id) -> Option<Fused> {
        if self.partners.contains_key(&id) {
            return None;
        }
        match self.vertex(id) {
            Vertex::Line(c, k, x) => {
                Some(Fused::Function(Function::Identity, Argument::Line { x: *x, c: c.value(), k: k.value() }))
            }
            Vertex::Function(f, c, k, x) if f.fuses() => {
                let (c, k) = (c.value(), k.value());
                Some(Fused::Function(
                    *f,
                    match self.vertex(*x) {
                        Vertex::Power(base, 2) if *f == Function::Exp && self.uses[*x as usize] == 1 => {
                            let (x, d, l) = self.line(*base);
                            Argument::Square { x, d, l, c, k }
                        }
                        _ => Argument::Line { x: *x, c, k },
                    },
                ))
            }
            Vertex::Power(base, n @ (2 | 3)) => {
                let (x, c, k) = self.line(*base);
                let function = if *n == 2 { Function::Square } else { Function::Cube };
                Some(Fused::Function(function, Argument::Line { x, c, k }))
            }
            Vertex::Polynomial(x, c) => Some(Fused::Polynomial(*x, c.iter().map(|c| c.value()).collect())),
            _ => None,
        }
    }

    /// The factor of a product that is computed in the same pass, and the other one.
    fn weighted(&self, a: Id, b: Id) -> Option<(Fused, Id)> {
        let line = |id: Id| matches!(self.vertex(id), Vertex::Line(..));
        // A line is computed again wherever it is read; of two candidates the other is worth more.
        let candidates = [(a, b), (b, a)].into_iter().filter(|(f, _)| self.uses[*f as usize] == 1 || line(*f));
        candidates
            .filter_map(|(f, weight)| Some((line(f), self.fused(f)?, weight)))
            .min_by_key(|(line, ..)| *line)
            .map(|(_, fused, weight)| (fused, weight))
    }

    /// The product that a sum computes in the same pass.
    fn product(&self, id: Id) -> Option<(Id, Id)> {
        match self.vertex(id) {
            Vertex::Product(a, b) if self.uses[id as usize] == 1 => Some((*a, *b)),
            _ => None,
        }
    }

    /// Goes down from the outputs: what is not computed inside another pass needs a register.
    fn choose(&mut self, roots: &[Id]) {
        roots.iter().for_each(|root| self.needed[*root as usize] = true);
        for id in (0..self.graph.vertices.len() as Id).rev().filter(|id| self.uses[*id as usize] > 0) {
            if !self.needed[id as usize] {
                continue;
            }
            for operand in self.operands(id) {
                self.needed[operand as usize] = true;
            }
        }
    }

    /// The registers that the pass of a vertex reads.
    fn operands(&self, id: Id) -> Vec<Id> {
        if let Some(fused) = self.fused(id) {
            return vec![fused.register()];
        }
        match self.vertex(id) {
            Vertex::Product(a, b) => match self.weighted(*a, *b) {
                Some((fused, weight)) => vec![fused.register(), weight],
                None => vec![*a, *b],
            },
            Vertex::Sum(p, c, _) => match self.product(*p) {
                Some((a, b)) => vec![*c, a, b],
                None => vec![*p, *c],
            },
            vertex => self.graph.operands(vertex),
        }
    }

    fn emit(&mut self, roots: &[Id]) {
        for id in 0..self.graph.vertices.len() as Id {
            if !self.needed[id as usize] {
                continue;
            }
            let output = roots.iter().position(|root| *root == id).map(|output| output as u32);
            let only_gathered = output.filter(|_| self.uses[id as usize] == 1);
            let target = only_gathered.map_or(Target::Register(id), Target::Output);
            let whole = self.operation(id, target);
            if let Some(output) = output
                && (only_gathered.is_none() || !whole)
            {
                self.operations.push(Operation::Gather { x: id, output });
            }
        }
    }

    /// Emits a pass that cannot go to an output.
    fn keep(&mut self, operation: Operation) -> bool {
        self.operations.push(operation);
        false
    }

    /// Emits the pass of a vertex; false if it could not go to an output.
    fn operation(&mut self, id: Id, to: Target) -> bool {
        let value = |side: &Side| match side {
            Side::Number(c) => Value::Number(c.value()),
            Side::Vertex(v) => Value::Register(*v),
        };
        if let Some(fused) = self.fused(id) {
            self.operations.push(fused.operation(None, to));
            return true;
        }
        let operation = match self.vertex(id) {
            Vertex::Input(_) | Vertex::Line(..) | Vertex::Polynomial(..) => return false,
            Vertex::Function(function, c, k, x) => {
                let (x, c, k) = (*x, c.value(), k.value());
                if let Some(partner) = self.partners.get(&id).copied() {
                    let (sin, cos) = if *function == Function::Sin { (id, partner) } else { (partner, id) };
                    // The first of the two brings the other.
                    return partner > id && self.keep(Operation::SinCos { x, c, k, sin, cos });
                }
                if (c, k) == (0.0, 1.0) {
                    return self.keep(Operation::Map { function: *function, x, to: id });
                }
                // The argument has a register that no vertex has.
                let line = id + self.graph.vertices.len() as Id;
                let (argument, to) = (Argument::Line { x, c, k }, Target::Register(line));
                self.keep(Operation::Fused { function: Function::Identity, argument, weight: None, to });
                return self.keep(Operation::Map { function: *function, x: line, to: id });
            }
            Vertex::Pair(function, a, b) => {
                return self.keep(Operation::Pair { function: *function, a: value(a), b: value(b), to: id });
            }
            Vertex::Scalar(place, a, b) => {
                let function = self.graph.scalars[*place as usize].clone();
                return self.keep(Operation::Scalar { function, a: value(a), b: value(b), to: id });
            }
            Vertex::Power(base, n) if n % 2 == 0 => {
                let argument = Argument::Line { x: self.graph.power_of(*base, n / 2), c: 0.0, k: 1.0 };
                Operation::Fused { function: Function::Square, argument, weight: None, to }
            }
            Vertex::Power(base, n) => Operation::Product { a: self.graph.power_of(*base, n - 1), b: *base, to },
            Vertex::Product(a, b) => match self.weighted(*a, *b) {
                Some((fused, weight)) => fused.operation(Some(weight), to),
                None => Operation::Product { a: *a, b: *b, to },
            },
            Vertex::Sum(p, c, k) => match self.product(*p) {
                Some((a, b)) => Operation::SumOfProduct { k: k.value(), c: *c, a, b, to },
                None => Operation::Sum { a: *p, b: *c, k: k.value(), to },
            },
        };
        self.operations.push(operation);
        true
    }
}

impl Fused {
    /// What the pass reads, beside a weight.
    fn register(&self) -> Id {
        match self {
            Fused::Function(_, Argument::Line { x, .. } | Argument::Square { x, .. }) => *x,
            Fused::Polynomial(x, _) => *x,
        }
    }

    fn operation(self, weight: Option<Register>, to: Target) -> Operation {
        match self {
            Fused::Function(function, argument) => Operation::Fused { function, argument, weight, to },
            Fused::Polynomial(x, coefficients) => Operation::Polynomial { coefficients, x, weight, to },
        }
    }
}

/// The operations with registers in place of vertices, and how many there are. A register is free again behind the last
/// pass that reads it; those of the inputs stay.
fn assigned(graph: &Graph, mut operations: Vec<Operation>) -> (Vec<Operation>, usize) {
    let mut places: HashMap<Register, Register> = HashMap::new();
    for (vertex, id) in graph.vertices.iter().zip(0..) {
        if let Vertex::Input(place) = vertex {
            places.insert(id, *place);
        }
    }
    let mut last: HashMap<Register, usize> = HashMap::new();
    for (i, operation) in operations.iter_mut().enumerate() {
        let (reads, writes) = operation.registers();
        last.extend(reads.into_iter().chain(writes).map(|register| (*register, i)));
    }
    let mut registers = graph.inputs.len() as Register;
    let mut free = Vec::new();
    for (i, operation) in operations.iter_mut().enumerate() {
        let (reads, writes) = operation.registers();
        let mut ended = Vec::new();
        for register in writes {
            let place = free.pop().unwrap_or_else(|| {
                registers += 1;
                registers - 1
            });
            places.insert(*register, place);
            if last.get(register) == Some(&i) {
                ended.push(place);
            }
            *register = place;
        }
        for register in reads {
            let place = places.get(register).copied().unwrap_or(*register);
            let input = (place as usize) < graph.inputs.len();
            if last.get(register) == Some(&i) && !input && !ended.contains(&place) {
                ended.push(place);
            }
            *register = place;
        }
        free.extend(ended);
    }
    (operations, registers as usize)
}
