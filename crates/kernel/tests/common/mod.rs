//! A small library of laws and rules, and a reader of terms in prefix notation, for the tests.
#![allow(dead_code)]

use num_rational::BigRational;
use std::collections::BTreeMap;
use stein_kernel::check::{Checked, Failure, Proof, check};
use stein_kernel::context::{Context, Hypothesis, Refusal, Statement, Unknown};
use stein_kernel::instance::{Abstraction, Substitution, instance};
use stein_kernel::library::{Class, Condition, Function, Growth, Law, Library, Origin, Rule, Support, Vouches};
use stein_kernel::step::{Move, Step};
use stein_kernel::term::{Op, Table, Term};

const LAWS: [&str; 8] = ["N", "Exp", "Gamma", "Cauchy", "U", "Poisson", "Laplace", "P3"];
const KNOWN: [&str; 9] = ["exp", "ln", "sin", "cos", "abs", "step", "sign", "max", "relu"];

/// `(f a b)`: laws and known functions by their names, unspecified laws are `?p`, other heads are unknown functions;
/// `f'` is a derivative, `f'1` one in argument 1 (from 0).
pub fn read(table: &mut Table, text: &str, variables: &[&str]) -> Term {
    let text = text.replace('(', " ( ").replace(')', " ) ");
    let mut words: Vec<&str> = text.split_whitespace().rev().collect();
    let mut around: Vec<String> = variables.iter().map(|v| v.to_string()).collect();
    let term = read_one(table, &mut words, &mut around);
    assert!(words.is_empty(), "more words than one term: {words:?}");
    term
}

fn read_list(table: &mut Table, words: &mut Vec<&str>, around: &mut Vec<String>) -> Vec<Term> {
    let mut all = vec![];
    while words.last() != Some(&")") {
        all.push(read_one(table, words, around));
    }
    words.pop();
    all
}

fn read_one(table: &mut Table, words: &mut Vec<&str>, around: &mut Vec<String>) -> Term {
    let word = words.pop().expect("a word");
    if word != "(" {
        if let Some(k) = around.iter().rev().position(|v| v == word) {
            return table.bound(k as u32);
        }
        return match word.parse::<BigRational>() {
            Ok(value) => table.rat(value),
            Err(_) if word == "π" => table.term(Op::Pi, vec![]),
            Err(_) if word == "oo" => table.term(Op::Inf(true), vec![]),
            Err(_) if word == "-oo" => table.term(Op::Inf(false), vec![]),
            Err(_) => table.free(word),
        };
    }
    let head = words.pop().expect("a head").to_string();
    let depth = around.len();
    let term = match head.as_str() {
        "E" => {
            let mut args = vec![];
            while !(words.len() >= 2 && words[words.len() - 2] == ")") && words.last() != Some(&"(") {
                let name = words.pop().expect("a variable").to_string();
                if name == "." {
                    break;
                }
                args.push(read_one(table, words, around));
                around.push(name);
            }
            args.push(read_one(table, words, around));
            words.pop();
            table.term(Op::Mean, args)
        }
        "int" | "sum" => {
            let name = words.pop().expect("a variable").to_string();
            let ends = [read_one(table, words, around), read_one(table, words, around)];
            around.push(name);
            let body = read_one(table, words, around);
            words.pop();
            table.term(if head == "int" { Op::Int } else { Op::Sum }, vec![ends[0], ends[1], body])
        }
        _ if head == "D" || (head.starts_with('D') && head[1..].parse::<u32>().is_ok()) => {
            let order = head[1..].parse().unwrap_or(1);
            around.push(words.pop().expect("a variable").to_string());
            let body = read_one(table, words, around);
            around.pop();
            let point = read_one(table, words, around);
            words.pop();
            table.term(Op::D(order), vec![body, point])
        }
        _ => {
            let args = read_list(table, words, around);
            match head.as_str() {
                "+" => table.add(args),
                "*" => table.mul(args),
                "-" if args.len() == 1 => table.neg(args[0]),
                "-" => table.sub(args[0], args[1]),
                "/" => table.div(args[0], args[1]),
                "^" => table.pow(args[0], args[1]),
                "inv" => table.inv(args[0]),
                "sqrt" => {
                    let half = table.rat("1/2".parse().unwrap());
                    table.pow(args[0], half)
                }
                "dens" => table.term(Op::Dens, args),
                _ if LAWS.contains(&head.as_str()) => table.term(Op::Law(head.as_str().into()), args),
                _ if head.starts_with('?') => table.term(Op::AnyLaw(head[1..].into()), args),
                _ if KNOWN.contains(&head.as_str()) => table.fun(&head, args),
                _ => {
                    let (name, marks) = head.split_once('\'').map_or((head.as_str(), None), |(a, b)| (a, Some(b)));
                    let mut orders = vec![0; args.len()];
                    if let Some(marks) = marks {
                        orders[marks.trim_matches('\'').parse::<usize>().unwrap_or(0)] =
                            1 + marks.matches('\'').count() as u32;
                    }
                    table.term(Op::App(name.into(), orders), args)
                }
            }
        }
    };
    around.truncate(depth);
    term
}

