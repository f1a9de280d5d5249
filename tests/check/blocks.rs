//! Simulations by parts: any split, put together in any order, gives the bits of one run.

use stein::session::{Drawing, Part};
use stein::{Session, Verdict};

/// A derivative of an expectation has many means; a tabulated law has samplers that go lane by lane.
const STATEMENTS: [&str; 2] = [
    "D_m[E_{y ~ N(m, s^2)}[f(y)]] = E_{y ~ N(m, s^2)}[f(y) (y - m)/s^2]",
    "E_{x ~ Gamma(k, λ)}[λ x sin(x)] = E_{x ~ Gamma(k, λ)}[k sin(x) + x cos(x)]",
];

fn session() -> Session {
    Session::new().expect("the library")
}

fn printed(part: &Part) -> String {
    part.document().data[0].to_string()
}

fn draw(statement: &str, blocks: std::ops::Range<u64>) -> String {
    printed(&session().check_blocks(statement, blocks).expect("blocks"))
}

/// Merges some of the parts, in an order of their own.
fn merge(parts: &[&String]) -> String {
    let texts: Vec<(String, String)> = parts.iter().map(|text| ("part".to_string(), (*text).clone())).collect();
    printed(&session().merge(&texts).expect("parts of one simulation"))
}

#[test]
fn sixty_four_workers_give_the_bits_of_one() {
    for statement in STATEMENTS {
        let whole = draw(statement, 0..100);
        // Ranges of different lengths, some of them empty of whole nodes.
        let ends: Vec<u64> = (0..=64).map(|worker| worker * 100 / 64).collect();
        let parts: Vec<String> = ends.windows(2).map(|pair| draw(statement, pair[0]..pair[1])).collect();
        let all: Vec<&String> = parts.iter().rev().collect();
        assert_eq!(merge(&all), whole, "{statement}");
        // First every third of them, then the three heaps.
        let heaps: Vec<String> = (0..3).map(|k| merge(&parts.iter().skip(k).step_by(3).collect::<Vec<_>>())).collect();
        assert_eq!(merge(&[&heaps[2], &heaps[0], &heaps[1]]), whole, "{statement}");
    }
}

/// Sobol points are addressed by block like any noise; parts that were drawn in different ways are not mixed.
#[test]
fn sobol_points_are_drawn_by_parts_too() {
    let mut session = session();
    session.options.drawing = Drawing::Sobol;
    let draw = |blocks| printed(&session.check_blocks(STATEMENTS[0], blocks).expect("blocks"));
    let parts = [draw(5..16), draw(0..2), draw(2..5)];
    assert_eq!(merge(&parts.iter().collect::<Vec<_>>()), draw(0..16));
    let plain = self::draw(STATEMENTS[0], 5..16);
    let texts = [&parts[1], &plain].map(|text| ("part".to_string(), text.clone()));
    let refusal = session.merge(&texts).expect_err("a refusal").to_string();
    assert!(refusal.contains("was drawn in another way"), "{refusal}");
}

#[test]
fn a_false_equation_is_refuted_by_its_parts() {
    let statement = "E_{x ~ N(0, 1)}[x sin(x)] = 2 E_{x ~ N(0, 1)}[cos(x)]";
    let parts = [0..3, 3..8].map(|blocks| ("part".to_string(), draw(statement, blocks)));
    let merged = session().merge(&parts).expect("parts of one simulation");
    assert_eq!(merged.verdict(), Verdict::Refuted);
    let numbers = merged.comparison.expect("numbers");
    assert!(numbers.samples == 8 * 16_384 && numbers.z.abs() > 8.0);
    let honest = session().check_blocks("E_{x ~ N(0, 1)}[x sin(x)] = E_{x ~ N(0, 1)}[cos(x)]", 0..8).expect("blocks");
    assert_eq!(honest.verdict(), Verdict::Open);
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let (a, b) = (draw(STATEMENTS[1], 0..2), draw(STATEMENTS[1], 1..3));
    let other = draw(STATEMENTS[0], 2..3);
    let refusal = |texts: &[&str]| {
        let texts: Vec<(String, String)> =
            texts.iter().enumerate().map(|(i, text)| (format!("part {i}"), text.to_string())).collect();
        session().merge(&texts).expect_err("a refusal").to_string()
    };
    assert!(refusal(&[&a, &b]).contains("`part 1` has a block that was there already"));
    assert!(refusal(&[&a, &other]).contains("`part 1` belongs to another statement or seed"));
    assert!(refusal(&["{}"]).contains("`part 0` is not what"));
    assert!(refusal(&[&a.replace("sums\":[\"", "sums\":[\"0")]).contains("holds broken sums"));
}
