//! Derivatives of terms. No binder is crossed: the derivative of what holds the variable below one is the derivative as
//! a node, whose existence is a premise.

use crate::checks::asks;
use crate::context::{Claim, Context, Refusal, Scope};
use crate::library::Class;
use crate::term::{Op, Term};
use std::collections::HashMap;

impl Context<'_> {
    /// What `D_v[body]` at a point is, by the rules of differentiation; `v` is the variable that the node binds.
    pub fn differentiated(&mut self, node: Term) -> Result<Term, Refusal> {
        let Op::D(order) = *self.table.op(node) else { return Err(Refusal::DoesNotFit) };
        let [body, point] = self.table.args(node)[..] else { return Err(Refusal::DoesNotFit) };
        self.scopes.push(Scope::Near(point));
        let mut result = Ok(body);
        for _ in 0..order {
            result = result.and_then(|term| self.derivative(term, 0));
        }
        self.scopes.pop();
        Ok(self.table.instantiate(result?, &[point]))
    }

    /// The derivative in bound variable `k`.
    pub fn derivative(&mut self, term: Term, k: u32) -> Result<Term, Refusal> {
        self.derived(term, k, &mut HashMap::new())
    }

    fn derived(&mut self, term: Term, k: u32, memo: &mut HashMap<Term, Term>) -> Result<Term, Refusal> {
        if !self.table.holds(term, k) {
            return Ok(self.table.int(0));
        }
        if let Some(known) = memo.get(&term) {
            return Ok(*known);
        }
        let args = self.table.args(term).to_vec();
        let result = match self.table.op(term).clone() {
            Op::Bound(_) => self.table.int(1),
            Op::Add => {
                let mut summands = vec![];
                for arg in &args {
                    let summand = self.derived(*arg, k, memo)?;
                    summands.push(summand);
                }
                self.plain_sum(summands)
            }
            Op::Mul => {
                let mut summands = vec![];
                for (i, arg) in args.iter().enumerate() {
                    let inner = self.derived(*arg, k, memo)?;
                    let mut factors = args.clone();
                    factors[i] = inner;
                    summands.push(self.plain_product(factors));
                }
                self.plain_sum(summands)
            }
            Op::Inv => {
                let two = self.table.int(-2);
                let square = self.table.pow(args[0], two);
                let outer = self.table.neg(square);
                self.chain(outer, args[0], k, memo)?
            }
            Op::Pow => self.derived_power(term, args[0], args[1], k, memo)?,
            Op::Fun(name) => self.derived_function(&name, term, &args, k, memo)?,
            Op::App(name, orders) => {
                let mut summands = vec![];
                for (i, arg) in args.iter().enumerate() {
                    if !self.table.holds(*arg, k) {
                        continue;
                    }
                    let mut raised = orders.clone();
                    raised[i] += 1;
                    let outer = self.table.term(Op::App(name.clone(), raised), args.clone());
                    asks("unknown functions are differentiable", (), || self.meet(Claim::Class(outer)))?;
                    summands.push(self.chain(outer, *arg, k, memo)?);
                }
                self.plain_sum(summands)
            }
            Op::Dens => match self.log_density(args[0], args[1]) {
                Some(formula) => {
                    let inner = self.derived(formula, k, memo)?;
                    self.plain_product(vec![term, inner])
                }
                None => match self.table.op(args[0]).clone() {
                    // The chain rule, where the point alone moves.
                    Op::AnyLaw(name) if !self.table.holds(args[0], k) => {
                        self.meet(Claim::Regular(name))?;
                        let (law, point) = (self.table.lift(args[0], 1, 0), self.table.bound(0));
                        let density = self.table.term(Op::Dens, vec![law, point]);
                        let outer = self.table.term(Op::D(1), vec![density, args[1]]);
                        self.chain(outer, args[1], k, memo)?
                    }
                    // The chain rule, where the parameters alone move.
                    Op::AnyLaw(name) if !self.table.holds(args[1], k) => {
                        self.meet(Claim::Regular(name))?;
                        self.derived_density(term, k, memo)?
                    }
                    _ => self.derived_opaquely(term, k)?,
                },
            },
            // One more derivative of a body that holds no variable itself.
            Op::D(order) if !self.table.holds(args[0], k + 1) => {
                let outer = self.table.term(Op::D(order + 1), args.clone());
                self.meet(Claim::Exists(outer))?;
                self.chain(outer, args[1], k, memo)?
            }
            Op::Mean | Op::Int | Op::Sum | Op::D(_) => self.derived_opaquely(term, k)?,
            _ => return Err(Refusal::Unsupported(term)),
        };
        memo.insert(term, result);
        Ok(result)
    }

    /// The derivative of the density of an unspecified law in what its parameters hold: a sum over them.
    fn derived_density(&mut self, term: Term, k: u32, memo: &mut HashMap<Term, Term>) -> Result<Term, Refusal> {
        let [law, point] = self.table.args(term)[..] else { return Err(Refusal::DoesNotFit) };
        let parameters = self.table.args(law).to_vec();
        let mut summands = vec![];
        for (i, parameter) in parameters.iter().enumerate() {
            if !self.table.holds(*parameter, k) {
                continue;
            }
            let mut lifted: Vec<Term> = parameters.iter().map(|other| self.table.lift(*other, 1, 0)).collect();
            lifted[i] = self.table.bound(0);
            let law = self.table.term(self.table.op(law).clone(), lifted);
            let point = self.table.lift(point, 1, 0);
            let density = self.table.term(Op::Dens, vec![law, point]);
            let outer = self.table.term(Op::D(1), vec![density, *parameter]);
            summands.push(self.chain(outer, *parameter, k, memo)?);
        }
        Ok(self.plain_sum(summands))
    }

    fn derived_opaquely(&mut self, term: Term, k: u32) -> Result<Term, Refusal> {
        let node = self.opaque_derivative(term, k);
        match (self.table.op(term).clone(), self.table.args(term).first().map(|law| self.table.op(*law).clone())) {
            (Op::Dens, Some(Op::AnyLaw(name))) => self.meet(Claim::Regular(name))?,
            (Op::Dens, _) => return Err(Refusal::Unsupported(term)),
            _ => asks("derivatives of means exist", (), || self.meet(Claim::Exists(node)))?,
        }
        Ok(node)
    }

    fn chain(&mut self, outer: Term, argument: Term, k: u32, memo: &mut HashMap<Term, Term>) -> Result<Term, Refusal> {
        let inner = self.derived(argument, k, memo)?;
        Ok(self.plain_product(vec![outer, inner]))
    }

    fn derived_power(
        &mut self,
        term: Term,
        base: Term,
        exponent: Term,
        k: u32,
        memo: &mut HashMap<Term, Term>,
    ) -> Result<Term, Refusal> {
        if self.whole_literal(exponent).is_none() {
            self.meet(Claim::Positive(base))?;
        }
        if !self.table.holds(exponent, k) {
            let minus = self.table.int(-1);
            let lower = match self.table.as_rat(exponent).cloned() {
                Some(c) => self.table.rat(c - num_rational::BigRational::from_integer(1.into())),
                None => self.table.add(vec![exponent, minus]),
            };
            let power = if self.table.is_one(lower) { base } else { self.table.pow(base, lower) };
            let outer = self.plain_product(vec![exponent, power]);
            return self.chain(outer, base, k, memo);
        }
        // u^c = exp(c ln u)
        let logarithm = self.table.fun("ln", vec![base]);
        let inner = self.table.mul(vec![exponent, logarithm]);
        self.chain(term, inner, k, memo)
    }

    fn derived_function(
        &mut self,
        name: &str,
        term: Term,
        args: &[Term],
        k: u32,
        memo: &mut HashMap<Term, Term>,
    ) -> Result<Term, Refusal> {
        // The logarithm of a density is its formula.
        if let ("ln", [u]) = (name, args)
            && let (Op::Dens, [law, point]) = (self.table.op(*u).clone(), self.table.args(*u))
            && let Some(formula) = self.log_density(*law, *point)
        {
            return self.derived(formula, k, memo);
        }
        let outer = match (name, args) {
            ("exp", _) => term,
            ("ln", [u]) => self.table.inv(*u),
            ("sin", [u]) => self.table.fun("cos", vec![*u]),
            ("cos", [u]) => {
                let sine = self.table.fun("sin", vec![*u]);
                self.table.neg(sine)
            }
            _ => {
                let function = self.library.functions.get(name).ok_or(Refusal::Unsupported(term))?;
                if let Some(body) = function.definition {
                    let unfolded = self.table.instantiate(body, args);
                    return self.derived(unfolded, k, memo);
                }
                if args.len() != function.derivatives.len() || function.class == Class::Measurable {
                    return Err(Refusal::Unsupported(term));
                }
                // Kinks and jumps are where the argument is 0.
                if function.class < Class::Smooth {
                    let [u] = args else { return Err(Refusal::Unsupported(term)) };
                    asks("no kink at the point", (), || self.meet(Claim::NonZero(*u)))?;
                }
                let mut summands = vec![];
                for (arg, derivative) in args.iter().zip(&function.derivatives) {
                    if self.table.holds(*arg, k) {
                        let body = derivative.ok_or(Refusal::Unsupported(term))?;
                        let outer = self.table.instantiate(body, args);
                        summands.push(self.chain(outer, *arg, k, memo)?);
                    }
                }
                return Ok(self.plain_sum(summands));
            }
        };
        self.chain(outer, args[0], k, memo)
    }

    fn plain_sum(&mut self, mut summands: Vec<Term>) -> Term {
        summands.retain(|term| !self.table.is_zero(*term));
        self.table.add(summands)
    }

    fn plain_product(&mut self, mut factors: Vec<Term>) -> Term {
        if let Some(zero) = factors.iter().find(|term| self.table.is_zero(**term)) {
            return *zero;
        }
        factors.retain(|term| !self.table.is_one(*term));
        self.table.mul(factors)
    }
}
