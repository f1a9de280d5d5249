//! Single steps: what is refused, and what is accepted only with its premises listed.

mod common;

use common::{Script, library};
use stein_kernel::check::check;
use stein_kernel::context::{Claim, Context, Refusal};
use stein_kernel::growth::Verdict;
use stein_kernel::library::Library;
use stein_kernel::step::Move;
use stein_kernel::term::{Op, Term};

fn ring<'l>(library: &'l Library, positive: &[&str], left: &str, right: &str) -> Script<'l> {
    let mut script = Script::new(library, positive, left, right);
    script.end();
    script
}

/// What a one-step proof needs, in words; or why it is refused.
fn needs(script: &Script) -> Result<Vec<String>, Refusal> {
    match script.check() {
        Ok(checked) => Ok(checked.needs.iter().map(|need| need.show(&checked.table)).collect()),
        Err(failure) => Err(failure.reason),
    }
}

/// What the statement itself says by meaning something.
fn conventions(script: &Script) -> Vec<String> {
    let checked = script.check().expect("a proof");
    checked.conventions.iter().map(|need| need.show(&checked.table)).collect()
}

/// A proof of one step from the left side to the right side.
fn step<'l>(
    library: &'l Library,
    positive: &[&str],
    left: &str,
    right: &str,
    what: Move,
    backwards: bool,
) -> Script<'l> {
    let mut script = Script::new(library, positive, left, right);
    let right = script.statement.sides.expect("sides").1;
    script.step(&[], what, backwards, right);
    script
}

/// What it needs beside what the statement says.
fn single(
    library: &Library,
    positive: &[&str],
    left: &str,
    right: &str,
    what: Move,
    backwards: bool,
) -> Result<Vec<String>, Refusal> {
    needs(&step(library, positive, left, right, what, backwards))
}

/// The same below a first step that changes nothing: what the right side needs is not part of the statement then.
fn inside(library: &Library, positive: &[&str], left: &str, middle: &str, right: &str) -> Result<Vec<String>, Refusal> {
    let mut script = Script::new(library, positive, left, right);
    script.ring(&[], &[], middle);
    script.end();
    needs(&script)
}

#[test]
fn what_a_step_brings_in_is_a_need() {
    let library = library();
    assert_eq!(inside(&library, &[], "1", "(* x (inv x))", "1"), Ok(vec!["x ≠ 0".into()]));
    assert_eq!(inside(&library, &["x"], "1", "(* x (inv x))", "1"), Ok(vec![]));
    let found = inside(&library, &[], "1", "(E x (N 0 v) . 1)", "1").unwrap();
    assert!(found.contains(&"v > 0".into()), "{found:?}");
    let found = inside(&library, &[], "0", "(* 0 (E x (Cauchy 0 1) . x))", "0").unwrap();
    assert_eq!(found, ["E{Cauchy(0, 1)}[|#0|] is finite"]);
    // A divisor that is a product of old ones needs nothing.
    let found = inside(&library, &[], "(- (inv x) (inv (+ x 1)))", "(inv (* x (+ x 1)))", "(- (inv x) (inv (+ x 1)))");
    assert_eq!(found, Ok(vec![]));
    // A premise on a sample is proved or refused.
    assert!(inside(&library, &[], "1", "(E x (N 0 1) . (* x (inv x)))", "1").is_ok());
    assert!(inside(&library, &[], "1", "(E x (Poisson 2) . (* x (inv x)))", "1").is_err());
    assert!(inside(&library, &[], "1", "(E x (N 0 1) . (* (f x) (inv (f x))))", "1").is_err());
    assert!(inside(&library, &[], "1", "(E x (N 0 1) . (* (- (* a x) b) (inv (- (* a x) b))))", "1").is_err());
    assert!(inside(&library, &["a"], "1", "(E x (N 0 1) . (* (- (* a x) b) (inv (- (* a x) b))))", "1").is_ok());
    assert!(inside(&library, &[], "1", "(E z (Poisson 2) . (E x (N 0 z) . 1))", "1").is_err());
}

