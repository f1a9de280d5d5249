//! What a rule leaves open, filled in: metafunctions, laws and letters, in turn by the number of the instance.

use crate::rule::{Condition, Rule, Substitution};
use crate::syntax::parse_expression;
use crate::term::{Definitions, Domain, Elaborator, Identity, Op, Simplifier, Symbol, Term, Var, substitute_many};

/// Smooth bodies for metafunctions, in `u` and `v`.
const UNARY: [&str; 4] = ["exp(-u^2/2 + u/3)", "sin(1.3 u + 0.4)", "exp(-(u - 0.4)^2) (1 + u)", "1/(1 + u^2) + 0.2 u"];
const BINARY: [&str; 4] =
    ["exp(-(u - v/2)^2/2) (1 + v/3)", "sin(0.7 u - 1.1 v + 0.2)", "exp(-u^2/3) cos(u v)", "cos(u v/2) + u/3 + v^2/5"];
/// Bodies with jumps, by which conditions of smoothness show what they are for.
const ROUGH_UNARY: [&str; 3] = ["step(u - 0.3)", "sign(u - 0.6)/(1 + u^2)", "step(u + 0.4) (1 + u/2)"];
const ROUGH_BINARY: [&str; 3] = ["step(u - v)", "sign(u - v/2)/(1 + u^2)", "step(u + v - 0.3) (1 + v/3)"];
/// Bodies that do not decay, or vanish on a half-line: what holds for most functions may fail for these.
const FAR_UNARY: [&str; 3] = ["arctan(u) + 0.2", "relu(u - 0.3)^2", "tanh(u/2)"];
const FAR_BINARY: [&str; 3] = ["arctan(u - v/2) + 0.2", "relu(u - v/3)^2", "tanh(u/2 + v/3)"];
/// Numbers away from 1, with many digits in their binary form.
const FAR: [(i64, i64); 3] = [(6_815_881, 131_072), (26_214_491, 131_072), (131_074_003, 131_072)];
/// Whole numbers beyond the small ones.
const FAR_WHOLE: [i64; 4] = [9, 12, 17, 31];
/// Laws without a parameter, and with one, `u`.
const FIXED: [&str; 13] = [
    "N(0.3, 1.4)",
    "Exp(1.2)",
    "Gamma(2.6, 1.3)",
    "Laplace(0.2, 0.7)",
    "Logistic(-0.1, 0.6)",
    "U(-0.5, 1.2)",
    "Beta(2.2, 3.1)",
    "Weibull(1.8, 1.1)",
    "Gumbel(0.1, 0.8)",
    "Poisson(1.7)",
    "Bernoulli(0.3)",
    "Geometric(0.4)",
    "Binomial(4, 0.35)",
];
const MOVING: [&str; 9] = [
    "N(u, 1.2)",
    "N(0.2, 1 + u^2)",
    "Exp(1 + u^2)",
    "Gamma(2.6, 1 + u^2)",
    "Laplace(u, 0.8)",
    "Logistic(u, 0.6)",
    "U(u, u + 1)",
    "Poisson(1 + u^2)",
    "Weibull(1.7, 1 + u^2)",
];

/// A substitution, and the same for people.
pub struct Instance {
    pub substitution: Substitution,
    pub texts: Vec<(String, String)>,
}

/// What a rule leaves open.
#[derive(Default)]
pub struct Open {
    functions: Vec<(Symbol, usize)>,
    laws: Vec<(Symbol, usize)>,
    letters: Vec<(Symbol, Domain)>,
    /// Whole numbers that letters have to be above, by conditions such as `n - 2 > 0`.
    above: Vec<(Symbol, i64)>,
}

