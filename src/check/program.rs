//! Terms compiled for evaluation: formulas whose inputs are parameters, bound variables and the values of operators.
//!
//! All numbers live in one environment of numbered slots. A variable has two: its value, and the value that a
//! `stopgrad` sees, which a finite difference leaves where it was.

use super::block::Kernel;
use super::draw::Draw;
use crate::law::{Builder, Distribution, Formula, Leaf};
use crate::term::{Definitions, Domain, Op, Symbol, Term, Var};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// A term ready to be evaluated.
#[derive(Clone, Debug)]
pub struct Program {
    pub formula: Formula,
    /// What has to be evaluated into slots before the formula.
    pub operators: Vec<Arc<Operator>>,
    /// The formula along the variable that is integrated over, where there is one.
    pub kernel: Option<Kernel>,
    /// Kinks and jumps along that variable: the zeros of the outputs.
    pub cuts: Formula,
    /// What has a maximum along that variable where there may be a narrow peak.
    pub exponents: Formula,
    /// Kinks and jumps in whatever variable, here and in the bodies of operators; one output each.
    switches: Vec<Formula>,
    /// There is a kink or a jump somewhere in it.
    pub switched: bool,
    /// What those read that no law with a density smooths out: a difference along one of these may step over a jump.
    pub ragged: BTreeSet<usize>,
    /// All slots that are read, by operators too.
    pub reads: BTreeSet<usize>,
}

impl Program {
    /// The simulations of the expectations that stand in no other one.
    pub fn draws(&self) -> Vec<&Draw> {
        let mut draws = Vec::new();
        for operator in &self.operators {
            match &operator.kind {
                Kind::Expectation(expectation) => draws.extend(&expectation.draw),
                Kind::Difference(difference) => draws.extend(difference.body.draws()),
                Kind::Integral { .. } => {}
            }
        }
        draws
    }
}

/// An expectation, integral, sum or finite difference.
#[derive(Clone, Debug)]
pub struct Operator {
    /// Where the value goes.
    pub slot: usize,
    pub kind: Kind,
    pub reads: BTreeSet<usize>,
}

#[derive(Clone, Debug)]
pub enum Kind {
    Expectation(Expectation),
    /// Over an interval, or over whole numbers.
    Integral {
        ends: [Program; 2],
        variable: usize,
        body: Program,
        whole: bool,
    },
    Difference(Difference),
}

impl Kind {
    /// The body, and the slots that are bound in it.
    fn body(&self) -> (&Program, &[usize]) {
        match self {
            Kind::Expectation(e) => (&e.body, std::slice::from_ref(&e.variable)),
            Kind::Integral { body, variable, .. } => (body, std::slice::from_ref(variable)),
            Kind::Difference(d) => (&d.body, &d.slots),
        }
    }

    /// Over single points.
    fn is_discrete(&self) -> bool {
        match self {
            Kind::Expectation(e) => e.law.distribution.is_discrete(),
            Kind::Integral { whole, .. } => *whole,
            Kind::Difference(_) => false,
        }
    }
}

/// An expectation, for both methods.
#[derive(Clone, Debug)]
pub struct Expectation {
    pub law: Arc<Law>,
    pub parameters: Vec<Program>,
    pub variable: usize,
    pub body: Program,
    /// The same by joint draws of all noise inside; none where draws cannot give it.
    pub draw: Option<Draw>,
}

/// A derivative that is taken numerically.
#[derive(Clone, Debug)]
pub struct Difference {
    pub order: u32,
    pub point: Program,
    /// The point as a `stopgrad` sees it.
    pub held: Program,
    pub slots: [usize; 2],
    pub domain: Domain,
    pub body: Program,
}

/// A law with its density ready for blocks.
#[derive(Clone, Debug)]
pub struct Law {
    pub distribution: Distribution,
    pub density: Kernel,
}

/// Where a variable has its value.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    Slot(usize),
    /// A step of the formula of a draw; formulas built meanwhile do not see it.
    Step {
        draw: u32,
        step: u32,
    },
}

/// Compiles terms; keeps the scope and numbers the slots.
pub struct Compiler<'a> {
    pub definitions: &'a Definitions,
    /// By name and number of parameters.
    laws: BTreeMap<(Symbol, usize), Option<Arc<Law>>>,
    /// Variables in scope with their value and the value that a `stopgrad` sees.
    pub scope: Vec<(Var, [Place; 2])>,
    pub slots: usize,
    /// Inside a `stopgrad`.
    pub held: bool,
    /// Inside the body of an expectation, an integral or a sum.
    inside: u32,
    /// The draw whose formula is being built, by number; 0 for any other formula.
    pub draw: u32,
    draws: u32,
}

