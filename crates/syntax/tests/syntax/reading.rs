//! The reading rules: how a text that could be read in several ways is read.

use stein_syntax::*;

fn parsed(text: &str) -> Statement {
    parse_statement(text).unwrap_or_else(|error| panic!("{text}\n{error} {:?}", error.span))
}

/// Both texts are one tree; the second says with brackets and signs what the first means.
fn reads(text: &str, explicit: &str) {
    assert_eq!(parsed(text), parsed(explicit), "{text} and {explicit}");
}

fn kind(text: &str) -> Kind {
    parse_expression(text).unwrap_or_else(|error| panic!("{text}\n{error} {:?}", error.span)).kind
}

fn name(base: &str, subscript: Option<&str>) -> Name {
    Name { base: base.into(), subscript: subscript.map(Into::into) }
}

#[test]
fn products_and_quotients_bind_alike() {
    reads("x/σ f_θ", "(x/σ)*f_θ");
    reads("a/b/c", "(a/b)/c");
    reads("1/2 x^2", "(1/2)*(x^2)");
    reads("a/b*c", "(a/b)*c");
    reads("x/s (a + b) y", "((x/s)*(a + b))*y");
    reads("1/2 E_{x ~ p}[x]", "(1/2)*E_{x ~ p}[x]");
    reads("1/(2s) E_{x ~ p}[x]", "(1/(2*s))*E_{x ~ p}[x]");
    reads("s exp(r + v z)", "s*exp(r + v*z)");
    reads("2 θ x f'(θ^2 x)", "((2*θ)*x)*f'((θ^2)*x)");
    reads("(4 z^2 - 2) f(t + s z)", "(((4*(z^2)) - 2))*f(t + (s*z))");
}

#[test]
fn signs_bind_weaker_than_products() {
    reads("-x^2", "-(x^2)");
    reads("-a b", "-(a*b)");
    reads("-1/λ E_{x ~ p}[x]", "-((1/λ)*E_{x ~ p}[x])");
    reads("a - -b", "a - (-b)");
    reads("a * -b c", "(a*(-b))*c");
    reads("+a", "a");
}

#[test]
fn bars_in_arguments_are_absolute_values_or_separate_them() {
    reads("f(a |z|)", "f(a*abs(z))");
    reads("|z|/2 f(a + s |z|)", "(abs(z)/2)*f(a + s*abs(z))");
    reads("f(|a| |b|, c |d|)", "f(abs(a)*abs(b), c*abs(d))");
    reads("N(y | 0, s |a|)", "N(y | 0, s*abs(a))");
    reads("p_θ(2 |y|)", "p_θ(2*abs(y))");
}

/// `∫ f(x) dP(x)` is a mean, in each spelling; what only looks like it is what it was.
#[test]
fn integrals_against_laws() {
    for text in [
        r"\int f(x)\, dP(x)",
        r"\int f(x) \, P(dx)",
        r"\int dP(x) f(x)",
        r"\int_{\mathcal{X}} f(x) \mathrm{d}P(x)",
        r"\int_{\mathbb{R}} f(x) d P(x)",
        "∫ f(x) dP(x)",
        "∫ P(dx) f(x)",
        "∫_x dP(x) f(x)",
    ] {
        reads(text, "E_{x ~ P}[f(x)]");
    }
    reads(r"\int dP(x) f(x) (1 + x) - y", "E_{x ~ P}[f(x)*(1 + x)] - y");
    reads(r"\int f(y)\, dP_\theta(y|x)", "E_{y ~ P_θ(·|x)}[f(y)]");
    reads(r"\int\int f(x, y)\, P(dy|x)\, \rho(dx)", "E_{x ~ ρ}[E_{y ~ P(·|x)}[f(x, y)]]");
    reads(r"\int dP(x) \int dy q(y) f(x, y)", "E_{x ~ P}[int(q(y)*f(x, y), y)]");
    reads(r"\int dP(x)", "E_{x ~ P}[1]");
    reads(r"\int f(x) \frac{dP}{dQ}(x)\, dQ(x)", "E_{x ~ Q}[f(x)*(P(x)/Q(x))]");
    reads("∫ θ dθ (x)", "int(θ, θ)*x");
    reads(r"\int\int f(x, y) \, dP(x) \, dQ(y)", "E_{y ~ Q}[E_{x ~ P}[f(x, y)]]");
    reads(r"\int f(d x) dx", r"\int f(d \cdot x)\, dx");
    // A mean stands where the integral did.
    let text = r"2 + \int f(x)\, dP(x)";
    let Kind::Binary(_, _, mean) = kind(text) else { panic!("{text} is a sum") };
    assert_eq!(&text[mean.span.start..mean.span.end], r"\int f(x)\, dP(x)");
    // A bar without a draw makes no law of what else has the letter; a draw does.
    let first = |text: &str| parsed(text).members.remove(0).kind;
    assert!(matches!(first("u_θ(x) = u_t(x|z) where u_t(x|z) = x - z"), Kind::Call { .. }));
    assert!(matches!(first("π_θ(a) = E_{a ~ π_{θ_k}}[π_θ(a)]"), Kind::Density { .. }));
}

