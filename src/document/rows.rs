//! From a display to its statements: rows that go on are joined, columns are taken apart, and places stay what they are.

use super::source::{Found, Layout, blank};
use crate::syntax::group;
use std::ops::Range;

/// A statement of a display, as long as the display: what is not part of it is blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    /// The text, from the first byte that is not blank.
    pub text: String,
    /// Where it begins in the display.
    pub start: usize,
    /// Words stand in it that are no mathematics.
    pub words: Option<String>,
}

/// Environments inside of a display that only arrange its rows.
const INNER: [&str; 6] = ["aligned", "split", "gathered", "alignedat", "multlined", "align"];

/// Words that the language has, too.
const KEYWORDS: [&str; 2] = ["where", "given"];

/// Commands that are relations, and those that make a row go on.
#[rustfmt::skip]
const RELATIONS: [&str; 18] = [
    "approx", "equiv", "propto", "le", "leq", "leqslant", "ge", "geq", "geqslant", "ne", "neq", "sim", "simeq", "lt", "gt",
    "triangleq", "coloneqq", "doteq",
];
const OPERATORS: [&str; 8] = ["cdot", "times", "pm", "mp", "oplus", "otimes", "odot", "quad"];

/// The statements of a display, in their order.
pub(super) fn statements(found: &Found) -> Vec<Statement> {
    let text = arranged(&found.text);
    let marks = marks(&text);
    let mut columns: Vec<Option<usize>> = Vec::new();
    let mut pieces: Vec<Vec<Range<usize>>> = Vec::new();
    for row in split(0..text.len(), &marks, Sign::Row) {
        let cells = split(row, &marks, Sign::Column);
        for (column, pair) in cells.chunks(2).enumerate() {
            let (Some(first), Some(last)) = (pair.first(), pair.last()) else { continue };
            for (index, piece) in parts(&text, first.start..last.end, &marks).into_iter().enumerate() {
                if is_empty(&text[piece.clone()]) || (column > 0 && is_remark(&text[piece.clone()])) {
                    continue;
                }
                if columns.len() <= column {
                    columns.resize(column + 1, None);
                }
                let open = columns[column].filter(|open| {
                    index == 0 && (found.layout == Layout::One || goes_on(&text, &pieces[*open], &piece, first))
                });
                match open {
                    Some(open) => pieces[open].push(piece),
                    None => {
                        columns[column] = Some(pieces.len());
                        pieces.push(vec![piece]);
                    }
                }
            }
        }
    }
    pieces.iter().map(|ranges| statement(&text, ranges)).collect()
}

fn statement(text: &str, ranges: &[Range<usize>]) -> Statement {
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    for range in ranges {
        blank(&mut bytes, at..range.start);
        at = range.end;
    }
    bytes.truncate(at);
    let words = hypotheses(text, ranges, &mut bytes);
    // `&` and `\\` say nothing any more.
    let whole = String::from_utf8(bytes).unwrap_or_default();
    let mut bytes = whole.clone().into_bytes();
    for (place, sign) in self::marks(&whole) {
        match sign {
            Sign::Column => blank(&mut bytes, place..place + 1),
            Sign::Row => blank(&mut bytes, place..place + 2),
            _ => {}
        }
    }
    let whole = String::from_utf8(bytes).unwrap_or_default();
    let start = whole.len() - whole.trim_start().len();
    Statement { text: whole.trim().to_string(), start, words }
}

/// `… \quad x \sim p` and `… \text{ for all } σ > 0`: what is said of letters behind a formula becomes a hypothesis. Words
/// that are neither this nor a keyword are handed back.
fn hypotheses(text: &str, ranges: &[Range<usize>], bytes: &mut [u8]) -> Option<String> {
    let mut words = None;
    for range in ranges {
        for (place, sign) in marks(&text[range.clone()]) {
            let place = range.start + place;
            match sign {
                Sign::Space(length) => {
                    let rest = &text[place + length..range.end];
                    let has_equation = relations(&text[range.start..place]).contains(&"=");
                    let said = relations(rest);
                    if has_equation && !said.is_empty() && !said.contains(&"=") && !has_words(rest) {
                        write(bytes, place, length, "given");
                    }
                }
                Sign::Words(length) => {
                    let inner = text[place..place + length].split_once('{').map_or("", |(_, inner)| inner);
                    let inner = inner.trim_end_matches('}').trim();
                    if is_prose(inner) {
                        words.get_or_insert_with(|| inner.split_whitespace().collect::<Vec<_>>().join(" "));
                    }
                }
                _ => {}
            }
        }
    }
    words
}

