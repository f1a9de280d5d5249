//! Each check is needed: for each there is a proof that is refused, or accepted with needs only, because of it. With the
//! check overlooked it is accepted as it stands, so no check can be lost unnoticed.

#[path = "../tests/common/mod.rs"]
mod common;

use crate::check::check_here;
use crate::checks::overlooked;
use crate::context::Hypothesis;
use crate::library::{Condition, Function, Growth, Library, Origin, Rule, Vouches};
use crate::step::{Combination, Move};
use crate::term::Term;
use common::{Script, read};

/// The library of the tests, with a rule that has a letter on one side, one with a letter in its condition alone, and a
/// function with pieces.
fn library() -> Library {
    let mut library = common::library();
    let table = &mut library.table;
    let [zero, product, square] = ["0", "(* 0 c)", "(+ 1 (^ u 2))"].map(|text| read(table, text, &[]));
    let [above, below, sign] = ["u", "(- u)", "(sign u)"].map(|text| read(table, text, &["u"]));
    let rule =
        |right, conditions| Rule { left: zero, right, conditions, vouches: Vouches::Nothing, origin: Origin::BuiltIn };
    library.rules.insert("vanish".into(), rule(product, vec![]));
    library.rules.insert("every".into(), rule(zero, vec![Condition::Positive(square)]));
    let abs = library.functions["abs"].clone();
    let abs = Function { pieces: Some([above, below]), derivatives: vec![Some(sign)], growth: Growth::Linear, ..abs };
    library.functions.insert("abs".into(), abs);
    library
}

struct Forgery<'l> {
    check: &'static str,
    script: Script<'l>,
}

/// Through these terms by arithmetic.
fn through<'l>(library: &'l Library, check: &'static str, terms: &[&str]) -> Forgery<'l> {
    let mut script = Script::new(library, &[], terms[0], terms[terms.len() - 1]);
    terms[1..].iter().for_each(|after| script.ring(&[], &[], after));
    Forgery { check, script }
}

/// Through these terms by moves at the root, each forwards or backwards.
fn by_moves<'l>(library: &'l Library, check: &'static str, left: &str, moves: &[(Move, bool, &str)]) -> Forgery<'l> {
    let mut script = Script::new(library, &[], left, moves.last().map_or(left, |(_, _, after)| after));
    for (what, backwards, after) in moves {
        let after = read(&mut script.table, after, &[]);
        script.step(&[], what.clone(), *backwards, after);
    }
    Forgery { check, script }
}

/// An instance of a rule at the root, with a letter's value, there and back.
fn there_and_back<'l>(library: &'l Library, check: &'static str, value: &str, variables: &[&str]) -> Forgery<'l> {
    let mut script = Script::new(library, &[], "0", "0");
    let (value, zero) = (read(&mut script.table, value, variables), script.table.int(0));
    let mut by = script.by(&[], &[], &[], &[]);
    by.letters.insert("c".into(), value);
    let product = script.table.mul(vec![zero, value]);
    script.step(&[], Move::Rule("vanish".into(), by.clone()), false, product);
    script.step(&[], Move::Rule("vanish".into(), by), true, zero);
    Forgery { check, script }
}

/// `D_θ[E_{x ~ N(0,1)}[body]] = E_{x ~ N(0,1)}[D_θ[body]]` by the rule, with other ends if they are given.
fn interchange<'l>(library: &'l Library, check: &'static str, body: &str, ends: [Option<&str>; 2]) -> Forgery<'l> {
    let own = [format!("(D t (E x (N 0 1) . {body}) θ)"), format!("(E x (N 0 1) . (D t {body} θ))")];
    let [left, right] = [0, 1].map(|i| ends[i].unwrap_or(&own[i]).to_string());
    let mut script = Script::new(library, &[], &left, &right);
    let by = script.by(&[], &[("s", "θ")], &[("g", &["x", "t"], body)], &[("P", &[], "(N 0 1)")]);
    let right = read(&mut script.table, &right, &[]);
    script.step(&[], Move::Rule("interchange".into(), by), false, right);
    Forgery { check, script }
}

