//! Letters with their decoration: primes, stars, accents and superscripts that make another letter of one, so that all
//! that comes later sees a single name. Also the notation that is written around its operand: `(u)_+`, `D_{KL}`.

use super::ast::Span;
use super::error::{Code, SyntaxError};
use super::hint::Hint;
use super::names::is_function_letter;
use super::token::{Lexeme, Token};
use std::collections::HashSet;

/// Words below a letter that stand for a sign above it.
const ACCENTS: [(&str, char); 3] = [("hat", '\u{302}'), ("tilde", '\u{303}'), ("bar", '\u{304}')];

/// The tokens with each decorated letter as one; with `sums`, a Σ may be a sum over the values of a letter.
pub(super) fn joined(tokens: Vec<Lexeme>, latex: bool, sums: bool) -> Result<(Vec<Lexeme>, Vec<Hint>), SyntaxError> {
    let mut letters = Letters { tokens, latex, sums, decisions: Vec::new(), measure: None, refused: None };
    letters.below_before_above();
    letters.written_out();
    letters.primes();
    letters.superscripts();
    letters.bare_powers();
    letters.own_parameters();
    letters.positive_parts();
    match letters.refused {
        Some(error) => Err(error),
        None => Ok((letters.tokens, letters.decisions)),
    }
}

/// The tokens with draws that are numbered in brackets as letters with an index: `y_{(1)}, …, y_{(k)} ~ π`.
pub(super) fn numbered(tokens: Vec<Lexeme>) -> (Vec<Lexeme>, Vec<Hint>) {
    let mut letters = Letters { tokens, latex: true, sums: false, decisions: Vec::new(), measure: None, refused: None };
    letters.numbered_draws();
    (letters.tokens, letters.decisions)
}

struct Letters {
    tokens: Vec<Lexeme>,
    latex: bool,
    /// A Σ may be a sum over the values of a letter.
    sums: bool,
    decisions: Vec<Hint>,
    /// What stands above every E.
    measure: Option<String>,
    /// What could not be read.
    refused: Option<SyntaxError>,
}

