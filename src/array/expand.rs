//! Sums over indices, out of all that is linear, and then at indices with names.

use super::contract;
use super::write::CHOOSE;
use super::{Names, Result, unreduced};
use crate::term::{
    DELTA, DET, Definitions, Domain, Hypotheses, INVERSE, Op, Simplifier, Symbol, Term, Var, is_positive,
    substitute_many,
};
use std::collections::BTreeMap;

/// A term under sums: an index each, with the number of its values.
#[derive(Clone, PartialEq)]
pub struct Summand {
    /// The indices of the sums, with how many values they have.
    pub indices: Vec<(Var, Term)>,
    /// What is summed.
    pub term: Term,
}

/// More terms than this are not followed.
const MOST_TERMS: usize = 400;
/// A product of sums of more terms than this stays as it is.
const MOST_PARTS: usize = 16;
/// The highest power of a sum that is multiplied out.
const HIGHEST_POWER: i64 = 4;

/// Takes sums over the sizes of arrays out of products, means and derivatives.
pub struct Expander<'a> {
    definitions: &'a Definitions,
    sizes: &'a [Term],
    names: &'a mut Names,
    opened: u32,
    /// Sums below roots, logarithms and divisors, with the letters that stand for them.
    letters: Vec<(Term, Term)>,
    /// Those that depend on what is drawn, with the functions that stand for them.
    functions: Vec<(Term, Symbol)>,
}

