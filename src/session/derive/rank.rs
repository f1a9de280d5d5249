//! Which estimator is best, at concrete functions and parameters.

use super::super::parallel::in_parallel;
use super::super::{Error, Session, guarded};
use super::objective::print_name;
use super::{Derived, Estimator};
use crate::check::Instance;
use crate::estimator::{Setting, Variance, large, open};
use crate::proof::Hypotheses;
use crate::render::Formula;
use crate::syntax::{self, Definition, Style, print};
use crate::term::{Domain, Elaborator, Op, Var, express};
use std::collections::BTreeMap;
use std::time::Instant;

/// Draws of a simulated variance, where none are asked for.
const DRAWS: u64 = 1 << 20;

/// Functions and parameters at which estimators are compared.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// `f(u) = u^2`, one for each unknown function.
    pub with: Vec<String>,
    /// A number for each parameter.
    pub at: BTreeMap<String, f64>,
}

impl Place {
    /// A place from definitions and named numbers.
    pub fn new(with: &[&str], at: &[(&str, f64)]) -> Place {
        let with = with.iter().map(ToString::to_string).collect();
        Place { with, at: at.iter().map(|(name, value)| (Place::name(name), *value)).collect() }
    }

    /// The canonical name of a parameter: `theta` is θ.
    pub fn name(text: &str) -> String {
        syntax::parse_expression(text).map_or_else(|_| text.trim().into(), |e| print(&e, Style::Unicode))
    }
}

/// What an expression leaves open: a [`Place`] says what it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Open {
    /// The parameters, those of known functions included, each with what it ranges over.
    pub parameters: BTreeMap<String, Domain>,
    /// The functions that nobody has defined, each with the number of its arguments.
    pub functions: BTreeMap<String, usize>,
}

/// One variance for each value of a parameter, for each estimator.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// What is compared, in a line.
    pub title: String,
    /// The parameter.
    pub parameter: String,
    /// Its values.
    pub values: Vec<f64>,
    /// The estimators by name, each with its variances; none where one is out of reach.
    pub curves: Vec<(String, Vec<Option<f64>>)>,
}

impl Session {
    /// The estimators of an expression with the variance of one sample of each, the best first.
    ///
    /// ```
    /// use stein::Place;
    ///
    /// let place = Place::new(&["f(u) = u^2"], &[("θ", 0.5), ("σ", 0.1)]);
    /// let derived = stein::Session::new()?.rank("D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]]", &place)?;
    /// assert_eq!(derived.estimators[0].name, "pathwise");
    /// # Ok::<(), stein::Error>(())
    /// ```
    ///
    /// # Errors
    /// Shows what cannot be read, and names functions and parameters that have no value.
    pub fn rank(&self, text: &str, place: &Place) -> Result<Derived, Error> {
        let (session, derived) = self.placed(text, place)?;
        guarded(|| session.ranked(derived, place))
    }

    /// The same of estimators that are known already, at other parameters: their proofs are not looked for again. The session
    /// is the one that they were found in, and has to know all functions.
    ///
    /// ```
    /// use stein::Place;
    ///
    /// let mut session = stein::Session::new()?;
    /// session.define("f(u) = u^2")?;
    /// let derived = session.derive("D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]]")?;
    /// let place = Place::new(&[], &[("θ", 0.5), ("σ", 0.1)]);
    /// assert_eq!(session.rank_again(&derived, &place)?.estimators[0].name, "pathwise");
    /// # Ok::<(), stein::Error>(())
    /// ```
    ///
    /// # Errors
    /// As of [`Session::rank`].
    pub fn rank_again(&self, derived: &Derived, place: &Place) -> Result<Derived, Error> {
        guarded(|| self.ranked(derived.clone(), place))
    }

    /// What a ranking has to be told; none of an expression about arrays, where that depends on their sizes.
    ///
    /// ```
    /// let session = stein::Session::new()?;
    /// let derived = session.derive("D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]]")?;
    /// let open = session.open(&derived)?.expect("numbers");
    /// assert!(open.parameters.keys().eq(["θ", "σ"]) && open.functions["f"] == 1);
    /// # Ok::<(), stein::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the definition of a function means nothing.
    pub fn open(&self, derived: &Derived) -> Result<Option<Open>, Error> {
        match derived.arrays {
            Some(_) => Ok(None),
            None => guarded(|| self.left_open(derived).map(Some)),
        }
    }