/// What is said of a length stands for it, with its index.
#[test]
fn lengths_are_what_where_says() {
    let same = |left: &str, right: &str| {
        let printed = |text: &str| print_statement(&parsed(text), Style::Ascii);
        assert_eq!(printed(left), printed(right), "{left}");
    };
    let sum = r"\sum_{t=1}^{|o_i|} a_t";
    same(&format!(r"|o_j| {sum} = 0 where |o_{{i}}| = n_i, z = 1"), r"n_j \sum_{t=1}^{n_i} a_t = 0 where z = 1");
    same(&format!(r"{sum} = |x|/y where y = 2, |o_i| = a + b"), r"\sum_{t=1}^{(a + b)} a_t = |x|/y where y = 2");
    // A number below is itself.
    let first = r"\sum_{t=1}^{|o_1|} a_t";
    same(&format!(r"|o_2| {first} = 0 where |o_1| = 3"), r"|o_2| \sum_{t=1}^{3} a_t = 0");
    // Where no sum ends there, it is an absolute value, which is not defined.
    for text in ["2 |o| = |y| where |o| = y", "E_{y ~ N(0,1)}[2^{|y|}] = 1 where |y| = 0", "2^|y| = 1 where |y| = 0"] {
        assert!(parse_statement(text).is_err(), "{text}");
    }
}

/// The parameter of a function that bears its name, and letters below a gradient that no power has.
#[test]
fn letters_with_letters_above() {
    let text = r"\nabla_{\theta^\mu} \mu(s | \theta^\mu)";
    reads(text, r"\nabla_{\theta^\mu} \mu(s, \theta^\mu)");
    for style in [Style::Ascii, Style::Unicode, Style::Latex] {
        reads(&print_statement(&parsed(text), style), text);
    }
    reads("f(θ^2)", "f(θ^2)");
}

#[test]
fn powers() {
    reads("2^-1", "2^(-1)");
    reads("2^ln x", "2^(ln(x))");
    reads(r"e^{x^2}", "exp(x^2)");
}

/// What is hardly meant, or cannot be told, is refused under the code that says so.
#[test]
fn what_cannot_be_told_is_refused() {
    for (text, code) in [
        ("E_{p(x)}[f(x)] = E_{p(z)}[f(z)]", Code::Ambiguous),
        ("E_{x ~ p(θ)}[f(x)] = 0", Code::Ambiguous),
        ("E_{x ~ q(z|x)}[f(x)] = 0", Code::Ambiguous),
        ("E_{x ~ p}[xy] = 0", Code::Ambiguous),
        (r"\nabla \log p_t(x) = 0", Code::Ambiguous),
        (r"\int_0^1 f(x) dP(x) = 0", Code::Unsupported),
        (r"\int_A f(x) P(dx) = 0", Code::Unsupported),
        (r"\int f(x, y) \, dP(x, y) = 0", Code::Unsupported),
        (r"\int f(x, y) \, dP(x) \, dQ(y) = 0", Code::Unsupported),
        (r"\int f(x) \, dP(x) + \int f(x, y) \, dP(x) \, dQ(y) = 0", Code::Unsupported),
        (r"\int f(x) \, dP = E_{x \sim P}[f(x)]", Code::Unsupported),
        (r"\int x \, df(x) = 0", Code::Ambiguous),
        (r"\int x \, dF(x) = 0 where F(x) = 1 - e^{-x}", Code::Ambiguous),
        (r"\frac{d^n}{dx^n} f(x) = 0", Code::Unsupported),
        ("‖x‖_1 = 0", Code::Unsupported),
        ("x = 0 given x ∈ {0, 1}", Code::Unsupported),
        (r"A = 0 given A ∈ \mathbb{R}^{m \times n \times k}", Code::Unsupported),
        ("‖x = 0", Code::Bracket),
        ("E_{x ~ p}[const] = 0", Code::Operator),
        ("ln p(x) = 2 const", Code::Operator),
        ("f(x) + const", Code::Command),
        ("x = 2 x ∝ y + const", Code::Ambiguous),
        ("A ∝_2 B", Code::Operator),
        ("ln(A ∝ B) = 0", Code::Unsupported),
        ("p(x) = q(x) where q(x) ∝ exp(-x^2)", Code::Unsupported),
        ("x ≤ y", Code::Unsupported),
        ("J := 2", Code::Definition),
        ("E_θ(x) = 0", Code::Operator),
    ] {
        assert_eq!(parse_statement(text).expect_err(text).code, code, "{text}");
    }
    // What is said to be one law, or two points of one kind, is read.
    for text in ["p(x) = p(z) given x, z ~ p", "p(x) = p(x')", "E_{x ~ p}[f(x)] = ∫ p(y) f(y) dy"] {
        parsed(text);
    }
}

/// Behind `~` stands a law, whatever its letter means elsewhere.
#[test]
fn what_is_drawn_from_is_a_law() {
    let drawn = parsed(r"\nabla_θ \mathbb{E}_{x \sim D, y \sim S}[f_θ(x, y)] = 0");
    assert_eq!(drawn, parsed("D_θ[E_{x ~ D, y ~ S}[f_θ(x, y)]] = 0"));
    for style in [Style::Unicode, Style::Ascii, Style::Latex] {
        assert_eq!(parsed(&print_statement(&drawn, style)), drawn);
    }
}

