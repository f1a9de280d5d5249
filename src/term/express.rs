//! From terms back to surface trees, so that they can be printed and read again.

use super::{Identity, Op, Term, Var, is_positive};
use crate::syntax::{Binary, Binder, Expr, Kind, Law, Name, Relation, Span};
use num_rational::BigRational;
use num_traits::{One, Signed};

/// The surface tree of a term, with conventional names for bound variables.
pub fn express(term: &Term) -> Expr {
    Express::default().expr(term)
}

/// Chooses names for bound variables while it goes.
#[derive(Default)]
pub struct Express {
    /// Letters to try first for the variable of a law that is printed like this, such as those of the user's statement.
    pub preferred: Vec<(Law, String)>,
    /// Whether other laws leave these letters alone, as far as they can.
    pub apart: bool,
    scope: Vec<(Var, String)>,
}

fn at(kind: Kind) -> Expr {
    Expr { kind, span: Span::default() }
}

fn name(text: &str) -> Name {
    match text.split_once('_') {
        Some((base, subscript)) => Name { base: base.into(), subscript: Some(subscript.into()) },
        None => Name { base: text.into(), subscript: None },
    }
}

fn binary(op: Binary, a: Expr, b: Expr) -> Expr {
    at(Kind::Binary(op, Box::new(a), Box::new(b)))
}

impl Express {
    /// The surface tree of a term.
    pub fn expr(&mut self, term: &Term) -> Expr {
        let args = term.args();
        match term.op() {
            Op::Number(n) if n.is_negative() => at(Kind::Neg(Box::new(self.rational(&-n)))),
            Op::Number(n) => self.rational(n),
            Op::Pi => at(Kind::Name(name("π"))),
            Op::Infinity => at(Kind::Infinity),
            Op::Var(var) => at(Kind::Name(name(&self.letter(var)))),
            Op::Add => self.sum(args),
            Op::Mul => self.product(args),
            Op::Pow => self.power(&args[0], &args[1]),
            Op::Function(f) if &**f == EQUAL => self.equal_to_zero(&args[0]),
            Op::Function(f) if &**f == "abs" => at(Kind::Abs(Box::new(self.expr(&args[0])))),
            Op::Function(f) if &**f == "He" && args[0].op() != &Op::Add && args[0].factors().len() == 1 => {
                let index = match args[0].as_var() {
                    Some(var) => self.letter(var),
                    None => args[0].as_number().map_or_else(String::new, ToString::to_string),
                };
                let function = Name { base: f.to_string(), subscript: Some(index) };
                at(Kind::Call { function, orders: vec![0], arguments: vec![self.expr(&args[1])] })
            }
            Op::Function(f) => self.call(f, vec![0; args.len()], args),
            Op::Apply(f, orders) => self.call(f, orders.clone(), args),
            Op::Law(f) => self.call(f, vec![0; args.len()], args),
            Op::UnknownLaw(f) => at(Kind::Name(self.law_name(f, args))),
            Op::StopGrad => at(Kind::StopGrad(Box::new(self.expr(&args[0])))),
            Op::Density => {
                let law = self.law(&args[0]);
                at(Kind::Density { law, at: Box::new(self.expr(&args[1])) })
            }
            Op::Expect(_) => self.expectation(term),
            Op::Integral(var) => self.integral(term, var),
            Op::Sum(var) => {
                let (lo, hi) = (self.expr(&args[0]), self.expr(&args[1]));
                let letter = self.choose(&["k", "j", "i", "l", "m", "n"], var, &args[2]);
                let body = self.within(var, letter.clone(), &args[2]);
                at(Kind::Call {
                    function: name("sum"),
                    orders: vec![0; 4],
                    arguments: vec![body, at(Kind::Name(name(&letter))), lo, hi],
                })
            }
            Op::Derivative(var, order) => self.derivative(var, *order, &args[0], &args[1]),
            Op::Entry => self.entry(term),
            Op::Array(var) => {
                let size = self.expr(&args[0]);
                let letter = self.choose(&["k", "j", "i", "l"], var, &args[1]);
                let body = self.within(var, letter.clone(), &args[1]);
                let one = at(Kind::Number(BigRational::one()));
                let arguments = vec![body, at(Kind::Name(name(&letter))), one, size];
                at(Kind::Call { function: name("array"), orders: vec![0; 4], arguments })
            }
            Op::Independent(_) => self.expr(&args[1]),
        }
    }

