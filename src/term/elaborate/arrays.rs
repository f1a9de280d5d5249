//! Arrays: samples `x_{1:n}` of one law, vectors, their entries, and what is done with each entry.

use super::functions::Indexed;
use super::matrices;
use super::shapes::{diagonal, identity};
use super::{Elaborator, Result, coded, error, full_name, symbol};
use crate::syntax::{Binary, Code, Expr, Kind, Law, Name, Span, is_letter};
use crate::term::{Domain, MATMUL, Op, SCALED, Symbol, TRANSPOSED, Term, Var, shape_of_law};

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
    pub(super) fn index(&mut self) -> Var {
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
        self.scope.last_mut().expect("it has just been bound").samples = true;
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
        if let ([logits], "Categorical" | "Cat") = (law.arguments.as_slice(), &*law.name.base) {
            let term = self.expr(logits)?;
            let term = self.spread(term, logits.span)?;
            let vector = self.shape(&term).len() == 1;
            self.decided |= vector;
            return Ok(vector.then(|| Term::new(Op::Law("Categorical".into()), vec![term])));
        }
        let [mean, variance] = law.arguments.as_slice() else { return Ok(None) };
        if law.name.base != "N" || law.name.subscript.is_some() || !self.shapes.has_identity() {
            return Ok(None);
        }
        let (identity, diagonal) = (identity(variance).cloned(), diagonal(variance));
        if identity.is_none() && diagonal.is_none() {
            let covariance = self.expr(variance)?;
            return match self.shape(&covariance).as_slice() {
                [rows, columns] if rows == columns => {
                    let size = rows.clone();
                    self.full_law(mean, covariance, &size).map(Some)
                }
                _ => Ok(None),
            };
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
        let drawn = self.drawn_size.take().map(|size| self.whole(&size));
        let size = self.shape(&mean_term).first().cloned().or(said).or(within).or(drawn);
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

    /// N(μ, Σ) with a matrix Σ.
    fn full_law(&mut self, mean: &Expr, covariance: Term, size: &Term) -> Result<Term> {
        let term = self.expr(mean)?;
        let term = self.spread(term, mean.span)?;
        let term = match self.shape(&term).as_slice() {
            [own] if own == size => term,
            [] if term.is_zero() => self.each(size, |_| Term::zero()),
            shape => {
                let message =
                    format!("the mean is {}, and the covariance has {} rows", matrices::described(shape), shown(size));
                return error(mean.span, &message, None);
            }
        };
        self.decided = true;
        Ok(Term::new(Op::Law("N".into()), vec![term, covariance]))
    }

    /// ln N(x; μ, Σ) with a matrix Σ.
    fn full_log_density(&mut self, law: &Term, at: Term, span: Span) -> Result<Term> {
        let (mean, covariance) = (law.args()[0].clone(), law.args()[1].clone());
        let size = mean.args()[0].clone();
        let residual = self.combined(Binary::Sub, at, mean, span)?;
        let precision = self.inverse(&covariance);
        let weighted = self.combined(Binary::Mul, precision, residual.clone(), span)?;
        let square = self.contracted(&residual, &weighted, span)?;
        let tau = Term::mul(vec![Term::integer(2), Term::new(Op::Pi, vec![])]);
        let constant = Term::mul(vec![size, tau.ln()]);
        let volume = self.log_determinant(&covariance);
        Ok(Term::mul(vec![Term::ratio(-1, 2), Term::add(vec![square, constant, volume])]))
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
        if let Some(logits) = logits(law) {
            return Ok(Self::at(logits, &at).minus(self.partition(&logits.clone()).ln()));
        }
        if is_full(law) {
            return self.full_log_density(law, at, span);
        }
        // Sums stand outside of the density.
        if let (Op::Law(name), [mean, variance]) = (law.op(), law.args())
            && &**name == "N"
            && (at.any(&|t| matches!(t.op(), Op::Sum(_))) || mean.any(&|t| matches!(t.op(), Op::Sum(_))))
        {
            let square = Term::pow(at.minus(mean.clone()), Term::integer(2));
            let exponent = Term::mul(vec![Term::ratio(-1, 2), square, variance.clone().recip()]);
            let tau = Term::mul(vec![Term::integer(2), Term::new(Op::Pi, vec![]), variance.clone()]);
            return Ok(Term::add(vec![exponent, Term::mul(vec![Term::ratio(-1, 2), tau.ln()])]));
        }
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

    /// Σ_k exp(l_k).
    fn partition(&mut self, logits: &Term) -> Term {
        let index = self.index();
        let entry = Term::function("exp", vec![Self::at(logits, &Term::var(index.clone()))]);
        Term::bind(Op::Sum(index), vec![Term::one(), logits.args()[0].clone(), entry])
    }

    /// `softmax(l)`, the probabilities of Categorical(l).
    pub(super) fn softmax(&mut self, logits: &Term) -> Term {
        let size = logits.args()[0].clone();
        let partition = self.partition(logits);
        self.each(&size, |k| Term::mul(vec![Term::function("exp", vec![Self::at(logits, k)]), partition.recip()]))
    }

    /// The mean over the values 1, …, K with a vector of logits.
    pub(super) fn mean_of_logits(&mut self, var: &Var, logits: &Term, body: Term) -> Term {
        let size = logits.args()[0].clone();
        let probabilities = self.softmax(logits);
        let index = self.index();
        let place = Term::var(index.clone());
        let value = crate::term::substitute(&body, var, &place);
        let term = super::binary(Binary::Mul, Self::at(&probabilities, &place), value);
        Term::bind(Op::Sum(index), vec![Term::one(), size, term])
    }

    /// What has to be a number.
    pub(super) fn number(&mut self, term: Term, span: Span) -> Result<Term> {
        let term = self.spread(term, span)?;
        if self.shape(&term).is_empty() {
            Ok(term)
        } else {
            error(
                span,
                &format!("this is {}, and a number is due here", matrices::described(&self.shape(&term))),
                Some("write ‖x‖ for the length of a vector, or its entries: x_i"),
            )
        }
    }

    pub(super) fn note_shape(&mut self, var: &Var, shape: Vec<Term>) {
        if let (false, Some(name)) = (shape.is_empty(), var.name()) {
            self.arrays.insert(name.into(), shape);
        }
    }

    /// The sizes of an array, the outermost first; none for a number.
    pub(super) fn shape(&self, term: &Term) -> Vec<Term> {
        match term.op() {
            Op::Array(_) => [vec![term.args()[0].clone()], self.shape(&term.args()[1])].concat(),
            Op::Function(_) => matrices::shape_of_product(term, |part| self.shape(part)),
            Op::Entry => self.shape(&term.args()[0]).into_iter().skip(1).collect(),
            Op::Var(var) => var.name().and_then(|name| self.arrays.get(name)).cloned().unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// The array of which a letter with an index is an entry: samples, where there are any.
    pub(super) fn indexed_letter(&self, letter: &Name, span: Span) -> Result<Var> {
        let samples = self.scope.iter().rev().find(|bound| bound.name == *letter && bound.samples);
        let one = self.variable(letter);
        let Some(samples) = samples.map(|bound| &bound.var) else { return Ok(one) };
        if *samples != one && !self.shape(&Term::var(one)).is_empty() {
            let message = format!(
                "`{0}` with an index is one of the samples `{0}`, and an entry of the vector `{0}`",
                letter.base
            );
            return coded(Code::Ambiguous, span, &message, Some("call the vector by another letter"));
        }
        Ok(samples.clone())
    }

    /// `x_i`, `x_{i,k}` of an array x.
    pub(super) fn entry(&mut self, name: &Name, span: Span) -> Result<Option<Term>> {
        let Some(below) = &name.subscript else { return Ok(None) };
        // A letter with a subscript may be a vector itself.
        if self.shapes.size(name).is_some() || self.shapes.matrices().any(|(known, _)| known == name) {
            return Ok(None);
        }
        let letter = Name { base: name.base.clone(), subscript: None };
        let array = Term::var(self.indexed_letter(&letter, span)?);
        let shape = self.shape(&array);
        let mut indices: Vec<&str> = below.split(',').map(str::trim).collect();
        // `A_{ij}` of a matrix.
        if let ([both], 2) = (indices.as_slice(), shape.len())
            && both.chars().count() == 2
            && let Some((second, _)) = both.char_indices().nth(1)
        {
            indices = vec![&both[..second], &both[second..]];
        }
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
        if matrices::is_marked(&term) { matrices::alone(&term, span) } else { Ok(self.written_out(term)) }
    }

    fn written_out(&mut self, term: Term) -> Term {
        let shape = self.shape(&term);
        let Some(size) = shape.first() else { return term };
        if let Op::Function(name) = term.op() {
            let args: Vec<Term> = term.args().iter().map(|part| self.written_out(part.clone())).collect();
            match (&**name, args.as_slice()) {
                (SCALED, [scale, matrix]) => {
                    return self.mapped(matrix, &|entry| super::binary(Binary::Mul, scale.clone(), entry));
                }
                (TRANSPOSED, [matrix]) => {
                    let (row, column) = (self.index(), self.index());
                    let [i, j] = [&row, &column].map(|index| Term::var(index.clone()));
                    let entry = Self::at(&Self::at(matrix, &j), &i);
                    let inner = Term::bind(Op::Array(column), vec![shape[1].clone(), entry]);
                    return Term::bind(Op::Array(row), vec![size.clone(), inner]);
                }
                (MATMUL, [left, right]) => {
                    let within = self.shape(right).first().cloned().unwrap_or_else(Term::one);
                    let [row, column, index] = [self.index(), self.index(), self.index()];
                    let [i, j, k] = [&row, &column, &index].map(|index| Term::var(index.clone()));
                    let product = [Self::at(&Self::at(left, &i), &k), Self::at(&Self::at(right, &k), &j)];
                    let [left, right] = product;
                    let product = super::binary(Binary::Mul, left, right);
                    let sum = Term::bind(Op::Sum(index), vec![Term::one(), within, product]);
                    let inner = Term::bind(Op::Array(column), vec![shape[1].clone(), sum]);
                    return Term::bind(Op::Array(row), vec![size.clone(), inner]);
                }
                _ => {}
            }
        }
        if matches!(term.op(), Op::Array(_)) && (shape.len() == 1 || matches!(term.args()[1].op(), Op::Array(_))) {
            return term;
        }
        let index = self.index();
        let entry = self.written_out(Self::at(&term, &Term::var(index.clone())));
        Term::bind(Op::Array(index), vec![size.clone(), entry])
    }

    /// An operation on each entry of an array that is written out.
    pub(super) fn mapped(&mut self, array: &Term, of: &dyn Fn(Term) -> Term) -> Term {
        match self.shape(array).first().cloned() {
            None => of(array.clone()),
            Some(size) => {
                let index = self.index();
                let entry = self.mapped(&Self::at(array, &Term::var(index.clone())), of);
                Term::bind(Op::Array(index), vec![size, entry])
            }
        }
    }

    /// An operation on a number, or on each entry of an array.
    pub(super) fn entrywise(&mut self, term: Term, span: Span, of: impl Fn(Term) -> Term) -> Result<Term> {
        let term = self.spread(term, span)?;
        Ok(self.mapped(&term, &of))
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
        let Indexed { var, body, lo, hi, but } = self.indexed("sum", body, variable, limits, but, span)?;
        // A sum of what does not change is a multiple. In rules a sum is what it is.
        if but.is_none() && lo.is_one() && hi.as_var().is_some() && !body.depends_on(&var) && !self.facts.is_empty() {
            self.counts.push(hi.clone());
            return self.combined(Binary::Mul, hi, body, span);
        }
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

    /// The parts of a sum or product over an index. Without limits the index goes over all entries of the arrays in it.
    pub(super) fn indexed(
        &mut self,
        operator: &str,
        body: &Expr,
        variable: &Expr,
        limits: Option<(&Expr, &Expr)>,
        but: Option<&Expr>,
        span: Span,
    ) -> Result<Indexed> {
        let Kind::Name(name) = &variable.kind else {
            return error(variable.span, &format!("the second argument of `{operator}` is a variable"), None);
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
                    let help = format!(
                        "write the limits: \\{operator}_{{{0}=1}}^{{n}}, or {operator}(e, {0}, 1, n)",
                        full_name(name)
                    );
                    let what = if operator == "sum" { "sum" } else { "product" };
                    let message = format!("a {what} over all values of a letter has no meaning here yet");
                    return coded(Code::Unsupported, span, &message, Some(&help));
                }
            },
        };
        Ok(Indexed { var, body, lo, hi, but })
    }

    /// The sides of an equation are arrays of one size, or numbers; 0 is the array of zeros as well.
    pub(super) fn of_one_shape(&mut self, members: &mut [Term], written: &[Expr]) -> Result<()> {
        let shape = members.iter().map(|member| self.shape(member)).find(|shape| !shape.is_empty()).unwrap_or_default();
        for (member, written) in members.iter_mut().zip(written) {
            *member = self.sized(member.clone(), &shape);
            *member = self.spread(member.clone(), written.span)?;
            let own = self.shape(member);
            if own == shape {
                continue;
            }
            if !own.is_empty() || !member.is_zero() {
                let [own, other] = [own, shape].map(|shape| matrices::described(&shape));
                let help = "say what the letters are: … given x ∈ R^d, A ∈ R^{m×n}";
                return error(written.span, &format!("this side is {own}, and another is {other}"), Some(help));
            }
            *member = shape.iter().rev().fold(Term::zero(), |entry, size| self.each(size, |_| entry));
        }
        Ok(())
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

/// The vector of logits of a law with the values 1, …, K.
pub(super) fn logits(law: &Term) -> Option<&Term> {
    match (law.op(), law.args()) {
        (Op::Law(name), [logits]) if &**name == "Categorical" && matches!(logits.op(), Op::Array(_)) => Some(logits),
        _ => None,
    }
}

/// Is this N(μ, Σ) with a matrix Σ?
pub(super) fn is_full(law: &Term) -> bool {
    matches!(law.op(), Op::Law(_)) && !shape_of_law(law).is_empty()
}

/// `σ² I` as σ².
fn one_for_identity(e: &mut Expr) {
    if matches!(&e.kind, Kind::Name(name) if name.base == "I") {
        e.kind = Kind::Number(num_traits::One::one());
    } else {
        e.each_child(&mut one_for_identity);
    }
}

pub(super) fn shown(size: &Term) -> String {
    crate::syntax::print(&crate::term::express(size), crate::syntax::Style::Unicode)
}
