//! Whether the conditions of a rule hold for the terms of a step, and what that takes.

use super::arithmetic::{closed_value, equal};
use super::evaluate::Evaluation;
use super::need::Need;
use super::number::{Digits, Numbers, mix};
use super::refusal::refuse;
use crate::rule::Condition;
use crate::term::{
    Definitions, Domain, Hypotheses, Op, Regularity, Support, Term, Var, density_unfolds, is_nonzero, is_positive,
    substitute, substitute_many,
};
type Needs = Result<Vec<Need>, String>;

/// What the condition takes.
///
/// # Errors
/// Says why it cannot hold, or cannot be seen to.
pub(super) fn needs(definitions: &Definitions, hypotheses: &Hypotheses, condition: &Condition) -> Needs {
    let judge = Judge { definitions, hypotheses };
    match condition {
        Condition::Positive(term) => judge.positive(term),
        Condition::NonNegative(term) if judge.nonnegative(term) => Ok(vec![]),
        Condition::NonNegative(term) => refuse(format!("{term:?} is not known to be 0 or above")),
        Condition::Zero(term) if equal(definitions, term, &Term::zero()) => Ok(vec![]),
        Condition::Zero(term) => refuse(format!("{term:?} is not known to be 0")),
        Condition::NonZero(term) => judge.nonzero(term),
        Condition::AbsolutelyContinuous(quantified) => {
            let mut derivative = quantified;
            while let Op::Expect(_) = derivative.op() {
                derivative = &derivative.args()[1];
            }
            match derivative.op() {
                Op::Derivative(var, _) => judge.smooth(&derivative.args()[0], var, 1),
                _ => refuse("it says nothing"),
            }
        }
        Condition::Continuous(derivative) => match derivative.op() {
            Op::Derivative(var, _) => judge.continuous(&derivative.args()[0], var),
            _ => Ok(vec![]),
        },
        Condition::FixedSupport(derivative) => match derivative.op() {
            Op::Derivative(var, _) => judge.fixed_support(&derivative.args()[0].args()[0], var, 1),
            _ => Ok(vec![]),
        },
        Condition::Covers { wide, narrow } => judge.covers(wide, narrow),
        Condition::Vanishes(mean) => judge.vanishes(mean),
        Condition::Integrable(integral) => judge.integrable(integral),
        Condition::Kind { law, continuous } => match definitions.law(law) {
            Some((definition, _)) if definition.is_discrete() != *continuous => Ok(vec![]),
            _ => refuse(format!("the law is not known to be {}", if *continuous { "continuous" } else { "discrete" })),
        },
        Condition::Whole(term) => judge.whole(term),
    }
}

struct Judge<'a> {
    definitions: &'a Definitions,
    hypotheses: &'a Hypotheses,
}

