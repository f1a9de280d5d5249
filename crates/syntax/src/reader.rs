//! From tokens to the canonical text that the grammar reads.
//!
//! What a token means may depend on its neighbours: whether `f (x)` is a call, which `|` opens, where an
//! integral ends. All of that is settled here in one pass, so that the grammar needs no second attempt:
//! `ƒ` marks a name in the place of a function, `𝐃 𝐒 𝐄 𝐕 𝐂 𝐊 𝐇` are the operators of the notation, `⌈ ⌉` the
//! bars of an absolute value, `¦` the bar of a density, `𝐝` a differential, `÷` a fraction, `𝟏` an indicator.

use super::ast::Span;
use super::balance::{self, MAX_CHAIN, MAX_DEPTH};
use super::canon::{Canon, Tokens};
use super::constants;
use super::dots;
use super::error::{Code, SyntaxError};
use super::hint::Hint;
use super::latex::later;
use super::lengths;
use super::letters;
use super::lexer;
use super::measures;
use super::scope::Scope;
use super::spellings;
use super::token::{Lexeme, Token};
use super::{adjoints, applications, fields};
use std::collections::{HashMap, HashSet};

/// What kind of bracket a level of nesting is.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Role {
    Group,
    /// The arguments of a function.
    Call,
    /// The arguments of a law or a density: a bar may separate them.
    Arguments,
    /// `KL(… ‖ …)`.
    Divergence,
    /// The body of a mean: behind a bar stands a condition.
    Mean,
}

/// An open bracket, and what is pending inside it.
pub(super) struct Level {
    role: Role,
    /// Absolute values that are open, by the tokens that opened them.
    bars: Vec<usize>,
    /// Norms that are open.
    norms: Vec<usize>,
    /// How many bars are still to come in the arguments of a law, once one was met.
    ahead: Option<usize>,
    /// A bar between arguments has been met.
    barred: bool,
    /// Integrals without their differential so far.
    pub(super) integrals: Vec<usize>,
    /// Prefix operators and powers that nest before the next operand.
    prefixes: usize,
    operands: usize,
    /// The greatest height of a bracket inside.
    height: usize,
    /// What the bracket itself adds to the nesting: nothing behind a prefix, which is counted.
    own: usize,
}

impl Level {
    fn new(role: Role, own: usize) -> Level {
        Level {
            role,
            bars: Vec::new(),
            norms: Vec::new(),
            ahead: None,
            barred: false,
            integrals: Vec::new(),
            prefixes: 0,
            operands: 0,
            height: 0,
            own,
        }
    }

    fn depth(&self) -> usize {
        self.own + self.bars.len() + self.norms.len() + self.integrals.len() + self.prefixes
    }
}

pub(super) struct Reader<'a> {
    text: &'a str,
    pub(super) tokens: Tokens<'a>,
    pub(super) scope: &'a Scope,
    pub(super) canon: Canon,
    pub(super) levels: Vec<Level>,
    /// Does the last token end an operand, so that the next may be a factor of its own?
    pub(super) ends: bool,
    /// The nesting of the levels below the last.
    below: usize,
    pub(super) next_role: Role,
    /// What is read belongs to `given` or `where`, or to a text that is no statement.
    pub(super) clause: bool,
    /// Closing brackets of the subscripts and powers of operators, with the operator.
    pub(super) scripts: HashMap<usize, &'static str>,
    /// Closing brackets of densities that are given nothing: they are written with a bar all the same.
    pub(super) densities: HashSet<usize>,
}

/// The canonical text of what is written from a byte on, or the first thing in it that cannot be read.
pub(crate) fn read(text: &str, from: usize, scope: Scope, definition: bool) -> Result<Canon, SyntaxError> {
    let latex = lexer::is_latex(&text[from..]);
    let lexer::Lexed { mut tokens, remarks, bold } = lexer::lexed(text, from, scope.macros())?;
    if !definition && !scope.is_of_clause() {
        said_by_type(&mut tokens, &bold)?;
    }
    let written = tokens;
    balance::partners(&written)?;
    let (written, mut decisions) = lengths::written_out(written);
    let (written, more) = letters::numbered(written);
    decisions.extend(more);
    let written = spellings::usual(written)?;
    let (written, more) = constants::left_open(written)?;
    decisions.extend(more);
    // In LaTeX a sum has a command of its own: a `\Sigma` is a letter there.
    let sums = !latex || !text[from..].contains("\\Sigma");
    let written = applications::marked(fields::marked(adjoints::marked(dots::as_derivatives(written)?)));
    let (all, more) = letters::joined(written, latex, sums)?;
    decisions.extend(more);
    let (all, more) = measures::as_means(all, latex)?;
    decisions.extend(more);
    let partners = balance::partners(&all)?;
    let tokens = Tokens { all: &all, partners: &partners, latex };
    let scope = scope.collect(tokens, definition);
    let mut reader = Reader {
        text,
        tokens,
        scope: &scope,
        canon: Canon::default(),
        levels: vec![Level::new(Role::Group, 0)],
        ends: false,
        below: 0,
        next_role: Role::Group,
        clause: definition || scope.is_of_clause(),
        scripts: HashMap::new(),
        densities: HashSet::new(),
    };
    reader.canon.remarks = remarks;
    reader.canon.remarks.extend(decisions);
    reader.canon.latex = latex;
    let mut at = 0;
    while at < all.len() {
        at = reader.step(at)?;
    }
    reader.settle()?;
    reader.canon.defined = scope.defined().clone();
    Ok(reader.canon)
}

