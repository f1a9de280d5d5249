//! Equations between operators: claims for every function, made by letting both sides act on an unknown function.

use super::{Elaborator, Result, coded, error};
use crate::syntax::{Binary, Code, Expr, Kind, Name, Span, parse_expression};
use crate::term::{Domain, Op, Operator, Simplifier, Symbol, Term, Var};
use num_traits::ToPrimitive;

/// Powers of operators above this are refused.
const POWER: u32 = 32;
/// Words of more letters, powers written out, are refused.
const DEGREE: u32 = 64;
/// Names for the function that operators act on: the first that the statement leaves free.
const ACTED_ON: [&str; 5] = ["f", "g", "h", "u", "v"];

impl Elaborator<'_> {
    /// The operators that the members of a statement are, with the variable of what they act on.
    pub(super) fn operators(&mut self, members: &[Expr]) -> Result<(Var, Vec<Operator>)> {
        let mut letter: Option<&Name> = None;
        for member in members {
            self.variable_of(member, &mut letter)?;
        }
        let name = match letter {
            Some(letter) => super::full_name(letter),
            None => of_multipliers(members)?,
        };
        let y = Var::free(&name, Domain::Real);
        let mut operators = Vec::new();
        for member in members {
            let operator = self.operator(member, &y)?;
            if operator.degree() > DEGREE {
                let message = format!("a product of more than {DEGREE} operators is not written out");
                return error(member.span, &message, None);
            }
            operators.push(operator);
        }
        Ok((y, operators))
    }

    /// An unknown function that no operator is written with, and what each of them makes of it.
    pub(super) fn acting(&self, y: &Var, operators: &[Operator], members: &[Expr]) -> Result<(Symbol, Vec<Term>)> {
        let named = |name: &str| {
            operators
                .iter()
                .flat_map(Operator::terms)
                .any(|term| term.any(&|part| matches!(part.op(), Op::Apply(function, _) if &**function == name)))
        };
        let name = Symbol::from(ACTED_ON.into_iter().find(|name| !named(name)).unwrap_or("f·"));
        let function = Term::new(Op::Apply(name.clone(), vec![0]), vec![Term::var(y.clone())]);
        let act = |(operator, member): (&Operator, &Expr)| match operator.act(y, function.clone()) {
            Some(term) => Ok(term),
            None => {
                error(member.span, "this operator is too long: what it makes of a function cannot be written out", None)
            }
        };
        let acting = operators.iter().zip(members).map(act).collect::<Result<Vec<_>>>()?;
        Ok((name, acting))
    }

    /// The letter that the functions are of: the y of `M_y`, if it is the same everywhere.
    fn variable_of<'e>(&self, e: &'e Expr, letter: &mut Option<&'e Name>) -> Result<()> {
        if let Kind::OperatorM(name) = &e.kind
            && !self.is_multiplier(name)
            && multiplier(name, e.span)?.is_none()
        {
            match letter {
                Some(other) if *other != name => {
                    let (one, two) = (super::full_name(other), super::full_name(name));
                    let message =
                        format!("`M_{one}` and `M_{two}` multiply by two variables, and functions are of one here");
                    return error(e.span, &message, Some("write one letter in both places"));
                }
                _ => *letter = Some(name),
            }
        }
        e.children().into_iter().try_for_each(|child| self.variable_of(child, letter))
    }

    /// `P_t`: the Ornstein–Uhlenbeck semigroup, unless something else is said of the letter.
    fn is_semigroup(&self, name: &Name) -> bool {
        is_semigroup(name) && !self.declared.contains(&super::symbol(name)) && !self.facts.speaks_of(name)
    }

    /// Does `M_g` multiply by an unknown function?
    fn is_multiplier(&self, name: &Name) -> bool {
        matches!(name.base.trim_end_matches('\''), "f" | "g" | "h") || self.declared.contains(&super::symbol(name))
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

    fn operator(&mut self, e: &Expr, y: &Var) -> Result<Operator> {
        let both = |this: &mut Self, a: &Expr, b: &Expr| -> Result<(Box<Operator>, Box<Operator>)> {
            Ok((Box::new(this.operator(a, y)?), Box::new(this.operator(b, y)?)))
        };
        Ok(match &e.kind {
            Kind::OperatorD => Operator::Derivative,
            Kind::OperatorM(name) if self.is_multiplier(name) => {
                let base = name.base.trim_end_matches('\'');
                let order = u32::try_from(name.base.len() - base.len()).unwrap_or(0);
                let function = super::symbol(&Name { base: base.into(), subscript: name.subscript.clone() });
                Operator::Times(Term::new(Op::Apply(function, vec![order]), vec![Term::var(y.clone())]))
            }
            Kind::OperatorM(name) => match multiplier(name, e.span)? {
                Some(factor) => Operator::Times(self.expr(&Expr { span: e.span, ..factor })?),
                None => Operator::Times(Term::var(y.clone())),
            },
            Kind::OperatorS(Some(law)) if matches!(&law.kind, Kind::Name(name) if matches!(&*name.base, "p" | "q")) => {
                let help = "write what it makes of a function: E_{x ~ p}[f(y + x)]";
                return coded(
                    Code::Unsupported,
                    e.span,
                    "smoothing by a law that is no Gaussian has no meaning here yet",
                    Some(help),
                );
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
                let count = match &exponent.kind {
                    Kind::Number(n) if n.is_integer() => n.to_integer().to_u32().filter(|n| *n <= POWER),
                    _ => None,
                };
                // Powers of a multiplication multiply by the power.
                if count.is_none()
                    && !contains_operator(exponent)
                    && let Operator::Times(base) = self.operator(a, y)?
                {
                    return Ok(Operator::Times(Term::pow(base, self.expr(exponent)?)));
                }
                let Some(count) = count else {
                    return error(
                        exponent.span,
                        &format!("the power of an operator is a whole number up to {POWER}"),
                        None,
                    );
                };
                Operator::Power(Box::new(self.operator(a, y)?), count)
            }
            Kind::Call { function, arguments, .. }
                if function.base == "exp" && arguments.iter().any(contains_operator) =>
            {
                self.exponential(&arguments[0], y)?
            }
            _ => Operator::Times(self.expr(e)?),
        })
    }
}

