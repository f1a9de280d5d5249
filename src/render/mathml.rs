//! Formulas as MathML Core, for pages.

use super::escape::html as escape;
use crate::syntax::{
    Assumption, Binary, Binder, Expr, Kind, Law, Name, Relation, Span, Statement, Style, parse_assumptions,
    parse_definition, parse_expression, parse_statement, print, print_assumption,
};

/// A formula, given as text in the language, with the part at a place marked; nothing if it cannot be read.
pub fn math(text: &str, marked: Option<Span>) -> Option<String> {
    let writer = Writer { marked };
    let inner = match parse_expression(text) {
        Ok(e) => writer.expr(&e, SUM),
        Err(_) => writer.statement(&parse_statement(text).ok()?),
    };
    Some(format!("<math displaystyle=\"true\"><mrow>{inner}</mrow></math>"))
}

/// The same for a comparison or a definition: `σ > 0`, `f(u) = sin(u)`.
pub fn said(text: &str) -> Option<String> {
    let writer = Writer { marked: None };
    let inner = match parse_definition(text) {
        // What is defined stands left of the sign, as in an equation.
        Ok(_) => {
            let statement = parse_statement(text).ok().filter(|statement| statement.members.len() == 2);
            writer.statement(&statement?)
        }
        Err(_) => match parse_assumptions(text).ok()?.as_slice() {
            [Assumption::Compare(relation, left, right)] => {
                let sides = [left, right].map(|side| writer.expr(side, SUM));
                format!("{}{}{}", sides[0], mo(relation_sign(*relation)), sides[1])
            }
            _ => return None,
        },
    };
    Some(format!("<math><mrow>{inner}</mrow></math>"))
}

// How tightly the place of an expression binds.
const SUM: u8 = 0;
const PRODUCT: u8 = 1;
const FACTOR: u8 = 2;
const BASE: u8 = 3;

struct Writer {
    marked: Option<Span>,
}

fn mi(text: &str) -> String {
    // A single letter is slanted by itself, a word is upright.
    format!("<mi>{}</mi>", escape(text))
}

fn upright(text: &str) -> String {
    format!("<mi mathvariant=\"normal\">{}</mi>", escape(text))
}

fn mo(text: &str) -> String {
    // A hyphen is no minus sign.
    format!("<mo>{}</mo>", escape(if text == "-" { "−" } else { text }))
}

fn row(parts: &str) -> String {
    format!("<mrow>{parts}</mrow>")
}

fn fenced(open: &str, inner: &str, close: &str) -> String {
    // A bracket that may grow is given the room of its largest form.
    let flat = if inner.contains("<mfrac") { "" } else { " stretchy=\"false\"" };
    let bracket = |form: &str, text: &str| format!("<mo form=\"{form}\" lspace=\"0\" rspace=\"0\"{flat}>{text}</mo>");
    row(&format!("{}{inner}{}", bracket("prefix", open), bracket("postfix", close)))
}

fn list(items: &[String]) -> String {
    items.join(&mo(","))
}

/// Nothing is written between factors; a reader of the screen says "times".
const TIMES: &str = "<mo>&#x2062;</mo>";
const THIN: &str = "<mspace width=\"0.17em\"/>";
const APPLY: &str = "<mo>&#x2061;</mo>";

impl Writer {
    fn statement(&self, statement: &Statement) -> String {
        let members: Vec<String> = statement.members.iter().map(|member| self.expr(member, SUM)).collect();
        let mut text = members.join(&mo("="));
        let assumption = |a: &Assumption| print_assumption(a, Style::Unicode);
        let mut clauses: Vec<String> = statement.given.iter().map(assumption).collect();
        clauses.extend(statement.definitions.iter().map(|d| crate::syntax::print_definition(d, Style::Unicode)));
        if !clauses.is_empty() {
            text.push_str(&format!("<mtext>&#160;&#160; ({})</mtext>", escape(&clauses.join(", "))));
        }
        text
    }

    /// An expression in a place that binds so tightly; brackets where they are needed.
    fn expr(&self, e: &Expr, place: u8) -> String {
        let (inner, binds) = self.open(e);
        let inner = if binds < place { fenced("(", &inner, ")") } else { inner };
        match self.marked {
            // The span of a bracket may be that of what it holds; the outermost is marked.
            Some(span) if span.start == e.span.start && span.end == e.span.end => {
                format!("<mrow class=\"changed\">{}</mrow>", Writer { marked: None }.expr_again(e, place))
            }
            _ => inner,
        }
    }

