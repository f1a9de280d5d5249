//! What a bare `∇` differentiates by: it says so where there is no choice, and is refused elsewhere.

use super::ast::Name;
use super::error::{Code, SyntaxError};
use super::names::{RESERVED, is_function_letter, is_greek_letter};
use super::reader::Reader;

/// Letters that are parameters whenever a law has them.
const PARAMETERS: [&str; 5] = ["θ", "φ", "ψ", "η", "w"];

impl Reader<'_> {
    /// The letter that a bare `∇` at an index stands for, in canonical text.
    pub(super) fn gradient_by(&mut self, at: usize) -> Result<String, SyntaxError> {
        let here = self.tokens.span(at, at);
        let found = self.candidate(at + 1);
        if let Some(letter) = found {
            self.decided(format!("the bare `∇` is `∇_{letter}`"), here);
            return Ok(letter);
        }
        let by = self.scope.differentiated_by();
        let usual: Vec<&&str> =
            PARAMETERS.iter().filter(|letter| self.scope.is_value(letter) || self.occurs(letter)).collect();
        let one = match (by.len(), usual.as_slice()) {
            (1, _) => by.iter().next().cloned(),
            (0, [letter]) => Some(letter.to_string()),
            _ => None,
        };
        if let Some(letter) = one {
            self.decided(format!("the bare `∇` is `∇_{letter}`"), here);
            return Ok(letter);
        }
        let error = SyntaxError::new("it is not clear what this `∇` differentiates by", here).code(Code::Ambiguous);
        Err(error.help("name the letter: ∇_θ for the parameter, ∇_x for the point"))
    }

    /// A function at what is more than a letter, as in `∇f(x + y)`: the gradient is by its argument.
    pub(super) fn acts_on_a_value(&self, at: usize) -> bool {
        let tokens = self.tokens;
        let Some((name, behind)) = tokens.name_at(at) else { return false };
        let function = is_function_letter(&name.base) || self.scope.is_function(&name.canonical());
        let compound = tokens.is(behind, "(")
            && tokens.partners[behind] > behind + 2
            && !tokens.holds(behind, &[",", "|", "¦", ";"]);
        let inside = behind + 1..tokens.partners.get(behind).copied().unwrap_or(behind);
        let letter = tokens.name_at(behind + 1).is_some_and(|(_, end)| end == inside.end);
        function && compound && !letter
    }

    fn occurs(&self, letter: &str) -> bool {
        self.tokens.all.iter().any(|token| token.name() == Some(letter))
    }

    /// The parameter below a law, or the argument of a function, that follows.
    fn candidate(&self, mut at: usize) -> Option<String> {
        let tokens = self.tokens;
        // The order, as in `∇² f(x)`, comes first.
        if tokens.is(at, "^") {
            at = if tokens.is(at + 1, "{") { tokens.partners[at + 1] + 1 } else { at + 2 };
        }
        while tokens.is(at, "(") || tokens.is(at, "[") || matches!(tokens.name(at), Some("ln" | "log")) {
            at += 1;
        }
        if matches!(tokens.name(at), Some("E" | "Var" | "KL")) {
            // The parameter of the first law that has one.
            let end = tokens.all.len().min(at + 40);
            return (at + 1..end).find_map(|at| self.parameter(&tokens.name_at(at)?.0));
        }
        let (name, behind) = tokens.name_at(at)?;
        if RESERVED.contains(&name.base.as_str()) {
            return None;
        }
        let law = self.scope.is_law(&name.canonical()) || super::names::is_law_letter(&name.base);
        if let Some(letter) = self.parameter(&name).filter(|_| law || name.base == "π") {
            return Some(letter);
        }
        if !tokens.is(behind, "(") {
            return None;
        }
        let one = name.subscript.as_deref().is_some_and(crate::is_letter);
        if law && one && !self.scope.is_drawn(name.subscript.as_deref().unwrap_or_default()) {
            // The score in the point and that in the parameter are both written like this.
            return None;
        }
        let close = tokens.partners[behind];
        if law && tokens.holds(behind, &["|", "¦", ";"]) {
            // `π(a|s, θ)`: a Greek letter behind the bar.
            let bar = (behind..close).find(|&at| ["|", "¦", ";"].iter().any(|symbol| tokens.is(at, symbol)))?;
            return (bar..close).find_map(|at| {
                let (name, _) = tokens.name_at(at)?;
                (is_greek_letter(&name.base) && self.is_parameter(&name.canonical())).then(|| name.canonical())
            });
        }
        let (argument, end) = tokens.name_at(behind + 1)?;
        (end == close && (self.scope.is_value(&argument.canonical()) || law)).then(|| argument.canonical())
    }

    fn is_parameter(&self, letter: &str) -> bool {
        // θ_k is a value of θ.
        let whole = letter.split_once('_').map_or(letter, |(whole, _)| whole);
        PARAMETERS.contains(&whole) || self.scope.differentiated_by().contains(letter)
    }

    fn parameter(&self, name: &Name) -> Option<String> {
        let letter = name.subscript.as_deref().filter(|letter| self.is_parameter(letter))?;
        let (base, below) = letter.split_once('_').map_or((letter, None), |(base, below)| (base, Some(below)));
        Some(Name::new(base, below.map(|below| below.trim_matches(['{', '}']))).canonical())
    }
}
