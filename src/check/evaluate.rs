//! Values of programs: operators by quadrature, summation and finite differences.

use super::block::{Kernel, LANES, Scratch};
use super::draw::Draw;
use super::lattice;
use super::montecarlo::Request;
use super::program::{Difference, Expectation, Kind, Law, Operator, Program};
use super::quadrature::{Estimate, Failure, Region, integrate};
use super::roots::{bulk, peaks, roots};
use super::rounding;
use super::stencil::Stencil;
use super::summation::sum;
use super::tape::Key;
use super::wide;
use crate::law::{Concrete, Formula, Range, Table};
use crate::term::{Domain, deadline};
use std::sync::Arc;
use std::time::Instant;

/// How expectations that stand in no other one get their values.
pub enum Means<'p> {
    /// By quadrature or summation.
    Exact,
    /// Not at all: what is needed is written down.
    Record(Vec<Request<'p>>),
    /// From a list, in the order in which they were written down.
    Replay(Vec<Estimate>, usize),
}

/// Evaluates programs in an environment.
pub struct Evaluator<'p> {
    pub environment: Vec<f64>,
    pub means: Means<'p>,
    /// Spacing of finite differences in units of the scale of the parameter; none for one chosen by order.
    pub spacing: Option<f64>,
    deadline: Option<Instant>,
    /// Whether everything is done in a second way: by other nodes and spacings.
    pub second: bool,
    /// An integral has no finite value.
    pub diverges: bool,
    /// Points that may still be evaluated.
    pub budget: u64,
    scratch: Scratch,
    /// Tables of laws that have been sampled: several means may need one.
    tables: Vec<(Key, Arc<Table>)>,
    /// The largest error of a value inside an integrand, for the integrals around it.
    inner: f64,
    depth: u32,
}

/// Points that one evaluation may take, unless less is asked for.
pub(super) const BUDGET: u64 = 4_000_000;
/// What a mean over a lattice counts for: its points come in full blocks, and take a tenth of the time of others.
const LATTICE: u64 = 200_000;
/// Where functions jump, a difference is taken a second time with its spacing shrunk by this factor.
const CLOSER: f64 = 0.8;
/// The spacing of differences in the second way, as a share of that in the first.
const SECOND: f64 = 0.7;
/// A density below this is as good as none.
const NEGLIGIBLE: f64 = 1e-40;
/// An inner integral below this has its size as its error.
const NEXT_TO_NOTHING: f64 = 1e-16;
/// Iterated integrals of more variables than this are left to Monte Carlo.
const DEEPEST: u32 = 3;
/// Sums of so many values may stand in one another without end.
const FEW: f64 = 8.0;
/// How well sums have to settle, by depth: inner integrals are taken often.
const SETTLED: [f64; 4] = [1e-12, 1e-12, 1e-10, 1e-8];

/// The logarithm of a density at one point.
fn density_at(density: &Kernel, scratch: &mut Scratch, parameters: &[f64], x: f64) -> f64 {
    let mut height = [f64::NAN];
    density.run(scratch, parameters, &[&[x]]);
    density.output(scratch, &[&[x]], 0, &mut height);
    height[0]
}

impl<'p> Evaluator<'p> {
    pub fn new(parameters: &[f64], slots: usize, deadline: Option<Instant>, budget: u64) -> Self {
        let mut environment = parameters.to_vec();
        environment.resize(slots, f64::NAN);
        Evaluator {
            environment,
            means: Means::Exact,
            spacing: None,
            deadline,
            second: false,
            diverges: false,
            budget,
            scratch: Scratch::default(),
            tables: vec![],
            inner: 0.0,
            depth: 0,
        }
    }

    /// The value of a program at the environment; none where it is undefined or out of reach.
    pub fn value(&mut self, program: &'p Program) -> Option<Estimate> {
        let mut errors = Vec::new();
        for operator in &program.operators {
            let estimate = self.operator(operator)?;
            self.environment[operator.slot] = estimate.value;
            errors.push((operator.slot, estimate));
        }
        let error_of = |slot: usize| {
            errors
                .iter()
                .find(|(known, _)| *known == slot)
                .map_or(0.0, |(_, estimate): &(usize, Estimate)| estimate.error)
        };
        let Estimate { value, error } = rounding::value(&program.formula, &self.environment, &error_of);
        if let Means::Record(_) = self.means {
            // The means are not known yet, so the value says nothing.
            return Some(Estimate::default());
        }
        // Ends of integrals may be infinite.
        (!value.is_nan()).then_some(Estimate { value, error })
    }

