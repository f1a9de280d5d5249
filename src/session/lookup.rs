//! Looking things up by name: rules, laws and functions, and what was probably meant.

use super::{Error, Session};
use crate::render::{Block, Document, Formula, Line, Tone};
use crate::rule::{Condition, Rule, Substitution, instantiate};
use crate::syntax::{Style, print};
use crate::term::{FunctionDefinition, LawDefinition, Op, Support, Symbol, Term, express};

/// What a word of the library names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordKind {
    /// An equation that proofs may use.
    Rule,
    /// A law by name.
    Law,
    /// A function by name.
    Function,
}

/// A word that can be looked up, with one plain sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word itself.
    pub text: String,
    /// What it names.
    pub kind: WordKind,
    /// One plain sentence.
    pub says: String,
}

impl Session {
    /// All words of the library: rules, laws, functions.
    pub fn vocabulary(&self) -> Vec<Word> {
        let word = |text: &str, kind, says: &str| Word { text: text.into(), kind, says: says.into() };
        let definitions = &self.library().definitions;
        let rules = self.library().rules.iter().map(|rule| word(&rule.name, WordKind::Rule, &rule.says));
        let laws = definitions.laws.values().map(|law| word(&law.name, WordKind::Law, &law.says));
        let functions = definitions.functions.values();
        let functions = functions.map(|function| word(&function.name, WordKind::Function, &function.says));
        rules.chain(laws).chain(functions).collect()
    }

    /// Everything about the rule, law or function of that name, or the error of that number.
    ///
    /// ```
    /// use stein::render::Format;
    ///
    /// let session = stein::Session::new()?;
    /// let text = Format::Text.plain(&session.describe("likelihood-ratio")?);
    /// assert!(text.contains("(5.1)") && text.contains("score"));
    /// # Ok::<(), stein::Error>(())
    /// ```
    ///
    /// # Errors
    /// Names what was probably meant.
    pub fn describe(&self, name: &str) -> Result<Document, Error> {
        let definitions = &self.library().definitions;
        if let Some(code) = super::explain::code(name) {
            return Ok(super::explain::explain(code));
        }
        if self.library().rule(name).is_some() {
            return self.describe_rule(name);
        }
        if let Some(law) = definitions.laws.get(name) {
            return Ok(describe_law(law));
        }
        if let Some(function) = definitions.functions.get(name) {
            return Ok(describe_function(function));
        }
        let words = self.vocabulary();
        let help = match nearest(name, words.iter().map(|word| word.text.as_str())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`stein rules` lists the rules".into(),
        };
        Err(Error::lookup(format!("there is no rule, law or function `{name}`"), &help))
    }

    /// A statement that shows the rule at work, ready to be proved: its equation, with a law of the library in the
    /// place of each law that the rule leaves open.
    pub fn example(&self, rule: &Rule) -> String {
        let mut substitution = Substitution::default();
        let discrete = rule.conditions.iter().any(|c| matches!(c, Condition::Kind { continuous: false, .. }));
        for side in [&rule.left, &rule.right] {
            side.visit(&mut |term| {
                if let Op::UnknownLaw(name) = term.op() {
                    let parameters: Vec<_> = (0..term.args().len()).map(Substitution::parameter).collect();
                    let first = parameters.first().map(|parameter| Term::var(parameter.clone()));
                    let law = example_law(name, discrete, first);
                    substitution.functions.entry(name.clone()).or_insert((parameters, law));
                }
            });
        }
        let definitions = &self.library().definitions;
        let side = |term: &Term| print(&express(&instantiate(definitions, term, &substitution)), Style::Unicode);
        let positive = |condition: &Condition| match condition {
            Condition::Positive(term) => Some(format!("{} > 0", print(&express(term), Style::Unicode))),
            Condition::NonNegative(term) => Some(format!("{} ≥ 0", print(&express(term), Style::Unicode))),
            Condition::Zero(term) => Some(format!("{} = 0", print(&express(term), Style::Unicode))),
            Condition::NonZero(term) => Some(format!("{} ≠ 0", print(&express(term), Style::Unicode))),
            Condition::Whole(term) if term.as_var().is_some() => {
                Some(format!("{} : natural", print(&express(term), Style::Unicode)))
            }
            _ => None,
        };
        let given: Vec<String> = rule.conditions.iter().filter_map(positive).collect();
        let given = if given.is_empty() { String::new() } else { format!(" given {}", given.join(", ")) };
        format!("{} = {}{given}", side(&rule.left), side(&rule.right))
    }
}

