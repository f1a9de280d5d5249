//! Places in a text, as the protocol counts them: lines from 0, columns in units of UTF-16.

use crate::document::Place;
use lsp_types::{Position, Range};

/// A text with the places of its lines.
#[derive(Clone, Debug, Default)]
pub struct Text {
    text: String,
    /// Where lines begin for the protocol, which takes a lone `\r` for an end as well.
    lines: Vec<usize>,
    /// Where lines begin for documents.
    ours: Vec<usize>,
}

impl Text {
    pub fn new(text: String) -> Text {
        let bytes = text.as_bytes();
        let (mut lines, mut ours) = (vec![0], vec![0]);
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == b'\n' {
                ours.push(at + 1);
            }
            if *byte == b'\n' || *byte == b'\r' && bytes.get(at + 1) != Some(&b'\n') {
                lines.push(at + 1);
            }
        }
        Text { text, lines, ours }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The byte at a position; the end of its line, or of the text, where there is no such place.
    pub fn byte(&self, position: Position) -> usize {
        let Some(start) = self.lines.get(position.line as usize).copied() else { return self.text.len() };
        let end = self.lines.get(position.line as usize + 1).copied().unwrap_or(self.text.len());
        let line = self.text[start..end].trim_end_matches(['\r', '\n']);
        let mut units = 0;
        for (at, c) in line.char_indices() {
            if units >= position.character as usize {
                return start + at;
            }
            units += c.len_utf16();
        }
        start + line.len()
    }

    pub fn position(&self, byte: usize) -> Position {
        let byte = (0..=byte.min(self.text.len())).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0);
        let line = self.lines.partition_point(|start| *start <= byte) - 1;
        let units: usize = self.text[self.lines[line]..byte].chars().map(char::len_utf16).sum();
        Position::new(line as u32, units as u32)
    }

    pub fn range(&self, bytes: &std::ops::Range<usize>) -> Range {
        Range::new(self.position(bytes.start), self.position(bytes.end))
    }

    /// The byte at a place for people.
    fn at(&self, place: Place) -> usize {
        let Some(start) = self.ours.get(place.line.saturating_sub(1)).copied() else { return self.text.len() };
        let line = self.text[start..].split('\n').next().unwrap_or("");
        line.char_indices().nth(place.column.saturating_sub(1)).map_or(start + line.len(), |(at, _)| start + at)
    }

    /// What lies between two places for people.
    pub fn between(&self, start: Place, end: Place) -> Range {
        self.range(&(self.at(start)..self.at(end)))
    }

    /// The line before a position.
    pub fn before(&self, position: Position) -> &str {
        let start = self.lines.get(position.line as usize).copied().unwrap_or(self.text.len());
        &self.text[start..self.byte(position).max(start)]
    }

    /// The text with a part replaced; the whole of it, if there is no range.
    pub fn replaced(&self, range: Option<Range>, with: &str) -> Text {
        let Some(range) = range else { return Text::new(with.into()) };
        let (start, end) = (self.byte(range.start), self.byte(range.end));
        let mut text = self.text.clone();
        text.replace_range(start.min(end)..end.max(start), with);
        Text::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_protocol() {
        let text = Text::new("a𝔼b\r\nθ\rx\n".into());
        for (byte, line, column) in
            [(0, 0, 0), (1, 0, 1), (5, 0, 3), (6, 0, 4), (8, 1, 0), (10, 1, 1), (11, 2, 0), (13, 3, 0)]
        {
            assert_eq!(text.position(byte), Position::new(line, column), "{byte}");
            assert_eq!(text.byte(Position::new(line, column)), byte);
        }
        // Inside of a character, behind a line, behind the text.
        assert_eq!(text.position(3), Position::new(0, 1));
        assert_eq!(text.byte(Position::new(0, 99)), 6);
        assert_eq!(text.byte(Position::new(99, 0)), 13);
        let place = |line, column| Place { cell: None, line, column };
        assert_eq!(text.between(place(1, 2), place(1, 3)), Range::new(Position::new(0, 1), Position::new(0, 3)));
        assert_eq!(text.between(place(2, 3), place(2, 4)).start, Position::new(2, 0));
    }

    #[test]
    fn a_part_is_replaced() {
        let text = Text::new("x = 𝔼\ny".into());
        let range = Range::new(Position::new(0, 4), Position::new(1, 0));
        assert_eq!(text.replaced(Some(range), "1; ").as_str(), "x = 1; y");
        assert_eq!(text.replaced(None, "z").as_str(), "z");
    }
}
