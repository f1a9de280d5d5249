//! Functions that stand for a formula, and products over an index.

use super::{Elaborator, Result, coded};
use crate::syntax::{Code, Expr, Name, Span};
use crate::term::{
    CHOOSE, Hypotheses, Op, PRODUCT, Problem, Term, Var, is_nonnegative, is_nonzero, is_positive, substitute,
};

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
    /// `prod(e, k, a, b)`, perhaps without one index: written out between numbers. Elsewhere it is a product of which nothing
    /// is known yet, `prod(sum(e, k, a, b))`, until [`settled`].
    pub(super) fn product(
        &mut self,
        body: &Expr,
        variable: &Expr,
        limits: Option<(&Expr, &Expr)>,
        but: Option<&Expr>,
        span: Span,
    ) -> Result<Term> {
        let Indexed { var, body, lo, hi, but } = self.indexed("prod", body, variable, limits, but, span)?;
        let body = self.number(body, span)?;
        let limits = lo.as_integer().zip(hi.as_integer()).filter(|(lo, hi)| hi.saturating_sub(*lo) < FACTORS);
        let body = match (but, &limits) {
            (None, _) => body,
            (Some(but), Some((lo, hi))) => {
                let Some(but) = but.as_integer() else {
                    let message =
                        "a product between numbers without an index that is no number has no meaning here yet";
                    return coded(Code::Unsupported, span, message, Some("write its factors out"));
                };
                let factors = (*lo..=*hi).filter(|k| *k != but);
                return Ok(Term::mul(factors.map(|k| substitute(&body, &var, &Term::integer(k))).collect()));
            }
            (Some(but), None) => Term::function(CHOOSE, vec![Term::var(var.clone()), but, Term::one(), body]),
        };
        Ok(match limits {
            Some((lo, hi)) => Term::mul((lo..=hi).map(|k| substitute(&body, &var, &Term::integer(k))).collect()),
            None => {
                self.products.push(span);
                Term::function(PRODUCT, vec![Term::bind(Op::Sum(var), vec![lo, hi, body])])
            }
        })
    }
}

/// The statement with each product of positive factors as the exponential of the sum of their logarithms, and any other as one
/// over the entries of an array.
pub(super) fn settled(problem: Problem, span: Span) -> Result<Problem> {
    let known = |term: &Term| settled_in(&problem, term);
    let all = |terms: &[Term]| terms.iter().map(known).collect::<Option<Vec<Term>>>();
    let supposed = |terms: &[Term], told: fn(&Term) -> bool| {
        let kept = |terms: Vec<Term>| terms.into_iter().filter(|term| !told(term)).collect::<Vec<_>>();
        all(terms).map(kept)
    };
    let Hypotheses { positive, nonnegative, nonzero, .. } = &problem.hypotheses;
    let settled = (
        all(&problem.members),
        supposed(positive, is_positive),
        supposed(nonnegative, is_nonnegative),
        supposed(nonzero, is_nonzero),
    );
    match settled {
        (Some(members), Some(positive), Some(nonnegative), Some(nonzero)) => {
            let hypotheses = Hypotheses { positive, nonnegative, nonzero, ..problem.hypotheses.clone() };
            Ok(Problem { members, hypotheses, ..problem })
        }
        _ => {
            let message = "a product of factors that may be negative or 0 is over k = 1, …, n";
            coded(Code::Unsupported, span, message, Some("write \\prod_{k=1}^{n}, or say that the factors are above 0"))
        }
    }
}

fn settled_in(problem: &Problem, term: &Term) -> Option<Term> {
    let args: Vec<Term> = term.args().iter().map(|arg| settled_in(problem, arg)).collect::<Option<_>>()?;
    let term = Term::rebuilt(term.op(), args);
    let [sum] = term.args() else { return Some(term) };
    let (Op::Sum(bound), true) = (sum.op(), term.is_function(PRODUCT)) else { return Some(term) };
    let index = Var::free("factor·", bound.domain);
    let own = Term::var(index.clone());
    let body = sum.open(&own);
    let (but, factor) = match body.args() {
        [at, but, _, factor] if body.is_function(CHOOSE) && *at == own => (Some(but.clone()), factor.clone()),
        _ => (None, body),
    };
    let (lo, hi) = (sum.args()[0].clone(), sum.args()[1].clone());
    if is_positive_at(problem, &factor, &index) {
        let logarithm = if factor.is_function("exp") { factor.args()[0].clone() } else { factor.ln() };
        let all = Term::bind(Op::Sum(index.clone()), vec![lo, hi, logarithm.clone()]);
        return Some(match but {
            // What is left out is one of the values, or else the claim speaks of an index out of range.
            Some(but) => all.minus(substitute(&logarithm, &index, &but)).exp(),
            None => all.exp(),
        });
    }
    let array = |body: Term| Term::bind(Op::Array(index.clone()), vec![hi.clone(), body]);
    lo.is_one().then(|| {
        let body = match but {
            Some(but) => Term::function(CHOOSE, vec![own.clone(), but, Term::one(), factor.clone()]),
            None => factor.clone(),
        };
        Term::function(PRODUCT, vec![array(body)])
    })
}

/// Is a factor above 0 at every index? A letter that stands in hypotheses only stands for all its values there.
fn is_positive_at(problem: &Problem, factor: &Term, index: &Var) -> bool {
    let hypotheses = &problem.hypotheses;
    if hypotheses.imply_positive(factor) {
        return true;
    }
    let spoken: Vec<&Var> = hypotheses.relations().flatten().flat_map(|term| term.free()).collect();
    let only = |v: &&Var| !problem.members.iter().any(|member| member.depends_on(v)) && v.name().is_some();
    let mut at_index = hypotheses.clone();
    for letter in spoken.into_iter().filter(only) {
        let there = |terms: &[Term]| {
            let each = terms.iter().map(|term| substitute(term, letter, &Term::var(index.clone())));
            terms.iter().cloned().chain(each).collect::<Vec<_>>()
        };
        at_index.positive = there(&at_index.positive);
        at_index.nonnegative = there(&at_index.nonnegative);
    }
    at_index.imply_positive(factor)
}

/// The parts of a sum or product over an index.
pub(super) struct Indexed {
    pub var: Var,
    pub body: Term,
    pub lo: Term,
    pub hi: Term,
    /// An index that is left out.
    pub but: Option<Term>,
}