impl Reader<'_> {
    /// Reads the token at an index and returns the index of the next.
    pub(super) fn step(&mut self, at: usize) -> Result<usize, SyntaxError> {
        let tokens = self.tokens;
        let Some(Lexeme { token, span, .. }) = tokens.get(at) else {
            return Ok(at + 1);
        };
        match token {
            Token::Number(digits) => {
                let braced = at + 1 + usize::from(tokens.is(at + 1, "_"));
                let script = at > 0 && (tokens.is(at - 1, "^") || tokens.is(at - 1, "_"));
                if digits == "1" && !script && (self.holds_relation(braced) || self.is_glued_brace(at + 1)) {
                    return self.indicator(at);
                }
                self.operand(digits, *span)?;
                Ok(at + 1)
            }
            Token::Name(name) => self.name(at, name),
            Token::Symbol(symbol) => self.symbol(at, symbol, *span),
        }
    }

    fn symbol(&mut self, at: usize, symbol: &'static str, span: Span) -> Result<usize, SyntaxError> {
        let tokens = self.tokens;
        match symbol {
            "(" | "[" | "{" => self.open(symbol, span)?,
            ")" | "]" | "}" => return self.close(at, symbol, span),
            "∞" => self.operand("∞", span)?,
            "*" if self.is_placeholder(at) => self.operand("•", span)?,
            "!" if self.ends => self.canon.push("!", span),
            // Of letters that are said to be something, the bracket is a factor.
            applications::APPLIED if !self.holds_operator(at + 1) => {}
            applications::APPLIED => self.prefix(applications::APPLIED, span, true)?,
            "▽" | "▼" | "△" => self.prefix(symbol, span, true)?,
            "†" => {
                self.canon.push("†", span);
                self.ends = true;
            }
            ";" => {
                let bar = self.level().role == Role::Arguments && !self.level().barred;
                self.level().barred |= bar;
                self.operator(if bar { "¦" } else { "," }, span);
            }
            "¦" => {
                self.level().barred = true;
                self.operator("¦", span);
            }
            "⇓" => return self.at_point(at, "⇓"),
            "∑" | "∏" => return self.indexed(at, symbol),
            "‖" if self.level().role == Role::Divergence => self.operator("‖", span),
            "‖" => return self.norm(at, at + 1, span),
            "∈" if self.clause => return self.membership(at),
            "≻" if self.clause => return self.definite(at),
            "⊙" if self.ends => self.operator("⊙", span),
            ":" if self.clause && self.space(at + 1)?.is_some() => return self.signature(at),
            "…" | "∈" | "⊤" | "≻" | "⊙" | "⟨" | "⟩" | "≈" => {
                return Err(refused(symbol, span));
            }
            "∝" => return self.proportional(at),
            "𝐜" => {
                self.canon.push(symbol, span);
                self.ends = true;
            }
            "**" => {
                self.prefix("^", span, false)?;
            }
            "^" => {
                if let Some(behind) = self.inverse_transpose(at) {
                    for sign in ["⊤", "^", "{", "-", "1", "}"] {
                        self.canon.push(sign, tokens.span(at, behind - 1));
                    }
                    return Ok(behind);
                }
                if let Some((sign, behind)) = self.transpose(at) {
                    self.canon.push(sign, tokens.span(at, behind - 1));
                    return Ok(behind);
                }
                self.is_no_iterate(at)?;
                self.prefix("^", span, false)?;
            }
            "-" | "+" if !self.ends => self.prefix(symbol, span, false)?,
            "<" | ">" | "≤" | "≥" | "≠" if self.levels.len() == 1 && !self.clause => {
                return Err(self.no_equation(symbol, at, span));
            }
            "=" | "<" | ">" | "≤" | "≥" | "≠" | "+" | "-" | "*" | "/" | "," | "~" | ":" | ".." => {
                self.operator(symbol, span);
            }
            "∇" | "∂" => return self.derivative(at),
            "∫" => {
                let all = self.all_values(at)?;
                if all.is_none() {
                    self.limits(at)?;
                }
                self.operand_begins(span)?;
                self.canon.push("∫", span);
                self.level().integrals.push(at);
                self.check_depth(span)?;
                if let Some(behind) = all {
                    self.decided("the integral is over all values".into(), tokens.span(at, behind - 1));
                    return Ok(behind);
                }
                return self.operator_scripts(at + 1, "∫");
            }
            "Δ" => {
                self.prefix("𝚫", span, true)?;
                return self.operator_scripts(at + 1, "D");
            }
            "√" => self.prefix("ƒsqrt", span, true)?,
            "𝟏" => return self.indicator(at),
            "÷" => return self.fraction(at),
            "|" | "⌈" | "⌉" => return self.bar(at, symbol, span),
            "→" => {
                let error = SyntaxError::new("`→` stands between spaces, as in f : R^d -> R", span);
                return Err(error.code(Code::Character).help("the value at a point is written [f(x)]_{x = 0}"));
            }
            "'" => return Err(stray_prime(span)),
            "_" => {
                return Err(SyntaxError::new("a subscript needs a name before it and a letter or number in it", span)
                    .code(Code::Name));
            }
            "." if self.tokens.glued(at + 1)
                && matches!(self.tokens.get(at + 1), Some(Lexeme { token: Token::Number(_), .. })) =>
            {
                let decimals = self.source(self.tokens.span(at + 1, at + 1));
                return Err(SyntaxError::new("decimals have digits on both sides of the point", span)
                    .code(Code::Character)
                    .help(format!("write 0.{decimals}")));
            }
            "==" | ":=" => {
                return Err(SyntaxError::new(format!("`{symbol}` is not a relation"), span)
                    .code(Code::Character)
                    .help("write `=`"));
            }
            _ => {
                return Err(SyntaxError::new(format!("`{symbol}` has no meaning here"), span));
            }
        }
        Ok(at + 1)
    }

    /// `θ^{(t+1)}` beside `θ^{(t)}`, which is a letter of its own, is none of its powers.
    fn is_no_iterate(&self, at: usize) -> Result<(), SyntaxError> {
        let tokens = self.tokens;
        let bracket = tokens.is(at + 1, "{") && tokens.is(at + 2, "(");
        let Some(base) = at.checked_sub(1).and_then(|before| tokens.name(before)).filter(|_| bracket) else {
            return Ok(());
        };
        let numbered = format!("{base}^(");
        let whole = tokens.partners[at + 2] + 1 == tokens.partners[at + 1];
        if !whole || !tokens.all.iter().any(|token| token.name().is_some_and(|name| name.starts_with(&numbered))) {
            return Ok(());
        }
        let span = tokens.span(at - 1, tokens.partners[at + 1]);
        let message =
            format!("is this a power of `{base}`, or another letter, as those with one letter in brackets are?");
        let error = SyntaxError::new(message, span).code(Code::Ambiguous);
        Err(error.help("write a power without brackets, and give another letter a name of its own"))
    }

    pub(super) fn level(&mut self) -> &mut Level {
        // The bottom level is never popped.
        self.levels.last_mut().expect("a level is open")
    }

    fn check_depth(&mut self, span: Span) -> Result<(), SyntaxError> {
        let depth = self.below + self.level().depth();
        self.canon.depth = self.canon.depth.max(depth);
        if depth > MAX_DEPTH { Err(balance::too_deep(span)) } else { Ok(()) }
    }

    /// An operand begins here; if one has just ended, it is the next factor and all prefixes have theirs.
    pub(super) fn operand_begins(&mut self, span: Span) -> Result<(), SyntaxError> {
        let ends = self.ends;
        let level = self.level();
        if ends {
            level.prefixes = 0;
        }
        level.operands += 1;
        if level.operands + level.height > MAX_CHAIN { Err(balance::too_long(span)) } else { Ok(()) }
    }

    pub(super) fn operand(&mut self, text: &str, span: Span) -> Result<(), SyntaxError> {
        self.operand_begins(span)?;
        self.canon.push(text, span);
        self.ends = true;
        Ok(())
    }

    /// Something that takes what follows it; `begins` when it can begin a factor.
    pub(super) fn prefix(&mut self, text: &str, span: Span, begins: bool) -> Result<(), SyntaxError> {
        if begins {
            self.operand_begins(span)?;
        }
        self.canon.push(text, span);
        self.ends = false;
        self.level().prefixes += 1;
        self.check_depth(span)
    }

    pub(super) fn operator(&mut self, text: &str, span: Span) {
        self.canon.push(text, span);
        self.ends = false;
        self.level().prefixes = 0;
    }

    pub(super) fn open(&mut self, symbol: &str, span: Span) -> Result<(), SyntaxError> {
        if !matches!(self.next_role, Role::Call | Role::Arguments) {
            self.operand_begins(span)?;
        }
        self.canon.push(symbol, span);
        self.below += self.level().depth();
        let own = usize::from(self.ends || self.level().prefixes == 0);
        let role = std::mem::replace(&mut self.next_role, Role::Group);
        self.levels.push(Level::new(role, own));
        self.ends = false;
        self.check_depth(span)
    }

    pub(super) fn close(&mut self, at: usize, symbol: &str, span: Span) -> Result<usize, SyntaxError> {
        self.settle()?;
        if self.densities.remove(&at) {
            self.canon.push("¦", span);
            self.canon.push("∅", span);
        }
        self.canon.push(symbol, span);
        if let Some(inner) = self.levels.pop() {
            let level = self.level();
            level.height = level.height.max(inner.operands + inner.height + 1);
            let (operands, height, depth) = (level.operands, level.height, level.depth());
            self.below -= depth;
            if operands + height > MAX_CHAIN {
                return Err(balance::too_long(span));
            }
        }
        self.ends = true;
        if symbol != "}" && self.is_point(at + 1) {
            return self.at_point(at, "⇓");
        }
        match self.scripts.remove(&at) {
            Some(head) => self.operator_scripts(at + 1, head),
            None => Ok(at + 1),
        }
    }

    /// `∫_x … dx`, `∫_𝒳`, `∫_{R^d}`: over all values. The index behind the set.
    fn all_values(&self, at: usize) -> Result<Option<usize>, SyntaxError> {
        let tokens = self.tokens;
        if !tokens.is(at + 1, "_") {
            return Ok(None);
        }
        let braced = tokens.is(at + 2, "{");
        let set = at + 2 + usize::from(braced);
        let Some((name, mut behind)) = tokens.name_at(set) else { return Ok(None) };
        let text = name.canonical();
        let by = |at: usize| {
            let run = tokens.name(at).is_some_and(|word| word.strip_prefix('d') == Some(&*text));
            run || tokens.name(at) == Some("d") && tokens.name_at(at + 1).is_some_and(|(other, _)| other == name)
        };
        let space = self.space(set)?;
        if let Some((_, end)) = space {
            behind = end;
        }
        let script = text.chars().next().is_some_and(super::names::is_script);
        if space.is_none() && !script && !(behind..tokens.all.len()).any(by) {
            return Ok(None);
        }
        if braced && behind != tokens.partners[at + 2] {
            return Ok(None);
        }
        let behind = behind + usize::from(braced);
        Ok((!tokens.is(behind, "^")).then_some(behind))
    }

    /// An integral has both limits, or none.
    fn limits(&self, at: usize) -> Result<(), SyntaxError> {
        let tokens = self.tokens;
        let low = tokens.is(at + 1, "_");
        let close = tokens.partners.get(at + 2).copied().unwrap_or(at + 2);
        let close = match tokens.name_at(at + 2) {
            Some((_, behind)) => behind - 1,
            None if tokens.is(at + 2, "-") => at + 3,
            None => close,
        };
        if !low || tokens.is(close + 1, "^") {
            return Ok(());
        }
        let error = later("an integral over a set", tokens.span(at, close));
        Err(error.help("write ∫ f(x) dx over the whole line, or both limits: ∫_a^b f(x) dx"))
    }

    /// What was written at a place.
    pub(super) fn source(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or("")
    }

    /// A statement is an equation; a comparison of two sides is one, too, in other words.
    fn no_equation(&self, symbol: &str, at: usize, span: Span) -> SyntaxError {
        const LONGEST: usize = 60;
        let tokens = self.tokens;
        let ends = |at: &usize| matches!(tokens.name(*at), Some("given" | "where"));
        let end = (at + 1..tokens.all.len()).find(ends).unwrap_or(tokens.all.len());
        let side = |from: usize, to: usize| self.source(tokens.span(from, to)).trim().to_string();
        let other =
            |other: usize| other != at && ["=", "<", ">", "≤", "≥", "≠"].iter().any(|sign| tokens.is(other, sign));
        let plain = at > 0 && at + 1 < end && !(0..end).any(other);
        let (left, right) = match plain.then(|| (side(0, at - 1), side(at + 1, end - 1))) {
            Some((left, right)) if left.len() + right.len() <= LONGEST => (left, right),
            _ => ("a".into(), "b".into()),
        };
        let (max, one) = if tokens.latex { ("\\max", "\\mathbf{1}") } else { ("max", "1") };
        let (open, close) = if tokens.latex { ("\\{", "\\}") } else { ("{", "}") };
        let sign = self.source(span);
        let equation = match symbol {
            "≤" => format!("{max}({left}, {right}) = {right}"),
            "≥" => format!("{max}({left}, {right}) = {left}"),
            _ => format!("{one}{open}{left} {sign} {right}{close} = 1"),
        };
        let error = later("a statement other than an equation", span);
        error.help(format!("write it as an equation: {equation}; or suppose it: … given {left} {sign} {right}"))
    }

    /// At the end of a bracket, nothing may be pending in it.
    fn settle(&mut self) -> Result<(), SyntaxError> {
        let level = self.level();
        let (bar, integral) = (level.bars.last().copied(), level.integrals.last().copied());
        if let Some(open) = level.norms.last().copied() {
            return Err(SyntaxError::new("this norm is never closed", self.tokens.span(open, open))
                .code(Code::Bracket)
                .help("a norm is ‖x‖, a divergence KL(p ‖ q)"));
        }
        if let Some(open) = bar {
            return Err(SyntaxError::new("this `|` is never closed", self.tokens.span(open, open)).code(Code::Bracket));
        }
        if let Some(open) = integral {
            let error = SyntaxError::new("this integral has no differential", self.tokens.span(open, open))
                .code(Code::Operator);
            return Err(error.help("end it with its variable, set off by a space: ∫ f(x) dx"));
        }
        Ok(())
    }

    /// A bar opens an absolute value where an operand is due, and closes one where it can.
    fn bar(&mut self, at: usize, symbol: &str, span: Span) -> Result<usize, SyntaxError> {
        let ends = self.ends;
        let double = symbol == "|" && self.tokens.is(at + 1, "|") && self.tokens.glued(at + 1);
        if symbol != "⌈" && ends && self.level().bars.is_empty() && self.tokens.is(at + 1, "_") {
            return self.at_point(at, "↓");
        }
        let opens = double && self.level().norms.is_empty() && self.is_norm(at);
        if (opens || double && ends && !self.level().norms.is_empty()) && self.level().bars.is_empty() {
            return self.norm(at, at + 2, self.tokens.span(at, at + 1));
        }
        let separable = matches!(self.level().role, Role::Arguments | Role::Mean) && !self.level().barred;
        let separates = symbol == "|" && separable && self.is_odd_bar(at);
        let level = self.level();
        if double && ends && level.role == Role::Divergence {
            self.operator("‖", self.tokens.span(at, at + 1));
            return Ok(at + 2);
        }
        if symbol != "⌈" && ends && level.role == Role::Divergence && level.bars.is_empty() {
            return Err(SyntaxError::new("between the laws of a divergence stand two bars", span)
                .code(Code::Bracket)
                .help("write KL(p || q)"));
        }
        if symbol == "⌉" || (symbol == "|" && ends && !level.bars.is_empty()) {
            if level.bars.pop().is_none() {
                return Err(SyntaxError::new("this `|` closes nothing", span).code(Code::Bracket));
            }
            self.canon.push("⌉", span);
            self.ends = true;
        } else if ends && separates {
            level.barred = true;
            self.operator("¦", span);
        } else {
            self.operand_begins(span)?;
            self.canon.push("⌈", span);
            self.ends = false;
            self.level().bars.push(at);
            self.check_depth(span)?;
        }
        Ok(at + 1)
    }

    /// `A^{-\top}`: the index behind it.
    fn inverse_transpose(&self, at: usize) -> Option<usize> {
        let tokens = self.tokens;
        let sign = tokens.is(at + 1, "{") && tokens.is(at + 2, "-");
        let top = tokens.is(at + 3, "⊤") || tokens.name(at + 3) == Some("T");
        (sign && top && tokens.partners[at + 1] == at + 4).then_some(at + 5)
    }

    /// `x^\top`, and `x^T y` where T is nothing else: the sign for it, and the index behind.
    fn transpose(&self, at: usize) -> Option<(&'static str, usize)> {
        let tokens = self.tokens;
        let braced = tokens.is(at + 1, "{");
        let inner = at + 1 + usize::from(braced);
        let behind = inner + 1 + usize::from(braced);
        if braced && tokens.partners[at + 1] != inner + 1 {
            return None;
        }
        if tokens.is(inner, "⊤") {
            return Some(("⊤", behind));
        }
        let alone = tokens.name(inner) == Some("T");
        let next = tokens.name(behind).is_some_and(|name| !super::names::is_reserved(name)) || tokens.is(behind, "(");
        let letters = (0..tokens.all.len()).filter(|&other| tokens.name(other) == Some("T"));
        let only = letters
            .clone()
            .all(|other| other > 0 && tokens.is(other - 1, "^") || other > 1 && tokens.is(other - 2, "^"));
        (alone && next && only).then_some(("ᵀ", behind))
    }

    /// The bars of a norm, the same where it opens and where it closes; `_2` says nothing more.
    fn norm(&mut self, at: usize, behind: usize, span: Span) -> Result<usize, SyntaxError> {
        let tokens = self.tokens;
        if !self.ends || self.level().norms.is_empty() {
            self.operand_begins(span)?;
            self.canon.push("⟦", span);
            self.ends = false;
            self.level().norms.push(at);
            self.check_depth(span)?;
            return Ok(behind);
        }
        self.level().norms.pop();
        let braced = tokens.is(behind + 1, "{");
        let inner = behind + 1 + usize::from(braced);
        let mut end = behind;
        if tokens.is(behind, "_") {
            end = if braced { tokens.partners[behind + 1] + 1 } else { inner + 1 };
            match tokens.get(inner).map(|token| &token.token) {
                Some(Token::Number(two)) if two == "2" => {}
                // ‖x‖_A of a matrix A.
                Some(Token::Name(_)) if tokens.name(inner) != Some("F") && tokens.name(inner) != Some("∞") => {
                    self.operator("¦", span);
                    let last = if braced { end - 1 } else { tokens.name_at(inner).map_or(end, |(_, behind)| behind) };
                    self.between(inner, last)?;
                    end = if braced { end } else { last };
                }
                _ => return Err(later("a norm other than the Euclidean one", tokens.span(at, inner))),
            }
        }
        self.canon.push("⟧", span);
        self.ends = true;
        Ok(end)
    }

    /// Do two bars open a norm? Then the next bars are two as well: `||x||`, but not `||u| - |v||`.
    fn is_norm(&self, at: usize) -> bool {
        let tokens = self.tokens;
        let mut next = at + 2;
        while tokens.get(next).is_some_and(|token| !token.is("|") && !token.closes()) {
            next = tokens.partners[next].max(next) + 1;
        }
        let pair = |at: usize| tokens.is(at, "|") && tokens.is(at + 1, "|") && tokens.glued(at + 1);
        let run = |at: usize| tokens.is(at, "|") && tokens.glued(at);
        next > at + 2 && pair(next) && !(at > 0 && run(at) && tokens.is(at - 1, "|")) && !run(next + 2)
    }

    /// `R^d`, `R^{m×n}` at an index: its sizes, which a number has none of, and the index behind it.
    fn space(&self, at: usize) -> Result<Option<(Vec<String>, usize)>, SyntaxError> {
        let tokens = self.tokens;
        if !matches!(tokens.name(at), Some("ℝ" | "R")) {
            return Ok(None);
        }
        if !tokens.is(at + 1, "^") {
            return Ok(Some((vec![], at + 1)));
        }
        let braced = tokens.is(at + 2, "{") || tokens.is(at + 2, "(");
        let mut behind = at + 2 + usize::from(braced);
        let mut sizes = Vec::new();
        loop {
            match tokens.get(behind).map(|token| &token.token) {
                Some(Token::Number(digits)) => {
                    sizes.push(digits.clone());
                    behind += 1;
                }
                Some(Token::Name(_)) => match tokens.name_at(behind) {
                    Some((name, next)) => {
                        sizes.push(name.canonical());
                        behind = next;
                    }
                    None => return Ok(None),
                },
                _ => return Ok(None),
            }
            let joins = tokens.is(behind, "*") || tokens.name(behind) == Some("x");
            if !braced || !joins {
                break;
            }
            behind += 1;
        }
        if braced && tokens.partners[at + 2] != behind || sizes.len() > 2 {
            return Err(later("an array of more than two axes", tokens.span(at, tokens.partners[at + 2].max(behind))));
        }
        Ok(Some((sizes, behind + usize::from(braced))))
    }

    fn push_space(&mut self, sizes: &[String], span: Span) {
        self.canon.push("ℝ", span);
        if !sizes.is_empty() {
            for token in ["^", "{", &sizes.join(","), "}"] {
                self.canon.push(token, span);
            }
        }
        self.ends = true;
    }

    /// `Σ ≻ 0` among the hypotheses.
    fn definite(&mut self, at: usize) -> Result<usize, SyntaxError> {
        let tokens = self.tokens;
        let here = tokens.span(at, at);
        if !tokens.get(at + 1).is_some_and(|token| token.token == Token::Number("0".into())) {
            let error = later("an order of matrices", here);
            return Err(error.help("a symmetric matrix is said to be positive definite by Σ ≻ 0"));
        }
        self.operator("≻", here);
        self.ends = true;
        Ok(at + 2)
    }

    /// `x ∈ R^d` among the hypotheses.
    fn membership(&mut self, at: usize) -> Result<usize, SyntaxError> {
        let here = self.tokens.span(at, at);
        let Some((sizes, behind)) = self.space(at + 1)? else { return Err(refused("∈", here)) };
        self.operator("∈", here);
        self.push_space(&sizes, self.tokens.span(at + 1, behind - 1));
        Ok(behind)
    }

    /// `A ∝ B`, `A ∝_{x, y} B`.
    fn proportional(&mut self, at: usize) -> Result<usize, SyntaxError> {
        let tokens = self.tokens;
        let here = tokens.span(at, at);
        if self.clause || self.levels.len() > 1 {
            let error = later("`∝` inside an expression, a hypothesis or a definition", here);
            return Err(error.help("write the law with its constant: p(x) = g(x)/Z, Z = ∫ g(x) dx"));
        }
        self.operator("∝", here);
        if !tokens.is(at + 1, "_") {
            return Ok(at + 1);
        }
        let braced = tokens.is(at + 2, "{");
        let mut next = at + 2 + usize::from(braced);
        self.canon.push("_", here);
        self.canon.push("{", here);
        loop {
            let Some((name, behind)) = tokens.name_at(next) else {
                let error = SyntaxError::new("below `∝` stand the letters that the constant is free of", here);
                return Err(error.code(Code::Operator).help("as in A ∝_x B, A ∝_{x, y} B"));
            };
            self.canon.push(&name.canonical(), tokens.span(next, behind - 1));
            next = behind;
            if !(braced && tokens.is(next, ",")) {
                break;
            }
            self.canon.push(",", tokens.span(next, next));
            next += 1;
        }
        if braced && !tokens.is(next, "}") {
            let error = SyntaxError::new("below `∝` stand the letters that the constant is free of", here);
            return Err(error.code(Code::Operator).help("as in A ∝_x B, A ∝_{x, y} B"));
        }
        self.canon.push("}", here);
        Ok(next + usize::from(braced))
    }

    /// `f : R^d -> R^m` among the hypotheses.
    fn signature(&mut self, at: usize) -> Result<usize, SyntaxError> {
        let tokens = self.tokens;
        self.operator(":", tokens.span(at, at));
        let mut at = at + 1;
        loop {
            let Some((sizes, behind)) = self.space(at)? else {
                let last = at.min(tokens.all.len() - 1);
                let error = SyntaxError::new("a function is said by its spaces", tokens.span(last, last));
                return Err(error.code(Code::Operator).help("as in f : R^d -> R"));
            };
            self.push_space(&sizes, tokens.span(at, behind - 1));
            let joins = ["*", "→"].into_iter().find(|sign| tokens.is(behind, sign));
            let Some(joins) = joins else { return Ok(behind) };
            self.operator(joins, tokens.span(behind, behind));
            at = behind + 1;
        }
    }

    /// `q(·|x)`: the place of any value.
    pub(super) fn is_placeholder(&self, at: usize) -> bool {
        let tokens = self.tokens;
        at > 0
            && tokens.is(at, "*")
            && tokens.is(at - 1, "(")
            && ["|", "¦", ";", ")", ","].iter().any(|symbol| tokens.is(at + 1, symbol))
    }

    /// `_{θ = φ}` behind a bracket?
    fn is_point(&self, at: usize) -> bool {
        self.tokens.is(at, "_") && self.tokens.is(at + 1, "{") && self.tokens.holds(at + 1, &["="])
    }

    /// The value at a point: `e|_{θ = φ}`, and `|_{θ_k}` for the letter with this base.
    fn at_point(&mut self, at: usize, sign: &str) -> Result<usize, SyntaxError> {
        let tokens = self.tokens;
        let here = tokens.span(at, at);
        let wrong = || {
            SyntaxError::new("a bar with a subscript takes the value at a point", here)
                .code(Code::Operator)
                .help("as in e|_{θ = 0}")
        };
        if !tokens.is(at + 1, "_") {
            return Err(wrong());
        }
        // `F|_{x=a}^{b}` is a power, or a difference between two points.
        if tokens.is(at + 2, "{") && tokens.is(tokens.partners[at + 2] + 1, "^") {
            let here = tokens.span(at, tokens.partners[at + 2]);
            let error =
                SyntaxError::new("this is a power of the value at a point, or the limits of a difference", here);
            return Err(error.code(Code::Ambiguous).help("write (e|_{x = 2})^3, or e|_{x = b} - e|_{x = a}"));
        }
        self.canon.push(sign, here);
        if self.is_point(at + 1) {
            self.next_role = Role::Call;
            self.between(at + 2, tokens.partners[at + 2] + 1)?;
            return Ok(tokens.partners[at + 2] + 1);
        }
        let braced = tokens.is(at + 2, "{");
        let (name, behind) = tokens.name_at(at + 2 + usize::from(braced)).ok_or_else(wrong)?;
        if name.subscript.is_none() || (braced && behind != tokens.partners[at + 2]) {
            return Err(wrong());
        }
        self.decided(format!("the value at {} = {}", name.base, name.canonical()), here);
        for token in ["{", &name.base, "=", &name.canonical(), "}"] {
            self.canon.push(token, here);
        }
        self.ends = true;
        Ok(behind + usize::from(braced))
    }

    /// `\sum_{i=1}^{n}`: the index, its first and its last value.
    fn indexed(&mut self, at: usize, sign: &'static str) -> Result<usize, SyntaxError> {
        let tokens = self.tokens;
        let here = tokens.span(at, at);
        let braced = tokens.is(at + 1, "_") && tokens.is(at + 2, "{");
        let close = if braced { tokens.partners[at + 2] } else { at + 2 };
        let index = if braced { at + 3 } else { at + 2 };
        let sign_behind = |sign: &str| tokens.name_at(index).is_some_and(|(_, behind)| tokens.is(behind, sign));
        let ordered = braced && tokens.holds(at + 2, &["<", ">", "≤", "≥"]);
        // `j = 1, j ≠ i`: all values but one.
        let but = braced && tokens.holds(at + 2, &["≠"]);
        let listed = braced && tokens.holds(at + 2, &[","]);
        let limited = braced && sign_behind("=") && tokens.is(close + 1, "^");
        let plain = !ordered && limited && listed == but;
        let unlimited = tokens.is(at + 1, "_") && !ordered && !listed && !tokens.is(close + 1, "^");
        let over_entries = unlimited && (braced && sign_behind("≠") || !but && self.is_index(index));
        if unlimited
            && !over_entries
            && let Some((name, behind)) = self.letter_of_set(index, braced.then_some(close))
        {
            // The values of a law: which law it is, the whole statement says.
            self.prefix(sign, here, true)?;
            self.canon.push("_", tokens.span(at + 1, at + 1));
            self.canon.push(&name.canonical(), tokens.span(index, index));
            self.ends = false;
            return Ok(behind);
        }
        if !plain && !over_entries {
            let (word, command) = if sign == "∑" { ("sum", "sum") } else { ("product", "prod") };
            let what = match (tokens.is(at + 1, "_"), braced && tokens.holds(at + 2, &["≠", ",", "<", ">", "≤", "≥"]))
            {
                (_, true) => "with a condition on its index",
                (true, _) => "over all values of a letter",
                _ => "without limits",
            };
            let help = format!("write the limits: \\{command}_{{i=1}}^{{n}}, or {command}(e, i, 1, n)");
            return Err(later(&format!("a {word} {what}"), here).help(help));
        }
        self.prefix(sign, here, true)?;
        self.operator_scripts(at + 1, sign)
    }

    /// `a`, `a ∈ 𝒜`: the letter, and the index behind it and its brace.
    fn letter_of_set(&self, at: usize, close: Option<usize>) -> Option<(super::ast::Name, usize)> {
        let tokens = self.tokens;
        let (name, mut behind) = tokens.name_at(at)?;
        if close.is_some() && tokens.is(behind, "∈") {
            let set = tokens.name(behind + 1)?;
            if !set.chars().next().is_some_and(super::names::is_script) {
                return None;
            }
            behind += 2;
        }
        match close {
            Some(close) => (behind == close).then_some((name, close + 1)),
            None => Some((name, behind)),
        }
    }

    /// Does a letter stand below another, so that a sum over it can be over the entries of an array?
    fn is_index(&self, at: usize) -> bool {
        let tokens = self.tokens;
        let Some((index, behind)) = tokens.name_at(at).filter(|(name, _)| name.subscript.is_none()) else {
            return false;
        };
        let alone = !tokens.is(at - 1, "{") || tokens.partners[at - 1] == behind;
        let below = |(name, _): (super::ast::Name, usize)| {
            name.subscript.is_some_and(|below| below.split(',').any(|piece| piece == index.base))
        };
        alone && (behind..tokens.all.len()).any(|other| tokens.name_at(other).is_some_and(below))
    }

    /// Notes a decision that the text does not force.
    pub(super) fn decided(&mut self, message: String, span: Span) {
        let message = message.replace("_{", "_").replace('}', "");
        if !self.canon.remarks.iter().any(|remark| remark.message == message) {
            self.canon.remarks.push(Hint { message, span });
        }
    }

    /// In the arguments of a law absolute values take two bars each, so the bar between the arguments has an even
    /// number behind it.
    fn is_odd_bar(&mut self, at: usize) -> bool {
        let ahead = self.level().ahead.take().unwrap_or_else(|| self.bars_in_bracket(at));
        self.level().ahead = Some(ahead.saturating_sub(1));
        ahead % 2 == 1
    }

    /// How many bars stand in this bracket from here on.
    fn bars_in_bracket(&self, mut at: usize) -> usize {
        let mut bars = 0;
        while let Some(token) = self.tokens.get(at).filter(|token| !token.closes()) {
            bars += usize::from(token.is("|"));
            at = self.tokens.partners[at] + 1;
        }
        bars
    }
}

