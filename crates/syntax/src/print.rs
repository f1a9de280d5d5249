//! Trees as text that parses to the same tree, with as few brackets as that allows.

use super::applications::APPLIED;
use super::ast::*;
use super::names::{
    LAWS, ascii_of, is_function_letter, is_greek_letter, is_law_letter, is_script, known_function, undecorated,
};
use super::quotients::is_bare_function;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use std::collections::HashSet;

/// The spelling of what is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `theta`, `int(e, x)`.
    Ascii,
    /// `θ`, `∫ e dx`.
    Unicode,
    /// `\theta`, `\int e\, dx`.
    Latex,
}

/// An expression in a style: `parse_expression(&print(e, style))` gives `e` again.
pub fn print(e: &Expr, style: Style) -> String {
    Printer::new(style).expr(e)
}

/// A law in a style: `N(θ, σ²)`.
pub fn print_law(law: &Law, style: Style) -> String {
    Printer::new(style).law(law)
}

/// A name in a style: `σ_1`, `sigma_1`, `\sigma_{1}`.
pub fn print_name(name: &Name, style: Style) -> String {
    Printer::new(style).name(name)
}

/// How much may stand around an expression that is part of a product.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// Nothing follows it in the product.
    Last,
    /// Something does.
    Inner,
}

pub(super) struct Printer {
    pub style: Style,
    /// Names that a statement declares to be functions: before a bracket they need a sign of multiplication.
    pub functions: HashSet<Name>,
    /// Write a sign for every product.
    pub explicit: bool,
    /// D is a letter here: derivatives are written as ∂/∂x.
    pub d_is_a_letter: bool,
    /// E is a letter here, an energy: means are written with 𝔼.
    pub e_is_a_letter: bool,
}

impl Printer {
    pub fn new(style: Style) -> Printer {
        Printer { style, functions: HashSet::new(), explicit: false, d_is_a_letter: false, e_is_a_letter: false }
    }

    pub fn latex(&self) -> bool {
        self.style == Style::Latex
    }

    /// The spelling of this style.
    pub fn pick(&self, ascii: &'static str, unicode: &'static str, latex: &'static str) -> &'static str {
        match self.style {
            Style::Ascii => ascii,
            Style::Unicode => unicode,
            Style::Latex => latex,
        }
    }

    /// Brackets that grow in LaTeX.
    pub fn enclose(&self, open: &str, inner: &str, close: &str) -> String {
        let tall = ["\\frac", "\\int", "\\sqrt"].iter().any(|command| inner.contains(command));
        match self.latex() && (tall || open != "(") {
            true => format!("\\left{open}{inner}\\right{close}"),
            false => format!("{open}{inner}{close}"),
        }
    }

    pub fn group(&self, e: &Expr) -> String {
        self.enclose("(", &self.expr(e), ")")
    }

    /// An expression where anything may stand.
    pub fn expr(&self, e: &Expr) -> String {
        match &e.kind {
            Kind::Binary(operator @ (Binary::Add | Binary::Sub), left, right) => {
                let sign = if *operator == Binary::Add { "+" } else { "-" };
                format!("{} {sign} {}", self.expr(left), self.term(right))
            }
            Kind::Neg(inner) => format!("-{}", self.term(inner)),
            Kind::Number(value) if value.is_negative() => format!("-{}", number(&value.abs())),
            _ => self.term(e),
        }
    }

    /// An operand of a sum.
    fn term(&self, e: &Expr) -> String {
        self.product(e, Place::Last)
    }

    fn product(&self, e: &Expr, place: Place) -> String {
        match &e.kind {
            Kind::Binary(Binary::Mul, left, right) => {
                let second = self.factor(right, place);
                let joint = self.joint(left, &second);
                let first = if joint == " " && !self.latex() && is_open_quotient(left) && is_letter(right) {
                    self.group(left)
                } else {
                    self.product(left, Place::Inner)
                };
                format!("{first}{joint}{second}")
            }
            Kind::Binary(Binary::Div, left, right) if !self.latex() => {
                let divisor = self.factor(right, place);
                // `d/dx` would be a derivative.
                let divisor = if divisor.starts_with('d') { format!("({divisor})") } else { divisor };
                format!("{}/{divisor}", self.product(left, Place::Inner))
            }
            _ => self.factor(e, place),
        }
    }

    /// What stands between two factors: a space, or a sign where the space would be read otherwise.
    fn joint(&self, left: &Expr, right: &str) -> &'static str {
        let bracket = right.starts_with('(') || right.starts_with("\\left(");
        let sign = self.explicit
            || right.starts_with(|c: char| c.is_ascii_digit() || c == '|')
            || right.starts_with("\\mathbf{1}")
            || (bracket && !self.safe_before_bracket(left));
        match (sign, self.style) {
            (false, _) => " ",
            (true, Style::Ascii) => "*",
            (true, Style::Unicode) => "·",
            (true, Style::Latex) => " \\cdot ",
        }
    }

