//! Whether the conditions of a rule hold for the terms of a step, and what that takes.

use super::arithmetic::{closed_value, equal};
use super::existence::{Existence, Orders, is_explicit};
use super::need::Need;
use super::refusal::refuse;
use crate::rule::Condition;
use crate::term::{
    Definitions, Hypotheses, Op, Regularity, Simplifier, Support, Term, Var, density_unfolds, holds_cut_density,
    is_nonzero, is_positive, substitute, substitute_many,
};
use stein_kernel::growth::Verdict;

type Needs = Result<Vec<Need>, String>;

/// What the condition takes.
///
/// # Errors
/// Says why it cannot hold, or cannot be seen to.
pub(super) fn needs(
    definitions: &Definitions,
    hypotheses: &Hypotheses,
    condition: &Condition,
    existence: &Existence,
    orders: &Orders,
) -> Needs {
    let judge = Judge { definitions, hypotheses, existence };
    match condition {
        Condition::Positive(term) => judge.positive(term),
        Condition::NonNegative(term) if judge.nonnegative(term) => Ok(vec![]),
        Condition::NonNegative(term) => refuse(format!("{term:?} is not known to be 0 or above")),
        Condition::Zero(term) if equal(definitions, term, &Term::zero()) => Ok(vec![]),
        Condition::Zero(term) => refuse(format!("{term:?} is not known to be 0")),
        Condition::NonZero(term) => judge.nonzero(term),
        Condition::AbsolutelyContinuous(quantified) => match unquantified(quantified) {
            (Op::Derivative(var, _), body) => judge.smooth(body, var, 1),
            _ => refuse("it says nothing"),
        },
        Condition::Continuous(quantified) => match unquantified(quantified) {
            (Op::Derivative(var, _), body) => judge.continuous(body, var),
            _ => Ok(vec![]),
        },
        Condition::FixedSupport(derivative) => match derivative.op() {
            Op::Derivative(var, _) => judge.fixed_support(&derivative.args()[0].args()[0], var, 1),
            _ => Ok(vec![]),
        },
        Condition::Covers { wide, narrow } => judge.covers(wide, narrow),
        Condition::Vanishes(mean) => judge.vanishes(mean, orders),
        Condition::Exists { mean, near } => existence.needs(mean, *near, hypotheses, orders),
        Condition::Kind { law, continuous } => match definitions.law(law) {
            Some((definition, _)) if *continuous && definition.is_absolutely_continuous() => Ok(vec![]),
            Some((definition, _)) if !*continuous && definition.is_discrete() => Ok(vec![]),
            None if *continuous => match law.op() {
                Op::UnknownLaw(name) if hypotheses.densities.contains(name) => {
                    Ok(vec![Need::Convention(format!("{name} has a density on the line"))])
                }
                _ => refuse("the law is not known to be continuous"),
            },
            _ => refuse(format!("the law is not known to be {}", if *continuous { "continuous" } else { "discrete" })),
        },
        Condition::Whole(term) => judge.whole(term),
    }
}

/// The derivative of which a condition of smoothness speaks, without the samples bound around it: its root and its body.
fn unquantified(mut term: &Term) -> (&Op, &Term) {
    while let Op::Expect(_) | Op::Integral(_) = term.op() {
        term = &term.args()[term.op().body_index()];
    }
    (term.op(), term.args().first().unwrap_or(term))
}

struct Judge<'a> {
    definitions: &'a Definitions,
    hypotheses: &'a Hypotheses,
    existence: &'a Existence<'a>,
}

