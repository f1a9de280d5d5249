//! The verdict on one equation: numbers first, then a proof, and what the two say together.

use super::Options;
use super::answer::{Condition, Derivation, Link, Status, Step, Verdict};
use super::letters::Letters;
use super::own::OwnEntries;
use super::{certificate, conditions};
use crate::certify::{Certificate, Certifier, Gap};
use crate::check::{self, Finding};
use crate::engine::{self, Limits, Outcome};
use crate::proof::{Checked, Hypotheses, Need, Proof, Reason};
use crate::render::Formula;
use crate::rule::Library;
use crate::syntax::Assumption;
use crate::term::{Op, Problem, Regularity, Symbol, Term, deadline};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Draws for what has a proof already.
const CONFIRMING: u64 = 1 << 14;
/// Draws of the first look; a statement that has a proof gets no more.
const FIRST_LOOK: u64 = 1 << 16;
/// Draws of the second look, at a statement without a proof.
const SECOND_LOOK: u64 = 1 << 20;
/// Draws of a plot of convergence, as powers of two.
const CONVERGENCE: [u32; 7] = [8, 10, 12, 14, 16, 17, 18];
/// A proof of what the numbers refute only serves to notice that one of the two errs: the search is short.
const DOUBT: Limits = Limits { steps: 5_000_000, nodes: 1_000, rounds: 3, order: 2 };
/// The part of the time that a search may take.
const SEARCH: f64 = 0.75;

/// Everything that is known of a statement when its links are judged.
pub struct Judge<'a> {
    pub library: &'a Library,
    pub options: &'a Options,
    pub problem: &'a Problem,
    /// The assumptions of the session and of the statement.
    pub given: &'a [Assumption],
    pub hypotheses: Hypotheses,
    pub letters: &'a Letters,
    pub certifier: Certifier<'a>,
    /// For search and numbers together, on a machine of today.
    pub time: Duration,
    /// When the clock ends the work.
    pub deadline: Instant,
}

