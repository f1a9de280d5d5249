//! The note's notation and the statistics, unfolded into expectations.

use super::{Elaborator, Result, error, full_name, symbol};
use crate::syntax::{Expr, Kind, Law, Name, Span};
use crate::term::{Domain, Op, Term, Var};

/// Inside `S` a bare function acts on the noise x, inside `S_θ` on the sample y.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Noise,
    Sample,
}

fn plain(base: &str) -> Name {
    Name { base: base.into(), subscript: None }
}

impl Elaborator<'_> {
    fn theta(&self) -> Term {
        Term::var(self.variable(&plain("θ")))
    }

    /// The width of the note's notation: positive.
    fn sigma(&mut self) -> Term {
        self.sigma |= !self.scope.iter().any(|bound| bound.name == plain("σ"));
        Term::var(self.variable(&plain("σ")))
    }

    /// `N(m, v)`; the law file of that name has to exist.
    fn gaussian(&self, mean: Term, variance: Term) -> Term {
        Term::new(Op::Law("N".into()), vec![mean, variance])
    }

    /// `S g`, `S_θ h`, or the smoothing of a width.
    pub(super) fn smoothing(&mut self, subscript: Option<&Expr>, body: &Expr) -> Result<Term> {
        let is_theta = |e: &Expr| matches!(&e.kind, Kind::Name(name) if *name == plain("θ"));
        match subscript {
            None => {
                let law = self.gaussian(Term::zero(), Term::one());
                self.smooth("x", law, Place::Noise, body)
            }
            Some(s) if is_theta(s) => {
                let variance = Term::pow(self.sigma(), Term::integer(2));
                let law = self.gaussian(self.theta(), variance);
                self.smooth("y", law, Place::Sample, body)
            }
            Some(width) => {
                let width = self.expr(width)?;
                let y = self.variable(&plain("y"));
                let kept = self.place.replace(Place::Sample);
                let body = self.expr(body);
                self.place = kept;
                Ok(self.widened(&width, &y, &body?))
            }
        }
    }

    fn smooth(&mut self, letter: &str, law: Term, place: Place, body: &Expr) -> Result<Term> {
        let kept = self.place.replace(place);
        let var = self.bind(&plain(letter), Domain::Real);
        let body = self.expr(body);
        self.scope.pop();
        self.place = kept;
        Ok(Term::expect(&var, law, body?))
    }

    /// The Gaussian smoothing of a width: `E_{x ~ N(0,1)}[g(y + a x)]`.
    fn widened(&mut self, width: &Term, y: &Var, body: &Term) -> Term {
        self.widths.push(width.clone());
        crate::term::operator::smoothed(width, y, body)
    }

    /// Where a bare function stands: inside `S` or `S_θ`, or, for `f_θ` and `N_θ`, in any mean over their letter.
    fn place_of(&self, name: &Name) -> Option<Place> {
        let bound = |letter: &str| self.scope.iter().any(|bound| bound.name == plain(letter));
        let read_off = match &*name.base {
            "N" if bound("y") => Some(Place::Sample),
            "f" | "g" | "h" if bound("x") => Some(Place::Noise),
            _ => None,
        };
        self.place.or(read_off.filter(|_| name.subscript.as_deref() == Some("θ")))
    }

    /// A function without arguments inside `S` or `S_θ`: `f`, `f_θ`, `N_θ`.
    pub(super) fn bare_function(&mut self, name: &Name, span: Span) -> Result<Term> {
        self.bare_derivative(name, 0, span)
    }

    /// The same for its derivative: `S f'`.
    pub(super) fn bare_derivative(&mut self, name: &Name, order: u32, span: Span) -> Result<Term> {
        let subscripted = name.subscript.as_deref() == Some("θ");
        let x = Term::var(self.variable(&plain("x")));
        let y = Term::var(self.variable(&plain("y")));
        let argument = match (&*name.base, self.place_of(name)) {
            ("N", Some(Place::Sample)) if subscripted && order == 0 => {
                let variance = Term::pow(self.sigma(), Term::integer(2));
                let law = self.gaussian(self.theta(), variance);
                return Ok(Term::new(Op::Density, vec![law, y]));
            }
            ("N", _) => return error(span, "`N_θ` stands inside `S_θ[…]`", None),
            (_, Some(Place::Noise)) if subscripted => {
                let shift = Term::mul(vec![self.sigma(), x]);
                Term::add(vec![self.theta(), shift])
            }
            (_, Some(Place::Noise)) if name.subscript.is_none() => x,
            (_, Some(Place::Sample)) if name.subscript.is_none() => y,
            (_, Some(Place::Sample)) if subscripted => {
                return error(
                    span,
                    "`f_θ` is a function of the noise: it stands inside `S[…]`",
                    Some("inside `S_θ` write `f`"),
                );
            }
            // Where nothing says what it is of, it is a number that moves with what stands below.
            (_, None) if order == 0 && name.base != "f" && !self.arities.contains_key(&symbol(name)) => {
                let moves = self.dependence(name, span)?;
                if !moves.is_empty() {
                    self.arities.insert(symbol(name), moves.len());
                    return Ok(Term::new(Op::Apply(symbol(name), vec![0; moves.len()]), moves));
                }
                return error(
                    span,
                    &format!("the function `{0}` needs an argument", full_name(name)),
                    Some(&format!("write {}(x)", full_name(name))),
                );
            }
            _ => {
                let written = full_name(name) + &"'".repeat(order.min(4) as usize);
                let help = format!("write {written}(x)");
                return error(span, &format!("the function `{written}` needs an argument"), Some(&help));
            }
        };
        let base = plain(&name.base);
        if let Some(definition) = self.own.iter().rev().find(|d| d.name == base).cloned() {
            return self.unfold(&definition, &[order], &[argument], span);
        }
        self.arities.entry(symbol(&base)).or_insert(1);
        Ok(Term::new(Op::Apply(symbol(&base), vec![order]), vec![argument]))
    }

    /// `KL(p ‖ q) = E_{x ~ p}[ln(p(x)/q(x))]`; without q the mean of `ln p(x)`.
    pub(super) fn divergence(&mut self, p: &Law, q: Option<&Law>) -> Result<Term> {
        if let Some(q) = q.filter(|q| !q.points.is_empty() && !p.points.is_empty() && q.points != p.points) {
            let message = "the two laws of this divergence are written for different letters";
            let help = "write the same letters before both bars: KL(q(z|x) ‖ p(z))";
            return super::coded(crate::syntax::Code::Ambiguous, q.span, message, Some(help));
        }
        let (x, source) = self.drawn(&Name { base: "x·".into(), subscript: None }, p)?;
        self.scope.pop();
        let point = Term::var(x.clone());
        let mut body = self.log_density_of(&source, point.clone(), p.span)?;
        if let Some(q) = q {
            body = body.minus(self.log_density_of_law(q, point)?);
        }
        Ok(self.mean_of_source(&x, &source, body))
    }

    /// `Δ f(x) = f(x + 1) - f(x)`.
    pub(super) fn difference(&mut self, body: &Expr) -> Result<Term> {
        if let Kind::Call { function, arguments, .. } = &body.kind
            && let [argument] = arguments.as_slice()
            && let Some(laplacian) = self.laplacian(function, argument, body.span)?
        {
            return Ok(laplacian);
        }
        if let Some(laplacian) = self.laplacian_of(body)? {
            return Ok(laplacian);
        }
        let Kind::Call { function, orders, arguments } = &body.kind else {
            return error(body.span, "`Δ` acts on a function of one argument, such as `Δ f(x)`", None);
        };
        let [argument] = arguments.as_slice() else {
            return error(body.span, "`Δ` acts on a function of one argument", None);
        };
        let one = Expr { kind: Kind::Number(num_traits::One::one()), span: argument.span };
        let next = Kind::Binary(crate::syntax::Binary::Add, Box::new(argument.clone()), Box::new(one));
        let next = Expr { kind: next, span: argument.span };
        let shifted = self.call(function, orders, &[next], body.span)?;
        Ok(shifted.minus(self.expr(body)?))
    }
}