/// Puts a word in the place of a command; a comma in front of it is part of the place.
fn write(bytes: &mut [u8], place: usize, length: usize, word: &str) {
    let before = &bytes[..place];
    let from = before.iter().rposition(|byte| !byte.is_ascii_whitespace());
    let from = from.filter(|at| bytes[*at] == b',').unwrap_or(place);
    // The word needs a blank behind it.
    let end = place + length;
    if end - from < word.len() + 1 {
        return;
    }
    blank(bytes, from..end);
    let from = end - word.len() - 1;
    bytes[from..from + word.len()].copy_from_slice(word.as_bytes());
}

fn has_words(text: &str) -> bool {
    marks(text).iter().any(|(_, sign)| matches!(sign, Sign::Words(_)))
}

/// Is it more than the name of something?
fn is_prose(text: &str) -> bool {
    #[rustfmt::skip]
    const PROSE: [&str; 22] = [
        "for", "if", "and", "or", "with", "by", "since", "as", "when", "any", "all", "every", "such", "that", "then", "hence",
        "so", "because", "otherwise", "in", "is", "are",
    ];
    let mut words = text.split_whitespace();
    let first = words.next().unwrap_or("");
    if KEYWORDS.contains(&first.trim_matches(',')) {
        return false;
    }
    PROSE.contains(&first.to_lowercase().as_str()) || words.next().is_some()
}

/// Takes a piece apart where `\quad` or `\text{and}` stands between two equations.
fn parts(text: &str, piece: Range<usize>, marks: &[(usize, Sign)]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = piece.start;
    let inside = marks.iter().filter(|(place, _)| piece.contains(place));
    for (place, sign) in inside {
        let (Sign::Space(length) | Sign::Words(length)) = sign else { continue };
        let (before, behind) = (&text[from..*place], &text[place + length..piece.end]);
        let between = matches!(sign, Sign::Space(_))
            || text[*place..place + length].split(['{', '}', ' ', ',']).any(|word| word == "and");
        if between && relations(before).contains(&"=") && relations(behind).contains(&"=") {
            found.push(from..*place);
            from = place + length;
        }
    }
    found.push(from..piece.end);
    found
}

/// Does a piece go on with the statement before it?
fn goes_on(text: &str, before: &[Range<usize>], piece: &Range<usize>, cell: &Range<usize>) -> bool {
    let so_far: String = before.iter().map(|range| &text[range.clone()]).collect();
    let this = &text[piece.clone()];
    if balance(&so_far) > 0 || so_far.trim_end().ends_with(['=', '+', '-', '(', '[', '*', '/']) {
        return true;
    }
    let first = lead(this);
    let empty_cell = is_empty(&text[cell.clone()]);
    let operator = first.starts_with(['+', '-', '*', '/'])
        || command(first).is_some_and(|name| OPERATORS.contains(&name) || name == "left" || name == "times");
    let relation = begins_with_relation(first);
    relation || (operator && (empty_cell || relations(this).is_empty())) || relations(this).is_empty()
}

fn begins_with_relation(text: &str) -> bool {
    text.starts_with(['=', '<', '>', '≈', '≤', '≥'])
        || text.starts_with(":=")
        || command(text).is_some_and(|name| RELATIONS.contains(&name))
        || (matches!(command(text), Some("stackrel" | "overset" | "underset")) && {
            let last = text.find('}').map(|end| text[end + 1..].trim_start().trim_start_matches('{').trim_start());
            last.is_some_and(begins_with_relation)
        })
}

