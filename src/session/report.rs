//! Answers as documents.

use super::answer::{Answer, Derivation, Link, Status, Step, Verdict};
use super::{Reply, record};
use crate::check::{Comparison, Drawing, Method};
use crate::render::{Block, Chain, Document, Formula, Line, Point, Row, Tone, grouped, rounded};
use crate::syntax::{Style, print_assumption, print_definition, print_name};

impl Answer {
    /// What is shown of the answer, in all formats.
    ///
    /// ```
    /// use stein::render::Format;
    ///
    /// let answer = stein::Session::new()?.prove("x + x = 2 x")?;
    /// assert!(Format::Latex.render(&answer.document()).contains("\\begin{align*}"));
    /// # Ok::<(), stein::Error>(())
    /// ```
    pub fn document(&self) -> Document {
        let mut document = Document { data: vec![record::answer(self)], ..Document::default() };
        let verdict = self.verdict();
        let about = Line::math(self.formula.clone());
        let tone = match self.expected {
            Some(expected) if expected == verdict => Tone::Good,
            Some(_) => Tone::Bad,
            None => tone(verdict),
        };
        document.push(Block::Verdict { tone, word: verdict.word().into(), about });
        match self.expected {
            Some(expected) if expected == verdict => document.note(tone, "expected", expected.word()),
            Some(expected) => document.note(tone, "expected", format!("{expected}, which it is not")),
            None => {}
        }
        if let Some(reading) = &self.reading {
            document.note(Tone::Neutral, "read as", Line::math(reading.clone()));
        }
        for hint in &self.hints {
            document.note(Tone::Caution, "hint", hint.as_str());
        }
        for (index, link) in self.links.iter().enumerate() {
            if self.links.len() > 1 {
                let label = format!("link {}", index + 1);
                let word = if link.verdict == verdict { String::new() } else { format!("   {}", link.verdict) };
                let content = Line::math(link.left.equals(&link.right)).then(word.into());
                document.note(self::tone(link.verdict), &label, content);
            }
            link_blocks(&mut document, link);
        }
        let conditions: Vec<_> = self.conditions();
        if !conditions.is_empty() && verdict != Verdict::Refuted {
            let entry = |c: &super::Condition| (c.status.word().to_string(), Line::text(c.text.clone()));
            let entries = conditions.iter().map(entry).collect();
            let assumed = conditions.iter().any(|c| c.status == Status::Assumed);
            let title = if assumed { "provided that" } else { "where" };
            document.push(Block::Entries { title: title.into(), entries });
        }
        document
    }
}

impl Reply {
    /// What is shown of a line of a script.
    pub fn document(&self) -> Document {
        let mut document = Document::default();
        match self {
            Reply::Nothing => {}
            Reply::Answer(answer) => return answer.document(),
            Reply::Derived(derived) => return derived.document(),
            Reply::Defined(definition) => {
                let formula = |style| print_definition(definition, style);
                let formula = Formula { unicode: formula(Style::Unicode), latex: formula(Style::Latex) };
                document.push(Block::Verdict { tone: Tone::Neutral, word: "let".into(), about: Line::math(formula) });
            }
            Reply::Forgot(names) => {
                let names: Vec<String> = names.iter().map(|name| print_name(name, Style::Unicode)).collect();
                let about = if names.is_empty() { "everything".into() } else { names.join(", ") };
                let about = Line::text(about);
                document.push(Block::Verdict { tone: Tone::Neutral, word: "forget".into(), about });
            }
            Reply::Assumed(assumptions) => {
                let list = |style| {
                    let printed: Vec<String> = assumptions.iter().map(|a| print_assumption(a, style)).collect();
                    printed.join(", ")
                };
                let formula = Formula { unicode: list(Style::Unicode), latex: list(Style::Latex) };
                document.push(Block::Verdict {
                    tone: Tone::Neutral,
                    word: "assume".into(),
                    about: Line::math(formula),
                });
            }
        }
        document
    }
}

fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Proved => Tone::Good,
        Verdict::Conditional => Tone::Caution,
        Verdict::Refuted => Tone::Bad,
        Verdict::Open => Tone::Neutral,
    }
}

