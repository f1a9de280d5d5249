//! The reference pages of the book, made from the library, the grammar and the printer.

use std::fmt::Write;
use stein::Session;
use stein::rule::{Library, Rule};
use stein::syntax::{self, Style};

const NOTE: &str = "<!-- Made from the sources: `UPDATE_DOCS=1 cargo test --test docs` writes this page again. -->\n";

/// The pages by their names below `docs/reference`.
pub fn pages() -> Vec<(&'static str, String)> {
    let session = Session::new().expect("the built-in library");
    vec![
        ("language.md", language(session.library())),
        ("rules.md", rules(&session)),
        ("laws.md", laws(&session)),
        ("command-line.md", command_line()),
    ]
}

/// A text without what would end a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn code(text: &str) -> String {
    format!("`{}`", cell(text))
}

/// What the language can say, each with an example; the spellings are printed, so they are right.
const CONSTRUCTS: &[(&str, &str)] = &[
    ("expectation", "E_{x ~ N(0,1)}[f(θ + σ x)]"),
    ("several independent variables", "E_{x ~ N(0,1), w ~ Exp(1)}[x w]"),
    ("derivative in a parameter", "D_θ[E_{x ~ p_θ}[f(x)]]"),
    ("k-th derivative", "D_θ^3[θ^4]"),
    ("derivative of a named function", "f'(u) + f''(u) + f^(4)(u)"),
    ("derivative in an argument", "∂_1 f(u, v)"),
    ("density", "N(y | θ, σ²)"),
    ("density of an unspecified law", "p_θ(y)"),
    ("n independent samples", "E_{x_{1:n} ~ p}[sum(f(x_i), i, 1, n)]"),
    ("all entries but one", "sum(f(x_j), j, i)"),
    ("product of vectors", "transpose(x) y"),
    ("norm of a vector", "norm(x)"),
    ("divergence of a function of vectors", "divergence(g(x))"),
    ("law on R^d", "E_{x ~ N(μ, σ² I)}[f(x)]"),
    ("score", "D_θ ln p_θ(y)"),
    ("integral", "∫ f(x) dx"),
    ("integral with limits", "∫_0^1 f(x) dx"),
    ("stop-gradient", "stopgrad(f(x))"),
    ("law that is held fixed", "E_{x ~ stopgrad(p_θ)}[f(x)]"),
    ("absolute value", "|u|"),
    ("indicator", "1{u > 0}"),
    ("finite difference", "Δ f(x)"),
    ("variance and covariance", "Var_{x ~ q}[x] + Cov_{x ~ q}[x, f(x)]"),
    ("divergence and entropy", "KL(p_θ ‖ q) + H(q)"),
    ("Hermite polynomial", "He_3(x)"),
    ("smoothing of a function of the noise", "S f_θ"),
    ("smoothing by the law of the sample", "S_θ f"),
    ("derivative of a smoothing", "D[S_θ f]"),
];

