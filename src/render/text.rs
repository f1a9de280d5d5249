//! Text for a terminal.

use super::{Block, Chain, Document, Formula, Inline, Line, Row, Tone};
use anstyle::{AnsiColor, Style};
use std::fmt::Write;

/// Expressions up to this width have their reasons in one column.
const COLUMN: usize = 76;
/// Labels are padded to this width.
const LABEL: usize = 11;

const STRONG: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

fn colour(tone: Tone) -> Style {
    let colour = match tone {
        Tone::Good => AnsiColor::Green,
        Tone::Caution => AnsiColor::Yellow,
        Tone::Bad => AnsiColor::Red,
        Tone::Neutral => AnsiColor::Cyan,
    };
    colour.on_default()
}

pub fn render(document: &Document) -> String {
    let mut out = String::new();
    for block in &document.blocks {
        if matches!(block, Block::Heading(_)) && !out.is_empty() {
            out.push('\n');
        }
        self::block(&mut out, block);
    }
    out.push('\n');
    out
}

fn block(out: &mut String, block: &Block) {
    match block {
        Block::Heading(content) => paint(out, STRONG, &line(content)),
        Block::Paragraph(content) => out.push_str(&line(content)),
        Block::Verdict { tone, word, about } => {
            paint(out, colour(*tone).bold(), &padded(word));
            out.push_str(&line(about));
        }
        Block::Note { tone, label, content } => {
            out.push_str("  ");
            paint(out, if *tone == Tone::Neutral { FAINT } else { colour(*tone) }, &padded(label));
            out.push_str(&line(content));
        }
        Block::Derivation(chain) => return derivation(out, chain),
        Block::Entries { title, entries } => {
            if !title.is_empty() {
                out.push_str("  ");
                paint(out, FAINT, title);
                out.push('\n');
            }
            let width = entries.iter().map(|(label, _)| columns(label)).max().unwrap_or(0);
            let indent = if title.is_empty() { "  " } else { "    " };
            for (i, (label, content)) in entries.iter().enumerate() {
                if i > 0 {
                    out.push('\n');
                }
                let gap = " ".repeat(width - columns(label));
                let _ = write!(out, "{indent}{FAINT}{label}{FAINT:#}{gap}  {}", line(content));
            }
        }
    }
    out.push('\n');
}

fn derivation(out: &mut String, chain: &Chain) {
    let width = |row: &Row| columns(&row.formula.unicode);
    let column = chain.rows.iter().map(width).filter(|width| *width <= COLUMN).max().unwrap_or(0);
    let _ = writeln!(out, "\n      {}", math(&chain.start));
    for row in &chain.rows {
        let gap = " ".repeat(column.saturating_sub(width(row)));
        let reference = row.reference.iter().map(|r| format!(" {r}")).collect::<String>();
        let _ = writeln!(out, "    = {}{gap}   {FAINT}{}{reference}{FAINT:#}", math(&row.formula), row.reason);
    }
    out.push('\n');
}

fn line(line: &Line) -> String {
    let piece = |inline: &Inline| match inline {
        Inline::Text(text) => text.clone(),
        Inline::Math(formula) => math(formula),
        Inline::Code(code) => format!("`{code}`"),
    };
    line.0.iter().map(piece).collect()
}

fn math(formula: &Formula) -> String {
    formula.unicode.clone()
}

fn paint(out: &mut String, style: Style, text: &str) {
    let _ = write!(out, "{style}{text}{style:#}");
}

fn padded(label: &str) -> String {
    format!("{label}{} ", " ".repeat(LABEL.saturating_sub(columns(label))))
}

fn columns(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}
