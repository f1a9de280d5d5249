//! Times, as they stand below letters: `t`, `t+1`, `T-t`, `0`.

use crate::syntax::{Binary, Expr, Kind, Name, Span};
use num_traits::ToPrimitive;
use std::collections::BTreeMap;

/// A whole number: letters, each with a factor that is not 0, and a constant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Index {
    letters: BTreeMap<String, i64>,
    constant: i64,
}

impl Index {
    pub fn number(constant: i64) -> Index {
        Index { letters: BTreeMap::new(), constant }
    }

    pub fn letter(letter: &str) -> Index {
        Index { letters: BTreeMap::from([(letter.to_string(), 1)]), constant: 0 }
    }

    /// What stands below a letter, if it is a sum of letters and numbers.
    pub fn parse(text: &str) -> Option<Index> {
        let mut index = Index::default();
        let (mut sign, mut piece) = (1, String::new());
        for c in text.chars().chain(['+']) {
            if !matches!(c, '+' | '-') {
                piece.push(c);
                continue;
            }
            match piece.parse::<i64>() {
                Ok(number) => index.constant += sign * number,
                Err(_) if piece.chars().next().is_some_and(char::is_alphabetic) => {
                    if piece.contains(['_', ',', ':', '<', '≤', '*', '(', ')', '^']) {
                        return None;
                    }
                    index = index.plus(&Index::letter(&piece), sign);
                }
                Err(_) => return None,
            }
            piece.clear();
            sign = if c == '-' { -1 } else { 1 };
        }
        Some(index)
    }

    /// The value of an expression, if it is of this kind.
    pub fn of(e: &Expr) -> Option<Index> {
        match &e.kind {
            Kind::Number(value) if value.is_integer() => Some(Index::number(value.to_integer().to_i64()?)),
            Kind::Name(Name { base, subscript: None }) => Some(Index::letter(base)),
            Kind::Neg(inner) => Some(Index::default().plus(&Index::of(inner)?, -1)),
            Kind::Binary(Binary::Add, a, b) => Some(Index::of(a)?.plus(&Index::of(b)?, 1)),
            Kind::Binary(Binary::Mul, a, b) => {
                let (factor, value) = (Index::of(a)?, Index::of(b)?);
                factor.as_number().map(|factor| Index::default().plus(&value, factor))
            }
            Kind::Binary(Binary::Sub, a, b) => Some(Index::of(a)?.plus(&Index::of(b)?, -1)),
            _ => None,
        }
    }

    pub fn plus(&self, other: &Index, factor: i64) -> Index {
        let mut sum = self.clone();
        for (letter, n) in &other.letters {
            *sum.letters.entry(letter.clone()).or_insert(0) += factor * n;
        }
        sum.letters.retain(|_, n| *n != 0);
        sum.constant += factor * other.constant;
        sum
    }

    /// The same where a letter has a value.
    pub fn set(&self, letter: &str, value: &Index) -> Index {
        let Some(factor) = self.letters.get(letter) else { return self.clone() };
        let without = Index { letters: self.letters.clone(), constant: self.constant };
        without.plus(&Index::letter(letter), -factor).plus(value, *factor)
    }

    pub fn has(&self, letter: &str) -> bool {
        self.letters.contains_key(letter)
    }

    pub fn letters(&self) -> impl Iterator<Item = (&str, i64)> {
        self.letters.iter().map(|(letter, factor)| (letter.as_str(), *factor))
    }

    /// The one letter that it is, with what is added to it.
    pub fn shifted(&self) -> Option<(&str, i64)> {
        let mut letters = self.letters();
        let (letter, factor) = letters.next()?;
        (factor == 1 && letters.next().is_none()).then_some((letter, self.constant))
    }

    /// What is added to the letters.
    pub fn constant(&self) -> i64 {
        self.constant
    }

    pub fn as_number(&self) -> Option<i64> {
        self.letters.is_empty().then_some(self.constant)
    }

    /// As it stands below a letter.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (letter, factor) in &self.letters {
            for _ in 0..factor.unsigned_abs() {
                text += if *factor < 0 {
                    "-"
                } else if text.is_empty() {
                    ""
                } else {
                    "+"
                };
                text += letter;
            }
        }
        match self.constant {
            0 if !text.is_empty() => text,
            n if n > 0 && !text.is_empty() => format!("{text}+{n}"),
            n => format!("{text}{n}"),
        }
    }

    pub fn expr(&self, span: Span) -> Expr {
        let mut sum: Option<Expr> = None;
        let of = |value: Expr, factor: i64| match factor {
            1 => value,
            n => super::binary(Binary::Mul, super::number(n, span), value),
        };
        for (letter, factor) in &self.letters {
            let value = of(super::letter(&Name { base: letter.clone(), subscript: None }, span), *factor);
            sum = Some(match sum {
                None => value,
                Some(sum) => super::binary(Binary::Add, sum, value),
            });
        }
        match sum {
            None => super::number(self.constant, span),
            Some(sum) if self.constant == 0 => sum,
            Some(sum) => super::binary(Binary::Add, sum, super::number(self.constant, span)),
        }
    }
}
