//! A proof, step by step: what is assumed for it, and the tactics that replay it.

use crate::names::{Kind, Names};
use crate::rules::{self, Written};
use crate::theorems::theorem;
use crate::write::{Gap, Writer, identifier};
use num_traits::Signed;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use stein_kernel::check::Proof;
use stein_kernel::context::{Context, Hypothesis, Scope};
use stein_kernel::growth;
use stein_kernel::instance::{Substitution, instance};
use stein_kernel::library::{Condition, Library, Support};
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
    /// Where it lives.
    pub lives: Lives,
    /// It is above 0, by an assumption of the script.
    pub positive: bool,
}

/// Where a variable around a place lives.
#[derive(Clone, Debug)]
pub enum Lives {
    /// Where a proposition about it holds: the support of a law.
    Inside(String),
    /// Near a point, as the variable of a derivative: the number of the neighbourhood.
    Near(usize),
}

/// A neighbourhood that a script enters. What is used there is brought in from outside, where it is known to hold near the
/// point; how much that is, is known when the step is written.
#[derive(Clone, Debug)]
struct Neighbourhood {
    point: String,
    variable: String,
    /// Proofs from outside, each with its name inside.
    brought: Vec<(String, String)>,
    /// What follows from these.
    facts: Vec<String>,
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
    neighbourhoods: Vec<Neighbourhood>,
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
            neighbourhoods: vec![],
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

    /// Assumes something where it is meant, as to those variables around that it speaks of: inside of the support for a
    /// sample, near the point for the variable of a derivative. Answers with the term that proves it here.
    pub(crate) fn assume(&mut self, kind: &'static str, says: &str, words: String, about: &[Term]) -> String {
        let held = self.held(about);
        let around: Vec<Around> =
            self.around.iter().zip(held).filter(|(_, held)| *held).map(|(around, _)| around.clone()).collect();
        let (mut before, mut after) = (String::new(), String::new());
        for Around { name, lives, .. } in &around {
            match lives {
                Lives::Inside(lives) => before += &format!("forall {name}, {lives} -> "),
                Lives::Near(number) => {
                    before += &format!("locally {} (fun {name} => ", self.neighbourhoods[*number].point);
                    after.push(')');
                }
            }
        }
        let says = format!("{before}{says}{after}");
        let known = self.assumed.iter().find(|other| other.says == says).map(|other| other.name.clone());
        let name = known.unwrap_or_else(|| {
            let count = self.counts.entry(kind).or_default();
            *count += 1;
            let name = format!("{kind}_{count}");
            self.assumed.push(Assumed { name: name.clone(), says, words });
            name
        });
        around.iter().fold(name, |proof, around| match around.lives {
            Lives::Inside(_) => format!("({proof} {0} H{0})", around.name),
            Lives::Near(number) => self.bring(number, proof),
        })
    }

    /// Brings into a neighbourhood what is proved to hold near its point; answers with its name there.
    fn bring(&mut self, number: usize, proof: String) -> String {
        let neighbourhood = &mut self.neighbourhoods[number];
        if let Some((_, name)) = neighbourhood.brought.iter().find(|(known, _)| *known == proof) {
            return name.clone();
        }
        let name = format!("near_{}_{}", neighbourhood.variable, neighbourhood.brought.len() + 1);
        neighbourhood.brought.push((proof, name.clone()));
        name
    }