impl<'a> Expander<'a> {
    /// For a statement whose arrays have these sizes.
    pub fn new(definitions: &'a Definitions, sizes: &'a [Term], names: &'a mut Names) -> Expander<'a> {
        Expander { definitions, sizes, names, opened: 0, letters: Vec::new(), functions: Vec::new() }
    }

    /// The terms that add up to a term.
    pub fn expand(&mut self, term: &Term) -> Result<Vec<Summand>> {
        if !self.has_sums(term) && !moves_arrays(term) && !derives_determinant(term) && !adds_matrices(term) {
            return Ok(vec![Summand { indices: vec![], term: term.clone() }]);
        }
        let args = term.args();
        let found = match term.op() {
            Op::Add => {
                let parts = args.iter().map(|arg| self.expand(arg)).collect::<Result<Vec<_>>>()?;
                parts.concat()
            }
            Op::Mul => self.product(args)?,
            Op::Pow => match args[1].as_integer() {
                Some(power @ 1..=HIGHEST_POWER) => self.product(&vec![args[0].clone(); power as usize])?,
                _ => self.with_letters(term)?,
            },
            Op::Sum(_) if self.is_over_array(term) => {
                let index = self.fresh(Domain::Counting);
                let inner = self.expand(&term.open(&Term::var(index.clone())))?;
                let mut inner: Vec<Summand> = inner.into_iter().flat_map(distributed).collect();
                inner.iter_mut().for_each(|summand| summand.indices.push((index.clone(), args[1].clone())));
                inner
            }
            Op::StopGrad => {
                let inner = self.expand(&args[0])?;
                inner.into_iter().map(|s| Summand { term: Term::new(Op::StopGrad, vec![s.term]), ..s }).collect()
            }
            // The derivative in an entry of an array.
            Op::Entry => {
                let inner = match args[0].op() {
                    Op::Derivative(bound, 1) if self.is_composed(&args[0], bound) => {
                        let derived = self.differentiated(&args[0], Some(&args[1]))?;
                        return self.expand(&derived);
                    }
                    Op::Derivative(bound, 1) if self.moves_sum(&args[0].args()[0], bound, false, true) => {
                        let directed = self.directed(&args[0], &args[1])?;
                        return self.expand(&directed);
                    }
                    Op::Derivative(bound, _) => self.below(&args[0], bound)?,
                    _ => self.expand(&args[0])?,
                };
                let entry = |s: Summand| {
                    // What stands before a gradient stands before its entries.
                    let array = |factor: &Term| {
                        matches!(factor.op(), Op::Derivative(..)) || *factor.op() == Op::Entry && is_partial(factor)
                    };
                    let factors = s.term.factors();
                    let [gradient] = factors.iter().filter(|factor| array(factor)).collect::<Vec<_>>()[..] else {
                        return Summand { term: Term::new(Op::Entry, vec![s.term, args[1].clone()]), ..s };
                    };
                    let entry = |factor: &Term| match factor == gradient {
                        true => Term::new(Op::Entry, vec![factor.clone(), args[1].clone()]),
                        false => factor.clone(),
                    };
                    Summand { term: Term::mul(factors.iter().map(entry).collect()), ..s }
                };
                let entries: Vec<Summand> = inner.into_iter().map(entry).collect();
                entries.into_iter().flat_map(product_rule).collect()
            }
            Op::Derivative(bound, 1) if self.is_composed(term, bound) => {
                let derived = self.differentiated(term, None)?;
                self.expand(&derived)?
            }
            Op::Derivative(bound, order) if live(&args[0], bound) => {
                if *order > 1 {
                    return unreduced("a derivative of a higher order in what all entries of an array depend on");
                }
                self.in_turn(term, bound)?
            }
            Op::Expect(bound) | Op::Derivative(bound, _) => self.below(term, bound)?,
            _ if self.has_sums(term) => self.with_letters(term)?,
            _ if moves_arrays(term) => {
                return unreduced("a derivative in what all entries of an array depend on stands in a function");
            }
            _ => vec![Summand { indices: vec![], term: term.clone() }],
        };
        if found.len() > MOST_TERMS {
            return unreduced("the sums over arrays have too many terms");
        }
        Ok(found)
    }

    /// Does a derivative move a sum that stands below something else than sums and products? What is drawn stays inside.
    fn is_composed(&self, derivative: &Term, bound: &Var) -> bool {
        self.moves_sum(&derivative.args()[0], bound, false, false)
    }

    /// The same, with or without what stands under means.
    fn moves_sum(&self, term: &Term, bound: &Var, below: bool, under_means: bool) -> bool {
        if self.is_over_array(term) && below && term.depends_on(bound) {
            return true;
        }
        let linear = match term.op() {
            Op::Add | Op::Mul | Op::StopGrad | Op::Sum(_) => true,
            Op::Expect(_) if under_means => true,
            Op::Expect(_) | Op::Derivative(..) | Op::Integral(_) | Op::Array(_) | Op::Entry => return false,
            Op::Pow => term.args()[1].as_integer().is_some_and(|power| (1..=HIGHEST_POWER).contains(&power)),
            _ => false,
        };
        term.args().iter().any(|arg| self.moves_sum(arg, bound, below || !linear, under_means))
    }

    /// A derivative of what holds such sums: into sums and products, and by the chain rule into functions of sums.
    fn differentiated(&mut self, derivative: &Term, entry: Option<&Term>) -> Result<Term> {
        let Some(bound) = derivative.op().bound().cloned() else { return Ok(derivative.clone()) };
        let variable = self.fresh(bound.domain);
        let body = derivative.open(&Term::var(variable.clone()));
        let place = Place { variable, point: derivative.args()[1].clone(), entry: entry.cloned() };
        self.into(&body, &place)
    }

    /// The derivative in an entry of a vector v that stands in contractions `Σ_k c_k v_k`, under means as well: that in a number
    /// t at 0, where such a contraction moves by t c_i.
    fn directed(&mut self, derivative: &Term, entry: &Term) -> Result<Term> {
        let Some(bound) = derivative.op().bound().cloned() else { return Ok(derivative.clone()) };
        let (variable, step) = (self.fresh(bound.domain), self.fresh(Domain::Real));
        let body = derivative.open(&Term::var(variable.clone()));
        let place = Place { variable, point: derivative.args()[1].clone(), entry: Some(entry.clone()) };
        let moved = self.moved(&body, &place, entry, &Term::var(step.clone()))?;
        Ok(Term::bind(Op::Derivative(step, 1), vec![moved, Term::zero()]))
    }

    fn moved(&self, term: &Term, place: &Place, entry: &Term, step: &Term) -> Result<Term> {
        if !term.depends_on(&place.variable) {
            return Ok(term.clone());
        }
        let is_entry = |t: &Term| *t.op() == Op::Entry && t.args()[0].as_var() == Some(&place.variable);
        if is_entry(term) {
            let direction = Term::function(DELTA, vec![term.args()[1].clone(), entry.clone()]);
            return Ok(Term::add(vec![place.at_point(term), Term::mul(vec![step.clone(), direction])]));
        }
        if self.is_over_array(term) {
            let own = term.op().bound().cloned().map(Term::var);
            let mut through = Vec::new();
            for summand in term.args()[2].summands() {
                let factors = contract::factors(summand);
                let (live, others): (Vec<Term>, Vec<Term>) =
                    factors.into_iter().partition(|factor| factor.depends_on(&place.variable));
                match live.as_slice() {
                    [] => {}
                    [factor] if is_entry(factor) && Some(&factor.args()[1]) == own.as_ref() => {
                        through.push(Term::mul([others, vec![step.clone()]].concat()));
                    }
                    _ => return unreduced("a derivative moves a sum under a mean that is no contraction"),
                }
            }
            let through = if through.len() == 1 { through.remove(0) } else { Term::add(through) };
            // The index of the sum is that of the entry that moves.
            let args = vec![term.args()[0].clone(), term.args()[1].clone(), through];
            let at_entry = Term::rebuilt(term.op(), args).open(entry);
            return Ok(Term::add(vec![place.at_point(term), at_entry]));
        }
        if matches!(term.op(), Op::Array(_) | Op::Independent(_)) {
            return unreduced("a derivative moves a vector and a contraction with it");
        }
        let args = term.args().iter().map(|arg| self.moved(arg, place, entry, step)).collect::<Result<Vec<_>>>()?;
        Ok(Term::rebuilt(term.op(), args))
    }

    fn into(&mut self, body: &Term, place: &Place) -> Result<Term> {
        if !body.depends_on(&place.variable) {
            return Ok(Term::zero());
        }
        if !self.moves_sum(body, &place.variable, false, false) {
            return Ok(self.simplified(&place.derivative(body)));
        }
        let args = body.args();
        match body.op() {
            Op::Add => Ok(Term::add(args.iter().map(|arg| self.into(arg, place)).collect::<Result<Vec<_>>>()?)),
            Op::Mul => {
                let mut terms = Vec::new();
                for (at, arg) in args.iter().enumerate().filter(|(_, arg)| arg.depends_on(&place.variable)) {
                    let others = args.iter().enumerate().filter(|(other, _)| *other != at);
                    let mut factors: Vec<Term> = others.map(|(_, other)| place.at_point(other)).collect();
                    factors.push(self.into(arg, place)?);
                    terms.push(Term::mul(factors));
                }
                Ok(if terms.len() == 1 { terms.remove(0) } else { Term::add(terms) })
            }
            Op::Sum(_) if self.is_over_array(body) => {
                let index = self.fresh(Domain::Counting);
                let inner = self.into(&body.open(&Term::var(index.clone())), place)?;
                Ok(Term::bind(Op::Sum(index), vec![args[0].clone(), args[1].clone(), inner]))
            }
            _ => self.chain_rule(body, place),
        }
    }

    /// `D_v[h(S)]` of sums S that v moves: for each S, h in S times the derivative of S; and through what stands beside them.
    fn chain_rule(&mut self, body: &Term, place: &Place) -> Result<Term> {
        let mut sums: Vec<Term> = Vec::new();
        self.outermost_sums(body, &mut sums);
        sums.retain(|sum| sum.depends_on(&place.variable));
        let letters: Vec<Var> = sums.iter().map(|_| self.fresh(Domain::Real)).collect();
        let known: Vec<(Term, Term)> = sums.iter().cloned().zip(letters.iter().cloned().map(Term::var)).collect();
        let outer = replaced(body, &known);
        let values: Vec<Term> = sums
            .iter()
            .map(|sum| {
                let value = self.lettered(&place.at_point(sum));
                if self.has_sums(&value) { unreduced("a derivative moves a sum below a function") } else { Ok(value) }
            })
            .collect::<Result<_>>()?;
        let fixed = |but: Option<usize>| {
            let others = letters.iter().zip(&values).enumerate().filter(|(at, _)| Some(*at) != but);
            let others: Vec<(Var, Term)> = others.map(|(_, (letter, value))| (letter.clone(), value.clone())).collect();
            substitute_many(&outer, &others)
        };
        let mut terms = Vec::new();
        for (at, sum) in sums.iter().enumerate() {
            let through = place.at_point(&fixed(Some(at)));
            let outer = Term::bind(Op::Derivative(letters[at].clone(), 1), vec![through, values[at].clone()]);
            terms.push(Term::mul(vec![self.simplified(&outer), self.into(sum, place)?]));
        }
        if outer.depends_on(&place.variable) {
            terms.push(self.simplified(&place.derivative(&fixed(None))));
        }
        Ok(if terms.len() == 1 { terms.remove(0) } else { Term::add(terms) })
    }

    /// The term in a short form, with entries of arrays as letters.
    fn simplified(&self, term: &Term) -> Term {
        // An entry below a sum may be that at its index.
        let binds = |t: &Term| matches!(t.op(), Op::Sum(_) | Op::Expect(_) | Op::Integral(_) | Op::Array(_));
        let mut entries: Vec<(Term, Var)> = Vec::new();
        let bare = with_letters(term, &mut entries);
        if bare.has_arrays() || term.any(&binds) {
            return term.clone();
        }
        let back: Vec<(Var, Term)> = entries.into_iter().map(|(entry, letter)| (letter, entry)).collect();
        substitute_many(&Simplifier::new(self.definitions).simplify(&bare), &back)
    }

    fn outermost_sums(&self, term: &Term, found: &mut Vec<Term>) {
        if self.is_over_array(term) {
            if !found.contains(term) {
                found.push(term.clone());
            }
            return;
        }
        term.args().iter().for_each(|arg| self.outermost_sums(arg, found));
    }

    /// A term that is not linear in the sums within it: a sum that nothing around it moves is a number, and has a letter. What
    /// holds for every number holds for it.
    fn with_letters(&mut self, term: &Term) -> Result<Vec<Summand>> {
        let term = self.lettered(term);
        if self.has_sums(&term) {
            return unreduced("a sum over an array stands below a root, a logarithm or a divisor");
        }
        self.expand(&term)
    }

    /// A sum that a letter stands for, as that letter, where it is the only place of its index.
    pub fn gathered(&self, summand: Summand) -> Summand {
        let mut summand = summand;
        for (sum, letter) in &self.letters {
            for at in 0..summand.indices.len() {
                let (index, size) = &summand.indices[at];
                if *size != sum.args()[1] {
                    continue;
                }
                let body = contract::factors(&sum.open(&Term::var(index.clone())));
                let factors = contract::factors(&summand.term);
                let (own, others): (Vec<Term>, Vec<Term>) =
                    factors.into_iter().partition(|factor| factor.depends_on(index));
                let same = own.len() == body.len() && body.iter().all(|factor| own.contains(factor));
                if same && body.iter().all(|factor| factor.depends_on(index)) {
                    summand.term = Term::mul(others.into_iter().chain([letter.clone()]).collect());
                    summand.indices.remove(at);
                    break;
                }
            }
        }
        summand
    }

    /// Does a letter stand for a sum?
    pub fn has_letters(&self) -> bool {
        !self.letters.is_empty() || !self.functions.is_empty()
    }

    /// The term with the letters of sums wherever those stand.
    pub fn known(&mut self, term: &Term) -> Term {
        if let Some((_, letter)) = self.letters.iter().find(|(sum, _)| sum == term) {
            return letter.clone();
        }
        if !self.has_sums(term) {
            return term.clone();
        }
        if self.is_over_array(term)
            && let Some((pattern, moving)) = pattern(term)
            && let Some((_, name)) = self.functions.iter().find(|(known, _)| *known == pattern)
        {
            return Term::new(Op::Apply(name.clone(), vec![0; moving.len()]), moving);
        }
        if let Op::Expect(bound) = term.op() {
            let opened = self.fresh(bound.domain);
            let law = self.known(&term.args()[0]);
            let body = self.known(&term.open(&Term::var(opened.clone())));
            return Term::expect(&opened, law, body);
        }
        let args = term.args().iter().map(|arg| self.known(arg)).collect();
        Term::rebuilt(term.op(), args)
    }

    fn lettered(&mut self, term: &Term) -> Term {
        if self.is_over_array(term) {
            if let Some((_, letter)) = self.letters.iter().find(|(sum, _)| sum == term) {
                return letter.clone();
            }
            let moved = |v: &Var| v.name().is_none_or(|name| name.contains('·'));
            let moving: Vec<Var> = term.free().iter().filter(|v| moved(v)).cloned().collect();
            if moving.is_empty() {
                // A sum of positive terms is positive.
                let body = with_letters(&term.open(&Term::var(Var::free("index·", Domain::Counting))), &mut Vec::new());
                let letter = self.names.number(if is_positive(&body) { Domain::Positive } else { Domain::Real });
                self.letters.push((term.clone(), letter.clone()));
                return letter;
            }
            return self.function_of(term).unwrap_or_else(|| term.clone());
        }
        if !self.has_sums(term) {
            return term.clone();
        }
        let args = term.args().iter().map(|arg| self.lettered(arg)).collect();
        Term::rebuilt(term.op(), args)
    }

    /// A sum that depends on numbers which are drawn or move: an unknown function of them, the same for all of them.
    fn function_of(&mut self, sum: &Term) -> Option<Term> {
        let (pattern, moving) = pattern(sum)?;
        let name = match self.functions.iter().find(|(known, _)| *known == pattern) {
            Some((_, name)) => name.clone(),
            None => {
                let name = self.names.function();
                self.functions.push((pattern, name.clone()));
                name
            }
        };
        Some(Term::new(Op::Apply(name, vec![0; moving.len()]), moving))
    }

    /// Sums out of the body of a mean or a derivative.
    fn below(&mut self, term: &Term, bound: &Var) -> Result<Vec<Summand>> {
        let body = term.op().body_index();
        // A sum among the parameters of a law is one number at each draw of what it depends on.
        let mut args = term.args().to_vec();
        for at in (0..args.len()).filter(|at| *at != body) {
            args[at] = self.lettered(&args[at]);
            if self.has_sums(&args[at]) {
                return unreduced("a sum over an array stands in a parameter of a law");
            }
        }
        let opened = self.fresh(bound.domain);
        let inner = self.expand(&term.open(&Term::var(opened.clone())))?;
        if inner.iter().any(|summand| summand.indices.iter().any(|(_, size)| size.depends_on(&opened))) {
            return unreduced("a random size");
        }
        let close = |summand: Summand| {
            let mut args = args.clone();
            // Entries of matrices are constants before the mean or the derivative, where they may meet others.
            let factors = contract::factors(&summand.term).into_iter();
            let (outer, inner): (Vec<Term>, Vec<Term>) =
                factors.partition(|factor| contract::is_constant(factor) && !factor.depends_on(&opened));
            args[body] = if outer.is_empty() { summand.term } else { Term::mul(inner) };
            let closed = Term::bind(term.op().with_bound(opened.clone()), args);
            let term = if outer.is_empty() { closed } else { Term::mul([outer, vec![closed]].concat()) };
            Summand { term, ..summand }
        };
        Ok(inner.into_iter().map(close).collect())
    }

    /// The derivative in what all entries of an array depend on, as the sum of the derivatives through each entry, the others
    /// held fixed, and through all else.
    fn in_turn(&mut self, term: &Term, bound: &Var) -> Result<Vec<Summand>> {
        let (body, point) = (&term.args()[0], &term.args()[1]);
        let mut size = None;
        body.visit(&mut |t| {
            if size.is_none() && is_live(t, bound) {
                size = Some(t.args()[0].clone());
            }
        });
        let Some(size) = size else { return self.below(term, bound) };
        let derivative = |body: Term| Term::bind(term.op().clone(), vec![body, point.clone()]);
        let fixed = |t: &Term| substitute_many(t, &[(bound.clone(), point.clone())]);
        let all_fixed = arrays_replaced(body, bound, &size, &mut |array| fixed(array));
        let mut found = self.expand(&derivative(all_fixed))?;
        let index = self.fresh(Domain::Counting);
        let one_live = arrays_replaced(body, bound, &size, &mut |array| {
            let [size, entry] = array.args() else { return array.clone() };
            let Some(own) = array.op().bound() else { return array.clone() };
            let here = vec![Term::var(own.clone()), Term::var(index.clone()), entry.clone(), fixed(entry)];
            Term::new(array.op().clone(), vec![size.clone(), Term::function(CHOOSE, here)])
        });
        // What stands beside the arrays is in the first term.
        let only_chosen = fixed_elsewhere(&one_live, bound, point);
        let mut through = self.expand(&derivative(only_chosen))?;
        through.iter_mut().for_each(|summand| summand.indices.push((index.clone(), size.clone())));
        found.extend(through);
        Ok(found)
    }

    fn product(&mut self, factors: &[Term]) -> Result<Vec<Summand>> {
        let mut found = vec![Summand { indices: vec![], term: Term::one() }];
        for factor in factors {
            let next = self.expand(factor)?;
            if found.len() * next.len() > MOST_TERMS {
                return unreduced("the sums over arrays have too many terms");
            }
            let pairs = found.iter().flat_map(|a| next.iter().map(move |b| (a, b)));
            found = pairs
                .map(|(a, b)| Summand {
                    indices: [a.indices.clone(), b.indices.clone()].concat(),
                    term: Term::mul([contract::factors(&a.term), contract::factors(&b.term)].concat()),
                })
                .collect();
        }
        Ok(found)
    }

    fn fresh(&mut self, domain: Domain) -> Var {
        self.opened += 1;
        Var::free(&format!("opened·{}", self.opened), domain)
    }

    fn has_sums(&self, term: &Term) -> bool {
        term.any(&|t| self.is_over_array(t))
    }

    /// A sum from 1 to the size of an array.
    fn is_over_array(&self, term: &Term) -> bool {
        matches!(term.op(), Op::Sum(_)) && term.args()[0].is_one() && self.sizes.contains(&term.args()[1])
    }
}

/// A sum with letters in the place of the numbers that are drawn or move around it, and those; none where it depends on a whole
/// array of them.
fn pattern(sum: &Term) -> Option<(Term, Vec<Term>)> {
    let moved = |v: &Var| v.name().is_some_and(|name| name.contains('·'));
    let moving: Vec<Var> = sum.free().iter().filter(|v| moved(v)).cloned().collect();
    let numbers = moving.iter().all(|v| v.name().is_some_and(|name| name.starts_with("opened·")));
    let whole = |t: &Term| *t.op() == Op::Entry && t.args()[0].as_var().is_some_and(|v| moving.contains(v));
    let loose = |t: &Term| t.as_var().is_some_and(|v| v.name().is_none());
    let own = sum.op().bound().cloned();
    let unbound = |t: &Term| loose(t) && t.as_var() != own.as_ref();
    if moving.is_empty() || !numbers || sum.any(&whole) || sum.args()[2].any(&unbound) {
        return None;
    }
    let place = |(at, v): (usize, &Var)| (v.clone(), Term::var(Var::free(&format!("place·{at}"), v.domain)));
    let places: Vec<(Var, Term)> = moving.iter().enumerate().map(place).collect();
    Some((substitute_many(sum, &places), moving.into_iter().map(Term::var).collect()))
}

/// The term with others in the place of some.
fn replaced(term: &Term, known: &[(Term, Term)]) -> Term {
    if let Some((_, other)) = known.iter().find(|(from, _)| from == term) {
        return other.clone();
    }
    let args = term.args().iter().map(|arg| replaced(arg, known)).collect();
    Term::rebuilt(term.op(), args)
}

/// A product of sums of terms, as terms.
fn distributed(summand: Summand) -> Vec<Summand> {
    let mut terms: Vec<Vec<Term>> = vec![vec![]];
    for factor in contract::factors(&summand.term) {
        let parts = match factor.op() {
            Op::Add => factor.args().to_vec(),
            _ => vec![factor],
        };
        if terms.len() * parts.len() > MOST_PARTS {
            return vec![summand];
        }
        terms = terms
            .iter()
            .flat_map(|before| parts.iter().map(move |part| [before.as_slice(), &contract::factors(part)].concat()))
            .collect();
    }
    terms.into_iter().map(|factors| Summand { indices: summand.indices.clone(), term: Term::mul(factors) }).collect()
}

/// Where a derivative is taken, and of which entry.
struct Place {
    variable: Var,
    point: Term,
    entry: Option<Term>,
}

impl Place {
    fn at_point(&self, term: &Term) -> Term {
        match self.point.op() {
            Op::Array(_) => entries_at(term, &self.variable, &self.point),
            _ => substitute_many(term, &[(self.variable.clone(), self.point.clone())]),
        }
    }

