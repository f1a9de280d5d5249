//! Coefficients guessed from numbers: `target = c₁ t₁ + … + cₙ tₙ`, each `c` a number times powers of parameters.

use crate::check::Probes;
use crate::term::{Domain, Term, Var};

/// Agreement of values that were computed by quadrature and by differences.
const CLOSE: f64 = 2e-6;
/// Exponents are multiples of a half, up to this size.
const EXPONENT: f64 = 6.0;
/// Numbers have small denominators and are not large.
const DENOMINATOR: i64 = 48;
const LARGEST: f64 = 200.0;

/// Coefficients that explain the target at every point of the grid, if there are any.
pub fn fit(probes: &Probes<'_>, target: &Term, terms: &[Term]) -> Option<Vec<Term>> {
    let by_setting: Option<Vec<Vec<f64>>> = (0..probes.settings()).map(|s| solve(probes, target, terms, s)).collect();
    let by_setting = by_setting?;
    (0..terms.len()).map(|i| closed_form(probes, &by_setting.iter().map(|c| c[i]).collect::<Vec<f64>>())).collect()
}

/// The coefficients at one setting of the parameters, where all choices of functions with a value agree on them.
fn solve(probes: &Probes<'_>, target: &Term, terms: &[Term], setting: usize) -> Option<Vec<f64>> {
    let mut rows: Vec<Vec<f64>> = Vec::new();
    for choice in 0..probes.choices() {
        let values = terms.iter().chain([target]).map(|term| probes.value(term, setting, choice));
        rows.extend(values.collect::<Option<Vec<f64>>>());
    }
    let unknowns = terms.len();
    if rows.len() < unknowns.max(probes.choices().min(2)) {
        return None;
    }
    let coefficients = eliminate(rows[..unknowns].to_vec())?;
    let explained = rows.iter().all(|row| {
        let parts = || row[..unknowns].iter().zip(&coefficients).map(|(value, c)| c * value);
        let size = parts().map(f64::abs).fold(row[unknowns].abs(), f64::max);
        (row[unknowns] - parts().sum::<f64>()).abs() <= CLOSE * size
    });
    explained.then_some(coefficients)
}

/// Gaussian elimination of a small augmented matrix.
fn eliminate(mut rows: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let n = rows.len();
    let largest = rows.iter().flat_map(|row| &row[..n]).fold(0.0f64, |m, v| m.max(v.abs()));
    for column in 0..n {
        let pivot = (column..n).max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()))?;
        rows.swap(column, pivot);
        let head = rows[column].clone();
        if head[column].abs() <= 1e-6 * largest {
            return None;
        }
        for row in (0..n).filter(|row| *row != column) {
            let factor = rows[row][column] / head[column];
            rows[row].iter_mut().zip(&head).for_each(|(value, above)| *value -= factor * above);
        }
    }
    (0..n).map(|i| Some(rows[i][n] / rows[i][i]).filter(|c| c.is_finite())).collect()
}

/// The term that takes these values over the settings: a number times powers of what the settings change.
fn closed_form(probes: &Probes<'_>, values: &[f64]) -> Option<Term> {
    let base = values[0];
    if values.iter().all(|v| v.abs() < 10.0 * CLOSE) {
        return Some(Term::zero());
    }
    let mut factors: Vec<Term> = Vec::new();
    let mut rest = base;
    let mut setting = 1;
    while setting < values.len() {
        let var = &probes.changed[setting - 1];
        let atoms = atoms(var);
        let last = setting + atoms.len();
        let mut rows: Vec<Vec<f64>> = Vec::new();
        for (s, value) in values.iter().enumerate().take(last).skip(setting) {
            let growth =
                |atom: &Atom| Some((atom.at(probes.parameter(var, s)?) / atom.at(probes.parameter(var, 0)?)).ln());
            let mut row = atoms.iter().map(growth).collect::<Option<Vec<f64>>>()?;
            row.push(Some((value / base).ln()).filter(|l| l.is_finite())?);
            rows.push(row);
        }
        for (atom, exponent) in atoms.iter().zip(eliminate(rows)?) {
            let exponent = half(exponent)?;
            if exponent != 0 {
                rest /= atom.at(probes.parameter(var, 0)?).powf(exponent as f64 / 2.0);
                factors.push(Term::pow(atom.term(var), Term::ratio(exponent, 2)));
            }
        }
        setting = last;
    }
    factors.insert(0, number(rest)?);
    Some(Term::mul(factors))
}

/// What a coefficient may be made of: `p`, and `1 - p` for a probability.
#[derive(Clone, Copy)]
enum Atom {
    Itself,
    Complement,
    /// One less, of a letter that counts.
    Before,
}

impl Atom {
    fn at(self, value: f64) -> f64 {
        match self {
            Atom::Itself => value,
            Atom::Complement => 1.0 - value,
            Atom::Before => value - 1.0,
        }
    }

    fn term(self, var: &Var) -> Term {
        let itself = Term::var(var.clone());
        match self {
            Atom::Itself => itself,
            Atom::Complement => Term::one().minus(itself),
            Atom::Before => itself.minus(Term::one()),
        }
    }
}

fn atoms(var: &Var) -> &'static [Atom] {
    match var.domain {
        Domain::Unit => &[Atom::Itself, Atom::Complement],
        Domain::Counting => &[Atom::Itself, Atom::Before],
        _ => &[Atom::Itself],
    }
}

/// Twice an exponent that is a multiple of a half.
fn half(exponent: f64) -> Option<i64> {
    let doubled = (2.0 * exponent).round();
    ((2.0 * exponent - doubled).abs() < 1e-4 && exponent.abs() <= EXPONENT).then_some(doubled as i64)
}

/// A simple number close to a value: a fraction, or one times `√2`, `√π`, `√(2π)` or `π`.
fn number(value: f64) -> Option<Term> {
    let root = |inside: Term| Term::pow(inside, Term::ratio(1, 2));
    let pi = || Term::new(crate::term::Op::Pi, vec![]);
    let two_pi = || Term::mul(vec![Term::integer(2), pi()]);
    let scales: [(f64, Option<Term>); 5] = [
        (1.0, None),
        (2f64.sqrt(), Some(root(Term::integer(2)))),
        (std::f64::consts::PI.sqrt(), Some(root(pi()))),
        (std::f64::consts::TAU.sqrt(), Some(root(two_pi()))),
        (std::f64::consts::PI, Some(pi())),
    ];
    for (scale, term) in scales {
        for (multiple, upside) in [(value / scale, true), (value * scale, false)] {
            let Some(ratio) = fraction(multiple) else { continue };
            return Some(match term {
                None => ratio,
                Some(term) => Term::mul(vec![ratio, if upside { term } else { term.recip() }]),
            });
        }
    }
    None
}

fn fraction(value: f64) -> Option<Term> {
    let found = (1..=DENOMINATOR).find_map(|d| {
        let n = (value * d as f64).round();
        let close = (value - n / d as f64).abs() <= 10.0 * CLOSE * value.abs();
        (n != 0.0 && n.abs() <= LARGEST * d as f64 && close).then_some((n, d))
    });
    let (n, d) = found?;
    Some(Term::ratio(n as i64, d))
}
