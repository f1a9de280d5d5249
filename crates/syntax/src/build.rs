//! From the pairs of the grammar to the syntax tree.

use super::ast::*;
use super::canon::Canon;
use super::error::{Code, SyntaxError};
use super::grammar::Rule;
use super::hint::Hint;
use super::points::Points;
use super::quotients::{Quotient, as_power, is_letter_or_number, is_power, tower_of_powers};
use super::reach::{is_open, operand, takes_letters, with_letter};
use num_bigint::BigInt;
use num_rational::BigRational;
use pest::iterators::{Pair, Pairs};
use std::cell::RefCell;

pub(super) type Node<'a> = Pair<'a, Rule>;
pub(super) type Result<T> = std::result::Result<T, SyntaxError>;

/// The highest order of a derivative.
const MAX_ORDER: u32 = 200;

/// Builds trees with the places of the source.
pub(super) struct Builder<'a> {
    pub canon: &'a Canon,
    /// What was decided that the text does not force.
    pub decisions: RefCell<Vec<Hint>>,
    /// Where the derivatives begin that were written as gradients.
    pub gradients: RefCell<Vec<usize>>,
    /// The letters that laws are written for.
    pub points: RefCell<Points>,
}

impl<'a> Builder<'a> {
    pub fn new(canon: &'a Canon) -> Builder<'a> {
        Builder {
            canon,
            decisions: RefCell::new(canon.remarks.clone()),
            gradients: RefCell::default(),
            points: RefCell::default(),
        }
    }
}

impl Builder<'_> {
    pub fn span(&self, node: &Node) -> Span {
        self.canon.source(node.as_span().start(), node.as_span().end())
    }

    pub fn expr(&self, kind: Kind, span: Span) -> Expr {
        Expr { kind, span }
    }

    /// `sum`: signs, products, and the operators between them.
    pub fn sum(&self, node: Node) -> Result<Expr> {
        let mut total: Option<(Expr, Binary)> = None;
        let mut signs: Vec<Node> = Vec::new();
        let mut result = None;
        for part in node.into_inner() {
            if part.as_rule() == Rule::sign {
                match result.take() {
                    Some(left) => total = Some((left, if part.as_str() == "-" { Binary::Sub } else { Binary::Add })),
                    None => signs.push(part),
                }
                continue;
            }
            let product = self.product(part)?;
            let term = self.negated(signs.drain(..), product);
            result = Some(match total.take() {
                Some((left, operator)) => binary(operator, left, term),
                None => term,
            });
        }
        result.ok_or_else(|| internal(Span::default()))
    }