    fn derivative(&self, body: &Term) -> Term {
        let derivative = Term::bind(Op::Derivative(self.variable.clone(), 1), vec![body.clone(), self.point.clone()]);
        match &self.entry {
            Some(index) => Term::new(Op::Entry, vec![derivative, index.clone()]),
            None => derivative,
        }
    }
}

/// The term with letters in the place of the entries of arrays.
fn with_letters(term: &Term, entries: &mut Vec<(Term, Var)>) -> Term {
    if *term.op() == Op::Entry {
        if let Some((_, letter)) = entries.iter().find(|(entry, _)| entry == term) {
            return Term::var(letter.clone());
        }
        let letter = Var::free(&format!("entry·{}", entries.len()), Domain::Real);
        entries.push((term.clone(), letter.clone()));
        return Term::var(letter);
    }
    if !term.has_arrays() {
        return term.clone();
    }
    let args = term.args().iter().map(|arg| with_letters(arg, entries)).collect();
    Term::rebuilt(term.op(), args)
}

/// The term with the entries of an array in the place of those of a letter.
fn entries_at(term: &Term, letter: &Var, array: &Term) -> Term {
    if !term.depends_on(letter) {
        return term.clone();
    }
    if *term.op() == Op::Entry && term.args()[0].as_var() == Some(letter) {
        return array.open(&term.args()[1]);
    }
    let args = term.args().iter().map(|arg| entries_at(arg, letter, array)).collect();
    Term::rebuilt(term.op(), args)
}

/// Are there entries of matrices in a sum, which may meet others?
fn adds_matrices(term: &Term) -> bool {
    match term.op() {
        Op::Add => term
            .args()
            .iter()
            .any(|arg| contract::factors(arg).iter().any(contract::is_of_matrix) || adds_matrices(arg)),
        Op::Mul | Op::Expect(_) | Op::Derivative(..) | Op::Entry | Op::Pow => term.args().iter().any(adds_matrices),
        _ => false,
    }
}

/// Is there a derivative of a determinant?
fn derives_determinant(term: &Term) -> bool {
    term.any(&|t| matches!(t.op(), Op::Derivative(..)) && t.args()[0].any(&|t| t.is_function(DET)))
}

/// An array or a law of one whose entries depend on a variable.
fn is_live(term: &Term, var: &Var) -> bool {
    matches!(term.op(), Op::Array(_) | Op::Independent(_))
        && term.args()[1].depends_on(var)
        && !is_chosen(&term.args()[1])
}

/// The derivative of ln |det A| in an entry: that of the inverse, transposed.
fn of_determinant(summand: &Summand) -> Option<Summand> {
    let factors = contract::factors(&summand.term);
    let partial = |factor: &Term| {
        let row = (*factor.op() == Op::Entry).then(|| &factor.args()[0]).filter(|row| *row.op() == Op::Entry)?;
        let gradient = row.args().first().filter(|gradient| matches!(gradient.op(), Op::Derivative(_, 1)))?;
        let [i, j] = [&row.args()[1], &factor.args()[1]];
        let (bound, point) = (gradient.op().bound()?, &gradient.args()[1]);
        let inner = contract::factors(&gradient.args()[0]);
        let live = |factor: &&Term| factor.depends_on(bound);
        let [volume] = inner.iter().filter(live).collect::<Vec<_>>()[..] else { return None };
        let of_abs = |t: &Term| if t.is_function("abs") { t.args()[0].clone() } else { t.clone() };
        let det = volume.is_function("ln").then(|| of_abs(&volume.args()[0]))?;
        if !det.is_function(DET) || det.args()[0].as_var() != Some(bound) || point.as_var().is_none() {
            return None;
        }
        let inverse = Term::function(INVERSE, vec![point.clone()]);
        let entry = Term::new(Op::Entry, vec![Term::new(Op::Entry, vec![inverse, j.clone()]), i.clone()]);
        let constant = inner.iter().filter(|factor| !live(factor)).cloned();
        Some(Term::mul(constant.chain([entry]).collect()))
    };
    let (at, derived) = factors.iter().enumerate().find_map(|(at, factor)| Some((at, partial(factor)?)))?;
    let others = factors.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, factor)| factor.clone());
    Some(Summand { term: Term::mul(others.chain([derived]).collect()), ..summand.clone() })
}

