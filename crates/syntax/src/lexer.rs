//! From text in any of the three spellings to one stream of tokens.

use super::ast::Span;
use super::error::{Code, SyntaxError};
use super::hint::Hint;
use super::macros::Macros;
use super::names::{OF_MATRICES, greek, is_word};
use super::token::{Lexeme, Token};

/// The longest text of one statement, in bytes.
pub(crate) const MAX_LENGTH: usize = 100_000;
/// The most digits of a number, and the largest exponent of ten, that are read.
const MAX_DIGITS: usize = 10_000;
const MAX_EXPONENT: usize = 4_000;

/// The tokens of a text from a byte on. A text with a backslash is LaTeX: there, an unknown run of letters is a product.
pub(crate) fn tokens(text: &str, from: usize, macros: &Macros) -> Result<Vec<Lexeme>, SyntaxError> {
    lexed(text, from, macros).map(|lexed| lexed.tokens)
}

/// The tokens of a text, and what else it says.
pub(crate) struct Lexed {
    pub tokens: Vec<Lexeme>,
    /// What there is to say of them.
    pub remarks: Vec<Hint>,
    /// The places of bold letters: they are vectors.
    pub bold: Vec<usize>,
}

/// Behind the name of a bold letter, until all is read.
pub(super) const BOLD_MARK: char = '\u{e000}';

/// The tokens of a text from a byte on, with what there is to say of them.
pub(crate) fn lexed(text: &str, from: usize, macros: &Macros) -> Result<Lexed, SyntaxError> {
    if text.len() - from > MAX_LENGTH {
        let message = format!("this statement is longer than {MAX_LENGTH} bytes");
        return Err(SyntaxError::new(message, Span { start: from, end: from })
            .code(Code::Limit)
            .help("split it with `where` or `let`"));
    }
    let mut lexer = Lexer::new(text, from, is_latex(&text[from..]));
    lexer.macros = macros.clone();
    while lexer.at < text.len() {
        lexer.next()?;
    }
    // A formula that ends a sentence.
    while lexer.out.last().is_some_and(|last| (last.is(",") && lexer.latex) || last.is(".")) && lexer.out.len() > 1 {
        lexer.out.pop();
    }
    let mut bold = Vec::new();
    for (at, lexeme) in lexer.out.iter_mut().enumerate() {
        if let Token::Name(name) = &mut lexeme.token
            && name.ends_with(BOLD_MARK)
        {
            name.pop();
            bold.push(at);
        }
    }
    Ok(Lexed { tokens: lexer.out, remarks: lexer.remarks, bold })
}

/// Is there a backslash before the comment?
pub(crate) fn is_latex(text: &str) -> bool {
    text.split_once('#').map_or(text, |(before, _)| before).contains('\\')
}

/// Whether a bar was marked by `\left` or `\right`.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Side {
    Left,
    Middle,
    Right,
}

/// What is due when a brace closes.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum After {
    /// So many more arguments of a command; none for a brace of the user's own.
    Arguments(usize),
    /// Nothing but decoration: the text below `\underbrace`.
    Label,
}

pub(super) struct Lexer<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) latex: bool,
    pub(super) glued: bool,
    pub(super) side: Option<Side>,
    /// For each open brace, what follows when it closes, and the token that it is.
    pub(super) braces: Vec<(After, usize)>,
    /// Places of `\right` that close a `\left.` of which the value at a point is taken.
    pub(super) points: Vec<usize>,
    /// What `\newcommand` and its like define.
    pub(super) macros: Macros,
    /// In the text of a macro every token stands where the macro was used.
    pub(super) used_at: Option<Span>,
    /// How many macros are being expanded.
    pub(super) expansions: usize,
    pub(super) out: Vec<Lexeme>,
    pub(super) remarks: Vec<Hint>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str, at: usize, latex: bool) -> Lexer<'a> {
        Lexer {
            text,
            at,
            latex,
            glued: false,
            side: None,
            braces: Vec::new(),
            points: Vec::new(),
            macros: Macros::default(),
            used_at: None,
            expansions: 0,
            out: Vec::new(),
            remarks: Vec::new(),
        }
    }
}

