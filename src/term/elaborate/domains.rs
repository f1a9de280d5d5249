//! What is supposed of parameters: by the user, and by the places where they stand.

use super::{Problem, Result, coded};
use crate::syntax::{Code, Relation, Span};
use crate::term::{
    Definitions, Domain, Hypotheses, Identity, Op, Polynomial, Regularity, Support, Symbol, Term, Var, is_bit,
    is_natural, is_nonnegative, is_nonzero, is_positive, is_size, points_domain, substitute_many,
};
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use std::collections::{BTreeMap, BTreeSet};

/// A hypothesis between two terms, with its place in the text.
pub(super) struct Compare {
    pub relation: Relation,
    pub left: Term,
    pub right: Term,
    pub span: Span,
}

/// What was stated of a problem beside its members.
#[derive(Default)]
pub(super) struct Stated {
    pub compares: Vec<Compare>,
    /// Letters that were said to be whole, with their domains.
    pub sorts: Vec<(Symbol, Domain, Span)>,
    pub classes: BTreeMap<Symbol, Regularity>,
    /// Widths of smoothing operators: they are positive.
    pub widths: Vec<Term>,
    /// σ stands in notation that makes it a width.
    pub sigma: bool,
    /// Free letters that stand for arrays, with their sizes.
    pub arrays: BTreeMap<Symbol, Vec<Term>>,
    /// Those that are symmetric matrices, positive definite.
    pub definite: BTreeSet<Symbol>,
    /// The last indices of sums from 1.
    pub counts: Vec<Term>,
    /// The members, of operators: their widths are positive.
    pub place: Option<Span>,
}

impl Stated {
    /// A letter lies in the support of a law, as far as its ends are numbers or letters.
    pub fn lies_in(&mut self, name: &Symbol, letter: &Term, support: &Support, span: Span) {
        let is_plain =
            |end: &Term| !end.any(&|t| matches!(t.op(), Op::Infinity | Op::Sum(_) | Op::Entry | Op::Array(..)));
        let between = |stated: &mut Stated, relation: Relation, lo: &Term, hi: &Term| {
            let ends = [(lo, letter), (letter, hi)];
            for (left, right) in ends.into_iter().filter(|(left, right)| is_plain(left) && is_plain(right)) {
                stated.compares.push(Compare { relation, left: left.clone(), right: right.clone(), span });
            }
        };
        match support {
            Support::Interval(lo, hi) => between(self, Relation::Less, lo, hi),
            Support::Integers(lo, hi) => {
                self.sorts.push((name.clone(), if is_natural(lo) { Domain::Natural } else { Domain::Integer }, span));
                between(self, Relation::LessEqual, lo, hi);
            }
            Support::Points(points) => {
                let domain = if is_bit(points) { Domain::Bit } else { points_domain(points) };
                if let (false, Some((lo, hi))) = (domain == Domain::Real, points.first().zip(points.last())) {
                    self.sorts.push((name.clone(), domain, span));
                    let sorted = points.windows(2).all(|pair| pair[0].as_number() < pair[1].as_number());
                    if sorted && !matches!(domain, Domain::Sign | Domain::Bit) {
                        between(self, Relation::LessEqual, lo, hi);
                    }
                }
            }
        }
    }
}

