//! `\begin{cases}`: a sum of indicators, whose conditions have to exclude each other.

use super::ast::Span;
use super::build::number;
use super::error::{Code, SyntaxError};
use super::hint::Hint;
use super::lexer::Lexer;
use super::token::{Lexeme, Token};
use num_rational::BigRational;
use num_traits::{One, Zero};

impl Lexer<'_> {
    /// `\begin{cases} a & x > 0 \\ b & \text{otherwise} \end{cases}`: a sum of indicators.
    pub(super) fn cases(&mut self, start: usize) -> Result<(), SyntaxError> {
        let wrong = |at: usize, message: &str| {
            let error = SyntaxError::new(message.to_string(), Span { start, end: at }).code(Code::Expected);
            error.help("as in \\begin{cases} a & x > 0 \\\\ b & x \\le 0 \\end{cases}")
        };
        let from = self.at;
        let Some(length) = self.rest().find("\\end{cases}") else {
            return Err(wrong(self.at, "these cases are never ended"));
        };
        let end = from + length;
        self.at = end + "\\end{cases}".len();
        let mut rows: Vec<(usize, usize)> = Vec::new();
        let mut row = from;
        for (at, _) in self.text[from..end].match_indices("\\\\") {
            rows.push((row, from + at));
            row = from + at + 2;
        }
        rows.push((row, end));
        let mut conditions: Vec<(usize, usize)> = Vec::new();
        let mut excluded: Vec<Condition> = Vec::new();
        let mut otherwise = false;
        self.bracket("(", start);
        for (row, (from, to)) in rows.into_iter().enumerate() {
            if self.text[from..to].trim().is_empty() {
                continue;
            }
            let Some(sign) = self.text[from..to].find('&') else {
                return Err(wrong(to, "a case has its value and, behind `&`, its condition"));
            };
            let (value, condition) = ((from, from + sign), self.condition_of_case(from + sign + 1, to));
            if otherwise {
                return Err(wrong(to, "`otherwise` is the last case"));
            }
            otherwise = condition.is_none();
            if row > 0 {
                self.bracket("+", value.0);
            }
            self.bracket("(", value.0);
            let value_end = value.0 + self.text[value.0..value.1].trim_end().trim_end_matches(',').len();
            self.part(value.0, value_end)?;
            self.bracket(")", value.1);
            self.bracket("*", value.1);
            match condition {
                Some(condition) => {
                    let first = self.out.len() + 2;
                    self.indicator_of_case(condition)?;
                    let read = Condition::of(&self.out[first..self.out.len() - 1]);
                    self.exclude(&read, &excluded, condition)?;
                    excluded.push(read);
                    conditions.push(condition);
                }
                None => {
                    self.bracket("(", value.1);
                    self.push(Token::Number("1".into()), value.1);
                    for condition in conditions.clone() {
                        self.bracket("-", condition.0);
                        self.indicator_of_case(condition)?;
                    }
                    self.bracket(")", value.1);
                }
            }
        }
        self.bracket(")", end);
        Ok(())
    }

    fn indicator_of_case(&mut self, (from, to): (usize, usize)) -> Result<(), SyntaxError> {
        self.push(Token::Symbol("𝟏"), from);
        self.bracket("{", from);
        self.part(from, to)?;
        self.bracket("}", to);
        Ok(())
    }

    /// The condition without the words around it; nothing for `otherwise`.
    fn condition_of_case(&self, from: usize, to: usize) -> Option<(usize, usize)> {
        let (mut from, mut to) = (from, to);
        loop {
            let text = &self.text[from..to];
            let trimmed = text.trim_start();
            from += text.len() - trimmed.len();
            let word = [
                "\\text{if}",
                "\\text{if }",
                "\\text{ if }",
                "\\mathrm{if}",
                "\\text{for}",
                "\\text{for }",
                "\\text{when }",
                "if ",
                "\\quad",
                "\\;",
                "\\,",
            ];
            match word.iter().find(|word| trimmed.starts_with(**word)) {
                Some(word) => from += word.len(),
                None => break,
            }
        }
        to = from + self.text[from..to].trim_end().trim_end_matches([',', '.', ';']).trim_end().len();
        let text = &self.text[from..to];
        let otherwise = text.is_empty() || text.contains("otherwise") || text.contains("else");
        (!otherwise).then_some((from, to))
    }

    /// Values of cases that hold at once would be added up: refused where it can be seen, and remarked where it cannot be
    /// told.
    fn exclude(&mut self, one: &Condition, others: &[Condition], place: (usize, usize)) -> Result<(), SyntaxError> {
        let span = self.used_at.unwrap_or(Span { start: place.0, end: place.1 });
        for other in others {
            match one.meets(other) {
                Some(false) => {}
                Some(true) => {
                    return Err(SyntaxError::new("this case and one above it hold at once", span)
                        .code(Code::Ambiguous)
                        .help("let the conditions exclude each other, as x > 0 and x \\le 0 do"));
                }
                None => {
                    let message = "the values of cases that hold at once are added up: their conditions are taken to exclude \
                                   each other";
                    if !self.remarks.iter().any(|remark| remark.message == message) {
                        self.remarks.push(Hint { message: message.into(), span });
                    }
                }
            }
        }
        Ok(())
    }
}

