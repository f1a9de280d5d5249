//! Proofs that are kept in a file, and files that are checked again.

use super::answer::{Condition, Status};
use super::letters::Letters;
use super::{Answer, Derivation, Error, Session, Verdict, guarded};
use crate::certify::{self, Certificate, Certifier, Gap};
use crate::render::{Block, Document, Formula, Line, Tone};
use crate::term::{Domain, Term, Var};
use serde::Serialize;
use std::sync::Arc;
use stein_kernel::check::{self, Checked, Proof};
use stein_kernel::context::{Claim, Hypothesis, Need, Scope};
use stein_kernel::growth;
use stein_kernel::library::Class;
use stein_kernel::term::{Op, Table, Term as KernelTerm};

/// The letters that the variables of binders around a claim get.
const LETTERS: [&str; 8] = ["x", "y", "z", "w", "u", "v", "s", "t"];

/// A proof of a file that the kernel has accepted, in words.
#[derive(Clone, Debug)]
pub struct Verified {
    /// What is proved, as it was read from the file: compare it with what you meant.
    pub statement: Formula,
    /// What the file grants of letters and unknown functions.
    pub given: Vec<String>,
    /// What nobody has proved or granted: the statement holds if these do.
    pub assumed: Vec<String>,
    /// What the statement says by meaning something, and what unspecified laws are taken to be.
    pub implied: Vec<String>,
    /// The rules, laws and functions that it rests on, by kind.
    pub rests_on: Vec<(&'static str, Vec<String>)>,
    /// How many moves it has.
    pub steps: usize,
    /// The binary logarithm of the probability that some arithmetic of it is wrong.
    pub error: f64,
}

#[derive(Serialize)]
struct Record<'a> {
    schema: u32,
    statement: &'a str,
    verdict: &'static str,
    given: &'a [String],
    assumed: &'a [String],
    implied: &'a [String],
    rules: &'a [String],
    laws: &'a [String],
    own: &'a [String],
    steps: usize,
    error_log2: Option<f64>,
}

impl Session {
    /// The proof behind a derivation, as the kernel crate accepts it.
    ///
    /// # Errors
    /// Says which step has no counterpart there.
    pub fn certify(&self, derivation: &Derivation) -> Result<Certificate, Gap> {
        let certifier = self.certifier();
        certifier.certify(&derivation.proof, &derivation.hypotheses, self.options.seed)
    }

    /// Makes certificates over the library of the session.
    pub(super) fn certifier(&self) -> Certifier<'_> {
        let library = self.certified.get_or_init(|| Arc::new(certify::library(&self.library)));
        Certifier::with(&self.library, library.clone())
    }

    /// Makes certificates that are not written: with the rules of each proof alone.
    pub(super) fn confirmer(&self) -> Certifier<'_> {
        let definitions = self.defined.get_or_init(|| Arc::new(certify::definitions(&self.library)));
        Certifier::with(&self.library, definitions.clone())
    }

    /// The proofs of an answer as a file that [`Session::verify`] checks again: one for each link, in order; of a derivation
    /// between operators, the relations that it uses.
    ///
    /// # Errors
    /// There is no derivation, or the kernel crate does not accept a step of it.
    pub fn save(&self, answer: &Answer) -> Result<String, Error> {
        guarded(|| {
            let certifier = self.certifier();
            let mut text = String::new();
            for link in &answer.links {
                let nothing = || Error::input("there is no proof to save", Some("only what is proved can be saved"));
                let proved = link.derivation.as_ref().filter(|_| link.verdict <= Verdict::Conditional);
                let derivation = proved.ok_or_else(nothing)?;
                for part in derivation.accepted() {
                    let certified = certifier.certify(&part.proof, &part.hypotheses, self.options.seed);
                    let help = "the verdict stands; the independent checker cannot follow the derivation yet";
                    let unable = |gap: Gap| Error::input(format!("the proof cannot be saved: {gap}"), Some(help));
                    let certificate = certified.map_err(unable)?;
                    text += &stein_kernel::file::write(certifier.library(), &certificate.proof);
                }
            }
            Ok(text)
        })
    }

    /// Checks the proofs of a file with the kernel crate alone: nothing of what found them takes part. `seed` is what the
    /// arithmetic is drawn from; one that the author of the file does not know makes the printed error hold.
    ///
    /// ```
    /// let session = stein::Session::new()?;
    /// let answer = session.prove("D_θ[E_{x ~ N(0,1)}[f(θ + σ x)]] = E_{x ~ N(0,1)}[x/σ f(θ + σ x)]")?;
    /// let file = session.save(&answer)?;
    /// let verified = session.verify("proof.json", &file, 7)?;
    /// assert!(verified[0].assumed.is_empty());
    /// let changed = file.replacen("{\"rat\":\"1\"}", "{\"rat\":\"2\"}", 1);
    /// assert!(session.verify("proof.json", &changed, 7).is_err());
    /// # Ok::<(), stein::Error>(())
    /// ```
    ///
    /// # Errors
    /// Says in which line the file cannot be read, or which step is refused.
    pub fn verify(&self, file: &str, text: &str, seed: u64) -> Result<Vec<Verified>, Error> {
        guarded(|| {
            let certifier = self.certifier();
            let library = certifier.library();
            let mut verified = vec![];
            for (line, part) in parts(text) {
                let read = stein_kernel::file::read(library, &part);
                let proof = read.map_err(|error| unreadable(file, line, &error))?;
                let result = check::check(library, &proof, Some(growth::judge), seed);
                let checked = result.map_err(|failure| refused(&proof, &failure).in_file(file, line + 1))?;
                verified.push(Verified::new(&proof, &checked));
            }
            match verified.is_empty() {
                true => Err(Error::input(format!("`{file}` holds no proof"), Some(HOW_TO_SAVE))),
                false => Ok(verified),
            }
        })
    }
}

