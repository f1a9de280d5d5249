//! Statements that are true or false by construction, and look like the other.
//!
//! A true equation gets a summand that is 0 at most values: on small whole numbers, dyadics or decimals, next to nothing far
//! out, 0 except at one point or beyond a distant one, or a mass of a discrete law; it is large or small, and often stands beside
//! a much larger number. Hypotheses of every relation, about a letter or about f(0), decide whether it is 0 wherever they hold.
//! Other statements pass through means that do not exist, or differentiate at a kink.

/// What is known of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    True,
    /// For some of the letters, functions and laws that it speaks of it fails.
    False,
    /// It claims nothing, for a side exists nowhere.
    Void,
}

/// A statement with what it supposes.
#[derive(Clone, Debug)]
pub struct Adversary {
    pub text: String,
    pub truth: Truth,
    pub supposed: Option<Supposed>,
}

/// A relation of a letter, or of f(0), to a number.
#[derive(Clone, Copy, Debug)]
pub struct Supposed {
    /// `a`, or `f(0)`.
    pub subject: &'static str,
    pub relation: &'static str,
    pub bound: f64,
}

impl Supposed {
    /// Whether a value satisfies it; an equation up to rounding.
    pub fn admits(&self, value: f64) -> bool {
        let gap = value - self.bound;
        match self.relation {
            "=" => gap.abs() < 1e-9,
            "≠" => gap != 0.0,
            "<" => gap < 0.0,
            ">" => gap > 0.0,
            "≤" => gap <= 1e-9,
            _ => gap >= -1e-9,
        }
    }
}

/// A source of choices.
pub trait Choices {
    /// A number below `count`.
    fn below(&mut self, count: usize) -> usize;
}

fn one_of<T: Copy>(choices: &mut impl Choices, from: &[T]) -> T {
    from[choices.below(from.len())]
}

/// Choices from a seed, by the finaliser of SplitMix64.
pub struct Seeded(pub u64);

impl Choices for Seeded {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % count as u64) as usize
    }
}

/// Choices from bytes, for fuzzing; what is missing is 0.
#[allow(dead_code)]
pub struct Bytes<'a>(pub &'a [u8]);

impl Choices for Bytes<'_> {
    fn below(&mut self, count: usize) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first) % count
    }
}

/// True equations without the letter a.
const TRUE: &[[&str; 2]] = &[
    ["θ", "θ"],
    ["sin(θ)^2 + cos(θ)^2", "1"],
    ["abs(θ)^2", "θ^2"],
    ["E_{x ~ N(0,1)}[x^2]", "1"],
    ["E_{x ~ N(θ,σ^2)}[x]", "θ"],
    ["E_{x ~ N(0,1)}[f(x + θ)]", "E_{x ~ N(θ,1)}[f(x)]"],
    ["D_θ[E_{x ~ N(θ,1)}[f(x)]]", "E_{x ~ N(θ,1)}[f(x) (x - θ)]"],
    ["E_{x ~ Exp(r)}[x]", "1/r"],
    ["E_{x ~ Poisson(λ)}[x]", "λ"],
    ["D_λ[E_{x ~ Poisson(λ)}[f(x)]]", "E_{x ~ Poisson(λ)}[f(x + 1) - f(x)]"],
    ["E_{x ~ U(0,1)}[x^2]", "1/3"],
];

/// Numbers as they are written, with their values.
const NUMBERS: &[(&str, f64)] =
    &[("0", 0.0), ("1", 1.0), ("(-2)", -2.0), ("1/3", 1.0 / 3.0), ("5/2", 2.5), ("40", 40.0), ("(-1000)", -1000.0)];

/// Where a summand differs from 0.
enum Where {
    Above(f64),
    Below(f64),
    At(f64),
    /// Everywhere but on a set without inner points.
    Nearly,
}

