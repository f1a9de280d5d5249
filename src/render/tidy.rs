//! Formulas as an author would write them: what an instance of a rule leaves behind, such as `0² + 1` or `x + 0`, is written out.

use super::Formula;
use crate::syntax::{self, Binary, Expr, Kind, Style};
use num_traits::{One, Signed, Zero};

/// The LaTeX of a formula without raw instances; as it is where it is no expression.
pub fn latex(formula: &Formula) -> String {
    let Ok(mut expression) = syntax::parse_expression(&formula.unicode) else { return formula.latex.clone() };
    if tidy(&mut expression) { syntax::print(&expression, Style::Latex) } else { formula.latex.clone() }
}

/// Writes out what is trivial, from the inside; true if anything was.
fn tidy(e: &mut Expr) -> bool {
    let mut changed = false;
    e.each_child(&mut |child| changed |= tidy(child));
    while let Some(kind) = simpler(e) {
        e.kind = kind;
        changed = true;
    }
    changed
}

fn simpler(e: &Expr) -> Option<Kind> {
    match &e.kind {
        Kind::Neg(inner) => match &inner.kind {
            Kind::Number(number) if number.is_zero() => Some(inner.kind.clone()),
            Kind::Neg(twice) => Some(twice.kind.clone()),
            _ => None,
        },
        Kind::Binary(operation, a, b) => {
            let (left, right) = (|| Some(a.kind.clone()), || Some(b.kind.clone()));
            match operation {
                Binary::Add if is_zero(a) => right(),
                Binary::Add | Binary::Sub if is_zero(b) => left(),
                Binary::Sub if is_zero(a) => Some(Kind::Neg(b.clone())),
                Binary::Mul if is_zero(a) || is_one(b) => left(),
                Binary::Mul if is_zero(b) || is_one(a) => right(),
                Binary::Div if is_one(b) || is_zero(a) => left(),
                Binary::Pow if is_one(b) || is_one(a) => left(),
                Binary::Pow if is_zero(a) && matches!(&b.kind, Kind::Number(n) if n.is_positive()) => left(),
                // (-1)²
                Binary::Pow => match (&a.kind, &b.kind) {
                    (Kind::Neg(one), Kind::Number(n)) if is_one(one) && is_even(n) => Some(one.kind.clone()),
                    _ => None,
                },
                _ => None,
            }
        }
        _ => None,
    }
}

fn is_even(number: &num_rational::BigRational) -> bool {
    number.is_integer() && (number.numer() % 2u32).is_zero()
}

fn is_zero(e: &Expr) -> bool {
    matches!(&e.kind, Kind::Number(number) if number.is_zero())
}

fn is_one(e: &Expr) -> bool {
    matches!(&e.kind, Kind::Number(number) if number.is_one())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_are_written_out() {
        for (raw, written) in [
            ("0² + 1", "1"),
            ("x + 0", "x"),
            ("E_{x ~ N(σ + 0, (-1)²)}[1 x/1 - 0]", "E_{x ~ N(σ, 1)}[x]"),
            ("2 θ + 0·2", "2 θ"),
            ("N(-0/1 | 0, 1)", "N(0 | 0, 1)"),
            ("x - y", "x - y"),
            ("(-1)³", "(-1)³"),
        ] {
            let mut expression = syntax::parse_expression(raw).expect("an expression");
            tidy(&mut expression);
            let expected = syntax::parse_expression(written).expect("an expression");
            let print = |e: &Expr| syntax::print(e, Style::Unicode);
            assert_eq!(print(&expression), print(&expected), "{raw}");
        }
    }
}
