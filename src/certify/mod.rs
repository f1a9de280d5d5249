//! Proofs of the engine as proofs of the kernel crate.
//!
//! The engine's steps relate whole terms, and what it calls arithmetic holds by evaluation. The kernel crate wants each
//! move at its place: derivatives that are computed, means that are joined, instances that fit as they stand. A step that
//! is arithmetic is bridged: both ends are brought into one form by moves, and what is left is one equality. Nothing here
//! is trusted; what comes out is checked by the kernel crate alone.

mod bridge;
mod import;
mod library;

pub use import::imported;
pub use library::{definitions, library};

use crate::proof::{self, Around, Export, Hypotheses, Reason};
use crate::rule::{self, Substitution};
use crate::term::{Domain, Identity, Op, Regularity, Symbol, Term, Var};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use stein_kernel::check::{Checked, Failure, Proof, check};
use stein_kernel::context::{Claim, Context, Hypothesis, Statement, Unknown};
use stein_kernel::growth;
use stein_kernel::instance::{Abstraction, displayed_instance};
use stein_kernel::library::{self as kernel, Class, Library};
use stein_kernel::step::{Move, Step};
use stein_kernel::term::Term as KernelTerm;

/// Why there is no certificate.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Gap {
    /// A term has no counterpart in the kernel crate.
    #[error("step {}: the kernel has no word for a term of it", .0 + 1)]
    Term(usize),
    /// A rule has none.
    #[error("step {}: the kernel does not know the rule `{rule}` in this form", .step + 1)]
    Rule {
        /// The step of the derivation.
        step: usize,
        /// The rule.
        rule: Symbol,
    },
    /// Two terms that should be equal were not brought together.
    #[error("step {}: both sides were not brought into one form", .0 + 1)]
    Bridge(usize),
    /// The kernel crate refuses what was made.
    #[error("step {}: the kernel refuses it ({why})", .step + 1)]
    Refused {
        /// The step of the derivation.
        step: usize,
        /// What the kernel says.
        why: String,
    },
}

/// A proof that the kernel crate has accepted, with all that it rests on.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The proof.
    pub proof: Proof,
    /// What the kernel answered.
    pub checked: Checked,
}

impl Certificate {
    /// How many needs there are beside the regularity of unspecified laws.
    fn open(&self) -> usize {
        self.checked.needs.iter().filter(|need| !matches!(need.claim, Claim::Regular(_))).count()
    }
}

/// Makes certificates for proofs over one library.
#[derive(Clone)]
pub struct Certifier<'a> {
    rules: &'a rule::Library,
    library: Arc<Library>,
}

