//! Derivatives of what holds sums over indices: into sums and products, by the chain rule into functions of sums, and in the
//! entries of what contracts with a vector.

use super::expand::{Expander, HIGHEST_POWER, Summand, with_letters};
use super::{Result, contract, unreduced};
use crate::term::{DELTA, DET, Domain, INVERSE, Op, Simplifier, Term, Var, substitute_many};

impl Expander<'_> {
    /// Does a derivative move a sum that stands below something else than sums and products? What is drawn stays inside.
    pub fn is_composed(&self, derivative: &Term, bound: &Var) -> bool {
        self.moves_sum(&derivative.args()[0], bound, false, false)
    }

    /// The same, with or without what stands under means.
    pub fn moves_sum(&self, term: &Term, bound: &Var, below: bool, under_means: bool) -> bool {
        if self.is_over_array(term) && below && term.depends_on(bound) {
            return true;
        }
        let linear = match term.op() {
            Op::Add | Op::Mul | Op::Sum(_) => true,
            Op::Expect(_) if under_means => true,
            // What is held fixed does not move.
            Op::StopGrad => return false,
            Op::Expect(_) | Op::Derivative(..) | Op::Integral(_) | Op::Array(_) | Op::Entry => return false,
            Op::Pow => term.args()[1].as_integer().is_some_and(|power| (1..=HIGHEST_POWER).contains(&power)),
            _ => false,
        };
        term.args().iter().any(|arg| self.moves_sum(arg, bound, below || !linear, under_means))
    }

    /// A derivative of what holds such sums: into sums and products, and by the chain rule into functions of sums.
    pub fn differentiated(&mut self, derivative: &Term, entry: Option<&Term>) -> Result<Term> {
        let Some(bound) = derivative.op().bound().cloned() else { return Ok(derivative.clone()) };
        let variable = self.fresh(bound.domain);
        let body = derivative.open(&Term::var(variable.clone()));
        let place = Place { variable, point: derivative.args()[1].clone(), entry: entry.cloned() };
        self.into(&body, &place)
    }

    /// The derivative in an entry of a vector v that stands in contractions `Σ_k c_k v_k`, under means as well: that in a number
    /// t at 0, where such a contraction moves by t c_i.
    pub fn directed(&mut self, derivative: &Term, entry: &Term) -> Result<Term> {
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

/// The term with others in the place of some.
pub fn replaced(term: &Term, known: &[(Term, Term)]) -> Term {
    if let Some((_, other)) = known.iter().find(|(from, _)| from == term) {
        return other.clone();
    }
    let args = term.args().iter().map(|arg| replaced(arg, known)).collect();
    Term::rebuilt(term.op(), args)
}

/// Is there a derivative of a determinant?
pub fn derives_determinant(term: &Term) -> bool {
    term.any(&|t| matches!(t.op(), Op::Derivative(..)) && t.args()[0].any(&|t| t.is_function(DET)))
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
pub fn product_rule(summand: Summand) -> Vec<Summand> {
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