    fn rational(&self, n: &BigRational) -> Expr {
        if n.is_integer() {
            return at(Kind::Number(n.clone()));
        }
        let part = |n: &num_bigint::BigInt| at(Kind::Number(BigRational::from_integer(n.clone())));
        let (top, bottom) = (part(&n.numer().abs()), part(n.denom()));
        let quotient = binary(Binary::Div, top, bottom);
        if n.is_negative() { at(Kind::Neg(Box::new(quotient))) } else { quotient }
    }

    fn sum(&mut self, args: &[Term]) -> Expr {
        let with_indicators = indicators(args);
        let args = with_indicators.as_deref().unwrap_or(args);
        // What leads with a plus comes first: `(y - θ)/σ²`, not `(-θ + y)/σ²`; a number only if nothing else does: `1 - p`.
        let mut ordered: Vec<&Term> = args.iter().collect();
        if args.len() <= 64 {
            let number = |t: &Term| t.as_number().is_some();
            let alone = args.iter().all(|t| number(t) || t.is_negative_looking());
            ordered.sort_by_key(|t| (number(t) && !alone, t.is_negative_looking()));
        }
        let mut result: Option<Expr> = None;
        for term in ordered {
            result = Some(match result {
                None => self.expr(term),
                Some(so_far) if term.is_negative_looking() => {
                    let positive = self.expr(&negated(term));
                    binary(Binary::Sub, so_far, positive)
                }
                Some(so_far) => {
                    let next = self.expr(term);
                    binary(Binary::Add, so_far, next)
                }
            });
        }
        result.unwrap_or_else(|| at(Kind::Number(BigRational::from_integer(0.into()))))
    }

    /// `1{x = 1}` for `x - 1`.
    fn equal_to_zero(&mut self, term: &Term) -> Expr {
        let is_right = |t: &Term| t.as_number().is_some() || t.is_negative_looking();
        let (right, left): (Vec<Term>, Vec<Term>) = term.summands().iter().cloned().partition(is_right);
        let (left, right) = if left.is_empty() {
            let numbers = |t: &Term| t.as_number().is_some();
            let (numbers, rest): (Vec<Term>, Vec<Term>) = right.into_iter().partition(numbers);
            (rest.iter().map(negated).collect(), numbers)
        } else {
            (left, right.iter().map(negated).collect())
        };
        let mut side = |terms: Vec<Term>| match terms.as_slice() {
            [one] => self.expr(one),
            several => self.sum(several),
        };
        let (left, right) = (side(left), side(right));
        at(Kind::Indicator(Relation::Equal, Box::new(left), Box::new(right)))
    }

    fn product(&mut self, args: &[Term]) -> Expr {
        let (mut top, mut bottom) = (Vec::new(), Vec::new());
        let mut negative = false;
        for factor in ordered_factors(args) {
            match factor.op() {
                Op::Number(n) => {
                    negative ^= n.is_negative();
                    let n = n.abs();
                    let part = |n: &num_bigint::BigInt| at(Kind::Number(BigRational::from_integer(n.clone())));
                    if !n.numer().is_one() {
                        top.insert(0, part(n.numer()));
                    }
                    if !n.denom().is_one() {
                        bottom.insert(0, part(n.denom()));
                    }
                }
                Op::Pow if factor.args()[1].as_number().is_some_and(Signed::is_negative) => {
                    let exponent =
                        Term::number(-factor.args()[1].as_number().cloned().unwrap_or_else(BigRational::one));
                    bottom.push(self.power(&factor.args()[0], &exponent));
                }
                _ => top.push(self.expr(factor)),
            }
        }
        let fold = |parts: Vec<Expr>| parts.into_iter().reduce(|a, b| binary(Binary::Mul, a, b));
        let top = fold(top).unwrap_or_else(|| at(Kind::Number(BigRational::one())));
        let quotient = match fold(bottom) {
            Some(bottom) => binary(Binary::Div, top, bottom),
            None => top,
        };
        if negative { at(Kind::Neg(Box::new(quotient))) } else { quotient }
    }

