//! A statement at numbers in the place of its sizes: arrays are lists, and all entries are written out. Of what [`write`] does
//! for all sizes nothing is used, so that the two do not share a mistake.
//!
//! [`write`]: super::write

use super::write::{ROOT, indexed};
use super::{Result, unreduced};
use crate::term::{
    CHOOSE, DELTA, DET, Domain, INVERSE, MATMUL, Op, PRODUCT, Problem, SCALED, Symbol, TRANSPOSED, Term, Var,
};
use std::collections::{BTreeMap, BTreeSet};

/// The largest size that is written out.
pub const LARGEST: i64 = 12;
/// More terms than this are not written out.
const MOST: usize = 20_000;

/// A number, or a list of values.
#[derive(Clone)]
enum Value {
    Number(Term),
    List(Vec<Value>),
}

/// Writes terms out at sizes that are numbers.
pub struct Instance<'a> {
    /// Free letters that stand for arrays, with their sizes.
    arrays: &'a BTreeMap<Symbol, Vec<Term>>,
    /// Those that are symmetric matrices, positive definite: products of a triangular matrix and its transpose.
    definite: &'a BTreeSet<Symbol>,
    /// Variables that are bound around the place, with their values.
    bound: Vec<(Var, Value)>,
    fresh: u32,
    work: usize,
}

