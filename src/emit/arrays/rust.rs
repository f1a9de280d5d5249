//! Rust: one sample at a time, entry by entry.

use super::plan::Plan;
use super::{ArrayRoutine, Taken, bodies};
use crate::emit::expression::{Writer, ascii, identifier};
use crate::emit::frame::{DRAWS, NOISE, OFF, lines};
use crate::emit::language::Language;
use crate::term::{DELTA, Domain, Op, Symbol, Term, Var};
use std::fmt::Write;

type Result<T> = std::result::Result<T, String>;

struct Entries<'a> {
    language: &'a Language,
    /// Names of draws, calls and indices.
    names: Vec<(Var, String)>,
}

impl Entries<'_> {
    fn name(&self, var: &Var) -> String {
        match self.names.iter().find(|(known, _)| known == var) {
            Some((_, name)) => name.clone(),
            None => identifier(self.language, var.name().unwrap_or("x")),
        }
    }

    /// A formula over entries, `theta[i]`, and sums over them.
    fn formula(&self, term: &Term, depth: usize) -> Result<String> {
        let mut names = self.names.clone();
        let scalar = self.scalar(term, depth, &mut names)?;
        Writer { language: self.language, names }.expression(&scalar)
    }

    fn scalar(&self, term: &Term, depth: usize, names: &mut Vec<(Var, String)>) -> Result<Term> {
        let args = term.args();
        let code = match term.op() {
            Op::Entry => {
                let (mut array, mut places) = (term, String::new());
                while *array.op() == Op::Entry {
                    let index = array.args()[1].as_var().ok_or("an index that is a number is not written yet")?;
                    places.insert_str(0, &format!("[{}]", self.name(index)));
                    array = &array.args()[0];
                }
                let Some(var) = array.as_var() else { return Err("Rust has no inverse of a matrix here".into()) };
                Some(self.name(var) + &places)
            }
            Op::Sum(_) => {
                let index = Var::free(&format!("·sum{depth}"), Domain::Counting);
                let letter = format!("j{depth}");
                let inner = Entries {
                    language: self.language,
                    names: self.names.iter().cloned().chain([(index.clone(), letter.clone())]).collect(),
                };
                let body = inner.formula(&term.open(&Term::var(index)), depth + 1)?;
                Some(format!("(0..{}).map(|{letter}| {body}).sum::<f64>()", self.size(&args[1])?))
            }
            Op::Function(name) if &**name == DELTA => return Err("it takes an entry of the identity".into()),
            _ => None,
        };
        if let Some(code) = code {
            let var = Var::free(&format!("·leaf{}", names.len()), Domain::Real);
            names.push((var.clone(), code));
            return Ok(Term::var(var));
        }
        // A size is a whole number where it counts, and one of floating point in a formula.
        if let Some(var) = term.as_var()
            && var.domain == Domain::Counting
        {
            let leaf = Var::free(&format!("·leaf{}", names.len()), Domain::Real);
            names.push((leaf.clone(), format!("({} as f64)", self.name(var))));
            return Ok(Term::var(leaf));
        }
        let args = args.iter().map(|arg| self.scalar(arg, depth, names)).collect::<Result<Vec<_>>>()?;
        Ok(Term::new(term.op().clone(), args))
    }

    fn size(&self, size: &Term) -> Result<String> {
        match (size.as_integer(), size.as_var()) {
            (Some(number), _) => Ok(number.to_string()),
            (_, Some(letter)) => Ok(self.name(letter)),
            _ => Err("a size that is calculated is not written yet".into()),
        }
    }

    fn with(&self, index: &Var, letter: &str) -> Entries<'_> {
        let names = self.names.iter().cloned().chain([(index.clone(), letter.to_string())]).collect();
        Entries { language: self.language, names }
    }

    fn draw(&self, law: &Term, depth: usize) -> Result<String> {
        match (law.op(), law.args()) {
            (Op::Independent(_), [size, _]) => {
                let index = Var::free(&format!("·drawn{depth}"), Domain::Counting);
                let letter = format!("j{depth}");
                let inner = self.with(&index, &letter).draw(&law.open(&Term::var(index.clone())), depth + 1)?;
                let letter = if inner.contains(&format!("[{letter}]")) { letter } else { "_".into() };
                Ok(format!("(0..{}).map(|{letter}| {inner}).collect::<Vec<_>>()", self.size(size)?))
            }
            (Op::Law(name), [mean, variance]) if &**name == "N" && !matches!(mean.op(), Op::Array(_)) => {
                let scale = Term::pow(variance.clone(), Term::ratio(1, 2));
                let [mean_code, scale_code] = [mean, &scale].map(|part| self.formula(part, 50));
                Ok(match (mean.is_zero(), variance.is_one()) {
                    (true, true) => "noise.normal()".into(),
                    (true, false) => format!("({}) * noise.normal()", scale_code?),
                    (false, true) => format!("{} + noise.normal()", mean_code?),
                    (false, false) => format!("{} + ({}) * noise.normal()", mean_code?, scale_code?),
                })
            }
            (Op::Law(name), []) if &**name == "Rademacher" => Ok("noise.sign()".into()),
            _ => Err("there is no sampler for arrays of this law in Rust".into()),
        }
    }
}