/// A constant that is left open is one wherever it stands in its side, under any of its names.
#[test]
fn constants_that_are_left_open_have_one_reading() {
    let meant = parsed("ln p(x) = -x^2/2 + const");
    assert_eq!(meant.up_to.len(), 1);
    for text in [
        "ln p(x) = const - x^2/2",
        "ln p(x) = -x^2/2 - const",
        "ln p(x) + constant = -x^2/2",
        "ln p(x) = -x^2/2 + C",
        r"\log p(x) = -\frac{x^2}{2} + \text{const}.",
        r"\log p(x) = -\frac{x^2}{2} + const",
        r"\log p(x) = \mathrm{const} - \frac{x^2}{2}",
    ] {
        assert_eq!(parsed(text), meant, "{text}");
    }
    // A letter that stands elsewhere, too, or within a bracket, is a number.
    for text in ["f(x) = g(x) + C given C > 0", "D_x[f(x)] = D_x[f(x) + C]", "C = f(x) + C"] {
        assert!(parsed(text).up_to.is_empty(), "{text}");
    }
    let proportional = parsed("p(x) ∝ exp(-x^2/2)");
    assert_eq!(proportional, parsed(r"p(x) \propto \exp(-x^2/2)"));
    assert_eq!(proportional, parsed("p(x) propto exp(-x^2/2)"));
    assert_ne!(proportional, parsed("p(x) ∝_x exp(-x^2/2)"));
    assert_ne!(proportional, parsed("p(x) = exp(-x^2/2)"));
}

/// The letters that a constant is free of are those that the statement tells; where it does not, that is an error.
#[test]
fn what_is_equal_up_to_a_constant_is_compared_in_the_letters_that_are_meant() {
    let letters = |text: &str| {
        let equations = equations(&parsed(text), &[], &[]).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        equations[0]
            .1
            .decisions
            .said
            .last()
            .map(|hint| hint.message.rsplit("free of ").next().unwrap_or("").to_string())
    };
    for (text, compared) in [
        ("p(x|y) ∝ p(y|x) p(x)", "x"),
        ("N(x | m, v) ∝ exp(-(x - m)^2/(2 v))", "x"),
        ("ln p_θ(x) = -f_θ(x) + const", "x"),
        ("KL(p ‖ q_θ) = -E_{x ~ p}[ln q_θ(x)] + const", "θ"),
        ("L(u) = f(u) a + const", "u"),
        ("p(x, y) ∝_y p(y|x)", "y"),
    ] {
        assert_eq!(letters(text).as_deref(), Some(compared), "{text}");
    }
    for text in ["x y ∝ x + y", "f_θ(φ) = g_θ(φ) + const", "2 ∝ 3"] {
        assert_eq!(equations(&parsed(text), &[], &[]).expect_err(text).code, Code::Ambiguous, "{text}");
    }
    // What is supposed of a letter is supposed of its other value.
    let both = equations(&parsed("p(x) ∝ g(x) given 0 < x, x ∈ R"), &[], &[]).expect("two equations");
    assert_eq!(both.iter().map(|(role, _)| *role).collect::<Vec<_>>(), [Role::Factor, Role::Signs]);
    assert_eq!(both[0].1.given.len(), 4);
    // Its name is written nowhere, and no hypothesis says what either is.
    let other =
        |text: &str| print_statement(&equations(&parsed(text), &[], &[]).expect("two equations")[0].1, Style::Unicode);
    assert!(other("f(x) ∝_x g(x) given x' > 0").contains("x''"));
    for tied in
        ["x^2 ∝_x x given x' = x", "x ∝_x y^2 given y = x", "x^2 ∝_x x given x + y = 1", "f(x) ∝_x x given f(x) = x^2"]
    {
        assert_eq!(equations(&parsed(tied), &[], &[]).expect_err(tied).code, Code::Ambiguous, "{tied}");
    }
}

#[test]
fn letters_of_a_whole_statement_are_remarked() {
    let remarked = |text: &str| remarks(&parsed(text), &[]).len();
    // The distribution function of the Gaussian is one where it is declared.
    assert_eq!(remarked("D_x[Φ(x)] = φ(x)"), 1);
    assert_eq!(remarked("D_x[Φ(x)] = φ(x) given Φ : smooth"), 0);
    assert_eq!(remarked("D_x[Φ(x)] = N(x | 0, 1) where Φ(u) = E_{z ~ N(0,1)}[1{z < u}]"), 0);
    assert_eq!(remarked("E_{x ~ p}[f(x)] = x"), 1);
    assert_eq!(remarked("f(x) = 0 given q > 0"), 1);
    assert_eq!(remarked("f(x) = 0 given g : jump"), 1);
    assert_eq!(remarked("grad f(x) = 0"), 1);
    assert_eq!(remarked("E_{x ~ N(μ, σ²)}[f(x)] = 0 given σ > 0"), 0);
    assert_eq!(remarked("E_p[x] = E[x] given x ~ p"), 0);
    // Authors write both readings so.
    assert_eq!(remarked(r"E_{x \sim p}[\log p(x)/q(x)] = c"), 1);
    assert_eq!(remarked(r"E_{x \sim p}[\log(p(x)/q(x))] = c"), 0);
    assert_eq!(remarked(r"E_{x \sim p}[\frac{\log p(x)}{q(x)}] = c"), 0);
    assert_eq!(remarked("E_{x ~ p}[(ln p(x))/q(x)] = c"), 0);
}

