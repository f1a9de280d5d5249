//! A proof, step by step: what is assumed for it, and the tactics that replay it.

use crate::names::{Kind, Names};
use crate::rules::{self, Written};
use crate::write::{Gap, Writer, identifier};
use std::collections::{BTreeMap, BTreeSet};
use stein_kernel::check::Proof;
use stein_kernel::context::{Context, Hypothesis, Scope};
use stein_kernel::growth;
use stein_kernel::instance::{Substitution, instance};
use stein_kernel::library::{Condition, Library};
use stein_kernel::step::{Move, Step};
use stein_kernel::term::{Name, Op, Term};

/// Something assumed: its name, what it says, and that in words.
#[derive(Clone, Debug)]
pub struct Assumed {
    /// The name under which the proof uses it.
    pub name: String,
    /// The proposition.
    pub says: String,
    /// The same for people.
    pub words: String,
}

/// A variable around a place.
#[derive(Clone, Debug)]
pub struct Around {
    /// Its name.
    pub name: String,
    /// Where it lives, as a proposition about it; none for the variable of a derivative that may be any number.
    pub lives: Option<String>,
    /// It is the variable of a derivative.
    pub near: bool,
}

/// Writes one proof.
pub struct Replay<'a> {
    /// The kernel's view of the place that is looked at.
    pub context: Context<'a>,
    library: &'a Library,
    /// The names of the statement.
    pub names: Names,
    /// Laws of the library that occur.
    pub laws: BTreeSet<Name>,
    /// Functions of the library that the theory does not define.
    pub opaque: BTreeMap<Name, usize>,
    /// The rules that occur.
    pub rules: BTreeMap<Name, Written>,
    /// What is assumed, in order.
    pub assumed: Vec<Assumed>,
    pub(crate) around: Vec<Around>,
    counts: BTreeMap<&'static str, usize>,
}

impl<'a> Replay<'a> {
    /// Begins with the statement of a proof.
    pub fn new(library: &'a Library, proof: &Proof) -> Replay<'a> {
        let mut context = Context::new(library, proof.table.clone(), proof.statement.clone(), 1);
        context.judge = growth::judge;
        let mut replay = Replay {
            context,
            library,
            names: Names::default(),
            laws: BTreeSet::new(),
            opaque: BTreeMap::new(),
            rules: BTreeMap::new(),
            assumed: vec![],
            around: vec![],
            counts: BTreeMap::new(),
        };
        replay.name_all(proof);
        replay
    }

    /// Every name of the proof, so that no bound variable takes one.
    fn name_all(&mut self, proof: &Proof) {
        let mut terms: Vec<Term> = proof.steps.iter().flat_map(|step| [step.before, step.after]).collect();
        terms.extend(proof.statement.sides.iter().flat_map(|(left, right)| [*left, *right]));
        for step in &proof.steps {
            if let Move::Rule(_, by) = &step.what {
                terms.extend(by.letters.values());
                terms.extend(by.functions.values().chain(by.laws.values()).map(|value| value.body));
            }
        }
        for term in terms {
            self.context.table.visit(term, &mut |_, args, op| match op {
                Op::Free(name) => drop(self.names.of(name, Kind::Letter)),
                Op::App(name, _) => drop(self.names.of(name, Kind::Function(args.len()))),
                Op::AnyLaw(name) => drop(self.names.of(name, Kind::Law(args.len()))),
                _ => {}
            });
        }
    }

    pub(crate) fn writer(&mut self) -> Writer<'_> {
        Writer {
            table: &self.context.table,
            library: self.library,
            names: &mut self.names,
            laws: &mut self.laws,
            opaque: &mut self.opaque,
        }
    }

    pub(crate) fn variables(&self) -> Vec<String> {
        self.around.iter().map(|around| around.name.clone()).collect()
    }

    /// A term at the place.
    pub fn number(&mut self, term: Term) -> Result<String, Gap> {
        let around = self.variables();
        self.writer().number(term, &around)
    }

    pub(crate) fn law(&mut self, term: Term) -> Result<String, Gap> {
        let around = self.variables();
        self.writer().law(term, &around)
    }

