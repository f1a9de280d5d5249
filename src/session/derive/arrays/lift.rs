//! An estimator on the line, read in R^d: its letters are vectors and matrices, its derivatives gradients, and what belongs to a
//! parameter of all entries is summed over them. That what comes out is an estimator, is for a proof to say.

use crate::syntax::{ARGUMENT, Assumption, Binary, Binder, Expr, Kind, Law, Name, Span};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of the letters of an estimator.
#[derive(Clone)]
pub struct Lift {
    /// The axes of each letter: 1 of a vector, 2 of a matrix.
    pub axes: BTreeMap<String, usize>,
    /// The size of what is drawn, where that is a vector.
    pub drawn: Option<Expr>,
    /// The axes of the parameter.
    pub wanted: usize,
    /// The unknown functions.
    pub functions: BTreeSet<String>,
}

/// A mean in R^d, with what has to be said of its letters.
pub struct Lifted {
    pub mean: Expr,
    pub given: Vec<Assumption>,
}

/// An expression and its axes.
type Typed = (Expr, usize);

pub fn at(kind: Kind) -> Expr {
    Expr { kind, span: Span::default() }
}

pub fn binary(op: Binary, a: Expr, b: Expr) -> Expr {
    at(Kind::Binary(op, Box::new(a), Box::new(b)))
}

pub fn number(n: i64) -> Expr {
    at(Kind::Number(num_rational::BigRational::from_integer(n.into())))
}

pub fn call(function: &str, arguments: Vec<Expr>) -> Expr {
    at(Kind::Call { function: Name::new(function, None), orders: vec![0; arguments.len()], arguments })
}

pub fn letter(name: &str) -> Expr {
    at(Kind::Name(Name::new(name, None)))
}

pub fn full(name: &Name) -> String {
    match &name.subscript {
        Some(subscript) => format!("{}_{subscript}", name.base),
        None => name.base.clone(),
    }
}

/// Changes all names of an expression.
pub fn rename(e: &mut Expr, change: &mut dyn FnMut(&mut Name)) {
    e.rename(&mut |name| change(name));
    e.each_child(&mut |child| rename(child, change));
}

fn product(factors: Vec<Expr>) -> Option<Expr> {
    factors.into_iter().reduce(|a, b| binary(Binary::Mul, a, b))
}

fn transposed(e: Expr) -> Expr {
    call("transpose", vec![e])
}

fn inverse(e: Expr) -> Expr {
    binary(Binary::Pow, e, at(Kind::Neg(Box::new(number(1)))))
}

fn squared(e: Expr) -> Expr {
    binary(Binary::Pow, e, number(2))
}

fn is_number(e: &Expr, value: i64) -> bool {
    matches!(&e.kind, Kind::Number(n) if *n == num_rational::BigRational::from_integer(value.into()))
}

/// A quotient of products.
struct Quotient {
    negative: bool,
    tops: Vec<Expr>,
    bottoms: Vec<Expr>,
}

impl Quotient {
    fn of(e: &Expr) -> Quotient {
        let mut quotient = Quotient { negative: false, tops: Vec::new(), bottoms: Vec::new() };
        quotient.take(e, true);
        quotient
    }

    fn take(&mut self, e: &Expr, above: bool) {
        match &e.kind {
            Kind::Neg(a) => {
                self.negative ^= true;
                self.take(a, above);
            }
            Kind::Binary(Binary::Mul, a, b) => {
                self.take(a, above);
                self.take(b, above);
            }
            Kind::Binary(Binary::Div, a, b) => {
                self.take(a, above);
                self.take(b, !above);
            }
            _ if above && is_number(e, 1) => {}
            _ if above => self.tops.push(e.clone()),
            _ => self.bottoms.push(e.clone()),
        }
    }

    fn whole(self) -> Expr {
        let top = product(self.tops).unwrap_or_else(|| number(1));
        let whole = match product(self.bottoms) {
            Some(bottom) => binary(Binary::Div, top, bottom),
            None => top,
        };
        if self.negative { at(Kind::Neg(Box::new(whole))) } else { whole }
    }
}

