//! The rules that follow from what the file of a law states: its standard form, moments and quantile.

use super::entries::condition;
use super::fields::{Fields, variable};
use super::{IMAGE, Result};
use crate::rule::{Condition, Direction, Library, Rule, Trust, Turn};
use crate::syntax::{Entry, Value};
use crate::term::{Domain, Elaborator, LawDefinition, Op, Simplifier, Support, Term, Var, substitute, substitute_many};

/// `standard m + s x ~ N(m, s^2) for x ~ N(0, 1)`: the change of variables, as a rule of the law.
pub fn images(library: &mut Library, entry: &Entry, theory: &str, trust: Trust) -> Result<()> {
    let fields = Fields(entry);
    for (index, field) in fields.all("standard").enumerate() {
        let Value::Image { map, law, variable: sample, from } = &field.value else { continue };
        let mut elaborator = Elaborator::new(&library.definitions);
        let (law, from) = (elaborator.law(law)?, elaborator.law(from)?);
        let x = variable(sample);
        let g = |argument: Term| Term::new(Op::Apply("g".into(), vec![0]), vec![argument]);
        let left = Term::expect(&x, from, g(elaborator.expr(map)?));
        let right = Term::expect(&x, law, g(Term::var(x.clone())));
        let written = fields.conditions("standard when").map(|(c, _)| condition(&mut elaborator, c));
        let conditions = written.collect::<Result<Vec<_>>>()?;
        let suffix = if index == 0 { String::new() } else { format!("-{}", index + 1) };
        library.rules.push(Rule {
            name: format!("{}.{IMAGE}{suffix}", entry.name).as_str().into(),
            reference: Some("1.1".into()),
            left,
            right,
            conditions,
            direction: Direction::Both,
            shares_existence: true,
            turn: Turn::First,
            says: "The mean of a function of a transformed variable is the mean under the transformed law.".into(),
            source: "the note, section 1: the reparameterization trick".into(),
            theory: theory.into(),
            wrong: vec![],
            trust,
        });
    }
    Ok(())
}

/// The rules that the mean, the variance, the distribution function and the quantile of a law's file state; `has_tail`:
/// the file has a rule of its own for the second but last.
pub fn moments(library: &mut Library, entry: &Entry, theory: &str, trust: Trust, has_tail: bool) {
    let Some(law) = library.definitions.laws.get(&*entry.name).filter(|law| law.members.is_empty()) else { return };
    let own = Term::new(Op::Law(law.name.clone()), law.parameters.iter().cloned().map(Term::var).collect());
    let x = Var::free("·x", library.definitions.domain_of(&own));
    let power = |n: i64| Term::expect(&x, own.clone(), Term::pow(Term::var(x.clone()), Term::integer(n)));
    let rule = |name: &str, left: Term, right: Term, says: &str| Rule {
        name: format!("{}.{name}", entry.name).as_str().into(),
        reference: None,
        left,
        right,
        conditions: in_domain(law),
        direction: Direction::Forward,
        shares_existence: name.starts_with("inverse-transform"),
        turn: Turn::Usual,
        says: says.into(),
        source: law.source.clone(),
        theory: theory.into(),
        wrong: vec![],
        trust,
    };
    let mut rules = Vec::new();
    if let Some(mean) = &law.mean {
        let first = Term::expect(&x, own.clone(), Term::var(x.clone()));
        rules.push(rule("mean", first, mean.clone(), "The mean of the law."));
        if let Some(variance) = &law.variance {
            let second = Term::add(vec![variance.clone(), Term::pow(mean.clone(), Term::integer(2))]);
            rules.push(rule("second-moment", power(2), second, "The variance of the law and the square of its mean."));
        }
    }
    if let (Some(cdf), Support::Interval(lo, hi), false) = (&law.cdf, &law.support, has_tail)
        && (is_infinite(lo) || is_infinite(hi))
    {
        rules.push(tail(law, &rule, &own, &x, cdf, [lo, hi]));
    }
    if let Some(quantile) = &law.quantile {
        let u = Var::free("u", Domain::Unit);
        let mut simplifier = Simplifier::new(&library.definitions);
        let mut of =
            |share: Term| simplifier.simplify(&substitute_many(quantile, &[(Var::free("u", Domain::Real), share)]));
        let from_below = of(Term::var(u.clone()));
        let from_above = of(Term::one().minus(Term::var(u.clone())));
        let g = |argument: Term| Term::new(Op::Apply("g".into(), vec![0]), vec![argument]);
        let uniform = Term::new(Op::Law("U".into()), vec![Term::zero(), Term::one()]);
        let right = Term::expect(&x, own.clone(), g(Term::var(x.clone())));
        let says = "The quantile of a law turns a uniform variable into one of the law.";
        let left = Term::expect(&u, uniform.clone(), g(from_below));
        rules.push(rule("inverse-transform", left, right.clone(), says));
        let left = Term::expect(&u, uniform, g(from_above));
        rules.push(rule("inverse-transform-from-above", left, right, says));
    }
    library.rules.extend(rules);
}

fn is_infinite(end: &Term) -> bool {
    end.factors().iter().any(|factor| *factor.op() == Op::Infinity)
}

/// The probability that a variable of the law lies on one side of a point, by its distribution function there.
fn tail(
    law: &LawDefinition,
    rule: &dyn Fn(&str, Term, Term, &str) -> Rule,
    own: &Term,
    x: &Var,
    cdf: &Term,
    ends: [&Term; 2],
) -> Rule {
    let is_parameter = |name: &&str| law.parameters.iter().any(|p| p.name().is_some_and(|own| *own == **name));
    let mut letters = ["a", "b", "h", "l"].into_iter().filter(|name| !is_parameter(name));
    let mut letter = || Term::var(Var::free(letters.next().unwrap_or("·"), Domain::Real));
    let (offset, slope) = (letter(), letter());
    let point = Term::mul(vec![Term::integer(-1), offset.clone(), slope.clone().recip()]);
    let argument = Term::add(vec![offset, Term::mul(vec![slope.clone(), Term::var(x.clone())])]);
    let left = Term::expect(x, own.clone(), Term::function("step", vec![argument]));
    let side = Term::function("sign", vec![slope.clone()]);
    let below = substitute(cdf, &law.point, &point);
    let half = Term::mul(vec![Term::ratio(1, 2), Term::add(vec![Term::one(), side.clone()])]);
    let right = half.minus(Term::mul(vec![side, below]));
    let says = "The probability that a variable of the law lies on one side of a point.";
    let mut rule = rule("tail", left, right, says);
    rule.conditions.push(Condition::NonZero(slope));
    for (end, distance) in [(ends[0], point.clone().minus(ends[0].clone())), (ends[1], ends[1].clone().minus(point))] {
        if !is_infinite(end) {
            rule.conditions.push(Condition::Positive(distance));
        }
    }
    rule
}

/// That the parameters of a law lie in their domains.
fn in_domain(law: &LawDefinition) -> Vec<Condition> {
    let mut conditions: Vec<Condition> = law.positive.iter().cloned().map(Condition::Positive).collect();
    for parameter in &law.parameters {
        let term = Term::var(parameter.clone());
        if parameter.domain.is_positive() {
            conditions.push(Condition::Positive(term.clone()));
        }
        if parameter.domain == Domain::Unit {
            conditions.push(Condition::Positive(Term::one().minus(term)));
        }
    }
    conditions
}
