//! Estimators as a document.

use super::super::answer::{Derivation, Status};
use super::{Constant, Derived, Estimator, Limits, Missing, Sweep, record};
use crate::check::Method;
use crate::estimator::Variance;
use crate::render::{Block, Chart, Document, Formula, Line, Tone, rounded};
use crate::term::{Domain, Term, Var, express};

impl Derived {
    /// What is shown of the estimators, in all formats.
    pub fn document(&self) -> Document {
        let mut document = Document { data: vec![record::derived(self)], ..Document::default() };
        let tone = if self.estimators.is_empty() { Tone::Neutral } else { Tone::Good };
        document.push(Block::Verdict { tone, word: "derive".into(), about: Line::math(self.formula.clone()) });
        if let Some(reading) = &self.reading {
            document.note(Tone::Neutral, "read as", Line::math(reading.clone()));
        }
        for estimator in &self.estimators {
            entry(&mut document, estimator);
        }
        ranking(&mut document, &self.estimators);
        match self.left_out {
            0 => {}
            1 => document.note(Tone::Neutral, "more", "a mixture was left out"),
            several => document.note(Tone::Neutral, "more", format!("{several} mixtures were left out")),
        }
        for (names, reason) in by_reason(&self.missing) {
            document.note(Tone::Caution, "not here", format!("{}: {reason}", names.join(", ")));
        }
        if self.estimators.is_empty() {
            document.note(Tone::Neutral, "reason", "no estimator was found within the rules");
        }
        document
    }
}

/// Those that lack the same thing together, in the order of the first of them.
fn by_reason(missing: &[Missing]) -> Vec<(Vec<&str>, &str)> {
    let mut groups: Vec<(Vec<&str>, &str)> = Vec::new();
    for Missing { name, reason } in missing {
        match groups.iter_mut().find(|(_, other)| other == reason) {
            Some((names, _)) => names.push(name),
            None => groups.push((vec![name], reason)),
        }
    }
    groups
}

/// Variances that differ by no more than this factor are as good.
const NEAR: f64 = 1.01;

impl Sweep {
    /// The curves as a picture.
    pub fn chart(&self) -> Chart {
        Chart {
            title: self.title.clone(),
            variable: self.parameter.clone(),
            values: self.values.clone(),
            curves: self.curves.clone(),
        }
    }

    /// What is shown of a sweep: a line of blocks for each estimator, and who is best where.
    pub fn document(&self) -> Document {
        let mut document = Document { data: vec![record::sweep(self)], ..Document::default() };
        let ends = [self.values.first(), self.values.last()].map(|v| rounded(v.copied().unwrap_or(f64::NAN), 4));
        let about = format!("variance of one sample, {} from {} to {}", self.parameter, ends[0], ends[1]);
        document.push(Block::Verdict { tone: Tone::Neutral, word: "sweep".into(), about: Line::text(about) });
        let chart = self.chart();
        let shown = |value: &Option<f64>| value.map_or("?".to_string(), |v| rounded(v, 3));
        let entry = |(index, (name, values)): (usize, &(String, Vec<Option<f64>>))| {
            let ends = [values.first(), values.last()].map(|v| v.map(shown).unwrap_or_default());
            (name.clone(), Line::text(format!("{}  {} … {}", chart.sparkline(index), ends[0], ends[1])))
        };
        let entries = self.curves.iter().enumerate().map(entry).collect();
        document.push(Block::Entries { title: String::new(), entries });
        for (from, to, name) in self.winners() {
            let range =
                if from < to { format!("{} to {}", rounded(from, 3), rounded(to, 3)) } else { rounded(from, 3) };
            document.note(Tone::Good, "least", format!("{range}: {name}"));
        }
        document
    }

    /// The ranges of the parameter with the estimator of least variance in each; one that is next to the least stays
    /// where it is.
    pub fn winners(&self) -> Vec<(f64, f64, String)> {
        let mut ranges: Vec<(f64, f64, String)> = Vec::new();
        for (index, value) in self.values.iter().enumerate() {
            let known = self.curves.iter().filter_map(|(name, row)| Some((row.get(index).copied().flatten()?, name)));
            let known: Vec<(f64, &String)> = known.collect();
            let Some((least, name)) = known.iter().min_by(|a, b| a.0.total_cmp(&b.0)) else { continue };
            let is_near = |other: &str| known.iter().any(|(v, name)| *name == other && *v <= NEAR * least);
            match ranges.last_mut() {
                Some((_, to, last)) if is_near(last) => *to = *value,
                _ => ranges.push((*value, *value, (*name).clone())),
            }
        }
        ranges
    }
}

