//! How smooth a concrete function is, as far as its formula tells.

use crate::term::{Definitions, Op, Regularity, Term, is_nonzero, is_positive};

/// The class that a formula certainly belongs to, in all its variables; pieces that would fit together are not seen.
pub fn regularity(definitions: &Definitions, term: &Term) -> Regularity {
    let own = match term.op() {
        Op::Function(name) => match definitions.functions.get(name) {
            Some(function) if function.of_positive && !is_positive(&term.args()[0]) => Regularity::Measurable,
            Some(function) => function.regularity,
            None => Regularity::Measurable,
        },
        Op::Pow => {
            let exponent = term.args()[1].as_integer();
            let fine = match exponent {
                Some(n) => n >= 0 || is_nonzero(&term.args()[0]),
                None => is_positive(&term.args()[0]),
            };
            if fine { Regularity::Smooth } else { Regularity::Measurable }
        }
        Op::Apply(..) | Op::Density => Regularity::Measurable,
        _ => Regularity::Smooth,
    };
    term.args().iter().map(|arg| regularity(definitions, arg)).fold(own, Regularity::min)
}
