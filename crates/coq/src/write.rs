//! Terms as Coq reads them.

use crate::names::{Kind, Names};
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive};
use stein_kernel::library::Library;
use stein_kernel::term::{Name, Op, Table, Term};

/// Why a proof cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// Something has no counterpart.
    Word(String),
    /// A step that is not replayed.
    Step(usize, String),
}

impl std::fmt::Display for Gap {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Gap::Word(what) => write!(out, "there is no word for {what}"),
            Gap::Step(step, why) => write!(out, "step {}: {why}", step + 1),
        }
    }
}

impl std::error::Error for Gap {}

/// Writes terms; the names of the variables around are handed in, outermost first.
pub struct Writer<'a> {
    /// Where the terms live.
    pub table: &'a Table,
    /// What the names of laws and functions mean.
    pub library: &'a Library,
    /// The names so far.
    pub names: &'a mut Names,
    /// Laws of the library that occur.
    pub laws: &'a mut std::collections::BTreeSet<Name>,
    /// Functions of the library without a definition in the theory.
    pub opaque: &'a mut std::collections::BTreeMap<Name, usize>,
}

/// A function of the library that Coq has, under its name there.
fn known(name: &str) -> Option<&'static str> {
    Some(match name {
        "exp" => "exp",
        "ln" => "ln",
        "sin" => "sin",
        "cos" => "cos",
        "arctan" => "atan",
        "abs" => "Rabs",
        "step" => "step",
        "sign" => "signum",
        "relu" => "relu",
        "erf" => "erf",
        _ => return None,
    })
}

/// The Coq name of a law or rule of the library.
pub fn identifier(prefix: &str, name: &str) -> String {
    let plain = name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' });
    format!("{prefix}_{}", plain.collect::<String>())
}

