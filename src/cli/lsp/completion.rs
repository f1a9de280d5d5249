//! What may stand where the cursor is.

use crate::cli::words::{self, Sort, Word};
use crate::document::Kind;
use crate::session::Session;
use crate::syntax::COMMANDS;
use lsp_types::{CompletionItem, CompletionItemKind, CompletionTextEdit, Position, Range, TextEdit};

/// The candidates for the word that ends a line cut at the cursor.
pub fn items(session: &Session, kind: Kind, line: &str, at: Position) -> Vec<CompletionItem> {
    // Of other files only what speaks to this program is its business.
    let spoken = match kind {
        Kind::Script => line,
        _ => match line.split_once("stein:") {
            Some((_, spoken)) => spoken,
            None => return Vec::new(),
        },
    };
    let replaced = |word: &str| {
        let units = word.encode_utf16().count() as u32;
        Range::new(Position::new(at.line, at.character.saturating_sub(units)), at)
    };
    if let Some((start, name)) = words::escape(spoken) {
        let range = replaced(&spoken[start..]);
        let item = |(ascii, symbol): (&str, &str)| {
            let item = CompletionItem { label: format!("\\{ascii}"), detail: Some(symbol.into()), ..of(Sort::Keyword) };
            inserted(item, range, symbol.into())
        };
        return words::symbols(name).into_iter().map(item).collect();
    }
    let start = words::begins(spoken, char::is_alphanumeric);
    let word = &spoken[start..];
    let range = replaced(word);
    let command = |text: &&str| Word { text: format!("{text} "), sort: Sort::Command, says: String::new() };
    let is_first = spoken[..start].trim().is_empty();
    let commands = COMMANDS.iter().filter(|_| is_first).map(command);
    let near = commands.chain(words::of_statements(session)).filter(|candidate| candidate.text.starts_with(word));
    let item = |candidate: Word| {
        let detail = (!candidate.says.is_empty()).then_some(candidate.says);
        let label = candidate.text.trim_end().trim_end_matches(['(', '{', '[', '_']).to_string();
        let item = CompletionItem { label, detail, ..of(candidate.sort) };
        inserted(item, range, candidate.text)
    };
    near.map(item).collect()
}

fn of(sort: Sort) -> CompletionItem {
    let kind = match sort {
        Sort::Command | Sort::Keyword => CompletionItemKind::KEYWORD,
        Sort::Operator => CompletionItemKind::OPERATOR,
        Sort::Law => CompletionItemKind::CLASS,
        Sort::Function => CompletionItemKind::FUNCTION,
    };
    CompletionItem { kind: Some(kind), ..CompletionItem::default() }
}

fn inserted(item: CompletionItem, range: Range, text: String) -> CompletionItem {
    let filter = Some(item.label.clone());
    let edit = Some(CompletionTextEdit::Edit(TextEdit { range, new_text: text }));
    CompletionItem { filter_text: filter, text_edit: edit, ..item }
}