/// The derivative in an entry of a product of entries, by the product rule.
fn product_rule(summand: Summand) -> Vec<Summand> {
    if let Some(derived) = of_determinant(&summand) {
        return vec![derived];
    }
    let factors = contract::factors(&summand.term);
    let partial = |factor: &&Term| *factor.op() == Op::Entry && matches!(factor.args()[0].op(), Op::Derivative(_, 1));
    let [partial] = factors.iter().filter(partial).collect::<Vec<_>>()[..] else { return vec![summand] };
    let (gradient, index) = (&partial.args()[0], &partial.args()[1]);
    let Some(bound) = gradient.op().bound() else { return vec![summand] };
    let (body, point) = (&gradient.args()[0], &gradient.args()[1]);
    let entry = |factor: &Term| {
        let of = *factor.op() == Op::Entry && factor.args()[0].as_var() == Some(bound);
        of.then(|| factor.args()[1].clone()).filter(|index| !index.depends_on(bound))
    };
    let inner = contract::factors(body);
    if inner.iter().any(|factor| factor.depends_on(bound) && entry(factor).is_none()) {
        return vec![summand];
    }
    let at_point = |factor: &Term| match (entry(factor), point.op()) {
        (Some(index), Op::Array(_)) => point.open(&index),
        (Some(index), _) => Term::new(Op::Entry, vec![point.clone(), index]),
        (None, _) => factor.clone(),
    };
    let others: Vec<Term> = factors.iter().filter(|factor| *factor != partial).cloned().collect();
    let mut found = Vec::new();
    for (at, own) in inner.iter().enumerate().filter_map(|(at, factor)| Some((at, entry(factor)?))) {
        let left = inner.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, factor)| at_point(factor));
        let term =
            others.iter().cloned().chain([Term::function(DELTA, vec![own, index.clone()])]).chain(left).collect();
        found.push(Summand { indices: summand.indices.clone(), term: Term::mul(term) });
    }
    found
}

