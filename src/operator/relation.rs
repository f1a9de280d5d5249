//! Relations as data: the files of `rules/operators`, in the language of the statements.

use super::scalar::Scalar;
use super::word::{Letter, Sum, Word, derivatives, multiplication, shift, width, written_out};
use crate::rule::{Substitution, instantiate};
use crate::syntax::parse_statement;
use crate::term::{Adjoint, Definitions, Elaborator, Op, Operator, Operators, Simplifier, Term, Var, substitute};

/// The files that come with the program.
const FILES: [&str; 1] = [include_str!("../../rules/operators/weyl.relations")];
/// What adjoints are.
const ADJOINTS: &str = include_str!("../../rules/operators/adjoints.relations");

/// What becomes of two generators that stand next to each other.
#[derive(Clone, Debug)]
pub struct Relation {
    /// What derivations call it.
    pub name: String,
    /// The equation as it is written.
    pub equation: String,
    /// The same in one sentence.
    pub says: String,
    /// Where it is from.
    pub source: String,
    left: [Letter; 2],
    right: Sum,
    variable: Var,
}

/// The adjoint of a generator, as it is written.
#[derive(Clone, Debug)]
pub struct AdjointEntry {
    /// What derivations call it.
    pub name: String,
    /// The equation as it is written.
    pub equation: String,
    /// A chain of means from one side to the other, where the rules need one: what both sides are paired with the test
    /// function.
    pub via: Option<String>,
    /// A letter of the chain that lies between 0 and 1, with its value.
    pub at: Option<(String, String)>,
    /// The same in one sentence.
    pub says: String,
    /// Where it is from.
    pub source: String,
    /// What it says.
    pub meaning: Adjoint,
}

/// What the file says of adjoints.
pub fn adjoints(definitions: &Definitions) -> impl Iterator<Item = AdjointEntry> {
    entries(ADJOINTS).into_iter().filter_map(|entry| entry.adjoint(definitions))
}

/// All relations, in the order of their files: the first that fits is taken.
#[derive(Clone, Debug)]
pub struct Relations {
    /// In the order of their files.
    pub all: Vec<Relation>,
    /// What the adjoints of generators are.
    pub adjoints: Vec<AdjointEntry>,
}

impl Relations {
    /// Those that come with the program. A file that cannot be read is a defect that the tests exclude; what is wrong in it
    /// is left out.
    pub fn built_in(definitions: &Definitions) -> Relations {
        let all = FILES.iter().flat_map(|text| entries(text)).filter_map(|entry| entry.relation(definitions));
        Relations { all: all.collect(), adjoints: adjoints(definitions).collect() }
    }

    /// How many entries the files have, of relations and of adjoints.
    pub fn written() -> (usize, usize) {
        (FILES.iter().flat_map(|text| entries(text)).count(), entries(ADJOINTS).len())
    }

    /// The entry for the adjoint of a generator on functions of y under a law.
    pub fn adjoint(&self, of: &Operator, law: Option<&Term>, y: &Var) -> Option<usize> {
        self.adjoints.iter().position(|entry| entry.meaning.at(of, law, y).is_some())
    }

    /// What two generators become, with the number of the relation.
    pub(super) fn of(
        &self,
        first: &Letter,
        second: &Letter,
        y: &Var,
        simplifier: &mut Simplifier,
        definitions: &Definitions,
    ) -> Option<(usize, Sum)> {
        let fitting = self.all.iter().enumerate().filter_map(|(number, relation)| {
            let by = relation.fit([first, second], y)?;
            Some((number, relation, by))
        });
        let (number, relation, by) = fitting.into_iter().next()?;
        Some((number, relation.instance(&by, y, simplifier, definitions)?))
    }
}

impl Relation {
    /// Is it about as many derivatives as letters say?
    pub fn is_counted(&self) -> bool {
        self.left.iter().any(|letter| matches!(letter, Letter::Derivatives(_)))
    }

    /// The values of its letters at which its left side is these two.
    fn fit(&self, letters: [&Letter; 2], y: &Var) -> Option<Substitution> {
        // What may stand in either order stands in one.
        if let [Letter::Convolution(first), Letter::Convolution(second)] = letters
            && first <= second
        {
            return None;
        }
        let mut by = Substitution::default();
        for (pattern, letter) in self.left.iter().zip(letters) {
            match (pattern, letter) {
                (Letter::Derivative, Letter::Derivative) => {}
                (Letter::Smoothing(a), Letter::Smoothing(width))
                | (Letter::Shift(a), Letter::Shift(width))
                | (Letter::Derivatives(a), Letter::Derivatives(width))
                | (Letter::OrnsteinUhlenbeck(a), Letter::OrnsteinUhlenbeck(width)) => {
                    let name = a.as_var()?.name()?;
                    by.letters.insert(name.into(), width.clone());
                }
                (Letter::Convolution(pattern), Letter::Convolution(law)) => {
                    let Op::UnknownLaw(name) = pattern.op() else { return None };
                    by.functions.insert(name.clone(), (vec![], law.clone()));
                }
                (Letter::Times(pattern), Letter::Times(term)) => match pattern.op() {
                    Op::Var(_) if term.as_var() == Some(y) => {}
                    Op::Apply(name, _) => {
                        let parameter = Substitution::parameter(0);
                        let body = substitute(term, y, &Term::var(parameter.clone()));
                        by.functions.insert(name.clone(), (vec![parameter], body));
                    }
                    _ => return None,
                },
                _ => return None,
            }
        }
        // What multiplies by y passes by a relation of its own; a width is no function of y.
        let free = by.letters.values().all(|width| !width.depends_on(y));
        free.then_some(by)
    }

