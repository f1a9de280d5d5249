//! Arrays written out: entries as letters of their own, functions of an array as functions of its entries.

use super::indices::Indices;
use super::{Result, law_of_array, unreduced};
use crate::term::{
    CHOLESKY, CHOOSE, DELTA, DET, Definitions, Domain, INVERSE, Op, PRODUCT, Problem, Simplifier, Support, Symbol,
    TOTAL, Term, Var, is_nonnegative, is_positive, substitute_many,
};
use std::collections::BTreeSet;

/// The name of an entry: `x_i`, `g_2`.
pub fn indexed(name: &str, index: &Term) -> Symbol {
    let index = match index.as_var().and_then(Var::name) {
        Some(letter) => letter.to_string(),
        None => index.as_integer().map_or_else(String::new, |n| n.to_string()),
    };
    let joined = if name.contains('_') { format!("{name},{index}") } else { format!("{name}_{index}") };
    joined.as_str().into()
}

/// The letters, with its name below them, for L with L L^⊤ = Σ, for the inverse of L, and for the inverse of a matrix.
pub const ROOT: &str = "L";
pub const INVERSE_ROOT: &str = "M";
pub const INVERTED: &str = "P";

/// The index that stands for all entries without a name.
pub fn rest() -> Term {
    Term::var(Var::free("rest", Domain::Counting))
}

/// Writes entries out.
pub struct Writer<'a> {
    definitions: &'a Definitions,
    /// Indices with names.
    indices: &'a Indices,
    /// Free letters that stand for arrays.
    arrays: Vec<Symbol>,
    /// Letters that are symmetric matrices.
    definite: &'a BTreeSet<Symbol>,
    /// The names of functions and laws in the statement.
    symbols: BTreeSet<Symbol>,
    /// Unspecified laws on R^d whose densities stand in the statement.
    joint: BTreeSet<Symbol>,
    /// What all entries without a name make together, with letters in the place of what that depends on.
    others: Vec<(Term, Symbol)>,
    fresh: u32,
}

