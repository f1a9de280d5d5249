//! Derivatives of vectors and in vectors and matrices: gradients, Jacobians, Hessians, divergence, Laplacian.

use super::{Elaborator, Result, coded, error, symbol};
use crate::syntax::{Code, Expr, Kind, Name, Span};
use crate::term::{Domain, Op, Symbol, Term, Var};

impl Elaborator<'_> {
    /// A letter for a vector that stands for the argument of a function.
    fn argument(&mut self, size: &Term) -> Var {
        self.bound += 1;
        let var = Var::free(&format!("argument·{}", self.bound), Domain::Real);
        self.note_shape(&var, vec![size.clone()]);
        var
    }

    /// An unknown function at a vector: its name, the vector, and whether the value is a vector itself.
    fn field(&mut self, e: &Expr) -> Result<Option<(Name, Term)>> {
        let Kind::Call { function, orders, arguments } = &e.kind else { return Ok(None) };
        let [argument] = arguments.as_slice() else { return Ok(None) };
        if orders.iter().any(|order| *order > 0) || self.definition_of(function, e.span)?.is_some() {
            return Ok(None);
        }
        let point = self.expr(argument)?;
        let point = self.spread(point, argument.span)?;
        Ok((!self.shape(&point).is_empty()).then(|| (function.clone(), point)))
    }

    /// The value of an unknown function at a letter that is a vector.
    pub(super) fn value_at(&mut self, function: &Name, var: &Var, size: &Term, span: Span) -> Result<Term> {
        self.of_one_kind(&symbol(function), vec![vec![size.clone()]], span)?;
        let point = self.each(size, |index| Term::new(Op::Entry, vec![Term::var(var.clone()), index.clone()]));
        self.decided = true;
        Ok(Term::new(Op::Apply(symbol(function), vec![0]), vec![point]))
    }

    /// A function is of vectors of one size, or of numbers, wherever it stands.
    pub(super) fn of_one_kind(&mut self, function: &Symbol, shapes: Vec<Vec<Term>>, span: Span) -> Result<()> {
        if *self.argument_shapes.entry(function.clone()).or_insert_with(|| shapes.clone()) == shapes {
            return Ok(());
        }
        let message =
            format!("`{function}` is of a vector in one place, and of a number or a vector of another size in another");
        coded(Code::Arguments, span, &message, Some("say which letters are vectors: … given x ∈ R^d"))
    }

    /// `∇f(u)`: the gradient of f, or the Jacobian where its value is a vector; `∇²f(u)`: the Hessian.
    pub(super) fn gradient_at_argument(&mut self, body: &Expr, order: u32, span: Span) -> Result<Term> {
        let Kind::Call { function, arguments, orders } = &body.kind else {
            return coded(Code::Ambiguous, span, "it is not clear what this `∇` differentiates by", None);
        };
        let Some((function, point)) = self.field(body)? else {
            // Of a number it is the derivative.
            let orders: Vec<u32> = orders.iter().map(|before| before + order).collect();
            return self.call(function, &orders, arguments, span);
        };
        let Some(size) = self.shape(&point).first().cloned() else { return Ok(point) };
        let var = self.argument(&size);
        let value = self.value_at(&function, &var, &size, span)?;
        let value = match self.shapes.value_of(&function).map(|size| self.whole(size)) {
            Some(rows) => self.each(&rows, |index| Term::new(Op::Entry, vec![value, index.clone()])),
            None => value,
        };
        let derivative = self.derivative_of(&var, order, value, span)?;
        Ok(crate::term::substitute(&derivative, &var, &point))
    }

    /// `J_f(u)`: the Jacobian of a function whose value is a vector.
    pub(super) fn jacobian(&mut self, function: &Name, argument: &Expr, span: Span) -> Result<Option<Term>> {
        let Some(below) = function.subscript.as_deref().filter(|_| function.base == "J") else { return Ok(None) };
        let (base, subscript) = below.split_once('_').map_or((below, None), |(base, below)| (base, Some(below.into())));
        let of = Name { base: base.into(), subscript };
        if self.shapes.value_of(&of).is_none() {
            return Ok(None);
        }
        let call = Kind::Call { function: of, orders: vec![0], arguments: vec![argument.clone()] };
        self.gradient_at_argument(&Expr { kind: call, span }, 1, span).map(Some)
    }

    /// `∇·g(u)`: Σ_k ∂_k g_k at u; `∇_x·e` of what is written out, by the vector in it.
    pub(super) fn divergence_of(&mut self, by: Option<&str>, body: &Expr, span: Span) -> Result<Term> {
        let field = if by.is_none() { self.field(body)? } else { None };
        let Some((function, point)) = field.filter(|(function, _)| self.shapes.value_of(function).is_some()) else {
            let letter = match by {
                Some(letter) => Name { base: letter.into(), subscript: None },
                None => self.only_vector(body, span)?,
            };
            let (var, value) = (self.variable(&letter), self.expr(body)?);
            if self.shape(&Term::var(var.clone())).len() != 1 || self.shape(&value).len() != 1 {
                let help = "as in ∇·g(x) given x ∈ R^d, g : R^d -> R^d";
                return error(span, "a divergence is of a vector, by a vector", Some(help));
            }
            let jacobian = self.derivative_of(&var, 1, value, span)?;
            return Ok(self.trace_of(&jacobian));
        };
        let Some(size) = self.shape(&point).first().cloned() else { return Ok(point) };
        let var = self.argument(&size);
        let value = self.value_at(&function, &var, &size, span)?;
        let index = self.index();
        let place = Term::var(index.clone());
        let entry = Term::new(Op::Entry, vec![value, place.clone()]);
        let gradient = Term::bind(Op::Derivative(var, 1), vec![entry, point]);
        let partial = Term::new(Op::Entry, vec![gradient, place]);
        Ok(Term::bind(Op::Sum(index), vec![Term::one(), size, partial]))
    }

    /// The sum of the entries on the diagonal.
    fn trace_of(&mut self, matrix: &Term) -> Term {
        let Some(size) = self.shape(matrix).first().cloned() else { return matrix.clone() };
        let index = self.index();
        let place = Term::var(index.clone());
        let entry = Self::at(&Self::at(matrix, &place), &place);
        Term::bind(Op::Sum(index), vec![Term::one(), size, entry])
    }

    /// The letter of an expression that is a vector, if there is one alone.
    fn only_vector(&self, e: &Expr, span: Span) -> Result<Name> {
        let mut found: Vec<Name> = Vec::new();
        e.visit_names(&mut |name| {
            if self.shapes.size(name).is_some() && !found.contains(name) {
                found.push(name.clone());
            }
        });
        match found.as_slice() {
            [only] => Ok(only.clone()),
            _ => coded(Code::Ambiguous, span, "it is not clear by which vector this is", Some("name it: ∇_x·(…)")),
        }
    }

    /// `Δ e` of what is written out, at a letter that is a vector: the trace of the Hessian. None at anything else.
    pub(super) fn laplacian_of(&mut self, body: &Expr) -> Result<Option<Term>> {
        let at = match &body.kind {
            Kind::Density { at, .. } => Some(&**at),
            Kind::Call { arguments, .. } => arguments
                .iter()
                .find(|argument| matches!(&argument.kind, Kind::Name(name) if self.shapes.size(name).is_some())),
            _ => None,
        };
        let Some(Expr { kind: Kind::Name(name), .. }) = at else { return Ok(None) };
        if self.shapes.size(name).is_none() {
            return Ok(None);
        }
        let (var, value) = (self.variable(name), self.expr(body)?);
        let hessian = self.derivative_of(&var, 2, value, body.span)?;
        Ok(Some(self.trace_of(&hessian)))
    }

    /// `Δ f(u)` of a vector u: Σ_k ∂_k² f at u. None if u is a number.
    pub(super) fn laplacian(&mut self, function: &Name, argument: &Expr, span: Span) -> Result<Option<Term>> {
        let call = Kind::Call { function: function.clone(), orders: vec![0], arguments: vec![argument.clone()] };
        let Some((function, point)) = self.field(&Expr { kind: call, span })? else { return Ok(None) };
        let Some(size) = self.shape(&point).first().cloned() else { return Ok(None) };
        let (outer, inner) = (self.argument(&size), self.argument(&size));
        let value = self.value_at(&function, &inner, &size, span)?;
        let index = self.index();
        let place = Term::var(index.clone());
        let once = Term::bind(Op::Derivative(inner, 1), vec![value, Term::var(outer.clone())]);
        let once = Term::new(Op::Entry, vec![once, place.clone()]);
        let twice = Term::bind(Op::Derivative(outer, 1), vec![once, point]);
        let twice = Term::new(Op::Entry, vec![twice, place]);
        Ok(Some(Term::bind(Op::Sum(index), vec![Term::one(), size, twice])))
    }

    /// `∂_j f(x)` of an unknown function of a vector, with an index j: an entry of its gradient at x.
    pub(super) fn partial_of_function(
        &mut self,
        index: &Name,
        order: u32,
        body: &Expr,
        span: Span,
    ) -> Result<Option<Term>> {
        // What does not occur in it is an index, or it would be 0.
        let of_vector = |base: &Name| self.shapes.size(base).is_some();
        let letter = matches!(&*index.base, "i" | "j" | "k" | "l" | "m" | "n") && !body.has_free(index);
        if order != 1 || index.subscript.is_some() || !(letter || self.facts.is_index(&index.base, of_vector)) {
            return Ok(None);
        }
        let Some((function, _)) = self.field(body)? else { return Ok(None) };
        // `∂_t f_t(x)` is by what the function depends on.
        if super::facts::attached(&function).contains(&&*index.base) {
            return Ok(None);
        }
        let gradient = self.gradient_at_argument(body, 1, span)?;
        let index = Term::var(self.variable(index));
        Ok((self.shape(&gradient).len() == 1).then(|| Self::at(&gradient, &index)))
    }

    /// `∂_{x_i} e`, `∂_{A_{ij}} e`: an entry of the gradient.
    pub(super) fn partial(&mut self, entry: &Term, order: u32, body: &Expr, span: Span) -> Result<Term> {
        let mut path = Vec::new();
        let mut array = entry;
        while *array.op() == Op::Entry {
            path.insert(0, array.args()[1].clone());
            array = &array.args()[0];
        }
        let (Some(var), 1) = (array.as_var().cloned(), order) else {
            return coded(Code::Unsupported, span, "this derivative in an entry has no meaning here yet", None);
        };
        let term = self.expr(body)?;
        self.entrywise(term, span, |term| entry_of(Term::derivative(&var, 1, term), &path))
    }

    /// The derivative of a number, a vector or a matrix in a number; the gradient or the Hessian of a number in a vector, the
    /// gradient of a number in a matrix, and the Jacobian of a vector: `∂_j e_i` in row i and column j.
    pub(super) fn derivative_of(&mut self, var: &Var, order: u32, term: Term, span: Span) -> Result<Term> {
        let by = self.shape(&Term::var(var.clone()));
        let term = if by.is_empty() { term } else { self.spread(term, span)? };
        let of = self.shape(&term);
        match (by.as_slice(), of.as_slice(), order) {
            ([], _, _) => self.entrywise(term, span, |term| Term::derivative(var, order, term)),
            ([_], [] | [_], 1) | ([_, _], [], 1) => {
                let rows: Vec<Var> = of.iter().map(|_| self.index()).collect();
                let columns: Vec<Var> = by.iter().map(|_| self.index()).collect();
                let places = |indices: &[Var]| indices.iter().cloned().map(Term::var).collect::<Vec<_>>();
                let entry = places(&rows).iter().fold(term, |term, index| Self::at(&term, index));
                let partial = entry_of(Term::derivative(var, 1, entry), &places(&columns));
                let axes: Vec<(Var, Term)> = rows.into_iter().zip(of).chain(columns.into_iter().zip(by)).collect();
                let array = |entry, (index, size)| Term::bind(Op::Array(index), vec![size, entry]);
                Ok(axes.into_iter().rev().fold(partial, array))
            }
            ([_], [], 2) => {
                let gradient = self.derivative_of(var, 1, term, span)?;
                self.derivative_of(var, 1, gradient, span)
            }
            _ => {
                let message = format!(
                    "a derivative of order {order} of {} in {} has no meaning here yet",
                    super::matrices::described(&of),
                    super::matrices::described(&by)
                );
                coded(Code::Unsupported, span, &message, Some("write its entries: ∂ in one number"))
            }
        }
    }
}

fn entry_of(array: Term, path: &[Term]) -> Term {
    path.iter().fold(array, |array, index| Term::new(Op::Entry, vec![array, index.clone()]))
}