impl Open {
    /// Letters get the domains that the laws in which they stand, and the conditions, demand.
    pub fn of(definitions: &Definitions, rule: &Rule) -> Open {
        let mut open = Open::default();
        let mut domains: Vec<(Symbol, Domain)> = Vec::new();
        let mut demand = |term: &Term, domain: Domain| {
            if let Some(Var { identity: Identity::Free(letter), .. }) = term.as_var() {
                domains.push((letter.clone(), domain));
            }
        };
        for condition in &rule.conditions {
            if let Condition::Positive(term) = condition
                && let [a, b] = Simplifier::new(definitions).simplify(term).summands()
                && let Some((letter, minus)) =
                    [(a, b), (b, a)].into_iter().find_map(|(v, n)| v.as_var().zip(n.as_integer()))
            {
                open.above.extend(letter.name().map(|name| (name.into(), -minus)));
            }
            match condition {
                Condition::Positive(term) => demand(term, Domain::Positive),
                // A sum is whole where its letters are.
                Condition::Whole(term) => {
                    term.free().iter().for_each(|letter| demand(&Term::var(letter.clone()), Domain::Natural));
                }
                _ => {}
            }
        }
        for side in [&rule.left, &rule.right] {
            side.visit(&mut |t| match t.op() {
                Op::Apply(name, orders) if !open.functions.iter().any(|(n, _)| n == name) => {
                    open.functions.push((name.clone(), orders.len()));
                }
                Op::UnknownLaw(name) if !open.laws.iter().any(|(n, _)| n == name) => {
                    open.laws.push((name.clone(), t.args().len()));
                }
                Op::Law(name) => {
                    let parameters = definitions.laws.get(name).map_or(&[][..], |law| &law.parameters);
                    parameters.iter().zip(t.args()).for_each(|(parameter, arg)| demand(arg, parameter.domain));
                }
                _ => {}
            });
            for var in side.free() {
                if let Identity::Free(name) = &var.identity
                    && !open.letters.iter().any(|(n, _)| n == name)
                {
                    open.letters.push((name.clone(), Domain::Real));
                }
            }
        }
        for (letter, domain) in &mut open.letters {
            let demanded = domains.iter().filter(|(name, _)| name == letter).map(|(_, domain)| *domain);
            *domain = demanded.fold(Domain::Real, Domain::meet);
        }
        open
    }

    /// How many instances are worth a look; functions jump one at a time, which takes more.
    pub fn instances(&self, rough: bool) -> usize {
        let turns = if rough { self.functions.len().max(1) } else { 1 };
        turns * if self.laws.is_empty() { 8 } else { 2 * FIXED.len() }
    }

    /// An instance by number; with `rough`, functions jump. None if the definitions lack a law, or a metafunction has
    /// more arguments than are provided for.
    pub fn instance(&self, definitions: &Definitions, number: usize, rough: bool) -> Option<Instance> {
        let (unary, binary): (&[&str], &[&str]) = if rough { (&ROUGH_UNARY, &ROUGH_BINARY) } else { (&UNARY, &BINARY) };
        self.filled(definitions, number, rough, [unary, binary], value)
    }

    /// An instance by number with large and small parameters, and functions that do not decay.
    pub fn far_instance(&self, definitions: &Definitions, number: usize) -> Option<Instance> {
        self.filled(definitions, number, true, [&FAR_UNARY, &FAR_BINARY], far_value)
    }