impl Session {
    /// The conditions of a rule in the words of the rule files.
    pub fn conditions_of(&self, rule: &Rule) -> Vec<String> {
        rule.conditions.iter().map(super::catalogue::describe).collect()
    }
}

/// The law that stands for an open one in an example; `q` is another one than `p`.
fn example_law(name: &Symbol, discrete: bool, parameter: Option<Term>) -> Term {
    let law = |name: &str, arguments| Term::new(Op::Law(name.into()), arguments);
    let other = name.to_lowercase().starts_with('q');
    match (discrete, other) {
        (true, _) => law("Poisson", vec![parameter.unwrap_or_else(Term::one)]),
        (false, false) => law("N", vec![parameter.unwrap_or_else(Term::zero), Term::one()]),
        (false, true) => law("N", vec![parameter.unwrap_or_else(Term::zero), Term::integer(2)]),
    }
}

/// The candidate that is most like a word, if any is near.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let wanted = word.to_lowercase();
    let likeness = |candidate: &str| {
        let candidate = candidate.to_lowercase();
        let short = candidate.rsplit('.').next().unwrap_or(&candidate);
        strsim::jaro_winkler(&wanted, &candidate).max(strsim::jaro_winkler(&wanted, short))
    };
    let scored = candidates.into_iter().map(|candidate| (likeness(candidate), candidate));
    scored.filter(|(likeness, _)| *likeness > 0.8).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, candidate)| candidate)
}

fn formula(term: &Term) -> Line {
    Line::math(Formula::from(&express(term)))
}

fn describe_law(law: &LawDefinition) -> Document {
    let mut document = Document::default();
    let parameters: Vec<&str> = law.parameters.iter().filter_map(|parameter| parameter.name()).collect();
    let list = if parameters.is_empty() { String::new() } else { format!("({})", parameters.join(", ")) };
    document.push(Block::Heading(Line::text(format!("{}{list}", law.name))));
    document.push(Block::Paragraph(Line::text(law.says.clone())));
    document.note(Tone::Neutral, "ln density", formula(&law.log_density));
    let support = match &law.support {
        Support::Interval(low, high) => Line::text("from ").then(formula(low)).then(" to ".into()).then(formula(high)),
        Support::Integers(low, high) => {
            Line::text("whole numbers from ").then(formula(low)).then(" to ".into()).then(formula(high))
        }
        Support::Points(points) => points.iter().enumerate().fold(Line::default(), |line, (index, point)| {
            line.then(if index == 0 { Line::default() } else { ", ".into() }).then(formula(point))
        }),
    };
    document.note(Tone::Neutral, "support", support);
    for (label, term) in [("mean", &law.mean), ("variance", &law.variance)] {
        if let Some(term) = term {
            document.note(Tone::Neutral, label, formula(term));
        }
    }
    document.note(Tone::Neutral, "source", law.source.as_str());
    document
}

fn describe_function(function: &FunctionDefinition) -> Document {
    let mut document = Document::default();
    let parameters: Vec<&str> = function.parameters.iter().filter_map(|parameter| parameter.name()).collect();
    document.push(Block::Heading(Line::text(format!("{}({})", function.name, parameters.join(", ")))));
    document.push(Block::Paragraph(Line::text(function.says.clone())));
    for (label, term) in [("equals", &function.definition), ("formula", &function.formula)] {
        if let Some(term) = term {
            document.note(Tone::Neutral, label, formula(term));
        }
    }
    for (parameter, derivative) in parameters.iter().zip(&function.derivatives) {
        if let Some(derivative) = derivative {
            document.note(Tone::Neutral, &format!("d/d{parameter}"), formula(derivative));
        }
    }
    document
}
