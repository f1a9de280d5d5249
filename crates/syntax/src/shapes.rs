//! The printing of everything that is not arithmetic.

use super::applications::APPLIED;
use super::ast::*;
use super::names::{is_function_letter, is_letter_of_a_law, prefix_function};
use super::print::{Printer, Style};

impl Printer {
    /// An expression that stands on its own among factors.
    pub(super) fn atom(&self, e: &Expr) -> String {
        match &e.kind {
            Kind::Number(value) => self.number(value),
            Kind::Infinity => self.pick("oo", "∞", "\\infty").into(),
            Kind::Name(name) => self.name(name),
            Kind::Call { function, orders, arguments } => self.call(self.open_call(e), function, orders, arguments),
            Kind::Density { law, at } => self.density(law, at),
            Kind::Abs(inner) => match self.style {
                Style::Ascii => format!("abs({})", self.expr(inner)),
                // `||x||` is a norm.
                Style::Unicode if matches!(inner.kind, Kind::Abs(_)) => format!("abs({})", self.expr(inner)),
                _ => self.enclose("|", &self.expr(inner), "|"),
            },
            Kind::Indicator(relation, left, right) => {
                let inner = format!("{} {} {}", self.expr(left), self.relation(*relation), self.expr(right));
                if self.latex() { format!("\\mathbf{{1}}\\{{{inner}\\}}") } else { format!("1{{{inner}}}") }
            }
            Kind::Derivative { variable, order, body } => self.derivative(variable.as_ref(), *order, body),
            Kind::Expectation { binders, body } => {
                let plain = if self.e_is_a_letter { "𝔼" } else { "E" };
                format!("{}{}{}", self.pick(plain, plain, "\\mathbb{E}"), self.binders(binders), self.square(&[body]))
            }
            Kind::Variance { binders, body } => {
                format!("{}{}{}", self.upright("Var"), self.binders(binders), self.square(&[body]))
            }
            Kind::Covariance { binders, left, right } => {
                format!("{}{}{}", self.upright("Cov"), self.binders(binders), self.square(&[left, right]))
            }
            Kind::Divergence(first, second) => {
                let bar = self.pick("||", "‖", "\\,\\|\\,");
                let inner = format!("{} {bar} {}", self.law(first), self.law(second));
                self.upright("KL") + &self.enclose("(", &inner, ")")
            }
            Kind::Entropy(law) => format!("H{}", self.enclose("(", &self.law(law), ")")),
            Kind::Smoothing { subscript, body } => self.smoothing(subscript.as_deref(), body),
            Kind::Integral { limits, variable, body } => self.integral(e, limits.as_ref(), variable, body),
            Kind::StopGrad(inner) => {
                self.pick("stopgrad", "stopgrad", "\\operatorname{sg}").to_string() + &self.group(inner)
            }
            Kind::Difference(inner) => self.difference(inner),
            Kind::Given { .. } => self.given(e),
            Kind::OperatorD(None) => "D".into(),
            Kind::OperatorD(Some(name)) if let Some(field) = self.field(&name.base) => field.into(),
            Kind::OperatorD(Some(Name { base, subscript: None })) if !self.latex() => format!("D_{}", self.word(base)),
            Kind::OperatorD(Some(name)) => format!("D_{{{}}}", self.name(name)),
            Kind::OperatorS(subscript) => self.smoothing_head(subscript.as_deref()),
            Kind::OperatorM(name) => self.name(&Name::new("M", Some(&name.base))),
            Kind::Commutator(left, right) => self.square(&[left, right]),
            Kind::Binary(..) | Kind::Neg(_) => self.group(e),
        }
    }

