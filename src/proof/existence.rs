//! Whether the means of a step exist. A mean is a claim that it converges absolutely: each that a step brings in is
//! either on the page (in the statement, or before the step), or converges by the growth calculus, or is assumed to.

use super::export::{self, Export};
use super::need::Need;
use super::refusal::refuse;
use crate::term::{Definitions, Hypotheses, Op, Simplifier, Term, Var, canonical, is_nonzero, substitute};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use stein_kernel::growth::{Growth, Verdict};
use stein_kernel::library::Library;

/// A mean, and the orders of derivatives that are assumed.
type Question = (Term, Vec<(crate::term::Symbol, u32)>);

/// Decides convergence, with the library and the work of earlier questions at hand.
pub(super) struct Existence<'a> {
    definitions: &'a Definitions,
    library: RefCell<Option<Library>>,
    known: RefCell<HashMap<Question, Verdict>>,
    standing: RefCell<HashMap<Term, Rc<Vec<Standing>>>>,
}

/// A mean, integral or infinite sum where it stands.
#[derive(Clone, PartialEq)]
pub(super) struct Standing {
    /// The mean, which may hold variables of the binders around.
    mean: Term,
    /// The same with the binders around it, so that it can be compared and printed.
    closed: Term,
    /// The variable of a derivative stands in it: it has to exist near the point.
    near: bool,
}

impl<'a> Existence<'a> {
    pub fn new(definitions: &'a Definitions) -> Existence<'a> {
        Existence { definitions, library: RefCell::new(None), known: RefCell::default(), standing: RefCell::default() }
    }

    pub(super) fn definitions(&self) -> &'a Definitions {
        self.definitions
    }

    /// What it takes for a mean to exist; `orders` are the derivatives of unknown functions that are assumed.
    ///
    /// # Errors
    /// It does not exist.
    pub fn needs(
        &self,
        mean: &Term,
        near: bool,
        hypotheses: &Hypotheses,
        orders: &Orders,
    ) -> Result<Vec<Need>, String> {
        match self.verdict(mean, hypotheses, orders) {
            Verdict::Holds => Ok(vec![]),
            Verdict::Regular => Ok(vec![regular(mean)]),
            Verdict::Fails => refuse("a mean of the step is not finite"),
            Verdict::Unknown if is_explicit(mean) => refuse("a mean of the step is not known to be finite"),
            Verdict::Unknown => Ok(vec![Need::Exists { mean: absolute(&self.tidy(mean)), near }]),
        }
    }

    fn tidy(&self, mean: &Term) -> Term {
        let simple = Simplifier::new(self.definitions).simplify(mean);
        if is_mean(&simple) { simple } else { mean.clone() }
    }

    /// Whether a mean converges.
    pub fn verdict(&self, mean: &Term, hypotheses: &Hypotheses, orders: &Orders) -> Verdict {
        let key = (mean.clone(), orders.list());
        if let Some(known) = self.known.borrow().get(&key) {
            return *known;
        }
        // Derivatives are taken beforehand, inside of means where nothing has to be assumed for that.
        let mean = if mean.any(&|t| matches!(t.op(), Op::Derivative(..))) {
            self.interchanged(&Simplifier::new(self.definitions).simplify(mean), hypotheses, orders)
        } else {
            mean.clone()
        };
        if !is_mean(&mean) {
            // Factors have come out, or nothing is left: what is still a mean has to exist.
            let verdicts: Vec<Verdict> =
                self.standing(&mean).iter().map(|standing| self.verdict(&standing.mean, hypotheses, orders)).collect();
            let worst = [Verdict::Fails, Verdict::Unknown, Verdict::Regular].into_iter().find(|v| verdicts.contains(v));
            return worst.unwrap_or(Verdict::Holds);
        }
        let mut library = self.library.borrow_mut();
        let library = library.get_or_insert_with(|| export::library(self.definitions));
        let mut table = std::mem::take(&mut library.table);
        let mut export = Export::new(self.definitions, &mut table);
        let verdict = match export.term(&mean) {
            None => Verdict::Unknown,
            Some(exported) => {
                let mut known = export.known(hypotheses);
                known.orders.extend(orders.0.iter().map(|(name, order)| (name.clone(), *order)));
                Growth::new(&mut table, library, &known).converges(exported)
            }
        };
        library.table = table;
        self.known.borrow_mut().insert(key, verdict);
        verdict
    }

    /// The means, integrals and infinite sums of a term, where they stand.
    pub fn standing(&self, term: &Term) -> Rc<Vec<Standing>> {
        if let Some(known) = self.standing.borrow().get(term) {
            return known.clone();
        }
        let mut found = Vec::new();
        collect(&mut Simplifier::new(self.definitions), &canonical(term), &mut Vec::new(), &mut found);
        let found = Rc::new(found);
        self.standing.borrow_mut().insert(term.clone(), found.clone());
        found
    }

