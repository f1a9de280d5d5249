//! From what was written to what it means: surface trees to terms.
//!
//! Notation is unfolded here (the note's operators, statistics, indicators), names are resolved, and the domains of
//! parameters are read off the places where they stand.

mod application;
mod arrays;
mod call;
mod domains;
mod facts;
mod families;
mod fields;
mod functions;
mod given;
mod gradients;
mod joint;
mod matrices;
mod means;
mod moving;
mod notation;
mod operator;
mod operator_letters;
mod primes;
mod sequences;
mod set;
mod shapes;
mod trajectory;
mod values;
mod weights;

use super::{Definitions, Domain, Hypotheses, Op, Operator, Regularity, Symbol, Term, Var};
use crate::syntax::{Assumption, Binary, Binder, Code, Definition, Expr, Kind, Law, Name, Relation, Span, Statement};
use std::collections::{BTreeMap, BTreeSet};

/// A statement that parses but has no meaning.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct ElaborateError {
    /// The number of the error.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// Where in the text.
    pub span: Span,
    /// What to do about it.
    pub help: Option<String>,
}

/// What a statement means.
#[derive(Clone, Debug, Default)]
pub struct Problem {
    /// The members of the chain, with the domains of their variables.
    pub members: Vec<Term>,
    /// What is supposed beside the domains of variables.
    pub hypotheses: Hypotheses,
    /// Free letters that stand for arrays, with their sizes, the outermost first.
    pub arrays: BTreeMap<Symbol, Vec<Term>>,
    /// Those that are symmetric matrices, positive definite.
    pub definite: BTreeSet<Symbol>,
    /// For a statement between operators: the operators that its members are.
    pub operators: Option<Operators>,
    /// For a statement about trajectories: what becomes of each of its equations. The members are those at a small length.
    pub trajectories: Vec<Trajectories>,
}

/// The operators that the members of a statement are.
#[derive(Clone, Debug)]
pub struct Operators {
    /// What the functions that they act on are of.
    pub variable: Var,
    /// The unknown function that the members of the statement let them act on.
    pub function: Symbol,
    /// The one that what they make of it is paired with, where adjoints are taken.
    pub test: Option<Symbol>,
    /// The law that adjoints are taken under; none for Lebesgue measure.
    pub law: Option<Term>,
    /// One for each member.
    pub members: Vec<Operator>,
    /// Where letters say how many derivatives there are: the numbers at which the members of the problem are written out.
    pub instance: Vec<(Var, i64)>,
}

impl Operators {
    /// The terms that they are written with, and the variable.
    fn terms(&self) -> Vec<Term> {
        let variable = Term::var(self.variable.clone());
        let own = self.members.iter().flat_map(Operator::terms).cloned();
        [variable].into_iter().chain(self.law.clone()).chain(own).collect()
    }

    /// With other terms in their places, in order; none if the variable has become a value.
    fn resolved(&self, terms: &[Term]) -> Option<Operators> {
        let (variable, terms) = terms.split_first()?;
        let (law, terms) = terms.split_at_checked(usize::from(self.law.is_some()))?;
        let next = std::cell::Cell::new(0);
        let change = |term: &Term| {
            let at = next.replace(next.get() + 1);
            terms.get(at).unwrap_or(term).clone()
        };
        let members = self.members.iter().map(|member| member.map(&change)).collect();
        let (variable, law) = (variable.as_var()?.clone(), law.first().cloned());
        Some(Operators { variable, law, members, ..self.clone() })
    }
}

/// An equation about trajectories of any length, by equations about letters that are drawn one by one.
#[derive(Clone, Debug)]
pub struct Trajectories {
    /// With all steps written out: the letter of the last time, its value, the equation.
    pub written_out: Vec<(Option<Symbol>, i64, Problem)>,
    /// Do the sides agree at these lengths if they agree at all? Not where terms go on behind every end.
    pub comparable: bool,
    /// Claims that are enough for all lengths; or why there are none.
    pub claims: std::result::Result<Vec<Problem>, String>,
    /// What is assumed beside what the claims take.
    pub assumed: Option<&'static str>,
}

