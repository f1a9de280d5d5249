//! The proof file: JSON lines. A head with schema, version and library; unknown functions and unspecified laws; the table
//! of terms, children before parents; the goal; what is granted; the steps; and an end that counts them.

use crate::check::Proof;
use crate::context::{Hypothesis, Unknown};
use crate::field::oracle;
use crate::instance::{Abstraction, Substitution};
use crate::library::{Class, Library};
use crate::step::{Combination, Move, Step};
use crate::term::{Name, Op, Table, Term};
use num_rational::BigRational;
use num_traits::Zero;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

const SCHEMA: &str = "stein-proof";
const VERSION: u32 = 1;
const MOST_BYTES: usize = 64 << 20;
const MOST_LINES: usize = 1_000_000;
const MOST_DEPTH: usize = 400;
const MOST_ORDER: u32 = 32;
const MOST_BOUND: u32 = 60;
const MOST_DIGITS: usize = 4096;
const MOST_NAME: usize = 200;

/// Why a file is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Too many bytes, lines, digits, arguments or levels.
    TooLarge,
    /// Not a line of the format.
    Malformed(String),
    /// Another schema or version.
    OtherVersion,
    /// Written for another library.
    OtherLibrary,
    /// The line stands where it must not, or twice, or after the end.
    OutOfOrder,
    /// A number that no earlier line gave to a term.
    NoSuchTerm(u64),
    /// A term whose root does not fit its arguments.
    IllFormed,
    /// The library has no such name with so many arguments.
    NoSuchName(String),
    /// The end counts other steps, or there is no end or no goal.
    Incomplete,
}

/// Where a file is not read, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// The line, from 1.
    pub line: usize,
    /// Why.
    pub fault: Fault,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fault::TooLarge => f.write_str("it is too large"),
            Fault::Malformed(why) => write!(f, "it is no line of a proof ({why})"),
            Fault::OtherVersion => f.write_str("it is of another format or version"),
            Fault::OtherLibrary => f.write_str("it was written for other rules, laws or functions"),
            Fault::OutOfOrder => f.write_str("the line must not stand here"),
            Fault::NoSuchTerm(id) => write!(f, "no line before gives the term {id}"),
            Fault::IllFormed => f.write_str("the term has no meaning"),
            Fault::NoSuchName(name) => write!(f, "nothing is called `{name}`"),
            Fault::Incomplete => f.write_str("the proof has no goal, no end, or another number of steps"),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "k", rename_all = "lowercase", deny_unknown_fields)]
enum Line {
    Head { schema: String, version: u32, library: String },
    Function { name: String, class: FileClass, bounded: bool, assumed: bool },
    Law { name: String, continuous: bool },
    Term { id: u64, op: FileOp, args: Vec<u64> },
    Goal { left: u64, right: u64 },
    Hyp { kind: FileHypothesis, terms: Vec<u64> },
    Step { at: Vec<usize>, r#move: FileMove, backwards: bool, before: u64, after: u64 },
    Qed { steps: usize },
}

#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum FileClass {
    Measurable,
    Jump,
    Lipschitz,
    Smooth,
}

