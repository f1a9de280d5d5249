//! The page: self-contained, with formulas as MathML, steps that unfold, a plot, and how to make it again.

use std::process::Command;

fn page(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_stein")).args(arguments).args(["--format", "html"]).output();
    String::from_utf8(output.expect("a run").stdout).expect("UTF-8")
}

#[test]
fn a_page_holds_everything_that_a_reader_needs() {
    let page = page(&["prove", "D[S f_θ] = S[x/σ f_θ]", "--seed", "7"]);
    for part in [
        "<math",
        "<details><summary",
        "likelihood ratio (5.1)",
        "A derivative moves through a parametrised mean",
        "class=\"changed\"",
        "class=\"curve\"",
        "prefers-color-scheme: dark",
        "width=device-width",
        "Reproduce this page",
        "stein prove &#39;D[S f_θ] = S[x/σ f_θ]&#39; --seed 7 --format html",
    ] {
        assert!(page.contains(part), "no {part} in:\n{page}");
    }
    for outside in ["http:", "https:", "<script ", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside} in:\n{page}");
    }
}

#[test]
fn a_page_without_statements_is_still_a_page() {
    let rules = page(&["rules"]);
    assert!(rules.starts_with("<!doctype html>") && rules.ends_with("</html>\n"));
    assert!(rules.matches("<math").count() > 10, "rules are shown as formulas");
}

#[test]
fn a_page_of_several_results_has_a_tally_and_contents() {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("several <&>.stein");
    std::fs::write(&file, "## First\nx = x\nrefute x = x + 1\nassume σ > 0\nprove σ^2 = σ^3\n").expect("a file");
    let page = page(&["run", &file.display().to_string()]);
    assert!(page.contains("several &lt;&amp;&gt;.stein – stein</title>"), "{page}");
    for part in [
        "<h1>",
        "<span class=\"badge good\">1 proved</span>",
        "<span class=\"badge good\">1 refuted</span>",
        "<span class=\"badge bad\">1 refuted</span>",
        "<li class=\"section\"><a href=\"#s1\">First</a></li>",
        "<article id=\"s2\">",
        "data-latex=\"x = x\"",
    ] {
        assert!(page.contains(part), "no {part} in:\n{page}");
    }
    // Every link of the page leads to a place on it.
    for target in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(page.contains(&format!("id=\"{target}\"")), "{target}");
    }
    // The witness is a formula, too.
    assert!(page.split("witness").nth(1).is_some_and(|rest| rest.starts_with("</span><span class=\"wide\"><math>")));
}

#[test]
fn elements_are_closed() {
    let page = page(&["prove", "D[S f_θ] = S[D f_θ] = 2 S[D f_θ]"]);
    for tag in [
        "article", "details", "summary", "div", "span", "p", "ol", "li", "ul", "math", "mrow", "svg", "figure",
        "button", "main",
    ] {
        let opened = page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
}
