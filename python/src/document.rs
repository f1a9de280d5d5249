//! What is shown of an answer, in every format.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use stein::render::{Block, Format, Inline, Line, View};

/// Rendered on demand: most answers are shown in one format, if at all.
#[pyclass(frozen, module = "stein._stein")]
pub struct Document(pub stein::render::Document);

#[pymethods]
impl Document {
    /// The objects of the JSON format, one a line.
    fn data(&self) -> String {
        Format::Json.render(&self.0)
    }

    /// The document in a format: `text`, `json`, `latex`, `markdown`, `html` (a page), `fragment` (a part of one), `math`
    /// (formulas alone, for MathJax and KaTeX).
    fn render(&self, format: &str) -> PyResult<String> {
        let page = |text: String| {
            format!("{}{text}{}", Format::Html.opening(View::default()), Format::Html.closing(View::default()))
        };
        Ok(match format {
            "text" => Format::Text.plain(&self.0),
            "json" => Format::Json.render(&self.0),
            "latex" => Format::Latex.render(&self.0),
            "markdown" => Format::Markdown.render(&self.0),
            "html" => page(Format::Html.render(&self.0)),
            "fragment" => Format::fragment(&self.0),
            "math" => math(&self.0),
            _ => {
                let known = "text, json, latex, markdown, html, fragment and math";
                return Err(PyValueError::new_err(format!("`{format}` is no format; the formats are {known}")));
            }
        })
    }
}

/// The verdict and the derivation as displayed formulas: no environment that only a whole document knows.
fn math(document: &stein::render::Document) -> String {
    let mut out = String::new();
    for block in &document.blocks {
        match block {
            Block::Verdict { word, about, .. } => {
                out.push_str(&format!("$$\\text{{{word}:}}\\quad {}$$\n", formulas(about)));
            }
            Block::Derivation(chain) => {
                let rows: String = chain.rows.iter().map(|row| format!(" \\\\\n&= {}", row.formula.latex)).collect();
                out.push_str(&format!("$$\\begin{{aligned}}\n& {}{rows}\n\\end{{aligned}}$$\n", chain.start.latex));
            }
            _ => {}
        }
    }
    out
}

fn formulas(line: &Line) -> String {
    let shown = line.0.iter().filter_map(|inline| match inline {
        Inline::Math(formula) => Some(formula.latex.as_str()),
        _ => None,
    });
    shown.collect::<Vec<_>>().join(" ")
}