impl Judge<'_> {
    fn positive(&self, term: &Term) -> Needs {
        // Signs of parts say nothing of a density that is cut off.
        let whole = !holds_cut_density(self.definitions, term);
        let granted = || self.hypotheses.positive.iter().any(|p| equal(self.definitions, p, term));
        let closed = || closed_value(self.definitions, term).is_some_and(|(_, sign)| sign > 0);
        let parts = || match term.op() {
            Op::Pow => self.positive(&term.args()[0]).is_ok(),
            Op::Mul => term.args().iter().all(|factor| self.positive(factor).is_ok()),
            _ => false,
        };
        if whole && (is_positive(term) || self.hypotheses.imply_positive(term)) || closed() || granted() || parts() {
            Ok(vec![])
        } else {
            refuse(format!("{term:?} is not known to be positive"))
        }
    }

    fn nonzero(&self, term: &Term) -> Needs {
        let given = || {
            let opposite = term.clone().opposite();
            let positive = &self.hypotheses.positive;
            self.hypotheses.imply_nonzero(term)
                || positive.iter().any(|p| equal(self.definitions, p, term) || equal(self.definitions, p, &opposite))
        };
        let closed = || closed_value(self.definitions, term).is_some_and(|(_, sign)| sign != 0);
        let parts = || match term.op() {
            Op::Pow => term.args()[1].as_number().is_some() && self.nonzero(&term.args()[0]).is_ok(),
            Op::Mul => term.args().iter().all(|factor| self.nonzero(factor).is_ok()),
            _ => false,
        };
        if is_nonzero(term) || closed() || given() || parts() {
            Ok(vec![])
        } else {
            refuse(format!("{term:?} is not known to differ from 0"))
        }
    }

    fn whole(&self, term: &Term) -> Needs {
        if crate::term::is_natural(term) || crate::term::is_natural(&Simplifier::new(self.definitions).simplify(term)) {
            return Ok(vec![]);
        }
        match closed_value(self.definitions, term) {
            Some((value, sign)) if sign >= 0 && value.abs() < 1e6 => {
                let nearest = Term::integer(value.round() as i64);
                let is_whole = equal(self.definitions, term, &nearest);
                if is_whole { Ok(vec![]) } else { refuse(format!("{term:?} is no whole number")) }
            }
            _ => refuse(format!("{term:?} is not known to be a whole number")),
        }
    }

    /// The term has `order` derivatives in the variable, the last of them in the sense of absolute continuity.
    fn smooth(&self, term: &Term, var: &Var, order: u32) -> Needs {
        if !term.depends_on(var) {
            return Ok(vec![]);
        }
        let args = term.args();
        let all = |terms: &[Term]| -> Needs {
            let mut result = Vec::new();
            for t in terms {
                result.extend(self.smooth(t, var, order)?);
            }
            Ok(result)
        };
        let fail = |why: &str| refuse(format!("{term:?} {why}"));
        match term.op() {
            Op::Mul if order == 1 => all(&with_closed_jumps(self.definitions, args)),
            Op::Var(_) | Op::Add | Op::Mul => all(args),
            Op::Pow => {
                let whole = args[1].as_integer().is_some_and(|n| n >= 0);
                let inverse = args[1].as_integer().is_some() && is_nonzero(&args[0]);
                if whole || inverse || is_positive(&args[0]) {
                    all(args)
                } else {
                    fail("has a pole or a root that may be met")
                }
            }
            Op::Function(name) if &**name == "ln" && *args[0].op() == Op::Density => all(args),
            Op::Function(name) => {
                let Some(function) = self.definitions.functions.get(name) else {
                    return fail("is no function that is known");
                };
                if function.of_positive && !is_positive(&args[0]) {
                    return fail("has a singularity that may be met");
                }
                if let Some(definition) = &function.definition {
                    let pairs: Vec<_> = function.parameters.iter().cloned().zip(args.iter().cloned()).collect();
                    return self.smooth(&substitute_many(definition, &pairs), var, order);
                }
                match function.regularity {
                    Regularity::Smooth => all(args),
                    Regularity::Lipschitz if order <= 1 => all(args),
                    _ => fail("is not smooth enough"),
                }
            }
            Op::Apply(name, orders) => {
                let mut result = all(args)?;
                let order = orders.iter().sum::<u32>().saturating_add(order);
                result.push(Need::Differentiable { function: name.clone(), order });
                Ok(result)
            }
            Op::Density => match args[0].op() {
                Op::UnknownLaw(name) if args[1].depends_on(var) && self.has_smooth_density(name) => {
                    let mut result = all(&[args[0].args(), &args[1..]].concat())?;
                    result.push(Need::Convention(format!("{name} has a smooth density above 0")));
                    Ok(result)
                }
                Op::UnknownLaw(_) if args[1].depends_on(var) => {
                    fail("is a density of an unspecified law at a moving point")
                }
                Op::UnknownLaw(name) => {
                    let mut result = all(args[0].args())?;
                    result
                        .push(Need::Convention(format!("the log-density of {name} is as smooth as the formula needs")));
                    Ok(result)
                }
                Op::Law(_) if density_unfolds(self.definitions, &args[0], &args[1]) => {
                    let Some((law, arguments)) = self.definitions.law(&args[0]) else {
                        return fail("is no density that is known");
                    };
                    self.smooth(&law.instantiate(&law.log_density, arguments, Some(&args[1])), var, order)
                }
                _ => fail("is a density whose support may be left"),
            },
            Op::StopGrad => Ok(vec![]),
            Op::Expect(sample) => {
                let mut result = self.smooth(&args[1], var, order)?;
                if args[0].depends_on(var) {
                    result.extend(self.fixed_support(&args[0], var, order)?);
                }
                // A mean of smooth functions is smooth where the means of their derivatives exist near the point: of the
                // integrand times the density in proportion to the one here.
                let law = substitute(&args[0], var, &Term::var(var.clone()));
                let density = Term::new(Op::Density, vec![law.clone(), Term::var(sample.clone())]);
                let weighted = if args[0].depends_on(var) {
                    Term::mul(vec![args[1].clone(), density.clone()])
                } else {
                    args[1].clone()
                };
                let here = Term::var(var.clone());
                let slope = substitute(&Term::derivative(var, order.min(2), weighted), var, &here);
                let slope = if args[0].depends_on(var) { Term::mul(vec![slope, density.recip()]) } else { slope };
                let mean = Term::bind(Op::Expect(sample.clone()), vec![law, slope]);
                result.extend(self.existence.needs(&mean, true, self.hypotheses, &Orders::of(&result))?);
                Ok(result)
            }
            Op::Integral(_) | Op::Sum(_) if !args[0].depends_on(var) && !args[1].depends_on(var) => {
                self.smooth(&args[2], var, order)
            }
            Op::Derivative(_, more) if args[1].as_var() == Some(var) && !args[0].depends_on(var) => {
                let Some(inner) = term.op().bound() else { return fail("is no derivative") };
                let result = self.smooth(&args[0], inner, order.saturating_add(*more));
                result.or_else(|why| self.smooth_by_formula(&args[0], inner, *more, order).ok_or(why))
            }
            Op::Derivative(_, more) if !args[1].depends_on(var) => {
                self.smooth(&args[0], var, order.saturating_add(*more))
            }
            _ => fail("is not known to be smooth"),
        }
    }

    /// The same of a derivative by its formula, where that is continuous, and those of the lower orders are: then it holds
    /// everywhere, also at kinks.
    fn smooth_by_formula(&self, body: &Term, var: &Var, more: u32, order: u32) -> Option<Vec<Need>> {
        let mut simplifier = Simplifier::new(self.definitions);
        let (mut formula, mut needs) = (body.clone(), vec![]);
        for _ in 0..more {
            needs.extend(self.smooth(&formula, var, 1).ok()?);
            formula = simplifier.simplify(&Term::derivative(var, 1, formula));
            if formula.has_operator() {
                return None;
            }
        }
        needs.extend(self.smooth(&formula, var, order).ok()?);
        Some(needs)
    }

    /// The hypotheses call the law smooth, or the law of several variables of which it is a factor.
    fn has_smooth_density(&self, name: &str) -> bool {
        let granted = |name: &str| self.hypotheses.classes.get(name) == Some(&Regularity::Smooth);
        granted(name) || name.split_once('_').is_some_and(|(joint, _)| granted(joint))
    }

    fn continuous(&self, term: &Term, var: &Var) -> Needs {
        match self.smooth(term, var, 1) {
            Ok(needs) => Ok(needs
                .into_iter()
                .map(|need| match need {
                    Need::Differentiable { function, order: 1 } => Need::Continuous { function },
                    Need::Differentiable { function, order } => Need::Differentiable { function, order: order - 1 },
                    other => other,
                })
                .collect()),
            Err(why) => Err(why),
        }
    }

    /// The support of the law is free of the variable, and its log-density has so many derivatives.
    fn fixed_support(&self, law: &Term, var: &Var, order: u32) -> Needs {
        match law.op() {
            _ if !law.depends_on(var) => Ok(vec![]),
            Op::StopGrad => Ok(vec![]),
            Op::UnknownLaw(name) => {
                let letters: Vec<String> =
                    law.args().iter().filter_map(|a| a.as_var()?.name().map(ToString::to_string)).collect();
                let letters = if letters.is_empty() { "the parameter".into() } else { letters.join(", ") };
                Ok(vec![Need::Convention(format!(
                    "the support of {name} does not depend on {letters}, and its log-density is smooth in it"
                ))])
            }
            _ => {
                let Some((definition, arguments)) = self.definitions.law(law) else {
                    return refuse("the law is not known");
                };
                let ends = match definition.support_at(arguments) {
                    Support::Interval(a, b) | Support::Integers(a, b) => vec![a, b],
                    Support::Points(points) => points,
                };
                if ends.iter().any(|end| end.depends_on(var)) {
                    return refuse("the support of the law moves with the parameter");
                }
                let log_density = definition.instantiate(&definition.log_density, arguments, None);
                self.smooth(&log_density, var, order)
            }
        }
    }

    /// Whether the support of one law holds that of another.
    fn covers(&self, wide: &Term, narrow: &Term) -> Needs {
        let convention = |text: String| Ok(vec![Need::Convention(text)]);
        match (wide.op(), narrow.op()) {
            _ if wide == narrow => Ok(vec![]),
            // One family: its support does not depend on the parameter.
            (Op::UnknownLaw(a), Op::UnknownLaw(b)) if a == b => {
                convention(format!("the support of {a} does not depend on its parameter"))
            }
            (Op::UnknownLaw(a), Op::UnknownLaw(b)) if &**a == "q" && wide.args().is_empty() => {
                convention(format!("the support of {a} covers that of {b}"))
            }
            (Op::UnknownLaw(a), Op::UnknownLaw(b)) => Ok(vec![Need::Covers { wide: a.clone(), narrow: b.clone() }]),
            _ => match [wide, narrow].map(|law| self.definitions.law(law)) {
                // A law whose density may vanish inside its support leaves gaps.
                [Some((wide, _)), Some(_)] if !wide.fills_its_support() => {
                    refuse(format!("the density of {} is not known to be positive on its support", wide.name))
                }
                [Some((wide, a)), Some((narrow, b))] => self.holds_support(&wide.support_at(a), &narrow.support_at(b)),
                _ => refuse("the supports are not known"),
            },
        }
    }

    fn holds_support(&self, wide: &Support, narrow: &Support) -> Needs {
        let below = |a: &Term, b: &Term| {
            is_minus_infinity(a) || *b.op() == Op::Infinity || a == b || self.nonnegative(&b.clone().minus(a.clone()))
        };
        let held = match (wide, narrow) {
            (Support::Interval(a, b), Support::Interval(c, d)) | (Support::Integers(a, b), Support::Integers(c, d)) => {
                below(a, c) && (!is_infinite(d) || is_infinite(b)) && below(d, b)
            }
            (Support::Integers(a, b), Support::Points(points)) => {
                points.iter().all(|p| p.as_integer().is_some() && below(a, p) && below(p, b))
            }
            (Support::Points(all), Support::Points(points)) => points.iter().all(|p| all.contains(p)),
            _ => false,
        };
        if held { Ok(vec![]) } else { refuse("one support is not known to hold the other") }
    }

    /// True if the term is known to be 0 or above.
    fn nonnegative(&self, term: &Term) -> bool {
        equal(self.definitions, term, &Term::zero())
            || closed_value(self.definitions, term).is_some_and(|(_, sign)| sign > 0)
            || self.hypotheses.imply_nonnegative(term)
            || self.positive(term).is_ok()
    }

    fn decays_at_finite_ends(&self, mean: &dyn Fn(Term) -> Term, product: Term, x: &Term, orders: &Orders) -> bool {
        let square = Term::pow(x.clone(), Term::integer(2)).opposite();
        let damped = mean(Term::mul(vec![product, square.exp()]));
        self.existence.verdict(&damped, self.hypotheses, orders) == Verdict::Holds
    }

    /// Whether body times density goes to 0 at the ends of the support. If the derivative of the product is integrable, as
    /// the rule's own means say, it has limits at the ends; they are 0 if the product is integrable against 1/(1 + |x|)
    /// at an infinite end, and against 1/|x - a| at a finite one, since a limit other than 0 makes these diverge.
    fn vanishes(&self, mean: &Term, orders: &Orders) -> Needs {
        let Op::Expect(var) = mean.op() else { return Ok(vec![]) };
        let (law, body) = (&mean.args()[0], &mean.args()[1]);
        // Of an unspecified law it is not known where its support ends.
        if let Op::UnknownLaw(name) = law.op()
            && self.hypotheses.densities.contains(name)
        {
            return Ok(vec![boundary_term(law, var, body)]);
        }
        let Some((definition, arguments)) = self.definitions.law(law) else {
            return refuse("the ends of the support are not known");
        };
        let Support::Interval(lo, hi) = definition.support_at(arguments) else {
            return refuse("the law has no density on an interval");
        };
        let open = is_infinite(&lo) && is_infinite(&hi);
        let x = Term::var(var.clone());
        let weight = match (is_infinite(&lo), is_infinite(&hi)) {
            (true, true) => Term::add(vec![Term::one(), Term::function("abs", vec![x.clone()])]),
            (false, true) => x.clone().minus(lo),
            (true, false) => hi.minus(x.clone()),
            (false, false) => Term::mul(vec![x.clone().minus(lo), hi.minus(x.clone())]),
        };
        let mean = |body: Term| Term::bind(Op::Expect(var.clone()), vec![law.clone(), body]);
        let product = Term::mul(vec![body.clone(), weight.recip()]);
        let weighted = mean(product.clone());
        match self.existence.verdict(&weighted, self.hypotheses, orders) {
            Verdict::Holds => Ok(vec![]),
            Verdict::Fails => refuse("a boundary term does not vanish at an end of the support"),
            Verdict::Unknown if is_explicit(&weighted) => {
                refuse("a boundary term does not vanish at an end of the support")
            }
            // Only at an infinite end is it left to be assumed: with a factor that decays there, the finite one decides.
            Verdict::Regular | Verdict::Unknown
                if !open && !self.decays_at_finite_ends(&mean, product.clone(), &x, orders) =>
            {
                refuse("a boundary term does not vanish at an end of the support")
            }
            Verdict::Regular | Verdict::Unknown => Ok(vec![boundary_term(law, var, body)]),
        }
    }
}

