//! `stein lsp`: the server of editors, by the Language Server Protocol over standard input and output.
//!
//! One thread speaks with the editor and does nothing that takes time; another judges. A request about a document waits
//! until the document, as it is now, has been judged. A change ends the work on what was there before.

mod completion;
mod show;
mod text;
mod worker;

use crate::document::{Item, Kind, Outcome, Report};
use crate::session::{Error, Session, Verdict, Watch};
use crossbeam_channel::{Receiver, Sender, select};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{
    Cancel, DidChangeTextDocument, DidCloseTextDocument, DidOpenTextDocument, Notification as _, PublishDiagnostics,
};
use lsp_types::request::{
    CodeActionRequest, CodeLensRequest, Completion, ExecuteCommand, HoverRequest, Request as _, Shutdown,
};
use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionParams, CodeActionProviderCapability, CodeLensOptions, CodeLensParams,
    CompletionOptions, CompletionParams, DidChangeTextDocumentParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, ExecuteCommandOptions, ExecuteCommandParams, HoverParams, HoverProviderCapability,
    NumberOrString, Position, PublishDiagnosticsParams, Range, ServerCapabilities, TextDocumentSyncCapability,
    TextDocumentSyncKind, Uri,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;
use text::Text;
use worker::{Done, Job};

/// Shows the proof of a statement: its arguments are the document and a line, from 0.
const PROVE: &str = "stein.prove";

/// Serves until the editor says that it is over.
///
/// # Errors
/// If the editor does not speak the protocol.
pub fn run(session: Session) -> Result<(), Error> {
    let (connection, threads) = Connection::stdio();
    serve(session, &connection)?;
    drop(connection);
    threads.join().map_err(|error| unspoken(&error))
}

fn unspoken(error: &dyn std::fmt::Display) -> Error {
    let help = "`stein lsp` is started by an editor and speaks the Language Server Protocol";
    Error::input(format!("the editor cannot be understood: {error}"), Some(help))
}

fn serve(session: Session, connection: &Connection) -> Result<(), Error> {
    let (id, _) = connection.initialize_start().map_err(|error| unspoken(&error))?;
    let server = json!({ "name": "stein", "version": env!("CARGO_PKG_VERSION") });
    let answer = json!({ "capabilities": capabilities(), "serverInfo": server });
    connection.initialize_finish(id, answer).map_err(|error| unspoken(&error))?;
    let (jobs, done) = worker::start(session.clone())?;
    let mut server = Server { session, editor: &connection.sender, jobs, documents: HashMap::new(), is_over: false };
    server.listen(&connection.receiver, &done);
    Ok(())
}

fn capabilities() -> ServerCapabilities {
    let actions =
        CodeActionOptions { code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]), ..CodeActionOptions::default() };
    ServerCapabilities {
        text_document_sync: Some(TextDocumentSyncCapability::Kind(TextDocumentSyncKind::INCREMENTAL)),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(vec!["\\".into()]),
            ..CompletionOptions::default()
        }),
        code_action_provider: Some(CodeActionProviderCapability::Options(actions)),
        code_lens_provider: Some(CodeLensOptions { resolve_provider: Some(false) }),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: vec![PROVE.into()],
            ..ExecuteCommandOptions::default()
        }),
        ..ServerCapabilities::default()
    }
}

/// A document that the editor has open.
struct Open {
    version: i32,
    name: String,
    kind: Kind,
    text: Text,
    /// Ends the work on the text as it is.
    watch: Arc<Watch>,
    /// What became of the text as it is, once it is known.
    report: Option<Report>,
    /// Requests that wait for the report.
    waiting: Vec<Request>,
}

struct Server<'c> {
    session: Session,
    editor: &'c Sender<Message>,
    jobs: Sender<Job>,
    documents: HashMap<String, Open>,
    /// The editor has said that it will end.
    is_over: bool,
}