fn link_blocks(document: &mut Document, link: &Link) {
    if let Some(derivation) = link.derivation.as_ref().filter(|_| link.verdict <= Verdict::Conditional) {
        document.push(Block::Derivation(chain(derivation)));
    }
    if let Some(witness) = &link.witness {
        instance(document, "witness", witness);
        document.note(Tone::Bad, "numbers", difference(witness));
    } else if let Some(comparison) = link.numbers() {
        document.note(Tone::Neutral, "numbers", agreement(comparison));
        instance(document, "at", comparison);
        if !link.sizes.is_empty() {
            document.note(Tone::Neutral, "sizes", sizes(link));
        }
    }
    if link.convergence.len() > 1 {
        document.push(Block::Convergence(link.convergence.iter().map(point).collect()));
    }
    if let Some(repair) = &link.repair {
        document.note(Tone::Caution, "mistake", repair.hint.as_str());
        document.note(Tone::Good, "instead", Line::math(repair.statement.clone()));
    }
    if let Some(reason) = &link.reason {
        document.note(Tone::Caution, "reason", reason.as_str());
    }
}

fn chain(derivation: &Derivation) -> Chain {
    let mut rows: Vec<Row> = derivation.steps.iter().map(Step::row).collect();
    if rows.is_empty() {
        let reason = "the same by definition".into();
        rows.push(Row { formula: derivation.start.clone(), reason, reference: None, details: Vec::new() });
    }
    Chain { start: derivation.start.clone(), rows }
}

impl Step {
    /// The step by itself, with its details.
    pub fn chain(&self) -> Chain {
        Chain { start: self.before.clone(), rows: vec![self.row()] }
    }

    /// What helps to find the step without giving it away.
    pub fn hint(&self) -> Line {
        Line::text(format!("{}: {}", self.reason(), self.says))
    }

    fn reason(&self) -> String {
        let reference = self.reference.iter().map(|r| format!(" {r}")).collect::<String>();
        format!("{}{}{reference}", self.title, if self.forward { "" } else { ", back" })
    }

    fn row(&self) -> Row {
        let mut details = vec![("why".to_string(), Line::text(self.says.clone()))];
        details.extend(self.conditions.iter().map(|c| (c.status.word().to_string(), Line::text(c.text.clone()))));
        Row {
            formula: self.after.clone(),
            reason: if self.forward { self.title.clone() } else { format!("{}, back", self.title) },
            reference: self.reference.clone(),
            details,
        }
    }
}

fn point(comparison: &Comparison) -> Point {
    let difference = comparison.left - comparison.right;
    Point { draws: comparison.samples, difference, error: comparison.standard_error }
}

/// The sizes at which the sides were compared.
fn sizes(link: &Link) -> String {
    let listed = link.sizes.iter().map(|(letter, sizes)| {
        let sizes: Vec<String> = sizes.iter().map(i64::to_string).collect();
        format!("{letter} = {}", sizes.join(", "))
    });
    listed.collect::<Vec<_>>().join("; ")
}

/// The functions, laws and parameters of a comparison.
fn instance(document: &mut Document, label: &str, comparison: &Comparison) {
    let instance = &comparison.instance;
    let mut parts: Vec<String> = Vec::new();
    for (name, (variables, _, text)) in &instance.functions {
        let arguments: Vec<&str> = variables.iter().filter_map(|v| v.name()).collect();
        parts.push(format!("{name}({}) = {text}", arguments.join(", ")));
    }
    parts.extend(instance.laws.iter().map(|(name, (_, _, text))| format!("{name} = {text}")));
    parts.extend(instance.parameters.iter().map(|(name, value)| format!("{name} = {}", rounded(*value, 6))));
    if !parts.is_empty() {
        document.note(Tone::Neutral, label, parts.join(", "));
    }
}

fn sides(comparison: &Comparison) -> String {
    let digits = if comparison.method == Method::MonteCarlo { 5 } else { 9 };
    format!("{} and {}", rounded(comparison.left, digits), rounded(comparison.right, digits))
}

fn method(comparison: &Comparison) -> String {
    match comparison.method {
        Method::MonteCarlo => {
            let on = if comparison.drawing == Drawing::Sobol { " on Sobol points" } else { "" };
            format!("Monte Carlo{on}, {} draws", grouped(comparison.samples))
        }
        Method::Quadrature | Method::Cubature => "quadrature".into(),
        Method::Summation => "summation".into(),
        Method::Exact => "evaluation".into(),
    }
}

fn agreement(comparison: &Comparison) -> String {
    let gap = rounded(comparison.detectable_gap, 2);
    let z = match comparison.method {
        Method::MonteCarlo => format!(" (z = {:.1})", comparison.z),
        _ => String::new(),
    };
    format!("{}: {}{z}; a gap of {gap} would have been seen", method(comparison), sides(comparison))
}

fn difference(comparison: &Comparison) -> String {
    let gap = rounded(comparison.gap(), 3);
    let size = match comparison.z.abs() {
        z if z < 1e6 => format!(", {} standard errors", rounded(z, 3)),
        _ => String::new(),
    };
    format!("{}: {}; they differ by {gap}{size}", method(comparison), sides(comparison))
}
