//! A function at several arguments: its derivatives, its parity, its special values, and how smooth it is at 0.

use super::{Counterexample, Outcome};
use crate::check;
use crate::law::{Builder, Leaf};
use crate::term::{Definitions, FunctionDefinition, Regularity, Simplifier, Term, Var, substitute_many};
use num_rational::BigRational;
use std::time::Instant;

/// Arguments on both sides of 0, where functions have their kinks.
const POINTS: [f64; 8] = [-2.3, -1.1, -0.4, 0.3, 0.9, 1.7, 2.0, 3.0];
/// Weights of a central difference of the eighth order, at 1, 2, … spacings.
const WEIGHTS: [f64; 4] = [0.8, -0.2, 4.0 / 105.0, -1.0 / 280.0];
const SPACING: f64 = 0.01;
/// Kinks are looked for up to sinh(GRID/20).
const GRID: i32 = 340;
const MOST_PLACES: usize = 60;
/// Values have to agree to this, relative to the larger.
const RELATIVE: f64 = 1e-6;

pub fn audit(definitions: &Definitions, function: &FunctionDefinition, moment: Option<Instant>) -> Outcome {
    let mut auditor = Auditor { definitions, function, moment, agreed: 0 };
    match auditor.all() {
        Err(counterexample) => Outcome::Wrong(counterexample),
        Ok(()) if auditor.agreed == 0 => Outcome::Untried("the function has no numeric value".into()),
        Ok(()) => Outcome::Holds(auditor.agreed),
    }
}

struct Auditor<'a> {
    definitions: &'a Definitions,
    function: &'a FunctionDefinition,
    moment: Option<Instant>,
    agreed: usize,
}

type Audited = Result<(), Counterexample>;