impl Server<'_> {
    fn listen(&mut self, messages: &Receiver<Message>, done: &Receiver<Done>) {
        loop {
            select! {
                recv(messages) -> message => match message {
                    Ok(Message::Request(request)) => self.request(request),
                    Ok(Message::Notification(told)) if told.method == "exit" => break,
                    Ok(Message::Notification(told)) => self.notification(told),
                    Ok(Message::Response(_)) => {}
                    Err(_) => break,
                },
                recv(done) -> result => match result {
                    Ok(result) => self.done(result),
                    Err(_) => break,
                },
            }
        }
        // Nobody waits for what is still being judged.
        self.documents.values().for_each(|open| open.watch.cancel());
    }

    fn send(&self, message: impl Into<Message>) {
        // An editor that is gone is noticed where its messages are read.
        let _ = self.editor.send(message.into());
    }

    fn refuse(&self, id: RequestId, code: ErrorCode, message: &str) {
        self.send(Response::new_err(id, code as i32, message.into()));
    }

    fn notification(&mut self, told: Notification) {
        let Notification { method, params } = told;
        match method.as_str() {
            DidOpenTextDocument::METHOD => {
                if let Some(DidOpenTextDocumentParams { text_document: opened }) = read(params) {
                    let uri = opened.uri.as_str().to_string();
                    if let Some(kind) = kind(&uri, &opened.language_id) {
                        self.change(uri, opened.version, Some(kind), |_| Text::new(opened.text));
                    }
                }
            }
            DidChangeTextDocument::METHOD => {
                if let Some(DidChangeTextDocumentParams { text_document: changed, content_changes }) = read(params) {
                    self.change(changed.uri.as_str().to_string(), changed.version, None, |text| {
                        let changed = |text: Text, change: &lsp_types::TextDocumentContentChangeEvent| {
                            text.replaced(change.range, &change.text)
                        };
                        content_changes.iter().fold(text, changed)
                    });
                }
            }
            DidCloseTextDocument::METHOD => {
                if let Some(DidCloseTextDocumentParams { text_document: closed }) = read(params) {
                    let uri = closed.uri.as_str().to_string();
                    if let Some(open) = self.documents.remove(&uri) {
                        self.abandon(&open);
                        self.publish(&uri, None, Vec::new());
                        let _ = self.jobs.send(Job::Forget { uri });
                    }
                }
            }
            Cancel::METHOD => {
                if let Some(lsp_types::CancelParams { id }) = read(params) {
                    let id = match id {
                        NumberOrString::Number(number) => number.into(),
                        NumberOrString::String(text) => text.into(),
                    };
                    let waiting = self.documents.values_mut().map(|open| &mut open.waiting);
                    let found = waiting.filter(|waiting| waiting.iter().any(|request| request.id == id)).last();
                    if let Some(waiting) = found {
                        waiting.retain(|request| request.id != id);
                        self.refuse(id, ErrorCode::RequestCanceled, "cancelled");
                    }
                }
            }
            _ => {}
        }
    }

    /// The work on a text that is no more comes to an end, and what waits for it is told.
    fn abandon(&self, open: &Open) {
        open.watch.cancel();
        for request in &open.waiting {
            self.refuse(request.id.clone(), ErrorCode::ContentModified, "the document has changed");
        }
    }

    /// A document has another text, or is new where its kind is given.
    fn change(&mut self, uri: String, version: i32, kind: Option<Kind>, text: impl FnOnce(Text) -> Text) {
        let old = self.documents.remove(&uri);
        old.iter().for_each(|open| self.abandon(open));
        let Some(kind) = kind.or(old.as_ref().map(|open| open.kind)) else { return };
        let name = old.as_ref().map_or_else(|| name(&uri), |open| open.name.clone());
        let text = text(old.map(|open| open.text).unwrap_or_default());
        let watch = Arc::new(Watch::default());
        let (read, work) = (text.as_str().to_string(), watch.clone());
        let job = Job::Read { uri: uri.clone(), version, name: name.clone(), text: read, kind, watch: work };
        let _ = self.jobs.send(job);
        self.documents.insert(uri, Open { version, name, kind, text, watch, report: None, waiting: Vec::new() });
    }

    fn publish(&self, uri: &str, version: Option<i32>, diagnostics: Vec<lsp_types::Diagnostic>) {
        let Ok(uri) = Uri::from_str(uri) else { return };
        let params = PublishDiagnosticsParams { uri, diagnostics, version };
        self.send(Notification::new(PublishDiagnostics::METHOD.into(), params));
    }

    fn done(&mut self, result: Done) {
        match result {
            Done::Read { uri, version, report } => {
                let Some(open) = self.documents.get_mut(&uri).filter(|open| open.version == version) else { return };
                let waiting = std::mem::take(&mut open.waiting);
                let diagnostics = match &report {
                    Ok(report) => show::diagnostics(&open.text, report),
                    Err(error) => vec![show::failure(error)],
                };
                // Where nothing can be read, nothing is found.
                let nothing = || Report { name: open.name.clone(), kind: open.kind, items: Vec::new() };
                open.report = Some(report.unwrap_or_else(|_| nothing()));
                self.publish(&uri, Some(version), diagnostics);
                waiting.into_iter().for_each(|request| self.about(&uri, request));
            }
            Done::Repaired { request, uri, version, edits } => {
                match self.documents.get(&uri).filter(|open| open.version == version) {
                    Some(open) => {
                        let uri = Uri::from_str(&uri).ok();
                        let actions: Vec<_> = edits
                            .iter()
                            .zip(std::iter::repeat(uri))
                            .filter_map(|(edit, uri)| Some(show::action(&open.text, uri?, version, edit)))
                            .collect();
                        self.send(Response::new_ok(request, actions));
                    }
                    None => self.refuse(request, ErrorCode::ContentModified, "the document has changed"),
                }
            }
        }
    }

    fn request(&mut self, request: Request) {
        let method = request.method.as_str();
        let uri = match method {
            Shutdown::METHOD => {
                self.is_over = true;
                return self.send(Response::new_ok(request.id, Value::Null));
            }
            _ if self.is_over => {
                return self.refuse(request.id, ErrorCode::InvalidRequest, "the server has been shut down");
            }
            HoverRequest::METHOD | CodeActionRequest::METHOD | CodeLensRequest::METHOD => {
                request.params["textDocument"]["uri"].as_str().map(String::from)
            }
            ExecuteCommand::METHOD if request.params["command"] == PROVE => {
                request.params["arguments"][0].as_str().map(String::from)
            }
            Completion::METHOD => {
                let items = read::<CompletionParams>(request.params).and_then(|wanted| self.completion(&wanted));
                return self.send(Response::new_ok(request.id, items.unwrap_or_default()));
            }
            _ => return self.refuse(request.id, ErrorCode::MethodNotFound, "this is not supported"),
        };
        match uri.and_then(|uri| self.documents.get_mut(&uri).map(|open| (uri, open))) {
            Some((_, open)) if open.report.is_none() => open.waiting.push(request),
            Some((uri, _)) => self.about(&uri, request),
            None => self.send(Response::new_ok(request.id, Value::Null)),
        }
    }

    fn completion(&self, wanted: &CompletionParams) -> Option<Vec<lsp_types::CompletionItem>> {
        let at = &wanted.text_document_position;
        let open = self.documents.get(at.text_document.uri.as_str())?;
        Some(completion::items(&self.session, open.kind, open.text.before(at.position), at.position))
    }

    /// Answers a request about a document that has been judged.
    fn about(&self, uri: &str, request: Request) {
        let Some((open, report)) = self.documents.get(uri).and_then(|open| Some((open, open.report.as_ref()?))) else {
            return self.send(Response::new_ok(request.id, Value::Null));
        };
        let Request { id, method, params } = request;
        let answer = match method.as_str() {
            HoverRequest::METHOD => {
                let at = read::<HoverParams>(params).map(|wanted| wanted.text_document_position_params.position);
                let item = at.and_then(|at| touched(open, report, Range::new(at, at)).next());
                json!(item.and_then(|item| show::hover(&open.text, item)))
            }
            CodeLensRequest::METHOD => {
                let wanted = read::<CodeLensParams>(params);
                json!(wanted.map(|wanted| show::lenses(&open.text, &wanted.text_document.uri, report)))
            }
            CodeActionRequest::METHOD => {
                let wanted = read::<CodeActionParams>(params);
                let range = wanted.map(|wanted| wanted.range).unwrap_or_default();
                let items: Vec<Item> =
                    touched(open, report, range).filter(|item| may_be_repaired(item)).cloned().collect();
                if !items.is_empty() {
                    let job = Job::Repair { request: id, uri: uri.into(), version: open.version, items };
                    let _ = self.jobs.send(job);
                    return;
                }
                json!([])
            }
            _ => {
                let wanted = read::<ExecuteCommandParams>(params);
                let line = wanted.and_then(|wanted| wanted.arguments.get(1)?.as_u64()).unwrap_or(0);
                let at = Position::new(u32::try_from(line).unwrap_or(u32::MAX), 0);
                let end = Position::new(at.line, u32::MAX);
                let item = touched(open, report, Range::new(at, end)).next();
                json!(item.map(show::proof))
            }
        };
        self.send(Response::new_ok(id, answer));
    }
}