impl Instance<'_> {
    /// For a statement with these arrays.
    pub fn new(problem: &Problem) -> Instance<'_> {
        Instance { arrays: &problem.arrays, definite: &problem.definite, bound: Vec::new(), fresh: 0, work: 0 }
    }

    /// The term about numbers.
    pub fn number(&mut self, term: &Term) -> Result<Term> {
        match self.value(term)? {
            Value::Number(number) => Ok(number),
            Value::List(_) => unreduced("an array stands in the place of a number"),
        }
    }

    fn value(&mut self, term: &Term) -> Result<Value> {
        self.work += 1;
        if self.work > MOST {
            return unreduced("the statement is too long where all entries are written out");
        }
        let args = term.args();
        Ok(match term.op() {
            Op::Var(var) => self.letter(var)?,
            Op::Array(_) => Value::List(self.list(&args[0], |this, index| this.value(&term.open(index)))?),
            Op::Entry => self.entry(&args[0], &args[1])?,
            Op::Sum(_) if args[0].is_one() && size(&args[1]).is_some() => {
                let mut terms = Vec::new();
                for index in indices(&args[1])? {
                    terms.push(self.number(&term.open(&index))?);
                }
                Value::Number(if terms.len() == 1 { terms.remove(0) } else { Term::add(terms) })
            }
            Op::Expect(var) => self.mean(var, &args[0], &args[1])?,
            Op::Derivative(var, order) => match (self.value(&args[1])?, order) {
                (Value::Number(point), _) => {
                    let by = self.variable(var.domain);
                    let body = self.with(var, Value::Number(Term::var(by.clone())), |this| this.number(&args[0]))?;
                    Value::Number(Term::bind(Op::Derivative(by, *order), vec![body, point]))
                }
                (Value::List(values), 1) => self.gradient(var, &args[1], &values, &args[0])?,
                _ => return unreduced("a derivative of a higher order in an array"),
            },
            Op::Integral(var) => {
                let (lo, hi) = (self.number(&args[0])?, self.number(&args[1])?);
                let by = self.variable(var.domain);
                let body = self.with(var, Value::Number(Term::var(by.clone())), |this| this.number(&args[2]))?;
                Value::Number(Term::bind(Op::Integral(by), vec![lo, hi, body]))
            }
            Op::Sum(var) => {
                let (lo, hi) = (self.number(&args[0])?, self.number(&args[1])?);
                let by = self.variable(var.domain);
                let body = self.with(var, Value::Number(Term::var(by.clone())), |this| this.number(&args[2]))?;
                Value::Number(Term::bind(Op::Sum(by), vec![lo, hi, body]))
            }
            Op::Apply(name, orders) => Value::Number(self.applied(name.clone(), orders, args)?),
            Op::UnknownLaw(name) => {
                let all = self.flat(args)?;
                Value::Number(Term::new(Op::UnknownLaw(name.clone()), all))
            }
            Op::Density => match self.value(&args[1])? {
                Value::Number(point) => Value::Number(Term::new(Op::Density, vec![self.number(&args[0])?, point])),
                Value::List(points) if matches!(args[0].op(), Op::Independent(_)) => {
                    let laws = self.laws(&args[0])?;
                    let mut factors = Vec::new();
                    for (law, point) in laws_of(laws).into_iter().zip(flattened(points)) {
                        factors.push(Term::new(Op::Density, vec![law, point]));
                    }
                    Value::Number(Term::mul(factors))
                }
                // An unspecified law on R^d is looked at with independent entries.
                Value::List(points) => {
                    let law = self.number(&args[0])?;
                    let mut factors = Vec::new();
                    for (position, point) in flattened(points).into_iter().enumerate() {
                        factors.push(Term::new(Op::Density, vec![part(&law, position)?, point]));
                    }
                    Value::Number(Term::mul(factors))
                }
            },
            Op::Function(name) if &**name == DELTA => {
                let [i, j] = [self.number(&args[0])?, self.number(&args[1])?];
                match i.as_integer().zip(j.as_integer()) {
                    Some((i, j)) => Value::Number(if i == j { Term::one() } else { Term::zero() }),
                    None => return unreduced("an index that is random or calculated is not followed yet"),
                }
            }
            Op::Function(name) if &**name == CHOOSE => {
                let [i, j] = [self.number(&args[0])?, self.number(&args[1])?];
                match i.as_integer().zip(j.as_integer()) {
                    Some((i, j)) => self.value(&args[if i == j { 2 } else { 3 }])?,
                    None => return unreduced("an index that is random or calculated is not followed yet"),
                }
            }
            Op::Function(name) if &**name == PRODUCT => {
                let Value::List(entries) = self.value(&args[0])? else {
                    return unreduced("a product is over the entries of an array");
                };
                Value::Number(Term::mul(flattened(entries)))
            }
            Op::Function(name) if [INVERSE, DET, MATMUL, TRANSPOSED, SCALED].contains(&&**name) => {
                self.of_matrices(name, args)?
            }
            op => {
                let args = args.iter().map(|arg| self.number(arg)).collect::<Result<Vec<_>>>()?;
                Value::Number(Term::new(op.clone(), args))
            }
        })
    }

    fn of_matrices(&mut self, name: &str, args: &[Term]) -> Result<Value> {
        let last = self.matrix(&args[args.len() - 1])?;
        Ok(match name {
            INVERSE => {
                let factor = determinant(&last).recip();
                let size = last.len();
                listed((0..size).map(|i| {
                    let cofactor = |j: usize| Term::mul(vec![cofactor(&last, j, i), factor.clone()]);
                    (0..size).map(cofactor).collect()
                }))
            }
            DET => Value::Number(determinant(&last)),
            TRANSPOSED => listed((0..last[0].len()).map(|j| last.iter().map(|row| row[j].clone()).collect())),
            SCALED => {
                let scale = self.number(&args[0])?;
                let times = |entry: &Term| Term::mul(vec![scale.clone(), entry.clone()]);
                listed(last.iter().map(|row| row.iter().map(times).collect()))
            }
            _ => {
                let left = self.matrix(&args[0])?;
                let entry = |row: &Vec<Term>, j: usize| {
                    Term::add(row.iter().zip(&last).map(|(a, b)| Term::mul(vec![a.clone(), b[j].clone()])).collect())
                };
                listed(left.iter().map(|row| (0..last[0].len()).map(|j| entry(row, j)).collect()))
            }
        })
    }

    fn matrix(&mut self, term: &Term) -> Result<Vec<Vec<Term>>> {
        let Value::List(rows) = self.value(term)? else { return unreduced("a matrix is due where a number stands") };
        let row = |row: Value| match row {
            Value::List(entries) => Ok(flattened(entries)),
            Value::Number(_) => unreduced("a matrix is due where a vector stands"),
        };
        rows.into_iter().map(row).collect()
    }

    /// N(μ, Σ): each entry given those before it.
    fn gaussian(&mut self, var: &Var, law: &Term, body: &Term) -> Result<Value> {
        let Value::List(mean) = self.value(&law.args()[0])? else { return unreduced("the mean is no vector") };
        let mean = flattened(mean);
        let root = match law.args()[1].as_var().and_then(Var::name).filter(|name| self.definite.contains(*name)) {
            Some(name) if self.bound.iter().all(|(bound, _)| Some(bound) != law.args()[1].as_var()) => {
                triangle(name, mean.len())
            }
            _ => cholesky(&self.matrix(&law.args()[1])?),
        };
        let mut drawn: Vec<(Var, Term)> = Vec::new();
        let mut standard: Vec<Term> = Vec::new();
        for (i, mean) in mean.into_iter().enumerate() {
            let terms = standard.iter().zip(&root[i]).map(|(z, l)| Term::mul(vec![l.clone(), z.clone()]));
            let mean = Term::add([mean].into_iter().chain(terms).collect());
            let deviation = root[i][i].clone();
            let entry = self.variable(Domain::Real);
            let value = Term::var(entry.clone());
            standard.push(Term::mul(vec![value.minus(mean.clone()), deviation.clone().recip()]));
            let variance = Term::pow(deviation, Term::integer(2));
            drawn.push((entry, Term::new(law.op().clone(), vec![mean, variance])));
        }
        let sample = Value::List(drawn.iter().map(|(entry, _)| Value::Number(Term::var(entry.clone()))).collect());
        let body = self.with(var, sample, |this| this.number(body))?;
        // An entry that the body does not hold may stand in the laws of those behind it.
        Ok(Value::Number(drawn.into_iter().rev().fold(body, |body, (entry, law)| {
            if body.depends_on(&entry) { Term::expect(&entry, law, body) } else { body }
        })))
    }

    fn letter(&mut self, var: &Var) -> Result<Value> {
        if let Some((_, value)) = self.bound.iter().rev().find(|(other, _)| other == var) {
            return Ok(value.clone());
        }
        match var.name().and_then(|name| self.arrays.get_key_value(name)) {
            Some((name, shape)) if self.definite.contains(name) => {
                let root = triangle(name, indices(&shape[0])?.len());
                let entry = |i: usize, j: usize| {
                    let both = root[i].iter().zip(&root[j]);
                    Term::add(both.map(|(a, b)| Term::mul(vec![a.clone(), b.clone()])).collect())
                };
                let size = root.len();
                Ok(listed((0..size).map(|i| (0..size).map(|j| entry(i, j)).collect())))
            }
            Some((name, shape)) => entries_of(name, var.domain, shape),
            None => Ok(Value::Number(Term::var(var.clone()))),
        }
    }

    fn list(&mut self, size: &Term, entry: impl Fn(&mut Self, &Term) -> Result<Value>) -> Result<Vec<Value>> {
        indices(size)?.iter().map(|index| entry(self, index)).collect()
    }

    fn entry(&mut self, array: &Term, index: &Term) -> Result<Value> {
        let Some(index) = self.number(index)?.as_integer() else {
            return unreduced("an index that is random or calculated is not followed yet");
        };
        let array = match array.op() {
            // An entry of the value of a function is a function of its own.
            Op::Apply(name, orders) => {
                let name = indexed(name, &Term::integer(index));
                return Ok(Value::Number(self.applied(name, orders, array.args())?));
            }
            Op::StopGrad => match self.entry(&array.args()[0], &Term::integer(index))? {
                Value::Number(value) => return Ok(Value::Number(Term::new(Op::StopGrad, vec![value]))),
                list => list,
            },
            _ => self.value(array)?,
        };
        match array {
            Value::List(mut entries) if index >= 1 && index as usize <= entries.len() => {
                Ok(entries.swap_remove(index as usize - 1))
            }
            _ => unreduced("an entry beyond the size of its array"),
        }
    }

    fn applied(&mut self, name: Symbol, orders: &[u32], args: &[Term]) -> Result<Term> {
        let (mut all, mut all_orders) = (Vec::new(), Vec::new());
        for (arg, order) in args.iter().zip(orders) {
            match self.value(arg)? {
                Value::Number(number) => {
                    all.push(number);
                    all_orders.push(*order);
                }
                Value::List(_) if *order > 0 => {
                    return unreduced("a function of an array has no derivative by a mark; write ∇");
                }
                Value::List(entries) => {
                    let entries = flattened(entries);
                    all_orders.extend(vec![0; entries.len()]);
                    all.extend(entries);
                }
            }
        }
        Ok(Term::new(Op::Apply(name, all_orders), all))
    }

    fn flat(&mut self, args: &[Term]) -> Result<Vec<Term>> {
        let mut all = Vec::new();
        for arg in args {
            match self.value(arg)? {
                Value::Number(number) => all.push(number),
                Value::List(entries) => all.extend(flattened(entries)),
            }
        }
        Ok(all)
    }

    /// The laws of the entries of an array; one for a number.
    fn laws(&mut self, law: &Term) -> Result<Value> {
        let args = law.args();
        Ok(match law.op() {
            Op::Independent(_) => {
                let mut laws = Vec::new();
                for index in indices(&args[0])? {
                    laws.push(self.laws(&law.open(&index))?);
                }
                Value::List(laws)
            }
            Op::Array(_) => {
                let joint = self.number(&args[1])?;
                let count = indices(&args[0])?.len();
                let parts = (0..count).map(|position| part(&joint, position).map(Value::Number));
                Value::List(parts.collect::<Result<Vec<_>>>()?)
            }
            Op::StopGrad => stopped(self.laws(&args[0])?),
            _ => Value::Number(self.number(law)?),
        })
    }

    fn mean(&mut self, var: &Var, law: &Term, body: &Term) -> Result<Value> {
        if super::whiten::is_full(law) {
            return self.gaussian(var, law, body);
        }
        let laws = self.laws(law)?;
        let mut drawn = Vec::new();
        let sample = self.sample(&laws, var.domain, &mut drawn);
        let body = self.with(var, sample, |this| this.number(body))?;
        Ok(Value::Number(drawn.into_iter().rev().fold(body, |body, (entry, law)| {
            if body.depends_on(&entry) { Term::expect(&entry, law, body) } else { body }
        })))
    }

    fn sample(&mut self, laws: &Value, domain: Domain, drawn: &mut Vec<(Var, Term)>) -> Value {
        match laws {
            Value::Number(law) => {
                let entry = self.variable(domain);
                drawn.push((entry.clone(), law.clone()));
                Value::Number(Term::var(entry))
            }
            Value::List(laws) => Value::List(laws.iter().map(|law| self.sample(law, domain, drawn)).collect()),
        }
    }

    /// The derivative in each entry, the others as they are; in a symmetric matrix, that in both entries at once, halved.
    fn gradient(&mut self, var: &Var, point: &Term, values: &[Value], body: &Term) -> Result<Value> {
        let symmetric = point.as_var().and_then(Var::name).is_some_and(|name| self.definite.contains(name));
        let mut partials = Vec::new();
        for (position, entry) in values.iter().enumerate() {
            let Value::List(row) = entry else {
                partials.push(self.partial(var, values, &[vec![position]], body)?);
                continue;
            };
            let mut in_row = Vec::new();
            for column in 0..row.len() {
                let here = vec![position, column];
                let both =
                    if symmetric && position != column { vec![here, vec![column, position]] } else { vec![here] };
                let half = Term::ratio(1, both.len() as i64);
                let Value::Number(partial) = self.partial(var, values, &both, body)? else {
                    return unreduced("a gradient in an array of more than two axes");
                };
                in_row.push(Value::Number(if both.len() == 1 { partial } else { Term::mul(vec![half, partial]) }));
            }
            partials.push(Value::List(in_row));
        }
        Ok(Value::List(partials))
    }

    /// The derivative in what stands at some places.
    fn partial(&mut self, var: &Var, values: &[Value], places: &[Vec<usize>], body: &Term) -> Result<Value> {
        let by = self.variable(Domain::Real);
        let mut moved = values.to_vec();
        let mut at = None;
        for place in places {
            let mut entry = &mut moved[place[0]];
            for index in &place[1..] {
                let Value::List(inner) = entry else { return unreduced("an entry beyond the size of its array") };
                entry = &mut inner[*index];
            }
            if let Value::Number(value) = std::mem::replace(entry, Value::Number(Term::var(by.clone()))) {
                at.get_or_insert(value);
            }
        }
        let Some(at) = at else { return unreduced("a gradient in an array of more than two axes") };
        let body = self.with(var, Value::List(moved), |this| this.number(body))?;
        Ok(Value::Number(Term::bind(Op::Derivative(by, 1), vec![body, at])))
    }

    fn with<T>(&mut self, var: &Var, value: Value, then: impl FnOnce(&mut Self) -> T) -> T {
        self.bound.push((var.clone(), value));
        let done = then(self);
        self.bound.pop();
        done
    }

    fn variable(&mut self, domain: Domain) -> Var {
        self.fresh += 1;
        Var::free(&format!("value·{}", self.fresh), domain)
    }
}

