//! Known functions: the laws of `exp` and `ln`, and whatever the definition files say.

use super::Simplifier;
use crate::term::{
    FunctionDefinition, Op, Term, Var, density_unfolds, holds_cut_density, is_positive, substitute_many,
};
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

impl Simplifier<'_> {
    /// A known function of simplified arguments.
    pub(in crate::term) fn function(&mut self, name: &str, args: Vec<Term>) -> Term {
        match (name, args.as_slice()) {
            ("exp", [u]) => return self.exponential(u),
            ("ln", [u]) => return self.logarithm(u),
            ("sqrt", [u]) => return self.power(u.clone(), Term::ratio(1, 2)),
            _ => {}
        }
        let definitions = self.definitions;
        let Some(function) = definitions.functions.get(name) else { return Term::function(name, args) };
        if function.parameters.len() != args.len() {
            return Term::function(name, args);
        }
        let pairs: Vec<_> = function.parameters.iter().cloned().zip(args.iter().cloned()).collect();
        if let Some(definition) = &function.definition {
            return self.run(&substitute_many(definition, &pairs));
        }
        for (left, right) in &function.values {
            if let Some(pairs) = match_values(left.args(), &args) {
                return self.run(&substitute_many(right, &pairs));
            }
        }
        if let [u] = args.as_slice() {
            // Term by term, so that what comes out leads with a plus.
            let minus = Term::add(u.summands().iter().map(|t| t.clone().opposite()).collect());
            let by_sign = if self.may_vanish(u) {
                None
            } else if is_positive(u) {
                function.above.as_ref()
            } else if is_positive(&self.run(&minus)) {
                function.below.as_ref()
            } else {
                None
            };
            if let Some(value) = by_sign {
                return self.run(&substitute_many(value, &pairs));
            }
            if let Some(degree) = degree(function)
                && let (scale, rest) = positive_factors(u)
                && !scale.is_empty()
                && (degree > 0 || !scale.iter().any(|factor| self.may_vanish(factor)))
            {
                let rest = self.product(rest);
                let value = self.function(name, vec![rest]);
                return if degree == 0 { value } else { self.product([scale, vec![value]].concat()) };
            }
            if let Some(even) = function.even
                && leads_with_minus(u)
            {
                let minus = self.run(&minus);
                let value = if leads_with_minus(&minus) {
                    Term::function(name, vec![minus])
                } else {
                    self.function(name, vec![minus])
                };
                return if even { value } else { self.product(vec![Term::integer(-1), value]) };
            }
        }
        Term::function(name, args)
    }

    fn exponential(&mut self, u: &Term) -> Term {
        if u.is_zero() {
            return Term::one();
        }
        // exp(c ln a + r) = a^c exp(r)
        let mut powers = Vec::new();
        let mut rest = Vec::new();
        for summand in u.summands() {
            match logarithm_factor(summand) {
                Some((base, exponent)) => powers.push((base, exponent)),
                None => rest.push(summand.clone()),
            }
        }
        if powers.is_empty() {
            return Term::function("exp", vec![u.clone()]);
        }
        let mut factors = Vec::new();
        for (base, exponent) in powers {
            let exponent = self.product(exponent);
            factors.push(self.power(base, exponent));
        }
        let rest = self.sum(rest);
        factors.push(self.exponential(&rest));
        self.product(factors)
    }

    fn logarithm(&mut self, u: &Term) -> Term {
        if u.is_one() {
            return Term::zero();
        }
        match u.op() {
            Op::Function(name) if &**name == "exp" => return u.args()[0].clone(),
            Op::Number(n) if n.is_positive() && !n.denom().is_one() => {
                let parts = [n.numer(), n.denom()].map(|part| Term::number(part.clone().into()));
                let [top, bottom] = parts.map(|part| if part.is_one() { Term::zero() } else { part.ln() });
                let bottom = self.product(vec![Term::integer(-1), bottom]);
                return self.sum(vec![top, bottom]);
            }
            Op::Pow if is_positive(&u.args()[0]) => {
                let ln = self.logarithm(&u.args()[0]);
                return self.product(vec![u.args()[1].clone(), ln]);
            }
            Op::Mul => {
                let (positive, rest): (Vec<Term>, Vec<Term>) = u.args().iter().cloned().partition(is_positive);
                if !positive.is_empty() && (rest.is_empty() || positive.len() + rest.len() > 1) {
                    let mut terms: Vec<Term> = positive.iter().map(|f| self.logarithm(f)).collect();
                    if !rest.is_empty() {
                        let rest = self.product(rest);
                        terms.push(rest.ln());
                    }
                    return self.sum(terms);
                }
            }
            Op::Density => return self.log_density(u),
            _ => {}
        }
        u.clone().ln()
    }

    /// True if a density occurs that is 0 outside of a support, so that what holds of positive numbers may not hold of it.
    fn may_vanish(&self, u: &Term) -> bool {
        let is_unspecified = |t: &Term| *t.op() == Op::Density && matches!(t.args()[0].op(), Op::UnknownLaw(_));
        u.any(&is_unspecified) || holds_cut_density(self.definitions, u)
    }

    /// The logarithm of a density, unfolded for a law that has a file.
    fn log_density(&mut self, density: &Term) -> Term {
        let [law, point] = density.args() else { return density.clone().ln() };
        let definitions = self.definitions;
        match law.op() {
            Op::Law(_) if density_unfolds(definitions, law, point) => match definitions.law(law) {
                Some((definition, arguments)) => {
                    self.run(&definition.instantiate(&definition.log_density, arguments, Some(point)))
                }
                None => density.clone().ln(),
            },
            _ => density.clone().ln(),
        }
    }
}

