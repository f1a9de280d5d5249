//! Concrete laws that stand in for unspecified ones, with a common support within a set.

use crate::term::{Definitions, Domain, Op, Term, Var};

/// A law with its parameters and its text.
pub type Law = (Vec<Var>, Term, String);

/// How many sets of laws there are.
pub const SETS: usize = 4;

/// The set of laws with masses on whole numbers, for statements that do not exclude them.
pub const ATOMS: usize = SETS;

/// The first of the sets of laws with three values each.
pub const FINITE: usize = SETS + 1;

/// The stand-in for a law with these parameters in a set; none if the definitions lack it. Laws without parameters are
/// wider than those with, so that they can stand for what others are weighed against.
pub fn law(definitions: &Definitions, set: usize, parameters: &[String], position: usize) -> Option<Law> {
    let variables: Vec<Var> = parameters.iter().map(|name| Var::free(name, Domain::Real)).collect();
    let terms: Vec<Term> = variables.iter().cloned().map(Term::var).collect();
    let (term, text) = match (terms.as_slice(), parameters) {
        _ if set == ATOMS => poisson(&terms, parameters, position),
        _ if set >= FINITE => finite(&terms, parameters, position, set - FINITE),
        ([], _) => fixed(set, position),
        ([theta], [name]) => with_one(set, theta, name, position),
        ([rest @ .., width], [names @ .., last]) => {
            let tenths = 10 - 2 * position.min(4) as i64;
            let rate = Term::function("exp", vec![Term::mul(vec![Term::ratio(1, 2), width.clone()])]);
            let (mut place, mut place_text) = (Term::add(rest.to_vec()), names.join(" + "));
            if tenths < 10 {
                place = Term::mul(vec![Term::ratio(tenths, 10), place]);
                place_text = match names.len() {
                    1 => format!("0.{tenths} {place_text}"),
                    _ => format!("0.{tenths} ({place_text})"),
                };
            }
            match set % SETS {
                1 => (make("Logistic", vec![place, rate]), format!("Logistic({place_text}, exp({last}/2))")),
                3 => (
                    make("Gamma", vec![Term::integer(3), Term::function("exp", vec![Term::add(terms.clone())])]),
                    format!("Gamma(3, exp({place_text} + {last}))"),
                ),
                _ => (make("N", vec![place, rate]), format!("N({place_text}, exp({last}/2))")),
            }
        }
        _ => return None,
    };
    definitions.law(&term).is_some().then_some((variables, term, text))
}

fn make(name: &str, args: Vec<Term>) -> Term {
    Term::new(Op::Law(name.into()), args)
}

fn poisson(terms: &[Term], names: &[String], position: usize) -> (Term, String) {
    if terms.is_empty() {
        let shift = position.min(5) as i64;
        return (
            make("Poisson", vec![Term::ratio(8 + 2 * shift, 10)]),
            format!("Poisson({})", 0.8 + 0.2 * shift as f64),
        );
    }
    // Rates stay small where parameters are a few units large.
    let half = Term::mul(vec![Term::ratio(1, 2), Term::add(terms.to_vec())]);
    let rate = Term::function("exp", vec![half]);
    (make("Poisson", vec![rate]), format!("Poisson(exp(({})/2))", names.join(" + ")))
}

/// Three values, with weights that depend on the parameters.
fn finite(terms: &[Term], names: &[String], position: usize, turn: usize) -> (Term, String) {
    let shift = (position + 2 * turn).min(6) as i64;
    let tenths = |n: i64, sum: &Term| Term::mul(vec![Term::ratio(n, 10), sum.clone()]);
    let constant = Term::ratio(2 + shift, 10);
    if terms.is_empty() {
        let logits = vec![Term::zero(), constant, Term::ratio(-3, 10)];
        return (make("Categorical", logits), format!("Categorical(0, 0.{}, -0.3)", 2 + shift));
    }
    let sum = Term::add(terms.to_vec());
    let last = Term::add(vec![constant, tenths(-3 - shift, &sum)]);
    let text = names.join(" + ");
    let text = format!("Categorical(0, 0.5 ({text}), 0.{} - 0.{} ({text}))", 2 + shift, 3 + shift);
    (make("Categorical", vec![Term::zero(), tenths(5, &sum), last]), text)
}

fn with_one(set: usize, theta: &Term, name: &str, position: usize) -> (Term, String) {
    // Laws of several names differ, and not by the same amount at every parameter.
    let tenths = 10 - 2 * position.min(4) as i64;
    let share = Term::mul(vec![Term::ratio(tenths, 10), theta.clone()]);
    let (theta, name) = match tenths {
        10 => (theta, name.to_string()),
        _ => (&share, format!("0.{tenths} {name}")),
    };
    let exp = Term::function("exp", vec![theta.clone()]);
    match set % SETS {
        0 => (make("N", vec![theta.clone(), Term::ratio(169, 100)]), format!("N({name}, 1.69)")),
        1 => (make("Logistic", vec![theta.clone(), Term::ratio(4, 5)]), format!("Logistic({name}, 0.8)")),
        2 => (make("N", vec![theta.clone(), exp]), format!("N({name}, exp({name}))")),
        _ => (make("Gamma", vec![Term::integer(3), exp]), format!("Gamma(3, exp({name}))")),
    }
}

fn fixed(set: usize, position: usize) -> (Term, String) {
    // Laws of several names within one statement differ.
    let shift = position as i64;
    let shift = shift.min(5);
    let place = Term::ratio(4 + shift, 10);
    let text = format!("0.{}", 4 + shift);
    match set % SETS {
        0 => (make("N", vec![place, Term::ratio(289, 100)]), format!("N({text}, 2.89)")),
        1 => (make("Logistic", vec![place, Term::ratio(11, 10)]), format!("Logistic({text}, 1.1)")),
        2 => (make("N", vec![place, Term::integer(9)]), format!("N({text}, 9)")),
        _ => (
            make("Gamma", vec![Term::ratio(27, 10), Term::ratio(4 + shift, 5)]),
            format!("Gamma(2.7, {})", 0.8 + 0.2 * shift as f64),
        ),
    }
}
