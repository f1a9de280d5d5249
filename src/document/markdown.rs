//! Markdown: formulas between dollars, and environments of LaTeX in the text; comments of HTML speak to the program.

use super::directive::spoken;
use super::source::{Event, Found, Layout, Part, blank};
use super::tex;
use crate::syntax::{Macros, group};
use pulldown_cmark::{Event as Mark, Options, Parser, Tag, TagEnd};
use std::ops::Range;

/// Reads a Markdown text.
pub(super) fn events(part: &mut Part, macros: &Macros) {
    let text = part.text.clone();
    let mut events: Vec<(usize, Event)> = Vec::new();
    // What the reader of Markdown has settled; TeX is looked for in the rest.
    let mut settled: Vec<Range<usize>> = Vec::new();
    let mut heading: Option<(usize, String)> = None;
    let mut in_code = false;
    let options = Options::ENABLE_MATH | Options::ENABLE_TABLES | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    for (mark, range) in Parser::new_ext(&text, options).into_offset_iter() {
        match mark {
            Mark::Start(Tag::Heading { .. }) => heading = Some((range.start, String::new())),
            Mark::End(TagEnd::Heading(_)) => {
                events.extend(heading.take().map(|(start, title)| (start, Event::Heading(title))));
            }
            Mark::Start(Tag::CodeBlock(_) | Tag::MetadataBlock(_)) => {
                in_code = true;
                settled.push(range);
            }
            Mark::End(TagEnd::CodeBlock | TagEnd::MetadataBlock(_)) => in_code = false,
            _ if in_code => {}
            Mark::Code(code) => {
                if let Some((_, title)) = &mut heading {
                    title.push_str(&code);
                }
                settled.push(range);
            }
            Mark::InlineMath(_) => {
                settled.push(range.clone());
                events.extend(formula(&text, range, 1));
            }
            Mark::DisplayMath(_) => {
                settled.push(range.clone());
                events.extend(formula(&text, range, 2));
            }
            Mark::Html(_) | Mark::InlineHtml(_) => {
                comments(&text, range.clone(), &mut events);
                settled.push(range);
            }
            Mark::Text(piece) => {
                if let Some((_, title)) = &mut heading {
                    title.push_str(&piece);
                }
            }
            _ => {}
        }
    }
    let mut rest = text.clone().into_bytes();
    // A formula of TeX may hold what Markdown takes for its own, so only what lies outside of all formulas is settled.
    settled.into_iter().for_each(|range| blank(&mut rest, range));
    let rest = String::from_utf8(rest).unwrap_or_default();
    events.extend(environments(&text, &rest));
    events.sort_by_key(|(start, _)| *start);
    part.events = events.into_iter().map(|(_, event)| event).collect();
    definitions(part, macros);
}

/// A formula between dollars, `width` at each end.
fn formula(text: &str, range: Range<usize>, width: usize) -> Option<(usize, Event)> {
    let inner = range.start + width..range.end.checked_sub(width)?;
    let source = text.get(inner.clone())?;
    // The signs of a quotation at the beginning of its lines.
    let mut bytes = source.as_bytes().to_vec();
    let mut line_start = false;
    for byte in &mut bytes {
        match byte {
            b'\n' => line_start = true,
            b' ' => {}
            b'>' if line_start => *byte = b' ',
            _ => line_start = false,
        }
    }
    let source = String::from_utf8(bytes).ok()?;
    Some((range.start, Event::Formula(unwrapped(tex::found(&source, inner.start, width == 1, Layout::Rows)))))
}

/// The formula of an environment that stands between dollars, as some write it.
fn unwrapped(mut found: Found) -> Found {
    let trimmed = found.text.trim();
    let name = trimmed.strip_prefix("\\begin{").and_then(group).filter(|name| tex::is_display(name));
    if let Some(name) = name.map(String::from) {
        let (opening, ending) = (format!("\\begin{{{name}}}"), format!("\\end{{{name}}}"));
        if let (Some(from), Some(to)) = (found.text.find(&opening), found.text.rfind(&ending)) {
            let mut bytes = found.text.clone().into_bytes();
            blank(&mut bytes, from..from + opening.len());
            blank(&mut bytes, to..to + ending.len());
            found.text = String::from_utf8(bytes).unwrap_or(found.text);
            found.layout = Layout::of(&name);
        }
    }
    found
}

/// `<!-- stein: given σ > 0 -->`.
fn comments(text: &str, range: Range<usize>, events: &mut Vec<(usize, Event)>) {
    let mut at = range.start;
    while let Some(start) = text.get(at..range.end).and_then(|html| html.find("<!--")).map(|offset| at + offset) {
        let Some(length) = text[start..].find("-->") else { return };
        match spoken(&text[start + 4..start + length]) {
            Some("") => events.push((start, Event::Mark { start })),
            Some(spoken) => events.push((start, Event::Directive { text: spoken.into(), start })),
            None => {}
        }
        at = start + length + 3;
    }
}

/// `\begin{align} … \end{align}` and `\[ … \]` outside of dollars and code.
fn environments(text: &str, rest: &str) -> Vec<(usize, Event)> {
    let mut events = Vec::new();
    let mut at = 0;
    while let Some(start) = rest[at..].find('\\').map(|offset| at + offset) {
        let behind = &rest[start..];
        let (opening, ending, layout) = if behind.starts_with("\\[") {
            (2, "\\]".to_string(), Layout::Rows)
        } else if let Some(name) = behind.strip_prefix("\\begin{").and_then(group).filter(|name| tex::is_display(name))
        {
            ("\\begin{}".len() + name.len(), format!("\\end{{{name}}}"), Layout::of(name))
        } else {
            at = start + 1;
            continue;
        };
        let from = start + opening;
        let Some(to) = rest.get(from..).and_then(|rest| rest.find(&ending)).map(|offset| from + offset) else {
            at = start + 1;
            continue;
        };
        events.push((start, Event::Formula(tex::found(&text[from..to], from, false, layout))));
        at = to + ending.len();
    }
    events
}

/// Formulas that only define commands, as notes begin with them, are no formulas.
fn definitions(part: &mut Part, macros: &Macros) {
    let mut known = macros.clone();
    for event in &mut part.events {
        let Event::Formula(found) = event else { continue };
        let mut rest = found.text.trim();
        let mut defined = false;
        while let Some(passed) = known.read(rest) {
            defined = true;
            rest = rest[passed..].trim_start();
        }
        if defined && rest.is_empty() {
            *event = Event::Commands(known.clone());
        } else if defined {
            let passed = found.text.trim_end().len() - rest.len();
            let mut bytes = found.text.clone().into_bytes();
            blank(&mut bytes, 0..passed);
            found.text = String::from_utf8(bytes).unwrap_or_default();
        }
    }
}