    /// Assumes something at the place, for all values of those variables around that it speaks of; answers with the term
    /// that proves it here.
    pub(crate) fn assume(&mut self, kind: &'static str, says: &str, words: String, about: &[Term]) -> String {
        let held = self.held(about);
        let mut quantified = String::new();
        let mut applied = String::new();
        for (around, _) in self.around.iter().zip(&held).filter(|(_, held)| **held) {
            quantified += &format!("forall {}, ", around.name);
            applied += &format!(" {}", around.name);
            if let Some(lives) = &around.lives {
                quantified += &format!("{lives} -> ");
                applied += &format!(" H{}", around.name);
            }
        }
        let says = format!("{quantified}{says}");
        let known = self.assumed.iter().find(|other| other.says == says).map(|other| other.name.clone());
        let name = known.unwrap_or_else(|| {
            let count = self.counts.entry(kind).or_default();
            *count += 1;
            let name = format!("{kind}_{count}");
            self.assumed.push(Assumed { name: name.clone(), says, words });
            name
        });
        if applied.is_empty() { name } else { format!("({name}{applied})") }
    }

    /// Which of the variables around the terms speak of, themselves or through the laws of the variables that they hold.
    pub(crate) fn held(&self, about: &[Term]) -> Vec<bool> {
        let depth = self.around.len();
        let mut held: Vec<bool> = (0..depth)
            .map(|i| about.iter().any(|term| self.context.table.holds(*term, (depth - 1 - i) as u32)))
            .collect();
        for i in (0..depth).rev().filter(|i| held[*i]).collect::<Vec<_>>() {
            for term in scope_terms(&self.context.scopes[i]) {
                for (j, other) in held.iter_mut().enumerate().take(i) {
                    *other |= self.context.table.holds(term, (i - 1 - j) as u32);
                }
            }
        }
        held
    }

    /// What the statement grants.
    pub fn grant(&mut self) -> Result<(), Gap> {
        for (number, hypothesis) in self.context.statement.hypotheses.clone().into_iter().enumerate() {
            let says = match hypothesis {
                Hypothesis::Positive(term) => format!("0 < {}", self.number(term)?),
                Hypothesis::NonNegative(term) => format!("0 <= {}", self.number(term)?),
                Hypothesis::NonZero(term) => format!("{} <> 0", self.number(term)?),
                Hypothesis::Whole(term) => format!("whole {}", self.number(term)?),
                Hypothesis::Equal(left, right) => format!("{} = {}", self.number(left)?, self.number(right)?),
            };
            let words = "granted by the statement".to_string();
            self.assumed.push(Assumed { name: format!("given_{}", number + 1), says, words });
        }
        Ok(())
    }

    /// The tactics of a step that stands in a term; the goal is that the term before it equals the term after it.
    pub fn step(&mut self, number: usize, whole: Term, step: &Step) -> Result<Vec<String>, Gap> {
        let mut script = vec![];
        let result = self.descend(whole, &step.place, &mut script).and_then(|()| self.local(step, &mut script));
        self.context.scopes.clear();
        self.around.clear();
        result.map(|()| script).map_err(|gap| match gap {
            Gap::Word(what) => Gap::Step(number, format!("there is no word for {what}")),
            other => other,
        })
    }

    /// Goes down to the place, past binders and through contexts without any.
    fn descend(&mut self, whole: Term, place: &[usize], script: &mut Vec<String>) -> Result<(), Gap> {
        let (mut here, mut from) = (whole, 0);
        let mut path = vec![];
        for (depth, index) in place.iter().enumerate() {
            let next = self.context.table.args(here)[*index];
            let binders = self.context.binders_of(here, *index);
            if !binders.is_empty() {
                // What was passed before the binder.
                let start = self.at(whole, &place[..from])?;
                self.context_of(start, &path, script)?;
                self.enter(here, *index, script)?;
                path.clear();
                from = depth + 1;
                // A law given earlier samples is no number: its parameters stand in the context of the mean.
                if !self.context.table.is_value(next) {
                    return Err(Gap::Word("a step in a law that is given samples".into()));
                }
            } else {
                path.push(*index);
            }
            here = next;
        }
        let start = self.at(whole, &place[..from])?;
        self.context_of(start, &path, script)
    }

    fn at(&self, whole: Term, place: &[usize]) -> Result<Term, Gap> {
        self.context.table.at(whole, place).map(|(term, _)| term).ok_or_else(|| Gap::Word("a place".into()))
    }

