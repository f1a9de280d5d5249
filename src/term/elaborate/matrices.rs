//! Products of numbers, vectors and matrices, and what is made of matrices: transpose, inverse, trace, determinant.
//!
//! A product of matrices, a multiple, a transpose and an inverse stay as they are until an entry is asked for, so that the
//! inverse of a product is the product of the inverses.

use super::arrays::shown;
use super::{Elaborator, Result, coded, error};
use crate::syntax::{Binary, Code, Expr, Kind, Name, Span};
use crate::term::{DELTA, DET, INVERSE, MATMUL, Op, SCALED, TRANSPOSED, Term};

/// A vector as a row, within products only.
const ROW: &str = "row";
/// A multiple of the identity matrix whose size the place where it stands tells.
const IDENTITY: &str = "identity";

fn operand<'t>(term: &'t Term, name: &str) -> Option<&'t Term> {
    term.is_function(name).then(|| &term.args()[0])
}

/// Does an array stand for the identity matrix, or for a row, so that it has no entries of its own?
pub(super) fn is_marked(term: &Term) -> bool {
    term.is_function(ROW) || term.is_function(IDENTITY)
}

/// What stands there by itself and has no meaning.
pub(super) fn alone<T>(term: &Term, span: Span) -> Result<T> {
    if term.is_function(ROW) {
        return error(span, "a transposed vector wants a vector behind it", Some("as in x^\\top y"));
    }
    let help = "say its size: I_d";
    coded(Code::Ambiguous, span, "nothing tells the size of the identity matrix `I`", Some(help))
}

/// The sizes of a matrix that is written as a product, a transpose or the like, by those of its parts.
pub(super) fn shape_of_product(term: &Term, shape: impl Fn(&Term) -> Vec<Term>) -> Vec<Term> {
    let Op::Function(name) = term.op() else { return Vec::new() };
    match (&**name, term.args()) {
        (MATMUL, [a, b]) => shape(a).into_iter().take(1).chain(shape(b).into_iter().skip(1)).collect(),
        (TRANSPOSED, [a]) => shape(a).into_iter().rev().collect(),
        (SCALED, [_, a]) | (INVERSE, [a]) => shape(a),
        _ => Vec::new(),
    }
}

