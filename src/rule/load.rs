//! Reading rule, law and function files.

use super::family::{FAMILY, member};
use super::{Condition, Direction, Forms, Library, Recipe, Rule, Trust};
use crate::syntax::{
    self, Code, Condition as Written, Entry, Expr, Field, Kind, Name, Relation, Span, SyntaxError, Value,
};
use crate::term::{
    Domain, ElaborateError, Elaborator, FunctionDefinition, Identity, LawDefinition, Op, Regularity, Simplifier,
    Support, Term, Var, substitute_many,
};

/// The files of `rules/` by name, with their texts and entries, parsed by `build.rs`.
static BUILT_IN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/library.bin"));

/// A data file that cannot be read: where, and why.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct LoadError {
    pub code: Code,
    pub message: String,
    pub file: String,
    pub text: String,
    pub span: Span,
    pub help: Option<String>,
}

/// What the rule of a law's `standard` line is called, behind the name of the law.
const IMAGE: &str = "change-of-variables";

type Result<T> = std::result::Result<T, Problem>;

/// A problem before it is known which file it is in.
struct Problem {
    code: Code,
    message: String,
    span: Span,
    help: Option<String>,
}

impl From<SyntaxError> for Problem {
    fn from(e: SyntaxError) -> Problem {
        Problem { code: e.code, message: e.message, span: e.span, help: e.help }
    }
}

impl From<Box<ElaborateError>> for Problem {
    fn from(e: Box<ElaborateError>) -> Problem {
        Problem { code: e.code, message: e.message, span: e.span, help: e.help }
    }
}

/// All definitions first, then all rules: a law may be the image of a law of another file.
pub(super) fn built_in(library: &mut Library) -> std::result::Result<(), LoadError> {
    let read: Vec<(&str, &str, Vec<Entry>)> = postcard::from_bytes(BUILT_IN).map_err(|error| {
        let message = format!("the library that was compiled in cannot be read: {error}");
        let span = Span::default();
        Problem { code: Code::Defect, message, span, help: None }.locate("rules", "")
    })?;
    for (file, text, entries) in &read {
        definitions(library, entries).map_err(|p| p.locate(file, text))?;
    }
    for (file, text, entries) in &read {
        rules(library, entries, file, Trust::BuiltIn).map_err(|p| p.locate(file, text))?;
    }
    Ok(())
}

/// Adds the entries of one file. Entries before a broken one are kept.
pub(super) fn add(library: &mut Library, file: &str, text: &str) -> std::result::Result<(), LoadError> {
    let entries = parse(file, text)?;
    unnamed(library, &entries)
        .and_then(|()| definitions(library, &entries))
        .and_then(|()| rules(library, &entries, file, Trust::Unaudited))
        .map_err(|p| p.locate(file, text))
}

/// A library without the entries of one file.
pub(super) fn without(library: &Library, file: &str, text: &str) -> std::result::Result<Library, LoadError> {
    let mut library = library.clone();
    for entry in parse(file, text)? {
        library.definitions.functions.remove(&*entry.name);
        library.definitions.laws.remove(&*entry.name);
        let image = format!("{}.{IMAGE}", entry.name);
        let is_image = |name: &str| entry.kind == "law" && name.starts_with(&image);
        library.rules.retain(|rule| *rule.name != entry.name && !is_image(&rule.name));
    }
    Ok(library)
}

fn parse(file: &str, text: &str) -> std::result::Result<Vec<Entry>, LoadError> {
    syntax::parse_entries(text).map_err(|e| Problem::from(e).locate(file, text))
}

impl Problem {
    fn locate(self, file: &str, text: &str) -> LoadError {
        LoadError {
            code: self.code,
            message: self.message,
            file: file.into(),
            text: text.into(),
            span: self.span,
            help: self.help,
        }
    }
}