const CLASSES: [(FileClass, Class); 4] = [
    (FileClass::Measurable, Class::Measurable),
    (FileClass::Jump, Class::Jump),
    (FileClass::Lipschitz, Class::Lipschitz),
    (FileClass::Smooth, Class::Smooth),
];

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FileHypothesis {
    Positive,
    NonNegative,
    NonZero,
    Whole,
    Equal,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FileOp {
    Rat(String),
    Pi,
    Inf(bool),
    End(bool),
    Free(String),
    Bound(u32),
    Add,
    Mul,
    Inv,
    Pow,
    Fun(String),
    App(String, Vec<u32>),
    Law(String),
    AnyLaw(String),
    Dens,
    Mean,
    Int,
    Sum,
    D(u32),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileAbstraction {
    arity: usize,
    body: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum FileMove {
    Ring(Vec<(u64, Vec<(u64, u64)>)>),
    Diff,
    Nest(u32),
    Flat,
    Drop(usize),
    Swap(usize),
    Product,
    Points,
    Rule {
        name: String,
        letters: BTreeMap<String, u64>,
        functions: BTreeMap<String, FileAbstraction>,
        laws: BTreeMap<String, FileAbstraction>,
    },
    Given(usize),
}

impl Library {
    /// A hash of all that the library says. It tells libraries apart by mistake, not by intent.
    pub fn fingerprint(&self) -> String {
        let known = RefCell::default();
        let of = |term: &Term| self.table.digest(*term, &mut known.borrow_mut());
        let mut all = vec![];
        for (name, law) in &self.laws {
            let (positive, support) = (
                law.positive.iter().map(of).collect::<Vec<_>>(),
                match &law.support {
                    crate::library::Support::Interval(lo, hi) => (0, vec![of(lo), of(hi)]),
                    crate::library::Support::Integers(lo, hi) => (1, vec![of(lo), of(hi)]),
                    crate::library::Support::Points(points) => (2, points.iter().map(of).collect()),
                },
            );
            let about = (law.parameters, format!("{:?}", law.origin), of(&law.log_density));
            all.push(oracle(("law", name, positive, support, about)));
        }
        for (name, function) in &self.functions {
            let derivatives: Vec<_> = function.derivatives.iter().map(|d| d.as_ref().map(of)).collect();
            let flags = (function.parameters, function.of_positive, function.positive);
            let about = format!("{:?} {:?} {:?}", function.class, function.growth, function.origin);
            let meaning = [function.definition, function.formula].map(|term| term.as_ref().map(of));
            let pieces = function.pieces.map(|pieces| pieces.map(|piece| of(&piece)));
            let values: Vec<_> = function.values.iter().map(|value| (&value.patterns, of(&value.result))).collect();
            all.push(oracle((name, derivatives, meaning, pieces, function.even, values, flags, about)));
        }
        for (name, rule) in &self.rules {
            let conditions: Vec<_> = rule.conditions.iter().map(|condition| condition.digest(&of)).collect();
            let about = (format!("{:?}", rule.vouches), format!("{:?}", rule.origin));
            all.push(oracle(("rule", name, of(&rule.left), of(&rule.right), conditions, about)));
        }
        format!("{:016x}", oracle(all))
    }
}

/// The proof as a file.
pub fn write(library: &Library, proof: &Proof) -> String {
    let mut out = Writer { table: &proof.table, lines: vec![], ids: HashMap::new() };
    let statement = &proof.statement;
    out.line(&Line::Head { schema: SCHEMA.into(), version: VERSION, library: library.fingerprint() });
    for (name, unknown) in &statement.functions {
        let class = CLASSES.iter().find(|(_, class)| *class == unknown.class).map_or(FileClass::Measurable, |c| c.0);
        let Unknown { bounded, assumed, .. } = *unknown;
        out.line(&Line::Function { name: name.to_string(), class, bounded, assumed });
    }
    for (name, continuous) in &statement.laws {
        out.line(&Line::Law { name: name.to_string(), continuous: *continuous });
    }
    if let Some((left, right)) = statement.sides {
        let line = Line::Goal { left: out.term(left), right: out.term(right) };
        out.line(&line);
    }
    for hypothesis in &statement.hypotheses {
        let (kind, terms) = match hypothesis {
            Hypothesis::Positive(term) => (FileHypothesis::Positive, vec![*term]),
            Hypothesis::NonNegative(term) => (FileHypothesis::NonNegative, vec![*term]),
            Hypothesis::NonZero(term) => (FileHypothesis::NonZero, vec![*term]),
            Hypothesis::Whole(term) => (FileHypothesis::Whole, vec![*term]),
            Hypothesis::Equal(left, right) => (FileHypothesis::Equal, vec![*left, *right]),
        };
        let terms = terms.into_iter().map(|term| out.term(term)).collect();
        out.line(&Line::Hyp { kind, terms });
    }
    for step in &proof.steps {
        let what = out.what(&step.what);
        let (before, after) = (out.term(step.before), out.term(step.after));
        let backwards = step.backwards;
        out.line(&Line::Step { at: step.place.clone(), r#move: what, backwards, before, after });
    }
    out.line(&Line::Qed { steps: proof.steps.len() });
    out.lines.join("\n") + "\n"
}

struct Writer<'a> {
    table: &'a Table,
    lines: Vec<String>,
    ids: HashMap<Term, u64>,
}

impl Writer<'_> {
    fn line(&mut self, line: &Line) {
        self.lines.push(serde_json::to_string(line).expect("lines are plain data"));
    }

    fn term(&mut self, term: Term) -> u64 {
        if let Some(known) = self.ids.get(&term) {
            return *known;
        }
        let args = self.table.args(term).iter().map(|arg| self.term(*arg)).collect();
        let op = match self.table.op(term).clone() {
            Op::Rat(value) => FileOp::Rat(value.to_string()),
            Op::Pi => FileOp::Pi,
            Op::Inf(positive) => FileOp::Inf(positive),
            Op::End(upper) => FileOp::End(upper),
            Op::Free(name) => FileOp::Free(name.to_string()),
            Op::Bound(k) => FileOp::Bound(k),
            Op::Add => FileOp::Add,
            Op::Mul => FileOp::Mul,
            Op::Inv => FileOp::Inv,
            Op::Pow => FileOp::Pow,
            Op::Fun(name) => FileOp::Fun(name.to_string()),
            Op::App(name, orders) => FileOp::App(name.to_string(), orders),
            Op::Law(name) => FileOp::Law(name.to_string()),
            Op::AnyLaw(name) => FileOp::AnyLaw(name.to_string()),
            Op::Dens => FileOp::Dens,
            Op::Mean => FileOp::Mean,
            Op::Int => FileOp::Int,
            Op::Sum => FileOp::Sum,
            Op::D(order) => FileOp::D(order),
        };
        let id = self.ids.len() as u64;
        self.ids.insert(term, id);
        self.line(&Line::Term { id, op, args });
        id
    }

    fn abstractions(&mut self, from: &BTreeMap<Name, Abstraction>) -> BTreeMap<String, FileAbstraction> {
        let all = from.iter();
        all.map(|(name, value)| (name.to_string(), FileAbstraction { arity: value.arity, body: self.term(value.body) }))
            .collect()
    }

    fn what(&mut self, what: &Move) -> FileMove {
        match what {
            Move::Ring(combinations) => FileMove::Ring(
                (combinations.iter())
                    .map(|combination| {
                        let parts = combination.parts.iter().map(|(c, mean)| (self.term(*c), self.term(*mean)));
                        let parts = parts.collect();
                        (self.term(combination.mean), parts)
                    })
                    .collect(),
            ),
            Move::Diff => FileMove::Diff,
            Move::Nest(k) => FileMove::Nest(*k),
            Move::Flat => FileMove::Flat,
            Move::Drop(k) => FileMove::Drop(*k),
            Move::Swap(k) => FileMove::Swap(*k),
            Move::Product => FileMove::Product,
            Move::Points => FileMove::Points,
            Move::Rule(name, by) => FileMove::Rule {
                name: name.to_string(),
                letters: by.letters.iter().map(|(name, value)| (name.to_string(), self.term(*value))).collect(),
                functions: self.abstractions(&by.functions),
                laws: self.abstractions(&by.laws),
            },
            Move::Given(number) => FileMove::Given(*number),
        }
    }
}

/// Reads a proof for that library; the proof's table begins as the library's. Nothing of it is checked yet but its form.
pub fn read(library: &Library, text: &str) -> Result<Proof, FileError> {
    let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
    if text.len() > MOST_BYTES || lines > MOST_LINES {
        return Err(FileError { line: 1, fault: Fault::TooLarge });
    }
    let proof = Proof { table: library.table.clone(), ..Proof::default() };
    let mut reader =
        Reader { library, proof, terms: HashMap::new(), depths: HashMap::new(), begun: false, ended: false };
    let mut last = 1;
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        last = number + 1;
        let read = serde_json::from_str(line).map_err(|error| Fault::Malformed(error.to_string()));
        read.and_then(|line| reader.line(line)).map_err(|fault| FileError { line: number + 1, fault })?;
    }
    if !reader.ended {
        return Err(FileError { line: last, fault: Fault::Incomplete });
    }
    match reader.like_a_power() {
        Some(name) => Err(FileError { line: last, fault: Fault::NoSuchName(name.to_string()) }),
        None => Ok(reader.proof),
    }
}

struct Reader<'l> {
    library: &'l Library,
    proof: Proof,
    terms: HashMap<u64, Term>,
    depths: HashMap<Term, usize>,
    begun: bool,
    ended: bool,
}

impl Reader<'_> {
    fn line(&mut self, line: Line) -> Result<(), Fault> {
        let head = matches!(line, Line::Head { .. });
        if self.ended || head == self.begun {
            return Err(Fault::OutOfOrder);
        }
        // What is granted stands before the steps.
        let grants = matches!(line, Line::Function { .. } | Line::Law { .. } | Line::Goal { .. } | Line::Hyp { .. });
        if grants && !self.proof.steps.is_empty() {
            return Err(Fault::OutOfOrder);
        }
        match line {
            Line::Head { schema, version, library } => {
                if schema != SCHEMA || version != VERSION {
                    return Err(Fault::OtherVersion);
                }
                if library != self.library.fingerprint() {
                    return Err(Fault::OtherLibrary);
                }
                self.begun = true;
            }
            Line::Function { name, class, bounded, assumed } => {
                let class = CLASSES[class as usize].1;
                let name = self.unknown_function(name)?;
                if self.proof.statement.functions.insert(name, Unknown { class, bounded, assumed }).is_some() {
                    return Err(Fault::OutOfOrder);
                }
            }
            Line::Law { name, continuous } => {
                if self.proof.statement.laws.insert(self.unknown_law(name)?, continuous).is_some() {
                    return Err(Fault::OutOfOrder);
                }
            }
            Line::Term { id, op, args } => {
                let term = self.new_term(op, &args)?;
                if self.terms.insert(id, term).is_some() {
                    return Err(Fault::OutOfOrder);
                }
            }
            Line::Goal { left, right } => {
                let sides = (self.closed(left)?, self.closed(right)?);
                if self.proof.statement.sides.replace(sides).is_some() {
                    return Err(Fault::OutOfOrder);
                }
            }
            Line::Hyp { kind, terms } => {
                let terms = terms.into_iter().map(|id| self.closed(id)).collect::<Result<Vec<_>, _>>()?;
                let hypothesis = match (kind, &terms[..]) {
                    (FileHypothesis::Positive, [term]) => Hypothesis::Positive(*term),
                    (FileHypothesis::NonNegative, [term]) => Hypothesis::NonNegative(*term),
                    (FileHypothesis::NonZero, [term]) => Hypothesis::NonZero(*term),
                    (FileHypothesis::Whole, [term]) => Hypothesis::Whole(*term),
                    (FileHypothesis::Equal, [left, right]) => Hypothesis::Equal(*left, *right),
                    _ => return Err(Fault::IllFormed),
                };
                self.proof.statement.hypotheses.push(hypothesis);
            }
            Line::Step { at, r#move, backwards, before, after } => {
                let what = self.what(r#move)?;
                let (before, after) = (self.value(before)?, self.value(after)?);
                self.proof.steps.push(Step { place: at, what, backwards, before, after });
            }
            Line::Qed { steps } => {
                if steps != self.proof.steps.len() || self.proof.statement.sides.is_none() {
                    return Err(Fault::Incomplete);
                }
                self.ended = true;
            }
        }
        Ok(())
    }

    fn term(&self, id: u64) -> Result<Term, Fault> {
        self.terms.get(&id).copied().ok_or(Fault::NoSuchTerm(id))
    }

    /// A name with letters above it that would be printed like a power of numbers of the same file.
    fn like_a_power(&self) -> Option<Name> {
        let ops = || self.terms.values().map(|term| self.proof.table.op(*term));
        let numbers: BTreeSet<&str> =
            ops().filter_map(|op| if let Op::Free(name) = op { Some(&**name) } else { None }).collect();
        let names = ops().filter_map(|op| match op {
            Op::Free(name) | Op::App(name, _) | Op::AnyLaw(name) => Some(name),
            _ => None,
        });
        let powers = names.filter(|name| {
            let letter = name.split_once('_').map_or(&***name, |(letter, _)| letter);
            letter.split_once('^').is_some_and(|(base, above)| {
                numbers.contains(base) || numbers.contains(above.trim_matches(['(', ')', '*']))
            })
        });
        powers.min().cloned()
    }

    /// The name of an unknown law, which no known one has.
    fn unknown_law(&self, name: String) -> Result<Name, Fault> {
        if self.is_family(&name) { Err(Fault::NoSuchName(name)) } else { self.unknown_function(name) }
    }

    /// The name of an unknown function, which no known one has.
    ///
    /// A law's one letter may name it, as an energy `U(x)` beside `U(0,1)`: a law stands after `~` only.
    /// `N(x)` and what a longer name says are read as the known ones.
    fn unknown_function(&self, name: String) -> Result<Name, Fault> {
        let own = ["exp", "ln", "sin", "cos"].contains(&name.as_str());
        let known = self.library.functions.contains_key(name.as_str())
            || (self.is_family(&name) && (name == "N" || name.chars().count() > 1));
        if own || known { Err(Fault::NoSuchName(name)) } else { checked_letter(name) }
    }

    fn is_family(&self, name: &str) -> bool {
        self.library.laws.keys().any(|law| law.split('/').next() == Some(name))
    }

    fn value(&self, id: u64) -> Result<Term, Fault> {
        self.term(id).and_then(|term| if self.proof.table.is_value(term) { Ok(term) } else { Err(Fault::IllFormed) })
    }

    fn closed(&self, id: u64) -> Result<Term, Fault> {
        self.value(id).and_then(|term| if self.proof.table.loose(term) == 0 { Ok(term) } else { Err(Fault::IllFormed) })
    }

    fn new_term(&mut self, op: FileOp, args: &[u64]) -> Result<Term, Fault> {
        let args = args.iter().map(|id| self.term(*id)).collect::<Result<Vec<_>, _>>()?;
        let known = |name: String, parameters: Option<usize>| match parameters {
            Some(parameters) if parameters == args.len() => checked_name(name),
            _ => Err(Fault::NoSuchName(name)),
        };
        let op = match op {
            FileOp::Rat(text) => Op::Rat(literal(&text)?),
            FileOp::Pi => Op::Pi,
            FileOp::Inf(positive) => Op::Inf(positive),
            FileOp::End(upper) => Op::End(upper),
            FileOp::Free(name) => Op::Free(checked_letter(name)?),
            FileOp::Bound(k) if k <= MOST_BOUND => Op::Bound(k),
            FileOp::Bound(_) => return Err(Fault::TooLarge),
            FileOp::Add => Op::Add,
            FileOp::Mul => Op::Mul,
            FileOp::Inv => Op::Inv,
            FileOp::Pow => Op::Pow,
            FileOp::Fun(name) => {
                let own = ["exp", "ln", "sin", "cos"].contains(&name.as_str()).then_some(1);
                let parameters = own.or(self.library.functions.get(&*name).map(|function| function.parameters));
                Op::Fun(known(name, parameters)?)
            }
            FileOp::App(name, orders) => {
                if orders.iter().any(|order| *order > MOST_ORDER) {
                    return Err(Fault::TooLarge);
                }
                Op::App(self.unknown_function(name)?, orders)
            }
            FileOp::Law(name) => {
                let parameters = self.library.laws.get(&*name).map(|law| law.parameters);
                Op::Law(known(name, parameters)?)
            }
            FileOp::AnyLaw(name) => Op::AnyLaw(self.unknown_law(name)?),
            FileOp::Dens => Op::Dens,
            FileOp::Mean => Op::Mean,
            FileOp::Int => Op::Int,
            FileOp::Sum => Op::Sum,
            FileOp::D(order) if order <= MOST_ORDER => Op::D(order),
            FileOp::D(_) => return Err(Fault::TooLarge),
        };
        let depth = 1 + args.iter().map(|arg| self.depths.get(arg).copied().unwrap_or(0)).max().unwrap_or(0);
        let table = &mut self.proof.table;
        let term = table.term(op, args);
        if !table.is_well_formed(term) {
            return Err(Fault::IllFormed);
        }
        if depth > MOST_DEPTH {
            return Err(Fault::TooLarge);
        }
        self.depths.insert(term, depth);
        Ok(term)
    }

    fn abstractions(&self, from: BTreeMap<String, FileAbstraction>) -> Result<BTreeMap<Name, Abstraction>, Fault> {
        let all = from.into_iter();
        all.map(|(name, value)| {
            Ok((checked_name(name)?, Abstraction { arity: value.arity, body: self.term(value.body)? }))
        })
        .collect()
    }

    fn what(&self, what: FileMove) -> Result<Move, Fault> {
        Ok(match what {
            FileMove::Ring(combinations) => {
                let mut all = vec![];
                for (mean, parts) in combinations {
                    let parts = parts.into_iter().map(|(c, mean)| Ok((self.value(c)?, self.value(mean)?)));
                    all.push(Combination { mean: self.value(mean)?, parts: parts.collect::<Result<_, Fault>>()? });
                }
                Move::Ring(all)
            }
            FileMove::Diff => Move::Diff,
            FileMove::Nest(k) => Move::Nest(k),
            FileMove::Flat => Move::Flat,
            FileMove::Drop(k) => Move::Drop(k),
            FileMove::Swap(k) => Move::Swap(k),
            FileMove::Product => Move::Product,
            FileMove::Points => Move::Points,
            FileMove::Rule { name, letters, functions, laws } => {
                let letters = letters.into_iter().map(|(name, id)| Ok((checked_name(name)?, self.value(id)?)));
                let letters = letters.collect::<Result<_, Fault>>()?;
                let (functions, laws) = (self.abstractions(functions)?, self.abstractions(laws)?);
                Move::Rule(checked_name(name)?, Substitution { letters, functions, laws })
            }
            FileMove::Given(number) => Move::Given(number),
        })
    }
}

fn checked_name(name: String) -> Result<Name, Fault> {
    if name.is_empty() || name.len() > MOST_NAME { Err(Fault::NoSuchName(name)) } else { Ok(name.into()) }
}

/// A name of the statement's own. What is read back is printed, so that a name must not look like a formula.
fn checked_letter(name: String) -> Result<Name, Fault> {
    let inside = |c: char| c.is_alphanumeric() || "_'{}".contains(c);
    // Several indices stand below a letter only: `A_i,j`.
    let (letter, below) = name.split_once('_').unwrap_or((&name, ""));
    let letter = letter.strip_suffix('*').unwrap_or(letter);
    let (base, above) = letter.split_once('^').map_or((letter, None), |(base, above)| (base, Some(above)));
    let fits = name.starts_with(char::is_alphabetic)
        && base.chars().all(inside)
        && above.is_none_or(stands_above)
        && below.split(',').all(|index| index.chars().all(inside))
        && !below.ends_with(',')
        && !below.contains(",,");
    if fits { checked_name(name) } else { Err(Fault::NoSuchName(name)) }
}

/// What stands above a letter as a part of its name: `π` of `V^π`, `(k)` of `A^(k)`; no number, and no letter of what is bound.
fn stands_above(above: &str) -> bool {
    let index = above.strip_prefix('(').and_then(|index| index.strip_suffix(')'));
    let word = index.unwrap_or(above);
    let alphanumeric = !word.is_empty() && word.chars().all(char::is_alphanumeric);
    let name = word.starts_with(char::is_alphabetic)
        && !(word.len() == 1 && word.starts_with(|c: char| c.is_ascii_lowercase()));
    alphanumeric && (index.is_some() || name)
}

fn literal(text: &str) -> Result<BigRational, Fault> {
    if text.len() > MOST_DIGITS {
        return Err(Fault::TooLarge);
    }
    let (above, below) = text.split_once('/').unwrap_or((text, "1"));
    let part = |text: &str| text.parse().map_err(|_| Fault::Malformed(text.into()));
    let (above, below): (num_bigint::BigInt, num_bigint::BigInt) = (part(above)?, part(below)?);
    if below.is_zero() { Err(Fault::Malformed(text.into())) } else { Ok(BigRational::new(above, below)) }
}
