//! `stein fix`: refuted statements rewritten as the true ones that were meant.

use super::output::Output;
use super::{End, read, write};
use crate::document::{Edit, Item, Kind, Reader, applied};
use crate::render::{Block, Document, Line, Tone};
use crate::session::{Error, Session};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
#[command(after_help = EXITS)]
pub struct Arguments {
    /// Scripts, TeX files, Markdown files or Python code
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Say what would be rewritten, and write nothing
    #[arg(long)]
    dry_run: bool,

    /// Rewrite formulas within the text of documents, too
    #[arg(long)]
    inline: bool,
}

const EXITS: &str = "\
Exit codes: 0 nothing refuted is left, 1 something is (or would be rewritten, with --dry-run), 2 a file cannot be read.";

pub fn run(output: &mut Output, session: &Session, wanted: &Arguments) -> Result<End, Error> {
    let mut end = End::Good;
    for file in &wanted.files {
        let this = fix(output, session, file, wanted).unwrap_or_else(|error| {
            output.error(&error);
            End::Failed
        });
        end = end.max(this);
    }
    Ok(end)
}

fn fix(output: &mut Output, session: &Session, file: &Path, wanted: &Arguments) -> Result<End, Error> {
    let name = file.display().to_string();
    let kind = Kind::of(&name)?;
    if kind == Kind::Notebook {
        let help = "`stein read` shows what was meant; the cells of a notebook are rewritten by hand";
        return Err(Error::input(format!("`{name}` is a notebook"), Some(help)));
    }
    let whole = read::text(file)?;
    // Places count from behind the mark of the encoding.
    let text = whole.strip_prefix('\u{feff}').unwrap_or(&whole);
    let report = Reader::new(session.clone(), wanted.inline).read(&name, text, kind)?;
    let mut edits = Vec::new();
    let mut left = 0;
    for item in &report.items {
        match item.repair() {
            Some(edit) => {
                let word = if wanted.dry_run { "to fix" } else { "fixed" };
                output.document(&shown(word, Tone::Good, &name, item, Some(&edit)));
                edits.push(edit);
            }
            None if item.is_wrong() => {
                left += 1;
                output.document(&shown(item.word(), Tone::Bad, &name, item, None));
            }
            None => {}
        }
    }
    if !edits.is_empty() && !wanted.dry_run {
        let mark = &whole[..whole.len() - text.len()];
        write(file, &format!("{mark}{}", applied(text, &edits)))?;
    }
    let mut tally = Document::default();
    let done = if wanted.dry_run { "to fix" } else { "fixed" };
    tally.push(Block::Paragraph(Line::text(format!("{name}: {} {done}, {left} left", edits.len()))));
    output.document(&tally);
    report.errors().for_each(|error| output.error(error));
    Ok(match (report.is_broken(), left > 0 || wanted.dry_run && !edits.is_empty()) {
        (true, _) => End::Failed,
        (_, true) => End::Refuted,
        _ => End::Good,
    })
}

fn shown(word: &str, tone: Tone, file: &str, item: &Item, edit: Option<&Edit>) -> Document {
    let about = Line::code(item.source.clone());
    let mut document = Document::default();
    document.push(Block::Verdict { tone, word: word.into(), about });
    document.note(Tone::Neutral, "place", item.place.in_file(file));
    if let Some(edit) = edit {
        document.note(Tone::Caution, "mistake", edit.hint.as_str());
        document.note(Tone::Good, "instead", Line::math(edit.statement.clone()));
    }
    document.data = vec![serde_json::json!({
        "schema": 1,
        "kind": "fix",
        "place": { "file": file, "line": item.place.line, "column": item.place.column },
        "statement": item.source,
        "fixed": edit.is_some(),
        "instead": edit.map(|edit| &edit.statement.unicode),
        "hint": edit.map(|edit| &edit.hint),
    })];
    document
}