    /// The value of an expectation, an integral, a sum or a finite difference.
    pub fn operator(&mut self, operator: &'p Operator) -> Option<Estimate> {
        match &operator.kind {
            Kind::Difference(difference) => self.difference(difference),
            Kind::Expectation(expectation) => {
                let parameters = self.numbers(&expectation.parameters)?;
                let law = expectation.law.distribution.at(&parameters)?;
                if let Means::Replay(values, next) = &mut self.means {
                    *next += 1;
                    return values.get(*next - 1).copied();
                }
                if let Means::Record(_) = self.means {
                    let request = self.exactly(|this| Request::new(this, expectation))?;
                    if let Means::Record(requests) = &mut self.means {
                        requests.push(request);
                    }
                    return Some(Estimate::default());
                }
                match expectation.draw.as_ref().filter(|draw| lattice::applies(draw)) {
                    Some(draw) => self.lattice(draw),
                    None => self.expectation(expectation, &law),
                }
            }
            Kind::Integral { ends, variable, body, whole } => {
                let ends = [
                    self.exactly(|this| this.value(&ends[0]))?.value,
                    self.exactly(|this| this.value(&ends[1]))?.value,
                ];
                if let Means::Replay(values, next) = &mut self.means {
                    *next += 1;
                    return values.get(*next - 1).copied();
                }
                let estimate = self.exactly(|this| this.integral(ends, *variable, body, *whole))?;
                if let Means::Record(requests) = &mut self.means {
                    requests.push(Request::Number(estimate));
                }
                Some(estimate)
            }
        }
    }

    /// Counts points at which something is evaluated; each is about a step of a search.
    fn spend(&mut self, points: u64) {
        self.budget = self.budget.saturating_sub(points);
        deadline::spend(points);
    }

    /// A mean over more variables than iterated integrals take.
    fn lattice(&mut self, draw: &Draw) -> Option<Estimate> {
        self.spend(LATTICE);
        if self.budget == 0 || deadline::is_over() {
            return None;
        }
        lattice::mean(draw, &self.environment, self.deadline)
    }

