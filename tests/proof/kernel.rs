//! The kernel against terms and proofs made by hand, as no parser or search would make them.

use crate::common::{LIBRARY, problem, term};
use stein::proof::{Hypotheses, Kernel, Proof, Reason, Step, equal};
use stein::rule::{Substitution, instantiate};
use stein::term::{Domain, Op, Regularity, Symbol, Term, Var, canonical, substitute};

fn law(name: &str, args: Vec<Term>) -> Term {
    Term::new(Op::Law(Symbol::from(name)), args)
}

fn normal() -> Term {
    law("N", vec![Term::zero(), Term::one()])
}

fn apply(name: &str, args: Vec<Term>) -> Term {
    Term::new(Op::Apply(Symbol::from(name), vec![0; args.len()]), args)
}

fn bound(number: u32) -> Term {
    Term::var(Var::bound(number, Domain::Real))
}

/// An expectation with a bound number of one's own choice.
fn expect(number: u32, law: Term, body: Term) -> Term {
    Term::new(Op::Expect(Var::bound(number, Domain::Real)), vec![law, body])
}

/// A derivative with a bound number of one's own choice.
fn derivative(number: u32, order: u32, body: Term, point: Term) -> Term {
    Term::new(Op::Derivative(Var::bound(number, Domain::Real), order), vec![body, point])
}

fn stopped(term: Term) -> Term {
    Term::new(Op::StopGrad, vec![term])
}

fn free(name: &str) -> Term {
    Term::var(Var::free(name, Domain::Real))
}

fn differ(left: &Term, right: &Term) {
    assert!(!equal(&LIBRARY.definitions, left, right), "taken for equal: {left:?} and {right:?}");
    assert!(!equal(&LIBRARY.definitions, right, left), "taken for equal: {right:?} and {left:?}");
}

fn agree(left: &Term, right: &Term) {
    assert!(equal(&LIBRARY.definitions, left, right), "not seen to be equal: {left:?} and {right:?}");
}

#[test]
fn shadowed_and_dangling_numbers() {
    let f = |args: Vec<Term>| apply("f", args);
    // The inner binder of one number hides the outer one.
    let shadowed = expect(1, normal(), expect(1, law("N", vec![Term::one(), Term::one()]), f(vec![bound(1)])));
    agree(&shadowed, &expect(5, law("N", vec![Term::one(), Term::one()]), f(vec![bound(5)])));
    differ(&shadowed, &expect(1, normal(), f(vec![bound(1)])));
    // The law of the inner one still sees the outer.
    let chained = expect(1, normal(), expect(1, law("N", vec![bound(1), Term::one()]), f(vec![bound(1)])));
    differ(&chained, &expect(1, law("N", vec![bound(1), Term::one()]), f(vec![bound(1)])));
    agree(&chained, &expect(7, normal(), expect(3, law("N", vec![bound(7), Term::one()]), f(vec![bound(3)]))));
    // Numbers without a binder are letters of their own.
    differ(&expect(1, normal(), bound(2)), &expect(2, normal(), bound(1)));
    differ(&expect(1, normal(), f(vec![bound(2)])), &expect(1, normal(), f(vec![bound(1)])));
    let both =
        |outer: u32, inner: u32| expect(outer, normal(), expect(inner, normal(), f(vec![bound(outer), bound(inner)])));
    assert_eq!(canonical(&both(1, 2)), canonical(&both(9, 4)));
    assert_ne!(
        canonical(&both(1, 2)),
        canonical(&expect(1, normal(), expect(2, normal(), f(vec![bound(2), bound(1)]))))
    );
    // A variable of another domain is another variable.
    let natural = Term::var(Var::bound(1, Domain::Natural));
    differ(&expect(1, normal(), natural), &expect(1, normal(), bound(1)));
}

