//! Concrete functions that stand in for unknown ones: generic enough that no identity holds by accident.

use crate::term::{Definitions, Domain, Op, Regularity, Term, Var};

/// A function with its parameters and its text.
pub type Function = (Vec<Var>, Term, String);

/// Functions of one class and a number of arguments, the most telling first.
pub fn functions(definitions: &Definitions, class: Regularity, arity: usize) -> Vec<Function> {
    let letters = ["u", "v", "w"];
    let name = |i: usize| letters.get(i).map_or_else(|| format!("u{}", i + 1), ToString::to_string);
    let variables: Vec<Var> = (0..arity).map(|i| Var::free(&name(i), Domain::Real)).collect();
    let bodies = match (class, variables.as_slice()) {
        (_, []) => vec![(ratio(7, 10), "0.7".to_string())],
        (Regularity::Smooth, [u]) => smooth(u),
        (Regularity::Lipschitz, [u]) => kinked(u),
        (_, [u]) => jumping(u),
        (_, several) => of_several(class, several),
    };
    let known = |term: &Term| {
        !term.any(&|t| match t.op() {
            Op::Function(f) => &**f != "exp" && !definitions.functions.contains_key(f),
            _ => false,
        })
    };
    bodies.into_iter().filter(|(body, _)| known(body)).map(|(body, text)| (variables.clone(), body, text)).collect()
}

/// Functions whose values at whole numbers from 1 on are such numbers: how many terms a sum has.
pub fn counts(arity: usize) -> Vec<Function> {
    let variables: Vec<Var> =
        (0..arity).map(|i| Var::free(["u", "v", "w"].get(i).unwrap_or(&"t"), Domain::Real)).collect();
    let sum = Term::add(variables.iter().cloned().map(Term::var).collect());
    let text = variables.iter().filter_map(Var::name).collect::<Vec<_>>().join(" + ");
    let bodies = [
        (Term::add(vec![sum.clone(), Term::one()]), format!("{text} + 1")),
        (times(Term::integer(2), sum.clone()), format!("2 ({text})")),
        (square(sum), format!("({text})^2")),
        (Term::integer(3), "3".into()),
    ];
    bodies.into_iter().map(|(body, text)| (variables.clone(), body, text)).collect()
}

fn ratio(a: i64, b: i64) -> Term {
    Term::ratio(a, b)
}

fn times(factor: Term, term: Term) -> Term {
    Term::mul(vec![factor, term])
}

fn square(term: Term) -> Term {
    Term::pow(term, Term::integer(2))
}

fn minus(term: Term, number: Term) -> Term {
    Term::add(vec![term, times(Term::integer(-1), number)])
}

/// `Σ c_k u^k`, from the lowest power.
fn polynomial(u: &Term, coefficients: &[Term]) -> Term {
    let monomial = |(k, c): (usize, &Term)| times(c.clone(), Term::pow(u.clone(), Term::integer(k as i64)));
    let mut terms: Vec<Term> = coefficients.iter().enumerate().skip(1).map(monomial).collect();
    terms.extend(coefficients.first().cloned());
    Term::add(terms)
}

fn smooth(u: &Var) -> Vec<(Term, String)> {
    let u = Term::var(u.clone());
    let wave = Term::function("sin", vec![Term::add(vec![times(ratio(13, 10), u.clone()), ratio(2, 5)])]);
    let bump = Term::function("exp", vec![times(ratio(-1, 2), square(minus(u.clone(), ratio(3, 10))))]);
    let quartic = [ratio(1, 2), ratio(-7, 10), ratio(3, 10), ratio(-1, 5), ratio(1, 10)];
    let cubic = [ratio(2, 5), ratio(3, 5), ratio(-1, 2), ratio(1, 5)];
    let rise = Term::add(vec![Term::one(), square(u.clone())]);
    let bell = Term::pow(Term::add(vec![Term::one(), square(minus(u.clone(), ratio(2, 5)))]), Term::integer(-1));
    vec![
        (wave, "sin(1.3 u + 0.4)".into()),
        (bump, "exp(-(u - 0.3)^2/2)".into()),
        (polynomial(&u, &quartic), "0.1 u^4 - 0.2 u^3 + 0.3 u^2 - 0.7 u + 0.5".into()),
        (bell, "1/(1 + (u - 0.4)^2)".into()),
        (polynomial(&u, &cubic), "0.2 u^3 - 0.5 u^2 + 0.6 u + 0.4".into()),
        // Bounded ones that do not vanish at infinity, and slow ones: terms at the ends stay with them.
        (Term::function("arctan", vec![u.clone()]), "arctan(u)".into()),
        (Term::function("ln", vec![rise.clone()]), "ln(1 + u^2)".into()),
        (times(u.clone(), Term::pow(rise, Term::integer(-1))), "u/(1 + u^2)".into()),
        (Term::function("tanh", vec![Term::add(vec![u, ratio(1, 5)])]), "tanh(u + 0.2)".into()),
    ]
}