    fn expr_again(&self, e: &Expr, place: u8) -> String {
        let (inner, binds) = self.open(e);
        if binds < place { fenced("(", &inner, ")") } else { inner }
    }

    /// An expression without brackets, and how tightly it binds.
    fn open(&self, e: &Expr) -> (String, u8) {
        match &e.kind {
            Kind::Number(value) => {
                let text = print(e, Style::Unicode);
                match text.strip_prefix('-') {
                    // What has no end as a decimal number.
                    _ if text.contains('/') => {
                        (format!("<mfrac><mn>{}</mn><mn>{}</mn></mfrac>", value.numer(), value.denom()), FACTOR)
                    }
                    Some(digits) => (format!("{}<mn>{digits}</mn>", mo("-")), SUM),
                    None => (format!("<mn>{text}</mn>"), BASE),
                }
            }
            Kind::Infinity => (upright("∞"), BASE),
            Kind::Name(name) => (self.name(name), BASE),
            Kind::OperatorM(name) => (format!("<msub>{}{}</msub>", mi("M"), self.name(name)), BASE),
            Kind::OperatorD(None) => (mi("D"), BASE),
            Kind::OperatorD(Some(name)) => (format!("<msub>{}{}</msub>", mi("D"), self.name(name)), BASE),
            Kind::Call { function, arguments, .. } if function.base == "adjoint" && arguments.len() == 1 => {
                (format!("<msup>{}{}</msup>", self.expr(&arguments[0], BASE), mo("*")), FACTOR)
            }
            Kind::OperatorS(subscript) => (self.scripted(&mi("S"), subscript.as_deref()), BASE),
            Kind::Neg(inner) => (format!("{}{}", mo("-"), self.expr(inner, PRODUCT)), SUM),
            Kind::Binary(operator, left, right) => self.binary(*operator, left, right),
            Kind::Call { function, orders, arguments } => (self.call(function, orders, arguments), BASE),
            Kind::Density { law, at } => {
                let mut inside = self.expr(at, SUM);
                if !law.points.is_empty() {
                    inside.push_str(&format!("{}{}", mo(","), self.arguments(&law.points)));
                }
                if !law.arguments.is_empty() {
                    inside.push_str(&format!("<mo separator=\"true\">|</mo>{}", self.arguments(&law.arguments)));
                }
                (row(&format!("{}{}", self.law_name(law), fenced("(", &inside, ")"))), BASE)
            }
            Kind::Given { body, given } => {
                let inside = format!("{}<mo separator=\"true\">|</mo>{}", self.expr(body, SUM), self.arguments(given));
                (inside, SUM)
            }
            Kind::Abs(inner) => (fenced("|", &self.expr(inner, SUM), "|"), BASE),
            Kind::Indicator(relation, left, right) => {
                let inside =
                    format!("{}{}{}", self.expr(left, SUM), mo(relation_sign(*relation)), self.expr(right, SUM));
                (row(&format!("<mn>𝟏</mn>{}", fenced("{", &inside, "}"))), BASE)
            }
            Kind::Derivative { variable, order, body } => {
                let head = self.derivative_head(variable.as_ref(), *order);
                let plain = matches!(body.kind, Kind::Call { .. } | Kind::Density { .. } | Kind::Name(_));
                let body = if plain { self.expr(body, BASE) } else { self.bracketed(body) };
                (format!("{head}{THIN}{body}"), FACTOR)
            }
            Kind::Expectation { binders, body } => {
                (format!("{}{}", self.under(&upright("𝔼"), binders), self.bracketed(body)), BASE)
            }
            Kind::Variance { binders, body } => {
                (format!("{}{}", self.under(&mi("Var"), binders), self.bracketed(body)), BASE)
            }
            Kind::Covariance { binders, left, right } => {
                let inside = format!("{}{}{}", self.expr(left, SUM), mo(","), self.expr(right, SUM));
                (format!("{}{}", self.under(&mi("Cov"), binders), fenced("[", &inside, "]")), BASE)
            }
            Kind::Divergence(p, q) => {
                let inside = format!("{}{}{}", self.law(p), mo("‖"), self.law(q));
                (row(&format!("{}{}", mi("KL"), fenced("(", &inside, ")"))), BASE)
            }
            Kind::Entropy(law) => (row(&format!("{}{}", mi("H"), fenced("(", &self.law(law), ")"))), BASE),
            Kind::Smoothing { subscript, body } => {
                let head = self.scripted(&mi("S"), subscript.as_deref());
                let plain = matches!(body.kind, Kind::Name(_));
                let body = if plain { self.expr(body, BASE) } else { self.bracketed(body) };
                (format!("{head}{THIN}{body}"), FACTOR)
            }
            Kind::Integral { limits, variable, body } => {
                let sign = match limits {
                    Some((low, high)) => {
                        format!("<msubsup>{}{}{}</msubsup>", mo("∫"), self.boxed(low), self.boxed(high))
                    }
                    None => mo("∫"),
                };
                let differential = format!("{THIN}{}{}", mi("d"), self.name(variable));
                (format!("{sign}{}{differential}", self.expr(body, PRODUCT)), PRODUCT)
            }
            Kind::StopGrad(inner) => (row(&format!("{}{}", mi("sg"), fenced("(", &self.expr(inner, SUM), ")"))), BASE),
            Kind::Difference(inner) => (format!("{}{}", mo("Δ"), self.expr(inner, FACTOR)), FACTOR),
            Kind::Commutator(a, b) => {
                (fenced("[", &format!("{}{}{}", self.expr(a, SUM), mo(","), self.expr(b, SUM)), "]"), BASE)
            }
        }
    }