impl<'a> Compiler<'a> {
    /// With the given free variables in the first slots.
    pub fn new(definitions: &'a Definitions, parameters: &[Var]) -> Self {
        let scope = parameters.iter().enumerate().map(|(i, var)| (var.clone(), [Place::Slot(i); 2])).collect();
        Compiler {
            definitions,
            laws: BTreeMap::new(),
            scope,
            slots: parameters.len(),
            held: false,
            inside: 0,
            draw: 0,
            draws: 0,
        }
    }

    pub fn slot(&mut self) -> usize {
        self.slots += 1;
        self.slots - 1
    }

    /// A term without a variable to integrate over.
    pub fn closed(&mut self, term: &Term) -> Option<Program> {
        self.program(term, None)
    }

    fn program(&mut self, term: &Term, variable: Option<usize>) -> Option<Program> {
        let draw = std::mem::take(&mut self.draw);
        let program = self.formula(term, variable);
        self.draw = draw;
        program
    }

    fn formula(&mut self, term: &Term, variable: Option<usize>) -> Option<Program> {
        let mut builder = Builder::new(self.definitions);
        let mut operators = Operators::default();
        let output = self.build(&mut builder, term, &mut operators)?;
        let mut switches: Vec<Formula> =
            builder.switches(output).iter().map(|step| builder.formula(&[*step])).collect();
        let formula = builder.formula(&[output]);
        let operators = operators.list;
        let mut reads: BTreeSet<usize> = formula.inputs().collect();
        for operator in &operators {
            reads.remove(&operator.slot);
            reads.extend(&operator.reads);
        }
        for operator in &operators {
            let (body, bound) = operator.kind.body();
            // What depends on a variable that is bound inside is smoothed out by the operator.
            let free = |f: &&Formula| f.inputs().all(|slot| operator.reads.contains(&slot) && !bound.contains(&slot));
            switches.extend(body.switches.iter().filter(free).cloned());
        }
        let bodies = || operators.iter().map(|o| (&o.kind, o.kind.body().0));
        let switched = !switches.is_empty() || bodies().any(|(_, body)| body.switched);
        let mut ragged: BTreeSet<usize> = switches.iter().flat_map(Formula::inputs).collect();
        for (kind, body) in bodies() {
            ragged.extend(&body.ragged);
            if kind.is_discrete() {
                ragged.extend(body.switches.iter().flat_map(Formula::inputs));
            }
        }
        let (mut cuts, mut exponents) = (Formula::default(), Formula::default());
        let peaks: Vec<Formula> = match variable {
            Some(_) => builder.exponents(output).iter().map(|step| builder.formula(&[*step])).collect(),
            None => vec![],
        };
        let kernel = variable.map(|variable| {
            let varying = operators.iter().filter(|o| o.reads.contains(&variable)).map(|o| o.slot);
            let lanes: Vec<usize> = [variable].into_iter().chain(varying).collect();
            // Only plain functions of the variable are looked at.
            let along = |f: &&Formula| {
                let inputs: Vec<usize> = f.inputs().collect();
                inputs.contains(&variable) && !operators.iter().any(|o| inputs.contains(&o.slot))
            };
            cuts = Formula::joined(switches.iter().filter(along));
            exponents = Formula::joined(peaks.iter().filter(along));
            reads.remove(&variable);
            Kernel::new(formula.clone(), &lanes)
        });
        Some(Program { formula, operators, kernel, cuts, exponents, switches, switched, ragged, reads })
    }

    /// Compiles into a builder; operators are set apart.
    pub fn build(&mut self, builder: &mut Builder<'_>, term: &Term, operators: &mut Operators) -> Option<u32> {
        let mut leaves = |builder: &mut Builder<'_>, term: &Term| self.leaf(builder, term, operators);
        builder.compile(term, &mut leaves)
    }

    fn leaf(&mut self, builder: &mut Builder<'_>, term: &Term, operators: &mut Operators) -> Leaf {
        match term.op() {
            Op::Var(var) => match self.place(var) {
                Some(Place::Slot(slot)) => Leaf::Step(builder.input(slot)),
                Some(Place::Step { draw, step }) if draw == self.draw => Leaf::Step(step),
                _ => Leaf::Unknown,
            },
            Op::StopGrad if !self.held => {
                // Two contexts: the value of a term differs inside and outside.
                self.held = true;
                builder.context ^= 1;
                let step = self.build(builder, &term.args()[0], operators);
                builder.context ^= 1;
                self.held = false;
                step.map_or(Leaf::Unknown, Leaf::Step)
            }
            Op::Expect(_) | Op::Integral(_) | Op::Sum(_) | Op::Derivative(..) => {
                let key = (term.clone(), self.held);
                if let Some(slot) = operators.slots.get(&key) {
                    return Leaf::Step(builder.input(*slot));
                }
                let Some(operator) = self.operator(term) else { return Leaf::Unknown };
                let slot = operator.slot;
                operators.slots.insert(key, slot);
                operators.list.push(Arc::new(operator));
                Leaf::Step(builder.input(slot))
            }
            _ => Leaf::Plain,
        }
    }

