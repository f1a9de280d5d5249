//! Which letters of a statement are laws of several variables, what their variables are, and the order of their factors.

use super::super::facts::{Facts, attached, is_dependence};
use super::Result;
use super::factors::{Factor, Factors};
use super::{ambiguous, component_name, factor_name, is_law, name_of, say, unsupported, written};
use crate::syntax::{Assumption, Definition, Expr, Kind, Law, Name, Span, Statement};
use std::collections::{BTreeMap, BTreeSet};

/// A law that is written somewhere: what is drawn, where it is said, and what is given.
pub(super) struct List<'e> {
    pub name: &'e Name,
    pub drawn: Option<Vec<&'e Expr>>,
    pub variables: Vec<Name>,
    pub given: Vec<&'e Expr>,
    pub span: Span,
    pub place: Place,
}

/// Where it is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Density,
    Mean,
    /// In a divergence or an entropy.
    Law,
    /// What `given` draws.
    Draw,
}

/// The name of a law, apart from what it depends on: `p` and θ of `p_θ`, `p_data`.
pub(super) fn split(name: &Name, facts: &Facts) -> (String, Vec<String>, Vec<String>) {
    let (mut names, mut parameters) = (Vec::new(), Vec::new());
    for piece in attached(name) {
        let is_parameter = is_dependence(piece) && (!piece.is_ascii() || facts.is_value(piece));
        if is_parameter { &mut parameters } else { &mut names }.push(piece.to_string());
    }
    (name.base.clone(), names, parameters)
}

/// The variable that a letter is a value of: x of `x'`, z of `z_k` under a sum over k.
fn component(name: &Name, facts: &Facts, apart: &BTreeSet<String>) -> String {
    let plain = crate::syntax::undecorated(&name.base).to_string();
    let base = if apart.contains(&format!("{plain}'")) { name.base.clone() } else { plain.clone() };
    match &name.subscript {
        Some(below) => {
            let index = below.contains(':')
                || facts.indices.contains(below)
                || (below.bytes().all(|b| b.is_ascii_digit()) && !apart.contains(&plain));
            if index { base } else { format!("{base}_{below}") }
        }
        None => base,
    }
}

/// All places of a statement where a law of a letter is written.
pub(super) fn lists<'e>(
    statement: &'e Statement,
    assumed: &'e [Assumption],
    facts: &Facts,
    declared: &BTreeSet<Name>,
) -> Vec<List<'e>> {
    let mut found = Vec::new();
    for assumption in assumed.iter().chain(&statement.given) {
        if let Assumption::Draw { variables, law, span } = assumption
            && is_law(law)
        {
            let given = law.arguments.iter().collect();
            let variables = variables.clone();
            found.push(List { name: &law.name, drawn: None, variables, given, span: *span, place: Place::Draw });
        }
        if let Assumption::Compare(_, left, right) = assumption {
            [left, right].into_iter().for_each(|side| see(side, facts, declared, &mut found));
        }
    }
    statement.members.iter().for_each(|member| see(member, facts, declared, &mut found));
    for definition in &statement.definitions {
        see(&definition.body, facts, declared, &mut found);
    }
    found
}

fn see<'e>(e: &'e Expr, facts: &Facts, declared: &BTreeSet<Name>, found: &mut Vec<List<'e>>) {
    let mut law = |law: &'e Law, place, variables: Vec<Name>| {
        if is_law(law) {
            let drawn = (!law.points.is_empty()).then(|| law.points.iter().collect());
            let given = law.arguments.iter().collect();
            found.push(List { name: &law.name, drawn, variables, given, span: law.span, place });
        }
    };
    match &e.kind {
        Kind::Density { law, at } if is_law(law) => {
            let drawn = [&**at].into_iter().chain(&law.points).collect();
            let given = law.arguments.iter().collect();
            let place = Place::Density;
            found.push(List { name: &law.name, drawn: Some(drawn), variables: vec![], given, span: e.span, place });
        }
        Kind::Call { function, arguments, .. } if is_density(function, arguments, facts, declared) => {
            let drawn = arguments.iter().collect();
            let place = Place::Density;
            found.push(List {
                name: function,
                drawn: Some(drawn),
                variables: vec![],
                given: vec![],
                span: e.span,
                place,
            });
        }
        Kind::Expectation { binders, .. } | Kind::Variance { binders, .. } | Kind::Covariance { binders, .. } => {
            binders.iter().for_each(|binder| law(&binder.law, Place::Mean, binder.variables.clone()));
        }
        Kind::Divergence(p, q) => [p, q].into_iter().for_each(|one| law(one, Place::Law, vec![])),
        Kind::Entropy(p) => law(p, Place::Law, vec![]),
        _ => {}
    }
    e.children().into_iter().for_each(|child| see(child, facts, declared, found));
}