/// Gives every free variable its domain, and turns hypotheses into domains where they are one. An equation is solved for a
/// letter where it is affine in one, and the letter replaced: also the point of a derivative, which is taken before.
pub(super) fn resolve(definitions: &Definitions, mut members: Vec<Term>, stated: Stated) -> Result<Problem> {
    let mut found = Found::default();
    for (name, domain, _) in &stated.sorts {
        found.narrow(&Term::var(Var::free(name, Domain::Real)), *domain);
    }
    for width in &stated.widths {
        found.parameter(width, Domain::Positive);
    }
    if stated.sigma {
        found.narrow(&Term::var(Var::free("σ", Domain::Real)), Domain::Positive);
    }
    for size in stated.arrays.values().flatten().chain(&stated.counts) {
        found.bounds(&Term::one(), size);
    }
    for term in members.iter().chain(stated.compares.iter().flat_map(|c| [&c.left, &c.right])) {
        found.places(definitions, term);
    }
    let mut last = None;
    let mut open: Vec<(Term, Term)> = Vec::new();
    for compare in &stated.compares {
        let Compare { relation, left, right, span } = compare;
        last = Some(*span);
        match relation {
            Relation::Equal => open.push((left.clone(), right.clone())),
            _ => found.hypothesis(*relation, left, right),
        }
    }
    let mut solved: Vec<(Var, Term)> = Vec::new();
    let mut equations: Vec<(Term, Term)> = Vec::new();
    for (left, right) in open {
        let [left, right] = [left, right].map(|side| substitute_many(&side, &solved));
        let Some((letter, value)) = solution(&found.domains, &left, &right) else {
            let difference = Polynomial::of(&left.clone().minus(right.clone()));
            if difference.as_number().is_none_or(|n| !n.is_zero()) {
                equations.push((left, right));
            }
            continue;
        };
        let pair = [(letter.clone(), value.clone())];
        for (_, earlier) in &mut solved {
            *earlier = substitute_many(earlier, &pair);
        }
        for (left, right) in &mut equations {
            (*left, *right) = (substitute_many(left, &pair), substitute_many(right, &pair));
        }
        found.replace(&letter, &value);
        solved.push((letter, value));
    }
    members = members.iter().map(|member| substitute_many(member, &solved)).collect();
    if !solved.is_empty() {
        for term in &members {
            found.places(definitions, term);
        }
    }
    found.tighten();
    let pairs: Vec<(Var, Term)> = found
        .domains
        .iter()
        .map(|(name, domain)| (Var::free(name, Domain::Real), Term::var(Var::free(name, *domain))))
        .collect();
    let known = |term: &Term| substitute_many(term, &pairs);
    let members: Vec<Term> = members.iter().map(|t| rebound(definitions, &known(t))).collect();
    let distinct = |terms: &[Term], told: fn(&Term) -> bool| {
        let mut kept: Vec<Term> = Vec::new();
        for term in terms.iter().map(known) {
            if !told(&term) && !kept.contains(&term) {
                kept.push(term);
            }
        }
        kept
    };
    let mut hypotheses = Hypotheses {
        densities: Default::default(),
        classes: stated.classes,
        positive: distinct(&found.positive, is_positive),
        nonnegative: distinct(&found.nonnegative, is_nonnegative),
        nonzero: distinct(&found.nonzero, is_nonzero),
        equations: equations.iter().map(|(left, right)| (known(left), known(right))).collect(),
        solved: Vec::new(),
    };
    let nothing = found.contradiction || hypotheses.contradict();
    if let Some(span) = last.or(stated.sorts.last().map(|(_, _, span)| *span)).or(stated.place).filter(|_| nothing) {
        let help = "what is divided by, what a law is given and what stands under ln or √ counts as a hypothesis, too";
        return coded(Code::Hypothesis, span, "nothing satisfies the hypotheses", Some(help));
    }
    let implied = std::mem::take(&mut hypotheses.nonnegative);
    for term in implied {
        if !hypotheses.imply_nonnegative(&term) {
            hypotheses.nonnegative.push(term);
        }
    }
    hypotheses.solved =
        solved.iter().filter_map(|(letter, value)| Some((letter.name()?.into(), known(value)))).collect();
    let sized = |shape: &[Term]| shape.iter().map(|size| known(&substitute_many(size, &solved))).collect();
    let arrays = stated.arrays.iter().map(|(letter, shape)| (letter.clone(), sized(shape))).collect();
    Ok(Problem { members, hypotheses, arrays, definite: stated.definite, ..Problem::default() })
}

