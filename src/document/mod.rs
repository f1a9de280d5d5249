//! Documents: the equations of a paper, of notes or of a notebook, each with its verdict and its place.

mod directive;
mod finding;
mod fix;
mod markdown;
mod notebook;
mod python;
mod report;
mod rows;
mod script;
mod source;
mod tally;
mod tex;

pub use finding::{Finding, Level};
pub use fix::{Edit, applied};
pub use source::Place;
pub use tally::Tally;

use crate::session::{Answer, Derived, Error, Reply, Session, Verdict, in_parallel};
use crate::syntax::{Definition, Expr, Kind as Form, Macros, Name, parse_definition_with};
use directive::Directive;
use source::{Event, Found, Part};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// What a document is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// TeX.
    Tex,
    /// Markdown.
    Markdown,
    /// A Jupyter notebook.
    Notebook,
    /// A script of statements.
    Script,
    /// Python code: what stands behind `stein:` in its docstrings and comments.
    Python,
}

impl Kind {
    /// By the ending of a file's name.
    ///
    /// # Errors
    /// For another ending.
    pub fn of(file: &str) -> Result<Kind, Error> {
        match file.rsplit('.').next() {
            Some("tex" | "ltx") => Ok(Kind::Tex),
            Some("md" | "markdown") => Ok(Kind::Markdown),
            Some("ipynb") => Ok(Kind::Notebook),
            Some("stein") => Ok(Kind::Script),
            Some("py") => Ok(Kind::Python),
            _ => {
                let help = "name a file .tex, .md, .ipynb, .py or .stein";
                Err(Error::input(format!("`{file}` is no document"), Some(help)))
            }
        }
    }
}

/// What became of a formula.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// A claim was judged.
    Judged(Arc<Answer>),
    /// The estimators of an expression were listed.
    Derived(Arc<Derived>),
    /// It defines something, which later formulas may use.
    Defined(String),
    /// It lies outside of the language, for this reason.
    Outside(Error),
    /// It claims nothing.
    Expression,
    /// A comment says not to read it.
    Skipped,
    /// A comment to the program cannot be read.
    Broken(Error),
}

/// A formula of a document.
#[derive(Clone, Debug)]
pub struct Item {
    /// Where it stands.
    pub place: Place,
    /// Its `\label`.
    pub label: Option<String>,
    /// The title of the section.
    pub section: Option<String>,
    /// As it was written, without comments.
    pub source: String,
    /// The bytes of it, in the file or in the cell of a notebook.
    pub span: Range<usize>,
    /// Where it ends.
    pub end: Place,
    /// What became of it.
    pub outcome: Outcome,
    /// The verdict that it is said to come to.
    pub expected: Option<Verdict>,
    /// Definitions of the document that it rests on, with their places.
    pub rests_on: Vec<(String, Place)>,
    claim: Option<Arc<Claim>>,
}

/// The formulas of a document.
#[derive(Clone, Debug)]
pub struct Report {
    /// The name of the document.
    pub name: String,
    /// What it is written in.
    pub kind: Kind,
    /// In the order of the document.
    pub items: Vec<Item>,
}

/// Reads documents under what a session knows. What the document said when it was read before is not judged again.
#[derive(Clone, Debug)]
pub struct Reader {
    session: Session,
    inline: bool,
    judged: HashMap<Key, Outcome>,
    fresh: usize,
}

/// What an answer depends on: all that is known, and the claim.
type Key = (String, String, Option<Verdict>);

/// More formulas than this are refused.
const MOST: usize = 10_000;

const DEFINITION: &str = "an equation is judged, whatever it looks like, behind a comment `stein: claim`";

/// What a document has defined so far.
struct Known {
    /// None if the definition lies outside of the language: what rests on it is not judged.
    definition: Option<(Definition, String)>,
    name: Name,
    place: Place,
}

impl Reader {
    /// A reader; with `inline`, formulas within the text count like displayed ones.
    pub fn new(session: Session, inline: bool) -> Reader {
        Reader { session, inline, judged: HashMap::new(), fresh: 0 }
    }

