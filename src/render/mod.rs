//! Documents and their formats: one tree for everything that is shown, and a renderer a format.
//!
//! A [`Document`] says what is shown (a verdict, a derivation, a list of conditions), never how. It knows nothing of
//! proofs or sessions: whoever has something to show builds the tree.

mod change;
mod chart;
mod convergence;
mod escape;
mod html;
mod json;
mod latex;
mod markdown;
mod mathml;
mod number;
mod plot;
mod text;
mod tidy;
mod wrap;

pub use chart::Chart;
pub use number::{grouped, rounded};
pub use plot::Scale;

use crate::syntax::{self, Expr, Statement, Style};

/// A mathematical formula in the two spellings that the formats use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Formula {
    /// For people and for reading back.
    pub unicode: String,
    /// For LaTeX and Markdown.
    pub latex: String,
}

impl From<&Expr> for Formula {
    fn from(e: &Expr) -> Formula {
        Formula { unicode: syntax::print(e, Style::Unicode), latex: syntax::print(e, Style::Latex) }
    }
}

impl From<&Statement> for Formula {
    fn from(statement: &Statement) -> Formula {
        let print = |style| syntax::print_statement(statement, style);
        Formula { unicode: print(Style::Unicode), latex: print(Style::Latex) }
    }
}

impl Formula {
    /// `self = other`.
    pub fn equals(&self, other: &Formula) -> Formula {
        let join = |a: &str, b: &str| format!("{a} = {b}");
        Formula { unicode: join(&self.unicode, &other.unicode), latex: join(&self.latex, &other.latex) }
    }
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    /// Plain text.
    Text(String),
    /// A formula.
    Math(Formula),
    /// Something to type, or a name of the rule language.
    Code(String),
}

/// A line of text with formulas in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(pub Vec<Inline>);

impl Line {
    /// A line of plain text.
    pub fn text(text: impl Into<String>) -> Line {
        Line(vec![Inline::Text(text.into())])
    }

    /// A line that is a formula.
    pub fn math(formula: Formula) -> Line {
        Line(vec![Inline::Math(formula)])
    }

    /// A line that is something to type.
    pub fn code(code: impl Into<String>) -> Line {
        Line(vec![Inline::Code(code.into())])
    }

    /// The line as plain text.
    pub fn plain(&self) -> String {
        let piece = |inline: &Inline| match inline {
            Inline::Text(text) | Inline::Code(text) => text.clone(),
            Inline::Math(formula) => formula.unicode.clone(),
        };
        self.0.iter().map(piece).collect()
    }

    /// The LaTeX of the line, if it is a formula; else nothing.
    pub fn latex(&self) -> String {
        match self.0.as_slice() {
            [Inline::Math(formula)] => formula.latex.clone(),
            _ => String::new(),
        }
    }

    /// The line with another behind it.
    pub fn then(mut self, other: Line) -> Line {
        self.0.extend(other.0);
        self
    }
}

impl From<&str> for Line {
    fn from(text: &str) -> Line {
        Line::text(text)
    }
}

impl From<String> for Line {
    fn from(text: String) -> Line {
        Line::text(text)
    }
}

/// How good the news is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As hoped for.
    Good,
    /// Good, with something to be read.
    Caution,
    /// Something is wrong.
    Bad,
    /// Nothing is known.
    Neutral,
}

/// A derivation: a formula, and what it equals, step by step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// What the derivation starts from.
    pub start: Formula,
    /// What it equals, step by step.
    pub rows: Vec<Row>,
}

/// One step of a derivation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What stands there after the step.
    pub formula: Formula,
    /// The rule in words.
    pub reason: String,
    /// The number that the source gives the reason, such as `(5.1)`.
    pub reference: Option<String>,
    /// Why the step is right: the reason in a sentence, and its conditions with their status. Shown where asked for.
    pub details: Vec<(String, Line)>,
}

/// How much is shown, and in what space.
#[derive(Clone, Copy, Debug, Default)]
pub struct View {
    /// Show the details of each step.
    pub explain: bool,
    /// The columns of the terminal; lines are as long as they are if it is not known.
    pub width: Option<usize>,
    /// Of LaTeX, the whole of a document.
    pub standalone: bool,
    /// Of LaTeX, theorems and their proofs alone.
    pub proof_only: bool,
}