/// Turns surface trees into terms under given definitions.
pub struct Elaborator<'a> {
    definitions: &'a Definitions,
    /// The user's own functions and abbreviations.
    own: Vec<Definition>,
    scope: Vec<Bound>,
    /// How many variables have been bound: each gets a name of its own, so that none captures another.
    bound: u32,
    /// Unknown functions whose class was stated, whatever they are called.
    declared: BTreeSet<Symbol>,
    /// The number of arguments that an unknown function was first used with.
    arities: BTreeMap<Symbol, usize>,
    /// The shapes of the arguments that an unknown function was first used with.
    argument_shapes: BTreeMap<Symbol, Vec<Vec<Term>>>,
    /// What a bare function acts on: the noise inside `S`, the sample inside `S_θ`.
    place: Option<notation::Place>,
    /// Widths of smoothing operators: they are positive.
    widths: Vec<Term>,
    /// σ was read as the width of the note's notation.
    sigma: bool,
    depth: u32,
    /// What only the whole statement tells of its letters.
    facts: facts::Facts,
    /// The reading took a decision that the text does not force.
    decided: bool,
    /// What is to be said of it.
    remarks: Vec<String>,
    /// Free letters that stand for a number, with a place: none may be a function elsewhere.
    numbers: BTreeMap<Symbol, Span>,
    /// Where the derivatives begin that were written as gradients.
    gradients: Vec<usize>,
    /// Letters and bound variables that stand for arrays, with their sizes, the outermost first.
    arrays: BTreeMap<Symbol, Vec<Term>>,
    /// Which letters and functions of the statement are vectors.
    shapes: shapes::Shapes,
    /// Where a letter that is a vector stands for its entry at this index: below `diag`.
    diagonal: Option<Term>,
    /// Powers and functions of a vector are those of its entries: below `diag` and beside `⊙`.
    entrywise_powers: bool,
    /// What a bare `D` differentiates by.
    bare: Name,
    /// Products over an index whose ends are no numbers.
    products: Vec<Span>,
    /// The last indices of sums of what does not change.
    counts: Vec<Term>,
    /// The size of what is drawn from the law that is read.
    drawn_size: Option<String>,
    /// What counts the values that sums are over.
    counting: Option<values::Counting>,
}

/// What a name means in a part of a statement.
#[derive(Clone)]
struct Bound {
    name: Name,
    var: Var,
    /// A parameter of a definition: it means nothing in the definitions that this one uses.
    formal: bool,
    /// Samples `x_{1:n}`: the letter alone is that of one value, where that is bound as well.
    samples: bool,
}

type Result<T> = std::result::Result<T, Box<ElaborateError>>;

/// Definitions may use definitions, but not for ever.
const UNFOLDINGS: u32 = 64;

impl<'a> Elaborator<'a> {
    /// With nothing defined but what is given.
    pub fn new(definitions: &'a Definitions) -> Self {
        Elaborator {
            definitions,
            own: vec![],
            scope: vec![],
            bound: 0,
            declared: BTreeSet::new(),
            arities: BTreeMap::new(),
            argument_shapes: BTreeMap::new(),
            place: None,
            widths: vec![],
            sigma: false,
            depth: 0,
            facts: facts::Facts::default(),
            decided: false,
            remarks: vec![],
            numbers: BTreeMap::new(),
            gradients: vec![],
            arrays: BTreeMap::new(),
            shapes: shapes::Shapes::default(),
            diagonal: None,
            entrywise_powers: false,
            bare: application::theta(),
            products: vec![],
            counts: vec![],
            counting: None,
            drawn_size: None,
        }
    }

    /// Adds definitions that stay for all statements to come; a later one of the same name wins.
    pub fn define(&mut self, definitions: impl IntoIterator<Item = Definition>) {
        self.own.extend(definitions);
    }

    /// Says what a name stands for in the expressions to come.
    pub fn declare(&mut self, name: Name, var: Var) {
        self.scope.push(Bound { name, var, formal: false, samples: false });
    }

    /// Did the reading of the last statement take a decision that the text does not force?
    pub fn decided(&self) -> bool {
        self.decided
    }

    /// What there is to say of the reading of the last statement.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// The meaning of a statement, under further assumptions (those of the session).
    pub fn statement(&mut self, statement: &Statement, assumed: &[Assumption]) -> Result<Problem> {
        self.remarks.clear();
        let of_functions = given::resolve(statement);
        let statement = of_functions.as_ref().map_or(statement, |(made, _)| made);
        let of_densities = primes::resolve(statement);
        let statement = of_densities.as_ref().unwrap_or(statement);
        let random = set::resolve(statement, assumed, &self.own);
        let (statement, assumed) = random.as_ref().map_or((statement, assumed), |(made, left)| (made, left));
        let values = values::resolve(statement, assumed, &self.own)?;
        self.counting = values.as_ref().and_then(|values| values.counting.clone());
        let values = values.map(|values| (values.statement, values.remarks));
        let with_values = values.as_ref().map_or(statement, |(made, _)| made);
        let sequences = sequences::resolve(with_values)?;
        let plain = sequences.as_ref().map_or(with_values, |(made, _)| made);
        let wholes = trajectory::resolve_wholes(plain, assumed, &self.own)?;
        let plain = wholes.as_ref().map_or(plain, |(made, _)| made);
        let result = self.of_plain(plain, assumed);
        let made = [of_functions, values, sequences, wholes].into_iter().flatten();
        let said: Vec<String> = made.flat_map(|(_, said)| said).collect();
        self.decided |= !said.is_empty();
        self.remarks.splice(0..0, said);
        result
    }