    /// Reads a document; `name` is that of the file.
    ///
    /// ```
    /// use stein::document::{Kind, Reader};
    ///
    /// let mut reader = Reader::new(stein::Session::new()?, false);
    /// let report = reader.read("notes.md", "So $$\\mathbb{E}_{x \\sim N(0,1)}[x^2] = 2$$ holds.", Kind::Markdown)?;
    /// assert!(report.is_refuted());
    /// # Ok::<(), stein::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the text is no document of this kind, or too large.
    pub fn read(&mut self, name: &str, text: &str, kind: Kind) -> Result<Report, Error> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let macros = Macros::default();
        let mut part = Part { text: text.into(), ..Part::default() };
        let parts = match kind {
            Kind::Tex => {
                tex::events(&mut part, &macros);
                vec![part]
            }
            Kind::Markdown => {
                markdown::events(&mut part, &macros);
                vec![part]
            }
            Kind::Notebook => notebook::parts(name, text, &macros)?,
            Kind::Script => vec![part],
            Kind::Python => {
                part.text = python::script(text);
                vec![part]
            }
        };
        let mut walk = Walk {
            name,
            kind,
            inline: self.inline,
            session: self.session.clone(),
            macros,
            known: Vec::new(),
            pending: Vec::new(),
            section: None,
            items: Vec::new(),
            claims: Vec::new(),
        };
        for part in &parts {
            match kind {
                Kind::Script | Kind::Python => walk.script(part)?,
                _ => walk.part(part)?,
            }
        }
        let known = std::mem::take(&mut self.judged);
        let (report, judged, fresh) = walk.report(&known);
        (self.judged, self.fresh) = (judged, fresh);
        Ok(report)
    }

    /// How many statements the last reading had to judge, rather than to remember.
    pub fn fresh(&self) -> usize {
        self.fresh
    }

    /// The session under which documents are read.
    pub fn session_mut(&mut self) -> &mut Session {
        &mut self.session
    }
}

/// A claim with all that it rests on, ready to be judged.
#[derive(Clone, Debug)]
struct Claim {
    /// Which item it is.
    item: usize,
    session: Session,
    text: String,
    place: Place,
    expected: Option<Verdict>,
    /// It is a statement of a script, which may begin with a command.
    in_script: bool,
}

/// How a claim came to its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Known,
    Judged,
    GivenUp,
}

impl Claim {
    /// Has whoever waits for the answer asked for an end?
    fn is_given_up(&self) -> bool {
        self.session.options.watch.as_ref().is_some_and(|watch| watch.is_cancelled())
    }

    fn key(&self) -> Key {
        (self.session.knowledge(), self.text.clone(), self.expected)
    }

    /// Errors have their place in the claim.
    fn judged(&self) -> Outcome {
        let mut session = self.session.clone();
        let outcome = if self.in_script {
            session.run_line(&self.text).map(|reply| match reply {
                Reply::Answer(answer) => Outcome::Judged(Arc::new(*answer)),
                Reply::Derived(derived) => Outcome::Derived(Arc::new(*derived)),
                _ => Outcome::Skipped,
            })
        } else {
            let judged = |answer| Outcome::Judged(Arc::new(Answer { expected: self.expected, ..answer }));
            session.prove(&self.text).map(judged)
        };
        outcome.unwrap_or_else(if self.in_script { Outcome::Broken } else { Outcome::Outside })
    }
}

/// What is known of a formula before it is judged.
#[derive(Clone, Debug, Default)]
struct Written {
    place: Place,
    end: Place,
    label: Option<String>,
    source: String,
    span: Range<usize>,
}

struct Walk<'a> {
    name: &'a str,
    kind: Kind,
    inline: bool,
    session: Session,
    macros: Macros,
    known: Vec<Known>,
    /// Comments for the next formula.
    pending: Vec<(Place, Directive)>,
    section: Option<String>,
    items: Vec<Item>,
    claims: Vec<Arc<Claim>>,
}

