//! Statements about samples: what is proved in their place, for every size, has their value at each size.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use stein::{Session, Verdict};

/// A random expression in sums over the samples x_1, …, x_n. `index` is bound around it, if there is one.
fn expression(random: &mut StdRng, index: Option<&str>, depth: u32) -> String {
    let fresh = match index {
        None => "i",
        Some("i") => "j",
        _ => "k",
    };
    let leaf = |random: &mut StdRng| match (random.random_range(0..6), index) {
        (0, Some(index)) => format!("x_{index}"),
        (1, Some(index)) => format!("f(x_{index})"),
        (2, Some(index)) => format!("x_{index}^2"),
        (3, _) => "x_1".into(),
        (4, _) => "g(x_1)".into(),
        _ => "1/n".into(),
    };
    if depth == 0 {
        return leaf(random);
    }
    match random.random_range(0..6) {
        0 | 1 if fresh != "k" => {
            let inner = expression(random, Some(fresh), depth - 1);
            let but = match index {
                Some(index) if random.random_range(0..2) == 0 => format!("_{{{fresh}=1, {fresh}≠{index}}}^n"),
                _ => format!("_{{{fresh}=1}}^n"),
            };
            format!("(Σ{but} ({inner}))")
        }
        2 => format!("({} + {})", expression(random, index, depth - 1), expression(random, index, depth - 1)),
        3 => format!("({} - 2 {})", expression(random, index, depth - 1), leaf(random)),
        4 => format!("({}) ({})", expression(random, index, depth - 1), leaf(random)),
        _ => format!("({})^2", expression(random, index, depth - 1)),
    }
}

/// `e = 0` is read as `r = 0`; then e and r have one value at n = 1, 2 and 3.
#[test]
fn what_stands_for_all_sizes_has_the_value_of_each() {
    let session = Session::new().expect("the built-in rules");
    let mut random = StdRng::seed_from_u64(14);
    let (mut compared, mut tried) = (0, 0);
    while compared < 40 && tried < 400 {
        tried += 1;
        let e = format!("E[{}]", expression(&mut random, None, 3));
        if !e.contains('Σ') || e.len() > 120 {
            continue;
        }
        let given = "given x_{1:n} ~ N(1/2, 1)";
        let Ok(answer) = session.check(&format!("{e} = 0 {given}")) else { continue };
        let Some(reading) = &answer.reading else { continue };
        let Some(reduced) = reading.unicode.strip_suffix(" = 0") else { continue };
        let against = session
            .check(&format!("{e} = {reduced} {given}"))
            .unwrap_or_else(|error| panic!("{e}: {reduced}: {error}"));
        assert_ne!(against.verdict(), Verdict::Refuted, "{e} is read as {reduced}");
        if !against.links[0].comparisons.is_empty() {
            compared += 1;
        }
    }
    assert!(compared >= 40, "{compared} of {tried}");
}

#[test]
fn sizes_stand_in_the_answer() {
    let session = Session::new().expect("the built-in rules");
    let answer = session.prove("E_{ε ~ N(0, I)}[‖ε‖^2] = 1").expect("a statement");
    let witness = answer.links[0].witness.as_ref().expect("a witness");
    assert_eq!(witness.instance.parameters.get("d"), Some(&2.0));
    let answer = session.prove("E_{ε ~ N(0, I)}[‖ε‖^2] = d").expect("a statement");
    let sizes: Vec<f64> =
        answer.links[0].comparisons.iter().filter_map(|c| c.instance.parameters.get("d").copied()).collect();
    assert!([1.0, 2.0, 3.0].iter().all(|size| sizes.contains(size)), "{sizes:?}");
}

/// A factor that is missing may hold the size, and stands in the notation of the user.
#[test]
fn a_repair_may_hold_the_size() {
    let session = Session::new().expect("the built-in rules");
    let statement = "D_θ E_{x ~ p_θ}[f(x)] = E[1/n Σ_{i=1}^n (f(x_i) - 1/n Σ_{j=1}^n f(x_j)) D_θ ln p_θ(x_i)] \
                     given x_{1:n} ~ p_θ";
    let answer = session.prove(statement).expect("a statement");
    assert_eq!(answer.verdict(), Verdict::Refuted);
    let repair = answer.links[0].repair.as_ref().expect("a repair");
    assert_eq!(repair.hint, "the right side lacks a factor n/(n - 1)");
    assert_eq!(session.prove(&repair.statement.unicode).expect("a statement").verdict(), Verdict::Proved);
}

/// What is granted to f is granted to its entries, where it has any, and to no other function with such a name.
#[test]
fn a_class_is_granted_to_no_other_function() {
    let session = Session::new().expect("the built-in rules");
    let statement =
        "E[x_1] + D_θ E_{z ~ N(θ,1)}[f_1(z)] = E[x_1] + E_{z ~ N(θ,1)}[f_1'(z)] given x_{1:n} ~ Exp(1), f : smooth";
    assert_eq!(session.prove(statement).expect("a statement").verdict(), Verdict::Conditional);
}