/// What rules were written for a law or a function is false of another one of the same name.
fn unnamed(library: &Library, entries: &[Entry]) -> Result<()> {
    for entry in entries {
        let taken = match &*entry.kind {
            "function" => library.definitions.functions.contains_key(&*entry.name),
            "law" => library.definitions.laws.contains_key(&*entry.name),
            _ => false,
        };
        if taken {
            let message = format!("there is a {} `{}` already", entry.kind, entry.name);
            return problem(entry.span, message, Some("give it another name"));
        }
    }
    Ok(())
}

/// Functions, which may use each other, and laws.
fn definitions(library: &mut Library, entries: &[Entry]) -> Result<()> {
    for entry in entries.iter().filter(|entry| entry.kind == "function") {
        let skeleton = skeleton(entry)?;
        library.definitions.functions.insert(skeleton.name.clone(), skeleton);
    }
    for entry in entries {
        match &*entry.kind {
            "function" => function(library, entry)?,
            "law" => laws(library, entry)?,
            _ => {}
        }
    }
    Ok(())
}

/// Rules, those that stand in a law's own entry included.
fn rules(library: &mut Library, entries: &[Entry], file: &str, trust: Trust) -> Result<()> {
    let mut theory = file.rsplit('/').next().unwrap_or(file).split('.').next().unwrap_or(file).to_string();
    for entry in entries {
        match &*entry.kind {
            "theory" => theory = entry.name.clone(),
            "law" => {
                images(library, entry, &theory, trust)?;
                moments(library, entry, &theory, trust);
            }
            "rule" => rule(library, entry, &theory, trust)?,
            "estimator" => estimator(library, entry)?,
            _ => {}
        }
    }
    Ok(())
}

/// The fields of an entry by key.
struct Fields<'e>(&'e Entry);

