//! `stein read`: the equations of a document, once or whenever it changes.

use super::End;
use super::listing::{Listing, Source};
use super::output::Output;
use super::read;
use crate::document::{Kind, Outcome, Reader};
use crate::session::{Error, Session};
use notify::{RecursiveMode, Watcher};
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Debug, clap::Args)]
#[command(after_help = EXITS)]
pub struct Arguments {
    /// TeX files, Markdown files, Jupyter notebooks or Python code
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Read the equations within the text, too; otherwise only those that a comment `stein` marks
    #[arg(long)]
    inline: bool,

    /// Read a file again whenever it changes, until Ctrl-C
    #[arg(long)]
    watch: bool,
}

impl Arguments {
    /// The documents.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }
}

const EXITS: &str = "\
Exit codes: 0 nothing is refuted, 1 an equation is refuted, 2 the document, or a comment to stein in it, cannot be read.";

/// A change is over when nothing more happens for this time: editors write in several steps.
const QUIET: Duration = Duration::from_millis(100);

pub fn run(output: &mut Output, session: &Session, wanted: &Arguments, page: bool) -> Result<End, Error> {
    let [file] = wanted.files.as_slice() else {
        return all(output, session, wanted, page);
    };
    if !wanted.watch {
        return all(output, session, wanted, page);
    }
    let mut reader = Reader::new(session.clone(), wanted.inline);
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.map_or_else(|| PathBuf::from("."), PathBuf::from);
    let unable = |error: notify::Error| Error::input(format!("the file cannot be watched: {error}"), None);
    let (sender, changes) = std::sync::mpsc::channel();
    let mut watcher = notify::recommended_watcher(sender).map_err(unable)?;
    // The folder, since many editors put a new file in the place of the old one.
    watcher.watch(&folder, RecursiveMode::NonRecursive).map_err(unable)?;
    let mut seen = None;
    loop {
        let text = read::text(file).ok();
        if seen.as_ref() != Some(&text) {
            if let Err(error) = once(output, &mut reader, file, page) {
                output.error(&error);
            }
            seen = Some(text);
        }
        if output.is_closed() || changes.recv().is_err() {
            return Ok(End::Good);
        }
        while changes.recv_timeout(QUIET).is_ok() {}
    }
}

/// Lists what is found in the documents.
pub fn listed(output: &mut Output, session: &Session, wanted: &Arguments, listing: Listing) -> Result<End, Error> {
    let source = |path: &PathBuf| Source { path: path.clone(), kind: None, inline: wanted.inline };
    let sources: Vec<Source> = wanted.files.iter().map(source).collect();
    super::listing::run(output, session, listing, &sources)
}

/// Reads the documents, each by itself. One that cannot be read keeps no other from being read.
fn all(output: &mut Output, session: &Session, wanted: &Arguments, page: bool) -> Result<End, Error> {
    if wanted.watch {
        return Err(Error::usage("`--watch` takes one file", "start `stein read --watch` once for each file"));
    }
    let mut end = End::Good;
    for file in &wanted.files {
        let mut reader = Reader::new(session.clone(), wanted.inline);
        let this = once(output, &mut reader, file, page).unwrap_or_else(|error| {
            output.error(&error);
            End::Failed
        });
        end = end.max(this);
    }
    Ok(end)
}

fn once(output: &mut Output, reader: &mut Reader, file: &Path, page: bool) -> Result<End, Error> {
    let name = file.display().to_string();
    let kind = Kind::of(&name)?;
    let report = reader.read(&name, &read::text(file)?, kind)?;
    // A page begins with what a terminal ends with.
    if page {
        output.document(&report.overview());
    }
    for (item, document) in report.items.iter().zip(report.documents()) {
        match item.outcome {
            Outcome::Broken(_) => output.document(&document),
            _ if item.is_wrong() => output.document(&document),
            _ => output.good(&document),
        }
    }
    if !page {
        output.document(&report.overview());
    }
    report.errors().for_each(|error| output.message(error));
    Ok(match (report.is_broken(), report.is_refuted()) {
        (true, _) => End::Failed,
        (false, true) => End::Refuted,
        (false, false) => End::Good,
    })
}
