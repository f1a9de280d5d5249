//! Candidates for the estimation of an expression, from the entries of the library.

use super::Sample;
use super::forms::Forms;
use crate::engine::rewritten;
use crate::proof::{Hypotheses, Kernel, similar};
use crate::rule::{Condition, Forms as Shown, Library, Recipe, Substitution, instantiate};
use crate::term::{Domain, Op, Simplifier, Symbol, Term, Var, substitute_many};

/// Something to sample that may have the wanted mean.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// What the literature calls it.
    pub title: String,
    /// The entries that it was made with, by name.
    pub made_by: Vec<Symbol>,
    /// Means, and sums and products of means, of what has no derivative of a mean in it.
    pub term: Term,
    /// The same as its entry states it, before any change of variables.
    pub stated: Term,
    /// Constants that may be chosen.
    pub constants: Vec<Var>,
    /// Terms that help to prove it.
    pub hints: Vec<Term>,
    /// Valid, and seldom wanted.
    pub hidden: bool,
    /// One plain sentence.
    pub says: String,
    /// Where it is from: author, title, place.
    pub source: String,
}

/// An estimator that does not apply, with the condition that fails.
#[derive(Clone, Debug)]
pub struct Absent {
    /// What the literature calls it.
    pub title: String,
    /// The condition that fails.
    pub condition: Condition,
}

/// What the library suggests.
#[derive(Clone, Debug, Default)]
pub struct Proposal {
    /// What may be proved to be an estimator.
    pub candidates: Vec<Candidate>,
    /// What is left out, and why.
    pub absent: Vec<Absent>,
}

/// More candidates than this are not made.
const CANDIDATES: usize = 64;
/// Means are looked into so deep.
const NESTED: usize = 12;
/// Orders of derivatives above this are not unfolded.
const ORDERS: u32 = 16;

/// Looks for candidates; `objective` is what is wanted, usually a derivative of a mean.
pub fn propose(library: &Library, hypotheses: &Hypotheses, objective: &Term) -> Proposal {
    let objective = Simplifier::new(&library.definitions).simplify(objective);
    let mut proposer = Proposer {
        library,
        hypotheses,
        forms: Forms::new(library, hypotheses),
        letters: objective.free().iter().filter_map(|v| v.name().map(Symbol::from)).collect(),
        proposal: Proposal::default(),
        standard: vec![],
    };
    let atoms = atoms(&objective);
    match atoms.as_slice() {
        [] => {}
        [atom] if *atom == objective => proposer.atom(atom),
        several => proposer.composite(&objective, several),
    }
    let Proposal { mut candidates, mut absent } = proposer.proposal;
    candidates.retain(|candidate| is_estimator(&candidate.term));
    let place = |candidate: &Candidate| library.recipes.iter().position(|r| Some(&r.name) == candidate.made_by.first());
    candidates.sort_by_key(|candidate| (candidate.hidden, place(candidate)));
    absent.retain(|missing| !candidates.iter().any(|candidate| candidate.title == missing.title));
    Proposal { candidates, absent }
}

/// The largest parts that are means, or derivatives of what holds means.
fn atoms(term: &Term) -> Vec<Term> {
    let is_atom = match term.op() {
        Op::Expect(_) => true,
        Op::Derivative(..) => term.args()[0].has_operator(),
        _ => false,
    };
    if is_atom {
        return vec![term.clone()];
    }
    let mut found: Vec<Term> = Vec::new();
    for atom in term.args().iter().flat_map(atoms) {
        if !found.contains(&atom) {
            found.push(atom);
        }
    }
    found
}

/// True if everything in the term can be sampled; what is left of derivatives, integrals and sums has to be a matter of
/// the laws alone, such as the derivative of a distribution function.
fn is_estimator(term: &Term) -> bool {
    let is_unknown = |t: &Term| matches!(t.op(), Op::Expect(_) | Op::Apply(..) | Op::UnknownLaw(_));
    let stands = |t: &Term| match t.op() {
        Op::Derivative(..) => t.args()[0].has_operator() && t.any(&is_unknown),
        Op::Integral(_) | Op::Sum(_) => t.any(&is_unknown),
        _ => false,
    };
    !term.any(&stands)
}

/// True for what a user would miss: not for an entry that was made for another kind of law.
fn is_missed(condition: &Condition) -> bool {
    !matches!(condition, Condition::Kind { .. } | Condition::Covers { .. })
}

struct Proposer<'a> {
    library: &'a Library,
    hypotheses: &'a Hypotheses,
    forms: Forms<'a>,
    /// Names that are taken.
    letters: Vec<Symbol>,
    proposal: Proposal,
    /// The entries and the [standard form](Forms::standard) of each candidate.
    standard: Vec<(Vec<Symbol>, Term)>,
}