    fn context_of(&mut self, start: Term, path: &[usize], script: &mut Vec<String>) -> Result<(), Gap> {
        if path.is_empty() {
            return Ok(());
        }
        let hole = self.context.table.free("hole");
        let with_hole = self.context.table.replaced(start, path, hole).ok_or_else(|| Gap::Word("a place".into()))?;
        let name = self.names.of(&"hole".into(), Kind::Letter);
        let text = self.number(with_hole)?;
        script.push(format!("apply (f_equal (fun {name} => {text}))."));
        Ok(())
    }

    /// Below a binder: what is equal there for all values of its variables is equal.
    pub(crate) fn enter(&mut self, term: Term, index: usize, script: &mut Vec<String>) -> Result<(), Gap> {
        for scope in self.context.binders_of(term, index) {
            let (lives, near) = match &scope {
                Scope::Sample(law) => (Some(self.law(*law)?), false),
                Scope::Range(lo, hi) => {
                    let around = self.variables();
                    let ends = [self.writer().end(*lo, &around)?, self.writer().end(*hi, &around)?];
                    (Some(format!("(density {} {} (fun _ => 1))", ends[0], ends[1])), false)
                }
                Scope::Whole(lo, hi) => {
                    let around = self.variables();
                    let ends = [self.writer().number(*lo, &around)?, self.writer().end(*hi, &around)?];
                    (Some(format!("(masses {} {} (fun _ => 1))", ends[0], ends[1])), false)
                }
                Scope::Near(_) | Scope::Across(_) => (None, true),
            };
            let name = self.names.bound(&self.variables());
            let lives = match (&scope, lives) {
                (_, Some(law)) => {
                    script.push(format!("refine (E_ext {law} _ _ _). intros {name} H{name}."));
                    script.extend(self.facts(&scope, &name));
                    Some(format!("inside {law} {name}"))
                }
                (Scope::Near(point) | Scope::Across(point), None) => {
                    let order = matches!(self.context.table.op(term), Op::D(1));
                    match (order, self.is_positive(*point)) {
                        (true, true) => {
                            script.push(format!("apply Derive_ext_positive; [positive | intros {name} H{name}]."));
                            Some(format!("0 < {name}"))
                        }
                        (true, false) => {
                            script.push(format!("apply Derive_ext; intros {name}."));
                            None
                        }
                        _ => {
                            script.push(format!("apply Derive_n_ext; intros {name}."));
                            None
                        }
                    }
                }
                _ => None,
            };
            self.context.scopes.push(scope);
            self.around.push(Around { name, lives, near });
        }
        Ok(())
    }

    pub(crate) fn leave(&mut self, depth: usize) {
        self.context.scopes.truncate(depth);
        self.around.truncate(depth);
    }

    /// Where a sample lies, as inequalities.
    pub(crate) fn facts(&mut self, scope: &Scope, name: &str) -> Vec<String> {
        let Scope::Sample(law) = scope else { return vec![] };
        let Op::Law(known) = self.context.table.op(*law) else { return vec![] };
        match self.library.laws.get(known).map(|law| &law.support) {
            Some(stein_kernel::library::Support::Interval(lo, hi)) => {
                let infinite = |end: Term| matches!(self.context.table.op(end), Op::Inf(_));
                match (infinite(*lo), infinite(*hi)) {
                    (false, true) => vec![format!("assert (I{name} := inside_from _ _ _ H{name}).")],
                    (false, false) => {
                        vec![format!(
                            "assert (I{name} := fun le => inside_between _ _ _ _ le H{name}). try specialize (I{name} ltac:(lra))."
                        )]
                    }
                    _ => vec![],
                }
            }
            Some(stein_kernel::library::Support::Integers(..)) => {
                vec![format!("assert (I{name} := inside_masses _ _ _ _ H{name}).")]
            }
            _ => vec![],
        }
    }

    /// Positive by its form alone, as the tactic `positive` sees it.
    pub(crate) fn is_positive(&self, term: Term) -> bool {
        use num_traits::Signed;
        let table = &self.context.table;
        let args = table.args(term);
        if self.context.statement.hypotheses.contains(&Hypothesis::Positive(term)) {
            return true;
        }
        match table.op(term) {
            Op::Rat(value) => value.is_positive(),
            Op::Pi => true,
            Op::Fun(name) => &**name == "exp",
            Op::Add | Op::Mul | Op::Inv => args.iter().all(|arg| self.is_positive(*arg)),
            Op::Pow => self.is_positive(args[0]),
            Op::Bound(k) => {
                let index = self.around.len().checked_sub(1 + *k as usize);
                let lives = index.and_then(|index| self.around[index].lives.as_deref());
                lives.is_some_and(|lives| lives.starts_with("0 < "))
            }
            _ => false,
        }
    }

