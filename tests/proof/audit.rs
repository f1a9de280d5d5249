//! The audit of everything that comes with the program, and of rules, laws and functions that are wrong on purpose.

use crate::common::LIBRARY;
use rayon::prelude::*;
use stein::audit::{Depth, Item, Outcome, Report, audit, items};
use stein::proof::equal;
use stein::rule::{Condition, Library, Rule};
use stein::term::{Term, Var, substitute};

/// Comparisons that have to have been made of each item.
const ENOUGH: usize = 2;

#[test]
fn everything_holds_in_numbers_and_its_listed_mistakes_do_not() {
    let all = items(&LIBRARY, &Library::default());
    let reports: Vec<Report> = all.par_iter().map(|item| audit(&LIBRARY, *item, Depth::Full)).collect();
    let bad: Vec<_> = reports
        .iter()
        .filter(|report| report.is_wrong() || !matches!(report.outcome, Outcome::Holds(n) if n >= ENOUGH))
        .collect();
    assert!(bad.is_empty(), "{bad:#?}");
    assert!(reports.len() >= 85, "{} items", reports.len());
    assert!(reports.iter().map(|report| report.caught.len()).sum::<usize>() >= 30);
    // What a condition of smoothness, or of what happens at the ends, is for can be seen.
    let mut idle = Vec::new();
    for report in &reports {
        for dropped in report.dropped.iter().filter(|dropped| dropped.fails.is_none()) {
            let condition = LIBRARY.rule(&report.name).map(|rule| &rule.conditions[dropped.condition]);
            let is_seen = matches!(condition, Some(Condition::Vanishes(_) | Condition::FixedSupport(_)))
                || matches!(condition, Some(Condition::AbsolutelyContinuous(_)) if dropped.condition < 2);
            // What `score-exchange` says of any factor, this says of the factor 1: the condition is seen there.
            if is_seen && &*report.name != "score-mean" {
                idle.push((&report.name, condition));
            }
        }
    }
    assert!(idle.is_empty(), "{idle:#?}");
}

/// The rule with its right side changed: twice as large, of the other sign, or with one letter doubled.
fn mutants(rule: &Rule) -> Vec<Rule> {
    let twice = |term: Term| Term::mul(vec![Term::integer(2), term]);
    let mut rights = vec![twice(rule.right.clone()), Term::mul(vec![Term::integer(-1), rule.right.clone()])];
    let letters: Vec<&Var> = rule.right.free().iter().filter(|v| v.name().is_some()).collect();
    rights.extend(letters.iter().map(|letter| substitute(&rule.right, letter, &twice(Term::var((*letter).clone())))));
    // `step(2 u)` is `step(u)`: that is no mutant.
    let changed = rights.into_iter().filter(|right| !equal(&LIBRARY.definitions, right, &rule.right));
    changed.map(|right| Rule { right, ..rule.clone() }).collect()
}

#[test]
fn mutants_of_rules_are_caught() {
    let all: Vec<Rule> = LIBRARY.rules.iter().flat_map(mutants).collect();
    let missed: Vec<_> = all
        .par_iter()
        .filter(|mutant| {
            let report = audit(&LIBRARY, Item::Rule(mutant), Depth::Quick);
            // A correlation of more than 1 is a mistake without numbers.
            !report.is_wrong() && !matches!(report.outcome, Outcome::Untried(_))
        })
        .map(|mutant| (mutant.name.clone(), format!("{:?}", mutant.right)))
        .collect();
    println!("{} of {} mutants caught", all.len() - missed.len(), all.len());
    assert!(missed.is_empty(), "{missed:#?}");
}

/// What the audit says of the items of a text.
fn reports(text: &str) -> Vec<Report> {
    let mut library = LIBRARY.clone();
    library.add("mine.rules", text).unwrap_or_else(|error| panic!("{error}: {text}"));
    items(&library, &LIBRARY).into_iter().map(|item| audit(&library, item, Depth::Full)).collect()
}

/// What is wrong with the first item of a text: a law comes before the rules that it states.
fn fault(text: &str) -> String {
    match reports(text).as_slice() {
        [Report { outcome: Outcome::Wrong(counterexample), .. }, ..] => counterexample.of.clone(),
        other => panic!("not wrong: {text}: {other:?}"),
    }
}

