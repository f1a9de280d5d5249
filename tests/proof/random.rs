//! Random terms, and their values in double precision by means of this file alone.

use proptest::prelude::*;
use stein::term::{Domain, Identity, Op, Symbol, Term, Var};

/// Letters that terms are made of; any of them may be bound.
pub fn letter(index: usize) -> Var {
    Var::free(["x", "y", "z"][index % 3], Domain::Real)
}

/// A positive parameter.
pub fn scale() -> Var {
    Var::free("s", Domain::Positive)
}

pub fn apply(name: &str, args: Vec<Term>) -> Term {
    Term::new(Op::Apply(Symbol::from(name), vec![0; args.len()]), args)
}

fn leaf(positive: bool) -> BoxedStrategy<Term> {
    let number = prop_oneof![(-3i64..=3).prop_map(Term::integer), (1i64..=5).prop_map(|n| Term::ratio(n, 4))];
    let letters = (0usize..3).prop_map(|i| Term::var(letter(i)));
    if positive {
        prop_oneof![2 => number, 4 => letters, 1 => Just(Term::var(scale()))].boxed()
    } else {
        prop_oneof![2 => number, 4 => letters].boxed()
    }
}

/// What may occur in a term.
#[derive(Clone, Copy)]
pub struct Fragment {
    /// Positive parameters beside real ones; the surface form does not tell them apart.
    pub positive: bool,
    /// Functions with kinks and jumps.
    pub pieces: bool,
    pub stops: bool,
    /// Denominators that may vanish.
    pub poles: bool,
}

/// Terms of a fragment, with expectations, integrals, sums and derivatives.
pub fn terms(fragment: Fragment) -> BoxedStrategy<Term> {
    leaf(fragment.positive)
        .prop_recursive(4, 20, 3, move |inner| {
            let unary = move |term: Term, which: usize| match which {
                0 => Term::function("sin", vec![term]),
                1 => Term::function("cos", vec![term]),
                2 => Term::function("sin", vec![term]).exp(),
                3 => Term::add(vec![Term::one(), Term::pow(term, Term::integer(2))]).ln(),
                4 => Term::add(vec![Term::one(), Term::pow(term, Term::integer(2))]).recip(),
                5 => Term::pow(Term::add(vec![Term::one(), Term::pow(term, Term::integer(2))]), Term::ratio(1, 2)),
                6 => Term::function("tanh", vec![term]),
                7 if fragment.pieces => Term::function("abs", vec![term]),
                8 if fragment.pieces => Term::function("step", vec![term]),
                9 if fragment.pieces => Term::function("relu", vec![term]),
                10 if fragment.poles => term.recip(),
                11 if fragment.stops => Term::new(Op::StopGrad, vec![term]),
                _ => apply("f", vec![term]),
            };
            let law = |mean: Term, width: Term| {
                let variance = Term::add(vec![Term::one(), Term::pow(width, Term::integer(2))]);
                Term::new(Op::Law("N".into()), vec![mean, variance])
            };
            prop_oneof![
                3 => prop::collection::vec(inner.clone(), 2..4).prop_map(Term::add),
                3 => prop::collection::vec(inner.clone(), 2..4).prop_map(Term::mul),
                2 => (inner.clone(), 0i64..=3).prop_map(|(base, n)| Term::pow(base, Term::integer(n))),
                4 => (inner.clone(), 0usize..14).prop_map(move |(term, which)| unary(term, which)),
                1 => (inner.clone(), inner.clone()).prop_map(|(a, b)| apply("g", vec![a, b])),
                2 => (0usize..3, inner.clone(), inner.clone(), inner.clone())
                    .prop_map(move |(i, m, w, body)| Term::expect(&letter(i), law(m, w), body)),
                1 => (0usize..3, inner.clone(), inner.clone()).prop_map(|(i, end, body)| {
                    Term::bind(Op::Integral(letter(i)), vec![Term::integer(-1), end, body])
                }),
                1 => (inner.clone(), inner.clone(), 0i64..4).prop_map(|(body, factor, n)| {
                    let k = Var::free("k", Domain::Natural);
                    let body = Term::add(vec![body, Term::mul(vec![factor, Term::var(k.clone())])]);
                    Term::bind(Op::Sum(k), vec![Term::zero(), Term::integer(n), body])
                }),
                2 => (0usize..3, 1u32..=2, inner.clone())
                    .prop_map(|(i, order, body)| Term::derivative(&letter(i), order, body)),
                1 => (0usize..3, inner.clone(), inner).prop_map(|(i, body, point)| {
                    Term::bind(Op::Derivative(letter(i), 1), vec![body, point])
                }),
            ]
        })
        .boxed()
}

