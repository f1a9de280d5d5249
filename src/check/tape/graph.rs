//! Formulas of one or several draws as one graph: parameters are numbers by now, equal parts are shared, constants folded.
//!
//! Every value is kept as `c + k v` with a vertex v, so that shifts and factors cost nothing until they are needed.

use super::vertex::{Bits, Id, Key, Linear, Side, Vertex};
use crate::check::random::Noise;
use crate::law::{Binary, Formula, Instruction, Unary};
use crate::vector::{Function, Pairing, Scalar};
use std::collections::HashMap;
use std::sync::Arc;

/// The vertices so far; operands have smaller numbers than what reads them.
#[derive(Debug, Default)]
pub struct Graph {
    pub vertices: Vec<Vertex>,
    index: HashMap<Vertex, Id>,
    /// Noises by stream.
    pub inputs: Vec<(u32, Noise)>,
    pub scalars: Vec<Scalar>,
    keys: HashMap<Key, u32>,
}

/// Polynomials of a higher degree are left as sums of powers.
const HIGHEST_DEGREE: usize = 12;
/// Hermite polynomials up to this order are written out; beyond, their coefficients cancel too much.
const HIGHEST_HERMITE: f64 = 8.0;
/// Whole numbers of halves that are taken out of an exponent as a root.
const HALVES: f64 = 32.0;

impl Graph {
    fn vertex(&mut self, vertex: Vertex) -> Id {
        let next = self.vertices.len() as Id;
        let vertices = &mut self.vertices;
        *self.index.entry(vertex).or_insert_with_key(|vertex| {
            vertices.push(vertex.clone());
            next
        })
    }

    /// The vertex of a power, which exists with all that it is made of.
    pub fn power_of(&self, base: Id, n: u32) -> Id {
        if n == 1 { base } else { self.index.get(&Vertex::Power(base, n)).copied().unwrap_or(base) }
    }

    /// The vertices that the value of one is made of.
    pub fn operands(&self, vertex: &Vertex) -> Vec<Id> {
        let side = |side: &Side| if let Side::Vertex(v) = side { Some(*v) } else { None };
        match vertex {
            Vertex::Input(_) => vec![],
            Vertex::Line(_, _, v) | Vertex::Function(_, _, _, v) | Vertex::Polynomial(v, _) => vec![*v],
            Vertex::Power(base, 2 | 3) => vec![*base],
            Vertex::Power(base, n) if n % 2 == 0 => vec![self.power_of(*base, n / 2)],
            Vertex::Power(base, n) => vec![self.power_of(*base, n - 1), *base],
            Vertex::Product(a, b) | Vertex::Sum(a, b, _) => vec![*a, *b],
            Vertex::Pair(_, a, b) | Vertex::Scalar(_, a, b) => side(a).into_iter().chain(side(b)).collect(),
        }
    }

    /// A noise.
    pub fn input(&mut self, stream: u32, noise: Noise) -> Linear {
        let place = self.inputs.iter().position(|input| *input == (stream, noise)).unwrap_or_else(|| {
            self.inputs.push((stream, noise));
            self.inputs.len() - 1
        });
        Linear::of(self.vertex(Vertex::Input(place as u32)))
    }

    /// A function that is evaluated lane by lane.
    pub fn scalar(&mut self, key: Key, function: impl FnOnce() -> Scalar, a: Linear, b: Linear) -> Linear {
        let scalars = &mut self.scalars;
        let place = *self.keys.entry(key).or_insert_with(|| {
            scalars.push(function());
            scalars.len() as u32 - 1
        });
        let (a, b) = (self.side(a), self.side(b));
        Linear::of(self.vertex(Vertex::Scalar(place, a, b)))
    }

    /// The outputs of a formula, its inputs being given by `input`.
    pub fn add_formula(&mut self, formula: &Formula, input: &mut dyn FnMut(usize) -> Linear) -> Vec<Linear> {
        let mut values: Vec<Linear> = Vec::with_capacity(formula.instructions.len());
        for instruction in &formula.instructions {
            let at = |i: u32| values[i as usize];
            let value = match *instruction {
                Instruction::Constant(bits) => Linear::number(f64::from_bits(bits)),
                Instruction::Input(slot) => input(slot as usize),
                Instruction::Add(a, b) => self.sum(at(a), at(b)),
                Instruction::Mul(a, b) => self.product(at(a), at(b)),
                Instruction::Power(a, n) => self.power(at(a), n),
                Instruction::Unary(f, a) => self.unary(f, at(a)),
                Instruction::Binary(f, a, b) => self.binary(f, at(a), at(b)),
            };
            values.push(value);
        }
        formula.outputs.iter().map(|o| values[*o as usize]).collect()
    }

    /// The vertex that holds a value which is not constant.
    fn materialised(&mut self, value: Linear, vertex: Id) -> Id {
        if value.c == 0.0 && value.k == 1.0 {
            return vertex;
        }
        self.vertex(Vertex::Line(Bits::new(value.c), Bits::new(value.k), vertex))
    }

