//! What is found, as an editor shows it.

use super::{PROVE, Text};
use crate::document::{Edit, Finding, Item, Level, Outcome, Report};
use crate::render::Format;
use crate::session::Error;
use lsp_types::{
    CodeAction, CodeActionKind, CodeLens, Command, Diagnostic, DiagnosticSeverity, DocumentChanges, Hover,
    HoverContents, MarkupContent, MarkupKind, NumberOrString, OneOf, OptionalVersionedTextDocumentIdentifier,
    TextDocumentEdit, TextEdit, Uri, WorkspaceEdit,
};
use serde_json::json;

/// What is to be told of each statement.
pub fn diagnostics(text: &Text, report: &Report) -> Vec<Diagnostic> {
    report.items.iter().filter_map(Item::finding).map(|finding| diagnostic(text, &finding)).collect()
}

fn diagnostic(text: &Text, finding: &Finding) -> Diagnostic {
    let severity = match finding.level {
        Level::Error => DiagnosticSeverity::ERROR,
        Level::Warning => DiagnosticSeverity::WARNING,
        // What lies outside of the language is nobody's fault.
        Level::Note if finding.kind == "conditional" => DiagnosticSeverity::INFORMATION,
        Level::Note | Level::Good => DiagnosticSeverity::HINT,
    };
    Diagnostic {
        range: text.between(finding.place, finding.end),
        severity: Some(severity),
        code: Some(NumberOrString::String(finding.kind.into())),
        source: Some("stein".into()),
        message: if finding.level == Level::Good { finding.title.clone() } else { finding.message() },
        ..Diagnostic::default()
    }
}

/// A document that cannot be read at all.
pub fn failure(error: &Error) -> Diagnostic {
    Diagnostic {
        severity: Some(DiagnosticSeverity::ERROR),
        code: Some(NumberOrString::String(error.code().number().into())),
        source: Some("stein".into()),
        message: error.to_string(),
        ..Diagnostic::default()
    }
}

/// The answer as it stands in a terminal: the proof, its conditions, the numbers.
pub fn proof(item: &Item) -> String {
    let shown = match &item.outcome {
        Outcome::Judged(answer) => Format::Text.plain(&answer.document()),
        Outcome::Derived(derived) => Format::Text.plain(&derived.document()),
        Outcome::Outside(error) | Outcome::Broken(error) => {
            let help = error.help().map_or(String::new(), |help| format!("\n  help        {help}"));
            format!("{:<11} {error}{help}", item.word())
        }
        Outcome::Defined(_) | Outcome::Expression | Outcome::Skipped => item.word().to_string(),
    };
    format!("```text\n{}\n```", shown.trim_end())
}

pub fn hover(text: &Text, item: &Item) -> Option<Hover> {
    let tells = !matches!(item.outcome, Outcome::Expression | Outcome::Skipped);
    tells.then(|| Hover {
        contents: HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value: proof(item) }),
        range: Some(text.range(&item.span)),
    })
}

/// The verdict above each statement, which leads to the proof.
pub fn lenses(text: &Text, uri: &Uri, report: &Report) -> Vec<CodeLens> {
    let judged = report.items.iter().filter(|item| matches!(item.outcome, Outcome::Judged(_) | Outcome::Derived(_)));
    let lens = |item: &Item| {
        let range = text.range(&item.span);
        let arguments = vec![json!(uri), json!(range.start.line)];
        let title = match &item.outcome {
            Outcome::Judged(answer) if answer.is_derived() => format!("{}: show the proof", item.word()),
            _ => format!("{}: show why", item.word()),
        };
        CodeLens { range, command: Some(Command::new(title, PROVE.into(), Some(arguments))), data: None }
    };
    judged.map(lens).collect()
}

/// A refuted statement as it was meant.
pub fn action(text: &Text, uri: Uri, version: i32, edit: &Edit) -> CodeAction {
    let piece = |(bytes, new): &(std::ops::Range<usize>, String)| {
        OneOf::Left(TextEdit { range: text.range(bytes), new_text: new.clone() })
    };
    let changed = TextDocumentEdit {
        text_document: OptionalVersionedTextDocumentIdentifier { uri, version: Some(version) },
        edits: edit.pieces.iter().map(piece).collect(),
    };
    CodeAction {
        title: format!("Write what is true: {}", edit.hint),
        kind: Some(CodeActionKind::QUICKFIX),
        edit: Some(WorkspaceEdit {
            document_changes: Some(DocumentChanges::Edits(vec![changed])),
            ..WorkspaceEdit::default()
        }),
        is_preferred: Some(true),
        ..CodeAction::default()
    }
}