const HOW_TO_SAVE: &str = "`stein prove 'L = R' --save FILE` writes one";

/// The proofs of a file, each with the line in which it begins, from 0.
fn parts(text: &str) -> Vec<(usize, String)> {
    let mut parts: Vec<(usize, String)> = vec![];
    for (number, line) in text.lines().enumerate() {
        if parts.is_empty() || line.starts_with("{\"k\":\"head\"") {
            parts.push((number, String::new()));
        }
        if let Some((_, part)) = parts.last_mut() {
            part.push_str(line);
            part.push('\n');
        }
    }
    parts.retain(|(_, part)| !part.trim().is_empty());
    parts
}

fn unreadable(file: &str, before: usize, error: &stein_kernel::file::FileError) -> Error {
    let line = before + error.line;
    Error::input(format!("{file}:{line}: {}", error.fault), Some(HOW_TO_SAVE))
}

fn refused(proof: &Proof, failure: &check::Failure) -> Error {
    let place = match failure.step {
        None => "the statement".to_string(),
        Some(step) if step == proof.steps.len() => "the end of the proof".to_string(),
        Some(step) => format!("step {}", step + 1),
    };
    let help = "the file was changed after it was written, or is no proof";
    Error::input(format!("{place} is refused: {}", failure.words), Some(help))
}

/// What a proof takes of laws and the kernel crate has not proved: signs of densities, as outside of a support a density is 0,
/// and that an unspecified law has a density, so that no sample lies at a kink.
pub(super) fn claims_about_laws(checked: &Checked) -> Vec<Condition> {
    let holds_density = |term: KernelTerm| {
        let mut found = false;
        checked.table.visit(term, &mut |_, _, op| found |= *op == Op::Dens);
        found
    };
    let of_density = |need: &&Need| match need.claim {
        Claim::Positive(term) | Claim::NonZero(term) | Claim::NonNegative(term) => holds_density(term),
        Claim::LawIs(_, true) => true,
        _ => false,
    };
    let words = Words { table: &checked.table };
    let name = |law: KernelTerm| match checked.table.op(law) {
        Op::AnyLaw(name) => Some(name.clone()),
        _ => None,
    };
    let said = checked.needs.iter().filter(of_density).map(|need| match need.claim {
        // For whatever it is given.
        Claim::LawIs(law, true) if name(law).is_some() => {
            format!("{} has a density", name(law).as_deref().unwrap_or_default())
        }
        _ => words.need(need),
    });
    distinct(said).into_iter().map(|text| Condition { text, status: Status::Assumed }).collect()
}