    /// The scripts with what is brought into their neighbourhoods.
    fn with_neighbourhoods(&mut self, script: Vec<String>) -> Vec<String> {
        let mut script = script;
        for (number, one) in self.neighbourhoods.drain(..).enumerate().rev() {
            let mut text = String::new();
            let mut names = vec![];
            // The last one to be applied comes first.
            for (proof, name) in one.brought.iter().rev() {
                text += &format!("apply (near_and _ _ _ {proof}). ");
                names.insert(0, name.as_str());
            }
            text += &format!("apply all_near; intros {} {}.", one.variable, names.join(" "));
            names.iter().for_each(|name| text += &format!(" cbv beta in {name}."));
            one.facts.iter().for_each(|fact| text += &format!(" {fact}"));
            script.iter_mut().for_each(|line| *line = line.replace(&mark(number), &text));
        }
        script
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
        let script = self.with_neighbourhoods(script);
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
            match scope {
                Scope::Sample(_) | Scope::Range(..) | Scope::Whole(..) => {
                    let law = self.law_of(&scope)?;
                    self.sample(scope, &law, script);
                }
                Scope::Near(point) | Scope::Across(point) => {
                    let order = if let Op::D(1) = self.context.table.op(term) { "Derive" } else { "Derive_n" };
                    script.push(format!("apply {order}_ext_loc. {}", mark(self.neighbourhoods.len())));
                    self.neighbourhood(scope, point)?;
                }
            }
        }
        Ok(())
    }

    /// The law of the variable of a mean, an integral or a sum.
    fn law_of(&mut self, scope: &Scope) -> Result<String, Gap> {
        let around = self.variables();
        Ok(match scope {
            Scope::Range(lo, hi) => {
                let ends = [self.writer().end(*lo, &around)?, self.writer().end(*hi, &around)?];
                format!("(density {} {} (fun _ => 1))", ends[0], ends[1])
            }
            Scope::Whole(lo, hi) => {
                let ends = [self.writer().number(*lo, &around)?, self.writer().end(*hi, &around)?];
                format!("(masses {} {} (fun _ => 1))", ends[0], ends[1])
            }
            Scope::Sample(term) | Scope::Near(term) | Scope::Across(term) => self.law(*term)?,
        })
    }

    /// Enters a mean with the sample of a law.
    pub(crate) fn sample(&mut self, scope: Scope, law: &str, script: &mut Vec<String>) {
        let name = self.names.bound(&self.variables());
        script.push(format!("refine (E_ext {law} _ _ _). intros {name} H{name}."));
        script.extend(self.facts(&scope, &name, &format!("H{name}")));
        self.open(scope, law, name);
    }

    /// From here on, the sample is around.
    pub(crate) fn open(&mut self, scope: Scope, law: &str, name: String) {
        let positive = self.is_above_zero(&scope);
        self.context.scopes.push(scope);
        self.around.push(Around { lives: Lives::Inside(format!("inside {law} {name}")), name, positive });
    }

    /// Enters the neighbourhood of a point, with what is known near it.
    fn neighbourhood(&mut self, scope: Scope, at: Term) -> Result<(), Gap> {
        let point = self.number(at)?;
        let (variable, number) = (self.names.bound(&self.variables()), self.neighbourhoods.len());
        let new = Neighbourhood { point: point.clone(), variable: variable.clone(), brought: vec![], facts: vec![] };
        self.neighbourhoods.push(new);
        let mut positive = self.is_positive(at);
        if positive {
            self.bring(number, format!("(near_above (fun t => t) {point} _ (derive_id _) ltac:(positive))"));
        }
        match self.context.table.op(at).clone() {
            // What is granted of a letter holds near it, where it says that something is not on the edge.
            Op::Free(letter) => self.granted_near(&letter, at, number)?,
            // The inside of a support is open.
            Op::Bound(k) => {
                let index = self.around.len().checked_sub(1 + k as usize);
                let outer = index.map(|index| (self.context.scopes[index].clone(), self.around[index].clone()));
                if let Some((sample @ Scope::Sample(law), around)) = outer
                    && self.is_interval(law)
                {
                    let name = self.bring(number, format!("(near_inside _ _ _ _ H{})", around.name));
                    let facts = self.facts(&sample, &variable, &name);
                    self.neighbourhoods[number].facts.extend(facts);
                    positive |= around.positive;
                }
            }
            _ => {}
        }
        self.context.scopes.push(scope);
        self.around.push(Around { name: variable, lives: Lives::Near(number), positive });
        Ok(())
    }

    fn granted_near(&mut self, letter: &str, at: Term, number: usize) -> Result<(), Gap> {
        for (index, hypothesis) in self.context.statement.hypotheses.clone().into_iter().enumerate() {
            let (lemma, term) = match hypothesis {
                Hypothesis::Positive(term) => ("near_above", term),
                Hypothesis::NonZero(term) => ("near_nonzero", term),
                _ => continue,
            };
            let about = self.context.table.holds_letter(term, letter) && (term != at || lemma == "near_nonzero");
            if !about || !self.is_polynomial(term) {
                continue;
            }
            let variable = self.context.table.bound(0);
            let body = self.exchanged(term, &HashMap::from([(at, variable)]));
            let around = self.variables();
            let body = self.writer().below(body, &around)?;
            let point = self.neighbourhoods[number].point.clone();
            self.bring(number, format!("({lemma} {body} {point} _ ltac:(derive) given_{})", index + 1));
        }
        Ok(())
    }

    fn is_polynomial(&self, term: Term) -> bool {
        let table = &self.context.table;
        match table.op(term) {
            Op::Rat(_) | Op::Pi | Op::Free(_) => true,
            Op::Add | Op::Mul => table.args(term).iter().all(|arg| self.is_polynomial(*arg)),
            Op::Pow => {
                let whole = table.as_rat(table.args(term)[1]).is_some_and(|n| n.is_integer() && n.is_positive());
                whole && self.is_polynomial(table.args(term)[0])
            }
            _ => false,
        }
    }

    fn is_interval(&self, law: Term) -> bool {
        let Op::Law(name) = self.context.table.op(law) else { return false };
        matches!(self.library.laws.get(name).map(|law| &law.support), Some(Support::Interval(..)))
    }

    /// Samples that lie above 0, by the support of their law.
    fn is_above_zero(&self, scope: &Scope) -> bool {
        let Scope::Sample(law) = scope else { return false };
        let Op::Law(name) = self.context.table.op(*law) else { return false };
        let table = &self.library.table;
        let low = |end: Term| table.as_rat(end).is_some_and(|end| !end.is_negative());
        match self.library.laws.get(name).map(|law| &law.support) {
            Some(Support::Interval(lo, hi)) => low(*lo) && matches!(table.op(*hi), Op::Inf(_)),
            _ => false,
        }
    }

    pub(crate) fn leave(&mut self, depth: usize) {
        self.context.scopes.truncate(depth);
        self.around.truncate(depth);
    }

    /// Where a sample lies, as inequalities.
    pub(crate) fn facts(&mut self, scope: &Scope, name: &str, inside: &str) -> Vec<String> {
        let Scope::Sample(law) = scope else { return vec![] };
        let Op::Law(known) = self.context.table.op(*law) else { return vec![] };
        match self.library.laws.get(known).map(|law| &law.support) {
            Some(Support::Interval(lo, hi)) => {
                let infinite = |end: Term| matches!(self.context.table.op(end), Op::Inf(_));
                match (infinite(*lo), infinite(*hi)) {
                    (false, true) => vec![format!("assert (I{name} := inside_from _ _ _ {inside}).")],
                    (false, false) => {
                        vec![format!(
                            "assert (I{name} := fun le => inside_between _ _ _ _ le {inside}). try specialize (I{name} ltac:(lra))."
                        )]
                    }
                    _ => vec![],
                }
            }
            Some(Support::Integers(..)) => {
                vec![format!("assert (I{name} := inside_masses _ _ _ _ {inside}).")]
            }
            _ => vec![],
        }
    }

    /// Positive by its form alone, as the tactic `positive` sees it.
    pub(crate) fn is_positive(&self, term: Term) -> bool {
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
                index.is_some_and(|index| self.around[index].positive)
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
        self.regular(body, point, script)?;
        let body = self.unfolded(body);
        let again = self.context.table.term(Op::D(1), vec![body, point]);
        let (text, result) = (self.number(again)?, self.unfolded(to));
        let result = self.number(result)?;
        script.push(format!("change ({text} = {result})."));
        script.push("apply is_derive_unique. eapply is_derive_value; [derive |].".into());
        script.push("simpl_derived; algebra.".into());
        Ok(())
    }

    /// The densities of unspecified laws in what is differentiated are positive at the point and have a derivative there.
    fn regular(&mut self, body: Term, point: Term, script: &mut Vec<String>) -> Result<(), Gap> {
        let mut densities = vec![];
        let mut open = vec![body];
        while let Some(term) = open.pop() {
            let args = self.context.table.args(term).to_vec();
            match self.context.table.op(term) {
                Op::Mean | Op::Int | Op::Sum | Op::D(_) => {}
                Op::Dens if matches!(self.context.table.op(args[0]), Op::AnyLaw(_)) => densities.push(term),
                _ => open.extend(args),
            }
        }
        densities.retain(|density| self.context.table.holds(*density, 0));
        for density in densities {
            let around = self.variables();
            let function = self.writer().below(density, &around)?;
            let here = self.context.table.instantiate(density, &[point]);
            let (at, value) = (self.number(point)?, self.number(here)?);
            let says = format!("0 < {value} /\\ ex_derive {function} {at}");
            let words =
                "an unspecified law is regular: its density is positive inside the support and has a derivative";
            let proof = self.assume("regular", &says, words.into(), &[here]);
            script.push(format!("destruct {proof} as [? ?]."));
        }
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
        let proof = match theorem(name) {
            Some(_) => format!("(proved_{own} {arguments})"),
            None => {
                self.assume("rule", &format!("{own} {arguments}"), format!("an instance of the rule {name}"), &about)
            }
        };
        let places = vec!["_"; written.conditions];
        script.push(format!("refine ({proof} {}).", places.join(" ")));
        let conditions = self.library.rules[name].conditions.clone();
        for number in 0..written.conditions {
            let plain = conditions.get(number).and_then(|condition| self.plainly(condition, by));
            match plain {
                Some(tactic) => script.push(format!("{{ {tactic} }}")),
                None if written.domains.contains(&number) => {
                    script.push("{ domain. }".into());
                }
                // The kernel asks for almost every sample only: a hypothesis that speaks of all of them might be false.
                None if self.is_about_samples(&about) && conditions.get(number).is_some_and(is_pointwise) => {
                    script.push("{ domain. }".into());
                }
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

    pub(crate) fn is_about_samples(&self, about: &[Term]) -> bool {
        let held = self.held(about);
        self.around.iter().zip(held).any(|(around, held)| held && matches!(around.lives, Lives::Inside(_)))
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
                                Support::Interval(lo, hi) | Support::Integers(lo, hi) => {
                                    table.loose(*lo) == 0 && table.loose(*hi) == 0
                                }
                                Support::Points(points) => points.iter().all(|point| table.loose(*point) == 0),
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
                self.sample(Scope::Sample(*law), &text, script);
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

    /// A proof that the law at the place has mass one. Of a law of the library that is said for all parameters of its domain,
    /// where it is true.
    pub(crate) fn mass_one(&mut self, law: Term) -> Result<String, Gap> {
        let text = self.law(law)?;
        let Op::Law(name) = self.context.table.op(law).clone() else {
            return Ok(self.assume("mass", &format!("probability {text}"), "a law has mass 1".into(), &[law]));
        };
        let arguments = self.context.table.args(law).to_vec();
        let known = self.library.laws.get(&name).ok_or_else(|| Gap::Word(format!("the law `{name}`")))?;
        let positive: Vec<Term> = known.positive.iter().chain(&known.domain).copied().collect();
        let mut writer = Writer { table: &self.library.table, ..self.writer() };
        let mut parameters = vec![];
        for _ in &arguments {
            parameters = writer.around(&parameters);
        }
        let mut says = String::new();
        for term in &positive {
            says += &format!("0 < {} -> ", writer.number(*term, &parameters)?);
        }
        let applied = parameters.join(" ");
        let quantified = if applied.is_empty() { String::new() } else { format!("forall {applied} : R, ") };
        let says = format!("{quantified}{says}probability ({} {applied})", identifier("law", &name));
        let proof = self.assume("mass", &says, format!("the law {name} has mass 1"), &[]);
        let mut all = vec![proof];
        for argument in arguments {
            all.push(self.number(argument)?);
        }
        all.extend(positive.iter().map(|_| "ltac:(positive)".to_string()));
        Ok(if all.len() == 1 { all.remove(0) } else { format!("({})", all.join(" ")) })
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

/// Where the entry into a neighbourhood stands until the step is written.
fn mark(number: usize) -> String {
    format!("@{number}@")
}

/// Conditions that may fail at single points.
fn is_pointwise(condition: &Condition) -> bool {
    matches!(
        condition,
        Condition::Positive(_)
            | Condition::NonNegative(_)
            | Condition::NonZero(_)
            | Condition::Zero(_)
            | Condition::Whole(_)
            | Condition::Continuous(_)
            | Condition::Vanishes(_)
    )
}

fn scope_terms(scope: &Scope) -> Vec<Term> {
    match scope {
        Scope::Sample(term) | Scope::Near(term) | Scope::Across(term) => vec![*term],
        Scope::Range(lo, hi) | Scope::Whole(lo, hi) => vec![*lo, *hi],
    }
}