impl Walk<'_> {
    /// Judges what has been claimed and is not known, on all processors: what an answer is depends on its claim alone. The
    /// report, what is known then, and how many claims were judged.
    fn report(mut self, known: &HashMap<Key, Outcome>) -> (Report, HashMap<Key, Outcome>, usize) {
        let name = self.name;
        let outcomes = in_parallel(
            &self.claims,
            |claim| claim.text.len(),
            |claim| {
                let key = claim.key();
                match known.get(&key) {
                    Some(outcome) => (key, outcome.clone(), Fate::Known),
                    None => {
                        let outcome = if claim.is_given_up() { Outcome::Skipped } else { claim.judged() };
                        // What was given up says nothing about the claim.
                        (key, outcome, if claim.is_given_up() { Fate::GivenUp } else { Fate::Judged })
                    }
                }
            },
        );
        let (mut judged, mut fresh) = (HashMap::new(), 0);
        for (claim, (key, outcome, fate)) in self.claims.iter().zip(outcomes) {
            let place = claim.place;
            let placed = |error: &Error| error.clone().in_file_at(&place.file(name), place.line, place.column);
            let item = &mut self.items[claim.item];
            item.claim = Some(claim.clone());
            item.outcome = match &outcome {
                Outcome::Outside(error) => Outcome::Outside(placed(error)),
                Outcome::Broken(error) => Outcome::Broken(placed(error)),
                _ => outcome.clone(),
            };
            fresh += usize::from(fate == Fate::Judged);
            if fate != Fate::GivenUp {
                judged.insert(key, outcome);
            }
        }
        (Report { name: name.into(), kind: self.kind, items: self.items }, judged, fresh)
    }

    fn part(&mut self, part: &Part) -> Result<(), Error> {
        for (index, event) in part.events.iter().enumerate() {
            match event {
                Event::Heading(title) => self.section = Some(title.clone()),
                Event::Commands(macros) => {
                    self.macros = macros.clone();
                    self.session.add_macros(macros);
                }
                Event::Directive { text, start } => self.directive(text, Place::of(part, *start)),
                Event::Mark { .. } => {}
                Event::Formula(found) => {
                    let marked = matches!(part.events.get(index + 1), Some(Event::Mark { start })
                        if !part.text[found.start..*start].contains('\n'));
                    if found.inline && !marked && !self.inline {
                        continue;
                    }
                    for (start, text) in &found.directives {
                        self.directive(text, Place::of(part, *start));
                    }
                    self.formula(part, found);
                    if self.items.len() > MOST {
                        return Err(Error::input(format!("`{}` has more than {MOST} formulas", self.name), None));
                    }
                }
            }
        }
        Ok(())
    }

    /// What holds from here on is done at once, the rest waits for the next formula.
    fn directive(&mut self, text: &str, place: Place) {
        let done = Directive::of(text).and_then(|directive| match directive {
            Directive::Assume(text) => self.session.assume(&text),
            Directive::Let(text) => self.session.define(&text),
            Directive::Forget(names) => self.session.run_line(&format!("forget {names}")).map(drop),
            later => {
                self.pending.push((place, later));
                Ok(())
            }
        });
        if let Err(error) = done {
            self.broken(place, text, &error);
        }
    }

    fn broken(&mut self, place: Place, text: &str, error: &Error) {
        let error = error.clone().in_file(&place.file(self.name), place.line);
        self.item(Written { place, end: place, source: text.into(), ..Written::default() }, Outcome::Broken(error));
    }

    /// Keeps an item, to whose outcome may be added.
    fn item(&mut self, written: Written, outcome: Outcome) -> &mut Item {
        let Written { place, end, label, source, span } = written;
        let section = self.section.clone();
        let (expected, rests_on) = (None, Vec::new());
        self.items.push(Item { place, end, label, section, source, span, outcome, expected, rests_on, claim: None });
        let last = self.items.len() - 1;
        &mut self.items[last]
    }

    fn formula(&mut self, part: &Part, found: &Found) {
        let pending = std::mem::take(&mut self.pending);
        let says = |wanted: Directive| pending.iter().any(|(_, directive)| *directive == wanted);
        // A comment that cannot be read is told, whatever the formula comes to.
        let prepared = self.prepared(&pending);
        for statement in rows::statements(found) {
            let text = statement.text.as_str();
            let start = found.start + statement.start;
            let span = start..start + text.len();
            let place = Place::of(part, span.start);
            let source = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let label = found.label.clone();
            let written = Written { place, end: Place::of(part, span.end), label, source, span };
            let expected = pending.iter().find_map(|(_, directive)| match directive {
                Directive::Expect(verdict) => Some(*verdict),
                _ => None,
            });
            if says(Directive::Skip) {
                self.item(written, Outcome::Skipped);
                continue;
            }
            let session = match &prepared {
                Ok(session) => session.clone(),
                Err(error) => {
                    self.item(written, Outcome::Broken(error.clone()));
                    continue;
                }
            };
            let sign = rows::definition_sign(text);
            let first = sign.clone().or_else(|| rows::equality(text, 0).map(|at| at..at + 1));
            let Some(first) = first else {
                self.item(written, Outcome::Expression);
                continue;
            };
            if let Some(words) = &statement.words {
                let help = "say it in a comment, as in `stein: given σ > 0`";
                let error = Error::input(format!("words stand in the formula: `{words}`"), Some(help));
                self.item(written, Outcome::Outside(error));
                continue;
            }
            // A definition's sign is an equality that is longer.
            let text = format!("{}={}{}", &text[..first.start], " ".repeat(first.len() - 1), &text[first.end..]);
            let told = sign.is_some() || says(Directive::Define);
            if expected.is_none() && !says(Directive::Claim) && self.defines(&text, &first, told, place) {
                let outcome = match self.known.last() {
                    Some(Known { definition: Some((_, text)), .. }) => Outcome::Defined(text.clone()),
                    _ => Outcome::Outside(Error::input("this definition is not understood", Some(DEFINITION))),
                };
                self.item(written, outcome);
                continue;
            }
            match self.claim(&text, session) {
                Ok((session, rests_on)) => {
                    let (item, in_script) = (self.items.len(), false);
                    self.claims.push(Arc::new(Claim { item, session, text, place, expected, in_script }));
                    let item = self.item(written, Outcome::Skipped);
                    (item.rests_on, item.expected) = (rests_on, expected);
                }
                Err(error) => self.item(written, Outcome::Outside(error)).expected = expected,
            }
        }
    }

    /// Keeps a definition: what is said to be one, or a letter that nothing has defined before, on the left alone.
    fn defines(&mut self, text: &str, first: &std::ops::Range<usize>, told: bool, place: Place) -> bool {
        let second = rows::equality(text, first.end);
        let alone = &text[..second.unwrap_or(text.len())];
        let definition = parse_definition_with(alone, &self.macros);
        let known = match definition {
            Ok(definition) => {
                let uses_itself = uses(&definition.body, &definition.name);
                let is_new = !self.known.iter().any(|known| known.name == definition.name);
                // What a letter is equal to by itself is no definition of it.
                let same = self.session.parse(alone).is_ok_and(|statement| {
                    let [left, right] = statement.members.as_slice() else { return false };
                    left == right
                });
                if !told && (!is_new || same) {
                    return false;
                }
                let text = alone.split_whitespace().collect::<Vec<_>>().join(" ");
                let name = definition.name.clone();
                Known { definition: (!uses_itself).then_some((definition, text)), name, place }
            }
            Err(_) => {
                // `J(θ) = …` with a right side that is not understood: what uses J later cannot be judged.
                let left = format!("{}= 0", &text[..first.start]);
                match parse_definition_with(&left, &self.macros) {
                    Ok(left) if told || !self.known.iter().any(|known| known.name == left.name) => {
                        Known { definition: None, name: left.name, place }
                    }
                    _ => return false,
                }
            }
        };
        self.known.retain(|other| other.name != known.name);
        self.known.push(known);
        true
    }

    /// The session with what comments say of the next formula.
    fn prepared(&self, pending: &[(Place, Directive)]) -> Result<Session, Error> {
        let mut session = self.session.clone();
        for (at, directive) in pending {
            let done = match directive {
                Directive::Given(text) => session.assume(text),
                Directive::Where(text) => session.define(text),
                _ => Ok(()),
            };
            done.map_err(|error| error.in_file(&at.file(self.name), at.line))?;
        }
        Ok(session)
    }

    /// A law of a statement that the document defines by its density: the language does not take that up.
    fn defined_law(&self, session: &Session, text: &str) -> Option<&Known> {
        let statement = session.parse(text).ok()?;
        let names = |known: &&Known| statement.members.iter().any(|member| has_law(member, &known.name));
        self.known.iter().find(names)
    }

    /// The session in which a claim is judged, with the definitions of the document that it rests on.
    fn claim(&self, text: &str, mut session: Session) -> Result<(Session, Vec<(String, Place)>), Error> {
        if let Some(known) = self.defined_law(&session, text) {
            let at = known.place.in_file(self.name);
            return Err(Error::input(format!("its law is defined by a density at {at}, which is not read yet"), None));
        }
        let mut rests_on = Vec::new();
        for index in self.needed(&session, text) {
            let known = &self.known[index];
            match &known.definition {
                Some((_, definition)) if session.define(definition).is_ok() => {
                    rests_on.push((definition.clone(), known.place));
                }
                _ => {
                    let at = known.place.in_file(self.name);
                    let message = format!("it rests on the definition at {at}, which is not understood");
                    return Err(Error::input(message, None));
                }
            }
        }
        Ok((session, rests_on))
    }

    /// The definitions that a statement needs, and those that these need.
    fn needed(&self, session: &Session, text: &str) -> Vec<usize> {
        let Ok(statement) = session.parse(text) else {
            // It may only be read with them: all whose letter is written.
            let is_written = |(index, known): (usize, &Known)| text.contains(&*known.name.base).then_some(index);
            return self.known.iter().enumerate().filter_map(is_written).collect();
        };
        let mut bodies: Vec<&Expr> = statement.members.iter().collect();
        let mut needed: Vec<usize> = Vec::new();
        while let Some(body) = bodies.pop() {
            for (index, known) in self.known.iter().enumerate() {
                if !needed.contains(&index) && uses(body, &known.name) {
                    needed.push(index);
                    bodies.extend(known.definition.iter().map(|(definition, _)| &definition.body));
                }
            }
        }
        needed.sort_unstable();
        needed
    }
}