/// A letter that an equation is solved for, and its value: one that stands alone on the left, or on the right, or any that
/// the equation is affine in. A whole letter is replaced by a letter or a number only.
fn solution(domains: &BTreeMap<Symbol, Domain>, left: &Term, right: &Term) -> Option<(Var, Term)> {
    let difference = Polynomial::of(&left.clone().minus(right.clone()));
    let letters: BTreeSet<Var> = left.free().iter().chain(right.free()).cloned().collect();
    let order = [left, right].into_iter().filter_map(Term::as_var).chain(&letters);
    for letter in order.filter(|v| matches!(v.identity, Identity::Free(_))) {
        let Some(value) = difference.solved_for(letter) else { continue };
        let value = [left, right]
            .into_iter()
            .find(|side| Polynomial::of(side) == value)
            .cloned()
            .unwrap_or_else(|| value.term());
        let domain = letter.name().and_then(|name| domains.get(name)).copied().unwrap_or(Domain::Real);
        // Under a function the value would be that of another equation.
        let plain = value.as_var().is_some() || value.as_number().is_some();
        if !domain.is_integer() || plain {
            return Some((letter.clone(), value));
        }
    }
    None
}

/// The term with the domains of its bound variables read off again, now that those of its parameters are known.
fn rebound(definitions: &Definitions, term: &Term) -> Term {
    let inward = |arg: &Term| rebound(definitions, arg);
    let Some(var) = term.op().bound() else {
        return Term::new(term.op().clone(), term.args().iter().map(inward).collect());
    };
    let index = term.op().body_index();
    let place = |(place, arg): (usize, &Term)| if place == index { arg.clone() } else { inward(arg) };
    let mut args: Vec<Term> = term.args().iter().enumerate().map(place).collect();
    let domain = match term.op() {
        Op::Expect(_) => definitions.domain_of(&args[0]),
        // What is supposed of the point holds near it if it is open.
        Op::Derivative(..) => args[1].as_var().map_or(Domain::Real, |point| point.domain.near()),
        Op::Sum(_) => var.domain.meet(crate::term::index_domain(&args[0])),
        Op::Integral(_) => var.domain.meet(crate::term::interval_domain(&args[0], &args[1])),
        _ => var.domain,
    };
    let narrowed = Var { identity: var.identity.clone(), domain };
    // What is inside is read with the domain that the variable has now.
    args[index] = inward(&substitute_many(&args[index], &[(var.clone(), Term::var(narrowed.clone()))]));
    Term::bind(term.op().with_bound(narrowed), args)
}

#[derive(Default)]
struct Found {
    domains: BTreeMap<Symbol, Domain>,
    /// Terms that are positive by hypothesis or by the law that they parametrise.
    positive: Vec<Term>,
    nonnegative: Vec<Term>,
    nonzero: Vec<Term>,
    /// A number is outside of a domain that it has to lie in.
    contradiction: bool,
}

impl Found {
    fn narrow(&mut self, term: &Term, domain: Domain) {
        if let Some(Var { identity: Identity::Free(name), .. }) = term.as_var() {
            let known = self.domains.entry(name.clone()).or_insert(Domain::Real);
            *known = known.meet(domain);
        }
    }

    fn hypothesis(&mut self, relation: Relation, left: &Term, right: &Term) {
        let difference = |a: &Term, b: &Term| if b.is_zero() { a.clone() } else { a.clone().minus(b.clone()) };
        match relation {
            Relation::Greater => self.positive.push(difference(left, right)),
            Relation::Less => self.positive.push(difference(right, left)),
            Relation::GreaterEqual => self.nonnegative.push(difference(left, right)),
            Relation::LessEqual => self.nonnegative.push(difference(right, left)),
            Relation::NotEqual => self.nonzero.push(difference(left, right)),
            Relation::Equal => {}
        }
    }

