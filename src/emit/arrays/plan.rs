//! What is drawn and computed, in order: draws, values of unknown functions, and a formula over the entries of all these.

use super::{ArrayRoutine, Taken};
use crate::term::{Domain, Op, Symbol, Term, Var, shape_of_law, substitute, substitute_many};

/// A value that is computed once: an array with these axes.
pub struct Call {
    /// The variable that it is kept in.
    pub var: Var,
    /// What is taken of which function.
    pub function: Symbol,
    pub taken: Taken,
    /// Its argument: an entry of it, where it is a vector, at the index that comes with its size.
    pub argument: Term,
    pub entry: Option<(Var, Term)>,
    /// The indices that it depends on, with their sizes.
    pub indices: Vec<(Var, Term)>,
    /// It depends on what is drawn.
    pub random: bool,
}

pub struct Plan {
    /// The axes of the result: indices with their sizes.
    pub axes: Vec<(Var, Term)>,
    /// Variables with their laws, and the sizes of what is drawn.
    pub draws: Vec<(Var, Term, Vec<Term>)>,
    pub calls: Vec<Call>,
    /// Over entries of parameters, draws and calls.
    pub value: Term,
    /// The sizes of parameters and draws.
    shapes: Vec<(Var, Vec<Term>)>,
    fresh: usize,
}

type Result<T> = std::result::Result<T, String>;

impl Plan {
    pub fn of(routine: &ArrayRoutine) -> Result<Plan> {
        let (value, shapes) = (Term::zero(), routine.parameters.clone());
        let mut plan = Plan { axes: Vec::new(), draws: Vec::new(), calls: Vec::new(), value, shapes, fresh: 0 };
        let mut term = routine.mean.clone();
        while let Op::Array(_) = term.op() {
            let index = plan.index();
            plan.axes.push((index.clone(), term.args()[0].clone()));
            term = term.open(&Term::var(index));
        }
        let body = plan.drawn(&term)?;
        let mut scope = plan.axes.clone();
        plan.value = plan.without_calls(&body, &mut scope)?;
        Ok(plan)
    }

    fn index(&mut self) -> Var {
        self.fresh += 1;
        Var::free(&format!("·index{}", self.fresh), Domain::Counting)
    }

    /// Takes the draws out of a mean.
    fn drawn(&mut self, term: &Term) -> Result<Term> {
        let holds = |t: &Term| t.any(&|t| matches!(t.op(), Op::Expect(_)));
        match term.op() {
            Op::Expect(var) => {
                let law = term.args()[0].clone();
                let shape = shape_of_law(&law);
                self.fresh += 1;
                let draw = Var::free(&format!("·draw{}", self.fresh), var.domain);
                let body = term.open(&Term::var(draw.clone()));
                self.shapes.push((draw.clone(), shape.clone()));
                self.draws.push((draw, law, shape));
                self.drawn(&body)
            }
            Op::Mul if term.args().iter().filter(|arg| holds(arg)).count() == 1 => {
                let factors = term.args().iter().map(|arg| self.drawn(arg)).collect::<Result<Vec<_>>>()?;
                Ok(Term::mul(factors))
            }
            _ if holds(term) => Err("it is no mean of one sample".into()),
            _ => Ok(term.clone()),
        }
    }

    /// The term with the values of functions as entries of what keeps them.
    fn without_calls(&mut self, term: &Term, scope: &mut Vec<(Var, Term)>) -> Result<Term> {
        if let Some((function, argument)) = laplacian(term) {
            return self.call(function, Taken::Laplacian, &argument, None, scope);
        }
        let args = term.args();
        match term.op() {
            Op::Entry => {
                if let Some((function, argument)) = gradient(&args[0]) {
                    return self.call(function, Taken::Gradient, &argument, Some(&args[1]), scope);
                }
                let array = self.without_calls(&args[0], scope)?;
                Ok(Term::new(Op::Entry, vec![array, args[1].clone()]))
            }
            Op::Apply(name, orders) => match (args, orders.as_slice()) {
                ([argument], [order]) => self.call(name.clone(), Taken::Value(*order), argument, None, scope),
                _ => Err("it takes a function of several arguments".into()),
            },
            Op::Sum(_) => {
                let index = self.index();
                scope.push((index.clone(), args[1].clone()));
                let body = self.without_calls(&term.open(&Term::var(index.clone())), scope)?;
                scope.pop();
                Ok(Term::bind(Op::Sum(index), vec![args[0].clone(), args[1].clone(), body]))
            }
            op if op.bound().is_some() => Err("a part of it is an array that cannot be computed yet".into()),
            op => {
                let args = args.iter().map(|arg| self.without_calls(arg, scope)).collect::<Result<Vec<_>>>()?;
                Ok(Term::new(op.clone(), args))
            }
        }
    }

