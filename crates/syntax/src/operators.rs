//! Operators with nothing to act on: products, sums, adjoints and exponentials of `D`, `S_a`, `M_y`, and their commutators.

use super::applications::APPLIED;
use super::ast::*;
use super::build::{Builder, Node, Result, binary, next};
use super::fields::FIELDS;
use super::grammar::Rule;

impl Builder<'_> {
    pub fn operator_factor(&self, node: Node) -> Result<Expr> {
        let mut inner = node.into_inner();
        let mut base = self.operator_atom(next(&mut inner)?)?;
        let mut power = None;
        for part in inner {
            if part.as_rule() == Rule::adjoint {
                let span = Span { start: base.span.start, end: self.span(&part).end };
                let adjoint = Name::new("adjoint", None);
                base = self.expr(Kind::Call { function: adjoint, orders: vec![0], arguments: vec![base] }, span);
            } else {
                power = Some(part);
            }
        }
        self.powered(base, power)
    }

    /// `(S_a D) f(y)`.
    pub(super) fn acting(&self, node: Node) -> Result<Expr> {
        let span = self.span(&node);
        let mut inner = node.into_inner();
        let operator = self.operator_factor(next(&mut inner)?)?;
        let body = next(&mut inner)?;
        let body = if body.as_rule() == Rule::group { self.group(body)? } else { self.atom(body)? };
        let applied = Name::new(APPLIED, None);
        Ok(self.expr(Kind::Call { function: applied, orders: vec![0], arguments: vec![operator, body] }, span))
    }

    /// The letter below a `D`.
    fn differentiated_by(&self, node: Node) -> Option<Name> {
        node.into_inner().next().map(|by| Name::from_canonical(by.as_str()))
    }

    fn operator_atom(&self, node: Node) -> Result<Expr> {
        let span = self.span(&node);
        let kind = match node.as_rule() {
            Rule::operator_d => Kind::OperatorD(self.differentiated_by(node)),
            Rule::operator_field => {
                let field = FIELDS.iter().find(|(sign, _)| *sign == node.as_str());
                Kind::OperatorD(field.map(|(_, letter)| Name::new(letter, None)))
            }
            Rule::operator_s => {
                let subscript = node.into_inner().next().map(|script| self.script(script)).transpose()?;
                Kind::OperatorS(subscript.map(Box::new))
            }
            // The value so much further on, less the value.
            Rule::operator_step => {
                let by = self.script(next(&mut node.into_inner())?)?;
                let shift = binary(Binary::Mul, by, self.expr(Kind::OperatorD(None), span));
                let exponential =
                    Kind::Call { function: Name::new("exp", None), orders: vec![0], arguments: vec![shift] };
                let one = self.expr(Kind::Number(num_traits::One::one()), span);
                return Ok(Expr { span, ..binary(Binary::Sub, self.expr(exponential, span), one) });
            }
            Rule::operator_exponential => {
                let exponent = self.operator_atom(next(&mut node.into_inner())?)?;
                Kind::Call { function: Name::new("exp", None), orders: vec![0], arguments: vec![exponent] }
            }
            Rule::operator_group | Rule::operator_bracket => {
                let mut inner = node.into_inner();
                let first = self.sum(next(&mut inner)?)?;
                match inner.next() {
                    Some(second) => Kind::Commutator(Box::new(first), Box::new(self.sum(second)?)),
                    None => return Ok(Expr { span, ..first }),
                }
            }
            Rule::operator_fraction => {
                let mut inner = node.into_inner();
                let above = self.sum(next(&mut inner)?)?;
                return Ok(Expr { span, ..binary(Binary::Div, above, self.sum(next(&mut inner)?)?) });
            }
            Rule::call => return self.applied(node.into_inner(), span),
            Rule::variable => match self.variable(node)? {
                Kind::Name(Name { base, subscript: Some(variable) }) if base == "M" => {
                    Kind::OperatorM(Name::new(&variable, None))
                }
                kind => kind,
            },
            _ => return self.atom(node),
        };
        Ok(self.expr(kind, span))
    }
}
