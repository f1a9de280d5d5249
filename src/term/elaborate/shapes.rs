//! Which letters are vectors, and of what size: what is said, and what follows from the places where they stand.

use super::facts::Facts;
use crate::syntax::{Assumption, Binary, Binder, Expr, Kind, Law, Name, Statement, is_letter};
use std::collections::{BTreeMap, BTreeSet};

/// Letters and functions of a statement with their sizes.
#[derive(Default)]
pub(super) struct Shapes {
    /// The size of each letter that is a vector: a letter or a number.
    vectors: BTreeMap<Name, String>,
    /// The sizes of each letter that is a matrix.
    matrices: BTreeMap<Name, [String; 2]>,
    /// Symmetric matrices, positive definite.
    definite: BTreeSet<Name>,
    /// The sizes of the arguments and of the value of each function of vectors.
    maps: BTreeMap<Name, (Vec<Vec<String>>, Vec<String>)>,
    /// What R^d is where nothing says d.
    usual: String,
    /// Something is said of a letter I: then it is no identity matrix.
    letter_i: bool,
    /// What is defined says itself what it is.
    defined: BTreeSet<Name>,
    /// How many functions have been found to have vectors for values.
    found: usize,
    /// Letters that something draws: in a product with others, the vector is one of them.
    drawn: BTreeSet<Name>,
    /// The size of what an unspecified law draws.
    laws: BTreeMap<Name, String>,
    /// Letters with the index of a sum that are samples of one law: entries of an array.
    samples: BTreeSet<Name>,
    /// Unknown functions whose values multiply a vector: numbers.
    numbers: BTreeSet<Name>,
}

/// Letters are found from letters; each round finds one at least.
const ROUNDS: usize = 32;

impl Shapes {
    /// The shapes of the letters of a statement.
    pub fn of(statement: &Statement, assumed: &[Assumption], facts: &Facts) -> Shapes {
        let samples = facts.samples().collect();
        let mut shapes = Shapes { usual: "d".into(), samples, ..Shapes::default() };
        let is_i = |name: &Name| name.base == "I" && name.subscript.is_none();
        shapes.letter_i = statement.definitions.iter().any(|definition| definition.name.base == "I");
        for assumption in assumed.iter().chain(&statement.given) {
            match assumption {
                Assumption::Compare(_, left, right) => {
                    [left, right]
                        .into_iter()
                        .for_each(|side| side.visit_names(&mut |name| shapes.letter_i |= is_i(name)));
                }
                Assumption::Draw { variables, .. } => shapes.letter_i |= variables.iter().any(is_i),
                Assumption::Sort { letter, .. } => shapes.letter_i |= is_i(letter),
                Assumption::Space { letters, sizes, .. } => {
                    shapes.letter_i |= letters.iter().any(is_i);
                    match sizes.as_slice() {
                        [size] => shapes.vectors.extend(letters.iter().map(|letter| (letter.clone(), size.clone()))),
                        [rows, columns] => {
                            let sizes = [rows.clone(), columns.clone()];
                            shapes.matrices.extend(letters.iter().map(|letter| (letter.clone(), sizes.clone())));
                        }
                        _ => {}
                    }
                }
                Assumption::Definite { letters, .. } => {
                    shapes.letter_i |= letters.iter().any(is_i);
                    shapes.definite.extend(letters.iter().cloned());
                }
                Assumption::Map { function, from, to, .. } => {
                    shapes.maps.insert(function.clone(), (from.clone(), to.clone()));
                }
                _ => {}
            }
        }
        for copy in &facts.copies {
            let whole = Name { base: copy.base.clone(), subscript: None };
            if let Some(size) = shapes.vectors.get(&whole).cloned() {
                shapes.vectors.entry(copy.clone()).or_insert(size);
            }
        }
        let mut sizes: Vec<&String> = shapes.vectors.values().collect();
        sizes.dedup();
        if let [only] = sizes.as_slice() {
            shapes.usual = (*only).clone();
        } else if let Some([size, _]) = shapes.matrices.values().find(|[rows, columns]| rows == columns)
            && shapes.vectors.is_empty()
        {
            shapes.usual = size.clone();
        }
        shapes.defined.extend(statement.definitions.iter().map(|definition| definition.name.clone()));
        for _ in 0..ROUNDS {
            let before = shapes.vectors.len() + shapes.matrices.len() + shapes.found;
            let bodies = statement.definitions.iter().map(|definition| &definition.body);
            for e in statement.members.iter().chain(bodies) {
                shapes.multiply(e);
            }
            for assumption in assumed.iter().chain(&statement.given) {
                if let Assumption::Draw { variables, law, .. } = assumption {
                    shapes.drawn(variables, law);
                }
            }
            for member in &statement.members {
                shapes.see(member);
            }
            for definition in &statement.definitions {
                shapes.see(&definition.body);
            }
            for pair in statement.members.windows(2) {
                shapes.alike(&pair[0], &pair[1]);
            }
            if shapes.vectors.len() + shapes.matrices.len() + shapes.found == before {
                break;
            }
        }
        // Of what size a matrix is may be said by no place.
        let usual = [shapes.usual.clone(), shapes.usual.clone()];
        for letter in &shapes.definite {
            shapes.matrices.entry(letter.clone()).or_insert_with(|| usual.clone());
        }
        shapes
    }

