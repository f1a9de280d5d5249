//! Operators as values: normal forms, what they rest on, and what has none.

use stein::operator::Relations;
use stein::session::{Reply, Status};
use stein::{Session, Verdict};

fn session() -> Session {
    let mut session = Session::new().expect("the built-in rules");
    session.options.repair = std::time::Duration::ZERO;
    session
}

/// The normal form that the program gives, printed, with the verdict on the equation.
fn ordered(session: &Session, operator: &str) -> (String, Verdict) {
    let answer = session.eval(operator).unwrap_or_else(|error| panic!("{operator}: {error}"));
    (answer.links[0].right.unicode.clone(), answer.verdict())
}

#[test]
fn every_relation_is_a_theorem_of_the_rules() {
    let session = session();
    let relations = Relations::built_in(&session.library().definitions);
    let read = (relations.all.len(), relations.adjoints.len());
    assert_eq!(read, Relations::written(), "an entry of rules/operators cannot be read");
    // What adjoints are taken to be is what the file says, and nothing else.
    let known = session.library().definitions.adjoints.iter().map(|known| format!("{known:?}"));
    let proved = relations.adjoints.iter().map(|entry| format!("{:?}", entry.meaning));
    assert!(known.eq(proved));
    for relation in relations.all {
        let answer = session.prove(&relation.equation).unwrap_or_else(|error| panic!("{}: {error}", relation.name));
        assert!(answer.is_derived(), "{}: {}", relation.name, relation.equation);
        let derivation = answer.links[0].derivation.as_ref().expect("a derivation");
        // What is said of n derivatives rests on what is said of one, and no other on anything but rules.
        assert_eq!(derivation.parts.is_empty(), !relation.is_counted(), "{} is proved by itself", relation.name);
        assert!(!relation.says.is_empty() && !relation.source.is_empty(), "{} says nothing", relation.name);
    }
    for adjoint in relations.adjoints {
        let answer = session.prove(&adjoint.equation).unwrap_or_else(|error| panic!("{}: {error}", adjoint.name));
        assert!(answer.is_derived(), "{}: {}", adjoint.name, adjoint.equation);
        assert!(!adjoint.says.is_empty() && !adjoint.source.is_empty(), "{} says nothing", adjoint.name);
    }
}

