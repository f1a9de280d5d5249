//! What stands behind a quotient, and powers of powers: where two readings are equally likely, neither is taken.

use super::ast::*;
use super::build::{Node, binary};
use super::error::{Code, SyntaxError};
use super::grammar::Rule;
use super::print::{Style, print};

/// What the last slash of a product divided, while what follows may still belong below it.
#[derive(Default)]
pub(super) struct Quotient {
    /// The divisor of a slash that was the last thing met.
    divisor: Option<Expr>,
    /// The last factor was a number.
    number: bool,
}

impl Quotient {
    /// A factor has been read, behind a sign or none.
    pub fn pass(&mut self, operator: Binary, factor: &Expr) {
        let number = matches!(factor.kind, Kind::Number(_));
        // A quotient of two numbers is a number.
        let open = operator == Binary::Div && !(self.number && number);
        self.divisor = open.then(|| factor.clone());
        self.number = number;
    }

    /// Refuses a letter or number directly behind a divisor: `x/2σ` is (x/2) σ to some and x/(2σ) to others.
    pub fn check(&self, left: &Expr, next: &Expr) -> Result<(), SyntaxError> {
        let (Some(divisor), Kind::Binary(Binary::Div, above, _)) = (&self.divisor, &left.kind) else { return Ok(()) };
        let span = Span { start: left.span.start, end: next.span.end };
        let outside = binary(Binary::Mul, left.clone(), next.clone());
        let inside = binary(Binary::Div, (**above).clone(), binary(Binary::Mul, divisor.clone(), next.clone()));
        Err(two_readings("is what follows the divisor divided by or not?", [outside, inside], span))
    }
}

/// Is a factor a letter or a number, perhaps with a power? The bare functions of the note's notation are functions.
pub(super) fn is_letter_or_number(node: &Node) -> bool {
    if !matches!(node.as_rule(), Rule::powered | Rule::operator_factor) {
        return false;
    }
    let Some(atom) = node.clone().into_inner().next() else { return false };
    match atom.as_rule() {
        Rule::number => true,
        Rule::variable => {
            let name = atom.as_str();
            let bare = atom.clone().into_inner().any(|part| part.as_rule() == Rule::order);
            !bare && !is_bare_function(Name::from_canonical(name.trim()).base.as_str())
        }
        _ => false,
    }
}

/// The letters that the note's notation writes without an argument, and its operator of multiplication.
pub(super) fn is_bare_function(base: &str) -> bool {
    matches!(base, "f" | "g" | "h" | "N" | "M")
}

/// Is this a factor with a power of its own, outside of brackets?
pub(super) fn is_power(node: &Node) -> bool {
    node.as_rule() == Rule::powered && node.clone().into_inner().any(|part| part.as_rule() == Rule::power)
}

/// The base and the exponent of a power.
pub(super) fn as_power(e: &Expr) -> Option<(Expr, Expr)> {
    match &e.kind {
        Kind::Binary(Binary::Pow, base, exponent) => Some(((**base).clone(), (**exponent).clone())),
        Kind::Call { function, arguments, .. } if function.base == "exp" => {
            let e = Expr { kind: Kind::Name(Name::new("e", None)), span: e.span };
            arguments.first().map(|exponent| (e, exponent.clone()))
        }
        _ => None,
    }
}

/// `a^b^c` is a^(b^c) in programs, and (a^b)^c to some who type it.
pub(super) fn tower_of_powers(base: Expr, below: Expr, above: Expr) -> SyntaxError {
    let span = Span { start: base.span.start, end: above.span.end };
    let right = binary(Binary::Pow, base.clone(), binary(Binary::Pow, below.clone(), above.clone()));
    let left = binary(Binary::Pow, binary(Binary::Pow, base, below), above);
    two_readings("is this a power of a power?", [right, left], span)
}

fn two_readings(question: &str, readings: [Expr; 2], span: Span) -> SyntaxError {
    let [first, second] = readings.map(|e| print(&e, Style::Unicode));
    SyntaxError::new(question, span).code(Code::Ambiguous).help(format!("write {first} or {second}"))
}