    /// The size of a letter that is a vector.
    pub fn size(&self, letter: &Name) -> Option<&str> {
        self.vectors.get(letter).map(String::as_str)
    }

    /// The letters that are vectors.
    pub fn vectors(&self) -> impl Iterator<Item = (&Name, &str)> {
        self.vectors.iter().map(|(name, size)| (name, size.as_str()))
    }

    /// The letters that are matrices, with their sizes.
    pub fn matrices(&self) -> impl Iterator<Item = (&Name, &[String; 2])> {
        self.matrices.iter()
    }

    /// The letters that are symmetric matrices, positive definite.
    pub fn definite(&self) -> impl Iterator<Item = &Name> {
        self.definite.iter()
    }

    /// The size of the value of a function, if it is said to be a vector.
    pub fn value_of(&self, function: &Name) -> Option<&str> {
        self.maps.get(function)?.1.first().map(String::as_str)
    }

    /// Is `I` the identity matrix?
    pub fn has_identity(&self) -> bool {
        !self.letter_i
    }

    /// What R^d is where nothing says d.
    pub fn usual(&self) -> &str {
        &self.usual
    }

    fn note(&mut self, letter: &Name, size: &str) {
        if self.samples.contains(letter) {
            return;
        }
        // The letter of an array of samples stands for each of them.
        let letter = super::arrays::range(letter).map_or_else(|| letter.clone(), |(letter, _)| letter);
        self.vectors.entry(letter).or_insert_with(|| size.to_string());
    }

    fn drawn(&mut self, variables: &[Name], law: &Law) {
        self.drawn.extend(variables.iter().filter(|name| !self.samples.contains(*name)).cloned());
        // What one unspecified law draws has one shape.
        if law.arguments.is_empty() && crate::syntax::is_letter(&law.name.base) {
            let letters =
                || variables.iter().map(|name| super::arrays::range(name).map_or_else(|| name.clone(), |r| r.0));
            if let Some(size) = letters().find_map(|letter| self.vectors.get(&letter).cloned()) {
                self.laws.entry(law.name.clone()).or_insert(size);
            }
            if let Some(size) = self.laws.get(&law.name).cloned() {
                letters().for_each(|letter| self.note(&letter, &size));
            }
        }
        let known = variables.iter().find_map(|letter| self.size(letter).map(str::to_string));
        if let Some(size) = self.size_of_law(law, known) {
            for letter in variables.iter().filter(|letter| super::arrays::range(letter).is_none()) {
                self.note(letter, &size);
            }
        }
    }

    /// The size of what a law draws: `N(μ, σ² I)`.
    fn size_of_law(&mut self, law: &Law, drawn: Option<String>) -> Option<String> {
        let variance = law.arguments.get(1).filter(|_| law.name.base == "N" && law.arguments.len() == 2);
        // The covariance is a matrix: of the size of the mean, or the other way round.
        if let Some(covariance) = variance.filter(|variance| self.is_matrix(variance)) {
            let mean = &law.arguments[0];
            let known = self.of_matrix(covariance).map(|[rows, _]| rows);
            let size = drawn.or_else(|| self.of_expr(mean)).or(known).unwrap_or_else(|| self.usual.clone());
            self.lone(mean, &size);
            if let Kind::Name(letter) = &covariance.kind {
                self.matrices.entry(letter.clone()).or_insert_with(|| [size.clone(), size.clone()]);
            }
            return Some(size);
        }
        let identity = variance.and_then(identity).filter(|_| self.has_identity());
        let entries = variance.and_then(diagonal);
        if identity.is_none() && entries.is_none() {
            let dimension =
                law.arguments.first().filter(|_| law.name.base == "Rademacher" && law.arguments.len() == 1)?;
            return match &dimension.kind {
                Kind::Name(name) => Some(super::full_name(name)),
                Kind::Number(n) => Some(n.to_string()),
                _ => None,
            };
        }
        let mean = &law.arguments[0];
        let said = identity.and_then(|identity| identity.subscript.clone());
        let within = entries.and_then(|entries| self.within(entries));
        let size = said.or(drawn).or_else(|| self.of_expr(mean)).or(within).unwrap_or_else(|| self.usual.clone());
        self.lone(mean, &size);
        Some(size)
    }