impl Lexer<'_> {
    pub(super) fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn push(&mut self, token: Token, start: usize) {
        let span = self.used_at.unwrap_or(Span { start, end: self.at });
        self.out.push(Lexeme { token, span, glued: self.glued });
        self.glued = true;
        self.side = None;
    }

    pub(super) fn next(&mut self) -> Result<(), SyntaxError> {
        let start = self.at;
        let Some(c) = self.peek() else { return Ok(()) };
        match c {
            '#' => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
            '$' => self.at += 1,
            '&' if self.latex => self.at += 1,
            c if c.is_whitespace() => {
                self.at += c.len_utf8();
                self.glued = false;
            }
            '\\' => self.command()?,
            '0'..='9' => self.number()?,
            'a'..='z' | 'A'..='Z' => self.word(),
            '{' => self.open_brace(After::Arguments(0)),
            '}' => {
                self.at += 1;
                self.push(Token::Symbol("}"), start);
                match self.braces.pop() {
                    Some((After::Arguments(arguments), _)) => self.arguments(arguments)?,
                    Some((After::Label, _)) => self.skip_script(),
                    None => {}
                }
            }
            '.' if self.placeholder() => {
                self.at += 1;
                self.push(Token::Symbol("*"), start);
            }
            _ if superscript(c).is_some() => self.superscripts(),
            '₀'..='₉' => self.subscripts(),
            _ => self.symbol(c)?,
        }
        Ok(())
    }

    pub(super) fn open_brace(&mut self, after: After) {
        self.at += 1;
        self.braces.push((after, self.out.len()));
        self.push(Token::Symbol("{"), self.at - 1);
    }

    /// The point of `q(.|x)`: any value.
    fn placeholder(&self) -> bool {
        let next = self.rest()[1..].trim_start();
        self.out.last().is_some_and(|last| last.is("(")) && next.starts_with(['|', ';', ')', '\\'])
    }

    /// `_{…}` or `^{…}` that says nothing.
    fn skip_script(&mut self) {
        self.skip_space();
        if self.rest().starts_with(['_', '^']) {
            self.at += 1;
            self.group();
        }
    }

    fn number(&mut self) -> Result<(), SyntaxError> {
        let start = self.at;
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let mut end = start + digits(self.rest());
        if self.text[end..].starts_with('.') {
            let decimals = digits(&self.text[end + 1..]);
            end += if decimals > 0 { decimals + 1 } else { 0 };
        }
        let tail = &self.text[end..];
        let mut exponent = 0;
        if let Some(power) = tail.strip_prefix(['e', 'E']) {
            let sign = usize::from(power.starts_with(['+', '-']));
            exponent = digits(&power[sign..]);
            let large = power[sign..sign + exponent].parse::<usize>().map_or(exponent > 0, |e| e > MAX_EXPONENT);
            if large {
                let span = Span { start: end, end: end + 1 + sign + exponent };
                return Err(SyntaxError::new(format!("an exponent of ten above {MAX_EXPONENT} is out of range"), span)
                    .code(Code::Limit));
            }
            end += if exponent > 0 { 1 + sign + exponent } else { 0 };
        }
        if end - start - exponent > MAX_DIGITS {
            let message = format!("a number of more than {MAX_DIGITS} digits is out of range");
            return Err(SyntaxError::new(message, Span { start, end }).code(Code::Limit));
        }
        self.at = end;
        self.push(Token::Number(self.text[start..end].to_string()), start);
        Ok(())
    }

    /// A run of Latin letters: one name in plain text, where digits may follow; in LaTeX one name if it is known.
    fn word(&mut self) {
        let start = self.at;
        let letters = self.rest().bytes().take_while(u8::is_ascii_alphabetic).count();
        let length = self.rest().bytes().take_while(u8::is_ascii_alphanumeric).count();
        let function = matches!(&self.rest()[..length], "gamma" | "beta")
            && self.rest()[length..].trim_start_matches('\'').starts_with('(');
        if function && !self.latex {
            // The functions have Latin names; the letters γ and β are factors.
            self.at += length;
            self.push(Token::Name(self.text[start..self.at].to_string()), start);
        } else if !self.latex {
            self.at += length;
            self.name(start, start);
        } else if self.is_word(letters) || self.word_is_due() {
            self.at += letters;
            self.name(start, start);
        } else {
            for letter in start..start + letters {
                self.at = letter + 1;
                self.name(letter, letter);
            }
        }
    }

    /// Is a run of letters a word? `tr` and the like are, before a bracket: without one they are letters beside each other.
    fn is_word(&self, letters: usize) -> bool {
        let (run, behind) = self.rest().split_at(letters);
        is_word(run) && (!OF_MATRICES.contains(&run) || behind.starts_with(['(', '[']))
    }

    /// After `~` comes the name of a law, after `:` that of a class.
    fn word_is_due(&self) -> bool {
        self.out.last().is_some_and(|last| last.is("~") || last.is(":"))
    }

    /// Pushes the name that the text from `start` to here spells.
    fn name(&mut self, start: usize, place: usize) {
        let word = self.text[start..self.at].to_string();
        self.push_name(&word, place);
    }

    pub(super) fn push_name(&mut self, word: &str, start: usize) {
        let token = match word {
            "Delta" => Token::Symbol("Δ"),
            "oo" => Token::Symbol("∞"),
            "propto" => Token::Symbol("∝"),
            // A script capital in plain text.
            _ if word.len() == 4 && word.starts_with("cal") && word.ends_with(|c: char| c.is_ascii_uppercase()) => {
                Token::Name(super::latex::script(&word[3..]))
            }
            _ => Token::Name(greek(word).unwrap_or(word).to_string()),
        };
        self.push(token, start);
    }

    /// `²`, `⁻¹`, `ⁿ`: a power.
    fn superscripts(&mut self) {
        let start = self.at;
        let run: String = self.rest().chars().map_while(superscript).collect();
        self.at += self.rest().chars().take_while(|c| superscript(*c).is_some()).map(char::len_utf8).sum::<usize>();
        self.push(Token::Symbol("^"), start);
        let plain = run.bytes().all(|b| b.is_ascii_digit());
        if !plain {
            self.push(Token::Symbol("("), start);
        }
        let mut rest = run.as_str();
        while let Some(c) = rest.chars().next() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            match c {
                '-' => self.push(Token::Symbol("-"), start),
                '+' => self.push(Token::Symbol("+"), start),
                '0'..='9' => self.push(Token::Number(rest[..digits].to_string()), start),
                letter => self.push(Token::Name(letter.to_string()), start),
            }
            rest = &rest[digits.max(1)..];
        }
        if !plain {
            self.push(Token::Symbol(")"), start);
        }
    }

    /// `x₁₂`: a subscript.
    fn subscripts(&mut self) {
        let start = self.at;
        let digit = |c: char| ('₀'..='₉').contains(&c).then(|| (c as u32 - '₀' as u32 + u32::from(b'0')) as u8 as char);
        let run: String = self.rest().chars().map_while(digit).collect();
        self.at += run.len() * '₀'.len_utf8();
        self.push(Token::Symbol("_"), start);
        self.push(Token::Number(run), start);
    }

    fn symbol(&mut self, c: char) -> Result<(), SyntaxError> {
        let start = self.at;
        if let Some((spelling, symbol)) = SYMBOLS.iter().find(|(spelling, _)| self.rest().starts_with(spelling)) {
            self.at += spelling.len();
            match *symbol {
                "|" => self.bar(start),
                _ => self.push(Token::Symbol(symbol), start),
            }
            return Ok(());
        }
        self.at += c.len_utf8();
        let here = Span { start, end: self.at };
        match c {
            '\u{370}'..='\u{3ff}' | 'µ' if c.is_alphabetic() => self.name(start, start),
            'ℓ' | '𝓐'..='𝓩' => self.name(start, start),
            // An accent above the letter before it.
            '\u{300}'..='\u{36f}' => {
                if let Some(Lexeme { token: Token::Name(letter), .. }) = self.out.last_mut() {
                    letter.push(c);
                }
            }
            '𝔼' => self.push_name("E", start),
            '𝒩' => self.push_name("N", start),
            // The thin script capitals are those of `\mathcal`, too.
            '\u{1d49c}'..='\u{1d4b5}' => {
                let bold = char::from_u32(c as u32 - 0x1d49c + 0x1d4d0).unwrap_or(c);
                self.push_name(&bold.to_string(), start);
            }
            '″' => {
                self.push(Token::Symbol("'"), start);
                self.push(Token::Symbol("'"), start);
            }
            '"' => {
                return Err(SyntaxError::new("quoted text has no place here", here)
                    .code(Code::Character)
                    .help("leave the quotation marks out"));
            }
            _ => {
                if let Some(error) = super::commands::absent_character(c, here) {
                    return Err(error);
                }
                return Err(SyntaxError::new(format!("`{c}` is not part of the language"), here).code(Code::Character));
            }
        }
        Ok(())
    }

    /// A bar, whose role is known if `\left`, `\middle` or `\right` came before it.
    pub(super) fn bar(&mut self, start: usize) {
        let symbol = match self.side.take() {
            Some(Side::Left) => "⌈",
            Some(Side::Right) => "⌉",
            Some(Side::Middle) => "¦",
            None => "|",
        };
        self.push(Token::Symbol(symbol), start);
    }
}

