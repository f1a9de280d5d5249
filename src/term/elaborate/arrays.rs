//! Arrays: samples `x_{1:n}` of one law, vectors, their entries, and what is done with each entry.

use super::shapes::{diagonal, identity};
use super::{Elaborator, Result, coded, error, full_name, symbol};
use crate::syntax::{Binary, Code, Expr, Kind, Law, Name, Span, is_letter};
use crate::term::{Domain, Op, Symbol, Term, Var, shape_of_law};

/// The letter of an array and its last index: x and n of `x_{1:n}`.
pub(super) fn range(name: &Name) -> Option<(Name, &str)> {
    let last = name.subscript.as_deref()?.strip_prefix("1:")?;
    let last = last.split(';').next().unwrap_or(last);
    Some((Name { base: name.base.clone(), subscript: None }, last))
}

impl Elaborator<'_> {
    /// A number or a letter in the place of an index or a size.
    pub(super) fn whole(&self, text: &str) -> Term {
        match text.parse::<i64>() {
            Ok(number) => Term::integer(number),
            Err(_) => Term::var(self.variable(&Name { base: text.into(), subscript: None })),
        }
    }

    /// A variable for the index of entries.
    fn index(&mut self) -> Var {
        self.bound += 1;
        Var::free(&format!("index·{}", self.bound), Domain::Counting)
    }

    /// Binds a letter to a sample of a law, or to an array of samples.
    pub(super) fn bind_sample(&mut self, name: &Name, law: Term) -> (Var, Term) {
        let domain = self.definitions.domain_of(&law);
        let Some((letter, last)) = range(name) else {
            let law = self.on_vectors(name, law);
            let shape = shape_of_law(&law);
            let var = self.bind(name, domain);
            self.note_shape(&var, shape);
            return (var, law);
        };
        let size = self.whole(last);
        let law = self.on_vectors(&letter, law);
        let index = self.index();
        // The law of a_i may be that given s_i.
        let law = match name.subscript.as_deref().and_then(|range| range.split_once(';')) {
            Some((_, own)) => {
                let own = self.variable(&Name { base: own.into(), subscript: None });
                crate::term::substitute(&law, &own, &Term::var(index.clone()))
            }
            None => law,
        };
        let law = Term::bind(Op::Independent(index), vec![size, law]);
        let shape = shape_of_law(&law);
        let var = self.bind(&letter, domain);
        self.note_shape(&var, shape);
        self.decided = true;
        (var, law)
    }

    /// An unspecified law of a letter that is a vector: one on R^d.
    fn on_vectors(&mut self, letter: &Name, law: Term) -> Term {
        let stopped = *law.op() == Op::StopGrad;
        let bare = if stopped { &law.args()[0] } else { &law };
        let (Op::UnknownLaw(_), Some(size)) = (bare.op(), self.shapes.size(letter)) else { return law };
        let size = self.whole(size);
        let law = bare.clone();
        let joint = self.each(&size, |_| law);
        if stopped { Term::new(Op::StopGrad, vec![joint]) } else { joint }
    }

    /// A letter that is a vector, at the index at which entries are taken below `diag`.
    pub(super) fn on_diagonal(&self, letter: Term) -> Term {
        match &self.diagonal {
            Some(index) if !self.shape(&letter).is_empty() => Self::at(&letter, index),
            _ => letter,
        }
    }

    /// A law on R^d: `N(μ, σ² I)`, `N(μ, diag(σ²))`, or, of a law without parameters, so many independent entries:
    /// `Rademacher(d)`.
    pub(super) fn vector_law(&mut self, law: &Law) -> Result<Option<Term>> {
        if let ([size], Some(known)) = (law.arguments.as_slice(), self.definitions.laws.get(&*law.name.base))
            && law.name.subscript.is_none()
            && known.parameters.is_empty()
            && known.members.is_empty()
        {
            let entry = Term::new(Op::Law(known.name.clone()), vec![]);
            let size = self.expr(size)?;
            return Ok(Some(Term::bind(Op::Independent(self.index()), vec![size, entry])));
        }
        let [mean, variance] = law.arguments.as_slice() else { return Ok(None) };
        if law.name.base != "N" || law.name.subscript.is_some() || !self.shapes.has_identity() {
            return Ok(None);
        }
        let (identity, diagonal) = (identity(variance).cloned(), diagonal(variance));
        if identity.is_none() && diagonal.is_none() {
            return Ok(None);
        }
        let mean_term = self.expr(mean)?;
        let mean_term = self.spread(mean_term, mean.span)?;
        let index = self.index();
        let place = Term::var(index.clone());
        let mut within: Option<Term> = None;
        let variance_term = match diagonal {
            Some(entries) => {
                entries.visit_names(&mut |name| {
                    let size = self.shapes.size(name).map(|size| self.whole(size));
                    within = within.take().or(size);
                });
                let kept = self.diagonal.replace(place.clone());
                let term = self.expr(entries);
                self.diagonal = kept;
                term?
            }
            None => {
                let mut scale = variance.clone();
                one_for_identity(&mut scale);
                let term = self.expr(&scale)?;
                self.number(term, variance.span)?
            }
        };
        let said = identity.and_then(|name| name.subscript).map(|size| self.whole(&size));
        let size = self.shape(&mean_term).first().cloned().or(said).or(within);
        let size = size.unwrap_or_else(|| self.whole(self.shapes.usual()));
        let mean_entry = match self.shape(&mean_term).is_empty() {
            true if mean_term.is_zero() => mean_term,
            true => return error(mean.span, "the mean of a law on R^d is a vector, or 0", None),
            false => Self::at(&mean_term, &place),
        };
        self.decided = true;
        let entry = Term::new(Op::Law("N".into()), vec![mean_entry, variance_term]);
        Ok(Some(Term::bind(Op::Independent(index), vec![size, entry])))
    }

    /// The logarithm of a density; that of independent entries is a sum over them.
    pub(super) fn log_density(&mut self, law: &Term, at: Term, span: Span) -> Result<Term> {
        if *law.op() == Op::StopGrad {
            let of_array = matches!(law.args()[0].op(), Op::Independent(_));
            let inner = self.log_density(&law.args()[0], at, span)?;
            // The logarithm is outside, as it is written.
            return Ok(match inner.args() {
                [density] if !of_array => Term::new(Op::StopGrad, vec![density.clone()]).ln(),
                _ => Term::new(Op::StopGrad, vec![inner]),
            });
        }
        let at = self.spread(at, span)?;
        if !matches!(law.op(), Op::Independent(_)) {
            let bare = if let Op::Array(_) = law.op() { law.args()[1].clone() } else { law.clone() };
            return Ok(Term::new(Op::Density, vec![bare, at]).ln());
        }
        let size = law.args()[0].clone();
        if self.shape(&at).first() != Some(&size) {
            return error(span, "the point of this density has another size than its law", None);
        }
        let index = self.index();
        let place = Term::var(index.clone());
        let entry = self.log_density(&law.open(&place), Self::at(&at, &place), span)?;
        Ok(Term::bind(Op::Sum(index), vec![Term::one(), size, entry]))
    }

    /// What has to be a number.
    pub(super) fn number(&mut self, term: Term, span: Span) -> Result<Term> {
        let term = self.spread(term, span)?;
        if self.shape(&term).is_empty() {
            Ok(term)
        } else {
            error(
                span,
                "this is a vector, and a number is due here",
                Some("write ‖x‖ for its length, or its entries: x_i"),
            )
        }
    }

    /// `x^⊤`, `‖x‖`, and `⟨x, y⟩`, where they are functions.
    pub(super) fn of_arrays(&mut self, function: &Name, args: &[Term], span: Span) -> Result<Option<Term>> {
        Ok(match (&*function.base, args) {
            ("transpose", [x]) => {
                let x = self.spread(x.clone(), span)?;
                if self.shape(&x).is_empty() {
                    let help = "for the transpose say that it is a vector: … given x ∈ R^d; a power is written x^(T)";
                    return coded(Code::Ambiguous, span, "a transpose of a number, or a power?", Some(help));
                }
                Some(Term::function(TRANSPOSE, vec![x]))
            }
            ("norm", [x]) => {
                let x = self.spread(x.clone(), span)?;
                match self.shape(&x).first() {
                    None => Some(Term::function("abs", vec![x])),
                    Some(_) => Some(Term::pow(self.contracted(&x, &x, span)?, Term::ratio(1, 2))),
                }
            }
            ("dot", [x, y]) => {
                let (x, y) = (self.spread(x.clone(), span)?, self.spread(y.clone(), span)?);
                Some(self.contracted(&x, &y, span)?)
            }
            _ => None,
        })
    }

    /// Σ_k x_k y_k.
    fn contracted(&mut self, x: &Term, y: &Term, span: Span) -> Result<Term> {
        let sizes = (self.shape(x).first().cloned(), self.shape(y).first().cloned());
        let (Some(size), Some(other)) = sizes else { return error(span, "a product x^⊤ y is of two vectors", None) };
        if size != other {
            let message = format!("vectors of the sizes {} and {} have no product", shown(&size), shown(&other));
            return error(span, &message, None);
        }
        let index = self.index();
        let place = Term::var(index.clone());
        let product = super::binary(Binary::Mul, Self::at(x, &place), Self::at(y, &place));
        Ok(Term::bind(Op::Sum(index), vec![Term::one(), size, product]))
    }

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
    fn value_at(&mut self, function: &Name, var: &Var, size: &Term, span: Span) -> Result<Term> {
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

    /// `∇f(u)`: the gradient of f, at u.
    pub(super) fn gradient_at_argument(&mut self, body: &Expr, span: Span) -> Result<Term> {
        let Kind::Call { function, arguments, orders } = &body.kind else {
            return coded(Code::Ambiguous, span, "it is not clear what this `∇` differentiates by", None);
        };
        let Some((function, point)) = self.field(body)? else {
            // Of a number it is the derivative.
            let orders: Vec<u32> = orders.iter().map(|order| order + 1).collect();
            return self.call(function, &orders, arguments, span);
        };
        if self.shapes.value_of(&function).is_some() {
            return coded(Code::Unsupported, span, "a Jacobian has no meaning here yet", None);
        }
        let Some(size) = self.shape(&point).first().cloned() else { return Ok(point) };
        let var = self.argument(&size);
        let value = self.value_at(&function, &var, &size, span)?;
        let gradient = Term::bind(Op::Derivative(var, 1), vec![value, point]);
        Ok(self.each(&size, |index| Term::new(Op::Entry, vec![gradient, index.clone()])))
    }

    /// `∇·g(u)`: Σ_k ∂_k g_k at u.
    pub(super) fn divergence_of(&mut self, body: &Expr, span: Span) -> Result<Term> {
        let field = self.field(body)?;
        let Some((function, point)) = field.filter(|(function, _)| self.shapes.value_of(function).is_some()) else {
            let help = "as in ∇·g(x) given x ∈ R^d, g : R^d -> R^d";
            return error(span, "a divergence is of an unknown function from vectors to vectors", Some(help));
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

    /// `∂_{x_i} e`: an entry of the gradient.
    pub(super) fn partial(&mut self, entry: &Term, order: u32, body: &Expr, span: Span) -> Result<Term> {
        let (array, index) = (&entry.args()[0], &entry.args()[1]);
        let (Some(var), 1) = (array.as_var().cloned(), order) else {
            return coded(Code::Unsupported, span, "this derivative in an entry has no meaning here yet", None);
        };
        let term = self.expr(body)?;
        self.entrywise(term, span, |term| Term::new(Op::Entry, vec![Term::derivative(&var, 1, term), index.clone()]))
    }

    /// A product or sum with a transposed vector.
    fn with_row(&mut self, op: Binary, a: Term, b: Term, span: Span) -> Result<Term> {
        let row = |t: &Term| t.is_function(TRANSPOSE).then(|| t.args()[0].clone());
        let made = |x: Term| Term::function(TRANSPOSE, vec![x]);
        Ok(match (op, row(&a), row(&b)) {
            (Binary::Mul, Some(x), None) => {
                let b = self.spread(b, span)?;
                match self.shape(&b).is_empty() {
                    true => made(self.combined(Binary::Mul, x, b, span)?),
                    false => self.contracted(&x, &b, span)?,
                }
            }
            (Binary::Div, Some(x), None) => made(self.combined(Binary::Div, x, b, span)?),
            (Binary::Mul, None, Some(y)) if self.shape(&a).is_empty() => {
                made(self.combined(Binary::Mul, a, y, span)?)
            }
            (Binary::Add | Binary::Sub, Some(x), Some(y)) => made(self.combined(op, x, y, span)?),
            (Binary::Mul, None, Some(_)) => {
                return coded(
                    Code::Unsupported,
                    span,
                    "x y^⊤, a matrix, has no meaning here yet",
                    Some("write its entries: x_i y_j"),
                );
            }
            _ => return error(span, "a transposed vector wants a vector behind it", Some("as in x^\\top y")),
        })
    }

    pub(super) fn note_shape(&mut self, var: &Var, shape: Vec<Term>) {
        if let (false, Some(name)) = (shape.is_empty(), var.name()) {
            self.arrays.insert(name.into(), shape);
        }
    }

    /// The sizes of an array, the outermost first; none for a number.
    pub(super) fn shape(&self, term: &Term) -> Vec<Term> {
        match term.op() {
            Op::Array(_) => vec![term.args()[0].clone()],
            Op::Entry => self.shape(&term.args()[0]).into_iter().skip(1).collect(),
            Op::Var(var) => var.name().and_then(|name| self.arrays.get(name)).cloned().unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// `x_i`, `x_{i,k}` of an array x.
    pub(super) fn entry(&mut self, name: &Name, span: Span) -> Result<Option<Term>> {
        let Some(below) = &name.subscript else { return Ok(None) };
        let letter = Name { base: name.base.clone(), subscript: None };
        let array = Term::var(self.variable(&letter));
        let shape = self.shape(&array);
        let indices: Vec<&str> = below.split(',').map(str::trim).collect();
        if shape.is_empty()
            || !indices.iter().all(|index| is_letter(index) || index.bytes().all(|b| b.is_ascii_digit()))
        {
            return Ok(None);
        }
        if indices.len() > shape.len() {
            let message = format!("`{}` has more indices than `{}` has axes", full_name(name), letter.base);
            return error(span, &message, None);
        }
        let mut entry = array;
        for index in indices {
            let index = self.whole(index);
            if index.as_integer().is_some_and(|n| n < 1) {
                return error(span, "the entries of an array have the indices 1, 2, …", None);
            }
            entry = Term::new(Op::Entry, vec![entry, index]);
        }
        Ok(Some(entry))
    }

    /// What a function of an entry gives for each.
    pub(super) fn each(&mut self, size: &Term, entry: impl FnOnce(&Term) -> Term) -> Term {
        let index = self.index();
        let body = entry(&Term::var(index.clone()));
        Term::bind(Op::Array(index), vec![size.clone(), body])
    }

    /// An entry of what has the shape of an array.
    pub(super) fn at(array: &Term, index: &Term) -> Term {
        match array.op() {
            Op::Array(_) => array.open(index),
            _ => Term::new(Op::Entry, vec![array.clone(), index.clone()]),
        }
    }

    /// An array with its entries written as such; a number as it is.
    pub(super) fn spread(&mut self, term: Term, span: Span) -> Result<Term> {
        match self.shape(&term).as_slice() {
            [] if term.is_function(TRANSPOSE) => {
                error(span, "a transposed vector wants a vector behind it", Some("as in x^\\top y"))
            }
            [] => Ok(term),
            [size] if !matches!(term.op(), Op::Array(_)) => {
                let size = size.clone();
                Ok(self.each(&size, |index| Self::at(&term, index)))
            }
            [_] => Ok(term),
            _ => coded(Code::Unsupported, span, "an array with two axes has no meaning here yet", None),
        }
    }

    /// An operation on a number, or on each entry of an array.
    pub(super) fn entrywise(&mut self, term: Term, span: Span, of: impl Fn(Term) -> Term) -> Result<Term> {
        let term = self.spread(term, span)?;
        match self.shape(&term).first().cloned() {
            None => Ok(of(term)),
            Some(size) => Ok(self.each(&size, |index| of(Self::at(&term, index)))),
        }
    }

    /// A sum, product or power of numbers and arrays.
    pub(super) fn combined(&mut self, op: Binary, a: Term, b: Term, span: Span) -> Result<Term> {
        if a.is_function(TRANSPOSE) || b.is_function(TRANSPOSE) {
            return self.with_row(op, a, b, span);
        }
        let (a, b) = (self.spread(a, span)?, self.spread(b, span)?);
        let sizes = (self.shape(&a).first().cloned(), self.shape(&b).first().cloned());
        match (op, sizes) {
            // ‖x‖² is the sum itself.
            (Binary::Pow, (None, None))
                if *a.op() == Op::Pow
                    && matches!(a.args()[0].op(), Op::Sum(_))
                    && b.as_integer().is_some_and(|power| power > 0 && power % 2 == 0)
                    && a.args()[1] == Term::ratio(1, 2) =>
            {
                let half = b.as_integer().unwrap_or(2) / 2;
                let square = a.args()[0].clone();
                Ok(if half == 1 { square } else { Term::pow(square, Term::integer(half)) })
            }
            (_, (None, None)) => Ok(super::binary(op, a, b)),
            (Binary::Add | Binary::Sub, (Some(left), Some(right))) if left == right => {
                Ok(self.each(&left, |index| super::binary(op, Self::at(&a, index), Self::at(&b, index))))
            }
            (Binary::Mul, (None, Some(size))) => {
                Ok(self.each(&size, |index| super::binary(op, a, Self::at(&b, index))))
            }
            (Binary::Mul | Binary::Div, (Some(size), None)) => {
                Ok(self.each(&size, |index| super::binary(op, Self::at(&a, index), b)))
            }
            (Binary::Add | Binary::Sub, (Some(left), Some(right))) => {
                let message = format!("arrays of the sizes {} and {} cannot be added", shown(&left), shown(&right));
                error(span, &message, None)
            }
            (Binary::Add | Binary::Sub, _) => {
                error(span, "an array and a number cannot be added", Some("write each entry: x_i"))
            }
            (Binary::Mul, (Some(_), Some(_))) => error(
                span,
                "two arrays stand side by side",
                Some("write x^\\top y for Σ_i x_i y_i, or the entries: x_i y_i"),
            ),
            _ => error(
                span,
                "an array has no power and divides nothing",
                Some("write ‖x‖^2 for x^⊤ x, or the power of an entry: x_i^2"),
            ),
        }
    }

    /// The range of the index of a sum that is written without limits: that of the arrays whose entries it sums.
    pub(super) fn range_of(&self, body: &Term, index: &Var) -> Option<Term> {
        let mut found: Option<Term> = None;
        self.ranges(body, index, &mut Vec::new(), &mut found);
        found
    }

    fn ranges(&self, term: &Term, index: &Var, bound: &mut Vec<(Var, Vec<Term>)>, found: &mut Option<Term>) {
        if *term.op() == Op::Entry && term.args()[1].as_var() == Some(index) {
            let mut base = &term.args()[0];
            let mut axis = 0;
            while *base.op() == Op::Entry {
                base = &base.args()[0];
                axis += 1;
            }
            let known = base.as_var().and_then(|v| {
                let inner = bound.iter().rev().find(|(other, _)| other == v).map(|(_, shape)| shape.clone());
                inner.or_else(|| self.arrays.get(v.name()?).cloned())
            });
            if let Some(size) = known.and_then(|shape| shape.get(axis).cloned()) {
                found.get_or_insert(size);
            }
        }
        if let Op::Expect(v) = term.op() {
            bound.push((v.clone(), shape_of_law(&term.args()[0])));
        }
        term.args().iter().for_each(|arg| self.ranges(arg, index, bound, found));
        if matches!(term.op(), Op::Expect(_)) {
            bound.pop();
        }
    }

    /// `Σ_{j ≠ i} e`, `Σ_j e`: over all indices of the arrays in e, but for one.
    pub(super) fn index_sum(
        &mut self,
        body: &Expr,
        variable: &Expr,
        limits: Option<(&Expr, &Expr)>,
        but: Option<&Expr>,
        span: Span,
    ) -> Result<Term> {
        let Kind::Name(name) = &variable.kind else {
            return error(variable.span, "the second argument of `sum` is a variable", None);
        };
        let limits = match limits {
            Some((lo, hi)) => Some((self.expr(lo)?, self.expr(hi)?)),
            None => None,
        };
        let domain = limits.as_ref().map_or(Domain::Counting, |(lo, _)| super::super::index_domain(lo));
        let but = match but {
            Some(but) => Some(self.expr(but)?),
            None => None,
        };
        let var = self.bind(name, domain);
        let body = self.expr(body);
        self.scope.pop();
        let body = body?;
        let (lo, hi) = match limits {
            Some(limits) => limits,
            None => match self.range_of(&body, &var) {
                Some(size) => (Term::one(), size),
                None => {
                    let help =
                        format!("write the limits: \\sum_{{{0}=1}}^{{n}}, or sum(e, {0}, 1, n)", full_name(name));
                    let message = "a sum over all values of a letter has no meaning here yet";
                    return coded(Code::Unsupported, span, message, Some(&help));
                }
            },
        };
        let summed = |body: &Term| Term::bind(Op::Sum(var.clone()), vec![lo.clone(), hi.clone(), body.clone()]);
        self.entrywise(body, span, |body| {
            let all = summed(&body);
            match &but {
                // What is left out is one of the values, or else the claim speaks of an index out of range.
                Some(but) => all.minus(crate::term::substitute(&body, &var, but)),
                None => all,
            }
        })
    }

    /// The sides of an equation are arrays of one size, or numbers; 0 is the array of zeros as well.
    pub(super) fn of_one_shape(&mut self, members: &mut [Term], written: &[Expr]) -> Result<()> {
        for (member, written) in members.iter_mut().zip(written) {
            *member = self.spread(member.clone(), written.span)?;
        }
        let Some(size) = members.iter().find_map(|member| self.shape(member).first().cloned()) else { return Ok(()) };
        for (member, written) in members.iter_mut().zip(written) {
            match self.shape(member).first() {
                Some(other) if *other == size => {}
                None if member.is_zero() => *member = self.each(&size, |_| Term::zero()),
                Some(other) => {
                    let message = format!("this side has the size {}, and another {}", shown(other), shown(&size));
                    return error(written.span, &message, None);
                }
                None => {
                    let message = format!("this side is a number, and another an array of size {}", shown(&size));
                    return error(written.span, &message, None);
                }
            }
        }
        Ok(())
    }

    /// The derivative of a number or of an array in a number, or the gradient of a number in an array.
    pub(super) fn derivative_of(&mut self, var: &Var, order: u32, term: Term, span: Span) -> Result<Term> {
        let point = Term::var(var.clone());
        match self.shape(&point).as_slice() {
            [] => self.entrywise(term, span, |term| Term::derivative(var, order, term)),
            [size] if order == 1 && self.shape(&term).is_empty() => {
                let size = size.clone();
                let gradient = Term::derivative(var, 1, term);
                Ok(self.each(&size, |index| Term::new(Op::Entry, vec![gradient, index.clone()])))
            }
            _ => coded(
                Code::Unsupported,
                span,
                "a Jacobian or a Hessian has no meaning here yet",
                Some("write its entries: ∂ in one number"),
            ),
        }
    }

    /// The letter of an array by itself, where a name is looked up.
    pub(super) fn free_arrays(&self) -> std::collections::BTreeMap<Symbol, Vec<Term>> {
        self.arrays
            .iter()
            .filter(|(name, _)| !name.contains('·'))
            .map(|(name, shape)| (name.clone(), shape.clone()))
            .collect()
    }

    /// Makes a letter an array wherever no binder says otherwise.
    pub(super) fn declare_array(&mut self, letter: &Name, shape: Vec<Term>) {
        self.arrays.insert(symbol(letter), shape);
    }
}

/// A vector as a row, within products only.
const TRANSPOSE: &str = "transpose";

/// `σ² I` as σ².
fn one_for_identity(e: &mut Expr) {
    if matches!(&e.kind, Kind::Name(name) if name.base == "I") {
        e.kind = Kind::Number(num_traits::One::one());
    } else {
        e.each_child(&mut one_for_identity);
    }
}

fn shown(size: &Term) -> String {
    crate::syntax::print(&crate::term::express(size), crate::syntax::Style::Unicode)
}