/// What bold type says, as a hypothesis: `x ∈ R^d`, for each letter of which nothing is said. What stands below a bold
/// letter is part of its name: x_t is a vector, and no entry.
fn said_by_type(tokens: &mut Vec<Lexeme>, bold: &[usize]) -> Result<(), SyntaxError> {
    let Some(place) = tokens.last().map(|last| last.span) else { return Ok(()) };
    let mut letters: Vec<Vec<Token>> = Vec::new();
    for &at in bold {
        let mut behind = at + 1;
        while tokens.get(behind).is_some_and(|token| token.is("'")) {
            behind += 1;
        }
        if tokens.get(behind).is_some_and(|token| token.is("_")) {
            behind += 1;
            let mut depth = 0;
            while let Some(token) = tokens.get(behind) {
                depth += i32::from(token.is("{")) - i32::from(token.is("}"));
                behind += 1;
                if depth == 0 {
                    break;
                }
            }
        }
        let mut name: Vec<Token> = tokens[at..behind].iter().map(|lexeme| lexeme.token.clone()).collect();
        if let Some(Token::Name(letter)) = name.first_mut() {
            // What moves is a vector as its velocity is.
            *letter = dots::undotted(letter).to_string();
        }
        if tokens.get(behind).is_some_and(|token| token.is("(")) {
            if is_said(tokens, &name, &[":"]) {
                continue;
            }
            let error = later("a function whose value is a vector (a bold letter)", tokens[at].span);
            return Err(error.help("say what it is: … given g : R^d -> R^d"));
        }
        if is_said(tokens, &name, &["∈", "≻", ":"]) {
            continue;
        }
        let capital = |letter: &str| letter.chars().next().is_some_and(char::is_uppercase);
        if tokens[at].name().is_some_and(capital) {
            let error = later("a matrix (a bold capital) of which nothing is said", tokens[at].span);
            return Err(error.help("say what it is: … given A ∈ R^{m×n}, or Σ ≻ 0, or X ∈ R^d"));
        }
        if !letters.contains(&name) {
            letters.push(name);
        }
    }
    let free = |letter: &&&str| {
        !(0..tokens.len()).any(|at| tokens[at].name() == Some(**letter) && !begins_differential(tokens, at))
    };
    let other = ["d", "m", "k", "r"].iter().find(free).copied().unwrap_or("d");
    let said = only_size(tokens);
    // Of several sizes the law tells which one it is.
    let spaces = (1..tokens.len()).any(|at| tokens[at].is("^") && matches!(tokens[at - 1].name(), Some("ℝ" | "R")));
    letters.retain(|name| said.is_some() || !spaces || !is_said(tokens, name, &["~"]));
    let size = said.as_deref().unwrap_or(other);
    for letter in letters {
        let word = |text: &str| Token::Name(text.into());
        let space = [Token::Symbol("∈"), word("ℝ"), Token::Symbol("^"), word(size)];
        let clause = [word("given")].into_iter().chain(letter).chain(space);
        tokens.extend(clause.map(|token| Lexeme { token, span: place, glued: true }));
    }
    Ok(())
}