fn size(term: &Term) -> Option<i64> {
    term.as_integer().filter(|n| (1..=LARGEST).contains(n))
}

fn indices(term: &Term) -> Result<Vec<Term>> {
    match size(term) {
        Some(size) => Ok((1..=size).map(Term::integer).collect()),
        None => unreduced("a size is not a number, or too large to write all entries out"),
    }
}

fn entries_of(name: &Symbol, domain: Domain, shape: &[Term]) -> Result<Value> {
    let Some((size, inner)) = shape.split_first() else {
        return Ok(Value::Number(Term::var(Var::free(name, domain))));
    };
    let entries =
        indices(size)?.iter().map(|index| entries_of(&indexed(name, index), domain, inner)).collect::<Result<_>>()?;
    Ok(Value::List(entries))
}

fn laws_of(laws: Value) -> Vec<Term> {
    match laws {
        Value::Number(law) => vec![law],
        Value::List(laws) => laws.into_iter().flat_map(laws_of).collect(),
    }
}

fn flattened(values: Vec<Value>) -> Vec<Term> {
    let mut all = Vec::new();
    for value in values {
        match value {
            Value::Number(number) => all.push(number),
            Value::List(inner) => all.extend(flattened(inner)),
        }
    }
    all
}

/// An unspecified law of one entry among independent ones.
fn part(law: &Term, position: usize) -> Result<Term> {
    match law.op() {
        Op::UnknownLaw(name) => {
            let name = indexed(name, &Term::integer(position as i64 + 1));
            Ok(Term::new(Op::UnknownLaw(name), law.args().to_vec()))
        }
        Op::StopGrad => Ok(Term::new(Op::StopGrad, vec![part(&law.args()[0], position)?])),
        _ => unreduced("the density of an array is not followed yet: write the product over its entries"),
    }
}

