//! Arrays of NumPy, JAX and PyTorch: the first axis is that of the samples, and what has fewer axes is spread over the others.

use super::plan::{Call, Plan, entry_letter};
use super::{ArrayRoutine, Taken, bodies};
use crate::emit::expression::{Writer, ascii, identifier};
use crate::emit::frame::{DRAWS, OFF, lines};
use crate::emit::language::Language;
use crate::term::{DELTA, Domain, INVERSE, Op, Symbol, Term, Var};
use std::fmt::Write;

type Result<T> = std::result::Result<T, String>;

/// Code for an array, and what its axes are.
type Spread = (String, Vec<Var>);

struct Arrays<'a> {
    language: &'a Language,
    plan: &'a Plan,
    /// Names of draws and calls, with the axes of the calls: the places of their indices.
    names: Vec<(Var, String)>,
    orders: Vec<(Var, Vec<usize>)>,
    parameters: &'a [(Var, Vec<Term>)],
}

fn samples() -> Var {
    Var::free("·samples", Domain::Counting)
}

impl Arrays<'_> {
    /// Axes in the order in which all arrays have them: samples, indices of sums, those of the result, that of an argument.
    fn rank(&self, axis: &Var) -> usize {
        let name = axis.name().unwrap_or_default();
        let number = |prefix: &str| name.strip_prefix(prefix).and_then(|number| number.parse::<usize>().ok());
        match self.plan.axes.iter().position(|(index, _)| index == axis) {
            Some(position) => 9_000 + position,
            None if *axis == samples() => 0,
            None if *axis == entry_letter() => 10_000,
            None => 1 + number("·sum").or_else(|| number("·index")).unwrap_or(0),
        }
    }

    fn library(&self) -> &'static str {
        match self.language.name {
            "numpy" => "np",
            "jax" => "jnp",
            _ => "torch",
        }
    }

    /// A formula: its parts are spread over the axes that any of them has.
    fn formula(&self, term: &Term, depth: usize) -> Result<Spread> {
        let mut leaves: Vec<(Var, Spread)> = Vec::new();
        let scalar = self.scalar(term, depth, &mut leaves)?;
        let mut axes: Vec<Var> = Vec::new();
        for axis in leaves.iter().flat_map(|(_, (_, axes))| axes) {
            if !axes.contains(axis) {
                axes.push(axis.clone());
            }
        }
        axes.sort_by_key(|axis| self.rank(axis));
        let names = leaves.into_iter().map(|(var, code)| (var, self.aligned(code, &axes))).collect();
        Ok((Writer { language: self.language, names }.expression(&scalar)?, axes))
    }

    /// The same with a letter for each part that is an array.
    fn scalar(&self, term: &Term, depth: usize, leaves: &mut Vec<(Var, Spread)>) -> Result<Term> {
        let leaf = match term.op() {
            Op::Entry => Some(self.entry(term)?),
            Op::Var(var) if self.names.iter().any(|(known, _)| known == var) => Some(self.entry(term)?),
            Op::Sum(_) => Some(self.sum(term, depth)?),
            Op::Function(name) if &**name == DELTA => return Err("it takes an entry of the identity".into()),
            _ => None,
        };
        if let Some(code) = leaf {
            if let Some((var, _)) = leaves.iter().find(|(_, other)| *other == code) {
                return Ok(Term::var(var.clone()));
            }
            let var = Var::free(&format!("·leaf{}", leaves.len()), Domain::Real);
            leaves.push((var.clone(), code));
            return Ok(Term::var(var));
        }
        let args = term.args().iter().map(|arg| self.scalar(arg, depth, leaves)).collect::<Result<Vec<_>>>()?;
        Ok(Term::new(term.op().clone(), args))
    }

    fn entry(&self, term: &Term) -> Result<Spread> {
        let (mut array, mut indices) = (term, Vec::new());
        while *array.op() == Op::Entry {
            let index = array.args()[1].as_var().ok_or("an index that is a number is not written yet")?;
            indices.insert(0, index.clone());
            array = &array.args()[0];
        }
        let distinct = indices.iter().enumerate().all(|(at, index)| !indices[..at].contains(index));
        if !distinct {
            return Err("a diagonal of a matrix is not written yet".into());
        }
        if array.is_function(INVERSE) {
            let Some(matrix) = array.args()[0].as_var() else { return Err("an inverse of more than a letter".into()) };
            return Ok((format!("{}.linalg.inv({})", self.library(), self.name(matrix)), indices));
        }
        let Some(var) = array.as_var() else { return Err("a part of it is an array that is not written yet".into()) };
        let name = self.name(var);
        let is_draw = self.plan.draws.iter().any(|(draw, ..)| draw == var);
        let call = self.plan.calls.iter().find(|call| call.var == *var);
        let axes = match call {
            Some(call) => {
                let order = self.orders.iter().find(|(known, _)| known == var).map(|(_, order)| order.clone());
                let natural = order.unwrap_or_default().into_iter().map(|place| indices[place].clone());
                let behind = indices.iter().skip(call.indices.len()).cloned();
                natural.chain(behind).collect()
            }
            None => indices,
        };
        let random = is_draw || call.is_some_and(|call| call.random);
        Ok((name, random.then(samples).into_iter().chain(axes).collect()))
    }

    fn name(&self, var: &Var) -> String {
        match self.names.iter().find(|(known, _)| known == var) {
            Some((_, name)) => name.clone(),
            None => identifier(self.language, var.name().unwrap_or("x")),
        }
    }

    fn sum(&self, term: &Term, depth: usize) -> Result<Spread> {
        let index = Var::free(&format!("·sum{depth}"), Domain::Counting);
        let (body, mut axes) = self.formula(&term.open(&Term::var(index.clone())), depth + 1)?;
        let Some(place) = axes.iter().position(|axis| *axis == index) else {
            return Ok((format!("({} * ({body}))", self.size(&term.args()[1])?), axes));
        };
        axes.remove(place);
        let axis = if self.language.name == "torch" { "dim" } else { "axis" };
        Ok((format!("{}.sum({body}, {axis}={place})", self.library()), axes))
    }

    fn size(&self, size: &Term) -> Result<String> {
        match (size.as_integer(), size.as_var()) {
            (Some(number), _) => Ok(number.to_string()),
            (_, Some(letter)) => Ok(self.name(letter)),
            _ => Err("a size that is calculated is not written yet".into()),
        }
    }

    /// The array with these axes, in this order: `x[:, None]`.
    fn aligned(&self, (text, axes): Spread, all: &[Var]) -> String {
        let mut sorted = axes.clone();
        sorted.sort_by_key(|axis| self.rank(axis));
        let places: Vec<String> = sorted
            .iter()
            .filter_map(|axis| axes.iter().position(|other| other == axis))
            .map(|at| at.to_string())
            .collect();
        let text = match (sorted == axes, self.language.name) {
            (true, _) => text,
            (false, "torch") => format!("{text}.permute({})", places.join(", ")),
            (false, _) => format!("{}.transpose({text}, ({}))", self.library(), places.join(", ")),
        };
        if sorted.is_empty() || sorted == all {
            return text;
        }
        // What is in front is spread by itself.
        let first = all.iter().position(|axis| sorted.contains(axis)).unwrap_or(0);
        let spread: Vec<&str> =
            all[first..].iter().map(|axis| if sorted.contains(axis) { ":" } else { "None" }).collect();
        if spread.iter().all(|axis| *axis == ":") { text } else { format!("{text}[{}]", spread.join(", ")) }
    }

    fn draw(&self, law: &Term, shape: &[Term]) -> Result<String> {
        let (mut law, mut indices) = (law.clone(), Vec::new());
        while let Op::Independent(_) = law.op() {
            let index = Var::free(&format!("·sum{}", indices.len()), Domain::Counting);
            law = law.open(&Term::var(index.clone()));
            indices.push(index);
        }
        let all: Vec<Var> = [samples()].into_iter().chain(indices.iter().cloned()).collect();
        let sizes = shape.iter().map(|size| self.size(size)).collect::<Result<Vec<_>>>()?;
        let tuple = |sizes: &[String]| {
            let all: Vec<&str> = ["size"].into_iter().chain(sizes.iter().map(String::as_str)).collect();
            format!("({}{})", all.join(", "), if all.len() == 1 { "," } else { "" })
        };
        let shape = tuple(&sizes);
        let normal = |shape: &str| match self.language.name {
            "numpy" => format!("rng.standard_normal({shape})"),
            "jax" => format!("jax.random.normal(next(keys), {shape})"),
            _ => format!("torch.randn({shape}, generator=generator)"),
        };
        let Op::Law(name) = law.op() else { return Err("a law that is not specified cannot be sampled".into()) };
        match (&**name, law.args()) {
            ("N", [mean, covariance]) if matches!(mean.op(), Op::Array(_)) => {
                let entry = entry_letter();
                let mean = self.formula(&mean.open(&Term::var(entry.clone())), 50)?;
                let Some(matrix) = covariance.as_var() else { return Err("a covariance that is calculated".into()) };
                let axes: Vec<Var> = all.iter().cloned().chain([entry]).collect();
                let root = format!("{}.linalg.cholesky({})", self.library(), self.name(matrix));
                let mean = self.aligned(mean, &axes);
                Ok(format!("{mean} + {} @ {root}.T", normal(&shape)))
            }
            ("N", [mean, variance]) => {
                let scale = Term::pow(variance.clone(), Term::ratio(1, 2));
                let [mean, scale] = [mean, &scale].map(|part| -> Result<String> {
                    let code = self.formula(part, 50)?;
                    Ok(self.aligned((format!("({})", code.0), code.1), &all))
                });
                let noise = normal(&shape);
                Ok(match (law.args()[0].is_zero(), variance.is_one()) {
                    (true, true) => noise,
                    (true, false) => format!("{} * {noise}", scale?),
                    (false, true) => format!("{} + {noise}", mean?),
                    (false, false) => format!("{} + {} * {noise}", mean?, scale?),
                })
            }
            ("Rademacher", []) => Ok(match self.language.name {
                "numpy" => format!("2.0 * rng.integers(0, 2, {shape}) - 1.0"),
                "jax" => format!("jax.random.rademacher(next(keys), {shape}).astype(float)"),
                _ => format!("2.0 * torch.randint(0, 2, {shape}, generator=generator) - 1.0"),
            }),
            _ => Err(format!("there is no sampler for arrays of {name} in {}", self.language.title)),
        }
    }

    /// The value of a function, and in which order it has its indices as axes.
    fn call(&self, call: &Call) -> Result<(String, Vec<usize>)> {
        let (argument, axes) = self.formula(&call.argument, 50)?;
        let place = |axis: &Var| call.indices.iter().position(|(index, _)| index == axis);
        let order = axes.iter().filter_map(place).collect();
        let argument = match &call.entry {
            // Of a number.
            None => argument,
            Some((entry, size)) if !axes.contains(entry) => {
                format!("({argument}) * {}.ones({})", self.library(), self.size(size)?)
            }
            Some(_) => argument,
        };
        Ok((format!("{}({argument})", call.taken.name(&call.function)), order))
    }
}

