//! Each true statement of the collection in `tests/data/field`, with a mistake put in: what is false is refuted by the
//! numbers, and never derived.
//!
//! A change may leave a statement true. Such a mutant is recognised by numbers that the program's own answer does not
//! use: other functions, laws and parameters, and another seed. Most of them are derived as well; those that are not are
//! counted apart, and are few. So are mutants of which no side exists, such as a law whose width is 0.

use crate::common::{LIBRARY, hypotheses, problem};
use crate::mistaken::{KINDS, mistakes};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;
use stein::check::{Comparison, Finding, Instance, Options, compare, compare_at};
use stein::engine::{self, Limits, Outcome, prove};
use stein::proof::equal;
use stein::syntax::parse_expression;
use stein::term::{Domain, Elaborator, Identity, Op, Problem, Regularity, Symbol, Term, Var};

/// What statements are about.
#[derive(Clone, Copy, PartialEq)]
pub enum About {
    All,
    /// No samples of any number, no vectors, and nothing that is rewritten before it is proved.
    Numbers,
}

impl About {
    fn chosen(self, file: &str) -> bool {
        const OTHERS: [&str; 9] = [
            "arrays",
            "samples",
            "vectors",
            "matrices",
            "products",
            "trajectories",
            "endless",
            "sequences",
            "operators",
        ];
        self == About::All || !OTHERS.contains(&file)
    }
}

/// The true statements of the field.
pub fn truths(about: About) -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/field");
    let entries = std::fs::read_dir(&folder).expect("the collection").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e == "tsv")).collect();
    files.retain(|path| about.chosen(path.file_stem().and_then(|name| name.to_str()).unwrap_or("")));
    files.sort();
    let texts = files.iter().map(|path| std::fs::read_to_string(path).expect("a file"));
    let statement = |line: &str| Some(line.strip_prefix("proved\t")?.split('\t').next()?.to_string());
    texts.flat_map(|text| text.lines().filter_map(statement).collect::<Vec<_>>()).collect()
}

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq)]
enum Fate {
    Refuted,
    /// Derived, and confirmed by other numbers.
    True,
    /// Confirmed by other numbers alone.
    Confirmed,
    /// Neither side has a value at any instance: law parameters out of their domain, or means that do not exist.
    Meaningless,
    Fault(String),
}

/// Time for a derivation of what is false: none should be found however long it takes.
const BRIEF: Duration = Duration::from_millis(15);

fn derived(problem: &Problem, [left, right]: &[Term; 2], time: Duration) -> bool {
    let limits = Limits { steps: engine::steps_in(time), ..Limits::default() };
    matches!(prove(&LIBRARY, left, right, &hypotheses(problem), &limits).0, Outcome::Proved(..))
}

fn numbers(problem: &Problem, [left, right]: &[Term; 2], samples: u64, seed: u64) -> Finding {
    let options = Options { samples, seed, ..Options::default() };
    compare(&LIBRARY.definitions, left, right, &problem.hypotheses, &options)
}

/// Whether a law has parameters outside of its domain, by the hypotheses: the statement speaks of nothing.
fn has_no_law(problem: &Problem, sides: &[Term; 2]) -> bool {
    let outside = |t: &Term| {
        LIBRARY.definitions.law(t).is_some_and(|(law, arguments)| {
            let demands = law.positive.iter().map(|demand| law.instantiate(demand, arguments, None));
            demands.into_iter().any(|demand| problem.hypotheses.imply_positive(&demand.opposite()))
        })
    };
    sides.iter().any(|side| side.any(&outside))
}

