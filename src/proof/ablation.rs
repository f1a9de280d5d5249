//! Each check of the kernel is needed: for each there is a false step, or a condition that fails, that nothing else
//! refuses. With the check overlooked it is accepted, without it is not, so no check can be lost unnoticed.

use super::refusal::overlooked;
use super::{Hypotheses, Kernel, Proof, Reason, Step};
use crate::rule::{Condition, Library, Substitution, instantiate};
use crate::term::{Domain, Op, Regularity, Symbol, Term, Var};
use std::sync::LazyLock;

static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::built_in().expect("the built-in files load"));

/// A number that substitution uses while it is under way.
const RESERVED: u32 = 1 << 26;

fn bound(number: u32) -> Term {
    Term::var(Var::bound(number, Domain::Real))
}

fn free(name: &str) -> Term {
    Term::var(Var::free(name, Domain::Real))
}

fn law(name: &str, args: Vec<Term>) -> Term {
    Term::new(Op::Law(name.into()), args)
}

fn normal() -> Term {
    law("N", vec![Term::zero(), Term::one()])
}

fn f(args: Vec<Term>) -> Term {
    Term::new(Op::Apply("f".into(), vec![0; args.len()]), args)
}

fn stopped(term: Term) -> Term {
    Term::new(Op::StopGrad, vec![term])
}

/// `E_{x ~ N(0,1)}[f(x)]` with a bound number of one's choice.
fn mean(number: u32) -> Term {
    Term::new(Op::Expect(Var::bound(number, Domain::Real)), vec![normal(), f(vec![bound(number)])])
}

fn slot(index: usize) -> Term {
    Term::var(Substitution::parameter(index))
}

fn arithmetic(before: &Term, after: &Term) -> Step {
    Step { reason: Reason::Arithmetic, place: vec![], before: before.clone(), after: after.clone() }
}

fn proof(left: &Term, right: &Term, steps: Vec<Step>) -> Proof {
    Proof { left: left.clone(), right: right.clone(), steps }
}

fn substitution(letters: &[(&str, Term)], functions: &[(&str, usize, Term)]) -> Substitution {
    let mut result = Substitution::default();
    result.letters.extend(letters.iter().map(|(name, value)| (Symbol::from(*name), value.clone())));
    for (name, arity, value) in functions {
        let parameters = (0..*arity).map(Substitution::parameter).collect();
        result.functions.insert(Symbol::from(*name), (parameters, value.clone()));
    }
    result
}

/// One step: a rule at an instance, whether or not it may be used there.
fn instance(name: &str, substitution: Substitution) -> Proof {
    let rule = LIBRARY.rule(name).unwrap_or_else(|| panic!("there is no rule {name}"));
    let [left, right] = [&rule.left, &rule.right].map(|side| instantiate(&LIBRARY.definitions, side, &substitution));
    let reason = Reason::Rule { name: rule.name.clone(), forward: true, substitution };
    let step = Step { reason, place: vec![], before: left.clone(), after: right.clone() };
    Proof { left, right, steps: vec![step] }
}

fn granted(class: Regularity) -> Hypotheses {
    Hypotheses { classes: [("f".into(), class)].into(), ..Hypotheses::default() }
}

/// Proofs that are none, each with the words of the only check that says so.
fn forgeries() -> Vec<(&'static str, Proof, Hypotheses)> {
    let (zero, one) = (Term::zero(), Term::one());
    let none = Hypotheses::default;
    let relu = || instance("relu", substitution(&[("u", free("t"))], &[]));
    let shifted = f(vec![Term::add(vec![slot(0), slot(1)])]);
    let interchange = |letters: &[(&str, Term)], body: Term, law: Term| {
        let letters = [&[("θ", free("t"))], letters].concat();
        instance("interchange", substitution(&letters, &[("g", 2, body), ("P", 0, law)]))
    };
    let mut elsewhere = relu();
    elsewhere.left = one.clone();
    elsewhere.steps[0].before = one.clone();
    let mut otherwise = relu();
    otherwise.right = one.clone();
    otherwise.steps[0].after = one.clone();
    let held = stopped(law("U", vec![Term::zero(), free("t")]));
    vec![
        ("of the statement has a reserved number", proof(&mean(RESERVED), &mean(1), vec![]), none()),
        (
            "of the step has a reserved number",
            proof(&mean(1), &mean(1), vec![arithmetic(&mean(RESERVED), &mean(RESERVED))]),
            none(),
        ),
        ("does not begin where", proof(&zero, &one, vec![arithmetic(&one, &one)]), none()),
        ("does not end at", proof(&zero, &one, vec![]), none()),
        ("more than arithmetic", proof(&zero, &one, vec![arithmetic(&zero, &one)]), none()),
        ("is no instance of", elsewhere, none()),
        ("gives something else", otherwise, none()),
        // A function whose value is the sample, under the number that it will get, and whose derivative is 0.
        (
            "of the substitution has a reserved number",
            instance(
                "N.recursion",
                substitution(&[("m", zero.clone()), ("v", one.clone())], &[("g", 1, bound(RESERVED))]),
            ),
            none(),
        ),
        (
            "does not hold for stopped terms",
            instance(
                "N.change-of-variables",
                substitution(&[("m", free("t")), ("s", one.clone())], &[("g", 1, f(vec![stopped(slot(0))]))]),
            ),
            none(),
        ),
        (
            "does not hold for stopped laws",
            instance("expectation-as-integral", substitution(&[], &[("g", 1, f(vec![slot(0)])), ("P", 0, held)])),
            none(),
        ),
        ("the granted class does not give", interchange(&[], shifted, normal()), granted(Regularity::Jump)),
    ]
}

