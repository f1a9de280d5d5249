//! Which names a statement declares: a letter before a parenthesis is a call or a product by that.

use super::ast::{Assumption, Definition, Name};
use super::canon::Tokens;
use super::statement::SORTS;
use std::collections::HashSet;
use std::ops::Range;

/// The declared names, by their canonical text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    functions: HashSet<String>,
    variables: HashSet<String>,
    /// Parameters of a definition, in its range of tokens.
    parameters: Vec<(Range<usize>, HashSet<String>)>,
}

impl Scope {
    /// A scope in which these names are variables.
    pub fn of_variables(names: &[Name]) -> Scope {
        Scope { variables: names.iter().map(Name::canonical).collect(), ..Scope::default() }
    }

    /// A scope in which these definitions and assumptions hold: what has a class is a function.
    pub fn of_context(definitions: &[Definition], assumptions: &[Assumption]) -> Scope {
        let mut scope = Scope::default();
        for assumption in assumptions {
            match assumption {
                Assumption::Class { function, .. } => scope.functions.insert(function.canonical()),
                Assumption::Sort { letter, .. } => scope.variables.insert(letter.canonical()),
                Assumption::Compare(..) => false,
            };
        }
        for definition in definitions {
            let names = if definition.parameters.is_empty() { &mut scope.variables } else { &mut scope.functions };
            names.insert(definition.name.canonical());
        }
        scope
    }

    /// Collects what `tokens` declare; with `definition` they are the text of one definition.
    pub fn collect(mut self, tokens: Tokens, definition: bool) -> Scope {
        if definition {
            self.definition(tokens, 0);
        }
        for at in 0..tokens.all.len() {
            // `p_where` is a name, if a strange one.
            if tokens.name(at) == Some("where") && (at == 0 || !tokens.is(at - 1, "_")) {
                self.definition(tokens, at + 1);
            } else if tokens.name(at) == Some("given") {
                self.classes(tokens, at + 1);
            } else if tokens.is(at, "~") {
                self.bound(tokens, at);
            } else if tokens.is(at, "_") && at > 0 {
                self.differentiated(tokens, at);
            }
        }
        self.plain_probabilities(tokens);
        self
    }

    pub fn is_function(&self, name: &str) -> bool {
        self.functions.contains(name)
    }

    pub fn is_variable(&self, name: &str, at: usize) -> bool {
        let parameter = self.parameters.iter().any(|(range, names)| range.contains(&at) && names.contains(name));
        parameter || (self.variables.contains(name) && !self.functions.contains(name))
    }

    /// `f(u) = …, s = …`: definitions up to the end of the clause.
    fn definition(&mut self, tokens: Tokens, start: usize) {
        let mut at = start;
        while let Some((name, behind)) = tokens.name_at(at) {
            let end = clause_part_end(tokens, at);
            if tokens.is(behind, "(") {
                let parameters = (behind..tokens.partners[behind]).filter_map(|at| tokens.name_at(at));
                let names: HashSet<String> = parameters.map(|(name, _)| name.canonical()).collect();
                self.parameters.push((at..end, names));
                self.functions.insert(name.canonical());
            } else {
                self.variables.insert(name.canonical());
            }
            if !tokens.is(end, ",") {
                break;
            }
            at = end + 1;
        }
    }

    /// `σ > 0, w : smooth, n : natural`: what has a class is a function, what has a sort a letter.
    fn classes(&mut self, tokens: Tokens, start: usize) {
        let mut at = start;
        loop {
            if let Some((name, behind)) = tokens.name_at(at).filter(|(_, behind)| tokens.is(*behind, ":")) {
                let is_sort = tokens.name(behind + 1).is_some_and(|word| SORTS.contains(&word));
                let names = if is_sort { &mut self.variables } else { &mut self.functions };
                names.insert(name.canonical());
                at = behind;
            }
            at = clause_part_end(tokens, at);
            if !tokens.is(at, ",") {
                break;
            }
            at += 1;
        }
    }

    /// `x, z ~ law`: the names before a `~` are variables.
    fn bound(&mut self, tokens: Tokens, tilde: usize) {
        for at in (0..tilde).rev() {
            let begins = at == 0 || tokens.is(at - 1, "{") || tokens.is(at - 1, ",");
            if let Some((name, _)) = tokens.name_at(at).filter(|_| begins) {
                self.variables.insert(name.canonical());
            }
            if ["{", "(", ")", "~"].iter().any(|symbol| tokens.is(at, symbol)) {
                break;
            }
        }
    }

    /// `D_v`: what one differentiates by is a variable.
    fn differentiated(&mut self, tokens: Tokens, underscore: usize) {
        let head = tokens.name(underscore - 1) == Some("D")
            || tokens.is(underscore - 1, "∇")
            || tokens.is(underscore - 1, "∂");
        let at = underscore + 1 + usize::from(tokens.is(underscore + 1, "{"));
        if let Some((name, _)) = tokens.name_at(at).filter(|_| head) {
            self.variables.insert(name.canonical());
        }
    }

    /// A bare `p` or `q` that stands alone somewhere is a number, so that `p (1 - p)` is a product.
    fn plain_probabilities(&mut self, tokens: Tokens) {
        for at in 0..tokens.all.len() {
            let Some(letter @ ("p" | "q")) = tokens.name(at) else {
                continue;
            };
            let follows = |symbols: &[&str]| symbols.iter().any(|symbol| tokens.is(at + 1, symbol));
            let wrapped =
                at > 1 && tokens.is(at - 1, "(") && matches!(tokens.name(at - 2), Some("stopgrad" | "sg" | "H" | "KL"));
            let law = at > 0 && ["~", "|", "‖", "⌈", "⌉", "_"].iter().any(|symbol| tokens.is(at - 1, symbol));
            let law = law || matches!(tokens.name(at + 1), Some("is" | "in"));
            if !wrapped && !law && !follows(&["_", "(", "|", "‖", "⌈", "⌉"]) {
                self.variables.insert(letter.to_string());
            }
        }
    }
}

/// The index of the comma, or of the word, that ends this part of a clause.
fn clause_part_end(tokens: Tokens, start: usize) -> usize {
    let mut at = start;
    while at < tokens.all.len() && !tokens.is(at, ",") && !matches!(tokens.name(at), Some("given" | "where")) {
        at = tokens.partners[at].max(at) + 1;
    }
    at
}
