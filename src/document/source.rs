//! What a document says that matters here: headings, comments to the program, commands, and formulas, in their order.

use crate::syntax::Macros;

/// A text of its own: the file, or a cell of a notebook.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    /// The number of the cell, from 1.
    pub cell: Option<usize>,
    pub text: String,
    pub events: Vec<Event>,
}

/// Something of a part. Places are byte offsets into its text.
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// The title of a section.
    Heading(String),
    /// The author's commands, from here on.
    Commands(Macros),
    /// What stands behind `stein:` in a comment.
    Directive { text: String, start: usize },
    /// A comment that is `stein` alone: the formula in front of it is to be read.
    Mark { start: usize },
    /// A formula.
    Formula(Found),
}

/// A formula as it was found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Where its text begins.
    pub start: usize,
    /// Its text, as long as the source: comments and labels are blanks.
    pub text: String,
    pub inline: bool,
    pub layout: Layout,
    /// The first `\label`.
    pub label: Option<String>,
    /// What comments inside of it say.
    pub directives: Vec<(usize, String)>,
}

/// How the rows of a display belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Rows go on, or begin anew where they look like it; `&` separates columns in pairs.
    Rows,
    /// One formula, however many rows it has.
    One,
}

impl Layout {
    pub fn of(environment: &str) -> Layout {
        match environment.trim_end_matches('*') {
            "multline" => Layout::One,
            _ => Layout::Rows,
        }
    }
}

/// Where something stands, for people: lines and columns count from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The cell of a notebook.
    pub cell: Option<usize>,
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

impl Place {
    /// The place of a byte of a text.
    pub(super) fn of(part: &Part, at: usize) -> Place {
        let before = &part.text[..floor(&part.text, at)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Place {
            cell: part.cell,
            line: 1 + before.matches('\n').count(),
            column: 1 + before[line_start..].chars().count(),
        }
    }

    /// `paper.tex:12:3`, or `notes.ipynb, cell 4:12:3`.
    pub fn in_file(&self, file: &str) -> String {
        format!("{}:{}:{}", self.file(file), self.line, self.column)
    }

    /// The file, with the cell of a notebook.
    pub fn file(&self, file: &str) -> String {
        match self.cell {
            Some(cell) => format!("{file}, cell {cell}"),
            None => file.into(),
        }
    }
}

/// The nearest start of a character at or before a place.
pub(super) fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Puts blanks in the place of a range, so that all places stay what they are. Lines stay, too.
pub(super) fn blank(bytes: &mut [u8], range: std::ops::Range<usize>) {
    for byte in bytes.get_mut(range).into_iter().flatten() {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}