impl Verified {
    fn new(proof: &Proof, checked: &Checked) -> Verified {
        let words = Words { table: &proof.table };
        let equation = proof.statement.sides.map(|(left, right)| {
            let letters = Letters::default();
            letters.formula(&words.term(left, &[])).equals(&letters.formula(&words.term(right, &[])))
        });
        let mut given: Vec<String> = proof.statement.hypotheses.iter().map(|h| words.hypothesis(h)).collect();
        let mut assumed = vec![];
        for (name, unknown) in &proof.statement.functions {
            let sentence = format!("{name} : {}", format!("{:?}", unknown.class).to_lowercase());
            match unknown.class {
                Class::Measurable => {}
                _ if unknown.assumed => assumed.push(sentence),
                _ => given.push(sentence),
            }
        }
        given.extend(
            proof
                .statement
                .laws
                .iter()
                .map(|(name, continuous)| format!("{name} is {}", if *continuous { "continuous" } else { "discrete" })),
        );
        let words = Words { table: &checked.table };
        let is_regular = |need: &&Need| matches!(need.claim, Claim::Regular(_));
        let say = |need: &Need| words.need(need);
        let implied = checked.conventions.iter().chain(checked.needs.iter().filter(is_regular)).map(say);
        let list = |names: &std::collections::BTreeSet<stein_kernel::term::Name>| {
            names.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        Verified {
            statement: equation.unwrap_or_default(),
            given,
            assumed: distinct(
                assumed.into_iter().chain(checked.needs.iter().filter(|need| !is_regular(need)).map(say)),
            ),
            implied: distinct(implied),
            rests_on: vec![
                ("rules", list(&checked.rules)),
                ("laws", list(&checked.laws)),
                ("your own", list(&checked.user)),
            ],
            steps: proof.steps.len(),
            error: checked.error,
        }
    }

    /// The verdict in a word: `verified`, or `conditional` if something is assumed.
    pub fn word(&self) -> &'static str {
        if self.assumed.is_empty() { "verified" } else { "conditional" }
    }

    /// What is shown of it, in all formats.
    pub fn document(&self) -> Document {
        let [(_, rules), (_, laws), (_, own)] = &self.rests_on[..] else { return Document::default() };
        let record = Record {
            schema: 1,
            statement: &self.statement.unicode,
            verdict: self.word(),
            given: &self.given,
            assumed: &self.assumed,
            implied: &self.implied,
            rules,
            laws,
            own,
            steps: self.steps,
            // Exact arithmetic errs with probability 0.
            error_log2: Some(self.error).filter(|error| error.is_finite()),
        };
        let data = serde_json::to_value(&record).unwrap_or_default();
        let mut document = Document { data: vec![data], ..Document::default() };
        let tone = if self.assumed.is_empty() { Tone::Good } else { Tone::Caution };
        let about = Line::math(self.statement.clone());
        document.push(Block::Verdict { tone, word: self.word().into(), about });
        let error = match self.error.is_finite() {
            true => format!(", wrong with a probability below 2^{}", self.error.ceil()),
            false => String::new(),
        };
        let moves = if self.steps == 1 { "move" } else { "moves" };
        document.note(Tone::Neutral, "checked", Line::text(format!("{} {moves}{error}", self.steps)));
        for (kind, names) in self.rests_on.iter().filter(|(_, names)| !names.is_empty()) {
            document.note(Tone::Neutral, kind, Line::text(names.join(", ")));
        }
        let labelled = [("given", &self.given), ("assumed", &self.assumed), ("implied", &self.implied)];
        let entries: Vec<(String, Line)> = labelled
            .into_iter()
            .flat_map(|(label, texts)| texts.iter().map(move |text| (label.to_string(), Line::text(text.clone()))))
            .collect();
        if !entries.is_empty() {
            document.push(Block::Entries { title: "where".into(), entries });
        }
        document
    }
}

fn distinct(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut found = vec![];
    for text in texts {
        if !found.contains(&text) {
            found.push(text);
        }
    }
    found
}

/// What a proof speaks of, in words.
struct Words<'a> {
    table: &'a Table,
}

