//! The known statements of the field, and the files of rules, laws and functions.

use stein_syntax::*;

#[test]
fn every_known_statement_parses_and_prints() {
    let text = include_str!("statements.txt");
    let statements: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(statements.len() > 60);
    for line in statements {
        let statement = parse_statement(line).unwrap_or_else(|error| panic!("{line}\n{error} {:?}", error.span));
        assert!(statement.members.len() > 1, "{line}");
        for style in [Style::Ascii, Style::Unicode, Style::Latex] {
            let printed = print_statement(&statement, style);
            assert_eq!(parse_statement(&printed).ok().as_ref(), Some(&statement), "{line}\n{printed}");
        }
    }
}

#[test]
fn statements_as_they_print() {
    let mut printed = String::new();
    for line in [
        r"\nabla_{\theta} \mathbb{E}_{x \sim N(0,1)} [f(\theta + \sigma x)] = \mathbb{E}_{x \sim N(0,1)} [\frac{x}{\sigma} f(\theta + \sigma x)]",
        "D[S_θ f] = S_θ[D ln N_θ f]",
        "S_θ[f D ln N_θ] = S[f_θ (x/σ)]",
        "∫ f(y) σ N(y | θ, σ^2) dy/σ = 1",
        "S_a M_y = (M_y + a^2 D) S_a",
        "E_{x ~ p_θ}[(D_θ ln p_θ(x))^2] = -E_{x ~ p_θ}[D_θ^2 ln p_θ(x)] given f : smooth, 0 < a < 1",
        "D_m KL(N(m, s^2) ‖ stopgrad(q)) = Var_{x ~ p}[x] + Cov_{x, z ~ U(0,1)}[x, z] - H(p)/2",
        "x (y/z)/(a b) + (a - (b - c))^2 (-x) x_{12}^{-1/2} 0.5 = f^(4)(u) ∂_1^2 f(u, v) Δ f(x) |x| 1{x >= 0} where s(t) = t (1 - t)",
    ] {
        let statement = parse_statement(line).unwrap_or_else(|error| panic!("{line}\n{error}"));
        for style in [Style::Unicode, Style::Ascii, Style::Latex] {
            printed += &(print_statement(&statement, style) + "\n");
        }
        printed += "\n";
    }
    insta::assert_snapshot!(printed);
}

const FILE: &str = r#"# A file of everything.
theory example "What # the file is about, with \"quotes\"."

rule likelihood-ratio (5.1)
  D_θ[E_{y ~ P_θ}[h(y, θ)]] =
      E_{y ~ P_θ}[h(y, θ) D_θ[ln P_θ(y)]      # a remark
        + D_θ[h(y, θ)]]
  when the support of P_θ is free of θ
  when h(y, θ) is absolutely continuous in θ
  when h(y, θ) is continuous in θ
  when h(y, θ) P_θ(y) vanishes at the ends of P_θ in y
  when P_θ is continuous
  when N(m, v) is discrete
  when k is a whole number
  when s > 0
  choose E_{y ~ P_θ}[h(y, θ)]
  direction both
  says "A text
    over two lines."
  wrong D_θ[E_{y ~ P_θ}[h(y, θ)]] = 0

rule N.moment
  E_{x ~ N(0, 1)}[x^2] = 1

law Own(m, v)
  domain v > 0
  support (-oo, oo)
  support 0 .. oo
  support {-1, 1}
  log density -(x - m)^2/(2 v) - ln(2 π v)/2
  symmetric about m
  mean v (m + 1)
  standard m + s x ~ N(m, s^2) for x ~ N(0, 1)
  standard when s != 0

law Rademacher
  support {-1, 1}

function He(k, x)
  derivative k He(k - 1, x)
  regularity smooth
  value He(0, x) = 1
"#;

#[test]
fn entries_of_a_data_file() {
    let entries = parse_entries(FILE).unwrap_or_else(|error| panic!("{error} {:?}", error.span));
    let mut listing = String::new();
    for entry in &entries {
        let parameters: Vec<String> = entry.parameters.iter().map(|name| print_name(name, Style::Unicode)).collect();
        let reference = entry.reference.as_deref().unwrap_or("-");
        listing += &format!("{} {} ({}) {reference}\n", entry.kind, entry.name, parameters.join(", "));
        for field in &entry.fields {
            listing += &format!("  {}: {}\n", field.key, show(&field.value));
        }
    }
    insta::assert_snapshot!(listing);
    // Places count from the start of the file.
    let mean = entries[3].fields.iter().find(|field| field.key == "mean").map(|field| &field.value);
    let Some(Value::Expr(mean)) = mean else { panic!() };
    assert_eq!(&FILE[mean.span.start..mean.span.end], "v (m + 1)");
}

fn show(value: &Value) -> String {
    let e = |e: &Expr| print(e, Style::Unicode);
    let law = |law: &Law| print_law(law, Style::Unicode);
    let name = |name: &Name| print_name(name, Style::Unicode);
    match value {
        Value::Text(text) => format!("text {text:?}"),
        Value::Word(word) => format!("word {word}"),
        Value::Expr(value) => e(value),
        Value::Interval(low, high) => format!("interval from {} to {}", e(low), e(high)),
        Value::Integers(low, high) => format!("integers from {} to {}", e(low), e(high)),
        Value::Points(points) => format!("points {}", points.iter().map(e).collect::<Vec<_>>().join("; ")),
        Value::Equation(left, right) => format!("{} = {}", e(left), e(right)),
        Value::Image { map, law: to, variable, from } => {
            format!("{} of {} from {} has law {}", e(map), name(variable), law(from), law(to))
        }
        Value::Condition(condition) => match condition {
            Condition::Compare(relation, left, right) => format!("{} {relation:?} {}", e(left), e(right)),
            Condition::AbsolutelyContinuous { body, variable } => {
                format!("absolutely continuous in {}: {}", name(variable), e(body))
            }
            Condition::Continuous { body, variable } => format!("continuous in {}: {}", name(variable), e(body)),
            Condition::FixedSupport { law: of, variable } => {
                format!("support of {} free of {}", law(of), name(variable))
            }
            Condition::Covers { wide, narrow } => format!("support of {} covers that of {}", law(wide), law(narrow)),
            Condition::Vanishes { body, law: of, variable } => {
                format!("{} vanishes at the ends of {} in {}", e(body), law(of), name(variable))
            }
            Condition::Exists { mean, near } => format!("{} exists near {:?}", e(mean), near.as_ref().map(name)),
            Condition::LawKind { law: of, continuous } => format!("{} continuous: {continuous}", law(of)),
            Condition::Whole(value) => format!("whole: {}", e(value)),
        },
    }
}
