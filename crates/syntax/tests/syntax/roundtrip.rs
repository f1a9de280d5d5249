//! Printing a tree and parsing the text gives the tree again, in every style.

use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use stein_syntax::*;

const STYLES: [Style; 3] = [Style::Ascii, Style::Unicode, Style::Latex];

fn expr(kind: Kind) -> Expr {
    Expr { kind, span: Span::default() }
}

fn boxed(e: Expr) -> Box<Expr> {
    Box::new(e)
}

fn name(text: &str) -> Name {
    match text.split_once('_') {
        Some((base, subscript)) => Name { base: base.into(), subscript: Some(subscript.into()) },
        None => Name { base: text.into(), subscript: None },
    }
}

fn one_of(names: &'static [&'static str]) -> impl Strategy<Value = Name> + Clone {
    prop::sample::select(names).prop_map(name)
}

/// Names of variables, among them some that look like differentials, Greek words, laws and notation.
fn variable() -> impl Strategy<Value = Name> + Clone {
    one_of(&[
        "x", "y", "z", "a", "b", "e", "d", "i", "θ", "σ", "μ", "ε", "γ", "β", "Γ", "Ω", "π", "sk", "dk", "dtheta",
        "x1", "rate", "x_1", "x_12", "x_i", "x_n+1", "x_i,j", "σ_max", "θ_θ", "a_xθ", "A", "B", "H", "f", "g", "f_θ",
        "φ", "N_θ",
    ])
}

fn bound() -> impl Strategy<Value = Name> + Clone {
    one_of(&["x", "y", "z", "θ", "σ", "sk", "x_1", "x_12", "ε", "w"])
}

fn number() -> impl Strategy<Value = Expr> {
    let integer = (0u64..2000).prop_map(|n| BigRational::from(BigInt::from(n)));
    let decimal = (1u64..100_000, 0u32..8)
        .prop_map(|(n, places)| BigRational::new(BigInt::from(n), BigInt::from(10).pow(places)));
    prop_oneof![4 => integer, 1 => decimal].prop_map(|value| expr(Kind::Number(value)))
}