fn given<'l>(library: &'l Library, check: &'static str, sides: [&str; 2], place: &[usize]) -> Forgery<'l> {
    let mut script = Script::new(library, &[], sides[0], sides[1]);
    let (left, zero) = (read(&mut script.table, "(f a)", &[]), script.table.int(0));
    script.statement.hypotheses.push(Hypothesis::Equal(left, zero));
    script.step(place, Move::Given(0), false, zero);
    Forgery { check, script }
}

/// Arithmetic from one term to another and back; the mean that it brings in is said to be 1 times another one.
fn combined<'l>(library: &'l Library, check: &'static str, left: &str, mean: &str, known: &str) -> Forgery<'l> {
    let mut script = Script::new(library, &[], left, left);
    let [left, mean, known] = [left, mean, known].map(|text| read(&mut script.table, text, &[]));
    let (one, zero) = (script.table.int(1), script.table.int(0));
    let after = script.table.mul(vec![zero, mean]);
    script.step(&[], Move::Ring(vec![Combination { mean, parts: vec![(one, known)] }]), false, after);
    script.step(&[], Move::Ring(vec![]), false, left);
    Forgery { check, script }
}

fn forgeries(library: &Library) -> Vec<Forgery<'_>> {
    let mut elsewhere = through(library, "begins with what stands there", &["1", "0"]);
    elsewhere.script.steps[0].before = elsewhere.script.steps[0].after;
    let mut every = by_moves(library, "no value for every number", "0", &[]);
    let (zero, three) = (every.script.table.int(0), every.script.table.int(3));
    let mut by = every.script.by(&[], &[], &[], &[]);
    by.letters.insert("u".into(), three);
    every.script.step(&[], Move::Rule("every".into(), by), false, zero);
    let nested = "(E x (U 0 1) . (E z (U 0 1) . (h x z)))";
    let turned = "(E z (U 0 1) . (E x (U 0 1) . (h x z)))";
    let (joint, swapped) = ("(E x (U 0 1) z (U 0 1) . (h x z))", "(E z (U 0 1) x (U 0 1) . (h x z))");
    let (apart, together) =
        ("(* (E x (N 0 1) . (f x)) (E y (Exp 1) . (g y)))", "(E x (N 0 1) y (Exp 1) . (* (f x) (g y)))");
    let (normal, other) = ("(E x (N 0 1) . (f x))", "(E x (Exp 1) . (f x))");
    let covariance = "(^ (- (E x (N 0 1) . (* (f x) (g x))) (* (E x (N 0 1) . (f x)) (E x (N 0 1) . (g x)))) 2)";
    let variance = |f: &str| format!("(- (E x (N 0 1) . (^ ({f} x) 2)) (^ (E x (N 0 1) . ({f} x)) 2))");
    let variances = format!("(* {} {})", variance("f"), variance("g"));
    let zero_times = |text: &str| format!("(* 0 {text})");
    let brought_in = |check, text: &str| through(library, check, &["0", &zero_times(text), "0"]);
    vec![
        elsewhere,
        there_and_back(library, "new term reads at the place", "x", &["x"]),
        by_moves(library, "makes what it says", "(D t (^ t 2) θ)", &[(Move::Diff, false, "(* 3 θ)")]),
        through(library, "equal by arithmetic", &["1", "2"]),
        given(library, "hypothesis not below a derivative", ["(D t (* t (f a)) a)", "(D t (* t 0) a)"], &[0, 1]),
        given(library, "is the hypothesis", ["b", "0"], &[]),
        there_and_back(library, "letters and functions stand for numbers", "(N 0 1)", &[]),
        interchange(library, "is the side of the rule", "(sin t)", [Some("5"), None]),
        interchange(library, "is the other side of the rule", "(sin t)", [None, Some("5")]),
        interchange(library, "condition of the rule", "(step (+ x t))", [None, None]),
        every,
        interchange(library, "means of the rule exist", "(f (+ x t))", [None, None]),
        by_moves(
            library,
            "joint mean exists",
            nested,
            &[(Move::Flat, false, joint), (Move::Swap(0), false, swapped), (Move::Flat, true, turned)],
        ),
        by_moves(library, "dropped samples are not used", normal, &[(Move::Drop(1), false, "(f 0)")]),
        by_moves(
            library,
            "added laws exist",
            "a",
            &[(Move::Drop(1), true, "(E x (N 0 -1) . a)"), (Move::Drop(1), false, "a")],
        ),
        by_moves(
            library,
            "swapped samples are independent",
            "(E x (N 0 1) y (N x 1) . (h x y))",
            &[(Move::Swap(0), false, "(E y (N 0 1) x (N 0 1) . (h x y))")],
        ),
        by_moves(library, "factors exist", together, &[(Move::Product, true, apart), (Move::Product, false, together)]),
        through(library, "what is new exists", &["1", "(* x (inv x))", "1"]),
        combined(library, "combined means have these laws", &zero_times(other), normal, other),
        combined(library, "combined means are known", "0", normal, normal),
        combined(library, "is the combination", &zero_times(normal), "(E x (N 0 1) . (g x))", normal),
        by_moves(library, "ends at the right side", "1", &[]).ending("0"),
        by_moves(library, "the statement means something", "(inv 0)", &[]),
        by_moves(
            library,
            "is not false",
            "a",
            &[(Move::Drop(1), true, "(E x (N 0 -1) . a)"), (Move::Drop(1), false, "a")],
        ),
        through(library, "premises on samples are proved", &["1", "(E x (N 0 1) . (* (f x) (inv (f x))))", "1"]),
        brought_in("unknown functions are differentiable", "(D t (w t) θ)"),
        brought_in("no kink at the point", "(D t (abs (- t a)) θ)"),
        brought_in("derivatives of means exist", "(D t (* t (E x (N 0 1) . (f (* t x)))) θ)"),
        through(library, "values agree", &["1", "2"]),
        through(library, "as many nodes as the degree", &[covariance, &variances]),
        through(library, "all branches agree", &["(abs x)", "x"]),
        through(library, "formula only in the support", &["(dens (Exp 1) a)", "(exp (- a))"]),
        through(library, "logarithms split at positive factors", &["(ln (* a b))", "(+ (ln a) (ln b))"]),
    ]
}