impl Writer<'_> {
    /// A term that stands for a number.
    pub fn number(&mut self, term: Term, around: &[String]) -> Result<String, Gap> {
        let table = self.table;
        let args = table.args(term);
        Ok(match table.op(term) {
            Op::Rat(value) => rational(value),
            Op::Pi => "PI".into(),
            Op::Free(name) => self.names.of(name, Kind::Letter),
            Op::Bound(k) => variable(*k, around)?,
            Op::Add => format!("({})", self.numbers(args, around)?.join(" + ")),
            Op::Mul => format!("({})", self.numbers(args, around)?.join(" * ")),
            Op::Inv => format!("(/ {})", self.number(args[0], around)?),
            Op::Pow => self.power(args[0], args[1], around)?,
            Op::Fun(name) => self.function(name, args, around)?,
            Op::App(name, orders) => {
                let function = self.names.of(name, Kind::Function(args.len()));
                let arguments = self.numbers(args, around)?;
                self.applied(&function, orders, arguments, around)
            }
            Op::Dens => format!("(mass {} {})", self.law(args[0], around)?, self.number(args[1], around)?),
            Op::Mean => self.joint(args, around)?,
            Op::Int => {
                let ends = [self.end(args[0], around)?, self.end(args[1], around)?];
                let body = self.below(args[2], around)?;
                format!("(integral {} {} {body})", ends[0], ends[1])
            }
            Op::Sum => {
                let (lo, hi) = (self.number(args[0], around)?, self.end(args[1], around)?);
                let body = self.below(args[2], around)?;
                format!("(series {lo} {hi} {body})")
            }
            Op::D(order) => {
                let body = self.below(args[0], around)?;
                let point = self.number(args[1], around)?;
                derivative(*order, &body, &point)
            }
            Op::Inf(_) | Op::End(_) | Op::Law(_) | Op::AnyLaw(_) => return Err(Gap::Word(table.show(term))),
        })
    }

    /// A function of one variable: the body of a binder.
    pub fn below(&mut self, body: Term, around: &[String]) -> Result<String, Gap> {
        let inner = self.around(around);
        let name = inner.last().cloned().unwrap_or_default();
        Ok(format!("(fun {name} => {})", self.number(body, &inner)?))
    }

    /// The names around, with one more.
    pub fn around(&self, around: &[String]) -> Vec<String> {
        let mut inner = around.to_vec();
        inner.push(self.names.bound(around));
        inner
    }

    fn numbers(&mut self, terms: &[Term], around: &[String]) -> Result<Vec<String>, Gap> {
        terms.iter().map(|term| self.number(*term, around)).collect()
    }

    /// A mean over a list of laws: means within means.
    pub fn joint(&mut self, args: &[Term], around: &[String]) -> Result<String, Gap> {
        let [law, rest @ ..] = args else { return Err(Gap::Word("a mean".into())) };
        let law = self.law(*law, around)?;
        let inner = self.around(around);
        let body = if rest.len() == 1 { self.number(rest[0], &inner)? } else { self.joint(rest, &inner)? };
        let name = inner.last().cloned().unwrap_or_default();
        Ok(format!("(E {law} (fun {name} => {body}))"))
    }

    /// A law.
    pub fn law(&mut self, term: Term, around: &[String]) -> Result<String, Gap> {
        let table = self.table;
        let args = table.args(term);
        let name = match table.op(term) {
            Op::Law(name) => {
                self.laws.insert(name.clone());
                identifier("law", name)
            }
            Op::AnyLaw(name) => self.names.of(name, Kind::Law(args.len())),
            _ => return Err(Gap::Word(table.show(term))),
        };
        let arguments = self.numbers(args, around)?;
        Ok(if arguments.is_empty() { name } else { format!("({name} {})", arguments.join(" ")) })
    }

    /// An end of an integral or a sum.
    pub fn end(&mut self, term: Term, around: &[String]) -> Result<String, Gap> {
        Ok(match self.table.op(term) {
            Op::Inf(true) => "p_infty".into(),
            Op::Inf(false) => "m_infty".into(),
            Op::End(upper) => {
                let law = self.law(self.table.args(term)[0], around)?;
                format!("({} {law})", if *upper { "last" } else { "first" })
            }
            _ => format!("(Finite {})", self.number(term, around)?),
        })
    }

    fn power(&mut self, base: Term, exponent: Term, around: &[String]) -> Result<String, Gap> {
        let base = self.number(base, around)?;
        let Some(value) = self.table.as_rat(exponent).cloned() else {
            return Ok(format!("(Rpower {base} {})", self.number(exponent, around)?));
        };
        let two = BigRational::from_integer(2.into());
        let (root, count) = match (value.is_integer(), (&value * &two).is_integer()) {
            (true, _) => (base, value.to_integer()),
            (_, true) => (format!("(sqrt {base})"), (value * two).to_integer()),
            _ => return Ok(format!("(Rpower {base} {})", self.number(exponent, around)?)),
        };
        let steps =
            count.abs().to_u32().filter(|n| *n < 1000).ok_or_else(|| Gap::Word(format!("the power {count}")))?;
        let power = if steps == 1 { root } else { format!("({root} ^ {steps})") };
        Ok(if count.is_negative() { format!("(/ {power})") } else { power })
    }

    fn function(&mut self, name: &Name, args: &[Term], around: &[String]) -> Result<String, Gap> {
        if name.as_ref() == "sqrt" && args.len() == 1 {
            return Ok(format!("(sqrt {})", self.number(args[0], around)?));
        }
        if let (Some(known), [arg]) = (known(name), args) {
            return Ok(format!("({known} {})", self.number(*arg, around)?));
        }
        let arguments = self.numbers(args, around)?.join(" ");
        let function = self.library.functions.get(name);
        if let Some(body) = function.and_then(|function| function.definition.or(function.formula)) {
            // Over its arguments, under names of its own.
            let mut inner: Vec<String> = vec![];
            for _ in args {
                let mut all = around.to_vec();
                all.extend(inner.iter().cloned());
                inner.push(self.names.bound(&all));
            }
            let text = self.number(body, &inner)?;
            return Ok(format!("((fun {} => {text}) {arguments})", inner.join(" ")));
        }
        self.opaque.insert(name.clone(), args.len());
        Ok(format!("({} {arguments})", identifier("function", name)))
    }

    /// A function at arguments, differentiated so often in each.
    fn applied(&self, function: &str, orders: &[u32], mut arguments: Vec<String>, around: &[String]) -> String {
        let Some(i) = orders.iter().position(|order| *order > 0) else {
            return format!("({function} {})", arguments.join(" "));
        };
        if arguments.len() == 1 {
            return derivative(orders[0], function, &arguments[0]);
        }
        let mut inner = around.to_vec();
        inner.push(self.names.bound(around));
        let name = inner.last().cloned().unwrap_or_default();
        let point = std::mem::replace(&mut arguments[i], name.clone());
        let mut rest = orders.to_vec();
        rest[i] = 0;
        let body = self.applied(function, &rest, arguments, &inner);
        derivative(orders[i], &format!("(fun {name} => {body})"), &point)
    }
}

fn derivative(order: u32, body: &str, point: &str) -> String {
    if order == 1 { format!("(Derive {body} {point})") } else { format!("(Derive_n {body} {order} {point})") }
}

fn variable(k: u32, around: &[String]) -> Result<String, Gap> {
    let index = around.len().checked_sub(1 + k as usize);
    index.map(|index| around[index].clone()).ok_or_else(|| Gap::Word("a variable without a binder".into()))
}

fn rational(value: &BigRational) -> String {
    let whole = |n: &num_rational::BigRational| if n.is_negative() { format!("({n})") } else { n.to_string() };
    if value.denom().is_one() {
        return whole(value);
    }
    format!("({} / {})", whole(&BigRational::from_integer(value.numer().clone())), value.denom())
}
