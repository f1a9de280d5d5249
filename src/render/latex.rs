//! LaTeX, for a document that uses amsmath. Derivations are `align*` environments.

use super::escape::latex as escape;
use super::{Block, Chain, Document, Inline, Line, View};
use std::fmt::Write;

pub fn render(document: &Document, view: View) -> String {
    let mut out = String::new();
    for block in &document.blocks {
        let _ = match block {
            Block::Heading(content) => writeln!(out, "\\paragraph{{{}}}", line(content)),
            Block::Paragraph(content) => writeln!(out, "{}\\par", line(content)),
            Block::Verdict { word, about, .. } => {
                writeln!(out, "\\noindent\\textbf{{{}:}} {}\\par", escape(word), line(about))
            }
            Block::Note { label, content, .. } => {
                writeln!(out, "\\noindent\\emph{{{}:}} {}\\par", escape(label), line(content))
            }
            Block::Derivation(chain) => {
                derivation(&mut out, chain, view);
                Ok(())
            }
            Block::Entries { title, entries } => {
                entries_of(&mut out, title, entries);
                Ok(())
            }
            Block::Convergence(_) => Ok(()),
        };
    }
    out.push('\n');
    out
}

fn derivation(out: &mut String, chain: &Chain, view: View) {
    let _ = writeln!(out, "\\begin{{align*}}");
    let _ = write!(out, "  & {}", chain.start.latex);
    for (i, row) in chain.rows.iter().enumerate() {
        let reference = row.reference.iter().map(|r| format!(" {r}")).collect::<String>();
        let reason = escape(&format!("{}{reference}", row.reason));
        let _ = write!(out, " \\\\\n  &= {} && \\text{{{}.~{reason}}}", row.formula.latex, i + 1);
    }
    let _ = writeln!(out, "\n\\end{{align*}}");
    let details = |i: usize, row: &super::Row| -> Vec<(String, Line)> {
        row.details.iter().map(|(label, content)| (format!("{}. {label}", i + 1), content.clone())).collect()
    };
    if view.explain {
        let entries: Vec<_> = chain.rows.iter().enumerate().flat_map(|(i, row)| details(i, row)).collect();
        if !entries.is_empty() {
            entries_of(out, "", &entries);
        }
    }
}

fn entries_of(out: &mut String, title: &str, entries: &[(String, Line)]) {
    if !title.is_empty() {
        let _ = writeln!(out, "\\noindent\\emph{{{}:}}", escape(title));
    }
    let _ = writeln!(out, "\\begin{{itemize}}");
    for (label, content) in entries {
        let label = if label.is_empty() { String::new() } else { format!("{}: ", escape(label)) };
        let _ = writeln!(out, "  \\item {label}{}", line(content));
    }
    let _ = writeln!(out, "\\end{{itemize}}");
}

fn line(line: &Line) -> String {
    let piece = |inline: &Inline| match inline {
        Inline::Text(text) => escape(text),
        Inline::Math(formula) => format!("${}$", formula.latex),
        Inline::Code(code) => format!("\\texttt{{{}}}", escape(code)),
    };
    line.0.iter().map(piece).collect()
}