#[test]
fn derivatives_that_cross_an_expectation() {
    let theta = free("θ");
    let sum = |t: Term| Term::add(vec![t, bound(1)]);
    let bodies: Vec<fn(Term) -> Term> = vec![
        |u| apply("f", vec![u]),
        |u| Term::function("step", vec![u]),
        |u| Term::function("sign", vec![u]),
        |u| Term::recip(u),
        |u| Term::pow(u, Term::integer(-2)),
        |u| Term::pow(u, Term::ratio(1, 2)),
        |u| Term::pow(Term::pow(u, Term::integer(2)), Term::ratio(1, 2)),
        |u| Term::pow(u, Term::integer(2)).ln(),
        |u| apply("f", vec![Term::function("abs", vec![u])]),
        |u| Term::new(Op::Density, vec![law("Exp", vec![Term::one()]), u]),
        |u| Term::new(Op::Integral(Var::bound(9, Domain::Real)), vec![Term::zero(), u, apply("f", vec![bound(9)])]),
        |u| Term::function("max", vec![u, Term::zero()]),
        |u| Term::function("tan", vec![u]),
    ];
    for (index, body) in bodies.iter().enumerate() {
        let order = if matches!(index, 10 | 11) { 2 } else { 1 };
        let outside = derivative(3, order, expect(1, normal(), body(sum(bound(3)))), theta.clone());
        let inside = expect(1, normal(), derivative(3, order, body(sum(bound(3))), theta.clone()));
        differ(&outside, &inside);
        // A derivative of the value at a point that holds the sample does not cross.
        let point = derivative(3, order, body(bound(3)), sum(theta.clone()));
        let renamed = substitute(&point, &Var::bound(1, Domain::Real), &bound(2));
        agree(&expect(1, normal(), point), &expect(2, normal(), renamed));
    }
    // Neither does what is smooth in the parameter: that a derivative passes a mean is a rule.
    let smooth = |u: Term| Term::mul(vec![bound(1), u.clone().exp(), Term::function("sin", vec![u])]);
    let outside = derivative(3, 1, expect(1, normal(), smooth(sum(bound(3)))), theta.clone());
    differ(&outside, &expect(1, normal(), derivative(3, 1, smooth(sum(bound(3))), theta)));
}

#[test]
fn derivatives_at_points_with_samples() {
    // D_t[f(t x)] at t = x is x f'(x²), and not the derivative of f(x²).
    let body = apply("f", vec![Term::mul(vec![bound(3), bound(1)])]);
    let inside = expect(1, normal(), derivative(3, 1, body, bound(1)));
    let slope = |u: Term| Term::new(Op::Apply("f".into(), vec![1]), vec![u]);
    let square = Term::pow(bound(1), Term::integer(2));
    agree(&inside, &expect(1, normal(), Term::mul(vec![bound(1), slope(square.clone())])));
    differ(&inside, &expect(1, normal(), Term::mul(vec![Term::integer(2), bound(1), slope(square)])));
    // A kink met at a moving point.
    let kink = |t: Term| derivative(3, 1, Term::function("abs", vec![bound(3)]), t);
    let theta = Term::add(vec![bound(4), bound(1)]);
    let outside = derivative(4, 1, expect(1, normal(), kink(theta.clone())), free("θ"));
    differ(&outside, &Term::zero());
    differ(&outside, &expect(1, normal(), derivative(4, 1, kink(theta), free("θ"))));
}

/// E_{x_1}[… E_{x_n}[body]] under the standard law, numbered from 1, the outer one last.
fn nested(count: u32, body: Term) -> Term {
    (1..=count).fold(body, |body, number| expect(number, normal(), body))
}

#[test]
fn means_in_one_another_of_many_samples() {
    let samples: Vec<Term> = (1..=8).map(bound).collect();
    let reversed: Vec<Term> = samples.iter().rev().cloned().collect();
    let f = |parts: Vec<Term>| apply("f", vec![Term::add(parts)]);
    // Far more points than could be looked at one by one.
    agree(&nested(8, f(samples.clone())), &nested(8, f(reversed.clone())));
    let mut turned = reversed;
    turned[3] = Term::mul(vec![Term::integer(-1), turned[3].clone()]);
    differ(&nested(8, f(samples.clone())), &nested(8, f(turned)));
    // Samples do not change places, below whatever stands on both sides.
    let pair = |a: Term, b: Term| expect(1, normal(), expect(2, normal(), apply("h", vec![a, b])));
    let (one, other) = (pair(bound(1), bound(2)), pair(bound(2), bound(1)));
    let shared = nested(8, f(samples));
    differ(&one, &other);
    differ(&Term::add(vec![shared.clone(), one.clone()]), &Term::add(vec![shared.clone(), other.clone()]));
    differ(&Term::mul(vec![shared.clone(), one.clone()]), &Term::mul(vec![shared.clone(), other.clone()]));
    agree(&Term::add(vec![shared.clone(), one.clone()]), &Term::add(vec![one, shared]));
}

