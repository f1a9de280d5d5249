//! The facade, as a Rust program meets it.

use miette::Diagnostic;
use stein::rule::Library;
use stein::session::{Condition, Event, Reply, Status};
use stein::{Session, Verdict};

fn session() -> Session {
    Session::new().expect("the built-in rules")
}

#[test]
fn sessions_are_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Session>();
    shared::<stein::Answer>();
    shared::<stein::Error>();
    let session = session();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| assert_eq!(session.prove("S f_θ = S_θ f").expect("an answer").verdict(), Verdict::Proved));
        }
    });
}

#[test]
fn what_is_assumed_is_granted_to_later_statements() {
    let mut session = session();
    let interchange = "D[S f_θ] = S[D f_θ]";
    assert_eq!(session.prove(interchange).expect("an answer").verdict(), Verdict::Conditional);
    session.assume("f : smooth").expect("an assumption");
    let answer = session.prove(interchange).expect("an answer");
    assert_eq!(answer.verdict(), Verdict::Proved);
    assert!(
        answer.conditions().iter().any(|c| c.status == Status::Granted && c.text.contains("absolutely continuous"))
    );
}

#[test]
fn a_granted_class_that_excludes_the_condition_refutes() {
    let answer = session().prove("D[S f_θ] = S[D f_θ] given f : jump").expect("an answer");
    assert_eq!(answer.verdict(), Verdict::Refuted);
    assert!(answer.links[0].witness.is_some());
}

#[test]
fn definitions_are_unfolded() {
    let mut session = session();
    session.define("f(u) = u^2").expect("a definition");
    let answer = session.prove("f(a) + f(-a) = 2 a^2").expect("an answer");
    assert_eq!(answer.verdict(), Verdict::Proved);
    assert!(answer.reading.is_some_and(|reading| !reading.unicode.contains('f')));
}

#[test]
fn without_rules_only_arithmetic_is_proved() {
    let mut library = Library::built_in().expect("the built-in rules");
    library.rules.clear();
    let bare = Session::with_library(library);
    assert_eq!(bare.prove("(a + b)^2 = a^2 + 2 a b + b^2").expect("an answer").verdict(), Verdict::Proved);
    let answer = bare.prove("S f_θ = S_θ f").expect("an answer");
    assert_eq!(answer.verdict(), Verdict::Open);
    assert!(answer.links[0].reason.as_ref().is_some_and(|reason| reason.contains("no derivation")));
    assert!(answer.links[0].derivation.is_none() && answer.links[0].numbers().is_some());
}

const WISHFUL: &str =
    "rule wishful\n  D_θ[E_{y ~ P_θ}[h(y)]] = E_{y ~ P_θ}[2 h(y)]\n  says \"A wish.\"\n  source \"nowhere\"\n";

#[test]
fn a_wrong_rule_of_the_users_is_named_and_not_used() {
    let mut session = session();
    let audit = session.load_rules("wishful.rules", WISHFUL).expect("a rule");
    let warnings = audit.warnings("wishful.rules", false);
    assert!(warnings.len() == 1 && warnings[0].contains("`wishful` of wishful.rules is wrong and is not used"));
    assert!(warnings[0].contains("h(u) = ") && warnings[0].contains(" = N("), "{warnings:?}");
    assert!(session.library().rule("wishful").is_none());
    assert_eq!(session.prove("D[S_θ f] = S_θ[2 f]").expect("an answer").verdict(), Verdict::Refuted);
}

#[test]
fn a_wrong_rule_that_the_user_insists_on_proves_nothing() {
    let mut session = session();
    session.options.use_failed = true;
    session.load_rules("wishful.rules", WISHFUL).expect("a rule");
    let answer = session.prove("D[S_θ f] = S_θ[2 f]").expect("an answer");
    // The rule is an assumption, which the witness breaks.
    assert_eq!(answer.verdict(), Verdict::Refuted, "{:?}", answer.links);
    let shown = answer.document();
    assert!(!shown.data[0]["proof"].is_object());
}