/// What an entry makes of a term.
struct Made {
    term: Term,
    constants: Vec<Var>,
    hints: Vec<Term>,
}

/// A mean on the way to an estimator: the entries used so far.
#[derive(Clone)]
struct Draft {
    made_by: Vec<Symbol>,
    term: Term,
    /// The means on the way here, from the first: a proof goes through their derivatives.
    trail: Vec<Term>,
}

impl<'a> Proposer<'a> {
    fn atom(&mut self, atom: &Term) {
        match atom.op() {
            Op::Derivative(_, order) if atom.args()[1].as_var().is_some() => self.derivative(atom, *order),
            Op::Expect(_) => self.mean(atom),
            _ => {}
        }
        for recipe in self.library.recipes.iter().filter(|e| !e.of.is_empty()) {
            self.remade(recipe);
        }
    }

    /// Candidates for a derivative of a mean: each entry on each form, and the core entries again and again.
    fn derivative(&mut self, atom: &Term, order: u32) {
        let Some(point) = atom.args()[1].as_var().cloned() else { return };
        let inner = Simplifier::new(&self.library.definitions).simplify(&atom.open(&atom.args()[1]));
        let own = self.library.recipes.iter().filter(|e| e.of.is_empty());
        let (core, other): (Vec<_>, Vec<_>) = own.partition(|e| e.core);
        if order <= ORDERS {
            let mut drafts = vec![Draft { made_by: vec![], term: inner.clone(), trail: vec![] }];
            for _ in 0..order {
                drafts = self.differentiated(&core, &drafts, &point);
            }
            drafts.sort_by_key(|draft| !is_pure(draft));
            for draft in drafts {
                self.drafted(&core, draft, &point);
            }
        }
        let has_score = |candidate: &Candidate| candidate.made_by.first().is_some_and(|name| &**name == "score");
        if !self.proposal.candidates.iter().any(has_score) {
            self.no_score(&core, &inner, &point);
        }
        // The first form of the mean that an entry applies to is enough: others differ by a change of variables.
        let forms = self.forms.all(&inner);
        for recipe in other {
            for form in &forms {
                let goal = Term::derivative(&point, order, form.clone());
                let made = self.applied(recipe, &goal).into_iter();
                if made.map(|made| self.add(recipe, vec![recipe.name.clone()], made)).fold(false, |any, new| any | new)
                {
                    break;
                }
            }
        }
    }

