//! What papers print is read as it is meant, whatever decorates it; and nothing that is typed brings the reader down.

use super::random::Random;
use stein_syntax::*;

/// Each line: a statement as printed, and the plain statement that it means.
const PRINTED: &str = include_str!("printed.tsv");
const STYLES: [Style; 3] = [Style::Ascii, Style::Unicode, Style::Latex];
/// How many changed lines are read, of either kind.
const CHANGES: usize = 5_000;

fn lines() -> Vec<(&'static str, &'static str)> {
    PRINTED.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t')).collect()
}

fn parsed(text: &str) -> Statement {
    parse_statement(text).unwrap_or_else(|error| panic!("{text}\n{error} {:?} {:?}", error.span, error.help))
}

#[test]
fn printed_statements_are_read_as_meant() {
    let lines = lines();
    assert!(lines.len() >= 150);
    for (printed, meant) in lines {
        let statement = parsed(printed);
        assert_eq!(statement, parsed(meant), "{printed}\n{meant}");
        for style in STYLES {
            let again = print_statement(&statement, style);
            assert_eq!(parsed(&again), statement, "{printed}\n{again}");
        }
    }
}

/// The formula of a line, and its clauses.
fn split(text: &str) -> (&str, &str) {
    let clause = [" given ", " where "].iter().filter_map(|word| text.find(word)).min();
    text.split_at(clause.unwrap_or(text.len()))
}

/// Spellings of one thing.
const SPELLINGS: [(&str, &[&str]); 12] = [
    (r"\mathbb{E}", &[r"\mathrm{E}", r"\mathbf{E}", r"\operatorname{E}", r"\mathbb E"]),
    (r"\mathcal{N}", &[" N", r"\mathcal N", r"\mathrm{N}"]),
    (r"\log ", &[r"\ln ", r"\ln\, "]),
    (r"\frac", &[r"\dfrac", r"\tfrac"]),
    (r"\epsilon", &[r"\varepsilon"]),
    (r"\phi", &[r"\varphi"]),
    (r"\left[", &[r"\big[", r"\Bigl[", "["]),
    (r"\mathbf{1}", &[r"\mathbb{1}", r"\mathds{1}", r"\mathbb{I}"]),
    (r" = ", &[" &= ", "=", r" \;=\; ", r" \\ &= "]),
    (r"\mathrm{KL}(", &[r"\text{KL}(", r"\operatorname{KL}(", r"D_{\mathrm{KL}}(", "D_{KL}("]),
    (r"\sim", &["~", r"\, \sim \,"]),
    (r"\mathrm{Var}", &[r"\operatorname{Var}", r"\mathbb{V}", r"\text{Var}"]),
];

/// Around the whole formula.
const FRAMES: [(&str, &str); 9] = [
    ("$", "$"),
    ("$$ ", " $$"),
    (r"\[ ", r" \]"),
    (r"\begin{equation} ", r" \label{eq:one} \end{equation}"),
    (r"\begin{align*} ", r" \end{align*}"),
    (r"\begin{equation}\begin{aligned} ", r" \nonumber \end{aligned}\end{equation}"),
    (r"\displaystyle ", ""),
    (r"\underbrace{", r"}_{\text{all of it}}"),
    ("", r" \tag{7}"),
];

