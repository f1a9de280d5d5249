//! Rules and estimators as their entries state them.

use super::Result;
use super::fields::{Fields, problem, variable};
use crate::rule::{Condition, Direction, Forms, Library, Recipe, Rule, Trust, Turn};
use crate::syntax::{Condition as Written, Entry, Expr, Kind, Relation, Value};
use crate::term::{Elaborator, Identity, Op, Term, Var, canonical};
use num_rational::BigRational;
use num_traits::One;

pub fn rule(library: &mut Library, entry: &Entry, theory: &str, trust: Trust) -> Result<()> {
    let fields = Fields(entry);
    if library.rule(&entry.name).is_some() {
        return problem(entry.span, format!("there is a rule `{}` already", entry.name), Some("give it another name"));
    }
    let Some((left, right)) = fields.equations("equation").next() else {
        return problem(entry.span, format!("the rule `{}` has no equation", entry.name), None);
    };
    let mut elaborator = Elaborator::new(&library.definitions);
    let written = [left, right];
    let (left, right) = (folded(&elaborator.expr(left)?), folded(&elaborator.expr(right)?));
    unbound(&left, &right, entry)?;
    let mut wrong = Vec::new();
    for (left, right) in fields.equations("wrong") {
        wrong.push((elaborator.expr(left)?, elaborator.expr(right)?));
    }
    let conditions =
        fields.conditions("when").map(|(c, _)| condition(&mut elaborator, c)).collect::<Result<Vec<_>>>()?;
    let samples = samples(&mut elaborator, written)?;
    let conditions = conditions.into_iter().map(|condition| quantified(condition, &samples)).collect();
    let direction = match fields.word("direction") {
        None | Some(("forward", _)) => Direction::Forward,
        Some(("both", _)) => Direction::Both,
        Some((other, span)) => return problem(span, format!("unknown direction `{other}`"), Some("forward or both")),
    };
    let existence = match fields.word("existence") {
        None => false,
        Some(("shared", _)) => true,
        Some((other, span)) => return problem(span, format!("unknown existence `{other}`"), Some("shared")),
    };
    let turn = match fields.word("tag") {
        None => Turn::Usual,
        Some(("core", _)) => Turn::First,
        Some(("last", _)) => Turn::Last,
        Some((other, span)) => return problem(span, format!("unknown tag `{other}`"), Some("core or last")),
    };
    library.rules.push(Rule {
        name: entry.name.as_str().into(),
        reference: entry.reference.clone(),
        left,
        right,
        conditions,
        direction,
        turn,
        shares_existence: existence,
        says: fields.text("says"),
        source: fields.text("source"),
        theory: theory.into(),
        wrong,
        trust,
    });
    Ok(())
}

/// A side as it is matched: `-1` is a number, and `1/u` is u^-1.
fn folded(term: &Term) -> Term {
    fn fold(term: &Term) -> Term {
        let args: Vec<Term> = term.args().iter().map(fold).collect();
        if let (Op::Pow, [base, exponent]) = (term.op(), args.as_slice())
            && let (Some(base), Some(-1)) = (base.as_number(), exponent.as_integer())
        {
            return Term::number(base.recip());
        }
        if *term.op() != Op::Mul {
            return Term::new(term.op().clone(), args);
        }
        let (numbers, mut factors): (Vec<Term>, Vec<Term>) = args.into_iter().partition(|t| t.as_number().is_some());
        let number: BigRational = numbers.iter().filter_map(Term::as_number).product();
        if !number.is_one() || factors.is_empty() {
            factors.insert(0, Term::number(number));
        }
        if factors.len() == 1 { factors.remove(0) } else { Term::new(Op::Mul, factors) }
    }
    canonical(&fold(term))
}

/// Where a variable of a rule ranges.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Range {
    /// Over the samples of a law.
    Law(Term),
    /// Over the line, or between two ends.
    Between([Term; 2]),
}

/// The samples of an equation with their laws, and the variables of its integrals with their ends, each name once.
fn samples(elaborator: &mut Elaborator<'_>, sides: [&Expr; 2]) -> Result<Vec<(Var, Range)>> {
    let mut found: Vec<(Var, Range)> = Vec::new();
    let mut open = sides.to_vec();
    while let Some(e) = open.pop() {
        match &e.kind {
            Kind::Expectation { binders, .. } => {
                for binder in binders {
                    let law = elaborator.law(&binder.law)?;
                    found.extend(binder.variables.iter().map(|name| (variable(name), Range::Law(law.clone()))));
                }
            }
            Kind::Integral { limits, variable: name, .. } => {
                let infinity = Term::new(Op::Infinity, vec![]);
                let ends = match limits {
                    Some((lo, hi)) => [elaborator.expr(lo)?, elaborator.expr(hi)?],
                    None => [infinity.clone().opposite(), infinity],
                };
                found.push((variable(name), Range::Between(ends)));
            }
            _ => {}
        }
        open.extend(e.children());
    }
    found.sort();
    found.dedup_by(|a, b| a.0 == b.0);
    Ok(found)
}