impl Words<'_> {
    fn term(&self, term: KernelTerm, around: &[String]) -> Term {
        let mut around = around.iter().map(|name| Var::free(name, Domain::Real)).collect();
        certify::imported(self.table, term, &mut around)
    }

    fn show(&self, term: KernelTerm, around: &[String]) -> String {
        Letters::default().formula(&self.term(term, around)).unicode
    }

    fn hypothesis(&self, hypothesis: &Hypothesis) -> String {
        match hypothesis {
            Hypothesis::Positive(t) => format!("{} > 0", self.show(*t, &[])),
            Hypothesis::NonNegative(t) => format!("{} ≥ 0", self.show(*t, &[])),
            Hypothesis::NonZero(t) => format!("{} ≠ 0", self.show(*t, &[])),
            Hypothesis::Whole(t) => format!("{} is a whole number, 0 or above", self.show(*t, &[])),
            Hypothesis::Equal(a, b) => format!("{} = {}", self.show(*a, &[]), self.show(*b, &[])),
        }
    }

    fn need(&self, need: &Need) -> String {
        let (mut around, mut places): (Vec<String>, Vec<String>) = (vec![], vec![]);
        for scope in &need.scopes {
            let name = LETTERS.get(around.len()).map_or_else(|| format!("x_{}", around.len()), ToString::to_string);
            let show = |t: &KernelTerm| self.show(*t, &around);
            places.push(match scope {
                Scope::Sample(law) => format!("{name} ~ {}", self.law(*law, &around)),
                Scope::Near(point) | Scope::Across(point) => format!("{name} near {}", show(point)),
                Scope::Range(lo, hi) => format!("{name} from {} to {}", show(lo), show(hi)),
                Scope::Whole(lo, hi) => format!("whole {name} from {} to {}", show(lo), show(hi)),
            });
            around.push(name);
        }
        let claim = self.claim(&need.claim, &around);
        if places.is_empty() { claim } else { format!("for {}: {claim}", places.join(", ")) }
    }

    fn law(&self, law: KernelTerm, around: &[String]) -> String {
        let mut express = crate::term::Express::default();
        crate::syntax::print_law(&express.law(&self.term(law, around)), crate::syntax::Style::Unicode)
    }

    fn claim(&self, claim: &Claim, around: &[String]) -> String {
        let show = |t: &KernelTerm| self.show(*t, around);
        match claim {
            Claim::Positive(t) => format!("{} > 0", show(t)),
            Claim::NonNegative(t) => format!("{} ≥ 0", show(t)),
            Claim::NonZero(t) => format!("{} ≠ 0", show(t)),
            Claim::Whole(t) => format!("{} is a whole number, 0 or above", show(t)),
            Claim::InSupport(law, t) => format!("{} lies in the support of {}", show(t), self.law(*law, around)),
            Claim::Covers(wide, narrow) => {
                format!("the support of {} covers that of {}", self.law(*wide, around), self.law(*narrow, around))
            }
            Claim::LawIs(law, true) => format!("{} has a density", self.law(*law, around)),
            Claim::LawIs(law, false) => format!("{} has masses at points", self.law(*law, around)),
            Claim::FixedSupport(law) => format!("the support of {} does not move", self.law(*law, around)),
            Claim::Class(t) | Claim::Exists(t) => format!("{} exists", show(t)),
            Claim::Continuous(t, true) => format!("{} is absolutely continuous", show(t)),
            Claim::Continuous(t, false) => format!("{} is continuous", show(t)),
            Claim::Integrable(laws, body) => format!("{} is finite", self.mean(laws, *body, around, true)),
            Claim::Vanishes(laws, body) => {
                format!(
                    "the integrand of {} times the density vanishes at the ends",
                    self.mean(laws, *body, around, false)
                )
            }
            Claim::Regular(name) => format!("{name} is regular: its score is integrable against what occurs"),
        }
    }

    /// The mean of the integrand, or of its absolute value.
    fn mean(&self, laws: &[KernelTerm], body: KernelTerm, around: &[String], absolute: bool) -> String {
        let mut table = self.table.clone();
        let body = if absolute { table.fun("abs", vec![body]) } else { body };
        let mean = table.term(stein_kernel::term::Op::Mean, [laws, &[body]].concat());
        Words { table: &table }.show(mean, around)
    }
}