    /// A letter is replaced: what was known of it is known of its value.
    fn replace(&mut self, letter: &Var, value: &Term) {
        let pair = [(letter.clone(), value.clone())];
        for terms in [&mut self.positive, &mut self.nonnegative, &mut self.nonzero] {
            terms.iter_mut().for_each(|term| *term = substitute_many(term, &pair));
        }
        let Some(domain) = letter.name().and_then(|name| self.domains.remove(name)) else { return };
        if value.as_var().is_some() {
            return self.narrow(value, domain);
        }
        match domain {
            Domain::Real => {}
            Domain::NonZero => self.nonzero.push(value.clone()),
            Domain::Positive => self.positive.push(value.clone()),
            Domain::Unit => self.positive.extend([value.clone(), Term::one().minus(value.clone())]),
            Domain::Natural | Domain::Counting | Domain::Sign | Domain::Bit | Domain::Integer => {
                self.contradiction |= value.as_number().is_some_and(|n| {
                    !n.is_integer()
                        || (domain == Domain::Natural && n.is_negative())
                        || (domain == Domain::Counting && !n.is_positive())
                        || (domain == Domain::Sign && n.abs() != num_traits::One::one())
                        || (domain == Domain::Bit && !n.is_zero() && !n.is_one())
                });
            }
        }
    }

    /// What the relations say of single letters becomes their domains.
    fn tighten(&mut self) {
        let mut letters: BTreeSet<Symbol> = self.domains.keys().cloned().collect();
        for term in self.positive.iter().chain(&self.nonnegative).chain(&self.nonzero) {
            letters.extend(term.free().iter().filter_map(|v| v.name().map(Symbol::from)));
        }
        let pairs: Vec<(Var, Term)> = self
            .domains
            .iter()
            .map(|(name, domain)| (Var::free(name, Domain::Real), Term::var(Var::free(name, *domain))))
            .collect();
        let known = |terms: &[Term]| terms.iter().map(|t| substitute_many(t, &pairs)).collect::<Vec<_>>();
        let hypotheses = Hypotheses {
            positive: known(&self.positive),
            nonnegative: known(&self.nonnegative),
            nonzero: known(&self.nonzero),
            ..Hypotheses::default()
        };
        if hypotheses.contradict() {
            return;
        }
        for name in letters {
            let domain = self.domains.get(&name).copied().unwrap_or(Domain::Real);
            let letter = Term::var(Var::free(&name, domain));
            let bare = Term::var(Var::free(&name, Domain::Real));
            if hypotheses.imply_positive(&letter) {
                self.narrow(&bare, Domain::Positive);
                if !domain.is_integer() && hypotheses.imply_positive(&Term::one().minus(letter)) {
                    self.narrow(&bare, Domain::Unit);
                }
            } else if hypotheses.nonzero.contains(&letter) {
                let above = hypotheses.imply_nonnegative(&letter);
                self.narrow(&bare, if above { Domain::Positive } else { Domain::NonZero });
            } else if domain == Domain::NonZero && hypotheses.imply_nonnegative(&letter) {
                self.narrow(&bare, Domain::Positive);
            } else if domain == Domain::Integer && hypotheses.imply_nonnegative(&letter) {
                self.narrow(&bare, Domain::Natural);
            }
        }
    }

    /// All places of a term; the variable of a derivative stands for the point where it is taken.
    fn places(&mut self, definitions: &Definitions, term: &Term) {
        self.place(definitions, term);
        match term.op() {
            Op::Derivative(..) if term.args()[1].as_var().is_some() => {
                self.places(definitions, &term.open(&term.args()[1]));
            }
            _ => term.args().iter().for_each(|arg| self.places(definitions, arg)),
        }
    }

