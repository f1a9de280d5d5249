//! The files around the formulas.

use super::Routine;
use super::expression::{Writer, ascii, function_name, identifier};
use super::language::{Kind, Language};
use crate::term::{Op, Term};
use std::fmt::Write;

/// Draws of the emitted test, and how many standard errors its mean may be off.
pub(super) const DRAWS: u32 = 200_000;
pub(super) const OFF: f64 = 7.0;

/// The estimator as one file.
///
/// # Errors
/// Says what the language cannot express: a law that has no sampler there, or a function.
pub fn function(routine: &Routine, language: &Language) -> Result<String, String> {
    let letters = ["x", "z", "w", "t", "r", "q"];
    let taken: Vec<String> = routine
        .parameters
        .iter()
        .chain(routine.constants.iter().map(|(v, _)| v))
        .filter_map(|v| v.name())
        .map(ascii)
        .collect();
    let mut free =
        letters.iter().map(ToString::to_string).chain((1..).map(|i| format!("x_{i}"))).filter(|l| !taken.contains(l));
    let names = routine.draws.iter().filter_map(|(var, _)| Some((var.clone(), free.next()?))).collect();
    let writer = Writer { language, names };
    let mut parts = Parts {
        name: ascii(&routine.title.to_lowercase().replace([' ', '-'], "_").replace([',', '(', ')'], "")),
        arguments: routine.parameters.iter().map(|v| writer.name(v)).collect(),
        functions: routine.functions.iter().map(|(name, order)| function_name(name, *order)).collect(),
        draws: vec![],
        value: writer.expression(&routine.integrand)?,
        bodies: vec![],
    };
    for (var, law) in &routine.draws {
        parts.draws.push((writer.name(var), sampler(&writer, law)?));
    }
    for body in &routine.check.functions {
        parts.bodies.push(writer.expression(body)?);
    }
    Ok(match language.kind {
        Kind::Python => python(routine, language, &parts),
        Kind::Julia => julia(routine, language, &parts),
        Kind::Rust => rust(routine, language, &parts),
    })
}

/// The code of what is called, with a gap before each part.
fn helpers(language: &Language, parts: &Parts, gap: &str) -> String {
    let texts = || parts.bodies.iter().chain(parts.draws.iter().map(|(_, code)| code)).chain([&parts.value]);
    let is_called = |call: &str| texts().any(|text| calls(text, call));
    language.helpers.iter().filter(|(call, _)| is_called(call)).map(|(_, code)| format!("{gap}{code}")).collect()
}

/// Whether a text calls a function of its own: `erf(`, and not `math.erf(` or `derf(`.
fn calls(text: &str, call: &str) -> bool {
    let is_own = |at: usize| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.');
    text.match_indices(call).any(|(at, _)| is_own(at))
}

/// The strings that a frame is filled with.
struct Parts {
    name: String,
    arguments: Vec<String>,
    functions: Vec<String>,
    draws: Vec<(String, String)>,
    value: String,
    bodies: Vec<String>,
}

fn sampler(writer: &Writer<'_>, law: &Term) -> Result<String, String> {
    let Op::Law(name) = law.op() else { return Err("a law that is not specified cannot be sampled".into()) };
    let known = writer.language.laws.iter().find(|(known, _)| **known == **name);
    let (_, code) = known.ok_or_else(|| format!("there is no sampler for {name} in {}", writer.language.title))?;
    let mut code = (*code).to_string();
    let arguments = law.args().iter().map(|argument| writer.expression(argument)).collect::<Result<Vec<_>, _>>()?;
    for (index, argument) in arguments.iter().enumerate() {
        code = code.replace(&format!("{{{index}}}"), argument);
    }
    Ok(code.replace("{*}", &arguments.join(", ")).replace("{n}", &arguments.len().to_string()))
}

pub(super) fn lines(about: &[String], prefix: &str) -> String {
    about.iter().map(|line| format!("{prefix}{line}").trim_end().to_string() + "\n").collect()
}