    /// An instance whose letters have such values; with `special`, one function at a time has a body of `bodies`.
    fn filled(
        &self,
        definitions: &Definitions,
        number: usize,
        special: bool,
        bodies: [&[&str]; 2],
        value: impl Fn(Domain, usize, usize) -> (i64, i64),
    ) -> Option<Instance> {
        let mut result = Instance { substitution: Substitution::default(), texts: vec![] };
        for (position, (name, arity)) in self.functions.iter().enumerate() {
            let (smooth, unusual) = match arity {
                0 | 1 => (&UNARY, bodies[0]),
                2 => (&BINARY, bodies[1]),
                _ => return None,
            };
            let turn = number + number / 4 + position;
            // One function jumps: where two do, the derivative of the one meets the jump of the other.
            let is_unusual = special && number % self.functions.len() == position;
            let text = if is_unusual { unusual[turn % unusual.len()] } else { smooth[turn % smooth.len()] };
            let text = if *arity == 0 { "0.7" } else { text };
            result.substitution.functions.insert(name.clone(), body(definitions, text, *arity)?);
            let letters = ["u", "v"][..*arity].join(", ");
            result.texts.push((format!("{name}({letters})"), text.into()));
        }
        for (position, (name, arity)) in self.laws.iter().enumerate() {
            // Several laws of one rule differ.
            let turn = number + 4 * position;
            let text = if *arity == 0 { FIXED[turn % FIXED.len()] } else { MOVING[turn % MOVING.len()] };
            result.substitution.functions.insert(name.clone(), law(definitions, text, *arity)?);
            let name = if *arity == 0 { name.to_string() } else { format!("{name}_u") };
            result.texts.push((name, text.into()));
        }
        for (position, (name, domain)) in self.letters.iter().enumerate() {
            let (mut numerator, denominator) = value(*domain, number, position);
            for (_, least) in self.above.iter().filter(|(letter, _)| letter == name) {
                // Values are above 0; those that are not above this are moved there.
                if numerator > 0 && numerator <= least * denominator {
                    numerator += least * denominator;
                }
            }
            result.substitution.letters.insert(name.clone(), Term::ratio(numerator, denominator));
            result.texts.push((name.to_string(), (numerator as f64 / denominator as f64).to_string()));
        }
        Some(result)
    }
}

/// A fraction inside a domain, by the number of the instance and of the letter.
pub fn value(domain: Domain, instance: usize, position: usize) -> (i64, i64) {
    let turn = (3 * instance + 5 * position) as i64;
    match domain {
        Domain::Unit => (2 + turn % 6, 10),
        Domain::Natural | Domain::Counting | Domain::Integer => (2 + turn % 4, 1),
        Domain::Sign => (1 - 2 * (turn % 2), 1),
        Domain::Bit => (turn % 2, 1),
        Domain::Positive => (5 + turn % 11, 8),
        Domain::Real | Domain::NonZero => ((5 + turn % 9) * if (instance + position) % 3 == 2 { -1 } else { 1 }, 8),
    }
}

/// A fraction inside a domain, away from the usual ones.
pub fn far_value(domain: Domain, instance: usize, position: usize) -> (i64, i64) {
    let turn = instance + position;
    // The letters of one instance differ and are of one size: peaks that are narrow and far away are missed by quadrature.
    let (numerator, denominator) = FAR[instance % FAR.len()];
    let numerator = numerator + 104_729 * position as i64;
    match domain {
        Domain::Unit => [(1_153, 131_072), (129_919, 131_072)][turn % 2],
        Domain::Natural | Domain::Counting => (FAR_WHOLE[turn % FAR_WHOLE.len()], 1),
        Domain::Real | Domain::NonZero if turn % 3 == 2 => (-numerator, denominator),
        Domain::Sign | Domain::Bit => value(domain, instance, position),
        _ => (numerator, denominator),
    }
}

fn body(definitions: &Definitions, text: &str, arity: usize) -> Option<(Vec<Var>, Term)> {
    let term = Elaborator::new(definitions).expr(&parse_expression(text).ok()?).ok()?;
    let slots: Vec<Var> = (0..arity).map(Substitution::parameter).collect();
    let letters = ["u", "v"].map(|name| Var::free(name, Domain::Real));
    let pairs: Vec<(Var, Term)> = letters.into_iter().zip(slots.iter().cloned().map(Term::var)).collect();
    Some((slots, substitute_many(&term, &pairs)))
}

/// The law of a text, as it stands in a mean.
fn law(definitions: &Definitions, text: &str, arity: usize) -> Option<(Vec<Var>, Term)> {
    let (slots, mean) = body(definitions, &format!("E_{{x ~ {text}}}[x + f(x)]"), arity)?;
    let mut found = None;
    mean.visit(&mut |t| {
        if let Op::Law(_) = t.op() {
            found.get_or_insert_with(|| t.clone());
        }
    });
    Some((slots, found?))
}