    /// The meaning of a statement without sums over all values, or over the steps of samples.
    fn of_plain(&mut self, statement: &Statement, assumed: &[Assumption]) -> Result<Problem> {
        if let Some(equations) = trajectory::resolve(statement, assumed, &self.own)? {
            return self.trajectories(equations);
        }
        let kept = self.own.len();
        self.own.extend(statement.definitions.iter().cloned());
        self.arities.clear();
        self.argument_shapes.clear();
        self.widths.clear();
        self.sigma = false;
        self.decided = false;
        self.remarks.clear();
        self.numbers.clear();
        self.arrays.clear();
        self.products.clear();
        self.counts.clear();
        self.gradients.clone_from(&statement.decisions.gradients);
        self.facts = facts::Facts::of(statement, assumed);
        let energies = joint::resolve_energies(statement, &self.facts);
        let statement = self.rewritten(statement, energies.as_ref(), assumed, kept);
        let model = joint::resolve_model(statement, assumed, &self.own[..kept]);
        let statement = self.rewritten(statement, model.as_ref(), assumed, kept);
        let without = joint::resolve(statement, assumed, &self.own, &self.facts)?;
        let statement = self.rewritten(statement, without.as_ref(), assumed, kept);
        let conditional = joint::resolve_conditional(statement, assumed, &self.own, &self.facts)?;
        let statement = match &conditional {
            Some(conditional) => {
                self.decided = true;
                self.own.truncate(kept);
                self.own.extend(conditional.definitions.iter().cloned());
                conditional
            }
            None => statement,
        };
        self.shapes = shapes::Shapes::of(statement, assumed, &self.facts);
        let moving = moving::resolve(statement, &self.shapes)?;
        let statement = self.rewritten(statement, moving.as_ref(), assumed, kept);
        if moving.is_some() {
            self.shapes = shapes::Shapes::of(statement, assumed, &self.facts);
        }
        self.no_family_of_samples()?;
        let result = self.members(statement, assumed);
        self.own.truncate(kept);
        self.scope.clear();
        self.place = None;
        self.depth = 0;
        result
    }

    /// The meaning of a statement about trajectories: the statements that were made of it.
    fn trajectories(&mut self, equations: Vec<trajectory::Resolved>) -> Result<Problem> {
        let mut problem = Problem::default();
        for equation in equations {
            let mut written_out = Vec::new();
            for (letter, length, statement) in equation.written_out {
                let letter = letter.map(|letter| Symbol::from(letter.as_str()));
                written_out.push((letter, length, self.statement(&statement, &[])?));
            }
            let claims = equation.claims.and_then(|claims| {
                let each = claims.iter().map(|claim| self.statement(claim, &[]));
                each.collect::<Result<Vec<_>>>().map_err(|error| error.message.clone())
            });
            if let Some((_, _, first)) = written_out.first() {
                problem.members.pop();
                problem.members.extend(first.members.iter().cloned());
                problem.hypotheses = first.hypotheses.clone();
            }
            let (assumed, comparable) = (equation.assumed, equation.comparable);
            problem.trajectories.push(Trajectories { written_out, comparable, claims, assumed });
        }
        self.decided = true;
        Ok(problem)
    }