fn is_semigroup(name: &Name) -> bool {
    name.base == "P" && name.subscript.as_deref().is_some_and(|below| !below.starts_with(|c: char| c.is_ascii_digit()))
}

fn contains_operator(e: &Expr) -> bool {
    matches!(e.kind, Kind::OperatorD | Kind::OperatorS(_) | Kind::OperatorM(_) | Kind::Commutator(..))
        || matches!(&e.kind, Kind::Name(name) if is_semigroup(name))
        || e.children().into_iter().any(contains_operator)
}

/// What `M_{sin(y)}` multiplies by; none for a letter.
///
/// # Errors
/// What stands below is neither.
fn multiplier(name: &Name, span: Span) -> Result<Option<Expr>> {
    let text = super::full_name(name);
    let mut rest = text.chars();
    let letter = rest.next().is_some_and(char::is_alphabetic);
    if letter && rest.next().is_none_or(|c| matches!(c, '_' | '\'')) {
        return Ok(None);
    }
    let factor = parse_expression(&text).ok().filter(is_plain);
    if factor.is_none() {
        let message = format!("what `M_{{{text}}}` multiplies by is no letter and no function of one");
        return error(span, &message, Some("as in M_y, M_{sin(y)}, M_{exp(2*y)}, with * between factors"));
    }
    Ok(factor)
}

/// Numbers, letters, and functions of them: nothing that acts, and no word that may be a product.
fn is_plain(e: &Expr) -> bool {
    let plain = match &e.kind {
        Kind::Name(name) => name.base.chars().count() == 1,
        Kind::Number(_) | Kind::Neg(_) | Kind::Binary(..) | Kind::Call { .. } | Kind::Abs(_) => true,
        _ => false,
    };
    plain && e.children().into_iter().all(is_plain)
}

/// The letter that functions are of, where nothing but what is multiplied by tells it.
fn of_multipliers(members: &[Expr]) -> Result<String> {
    fn letters(e: &Expr, span: Span, found: &mut Vec<(String, Span)>) {
        if let Kind::Name(name) = &e.kind {
            found.push((super::full_name(name), span));
        }
        e.children().into_iter().for_each(|child| letters(child, span, found));
    }
    fn collect(e: &Expr, found: &mut Vec<(String, Span)>) -> Result<()> {
        if let Kind::OperatorM(name) = &e.kind
            && let Some(factor) = multiplier(name, e.span)?
        {
            letters(&factor, e.span, found);
        }
        e.children().into_iter().try_for_each(|child| collect(child, found))
    }
    let mut found = Vec::new();
    members.iter().try_for_each(|member| collect(member, &mut found))?;
    match found.first() {
        Some((first, _)) if found.iter().all(|(name, _)| name == first) => Ok(first.clone()),
        Some((_, span)) if !found.iter().any(|(name, _)| *name == "y") => {
            error(*span, "which of these letters functions are of is not told", Some("call it y"))
        }
        _ => Ok("y".to_string()),
    }
}
