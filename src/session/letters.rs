//! Printing terms with the letters that the user gave to bound variables.

use crate::proof::Proof;
use crate::render::Formula;
use crate::syntax::{Binder, Expr, Kind, Law};
use crate::term::{Express, Op, Term};

/// The user's letters for the variables of laws.
#[derive(Clone, Debug, Default)]
pub struct Letters {
    written: Vec<(Law, String)>,
    preferred: Vec<(Term, String)>,
}

impl Letters {
    /// The letters that stand in these expressions.
    pub fn of(members: &[Expr]) -> Letters {
        let mut letters = Letters::default();
        members.iter().for_each(|member| letters.collect(member));
        letters
    }

    fn collect(&mut self, e: &Expr) {
        if let Kind::Expectation { binders, .. } | Kind::Variance { binders, .. } | Kind::Covariance { binders, .. } =
            &e.kind
        {
            for Binder { variables, law } in binders {
                for name in variables {
                    let letter = match &name.subscript {
                        Some(subscript) => format!("{}_{subscript}", name.base),
                        None => name.base.clone(),
                    };
                    self.written.push((law.clone(), letter));
                }
            }
        }
        e.children().into_iter().for_each(|child| self.collect(child));
    }

    /// Learns which terms the written laws are, from a proof or an equation that is about to be printed.
    pub fn learn<'t>(&mut self, terms: impl IntoIterator<Item = &'t Term>) {
        let mut laws: Vec<Term> = Vec::new();
        for term in terms {
            term.visit(&mut |t| {
                if matches!(t.op(), Op::Expect(_)) && !laws.contains(&t.args()[0]) {
                    laws.push(t.args()[0].clone());
                }
            });
        }
        for law in laws {
            let printed = Express::default().law(&law);
            let letters = self.written.iter().filter(|(written, _)| *written == printed);
            self.preferred.extend(letters.map(|(_, letter)| (law.clone(), letter.clone())));
        }
    }

    /// Learns the laws of a whole proof.
    pub fn learn_proof(&mut self, proof: &Proof) {
        self.learn(proof.steps.iter().flat_map(|step| [&step.before, &step.after]));
    }

    /// The surface form of a term.
    pub fn express(&self, term: &Term) -> Expr {
        let mut express = Express::default();
        express.preferred.clone_from(&self.preferred);
        express.expr(term)
    }

    /// The printed form of a term.
    pub fn formula(&self, term: &Term) -> Formula {
        Formula::from(&self.express(term))
    }
}