    /// The sizes of a parameter, of what is drawn, or of an entry of those; none for a number.
    fn shape(&self, term: &Term) -> Vec<Term> {
        match (term.op(), term.as_var()) {
            (Op::Entry, _) => self.shape(&term.args()[0]).into_iter().skip(1).collect(),
            (_, Some(var)) => {
                self.shapes.iter().find(|(known, _)| known == var).map_or_else(Vec::new, |(_, shape)| shape.clone())
            }
            _ => Vec::new(),
        }
    }

    /// An entry of what keeps the value of a function.
    fn call(
        &mut self,
        function: Symbol,
        taken: Taken,
        argument: &Term,
        index: Option<&Term>,
        scope: &[(Var, Term)],
    ) -> Result<Term> {
        if argument.any(&|t| matches!(t.op(), Op::Apply(..))) {
            return Err("a function stands in the argument of another".into());
        }
        let entry = Term::var(entry_letter());
        let (argument, size) = match (argument.op(), self.shape(argument).as_slice()) {
            (Op::Array(_), _) => (argument.open(&entry), Some(argument.args()[0].clone())),
            (_, [size]) => (Term::new(Op::Entry, vec![argument.clone(), entry]), Some(size.clone())),
            _ => (argument.clone(), None),
        };
        let own: Vec<(Var, Term)> = scope.iter().filter(|(index, _)| argument.depends_on(index)).cloned().collect();
        // The same at another index is kept already.
        let slot = |position: usize| Term::var(Var::free(&format!("·slot{position}"), Domain::Counting));
        let slots: Vec<(Var, Term)> =
            own.iter().enumerate().map(|(position, (index, _))| (index.clone(), slot(position))).collect();
        let general = substitute_many(&argument, &slots);
        let is_same = |call: &Call| {
            let slots: Vec<(Var, Term)> =
                call.indices.iter().enumerate().map(|(position, (index, _))| (index.clone(), slot(position))).collect();
            call.function == function && call.taken == taken && substitute_many(&call.argument, &slots) == general
        };
        let position = match self.calls.iter().position(is_same) {
            Some(position) => position,
            None => {
                let var = Var::free(&format!("·call{}", self.calls.len() + 1), Domain::Real);
                let random = self.draws.iter().any(|(draw, ..)| argument.depends_on(draw));
                let entry = size.map(|size| (entry_letter(), size));
                let indices = own.clone();
                self.calls.push(Call { var, function, taken, argument, entry, indices, random });
                self.calls.len() - 1
            }
        };
        let kept = Term::var(self.calls[position].var.clone());
        let at = |array: Term, index: Term| Term::new(Op::Entry, vec![array, index]);
        let kept = own.into_iter().fold(kept, |array, (index, _)| at(array, Term::var(index)));
        Ok(match index {
            Some(index) => at(kept, index.clone()),
            None => kept,
        })
    }
}

/// The index of the entries of an argument.
pub fn entry_letter() -> Var {
    Var::free("·entry", Domain::Counting)
}

/// `∇f(u)` as a derivative of f at u by all of its argument.
fn gradient(term: &Term) -> Option<(Symbol, Term)> {
    let (Op::Derivative(var, 1), [body, point]) = (term.op(), term.args()) else { return None };
    let (Op::Apply(name, orders), [argument]) = (body.op(), body.args()) else { return None };
    (orders.iter().all(|order| *order == 0) && is_all_of(argument, var))
        .then(|| (name.clone(), array_of(point, argument, var)))
}

/// The point as an array with its entries.
fn array_of(point: &Term, argument: &Term, var: &Var) -> Term {
    match (point.op(), argument.op()) {
        (Op::Array(_), _) => point.clone(),
        // The entries of a letter, with the size that the argument says.
        (_, Op::Array(_)) => substitute(argument, var, point),
        _ => point.clone(),
    }
}

/// Is this a variable, or the array of its entries?
fn is_all_of(argument: &Term, var: &Var) -> bool {
    match argument.op() {
        Op::Array(_) => {
            let index = Term::var(Var::free("·any", Domain::Counting));
            argument.open(&index) == Term::new(Op::Entry, vec![Term::var(var.clone()), index])
        }
        _ => argument.as_var() == Some(var),
    }
}

/// `Σ_k ∂_k² f(u)`.
fn laplacian(term: &Term) -> Option<(Symbol, Term)> {
    let (Op::Sum(_), [lower, _, _]) = (term.op(), term.args()) else { return None };
    let index = Term::var(Var::free("·any", Domain::Counting));
    let body = term.open(&index);
    let (Op::Entry, [twice, k]) = (body.op(), body.args()) else { return None };
    let (Op::Derivative(outer, 1), [once, point]) = (twice.op(), twice.args()) else { return None };
    let (Op::Entry, [once, other]) = (once.op(), once.args()) else { return None };
    let (function, inner) = gradient(once)?;
    let at_outer = is_all_of(&inner, outer) || inner.as_var() == Some(outer);
    (lower.is_one() && *k == index && *other == index && at_outer).then(|| {
        let point = match (point.op(), inner.op()) {
            (Op::Array(_), _) => point.clone(),
            (_, Op::Array(_)) => substitute(&inner, outer, point),
            _ => point.clone(),
        };
        (function, point)
    })
}