impl Letters {
    fn is(&self, at: usize, symbol: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is(symbol))
    }

    fn name(&self, at: usize) -> Option<&str> {
        self.tokens.get(at).and_then(Lexeme::name)
    }

    /// The index behind a script that begins at an index: a bracket or a token.
    fn behind(&self, at: usize) -> usize {
        if !self.is(at, "{") {
            return at + 1;
        }
        let mut depth = 0;
        for index in at..self.tokens.len() {
            depth += i32::from(self.is(index, "{")) - i32::from(self.is(index, "}"));
            if depth == 0 {
                return index + 1;
            }
        }
        self.tokens.len()
    }

    /// The tokens of a script, without its braces.
    fn script(&self, at: usize) -> &[Lexeme] {
        let behind = self.behind(at);
        let range = if self.is(at, "{") { at + 1..behind.saturating_sub(1).max(at + 1) } else { at..behind };
        self.tokens.get(range).unwrap_or(&[])
    }

    fn remove(&mut self, from: usize, to: usize) {
        self.tokens.drain(from..to.min(self.tokens.len()));
    }

    /// Puts a sign to a letter; its place then reaches to the last token that says so.
    fn decorate(&mut self, at: usize, sign: &str, last: usize) {
        let end = self.tokens.get(last).map(|token| token.span.end);
        if let Some(Lexeme { token: Token::Name(name), span, .. }) = self.tokens.get_mut(at) {
            name.push_str(sign);
            *span = Span { start: span.start, end: end.unwrap_or(span.end).max(span.end) };
        }
    }

    /// `y_{(1)}, …, y_{(k)} ~ π`: draws, whose letters are y_1, …, y_k, and not values in order.
    fn numbered_draws(&mut self) {
        let inner = |this: &Self, at: usize| match this.script(at + 2) {
            [open, index, close] if this.is(at + 1, "_") && open.is("(") && close.is(")") => Some(index.clone()),
            _ => None,
        };
        let first = |this: &Self, at: usize| {
            let one = inner(this, at).is_some_and(|index| matches!(&index.token, Token::Number(n) if n == "1"));
            let behind = this.behind(at + 2);
            let dots = this.is(behind, ",") && this.is(behind + 1, "…");
            let last = behind + 2 + usize::from(this.is(behind + 2, ","));
            let same = this.name(last).is_some() && this.name(last) == this.name(at) && inner(this, last).is_some();
            one && dots && same && this.is(this.behind(last + 2), "~")
        };
        let letters: HashSet<String> = (0..self.tokens.len())
            .filter(|at| first(self, *at))
            .filter_map(|at| self.name(at).map(str::to_string))
            .collect();
        let mut at = 0;
        while at < self.tokens.len() && !letters.is_empty() {
            if let Some(letter) = self.name(at).filter(|name| letters.contains(*name)).map(str::to_string)
                && inner(self, at).is_some()
            {
                self.decide(at, at, format!("`{letter}_(i)` is the i-th draw"));
                let behind = self.behind(at + 2);
                self.remove(behind - 2, behind - 1);
                self.remove(at + 3, at + 4);
            }
            at += 1;
        }
    }

    /// `L^{CLIP}_θ` as `L_θ^{CLIP}`: what stands below comes first.
    fn below_before_above(&mut self) {
        for at in 0..self.tokens.len() {
            let letter = self.name(at).is_some_and(|name| {
                (super::names::is_latin_letter(name) || super::names::is_greek_letter(name))
                    && !matches!(name, "D" | "E" | "S" | "e" | "d")
            });
            if !letter || !self.is(at + 1, "^") {
                continue;
            }
            let below = self.behind(at + 2);
            if self.is(below, "_") && below > at + 2 {
                let behind = self.behind(below + 1).min(self.tokens.len());
                self.tokens[at + 1..behind].rotate_left(below - at - 1);
            }
        }
    }

    /// `x_hat`, `\sum` as Σ, `D_{KL}`, `x^{\prime}`.
    fn written_out(&mut self) {
        // What is drawn, or in a space, is a letter.
        let letter = (0..self.tokens.len()).any(|at| self.is(at, "Δ") && self.is_said_to_be(at));
        let mut at = 0;
        while at < self.tokens.len() {
            if self.is(at, "Δ") && self.is_increment(at) {
                // `Δt`, `ΔF` are one letter.
                let letter = format!("Δ{}", self.name(at + 1).unwrap_or(""));
                self.tokens[at].token = Token::Name(letter);
                self.tokens[at].span.end = self.tokens[at + 1].span.end;
                self.remove(at + 1, at + 2);
            } else if letter && self.is(at, "Δ") {
                self.tokens[at].token = Token::Name("Δ".into());
            }
            if self.is(at, "^") && self.is(at + 1, "{") {
                let script = self.script(at + 1);
                if !script.is_empty() && script.iter().all(|token| token.is("'")) {
                    let behind = self.behind(at + 1);
                    self.remove(behind - 1, behind);
                    self.remove(at, at + 2);
                    continue;
                }
            }
            let sign = match self.name(at) {
                Some("Σ") if self.binds_an_index(at) || self.binds_a_value(at) => Some("∑"),
                Some("Π") if self.binds_an_index(at) => Some("∏"),
                _ => None,
            };
            if let Some(sign) = sign {
                self.tokens[at].token = Token::Symbol(sign);
            } else if self.name(at) == Some("D") && self.holds_two_laws(at + 1) {
                self.decide(at, at, "`D(p ‖ q)` is read as KL(p ‖ q)".into());
                self.tokens[at].token = Token::Name("KL".into());
            } else if self.name(at).is_some() && self.is(at + 1, "_") {
                self.subscripted(at);
            }
            at += 1;
        }
    }

    /// `Δ ~ p`, `Δ ∈ R^d`, `given Δ > 0`, `where Δ = …`: what is said of a letter.
    fn is_said_to_be(&self, at: usize) -> bool {
        let behind = if self.is(at + 1, "_") { self.behind(at + 2) } else { at + 1 };
        let clause = self.tokens[..at].iter().any(|token| matches!(token.name(), Some("given" | "where")));
        let begins = at > 0 && (self.is(at - 1, ",") || matches!(self.name(at - 1), Some("given" | "where")));
        let relation = ["=", ">", "<", "≥", "≤"].iter().any(|sign| self.is(behind, sign));
        ["~", "∈"].iter().any(|sign| self.is(behind, sign)) || clause && begins && relation
    }

    /// `Δt`: a step of a letter, where a difference or Laplacian stands before a function with its argument.
    fn is_increment(&self, at: usize) -> bool {
        let Some(letter) = self.name(at + 1) else { return false };
        let latin = super::names::is_latin_letter(letter) && !is_function_letter(letter);
        let behind = if self.is(at + 2, "_") { self.behind(at + 3) } else { at + 2 };
        let operator = matches!(letter, "S" | "M" | "D" | "P") && !self.is_defined_or_bounded(at);
        latin && !operator && !self.is(behind, "(") && !self.is(behind, "'")
    }

    /// Is something said of the two letters from an index on: `ΔS > 0`?
    fn is_defined_or_bounded(&self, at: usize) -> bool {
        let same = |other: usize| self.is(other, "Δ") && self.name(other + 1) == self.name(at + 1);
        (1..self.tokens.len()).any(|other| {
            let begins = self.is(other - 1, ",") || matches!(self.name(other - 1), Some("given" | "where"));
            let relation = ["=", ">", "<", "~"].iter().any(|sign| self.is(other + 2, sign));
            same(other) && begins && relation
        })
    }

    /// `(p ‖ q)`: one double bar, where a norm has two.
    fn holds_two_laws(&self, open: usize) -> bool {
        if !self.is(open, "(") && !self.is(open, "[") {
            return false;
        }
        let pair = |at: usize| self.is(at, "|") && self.is(at + 1, "|") && self.tokens[at + 1].glued;
        let inside = open..super::balance::closing(&self.tokens, open);
        inside.filter(|&at| self.is(at, "‖") || pair(at)).count() == 1
    }

    /// `Σ_{i=1}`: a sum, and no letter.
    fn binds_an_index(&self, at: usize) -> bool {
        let script = if self.is(at + 1, "_") && self.is(at + 2, "{") { self.script(at + 2) } else { &[] };
        script.iter().any(|token| token.is("=") || token.is("≠") || token.is("∈"))
    }

    /// `Σ_a π(a|s)`: a sum over the values of a letter that stands as a value behind it. Where Σ is a letter somewhere, it is
    /// one here.
    fn binds_a_value(&self, at: usize) -> bool {
        let index = |at: usize| {
            let script = self.script(at + 2);
            let (letter, primes) = script.split_first()?;
            primes.iter().all(|token| token.is("'")).then_some((letter.name()?, primes.len()))
        };
        let sums = |at: usize| {
            let latin = |(letter, _): &(&str, usize)| self.is(at + 1, "_") && super::names::is_latin_letter(letter);
            let Some((letter, primes)) = index(at).filter(latin) else { return false };
            let behind = self.behind(at + 2);
            let value = |at: &usize| {
                // An argument: `Σ_x x` may be a matrix times a vector.
                let separates = |at: usize| ["(", ",", "|", "¦", ")"].iter().any(|symbol| self.is(at, symbol));
                let argument = separates(*at - 1) && separates(*at + 1 + primes);
                // `Σ_i f(x_i)`: the argument is the entry there.
                let entry = *at > 2 && self.is(*at - 1, "_") && separates(*at - 3) && separates(*at + 1 + primes);
                self.name(*at) == Some(letter) && self.primes_at(*at + 1) == primes && (argument || entry)
            };
            let ends = |at: &usize| self.is(*at, "=") || matches!(self.name(*at), Some("given" | "where"));
            let end = (behind..self.tokens.len()).find(ends).unwrap_or(self.tokens.len());
            let operator = ["+", "-", "*", "/", "^", ",", ")", "]", "}", "|", "=", "'"];
            let operand = behind < end && !operator.iter().any(|symbol| self.is(behind, symbol));
            operand && (behind..end).any(|at| value(&at))
        };
        let letter = |other: &usize| self.name(*other) == Some("Σ") && !self.binds_an_index(*other);
        self.sums && sums(at) && (0..self.tokens.len()).filter(letter).all(sums)
    }

    fn subscripted(&mut self, at: usize) {
        let words: Vec<&str> = self.script(at + 2).iter().map(|token| token.name().unwrap_or("")).collect();
        let behind = self.behind(at + 2);
        if self.name(at) == Some("D") && words.concat() == "KL" {
            self.tokens[at].token = Token::Name("KL".into());
            self.decorate(at, "", behind - 1);
            self.remove(at + 1, behind);
        } else if let [word] = words.as_slice()
            && let Some((_, mark)) = ACCENTS.iter().find(|(accent, _)| accent == word)
            && self.name(at).is_some_and(|base| base.chars().count() == 1)
        {
            self.decorate(at, &mark.to_string(), behind - 1);
            self.remove(at + 1, behind);
        }
    }

    fn primes_at(&self, at: usize) -> usize {
        (at..).take_while(|&index| self.is(index, "'")).count()
    }

    /// A prime makes another letter, unless it marks the derivative of a function: on the letters of functions, and on
    /// what stands before a bracket.
    fn primes(&mut self) {
        let mut bound: HashSet<String> = HashSet::new();
        for at in 0..self.tokens.len() {
            let (Some(base), primes) = (self.name(at), self.primes_at(at + 1)) else { continue };
            let behind = at + 1 + primes;
            let drawn = self.is(behind, "~") || (self.is(behind, ",") && self.drawn_behind(behind));
            let head = |at: usize| self.is(at, "∇") || self.is(at, "∂") || self.name(at) == Some("D");
            let by = at > 1 && self.is(at - 1, "_") && head(at - 2)
                || at > 2 && self.is(at - 1, "{") && self.is(at - 2, "_") && head(at - 3);
            let by = by && !self.is(behind, "(");
            let law = at > 0 && self.is(at - 1, "~") || self.is_law_of_divergence(at, behind, base);
            if primes > 0 && (drawn || by || law) {
                bound.insert(format!("{base}{}", "'".repeat(primes)));
            }
        }
        let called = self.called();
        let mut at = 0;
        while at < self.tokens.len() {
            let primes = self.primes_at(at + 1);
            if let Some(base) = self.name(at).filter(|_| primes > 0) {
                let letter = format!("{base}{}", "'".repeat(primes));
                let behind = at + 1 + primes;
                let scripted = if self.is(behind, "_") { self.behind(behind + 1) } else { behind };
                let before_bracket = self.is(scripted, "(");
                let function =
                    is_function_letter(base) || super::names::known_function(base).is_some() || called.contains(base);
                let law = before_bracket && self.holds_bar(scripted);
                // In `g_θ'` the prime belongs to g.
                let below = at > 0 && self.is(at - 1, "_") && !bound.contains(&letter);
                if !below
                    && base.chars().count() <= 3
                    && (bound.contains(&letter) || law || !(before_bracket || function))
                {
                    self.decorate(at, &"'".repeat(primes), behind - 1);
                    self.remove(at + 1, behind);
                }
            }
            at += 1;
        }
    }

    /// `π'` of `KL(π ‖ π')`, and not the derivative below a norm.
    fn is_law_of_divergence(&self, at: usize, behind: usize, base: &str) -> bool {
        let bars = |at: usize| self.is(at, "‖") || self.is(at, "|") && self.is(at + 1, "|");
        let before = at > 1 && (self.is(at - 1, "‖") || self.is(at - 1, "|") && self.is(at - 2, "|"));
        let opens = at > 0 && (self.is(at - 1, "(") || self.is(at - 1, "["));
        let closes = self.is(behind, ")") || self.is(behind, "]");
        !is_function_letter(base) && (before && closes || opens && bars(behind))
    }

    /// Do letters with commas between them lead to a `~`?
    fn drawn_behind(&self, comma: usize) -> bool {
        let mut at = comma;
        while self.is(at, ",") && self.name(at + 1).is_some() {
            at += 2;
            while self.is(at, "'") || self.is(at, "_") {
                at = if self.is(at, "_") { self.behind(at + 1) } else { at + 1 };
            }
        }
        self.is(at, "~")
    }

    /// Letters that stand directly before a bracket somewhere.
    fn called(&self) -> HashSet<String> {
        let mut called = HashSet::new();
        for at in 0..self.tokens.len() {
            let Some(base) = self.name(at).filter(|_| at == 0 || !self.is(at - 1, "_")) else { continue };
            let behind = if self.is(at + 1, "_") { self.behind(at + 2) } else { at + 1 };
            if self.is(behind, "(") {
                called.insert(base.to_string());
            }
        }
        called
    }

    /// Does a bracket hold a bar that separates arguments?
    fn holds_bar(&self, open: usize) -> bool {
        let (mut depth, mut bars) = (0, 0);
        for at in open..self.tokens.len() {
            depth += i32::from(self.tokens[at].opens()) - i32::from(self.tokens[at].closes());
            if depth == 0 {
                break;
            }
            if depth == 1 && self.is(at, "¦") {
                return true;
            }
            bars += usize::from(depth == 1 && self.is(at, "|"));
        }
        // Absolute values take two each.
        bars == 1
    }

    /// `x^*`, `A^{(k)}`, `V^\pi(s)`, `L^{CLIP}`: what stands above the letter of a function or law belongs to its name.
    fn superscripts(&mut self) {
        let numbers = self.numbers();
        let numbered = self.numbered(&numbers);
        let named = self.named();
        self.measure = self.measure_of_means();
        let mut at = 0;
        while at < self.tokens.len() {
            let below = at > 0 && self.is(at - 1, "_");
            if !below && self.name(at).is_some_and(|word| !super::names::is_reserved(word)) {
                self.superscript(at, &numbers, &numbered, &named);
            }
            at += 1;
        }
    }

    /// `(1-λ)^k (x-1)` in LaTeX: one letter alone stands above, and the bracket behind it is a factor.
    fn bare_powers(&mut self) {
        let mut at = 1;
        while self.latex && at + 2 < self.tokens.len() {
            let letter = self.name(at + 1).is_some_and(|name| super::is_letter(name) && !is_function_letter(name));
            if letter && self.is(at, "^") && self.is(at + 2, "(") {
                let Span { start, end } = self.tokens[at + 1].span;
                let brace = |symbol, at| Lexeme {
                    token: Token::Symbol(symbol),
                    span: Span { start: at, end: at },
                    glued: true,
                };
                self.tokens.insert(at + 2, brace("}", end));
                self.tokens.insert(at + 1, brace("{", start));
            }
            at += 1;
        }
    }

    /// Latin letters of functions with a 1 above them: `V^1(s)`, `V^2(s)` are names. On a number it is a power.
    fn numbered(&self, numbers: &HashSet<String>) -> HashSet<String> {
        let one = |at: &usize| {
            let below = if self.is(at + 1, "_") { self.behind(at + 2) } else { at + 1 };
            let behind = self.behind(below + 1);
            self.is(below, "^")
                && self.is(behind, "(")
                && (self.latex || self.tokens[behind].glued)
                && matches!(self.script(below + 1), [Lexeme { token: Token::Number(one), .. }] if one == "1")
        };
        let names = (0..self.tokens.len()).filter(one).filter_map(|at| self.name(at).map(str::to_string));
        names.filter(|name| !numbers.contains(name) && !super::names::is_greek_letter(name)).collect()
    }

    /// Letters that have another letter above them where one differentiates by them, which no power has: `∇_{θ^μ}`.
    fn named(&self) -> HashSet<String> {
        let letters = |at: usize| {
            let [Lexeme { token: Token::Name(word), .. }] = self.script(at) else { return false };
            word.chars().all(char::is_alphabetic)
        };
        let head = |at: usize| self.is(at, "∇") || self.name(at) == Some("D");
        let by = |at: &usize| {
            *at > 2
                && head(at - 3)
                && self.is(at - 2, "_")
                && self.is(at - 1, "{")
                && self.is(at + 1, "^")
                && letters(at + 2)
                && self.is(self.behind(at + 2), "}")
        };
        (0..self.tokens.len()).filter(by).filter_map(|at| self.name(at).map(str::to_string)).collect()
    }

    fn superscript(
        &mut self,
        at: usize,
        numbers: &HashSet<String>,
        numbered: &HashSet<String>,
        named: &HashSet<String>,
    ) {
        let below = if self.is(at + 1, "_") { self.behind(at + 2) } else { at + 1 };
        if !self.is(below, "^") {
            return;
        }
        let behind = self.behind(below + 1);
        let script = self.script(below + 1);
        let text: Option<String> = script
            .iter()
            .map(|token| match &token.token {
                Token::Name(name) => Some(name.as_str()),
                Token::Number(digits) => Some(digits.as_str()),
                Token::Symbol(symbol @ ("(" | ")" | "*" | "_")) => Some(*symbol),
                Token::Symbol("{" | "}") => Some(""),
                Token::Symbol(_) => None,
            })
            .collect();
        let Some(text) = text else { return };
        let base = self.name(at).unwrap_or("");
        let law = at > 0 && self.is(at - 1, "~");
        // In plain text a space before the bracket makes a product.
        let applied = self.is(behind, "(") && (self.latex || self.tokens[behind].glued) || law;
        let indexed = matches!(script, [open, Lexeme { token: Token::Name(_), .. }, close] if open.is("(") && close.is(")"))
            || matches!(script, [open, Lexeme { token: Token::Number(_), .. }, close] if open.is("(") && close.is(")"))
                && !is_function_letter(base);
        let upright = applied
            && matches!(script, [Lexeme { token: Token::Name(word), .. }]
            if word.chars().count() > 1 && word.bytes().all(|b| b.is_ascii_alphanumeric()));
        let letters = text.chars().next().is_some_and(char::is_alphabetic);
        let policy = letters && text.starts_with('π') && applied;
        if base == "E" && self.is_measure(script) {
            self.decide(at, behind - 1, "the mean under a measure is that over what `given` draws".into());
            self.remove(below, behind);
            return;
        }
        let operator = matches!(base, "D" | "E" | "S" | "e") || base == "M" && below > at + 1;
        let known = super::names::known_function(base).is_some() || operator;
        if known && !(text == "*" && self.defines_optimum(base)) {
            return;
        }
        if text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() {
            let base = base.to_string();
            if numbered.contains(&base) {
                self.decorate(at, &format!("^({text})"), behind - 1);
                self.decide(
                    at,
                    behind - 1,
                    format!("the numbers above `{base}` are part of its name, as one is `{base}^1`"),
                );
                self.remove(below, behind);
            } else if self.is_value(at, behind, numbers) && !self.stands_elsewhere(at, behind) {
                self.decide(
                    at,
                    behind - 1,
                    format!("`{base}^{text}(…)` is read as the power `{base}(…)^{text}` of the value"),
                );
                self.power_of_value(below, behind);
            }
            return;
        }
        let named = indexed || upright || policy || letters && named.contains(base);
        let name_of_function = letters && applied && !numbers.contains(base);
        if text == "*" {
            self.decorate(at, "*", behind - 1);
        } else if named || name_of_function && (law || !self.is_power(at, behind, &text)) {
            self.decorate(at, &format!("^{text}"), behind - 1);
        } else {
            return;
        }
        self.remove(below, behind);
    }

    /// The one name that stands above every E.
    fn measure_of_means(&self) -> Option<String> {
        let above = |at: usize| match self.script(at + 2) {
            [Lexeme { token: Token::Name(name), .. }] if self.is(at + 1, "^") => Some(name.clone()),
            _ => None,
        };
        let mut means = (0..self.tokens.len()).filter(|&at| self.name(at) == Some("E")).map(above);
        let first = means.next()??;
        means.all(|other| other.as_ref() == Some(&first)).then_some(first)
    }

    /// `E^{\mathbb{Q}}[…]`, `E^π[…]`: the measure of finance, or the law that alone `given` draws from.
    fn is_measure(&self, script: &[Lexeme]) -> bool {
        let [Lexeme { token: Token::Name(measure), .. }] = script else { return false };
        // Means under different measures are different.
        if self.measure.as_ref() != Some(measure) {
            return false;
        }
        let clause = self.tokens.iter().position(|token| token.name() == Some("given")).unwrap_or(self.tokens.len());
        let drawn = (clause..self.tokens.len()).filter(|&at| self.is(at, "~"));
        let laws: HashSet<&str> = drawn.filter_map(|at| self.name(at + 1)).collect();
        matches!(measure.as_str(), "Q" | "P") && !laws.is_empty() || laws == HashSet::from([measure.as_str()])
    }

    /// Is what stands above the letter before a bracket a power: of a Greek letter, `γ^t (x - c)`, unless the bracket holds what
    /// a function is of? Above a Latin letter the index of a sum could be either, and is refused.
    fn is_power(&mut self, at: usize, open: usize, text: &str) -> bool {
        let base = self.name(at).unwrap_or("");
        let index = self.sums_over(text);
        if !index && self.stands_elsewhere(at, open) {
            return true;
        }
        if !super::names::is_greek_letter(base) || matches!(base, "φ" | "ψ" | "Γ" | "Φ") {
            let family = base.chars().count() == 1 && index && !self.holds_bar(open);
            if family && self.refused.is_none() {
                let message = format!("`{base}^{text}(…)` is a power of a number, or one of several functions");
                let span = Span { start: self.tokens[at].span.start, end: self.tokens[open].span.end };
                let error = SyntaxError::new(message, span).code(Code::Ambiguous);
                let help =
                    format!("write {base}^{text} * (…) for a product, {base}_{text}(…) for the function of an index");
                self.refused = Some(error.help(help));
            }
            return false;
        }
        let (list, one) = self.arguments(open);
        !list && (index || !one)
    }

    /// Does a bracket hold a list or a conditional, or one letter: what a function is of?
    fn arguments(&self, open: usize) -> (bool, bool) {
        let close = super::balance::closing(&self.tokens, open);
        let mut depth = 0;
        let mut separates = |at: usize| {
            depth += i32::from(self.tokens[at].opens()) - i32::from(self.tokens[at].closes());
            depth == 1 && (self.is(at, ",") || self.is(at, ";"))
        };
        let list = (open..close).any(&mut separates) || self.holds_bar(open);
        let one = self.name(open + 1).is_some()
            && (close == open + 2 || self.is(open + 2, "_") && self.behind(open + 3) == close);
        (list, one)
    }

    /// `c^2 (x + 1) = c^2 x + c^2`: what stands before the bracket stands without one elsewhere, as a value.
    fn stands_elsewhere(&self, at: usize, open: usize) -> bool {
        let spelt = |from: usize, to: usize| {
            self.tokens[from..to]
                .iter()
                .map(|lexeme| &lexeme.token)
                .filter(|token| !matches!(token, Token::Symbol("{" | "}")))
        };
        let bare = |other: usize| {
            let below = if self.is(other + 1, "_") { self.behind(other + 2) } else { other + 1 };
            let behind = if self.is(below, "^") { self.behind(below + 1) } else { return false };
            !self.is(behind, "(") && spelt(other, behind.min(self.tokens.len())).eq(spelt(at, open))
        };
        let function = is_function_letter(self.name(at).unwrap_or(""));
        let (list, one) = self.arguments(open);
        !function
            && !list
            && !one
            && (0..self.tokens.len()).any(|other| self.name(other) == self.name(at) && bare(other))
    }

    /// Is a letter the index of a sum or product?
    fn sums_over(&self, letter: &str) -> bool {
        (2..self.tokens.len()).any(|at| {
            let sign = at - 1 - usize::from(self.is(at - 1, "{"));
            let sum = sign > 0 && self.is(sign, "_") && (self.is(sign - 1, "∑") || self.is(sign - 1, "∏"));
            sum && self.name(at) == Some(letter)
        })
    }

    /// `Q(s, a | θ^Q)`: what bears the name of a function that is never drawn from is its parameter, and the bar a comma.
    fn own_parameters(&mut self) {
        let drawn = |this: &Self, name: &str| {
            (1..this.tokens.len()).any(|at| this.is(at - 1, "~") && this.name(at) == Some(name))
        };
        for at in 1..self.tokens.len().saturating_sub(2) {
            let (true, true) = (self.is(at, "|"), self.is(at + 2, ")")) else { continue };
            let Some((letter, function)) = self.name(at + 1).and_then(|name| name.split_once('^')) else { continue };
            let (mut depth, mut open) = (0, at);
            while open > 0 && depth >= 0 {
                open -= 1;
                depth += i32::from(self.tokens[open].closes()) - i32::from(self.tokens[open].opens());
            }
            if open == 0 || depth >= 0 || self.name(open - 1) != Some(function) || drawn(self, function) {
                continue;
            }
            let message = format!("`{letter}^{function}` behind the bar is the parameter of the function {function}");
            self.tokens[at].token = Token::Symbol(",");
            self.decide(at + 1, at + 1, message);
        }
    }

    /// Is `D^*(x) = …` a definition of the text?
    fn defines_optimum(&self, base: &str) -> bool {
        (1..self.tokens.len()).any(|at| {
            let begins = self.name(at - 1) == Some("where") || self.is(at - 1, ",");
            let script = self.script(at + 2);
            let star = script.iter().filter(|token| !token.is("{") && !token.is("}")).all(|token| token.is("*"));
            let behind = self.behind(at + 2);
            let close = (behind..self.tokens.len()).find(|close| self.is(*close, ")"));
            begins
                && self.name(at) == Some(base)
                && self.is(at + 1, "^")
                && star
                && self.is(behind, "(")
                && close.is_some_and(|close| self.is(close + 1, "="))
        })
    }

    /// Is the letter at an index, with a number above it, a function of the bracket behind?
    fn is_value(&self, at: usize, behind: usize, numbers: &HashSet<String>) -> bool {
        let base = self.name(at).unwrap_or("");
        let letter = is_function_letter(base)
            || super::names::is_latin_letter(base) && !matches!(base, "N" | "U") && !numbers.contains(base);
        let glued = self.latex || self.tokens.get(behind).is_some_and(|bracket| bracket.glued);
        letter && glued && self.is(behind, "(")
    }

    /// Puts the power of a function's name behind its arguments.
    fn power_of_value(&mut self, below: usize, behind: usize) {
        let mut depth = 0;
        let close = (behind..self.tokens.len()).find(|&at| {
            depth += i32::from(self.tokens[at].opens()) - i32::from(self.tokens[at].closes());
            depth == 0
        });
        if let Some(close) = close {
            self.tokens[below..=close].rotate_left(behind - below);
        }
    }

    fn decide(&mut self, from: usize, to: usize, message: String) {
        let span = Span { start: self.tokens[from].span.start, end: self.tokens[to].span.end };
        if !self.decisions.iter().any(|decision| decision.message == message) {
            self.decisions.push(Hint { message, span });
        }
    }

    /// Letters that stand alone somewhere, or are differentiated by: numbers. A run of capitals above a letter is a word.
    fn numbers(&self) -> HashSet<String> {
        let mut numbers = HashSet::new();
        let mut word_ends = 0;
        for at in 0..self.tokens.len() {
            if self.is(at, "^") {
                let capital = |token: &Lexeme| {
                    token.name().is_some_and(|name| name.len() == 1 && name.bytes().all(|b| b.is_ascii_uppercase()))
                };
                let script = self.script(at + 1);
                if script.len() > 1 && script.iter().all(capital) {
                    word_ends = self.behind(at + 1);
                }
            }
            let Some(name) = self.name(at).filter(|_| at >= word_ends) else { continue };
            let script = at > 0 && ["_", "^", "~"].iter().any(|symbol| self.is(at - 1, symbol));
            let head = |at: usize| self.is(at, "∇") || self.is(at, "∂") || self.name(at) == Some("D");
            let by = at > 1 && self.is(at - 1, "_") && head(at - 2)
                || at > 2 && self.is(at - 1, "{") && self.is(at - 2, "_") && head(at - 3);
            if by || !script && !["(", "_", "^", "'"].iter().any(|symbol| self.is(at + 1, symbol)) {
                numbers.insert(name.to_string());
            }
        }
        numbers
    }

    /// `(u)_+`, `(u)^+`, `[u]^-`: the positive and the negative part.
    fn positive_parts(&mut self) {
        let numbers = self.numbers();
        let mut at = 0;
        while at < self.tokens.len() {
            let closes = self.is(at, ")") || self.is(at, "]");
            let script =
                if closes && (self.is(at + 1, "_") || self.is(at + 1, "^")) { self.script(at + 2) } else { &[] };
            let sign = match script {
                [one] if one.is("+") => Some(false),
                [one] if one.is("-") && self.is(at + 1, "^") => Some(true),
                _ => None,
            };
            // In `x^(a)_+1` the sign belongs to the number behind it.
            let behind = self.behind(at + 2);
            let braced = self.is(at + 2, "{");
            let number = matches!(self.tokens.get(behind).map(|next| &next.token), Some(Token::Number(_)));
            if let Some(negative) = sign.filter(|_| braced || !number)
                && let Some(open) = self.opened_by(at)
            {
                self.remove(at + 1, behind);
                let place = self.tokens[open].clone();
                let made = |token: Token| Lexeme { token, ..place.clone() };
                let first = open - self.function_before(open, &numbers);
                let mut insert = vec![made(Token::Name("relu".into())), made(Token::Symbol("("))];
                if negative {
                    insert.push(made(Token::Symbol("-")));
                }
                let added = insert.len();
                let close = Lexeme { token: Token::Symbol(")"), ..self.tokens[at].clone() };
                self.tokens.insert(at + 1, close);
                self.tokens.splice(first..first, insert);
                at += added + 1;
            }
            at += 1;
        }
    }

    /// The bracket that is closed at an index.
    fn opened_by(&self, close: usize) -> Option<usize> {
        let mut depth = 0;
        for at in (0..=close).rev() {
            depth += i32::from(self.tokens[at].closes()) - i32::from(self.tokens[at].opens());
            if depth == 0 {
                return Some(at);
            }
        }
        None
    }

    /// How many tokens before a bracket name the function whose arguments it holds.
    fn function_before(&self, open: usize, numbers: &HashSet<String>) -> usize {
        let Some(base) = open.checked_sub(1).and_then(|before| self.name(before)) else { return 0 };
        let function =
            is_function_letter(base) && !numbers.contains(base) || super::names::known_function(base).is_some();
        usize::from(function)
    }
}