    /// Is an expression a matrix, as far as its letters tell?
    fn is_matrix(&self, e: &Expr) -> bool {
        match &e.kind {
            Kind::Name(name) => self.matrices.contains_key(name) || self.definite.contains(name),
            Kind::Neg(inner) | Kind::StopGrad(inner) => self.is_matrix(inner),
            Kind::Binary(Binary::Add | Binary::Sub, left, right) => self.is_matrix(left) || self.is_matrix(right),
            Kind::Binary(Binary::Mul, left, right) => {
                let matrices = (self.is_matrix(left), self.is_matrix(right));
                match matrices {
                    (true, true) => true,
                    (true, false) => self.of_expr(right).is_none() && !self.is_row(right),
                    (false, true) => self.of_expr(left).is_none() && !self.is_row(left),
                    _ => false,
                }
            }
            Kind::Binary(Binary::Div | Binary::Pow, base, _) => self.is_matrix(base),
            Kind::Call { function, arguments, .. } if function.base == "transpose" => {
                arguments.first().is_some_and(|argument| self.is_matrix(argument))
            }
            _ => false,
        }
    }

    /// The sizes of an expression that is a matrix.
    fn of_matrix(&self, e: &Expr) -> Option<[String; 2]> {
        match &e.kind {
            Kind::Name(name) => self.matrices.get(name).cloned(),
            Kind::Neg(inner) | Kind::StopGrad(inner) => self.of_matrix(inner),
            Kind::Binary(Binary::Add | Binary::Sub, left, right) => {
                self.of_matrix(left).or_else(|| self.of_matrix(right))
            }
            Kind::Binary(Binary::Mul, left, right) => match (self.of_matrix(left), self.of_matrix(right)) {
                (Some([rows, _]), Some([_, columns])) => Some([rows, columns]),
                (known, other) => known.or(other).filter(|_| self.is_matrix(e)),
            },
            Kind::Binary(Binary::Div | Binary::Pow, base, _) => self.of_matrix(base),
            Kind::Call { function, arguments, .. } if function.base == "transpose" => {
                arguments.first().and_then(|argument| self.of_matrix(argument)).map(|[rows, columns]| [columns, rows])
            }
            _ => None,
        }
    }

    /// The size of a vector whose entries stand in an expression.
    fn within(&self, e: &Expr) -> Option<String> {
        let mut found = None;
        e.visit_names(&mut |name| found = found.take().or_else(|| self.vectors.get(name).cloned()));
        found
    }

    /// A letter that stands alone where a vector is due is one.
    fn lone(&mut self, e: &Expr, size: &str) {
        match &e.kind {
            Kind::Name(name)
                if self.size(name).is_none()
                    && !self.is_matrix(e)
                    && (name.subscript.as_deref().is_none_or(is_greek) || self.drawn.contains(name)) =>
            {
                self.note(name, size);
            }
            Kind::Binary(Binary::Mul, ..) => {
                let mut names = Vec::new();
                e.visit_names(&mut |name| names.push(name.clone()));
                let drawn: Vec<&Name> = names.iter().filter(|name| self.drawn.contains(*name)).collect();
                if let Kind::Binary(Binary::Mul, matrix, vector) = &e.kind
                    && let Some([rows, columns]) = self.of_matrix(matrix)
                    && rows == size
                {
                    self.lone(vector, &columns);
                } else if let [letter] = drawn.as_slice()
                    && names.iter().all(|name| self.size(name).is_none())
                {
                    let letter = (*letter).clone();
                    self.note(&letter, size);
                }
            }
            // An unknown function where a vector is due has vectors for values.
            Kind::Call { function, orders, .. }
                if is_letter(&function.base)
                    && !self.defined.contains(function)
                    && !self.maps.contains_key(function)
                    && !self.numbers.contains(function)
                    && orders.iter().all(|order| *order == 0) =>
            {
                self.maps.insert(function.clone(), (Vec::new(), vec![size.to_string()]));
                self.found += 1;
            }
            Kind::Call { function, arguments, .. } if function.base == "hadamard" => {
                arguments.iter().for_each(|argument| self.lone(argument, size));
            }
            Kind::Binary(Binary::Pow, base, _) if matches!(base.kind, Kind::Call { .. }) => self.lone(base, size),
            Kind::Neg(inner) | Kind::Binary(Binary::Div, inner, _) => self.lone(inner, size),
            Kind::Binary(Binary::Add | Binary::Sub, left, right) => {
                self.lone(left, size);
                self.lone(right, size);
            }
            _ => {}
        }
    }