#[test]
fn means_on_both_sides_depend_on_what_they_did() {
    let theta = free("θ");
    // M(u) = E_x[E_z[f(u, x, z)]].
    let mean = |u: Term| expect(11, normal(), expect(12, normal(), apply("f", vec![u, bound(11), bound(12)])));
    let times = |a: Term, b: Term| Term::mul(vec![a, b]);
    let d = |body: Term| derivative(3, 1, body, theta.clone());
    // A product is differentiated, and the mean in it is not held.
    let product = d(times(bound(3), mean(bound(3))));
    agree(&product, &Term::add(vec![mean(theta.clone()), times(theta.clone(), d(mean(bound(3))))]));
    differ(&product, &mean(theta.clone()));
    // Means of different samples are not one function.
    let twice = |a: Term, b: Term| {
        expect(5, normal(), expect(6, normal(), Term::mul(vec![bound(6), mean(a), apply("g", vec![b])])))
    };
    agree(&twice(bound(5), bound(6)), &twice(bound(5), bound(6)));
    differ(&twice(bound(5), bound(6)), &twice(bound(6), bound(5)));
    differ(&twice(bound(5), bound(6)), &twice(bound(6), bound(6)));
    // No derivative passes a mean because a mean inside is the same.
    let outside = d(expect(5, normal(), Term::mul(vec![bound(5), mean(Term::add(vec![bound(3), bound(5)]))])));
    let inside = expect(5, normal(), times(bound(5), d(mean(Term::add(vec![bound(3), bound(5)])))));
    differ(&outside, &inside);
    // A sample that is not bound here is a letter, whatever its number.
    let sum = |outer: Term| expect(5, normal(), Term::mul(vec![outer, mean(bound(5))]));
    agree(&sum(bound(1)), &times(bound(1), expect(5, normal(), mean(bound(5)))));
    differ(&sum(bound(1)), &sum(bound(2)));
    differ(&sum(bound(12)), &sum(bound(11)));
}

#[test]
fn stopped_parts_in_terms_and_laws() {
    let theta = free("θ");
    let d = |body: Term| derivative(3, 1, body, theta.clone());
    differ(&d(stopped(bound(3))), &Term::one());
    agree(&d(stopped(bound(3))), &Term::zero());
    let mean = |law: Term| expect(1, law, apply("f", vec![bound(1)]));
    let moving = law("N", vec![bound(3), Term::one()]);
    differ(&d(mean(stopped(moving.clone()))), &d(mean(moving)));
    let part = law("N", vec![stopped(bound(3)), Term::one()]);
    agree(&d(mean(part.clone())), &Term::zero());
    agree(&d(mean(stopped(part))), &Term::zero());
    // Of a value the stop is nothing, of its derivative everything.
    agree(&stopped(theta.clone()), &theta);
    differ(
        &derivative(3, 2, Term::mul(vec![bound(3), bound(3), stopped(bound(3))]), theta.clone()),
        &Term::mul(vec![Term::integer(6), theta]),
    );
}

#[test]
fn integrals_sums_and_infinity() {
    let infinity = Term::new(Op::Infinity, vec![]);
    differ(&infinity.clone().minus(infinity.clone()), &Term::zero());
    differ(&Term::mul(vec![infinity.clone(), infinity.clone().recip()]), &Term::one());
    differ(&infinity.recip(), &Term::zero());
    for (left, right) in [
        ("int(f(x), x, 0, 1)", "int(f(x), x, 0, 2)"),
        ("int(f(x), x, a, b)", "int(f(x), x, b, a)"),
        ("int(f(x), x, a, b)", "int(f(x), x)"),
        ("int(1, x, 0, 1)", "1"),
        ("int(f(x), x, 0, 1)", "sum(f(x), x, 0, 1)"),
        ("sum(f(k), k, 0, n)", "sum(f(k), k, 1, n)"),
        ("sum(f(k), k, 0, n)", "sum(f(k), k, 0, n + 1)"),
        ("int(x f(x), x, 0, a)", "a int(f(x), x, 0, a)"),
        ("D_a[int(f(x), x, 0, a)]", "0"),
        ("D_a[sum(f(k), k, 0, a)]", "0"),
    ] {
        differ(&term(left), &term(right));
    }
}