fn python(routine: &Routine, language: &Language, parts: &Parts) -> String {
    let source = match language.name {
        "numpy" => "rng",
        "jax" => "key",
        _ => "generator",
    };
    let imports = match language.name {
        "numpy" => "import numpy as np\n",
        "jax" => "import jax\nimport jax.numpy as jnp\n\njax.config.update(\"jax_enable_x64\", True)\n",
        _ => {
            "import torch\n\ntorch.set_default_dtype(torch.float64)\n\n\ndef number(value):\n    return torch.as_tensor(value, dtype=torch.float64)\n"
        }
    };
    let Parts { name, arguments, functions, draws, value, bodies } = parts;
    let constants: String = routine
        .constants
        .iter()
        .map(|(v, value)| format!(", {}={value:?}", identifier(language, v.name().unwrap_or("b"))))
        .collect();
    let before: Vec<&str> = functions.iter().chain(arguments).map(String::as_str).collect();
    let head = before.join(", ");
    let helpers = helpers(language, parts, "\n\n");
    let math = if helpers.contains("math.") { "import math\n\n" } else { "" };
    let mut out = format!("{math}{imports}{helpers}\n\ndef {name}({head}, size, {source}{constants}):\n");
    let _ = writeln!(out, "    \"\"\"{}\"\"\"", lines(&routine.about, "    ").trim_start().to_string() + "    ");
    match language.name {
        "jax" => {
            let _ = writeln!(out, "    keys = iter(jax.random.split(key, {}))", draws.len().max(1));
        }
        "torch" => out.push_str(
            "    def draw(law, *parameters):\n        with torch.random.fork_rng(), torch.no_grad():\n            \
             torch.manual_seed(int(torch.randint(2**62, (1,), generator=generator)))\n            \
             return law(*(number(p).double() for p in parameters)).sample((size,))\n\n",
        ),
        _ => {}
    }
    for (draw, code) in draws {
        let _ = writeln!(out, "    {draw} = {code}");
    }
    let ones = match language.name {
        "numpy" => "np.ones(size)",
        "jax" => "jnp.ones(size)",
        _ => "torch.ones(size)",
    };
    let value = if draws.is_empty() { format!("({value}) * {ones}") } else { value.clone() };
    let _ = writeln!(out, "    return {value}");
    if language.name != "numpy"
        && let Some(parameter) = arguments.first()
    {
        let (stop, mean) = match language.name {
            "jax" => (["jax.lax.stop_gradient(", ")"], "jnp.mean"),
            _ => (["(", ").detach()"], "torch.mean"),
        };
        let values = arguments.iter().map(|a| format!("{}{a}{}", stop[0], stop[1])).collect::<Vec<_>>();
        let held: Vec<String> = if language.name == "jax" {
            values.clone()
        } else {
            arguments.iter().map(|a| format!("number({a}).detach()")).collect()
        };
        let call: Vec<String> = functions.iter().cloned().chain(held.clone()).collect();
        let target = parameter.clone();
        let _ = write!(
            out,
            "\n\ndef {name}_surrogate({head}, size, {source}{constants}):\n    \"\"\"A loss of value 0 whose derivative in `{target}` is the estimate: the samples themselves are held fixed.\"\"\"\n    \
             estimate = {mean}({name}({}, size, {source}{}))\n    return {}estimate{} * ({target} - {})\n",
            call.join(", "),
            routine
                .constants
                .iter()
                .map(|(v, _)| format!(", {}", identifier(language, v.name().unwrap_or("b"))))
                .collect::<String>(),
            stop[0],
            stop[1],
            held[0],
        );
    }
    let _ = write!(
        out,
        "\n\ndef test_{name}():\n    \"\"\"The mean of many samples against the derivative, computed by quadrature.\"\"\"\n"
    );
    for (function, body) in functions.iter().zip(bodies) {
        let _ = writeln!(out, "    def {function}(u):\n        return {body}\n");
    }
    let values: Vec<String> =
        functions.iter().cloned().chain(routine.check.parameters.iter().map(|v| format!("{v:?}"))).collect();
    let (seed, to_float) = match language.name {
        "numpy" => ("np.random.default_rng(1)", "float"),
        "jax" => ("jax.random.key(1)", "float"),
        _ => ("torch.Generator().manual_seed(1)", "float"),
    };
    let _ = write!(
        out,
        "    samples = {name}({}, {DRAWS}, {seed})\n    mean = {to_float}(samples.mean())\n    error = {to_float}(samples.std()) / {DRAWS} ** 0.5\n    \
         expected = {:?}\n    assert abs(mean - expected) < {OFF:?} * error + 1e-9, (mean, expected, error)\n",
        values.join(", "),
        routine.check.mean
    );
    if language.name != "numpy" && !arguments.is_empty() {
        let place = functions.len();
        let _ = match language.name {
            "jax" => write!(
                out,
                "    slope = jax.grad({name}_surrogate, argnums={place})({}, {DRAWS}, {seed})\n    assert abs(float(slope) - mean) < 1e-9 * (1.0 + abs(mean)), (slope, mean)\n",
                values.join(", ")
            ),
            _ => {
                let mut values = values.clone();
                values[place] = "point".into();
                write!(
                    out,
                    "    point = torch.tensor({:?}, requires_grad=True)\n    {name}_surrogate({}, {DRAWS}, {seed}).backward()\n    \
                     assert abs(float(point.grad) - mean) < 1e-9 * (1.0 + abs(mean)), (point.grad, mean)\n",
                    routine.check.parameters[0],
                    values.join(", ")
                )
            }
        };
    }
    let _ =
        write!(out, "\n\nif __name__ == \"__main__\":\n    test_{name}()\n    print(\"{name}: the mean is right\")\n");
    out
}