fn law(
    library: &mut Library,
    name: &str,
    parameters: &[&str],
    positive: &[&str],
    ends: [&str; 2],
    whole: bool,
    log: &str,
) {
    let table = &mut library.table;
    let positive = positive.iter().map(|text| read(table, text, parameters)).collect();
    let [lo, hi] = ends.map(|text| read(table, text, parameters));
    let support = if whole { Support::Integers(lo, hi) } else { Support::Interval(lo, hi) };
    let log_density = read(table, log, &[parameters, &["x"]].concat());
    let origin = Origin::BuiltIn;
    let parameters = parameters.len();
    library.laws.insert(name.into(), Law { parameters, positive, domain: vec![], support, log_density, origin });
}

fn function(library: &mut Library, name: &str, derivative: Option<&str>, class: Class) {
    let derivatives = vec![derivative.map(|text| read(&mut library.table, text, &["u"]))];
    library.functions.insert(
        name.into(),
        Function {
            parameters: 1,
            derivatives,
            definition: None,
            formula: None,
            pieces: None,
            even: None,
            values: vec![],
            class,
            of_positive: false,
            growth: Growth::Linear,
            positive: false,
            origin: Origin::BuiltIn,
        },
    );
}

enum When<'a> {
    Positive(&'a str),
    Continuous(&'a str),
    Fixed(&'a str),
    Exists(&'a str),
}

fn rule(library: &mut Library, name: &str, sides: [&str; 2], conditions: &[When], closed: bool) {
    let [left, right] = sides.map(|text| read(&mut library.table, text, &[]));
    let mut term = |text: &str| read(&mut library.table, text, &[]);
    let conditions = (conditions.iter())
        .map(|condition| match condition {
            When::Positive(text) => Condition::Positive(term(text)),
            When::Continuous(text) => Condition::AbsolutelyContinuous(term(text)),
            When::Fixed(text) => Condition::FixedSupport(term(text)),
            When::Exists(text) => Condition::Exists(term(text)),
        })
        .collect();
    let vouches = if closed { Vouches::All } else { Vouches::Nothing };
    library.rules.insert(name.into(), Rule { left, right, conditions, vouches, origin: Origin::BuiltIn });
}

pub fn library() -> Library {
    let mut library = Library::default();
    let l = &mut library;
    law(l, "N", &["m", "v"], &["v"], ["-oo", "oo"], false, "(- (* -1/2 (^ (- x m) 2) (inv v)) (* 1/2 (ln (* 2 π v))))");
    law(l, "Exp", &["r"], &["r"], ["0", "oo"], false, "(- (ln r) (* r x))");
    law(
        l,
        "Gamma",
        &["a", "r"],
        &["a", "r"],
        ["0", "oo"],
        false,
        "(- (+ (* a (ln r)) (* (- a 1) (ln x))) (+ (* r x) (lgamma a)))",
    );
    law(l, "Cauchy", &["m", "s"], &["s"], ["-oo", "oo"], false, "(- (- (ln s) (ln π)) (ln (+ (^ s 2) (^ (- x m) 2))))");
    law(l, "U", &["a", "b"], &["(- b a)"], ["a", "b"], false, "(- 0 (ln (- b a)))");
    law(l, "Laplace", &["m", "b"], &["b"], ["-oo", "oo"], false, "(- (- 0 (* (abs (- x m)) (inv b))) (ln (* 2 b)))");
    law(l, "Poisson", &["c"], &["c"], ["0", "oo"], true, "(- (- (* x (ln c)) c) (lgamma (+ x 1)))");
    law(l, "P3", &[], &[], ["-oo", "oo"], false, "(g3 x)");
    function(l, "abs", Some("(sign u)"), Class::Lipschitz);
    function(l, "step", Some("0"), Class::Jump);
    function(l, "sign", Some("0"), Class::Jump);
    function(l, "relu", Some("(step u)"), Class::Lipschitz);
    function(l, "lgamma", None, Class::Smooth);
    let interchange = ["(D t (E x (?P) . (g x t)) s)", "(E x (?P) . (D t (g x t) s))"];
    let conditions = [When::Continuous("(E x (?P) . (D t (g x t) s))"), When::Exists("(E x (?P) . (D t (g x t) s))")];
    rule(l, "interchange", interchange, &conditions, true);
    let score = "(E y (?P s) . (+ (* (h y s) (D t (ln (dens (?P t) y)) s)) (D t (h y t) s)))";
    let conditions = [
        When::Fixed("(E y (?P s) . (D t (ln (dens (?P t) y)) s))"),
        When::Continuous("(E y (?P s) . (D t (h y t) s))"),
        When::Exists(score),
    ];
    rule(l, "likelihood-ratio", ["(D t (E y (?P t) . (h y t)) s)", score], &conditions, true);
    let stein = ["(E x (N m v) . (* (- x m) (g x)))", "(* v (E x (N m v) . (D u (g u) x)))"];
    rule(l, "stein", stein, &[When::Positive("v"), When::Continuous("(E x (N m v) . (D u (g u) x))")], true);
    let standard = ["(E x (N m (^ s 2)) . (g x))", "(E z (N 0 1) . (g (+ m (* s z))))"];
    rule(l, "standard", standard, &[When::Positive("s")], true);
    library
}

/// A statement without sides: hypotheses in prefix notation, with the classes of functions.
pub fn statement(table: &mut Table, positive: &[&str], smooth: &[&str], lipschitz: &[&str]) -> Statement {
    let hypotheses = positive.iter().map(|text| Hypothesis::Positive(read(table, text, &[]))).collect();
    let classes = [(smooth, Class::Smooth), (lipschitz, Class::Lipschitz)];
    let functions = classes.into_iter().flat_map(|(names, class)| {
        names.iter().map(move |name| ((*name).into(), Unknown { class, bounded: false, assumed: false }))
    });
    Statement { sides: None, hypotheses, functions: functions.collect(), laws: BTreeMap::new() }
}

pub fn equal(library: &Library, positive: &[&str], a: &str, b: &str) -> Result<f64, Refusal> {
    let mut table = library.table.clone();
    let statement = statement(&mut table, positive, &["f", "g", "h"], &[]);
    let (a, b) = (read(&mut table, a, &[]), read(&mut table, b, &[]));
    Context::new(library, table, statement, 7).equal(a, b)
}

pub fn abstraction(table: &mut Table, variables: &[&str], text: &str, around: &[&str]) -> Abstraction {
    Abstraction { arity: variables.len(), body: read(table, text, &[around, variables].concat()) }
}

pub fn substitution(
    table: &mut Table,
    around: &[&str],
    letters: &[(&str, &str)],
    functions: &[(&str, &[&str], &str)],
    laws: &[(&str, &[&str], &str)],
) -> Substitution {
    Substitution {
        letters: letters.iter().map(|(name, text)| ((*name).into(), read(table, text, around))).collect(),
        functions: functions.iter().map(|(n, v, text)| ((*n).into(), abstraction(table, v, text, around))).collect(),
        laws: laws.iter().map(|(n, v, text)| ((*n).into(), abstraction(table, v, text, around))).collect(),
    }
}

/// A proof in the making: steps are written down without being checked.
pub struct Script<'l> {
    pub library: &'l Library,
    pub table: Table,
    pub statement: Statement,
    pub steps: Vec<Step>,
    here: Term,
}

impl<'l> Script<'l> {
    pub fn new(library: &'l Library, positive: &[&str], left: &str, right: &str) -> Script<'l> {
        let mut table = library.table.clone();
        let mut statement = statement(&mut table, positive, &["f", "g", "h", "s"], &["k"]);
        let sides = (read(&mut table, left, &[]), read(&mut table, right, &[]));
        statement.sides = Some(sides);
        Script { library, table, statement, steps: vec![], here: sides.0 }
    }

    /// What stands at a place now.
    pub fn at(&self, place: &[usize]) -> Term {
        self.table.at(self.here, place).expect("a place").0
    }

    pub fn step(&mut self, place: &[usize], what: Move, backwards: bool, after: Term) {
        let before = self.at(place);
        self.here = self.table.replaced(self.here, place, after).expect("a place");
        self.steps.push(Step { place: place.to_vec(), what, backwards, before, after });
    }

    /// Arithmetic at a place; the variables are those around it.
    pub fn ring(&mut self, place: &[usize], around: &[&str], after: &str) {
        let after = read(&mut self.table, after, around);
        self.step(place, Move::Ring(vec![]), false, after);
    }

    pub fn end(&mut self) {
        let right = self.statement.sides.expect("sides").1;
        self.step(&[], Move::Ring(vec![]), false, right);
    }

    /// A move whose result the kernel computes.
    pub fn go(&mut self, place: &[usize], what: Move) {
        let from = self.at(place);
        let mut context = Context::new(self.library, self.table.clone(), self.statement.clone(), 1);
        // The binders around matter for needs only: here they are left to the check, but there have to be some.
        let mut term = self.here;
        for &index in place {
            let more = context.binders_of(term, index);
            context.scopes.extend(more);
            term = context.table.args(term)[index];
        }
        let after = match &what {
            Move::Diff => context.differentiated(from),
            Move::Rule(name, by) => instance(self.library, &mut context.table, self.library.rules[name].right, by),
            what => context.restructured(what, from, false),
        };
        let after = after.expect("a result");
        self.table = context.table;
        self.step(place, what, false, after);
    }

    pub fn rule_back(&mut self, place: &[usize], name: &str, by: Substitution) {
        let after = instance(self.library, &mut self.table, self.library.rules[name].left, &by).expect("an instance");
        self.step(place, Move::Rule(name.into(), by), true, after);
    }

    pub fn by(
        &mut self,
        around: &[&str],
        letters: &[(&str, &str)],
        functions: &[(&str, &[&str], &str)],
        laws: &[(&str, &[&str], &str)],
    ) -> Substitution {
        substitution(&mut self.table, around, letters, functions, laws)
    }

    pub fn proof(&self) -> Proof {
        Proof { table: self.table.clone(), statement: self.statement.clone(), steps: self.steps.clone() }
    }

    pub fn check(&self) -> Result<Checked, Failure> {
        check(self.library, &self.proof(), None, 11)
    }
}

/// A derivative of a Gaussian mean is one with the score as a factor.
pub fn score_of_mean(library: &Library) -> Script<'_> {
    let left = "(D t (E y (N t (^ σ 2)) . (f y)) θ)";
    let right = "(E y (N θ (^ σ 2)) . (* (f y) (- y θ) (inv (^ σ 2))))";
    let mut s = Script::new(library, &["σ"], left, right);
    let by = s.by(&[], &[("s", "θ")], &[("h", &["y", "t"], "(f y)")], &[("P", &["t"], "(N t (^ σ 2))")]);
    s.go(&[], Move::Rule("likelihood-ratio".into(), by));
    s.go(&[1, 0, 1], Move::Diff);
    s.go(&[1, 1], Move::Diff);
    s.end();
    s
}

/// The second derivative: He_2.
pub fn second_derivative(library: &Library) -> Script<'_> {
    let left = "(D2 t (E y (N t v) . (f y)) θ)";
    let right = "(E y (N θ v) . (* (f y) (- (* (^ (- y θ) 2) (^ v -2)) (inv v))))";
    let mut s = Script::new(library, &["v"], left, right);
    s.go(&[], Move::Nest(1));
    let by = s.by(&["r"], &[("s", "r")], &[("h", &["y", "t"], "(f y)")], &[("P", &["t"], "(N t v)")]);
    s.go(&[0], Move::Rule("likelihood-ratio".into(), by));
    s.go(&[0, 1, 0, 1], Move::Diff);
    s.go(&[0, 1, 1], Move::Diff);
    s.ring(&[0], &["r"], "(E y (N r v) . (* (f y) (- y r) (inv v)))");
    let h: (&str, &[&str], &str) = ("h", &["y", "t"], "(* (f y) (- y t) (inv v))");
    let by = s.by(&[], &[("s", "θ")], &[h], &[("P", &["t"], "(N t v)")]);
    s.go(&[], Move::Rule("likelihood-ratio".into(), by));
    s.go(&[1, 0, 1], Move::Diff);
    s.go(&[1, 1], Move::Diff);
    s.end();
    s
}

/// Stein's lemma for x² f.
pub fn stein(library: &Library) -> Script<'_> {
    let left = "(E x (N 0 1) . (* (^ x 3) (f x)))";
    let right = "(E x (N 0 1) . (+ (* 2 x (f x)) (* (^ x 2) (f' x))))";
    let mut s = Script::new(library, &[], left, right);
    s.ring(&[], &[], "(E x (N 0 1) . (* (- x 0) (* (^ x 2) (f x))))");
    let by = s.by(&[], &[("m", "0"), ("v", "1")], &[("g", &["x"], "(* (^ x 2) (f x))")], &[]);
    s.go(&[], Move::Rule("stein".into(), by));
    s.go(&[1, 1], Move::Diff);
    s.end();
    s
}

