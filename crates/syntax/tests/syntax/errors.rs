//! What a person is told about a text that cannot be read.

use stein_syntax::*;

/// The text with carets under the place, the message, and the help.
fn report(text: &str, error: &SyntaxError) -> String {
    let mut report = String::new();
    let line_start = text[..error.span.start].rfind('\n').map_or(0, |at| at + 1);
    let line = text[line_start..].lines().next().unwrap_or("");
    let column = text[line_start..error.span.start].chars().count();
    let width = text[error.span.start..error.span.end.min(line_start + line.len())].chars().count().max(1);
    report += &format!("{line}\n{}{}\n", " ".repeat(column), "^".repeat(width));
    report += &format!("{error}\n");
    if let Some((span, label)) = &error.also {
        report += &format!("also at {}: {label}\n", span.start);
    }
    if let Some(help) = &error.help {
        report += &format!("help: {help}\n");
    }
    report + "\n"
}

fn reports(texts: &[&str]) -> String {
    let report = |text: &&str| match parse_command(text) {
        Ok(command) => panic!("{text} was read as {command:?}"),
        Err(error) => report(text, &error),
    };
    texts.iter().map(report).collect()
}

#[test]
fn brackets() {
    insta::assert_snapshot!(reports(&[
        "f(x",
        "f(x))",
        "E_{x ~ N(0,1}[x]",
        "(x + [y)]",
        r"\frac{a}{b",
        r"\left[ x \right)",
        "|x",
        "x | y",
        "f(|x)",
        "E_{x ~ p}[x = 2",
    ]));
}

#[test]
fn missing_and_misplaced_parts() {
    insta::assert_snapshot!(reports(&[
        "",
        "   # only a remark",
        "x +",
        "x * / y",
        "f(x) =",
        "= f(x)",
        "f(x) = = 2",
        "f()",
        "f(,)",
        "f(x,)",
        "2^",
        "a, b",
        "a : b",
        "x < y",
        "x ~ N(0,1)",
        "p ‖ q",
        "1..2",
        "(a, b)",
        "[a, b] + f(x)",
        "given x > 0",
        "N(y | )",
        "N(a, b | c)",
        "'x",
        "x _",
        "σ_{(}",
        "1{u}",
    ]));
}

#[test]
fn operators() {
    insta::assert_snapshot!(reports(&[
        "D_θ = 1 + f(x)",
        "D f(x) = S",
        "ln = 2",
        "max x",
        "sin(x, y)",
        "D^k f",
        "D_θ^0 f",
        "D_{f(x)} y",
        "f'(x, y)",
        "∂_3 f(x, y)",
        "∂_1 x",
        "∂_1 f(u, v)^2",
        "Δ f(x)^2",
        "sin^{-1} x",
        "f^(k)(x)",
        "d^2/dx f(x)",
        "∫ f(x)",
        "∫ xdx",
        "int(x)",
        "int(x, 2)",
        r"\sqrt[3]{x}",
    ]));
}

#[test]
fn laws_and_expectations() {
    insta::assert_snapshot!(reports(&[
        "E[x]",
        "E_x[x]",
        "Var[x]",
        "Cov[x, y]",
        "E_{x ~}[x]",
        "E_{x ~ 3}[x]",
        "E_{x + y ~ p}[x]",
        "E_{x ~ p}",
        "E_{x ~ p, y}[x]",
        "Cov_{x ~ p}[a, b, c]",
        "KL(p, q)",
        "KL(p)",
        "KL p",
    ]));
}

#[test]
fn commands_and_clauses() {
    insta::assert_snapshot!(reports(&[
        "prov f(x) = 1",
        "chekc f(x) = 1",
        "prove",
        "prove x",
        "check E_{x ~ p}[x]",
        "let x",
        "let f(u) u",
        "let f(2) = u",
        "assume x",
        "assume f : smoth",
        "assume f : nice",
        "f(x) given",
        "f(x) = 1 given f jump",
        "f(x) = 1 where f(u)",
        "f(x) = 1 where f(u = 2",
    ]));
}

#[test]
fn spellings() {
    insta::assert_snapshot!(reports(&[
        "x == 2",
        "x := 2",
        "x; y",
        "0.5.5",
        "@",
        "x ? y",
        "\"x\"",
        "log_2 x = 1",
        r"\alpa",
        r"\foo x",
        r"\mathrm x_1 \mathrm",
        r"\frac{a}",
        r"\",
        r"\%",
        "𝐃 f",
        "é",
        "x…",
    ]));
}

#[test]
fn data_files() {
    let texts = [
        "rle r\n  x = 1\n",
        "  x = 1\n",
        "rule\n  x = 1\n",
        "rule r (5.1\n  x = 1\n",
        "law N(m, )\n",
        "rule r\n  sais \"x\"\n",
        "rule r\n  colour blue\n",
        "law N(m)\n  x = 1\n",
        "rule r\n  x = \n",
        "rule r\n  x = 1 = 2\n",
        "rule r\n  says hello\n",
        "rule r\n  says\n",
        "rule r\n  when x + 1\n",
        "rule r\n  when x is large\n",
        "rule r\n  when x + 1 is continuous\n",
        "rule r\n  when the support of 2 is free of θ\n",
        "law N(m)\n  support 0\n",
        "law N(m)\n  support (0, 1\n",
        "law N(m)\n  standard m + x for x ~ N(0, 1)\n",
        "rule r\n  direction 2\n",
        "theory t what it is about\n",
    ];
    let report = |text: &&str| match parse_entries(text) {
        Ok(entries) => panic!("{text} was read as {entries:?}"),
        Err(error) => report(text, &error),
    };
    insta::assert_snapshot!(texts.iter().map(report).collect::<String>());
}
