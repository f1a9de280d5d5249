//! Terms, laws and functions in the language of the kernel crate.

use super::reading::rational;
use crate::term::{
    Definitions, Domain, FunctionDefinition, Growth, Hypotheses, Identity, LawDefinition, Op, Regularity, Support,
    Symbol, Term, Var, density_unfolds, is_nonzero, is_positive, substitute,
};
use num_rational::BigRational;
use std::collections::BTreeSet;
use stein_kernel::growth::Known;
use stein_kernel::library as kernel;
use stein_kernel::term::{Op as KernelOp, Table, Term as KernelTerm};

/// The laws and functions of the definitions.
pub fn library(definitions: &Definitions) -> kernel::Library {
    let mut library = kernel::Library::default();
    for (name, law) in &definitions.laws {
        for member in [law].into_iter().chain(&law.members) {
            let exported = exported_law(definitions, &mut library.table, member);
            if let Some(exported) = exported {
                library.laws.insert(law_name(name, law, member.parameters.len()), exported);
            }
        }
    }
    for (name, function) in &definitions.functions {
        let exported = exported_function(definitions, &mut library.table, function);
        library.functions.insert(name.clone(), exported);
    }
    library
}

/// Members of a family have the number of their parameters in their name.
fn law_name(name: &Symbol, law: &LawDefinition, parameters: usize) -> Symbol {
    if law.members.is_empty() { name.clone() } else { format!("{name}/{parameters}").as_str().into() }
}

fn exported_law(definitions: &Definitions, table: &mut Table, law: &LawDefinition) -> Option<kernel::Law> {
    let mut export = Export::new(definitions, table);
    export.bound.extend(law.parameters.iter().cloned().map(Around::plain));
    let positive = law.positive.iter().map(|t| export.term(t)).collect::<Option<Vec<_>>>()?;
    let mut domain = vec![];
    for parameter in &law.parameters {
        let own = Term::var(parameter.clone());
        if matches!(parameter.domain, Domain::Positive | Domain::Counting | Domain::Unit) {
            domain.push(export.term(&own)?);
        }
        if parameter.domain == Domain::Unit {
            domain.push(export.term(&Term::one().minus(own))?);
        }
    }
    let support = match &law.support {
        Support::Interval(a, b) => kernel::Support::Interval(export.term(a)?, export.term(b)?),
        Support::Integers(a, b) => kernel::Support::Integers(export.term(a)?, export.term(b)?),
        Support::Points(points) => {
            kernel::Support::Points(points.iter().map(|p| export.term(p)).collect::<Option<Vec<_>>>()?)
        }
    };
    export.bound.push(Around::plain(law.point.clone()));
    let log_density = export.term(&law.log_density)?;
    Some(kernel::Law {
        parameters: law.parameters.len(),
        positive,
        domain,
        support,
        log_density,
        origin: kernel::Origin::BuiltIn,
    })
}

fn exported_function(definitions: &Definitions, table: &mut Table, function: &FunctionDefinition) -> kernel::Function {
    let mut export = Export::new(definitions, table);
    export.bound.extend(function.parameters.iter().cloned().map(Around::plain));
    let derivatives = function.derivatives.iter().map(|d| d.as_ref().and_then(|d| export.term(d))).collect();
    let mut term = |t: &Option<Term>| t.as_ref().and_then(|t| export.term(t));
    let (definition, formula) = (term(&function.definition), term(&function.formula));
    let pieces = term(&function.above).zip(term(&function.below)).map(|(above, below)| [above, below]);
    let values = function.values.iter().filter_map(|(left, right)| special(definitions, table, left, right)).collect();
    kernel::Function {
        parameters: function.parameters.len(),
        derivatives,
        definition,
        formula,
        pieces,
        even: function.even,
        values,
        class: class(function.regularity),
        of_positive: function.of_positive,
        growth: match function.growth {
            Some(Growth::Bounded) => kernel::Growth::Bounded,
            Some(Growth::Linear) => kernel::Growth::Linear,
            None => kernel::Growth::Unknown,
        },
        positive: false,
        origin: kernel::Origin::BuiltIn,
    }
}

