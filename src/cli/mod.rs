//! The command line: arguments in, documents out, an exit code for scripts.

mod args;
mod bench;
mod derive;
mod document;
mod fix;
mod install;
mod listing;
mod lsp;
mod number;
mod output;
mod progress;
mod read;
mod shell;
mod words;

use crate::document::Tally;
use crate::render::{Block, Document, Format, Line};
use crate::session::{Answer, Audit, Error, Event, Session, Verdict};
use args::{Arguments, Command};
use clap::Parser;
use output::Output;
use progress::Progress;
use std::io::IsTerminal;
use std::process::ExitCode;

/// How a run ends, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Good,
    Open,
    Refuted,
    Failed,
}

impl End {
    fn code(self) -> u8 {
        match self {
            End::Good => 0,
            End::Refuted => 1,
            End::Failed => 2,
            End::Open => 3,
        }
    }
}

impl From<Verdict> for End {
    fn from(verdict: Verdict) -> End {
        match verdict {
            Verdict::Proved | Verdict::Conditional => End::Good,
            Verdict::Open => End::Open,
            Verdict::Refuted => End::Refuted,
        }
    }
}

impl From<&Answer> for End {
    /// What is as expected is good; what is not is as bad as a refutation, unless nothing is known.
    fn from(answer: &Answer) -> End {
        match (answer.expected, answer.verdict()) {
            (Some(_), _) if answer.is_as_expected() => End::Good,
            (Some(_), Verdict::Open) => End::Open,
            (Some(_), _) => End::Refuted,
            (None, verdict) => verdict.into(),
        }
    }
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() => {
            output::usage(&error);
            return ExitCode::from(End::Failed.code());
        }
        // Help, or the version.
        Err(error) => error.exit(),
    };
    let mut output = Output::new(arguments.format.into(), arguments.view(), arguments.quiet).titled(title(&arguments));
    let end = run(&arguments, &mut output).unwrap_or_else(|error| {
        output.error(&error);
        End::Failed
    });
    if matches!(arguments.format, args::FormatName::Html) {
        output.closing(&reproduce(&arguments));
    }
    output.finish();
    ExitCode::from(end.code())
}

/// The title of a page: what it is about.
fn title(arguments: &Arguments) -> String {
    let names = |files: &[std::path::PathBuf]| {
        files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ")
    };
    match &arguments.command {
        Some(Command::Prove { statement, .. } | Command::Check { statement, .. }) => statement.clone(),
        Some(Command::Eval { expression: text } | Command::Solve { equation: text }) => text.clone(),
        Some(Command::Derive(wanted)) => format!("Estimators of {}", wanted.expression()),
        Some(Command::Run { files } | Command::Audit { files }) if !files.is_empty() => names(files),
        Some(Command::Read(wanted)) => names(wanted.files()),
        Some(Command::Rules { name: None }) => "The rules".into(),
        Some(Command::Rules { name: Some(topic) } | Command::Explain { topic }) => topic.clone(),
        _ => "stein".into(),
    }
}

/// What it takes to make a page again.
fn reproduce(arguments: &Arguments) -> Document {
    let words = std::env::args_os().skip(1).map(|word| quoted(&word.to_string_lossy()));
    let command = std::iter::once("stein".to_string()).chain(words).collect::<Vec<_>>().join(" ");
    let entries = [
        ("version", format!("stein {}", env!("CARGO_PKG_VERSION"))),
        ("command", command),
        ("seed", arguments.seed.to_string()),
    ];
    let mut document = Document::default();
    document.push(Block::Heading("Reproduce this page".into()));
    let entries = entries.map(|(label, code)| (label.to_string(), Line::code(code))).to_vec();
    document.push(Block::Entries { title: String::new(), entries });
    document
}