/// The score has mean 0.
pub fn score_mean(library: &Library) -> Script<'_> {
    let left = "(E y (?p θ) . (D t (ln (dens (?p t) y)) θ))";
    let mut s = Script::new(library, &[], left, "0");
    s.ring(&[], &[], "(E y (?p θ) . (+ (* 1 (D t (ln (dens (?p t) y)) θ)) 0))");
    let derivative = read(&mut s.table, "(D t 1 θ)", &["y"]);
    s.step(&[1, 1], Move::Diff, true, derivative);
    let by = s.by(&[], &[("s", "θ")], &[("h", &["y", "t"], "1")], &[("P", &["t"], "(?p t)")]);
    s.rule_back(&[], "likelihood-ratio", by);
    s.go(&[0], Move::Drop(1));
    s.go(&[], Move::Diff);
    s
}

/// D ln p = D p/p.
pub fn log_derivative(library: &Library) -> Script<'_> {
    let left = "(D t (ln (dens (?p t) y)) θ)";
    let right = "(* (D t (dens (?p t) y) θ) (inv (dens (?p θ) y)))";
    let mut s = Script::new(library, &[], left, right);
    s.go(&[], Move::Diff);
    s.end();
    s
}

/// Two samples are each other's baseline, where s has mean 0.
pub fn leave_one_out(library: &Library) -> Script<'_> {
    let left = "(E y (?p) z (?p) . (* 1/2 (- (h y) (h z)) (- (s y) (s z))))";
    let right = "(E y (?p) . (* (h y) (s y)))";
    let mut s = Script::new(library, &[], left, right);
    let mean = read(&mut s.table, "(E y (?p) . (s y))", &[]);
    let zero = s.table.int(0);
    s.statement.hypotheses.push(Hypothesis::Equal(mean, zero));
    s.ring(
        &[],
        &[],
        "(+ (* 1/2 (E y (?p) z (?p) . (* (h y) (s y)))) (* 1/2 (E y (?p) z (?p) . (* (h z) (s z))))
            (* -1/2 (E y (?p) z (?p) . (* (h y) (s z)))) (* -1/2 (E y (?p) z (?p) . (* (h z) (s y)))))",
    );
    s.go(&[0, 1], Move::Drop(1));
    s.go(&[1, 1], Move::Swap(0));
    s.go(&[1, 1], Move::Drop(1));
    s.go(&[3, 1], Move::Swap(0));
    for place in [[2, 1], [3, 1]] {
        let product = read(&mut s.table, "(* (E y (?p) . (h y)) (E z (?p) . (s z)))", &[]);
        s.step(&place, Move::Product, true, product);
        s.step(&[&place[..], &[1]].concat(), Move::Given(0), false, zero);
    }
    s.end();
    s
}

pub fn proofs(library: &Library) -> Vec<(&'static str, Script<'_>)> {
    vec![
        ("score of the mean", score_of_mean(library)),
        ("second derivative", second_derivative(library)),
        ("stein", stein(library)),
        ("score mean", score_mean(library)),
        ("log derivative", log_derivative(library)),
        ("leave one out", leave_one_out(library)),
    ]
}