    /// Does the text of a factor end so that a bracket behind it is another factor, not its argument?
    fn safe_before_bracket(&self, e: &Expr) -> bool {
        match &e.kind {
            Kind::Binary(Binary::Div, ..) if self.latex() => true,
            // In LaTeX a number above a Latin letter before a bracket is a power of the function's value.
            Kind::Binary(Binary::Pow, base, exponent) if matches!(exponent.kind, Kind::Number(_)) => match &base.kind {
                Kind::Name(name) => {
                    is_greek_letter(&name.base) && !is_function_letter(&name.base) || self.safe_before_bracket(base)
                }
                _ => true,
            },
            Kind::Binary(_, _, right) => self.safe_before_bracket(right),
            Kind::Name(name) => {
                let mut letters = name.base.chars();
                let single = letters.next().is_some_and(|c| !c.is_ascii_uppercase()) && letters.next().is_none();
                let callable = is_function_letter(&name.base)
                    || (self.latex() && crate::is_letter(&name.base))
                    || is_law_letter(&name.base)
                    || matches!(name.base.as_str(), "β" | "γ" | "Γ")
                    || self.functions.contains(name);
                single && !callable
            }
            Kind::Smoothing { body, .. } => !matches!(body.kind, Kind::Name(_)),
            Kind::Derivative { body, .. } => self.safe_before_bracket(body),
            Kind::Call { function, arguments, .. } => arguments
                .first()
                .is_some_and(|argument| function.base != "ln" || !matches!(argument.kind, Kind::Name(_))),
            _ => true,
        }
    }

    fn factor(&self, e: &Expr, place: Place) -> String {
        match &e.kind {
            Kind::Binary(Binary::Pow, base, exponent) => self.power(base, exponent),
            Kind::Binary(Binary::Div, left, right) if self.latex() => {
                format!("\\frac{{{}}}{{{}}}", self.expr(left), self.expr(right))
            }
            Kind::Binary(..) | Kind::Neg(_) => self.group(e),
            Kind::Number(value) if value.is_negative() => self.group(e),
            Kind::Integral { .. } if place == Place::Inner && !self.by_call(e) => self.group(e),
            _ => self.atom(e),
        }
    }

    fn power(&self, base: &Expr, exponent: &Expr) -> String {
        // Euler's number is written as a function.
        let letter = matches!(&base.kind, Kind::Name(name) if name.base == "e" && name.subscript.is_none());
        let base = if letter { self.group(base) } else { self.base(base) };
        let text = self.expr(exponent);
        let simple = match &exponent.kind {
            Kind::Number(value) => value.is_integer() && !value.is_negative(),
            Kind::Name(name) => name.subscript.is_none(),
            Kind::Infinity => true,
            _ => false,
        };
        match self.style {
            Style::Latex => format!("{base}^{{{text}}}"),
            Style::Unicode if simple && text.bytes().all(|b| b.is_ascii_digit()) => {
                base + &text.chars().map(superscript).collect::<String>()
            }
            _ if simple => format!("{base}^{text}"),
            _ => format!("{base}^({text})"),
        }
    }

    /// The base of a power: what ends with its own bracket, or is one token.
    pub fn base(&self, e: &Expr) -> String {
        let closed = match &e.kind {
            Kind::Number(value) => !value.is_negative(),
            Kind::Call { function, orders, arguments } => {
                function.base != APPLIED
                    && !self.open_call(e)
                    && (orders.iter().all(|o| *o == 0) || arguments.len() < 2)
            }
            Kind::Derivative { variable, body, .. } => !self.takes_openly(variable.as_ref(), body),
            Kind::Smoothing { body, .. } => !matches!(body.kind, Kind::Name(_)),
            Kind::Integral { .. } => self.by_call(e),
            Kind::Binary(..) | Kind::Neg(_) | Kind::Difference(_) | Kind::OperatorM(_) => false,
            Kind::Name(name) => !name.base.contains(['*', '^']),
            _ => true,
        };
        if closed { self.atom(e) } else { self.group(e) }
    }