    /// The tactics of a step at its place, where the goal is `before = after`.
    fn local(&mut self, step: &Step, script: &mut Vec<String>) -> Result<(), Gap> {
        let (from, to) = if step.backwards { (step.after, step.before) } else { (step.before, step.after) };
        if step.backwards && !matches!(step.what, Move::Ring(_)) {
            script.push("symmetry.".into());
        }
        match &step.what {
            Move::Ring(_) => self.arithmetic(step.before, step.after, script),
            Move::Diff => self.differentiate(from, to, script),
            Move::Rule(name, by) => self.rule(name, by, script),
            Move::Given(number) => {
                script.push(format!("exact given_{}.", number + 1));
                Ok(())
            }
            Move::Flat => {
                script.push("reflexivity.".into());
                Ok(())
            }
            Move::Nest(_) => {
                script.push("apply nested.".into());
                Ok(())
            }
            Move::Drop(count) => self.drop_samples(from, *count, script),
            Move::Swap(_) => Err(Gap::Word("samples that change places".into())),
            Move::Product => Err(Gap::Word("a product of means".into())),
            Move::Points => self.points(from, script),
        }
    }

    fn differentiate(&mut self, from: Term, to: Term, script: &mut Vec<String>) -> Result<(), Gap> {
        if !matches!(self.context.table.op(from), Op::D(1)) {
            return Err(Gap::Word("a higher derivative that is computed at once".into()));
        }
        let [body, point] = self.context.table.args(from)[..] else { return Err(Gap::Word("a derivative".into())) };
        let body = self.unfolded(body);
        let again = self.context.table.term(Op::D(1), vec![body, point]);
        let (text, result) = (self.number(again)?, self.unfolded(to));
        let result = self.number(result)?;
        script.push(format!("change ({text} = {result})."));
        script.push("apply is_derive_unique. eapply is_derive_value; [derive |].".into());
        script.push("simpl_derived; algebra.".into());
        Ok(())
    }

    fn rule(&mut self, name: &Name, by: &Substitution, script: &mut Vec<String>) -> Result<(), Gap> {
        if !self.rules.contains_key(name) {
            let written = rules::written(self.library, name, &mut self.laws, &mut self.opaque)?;
            self.rules.insert(name.clone(), written);
        }
        let written = self.rules[name].clone();
        let around = self.variables();
        let arguments = rules::arguments(&mut self.writer(), &written.signature, by, &around)?.join(" ");
        let own = identifier("rule", name);
        let about: Vec<Term> = (by.letters.values().copied())
            .chain(by.functions.values().chain(by.laws.values()).map(|value| {
                // What the body says of the place, without its own parameters.
                let zero = self.context.table.int(0);
                self.context.table.instantiate(value.body, &vec![zero; value.arity])
            }))
            .collect();
        let proof =
            self.assume("rule", &format!("{own} {arguments}"), format!("an instance of the rule {name}"), &about);
        let places = vec!["_"; written.conditions];
        script.push(format!("refine ({proof} {}).", places.join(" ")));
        let conditions = self.library.rules[name].conditions.clone();
        for number in 0..written.conditions {
            let plain = conditions.get(number).and_then(|condition| self.plainly(condition, by));
            match plain {
                Some(tactic) => script.push(format!("{{ {tactic} }}")),
                None => {
                    let words = format!("a condition of {name}: {}", written.words[number]);
                    let says = format!("{own}_{} {arguments}", number + 1);
                    let proof = self.assume("condition", &says, words, &about);
                    script.push(format!("{{ exact {proof}. }}"));
                }
            }
        }
        Ok(())
    }

    /// The tactic for a condition that holds by its form.
    fn plainly(&mut self, condition: &Condition, by: &Substitution) -> Option<String> {
        let mut here = |term: Term| instance(self.library, &mut self.context.table, term, by).ok();
        match condition {
            Condition::Positive(term) => {
                let term = here(*term)?;
                self.is_positive(term).then(|| "red; positive.".into())
            }
            Condition::FixedSupport(term) => {
                let term = here(*term)?;
                let known = self.has_fixed_support(term);
                known.then(|| "red; intros; apply fixed; intros; reflexivity.".into())
            }
            Condition::AbsolutelyContinuous(term) => {
                let term = here(*term)?;
                self.is_constant_below(term).then(|| "red; intros; apply constant_continuous.".into())
            }
            _ => None,
        }
    }

