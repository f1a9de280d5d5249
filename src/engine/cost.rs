//! What a good representative of a class is.

use crate::term::{Identity, Op, Term};

/// Several representatives are kept for a class, each in the form that one view of expectations prefers. Terms that
/// are put together from representatives of one view meet where the views of the parts would not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Expectations under parametrised laws: `E_{y ~ N(θ, σ²)}[f(y)]`.
    Law,
    /// Expectations of transformed noise: `E_{x ~ N(0,1)}[f(θ + σ x)]`.
    Noise,
    /// Integrals and sums against densities.
    Integral,
}

pub const VIEWS: [View; 3] = [View::Law, View::Noise, View::Integral];

/// So many bits of a number weigh as much as a term.
const DIGIT: u64 = 64;

/// The cost of a term in a view; lower is better. Standing derivatives weigh most, then derivatives of unknown
/// functions, then the form of expectations, then length.
pub fn cost(term: &Term, view: View) -> u64 {
    let mut total: u64 = 0;
    term.visit(&mut |t| {
        total = total.saturating_add(1).saturating_add(match t.op() {
            // A class that holds t and 2 t has no end of terms 2^k t: none is better than all others unless digits count.
            Op::Number(n) => (n.numer().bits() + n.denom().bits()) / DIGIT,
            Op::Derivative(_, order) if t.has_operator() => 100_000 * u64::from(*order),
            Op::Derivative(_, order) => 40 * u64::from(*order),
            Op::Apply(_, orders) => {
                let plain = view == View::Noise || t.args().iter().all(|arg| arg.as_var().is_some() || !is_open(arg));
                1_000 * u64::from(orders.iter().sum::<u32>()) + if plain { 0 } else { 40 }
            }
            Op::Expect(_) => {
                20 + match (view, t.args()[0].free().is_empty()) {
                    (View::Law, true) | (View::Noise, false) => 200,
                    (View::Integral, _) => 600,
                    _ => 0,
                }
            }
            // Steps of something linear are what the rules for jumps speak of.
            Op::Function(name) if &**name == "step" && t.any(&|t| t.is_function("exp") && is_open(t)) => 60,
            Op::Function(name) if matches!(&**name, "abs" | "sign") && view != View::Noise => 60,
            // Written with a step, the argument stands twice.
            Op::Function(name) if &**name == "relu" && view != View::Noise => 120 + t.size() as u64,
            Op::Integral(_) | Op::Sum(_) => 20 + if view == View::Integral { 0 } else { 500 },
            _ => 0,
        });
    });
    total
}

/// True if a bound variable is free in the term.
fn is_open(term: &Term) -> bool {
    term.free().iter().any(|v| matches!(v.identity, Identity::Bound(_)))
}
