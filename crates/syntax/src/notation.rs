//! The reading of names and of the operators of the notation, next to what surrounds them.

use super::ast::{Name, Span};
use super::commands::AT_THE_POINT;
use super::energies;
use super::error::{Code, SyntaxError};
use super::latex::later;
use super::names::{
    LAWS, RESERVED, is_function_letter, is_greek_letter, is_latin_letter, is_law_letter, is_letter_of_a_law,
    known_function, prefix_function,
};
use super::reader::{Reader, Role};
use super::token::Token;

/// The highest order of a derivative that is read.
const MAX_ORDER: usize = 200;

/// What a name is where it stands.
enum Use {
    /// The function of the bracket behind it.
    Call(String),
    /// A function that takes the next factor.
    Prefix(String),
    Variable,
}

impl Reader<'_> {
    pub(super) fn name(&mut self, at: usize, word: &str) -> Result<usize, SyntaxError> {
        let tokens = self.tokens;
        let here = tokens.span(at, at);
        match word {
            _ if RESERVED.contains(&word) => {
                self.clause |= matches!(word, "given" | "where");
                self.operator(word, here);
                return Ok(at + 1);
            }
            "if" | "when" | "whenever" | "unless" if !self.scope.is_said(word, at) => {
                return Err(SyntaxError::new("a condition stands behind `given`", here).help("write … given x > 0"));
            }
            _ if !self.level().integrals.is_empty() => {
                if let Some((variable, behind)) = self.differential(at) {
                    let first = at > 0 && (tokens.is(at - 1, "∫") || !self.ends);
                    if first
                        && tokens.is(behind, "(")
                        && (is_greek_letter(&variable.base) || is_law_letter(&variable.base))
                    {
                        let letter =
                            tokens.name_at(behind + 1).map_or_else(|| "x".into(), |(name, _)| name.canonical());
                        let help = format!("write E_{{{letter} ~ {}}}[…]", variable.canonical());
                        return Err(later("an integral against a law", tokens.span(at, behind)).help(help));
                    }
                    self.canon.push(&format!("𝐝{}", variable.canonical()), tokens.span(at, behind - 1));
                    self.level().integrals.pop();
                    self.ends = true;
                    return Ok(behind);
                }
            }
            _ => {}
        }
        if self.is_letter(at, word) {
            return self.plain_name(at);
        }
        match word {
            "e" if tokens.is(at + 1, "^") => {
                self.operand("𝐞", here)?;
                return Ok(at + 1);
            }
            "e" if (0..tokens.all.len()).any(|at| tokens.name(at) == Some("e") && tokens.is(at + 1, "^")) => {
                let message = "`e` stands for a letter here and for the base of the exponential elsewhere";
                let error = SyntaxError::new(message, here).code(Code::Ambiguous);
                return Err(error.help("write exp(1) for the number, or another letter"));
            }
            "I" if !tokens.is(at + 1, "(") && !self.scope.is_spoken_of("I", at) => return self.plain_name(at),
            "P" if self.is_probability(at) => return self.expectation(at, word),
            "Q" if self.is_probability(at)
                && self.scope.draws()
                && !self.scope.is_said("Q", at)
                && !(0..tokens.all.len()).any(|at| tokens.name(at) == Some("P")) =>
            {
                self.decided("`Q(…)` is the probability by what `given` draws".into(), here);
                return self.expectation(at, "P");
            }
            "d" => {
                if let Some(behind) = self.leibniz(at)? {
                    return Ok(behind);
                }
            }
            "D" => return self.derivative(at),
            "S" => {
                self.prefix("𝐒", here, true)?;
                return self.operator_scripts(at + 1, "S");
            }
            "E" | "Var" | "Cov" => return self.expectation(at, word),
            "KL" if !tokens.get(at + 1).is_some_and(|next| next.opens()) => {
                return Err(SyntaxError::new("`KL` takes two laws in parentheses", here)
                    .code(Code::Operator)
                    .help("write KL(p ‖ q)"));
            }
            "KL" => {
                self.prefix("𝐊", here, true)?;
                self.next_role = Role::Divergence;
                return Ok(at + 1);
            }
            "H" if self.is_entropy(at) => {
                self.prefix("𝐇", here, true)?;
                self.next_role = Role::Divergence;
                return Ok(at + 1);
            }
            _ => {}
        }
        self.plain_name(at)
    }

    /// A letter that is said to be something is not the operator of that name.
    fn is_letter(&self, at: usize, word: &str) -> bool {
        if !matches!(word, "D" | "S" | "E" | "H" | "P" | "I" | "e" | "KL" | "Var") {
            return false;
        }
        // `x ~ D`: what is drawn from is a law.
        if at > 0 && self.tokens.is(at - 1, "~") && !self.tokens.is(at + 1, "(") {
            return true;
        }
        // 𝔼 beside E is a mean whatever is said of E, and E is no other one then.
        let plain = |at: usize| self.source(self.tokens.span(at, at)) == "E";
        if word == "E" && !plain(at) {
            return false;
        }
        let other = || (0..self.tokens.all.len()).any(|at| self.tokens.name(at) == Some("E") && !plain(at));
        if word == "E" && energies::is_applied(self.tokens, self.scope, at) && other() {
            return true;
        }
        let applied = |at: usize| self.tokens.name_at(at).is_some_and(|(_, open)| self.tokens.is(open, "("));
        let others = || (0..self.tokens.all.len()).filter(|&at| self.tokens.name(at) == Some(word));
        // Where it stands alone as well, it is an operator.
        let everywhere = || others().all(|at| applied(at) || self.tokens.is(at + 1, "_"));
        let function =
            matches!(word, "S" | "D") && applied(at) && everywhere() && others().any(|at| self.acts_on_letters(at));
        if word == "E" && energies::is_energy(self.tokens, self.scope, at) || function {
            return true;
        }
        let name = self.tokens.name_at(at).map_or_else(|| word.to_string(), |(name, _)| name.canonical());
        let step = self.tokens.is(at + 1, "_") && self.scope.is_sequence(word);
        step || self.scope.is_spoken_of(&name, at) || (self.scope.is_spoken_of(word, at) && word != "P")
    }

    /// `S(x)`, `D_φ(x)` of letters that are no functions: no author smooths or differentiates these, and means a function.
    fn acts_on_letters(&self, at: usize) -> bool {
        let tokens = self.tokens;
        let Some((name, open)) = tokens.name_at(at).filter(|(_, open)| tokens.is(*open, "(")) else { return false };
        if !tokens.latex && !tokens.glued(open) || !tokens.is_list_of_letters(open) {
            return false;
        }
        let letters = (open + 1..tokens.partners[open]).filter(|&at| !tokens.is(at - 1, "_"));
        let by = name.subscript.as_deref().unwrap_or(if tokens.name(at) == Some("D") { "θ" } else { "x" });
        letters.filter_map(|at| tokens.name_at(at)).all(|(letter, _)| {
            let value = !is_function_letter(&letter.base) && !self.scope.is_function(&letter.canonical());
            let canonical = letter.canonical();
            // What another law draws is not the noise.
            let other = canonical != by || by == "x" && self.scope.is_variable(by, at);
            value && other && !self.scope.defined().contains(&canonical)
        })
    }

    /// Does an operator stand in the bracket that opens here, and no letter of its name?
    pub(super) fn holds_operator(&self, at: usize) -> bool {
        let inside = at + 1..self.tokens.partners[at];
        let multiplies = |at: usize| {
            inside.start == at
                && self.tokens.name_at(at).is_some_and(|(name, _)| !self.scope.is_said(&name.canonical(), at))
        };
        let operator = |at: usize, name: &str| match name {
            "D" | "S" => !self.is_letter(at, name),
            "M" => multiplies(at),
            _ => false,
        };
        inside.clone().any(|at| self.tokens.is(at, "Δ"))
            || inside.clone().any(|at| self.tokens.name(at).is_some_and(|name| operator(at, name)))
    }

    /// `H(p)`, `H[q]`: the entropy of a law, unless H is a function of something else.
    fn is_entropy(&self, at: usize) -> bool {
        let tokens = self.tokens;
        let bracket = tokens.is(at + 1, "(") || tokens.is(at + 1, "[");
        let inner = at + 2;
        let wrapped = matches!(tokens.name(inner), Some("stopgrad" | "sg"));
        let law = tokens.name_at(inner + 2 * usize::from(wrapped)).is_some_and(|(name, _)| {
            is_law_letter(&name.base)
                || matches!(name.base.as_str(), "π" | "ρ")
                || LAWS.contains(&name.base.as_str())
                || self.scope.is_law(&name.canonical())
                || name.base.chars().count() > 1 && !name.base.contains(is_combining)
        });
        bracket && law && !tokens.holds(at + 1, &[","])
    }

    /// `Σ_k p_k`: a sum over k, or a letter beside another.
    fn sum_or_letter(&self, name: &Name, at: usize, behind: usize) -> Result<(), SyntaxError> {
        let tokens = self.tokens;
        let Some(index) = name.subscript.as_deref().filter(|_| name.base == "Σ") else { return Ok(()) };
        let below = |name: &Name| name.subscript.as_deref().is_some_and(|below| below.split(',').any(|p| p == index));
        let summed = tokens.name_at(behind).is_some_and(|(next, _)| below(&next));
        let said = self.scope.is_said("Σ", at) || self.scope.is_said(&name.canonical(), at);
        if !summed || said || !super::names::is_latin_letter(index) {
            return Ok(());
        }
        let error = SyntaxError::new("this is a sum over an index, or a letter", tokens.span(at, behind - 1));
        let help = format!("write \\sum_{{{index}}} for a sum, and a `*` behind the letter");
        Err(error.code(Code::Ambiguous).help(help))
    }

    fn plain_name(&mut self, at: usize) -> Result<usize, SyntaxError> {
        let tokens = self.tokens;
        let Some((name, behind)) = tokens.name_at(at) else {
            let braced = tokens.is(at + 1, "_") && tokens.is(at + 2, "{");
            if braced && tokens.holds(at + 2, &["<", ">", "≤", "≥", ":", ".."]) {
                let span = tokens.span(at, tokens.partners[at + 2]);
                return Err(later("a part of a sequence, such as y_{<t} or x_{1:n},", span));
            }
            if braced && tokens.name(at) == Some("P") && tokens.holds(at + 2, &["~"]) {
                let span = tokens.span(at, tokens.partners[at + 2]);
                return Err(SyntaxError::new(
                    "this probability is of no event that is written by its conditions",
                    span,
                )
                .code(Code::Operator)
                .help("as in P_{x ~ p}(x > 0)"));
            }
            return Err(SyntaxError::new("a subscript is a letter, a number or a word", tokens.span(at, at + 1))
                .code(Code::Name)
                .help("as in x_1, x_{12}, σ_{max}"));
        };
        let canonical = name.canonical();
        self.sum_or_letter(&name, at, behind)?;
        self.run_together(&name, at, behind)?;
        self.differential_below(&name, at)?;
        self.inverse(&name, at, behind)?;
        if matches!(name.base.as_str(), "argmax" | "argmin") && !self.scope.is_said(&canonical, at) {
            return Err(later("the place of an optimum", tokens.span(at, behind - 1)).help(AT_THE_POINT));
        }
        // `log_2 x` would be a letter times x.
        let defined = self.scope.is_function(&canonical) || self.scope.is_law(&canonical);
        if name.subscript.is_some() && !defined && known_function(&name.base).is_some_and(|f| f != "He") {
            if matches!(name.base.as_str(), "max" | "min") {
                return Err(later("an optimum over a letter", tokens.span(at, behind - 1)).help(AT_THE_POINT));
            }
            let message = format!("`{}` is a function, and has no subscript", name.base);
            let help = match name.base.as_str() {
                "log" | "ln" => "a logarithm to the base 2 is ln(x)/ln(2)",
                _ => "a function of your own is defined behind `where`: … where f(u) = u^2",
            };
            return Err(SyntaxError::new(message, tokens.span(at, behind - 1)).code(Code::Name).help(help));
        }
        let mut next = behind;
        while tokens.is(next, "'") {
            next += 1;
        }
        // In `M_{g'}` the prime is part of what is multiplied by.
        let multiplies = name.base == "M" && name.subscript.is_some();
        let mut order = tokens.primes(if multiplies { behind } else { at }, next);
        let function_like = known_function(&name.base).is_some()
            || is_function_letter(&name.base)
            || self.scope.is_function(&canonical);
        if order == 0 && function_like {
            (order, next) = self.written_order(next)?;
        }
        if order > MAX_ORDER {
            return Err(order_too_high(tokens.span(behind, next - 1)));
        }
        let span = tokens.span(at, next - 1);
        let mark = if order > 0 { format!(" ′{order}") } else { String::new() };
        if at > 0 && tokens.is(at - 1, "~") && order == 0 && name.base != "stopgrad" && name.base != "sg" {
            self.operand(&canonical, span)?;
            if tokens.is(next, "[") && matches!(name.base.as_str(), "U" | "Unif" | "Uniform") {
                // An interval is written in its own brackets.
                let close = tokens.partners[next];
                self.next_role = Role::Arguments;
                self.open("(", tokens.span(next, next))?;
                self.between(next + 1, close)?;
                return self.close(close, ")", tokens.span(close, close));
            }
            if tokens.is(next, "(") {
                self.next_role = Role::Arguments;
            }
            return Ok(next);
        }
        match self.use_of(&name, at, next)? {
            Use::Call(function) => {
                if matches!((function.as_str(), name.base.as_str()), ("sigmoid", "σ") | ("digamma", "ψ")) {
                    self.decided(format!("`{}(…)` is read as the {function} function", name.base), span);
                }
                self.operand_begins(span)?;
                self.canon.push(&format!("ƒ{function}{mark}"), span);
                self.ends = false;
                let function_like = function_like && !self.scope.is_law(&canonical);
                self.next_role = if function_like { Role::Call } else { Role::Arguments };
                let letter = is_letter_of_a_law(&name.base);
                if letter && self.scope.is_law(&canonical) && tokens.is(next, "(") && !tokens.separates(next) {
                    self.densities.insert(tokens.partners[next]);
                }
            }
            Use::Prefix(function) => {
                self.prefix(&format!("ƒ{function}{mark}"), span, true)?;
                return self.operator_scripts(next, "ƒ");
            }
            Use::Variable if order > 0 && !is_function_letter(&name.base) && !self.scope.is_function(&canonical) => {
                let message = format!("a prime marks the derivative of a function, and `{canonical}` is a variable");
                return Err(SyntaxError::new(message, span)
                    .code(Code::Name)
                    .help(format!("a derivative is written D_{canonical}[…]")));
            }
            Use::Variable => {
                self.defined_as_number(&name, at, next)?;
                self.factor_before_bracket(&name, at, next);
                self.operand(&format!("{canonical}{mark}"), span)?;
            }
        }
        Ok(next)
    }

    /// Is the name a function of what follows it?
    fn use_of(&self, name: &Name, at: usize, next: usize) -> Result<Use, SyntaxError> {
        let tokens = self.tokens;
        let (base, canonical) = (name.base.as_str(), name.canonical());
        let parenthesis = tokens.is(next, "(");
        let bare = name.subscript.is_none();
        if parenthesis && self.scope.is_either(&canonical) {
            let message = format!("`{canonical}` before the bracket is a function or a factor");
            let error = SyntaxError::new(message, tokens.span(at, next)).code(Code::Ambiguous);
            let help =
                format!("write `{canonical} * (…)` for a product, … given {canonical} : measurable for a function");
            return Err(error.help(help));
        }
        let call = |function: &str| Ok(Use::Call(function.to_string()));
        if self.scope.is_function(&canonical) {
            return if parenthesis || tokens.is(next, "[") { call(&canonical) } else { Ok(Use::Variable) };
        }
        let list =
            parenthesis && (tokens.holds(next, &[","]) || tokens.separates(next) || self.is_placeholder(next + 1));
        match (base, bare && parenthesis) {
            ("Γ", true) => return call("gamma"),
            ("β" | "B", true) if tokens.holds(next, &[","]) => return call("beta"),
            _ if !tokens.latex && !tokens.glued(next) => {}
            ("ψ", true) if self.digamma(next) => return call("digamma"),
            ("σ", true) if !list && !self.scope.is_spoken_of("σ", at) && !self.scope.is_alone("σ") => {
                return call("sigmoid");
            }
            _ => {}
        }
        if let Some(known) = known_function(base).filter(|_| bare || base == "He") {
            let function = Name::new(known, name.subscript.as_deref()).canonical();
            if tokens.get(next).is_some_and(|token| token.opens()) {
                return call(&function);
            }
            if prefix_function(base).is_some() {
                return Ok(Use::Prefix(function));
            }
            let message = format!("`{base}` takes its arguments in parentheses");
            return Err(SyntaxError::new(message, tokens.span(at, next - 1)));
        }
        if !parenthesis {
            return Ok(Use::Variable);
        }
        let law = self.scope.is_law(&canonical) || (bare && is_law_letter(base)) || is_law_letter(base);
        let called = if self.scope.is_variable(&canonical, at) && !(law && list) {
            list
        } else if list || is_function_letter(base) || law {
            true
        } else if base == "M" && !bare {
            // `M_y` multiplies by y.
            false
        } else if is_latin_letter(base) {
            let glued = tokens.latex || tokens.glued(next);
            let factor = self.scope.is_alone(&canonical) || self.is_entry(name, next);
            matches!(base, "N" | "U") && bare || (glued && !factor)
        } else if is_greek_letter(base) {
            self.greek_function(name, next)
        } else {
            base.chars().count() > 1 && (tokens.latex || tokens.glued(next))
        };
        if called { call(&canonical) } else { Ok(Use::Variable) }
    }

    /// `x_i (y_i - 1)` where x stands alone elsewhere or is drawn, and the bracket is no list of arguments.
    fn is_entry(&self, name: &Name, open: usize) -> bool {
        let index = name.subscript.as_deref().is_some_and(super::scope::is_index);
        index && self.scope.is_value(&name.base) && !self.tokens.is_list_of_letters(open)
    }

    /// `ψ(a)` is the digamma function where a is a parameter of a law.
    fn digamma(&self, open: usize) -> bool {
        match self.tokens.name_at(open + 1) {
            Some((name, behind)) => {
                behind == self.tokens.partners[open]
                    && self.scope.is_parameter_of_a_law(&name.canonical())
                    && !self.scope.is_function("ψ")
            }
            None => false,
        }
    }

    /// A Greek letter before a bracket is a factor, unless something below it, or the bracket, shows a function.
    fn greek_function(&self, name: &Name, open: usize) -> bool {
        let tokens = self.tokens;
        if name.base == "Φ" {
            return true;
        }
        if name.subscript.as_ref().is_some_and(|below| self.scope.is_value(below) || is_greek_letter(below)) {
            return true;
        }
        let one = tokens.name_at(open + 1).is_some_and(|(_, behind)| behind == tokens.partners[open]);
        one && !self.scope.is_alone(&name.canonical())
    }

    /// `^(3)` before a parenthesis: the order of a derivative, and the index behind it.
    fn written_order(&self, at: usize) -> Result<(usize, usize), SyntaxError> {
        let tokens = self.tokens;
        if !tokens.is(at, "^") {
            return Ok((0, at));
        }
        let braced = tokens.is(at + 1, "{");
        let inner = at + 1 + usize::from(braced);
        if braced && tokens.inside(at + 1).iter().all(|token| token.is("'")) {
            return Ok((tokens.inside(at + 1).len(), tokens.partners[at + 1] + 1));
        }
        let close = tokens.partners.get(inner).copied().unwrap_or(inner);
        let behind = close + 1 + usize::from(braced);
        if !tokens.is(inner, "(") || !tokens.is(behind, "(") || (braced && tokens.partners[at + 1] != close + 1) {
            return Ok((0, at));
        }
        let here = tokens.span(inner, close);
        match tokens.inside(inner) {
            [order] => match &order.token {
                Token::Number(digits) if digits.contains(['.', 'e', 'E']) => Ok((0, at)),
                Token::Number(digits) => match digits.parse() {
                    Ok(order) if order > 0 => Ok((order, behind)),
                    _ => Err(order_too_high(here)),
                },
                _ => Err(SyntaxError::new("the order of a derivative is a number, as in f^(3)(u)", here)
                    .code(Code::Operator)),
            },
            _ => Ok((0, at)),
        }
    }

    /// `xy` where x is drawn: one name, and hardly meant as one.
    fn run_together(&self, name: &Name, at: usize, behind: usize) -> Result<(), SyntaxError> {
        let tokens = self.tokens;
        let word = name.base.as_str();
        let known = known_function(word).is_some() || LAWS.contains(&word) || self.scope.is_said(&name.canonical(), at);
        let letters = word.len() > 1 && word.bytes().all(|b| b.is_ascii_alphabetic());
        let law_or_class = at > 0 && (tokens.is(at - 1, "~") || tokens.is(at - 1, ":"));
        if tokens.latex || known || law_or_class || !letters || tokens.is(behind, "(") || tokens.is(behind, ":") {
            return Ok(());
        }
        let letter = word.chars().map(String::from).find(|letter| self.scope.is_declared(letter));
        let Some(letter) = letter else { return Ok(()) };
        let apart: Vec<String> = word.chars().map(String::from).collect();
        let message = format!("`{word}` is one name, and `{letter}` is a letter of its own here");
        let error = SyntaxError::new(message, tokens.span(at, at)).code(Code::Ambiguous);
        Err(error.help(format!(
            "write `{}` for the product; a longer name without `{letter}` in it otherwise",
            apart.join(" ")
        )))
    }

    /// `df/dx` in plain text, where `dx` is one name.
    fn differential_below(&self, name: &Name, at: usize) -> Result<(), SyntaxError> {
        let tokens = self.tokens;
        let below = at > 0 && tokens.is(at - 1, "/") && !tokens.latex;
        let letter = name.base.strip_prefix('d').filter(|rest| {
            super::names::greek(rest).is_some() || rest.len() == 1 && rest.bytes().all(|b| b.is_ascii_alphabetic())
        });
        let Some(letter) = letter.filter(|_| below && !self.scope.is_said(&name.canonical(), at)) else {
            return Ok(());
        };
        // With another differential above the bar.
        if !(0..at - 1)
            .any(|above| tokens.name(above).is_some_and(|word| word.starts_with('d') && !self.scope.is_said(word, at)))
        {
            return Ok(());
        }
        let letter = super::names::greek(letter).unwrap_or(letter);
        let message = format!("`{}` is one name here, and no differential", name.base);
        let error = SyntaxError::new(message, tokens.span(at, at)).code(Code::Ambiguous);
        Err(error.help(format!(
            "a derivative is written D_{letter}[f({letter})], a quotient with brackets, 1/({})",
            name.base
        )))
    }

    /// `F^{-1}(x)`: the inverse of a function, or one through a number.
    fn inverse(&self, name: &Name, at: usize, power: usize) -> Result<(), SyntaxError> {
        let tokens = self.tokens;
        let inverted = |power: usize| {
            let sign = power + 1 + usize::from(tokens.is(power + 1, "{"));
            let one = tokens.get(sign + 1).is_some_and(|one| matches!(&one.token, Token::Number(one) if one == "1"));
            let behind = sign + 2 + usize::from(tokens.is(power + 1, "{"));
            let applied = tokens.is(behind, "(") && (tokens.latex || tokens.glued(behind));
            (tokens.is(power, "^") && tokens.is(sign, "-") && one && applied).then_some(behind)
        };
        let Some(open) = inverted(power) else { return Ok(()) };
        let function = is_latin_letter(&name.base) || matches!(name.base.as_str(), "Φ" | "φ" | "ψ");
        let function = function || is_greek_letter(&name.base) && tokens.inside(open).len() == 1;
        let number = self.scope.is_variable(&name.canonical(), at)
            || (0..tokens.all.len()).any(|other| {
                let Some((same, behind)) = tokens.name_at(other).filter(|(same, _)| same == name) else { return false };
                let below = other > 0 && tokens.is(other - 1, "_");
                !below && same == *name && !tokens.is(behind, "(") && inverted(behind).is_none()
            });
        if !function || number {
            return Ok(());
        }
        let written = name.canonical();
        let message = format!("`{written}^{{-1}}(…)` is the inverse of a function, or one through a number");
        let help = format!(
            "write 1/{0}(x) for the reciprocal of a value, `1/{0} * (x)` for a product, and give an inverse a letter of its own",
            name.base
        );
        Err(SyntaxError::new(message, tokens.span(at, open)).code(Code::Ambiguous).help(help))
    }

    /// `f(x)` where `f = u^2` was defined: the letter of a function, defined without an argument.
    fn defined_as_number(&self, name: &Name, at: usize, next: usize) -> Result<(), SyntaxError> {
        let tokens = self.tokens;
        let function = matches!(name.base.as_str(), "f" | "g" | "h") && name.subscript.is_none();
        let glued = tokens.latex || tokens.glued(next);
        if !function || !glued || !tokens.is(next, "(") || !self.scope.defined().contains(&name.canonical()) {
            return Ok(());
        }
        let message = format!("`{}` is defined without an argument, and has one here", name.base);
        let help = format!("write … where {0}(u) = u^2, or `{0} * (…)` for a product", name.base);
        Err(SyntaxError::new(message, tokens.span(at, next)).code(Code::Ambiguous).help(help))
    }

    /// A letter directly before a bracket that is read as a factor, though nothing says that it is a number.
    fn factor_before_bracket(&mut self, name: &Name, at: usize, next: usize) {
        let tokens = self.tokens;
        let canonical = name.canonical();
        let letter = is_latin_letter(&name.base) && name.base != "M" || is_greek_letter(&name.base);
        let glued = tokens.latex || tokens.glued(next);
        if letter && glued && tokens.is(next, "(") && !self.scope.is_spoken_of(&canonical, at) {
            let why = if self.scope.is_alone(&canonical) { ", as it stands alone elsewhere" } else { "" };
            let message = format!("`{canonical}` before the bracket is read as a factor{why}, not as a function");
            self.decided(message, tokens.span(at, next));
        }
    }

    /// `D_θ^2`, `∇_θ`, `∂_1`, `∂/∂θ`.
    pub(super) fn derivative(&mut self, at: usize) -> Result<usize, SyntaxError> {
        if let Some(behind) = self.leibniz(at)? {
            return Ok(behind);
        }
        let tokens = self.tokens;
        if tokens.name(at) == Some("D") && tokens.is(at + 1, "^") && tokens.is(at + 2, "*") {
            let help = "under N(0,1) it is M_y - D, and -D under Lebesgue measure; or write what it says: \
                        E_{x ~ N(0,1)}[f'(x) g(x)] = E_{x ~ N(0,1)}[f(x) (x g(x) - g'(x))]";
            return Err(later("an adjoint, such as `D^*`,", tokens.span(at, at + 2)).help(help));
        }
        if let Some((letter, behind)) = self.divergence_by(at) {
            self.prefix(&format!("ƒdivergence_{{{letter}}}"), tokens.span(at, behind - 1), true)?;
            return Ok(behind);
        }
        if tokens.is(at, "∇") && !tokens.is(at + 1, "_") && !(tokens.is(at + 1, "^") && self.script_behind(at + 2)) {
            if tokens.is(at + 1, "*") && (tokens.name(at + 2).is_some() || tokens.is(at + 2, "(")) {
                self.prefix("ƒdivergence", tokens.span(at, at + 1), true)?;
                return Ok(at + 2);
            }
            if tokens.is(at + 1, "*") || tokens.is(at + 1, "∇") {
                return Err(later("a divergence of a product or a Hessian, of a vector,", tokens.span(at, at + 1)));
            }
            if self.acts_on_a_value(at + 1) {
                self.decided("the bare `∇` is by the argument of the function".into(), tokens.span(at, at));
                self.prefix("𝛁 _ { • }", tokens.span(at, at), true)?;
                return Ok(at + 1);
            }
            let letter = self.gradient_by(at)?;
            self.prefix(&format!("𝛁 _ {{ {letter} }}"), tokens.span(at, at), true)?;
            return self.operator_scripts(at + 1, "D");
        }
        let index = at + 2 + usize::from(tokens.is(at + 2, "{"));
        let number = matches!(tokens.get(index).map(|token| &token.token), Some(Token::Number(_)));
        let head = match tokens.is(at + 1, "_") && number {
            true => "∂",
            false if tokens.is(at, "∇") => "𝛁",
            false => "𝐃",
        };
        self.prefix(head, tokens.span(at, at), true)?;
        self.operator_scripts(at + 1, "D")
    }

    /// `∇_x·`: the letter, and the index behind the dot.
    fn divergence_by(&self, at: usize) -> Option<(String, usize)> {
        let tokens = self.tokens;
        if !tokens.is(at, "∇") || !tokens.is(at + 1, "_") {
            return None;
        }
        let braced = tokens.is(at + 2, "{");
        let (name, end) = tokens.name_at(at + 2 + usize::from(braced))?;
        let behind = if braced { tokens.partners[at + 2] + 1 } else { end };
        let acts = tokens.name(behind + 1).is_some() || tokens.is(behind + 1, "(");
        (tokens.is(behind, "*") && acts && (!braced || end + 1 == behind)).then(|| (name.canonical(), behind + 1))
    }

    /// Does a subscript follow the script at an index: `∇^2_θ`?
    fn script_behind(&self, at: usize) -> bool {
        let behind = if self.tokens.is(at, "{") { self.tokens.partners[at] + 1 } else { at + 1 };
        self.tokens.is(behind, "_")
    }

    /// The subscript and the power of an operator: they are no operands, and end none.
    pub(super) fn operator_scripts(&mut self, at: usize, head: &'static str) -> Result<usize, SyntaxError> {
        let tokens = self.tokens;
        let mut at = at;
        while tokens.is(at, "_") || (tokens.is(at, "^") && matches!(head, "D" | "∫" | "ƒ" | "∑" | "∏")) {
            let symbol = if tokens.is(at, "_") { "_" } else { "^" };
            self.canon.push(symbol, tokens.span(at, at));
            at += 1;
            self.ends = false;
            if tokens.get(at).is_some_and(|next| next.opens()) {
                self.scripts.insert(tokens.partners[at], head);
                return Ok(at);
            }
            if head == "∫" && tokens.is(at, "-") {
                self.canon.push("-", tokens.span(at, at));
                at += 1;
            }
            let Some(next) = tokens.get(at) else { break };
            match &next.token {
                Token::Number(digits) => {
                    self.canon.push(digits, next.span);
                    at += 1;
                }
                Token::Symbol("∞") => {
                    self.canon.push("∞", next.span);
                    at += 1;
                }
                _ => {
                    let name = tokens.name_at(at).filter(|(name, _)| !is_notation(&name.base));
                    let Some((name, behind)) = name else { break };
                    self.canon.push(&name.canonical(), tokens.span(at, behind - 1));
                    at = behind;
                }
            }
        }
        self.ends = false;
        Ok(at)
    }

    pub(super) fn holds_relation(&self, open: usize) -> bool {
        self.tokens.is(open, "{") && self.tokens.holds(open, &["<", ">", "≤", "≥", "≠", "="])
    }

    pub(super) fn is_glued_brace(&self, open: usize) -> bool {
        self.tokens.is(open, "{") && self.tokens.glued(open)
    }

    /// `1{u > 0}`, `1_{u > 0}`.
    pub(super) fn indicator(&mut self, at: usize) -> Result<usize, SyntaxError> {
        let tokens = self.tokens;
        self.operand_begins(tokens.span(at, at))?;
        self.canon.push("𝟏", tokens.span(at, at));
        self.ends = false;
        Ok(at + 1 + usize::from(tokens.is(at + 1, "_")))
    }
}

fn is_combining(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

/// Words that are no variables, and cannot be the subscript of an operator.
fn is_notation(word: &str) -> bool {
    matches!(word, "D" | "S" | "E" | "Var" | "Cov" | "KL") || known_function(word).is_some() || RESERVED.contains(&word)
}

fn order_too_high(span: Span) -> SyntaxError {
    SyntaxError::new(format!("the order of a derivative is a whole number from 1 to {MAX_ORDER}"), span)
        .code(Code::Operator)
}
