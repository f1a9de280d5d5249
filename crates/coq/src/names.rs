//! Names: what a statement calls by letters of its own, as identifiers of Coq that mean nothing else there.

use std::collections::{BTreeMap, BTreeSet};
use stein_kernel::term::Name;

/// What a name stands for; a letter and a function may be called alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A number.
    Letter,
    /// An unknown function of so many arguments.
    Function(usize),
    /// An unspecified law of so many parameters.
    Law(usize),
}

/// Identifiers for the names of a proof.
#[derive(Debug, Default)]
pub struct Names {
    known: BTreeMap<(Name, Kind), String>,
    used: BTreeSet<String>,
}

/// What Coq, its reals and the theory call by short names.
const RESERVED: [&str; 46] = [
    "E", "R", "I", "O", "S", "N", "Q", "Z", "PI", "as", "at", "cos", "cosh", "cut", "else", "end", "exists", "exp",
    "fix", "for", "forall", "fun", "if", "in", "inside", "law", "let", "ln", "lower", "mass", "match", "min", "max",
    "mod", "nat", "return", "sin", "sinh", "sqrt", "step", "tan", "tanh", "then", "upper", "using", "with",
];

impl Names {
    /// The identifier of a name.
    pub fn of(&mut self, name: &Name, kind: Kind) -> String {
        if let Some(known) = self.known.get(&(name.clone(), kind)) {
            return known.clone();
        }
        let mut text: String = (name.chars())
            .map(|c| if c == ',' || c == ' ' { '_' } else { c })
            .filter(|c| c.is_alphanumeric() || "_'".contains(*c))
            .collect();
        // Names of several letters may be those of tactics, theorems and definitions.
        let plain = text.chars().filter(|c| c.is_ascii_alphabetic()).count() < 3 && !RESERVED.contains(&text.as_str());
        if !plain {
            text.push_str("_own");
        }
        while !self.used.insert(text.clone()) {
            text.push('\'');
        }
        self.known.insert((name.clone(), kind), text.clone());
        text
    }

    /// All names so far, with what they stand for.
    pub fn all(&self) -> impl Iterator<Item = (&Name, Kind, &str)> {
        self.known.iter().map(|((name, kind), text)| (name, *kind, text.as_str()))
    }

    /// A name for a bound variable that no letter has and none of those around.
    pub fn bound(&self, around: &[String]) -> String {
        const LETTERS: [&str; 6] = ["x", "y", "z", "w", "u", "t"];
        let numbered = (1..).flat_map(|n| LETTERS.map(|letter| format!("{letter}{n}")));
        let mut all = LETTERS.map(String::from).into_iter().chain(numbered);
        all.find(|name| !self.used.contains(name) && !around.contains(name)).unwrap_or_default()
    }
}