#[test]
fn a_combination_of_means_exists_as_they_do() {
    let library = library();
    let mut script = Script::new(&library, &[], "(* 2 (E x (N 0 1) . (f x)))", "0");
    let new = common::read(&mut script.table, "(E x (N 0 1) . (* 2 (f x)))", &[]);
    let old = common::read(&mut script.table, "(E x (N 0 1) . (f x))", &[]);
    let two = script.table.int(2);
    let parts = vec![(two, old)];
    let combination = stein_kernel::step::Combination { mean: new, parts };
    script.statement.sides.as_mut().unwrap().1 = new;
    let mut own = script.proof();
    own.statement.sides = Some((script.statement.sides.unwrap().0, script.statement.sides.unwrap().0));
    let back = script.statement.sides.unwrap().0;
    script.step(&[], Move::Ring(vec![combination]), false, new);
    script.step(&[], Move::Ring(vec![]), false, back);
    own.steps = script.steps.clone();
    own.table = script.table.clone();
    assert_eq!(check(&library, &own, None, 1).unwrap().needs, []);
    // 0 E[f] would vouch for nothing.
    let zero = own.table.int(0);
    let wrong = stein_kernel::step::Combination { mean: new, parts: vec![(zero, old)] };
    own.steps[0].what = Move::Ring(vec![wrong]);
    assert_eq!(check(&library, &own, None, 1).unwrap_err().reason, Refusal::Different);
}

#[test]
fn statements_that_mean_nothing_are_refused() {
    let library = library();
    for (left, right) in [
        ("(D t (abs t) 0)", "0"),
        ("(D t (abs (- t θ)) θ)", "0"),
        ("(inv 0)", "(inv 0)"),
        ("(inv (- x x))", "(inv (- x x))"),
        ("(E x (N 0 -1) . 1)", "1"),
        ("(E x (Poisson 2) . (* x (inv x)))", "1"),
        ("(E z (Poisson 2) . (E x (N 0 z) . (^ x 2)))", "2"),
        ("(ln -1)", "(ln -1)"),
    ] {
        let script = ring(&library, &[], left, right);
        let failure = script.check().expect_err(left);
        assert!(failure.step.is_none() && matches!(failure.reason, Refusal::False(_)), "{left}: {failure:?}");
    }
    fn cauchy(context: &mut Context, mean: Term) -> Verdict {
        let args = context.table.args(mean);
        let wide = matches!(context.table.op(args[0]), Op::Law(name) if &**name == "Cauchy");
        if wide && matches!(context.table.op(args[1]), Op::Bound(0)) { Verdict::Fails } else { Verdict::Unknown }
    }
    let script = ring(&library, &[], "(* 0 (E x (Cauchy 0 1) . x))", "0");
    assert!(script.check().is_ok());
    assert!(check(&library, &script.proof(), Some(cauchy), 1).is_err());
}

#[test]
fn derivatives_ask_for_what_they_use() {
    let library = library();
    let diff = |positive: &[&str], left: &str, right: &str| single(&library, positive, left, right, Move::Diff, false);
    assert_eq!(diff(&[], "(D t (^ t 3) θ)", "(* 3 (^ θ 2))"), Ok(vec![]));
    assert_eq!(diff(&[], "(D t (* (sin t) (exp a)) θ)", "(* (cos θ) (exp a))"), Ok(vec![]));
    assert_eq!(diff(&["θ"], "(D t (abs t) θ)", "(sign θ)"), Ok(vec![]));
    // The kink is part of what the statement says by its derivative.
    let kink = step(&library, &[], "(D t (abs t) θ)", "(sign θ)", Move::Diff, false);
    assert_eq!((needs(&kink), conventions(&kink)), (Ok(vec![]), vec!["θ ≠ 0".into()]));
    let kinked = "(* (k' (relu θ)) (step θ))";
    let kinked = step(&library, &["θ"], "(D t (k (relu t)) θ)", kinked, Move::Diff, false);
    assert!(conventions(&kinked).contains(&"for a value near θ: k^[1](relu(#0)) exists".into()));
    let smooth = diff(&["θ"], "(D t (f (relu t)) θ)", "(* (f' (relu θ)) (step θ))");
    assert_eq!(smooth, Ok(vec![]));
    // Under means: by the density of the sample, if the coefficient is known not to vanish.
    let below = |positive: &[&str], body: &str, new: &str| {
        let mut script = Script::new(&library, positive, &format!("(E x (N 0 1) . {body})"), "0");
        let after = common::read(&mut script.table, new, &["x"]);
        script.step(&[1], Move::Diff, false, after);
        script.statement.sides.as_mut().unwrap().1 = script.at(&[]);
        script.check().map_err(|failure| failure.reason).map(|checked| checked.needs.len())
    };
    assert_eq!(below(&["θ"], "(D t (abs (* t x)) θ)", "(* (sign (* θ x)) x)"), Ok(0));
    assert!(below(&[], "(D t (abs (* t x)) θ)", "(* (sign (* θ x)) x)").is_err());
    assert!(below(&["θ"], "(D t (abs (* t (- x x))) θ)", "(* (sign (* θ (- x x))) (- x x))").is_err());
    assert_eq!(below(&["θ"], "(D t (k (* t x)) θ)", "(* (k' (* θ x)) x)"), Ok(0));
    assert!(below(&[], "(D t (sqrt (+ x t)) θ)", "(* 1/2 (^ (+ x θ) -1/2))").is_err());
    // Below a mean, the derivative is a node that has to exist.
    let product = "(D t (* t (E x (N 0 1) . (f (* t x)))) θ)";
    let computed = "(+ (E x (N 0 1) . (f (* θ x))) (* θ (D t (E x (N 0 1) . (f (* t x))) θ)))";
    let script = step(&library, &[], product, computed, Move::Diff, false);
    assert_eq!(needs(&script), Ok(vec![]));
    assert!(conventions(&script).contains(&"D1[E{N(0, 1)}[f((#1 #0))]]@θ exists".into()));
}