#[test]
fn a_rule_of_the_users_is_a_condition() {
    let mut session = session();
    let rule = "rule wave\n  E_{x ~ Logistic(0, 1)}[f(x) sin(x)] = E_{x ~ Logistic(0, 1)}[f(-x) sin(-x)]\n  says \"x\"\n  source \"x\"\n";
    session.load_rules("wave.rules", rule).expect("a rule");
    let statement = "E_{x ~ Logistic(0,1)}[g(x) sin(x)] = E_{x ~ Logistic(0,1)}[g(-x) sin(-x)]";
    let answer = session.prove(statement).expect("an answer");
    assert_eq!(answer.verdict(), Verdict::Proved, "{:?}", answer.links);
    assert!(answer.conditions().iter().any(|c| c.status == Status::Granted && c.text == "the rule wave is true"));
}

#[test]
fn a_proof_says_that_no_audit_speaks_for_a_rule() {
    let mut session = session();
    // The audit meets no instance of the condition.
    let rule = "rule mirror\n  E_{x ~ Logistic(0, c)}[f(x)] = E_{x ~ Logistic(0, c)}[f(-x)]\n  when c - 201/2 > 0\n";
    let audit = session.load_rules("mirror.rules", rule).expect("a rule");
    assert!(audit.is_incomplete() && audit.wrong().next().is_none());
    let statement = "E_{x ~ Logistic(0, c)}[g(x)] = E_{x ~ Logistic(0, c)}[g(-x)] given c - 201/2 > 0";
    let answer = session.prove(statement).expect("an answer");
    assert_ne!(answer.verdict(), Verdict::Proved, "{:?}", answer.links);
    let text = "the rule mirror is true, for which no audit speaks";
    assert!(answer.conditions().iter().any(|c| c.status == Status::Assumed && c.text == text), "{answer:?}");
}

#[test]
fn names_of_the_library_are_not_taken_by_others() {
    let mut session = session();
    let law = "law N(m, v)\n  domain v > 0\n  support (-oo, oo)\n  log density -(x - m)^2/(2 v) - ln(2 π v)/2\n";
    assert!(session.load_rules("mine.rules", law).expect_err("a name that is taken").is_rules());
    // An audit looks at the file all the same.
    let audit = session.audit_file("mine.rules", law).expect("an audit");
    assert!(audit.reports.len() == 1 && audit.wrong().next().is_none(), "{audit:?}");
    assert!(
        session
            .audit_file("mine.rules", "law N(m, v)\n  domain v > 0\n  support (-oo, oo)\n  log density -(x - m)^2/v\n")
            .expect("an audit")
            .wrong()
            .next()
            .is_some()
    );
}

#[test]
fn a_broken_rule_file_leaves_the_session_as_it_was() {
    let mut session = session();
    let before = session.library().rules.len();
    let error =
        session.load_rules("mine.rules", "rule a\n  x = x\n\nrule b\n  E_{x ~ P}[g(x) = 1\n").expect_err("a fault");
    assert!(error.is_rules());
    assert_eq!(session.library().rules.len(), before);
}

#[test]
fn errors_say_what_they_are() {
    let mut session = session();
    let syntax = session.prove("f(x = 1").expect_err("an open bracket");
    assert!(syntax.is_syntax() && syntax.labels().is_some_and(|labels| labels.count() == 2));
    let meaning = session.prove("foo(x) = 1").expect_err("an unknown function");
    assert!(meaning.is_meaning() && Diagnostic::help(&meaning).is_some());
    assert!(session.prove("x").expect_err("one expression").is_unsupported());
    assert!(session.run_line("derive E_{x ~ N(0,1)}[x] = 0").expect_err("an equation").is_unsupported());
    assert!(
        session
            .describe_rule("interchanges")
            .expect_err("no such rule")
            .help()
            .is_some_and(|h| h.contains("interchange"))
    );
}

