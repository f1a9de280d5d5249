//! Rules at concrete instances: metafunctions, laws and letters filled in, both sides compared as numbers.

use stein::check::{Finding, Instance, Options, compare_at};
use stein::proof::{Hypotheses, Kernel};
use stein::rule::{Library, Rule, Substitution, instantiate};
use stein::syntax::parse_expression;
use stein::term::{Definitions, Domain, Elaborator, Identity, Op, Symbol, Term, Var, substitute_many};

/// Bodies for metafunctions, in `u` and `v`.
const UNARY: [&str; 4] = ["exp(-u^2/2 + u/3)", "sin(1.3 u + 0.4)", "exp(-(u - 0.4)^2) (1 + u)", "1/(1 + u^2) + 0.2 u"];
const BINARY: [&str; 4] =
    ["exp(-(u - v/2)^2/2) (1 + v/3)", "sin(0.7 u - 1.1 v + 0.2)", "exp(-u^2/3) cos(u v)", "cos(u v/2) + u/3 + v^2/5"];
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

/// What an audit of one rule came to.
#[derive(Debug, Default)]
pub struct Report {
    /// Instances at which both sides were computed and agree.
    pub agreed: usize,
    /// Instances that miss the conditions, or whose sides have no numbers.
    pub skipped: usize,
    /// Instances at which the sides differ.
    pub differ: Vec<String>,
}

fn body(definitions: &Definitions, text: &str, arity: usize) -> (Vec<Var>, Term) {
    let tree = parse_expression(text).unwrap_or_else(|e| panic!("{}: {text}", e.message));
    let term = Elaborator::new(definitions).expr(&tree).unwrap_or_else(|e| panic!("{}: {text}", e.message));
    (slots(arity), in_slots(&term))
}

fn slots(arity: usize) -> Vec<Var> {
    (0..arity).map(Substitution::parameter).collect()
}

fn in_slots(term: &Term) -> Term {
    let letters = ["u", "v"].map(|name| Var::free(name, Domain::Real));
    let pairs: Vec<(Var, Term)> =
        letters.into_iter().enumerate().map(|(i, v)| (v, Term::var(Substitution::parameter(i)))).collect();
    substitute_many(term, &pairs)
}

/// The law of a text, as it stands in `E_{x ~ …}[x]`.
fn law(definitions: &Definitions, text: &str, arity: usize) -> (Vec<Var>, Term) {
    let (_, mean) = body(definitions, &format!("E_{{x ~ {text}}}[x + f(x)]"), 0);
    let mut found = None;
    mean.visit(&mut |t| {
        if let Op::Law(_) = t.op() {
            found.get_or_insert_with(|| t.clone());
        }
    });
    (slots(arity), found.unwrap_or_else(|| panic!("no law in {text}")))
}

/// What a rule leaves open.
#[derive(Default)]
struct Open {
    functions: Vec<(Symbol, usize)>,
    laws: Vec<(Symbol, usize)>,
    letters: Vec<(Symbol, Domain)>,
}

fn open(definitions: &Definitions, rule: &Rule) -> Open {
    let mut open = Open::default();
    let mut domains: Vec<(Symbol, Domain)> = Vec::new();
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
                for (parameter, argument) in parameters.iter().zip(t.args()) {
                    if let Some(Var { identity: Identity::Free(letter), .. }) = argument.as_var() {
                        domains.push((letter.clone(), parameter.domain));
                    }
                }
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

/// A number of a domain, by the number of the instance and of the letter.
fn value(domain: Domain, instance: usize, position: usize) -> Term {
    let turn = (3 * instance + 5 * position) as i64;
    match domain {
        Domain::Unit => Term::ratio(2 + turn % 6, 9),
        Domain::Natural | Domain::Counting => Term::integer(2 + turn % 4),
        Domain::Positive => Term::ratio(5 + turn % 11, 8),
        _ => Term::ratio((5 + turn % 9) * if (instance + position) % 3 == 2 { -1 } else { 1 }, 8),
    }
}

fn substitution(definitions: &Definitions, open: &Open, instance: usize) -> Substitution {
    let mut result = Substitution::default();
    for (position, (name, domain)) in open.letters.iter().enumerate() {
        result.letters.insert(name.clone(), value(*domain, instance, position));
    }
    for (position, (name, arity)) in open.functions.iter().enumerate() {
        let texts = if *arity == 1 { UNARY } else { BINARY };
        let text = texts[(instance + instance / 4 + position) % texts.len()];
        result.functions.insert(name.clone(), body(definitions, text, *arity));
    }
    for (name, arity) in &open.laws {
        let text = if *arity == 0 { FIXED[instance % FIXED.len()] } else { MOVING[instance % MOVING.len()] };
        result.functions.insert(name.clone(), law(definitions, text, *arity));
    }
    result
}

/// Both sides of a rule at instances that meet its conditions.
pub fn audit(library: &Library, rule: &Rule) -> Report {
    let definitions = &library.definitions;
    let open = open(definitions, rule);
    let instances = if open.laws.is_empty() { 8 } else { 2 * FIXED.len() };
    let kernel = Kernel { library };
    let options = Options { samples: 1 << 12, ..Options::default() };
    let mut report = Report::default();
    for instance in 0..instances {
        let substitution = substitution(definitions, &open, instance);
        if kernel.conditions(&rule.conditions, &substitution, &Hypotheses::default()).is_err() {
            report.skipped += 1;
            continue;
        }
        let [left, right] = [&rule.left, &rule.right].map(|side| instantiate(definitions, side, &substitution));
        match compare_at(definitions, &left, &right, &Instance::default(), &options) {
            Finding::Agree(_) => report.agreed += 1,
            Finding::Undecided(_) => report.skipped += 1,
            Finding::Differ(c) => report.differ.push(format!("{} and {}: {substitution:?}", c.left, c.right)),
        }
    }
    report
}