    fn power(&mut self, base: &Term, exponent: &Term) -> Expr {
        if exponent.is_one() {
            return self.expr(base);
        }
        if let Some(n) = exponent.as_number() {
            if n.is_negative() {
                let denominator = self.power(base, &Term::number(-n));
                return binary(Binary::Div, at(Kind::Number(BigRational::one())), denominator);
            }
            if *n.denom() == 2.into() {
                let root = self.expr(base);
                let root = at(Kind::Call { function: name("sqrt"), orders: vec![0], arguments: vec![root] });
                return match n.numer() {
                    numer if numer.is_one() => root,
                    numer => binary(Binary::Pow, root, at(Kind::Number(BigRational::from_integer(numer.clone())))),
                };
            }
        }
        let (base, exponent) = (self.expr(base), self.expr(exponent));
        binary(Binary::Pow, base, exponent)
    }

    fn call(&mut self, function: &str, orders: Vec<u32>, args: &[Term]) -> Expr {
        let arguments = args.iter().map(|arg| self.expr(arg)).collect();
        at(Kind::Call { function: name(function), orders, arguments })
    }

    fn law_name(&mut self, base: &str, args: &[Term]) -> Name {
        let letters: Vec<String> =
            args.iter().map(|arg| arg.as_var().map_or_else(|| "·".into(), |v| self.letter(v))).collect();
        let (base, name) = base.split_once('_').map_or((base, None), |(base, name)| (base, Some(name.to_string())));
        let below: Vec<String> = name.into_iter().chain(letters).collect();
        Name { base: base.into(), subscript: (!below.is_empty()).then(|| below.join(",")) }
    }

    /// The surface form of a law.
    pub fn law(&mut self, law: &Term) -> Law {
        let (stopped, bare) = if *law.op() == Op::StopGrad { (true, &law.args()[0]) } else { (false, law) };
        let (name, arguments) = match bare.op() {
            // Below a letter there is room for letters only.
            // The factor of a law of several variables: its parameters stand below it, what is given behind its bar.
            Op::UnknownLaw(base) if base.contains('_') => {
                let below = |arg: &&Term| arg.as_var().is_some_and(|v| is_greek(&self.letter(v)));
                let split = bare.args().iter().take_while(below).count();
                let (parameters, given) = bare.args().split_at(split);
                let given = given.iter().map(|arg| self.expr(arg)).collect();
                (self.law_name(base, parameters), given)
            }
            Op::UnknownLaw(base)
                if bare.args().iter().any(|arg| arg.as_var().is_none_or(|v| self.letter(v).contains('_'))) =>
            {
                (name(base), bare.args().iter().map(|arg| self.expr(arg)).collect())
            }
            Op::UnknownLaw(base) => (self.law_name(base, bare.args()), vec![]),
            Op::Law(base) => (name(base), bare.args().iter().map(|arg| self.expr(arg)).collect()),
            _ => (name("?"), vec![]),
        };
        Law { stopped, ..Law::named(name, arguments, Span::default()) }
    }

    /// `x_i`, `x_{i,k}`.
    fn entry(&mut self, term: &Term) -> Expr {
        let mut indices = Vec::new();
        let mut base = term;
        while *base.op() == Op::Entry {
            let index = &base.args()[1];
            let written = index.as_var().map(|v| self.letter(v));
            indices
                .insert(0, written.unwrap_or_else(|| index.as_integer().map_or_else(String::new, |n| n.to_string())));
            base = &base.args()[0];
        }
        let letter = base.as_var().map_or_else(|| "array".into(), |v| self.letter(v));
        at(Kind::Name(Name { base: letter, subscript: Some(indices.join(",")) }))
    }