/// Is `p(x, z)` a density, and not a function of two arguments?
pub(super) fn is_density(function: &Name, arguments: &[Expr], facts: &Facts, declared: &BTreeSet<Name>) -> bool {
    let letter = matches!(&*function.base, "p" | "q" | "P") || facts.is_law(&function.base);
    let one = crate::syntax::is_letter(&function.base) && !matches!(&*function.base, "N" | "U");
    arguments.len() > 1 && letter && one && !declared.contains(function)
}

/// How a law has been written: which of its variables are drawn and which are given, by their numbers.
#[derive(Clone)]
struct Signature {
    drawn: BTreeSet<usize>,
    given: BTreeSet<usize>,
    /// Is it given the letters that nothing draws?
    context: bool,
    parameters: bool,
    /// It can be nothing but factors: something is drawn from it in order, or it is defined.
    factor: bool,
    weight: usize,
    span: Span,
}

/// A definition of a side of a law that its factors say anyway.
struct Abbreviation {
    drawn: BTreeSet<usize>,
    given: BTreeSet<usize>,
    parameters: Vec<String>,
    definition: Definition,
    /// What it is called instead.
    name: Name,
}

/// What a list draws and is given, by the numbers of the variables, and what it is given beside them.
type Places<'e> = (BTreeMap<usize, &'e Expr>, BTreeMap<usize, &'e Expr>, Vec<&'e Expr>);

/// A law of several variables.
pub(super) struct Joint {
    base: String,
    names: Vec<String>,
    parameters: Vec<String>,
    /// The variables, by the letters that they have first.
    components: Vec<(String, Name)>,
    /// Letters that stand behind its bars only: what it depends on.
    context: Vec<String>,
    apart: BTreeSet<String>,
    signatures: Vec<Signature>,
    order: Vec<usize>,
    definitions: Vec<Definition>,
    /// Definitions that say what follows anyway, such as `p(x) = ∫ p(x|z) p(z) dz`, with the names that they have instead.
    abbreviations: Vec<Abbreviation>,
    span: Span,
}

/// More variables have too many orders, and are hardly meant.
const MOST: usize = 5;

/// The laws of several variables of a statement.
pub(super) fn joints(
    statement: &Statement,
    assumed: &[Assumption],
    own: &[Definition],
    facts: &Facts,
) -> Result<Vec<Joint>> {
    let declared = declared(statement, assumed, own);
    let lists = lists(statement, assumed, facts, &declared);
    let mut keys: BTreeMap<(String, Vec<String>), Vec<List>> = BTreeMap::new();
    for list in lists {
        let (base, names, _) = split(list.name, facts);
        keys.entry((base, names)).or_default().push(list);
    }
    let mut joints = Vec::new();
    let all: BTreeSet<(String, Vec<String>)> = keys.keys().cloned().collect();
    for ((base, names), lists) in keys {
        let defined: Vec<&Definition> = statement
            .definitions
            .iter()
            .filter(|d| !d.parameters.is_empty() && split(&d.name, facts).0 == base && split(&d.name, facts).1 == names)
            .collect();
        if let Some(joint) = Joint::of(base, names, &lists, &defined, facts)? {
            let taken = joint.factor_names().into_iter().find(|name| {
                let (base, names, _) = split(name, facts);
                all.contains(&(base, names))
            });
            if let Some(taken) = taken {
                let message = format!(
                    "`{}` is a law of its own here, and a factor of `{}` has this name",
                    say(&taken),
                    joint.base
                );
                return unsupported(joint.span, &message, "take another letter for one of them");
            }
            joints.push(joint);
        }
    }
    Ok(joints)
}