    /// What it takes that the means of a term exist which are not among those that exist already; of these, those of
    /// `exempt` exist because the rule says so.
    pub fn of_step(
        &self,
        after: &Term,
        exempt: &[Standing],
        page: &[Standing],
        hypotheses: &Hypotheses,
        orders: &Orders,
    ) -> Result<Vec<Need>, String> {
        let mut needs = Vec::new();
        for standing in self.standing(after).iter() {
            let is_known = |other: &Standing| other.closed == standing.closed && (other.near || !standing.near);
            if page.iter().chain(exempt).any(is_known) {
                continue;
            }
            match self.verdict(&standing.mean, hypotheses, orders) {
                Verdict::Holds => {}
                Verdict::Regular => needs.push(regular(&standing.mean)),
                Verdict::Fails => refuse::<()>("a mean of the step is not finite")?,
                Verdict::Unknown if self.follows(standing, page, hypotheses, orders) => {}
                // What holds no unknown function or law is no matter of assumption.
                Verdict::Unknown if is_explicit(&standing.mean) => {
                    refuse::<()>("a mean of the step is not known to be finite")?;
                }
                Verdict::Unknown => {
                    needs.push(Need::Exists { mean: absolute(&standing.closed), near: standing.near });
                }
            }
        }
        Ok(needs)
    }

    /// Whether a mean exists because means of the page do: each of its summands is, up to factors free of the sample, a
    /// summand of one whose other summands exist, or a bounded multiple of one.
    fn follows(&self, standing: &Standing, page: &[Standing], hypotheses: &Hypotheses, orders: &Orders) -> bool {
        let Op::Expect(var) = standing.mean.op() else { return false };
        let (law, body) = (&standing.mean.args()[0], &standing.mean.args()[1]);
        let exists = |body: &Term| {
            let mean = Term::bind(Op::Expect(var.clone()), vec![law.clone(), body.clone()]);
            matches!(self.verdict(&mean, hypotheses, orders), Verdict::Holds | Verdict::Regular)
        };
        let known: Vec<Term> = (page.iter())
            .filter(|other| other.near || !standing.near)
            .filter_map(|other| match other.mean.op() {
                Op::Expect(own) if other.mean.args()[0] == *law => {
                    Some(substitute(&other.mean.args()[1], own, &Term::var(var.clone())))
                }
                _ => None,
            })
            .collect();
        let mut simplifier = Simplifier::new(self.definitions);
        let mut is_zero = |sum: Term| simplifier.simplify(&sum).is_zero();
        if known.iter().any(|other| {
            is_zero(Term::add(vec![body.clone(), other.clone()])) || is_zero(body.clone().minus(other.clone()))
        }) {
            return true;
        }
        let (own, known) = (summands(body), known.iter().map(summands).collect::<Vec<_>>());
        own.iter().all(|summand| {
            let (wanted, _) = split(summand, var);
            known.iter().any(|sum| {
                let alike = |part: &Term| {
                    let (have, constant) = split(part, var);
                    constant.iter().all(is_nonzero) && wanted == have
                };
                let Some(index) = sum.iter().position(alike) else {
                    // Not a summand itself; a bounded multiple of a mean of one summand may be.
                    return sum.len() == 1
                        && self.is_bounded_multiple(standing, &wanted, &split(&sum[0], var), hypotheses);
                };
                sum.iter().enumerate().all(|(other, part)| other == index || exists(part))
            }) || exists(summand)
        })
    }

    fn is_bounded_multiple(
        &self,
        standing: &Standing,
        wanted: &[Term],
        (have, constant): &(Vec<Term>, Vec<Term>),
        hypotheses: &Hypotheses,
    ) -> bool {
        if !constant.iter().all(is_nonzero) {
            return false;
        }
        let mut rest = wanted.to_vec();
        for factor in have {
            let Some(index) = rest.iter().position(|t| t == factor) else { return false };
            rest.remove(index);
        }
        let mut library = self.library.borrow_mut();
        let library = library.get_or_insert_with(|| export::library(self.definitions));
        let mut table = std::mem::take(&mut library.table);
        let mut export = Export::new(self.definitions, &mut table);
        let factor = Term::bind(standing.mean.op().clone(), vec![standing.mean.args()[0].clone(), Term::mul(rest)]);
        let exported = export.term(&factor);
        let known = export.known(hypotheses);
        let bounded = exported.is_some_and(|mean| Growth::new(&mut table, library, &known).is_bounded(mean));
        library.table = table;
        bounded
    }
}

/// For each unknown function the order of its derivative that is assumed to exist.
#[derive(Clone, Debug, Default)]
pub(super) struct Orders(std::collections::BTreeMap<crate::term::Symbol, u32>);

impl Orders {
    /// What needs assume of derivatives.
    pub fn of(needs: &[Need]) -> Orders {
        let mut orders = Orders::default();
        for need in needs {
            if let Need::Differentiable { function, order } = need {
                let entry = orders.0.entry(function.clone()).or_insert(0);
                *entry = (*entry).max(*order);
            }
        }
        orders
    }

