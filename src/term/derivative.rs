//! The first derivative of a simplified term; almost everywhere for functions with kinks and jumps.

use super::{Op, Simplifier, Term, Var, substitute_many};

impl Simplifier<'_> {
    /// The derivative in a variable, at that variable.
    pub(super) fn differentiate(&mut self, term: &Term, var: &Var) -> Term {
        if !term.depends_on(var) {
            return Term::zero();
        }
        match term.op() {
            Op::Var(_) => Term::one(),
            Op::Add => {
                let terms = term.args().iter().map(|arg| self.differentiate(arg, var)).collect();
                self.sum(terms)
            }
            Op::Mul => {
                let args = term.args();
                let mut terms = Vec::new();
                for (index, arg) in args.iter().enumerate().filter(|(_, arg)| arg.depends_on(var)) {
                    let mut factors = args.to_vec();
                    factors[index] = self.differentiate(arg, var);
                    terms.push(self.product(factors));
                }
                self.sum(terms)
            }
            Op::Pow => self.differentiate_power(&term.args()[0], &term.args()[1], var),
            Op::StopGrad => Term::zero(),
            Op::Apply(name, orders) => self.chain(term.args(), var, |i| {
                let mut orders = orders.clone();
                orders[i] = orders[i].saturating_add(1);
                Some(Term::new(Op::Apply(name.clone(), orders), term.args().to_vec()))
            }),
            Op::Function(name) => self.differentiate_function(name, term, var),
            Op::Density => {
                let ln = self.run(&term.clone().ln());
                let score = if self.stands(&ln) { self.standing(&ln, var) } else { self.differentiate(&ln, var) };
                self.product(vec![term.clone(), score])
            }
            _ => self.standing(term, var),
        }
    }

    fn differentiate_power(&mut self, base: &Term, exponent: &Term, var: &Var) -> Term {
        let base_rate = self.differentiate(base, var);
        let lower = self.sum(vec![exponent.clone(), Term::integer(-1)]);
        let lowered = self.power(base.clone(), lower);
        let through_base = self.product(vec![exponent.clone(), lowered, base_rate]);
        if !exponent.depends_on(var) {
            return through_base;
        }
        let exponent_rate = self.differentiate(exponent, var);
        let ln = self.function("ln", vec![base.clone()]);
        let power = self.power(base.clone(), exponent.clone());
        let through_exponent = self.product(vec![power, ln, exponent_rate]);
        self.sum(vec![through_base, through_exponent])
    }

    fn differentiate_function(&mut self, name: &str, term: &Term, var: &Var) -> Term {
        let args = term.args();
        match name {
            "exp" => {
                let rate = self.differentiate(&args[0], var);
                return self.product(vec![term.clone(), rate]);
            }
            "ln" if *args[0].op() != Op::Density => {
                let rate = self.differentiate(&args[0], var);
                let inverse = self.power(args[0].clone(), Term::integer(-1));
                return self.product(vec![inverse, rate]);
            }
            _ => {}
        }
        let definitions = self.definitions;
        let Some(function) = definitions.functions.get(name) else { return self.standing(term, var) };
        let pairs: Vec<_> = function.parameters.iter().cloned().zip(args.iter().cloned()).collect();
        let known = args.iter().zip(&function.derivatives).all(|(arg, d)| d.is_some() || !arg.depends_on(var));
        if !known {
            return self.standing(term, var);
        }
        self.chain(args, var, |i| function.derivatives[i].as_ref().map(|d| substitute_many(d, &pairs)))
    }

    /// The chain rule: the sum over the arguments of the partial derivative times the argument's.
    fn chain(&mut self, args: &[Term], var: &Var, partial: impl Fn(usize) -> Option<Term>) -> Term {
        let mut terms = Vec::new();
        for (index, arg) in args.iter().enumerate().filter(|(_, arg)| arg.depends_on(var)) {
            let Some(outer) = partial(index) else { continue };
            let (outer, inner) = (self.run(&outer), self.differentiate(arg, var));
            terms.push(self.product(vec![outer, inner]));
        }
        self.sum(terms)
    }
}