    /// Nested expectations of independent variables are written as one.
    fn expectation(&mut self, term: &Term) -> Expr {
        let mut binders: Vec<Binder> = Vec::new();
        let mut bound: Vec<Var> = Vec::new();
        let kept = self.scope.len();
        let mut body = term;
        while let Op::Expect(var) = body.op() {
            let (law, inner) = (&body.args()[0], &body.args()[1]);
            if bound.iter().any(|outer| law.depends_on(outer)) {
                break;
            }
            let written = self.law(law);
            let letter = self.sample_letter(law, &written, var, inner);
            match binders.last_mut() {
                Some(last) if last.law == written => last.variables.push(name(&letter)),
                _ => binders.push(Binder { variables: vec![name(&letter)], law: written }),
            }
            self.scope.push((var.clone(), letter));
            bound.push(var.clone());
            body = inner;
        }
        let body = self.expr(body);
        self.scope.truncate(kept);
        at(Kind::Expectation { binders, body: Box::new(body) })
    }

    fn sample_letter(&mut self, law: &Term, written: &Law, var: &Var, body: &Term) -> String {
        let preferred: Vec<&String> = self.preferred.iter().filter(|(l, _)| l == written).map(|(_, s)| s).collect();
        let usual = if law.free().is_empty() { ["x", "z", "w", "t", "r"] } else { ["y", "x", "z", "w", "t"] };
        let bare = if *law.op() == Op::StopGrad { &law.args()[0] } else { law };
        let mut usual = if matches!(bare.op(), Op::UnknownLaw(_)) || var.domain.is_integer() {
            ["x", "z", "w", "y", "t"]
        } else {
            usual
        };
        if self.apart {
            usual.sort_by_key(|letter| self.preferred.iter().any(|(_, other)| other == letter));
        }
        let letters: Vec<&str> = preferred.into_iter().map(String::as_str).chain(usual).collect();
        self.choose(&letters, var, body)
    }

    fn integral(&mut self, term: &Term, var: &Var) -> Expr {
        let args = term.args();
        let whole_line = *args[1].op() == Op::Infinity && is_minus_infinity(&args[0]);
        let limits = if whole_line {
            None
        } else {
            let (lo, hi) = (self.expr(&args[0]), self.expr(&args[1]));
            Some((Box::new(lo), Box::new(hi)))
        };
        // A letter of an end would be read twice.
        let letter = self.choose(&["x", "y", "z", "w", "t"], var, &Term::add(args.to_vec()));
        let body = self.within(var, letter.clone(), &args[2]);
        at(Kind::Integral { limits, variable: name(&letter), body: Box::new(body) })
    }

    fn derivative(&mut self, var: &Var, order: u32, body: &Term, point: &Term) -> Expr {
        if let Some(target) = point.as_var()
            && !body.depends_on(target)
        {
            let letter = self.letter(target);
            let body = self.within(var, letter.clone(), body);
            return at(Kind::Derivative { variable: Some(name(&letter)), order, body: Box::new(body) });
        }
        // A derivative at a point that is no variable: `at(D_t[…], t, point)`.
        let letter = self.choose(&["t", "r", "s", "τ"], var, &Term::add(vec![body.clone(), point.clone()]));
        let point = self.expr(point);
        let body = self.within(var, letter.clone(), body);
        let derivative = at(Kind::Derivative { variable: Some(name(&letter)), order, body: Box::new(body) });
        let arguments = vec![derivative, at(Kind::Name(name(&letter))), point];
        at(Kind::Call { function: name("at"), orders: vec![0; 3], arguments })
    }

