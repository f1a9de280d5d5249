//! An expectation as the mean of one formula over joint draws of all the noise inside it.
//!
//! Nested expectations become further noise where they enter linearly: a product of two of them takes independent
//! draws. One inside a nonlinear function is a number computed beforehand, if it does not depend on the draws.

use super::program::{Compiler, Law, Operator, Operators, Place, Program};
use super::random::Noise;
use super::stencil::Stencil;
use crate::law::{Builder, Formula, Instruction, Transform};
use crate::term::{Domain, Op, Term, Var, substitute};
use std::collections::BTreeSet;
use std::sync::Arc;

/// An expectation ready for sampling.
#[derive(Clone, Debug)]
pub struct Draw {
    pub formula: Formula,
    pub sources: Vec<Source>,
    /// The slots that the samples of the sources go to.
    pub lanes: Vec<usize>,
    /// Numbers to compute before the draws.
    pub operators: Vec<Arc<Operator>>,
    pub reads: BTreeSet<usize>,
    /// The formula has no kinks and jumps.
    pub smooth: bool,
    /// What is left by rounding of finite differences in the formula that are 0, for values of about 1.
    pub rounding: f64,
}

/// A noise.
#[derive(Clone, Debug)]
pub struct Source {
    /// Which of the independent streams.
    pub stream: u32,
    pub noise: Noise,
    /// The law whose table turns the noise into samples, where no formula does.
    pub table: Option<(Arc<Law>, Vec<Program>)>,
}

/// Spacing of finite differences, relative to what the variable's domain leaves.
const WIDTH: f64 = 0.1;
/// Rounding of a sum of weighted values of about 1.
const DIFFERENCE: f64 = 1e-14;
/// The rounding of differences of more orders is not told apart.
const MOST_ORDERS: u32 = 12;
/// Powers of an expectation up to this are products of independent draws.
const COPIES: i64 = 8;

impl Draw {
    /// From an expectation; none where draws cannot give it without bias.
    pub fn new(compiler: &mut Compiler<'_>, term: &Term) -> Option<Draw> {
        let definitions = compiler.definitions;
        let mut builder = Builder::new(definitions);
        let mut sampler = Sampler {
            sources: vec![],
            lanes: vec![],
            operators: Operators::default(),
            stream: 0,
            context: 0,
            order: 0,
        };
        let output = compiler.drawing(|compiler| sampler.linear(compiler, &mut builder, term));
        let output = output?;
        let smooth = builder.switches(output).is_empty();
        let formula = builder.formula(&[output]);
        let operators = sampler.operators.list;
        let mut reads: BTreeSet<usize> = formula.inputs().filter(|slot| !sampler.lanes.contains(slot)).collect();
        for operator in &operators {
            reads.remove(&operator.slot);
            reads.extend(&operator.reads);
        }
        let tables = sampler.sources.iter().filter_map(|source| source.table.as_ref());
        tables.flat_map(|(_, parameters)| parameters).for_each(|p| reads.extend(&p.reads));
        let rounding = if sampler.order == 0 { 0.0 } else { DIFFERENCE * WIDTH.powi(-(sampler.order as i32)) };
        Some(Draw { formula, sources: sampler.sources, lanes: sampler.lanes, operators, reads, smooth, rounding })
    }

    /// How many independent noises there are; 0 if one of them is discrete.
    pub fn streams(&self) -> usize {
        let discrete = |source: &Source| source.table.as_ref().is_some_and(|(law, _)| law.distribution.is_discrete());
        match self.sources.iter().any(discrete) {
            true => 0,
            false => self.sources.iter().map(|source| source.stream as usize + 1).max().unwrap_or(0),
        }
    }
}

struct Sampler {
    sources: Vec<Source>,
    lanes: Vec<usize>,
    operators: Operators,
    /// The next stream.
    stream: u32,
    /// Numbers the places that bind variables.
    context: u32,
    /// The orders of all finite differences together.
    order: u32,
}

impl Sampler {
    /// A term in which expectations may stand linearly.
    fn linear(&mut self, compiler: &mut Compiler<'_>, builder: &mut Builder<'_>, term: &Term) -> Option<u32> {
        let args = term.args();
        if !term.has_operator() {
            return compiler.build(builder, term, &mut self.operators);
        }
        match term.op() {
            Op::Add => {
                // Summands share streams: what they have in common cancels draw by draw.
                let first = self.stream;
                let mut last = first;
                let mut total = builder.constant(0.0);
                for arg in args {
                    self.stream = first;
                    let step = self.linear(compiler, builder, arg)?;
                    total = builder.push(Instruction::Add(total, step));
                    last = last.max(self.stream);
                }
                self.stream = last;
                Some(total)
            }
            Op::Mul => self.product(compiler, builder, args),
            Op::Pow => match args[1].as_integer() {
                Some(n) if (1..=COPIES).contains(&n) => {
                    self.product(compiler, builder, &vec![args[0].clone(); n as usize])
                }
                _ => compiler.build(builder, term, &mut self.operators),
            },
            Op::StopGrad => {
                self.held(compiler, builder, |this, compiler, builder| this.linear(compiler, builder, &args[0]))
            }
            Op::Expect(var) => self.expectation(compiler, builder, var, &args[0], &args[1]),
            // What cancels on a stencil leaves its rounding, which draws could not tell from a value.
            Op::Derivative(var, _) if !args[0].depends_on(var) => Some(builder.constant(0.0)),
            Op::Derivative(var, order) if args[0].has_operator() => {
                self.difference(compiler, builder, var, *order, [&args[0], &args[1]])
            }
            _ => compiler.build(builder, term, &mut self.operators),
        }
    }