/// Spellings of symbols; of those that begin alike, the longer comes first.
#[rustfmt::skip]
const SYMBOLS: &[(&str, &str)] = &[
    ("->", "→"), ("→", "→"), ("<=", "≤"), (">=", "≥"), ("!=", "≠"), ("<>", "≠"), ("==", "=="), (":=", ":="), ("**", "**"),
    ("...", "…"), ("…", "…"), ("..", ".."), (".", "."), (";", ";"), ("!", "!"), ("∈", "∈"), ("⊤", "⊤"), ("≻", "≻"),
    ("⊙", "⊙"), ("⟨", "⟨"), ("⟩", "⟩"), ("∝", "∝"), ("≜", ":="), ("≔", ":="), ("≐", ":="), ("≈", "≈"), ("∑", "∑"), ("∏", "∏"),
    ("≤", "≤"), ("⩽", "≤"), ("≥", "≥"), ("⩾", "≥"), ("≠", "≠"), ("<", "<"), (">", ">"), ("=", "="),
    ("+", "+"), ("-", "-"), ("−", "-"), ("–", "-"), ("*", "*"), ("·", "*"), ("⋅", "*"), ("×", "*"), ("∗", "*"),
    ("/", "/"), ("÷", "/"), ("^", "^"), ("_", "_"), ("(", "("), (")", ")"), ("[", "["), ("]", "]"), (",", ","),
    (":", ":"), ("~", "~"), ("∼", "~"), ("'", "'"), ("′", "'"), ("’", "'"), ("|", "|"), ("∣", "|"), ("‖", "‖"),
    ("∥", "‖"), ("∞", "∞"), ("∫", "∫"), ("∇", "∇"), ("∂", "∂"), ("Δ", "Δ"), ("∆", "Δ"), ("√", "√"), ("𝟙", "𝟏"),
    ("𝟏", "𝟏"), ("†", "†"),
];

/// The plain form of a superscript.
fn superscript(c: char) -> Option<char> {
    let plain = match c {
        '⁰' => '0',
        '¹' => '1',
        '²' => '2',
        '³' => '3',
        '⁴'..='⁹' => (c as u32 - '⁴' as u32 + u32::from(b'4')) as u8 as char,
        '⁻' => '-',
        '⁺' => '+',
        'ⁿ' => 'n',
        'ⁱ' => 'i',
        'ᵏ' => 'k',
        _ => return None,
    };
    Some(plain)
}
