//! Longer texts about errors: the sections of `docs/errors.md`.

use crate::render::{Block, Document, Line};
use crate::syntax::Code;

const TEXT: &str = include_str!("../../docs/errors.md");

/// The title and the paragraphs of the section about an error, code blocks among them.
pub fn section(code: Code) -> Option<(&'static str, &'static str)> {
    let head = format!("## {}: ", code.number());
    let section = TEXT.split("\n## ").find(|section| head[3..] == section[..head.len() - 3])?;
    section[head.len() - 3..].split_once('\n')
}

/// The code that a number such as `E002` names, in either case.
pub fn code(number: &str) -> Option<Code> {
    Code::ALL.into_iter().find(|code| code.number().eq_ignore_ascii_case(number))
}

/// The section about an error as a document.
pub fn explain(code: Code) -> Document {
    let mut document = Document::default();
    let Some((title, body)) = section(code) else { return document };
    document.push(Block::Heading(Line::text(format!("{}: {title}", code.number()))));
    for paragraph in body.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
        match paragraph.strip_prefix("```") {
            Some(block) => {
                let lines = block.lines().skip(1).take_while(|line| *line != "```");
                lines.for_each(|line| document.push(Block::Paragraph(Line::text(format!("    {line}")))));
            }
            None => document.push(Block::Paragraph(Line::text(paragraph.replace('\n', " ")))),
        }
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Session;

    #[test]
    fn every_error_is_explained_and_its_example_makes_it() {
        for code in Code::ALL {
            let (title, body) = section(code).unwrap_or_else(|| panic!("{code:?} has no section"));
            assert!(!title.is_empty() && body.trim().len() > 40, "{code:?}");
            let mut session = Session::new().expect("the built-in library");
            let error = if let Some(rest) = body.split("```text\n").nth(1) {
                session.run_line(rest.lines().next().unwrap_or("")).map(|_| ())
            } else if let Some(rest) = body.split("```rules\n").nth(1) {
                session.load_rules("example.rules", rest.split("```").next().unwrap_or("")).map(|_| ())
            } else {
                continue;
            };
            let error = error.err().unwrap_or_else(|| panic!("the example of {code:?} is good"));
            assert_eq!(error.code(), code, "{error}");
        }
    }

    #[test]
    fn every_section_is_that_of_a_code() {
        for head in TEXT.lines().filter_map(|line| line.strip_prefix("## ")) {
            let number = head.split(':').next().unwrap_or("");
            assert!(code(number).is_some(), "{head}");
        }
    }
}