pub fn file(
    routine: &ArrayRoutine,
    plan: &Plan,
    language: &Language,
    derivative: &mut dyn FnMut(&Term, &Var) -> Term,
) -> Result<String> {
    let mut arrays = Arrays { language, plan, names: Vec::new(), orders: Vec::new(), parameters: &routine.parameters };
    let (library, source, as_array) = match language.name {
        "numpy" => ("np", "rng", "np.asarray({}, dtype=float)"),
        "jax" => ("jnp", "key", "jnp.asarray({}, dtype=float)"),
        _ => ("torch", "generator", "number({})"),
    };
    let imports = match language.name {
        "numpy" => "import numpy as np\n",
        "jax" => "import jax\nimport jax.numpy as jnp\n\njax.config.update(\"jax_enable_x64\", True)\n",
        _ => {
            "import torch\n\ntorch.set_default_dtype(torch.float64)\n\n\ndef number(value):\n    return torch.as_tensor(value, dtype=torch.float64)\n"
        }
    };
    let taken: Vec<String> = routine.parameters.iter().map(|(v, _)| arrays.name(v)).collect();
    let mut free = ["x", "z", "w", "t", "r", "q"].into_iter().filter(|letter| taken.iter().all(|name| name != letter));
    let mut steps: Vec<String> = Vec::new();
    for (draw, law, shape) in &plan.draws {
        let name = free.next().ok_or("it draws too many variables")?;
        steps.push(format!("{name} = {}", arrays.draw(law, shape)?));
        arrays.names.push((draw.clone(), name.into()));
    }
    for (number, call) in plan.calls.iter().enumerate() {
        let (code, order) = arrays.call(call)?;
        let name = format!("{}_{}", call.taken.name(&call.function), number + 1);
        steps.push(format!("{name} = {code}"));
        arrays.names.push((call.var.clone(), name));
        arrays.orders.push((call.var.clone(), order));
    }
    let (value, axes) = arrays.formula(&plan.value, 0)?;
    let all: Vec<Var> = [samples()].into_iter().chain(plan.axes.iter().map(|(axis, _)| axis.clone())).collect();
    if axes != all {
        return Err("it is the same for all samples, or for all entries".into());
    }
    let mut functions: Vec<(Symbol, Taken, bool)> = Vec::new();
    for call in &plan.calls {
        let known = (call.function.clone(), call.taken, call.entry.is_some());
        if !functions.contains(&known) {
            functions.push(known);
        }
    }
    let names: Vec<String> = functions.iter().map(|(function, taken, _)| taken.name(function)).collect();
    let (own, extra) = sizes(routine, &arrays);
    let constants: String = routine
        .constants
        .iter()
        .map(|(v, value)| format!(", {}={value:?}", identifier(language, v.name().unwrap_or("b"))))
        .collect();
    let name = ascii(&routine.title.to_lowercase().replace([' ', '-'], "_").replace([',', '(', ')'], ""));
    let head: Vec<&str> =
        names.iter().chain(&taken).map(String::as_str).chain(extra.iter().map(|(text, _)| text.as_str())).collect();
    let head = head.join(", ");
    let mut out = format!("{imports}\n\ndef {name}({head}, size, {source}{constants}):\n");
    let _ = writeln!(out, "    \"\"\"{}\"\"\"", lines(&routine.about, "    ").trim_start().to_string() + "    ");
    if language.name == "jax" {
        let _ = writeln!(out, "    keys = iter(jax.random.split(key, {}))", plan.draws.len().max(1));
    }
    for (parameter, shape) in taken.iter().zip(&routine.parameters) {
        if !shape.1.is_empty() || language.name == "torch" {
            let _ = writeln!(out, "    {parameter} = {}", as_array.replace("{}", parameter));
        }
    }
    for (size, from) in &own {
        let _ = writeln!(out, "    {size} = {from}");
    }
    for step in &steps {
        let _ = writeln!(out, "    {step}");
    }
    let _ = writeln!(out, "    return {value}");
    let _ = write!(
        out,
        "\n\ndef test_{name}():\n    \"\"\"The mean of many samples against the derivative, which is computed without draws.\"\"\"\n"
    );
    for ((function, taken, of_vector), name) in functions.iter().zip(&names) {
        let known = routine.check.functions.iter().find(|(known, ..)| known == function);
        let (_, letters, body) = known.ok_or("a function has no formula for the test")?;
        out.push_str(&definition(&arrays, name, (*taken, *of_vector), letters, body, derivative)?);
    }
    let shape = |entries: &[f64], axes: usize| -> String {
        let size = (entries.len() as f64).sqrt() as usize;
        match axes {
            0 => entries.first().map_or_else(String::new, |value| format!("{value:?}")),
            1 => format!("{entries:?}"),
            _ => {
                let rows: Vec<String> = entries.chunks(size.max(1)).map(|row| format!("{row:?}")).collect();
                format!("[{}]", rows.join(", "))
            }
        }
    };
    let parameters = routine.parameters.iter().zip(&routine.check.parameters);
    let parameters = parameters.map(|((_, axes), entries)| shape(entries, axes.len()));
    let values: Vec<String> =
        names.iter().cloned().chain(parameters).chain(extra.iter().map(|(_, size)| size.to_string())).collect();
    let seed = match language.name {
        "numpy" => "np.random.default_rng(1)",
        "jax" => "jax.random.key(1)",
        _ => "torch.Generator().manual_seed(1)",
    };
    let deviation = if language.name == "torch" { "samples.std(0)" } else { "samples.std(axis=0)" };
    let mean = if language.name == "torch" { "samples.mean(0)" } else { "samples.mean(axis=0)" };
    let expected = shape(&routine.check.mean, plan.axes.len());
    let expected = as_array.replace("{}", &expected);
    let magnitude =
        if language.name == "torch" { "(mean - expected).abs()" } else { &*format!("{library}.abs(mean - expected)") };
    let _ = write!(
        out,
        "    samples = {name}({}, {DRAWS}, {seed})\n    mean = {mean}\n    error = {deviation} / {DRAWS} ** 0.5\n    \
         expected = {expected}\n    assert samples.shape[1:] == expected.shape, samples.shape\n    \
         assert bool(({magnitude} < {OFF:?} * error + 1e-9).all()), (mean, expected, error)\n",
        values.join(", "),
    );
    let _ =
        write!(out, "\n\nif __name__ == \"__main__\":\n    test_{name}()\n    print(\"{name}: the mean is right\")\n");
    Ok(out)
}