impl Forgery<'_> {
    fn ending(mut self, right: &str) -> Self {
        let (left, _) = self.script.statement.sides.expect("sides");
        let right: Term = read(&mut self.script.table, right, &[]);
        self.script.statement.sides = Some((left, right));
        self
    }

    /// How many needs are listed; none if it is refused, whatever is drawn.
    fn needs(&self, seeds: u64) -> Option<usize> {
        let proof = self.script.proof();
        (0..seeds)
            .filter_map(|seed| check_here(self.script.library, &proof, None, seed).ok())
            .map(|checked| checked.needs.len())
            .min()
    }
}

/// A branch that is not looked at is the wrong one by chance only.
const SEEDS: u64 = 40;

#[test]
fn each_check_is_needed() {
    let library = library();
    for forgery in forgeries(&library) {
        let with = forgery.needs(SEEDS);
        let without = overlooked::with(forgery.check, || forgery.needs(SEEDS));
        assert_ne!(with, Some(0), "accepted with `{}`", forgery.check);
        let accepted = without.is_some_and(|needs| with.is_none_or(|with| needs < with));
        assert!(accepted, "another check refuses what is there for `{}`: {with:?}, {without:?}", forgery.check);
    }
}

/// Every check that has a name is one of the above.
#[test]
fn no_check_is_left_out() {
    let sources = [
        include_str!("step.rs"),
        include_str!("check.rs"),
        include_str!("premise.rs"),
        include_str!("diff.rs"),
        include_str!("polynomial.rs"),
        include_str!("equal/mod.rs"),
    ];
    let library = library();
    let known: Vec<&str> = forgeries(&library).iter().map(|forgery| forgery.check).collect();
    let mut count = 0;
    for source in sources {
        let words: Vec<&str> = source.split_whitespace().collect();
        let source = words.join(" ").replace("( \"", "(\"");
        for call in ["holds(\"", "asks(\"", "is_overlooked(\""] {
            for rest in source.split(call).skip(1) {
                let name = rest.split('"').next().unwrap_or_default();
                count += 1;
                assert!(known.contains(&name), "no proof for the check `{name}`");
            }
        }
    }
    assert!(count >= known.len(), "{count} checks found, {} known", known.len());
}