    /// `ln p_θ(x)`: a logarithm without its bracket.
    pub fn open_call(&self, e: &Expr) -> bool {
        match &e.kind {
            Kind::Call { function, orders, arguments } if function.base == "ln" && orders.iter().all(|o| *o == 0) => {
                match arguments.first().map(|argument| &argument.kind) {
                    Some(Kind::Density { .. }) => true,
                    Some(Kind::Name(name)) => name.base == "N" && name.subscript.is_some(),
                    _ => false,
                }
            }
            _ => false,
        }
    }

    /// Is the body of a derivative one factor that needs no bracket?
    pub fn takes_openly(&self, variable: Option<&Name>, body: &Expr) -> bool {
        match &body.kind {
            Kind::Name(name) => variable.is_none() && is_function_letter(&name.base),
            Kind::Call { orders, arguments, .. } => {
                arguments.len() == 1 && orders.iter().all(|o| *o == 0) || self.open_call(body)
            }
            _ => false,
        }
    }

    /// Integrals that are printed as `int(e, x)`: always in ASCII, and where a differential could be mistaken.
    pub fn by_call(&self, e: &Expr) -> bool {
        let Kind::Integral { variable, body, limits } = &e.kind else {
            return false;
        };
        let plain = variable.base.chars().count() == 1 || ascii_of(&variable.base).is_some();
        let limits = limits.iter().any(|(low, high)| mentions_differential(low) || mentions_differential(high));
        self.style == Style::Ascii || !plain || limits || mentions_differential(body)
    }

    pub fn number(&self, value: &BigRational) -> String {
        number(value)
    }

    pub fn name(&self, name: &Name) -> String {
        let base = self.word(&name.base);
        let Some(subscript) = &name.subscript else {
            return base;
        };
        let text = self.subscript(subscript);
        let single = subscript.chars().count() == 1;
        let base = if self.latex() && base.ends_with(|c: char| c.is_ascii_alphabetic()) || base.ends_with('}') {
            base
        } else {
            base.trim_end().to_string()
        };
        if single && !self.latex() { format!("{base}_{text}") } else { format!("{base}_{{{text}}}") }
    }

    /// A letter or word; in LaTeX a word that is not known is upright.
    pub fn word(&self, word: &str) -> String {
        let letter = undecorated(word);
        if letter.len() < word.len() {
            return self.decorated(letter, &word[letter.len()..]);
        }
        if self.style != Style::Unicode
            && let Some(c) = word.chars().next().filter(|c| is_script(*c))
        {
            let capital = char::from(b'A' + (c as u32 - 0x1d4d0) as u8);
            return if self.latex() { format!("\\mathcal{{{capital}}}") } else { format!("cal{capital}") };
        }
        match (self.style, ascii_of(word)) {
            (Style::Unicode, _) => word.to_string(),
            (Style::Ascii, ascii) => ascii.unwrap_or(word).to_string(),
            (Style::Latex, Some(ascii)) => format!("\\{ascii}").replace("\\eps", "\\varepsilon"),
            (Style::Latex, None) if word == "Γ" => "\\Gamma".to_string(),
            (Style::Latex, None) if word.chars().count() > 1 => format!("\\mathrm{{{word}}}"),
            (Style::Latex, None) => word.to_string(),
        }
    }

    /// A letter with its accents, primes, star and what stands above it.
    fn decorated(&self, letter: &str, decoration: &str) -> String {
        let mut text = self.word(letter);
        let (signs, above) = decoration.split_once('^').unwrap_or((decoration, ""));
        for sign in signs.chars() {
            let accent = match sign {
                '\u{302}' => "hat",
                '\u{303}' => "tilde",
                '\u{304}' => "bar",
                '\u{306}' => "breve",
                '\u{30c}' => "check",
                _ => "",
            };
            text = match (sign, self.style) {
                ('*', Style::Latex) => format!("{text}^{{*}}"),
                ('*', _) => format!("{text}^*"),
                ('\'', _) => format!("{text}'"),
                (_, Style::Latex) => format!("\\{accent}{{{text}}}"),
                (_, Style::Ascii) => format!("{text}_{accent}"),
                (_, Style::Unicode) => format!("{text}{sign}"),
            };
        }
        match (above.is_empty(), self.style) {
            (true, _) => text,
            (_, Style::Latex) => format!("{text}^{{{}}}", self.above(above)),
            // Without braces it would be a power.
            _ if above.starts_with('(') => format!("{text}^{{{}}}", self.above(above)),
            _ => format!("{text}^{}", self.above(above)),
        }
    }

