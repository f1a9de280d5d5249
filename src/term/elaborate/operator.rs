//! Equations between operators: claims for every function, made by letting both sides act on an unknown function.

use super::operator_letters::{letter, multiplier};
use super::{Elaborator, Operators, Result, coded, error};
use crate::syntax::{Binary, Code, Expr, Kind, Law, Name, Span, parse_expression};
use crate::term::{Adjoints, Domain, Op, Operator, Pairing, Polynomial, Simplifier, Symbol, Term, Var};
use num_traits::Signed;
use std::collections::BTreeSet;

/// Powers of operators above this are refused.
const POWER: u32 = 32;
/// Words of more letters, powers written out, are refused.
const DEGREE: u32 = 64;
/// Numbers up to this are tried for the letters of powers.
const INSTANCES: i64 = 8;
/// Names for the function that operators act on: the first that the statement leaves free.
const ACTED_ON: [&str; 5] = ["f", "g", "h", "u", "v"];

impl Elaborator<'_> {
    /// The operators that the members of a statement are, with the variable of what they act on.
    pub(super) fn operators(&mut self, members: &[Expr]) -> Result<Operators> {
        let name = self.acted_of(members)?;
        let y = Var::free(&name, Domain::Real);
        let mut operators = Vec::new();
        for member in members {
            let operator = self.operator(member, &y)?;
            of_bounded_degree(&operator, member.span)?;
            operators.push(operator);
        }
        let law = self.law_of(&y, members)?;
        let function = unused(&operators, &[]);
        Ok(Operators { variable: y, function, test: None, law, members: operators, instance: Vec::new() })
    }

    /// The law that `given` draws the variable from.
    fn law_of(&mut self, y: &Var, members: &[Expr]) -> Result<Option<Term>> {
        match self.facts.drawn.clone().as_slice() {
            [] => Ok(None),
            [(name, law)] if y.name() == Some(&super::full_name(name)) => self.law(law).map(Some),
            [(name, law), ..] => {
                let (name, y) = (super::full_name(name), y.name().unwrap_or("y"));
                let message = format!("`{name}` is drawn, and the functions that operators act on are of `{y}`");
                let span = if law.span == Span::default() { members[0].span } else { law.span };
                error(span, &message, Some("draw the letter that they are of, and no other: given y ~ N(0,1)"))
            }
        }
    }

    /// What each operator makes of an unknown function; where adjoints are taken, paired with another one.
    pub(super) fn acting(&mut self, operators: &mut Operators, members: &[Expr]) -> Result<Vec<Term>> {
        let mut all = operators.members.clone();
        let letters: BTreeSet<Var> = all.iter().flat_map(Operator::counts).cloned().collect();
        if !letters.is_empty() {
            // One equation for each number: what stands here is one of them.
            let at = |count: i64| {
                let values: Vec<_> = letters.iter().map(|letter| (letter.clone(), Term::integer(count))).collect();
                let instance = all.iter().map(|operator| operator.counted(&values)).collect::<Option<Vec<_>>>()?;
                Some((count, instance))
            };
            let Some((count, instance)) = (2..=INSTANCES).find_map(at) else {
                return error(
                    members[0].span,
                    "no number makes these powers of D whole and none of them negative",
                    None,
                );
            };
            all = instance;
            operators.instance = letters.into_iter().map(|letter| (letter, count)).collect();
        }
        let Operators { variable: y, function, law, .. } = &*operators;
        let of = |name: &Symbol| Term::new(Op::Apply(name.clone(), vec![0]), vec![Term::var(y.clone())]);
        if all.iter().any(Operator::has_adjoint) {
            let test = unused(&all, &[function]);
            let pairing = Pairing::new(y, law.as_ref(), of(&test));
            if let Some(paired) = all.iter().map(|operator| pairing.of(operator, of(function))).collect() {
                operators.test = Some(test);
                return Ok(paired);
            }
            let known = Adjoints { variable: y, law: law.as_ref(), definitions: self.definitions };
            for (operator, member) in all.iter_mut().zip(members) {
                let Some(resolved) = known.resolved(operator) else {
                    let what = "an adjoint that is not known, before which other operators stand,";
                    let help = "D^*, S_a^* and (e^{a D})^* are known under Lebesgue measure, D^* and P_t^* under N(0,1); of others \
                                write an equation in which adjoints stand before all else: A^* B = …";
                    return coded(
                        Code::Unsupported,
                        member.span,
                        &format!("{what} has no meaning here yet"),
                        Some(help),
                    );
                };
                *operator = resolved;
            }
            self.decided = true;
            self.remarks.push("adjoints are read as the operators that they are known to be".into());
        }
        let act = |(operator, member): (&Operator, &Expr)| match operator.act(y, of(function)) {
            Some(term) => Ok(term),
            None => {
                error(member.span, "this operator is too long: what it makes of a function cannot be written out", None)
            }
        };
        all.iter().zip(members).map(act).collect()
    }

    /// `P_t`: the Ornstein–Uhlenbeck semigroup, unless something else is said of the letter.
    fn is_semigroup(&self, name: &Name) -> bool {
        is_semigroup(name) && !self.declared.contains(&super::symbol(name)) && !self.facts.speaks_of(name)
    }

    /// The exponential of an operator: a shift, a smoothing, or a multiplication.
    fn exponential(&mut self, exponent: &Expr, y: &Var) -> Result<Operator> {
        let inner = self.operator(exponent, y)?;
        match inner.as_derivative() {
            Some((factor, 0)) => return Ok(Operator::Times(factor.exp())),
            Some((factor, 1)) if !factor.depends_on(y) => return Ok(Operator::Shift(factor)),
            Some((factor, 2)) if !factor.depends_on(y) => {
                let variance = Term::mul(vec![Term::integer(2), factor]);
                let variance = Simplifier::new(self.definitions).simplify(&variance);
                if variance.is_negative_looking() {
                    let help =
                        "smoothing has no inverse on all functions: write the equation with S_a on the other side";
                    return error(exponent.span, "this would undo a smoothing", Some(help));
                }
                let width = match variance.op() {
                    Op::Pow if variance.args()[1].as_integer() == Some(2) => variance.args()[0].clone(),
                    _ => Term::pow(variance, Term::ratio(1, 2)),
                };
                self.widths.push(width.clone());
                return Ok(Operator::Smoothing(width));
            }
            _ => {}
        }
        let help = "e^{a D} is the shift by a, e^{a^2 D^2/2} is S_a, e^{a M_y} multiplies by exp(a y)";
        error(exponent.span, "the exponential of this operator has no meaning here yet", Some(help))
    }

    pub(super) fn operator(&mut self, e: &Expr, y: &Var) -> Result<Operator> {
        let both = |this: &mut Self, a: &Expr, b: &Expr| -> Result<(Box<Operator>, Box<Operator>)> {
            Ok((Box::new(this.operator(a, y)?), Box::new(this.operator(b, y)?)))
        };
        Ok(match &e.kind {
            Kind::OperatorD(None) => Operator::Derivative,
            Kind::OperatorD(Some(name)) if self.variable(name) == *y => Operator::Derivative,
            Kind::OperatorD(Some(name)) => {
                let (by, y) = (super::full_name(name), y.name().unwrap_or("y"));
                let remark = format!("functions are of `{y}` alone: `D_{by}` of them is 0");
                self.remark(remark);
                Operator::Parameter(self.expr(&letter(name, e.span))?)
            }
            Kind::Call { function, arguments, .. } if function.base == "adjoint" => {
                Operator::Adjoint(Box::new(self.operator(&arguments[0], y)?))
            }
            Kind::Name(name) if name.base == "I" && name.subscript.is_none() && !self.is_known(name) => {
                Operator::Times(Term::one())
            }
            Kind::OperatorM(name) if self.is_multiplier(name) => {
                let base = name.base.trim_end_matches('\'');
                let order = u32::try_from(name.base.len() - base.len()).unwrap_or(0);
                let function = Name { base: base.into(), subscript: name.subscript.clone() };
                let argument = letter(&self.written(y), e.span);
                Operator::Times(self.call(&function, &[order], &[argument], e.span)?)
            }
            Kind::OperatorM(name) => match multiplier(name, e.span)? {
                Some(factor) => Operator::Times(self.expr(&Expr { span: e.span, ..factor })?),
                None => Operator::Times(Term::var(y.clone())),
            },
            Kind::OperatorS(Some(below)) if let Some(name) = law_below(below).filter(|name| !self.is_known(name)) => {
                let law = self.law(&Law::named(name.clone(), Vec::new(), below.span))?;
                if law.depends_on(y) {
                    return error(below.span, "the law of the noise depends on what functions are of", None);
                }
                Operator::Convolution(law)
            }
            Kind::OperatorS(Some(below)) if matches!(&below.kind, Kind::Name(name) if name.base == "θ") => {
                let help = "S_θ h is the mean of h under N(θ,σ²), a function of θ; call a width by another letter: S_a";
                return error(below.span, "`S_θ` makes a number of a function of y", Some(help));
            }
            Kind::Name(name) if self.is_semigroup(name) => {
                let below = name.subscript.as_deref().unwrap_or_default();
                let time = match parse_expression(below) {
                    Ok(time) => self.expr(&Expr { span: e.span, ..time })?,
                    Err(_) => {
                        return error(e.span, "the time of a semigroup is an expression", Some("as in P_t, P_{s+t}"));
                    }
                };
                self.widths.push(time.clone());
                Operator::OrnsteinUhlenbeck(time)
            }
            Kind::OperatorS(width) => {
                let width = width.as_ref().map_or(Ok(Term::one()), |width| self.expr(width))?;
                self.widths.push(width.clone());
                Operator::Smoothing(width)
            }
            Kind::Commutator(a, b) => {
                let (a, b) = both(self, a, b)?;
                Operator::Commutator(a, b)
            }
            Kind::Neg(a) => Operator::Opposite(Box::new(self.operator(a, y)?)),
            Kind::Binary(Binary::Add, a, b) => {
                let (a, b) = both(self, a, b)?;
                Operator::Sum(a, b)
            }
            Kind::Binary(Binary::Sub, a, b) => {
                let (a, b) = both(self, a, b)?;
                Operator::Difference(a, b)
            }
            Kind::Binary(Binary::Mul, a, b) => {
                let (a, b) = both(self, a, b)?;
                Operator::Product(a, b)
            }
            Kind::Binary(Binary::Div, a, b) => {
                if contains_operator(b) {
                    return error(b.span, "an operator has no quotient here", Some("divide by a number"));
                }
                let divisor = self.expr(b)?;
                Operator::Product(Box::new(Operator::Times(divisor.recip())), Box::new(self.operator(a, y)?))
            }
            Kind::Binary(Binary::Pow, a, exponent) if contains_operator(a) => {
                let base = self.operator(a, y)?;
                let count = if contains_operator(exponent) { None } else { Some(self.expr(exponent)?) };
                match (base, count) {
                    // Powers of a multiplication multiply by the power.
                    (Operator::Times(base), Some(count))
                        if count.as_integer().is_none_or(|count| !(0..=i64::from(POWER)).contains(&count)) =>
                    {
                        return Ok(Operator::Times(Term::pow(base, count)));
                    }
                    (Operator::Derivative, Some(count)) if is_count(&count, y) => {
                        self.counts.push(count.clone());
                        return Ok(Operator::Derivatives(count));
                    }
                    (_, Some(count)) if Polynomial::of(&count).as_number().is_some_and(|count| count.is_negative()) => {
                        let help = "write the equation without it: B = A^{-1} says A B = 1 and B A = 1";
                        return coded(
                            Code::Unsupported,
                            e.span,
                            "the inverse of an operator has no meaning here yet",
                            Some(help),
                        );
                    }
                    (Operator::Smoothing(_), Some(count)) if is_count(&count, y) => {
                        let help = "S_a after itself n times is S_{sqrt(n) a}";
                        return error(exponent.span, "the power of a mean is a whole number", Some(help));
                    }
                    (base, count) => {
                        let count = count.and_then(|count| u32::try_from(count.as_integer()?).ok());
                        if let Some(count) = count.filter(|count| *count <= POWER) {
                            return Ok(Operator::Power(Box::new(base), count));
                        }
                    }
                }
                let message = format!("the power of an operator is a whole number up to {POWER}");
                let help = "a letter may be the power of D, of M_y and of a number: D^n M_y";
                return error(exponent.span, &message, Some(help));
            }
            Kind::Call { function, arguments, .. }
                if function.base == "exp" && arguments.iter().any(contains_operator) =>
            {
                self.exponential(&arguments[0], y)?
            }
            _ => {
                self.holds_operator(e)?;
                Operator::Times(self.expr(e)?)
            }
        })
    }
}