/// Does a name stand in an expression, for what is said of it elsewhere? What the expression binds is its own.
fn uses(e: &Expr, name: &Name) -> bool {
    let is_named = |other: &Name| is_instance(name, other);
    let binders = match &e.kind {
        Form::Expectation { binders, .. } | Form::Variance { binders, .. } | Form::Covariance { binders, .. } => {
            binders
        }
        Form::Name(other) => return is_named(other),
        Form::Call { function, .. } if is_named(function) => return true,
        _ => return e.children().into_iter().any(|child| uses(child, name)),
    };
    !binders.iter().any(|binder| binder.variables.contains(name))
        && e.children().into_iter().any(|child| uses(child, name))
}

/// A definition may be a pattern of which the other name is an instance.
fn is_instance(defined: &Name, other: &Name) -> bool {
    other == defined || other.base == defined.base && other.subscript.is_some() && defined.subscript.is_some()
}

/// Does a law of that name stand in an expression?
fn has_law(e: &Expr, name: &Name) -> bool {
    laws(e).into_iter().any(|law| is_instance(name, law)) || e.children().into_iter().any(|child| has_law(child, name))
}

/// The names of the laws that stand in the root of an expression.
fn laws(e: &Expr) -> Vec<&Name> {
    match &e.kind {
        Form::Expectation { binders, .. } | Form::Variance { binders, .. } | Form::Covariance { binders, .. } => {
            binders.iter().map(|binder| &binder.law.name).collect()
        }
        Form::Density { law, .. } | Form::Entropy(law) => vec![&law.name],
        Form::Divergence(a, b) => vec![&a.name, &b.name],
        _ => vec![],
    }
}