/// Values of variables, the innermost last; the second value is what a stopped part sees.
#[derive(Clone, Default)]
pub struct Environment {
    values: Vec<(Var, f64, f64)>,
    /// Evaluations that may still be made.
    pub fuel: u32,
}

/// An expectation as a fixed mean over five points, in units of the deviation.
const NODES: [(f64, f64); 5] = [(-1.9, 0.08), (-0.8, 0.25), (0.15, 0.3), (0.9, 0.25), (2.1, 0.12)];

impl Environment {
    pub fn new(values: &[(Var, f64)]) -> Environment {
        let values = values.iter().map(|(var, value)| (var.clone(), *value, *value)).collect();
        Environment { values, fuel: 60_000 }
    }

    /// One more variable, which hides any of the same name.
    pub fn extended(mut self, var: &Var, value: f64) -> Environment {
        self.values.push((var.clone(), value, value));
        self
    }

    fn with<T>(&mut self, var: &Var, value: f64, held: f64, run: impl FnOnce(&mut Self) -> T) -> T {
        self.values.push((var.clone(), value, held));
        let result = run(self);
        self.values.pop();
        result
    }

    /// The value of a term; none where it is undefined, out of reach, or too rough for differences.
    pub fn value(&mut self, term: &Term) -> Option<f64> {
        self.fuel = self.fuel.checked_sub(1)?;
        let args = term.args();
        let value = match term.op() {
            Op::Number(n) => num_traits::ToPrimitive::to_f64(n)?,
            Op::Pi => std::f64::consts::PI,
            Op::Var(var) => self.values.iter().rev().find(|(v, ..)| v == var)?.1,
            Op::Add => args.iter().map(|arg| self.value(arg)).sum::<Option<f64>>()?,
            Op::Mul => args.iter().map(|arg| self.value(arg)).product::<Option<f64>>()?,
            Op::Pow => self.power(&args[0], &args[1])?,
            Op::Function(name) => {
                let values = args.iter().map(|arg| self.value(arg)).collect::<Option<Vec<_>>>()?;
                function(name, &values)?
            }
            Op::Apply(name, orders) => {
                let values = args.iter().map(|arg| self.value(arg)).collect::<Option<Vec<_>>>()?;
                unknown(name, orders, &values)
            }
            Op::StopGrad => {
                let kept = self.values.clone();
                self.values.iter_mut().for_each(|(_, value, held)| *value = *held);
                let value = self.value(&args[0]);
                self.values = kept;
                value?
            }
            Op::Expect(var) => self.mean(var, &args[0], &args[1])?,
            Op::Integral(var) => self.integral(var, &args[0], &args[1], &args[2])?,
            Op::Sum(var) => {
                let (lo, hi) = (self.value(&args[0])?, self.value(&args[1])?);
                let terms = (lo as i64)..=(hi as i64);
                let mut sum = 0.0;
                for k in terms {
                    sum += self.with(var, k as f64, k as f64, |this| this.value(&args[2]))?;
                }
                sum
            }
            Op::Derivative(var, order) => self.derivative(var, *order, &args[0], &args[1])?,
            _ => return None,
        };
        (value.is_finite() && value.abs() < 1e6).then_some(value)
    }

    fn power(&mut self, base: &Term, exponent: &Term) -> Option<f64> {
        let (base, exponent) = (self.value(base)?, self.value(exponent)?);
        if base == 0.0 && exponent <= 0.0 || (exponent < 0.0 && base.abs() < 1e-3) {
            return None;
        }
        Some(base.powf(exponent))
    }

    fn mean(&mut self, var: &Var, law: &Term, body: &Term) -> Option<f64> {
        let (Op::Law(_), [mean, variance]) = (law.op(), law.args()) else { return None };
        let (mean, width) = (self.value(mean)?, self.value(variance)?.sqrt());
        // What is held sees the same sample: a derivative of the law is taken by the law's own parameters only.
        let mut sum = 0.0;
        for (node, weight) in NODES {
            let at = mean + width * node;
            sum += weight * self.with(var, at, at, |this| this.value(body))?;
        }
        Some(sum)
    }

