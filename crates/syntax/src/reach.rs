//! How far a prefix reaches: a derivative or a logarithm whose next factor would make nothing of it takes the whole product.

use super::ast::*;
use super::build::{Builder, Node};
use super::grammar::Rule;
use super::hint::Hint;

/// Is this a prefix with an operand that no bracket closes?
pub(super) fn is_open(node: &Node) -> bool {
    match node.as_rule() {
        Rule::prefixed => {
            let parts: Vec<Node> = node.clone().into_inner().collect();
            let row = matches!(parts.as_slice(), [head, body, above]
                if head.as_rule() == Rule::derivative && body.as_str().starts_with('(') && above.as_rule() == Rule::transposed);
            row || parts.get(1).is_some_and(|body| body.as_rule() != Rule::closed)
        }
        Rule::applied => node.clone().into_inner().all(|part| part.as_rule() != Rule::arguments),
        _ => false,
    }
}

/// The operand of a prefix.
pub(super) fn operand(e: &Expr) -> &Expr {
    match &e.kind {
        Kind::Derivative { body, .. } => operand_of_nested(body),
        Kind::Call { arguments, .. } => arguments.first().unwrap_or(e),
        _ => e,
    }
}

/// `∂²/∂σ∂S` is one derivative within another.
fn operand_of_nested(body: &Expr) -> &Expr {
    match &body.kind {
        Kind::Derivative { body: inner, .. } => operand_of_nested(inner),
        _ => body,
    }
}

/// A function without brackets, as `\cos`, whose argument may go on: `\cos kx`.
pub(super) fn takes_letters(e: &Expr) -> bool {
    const FUNCTIONS: [&str; 12] =
        ["sin", "cos", "tan", "cot", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "exp", "erf"];
    match &e.kind {
        Kind::Call { function, arguments, .. } => {
            FUNCTIONS.contains(&function.base.as_str()) && arguments.iter().all(is_plain)
        }
        Kind::Binary(Binary::Pow, base, _) => takes_letters(base),
        _ => false,
    }
}

/// A product of letters and numbers.
fn is_plain(e: &Expr) -> bool {
    match &e.kind {
        Kind::Name(_) | Kind::Number(_) => true,
        Kind::Binary(Binary::Mul, left, right) => is_plain(left) && is_plain(right),
        Kind::Binary(Binary::Pow, base, _) => is_plain(base),
        _ => false,
    }
}

/// The function with one more factor in its argument.
pub(super) fn with_letter(mut e: Expr, next: Expr) -> Expr {
    e.span.end = next.span.end;
    match &mut e.kind {
        Kind::Call { arguments, .. } => {
            if let Some(argument) = arguments.pop() {
                arguments.push(super::build::binary(Binary::Mul, argument, next));
            }
        }
        Kind::Binary(_, base, _) => {
            let inner = std::mem::replace(&mut **base, next.clone());
            **base = with_letter(inner, next);
        }
        _ => {}
    }
    e
}

impl Builder<'_> {
    /// Do letters go on behind a function without brackets? In plain text those without a space.
    pub fn is_run(&self, before: &Expr, next: &Node) -> bool {
        self.canon.latex || self.span(next).start == before.span.end
    }

    /// `∇_x x^⊤`, `∇_x (x - y)^⊤` with factors behind it: what is transposed is the vector, and the derivative that of the whole
    /// product.
    pub fn of_transposed(&self, e: Expr) -> Expr {
        let Kind::Call { function, orders, arguments } = &e.kind else { return e };
        let ("transpose", [Expr { kind: Kind::Derivative { variable: Some(variable), order, body }, .. }]) =
            (function.base.as_str(), arguments.as_slice())
        else {
            return e;
        };
        if !matches!(body.kind, Kind::Name(_) | Kind::Binary(..)) && self.may_hold(body, variable) {
            return e;
        }
        let (function, arguments) = (function.clone(), vec![(**body).clone()]);
        let body = self.expr(Kind::Call { function, orders: orders.clone(), arguments }, body.span);
        self.expr(Kind::Derivative { variable: Some(variable.clone()), order: *order, body: Box::new(body) }, e.span)
    }

    /// Is the factor behind a prefix nothing that it could act on?
    pub fn reaches_on(&self, e: &Expr, next: &Node) -> bool {
        match &e.kind {
            Kind::Derivative { variable: Some(variable), .. } => {
                is_row(operand(e)) || is_power_of(operand(e), variable) || !self.may_hold(operand(e), variable)
            }
            Kind::Call { function, arguments, .. } => {
                let large =
                    matches!(next.as_rule(), Rule::mean | Rule::summed) || next.as_str().starts_with(['π', '∫']);
                function.base == "ln" && arguments.iter().all(is_number) && large
            }
            _ => false,
        }
    }

    /// The prefix with all that followed.
    pub fn reached(&self, prefix: Expr, body: Expr) -> Expr {
        let span = Span { start: prefix.span.start, end: body.span.end };
        let (what, kept) = match prefix.kind {
            Kind::Derivative { variable, order, body: inner } => {
                let inner = match inner.kind {
                    Kind::Derivative { .. } => self.reached(*inner, body),
                    _ => body,
                };
                ("the derivative", Kind::Derivative { variable, order, body: Box::new(inner) })
            }
            Kind::Call { function, orders, .. } => {
                ("the logarithm", Kind::Call { function, orders, arguments: vec![body] })
            }
            kind => ("", kind),
        };
        let message = format!("{what} is read as that of the whole product behind it");
        let mut decisions = self.decisions.borrow_mut();
        if !what.is_empty() && !decisions.iter().any(|decision| decision.message == message) {
            decisions.push(Hint { message, span });
        }
        self.expr(kept, span)
    }

    /// May a letter stand in an expression, written or by what is defined?
    fn may_hold(&self, e: &Expr, letter: &Name) -> bool {
        let mut found = false;
        e.visit_names(&mut |name| {
            let below =
                name.subscript.as_deref().is_some_and(|below| below.split(',').any(|piece| piece == letter.base));
            let above = name.base.split_once('^').is_some_and(|(_, above)| above.contains(&letter.base));
            found |= name == letter || below || above || self.canon.defined.contains(&name.canonical());
        });
        found || self.has_law(e)
    }

    /// A law or an operator of the notation may depend on anything.
    fn has_law(&self, e: &Expr) -> bool {
        let here = matches!(
            e.kind,
            Kind::Density { .. }
                | Kind::Divergence(..)
                | Kind::Entropy(_)
                | Kind::Smoothing { .. }
                | Kind::Expectation { .. }
                | Kind::Variance { .. }
                | Kind::Covariance { .. }
        );
        here || e.children().into_iter().any(|child| self.has_law(child))
    }
}

/// The variable itself, or a power of it: no author means its derivative as a factor.
fn is_power_of(e: &Expr, variable: &Name) -> bool {
    match &e.kind {
        Kind::Name(name) => name == variable,
        Kind::Binary(Binary::Pow, base, _) => is_power_of(base, variable),
        _ => false,
    }
}

/// `x^⊤`, which stands before what it is multiplied with.
fn is_row(e: &Expr) -> bool {
    matches!(&e.kind, Kind::Call { function, .. } if function.base == "transpose")
}

/// A number, or a quotient of numbers.
fn is_number(e: &Expr) -> bool {
    match &e.kind {
        Kind::Number(_) => true,
        Kind::Binary(Binary::Div, above, below) => {
            // A size, as K is, divides as a number does.
            is_number(above) && (is_number(below) || matches!(below.kind, Kind::Name(_)))
        }
        _ => false,
    }
}
