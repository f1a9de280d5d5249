//! LaTeX for a paper: what is proved is a theorem with its proof, an `align*` whose tags name the rules.

use super::escape::latex as escape;
use super::{Block, Chain, Document, Formula, Inline, Line, Row, Tone, View, separated, tidy, wrap};
use crate::syntax::{self, Style};
use std::fmt::Write;

/// What a document needs, said in front of what goes into it.
pub const OPENING: &str = "\
% In the preamble: \\usepackage{amsmath,amssymb,amsthm} and \\newtheorem{theorem}{Theorem}.
";

/// The beginning of a document of its own.
pub const STANDALONE: &str = "\
\\documentclass{article}
\\usepackage[utf8]{inputenc}
\\usepackage{amsmath,amssymb,amsthm}
\\newtheorem{theorem}{Theorem}
\\allowdisplaybreaks
\\emergencystretch=3em
\\begin{document}
";

/// The end of a document of its own.
pub const CLOSING: &str = "\\end{document}\n";

/// What only a report has: with `proof_only` it is left out.
const REPORTED: [&str; 5] = ["numbers", "at", "place", "sizes", "expected"];

pub fn render(document: &Document, view: View) -> String {
    let mut out = String::new();
    let is_derived = document.blocks.iter().any(|block| matches!(block, Block::Derivation(_)));
    let states = |block: &Block| matches!(block, Block::Verdict { tone: Tone::Good | Tone::Caution, .. });
    let is_proved = is_derived && document.blocks.iter().any(states);
    // A link of a chain is the title of its proof.
    let mut link: Option<String> = None;
    for block in &document.blocks {
        match block {
            Block::Heading(content) => {
                let _ = writeln!(out, "\\paragraph{{{}}}", line(content));
            }
            Block::Paragraph(_) if view.proof_only => {}
            Block::Paragraph(content) => {
                let _ = writeln!(out, "{}\\par", line(content));
            }
            Block::Verdict { tone, word, about } => match about.0.as_slice() {
                [Inline::Math(formula)] if is_proved => {
                    let title = match tone {
                        Tone::Caution if !view.proof_only => format!("[{}]", escape(word)),
                        _ => String::new(),
                    };
                    theorem(&mut out, &title, formula, &hypotheses(document));
                }
                [Inline::Math(formula)] if wrap::width(&formula.latex) > wrap::LINE / 2 => {
                    let _ = writeln!(out, "\\noindent\\textbf{{{}:}}", escape(word));
                    display(&mut out, formula);
                }
                _ => {
                    let _ = writeln!(out, "\\noindent\\textbf{{{}:}} {}\\par", escape(word), line(about));
                }
            },
            Block::Note { label, .. } if view.proof_only && REPORTED.contains(&label.as_str()) => {}
            Block::Note { label, .. } if label.starts_with("link ") && is_proved => link = Some(label.clone()),
            Block::Note { label, content, .. } => note(&mut out, label, content),
            Block::Derivation(chain) => {
                let title = link.take().map_or(String::new(), |label| format!("[Proof of {label}]"));
                let _ = writeln!(out, "\\begin{{proof}}{title}");
                derivation(&mut out, chain, view);
                let _ = writeln!(out, "\\end{{proof}}");
            }
            // They stand in the theorem.
            Block::Entries { title, .. } if is_proved && CONDITIONS.contains(&title.as_str()) => {}
            Block::Entries { title, entries } => entries_of(&mut out, title, entries),
            Block::Convergence(_) => {}
        }
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// The titles of conditions.
const CONDITIONS: [&str; 2] = ["provided that", "where"];

/// The conditions of a statement.
fn hypotheses(document: &Document) -> Vec<String> {
    let listed = document.blocks.iter().filter_map(|block| match block {
        Block::Entries { title, entries } if CONDITIONS.contains(&title.as_str()) => Some(entries),
        _ => None,
    });
    listed.flatten().map(|(_, content)| mathematics(&content.plain())).collect()
}

fn theorem(out: &mut String, title: &str, formula: &Formula, hypotheses: &[String]) {
    let _ = writeln!(out, "\\begin{{theorem}}{title}");
    match hypotheses {
        [] => out.push_str("We have\n"),
        _ => {
            let _ = writeln!(out, "Suppose that {}. Then", hypotheses.join("; "));
        }
    }
    display(out, formula);
    let _ = writeln!(out, "\\end{{theorem}}");
}

/// A statement as a display of its own, in as many lines as it takes.
fn display(out: &mut String, formula: &Formula) {
    let latex = typeset(&formula.latex);
    // What is given stands below.
    let parts: Vec<&str> = match latex.find(" \\text{ given }").or_else(|| latex.find(" \\text{ where }")) {
        Some(at) if wrap::width(&latex) > wrap::LINE => vec![&latex[..at], &latex[at..]],
        _ => vec![&latex],
    };
    let lines: Vec<String> = parts.iter().flat_map(|part| wrap::lines(part, wrap::LINE)).collect();
    if let [only] = lines.as_slice() {
        let _ = writeln!(out, "\\[\n  {only}\n\\]");
        return;
    }
    let _ = writeln!(out, "\\begin{{align*}}\n  & {}\n\\end{{align*}}", lines.join(" \\\\\n  &\\quad "));
}

fn note(out: &mut String, label: &str, content: &Line) {
    let text = match content.0.as_slice() {
        [Inline::Math(formula)] if wrap::width(&formula.latex) > wrap::LINE / 2 => {
            let _ = writeln!(out, "\\noindent\\emph{{{}:}}", escape(label));
            return display(out, formula);
        }
        [Inline::Text(text)] if matches!(label, "at" | "witness") => mathematics(text),
        _ => line(content),
    };
    let _ = writeln!(out, "\\noindent\\emph{{{}:}} {text}\\par", escape(label));
}

/// A derivation to be copied.
pub fn align(chain: &Chain) -> String {
    let mut out = String::new();
    derivation(&mut out, chain, View::default());
    out
}

/// The steps, without those that only write out what has been left out here.
fn derivation(out: &mut String, chain: &Chain, view: View) {
    let start = typeset(&tidy::latex(&chain.start));
    let mut rows: Vec<(String, &Row)> = Vec::new();
    for row in &chain.rows {
        let latex = typeset(&tidy::latex(&row.formula));
        let before = rows.last().map_or(&start, |(latex, _)| latex);
        if latex != *before || chain.rows.len() == 1 {
            rows.push((latex, row));
        }
    }
    let broken = |latex: &str| wrap::lines(latex, wrap::LINE - 2).join(" \\\\\n  &\\qquad ");
    let _ = write!(out, "\\begin{{align*}}\n  & {}", broken(&start));
    for (latex, row) in &rows {
        let reference = row.reference.iter().map(|r| format!(" {r}")).collect::<String>();
        let reason = escape(&format!("{}{reference}", row.reason));
        let _ = write!(out, " \\\\\n  &= {} \\tag*{{{reason}}}", broken(latex));
    }
    let _ = writeln!(out, "\n\\end{{align*}}");
    if view.explain {
        let entries: Vec<_> = rows.iter().flat_map(|(_, row)| &row.details).cloned().collect();
        if !entries.is_empty() {
            entries_of(out, "", &entries);
        }
    }
}

fn entries_of(out: &mut String, title: &str, entries: &[(String, Line)]) {
    if !title.is_empty() {
        let _ = writeln!(out, "\\noindent\\emph{{{}:}}", escape(title));
    }
    let _ = writeln!(out, "\\begin{{itemize}}");
    for (label, content) in entries {
        let label = if label.is_empty() { String::new() } else { format!("{}: ", escape(label)) };
        let _ = writeln!(out, "  \\item {{}}{label}{}", line(content));
    }
    let _ = writeln!(out, "\\end{{itemize}}");
}

fn line(line: &Line) -> String {
    let piece = |inline: &Inline| match inline {
        Inline::Text(text) => escape(text),
        Inline::Math(formula) => format!("${}$", typeset(&formula.latex)),
        Inline::Code(code) => format!("\\texttt{{{}}}", escape(code)),
    };
    line.0.iter().map(piece).collect()
}

/// A formula as papers have it: the letter of the digamma function, where it is free.
fn typeset(latex: &str) -> String {
    if latex.contains("\\psi") { latex.into() } else { latex.replace("\\operatorname{digamma}", "\\psi") }
}

/// `σ > 0, f(u) = sin(u)` as formulas; the text as it is, where it is anything else.
fn mathematics(text: &str) -> String {
    let formulas: Option<Vec<String>> = separated(text).into_iter().map(formula).collect();
    formulas.map_or_else(|| sentence(text), |formulas| formulas.join(", "))
}

/// A sentence, whose subject may be a letter: `f is smooth`.
fn sentence(text: &str) -> String {
    let letter = text.split_once(" is ").filter(|(subject, _)| subject.chars().count() == 1);
    let typeset = letter.and_then(|(subject, said)| Some((syntax::parse_expression(subject).ok()?, said)));
    match typeset {
        Some((subject, said)) => format!("${}$ is {}", syntax::print(&subject, Style::Latex), escape(said)),
        None => escape(text),
    }
}

fn formula(text: &str) -> Option<String> {
    // A class of functions is a word.
    if text.contains(" : ") || text.split_whitespace().filter(|word| word.len() > 3).count() > 3 {
        return None;
    }
    let definition = syntax::parse_definition(text).map(|d| syntax::print_definition(&d, Style::Latex));
    let compared = || {
        let assumptions = syntax::parse_assumptions(text).ok()?;
        let [assumption] = assumptions.as_slice() else { return None };
        Some(syntax::print_assumption(assumption, Style::Latex))
    };
    definition.ok().or_else(compared).map(|latex| format!("${}$", typeset(&latex)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hypotheses_are_formulas_where_they_can_be() {
        assert_eq!(mathematics("σ > 0"), "$\\sigma > 0$");
        assert_eq!(mathematics("f(u, v) = sin(u), θ = 1.448"), "$f(u, v) = \\sin(u)$, $\\theta = 1.448$");
        assert_eq!(mathematics("f is absolutely continuous"), "$f$ is absolutely continuous");
    }
}
