//! HTML: a page that needs nothing but itself, with formulas as MathML and steps that unfold.

use super::escape::html as escape;
use super::{Block, Chain, Document, Formula, Inline, Line, Row, Tone, change, convergence, mathml};
use crate::syntax::Span;
use std::fmt::Write;

pub const OPENING: &str = concat!(
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>stein</title>\n",
    // An empty picture, so that no browser asks a server for one.
    "<link rel=\"icon\" href=\"data:,\">\n<style>\n",
    include_str!("page.css"),
    "</style>\n</head>\n<body>\n<main>\n"
);
pub const CLOSING: &str = "</main>\n</body>\n</html>\n";

/// A part of a page that is someone else's: it brings its style, which reaches no further.
pub fn fragment(document: &Document) -> String {
    format!(
        "<div class=\"stein\">\n<style>\n{}</style>\n{}</div>\n",
        scoped(include_str!("page.css")),
        render(document)
    )
}

/// A style that holds below `.stein` alone. The sheet is our own: no brace stands in a string or a comment.
fn scoped(style: &str) -> String {
    let mut out = String::new();
    let mut rest = style;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, brace) = (rest[..at].trim(), &rest[at..=at]);
        rest = &rest[at + 1..];
        // Declarations hold no brace: what stands before an opening one selects, or is a rule such as `@media`.
        let selects = brace == "{" && !before.starts_with('@');
        let list = before.split(',').map(|selector| match selector.trim() {
            ":root" | "body" => ".stein".to_string(),
            selector => format!(".stein {selector}"),
        });
        let before = if selects { list.collect::<Vec<_>>().join(", ") } else { before.to_string() };
        let _ = writeln!(out, "{before} {brace}");
    }
    out
}

pub fn render(document: &Document) -> String {
    let mut out = String::from("<article>\n");
    for block in &document.blocks {
        let _ = match block {
            Block::Heading(content) => writeln!(out, "<h2>{}</h2>", line(content)),
            Block::Paragraph(content) => writeln!(out, "<p class=\"wide\">{}</p>", line(content)),
            Block::Verdict { tone, word, about } => writeln!(
                out,
                "<p><span class=\"badge {}\">{}</span></p>\n<p class=\"claim wide\">{}</p>",
                class(*tone),
                escape(word),
                line(about)
            ),
            Block::Note { tone, label, content } => writeln!(
                out,
                "<div class=\"note\"><span class=\"label {}\">{}</span><span class=\"wide\">{}</span></div>",
                if *tone == Tone::Neutral { "" } else { class(*tone) },
                escape(label),
                line(content)
            ),
            Block::Derivation(chain) => {
                derivation(&mut out, chain);
                Ok(())
            }
            Block::Entries { title, entries } => {
                entries_of(&mut out, title, entries);
                Ok(())
            }
            Block::Convergence(points) => writeln!(out, "{}", convergence::figure(points)),
        };
    }
    out.push_str("</article>\n");
    out
}

fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Caution => "caution",
        Tone::Bad => "bad",
        Tone::Neutral => "neutral",
    }
}

fn derivation(out: &mut String, chain: &Chain) {
    let _ = writeln!(out, "<ol class=\"steps\">\n<li><div class=\"wide\">{}</div></li>", math(&chain.start, None));
    let mut before = &chain.start;
    for row in &chain.rows {
        step(out, before, row);
        before = &row.formula;
    }
    out.push_str("</ol>\n");
}

/// A step: its formula and reason, with the details folded away.
fn step(out: &mut String, before: &Formula, row: &Row) {
    let reference = row.reference.iter().map(|r| format!(" {r}")).collect::<String>();
    let reason = escape(&format!("{}{reference}", row.reason));
    let marked = change::changed(&before.unicode, &row.formula.unicode);
    let formula = format!("<span class=\"wide\">= {}</span>", math(&row.formula, marked));
    let shown = format!("{formula}<span class=\"reason\">{reason}</span>");
    if row.details.is_empty() {
        let _ = writeln!(out, "<li class=\"step\">{shown}</li>");
        return;
    }
    let _ = writeln!(out, "<li><details><summary class=\"step\">{shown}</summary>\n<div class=\"details\">");
    for (label, content) in &row.details {
        let _ = writeln!(out, "<div><span class=\"label\">{}</span> {}</div>", escape(label), line(content));
    }
    out.push_str("</div></details></li>\n");
}

fn entries_of(out: &mut String, title: &str, entries: &[(String, Line)]) {
    if !title.is_empty() {
        let _ = writeln!(out, "<p>{}</p>", escape(title));
    }
    out.push_str("<ul>\n");
    for (label, content) in entries {
        let _ =
            writeln!(out, "<li class=\"wide\"><span class=\"label\">{}</span> {}</li>", escape(label), line(content));
    }
    out.push_str("</ul>\n");
}

fn line(line: &Line) -> String {
    let piece = |inline: &Inline| match inline {
        Inline::Text(text) => escape(text),
        Inline::Math(formula) => math(formula, None),
        Inline::Code(code) => format!("<code>{}</code>", escape(code)),
    };
    line.0.iter().map(piece).collect()
}

/// A formula as MathML; as its text where that cannot be read, such as the statement of a rule.
fn math(formula: &Formula, marked: Option<Span>) -> String {
    mathml::math(&formula.unicode, marked).unwrap_or_else(|| format!("<code>{}</code>", escape(&formula.unicode)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_of_a_fragment_reaches_no_further() {
        let style = scoped(include_str!("page.css"));
        let lines: Vec<&str> = style.lines().filter(|line| line.ends_with('{')).collect();
        assert!(lines.iter().all(|line| line.starts_with(".stein") || line.starts_with("@media")), "{style}");
        assert_eq!(style.matches('{').count(), style.matches('}').count());
        assert!(style.contains(".stein .note > * {") && !style.contains("body"), "{style}");
    }
}