    fn binary(&self, operator: Binary, left: &Expr, right: &Expr) -> (String, u8) {
        match operator {
            Binary::Add => (format!("{}{}{}", self.expr(left, SUM), mo("+"), self.expr(right, PRODUCT)), SUM),
            Binary::Sub => (format!("{}{}{}", self.expr(left, SUM), mo("-"), self.expr(right, PRODUCT)), SUM),
            Binary::Mul => {
                // A word would run into the letter before it.
                let word = matches!(&right.kind, Kind::Call { function, .. } if function.base.chars().count() > 1);
                let times = match &right.kind {
                    Kind::Number(_) => mo("·"),
                    _ if word => THIN.to_string(),
                    _ => TIMES.to_string(),
                };
                (format!("{}{times}{}", self.expr(left, PRODUCT), self.expr(right, FACTOR)), PRODUCT)
            }
            Binary::Div => (format!("<mfrac>{}{}</mfrac>", self.boxed(left), self.boxed(right)), FACTOR),
            Binary::Pow => {
                // A fraction in the base of a power needs its brackets.
                let base = match &left.kind {
                    Kind::Binary(Binary::Div, ..) => fenced("(", &self.expr(left, SUM), ")"),
                    _ => row(&self.expr(left, BASE)),
                };
                (format!("<msup>{base}{}</msup>", self.boxed(right)), FACTOR)
            }
        }
    }

    fn boxed(&self, e: &Expr) -> String {
        row(&self.expr(e, SUM))
    }

    fn bracketed(&self, e: &Expr) -> String {
        fenced("[", &self.expr(e, SUM), "]")
    }

    fn scripted(&self, base: &str, subscript: Option<&Expr>) -> String {
        match subscript {
            Some(subscript) => format!("<msub>{base}{}</msub>", self.boxed(subscript)),
            None => base.into(),
        }
    }

    fn derivative_head(&self, variable: Option<&Name>, order: u32) -> String {
        let head = mi("D");
        match (variable, order) {
            (None, 1) => head,
            (None, order) => format!("<msup>{head}<mn>{order}</mn></msup>"),
            (Some(variable), 1) => format!("<msub>{head}{}</msub>", self.name(variable)),
            (Some(variable), order) => format!("<msubsup>{head}{}<mn>{order}</mn></msubsup>", self.name(variable)),
        }
    }

    fn call(&self, function: &Name, orders: &[u32], arguments: &[Expr]) -> String {
        let plain = orders.iter().all(|order| *order == 0);
        if plain && function.base == "sqrt" && arguments.len() == 1 {
            return format!("<msqrt>{}</msqrt>", self.expr(&arguments[0], SUM));
        }
        let name = self.name(function);
        let head = match orders {
            _ if plain => name,
            [order @ 1..=3] => format!("<msup>{name}<mo>{}</mo></msup>", "′".repeat(*order as usize)),
            [order] => format!("<msup>{name}<mrow><mo>(</mo><mn>{order}</mn><mo>)</mo></mrow></msup>"),
            _ => {
                let partial = |(index, order): (usize, &u32)| {
                    format!("<msub><mo>∂</mo><mn>{}</mn></msub>", index + 1).repeat(*order as usize)
                };
                let partials: String = orders.iter().enumerate().map(partial).collect();
                format!("{partials}{name}")
            }
        };
        row(&format!("{head}{APPLY}{}", fenced("(", &self.arguments(arguments), ")")))
    }