    /// What is added, subtracted or equated has one size.
    fn alike(&mut self, left: &Expr, right: &Expr) {
        match (self.of_expr(left), self.of_expr(right)) {
            (Some(size), None) => self.becomes(right, &size),
            (None, Some(size)) => self.becomes(left, &size),
            _ => {}
        }
    }

    fn becomes(&mut self, e: &Expr, size: &str) {
        match &e.kind {
            Kind::Derivative { variable: Some(variable), .. } if self.size(variable).is_none() => {
                self.note(variable, size);
            }
            _ => self.lone(e, size),
        }
    }

    fn see(&mut self, e: &Expr) {
        // What is inside tells whether a transposed vector has met another.
        e.children().into_iter().for_each(|child| self.see(child));
        match &e.kind {
            Kind::Binary(Binary::Add | Binary::Sub, left, right) => self.alike(left, right),
            // A matrix before a letter that is drawn, or a difference, stands before a vector.
            Kind::Binary(Binary::Mul, left, right)
                if self.of_matrix(left).is_some() && self.of_expr(right).is_none() && self.is_drawn(right) =>
            {
                if let Some([_, columns]) = self.of_matrix(left) {
                    self.lone(right, &columns);
                }
            }
            // Behind a transposed vector stands a vector of its size.
            Kind::Binary(Binary::Mul, left, right)
                if self.is_row(left) && self.of_expr(right).is_none() && !self.is_matrix(right) =>
            {
                if let Some(size) = self.transposed(left) {
                    self.lone(right, &size);
                }
            }
            Kind::Expectation { binders, .. } | Kind::Variance { binders, .. } | Kind::Covariance { binders, .. } => {
                for Binder { variables, law } in binders {
                    self.drawn(variables, law);
                }
            }
            Kind::Density { law, at } => {
                let known = match &at.kind {
                    Kind::Name(name) => self.size(name).map(str::to_string),
                    _ => None,
                };
                if let Some(size) = self.size_of_law(law, known) {
                    match &at.kind {
                        // What such a law is of is a vector, whatever stands below its letter.
                        Kind::Name(name) if self.size(name).is_none() => self.note(name, &size),
                        _ => self.lone(at, &size),
                    }
                }
            }
            Kind::Call { function, arguments, .. } => {
                if let ("hadamard" | "dot", [left, right]) = (&*function.base, arguments.as_slice()) {
                    self.alike(left, right);
                }
                // What is put for a letter has its shape.
                if let ("at", [_, letter, value]) = (&*function.base, arguments.as_slice()) {
                    self.alike(letter, value);
                }
                for (index, argument) in arguments.iter().enumerate() {
                    let size = self.maps.get(function).and_then(|(from, _)| from.get(index)?.first().cloned());
                    if let Some(size) = size {
                        self.lone(argument, &size);
                    }
                }
                // `x^T` could be a power: it makes no vector of x.
                if matches!(&*function.base, "norm" | "transpose")
                    && function.subscript.is_none()
                    && let [argument] = arguments.as_slice()
                    && self.of_expr(argument).is_none()
                    && !self.is_matrix(argument)
                {
                    let usual = self.usual.clone();
                    self.lone(argument, &usual);
                }
            }
            _ => {}
        }
    }