    fn product(&mut self, compiler: &mut Compiler<'_>, builder: &mut Builder<'_>, factors: &[Term]) -> Option<u32> {
        let mut product = builder.constant(1.0);
        for factor in factors {
            let step = self.linear(compiler, builder, factor)?;
            product = builder.push(Instruction::Mul(product, step));
        }
        Some(product)
    }

    fn held<T>(
        &mut self,
        compiler: &mut Compiler<'_>,
        builder: &mut Builder<'_>,
        run: impl FnOnce(&mut Self, &mut Compiler<'_>, &mut Builder<'_>) -> T,
    ) -> T {
        let kept = std::mem::replace(&mut compiler.held, true);
        builder.context ^= u32::from(!kept);
        let result = run(self, compiler, builder);
        builder.context ^= u32::from(!kept);
        compiler.held = kept;
        result
    }

    /// Runs where a variable is bound anew: terms compiled before have other values here.
    fn bound<T>(
        &mut self,
        compiler: &mut Compiler<'_>,
        builder: &mut Builder<'_>,
        (var, places): (&Var, [Place; 2]),
        run: impl FnOnce(&mut Self, &mut Compiler<'_>, &mut Builder<'_>) -> T,
    ) -> T {
        self.context += 2;
        let kept = builder.context;
        builder.context = self.context | (kept & 1);
        let result = compiler.with(var, places, |compiler| run(self, compiler, builder));
        builder.context = kept;
        result
    }

    fn expectation(
        &mut self,
        compiler: &mut Compiler<'_>,
        builder: &mut Builder<'_>,
        var: &Var,
        law: &Term,
        body: &Term,
    ) -> Option<u32> {
        let numeric = compiler.law(law)?;
        let (definition, arguments) = compiler.definitions.law(law)?;
        let slot = compiler.slot();
        let (noise, sample) = match &numeric.distribution.transform {
            Transform::Gaussian(sample, noise) => (Noise::Gaussian, Some((sample, noise))),
            Transform::Uniform(sample, noise) => (Noise::Uniform, Some((sample, noise))),
            Transform::Table if numeric.distribution.is_discrete() => (Noise::Uniform, None),
            Transform::Table => (Noise::Gaussian, None),
        };
        let table = match sample {
            Some(_) => None,
            None => Some((numeric.clone(), compiler.parameters(law)?)),
        };
        if let Some((_, parameters)) = &table
            && parameters.iter().any(|p| self.lanes.iter().any(|lane| p.reads.contains(lane)))
        {
            return None;
        }
        let step = match sample {
            None => builder.input(slot),
            Some((sample, noise)) => {
                // The noise gets a name that no statement has.
                let fresh = Var::free(&format!("noise·{slot}"), Domain::Real);
                let sample = substitute(sample, noise, &Term::var(fresh.clone()));
                let sample = definition.instantiate(&sample, arguments, None);
                let stopped = *law.op() == Op::StopGrad;
                let build = |this: &mut Self, compiler: &mut Compiler<'_>, builder: &mut Builder<'_>| {
                    compiler.build(builder, &sample, &mut this.operators)
                };
                self.bound(compiler, builder, (&fresh, [Place::Slot(slot); 2]), |this, compiler, builder| {
                    if stopped { this.held(compiler, builder, build) } else { build(this, compiler, builder) }
                })?
            }
        };
        self.sources.push(Source { stream: self.stream, noise, table });
        self.lanes.push(slot);
        self.stream += 1;
        let places = [Place::Step { draw: compiler.draw, step }; 2];
        self.bound(compiler, builder, (var, places), |this, compiler, builder| this.linear(compiler, builder, body))
    }

    /// A derivative of an expectation inside another one: a stencil, all points on the same draws.
    fn difference(
        &mut self,
        compiler: &mut Compiler<'_>,
        builder: &mut Builder<'_>,
        var: &Var,
        order: u32,
        [body, point]: [&Term; 2],
    ) -> Option<u32> {
        let stencil = Stencil::new(order, 3)?;
        self.order = self.order.saturating_add(order).min(MOST_ORDERS);
        let domain = point.as_var().map_or(var.domain, |v| v.domain.meet(var.domain));
        let held = self
            .held(compiler, builder, |this, compiler, builder| compiler.build(builder, point, &mut this.operators))?;
        let point = compiler.build(builder, point, &mut self.operators)?;
        let tenth = builder.constant(WIDTH);
        let width = match domain {
            Domain::Positive => builder.push(Instruction::Mul(tenth, point)),
            Domain::Unit => {
                let one = builder.constant(1.0);
                let rest = builder.minus(one, point);
                let both = builder.push(Instruction::Mul(point, rest));
                builder.push(Instruction::Mul(tenth, both))
            }
            _ => tenth,
        };
        let first = self.stream;
        let mut total = builder.constant(0.0);
        for (index, weight) in stencil.weights.iter().enumerate().filter(|(_, w)| **w != 0.0) {
            self.stream = first;
            let offset = builder.constant(f64::from(index as i32 - stencil.reach));
            let offset = builder.push(Instruction::Mul(offset, width));
            let moved = builder.push(Instruction::Add(point, offset));
            let places = [moved, held].map(|step| Place::Step { draw: compiler.draw, step });
            let value = self.bound(compiler, builder, (var, places), |this, compiler, builder| {
                this.linear(compiler, builder, body)
            })?;
            let weight = builder.constant(*weight);
            let value = builder.push(Instruction::Mul(weight, value));
            total = builder.push(Instruction::Add(total, value));
        }
        let scale = builder.push(Instruction::Power(width, -(order as i32)));
        Some(builder.push(Instruction::Mul(total, scale)))
    }
}
