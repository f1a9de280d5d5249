//! Rules of the library as propositions: one for each condition, and one that says that the equation holds under them.

use crate::names::{Kind, Names};
use crate::theorems::theorem;
use crate::write::{Gap, Writer, identifier};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use stein_kernel::instance::Substitution;
use stein_kernel::library::{Condition, Library, Rule};
use stein_kernel::term::{Name, Op, Table, Term};

/// What a rule is over, in the order in which its definitions take them.
#[derive(Clone, Debug, Default)]
pub struct Signature {
    /// Letters that the equation speaks of.
    pub letters: Vec<Name>,
    /// Unknown functions, with their numbers of arguments.
    pub functions: BTreeMap<Name, usize>,
    /// Unspecified laws, likewise.
    pub laws: BTreeMap<Name, usize>,
    /// Letters that only conditions speak of: these ask for every number.
    pub every: Vec<Name>,
}

/// A rule as it is written.
#[derive(Clone, Debug)]
pub struct Written {
    /// What it is over.
    pub signature: Signature,
    /// The definitions, each a sentence of Coq.
    pub text: String,
    /// How many conditions there are; the last one is that the means that the rule displays exist.
    pub conditions: usize,
    /// Those of them that say that parameters of laws lie in their domains.
    pub domains: Range<usize>,
    /// Conditions in words.
    pub words: Vec<String>,
}

/// The names that a rule's terms hold.
fn signature(table: &Table, rule: &Rule) -> Signature {
    let mut signature = Signature::default();
    let (mut letters, mut all) = (BTreeSet::new(), BTreeSet::new());
    let mut look = |term: Term, letters: &mut BTreeSet<Name>| {
        table.visit(term, &mut |_, args, op| match op {
            Op::Free(name) => drop(letters.insert(name.clone())),
            Op::App(name, _) => drop(signature.functions.insert(name.clone(), args.len())),
            Op::AnyLaw(name) => drop(signature.laws.insert(name.clone(), args.len())),
            _ => {}
        });
    };
    [rule.left, rule.right].into_iter().for_each(|side| look(side, &mut letters));
    rule.conditions.iter().flat_map(Condition::terms).for_each(|term| look(term, &mut all));
    signature.every = all.difference(&letters).cloned().collect();
    signature.letters = letters.into_iter().collect();
    signature
}

/// The definitions of a rule.
pub fn written(
    library: &Library,
    name: &str,
    laws: &mut BTreeSet<Name>,
    opaque: &mut BTreeMap<Name, usize>,
) -> Result<Written, Gap> {
    let rule = library.rules.get(name).ok_or_else(|| Gap::Word(format!("the rule `{name}`")))?;
    let signature = signature(&library.table, rule);
    let mut names = Names::default();
    let mut parameters = vec![];
    for letter in signature.letters.iter().chain(&signature.every) {
        let own = names.of(letter, Kind::Letter);
        if !signature.every.contains(letter) {
            parameters.push(format!("({own} : R)"));
        }
    }
    for (function, arity) in &signature.functions {
        parameters.push(format!("({} : {}R)", names.of(function, Kind::Function(*arity)), "R -> ".repeat(*arity)));
    }
    for (law, arity) in &signature.laws {
        parameters.push(format!("({} : {}law)", names.of(law, Kind::Law(*arity)), "R -> ".repeat(*arity)));
    }
    let every: Vec<String> = signature.every.iter().map(|letter| names.of(letter, Kind::Letter)).collect();
    let mut writer = Writer { table: &library.table, library, names: &mut names, laws, opaque };
    let (identifier, parameters) = (identifier("rule", name), parameters.join(" "));
    let (mut text, mut uses) = (String::new(), vec![]);
    let mut conditions: Vec<(String, String)> = vec![];
    for condition in &rule.conditions {
        let mut said = proposition(&mut writer, rule, condition)?;
        if !every.is_empty() {
            said.0 = format!("forall {} : R, {}", every.join(" "), said.0);
        }
        conditions.push(said);
    }
    let (mut domains, mut continuous) = (BTreeSet::new(), BTreeSet::new());
    for side in [rule.left, rule.right] {
        sense(&mut writer, side, &[], ("", ""), (&mut domains, &mut continuous))?;
    }
    domains.retain(|said| conditions.iter().all(|(known, _)| known != said));
    let own = conditions.len();
    let domains = domains.into_iter().map(|said| (said, "the parameters of a law lie in its domain".to_string()));
    conditions.extend(domains);
    let domains = own..conditions.len();
    let words = "the density that is differentiated is absolutely continuous".to_string();
    conditions.extend(continuous.into_iter().map(|said| (said, words.clone())));
    let mut words = vec![];
    let mut exist = vec![];
    for side in [rule.left, rule.right] {
        existence(&mut writer, side, &[], &mut exist)?;
    }
    let exist: Vec<String> = exist.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    let together = if exist.is_empty() { "True".into() } else { exist.join(" /\\\n    ") };
    conditions.push((together, "the means that it speaks of converge, those below a derivative near its point".into()));
    let arguments: Vec<&str> = parameters.split(['(', ')']).filter_map(|p| p.split_once(" : ")).map(|p| p.0).collect();
    for (number, (said, in_words)) in conditions.iter().enumerate() {
        let own = format!("{identifier}_{}", number + 1);
        text += &format!("Definition {own} {parameters} : Prop :=\n  {said}.\n");
        uses.push(format!("{own} {} ->\n  ", arguments.join(" ")));
        words.push(in_words.clone());
    }
    let (left, right) = (writer.number(rule.left, &[])?, writer.number(rule.right, &[])?);
    text += &format!("Definition {identifier} {parameters} : Prop :=\n  {}{left} =\n  {right}.\n", uses.concat());
    if let Some(tactic) = theorem(name) {
        let unfolded = (1..=conditions.len()).map(|n| format!(", {identifier}_{n}")).collect::<String>();
        text += &format!(
            "Lemma proved_{identifier} {parameters} : {identifier} {}.\nProof. unfold {identifier}{unfolded}. {tactic}. Qed.\n",
            arguments.join(" ")
        );
    }
    Ok(Written { signature, text, conditions: conditions.len(), domains, words })
}

