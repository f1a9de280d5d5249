//! The rules, listed and described.

use super::{Error, Session};
use crate::audit::{Depth, Item, audit};
use crate::render::{Block, Document, Formula, Line, Tone};
use crate::rule::{Condition, Rule, Trust};
use crate::syntax::{Expr, Kind, Style, print, print_law};
use crate::term::express;
use serde_json::json;

impl Session {
    /// All rules, a theory or law file at a time.
    pub fn rules(&self) -> Document {
        let mut document = Document::default();
        let rules = &self.library().rules;
        let mut theories: Vec<&str> = Vec::new();
        for rule in rules {
            if !theories.contains(&rule.theory.as_str()) {
                theories.push(&rule.theory);
            }
        }
        for theory in theories {
            document.push(Block::Heading(Line::text(theory)));
            let of_theory = rules.iter().filter(|rule| rule.theory == theory);
            let entry = |rule: &Rule| (label(rule), Line::math(equation(rule)));
            document.push(Block::Entries { title: String::new(), entries: of_theory.map(entry).collect() });
        }
        document.data = rules.iter().map(data).collect();
        document
    }

    /// Everything about the rule of that name.
    ///
    /// # Errors
    /// Names the rule that was probably meant.
    pub fn describe_rule(&self, name: &str) -> Result<Document, Error> {
        let Some(rule) = self.library().rule(name) else {
            let names = self.library().rules.iter().map(|rule| &*rule.name);
            let near = super::nearest(name, names).map(|near| format!("did you mean `{near}`?"));
            let help = near.unwrap_or_else(|| "`stein rules` lists all of them".into());
            return Err(Error::lookup(format!("there is no rule `{name}`"), &help));
        };
        let mut object = data(rule);
        object["example"] = self.example(rule).into();
        let mut document = Document { data: vec![object], ..Document::default() };
        let label = label(rule);
        document.push(Block::Heading(Line::text(label)));
        document.push(Block::Paragraph(Line::math(equation(rule))));
        let conditions: Vec<_> =
            rule.conditions.iter().map(|c| (String::from("when"), Line::text(describe(c)))).collect();
        if !conditions.is_empty() {
            document.push(Block::Entries { title: String::new(), entries: conditions });
        }
        document.push(Block::Paragraph(Line::text(rule.says.clone())));
        document.note(Tone::Neutral, "example", Line::code(format!("prove {}", self.example(rule))));
        document.note(Tone::Neutral, "source", rule.source.as_str());
        document.note(Tone::Neutral, "theory", rule.theory.as_str());
        let (tone, line) = super::audit::line(&audit(self.library(), Item::Rule(rule), Depth::Full));
        document.note(tone, "audit", line);
        Ok(document)
    }
}

fn label(rule: &Rule) -> String {
    match &rule.reference {
        Some(reference) => format!("{} ({reference})", rule.name),
        None => rule.name.to_string(),
    }
}

fn equation(rule: &Rule) -> Formula {
    Formula::from(&express(&rule.left)).equals(&Formula::from(&express(&rule.right)))
}

fn data(rule: &Rule) -> serde_json::Value {
    json!({
        "schema": 1,
        "name": &*rule.name,
        "ref": rule.reference.as_ref().map(|r| format!("({r})")),
        "statement": equation(rule).unicode,
        "conditions": rule.conditions.iter().map(describe).collect::<Vec<_>>(),
        "says": rule.says,
        "source": rule.source,
        "theory": rule.theory,
        "audited": rule.trust != Trust::Unaudited,
    })
}

/// A condition in the words of the rule files.
pub(super) fn describe(condition: &Condition) -> String {
    let term = express(condition.term());
    let text = |e: &Expr| print(e, Style::Unicode);
    let mut kind = &term.kind;
    while let (Condition::AbsolutelyContinuous(_), Kind::Expectation { body, .. }) = (condition, kind) {
        kind = &body.kind;
    }
    match (condition, kind) {
        (Condition::Positive(_), _) => format!("{} > 0", text(&term)),
        (Condition::NonNegative(_), _) => format!("{} ≥ 0", text(&term)),
        (Condition::Zero(_), _) => format!("{} = 0", text(&term)),
        (Condition::NonZero(_), _) => format!("{} ≠ 0", text(&term)),
        (Condition::Whole(_), _) => format!("{} is a whole number", text(&term)),
        (Condition::Kind { law, continuous }, _) => {
            let law = print_law(&crate::term::Express::default().law(law), Style::Unicode);
            format!("{law} is {}", if *continuous { "continuous" } else { "discrete" })
        }
        (Condition::Covers { wide, narrow }, _) => {
            let [wide, narrow] =
                [wide, narrow].map(|law| print_law(&crate::term::Express::default().law(law), Style::Unicode));
            format!("the support of {wide} covers that of {narrow}")
        }
        (Condition::AbsolutelyContinuous(_), Kind::Derivative { variable: Some(v), body, .. }) => {
            format!("{} is absolutely continuous in {}", text(body), variable(v))
        }
        (Condition::Continuous(_), Kind::Derivative { variable: Some(v), body, .. }) => {
            format!("{} is continuous in {}", text(body), variable(v))
        }
        (Condition::FixedSupport(_), Kind::Derivative { variable: Some(v), body, .. }) => match &body.kind {
            Kind::Density { law, .. } => {
                format!("the support of {} is free of {}", print_law(law, Style::Unicode), variable(v))
            }
            _ => text(&term),
        },
        (Condition::Exists { near, .. }, _) => {
            format!("{} exists{}", text(&term), if *near { " near the point" } else { "" })
        }
        (Condition::Vanishes(_), Kind::Expectation { binders, body }) => match binders.first() {
            Some(binder) => {
                format!("{} vanishes at the ends of {}", text(body), print_law(&binder.law, Style::Unicode))
            }
            None => text(&term),
        },
        _ => text(&term),
    }
}

fn variable(name: &crate::syntax::Name) -> String {
    crate::syntax::print_name(name, Style::Unicode)
}
