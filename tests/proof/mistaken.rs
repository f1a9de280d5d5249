//! The mistakes that papers make, put into an equation: a sign, a factor, a power of a parameter, a lost term.

use stein::proof::{at, replaced};
use stein::term::{Domain, Identity, Op, Term, Var, canonical};

/// The ways in which an equation is changed.
pub const KINDS: [&str; 14] = [
    "opposite sign",
    "factor 2",
    "factor 1/2",
    "factor of a parameter",
    "over a parameter",
    "lost summand",
    "sign of a summand",
    "lost factor",
    "power of a factor",
    "shifted argument",
    "reflected argument",
    "swapped parameters of a law",
    "parameter of a law",
    "order of a derivative",
];

/// All changes of one kind to an equation.
pub fn mistakes(kind: &str, sides: &[Term; 2]) -> Vec<[Term; 2]> {
    let [left, right] = sides;
    let times = |factor: Term| vec![[left.clone(), Term::mul(vec![factor, right.clone()])]];
    let by = |power: i64| {
        let mut letters: Vec<&Var> = left.free().iter().chain(right.free()).collect();
        letters.sort();
        letters.dedup();
        let factor = |v: &&Var| Term::pow(Term::var((*v).clone()), Term::integer(power));
        letters.iter().filter(|v| v.domain.is_nonzero()).map(factor).flat_map(times).collect()
    };
    match kind {
        "opposite sign" => times(Term::integer(-1)),
        "factor 2" => times(Term::integer(2)),
        "factor 1/2" => times(Term::ratio(1, 2)),
        "factor of a parameter" => by(1),
        "over a parameter" => by(-1),
        "lost summand" => inside(sides, |t| without_one(t, Op::Add)),
        "lost factor" => inside(sides, |t| without_one(t, Op::Mul)),
        "sign of a summand" => inside(sides, |t| each(t, Op::Add, |summand| Some(summand.clone().opposite()))),
        "power of a factor" => inside(sides, |t| match t.op() {
            Op::Pow => vec![Term::pow(t.args()[0].clone(), Term::add(vec![t.args()[1].clone(), Term::one()]))],
            Op::Mul => each(t, Op::Mul, |factor| factor.as_var().map(|_| Term::pow(factor.clone(), Term::integer(2)))),
            _ => vec![],
        }),
        "shifted argument" => inside(sides, |t| arguments(t, |a| Term::add(vec![a.clone(), Term::ratio(1, 2)]))),
        "reflected argument" => inside(sides, |t| arguments(t, |a| a.clone().opposite())),
        "swapped parameters of a law" => inside(sides, |t| match (t.op(), t.args()) {
            // A width of 0 would mean nothing.
            (Op::Law(_), [a, b]) if !a.is_zero() => vec![Term::new(t.op().clone(), vec![b.clone(), a.clone()])],
            _ => vec![],
        }),
        "parameter of a law" => inside(sides, |t| match t.op() {
            Op::Law(_) => {
                (0..t.args().len()).map(|i| with(t, i, Term::mul(vec![moved(t), t.args()[i].clone()]))).collect()
            }
            _ => vec![],
        }),
        _ => inside(sides, |t| match t.op() {
            Op::Derivative(var, order) => vec![Term::new(Op::Derivative(var.clone(), order + 1), t.args().to_vec())],
            Op::Apply(name, orders) if orders.len() == 1 && orders[0] > 0 => [orders[0] - 1, orders[0] + 1]
                .map(|n| Term::new(Op::Apply(name.clone(), vec![n]), t.args().to_vec()))
                .into(),
            _ => vec![],
        }),
    }
}

/// A factor for the parameter of a law: twice as much, or half, where it has to stay below 1.
fn moved(law: &Term) -> Term {
    let below_one = |v: &Var| v.domain == Domain::Unit;
    if law.free().iter().any(below_one) { Term::ratio(1, 2) } else { Term::integer(2) }
}

/// Both sides with one part of one of them changed.
fn inside(sides: &[Term; 2], change: impl Fn(&Term) -> Vec<Term>) -> Vec<[Term; 2]> {
    let mut result = Vec::new();
    for (side, term) in sides.iter().enumerate() {
        for place in places(term) {
            let Some(part) = at(term, &place) else { continue };
            for new in change(part) {
                let mut mutant = sides.clone();
                if let Some(changed) = replaced(term, &place, &new) {
                    mutant[side] = canonical(&changed);
                    result.push(mutant);
                }
            }
        }
    }
    result
}

/// The places of a term, without the points of derivatives.
fn places(term: &Term) -> Vec<Vec<usize>> {
    let mut result = vec![vec![]];
    let count = if matches!(term.op(), Op::Derivative(..)) { 1 } else { term.args().len() };
    for (index, arg) in term.args().iter().enumerate().take(count) {
        result.extend(places(arg).into_iter().map(|rest| [vec![index], rest].concat()));
    }
    result
}

fn with(term: &Term, index: usize, arg: Term) -> Term {
    let mut args = term.args().to_vec();
    args[index] = arg;
    Term::new(term.op().clone(), args)
}

fn without_one(term: &Term, op: Op) -> Vec<Term> {
    if *term.op() != op {
        return vec![];
    }
    let lost = |index: usize| {
        let mut rest = term.args().to_vec();
        rest.remove(index);
        if rest.len() == 1 { rest.remove(0) } else { Term::new(op.clone(), rest) }
    };
    (0..term.args().len()).map(lost).collect()
}

fn each(term: &Term, op: Op, change: impl Fn(&Term) -> Option<Term>) -> Vec<Term> {
    if *term.op() != op {
        return vec![];
    }
    term.args().iter().enumerate().filter_map(|(i, arg)| Some(with(term, i, change(arg)?))).collect()
}

fn arguments(term: &Term, change: impl Fn(&Term) -> Term) -> Vec<Term> {
    match term.op() {
        Op::Function(name) if &**name == "ln" => vec![],
        // What a function takes, if a sample is in it.
        Op::Apply(..) | Op::Function(_) => (0..term.args().len())
            .filter(|i| term.args()[*i].free().iter().any(|v| matches!(v.identity, Identity::Bound(_))))
            .map(|i| with(term, i, change(&term.args()[i])))
            .collect(),
        _ => vec![],
    }
}