pub fn file(
    routine: &ArrayRoutine,
    plan: &Plan,
    language: &Language,
    derivative: &mut dyn FnMut(&Term, &Var) -> Term,
) -> Result<String> {
    let mut entries = Entries { language, names: Vec::new() };
    let taken: Vec<String> = routine.parameters.iter().map(|(v, _)| entries.name(v)).collect();
    let mut free = ["x", "z", "w", "t", "r", "q"].into_iter().filter(|letter| taken.iter().all(|name| name != letter));
    let mut steps: Vec<String> = Vec::new();
    for (draw, law, _) in &plan.draws {
        let name = free.next().ok_or("it draws too many variables")?;
        steps.push(format!("let {name} = {};", entries.draw(law, 0)?));
        entries.names.push((draw.clone(), name.into()));
    }
    let mut functions: Vec<(Symbol, Taken, bool)> = Vec::new();
    for (number, call) in plan.calls.iter().enumerate() {
        let function = call.taken.name(&call.function);
        let mut inner = Entries { language, names: entries.names.clone() };
        for (position, (index, _)) in call.indices.iter().enumerate() {
            inner.names.push((index.clone(), format!("i{position}")));
        }
        let argument = match &call.entry {
            Some((entry, size)) => {
                inner.names.push((entry.clone(), "k".into()));
                let body = inner.formula(&call.argument, 50)?;
                format!("&(0..{}).map(|k| {body}).collect::<Vec<f64>>()", entries.size(size)?)
            }
            None => inner.formula(&call.argument, 50)?,
        };
        let mut code = format!("{function}({argument})");
        for (position, (_, size)) in call.indices.iter().enumerate().rev() {
            code = format!("(0..{}).map(|i{position}| {code}).collect::<Vec<_>>()", entries.size(size)?);
        }
        let name = format!("{function}_{}", number + 1);
        steps.push(format!("let {name} = {code};"));
        entries.names.push((call.var.clone(), name));
        let known = (call.function.clone(), call.taken, call.entry.is_some());
        if !functions.contains(&known) {
            functions.push(known);
        }
    }
    for (position, (axis, _)) in plan.axes.iter().enumerate() {
        entries.names.push((axis.clone(), format!("i{position}")));
    }
    let mut value = entries.formula(&plan.value, 0)?;
    let mut kind = "f64".to_string();
    for (position, (_, size)) in plan.axes.iter().enumerate().rev() {
        value = format!("(0..{}).map(|i{position}| {value}).collect::<Vec<_>>()", entries.size(size)?);
        kind = format!("Vec<{kind}>");
    }
    let name = ascii(&routine.title.to_lowercase().replace([' ', '-'], "_").replace([',', '(', ')'], ""));
    let slice = |axes: usize| match axes {
        0 => "f64",
        1 => "&[f64]",
        _ => "&[Vec<f64>]",
    };
    let generics = functions.iter().map(|(function, taken, of_vector)| {
        let argument = if *of_vector { "&[f64]" } else { "f64" };
        let result = if *taken == Taken::Gradient { "Vec<f64>" } else { "f64" };
        format!("{}: impl Fn({argument}) -> {result}", taken.name(function))
    });
    let numbers =
        routine.parameters.iter().zip(&taken).map(|((_, shape), name)| format!("{name}: {}", slice(shape.len())));
    let constants: Vec<String> =
        routine.constants.iter().map(|(v, _)| identifier(language, v.name().unwrap_or("b"))).collect();
    let mut own = Vec::new();
    let mut extra: Vec<(String, i64)> = Vec::new();
    for (letter, size) in &routine.check.sizes {
        let is_letter = |size: &Term| size.as_var().and_then(Var::name) == Some(&**letter);
        let found = routine.parameters.iter().find(|(_, shape)| shape.first().is_some_and(is_letter));
        let name = identifier(language, letter);
        match found {
            Some((parameter, _)) => own.push(format!("let {name} = {}.len();", entries.name(parameter))),
            None => extra.push((name, *size)),
        }
    }
    let head: Vec<String> = generics
        .chain(numbers)
        .chain(extra.iter().map(|(name, _)| format!("{name}: usize")))
        .chain(constants.iter().map(|name| format!("{name}: f64")))
        .collect();
    let mut out = lines(&routine.about, "/// ");
    let _ = writeln!(
        out,
        "#[allow(unused_parens, unused_variables)]\npub fn {name}({}, noise: &mut Noise) -> {kind} {{",
        head.join(", ")
    );
    for step in own.iter().chain(&steps) {
        let _ = writeln!(out, "    {step}");
    }
    let _ = writeln!(
        out,
        "    {value}\n}}\n\n{NOISE}\n/// The mean of many samples against the derivative, which is computed without draws.\nfn main() {{"
    );
    let mut values = Vec::new();
    for (function, taken, of_vector) in &functions {
        let known = routine.check.functions.iter().find(|(known, ..)| known == function);
        let (_, letters, body) = known.ok_or("a function has no formula for the test")?;
        let names = letters.iter().enumerate().map(|(position, letter)| (letter.clone(), format!("u[{position}]")));
        let names = if *of_vector { names.collect() } else { Vec::new() };
        let writer = Writer { language, names };
        let parts = bodies(*taken, letters, body, derivative);
        let parts = parts.iter().map(|part| writer.expression(part)).collect::<Result<Vec<_>>>()?.join(", ");
        let body = if *taken == Taken::Gradient { format!("vec![{parts}]") } else { parts };
        values.push(format!("|u: {}| {body}", if *of_vector { "&[f64]" } else { "f64" }));
    }
    for ((_, shape), numbers) in routine.parameters.iter().zip(&routine.check.parameters) {
        let size = (numbers.len() as f64).sqrt() as usize;
        values.push(match shape.len() {
            0 => numbers.first().map_or_else(String::new, |value| format!("{value:?}_f64")),
            1 => format!("&{numbers:?}"),
            _ => {
                let rows: Vec<String> = numbers.chunks(size.max(1)).map(|row| format!("vec!{row:?}")).collect();
                format!("&[{}]", rows.join(", "))
            }
        });
    }
    values.extend(extra.iter().map(|(_, size)| size.to_string()));
    values.extend(routine.constants.iter().map(|(_, value)| format!("{value:?}_f64")));
    let expected = &routine.check.mean;
    let flat = match plan.axes.len() {
        0 => "vec![sample]",
        1 => "sample",
        _ => "sample.concat()",
    };
    let _ = write!(
        out,
        "    let expected: Vec<f64> = vec!{expected:?};\n    let mut noise = Noise(1);\n    \
         let mut sums = vec![(0.0, 0.0); expected.len()];\n    for _ in 0..{DRAWS} {{\n        \
         let sample = {name}({}, &mut noise);\n        let sample: Vec<f64> = {flat};\n        \
         assert_eq!(sample.len(), expected.len());\n        \
         for ((sum, squares), value) in sums.iter_mut().zip(sample) {{\n            *sum += value;\n            *squares += value * value;\n        }}\n    }}\n    \
         for ((sum, squares), expected) in sums.into_iter().zip(expected) {{\n        \
         let mean: f64 = sum / {DRAWS}.0;\n        let error = (f64::max(squares / {DRAWS}.0 - mean * mean, 0.0) / {DRAWS}.0).sqrt();\n        \
         assert!((mean - expected).abs() < {OFF:?} * error + 1e-9, \"{{mean}} {{expected}} {{error}}\");\n    }}\n    \
         println!(\"{name}: the mean is right\");\n}}\n",
        values.join(", "),
    );
    Ok(out)
}