/// Where two readings are equally likely, the error shows both, and each of them is read.
#[test]
fn two_readings_are_one_error() {
    for (text, readings) in [
        ("x/2σ", ["(x/2) σ", "x/(2 σ)"]),
        ("k/f^2 s", ["(k/f²) s", "k/(f² s)"]),
        ("x/(2s) z", ["(x/(2 s)) z", "x/(2 s z)"]),
        ("1/σ^2 x^2", ["(1/σ²) x²", "1/(σ² x²)"]),
        ("a b/c d", ["(a b/c) d", "a b/(c d)"]),
        ("a^b^c", ["a^(b^c)", "(a^b)^c"]),
        ("e^x^2", ["(e)^(x²)", "((e)^x)²"]),
        (r"x/2\sigma", ["(x/2) σ", "x/(2 σ)"]),
    ] {
        let error = parse_statement(text).expect_err(text);
        assert_eq!(error.code, Code::Ambiguous, "{text}");
        let help = error.help.unwrap_or_default();
        for reading in readings {
            assert!(help.contains(reading), "{text}: {help}");
            parsed(reading);
        }
    }
}

#[test]
fn a_prefix_takes_the_next_factor_with_its_power() {
    reads("D ln N_θ f", "(D[ln(N_θ)])*f");
    reads("D_θ ln p_θ(x)^2", "D_θ[ln((p_θ(x))^2)]");
    reads("D_θ^2 ln p_θ(x)", "D_θ^2[ln(p_θ(x))]");
    reads("sin x y", "(sin(x))*y");
    reads("ln ln x", "ln(ln(x))");
    reads("S f_θ x", "(S[f_θ])*x");
    reads("D_x |x| y", "D_x[|x|]*y");
    reads("E_{x ~ p} x^2 y", "E_{x ~ p}[x^2*y]");
    reads("E_{x ~ p} x^2 y + z", "E_{x ~ p}[x^2*y] + z");
    reads("-(1/σ) D_x ln Logistic(x | 0,1) f(θ + σ x)", "-(((1/σ)*D_x[ln(Logistic(x | 0,1))])*f(θ + σ x))");
}

#[test]
fn a_bracket_closes_the_form() {
    reads("ln(u)^2", "(ln(u))^2");
    reads("ln (u)^2", "(ln(u))^2");
    reads("f(u)^2", "(f(u))^2");
    reads("E_{x ~ p}[g]^2", "(E_{x ~ p}[g])^2");
    reads("D_θ[e]^2", "(D_θ[e])^2");
    reads("D_θ (e) x", "(D_θ[e])*x");
    reads("S [f] x", "(S[f])*x");
    reads("sin^2 x", "(sin(x))^2");
    reads("sin^2(x) y", "((sin(x))^2)*y");
}

#[test]
fn letters_before_a_parenthesis() {
    for letter in ["f", "g", "h", "φ", "ψ", "u", "v"] {
        assert!(matches!(kind(&format!("{letter} (x)")), Kind::Call { .. }), "{letter}");
    }
    for letter in ["a", "x", "θ", "s", "A"] {
        reads(&format!("{letter} (x + 1)"), &format!("{letter}*(x + 1)"));
    }
    // A Greek letter is a factor; a Latin one is a function, unless it stands alone somewhere, or a space makes a product.
    reads("θ(x + 1)", "θ*(x + 1)");
    reads("a(x + 1) + a", "a*(x + 1) + a");
    for letter in ["a", "s", "A", "R"] {
        assert!(matches!(kind(&format!("{letter}(y + 1)")), Kind::Call { .. }), "{letter}");
    }
    assert!(matches!(kind("foo(x)"), Kind::Call { .. }));
    assert!(matches!(kind("Foo(1)"), Kind::Call { .. }));
    assert!(matches!(kind("a(x, y)"), Kind::Call { .. }));
    reads("sx (x)", "sx*(x)");
    assert!(matches!(kind("N(y | θ, 1)"), Kind::Density { .. }));
    assert!(matches!(kind("Own(y | 2)"), Kind::Density { .. }));
    assert!(matches!(kind("p_θ(y)"), Kind::Density { .. }));
    assert!(matches!(kind("P(y)"), Kind::Density { .. }));
    assert!(matches!(kind("N_θ(y)"), Kind::Call { .. }));
}

#[test]
fn declarations_decide_before_the_letter_does() {
    reads("s(x) where s(t) = t^2", "s (x) where s(t) = t^2");
    let statement = parsed("s(x) where s(t) = t^2");
    assert!(matches!(statement.members[0].kind, Kind::Call { .. }));
    reads("E_{u ~ U(0,1)}[u (1 - u)]", "E_{u ~ U(0,1)}[u*(1 - u)]");
    reads("D_v[v (1 - v)]", "D_v[v*(1 - v)]");
    reads("f(x) where f(u) = u (1 - u)", "f(x) where f(u) = u*(1 - u)");
    // Outside of that definition, u is a function.
    assert!(matches!(parsed("u(x) where f(u) = u (1 - u)").members[0].kind, Kind::Call { .. }));
    // A probability p that stands alone is a number, so that this is a product.
    reads("E_{x ~ Bernoulli(p)}[f(x)] = p (f(1) - f(0)) + f(0)", "E_{x ~ Bernoulli(p)}[f(x)] = p*(f(1) - f(0)) + f(0)");
    assert!(matches!(parsed("E_{x ~ p}[p(x)]").members[0].kind, Kind::Expectation { ref body, .. }
        if matches!(body.kind, Kind::Density { .. })));
}

#[test]
fn greek_letters_are_single_symbols() {
    reads("σx", "σ*x");
    reads("xσ", "x*σ");
    assert_eq!(kind("sx"), Kind::Name(name("sx", None)));
    assert_eq!(kind("theta"), Kind::Name(name("θ", None)));
    reads("γ x + β", "gamma*x + beta");
    assert!(matches!(kind("β(a, b)"), Kind::Call { function, .. } if function == name("beta", None)));
}