    /// The value under its signs, of which `+` does nothing.
    pub fn negated<'n>(&self, signs: impl DoubleEndedIterator<Item = Node<'n>>, value: Expr) -> Expr {
        signs.rev().filter(|sign| sign.as_str() == "-").fold(value, |value, sign| {
            let span = Span { start: self.span(&sign).start, end: value.span.end };
            self.expr(Kind::Neg(Box::new(value)), span)
        })
    }

    /// `product`, of expressions or of operators: left to right.
    pub fn product(&self, node: Node) -> Result<Expr> {
        let mut operator = Binary::Mul;
        let mut entrywise = false;
        let mut signs = Vec::new();
        let mut result: Option<Expr> = None;
        // A derivative or a logarithm whose operand reaches on, and what stands before it.
        let mut reaching: Option<(Option<Expr>, Binary, Expr)> = None;
        let mut quotient = Quotient::default();
        let mut parts = node.into_inner().peekable();
        while let Some(part) = parts.next() {
            match part.as_rule() {
                Rule::times => {
                    operator = Binary::Mul;
                    quotient = Quotient::default();
                }
                Rule::over => operator = Binary::Div,
                Rule::entrywise => {
                    entrywise = true;
                    quotient = Quotient::default();
                }
                Rule::sign => signs.push(part),
                Rule::at_point => {
                    let before = result.take().ok_or_else(|| internal(self.span(&part)))?;
                    result = Some(self.at_point(before, part)?);
                }
                _ => {
                    let open = is_open(&part);
                    let plain = is_letter_or_number(&part);
                    let factor = if part.as_rule() == Rule::operator_factor {
                        self.operator_factor(part)?
                    } else {
                        self.factor(part)?
                    };
                    let mut factor = factor;
                    if open && takes_letters(&factor) {
                        while parts.peek().is_some_and(|next| is_letter_or_number(next) && self.is_run(&factor, next)) {
                            let Some(next) = parts.next() else { break };
                            let next = self.factor(next)?;
                            self.decide(
                                "a function without brackets takes the letters and numbers behind it",
                                next.span,
                            );
                            factor = with_letter(factor, next);
                        }
                    }
                    if reaching.is_none() && open && parts.peek().is_some() {
                        factor = self.of_transposed(factor);
                    }
                    let factor = self.negated(signs.drain(..), factor);
                    if reaching.is_none() && open && parts.peek().is_some_and(|next| self.reaches_on(&factor, next)) {
                        let inner = operand(&factor).clone();
                        reaching = Some((result.take(), operator, factor));
                        result = Some(inner);
                        operator = Binary::Mul;
                        continue;
                    }
                    if let Some(left) = result.as_ref().filter(|_| plain && operator == Binary::Mul) {
                        quotient.check(left, &factor)?;
                    }
                    quotient.pass(operator, &factor);
                    result = Some(match result {
                        Some(left) if std::mem::take(&mut entrywise) => {
                            let span = Span { start: left.span.start, end: factor.span.end };
                            call("hadamard", vec![left, factor], span)
                        }
                        Some(left) => binary(operator, left, factor),
                        None => factor,
                    });
                    operator = Binary::Mul;
                }
            }
        }
        let result = result.ok_or_else(|| internal(Span::default()))?;
        let Some((before, operator, prefix)) = reaching else { return Ok(result) };
        let value = self.reached(prefix, result);
        Ok(match before {
            Some(before) => binary(operator, before, value),
            None => value,
        })
    }

    /// Notes a decision that the text does not force.
    pub fn decide(&self, message: &str, span: Span) {
        let mut decisions = self.decisions.borrow_mut();
        if !decisions.iter().any(|decision| decision.message == message) {
            decisions.push(Hint { message: message.to_string(), span });
        }
    }

    /// `applied`, `prefixed`, `powered`.
    pub fn factor(&self, node: Node) -> Result<Expr> {
        let span = self.span(&node);
        match node.as_rule() {
            Rule::applied => self.applied(node.into_inner(), span),
            Rule::mean => {
                let mut inner = node.into_inner();
                let (head, body) = (next(&mut inner)?, next(&mut inner)?);
                let mean = if body.as_rule() == Rule::closed { self.mean(head, body)? } else { self.wide(head, body)? };
                self.raised(mean, inner)
            }
            Rule::summed => self.summed(node),
            Rule::prefixed => {
                let mut inner = node.into_inner();
                let head = next(&mut inner)?;
                let body = next(&mut inner)?;
                let closed = body.as_rule() == Rule::closed;
                if closed && body.clone().into_inner().any(|part| part.as_rule() == Rule::known) {
                    let form = self.conditioned(head, body)?;
                    return self.raised(form, inner);
                }
                // A square bracket closes the form, a round one is the next factor with its power.
                let round = closed && head.as_rule() == Rule::derivative && body.as_str().starts_with('(');
                let body = if closed { self.group(body)? } else { self.factor(body)? };
                if round && inner.peek().is_some_and(|part| part.as_rule() == Rule::power) {
                    self.decide("the derivative is read as that of the bracket with its power", body.span);
                    let body = self.powered(body, inner.next())?;
                    return self.prefixed(head, body);
                }
                let form = self.prefixed(head, body)?;
                self.raised(form, inner)
            }
            Rule::powered => {
                let mut inner = node.into_inner();
                let atom = next(&mut inner)?;
                if let Some(power) = inner.clone().find(|part| part.as_rule() == Rule::power) {
                    self.check_power(&atom, self.span(&power))?;
                }
                let mut base = self.atom(atom)?;
                let mut power = None;
                for part in inner {
                    match part.as_rule() {
                        Rule::factorial => {
                            let one = self.expr(Kind::Number(number("1")), base.span);
                            base = call("gamma", vec![binary(Binary::Add, base, one)], span);
                        }
                        Rule::settled => base = self.at_point(base, part)?,
                        Rule::transposed => base = transposed(&part, base, span),
                        _ => power = Some(part),
                    }
                }
                self.powered(base, power)
            }
            _ => self.atom(node),
        }
    }

    /// A value with what stands above it: a transpose, a power.
    fn raised(&self, value: Expr, above: Pairs<Rule>) -> Result<Expr> {
        let mut value = value;
        for part in above {
            let span = Span { start: value.span.start, end: self.span(&part).end };
            value = match part.as_rule() {
                Rule::transposed => transposed(&part, value, span),
                _ => self.powered(value, Some(part))?,
            };
        }
        Ok(value)
    }

    /// The power behind `∂_1 f(u, v)` could be meant for the value or for what is differentiated.
    fn check_power(&self, atom: &Node, place: Span) -> Result<()> {
        let open = |node: &Node| node.clone().into_inner().all(|inner| inner.as_rule() != Rule::enclosed);
        if matches!(atom.as_rule(), Rule::partial | Rule::difference | Rule::acting) && open(atom) {
            let error = SyntaxError::new("it is not clear what this power belongs to", place).code(Code::Ambiguous);
            let example = if atom.as_rule() == Rule::acting { "((S_a D) f(y))^2" } else { "(∂_1 f(u, v))^2" };
            return Err(error.help(format!("put brackets around its base, as in {example}")));
        }
        Ok(())
    }

    pub fn powered(&self, base: Expr, power: Option<Node>) -> Result<Expr> {
        let Some(power) = power else { return Ok(base) };
        let mut signs: Vec<Node> = Vec::new();
        for part in power.into_inner() {
            if part.as_rule() == Rule::sign {
                signs.push(part);
            } else {
                let tower = is_power(&part);
                let exponent = self.factor(part)?;
                if let Some((below, above)) = as_power(&exponent).filter(|_| tower) {
                    return Err(tower_of_powers(base, below, above));
                }
                let exponent = self.negated(signs.into_iter(), exponent);
                return Ok(binary(Binary::Pow, base, exponent));
            }
        }
        Err(internal(base.span))
    }

    /// `Var[e | y]`: the one form without a sum of its own that knows a bar.
    fn conditioned(&self, head: Node, body: Node) -> Result<Expr> {
        let span = self.span(&body);
        if head.as_rule() != Rule::variance {
            return Err(SyntaxError::new("a bar has no place here", span));
        }
        let mut inner = body.into_inner();
        let value = self.sum(next(&mut inner)?)?;
        let known = inner.find(|part| part.as_rule() == Rule::known).ok_or_else(|| internal(span))?;
        let given = self.known(known)?;
        self.prefixed(head, self.expr(Kind::Given { body: Box::new(value), given }, span))
    }

    pub fn prefixed(&self, head: Node, body: Expr) -> Result<Expr> {
        let span = Span { start: self.span(&head).start, end: body.span.end };
        // A transpose behind the operand of a gradient is that of the gradient.
        let mut body = body;
        let gradient = head.as_rule() == Rule::derivative;
        let mut above = None;
        if gradient {
            above = transpose_behind(&mut body);
        }
        let body = Box::new(body);
        let kind = match head.as_rule() {
            Rule::derivative => {
                let (mut variable, mut order) = (None, 1);
                for part in head.into_inner() {
                    match part.as_rule() {
                        Rule::nabla => self.gradients.borrow_mut().push(span.start),
                        Rule::name => variable = Some(Name::from_canonical(part.as_str())),
                        Rule::argument => variable = Some(Name::new(ARGUMENT, None)),
                        _ => order = self.degree(part)?,
                    }
                }
                Kind::Derivative { variable, order, body }
            }
            Rule::smoothing => {
                let subscript = head.into_inner().next().map(|script| self.script(script)).transpose()?;
                Kind::Smoothing { subscript: subscript.map(Box::new), body }
            }
            _ => Kind::Variance { binders: self.binders(&mut head.into_inner())?, body },
        };
        let form = self.expr(kind, span);
        Ok(match above {
            Some(function) => self.expr(Kind::Call { function, orders: vec![0], arguments: vec![form] }, span),
            None => form,
        })
    }

    /// The order of a derivative: `^3`.
    pub fn degree(&self, node: Node) -> Result<u32> {
        let span = self.span(&node);
        let order = node.into_inner().next().and_then(|natural| natural.as_str().parse().ok());
        order.filter(|order| (1..=MAX_ORDER).contains(order)).ok_or_else(|| {
            SyntaxError::new(format!("the order of a derivative is a whole number from 1 to {MAX_ORDER}"), span)
                .code(Code::Operator)
        })
    }

    pub fn script(&self, node: Node) -> Result<Expr> {
        let mut signs = Vec::new();
        let span = self.span(&node);
        for part in node.into_inner() {
            if part.as_rule() == Rule::sign {
                signs.push(part);
            } else {
                let value = self.atom(part)?;
                return Ok(self.negated(signs.into_iter(), value));
            }
        }
        Err(internal(span))
    }

    pub fn group(&self, node: Node) -> Result<Expr> {
        let span = self.span(&node);
        let inner = self.sum(next(&mut node.into_inner())?)?;
        // A derivative stays where its sign was written.
        let derivative = matches!(inner.kind, Kind::Derivative { .. });
        Ok(if derivative { inner } else { Expr { span, ..inner } })
    }

    pub fn atom(&self, node: Node) -> Result<Expr> {
        let span = self.span(&node);
        let kind = match node.as_rule() {
            Rule::number => Kind::Number(number(node.as_str())),
            Rule::infinity => Kind::Infinity,
            Rule::group => return self.group(node),
            Rule::acting => return self.acting(node),
            Rule::variable => self.variable(node)?,
            Rule::partial | Rule::difference | Rule::call | Rule::enclosed => {
                return self.differentiated(node);
            }
            rule => {
                let mut inner = node.into_inner();
                match rule {
                    Rule::absolute => Kind::Abs(Box::new(self.sum(next(&mut inner)?)?)),
                    Rule::norm => {
                        let vector = self.sum(next(&mut inner)?)?;
                        let weight = inner.find(|part| part.as_rule() == Rule::sum);
                        let weight = weight.map(|weight| self.sum(weight)).transpose()?;
                        call("norm", [vector].into_iter().chain(weight).collect(), span).kind
                    }
                    Rule::fraction => {
                        let above = self.sum(next(&mut inner)?)?;
                        binary(Binary::Div, above, self.sum(next(&mut inner)?)?).kind
                    }
                    Rule::indicator => self.indicator(next(&mut inner)?)?,
                    Rule::covariance => {
                        let binders = self.binders(&mut inner)?;
                        let left = Box::new(self.sum(next(&mut inner)?)?);
                        // Of one vector it is that of its entries.
                        let right = inner.next().map(|node| self.sum(node)).transpose()?;
                        let right = right.map_or_else(|| left.clone(), Box::new);
                        Kind::Covariance { binders, left, right }
                    }
                    Rule::divergence => {
                        let first = self.law(next(&mut inner)?)?;
                        next(&mut inner)?;
                        Kind::Divergence(first, self.law(next(&mut inner)?)?)
                    }
                    Rule::euler => {
                        let power = next(&mut inner)?;
                        let base = self.expr(Kind::Name(Name::new("e", None)), span);
                        match self.powered(base, Some(power))?.kind {
                            Kind::Binary(Binary::Pow, _, exponent) => call("exp", vec![*exponent], span).kind,
                            other => other,
                        }
                    }
                    Rule::probability => self.probability(inner, span)?,
                    Rule::entropy => Kind::Entropy(self.law(next(&mut inner)?)?),
                    Rule::integral => self.integral(inner)?,
                    _ => return Err(internal(span)),
                }
            }
        };
        Ok(self.expr(kind, span))
    }
}