#[test]
fn rearranged_means_keep_their_premises() {
    let library = library();
    let one =
        |left: &str, right: &str, what: Move, backwards: bool| single(&library, &[], left, right, what, backwards);
    let nested = "(E x (U 0 1) . (E z (U 0 1) . (h x z)))";
    let joint = "(E x (U 0 1) z (U 0 1) . (h x z))";
    let flat = step(&library, &[], nested, joint, Move::Flat, false);
    assert_eq!(needs(&flat), Ok(vec![]));
    assert!(conventions(&flat).contains(&"E{U(0, 1); U(0, 1)}[|h(#1, #0)|] is finite".into()));
    assert_eq!(one(joint, nested, Move::Flat, true), Ok(vec![]));
    assert_eq!(one(joint, "(E z (U 0 1) x (U 0 1) . (h x z))", Move::Swap(0), false), Ok(vec![]));
    let chain = "(E x (N 0 1) y (N x 1) . (h x y))";
    assert!(one(chain, "(E y (N 0 1) x (N 0 1) . (h x y))", Move::Swap(0), false).is_err());
    let three =
        ("(E x (N 0 1) y (N a 1) z (N (+ x y) 1) . (h x z))", "(E y (N a 1) x (N 0 1) z (N (+ x y) 1) . (h x z))");
    assert_eq!(one(three.0, three.1, Move::Swap(0), false), Ok(vec![]));
    assert!(one(three.0, three.0, Move::Swap(0), false).is_err());
    assert_eq!(one("(E x (N 0 1) y (N x 1) . (f x))", "(E x (N 0 1) . (f x))", Move::Drop(1), false), Ok(vec![]));
    assert_eq!(one("(E x (N 0 1) . a)", "a", Move::Drop(1), false), Ok(vec![]));
    assert!(one("(E x (N 0 1) y (N x 1) . (f y))", "(E x (N 0 1) . (f x))", Move::Drop(1), false).is_err());
    let padded = one("(E x (N 0 1) . (f x))", "(E x (N 0 1) y (N x (- 0 1)) . (f x))", Move::Drop(1), true);
    assert!(padded.is_err());
    let apart = "(* (E x (N 0 1) . (f x)) (E y (Exp 1) . (g y)))";
    let together = "(E x (N 0 1) y (Exp 1) . (* (f x) (g y)))";
    assert_eq!(one(apart, together, Move::Product, false), Ok(vec![]));
    // Both means stand in the statement, which says that they exist.
    let parted = step(&library, &[], together, apart, Move::Product, true);
    assert_eq!(needs(&parted), Ok(vec![]));
    for mean in ["E{N(0, 1)}[|f(#0)|] is finite", "E{Exp(1)}[|g(#0)|] is finite"] {
        assert!(conventions(&parted).contains(&mean.into()), "{mean}");
    }
    assert!(one(chain, apart, Move::Product, true).is_err());
    let second = ("(D2 t (* t (f a)) a)", "(D s (D t (* t (f a)) s) a)");
    assert_eq!(one(second.0, second.1, Move::Nest(1), false), Ok(vec![]));
    assert!(one(second.0, second.1, Move::Nest(2), false).is_err());
}

