//! What is wrong in scripts and documents, as a list for continuous integration.

mod github;
mod junit;
mod sarif;

use super::args::FormatName;
use super::output::Output;
use super::{End, read};
use crate::document::{Finding, Item, Kind, Level, Reader, Report, Tally};
use crate::session::{Error, Session};
use std::path::{Path, PathBuf};

/// The formats of lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    Github,
    Sarif,
    Junit,
}

impl FormatName {
    /// The format of a list, if it is one.
    pub fn listing(self) -> Option<Listing> {
        match self {
            FormatName::Github => Some(Listing::Github),
            FormatName::Sarif => Some(Listing::Sarif),
            FormatName::Junit => Some(Listing::Junit),
            _ => None,
        }
    }
}

/// A file that is looked at.
pub struct Source {
    pub path: PathBuf,
    /// What it is, whatever its name is.
    pub kind: Option<Kind>,
    /// Formulas within the text of a document count like displayed ones.
    pub inline: bool,
}

/// Files as scripts.
pub fn scripts(files: &[PathBuf]) -> Vec<Source> {
    let source = |path: &PathBuf| Source { path: path.clone(), kind: Some(Kind::Script), inline: false };
    files.iter().map(source).collect()
}

/// What was found in a file, or why it cannot be read.
struct Listed {
    file: String,
    found: Result<Vec<Finding>, Error>,
    tally: Tally,
}

impl Listed {
    /// What has to be looked at: what is as it should be, and what lies outside of the language, has not.
    fn problems(&self) -> impl Iterator<Item = &Finding> {
        let found = self.found.iter().flatten();
        found.filter(|finding| finding.level > Level::Good && finding.kind != "outside")
    }
}

/// Lists what is found in files.
///
/// # Errors
/// None of the files': those stand in the list.
pub fn run(output: &mut Output, session: &Session, listing: Listing, sources: &[Source]) -> Result<End, Error> {
    let mut end = End::Good;
    let mut all = Vec::new();
    for source in sources {
        let (file, report) = match judged(session, source) {
            Ok(report) => (report.name.clone(), Ok(report)),
            Err(error) => (source.path.display().to_string(), Err(error)),
        };
        end = end.max(report.as_ref().map_or(End::Failed, |report| end_of(report, source)));
        let tally = report.as_ref().map_or_else(|_| Tally::default(), Report::tally);
        let found = report.map(|report| report.items.iter().filter_map(Item::finding).collect());
        all.push(Listed { file, found, tally });
    }
    let text = match listing {
        Listing::Github => github::list(&all),
        Listing::Sarif => sarif::log(session, &all),
        Listing::Junit => junit::report(&all)?,
    };
    output.text(&text);
    Ok(end)
}

fn judged(session: &Session, source: &Source) -> Result<Report, Error> {
    let (name, text) = match source.kind {
        Some(Kind::Script) => read::script(&source.path)?,
        _ => (source.path.display().to_string(), read::text(&source.path)?),
    };
    let kind = source.kind.map_or_else(|| Kind::of(&name), Ok)?;
    let report = Reader::new(session.clone(), source.inline).read(&name, &text, kind)?;
    if report.items.is_empty() && kind == Kind::Script {
        let help = "write an equation on a line of its own";
        return Err(Error::input(format!("`{name}` holds no statement"), Some(help)));
    }
    Ok(report)
}

/// What is open in a document is no failure: the rest of it may be proved elsewhere.
fn end_of(report: &Report, source: &Source) -> End {
    match report {
        report if report.is_broken() => End::Failed,
        report if report.is_refuted() => End::Refuted,
        report if report.is_open() && source.kind == Some(Kind::Script) => End::Open,
        _ => End::Good,
    }
}

/// A path as part of an address.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let path = path.replace('\\', "/");
    let escaped = path.bytes().map(|byte| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    let scheme = if Path::new(&path).is_absolute() { "file://" } else { "" };
    format!("{scheme}{}", escaped.collect::<String>())
}
