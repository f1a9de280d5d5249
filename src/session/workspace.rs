//! What a session knows besides the library: definitions and assumptions, listed and forgotten.

use super::{Error, Session};
use crate::render::{Block, Document, Line};
use crate::syntax::{Assumption, Definition, Expr, Name, Style, print_assumption, print_definition, print_name};

impl Session {
    /// The definitions that hold for statements to come.
    pub fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    /// The assumptions that hold for statements to come.
    pub fn assumptions(&self) -> &[Assumption] {
        &self.assumptions
    }

    /// Forgets what was defined or assumed of these names; everything, if there are none.
    ///
    /// # Errors
    /// Says so if nothing is known of a name, and changes nothing.
    pub fn forget(&mut self, names: &[Name]) -> Result<(), Error> {
        for name in names {
            let defined = self.definitions.iter().any(|definition| definition.name == *name);
            if !defined && !self.assumptions.iter().any(|assumption| speaks_of(assumption, name)) {
                let message = format!("nothing is defined or assumed of `{}`", print_name(name, Style::Unicode));
                return Err(Error::lookup(message, "`list` shows what is defined and assumed"));
            }
        }
        let goes = |f: &dyn Fn(&Name) -> bool| names.is_empty() || names.iter().any(f);
        self.definitions.retain(|definition| !goes(&|name| definition.name == *name));
        self.assumptions.retain(|assumption| !goes(&|name| speaks_of(assumption, name)));
        Ok(())
    }

    /// The definitions and assumptions, as lines that would make them again.
    fn lines(&self) -> impl Iterator<Item = String> {
        let defined = self.definitions.iter().map(|d| format!("let {}", print_definition(d, Style::Unicode)));
        let assumed = self.assumptions.iter().map(|a| format!("assume {}", print_assumption(a, Style::Unicode)));
        defined.chain(assumed)
    }

    /// What is known besides the library, as one text: sessions that know the same have the same.
    pub(crate) fn knowledge(&self) -> String {
        let lines = self.lines().chain([self.macros.listing()]);
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The definitions and assumptions, as lines that would make them again.
    pub fn workspace(&self) -> Document {
        let mut document = Document::default();
        for line in self.lines() {
            document.push(Block::Paragraph(Line::text(line)));
        }
        if document.blocks.is_empty() {
            document.push(Block::Paragraph("nothing is defined or assumed".into()));
        }
        document
    }
}

/// True if the name occurs in the assumption.
fn speaks_of(assumption: &Assumption, name: &Name) -> bool {
    let holds = |e: &Expr| {
        let mut found = false;
        e.visit_names(&mut |other| found |= other == name);
        found
    };
    match assumption {
        Assumption::Compare(_, left, right) => holds(left) || holds(right),
        Assumption::Class { function, .. } => function == name,
        Assumption::Sort { letter, .. } => letter == name,
        Assumption::Tuple { name: tuple, .. } => tuple == name,
        Assumption::Space { letters, .. } | Assumption::Definite { letters, .. } => letters.contains(name),
        Assumption::Map { function, .. } => function == name,
        Assumption::Draw { variables, .. } => variables.contains(name),
    }
}