    fn side(&mut self, value: Linear) -> Side {
        match value.vertex {
            None => Side::Number(Bits::new(value.c)),
            Some(vertex) => Side::Vertex(self.materialised(value, vertex)),
        }
    }

    /// A vertex and the factor that was taken out.
    fn factor(&mut self, value: Linear, vertex: Id) -> (f64, Id) {
        if value.c == 0.0 { (value.k, vertex) } else { (1.0, self.materialised(value, vertex)) }
    }

    pub fn sum(&mut self, a: Linear, b: Linear) -> Linear {
        let (va, vb) = match (a.vertex, b.vertex) {
            (None, _) => return b.shifted(a.c),
            (_, None) => return a.shifted(b.c),
            (Some(va), Some(vb)) => (va, vb),
        };
        let c = a.c + b.c;
        if va == vb {
            let k = a.k + b.k;
            return if k == 0.0 { Linear::number(c) } else { Linear { c, k, vertex: Some(va) } };
        }
        if let Some(sum) = self.polynomial_sum((a.k, va), (b.k, vb)) {
            return sum.shifted(c);
        }
        // A product comes first, with no factor of its own: the sum may then be one pass with it.
        let is_product = |v: Id| matches!(self.vertices[v as usize], Vertex::Product(..));
        let swap = is_product(vb) && !is_product(va);
        let ((ka, va), (kb, vb)) = if swap { ((b.k, vb), (a.k, va)) } else { ((a.k, va), (b.k, vb)) };
        let ratio = kb / ka;
        if !ratio.is_normal() {
            let a = self.materialised(Linear { c: 0.0, k: ka, vertex: None }, va);
            let b = self.materialised(Linear { c: 0.0, k: kb, vertex: None }, vb);
            return Linear::of(self.vertex(Vertex::Sum(a, b, Bits::new(1.0)))).shifted(c);
        }
        Linear { c, k: ka, vertex: Some(self.vertex(Vertex::Sum(va, vb, Bits::new(ratio)))) }
    }

    /// A vertex as a polynomial in another one.
    fn as_polynomial(&self, vertex: Id) -> (Id, Vec<f64>) {
        match &self.vertices[vertex as usize] {
            Vertex::Power(base, n) if *n as usize <= HIGHEST_DEGREE => {
                let mut coefficients = vec![0.0; *n as usize + 1];
                coefficients[*n as usize] = 1.0;
                (*base, coefficients)
            }
            Vertex::Polynomial(base, c) => (*base, c.iter().map(|c| c.value()).collect()),
            _ => (vertex, vec![0.0, 1.0]),
        }
    }

    /// A sum that is a polynomial in one vertex.
    fn polynomial_sum(&mut self, (ka, va): (f64, Id), (kb, vb): (f64, Id)) -> Option<Linear> {
        let ((base, mut a), (other, b)) = (self.as_polynomial(va), self.as_polynomial(vb));
        if base != other {
            return None;
        }
        a.resize(a.len().max(b.len()), 0.0);
        a.iter_mut().for_each(|c| *c *= ka);
        a.iter_mut().zip(&b).for_each(|(c, b)| *c += kb * b);
        Some(self.polynomial(base, a))
    }

    fn polynomial(&mut self, base: Id, mut c: Vec<f64>) -> Linear {
        while c.last() == Some(&0.0) {
            c.pop();
        }
        let constant = c.first_mut().map_or(0.0, std::mem::take);
        let terms = c.iter().filter(|c| **c != 0.0).count();
        match (terms, c.last()) {
            (0, _) | (_, None) => Linear::number(constant),
            (1, Some(k)) => {
                let (k, degree) = (*k, c.len() as i32 - 1);
                self.power(Linear::of(base), degree).scaled(k).shifted(constant)
            }
            _ => {
                let bits = c.into_iter().map(Bits::new).collect();
                Linear::of(self.vertex(Vertex::Polynomial(base, bits))).shifted(constant)
            }
        }
    }

    pub fn product(&mut self, a: Linear, b: Linear) -> Linear {
        let (va, vb) = match (a.vertex, b.vertex) {
            (None, _) => return b.scaled(a.c),
            (_, None) => return a.scaled(b.c),
            (Some(va), Some(vb)) => (va, vb),
        };
        let ((ka, va), (kb, vb)) = (self.factor(a, va), self.factor(b, vb));
        let power = |v: Id| match self.vertices[v as usize] {
            Vertex::Power(base, n) => (base, n),
            _ => (v, 1),
        };
        let ((base, n), (other, m)) = (power(va), power(vb));
        let product = if base == other {
            self.whole_power(base, n.saturating_add(m))
        } else {
            self.vertex(Vertex::Product(va.min(vb), va.max(vb)))
        };
        Linear::of(product).scaled(ka * kb)
    }