    /// What stands above a letter: a letter with its subscript, a word, an index in brackets.
    fn above(&self, above: &str) -> String {
        if let Some(index) = above.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            return format!("({})", self.word(index));
        }
        match above.split_once('_') {
            Some((base, below)) if self.latex() => format!("{}_{{{}}}", self.word(base), self.subscript(below)),
            Some((base, below)) => format!("{{{}_{}}}", self.word(base), self.subscript(below)),
            None => self.word(above),
        }
    }

    fn subscript(&self, subscript: &str) -> String {
        if let Some((base, below)) = subscript.split_once('_') {
            return format!("{}_{{{}}}", self.subscript(base), self.subscript(below));
        }
        let mut text = String::new();
        for c in subscript.chars() {
            let letter = self.word(&c.to_string());
            let apart = text.ends_with(|c: char| c.is_ascii_alphanumeric()) && letter.len() > 1
                || c.is_ascii_alphanumeric() && (text.len() > 1 && !subscript.starts_with(&text));
            if apart && self.style != Style::Unicode {
                text.push(' ');
            }
            text.push_str(&letter);
        }
        text
    }

    /// The name of a function, as it stands before its bracket.
    pub fn function(&self, name: &Name) -> String {
        const COMMANDS: [&str; 11] = ["ln", "exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "max", "min", "cot"];
        match &name.subscript {
            None if self.latex() && name.base == "gamma" => "\\Gamma".into(),
            None if self.latex() && COMMANDS.contains(&name.base.as_str()) => {
                format!("\\{}", name.base)
            }
            None if matches!(name.base.as_str(), "gamma" | "beta") => {
                if self.latex() {
                    format!("\\operatorname{{{}}}", name.base)
                } else {
                    name.base.clone()
                }
            }
            _ if self.latex() && (known_function(&name.base).is_some() || LAWS.contains(&name.base.as_str())) => {
                let upright = Name { base: name.base.clone(), subscript: name.subscript.clone() };
                self.name(&upright).replacen("\\mathrm", "\\operatorname", 1)
            }
            _ => self.name(name),
        }
    }
}

/// A quotient other than of two numbers: a letter behind it could be read below the bar.
fn is_open_quotient(e: &Expr) -> bool {
    let Kind::Binary(Binary::Div, above, below) = &e.kind else { return false };
    let is_number = |e: &Expr| matches!(&e.kind, Kind::Number(value) if value.is_integer() && !value.is_negative());
    let last = match &above.kind {
        Kind::Binary(Binary::Mul | Binary::Div, _, last) => last,
        _ => above,
    };
    !(is_number(last) && is_number(below))
}

/// A letter, perhaps with a power.
fn is_letter(e: &Expr) -> bool {
    match &e.kind {
        Kind::Name(name) => !is_bare_function(&name.base),
        Kind::Binary(Binary::Pow, base, _) => is_letter(base),
        _ => false,
    }
}

/// A number as an integer or a finite decimal; others (which no text gives) as a quotient.
fn number(value: &BigRational) -> String {
    if value.is_integer() {
        return value.numer().to_string();
    }
    let (two, five) = (num_bigint::BigInt::from(2), num_bigint::BigInt::from(5));
    let (mut rest, mut places) = ([0usize; 2], 0);
    let mut denominator = value.denom().clone();
    for (count, prime) in rest.iter_mut().zip([&two, &five]) {
        while (&denominator % prime).is_zero() {
            denominator /= prime;
            *count += 1;
            places = places.max(*count);
        }
    }
    if !denominator.is_one() {
        return format!("({}/{})", value.numer(), value.denom());
    }
    let scaled = (value * num_bigint::BigInt::from(10).pow(places as u32)).to_integer();
    let digits = format!("{scaled:0>width$}", width = places + 1);
    let (whole, decimals) = digits.split_at(digits.len() - places);
    format!("{whole}.{decimals}")
}

fn superscript(digit: char) -> char {
    match digit {
        '0' => '⁰',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        _ => '⁹',
    }
}

/// Does a name in the expression look like a differential, such as `dx` or `d`?
fn mentions_differential(e: &Expr) -> bool {
    let mut found = false;
    e.visit_names(&mut |name| found |= name.base.starts_with('d'));
    found
}