impl Elaborator<'_> {
    /// `I`, `I_d`.
    pub(super) fn identity(&mut self, name: &Name) -> Term {
        match &name.subscript {
            None => Term::function(IDENTITY, vec![Term::one()]),
            Some(size) => {
                let size = self.whole(size);
                self.identity_of(&size, &Term::one())
            }
        }
    }

    /// `e_i`, where vectors have one size, and i is an index or a value of a categorical law.
    pub(super) fn unit_vector(&mut self, name: &Name, span: Span) -> Result<Option<Term>> {
        let Some(below) = name.subscript.as_deref().filter(|_| name.base == "e") else { return Ok(None) };
        let mut sizes: Vec<Vec<Term>> = self.arrays.values().filter(|shape| shape.len() == 1).cloned().collect();
        sizes.sort();
        sizes.dedup();
        let letter = Name { base: below.into(), subscript: None };
        let drawn =
            self.facts.drawn.iter().any(|(name, _)| *name == letter) || self.scope.iter().any(|b| b.name == letter);
        let of_vector = |base: &Name| self.shapes.size(base).is_some();
        if sizes.is_empty() || !(drawn || self.facts.is_index(below, of_vector)) {
            return Ok(None);
        }
        let [size] = sizes.as_slice() else {
            return coded(Code::Ambiguous, span, "vectors have several sizes: of which is this the unit vector?", None);
        };
        let (size, place) = (size[0].clone(), self.whole(below));
        self.decided = true;
        Ok(Some(self.each(&size, |index| Term::function(DELTA, vec![index.clone(), place]))))
    }

    /// `Σ^{-1}_{ij}` and `Σ_{ij}^{-1}`: an entry of the inverse, or one over an entry.
    pub(super) fn entry_of_inverse(&mut self, op: Binary, base: &Expr, power: &Expr, span: Span) -> Result<()> {
        let Kind::Name(name) = &base.kind else { return Ok(()) };
        let negative = matches!(&power.kind, Kind::Neg(_));
        if op != Binary::Pow || !negative || self.scope.iter().any(|bound| bound.name == *name) {
            return Ok(());
        }
        let Some(entry) = self.entry(name, base.span)? else { return Ok(()) };
        if *entry.op() != Op::Entry || *entry.args()[0].op() != Op::Entry {
            return Ok(());
        }
        let help = "for one over the entry write 1/Σ_{ij}; of the inverse compare the matrices, or products such as x^⊤ Σ^{-1} y";
        coded(Code::Ambiguous, span, "is this an entry of the inverse, or one over an entry?", Some(help))
    }

    fn identity_of(&mut self, size: &Term, scale: &Term) -> Term {
        let (row, column) = (self.index(), self.index());
        let entry = delta(&Term::var(row.clone()), &Term::var(column.clone()), scale.clone());
        let inner = Term::bind(Op::Array(column), vec![size.clone(), entry]);
        Term::bind(Op::Array(row), vec![size.clone(), inner])
    }

    /// Functions of vectors and matrices: `x^⊤`, `‖x‖`, `⟨x, y⟩`, `x ⊙ y`, `tr A`, `det A`, `diag(v)`.
    pub(super) fn of_arrays(&mut self, function: &Name, args: &[Term], span: Span) -> Result<Option<Term>> {
        if function.subscript.is_some() && function.base != "transpose" {
            return Ok(None);
        }
        Ok(match (&*function.base, args) {
            ("transpose", [x]) => Some(self.transposed(x, span)?),
            ("norm", [x]) => {
                let x = self.spread(x.clone(), span)?;
                match self.shape(&x).len() {
                    0 => Some(Term::function("abs", vec![x])),
                    1 => Some(Term::pow(self.contracted(&x, &x, span)?, Term::ratio(1, 2))),
                    _ => {
                        let help = "write the sum of the squares of its entries: tr(A^⊤ A)";
                        return coded(
                            Code::Unsupported,
                            span,
                            "a norm of a matrix has no meaning here yet",
                            Some(help),
                        );
                    }
                }
            }
            ("norm", [x, weight]) => {
                let (x, weight) = (self.spread(x.clone(), span)?, weight.clone());
                // With a number below it is another norm, such as ‖x‖_p.
                if self.shape(&weight).len() != 2 {
                    let help = "‖x‖_A is of a matrix, … given A ≻ 0; other norms are written out";
                    let message = "a norm other than the Euclidean one has no meaning here yet";
                    return coded(Code::Unsupported, span, message, Some(help));
                }
                let weighted = self.combined(Binary::Mul, weight, x.clone(), span)?;
                Some(Term::pow(self.contracted(&x, &weighted, span)?, Term::ratio(1, 2)))
            }
            ("dot", [x, y]) => {
                let (x, y) = (self.spread(x.clone(), span)?, self.spread(y.clone(), span)?);
                match self.shape(&x).is_empty() && self.shape(&y).is_empty() {
                    true => Some(super::binary(Binary::Mul, x, y)),
                    false => Some(self.contracted(&x, &y, span)?),
                }
            }
            ("hadamard", [x, y]) => {
                let (x, y) = (self.spread(x.clone(), span)?, self.spread(y.clone(), span)?);
                let shapes = (self.shape(&x), self.shape(&y));
                if shapes.0 != shapes.1 {
                    let message = format!(
                        "an entrywise product is of two arrays of one size, and these are {} and {}",
                        described(&shapes.0),
                        described(&shapes.1)
                    );
                    return error(
                        span,
                        &message,
                        Some("for a product of a number and a vector leave the sign out: c x"),
                    );
                }
                Some(self.zipped(&x, &y, &|x, y| super::binary(Binary::Mul, x, y)))
            }
            ("diag", [v]) => {
                let v = self.spread(v.clone(), span)?;
                match self.shape(&v).as_slice() {
                    [size] => {
                        let (row, column) = (self.index(), self.index());
                        let [i, j] = [&row, &column].map(|index| Term::var(index.clone()));
                        let entry = delta(&i, &j, Self::at(&v, &i));
                        let inner = Term::bind(Op::Array(column), vec![size.clone(), entry]);
                        Some(Term::bind(Op::Array(row), vec![size.clone(), inner]))
                    }
                    [rows, columns] if rows == columns => {
                        Some(self.each(rows, |index| Self::at(&Self::at(&v, index), index)))
                    }
                    _ => return error(span, "`diag` is of a vector, or of a square matrix", None),
                }
            }
            ("softmax", [l]) => {
                let l = self.spread(l.clone(), span)?;
                match self.shape(&l).len() {
                    1 => Some(self.softmax(&l)),
                    _ => {
                        return error(
                            span,
                            "a softmax is of a vector of logits",
                            Some("as in softmax(l) given l ∈ R^K"),
                        );
                    }
                }
            }
            ("tr", [a]) => match self.square(a, span)? {
                Some(size) => {
                    let index = self.index();
                    let place = Term::var(index.clone());
                    let a = self.spread(a.clone(), span)?;
                    let entry = Self::at(&Self::at(&a, &place), &place);
                    Some(Term::bind(Op::Sum(index), vec![Term::one(), size, entry]))
                }
                None => return of_a_number(function, span),
            },
            ("det", [a]) => match self.square(a, span)? {
                Some(_) => Some(self.determinant(a)),
                None => return of_a_number(function, span),
            },
            _ => None,
        })
    }

    /// The size of a square matrix; none of a number.
    fn square(&mut self, a: &Term, span: Span) -> Result<Option<Term>> {
        if is_marked(a) {
            return alone(a, span);
        }
        match self.shape(a).as_slice() {
            [] => Ok(None),
            [rows, columns] if rows == columns => Ok(Some(rows.clone())),
            shape => error(span, &format!("a square matrix is due here, and this is {}", described(shape)), None),
        }
    }

    fn transposed(&mut self, x: &Term, span: Span) -> Result<Term> {
        if x.is_function(IDENTITY) {
            return Ok(x.clone());
        }
        if let Some(column) = operand(x, ROW) {
            return Ok(column.clone());
        }
        match self.shape(x).len() {
            0 => {
                let help = "for the transpose say that it is a vector: … given x ∈ R^d; a power is written x^(T)";
                coded(Code::Ambiguous, span, "a transpose of a number, or a power?", Some(help))
            }
            1 => {
                let x = self.spread(x.clone(), span)?;
                Ok(Term::function(ROW, vec![x]))
            }
            _ => Ok(transpose(x)),
        }
    }

    /// The determinant, by the rules for products.
    pub(super) fn determinant(&mut self, a: &Term) -> Term {
        let Op::Function(name) = a.op() else { return Term::function(DET, vec![a.clone()]) };
        match (&**name, a.args()) {
            (MATMUL, [x, y]) if self.shape(x).first() == self.shape(x).get(1) => {
                let (x, y) = (x.clone(), y.clone());
                Term::mul(vec![self.determinant(&x), self.determinant(&y)])
            }
            (TRANSPOSED, [x]) => self.determinant(&x.clone()),
            (INVERSE, [x]) => self.determinant(&x.clone()).recip(),
            (SCALED, [c, x]) => {
                let size = self.shape(x).first().cloned().unwrap_or_else(Term::one);
                Term::mul(vec![Term::pow(c.clone(), size), self.determinant(&x.clone())])
            }
            _ => Term::function(DET, vec![a.clone()]),
        }
    }

    /// The logarithm of the determinant of a covariance matrix.
    pub(super) fn log_determinant(&mut self, a: &Term) -> Term {
        let Op::Function(name) = a.op() else { return self.determinant(a).ln() };
        match (&**name, a.args()) {
            (MATMUL, [x, y]) if operand(y, TRANSPOSED) == Some(x) && self.shape(x).first() == self.shape(x).get(1) => {
                let size = self.determinant(&x.clone());
                Term::mul(vec![Term::integer(2), Term::function("abs", vec![size]).ln()])
            }
            (SCALED, [c, x]) => {
                let size = self.shape(x).first().cloned().unwrap_or_else(Term::one);
                let (c, x) = (c.clone(), x.clone());
                Term::add(vec![Term::mul(vec![size, c.ln()]), self.log_determinant(&x)])
            }
            _ => self.determinant(a).ln(),
        }
    }

    /// The inverse, by the rules for products.
    pub(super) fn inverse(&mut self, a: &Term) -> Term {
        let Op::Function(name) = a.op() else { return Term::function(INVERSE, vec![a.clone()]) };
        match (&**name, a.args()) {
            (MATMUL, [x, y]) if self.shape(x).first() == self.shape(x).get(1) => {
                Term::function(MATMUL, vec![self.inverse(&y.clone()), self.inverse(&x.clone())])
            }
            (TRANSPOSED, [x]) => transpose(&self.inverse(&x.clone())),
            (INVERSE, [x]) => x.clone(),
            (SCALED, [c, x]) => Term::function(SCALED, vec![c.clone().recip(), self.inverse(&x.clone())]),
            (IDENTITY, [c]) => Term::function(IDENTITY, vec![c.clone().recip()]),
            _ => Term::function(INVERSE, vec![a.clone()]),
        }
    }

    /// Σ_k x_k y_k.
    pub(super) fn contracted(&mut self, x: &Term, y: &Term, span: Span) -> Result<Term> {
        let (of_x, of_y) = (self.shape(x), self.shape(y));
        let ([size], [other]) = (of_x.as_slice(), of_y.as_slice()) else {
            return error(span, "a product x^⊤ y is of two vectors", None);
        };
        if size != other {
            let message = format!("vectors of the sizes {} and {} have no product", shown(size), shown(other));
            return error(span, &message, None);
        }
        let (x, y) = (x.clone(), y.clone());
        Ok(self.summed(size, |k| super::binary(Binary::Mul, Self::at(&x, k), Self::at(&y, k))))
    }

    /// Σ_k over all indices of a size.
    fn summed(&mut self, size: &Term, term: impl FnOnce(&Term) -> Term) -> Term {
        let index = self.index();
        let body = term(&Term::var(index.clone()));
        Term::bind(Op::Sum(index), vec![Term::one(), size.clone(), body])
    }

    /// A product or sum with a transposed vector.
    fn with_row(&mut self, op: Binary, a: Term, b: Term, span: Span) -> Result<Term> {
        let made = |x: Term| Term::function(ROW, vec![x]);
        Ok(match (op, operand(&a, ROW).cloned(), operand(&b, ROW).cloned()) {
            (Binary::Mul, Some(x), None) => {
                if let Some(scale) = operand(&b, IDENTITY).cloned() {
                    return Ok(made(self.combined(Binary::Mul, x, scale, span)?));
                }
                match self.shape(&b).len() {
                    0 => made(self.combined(Binary::Mul, x, b, span)?),
                    1 => {
                        let b = self.spread(b, span)?;
                        self.contracted(&x, &b, span)?
                    }
                    _ => made(self.combined(Binary::Mul, transpose(&b), x, span)?),
                }
            }
            (Binary::Div, Some(x), None) => made(self.combined(Binary::Div, x, b, span)?),
            (Binary::Mul, None, Some(y)) => match self.shape(&a).as_slice() {
                [] if !is_marked(&a) => made(self.combined(Binary::Mul, a, y, span)?),
                [rows] => {
                    let (rows, a) = (rows.clone(), self.spread(a, span)?);
                    let (row, column) = (self.index(), self.index());
                    let [i, j] = [&row, &column].map(|index| Term::var(index.clone()));
                    let entry = super::binary(Binary::Mul, Self::at(&a, &i), Self::at(&y, &j));
                    let columns = self.shape(&y).first().cloned().unwrap_or_else(Term::one);
                    let inner = Term::bind(Op::Array(column), vec![columns, entry]);
                    Term::bind(Op::Array(row), vec![rows, inner])
                }
                _ => return error(span, "a matrix stands before a transposed vector", Some("write x^\\top A or A x")),
            },
            (Binary::Add | Binary::Sub, Some(x), Some(y)) => made(self.combined(op, x, y, span)?),
            _ => return alone(&if operand(&a, ROW).is_some() { a } else { b }, span),
        })
    }

    /// A product or sum with a multiple of the identity matrix of unknown size.
    fn with_identity(&mut self, op: Binary, a: Term, b: Term, span: Span) -> Result<Term> {
        let made = |c: Term| Term::function(IDENTITY, vec![c]);
        Ok(match (op, operand(&a, IDENTITY).cloned(), operand(&b, IDENTITY).cloned()) {
            (Binary::Add | Binary::Sub | Binary::Mul, Some(c), Some(e)) => made(super::binary(op, c, e)),
            (Binary::Pow, Some(c), None) if whole(&b).is_some() => made(Term::pow(c, b)),
            (Binary::Mul, Some(c), None) | (Binary::Mul | Binary::Div, None, Some(c)) if op == Binary::Mul => {
                let other = if operand(&a, IDENTITY).is_some() { b } else { a };
                match self.shape(&other).is_empty() {
                    true => made(super::binary(Binary::Mul, c, other)),
                    false => self.combined(Binary::Mul, c, other, span)?,
                }
            }
            (Binary::Div, Some(c), None) if self.shape(&b).is_empty() => made(super::binary(op, c, b)),
            (Binary::Add | Binary::Sub, known, _) => {
                let other = if known.is_some() { &b } else { &a };
                match self.square(other, span)? {
                    Some(size) => {
                        let scale = known.clone().or_else(|| operand(&b, IDENTITY).cloned()).unwrap_or_else(Term::one);
                        let identity = self.identity_of(&size, &scale);
                        let (a, b) = if known.is_some() { (identity, b) } else { (a, identity) };
                        self.combined(op, a, b, span)?
                    }
                    None => {
                        return error(span, "a matrix and a number cannot be added", Some("write c I for a number c"));
                    }
                }
            }
            _ => return alone(&if a.is_function(IDENTITY) { a } else { b }, span),
        })
    }

    /// A sum, product or power of numbers, vectors and matrices.
    pub(super) fn combined(&mut self, op: Binary, a: Term, b: Term, span: Span) -> Result<Term> {
        if a.is_function(ROW) || b.is_function(ROW) {
            return self.with_row(op, a, b, span);
        }
        if a.is_function(IDENTITY) || b.is_function(IDENTITY) {
            return self.with_identity(op, a, b, span);
        }
        let (of_a, of_b) = (self.shape(&a), self.shape(&b));
        match (op, of_a.as_slice(), of_b.as_slice()) {
            // ‖x‖² is the sum itself.
            (Binary::Pow, [], [])
                if *a.op() == Op::Pow
                    && matches!(a.args()[0].op(), Op::Sum(_))
                    && b.as_integer().is_some_and(|power| power > 0 && power % 2 == 0)
                    && a.args()[1] == Term::ratio(1, 2) =>
            {
                let half = b.as_integer().unwrap_or(2) / 2;
                let square = a.args()[0].clone();
                Ok(if half == 1 { square } else { Term::pow(square, Term::integer(half)) })
            }
            (_, [], []) => Ok(super::binary(op, a, b)),
            (Binary::Add | Binary::Sub, left, right) if left == right => {
                let (a, b) = (self.spread(a, span)?, self.spread(b, span)?);
                Ok(self.zipped(&a, &b, &|a, b| super::binary(op, a, b)))
            }
            (Binary::Mul, [], [_, _]) => Ok(scaled(a, b)),
            (Binary::Mul, [_, _], []) => Ok(scaled(b, a)),
            (Binary::Div, [_, _], []) => Ok(scaled(b.recip(), a)),
            (Binary::Mul, [], [_]) => self.entrywise(b, span, |entry| super::binary(op, a.clone(), entry)),
            (Binary::Mul | Binary::Div, [_], []) => {
                self.entrywise(a, span, |entry| super::binary(op, entry, b.clone()))
            }
            (Binary::Mul, [rows, columns], [size]) if columns == size => {
                let (rows, columns) = (rows.clone(), columns.clone());
                let (a, b) = (self.spread(a, span)?, self.spread(b, span)?);
                let (row, column) = (self.index(), self.index());
                let [i, k] = [&row, &column].map(|index| Term::var(index.clone()));
                let product = super::binary(Binary::Mul, Self::at(&Self::at(&a, &i), &k), Self::at(&b, &k));
                let sum = Term::bind(Op::Sum(column), vec![Term::one(), columns, product]);
                Ok(Term::bind(Op::Array(row), vec![rows, sum]))
            }
            (Binary::Mul, [_, columns], [rows, _]) if columns == rows => Ok(Term::function(MATMUL, vec![a, b])),
            (Binary::Pow, [rows, columns], []) if rows == columns => match whole(&b) {
                Some(-1) => Ok(self.inverse(&a)),
                Some(power @ 1..=4) => {
                    Ok((1..power).fold(a.clone(), |so_far, _| Term::function(MATMUL, vec![so_far, a.clone()])))
                }
                _ => {
                    let help = "powers are whole numbers up to 4, and -1 for the inverse";
                    coded(Code::Unsupported, span, "this power of a matrix has no meaning here yet", Some(help))
                }
            },
            (Binary::Pow, [_], []) if self.entrywise_powers => {
                self.entrywise(a, span, |entry| Term::pow(entry, b.clone()))
            }
            (Binary::Add | Binary::Sub, [], _) | (Binary::Add | Binary::Sub, _, []) => {
                error(span, "an array and a number cannot be added", Some("write each entry: x_i"))
            }
            (Binary::Add | Binary::Sub, left, right) => {
                let message = format!("{} and {} cannot be added", described(left), described(right));
                error(span, &message, Some("what is added has one size; a transpose is written x^\\top"))
            }
            (Binary::Mul, [_], [_]) => error(
                span,
                "two vectors stand side by side",
                Some("write x^\\top y for Σ_i x_i y_i, x ⊙ y for the product of the entries, or the entries: x_i y_i"),
            ),
            (Binary::Mul, left, right) => {
                let message = format!("{} and {} have no product", described(left), described(right));
                error(span, &message, Some("a transpose is written x^\\top"))
            }
            _ => error(
                span,
                "an array has no power and divides nothing",
                Some("write ‖x‖^2 for x^⊤ x, or the power of an entry: x_i^2"),
            ),
        }
    }

    /// An operation on the entries of two arrays of one shape.
    pub(super) fn zipped(&mut self, a: &Term, b: &Term, of: &dyn Fn(Term, Term) -> Term) -> Term {
        match self.shape(a).first().cloned() {
            None => of(a.clone(), b.clone()),
            Some(size) => {
                let index = self.index();
                let place = Term::var(index.clone());
                let entry = self.zipped(&Self::at(a, &place), &Self::at(b, &place), of);
                Term::bind(Op::Array(index), vec![size, entry])
            }
        }
    }

    /// The identity matrix in the place of a matrix of a known size.
    pub(super) fn sized(&mut self, term: Term, shape: &[Term]) -> Term {
        match (operand(&term, IDENTITY).cloned(), shape) {
            (Some(scale), [rows, columns]) if rows == columns => self.identity_of(rows, &scale),
            _ => term,
        }
    }
}

