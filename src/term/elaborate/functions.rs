//! Functions that stand for a formula, and products over numbers.

use super::{Elaborator, Result, coded};
use crate::syntax::{Code, Expr, Kind, Name, Span};
use crate::term::{Domain, Op, Term, substitute};

/// The most factors of a product that are written out.
const FACTORS: i64 = 64;

/// The formula of a function that the library has no file for.
pub(super) fn unfolded(function: &Name, orders: &[u32], args: &[Term]) -> Option<Term> {
    if function.subscript.is_some() || orders.iter().any(|order| *order > 0) {
        return None;
    }
    let ln = |t: Term| t.ln();
    let sum = |terms: Vec<Term>| Term::add(terms);
    let one = Term::one;
    let half = || Term::integer(2).recip();
    let sqrt = |t: Term| Term::pow(t, half());
    let square = |t: &Term| Term::pow(t.clone(), Term::integer(2));
    Some(match (&*function.base, args) {
        ("clamp", [u, low, high]) => {
            let above = Term::function("max", vec![u.clone(), low.clone()]);
            Term::function("min", vec![above, high.clone()])
        }
        ("expit", [u]) => Term::function("sigmoid", vec![u.clone()]),
        ("logit", [u]) => ln(u.clone()).minus(ln(one().minus(u.clone()))),
        ("atanh", [u]) => Term::mul(vec![half(), ln(sum(vec![one(), u.clone()])).minus(ln(one().minus(u.clone())))]),
        ("asinh", [u]) => ln(sum(vec![u.clone(), sqrt(sum(vec![square(u), one()]))])),
        ("acosh", [u]) => ln(sum(vec![u.clone(), sqrt(square(u).minus(one()))])),
        ("cot", [u]) => {
            Term::mul(vec![Term::function("cos", vec![u.clone()]), Term::function("sin", vec![u.clone()]).recip()])
        }
        ("log1p", [u]) => ln(sum(vec![one(), u.clone()])),
        ("expm1", [u]) => Term::function("exp", vec![u.clone()]).minus(one()),
        _ => return None,
    })
}

impl Elaborator<'_> {
    /// `prod(e, k, a, b)` for numbers a and b: written out.
    pub(super) fn product(&mut self, body: &Expr, variable: &Expr, lo: &Expr, hi: &Expr, span: Span) -> Result<Term> {
        let Kind::Name(name) = &variable.kind else {
            return coded(Code::Meaning, variable.span, "the second argument of `prod` is a variable", None);
        };
        let whole = |t: &Term| match t.op() {
            Op::Number(value) if value.is_integer() => i64::try_from(value.numer()).ok(),
            _ => None,
        };
        let (lo, hi) = (self.expr(lo)?, self.expr(hi)?);
        let limits = whole(&lo).zip(whole(&hi)).filter(|(lo, hi)| hi.saturating_sub(*lo) < FACTORS);
        let Some((lo, hi)) = limits else {
            let message = "a product whose limits are no numbers has no meaning here yet";
            return coded(
                Code::Unsupported,
                span,
                message,
                Some("write the product of a few factors out, or its logarithm as a sum"),
            );
        };
        let var = self.bind(name, Domain::Integer);
        let body = self.expr(body);
        self.scope.pop();
        let body = body?;
        Ok(Term::mul((lo..=hi).map(|k| substitute(&body, &var, &Term::integer(k))).collect()))
    }
}