    /// The statement that was made of another, with what is to be said of it; or that one.
    fn rewritten<'s>(
        &mut self,
        statement: &'s Statement,
        made: Option<&'s (Statement, Vec<String>)>,
        assumed: &[Assumption],
        kept: usize,
    ) -> &'s Statement {
        let Some((made, said)) = made else { return statement };
        self.decided = true;
        self.remarks.extend(said.iter().cloned());
        self.own.truncate(kept);
        self.own.extend(made.definitions.iter().cloned());
        self.facts = facts::Facts::of(made, assumed);
        made
    }

    fn members(&mut self, statement: &Statement, assumed: &[Assumption]) -> Result<Problem> {
        self.declared = assumed
            .iter()
            .chain(&statement.given)
            .filter_map(|assumption| match assumption {
                Assumption::Class { function, .. } | Assumption::Map { function, .. } => Some(symbol(function)),
                Assumption::Compare(..)
                | Assumption::Sort { .. }
                | Assumption::Draw { .. }
                | Assumption::Space { .. }
                | Assumption::Tuple { .. }
                | Assumption::Definite { .. } => None,
            })
            .collect();
        let vectors: Vec<(Name, String)> =
            self.shapes.vectors().map(|(letter, size)| (letter.clone(), size.to_string())).collect();
        for (letter, size) in vectors {
            let size = self.whole(&size);
            self.declare_array(&letter, vec![size]);
            self.decided = true;
        }
        let matrices: Vec<(Name, [String; 2])> =
            self.shapes.matrices().map(|(letter, sizes)| (letter.clone(), sizes.clone())).collect();
        for (letter, sizes) in matrices {
            let sizes = sizes.map(|size| self.whole(&size));
            self.declare_array(&letter, sizes.to_vec());
            self.decided = true;
        }
        for (name, law) in self.facts.drawn.clone() {
            // Outside of all means the letters of samples stand for any.
            if let Some((letter, _)) = arrays::range(&name) {
                let law = self.law(&law)?;
                let (var, _) = self.bind_sample(&name, law);
                self.scope.pop();
                let shape = self.shape(&Term::var(var));
                self.declare_array(&letter, shape);
            }
        }
        let (mut members, mut operators) = (Vec::new(), None);
        if statement.operators
            && let Some(on_fields) = self.on_fields(&statement.members)?
        {
            self.decided = true;
            members = on_fields;
        } else if statement.operators {
            let mut written = self.operators(&statement.members)?;
            members = self.acting(&mut written, &statement.members)?;
            operators = Some(written);
        } else {
            self.beside_applications(&statement.members)?;
            for member in &statement.members {
                members.push(self.expr(member)?);
            }
        }
        if let Some(counting) = self.counting.clone() {
            members = members.iter().map(|member| self.counted(member, &counting)).collect();
        }
        self.of_one_shape(&mut members, &statement.members)?;
        self.function_or_number()?;
        let mut stated = domains::Stated::default();
        for assumption in assumed.iter().chain(&statement.given) {
            match assumption {
                Assumption::Compare(relation, left, right) => {
                    let span = Span { start: left.span.start, end: right.span.end };
                    let (left, right) = (self.hypothesis(left)?, self.hypothesis(right)?);
                    stated.compares.push(domains::Compare { relation: *relation, left, right, span });
                }
                Assumption::Class { function, class, span } => {
                    stated.classes.insert(symbol(function), regularity(class, *span)?);
                }
                Assumption::Sort { letter, sort, span } => {
                    let domain = if sort == "natural" { Domain::Natural } else { Domain::Integer };
                    stated.sorts.push((symbol(letter), domain, *span));
                }
                // The means that are over it say so; and shapes are known already.
                Assumption::Draw { .. }
                | Assumption::Space { .. }
                | Assumption::Tuple { .. }
                | Assumption::Definite { .. }
                | Assumption::Map { .. } => {}
            }
        }
        self.values_of_draws(&members, &mut stated);
        stated.definite = self.shapes.definite().map(symbol).collect();
        stated.widths = std::mem::take(&mut self.widths);
        // σ is the width of the note's notation, written out or not, unless something else is said of it.
        let spoken_of = |t: &Term| t.free().iter().any(|v| v.name() == Some("σ"));
        stated.sigma = self.sigma || !stated.compares.iter().any(|c| spoken_of(&c.left) || spoken_of(&c.right));
        stated.arrays = self.free_arrays();
        stated.counts = std::mem::take(&mut self.counts);
        // What operators are written with is resolved as what they make of a function is.
        let count = members.len();
        members.extend(operators.iter().flat_map(Operators::terms));
        let ends = statement.members.first().zip(statement.members.last()).filter(|_| statement.operators);
        stated.place = ends.map(|(first, last)| Span { start: first.span.start, end: last.span.end });
        let mut problem = domains::resolve(self.definitions, members, stated)?;
        let resolved = problem.members.split_off(count);
        problem.operators = operators.and_then(|operators| operators.resolved(&resolved));
        match self.products.first() {
            Some(span) => functions::settled(problem, *span),
            None => Ok(problem),
        }
    }

    /// A letter that is drawn stands outside of all means for each value that its law takes.
    fn values_of_draws(&mut self, members: &[Term], stated: &mut domains::Stated) {
        for (name, law) in self.facts.drawn.clone() {
            let letter = Var::free(&symbol(&name), Domain::Real);
            let occurs = members.iter().any(|member| member.free().contains(&letter));
            if !occurs || self.arrays.contains_key(&symbol(&name)) {
                continue;
            }
            let span = law.span;
            let Ok(law) = self.law(&law) else { continue };
            // Of what is made of arrays the ends are no numbers.
            if law.args().iter().any(|argument| !self.shape(argument).is_empty()) {
                continue;
            }
            let Some((definition, arguments)) = self.definitions.law(&law) else { continue };
            let (support, letter) = (definition.support_at(arguments), Term::var(letter));
            stated.lies_in(&symbol(&name), &letter, &support, span);
        }
    }

    /// A term in which each value has the probability 1/κ.
    fn counted(&self, term: &Term, counting: &values::Counting) -> Term {
        let law = symbol(&counting.law);
        match term.op() {
            Op::Density if matches!(term.args()[0].op(), Op::UnknownLaw(name) if *name == law) => {
                Term::var(self.variable(&counting.number)).recip()
            }
            _ if term.args().is_empty() => term.clone(),
            op => Term::rebuilt(op, term.args().iter().map(|arg| self.counted(arg, counting)).collect()),
        }
    }

    /// A side of a hypothesis; a function in it needs its arguments.
    fn hypothesis(&mut self, side: &Expr) -> Result<Term> {
        if let Kind::Name(name) = &side.kind
            && (self.arities.contains_key(&symbol(name)) || self.declared.contains(&symbol(name)))
        {
            let message = format!("`{}` is a function, and this is a hypothesis about a number", full_name(name));
            let help = format!("say it of a value, such as `{}(0)`", full_name(name));
            return coded(Code::Hypothesis, side.span, &message, Some(&help));
        }
        self.expr(side)
    }

    /// The meaning of an expression with all free variables real, but for those that were declared.
    pub fn expr(&mut self, expr: &Expr) -> Result<Term> {
        Ok(match &expr.kind {
            Kind::Number(value) => Term::number(value.clone()),
            Kind::Infinity => Term::new(Op::Infinity, vec![]),
            Kind::Name(name) => self.name(name, expr.span)?,
            Kind::Neg(e) => {
                let value = self.expr(e)?;
                self.entrywise(value, e.span, Term::opposite)?
            }
            Kind::Binary(op, a, b) => {
                self.entry_of_inverse(*op, a, b, expr.span)?;
                let (a, b) = (self.expr(a)?, self.expr(b)?);
                self.combined(*op, a, b, expr.span)?
            }
            Kind::Call { function, orders, arguments } => {
                let value = self.call(function, orders, arguments, expr.span)?;
                match &self.diagonal {
                    Some(index) if self.shape(&value).len() == 1 => Self::at(&value, index),
                    _ => value,
                }
            }
            Kind::Density { law, at } => {
                // A definition wins over the reading as a density.
                if let Some(definition) = self.defined(law)? {
                    let points = [&**at].into_iter().chain(&law.points).chain(&law.arguments);
                    let points = points.map(|point| self.expr(point)).collect::<Result<Vec<_>>>()?;
                    let value = self.unfold(&definition, &[], &points, expr.span)?;
                    return Ok(if law.stopped { Term::new(Op::StopGrad, vec![value]) } else { value });
                }
                if !law.points.is_empty() {
                    let message = format!("`{}`, a law of several values, has no meaning here", full_name(&law.name));
                    return coded(Code::Unsupported, expr.span, &message, Some("write its factors: p(x|z) p(z)"));
                }
                let (law, stopped) = (self.law(law)?, law.stopped);
                let at = self.expr(at)?;
                let at = self.spread(at, expr.span)?;
                let bare = if stopped { law.args()[0].clone() } else { law };
                // At the point of a definition it stays the density of a law.
                let of_definition = at.as_var().is_some_and(means::is_point);
                if !of_definition && (arrays::is_full(&bare) || arrays::logits(&bare).is_some()) {
                    let density = Term::function("exp", vec![self.log_density(&bare, at, expr.span)?]);
                    return Ok(if stopped { Term::new(Op::StopGrad, vec![density]) } else { density });
                }
                let density = Term::new(Op::Density, vec![bare, at]);
                if stopped { Term::new(Op::StopGrad, vec![density]) } else { density }
            }
            Kind::Abs(e) => {
                let value = self.expr(e)?;
                Term::function("abs", vec![self.number(value, e.span)?])
            }
            Kind::Indicator(relation, a, b) => {
                let (left, right) = (self.expr(a)?, self.expr(b)?);
                indicator(*relation, self.number(left, a.span)?, self.number(right, b.span)?)
            }
            Kind::Derivative { variable, order, body } => {
                let name = variable.as_ref().unwrap_or(&self.bare).clone();
                if name.base == crate::syntax::ARGUMENT {
                    return self.gradient_at_argument(body, *order, expr.span);
                }
                if let Some(entry) = self.entry(&name, expr.span)? {
                    return self.partial(&entry, *order, body, expr.span);
                }
                if let Some(partial) = self.partial_of_function(&name, *order, body, expr.span)? {
                    return Ok(partial);
                }
                let var = self.variable(&name);
                let term = self.expr(body)?;
                if self.gradients.contains(&expr.span.start) && !term.depends_on(&var) && !body.has_free(&name) {
                    return gradient_of_nothing(&name, body, expr.span);
                }
                self.derivative_of(&var, *order, term, expr.span)?
            }
            Kind::Expectation { binders, body } => self.under(binders, &[body], |this| this.expr(body))?,
            Kind::Variance { binders, body } => {
                let mean = self.under(binders, &[body], |this| this.expr(body))?;
                let square = self.under(binders, &[body], |this| Ok(Term::pow(this.expr(body)?, Term::integer(2))))?;
                square.minus(Term::pow(mean, Term::integer(2)))
            }
            Kind::Covariance { binders, left, right } => {
                let a = self.under(binders, &[left, right], |this| this.expr(left))?;
                if self.shape(&a).len() == 1 {
                    return self.covariance_of_vectors(binders, left, right, expr.span);
                }
                let b = self.under(binders, &[left, right], |this| this.expr(right))?;
                let both = self
                    .under(binders, &[left, right], |this| Ok(Term::mul(vec![this.expr(left)?, this.expr(right)?])))?;
                both.minus(Term::mul(vec![a, b]))
            }
            Kind::Divergence(p, q) => self.divergence(p, Some(q))?,
            Kind::Entropy(p) => self.divergence(p, None)?.opposite(),
            Kind::Smoothing { subscript, body } => self.smoothing(subscript.as_deref(), body)?,
            Kind::Integral { limits, variable, body } => self.integral(limits.as_ref(), variable, body)?,
            Kind::StopGrad(e) => {
                let value = self.expr(e)?;
                self.entrywise(value, e.span, |value| Term::new(Op::StopGrad, vec![value]))?
            }
            Kind::Difference(e) => self.difference(e)?,
            Kind::Given { .. } => {
                let help = "name the law: E_{x ~ q(·|y)}[x], or a model: E[x | y] given x ~ q, y ~ N(x, 1)";
                return coded(
                    Code::Unsupported,
                    expr.span,
                    "a conditional mean of what no model draws has no meaning here yet",
                    Some(help),
                );
            }
            Kind::OperatorD(_) | Kind::OperatorS(_) | Kind::OperatorM(_) | Kind::Commutator(..) => {
                return error(
                    expr.span,
                    "an operator needs something to act on",
                    Some("write `D[f(y)]`, or make both sides of the equation operators"),
                );
            }
        })
    }

    /// `Cov[u, v] = E[u v^⊤] - E[u] E[v]^⊤`, a matrix.
    fn covariance_of_vectors(&mut self, binders: &[Binder], left: &Expr, right: &Expr, span: Span) -> Result<Term> {
        use joint::{binary, expr};
        let mean = |body: Expr| expr(Kind::Expectation { binders: binders.to_vec(), body: Box::new(body) }, span);
        let transposed = |e: Expr| {
            let function = Name { base: "transpose".into(), subscript: None };
            expr(Kind::Call { function, orders: vec![0], arguments: vec![e] }, span)
        };
        let both = mean(binary(Binary::Mul, left.clone(), transposed(right.clone())));
        let apart = binary(Binary::Mul, mean(left.clone()), transposed(mean(right.clone())));
        self.expr(&binary(Binary::Sub, both, apart))
    }

    /// The user's function that is written as a density of a law.
    fn defined(&self, law: &Law) -> Result<Option<Definition>> {
        let own = self.definition_of(&law.name, law.span)?.filter(|d| !d.parameters.is_empty());
        let count = 1 + law.points.len() + law.arguments.len();
        Ok(own.filter(|d| d.parameters.len() == count || law.arguments.is_empty()))
    }

    /// Says once what was decided.
    fn remark(&mut self, remark: String) {
        self.decided = true;
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }

    /// A variable that is no other, and what its name means from here on.
    fn bind(&mut self, name: &Name, domain: Domain) -> Var {
        self.bound += 1;
        let var = Var::free(&format!("{}·{}", full_name(name), self.bound), domain);
        self.scope.push(Bound { name: name.clone(), var: var.clone(), formal: false, samples: false });
        var
    }

    fn integral(&mut self, limits: Option<&(Box<Expr>, Box<Expr>)>, name: &Name, body: &Expr) -> Result<Term> {
        let infinity = Term::new(Op::Infinity, vec![]);
        let (lo, hi) = match limits {
            Some((lo, hi)) => (self.expr(lo)?, self.expr(hi)?),
            None => (infinity.clone().opposite(), infinity),
        };
        if self.shapes.size(name).is_some() {
            if let (None, Some(mean)) = (limits.as_ref(), self.as_mean(name, body)?) {
                return Ok(mean);
            }
            let message = format!("an integral over all vectors `{}` has no meaning here yet", full_name(name));
            return coded(Code::Unsupported, body.span, &message, Some("write it as a mean: E_{x ~ p}[f(x)]"));
        }
        let var = self.bind(name, super::definitions::interval_domain(&lo, &hi));
        let body = self.expr(body);
        self.scope.pop();
        let body = body?;
        // In rules an integral is what it is.
        if limits.is_none()
            && !self.facts.is_empty()
            && let Some(mean) = means::of_integral(&var, &body)
        {
            self.decided = true;
            return Ok(mean);
        }
        Ok(Term::bind(Op::Integral(var), vec![lo, hi, body]))
    }

    fn variable(&self, name: &Name) -> Var {
        let bound = |samples| self.scope.iter().rev().find(|b| b.name == *name && b.samples == samples);
        bound(false)
            .or_else(|| bound(true))
            .map_or_else(|| Var::free(&full_name(name), Domain::Real), |bound| bound.var.clone())
    }

    fn name(&mut self, name: &Name, span: Span) -> Result<Term> {
        if self.scope.iter().any(|bound| bound.name == *name) {
            return Ok(self.on_diagonal(Term::var(self.variable(name))));
        }
        if let Some(entry) = self.entry(name, span)? {
            return Ok(entry);
        }
        if let Some((letter, last)) = arrays::range(name) {
            let array = Term::var(self.indexed_letter(&letter, span)?);
            let size = self.whole(last);
            if self.shape(&array).first() == Some(&size) {
                return Ok(array);
            }
            let message = format!("`{}`, a part of a sequence, has no meaning here yet", full_name(name));
            return coded(Code::Unsupported, span, &message, Some("say what all of them are drawn from: x_{1:n} ~ p"));
        }
        if name.base == "I" && self.shapes.has_identity() {
            return Ok(self.identity(name));
        }
        if let Some(definition) = self.definition_of(name, span)? {
            if !definition.parameters.is_empty() {
                return self.bare_function(name, span);
            }
            return self.unfold(&definition, &[], &[], span);
        }
        if self.facts.is_named_law(name) {
            return self.bare_law(name, span);
        }
        if name.base == "π" && name.subscript.is_none() {
            return Ok(Term::new(Op::Pi, vec![]));
        }
        // `f_θ` and `N_θ` are functions everywhere: as letters they would be constants, and D of them 0.
        let is_function = self.place.is_some() || name.subscript.as_deref() == Some("θ");
        if is_function && matches!(&*name.base, "f" | "g" | "h" | "N") {
            return self.bare_function(name, span);
        }
        if let Some(unit) = self.unit_vector(name, span)? {
            return Ok(unit);
        }
        if let Some((family, index)) = self.family(name) {
            return Ok(Term::new(Op::Apply(symbol(&family), vec![0]), vec![index]));
        }
        let attached = self.dependence(name, span)?;
        if !attached.is_empty() {
            return Ok(Term::new(Op::Apply(symbol(name), vec![0; attached.len()]), attached));
        }
        self.numbers.entry(symbol(name)).or_insert(span);
        let function = matches!(&*name.base, "f" | "g" | "h") && name.subscript.is_none();
        if function {
            self.remark(format!("`{}` alone is read as a number; a function is written with its argument", name.base));
        }
        Ok(self.on_diagonal(Term::var(self.variable(name))))
    }

    /// No letter is a function in one place and a number in another: `f(x) = f x`.
    fn function_or_number(&self) -> Result<()> {
        let both = self.numbers.iter().find(|(name, _)| self.arities.contains_key(*name));
        let Some((name, span)) = both else { return Ok(()) };
        let message = format!("`{name}` is a function elsewhere, and stands here without an argument");
        coded(
            Code::Ambiguous,
            *span,
            &message,
            Some(&format!("write its argument, as in {name}(x), or take another letter")),
        )
    }

    /// What a letter depends on by its subscript: `f_θ`, `α_t`, `Q^{π_θ}`.
    fn dependence(&mut self, name: &Name, span: Span) -> Result<Vec<Term>> {
        let mut found = Vec::new();
        if self.facts.is_whole(name) {
            return Ok(found);
        }
        for piece in facts::attached(name) {
            let known = |this: &Self, letter: &str| {
                this.scope.iter().any(|bound| full_name(&bound.name) == letter) || this.facts.is_value(letter)
            };
            // A hypothesis speaks of it, and its index is any: a letter of its own.
            let moves = |letter: &str| {
                let plain = Name { base: letter.into(), subscript: None };
                self.facts.is_whole(&plain) || self.scope.iter().any(|bound| bound.name == plain)
            };
            let free = facts::shifted(piece).next().is_some() && !facts::shifted(piece).any(moves);
            if free && self.facts.is_stated(name) {
                continue;
            }
            if facts::shifted(piece).any(|letter| known(self, letter)) {
                let message = format!("`{}`, a sequence at a shifted index, has no meaning here yet", full_name(name));
                return coded(Code::Unsupported, span, &message, None);
            }
            if facts::is_dependence(piece) && known(self, piece) {
                let letter = match piece.split_once('_') {
                    Some((base, below)) => Name { base: base.into(), subscript: Some(below.into()) },
                    None => Name { base: piece.into(), subscript: None },
                };
                found.push(Term::var(self.variable(&letter)));
            }
        }
        self.decided |= !found.is_empty();
        found.into_iter().map(|letter| self.spread(letter, span)).collect()
    }
}

