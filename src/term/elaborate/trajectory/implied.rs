//! Laws of whole trajectories that `given` says without defining them: `p_θ(τ)`, `π_θ(y|x)`, each the product of its factors.
//!
//! `given s_0 ~ ρ, a_t ~ π_θ(·|s_t), s_{t+1} ~ P(·|s_t, a_t), τ = (s_{0:T}, a_{0:T})` makes `p_θ(τ)` the product
//! `ρ(s_0) Π_{t=0}^T π_θ(a_t|s_t) P(s_{t+1}|s_t, a_t)`, and `given y_t ~ π_θ(·|x, y_{<t}), y = y_{1:T}` makes `π_θ(y|x)` the
//! product `Π_{t=1}^T π_θ(y_t|x, y_{<t})`, as if `where` defined them.

use super::index::Index;
use super::model::same_letter;
use super::{Result, binary, letter, unsupported};
use crate::syntax::{Assumption, Binary, Definition, Expr, Kind, Law, Name, Relation, Span, Statement};

/// The statement with these laws defined; none if it has none.
pub(super) fn resolve(statement: &Statement, assumed: &[Assumption]) -> Result<Option<Statement>> {
    let given: Vec<&Assumption> = assumed.iter().chain(&statement.given).collect();
    if let Some(made) = autoregressive(statement) {
        return Ok(Some(made));
    }
    let whole = given.iter().find_map(|assumption| match assumption {
        Assumption::Tuple { name, parts, .. } => Some((name, parts)),
        _ => None,
    });
    let Some((whole, parts)) = whole else { return Ok(None) };
    let mut laws: Vec<&Law> = Vec::new();
    let bodies = statement.definitions.iter().map(|definition| &definition.body);
    statement.members.iter().chain(bodies).for_each(|e| laws_at(e, whole, &mut laws));
    laws.retain(|law| !statement.definitions.iter().any(|definition| definition.name == law.name));
    if laws.is_empty() {
        return Ok(None);
    }
    let steps = Steps::of(&given, parts).filter(|steps| {
        let policies: Vec<Name> = steps.step.iter().filter_map(Steps::law).collect();
        let bodies = statement.members.iter().chain(statement.definitions.iter().map(|definition| &definition.body));
        is_one_model(bodies, whole, &policies)
    });
    let mut made = statement.clone();
    for law in laws {
        let body = steps.as_ref().and_then(|steps| steps.under(law));
        let Some(body) = body else {
            let help = "define it by its factors: … where p_θ(τ) = ρ(s_0) Π_{t=0}^T π_θ(a_t|s_t) P(s_{t+1}|s_t, a_t)";
            return unsupported(law.span, "a law of the trajectory with other letters than `given` draws by", help);
        };
        let parameters = vec![whole.clone()];
        let definition = Definition { name: law.name.clone(), parameters, before_bar: None, body, span: law.span };
        if !made.definitions.contains(&definition) {
            made.definitions.push(definition);
        }
    }
    Ok(Some(made))
}

/// The laws of which the density at a letter is written, or by which a mean draws it.
fn laws_at<'e>(e: &'e Expr, whole: &Name, found: &mut Vec<&'e Law>) {
    match &e.kind {
        Kind::Density { law, at } if matches!(&at.kind, Kind::Name(name) if name == whole) => found.push(law),
        _ => {}
    }
    e.children().into_iter().for_each(|child| laws_at(child, whole, found));
}

/// Is every law of the whole told by the model? One is that has the letter of a policy. Another letter, p of `p_θ(τ)`, names
/// the law of the model if it is the only one: with what stands below a policy, or if no other law of the whole is named.
pub(super) fn is_one_model<'e>(exprs: impl Iterator<Item = &'e Expr>, whole: &Name, policies: &[Name]) -> bool {
    let mut laws = Vec::new();
    exprs.for_each(|e| names_of_whole(e, whole, &mut laws));
    laws.sort();
    laws.dedup();
    let foreign: Vec<&Name> = laws.iter().filter(|law| !policies.iter().any(|own| same_letter(own, law))).collect();
    let one = foreign.iter().all(|law| law.base == foreign[0].base);
    one && foreign.iter().all(|law| law.subscript.is_some() || laws.len() == 1)
}

/// The laws of the whole by name: of its density, and by which a mean draws it.
fn names_of_whole(e: &Expr, whole: &Name, found: &mut Vec<Name>) {
    match &e.kind {
        Kind::Density { law, at } if matches!(&at.kind, Kind::Name(name) if name == whole) => {
            found.push(law.name.clone())
        }
        Kind::Expectation { binders, .. } | Kind::Variance { binders, .. } | Kind::Covariance { binders, .. } => {
            let of_whole =
                binders.iter().filter(|binder| binder.variables.contains(whole) && !binder.law.is_of_given());
            found.extend(of_whole.map(|binder| binder.law.name.clone()));
        }
        _ => {}
    }
    e.children().into_iter().for_each(|child| names_of_whole(child, whole, found));
}

/// The factors by which `given` draws a trajectory.
struct Steps {
    first: Vec<Expr>,
    step: Vec<Expr>,
    time: Name,
    /// The first and the last time of the letters that are drawn at every step.
    range: (Index, Index),
}