/// Functions of several arguments that are no densities: what a hypothesis calls a function.
pub(super) fn declared(statement: &Statement, assumed: &[Assumption], own: &[Definition]) -> BTreeSet<Name> {
    let classes = assumed.iter().chain(&statement.given).filter_map(|assumption| match assumption {
        // `p : smooth` speaks of a law.
        Assumption::Class { function, .. } if matches!(&*function.base, "p" | "q") => None,
        Assumption::Class { function, .. } | Assumption::Map { function, .. } => Some(function.clone()),
        _ => None,
    });
    let of_itself = |d: &&Definition| {
        let mut found = false;
        super::laws(&d.body, &mut |law| found |= law.name.base == d.name.base);
        found
    };
    let plain = own.iter().filter(|d| d.before_bar.is_none() && d.parameters.len() > 1 && !of_itself(d));
    let plain = plain.map(|d| d.name.clone());
    classes.chain(plain).collect()
}

/// Is what is defined with a bar a value like any other, as 𝓛(θ, φ; x) is? It has this list alone, and nothing is drawn from it.
fn is_plain(lists: &[List], defined: &[&Definition]) -> bool {
    let [Definition { parameters, before_bar: Some(bar), .. }] = defined else { return false };
    lists.iter().all(|list| {
        let drawn = list.drawn.as_ref().map_or(0, Vec::len);
        list.place == Place::Density && drawn == *bar && drawn + list.given.len() == parameters.len()
    })
}

impl Joint {
    /// The law of a letter, if its lists are those of several variables.
    fn of(
        base: String,
        names: Vec<String>,
        lists: &[List],
        defined: &[&Definition],
        facts: &Facts,
    ) -> Result<Option<Joint>> {
        let of_one = |list: &&List| list.drawn.is_some() || !list.variables.is_empty();
        // `a ~ π` is π(·|s) where it has that bar only.
        let said = |list: &&List| list.drawn.is_some() || !list.given.is_empty() || list.place == Place::Draw;
        let known: Vec<&List> = lists.iter().filter(of_one).filter(said).collect();
        let count = |list: &List| list.drawn.as_ref().map_or(list.variables.len().min(1), Vec::len);
        let mut sizes: BTreeSet<(usize, usize)> = known.iter().map(|list| (count(list), list.given.len())).collect();
        sizes.extend(defined.iter().map(|definition| {
            let bar = definition.before_bar.unwrap_or(definition.parameters.len());
            (bar, definition.parameters.len() - bar)
        }));
        // Two definitions of one name are two sides of one law.
        let twice = defined.iter().any(|one| defined.iter().any(|other| one != other && one.name == other.name));
        let several = sizes.iter().any(|(drawn, _)| *drawn > 1) || sizes.len() > 1 || twice || crosses(&known);
        if !several || is_plain(lists, defined) {
            return Ok(None);
        }
        let span = known.iter().find(|list| count(list) > 1).or(known.first());
        let span = span.map_or_else(|| defined.first().map_or(Span::default(), |d| d.span), |list| list.span);
        let mut joint = Joint {
            base,
            names,
            parameters: vec![],
            components: vec![],
            context: vec![],
            apart: BTreeSet::new(),
            signatures: vec![],
            order: vec![],
            definitions: vec![],
            abbreviations: vec![],
            span,
        };
        joint.find_apart(&known);
        joint.find_components(lists, defined, facts);
        for list in lists {
            joint.see(list, facts)?;
        }
        for definition in defined {
            joint.define(definition, facts)?;
        }
        joint.agree()?;
        Ok(Some(joint))
    }

    /// Letters with digits that stand in one list are variables apart: x_0 and x_1 of `p(x_1|x_0)`.
    fn find_apart(&mut self, lists: &[&List]) {
        for list in lists {
            let mut seen: BTreeMap<String, &Name> = BTreeMap::new();
            let values = list.drawn.iter().flatten().chain(&list.given).filter_map(|e| name_of(e));
            for name in list.variables.iter().chain(values) {
                let base = crate::syntax::undecorated(&name.base).to_string();
                if seen.get(&base).is_some_and(|other| other.subscript != name.subscript) {
                    self.apart.insert(base.clone());
                }
                // So are x̃ and x of `p(x̃|x)`.
                if seen.get(&base).is_some_and(|other| other.base != name.base) {
                    self.apart.insert(format!("{base}'"));
                }
                seen.insert(base, name);
            }
        }
    }

