//! Capture-free substitution and the canonical numbering of bound variables.

use super::{Identity, Op, Term, Var};
use rustc_hash::FxHashMap;

/// Replaces a free variable by a term.
pub fn substitute(term: &Term, var: &Var, value: &Term) -> Term {
    substitute_many(term, &[(var.clone(), value.clone())])
}

/// Replaces free variables by terms, all at once; a binder that would capture is renumbered.
pub fn substitute_many(term: &Term, pairs: &[(Var, Term)]) -> Term {
    let relevant: Vec<_> = pairs.iter().filter(|(var, value)| Some(var) != value.as_var()).cloned().collect();
    if relevant.is_empty() {
        return term.clone();
    }
    Substitution { pairs: relevant, memo: FxHashMap::default() }.apply(term)
}

struct Substitution {
    pairs: Vec<(Var, Term)>,
    memo: FxHashMap<Term, Term>,
}

impl Substitution {
    fn apply(&mut self, term: &Term) -> Term {
        if !self.pairs.iter().any(|(var, _)| term.depends_on(var)) {
            return term.clone();
        }
        if let Some(var) = term.as_var() {
            return self.pairs.iter().find(|(v, _)| v == var).map_or_else(|| term.clone(), |(_, value)| value.clone());
        }
        if let Some(done) = self.memo.get(term) {
            return done.clone();
        }
        let result = match term.op().bound() {
            None => Term::new(term.op().clone(), term.args().iter().map(|arg| self.apply(arg)).collect()),
            Some(bound) => self.apply_binder(term, bound),
        };
        self.memo.insert(term.clone(), result.clone());
        result
    }

    fn apply_binder(&mut self, term: &Term, bound: &Var) -> Term {
        let index = term.op().body_index();
        let body = &term.args()[index];
        let inside: Vec<_> =
            self.pairs.iter().filter(|(var, _)| var != bound && body.depends_on(var)).cloned().collect();
        let captures = inside.iter().any(|(_, value)| value.depends_on(bound));
        let (bound, body) = if captures {
            let fresh = fresh_above(bound, inside.iter().map(|(_, value)| value).chain([body]));
            (fresh.clone(), substitute(body, bound, &Term::var(fresh)))
        } else {
            (bound.clone(), body.clone())
        };
        let body = substitute_many(&body, &inside);
        let args = term.args().iter().enumerate();
        let args = args.map(|(i, arg)| if i == index { body.clone() } else { self.apply(arg) }).collect();
        Term::new(term.op().with_bound(bound), args)
    }
}

/// A bound variable with a number above all that occur in the terms, bound or free.
fn fresh_above<'a>(like: &Var, terms: impl Iterator<Item = &'a Term>) -> Var {
    let highest = terms.map(|t| highest_number(t).max(t.height())).max().unwrap_or(0);
    Var::bound(highest + 1, like.domain)
}

fn highest_number(term: &Term) -> u32 {
    let number = |v: &Var| if let Identity::Bound(n) = v.identity { n } else { 0 };
    term.free().iter().map(number).max().unwrap_or(0)
}

/// Numbers every binder by the binders inside it, so that terms equal up to bound names become the same term.
pub fn canonical(term: &Term) -> Term {
    Canonical { depth: 0, memo: FxHashMap::default() }.apply(term)
}

struct Canonical {
    depth: u32,
    memo: FxHashMap<Term, Term>,
}

/// Temporary numbers while renaming; far above what a term of bounded size can hold.
const TEMPORARY: u32 = 1 << 24;

impl Canonical {
    fn apply(&mut self, term: &Term) -> Term {
        if term.is_canonical() {
            return term.clone();
        }
        if let Some(done) = self.memo.get(term) {
            return done.clone();
        }
        let result = match term.op().bound() {
            None => Term::new(term.op().clone(), term.args().iter().map(|arg| self.apply(arg)).collect()),
            Some(bound) => self.apply_binder(term, bound),
        };
        // With free temporaries the result depends on the place; without, it does not.
        if highest_number(term) < TEMPORARY {
            self.memo.insert(term.clone(), result.clone());
        }
        result
    }

    fn apply_binder(&mut self, term: &Term, bound: &Var) -> Term {
        let index = term.op().body_index();
        self.depth += 1;
        let temporary = Var::bound(TEMPORARY + self.depth, bound.domain);
        let body = substitute(&term.args()[index], bound, &Term::var(temporary.clone()));
        let body = self.apply(&body);
        self.depth -= 1;
        let (canonical, body) = numbered(&temporary, &body);
        let args = term.args().iter().enumerate();
        let args = args.map(|(i, arg)| if i == index { body.clone() } else { self.apply(arg) }).collect();
        Term::new(term.op().with_bound(canonical), args)
    }
}

/// The canonical variable of a binder over a canonical body, and the body with it.
fn numbered(bound: &Var, body: &Term) -> (Var, Term) {
    let canonical = Var::bound(body.number_above(bound), bound.domain);
    let body = substitute(body, bound, &Term::var(canonical.clone()));
    (canonical, body)
}

impl Term {
    /// A binder over a body, canonically numbered. `args` holds the body at the binder's place; the bound variable
    /// may be any variable.
    pub fn bind(op: Op, mut args: Vec<Term>) -> Term {
        let Some(bound) = op.bound().cloned() else { return Term::new(op, args) };
        let index = op.body_index();
        if args.iter().all(Term::is_canonical) {
            let (bound, body) = numbered(&bound, &args[index]);
            args[index] = body;
            return Term::new(op.with_bound(bound), args);
        }
        let temporary = Var::bound(TEMPORARY, bound.domain);
        args[index] = substitute(&args[index], &bound, &Term::var(temporary.clone()));
        Canonical { depth: 0, memo: FxHashMap::default() }.apply(&Term::new(op.with_bound(temporary), args))
    }

    /// The operator over other arguments; a binder is numbered again.
    pub(crate) fn rebuilt(op: &Op, args: Vec<Term>) -> Term {
        if op.bound().is_some() { Term::bind(op.clone(), args) } else { Term::new(op.clone(), args) }
    }

    /// The body of a binder with its variable replaced.
    pub fn open(&self, value: &Term) -> Term {
        match self.op().bound() {
            Some(bound) => substitute(&self.args()[self.op().body_index()], bound, value),
            None => self.clone(),
        }
    }

    /// `E_{var ~ law}[body]`.
    pub fn expect(var: &Var, law: Term, body: Term) -> Term {
        Term::bind(Op::Expect(var.clone()), vec![law, body])
    }

    /// The derivative of a body in a free variable, at that variable.
    pub fn derivative(var: &Var, order: u32, body: Term) -> Term {
        if order == 0 {
            return body;
        }
        Term::bind(Op::Derivative(var.clone(), order), vec![body, Term::var(var.clone())])
    }
}