#[test]
fn latin_runs_are_products_in_latex_only() {
    reads(r"Df_\theta + Sf_{\theta}", "D f_θ + S f_θ");
    reads(r"xy \,", "x*y");
    reads(r"x_{ij} + x_ij \,", "x_{ij} + x_i*j");
    reads(r"exp(x) + \theta", "exp(x) + θ");
    assert_eq!(kind("xy"), Kind::Name(name("xy", None)));
    assert_eq!(kind("Sf_θ"), Kind::Name(name("Sf", Some("θ"))));
}

#[test]
fn names_and_their_subscripts() {
    assert_eq!(kind("x_1"), Kind::Name(name("x", Some("1"))));
    assert_eq!(kind("x_{12}"), Kind::Name(name("x", Some("12"))));
    assert_eq!(kind("x_{n+1}"), Kind::Name(name("x", Some("n+1"))));
    assert_eq!(kind("f_θ"), Kind::Name(name("f", Some("θ"))));
    assert!(matches!(kind("He_3(z)"), Kind::Call { function, .. } if function == name("He", Some("3"))));
    assert!(matches!(kind("He_k(x)"), Kind::Call { function, .. } if function == name("He", Some("k"))));
}

#[test]
fn derivatives_of_named_functions() {
    let orders = |text: &str| match kind(text) {
        Kind::Call { orders, .. } => orders,
        other => panic!("{other:?}"),
    };
    assert_eq!(orders("f''(u)"), [2]);
    assert_eq!(orders("f^(12)(u)"), [12]);
    assert_eq!(orders("f_θ'(u)"), [1]);
    assert_eq!(orders("∂_2 f(u, v)"), [0, 1]);
    assert_eq!(orders("∂_1^2 f(u, v)"), [2, 0]);
    assert_eq!(orders("∂_1 ∂_2 f(u, v)"), [1, 1]);
    assert_eq!(orders("f'"), [1]);
}

#[test]
fn bars() {
    reads("||u| - |v||", "abs(abs(u) - abs(v))");
    reads("x |y| z", "x*abs(y)*z");
    reads("|x||y|", "abs(x)*abs(y)");
    reads("N(|y| | θ, 1)", "N(abs(y) | θ, 1)");
    reads("N(y | |θ|, 1)", "N(y | abs(θ), 1)");
    reads("f(|x|, |y|)", "f(abs(x), abs(y))");
    reads("D_x |x| + E_{x ~ p}[|x|]", "D_x[abs(x)] + E_{x ~ p}[abs(x)]");
    reads("KL(p_θ || N(0,1)) + |x|", "KL(p_θ ‖ N(0,1)) + abs(x)");
}

#[test]
fn integrals_extend_to_their_differential() {
    reads("∫ f(x) + g(x) dx + 1", "int(f(x) + g(x), x) + 1");
    reads("∫ f(y) dy/σ", "int(f(y)/σ, y)");
    reads(r"\int f(y) \frac{dy}{\sigma}", "int(f(y)/σ, y)");
    reads(r"\int f(y) + 1 \frac{dy}{2 \sigma} x", "int((f(y) + 1)/(2 σ), y) x");
}

#[test]
fn nested_integrals_close_inside_out() {
    reads("∫ ∫_0^y f(x, y) dx dy", "int(int(f(x, y), x, 0, y), y)");
    reads("∫ dy/σ", "int(1/σ, y)");
    reads("x ∫ t dt y", "x*int(t, t)*y");
}

#[test]
fn chains_and_clauses() {
    let statement = parsed("f(x) = g(x) = 0 given 0 < a < 1, f : jump where g(u) = u, r = 2 # a remark");
    assert_eq!(statement.members.len(), 3);
    assert_eq!(statement.given.len(), 3);
    assert_eq!(statement.definitions.len(), 2);
    reads("f(x) = 0 where f(u) = u given a > 0", "f(x) = 0 given a > 0 where f(u) = u");
    reads("1{0 < u < 1}", "1{0 < u} 1{u < 1}");
}

#[test]
fn operators_are_read_where_nothing_is_acted_on() {
    for text in [
        "D S = S D",
        "[D, S] = 0",
        "[D, M_y] = 1",
        "S_a S_b = S_{sqrt(a²+b²)}",
        "S_a M_y = (M_y + a² D) S_a",
        "D^2 S = S D^2",
    ] {
        assert!(parsed(text).operators, "{text}");
    }
    for text in ["D S f = S D f", "D[S f_θ] = S[D f_θ]", "S_θ[f] = S f_θ", "D x = 1", "S_θ f"] {
        assert!(!parsed(text).operators, "{text}");
    }
    let Kind::Binary(Binary::Mul, _, m) = &parsed("S_a M_y = M_y S_a").members[0].kind else { panic!() };
    assert_eq!(m.kind, Kind::OperatorM(name("y", None)));
}

#[test]
fn numbers_are_exact() {
    reads("0.5", "0.50");
    reads("1e-3", "0.001");
    reads("1.5e2", "150");
    assert!(matches!(kind("0.1"), Kind::Number(n) if n == num_rational::BigRational::new(1.into(), 10.into())));
}

