//! JSON: the data of a document, an object a line.

use super::Document;

pub fn render(document: &Document) -> String {
    document.data.iter().map(|object| format!("{object}\n")).collect()
}