fn entry(document: &mut Document, estimator: &Estimator) {
    document.push(Block::Heading(Line::text(estimator.name.clone())));
    document.push(Block::Paragraph(Line::text("  ").then(Line::math(estimator.estimator.clone()))));
    document.note(Tone::Neutral, "needs", needs(estimator));
    if let Some(variance) = &estimator.variance {
        let of = if estimator.arrays.is_some() { ", the trace of the covariance" } else { "" };
        let lacks = match &estimator.arrays {
            Some((_, work)) if work.is_unplaced() => work.samples.as_ref(),
            _ => None,
        };
        match (lacks, variance) {
            (Some(size), Variance::Unknown) => {
                let text = format!("not known: give the number of samples with --at {size}=10");
                document.note(Tone::Neutral, "variance", text);
            }
            (_, Variance::Finite { .. }) => document.note(Tone::Neutral, "variance", spread(variance) + of),
            _ => document.note(Tone::Neutral, "variance", spread(variance)),
        }
        if let Variance::Finite { formula: Some(formula), .. } = variance {
            document.note(Tone::Neutral, "exactly", Line::math(Formula::from(&express(formula))));
        }
    }
    if let Some(limits) = &estimator.asymptotics {
        asymptotics(document, limits);
    }
    let known = |constant: &&Constant| constant.best.is_some() || constant.value.is_some();
    for constant in estimator.constants.iter().filter(known) {
        let letter = Formula { unicode: constant.letter.clone(), latex: constant.letter.clone() };
        let mut line = match &constant.best {
            Some(best) => Line::math(letter.equals(best)),
            None => Line::math(letter),
        };
        if let Some(value) = constant.value {
            line = line.then(Line::text(format!(" = {}", rounded(value, 5))));
        }
        document.note(Tone::Neutral, "best", line);
    }
    if let Some(derivation) = &estimator.link.derivation {
        document.note(Tone::Neutral, "proved by", path(derivation));
    }
    for condition in estimator.link.conditions.iter().filter(|c| c.status == Status::Assumed) {
        document.note(Tone::Caution, "assumed", condition.text.as_str());
    }
    if let Some(other) = &estimator.same_as {
        document.note(Tone::Neutral, "same as", other.as_str());
    }
}

/// The estimators, the best first, with variance, cost, and the product of the two beside the least.
fn ranking(document: &mut Document, estimators: &[Estimator]) {
    let known = |estimator: &&Estimator| estimator.same_as.is_none() && estimator.effort().is_finite();
    let mut ranked: Vec<&Estimator> = estimators.iter().filter(known).collect();
    ranked.sort_by(|a, b| (a.effort() as f32).total_cmp(&(b.effort() as f32)));
    let Some(least) = ranked.first().map(|first| first.effort()).filter(|_| ranked.len() > 1) else { return };
    let row = |(rank, estimator): (usize, &&Estimator)| {
        let (effort, cost) = (estimator.effort(), estimator.cost());
        let variance = rounded(effort / cost, 3);
        let times = match rank {
            0 => "the best".to_string(),
            _ if least > 0.0 => format!("{} times the best", rounded(effort / least, 3)),
            _ => "more than none".to_string(),
        };
        let text = format!("variance {variance} × cost {} = {}, {times}", rounded(cost, 3), rounded(effort, 3));
        (format!("{} {}", rank + 1, estimator.name), Line::text(text))
    };
    let entries = ranked.iter().enumerate().map(row).collect();
    document.push(Block::Heading(Line::text("ranking")));
    document.push(Block::Entries { title: String::new(), entries });
}

/// What the variance tends to; of a function that nothing is known of, at least what bounds it.
fn asymptotics(document: &mut Document, limits: &Limits) {
    let scale = limits.terms.scale.name().unwrap_or_default();
    let small = match limits.small.as_ref().zip(limits.terms.small.as_ref()) {
        Some((leading, known)) => {
            Line::math(leading.clone()).then(Line::text(format!(", and the rest is {}", order(scale, known.rest))))
        }
        None => Line::text("not known"),
    };
    document.note(Tone::Neutral, &format!("{scale} → 0"), small);
    let large = match (&limits.large, &limits.bound) {
        (Some(leading), _) => Line::math(leading.clone()),
        (None, Some((bound, condition))) => {
            Line::text("at most ").then(Line::math(bound.clone())).then(Line::text(format!(" where {condition}")))
        }
        (None, None) => Line::text("not known"),
    };
    document.note(Tone::Neutral, &format!("{scale} → ∞"), large);
}

/// `O(σ²)`.
fn order(scale: &str, power: i64) -> String {
    let scale = Term::var(Var::free(scale, Domain::Positive));
    let power = match power {
        0 => Term::one(),
        1 => scale,
        _ => Term::pow(scale, Term::integer(power)),
    };
    format!("O({})", Formula::from(&express(&power)).unicode)
}

fn spread(variance: &Variance) -> String {
    match variance {
        Variance::Finite { value, error, method: Method::MonteCarlo, .. } => {
            format!("{} ± {} a sample, by simulation", rounded(*value, 3), rounded(*error, 1))
        }
        Variance::Finite { value, .. } => format!("{} a sample", rounded(*value, 5)),
        Variance::Infinite => "infinite: the second moment diverges".into(),
        Variance::Unknown => "not known: neither quadrature nor simulation gives it".into(),
    }
}

fn needs(estimator: &Estimator) -> String {
    if let Some((_, work)) = &estimator.arrays {
        return work.says();
    }
    let times = match estimator.evaluations {
        1 => "one value".to_string(),
        several => format!("{several} values"),
    };
    if estimator.needs.is_empty() {
        "no unknown function".into()
    } else {
        format!("{} a sample of {}", times, estimator.needs.join(", "))
    }
}

/// The rules of a derivation, in order; one that is used several times running is named once.
fn path(derivation: &Derivation) -> String {
    let rules = derivation.steps.iter().filter(|step| step.rule != "simplify");
    let named = rules.map(|step| match &step.reference {
        Some(reference) => format!("{} {reference}", step.title),
        None => step.title.clone(),
    });
    let mut named: Vec<String> = named.collect();
    named.dedup();
    if named.is_empty() { "definition".into() } else { named.join(", ") }
}
