//! Text for a terminal.

use super::change::changed;
use super::{Block, Chain, Document, Formula, Inline, Line, Row, Tone, View};
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

pub fn render(document: &Document, view: View) -> String {
    let mut out = String::new();
    for block in &document.blocks {
        if matches!(block, Block::Heading(_)) && !out.is_empty() {
            out.push('\n');
        }
        self::block(&mut out, block, view);
    }
    out.push('\n');
    out
}

fn block(out: &mut String, block: &Block, view: View) {
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
        Block::Convergence(_) => return,
        Block::Derivation(chain) => return derivation(out, chain, view),
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

fn derivation(out: &mut String, chain: &Chain, view: View) {
    let width = |row: &Row| columns(&row.formula.unicode);
    // Expressions of more columns leave no room for the reason behind them.
    let reason = chain.rows.iter().map(|row| columns(&reason(row))).max().unwrap_or(0);
    let room = view.width.map_or(COLUMN, |columns| columns.saturating_sub(reason + 9)).min(COLUMN);
    let column = chain.rows.iter().map(width).filter(|width| *width <= room).max().unwrap_or(0);
    let _ = writeln!(out, "\n      {}", math(&chain.start));
    let mut before = &chain.start;
    for row in &chain.rows {
        let formula = emphasized(before, &row.formula);
        let gap = match view.width.is_some() && width(row) > room {
            true => "\n          ".to_string(),
            false => " ".repeat(column.saturating_sub(width(row)) + 3),
        };
        let _ = writeln!(out, "    = {formula}{gap}{FAINT}{}{FAINT:#}", self::reason(row));
        for (label, content) in row.details.iter().filter(|_| view.explain) {
            let _ = writeln!(out, "          {FAINT}{label}{FAINT:#} {}", line(content));
        }
        before = &row.formula;
    }
    out.push('\n');
}

fn reason(row: &Row) -> String {
    let reference = row.reference.iter().map(|r| format!(" {r}")).collect::<String>();
    format!("{}{reference}", row.reason)
}

/// A formula with the part that a step has changed in bold.
fn emphasized(before: &Formula, after: &Formula) -> String {
    let text = &after.unicode;
    match changed(&before.unicode, text) {
        Some(span) => {
            let (head, part, tail) = (&text[..span.start], &text[span.start..span.end], &text[span.end..]);
            format!("{head}{STRONG}{part}{STRONG:#}{tail}")
        }
        None => text.clone(),
    }
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