#[test]
fn normal_forms() {
    let session = session();
    let mut wrong = Vec::new();
    for line in include_str!("../data/operators/normal_forms.tsv").lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [operator, expected, verdict] = fields.as_slice() else { panic!("{line}") };
        let (found, judged) = ordered(&session, operator);
        if found != *expected || judged.word() != *verdict {
            wrong.push(format!("{operator}\t{found}\t{}", judged.word()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A generator of words that are the same on each run.
struct Words(u64);

impl Words {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    fn word(&mut self, letters: &[&str], length: u64) -> String {
        let letter = |this: &mut Self| letters[this.next(letters.len() as u64) as usize];
        (0..length).map(|_| letter(self)).collect::<Vec<_>>().join(" ")
    }
}

/// Exact numbers, which use none of the relations, agree with each normal form; and it is one: ordering changes nothing more.
#[test]
fn words_have_a_normal_form_that_exact_numbers_confirm() {
    let session = session();
    let mut words = Words(17);
    for _ in 0..60 {
        let word = words.word(&["D", "M_y", "S_a", "S_b", "e^{c D}"], 9);
        if !word.contains(['D', 'S']) {
            continue;
        }
        let (normal, verdict) = ordered(&session, &word);
        assert!(verdict <= Verdict::Conditional, "{word} = {normal}: {verdict}");
        if normal.contains("D") || normal.contains('S') {
            assert_eq!(ordered(&session, &normal).0, normal, "{word}");
        }
    }
}

/// The rules know nothing of relations between operators: short words are proved by them alone.
#[test]
fn the_rules_alone_prove_normal_forms() {
    let session = session();
    let mut words = Words(5);
    for _ in 0..12 {
        let word = words.word(&["D", "M_y"], 6);
        if !word.contains('D') || !word.contains('M') {
            continue;
        }
        let (normal, _) = ordered(&session, &word);
        let answer = session.prove(&format!("{word} = {normal}")).expect("an answer");
        let derivation = answer.links[0].derivation.as_ref().unwrap_or_else(|| panic!("{word} = {normal}"));
        assert!(derivation.parts.is_empty(), "{word}");
    }
}

#[test]
fn a_changed_coefficient_is_never_proved() {
    let session = session();
    let mut words = Words(29);
    for _ in 0..25 {
        let word = words.word(&["D", "M_y", "S_a"], 8);
        if !word.contains(['D', 'S']) {
            continue;
        }
        let (normal, _) = ordered(&session, &word);
        for wrong in [format!("{normal} + 1"), format!("2 ({normal})"), format!("({normal}) M_y")] {
            let answer = session.prove(&format!("{word} = {wrong}")).expect("an answer");
            assert_eq!(answer.verdict(), Verdict::Refuted, "{word} = {wrong}");
        }
    }
}

/// A relation that asks something of what it acts on asks it of the operand.
#[test]
fn conditions_are_those_of_the_operand() {
    let session = session();
    let assumed = |operator: &str| -> Vec<String> {
        let answer = session.eval(operator).expect("an answer");
        let conditions = answer.conditions().into_iter().filter(|condition| condition.status == Status::Assumed);
        conditions.map(|condition| condition.text).collect()
    };
    assert_eq!(assumed("S_a D"), ["f is absolutely continuous"]);
    assert_eq!(assumed("S_a M_y D^3"), ["f'' is absolutely continuous"]);
    assert_eq!(assumed("S_a D S_b"), Vec::<String>::new());
    assert_eq!(assumed("S_a M_y^4"), Vec::<String>::new());
    assert_eq!(session.eval("S_a D given f : smooth").expect("an answer").verdict(), Verdict::Proved);
    // A step has a derivative of 0 almost everywhere, and smoothing it has another.
    assert_ne!(session.eval("S_a D given f : jump").expect("an answer").verdict(), Verdict::Conditional);
}

/// The proofs of the relations that a derivation uses are saved, and checked again by the kernel alone.
#[test]
fn the_relations_are_saved() {
    let session = session();
    let answer = session.eval("S_a M_y D S_b M_y").expect("an answer");
    assert_eq!(answer.verdict(), Verdict::Proved);
    let saved = session.save(&answer).expect("proofs");
    let verified = session.verify("proofs", &saved, 3).expect("proofs that hold");
    assert_eq!(verified.len(), 4);
}

#[test]
fn a_bare_operator_is_ordered() {
    let Reply::Answer(answer) = session().run_line("[D, M_y^3]").expect("an answer") else { panic!("an answer") };
    assert_eq!(answer.formula.unicode, "[D, (M_y)³] = 3 (M_y)²");
}

/// What has no normal form is refused by name, soon.
#[test]
fn what_cannot_be_ordered_is_refused() {
    let session = session();
    for (operator, part) in [
        ("(D + M_y)^100000", "whole number up to 32"),
        ("((D + M_y)^32)^32", "more than 64 operators"),
        ("(D + M_y)^32", "too long"),
        ("(D + M_y)^n", "whole number up to 32"),
        ("S_a^n D", "the power of a mean"),
        ("(1 - γ S_a)^{-1} D", "the inverse of an operator"),
        ("D^{-1} M_y", "the inverse of an operator"),
        ("D^{-n} M_y", "none of them negative"),
        ("D^y M_y", "whole number up to 32"),
        ("D^{n/2} M_y", "whole number up to 32"),
        ("S_θ D", "a number of a function"),
        ("D_i D_j", "one of several variables"),
        ("D_i S_a", "one of several variables"),
        ("D_x M_y", "one of several variables"),
        ("D S_p^*", "an adjoint that is not known"),
        ("D^* M_y given x ~ N(0,1)", "functions that operators act on are of `y`"),
        ("D D^* given y ~ Exp(1)", "an adjoint that is not known"),
        ("aD M_y", "`aD` is one letter"),
        ("e^{aD} M_y e^{-aD}", "`aD` is one letter"),
        ("abc D M_y", "is one letter here"),
        ("A D M_y", "no operator that is known"),
        ("T_a M_y D", "no operator that is known"),
        ("D/(D + M_y)", "no quotient"),
        ("S_y D", "no normal form"),
        ("M_x D + M_y", "two variables"),
        ("D M_y given y = 2", "has a value"),
        ("e^{-a^2 D^2/2} D", "undo a smoothing"),
        ("e^{D M_y} D", "no meaning here yet"),
        ("e^{M_y D} D", "no meaning here yet"),
        ("[D, M_{xy}]", "no letter and no function"),
        ("[D, M_{exp(a*z)}]", "not told"),
        ("S_{-a} D S_a", "nothing satisfies"),
    ] {
        let error = session.eval(operator).err().unwrap_or_else(|| panic!("{operator} is refused"));
        assert!(error.to_string().contains(part), "{operator}: {error}");
    }
}

/// An unknown function that multiplies is not the function that operators act on.
#[test]
fn multipliers_are_no_operands() {
    let session = session();
    let verdict = |equation: &str| session.prove(equation).expect("an answer").verdict();
    assert_eq!(verdict("[D, M_g] = M_{g'}"), Verdict::Proved);
    assert_eq!(verdict("[D, M_f] = M_{f'}"), Verdict::Proved);
    assert_eq!(verdict("M_f D = M_{f'}"), Verdict::Refuted);
    assert_eq!(verdict("D M_g = M_g D + 1"), Verdict::Refuted);
    assert_eq!(verdict("M_f M_g D = M_g M_f D"), Verdict::Proved);
}

/// What stands below M is multiplied by, and never the name of a variable; a letter of which something else is said is none of
/// the semigroup's.
#[test]
fn what_operators_are_written_with_is_read_as_it_is() {
    let session = session();
    let verdict = |equation: &str| session.prove(equation).expect("an answer").verdict();
    assert_eq!(verdict("[D, M_2] = 1"), Verdict::Refuted);
    assert_eq!(verdict("[D, M_2] = 0"), Verdict::Proved);
    assert_eq!(verdict("[D, M_{sin(z)}] = M_{cos(z)}"), Verdict::Proved);
    assert_eq!(verdict("P_t D = D P_t where P_t = 2"), Verdict::Proved);
    assert_eq!(verdict("P_a P_b = P_{a+b} given P_a > 0"), Verdict::Refuted);
}

/// Powers that are letters, adjoints, noise of any law, derivatives in a parameter: what is true of them and what is not.
#[test]
fn equations_of_operators() {
    judged(include_str!("../data/operators/equations.tsv"));
}

/// What operators make of a function.
#[test]
fn operators_are_applied() {
    judged(include_str!("../data/operators/applications.tsv"));
}

/// Operators on functions of a vector, in every dimension.
#[test]
fn operators_on_functions_of_a_vector() {
    judged(include_str!("../data/operators/fields.tsv"));
}

/// What has no meaning on functions of a vector is refused by name.
#[test]
fn unknown_operators_on_functions_of_a_vector_are_refused() {
    let session = session();
    for (statement, part) in [
        ("∇ ∇ = Δ given y ∈ R^d", "what stands behind it makes a vector"),
        ("∇·∇·∇ = Δ given y ∈ R^d", "a divergence is of a vector"),
        ("∇·S_a = Δ given y ∈ R^d", "a divergence is of a vector"),
        ("e^{Δ} = 1 given y ∈ R^d", "no meaning on functions of a vector yet"),
        ("P_t Δ = Δ P_t given y ∈ R^d", "no meaning on functions of a vector yet"),
        ("D Δ = Δ D given y ∈ R^d", "`D` is by a number"),
        ("D_y Δ = Δ D_y given y ∈ R^d", "`D_y` is by a number"),
        ("M_y Δ = Δ M_y given y ∈ R^d", "no component of `y`"),
        ("[Δ, M_{y_i}] = 2 D_i", "has nothing to act on"),
        ("Δ^n S_a = S_a Δ^n given y ∈ R^d", "is a whole number"),
        ("Δ^99 = 1 given y ∈ R^d", "is a whole number"),
        ("((Δ + D_i)^9)^9 = 1 given y ∈ R^d", "too long to be written out"),
        ("Δ S_a = S_a Δ given y ∈ R^d, x ∈ R^d", "which of these vectors"),
        ("A Δ = Δ A given y ∈ R^d", "no operator that is known"),
        ("S_y Δ = Δ given y ∈ R^d", "depends on what functions are of"),
        ("(S_a D) f(y) = f(y) given y ∈ R^d", "is a vector"),
    ] {
        let error = session.prove(statement).err().unwrap_or_else(|| panic!("{statement} is refused"));
        assert!(error.to_string().contains(part), "{statement}: {error}");
    }
}

/// Where it is not clear what is applied to what, nothing is.
#[test]
fn unclear_applications_are_refused() {
    let session = session();
    for (statement, part) in [
        ("(D) f(y)^2 = 2", "what this power belongs to"),
        ("(M_y D) f(z) = 0", "no function of `y`"),
        ("(D) f(2 y) = f'(2 y)", "which function this operator is applied to"),
        ("(D) (f(y) g(z)) = 0", "which letter this is a function of"),
        ("(D M_y) f(y) = M_y f'(y) + f(y)", "`M_y` has nothing to act on"),
        ("(P_t D) f(y) = P_t f'(y)", "`P_t` has nothing to act on"),
        ("(D) f(y) = S f(y)", "the one of the note"),
        ("(D + θ) f(y) = D f(y) + θ f(y)", "is this `D` by `y`?"),
        ("(D) f(y) + (D) g(z) = D f(y) + D g(z)", "is this `D` by `y`?"),
        ("(D^n M_y) f(y) = f(y)", "is a letter is not written out"),
        ("(D) f(y) = f'(y) where y = 2", "has a value"),
        ("E_{a ~ Exp(1)}[(S_a D) f(y)] = f(y)", "a width that is random"),
        ("(D - D^*) f(y) = 2 f'(y)", "an adjoint"),
        ("(S_y D) f(y) = 0", "depends on what functions are of"),
    ] {
        let error = session.prove(statement).err().unwrap_or_else(|| panic!("{statement} is refused"));
        assert!(error.to_string().contains(part), "{statement}: {error}");
    }
}

/// What is applied is evaluated as other expressions are.
#[test]
fn applications_have_values() {
    let session = session();
    assert_eq!(session.eval("(D M_y - M_y D) f(y)").expect("an answer").links[0].right.unicode, "f(y)");
    assert_eq!(session.eval("[D, M_y^3] f(y)").expect("an answer").links[0].right.unicode, "3 y² f(y)");
}

fn judged(table: &str) {
    let session = session();
    let mut wrong = Vec::new();
    for line in table.lines() {
        let Some((verdict, equation)) = line.split_once('\t').filter(|_| !line.starts_with('#')) else { continue };
        let found = session.prove(equation).unwrap_or_else(|error| panic!("{equation}: {error}")).verdict();
        if found.word() != verdict {
            wrong.push(format!("{}\t{equation}", found.word()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A statement about n derivatives is no statement about as many as are looked at.
#[test]
fn an_instance_is_no_proof() {
    let session = session();
    // True for n up to 8, all that is looked at, and for no other.
    let zeros: Vec<String> = (1..9).map(|n| format!("(n - {n})")).collect();
    let answer = session.prove(&format!("D^n M_y = M_y D^n + (n + {}) D^{{n-1}}", zeros.join(" "))).expect("an answer");
    assert_eq!(answer.verdict(), Verdict::Open);
    let answer = session.prove("D^n = D^2").expect("an answer");
    assert_eq!(answer.verdict(), Verdict::Refuted);
    // A witness meets what is supposed of n.
    let verdict = |equation: &str| session.prove(equation).expect("an answer").verdict();
    assert_ne!(verdict("(n - 2) (n - 3) (n - 4) D^n = 0 given n > 1, n < 5"), Verdict::Refuted);
    assert_ne!(verdict("P_t D^n = e^{2 t} D^n P_t given n > 2"), Verdict::Proved);
    assert_ne!(verdict("P_t D^n = e^{3 t} D^n P_t given n = 3"), Verdict::Refuted);
    assert_eq!(verdict("D^n M_y = M_y D^n + 3 D^2 where n = 3"), Verdict::Proved);
    assert_eq!(verdict("D^n M_y = M_y D^n + 3 D^2"), Verdict::Refuted);
}

/// What a step for n derivatives asks of a function is asked of all its derivatives.
#[test]
fn powers_ask_for_smooth_functions() {
    let session = session();
    let answer = session.eval("S_a D^n").expect("an answer");
    assert_eq!(answer.verdict(), Verdict::Conditional);
    assert!(answer.conditions().iter().any(|condition| condition.text == "f is smooth"));
    assert_eq!(session.eval("S_a D^n given f : smooth").expect("an answer").verdict(), Verdict::Proved);
    assert_ne!(session.prove("S_a D^n = D^n S_a given f : lipschitz").expect("an answer").verdict(), Verdict::Proved);
    assert_eq!(session.eval("D^n M_y").expect("an answer").links[0].right.unicode, "M_y D^n + n D^(n - 1)");
}
