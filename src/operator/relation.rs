//! Relations as data: the files of `rules/operators`, in the language of the statements.

use super::scalar::Scalar;
use super::word::{Letter, Sum, Word, multiplication, shift, width, written_out};
use crate::rule::{Substitution, instantiate};
use crate::syntax::parse_statement;
use crate::term::{Definitions, Elaborator, Op, Simplifier, Term, Var, substitute};

/// The files that come with the program.
const FILES: [&str; 1] = [include_str!("../../rules/operators/weyl.relations")];

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

/// All relations, in the order of their files: the first that fits is taken.
#[derive(Clone, Debug)]
pub struct Relations {
    /// In the order of their files.
    pub all: Vec<Relation>,
}

impl Relations {
    /// Those that come with the program. A file that cannot be read is a defect that the tests exclude; what is wrong in it
    /// is left out.
    pub fn built_in(definitions: &Definitions) -> Relations {
        let all = FILES.iter().flat_map(|text| entries(text)).filter_map(|entry| entry.relation(definitions));
        Relations { all: all.collect() }
    }

    /// How many entries the files have.
    pub fn written() -> usize {
        FILES.iter().flat_map(|text| entries(text)).count()
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
    /// The values of its letters at which its left side is these two.
    fn fit(&self, letters: [&Letter; 2], y: &Var) -> Option<Substitution> {
        let mut by = Substitution::default();
        for (pattern, letter) in self.left.iter().zip(letters) {
            match (pattern, letter) {
                (Letter::Derivative, Letter::Derivative) => {}
                (Letter::Smoothing(a), Letter::Smoothing(width))
                | (Letter::Shift(a), Letter::Shift(width))
                | (Letter::OrnsteinUhlenbeck(a), Letter::OrnsteinUhlenbeck(width)) => {
                    let name = a.as_var()?.name()?;
                    by.letters.insert(name.into(), width.clone());
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
            } else {
                entry.equation = line.trim();
            }
        }
    }
    entries
}

impl Entry<'_> {
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