/// A part of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A heading.
    Heading(Line),
    /// A line by itself.
    Paragraph(Line),
    /// The verdict: a word, and what it is about.
    Verdict {
        /// How good the news is.
        tone: Tone,
        /// The verdict in a word.
        word: String,
        /// The statement.
        about: Line,
    },
    /// A labelled remark.
    Note {
        /// How good the news is.
        tone: Tone,
        /// What the remark is about, in a word or two.
        label: String,
        /// The remark.
        content: Line,
    },
    /// A derivation.
    Derivation(Chain),
    /// Labelled entries under a title, such as the conditions with their status.
    Entries {
        /// The title; empty for none.
        title: String,
        /// Each with its label.
        entries: Vec<(String, Line)>,
    },
    /// How simulated sides approach each other. Only pages show it.
    Convergence(Vec<Point>),
}

/// The difference of two simulated sides after some draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// How many draws.
    pub draws: u64,
    /// Left minus right.
    pub difference: f64,
    /// The standard error of the difference.
    pub error: f64,
}

/// What is shown, and the same as data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// What people are shown.
    pub blocks: Vec<Block>,
    /// What the JSON format prints, an object a line.
    pub data: Vec<serde_json::Value>,
}

impl Document {
    /// Adds a part.
    pub fn push(&mut self, block: Block) {
        self.blocks.push(block);
    }

    /// Adds a labelled remark.
    pub fn note(&mut self, tone: Tone, label: &str, content: impl Into<Line>) {
        self.push(Block::Note { tone, label: label.into(), content: content.into() });
    }
}

/// The formats that documents are rendered in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For a terminal, with colours as ANSI escapes.
    #[default]
    Text,
    /// An object a line.
    Json,
    /// Theorems and their proofs, for a document that uses amsmath, amssymb and amsthm.
    Latex,
    /// With formulas between dollar signs.
    Markdown,
    /// A self-contained page.
    Html,
}

impl Format {
    /// What stands before the first document of an output.
    pub fn opening(self, view: View) -> &'static str {
        match self {
            Format::Html => html::OPENING,
            Format::Latex if view.standalone => latex::STANDALONE,
            Format::Latex => latex::OPENING,
            Format::Text | Format::Json | Format::Markdown => "",
        }
    }

    /// What stands behind the last document of an output.
    pub fn closing(self, view: View) -> &'static str {
        match self {
            Format::Html => html::CLOSING,
            Format::Latex if view.standalone => latex::CLOSING,
            _ => "",
        }
    }

    /// A document in this format. Each is complete by itself between [`opening`](Self::opening) and
    /// [`closing`](Self::closing).
    pub fn render(self, document: &Document) -> String {
        self.render_in(document, View::default())
    }

    /// [`render`](Self::render) with a view: the details of steps, or a narrow terminal.
    pub fn render_in(self, document: &Document, view: View) -> String {
        match self {
            Format::Text => text::render(document, view),
            Format::Json => json::render(document),
            Format::Latex => latex::render(document, view),
            Format::Markdown => markdown::render(document, view),
            Format::Html => html::render(document),
        }
    }

    /// A page of HTML of its own, with a title, and where there are several results, a tally and a table of contents.
    pub fn page(title: &str, documents: &[Document]) -> String {
        html::page(title, documents)
    }

    /// A document as a part of a page that is someone else's, with a style that reaches no further.
    ///
    /// ```
    /// use stein::render::{Document, Format};
    ///
    /// assert!(Format::fragment(&Document::default()).starts_with("<div class=\"stein\">"));
    /// ```
    pub fn fragment(document: &Document) -> String {
        html::fragment(document)
    }

    /// [`render`](Self::render) without colours.
    pub fn plain(self, document: &Document) -> String {
        let rendered = self.render(document);
        if self == Format::Text { anstream::adapter::strip_str(&rendered).to_string() } else { rendered }
    }
}

/// The pieces between commas that stand outside of brackets.
fn separated(text: &str) -> Vec<&str> {
    let (mut depth, mut start) = (0_i32, 0);
    let mut pieces = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                pieces.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(text[start..].trim());
    pieces
}