impl Auditor<'_> {
    fn all(&mut self) -> Audited {
        for number in 0..POINTS.len() {
            let values: Vec<f64> = (0..self.function.parameters.len()).map(|i| point(number + 3 * i)).collect();
            let Some(value) = self.at(&values) else { continue };
            self.agreed += 1;
            if let Some(formula) = self.function.formula.clone().or_else(|| self.function.definition.clone()) {
                self.same("the value and the formula", &values, value, self.of(&formula, &values))?;
            }
            self.derivatives(&values)?;
            self.pieces(&values, value)?;
        }
        // Between the places where the formula changes, which may be far away, and at large arguments.
        if let [_] = self.function.parameters.as_slice() {
            for u in self.places() {
                if self.at(&[u]).is_some() {
                    self.derivatives(&[u])?;
                }
            }
        }
        self.special_values()?;
        self.smoothness()
    }

    /// Arguments on both sides of each kink and jump of the formula, and some of all sizes.
    fn places(&self) -> Vec<f64> {
        let mut found: Vec<f64> =
            (1..=4).flat_map(|k| [1.234_567_8, -2.345_678_9].map(|u| u * 10_f64.powi(k))).collect();
        let meaning = self.function.formula.as_ref().or(self.function.definition.as_ref());
        let (Some(meaning), [parameter]) = (meaning, self.function.parameters.as_slice()) else { return found };
        let mut builder = Builder::new(self.definitions);
        let mut leaves = |builder: &mut Builder<'_>, term: &Term| match term.as_var() {
            None => Leaf::Plain,
            Some(var) if var == parameter => Leaf::Step(builder.input(0)),
            Some(_) => Leaf::Unknown,
        };
        let Some(output) = builder.compile(meaning, &mut leaves) else { return found };
        let switches = builder.switches(output);
        let switches = builder.formula(&switches);
        let grid = |i: i32| (f64::from(i) / 20.0).sinh();
        for i in -GRID..GRID {
            let (mut low, mut high) = (grid(i), grid(i + 1));
            for switch in 0..switches.outputs.len() {
                let at = |u: f64| switches.evaluate(&[u])[switch];
                if found.len() > MOST_PLACES || at(low) * at(high) > 0.0 || at(low).is_nan() || at(high).is_nan() {
                    continue;
                }
                for _ in 0..60 {
                    let middle = f64::midpoint(low, high);
                    if at(low) * at(middle) <= 0.0 { high = middle } else { low = middle }
                }
                // The spacings of a difference stay on one side.
                found.extend([low - 6.0 * SPACING, low + 6.0 * SPACING]);
                (low, high) = (grid(i), grid(i + 1));
            }
        }
        found
    }

    fn derivatives(&mut self, values: &[f64]) -> Audited {
        for index in 0..values.len() {
            let Some(given) = self.function.derivatives[index].clone() else { continue };
            let difference = || {
                let mut sum = 0.0;
                for (i, weight) in WEIGHTS.iter().enumerate() {
                    let mut moved = [values.to_vec(), values.to_vec()];
                    let offset = SPACING * (i + 1) as f64;
                    moved[0][index] += offset;
                    moved[1][index] -= offset;
                    sum += weight * (self.at(&moved[0])? - self.at(&moved[1])?);
                }
                Some(sum / SPACING)
            };
            // Far away differences lose digits.
            let lost = self.at(values).map_or(f64::INFINITY, |value| value.abs() * f64::EPSILON / SPACING);
            if let Some(slope) = difference().filter(|slope| lost < 1e-8 * slope.abs().max(1.0)) {
                let of = format!("the slope in argument {} and the derivative that is given", index + 1);
                self.same(&of, values, slope, self.of(&given, values))?;
            }
        }
        Ok(())
    }

    fn pieces(&mut self, values: &[f64], value: f64) -> Audited {
        let &[u] = values else { return Ok(()) };
        if let Some(piece) = if u > 0.0 { &self.function.above } else { &self.function.below } {
            self.same("the value and the piece that is given", values, value, self.of(piece, values))?;
        }
        if let (Some(even), Some(mirrored)) = (self.function.even, self.at(&[-u])) {
            let expected = if even { mirrored } else { -mirrored };
            self.same("the value and that of the opposite argument, by parity", values, value, Some(expected))?;
        }
        Ok(())
    }

    /// Equations that hold at special arguments; a letter in them is a whole number or not, as it comes.
    fn special_values(&mut self) -> Audited {
        for (left, right) in &self.function.values {
            for number in [3, 4, 6, 7] {
                let letters: Vec<Var> = left.free().iter().chain(right.free()).cloned().collect();
                let values: Vec<f64> = (0..letters.len()).map(|i| point(number + i)).collect();
                let sides = [left, right].map(|side| self.filled(side, &letters, &values));
                if let [Some(l), Some(r)] = sides {
                    self.same("the sides of a value that is given", &values, l, Some(r))?;
                }
            }
        }
        Ok(())
    }

    /// A function of pieces that do not meet at 0 jumps there; one whose slopes do not meet has a kink.
    fn smoothness(&mut self) -> Audited {
        let [above, below] = [&self.function.above, &self.function.below];
        let (Some(above), Some(below)) = (above, below) else { return Ok(()) };
        let [Some(right), Some(left)] = [above, below].map(|piece| self.of(piece, &[0.0])) else { return Ok(()) };
        if self.function.regularity >= Regularity::Lipschitz {
            let of = format!("the limits at 0 from both sides of a function that is {}", self.class());
            self.same(&of, &[0.0], left, Some(right))?;
        }
        let slope = |piece: &Term| {
            let ends = [SPACING, -SPACING].map(|u| self.of(piece, &[u]));
            if let [Some(b), Some(a)] = ends { Some((b - a) / (2.0 * SPACING)) } else { None }
        };
        if let (Regularity::Smooth, Some(left), right @ Some(_)) =
            (self.function.regularity, slope(below), slope(above))
        {
            let of = "the slopes at 0 from both sides of a function that is smooth";
            self.same(of, &[0.0], left, right)?;
        }
        Ok(())
    }

    fn class(&self) -> &'static str {
        if self.function.regularity == Regularity::Smooth { "smooth" } else { "lipschitz" }
    }

    /// The function at some arguments.
    fn at(&self, values: &[f64]) -> Option<f64> {
        let call = Term::function(&self.function.name, values.iter().map(|v| real(*v)).collect());
        self.value(&call)
    }

    /// A term of the file at some arguments.
    fn of(&self, term: &Term, values: &[f64]) -> Option<f64> {
        self.filled(term, &self.function.parameters, values)
    }

    fn filled(&self, term: &Term, letters: &[Var], values: &[f64]) -> Option<f64> {
        let numbers = values.iter().map(|v| real(*v));
        self.value(&substitute_many(term, &letters.iter().cloned().zip(numbers).collect::<Vec<_>>()))
    }

    fn value(&self, term: &Term) -> Option<f64> {
        let value = |t: &Term| {
            check::evaluate_by(self.definitions, t, &check::Instance::default(), self.moment).map(|e| e.value)
        };
        value(term).or_else(|| value(&Simplifier::new(self.definitions).simplify(term)))
    }

    fn same(&mut self, of: &str, values: &[f64], left: f64, right: Option<f64>) -> Audited {
        let Some(right) = right else { return Ok(()) };
        if (left - right).abs() > RELATIVE * left.abs().max(right.abs()).max(1.0) {
            let name = |i: usize| self.function.parameters.get(i).and_then(Var::name).map_or("u", |n| n);
            let at = values.iter().enumerate().map(|(i, v)| (name(i).to_string(), v.to_string())).collect();
            return Err(Counterexample { of: of.into(), at, left, right });
        }
        self.agreed += 1;
        Ok(())
    }
}

/// Arguments in turn.
fn point(number: usize) -> f64 {
    POINTS[number % POINTS.len()]
}

fn real(value: f64) -> Term {
    BigRational::from_float(value).map_or_else(Term::zero, Term::number)
}
