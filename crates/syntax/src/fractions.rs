//! Fractions that are none: differentials and derivatives in the manner of Leibniz.

use super::ast::{Name, Span};
use super::error::{Code, SyntaxError};
use super::names::greek;
use super::reader::Reader;
use super::token::Token;

impl Reader<'_> {
    /// `\frac`: a derivative, a differential, or a fraction.
    pub(super) fn fraction(&mut self, at: usize) -> Result<usize, SyntaxError> {
        if let Some(behind) = self.leibniz(at)? {
            return Ok(behind);
        }
        let tokens = self.tokens;
        let here = tokens.span(at, at);
        self.operand_begins(here)?;
        self.canon.push("÷", here);
        self.ends = false;
        if !tokens.is(at + 1, "{") {
            return Ok(at + 1);
        }
        let close = tokens.partners[at + 1];
        self.scripts.insert(close, "÷");
        if self.level().integrals.is_empty() {
            return Ok(at + 1);
        }
        if let Some((variable, behind)) = self.differential(at + 2).filter(|(_, behind)| *behind == close) {
            self.scripts.remove(&close);
            self.level().integrals.pop();
            self.canon.push("{", tokens.span(at + 1, at + 1));
            self.canon.push(&format!("𝐝{}", variable.canonical()), tokens.span(at + 2, behind - 1));
            self.canon.push("}", tokens.span(close, close));
            return Ok(close + 1);
        }
        Ok(at + 1)
    }

    /// `dx`, `dθ`, `dx_1`, in LaTeX also `d x` without the space: its variable and the index behind it.
    pub(super) fn differential(&self, at: usize) -> Option<(Name, usize)> {
        let tokens = self.tokens;
        let word = tokens.name(at)?;
        if word == "d" {
            let open = self.levels.last().map_or(0, |level| level.integrals.len());
            let last = || tokens.latex && self.differentials(at + 1) < open;
            return if tokens.glued(at + 1) || last() { tokens.name_at(at + 1) } else { None };
        }
        let rest = word.strip_prefix('d').filter(|_| !tokens.latex)?;
        let letter = rest.starts_with(|c: char| c.is_ascii_alphabetic());
        let single = letter && rest[1..].bytes().all(|b| b.is_ascii_digit());
        let base = greek(rest).or(single.then_some(rest))?;
        let (name, behind) = tokens.name_at(at)?;
        Some((Name { base: base.to_string(), ..name }, behind))
    }

    /// How many `d` follow in this bracket, before the next sign between sides.
    fn differentials(&self, from: usize) -> usize {
        let tokens = self.tokens;
        let (mut at, mut found) = (from, 0);
        while let Some(token) = tokens.get(at).filter(|token| !token.closes() && !token.is("=")) {
            found += usize::from(token.name() == Some("d"));
            at = tokens.partners[at] + 1;
        }
        found
    }

    /// `d/dθ`, `∂²/∂θ²`, `\frac{d}{d\theta}`: emitted as a derivative; the index behind it, if it is one.
    pub(super) fn leibniz(&mut self, at: usize) -> Result<Option<usize>, SyntaxError> {
        let tokens = self.tokens;
        let fraction = tokens.is(at, "÷");
        let over = if fraction {
            if !tokens.is(at + 1, "{") {
                return Ok(None);
            }
            tokens.partners[at + 1]
        } else {
            self.power_behind(at + 1).1
        };
        let numerator = at + usize::from(fraction) * 2;
        let round = tokens.is(numerator, "∂");
        if fraction && (round || tokens.name(numerator) == Some("d")) {
            let below = over + 2;
            let sign = tokens.is(below, "∂") || tokens.name(below) == Some("d");
            if sign && tokens.is(numerator + 1, "^") {
                let order = numerator + 2 + usize::from(tokens.is(numerator + 2, "{"));
                if tokens.name(order).is_some() {
                    let span = tokens.span(at, tokens.partners[over + 1]);
                    return Err(super::latex::later("a derivative whose order is a letter", span));
                }
            }
            return self.fraction_of_differentials(at, numerator, over, round);
        }
        if fraction || !tokens.is(over, "/") || !(round || tokens.name(numerator) == Some("d")) {
            return Ok(None);
        }
        let Some((variable, behind)) = self.denominator(over + 1, round) else {
            return Ok(None);
        };
        let (above_order, _) = self.power_behind(numerator + 1);
        let (order, end) = self.power_behind(behind);
        if order != above_order {
            let error =
                SyntaxError::new("this derivative cannot be read", tokens.span(at, end - 1)).code(Code::Operator);
            return Err(error.help(format!("write what is differentiated behind it: d/d{} f", variable.canonical())));
        }
        let span = tokens.span(at, end - 1);
        self.is_no_letter(round, at, span)?;
        self.prefix(&format!("𝐃 _ {{ {} }} ^ {order}", variable.canonical()), span, true)?;
        Ok(Some(end))
    }

    /// Where something is said of a letter `d`, its quotients could be meant.
    fn is_no_letter(&self, round: bool, at: usize, span: Span) -> Result<(), SyntaxError> {
        if round || !self.scope.is_spoken_of("d", at) {
            return Ok(());
        }
        let error =
            SyntaxError::new("this is a derivative, or a quotient by the letter `d`", span).code(Code::Ambiguous);
        Err(error.help("write D_x[f(x)] for the derivative; for the quotient take another letter, such as n/(n x)"))
    }

    /// `\frac{d}{dx}`, `\frac{\partial^2 V}{\partial σ\,\partial S}`: what is differentiated may stand in it.
    fn fraction_of_differentials(
        &mut self,
        at: usize,
        numerator: usize,
        over: usize,
        round: bool,
    ) -> Result<Option<usize>, SyntaxError> {
        let tokens = self.tokens;
        if !tokens.is(over + 1, "{") {
            return Ok(None);
        }
        let end = tokens.partners[over + 1];
        let (above_order, above_end) = self.power_behind(numerator + 1);
        let mut variables = Vec::new();
        let mut below = over + 2;
        while below < end {
            let Some((variable, behind)) = self.denominator(below, round) else { break };
            let (order, next) = self.power_behind(behind);
            variables.push((variable, order));
            below = next;
        }
        let span = tokens.span(at, end);
        // By a value, `∂/∂H(a)`; a letter d before a bracket may be a factor.
        let value = if round { tokens.is(over + 2, "∂") } else { tokens.is(below, "(") && !variables.is_empty() };
        if below != end && value {
            self.is_no_letter(round, at, span)?;
            let error = super::latex::later("a derivative by what is no letter", span);
            return Err(error.help("differentiate by a letter, and put the value for it: [D_u[f(u)]]_{u = g(x)}"));
        }
        if below != end || variables.is_empty() {
            return Ok(None);
        }
        if variables.iter().map(|(_, order)| order).sum::<usize>() != above_order {
            let error = SyntaxError::new("this derivative cannot be read", span).code(Code::Operator);
            return Err(error.help("the order above and the orders below are the same: \\frac{d^2}{dx^2}"));
        }
        // In `\frac{d-1}{d x}` the letter is a number.
        if ["+", "-", "*", "/"].iter().any(|sign| tokens.is(above_end, sign)) && !round {
            return Ok(None);
        }
        self.is_no_letter(round, at, span)?;
        for (variable, order) in &variables {
            self.prefix(&format!("𝐃 _ {{ {} }} ^ {order}", variable.canonical()), span, true)?;
        }
        if above_end < over {
            self.open("[", span)?;
            self.between(above_end, over)?;
            self.close(over, "]", span)?;
        }
        Ok(Some(end + 1))
    }

    /// The variable of `dθ` or `∂θ` below a fraction bar.
    fn denominator(&self, at: usize, round: bool) -> Option<(Name, usize)> {
        let tokens = self.tokens;
        if round {
            return if tokens.is(at, "∂") { tokens.name_at(at + 1) } else { None };
        }
        match tokens.name(at)? {
            // In LaTeX spaces mean nothing.
            "d" => tokens.name_at(at + 1).filter(|_| tokens.latex || tokens.glued(at + 1)),
            word => {
                let rest = word.strip_prefix('d').filter(|_| !tokens.latex);
                let rest = rest.filter(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()))?;
                let (name, behind) = tokens.name_at(at)?;
                Some((Name { base: greek(rest).unwrap_or(rest).to_string(), ..name }, behind))
            }
        }
    }

    /// The power `^k` at an index (1 if there is none), and the index behind it.
    fn power_behind(&self, at: usize) -> (usize, usize) {
        let tokens = self.tokens;
        let braced = tokens.is(at + 1, "{");
        let number = tokens.get(at + 1 + usize::from(braced)).map(|token| &token.token);
        match number {
            Some(Token::Number(digits)) if tokens.is(at, "^") => {
                (digits.parse().unwrap_or(usize::MAX), at + 2 + 2 * usize::from(braced))
            }
            _ => (1, at),
        }
    }
}
