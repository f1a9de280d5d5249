//! HTML: a page that needs nothing but itself, with formulas as MathML and steps that unfold.

use super::escape::html as escape;
use super::{Block, Chain, Document, Formula, Inline, Line, Row, Tone, change, convergence, mathml, separated};
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
pub const CLOSING: &str = concat!("</main>\n<script>\n", include_str!("page.js"), "</script>\n</body>\n</html>\n");

/// A page of several documents under a title, with a tally and a table of contents where there is more than one.
pub fn page(title: &str, documents: &[Document]) -> String {
    let opening = OPENING.replacen("<title>stein</title>", &format!("<title>{} – stein</title>", escape(title)), 1);
    let mut out = format!("{opening}<h1>{}</h1>\n", escape(title));
    let entries: Vec<Entry<'_>> = documents.iter().enumerate().filter_map(|(i, d)| entry(i + 1, d)).collect();
    let verdicts = entries.iter().filter(|entry| entry.tone.is_some()).count();
    if verdicts > 1 {
        contents(&mut out, &entries);
    }
    for (index, document) in documents.iter().enumerate() {
        article(&mut out, Some(index + 1), document);
    }
    out.push_str(CLOSING);
    out
}

/// A line of the table of contents.
struct Entry<'d> {
    number: usize,
    /// None for a heading.
    tone: Option<Tone>,
    word: &'d str,
    about: String,
}

fn entry(number: usize, document: &Document) -> Option<Entry<'_>> {
    match document.blocks.first()? {
        Block::Heading(title) => Some(Entry { number, tone: None, word: "", about: line(title) }),
        // What is defined and assumed is no result.
        Block::Verdict { word, .. } if matches!(word.as_str(), "let" | "assume" | "forget") => None,
        Block::Verdict { tone, word, about } => Some(Entry { number, tone: Some(*tone), word, about: line(about) }),
        _ => None,
    }
}

fn contents(out: &mut String, entries: &[Entry<'_>]) {
    let mut words: Vec<(&str, Tone, usize)> = Vec::new();
    for entry in entries {
        let Some(tone) = entry.tone else { continue };
        match words.iter_mut().find(|(word, known, _)| *word == entry.word && *known == tone) {
            Some((.., count)) => *count += 1,
            None => words.push((entry.word, tone, 1)),
        }
    }
    let badge = |tone: Tone, text: &str| format!("<span class=\"badge {}\">{}</span>", class(tone), escape(text));
    let tally: Vec<String> = words.iter().map(|(word, tone, count)| badge(*tone, &format!("{count} {word}"))).collect();
    let _ = writeln!(
        out,
        "<p class=\"tally\">{}</p>\n<details class=\"contents\" open><summary>Contents</summary>\n<ul>",
        tally.join(" ")
    );
    for Entry { number, tone, word, about } in entries {
        let _ = match tone {
            None => writeln!(out, "<li class=\"section\"><a href=\"#s{number}\">{about}</a></li>"),
            Some(tone) => {
                let badge = badge(*tone, word);
                writeln!(out, "<li><a href=\"#s{number}\">{badge}</a> <span class=\"wide\">{about}</span></li>")
            }
        };
    }
    out.push_str("</ul>\n</details>\n");
}

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
    let mut out = String::new();
    article(&mut out, None, document);
    out
}

/// A document; the number makes the name by which others link to it.
fn article(out: &mut String, number: Option<usize>, document: &Document) {
    let name = number.map_or(String::new(), |number| format!(" id=\"s{number}\""));
    let _ = writeln!(out, "<article{name}>");
    let link = number.map_or(String::new(), |number| {
        format!("<a class=\"anchor\" href=\"#s{number}\" aria-label=\"link to this\">#</a>")
    });
    for block in &document.blocks {
        let _ = match block {
            Block::Heading(content) => writeln!(out, "<h2>{}{link}</h2>", line(content)),
            Block::Paragraph(content) => writeln!(out, "<p class=\"wide\">{}</p>", line(content)),
            Block::Verdict { tone, word, about } => writeln!(
                out,
                "<p><span class=\"badge {}\">{}</span>{}{link}</p>\n<p class=\"claim wide\">{}</p>",
                class(*tone),
                escape(word),
                copy(&about.latex()),
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
                derivation(out, chain);
                Ok(())
            }
            Block::Entries { title, entries } => {
                entries_of(out, title, entries);
                Ok(())
            }
            Block::Convergence(points) => writeln!(out, "{}", convergence::figure(points)),
        };
    }
    out.push_str("</article>\n");
}

/// A button that copies LaTeX; nothing if there is none.
fn copy(latex: &str) -> String {
    if latex.is_empty() {
        return String::new();
    }
    format!("<button type=\"button\" class=\"copy\" data-latex=\"{}\">Copy LaTeX</button>", escape(latex))
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
    let _ = writeln!(out, "</ol>\n{}", copy(&super::latex::align(chain)));
}

/// A step: its formula and reason, with the details folded away.
fn step(out: &mut String, before: &Formula, row: &Row) {
    let reference = row.reference.iter().map(|r| format!(" {r}")).collect::<String>();
    let reason = escape(&format!("{}{reference}", row.reason));
    let marked = change::changed(&before.unicode, &row.formula.unicode);
    let formula = format!("<span class=\"wide\"><span class=\"equals\">=</span>{}</span>", math(&row.formula, marked));
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
        Inline::Text(text) => told(text),
        Inline::Math(formula) => math(formula, None),
        Inline::Code(code) => format!("<code>{}</code>", escape(code)),
    };
    line.0.iter().map(piece).collect()
}

/// Text, with formulas where it is nothing else: `σ > 0, f(u) = sin(u)`.
fn told(text: &str) -> String {
    listed(text).unwrap_or_else(|| escape(text))
}

/// Comparisons and definitions with commas between them.
fn listed(text: &str) -> Option<String> {
    let piece = |piece: &str| {
        let is_formula = piece.contains(['=', '<', '>', '≤', '≥', '≠']);
        mathml::said(piece).filter(|_| is_formula)
    };
    Some(separated(text).into_iter().map(piece).collect::<Option<Vec<_>>>()?.join(", "))
}

/// A formula as MathML; as its text where that cannot be read, such as the statement of a rule.
fn math(formula: &Formula, marked: Option<Span>) -> String {
    let text = &formula.unicode;
    let read = mathml::math(text, marked).or_else(|| listed(text));
    read.unwrap_or_else(|| format!("<code>{}</code>", escape(text)))
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