/// `c ln a` with a positive: the base and the factors of the exponent.
fn logarithm_factor(summand: &Term) -> Option<(Term, Vec<Term>)> {
    let factors = summand.factors();
    let index = factors.iter().position(|f| f.is_function("ln") && is_positive(&f.args()[0]))?;
    let mut exponent = factors.to_vec();
    let ln = exponent.remove(index);
    Some((ln.args()[0].clone(), exponent))
}

/// The first summand has a negative coefficient: the argument is written as minus something.
fn leads_with_minus(u: &Term) -> bool {
    u.as_number().is_some_and(Signed::is_negative) || u.summands().first().is_some_and(Term::is_negative_looking)
}

/// Matches the arguments of a value equation: a variable takes anything; `k + n` takes a number not below n, and a
/// sum with such a number in it.
pub fn match_values(patterns: &[Term], args: &[Term]) -> Option<Vec<(Var, Term)>> {
    let mut pairs = Vec::new();
    for (pattern, arg) in patterns.iter().zip(args) {
        match pattern.op() {
            Op::Var(var) => pairs.push((var.clone(), arg.clone())),
            Op::Add => {
                let [a, b] = pattern.args() else { return None };
                pairs.push((a.as_var()?.clone(), lowered(arg, b.as_number()?)?));
            }
            _ if pattern == arg => {}
            _ => return None,
        }
    }
    Some(pairs)
}

/// Recursions on larger numbers than this are not followed: what they end at is too long to be of use.
const HIGHEST: i64 = 24;
/// One that adds a summand each time may go on for longer.
const LONGEST: i64 = 200;

/// The argument less a number, where that leaves a number at least 0 in it. A recursion that ends at 1 divides by what
/// it leaves, which then has to be positive.
fn lowered(arg: &Term, offset: &BigRational) -> Option<Term> {
    let ends_at_one = offset.is_one();
    let highest = if ends_at_one { LONGEST } else { HIGHEST };
    if let Some(number) = arg.as_number() {
        let rest = number - offset;
        if *number > BigRational::from_integer(highest.into()) {
            return None;
        }
        let enough = if ends_at_one { rest.is_positive() } else { !rest.is_negative() };
        return enough.then(|| Term::number(rest));
    }
    let index = arg.summands().iter().position(|t| t.as_number().is_some_and(|n| n >= offset))?;
    let rest = arg.summands()[index].as_number()? - offset;
    if rest > BigRational::from_integer(HIGHEST.into()) {
        return None;
    }
    let mut summands = arg.summands().to_vec();
    summands.remove(index);
    if !rest.is_zero() {
        summands.push(Term::number(rest));
    }
    let rest = if summands.len() == 1 { summands.remove(0) } else { Term::add(summands) };
    (!ends_at_one || is_positive(&rest)).then_some(rest)
}

/// 0 or 1 for a function with `f(c u) = c^k f(u)` for positive c, as its values on both sides of zero show.
fn degree(function: &FunctionDefinition) -> Option<u32> {
    let [parameter] = function.parameters.as_slice() else { return None };
    let sides = [function.above.as_ref()?, function.below.as_ref()?];
    if sides.iter().all(|side| !side.depends_on(parameter)) {
        return Some(0);
    }
    let is_multiple = |side: &Term| {
        let (own, others): (Vec<&Term>, Vec<&Term>) =
            side.factors().iter().partition(|t| t.as_var() == Some(parameter));
        side.is_zero() || (own.len() == 1 && others.iter().all(|t| !t.depends_on(parameter)))
    };
    sides.into_iter().all(is_multiple).then_some(1)
}

/// The positive factors of a product of which something else is left.
fn positive_factors(u: &Term) -> (Vec<Term>, Vec<Term>) {
    let (positive, rest): (Vec<Term>, Vec<Term>) = u.factors().iter().cloned().partition(is_positive);
    if rest.is_empty() { (vec![], positive) } else { (positive, rest) }
}