impl Lift {
    /// The estimator in R^d; none where it has no such reading.
    pub fn read(mut self, line: &Expr) -> Option<Lifted> {
        let (mut binders, mut given) = (Vec::new(), Vec::new());
        let mut body = line;
        while let Kind::Expectation { binders: own, body: inner } = &body.kind {
            for Binder { variables, law } in own {
                for variable in variables {
                    // A law that is not specified says nothing of sizes.
                    if let (Some(size), true) = (&self.drawn, law.arguments.is_empty()) {
                        let size = crate::syntax::print(size, crate::syntax::Style::Unicode);
                        let letters = vec![variable.clone()];
                        given.push(Assumption::Space { letters, sizes: vec![size], span: Span::default() });
                    }
                }
                binders.push(Binder { variables: variables.clone(), law: self.law(law)? });
                let axes = usize::from(self.drawn.is_some());
                self.axes.extend(variables.iter().map(|variable| (full(variable), axes)));
            }
            body = inner;
        }
        if binders.is_empty() {
            return None;
        }
        let body = match (self.wanted, &self.drawn) {
            (0, Some(_)) => self.shared(body)?,
            _ => match self.typed(body, self.wanted)? {
                (body, axes) if axes == self.wanted => body,
                _ => return None,
            },
        };
        Some(Lifted { mean: at(Kind::Expectation { binders, body: Box::new(body) }), given })
    }

    fn law(&self, law: &Law) -> Option<Law> {
        let Some(size) = &self.drawn else { return Some(law.clone()) };
        let arguments = match (&*law.name.base, law.arguments.as_slice()) {
            ("N", [mean, variance]) if law.name.subscript.is_none() => {
                let mean = match self.typed(mean, 1)? {
                    (mean, 1) => mean,
                    (mean, 0) if is_number(&mean, 0) => mean,
                    _ => return None,
                };
                let variance = match self.typed(variance, 2)? {
                    (variance, 2) => variance,
                    (variance, 0) if is_number(&variance, 1) => letter("I"),
                    (variance, 0) => binary(Binary::Mul, variance, letter("I")),
                    _ => return None,
                };
                vec![mean, variance]
            }
            ("Rademacher", []) => vec![size.clone()],
            (base, []) if crate::syntax::is_letter(base) => Vec::new(),
            _ => return None,
        };
        Some(Law { arguments, ..law.clone() })
    }

    /// The same for numbers, vectors and matrices; of two vectors the product is a number, or a matrix where one is wanted.
    fn typed(&self, e: &Expr, wanted: usize) -> Option<Typed> {
        let number = |e: &Expr| match self.typed(e, 0)? {
            (e, 0) => Some(e),
            _ => None,
        };
        Some(match &e.kind {
            Kind::Number(_) => (e.clone(), 0),
            Kind::Name(name) => (e.clone(), self.axes.get(&full(name)).copied().unwrap_or(0)),
            Kind::Binary(op @ (Binary::Add | Binary::Sub), a, b) => {
                let (a, axes) = self.typed(a, wanted)?;
                match self.typed(b, wanted)? {
                    (b, other) if axes == other => (binary(*op, a, b), axes),
                    _ => return None,
                }
            }
            Kind::Binary(Binary::Mul | Binary::Div, ..) | Kind::Neg(_) => self.quotient(e, wanted)?,
            Kind::Binary(Binary::Pow, base, exponent) => match (self.typed(base, 1)?, is_number(exponent, 2)) {
                ((base, 0), _) => (binary(Binary::Pow, base, number(exponent)?), 0),
                ((base, 1), true) if wanted == 2 => (binary(Binary::Mul, base.clone(), transposed(base)), 2),
                ((base, 1), true) => (squared(call("norm", vec![base])), 0),
                ((base, 2), true) => (binary(Binary::Mul, base.clone(), transposed(base)), 2),
                _ => return None,
            },
            Kind::Call { function, orders, arguments } if self.functions.contains(&full(function)) => {
                let arguments = arguments.iter().map(|argument| self.typed(argument, 1)).collect::<Option<Vec<_>>>()?;
                self.value(function, orders, arguments, wanted)?
            }
            Kind::Call { function, orders, arguments } => {
                if arguments.len() == 1 && is_density(&arguments[0]) {
                    return Some((e.clone(), 0));
                }
                let arguments = arguments.iter().map(number).collect::<Option<Vec<_>>>()?;
                (at(Kind::Call { function: function.clone(), orders: orders.clone(), arguments }), 0)
            }
            Kind::Abs(a) => (at(Kind::Abs(Box::new(number(a)?))), 0),
            Kind::Indicator(relation, a, b) => {
                (at(Kind::Indicator(*relation, Box::new(number(a)?), Box::new(number(b)?))), 0)
            }
            Kind::Density { .. } => (e.clone(), 0),
            // The score.
            Kind::Derivative { variable: Some(name), order: 1, body } if holds_density(body) => {
                (e.clone(), self.axes.get(&full(name)).copied().unwrap_or(0))
            }
            _ => return None,
        })
    }

