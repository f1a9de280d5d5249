//! Long formulas of LaTeX in several lines. TeX breaks no display by itself, so widths are estimated here.

/// Roughly as many letters fit on a line of an article.
pub const LINE: usize = 66;

/// How wide a formula is, in letters, roughly.
pub fn width(latex: &str) -> usize {
    Scanner { rest: latex }.map(|piece| piece.width).sum::<usize>() / 2
}

/// A piece of a formula that is not broken, with its width in half letters.
struct Piece<'a> {
    text: &'a str,
    width: usize,
}

struct Scanner<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Scanner<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let rest = self.rest;
        let first = rest.chars().next()?;
        let (length, width) = match first {
            '\\' => {
                let name = rest[1..].bytes().take_while(u8::is_ascii_alphabetic).count();
                match &rest[1..1 + name] {
                    "" => (1 + rest[1..].chars().next().map_or(0, char::len_utf8), 1),
                    "left" | "right" => (1 + name, 0),
                    "frac" => {
                        let (above, first) = argument(&rest[1 + name..]);
                        let (below, second) = argument(&rest[1 + name + above..]);
                        (1 + name + above + below, 2 * self::width(first).max(self::width(second)) + 1)
                    }
                    "mathbb" | "text" | "operatorname" | "mathrm" | "sqrt" => {
                        let (length, inner) = argument(&rest[1 + name..]);
                        (1 + name + length, 2 * self::width(inner) + 1)
                    }
                    "sim" | "mid" | "cdot" | "quad" | "le" | "ge" | "succ" => (1 + name, 4),
                    "sin" | "cos" | "exp" | "tan" | "max" | "min" => (1 + name, 5),
                    _ => (1 + name, 2),
                }
            }
            '_' | '^' => {
                let (length, inner) = argument(&rest[1..]);
                (1 + length, self::width(inner) * 3 / 2)
            }
            '{' => {
                let (length, inner) = argument(rest);
                (length, 2 * self::width(inner))
            }
            '=' | '+' | '-' | '<' | '>' => (1, 4),
            ' ' => (1, 0),
            c => (c.len_utf8(), 2),
        };
        let (text, behind) = rest.split_at(length.min(rest.len()));
        self.rest = behind;
        Some(Piece { text, width })
    }
}

/// An argument at the beginning of a text, how long it is there, and what stands in it.
fn argument(text: &str) -> (usize, &str) {
    let blanks = text.len() - text.trim_start().len();
    let inner = &text[blanks..];
    if !inner.starts_with('{') {
        let length = inner.chars().next().map_or(0, char::len_utf8);
        return (blanks + length, &inner[..length]);
    }
    let mut depth = 0_usize;
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return (blanks + at + 1, &inner[1..at]);
                }
            }
            _ => {}
        }
    }
    // Never closed.
    (text.len(), &inner[1..])
}

/// A place where a formula may be broken: in front of a byte.
struct Break {
    at: usize,
    /// The width of what stands before, in half letters.
    before: usize,
    /// How deep it stands in brackets, and how good a place it is otherwise: less is better.
    rank: usize,
}

fn breaks(latex: &str) -> Vec<Break> {
    let mut scanner = Scanner { rest: latex };
    let (mut at, mut before, mut depth) = (0, 0, 0_usize);
    let mut found = Vec::new();
    while let Some(piece) = scanner.next() {
        match piece.text {
            "(" | "[" | "\\{" => depth += 1,
            ")" | "]" | "\\}" => depth = depth.saturating_sub(1),
            "=" => found.push(Break { at, before, rank: 4 * depth }),
            "+" | "-" if latex[..at].ends_with(' ') && scanner.rest.starts_with(' ') => {
                found.push(Break { at, before, rank: 4 * depth + 1 });
            }
            // Two factors: the second one takes a sign.
            " " if latex[..at].ends_with([')', ']', '}']) && scanner.rest.starts_with(['\\', '(']) => {
                found.push(Break { at, before, rank: 4 * depth + 3 });
            }
            _ => {}
        }
        at += piece.text.len();
        before += piece.width;
    }
    found
}

/// The lines of a formula, none wider than `limit` letters where that is possible.
pub fn lines(latex: &str, limit: usize) -> Vec<String> {
    if width(latex) <= limit {
        return vec![latex.into()];
    }
    let found = breaks(latex);
    let mut lines = Vec::new();
    let (mut start, mut passed) = (0, 0);
    let mut is_deep = false;
    loop {
        let rest = latex[start..].trim();
        let room = |place: &&Break| place.at > start && place.before > passed + limit / 2;
        let fits = |place: &&Break| place.before <= passed + 2 * limit;
        let chosen = (width(rest) > limit)
            .then(|| {
                let near = found.iter().filter(room).filter(fits).rev().min_by_key(|place| place.rank);
                // Where no place fits, the next one is better than none.
                near.or_else(|| found.iter().find(room))
            })
            .flatten();
        let Some(place) = chosen else {
            lines.push(rest.to_string());
            break;
        };
        let piece = latex[start..place.at].trim();
        is_deep |= place.rank >= 4;
        lines.push(piece.to_string());
        (start, passed) = (place.at, place.before);
    }
    for (index, line) in lines.iter_mut().enumerate() {
        let begins = |sign: char| line.starts_with(sign);
        if index > 0 && !begins('=') && !begins('+') && !begins('-') {
            *line = format!("\\cdot {line}");
        }
        // Brackets that grow cannot be broken.
        if is_deep {
            *line = line.replace("\\left", "\\bigl").replace("\\right", "\\bigr");
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_short_stays_in_a_line() {
        assert_eq!(lines("\\frac{a}{b} + c", 20), ["\\frac{a}{b} + c"]);
        assert!(width("\\mathbb{E}_{x \\sim N(0,1)}\\left[x\\right]") < 14);
    }

    #[test]
    fn long_formulas_are_broken_outside_of_brackets_if_they_can_be() {
        let sum = ["a_{1}"; 30].join(" + ");
        let broken = lines(&sum, 40);
        assert!(broken.len() > 1 && broken.iter().all(|line| width(line) <= 40), "{broken:?}");
        assert!(broken[1..].iter().all(|line| line.starts_with('+')), "{broken:?}");
        let inside = format!("f\\left({sum}\\right) = c");
        let broken = lines(&inside, 40);
        assert!(broken.iter().all(|line| !line.contains("\\left")), "{broken:?}");
        assert_eq!(broken.concat().matches("\\bigl").count(), broken.concat().matches("\\bigr").count());
    }

    #[test]
    fn nothing_breaks_on_odd_text() {
        for text in ["", "{", "\\", "\\frac{a", "é{}}{", "_", "^{", "\\frac"] {
            width(text);
            lines(text, 0);
        }
    }
}
