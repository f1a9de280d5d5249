//! An estimator as code.

use super::super::{Error, Session, guarded};
use super::{Derived, Estimator, Place};
use crate::check::{Instance, Mean, mean};
use crate::emit::{Check, LANGUAGES, Language, Routine, function};
use crate::estimator::open;
use crate::syntax;
use crate::term::{Domain, Op, Simplifier, Symbol, Term, Var, substitute};

/// Functions at which the mean of emitted code is tested, where none are given.
const FUNCTIONS: [&str; 3] = ["sin(1.3 u + 0.4)", "exp(-(u - 0.3)^2/2)", "1/(1 + (u - 0.4)^2)"];

impl Session {
    /// A self-contained, documented function for an estimator, with a test of its mean against quadrature.
    ///
    /// # Errors
    /// Names what the language lacks, or what the estimator leaves open.
    pub fn emit(&self, derived: &Derived, estimator: &Estimator, language: &str) -> Result<String, Error> {
        let Some(language) = Language::named(language) else {
            let names: Vec<&str> = LANGUAGES.iter().map(|language| language.name).collect();
            let help = format!("the languages are {}", names.join(", "));
            return Err(Error::input(format!("`{language}` is no language for code"), Some(&help)));
        };
        if estimator.arrays.is_some() {
            return guarded(|| self.emit_arrays(derived, estimator, language));
        }
        guarded(|| {
            let routine = self.routine(derived, estimator)?;
            function(&routine, language).map_err(|why| Error::input(why, Some("choose another language or estimator")))
        })
    }

    fn routine(&self, derived: &Derived, estimator: &Estimator) -> Result<Routine, Error> {
        let lacking =
            |what: &str| Error::input(format!("`{}` cannot be written as code: {what}", estimator.name), None);
        let sample = estimator.sample.as_ref().ok_or_else(|| lacking("it is no mean of one sample"))?;
        let instances = match &derived.place {
            Some(instance) => vec![instance.clone()],
            None => (0..FUNCTIONS.len()).map(|first| self.usual(derived, first)).collect::<Result<_, Error>>()?,
        };
        let constants: Vec<(Var, f64)> = estimator
            .constants
            .iter()
            .map(|constant| (Var::free(&constant.letter, Domain::Real), constant.value.unwrap_or(0.0)))
            .collect();
        let deadline = Some(std::time::Instant::now() + self.options.timeout);
        let plain = constants.iter().fold(sample.mean(), |term, (v, _)| substitute(&term, v, &Term::zero()));
        let known = |instance: Instance| match mean(&self.library.definitions, &plain, &instance, deadline) {
            Mean::Finite(expected) => Some((instance, expected.value)),
            _ => None,
        };
        let (instance, expected) = instances
            .into_iter()
            .find_map(known)
            .ok_or_else(|| lacking("its mean is not known by quadrature, so that it could not be tested"))?;
        let mut parameters: Vec<Var> = open(&derived.objective).0;
        let target = match derived.objective.op() {
            Op::Derivative(..) => derived.objective.args()[1].as_var().cloned(),
            _ => None,
        };
        parameters.sort_by_key(|v| Some(v) != target.as_ref());
        let mut simplifier = Simplifier::new(&self.library.definitions);
        let mut functions: Vec<(Symbol, u32)> = Vec::new();
        let mut bodies = Vec::new();
        for (name, orders) in sample.functions() {
            let ([order], Some((letters, body, _))) = (orders.as_slice(), instance.functions.get(&name)) else {
                return Err(lacking("it takes a function of several variables"));
            };
            let [letter] = letters.as_slice() else { return Err(lacking("it takes a function of several variables")) };
            let derivative = simplifier.simplify(&Term::derivative(letter, *order, body.clone()));
            let derivative = if *order == 0 { body.clone() } else { derivative };
            bodies.push(substitute(&derivative, letter, &Term::var(Var::free("u", Domain::Real))));
            functions.push((name, *order));
        }
        let number = |v: &Var| v.name().and_then(|name| instance.parameters.get(name)).copied();
        let values = parameters.iter().map(number).collect::<Option<Vec<f64>>>();
        let values = values.ok_or_else(|| lacking("a parameter has no value for its test"))?;
        Ok(Routine {
            title: estimator.name.clone(),
            about: about(derived, estimator),
            parameters,
            constants,
            functions,
            draws: sample.draws.clone(),
            integrand: simplifier.simplify(&sample.integrand),
            check: Check { functions: bodies, parameters: values, mean: expected },
        })
    }

    /// Generic functions, beginning with one of them, and parameters.
    fn usual(&self, derived: &Derived, first: usize) -> Result<Instance, Error> {
        let (parameters, functions) = open(&derived.objective);
        let mut place = Place::default();
        let unknown =
            functions.iter().filter(|name| !derived.own.iter().any(|d| super::objective::print_name(d) == ***name));
        let mut session = self.clone();
        for (name, body) in unknown.zip(FUNCTIONS.iter().cycle().skip(first)) {
            let text = format!("{name}(u) = {body}");
            session.definitions.push(syntax::parse_definition(&text).map_err(|e| Error::syntax(e, &text))?);
        }
        for (index, parameter) in parameters.iter().enumerate() {
            let shift = 0.15 * index as f64;
            let value = match parameter.domain {
                Domain::Unit => 0.35,
                Domain::Natural | Domain::Counting | Domain::Integer => 3.0,
                Domain::Sign | Domain::Bit => 1.0,
                Domain::Positive => 0.8 + shift,
                Domain::Real | Domain::NonZero => 0.6 + shift,
            };
            place.at.insert(parameter.name().unwrap_or_default().into(), value);
        }
        session.instance(derived, &place)
    }
}

/// What a reader of the code has to know.
pub(super) fn about(derived: &Derived, estimator: &Estimator) -> Vec<String> {
    let mut lines =
        vec![format!("Samples whose mean is {}: {}.", derived.formula.unicode, estimator.name), String::new()];
    lines.push(estimator.says.clone());
    lines.push(String::new());
    lines.push(format!("    mean of    {}", estimator.estimator.unicode));
    for constant in &estimator.constants {
        let best = constant.best.as_ref().map_or(String::new(), |best| format!("; least variance at {}", best.unicode));
        lines.push(format!("    constant   {} may be any number{best}", constant.letter));
    }
    for condition in &estimator.link.conditions {
        lines.push(format!("    provided   {}", condition.text));
    }
    if !estimator.source.is_empty() {
        lines.push(format!("    source     {}", estimator.source));
    }
    lines
}