    fn within(&mut self, var: &Var, letter: String, body: &Term) -> Expr {
        self.scope.push((var.clone(), letter));
        let body = self.expr(body);
        self.scope.pop();
        body
    }

    fn letter(&self, var: &Var) -> String {
        match &var.identity {
            Identity::Free(name) => name.to_string(),
            Identity::Bound(number) => {
                let found = self.scope.iter().rev().find(|(v, _)| v == var);
                found.map_or_else(|| format!("x_{number}"), |(_, letter)| letter.clone())
            }
        }
    }

    /// The first letter that no variable of the body bears already.
    fn choose(&self, letters: &[&str], var: &Var, body: &Term) -> String {
        let taken: Vec<String> = body.free().iter().filter(|v| *v != var).map(|v| self.letter(v)).collect();
        let free = |letter: &str| !taken.iter().any(|t| t == letter);
        if let Some(letter) = letters.iter().find(|letter| free(letter)) {
            return letter.to_string();
        }
        (1..).map(|i| format!("x_{i}")).find(|letter| free(letter)).unwrap_or_default()
    }
}

/// Stands for `1{u = 0}` while a sum is written.
const EQUAL: &str = "·equal";

/// `c - c sign(u)²` as `c 1{u = 0}`, where that leaves no constant.
fn indicators(args: &[Term]) -> Option<Vec<Term>> {
    let mut constant = BigRational::from_integer(0.into());
    let mut written = Vec::new();
    for term in args {
        if let Some(number) = term.as_number() {
            constant += number;
        } else if let Some((coefficient, inside)) = squared_sign(term) {
            constant += &coefficient;
            written.push(Term::mul(vec![Term::number(-coefficient), Term::function(EQUAL, vec![inside])]));
        } else {
            written.push(term.clone());
        }
    }
    let is_new = written.iter().any(|t| t.factors().iter().any(|f| f.is_function(EQUAL)));
    (is_new && constant == BigRational::from_integer(0.into())).then_some(written)
}

/// The number c and the u of `c sign(u)²`.
fn squared_sign(term: &Term) -> Option<(BigRational, Term)> {
    let (numbers, rest): (Vec<&Term>, Vec<&Term>) = term.factors().iter().partition(|f| f.as_number().is_some());
    let [square] = rest.as_slice() else { return None };
    let is_square = *square.op() == Op::Pow && square.args()[1].as_integer() == Some(2);
    if !is_square || !square.args()[0].is_function("sign") {
        return None;
    }
    let coefficient = numbers.iter().filter_map(|n| n.as_number()).product();
    Some((coefficient, square.args()[0].args()[0].clone()))
}

fn is_minus_infinity(term: &Term) -> bool {
    *term.op() == Op::Mul && term.args().iter().any(|t| *t.op() == Op::Infinity) && term.is_negative_looking()
}

fn negated(term: &Term) -> Term {
    let mut factors = term.factors().to_vec();
    let first = factors[0].as_number().map_or_else(BigRational::one, |n| -n);
    if first.is_one() && factors.len() > 1 {
        factors.remove(0);
    } else {
        factors[0] = Term::number(first);
    }
    if factors.len() == 1 { factors.remove(0) } else { Term::mul(factors) }
}

/// The order in which a person writes factors: letters, then sums and functions, then expectations.
fn ordered_factors(args: &[Term]) -> Vec<&Term> {
    let rank = |t: &Term| match t.op() {
        Op::Number(_) => 0,
        _ if t.has_operator() => 4,
        Op::Var(_) | Op::Pi => 1,
        Op::Pow if t.args()[0].as_var().is_some() => 1,
        Op::Apply(..) => 3,
        _ if is_positive(t) => 2,
        _ => 2,
    };
    let mut ordered: Vec<&Term> = args.iter().collect();
    ordered.sort_by_key(|t| rank(t));
    ordered
}

/// A single Greek letter: what a parameter is called.
fn is_greek(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|c| ('\u{370}'..='\u{3ff}').contains(&c)) && letters.next().is_none()
}
