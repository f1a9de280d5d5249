//! The entry points: statements, expressions, script lines and definitions.

use super::ast::*;
use super::build::{Builder, Result, next};
use super::error::{Code, SyntaxError};
use super::grammar::{Rule, glued_operator, made_of_operators, made_of_semigroups, multiplies, parse};
use super::macros::Macros;
use super::names::did_you_mean;
use super::reader::read;
use super::scope::Scope;
use std::sync::LazyLock;

/// What holds before a text is read.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// With `let s(t) = …`, `s(x)` is a call.
    pub definitions: &'a [Definition],
    /// With `assume s : smooth`, too.
    pub assumptions: &'a [Assumption],
    /// LaTeX commands of the author's own.
    pub macros: &'a Macros,
}

impl Default for Context<'_> {
    fn default() -> Self {
        static NONE: LazyLock<Macros> = LazyLock::new(Macros::default);
        Context { definitions: &[], assumptions: &[], macros: &NONE }
    }
}

/// Parses a statement: an expression, or a chain `A = B = C`, with its `given` and `where` clauses.
pub fn parse_statement(text: &str) -> Result<Statement> {
    parse_statement_with(text, &Context::default())
}

/// Parses a statement in a context.
pub fn parse_statement_with(text: &str, context: &Context) -> Result<Statement> {
    statement_from(text, 0, Scope::of_context(context))
}

fn statement_from(text: &str, from: usize, scope: Scope) -> Result<Statement> {
    let canon = read(text, from, scope, false)?;
    if let Some(error) = glued_operator(&canon) {
        return Err(error);
    }
    // `D M_y` would be the derivative of a letter, which is never what an equation between operators says.
    if multiplies(&canon) {
        let statement = canon.work(|| match parse(Rule::operator_statement, &canon, text) {
            Ok(node) => Builder::new(&canon).statement(node, true),
            Err(failure) => Err(failure.error),
        })?;
        // In `D ln(M_y)` the letter is a number.
        if statement.members.iter().any(has_multiplication) {
            return Ok(statement);
        }
    }
    if made_of_semigroups(&canon) {
        let statement = canon.work(|| match parse(Rule::operator_statement, &canon, text) {
            Ok(node) => Builder::new(&canon).statement(node, true).map(Some),
            Err(_) => Ok(None),
        })?;
        if let Some(statement) = statement {
            return Ok(statement);
        }
    }
    canon.work(|| match parse(Rule::statement, &canon, text) {
        Ok(node) => Builder::new(&canon).statement(node, false),
        Err(first) if made_of_operators(&canon) => match parse(Rule::operator_statement, &canon, text) {
            Ok(node) => Builder::new(&canon).statement(node, true),
            Err(second) => Err(if second.position > first.position { second.error } else { first.error }),
        },
        Err(failure) => Err(failure.error),
    })
}

fn has_multiplication(expr: &Expr) -> bool {
    matches!(expr.kind, Kind::OperatorM(_)) || expr.children().into_iter().any(has_multiplication)
}

/// Parses one expression.
pub fn parse_expression(text: &str) -> Result<Expr> {
    let canon = read(text, 0, Scope::default(), false)?;
    canon.work(|| {
        let node = parse(Rule::expression, &canon, text).map_err(|failure| failure.error)?;
        Builder::new(&canon).sum(next(&mut node.into_inner())?)
    })
}

/// Parses a definition: `f(u) = step(u - 1)`, `s = 2`.
pub fn parse_definition(text: &str) -> Result<Definition> {
    parse_definition_with(text, &Macros::default())
}

/// Parses a definition in which an author's commands may stand.
pub fn parse_definition_with(text: &str, macros: &Macros) -> Result<Definition> {
    definition_from(text, 0, Scope::of_macros(macros))
}

fn definition_from(text: &str, from: usize, scope: Scope) -> Result<Definition> {
    let canon = read(text, from, scope, true)?;
    canon.work(|| {
        let node = parse(Rule::single_definition, &canon, text).map_err(|failure| failure.error)?;
        Builder::new(&canon).definition(next(&mut node.into_inner())?)
    })
}

/// Parses a list of assumptions: `σ > 0, f : jump`.
pub fn parse_assumptions(text: &str) -> Result<Vec<Assumption>> {
    parse_assumptions_with(text, &Macros::default())
}

/// Parses a list of assumptions in which an author's commands may stand.
pub fn parse_assumptions_with(text: &str, macros: &Macros) -> Result<Vec<Assumption>> {
    assumptions_from(text, 0, Scope::of_macros(macros))
}