/// The values of a substitution, as the definitions of a rule take them.
pub fn arguments(
    writer: &mut Writer,
    signature: &Signature,
    by: &Substitution,
    around: &[String],
) -> Result<Vec<String>, Gap> {
    let missing = |name: &Name| Gap::Word(format!("`{name}`, which has no value"));
    let mut all = vec![];
    for letter in &signature.letters {
        let value = *by.letters.get(letter).ok_or_else(|| missing(letter))?;
        all.push(writer.number(value, around)?);
    }
    for name in signature.functions.keys().chain(signature.laws.keys()) {
        let value = by.functions.get(name).or_else(|| by.laws.get(name)).ok_or_else(|| missing(name))?;
        let mut inner = around.to_vec();
        for _ in 0..value.arity {
            inner = writer.around(&inner);
        }
        let body = match by.functions.contains_key(name) {
            true => writer.number(value.body, &inner)?,
            false => writer.law(value.body, &inner)?,
        };
        let own = inner[around.len()..].join(" ");
        all.push(if value.arity == 0 { body } else { format!("(fun {own} => {body})") });
    }
    Ok(all)
}

/// A condition as a proposition, and in words.
fn proposition(writer: &mut Writer, rule: &Rule, condition: &Condition) -> Result<(String, String), Gap> {
    Ok(match condition {
        Condition::Positive(term) => said(writer, *term, "0 < ", "", "is positive")?,
        Condition::NonNegative(term) => said(writer, *term, "0 <= ", "", "is not negative")?,
        Condition::NonZero(term) => said(writer, *term, "", " <> 0", "is not 0")?,
        Condition::Zero(term) => said(writer, *term, "", " = 0", "is 0")?,
        Condition::Whole(term) => said(writer, *term, "whole ", "", "is a whole number")?,
        Condition::AbsolutelyContinuous(term) => {
            let text = below(writer, *term, &[], "absolutely_continuous")?;
            (text, "what is differentiated is absolutely continuous".into())
        }
        Condition::Continuous(term) => {
            (below(writer, *term, &[], "continuity_at")?, "the function is continuous".into())
        }
        Condition::FixedSupport(term) => {
            (below(writer, *term, &[], "fixed_support")?, "the support of the law does not move".into())
        }
        Condition::Covers(wide, narrow) => {
            let (wide, narrow) = (writer.law(*wide, &[])?, writer.law(*narrow, &[])?);
            (format!("covers {wide} {narrow}"), "the support of one law covers that of the other".into())
        }
        Condition::LawIs(law, continuous) => {
            let word = if *continuous { "has_density" } else { "has_masses" };
            let text = format!("{word} {}", writer.law(*law, &[])?);
            (text, format!("the law has {}", if *continuous { "a density" } else { "masses" }))
        }
        Condition::Vanishes(term) => {
            let args = writer.table.args(*term);
            let [law, body] = args else { return Err(Gap::Word("a condition on several samples".into())) };
            let (law, body) = (writer.law(*law, &[])?, writer.below(*body, &[])?);
            (format!("vanishes {law} {body}"), "the integrand vanishes at the ends of the support".into())
        }
        Condition::Exists(term) => exists_near(writer, rule, *term)?,
    })
}