/// An entry of a gradient.
fn is_partial(term: &Term) -> bool {
    match term.op() {
        Op::Entry => is_partial(&term.args()[0]),
        Op::Derivative(..) => true,
        _ => false,
    }
}

fn is_chosen(term: &Term) -> bool {
    term.is_function(CHOOSE)
}

fn live(body: &Term, var: &Var) -> bool {
    body.any(&|t| is_live(t, var))
}

/// Is there a derivative in a number that all entries of an array depend on?
fn moves_arrays(term: &Term) -> bool {
    match term.op() {
        Op::Derivative(var, _) if live(&term.args()[0], var) => true,
        // A gradient moves one entry at a time.
        Op::Entry if matches!(term.args()[0].op(), Op::Derivative(..)) => {
            term.args()[0].args().iter().any(moves_arrays)
        }
        _ => term.args().iter().any(moves_arrays),
    }
}

/// What a derivative in a number goes through: terms whose entries depend on its variable, with that.
pub fn moved(term: &Term, see: &mut impl FnMut(&Term, &Var)) {
    if let Op::Derivative(var, _) = term.op() {
        term.args()[0].visit(&mut |t| {
            if is_live(t, var) || t.args().iter().any(|arg| is_live(arg, var)) {
                see(t, var);
            }
        });
    }
    match term.op() {
        Op::Entry if matches!(term.args()[0].op(), Op::Derivative(..)) => {
            term.args()[0].args().iter().for_each(|arg| moved(arg, see));
        }
        _ => term.args().iter().for_each(|arg| moved(arg, see)),
    }
}

