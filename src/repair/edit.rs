//! Small edits of a term: a sign, a factor, a power, a shifted or swapped argument, a dropped part, one at a time.

use crate::term::{Identity, Op, Simplifier, Term, Var, canonical};

/// Every term that one small edit makes of this one, simplified, each once, without the term itself.
pub fn edits(simplifier: &mut Simplifier<'_>, term: &Term, parameters: &[Var]) -> Vec<Term> {
    let mut found: Vec<Term> = Vec::new();
    let itself = simplifier.simplify(term);
    for edited in at_every_place(term, parameters) {
        let edited = simplifier.simplify(&canonical(&edited));
        if edited != itself && !found.contains(&edited) {
            found.push(edited);
        }
    }
    found
}

fn at_every_place(term: &Term, parameters: &[Var]) -> Vec<Term> {
    let mut found = here(term, parameters);
    for (index, arg) in term.args().iter().enumerate() {
        // The point of a derivative, and what a number is made of, stay.
        if matches!(term.op(), Op::Derivative(..)) && index == 1 {
            continue;
        }
        for edited in at_every_place(arg, parameters) {
            let mut args = term.args().to_vec();
            args[index] = edited;
            found.push(Term::new(term.op().clone(), args));
        }
    }
    found
}

/// The edits at the top of a term.
fn here(term: &Term, parameters: &[Var]) -> Vec<Term> {
    let mut found = Vec::new();
    match term.op() {
        Op::Law(_) | Op::UnknownLaw(_) | Op::Infinity | Op::Sum(_) | Op::Integral(_) => return found,
        Op::Apply(..) => found.extend(derivatives(term)),
        Op::Add | Op::Mul => {
            for index in 0..term.args().len() {
                let mut rest = term.args().to_vec();
                let part = rest.remove(index);
                found.push(if *term.op() == Op::Add { Term::add(rest.clone()) } else { Term::mul(rest.clone()) });
                if *term.op() == Op::Add {
                    rest.insert(index, part.opposite());
                    found.push(Term::add(rest));
                }
            }
        }
        Op::Var(var) if matches!(var.identity, Identity::Free(_)) => {
            let others = parameters.iter().filter(|other| *other != var && other.domain == var.domain);
            found.extend(others.map(|other| Term::var(other.clone())));
        }
        Op::Var(var) if var.domain.is_integer() => {
            found.extend([1, -1].map(|n| Term::add(vec![term.clone(), Term::integer(n)])))
        }
        Op::Number(_) => found.extend([1, -1].map(|n| Term::add(vec![term.clone(), Term::integer(n)]))),
        _ => {}
    }
    let factors = [Term::integer(-1), Term::integer(2), Term::ratio(1, 2)].into_iter();
    let powers = parameters.iter().flat_map(|p| [Term::var(p.clone()), Term::var(p.clone()).recip()]);
    found.extend(factors.chain(powers).map(|factor| Term::mul(vec![factor, term.clone()])));
    if !matches!(term.op(), Op::Number(_)) {
        found.extend([Term::ratio(1, 2), Term::integer(2)].map(|power| Term::pow(term.clone(), power)));
    }
    found
}

/// An unknown function with one derivative more or less in one of its arguments.
pub fn derivatives(term: &Term) -> Vec<Term> {
    let mut found = Vec::new();
    if let Op::Apply(name, orders) = term.op() {
        for (index, order) in orders.iter().enumerate() {
            for other in [Some(order + 1), order.checked_sub(1)].into_iter().flatten() {
                let mut orders = orders.clone();
                orders[index] = other;
                found.push(Term::new(Op::Apply(name.clone(), orders), term.args().to_vec()));
            }
        }
    }
    found
}