/// Conditions that fail, in the language of the rule files, each with the words of the only check that says so.
const FAILING: &[(&str, &str)] = &[
    ("is not known to be positive", "t > 0"),
    ("is not known to differ from 0", "t != 0"),
    ("is no whole number", "1/2 is a whole number"),
    ("is not known to be a whole number", "t is a whole number"),
    ("the law is not known to be", "Poisson(2) is continuous"),
    ("the law is not known to be", "N(0, 1) is discrete"),
    ("has a pole or a root", "1/t is absolutely continuous in t"),
    ("has a pole or a root", "(t^2)^(1/2) is absolutely continuous in t"),
    ("has a singularity", "ln(t) is absolutely continuous in t"),
    ("is not smooth enough", "step(t) is absolutely continuous in t"),
    ("is not smooth enough", "D_t[abs(t)] is absolutely continuous in t"),
    ("is not smooth enough", "sign(t) is continuous in t"),
    ("is a density whose support may be left", "Exp(s + t | 1) is absolutely continuous in t"),
    ("is a density of an unspecified law", "P(s + t) is absolutely continuous in t"),
    ("is not known to be smooth", "int(f(x), x, 0, t) is absolutely continuous in t"),
    ("the support of the law moves", "the support of U(0, t) is free of t"),
    ("the ends of the support are not known", "f(x) vanishes at the ends of P in x"),
    ("the law has no density on an interval", "f(x) vanishes at the ends of Poisson(2) in x"),
    ("a boundary term does not vanish", "exp(-x) vanishes at the ends of Exp(1) in x"),
    ("a boundary term does not vanish", "exp(x) vanishes at the ends of Beta(1, 2) in x"),
    ("one support is not known to hold the other", "the support of Exp(1) covers that of N(0, 1)"),
    ("one support is not known to hold the other", "the support of Binomial(3, 1/2) covers that of Poisson(2)"),
    ("the supports are not known", "the support of N(0, 1) covers that of P"),
    ("is not known to be 0 or above", "t >= 0"),
    ("is not known to be 0", "t = 0"),
];

/// Refusals of what the loader and the search cannot make, or of a machine without memory.
const UNREACHABLE: &[&str] = &[
    // Conditions of smoothness bind the samples of their rule, so that none of them can be given a value as a letter.
    "is no letter of",
    "is no function that is known",
    "is no density that is known",
    "the law is not known",
    "is no derivative",
    "it says nothing",
    "no memory",
    // No forgery has been made of these yet.
    "is no side of the hypothesis",
    "the hypothesis gives something else",
    "the hypothesis",
    "there is no hypothesis",
    "the rule is gone",
];

fn condition(text: &str) -> Condition {
    let mut library = LIBRARY.clone();
    let rule = format!("rule probe\n  E_{{x ~ P}}[f(x)] = E_{{x ~ P}}[f(x)]\n  when {text}\n");
    library.add("probe.rules", &rule).unwrap_or_else(|error| panic!("{error}: {text}"));
    library.rule("probe").expect("the rule").conditions[0].clone()
}

/// Whether a rule may be used under a condition.
fn is_met(condition: &Condition) -> bool {
    let kernel = Kernel::new(&LIBRARY);
    kernel.conditions(std::slice::from_ref(condition), &Substitution::default(), &Hypotheses::default()).is_ok()
}

#[test]
fn each_check_of_a_step_is_needed() {
    let kernel = Kernel::new(&LIBRARY);
    for (words, forged, given) in forgeries() {
        let refused = kernel.check(&forged, &given).map(drop).map_err(|rejection| rejection.to_string());
        assert!(refused.as_ref().is_err_and(|why| why.contains(words)), "{words}: {refused:?}");
        let overlooked = overlooked::with(words, || kernel.check(&forged, &given).map(drop));
        assert!(overlooked.is_ok(), "another check refuses what is there for `{words}`: {overlooked:?}");
    }
}

#[test]
fn each_check_of_a_condition_is_needed() {
    for (words, text) in FAILING {
        let condition = condition(text);
        assert!(!is_met(&condition), "accepted: {text}");
        assert!(overlooked::with(words, || is_met(&condition)), "not refused by `{words}`, or not alone: {text}");
    }
}

/// Every refusal in the sources of the kernel is one of the above.
#[test]
fn no_check_is_left_out() {
    let sources = [include_str!("kernel.rs"), include_str!("condition.rs")];
    let known: Vec<&str> = forgeries().iter().map(|(words, ..)| *words).chain(FAILING.iter().map(|f| f.0)).collect();
    let mut count = 0;
    for line in sources.iter().flat_map(|source| source.lines()).filter(|line| !line.trim().starts_with("//")) {
        assert!(!line.contains("Err(\"") && !line.contains("Err(format!"), "refuse in words of its own: {line}");
        let Some(at) = ["refuse(", "refuse::<()>(", "fail(\"", "reject("].iter().find_map(|call| line.find(call))
        else {
            continue;
        };
        let Some(text) = line[at..].split('"').nth(1).filter(|text| *text != "{term:?} {why}") else { continue };
        count += 1;
        let is_known = |words: &&str| text.contains(*words);
        assert!(known.iter().any(is_known) || UNREACHABLE.iter().any(is_known), "no test for: {text}");
    }
    assert!(count >= 30, "{count} refusals found");
}