fn stopped(laws: Value) -> Value {
    match laws {
        Value::Number(law) => Value::Number(Term::new(Op::StopGrad, vec![law])),
        Value::List(laws) => Value::List(laws.into_iter().map(stopped).collect()),
    }
}

fn listed(rows: impl Iterator<Item = Vec<Term>>) -> Value {
    Value::List(rows.map(|row| Value::List(row.into_iter().map(Value::Number).collect())).collect())
}

/// The entries of a triangular matrix of which a definite one is the square, with zeros above the diagonal.
fn triangle(name: &str, size: usize) -> Vec<Vec<Term>> {
    let letter = |i: usize, j: usize| Term::var(Var::free(&format!("{ROOT}_{name},{i},{j}"), Domain::Real));
    let entry = |i: usize, j: usize| if j > i { Term::zero() } else { letter(i + 1, j + 1) };
    (0..size).map(|i| (0..size).map(|j| entry(i, j)).collect()).collect()
}

/// What is positive on the diagonals of those triangular matrices.
pub fn diagonals(problem: &Problem) -> Vec<Term> {
    let mut found = Vec::new();
    for name in &problem.definite {
        let size = problem.arrays.get(name).and_then(|shape| shape.first()).and_then(size);
        let root = triangle(name, size.unwrap_or(0) as usize);
        found.extend(root.into_iter().enumerate().map(|(i, row)| row[i].clone()));
    }
    found
}

