//! Sums over all values of a letter: `Σ_a π(a|s) Q(s, a)`, where a is a value of the law π.
//!
//! The values are those that the law takes, so the sum of g is the mean of g divided by the probabilities: `Σ_a g(a) =
//! E_{a ~ π}[g(a)/π(a|s)]`. The law is any law on any set, for which nothing but its probabilities counts: what is said of all
//! of them holds for those of a finite set, and a law on the line is a limit of such laws as long as values are neither
//! compared nor differentiated by.
//!
//! A law may be divided by its sum, as in `π(a|s) = exp(h(s, a))/Σ_b exp(h(s, b))`. It has a density under the law u that
//! takes all values with one probability, and a sum is a mean under it times the number κ of values: what is said holds for
//! any measure κ u in the place of the one that counts.

use super::joint::{binary, expr, laws, letter, name_of, renamed, unsupported, with_children};
use super::{Result, full_name};
use crate::syntax::{Assumption, Binary, Binder, Definition, Expr, Kind, Law, Name, Relation, Span, Statement};

/// What counts values: the law that takes all of them with one probability, and the letter for their number.
#[derive(Clone)]
pub(super) struct Counting {
    pub law: Name,
    pub number: Name,
}

/// A statement with means for sums.
pub(super) struct Resolved {
    pub statement: Statement,
    pub remarks: Vec<String>,
    pub counting: Option<Counting>,
}

/// The statement with means for sums over all values, and what is to be said of it. None if there are no such sums.
pub(super) fn resolve(statement: &Statement, assumed: &[Assumption], own: &[Definition]) -> Result<Option<Resolved>> {
    let bodies = || statement.definitions.iter().map(|definition| &definition.body);
    if !statement.members.iter().chain(bodies()).any(holds_sum) {
        return Ok(None);
    }
    let draws = assumed.iter().chain(&statement.given).filter_map(|assumption| match assumption {
        Assumption::Draw { variables, law, .. } => Some(variables.iter().map(move |name| (name, law))),
        _ => None,
    });
    let defined: Vec<&Definition> = own.iter().chain(&statement.definitions).collect();
    let mut sums = Sums { draws: draws.flatten().collect(), defined, counting: None, points: vec![], remarks: vec![] };
    let plain = |name: &Name| (crate::syntax::undecorated(&name.base).to_string(), name.subscript.clone());
    let counted = statement.definitions.iter().filter_map(|definition| sums.counted(definition));
    let points: Vec<_> = counted.flat_map(|found| [plain(found.point), plain(&found.variable)]).collect();
    if !points.is_empty() {
        sums.counting = counting(statement, own);
        sums.points = points;
    }
    let mut made = statement.clone();
    for definition in &mut made.definitions {
        if let Some(body) = sums.normalised(definition) {
            definition.body = body;
        }
    }
    let bodies = made.definitions.iter_mut().map(|definition| &mut definition.body);
    for e in made.members.iter_mut().chain(bodies) {
        *e = sums.rewritten(e)?;
    }
    if let Some(Counting { number, .. }) = &sums.counting {
        let number = letter(number, Span::default());
        made.given.push(Assumption::Compare(Relation::Greater, number, super::joint::number(0, Span::default())));
    }
    Ok(Some(Resolved { statement: made, remarks: sums.remarks, counting: sums.counting }))
}

/// `sum(e, a)`: a sum without limits that is not over the entries of an array.
fn parts(e: &Expr) -> Option<(&Expr, &Name)> {
    let Kind::Call { function, arguments, .. } = &e.kind else { return None };
    let [body, variable] = arguments.as_slice() else { return None };
    let name = name_of(variable).filter(|_| function.base == "sum" && function.subscript.is_none())?;
    (!is_index(body, name)).then_some((body, name))
}

fn holds_sum(e: &Expr) -> bool {
    parts(e).is_some() || e.children().into_iter().any(holds_sum)
}

/// Does a letter stand below another, and nowhere as a value?
fn is_index(e: &Expr, letter: &Name) -> bool {
    if letter.subscript.is_some() {
        return false;
    }
    let mut below = false;
    e.visit_names(&mut |name| {
        below |= name.subscript.as_deref().is_some_and(|below| below.split(',').any(|piece| piece == letter.base));
    });
    below
}

/// Letters for a law of which nothing is known, and a number.
fn counting(statement: &Statement, own: &[Definition]) -> Option<Counting> {
    let mut taken: Vec<String> = own.iter().chain(&statement.definitions).map(|d| d.name.base.clone()).collect();
    let mut see = |e: &Expr| {
        e.visit_names(&mut |name| taken.push(name.base.clone()));
        laws(e, &mut |law| taken.push(law.name.base.clone()));
    };
    let bodies = own.iter().chain(&statement.definitions).map(|definition| &definition.body);
    statement.members.iter().chain(bodies).for_each(&mut see);
    for assumption in &statement.given {
        if let Assumption::Draw { law, .. } = assumption {
            taken.push(law.name.base.clone());
        }
    }
    let free = |bases: &[&str]| {
        let base = bases.iter().find(|base| !taken.iter().any(|other| other == *base))?;
        Some(Name { base: (*base).into(), subscript: None })
    };
    Some(Counting { law: free(&["u", "ν", "μ", "λ", "v", "w"])?, number: free(&["κ", "K", "m", "n"])? })
}