/// The term with something in the place of each array of a size that depends on a variable.
fn arrays_replaced(term: &Term, var: &Var, size: &Term, put: &mut impl FnMut(&Term) -> Term) -> Term {
    if !term.depends_on(var) {
        return term.clone();
    }
    if is_live(term, var) && term.args()[0] == *size {
        return put(term);
    }
    let args = term.args().iter().map(|arg| arrays_replaced(arg, var, size, put)).collect();
    Term::rebuilt(term.op(), args)
}

/// The term with a variable at its point wherever it does not stand in the entry of an array that is chosen.
fn fixed_elsewhere(term: &Term, var: &Var, point: &Term) -> Term {
    if !term.depends_on(var) || is_chosen(term) {
        return term.clone();
    }
    if term.as_var() == Some(var) {
        return point.clone();
    }
    let args = term.args().iter().map(|arg| fixed_elsewhere(arg, var, point)).collect();
    Term::rebuilt(term.op(), args)
}

/// Indices with names, of arrays by their size. Those of one size differ from each other.
#[derive(Clone, Default)]
pub struct Indices {
    /// Those that the statement writes.
    fixed: BTreeMap<Term, Vec<Term>>,
    /// Those that stand for the index of a sum.
    chosen: BTreeMap<Term, Vec<Term>>,
}