    fn arguments(&self, arguments: &[Expr]) -> String {
        list(&arguments.iter().map(|argument| self.expr(argument, SUM)).collect::<Vec<_>>())
    }

    fn name(&self, name: &Name) -> String {
        match &name.subscript {
            Some(subscript) => format!("<msub>{}{}</msub>", mi(&name.base), mi(subscript)),
            None => mi(&name.base),
        }
    }

    fn law_name(&self, law: &Law) -> String {
        match (&law.name.subscript, law.name.base.as_str()) {
            (None, "N") => mi("𝒩"),
            (None, base) => upright(base),
            _ => self.name(&law.name),
        }
    }

    fn law(&self, law: &Law) -> String {
        let mut text = self.law_name(law);
        if !law.arguments.is_empty() {
            text = row(&format!("{text}{}", fenced("(", &self.arguments(&law.arguments), ")")));
        }
        if law.stopped { row(&format!("{}{}", mi("sg"), fenced("(", &text, ")"))) } else { text }
    }

    /// An operator with its random variables as a subscript.
    fn under(&self, operator: &str, binders: &[Binder]) -> String {
        let binder = |binder: &Binder| {
            let variables: Vec<String> = binder.variables.iter().map(|variable| self.name(variable)).collect();
            format!("{}{}{}", list(&variables), mo("∼"), self.law(&binder.law))
        };
        let binders: Vec<String> = binders.iter().map(binder).collect();
        format!("<msub>{operator}{}</msub>", row(&list(&binders)))
    }
}

fn relation_sign(relation: Relation) -> &'static str {
    match relation {
        Relation::Less => "<",
        Relation::LessEqual => "≤",
        Relation::Greater => ">",
        Relation::GreaterEqual => "≥",
        Relation::Equal => "=",
        Relation::NotEqual => "≠",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_balanced_and_text_is_escaped() {
        let texts = [
            "D_θ^2[E_{x ~ N(0,1), w ~ p_θ}[f''(θ + σ x)/(2 σ)^2 1{x < w}]]",
            "∫_0^1 |u|^(1/2) du + ∂_2 f(x, y) - -3",
            "S_θ[f D ln N_θ] = S[f_θ x/σ] given σ > 0, f : jump where g(u) = u",
            "KL(p_θ ‖ q) + H(q) + Cov_{x ~ q}[x, x^2] + stopgrad(x)",
            "[D, M_y] = 1",
            "N(y | θ, σ²) + sqrt(x) + Δ f(x)",
        ];
        for text in texts {
            let page = math(text, None).unwrap_or_else(|| panic!("{text}"));
            let mut open = Vec::new();
            for tag in page.split('<').skip(1) {
                let name = tag.split(['>', ' ']).next().unwrap_or("");
                match name.strip_prefix('/') {
                    Some(name) => assert_eq!(open.pop(), Some(name), "{text}: {page}"),
                    None if tag.split('>').next().unwrap_or("").ends_with('/') => {}
                    None => open.push(name),
                }
            }
            assert!(open.is_empty(), "{text}: {page}");
        }
        assert!(math("1{x < 1}", None).is_some_and(|page| page.contains("&lt;")));
        assert!(math("no formula (", None).is_none());
    }

    #[test]
    fn brackets_stand_where_they_are_needed() {
        let plain = |text: &str| {
            let page = math(text, None).expect("a formula");
            let text: String = page.split('<').filter_map(|tag| tag.split_once('>')).map(|(_, text)| text).collect();
            text.replace("&#x2062;", "").replace("&#x2061;", "")
        };
        assert_eq!(plain("(a + b) c"), "(a+b)c");
        assert_eq!(plain("a + b c"), "a+bc");
        assert_eq!(plain("(a b)^2"), "(ab)2");
        assert_eq!(plain("a - (b - c)"), "a−(b−c)");
        assert_eq!(plain("(-a)^2 b"), "(−a)2b");
        assert_eq!(plain("f(-0.25) = 1.448"), "f(−0.25)=1.448");
    }

    #[test]
    fn the_changed_part_is_marked_once() {
        let page = math("x + y z", Some(Span { start: 4, end: 7 })).expect("a formula");
        assert_eq!(page.matches("changed").count(), 1, "{page}");
    }
}
