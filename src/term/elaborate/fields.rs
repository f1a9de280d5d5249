//! Operators on functions of a vector: what they make of an unknown function, written out.

use super::operator::contains_operator;
use super::operator_letters::{letter, written_name};
use super::{Elaborator, Result, coded, error, full_name};
use crate::syntax::{Binary, Code, Expr, Kind, Name, Span};
use crate::term::{Domain, Op, Term, Var, substitute};

/// Operators may act this often in what is written.
const ACTS: u32 = 40;
/// Names for the function that operators act on: the first that the statement leaves free.
const ACTED_ON: [&str; 3] = ["f", "h", "u"];

/// The vector that functions are of.
struct Field {
    letter: Name,
    y: Var,
    size: Term,
    acts: u32,
}

impl Elaborator<'_> {
    /// What the operators of a statement make of an unknown function of a vector; none if functions are of a number.
    pub(super) fn on_fields(&mut self, members: &[Expr]) -> Result<Option<Vec<Term>>> {
        let vectors: Vec<(Name, String)> =
            self.shapes.vectors().map(|(letter, size)| (letter.clone(), size.to_string())).collect();
        let occurs = |name: &Name| members.iter().any(|member| member.has_free(name) || is_entry_of(member, name));
        let (letter, size) = match vectors.as_slice() {
            [] => return Ok(None),
            [only] => only.clone(),
            several => {
                let mut occurring = several.iter().filter(|(name, _)| occurs(name));
                match (occurring.next(), occurring.next()) {
                    (Some(only), None) => only.clone(),
                    _ => {
                        let help = "say of one letter that it is a vector: … given y ∈ R^d";
                        return error(
                            members[0].span,
                            "which of these vectors functions are of is not told",
                            Some(help),
                        );
                    }
                }
            }
        };
        let (size, y) = (self.whole(&size), self.variable(&letter));
        let named = |name: &&&str| members.iter().any(|member| member.has_free(&Name::new(name, None)));
        let function = ACTED_ON.iter().find(|name| !named(name)).unwrap_or(&"f·");
        let value = self.value_at(&Name::new(function, None), &y, &size, members[0].span)?;
        let mut field = Field { letter, y, size, acts: 0 };
        members.iter().map(|member| self.act(member, &mut field, value.clone())).collect::<Result<_>>().map(Some)
    }

    /// What an operator makes of a function whose value this is.
    fn act(&mut self, e: &Expr, field: &mut Field, u: Term) -> Result<Term> {
        field.acts += 1;
        if field.acts > ACTS {
            return error(e.span, "these operators are too long to be written out on functions of a vector", None);
        }
        match &e.kind {
            Kind::Neg(a) => {
                let value = self.act(a, field, u)?;
                self.entrywise(value, e.span, Term::opposite)
            }
            Kind::Binary(sign @ (Binary::Add | Binary::Sub), a, b) => {
                let (a, b) = (self.act(a, field, u.clone())?, self.act(b, field, u)?);
                self.combined(*sign, a, b, e.span)
            }
            Kind::Binary(Binary::Mul, a, b) => {
                let inner = self.act(b, field, u)?;
                self.act(a, field, inner)
            }
            Kind::Binary(Binary::Div, a, b) if !contains_operator(b) => {
                let (value, divisor) = (self.act(a, field, u)?, self.factor(b, field)?);
                self.combined(Binary::Div, value, divisor, e.span)
            }
            Kind::Binary(Binary::Pow, a, count) if contains_operator(a) => {
                let count = if contains_operator(count) { None } else { self.expr(count)?.as_integer() };
                let Some(count) = count.filter(|count| (0..=i64::from(ACTS)).contains(count)) else {
                    return error(e.span, "the power of an operator on functions of a vector is a whole number", None);
                };
                (0..count).try_fold(u, |u, _| self.act(a, field, u))
            }
            Kind::Commutator(a, b) => {
                let (after, before) = (self.act(b, field, u.clone())?, self.act(a, field, u)?);
                let (forth, back) = (self.act(a, field, after)?, self.act(b, field, before)?);
                self.combined(Binary::Sub, forth, back, e.span)
            }
            Kind::OperatorD(by) => self.differentiated(by.as_ref(), field, u, e.span),
            Kind::OperatorM(name) => {
                let factor = self.multiplier_of(name, field, e.span)?;
                self.combined(Binary::Mul, factor, u, e.span)
            }
            Kind::OperatorS(width) => self.smoothed(width.as_deref(), field, u, e.span),
            Kind::Name(name) if name.base == "I" && name.subscript.is_none() && !self.is_known(name) => Ok(u),
            _ if contains_operator(e) => {
                let help =
                    "these are D_i, ∇, ∇·, Δ, M_g, M_{y_i}, S_a, S_Σ with sums, products, powers and commutators";
                coded(
                    Code::Unsupported,
                    e.span,
                    "this operator has no meaning on functions of a vector yet",
                    Some(help),
                )
            }
            _ => {
                let factor = self.factor(e, field)?;
                self.combined(Binary::Mul, factor, u, e.span)
            }
        }
    }

    /// A number that operators are multiplied by.
    fn factor(&mut self, e: &Expr, field: &Field) -> Result<Term> {
        self.holds_operator(e)?;
        let value = self.expr(e)?;
        if value.depends_on(&field.y) || !self.shape(&value).is_empty() {
            let help = format!("multiply by a function or by a component: M_g, M_{{{}_i}}", full_name(&field.letter));
            return error(e.span, "operators are multiplied by numbers", Some(&help));
        }
        Ok(value)
    }

    fn differentiated(&mut self, by: Option<&Name>, field: &Field, u: Term, span: Span) -> Result<Term> {
        let (y, size) = (&field.y, &field.size);
        let letter = full_name(&field.letter);
        let index = self.index();
        let place = Term::var(index.clone());
        let entry = |term: Term, index: &Term| Term::new(Op::Entry, vec![Term::derivative(y, 1, term), index.clone()]);
        let sum = |body: Term| Term::bind(Op::Sum(index.clone()), vec![Term::one(), size.clone(), body]);
        let Some(by) = by else {
            let message = format!("`{letter}` is a vector, and `D` is by a number");
            return error(span, &message, Some("write D_i, ∇, ∇· or Δ"));
        };
        match by.base.as_str() {
            "∇" => {
                self.scalar(&u, span, "∇")?;
                self.derivative_of(y, 1, u, span)
            }
            "∇·" => {
                let u = self.spread(u, span)?;
                if self.shape(&u).as_slice() != std::slice::from_ref(size) {
                    let help = "as in ∇·∇, ∇·(M_g ∇): functions are numbers before a ∇ acts on them";
                    return error(span, "a divergence is of a vector", Some(help));
                }
                Ok(sum(entry(Self::at(&u, &place), &place)))
            }
            "Δ" => self.entrywise(u, span, |u| sum(entry(entry(u, &place), &place))),
            _ if *by == field.letter => {
                let message = format!("`{letter}` is a vector, and `D_{letter}` is by a number");
                error(span, &message, Some("write D_i, ∇, ∇· or Δ"))
            }
            "i" | "j" | "k" | "l" if by.subscript.is_none() => {
                let index = Term::var(self.variable(by));
                self.entrywise(u, span, |u| entry(u, &index))
            }
            base if base == field.letter.base => {
                match self.entry(by, span)?.as_ref().map(|entry| entry.args().to_vec()) {
                    Some(parts) if parts.len() == 2 && parts[0].as_var() == Some(y) => {
                        self.entrywise(u, span, |u| entry(u, &parts[1]))
                    }
                    _ => error(span, "this is no component that one differentiates by", Some("write D_i")),
                }
            }
            _ => {
                let written = full_name(by);
                let value = self.expr(&self::letter(by, span))?;
                let value = self.number(value, span)?;
                let Some(by) = value.as_var().cloned() else {
                    return error(span, "one differentiates by a letter", None);
                };
                self.remark(format!("functions are of `{letter}` alone: `D_{written}` of them is 0"));
                self.derivative_of(&by, 1, u, span)
            }
        }
    }

    fn scalar(&mut self, u: &Term, span: Span, operator: &str) -> Result<()> {
        let u = self.spread(u.clone(), span)?;
        if self.shape(&u).is_empty() {
            return Ok(());
        }
        let help = "write ∇· for the divergence of a vector, and Δ for the Laplacian";
        error(
            span,
            &format!("`{operator}` acts on a number here, and what stands behind it makes a vector"),
            Some(help),
        )
    }

    /// What `M_g` and `M_{y_i}` multiply by.
    fn multiplier_of(&mut self, name: &Name, field: &Field, span: Span) -> Result<Term> {
        let written = written_name(&full_name(name));
        let letter_of = full_name(&field.letter);
        if written.base == field.letter.base
            && written.subscript.is_some()
            && let Some(entry) = self.entry(&written, span)?
        {
            return self.number(entry, span);
        }
        if self.is_multiplier(&written) && !written.base.contains('\'') {
            return self.call(&written, &[0], &[letter(&field.letter, span)], span);
        }
        let message = format!(
            "what `M_{}` multiplies by is no component of `{letter_of}` and no function of it",
            full_name(name)
        );
        error(span, &message, Some(&format!("as in M_{{{letter_of}_i}}, M_g")))
    }

    /// The mean over Gaussian noise, of a width or of a covariance.
    fn smoothed(&mut self, width: Option<&Expr>, field: &Field, u: Term, span: Span) -> Result<Term> {
        let width = match width {
            None => Term::one(),
            Some(width) => self.expr(width)?,
        };
        if width.depends_on(&field.y) {
            return error(span, "a width depends on what functions are of", None);
        }
        let entry = |array: &Var, index: &Term| Term::new(Op::Entry, vec![Term::var(array.clone()), index.clone()]);
        self.bound += 1;
        let x = Var::free(&format!("noise·{}", self.bound), Domain::Real);
        let size = field.size.clone();
        self.note_shape(&x, vec![size.clone()]);
        // Noise of a width is added; with a covariance the whole sample is drawn.
        let (law, point) = match self.shape(&width).as_slice() {
            [] => {
                self.widths.push(width.clone());
                let law = Term::new(Op::Law("N".into()), vec![Term::zero(), Term::one()]);
                let moved = |index: &Term| {
                    Term::add(vec![entry(&field.y, index), Term::mul(vec![width.clone(), entry(&x, index)])])
                };
                (Term::bind(Op::Independent(self.index()), vec![size.clone(), law]), self.each(&size, moved))
            }
            [rows, columns] if *rows == size && *columns == size => {
                let mean = self.each(&size, |index| entry(&field.y, index));
                (Term::new(Op::Law("N".into()), vec![mean, width]), self.each(&size, |index| entry(&x, index)))
            }
            _ => {
                let help = "a width is a number, and a covariance a matrix of that size: … given Σ ≻ 0";
                return error(span, "this is no width of noise on these vectors", Some(help));
            }
        };
        let moved = self.spread(u, span)?;
        let moved = self.opened(&substitute(&moved, &field.y, &point));
        self.entrywise(moved, span, |u| Term::expect(&x, law.clone(), u))
    }

    /// With the entries of arrays that are written out in their places.
    fn opened(&mut self, term: &Term) -> Term {
        let Some(bound) = term.op().bound().cloned() else {
            let args: Vec<Term> = term.args().iter().map(|arg| self.opened(arg)).collect();
            return match args.as_slice() {
                [array, index] if *term.op() == Op::Entry => Self::at(array, index),
                _ => Term::new(term.op().clone(), args),
            };
        };
        self.bound += 1;
        let fresh = Var::free(&format!("opened·{}", self.bound), bound.domain);
        let body = term.open(&Term::var(fresh.clone()));
        let mut args: Vec<Term> = Vec::new();
        for (place, arg) in term.args().iter().enumerate() {
            args.push(self.opened(if place == term.op().body_index() { &body } else { arg }));
        }
        Term::bind(term.op().with_bound(fresh), args)
    }
}

/// Is a component of this vector multiplied or differentiated by?
fn is_entry_of(e: &Expr, vector: &Name) -> bool {
    let own = |name: &Name| written_name(&full_name(name)).base == vector.base;
    matches!(&e.kind, Kind::OperatorM(name) | Kind::OperatorD(Some(name)) if own(name))
        || e.children().into_iter().any(|child| is_entry_of(child, vector))
}