impl Judge<'_> {
    /// Numbers only.
    pub fn check(&self, mut link: Link, left: &Term, right: &Term) -> Link {
        let finding = self.numbers(left, right, SECOND_LOOK, FIRST_LOOK);
        self.record(&mut link, finding);
        if link.verdict == Verdict::Open && link.reason.is_none() {
            link.reason = Some("the numbers agree; no derivation was looked for".into());
        }
        self.converge(&mut link, left, right);
        link
    }

    /// What the numbers say at first.
    pub fn look(&self, left: &Term, right: &Term) -> Finding {
        self.numbers(left, right, FIRST_LOOK, FIRST_LOOK)
    }

    /// Numbers and a proof.
    pub fn prove(&self, mut link: Link, left: &Term, right: &Term) -> Link {
        let finding = self.numbers(left, right, FIRST_LOOK, FIRST_LOOK);
        self.record(&mut link, finding);
        let limits = match link.verdict {
            Verdict::Refuted => DOUBT,
            _ => Limits { steps: self.steps(), ..Limits::default() },
        };
        match engine::prove(self.library, left, right, &self.hypotheses, &limits).0 {
            Outcome::Proved(proof, checked) => {
                if link.verdict == Verdict::Open && link.comparisons.is_empty() {
                    // What has a derivation is worth more draws.
                    let second = self.numbers(left, right, SECOND_LOOK, SECOND_LOOK);
                    self.record(&mut link, second);
                }
                self.challenge(&mut link, left, right, &checked);
                self.accept(&mut link, proof, &checked);
            }
            Outcome::Open(_) if link.verdict == Verdict::Refuted => {}
            Outcome::Open(reason) => {
                let second = self.numbers(left, right, SECOND_LOOK, SECOND_LOOK);
                self.record(&mut link, second);
                if link.verdict == Verdict::Open {
                    let numbers = link.reason.take().map(|why| format!("; the numbers decide nothing: {why}"));
                    link.reason = Some(format!("{reason}{}", numbers.unwrap_or_default()));
                }
            }
        }
        self.converge(&mut link, left, right);
        link
    }

    /// A proof of what numbers have been found for already, elsewhere.
    pub fn derive(&self, mut link: Link, left: &Term, right: &Term) -> Link {
        let limits = Limits { steps: self.steps(), ..Limits::default() };
        match engine::prove(self.library, left, right, &self.hypotheses, &limits).0 {
            Outcome::Proved(proof, checked) => {
                self.challenge(&mut link, left, right, &checked);
                self.accept(&mut link, proof, &checked);
            }
            Outcome::Open(reason) => link.reason = Some(reason),
        }
        link
    }

    /// A proof of what the numbers do not speak against; no more than one look at anything.
    pub fn confirm(&self, mut link: Link, left: &Term, right: &Term) -> Link {
        let finding = self.numbers(left, right, FIRST_LOOK, FIRST_LOOK);
        self.record(&mut link, finding);
        if link.verdict != Verdict::Refuted {
            let limits = Limits { steps: self.steps(), ..Limits::default() };
            if let Outcome::Proved(proof, checked) =
                engine::prove(self.library, left, right, &self.hypotheses, &limits).0
            {
                self.accept(&mut link, proof, &checked);
            }
        }
        link
    }

    /// A proof first, which `hints` may help to find within so many nodes, and numbers for what has one.
    pub fn establish(&self, mut link: Link, left: &Term, right: &Term, hints: &[Term], nodes: usize) -> Link {
        let limits = Limits { steps: self.steps(), nodes, ..Limits::default() };
        let search = || engine::prove_with(self.library, left, right, hints, &self.hypotheses, &limits).0;
        let wish = self.options.watch.as_ref().map(|watch| watch.wish());
        match deadline::unless(wish, || deadline::until(self.deadline, search)) {
            Outcome::Proved(proof, checked) => {
                let options = self.draws(CONFIRMING, CONFIRMING);
                let finding = check::confirm(&self.library.definitions, left, right, &self.hypotheses, &options);
                self.record(&mut link, finding);
                self.accept(&mut link, proof, &checked);
            }
            Outcome::Open(reason) => link.reason = Some(reason),
        }
        link
    }

    /// A link of which nothing is known; `written` is how its sides were written.
    pub fn link(&self, left: &Term, right: &Term, written: [Formula; 2]) -> Link {
        let [written_left, written_right] = written;
        Link {
            left: written_left,
            right: written_right,
            verdict: Verdict::Open,
            conditions: conditions::of_parameters([left, right], &self.hypotheses, self.given),
            derivation: None,
            comparisons: Vec::new(),
            sizes: BTreeMap::new(),
            witness: None,
            convergence: Vec::new(),
            repair: None,
            reason: None,
        }
    }

    /// The steps that a search may make.
    pub(super) fn steps(&self) -> u64 {
        engine::steps_in(self.time.mul_f64(SEARCH))
    }

    fn numbers(&self, left: &Term, right: &Term, samples: u64, confirming: u64) -> Finding {
        let options = self.draws(samples, confirming);
        check::compare(&self.library.definitions, left, right, &self.hypotheses, &options)
    }

    /// So many draws where they decide alone, and so many where they confirm what has been computed, if the user asks for
    /// no other number.
    fn draws(&self, samples: u64, confirming: u64) -> check::Options {
        check::Options {
            seed: self.options.seed,
            samples: self.options.samples.unwrap_or(samples),
            confirming: self.options.samples.unwrap_or(confirming),
            deadline: Some(self.deadline.min(Instant::now() + self.time)),
            drawing: self.options.drawing,
            watch: self.options.watch.clone(),
            ..check::Options::default()
        }
    }

    /// What has a proof is looked at once more, for functions as rough as the proof and the statement allow.
    fn challenge(&self, link: &mut Link, left: &Term, right: &Term, checked: &Checked) {
        if link.verdict == Verdict::Refuted {
            return;
        }
        let class = |name: &Symbol| {
            if let Some(class) = self.hypotheses.classes.get(name) {
                return *class;
            }
            match demanded_order([left, right], checked, name, highest_derivative) {
                Some(0) | None => Regularity::Jump,
                Some(1) => Regularity::Lipschitz,
                Some(_) => Regularity::Smooth,
            }
        };
        let options = self.draws(FIRST_LOOK, FIRST_LOOK);
        let found = check::challenge(&self.library.definitions, left, right, &class, &self.hypotheses, &options);
        if let Some(witness) = found {
            self.record(link, Finding::Differ(witness));
        }
    }

    /// The comparison that will be shown, again with fewer draws and with more.
    fn converge(&self, link: &mut Link, left: &Term, right: &Term) {
        let Some(shown) = link.numbers().filter(|_| self.options.convergence) else { return };
        let instance = shown.instance.clone();
        let at = |samples: u64| {
            let options = check::Options { seed: self.options.seed, samples, ..check::Options::default() };
            check::simulate_at(&self.library.definitions, left, right, &instance, &options)
        };
        for samples in CONVERGENCE.map(|power| 1 << power) {
            // A simulation may draw more than it was asked to.
            if link.convergence.last().is_none_or(|last| last.samples < samples) {
                link.convergence.extend(at(samples));
            }
        }
    }

    pub(super) fn record(&self, link: &mut Link, finding: Finding) {
        match finding {
            Finding::Agree(comparisons) => link.comparisons = comparisons,
            Finding::Differ(witness) => {
                link.verdict = Verdict::Refuted;
                link.witness = Some(witness);
            }
            Finding::Undecided(why) => link.reason = Some(why),
        }
    }

    /// A derivation counts if the numbers agree with it.
    pub(super) fn accept(&self, link: &mut Link, proof: Proof, checked: &Checked) {
        let certificate = match self.confirmed(&proof, checked) {
            Ok(certificate) => certificate,
            Err(gap) => {
                if link.verdict != Verdict::Refuted {
                    let why = format!("a derivation was found, and the independent checker does not follow it: {gap}");
                    link.reason = Some(why);
                }
                return;
            }
        };
        let mut needed = conditions::of_needs(checked.needs.iter().flatten(), &self.hypotheses);
        needed.extend(certificate::claims_about_laws(&certificate.checked));
        needed.extend(self.own_entries(&proof));
        let assumes = needed.iter().any(|condition| condition.status == Status::Assumed);
        if link.verdict == Verdict::Refuted && assumes {
            // The witness does not meet what the derivation assumes.
            return;
        }
        needed.append(&mut link.conditions);
        needed.sort_by_key(|condition| condition.status);
        link.conditions = needed;
        if link.verdict == Verdict::Refuted {
            link.verdict = Verdict::Open;
            link.reason = Some(CONTRADICTION.into());
        } else if link.comparisons.is_empty() {
            let why = link.reason.take().unwrap_or_default();
            link.reason = Some(format!("there is a derivation, and the numbers could not confirm it: {why}"));
        } else {
            link.verdict = if assumes { Verdict::Conditional } else { Verdict::Proved };
        }
        link.derivation = Some(self.derivation(proof, &checked.needs));
    }

    /// A derivation counts only if the kernel crate, which shares nothing with the search, accepts it as well, for functions
    /// that are no smoother than the derivation asks for and the statement itself says by differentiating them.
    pub(super) fn confirmed(&self, proof: &Proof, checked: &Checked) -> Result<Certificate, Gap> {
        let class = |name: &Symbol| match demanded_order([&proof.left, &proof.right], checked, name, written_order) {
            None | Some(0) => Regularity::Measurable,
            Some(1) => Regularity::Lipschitz,
            Some(_) => Regularity::Smooth,
        };
        self.certifier.confirm(proof, &self.hypotheses, &class, self.options.seed)
    }

    /// What is the user's own is taken on the user's word, which the verdict has to say; what no audit speaks for is
    /// assumed.
    pub(super) fn own_entries(&self, proof: &Proof) -> Vec<Condition> {
        let mut own = OwnEntries::new(self.library);
        own.term(&proof.left);
        own.term(&proof.right);
        for step in &proof.steps {
            own.term(&step.after);
            if let Reason::Rule { name, .. } = &step.reason {
                own.rule(name);
            }
        }
        own.conditions
    }

    pub(super) fn derivation(&self, proof: Proof, needs: &[Vec<Need>]) -> Derivation {
        let letters = self.letters;
        let none = Vec::new();
        let mut before = letters.formula(&proof.left);
        let start = before.clone();
        let mut steps = Vec::new();
        for (index, step) in proof.steps.iter().enumerate() {
            let after = letters.formula(&step.after);
            if step.reason == Reason::Arithmetic && after == before {
                // Only what is not written has changed, such as the place of a factor 1.
                continue;
            }
            let conditions = conditions::of_needs(needs.get(index).unwrap_or(&none), &self.hypotheses);
            steps.push(self.step(&step.reason, before, after.clone(), conditions));
            before = after;
        }
        Derivation { start, steps, proof, hypotheses: self.hypotheses.clone(), parts: Vec::new() }
    }

    fn step(&self, reason: &Reason, before: Formula, after: Formula, conditions: Vec<Condition>) -> Step {
        let (name, forward) = match reason {
            Reason::Arithmetic => ("simplify", true),
            Reason::Hypothesis { forward, .. } => ("hypothesis", *forward),
            Reason::Rule { name, forward, .. } => (&**name, *forward),
        };
        let rule = self.library.rule(name);
        Step {
            rule: name.into(),
            title: title(name),
            reference: rule.and_then(|rule| rule.reference.as_ref()).map(|r| format!("({r})")),
            says: match (rule, reason) {
                (Some(rule), _) => rule.says.clone(),
                (None, Reason::Hypothesis { .. }) => HYPOTHESIS.into(),
                (None, _) => SIMPLIFY.into(),
            },
            forward,
            before,
            after,
            conditions,
        }
    }
}