    /// Beside a vector that is not transposed stands a number.
    fn multiply(&mut self, e: &Expr) {
        e.children().into_iter().for_each(|child| self.multiply(child));
        let Kind::Binary(Binary::Mul, left, right) = &e.kind else { return };
        let is_vector = |side: &Expr| matches!(&side.kind, Kind::Name(name) if self.vectors.contains_key(name));
        let beside = match (is_vector(left), is_vector(right)) {
            (true, false) => right,
            (false, true) if !self.is_row(left) => left,
            _ => return,
        };
        if let Kind::Call { function, orders, .. } = &beside.kind
            && is_letter(&function.base)
            && orders.iter().all(|order| *order == 0)
            && !self.maps.contains_key(function)
        {
            self.numbers.insert(function.clone());
        }
    }

    fn is_drawn(&self, e: &Expr) -> bool {
        matches!(&e.kind, Kind::Name(name) if self.drawn.contains(name))
    }

    /// Is a product a transposed vector that no vector has met yet?
    fn is_row(&self, e: &Expr) -> bool {
        match &e.kind {
            Kind::Binary(Binary::Mul, left, right) if self.is_row(left) => self.of_expr(right).is_none(),
            Kind::Binary(Binary::Mul, left, right) => {
                self.is_row(right) && self.of_expr(left).is_none() && !self.is_matrix(left)
            }
            Kind::Binary(Binary::Div, left, _) | Kind::Neg(left) => self.is_row(left),
            Kind::Call { function, arguments, .. } => {
                function.base == "transpose" && !arguments.iter().any(|argument| self.is_matrix(argument))
            }
            _ => false,
        }
    }

    /// The size of the transposed vector in a product.
    fn transposed(&self, e: &Expr) -> Option<String> {
        match &e.kind {
            Kind::Binary(Binary::Mul | Binary::Div, left, right) => {
                self.transposed(left).or_else(|| self.transposed(right))
            }
            Kind::Call { function, arguments, .. } if function.base == "transpose" => {
                arguments.first().and_then(|vector| self.of_expr(vector))
            }
            _ => None,
        }
    }

    /// The size of an expression that is a vector, as far as its letters tell.
    fn of_expr(&self, e: &Expr) -> Option<String> {
        match &e.kind {
            Kind::Name(name) => self.vectors.get(name).cloned(),
            Kind::Neg(inner) | Kind::StopGrad(inner) => self.of_expr(inner),
            Kind::Binary(Binary::Add | Binary::Sub, left, right) => self.of_expr(left).or_else(|| self.of_expr(right)),
            Kind::Binary(Binary::Mul, left, right) => match (self.of_expr(left), self.of_expr(right)) {
                (Some(_), Some(_)) => None,
                (None, Some(size)) if self.is_matrix(left) => Some(self.of_matrix(left).map_or(size, |[rows, _]| rows)),
                _ if self.is_row(left) || self.is_row(right) => None,
                (left, right) => left.or(right),
            },
            Kind::Binary(Binary::Div, left, _) => self.of_expr(left),
            Kind::Expectation { body, .. } => self.of_expr(body),
            Kind::Derivative { variable: Some(variable), body, .. } => {
                self.vectors.get(variable).cloned().or_else(|| self.of_expr(body))
            }
            Kind::Call { function, arguments, .. } if function.base == "at" => {
                arguments.first().and_then(|value| self.of_expr(value))
            }
            Kind::Call { function, arguments, .. } if function.base == "hadamard" => {
                arguments.iter().find_map(|argument| self.of_expr(argument))
            }
            Kind::Call { function, .. } => self.value_of(function).map(str::to_string),
            _ => None,
        }
    }
}

/// The identity matrix among the factors of a variance: `I`, `I_d`.
fn is_greek(below: &str) -> bool {
    !below.is_ascii() && is_letter(below)
}

pub(super) fn identity(e: &Expr) -> Option<&Name> {
    match &e.kind {
        Kind::Name(name) if name.base == "I" => Some(name),
        Kind::Binary(Binary::Mul, left, right) => identity(left).or_else(|| identity(right)),
        Kind::Binary(Binary::Div, left, _) => identity(left),
        _ => None,
    }
}

/// The entries of a diagonal variance: `σ²` of `diag(σ²)`.
pub(super) fn diagonal(e: &Expr) -> Option<&Expr> {
    match &e.kind {
        Kind::Call { function, arguments, .. } if function.base == "diag" => arguments.first(),
        _ => None,
    }
}
