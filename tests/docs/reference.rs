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
    page.push_str(READING);
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

const READING: &str = "
## How it is read

- `*`, `/` and juxtaposition bind alike, left to right: `x/σ f_θ` is (x/σ)·f_θ, and `x/2σ` is (x/2)·σ, which an answer
  remarks on.
- A prefix operator (`D`, `ln`, `S`, `∇_θ`) takes the next factor with its power: `D ln N_θ f` is (D ln N_θ)·f. A bracket
  directly behind it closes the form instead: `ln(u)^2` is the square of the logarithm.
- D inside E holds the sample fixed; only a D outside sees the parameter of the law.
- `f'`, `sign'`, `step'` are ordinary derivatives, taken almost everywhere, never distributions; `step(0) = sign(0) = 0`.
- `f g h φ ψ u v` before a bracket are unknown functions, other letters are variables unless they are declared. `p_θ` and
  `q` are unspecified laws.
- `N(m, v)` has mean m and *variance* v.
- Parameters lie in the domain of their law without saying so; a letter that is divided by is not zero.

## Statements

| | |
| --- | --- |
| `L = R` | an equation |
| `A = B = C` | a chain, proved link by link |
| `… given σ > 0, f : jump` | assumptions: comparisons, and classes of functions (`measurable`, `jump`, `lipschitz`, `smooth`) |
| `… where f(u) = step(u - 1)` | definitions |
| `[D, M_y] = 1`, `S_a S_b = S_{sqrt(a^2 + b^2)}` | an equation between operators, claimed for every f |

## Scripts

A script holds a statement a line. `#` begins a comment, `##` a heading.

| line | |
| --- | --- |
| `prove L = R`, or the equation alone | proves it |
| `check L = R` | compares the sides by numbers only |
| `derive e`, or the expression alone | lists estimators of the expression |
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
        let own = text.split("\nOptions:").next().unwrap_or(&text);
        let _ = writeln!(page, "\n## stein {name}\n\n```text\n{}\n```", own.trim_end());
    }
    page
}