/// Which of less, equal and greater a relation admits, as bits.
fn orders(symbol: &str) -> Option<u8> {
    Some(match symbol {
        "<" => 1,
        "=" => 2,
        "≤" => 3,
        ">" => 4,
        "≠" => 5,
        "≥" => 6,
        _ => return None,
    })
}

/// The comparisons of a chain such as `0 < x ≤ 1`, with the text of their sides. A number stands on the right.
struct Condition(Vec<(String, u8, String)>);

impl Condition {
    fn of(tokens: &[Lexeme]) -> Condition {
        let mut sides = vec![String::new()];
        let mut relations = Vec::new();
        let mut depth = 0;
        for token in tokens {
            depth += i32::from(token.opens()) - i32::from(token.closes());
            match &token.token {
                Token::Symbol(symbol) if depth == 0 && orders(symbol).is_some() => {
                    relations.extend(orders(symbol));
                    sides.push(String::new());
                }
                Token::Symbol(text) => sides.last_mut().expect("a side").push_str(text),
                Token::Number(text) | Token::Name(text) => {
                    let side = sides.last_mut().expect("a side");
                    if !side.is_empty() && side.ends_with(char::is_alphanumeric) {
                        side.push(' ');
                    }
                    side.push_str(text);
                }
            }
        }
        let compared = sides.windows(2).zip(relations).map(|(pair, relation)| {
            let (left, right) = (pair[0].clone(), pair[1].clone());
            if value(&left).is_some() { (right, flipped(relation), left) } else { (left, relation, right) }
        });
        Condition(compared.collect())
    }

    /// Can two conditions hold at once? Nothing if it cannot be told from how they are written.
    fn meets(&self, other: &Condition) -> Option<bool> {
        let apart = |(left, orders, right): &(String, u8, String), (l, o, r): &(String, u8, String)| {
            if left == l && right == r {
                orders & o == 0
            } else if left == r && right == l {
                orders & flipped(*o) == 0
            } else {
                // On one letter, numbers leave no place between them.
                left == l && value(right).zip(value(r)).is_some_and(|(a, b)| !meet(&[(*orders, a), (*o, b)]))
            }
        };
        if self.0.iter().any(|one| other.0.iter().any(|two| apart(one, two))) {
            return Some(false);
        }
        let all: Vec<_> = self.0.iter().chain(&other.0).collect();
        let (first, ..) = all.first()?;
        if all.iter().all(|(left, ..)| left == first) {
            let bounds: Option<Vec<(u8, BigRational)>> =
                all.iter().map(|(_, orders, right)| Some((*orders, value(right)?))).collect();
            if let Some(bounds) = bounds {
                return Some(meet(&bounds));
            }
        }
        // One comparison each of the same two sides, and an order that both admit.
        (all.len() == 2
            && (all[0].0 == all[1].0 && all[0].2 == all[1].2 || all[0].0 == all[1].2 && all[0].2 == all[1].0))
            .then_some(true)
    }
}

fn flipped(orders: u8) -> u8 {
    orders & 2 | (orders & 1) << 2 | (orders & 4) >> 2
}

/// A number as it is written in a condition.
fn value(text: &str) -> Option<BigRational> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (above, below) = match text.strip_prefix("÷{").and_then(|rest| rest.strip_suffix('}')) {
        Some(inner) => inner.split_once("}{")?,
        None => text.split_once('/').unwrap_or((text, "1")),
    };
    let is_number = |text: &str| {
        let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        digits.starts_with(|c: char| c.is_ascii_digit())
            && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            && exponent.trim_start_matches(['+', '-']).bytes().all(|b| b.is_ascii_digit())
    };
    let below = Some(below).filter(|below| is_number(below)).map(number).filter(|below| !below.is_zero())?;
    let value = number(Some(above).filter(|above| is_number(above))?) / below;
    Some(if negative { -value } else { value })
}

/// Is there a number that stands to each of these in one of its orders?
fn meet(bounds: &[(u8, BigRational)]) -> bool {
    let mut points: Vec<BigRational> = bounds.iter().map(|(_, at)| at.clone()).collect();
    points.sort();
    let between: Vec<BigRational> =
        points.windows(2).map(|pair| (&pair[0] + &pair[1]) / BigRational::from_integer(2.into())).collect();
    let ends =
        points.first().zip(points.last()).map(|(low, high)| [low - BigRational::one(), high + BigRational::one()]);
    points.extend(between);
    points.extend(ends.into_iter().flatten());
    points.iter().any(|point| {
        bounds.iter().all(|(orders, at)| {
            let order = match point.cmp(at) {
                std::cmp::Ordering::Less => 1,
                std::cmp::Ordering::Equal => 2,
                std::cmp::Ordering::Greater => 4,
            };
            orders & order != 0
        })
    })
}
