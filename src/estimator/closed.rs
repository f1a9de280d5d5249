//! Means in closed form, by the rules of the laws: a recursion such as Stein's lemma lowers the power of a variable.

use crate::engine::rewritten;
use crate::proof::{Hypotheses, Kernel};
use crate::rule::{Library, Rule};
use crate::term::{Op, Simplifier, Term, Var};
use std::collections::HashMap;

/// Evaluates means by rules, and remembers them.
pub struct Closed<'a> {
    library: &'a Library,
    hypotheses: &'a Hypotheses,
    simplifier: Simplifier<'a>,
    known: HashMap<Term, Option<Term>>,
    /// Means that may still be looked at.
    fuel: u32,
    names: u32,
}

/// Means that one evaluation looks at.
const FUEL: u32 = 400;

impl<'a> Closed<'a> {
    /// Under these hypotheses, with nothing evaluated yet.
    pub fn new(library: &'a Library, hypotheses: &'a Hypotheses) -> Self {
        let simplifier = Simplifier::new(&library.definitions);
        Closed { library, hypotheses, simplifier, known: HashMap::new(), fuel: FUEL, names: 0 }
    }

    /// The same number without means; none where no rule gives it.
    pub fn value(&mut self, term: &Term) -> Option<Term> {
        if !term.has_operator() {
            return Some(term.clone());
        }
        match term.op() {
            Op::Expect(var) => self.mean(term, var),
            Op::Add | Op::Mul | Op::Pow => {
                let args = term.args().iter().map(|arg| self.value(arg)).collect::<Option<Vec<_>>>()?;
                let whole = Term::new(term.op().clone(), args);
                Some(self.expanded(&whole))
            }
            _ => None,
        }
    }

    /// Multiplied out, with like terms collected; simplified where that is too long.
    pub fn expanded(&mut self, term: &Term) -> Term {
        let simple = self.simplifier.simplify(term);
        self.simplifier.expand(&simple).unwrap_or(simple)
    }

    /// The same, and simplified once more: 0 if everything cancels.
    pub fn collected(&mut self, term: &Term) -> Term {
        let expanded = self.expanded(term);
        self.simplifier.simplify(&expanded)
    }

    fn mean(&mut self, term: &Term, var: &Var) -> Option<Term> {
        if let Some(known) = self.known.get(term) {
            return known.clone();
        }
        self.names += 1;
        let free = Var::free(&format!("·mean{}", self.names), var.domain);
        let body = self.value(&term.open(&Term::var(free.clone())))?;
        let body = self.simplifier.simplify(&body);
        let whole = Term::expect(&free, term.args()[0].clone(), body.clone());
        if let Some(value) = self.written_out(&whole) {
            self.known.insert(term.clone(), Some(value.clone()));
            return Some(value);
        }
        let mut sum = Vec::new();
        for monomial in self.simplifier.monomials(&body)? {
            let (own, rest): (Vec<Term>, Vec<Term>) =
                monomial.factors().iter().cloned().partition(|factor| factor.depends_on(&free));
            let own = self.simplifier.simplify(&Term::mul(own));
            let mean = if own.depends_on(&free) { self.basic(&term.args()[0], &free, &own)? } else { own };
            sum.push(Term::mul(rest.into_iter().chain([mean]).collect()));
        }
        let result = Some(self.expanded(&Term::add(sum)));
        self.known.insert(term.clone(), result.clone());
        result
    }

    /// A mean over few values, whatever stands inside of it: where it is not taken apart, what cancels there cancels.
    fn written_out(&mut self, term: &Term) -> Option<Term> {
        let library = self.library;
        let is_general = |left: &Term| left.args()[1].any(&|t| matches!(t.op(), Op::Apply(..)));
        let is_wanted = |rule: &&Rule| {
            matches!(rule.left.op(), Op::Expect(_))
                && rule.left.args()[0].op() == term.args()[0].op()
                && is_general(&rule.left)
                && !rule.right.has_operator()
        };
        let rule = library.rules.iter().find(is_wanted)?;
        let mut found = rewritten(&library.definitions, &rule.left, &rule.right, term).into_iter();
        let kernel = Kernel::new(library);
        let holds =
            |(substitution, _): &(_, Term)| kernel.conditions(&rule.conditions, substitution, self.hypotheses).is_ok();
        let (_, value) = found.find(holds)?;
        Some(self.simplifier.simplify(&value))
    }

    /// The mean of a product of factors that all hold the variable.
    fn basic(&mut self, law: &Term, var: &Var, body: &Term) -> Option<Term> {
        let term = Term::expect(var, law.clone(), body.clone());
        if let Some(known) = self.known.get(&term) {
            return known.clone();
        }
        self.fuel = self.fuel.checked_sub(1)?;
        // Not known while it is looked for: rules may lead around in a circle.
        self.known.insert(term.clone(), None);
        let result = self.moment(law, var, body).or_else(|| self.by_rule(&term, var, body));
        self.known.insert(term, result.clone());
        result
    }

    /// The first two powers, by the law's own file.
    fn moment(&self, law: &Term, var: &Var, body: &Term) -> Option<Term> {
        let (definition, arguments) = self.library.definitions.law(law)?;
        let of = |term: &Option<Term>| Some(definition.instantiate(term.as_ref()?, arguments, None));
        match power(body, var)? {
            1 => of(&definition.mean),
            2 => Some(Term::add(vec![of(&definition.variance)?, Term::pow(of(&definition.mean)?, Term::integer(2))])),
            _ => None,
        }
    }

    fn by_rule(&mut self, term: &Term, var: &Var, body: &Term) -> Option<Term> {
        let library = self.library;
        let kernel = Kernel::new(library);
        let power = power(body, var);
        let of_law = |left: &Term| matches!(left.op(), Op::Expect(_)) && left.args()[0].op() == term.args()[0].op();
        for rule in library.rules.iter().filter(|rule| of_law(&rule.left)) {
            for (substitution, after) in rewritten(&library.definitions, &rule.left, &rule.right, term) {
                if kernel.conditions(&rule.conditions, &substitution, self.hypotheses).is_err() {
                    continue;
                }
                let is_simpler = !after.has_operator()
                    || power.is_some_and(|power| self.is_lower(&after, power))
                    || !after.any(&|t| matches!(t.op(), Op::Law(_)) && t.op() == term.args()[0].op());
                if is_simpler && let Some(value) = self.value(&after) {
                    return Some(value);
                }
            }
        }
        None
    }

    /// True if all means in the term are of polynomials of a lower degree.
    fn is_lower(&mut self, term: &Term, power: i64) -> bool {
        if !term.has_operator() {
            return true;
        }
        let Op::Expect(var) = term.op() else {
            return matches!(term.op(), Op::Add | Op::Mul) && term.args().iter().all(|arg| self.is_lower(arg, power));
        };
        let Some(monomials) = self.simplifier.monomials(&term.args()[1]) else { return false };
        let degree = |monomial: &Term| -> Option<i64> {
            let own = monomial.factors().iter().filter(|factor| factor.depends_on(var));
            own.map(|factor| self::power(factor, var)).sum()
        };
        monomials.iter().all(|monomial| degree(monomial).is_some_and(|degree| degree < power))
    }
}

/// The exponent of a power of the variable.
fn power(term: &Term, var: &Var) -> Option<i64> {
    match term.op() {
        Op::Var(v) if v == var => Some(1),
        Op::Pow if term.args()[0].as_var() == Some(var) => term.args()[1].as_integer().filter(|n| *n > 0),
        _ => None,
    }
}