impl<'a> Certifier<'a> {
    /// For proofs with the rules of the library.
    pub fn new(rules: &'a rule::Library) -> Certifier<'a> {
        Certifier::with(rules, Arc::new(library(rules)))
    }

    /// Likewise, with what [`library`] or [`definitions`] made of it: the rules of a proof are added where they are missing.
    pub fn with(rules: &'a rule::Library, library: Arc<Library>) -> Certifier<'a> {
        Certifier { rules, library }
    }

    /// The library as the kernel crate has it.
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// The certificate of a proof; `seed` is what the check draws from.
    ///
    /// # Errors
    /// Says which step has none.
    pub fn certify(&self, proof: &proof::Proof, hypotheses: &Hypotheses, seed: u64) -> Result<Certificate, Gap> {
        // With as few needs as possible; then with the least that unknown functions have to be granted.
        let (mut best, mut last): (Option<Certificate>, _) = (None, Gap::Bridge(0));
        for class in [Class::Measurable, Class::Lipschitz, Class::Smooth] {
            match self.attempt(proof, hypotheses, functions(proof, hypotheses, &|_| class), seed) {
                Ok(certificate) if best.as_ref().is_none_or(|best| certificate.open() < best.open()) => {
                    best = Some(certificate);
                }
                Ok(_) => {}
                Err(gap) => last = gap,
            }
            let done = best.as_ref().is_some_and(|best| best.open() == 0);
            if done || functions(proof, hypotheses, &|_| class).is_empty() {
                break;
            }
        }
        best.ok_or(last)
    }

    /// The certificate of a proof in which each unknown function, as far as the hypotheses say nothing of it, has the class
    /// that `least` names.
    ///
    /// # Errors
    /// Says which step has none.
    pub fn confirm(
        &self,
        proof: &proof::Proof,
        hypotheses: &Hypotheses,
        least: &dyn Fn(&Symbol) -> Regularity,
        seed: u64,
    ) -> Result<Certificate, Gap> {
        let functions = functions(proof, hypotheses, &|name| proof::class(least(name)));
        let rules = proof.steps.iter().filter_map(|step| match &step.reason {
            Reason::Rule { name, .. } => Some(&**name),
            _ => None,
        });
        let mut library = kernel::Library::clone(&self.library);
        library::extend(&mut library, self.rules, rules.chain([bridge::INTERCHANGE]));
        let certifier = Certifier { rules: self.rules, library: Arc::new(library) };
        certifier.attempt(proof, hypotheses, functions, seed)
    }

    fn attempt(
        &self,
        proof: &proof::Proof,
        hypotheses: &Hypotheses,
        functions: BTreeMap<Symbol, Unknown>,
        seed: u64,
    ) -> Result<Certificate, Gap> {
        let mut table = self.library.table.clone();
        let mut export = Export::new(&self.rules.definitions, &mut table);
        let (left, right) = (export.term(&proof.left), export.term(&proof.right));
        let (Some(left), Some(right)) = (left, right) else { return Err(Gap::Term(0)) };
        let mut statement = Statement { sides: Some((left, right)), ..Statement::default() };
        statement.hypotheses = granted(&mut export, proof, hypotheses).ok_or(Gap::Term(0))?;
        statement.functions = functions;
        statement.laws = hypotheses.densities.iter().map(|name| (name.clone(), true)).collect();
        let mut context = Context::new(&self.library, table, statement.clone(), seed);
        context.judge = growth::judge;
        if let Err(reason) = context.read_statement(left, right) {
            return Err(Gap::Refused { step: 0, why: reason.show(&context.table) });
        }
        let mut making = Making { rules: self.rules, library: &self.library, context, here: left, steps: vec![] };
        // Which step of the derivation each move belongs to.
        let mut origins = vec![];
        for (number, step) in proof.steps.iter().enumerate() {
            making.step(step).map_err(|why| why.at(number))?;
            origins.resize(making.steps.len(), number);
        }
        making.reach(right).map_err(|why| why.at(proof.steps.len().saturating_sub(1)))?;
        origins.resize(making.steps.len(), proof.steps.len().saturating_sub(1));
        let Making { context, steps, .. } = making;
        let proof = Proof { table: context.table, statement, steps };
        match check(&self.library, &proof, Some(growth::judge), seed) {
            Ok(checked) => Ok(Certificate { proof, checked }),
            Err(failure) => Err(refused(&origins, failure)),
        }
    }
}

fn refused(origins: &[usize], failure: Failure) -> Gap {
    let step = failure.step.and_then(|step| origins.get(step.min(origins.len().saturating_sub(1)))).copied();
    Gap::Refused { step: step.unwrap_or(0), why: failure.words }
}

/// Why a step has no certificate.
enum Why {
    Term,
    Rule(Symbol),
    Bridge,
}

impl Why {
    fn at(self, step: usize) -> Gap {
        match self {
            Why::Term => Gap::Term(step),
            Why::Rule(rule) => Gap::Rule { step, rule },
            Why::Bridge => Gap::Bridge(step),
        }
    }
}

struct Making<'a> {
    rules: &'a rule::Library,
    library: &'a Library,
    context: Context<'a>,
    here: KernelTerm,
    steps: Vec<Step>,
}

impl Making<'_> {
    fn step(&mut self, step: &proof::Step) -> Result<(), Why> {
        let after = self.exported(&step.after)?;
        match &step.reason {
            Reason::Arithmetic => {}
            Reason::Hypothesis { index, forward } => {
                let place = self.place(&step.before, &step.place).ok_or(Why::Term)?;
                let before = self.exported(&step.before)?;
                self.reach(before)?;
                let number = self.equation(*index).ok_or(Why::Bridge)?;
                let Hypothesis::Equal(left, right) = self.context.statement.hypotheses[number].clone() else {
                    return Err(Why::Bridge);
                };
                let (from, to) = if *forward { (left, right) } else { (right, left) };
                self.apply(&place, Move::Given(number), !forward, from, to)?;
            }
            Reason::Rule { name, forward, substitution } => {
                let rule = self.library.rules.get(name).cloned().ok_or_else(|| Why::Rule(name.clone()))?;
                let place = self.place(&step.before, &step.place).ok_or(Why::Term)?;
                let points = self.rules.rule(name).map(points).unwrap_or_default();
                let mut by = self.substitution(&step.before, &step.place, substitution, &points).ok_or(Why::Term)?;
                self.complete(&mut by, [rule.left, rule.right]);
                let bad = |_| Why::Rule(name.clone());
                let left = displayed_instance(self.library, &mut self.context.table, rule.left, &by).map_err(bad)?.0;
                let right = displayed_instance(self.library, &mut self.context.table, rule.right, &by).map_err(bad)?.0;
                let (from, to) = if *forward { (left, right) } else { (right, left) };
                let before = self.exported(&step.before)?;
                let before = self.context.table.replaced(before, &place, from).ok_or(Why::Term)?;
                self.reach(before)?;
                self.apply(&place, Move::Rule(name.clone(), by), !forward, from, to)?;
            }
        }
        self.reach(after)
    }