    fn place(&self, var: &Var) -> Option<Place> {
        let (_, places) = self.scope.iter().rev().find(|(v, _)| v == var)?;
        Some(places[usize::from(self.held)])
    }

    /// Runs while the formula of a draw is built.
    pub fn drawing<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        self.draws += 1;
        self.inside += 1;
        let (held, draw) = (self.held, std::mem::replace(&mut self.draw, self.draws));
        let result = run(self);
        (self.held, self.draw) = (held, draw);
        self.inside -= 1;
        result
    }

    /// Runs with one more variable in scope.
    pub fn with<T>(&mut self, var: &Var, places: [Place; 2], run: impl FnOnce(&mut Self) -> T) -> T {
        self.scope.push((var.clone(), places));
        let result = run(self);
        self.scope.pop();
        result
    }

    /// Runs with everything held at what a `stopgrad` sees, if so asked.
    pub fn holding<T>(&mut self, hold: bool, run: impl FnOnce(&mut Self) -> T) -> T {
        let kept = self.held;
        self.held |= hold;
        let result = run(self);
        self.held = kept;
        result
    }

    pub fn law(&mut self, law: &Term) -> Option<Arc<Law>> {
        let (definition, _) = self.definitions.law(law)?;
        let definitions = self.definitions;
        let entry = self.laws.entry((definition.name.clone(), definition.parameters.len())).or_insert_with(|| {
            let distribution = Distribution::new(definitions, definition)?;
            let density = Kernel::new(distribution.log_density.clone(), &[definition.parameters.len()]);
            Some(Arc::new(Law { distribution, density }))
        });
        entry.clone()
    }

    /// The parameters of a law term; those of a stopped law are held.
    pub fn parameters(&mut self, law: &Term) -> Option<Vec<Program>> {
        let (_, arguments) = self.definitions.law(law)?;
        self.holding(*law.op() == Op::StopGrad, |this| arguments.iter().map(|a| this.closed(a)).collect())
    }

    fn body(&mut self, var: &Var, body: &Term) -> Option<(usize, Program)> {
        let slot = self.slot();
        self.inside += 1;
        let program = self.with(var, [Place::Slot(slot); 2], |this| this.program(body, Some(slot)));
        self.inside -= 1;
        program.map(|program| (slot, program))
    }

    fn operator(&mut self, term: &Term) -> Option<Operator> {
        let slot = self.slot();
        let args = term.args();
        let (kind, reads) = match term.op() {
            Op::Expect(var) => {
                let law = self.law(&args[0])?;
                let parameters = self.parameters(&args[0])?;
                let (variable, body) = self.body(var, &args[1])?;
                let draw = if self.inside == 0 { Draw::new(self, term) } else { None };
                let mut reads = body.reads.clone();
                parameters.iter().for_each(|p| reads.extend(&p.reads));
                draw.iter().for_each(|d| reads.extend(&d.reads));
                (Kind::Expectation(Expectation { law, parameters, variable, body, draw }), reads)
            }
            Op::Integral(var) | Op::Sum(var) => {
                let ends = [self.closed(&args[0])?, self.closed(&args[1])?];
                let (variable, body) = self.body(var, &args[2])?;
                let mut reads = body.reads.clone();
                ends.iter().for_each(|p| reads.extend(&p.reads));
                (Kind::Integral { ends, variable, body, whole: matches!(term.op(), Op::Sum(_)) }, reads)
            }
            Op::Derivative(var, order) => {
                let point = self.closed(&args[1])?;
                let held = self.holding(true, |this| this.closed(&args[1]))?;
                let domain = args[1].as_var().map_or(var.domain, |v| v.domain.meet(var.domain));
                let slots = [self.slot(), self.slot()];
                let body = self.with(var, slots.map(Place::Slot), |this| this.closed(&args[0]))?;
                let mut reads: BTreeSet<usize> = body.reads.difference(&slots.into()).copied().collect();
                reads.extend(point.reads.iter().chain(&held.reads));
                (Kind::Difference(Difference { order: *order, point, held, slots, domain, body }), reads)
            }
            _ => return None,
        };
        Some(Operator { slot, kind, reads })
    }
}

/// The operators met while a formula is built; equal ones are evaluated once.
#[derive(Default)]
pub struct Operators {
    pub list: Vec<Arc<Operator>>,
    slots: HashMap<(Term, bool), usize>,
}
