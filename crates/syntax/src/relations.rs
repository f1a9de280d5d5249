//! Comparisons, indicators and integrals.

use super::ast::*;
use super::build::{Builder, Node, Result, binary, internal, next, number, relation_of};
use super::error::{Code, SyntaxError};
use super::grammar::Rule;
use pest::iterators::Pairs;

impl Builder<'_> {
    /// A chain of relations is the product of their indicators.
    pub fn indicator(&self, comparison: Node) -> Result<Kind> {
        let span = self.span(&comparison);
        let factors = self
            .comparisons(comparison)?
            .into_iter()
            .map(|(relation, left, right)| self.expr(Kind::Indicator(relation, Box::new(left), Box::new(right)), span));
        factors.reduce(|left, right| binary(Binary::Mul, left, right)).map(|e| e.kind).ok_or_else(|| internal(span))
    }

    /// `a < b ≤ c` as its two comparisons.
    pub fn comparisons(&self, node: Node) -> Result<Vec<(Relation, Expr, Expr)>> {
        let mut found = Vec::new();
        let (mut left, mut relation): (Option<Expr>, _) = (None, Relation::Equal);
        let (mut rises, mut falls) = (false, false);
        for part in node.into_inner() {
            if part.as_rule() == Rule::relation {
                relation = relation_of(part.as_str());
                rises |= matches!(relation, Relation::Less | Relation::LessEqual);
                falls |= matches!(relation, Relation::Greater | Relation::GreaterEqual);
                if rises && falls {
                    let error = SyntaxError::new("this chain of comparisons goes up and down", self.span(&part));
                    return Err(error
                        .code(Code::Ambiguous)
                        .help("put commas between hypotheses: … given x > 0, x < 2"));
                }
                continue;
            }
            let right = self.sum(part)?;
            if let Some(left) = left.replace(right.clone()) {
                found.push((relation, left, right));
            }
        }
        Ok(found)
    }

    pub fn integral(&self, inner: Pairs<Rule>) -> Result<Kind> {
        let (mut limits, mut body, mut first) = (None, None, None);
        for part in inner {
            let span = self.span(&part);
            match part.as_rule() {
                Rule::limits => {
                    let mut scripts = part.into_inner();
                    let low = self.script(next(&mut scripts)?)?;
                    limits = Some((Box::new(low), Box::new(self.script(next(&mut scripts)?)?)));
                }
                Rule::first => {
                    let name = next(&mut part.into_inner())?;
                    let name = Name::from_canonical(name.as_str());
                    self.is_anywhere(std::slice::from_ref(&name));
                    first = Some(name);
                }
                Rule::product => {
                    let variable = first.clone().ok_or_else(|| internal(span))?;
                    return Ok(Kind::Integral { limits, variable, body: Box::new(self.product(part)?) });
                }
                Rule::differential => {
                    let mut parts = part.into_inner();
                    let variable = Name::from_canonical(next(&mut parts)?.as_str());
                    self.is_anywhere(std::slice::from_ref(&variable));
                    let one = self.expr(Kind::Number(number("1")), span);
                    let body = body.unwrap_or(one);
                    let body = match self.divisor(parts)? {
                        Some(divisor) => binary(Binary::Div, body, divisor),
                        None => body,
                    };
                    return Ok(Kind::Integral { limits, variable, body: Box::new(body) });
                }
                _ => body = Some(self.sum(part)?),
            }
        }
        Err(internal(Span::default()))
    }

    /// What the differential is divided by.
    fn divisor(&self, parts: Pairs<Rule>) -> Result<Option<Expr>> {
        let mut signs = Vec::new();
        for part in parts {
            match part.as_rule() {
                Rule::sign => signs.push(part),
                Rule::sum => return self.sum(part).map(Some),
                _ => {
                    let factor = self.factor(part)?;
                    return Ok(Some(self.negated(signs.into_iter(), factor)));
                }
            }
        }
        Ok(None)
    }
}
