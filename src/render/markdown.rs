//! Markdown with formulas between dollar signs.

use super::escape::markdown as escape;
use super::{Block, Chain, Document, Inline, Line, View};
use std::fmt::Write;

pub fn render(document: &Document, view: View) -> String {
    let mut out = String::new();
    for block in &document.blocks {
        let _ = match block {
            Block::Heading(content) => writeln!(out, "### {}\n", line(content)),
            Block::Paragraph(content) => writeln!(out, "{}\n", line(content)),
            Block::Verdict { word, about, .. } => writeln!(out, "**{}** {}\n", escape(word), line(about)),
            Block::Note { label, content, .. } => writeln!(out, "*{}:* {}\n", escape(label), line(content)),
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
    out
}

fn derivation(out: &mut String, chain: &Chain, view: View) {
    let _ = writeln!(out, "$$\\begin{{aligned}}");
    let _ = write!(out, "& {}", chain.start.latex);
    for row in &chain.rows {
        let _ = write!(out, " \\\\\n&= {}", row.formula.latex);
    }
    let _ = writeln!(out, "\n\\end{{aligned}}$$\n");
    for (i, row) in chain.rows.iter().enumerate() {
        let reference = row.reference.iter().map(|r| format!(" {r}")).collect::<String>();
        let _ = writeln!(out, "{}. {}", i + 1, escape(&format!("{}{reference}", row.reason)));
        for (label, content) in row.details.iter().filter(|_| view.explain) {
            let _ = writeln!(out, "   - *{}* {}", escape(label), line(content));
        }
    }
    out.push('\n');
}

fn entries_of(out: &mut String, title: &str, entries: &[(String, Line)]) {
    if !title.is_empty() {
        let _ = writeln!(out, "*{}:*\n", escape(title));
    }
    for (label, content) in entries {
        let label = if label.is_empty() { String::new() } else { format!("*{}* ", escape(label)) };
        let _ = writeln!(out, "- {label}{}", line(content));
    }
    out.push('\n');
}

fn line(line: &Line) -> String {
    let piece = |inline: &Inline| match inline {
        Inline::Text(text) => escape(text),
        Inline::Math(formula) => format!("${}$", formula.latex),
        Inline::Code(code) => format!("`{code}`"),
    };
    line.0.iter().map(piece).collect()
}