/// # Errors
/// The operator is too long to be written out.
pub(super) fn of_bounded_degree(operator: &Operator, span: Span) -> Result<()> {
    if operator.degree() <= DEGREE {
        return Ok(());
    }
    error(span, &format!("a product of more than {DEGREE} operators is not written out"), None)
}

/// A name for a function that no operator is written with.
fn unused(operators: &[Operator], but: &[&Symbol]) -> Symbol {
    let named = |name: &str| {
        but.iter().any(|other| &***other == name)
            || operators
                .iter()
                .flat_map(Operator::terms)
                .any(|term| term.any(&|part| matches!(part.op(), Op::Apply(function, _) if &**function == name)))
    };
    Symbol::from(ACTED_ON.into_iter().find(|name| !named(name)).unwrap_or("f·"))
}

/// Is this a number that letters say, such as n, n - 1, m + 2 k?
fn is_count(term: &Term, y: &Var) -> bool {
    let whole = |part: &Term| match part.op() {
        Op::Var(letter) => letter != y,
        Op::Number(number) => number.is_integer(),
        Op::Add | Op::Mul => true,
        _ => false,
    };
    !term.free().is_empty() && !term.any(&|part| !whole(part))
}

/// The p of `S_p`.
fn law_below(below: &Expr) -> Option<&Name> {
    match &below.kind {
        Kind::Name(name) if matches!(&*name.base, "p" | "q") => Some(name),
        _ => None,
    }
}

pub(super) fn is_semigroup(name: &Name) -> bool {
    name.base == "P" && name.subscript.as_deref().is_some_and(|below| !below.starts_with(|c: char| c.is_ascii_digit()))
}

pub(super) fn contains_operator(e: &Expr) -> bool {
    matches!(e.kind, Kind::OperatorD(_) | Kind::OperatorS(_) | Kind::OperatorM(_) | Kind::Commutator(..))
        || matches!(&e.kind, Kind::Name(name) if is_semigroup(name))
        || e.children().into_iter().any(contains_operator)
}