    fn list(&self) -> Vec<(crate::term::Symbol, u32)> {
        self.0.iter().map(|(name, order)| (name.clone(), *order)).collect()
    }
}

fn is_mean(term: &Term) -> bool {
    matches!(term.op(), Op::Expect(_) | Op::Integral(_) | Op::Sum(_))
}

/// No unknown function and no unspecified law occurs: nothing is left to be assumed of the mean.
pub(super) fn is_explicit(mean: &Term) -> bool {
    !mean.any(&|t| matches!(t.op(), Op::Apply(..) | Op::UnknownLaw(_)))
}

fn regular(mean: &Term) -> Need {
    let mut names = std::collections::BTreeSet::new();
    mean.visit(&mut |t| {
        if let Op::UnknownLaw(name) = t.op() {
            names.insert(name.to_string());
        }
    });
    let names: Vec<String> = names.into_iter().collect();
    let (are, their) = if names.len() == 1 { ("is", "its score is") } else { ("are", "their scores are") };
    let names = names.join(", ");
    Need::Convention(format!("{names} {are} regular: {their} integrable against the functions that occur"))
}

/// The mean of the absolute value.
fn absolute(mean: &Term) -> Term {
    let mut args = mean.args().to_vec();
    if let Some(body) = args.get_mut(mean.op().body_index()) {
        *body = match body.op() {
            Op::Expect(_) | Op::Integral(_) | Op::Sum(_) => absolute(body),
            Op::Function(name) if &**name == "abs" => body.clone(),
            _ => Term::function("abs", vec![body.clone()]),
        };
    }
    Term::new(mean.op().clone(), args)
}

/// A binder around: its root with its arguments but for the body.
type Around = (Op, Vec<Term>);

fn collect(simplifier: &mut Simplifier, term: &Term, around: &mut Vec<Around>, found: &mut Vec<Standing>) {
    let converges = match term.op() {
        Op::Expect(_) => true,
        Op::Integral(_) | Op::Sum(_) => {
            term.args()[..2].iter().any(|end| end.factors().iter().any(|f| *f.op() == Op::Infinity))
                || matches!(term.op(), Op::Integral(_))
        }
        _ => false,
    };
    if converges && !term.args()[term.op().body_index()].is_zero() {
        let (closed, near) = closed(term, around);
        let closed = canonical(&simplifier.simplify(&closed));
        let mean = simplifier.simplify(term);
        let known = found.iter().any(|other| other.closed == closed && other.near == near);
        // What simplifies to no mean at all, such as the mean of 0, exists.
        if is_mean(&mean) && !known {
            found.push(Standing { mean, closed, near });
        } else if mean.has_operator() {
            // A factor has come out, or a sum was taken apart.
            mean.args().iter().for_each(|part| collect(simplifier, part, around, found));
        }
    }
    let body = term.op().bound().map(|_| term.op().body_index());
    for (index, arg) in term.args().iter().enumerate() {
        if Some(index) == body {
            around.push((term.op().clone(), term.args().to_vec()));
            collect(simplifier, arg, around, found);
            around.pop();
        } else {
            collect(simplifier, arg, around, found);
        }
    }
}

fn closed(term: &Term, around: &[Around]) -> (Term, bool) {
    let mut closed = term.clone();
    let mut near = false;
    for (op, args) in around.iter().rev() {
        let Some(var) = op.bound().filter(|var| closed.depends_on(var)) else { continue };
        closed = match op {
            Op::Derivative(..) => {
                near = true;
                substitute(&closed, var, &args[1])
            }
            _ => {
                let mut args = args.clone();
                args[op.body_index()] = closed;
                Term::new(op.clone(), args)
            }
        };
    }
    (closed, near)
}

fn summands(term: &Term) -> Vec<Term> {
    match term.op() {
        Op::Add => term.args().iter().flat_map(summands).collect(),
        Op::Mul => {
            // A product with one sum is written out.
            let factors = term.factors();
            match factors.iter().position(|f| *f.op() == Op::Add) {
                Some(index) => {
                    let rest: Vec<Term> =
                        factors.iter().enumerate().filter(|(i, _)| *i != index).map(|(_, f)| f.clone()).collect();
                    let product = |part: &Term| Term::mul([rest.clone(), part.factors().to_vec()].concat());
                    factors[index].args().iter().flat_map(|part| summands(&product(part))).collect()
                }
                None => vec![term.clone()],
            }
        }
        _ => vec![term.clone()],
    }
}

/// The factors that hold the variable, in order, and the others.
fn split(term: &Term, var: &Var) -> (Vec<Term>, Vec<Term>) {
    let mut parts: (Vec<Term>, Vec<Term>) = term.factors().iter().cloned().partition(|f| f.depends_on(var));
    parts.0.sort();
    parts
}