#[test]
fn a_script_goes_on_after_an_error() {
    let mut session = session();
    let script = "\u{feff}## Title\n# nothing\nlet s = 2\nprove s + s = 4\nprove (\ncheck 1 = 2\n";
    let events: Vec<Event> = session.run("a.stein", script).collect();
    assert!(matches!(&events[0], Event::Heading(title) if title == "Title"));
    assert!(matches!(&events[1], Event::Reply(Reply::Defined(_))));
    assert!(matches!(&events[2], Event::Reply(Reply::Answer(answer)) if answer.verdict() == Verdict::Proved));
    assert!(matches!(&events[3], Event::Error(error) if error.is_syntax()));
    assert!(matches!(&events[4], Event::Reply(Reply::Answer(answer)) if answer.verdict() == Verdict::Refuted));
    assert_eq!(events.len(), 5);
}

#[test]
fn the_letters_of_the_user_stay() {
    let answer = session()
        .prove("D_m E_{w ~ N(0,1)}[f(m + s w)] = E_{w ~ N(0,1)}[w/s f(m + s w)] given s > 0")
        .expect("an answer");
    let derivation = answer.links[0].derivation.as_ref().expect("a derivation");
    assert!(derivation.start.unicode.contains("w ~ N"), "{}", derivation.start.unicode);
    assert!(derivation.steps.last().is_some_and(|step| step.after.unicode.contains("w ~ N")));
}

#[test]
fn functions_of_the_note_are_no_letters() {
    for text in ["D N_θ = D ln N_θ", "D ln N_θ = 0", "f_θ = 1", "D f_θ = 0"] {
        assert!(session().prove(text).expect_err("a function without its argument").is_meaning(), "{text}");
    }
}

#[test]
fn what_is_decided_is_told() {
    let session = session();
    for text in [
        "P_{x ~ N(1,1)}(x > 1) = 1/2",
        "P(X > 1) = 1/2 given X ~ N(1,1)",
        "E_{x ~ N(0,1)}[x^2 | x > 0] = 1",
        "x^2|_{x = 3} = 9",
        "[x^2]_{x = 3} = 9",
    ] {
        let answer = session.prove(text).expect(text);
        assert!(answer.reading.is_some(), "{text}");
        assert!(!answer.hints.is_empty(), "{text}");
    }
}

#[test]
fn expressions_have_values() {
    let session = session();
    for (expression, value) in [
        ("E_{x ~ N(0,1)}[x^4]", "3"),
        ("E_{x ~ Exp(λ)}[exp(-x t)] given t > 0", "λ/(t + λ)"),
        ("Var_{x ~ Poisson(λ)}[x]", "λ"),
        ("∫ exp(-x^2) dx", "sqrt(π)"),
        ("x + x", "2 x"),
    ] {
        let answer = session.eval(expression).expect(expression);
        assert_eq!(answer.verdict(), Verdict::Proved, "{expression}");
        let (equation, _) = answer.formula.unicode.split_once(" given ").unwrap_or((&answer.formula.unicode, ""));
        assert_eq!(equation.rsplit_once(" = ").expect("an equation").1, value, "{expression}");
    }
    assert_eq!(session.solve("E_{x ~ N(0,1)}[x^2] = ?").expect("a value").formula.unicode, "E_{x ~ N(0,1)}[x²] = 1");
    assert_eq!(session.solve("? = E_{x ~ N(0,1)}[x^2]").expect("a value").formula.unicode, "E_{x ~ N(0,1)}[x²] = 1");
}