struct Sums<'a> {
    /// What `given` draws.
    draws: Vec<(&'a Name, &'a Law)>,
    /// What is defined: laws among them.
    defined: Vec<&'a Definition>,
    /// What counts the values of laws that are divided by their sum.
    counting: Option<Counting>,
    /// The letters of these values, without what stands above them.
    points: Vec<(String, Option<String>)>,
    remarks: Vec<String>,
}

impl Sums<'_> {
    /// `u(a) w(a)/E_{b ~ u}[w(b)]` for a law that is `w(a)/Σ_b w(b)`.
    fn normalised(&mut self, definition: &Definition) -> Option<Expr> {
        let Normalised { point, weight, body, variable } = self.counted(definition)?;
        let (span, variable) = (definition.span, &variable);
        let base = Law::named(self.counting.clone()?.law, vec![], span);
        self.say(format!(
            "the sum over {} is a mean under the law {} that takes all its values with one probability",
            full_name(variable),
            full_name(&base.name)
        ));
        let density = expr(Kind::Density { law: base.clone(), at: Box::new(letter(point, span)) }, span);
        let whole = mean(variable, base, body, span);
        Some(binary(Binary::Div, binary(Binary::Mul, density, weight.clone()), whole))
    }

    /// Is a letter that of the values of a law that is divided by its sum: a, a' or b of `π(a) = w(a)/Σ_b w(b)`?
    fn is_counted(&self, variable: &Name) -> bool {
        let plain = |name: &Name| (crate::syntax::undecorated(&name.base).to_string(), name.subscript.clone());
        self.points.contains(&plain(variable))
    }

    /// A law that is divided by its sum, where no other law weighs the values: `π_0(a) w(a)/Σ_b π_0(b) w(b)` has one.
    fn counted<'d>(&self, definition: &'d Definition) -> Option<Normalised<'d>> {
        normalised(definition, &self.defined).filter(|found| self.law_of(&found.body, &found.variable).is_none())
    }

    fn say(&mut self, remark: String) {
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }

    fn rewritten(&mut self, e: &Expr) -> Result<Expr> {
        let e = with_children(e, |child| self.rewritten(child))?;
        let Some((body, variable)) = parts(&e) else { return Ok(e) };
        let span = e.span;
        let law = self.law_of(body, variable);
        let counted = || {
            let counting = self.counting.as_ref().filter(|_| self.is_counted(variable))?;
            Some(Law::named(counting.law.clone(), vec![], span))
        };
        let Some(law) = law.or_else(counted) else {
            return Ok(e);
        };
        if differentiates(body, variable) || compares(body, variable) {
            let message =
                format!("a sum over the values of `{0}` that compares or differentiates by `{0}`", full_name(variable));
            let help = "name the values: a sum over a = 1, …, k with π_a, or a mean over a law on the line";
            return unsupported(span, &message, help);
        }
        self.say(format!(
            "the sum over {} is over all values of the law {}",
            full_name(variable),
            full_name(&law.name)
        ));
        let at = letter(variable, span);
        if let Some(Counting { number, .. }) = self.counting.as_ref().filter(|counting| counting.law == law.name) {
            let whole = mean(variable, law, body.clone(), span);
            return Ok(binary(Binary::Mul, letter(number, span), whole));
        }
        let body = match without(body, &|factor| density_at(factor, variable).as_ref() == Some(&law)) {
            Some(rest) => rest,
            None => {
                let density = expr(Kind::Density { law: law.clone(), at: Box::new(at) }, span);
                binary(Binary::Div, body.clone(), density)
            }
        };
        Ok(mean(variable, law, body, span))
    }

    /// The law whose values a letter takes: the one that is a factor of the body, that `given` says, or that alone stands in it.
    fn law_of(&self, body: &Expr, variable: &Name) -> Option<Law> {
        let ours = |law: &Law| {
            crate::syntax::is_letter(&law.name.base)
                && !matches!(&*law.name.base, "N" | "U")
                && !law.stopped
                && law.points.is_empty()
                // A density that is written out is one on the line.
                && !self.defined.iter().any(|d| d.name == law.name && !d.parameters.is_empty())
        };
        let mut found: Vec<Law> = Vec::new();
        densities(body, variable, &mut |law| {
            if !found.contains(&law) {
                found.push(law);
            }
        });
        found.retain(ours);
        let drawn = self.draws.iter().find(|(name, _)| *name == variable).map(|(_, law)| (*law).clone());
        let is_factor = |law: &Law| without(body, &|f| density_at(f, variable).as_ref() == Some(law)).is_some();
        let said = drawn.filter(ours);
        if let Some(law) = said.as_ref().filter(|law| is_factor(law)) {
            return Some(law.clone());
        }
        if let Some(law) = found.iter().find(|law| is_factor(law)) {
            return Some(law.clone());
        }
        said.or_else(|| (found.len() == 1).then(|| found.remove(0)))
    }
}