    /// The variance of each estimator along a parameter; of those that are named, if any are.
    ///
    /// # Errors
    /// As of [`Session::rank`] and [`Derived::keep`].
    pub fn sweep(
        &self,
        text: &str,
        place: &Place,
        parameter: &str,
        values: &[f64],
        names: &[String],
    ) -> Result<Sweep, Error> {
        let (session, mut derived) = self.placed(text, place)?;
        derived.keep(names)?;
        let parameter = Place::name(parameter);
        let is_shown = |estimator: &&Estimator| !names.is_empty() || is_listed(estimator);
        let estimators: Vec<&Estimator> = derived.estimators.iter().filter(is_shown).collect();
        guarded(|| {
            let rows = values.iter().map(|value| {
                let mut place = place.clone();
                place.at.insert(parameter.clone(), *value);
                let instance = session.instance(&derived, &place)?;
                let variances = in_parallel(
                    &estimators,
                    |estimator| estimator.term.size(),
                    |estimator| session.variance(&derived, estimator, &instance),
                );
                Ok(variances.into_iter().map(|(variance, _)| variance.value()).collect())
            });
            let rows: Vec<Vec<Option<f64>>> = rows.collect::<Result<_, Error>>()?;
            let curve = |(index, estimator): (usize, &&Estimator)| {
                (estimator.name.clone(), rows.iter().map(|row| row[index]).collect())
            };
            let curves = estimators.iter().enumerate().map(curve).collect();
            let title = format!("variance of one sample of {}", derived.formula.unicode);
            let with = place.with.iter().map(|definition| format!(", {definition}")).collect::<String>();
            Ok(Sweep { title: title + &with, parameter, values: values.to_vec(), curves })
        })
    }

    /// A session in which the functions of a place are known, and the estimators there.
    fn placed(&self, text: &str, place: &Place) -> Result<(Session, Derived), Error> {
        let mut session = self.clone();
        for definition in &place.with {
            session.define(definition)?;
        }
        let derived = session.derive(text)?;
        Ok((session, derived))
    }

    fn ranked(&self, mut derived: Derived, place: &Place) -> Result<Derived, Error> {
        let instance = self.instance(&derived, place)?;
        let variances = in_parallel(
            &derived.estimators,
            |estimator| estimator.term.size(),
            |estimator| self.variance(&derived, estimator, &instance),
        );
        for (estimator, (variance, chosen)) in derived.estimators.iter_mut().zip(variances) {
            for (constant, value) in estimator.constants.iter_mut().zip(chosen) {
                constant.value = Some(value);
            }
            if let (Some(limits), Variance::Finite { formula: Some(formula), .. }) =
                (&mut estimator.asymptotics, &variance)
            {
                limits.large =
                    large(&self.library, formula, &limits.terms.scale).map(|term| Formula::from(&express(&term)));
            }
            estimator.variance = Some(variance);
            if let Some((_, work)) = &mut estimator.arrays {
                work.place(&instance.parameters);
            }
        }
        // Equal up to rounding is equal.
        derived.estimators.sort_by(|a, b| (a.effort() as f32).total_cmp(&(b.effort() as f32)));
        derived.place = Some(instance);
        Ok(derived)
    }

    fn variance(&self, derived: &Derived, estimator: &Estimator, instance: &Instance) -> (Variance, Vec<f64>) {
        let Some(sample) = &estimator.sample else { return self.trace(derived, estimator, instance) };
        let hypotheses = Hypotheses { classes: BTreeMap::new(), ..derived.hypotheses.clone() };
        let setting = Setting {
            library: &self.library,
            hypotheses: &hypotheses,
            instance,
            seed: self.options.seed,
            samples: self.options.samples.unwrap_or(DRAWS),
            deadline: Some(Instant::now() + self.options.timeout),
        };
        let constants: Vec<Var> = estimator.constants.iter().map(|c| Var::free(&c.letter, Domain::Real)).collect();
        setting.variance(sample, &constants)
    }

    /// The functions and parameters of a place, checked against what the expression leaves open.
    pub(super) fn instance(&self, derived: &Derived, place: &Place) -> Result<Instance, Error> {
        if let Some(problem) = &derived.arrays {
            return self.instance_of_arrays(derived, problem, place);
        }
        let Open { parameters, functions } = self.left_open(derived)?;
        if let Some(name) = functions.keys().next() {
            let help = format!("say what it is: --with '{name}(u) = u^2'");
            return Err(Error::input(format!("the function `{name}` is not known"), Some(&help)));
        }
        let mut instance = Instance::default();
        for name in open(&derived.objective).1 {
            if let Some(definition) = self.known(derived, &name) {
                instance.functions.insert(name, self.body(definition)?);
            }
        }
        for (name, domain) in parameters {
            let Some(value) = place.at.get(&name).copied() else {
                let help = format!("give it with --at {name}=1");
                return Err(Error::input(format!("the parameter `{name}` has no value"), Some(&help)));
            };
            if !holds(domain, value) {
                let message = format!("{name} = {value} is outside of what the expression allows");
                return Err(Error::input(message, Some(&format!("{name} has to be {}", range(domain)))));
            }
            instance.parameters.insert(name.into(), value);
        }
        Ok(instance)
    }

