//! What the line editor shows and does while a line is typed: completion, hints, colours, and whether more is to come.

use super::command::{Command, WORDS, placeholder};
use crate::cli::words::{self, Sort};
use crate::session::Session;
use crate::syntax::{self, Piece, Style};
use anstyle::AnsiColor;
use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hinter, HistoryHinter};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Result};
use std::borrow::Cow;

pub struct Helper {
    /// Words that can be looked up.
    topics: Vec<String>,
    /// Words of statements: laws and functions with their bracket, and the user's own names.
    words: Vec<String>,
    own: Vec<String>,
    history: HistoryHinter,
    files: FilenameCompleter,
}

impl Helper {
    pub fn new(session: &Session) -> Helper {
        let is_named = |word: &words::Word| matches!(word.sort, Sort::Law | Sort::Function | Sort::Keyword);
        let words = words::of_statements(session).into_iter().filter(is_named);
        let mut words: Vec<String> = words.map(|word| word.text).collect();
        let mut topics: Vec<String> = session.vocabulary().into_iter().map(|word| word.text).collect();
        topics.extend(WORDS.map(String::from));
        for list in [&mut words, &mut topics] {
            list.sort();
            list.dedup();
        }
        let mut helper =
            Helper { topics, words, own: Vec::new(), history: HistoryHinter::new(), files: FilenameCompleter::new() };
        helper.learn(session);
        helper
    }

    /// Learns the names that the user has defined.
    pub fn learn(&mut self, session: &Session) {
        let name = |definition: &syntax::Definition| syntax::print_name(&definition.name, Style::Unicode);
        self.own = session.definitions().iter().map(name).collect();
    }

    /// The candidates for the word that ends at `at`, and where it begins.
    fn candidates(&self, line: &str, at: usize) -> (usize, Vec<Pair>) {
        let before = &line[..at];
        if let Some((start, name)) = words::escape(before).filter(|(_, name)| !name.is_empty()) {
            let pair = |(ascii, symbol): (&str, &str)| Pair {
                display: format!("{symbol} {ascii}"),
                replacement: symbol.into(),
            };
            return (start, words::symbols(name).into_iter().map(pair).collect());
        }
        let looked_up =
            before.split_whitespace().next().is_some_and(|word| matches!(word, "help" | "explain" | "rules"));
        let of_topic = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
        let of_name = char::is_alphanumeric;
        let start = words::begins(before, |c| if looked_up { of_topic(c) } else { of_name(c) });
        let word = &before[start..];
        if word.is_empty() {
            return (at, Vec::new());
        }
        let first = before[..start].trim().is_empty();
        let commands = WORDS.iter().filter(|_| first).map(|word| format!("{word} "));
        let names: Vec<String> = if looked_up && !first {
            self.topics.clone()
        } else {
            commands.chain(self.words.iter().chain(&self.own).cloned()).collect()
        };
        let near = names.into_iter().filter(|name| name.starts_with(word));
        (start, near.map(|name| Pair { display: name.trim_end().into(), replacement: name }).collect())
    }
}

impl rustyline::Helper for Helper {}

impl Completer for Helper {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, context: &Context<'_>) -> Result<(usize, Vec<Pair>)> {
        match line.split_whitespace().next() {
            Some("save" | "run") if line.contains(char::is_whitespace) => self.files.complete(line, pos, context),
            _ => Ok(self.candidates(line, pos)),
        }
    }
}

/// What is shown behind the cursor.
pub struct Hint {
    text: String,
    /// False for a placeholder, which is not to be typed.
    insert: bool,
}

impl rustyline::hint::Hint for Hint {
    fn display(&self) -> &str {
        &self.text
    }

    fn completion(&self) -> Option<&str> {
        self.insert.then_some(self.text.as_str())
    }
}

impl Hinter for Helper {
    type Hint = Hint;

    /// The rest of an earlier line that begins alike, or what a command needs.
    fn hint(&self, line: &str, pos: usize, context: &Context<'_>) -> Option<Hint> {
        if line.trim().is_empty() {
            return None;
        }
        let earlier = self.history.hint(line, pos, context).map(|text| Hint { text, insert: true });
        let command = line.strip_suffix(' ').and_then(placeholder);
        earlier.or_else(|| command.map(|text| Hint { text: text.into(), insert: false }))
    }
}