impl Item {
    /// Is it refuted, and nobody said so, or another verdict than what is said?
    pub fn is_wrong(&self) -> bool {
        match &self.outcome {
            Outcome::Judged(answer) if answer.expected.is_none() => answer.verdict() == Verdict::Refuted,
            Outcome::Judged(answer) => !answer.is_as_expected(),
            _ => false,
        }
    }
}

impl Report {
    /// Is something refuted that is not said to be false, or another verdict than what is said?
    pub fn is_refuted(&self) -> bool {
        self.items.iter().any(Item::is_wrong)
    }

    /// Is something open that is not said to be, or are there no estimators?
    pub fn is_open(&self) -> bool {
        self.items.iter().any(|item| match &item.outcome {
            Outcome::Judged(answer) => answer.expected.is_none() && answer.verdict() == Verdict::Open,
            Outcome::Derived(derived) => derived.estimators.is_empty(),
            _ => false,
        })
    }

    /// Can a comment to the program not be read, or a statement of a script?
    pub fn is_broken(&self) -> bool {
        self.errors().next().is_some()
    }

    /// What cannot be read: comments to the program, statements of a script.
    pub fn errors(&self) -> impl Iterator<Item = &Error> {
        self.items.iter().filter_map(|item| match &item.outcome {
            Outcome::Broken(error) => Some(error),
            _ => None,
        })
    }
}
