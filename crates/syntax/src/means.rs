//! The reading of means: what `E`, `Var`, `Cov` and `P` say of what is random.

use super::error::{Code, SyntaxError};
use super::names::{LAWS, is_law_letter};
use super::reader::{Reader, Role};
use super::token::Token;

impl Reader<'_> {
    /// `E_{x ~ p}[…]`, `E_{q(z|x)}[…]`, `E_p[…]`, `E_x[…]` and `E[…]`.
    pub(super) fn expectation(&mut self, at: usize, word: &str) -> Result<usize, SyntaxError> {
        let tokens = self.tokens;
        let sign = match word {
            "E" => "𝐄",
            "Var" => "𝐕",
            "P" => "𝐏",
            _ => "𝐂",
        };
        let scripted = tokens.is(at + 1, "_");
        let braced = scripted && tokens.is(at + 2, "{");
        let behind = match (scripted, braced) {
            (false, _) => at + 1,
            (_, true) => tokens.partners[at + 2] + 1,
            _ => tokens.name_at(at + 2).map_or(at + 3, |(_, behind)| behind),
        };
        self.prefix(sign, tokens.span(at, at), true)?;
        if !scripted {
            if !self.scope.draws() {
                return Err(self.unbound(at, word));
            }
        } else if braced && tokens.is(at + 3, "(") && tokens.is(tokens.partners[at + 3] + 1, "~") {
            self.several_of_one(at + 3, behind)?;
        } else if braced && tokens.holds(at + 2, &["~"]) {
            self.canon.push("_", tokens.span(at + 1, at + 1));
            self.next_role = Role::Arguments;
            self.between(at + 2, behind)?;
        } else {
            self.binders(at, at + 2 + usize::from(braced), behind - usize::from(braced), word)?;
        }
        self.ends = false;
        if tokens.is(behind, "[") || tokens.is(behind, "(") {
            self.next_role = Role::Mean;
        }
        Ok(behind)
    }

    /// Reads the tokens from one index to another.
    pub(super) fn between(&mut self, from: usize, to: usize) -> Result<(), SyntaxError> {
        let mut at = from;
        while at < to {
            at = self.step(at)?;
        }
        Ok(())
    }

    /// A subscript without `~`: densities bind what they are applied to, laws the letter that the body tells, and letters
    /// that `given` draws are meant themselves.
    fn binders(&mut self, head: usize, from: usize, to: usize, word: &str) -> Result<(), SyntaxError> {
        let tokens = self.tokens;
        let here = tokens.span(head, to.max(head + 1) - 1);
        let mut parts: Vec<(String, usize, Option<usize>)> = Vec::new();
        let mut at = from;
        while at < to {
            if tokens.is(at, ",") {
                at += 1;
                continue;
            }
            if let Some(Token::Number(digits)) = tokens.get(at).map(|token| &token.token)
                && self.scope.is_parameter_of_draws(digits)
            {
                self.decided("the mean is over all that `given` draws".into(), here);
                at += 1;
                continue;
            }
            let Some((name, behind)) = tokens.name_at(at) else { return Err(self.unbound(head, word)) };
            let canonical = name.canonical();
            let bracket = (tokens.is(behind, "(") && behind < to).then_some(behind);
            if LAWS.contains(&name.base.as_str()) && bracket.is_some() && !tokens.separates(behind) {
                return Err(self.unbound(head, word));
            }
            if let Some(open) = bracket {
                let Some(variables) = self.drawn_by(open) else {
                    let error = SyntaxError::new("a mean is over letters", tokens.span(at, tokens.partners[open]));
                    return Err(error.code(Code::Operator).help("as in E_{p(x, z)}[f(x, z)]"));
                };
                parts.push((format!("{} ~ {canonical}", variables.join(" , ")), at, Some(open)));
                at = tokens.partners[open] + 1;
                continue;
            }
            let known = LAWS.contains(&name.base.as_str()) || is_law_letter(&name.base);
            if self.scope.is_drawn(&canonical) {
                parts.push((format!("𝐠 {canonical}"), at, None));
            } else if self.scope.is_law(&canonical) || known {
                self.decided(format!("the mean is over what `{canonical}` draws"), here);
                parts.push((format!("~ {canonical}"), at, None));
            } else if self.scope.draws_index(&canonical)
                || self.scope.draws_a_trajectory(&canonical)
                || self.scope.is_parameter_of_draws(&canonical)
            {
                self.decided("the mean is over all that `given` draws".into(), here);
            } else {
                return Err(self.unbound(head, word));
            }
            at = behind;
        }
        if parts.is_empty() {
            return Ok(());
        }
        self.canon.push("_", here);
        self.canon.push("{", here);
        for (index, (text, place, bracket)) in parts.into_iter().enumerate() {
            if index > 0 {
                self.canon.push(",", here);
            }
            let span = tokens.span(place, place);
            text.split(' ').for_each(|token| self.canon.push(token, span));
            if let Some(open) = bracket {
                self.next_role = Role::Arguments;
                self.between(open, tokens.partners[open] + 1)?;
            }
        }
        self.canon.push("}", here);
        Ok(())
    }

    /// The letters before the bar of the list that opens at an index.
    fn drawn_by(&self, open: usize) -> Option<Vec<String>> {
        let tokens = self.tokens;
        let (mut letters, mut at) = (Vec::new(), open + 1);
        loop {
            let (letter, end) = tokens.name_at(at)?;
            letters.push(letter.canonical());
            if end == tokens.partners[open] || ["|", "¦", ";"].iter().any(|symbol| tokens.is(end, symbol)) {
                return Some(letters);
            }
            at = tokens.is(end, ",").then_some(end + 1)?;
        }
    }

    /// `(x, y) ~ D` and `(x, y) ~ p(x, y)`: several variables of one law, `x, y ~ D(x, y)`.
    fn several_of_one(&mut self, open: usize, behind: usize) -> Result<(), SyntaxError> {
        let tokens = self.tokens;
        let here = tokens.span(open, tokens.partners[open]);
        let law = tokens.partners[open] + 2;
        let wrong = || {
            let error = SyntaxError::new("a mean is over letters", here).code(Code::Operator);
            error.help("as in E_{(x, y) ~ p}[f(x, y)]")
        };
        let letters = self.drawn_by(open).ok_or_else(wrong)?;
        let (name, end) = tokens.name_at(law).ok_or_else(wrong)?;
        let mut text = format!("_ {{ {} ~ {}", letters.join(" , "), name.canonical());
        let written = tokens.is(end, "(");
        if !written {
            text += &format!(" ( {} )", letters.join(" , "));
        }
        text.split(' ').for_each(|token| self.canon.push(token, here));
        if written {
            self.next_role = Role::Arguments;
            self.between(end, tokens.partners[end] + 1)?;
        }
        let last = if written { tokens.partners[end] + 1 } else { end };
        if last + 1 != behind {
            return Err(wrong());
        }
        self.canon.push("}", here);
        Ok(())
    }

    fn unbound(&self, at: usize, word: &str) -> SyntaxError {
        let what = match word {
            "E" => "this expectation does not say",
            "P" => "this probability does not say",
            "Var" => "this variance does not say",
            _ => "this covariance does not say",
        };
        let body = match word {
            "Cov" => "[…, …]",
            "P" => "(…)",
            _ => "[…]",
        };
        let error = SyntaxError::new(format!("{what} what is random, and by which law"), self.tokens.span(at, at))
            .code(Code::Operator);
        error.help(format!("write {word}_{{x ~ N(0,1)}}{body}, or name the law once: … given x ~ N(0,1)"))
    }

    /// Is this `P` the probability of an event?
    pub(super) fn is_probability(&self, at: usize) -> bool {
        let tokens = self.tokens;
        let behind = match (tokens.is(at + 1, "_"), tokens.is(at + 2, "{")) {
            (false, _) => at + 1,
            (_, true) => tokens.partners[at + 2] + 1,
            _ => at + 3,
        };
        let bracket = tokens.get(behind).is_some_and(|token| token.opens());
        bracket && tokens.holds(behind, &["<", ">", "≤", "≥", "≠", "="])
    }
}