fn said(writer: &mut Writer, term: Term, before: &str, after: &str, words: &str) -> Result<(String, String), Gap> {
    let text = writer.number(term, &[])?;
    Ok((format!("{before}{text}{after}"), format!("{text} {words}")))
}

/// Goes down through means to a derivative, and asks there: of its body and its point; of supports, of the law.
fn below(writer: &mut Writer, term: Term, around: &[String], word: &str) -> Result<String, Gap> {
    let table = writer.table;
    let args = table.args(term);
    match table.op(term) {
        Op::Mean => {
            let [law, rest @ .., body] = args else { return Err(Gap::Word("a mean".into())) };
            if !rest.is_empty() {
                return Err(Gap::Word("a condition on several samples".into()));
            }
            let law = writer.law(*law, around)?;
            let inner = writer.around(around);
            let name = inner.last().cloned().unwrap_or_default();
            Ok(format!("forall {name}, inside {law} {name} -> {}", below(writer, *body, &inner, word)?))
        }
        Op::Int | Op::Sum => {
            let (lo, hi) = (writer.end(args[0], around)?, writer.end(args[1], around)?);
            let inner = writer.around(around);
            let name = inner.last().cloned().unwrap_or_default();
            Ok(format!(
                "forall {name}, inside (density {lo} {hi} (fun _ => 1)) {name} -> {}",
                below(writer, args[2], &inner, word)?
            ))
        }
        Op::D(_) if word == "fixed_support" => {
            let inner = writer.around(around);
            let density = density_of(table, args[0]).ok_or_else(|| Gap::Word("a support".into()))?;
            let (law, point) = (writer.law(table.args(density)[0], &inner)?, writer.number(args[1], around)?);
            Ok(format!("fixed_support (fun {} => {law}) {point}", inner.last().cloned().unwrap_or_default()))
        }
        Op::D(_) => {
            let (body, point) = (writer.below(args[0], around)?, writer.number(args[1], around)?);
            Ok(format!("{word} {body} {point}"))
        }
        _ => Err(Gap::Word("a condition that is no derivative".into())),
    }
}

fn density_of(table: &Table, term: Term) -> Option<Term> {
    match table.op(term) {
        Op::Dens => Some(term),
        Op::Mean | Op::Int | Op::Sum | Op::D(_) => None,
        _ => table.args(term).iter().find_map(|arg| density_of(table, *arg)),
    }
}

/// Existence near the letters at which the rule differentiates; elsewhere, existence.
fn exists_near(writer: &mut Writer, rule: &Rule, term: Term) -> Result<(String, String), Gap> {
    let table = writer.table;
    let mut near = BTreeSet::new();
    for side in [rule.left, rule.right] {
        table.visit(side, &mut |_, args, op| {
            if let (Op::D(_), [_, point]) = (op, args)
                && let Op::Free(name) = table.op(*point)
            {
                near.insert(name.clone());
            }
        });
    }
    let words = "the mean on the right converges, locally uniformly".to_string();
    match (table.op(term), table.args(term), near.into_iter().collect::<Vec<_>>().as_slice()) {
        (Op::Mean, [law, body], [letter]) => {
            let letter = writer.names.of(letter, Kind::Letter);
            let law = writer.law(*law, &[])?;
            let body = writer.below(*body, &[])?;
            let mut all = vec![];
            existence(writer, term, &[], &mut all)?;
            let all = all.join(" /\\\n    ");
            let dominated = format!("dominated (fun {letter} => {law}) (fun {letter} => {body}) {letter}");
            Ok((format!("{dominated} /\\\n    locally {letter} (fun {letter} => {all})"), words))
        }
        // Without a derivative there is nothing to be near.
        (Op::Mean, _, []) => {
            let mut all = vec![];
            existence(writer, term, &[], &mut all)?;
            Ok((all.join(" /\\\n    "), words))
        }
        _ => Err(Gap::Word("existence near several letters".into())),
    }
}