/// A condition of smoothness with the variables in it bound: they range where the rule has them.
fn quantified(condition: Condition, samples: &[(Var, Range)]) -> Condition {
    let bind = |term: Term, (sample, range): &(Var, Range)| match range {
        _ if !term.depends_on(sample) => term,
        Range::Law(law) => Term::expect(sample, law.clone(), term),
        Range::Between([lo, hi]) => Term::bind(Op::Integral(sample.clone()), vec![lo.clone(), hi.clone(), term]),
    };
    match condition {
        Condition::AbsolutelyContinuous(derivative) => {
            Condition::AbsolutelyContinuous(samples.iter().fold(derivative, bind))
        }
        Condition::Continuous(derivative) => Condition::Continuous(samples.iter().fold(derivative, bind)),
        other => other,
    }
}

pub fn estimator(library: &mut Library, entry: &Entry) -> Result<()> {
    let fields = Fields(entry);
    let Some((left, right)) = fields.equations("equation").next() else {
        return problem(entry.span, format!("the estimator `{}` has no equation", entry.name), None);
    };
    let mut elaborator = Elaborator::new(&library.definitions);
    let samples = samples(&mut elaborator, [left, right])?;
    let (left, right) = (elaborator.expr(left)?, elaborator.expr(right)?);
    let conditions =
        fields.conditions("when").map(|(c, _)| condition(&mut elaborator, c)).collect::<Result<Vec<_>>>()?;
    let conditions = conditions.into_iter().map(|condition| quantified(condition, &samples)).collect();
    let written = fields.all("hint").filter_map(|f| if let Value::Expr(e) = &f.value { Some(e) } else { None });
    let hints = written.map(|e| elaborator.expr(e)).collect::<std::result::Result<Vec<_>, _>>()?;
    let forms = match fields.word("forms") {
        None => Forms::Noise,
        Some(("stated", _)) => Forms::Stated,
        Some(("both", _)) => Forms::Both,
        Some((other, span)) => return problem(span, format!("unknown forms `{other}`"), Some("stated or both")),
    };
    let words =
        |key| fields.all(key).filter_map(|f| if let Value::Word(w) = &f.value { Some(w.as_str()) } else { None });
    let title = fields.text("title");
    library.recipes.push(Recipe {
        name: entry.name.as_str().into(),
        title: if title.is_empty() { entry.name.replace('-', " ") } else { title },
        left,
        right,
        conditions,
        hints,
        of: words("of").map(Into::into).collect(),
        forms,
        core: words("tag").any(|tag| tag == "core"),
        hidden: words("tag").any(|tag| tag == "hidden"),
        says: fields.text("says"),
        source: fields.text("source"),
    });
    Ok(())
}

/// Every function and law on the right of a rule has to occur on its left.
fn unbound(left: &Term, right: &Term, entry: &Entry) -> Result<()> {
    let name = |t: &Term| match t.op() {
        Op::Apply(name, _) | Op::UnknownLaw(name) => Some(name.clone()),
        Op::Var(Var { identity: Identity::Free(name), .. }) => Some(name.clone()),
        _ => None,
    };
    let mut known = std::collections::BTreeSet::new();
    left.visit(&mut |t| known.extend(name(t)));
    let mut missing = None;
    right.visit(&mut |t| missing = missing.take().or_else(|| name(t).filter(|n| !known.contains(n))));
    match missing {
        Some(name) => {
            problem(entry.span, format!("`{name}` stands on the right of the rule `{}` only", entry.name), None)
        }
        None => Ok(()),
    }
}

pub fn condition(elaborator: &mut Elaborator<'_>, written: &Written) -> Result<Condition> {
    Ok(match written {
        Written::Compare(relation, left, right) => {
            let (left, right) = (elaborator.expr(left)?, elaborator.expr(right)?);
            let difference = |a: Term, b: Term| if b.is_zero() { a } else { a.minus(b) };
            match relation {
                Relation::Greater => Condition::Positive(difference(left, right)),
                Relation::Less => Condition::Positive(difference(right, left)),
                Relation::GreaterEqual => Condition::NonNegative(difference(left, right)),
                Relation::LessEqual => Condition::NonNegative(difference(right, left)),
                Relation::NotEqual => Condition::NonZero(difference(left, right)),
                Relation::Equal => Condition::Zero(difference(left, right)),
            }
        }
        Written::AbsolutelyContinuous { body, variable: v } => {
            Condition::AbsolutelyContinuous(Term::derivative(&variable(v), 1, elaborator.expr(body)?))
        }
        Written::Continuous { body, variable: v } => {
            Condition::Continuous(Term::derivative(&variable(v), 1, elaborator.expr(body)?))
        }
        Written::FixedSupport { law, variable: v } => {
            let density = Term::new(Op::Density, vec![elaborator.law(law)?, Term::zero()]);
            Condition::FixedSupport(Term::derivative(&variable(v), 1, density))
        }
        Written::Covers { wide, narrow } => {
            Condition::Covers { wide: elaborator.law(wide)?, narrow: elaborator.law(narrow)? }
        }
        Written::Vanishes { body, law, variable: v } => {
            let law = elaborator.law(law)?;
            Condition::Vanishes(Term::expect(&variable(v), law, elaborator.expr(body)?))
        }
        Written::Exists { mean, near } => Condition::Exists { mean: elaborator.expr(mean)?, near: near.is_some() },
        Written::LawKind { law, continuous } => Condition::Kind { law: elaborator.law(law)?, continuous: *continuous },
        Written::Whole(e) => Condition::Whole(elaborator.expr(e)?),
    })
}