/// A word of a command line, in quotes where a shell would read it otherwise.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '=' | ',' | ':');
    match !word.is_empty() && word.chars().all(plain) {
        true => word.into(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

fn run(arguments: &Arguments, output: &mut Output) -> Result<End, Error> {
    let command = match &arguments.command {
        Some(command) => command,
        None if std::io::stdin().is_terminal() => {
            let session = session(arguments, output)?;
            return shell::run(session, output).map(|()| End::Good);
        }
        None => &Command::Run { files: vec!["-".into()] },
    };
    if (arguments.standalone || arguments.proof_only) && arguments.format != args::FormatName::Latex {
        return Err(Error::usage("`--standalone` and `--proof-only` are about LaTeX", "add `--format latex`"));
    }
    match command {
        Command::Completions { shell } => {
            install::completions(output, *shell);
            return Ok(End::Good);
        }
        Command::Man => return install::manual(output).map(|()| End::Good),
        _ => {}
    }
    let for_coq = matches!(arguments.format, args::FormatName::Coq);
    if for_coq && !matches!(command, Command::Prove { .. }) {
        let help = "write `stein prove 'L = R' --format coq`";
        return Err(Error::usage("only `prove` writes proofs for Coq", help));
    }
    let listing = arguments.format.listing();
    if listing.is_some() && !matches!(command, Command::Run { .. } | Command::Read(_)) {
        let help = "`stein run` and `stein read` list what they find in this format; elsewhere, use text, json, latex, \
                    markdown or html";
        return Err(Error::usage("a listing of problems takes a script or a document", help));
    }
    let mut session = session(arguments, output)?;
    // Only these may draw for long.
    let watched = matches!(command, Command::Check { .. } | Command::Bench(_));
    let _progress = watched.then(|| Progress::of(&mut session));
    match command {
        Command::Prove { statement, save } => {
            let proved = session.prove(&read::statement(statement)?)?;
            let end = if for_coq {
                output.text(&session.coq(&proved)?);
                proved.verdict().into()
            } else {
                answer(output, &proved)?
            };
            if let Some(file) = save {
                write(file, &session.save(&proved)?)?;
            }
            Ok(end)
        }
        Command::Verify { files, fresh } => {
            let seed = if *fresh { unknown_seed() } else { arguments.seed };
            let mut end = End::Good;
            for file in files {
                let name = file.display().to_string();
                match read::text(file).and_then(|text| session.verify(&name, &text, seed)) {
                    Ok(verified) => verified.iter().for_each(|one| output.document(&one.document())),
                    Err(error) => {
                        output.error(&error);
                        end = End::Failed;
                    }
                }
            }
            Ok(end)
        }
        Command::Check { statement, blocks: None } => answer(output, &session.check(&read::statement(statement)?)?),
        Command::Check { statement, blocks: Some(blocks) } => {
            Ok(part(output, &session.check_blocks(&read::statement(statement)?, blocks.clone())?))
        }
        Command::Merge { files } => {
            let read = |file: &std::path::PathBuf| Ok((file.display().to_string(), read::text(file)?));
            let texts = files.iter().map(read).collect::<Result<Vec<_>, Error>>()?;
            Ok(part(output, &session.merge(&texts)?))
        }
        Command::Derive(wanted) => derive::run(output, &session, wanted),
        Command::Eval { expression } => answer(output, &session.eval(&read::statement(expression)?)?),
        Command::Solve { equation } => answer(output, &session.solve(&read::statement(equation)?)?),
        Command::Run { files } => match listing {
            Some(listing) => listing::run(output, &session, listing, &listing::scripts(files)),
            None => Ok(scripts(output, &session, files)),
        },
        Command::Read(wanted) => match listing {
            Some(listing) => document::listed(output, &session, wanted, listing),
            None => document::run(output, &session, wanted, arguments.format == args::FormatName::Html),
        },
        Command::Fix(wanted) => fix::run(output, &session, wanted),
        Command::Lsp => lsp::run(session).map(|()| End::Good),
        // Done above: they need no session.
        Command::Completions { .. } | Command::Man => Ok(End::Good),
        Command::Explain { topic } => {
            output.document(&session.describe(topic)?);
            Ok(End::Good)
        }
        Command::Bench(arguments) => bench::run(output, &session, arguments).map(|()| End::Good),
        Command::Audit { files } => audit(output, &session, files),
        Command::Rules { name: None } => {
            output.document(&session.rules());
            Ok(End::Good)
        }
        Command::Rules { name: Some(name) } => {
            output.document(&session.describe_rule(name)?);
            Ok(End::Good)
        }
    }
}

/// Writes a file, whole.
fn write(file: &std::path::Path, text: &str) -> Result<(), Error> {
    let unable = |error: std::io::Error| {
        Error::input(
            format!("`{}` cannot be written: {error}", file.display()),
            Some("name a file in a folder of yours"),
        )
    };
    std::fs::write(file, text).map_err(unable)
}

/// A seed from the system's own randomness.
fn unknown_seed() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::hash::RandomState::new().build_hasher().finish()
}

fn session(arguments: &Arguments, output: &mut Output) -> Result<Session, Error> {
    let mut session = Session::new()?;
    session.options = arguments.options();
    // An audit reports what is wrong; nothing is left out before.
    let audits = matches!(arguments.command, Some(Command::Audit { .. }));
    session.options.use_failed |= audits;
    for file in &arguments.macros {
        session.define_commands(&read::text(file)?);
    }
    for file in &arguments.rules {
        let file_name = file.display().to_string();
        let audit = session.load_rules(&file_name, &read::text(file)?)?;
        let warnings = audit.warnings(&file_name, arguments.insist);
        warnings.iter().filter(|_| !audits).for_each(|warning| output.warning(warning));
    }
    Ok(session)
}

/// Audits files, or everything.
fn audit(output: &mut Output, session: &Session, files: &[std::path::PathBuf]) -> Result<End, Error> {
    let mut audits = Vec::new();
    for file in files {
        audits.push(session.audit_file(&file.display().to_string(), &read::text(file)?)?);
    }
    if files.is_empty() {
        audits.push(session.audit()?);
    }
    let end = |audit: &Audit| match audit.wrong().next() {
        Some(_) => End::Refuted,
        None if audit.is_incomplete() => End::Open,
        None => End::Good,
    };
    audits.iter().for_each(|audit| output.document(&audit.document()));
    Ok(audits.iter().map(end).max().unwrap_or(End::Good))
}

fn part(output: &mut Output, part: &crate::session::Part) -> End {
    output.document(&part.document());
    part.verdict().into()
}

fn answer(output: &mut Output, answer: &Answer) -> Result<End, Error> {
    Ok(shown(output, &answer.document(), answer.into()))
}

/// Shows a document, unless it is good and nobody wants to see it.
fn shown(output: &mut Output, document: &Document, end: End) -> End {
    match end {
        End::Good => output.good(document),
        _ => output.document(document),
    }
    end
}

/// Runs scripts, each by itself. One that cannot be read keeps no other from being run.
fn scripts(output: &mut Output, session: &Session, files: &[std::path::PathBuf]) -> End {
    let run = |file: &std::path::PathBuf| {
        script(output, &mut session.clone(), file).unwrap_or_else(|error| {
            output.error(&error);
            End::Failed
        })
    };
    files.iter().map(run).max().unwrap_or(End::Good)
}

/// Runs a script to its end; the worst of its statements decides.
fn script(output: &mut Output, session: &mut Session, file: &std::path::Path) -> Result<End, Error> {
    let (name, text) = read::script(file)?;
    let mut tally = Tally::default();
    let mut end = End::Good;
    let mut says_something = false;
    let mut script = session.run(&name, &text);
    while let Some(event) = script.next() {
        let this = match &event {
            Event::Error(error) => {
                output.error(error);
                End::Failed
            }
            Event::Reply(crate::session::Reply::Answer(answer)) => (&**answer).into(),
            Event::Reply(crate::session::Reply::Derived(derived)) => derive::end(derived),
            Event::Heading(_) | Event::Reply(_) => End::Good,
        };
        tally.event(&event);
        says_something |= !matches!(event, Event::Heading(_));
        end = end.max(shown(output, &event.document_in(&name, script.line()), this));
        if output.is_closed() {
            break;
        }
    }
    if !says_something {
        let help = "write an equation on a line of its own";
        return Err(Error::input(format!("`{name}` holds no statement"), Some(help)));
    }
    if !tally.is_of_errors() {
        output.document(&tally.document(&name, ""));
    }
    Ok(end)
}

impl From<args::FormatName> for Format {
    fn from(name: args::FormatName) -> Format {
        match name {
            // A listing or a proof for Coq is written by itself, and errors beside it are for people.
            args::FormatName::Text
            | args::FormatName::Github
            | args::FormatName::Sarif
            | args::FormatName::Junit
            | args::FormatName::Coq => Format::Text,
            args::FormatName::Json => Format::Json,
            args::FormatName::Latex => Format::Latex,
            args::FormatName::Markdown => Format::Markdown,
            args::FormatName::Html => Format::Html,
        }
    }
}
