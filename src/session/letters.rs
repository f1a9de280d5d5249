//! Printing terms with the letters that the user gave to bound variables.

use super::derive::law_on_the_line;
use crate::render::Formula;
use crate::syntax::{Assumption, Binder, Expr, Kind, Law};
use crate::term::{Express, Term};

/// The user's letters for the variables of laws.
#[derive(Clone, Debug, Default)]
pub struct Letters {
    written: Vec<(Law, String)>,
    apart: bool,
}

impl Letters {
    /// The letters that stand in these expressions.
    pub fn of(members: &[Expr]) -> Letters {
        let mut letters = Letters::default();
        members.iter().for_each(|member| letters.collect(member));
        letters
    }

    /// The same where arrays are numbers, in expressions and where letters are drawn.
    pub fn on_the_line(members: &[Expr], given: &[Assumption]) -> Letters {
        let mut letters = Letters::of(members);
        for assumption in given {
            if let Assumption::Draw { variables, law, .. } = assumption {
                letters.written.extend(variables.iter().map(|name| (law.clone(), name.base.clone())));
            }
        }
        letters.written.iter_mut().for_each(|(law, _)| *law = law_on_the_line(law));
        letters
    }

    fn collect(&mut self, e: &Expr) {
        if let Kind::Expectation { binders, .. } | Kind::Variance { binders, .. } | Kind::Covariance { binders, .. } =
            &e.kind
        {
            for Binder { variables, law } in binders {
                for name in variables {
                    let letter = match &name.subscript {
                        // Of an array of samples, the letter of one.
                        Some(range) if range.starts_with("1:") => name.base.clone(),
                        Some(subscript) => format!("{}_{subscript}", name.base),
                        None => name.base.clone(),
                    };
                    self.written.push((law.clone(), letter));
                }
            }
        }
        e.children().into_iter().for_each(|child| self.collect(child));
    }

    /// The same, left alone by all laws but those that they were written for.
    pub fn apart(self) -> Letters {
        Letters { apart: true, ..self }
    }

    /// The surface form of a term.
    pub fn express(&self, term: &Term) -> Expr {
        let mut express = Express::default();
        express.preferred.clone_from(&self.written);
        express.apart = self.apart;
        express.expr(term)
    }

    /// The printed form of a term.
    pub fn formula(&self, term: &Term) -> Formula {
        Formula::from(&self.express(term))
    }
}
