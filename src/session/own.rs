//! The rules, laws and functions of the user's own that a proof rests on.

use super::answer::{Condition, Status};
use crate::rule::{Library, Trust};
use crate::term::{Op, Term};
use rustc_hash::FxHashSet;

/// Collects them, with what they are made of in turn.
pub struct OwnEntries<'a> {
    library: &'a Library,
    /// A condition for each, in the order in which they are met.
    pub conditions: Vec<Condition>,
    seen: FxHashSet<Term>,
    /// There is nothing of the user's.
    none: bool,
}

impl<'a> OwnEntries<'a> {
    pub fn new(library: &'a Library) -> Self {
        let definitions = &library.definitions;
        let none = library.rules.iter().all(|rule| rule.trust == Trust::BuiltIn)
            && definitions.laws.values().all(|law| law.trust == Trust::BuiltIn)
            && definitions.functions.values().all(|function| function.trust == Trust::BuiltIn);
        OwnEntries { library, conditions: vec![], seen: FxHashSet::default(), none }
    }

    /// A rule that is used, and what it speaks of.
    pub fn rule(&mut self, name: &str) {
        let library = self.library;
        let Some(rule) = library.rule(name).filter(|rule| rule.trust != Trust::BuiltIn) else { return };
        if self.add(format!("the rule {name} is true"), rule.trust) {
            self.term(&rule.left);
            self.term(&rule.right);
        }
    }

    /// The laws and functions in a term.
    pub fn term(&mut self, term: &Term) {
        if self.none || !self.seen.insert(term.clone()) {
            return;
        }
        match term.op() {
            Op::Law(name) => self.law(name),
            Op::Function(name) => self.function(name),
            _ => {}
        }
        term.args().iter().for_each(|arg| self.term(arg));
    }

    fn law(&mut self, name: &str) {
        let library = self.library;
        let Some(law) = library.definitions.laws.get(name).filter(|law| law.trust != Trust::BuiltIn) else { return };
        if self.add(format!("the law {name} is as its file states it"), law.trust) {
            law.terms().for_each(|term| self.term(term));
        }
    }

    fn function(&mut self, name: &str) {
        let library = self.library;
        let known = library.definitions.functions.get(name);
        let Some(function) = known.filter(|function| function.trust != Trust::BuiltIn) else { return };
        if self.add(format!("the function {name} is as its file states it"), function.trust) {
            function.terms().for_each(|term| self.term(term));
        }
    }

    /// False if it is listed already.
    fn add(&mut self, text: String, trust: Trust) -> bool {
        let condition = match trust {
            Trust::Unaudited => Condition { text: text + ", for which no audit speaks", status: Status::Assumed },
            _ => Condition { text, status: Status::Granted },
        };
        let new = !self.conditions.contains(&condition);
        if new {
            self.conditions.push(condition);
        }
        new
    }
}