    /// A value of an unknown function or of its derivative.
    fn value(&self, function: &Name, orders: &[u32], arguments: Vec<Typed>, wanted: usize) -> Option<Typed> {
        let axes = arguments.iter().map(|(_, axes)| *axes).max().unwrap_or(0);
        let plain = |orders: Vec<u32>, arguments: Vec<Typed>| {
            let arguments = arguments.into_iter().map(|(argument, _)| argument).collect();
            at(Kind::Call { function: function.clone(), orders, arguments })
        };
        let by_argument = |order: u32, value: Expr| {
            let variable = Some(Name::new(ARGUMENT, None));
            at(Kind::Derivative { variable, order, body: Box::new(value) })
        };
        Some(match (orders, axes) {
            (orders, _) if orders.iter().all(|order| *order == 0) => (plain(orders.to_vec(), arguments), 0),
            ([_], 0) => (plain(orders.to_vec(), arguments), 0),
            ([1], 1) => (by_argument(1, plain(vec![0], arguments)), 1),
            ([2], 1) if wanted == 2 => (by_argument(2, plain(vec![0], arguments)), 2),
            ([2], 1) => (at(Kind::Difference(Box::new(plain(vec![0], arguments)))), 0),
            _ => return None,
        })
    }

    fn quotient(&self, e: &Expr, wanted: usize) -> Option<Typed> {
        let Quotient { negative, tops, bottoms } = Quotient::of(e);
        let (mut numbers, mut vectors, mut matrices) = (Vec::new(), Vec::new(), Vec::new());
        for top in &tops {
            // A square is two vectors, between which matrices may stand.
            if let (Kind::Binary(Binary::Pow, base, exponent), 2) = (&top.kind, wanted)
                && is_number(exponent, 2)
                && let Some((base, 1)) = self.typed(base, 1)
            {
                vectors.extend([base.clone(), base]);
                continue;
            }
            match self.typed(top, wanted)? {
                (top, 0) => numbers.push(top),
                (top, 1) => vectors.push(top),
                (top, _) => matrices.push(top),
            }
        }
        let (mut below, mut inverses) = (Vec::new(), Vec::new());
        for bottom in &bottoms {
            let (base, times) = match &bottom.kind {
                Kind::Binary(Binary::Pow, base, exponent) if is_number(exponent, 2) => (&**base, 2),
                _ => (bottom, 1),
            };
            match self.typed(base, 2)? {
                (base, 2) => inverses.extend(vec![inverse(base); times]),
                (_, 0) => below.push(self.typed(bottom, 0)?.0),
                _ => return None,
            }
        }
        let (middle, axes) = match (vectors.len(), matrices.len(), inverses.len()) {
            (0, 0, 0) => (Vec::new(), 0),
            (0, 1, 0) => (matrices, 2),
            (0, 0, 1) => (inverses, 2),
            (1, _, _) => (inverses.into_iter().chain(matrices).chain(vectors).collect(), 1),
            (2, 0, _) => {
                // The gradient is the row, as in ∇f ε^⊤.
                vectors.sort_by_key(|vector| !matches!(vector.kind, Kind::Derivative { .. }));
                let right = transposed(vectors.pop()?);
                let left = vectors.pop()?;
                match (wanted, inverses.len()) {
                    (2, 0) => (vec![left, right], 2),
                    (2, 2) => (vec![inverses.pop()?, left, right, inverses.pop()?], 2),
                    (2, _) => return None,
                    (_, 0 | 1) => {
                        let Kind::Call { arguments, .. } = right.kind else { return None };
                        let right = arguments.into_iter().next()?;
                        (vec![product([transposed(right)].into_iter().chain(inverses).chain([left]).collect())?], 0)
                    }
                    _ => return None,
                }
            }
            _ => return None,
        };
        let tops = numbers.into_iter().chain(middle).collect();
        Some((Quotient { negative, tops, bottoms: below }.whole(), axes))
    }