    fn place(&mut self, definitions: &Definitions, term: &Term) {
        match term.op() {
            // Of a covariance matrix it is said that it is one.
            Op::Law(_) if super::arrays::is_full(term) => {}
            Op::Law(_) => {
                let Some((law, _)) = definitions.law(term) else { return };
                for (parameter, argument) in law.parameters.iter().zip(term.args()) {
                    self.parameter(argument, parameter.domain);
                }
                for demand in &law.positive {
                    self.demand(law.instantiate(demand, term.args(), None));
                }
            }
            // A negative number is a product with -1 at first.
            Op::Pow => match term.args()[1]
                .factors()
                .iter()
                .map(Term::as_number)
                .try_fold(BigRational::one(), |p, n| Some(p * n?))
            {
                Some(n) if n.is_integer() && n.numer().sign() == num_bigint::Sign::Minus => {
                    self.divisor(&term.args()[0])
                }
                Some(n) if !n.is_integer() => self.argument(&term.args()[0]),
                _ => {}
            },
            Op::Function(f) if matches!(&**f, "ln" | "sqrt" | "lngamma" | "gamma" | "digamma") => {
                self.argument(&term.args()[0]);
            }
            Op::Sum(_) => self.bounds(&term.args()[0], &term.args()[1]),
            Op::Array(_) | Op::Independent(_) => self.bounds(&Term::one(), &term.args()[0]),
            _ => {}
        }
    }

    /// A difference that a law demands to be positive: `θ - 0 > 0` is a domain of θ.
    fn demand(&mut self, term: Term) {
        let left: Vec<&Term> = term.summands().iter().filter(|t| !t.factors().iter().any(Term::is_zero)).collect();
        match left.as_slice() {
            [only] => self.parameter(&(*only).clone(), Domain::Positive),
            _ => self.suppose(&term),
        }
    }

    /// What a root or a logarithm is taken of is positive; of the letters in it that says nothing: `sqrt(x^2)`.
    fn argument(&mut self, argument: &Term) {
        match argument.op() {
            Op::Var(_) => self.narrow(argument, Domain::Positive),
            _ => self.suppose(argument),
        }
    }

    /// A demand that is met by the choice of parameters; a sample cannot be chosen.
    fn suppose(&mut self, term: &Term) {
        let sample = term.free().iter().any(|v| matches!(v.identity, Identity::Bound(_)));
        if !sample && !is_positive(term) && term.as_number().is_none() {
            self.positive.push(term.clone());
        }
    }

    /// A parameter of a law: a letter is in the domain; a power or product of letters is positive if they are.
    fn parameter(&mut self, argument: &Term, domain: Domain) {
        match argument.op() {
            Op::Var(_) => self.narrow(argument, domain),
            Op::Pow if domain.is_positive() => self.parameter(&argument.args()[0], Domain::Positive),
            Op::Mul if domain.is_positive() && !argument.factors().iter().any(Term::is_negative_looking) => {
                argument.args().iter().for_each(|factor| self.parameter(factor, Domain::Positive));
            }
            _ if domain.is_positive() => self.suppose(argument),
            _ => {}
        }
    }

    /// What is divided by is not zero; a sample cannot be chosen.
    fn divisor(&mut self, base: &Term) {
        match base.op() {
            Op::Var(_) => self.narrow(base, Domain::NonZero),
            Op::Mul => base.args().iter().for_each(|factor| self.divisor(factor)),
            Op::Pow => self.divisor(&base.args()[0]),
            _ if base.free().iter().any(|v| matches!(v.identity, Identity::Bound(_))) => {}
            _ if is_nonzero(base) => {}
            // What holds no letter cannot be chosen, but for the functions and laws in it.
            _ if base.free().is_empty() && !is_size(base) => {}
            _ => self.nonzero.push(base.clone()),
        }
    }

    /// Letters that bound a sum are whole numbers from 1; the sum has no terms at least.
    fn bounds(&mut self, lo: &Term, hi: &Term) {
        for end in [lo, hi] {
            for letter in end.free().to_vec() {
                if Polynomial::of(end).coefficient(&letter).is_some_and(|c| c.is_integer()) {
                    self.narrow(&Term::var(letter), Domain::Counting);
                }
            }
        }
        let sample = [lo, hi].iter().any(|end| end.free().iter().any(|v| matches!(v.identity, Identity::Bound(_))));
        let infinite = [lo, hi].iter().any(|end| end.any(&|t| *t.op() == Op::Infinity));
        if !(sample || infinite || lo.free().is_empty() && hi.free().is_empty()) {
            self.nonnegative.push(Term::add(vec![hi.clone(), Term::one(), lo.clone().opposite()]));
        }
    }
}
