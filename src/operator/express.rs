//! Operators as they are written.

use super::scalar::Scalar;
use crate::syntax::{Binary, Expr, Kind, Name, Span, Style, print};
use crate::term::{self, Op, Operator, Term, Var};
use num_rational::BigRational;

/// The surface form of an operator on functions of y.
pub fn express(operator: &Operator, y: &Var) -> Expr {
    let of = |operator: &Operator| Box::new(express(operator, y));
    at(match operator {
        Operator::Times(term) => return multiplication(term, y),
        Operator::Derivative => Kind::OperatorD(None),
        Operator::Shift(by) => {
            let multiple = |size: &Term| match size.is_one() {
                true => at(Kind::OperatorD(None)),
                false => {
                    at(Kind::Binary(Binary::Mul, Box::new(term::express(size)), Box::new(at(Kind::OperatorD(None)))))
                }
            };
            let exponent = match Scalar::of(by).filter(Scalar::is_negative_looking) {
                Some(by) => at(Kind::Neg(Box::new(multiple(&by.opposite().term())))),
                None => multiple(by),
            };
            Kind::Call { function: name("exp"), orders: vec![0], arguments: vec![exponent] }
        }
        Operator::OrnsteinUhlenbeck(time) => {
            let time = print(&term::express(time), Style::Unicode).replace(' ', "");
            Kind::Name(Name { base: "P".into(), subscript: Some(time) })
        }
        Operator::Derivatives(count) => {
            Kind::Binary(Binary::Pow, Box::new(at(Kind::OperatorD(None))), Box::new(term::express(count)))
        }
        Operator::Parameter(letter) => Kind::OperatorD(letter.as_var().and_then(Var::name).map(name)),
        Operator::Adjoint(a) => Kind::Call { function: name("adjoint"), orders: vec![0], arguments: vec![*of(a)] },
        Operator::Convolution(law) => Kind::OperatorS(Some(Box::new(term::express(law)))),
        Operator::Smoothing(width) if width.is_one() => Kind::OperatorS(None),
        Operator::Smoothing(width) => Kind::OperatorS(Some(Box::new(term::express(width)))),
        Operator::Opposite(a) => Kind::Neg(of(a)),
        Operator::Sum(a, b) => Kind::Binary(Binary::Add, of(a), of(b)),
        Operator::Difference(a, b) => Kind::Binary(Binary::Sub, of(a), of(b)),
        Operator::Commutator(a, b) => Kind::Commutator(of(a), of(b)),
        Operator::Power(a, count) => {
            let count = at(Kind::Number(BigRational::from_integer((*count).into())));
            Kind::Binary(Binary::Pow, of(a), Box::new(count))
        }
        Operator::Product(..) => {
            // Products associate: brackets around a product say nothing.
            let mut factors = Vec::new();
            flatten(operator, &mut factors);
            let factors = factors.into_iter().map(|factor| express(factor, y));
            let joined = factors.reduce(|a, b| at(Kind::Binary(Binary::Mul, Box::new(a), Box::new(b))));
            return joined.unwrap_or_else(|| term::express(&Term::one()));
        }
    })
}

fn flatten<'o>(operator: &'o Operator, factors: &mut Vec<&'o Operator>) {
    match operator {
        Operator::Product(a, b) => {
            flatten(a, factors);
            flatten(b, factors);
        }
        _ => factors.push(operator),
    }
}

fn multiplication(term: &Term, y: &Var) -> Expr {
    let by = |name: Name| at(Kind::OperatorM(name));
    match term.op() {
        Op::Var(var) if var == y => by(name(y.name().unwrap_or("y"))),
        Op::Apply(function, orders) if term.args() == [Term::var(y.clone())] => {
            let Name { base, subscript } = name(function);
            let primes = "'".repeat(orders.first().map_or(0, |order| *order as usize));
            by(Name { base: format!("{base}{primes}"), subscript })
        }
        Op::Pow if term.args()[0].as_var() == Some(y) => {
            let base = multiplication(&term.args()[0], y);
            at(Kind::Binary(Binary::Pow, Box::new(base), Box::new(term::express(&term.args()[1]))))
        }
        _ => term::express(term),
    }
}

fn name(text: &str) -> Name {
    match text.split_once('_') {
        Some((base, subscript)) => Name { base: base.into(), subscript: Some(subscript.into()) },
        None => Name { base: text.into(), subscript: None },
    }
}

fn at(kind: Kind) -> Expr {
    Expr { kind, span: Span::default() }
}