    /// What is the derivative in a parameter of all entries: the weights of each are added up.
    fn shared(&self, e: &Expr) -> Option<Expr> {
        if let Kind::Binary(op @ (Binary::Add | Binary::Sub), a, b) = &e.kind {
            return Some(binary(*op, self.shared(a)?, self.shared(b)?));
        }
        let quotient = Quotient::of(e);
        if quotient.bottoms.iter().any(|bottom| self.mentions_arrays(bottom)) {
            return None;
        }
        let order = quotient.tops.iter().map(|top| self.order(top)).max().unwrap_or(0);
        if order > 0 {
            return match self.typed(e, 0)? {
                (e, 0) => Some(e),
                _ => None,
            };
        }
        let (mut weights, mut rest) = (Vec::new(), Vec::new());
        for top in quotient.tops {
            let is_weight = !self.has_value(&top) && !holds_density(&top) && self.mentions_arrays(&top);
            if is_weight { weights.push(top) } else { rest.push(self.typed(&top, 0).filter(|(_, axes)| *axes == 0)?.0) }
        }
        let scores = rest.iter().any(holds_density);
        match product(weights) {
            Some(weight) => rest.insert(0, self.trace(&weight)?),
            None if scores => {}
            None => return None,
        }
        Some(Quotient { tops: rest, ..quotient }.whole())
    }

    /// The sum of a weight over the entries: `‖x‖² - d` for x² - 1.
    fn trace(&self, weight: &Expr) -> Option<Expr> {
        if let Some(short) = self.norms(weight) {
            return Some(short);
        }
        let taken = |name: &str| weight.mentions(&Name::new(name, None));
        let index = ["i", "j", "k", "l"].into_iter().find(|name| !taken(name))?;
        let mut entry = weight.clone();
        let mut is_entry = true;
        rename(&mut entry, &mut |name| {
            if self.axes.get(&full(name)) == Some(&1) {
                is_entry &= name.subscript.is_none();
                name.subscript = Some(index.into());
            }
        });
        let size = self.drawn.clone()?;
        is_entry.then(|| call("sum", vec![entry, letter(index), number(1), size]))
    }

    /// The same where it is made of squares and numbers.
    fn norms(&self, weight: &Expr) -> Option<Expr> {
        match &weight.kind {
            Kind::Binary(op @ (Binary::Add | Binary::Sub), a, b) => {
                return Some(binary(*op, self.norms(a)?, self.norms(b)?));
            }
            Kind::Neg(a) => return Some(at(Kind::Neg(Box::new(self.norms(a)?)))),
            _ => {}
        }
        let mut quotient = Quotient::of(weight);
        if quotient.bottoms.iter().any(|bottom| self.mentions_arrays(bottom)) {
            return None;
        }
        let is_vector = |top: &Expr| self.mentions_arrays(top);
        match quotient.tops.iter().filter(|top| is_vector(top)).count() {
            0 => quotient.tops.push(self.drawn.clone()?),
            1 => {
                for top in quotient.tops.iter_mut().filter(|top| is_vector(top)) {
                    match self.typed(top, 0)? {
                        (norm, 0) if matches!(top.kind, Kind::Binary(Binary::Pow, ..)) => *top = norm,
                        _ => return None,
                    }
                }
            }
            _ => return None,
        }
        Some(quotient.whole())
    }

    fn mentions_arrays(&self, e: &Expr) -> bool {
        let mut found = false;
        e.visit_names(&mut |name| found |= self.axes.get(&full(name)).is_some_and(|axes| *axes > 0));
        found
    }

    fn has_value(&self, e: &Expr) -> bool {
        let own = matches!(&e.kind, Kind::Call { function, .. } if self.functions.contains(&full(function)));
        own || e.children().into_iter().any(|child| self.has_value(child))
    }

    /// The highest derivative of an unknown function.
    fn order(&self, e: &Expr) -> u32 {
        let own = match &e.kind {
            Kind::Call { function, orders, .. } if self.functions.contains(&full(function)) => orders.iter().sum(),
            _ => 0,
        };
        e.children().into_iter().map(|child| self.order(child)).max().unwrap_or(0).max(own)
    }
}

fn is_density(e: &Expr) -> bool {
    matches!(e.kind, Kind::Density { .. })
}

fn holds_density(e: &Expr) -> bool {
    is_density(e) || e.children().into_iter().any(holds_density)
}