impl Steps {
    fn of(given: &[&Assumption], parts: &[Name]) -> Option<Steps> {
        let (mut first, mut step, mut time, mut range) = (Vec::new(), Vec::new(), None, None);
        for assumption in given {
            let Assumption::Draw { variables, law, span } = assumption else { continue };
            let [name] = variables.as_slice() else { return None };
            let index = Index::parse(name.subscript.as_deref()?)?;
            let kind = Kind::Density { law: law.clone(), at: Box::new(letter(name, *span)) };
            let density = Expr { kind, span: *span };
            let Some((at, by)) = index.shifted() else {
                first.push(density);
                continue;
            };
            if time.as_deref().is_some_and(|known| known != at) {
                return None;
            }
            time = Some(at.to_string());
            if by == 0 {
                let part = parts.iter().find(|part| part.base == name.base)?;
                let (low, high) = part.subscript.as_deref()?.split_once(':')?;
                range = range.or(Some((Index::parse(low)?, Index::parse(high)?)));
            }
            step.push(density);
        }
        let time = Name { base: time?, subscript: None };
        Some(Steps { first, step, time, range: range? })
    }

    fn law(factor: &Expr) -> Option<Name> {
        match &factor.kind {
            Kind::Density { law, .. } => Some(law.name.clone()),
            _ => None,
        }
    }

    /// The product under a law: as `given` draws, or with one of its laws at another parameter or under another name.
    fn under(&self, law: &Law) -> Option<Expr> {
        if law.values().next().is_some() {
            return None;
        }
        let known: Vec<Name> = self.step.iter().filter_map(Steps::law).collect();
        let parameters: Vec<&Name> = known.iter().filter(|name| name.subscript.is_some()).collect();
        let alike: Vec<&Name> = known.iter().filter(|known| same_letter(known, &law.name)).collect();
        let change = match (alike.as_slice(), parameters.as_slice(), &law.name.subscript) {
            ([policy], ..) if **policy != law.name => Some(((*policy).clone(), law.name.clone())),
            ([_], ..) => None,
            ([], _, None) => None,
            ([], parameters, below) if parameters.iter().any(|name| name.subscript == *below) => None,
            ([], [policy], below) => {
                Some(((*policy).clone(), Name { base: policy.base.clone(), subscript: below.clone() }))
            }
            _ => return None,
        };
        let step = self.step.iter().cloned().map(|mut factor| {
            if let (Kind::Density { law, .. }, Some((from, to))) = (&mut factor.kind, &change)
                && law.name == *from
            {
                law.name = to.clone();
            }
            factor
        });
        let span = law.span;
        let step = step.reduce(|a, b| binary(Binary::Mul, a, b))?;
        let product = over(step, &self.time, &self.range.0, &self.range.1, span);
        Some(self.first.iter().cloned().fold(product, |product, first| binary(Binary::Mul, first, product)))
    }
}

fn over(body: Expr, time: &Name, low: &Index, high: &Index, span: Span) -> Expr {
    let function = Name { base: "prod".into(), subscript: None };
    let arguments = vec![body, letter(time, span), low.expr(span), high.expr(span)];
    Expr { kind: Kind::Call { function, orders: vec![0; 4], arguments }, span }
}

/// `y_t ~ π_θ(·|x, y_{<t}), y = y_{1:T}` as the definition of `π_θ(y|x)`.
fn autoregressive(statement: &Statement) -> Option<Statement> {
    let given: Vec<&Assumption> = statement.given.iter().collect();
    let (whole, (low, high), drawn, law) = sequence_of(&given)?;
    let (time, span) = (drawn.subscript.clone()?, law.span);
    let mut parameters = vec![whole.clone()];
    for argument in &law.arguments {
        match &argument.kind {
            Kind::Name(name) if *name == history(&whole, &time) => {}
            Kind::Name(name) => parameters.push(name.clone()),
            _ => return None,
        }
    }
    let density = Kind::Density { law: law.clone(), at: Box::new(letter(&drawn, span)) };
    let time = Name { base: time, subscript: None };
    let body = over(Expr { kind: density, span }, &time, &low, &high, span);
    let before_bar = (parameters.len() > 1).then_some(1);
    let mut made = statement.clone();
    made.definitions.push(Definition { name: law.name.clone(), parameters, before_bar, body, span });
    let says = |assumption: &Assumption| match assumption {
        Assumption::Draw { variables, .. } => variables.contains(&drawn),
        _ => whole_sequence(assumption).is_some(),
    };
    made.given.retain(|assumption| !says(assumption));
    Some(made)
}

/// Of `y_t ~ π_θ(·|x, y_{<t}), y = y_{1:T}` the whole y, its first and last time, y_t, and its law.
pub(super) fn sequence_of(given: &[&Assumption]) -> Option<(Name, (Index, Index), Name, Law)> {
    let (whole, low, high) = given.iter().find_map(|assumption| whole_sequence(assumption))?;
    given.iter().find_map(|assumption| {
        let Assumption::Draw { variables, law, .. } = assumption else { return None };
        let [drawn @ Name { base, subscript: Some(time) }] = variables.as_slice() else { return None };
        let before = |e: &Expr| matches!(&e.kind, Kind::Name(name) if *name == history(&whole, time));
        let found = *base == whole.base && law.arguments.iter().any(before);
        found.then(|| (whole.clone(), (low.clone(), high.clone()), drawn.clone(), law.clone()))
    })
}

/// `y_{<t}`.
fn history(whole: &Name, time: &str) -> Name {
    Name { base: whole.base.clone(), subscript: Some(format!("<{time}")) }
}

/// `y = y_{1:T}`.
pub(super) fn whole_sequence(assumption: &Assumption) -> Option<(Name, Index, Index)> {
    let Assumption::Compare(Relation::Equal, left, right) = assumption else { return None };
    let (Kind::Name(whole), Kind::Name(range)) = (&left.kind, &right.kind) else { return None };
    let (low, high) = range.subscript.as_deref()?.split_once(':')?;
    let same = whole.base == range.base && whole.subscript.is_none();
    same.then_some(())?;
    Some((whole.clone(), Index::parse(low)?, Index::parse(high)?))
}