/// A change that means nothing.
fn decorated(text: &str, random: &mut Random) -> String {
    let (formula, clauses) = split(text);
    let is_macro =
        ["\\newcommand", "\\DeclareMathOperator", "\\begin", "\\def"].iter().any(|word| formula.contains(word));
    match random.below(4) {
        0 => {
            let (spelling, others) = SPELLINGS[random.below(SPELLINGS.len())];
            let closing =
                spelling == r"\left[" && formula.matches("\\left").count() != formula.matches("\\left[").count();
            if closing || is_macro {
                return text.to_string();
            }
            let other = others[random.below(others.len())];
            let mut changed = formula.replace(spelling, other);
            if spelling == r"\left[" {
                changed = changed.replace(r"\right]", if other == "[" { "]" } else { r"\big]" });
            }
            changed + clauses
        }
        1 if !is_macro && !formula.contains("\\over") && !formula.contains("\\tag") => {
            let (open, close) = FRAMES[random.below(FRAMES.len())];
            // A brace around an equation is no formula.
            if open.contains("brace") && formula.contains('=') {
                return text.to_string();
            }
            format!("{open}{}{close}{clauses}", formula.trim_end_matches(['.', ',']))
        }
        2 if !is_macro => {
            let round = !formula.contains("\\left") && !formula.contains("\\right") && !formula.contains("\\big");
            if !round {
                return text.to_string();
            }
            let (open, close) =
                [("\\left(", "\\right)"), ("\\big(", "\\big)"), ("\\Bigl(", "\\Bigr)")][random.below(3)];
            formula.replace('(', open).replace(')', close) + clauses
        }
        _ => {
            let spaces: Vec<usize> = formula.match_indices(' ').map(|(at, _)| at).collect();
            let text_at = |at: usize| {
                let before = &formula[..at];
                let open = before.rfind("\\text").or(before.rfind("\\label")).or(before.rfind("\\tag"));
                open.is_some_and(|open| before[open..].matches('{').count() > before[open..].matches('}').count())
            };
            if spaces.is_empty() || is_macro {
                return text.to_string();
            }
            let at = spaces[random.below(spaces.len())];
            // Behind a command comes its argument.
            let command = formula[..at]
                .rfind('\\')
                .is_some_and(|from| formula[from + 1..at].bytes().all(|b| b.is_ascii_alphabetic()));
            if text_at(at) || command {
                return text.to_string();
            }
            let space = [r" \, ", r" \; ", r" \! ", r" \quad ", "   ", r" \: ", "\n"][random.below(7)];
            format!("{}{space}{}{clauses}", &formula[..at], &formula[at + 1..])
        }
    }
}

#[test]
fn decoration_changes_nothing() {
    let lines: Vec<(&str, Statement)> =
        lines().into_iter().filter(|(text, _)| text.contains('\\')).map(|(text, _)| (text, parsed(text))).collect();
    let mut random = Random(0x5_7e19);
    for _ in 0..CHANGES {
        let (text, statement) = &lines[random.below(lines.len())];
        let mut changed = text.to_string();
        for _ in 0..=random.below(3) {
            let next = decorated(&changed, &mut random);
            // Some changes exclude each other.
            if !(next.contains("\\begin") && changed.contains('$')) {
                changed = next;
            }
        }
        assert_eq!(parsed(&changed), *statement, "{text}\n{changed}");
    }
}

/// A slip of the keyboard.
fn slipped(text: &str, random: &mut Random) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for _ in 0..=random.below(3) {
        let at = random.below(letters.len().max(1));
        match random.below(5) {
            0 if !letters.is_empty() => drop(letters.remove(at)),
            1 if !letters.is_empty() => {
                let letter = letters[at];
                letters.insert(at, letter);
            }
            2 if letters.len() > 1 => {
                let next = (at + 1) % letters.len();
                letters.swap(at, next);
            }
            3 => {
                let pieces = [
                    "\\", "{", "}", "_", "^", "|", "\\frac", "(", ")", "[", "]", "=", "&", "~", "'", " ", "∇", "D",
                    "E_",
                ];
                let piece = pieces[random.below(pieces.len())];
                letters.splice(at.min(letters.len())..at.min(letters.len()), piece.chars());
            }
            _ => letters.truncate(random.below(letters.len().max(1)).max(1)),
        }
    }
    letters.into_iter().collect()
}

#[test]
fn slips_are_read_or_refused() {
    let lines = lines();
    let mut random = Random(0x7_a31);
    for _ in 0..CHANGES {
        let text = slipped(lines[random.below(lines.len())].0, &mut random);
        match parse_command(&text) {
            Ok(_) => drop((
                hints(&text, &Macros::default()),
                parse_statement(&text).map(|statement| remarks(&statement, &[])),
            )),
            Err(error) => assert!(text.get(error.span.start..error.span.end).is_some(), "{text}\n{error:?}"),
        }
    }
}