/// Is a name said to be something: before one of these signs, alone or in a list?
fn is_said(tokens: &[Lexeme], name: &[Token], signs: &[&str]) -> bool {
    let here = |at: usize| tokens[at..].iter().zip(name).all(|(lexeme, token)| lexeme.token == *token);
    (0..tokens.len().saturating_sub(name.len())).filter(|at| here(*at)).any(|at| {
        let mut behind = at + name.len();
        while tokens.get(behind).is_some_and(|token| token.is(",")) {
            let next = |token: &Lexeme| token.name().is_some() || token.is("_") || token.is("{") || token.is("}");
            behind += 1;
            while tokens.get(behind).is_some_and(next) {
                behind += 1;
            }
        }
        tokens.get(behind).is_some_and(|token| signs.iter().any(|sign| token.is(sign)))
    })
}

/// Is this the d of `\frac{d}{dt}`?
fn begins_differential(tokens: &[Lexeme], at: usize) -> bool {
    let is = |at: usize, symbol: &str| tokens.get(at).is_some_and(|token| token.is(symbol));
    let name = |at: usize| tokens.get(at).and_then(Lexeme::name);
    let begins = at > 1 && is(at - 1, "{") && (is(at - 2, "÷") || is(at - 2, "}"));
    let above = is(at + 1, "}") && is(at + 2, "{") && name(at + 3) == Some("d");
    begins && name(at) == Some("d") && (above || is(at - 2, "}") && name(at + 1).is_some())
}