    fn find_components(&mut self, lists: &[List], defined: &[&Definition], facts: &Facts) {
        let mut given: Vec<&Name> = Vec::new();
        let mut drawn: Vec<Name> = Vec::new();
        for list in lists {
            let points = list.drawn.iter().flatten().filter_map(|e| name_of(e)).cloned();
            let one = list.variables.len() == 1 || list.place == Place::Draw;
            drawn.extend(points.chain(list.variables.iter().filter(|_| one || list.drawn.is_some()).cloned()));
            given.extend(list.given.iter().filter_map(|e| name_of(e)));
        }
        for definition in defined {
            let bar = definition.before_bar.unwrap_or(definition.parameters.len());
            drawn.extend(definition.parameters[..bar].iter().cloned());
            given.extend(&definition.parameters[bar..]);
        }
        for name in drawn {
            let component = component(&name, facts, &self.apart);
            if !self.components.iter().any(|(other, _)| *other == component) {
                let (base, below) = component.split_once('_').map_or((&*component, None), |(b, s)| (b, Some(s)));
                let plain = Name { base: base.to_string(), subscript: below.map(ToString::to_string) };
                self.components.push((component, plain));
            }
        }
        self.find_nameless(lists);
        for name in given {
            let component = component(name, facts, &self.apart);
            if !self.components.iter().any(|(other, _)| *other == component) && !self.context.contains(&component) {
                self.context.push(component);
            }
        }
    }

    /// The variable of `p(x, μ + σ ε)` that no list calls by a letter.
    fn find_nameless(&mut self, lists: &[List]) {
        for list in lists {
            let values: Vec<&&Expr> = list.drawn.iter().flatten().chain(&list.given).collect();
            let nameless = values.iter().filter(|e| name_of(e).is_none()).count();
            if nameless == 1 && values.len() > self.components.len() {
                let free = |letter: &&str| !self.components.iter().any(|(other, _)| other == letter);
                if let Some(letter) = ["z", "y", "w"].into_iter().find(free) {
                    self.components.push((letter.into(), Name { base: letter.into(), subscript: None }));
                }
            }
        }
    }

    /// The number of the variable that an expression in a list is a value of.
    fn number(&self, e: &Expr, facts: &Facts) -> Option<usize> {
        let component = component(name_of(e)?, facts, &self.apart);
        self.components.iter().position(|(other, _)| *other == component)
    }

