//! Operators that are applied to a function: `(S_a D) f(y)`.

use super::operator::{is_semigroup, of_bounded_degree};
use super::{Elaborator, Result, coded, error, full_name};
use crate::syntax::{APPLIED, Code, Expr, Kind, Name, Span};
use crate::term::{Adjoints, Term};

impl Elaborator<'_> {
    /// What an operator makes of a function, at the letter that this is of.
    pub(super) fn applied(&mut self, operator: &Expr, body: &Expr) -> Result<Term> {
        let span = Span { start: operator.span.start, end: body.span.end };
        let name = self.acted_letter(operator, body)?;
        if self.definition_of(&name, body.span)?.is_some() {
            let message = format!("`{}` has a value, and operators act on functions of a letter", full_name(&name));
            return error(body.span, &message, Some("set it behind: [(S_a D) f(y)]_{y = 2}"));
        }
        let y = self.variable(&name);
        if !self.shape(&Term::var(y.clone())).is_empty() {
            let message =
                format!("`{}` is a vector, and these operators act on functions of a number", full_name(&name));
            return coded(Code::Unsupported, span, &message, Some("write ∇, Δ and means: Δ f(y)"));
        }
        let widths = self.widths.len();
        let written = self.operator(operator, &y)?;
        of_bounded_degree(&written, operator.span)?;
        if self.widths[widths..].iter().any(|width| width.depends_on(&y)) {
            return error(operator.span, "a width depends on what functions are of", None);
        }
        let bound = |width: &Term| self.scope.iter().any(|bound| width.depends_on(&bound.var));
        if self.widths[widths..].iter().any(bound) {
            return error(operator.span, "a width that is random or summed over has no meaning here yet", None);
        }
        if !written.counts().is_empty() {
            let help = "write the equation between the operators: (D^n M_y) = …, with nothing to act on";
            return error(operator.span, "a number of derivatives that is a letter is not written out", Some(help));
        }
        let function = self.expr(body)?;
        let known = Adjoints { variable: &y, law: None, definitions: self.definitions };
        let Some(value) = known.resolved(&written).and_then(|plain| plain.act(&y, function)) else {
            return error(span, "what this operator makes of a function cannot be written out", None);
        };
        self.decided = true;
        Ok(value)
    }

    /// The letter that a function is of and operators before it differentiate by: that of `M_y`, of `D_y`, or the only argument.
    fn acted_letter(&self, operator: &Expr, body: &Expr) -> Result<Name> {
        let multiplied = self.multiplied_by(operator)?;
        let arguments = arguments(body);
        let direct = matches!(&body.kind, Kind::Call { .. });
        let plain = |argument: &&Expr| matches!(argument.kind, Kind::Name(_));
        if let (true, Some(argument)) = (direct, arguments.iter().find(|argument| !plain(argument))) {
            let help = "apply it at a letter and set that: [(S_a D) f(y)]_{y = x + 1}";
            let message = "it is not clear which function this operator is applied to";
            return coded(Code::Ambiguous, argument.span, message, Some(help));
        }
        let mut letters: Vec<&Name> = Vec::new();
        for argument in arguments {
            if let Kind::Name(name) = &argument.kind
                && !letters.contains(&name)
            {
                letters.push(name);
            }
        }
        match (multiplied, letters.as_slice()) {
            (Some(name), _) if body.has_free(&name) => Ok(name),
            (Some(name), _) => {
                let name = full_name(&name);
                let message = format!("this is no function of `{name}`, which the operator before it multiplies by");
                error(body.span, &message, Some(&format!("write one letter in both places: (M_{name} D) f({name})")))
            }
            (None, [name]) => Ok((*name).clone()),
            (None, _) => {
                let message = "which letter this is a function of is not told";
                error(body.span, message, Some("write a function of one letter, or multiply by it: (D M_y) f(y)"))
            }
        }
    }

    /// Beside operators that are applied a bare `D` is d/dy, and `M_y` no letter.
    ///
    /// # Errors
    /// It could as well be something else.
    pub(super) fn beside_applications(&mut self, members: &[Expr]) -> Result<()> {
        self.bare = theta();
        let mut beside = Beside::default();
        members.iter().for_each(|member| beside.see(member));
        let mut letters = Vec::new();
        for (operator, body) in &beside.applications {
            let letter = self.acted_letter(operator, body)?;
            if !letters.contains(&letter) {
                letters.push(letter);
            }
        }
        let Some(letter) = letters.first() else { return Ok(()) };
        let written = full_name(letter);
        if let Some(span) = beside.derivative {
            let other = theta();
            let other = letters.get(1).or(members.iter().any(|member| member.has_free(&other)).then_some(&other));
            if let Some(other) = other {
                let (message, other) = (format!("is this `D` by `{written}`?"), full_name(other));
                return coded(Code::Ambiguous, span, &message, Some(&format!("write D_{written} or D_{other}")));
            }
            self.bare = letter.clone();
            self.decided = true;
        }
        if let Some(span) = beside.smoothing {
            let help = format!(
                "write (S) f({written}) for the mean of f({written} + x), and E_{{x ~ N(0,1)}}[…] for any other"
            );
            return coded(
                Code::Ambiguous,
                span,
                "this `S` is the one of the note, or smoothing of width 1",
                Some(&help),
            );
        }
        if let Some((name, span)) = beside.semigroup.filter(|_| beside.applies_semigroup()) {
            let message = format!("`{}` has nothing to act on", full_name(name));
            return error(span, &message, Some("put operators in one bracket before the function: (D P_t) f(y)"));
        }
        match beside.multiplication {
            Some((name, span)) => {
                let name = name.subscript.as_deref().unwrap_or_default();
                let message = format!("`M_{name}` has nothing to act on");
                error(
                    span,
                    &message,
                    Some(&format!("write {name} for the number, and the operator in brackets with others")),
                )
            }
            None => Ok(()),
        }
    }
}

