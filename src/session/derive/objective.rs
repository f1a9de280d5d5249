//! What is to be estimated: the expression as a term, and the class of each function in it.

use super::super::{Error, Session};
use crate::estimator::regularity;
use crate::syntax::{Definition, Statement};
use crate::term::{Elaborator, Op, Problem, Symbol, Term};

impl Session {
    /// What a statement means. Functions that are known stay unknown to the rules where that is possible, for what is
    /// said of f(θ + σ x) is shorter than what is said of its formula; what they are good for is granted.
    pub(super) fn objective(&self, statement: &Statement, source: &str) -> Result<Problem, Error> {
        let known = |definition: &&Definition| !definition.parameters.is_empty();
        let all = || self.definitions.iter().chain(&statement.definitions);
        let mut bare = statement.clone();
        bare.definitions.retain(|definition| !known(&definition));
        let mut elaborator = Elaborator::new(&self.library.definitions);
        elaborator.define(self.definitions.iter().filter(|definition| !known(definition)).cloned());
        let unknown = elaborator.statement(&bare, &self.assumptions);
        if let Ok(mut problem) = unknown
            && (crate::array::has_arrays(&problem)
                || all().filter(known).all(|definition| self.stays_apart(definition, statement, &mut problem)))
        {
            return Ok(problem);
        }
        let mut elaborator = Elaborator::new(&self.library.definitions);
        elaborator.define(self.definitions.iter().cloned());
        elaborator.statement(statement, &self.assumptions).map_err(|e| Error::meaning(*e, source))
    }

    /// Grants the class of a defined function, if its formula holds nothing that is differentiated.
    fn stays_apart(&self, definition: &Definition, statement: &Statement, problem: &mut Problem) -> bool {
        let mut elaborator = Elaborator::new(&self.library.definitions);
        elaborator.define(self.definitions.iter().chain(&statement.definitions).cloned());
        let Ok(body) = elaborator.expr(&definition.body) else { return false };
        let name = Symbol::from(print_name(definition).as_str());
        let mut differentiated = false;
        problem.members[0].visit(&mut |t| {
            if let (Op::Derivative(..), Some(point)) = (t.op(), t.args().get(1)) {
                differentiated |= point.free().iter().any(|v| v.name().is_some_and(|n| mentions(&body, n)));
            }
        });
        let class = regularity(&self.library.definitions, &body);
        problem.hypotheses.classes.entry(name).and_modify(|granted| *granted = (*granted).min(class)).or_insert(class);
        !differentiated
    }
}

pub fn print_name(definition: &Definition) -> String {
    match &definition.name.subscript {
        Some(subscript) => format!("{}_{subscript}", definition.name.base),
        None => definition.name.base.clone(),
    }
}

fn mentions(body: &Term, name: &str) -> bool {
    body.free().iter().any(|v| v.name() == Some(name))
}
