//! How smooth a term is, as far as its form tells: what a definition file states about a function is held against this.

use super::{
    Definitions, Op, Regularity, Simplifier, Support, Term, Var, density_unfolds, is_nonzero, substitute_many,
};
use super::{Domain, LawDefinition, is_positive};
use rustc_hash::FxHashMap;

/// How smooth a term is in some of its variables taken together. The answer errs on the low side: where a pole may be met,
/// or an operator is not looked into, the term is no more than measurable.
pub fn regularity(definitions: &Definitions, term: &Term, variables: &[Var]) -> Regularity {
    let positive = |t: &Term| is_positive(t) || is_positive(&Simplifier::new(definitions).simplify(t));
    Structure { definitions, variables, positive: &positive, memo: FxHashMap::default() }.of(term)
}

/// How smooth the log-density of a law is in the point, inside the support that its file states. Above
/// [`Regularity::Measurable`] it is finite there, so that the density is positive.
pub fn density_regularity(definitions: &Definitions, law: &LawDefinition) -> Regularity {
    if let Support::Points(points) = &law.support {
        let mass = |point: &Term| substitute_many(&law.log_density, &[(law.point.clone(), point.clone())]);
        let all = law.parameters.as_slice();
        return points.iter().map(|p| regularity(definitions, &mass(p), all)).min().unwrap_or(Regularity::Measurable);
    }
    // The point, and the same as a distance from either end.
    let mut places = vec![Term::var(law.point.clone())];
    if let Support::Interval(lo, hi) | Support::Integers(lo, hi) = &law.support {
        let domain = if law.is_discrete() { Domain::Natural } else { Domain::Positive };
        let distance = Term::var(Var::free("·distance", domain));
        let finite = |end: &Term| !end.any(&|t| *t.op() == Op::Infinity);
        places.extend(finite(lo).then(|| Term::add(vec![lo.clone(), distance.clone()])));
        places.extend(finite(hi).then(|| hi.clone().minus(distance)));
    }
    let simplified = |t: &Term| Simplifier::new(definitions).simplify(t);
    let demands: Vec<Term> = law.positive.iter().map(simplified).collect();
    let positive = |t: &Term| {
        is_positive(t)
            || places.iter().any(|place| {
                let there = simplified(&substitute_many(t, &[(law.point.clone(), place.clone())]));
                is_positive(&there) || demands.contains(&there)
            })
    };
    let variables = [law.point.clone()];
    Structure { definitions, variables: &variables, positive: &positive, memo: FxHashMap::default() }
        .of(&law.log_density)
}

struct Structure<'a> {
    definitions: &'a Definitions,
    variables: &'a [Var],
    /// Whether a term is above 0 wherever it is looked at.
    positive: &'a dyn Fn(&Term) -> bool,
    memo: FxHashMap<Term, Regularity>,
}

impl Structure<'_> {
    fn of(&mut self, term: &Term) -> Regularity {
        if !self.variables.iter().any(|v| term.depends_on(v)) {
            return Regularity::Smooth;
        }
        if let Some(known) = self.memo.get(term) {
            return *known;
        }
        let found = self.composed(term);
        self.memo.insert(term.clone(), found);
        found
    }

    fn all(&mut self, terms: &[Term]) -> Regularity {
        terms.iter().map(|t| self.of(t)).min().unwrap_or(Regularity::Smooth)
    }

    fn composed(&mut self, term: &Term) -> Regularity {
        let args = term.args();
        match term.op() {
            Op::Var(_) => Regularity::Smooth,
            Op::Add | Op::Mul | Op::StopGrad => self.all(args),
            Op::Pow => {
                let whole = args[1].as_integer();
                let apart = || is_nonzero(&args[0]) || self.is_positive(&args[0]);
                if whole.is_some_and(|n| n >= 0) || (whole.is_some() && apart()) || self.is_positive(&args[0]) {
                    self.all(args)
                } else {
                    Regularity::Measurable
                }
            }
            Op::Function(name) if &**name == "ln" && *args[0].op() == Op::Density => self.density(&args[0]),
            Op::Function(name) => self.function(name, args),
            Op::Density => self.density(term),
            Op::Integral(variable) | Op::Sum(variable) => {
                let ends_are_finite = !args[..2].iter().any(|end| end.any(&|t| *t.op() == Op::Infinity));
                let counts = matches!(term.op(), Op::Sum(_));
                let ends_move = args[..2].iter().any(|end| self.variables.iter().any(|v| end.depends_on(v)));
                if !ends_are_finite || (counts && ends_move) {
                    return Regularity::Measurable;
                }
                // The integrand has to be smooth in its own variable too, which may be that of a pole.
                let variables = [self.variables, std::slice::from_ref(variable)].concat();
                let mut inner = Structure { variables: &variables, memo: FxHashMap::default(), ..*self };
                let body = inner.of(&args[2]);
                body.min(self.all(&args[..2]))
            }
            _ => Regularity::Measurable,
        }
    }

    fn function(&mut self, name: &str, args: &[Term]) -> Regularity {
        let definitions = self.definitions;
        let known = definitions.functions.get(name).filter(|f| f.parameters.len() == args.len());
        let Some(function) = known else { return Regularity::Measurable };
        if function.of_positive && !args.iter().all(|arg| self.is_positive(arg)) {
            return Regularity::Measurable;
        }
        if let Some(definition) = &function.definition {
            let pairs: Vec<_> = function.parameters.iter().cloned().zip(args.iter().cloned()).collect();
            return self.of(&substitute_many(definition, &pairs));
        }
        function.regularity.min(self.all(args))
    }

    fn density(&mut self, density: &Term) -> Regularity {
        let [law, point] = density.args() else { return Regularity::Measurable };
        let Some((definition, arguments)) = self.definitions.law(law) else { return Regularity::Measurable };
        if !density_unfolds(self.definitions, law, point) {
            return Regularity::Measurable;
        }
        let log_density = definition.instantiate(&definition.log_density, arguments, Some(point));
        self.of(&log_density)
    }

    fn is_positive(&self, term: &Term) -> bool {
        (self.positive)(term)
            || match term.op() {
                Op::Mul => term.args().iter().all(|factor| self.is_positive(factor)),
                Op::Pow => self.is_positive(&term.args()[0]),
                Op::Add => term.args().iter().all(|summand| self.is_positive(summand)),
                _ => false,
            }
    }
}