/// Whether some number satisfies what is supposed and lies there; none if that is not known.
fn meets(place: &Where, supposed: Option<&Supposed>) -> Option<bool> {
    let Some(Supposed { relation, bound, .. }) = supposed else { return Some(true) };
    let bound = *bound;
    Some(match (place, *relation) {
        (Where::Nearly, "=") => return None,
        (Where::Nearly, _) | (Where::Above(_), ">" | "≥" | "≠") | (Where::Below(_), "<" | "≤" | "≠") => true,
        (Where::Above(c), _) => bound > *c,
        (Where::Below(c), _) => bound < *c,
        (Where::At(c), "=") => bound == *c,
        (Where::At(c), "≠") => bound != *c,
        (Where::At(c), "<") => *c < bound,
        (Where::At(c), "≤") => *c <= bound,
        (Where::At(c), ">") => *c > bound,
        (Where::At(c), _) => *c >= bound,
    })
}

/// A term in u that is seldom seen to differ from 0.
fn mask(choices: &mut impl Choices, u: &str) -> (String, Where) {
    let (c, value) = one_of(choices, NUMBERS);
    let power = 1 + choices.below(9);
    match choices.below(12) {
        0 => (format!("relu({u} - {c})"), Where::Above(value)),
        1 => (format!("step({u} - {c})"), Where::Above(value)),
        2 => (format!("(max({u}, {c}) - {c})"), Where::Above(value)),
        3 => (format!("relu({c} - {u})^2"), Where::Below(value)),
        4 => (format!("(abs({u} - {c}) - {u} + {c})"), Where::Below(value)),
        5 => (format!("(1 - step(({u} - {c})^2))"), Where::At(value)),
        6 => (format!("(1 - sign({u} - {c})^2)"), Where::At(value)),
        7 => (format!("(1 - step(abs({u} - {c})))"), Where::At(value)),
        8 => (format!("sin({} π {u})^2", 1u64 << (2 * power)), Where::Nearly),
        9 => (format!("sin(10^{power} π {u})^2"), Where::Nearly),
        10 => (format!("exp(-10^{power} ({u} - {c})^2)"), Where::Nearly),
        _ => (format!("({u} - {c})^2/(1 + 10^{power} ({u} - {c})^4)"), Where::Nearly),
    }
}

/// A statement by its choices.
pub fn adversary(choices: &mut impl Choices) -> Adversary {
    match choices.below(10) {
        0 => atom(choices),
        1 => whole_numbers(choices),
        2 => divergent(choices),
        3 => pinned(choices),
        _ => masked(choices),
    }
}

/// A true equation with something more on one side; beside a large number, if so chosen.
fn with(choices: &mut impl Choices, [left, right]: [&str; 2], summand: &str) -> String {
    let factor = one_of(choices, &["", "-", "10^7 ", "1/10^12 ", "-1/10^12 "]);
    let beside = one_of(choices, &["", "", "10^7 + ", "10^12 + "]);
    let sign = if factor.starts_with('-') { "-" } else { "+" };
    let more = format!(" {sign} {}{summand}", factor.trim_start_matches('-'));
    let more = if choices.below(2) == 0 { [more.as_str(), ""] } else { ["", more.as_str()] };
    format!("{beside}{left}{} = {beside}{right}{}", more[0], more[1])
}

fn masked(choices: &mut impl Choices) -> Adversary {
    let subject = one_of(choices, &["a", "a", "a", "f(0)"]);
    let supposed = (choices.below(4) > 0).then(|| {
        let relation = one_of(choices, &["=", "≠", "<", "≤", ">", "≥"]);
        let (text, bound) = one_of(choices, NUMBERS);
        (text, Supposed { subject, relation, bound })
    });
    let (mut mask, mut place) = mask(choices, subject);
    let known = supposed.as_ref().map(|(_, supposed)| supposed);
    if meets(&place, known).is_none() {
        (mask, place) = (format!("relu({subject} - 1)"), Where::Above(1.0));
    }
    let truth = if meets(&place, known) == Some(true) { Truth::False } else { Truth::True };
    let equation = one_of(choices, TRUE);
    let text = with(choices, equation, &mask);
    let given = supposed.map(|(text, s)| format!(" given {subject} {} {text}", s.relation)).unwrap_or_default();
    Adversary { text: text + &given, truth, supposed: supposed.map(|(_, supposed)| supposed) }
}