/// Letters that are indices, with the indices that they are the same as.
pub type Same = Vec<(Var, Term)>;

/// More indices in one term than this are not followed.
const MOST_INDICES: usize = 4;
/// Letters that are indices can be the same in no more ways than this.
const MOST_CASES: usize = 15;

impl Indices {
    /// Notes an index that the statement writes.
    pub fn fix(&mut self, index: &Term, size: &Term) {
        let known = self.fixed.entry(size.clone()).or_default();
        if !known.contains(index) {
            known.push(index.clone());
        }
    }

    /// Leaves out indices that do not satisfy this.
    pub fn keep(&mut self, occurs: impl Fn(&Term) -> bool) {
        self.fixed.values_mut().for_each(|fixed| fixed.retain(&occurs));
    }

    /// The indices of arrays of a size.
    pub fn of(&self, size: &Term) -> Vec<Term> {
        let parts = [self.fixed.get(size), self.chosen.get(size)];
        parts.into_iter().flatten().flatten().cloned().collect()
    }

    /// All indices.
    pub fn all(&self) -> impl Iterator<Item = &Term> {
        self.fixed.values().chain(self.chosen.values()).flatten()
    }

    /// All ways in which the indices that the statement writes can be the same: what is put for letters, and the indices that
    /// are left, which differ.
    pub fn cases(&self, hypotheses: &Hypotheses) -> Result<Vec<(Same, Indices)>> {
        let differ = |a: &Term, b: &Term| {
            let either = [a.clone().minus(b.clone()), b.clone().minus(a.clone())];
            hypotheses.nonzero.iter().any(|known| either.contains(known))
        };
        let mut cases = vec![(Vec::new(), Indices::default())];
        for (size, fixed) in &self.fixed {
            let mut ways: Vec<(Same, Vec<Term>)> = vec![(Vec::new(), Vec::new())];
            // Numbers come first, so that a letter may be one of them.
            let numbers = fixed.iter().filter(|index| index.as_var().is_none());
            for index in numbers.chain(fixed.iter().filter(|index| index.as_var().is_some())) {
                let mut next = Vec::new();
                for (same, left) in ways {
                    if let Some(letter) = index.as_var() {
                        for other in left.iter().filter(|other| !differ(index, other)) {
                            let put = (letter.clone(), other.clone());
                            next.push(([same.as_slice(), &[put]].concat(), left.clone()));
                        }
                    }
                    next.insert(0, (same, [left.as_slice(), std::slice::from_ref(index)].concat()));
                }
                ways = next;
            }
            cases = cases
                .iter()
                .flat_map(|(before, indices): &(Vec<(Var, Term)>, Indices)| {
                    ways.iter().map(move |(same, left)| {
                        let mut indices = indices.clone();
                        left.iter().for_each(|index| indices.fix(index, size));
                        ([before.as_slice(), same].concat(), indices)
                    })
                })
                .collect();
            if cases.len() > MOST_CASES {
                return unreduced("too many letters are indices of arrays of one size");
            }
        }
        Ok(cases)
    }