/// The triangular matrix whose square is a definite one.
fn cholesky(matrix: &[Vec<Term>]) -> Vec<Vec<Term>> {
    let size = matrix.len();
    let mut root = vec![vec![Term::zero(); size]; size];
    for j in 0..size {
        for i in j..size {
            let products = (0..j).map(|k| Term::mul(vec![Term::integer(-1), root[i][k].clone(), root[j][k].clone()]));
            let left = Term::add([matrix[i][j].clone()].into_iter().chain(products).collect());
            root[i][j] = match i == j {
                true => Term::pow(left, Term::ratio(1, 2)),
                false => Term::mul(vec![left, root[j][j].clone().recip()]),
            };
        }
    }
    root
}

/// By the first row.
fn determinant(matrix: &[Vec<Term>]) -> Term {
    match matrix {
        [] => Term::one(),
        [row] => row[0].clone(),
        [first, ..] => Term::add(
            first.iter().enumerate().map(|(j, entry)| Term::mul(vec![entry.clone(), cofactor(matrix, 0, j)])).collect(),
        ),
    }
}

fn cofactor(matrix: &[Vec<Term>], row: usize, column: usize) -> Term {
    let without = |entries: &Vec<Term>| {
        entries.iter().enumerate().filter(|(j, _)| *j != column).map(|(_, entry)| entry.clone()).collect::<Vec<_>>()
    };
    let minor: Vec<Vec<Term>> =
        matrix.iter().enumerate().filter(|(i, _)| *i != row).map(|(_, entries)| without(entries)).collect();
    let sign = if (row + column).is_multiple_of(2) { 1 } else { -1 };
    Term::mul(vec![Term::integer(sign), determinant(&minor)])
}