/// What has to vanish at the ends of the support of a law.
fn boundary_term(law: &Term, var: &Var, body: &Term) -> Need {
    let at = Term::var(Var::free("x", var.domain));
    let density = Term::new(Op::Density, vec![law.clone(), at.clone()]);
    let term = Term::mul(vec![substitute(body, var, &at), density]);
    Need::Vanishes { term, law: law.clone() }
}

/// Factors whose smoothness makes the product absolutely continuous. A jump in u takes one value for u > 0 and one for
/// u < 0; where the other factors are 0 with u, the product passes through 0 there, and it is u that has to be continuous.
fn with_closed_jumps(definitions: &Definitions, factors: &[Term]) -> Vec<Term> {
    let argument_of_jump = |factor: &Term| {
        let Op::Function(name) = factor.op() else { return None };
        let function = definitions.functions.get(name)?;
        let pieces = [function.above.as_ref()?, function.below.as_ref()?];
        let constant = pieces.into_iter().all(|piece| piece.free().is_empty());
        constant.then(|| factor.args()[0].clone())
    };
    let jumps: Vec<Option<Term>> = factors.iter().map(argument_of_jump).collect();
    let others: Vec<Term> =
        factors.iter().zip(&jumps).filter(|(_, jump)| jump.is_none()).map(|(factor, _)| factor.clone()).collect();
    let closed = |(factor, jump): (&Term, Option<Term>)| match jump {
        Some(u) if equal(definitions, &where_zero(&Term::mul(others.clone()), &u), &Term::zero()) => u,
        _ => factor.clone(),
    };
    factors.iter().zip(jumps).map(closed).collect()
}

/// Equal, but for the order of summands.
fn is_same_sum(a: &Term, b: &Term) -> bool {
    let sorted = |term: &Term| {
        let mut summands = term.summands().to_vec();
        summands.sort();
        summands
    };
    a == b || sorted(a) == sorted(b)
}

/// The term with 0 for u, as far as u stands outside of binders.
fn where_zero(term: &Term, u: &Term) -> Term {
    match term.op() {
        _ if is_same_sum(term, u) => Term::zero(),
        op if op.bound().is_some() => term.clone(),
        op => Term::new(op.clone(), term.args().iter().map(|arg| where_zero(arg, u)).collect()),
    }
}

fn is_infinite(term: &Term) -> bool {
    term.factors().iter().any(|f| *f.op() == Op::Infinity)
}

fn is_minus_infinity(term: &Term) -> bool {
    is_infinite(term) && *term.op() != Op::Infinity
}