/// The text behind blanks, columns and spaces of the page.
fn lead(text: &str) -> &str {
    let mut rest = text;
    loop {
        let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '&');
        let trimmed = trimmed.strip_prefix("{}").unwrap_or(trimmed);
        let spaced =
            ["\\quad", "\\qquad", "\\,", "\\;", "\\:", "\\!", "\\ "].iter().find_map(|s| trimmed.strip_prefix(*s));
        match spaced {
            Some(behind) => rest = behind,
            None if trimmed.len() == rest.len() => return rest,
            None => rest = trimmed,
        }
    }
}

fn command(text: &str) -> Option<&str> {
    let behind = text.strip_prefix('\\')?;
    let letters = behind.bytes().take_while(u8::is_ascii_alphabetic).count();
    (letters > 0).then(|| &behind[..letters])
}

fn is_empty(text: &str) -> bool {
    lead(text).trim_matches(['.', ',', ';', ' ', '\n', '\r', '\t', '&']).is_empty()
}

/// Is it one `\text{…}`, with nothing else?
fn is_remark(text: &str) -> bool {
    let rest = lead(text);
    let opened = ["\\text{", "\\textrm{", "\\mbox{", "\\textit{", "\\quad\\text{"];
    opened
        .iter()
        .find_map(|opening| rest.strip_prefix(*opening))
        .is_some_and(|inner| group(inner).is_some_and(|words| is_empty(&inner[words.len() + 1..])))
}

/// Brackets that are open at the end.
fn balance(text: &str) -> i32 {
    let opened = text.matches(['(', '[']).count() as i32;
    opened - text.matches([')', ']']).count() as i32
}

/// The commands and characters of a text that stand in no bracket, each with its place.
fn outside_brackets(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut depth = 0i32;
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let here = at;
            let rest = &text[here..];
            let c = rest.chars().next()?;
            let length = match c {
                '\\' => {
                    let name = command(rest).unwrap_or("");
                    1 + name.len().max(rest[1..].chars().next().map_or(0, char::len_utf8))
                }
                _ => c.len_utf8(),
            };
            at += length;
            depth += i32::from(matches!(c, '{' | '(' | '[')) - i32::from(matches!(c, '}' | ')' | ']'));
            if depth <= 0 {
                return Some((here, &rest[..length]));
            }
        }
    })
}

/// The relations of a text that stand in no bracket.
fn relations(text: &str) -> Vec<&str> {
    let is_relation = |token: &str| match command(token) {
        Some(name) => RELATIONS.contains(&name),
        None => matches!(token, "=" | "<" | ">" | "~"),
    };
    outside_brackets(text).map(|(_, token)| token).filter(|token| is_relation(token)).collect()
}

/// The relation that makes a definition: where it stands.
pub(super) fn definition_sign(text: &str) -> Option<Range<usize>> {
    for (at, token) in outside_brackets(text) {
        let (rest, behind) = (&text[at..], &text[at + token.len()..]);
        let length = match (token, command(token)) {
            (_, Some("triangleq" | "coloneqq" | "doteq" | "coloneq" | "defeq" | "eqdef")) => token.len(),
            (_, Some("stackrel" | "overset")) => above(rest)?,
            (_, Some("mathrel")) if behind.starts_with("{:=}") => token.len() + 4,
            (_, Some("colon")) if behind.trim_start().starts_with('=') => token.len() + behind.find('=')? + 1,
            (":", _) if behind.starts_with('=') => 2,
            ("≔" | "≜" | "≝", _) => token.len(),
            // Behind a plain equality nothing is defined.
            ("=", _) => return None,
            _ => continue,
        };
        return Some(at..at + length);
    }
    None
}

/// `\stackrel{\text{def}}{=}`: its length.
fn above(text: &str) -> Option<usize> {
    let open = text.find('{')?;
    let over = group(&text[open + 1..])?;
    let behind = &text[open + over.len() + 2..];
    let skipped = behind.len() - behind.trim_start().len();
    let below = behind.trim_start().strip_prefix('{').and_then(group)?;
    let defines = ["def", "triangle", "Delta"].iter().any(|word| over.contains(word));
    (defines && below.trim() == "=").then_some(open + over.len() + 2 + skipped + below.len() + 2)
}

/// Where the first equality stands, outside of brackets, from a place on.
pub(super) fn equality(text: &str, from: usize) -> Option<usize> {
    let found = relations(text.get(from..)?).into_iter().find(|relation| *relation == "=")?;
    Some(found.as_ptr() as usize - text.as_ptr() as usize)
}