    fn instance(
        &self,
        by: &Substitution,
        y: &Var,
        simplifier: &mut Simplifier,
        definitions: &Definitions,
    ) -> Option<Sum> {
        let mut value = |term: &Term| {
            let term = substitute(term, &self.variable, &Term::var(y.clone()));
            simplifier.simplify(&instantiate(definitions, &term, by))
        };
        let mut sum = Sum::default();
        for (word, coefficient) in &self.right.words {
            let mut factor = Scalar::of(&value(&coefficient.term()))?;
            let mut letters = vec![Sum::word(Word::new())];
            for letter in word {
                letters.push(match letter {
                    Letter::Derivative => Sum::word(vec![Letter::Derivative]),
                    Letter::Smoothing(a) => Sum::word(vec![Letter::Smoothing(width(&value(a))?)]),
                    Letter::Derivatives(count) => derivatives(&value(count))?,
                    Letter::Convolution(law) => Sum::word(vec![Letter::Convolution(instantiate(definitions, law, by))]),
                    Letter::Shift(by) => shift(&value(by))?,
                    Letter::OrnsteinUhlenbeck(time) => {
                        Sum::word(vec![Letter::OrnsteinUhlenbeck(Scalar::of(&value(time))?.term())])
                    }
                    Letter::Times(term) => multiplication(&value(term), y)?,
                });
            }
            let mut product = Sum::word(Word::new());
            for letter in letters {
                let mut next = Sum::default();
                for (left, x) in &product.words {
                    for (right, z) in &letter.words {
                        next = next.plus(&x.times(z)?, &Sum::word([left.as_slice(), right].concat()))?;
                    }
                }
                product = next;
            }
            sum = sum.plus(&std::mem::take(&mut factor), &product)?;
        }
        Some(sum)
    }
}

/// An entry of a file: a name, an equation, and what is said of it.
#[derive(Default)]
struct Entry<'t> {
    name: &'t str,
    equation: &'t str,
    via: Option<&'t str>,
    at: Option<&'t str>,
    says: &'t str,
    source: &'t str,
}

fn entries(text: &str) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry> = Vec::new();
    for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix("relation ") {
            entries.push(Entry { name: name.trim(), ..Entry::default() });
        } else if let Some(entry) = entries.last_mut() {
            let quoted =
                |rest: &'static str| line.trim_start().strip_prefix(rest).map(|text| text.trim().trim_matches('"'));
            if let Some(says) = quoted("says ") {
                entry.says = says;
            } else if let Some(source) = quoted("source ") {
                entry.source = source;
            } else if let Some(via) = quoted("via ") {
                entry.via = Some(via);
            } else if let Some(at) = quoted("at ") {
                entry.at = Some(at);
            } else {
                entry.equation = line.trim();
            }
        }
    }
    entries
}

impl Entry<'_> {
    fn adjoint(&self, definitions: &Definitions) -> Option<AdjointEntry> {
        let statement = parse_statement(self.equation).ok()?;
        let problem = Elaborator::new(definitions).statement(&statement, &[]).ok()?;
        let Operators { variable, law, members, .. } = problem.operators?;
        let Ok([Operator::Adjoint(of), is]) = <[Operator; 2]>::try_from(members) else { return None };
        let plain = |term: &Term| Simplifier::new(definitions).simplify(term);
        let meaning = Adjoint { variable, law, of: of.map(&plain), is: is.map(&plain) };
        let [name, equation, says, source] =
            [self.name, self.equation, self.says, self.source].map(ToString::to_string);
        let via = self.via.map(ToString::to_string);
        let at = self.at.and_then(|at| at.split_once('='));
        let at = at.map(|(letter, value)| (letter.trim().to_string(), value.trim().to_string()));
        Some(AdjointEntry { name, equation, via, at, says, source, meaning })
    }

    fn relation(&self, definitions: &Definitions) -> Option<Relation> {
        let statement = parse_statement(self.equation).ok()?;
        let problem = Elaborator::new(definitions).statement(&statement, &[]).ok()?;
        let operators = problem.operators?;
        let [left, right] = operators.members.as_slice() else { return None };
        let y = operators.variable;
        let (left, right) = (written_out(left, &y)?, written_out(right, &y)?);
        let [(word, coefficient)] = left.words.into_iter().collect::<Vec<_>>().try_into().ok()?;
        let left: [Letter; 2] = word.try_into().ok().filter(|_| coefficient.is_one())?;
        let [name, equation, says, source] =
            [self.name, self.equation, self.says, self.source].map(ToString::to_string);
        Some(Relation { name, equation, says, source, left, right, variable: y })
    }
}