#[test]
fn constants_that_nearly_agree() {
    for (left, right) in [
        ("x", "x + exp(-100)"),
        ("x", "x + 10^-4000"),
        ("exp(-1000)", "exp(-1001)"),
        ("exp(-100000)", "0"),
        ("(1 + exp(-100))^3", "1 + 3 exp(-100) + 3 exp(-200)"),
        ("exp(exp(-60))", "1 + exp(-60)"),
        ("sin(10^-30)", "10^-30"),
        ("sqrt(10^60 + 1)", "10^30"),
        ("f(x + 10^-60)", "f(x)"),
        ("step(x + 10^-30)", "step(x)"),
        ("abs(x - 10^-25)", "abs(x)"),
        ("(1 + 10^-40)^2 - 1", "2 10^-40"),
        ("x 10^-30 10^-30 10^-30", "2 x 10^-30 10^-30 10^-30"),
    ] {
        differ(&term(left), &term(right));
    }
    agree(&term("exp(-100) exp(100)"), &term("1"));
    agree(&term("(1 + exp(-100))^2"), &term("1 + 2 exp(-100) + exp(-200)"));
    agree(&term("(1 + 10^-40)^2 - 1"), &term("2 10^-40 + 10^-80"));
}

fn substitution(letters: &[(&str, Term)], functions: &[(&str, usize, Term)]) -> Substitution {
    let mut result = Substitution::default();
    result.letters.extend(letters.iter().map(|(name, value)| (Symbol::from(*name), value.clone())));
    for (name, arity, value) in functions {
        let parameters = (0..*arity).map(Substitution::parameter).collect();
        result.functions.insert(Symbol::from(*name), (parameters, value.clone()));
    }
    result
}

fn slot(index: usize) -> Term {
    Term::var(Substitution::parameter(index))
}

/// A proof of one step: both sides of a rule at an instance, whether or not its conditions hold there.
fn instance(name: &str, substitution: Substitution) -> Proof {
    let rule = LIBRARY.rule(name).unwrap_or_else(|| panic!("there is no rule {name}"));
    let [left, right] = [&rule.left, &rule.right].map(|side| instantiate(&LIBRARY.definitions, side, &substitution));
    let reason = Reason::Rule { name: rule.name.clone(), forward: true, substitution };
    let step = Step { reason, place: vec![], before: left.clone(), after: right.clone() };
    Proof { left, right, steps: vec![step] }
}

fn check(proof: &Proof, given: &Hypotheses) -> Result<(), String> {
    Kernel::new(&LIBRARY).check(proof, given).map(drop).map_err(|rejection| rejection.to_string())
}

#[track_caller]
fn refused(proof: &Proof, why: &str) {
    match check(proof, &Hypotheses::default()) {
        Ok(()) => panic!("accepted: {:?} = {:?}", proof.left, proof.right),
        Err(message) => assert!(message.contains(why), "refused for another reason: {message}"),
    }
}

#[test]
fn substitutions_that_cheat() {
    let theta = free("t");
    let body = apply("f", vec![slot(0)]);
    let good = substitution(
        &[("θ", theta.clone())],
        &[("g", 2, apply("f", vec![Term::add(vec![slot(0), slot(1)])])), ("P", 0, normal())],
    );
    assert_eq!(check(&instance("interchange", good), &Hypotheses::default()), Ok(()));
    // A value for the sample would make sqrt(x + θ²) smooth.
    let root = Term::pow(Term::add(vec![slot(0), Term::pow(slot(1), Term::integer(2))]), Term::ratio(1, 2));
    let cheat = substitution(&[("θ", theta.clone()), ("x", Term::one())], &[("g", 2, root), ("P", 0, normal())]);
    refused(&instance("interchange", cheat), "no letter");
    // A law that refers to the parameter by the number that instantiation will give it.
    for number in [1 << 20, 1 << 24, 1 << 26] {
        let hidden = law("N", vec![bound(number), Term::one()]);
        let cheat = substitution(&[("θ", theta.clone())], &[("g", 2, body.clone()), ("P", 0, hidden)]);
        refused(&instance("interchange", cheat), "reserved");
    }
    let unknown = Reason::Rule { name: "no-such-rule".into(), forward: true, substitution: Substitution::default() };
    let step = Step { reason: unknown, place: vec![], before: Term::zero(), after: Term::one() };
    refused(&Proof { left: Term::zero(), right: Term::one(), steps: vec![step] }, "no rule");
}

#[test]
fn stopped_variables_do_not_move() {
    let hidden = apply("f", vec![stopped(slot(0))]);
    let parts = substitution(&[], &[("h", 1, Term::one()), ("g", 1, hidden.clone()), ("P", 0, normal())]);
    refused(&instance("integration-by-parts", parts), "stopped");
    let change = substitution(&[("m", free("t")), ("s", Term::one())], &[("g", 1, hidden.clone())]);
    refused(&instance("N.change-of-variables", change), "stopped");
    let scaled = substitution(&[("m", Term::zero()), ("s", Term::integer(2))], &[("g", 1, hidden)]);
    refused(&instance("shift-and-scale", scaled), "stopped");
    let held = stopped(law("U", vec![Term::zero(), free("t")]));
    let integral = substitution(&[], &[("g", 1, apply("f", vec![slot(0)])), ("P", 0, held)]);
    refused(&instance("expectation-as-integral", integral), "stopped");
}