impl<'e> Fields<'e> {
    fn all(&self, key: &'static str) -> impl Iterator<Item = &'e Field> {
        self.0.fields.iter().filter(move |field| field.key == key)
    }

    fn expr(&self, key: &'static str) -> Option<&'e Expr> {
        self.all(key).find_map(|field| if let Value::Expr(e) = &field.value { Some(e) } else { None })
    }

    fn text(&self, key: &'static str) -> String {
        let text =
            self.all(key).find_map(|field| if let Value::Text(t) = &field.value { Some(t.clone()) } else { None });
        text.unwrap_or_default()
    }

    fn word(&self, key: &'static str) -> Option<(&'e str, Span)> {
        self.all(key).find_map(|f| if let Value::Word(w) = &f.value { Some((w.as_str(), f.span)) } else { None })
    }

    fn equations(&self, key: &'static str) -> impl Iterator<Item = (&'e Expr, &'e Expr)> {
        self.all(key).filter_map(|f| if let Value::Equation(l, r) = &f.value { Some((l, r)) } else { None })
    }

    fn conditions(&self, key: &'static str) -> impl Iterator<Item = (&'e Written, Span)> {
        self.all(key).filter_map(|f| if let Value::Condition(c) = &f.value { Some((c, f.span)) } else { None })
    }
}

fn problem<T>(span: Span, message: impl Into<String>, help: Option<&str>) -> Result<T> {
    Err(Problem { code: Code::Rule, message: message.into(), span, help: help.map(Into::into) })
}

fn variable(name: &Name) -> Var {
    let text = name.subscript.as_ref().map_or_else(|| name.base.clone(), |s| format!("{}_{s}", name.base));
    Var::free(&text, Domain::Real)
}

/// A function as far as it can be read before other functions are known.
fn skeleton(entry: &Entry) -> Result<FunctionDefinition> {
    let fields = Fields(entry);
    let parameters: Vec<Var> = entry.parameters.iter().map(variable).collect();
    let regularity = match fields.word("regularity") {
        None | Some(("smooth", _)) => Regularity::Smooth,
        Some(("lipschitz", _)) => Regularity::Lipschitz,
        Some(("jump", _)) => Regularity::Jump,
        Some((other, span)) => {
            return problem(span, format!("unknown regularity `{other}`"), Some("smooth, lipschitz or jump"));
        }
    };
    let even = match fields.word("parity") {
        None => None,
        Some(("even", _)) => Some(true),
        Some(("odd", _)) => Some(false),
        Some((other, span)) => return problem(span, format!("unknown parity `{other}`"), Some("even or odd")),
    };
    Ok(FunctionDefinition {
        name: entry.name.as_str().into(),
        derivatives: vec![None; parameters.len()],
        parameters,
        definition: None,
        formula: None,
        values: vec![],
        above: None,
        below: None,
        even,
        regularity,
        says: fields.text("says"),
    })
}

fn function(library: &mut Library, entry: &Entry) -> Result<()> {
    let fields = Fields(entry);
    let mut definition = skeleton(entry)?;
    let mut elaborator = Elaborator::new(&library.definitions);
    let mut term = |e: &Expr| elaborator.expr(e);
    definition.definition = fields.expr("definition").map(&mut term).transpose()?;
    definition.formula = fields.expr("formula").map(&mut term).transpose()?;
    definition.above = fields.expr("above zero").map(&mut term).transpose()?;
    definition.below = fields.expr("below zero").map(&mut term).transpose()?;
    for (left, right) in fields.equations("value") {
        definition.values.push((term(left)?, term(right)?));
    }
    // `derivative e` of one parameter, or `derivative in x: e` as an equation `x = e`.
    if let (Some(e), Some(last)) = (fields.expr("derivative"), definition.derivatives.last_mut()) {
        *last = Some(term(e)?);
    }
    for (parameter, e) in fields.equations("partial derivative") {
        let Kind::Name(name) = &parameter.kind else {
            return problem(parameter.span, "a parameter is expected here", None);
        };
        let Some(index) = definition.parameters.iter().position(|p| *p == variable(name)) else {
            return problem(parameter.span, "this is no parameter of the function", None);
        };
        definition.derivatives[index] = Some(term(e)?);
    }
    library.definitions.functions.insert(definition.name.clone(), definition);
    Ok(())
}

/// A law, or all members of a family of laws.
fn laws(library: &mut Library, entry: &Entry) -> Result<()> {
    let Some(counter) = &entry.counter else { return law(library, entry) };
    let mut members = Vec::new();
    for count in 1..=FAMILY {
        law(library, &member(entry, counter, count))?;
        members.extend(library.definitions.laws.remove(&*entry.name));
    }
    let mut members = members.into_iter();
    if let Some(mut first) = members.next() {
        first.members = members.collect();
        library.definitions.laws.insert(first.name.clone(), first);
    }
    Ok(())
}

fn law(library: &mut Library, entry: &Entry) -> Result<()> {
    let fields = Fields(entry);
    let mut parameters: Vec<Var> = entry.parameters.iter().map(variable).collect();
    let mut elaborator = Elaborator::new(&library.definitions);
    let mut positive = Vec::new();
    for (condition, span) in fields.conditions("domain") {
        let Written::Compare(relation, left, right) = condition else {
            return problem(span, "a domain is a comparison such as `v > 0`", None);
        };
        let (left, right) = (elaborator.expr(left)?, elaborator.expr(right)?);
        let (low, high) = match relation {
            Relation::Less | Relation::LessEqual => (left, right),
            _ => (right, left),
        };
        let narrow = |var: &mut Var, domain: Domain| var.domain = var.domain.meet(domain);
        match (low.is_zero(), high.is_one(), high.as_var(), low.as_var()) {
            (true, _, Some(v), _) => {
                parameters.iter_mut().filter(|p| p.identity == v.identity).for_each(|p| narrow(p, Domain::Positive))
            }
            (_, true, _, Some(v)) => {
                parameters.iter_mut().filter(|p| p.identity == v.identity).for_each(|p| narrow(p, Domain::Unit))
            }
            _ => positive.push(high.minus(low)),
        }
    }
    for (condition, _) in fields.conditions("whole") {
        if let Written::Whole(Expr { kind: Kind::Name(name), .. }) = condition {
            let whole = variable(name);
            parameters.iter_mut().filter(|p| p.identity == whole.identity).for_each(|p| p.domain = Domain::Counting);
        }
    }
    let Some(support) = fields.all("support").next() else {
        return problem(
            entry.span,
            format!("the law `{}` has no support", entry.name),
            Some("add a line such as `support (-oo, oo)`"),
        );
    };
    let support = match &support.value {
        Value::Interval(a, b) => Support::Interval(elaborator.expr(a)?, elaborator.expr(b)?),
        Value::Integers(a, b) => Support::Integers(elaborator.expr(a)?, elaborator.expr(b)?),
        Value::Points(points) => {
            Support::Points(points.iter().map(|p| elaborator.expr(p)).collect::<std::result::Result<_, _>>()?)
        }
        _ => return problem(support.span, "a support is `(a, b)`, `a .. b` or `{a, b}`", None),
    };
    let mut optional = |key| fields.expr(key).map(|e| elaborator.expr(e)).transpose();
    let (log, plain) = (optional("log density")?, optional("density")?);
    let Some(log_density) = log.or_else(|| plain.map(Term::ln)) else {
        return problem(
            entry.span,
            format!("the law `{}` has no density", entry.name),
            Some("add a line `log density …` or `density …`"),
        );
    };
    let (cdf, quantile) = (optional("cdf")?, optional("quantile")?);
    let (mean, variance) = (optional("mean")?, optional("variance")?);
    let mut definition = LawDefinition {
        name: entry.name.as_str().into(),
        parameters,
        members: vec![],
        positive,
        point: Var::free("x", Domain::Real),
        log_density,
        support,
        cdf,
        quantile,
        mean,
        variance,
        says: fields.text("says"),
        source: fields.text("source"),
    };
    give_domains(&mut definition);
    let name = definition.name.clone();
    library.definitions.laws.insert(name.clone(), definition);
    // The point of the density ranges over the support.
    let own = Term::new(
        Op::Law(name.clone()),
        library.definitions.laws[&name].parameters.iter().cloned().map(Term::var).collect(),
    );
    let point = Var::free("x", library.definitions.domain_of(&own));
    if let Some(definition) = library.definitions.laws.get_mut(&name) {
        let pair = [(definition.point.clone(), Term::var(point.clone()))];
        definition.log_density = substitute_many(&definition.log_density, &pair);
        definition.cdf = definition.cdf.take().map(|t| substitute_many(&t, &pair));
        definition.point = point;
    }
    Ok(())
}

/// The parameters in the terms of a law get the domains that the file demands.
fn give_domains(law: &mut LawDefinition) {
    let typed: Vec<(Var, Term)> = law
        .parameters
        .iter()
        .map(|p| (Var { identity: p.identity.clone(), domain: Domain::Real }, Term::var(p.clone())))
        .collect();
    let give = |t: &mut Term| *t = substitute_many(t, &typed);
    give(&mut law.log_density);
    law.positive.iter_mut().for_each(give);
    [&mut law.cdf, &mut law.quantile, &mut law.mean, &mut law.variance].into_iter().flatten().for_each(give);
    match &mut law.support {
        Support::Interval(a, b) | Support::Integers(a, b) => {
            give(a);
            give(b);
        }
        Support::Points(points) => points.iter_mut().for_each(give),
    }
}

/// `standard m + s x ~ N(m, s^2) for x ~ N(0, 1)`: the change of variables, as a rule of the law.
fn images(library: &mut Library, entry: &Entry, theory: &str, trust: Trust) -> Result<()> {
    let fields = Fields(entry);
    for (index, field) in fields.all("standard").enumerate() {
        let Value::Image { map, law, variable: sample, from } = &field.value else { continue };
        let mut elaborator = Elaborator::new(&library.definitions);
        let (law, from) = (elaborator.law(law)?, elaborator.law(from)?);
        let x = variable(sample);
        let g = |argument: Term| Term::new(Op::Apply("g".into(), vec![0]), vec![argument]);
        let left = Term::expect(&x, from, g(elaborator.expr(map)?));
        let right = Term::expect(&x, law, g(Term::var(x.clone())));
        let written = fields.conditions("standard when").map(|(c, _)| condition(&mut elaborator, c));
        let conditions = written.collect::<Result<Vec<_>>>()?;
        let suffix = if index == 0 { String::new() } else { format!("-{}", index + 1) };
        library.rules.push(Rule {
            name: format!("{}.{IMAGE}{suffix}", entry.name).as_str().into(),
            reference: Some("1.1".into()),
            left,
            right,
            conditions,
            direction: Direction::Both,
            core: true,
            says: "The mean of a function of a transformed variable is the mean under the transformed law.".into(),
            source: "the note, section 1: the reparameterization trick".into(),
            theory: theory.into(),
            wrong: vec![],
            trust,
        });
    }
    Ok(())
}

/// The rules that the mean, the variance and the quantile of a law's file state.
fn moments(library: &mut Library, entry: &Entry, theory: &str, trust: Trust) {
    let Some(law) = library.definitions.laws.get(&*entry.name).filter(|law| law.members.is_empty()) else { return };
    let own = Term::new(Op::Law(law.name.clone()), law.parameters.iter().cloned().map(Term::var).collect());
    let x = Var::free("·x", library.definitions.domain_of(&own));
    let power = |n: i64| Term::expect(&x, own.clone(), Term::pow(Term::var(x.clone()), Term::integer(n)));
    let rule = |name: &str, left: Term, right: Term, says: &str| Rule {
        name: format!("{}.{name}", entry.name).as_str().into(),
        reference: None,
        left,
        right,
        conditions: in_domain(law),
        direction: Direction::Forward,
        core: false,
        says: says.into(),
        source: law.source.clone(),
        theory: theory.into(),
        wrong: vec![],
        trust,
    };
    let mut rules = Vec::new();
    if let Some(mean) = &law.mean {
        let first = Term::expect(&x, own.clone(), Term::var(x.clone()));
        rules.push(rule("mean", first, mean.clone(), "The mean of the law."));
        if let Some(variance) = &law.variance {
            let second = Term::add(vec![variance.clone(), Term::pow(mean.clone(), Term::integer(2))]);
            rules.push(rule("second-moment", power(2), second, "The variance of the law and the square of its mean."));
        }
    }
    if let Some(quantile) = &law.quantile {
        let u = Var::free("u", Domain::Unit);
        let of = |share: Term| substitute_many(quantile, &[(Var::free("u", Domain::Real), share)]);
        let from_below = of(Term::var(u.clone()));
        let from_above = Simplifier::new(&library.definitions).simplify(&of(Term::one().minus(Term::var(u.clone()))));
        let g = |argument: Term| Term::new(Op::Apply("g".into(), vec![0]), vec![argument]);
        let uniform = Term::new(Op::Law("U".into()), vec![Term::zero(), Term::one()]);
        let right = Term::expect(&x, own.clone(), g(Term::var(x.clone())));
        let says = "The quantile of a law turns a uniform variable into one of the law.";
        let left = Term::expect(&u, uniform.clone(), g(from_below));
        rules.push(rule("inverse-transform", left, right.clone(), says));
        let left = Term::expect(&u, uniform, g(from_above));
        rules.push(rule("inverse-transform-from-above", left, right, says));
    }
    library.rules.extend(rules);
}

/// That the parameters of a law lie in their domains.
fn in_domain(law: &LawDefinition) -> Vec<Condition> {
    let mut conditions: Vec<Condition> = law.positive.iter().cloned().map(Condition::Positive).collect();
    for parameter in &law.parameters {
        let term = Term::var(parameter.clone());
        if parameter.domain.is_positive() {
            conditions.push(Condition::Positive(term.clone()));
        }
        if parameter.domain == Domain::Unit {
            conditions.push(Condition::Positive(Term::one().minus(term)));
        }
    }
    conditions
}

fn rule(library: &mut Library, entry: &Entry, theory: &str, trust: Trust) -> Result<()> {
    let fields = Fields(entry);
    if library.rule(&entry.name).is_some() {
        return problem(entry.span, format!("there is a rule `{}` already", entry.name), Some("give it another name"));
    }
    let Some((left, right)) = fields.equations("equation").next() else {
        return problem(entry.span, format!("the rule `{}` has no equation", entry.name), None);
    };
    let mut elaborator = Elaborator::new(&library.definitions);
    let written = [left, right];
    let (left, right) = (elaborator.expr(left)?, elaborator.expr(right)?);
    unbound(&left, &right, entry)?;
    let mut wrong = Vec::new();
    for (left, right) in fields.equations("wrong") {
        wrong.push((elaborator.expr(left)?, elaborator.expr(right)?));
    }
    let conditions =
        fields.conditions("when").map(|(c, _)| condition(&mut elaborator, c)).collect::<Result<Vec<_>>>()?;
    let samples = samples(&mut elaborator, written)?;
    let conditions = conditions.into_iter().map(|condition| quantified(condition, &samples)).collect();
    let direction = match fields.word("direction") {
        None | Some(("forward", _)) => Direction::Forward,
        Some(("both", _)) => Direction::Both,
        Some((other, span)) => return problem(span, format!("unknown direction `{other}`"), Some("forward or both")),
    };
    library.rules.push(Rule {
        name: entry.name.as_str().into(),
        reference: entry.reference.clone(),
        left,
        right,
        conditions,
        direction,
        core: fields.word("tag").is_some_and(|(tag, _)| tag == "core"),
        says: fields.text("says"),
        source: fields.text("source"),
        theory: theory.into(),
        wrong,
        trust,
    });
    Ok(())
}

/// The samples of an equation with their laws, each name once.
fn samples(elaborator: &mut Elaborator<'_>, sides: [&Expr; 2]) -> Result<Vec<(Var, Term)>> {
    let mut found: Vec<(Var, Term)> = Vec::new();
    let mut open = sides.to_vec();
    while let Some(e) = open.pop() {
        if let Kind::Expectation { binders, .. } = &e.kind {
            for binder in binders {
                let law = elaborator.law(&binder.law)?;
                found.extend(binder.variables.iter().map(|name| (variable(name), law.clone())));
            }
        }
        open.extend(e.children());
    }
    found.sort();
    found.dedup_by(|a, b| a.0 == b.0);
    Ok(found)
}

/// A condition of smoothness with the samples in it bound: they range over the supports of their laws.
fn quantified(condition: Condition, samples: &[(Var, Term)]) -> Condition {
    match condition {
        Condition::AbsolutelyContinuous(derivative) => {
            let bind = |term: Term, (sample, law): &(Var, Term)| match term.depends_on(sample) {
                true => Term::expect(sample, law.clone(), term),
                false => term,
            };
            Condition::AbsolutelyContinuous(samples.iter().fold(derivative, bind))
        }
        other => other,
    }
}

fn estimator(library: &mut Library, entry: &Entry) -> Result<()> {
    let fields = Fields(entry);
    let Some((left, right)) = fields.equations("equation").next() else {
        return problem(entry.span, format!("the estimator `{}` has no equation", entry.name), None);
    };
    let mut elaborator = Elaborator::new(&library.definitions);
    let (left, right) = (elaborator.expr(left)?, elaborator.expr(right)?);
    let conditions =
        fields.conditions("when").map(|(c, _)| condition(&mut elaborator, c)).collect::<Result<Vec<_>>>()?;
    let written = fields.all("hint").filter_map(|f| if let Value::Expr(e) = &f.value { Some(e) } else { None });
    let hints = written.map(|e| elaborator.expr(e)).collect::<std::result::Result<Vec<_>, _>>()?;
    let forms = match fields.word("forms") {
        None => Forms::Noise,
        Some(("stated", _)) => Forms::Stated,
        Some(("both", _)) => Forms::Both,
        Some((other, span)) => return problem(span, format!("unknown forms `{other}`"), Some("stated or both")),
    };
    let words =
        |key| fields.all(key).filter_map(|f| if let Value::Word(w) = &f.value { Some(w.as_str()) } else { None });
    let title = fields.text("title");
    library.recipes.push(Recipe {
        name: entry.name.as_str().into(),
        title: if title.is_empty() { entry.name.replace('-', " ") } else { title },
        left,
        right,
        conditions,
        hints,
        of: words("of").map(Into::into).collect(),
        forms,
        core: words("tag").any(|tag| tag == "core"),
        hidden: words("tag").any(|tag| tag == "hidden"),
        says: fields.text("says"),
        source: fields.text("source"),
    });
    Ok(())
}

/// Every function and law on the right of a rule has to occur on its left.
fn unbound(left: &Term, right: &Term, entry: &Entry) -> Result<()> {
    let name = |t: &Term| match t.op() {
        Op::Apply(name, _) | Op::UnknownLaw(name) => Some(name.clone()),
        Op::Var(Var { identity: Identity::Free(name), .. }) => Some(name.clone()),
        _ => None,
    };
    let mut known = std::collections::BTreeSet::new();
    left.visit(&mut |t| known.extend(name(t)));
    let mut missing = None;
    right.visit(&mut |t| missing = missing.take().or_else(|| name(t).filter(|n| !known.contains(n))));
    match missing {
        Some(name) => {
            problem(entry.span, format!("`{name}` stands on the right of the rule `{}` only", entry.name), None)
        }
        None => Ok(()),
    }
}

fn condition(elaborator: &mut Elaborator<'_>, written: &Written) -> Result<Condition> {
    Ok(match written {
        Written::Compare(relation, left, right) => {
            let (left, right) = (elaborator.expr(left)?, elaborator.expr(right)?);
            let difference = |a: Term, b: Term| if b.is_zero() { a } else { a.minus(b) };
            match relation {
                Relation::Greater | Relation::GreaterEqual => Condition::Positive(difference(left, right)),
                Relation::Less | Relation::LessEqual => Condition::Positive(difference(right, left)),
                Relation::NotEqual | Relation::Equal => Condition::NonZero(difference(left, right)),
            }
        }
        Written::AbsolutelyContinuous { body, variable: v } => {
            Condition::AbsolutelyContinuous(Term::derivative(&variable(v), 1, elaborator.expr(body)?))
        }
        Written::Continuous { body, variable: v } => {
            Condition::Continuous(Term::derivative(&variable(v), 1, elaborator.expr(body)?))
        }
        Written::FixedSupport { law, variable: v } => {
            let density = Term::new(Op::Density, vec![elaborator.law(law)?, Term::zero()]);
            Condition::FixedSupport(Term::derivative(&variable(v), 1, density))
        }
        Written::Covers { wide, narrow } => {
            Condition::Covers { wide: elaborator.law(wide)?, narrow: elaborator.law(narrow)? }
        }
        Written::Vanishes { body, law, variable: v } => {
            let law = elaborator.law(law)?;
            Condition::Vanishes(Term::expect(&variable(v), law, elaborator.expr(body)?))
        }
        Written::Integrable { body, variable: v } => {
            let infinity = Term::new(Op::Infinity, vec![]);
            let ends = [infinity.clone().opposite(), infinity];
            let body = elaborator.expr(body)?;
            Condition::Integrable(Term::bind(Op::Integral(variable(v)), [ends.as_slice(), &[body]].concat()))
        }
        Written::LawKind { law, continuous } => Condition::Kind { law: elaborator.law(law)?, continuous: *continuous },
        Written::Whole(e) => Condition::Whole(elaborator.expr(e)?),
    })
}