    fn left_open(&self, derived: &Derived) -> Result<Open, Error> {
        let (parameters, functions) = open(&derived.objective);
        let mut found = Open::default();
        let named = |v: &Var| Some((v.name()?.to_string(), v.domain));
        found.parameters.extend(parameters.iter().filter_map(named));
        for name in functions {
            if let Some(definition) = self.known(derived, &name) {
                let (own, body, _) = self.body(definition)?;
                found.parameters.extend(body.free().iter().filter(|v| !own.contains(v)).filter_map(named));
                continue;
            }
            derived.objective.visit(&mut |t| {
                if matches!(t.op(), Op::Apply(other, _) if *other == name) {
                    found.functions.insert(name.to_string(), t.args().len());
                }
            });
        }
        Ok(found)
    }

    /// The definition of a function: the session's, or one that came with the expression.
    fn known<'a>(&'a self, derived: &'a Derived, name: &str) -> Option<&'a Definition> {
        let is_meant = |definition: &&Definition| print_name(definition) == *name;
        self.definitions.iter().rev().find(is_meant).or_else(|| derived.own.iter().rev().find(is_meant))
    }

    fn body(&self, definition: &Definition) -> Result<(Vec<Var>, crate::term::Term, String), Error> {
        let text = print(&definition.body, Style::Unicode);
        let mut elaborator = Elaborator::new(&self.library.definitions);
        elaborator.define(self.definitions.iter().cloned());
        let body = elaborator.expr(&definition.body).map_err(|e| Error::meaning(*e, &text))?;
        let parameters = definition.parameters.iter().map(|name| {
            let letter = match &name.subscript {
                Some(subscript) => format!("{}_{subscript}", name.base),
                None => name.base.clone(),
            };
            Var::free(&letter, Domain::Real)
        });
        Ok((parameters.collect(), body, text))
    }
}

/// No other form of one before it.
pub fn is_listed(estimator: &Estimator) -> bool {
    estimator.same_as.is_none()
}

impl Estimator {
    /// What a sample costs: 1 for each value of a function, k more for a derivative of order k.
    pub fn cost(&self) -> f64 {
        if let Some((_, work)) = &self.arrays {
            return work.cost();
        }
        let orders = self.sample.iter().flat_map(|sample| sample.calls());
        let cost = |call: crate::term::Term| match call.op() {
            crate::term::Op::Apply(_, orders) => 1 + orders.iter().sum::<u32>(),
            _ => 1,
        };
        f64::from(orders.map(cost).sum::<u32>().max(1))
    }

    /// Variance times cost: what a given precision takes. Infinite where that is not known.
    pub fn effort(&self) -> f64 {
        let variance = self.variance.as_ref().and_then(Variance::value);
        variance.map_or(f64::INFINITY, |variance| variance * self.cost())
    }
}

pub(super) fn holds(domain: Domain, value: f64) -> bool {
    match domain {
        Domain::Real => value.is_finite(),
        Domain::NonZero => value != 0.0,
        Domain::Positive => value > 0.0,
        Domain::Unit => value > 0.0 && value < 1.0,
        Domain::Natural => value >= 0.0 && value.fract() == 0.0,
        Domain::Counting => value >= 1.0 && value.fract() == 0.0,
        Domain::Sign => value.abs() == 1.0,
        Domain::Bit => value == 0.0 || value == 1.0,
        Domain::Integer => value.fract() == 0.0,
    }
}

pub(super) fn range(domain: Domain) -> &'static str {
    match domain {
        Domain::Real => "a number",
        Domain::NonZero => "other than 0",
        Domain::Positive => "above 0",
        Domain::Unit => "between 0 and 1",
        Domain::Natural => "0, 1, 2, …",
        Domain::Counting => "1, 2, 3, …",
        Domain::Sign => "1 or -1",
        Domain::Bit => "0 or 1",
        Domain::Integer => "a whole number",
    }
}