fn assumptions_from(text: &str, from: usize, scope: Scope) -> Result<Vec<Assumption>> {
    let canon = read(text, from, scope.of_clause(), false)?;
    canon.work(|| {
        let node = parse(Rule::assumptions, &canon, text).map_err(|failure| failure.error)?;
        Builder::new(&canon).assumptions(node)
    })
}

/// Names with commas between them: `f, σ`.
fn names_from(text: &str, from: usize) -> Result<Vec<Name>> {
    let canon = read(text, from, Scope::default(), false)?;
    let node = parse(Rule::parameter_list, &canon, text).map_err(|failure| failure.error)?;
    Ok(node.into_inner().filter(|n| n.as_rule() == Rule::name).map(|n| Name::from_canonical(n.as_str())).collect())
}

/// The words that begin a script line.
pub const COMMANDS: [&str; 9] = ["prove", "refute", "expect", "check", "derive", "eval", "let", "assume", "forget"];

/// Parses a line of a script. A bare equation is to be proved, a bare expression to be derived, a bare operator to be ordered.
pub fn parse_command(line: &str) -> Result<Command> {
    parse_command_with(line, &Context::default())
}

/// Parses a line of a script in a context.
pub fn parse_command_with(line: &str, context: &Context) -> Result<Command> {
    let scope = Scope::of_context(context);
    let start = line.len() - line.trim_start().len();
    let text = &line[start..];
    let word = &text[..text.bytes().take_while(u8::is_ascii_alphabetic).count()];
    let spaced = text[word.len()..].starts_with(char::is_whitespace);
    if word == "forget" && text[word.len()..].trim().is_empty() {
        return Ok(Command::Forget(Vec::new()));
    }
    if COMMANDS.contains(&word) && text[word.len()..].trim().is_empty() {
        let here = Span { start, end: start + word.len() };
        return Err(SyntaxError::new(format!("`{word}` needs something behind it"), here).code(Code::Command));
    }
    if !spaced || !COMMANDS.contains(&word) {
        let statement = statement_from(line, 0, scope);
        return match near_command(word, spaced) {
            Some(command) => {
                let here = Span { start, end: start + word.len() };
                let error = SyntaxError::new(format!("`{word}` is not a command"), here).code(Code::Command);
                Err(error.help(format!("did you mean `{command}`?")))
            }
            None => statement.map(|statement| match statement.members.len() {
                1 if statement.operators => Command::Eval(statement),
                1 => Command::Derive(statement),
                _ => Command::Prove(statement),
            }),
        };
    }
    let from = start + word.len();
    match word {
        "prove" => statement_from(line, from, scope).and_then(|s| equation(s, line)).map(Command::Prove),
        "refute" => {
            let statement = statement_from(line, from, scope).and_then(|s| equation(s, line))?;
            Ok(Command::Expect(Verdict::Refuted, statement))
        }
        "expect" => expectation(line, from, scope),
        "check" => statement_from(line, from, scope).and_then(|s| equation(s, line)).map(Command::Check),
        "derive" => statement_from(line, from, scope).map(Command::Derive),
        "eval" => statement_from(line, from, scope).map(Command::Eval),
        "forget" => names_from(line, from).map(Command::Forget),
        "let" => definition_from(line, from, scope).map(Command::Let),
        _ => assumptions_from(line, from, scope).map(Command::Assume),
    }
}

/// `expect open L = R`, behind the first word.
fn expectation(line: &str, from: usize, scope: Scope) -> Result<Command> {
    let start = line.len() - line[from..].trim_start().len();
    let word = &line[start..start + line[start..].bytes().take_while(u8::is_ascii_alphabetic).count()];
    let end = start + word.len();
    let Some(verdict) = Verdict::of(word).filter(|_| !line[end..].trim().is_empty()) else {
        let place = Span { start, end: end.max(start + 1).min(line.len()) };
        let error = SyntaxError::new("`expect` needs a verdict and an equation behind it", place).code(Code::Command);
        return Err(error.help("write `expect open L = R`; the verdicts are proved, conditional, open and refuted"));
    };
    let statement = statement_from(line, end, scope).and_then(|statement| equation(statement, line))?;
    Ok(Command::Expect(verdict, statement))
}

/// A word that is nearly a command, too long to be a likely variable.
fn near_command(word: &str, spaced: bool) -> Option<&'static str> {
    let candidate = did_you_mean(word, COMMANDS).filter(|_| spaced && word.len() >= 4);
    candidate.filter(|candidate| *candidate != word)
}

fn equation(statement: Statement, text: &str) -> Result<Statement> {
    if statement.members.len() > 1 {
        return Ok(statement);
    }
    let span = Span { start: text.trim_end().len(), end: text.trim_end().len() };
    Err(SyntaxError::new("expected an equation, found one expression", span)
        .code(Code::Command)
        .help("write `L = R`, or `derive` to look for estimators of the expression"))
}