pub(super) fn binary(operator: Binary, left: Expr, right: Expr) -> Expr {
    let span = Span { start: left.span.start, end: right.span.end };
    Expr { kind: Kind::Binary(operator, Box::new(left), Box::new(right)), span }
}

/// A function of the language at its arguments.
pub(super) fn call(name: &str, arguments: Vec<Expr>, span: Span) -> Expr {
    let orders = vec![0; arguments.len()];
    Expr { kind: Kind::Call { function: Name::new(name, None), orders, arguments }, span }
}

pub(super) fn relation_of(text: &str) -> Relation {
    match text {
        "<" => Relation::Less,
        "≤" => Relation::LessEqual,
        ">" => Relation::Greater,
        "≥" => Relation::GreaterEqual,
        "≠" => Relation::NotEqual,
        _ => Relation::Equal,
    }
}

/// The exact value of a decimal.
pub(super) fn number(text: &str) -> BigRational {
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let value: BigInt = format!("{whole}{decimals}").parse().unwrap_or_default();
    let exponent = exponent.parse::<i64>().unwrap_or(0) - decimals.len() as i64;
    let scale = BigInt::from(10).pow(exponent.unsigned_abs() as u32);
    if exponent < 0 { BigRational::new(value, scale) } else { BigRational::from(value * scale) }
}

