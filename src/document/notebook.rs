//! Jupyter notebooks: the Markdown of their cells.

use super::markdown;
use super::source::{Event, Part};
use crate::session::Error;
use crate::syntax::Macros;
use serde::Deserialize;

#[derive(Deserialize)]
struct Notebook {
    cells: Vec<Cell>,
}

#[derive(Deserialize)]
struct Cell {
    cell_type: String,
    source: Source,
}

/// A text, whole or by its lines.
#[derive(Deserialize)]
#[serde(untagged)]
enum Source {
    Whole(String),
    Lines(Vec<String>),
}

/// Reads the cells of a notebook; commands of one hold in the next.
pub(super) fn parts(name: &str, text: &str, macros: &Macros) -> Result<Vec<Part>, Error> {
    let notebook: Notebook = serde_json::from_str(text).map_err(|error| {
        Error::input(
            format!("`{name}` is not a notebook: {error}"),
            Some("a notebook is JSON with `cells`, as Jupyter has saved it since version 4 of the format"),
        )
    })?;
    let mut known = macros.clone();
    let mut parts = Vec::new();
    for (index, cell) in notebook.cells.into_iter().enumerate() {
        if cell.cell_type != "markdown" {
            continue;
        }
        let text = match cell.source {
            Source::Whole(text) => text,
            Source::Lines(lines) => lines.concat(),
        };
        let mut part = Part { cell: Some(index + 1), text, events: Vec::new() };
        markdown::events(&mut part, &known);
        for event in &part.events {
            if let Event::Commands(commands) = event {
                known = commands.clone();
            }
        }
        parts.push(part);
    }
    Ok(parts)
}
