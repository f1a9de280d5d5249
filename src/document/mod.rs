//! Documents: the equations of a paper, of notes or of a notebook, each with its verdict and its place.

mod directive;
mod markdown;
mod notebook;
mod report;
mod rows;
mod source;
mod tex;

pub use source::Place;

use crate::session::{Answer, Error, Session, Verdict, in_parallel};
use crate::syntax::{Definition, Expr, Kind as Form, Macros, Name, parse_definition_with};
use directive::Directive;
use source::{Event, Found, Part};

/// What a document is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// TeX.
    Tex,
    /// Markdown.
    Markdown,
    /// A Jupyter notebook.
    Notebook,
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
            _ => Err(Error::input(format!("`{file}` is no document"), Some("name a file .tex, .md or .ipynb"))),
        }
    }
}

/// What became of a formula.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// A claim was judged.
    Judged(Box<Answer>),
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
#[derive(Debug)]
pub struct Item {
    /// Where it stands.
    pub place: Place,
    /// Its `\label`.
    pub label: Option<String>,
    /// The title of the section.
    pub section: Option<String>,
    /// As it was written.
    pub source: String,
    /// What became of it.
    pub outcome: Outcome,
    /// A comment says that it is false.
    pub denied: bool,
    /// Definitions of the document that it rests on, with their places.
    pub rests_on: Vec<(String, Place)>,
}

/// The formulas of a document.
#[derive(Debug)]
pub struct Report {
    /// The name of the document.
    pub name: String,
    /// In the order of the document.
    pub items: Vec<Item>,
}

/// Reads documents under what a session knows.
#[derive(Clone, Debug)]
pub struct Reader {
    session: Session,
    inline: bool,
}

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
        Reader { session, inline }
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
        };
        let mut walk = Walk {
            name,
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
            walk.part(part)?;
        }
        Ok(walk.report())
    }
}

/// A claim with all that it rests on, ready to be judged.
struct Claim {
    /// Which item it is.
    item: usize,
    session: Session,
    text: String,
    place: Place,
}

struct Walk<'a> {
    name: &'a str,
    inline: bool,
    session: Session,
    macros: Macros,
    known: Vec<Known>,
    /// Comments for the next formula.
    pending: Vec<(Place, Directive)>,
    section: Option<String>,
    items: Vec<Item>,
    claims: Vec<Claim>,
}

impl Walk<'_> {
    /// Judges what has been claimed, on all processors: what an answer is depends on its claim alone.
    fn report(mut self) -> Report {
        let name = self.name;
        let outcomes = in_parallel(
            &self.claims,
            |claim| claim.text.len(),
            |Claim { session, text, place, .. }| match session.prove(text) {
                Ok(answer) => Outcome::Judged(Box::new(answer)),
                Err(error) => Outcome::Outside(error.in_file_at(&place.file(name), place.line, place.column)),
            },
        );
        for (claim, outcome) in self.claims.iter().zip(outcomes) {
            self.items[claim.item].outcome = outcome;
        }
        Report { name: name.into(), items: self.items }
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
        self.item(place, None, text.into(), Outcome::Broken(error), Vec::new(), false);
    }

    fn item(
        &mut self,
        place: Place,
        label: Option<String>,
        source: String,
        outcome: Outcome,
        rests_on: Vec<(String, Place)>,
        denied: bool,
    ) {
        let section = self.section.clone();
        self.items.push(Item { place, label, section, source, outcome, denied, rests_on });
    }

    fn formula(&mut self, part: &Part, found: &Found) {
        let pending = std::mem::take(&mut self.pending);
        let says = |wanted: Directive| pending.iter().any(|(_, directive)| *directive == wanted);
        // A comment that cannot be read is told, whatever the formula comes to.
        let prepared = self.prepared(&pending);
        for statement in rows::statements(found) {
            let place = Place::of(part, found.start + statement.start);
            let text = statement.text.as_str();
            let label = found.label.clone();
            let source = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let denied = says(Directive::Refute);
            if says(Directive::Skip) {
                self.item(place, label, source, Outcome::Skipped, Vec::new(), false);
                continue;
            }
            let session = match &prepared {
                Ok(session) => session.clone(),
                Err(error) => {
                    self.item(place, label, source, Outcome::Broken(error.clone()), Vec::new(), false);
                    continue;
                }
            };
            let sign = rows::definition_sign(text);
            let first = sign.clone().or_else(|| rows::equality(text, 0).map(|at| at..at + 1));
            let Some(first) = first else {
                self.item(place, label, source, Outcome::Expression, Vec::new(), false);
                continue;
            };
            if let Some(words) = &statement.words {
                let help = "say it in a comment, as in `stein: given σ > 0`";
                let error = Error::input(format!("words stand in the formula: `{words}`"), Some(help));
                self.item(place, label, source, Outcome::Outside(error), Vec::new(), false);
                continue;
            }
            // A definition's sign is an equality that is longer.
            let text = format!("{}={}{}", &text[..first.start], " ".repeat(first.len() - 1), &text[first.end..]);
            let told = sign.is_some() || says(Directive::Define);
            if !denied && !says(Directive::Claim) && self.defines(&text, &first, told, place) {
                let outcome = match self.known.last() {
                    Some(Known { definition: Some((_, text)), .. }) => Outcome::Defined(text.clone()),
                    _ => Outcome::Outside(Error::input("this definition is not understood", Some(DEFINITION))),
                };
                self.item(place, label, source, outcome, Vec::new(), false);
                continue;
            }
            match self.claim(&text, session) {
                Ok((session, rests_on)) => {
                    self.claims.push(Claim { item: self.items.len(), session, text, place });
                    self.item(place, label, source, Outcome::Skipped, rests_on, denied);
                }
                Err(error) => self.item(place, label, source, Outcome::Outside(error), Vec::new(), denied),
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

impl Report {
    /// Is something refuted that is not said to be false, or proved that is?
    pub fn is_refuted(&self) -> bool {
        self.items.iter().any(|item| match &item.outcome {
            Outcome::Judged(answer) if item.denied => answer.verdict() <= Verdict::Conditional,
            Outcome::Judged(answer) => answer.verdict() == Verdict::Refuted,
            _ => false,
        })
    }

    /// Can a comment to the program not be read?
    pub fn is_broken(&self) -> bool {
        self.errors().next().is_some()
    }

    /// Comments to the program that cannot be read.
    pub fn errors(&self) -> impl Iterator<Item = &Error> {
        self.items.iter().filter_map(|item| match &item.outcome {
            Outcome::Broken(error) => Some(error),
            _ => None,
        })
    }
}
