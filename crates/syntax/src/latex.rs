//! The LaTeX commands, and the arguments of those that take them without a bracket of the language.

use super::ast::Span;
use super::error::{Code, SyntaxError};
use super::lexer::{Lexer, Side};
use super::names::{did_you_mean, greek, known_function};
use super::token::Token;

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
const FONTS: &[&str] = &[
    "operatorname",
    "mathrm",
    "mathbb",
    "mathbf",
    "mathit",
    "mathcal",
    "mathsf",
    "mathop",
    "text",
    "textrm",
    "textbf",
    "textit",
    "mathds",
    "bm",
    "boldsymbol",
    "rm",
];

/// Commands that stand for one symbol.
#[rustfmt::skip]
const SYMBOLS: &[(&str, &str)] = &[
    ("cdot", "*"), ("times", "*"), ("ast", "*"), ("div", "/"), ("infty", "∞"), ("sim", "~"), ("int", "∫"),
    ("nabla", "∇"), ("partial", "∂"), ("le", "≤"), ("leq", "≤"), ("leqslant", "≤"), ("ge", "≥"), ("geq", "≥"),
    ("geqslant", "≥"), ("ne", "≠"), ("neq", "≠"), ("lt", "<"), ("gt", ">"), ("mid", "¦"), ("lvert", "⌈"),
    ("rvert", "⌉"), ("Vert", "‖"), ("parallel", "‖"), ("prime", "'"), ("Delta", "Δ"), ("colon", ":"),
    ("lbrack", "["), ("rbrack", "]"), ("lbrace", "{"), ("rbrace", "}"), ("vert", "|"), ("Gamma", "Γ"),
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
            "left" => self.delimiter(Side::Left),
            "middle" => self.delimiter(Side::Middle),
            "right" => self.delimiter(Side::Right),
            "vert" => self.bar(start),
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
            _ if FONTS.contains(&name.as_str()) => self.font(start)?,
            _ => self.named(&name, start)?,
        }
        Ok(())
    }

    /// `\left`, `\right`: they tell the role of a bar, and `.` is an invisible bracket.
    fn delimiter(&mut self, side: Side) {
        self.skip_space();
        if self.peek() == Some('.') {
            self.at += 1;
        } else {
            self.side = Some(side);
        }
    }

    fn named(&mut self, name: &str, start: usize) -> Result<(), SyntaxError> {
        if let Some((_, symbol)) = SYMBOLS.iter().find(|(command, _)| *command == name) {
            self.push(Token::Symbol(symbol), start);
        } else if greek(name).is_some() || known_function(name).is_some() {
            self.push_name(name, start);
        } else {
            let commands = SYMBOLS.iter().map(|(command, _)| *command);
            let near =
                did_you_mean(name, commands.chain(FONTS.iter().copied()).chain(["frac", "sqrt", "left", "right"]));
            let near = near.or_else(|| did_you_mean(name, super::names::GREEK.iter().map(|(ascii, _)| *ascii)));
            let error = SyntaxError::new(format!("unknown LaTeX command `\\{name}`"), Span { start, end: self.at })
                .code(Code::Character);
            return Err(match near {
                Some(near) => error.help(format!("did you mean `\\{near}`?")),
                None => error.help(format!("write a function's name as `\\operatorname{{{name}}}`")),
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
    fn font(&mut self, start: usize) -> Result<(), SyntaxError> {
        if self.peek() == Some('*') {
            self.at += 1;
        }
        self.skip_space();
        let inner = match self.peek() {
            Some('{') => self.rest()[1..].split_once('}').map(|(inner, _)| inner),
            Some(c) if c.is_ascii_alphanumeric() => Some(&self.rest()[..1]),
            _ => None,
        };
        let Some(inner) = inner else {
            let here = Span { start, end: self.at };
            return Err(SyntaxError::new("this command needs a word in braces", here).help("as in `\\mathrm{sg}`"));
        };
        let braces = if self.peek() == Some('{') { 2 } else { 0 };
        let inner = inner.to_string();
        self.at += inner.len() + braces;
        for word in inner.split_whitespace() {
            let letters = word.bytes().all(|b| b.is_ascii_alphanumeric()) && !word.as_bytes()[0].is_ascii_digit();
            match word {
                "1" => self.push(Token::Symbol("𝟏"), start),
                _ if letters || greek(word).is_some() => self.push_name(word, start),
                _ => {
                    let here = Span { start, end: self.at };
                    return Err(SyntaxError::new(format!("`{word}` is not a name"), here).code(Code::Character));
                }
            }
        }
        Ok(())
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
                self.open_brace(left);
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

    fn skip_space(&mut self) {
        let space = self.rest().len() - self.rest().trim_start().len();
        self.at += space;
    }
}