/// Sizes that the shape of a parameter says, with the code for that; and the others, with their values in the test.
#[allow(clippy::type_complexity)] // Two lists of pairs.
fn sizes(routine: &ArrayRoutine, arrays: &Arrays<'_>) -> (Vec<(String, String)>, Vec<(String, i64)>) {
    let (mut own, mut extra) = (Vec::new(), Vec::new());
    for (letter, value) in &routine.check.sizes {
        let is_letter = |size: &Term| size.as_var().and_then(Var::name) == Some(&**letter);
        let found = arrays.parameters.iter().find_map(|(parameter, shape)| {
            let axis = shape.iter().position(is_letter)?;
            Some(format!("{}.shape[{axis}]", arrays.name(parameter)))
        });
        let name = identifier(arrays.language, letter);
        match found {
            Some(code) => own.push((name, code)),
            None => extra.push((name, *value)),
        }
    }
    (own, extra)
}

/// A function of the test, of arrays whose last axis is that of its argument.
fn definition(
    arrays: &Arrays<'_>,
    name: &str,
    (taken, of_vector): (Taken, bool),
    letters: &[Var],
    body: &Term,
    derivative: &mut dyn FnMut(&Term, &Var) -> Term,
) -> Result<String> {
    let named = |letter: &Var| identifier(arrays.language, letter.name().unwrap_or("u"));
    let writer = Writer { language: arrays.language, names: Vec::new() };
    let parts = bodies(taken, letters, body, derivative);
    let mut parts = parts.iter().map(|part| writer.expression(part)).collect::<Result<Vec<_>>>()?;
    let mut out = format!("    def {name}(u):\n");
    if !of_vector {
        if let Some(letter) = letters.first().filter(|letter| named(letter) != "u") {
            let _ = writeln!(out, "        {} = u", named(letter));
        }
    } else {
        for (position, letter) in letters.iter().enumerate() {
            let _ = writeln!(out, "        {} = u[..., {position}]", named(letter));
        }
    }
    if taken == Taken::Gradient {
        let axis = if arrays.language.name == "torch" { "dim" } else { "axis" };
        let zero = letters.first().map(|letter| format!("0.0 * {}", named(letter))).unwrap_or_default();
        parts.iter_mut().for_each(|part| *part = format!("{part} + {zero}"));
        let _ = writeln!(out, "        return {}.stack([{}], {axis}=-1)\n", arrays.library(), parts.join(", "));
    } else {
        let zero = match letters {
            [letter, ..] if taken == Taken::Laplacian => format!(" + 0.0 * {}", named(letter)),
            _ => String::new(),
        };
        let _ = writeln!(out, "        return {}{zero}\n", parts.join(", "));
    }
    Ok(out)
}
