//! How large terms become once the functions in them are unfolded: definitions that double with each line would fill any
//! memory.

use super::Result;
use super::fields::problem;
use crate::syntax::{Entry, Span};
use crate::term::{Definitions, Op, Symbol, Term};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// The most nodes of a term that is unfolded.
const LARGEST: u64 = 1 << 17;
/// The most functions that may stand for one another in a chain.
const DEEPEST: usize = 400;

/// The size of a function's meaning: nodes of its own, and how often each parameter occurs.
#[derive(Clone)]
struct Size {
    own: u64,
    occurrences: Vec<u64>,
}

/// Sizes of what the functions of a library stand for.
pub struct Unfolding<'a> {
    definitions: &'a Definitions,
    sizes: BTreeMap<Symbol, Size>,
    open: Vec<Symbol>,
}

impl<'a> Unfolding<'a> {
    pub fn new(definitions: &'a Definitions) -> Self {
        Unfolding { definitions, sizes: BTreeMap::new(), open: vec![] }
    }

    /// Refuses a function that does not end, or is too large; the entries tell where it stands.
    pub fn function(&mut self, name: &str, entries: &BTreeMap<&str, &Entry>, span: Span) -> Result<()> {
        if self.sizes.contains_key(name) {
            return Ok(());
        }
        let Some(function) = self.definitions.functions.get(name) else { return Ok(()) };
        let span = entries.get(name).map_or(span, |entry| entry.span);
        if self.open.iter().any(|open| &**open == name) || self.open.len() > DEEPEST {
            return problem(span, format!("the definition of `{name}` does not end"), None);
        }
        let mut size = Size { own: 1, occurrences: vec![0; function.parameters.len()] };
        if let Some(meaning) = function.definition.as_ref().or(function.formula.as_ref()) {
            self.open.push(function.name.clone());
            self.callees(meaning, entries, span)?;
            self.open.pop();
            size.own = self.size(meaning, &mut FxHashMap::default(), None);
            for (count, parameter) in size.occurrences.iter_mut().zip(&function.parameters) {
                let alone = Term::var(parameter.clone());
                *count = self.size(meaning, &mut FxHashMap::default(), Some(&alone));
            }
        }
        if size.own > LARGEST {
            return too_large(span, &format!("the definition of `{name}`"));
        }
        self.sizes.insert(function.name.clone(), size);
        Ok(())
    }

    /// Refuses a term that is too large.
    pub fn term(&mut self, term: &Term, of: &str, entries: &BTreeMap<&str, &Entry>, span: Span) -> Result<()> {
        self.callees(term, entries, span)?;
        if self.size(term, &mut FxHashMap::default(), None) > LARGEST { too_large(span, of) } else { Ok(()) }
    }

    fn callees(&mut self, term: &Term, entries: &BTreeMap<&str, &Entry>, span: Span) -> Result<()> {
        for name in functions(term) {
            self.function(&name, entries, span)?;
        }
        Ok(())
    }

    /// The nodes of a term when all is unfolded, or how often another one occurs in it then.
    fn size(&self, term: &Term, memo: &mut FxHashMap<Term, u64>, counted: Option<&Term>) -> u64 {
        if let Some(known) = memo.get(term) {
            return *known;
        }
        let node = match counted {
            None => 1,
            Some(counted) => u64::from(counted == term),
        };
        let size = match term.op() {
            Op::Function(name) if let Some(size) = self.sizes.get(name) => {
                let mut total = if counted.is_none() { size.own } else { 0 };
                for (arg, times) in term.args().iter().zip(&size.occurrences) {
                    total = total.saturating_add(self.size(arg, memo, counted).saturating_mul(*times));
                }
                // Arguments that the meaning does not use are looked at all the same.
                if size.occurrences.iter().all(|times| *times == 0) {
                    for arg in term.args() {
                        total = total.saturating_add(self.size(arg, memo, counted));
                    }
                }
                total
            }
            _ => term.args().iter().fold(node, |sum, arg| sum.saturating_add(self.size(arg, memo, counted))),
        };
        memo.insert(term.clone(), size);
        size
    }
}

fn too_large<T>(span: Span, of: &str) -> Result<T> {
    let message = format!("{of} is too large: once all functions in it are unfolded, it has more than {LARGEST} parts");
    problem(span, message, Some("let a function stand for less, or use it less often in the next one"))
}

/// The functions that occur in a term, each once.
fn functions(term: &Term) -> Vec<Symbol> {
    fn walk(term: &Term, seen: &mut FxHashMap<Term, ()>, found: &mut Vec<Symbol>) {
        if seen.insert(term.clone(), ()).is_some() {
            return;
        }
        if let Op::Function(name) = term.op()
            && !found.contains(name)
        {
            found.push(name.clone());
        }
        term.args().iter().for_each(|arg| walk(arg, seen, found));
    }
    let mut found = Vec::new();
    walk(term, &mut FxHashMap::default(), &mut found);
    found
}