    /// Runs with expectations by quadrature and fine differences.
    fn exactly<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        let kept = (std::mem::replace(&mut self.means, Means::Exact), self.spacing.take());
        let result = run(self);
        (self.means, self.spacing) = kept;
        result
    }

    /// Parameters of a law: numbers of their own, computed exactly.
    pub fn numbers(&mut self, programs: &'p [Program]) -> Option<Vec<f64>> {
        self.exactly(|this| programs.iter().map(|p| this.value(p).map(|e| e.value)).collect())
    }

    /// The table of a law at given parameters.
    pub fn table(&mut self, key: Key, law: &Law, parameters: &[f64]) -> Option<Arc<Table>> {
        if let Some((_, table)) = self.tables.iter().find(|(known, _)| *known == key) {
            return Some(table.clone());
        }
        let table = law.distribution.at(parameters)?.table_by(&mut |xs, out| {
            law.density.run(&mut self.scratch, parameters, &[xs]);
            law.density.output(&self.scratch, &[xs], 0, out);
        })?;
        let table = Arc::new(table);
        self.tables.push((key, table.clone()));
        Some(table)
    }

    fn expectation(&mut self, expectation: &'p Expectation, law: &Concrete<'_>) -> Option<Estimate> {
        let variable = expectation.variable;
        // A few values are no integral.
        let few = match &law.range {
            Range::Points(_) => true,
            Range::Integers(lo, hi) => hi - lo < FEW,
            Range::Interval(..) => false,
        };
        self.within(&expectation.body, variable, few, |this, body| {
            let density = &expectation.law.density;
            let mut masses = vec![0.0; LANES];
            let mut product = |this: &mut Self, xs: &[f64], out: &mut [f64]| {
                masses.resize(xs.len(), 0.0);
                density.run(&mut this.scratch, &law.parameters, &[xs]);
                density.output(&this.scratch, &[xs], 0, &mut masses);
                this.lanes(body, variable, xs, out)?;
                for ((value, ln), x) in out.iter_mut().zip(&masses).zip(xs) {
                    *value = match ln.exp() {
                        _ if *ln == f64::NEG_INFINITY => 0.0,
                        mass if value.is_finite() && mass >= f64::MIN_POSITIVE => *value * mass,
                        _ if value.is_finite() => value.signum() * (value.abs().ln() + ln).exp(),
                        mass => {
                            let product = this.wide(body, variable, *x).map_or(f64::NAN, |v| v.times_exp(*ln));
                            // Where there is next to no mass, a value that does not exist does not matter.
                            if product.is_nan() && mass < NEGLIGIBLE { 0.0 } else { product }
                        }
                    };
                }
                Some(())
            };
            match &law.range {
                Range::Interval(lo, hi) => {
                    let (location, diverged) = (law.location(), this.diverges);
                    let cuts = this.cuts(body, variable, Some(law), (*lo, *hi), location);
                    let result = this.region((*lo, *hi), &cuts, location, &mut product);
                    let found = result.or_else(|f| this.nothing(body, variable, location, f));
                    found.ok().or_else(|| {
                        // What a law has next to no mass for may count most.
                        let mut height = |x: f64| {
                            let value = this.wide(body, variable, x).map(wide::Wide::ln);
                            value.filter(|ln| *ln < f64::INFINITY).unwrap_or(f64::NAN)
                                + density_at(density, &mut this.scratch, &law.parameters, x)
                        };
                        let there = bulk(&mut height, (*lo, *hi), location)?;
                        let cuts = this.cuts(body, variable, Some(law), (*lo, *hi), there);
                        let kept = std::mem::replace(&mut this.diverges, diverged);
                        let found = this.region((*lo, *hi), &cuts, there, &mut product).ok();
                        // From a place that was guessed it cannot be seen that nothing converges.
                        this.diverges = if found.is_some() { diverged } else { kept };
                        found
                    })
                }
                Range::Integers(lo, hi) => {
                    if few {
                        let points: Vec<f64> = (0..).map(|i| lo + f64::from(i)).take_while(|k| k <= hi).collect();
                        let mean = this.over_points(&points, law, density, body, variable);
                        if mean.as_ref().is_some_and(|mean| mean.value.is_finite()) {
                            return mean;
                        }
                    }
                    let (middle, width) = law.location();
                    sum(&mut |xs, out| product(this, xs, out), *lo, *hi, middle + 2.0 * width)
                }
                Range::Points(points) => {
                    let few = this.over_points(points, law, density, body, variable);
                    if few.as_ref().is_some_and(|few| few.value.is_finite()) {
                        return few;
                    }
                    let mut values = vec![0.0; points.len()];
                    product(this, points, &mut values)?;
                    let (value, size) = values.iter().fold((0.0, 0.0), |(s, a), v| (s + v, a + v.abs()));
                    Some(Estimate { value, error: 4e-16 * size })
                }
            }
        })
    }

    fn integral(&mut self, [lo, hi]: [f64; 2], variable: usize, body: &'p Program, whole: bool) -> Option<Estimate> {
        if lo > hi && !whole {
            let reversed = self.integral([hi, lo], variable, body, whole)?;
            return Some(Estimate { value: -reversed.value, ..reversed });
        }
        if lo == hi && !whole {
            return Some(Estimate::default());
        }
        self.within(body, variable, false, |this, body| {
            if whole {
                let lo = lo.is_finite().then_some(lo)?;
                return sum(&mut |xs, out| this.lanes(body, variable, xs, out), lo, hi, lo + 16.0);
            }
            let cuts = this.cuts(body, variable, None, (lo, hi), (0.0, 1.0));
            this.region((lo, hi), &cuts, (0.0, 1.0), |this, xs, out| this.lanes(body, variable, xs, out))
                .or_else(|f| match f {
                    // At one of the points of an outer integral, where all underflows: its neighbours see what there is.
                    Failure::Nothing if this.depth > 1 && lo.is_finite() && hi.is_finite() => Ok(Estimate::default()),
                    f => this.nothing(body, variable, (0.0, 1.0), f),
                })
                .ok()
        })
    }

    fn region(
        &mut self,
        range: (f64, f64),
        cuts: &[f64],
        location: (f64, f64),
        mut integrand: impl FnMut(&mut Self, &[f64], &mut [f64]) -> Option<()>,
    ) -> Result<Estimate, Failure> {
        let settled = SETTLED[self.depth.min(DEEPEST) as usize];
        // What is next to nothing at a point of an outer integral does not have to be known well.
        let negligible = if self.depth > 1 { NEXT_TO_NOTHING } else { 0.0 };
        let region = Region { range, cuts, location, settled, second: self.second, negligible };
        let result = integrate(&mut |xs, out| integrand(self, xs, out), &region);
        self.diverges |= result == Err(Failure::Diverges);
        result
    }

    /// Runs an integration over a variable: what does not depend on the variable is evaluated first.
    fn within(
        &mut self,
        body: &'p Program,
        variable: usize,
        few: bool,
        run: impl FnOnce(&mut Self, &'p Program) -> Option<Estimate>,
    ) -> Option<Estimate> {
        if !few && self.depth >= DEEPEST || self.deadline.is_some_and(|deadline| Instant::now() > deadline) {
            return None;
        }
        let outer = std::mem::replace(&mut self.inner, 0.0);
        let around = self.depth;
        self.depth += u32::from(!few);
        let result = self.fixed(body, variable).and_then(|()| run(self, body));
        self.depth = around;
        let inner = std::mem::replace(&mut self.inner, outer);
        result.map(|estimate| Estimate { error: estimate.error + inner, ..estimate })
    }

    fn fixed(&mut self, body: &'p Program, variable: usize) -> Option<()> {
        for operator in body.operators.iter().filter(|o| !o.reads.contains(&variable)) {
            let estimate = self.operator(operator)?;
            self.inner = self.inner.max(estimate.error);
            self.environment[operator.slot] = estimate.value;
        }
        Some(())
    }

    /// The values of a body at many points of its variable.
    fn lanes(&mut self, body: &'p Program, variable: usize, xs: &[f64], out: &mut [f64]) -> Option<()> {
        self.spend(xs.len() as u64);
        if self.budget == 0 || deadline::is_over() {
            return None;
        }
        let kernel = body.kernel.as_ref()?;
        let mut varying: Vec<Vec<f64>> = Vec::new();
        for operator in body.operators.iter().filter(|o| o.reads.contains(&variable)) {
            let mut values = Vec::with_capacity(xs.len());
            for x in xs {
                self.environment[variable] = *x;
                let estimate = self.operator(operator)?;
                self.inner = self.inner.max(estimate.error);
                values.push(estimate.value);
            }
            varying.push(values);
        }
        let lanes: Vec<&[f64]> = [xs].into_iter().chain(varying.iter().map(Vec::as_slice)).collect();
        kernel.run(&mut self.scratch, &self.environment, &lanes);
        kernel.output(&self.scratch, &lanes, 0, out);
        Some(())
    }

    /// A mean over a few values, with what rounding may have done to each: what cancels leaves more than it shows.
    fn over_points(
        &mut self,
        points: &[f64],
        law: &Concrete<'_>,
        density: &Kernel,
        body: &'p Program,
        variable: usize,
    ) -> Option<Estimate> {
        let mut masses = vec![0.0; points.len()];
        density.run(&mut self.scratch, &law.parameters, &[points]);
        density.output(&self.scratch, &[points], 0, &mut masses);
        self.spend(points.len() as u64);
        if self.budget == 0 || deadline::is_over() {
            return None;
        }
        let mut mean = Estimate::default();
        for (x, ln) in points.iter().zip(&masses).filter(|(_, ln)| **ln != f64::NEG_INFINITY) {
            self.environment[variable] = *x;
            for operator in body.operators.iter().filter(|o| o.reads.contains(&variable)) {
                let estimate = self.operator(operator)?;
                self.inner = self.inner.max(estimate.error);
                self.environment[operator.slot] = estimate.value;
            }
            let at_point = rounding::value(&body.formula, &self.environment, &|_| 0.0);
            let mass = ln.exp();
            let of_mass = 4e-16 * (1.0 + ln.abs()) * at_point.value.abs();
            mean.value += mass * at_point.value;
            mean.error += mass * (of_mass + at_point.error);
        }
        mean.error.is_finite().then_some(mean)
    }

    /// Where all values are 0, the integral is 0 if nothing narrow can have been missed: no exponential and no quotient
    /// that peaks, or a function that is 0 even where nothing underflows.
    fn nothing(
        &mut self,
        body: &Program,
        variable: usize,
        (middle, width): (f64, f64),
        failure: Failure,
    ) -> Result<Estimate, Failure> {
        let mut vanishes = |place: f64| self.wide(body, variable, middle + width * place).is_some_and(|v| v.is_zero());
        let places = [-2.3, -0.9, -0.41, 0.13, 0.57, 1.19, 2.7];
        match failure {
            Failure::Nothing if body.exponents.outputs.is_empty() || places.into_iter().all(&mut vanishes) => {
                Ok(Estimate::default())
            }
            other => Err(other),
        }
    }

    /// The value of a body at one point where ordinary numbers overflow; none where an operator inside it varies.
    fn wide(&mut self, body: &Program, variable: usize, x: f64) -> Option<wide::Wide> {
        if body.operators.iter().any(|o| o.reads.contains(&variable)) {
            return None;
        }
        self.environment[variable] = x;
        Some(wide::value(&body.formula, &self.environment))
    }

    /// Kinks and jumps of law and body along the variable, by changes of sign on a grid.
    fn cuts(
        &mut self,
        body: &'p Program,
        variable: usize,
        law: Option<&Concrete<'_>>,
        range: (f64, f64),
        location: (f64, f64),
    ) -> Vec<f64> {
        let mut cuts = Vec::new();
        if !body.cuts.outputs.is_empty() {
            let mut inputs = self.environment.clone();
            let mut at = |x: f64| {
                inputs[variable] = x;
                body.cuts.evaluate(&inputs)
            };
            roots(&mut at, range, location, &mut cuts);
        }
        // Where a kink of an inner integrand passes an end of its range, the inner integral has one.
        for (end, inner, switches) in self.passed_ends(body, variable) {
            let mut inputs = self.environment.clone();
            inputs[inner] = end;
            let mut at = |x: f64| {
                inputs[variable] = x;
                switches.evaluate(&inputs)
            };
            roots(&mut at, range, location, &mut cuts);
        }
        if let Some(law) = law.filter(|law| !law.distribution.switches.outputs.is_empty()) {
            let mut inputs = law.parameters.clone();
            inputs.push(f64::NAN);
            let last = inputs.len() - 1;
            let mut at = |x: f64| {
                inputs[last] = x;
                law.distribution.switches.evaluate(&inputs)
            };
            roots(&mut at, range, location, &mut cuts);
        }
        // Few functions have narrow peaks, and inner integrals are taken often.
        if !body.exponents.outputs.is_empty() {
            let mut inputs = self.environment.clone();
            let mut at = |x: f64| {
                inputs[variable] = x;
                body.exponents.evaluate(&inputs)
            };
            peaks(&mut at, range, location, &mut cuts);
        }
        cuts
    }

    /// The finite ends of the ranges of integrals in a body that vary with a variable, where they do not; each with the
    /// variable of the integral and the kinks along it.
    fn passed_ends(&mut self, body: &'p Program, variable: usize) -> Vec<(f64, usize, &'p Formula)> {
        let mut found = Vec::new();
        for operator in body.operators.iter().filter(|o| o.reads.contains(&variable)) {
            let is_fixed = |program: &Program| !program.reads.contains(&variable);
            let (inner, body, ends) = match &operator.kind {
                Kind::Expectation(e) if e.parameters.iter().all(is_fixed) && !e.body.cuts.outputs.is_empty() => {
                    let law = self.numbers(&e.parameters).and_then(|values| e.law.distribution.at(&values));
                    match law.map(|law| law.range) {
                        Some(Range::Interval(lo, hi)) => (e.variable, &e.body, [lo, hi]),
                        _ => continue,
                    }
                }
                Kind::Integral { ends, variable: inner, body, whole: false }
                    if ends.iter().all(is_fixed) && !body.cuts.outputs.is_empty() =>
                {
                    let [lo, hi] = [&ends[0], &ends[1]].map(|end| self.exactly(|this| this.value(end)));
                    let (Some(lo), Some(hi)) = (lo, hi) else { continue };
                    (*inner, body, [lo.value, hi.value])
                }
                _ => continue,
            };
            found.extend(ends.into_iter().filter(|end| end.is_finite()).map(|end| (end, inner, &body.cuts)));
        }
        found
    }

    fn difference(&mut self, difference: &'p Difference) -> Option<Estimate> {
        // Draws cannot tell a jump from a slope.
        if !matches!(self.means, Means::Exact) && difference.body.ragged.contains(&difference.slots[0]) {
            return None;
        }
        let high = difference.order > 8;
        let reach = match self.spacing {
            Some(_) => 3,
            None if high => 10,
            None => 4,
        };
        let stencil = Stencil::new(difference.order, reach)?;
        let point = self.exactly(|this| this.value(&difference.point))?.value;
        let held = self.exactly(|this| this.value(&difference.held))?.value;
        let scale = match difference.domain {
            Domain::Positive => point.abs().min(1.0),
            Domain::Unit => point.min(1.0 - point).abs(),
            _ => 1.0,
        };
        const SPACINGS: [f64; 4] = [0.02, 0.03, 0.05, 0.07];
        // High orders need wide stencils: rounding grows with the order's power of the spacing.
        let order = f64::from(difference.order);
        let wide = if high { 0.05 * order } else { 0.09 + 0.02 * (order - 5.0) };
        let default = SPACINGS.get(difference.order as usize - 1).copied().unwrap_or(wide);
        let spacing = scale * self.spacing.unwrap_or(default) * if self.second { SECOND } else { 1.0 };
        // A law may exist near the point only.
        let (spacing, estimate) = [1.0, 0.2, 0.04].iter().find_map(|shrink| {
            let mark = self.mark();
            let estimate = self.stencil(difference, &stencil, point, held, spacing * shrink);
            if estimate.is_none() {
                self.back(mark);
            }
            estimate.map(|estimate| (spacing * shrink, estimate))
        })?;
        if !difference.body.switched || !matches!(self.means, Means::Exact) {
            return Some(estimate);
        }
        // A jump between the points, or the rounding of an integral across one, changes with the spacing.
        let closer = self.stencil(difference, &stencil, point, held, CLOSER * spacing)?;
        Some(Estimate { error: estimate.error.max((estimate.value - closer.value).abs()), ..estimate })
    }

    fn stencil(
        &mut self,
        difference: &'p Difference,
        stencil: &Stencil,
        point: f64,
        held: f64,
        spacing: f64,
    ) -> Option<Estimate> {
        let (mut sum, mut shorter, mut error) = (0.0, 0.0, 0.0);
        for (index, (weight, short)) in stencil.weights.iter().zip(&stencil.shorter).enumerate() {
            if *weight == 0.0 {
                continue;
            }
            self.environment[difference.slots[0]] = point + spacing * f64::from(index as i32 - stencil.reach);
            self.environment[difference.slots[1]] = held;
            let estimate = self.value(&difference.body)?;
            sum += weight * estimate.value;
            shorter += short * estimate.value;
            error += weight.abs() * (estimate.error + f64::EPSILON * estimate.value.abs());
        }
        let power = spacing.powi(-(difference.order as i32));
        // The longer stencil is better than the shorter one by two orders in the spacing.
        Some(Estimate { value: sum * power, error: power * (error + 0.1 * (sum - shorter).abs()) })
    }

    fn mark(&self) -> usize {
        match &self.means {
            Means::Exact => 0,
            Means::Record(requests) => requests.len(),
            Means::Replay(_, next) => *next,
        }
    }

    fn back(&mut self, mark: usize) {
        match &mut self.means {
            Means::Exact => {}
            Means::Record(requests) => requests.truncate(mark),
            Means::Replay(_, next) => *next = mark,
        }
    }
}