    /// Letters that are indices, with numbers for them; none where a size has no room for them.
    pub fn letters_at_numbers(&self) -> Option<Vec<(Var, Term)>> {
        let mut found = Vec::new();
        for (size, indices) in &self.fixed {
            let room = size.as_integer()?;
            // Not the first one in all sizes: a claim about an index is one about each.
            let mut free = (1..=room).rev().filter(|n| !indices.contains(&Term::integer(*n)));
            if indices.iter().any(|index| index.as_integer().is_some_and(|n| n > room || n < 1)) {
                return None;
            }
            for letter in indices.iter().filter_map(Term::as_var) {
                found.push((letter.clone(), Term::integer(free.next()?)));
            }
        }
        Some(found)
    }

    /// A term under sums, at each way in which its indices can coincide with each other and with those that are written: how
    /// often that is, and the term there.
    pub fn coincidences(&mut self, summand: &Summand, names: &mut Names) -> Result<Vec<(Term, Term)>> {
        if summand.indices.len() > MOST_INDICES {
            return unreduced("more than four sums over arrays stand in one term");
        }
        let mut found = Vec::new();
        self.choose(summand, &mut Vec::new(), names, &mut found);
        Ok(found)
    }

    fn choose(
        &mut self,
        summand: &Summand,
        values: &mut Vec<(Term, bool)>,
        names: &mut Names,
        found: &mut Vec<(Term, Term)>,
    ) {
        let Some((_, size)) = summand.indices.get(values.len()) else {
            self.at(summand, values, found);
            return;
        };
        let fixed = self.fixed.get(size).cloned().unwrap_or_default();
        let sizes = summand.indices.iter().map(|(_, size)| size);
        let met = values.iter().zip(sizes).filter(|((_, new), other)| *new && *other == size);
        let met: Vec<Term> = met.map(|((index, _), _)| index.clone()).collect();
        for index in fixed.iter().chain(&met) {
            values.push((index.clone(), false));
            self.choose(summand, values, names, found);
            values.pop();
        }
        let chosen = self.chosen.entry(size.clone()).or_default();
        while chosen.len() <= met.len() {
            chosen.push(names.index());
        }
        values.push((chosen[met.len()].clone(), true));
        self.choose(summand, values, names, found);
        values.pop();
    }

    /// The term at a choice of its indices. Of indices that differ it is the mean over their orders, so that it does not
    /// matter in which order sums are written.
    fn at(&self, summand: &Summand, values: &[(Term, bool)], found: &mut Vec<(Term, Term)>) {
        let mut count = Vec::new();
        let mut new: BTreeMap<&Term, Vec<Term>> = BTreeMap::new();
        for ((_, size), (index, is_new)) in summand.indices.iter().zip(values) {
            if *is_new {
                let same = new.entry(size).or_default();
                let before = self.fixed.get(size).map_or(0, Vec::len) + same.len();
                count.push(match before {
                    0 => size.clone(),
                    _ => size.clone().minus(Term::integer(before as i64)),
                });
                same.push(index.clone());
            }
        }
        let mut orders: Vec<Vec<(Term, Term)>> = vec![vec![]];
        for indices in new.values() {
            let permuted = permutations(indices);
            orders = orders
                .iter()
                .flat_map(|order| {
                    permuted.iter().map(move |p| {
                        order.iter().cloned().chain(indices.iter().cloned().zip(p.iter().cloned())).collect()
                    })
                })
                .collect();
        }
        count.push(Term::ratio(1, orders.len() as i64));
        let count = Term::mul(count);
        for order in orders {
            let placed = |index: &Term| {
                order.iter().find(|(from, _)| from == index).map_or_else(|| index.clone(), |(_, to)| to.clone())
            };
            let pairs: Vec<(Var, Term)> =
                summand.indices.iter().zip(values).map(|((v, _), (index, _))| (v.clone(), placed(index))).collect();
            found.push((count.clone(), substitute_many(&summand.term, &pairs)));
        }
    }
}

fn permutations(items: &[Term]) -> Vec<Vec<Term>> {
    if items.len() < 2 {
        return vec![items.to_vec()];
    }
    let mut found = Vec::new();
    for first in 0..items.len() {
        let mut others = items.to_vec();
        let item = others.remove(first);
        for mut order in permutations(&others) {
            order.insert(0, item.clone());
            found.push(order);
        }
    }
    found
}
