//! Operators with nothing to act on: products, sums and exponentials of `D`, `S_a`, `M_y`, and their commutators.

use super::ast::*;
use super::build::{Builder, Node, Result, binary, next};
use super::grammar::Rule;

impl Builder<'_> {
    pub fn operator_factor(&self, node: Node) -> Result<Expr> {
        let mut inner = node.into_inner();
        let base = self.operator_atom(next(&mut inner)?)?;
        self.powered(base, inner.next())
    }

    fn operator_atom(&self, node: Node) -> Result<Expr> {
        let span = self.span(&node);
        let kind = match node.as_rule() {
            Rule::operator_d => Kind::OperatorD,
            Rule::operator_s => {
                let subscript = node.into_inner().next().map(|script| self.script(script)).transpose()?;
                Kind::OperatorS(subscript.map(Box::new))
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
