//! A file: the theory, and a section for each proof.

use crate::names::Kind;
use crate::proof::Replay;
use crate::write::{Gap, identifier};
use std::collections::BTreeSet;
use stein_kernel::check::Proof;
use stein_kernel::library::{Class, Law, Library, Support};
use stein_kernel::term::{Name, Op};

/// A proof as a section of a file.
#[derive(Clone, Debug)]
pub struct Export {
    /// The section.
    pub text: String,
    /// What is assumed beyond what the statement grants, in words, each once.
    pub assumed: Vec<String>,
}

/// The theory that every file begins with.
const THEORY: [&str; 3] =
    [include_str!("../../../coq/Base.v"), include_str!("../../../coq/Steps.v"), include_str!("../../../coq/Rules.v")];

/// A whole file of exported proofs.
pub fn file(sections: &[String]) -> String {
    let imports = "From Coq Require Import Reals Lra Lia List FunctionalExtensionality.\nFrom Coquelicot Require Import Coquelicot.\nOpen Scope R_scope.\n";
    let own = |text: &str| {
        let kept = text.lines().filter(|line| !line.starts_with("From ") && !line.starts_with("Open Scope"));
        kept.map(|line| format!("{line}\n")).collect::<String>()
    };
    let theory: String = THEORY.iter().map(|text| own(text)).collect();
    format!(
        "{imports}\n(* The theory: what means, laws and the conditions of rules are. *)\n{theory}\n(* End of the theory. *)\n\n{}",
        sections.join("\n")
    )
}

/// A proof that the kernel accepts, as a section of that name.
///
/// # Errors
/// Says which step or word has no counterpart.
pub fn export(library: &Library, proof: &Proof, name: &str, title: &str) -> Result<Export, Gap> {
    let (left, right) = proof.statement.sides.ok_or_else(|| Gap::Word("a statement without sides".into()))?;
    let mut replay = Replay::new(library, proof);
    replay.grant()?;
    let mut script = vec![];
    let mut here = left;
    for (number, step) in proof.steps.iter().enumerate() {
        let next = replay.context.table.replaced(here, &step.place, step.after).unwrap_or(here);
        let lines = replay.step(number, here, step)?;
        let text = replay.number(next)?;
        script.push(format!("  (* step {} *)\n  transitivity ({text}).\n  {{ {} }}", number + 1, lines.join("\n    ")));
        here = next;
    }
    script.push("  reflexivity.".into());
    // What an attempt has assumed that came to nothing is not assumed.
    let used: BTreeSet<&str> =
        script.iter().flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_')).collect();
    replay.assumed.retain(|one| one.name.starts_with("given_") || used.contains(one.name.as_str()));
    let goal = format!("{} =\n  {}", replay.number(left)?, replay.number(right)?);
    let classes = classes(&mut replay, proof)?;
    let laws = laws(&mut replay)?;
    let mut text =
        format!("(* {} *)\nModule of_{name}.\nSection {name}.\n", title.replace("*)", "* )").replace("(*", "( *"));
    let mut words: Vec<String> = vec![];
    for one in classes.iter().map(|(_, _, words)| words.clone()).chain(replay.assumed.iter().map(|a| a.words.clone())) {
        if !words.contains(&one) {
            words.push(one);
        }
    }
    if !words.is_empty() {
        text += "(* Assumed:\n";
        words.iter().for_each(|one| text += &format!("   - {}\n", one.replace("*)", "* )")));
        text += "*)\n";
    }
    for (name, arity) in &replay.opaque {
        text += &format!("Variable {} : {}R.\n", identifier("function", name), "R -> ".repeat(*arity));
    }
    text += &laws;
    replay.rules.values().for_each(|rule| text += &rule.text);
    for (_, kind, own) in replay.names.all().filter(|(name, ..)| &***name != "hole") {
        text += &match kind {
            Kind::Letter => format!("Variable {own} : R.\n"),
            Kind::Function(arity) => format!("Variable {own} : {}R.\n", "R -> ".repeat(arity)),
            Kind::Law(arity) => format!("Variable {own} : {}law.\n", "R -> ".repeat(arity)),
        };
    }
    for (name, says, _) in &classes {
        text += &format!("Hypothesis {name} : {says}.\n");
    }
    for assumed in &replay.assumed {
        text += &format!("Hypothesis {} : {}.\n", assumed.name, assumed.says);
    }
    text += &format!(
        "\nTheorem {name}_statement :\n  {goal}.\nProof.\n{}\nQed.\n\nEnd {name}.\nEnd of_{name}.\n",
        script.join("\n")
    );
    Ok(Export { text, assumed: words })
}

/// What the unknown functions are granted.
fn classes(replay: &mut Replay, proof: &Proof) -> Result<Vec<(String, String, String)>, Gap> {
    let functions: Vec<(Name, usize, String)> = (replay.names.all())
        .filter_map(|(name, kind, own)| match kind {
            Kind::Function(arity) => Some((name.clone(), arity, own.to_string())),
            _ => None,
        })
        .collect();
    let mut all = vec![];
    for (name, arity, own) in functions {
        let class = proof.statement.functions.get(&name).map(|unknown| unknown.class);
        if arity == 1 && class.is_some_and(|class| class >= Class::Lipschitz) {
            let says = match class {
                Some(Class::Smooth) => format!("forall n x, ex_derive_n {own} n x"),
                _ => format!("forall x, ex_derive {own} x"),
            };
            let words = match class {
                Some(Class::Smooth) => format!("{name} has all derivatives"),
                _ => format!("{name} has a derivative everywhere (Coq is told of no kinks)"),
            };
            all.push((format!("class_{own}"), says, words));
        }
    }
    Ok(all)
}

/// The laws of the library that occur.
fn laws(replay: &mut Replay) -> Result<String, Gap> {
    let (mut text, mut done) = (String::new(), BTreeSet::new());
    while let Some(name) = replay.laws.iter().find(|name| !done.contains(*name)).cloned() {
        done.insert(name.clone());
        let law = replay.context.library.laws.get(&name).cloned();
        let law = law.ok_or_else(|| Gap::Word(format!("the law `{name}`")))?;
        text += &definition(replay, &name, &law)?;
    }
    Ok(text)
}

fn definition(replay: &mut Replay, name: &str, law: &Law) -> Result<String, Gap> {
    let mut writer = replay.writer();
    let mut around: Vec<String> = vec![];
    for _ in 0..law.parameters {
        around = writer.around(&around);
    }
    let inner = writer.around(&around);
    let point = inner.last().cloned().unwrap_or_default();
    let mass = format!("(fun {point} => exp {})", writer.number(law.log_density, &inner)?);
    let body = match &law.support {
        Support::Interval(lo, hi) => {
            format!("density {} {} {mass}", writer.end(*lo, &around)?, writer.end(*hi, &around)?)
        }
        Support::Integers(lo, hi) if !matches!(writer.table.op(*lo), Op::Inf(_)) => {
            format!("masses {} {} {mass}", writer.number(*lo, &around)?, writer.end(*hi, &around)?)
        }
        Support::Integers(..) => return Err(Gap::Word(format!("the law `{name}`"))),
        Support::Points(points) => {
            let points = points.iter().map(|point| writer.number(*point, &around)).collect::<Result<Vec<_>, _>>()?;
            format!("points ({} :: nil) {mass}", points.join(" :: "))
        }
    };
    let parameters: String = around.iter().map(|own| format!(" ({own} : R)")).collect();
    Ok(format!("Definition {}{parameters} : law :=\n  {body}.\n", identifier("law", name)))
}