/// A value at special arguments: each is a number, a letter, or a letter and a whole number.
fn special(definitions: &Definitions, table: &mut Table, left: &Term, right: &Term) -> Option<kernel::Special> {
    let (mut patterns, mut letters) = (vec![], vec![]);
    for arg in left.args() {
        let (letter, by) = match arg.op() {
            Op::Number(n) => {
                patterns.push(kernel::Pattern::Number(n.clone()));
                continue;
            }
            Op::Var(var) => (var, 0),
            Op::Add => match arg.args() {
                [a, b] => (a.as_var().or(b.as_var())?, u32::try_from(a.as_integer().or(b.as_integer())?).ok()?),
                _ => return None,
            },
            _ => return None,
        };
        // Both arguments would have to be the same.
        if letters.iter().any(|other: &Around| other.var == *letter) {
            return None;
        }
        patterns.push(kernel::Pattern::Above(by));
        letters.push(Around::plain(letter.clone()));
    }
    let result = Export::new(definitions, table).below(&letters, right)?;
    Some(kernel::Special { patterns, result })
}

/// The class in the kernel's words.
pub fn class(regularity: Regularity) -> kernel::Class {
    match regularity {
        Regularity::Measurable => kernel::Class::Measurable,
        Regularity::Jump => kernel::Class::Jump,
        Regularity::Lipschitz => kernel::Class::Lipschitz,
        Regularity::Smooth => kernel::Class::Smooth,
    }
}

/// Exports terms into a table, and gathers what is known of their letters.
pub struct Export<'a> {
    definitions: &'a Definitions,
    table: &'a mut Table,
    /// The binders around, the innermost last.
    bound: Vec<Around>,
    letters: BTreeSet<Var>,
}

/// A binder around a term.
#[derive(Clone, Debug)]
pub struct Around {
    /// Its variable.
    pub var: Var,
    /// Of a derivative: its point, which a stopped variable stands for.
    pub point: Option<Term>,
}

impl Around {
    /// The binder that the root of a term puts around its body.
    pub fn of(term: &Term) -> Option<Around> {
        let point = matches!(term.op(), Op::Derivative(..)).then(|| term.args()[1].clone());
        Some(Around { var: term.op().bound()?.clone(), point })
    }

    /// One that is no derivative.
    pub fn plain(var: Var) -> Around {
        Around { var, point: None }
    }
}