#[test]
fn what_is_wrong_with_a_law_is_named() {
    let law = |lines: &str| fault(&format!("law Mine(r)\n  domain r > 0\n  support (0, oo)\n{lines}"));
    let density = "  log density ln(r) - r x\n";
    assert!(law("  log density ln(2 r) - r x\n").starts_with("the mass of the density"));
    assert!(law(&format!("{density}  mean r\n")).starts_with("the mean"));
    assert!(law(&format!("{density}  mean 1/r\n  variance 1/r\n")).starts_with("the variance"));
    assert!(law(&format!("{density}  cdf 1 - exp(-2 r x)\n")).starts_with("the mass below"));
    // A wrong quantile makes wrong draws.
    let quantile = law(&format!("{density}  quantile -ln(1 - u)\n"));
    assert!(quantile.contains("draws") || quantile.contains("quantile"), "{quantile}");
    let mass = fault("law Two(p)\n  domain 0 < p\n  domain p < 1\n  support {0, 1}\n  density 1/2 + p x\n");
    assert!(mass.starts_with("the mass of the density"), "{mass}");
}

#[test]
fn what_is_wrong_with_a_function_is_named() {
    let bend = "  above zero 2 u\n  below zero u\n  value bend(0) = 0\n";
    assert!(fault("function cube(u)\n  formula u^3\n  derivative 2 u^2\n").starts_with("the slope"));
    assert!(fault("function cube(u)\n  formula u^3\n  derivative 3 u^2\n  parity even\n").contains("parity"));
    assert!(fault(&format!("function bend(u)\n  derivative 2 + step(u)\n{bend}")).contains("slope"));
    // Far from 0 the same is asked.
    let far = "function far(u)\n  formula relu(u - 777)\n  derivative 0\n";
    assert!(fault(far).contains("slope"), "{far}");
    assert!(fault("function half(u)\n  formula u/2\n  derivative 1/2\n  value half(2) = 2\n").contains("value"));
}

#[test]
fn sound_rules_laws_and_functions_of_ones_own_hold() {
    let text = "\
function cube(u)
  formula u^3
  derivative 3 u^2
  parity odd
  says \"The cube.\"

law Rayleigh(s)
  domain s > 0
  support (0, oo)
  log density ln(x) - 2 ln(s) - x^2/(2 s^2)
  cdf 1 - exp(-x^2/(2 s^2))
  quantile s sqrt(-2 ln(1 - u))
  mean s sqrt(π/2)
  variance (2 - π/2) s^2
  standard s x ~ Rayleigh(s) for x ~ Rayleigh(1)
  standard when s > 0
  says \"The length of a Gaussian vector in the plane.\"

rule Rayleigh.parts
  E_{x ~ Rayleigh(s)}[D_x[g(x)] + g(x)/x] = E_{x ~ Rayleigh(s)}[x g(x)]/s^2
  when s > 0
  when g(x) is absolutely continuous in x
  wrong E_{x ~ Rayleigh(s)}[D_x[g(x)] + g(x)/x] = E_{x ~ Rayleigh(s)}[x g(x)]/s
";
    let reports = reports(text);
    // The three items, and the rules that the law states: its standard form, two moments, its distribution function and
    // its quantile, twice.
    assert_eq!(reports.len(), 9);
    assert!(reports.iter().all(|r| !r.is_wrong() && matches!(r.outcome, Outcome::Holds(n) if n >= 4)), "{reports:#?}");
}

#[test]
fn a_true_equation_listed_as_wrong_is_a_fault() {
    let text = "rule same\n  E_{x ~ N(0, v)}[g(x)] = E_{x ~ N(0, v)}[g(-x)]\n  when v > 0\n";
    let wrong = "  wrong E_{x ~ N(0, v)}[g(-x)] = E_{x ~ N(0, v)}[g(x)]\n";
    assert!(!reports(text)[0].is_wrong() && reports(&format!("{text}{wrong}"))[0].is_wrong());
}

#[test]
fn what_is_wrong_far_away_is_wrong() {
    let rule = |text: &str| {
        let text = format!("rule mine\n  {text}\n  when r > 0\n  says \"x\"\n");
        assert!(fault(&text).contains("the two sides"), "{text}");
    };
    rule("E_{x ~ Exp(r)}[x] = 1/r + relu(r - 60)");
    rule("r = r + 1/10^15");
    rule("E_{x ~ N(0, r)}[step(g(x)^2)] = 1");
    let peak = "law Peak(m)\n  support (-oo, oo)\n  log density -(x - m)^2/2 - ln(2 π)/2\n  mean m + relu(m - 35)\n";
    assert!(reports(peak).iter().any(Report::is_wrong), "{peak}");
    let one_side = "law OneSide(a)\n  domain a > 0\n  support (-oo, oo)\n  log density ln(2 a step(x)) - a x - ln(2)\n";
    assert!(fault(one_side).contains("density at"), "{one_side}");
}
