//! What stands behind the page: sessions, and the lists of estimators that may be ranked.

use crate::question::{Question, is_tex};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use stein::document::{Item, Kind, Outcome, Reader};
use stein::render::{Document, Format};
use stein::session::{Derived, Event, Reply};
use stein::term::Domain;
use stein::{Error, Place, Session, Verdict};

/// To whom answers are told.
type Tell<'a> = &'a mut dyn FnMut(Value);

/// How many times as long as a program a page may take.
const PATIENCE: u32 = 15;

#[derive(Default)]
pub struct Playground {
    session: Option<Session>,
    lists: Vec<List>,
}

/// Estimators of an expression.
struct List {
    /// Where the expression was met.
    session: Session,
    expression: String,
    /// Where functions are known, by their definitions: what was derived there.
    known: Option<(Vec<String>, Session, Derived)>,
}

impl Playground {
    pub fn answer(&mut self, question: &[u8], tell: Tell<'_>) {
        let answered = match serde_json::from_slice(question) {
            Ok(Question::Run { text }) => self.run(&text, tell),
            Ok(Question::Rank { list, with, at, along }) => self.rank(list, with, at, along).map(&mut *tell),
            Err(error) => Err(Error::input(error.to_string(), None)),
        };
        if let Err(error) = answered {
            tell(error.data());
        }
    }

    fn session(&mut self) -> Result<Session, Error> {
        if self.session.is_none() {
            let mut session = Session::new()?;
            session.options.clock_factor = PATIENCE;
            self.session = Some(session);
        }
        Ok(self.session.clone().unwrap_or_default())
    }

    fn run(&mut self, text: &str, tell: Tell<'_>) -> Result<(), Error> {
        let mut session = self.session()?;
        self.lists.clear();
        if is_tex(text) {
            return read(session, text, tell);
        }
        let mut script = session.run("", text);
        while let Some(event) = script.next() {
            let mut said = match &event {
                Event::Error(error) => error.data(),
                _ => shown(&event.document()),
            };
            said["line"] = script.line().into();
            match &event {
                Event::Reply(Reply::Answer(answer)) if answer.expected.is_none() => {
                    if let Some(repair) = answer.links.iter().find_map(|link| link.repair.as_ref()) {
                        let mut repaired = text.to_string();
                        repaired.replace_range(script.span(), &repair.statement.unicode);
                        said["repaired"] = repaired.into();
                    }
                }
                Event::Reply(Reply::Derived(derived)) => {
                    if let Some(open) = script.session().open(derived)? {
                        said["list"] = self.lists.len().into();
                        said["functions"] = json!(open.functions);
                        let (session, expression) = (script.session().clone(), derived.statement.clone());
                        self.lists.push(List { session, expression, known: None });
                    }
                }
                _ => {}
            }
            tell(said);
        }
        Ok(())
    }

    /// The ranking of a list; parameters that have no value get one.
    fn rank(
        &mut self,
        list: usize,
        with: Vec<String>,
        mut at: BTreeMap<String, f64>,
        along: Option<(String, Vec<f64>)>,
    ) -> Result<Value, Error> {
        let gone = || Error::input("the list is gone", Some("press Prove to make it again"));
        let list = self.lists.get_mut(list).ok_or_else(gone)?;
        if list.known.as_ref().is_none_or(|(known, ..)| *known != with) {
            let mut session = list.session.clone();
            for definition in &with {
                session.define(definition)?;
            }
            let derived = session.derive(&list.expression)?;
            list.known = Some((with, session, derived));
        }
        let Some((_, session, derived)) = &list.known else { return Ok(Value::Null) };
        let open = session.open(derived)?.unwrap_or_default();
        for (name, domain) in &open.parameters {
            at.entry(name.clone()).or_insert_with(|| usual(*domain));
        }
        at.retain(|name, _| open.parameters.contains_key(name));
        let variances = |at: &BTreeMap<String, f64>| {
            let place = Place { with: Vec::new(), at: at.clone() };
            session.rank_again(derived, &place)
        };
        if let Some((parameter, values)) = along {
            let mut points = Vec::new();
            for value in values {
                at.insert(parameter.clone(), value);
                points.push(json!({ "at": value, "efforts": efforts(&variances(&at)?) }));
            }
            return Ok(json!({ "along": parameter, "points": points }));
        }
        let ranked = variances(&at)?;
        let parameters = open.parameters.iter().map(
            |(name, domain)| json!({ "name": name, "value": at[name], "domain": format!("{domain:?}").to_lowercase() }),
        );
        let mut said = shown(&ranked.document());
        said["parameters"] = parameters.collect();
        said["efforts"] = efforts(&ranked);
        Ok(said)
    }
}

/// A value at which most expressions mean something.
fn usual(domain: Domain) -> f64 {
    match domain {
        Domain::Real | Domain::Unit => 0.5,
        _ => 1.0,
    }
}

/// Variance times cost of each estimator that is no other form of one before it; none where it is not known.
fn efforts(derived: &Derived) -> Value {
    let listed = derived.estimators.iter().filter(|estimator| estimator.same_as.is_none());
    let effort = |effort: f64| effort.is_finite().then_some(effort);
    listed.map(|estimator| json!({ "name": estimator.name, "effort": effort(estimator.effort()) })).collect()
}

fn shown(document: &Document) -> Value {
    json!({ "html": Format::Html.render(document), "data": document.data.first() })
}

/// Judges the formulas of TeX, those within the text as well.
fn read(session: Session, text: &str, tell: Tell<'_>) -> Result<(), Error> {
    let report = Reader::new(session, true).read("text", text, Kind::Tex)?;
    let is_claim = |item: &&Item| !matches!(item.outcome, Outcome::Expression | Outcome::Skipped);
    let claims = report.items.iter().zip(report.documents()).filter(|(item, _)| is_claim(item));
    for (item, document) in claims {
        let mut said = shown(&document);
        said["line"] = item.place.line.into();
        if matches!(&item.outcome, Outcome::Judged(answer) if answer.verdict() == Verdict::Refuted)
            && let Some(edit) = item.repair()
        {
            said["repaired"] = stein::document::applied(text, [&edit]).into();
        }
        tell(said);
    }
    if report.items.iter().filter(is_claim).count() == 0 {
        let help = "write an equation between dollar signs, or in an environment such as equation";
        return Err(Error::input("no equation was found in this text", Some(help)));
    }
    Ok(())
}