/// The letter d, where all that is said to be a vector is in R^d.
fn only_size(tokens: &[Lexeme]) -> Option<String> {
    let mut found: Option<&str> = None;
    for at in 0..tokens.len() {
        if !matches!(tokens[at].name(), Some("ℝ" | "R")) || !tokens.get(at + 1).is_some_and(|token| token.is("^")) {
            continue;
        }
        let braced = tokens.get(at + 2).is_some_and(|token| token.is("{"));
        let size = tokens.get(at + 2 + usize::from(braced)).and_then(Lexeme::name)?;
        let alone = !braced || tokens.get(at + 4).is_some_and(|token| token.is("}"));
        if !alone || found.is_some_and(|known| known != size) {
            return None;
        }
        found = Some(size);
    }
    found.map(str::to_string)
}

fn stray_prime(span: Span) -> SyntaxError {
    SyntaxError::new("a prime stands behind the name of a function", span)
        .code(Code::Name)
        .help("f'(x) is the derivative of f at x")
}

/// Signs of what is read, and has no meaning yet.
fn refused(symbol: &str, span: Span) -> SyntaxError {
    let (what, help) = match symbol {
        "…" => ("a list with dots, a family of letters,", "write the terms out: x_1 + x_2"),
        "∈" => (
            "a letter that is said to lie in a set: a vector, a matrix or a choice,",
            "letters are real numbers; of a whole one say so: … given n : integer",
        ),
        "⊤" => ("a transpose of nothing", "write x^⊤ y"),
        "≻" => ("an order of matrices", "a symmetric matrix is positive definite: … given Σ ≻ 0"),
        "⊙" => ("an entrywise product with nothing before it", "write x ⊙ y"),
        "⟨" | "⟩" => (
            "a bracket `⟨ … ⟩`, a mean or an inner product,",
            "write E_{x ~ p}[f(x)] for a mean, x y for the product of numbers",
        ),
        "‖" => ("the norm of a vector", "of a number write |x|"),
        _ => {
            return SyntaxError::new("`≈` states nothing that can be proved", span)
                .code(Code::Character)
                .help("write `=` for what is meant to be exact");
        }
    };
    later(what, span).help(help)
}
