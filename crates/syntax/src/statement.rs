//! The building of statements, their clauses and their definitions.

use super::ast::*;
use super::build::{Builder, Node, Result, internal, next};
use super::error::{Code, SyntaxError};
use super::grammar::Rule;
use super::names::did_you_mean;

/// What a function can be said to be.
pub(super) const CLASSES: [&str; 4] = ["measurable", "jump", "lipschitz", "smooth"];

/// What a letter can be said to be.
pub(super) const SORTS: [&str; 2] = ["natural", "integer"];

impl Builder<'_> {
    pub fn statement(&self, node: Node, operators: bool) -> Result<Statement> {
        let mut statement = Statement { operators, ..Statement::default() };
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::equation | Rule::operator_equation => self.members(part, &mut statement)?,
                Rule::given => statement.given.extend(self.assumptions(part)?),
                Rule::wheres => {
                    for definition in part.into_inner() {
                        statement.definitions.push(self.definition(definition)?);
                    }
                }
                _ => {}
            }
        }
        self.settle_points(&statement.definitions)?;
        self.settle_lists(&mut statement);
        statement.decisions =
            Decisions { said: self.decisions.borrow().clone(), gradients: self.gradients.borrow().clone() };
        Ok(statement)
    }

    /// The members of a chain, and which of its links hold up to a constant.
    fn members(&self, node: Node, statement: &mut Statement) -> Result<()> {
        let mut with_constant = Vec::new();
        for part in node.into_inner() {
            let (span, last) = (self.span(&part), statement.members.len().saturating_sub(1));
            match part.as_rule() {
                Rule::proportional => {
                    let free_of = part.into_inner().map(|name| Name::from_canonical(name.as_str())).collect();
                    statement.up_to.push(UpTo { link: last, constant: Constant::Factor, free_of, span });
                }
                Rule::constant => with_constant.push((last, span)),
                _ => statement.members.push(self.sum(part)?),
            }
        }
        let links = statement.members.len() - 1;
        for (member, span) in with_constant {
            for link in [member.checked_sub(1), Some(member)].into_iter().flatten().filter(|link| *link < links) {
                match statement.up_to.iter().find(|up_to| up_to.link == link) {
                    None => {
                        statement.up_to.push(UpTo { link, constant: Constant::Summand, free_of: Vec::new(), span });
                    }
                    Some(UpTo { constant: Constant::Factor, .. }) => {
                        let message = "both sides are compared up to a factor and up to a summand";
                        let error = SyntaxError::new(message, span).code(Code::Ambiguous);
                        return Err(error.help("write `A ∝ B`, or `A = B + const`"));
                    }
                    Some(_) => {}
                }
            }
            if links == 0 {
                let error = SyntaxError::new("a constant left open belongs to an equation", span).code(Code::Command);
                return Err(error.help("write `L = R + const`"));
            }
        }
        statement.up_to.sort_by_key(|up_to| up_to.link);
        Ok(())
    }

    pub fn assumptions(&self, node: Node) -> Result<Vec<Assumption>> {
        let mut found = Vec::new();
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::comparison => {
                    let comparisons = self.comparisons(part)?.into_iter();
                    found.extend(comparisons.map(|(relation, left, right)| Assumption::Compare(relation, left, right)));
                }
                Rule::class => found.push(self.class(part)?),
                Rule::membership => {
                    let span = self.span(&part);
                    let (mut letters, mut sizes) = (Vec::new(), Vec::new());
                    for part in part.into_inner() {
                        match part.as_rule() {
                            Rule::name => letters.push(Name::from_canonical(part.as_str())),
                            _ => sizes = space(part),
                        }
                    }
                    found.push(Assumption::Space { letters, sizes, span });
                }
                Rule::tuple => {
                    let span = self.span(&part);
                    let mut inner = part.into_inner();
                    let name = Name::from_canonical(next(&mut inner)?.as_str());
                    let parts = inner.filter(|part| part.as_rule() == Rule::name);
                    let parts = parts.map(|part| Name::from_canonical(part.as_str())).collect();
                    found.push(Assumption::Tuple { name, parts, span });
                }
                Rule::definite => {
                    let span = self.span(&part);
                    let letters = part.into_inner().map(|name| Name::from_canonical(name.as_str())).collect();
                    found.push(Assumption::Definite { letters, span });
                }
                Rule::signature => {
                    let span = self.span(&part);
                    let mut inner = part.into_inner();
                    let function = Name::from_canonical(next(&mut inner)?.as_str());
                    let mut from: Vec<Vec<String>> = inner.map(space).collect();
                    let to = from.pop().unwrap_or_default();
                    found.push(Assumption::Map { function, from, to, span });
                }
                Rule::draw => {
                    let span = self.span(&part);
                    let mut variables = Vec::new();
                    for part in part.into_inner() {
                        match part.as_rule() {
                            Rule::name => variables.push(Name::from_canonical(part.as_str())),
                            Rule::law => {
                                self.is_anywhere(&variables);
                                let law = self.law(part)?;
                                found.push(Assumption::Draw { variables: std::mem::take(&mut variables), law, span });
                            }
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(found)
    }

    fn class(&self, node: Node) -> Result<Assumption> {
        let span = self.span(&node);
        let mut inner = node.into_inner();
        let function = Name::from_canonical(next(&mut inner)?.as_str());
        let class = next(&mut inner)?;
        if SORTS.contains(&class.as_str()) {
            return Ok(Assumption::Sort { letter: function, sort: class.as_str().to_string(), span });
        }
        if CLASSES.contains(&class.as_str()) {
            return Ok(Assumption::Class { function, class: class.as_str().to_string(), span });
        }
        let error = SyntaxError::new(format!("`{}` is not a class of functions", class.as_str()), self.span(&class))
            .code(Code::Class);
        Err(match did_you_mean(class.as_str(), CLASSES.into_iter().chain(SORTS)) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => {
                error.help(format!("the classes are {}; a letter may be {}", CLASSES.join(", "), SORTS.join(" or ")))
            }
        })
    }

    pub fn definition(&self, node: Node) -> Result<Definition> {
        let span = self.span(&node);
        let mut name = None;
        let (mut parameters, mut before_bar) = (Vec::new(), None);
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::equals => {}
                Rule::name => name = Some(Name::from_canonical(part.as_str())),
                Rule::parameters => {
                    for part in part.into_inner() {
                        match part.as_rule() {
                            Rule::name => parameters.push(Name::from_canonical(part.as_str())),
                            Rule::bar => before_bar = Some(parameters.len()),
                            _ => {}
                        }
                    }
                }
                _ => {
                    let name = name.ok_or_else(|| internal(span))?;
                    let before_bar = before_bar.filter(|bar| *bar < parameters.len());
                    return Ok(Definition { name, parameters, before_bar, body: self.sum(part)?, span });
                }
            }
        }
        Err(internal(span))
    }
}

/// The sizes of R^d, of R^{m×n}: letters or numbers.
fn space(node: Node) -> Vec<String> {
    node.into_inner().map(|size| size.as_str().trim().to_string()).collect()
}