impl Validator for Helper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> Result<ValidationResult> {
        let unfinished = match Command::of(context.input()) {
            Command::Statement(text) => syntax::is_unfinished(text),
            _ => false,
        };
        Ok(if unfinished { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}

impl Highlighter for Helper {
    fn highlight<'l>(&self, line: &'l str, pos: usize) -> Cow<'l, str> {
        // The bracket before the cursor, or under it.
        let before = line[..pos].char_indices().next_back().map(|(i, _)| i);
        let pair = syntax::partner(line, pos).or_else(|| before.and_then(|at| syntax::partner(line, at)));
        let mut shown = String::new();
        let mut end = 0;
        let command = line.split_whitespace().next().filter(|word| WORDS.contains(word));
        if let Some(word) = command {
            let start = line.find(word).unwrap_or(0);
            end = start + word.len();
            let style = AnsiColor::Magenta.on_default();
            shown.push_str(&format!("{}{style}{word}{style:#}", &line[..start]));
        }
        for (span, piece) in syntax::pieces(line) {
            // Several tokens may come from one place, such as a superscript.
            if span.start < end || span.end <= end {
                continue;
            }
            let marked = pair.is_some_and(|(a, b)| span.start == a.start || span.start == b.start);
            let style = if marked { anstyle::Style::new().bold().underline() } else { style(piece) };
            shown.push_str(&line[end..span.start]);
            shown.push_str(&format!("{style}{}{style:#}", &line[span.start..span.end]));
            end = span.end;
        }
        shown.push_str(&line[end..]);
        Cow::Owned(shown)
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _default: bool) -> Cow<'b, str> {
        let style = AnsiColor::Green.on_default().bold();
        Cow::Owned(format!("{style}{prompt}{style:#}"))
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        let style = anstyle::Style::new().dimmed();
        Cow::Owned(format!("{style}{hint}{style:#}"))
    }

    fn highlight_char(&self, _line: &str, _pos: usize, _kind: CmdKind) -> bool {
        true
    }
}

fn style(piece: Piece) -> anstyle::Style {
    match piece {
        Piece::Number => AnsiColor::Yellow.on_default(),
        Piece::Function => AnsiColor::Cyan.on_default(),
        Piece::Law => AnsiColor::Green.on_default(),
        Piece::Operator => AnsiColor::Blue.on_default().bold(),
        Piece::Word => AnsiColor::Magenta.on_default(),
        Piece::Name | Piece::Bracket | Piece::Symbol => anstyle::Style::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(line: &str) -> Vec<String> {
        let session = Session::new().expect("the built-in library");
        let (start, found) = Helper::new(&session).candidates(line, line.len());
        found.into_iter().map(|pair| format!("{}{}", &line[..start], pair.replacement)).collect()
    }

    #[test]
    fn words_are_completed_where_they_belong() {
        assert_eq!(completed("f(\\the"), ["f(θ"]);
        assert_eq!(completed("x + \\eta"), ["x + η"]);
        assert_eq!(completed("E_{x ~ Lapl"), ["E_{x ~ Laplace("]);
        assert_eq!(completed("help likeli"), ["help likelihood-ratio"]);
        assert_eq!(completed("assu"), ["assume "]);
        assert!(completed("help N.s").contains(&"help N.sum".to_string()));
        assert!(completed("x ").is_empty());
    }

    #[test]
    fn colours_change_no_character() {
        let session = Session::new().expect("the built-in library");
        let helper = Helper::new(&session);
        for line in ["prove E_{x ~ N(0,1)}[x²] = σ^2 given σ > 0", "\\frac{x}{2}", "§ nonsense (", "", "step x"] {
            for at in (0..=line.len()).filter(|at| line.is_char_boundary(*at)) {
                let plain = anstream::adapter::strip_str(&helper.highlight(line, at)).to_string();
                assert_eq!(plain, line);
            }
        }
    }
}