    /// A derivative, perhaps below means, of a body that does not hold its variable.
    fn is_constant_below(&self, term: Term) -> bool {
        let table = &self.context.table;
        let args = table.args(term);
        match table.op(term) {
            Op::Mean | Op::Int | Op::Sum => self.is_constant_below(args[args.len() - 1]),
            Op::D(_) => !table.holds(args[0], 0),
            _ => false,
        }
    }

    fn has_fixed_support(&self, term: Term) -> bool {
        let table = &self.context.table;
        let args = table.args(term);
        match table.op(term) {
            Op::Mean | Op::Int | Op::Sum => self.has_fixed_support(args[args.len() - 1]),
            Op::D(_) => {
                let (mut all, mut some) = (true, false);
                table.visit(args[0], &mut |_, args, op| {
                    if let Op::Dens = op {
                        some = true;
                        all &= match table.op(args[0]) {
                            Op::Law(name) => self.library.laws.get(name).is_some_and(|law| match &law.support {
                                stein_kernel::library::Support::Interval(lo, hi)
                                | stein_kernel::library::Support::Integers(lo, hi) => {
                                    table.loose(*lo) == 0 && table.loose(*hi) == 0
                                }
                                stein_kernel::library::Support::Points(points) => {
                                    points.iter().all(|point| table.loose(*point) == 0)
                                }
                            }),
                            _ => false,
                        };
                    }
                });
                all && some
            }
            _ => false,
        }
    }

    /// Samples that are not used: each law has mass one.
    fn drop_samples(&mut self, from: Term, count: usize, script: &mut Vec<String>) -> Result<(), Gap> {
        let args = self.context.table.args(from).to_vec();
        let laws = &args[..args.len() - 1];
        let (kept, depth) = (laws.len() - count, self.around.len());
        if kept > 0 {
            // Below the samples that stay.
            for law in &laws[..kept] {
                let text = self.law(*law)?;
                let name = self.names.bound(&self.variables());
                script.push(format!("refine (E_ext {text} _ _ _). intros {name} H{name}."));
                self.context.scopes.push(Scope::Sample(*law));
                self.around.push(Around {
                    name: name.clone(),
                    lives: Some(format!("inside {text} {name}")),
                    near: false,
                });
            }
        }
        for (number, law) in laws[kept..].iter().enumerate() {
            if number > 0 && (0..number as u32).any(|k| self.context.table.holds(*law, k)) {
                return Err(Gap::Word("dropped samples that depend on each other".into()));
            }
            // Read without the samples that were dropped before.
            let zero = self.context.table.int(0);
            let law = self.context.table.instantiate(*law, &vec![zero; number]);
            let proof = self.mass_one(law)?;
            script.push(match number + 1 == count {
                true => format!("exact (proj2 (E_const _ _ {proof}))."),
                false => format!("rewrite (proj2 (E_const _ _ {proof}))."),
            });
        }
        self.leave(depth);
        Ok(())
    }

    /// A proof that the law at the place has mass one.
    pub(crate) fn mass_one(&mut self, law: Term) -> Result<String, Gap> {
        let text = self.law(law)?;
        Ok(self.assume("mass", &format!("probability {text}"), "a law has mass 1".into(), &[law]))
    }

    fn points(&mut self, from: Term, script: &mut Vec<String>) -> Result<(), Gap> {
        if !matches!(self.context.table.op(from), Op::Mean) {
            return Err(Gap::Word("a sum that is written out".into()));
        }
        let law = self.context.table.args(from)[0];
        if let Op::Law(name) = self.context.table.op(law) {
            script.push(format!("unfold {}.", identifier("law", name)));
        }
        script.push("rewrite (proj1 (E_points _ _ _)); cbn [fold_right]; algebra.".into());
        Ok(())
    }
}

fn scope_terms(scope: &Scope) -> Vec<Term> {
    match scope {
        Scope::Sample(term) | Scope::Near(term) | Scope::Across(term) => vec![*term],
        Scope::Range(lo, hi) | Scope::Whole(lo, hi) => vec![*lo, *hi],
    }
}