/// The items that a range touches.
fn touched<'r>(open: &Open, report: &'r Report, range: Range) -> impl Iterator<Item = &'r Item> {
    let (start, end) = (open.text.byte(range.start), open.text.byte(range.end));
    report.items.iter().filter(move |item| item.span.start <= end && start <= item.span.end)
}

fn may_be_repaired(item: &Item) -> bool {
    matches!(&item.outcome, Outcome::Judged(answer)
        if answer.verdict() == Verdict::Refuted && answer.links.iter().any(|link| link.repair.is_some()))
}

/// What a document is: by the ending of its name, or by what the editor calls its language.
fn kind(uri: &str, language: &str) -> Option<Kind> {
    let by_language = match language {
        "stein" => Some(Kind::Script),
        "latex" | "tex" => Some(Kind::Tex),
        "markdown" => Some(Kind::Markdown),
        "python" => Some(Kind::Python),
        _ => None,
    };
    let ending = uri.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, ending)| ending);
    match ending {
        // Rules and the cells of notebooks are no statements in a row.
        Some("rules" | "law" | "function" | "ipynb") => None,
        _ => Kind::of(uri).ok().or(by_language),
    }
}

/// The name of a file, from its address.
fn name(uri: &str) -> String {
    let last = uri.rsplit('/').next().unwrap_or(uri);
    let mut bytes = Vec::new();
    let mut rest = last.bytes();
    while let Some(byte) = rest.next() {
        let code = (byte == b'%').then(|| rest.clone().take(2).map(char::from).collect::<String>());
        match code.and_then(|code| u8::from_str_radix(&code, 16).ok()) {
            Some(decoded) => {
                bytes.push(decoded);
                rest.nth(1);
            }
            None => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn read<T: DeserializeOwned>(params: Value) -> Option<T> {
    serde_json::from_value(params).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_known_by_its_name_or_its_language() {
        assert_eq!(kind("file:///a/b.stein", "plaintext"), Some(Kind::Script));
        assert_eq!(kind("file:///a/b.tex", "stein"), Some(Kind::Tex));
        assert_eq!(kind("untitled:Untitled-1", "stein"), Some(Kind::Script));
        assert_eq!(kind("file:///a/b.rules", "stein"), None);
        assert_eq!(kind("file:///a/b.rs", "rust"), None);
        assert_eq!(name("file:///a/%C3%A4%20b%.stein"), "ä b%.stein");
    }
}