/// ∇_z of what is free of z: no author means that it is 0.
fn gradient_of_nothing(variable: &Name, body: &Expr, span: Span) -> Result<Term> {
    let letter = full_name(variable);
    let message = format!("this gradient is by `{letter}`, which does not occur in what it acts on");
    let mut letters: Vec<Name> = Vec::new();
    body.visit_names(&mut |name| {
        if !letters.contains(name) && name.subscript.is_none() && crate::syntax::is_letter(&name.base) {
            letters.push(name.clone());
        }
    });
    let by = letters.iter().find(|name| matches!(&*name.base, "x" | "y" | "a" | "s" | "z")).or(letters.first());
    let by = by.map_or_else(|| "x".to_string(), full_name);
    let help = format!(
        "differentiate by a letter of it and set that: [∇_{by} …]_{{{by} = {letter}}}; that it is free of `{letter}` is said by D_{letter}[…] = 0"
    );
    coded(Code::Ambiguous, span, &message, Some(&help))
}

fn binary(op: Binary, a: Term, b: Term) -> Term {
    match op {
        Binary::Add => Term::add([a.summands(), b.summands()].concat()),
        Binary::Sub => Term::add([a.summands(), &[b.opposite()]].concat()),
        Binary::Mul => Term::mul([a.factors(), b.factors()].concat()),
        Binary::Div => Term::mul([a.factors(), &[b.recip()]].concat()),
        Binary::Pow => Term::pow(a, b),
    }
}