fn law(arguments: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = Law> {
    let make = |(name, arguments, stopped)| Law { stopped, ..Law::named(name, arguments, Span::default()) };
    let plain = one_of(&["p_θ", "q", "P", "P_θ", "Rademacher", "N", "p_1"]).prop_map(|name| (name, Vec::new()));
    let full = (one_of(&["N", "Logistic", "U", "Exp", "Gamma", "Own"]), prop::collection::vec(arguments, 1..3));
    (prop_oneof![plain, full], any::<bool>())
        .prop_map(move |((name, arguments), stopped)| make((name, arguments, stopped)))
}

fn density(e: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = Expr> {
    let plain = (one_of(&["p_θ", "q", "P", "P_θ"]), prop::collection::vec(e.clone(), 0..2));
    let full = (one_of(&["N", "Logistic", "Own"]), prop::collection::vec(e.clone(), 1..3));
    (prop_oneof![plain, full], e).prop_map(|((name, arguments), at)| {
        let law = Law::named(name, arguments, Span::default());
        expr(Kind::Density { law, at: boxed(at) })
    })
}

fn call(e: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = Expr> {
    let single = (
        one_of(&["f", "g_θ", "φ", "sin", "ln", "exp", "sqrt", "He_3", "He_k", "step", "gamma", "foo", "Foo", "erf"]),
        prop_oneof![3 => Just(0u32), 1 => 1u32..6],
        e.clone(),
    );
    let single = single.prop_map(|(function, order, argument)| (function, vec![order], vec![argument]));
    let several = (
        one_of(&["f", "h", "ψ_1", "max", "beta", "foo", "a", "Foo", "He"]),
        prop::collection::vec((prop_oneof![3 => Just(0u32), 1 => 1u32..3], e), 2..4),
    );
    let several = several.prop_map(|(function, parts)| {
        let (orders, arguments) = parts.into_iter().unzip();
        (function, orders, arguments)
    });
    prop_oneof![4 => single, 1 => several]
        .prop_map(|(function, orders, arguments)| expr(Kind::Call { function, orders, arguments }))
}

fn binders(e: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = Vec<Binder>> {
    let binder = (prop::collection::vec(bound(), 1..3), law(e)).prop_map(|(variables, law)| Binder { variables, law });
    prop::collection::vec(binder, 1..3)
}

fn relation() -> impl Strategy<Value = Relation> {
    use Relation::*;
    prop::sample::select(&[Less, LessEqual, Greater, GreaterEqual, Equal, NotEqual][..])
}

fn arithmetic(e: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = Expr> {
    let operator = prop::sample::select(&[Binary::Add, Binary::Sub, Binary::Mul, Binary::Div, Binary::Pow][..]);
    prop_oneof![
        6 => (operator, e.clone(), e.clone()).prop_map(|(op, a, b)| expr(Kind::Binary(op, boxed(a), boxed(b)))),
        1 => e.prop_map(|a| expr(Kind::Neg(boxed(a)))),
    ]
}

fn difference(e: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = Expr> {
    let single = (one_of(&["f", "ln", "sin"]), 0u32..5, e).prop_map(|(function, order, argument)| {
        expr(Kind::Call { function, orders: vec![order], arguments: vec![argument] })
    });
    (single, 1..3).prop_map(|(call, times)| (0..times).fold(call, |e, _| expr(Kind::Difference(boxed(e)))))
}

fn notation(e: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = Expr> {
    let derivative = (prop::option::of(bound()), 1u32..5, e.clone());
    let limits = prop::option::of((e.clone(), e.clone()).prop_map(|(a, b)| (boxed(a), boxed(b))));
    prop_oneof![
        derivative.prop_map(|(variable, order, body)| expr(Kind::Derivative { variable, order, body: boxed(body) })),
        (binders(e.clone()), e.clone())
            .prop_map(|(binders, body)| expr(Kind::Expectation { binders, body: boxed(body) })),
        (binders(e.clone()), e.clone()).prop_map(|(binders, body)| expr(Kind::Variance { binders, body: boxed(body) })),
        (binders(e.clone()), e.clone(), e.clone())
            .prop_map(|(binders, a, b)| { expr(Kind::Covariance { binders, left: boxed(a), right: boxed(b) }) }),
        (law(e.clone()), law(e.clone())).prop_map(|(a, b)| expr(Kind::Divergence(a, b))),
        law(e.clone()).prop_map(|a| expr(Kind::Entropy(a))),
        (prop::option::of(e.clone()), e.clone()).prop_map(|(subscript, body)| {
            expr(Kind::Smoothing { subscript: subscript.map(boxed), body: boxed(body) })
        }),
        (limits, bound(), e.clone())
            .prop_map(|(limits, variable, body)| { expr(Kind::Integral { limits, variable, body: boxed(body) }) }),
        e.clone().prop_map(|a| expr(Kind::StopGrad(boxed(a)))),
        e.clone().prop_map(|a| expr(Kind::Abs(boxed(a)))),
        (relation(), e.clone(), e.clone()).prop_map(|(r, a, b)| expr(Kind::Indicator(r, boxed(a), boxed(b)))),
        difference(e),
    ]
}

/// Every shape of an expression that a text can have.
fn any_expr() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        6 => variable().prop_map(|name| expr(Kind::Name(name))),
        3 => number(),
        1 => (one_of(&["f", "g_θ"]), 1u32..4).prop_map(|(function, order)| {
            expr(Kind::Call { function, orders: vec![order], arguments: Vec::new() })
        }),
        1 => Just(expr(Kind::Infinity)),
    ];
    leaf.prop_recursive(
        5,
        40,
        3,
        |e| prop_oneof![5 => arithmetic(e.clone()), 2 => call(e.clone()), 1 => density(e.clone()), 3 => notation(e)],
    )
}

fn any_operator() -> impl Strategy<Value = Expr> {
    let scale = one_of(&["a", "b", "σ", "x_1"]).prop_map(|name| expr(Kind::Name(name)));
    let leaf = prop_oneof![
        3 => prop_oneof![Just(None), Just(Some(Name::new("a", None)))].prop_map(|by| expr(Kind::OperatorD(by))),
        3 => prop::option::of(scale.clone()).prop_map(|scale| expr(Kind::OperatorS(scale.map(boxed)))),
        2 => one_of(&["y", "x", "θ"]).prop_map(|name| expr(Kind::OperatorM(name))),
        2 => scale,
        1 => (0u64..5).prop_map(|n| expr(Kind::Number(BigRational::from(BigInt::from(n))))),
    ];
    leaf.prop_recursive(4, 20, 2, |e| {
        let operator = prop::sample::select(&[Binary::Add, Binary::Sub, Binary::Mul, Binary::Div][..]);
        prop_oneof![
            5 => (operator, e.clone(), e.clone()).prop_map(|(op, a, b)| expr(Kind::Binary(op, boxed(a), boxed(b)))),
            1 => (e.clone(), number()).prop_map(|(a, n)| expr(Kind::Binary(Binary::Pow, boxed(a), boxed(n)))),
            1 => e.clone().prop_map(|a| expr(Kind::Neg(boxed(a)))),
            1 => (e.clone(), e).prop_map(|(a, b)| expr(Kind::Commutator(boxed(a), boxed(b)))),
        ]
    })
}

fn assumption() -> impl Strategy<Value = Assumption> {
    let class = prop::sample::select(&["measurable", "jump", "lipschitz", "smooth"][..]);
    prop_oneof![
        (relation(), any_expr(), any_expr()).prop_map(|(r, a, b)| Assumption::Compare(r, a, b)),
        (one_of(&["f", "g", "h_1"]), class).prop_map(|(function, class)| {
            Assumption::Class { function, class: class.to_string(), span: Span::default() }
        }),
    ]
}

fn definition() -> impl Strategy<Value = Definition> {
    let function =
        (one_of(&["f", "g", "h", "own", "a"]), prop::collection::vec(one_of(&["x", "y", "t"]), 1..3), any_expr());
    let constant = (one_of(&["r", "λ", "c_1"]), any_expr()).prop_map(|(name, body)| (name, Vec::new(), body));
    prop_oneof![function, constant].prop_map(|(name, parameters, body)| Definition {
        name,
        parameters,
        before_bar: None,
        body,
        span: Span::default(),
    })
}

fn same_statement(statement: &Statement) {
    for style in STYLES {
        let text = print_statement(statement, style);
        match parse_statement(&text) {
            Ok(parsed) => assert!(&parsed == statement, "{style:?}: {text}"),
            Err(error) => panic!("{style:?}: {text}\n{error} {:?}", error.span),
        }
    }
}

/// The same cases in every run: fresh ones belong to fuzzing.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(20_171_008),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(3000))]

    #[test]
    fn expressions(e in any_expr()) {
        for style in STYLES {
            let text = print(&e, style);
            match parse_expression(&text) {
                Ok(parsed) => prop_assert!(parsed == e, "{:?}: {}", style, text),
                Err(error) => prop_assert!(false, "{:?}: {}\n{} {:?}", style, text, error, error.span),
            }
        }
    }
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn statements(
        members in prop::collection::vec(any_expr(), 1..4),
        given in prop::collection::vec(assumption(), 0..3),
        definitions in prop::collection::vec(definition(), 0..3),
    ) {
        same_statement(&Statement { members, given, definitions, ..Statement::default() });
    }

    #[test]
    fn operator_equations(left in any_operator(), right in any_operator()) {
        // A trailing D has nothing to act on, so that the equation cannot be one between functions.
        let left = expr(Kind::Binary(Binary::Mul, boxed(left), boxed(expr(Kind::OperatorD(None)))));
        same_statement(&Statement { members: vec![left, right], operators: true, ..Statement::default() });
    }

    /// Any text gives a tree or an error with a place inside the text.
    #[test]
    fn no_text_panics(text in "[-+*/^_(){}|\\[\\]\\\\=<>~,:'. 01xfDESMNHdθσ∫∇∂Δ²‖]{0,40}") {
        if let Err(error) = parse_command(&text) {
            prop_assert!(error.span.start <= error.span.end && error.span.end <= text.len(), "{:?}", error);
            prop_assert!(text.get(error.span.start..error.span.end).is_some(), "{:?}", error);
        }
        let _ = (parse_entries(&text), hints(&text, &Macros::default()), parse_definition(&text), parse_assumptions(&text));
    }

    /// What parses, prints and parses again.
    #[test]
    fn texts(text in "([-+*/^(){}|=,' ]|f\\(|x|θ|σ|D |S |S_|D_θ|E_\\{x~p_θ\\}\\[|\\]|\\\\frac\\{|ln |∫ |dx|M_y|2|_1|\\}\\{){0,12}") {
        if let Ok(statement) = parse_statement(&text) {
            same_statement(&statement);
        }
    }
}

/// Found by fuzzing: what was printed was read as something else, or not at all.
#[test]
fn texts_that_once_changed() {
    for text in
        ["E_{x ~ p_θ}[f(x) D_θ^2 ln p_where θ(x)] = 0", "p_where f(x) = x f(x)", "(∫ 1 dx) θ D_θ[M_y] = D_θ[M_y]"]
    {
        let statement = parse_statement(text).unwrap_or_else(|error| panic!("{}: {text}", error.message));
        same_statement(&statement);
    }
}
