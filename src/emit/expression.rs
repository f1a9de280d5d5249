//! Terms as expressions of a language.

use super::language::{Kind, Language};
use crate::term::{Op, Symbol, Term, Var};
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive};

/// Writes terms; variables that are not listed bear their own names.
pub struct Writer<'a> {
    pub language: &'a Language,
    /// Names of the draws.
    pub names: Vec<(Var, String)>,
}

impl Writer<'_> {
    /// A term as an expression; the message says what the language lacks.
    pub fn expression(&self, term: &Term) -> Result<String, String> {
        Ok(match term.op() {
            Op::Number(value) => self.number(value),
            Op::Pi => self.language.pi.into(),
            Op::Var(var) => self.name(var),
            Op::Add => self.sum(term)?,
            Op::Mul => self.product(term.factors())?,
            Op::Pow => self.product(std::slice::from_ref(term))?,
            Op::Apply(name, orders) => {
                let args = term.args().iter().map(|arg| self.expression(arg)).collect::<Result<Vec<_>, _>>()?;
                format!("{}({})", function_name(name, orders.iter().sum()), args.join(", "))
            }
            Op::Function(name) => self.known(name, &term.args()[0])?,
            Op::StopGrad => self.expression(&term.args()[0])?,
            _ => return Err(format!("{} cannot compute a part of the formula", self.language.title)),
        })
    }

    pub fn name(&self, var: &Var) -> String {
        match self.names.iter().find(|(v, _)| v == var) {
            Some((_, name)) => name.clone(),
            None => identifier(self.language, var.name().unwrap_or("x")),
        }
    }

    fn sum(&self, term: &Term) -> Result<String, String> {
        let mut out = String::new();
        for (index, summand) in term.args().iter().enumerate() {
            let text = self.expression(summand)?;
            match (index, text.strip_prefix('-')) {
                (0, _) => out.push_str(&text),
                (_, Some(rest)) => out.push_str(&format!(" - {rest}")),
                _ => out.push_str(&format!(" + {text}")),
            }
        }
        Ok(out)
    }

    /// Factors above and below one fraction bar.
    fn product(&self, factors: &[Term]) -> Result<String, String> {
        let (mut above, mut below, mut sign) = (Vec::new(), Vec::new(), "");
        for factor in factors {
            match factor.op() {
                Op::Number(value) => {
                    if value.is_negative() {
                        sign = "-";
                    }
                    let (top, bottom) = (value.numer().abs(), value.denom());
                    if !top.is_one() {
                        above.push(self.number(&top.into()));
                    }
                    if !bottom.is_one() {
                        below.push(self.number(&bottom.clone().into()));
                    }
                }
                Op::Pow => {
                    let exponent = factor.args()[1].as_number();
                    let inverse = exponent.is_some_and(Signed::is_negative);
                    let text = match exponent {
                        Some(value) => self.power(&factor.args()[0], &value.abs())?,
                        None => {
                            let [base, exponent] =
                                [self.expression(&factor.args()[0])?, self.expression(&factor.args()[1])?];
                            format!("({})", self.language.power.replace("{0}", &base).replace("{1}", &exponent))
                        }
                    };
                    if inverse { below.push(text) } else { above.push(text) }
                }
                _ => above.push(self.factor(factor)?),
            }
        }
        if above.is_empty() {
            above.push(self.number(&BigRational::one()));
        }
        let above = above.join(" * ");
        Ok(match below.as_slice() {
            [] => format!("{sign}{above}"),
            [one] => format!("{sign}{above} / {one}"),
            several => format!("{sign}{above} / ({})", several.join(" * ")),
        })
    }

    fn power(&self, base: &Term, exponent: &BigRational) -> Result<String, String> {
        if exponent.is_one() {
            let text = self.factor(base)?;
            return Ok(if *base.op() == Op::Mul { format!("({text})") } else { text });
        }
        if *exponent == BigRational::new(1.into(), 2.into()) {
            return self.known("sqrt", base);
        }
        let text = self.expression(base)?;
        let exponent = match exponent.to_integer().to_i32() {
            Some(n) if exponent.is_integer() && self.language.kind == Kind::Rust => {
                return Ok(format!("({text}).powi({n})"));
            }
            Some(n) if exponent.is_integer() => n.to_string(),
            _ => self.number(exponent),
        };
        Ok(format!("({})", self.language.power.replace("{0}", &text).replace("{1}", &exponent)))
    }

    /// A number that is one of floating point in the language.
    fn number(&self, value: &BigRational) -> String {
        let parts = [value.numer(), value.denom()].map(|part| part.to_f64().unwrap_or(f64::NAN));
        let [top, bottom] =
            parts.map(|part| format!("{part:?}{}", if self.language.kind == Kind::Rust { "_f64" } else { "" }));
        if value.is_integer() { top } else { format!("({top} / {bottom})") }
    }

    fn factor(&self, term: &Term) -> Result<String, String> {
        let text = self.expression(term)?;
        Ok(if *term.op() == Op::Add || text.starts_with('-') { format!("({text})") } else { text })
    }

    fn known(&self, name: &str, argument: &Term) -> Result<String, String> {
        let spelling = self.language.functions.iter().find(|(known, _)| *known == name);
        let (_, spelling) = spelling.ok_or_else(|| format!("{} has no function `{name}` here", self.language.title))?;
        let argument = self.expression(argument)?;
        let argument = if self.language.name == "torch" { format!("number({argument})") } else { argument };
        Ok(spelling.replace("{}", &argument))
    }
}

/// `df` for f', `d2f` for f''.
pub fn function_name(name: &Symbol, order: u32) -> String {
    match order {
        0 => ascii(name),
        1 => format!("d{}", ascii(name)),
        order => format!("d{order}{}", ascii(name)),
    }
}

/// A name that the language takes.
pub fn identifier(language: &Language, name: &str) -> String {
    let name = ascii(name);
    if language.reserved.contains(&&*name) { format!("{name}_") } else { name }
}

/// Greek letters by their names, and an underscore for anything else.
pub fn ascii(name: &str) -> String {
    const GREEK: &[(char, &str)] = &[
        ('α', "alpha"),
        ('β', "beta"),
        ('γ', "gamma"),
        ('δ', "delta"),
        ('ε', "epsilon"),
        ('η', "eta"),
        ('θ', "theta"),
        ('κ', "kappa"),
        ('λ', "lambda"),
        ('μ', "mu"),
        ('ν', "nu"),
        ('ξ', "xi"),
        ('ρ', "rho"),
        ('σ', "sigma"),
        ('τ', "tau"),
        ('φ', "phi"),
        ('χ', "chi"),
        ('ψ', "psi"),
        ('ω', "omega"),
        ('Γ', "Gamma"),
        ('Δ', "Delta"),
        ('Θ', "Theta"),
        ('Λ', "Lambda"),
        ('Σ', "Sigma"),
        ('Φ', "Phi"),
        ('Ψ', "Psi"),
        ('Ω', "Omega"),
    ];
    let spelt = |c: char| match GREEK.iter().find(|(letter, _)| *letter == c) {
        Some((_, name)) => (*name).to_string(),
        None if c.is_ascii_alphanumeric() || c == '_' => c.to_string(),
        None => "_".into(),
    };
    name.chars().map(spelt).collect()
}
