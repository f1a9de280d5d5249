//! Statements with concrete functions and laws in the place of unknown ones, and derivatives taken where no
//! expectation stands inside.

use super::Instance;
use crate::term::{Definitions, Op, Simplifier, Symbol, Term, Var, substitute_many};
use std::collections::HashMap;

/// A derivative of a density leaves one of its logarithm, which is taken in a further round.
const ROUNDS: u32 = 6;

/// Fills in the functions and laws of an instance.
pub struct Instantiator<'a> {
    definitions: &'a Definitions,
    simplifier: Simplifier<'a>,
    instance: &'a Instance,
    memo: HashMap<Term, Option<Term>>,
    derivatives: HashMap<(Symbol, Vec<u32>), Term>,
}

impl<'a> Instantiator<'a> {
    pub fn new(definitions: &'a Definitions, instance: &'a Instance) -> Self {
        Instantiator {
            definitions,
            simplifier: Simplifier::new(definitions),
            instance,
            memo: HashMap::new(),
            derivatives: HashMap::new(),
        }
    }

    /// The concrete term; none if the instance lacks something.
    pub fn apply(&mut self, term: &Term) -> Option<Term> {
        if let Some(done) = self.memo.get(term) {
            return done.clone();
        }
        let result = self.rebuild(term);
        self.memo.insert(term.clone(), result.clone());
        result
    }

    fn rebuild(&mut self, term: &Term) -> Option<Term> {
        if let Op::Expect(var) = term.op() {
            return self.expectation(term, var);
        }
        let args = term.args().iter().map(|arg| self.apply(arg)).collect::<Option<Vec<_>>>()?;
        match term.op() {
            Op::Apply(name, orders) => self.call(name, orders, &args),
            Op::UnknownLaw(name) => {
                let (parameters, law, _) = self.instance.laws.get(name)?;
                (parameters.len() == args.len()).then(|| substitute(law, parameters, &args))
            }
            Op::Derivative(..) if !args[0].has_operator() => {
                Some(self.taken(&Term::new(term.op().clone(), args), ROUNDS))
            }
            Op::Number(_) | Op::Pi | Op::Infinity | Op::Var(_) => Some(term.clone()),
            op => Some(Term::new(op.clone(), args)),
        }
    }

    /// The variable of a law that was unspecified gets the domain of the concrete one.
    fn expectation(&mut self, term: &Term, var: &Var) -> Option<Term> {
        let law = self.apply(&term.args()[0])?;
        let domain = self.definitions.domain_of(&law).meet(var.domain);
        if domain == var.domain {
            let body = self.apply(&term.args()[1])?;
            return Some(Term::new(term.op().clone(), vec![law, body]));
        }
        let var = Var { identity: var.identity.clone(), domain };
        let body = self.apply(&term.open(&Term::var(var.clone())))?;
        Some(Term::new(Op::Expect(var), vec![law, body]))
    }

    /// A derivative without an expectation inside, taken. Almost every point is inside the support of a law or outside,
    /// so that its log-density is what the file says.
    fn taken(&mut self, term: &Term, rounds: u32) -> Term {
        let unfolded = self.unfolded(term);
        let taken = self.simplifier.simplify(&unfolded);
        let stands = |t: &Term| matches!(t.op(), Op::Derivative(..));
        if rounds == 0 || taken == *term || !taken.any(&stands) {
            return taken;
        }
        self.taken(&taken, rounds - 1)
    }

    /// The term with the logarithms of densities inside derivatives written out.
    fn unfolded(&self, term: &Term) -> Term {
        let ln = |t: &Term| t.is_function("ln") && *t.args()[0].op() == Op::Density;
        if !term.any(&ln) {
            return term.clone();
        }
        if ln(term)
            && let [law, point] = term.args()[0].args()
            && let Some((definition, arguments)) = self.definitions.law(law)
        {
            let point = self.unfolded(point);
            return definition.instantiate(&definition.log_density, arguments, Some(&point));
        }
        Term::new(term.op().clone(), term.args().iter().map(|arg| self.unfolded(arg)).collect())
    }

    fn call(&mut self, name: &Symbol, orders: &[u32], args: &[Term]) -> Option<Term> {
        let (parameters, body, _) = self.instance.functions.get(name)?;
        if parameters.len() != args.len() || orders.len() != args.len() {
            return None;
        }
        let key = (name.clone(), orders.to_vec());
        if !self.derivatives.contains_key(&key) {
            let mut derivative = body.clone();
            for (parameter, order) in parameters.iter().zip(orders) {
                derivative = self.simplifier.simplify(&Term::derivative(parameter, *order, derivative));
            }
            self.derivatives.insert(key.clone(), derivative);
        }
        self.derivatives.get(&key).map(|derivative| substitute(derivative, parameters, args))
    }
}

fn substitute(term: &Term, parameters: &[Var], args: &[Term]) -> Term {
    substitute_many(term, &parameters.iter().cloned().zip(args.iter().cloned()).collect::<Vec<_>>())
}
