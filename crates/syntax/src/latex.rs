//! The LaTeX commands, and the arguments of those that take them without a bracket of the language.

use super::ast::Span;
use super::commands;
use super::error::{Code, SyntaxError};
use super::lexer::{After, BOLD_MARK, Lexer, Side};
use super::macros;
use super::names::{did_you_mean, greek, known_function};
use super::token::{Lexeme, Token};

/// Commands that only change how the page looks.
const LAYOUT: &[&str] = &[
    "quad",
    "qquad",
    "displaystyle",
    "textstyle",
    "limits",
    "nolimits",
    "thinspace",
    "big",
    "Big",
    "bigg",
    "Bigg",
    "bigl",
    "bigr",
    "Bigl",
    "Bigr",
    "biggl",
    "biggr",
    "Biggl",
    "Biggr",
    "nonumber",
    "hspace",
    "space",
];

/// Commands whose argument is a word, or one letter.
#[rustfmt::skip]
const FONTS: &[&str] = &[
    "operatorname", "mathrm", "mathbb", "mathbf", "mathit", "mathcal", "mathsf", "mathop", "text", "textrm", "textbf",
    "textit", "mathds", "mathscr", "bm", "boldsymbol", "rm", "textsc", "textsf", "mathbbm", "pmb",
];

/// Fonts that make a letter a vector, or a matrix.
#[rustfmt::skip]
const BOLD: &[&str] = &["mathbf", "bm", "boldsymbol", "pmb", "textbf"];

/// Signs above a letter, which make another letter.
#[rustfmt::skip]
const ACCENTS: &[(&str, char)] = &[
    ("hat", '\u{302}'), ("widehat", '\u{302}'), ("tilde", '\u{303}'), ("widetilde", '\u{303}'), ("bar", '\u{304}'),
    ("overline", '\u{304}'), ("check", '\u{30c}'), ("breve", '\u{306}'), ("dot", '\u{307}'), ("ddot", '\u{308}'),
];

/// Environments that only arrange the page.
#[rustfmt::skip]
const ENVIRONMENTS: &[&str] = &[
    "equation", "align", "gather", "split", "aligned", "gathered", "multline", "alignat", "alignedat", "flalign",
    "eqnarray", "subarray", "displaymath", "math", "subequations",
];

/// Commands with an argument that says nothing.
#[rustfmt::skip]
const LABELS: &[&str] = &["label", "tag", "color", "vspace", "hspace", "phantom", "hphantom", "vphantom", "textcolor"];

/// What is parsed and has no meaning yet, by the command that shows it.
#[rustfmt::skip]
const LATER: &[(&str, &str)] = &[
    ("otimes", "a product of vectors"), ("succeq", "a matrix that may be singular"),
    ("vec", "a vector"),
    ("mathbb{S}", "a sphere"), ("oint", "an integral along a curve"), ("iint", "a double integral"),
    ("lim", "a limit"), ("sup", "a supremum"), ("inf", "an infimum"), ("arg", "the place of an optimum"),
    ("argmax", "the place of a maximum"), ("argmin", "the place of a minimum"), ("sqcup", "a union"),
    ("cup", "a union"), ("cap", "an intersection"),
    ("binom", "a binomial coefficient"), ("lfloor", "a rounded number"),
    ("lceil", "a rounded number"), ("oplus", "a sum of spaces"), ("circ", "a composition of functions"),
];

/// Commands that stand for one symbol.
#[rustfmt::skip]
const SYMBOLS: &[(&str, &str)] = &[
    ("cdot", "*"), ("times", "*"), ("ast", "*"), ("div", "/"), ("infty", "∞"), ("sim", "~"), ("int", "∫"),
    ("top", "⊤"), ("intercal", "⊤"), ("odot", "⊙"), ("circledast", "⊙"), ("succ", "≻"), ("langle", "⟨"), ("rangle", "⟩"), ("in", "∈"), ("to", "→"), ("rightarrow", "→"), ("lVert", "‖"), ("rVert", "‖"),
    ("nabla", "∇"), ("partial", "∂"), ("le", "≤"), ("leq", "≤"), ("leqslant", "≤"), ("ge", "≥"), ("geq", "≥"),
    ("geqslant", "≥"), ("ne", "≠"), ("neq", "≠"), ("lt", "<"), ("gt", ">"), ("lvert", "⌈"),
    ("rvert", "⌉"), ("Vert", "‖"), ("parallel", "‖"), ("prime", "'"), ("Delta", "Δ"), ("colon", ":"),
    ("mid", "¦"), ("triangleq", ":="), ("doteq", ":="), ("coloneqq", ":="), ("propto", "∝"), ("sum", "∑"), ("prod", "∏"), ("ldots", "…"), ("dots", "…"), ("cdots", "…"), ("dotsc", "…"),
    ("dotsb", "…"), ("vdots", "…"), ("approx", "≈"), ("simeq", "≈"), ("lbrack", "["), ("rbrack", "]"), ("lbrace", "{"), ("rbrace", "}"), ("vert", "|"), ("Gamma", "Γ"), ("dagger", "†"),
];