/// `tr A`, `det A` of a letter of which nothing says that it is a matrix.
fn of_a_number<T>(function: &Name, span: Span) -> Result<T> {
    let message = format!("`{}` is of a matrix, and a number stands here", function.base);
    coded(Code::Ambiguous, span, &message, Some("say that the letter is a matrix: … given A ∈ R^{d×d}"))
}

/// A whole number, with its sign before it.
fn whole(term: &Term) -> Option<i64> {
    term.factors().iter().map(Term::as_integer).try_fold(1, |product, factor| Some(product * factor?))
}

/// x where two indices are the same, and 0 elsewhere.
fn delta(i: &Term, j: &Term, x: Term) -> Term {
    super::binary(Binary::Mul, Term::function(DELTA, vec![i.clone(), j.clone()]), x)
}

fn transpose(a: &Term) -> Term {
    match operand(a, TRANSPOSED) {
        Some(inner) => inner.clone(),
        None => Term::function(TRANSPOSED, vec![a.clone()]),
    }
}

fn scaled(c: Term, a: Term) -> Term {
    if c.is_one() { a } else { Term::function(SCALED, vec![c, a]) }
}

/// `a number`, `a vector of size d`, `a matrix of d rows and m columns`.
pub(super) fn described(shape: &[Term]) -> String {
    match shape {
        [] => "a number".into(),
        [size] => format!("a vector of size {}", shown(size)),
        [rows, columns, ..] => format!("a matrix of {} rows and {} columns", shown(rows), shown(columns)),
    }
}