fn kinked(u: &Var) -> Vec<(Term, String)> {
    let shifted = minus(Term::var(u.clone()), ratio(3, 10));
    vec![
        (Term::function("abs", vec![shifted.clone()]), "abs(u - 0.3)".into()),
        (Term::function("relu", vec![shifted]), "relu(u - 0.3)".into()),
        (flat(u), "relu(abs(u) - 1)".into()),
    ]
}

/// 0 on an interval.
fn flat(u: &Var) -> Term {
    let distance = Term::function("abs", vec![Term::var(u.clone())]);
    Term::function("relu", vec![minus(distance, Term::one())])
}

fn jumping(u: &Var) -> Vec<(Term, String)> {
    let shifted = minus(Term::var(u.clone()), ratio(3, 10));
    let step = Term::function("step", vec![shifted.clone()]);
    let wave = Term::add(vec![Term::one(), Term::pow(Term::var(u.clone()), Term::integer(2))]);
    let cut = times(Term::pow(wave, Term::integer(-1)), Term::function("sign", vec![shifted]));
    vec![(step, "step(u - 0.3)".into()), (cut, "sign(u - 0.3)/(1 + u^2)".into()), (flat(u), "relu(abs(u) - 1)".into())]
}

fn of_several(class: Regularity, variables: &[Var]) -> Vec<(Term, String)> {
    let tenths = |i: usize| [7, 4, 5, 3].get(i).copied().unwrap_or(2);
    let terms: Vec<Term> =
        variables.iter().enumerate().map(|(i, v)| times(ratio(tenths(i), 10), Term::var(v.clone()))).collect();
    let names: Vec<&str> = variables.iter().filter_map(Var::name).collect();
    let texts: Vec<String> = names.iter().enumerate().map(|(i, v)| format!("0.{} {v}", tenths(i))).collect();
    let (line, text) = (Term::add(terms), texts.join(" + "));
    let shifted = minus(line.clone(), ratio(3, 10));
    match class {
        Regularity::Smooth => {
            let wave = Term::function("sin", vec![Term::add(vec![line, ratio(1, 5)])]);
            let centred = |v: &Var| square(minus(Term::var(v.clone()), ratio(3, 10)));
            let exponent = Term::add(variables.iter().map(|v| times(ratio(-1, 3), centred(v))).collect());
            let factor =
                Term::add(vec![Term::one(), times(ratio(1, 2), Term::var(variables[variables.len() - 1].clone()))]);
            let bump = times(factor, Term::function("exp", vec![exponent]));
            let squares: Vec<String> = names.iter().map(|v| format!("({v} - 0.3)^2")).collect();
            let last = names.last().copied().unwrap_or("u");
            vec![
                (wave, format!("sin({text} + 0.2)")),
                (bump, format!("(1 + 0.5 {last}) exp(-({})/3)", squares.join(" + "))),
            ]
        }
        Regularity::Lipschitz => vec![(Term::function("abs", vec![shifted]), format!("abs({text} - 0.3)"))],
        _ => vec![(Term::function("step", vec![shifted]), format!("step({text} - 0.3)"))],
    }
}