#[test]
fn commands() {
    use Command::*;
    let command = |text: &str| parse_command(text).unwrap_or_else(|error| panic!("{text}\n{error}"));
    assert!(matches!(command("prove f(x) = 1"), Prove(_)));
    assert!(matches!(command("f(x) = 1"), Prove(_)));
    assert!(matches!(command("  check f(x) = 1  # why"), Check(_)));
    assert!(matches!(command("derive D_θ[E_{x ~ p_θ}[f(x)]]"), Derive(_)));
    assert!(matches!(command("E_{x ~ p}[x]"), Derive(_)));
    assert!(matches!(command("let f(u) = u^2"), Let(Definition { parameters, .. }) if parameters.len() == 1));
    assert!(matches!(command("let s = 2"), Let(Definition { parameters, .. }) if parameters.is_empty()));
    assert!(matches!(command("assume σ > 0, f : lipschitz"), Assume(list) if list.len() == 2));
    // What earlier lines define counts.
    let earlier = [parse_definition("s(t) = t^2").unwrap()];
    let Ok(Derive(statement)) = parse_command_with("s (x)", &Context { definitions: &earlier, ..Context::default() })
    else {
        panic!()
    };
    assert!(matches!(statement.members[0].kind, Kind::Call { .. }));
    let smooth = parse_assumptions("w : smooth").unwrap();
    let Ok(Derive(statement)) = parse_command_with("w (x)", &Context { assumptions: &smooth, ..Context::default() })
    else {
        panic!()
    };
    assert!(matches!(statement.members[0].kind, Kind::Call { .. }));
    let statement = parse_statement("w(x) = w(-x) given s > 0, w : smooth").unwrap();
    assert!(matches!(statement.members[0].kind, Kind::Call { .. }));
    // Places count from the start of the line.
    let Prove(statement) = command("prove x = y") else { panic!() };
    assert_eq!((statement.members[0].span.start, statement.members[1].span.end), (6, 11));
}

/// Beside `D` or `S`, what cannot be an equation between operators is no product of letters either: printed, it would be
/// read otherwise.
#[test]
fn multiplication_stays_an_operator() {
    assert!(parse_statement("S_a M_y^2 log density").is_err());
    assert!(parse_statement("S_a M_y^2 = 1").is_ok_and(|statement| statement.operators));
    assert!(parse_statement("D ln(M_y) = 1").is_ok_and(|statement| !statement.operators));
}

#[test]
fn places_are_those_of_the_source() {
    let text = r"\frac{\theta}{2} + \sigma x";
    let Kind::Binary(Binary::Add, left, right) = kind(text) else { panic!() };
    assert_eq!(&text[left.span.start..left.span.end], r"\frac{\theta}{2}");
    assert_eq!(&text[right.span.start..right.span.end], r"\sigma x");
}

#[test]
fn likely_misreadings_have_hints() {
    let messages =
        |text: &str| hints(text, &Macros::default()).into_iter().map(|hint| hint.message).collect::<Vec<_>>();
    assert_eq!(messages("1/2σ").len(), 1);
    assert_eq!(messages("Sf_θ").len(), 1);
    assert!(messages("x/σ f_θ").is_empty());
    assert!(messages("x/(2σ) + 2σ").is_empty());
}

#[test]
fn printed_formulas_are_read_as_meant() {
    for (printed, meant) in [
        (r"\mathbb{E}_{q_\phi(z|x)}[f(z)]", "E_{z ~ q_φ(·|x)}[f(z)]"),
        (r"\mathbb{E}_{z \sim q_\phi(z|x)}[f(z)]", "E_{z ~ q_φ(·|x)}[f(z)]"),
        (r"\underset{x \sim p_\theta}{\mathbb{E}}\left[f(x)\right].", "E_{x ~ p_θ}[f(x)]"),
        (r"\mathbb{E}_{x \sim q}[e^{f(x)}]", "E_{x ~ q}[exp(f(x))]"),
        (r"D_{KL}(p \| q) + \mathbb{H}[q]", "KL(p ‖ q) + H(q)"),
        (r"\mathbb{V}_{x \sim p}[x]", "Var_{x ~ p}[x]"),
        (r"\frac{\partial V(S)}{\partial S}", "D_S[V(S)]"),
        (r"\nabla_\theta \tfrac12 \theta^2", "D_θ[1/2*θ^2]"),
        (r"\left. f(x) + x \right|_{x=1}", "at(f(x) + x, x, 1)"),
        (r"\sum_{k=0}^{n} k^2", "sum(k^2, k, 0, n)"),
        (r"\int dx\, p(x) g(x)", "∫ p(x) g(x) dx"),
        (r"\gamma(1 - d) v", "γ*(1 - d)*v"),
        (r"(x - k)^+", "relu(x - k)"),
        (r"{a \over b}", "a/b"),
        (r"\newcommand{\ex}[1]{\mathbb{E}_{x \sim p}\left[#1\right]} \ex{f(x)}", "E_{x ~ p}[f(x)]"),
        ("x**2", "x^2"),
        (r"\cos kx", "cos(k*x)"),
        (r"\nabla_w (y - V_w(s))^2", "D_w[(y - V_w(s))^2]"),
        (r"\log\frac1K\sum_{k=1}^{K} w_k", "ln((1/K)*sum(w_k, k, 1, K))"),
        (r"\int_{\mathbb{R}} p(x) dx", "∫ p(x) dx"),
        (r"\prod_{t=1}^T a_t", "prod(a_t, t, 1, T)"),
        (r"\left[f(x)\right]_{\text{no grad}}", "stopgrad(f(x))"),
        ("at(x^2, x = 3)", "at(x^2, x, 3)"),
        (r"L^{CLIP}_\theta(x)", "L_θ^CLIP(x)"),
        ("E[f(D)] - d/dQ[Q D] given D ~ Exp(1)", "E[f(D)] - ∂/∂Q[Q*D] given D ~ Exp(1)"),
    ] {
        reads(printed, meant);
    }
    for later in [
        r"\mathbf{X} + 1",
        r"\mathbf{f}(x) = 0",
        r"\mathbf{s}_\theta(x) = 0",
        r"\sum_{t \le n} a_t",
        r"\sum_{t \in T} a",
    ] {
        assert_eq!(parse_statement(later).unwrap_err().code, Code::Unsupported, "{later}");
    }
}

