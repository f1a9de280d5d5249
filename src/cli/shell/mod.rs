//! The interactive shell: statements as in a script, and a few commands around them.

mod command;
mod helper;
mod place;
mod walk;
mod worker;

use super::output::Output;
use super::read;
use crate::render::{Block, Document, Line};
use crate::session::{Error, Event, Reply, Session};
use anstream::{AutoStream, ColorChoice};
use command::{Command, HELP, usage};
use helper::Helper;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{ColorMode, Config, Editor};
use std::path::{Path, PathBuf};
use walk::Walk;
use worker::Worker;

/// Lines of history that are kept.
const HISTORY: usize = 5_000;

/// What the shell remembers between lines.
struct Shell<'o> {
    session: Session,
    output: &'o mut Output,
    worker: Worker,
    /// The lines that were carried out, for `save`.
    log: Vec<String>,
    /// What `_` stands for.
    result: Option<String>,
    /// The last answer.
    last: Option<Document>,
    walk: Option<Walk>,
    /// The file that this shell has written, which it may overwrite.
    saved: Option<PathBuf>,
}

/// Whether to go on.
enum Next {
    Line,
    Leave,
}

/// Reads lines from a terminal until the end of input.
///
/// # Errors
/// If the terminal cannot be used.
pub fn run(session: Session, output: &mut Output) -> Result<(), Error> {
    let colour = AutoStream::choice(&std::io::stdout()) != ColorChoice::Never;
    let config = Config::builder()
        .max_history_size(HISTORY)
        .and_then(|config| config.history_ignore_dups(true))
        .map_err(unusable)?
        .history_ignore_space(true)
        .completion_type(rustyline::CompletionType::List)
        .color_mode(if colour { ColorMode::Enabled } else { ColorMode::Disabled })
        .build();
    let mut editor: Editor<Helper, FileHistory> = Editor::with_config(config).map_err(unusable)?;
    editor.set_helper(Some(Helper::new(&session)));
    let history = place::history();
    if let Some(file) = &history {
        // There is none at the first start.
        let _ = editor.load_history(file);
    }
    let mut shell = Shell {
        session,
        output,
        worker: Worker::new()?,
        log: Vec::new(),
        result: None,
        last: None,
        walk: None,
        saved: None,
    };
    shell.say(&format!("stein {}: type an equation to have it proved, `help` for help, Ctrl-D to leave", VERSION));
    let mut interrupts = 0;
    loop {
        shell.worker.settle();
        let line = match editor.readline("stein> ") {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => {
                interrupts += 1;
                if interrupts > 1 {
                    shell.say("Ctrl-D leaves");
                }
                continue;
            }
            Err(ReadlineError::Eof) => return Ok(()),
            Err(error) => return Err(unusable(error)),
        };
        interrupts = 0;
        // A statement of several lines is one line of a script.
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.is_empty() {
            continue;
        }
        let _ = editor.add_history_entry(line.as_str());
        if let Some(file) = &history {
            let _ = editor.append_history(file);
        }
        match shell.line(&line) {
            Ok(Next::Line) => {}
            Ok(Next::Leave) => return Ok(()),
            Err(error) => shell.output.error(&error),
        }
        if let Some(helper) = editor.helper_mut() {
            helper.learn(&shell.session);
        }
        if shell.output.is_closed() {
            return Ok(());
        }
    }
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn unusable(error: ReadlineError) -> Error {
    Error::input(format!("the terminal cannot be used: {error}"), Some("`stein run -` reads statements without one"))
}

impl Shell<'_> {
    fn line(&mut self, line: &str) -> Result<Next, Error> {
        match Command::of(line) {
            Command::Quit => return Ok(Next::Leave),
            Command::Help(None) => self.say(HELP),
            Command::Help(Some(topic)) => match usage(topic) {
                Some(usage) => self.say(usage),
                None => self.show(&self.session.describe(topic)?),
            },
            Command::Explain(None) => {
                let last = self.last.as_ref().ok_or_else(nothing_yet)?;
                self.output.explained(last);
            }
            Command::Explain(Some(topic)) if self.session.describe(topic).is_ok() => {
                self.show(&self.session.describe(topic)?);
            }
            Command::Explain(Some(statement)) => self.statement(&format!("prove {statement}"), true)?,
            Command::Step => self.step()?,
            Command::Rules => self.show(&self.session.rules()),
            Command::List => self.show(&self.session.workspace()),
            Command::Save(file) => self.save(Path::new(file))?,
            Command::Run(file) => self.script(Path::new(file))?,
            Command::Missing(message, help) => return Err(Error::input(message, Some(help))),
            Command::Statement(text) => self.statement(text, false)?,
        }
        Ok(Next::Line)
    }

    /// Carries out a statement; Ctrl-C gives it up.
    fn statement(&mut self, text: &str, explain: bool) -> Result<(), Error> {
        let text = self.with_result(text)?;
        let Some((session, reply)) = self.worker.run(&self.session, &text)? else {
            self.say("given up");
            return Ok(());
        };
        self.session = session;
        let document = reply.document();
        if explain {
            self.output.explained(&document);
        } else {
            self.show(&document);
        }
        self.remember(reply);
        self.log.push(text);
        Ok(())
    }

    fn remember(&mut self, reply: Reply) {
        match reply {
            Reply::Answer(answer) => {
                self.result = answer.links.last().map(|link| link.right.unicode.clone());
                self.walk = Walk::of(&answer.links);
                self.last = Some(answer.document());
            }
            Reply::Derived(derived) => {
                let best = derived.estimators.first();
                self.result = best.map(|estimator| estimator.estimator.unicode.clone());
                self.walk = best.and_then(|estimator| Walk::of(std::slice::from_ref(&estimator.link)));
                self.last = Some(derived.document());
            }
            _ => {}
        }
    }

    /// A statement with the last result in the place of `_`.
    fn with_result(&self, text: &str) -> Result<String, Error> {
        let mut replaced = String::new();
        let mut before = ' ';
        let mut characters = text.chars().peekable();
        while let Some(c) = characters.next() {
            let script = before.is_alphanumeric() || matches!(before, ')' | ']' | '}' | '\'' | '∇' | '∂' | '∫');
            let scripted = characters.peek().is_some_and(|next| next.is_alphanumeric() || *next == '{');
            if c == '_' && !script && !scripted {
                let help = "`_` is the last member of the last equation, or the first of the last estimators";
                let result = self.result.as_ref();
                let result = result.ok_or_else(|| Error::input("there is no result yet", Some(help)))?;
                replaced.push_str(&format!("({result})"));
            } else {
                replaced.push(c);
            }
            before = c;
        }
        Ok(replaced)
    }

    fn step(&mut self) -> Result<(), Error> {
        let Some(walk) = self.walk.as_mut() else {
            let no_steps = || Error::input("the last answer has no steps to walk through", None);
            return Err(if self.last.is_some() { no_steps() } else { nothing_yet() });
        };
        let document = walk.next();
        self.show(&document);
        Ok(())
    }

    fn script(&mut self, file: &Path) -> Result<(), Error> {
        let (name, text) = read::script(file)?;
        let mut last = None;
        for event in self.session.run(&name, &text) {
            if let Event::Error(error) = &event {
                self.output.error(error);
            }
            self.output.document(&event.document());
            if let Event::Reply(reply) = event {
                last = Some(reply);
            }
        }
        self.log.extend(text.lines().map(str::to_string));
        last.into_iter().for_each(|reply| self.remember(reply));
        Ok(())
    }

    /// Writes a script that replays the session.
    fn save(&mut self, file: &Path) -> Result<(), Error> {
        let name = file.display();
        if file.exists() && self.saved.as_deref() != Some(file) {
            return Err(Error::input(format!("`{name}` exists already"), Some("save under another name")));
        }
        let lines = self.log.iter().map(|line| format!("{line}\n"));
        let text =
            format!("# A session of stein {VERSION}: `stein run {name}` replays it.\n\n{}", lines.collect::<String>());
        std::fs::write(file, text)
            .map_err(|error| Error::input(format!("`{name}` cannot be written: {error}"), None))?;
        self.saved = Some(file.into());
        self.say(&format!("saved; `stein run {name}` replays this session"));
        Ok(())
    }

    fn show(&mut self, document: &Document) {
        self.output.document(document);
    }

    fn say(&mut self, text: &str) {
        let mut document = Document::default();
        document.push(Block::Paragraph(Line::text(text)));
        self.show(&document);
    }
}

fn nothing_yet() -> Error {
    Error::input("there is no proof yet", Some("prove an equation first"))
}
