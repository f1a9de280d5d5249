//! Equations between operators: claims for every function, made by letting both sides act on `f(y)`.

use super::{Elaborator, Result, error};
use crate::syntax::{Binary, Expr, Kind};
use crate::term::{Domain, Op, Term, Var};
use num_traits::ToPrimitive;

/// Powers of operators above this are refused.
const POWER: u32 = 32;

impl Elaborator<'_> {
    /// The operator applied to an unknown function at y.
    pub(super) fn operator_member(&mut self, member: &Expr) -> Result<Term> {
        let y = Var::free("y", Domain::Real);
        let f = Term::new(Op::Apply("f".into(), vec![0]), vec![Term::var(y.clone())]);
        self.act(member, &y, f)
    }

    /// An operator acting on a function of y.
    fn act(&mut self, operator: &Expr, y: &Var, function: Term) -> Result<Term> {
        Ok(match &operator.kind {
            Kind::OperatorD => Term::derivative(y, 1, function),
            Kind::OperatorM(_) => Term::mul(vec![Term::var(y.clone()), function]),
            Kind::OperatorS(None) => self.widened(&Term::one(), y, &function),
            Kind::OperatorS(Some(width)) => {
                let width = self.expr(width)?;
                self.widened(&width, y, &function)
            }
            Kind::Derivative { order, body, .. } => {
                let inner = self.act(body, y, function)?;
                Term::derivative(y, *order, inner)
            }
            Kind::Smoothing { subscript, body } => {
                let inner = self.act(body, y, function)?;
                let width = subscript.as_ref().map_or(Ok(Term::one()), |s| self.expr(s))?;
                self.widened(&width, y, &inner)
            }
            Kind::Commutator(a, b) => {
                let ba = self.act(b, y, function.clone())?;
                let ab = self.act(a, y, function)?;
                self.act_on(a, b, y, ab, ba)?
            }
            Kind::Neg(a) => self.act(a, y, function)?.opposite(),
            Kind::Binary(Binary::Add, a, b) => {
                Term::add(vec![self.act(a, y, function.clone())?, self.act(b, y, function)?])
            }
            Kind::Binary(Binary::Sub, a, b) => self.act(a, y, function.clone())?.minus(self.act(b, y, function)?),
            Kind::Binary(Binary::Mul, a, b) => {
                let inner = self.act(b, y, function)?;
                self.act(a, y, inner)?
            }
            Kind::Binary(Binary::Div, a, b) => {
                let divisor = self.expr(b)?;
                Term::mul(vec![divisor.recip(), self.act(a, y, function)?])
            }
            Kind::Binary(Binary::Pow, a, exponent) if contains_operator(a) => {
                let count = match &exponent.kind {
                    Kind::Number(n) if n.is_integer() => n.to_integer().to_u32().filter(|n| *n <= POWER),
                    _ => None,
                };
                let Some(count) = count else {
                    return error(
                        exponent.span,
                        &format!("the power of an operator is a whole number up to {POWER}"),
                        None,
                    );
                };
                let mut result = function;
                for _ in 0..count {
                    result = self.act(a, y, result)?;
                }
                result
            }
            _ => Term::mul(vec![self.expr(operator)?, function]),
        })
    }

    /// `A(B g) - B(A g)` from `A g` and `B g`.
    fn act_on(&mut self, a: &Expr, b: &Expr, y: &Var, ag: Term, bg: Term) -> Result<Term> {
        Ok(self.act(a, y, bg)?.minus(self.act(b, y, ag)?))
    }
}

fn contains_operator(e: &Expr) -> bool {
    match &e.kind {
        Kind::OperatorD | Kind::OperatorS(_) | Kind::OperatorM(_) | Kind::Commutator(..) => true,
        Kind::Derivative { .. } | Kind::Smoothing { .. } => true,
        Kind::Neg(a) => contains_operator(a),
        Kind::Binary(_, a, b) => contains_operator(a) || contains_operator(b),
        _ => false,
    }
}