/// What a bare `D` differentiates by in the note.
pub(super) fn theta() -> Name {
    Name { base: "θ".into(), subscript: None }
}

/// What stands in a statement beside operators that are applied.
#[derive(Default)]
struct Beside<'e> {
    /// Each operator with what it is applied to.
    applications: Vec<(&'e Expr, &'e Expr)>,
    derivative: Option<Span>,
    smoothing: Option<Span>,
    multiplication: Option<(&'e Name, Span)>,
    semigroup: Option<(&'e Name, Span)>,
}

impl<'e> Beside<'e> {
    /// Is a semigroup applied?
    fn applies_semigroup(&self) -> bool {
        fn holds(e: &Expr) -> bool {
            matches!(&e.kind, Kind::Name(name) if is_semigroup(name)) || e.children().into_iter().any(holds)
        }
        self.applications.iter().any(|(operator, _)| holds(operator))
    }

    fn see(&mut self, e: &'e Expr) {
        match &e.kind {
            Kind::Call { function, arguments, .. } if function.base == APPLIED => {
                if let [operator, body] = arguments.as_slice() {
                    self.applications.push((operator, body));
                    self.see(body);
                }
                return;
            }
            Kind::Call { function, .. } | Kind::Name(function)
                if function.base == "M" && function.subscript.as_deref().is_some_and(|below| below.len() == 1) =>
            {
                self.multiplication = Some((function, e.span));
            }
            Kind::Call { function, .. } | Kind::Name(function) if is_semigroup(function) => {
                self.semigroup = Some((function, e.span));
            }
            Kind::Derivative { variable: None, .. } => self.derivative = Some(e.span),
            Kind::Smoothing { subscript: None, .. } => self.smoothing = Some(e.span),
            _ => {}
        }
        e.children().into_iter().for_each(|child| self.see(child));
    }
}

/// The arguments of the unknown functions of one argument in an expression.
fn arguments(e: &Expr) -> Vec<&Expr> {
    match &e.kind {
        Kind::Call { function, arguments, .. } if function.base.chars().count() == 1 && arguments.len() == 1 => {
            vec![&arguments[0]]
        }
        _ => e.children().into_iter().flat_map(arguments).collect(),
    }
}