    fn integral(&mut self, var: &Var, lo: &Term, hi: &Term, body: &Term) -> Option<f64> {
        let (lo, hi) = (self.value(lo)?, self.value(hi)?);
        // Three points of Gauss: a linear functional of the body, smooth in the ends.
        let mut sum = 0.0;
        for (node, weight) in [(-0.774_596_669_241_483_4, 5.0), (0.0, 8.0), (0.774_596_669_241_483_4, 5.0)] {
            let at = lo + (hi - lo) * (1.0 + node) / 2.0;
            sum += (hi - lo) * weight / 18.0 * self.with(var, at, at, |this| this.value(body))?;
        }
        Some(sum)
    }

    /// Differences with two spacings, which have to agree.
    fn derivative(&mut self, var: &Var, order: u32, body: &Term, point: &Term) -> Option<f64> {
        let point = self.value(point)?;
        let mut at = |offset: f64| self.with(var, point + offset, point, |this| this.value(body));
        let mut estimate = |h: f64| -> Option<f64> {
            let (a, b, c, d) = (at(-2.0 * h)?, at(-h)?, at(h)?, at(2.0 * h)?);
            match order {
                1 => Some((a - 8.0 * b + 8.0 * c - d) / (12.0 * h)),
                2 => Some((-a + 16.0 * b - 30.0 * at(0.0)? + 16.0 * c - d) / (12.0 * h * h)),
                _ => None,
            }
        };
        let (near, far) = (estimate(0.01)?, estimate(0.02)?);
        // At a kink the slopes of both sides differ.
        let [before, here, after] = [at(-0.01)?, at(0.0)?, at(0.01)?];
        if (after - 2.0 * here + before).abs() > 1e-3 * (1.0 + near.abs()) {
            return None;
        }
        ((near - far).abs() <= 1e-5 * (1.0 + near.abs())).then_some(near)
    }
}

fn function(name: &str, values: &[f64]) -> Option<f64> {
    let u = *values.first()?;
    Some(match name {
        "sin" => u.sin(),
        "cos" => u.cos(),
        "exp" => u.exp(),
        "ln" if u > 0.0 => u.ln(),
        "sqrt" if u >= 0.0 => u.sqrt(),
        "tanh" => u.tanh(),
        "abs" => u.abs(),
        "relu" => u.max(0.0),
        // Differences leave some noise where a derivative is 0.
        "step" | "sign" if u != 0.0 && u.abs() < 1e-6 => return None,
        "step" => f64::from(u8::from(u > 0.0)),
        "sign" => {
            if u > 0.0 {
                1.0
            } else if u < 0.0 {
                -1.0
            } else {
                0.0
            }
        }
        _ => return None,
    })
}

/// `f(u) = sin(1.3 u + 0.4)`, `g(u, v) = sin(0.7 u - 1.1 v + 0.2)`, with all derivatives.
fn unknown(name: &str, orders: &[u32], values: &[f64]) -> f64 {
    let (rates, shift) = if name == "f" { (vec![1.3], 0.4) } else { (vec![0.7, -1.1], 0.2) };
    let phase: f64 = rates.iter().zip(values).map(|(rate, value)| rate * value).sum::<f64>() + shift;
    let factor: f64 = rates.iter().zip(orders).map(|(rate, order)| rate.powi(*order as i32)).product();
    factor * (phase + f64::from(orders.iter().sum::<u32>()) * std::f64::consts::FRAC_PI_2).sin()
}

/// The same term with its binders renumbered at random.
pub fn renumbered(term: &Term, seed: u64) -> Term {
    let args: Vec<Term> =
        term.args().iter().enumerate().map(|(i, arg)| renumbered(arg, seed ^ (i as u64 + 1) << 7)).collect();
    let Some(var) = term.op().bound() else { return Term::new(term.op().clone(), args) };
    let index = term.op().body_index();
    let mut number = 1 + (seed ^ term.size() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) as u32 % 40;
    while args[index].free().iter().any(|v| v.identity == Identity::Bound(number)) {
        number += 1;
    }
    let fresh = Var::bound(number, var.domain);
    let mut args = args;
    args[index] = stein::term::substitute(&args[index], var, &Term::var(fresh.clone()));
    Term::new(term.op().with_bound(fresh), args)
}