/// The mass of a law at a point.
fn atom(choices: &mut impl Choices) -> Adversary {
    let (law, masses) = one_of(
        choices,
        &[
            ("Poisson(λ)", "0 1 2 3"),
            ("Geometric(p)", "0 1 2 3"),
            ("Bernoulli(p)", "0 1"),
            ("Binomial(3,p)", "0 1 2 3"),
            ("Rademacher", "-1 1"),
            ("N(0,1)", ""),
            ("Exp(r)", ""),
            ("U(0,1)", ""),
        ],
    );
    let k = one_of(choices, &["-1", "0", "1", "2", "3", "1/2"]);
    let body =
        one_of(choices, &["(1 - sign(x - (K))^2)", "(1 - step((x - (K))^2))", "(1 - step(x - (K)) - step((K) - x))"]);
    let truth = if masses.split(' ').any(|mass| mass == k) { Truth::False } else { Truth::True };
    let equation = one_of(choices, TRUE);
    let text = with(choices, equation, &format!("E_{{y ~ {law}}}[{}]", body.replace('K', k).replace('x', "y")));
    Adversary { text, truth, supposed: None }
}

/// A product that vanishes at the first whole numbers.
fn whole_numbers(choices: &mut impl Choices) -> Adversary {
    let last = 2 + choices.below(20);
    let product: String = (1..=last).map(|k| format!("(n - {k})")).collect();
    let text = with(choices, ["E_{x ~ Binomial(n,p)}[x]", "n p"], &product);
    let fixed = 1 + choices.below(2 * last);
    match choices.below(2) {
        0 => Adversary { text, truth: Truth::False, supposed: None },
        _ => {
            let truth = if fixed <= last { Truth::True } else { Truth::False };
            Adversary { text: format!("{text} given n = {fixed}"), truth, supposed: None }
        }
    }
}

/// A mean of a difference of which neither part has a mean, or an iterated one that does not exist jointly.
fn divergent(choices: &mut impl Choices) -> Adversary {
    let (r, b) = (1 + choices.below(3), 1 + choices.below(3));
    let frullani = format!("E_{{x ~ Exp({r})}}[(1 - exp(-{b} x))/x]");
    let iterated = "E_{x ~ U(0,1)}[E_{z ~ U(0,1)}[(x - z)/(x + z)^3]]";
    let (left, right, truth) = match choices.below(7) {
        0 => (frullani, format!("{r} ln(1 + {b}/{r})"), Truth::True),
        1 => (frullani, "0".into(), Truth::False),
        2 => (format!("E_{{x ~ N(0,1)}}[exp(x^2/2) (f(x + {r}) - f(x))]"), "0".into(), Truth::False),
        3 => ("E_{x ~ Cauchy(0,1)}[f(x) Cauchy(x | 0, 2)/Cauchy(x | 0, 1) - f(2 x)]".into(), "0".into(), Truth::False),
        4 => (format!("E_{{x ~ Exp({r})}}[exp({r} x) f'(x)]"), "-f(0)".into(), Truth::False),
        5 => (iterated.into(), "1/2".into(), Truth::True),
        _ => (iterated.into(), "0".into(), Truth::False),
    };
    let beside = one_of(choices, &["", "10^7 + "]);
    Adversary { text: format!("{beside}{left} = {beside}{right}"), truth, supposed: None }
}

/// A derivative at the kink, which does not exist.
fn pinned(choices: &mut impl Choices) -> Adversary {
    let kinked = one_of(
        choices,
        &["max(θ, stopgrad(θ))", "relu(θ - stopgrad(θ))", "abs(θ - stopgrad(θ))", "min(stopgrad(θ), θ)"],
    );
    let value = one_of(choices, &["0", "1", "1/2", "-1"]);
    let beside = one_of(choices, &["", "θ + ", "10^7 + "]);
    Adversary { text: format!("{beside}D_θ[{kinked}] = {beside}{value}"), truth: Truth::Void, supposed: None }
}