/// Indicators in terms of `step` and `sign`, which are 0 at 0.
fn indicator(relation: Relation, a: Term, b: Term) -> Term {
    let step = |u: Term, v: Term| Term::function("step", vec![u.minus(v)]);
    let apart = |u: Term, v: Term| Term::pow(Term::function("sign", vec![u.minus(v)]), Term::integer(2));
    match relation {
        Relation::Greater => step(a, b),
        Relation::Less => step(b, a),
        Relation::GreaterEqual => Term::one().minus(step(b, a)),
        Relation::LessEqual => Term::one().minus(step(a, b)),
        Relation::NotEqual => apart(a, b),
        Relation::Equal => Term::one().minus(apart(a, b)),
    }
}

fn regularity(class: &str, span: Span) -> Result<Regularity> {
    Ok(match class {
        "measurable" => Regularity::Measurable,
        "jump" => Regularity::Jump,
        "lipschitz" => Regularity::Lipschitz,
        "smooth" => Regularity::Smooth,
        other => {
            let classes = ["measurable", "jump", "lipschitz", "smooth"];
            let help = nearest(other, classes.into_iter()).map_or_else(
                || "the classes are measurable, jump, lipschitz and smooth".to_string(),
                |near| format!("did you mean `{near}`?"),
            );
            return coded(Code::Class, span, &format!("unknown class `{other}`"), Some(&help));
        }
    })
}

pub(super) fn full_name(name: &Name) -> String {
    match &name.subscript {
        Some(subscript) => format!("{}_{}", name.base, subscript),
        None => name.base.clone(),
    }
}

fn symbol(name: &Name) -> Symbol {
    full_name(name).as_str().into()
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

fn error<T>(span: Span, message: &str, help: Option<&str>) -> Result<T> {
    coded(Code::Meaning, span, message, help)
}

fn coded<T>(code: Code, span: Span, message: &str, help: Option<&str>) -> Result<T> {
    Err(Box::new(ElaborateError { code, message: message.into(), span, help: help.map(Into::into) }))
}

/// The name that a misspelt one is likely to mean.
pub fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    names
        .map(|candidate| (strsim::damerau_levenshtein(&name.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| {
            *distance <= 1 + candidate.chars().count() / 4 && *distance < name.chars().count()
        })
        .min()
        .map(|(_, candidate)| candidate)
}