#[test]
fn rules_are_used_under_their_conditions() {
    let library = library();
    let interchange = |body: &str, derivative: &str| {
        let left = format!("(D t (E x (N 0 1) . {body}) θ)");
        let mut script = Script::new(&library, &[], &left, &format!("(E x (N 0 1) . (D t {derivative} θ))"));
        let by = script.by(&[], &[("s", "θ")], &[("g", &["x", "t"], body)], &[("P", &[], "(N 0 1)")]);
        let right = script.statement.sides.unwrap().1;
        script.step(&[], Move::Rule("interchange".into(), by), false, right);
        needs(&script)
    };
    assert_eq!(interchange("(f (+ x t))", "(f (+ x t))").unwrap().len(), 1);
    assert_eq!(interchange("(abs (+ x t))", "(abs (+ x t))").unwrap_or_default().len(), 1);
    // A jump that moves, a pole, a root at 0, an unknown function of no class.
    for body in ["(step (+ x t))", "(inv (- x t))", "(sqrt (+ x t))", "(w (+ x t))", "(k' (+ x t))"] {
        assert!(interchange(body, body).is_err(), "{body}");
    }
    assert!(interchange("(f (+ x t))", "(f (- x t))").is_err());
    let score = |law: &str| {
        let left = format!("(D t (E y ({law}) . (f y)) θ)");
        let mut script = Script::new(&library, &["θ"], &left, "0");
        let by = script.by(&[], &[("s", "θ")], &[("h", &["y", "t"], "(f y)")], &[("P", &["t"], &format!("({law})"))]);
        script.go(&[], Move::Rule("likelihood-ratio".into(), by));
        script.statement.sides.as_mut().unwrap().1 = script.at(&[]);
        needs(&script).map(|needs| [needs, conventions(&script)].concat())
    };
    assert!(score("Exp t").is_ok());
    assert!(score("Poisson t").is_ok());
    assert!(score("U 0 t").is_err());
    let unspecified = score("?p t").unwrap();
    assert!(unspecified.contains(&"p is regular".into()), "{unspecified:?}");
    // Backwards, (3.1) proves that the derivative exists, but not that the mean below it does.
    let mut script = Script::new(&library, &[], "(E x (Cauchy 0 1) . (D t (+ x t) θ))", "0");
    let by = script.by(&[], &[("s", "θ")], &[("g", &["x", "t"], "(+ x t)")], &[("P", &[], "(Cauchy 0 1)")]);
    script.rule_back(&[], "interchange", by);
    let left = script.statement.sides.unwrap().0;
    let right = script.at(&[]);
    let mut back = script.proof();
    script.step(&[], Move::Ring(vec![]), false, right);
    back.statement.sides = Some((left, right));
    assert!(check(&library, &back, None, 1).is_ok());
    let by = script.by(&[], &[("s", "θ")], &[("g", &["x", "t"], "(+ x t)")], &[("P", &[], "(Cauchy 0 1)")]);
    script.step(&[], Move::Rule("interchange".into(), by), false, left);
    script.statement.sides = Some((left, left));
    let found = needs(&script).unwrap();
    assert!(found.contains(&"for a value near θ: E{Cauchy(0, 1)}[|(#0 + #1)|] is finite".into()), "{found:?}");
    // A letter, a function or a law of the rule left out, or of another arity.
    let mut script = Script::new(&library, &[], "(D t (E x (N 0 1) . (f t)) θ)", "0");
    let right = script.statement.sides.unwrap().1;
    let by = script.by(&[], &[("s", "θ")], &[("g", &["x"], "(f x)")], &[("P", &[], "(N 0 1)")]);
    script.step(&[], Move::Rule("interchange".into(), by), false, right);
    assert_eq!(needs(&script), Err(Refusal::BadSubstitution("g".into())));
}

#[test]
fn what_is_granted_at_a_point_is_not_granted_near_it() {
    let library = library();
    let mut script = Script::new(&library, &[], "(D t (* t (f a)) a)", "(D t (* t 0) a)");
    let (left, zero) = (common::read(&mut script.table, "(f a)", &[]), script.table.int(0));
    script.statement.hypotheses.push(stein_kernel::context::Hypothesis::Equal(left, zero));
    script.step(&[0, 1], Move::Given(0), false, zero);
    assert_eq!(needs(&script), Err(Refusal::DoesNotFit));
    let closed = Claim::Positive(left);
    let mut context = Context::new(&library, script.table.clone(), script.statement.clone(), 1);
    assert!(!context.proves(&closed));
}

/// x^(2^64) is no constant: where it is 1/2 is a pole.
#[test]
fn exponents_do_not_wrap_around() {
    let mut library = library();
    let exponents = ["1048576", "1048576", "1048576", "16"];
    let power = exponents.iter().fold("x".to_string(), |base, n| format!("(^ {base} {n})"));
    let mean = common::read(&mut library.table, &format!("(E x (N 0 1) . (inv (- {power} 1/2)))"), &[]);
    let mut context = Context::new(&library, library.table.clone(), Default::default(), 1);
    assert_ne!(stein_kernel::growth::judge(&mut context, mean), Verdict::Holds);
}
