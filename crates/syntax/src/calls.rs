//! Calls, densities and the functions that are notation: `abs`, `int`, `stopgrad`, `∂_1 f(u, v)`, `Δ f(x)`.

use super::ast::*;
use super::build::{Builder, Node, Result, internal, next};
use super::error::{Code, SyntaxError};
use super::grammar::Rule;
use super::latex::later;
use super::names::{is_law_letter, is_letter_of_a_law, prefix_function};
use pest::iterators::Pairs;

/// The arguments of a call; behind a bar, the parameters of a density.
struct Arguments {
    list: Vec<Expr>,
    parameters: Option<Vec<Expr>>,
}

impl Builder<'_> {
    /// `ƒ name order? …`: a call with a bracket and perhaps a power, `sin^2 x`, or `sin x`.
    pub fn applied(&self, mut inner: Pairs<Rule>, span: Span) -> Result<Expr> {
        let name = next(&mut inner)?;
        let name_span = self.span(&name);
        let name = Name::from_canonical(name.as_str());
        let (mut order, mut power, mut call, mut transposed) = (0, None, None, None);
        for part in inner {
            match part.as_rule() {
                Rule::order => order = self.order(part)?,
                Rule::transposed => transposed = Some(part),
                Rule::power if call.is_some() => power = Some(part),
                Rule::power => power = Some(self.power_of_name(part, &name)?),
                Rule::arguments => {
                    let span = Span { start: span.start, end: self.span(&part).end };
                    call = Some(self.call(&name, order, self.arguments(part)?, span)?);
                }
                Rule::applied | Rule::mean | Rule::summed | Rule::prefixed | Rule::powered => {
                    let argument = self.factor(part)?;
                    let arguments = Arguments { list: vec![argument], parameters: None };
                    call = Some(self.call(&name, order, arguments, span)?);
                }
                _ => return Err(internal(span)),
            }
        }
        let mut call = call.ok_or_else(|| internal(name_span))?;
        if let Some(sign) = transposed {
            call = super::build::transposed(&sign, call, span);
        }
        self.powered(call, power)
    }

    /// `sin^2 x` is a square; other powers of a function's name mean too many things.
    fn power_of_name<'n>(&self, power: Node<'n>, name: &Name) -> Result<Node<'n>> {
        if power.as_str().trim_start_matches('^').trim().bytes().all(|b| b.is_ascii_digit() || b"{ }".contains(&b)) {
            return Ok(power);
        }
        let error =
            SyntaxError::new("the name of a function has whole powers only", self.span(&power)).code(Code::Operator);
        Err(error.help(format!("write {}(…)^k for a power of the value", name.base)))
    }

    fn order(&self, node: Node) -> Result<u32> {
        let span = self.span(&node);
        node.into_inner().next().and_then(|n| n.as_str().parse().ok()).ok_or_else(|| internal(span))
    }

    fn arguments(&self, node: Node) -> Result<Arguments> {
        let mut arguments = Arguments { list: Vec::new(), parameters: None };
        for part in node.into_inner() {
            if part.as_rule() == Rule::bar {
                arguments.parameters = Some(Vec::new());
                continue;
            }
            if part.as_rule() == Rule::none {
                continue;
            }
            let value = self.sum(part)?;
            arguments.parameters.as_mut().unwrap_or(&mut arguments.list).push(value);
        }
        Ok(arguments)
    }

    fn call(&self, name: &Name, order: u32, arguments: Arguments, span: Span) -> Result<Expr> {
        let Arguments { mut list, parameters } = arguments;
        let law = is_law_letter(&name.base) && list.len() == 1;
        if order == 0 && (parameters.is_some() || law) {
            if list.is_empty() {
                return Err(internal(span));
            }
            let (at, points) = (Box::new(list.remove(0)), list);
            if !points.is_empty() && !is_letter_of_a_law(&name.base) {
                return Err(later("a joint law, of several values,", span));
            }
            if parameters.as_ref().is_none_or(Vec::is_empty) && points.is_empty() {
                self.written_for(name, &at);
            }
            let arguments = parameters.unwrap_or_default();
            let all: Vec<&Expr> = [&*at].into_iter().chain(&points).collect();
            self.written_together(name, &all, &arguments);
            let law = Law { points, ..Law::named(name.clone(), arguments, span) };
            return Ok(self.expr(Kind::Density { law, at }, span));
        }
        let plain = name.subscript.is_none() && order == 0;
        if plain && let Some(kind) = self.notation(&name.base, &mut list, span)? {
            return Ok(self.expr(kind, span));
        }
        let single = name.base != "He" && prefix_function(&name.base).is_some();
        if single && list.len() != 1 {
            return Err(SyntaxError::new(format!("`{}` takes one argument", name.base), span).code(Code::Operator));
        }
        if order > 0 && list.len() != 1 {
            let error = SyntaxError::new("a prime needs a function of one argument", span).code(Code::Name);
            return Err(error.help(format!("write ∂_1 {}(…) for the derivative in the first argument", name.base)));
        }
        if list.len() > 1 {
            self.written_together(name, &list.iter().collect::<Vec<_>>(), &[]);
        }
        let mut orders = vec![0; list.len()];
        if let Some(first) = orders.first_mut() {
            *first = order;
        }
        Ok(self.expr(Kind::Call { function: name.clone(), orders, arguments: list }, span))
    }

    /// Functions that have a shape of their own.
    fn notation(&self, name: &str, list: &mut Vec<Expr>, span: Span) -> Result<Option<Kind>> {
        let kind = match (name, list.len()) {
            ("abs", 1) => Kind::Abs(Box::new(list.remove(0))),
            ("stopgrad", 1) => Kind::StopGrad(Box::new(list.remove(0))),
            ("int", 2 | 4) => {
                let body = Box::new(list.remove(0));
                let variable = list.remove(0);
                let Kind::Name(variable) = variable.kind else {
                    return Err(
                        SyntaxError::new("the variable of an integral is a name", variable.span).code(Code::Operator)
                    );
                };
                self.is_anywhere(std::slice::from_ref(&variable));
                let limits = match (list.pop(), list.pop()) {
                    (Some(high), Some(low)) => Some((Box::new(low), Box::new(high))),
                    _ => None,
                };
                Kind::Integral { limits, variable, body }
            }
            ("int", _) => {
                let error = SyntaxError::new("an integral has a body and a variable, or two limits more", span)
                    .code(Code::Operator);
                return Err(error.help("write int(e, x) or int(e, x, a, b)"));
            }
            _ => return Ok(None),
        };
        Ok(Some(kind))
    }

    /// A name, or the derivative of a bare function: `f'`.
    pub fn variable(&self, node: Node) -> Result<Kind> {
        let mut inner = node.into_inner();
        let name = Name::from_canonical(next(&mut inner)?.as_str());
        Ok(match inner.next() {
            Some(order) => Kind::Call { function: name, orders: vec![self.order(order)?], arguments: Vec::new() },
            None => Kind::Name(name),
        })
    }

    /// `∂_1 …`, `Δ …`, `f(u, v)`, or one of them in brackets.
    pub fn differentiated(&self, node: Node) -> Result<Expr> {
        let span = self.span(&node);
        let rule = node.as_rule();
        let mut inner = node.into_inner();
        match rule {
            Rule::enclosed => Ok(Expr { span, ..self.differentiated(next(&mut inner)?)? }),
            Rule::call => self.applied(inner, span),
            Rule::partial => {
                let index = next(&mut inner)?;
                let index_span = self.span(&index);
                let (times, body) = self.times_and_body(inner)?;
                let index = index.as_str().parse::<usize>().ok().and_then(|index| index.checked_sub(1));
                let Kind::Call { function, mut orders, arguments } = body.kind else {
                    return Err(SyntaxError::new("only a function has a derivative in its first argument", body.span)
                        .code(Code::Operator)
                        .help("as in ∂_1 f(u, v); D_x[…] differentiates anything by a variable"));
                };
                let Some(order) = index.and_then(|index| orders.get_mut(index)) else {
                    let message = format!("there is no such argument among {}", arguments.len());
                    return Err(SyntaxError::new(message, index_span));
                };
                *order += times;
                Ok(self.expr(Kind::Call { function, orders, arguments }, span))
            }
            _ => {
                let (times, mut body) = self.times_and_body(inner)?;
                if !matches!(body.kind, Kind::Call { ref arguments, .. } if !arguments.is_empty())
                    && !matches!(body.kind, Kind::Difference(_) | Kind::Density { .. })
                {
                    return Err(SyntaxError::new("Δ acts on a function of one argument", body.span)
                        .code(Code::Operator)
                        .help("as in Δ f(x)"));
                }
                for _ in 0..times {
                    body = self.expr(Kind::Difference(Box::new(body)), span);
                }
                Ok(body)
            }
        }
    }

    fn times_and_body(&self, mut inner: Pairs<Rule>) -> Result<(u32, Expr)> {
        let first = next(&mut inner)?;
        if first.as_rule() == Rule::degree {
            let times = self.degree(first)?;
            return Ok((times, self.differentiated(next(&mut inner)?)?));
        }
        Ok((1, self.differentiated(first)?))
    }
}