    /// Brings the term so far to the other one.
    fn reach(&mut self, goal: KernelTerm) -> Result<(), Why> {
        let steps = bridge::between(&mut self.context, self.here, goal).ok_or(Why::Bridge)?;
        self.steps.extend(steps);
        self.here = goal;
        Ok(())
    }

    fn apply(
        &mut self,
        place: &[usize],
        what: Move,
        backwards: bool,
        before: KernelTerm,
        after: KernelTerm,
    ) -> Result<(), Why> {
        self.here = self.context.table.replaced(self.here, place, after).ok_or(Why::Term)?;
        self.steps.push(Step { place: place.to_vec(), what, backwards, before, after });
        Ok(())
    }

    fn exported(&mut self, term: &Term) -> Result<KernelTerm, Why> {
        Export::new(&self.rules.definitions, &mut self.context.table).term(term).ok_or(Why::Term)
    }

    /// A letter of a rule that stands for itself is not named in the engine's substitution.
    fn complete(&mut self, by: &mut stein_kernel::instance::Substitution, sides: [KernelTerm; 2]) {
        let mut letters = BTreeSet::new();
        for side in sides {
            self.context.table.visit(side, &mut |_, _, op| {
                if let stein_kernel::term::Op::Free(name) = op {
                    letters.insert(name.clone());
                }
            });
        }
        for name in letters {
            let letter = self.context.table.free(&name);
            by.letters.entry(name).or_insert(letter);
        }
    }

    /// The number of an equation among the hypotheses.
    fn equation(&self, index: usize) -> Option<usize> {
        let hypotheses = self.context.statement.hypotheses.iter().enumerate();
        hypotheses.filter(|(_, h)| matches!(h, Hypothesis::Equal(..))).nth(index).map(|(number, _)| number)
    }

    /// The place in the exported term; none if it lies in what is written otherwise there.
    fn place(&self, term: &Term, place: &[usize]) -> Option<Vec<usize>> {
        let (mut term, mut result) = (term, vec![]);
        for index in place {
            match term.op() {
                Op::StopGrad | Op::Density => return None,
                _ => result.push(*index),
            }
            term = term.args().get(*index)?;
        }
        Some(result)
    }

    /// What a rule's names stand for, as it reads at the place.
    fn substitution(
        &mut self,
        term: &Term,
        place: &[usize],
        substitution: &Substitution,
        points: &BTreeMap<(Symbol, usize), Symbol>,
    ) -> Option<stein_kernel::instance::Substitution> {
        let (mut here, mut around) = (term, vec![]);
        for index in place {
            around.extend(Around::of(here).filter(|_| *index == here.op().body_index()));
            here = here.args().get(*index)?;
        }
        let mut result = stein_kernel::instance::Substitution::default();
        let mut export = Export::new(&self.rules.definitions, &mut self.context.table);
        for (name, value) in &substitution.letters {
            result.letters.insert(name.clone(), export.below(&around, value)?);
        }
        for (name, (parameters, value)) in &substitution.functions {
            // What is stopped in a parameter that the rule differentiates by has its value at the rule's point.
            let parameters = parameters.iter().enumerate().map(|(index, var)| {
                let letter = points.get(&(name.clone(), index));
                let point = letter.and_then(|letter| substitution.letters.get(letter)).cloned();
                Around { var: var.clone(), point }
            });
            let inside: Vec<Around> = around.iter().cloned().chain(parameters).collect();
            let body = export.below(&inside, value)?;
            let abstraction = Abstraction { arity: inside.len() - around.len(), body };
            let laws = matches!(value.op(), Op::Law(_) | Op::UnknownLaw(_));
            if laws { &mut result.laws } else { &mut result.functions }.insert(name.clone(), abstraction);
        }
        Some(result)
    }
}

