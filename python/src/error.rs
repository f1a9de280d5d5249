//! Errors of the library as exceptions of Python.

use miette::{Diagnostic, SourceSpan};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// The exception of an error: `SteinError(message, code, help, line, column, excerpt, spans)`. Places count characters from 0.
pub fn exception(py: Python<'_>, error: &stein::Error) -> PyErr {
    let place = place(error);
    let (line, column, excerpt, spans) = place.unwrap_or_default();
    let arguments = (error.to_string(), error.code().number(), error.help(), line, column, excerpt, spans);
    match class(py).and_then(|class| class.call1(arguments)) {
        Ok(value) => PyErr::from_value(value),
        Err(error) => error,
    }
}

fn class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CLASS.import(py, "stein._errors", "SteinError")
}

/// Line and column of the fault, the line as it is shown, and the places marked in it.
type Place = (usize, usize, String, Vec<(usize, usize)>);

fn place(error: &stein::Error) -> Option<Place> {
    let source = error.source_code()?;
    let labels: Vec<(usize, usize)> =
        error.labels()?.map(|label| (label.offset(), label.offset() + label.len())).collect();
    let first = SourceSpan::from((0, 0));
    let contents = source.read_span(&first, 0, 0).ok()?;
    let excerpt = String::from_utf8_lossy(contents.data()).into_owned();
    let characters = |end: usize| excerpt.char_indices().take_while(|(at, _)| *at < end).count();
    let spans: Vec<(usize, usize)> = labels.iter().map(|(start, end)| (characters(*start), characters(*end))).collect();
    let (line, column) = error.place()?;
    Some((line - 1, column - 1, excerpt.trim_end().to_string(), spans))
}