/// What is defined before a statement speaks of steps as well: such a trajectory is not one variable.
#[test]
fn definitions_of_a_session_may_not_speak_of_steps_beside_the_whole() {
    let mut session = session();
    session.run_line("let G = Σ_{t=0}^T r(s_t, a_t)").expect("a definition");
    let model = "given s_0 ~ ρ, a_t ~ π_θ(·|s_t), s_{t+1} ~ P(·|s_t,a_t), τ = (s_{0:T}, a_{0:T})";
    let of_whole = format!("E_{{τ ~ π_θ}}[G + R(τ)] = E_{{τ ~ π_θ}}[R(τ)] + G {model}");
    assert!(session.prove(&of_whole).is_err());
}

/// A link between signs that is written is proved like any other; only the one that a factor asks for may be supposed.
#[test]
fn links_between_signs_are_links() {
    let open = "sign(U(x | 0, 1)) ∝_x sign(U(x | 0, 1)) = sign(step(x) step(1 - x))";
    assert_eq!(session().prove(open).expect("an answer").verdict(), Verdict::Open);
    let refuted = "sign(x) ∝_x sign(x) = sign(U(x | 0, 1))";
    assert_eq!(session().prove(refuted).expect("an answer").verdict(), Verdict::Refuted);
}

/// `exp(-exp(x^2))` is above 0, smooth and Lipschitz, and its logarithm has no mean.
#[test]
fn the_class_of_a_positive_function_says_nothing_of_its_logarithm() {
    for class in ["lipschitz", "smooth"] {
        let text = format!("E_{{x ~ N(0,1)}}[x ln f(x)] = E_{{x ~ N(0,1)}}[f'(x)/f(x)] given f > 0, f : {class}");
        assert_eq!(session().prove(&text).expect("an answer").verdict(), Verdict::Conditional, "{text}");
    }
}

/// Outside of its support a density is 0, far from where numbers look, too.
#[test]
fn a_density_is_positive_where_nobody_has_shown_it_only_by_assumption() {
    for (text, sign) in [
        ("sign(Exp(x + 100 | 2)) = 1", "Exp(x + 100 | 2) > 0"),
        ("step(U(x/1000 | -1, 1)) = 1", "U(x/1000 | -1, 1) > 0"),
    ] {
        let answer = session().prove(text).expect("an answer");
        assert_ne!(answer.verdict(), Verdict::Proved, "{text}");
        let assumed = |condition: &Condition| condition.text == sign && condition.status == Status::Assumed;
        let said = answer.conditions().iter().any(assumed);
        assert!(said || answer.verdict() > Verdict::Conditional, "{text}: {:?}", answer.conditions());
    }
    let shown = session().prove("sign(Exp(x + 100 | 2)) = 1 given x > 0").expect("an answer");
    assert_eq!(shown.verdict(), Verdict::Proved);
}

#[test]
fn what_has_no_closed_form_has_its_numbers() {
    let answer = session().eval("E_{x ~ N(0,1)}[cos(x)/(1 + x^2)]").expect("an answer");
    assert!(answer.hints.iter().any(|hint| hint.contains("no closed form")), "{:?}", answer.hints);
    // By the trapezoidal rule, which converges geometrically here.
    let integrand = |x: f64| x.cos() / (1.0 + x * x) * (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let mean: f64 = (-2000..=2000).map(|k| integrand(0.01 * f64::from(k)) * 0.01).sum();
    assert!((answer.links[0].comparisons[0].left - mean).abs() < 1e-8);
    // A mean that diverges has no number.
    let answer = session().eval("E_{x ~ Cauchy(0, 1)}[x]").expect("an answer");
    assert!(answer.hints.iter().any(|hint| hint.contains("no value")), "{:?}", answer.hints);
}

#[test]
fn what_asks_nothing_has_no_value() {
    let session = session();
    for text in ["E_{x ~ N(0,1)}[x^2] = 1", "E_{x ~ N(0,1)}[x^2] = ? = ?", "?"] {
        assert!(session.solve(text).is_err(), "{text}");
    }
    for text in ["1 = 1", "(D + M_y)^n", "x given x ∈ R^d"] {
        assert!(session.eval(text).is_err(), "{text}");
    }
}
