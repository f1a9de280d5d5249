//! Laws, what is drawn from them, and the values of expressions at points.

use super::ast::*;
use super::build::{Builder, Node, Result, binary, call, internal, next};
use super::error::{Code, SyntaxError};
use super::grammar::Rule;
use super::print::{Style, print};
use pest::iterators::Pairs;

impl Builder<'_> {
    /// What a mean binds: nothing where `given` says it.
    pub fn binders(&self, head: &mut Pairs<Rule>) -> Result<Vec<Binder>> {
        match head.peek().filter(|part| part.as_rule() == Rule::binders) {
            Some(binders) => {
                head.next();
                binders.into_inner().map(|binder| self.binder(binder)).collect()
            }
            None => Ok(Vec::new()),
        }
    }

    fn binder(&self, node: Node) -> Result<Binder> {
        let mut variables = Vec::new();
        let span = self.span(&node);
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::name => variables.push(Name::from_canonical(part.as_str())),
                Rule::tilde => {}
                Rule::drawn => {
                    let name = next(&mut part.into_inner())?;
                    variables.push(Name::from_canonical(name.as_str()));
                    return Ok(Binder { variables, law: Law::of_given(span) });
                }
                _ => {
                    if part.clone().into_inner().count() == 1 {
                        self.is_anywhere(&variables);
                    }
                    self.draws_its_letter(&part, &variables)?;
                    return Ok(Binder { variables, law: self.law(part)? });
                }
            }
        }
        Err(internal(span))
    }

    /// In `z ~ q(z|x)` and `x ~ p(x)` the first place is the letter that is drawn.
    fn draws_its_letter(&self, law: &Node, variables: &[Name]) -> Result<()> {
        let mut inner = law.clone().into_inner();
        let Some(name) = inner.next().filter(|part| part.as_rule() == Rule::name) else { return Ok(()) };
        let name = Name::from_canonical(name.as_str());
        let barred = inner.clone().any(|part| part.as_rule() == Rule::bar);
        let Some(place) = inner.next() else { return Ok(()) };
        let places = inner.take_while(|part| part.as_rule() != Rule::bar).count();
        if place.as_rule() != Rule::sum || !super::names::is_letter_of_a_law(&name.base) || variables.is_empty() {
            return Ok(());
        }
        let span = self.span(&place);
        let Kind::Name(letter) = self.sum(place)?.kind else { return Ok(()) };
        let base = |name: &Name| super::names::undecorated(&name.base).to_string();
        if places > 0 || variables.iter().any(|variable| base(variable) == base(&letter)) {
            return Ok(());
        }
        let (drawn, written) = (variables[0].canonical(), letter.canonical());
        let message = format!("`{drawn}` is drawn here, and the law is written for `{written}`");
        let bar = if barred {
            "what stands before the bar is what is drawn"
        } else {
            "a parameter stands below the letter or behind a bar"
        };
        let help = format!("{bar}: {drawn} ~ {}_{written}, {drawn} ~ {}(·|{written})", name.base, name.base);
        Err(SyntaxError::new(message, span).code(Code::Ambiguous).help(help))
    }

    /// A law by name, with its parameters, or with what is given: `N(m, v)`, `q(·|x)`, `q(z|x)`, `p(x)`.
    pub fn law(&self, node: Node) -> Result<Law> {
        let span = self.span(&node);
        let mut inner = node.into_inner();
        let first = next(&mut inner)?;
        if first.as_rule() == Rule::law {
            return Ok(Law { stopped: true, span, ..self.law(first)? });
        }
        let name = Name::from_canonical(first.as_str());
        let (mut arguments, mut points, mut placed) = (Vec::new(), Vec::new(), false);
        for part in inner {
            match part.as_rule() {
                Rule::bar => {
                    points = std::mem::take(&mut arguments);
                    placed = true;
                }
                Rule::any => placed = true,
                Rule::none => {}
                Rule::given_list => {
                    arguments = part.into_inner().map(|argument| self.sum(argument)).collect::<Result<_>>()?;
                }
                _ => arguments.push(self.sum(part)?),
            }
        }
        // `p(x)` is the law p of x.
        let letter = super::names::is_letter_of_a_law(&name.base);
        let values = arguments.iter().all(|argument| matches!(argument.kind, Kind::Name(_)));
        if letter && !placed && (values || arguments.len() > 1) {
            if let [alone] = arguments.as_slice() {
                self.written_for(&name, alone);
            }
            points = std::mem::take(&mut arguments);
        }
        if !letter {
            points.clear();
        }
        if !points.is_empty() || placed {
            self.written_together(&name, &points.iter().collect::<Vec<_>>(), &arguments);
        }
        Ok(Law { points, ..Law::named(name, arguments, span) })
    }

    /// `P(A)`: the mean of the indicator of A, or of the product of several; `P(A | …)` a mean of the kind given what is known.
    pub fn probability(&self, mut inner: Pairs<Rule>, span: Span) -> Result<Kind> {
        let binders = self.binders(&mut inner)?;
        let (mut body, mut known) = (None, None);
        for event in inner {
            if event.as_rule() == Rule::bar {
                continue;
            }
            if event.as_rule() == Rule::known {
                known = Some(event);
                continue;
            }
            let indicator = self.expr(self.indicator(event)?, span);
            body = Some(match body {
                Some(body) => binary(Binary::Mul, body, indicator),
                None => indicator,
            });
        }
        let body = body.ok_or_else(|| internal(span))?;
        self.decide("a probability is read as the mean of the indicator of its event", span);
        match known {
            Some(known) => Ok(self.mean_given(binders, body, known, span)?.kind),
            None => Ok(Kind::Expectation { binders, body: Box::new(body) }),
        }
    }

    /// `E[e]`, and `E[e | A]`: the mean of e on the event A, by the probability of A.
    pub fn mean(&self, head: Node, body: Node) -> Result<Expr> {
        let span = Span { start: self.span(&head).start, end: self.span(&body).end };
        let binders = self.binders(&mut head.into_inner())?;
        let mut inner = body.into_inner();
        let value = self.sum(next(&mut inner)?)?;
        if inner.next().is_none() {
            return Ok(self.expr(Kind::Expectation { binders, body: Box::new(value) }, span));
        }
        self.mean_given(binders, value, next(&mut inner)?, span)
    }

    /// A mean at values of variables, or on an event.
    fn mean_given(&self, binders: Vec<Binder>, value: Expr, known: Node, span: Span) -> Result<Expr> {
        let mean = |body: Expr| self.expr(Kind::Expectation { binders: binders.clone(), body: Box::new(body) }, span);
        let mut given = self.known(known)?;
        let event = |e: &Expr| matches!(e.kind, Kind::Indicator(relation, ..) if relation != Relation::Equal);
        let Some(event) = given.pop_if(|last| event(last)) else {
            return Ok(mean(self.expr(Kind::Given { body: Box::new(value), given }, span)));
        };
        if !given.is_empty() {
            let error = SyntaxError::new("a mean is on an event, or at values of variables", span).code(Code::Operator);
            return Err(error.help("write E[e 1{x > 0} | y] / E[1{x > 0} | y]"));
        }
        self.decide("a mean on an event is read as the mean with its indicator, by the probability of the event", span);
        Ok(binary(Binary::Div, mean(binary(Binary::Mul, value, event.clone())), mean(event)))
    }

    /// `y, z = c` behind the bar of a mean: letters, and values of letters.
    pub fn known(&self, node: Node) -> Result<Vec<Expr>> {
        let each = node.into_inner().map(|event| {
            let span = self.span(&event);
            if event.clone().into_inner().count() > 1 {
                return Ok(self.expr(self.indicator(event)?, span));
            }
            self.sum(next(&mut event.into_inner())?)
        });
        each.collect()
    }

    /// A mean without brackets: of the whole product that follows.
    pub fn wide(&self, head: Node, body: Node) -> Result<Expr> {
        let body = self.product(body)?;
        let span = Span { start: self.span(&head).start, end: body.span.end };
        let binders = self.binders(&mut head.into_inner())?;
        Ok(self.expr(Kind::Expectation { binders, body: Box::new(body) }, span))
    }

    /// `e|_{θ = φ, …}` as `at(e, θ, φ)`.
    pub fn at_point(&self, value: Expr, point: Node) -> Result<Expr> {
        let span = Span { start: value.span.start, end: self.span(&point).end };
        let mut parts = next(&mut point.into_inner())?.into_inner();
        let mut value = value;
        let mut values: Vec<Expr> = Vec::new();
        while let (Some(name), Some(at)) = (parts.next(), parts.next()) {
            let letter = Name::from_canonical(name.as_str());
            // All letters are set at once, so no value may hold one that is set behind it.
            if values.iter().any(|value| value.has_free(&letter)) {
                let message = format!("`{}` stands in a value here and is set as well", name.as_str());
                let help = "set one letter after the other: [[f(x, y)]_{x = y}]_{y = 1}";
                return Err(SyntaxError::new(message, self.span(&name)).code(Code::Ambiguous).help(help));
            }
            let at = self.sum(at)?;
            values.push(at.clone());
            let written = |e: &Expr| print(e, Style::Unicode);
            let letter = self.expr(Kind::Name(letter), self.span(&name));
            self.decide(&format!("the value at {} = {}", written(&letter), written(&at)), span);
            value = call("at", vec![value, letter, at], span);
        }
        Ok(value)
    }

    /// `\sum_{i=1}^{n} e` as `sum(e, i, 1, n)`, `\sum_{j \ne i} e` as `sum(e, j, i)`: what is left out stands last.
    pub fn summed(&self, node: Node) -> Result<Expr> {
        let span = self.span(&node);
        let mut inner = node.into_inner();
        let mut name = next(&mut inner)?;
        let series = name.as_rule() == Rule::series;
        if series {
            name = next(&mut inner)?;
        }
        let index = self.expr(Kind::Name(Name::from_canonical(name.as_str())), self.span(&name));
        let (mut limits, mut but, mut body) = (Vec::new(), None, None);
        for part in inner {
            match part.as_rule() {
                Rule::sum => limits.push(self.sum(part)?),
                Rule::script => limits.push(self.script(part)?),
                Rule::but => but = Some(self.sum(next(&mut part.into_inner())?)?),
                Rule::product => body = Some(self.product(part)?),
                Rule::name if Name::from_canonical(part.as_str()) != Name::from_canonical(name.as_str()) => {
                    let message = "a sum leaves out values of its own index";
                    return Err(SyntaxError::new(message, self.span(&part)).code(Code::Operator));
                }
                _ => {}
            }
        }
        let mut arguments = vec![body.ok_or_else(|| internal(span))?, index];
        arguments.extend(limits);
        arguments.extend(but);
        Ok(call(if series { "prod" } else { "sum" }, arguments, span))
    }
}