fn fate(problem: &Problem, sides: &[Term; 2]) -> Fate {
    let mut finding = numbers(problem, sides, 1 << 14, 1);
    if !matches!(finding, Finding::Differ(_)) {
        finding = numbers(problem, sides, 1 << 19, 2);
    }
    match finding {
        Finding::Differ(witness) if derived(problem, sides, BRIEF) => {
            Fate::Fault(format!("derived, though the sides are {} and {}", witness.left, witness.right))
        }
        Finding::Differ(_) => Fate::Refuted,
        Finding::Agree(_) => match (confirmed(problem, sides), derived(problem, sides, Duration::from_secs(5))) {
            (Ok(()), true) => Fate::True,
            (Ok(()), false) => Fate::Confirmed,
            (Err(witness), derived) => Fate::Fault(format!("derived: {derived}; not refuted, and false: {witness:?}")),
        },
        Finding::Undecided(_) if has_no_law(problem, sides) => Fate::Meaningless,
        Finding::Undecided(_) if derived(problem, sides, BRIEF) => Fate::Fault("derived without numbers".into()),
        Finding::Undecided(_) => Fate::Meaningless,
    }
}

/// Functions that the numbers of the program do not use.
const OTHERS: [&str; 3] = ["cos(0.9 u - 0.2) + u/5", "exp(-(u + 0.5)^2/3)", "sin(u)^2 + 0.3 u"];
const OTHERS_OF_TWO: &str = "cos(0.8 u + 0.5 v) + u v/7";

/// Laws that they do not use either, with a parameter `u` and without.
const LAW: &str = "E_{x ~ Logistic(u/2, 1.1)}[f(x)]";
const FIXED: &str = "E_{x ~ N(0.2, 7)}[f(x)]";

/// Compares the sides at instances of the test's own.
fn confirmed(problem: &Problem, [left, right]: &[Term; 2]) -> Result<(), Box<Comparison>> {
    let body = |text: &str| {
        let tree = parse_expression(text).expect("a function");
        Elaborator::new(&LIBRARY.definitions).expr(&tree).expect("a function")
    };
    for round in 0..3usize {
        let mut instance = Instance::default();
        let mut functions: BTreeMap<Symbol, usize> = BTreeMap::new();
        for side in [left, right] {
            side.visit(&mut |t| match t.op() {
                Op::Apply(name, orders) => drop(functions.insert(name.clone(), orders.len())),
                Op::UnknownLaw(name) => {
                    let (text, count) = if t.args().is_empty() { (FIXED, 0) } else { (LAW, 1) };
                    let variables = ["u"].iter().take(count).map(|u| Var::free(u, Domain::Real)).collect();
                    instance.laws.insert(name.clone(), (variables, body(text).args()[0].clone(), text.into()));
                }
                _ => {}
            });
            for var in side.free() {
                let Identity::Free(name) = &var.identity else { continue };
                let share = 0.13 * ((3 * round + name.len() + name.bytes().map(usize::from).sum::<usize>()) % 5) as f64;
                let value = match var.domain {
                    Domain::Natural | Domain::Counting => 2.0 + round as f64,
                    Domain::Unit => 0.22 + share,
                    _ => 0.61 + share,
                };
                instance.parameters.insert(name.clone(), value);
            }
        }
        for (index, (name, arity)) in functions.into_iter().enumerate() {
            let granted = problem.hypotheses.classes.get(&name).is_some_and(|class| *class <= Regularity::Jump);
            let text = match arity {
                1 if granted => "step(u - 0.2) cos(u)",
                1 => OTHERS[(round + index) % OTHERS.len()],
                _ => OTHERS_OF_TWO,
            };
            let variables = ["u", "v"].iter().take(arity).map(|name| Var::free(name, Domain::Real)).collect();
            instance.functions.insert(name, (variables, body(text), text.into()));
        }
        if let Finding::Differ(witness) =
            compare_at(&LIBRARY.definitions, left, right, &instance, &Options { seed: 77, ..Options::default() })
        {
            return Err(Box::new(witness));
        }
    }
    Ok(())
}