    /// Where no law depends on the parameter, and a change of variables that would make it fails by a condition: that.
    fn no_score(&mut self, core: &[&'a Recipe], inner: &Term, point: &Var) {
        let Some(score) = core.iter().find(|recipe| &*recipe.name == "score") else { return };
        let condition = self.forms.refused(inner).into_iter().find_map(|(form, condition)| {
            let moves = matches!(form.op(), Op::Expect(_)) && form.args()[0].depends_on(point);
            (moves && !form.args()[1].depends_on(point)).then_some(condition)
        });
        if let Some(condition) = condition {
            self.proposal.absent.push(Absent { title: score.title.clone(), condition });
        }
    }

    /// One more derivative of each draft, by each of the entries; drafts that come to the same are kept once.
    fn differentiated(&mut self, core: &[&'a Recipe], drafts: &[Draft], point: &Var) -> Vec<Draft> {
        let mut next: Vec<Draft> = Vec::new();
        for draft in drafts {
            for form in self.forms.all(&draft.term) {
                let goal = Term::derivative(point, 1, form.clone());
                for recipe in core {
                    for Made { term, .. } in self.applied(recipe, &goal) {
                        let term = self.completed(recipe, term);
                        let made_by = [draft.made_by.as_slice(), std::slice::from_ref(&recipe.name)].concat();
                        let same = |other: &Draft| self.forms.all(&other.term).contains(&term);
                        if next.len() < CANDIDATES && !next.iter().any(same) {
                            let trail = [draft.trail.as_slice(), std::slice::from_ref(&form)].concat();
                            next.push(Draft { made_by, term, trail });
                        }
                    }
                }
            }
        }
        next
    }

    /// What is left of derivatives of means inside of a mean, by the same entry: a parameter may stand in the laws of several
    /// samples.
    fn completed(&mut self, recipe: &'a Recipe, term: Term) -> Term {
        if is_estimator(&term) {
            return term;
        }
        let definitions = &self.library.definitions;
        let finished = self.inner(recipe, &term, 0);
        finished.filter(is_estimator).map_or(term, |done| Sample::gathered(&mut Simplifier::new(definitions), &done))
    }

    fn inner(&mut self, recipe: &'a Recipe, term: &Term, depth: usize) -> Option<Term> {
        if is_estimator(term) {
            return Some(term.clone());
        }
        match term.op() {
            _ if depth > NESTED => None,
            Op::Derivative(_, 1) if term.args()[0].has_operator() => {
                let point = term.args()[1].as_var().cloned()?;
                let mean = Simplifier::new(&self.library.definitions).simplify(&term.open(&term.args()[1]));
                for form in self.forms.all(&mean) {
                    let goal = Term::derivative(&point, 1, form);
                    for Made { term, .. } in self.applied(recipe, &goal) {
                        if let Some(done) = self.inner(recipe, &term, depth + 1) {
                            return Some(done);
                        }
                    }
                }
                None
            }
            op => {
                let mut args = term.args().to_vec();
                match op.bound() {
                    // Below a mean its variable is a letter, which no one else has.
                    Some(bound) => {
                        let letter = Var::free(&format!("·inner{depth}"), bound.domain);
                        let body = self.inner(recipe, &term.open(&Term::var(letter.clone())), depth + 1)?;
                        args[op.body_index()] = body;
                        Some(Term::bind(op.with_bound(letter), args))
                    }
                    None => {
                        let args = args.iter().map(|arg| self.inner(recipe, arg, depth + 1)).collect::<Option<_>>()?;
                        Some(Term::new(op.clone(), args))
                    }
                }
            }
        }
    }

    fn drafted(&mut self, core: &[&'a Recipe], draft: Draft, point: &Var) {
        let Some(recipe) = core.iter().find(|e| Some(&e.name) == draft.made_by.first()) else { return };
        let order = draft.made_by.len();
        let mut entry = (*recipe).clone();
        if !is_pure(&draft) {
            entry.title = "hybrid".into();
            entry.says = "Some of the derivatives are taken along the path, the others by the score.".into();
            entry.hidden = true;
            entry.forms = Shown::Noise;
        } else if order > 1 {
            entry.title = format!("{}, order {order}", entry.title);
        }
        let left = (1..=order as u32).rev();
        let hints = left.zip(&draft.trail).map(|(order, mean)| Term::derivative(point, order, mean.clone()));
        let made = Made { term: draft.term, constants: vec![], hints: hints.collect() };
        self.add(&entry, draft.made_by, made);
    }

    /// Candidates for a mean itself.
    fn mean(&mut self, atom: &Term) {
        self.proposal.candidates.push(Candidate {
            title: "plain".into(),
            made_by: vec!["score".into()],
            term: atom.clone(),
            stated: atom.clone(),
            constants: vec![],
            hints: vec![],
            hidden: false,
            says: "The mean as it stands.".into(),
            source: String::new(),
        });
        for form in self.forms.all(atom) {
            for recipe in self.library.recipes.iter().filter(|e| e.of.is_empty()) {
                for made in self.applied(recipe, &form) {
                    self.add(recipe, vec![recipe.name.clone()], made);
                }
            }
        }
    }

    /// Candidates made from others.
    fn remade(&mut self, recipe: &Recipe) {
        let parents: Vec<Candidate> = self.proposal.candidates.clone();
        let of = |parent: &&Candidate| parent.made_by.iter().all(|name| recipe.of.contains(name));
        for parent in parents.iter().filter(of) {
            for made in self.applied(recipe, &parent.term) {
                self.add(recipe, vec![recipe.name.clone()], made);
            }
        }
    }

    /// What an entry makes of a term, where its conditions hold; where one fails, that is noted.
    fn applied(&mut self, recipe: &Recipe, term: &Term) -> Vec<Made> {
        let definitions = &self.library.definitions;
        let mut results = Vec::new();
        // Before anything of the user's stands there: a letter of theirs may have the same name.
        let renamed = self.renamed(recipe);
        let right = substitute_many(&recipe.right, &renamed);
        for (substitution, after) in rewritten(definitions, &recipe.left, &right, term) {
            match self.failing(recipe, &substitution) {
                Some(condition) => {
                    let absent = Absent { title: recipe.title.clone(), condition };
                    if is_missed(&absent.condition)
                        && !self.proposal.absent.iter().any(|other| other.title == absent.title)
                    {
                        self.proposal.absent.push(absent);
                    }
                }
                None => {
                    let term = Sample::gathered(&mut Simplifier::new(definitions), &after);
                    let constants = renamed.iter().filter_map(|(_, fresh)| fresh.as_var().cloned());
                    let constants = constants.filter(|letter| term.depends_on(letter)).collect();
                    let hints = recipe.hints.iter().map(|hint| substitute_many(hint, &renamed));
                    let hints = hints.map(|hint| instantiate(definitions, &hint, &substitution));
                    results.push(Made { hints: hints.collect(), constants, term });
                }
            }
        }
        results
    }

    fn failing(&self, recipe: &Recipe, substitution: &Substitution) -> Option<Condition> {
        let kernel = Kernel::new(self.library);
        let fails = |condition: &&Condition| {
            kernel.conditions(std::slice::from_ref(*condition), substitution, self.hypotheses).is_err()
        };
        let condition = recipe.conditions.iter().find(fails)?;
        Some(condition.instantiate(&self.library.definitions, substitution))
    }

    /// The constants of an entry, each with a name that is free.
    fn renamed(&self, recipe: &Recipe) -> Vec<(Var, Term)> {
        let own = recipe.right.free().iter().filter(|v| !recipe.left.depends_on(v));
        let fresh = |letter: &Var| {
            let name = letter.name()?;
            let taken = |name: &str| self.letters.iter().any(|other| &**other == name);
            let numbered = (1..).map(|i| format!("{name}_{i}"));
            let fresh = std::iter::once(name.to_string()).chain(numbered).find(|name| !taken(name))?;
            Some((letter.clone(), Term::var(Var::free(&fresh, Domain::Real))))
        };
        own.filter_map(fresh).collect()
    }

    /// A candidate in the forms that the entry asks for; false if it is known.
    fn add(&mut self, recipe: &Recipe, made_by: Vec<Symbol>, made: Made) -> bool {
        let noise = self.forms.noise(&made.term);
        let standard = noise.clone().unwrap_or_else(|| self.forms.standard(&made.term));
        let is_known = |(entries, term): &(Vec<Symbol>, Term)| {
            *entries == made_by && (*term == standard || similar(&self.library.definitions, term, &standard))
        };
        if self.standard.iter().any(is_known) {
            return false;
        }
        self.standard.push((made_by.clone(), standard));
        let term = made.term.clone();
        let shown = match (recipe.forms, noise) {
            (Shown::Stated, _) | (_, None) => vec![term],
            (Shown::Noise, Some(noise)) => vec![noise],
            (Shown::Both, Some(noise)) => vec![noise, term],
        };
        let mut is_new = false;
        for term in shown {
            let known = self.proposal.candidates.iter().any(|other| other.term == term);
            if !known && self.proposal.candidates.len() < CANDIDATES {
                is_new = true;
                self.proposal.candidates.push(Candidate {
                    title: recipe.title.clone(),
                    made_by: made_by.clone(),
                    term,
                    stated: made.term.clone(),
                    constants: made.constants.clone(),
                    hints: made.hints.clone(),
                    hidden: recipe.hidden,
                    says: recipe.says.clone(),
                    source: recipe.source.clone(),
                });
            }
        }
        is_new
    }

    /// Sums and products of means: every derivative is estimated in the same way.
    fn composite(&mut self, objective: &Term, atoms: &[Term]) {
        let library = self.library;
        let mut parts: Vec<(Term, Vec<Candidate>)> = Vec::new();
        for atom in atoms.iter().filter(|atom| matches!(atom.op(), Op::Derivative(..))) {
            let part = propose(library, self.hypotheses, atom);
            self.proposal.absent.extend(part.absent);
            parts.push((atom.clone(), part.candidates));
        }
        let Some((_, first)) = parts.first() else { return };
        let mut simplifier = Simplifier::new(&library.definitions);
        for candidate in first {
            let alike = |(atom, candidates): &(Term, Vec<Candidate>)| {
                let same = |other: &&Candidate| other.made_by == candidate.made_by && other.constants.is_empty();
                Some((atom.clone(), candidates.iter().find(same)?.clone()))
            };
            let Some(alike) = parts.iter().map(alike).collect::<Option<Vec<_>>>() else { continue };
            let replacements: Vec<_> = alike.iter().map(|(atom, other)| (atom.clone(), other.term.clone())).collect();
            let term = simplifier.simplify(&replaced(objective, &replacements));
            if !self.proposal.candidates.iter().any(|other| other.term == term) {
                // What helps each part helps the whole, and so does each part itself.
                let hints = alike.iter().flat_map(|(_, other)| other.hints.iter().chain([&other.term]).cloned());
                self.proposal.candidates.push(Candidate {
                    stated: term.clone(),
                    term,
                    hints: hints.collect(),
                    ..candidate.clone()
                });
            }
        }
    }
}

fn is_pure(draft: &Draft) -> bool {
    draft.made_by.windows(2).all(|pair| pair[0] == pair[1])
}

/// The term with parts replaced.
fn replaced(term: &Term, replacements: &[(Term, Term)]) -> Term {
    if let Some((_, new)) = replacements.iter().find(|(old, _)| old == term) {
        return new.clone();
    }
    Term::new(term.op().clone(), term.args().iter().map(|arg| replaced(arg, replacements)).collect())
}