fn julia(routine: &Routine, language: &Language, parts: &Parts) -> String {
    let Parts { name, arguments, functions, draws, value, bodies } = parts;
    let head: Vec<&str> = functions.iter().chain(arguments).map(String::as_str).collect();
    let constants: Vec<String> = routine
        .constants
        .iter()
        .map(|(v, value)| format!("{}={value:?}", identifier(language, v.name().unwrap_or("b"))))
        .collect();
    let mut out = format!(
        "using Random\n\n\"\"\"\n{}\"\"\"\nfunction {name}({}, rng; {})\n",
        lines(&routine.about, ""),
        head.join(", "),
        constants.join(", ")
    );
    for (draw, code) in draws {
        let _ = writeln!(out, "    {draw} = {code}");
    }
    let _ = writeln!(
        out,
        "    return {value}\nend\n\n# The mean of many samples against the derivative, computed by quadrature."
    );
    out.push_str("let rng = MersenneTwister(1)\n");
    for (function, body) in functions.iter().zip(bodies) {
        let _ = writeln!(out, "    {function}(u) = {body}");
    }
    let values: Vec<String> =
        functions.iter().cloned().chain(routine.check.parameters.iter().map(|v| format!("{v:?}"))).collect();
    let _ = write!(
        out,
        "    samples = [{name}({}, rng) for _ in 1:{DRAWS}]\n    mean = sum(samples) / {DRAWS}\n    \
         error = sqrt(sum((samples .- mean) .^ 2)) / {DRAWS}\n    @assert abs(mean - ({:?})) < {OFF:?} * error + 1e-9\nend\n",
        values.join(", "),
        routine.check.mean
    );
    out
}

/// Noise for Rust without any crate.
pub(super) const NOISE: &str = include_str!("helpers/noise.rs");

fn rust(routine: &Routine, language: &Language, parts: &Parts) -> String {
    let Parts { name, arguments, functions, draws, value, bodies } = parts;
    let generics: Vec<String> = functions.iter().map(|f| format!("{f}: impl Fn(f64) -> f64")).collect();
    let letters = routine.constants.iter().map(|(v, _)| identifier(language, v.name().unwrap_or("b")));
    let numbers: Vec<String> = arguments.iter().cloned().chain(letters).map(|a| format!("{a}: f64")).collect();
    let head: Vec<String> = generics.into_iter().chain(numbers).collect();
    let mut out = lines(&routine.about, "/// ");
    let _ = writeln!(
        out,
        "#[allow(unused_parens, unused_variables)]\npub fn {name}({}, noise: &mut Noise) -> f64 {{",
        head.join(", ")
    );
    for (draw, code) in draws {
        let _ = writeln!(out, "    let {draw}: f64 = {code};");
    }
    let unused = if draws.is_empty() { "    let _ = noise;\n" } else { "" };
    let _ = writeln!(
        out,
        "{unused}    {value}\n}}\n\n{NOISE}{}\n/// The mean of many samples against the derivative, computed by quadrature.\nfn main() {{",
        helpers(language, parts, "\n")
    );
    let numbers = routine.check.parameters.iter().copied().chain(routine.constants.iter().map(|(_, value)| *value));
    let values: Vec<String> = functions
        .iter()
        .zip(bodies)
        .map(|(_, body)| format!("|u: f64| {body}"))
        .chain(numbers.map(|v| format!("{v:?}_f64")))
        .collect();
    let _ = write!(
        out,
        "    let mut noise = Noise(1);\n    let (mut sum, mut squares) = (0.0, 0.0);\n    for _ in 0..{DRAWS} {{\n        \
         let sample = {name}({}, &mut noise);\n        sum += sample;\n        squares += sample * sample;\n    }}\n    \
         let mean = sum / {DRAWS}.0;\n    let error = ((squares / {DRAWS}.0 - mean * mean).max(0.0) / {DRAWS}.0).sqrt();\n    \
         let expected: f64 = {:?};\n    assert!((mean - expected).abs() < {OFF:?} * error + 1e-9, \"{{mean}} {{expected}} {{error}}\");\n    \
         println!(\"{name}: the mean is right\");\n}}\n",
        values.join(", "),
        routine.check.mean
    );
    out
}
