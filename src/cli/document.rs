//! `stein read`: the equations of a document, once or whenever it changes.

use super::End;
use super::output::Output;
use super::read;
use crate::document::{Kind, Reader};
use crate::session::{Error, Session};
use notify::{RecursiveMode, Watcher};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, clap::Args)]
#[command(after_help = EXITS)]
pub struct Arguments {
    /// A TeX file, a Markdown file or a Jupyter notebook
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Read the equations within the text, too; otherwise only those that a comment `stein` marks
    #[arg(long)]
    inline: bool,

    /// Read it again whenever it changes, until Ctrl-C
    #[arg(long)]
    watch: bool,
}

const EXITS: &str = "\
Exit codes: 0 nothing is refuted, 1 an equation is refuted, 2 the document, or a comment to stein in it, cannot be read.";

/// A change is over when nothing more happens for this time: editors write in several steps.
const QUIET: Duration = Duration::from_millis(100);

pub fn run(output: &mut Output, session: &Session, wanted: &Arguments, page: bool) -> Result<End, Error> {
    let mut reader = Reader::new(session.clone(), wanted.inline);
    if !wanted.watch {
        return once(output, &mut reader, wanted, page);
    }
    let folder = wanted.file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.map_or_else(|| PathBuf::from("."), PathBuf::from);
    let unable = |error: notify::Error| Error::input(format!("the file cannot be watched: {error}"), None);
    let (sender, changes) = std::sync::mpsc::channel();
    let mut watcher = notify::recommended_watcher(sender).map_err(unable)?;
    // The folder, since many editors put a new file in the place of the old one.
    watcher.watch(&folder, RecursiveMode::NonRecursive).map_err(unable)?;
    let mut seen = None;
    loop {
        let text = read::text(&wanted.file).ok();
        if seen.as_ref() != Some(&text) {
            if let Err(error) = once(output, &mut reader, wanted, page) {
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

fn once(output: &mut Output, reader: &mut Reader, wanted: &Arguments, page: bool) -> Result<End, Error> {
    let name = wanted.file.display().to_string();
    let kind = Kind::of(&name)?;
    let report = reader.read(&name, &read::text(&wanted.file)?, kind)?;
    // A page begins with what a terminal ends with.
    if page {
        output.document(&report.overview());
    }
    for document in report.documents() {
        output.document(&document);
    }
    if !page {
        output.document(&report.overview());
    }
    report.errors().for_each(|error| output.error(error));
    Ok(match (report.is_broken(), report.is_refuted()) {
        (true, _) => End::Failed,
        (false, true) => End::Refuted,
        (false, false) => End::Good,
    })
}