    /// The variables that a list draws and is given, and what it is given beside them.
    pub fn places<'e>(&self, drawn: &[&'e Expr], given: &[&'e Expr], span: Span, facts: &Facts) -> Result<Places<'e>> {
        let mut numbers: Vec<Option<usize>> = drawn.iter().chain(given).map(|e| self.number(e, facts)).collect();
        let is_context =
            |e: &Expr| name_of(e).is_some_and(|name| self.context.contains(&component(name, facts, &self.apart)));
        let context: Vec<bool> = drawn.iter().map(|_| false).chain(given.iter().map(|e| is_context(e))).collect();
        if numbers.iter().zip(&context).any(|(number, context)| number.is_none() && !context) {
            // An expression stands for the letter of its place in the one list of this length.
            let mut fits = self.signatures.iter().filter(|signature| {
                signature.drawn.len() == drawn.len() && signature.given.len() == given.len() && self.context.is_empty()
            });
            let first = fits.next();
            let same =
                fits.all(|other| first.is_some_and(|first| first.drawn == other.drawn && first.given == other.given));
            let places = first.filter(|first| same && first.drawn.len() == 1 && first.given.len() < 2);
            match places {
                Some(signature) => {
                    numbers = signature.drawn.iter().chain(&signature.given).map(|index| Some(*index)).collect();
                }
                // All but one are known, and so is the last.
                None if numbers.iter().filter(|number| number.is_none()).count() == 1
                    && numbers.len() == self.components.len()
                    && self.context.is_empty() =>
                {
                    let missing = (0..self.components.len()).find(|index| !numbers.contains(&Some(*index)));
                    numbers.iter_mut().filter(|number| number.is_none()).for_each(|number| *number = missing);
                }
                None => {
                    let letters: Vec<&str> = self.components.iter().map(|(letter, _)| letter.as_str()).collect();
                    let message = format!(
                        "`{}` is one law of {} here, and it is not clear which of them this is a value of",
                        self.base,
                        written(&letters)
                    );
                    return ambiguous(span, &message, "write the letter, and set it: [p(x, z)]_{x = u}");
                }
            }
        }
        let (mut first, mut second, mut rest) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        for (index, e) in drawn.iter().chain(given).enumerate() {
            let Some(number) = numbers[index] else {
                rest.push(*e);
                continue;
            };
            let into = if index < drawn.len() { &mut first } else { &mut second };
            let twice = into.insert(number, *e).is_some();
            if twice || first.contains_key(&number) && second.contains_key(&number) {
                let message = format!("`{}` stands twice in this list of `{}`", self.components[number].0, self.base);
                return unsupported(span, &message, "give the variables letters of their own");
            }
        }
        Ok((first, second, rest))
    }

    fn see(&mut self, list: &List, facts: &Facts) -> Result<()> {
        let (_, _, parameters) = split(list.name, facts);
        let variables: Vec<Expr> = list.variables.iter().map(|name| super::letter(name, list.span)).collect();
        let drawn: Vec<&Expr> = match &list.drawn {
            Some(drawn) => drawn.clone(),
            None if variables.is_empty() => return Ok(()),
            None if list.place == Place::Draw || variables.len() == 1 => variables.iter().collect(),
            None => {
                let message =
                    format!("`{}` is a law of several variables, and it is not clear which are drawn", say(list.name));
                return ambiguous(list.span, &message, "write its letters: E_{p(x, z)}[…]");
            }
        };
        let each: Vec<Vec<&Expr>> =
            if list.place == Place::Draw { drawn.into_iter().map(|one| vec![one]).collect() } else { vec![drawn] };
        for drawn in each {
            // What is no letter says nothing of which variables there are, unless all but it are known.
            let values = || drawn.iter().chain(&list.given);
            if values().any(|e| name_of(e).is_none()) && values().count() < self.components.len() {
                continue;
            }
            let (first, second, rest) = self.places(&drawn, &list.given, list.span, facts)?;
            let signature = Signature {
                drawn: first.into_keys().collect(),
                given: second.into_keys().collect(),
                context: !rest.is_empty(),
                parameters: !parameters.is_empty(),
                factor: list.place == Place::Draw,
                weight: if list.place == Place::Mean { 3 } else { 1 },
                span: list.span,
            };
            self.note_parameters(&parameters, list.span)?;
            self.add(signature)?;
        }
        Ok(())
    }

    fn note_parameters(&mut self, parameters: &[String], span: Span) -> Result<()> {
        if self.parameters.is_empty() {
            self.parameters = parameters.to_vec();
        }
        if parameters.is_empty() || parameters.len() == self.parameters.len() {
            return Ok(());
        }
        let message = format!("`{}` has different numbers of parameters here and elsewhere", self.base);
        unsupported(span, &message, "give laws of different parameters letters of their own")
    }

    fn add(&mut self, signature: Signature) -> Result<()> {
        let same = self.signatures.iter_mut().find(|s| s.drawn == signature.drawn && s.given == signature.given);
        let Some(known) = same else {
            self.signatures.push(signature);
            return Ok(());
        };
        if known.parameters != signature.parameters || known.context != signature.context {
            let message = format!(
                "`{}` stands with and without {} here: two laws, or one?",
                self.base,
                if known.parameters == signature.parameters { "what it is given" } else { "its parameter" }
            );
            return ambiguous(signature.span, &message, "give two laws letters of their own");
        }
        known.factor |= signature.factor;
        known.weight += signature.weight;
        Ok(())
    }

    /// A factor that the statement defines: `p(x|z) = N(x; z, 1)`.
    fn define(&mut self, definition: &Definition, facts: &Facts) -> Result<()> {
        let (_, _, parameters) = split(&definition.name, facts);
        let letters = letters_of(definition);
        let [drawn, given] = letters.each_ref().map(|letters| letters.iter().collect::<Vec<&Expr>>());
        let (first, second, rest) = self.places(&drawn, &given, definition.span, facts)?;
        let mut of_itself = false;
        super::laws(&definition.body, &mut |law| of_itself |= self.is(&law.name, facts).is_some());
        if of_itself {
            let (drawn, given): (BTreeSet<usize>, BTreeSet<usize>) =
                (first.into_keys().collect(), second.into_keys().collect());
            let letters = |set: &BTreeSet<usize>| set.iter().map(|index| self.components[*index].0.clone()).collect();
            let (above, below): (Vec<String>, Vec<String>) = (letters(&drawn), letters(&given));
            let name =
                Name { base: self.base.clone(), subscript: Some(format!("({}|{})", above.join(","), below.join(","))) };
            if !rest.is_empty() {
                let message = "a definition of a law of several variables with a letter that nothing draws has no meaning here yet";
                return unsupported(definition.span, message, "leave the definition out: it follows from the factors");
            }
            let definition = definition.clone();
            self.abbreviations.push(Abbreviation { drawn, given, parameters, definition, name });
            return Ok(());
        }
        if first.len() > 1 {
            let message = format!(
                "`{}`, a law of several variables that is given by its density, has no meaning here yet",
                self.base
            );
            return unsupported(
                definition.span,
                &message,
                "define its factors: … where p(z) = N(z; 0, 1), p(x|z) = N(x; z, 1)",
            );
        }
        self.note_parameters(&parameters, definition.span)?;
        self.definitions.push(definition.clone());
        self.add(Signature {
            drawn: first.into_keys().collect(),
            given: second.into_keys().collect(),
            context: !rest.is_empty(),
            parameters: !parameters.is_empty(),
            factor: true,
            weight: 1,
            span: definition.span,
        })
    }

    /// Names of factors have to differ.
    fn agree(&self) -> Result<()> {
        let names: BTreeSet<String> = self.components.iter().map(|(letter, _)| component_name(letter)).collect();
        if names.len() < self.components.len() {
            return unsupported(self.span, "two variables of one law have the same letter here", "take other letters");
        }
        let mut joined: BTreeSet<usize> = BTreeSet::from([0]);
        for _ in &self.components {
            for signature in &self.signatures {
                let list = || signature.drawn.iter().chain(&signature.given);
                if list().any(|index| joined.contains(index)) {
                    joined.extend(list());
                }
            }
        }
        if let Some(apart) = (0..self.components.len()).find(|index| !joined.contains(index)) {
            let (first, other) = (&self.components[0].0, &self.components[apart].0);
            let message =
                format!("nothing says how `{other}` and `{first}` of the law `{}` belong together", self.base);
            let help =
                format!("give laws that are not of one another letters of their own, as in {first} ~ p, {other} ~ q");
            return unsupported(self.span, &message, &help);
        }
        if self.components.len() > MOST {
            let message =
                format!("`{}`, a law of {} variables, has no meaning here yet", self.base, self.components.len());
            return unsupported(self.span, &message, "write its factors with letters of their own");
        }
        Ok(())
    }

    /// The order of the variables in which most of what is written is a product of factors.
    pub fn choose_order(&mut self) -> Result<()> {
        let mut best: Option<(usize, Vec<usize>)> = None;
        for order in orders(self.components.len()) {
            let Some(cost) = self.cost(&order) else { continue };
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, order));
            }
        }
        match best {
            Some((_, order)) => {
                self.order = order;
                Ok(())
            }
            None => {
                let letters: Vec<&str> = self.components.iter().map(|(letter, _)| letter.as_str()).collect();
                let message = format!(
                    "the laws `{}` of {} are not the factors of one law in any order",
                    self.base,
                    written(&letters)
                );
                unsupported(
                    self.span,
                    &message,
                    "what is defined, drawn by `given` or free of a parameter has to be a factor: p(z) and p(x|z), or p(x) and p(z|x)",
                )
            }
        }
    }

    /// What an order leaves to be derived; none if it cannot be.
    fn cost(&self, order: &[usize]) -> Option<usize> {
        let mut cost = 0;
        // Whether the factor of each place has the parameter, and what stands behind all bars.
        let mut said: Vec<Option<(bool, bool)>> = vec![None; order.len()];
        for signature in &self.signatures {
            let known = order.iter().take_while(|index| signature.given.contains(index)).count();
            let behind = order[known..].iter().take_while(|index| signature.drawn.contains(index)).count();
            let exact = known == signature.given.len() && behind == signature.drawn.len();
            let full = signature.parameters || self.parameters.is_empty();
            let bare = !full || !signature.context && !self.context.is_empty();
            if !exact && (signature.factor || bare) {
                return None;
            }
            if exact && (bare || signature.factor && behind == 1) {
                for place in &mut said[known..known + behind] {
                    let new = (signature.parameters, signature.context);
                    if place.is_some_and(|old| old != new) {
                        return None;
                    }
                    *place = Some(new);
                }
            }
            if !exact {
                let last = order.iter().rposition(|i| signature.given.contains(i) || signature.drawn.contains(i))? + 1;
                let hidden = last - signature.given.len() - signature.drawn.len();
                let quotient = signature.given.len() > known;
                cost += signature.weight * (1 + hidden + 2 * usize::from(quotient));
            }
        }
        // A factor that is free of the parameter is nothing else elsewhere.
        for signature in self.signatures.iter().filter(|s| s.drawn.len() == 1) {
            let known = order.iter().take_while(|index| signature.given.contains(index)).count();
            if known == signature.given.len()
                && order.get(known).is_some_and(|index| signature.drawn.contains(index))
                && said[known].is_some_and(|said| said != (signature.parameters, signature.context))
            {
                return None;
            }
        }
        Some(cost)
    }

    /// Has the factor of a place the parameter, and what stands behind all bars?
    fn carries(&self, place: usize) -> (bool, bool) {
        let exact = self.signatures.iter().find(|signature| {
            let known = self.order.iter().take_while(|index| signature.given.contains(index)).count();
            let behind = self.order[known..].iter().take_while(|index| signature.drawn.contains(index)).count();
            let exact = known == signature.given.len() && behind == signature.drawn.len();
            exact
                && (known..known + behind).contains(&place)
                && (behind == 1 || !signature.parameters || !signature.context)
        });
        let all = (!self.parameters.is_empty(), !self.context.is_empty());
        exact.map_or(all, |signature| (signature.parameters && all.0, signature.context && all.1))
    }

    /// Is it this law, and with which parameters?
    pub fn is(&self, name: &Name, facts: &Facts) -> Option<Vec<String>> {
        let (base, names, parameters) = split(name, facts);
        (base == self.base && names == self.names).then_some(parameters)
    }

    /// The factors at these parameters, and at these values of what stands behind all bars.
    pub fn factors(&self, parameters: &[String], context: &[&Expr], span: Span) -> Factors {
        let factors = self.order.iter().enumerate().map(|(place, index)| {
            let (component, name) = &self.components[*index];
            let (parameter, given) = self.carries(place);
            let law_name = factor_name(&self.base, &self.names, component, if parameter { parameters } else { &[] });
            let parents: Vec<usize> = (0..place).collect();
            let mut arguments: Vec<Expr> =
                parents.iter().map(|parent| super::letter(&self.components[self.order[*parent]].1, span)).collect();
            if given {
                arguments.extend(context.iter().map(|e| (*e).clone()));
            }
            Factor { letter: name.clone(), law: Law::named(law_name, arguments, span), parents }
        });
        Factors { factors: factors.collect() }
    }

    /// The places of variables in the order.
    pub fn placed<T>(&self, values: BTreeMap<usize, T>) -> BTreeMap<usize, T> {
        let place = |index: usize| self.order.iter().position(|other| *other == index).unwrap_or_default();
        values.into_iter().map(|(index, value)| (place(index), value)).collect()
    }

    /// The variables that a law without a list of points is of: those of the only list that is given the same.
    pub fn drawn_given(&self, given: &BTreeMap<usize, &Expr>, law: &Law) -> Result<Vec<Name>> {
        let given: BTreeSet<usize> = given.keys().copied().collect();
        let mut fits = self.signatures.iter().filter(|signature| signature.given == given);
        if let (Some(one), None) = (fits.next(), fits.next())
            && !given.is_empty()
        {
            return Ok(one.drawn.iter().map(|index| self.components[*index].1.clone()).collect());
        }
        let message =
            format!("`{}` is a law of several variables, and it is not clear of which this is", say(&law.name));
        ambiguous(law.span, &message, "write its letters: KL(q(z|x) ‖ p(z|x))")
    }

    /// The definition of a factor under the factor's name.
    pub fn renamed(&self, definition: &Definition, facts: &Facts) -> Result<Option<Definition>> {
        if !self.definitions.contains(definition) {
            return Ok(None);
        }
        let (_, _, parameters) = split(&definition.name, facts);
        let letters = letters_of(definition);
        let [drawn, given] = letters.each_ref().map(|letters| letters.iter().collect::<Vec<&Expr>>());
        let (drawn, given, context) = self.places(&drawn, &given, definition.span, facts)?;
        let (drawn, given) = (self.placed(drawn), self.placed(given));
        let Some((place, _)) = drawn.first_key_value() else { return Ok(None) };
        let component = &self.components[self.order[*place]].0;
        let mut renamed = definition.clone();
        renamed.name = factor_name(&self.base, &self.names, component, &parameters);
        let list = drawn.values().chain(given.values()).chain(&context);
        renamed.parameters = list.filter_map(|e| name_of(e)).cloned().collect();
        renamed.before_bar = Some(1);
        Ok(Some(renamed))
    }

    /// An abbreviation under its other name.
    pub fn abbreviated(&self, definition: &Definition) -> Option<Definition> {
        let found = self.abbreviations.iter().find(|known| known.definition == *definition)?;
        Some(Definition { name: found.name.clone(), before_bar: None, ..definition.clone() })
    }

    /// The value that a definition says of a density which would follow anyway.
    pub fn abbreviation(
        &self,
        drawn: &[&Expr],
        given: &[&Expr],
        parameters: &[String],
        span: Span,
        facts: &Facts,
    ) -> Result<Option<Expr>> {
        if self.abbreviations.is_empty() {
            return Ok(None);
        }
        let (drawn, given, _) = self.places(drawn, given, span, facts)?;
        let found = self
            .abbreviations
            .iter()
            .find(|known| drawn.keys().eq(known.drawn.iter()) && given.keys().eq(known.given.iter()));
        let Some(Abbreviation { parameters: at, definition, name, .. }) = found else { return Ok(None) };
        if at != parameters {
            let message = format!("`{}` was defined at another parameter", self.base);
            return unsupported(span, &message, "leave the definition out: it follows from the factors");
        }
        let mut arguments = Vec::new();
        for parameter in &definition.parameters {
            let letter = super::letter(parameter, span);
            let index = self.number(&letter, facts);
            let value = index.and_then(|index| drawn.get(&index).or(given.get(&index)));
            arguments.push(value.map_or(letter, |value| (*value).clone()));
        }
        let orders = vec![0; arguments.len()];
        Ok(Some(super::expr(Kind::Call { function: name.clone(), orders, arguments }, span)))
    }

    /// What is to be said of it.
    pub fn described(&self) -> String {
        let context: Vec<Name> =
            self.context.iter().map(|letter| Name { base: letter.clone(), subscript: None }).collect();
        let context: Vec<Expr> = context.iter().map(|name| super::letter(name, self.span)).collect();
        let factors = self.factors(&self.parameters, &context.iter().collect::<Vec<_>>(), self.span);
        let densities = factors.factors.iter().map(|factor| {
            let at = Box::new(super::letter(&factor.letter, self.span));
            let density = super::expr(Kind::Density { law: factor.law.clone(), at }, self.span);
            crate::syntax::print(&density, crate::syntax::Style::Unicode)
        });
        let letters: Vec<&str> = self.components.iter().map(|(letter, _)| letter.as_str()).collect();
        let name = [vec![self.base.clone()], self.names.clone()].concat().join("_");
        format!(
            "`{name}` is one law of {}, with the factors {}",
            written(&letters),
            densities.collect::<Vec<_>>().join(" ")
        )
    }

    /// The names of its factors, as hypotheses speak of them.
    pub fn factor_names(&self) -> Vec<Name> {
        self.components.iter().map(|(component, _)| factor_name(&self.base, &self.names, component, &[])).collect()
    }

    pub fn span(&self) -> Span {
        self.span
    }

    pub fn base(&self) -> &str {
        &self.base
    }
}