impl<'a> Export<'a> {
    pub fn new(definitions: &'a Definitions, table: &'a mut Table) -> Export<'a> {
        Export { definitions, table, bound: vec![], letters: BTreeSet::new() }
    }

    /// The term; none if it holds what the kernel has no word for.
    pub fn term(&mut self, term: &Term) -> Option<KernelTerm> {
        let args = term.args();
        let op = match term.op() {
            Op::Number(n) => KernelOp::Rat(n.clone()),
            Op::Pi => KernelOp::Pi,
            Op::Infinity => KernelOp::Inf(true),
            Op::Mul if args.iter().any(|a| *a.op() == Op::Infinity) => {
                return match args {
                    [a, b] if a.as_integer() == Some(-1) && *b.op() == Op::Infinity => {
                        Some(self.table.term(KernelOp::Inf(false), vec![]))
                    }
                    _ => None,
                };
            }
            Op::Var(var) => return Some(self.variable(var)),
            Op::Add => KernelOp::Add,
            Op::Mul => KernelOp::Mul,
            Op::Pow if args[1].as_integer() == Some(-1) => {
                let base = self.term(&args[0])?;
                return Some(self.table.inv(base));
            }
            Op::Pow => {
                // A literal exponent is one, however it is written: 10^(-3).
                let base = self.term(&args[0])?;
                let exponent = match rational(&args[1]) {
                    Some(value) => self.table.rat(value),
                    None => self.term(&args[1])?,
                };
                return Some(self.table.term(KernelOp::Pow, vec![base, exponent]));
            }
            Op::Function(name) if args.iter().any(is_law) => match &**name {
                "lower" => KernelOp::End(false),
                "upper" => KernelOp::End(true),
                _ => return None,
            },
            Op::Function(name) if &**name == "sqrt" => {
                let (base, half) = (self.term(&args[0])?, self.table.rat(BigRational::new(1.into(), 2.into())));
                return Some(self.table.pow(base, half));
            }
            Op::Function(name) => KernelOp::Fun(name.clone()),
            Op::Apply(name, orders) => KernelOp::App(name.clone(), orders.clone()),
            Op::Law(name) => {
                let law = self.definitions.laws.get(name)?;
                KernelOp::Law(law_name(name, law, args.len()))
            }
            Op::UnknownLaw(name) => KernelOp::AnyLaw(name.clone()),
            // What is stopped has the value of what it stops, and the derivatives around do not move it.
            Op::StopGrad => {
                let stopped = self.stopped(&args[0], self.bound.len());
                return self.term(&stopped);
            }
            Op::Density => {
                if let (Some((law, arguments)), true) =
                    (self.definitions.law(&args[0]), density_unfolds(self.definitions, &args[0], &args[1]))
                {
                    return self.term(&law.density(arguments, &args[1]));
                }
                KernelOp::Dens
            }
            Op::Expect(_) => return self.binder(KernelOp::Mean, term),
            Op::Integral(_) => return self.binder(KernelOp::Int, term),
            Op::Sum(_) => return self.binder(KernelOp::Sum, term),
            Op::Derivative(_, order) => return self.binder(KernelOp::D(*order), term),
            Op::Array(_) | Op::Entry | Op::Independent(_) => return None,
        };
        let args = args.iter().map(|arg| self.term(arg)).collect::<Option<Vec<_>>>()?;
        Some(self.table.term(op, args))
    }

    /// The term as it reads below binders.
    pub fn below(&mut self, around: &[Around], term: &Term) -> Option<KernelTerm> {
        let depth = self.bound.len();
        self.bound.extend(around.iter().cloned());
        let result = self.term(term);
        self.bound.truncate(depth);
        result
    }

    fn binder(&mut self, op: KernelOp, term: &Term) -> Option<KernelTerm> {
        let around = Around::of(term)?;
        let mut exported = Vec::with_capacity(term.args().len());
        for (index, arg) in term.args().iter().enumerate() {
            let inside = if index == term.op().body_index() { std::slice::from_ref(&around) } else { &[] };
            exported.push(self.below(inside, arg)?);
        }
        Some(self.table.term(op, exported))
    }

    /// The term with the variables of the derivatives around at their points.
    fn stopped(&self, term: &Term, depth: usize) -> Term {
        let mut result = term.clone();
        for (level, around) in self.bound[..depth].iter().enumerate().rev() {
            if let Some(point) = around.point.as_ref().filter(|_| result.depends_on(&around.var)) {
                result = substitute(&result, &around.var, &self.stopped(point, level));
            }
        }
        result
    }

    fn variable(&mut self, var: &Var) -> KernelTerm {
        if let Some(place) = self.bound.iter().rposition(|around| around.var == *var) {
            return self.table.bound((self.bound.len() - 1 - place) as u32);
        }
        self.letters.insert(var.clone());
        let name = name(var);
        self.table.free(&name)
    }

    /// What the domains of the letters met so far say of them, and what is given beside.
    pub fn known(&mut self, hypotheses: &Hypotheses) -> Known {
        let mut known = Known {
            classes: hypotheses.classes.iter().map(|(name, regularity)| (name.clone(), class(*regularity))).collect(),
            ..Known::default()
        };
        for var in self.letters.clone() {
            let here = Term::var(var.clone());
            let Some(exported) = self.term(&here) else { continue };
            if is_positive(&here) {
                known.positive.push(exported);
            } else if is_nonzero(&here) {
                known.nonzero.push(exported);
            }
            if var.domain == Domain::Unit {
                let rest = Term::one().minus(here);
                known.positive.extend(self.term(&rest));
            }
        }
        for term in &hypotheses.positive {
            known.positive.extend(self.term(term));
        }
        for term in &hypotheses.nonzero {
            known.nonzero.extend(self.term(term));
        }
        known
    }
}

fn is_law(term: &Term) -> bool {
    matches!(term.op(), Op::Law(_) | Op::UnknownLaw(_))
}

/// A name that no other variable has.
fn name(var: &Var) -> String {
    match &var.identity {
        Identity::Free(name) => name.to_string(),
        Identity::Bound(number) => format!("#{number}"),
    }
}