/// Samples of any number and vectors, in all spellings.
#[test]
fn arrays() {
    for (printed, meant) in [
        (r"\mathbb{E}_{x_1, \dots, x_n \sim p}[x_1]", "E_{x_{1:n} ~ p}[x_1]"),
        ("E_{x_1..x_n ~ p}[x_1]", "E_{x_{1:n} ~ p}[x_1]"),
        ("E_{x_1, …, x_n ~ p}[x_1]", "E_{x_{1:n} ~ p}[x_1]"),
        (r"\sum_{j \ne i} x_j", "sum(x_j, j, i)"),
        (r"\sum_{j=1, j \neq i}^{n} x_j", "sum(x_j, j, 1, n, i)"),
        (r"\sum_j x_j", "sum(x_j, j)"),
        (r"x^\top y", "transpose(x)*y"),
        ("2||x||^2", "2*norm(x)^2"),
        ("|x||y|", "abs(x)*abs(y)"),
        (r"(x - y)^\top (x + y)", "transpose(x - y)*(x + y)"),
        (r"\nabla_x f(x)^\top y", "transpose(D_x[f(x)])*y"),
        (r"\|x\|^2", "norm(x)^2"),
        (r"\lVert x - y \rVert_2", "norm(x - y)"),
        ("||x - y||^2", "norm(x - y)^2"),
        ("2‖x‖ ‖y‖", "2*norm(x)*norm(y)"),
        ("||x| - |y||", "abs(abs(x) - abs(y))"),
        (r"\nabla \cdot g(x)", "divergence(g(x))"),
        ("f(x) = 0 given x, y ∈ R^d", r"f(x) = 0 given x, y \in \mathbb{R}^{d}"),
        ("g(x) = 0 given g : R^d -> R^m", r"g(x) = 0 given g : \mathbb{R}^d \to \mathbb{R}^m"),
        (r"\mathbf{x}^\top \boldsymbol{\mu} = 0", "transpose(x)*μ = 0 given x ∈ R^d given μ ∈ R^d"),
        (r"\mathbf{x}_t = \mathbf{0}", "x_t = 0 given x_t ∈ R^d"),
        (r"\bar{\mathbf{x}} = \mathbf{x}'", "x\u{304} = x' given x\u{304} ∈ R^d given x' ∈ R^d"),
        (r"y = 0 given \epsilon_i \overset{iid}{\sim} p", "y = 0 given ε_i ~ p"),
    ] {
        reads(printed, meant);
        // What is printed is read again.
        let statement = parsed(printed);
        for style in [Style::Ascii, Style::Unicode, Style::Latex] {
            let text = print_statement(&statement, style);
            assert_eq!(parsed(&text), statement, "{text}");
        }
    }
    // A T above a letter could be a power: the tree keeps it, and only what is known to be a vector is transposed.
    assert_ne!(parsed("x^T y"), parsed("transpose(x)*y"));
    for style in [Style::Ascii, Style::Unicode, Style::Latex] {
        assert_eq!(parsed(&print_statement(&parsed("x^T y"), style)), parsed("x^T y"));
    }
    // The bars of a norm are no divergence.
    reads("‖g(x)‖ = KL(p ‖ q)", "norm(g(x)) = KL(p ‖ q)");
}

#[test]
fn a_one_above_a_number_is_a_power() {
    reads("t^1 = t", "(t)^(1) = t");
    reads(r"\lambda^1(1-d) = \lambda(1-d)", "λ^(1)*(1-d) = λ*(1-d)");
    reads("t^1 exp(t^2) = 1", "((t)^(1))*exp((t)^(2)) = 1");
    reads("E_{x ~ N(0,1)}[x^1 + x^2] = 1", "E_{x ~ N(0,1)}[(x)^(1) + (x)^(2)] = 1");
}

#[test]
fn the_base_of_the_exponential_is_no_letter_beside_it() {
    let refused = parse_statement("e^1 = e").expect_err("two readings");
    assert_eq!(refused.code, Code::Ambiguous);
    reads("e^x = exp(x)", "exp(x) = exp(x)");
    reads("y - e = 0", "(y) - (e) = 0");
}