    /// Gradient, divergence or Laplacian.
    fn field(&self, letter: &str) -> Option<&'static str> {
        match letter {
            "∇" => Some(self.pick("∇", "∇", "\\nabla")),
            "∇·" => Some(self.pick("∇·", "∇·", "\\nabla \\cdot")),
            "Δ" => Some(self.pick("Delta", "Δ", "\\Delta")),
            _ => None,
        }
    }

    fn upright(&self, word: &str) -> String {
        if self.latex() { format!("\\operatorname{{{word}}}") } else { word.to_string() }
    }

    fn square(&self, parts: &[&Expr]) -> String {
        let list: Vec<String> = parts.iter().map(|part| self.given(part)).collect();
        self.enclose("[", &list.join(", "), "]")
    }

    /// `e | y, z = c`, and anything else as it is.
    fn given(&self, e: &Expr) -> String {
        let Kind::Given { body, given } = &e.kind else { return self.expr(e) };
        let known = given.iter().map(|known| match &known.kind {
            Kind::Indicator(relation, left, right) => {
                format!("{} {} {}", self.expr(left), self.relation(*relation), self.expr(right))
            }
            _ => self.expr(known),
        });
        let known: Vec<String> = known.collect();
        format!("{}{}{}", self.expr(body), self.pick(" | ", " | ", " \\mid "), known.join(", "))
    }

    fn list<'e>(&self, parts: impl Iterator<Item = &'e Expr>) -> String {
        parts.map(|part| self.expr(part)).collect::<Vec<_>>().join(", ")
    }

    fn call(&self, open: bool, function: &Name, orders: &[u32], arguments: &[Expr]) -> String {
        if open {
            return format!("{} {}", self.function(function), self.expr(&arguments[0]));
        }
        if let ("transpose", Some("T"), [argument]) = (function.base.as_str(), function.subscript.as_deref(), arguments)
        {
            return format!("{}^T", self.base(argument));
        }
        if let ("adjoint", [argument]) = (function.base.as_str(), arguments) {
            return format!("{}^*", self.base(argument));
        }
        if let ("divergence", Some(letter), [argument]) =
            (function.base.as_str(), function.subscript.as_deref(), arguments)
            && self.style != Style::Ascii
        {
            let letter = self.name(&Name::from_canonical(letter));
            let sign = self.pick("", "∇", "\\nabla");
            let dot = self.pick("", "·", " \\cdot ");
            return format!("{sign}_{{{letter}}}{dot}{}", self.atom(argument));
        }
        if let (APPLIED, [operator, body]) = (function.base.as_str(), arguments) {
            let bracketed = matches!(operator.kind, Kind::Commutator(..));
            let operator = if bracketed { self.expr(operator) } else { self.group(operator) };
            let called = matches!(&body.kind, Kind::Call { function, .. } if is_function_letter(&function.base));
            return operator + " " + &if called { self.atom(body) } else { self.group(body) };
        }
        if let [argument] = arguments
            && function.subscript.is_none()
            && self.style != Style::Ascii
        {
            match (function.base.as_str(), self.latex()) {
                ("norm", false) => return format!("‖{}‖", self.expr(argument)),
                ("norm", true) => return format!("\\left\\|{}\\right\\|", self.expr(argument)),
                ("transpose", false) => return format!("{}^⊤", self.base(argument)),
                ("transpose", true) => return format!("{}^\\top", self.base(argument)),
                ("divergence", false) => return format!("∇·{}", self.atom(argument)),
                ("divergence", true) => return format!("\\nabla \\cdot {}", self.atom(argument)),
                _ => {}
            }
        }
        if let ("norm", None, [vector, weight], false) =
            (function.base.as_str(), &function.subscript, arguments, self.style == Style::Ascii)
        {
            let (open, close) = (self.pick("", "‖", "\\left\\|"), self.pick("", "‖", "\\right\\|"));
            return format!("{open}{}{close}_{{{}}}", self.expr(vector), self.expr(weight));
        }
        if let ("hadamard", None, [left, right], false) =
            (function.base.as_str(), &function.subscript, arguments, self.style == Style::Ascii)
        {
            let sign = self.pick("⊙", "⊙", "\\odot");
            return format!("({} {sign} {})", self.base(left), self.base(right));
        }
        let name = self.function(function);
        if arguments.is_empty() {
            return name + &"'".repeat(orders.first().map_or(0, |order| *order as usize));
        }
        if arguments.len() == 1 {
            // Behind other names, a power in brackets would be a power.
            let written = is_function_letter(&function.base) || prefix_function(&function.base).is_some();
            let primes = match orders[0] {
                order if order <= 3 || !written => "'".repeat(order as usize),
                order if self.latex() => format!("^{{({order})}}"),
                order => format!("^({order})"),
            };
            if self.latex() && function.base == "sqrt" && primes.is_empty() {
                return format!("\\sqrt{{{}}}", self.expr(&arguments[0]));
            }
            return name + &primes + &self.group(&arguments[0]);
        }
        let mut text = String::new();
        for (index, order) in orders.iter().enumerate().filter(|(_, order)| **order > 0) {
            let power = if *order > 1 { self.braced("^", &order.to_string()) } else { String::new() };
            text += self.pick("D", "∂", "\\partial");
            text += &(self.braced("_", &(index + 1).to_string()) + &power + " ");
        }
        text + &name + &self.enclose("(", &self.list(arguments.iter()), ")")
    }

    /// A subscript or a power, with the braces that LaTeX wants.
    fn braced(&self, sign: &str, text: &str) -> String {
        if self.latex() { format!("{sign}{{{text}}}") } else { format!("{sign}{text}") }
    }

    fn density(&self, law: &Law, at: &Expr) -> String {
        let mut inner = self.list([at].into_iter().chain(&law.points));
        if !law.arguments.is_empty() {
            let bar = if self.latex() { " \\mid " } else { " | " };
            inner = inner + bar + &self.list(law.arguments.iter());
        }
        let density = self.function(&law.name) + &self.enclose("(", &inner, ")");
        if law.stopped {
            self.pick("stopgrad", "stopgrad", "\\operatorname{sg}").to_string() + "(" + &density + ")"
        } else {
            density
        }
    }

    pub(super) fn law(&self, law: &Law) -> String {
        let mut text = self.function(&law.name);
        if !law.arguments.is_empty() || !law.points.is_empty() {
            let numbers = law.arguments.iter().all(|argument| matches!(argument.kind, Kind::Number(_)));
            let list: Vec<String> = law.arguments.iter().map(|argument| self.expr(argument)).collect();
            let list = list.join(if numbers { "," } else { ", " });
            let (any, bar) = (self.pick(".", "·", "\\cdot"), self.pick("|", "|", " \\mid "));
            let inner = match (law.points.as_slice(), is_letter_of_a_law(&law.name.base)) {
                ([], false) => list,
                ([], true) => format!("{any}{bar}{list}"),
                (points, _) if list.is_empty() => self.list(points.iter()),
                (points, _) => format!("{}{bar}{list}", self.list(points.iter())),
            };
            text += &self.enclose("(", &inner, ")");
        }
        if law.stopped {
            text = format!("{}({text})", self.pick("stopgrad", "stopgrad", "\\operatorname{sg}"));
        }
        text
    }

    fn binders(&self, binders: &[Binder]) -> String {
        if binders.is_empty() {
            return String::new();
        }
        let parts = binders.iter().map(|binder| {
            let names: Vec<String> = binder.variables.iter().map(|name| self.name(name)).collect();
            match (names.is_empty(), binder.law.is_of_given()) {
                (true, _) => self.law(&binder.law),
                (_, true) => names.join(", "),
                _ => format!("{} {} {}", names.join(", "), self.pick("~", "~", "\\sim"), self.law(&binder.law)),
            }
        });
        format!("_{{{}}}", parts.collect::<Vec<_>>().join(", "))
    }

    pub(super) fn relation(&self, relation: Relation) -> &'static str {
        match relation {
            Relation::Less => "<",
            Relation::LessEqual => self.pick("<=", "≤", "\\le"),
            Relation::Greater => ">",
            Relation::GreaterEqual => self.pick(">=", "≥", "\\ge"),
            Relation::Equal => "=",
            Relation::NotEqual => self.pick("!=", "≠", "\\ne"),
        }
    }

    fn derivative(&self, variable: Option<&Name>, order: u32, body: &Expr) -> String {
        let by_argument = variable.is_some_and(|name| name.base == ARGUMENT);
        let mut head = match variable {
            Some(_) if by_argument => self.pick("∇", "∇", "\\nabla").to_string(),
            Some(name) if self.d_is_a_letter && !self.latex() => {
                let (d, name) = (self.pick("d", "∂", ""), self.name(name));
                let power = if order > 1 { format!("^{order}") } else { String::new() };
                return format!("{d}{power}/{d}{name}{power}{}", self.square(&[body]));
            }
            // A gradient is of something that holds the letter.
            Some(name) if self.latex() => {
                let sign = if body.mentions(name) { "nabla" } else { "partial" };
                format!("\\{sign}_{{{}}}", self.name(name))
            }
            Some(Name { base, subscript: None }) if !base.contains('^') => format!("D_{}", self.word(base)),
            Some(name) => format!("D_{{{}}}", self.name(name)),
            None => "D".to_string(),
        };
        if order > 1 {
            head += &self.braced("^", &order.to_string());
        }
        if by_argument || self.takes_openly(variable, body) {
            format!("{head} {}", self.expr(body))
        } else {
            head + &self.square(&[body])
        }
    }

    fn smoothing_head(&self, subscript: Option<&Expr>) -> String {
        match subscript {
            None => "S".into(),
            Some(Expr { kind: Kind::Name(Name { base, subscript: None }), .. }) if !self.latex() => {
                format!("S_{}", self.word(base))
            }
            Some(subscript) => format!("S_{{{}}}", self.expr(subscript)),
        }
    }

    fn smoothing(&self, subscript: Option<&Expr>, body: &Expr) -> String {
        let head = self.smoothing_head(subscript);
        match &body.kind {
            Kind::Name(name) => format!("{head} {}", self.name(name)),
            _ => head + &self.square(&[body]),
        }
    }

    fn integral(&self, e: &Expr, limits: Option<&(Box<Expr>, Box<Expr>)>, variable: &Name, body: &Expr) -> String {
        let variable = self.name(variable);
        if self.by_call(e) {
            let mut parts = vec![self.expr(body), variable];
            parts.extend(limits.iter().flat_map(|(low, high)| [self.expr(low), self.expr(high)]));
            let name = self.pick("int", "int", "\\operatorname{int}");
            return format!("{name}{}", self.enclose("(", &parts.join(", "), ")"));
        }
        let sign = self.pick("int", "∫", "\\int");
        let limits = limits.map(|(low, high)| format!("_{{{}}}^{{{}}}", self.expr(low), self.expr(high)));
        let gap = if self.latex() { "\\, d" } else { " d" };
        format!("{sign}{} {}{gap}{variable}", limits.unwrap_or_default(), self.expr(body))
    }

    fn difference(&self, inner: &Expr) -> String {
        let sign = self.pick("Delta", "Δ", "\\Delta");
        match &inner.kind {
            Kind::Call { function, orders, arguments } => {
                format!("{sign} {}", self.call(false, function, orders, arguments))
            }
            Kind::Difference(_) => format!("{sign} {}", self.atom(inner)),
            _ => sign.to_string() + &self.square(&[inner]),
        }
    }
}