#[test]
fn conditions_of_single_steps() {
    let theta = free("t");
    let f = apply("f", vec![slot(0)]);
    let moving = law("U", vec![Term::zero(), slot(0)]);
    let ratio = substitution(&[("θ", theta.clone())], &[("h", 2, f.clone()), ("P", 1, moving)]);
    refused(&instance("likelihood-ratio", ratio), "support");
    let exponential = law("Exp", vec![Term::one()]);
    let parts = substitution(&[], &[("h", 1, Term::one()), ("g", 1, f.clone()), ("P", 0, exponential)]);
    refused(&instance("integration-by-parts", parts), "boundary");
    let bell = Term::mul(vec![f.clone(), Term::pow(slot(0), Term::integer(2)).opposite().exp()]);
    let scaled = |s: Term| {
        instance("shift-and-scale", substitution(&[("m", Term::zero()), ("s", s)], &[("g", 1, bell.clone())]))
    };
    refused(&scaled(Term::integer(-2)), "positive");
    refused(&scaled(free("s")), "positive");
    refused(&scaled(Term::function("digamma", vec![Term::ratio(1, 2)])), "positive");
    refused(&scaled(Term::function("erf", vec![Term::integer(-1)])), "positive");
    assert_eq!(check(&scaled(Term::integer(2)), &Hypotheses::default()), Ok(()));
    for kinked in [
        Term::function("step", vec![Term::add(vec![slot(0), slot(1)])]),
        Term::pow(Term::add(vec![slot(0), slot(1)]), Term::integer(-1)),
        Term::pow(Term::add(vec![slot(0), slot(1)]), Term::integer(2)).ln(),
        Term::new(Op::Density, vec![law("Exp", vec![Term::one()]), Term::add(vec![slot(0), slot(1)])]),
        Term::new(Op::Density, vec![Term::new(Op::UnknownLaw("q".into()), vec![]), Term::add(vec![slot(0), slot(1)])]),
        derivative(9, 1, Term::function("max", vec![Term::add(vec![slot(0), bound(9)]), Term::zero()]), slot(1)),
        derivative(9, 1, Term::function("abs", vec![Term::add(vec![slot(0), bound(9)])]), slot(1)),
    ] {
        let exchange = substitution(&[("θ", theta.clone())], &[("g", 2, kinked), ("P", 0, normal())]);
        refused(&instance("interchange", exchange), "step 1");
    }
    // A class that was granted and does not suffice.
    let shifted = apply("f", vec![Term::add(vec![slot(0), slot(1)])]);
    let exchange = instance("interchange", substitution(&[("θ", theta)], &[("g", 2, shifted), ("P", 0, normal())]));
    for (class, enough) in [(Regularity::Measurable, false), (Regularity::Jump, false), (Regularity::Lipschitz, true)] {
        let given = Hypotheses { classes: [("f".into(), class)].into(), ..Hypotheses::default() };
        assert_eq!(check(&exchange, &given).is_ok(), enough, "{class:?}");
    }
}

#[test]
fn chains_have_no_gaps() {
    let [zero, one] = [Term::zero(), Term::one()];
    let step = |before: &Term, after: &Term| Step {
        reason: Reason::Arithmetic,
        place: vec![],
        before: before.clone(),
        after: after.clone(),
    };
    let proof = |steps: Vec<Step>| Proof { left: zero.clone(), right: one.clone(), steps };
    refused(&proof(vec![]), "does not end");
    refused(&proof(vec![step(&one, &one)]), "does not begin");
    refused(&proof(vec![step(&zero, &zero)]), "does not end");
    refused(&proof(vec![step(&zero, &one)]), "arithmetic");
    refused(&proof(vec![step(&zero, &zero), step(&one, &one)]), "does not begin");
    let problem = problem("E_{x ~ N(0,1)}[y] = E_{y ~ N(0,1)}[y]");
    let captured = Proof {
        left: problem.members[0].clone(),
        right: problem.members[1].clone(),
        steps: vec![step(&problem.members[0], &problem.members[1])],
    };
    refused(&captured, "arithmetic");
}
