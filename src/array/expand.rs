//! Sums over indices, out of all that is linear, and then at indices with names.

use super::aggregate::rough;
use super::contract;
use super::differentiate::{derives_determinant, product_rule};
use super::{Names, Result, unreduced};
use crate::term::{CHOOSE, Definitions, Domain, Op, Regularity, Symbol, Term, Var, is_positive, substitute_many};
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
pub const HIGHEST_POWER: i64 = 4;

/// Takes sums over the sizes of arrays out of products, means and derivatives.
pub struct Expander<'a> {
    pub definitions: &'a Definitions,
    /// What is supposed of unknown functions.
    classes: &'a BTreeMap<Symbol, Regularity>,
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
    pub fn new(
        definitions: &'a Definitions,
        classes: &'a BTreeMap<Symbol, Regularity>,
        sizes: &'a [Term],
        names: &'a mut Names,
    ) -> Expander<'a> {
        Expander { definitions, classes, sizes, names, opened: 0, letters: Vec::new(), functions: Vec::new() }
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
                if let Some((mut outer, sum)) = self.taken_out(term) {
                    outer.push(sum);
                    return self.product(&outer);
                }
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
                        match self.directed(&args[0], &args[1]) {
                            Ok(directed) => return self.expand(&directed),
                            Err(_) => self.below(&args[0], bound)?,
                        }
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
            Op::Derivative(bound, _) if self.holds_sums_fixed(&args[0], bound) => {
                let fixed = Term::rebuilt(term.op(), vec![held_fixed(&args[0], bound, &args[1]), args[1].clone()]);
                self.expand(&fixed)?
            }
            // Under a mean the derivative is taken through each entry in turn.
            Op::Derivative(bound, 1) if self.moves_sum(&args[0], bound, false, true) => {
                if let Some(what) = rough(self.definitions, self.classes, &args[0], bound) {
                    return through_all(&what);
                }
                let totalled =
                    Term::rebuilt(term.op(), vec![self.totalled_below(&args[0], bound, false), args[1].clone()]);
                self.expand(&totalled)?
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

    /// A term that is not linear in the sums within it: a sum that nothing around it moves is a number, and has a letter. What
    /// holds for every number holds for it. Any other is a function of all entries.
    fn with_letters(&mut self, term: &Term) -> Result<Vec<Summand>> {
        let term = self.lettered(term);
        let term = self.totalled(&term);
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
                let mut body = contract::factors(&sum.open(&Term::var(index.clone())));
                let factors = contract::factors(&summand.term);
                let (mut own, others): (Vec<Term>, Vec<Term>) =
                    factors.into_iter().partition(|factor| factor.depends_on(index));
                own.sort();
                body.sort();
                if own == body && body.iter().all(|factor| factor.depends_on(index)) {
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

    pub fn lettered(&mut self, term: &Term) -> Term {
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

    /// What stands in every term of a sum over an array that is not linear in sums itself, such as one over a sum, with the sum
    /// of the rest; none where nothing does.
    fn taken_out(&self, sum: &Term) -> Option<(Vec<Term>, Term)> {
        let bound = sum.op().bound()?;
        let factors = contract::factors(&sum.args()[2]);
        let free = |factor: &Term| {
            let linear = matches!(factor.op(), Op::Sum(_) | Op::Expect(_) | Op::Derivative(..) | Op::Entry);
            !factor.depends_on(bound) && !linear && self.has_sums(factor)
        };
        let (outer, inner): (Vec<Term>, Vec<Term>) = factors.into_iter().partition(free);
        let args = vec![sum.args()[0].clone(), sum.args()[1].clone(), Term::mul(inner)];
        (!outer.is_empty()).then(|| (outer, Term::rebuilt(sum.op(), args)))
    }

    /// The factors without sums that stand above and below a fraction bar.
    fn cancelled(&self, factors: &[Term]) -> Vec<Term> {
        let mut left: Vec<Term> = factors.iter().flat_map(contract::factors).collect();
        let inverse = |factor: &Term| match (factor.op(), factor.args()) {
            (Op::Pow, [base, power]) if power.as_integer() == Some(-1) => Some(base.clone()),
            _ => None,
        };
        while let Some((below, above)) = left.iter().enumerate().find_map(|(below, factor)| {
            let base = inverse(factor).filter(|base| self.has_sums(base))?;
            let same = |term: &Term| *term == base || ordered(term) == ordered(&base);
            Some((below, left.iter().position(same)?))
        }) {
            left.remove(below.max(above));
            left.remove(below.min(above));
        }
        left
    }

    fn product(&mut self, factors: &[Term]) -> Result<Vec<Summand>> {
        let factors = self.cancelled(factors);
        let mut found = vec![Summand { indices: vec![], term: Term::one() }];
        for factor in &factors {
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

    pub fn fresh(&mut self, domain: Domain) -> Var {
        self.opened += 1;
        Var::free(&format!("opened·{}", self.opened), domain)
    }

    /// Does a derivative meet a sum that is held fixed?
    fn holds_sums_fixed(&self, body: &Term, bound: &Var) -> bool {
        body.any(&|t| *t.op() == Op::StopGrad && t.depends_on(bound) && self.has_sums(t))
    }

    pub fn has_sums(&self, term: &Term) -> bool {
        term.any(&|t| self.is_over_array(t))
    }

    /// A sum from 1 to the size of an array.
    pub fn is_over_array(&self, term: &Term) -> bool {
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

/// The term with the factors of each product in one order.
fn ordered(term: &Term) -> Term {
    let mut args: Vec<Term> = term.args().iter().map(ordered).collect();
    if matches!(term.op(), Op::Mul | Op::Add) {
        args.sort();
    }
    Term::rebuilt(term.op(), args)
}

/// The body of a derivative with what is held fixed at the point where it is taken.
fn held_fixed(term: &Term, bound: &Var, point: &Term) -> Term {
    if !term.depends_on(bound) {
        return term.clone();
    }
    if *term.op() == Op::StopGrad {
        return substitute_many(term, &[(bound.clone(), point.clone())]);
    }
    Term::rebuilt(term.op(), term.args().iter().map(|arg| held_fixed(arg, bound, point)).collect())
}

/// What a derivative that goes through all entries at once asks for.
pub fn through_all<T>(what: &str) -> Result<T> {
    unreduced(&format!("the derivative goes through all entries at once, which asks for {what}"))
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

/// The term with letters in the place of the entries of arrays.
pub fn with_letters(term: &Term, entries: &mut Vec<(Term, Var)>) -> Term {
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

/// An array or a law of one whose entries depend on a variable.
fn is_live(term: &Term, var: &Var) -> bool {
    matches!(term.op(), Op::Array(_) | Op::Independent(_))
        && term.args()[1].depends_on(var)
        && !is_chosen(&term.args()[1])
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