impl<'a> Writer<'a> {
    /// For terms of a statement whose indices have names.
    pub fn new(definitions: &'a Definitions, problem: &'a Problem, indices: &'a Indices) -> Writer<'a> {
        let (arrays, symbols) = (problem.arrays.keys().cloned().collect(), super::symbols(problem));
        let (joint, others) = (joint_densities(problem), Vec::new());
        Writer { definitions, indices, arrays, definite: &problem.definite, symbols, joint, others, fresh: 0 }
    }

    /// An index that is random, or calculated, may be the same as another one.
    fn checked(&self, index: &Term) -> Result<()> {
        let known = *index == rest() || self.indices.all().any(|other| other == index);
        if known { Ok(()) } else { unreduced("an index that is random or calculated is not followed yet") }
    }

    /// The term about numbers.
    pub fn write(&mut self, term: &Term) -> Result<Term> {
        let slotted = self.slotted(term, &mut Vec::new())?;
        let bound = self.bound(&slotted)?;
        let written = self.entries(&bound)?;
        if self.arrays.iter().any(|array| written.free().iter().any(|v| v.name() == Some(array))) {
            return unreduced(WHOLE_ARRAY);
        }
        Ok(written)
    }

    /// The indices of the entries that are written of an array of a size; the others last.
    fn all(&self, size: &Term) -> Vec<Term> {
        self.indices.of(size).into_iter().chain([rest()]).collect()
    }

    /// The term with functions of arrays as functions of entries. `by` are the variables of the
    /// derivatives around it.
    fn slotted(&mut self, term: &Term, by: &mut Vec<Var>) -> Result<Term> {
        let args = term.args();
        match term.op() {
            Op::Function(name) if &**name == CHOOSE => {
                self.checked(&args[0])?;
                self.checked(&args[1])?;
                self.slotted(if args[0] == args[1] { &args[2] } else { &args[3] }, by)
            }
            Op::Function(name) if &**name == DELTA => {
                self.checked(&args[0])?;
                self.checked(&args[1])?;
                Ok(if args[0] == args[1] { Term::one() } else { Term::zero() })
            }
            // What is chosen of the law of an entry is known once the entry is.
            Op::Independent(_) if args[1].is_function(CHOOSE) => Ok(term.clone()),
            Op::Density if matches!(args[1].op(), Op::Array(_)) && !matches!(args[0].op(), Op::Independent(_)) => {
                let law = self.slotted(&args[0], by)?;
                let mut points: Vec<Term> = Vec::new();
                let mut factors = Vec::new();
                let entries = self.others_first(&args[1].args()[0]);
                for index in &entries {
                    let point = self.slotted(&args[1].open(index), by)?;
                    if *index == rest() && by.iter().any(|by| point.depends_on(by)) {
                        return unreduced(WHOLE);
                    }
                    // All entries together are one point.
                    let law = if entries.len() == 1 { law.clone() } else { self.part(&law, index, &points)? };
                    factors.push(Term::new(Op::Density, vec![law, point.clone()]));
                    points.push(point);
                }
                Ok(if factors.len() == 1 { factors.remove(0) } else { Term::mul(factors) })
            }
            Op::Function(name) if matches!(&**name, PRODUCT | TOTAL) && matches!(args[0].op(), Op::Array(_)) => {
                self.together(name, &args[0], by)
            }
            // What is held fixed does not move.
            Op::StopGrad => Ok(Term::new(Op::StopGrad, vec![self.slotted(&args[0], &mut Vec::new())?])),
            Op::UnknownLaw(name) if args.iter().any(|arg| matches!(arg.op(), Op::Array(_))) => {
                let mut slots = Vec::new();
                for arg in args {
                    match arg.op() {
                        Op::Array(_) => {
                            for index in self.all(&arg.args()[0]) {
                                slots.push(self.slotted(&arg.open(&index), by)?);
                            }
                        }
                        _ => slots.push(self.slotted(arg, by)?),
                    }
                }
                Ok(Term::new(Op::UnknownLaw(name.clone()), slots))
            }
            Op::Apply(name, orders) if args.iter().any(|arg| matches!(arg.op(), Op::Array(_))) => {
                let mut slots = Vec::new();
                let mut slot_orders = Vec::new();
                for (arg, order) in args.iter().zip(orders) {
                    if !matches!(arg.op(), Op::Array(_)) {
                        slots.push(self.slotted(arg, by)?);
                        slot_orders.push(*order);
                        continue;
                    }
                    if *order > 0 {
                        return unreduced("a function of an array has no derivative by a mark; write ∇");
                    }
                    for index in self.all(&arg.args()[0]) {
                        let slot = self.slotted(&arg.open(&index), by)?;
                        if index == rest() && by.iter().any(|by| slot.depends_on(by)) {
                            return unreduced(WHOLE);
                        }
                        if index == rest() && slot.any(&is_value_of_vectors) {
                            return unreduced(
                                "a function of all entries within the entries of an array is not followed yet",
                            );
                        }
                        slots.push(slot);
                        slot_orders.push(0);
                    }
                }
                Ok(Term::new(Op::Apply(name.clone(), slot_orders), slots))
            }
            // The derivative in an entry leaves all others as they are.
            Op::Entry if partial(term).is_some() => {
                let Some((gradient, path)) = partial(term) else { return Ok(term.clone()) };
                let parts = gradient.args().iter().map(|arg| self.slotted(arg, by)).collect::<Result<Vec<_>>>()?;
                let entry = |array, index: &Term| Term::new(Op::Entry, vec![array, index.clone()]);
                Ok(path.iter().fold(Term::rebuilt(gradient.op(), parts), entry))
            }
            op => {
                let kept = by.len();
                let mut inner = Vec::new();
                for (at, arg) in args.iter().enumerate() {
                    if let (Op::Derivative(var, _), 0) = (op, at) {
                        by.push(var.clone());
                    }
                    inner.push(self.slotted(arg, by)?);
                    by.truncate(kept);
                }
                if let Op::Expect(_) = op
                    && let Some(law) = law_of_array(&args[0])
                    && inner[1].any(&|t| *t.op() == Op::Entry && t.args()[1] == rest())
                {
                    let of_rest = chosen(law.open(&rest()));
                    if by.iter().any(|by| of_rest.depends_on(by)) {
                        return unreduced(WHOLE);
                    }
                }
                Ok(Term::rebuilt(op, inner))
            }
        }
    }

    /// The term with means over arrays as means over entries, and entries of gradients as derivatives in numbers. What is
    /// inside comes first: then the laws that stand there speak of entries with names.
    fn bound(&mut self, term: &Term) -> Result<Term> {
        let args = term.args();
        if let Some((gradient, path)) = partial(term)
            && let Op::Derivative(var, 1) = gradient.op()
        {
            let body = self.bound(&gradient.args()[0])?;
            return self.gradient(var, &body, &gradient.args()[1], &path);
        }
        match (term.op(), args.first().map(Term::op)) {
            (Op::Expect(var), _) if law_of_array(&args[0]).is_some() => {
                let body = self.bound(&args[1])?;
                self.mean(var, &args[0], &body)
            }
            (op, _) => {
                let args = args.iter().map(|arg| self.bound(arg)).collect::<Result<Vec<_>>>()?;
                Ok(Term::rebuilt(op, args))
            }
        }
    }

    /// The term with entries as letters.
    fn entries(&mut self, term: &Term) -> Result<Term> {
        let args = term.args();
        match term.op() {
            Op::Entry => {
                self.checked(&args[1])?;
                self.entry(&args[0], &args[1])
            }
            Op::Array(_) => unreduced("an array stands in the place of a number"),
            Op::Function(name) if &**name == DET => {
                let Some(name) = args[0].as_var().and_then(Var::name) else {
                    return unreduced("the determinant of what is no letter is not followed yet");
                };
                let domain = if self.definite.contains(name) { Domain::Positive } else { Domain::Real };
                Ok(Term::var(Var::free(&self.unused(format!("det_{name}").as_str().into())?, domain)))
            }
            Op::Density if law_of_array(&args[0]).is_some() => {
                unreduced("the density of an array is not followed yet: write the product over its entries")
            }
            op => {
                let args = args.iter().map(|arg| self.entries(arg)).collect::<Result<Vec<_>>>()?;
                Ok(Term::rebuilt(op, args))
            }
        }
    }

    /// A sum or product of all entries: that of those with names, and what all others make together.
    fn together(&mut self, operator: &str, array: &Term, by: &mut Vec<Var>) -> Result<Term> {
        let named = self.indices.of(&array.args()[0]);
        let mut parts = Vec::new();
        for index in &named {
            parts.push(self.slotted(&array.open(index), by)?);
        }
        let of_rest = self.slotted(&array.open(&rest()), by)?;
        if by.iter().any(|by| of_rest.depends_on(by)) {
            return unreduced(WHOLE);
        }
        let mut drawn = Vec::new();
        drawn_in(&of_rest, &mut drawn);
        let letter =
            |(at, of): (usize, &Term)| (of.clone(), Term::var(Var::free(&format!("place·{at}"), Domain::Real)));
        let letters: Vec<(Term, Term)> = drawn.iter().enumerate().map(letter).collect();
        let pattern = Term::function(operator, vec![super::differentiate::replaced(&of_rest, &letters)]);
        let name = match self.others.iter().find(|(known, _)| *known == pattern) {
            Some((_, name)) => name.clone(),
            None => {
                let letter = if operator == TOTAL { "S" } else { "Π" };
                let mut names =
                    (1..).map(|n| Symbol::from(if n == 1 { letter.into() } else { format!("{letter}{n}") }));
                let name = names.find(|name| !self.symbols.contains(name)).unwrap_or_else(|| letter.into());
                self.symbols.insert(name.clone());
                self.others.push((pattern, name.clone()));
                name
            }
        };
        // A sum of what is above 0 is above 0; where there are no others, it is so in the limit.
        let letters = super::expand::with_letters(&of_rest, &mut Vec::new());
        let value = match drawn.is_empty() {
            true => Term::var(Var::free(&name, Domain::Real)),
            false => Term::new(Op::Apply(name, vec![0; drawn.len()]), drawn),
        };
        parts.push(match (is_positive(&letters), is_nonnegative(&squares_left_out(&letters))) {
            (true, _) => value.exp(),
            (_, true) => Term::pow(value, Term::integer(2)),
            _ => value,
        });
        Ok(match (parts.len(), operator) {
            (1, _) => parts.remove(0),
            (_, TOTAL) => Term::add(parts),
            _ => Term::mul(parts),
        })
    }

    /// A name for a law or a function of an entry, which nothing else has.
    fn unused(&self, name: Symbol) -> Result<Symbol> {
        if self.symbols.contains(&name) {
            return unreduced(&format!("the name `{name}` is needed for an entry; call what has it otherwise"));
        }
        Ok(name)
    }

    /// The indices of the entries that are written of an array of a size; the others first.
    fn others_first(&self, size: &Term) -> Vec<Term> {
        let mut named = self.indices.of(size);
        named.sort();
        [rest()].into_iter().chain(named).collect()
    }

    /// The law of an entry of an unspecified law on R^d, given those before it; where no entry has a name, the law itself.
    fn law_of_part(&self, law: &Term, drawn: &[(Term, Var)], position: usize) -> Result<Term> {
        if *law.op() == Op::StopGrad {
            return Ok(Term::new(Op::StopGrad, vec![self.law_of_part(&law.args()[0], drawn, position)?]));
        }
        let index = &drawn[position].0;
        if drawn.len() == 1 && *index == rest() {
            return Ok(law.args()[1].clone());
        }
        let before: Vec<Term> = drawn[..position].iter().map(|(_, entry)| Term::var(entry.clone())).collect();
        self.part(&law.args()[1], index, &before)
    }

    /// The law of an entry given those before it.
    fn part(&self, joint: &Term, index: &Term, before: &[Term]) -> Result<Term> {
        let Op::UnknownLaw(name) = joint.op() else { return Ok(joint.clone()) };
        let name = self.unused(indexed(name, index))?;
        Ok(Term::new(Op::UnknownLaw(name), [joint.args(), before].concat()))
    }

    /// Of a law whose density stands in the statement all entries are drawn, the others first: then the density of an entry
    /// given the others is that which a derivative in the entry moves.
    fn is_joint(&self, law: &Term) -> bool {
        let of_size = |law: &Term| !self.indices.of(&law.args()[0]).is_empty();
        match law_of_array(law) {
            Some(array) => match (array.op(), array.args()[1].op()) {
                (Op::Array(_), Op::UnknownLaw(name)) => self.joint.contains(name) && of_size(array),
                _ => false,
            },
            None => false,
        }
    }

    /// The law of an entry. Of the law of the others only that is known which is true in any dimension: that laws with the
    /// same parameters are the same.
    fn law_of_entry(&self, law: &Term, index: &Term) -> Result<Term> {
        if *law.op() == Op::StopGrad {
            return Ok(Term::new(Op::StopGrad, vec![self.law_of_entry(&law.args()[0], index)?]));
        }
        let entry = chosen(law.open(index));
        let (Op::Law(name) | Op::UnknownLaw(name)) = entry.op() else { return Ok(entry) };
        if *index != rest() || *entry.op() == Op::Law("N".into()) {
            return Ok(entry);
        }
        let name = self.unused(format!("{name}'").as_str().into())?;
        Ok(Term::new(Op::UnknownLaw(name), entry.args().to_vec()))
    }

    /// Is the law of an entry the same around 0 on both sides?
    fn is_symmetric(&self, law: &Term) -> bool {
        let Some((definition, arguments)) = self.definitions.law(law) else { return false };
        let point = Term::var(Var::free("point·", Domain::Real));
        let at = |point: &Term| {
            let term = definition.instantiate(&definition.log_density, arguments, Some(point));
            Simplifier::new(self.definitions).simplify(&term)
        };
        let support = match definition.support_at(arguments) {
            Support::Points(points) => {
                let opposite = |point: &Term| Simplifier::new(self.definitions).simplify(&point.clone().opposite());
                points.iter().all(|point| points.contains(&opposite(point)))
            }
            Support::Interval(lo, hi) => [lo, hi].iter().all(|end| end.any(&|t| *t.op() == Op::Infinity)),
            Support::Integers(..) => false,
        };
        support && at(&point) == at(&point.clone().opposite())
    }

    fn variable(&mut self, domain: Domain) -> Var {
        self.fresh += 1;
        Var::free(&format!("entry·{}", self.fresh), domain)
    }

    fn entry(&mut self, array: &Term, index: &Term) -> Result<Term> {
        let args = array.args();
        match array.op() {
            Op::Array(_) => self.entries(&array.open(index)),
            Op::StopGrad => Ok(Term::new(Op::StopGrad, vec![self.entry(&args[0], index)?])),
            Op::Apply(name, orders) => {
                let args = args.iter().map(|arg| self.entries(arg)).collect::<Result<Vec<_>>>()?;
                Ok(Term::new(Op::Apply(self.unused(indexed(name, index))?, orders.clone()), args))
            }
            Op::Var(_) | Op::Entry | Op::Function(_) => {
                let mut path = vec![index.clone()];
                let mut base = array;
                while *base.op() == Op::Entry {
                    path.insert(0, base.args()[1].clone());
                    base = &base.args()[0];
                }
                let inverse = base.is_function(INVERSE);
                let matrix = if inverse { &base.args()[0] } else { base };
                let root = matrix.is_function(CHOLESKY);
                let Some(var) = (if root { &matrix.args()[0] } else { matrix }).as_var() else {
                    return unreduced("an entry of what is not written out yet");
                };
                let Some(name) = var.name() else { return unreduced("an entry beyond the size of its array") };
                // A symmetric matrix has one letter for two entries.
                if self.definite.contains(name) && !root {
                    path.sort();
                }
                let letter = |letter: &str| format!("{letter}_{name}");
                let name = match (root, inverse) {
                    (false, false) => name.to_string(),
                    (true, false) => letter(ROOT),
                    (true, true) => letter(INVERSE_ROOT),
                    (false, true) => letter(INVERTED),
                };
                let name: Symbol = name.as_str().into();
                let name = path.iter().fold(Symbol::from(name), |name, index| indexed(&name, index));
                Ok(Term::var(Var::free(&name, var.domain)))
            }
            _ => unreduced("an entry of what is not written out yet"),
        }
    }

    /// The derivative in one entry: the others stay what they are at the point.
    fn gradient(&mut self, var: &Var, body: &Term, point: &Term, path: &[Term]) -> Result<Term> {
        let symmetric = point.as_var().and_then(Var::name).is_some_and(|name| self.definite.contains(name));
        if symmetric {
            return unreduced("a derivative in a symmetric matrix is not followed yet");
        }
        let by = self.variable(Domain::Real);
        let of_point = |path: &[Term]| {
            path.iter().fold(point.clone(), |array, index| match array.op() {
                Op::Array(_) => array.open(index),
                _ => Term::new(Op::Entry, vec![array, index.clone()]),
            })
        };
        let (body, met) =
            with_entries(
                body,
                var,
                path.len(),
                |other| {
                    if other == path { Term::var(by.clone()) } else { of_point(other) }
                },
            );
        met.iter().flatten().chain(path).try_for_each(|index| self.checked(index))?;
        if body.depends_on(var) {
            return unreduced(WHOLE_ARRAY);
        }
        let (body, place) = (self.bound(&body)?, self.bound(&of_point(path))?);
        Ok(Term::bind(Op::Derivative(by, 1), vec![body, place]))
    }

    /// The mean over all entries without a name. They come last: what is drawn given an entry does not see them.
    fn mean_of_others(&mut self, entry: &Var, law: Term, body: Term) -> Term {
        match (body.op().clone(), body.args()) {
            (Op::Expect(_), [of_inner, _]) if !of_inner.depends_on(entry) => {
                let inner = self.variable(Domain::Real);
                let of_inner = of_inner.clone();
                let body = body.open(&Term::var(inner.clone()));
                Term::expect(&inner, of_inner, Term::expect(entry, law, body))
            }
            (Op::Mul, _) => {
                let (own, others): (Vec<Term>, Vec<Term>) =
                    super::contract::factors(&body).into_iter().partition(|factor| factor.depends_on(entry));
                match own.as_slice() {
                    [factor] if !others.is_empty() && matches!(factor.op(), Op::Expect(_)) => {
                        let mean = self.mean_of_others(entry, law, factor.clone());
                        Term::mul(others.into_iter().chain([mean]).collect())
                    }
                    _ => Term::expect(entry, law, body),
                }
            }
            _ => Term::expect(entry, law, body),
        }
    }

    /// The mean over an array, as means over those entries that occur.
    fn mean(&mut self, var: &Var, law: &Term, body: &Term) -> Result<Term> {
        let mut drawn: Vec<(Term, Var)> = Vec::new();
        let (body, met) = with_entries(body, var, 1, |path| {
            let index = &path[0];
            if let Some((_, entry)) = drawn.iter().find(|(other, _)| other == index) {
                return Term::var(entry.clone());
            }
            // All others together are no number of its kind.
            let entry = self.variable(if *index == rest() { Domain::Real } else { var.domain });
            drawn.push((index.clone(), entry.clone()));
            Term::var(entry)
        });
        met.iter().flatten().try_for_each(|index| self.checked(index))?;
        if body.depends_on(var) {
            return unreduced(WHOLE_ARRAY);
        }
        // In the order of the indices, whatever the order in which they were met.
        drawn.sort();
        if self.is_joint(law)
            && let Some(array) = law_of_array(law)
        {
            let entries = self.others_first(&array.args()[0]);
            let known = std::mem::take(&mut drawn);
            for index in entries {
                let entry = known.iter().find(|(other, _)| *other == index).map(|(_, entry)| entry.clone());
                let entry = entry.unwrap_or_else(|| self.variable(var.domain));
                drawn.push((index, entry));
            }
        }
        let mut mean = body;
        let array_law = law;
        for (position, (index, entry)) in drawn.iter().enumerate().rev() {
            let law = match law_of_array(law).map(Term::op) {
                Some(Op::Array(_)) => self.law_of_part(law, &drawn, position)?,
                _ => self.law_of_entry(law, index)?,
            };
            // Entries that are the same around 0 are so together: all of them may change their sign at once.
            let own = law_of_array(array_law).filter(|array| matches!(array.op(), Op::Independent(_)));
            let entry_law = own.map(|array| chosen(array.open(index)));
            if *index == rest()
                && entry_law.is_some_and(|own| own.op() != &Op::Law("N".into()) && self.is_symmetric(&own))
            {
                let opposite = substitute_many(&mean, &[(entry.clone(), Term::var(entry.clone()).opposite())]);
                let half = |mean| Term::mul(vec![Term::ratio(1, 2), mean]);
                mean = Term::add(vec![half(mean), half(opposite)]);
            }
            // An entry of an array of arrays is an array itself.
            let of_array = law_of_array(&law).is_some();
            let law = if of_array { law } else { self.bound(&law)? };
            mean = match *index == rest() && !of_array {
                true => self.mean_of_others(entry, law, mean),
                false => Term::expect(entry, law, mean),
            };
            if of_array {
                mean = self.bound(&mean)?;
            }
        }
        Ok(mean)
    }
}

/// Unspecified laws whose densities stand in a statement at vectors.
pub fn joint_densities(problem: &Problem) -> BTreeSet<Symbol> {
    let mut found = BTreeSet::new();
    for member in &problem.members {
        member.visit(&mut |term| {
            if let (Op::Density, [law, point]) = (term.op(), term.args())
                && let (Op::UnknownLaw(name), Op::Array(_)) = (law.op(), point.op())
            {
                found.insert(name.clone());
            }
        });
    }
    found
}

/// The term without squares that are written as products.
fn squares_left_out(term: &Term) -> Term {
    let mut left: Vec<Term> = Vec::new();
    for factor in super::contract::factors(term) {
        match left.iter().position(|other| *other == factor) {
            Some(at) => drop(left.remove(at)),
            None => left.push(factor),
        }
    }
    Term::mul(left)
}

/// What a term without names depends on: entries of what is drawn, and numbers that are.
fn drawn_in(term: &Term, found: &mut Vec<Term>) {
    let mut base = term;
    while *base.op() == Op::Entry {
        base = &base.args()[0];
    }
    if let Some(var) = base.as_var() {
        // Entries of letters are told apart as well, since the same letters may be drawn elsewhere.
        if (var.name().is_none() || *term.op() == Op::Entry) && !found.contains(term) {
            found.push(term.clone());
        }
        return;
    }
    let own = term.op().bound();
    for arg in term.args() {
        let mut inner = Vec::new();
        drawn_in(arg, &mut inner);
        found.extend(inner.into_iter().filter(|of| own.is_none_or(|own| !of.depends_on(own))));
    }
    let mut kept: Vec<Term> = Vec::new();
    found.retain(|of| {
        let new = !kept.contains(of);
        kept.push(of.clone());
        new
    });
}

/// What is not followed: an array where a number is due.
const WHOLE_ARRAY: &str = "an array stands in the place of a number";

/// An entry of a function's value or of a gradient: it depends on all entries.
fn is_value_of_vectors(term: &Term) -> bool {
    *term.op() == Op::Entry && matches!(term.args()[0].op(), Op::Apply(..) | Op::Derivative(..))
}

/// What is not followed: all entries move at once.
const WHOLE: &str = "a derivative in what all entries of an array depend on is not followed yet";

/// The law of an entry, where one of two is chosen by its index.
fn chosen(law: Term) -> Term {
    match law.args() {
        [own, index, live, fixed] if law.is_function(CHOOSE) => {
            if own == index {
                live.clone()
            } else {
                fixed.clone()
            }
        }
        _ => law,
    }
}

/// The term with something in the place of the entries of an array, and the indices of those.
fn with_entries(term: &Term, array: &Var, axes: usize, mut put: impl FnMut(&[Term]) -> Term) -> (Term, Vec<Vec<Term>>) {
    let mut met: Vec<Vec<Term>> = Vec::new();
    let term = replaced(term, array, axes, &mut |path| {
        if !met.iter().any(|known| known == path) {
            met.push(path.to_vec());
        }
        put(path)
    });
    (term, met)
}

fn replaced(term: &Term, array: &Var, axes: usize, put: &mut impl FnMut(&[Term]) -> Term) -> Term {
    if !term.depends_on(array) {
        return term.clone();
    }
    let mut path = Vec::new();
    let mut base = term;
    while *base.op() == Op::Entry && path.len() < axes {
        path.insert(0, base.args()[1].clone());
        base = &base.args()[0];
    }
    if path.len() == axes && base.as_var() == Some(array) {
        return put(&path);
    }
    let args = term.args().iter().map(|arg| replaced(arg, array, axes, put)).collect();
    Term::rebuilt(term.op(), args)
}

/// An entry of a gradient: the gradient, and the indices of the entry.
fn partial(term: &Term) -> Option<(&Term, Vec<Term>)> {
    let mut path = Vec::new();
    let mut base = term;
    while *base.op() == Op::Entry {
        path.insert(0, base.args()[1].clone());
        base = &base.args()[0];
    }
    (!path.is_empty() && matches!(base.op(), Op::Derivative(..))).then_some((base, path))
}