/// For the parameters of a rule's functions and laws that stand for the variable of a derivative: the letter that is its
/// point.
fn points(rule: &rule::Rule) -> BTreeMap<(Symbol, usize), Symbol> {
    let mut found = BTreeMap::new();
    for side in [&rule.left, &rule.right] {
        side.visit(&mut |term| {
            let (Op::Derivative(var, _), [body, point]) = (term.op(), term.args()) else { return };
            let Some(Identity::Free(letter)) = point.as_var().map(|point| &point.identity) else { return };
            body.visit(&mut |part| {
                let (Op::Apply(name, _) | Op::UnknownLaw(name)) = part.op() else { return };
                for (index, _) in part.args().iter().enumerate().filter(|(_, arg)| arg.as_var() == Some(var)) {
                    found.insert((name.clone(), index), letter.clone());
                }
            });
        });
    }
    found
}

/// What the statement grants: the domains of its letters, and its hypotheses.
fn granted(export: &mut Export, proof: &proof::Proof, hypotheses: &Hypotheses) -> Option<Vec<Hypothesis>> {
    let mut letters: BTreeSet<Var> =
        [&proof.left, &proof.right].iter().flat_map(|side| side.free().iter().cloned()).collect();
    for term in hypotheses.relations().flatten() {
        letters.extend(term.free().iter().cloned());
    }
    let mut found = vec![];
    for var in letters {
        let letter = Term::var(var.clone());
        let mut say = |kind: fn(KernelTerm) -> Hypothesis, term: &Term| {
            found.push(kind(export.term(term)?));
            Some(())
        };
        match var.domain {
            Domain::Real => {}
            Domain::NonZero | Domain::Sign => say(Hypothesis::NonZero, &letter)?,
            Domain::Positive => say(Hypothesis::Positive, &letter)?,
            Domain::Unit => {
                say(Hypothesis::Positive, &letter)?;
                say(Hypothesis::Positive, &Term::one().minus(letter))?;
            }
            Domain::Natural => say(Hypothesis::Whole, &letter)?,
            Domain::Bit => {
                say(Hypothesis::Whole, &letter)?;
                say(Hypothesis::NonNegative, &Term::one().minus(letter))?;
            }
            Domain::Counting => {
                say(Hypothesis::Whole, &letter)?;
                say(Hypothesis::Positive, &letter)?;
                say(Hypothesis::NonNegative, &letter.minus(Term::one()))?;
            }
            Domain::Integer => {}
        }
    }
    for term in &hypotheses.positive {
        found.push(Hypothesis::Positive(export.term(term)?));
    }
    for term in &hypotheses.nonnegative {
        found.push(Hypothesis::NonNegative(export.term(term)?));
    }
    for term in &hypotheses.nonzero {
        found.push(Hypothesis::NonZero(export.term(term)?));
    }
    for (left, right) in &hypotheses.equations {
        found.push(Hypothesis::Equal(export.term(left)?, export.term(right)?));
    }
    Some(found)
}

/// The unknown functions with what they are granted: what the statement says, and at least `least`.
fn functions(
    proof: &proof::Proof,
    hypotheses: &Hypotheses,
    least: &dyn Fn(&Symbol) -> Class,
) -> BTreeMap<Symbol, Unknown> {
    let mut found = BTreeMap::new();
    for side in [&proof.left, &proof.right] {
        side.visit(&mut |term| {
            if let Op::Apply(name, _) = term.op() {
                let (class, assumed) = match hypotheses.classes.get(name) {
                    Some(Regularity::Measurable) | None => (least(name), least(name) > Class::Measurable),
                    Some(class) => (proof::class(*class), false),
                };
                found.insert(name.clone(), Unknown { class, bounded: false, assumed });
            }
        });
    }
    found
}