#[test]
fn cases_that_hold_at_once_are_refused_or_remarked() {
    let read = |cases: &str| parse_statement(&format!(r"f(x) = \begin{{cases}} {cases} \end{{cases}}"));
    for apart in [
        r"1 & x > 0 \\ 2 & x \le 0",
        r"1 & x > 0 \\ 0 & x = 0 \\ -1 & x < 0",
        r"1 & 0 < x \le 1 \\ 2 & 1 < x < 2 \\ 3 & \text{otherwise}",
        r"1 & x > a \\ 2 & a \ge x",
        r"1 & x < -1 \\ 2 & x > -\frac{1}{2}",
        r"1 & x < 1 - 2 \\ 2 & x \ge 1 - 2",
        r"1 & f(x, 1) > 0 \\ 2 & f(x, 1) < 0",
    ] {
        let statement = read(apart).unwrap_or_else(|error| panic!("{apart}: {error}"));
        assert!(statement.decisions.said.is_empty(), "{apart}: {:?}", statement.decisions.said);
    }
    for both in [
        r"1 & x > 0 \\ 2 & x \ge 0",
        r"1 & x > 0 \\ 2 & x > 1",
        r"1 & x \ge 0 \\ 2 & x \le 0",
        r"1 & 0 < x < 2 \\ 2 & 1 < x < 3",
        r"1 & x \ne 0 \\ 2 & x > 0",
        r"1 & x > a \\ 2 & a < x",
        r"1 & x > 0.1 \\ 2 & x < 0.10000000000000000000001",
        r"1 & x > 1e400 \\ 2 & x < 1e401",
        r"1 & \text{otherwise} \\ 2 & x > 0",
    ] {
        assert!(read(both).is_err(), "{both}");
    }
    for unknown in [
        r"1 & x > a \\ 2 & x < b",
        r"1 & x < 1 - 2 \\ 2 & x > 0",
        r"1 & x > 0 \\ 2 & y > 0",
        r"1 & x^2 > 1 \\ 2 & x > 0",
    ] {
        assert!(!read(unknown).expect("cases").decisions.said.is_empty(), "{unknown}");
    }
}

#[test]
fn accents_stand_above_one_letter() {
    for text in
        [r"\overline{x + y} = 1", r"\bar{xy} = 1", r"\hat{x_1 + y} = 1", r"\widehat{f(x)} = 1", r"\hat{x_{1}y} = 1"]
    {
        assert!(parse_statement(text).is_err(), "{text}");
    }
    for text in [
        r"\bar{x} = 1",
        r"\hat{x_1} = 1",
        r"\hat{x_{12}} = 1",
        r"\hat{f}_\theta(x) = 1",
        r"\widehat{\mathbb{E}}_{x \sim p}[x] = 1",
    ] {
        parsed(text);
    }
}

#[test]
fn letters_are_set_at_once() {
    assert!(parse_statement("[x + y]_{x = y, y = x} = 1").is_err());
    assert!(parse_statement("x y|_{x = y, y = 1} = 1").is_err());
    reads("[x + y]_{x = 1, y = x} = 1", "at(at(x + y, x, 1), y, x) = 1");
    reads("[[x + y]_{x = y}]_{y = 1} = 2", "at(at(x + y, x, y), y, 1) = 2");
}

#[test]
fn intervals_of_uniform_laws() {
    reads("E_{x ~ U[0,1]}[x]", "E_{x ~ U(0,1)}[x]");
    reads("E[x] = 1/2 given x ~ U[0,1]", "E[x] = 1/2 given x ~ U(0,1)");
    reads(r"\mathbb{E}_{x \sim U[-a, a], y \sim p}[x y]", r"\mathbb{E}_{x \sim U(-a, a), y \sim p}[x y]");
}

#[test]
fn spaces_mean_nothing_in_latex() {
    reads(r"\frac{d}{d x} f(x)", "D_x f(x)");
    reads(r"\frac{d f(x)}{d x} = g(x)", "D_x[f(x)] = g(x)");
    reads(r"\frac{d^2 f(x)}{d x^2}", "D_x^2[f(x)]");
    reads(r"\int f(x) d x", "int(f(x), x)");
    reads(r"\int_0^1 d f(x) d x", "int(d*f(x), x, 0, 1)");
    reads(r"\int\!\int f(x, y)\, d x\, d y", "int(int(f(x, y), x), y)");
    reads(r"\int d x\, f(x)", "int(f(x), x)");
}

#[test]
fn a_letter_d_is_no_derivative() {
    reads(r"\frac{d-1}{d x} = 1", r"\frac{(d-1)}{(d x)} = 1");
    reads(r"\frac{d}{2 d} = 1", "d/(2*d) = 1");
    for text in [
        r"\frac{d}{d x} f(x) = 1 \text{ given } d > 0",
        "d/dx f(x) = 1 given d > 0",
        r"\sum_{d=1}^{n} \frac{d}{d x} f(x) = 1",
    ] {
        assert!(parse_statement(text).is_err(), "{text}");
    }
}

#[test]
fn inverses_are_no_reciprocals() {
    for text in [r"F^{-1}(u)", r"\Phi^{-1}(u)", r"f^{-1}(x) = f(x)", "g^-1(x)", r"\sigma^{-1}(x)", r"F_\theta^{-1}(u)"]
    {
        assert!(parse_statement(text).is_err(), "{text}");
    }
    for text in
        [r"\sigma^{-1}(x - \mu)", r"n^{-1}(x + y) = n", "x^-1 (y + 1)", r"E_{x \sim p}[x^{-1}(y + 1)]", r"F^{-1} F(x)"]
    {
        parsed(text);
    }
}

#[test]
fn a_comma_between_hypotheses_is_not_missed() {
    for text in
        ["f(x) = 1 given x > 0 x < 2", "f(x) = 1 given x >= 0 y <= 2", "f(x) = 1 given s > 1 t > 0", "1{0 < x > 1} = 1"]
    {
        assert!(parse_statement(text).is_err(), "{text}");
    }
    for text in [
        "f(x) = 1 given 0 < x < 2",
        "f(x) = 1 given 0 < 2x < 2",
        "f(x) = 1 given 0 < 2*x < 2",
        "f(x) = 1 given 2 x < 1",
        "f(x) = 1 given x_1 > 2 x",
    ] {
        parsed(text);
    }
}