/// Every mutant of a statement, or a few of each kind, that depend on the statement alone.
pub fn mutants(index: usize, problem: &Problem, most: usize) -> Vec<(&'static str, Problem, [Term; 2])> {
    let mut result = Vec::new();
    for link in problem.members.windows(2) {
        let sides = [link[0].clone(), link[1].clone()];
        for kind in KINDS {
            let all = mistakes(kind, &sides);
            let step = all.len().div_ceil(most).max(1);
            let chosen = all.into_iter().skip(index % step).step_by(step);
            let definitions = &LIBRARY.definitions;
            let is_new = |mutant: &[Term; 2]| {
                !(equal(definitions, &mutant[0], &sides[0]) && equal(definitions, &mutant[1], &sides[1]))
            };
            result.extend(chosen.filter(is_new).map(|mutant| (kind, problem.clone(), mutant)));
        }
        // The condition that functions are smooth, dropped: what holds for smooth ones only is refuted.
        for class in [Regularity::Lipschitz, Regularity::Jump] {
            let mut weaker = problem.clone();
            // What has a derivative by a mark is meant to have one.
            let mut marked: Vec<Symbol> = Vec::new();
            let mut functions: Vec<Symbol> = Vec::new();
            link.iter().for_each(|side| {
                side.visit(&mut |t| {
                    if let Op::Apply(name, orders) = t.op() {
                        let list = if orders.iter().any(|order| *order > 0) { &mut marked } else { &mut functions };
                        list.push(name.clone());
                    }
                });
            });
            for name in functions.into_iter().filter(|name| !marked.contains(name)) {
                weaker.hypotheses.classes.insert(name, class);
            }
            if weaker.hypotheses.classes != problem.hypotheses.classes {
                result.push(("dropped condition", weaker, sides.clone()));
            }
        }
    }
    result
}

/// Judges mutants of all statements, so many of each kind and in all; how many there were of each fate.
fn judge(most: usize, in_all: usize) -> BTreeMap<&'static str, usize> {
    let truths = truths(About::Numbers);
    let mut all: Vec<(&str, Problem, &str, [Term; 2])> = truths
        .iter()
        .enumerate()
        .flat_map(|(index, text)| {
            let problem = problem(text);
            mutants(index, &problem, most)
                .into_iter()
                .map(move |(kind, problem, sides)| (text.as_str(), problem, kind, sides))
        })
        .collect();
    let step = all.len().div_ceil(in_all).max(1);
    all = all.into_iter().step_by(step).collect();
    let fates: Vec<Fate> = all.par_iter().map(|(_, problem, _, sides)| fate(problem, sides)).collect();
    let mut count = BTreeMap::new();
    let mut faults = Vec::new();
    for ((text, _, kind, [left, right]), fate) in all.iter().zip(&fates) {
        let name = match fate {
            Fate::Refuted => "refuted",
            Fate::True => "true",
            Fate::Confirmed => "true, not derived",
            Fate::Meaningless => "meaningless",
            Fate::Fault(why) => {
                faults.push(format!("{kind} in {text}\n    {left:?}\n  = {right:?}\n    {why}"));
                "faults"
            }
        };
        if matches!(fate, Fate::Confirmed | Fate::Meaningless) {
            println!("{name}: {kind} in {text}\n    {left:?} = {right:?}");
        }
        *count.entry(name).or_default() += 1;
    }
    println!("{} statements, {} mutants: {count:?}", truths.len(), all.len());
    assert!(faults.is_empty(), "{}\n{}", faults.len(), faults.join("\n"));
    count
}

#[test]
fn mistakes_are_refuted_and_never_derived() {
    let count = judge(1, 1000);
    assert!(count["refuted"] >= 400, "{count:?}");
    let few = count.values().sum::<usize>() / 50;
    assert!(
        ["true, not derived", "meaningless"].iter().all(|fate| count.get(fate).is_none_or(|n| *n <= few)),
        "{count:?}"
    );
}

#[test]
#[ignore = "every mutant of every statement: minutes of work"]
fn all_mistakes_are_refuted_and_never_derived() {
    judge(usize::MAX, usize::MAX);
}