impl Judge<'_> {
    fn positive(&self, term: &Term) -> Needs {
        let given = || {
            self.hypotheses.imply_positive(term)
                || self.hypotheses.positive.iter().any(|p| equal(self.definitions, p, term))
        };
        let closed = || closed_value(self.definitions, term).is_some_and(|(_, sign)| sign > 0);
        let parts = || match term.op() {
            Op::Pow => self.positive(&term.args()[0]).is_ok(),
            Op::Mul => term.args().iter().all(|factor| self.positive(factor).is_ok()),
            _ => false,
        };
        if is_positive(term) || closed() || given() || parts() {
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
        if crate::term::is_natural(term) {
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
            Op::Expect(_) => {
                let mut result = self.smooth(&args[1], var, order)?;
                if args[0].depends_on(var) {
                    result.extend(self.fixed_support(&args[0], var, order)?);
                }
                Ok(result)
            }
            Op::Integral(_) | Op::Sum(_) if !args[0].depends_on(var) && !args[1].depends_on(var) => {
                self.smooth(&args[2], var, order)
            }
            Op::Derivative(_, more) if args[1].as_var() == Some(var) && !args[0].depends_on(var) => {
                let Some(inner) = term.op().bound() else { return fail("is no derivative") };
                self.smooth(&args[0], inner, order.saturating_add(*more))
            }
            Op::Derivative(_, more) if !args[1].depends_on(var) => {
                self.smooth(&args[0], var, order.saturating_add(*more))
            }
            _ => fail("is not known to be smooth"),
        }
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
            || closed_value(self.definitions, term).is_some_and(|(_, sign)| sign >= 0)
            || self.hypotheses.imply_nonnegative(term)
            || self.positive(term).is_ok()
    }

    /// Whether body times density goes to 0 at the ends of the support. At an infinite end that is a convention; at a
    /// finite one the known factors have to see to it, whatever bounded values the unknown functions take.
    fn vanishes(&self, mean: &Term) -> Needs {
        let Op::Expect(var) = mean.op() else { return Ok(vec![]) };
        let (law, body) = (&mean.args()[0], &mean.args()[1]);
        let Some((definition, arguments)) = self.definitions.law(law) else {
            return refuse("the ends of the support are not known");
        };
        let Support::Interval(lo, hi) = definition.support_at(arguments) else {
            return refuse("the law has no density on an interval");
        };
        let mut result = Vec::new();
        if is_infinite(&lo) || is_infinite(&hi) {
            result.push(Need::Convention("growth at infinity is slow enough for the expectations to exist".into()));
        }
        let density = definition.instantiate(&definition.log_density, arguments, Some(&Term::var(var.clone()))).exp();
        let product = Term::mul(vec![body.clone(), density]);
        for (end, inwards) in [(&lo, 1), (&hi, -1)] {
            if !is_infinite(end) && !self.tends_to_zero(&product, var, end, inwards) {
                return refuse("a boundary term does not vanish at an end of the support");
            }
        }
        Ok(result)
    }

    /// Whether a function dies off at both ends of the line, faster than a power that is integrable.
    fn integrable(&self, integral: &Term) -> Needs {
        let Op::Integral(var) = integral.op() else { return Ok(vec![]) };
        let Some(digits) = Digits::for_constants(256) else { return refuse("there is no memory left") };
        let body = &integral.args()[2];
        let dies_off = |sign: i64, trial: u64| {
            let size = |bits: u32| {
                let point = Term::integer(sign << bits);
                let weight = Term::pow(Term::integer(1 << bits), Term::ratio(3, 2));
                let weighted = Term::mul(vec![weight, substitute(body, var, &point)]);
                let value = Evaluation::new(&digits, self.definitions, mix(trial)).value(&weighted)?;
                Some(digits.to_f64(value.base()).abs())
            };
            matches!((size(8), size(12)), (Some(near), Some(far)) if far < 0.1 && (far < near / 2.0 || far == 0.0))
        };
        if (0..3).all(|trial| dies_off(1, trial) && dies_off(-1, trial)) {
            Ok(vec![Need::Convention("growth at infinity is slow enough for the integrals to exist".into())])
        } else {
            refuse("the integrand is not known to be integrable over the line")
        }
    }

    /// Looked at 2^-240 and 2^-480 away from the end, with many digits, at several parameters.
    fn tends_to_zero(&self, term: &Term, var: &Var, end: &Term, inwards: i64) -> bool {
        let Some(digits) = Digits::for_constants(512) else { return false };
        // Positive parameters are taken small and large as well: a power of the distance may depend on them.
        let scaled = |places: i64| {
            let scale =
                |v: &Var| Term::mul(vec![Term::pow(Term::integer(2), Term::integer(places)), Term::var(v.clone())]);
            let pairs = term.free().iter().filter(|v| *v != var && v.domain == Domain::Positive);
            let pairs: Vec<_> = pairs.map(|v| (v.clone(), scale(v))).collect();
            (substitute_many(term, &pairs), substitute_many(end, &pairs))
        };
        let scales = [0, -1, 2];
        (0..12u64).all(|trial| {
            let (term, end) = scaled(scales[trial as usize % scales.len()]);
            let size = |bits: u32| {
                let away = num_rational::BigRational::new(inwards.into(), num_bigint::BigInt::from(1) << bits);
                let point = Term::add(vec![end.clone(), Term::number(away)]);
                let value =
                    Evaluation::new(&digits, self.definitions, mix(trial)).value(&substitute(&term, var, &point))?;
                Some(digits.to_f64(value.base()).abs())
            };
            match (size(240), size(480)) {
                (Some(near), Some(nearer)) => nearer < 1e-4 && (nearer < near * 1e-3 || nearer == 0.0),
                _ => false,
            }
        })
    }
}

fn is_infinite(term: &Term) -> bool {
    term.factors().iter().any(|f| *f.op() == Op::Infinity)
}

fn is_minus_infinity(term: &Term) -> bool {
    is_infinite(term) && *term.op() != Op::Infinity
}
