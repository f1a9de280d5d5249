//! HTML: a page that needs nothing but itself.

use super::escape::html as escape;
use super::{Block, Chain, Document, Formula, Inline, Line, Tone};
use std::fmt::Write;

pub const OPENING: &str = concat!(
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>stein</title>\n<style>\n",
    ":root { color-scheme: light dark; }\n",
    "body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }\n",
    "article { margin-bottom: 3rem; }\n",
    ".math, code { font-family: ui-monospace, monospace; }\n",
    ".derivation { overflow-x: auto; } .derivation td { padding: 0.15rem 1rem 0.15rem 0; white-space: nowrap; }\n",
    ".reason { opacity: 0.7; } .label { font-weight: 600; }\n",
    ".good { color: light-dark(#17692b, #6fd388); } .caution { color: light-dark(#8a5a00, #e8b84a); }\n",
    ".bad { color: light-dark(#a3121e, #ff8a8a); } .neutral { color: light-dark(#0b5a75, #7cc7e0); }\n",
    "</style>\n</head>\n<body>\n"
);
pub const CLOSING: &str = "</body>\n</html>\n";

pub fn render(document: &Document) -> String {
    let mut out = String::from("<article>\n");
    for block in &document.blocks {
        let _ = match block {
            Block::Heading(content) => writeln!(out, "<h2>{}</h2>", line(content)),
            Block::Paragraph(content) => writeln!(out, "<p>{}</p>", line(content)),
            Block::Verdict { tone, word, about } => {
                writeln!(out, "<p><span class=\"label {}\">{}</span> {}</p>", class(*tone), escape(word), line(about))
            }
            Block::Note { tone, label, content } => {
                writeln!(out, "<p><span class=\"{}\">{}</span> {}</p>", class(*tone), escape(label), line(content))
            }
            Block::Derivation(chain) => {
                derivation(&mut out, chain);
                Ok(())
            }
            Block::Entries { title, entries } => {
                entries_of(&mut out, title, entries);
                Ok(())
            }
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
    let _ =
        writeln!(out, "<div class=\"derivation\"><table>\n<tr><td></td><td>{}</td><td></td></tr>", math(&chain.start));
    for row in &chain.rows {
        let reference = row.reference.iter().map(|r| format!(" {r}")).collect::<String>();
        let reason = escape(&format!("{}{reference}", row.reason));
        let _ = writeln!(out, "<tr><td>=</td><td>{}</td><td class=\"reason\">{reason}</td></tr>", math(&row.formula));
    }
    out.push_str("</table></div>\n");
}

fn entries_of(out: &mut String, title: &str, entries: &[(String, Line)]) {
    if !title.is_empty() {
        let _ = writeln!(out, "<p>{}</p>", escape(title));
    }
    out.push_str("<ul>\n");
    for (label, content) in entries {
        let _ = writeln!(out, "<li><span class=\"label\">{}</span> {}</li>", escape(label), line(content));
    }
    out.push_str("</ul>\n");
}

fn line(line: &Line) -> String {
    let piece = |inline: &Inline| match inline {
        Inline::Text(text) => escape(text),
        Inline::Math(formula) => math(formula),
        Inline::Code(code) => format!("<code>{}</code>", escape(code)),
    };
    line.0.iter().map(piece).collect()
}

fn math(formula: &Formula) -> String {
    format!("<span class=\"math\">{}</span>", escape(&formula.unicode))
}