/// What gives a term sense: the parameters of its laws lie in their domains, outside of which a density is a formula without a
/// meaning; and the densities that it differentiates are absolutely continuous.
fn sense(
    writer: &mut Writer,
    term: Term,
    around: &[String],
    (before, after): (&str, &str),
    (domains, continuous): (&mut BTreeSet<String>, &mut BTreeSet<String>),
) -> Result<(), Gap> {
    let table = writer.table;
    let args = table.args(term).to_vec();
    match table.op(term) {
        Op::Law(name) => {
            let law = writer.library.laws.get(name).ok_or_else(|| Gap::Word(format!("the law `{name}`")))?;
            let mut values = vec![];
            for arg in &args {
                values.push(writer.number(*arg, around)?);
            }
            for positive in law.positive.iter().chain(&law.domain) {
                let text = writer.number(*positive, &values)?;
                if text.parse::<u64>().is_ok_and(|number| number > 0) {
                    continue;
                }
                domains.insert(format!("{before}0 < {text}{after}"));
            }
            Ok(())
        }
        Op::Mean => {
            let (mut inner, mut before) = (around.to_vec(), before.to_string());
            for law in &args[..args.len() - 1] {
                sense(writer, *law, &inner, (&before, after), (domains, continuous))?;
                let text = writer.law(*law, &inner)?;
                inner = writer.around(&inner);
                let name = inner.last().cloned().unwrap_or_default();
                before += &format!("forall {name}, inside {text} {name} -> ");
            }
            sense(writer, args[args.len() - 1], &inner, (&before, after), (domains, continuous))
        }
        Op::D(_) => {
            let point = writer.number(args[1], around)?;
            let inner = writer.around(around);
            let name = inner.last().cloned().unwrap_or_default();
            if let Some(density) = density_of(table, args[0]).filter(|density| table.holds(*density, 0)) {
                let text = writer.number(density, &inner)?;
                continuous.insert(format!("{before}absolutely_continuous (fun {name} => {text}) {point}{after}"));
            }
            let (before, after) = (format!("{before}locally {point} (fun {name} => "), format!("){after}"));
            sense(writer, args[0], &inner, (&before, &after), (domains, continuous))
        }
        Op::Int | Op::Sum => {
            let inner = writer.around(around);
            let name = inner.last().cloned().unwrap_or_default();
            sense(writer, args[2], &inner, (&format!("{before}forall {name}, "), after), (domains, continuous))
        }
        _ => args.iter().try_for_each(|arg| sense(writer, *arg, around, (before, after), (domains, continuous))),
    }
}

/// That the means of a term converge; below a derivative, near its point.
pub fn existence(writer: &mut Writer, term: Term, around: &[String], found: &mut Vec<String>) -> Result<(), Gap> {
    let table = writer.table;
    let args = table.args(term).to_vec();
    match table.op(term) {
        Op::Mean => mean_exists(writer, &args, around, "", found),
        Op::Int | Op::Sum => {
            let hi = writer.end(args[1], around)?;
            let law = match table.op(term) {
                Op::Int => format!("(density {} {hi} (fun _ => 1))", writer.end(args[0], around)?),
                _ => format!("(masses {} {hi} (fun _ => 1))", writer.number(args[0], around)?),
            };
            let body = writer.below(args[2], around)?;
            found.push(format!("ex_E {law} {body}"));
            Ok(())
        }
        Op::D(_) => {
            existence(writer, args[1], around, found)?;
            let point = writer.number(args[1], around)?;
            let inner = writer.around(around);
            let name = inner.last().cloned().unwrap_or_default();
            let mut below = vec![];
            existence(writer, args[0], &inner, &mut below)?;
            found.extend(below.into_iter().map(|one| format!("locally {point} (fun {name} => {one})")));
            Ok(())
        }
        _ => args.iter().filter(|arg| table.is_value(**arg)).try_for_each(|arg| existence(writer, *arg, around, found)),
    }
}

fn mean_exists(
    writer: &mut Writer,
    args: &[Term],
    around: &[String],
    before: &str,
    found: &mut Vec<String>,
) -> Result<(), Gap> {
    let [law, rest @ ..] = args else { return Ok(()) };
    let law = writer.law(*law, around)?;
    let inner = writer.around(around);
    let name = inner.last().cloned().unwrap_or_default();
    let quantified = format!("{before}forall {name}, inside {law} {name} -> ");
    let body = match rest {
        [body] => {
            let mut inside = vec![];
            existence(writer, *body, &inner, &mut inside)?;
            found.extend(inside.into_iter().map(|one| format!("({quantified}{one})")));
            writer.number(*body, &inner)?
        }
        _ => {
            mean_exists(writer, rest, &inner, &quantified, found)?;
            writer.joint(rest, &inner)?
        }
    };
    let text = format!("{before}ex_E {law} (fun {name} => {body})");
    found.push(if before.is_empty() { text } else { format!("({text})") });
    Ok(())
}