impl Lexer<'_> {
    /// Reads a command; the place is at its backslash.
    pub(super) fn command(&mut self) -> Result<(), SyntaxError> {
        let start = self.at;
        self.at += 1;
        let letters = self.rest().bytes().take_while(u8::is_ascii_alphabetic).count();
        if letters == 0 {
            return self.control_symbol(start);
        }
        let name = self.rest()[..letters].to_string();
        self.at += letters;
        match name.as_str() {
            _ if macros::is_defining(&name) => self.define(&name, start)?,
            _ if self.expand(&name, start)? => {}
            "begin" | "end" => self.environment(start)?,
            "underset" => {
                let (below, sign) = (self.argument(), self.argument());
                self.part(sign.0, sign.1)?;
                self.push(Token::Symbol("_"), start);
                self.bracket("{", start);
                self.part(below.0, below.1)?;
                self.bracket("}", self.at);
            }
            "overset" | "stackrel" => {
                self.argument();
                let sign = self.argument();
                // `\overset{iid}{\sim}` says of samples what they are anyway.
                self.part(sign.0, sign.1)?;
            }
            "underbrace" | "overbrace" | "boxed" | "ensuremath" => {
                self.skip_space();
                if self.peek() == Some('{') {
                    let label = name.ends_with("brace");
                    self.open_brace(if label { After::Label } else { After::Arguments(0) });
                }
            }
            "over" => self.over(start)?,
            "mathop" | "mathrel" | "mathbin" | "mathord" => {
                let (from, to) = self.argument();
                self.part(from, to)?;
            }
            _ if LABELS.contains(&name.as_str()) => {
                if self.peek() == Some('*') {
                    self.at += 1;
                }
                self.group();
            }
            _ if ACCENTS.iter().any(|(accent, _)| *accent == name) => self.accent(&name, start)?,
            "ell" => self.push(Token::Name("ℓ".into()), start),
            "Pr" => self.push(Token::Name("P".into()), start),
            "left" => self.delimiter(Side::Left),
            "middle" => self.delimiter(Side::Middle),
            "right" => self.delimiter(Side::Right),
            "vert" => self.bar(start),
            "bot" => self.push_name("stopgrad", start),
            "Gamma" => self.push(Token::Name("Γ".into()), start),
            "frac" | "dfrac" | "tfrac" | "cfrac" => {
                self.push(Token::Symbol("÷"), start);
                self.arguments(2)?;
            }
            "sqrt" => {
                self.push_name("sqrt", start);
                self.skip_space();
                if self.peek() == Some('[') {
                    let here = Span { start: self.at, end: self.at + 1 };
                    return Err(SyntaxError::new("roots other than the square root are written as powers", here)
                        .help("write x^{1/3}"));
                }
                self.arguments(1)?;
            }
            _ if LAYOUT.contains(&name.as_str()) => self.glued = false,
            _ if FONTS.contains(&name.as_str()) => self.font(&name, start)?,
            _ => self.named(&name, start)?,
        }
        Ok(())
    }

    /// `\left`, `\right`: they tell the role of a bar, and `.` is an invisible bracket.
    fn delimiter(&mut self, side: Side) {
        let start = self.at;
        self.skip_space();
        if side == Side::Right && self.points.last() == Some(&start) {
            // The bar of a value at a point closes all that stands behind `\left.`.
            self.points.pop();
            self.group();
            self.bracket(")", start);
            self.push(Token::Symbol("⇓"), start);
        } else if self.peek() == Some('.') {
            self.at += 1;
            if let Some(place) = self.point_behind().filter(|_| side == Side::Left) {
                self.points.push(place);
                self.bracket("(", start);
            }
        } else {
            self.side = Some(side);
        }
    }

    /// Where the `\right|_` stands that belongs to a `\left.` before this place.
    fn point_behind(&self) -> Option<usize> {
        let mut open = 1;
        let mut at = self.at;
        loop {
            let next = self.text[at..].find('\\')?;
            at += next + 1;
            let rest = &self.text[at..];
            let word = &rest[..rest.bytes().take_while(u8::is_ascii_alphabetic).count()];
            at += word.len().max(rest.chars().next().map_or(0, char::len_utf8));
            match word {
                "left" => open += 1,
                "right" => open -= 1,
                _ => {}
            }
            if open == 0 {
                let bar = self.text[at..].trim_start();
                let bars = ["|", "\\vert", "\\rvert"];
                let behind = bars.iter().find_map(|sign| bar.strip_prefix(sign))?;
                return behind.trim_start().starts_with('_').then_some(at);
            }
        }
    }

    /// `\begin{align}`: the name of an environment that arranges the page is passed over.
    fn environment(&mut self, start: usize) -> Result<(), SyntaxError> {
        self.skip_space();
        let name = self.group();
        let here = Span { start, end: self.at };
        let plain = name.trim().trim_end_matches('*');
        if ENVIRONMENTS.contains(&plain) {
            if plain.starts_with("alignat") || plain.starts_with("aligned") || plain == "subarray" {
                self.skip_space();
                if self.rest().starts_with('{') {
                    self.group();
                }
            }
            self.glued = false;
            return Ok(());
        }
        if plain == "cases" && self.text[start..].starts_with("\\begin") {
            return self.cases(start);
        }
        Err(match plain {
            _ if plain.ends_with("matrix") || plain == "array" => later("a matrix", here),
            _ => SyntaxError::new(format!("`{plain}` is no environment of formulas"), here)
                .code(Code::Character)
                .help("leave it out, or write \\begin{align} … \\end{align}"),
        })
    }

    /// `{a \over b}`: a fraction.
    fn over(&mut self, start: usize) -> Result<(), SyntaxError> {
        let Some((_, open)) = self.braces.last().copied() else {
            return Err(
                SyntaxError::new("`\\over` stands in braces", Span { start, end: self.at }).help("write \\frac{a}{b}")
            );
        };
        let sign = Lexeme { token: Token::Symbol("÷"), ..self.out[open].clone() };
        self.out.insert(open, sign);
        self.bracket("}", start);
        self.bracket("{", start);
        Ok(())
    }

    /// `\hat x`, `\bar{x}`: a letter of its own.
    fn accent(&mut self, command: &str, start: usize) -> Result<(), SyntaxError> {
        let mark = ACCENTS.iter().find(|(accent, _)| *accent == command).map_or('\u{302}', |(_, mark)| *mark);
        let (from, to) = self.argument();
        let first = self.out.len();
        self.part(from, to)?;
        let above_one = |end: usize| {
            SyntaxError::new(format!("`\\{command}` stands above one letter"), Span { start, end })
                .code(Code::Name)
                .help(format!("as in \\{command}{{x}}; a mean is written E_{{x ~ p}}[f(x)]"))
        };
        if !only_scripts(self.out.get(first + 1..).unwrap_or(&[])) {
            return Err(above_one(self.at));
        }
        let mut bold = false;
        if let Some(Lexeme { token: Token::Name(letter), .. }) = self.out.get_mut(first)
            && letter.ends_with(BOLD_MARK)
        {
            letter.pop();
            bold = true;
        }
        let letter = match &mut self.out[first..] {
            [Lexeme { token: Token::Name(letter), span, .. }, ..]
                if super::names::undecorated(letter).chars().count() == 1 || letter == "Var" =>
            {
                *span = self.used_at.unwrap_or(Span { start, end: span.end });
                letter
            }
            _ => return Err(above_one(self.at)),
        };
        // The empirical mean over what is drawn is that mean.
        if letter != "E" {
            letter.push(mark);
        }
        if bold {
            letter.push(BOLD_MARK);
        }
        self.glued = true;
        Ok(())
    }

    fn named(&mut self, name: &str, start: usize) -> Result<(), SyntaxError> {
        if name == "star" {
            // Above a letter it is the star of its name, below it a word.
            let script = |sign: &str| {
                let braced = self.out.last().is_some_and(|last| last.is("{"));
                self.out.iter().rev().nth(usize::from(braced)).is_some_and(|before| before.is(sign))
            };
            if script("_") || script("^") {
                let token = if script("_") { Token::Name("star".into()) } else { Token::Symbol("*") };
                self.push(token, start);
                return Ok(());
            }
        }
        if let Some((_, symbol)) = SYMBOLS.iter().find(|(command, _)| *command == name) {
            self.push(Token::Symbol(symbol), start);
        } else if let Some((_, what)) = LATER.iter().find(|(command, _)| *command == name) {
            let error = later(what, Span { start, end: self.at });
            return Err(match commands::instead_of(name) {
                Some(help) => error.help(help),
                None => error,
            });
        } else if let Some(error) = commands::absent(name, Span { start, end: self.at }) {
            return Err(error);
        } else if greek(name).is_some() || known_function(name).is_some() {
            self.push_name(name, start);
        } else {
            let known = SYMBOLS.iter().map(|(command, _)| *command).chain(FONTS.iter().copied());
            let known = known.chain(["frac", "sqrt", "left", "right"]);
            // Short names are near to many.
            let near = did_you_mean(name, known)
                .or_else(|| did_you_mean(name, super::names::GREEK.iter().map(|(ascii, _)| *ascii)))
                .filter(|_| name.len() > 3);
            let error = SyntaxError::new(format!("unknown LaTeX command `\\{name}`"), Span { start, end: self.at })
                .code(Code::Character);
            return Err(match near {
                Some(near) => error.help(format!("did you mean `\\{near}`?")),
                None => error.help(format!(
                    "a command of your own is defined in front of the formula: \\newcommand{{\\{name}}}{{{}}}",
                    commands::usual_body(name)
                )),
            });
        }
        Ok(())
    }

    /// `\,` and its like are space, `\{` and `\|` are brackets and bars.
    fn control_symbol(&mut self, start: usize) -> Result<(), SyntaxError> {
        let Some(c) = self.peek() else {
            return Err(
                SyntaxError::new("a command is missing after `\\`", Span { start, end: self.at }).code(Code::Character)
            );
        };
        self.at += c.len_utf8();
        match c {
            ',' | ';' | ':' | '!' | '\\' | '(' | ')' | '[' | ']' => self.glued = false,
            c if c.is_whitespace() => self.glued = false,
            '{' => self.push(Token::Symbol("{"), start),
            '}' => self.push(Token::Symbol("}"), start),
            '|' => {
                self.side = None;
                self.push(Token::Symbol("‖"), start);
            }
            '#' | '%' | '&' | '$' | '_' | '"' | '\'' | '.' => {
                let message = format!("`\\{c}` is not part of the language");
                return Err(SyntaxError::new(message, Span { start, end: self.at }).code(Code::Character));
            }
            _ => {
                let message = format!("`\\{c}` is not a LaTeX command");
                return Err(SyntaxError::new(message, Span { start, end: self.at }));
            }
        }
        Ok(())
    }

    /// `\mathrm{word}`, `\mathbb E`: the word, as one name.
    fn font(&mut self, command: &str, start: usize) -> Result<(), SyntaxError> {
        if self.peek() == Some('*') {
            self.at += 1;
        }
        let (from, to) = self.argument();
        let inner = self.text[from..to].to_string();
        let here = Span { start, end: self.at };
        if inner.is_empty() {
            return Err(SyntaxError::new("this command needs a word in braces", here).help("as in `\\mathrm{sg}`"));
        }
        let bold = BOLD.contains(&command);
        if inner.starts_with('\\') && !inner.contains("\\_") {
            let first = self.out.len();
            self.part(from, to)?;
            return match &self.out[first..] {
                [Lexeme { token: Token::Name(_), .. }] if bold => {
                    self.mark_bold();
                    Ok(())
                }
                _ => Ok(()),
            };
        }
        let inner = inner.replace("\\_", "_");
        for word in inner.split_whitespace() {
            let letters =
                word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !word.as_bytes()[0].is_ascii_digit();
            match (command, word) {
                (_, "1") | ("mathbb" | "mathds" | "mathbbm", "I") => self.push(Token::Symbol("𝟏"), start),
                ("mathbb", "V") => self.push_name("Var", start),
                ("mathbb", "R") => self.push(Token::Name("ℝ".into()), start),
                ("mathbb", "S" | "B") => return Err(later("a sphere or a ball", here)),
                ("mathcal" | "mathscr", letter)
                    if letter.len() == 1 && letters && !matches!(letter, "N" | "H" | "U" | "E" | "P") =>
                {
                    self.push(Token::Name(script(letter)), start);
                }
                (_, "E" | "N" | "Var" | "Cov" | "P") if bold => self.push_name(word, start),
                (_, "I") if bold => self.push_name(word, start),
                (_, "0") if bold => self.push(Token::Number(word.into()), start),
                _ if bold && word.chars().count() == 1 && letters => {
                    self.push_name(word, start);
                    self.mark_bold();
                }
                (_, "beta" | "gamma") if command == "operatorname" => self.push(Token::Name(word.into()), start),
                (_, "stop_gradient" | "stop_grad" | "StopGradient") => self.push_name("stopgrad", start),
                _ if letters || greek(word).is_some() => self.push_name(word, start),
                _ => {
                    self.at = to;
                    return Err(SyntaxError::new(format!("`{word}` is not a name"), here)
                        .code(Code::Character)
                        .help("words are no part of a formula: leave them out"));
                }
            }
        }
        Ok(())
    }

    /// The last letter is a vector.
    fn mark_bold(&mut self) {
        if let Some(Lexeme { token: Token::Name(name), .. }) = self.out.last_mut()
            && !name.ends_with(BOLD_MARK)
        {
            name.push(BOLD_MARK);
        }
    }

    /// The next `count` arguments of a command: braces, or TeX's single digit, letter or command.
    pub(super) fn arguments(&mut self, count: usize) -> Result<(), SyntaxError> {
        for left in (0..count).rev() {
            self.skip_space();
            let start = self.at;
            let Some(c) = self.peek() else {
                let here = Span { start, end: start };
                return Err(SyntaxError::new("an argument in braces is missing here", here));
            };
            if c == '{' {
                // The arguments after this one are read when its brace closes.
                self.open_brace(After::Arguments(left));
                return Ok(());
            }
            self.push(Token::Symbol("{"), start);
            self.single(c, start)?;
            self.push(Token::Symbol("}"), self.at);
        }
        Ok(())
    }

    fn single(&mut self, c: char, start: usize) -> Result<(), SyntaxError> {
        let command = self.rest().strip_prefix('\\').unwrap_or("");
        let letters = command.bytes().take_while(u8::is_ascii_alphabetic).count();
        if let Some(letter) = greek(&command[..letters]) {
            self.at += letters + 1;
            self.push_name(letter, start);
        } else if c.is_ascii_digit() {
            self.at += 1;
            self.push(Token::Number(c.to_string()), start);
        } else if c.is_ascii_alphabetic() || ('\u{370}'..='\u{3ff}').contains(&c) {
            self.at += c.len_utf8();
            self.push_name(&c.to_string(), start);
        } else {
            let here = Span { start, end: start + c.len_utf8() };
            return Err(SyntaxError::new("expected an argument in braces", here).help("as in `\\frac{a}{b}`"));
        }
        Ok(())
    }
}

