//! `stein derive`: the estimators of an expression, ranked, and swept along a parameter.

use super::End;
use super::output::Output;
use crate::render::Scale;
use crate::session::{Derived, Error, Place, Session};
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What is wanted, such as `D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]]`
    #[arg(allow_hyphen_values = true)]
    expression: String,

    /// A function for the ranking, such as `f(u) = u^2`; may be given several times
    #[arg(long, value_name = "DEFINITION", action = clap::ArgAction::Append)]
    with: Vec<String>,

    /// Parameters for the ranking, such as θ=0.5,σ=0.1
    #[arg(long, value_name = "VALUES", value_delimiter = ',', value_parser = assignment, allow_hyphen_values = true)]
    at: Vec<(String, f64)>,

    /// The variances along a parameter, such as σ=0.01..10; on a logarithmic scale from a decade on
    #[arg(long, value_name = "RANGE", value_parser = range)]
    sweep: Option<(String, f64, f64)>,

    /// Draw the sweep into a file, as SVG
    #[arg(long, value_name = "FILE", requires = "sweep")]
    plot: Option<PathBuf>,

    /// Write an estimator as code: numpy, jax, torch, julia or rust
    #[arg(long, value_name = "LANGUAGE")]
    emit: Option<String>,

    /// Only this estimator, by the beginning of its name; may be given several times
    #[arg(long, value_name = "NAME", action = clap::ArgAction::Append)]
    estimator: Vec<String>,

    /// List mixtures as well
    #[arg(long)]
    all: bool,
}

impl Arguments {
    /// What is wanted, as it was typed.
    pub fn expression(&self) -> &str {
        &self.expression
    }
}

/// Points of a sweep, and of one that is drawn.
const POINTS: [usize; 2] = [25, 73];

pub fn run(output: &mut Output, session: &Session, wanted: &Arguments) -> Result<End, Error> {
    let mut session = session.clone();
    session.options.mixtures = wanted.all;
    let expression = &super::read::statement(&wanted.expression)?;
    let at: BTreeMap<String, f64> = wanted.at.iter().map(|(name, value)| (Place::name(name), *value)).collect();
    let place = Place { with: wanted.with.clone(), at };
    if let Some((parameter, low, high)) = &wanted.sweep {
        let values = Scale::of(*low, *high).spaced(*low, *high, POINTS[usize::from(wanted.plot.is_some())]);
        let sweep = session.sweep(expression, &place, parameter, &values, &wanted.estimator)?;
        if let Some(file) = &wanted.plot {
            let why = |e| Error::input(format!("`{}` cannot be written: {e}", file.display()), None);
            std::fs::write(file, sweep.chart().svg()).map_err(why)?;
        }
        output.document(&sweep.document());
        return Ok(End::Good);
    }
    let mut derived = if wanted.with.is_empty() && wanted.at.is_empty() {
        session.derive(expression)?
    } else {
        session.rank(expression, &place)?
    };
    derived.keep(&wanted.estimator)?;
    if let Some(language) = &wanted.emit {
        let first = derived.estimators.first();
        let first = first.ok_or_else(|| Error::input("there is no estimator to write as code", None))?;
        output.text(&session.emit(&derived, first, language)?);
        return Ok(End::Good);
    }
    output.document(&derived.document());
    Ok(end(&derived))
}

/// A list with nothing in it is no answer.
pub fn end(derived: &Derived) -> End {
    if derived.estimators.is_empty() { End::Open } else { End::Good }
}

fn assignment(text: &str) -> Result<(String, f64), String> {
    let (name, value) = text.split_once('=').ok_or("write a name and a number, as in θ=0.5")?;
    Ok((name.trim().into(), number(value)?))
}

fn range(text: &str) -> Result<(String, f64, f64), String> {
    let (name, ends) = text.split_once('=').ok_or("write a name and a range, as in σ=0.01..10")?;
    let (low, high) = ends.split_once("..").ok_or("a range is written with two dots: 0.01..10")?;
    let (low, high) = (number(low)?, number(high)?);
    if low >= high {
        return Err("a range has two ends, the smaller one first".into());
    }
    Ok((name.trim().into(), low, high))
}

fn number(text: &str) -> Result<f64, String> {
    let number: f64 = text.trim().parse().map_err(|_| format!("`{}` is no number", text.trim()))?;
    if number.is_finite() { Ok(number) } else { Err("the number has to be finite".into()) }
}