/// A law that is `w(a)/Σ_b w(b)`.
struct Normalised<'a> {
    point: &'a Name,
    weight: &'a Expr,
    /// What is summed, over which letter.
    body: Expr,
    variable: Name,
}

fn normalised<'a>(definition: &'a Definition, defined: &[&Definition]) -> Option<Normalised<'a>> {
    let point = definition.parameters.first()?;
    let Kind::Binary(Binary::Div, weight, sum) = &definition.body.kind else { return None };
    let sum = unfolded(sum, defined).unwrap_or_else(|| (**sum).clone());
    let (body, variable) = parts(&sum)?;
    let own = renamed(weight, point, variable);
    let same = own == *body && (variable == point || !weight.has_free(variable));
    same.then(|| Normalised { point, weight, body: body.clone(), variable: variable.clone() })
}

/// What `Z` or `Z(s)` is defined to be, where its arguments are letters.
fn unfolded(e: &Expr, defined: &[&Definition]) -> Option<Expr> {
    let (name, arguments) = match &e.kind {
        Kind::Name(name) => (name, &[][..]),
        Kind::Call { function, arguments, .. } => (function, arguments.as_slice()),
        _ => return None,
    };
    let definition = defined.iter().find(|d| d.name == *name && d.parameters.len() == arguments.len())?;
    let mut body = definition.body.clone();
    for (parameter, argument) in definition.parameters.iter().zip(arguments) {
        body = renamed(&body, parameter, name_of(argument)?);
    }
    Some(body)
}

/// The law whose density at a letter an expression is.
fn density_at(e: &Expr, variable: &Name) -> Option<Law> {
    match &e.kind {
        Kind::Density { law, at } if name_of(at) == Some(variable) => Some(law.clone()),
        _ => None,
    }
}

fn densities(e: &Expr, variable: &Name, see: &mut impl FnMut(Law)) {
    if let Some(law) = density_at(e, variable) {
        see(law);
    }
    e.children().into_iter().for_each(|child| densities(child, variable, see));
}

/// A product without one factor, if it has that factor above the bar.
fn without(e: &Expr, is: &impl Fn(&Expr) -> bool) -> Option<Expr> {
    match &e.kind {
        _ if is(e) => Some(expr(Kind::Number(num_traits::One::one()), e.span)),
        Kind::Binary(Binary::Mul, left, right) => match (without(left, is), without(right, is)) {
            (Some(left), _) if is_one(&left) => Some((**right).clone()),
            (Some(left), _) => Some(binary(Binary::Mul, left, (**right).clone())),
            (None, Some(right)) if is_one(&right) => Some((**left).clone()),
            (None, Some(right)) => Some(binary(Binary::Mul, (**left).clone(), right)),
            (None, None) => None,
        },
        Kind::Binary(Binary::Div, left, right) => {
            without(left, is).map(|left| binary(Binary::Div, left, (**right).clone()))
        }
        Kind::Neg(inner) => without(inner, is).map(|inner| expr(Kind::Neg(Box::new(inner)), e.span)),
        _ => None,
    }
}

fn is_one(e: &Expr) -> bool {
    matches!(&e.kind, Kind::Number(n) if num_traits::One::is_one(n))
}

fn mean(variable: &Name, law: Law, body: Expr, span: Span) -> Expr {
    let binders = vec![Binder { variables: vec![variable.clone()], law }];
    expr(Kind::Expectation { binders, body: Box::new(body) }, span)
}

/// Is something differentiated by a letter, or a function in an argument that holds it?
fn differentiates(e: &Expr, variable: &Name) -> bool {
    let here = match &e.kind {
        Kind::Derivative { variable: Some(by), .. } => by == variable,
        Kind::Call { orders, arguments, .. } => {
            orders.iter().zip(arguments).any(|(order, argument)| *order > 0 && argument.has_free(variable))
        }
        Kind::Difference(body) => body.has_free(variable),
        _ => false,
    };
    here || e.children().into_iter().any(|child| differentiates(child, variable))
}

/// Is a value compared with others for being the same?
fn compares(e: &Expr, variable: &Name) -> bool {
    let here = match &e.kind {
        Kind::Indicator(Relation::Equal | Relation::NotEqual, left, right) => {
            left.has_free(variable) || right.has_free(variable)
        }
        _ => false,
    };
    here || e.children().into_iter().any(|child| compares(child, variable))
}