fn language(library: &Library) -> String {
    let mut page = format!("{NOTE}\n# The language\n\n");
    page.push_str(
        "One language serves the shell, scripts, rule files and the library. It has three spellings, which may be mixed \
         and which are read as the same term; what is printed in one of them is read back as the same term.\n\n\
         ## Expressions\n\n| meaning | Unicode | ASCII | LaTeX |\n| --- | --- | --- | --- |\n",
    );
    for (meaning, text) in CONSTRUCTS {
        let e = syntax::parse_expression(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let spelling = |style| {
            let printed = syntax::print(&e, style);
            let again = syntax::parse_expression(&printed).unwrap_or_else(|error| panic!("{printed}: {error}"));
            assert_eq!(again, e, "{printed}");
            code(&printed)
        };
        let [unicode, ascii, latex] = [Style::Unicode, Style::Ascii, Style::Latex].map(spelling);
        let _ = writeln!(page, "| {meaning} | {unicode} | {ascii} | {latex} |");
    }
    let (reading, statements) = READING.split_at(READING.find("\n## Statements").expect("the next section"));
    page.push_str(reading);
    page.push_str(&decisions());
    page.push_str(statements);
    page.push_str("\n## Functions\n\n| function | |\n| --- | --- |\n");
    for function in library.definitions.functions.values() {
        let parameters: Vec<&str> = function.parameters.iter().filter_map(|parameter| parameter.name()).collect();
        let _ = writeln!(page, "| `{}({})` | {} |", function.name, parameters.join(", "), cell(&function.says));
    }
    page.push_str("\n## Greek letters\n\nEach letter equals its ASCII name, which is also its LaTeX command.\n\n");
    let letters: Vec<String> = syntax::greek_letters().map(|(ascii, letter)| format!("{letter} `{ascii}`")).collect();
    let _ = writeln!(page, "{}\n", letters.join(", "));
    page.push_str("## The grammar\n\n");
    page.push_str(
        "All spellings are first brought to one canonical spelling; this grammar reads that one \
         ([pest](https://pest.rs) notation).\n\n```text\n",
    );
    page.push_str(include_str!("../../grammar/expression.pest"));
    page.push_str("```\n\nRule, law and function files:\n\n```text\n");
    page.push_str(include_str!("../../grammar/data.pest"));
    page.push_str("```\n");
    page
}

/// What the text does not force, the text of it, and what it is read as.
const DECISIONS: &[(&str, &str, &str)] = &[
    ("a Latin letter before a bracket is a function …", "R(a) = 1", "R(a) = 1"),
    ("… unless it stands alone elsewhere, or is bound", "R(a) = R", "R·(a) = R"),
    ("a Greek letter before a bracket is a factor …", r"\gamma(1-d) = 1", "γ*(1 - d) = 1"),
    (
        "… but for one with a letter below it that is a value, or with one letter in the bracket",
        r"\rho(s_0) = \mu_\phi(x)",
        "ρ(s_0) = μ_φ(x)",
    ),
    ("`σ(u)` is the sigmoid where σ is nowhere a number", r"\sigma(x) = 1", "sigmoid(x) = 1"),
    ("in LaTeX a run of letters is a product", r"xy\, = x y", "x y = x y"),
    ("`e` with a power is Euler's number, `π` is 3.14…", "e^{x} = π", "exp(x) = π"),
    ("a number above the letter of a function is a power of the value …", "V^2(s) = 1", "(V(s))^2 = 1"),
    ("… unless the letter also has a 1 above it", "V^1(s) = V^2(s)", "V^{(1)}(s) = V^{(2)}(s)"),
    (
        "letters, words and (k) above a function are part of its name",
        r"L^{CLIP}(\theta) = V^\pi(s)",
        "L^CLIP(θ) = V^π(s)",
    ),
    (
        "a derivative whose next factor is free of the letter takes the product",
        r"\frac{d}{dx} 3 x^2 = 6 x",
        "D_x[3 x^2] = 6 x",
    ),
    ("a logarithm of a number reaches over Σ, ∫, E and π behind it", r"\log 2\pi = 1", "ln(2 π) = 1"),
    ("a bar closes the factors before it", r"x\, y^2|_{y=3} = 9 x", "at(x y^2, y, 3) = 9 x"),
    ("`\\left. … \\right|` closes all that it spans", r"\left. x + y \right|_{y=3} = x + 3", "at(x + y, y, 3) = x + 3"),
    ("`(u)_+`, `(u)^+` and `(u)^-` are positive and negative parts", "(x)_+ - (x)^- = x", "relu(x) - relu(-x) = x"),
    (
        "a density in the place of a law binds what stands before its bar",
        r"\mathbb{E}_{q(z|x)}[f(z)] = 1",
        "E_{z ~ q(·|x)}[f(z)] = 1",
    ),
    ("a bare ∇ is by the parameter of the law", r"\nabla \log q_\phi(x) = 1", "D_φ ln q_φ(x) = 1"),
    (
        "a mean under a condition is the mean on that event",
        "E_{x ~ p}[f(x) | x > 0] = 1",
        "E_{x ~ p}[f(x) 1{x > 0}]/E_{x ~ p}[1{x > 0}] = 1",
    ),
    (
        "a sum over a letter without limits is over all values of its law",
        r"\sum_{a \in \mathcal{A}} \pi(a|s) Q(s, a) = V(s)",
        "sum(π(a|s) Q(s, a), a) = V(s)",
    ),
    (
        "draws that are numbered in brackets are draws, not values in order",
        r"E[y_{(1)}] = 0 given y_{(1)}, \dots, y_{(k)} \sim p",
        "E[y_1] = 0 given y_1, …, y_k ~ p",
    ),
    (
        "an integral against a law is a mean under it",
        r"\int f(x)\, dP(x) = \int P(dx)\, f(x)",
        "E_{x ~ P}[f(x)] = E_{x ~ P}[f(x)]",
    ),
    (
        "… and dP/dQ of laws the quotient of their densities",
        r"\int f(x) \frac{dP}{dQ}(x)\, dQ(x) = 1",
        "E_{x ~ Q}[f(x) (P(x)/Q(x))] = 1",
    ),
    (
        "what is differentiated by has no power: with a letter above, it is one letter",
        r"\nabla_{\theta^\mu} f(\theta^\mu) = 1",
        "D_{θ^μ}[f(θ^μ)] = 1",
    ),
    (
        "what bears the name of a function behind its bar is a parameter of the function",
        r"\nabla_{\theta^Q} Q(a \,|\, \theta^Q) = 1",
        r"\nabla_{\theta^Q} Q(a, \theta^Q) = 1",
    ),
    (
        "a length that `where` gives stands where it ends a sum",
        r"\sum_{t=1}^{|o|} a_t = 1 where |o| = n",
        r"\sum_{t=1}^{n} a_t = 1",
    ),
    (
        "P of an event is the mean of its indicator",
        "P(X > 1) = 1/2 given X ~ N(1,1)",
        "E[1{X > 1}] = 1/2 given X ~ N(1,1)",
    ),
    (
        "cases are a sum of indicators",
        r"f(x) = \begin{cases} x & x > 0 \\ 0 & \text{otherwise} \end{cases}",
        "f(x) = (x)*1{x > 0} + 0*(1 - 1{x > 0})",
    ),
    ("`:=` defines on the line", "J := E_{x ~ p}[x] = 1", "J = E_{x ~ p}[x] = 1 where J = E_{x ~ p}[x]"),
    ("what is held fixed", "f(x).detach() = sg[f(x)]", "stopgrad(f(x)) = stopgrad(f(x))"),
    ("a letter above a Greek letter before a bracket is a power", r"\gamma^t (x - 1) = 1", "γ^t*(x - 1) = 1"),
    ("one double bar in the brackets of D stands between two laws", r"D(p\|q) = 1", "KL(p ‖ q) = 1"),
    ("a dot above a letter is the derivative in t", r"\dot\sigma_t = 1", "D_t[σ_t] = 1"),
    ("angle brackets are the mean over what is drawn", r"\langle x \rangle = 0 given x \sim p", "E[x] = 0 given x ~ p"),
    ("letters in brackets are drawn together", "E[x y] = 0 given (x, y) ~ p", "E[x y] = 0 given x ~ p, y ~ p(·|x)"),
    (
        "a measure above every mean is that of what is drawn",
        r"\mathbb{E}^{\mathbb{Q}}[X] = 0 given X \sim p",
        "E[X] = 0 given X ~ p",
    ),
    ("Δ before a letter that is no function makes another letter", r"\Delta t\, x = 1", "Δt x = 1"),
    (
        "`∇_x·` is the divergence by x",
        r"\nabla_x \cdot (A x) = 1 given x \in \mathbb{R}^d, A \in \mathbb{R}^{d \times d}",
        "∇_x·(A x) = 1 given x ∈ R^d, A ∈ R^{d×d}",
    ),
    (
        "a letter C that is added to a side and stands nowhere else is a constant that is left open",
        "f(x) = g(x) + C",
        "f(x) = g(x) + const",
    ),
];

/// Texts with two readings that are equally likely, and texts that are hardly meant: errors.
const REFUSALS: &[(&str, &str)] = &[
    ("a letter behind a divisor", "x/2σ = 1"),
    ("a bracket as divisor", "x/(2s) z = 1"),
    ("a power of a power", "a^b^c = 1"),
    ("one law at two letters, or two laws", "p(x) = p(z)"),
    ("a law that is written for another letter than the one drawn", "E_{x ~ p(θ)}[x] = 0"),
    ("letters run together, one of them drawn", "E_{x ~ p}[xy] = 0"),
    ("a bare ∇ of something that has several parameters", "∇ f(a, b) = 0"),
    ("`∝` in a definition: a law is given with its constant", "p(x) = q(x) where q(x) ∝ exp(-x^2)"),
    ("a relation other than an equation", "x ≤ y"),
    ("the inverse of a function, or one through a number", r"F^{-1}(u) = 1"),
    ("cases that hold at once", r"f(x) = \begin{cases} x & x > 0 \\ 1 & x \ge 0 \end{cases}"),
    ("a letter that is set, in the value of another", "[x + y]_{x = y, y = x} = 1"),
    ("an accent above more than one letter", r"\overline{x + y} = 1"),
    ("a derivative that would be a quotient of two names", "df/dx = 1"),
    ("the letter of a function, defined as a number", "f(x) = 1 where f = u^2"),
    ("an index above a letter before a bracket: a power, or one of several functions", r"\sum_{k=1}^K a^k (x - 1) = 1"),
    ("a hypothesis about a letter that could be a factor or a function", "w(2x) = 1 given w > 0"),
    ("a dot above what nothing says to move", r"\dot x = 1"),
];

/// The same, which only the meaning of the whole statement tells.
const MEANINGS: &[(&str, &str)] = &[
    ("`∝` between sides that share several letters", "x y ∝ x + y"),
    ("`+ const` between sides that share several parameters", "f_θ(φ) = g_θ(φ) + const"),
    ("∇ by a letter that its operand lacks", "∇_θ f(x) = 0"),
    ("a letter that is a function in one place and a number in another", "f(x) = f x"),
    ("the derivative of a function without an argument", "f'' x = 1"),
];

/// The tables of decisions; each example is read here.
fn decisions() -> String {
    let mut page = String::from(
        "\n## Decisions\n\nWhere the reading decides something that the text does not force, the answer says `read as`. Beside these, \
         an answer remarks on a letter that is bound in one place and free in another, on a hypothesis about a letter that occurs \
         nowhere, and on a word such as `grad` that looks like an operator and is read as a letter.\n\n\
         | decision | text | read as |\n| --- | --- | --- |\n",
    );
    for (decision, text, meant) in DECISIONS {
        let read = |text: &str| syntax::parse_statement(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let statement = read(text);
        assert_eq!(statement, read(meant), "{text}");
        let _ = writeln!(
            page,
            "| {decision} | {} | {} |",
            code(text),
            code(&syntax::print_statement(&statement, Style::Unicode))
        );
    }
    page.push_str("\nWhere two readings are equally likely, or one is hardly meant, the answer is an error that says how to write it.\n\n");
    page.push_str("| what | text | help |\n| --- | --- | --- |\n");
    for (what, text) in REFUSALS {
        let error = syntax::parse_statement(text).expect_err(text);
        let _ = writeln!(page, "| {what} | {} | {} |", code(text), cell(&error.help.unwrap_or_default()));
    }
    let session = Session::new().expect("the library");
    for (what, text) in MEANINGS {
        let error = session.prove(text).expect_err(text);
        let help = error.help().map(str::to_string).unwrap_or_default();
        let _ = writeln!(page, "| {what} | {} | {} |", code(text), cell(&help));
    }
    page
}

const READING: &str = "
## How it is read

- `*`, `/` and juxtaposition bind alike, left to right: `x/σ f_θ` is (x/σ)·f_θ. A quotient of two numbers is a number
  (`1/2 x^2`); a letter or number behind another divisor is an error that shows both readings.
- A prefix operator (`D`, `ln`, `S`, `∇_θ`) takes the next factor with its power: `D ln N_θ f` is (D ln N_θ)·f. A bracket
  directly behind it closes the form instead: `ln(u)^2` is the square of the logarithm.
- D inside E holds the sample fixed; only a D outside sees the parameter of the law.
- `f'`, `sign'`, `step'` are ordinary derivatives, taken almost everywhere, never distributions; `step(0) = sign(0) = 0`.
- What is said of a letter wins: one that a binder, a sum, `given` or `where` speaks of has no built-in meaning.
- `N(m, v)` has mean m and *variance* v.
- Parameters lie in the domain of their law without saying so; a letter that is divided by is not zero.

## Statements

| | |
| --- | --- |
| `L = R` | an equation |
| `A = B = C` | a chain, proved link by link |
| `A ∝ B`, `A ∝_x B` | up to one positive factor: A(x) B(x') = A(x') B(x) for all x and x', and the signs agree |
| `A = B + const` | up to a summand: A(x) - B(x) = A(x') - B(x') |
| `… given σ > 0, f : jump` | assumptions: comparisons, and classes of functions (`measurable`, `jump`, `lipschitz`, `smooth`) |
| `… where f(u) = step(u - 1)` | definitions |
| `[D, M_y] = 1`, `S_a S_b = S_{sqrt(a^2 + b^2)}` | an equation between operators, claimed for every f |
| `[D, M_g]`, `e^{a D}`, `e^{t D^2/2}`, `P_t`, `(D + M_y)^3` | operators: values by themselves ([the page on them](../operators.md)); `M_g` multiplies by an unknown function |
| `D^n M_y`, `M_y^k`, `S_p`, `Δ_h`, `D_a S_a` | powers that are letters, noise of a law p, a finite difference, the derivative in a parameter |
| `D^* = M_y - D given y ~ N(0,1)` | the adjoint, under the law of the variable, else under Lebesgue measure |

The constant of `∝` and `+ const` is free of the point of the density on the left (or of its logarithm), else of the one parameter (θ, φ, ψ, η, w) that both sides
have, else of the arguments of the function on the left, else of the one letter that both sides have; the answer says which, and `∝_x` decides. Where it cannot be
shown that the factor is positive that is a condition. An equation among the hypotheses about such a letter is refused: it would say what its other value is. A letter `C` that is added to a side and stands nowhere else is such a constant.

## Scripts

A script holds a statement a line. `#` begins a comment, `##` a heading. A statement goes on with the next line while a bracket is open or an operator
stands at the end of the line, and where the next line begins with `=`, `given`, `where` or an operator.

| line | |
| --- | --- |
| `prove L = R`, or the equation alone | proves it |
| `refute L = R` | the same of what is false: it is as it should be if it is refuted |
| `expect open L = R` | the same for any verdict: `proved`, `conditional`, `open`, `refuted` |
| `check L = R` | compares the sides by numbers only |
| `derive e`, or the expression alone | lists estimators of the expression |
| `eval e` | the shortest form that is proved equal to the expression |
| `let f(u) = …` | defines a function or an abbreviation for the lines below |
| `assume σ > 0, f : lipschitz` | assumes something for the lines below |
| `forget f, σ`; `forget` | forgets what was said of these names; everything |
";

fn equation(rule: &Rule) -> String {
    let side = |term| syntax::print(&stein::term::express(term), Style::Unicode);
    format!("  {}\n= {}", side(&rule.left), side(&rule.right))
}

fn rules(session: &Session) -> String {
    let rules = &session.library().rules;
    let mut page = format!("{NOTE}\n# The rules\n\n");
    page.push_str(
        "Every step of a proof is one of these equations or plain arithmetic. In a rule, functions stand for any expression in \
         their arguments, the laws P and Q for any law, other letters for any expression. Each rule is audited: it has to hold \
         numerically at random instances, and the same audit has to tell it from the wrong versions that its file \
         lists. `stein audit` runs the audit; [the soundness story](../soundness.md) says what it means.\n",
    );
    let mut theories: Vec<&str> = Vec::new();
    rules.iter().for_each(|rule| {
        if !theories.contains(&rule.theory.as_str()) {
            theories.push(&rule.theory);
        }
    });
    for theory in theories {
        let _ = writeln!(page, "\n## {theory}");
        for rule in rules.iter().filter(|rule| rule.theory == theory) {
            let reference = rule.reference.iter().map(|reference| format!(" ({reference})")).collect::<String>();
            let _ = writeln!(page, "\n### {}{reference}\n\n{}\n", rule.name, rule.says);
            let _ = writeln!(page, "```text\n{}\n```\n", equation(rule));
            for condition in session.conditions_of(rule) {
                let _ = writeln!(page, "- when {condition}");
            }
            let _ = writeln!(page, "- example: `prove {}`", session.example(rule));
            for (left, right) in &rule.wrong {
                let side = |term| syntax::print(&stein::term::express(term), Style::Unicode);
                let _ = writeln!(page, "- the audit refutes `{} = {}`", side(left), side(right));
            }
            let _ = writeln!(page, "- source: {}", rule.source);
        }
    }
    page
}

fn laws(session: &Session) -> String {
    let mut page =
        format!("{NOTE}\n# The laws\n\nA law is a file in `rules/laws`; [a law of your own](../how-to/add-a-law.md) ");
    page.push_str("is a file, too.\n");
    for name in session.library().definitions.laws.keys() {
        let document = session.describe(name).expect("a law of the library");
        let text = stein::render::Format::Text.plain(&document);
        let (title, rest) = text.trim_end().split_once('\n').expect("a title and more");
        let (says, facts) = rest.split_once('\n').unwrap_or((rest, ""));
        let _ = writeln!(page, "\n## {title}\n\n{says}\n\n```text\n{facts}\n```");
    }
    page
}

fn command_line() -> String {
    let help = |arguments: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_stein")).args(arguments).output().expect("a run");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let whole = help(&["--help"]);
    let mut page = format!("{NOTE}\n# The command line\n\n```text\n{}\n```\n", whole.trim_end());
    let commands = whole.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    for name in names.iter().filter(|name| **name != "help") {
        let text = help(&[name, "--help"]);
        let _ = writeln!(page, "\n## stein {name}\n\n```text\n{}\n```", own(&text, &whole).trim_end());
    }
    page
}

/// The help of a command without the options that all commands have.
fn own(text: &str, whole: &str) -> String {
    let Some((head, options)) = text.split_once("\nOptions:\n") else { return text.into() };
    let (options, tail) = options.split_once("\n\n").unwrap_or((options.trim_end(), ""));
    let name = |line: &str| line.split_whitespace().find(|word| word.starts_with("--")).map(str::to_string);
    let is_option = |line: &&str| line.trim_start().starts_with('-');
    let shared: Vec<String> = whole.lines().filter(is_option).filter_map(name).collect();
    // An option may take several lines.
    let mut is_own = false;
    let mut kept = String::new();
    for line in options.lines() {
        if let Some(option) = name(line).filter(|_| is_option(&line)) {
            is_own = !shared.contains(&option);
        }
        if is_own {
            let _ = writeln!(kept, "{line}");
        }
    }
    let options = if kept.is_empty() { String::new() } else { format!("\n\nOptions:\n{}", kept.trim_end()) };
    let tail = if tail.trim().is_empty() { String::new() } else { format!("\n\n{}", tail.trim_end()) };
    format!("{}{options}{tail}", head.trim_end())
}