    fn whole_power(&mut self, base: Id, n: u32) -> Id {
        if n < 2 {
            return base;
        }
        // What the power is made of comes before it.
        if n > 3 {
            self.whole_power(base, if n.is_multiple_of(2) { n / 2 } else { n - 1 });
        }
        self.vertex(Vertex::Power(base, n))
    }

    pub fn power(&mut self, a: Linear, n: i32) -> Linear {
        let Some(vertex) = a.vertex else { return Linear::number(a.c.powi(n)) };
        if n == 0 {
            return Linear::number(1.0);
        }
        let (k, vertex) = self.factor(a, vertex);
        let (base, m) = match self.vertices[vertex as usize] {
            Vertex::Power(base, m) if n > 0 => (base, m),
            _ => (vertex, 1),
        };
        let whole = self.whole_power(base, m.saturating_mul(n.unsigned_abs()));
        let power = if n > 0 { Linear::of(whole) } else { self.function(Function::Reciprocal, Linear::of(whole)) };
        power.scaled(k.powi(n))
    }

    fn function(&mut self, function: Function, a: Linear) -> Linear {
        let vertex = a.vertex.unwrap_or_default();
        Linear::of(self.vertex(Vertex::Function(function, Bits::new(a.c), Bits::new(a.k), vertex)))
    }

    fn unary(&mut self, f: Unary, a: Linear) -> Linear {
        match (a.vertex, kernel(f)) {
            (None, _) => Linear::number(f.apply(a.c)),
            (Some(_), Some(function)) => self.function(function, a),
            (Some(_), None) => {
                let scalar = || Scalar(Arc::new(move |a, _| f.apply(a)));
                self.scalar(Key::Unary(f), scalar, a, Linear::number(0.0))
            }
        }
    }

    fn binary(&mut self, f: Binary, a: Linear, b: Linear) -> Linear {
        if let (None, None) = (a.vertex, b.vertex) {
            return Linear::number(f.apply(a.c, b.c));
        }
        let pairing = match f {
            Binary::Hermite if a.vertex.is_none() && a.c >= 0.0 && a.c <= HIGHEST_HERMITE && a.c.fract() == 0.0 => {
                return self.hermite(a.c as usize, b);
            }
            Binary::Pow if b.vertex.is_none() && (2.0 * b.c).fract() == 0.0 && b.c.abs() <= HALVES / 2.0 => {
                return self.half_power(a, (2.0 * b.c) as i32);
            }
            Binary::Pow => Pairing::Power,
            Binary::Max => Pairing::Max,
            Binary::Min => Pairing::Min,
            Binary::Within => Pairing::Within,
            Binary::LnWithin => Pairing::LnWithin,
            _ => return self.scalar(Key::Binary(f), || Scalar(Arc::new(move |a, b| f.apply(a, b))), a, b),
        };
        let (a, b) = (self.side(a), self.side(b));
        Linear::of(self.vertex(Vertex::Pair(pairing, a, b)))
    }

    /// A power by a whole number of halves.
    fn half_power(&mut self, a: Linear, halves: i32) -> Linear {
        if halves % 2 == 0 {
            return self.power(a, halves / 2);
        }
        let root = self.function(Function::Sqrt, a);
        let whole = self.power(a, (halves.abs() - 1) / 2);
        let power = self.product(root, whole);
        if halves > 0 { power } else { self.power(power, -1) }
    }

    fn hermite(&mut self, order: usize, x: Linear) -> Linear {
        let Some(vertex) = x.vertex else { return Linear::number(Binary::Hermite.apply(order as f64, x.c)) };
        let (mut below, mut here) = (vec![0.0], vec![1.0]);
        for k in 0..order {
            let mut next = vec![0.0; k + 2];
            here.iter().enumerate().for_each(|(i, c)| next[i + 1] += c);
            below.iter().enumerate().for_each(|(i, c)| next[i] -= k as f64 * c);
            (below, here) = (here, next);
        }
        let base = self.materialised(x, vertex);
        self.polynomial(base, here)
    }
}

/// The vector kernel of a function.
pub fn kernel(f: Unary) -> Option<Function> {
    Some(match f {
        Unary::Exp => Function::Exp,
        Unary::Ln => Function::Ln,
        Unary::Sqrt => Function::Sqrt,
        Unary::Sin => Function::Sin,
        Unary::Cos => Function::Cos,
        Unary::Tan => Function::Tan,
        Unary::Sinh => Function::Sinh,
        Unary::Cosh => Function::Cosh,
        Unary::Tanh => Function::Tanh,
        Unary::Abs => Function::Abs,
        Unary::Sign => Function::Sign,
        Unary::Step => Function::Step,
        Unary::Relu => Function::Relu,
        Unary::Floor => Function::Floor,
        Unary::Erf => Function::Erf,
        Unary::Erfc => Function::Erfc,
        Unary::NormalCdf => Function::NormalCdf,
        Unary::Sigmoid => Function::Sigmoid,
        Unary::Softplus => Function::Softplus,
        _ => return None,
    })
}
