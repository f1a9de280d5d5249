//! Whether two terms are equal by algebra, linearity, substitution and differentiation alone.

use super::evaluate::Evaluation;
use super::number::{Digits, Doubles, Numbers, mix};
use crate::term::{Definitions, Op, Regularity, Term};
use num_traits::Signed;
use std::collections::HashSet;

/// Points at which both sides have to agree; more where a term has pieces, so that every piece is met.
const POINTS: usize = 2;
const POINTS_WITH_PIECES: usize = 12;
/// Points at which a term may be undefined before the comparison is given up.
const SPARE: usize = 20;

/// True if both terms agree at random points, to about thirty digits more than their constants have.
pub fn equal(definitions: &Definitions, left: &Term, right: &Term) -> bool {
    if left == right {
        return is_defined(definitions, left);
    }
    let Some(digits) = Digits::for_constants(constant_bits(left).max(constant_bits(right))) else { return false };
    let wanted = if has_pieces(definitions, left) || has_pieces(definitions, right) { POINTS_WITH_PIECES } else { POINTS };
    // A quick look in double precision saves the long one for pairs that have a chance.
    agree(definitions, left, right, &Doubles, 1) && agree(definitions, left, right, &digits, wanted)
}

fn agree<F: Numbers>(definitions: &Definitions, left: &Term, right: &Term, numbers: &F, wanted: usize) -> bool {
    let mut agreed = 0;
    for trial in 0..(wanted + SPARE) as u64 {
        let value = |term: &Term| Evaluation::new(numbers, definitions, mix(trial)).value(term);
        let (Some(a), Some(b)) = (value(left), value(right)) else { continue };
        if !numbers.close(a.base(), b.base()) {
            return false;
        }
        agreed += 1;
        if agreed == wanted {
            return true;
        }
    }
    false
}

/// True if the term has a value somewhere.
fn is_defined(definitions: &Definitions, term: &Term) -> bool {
    (0..SPARE as u64).any(|trial| Evaluation::new(&Doubles, definitions, mix(trial)).value(term).is_some())
}

/// The value of a closed term, with the sign decided at many digits.
pub(super) fn closed_value(definitions: &Definitions, term: &Term) -> Option<(f64, i32)> {
    if !term.free().is_empty() || term.has_operator() || term.any(&|t| matches!(t.op(), Op::Apply(..))) {
        return None;
    }
    let digits = Digits::for_constants(constant_bits(term))?;
    let value = Evaluation::new(&digits, definitions, 0).value(term)?;
    Some((digits.to_f64(value.base()), digits.sign(value.base())))
}

/// The number of bits of the largest constant of a term.
fn constant_bits(term: &Term) -> u64 {
    let mut bits = 0;
    distinct(term, &mut HashSet::new(), &mut |t| {
        if let Op::Number(n) = t.op() {
            bits = bits.max(n.numer().abs().bits()).max(n.denom().bits());
        }
    });
    bits
}

fn has_pieces(definitions: &Definitions, term: &Term) -> bool {
    let mut found = false;
    distinct(term, &mut HashSet::new(), &mut |t| {
        if let Op::Function(name) = t.op() {
            found |= definitions.functions.get(name).is_some_and(|f| f.regularity < Regularity::Smooth || f.above.is_some());
        }
    });
    found
}

fn distinct(term: &Term, seen: &mut HashSet<Term>, f: &mut impl FnMut(&Term)) {
    if seen.insert(term.clone()) {
        f(term);
        term.args().iter().for_each(|arg| distinct(arg, seen, f));
    }
}

/// A quick value at two points, by which a search finds candidates for equality.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fingerprint {
    values: [f64; 2],
}

impl Fingerprint {
    /// Equal up to rounding in double precision: worth a proof, not one.
    pub fn matches(&self, other: &Fingerprint) -> bool {
        self.values.iter().zip(&other.values).all(|(a, b)| Doubles.close(a, b))
    }

    /// Keys under which a fingerprint and those that match it meet.
    pub fn keys(&self) -> [i64; 2] {
        let value = self.values[0];
        let scaled = if value.abs() < 1e-3 { value * 1e5 } else { value / 10f64.powi(value.abs().log10().floor() as i32) * 1e6 };
        let below = scaled.floor() as i64;
        [below, if scaled - scaled.floor() < 0.5 { below - 1 } else { below + 1 }]
    }
}

/// Computes fingerprints under definitions.
pub struct Fingerprinter<'a> {
    pub definitions: &'a Definitions,
}

impl Fingerprinter<'_> {
    /// The fingerprint of a term; none if it is undefined at too many points. A stopped part counts as different from
    /// what it stops, so that equal fingerprints may be exchanged under a derivative.
    pub fn of(&self, term: &Term) -> Option<Fingerprint> {
        let mut values = [0.0; 2];
        let mut found = 0;
        for trial in 0..8u64 {
            let mut evaluation = Evaluation::new(&Doubles, self.definitions, mix(0x5eed ^ trial));
            evaluation.strict_stops = true;
            if let Some(value) = evaluation.value(term) {
                values[found] = *value.base();
                found += 1;
                if found == 2 {
                    return values.iter().all(|v| v.is_finite()).then_some(Fingerprint { values });
                }
            }
        }
        None
    }
}