/// What is said where a derivation and the numbers do not agree.
pub const CONTRADICTION: &str = "CONTRADICTION: there is a derivation, and the numbers differ. One of the two is wrong, \
    which is a defect of stein; do not rely on this statement, and please report it";

/// What a step by a hypothesis does.
const HYPOTHESIS: &str = "One side of an equation that is supposed, in the place of the other.";

/// The highest derivative of a function that a derivation asks for, or that a side of the statement speaks of.
fn demanded_order(
    sides: [&Term; 2],
    checked: &Checked,
    name: &Symbol,
    of_side: fn(&Term, &Symbol) -> u32,
) -> Option<u32> {
    let demanded = checked.needs.iter().flatten().filter(|need| need.function() == Some(name));
    let by_proof = demanded.map(|need| match need {
        Need::Differentiable { order, .. } => *order,
        _ => 1,
    });
    by_proof.chain(sides.into_iter().map(|side| of_side(side, name))).max()
}

/// The highest order to which a function is differentiated in a term, under an operator or by its mark.
fn highest_derivative(term: &Term, name: &Symbol) -> u32 {
    let mut highest = written_order(term, name);
    term.visit(&mut |t| match t.op() {
        Op::Derivative(_, order)
            if t.args()[0].any(&|t| matches!(t.op(), Op::Apply(applied, _) if applied == name)) =>
        {
            highest = highest.max(*order);
        }
        _ => {}
    });
    highest
}

/// The highest order to which a function is differentiated by its mark: f' is 1.
fn written_order(term: &Term, name: &Symbol) -> u32 {
    let mut highest = 0;
    term.visit(&mut |t| {
        if let Op::Apply(applied, orders) = t.op()
            && applied == name
        {
            highest = highest.max(orders.iter().copied().max().unwrap_or(0));
        }
    });
    highest
}

/// What a step that is no rule does.
const SIMPLIFY: &str = "Algebra, linearity of the mean, substitution and ordinary differentiation; no rule is used.";

/// `change of variables` of `N.change-of-variables`.
pub(super) fn title(name: &str) -> String {
    name.rsplit('.').next().unwrap_or(name).replace('-', " ")
}
