//! Input that is too deep, too long or too large ends in one clear error, and never in an overflow.

use stein_syntax::*;

const STYLES: [Style; 3] = [Style::Ascii, Style::Unicode, Style::Latex];

/// Every construct that nests, as what opens it, what stands inside, and what closes it.
const NESTS: &[(&str, &str, &str)] = &[
    ("(", "x", ")"),
    ("[", "x", "]"),
    ("{", "x", "}"),
    (r"\frac{", "x", "}{y}"),
    (r"\frac{y}{", "x", "}"),
    (r"\sqrt{", "x", "}"),
    ("|", "x", "|"),
    ("1{x > ", "x", "}"),
    ("ln(", "x", ")"),
    ("f(", "x", ")"),
    ("D_x[", "x", "]"),
    ("Var_{x ~ N(0,1)}[", "x", "]"),
    ("E_{x ~ N(0,1)}[x | ", "x > 0", "]"),
    ("‖", "x", "‖"),
    ("stopgrad(", "x", ")"),
    ("E_{x ~ N(0,1)}[", "x", "]"),
    ("E_{x ~ N(0, ", "1", ")}[x]"),
    ("KL(N(0, ", "1", ") ‖ q)"),
    ("S_{", "x", "} y"),
    ("∫ ", "x", " dx"),
    ("∫_{", "1", "}^2 x dx"),
    ("-", "x", ""),
    ("ln ", "x", ""),
    ("D ", "f", ""),
    ("S ", "f", ""),
    ("x^(", "x", ")"),
    ("sin^2 ", "x", ""),
    ("Δ ", "f(x)", ""),
    ("∂_1 ", "f(x, y)", ""),
    ("[D, ", "D", "]"),
    ("√", "x", ""),
    ("d/dx ", "x", ""),
    ("Δ^2 ", "f(x)", ""),
    ("2^-(", "x", ")"),
    ("x^ln ", "x", ""),
];

fn nested(count: usize, (open, inner, close): (&str, &str, &str)) -> String {
    open.repeat(count) + inner + &close.repeat(count)
}

#[test]
fn moderate_nesting_is_read_and_printed() {
    for nest in NESTS {
        let text = nested(60, *nest);
        let statement = parse_statement(&text).unwrap_or_else(|error| panic!("{text}\n{error}"));
        for style in STYLES {
            let printed = print_statement(&statement, style);
            assert!(parse_statement(&printed).is_ok_and(|parsed| parsed == statement), "{printed}");
        }
    }
}

#[test]
fn deep_nesting_is_one_error() {
    for nest in NESTS {
        for count in [201, 1_000, 10_000] {
            let error = parse_statement(&nested(count, *nest)).expect_err("too deep");
            let limit = ["200 levels", "longer than 100000", "from 1 to 200", "more than 1000"];
            assert!(limit.iter().any(|limit| error.message.contains(limit)), "{nest:?}: {error}");
        }
        // The same without its end, and with an error at the core.
        assert!(parse_statement(&nest.0.repeat(10_000)).is_err());
        assert!(parse_statement(&nested(150, (nest.0, "x = +", nest.2))).is_err());
    }
}

#[test]
fn long_chains_are_bounded() {
    for (link, end) in
        [("x + ", "x"), ("x*", "x"), ("x ", "x"), ("f(x) + ", "x"), ("(x) - ", "x"), ("x = ", "x"), ("x/", "x")]
    {
        assert!(parse_statement(&(link.repeat(300) + end)).is_ok(), "{link}");
        let error = parse_statement(&(link.repeat(3_000) + end)).expect_err("too long");
        assert!(error.message.contains("more than 1000"), "{error}");
    }
}

#[test]
fn long_texts_are_refused() {
    for unit in
        ["x", "(", ")", "9", "x+", "|", "'", "^", "²", "\\frac", "E_{x~", "a ~ ", "where ", "_", "\\", "θ", "[D,", "f("]
    {
        assert!(parse_statement(&unit.repeat((1 << 20) / unit.len())).is_err(), "{unit}");
        let _ = parse_statement(&unit.repeat(99_000 / unit.len()));
    }
}

#[test]
fn numbers_are_bounded() {
    assert!(parse_expression("1e4000").is_ok());
    assert!(parse_expression(&"7".repeat(10_000)).is_ok());
    for text in ["1e4001", "1e-999999999999999999999", &"7".repeat(10_001), "D_x^999999999999 f(x)", "f^(201)(x)"] {
        assert!(parse_expression(text).is_err(), "{text}");
    }
    let primes = "f".to_string() + &"'".repeat(201) + "(x)";
    assert!(parse_expression(&primes).is_err());
}

#[test]
fn data_files_are_bounded() {
    let deep = format!("rule deep\n  {} = 1\n", nested(10_000, ("(", "x", ")")));
    assert!(parse_entries(&deep).is_err());
    assert!(parse_entries(&"rule r\n  x = 1\n".repeat(2_000)).is_ok_and(|entries| entries.len() == 2_000));
}