/// Behind the letter of `\hat{x_1}` only scripts may stand.
fn only_scripts(mut tokens: &[Lexeme]) -> bool {
    loop {
        match tokens {
            [] => return true,
            [prime, rest @ ..] if prime.is("'") => tokens = rest,
            [sign, open, rest @ ..] if (sign.is("_") || sign.is("^")) && open.is("{") => {
                let mut depth = 1;
                let close = rest.iter().position(|token| {
                    depth += i32::from(token.is("{")) - i32::from(token.is("}"));
                    depth == 0
                });
                let Some(close) = close else { return false };
                tokens = &rest[close + 1..];
            }
            [sign, _, rest @ ..] if sign.is("_") || sign.is("^") => tokens = rest,
            _ => return false,
        }
    }
}

/// What is read, and has no meaning yet.
pub(super) fn later(what: &str, span: Span) -> SyntaxError {
    SyntaxError::new(format!("{what} has no meaning here yet"), span)
        .code(Code::Unsupported)
        .help("formulas are about single numbers, functions of them, and laws on the line")
}

/// A script letter is a letter of its own.
pub(super) fn script(letter: &str) -> String {
    let offset = letter.bytes().next().map_or(0, |byte| u32::from(byte.to_ascii_uppercase() - b'A'));
    char::from_u32(0x1d4d0 + offset).map_or_else(|| letter.to_string(), String::from)
}