/// What can be taken apart, where no brace, environment or `\left` is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Row,
    Column,
    /// `\quad`, of so many bytes.
    Space(usize),
    /// `\text{…}`, of so many bytes.
    Words(usize),
}

fn marks(text: &str) -> Vec<(usize, Sign)> {
    let mut found = Vec::new();
    let mut depth = 0i32;
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            '&' if depth <= 0 => found.push((at, Sign::Column)),
            '\\' => {
                let name = command(rest).unwrap_or("");
                let mut length = 1 + name.len().max(rest[1..].chars().next().map_or(0, char::len_utf8));
                match name {
                    "begin" | "left" => depth += 1,
                    "end" | "right" => depth -= 1,
                    "" if rest.starts_with("\\\\") && depth <= 0 => found.push((at, Sign::Row)),
                    "quad" | "qquad" if depth <= 0 => found.push((at, Sign::Space(length))),
                    "text" | "textrm" | "mbox" | "textit" | "intertext" | "shortintertext" => {
                        if let Some(inner) = rest[length..].strip_prefix('{').and_then(group) {
                            length += inner.len() + 2;
                        }
                        if depth <= 0 && name.ends_with("intertext") {
                            found.push((at, Sign::Row));
                        } else if depth <= 0 {
                            found.push((at, Sign::Words(length)));
                        }
                    }
                    _ => {}
                }
                at += length;
                continue;
            }
            _ => {}
        }
        at += c.len_utf8();
    }
    found
}

/// The ranges between signs of a kind.
fn split(range: Range<usize>, marks: &[(usize, Sign)], sign: Sign) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = range.start;
    for (place, _) in marks.iter().filter(|(place, found)| *found == sign && range.contains(place)) {
        found.push(from..*place);
        from = (place + if sign == Sign::Row { 2 } else { 1 }).min(range.end);
    }
    found.push(from..range.end);
    found
}

/// The text without the environments that arrange rows, and without the sizes of the gaps between rows.
fn arranged(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    while let Some(offset) = text[at..].find('\\') {
        at += offset;
        let rest = &text[at..];
        let name = command(rest).unwrap_or("");
        let mut end = at + 1 + name.len().max(rest[1..].chars().next().map_or(0, char::len_utf8));
        match name {
            "begin" | "end" => {
                let inner = rest[1 + name.len()..].strip_prefix('{').and_then(group);
                if let Some(environment) = inner.filter(|inner| INNER.contains(&inner.trim_end_matches('*'))) {
                    end += environment.len() + 2;
                    let behind = &text[end..];
                    let option = match (name, behind.chars().next()) {
                        ("begin", Some('[')) => behind.find(']').map_or(0, |at| at + 1),
                        ("begin", Some('{')) if environment.ends_with("at") => behind.find('}').map_or(0, |at| at + 1),
                        _ => 0,
                    };
                    end += option;
                    // Inside of a bracket an environment of rows is a part of the formula.
                    blank(&mut bytes, at..end);
                }
            }
            "intertext" | "shortintertext" => {
                if let Some(inner) = rest[1 + name.len()..].strip_prefix('{').and_then(group) {
                    end += inner.len() + 2;
                    blank(&mut bytes, at..end);
                    bytes[at..at + 2].copy_from_slice(b"\\\\");
                }
            }
            "" if rest.starts_with("\\\\") => {
                let behind = text[end..].trim_start_matches('*');
                let star = text.len() - end - behind.len();
                let gap = behind.starts_with('[').then(|| behind.find(']')).flatten();
                let is_length = |gap: &str| {
                    gap.trim_end_matches(|c: char| c.is_ascii_alphabetic())
                        .trim_matches(['-', '.', ' ', '['])
                        .chars()
                        .all(|c| c.is_ascii_digit() || c == '.')
                };
                if let Some(length) = gap.filter(|length| is_length(&behind[..*length])) {
                    let to = end + star + length + 1;
                    blank(&mut bytes, end..to);
                    end = to;
                } else {
                    blank(&mut bytes, end..end + star);
                }
            }
            _ => {}
        }
        at = end;
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.into())
}