/// `p(z|x)` and `p(x|z)`: lists of one size that tell a law of both.
fn crosses(lists: &[&List]) -> bool {
    let letter = |name: &Name| (crate::syntax::undecorated(&name.base).to_string(), name.subscript.clone());
    let mut pairs = BTreeSet::new();
    for list in lists {
        let points = list.drawn.iter().flatten().filter_map(|e| name_of(e)).chain(&list.variables);
        for point in points {
            for given in list.given.iter().filter_map(|e| name_of(e)) {
                pairs.insert((letter(point), letter(given)));
            }
        }
    }
    let plain = |(letter, _): &(String, Option<String>)| letter.clone();
    pairs.iter().any(|(drawn, given)| {
        let back = |(other, to): &(_, _)| plain(other) == plain(given) && plain(to) == plain(drawn);
        drawn != given && pairs.contains(&(given.clone(), drawn.clone()))
            || plain(drawn) != plain(given) && pairs.iter().any(back)
    })
}

/// All orders of so many things, the given one first.
fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![vec![]];
    }
    let mut found = Vec::new();
    for first in 0..count {
        for rest in orders(count - 1) {
            let rest = rest.into_iter().map(|index| if index >= first { index + 1 } else { index });
            found.push([first].into_iter().chain(rest).collect());
        }
    }
    found
}

/// The parameters of a definition, before and behind the bar.
fn letters_of(definition: &Definition) -> [Vec<Expr>; 2] {
    let bar = definition.before_bar.unwrap_or(definition.parameters.len());
    let (drawn, given) = definition.parameters.split_at(bar);
    [drawn, given].map(|names| names.iter().map(|name| super::letter(name, definition.span)).collect())
}