/// The grammar promises this part; if it is missing, say so rather than panic.
pub(super) fn internal(span: Span) -> SyntaxError {
    SyntaxError::new("this cannot be read", span)
}

pub(super) fn next<'a>(nodes: &mut Pairs<'a, Rule>) -> Result<Node<'a>> {
    nodes.next().ok_or_else(|| internal(Span::default()))
}

/// `x^⊤`; of `x^T` the name keeps the T, which could be meant as a power.
pub fn transposed(sign: &Node, value: Expr, span: Span) -> Expr {
    let letter = (sign.as_str() == "ᵀ").then_some("T");
    let function = Name::new("transpose", letter);
    Expr { kind: Kind::Call { function, orders: vec![0], arguments: vec![value] }, span }
}

/// Takes the transpose from the end of an operand: `∇f(x)^⊤`, `∇ ln p(x)^⊤`.
fn transpose_behind(body: &mut Expr) -> Option<Name> {
    let Kind::Call { function, arguments, .. } = &mut body.kind else { return None };
    let [inner] = arguments.as_mut_slice() else { return None };
    match &*function.base {
        "transpose" => {
            let sign = function.clone();
            *body = inner.clone();
            Some(sign)
        }
        "ln" => transpose_behind(inner),
        _ => None,
    }
}
